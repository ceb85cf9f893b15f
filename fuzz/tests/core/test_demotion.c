// SPDX-License-Identifier: GPL-2.0-only
/*
 * Goal: reclaim frees what nobody needs, writes what it must, and moves what it
 * may demote; and what has been counted as isolated is counted off, by kind.
 * Method: a process or a file has a page; a job reclaims, writes back or moves,
 * and looks at what is left.
 */
#include "tests/core/user_pages.h"
#include "migrate_internal.h"

#define MM (&mem->mm[1])
#define ADDRESS 1
#define SHMEM_MM (&mem->mm[2])

/* --- Pages of files --- */

TEST(clean)
{
	struct page *page;

	EXPECT(load(1, FILE_ADDRESS) == 0);
	page = page_at(1, FILE_ADDRESS);
	EXPECT(shrink_lruvec(1) == 1);
	EXPECT(!page->refcount.counter && !mem->file[1].i_pages[0]);
	check_isolated_stat();
}

/* It is written first, and goes when that is done. */
TEST(dirty)
{
	struct page *page;

	store(1, FILE_ADDRESS, 7);
	page = page_at(1, FILE_ADDRESS);
	EXPECT(shrink_lruvec(1) == 0);
	folio_wait_writeback(page);
	EXPECT(mem->file[1].disk[0] == 7);
	lru_add_drain();
	EXPECT(shrink_lruvec(1) == 1);
	EXPECT(load(1, FILE_ADDRESS) == 7);
}

/* The page and the next one; a hole does not matter. */
TEST(two_are_written)
{
	EXPECT(writepages(&mem->file[1], 0) == 0);
	store(1, FILE_ADDRESS, 7);
	store(1, FILE_ADDRESS + 1, 8);
	store(1, FILE_ADDRESS + 2, 9);
	EXPECT(writepages(&mem->file[1], 0) == 2);
	folio_wait_writeback(page_at(1, FILE_ADDRESS + 1));
	EXPECT(mem->file[1].disk[0] == 7 && mem->file[1].disk[1] == 8);
	EXPECT(mem->file[1].disk[2] == 0);
	truncate_page(&mem->file[1], 1);
	EXPECT(writepages(&mem->file[1], 1) == 1);
	EXPECT(writepages(&mem->file[1], NR_FILE_PAGES - 1) == 0);
}

/* --- Pages that go to swap, and can be moved there --- */

TEST(shmem_in_swap_cache)
{
	struct page *page, *moved;

	/* Not at the slot that is its index. */
	store(2, FILE_ADDRESS + 1, 7);
	page = page_at(2, FILE_ADDRESS + 1);
	EXPECT(shrink_lruvec(1) == 0);
	folio_wait_writeback(page);
	lru_add_drain();
	EXPECT(!page->mapping && mem->swap.i_pages[0] == page);
	EXPECT(folio_expected_ref_count(page) == page->refcount.counter);
	EXPECT(do_migrate_range(page_to_pfn(page), page_to_pfn(page) + 1) == 1);
	moved = mem->swap.i_pages[0];
	EXPECT(moved && moved != page && !page->refcount.counter);
	EXPECT(!mem->swap.i_pages[1] && mem->swap.nrpages == 1);
	lru_add_drain();
	EXPECT(moved->refcount.counter == 1);
	EXPECT(load(2, FILE_ADDRESS + 1) == 7);
}

/* --- Counts --- */

/* Isolated as a page of a file, put back as anonymous memory. */
TEST(stored_to_again)
{
	struct page *page;

	store(1, ADDRESS, 42);
	page = page_at(1, ADDRESS);
	folio_mark_lazyfree(page);
	lru_add_drain();
	EXPECT(!test_bit(PG_swapbacked, &page->flags));
	store(1, ADDRESS, 43);
	EXPECT(shrink_lruvec(1) == 0);
	EXPECT(test_bit(PG_swapbacked, &page->flags));
	check_isolated_stat();
	EXPECT(load(1, ADDRESS) == 43);
}

DAMAGE(isolated_stat, "INV_ISOLATED_STAT", {
	mem->nr_isolated[0].counter = 1;
	mem->nr_isolated[1].counter = -1;
	check_isolated_stat();
})

/* --- Demotion --- */

static void demote(void)
{
	EXPECT(!subject_set_policy("demotion", "on"));
}

TEST(demoted)
{
	struct page *page;

	demote();
	store(1, ADDRESS, 42);
	page = page_at(1, ADDRESS);
	EXPECT(page_zone(page) == &mem->zones[ZONE_MOVABLE]);
	EXPECT(shrink_lruvec(1) == 1);
	EXPECT(!page->refcount.counter);
	EXPECT(page_zone(page_at(1, ADDRESS)) == normal());
	check_isolated_stat();
	EXPECT(load(1, ADDRESS) == 42);
	/* There is nowhere to go from there but to swap. */
	page = page_at(1, ADDRESS);
	EXPECT(shrink_lruvec(1) == 0);
	EXPECT(test_bit(PG_swapcache, &page->flags));
}

TEST(in_use_not_demoted)
{
	struct page *page;

	demote();
	EXPECT(load(1, FILE_ADDRESS) == 0);
	page = page_at(1, FILE_ADDRESS);
	set_bit(PG_referenced, &page->flags);
	EXPECT(shrink_lruvec(1) == 0);
	EXPECT(!test_bit(PG_referenced, &page->flags));
	EXPECT(page_at(1, FILE_ADDRESS) == page);
	check_isolated_stat();
}

/* Then it is reclaimed as any other. */
TEST(no_room_to_demote)
{
	struct page *page;

	demote();
	EXPECT(load(1, FILE_ADDRESS) == 0);
	page = page_at(1, FILE_ADDRESS);
	while (alloc_pages(GFP_KERNEL | __GFP_MOVABLE | __GFP_NORETRY, 0))
		;
	EXPECT(shrink_lruvec(1) == 1);
	EXPECT(!page->refcount.counter && !mem->file[1].i_pages[0]);
	check_isolated_stat();
}

/* What cannot be demoted and has to be written stays until it is. */
TEST(dirty_without_room)
{
	struct page *page;

	demote();
	store(1, FILE_ADDRESS, 7);
	page = page_at(1, FILE_ADDRESS);
	while (alloc_pages(GFP_KERNEL | __GFP_MOVABLE | __GFP_NORETRY, 0))
		;
	EXPECT(shrink_lruvec(1) == 0);
	folio_wait_writeback(page);
	lru_add_drain();
	EXPECT(mem->file[1].i_pages[0] == page && mem->file[1].disk[0] == 7);
	check_isolated_stat();
	EXPECT(load(1, FILE_ADDRESS) == 7);
}

/* --- Waiting without a reference --- */

static struct page *folio;

static void holds_lock(void *unused)
{
	(void)unused;
	EXPECT(load(1, FILE_ADDRESS) == 0);
	folio = page_at(1, FILE_ADDRESS);
	folio_lock(folio);
}

static void waits(void *unused)
{
	(void)unused;
	get_page(folio);
	folio_put_wait_locked(folio);
	EXPECT(!test_bit(PG_locked, &folio->flags));
}

static void unlocks(void *unused)
{
	(void)unused;
	/* The other one's is gone: the index, the page table. */
	EXPECT(folio->refcount.counter == 2);
	folio_unlock(folio);
}

static void test_waiter_has_none(void **state)
{
	struct sim_job jobs[] = {
		{ .task = 0, .run = holds_lock },
		{ .task = 1, .run = waits },
		{ .task = 0, .run = unlocks },
	};

	(void)state;
	expect_jobs_done(jobs, 3);
}

#define CORE(name) cmocka_unit_test_setup(test_##name, boot_machine)
#define ZONES(name) cmocka_unit_test_setup(test_##name, boot_two_zones)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CORE(clean),
		CORE(dirty),
		CORE(two_are_written),
		CORE(shmem_in_swap_cache),
		CORE(stored_to_again),
		CORE(isolated_stat),
		ZONES(demoted),
		ZONES(in_use_not_demoted),
		ZONES(no_room_to_demote),
		ZONES(dirty_without_room),
		CORE(waiter_has_none),
	};

	return cmocka_run_group_tests_name("reclaim", tests, NULL, NULL);
}
