// SPDX-License-Identifier: GPL-2.0-only
/*
 * Goal: a large folio moves as one, with what maps it and with its place on the
 * queue, or stays as it was; or it is split first, and its pages move.
 * Method: a process or a file has one; a job moves it, or compacts, with and
 * without memory for it, and looks at both sides.
 */
#include "tests/core/compact_control.h"
#include "tests/core/large_folios.h"

#define MM (&mem->mm[0])

/* Returns what migrate_pages() says; *@nr_succeeded pages have moved. */
static int move_for(struct page *folio, enum migrate_reason reason,
		    enum migrate_mode mode, unsigned int *nr_succeeded)
{
	const struct migrate_control mc = { .mode = mode, .reason = reason };
	unsigned int pfn = page_to_pfn(folio);
	struct list_head list;
	int ret;

	lru_add_drain();
	INIT_LIST_HEAD(&list);
	EXPECT(isolate_migratepages_range(pfn, pfn + 8, &list) == pfn + 8);
	*nr_succeeded = 0;
	ret = migrate_pages(&list, &mc, nr_succeeded);
	EXPECT(list_empty(&list) == !ret);
	putback_movable_pages(&list);
	lru_add_drain();
	EXPECT(!mem->nr_isolated[0].counter && !mem->nr_isolated[1].counter);
	return ret;
}

static int move_with(struct page *folio, enum migrate_mode mode,
		     unsigned int *nr_succeeded)
{
	return move_for(folio, MR_CONTIG_RANGE, mode, nr_succeeded);
}

static int move(struct page *folio, unsigned int *nr_succeeded)
{
	return move_with(folio, MIGRATE_SYNC, nr_succeeded);
}

/* --- As one --- */

TEST(by_pmd)
{
	struct page *old = large_anon(0, 3), *new;
	unsigned int nr;

	EXPECT(!move(old, &nr) && nr == 8);
	new = pte_page(pmd_at(0, 0));
	EXPECT(new != old && !old->refcount.counter);
	EXPECT_COUNTS(new, 1, 1, PMD_MAPPED, 1);
	EXPECT(pmd_at(0, 0) & PTE_WRITE);
	EXPECT(!nr_queued() && !is_queued_folio(new));
	EXPECT(mem->lruvec.nr_pages[LRU_INACTIVE_ANON] == 8);
	EXPECT(mem->pgmigrate_success.counter == 8);
	expect_content(0, 0, 8);
}

TEST(shared)
{
	struct page *old = large_anon(0, 3), *new;
	unsigned int nr;

	make_child(3, 0);
	split_pmd(3, 0, false);
	EXPECT(!move(old, &nr) && nr == 8);
	new = pte_page(pmd_at(0, 0));
	EXPECT_COUNTS(new, 9, 1, PMD_MAPPED + 8, 9);
	expect_ptes(3, new, 0, 8, PTE_PRESENT);
	expect_content(0, 0, 8);
	expect_content(3, 0, 8);
}

/* As each entry goes it is mapped in part: so it is on the queue, then. */
TEST(by_ptes)
{
	struct page *old = large_anon(0, 2), *new;
	unsigned int nr;

	EXPECT(!move(old, &nr) && nr == 4);
	new = pte_page(pte_at(0, 0));
	EXPECT(new != old && !old->refcount.counter);
	EXPECT_COUNTS(new, 4, 0, 4, 4);
	expect_ptes(0, new, 0, 4, PRESENT_WRITE);
	EXPECT(nr_queued() == 1 && is_queued_folio(new));
	expect_content(0, 0, 4);
}

TEST(shmem)
{
	struct page *old = large_shmem(3), *new;
	unsigned int nr;

	load(SHMEM_MM + NR_FILES, FILE_ADDRESS);
	EXPECT(!move(old, &nr) && nr == 8);
	new = pte_page(pmd_at(SHMEM_MM, FILE_ADDRESS));
	EXPECT(new != old && !old->refcount.counter);
	EXPECT_COUNTS(new, 2, 2, PMD_MAPPED, 10);
	for (unsigned int i = 0; i < 8; i++)
		EXPECT(mem->file[SHMEM_MM].i_pages[i] == new);
	EXPECT(mem->file[SHMEM_MM].nrpages == 8);
	EXPECT(test_bit(PG_dirty, &new->flags));
	expect_content(SHMEM_MM, FILE_ADDRESS, FILE_ADDRESS + 8);
}

static void expect_stays(struct page *folio, unsigned int nr_pages)
{
	int large = folio_mapcount(folio), refs = folio->refcount.counter;
	int entire = folio[1].entire_mapcount.counter;
	int mapped = folio[1].nr_pages_mapped.counter;
	unsigned int nr;

	get_page(folio);
	EXPECT(move(folio, &nr) == 1 && !nr);
	EXPECT_COUNTS(folio, large, entire, mapped, refs + 1);
	EXPECT(test_bit(PG_lru, &folio->flags));
	EXPECT(!test_bit(PG_locked, &folio->flags));
	EXPECT(mem->pgmigrate_fail.counter == (int)nr_pages);
	mem->pgmigrate_fail.counter = 0;
	put_page(folio);
}

TEST(in_use)
{
	expect_stays(large_anon(0, 3), 8);
	expect_stays(large_anon(1, 2), 4);
	expect_stays(large_shmem(3), 8);
	expect_content(0, 0, 8);
	expect_content(1, 0, 4);
	expect_content(SHMEM_MM, FILE_ADDRESS, FILE_ADDRESS + 8);
}

TEST(freed_meanwhile)
{
	struct page *folio = large_anon(0, 3);
	unsigned int pfn = page_to_pfn(folio), nr = 0;
	struct list_head list;

	INIT_LIST_HEAD(&list);
	isolate_migratepages_range(pfn, pfn + 1, &list);
	zap_page_range(MM, 0, ANON_PAGES);
	EXPECT(!migrate_pages(
		&list,
		&(struct migrate_control){ .mode = MIGRATE_SYNC,
					   .reason = MR_CONTIG_RANGE },
		&nr));
	EXPECT(nr == 8 && list_empty(&list) && !folio->refcount.counter);
	EXPECT(!mem->nr_isolated[0].counter);
}

/* --- In pieces --- */

static void expect_singles(unsigned int mm, unsigned int start,
			   unsigned int end)
{
	for (unsigned int i = start; i < end; i++) {
		struct page *page = page_at(mm, i);

		EXPECT(page_folio(page) == page && !folio_test_large(page));
		EXPECT(page->mapcount.counter == 1);
	}
	expect_content(mm, start, end);
}

/* Moving what nobody uses would be for nothing. */
TEST(partially_mapped)
{
	struct page *folio = large_anon(0, 3);
	unsigned int nr;

	zap_page_range(MM, 3, 4);
	EXPECT(nr_queued() == 1);
	EXPECT(!move(folio, &nr) && nr == 8);
	EXPECT(!nr_queued());
	expect_singles(0, 0, 3);
	expect_singles(0, 4, 8);
	EXPECT(page_at(0, 0) != folio && page_at(0, 7) != folio + 7);
}

/* Without waiting, and somebody has the lock: it stays as it is. */
TEST(partially_mapped_locked)
{
	struct page *folio = large_anon(0, 3);
	unsigned int nr;

	zap_page_range(MM, 3, 4);
	folio_lock(folio);
	EXPECT(move_with(folio, MIGRATE_ASYNC, &nr) == 1 && !nr);
	folio_unlock(folio);
	EXPECT_COUNTS(folio, 7, 0, 7, 7);
	EXPECT(nr_queued() == 1);
}

/* All of it has been moved then, by which way ever: that is success. */
TEST(no_memory)
{
	struct page *folio = large_anon(0, 3);
	unsigned int nr;

	leave_single_pages();
	EXPECT(!move(folio, &nr) && nr == 8);
	expect_singles(0, 0, 8);
	for (unsigned int i = 0; i < 8; i++)
		EXPECT(page_at(0, i) != folio + i);
}

TEST(no_memory_shmem)
{
	struct page *folio = large_shmem(3);
	unsigned int nr;

	leave_single_pages();
	EXPECT(!move_with(folio, MIGRATE_ASYNC, &nr) && nr == 8);
	expect_content(SHMEM_MM, FILE_ADDRESS, FILE_ADDRESS + 8);
	for (unsigned int i = 0; i < 8; i++)
		EXPECT(mem->file[SHMEM_MM].i_pages[i] != folio + i);
}

/* What is being written is not split, either. */
TEST(no_memory_written)
{
	struct page *folio = large_shmem(3);
	unsigned int nr;

	leave_single_pages();
	set_bit(PG_writeback, &folio->flags);
	EXPECT(move(folio, &nr) == -ENOMEM && !nr);
	clear_bit(PG_writeback, &folio->flags);
	EXPECT(page_at(SHMEM_MM, FILE_ADDRESS) == folio);
	EXPECT(compound_order(folio) == 3);
	expect_content(SHMEM_MM, FILE_ADDRESS, FILE_ADDRESS + 8);
}

TEST(no_memory_in_use)
{
	struct page *folio = large_anon(0, 3);
	unsigned int nr;

	leave_single_pages();
	get_page(folio);
	EXPECT(move(folio, &nr) == -ENOMEM && !nr);
	/* A pin tries again, which comes to another thing. */
	EXPECT(move_for(folio, MR_LONGTERM_PIN, MIGRATE_SYNC, &nr) == 1);
	EXPECT(!nr);
	put_page(folio);
	EXPECT_COUNTS(folio, 1, 1, PMD_MAPPED, 1);
	expect_content(0, 0, 8);
}

/* Not even for its pages: it is in pieces, and they are where they were. */
TEST(no_memory_at_all)
{
	struct page *folio = large_anon(0, 3);
	unsigned int nr;

	for (unsigned int order = 6; order-- > 0;) {
		while (alloc_pages(GFP_NOWAIT | __GFP_MOVABLE, order))
			;
	}
	EXPECT(move(folio, &nr) == 1 && !nr);
	expect_singles(0, 0, 8);
	for (unsigned int i = 0; i < 8; i++)
		EXPECT(page_at(0, i) == folio + i);
}

TEST(no_memory_old_loop)
{
	struct page *folio = large_anon(0, 3);
	unsigned int nr;

	subject_set_policy("migrate-loop", "one-by-one");
	leave_single_pages();
	EXPECT(move(folio, &nr) == -ENOMEM && !nr);
	EXPECT_COUNTS(folio, 1, 1, PMD_MAPPED, 1);
}

TEST(old_loop)
{
	struct page *folio = large_anon(0, 3);
	unsigned int nr;

	subject_set_policy("migrate-loop", "one-by-one");
	EXPECT(!move(folio, &nr) && nr == 8);
	EXPECT_COUNTS(pte_page(pmd_at(0, 0)), 1, 1, PMD_MAPPED, 1);
	expect_content(0, 0, 8);
}

/* --- Pins for good --- */

#define GOOD (FOLL_PIN | FOLL_LONGTERM)

static void take_all_but_cma(unsigned int order)
{
	while (alloc_pages(GFP_KERNEL, order))
		;
	drain_local_pages(NULL);
}

static bool is_in_cma(const struct page *page)
{
	unsigned int pfn = page_to_pfn(page);

	return pfn >= mem->cma.base_pfn &&
	       pfn < mem->cma.base_pfn + mem->cma.count;
}

TEST(pin_out_of_cma)
{
	struct page *room = alloc_pages(GFP_KERNEL, 3), *folio, *page[3];

	take_all_but_cma(3);
	folio = large_anon(0, 3);
	EXPECT(is_in_cma(folio));
	__free_pages(room, 3);
	EXPECT(get_user_pages(MM, 2, 3, GOOD, page) == 3);
	folio = page_folio(page[0]);
	EXPECT(!is_in_cma(folio) && page[2] == folio + 4);
	EXPECT_COUNTS(folio, 1, 1, PMD_MAPPED, 4);
	EXPECT(folio[1].pincount.counter == 3);
	/* Now it may stay. */
	gup_put_pages(page, 3, GOOD);
	EXPECT(get_user_pages_fast(MM, 2, 3, GOOD, page) == 3);
	EXPECT(page[0] == folio + 2 && folio->refcount.counter == 4);
	gup_put_pages(page, 3, GOOD);
	expect_content(0, 0, 8);
}

/* There is no room for it as a whole: its pages are pinned, each elsewhere. */
TEST(pin_in_pieces)
{
	struct page *room = alloc_pages(GFP_KERNEL, 5), *page[3];

	split_page(room, 5);
	take_all_but_cma(3);
	EXPECT(is_in_cma(large_anon(0, 3)));
	for (unsigned int order = 3; order-- > 0;)
		take_all_but_cma(order);
	for (unsigned int i = 0; i < 32; i += 2)
		__free_pages(room + i, 0);
	drain_local_pages(NULL);
	EXPECT(get_user_pages(MM, 2, 3, GOOD, page) == 3);
	for (unsigned int i = 0; i < 3; i++)
		EXPECT(!is_in_cma(page[i]) && !folio_test_large(page[i]));
	gup_put_pages(page, 3, GOOD);
	expect_content(0, 0, 8);
}

/* --- Compaction --- */

/* Of an order less than a pageblock's: as one, and it is not counted as one. */
TEST(compact)
{
	struct page *folio = large_anon(0, 2), *new;
	unsigned int pfn = page_to_pfn(folio);

	/* A pageblock that is all free stays so. */
	EXPECT(!alloc_contig_range(248, 256, MIGRATE_CMA, GFP_KERNEL));
	free_contig_range(249, 7);
	drain_local_pages(NULL);
	EXPECT(!compact_nodes());
	new = page_folio(page_at(0, 0));
	EXPECT(page_to_pfn(new) > pfn && compound_order(new) == 2);
	EXPECT_COUNTS(new, 4, 0, 4, 4);
	EXPECT(mem->pgmigrate_success.counter == 4);
	EXPECT(!mem->nr_isolated[0].counter);
	expect_content(0, 0, 4);
}

/* It is as good as the block that it could be moved to. */
TEST(compact_no_pageblock)
{
	struct page *folio = large_anon(0, 3);

	EXPECT(!compact_nodes());
	EXPECT(page_at(0, 0) == folio);
	EXPECT(!mem->pgmigrate_success.counter);
	EXPECT(!mem->nr_isolated[0].counter);
}

/* Whatever the policy, one that is pinned is left alone; and no other. */
static void expect_skip(const char *value)
{
	struct page *folio = page_folio(page_at(0, 0)), *page;
	int moved = mem->pgmigrate_success.counter;

	EXPECT(!subject_set_policy("compaction-skip", value));
	EXPECT(get_user_pages(MM, 1, 1, FOLL_PIN, &page) == 1);
	EXPECT(!compact_nodes());
	EXPECT(page_folio(page_at(0, 0)) == folio);
	gup_put_pages(&page, 1, FOLL_PIN);
	/* It has not even been tried. */
	EXPECT(mem->pgmigrate_success.counter == moved);
	EXPECT(!mem->pgmigrate_fail.counter);
	expect_content(0, 0, 4);
}

TEST(compact_not_pinned)
{
	large_anon(0, 2);
	EXPECT(!alloc_contig_range(248, 256, MIGRATE_CMA, GFP_KERNEL));
	free_contig_range(249, 7);
	drain_local_pages(NULL);
	expect_skip("anon-only");
	expect_skip("extra-refs");
	expect_skip("maybe-dma-pinned");
	expect_skip("maybe-dma-pinned-less-mapcount");
	expect_skip("longterm-pinned");
	EXPECT(!compact_nodes());
	EXPECT(mem->pgmigrate_success.counter == 4);
}

static struct page *made_meanwhile;
static bool was_made_large;
static unsigned int nr_made_large;

static void make_single(void *unused)
{
	(void)unused;
	store(0, 1, 101);
	lru_add_drain_all();
	EXPECT(!alloc_contig_range(248, 256, MIGRATE_CMA, GFP_KERNEL));
	free_contig_range(249, 7);
	drain_local_pages(NULL);
	/* No other pageblock is free then: so it will be this one. */
	for (unsigned int order = 6; order-- > 3;) {
		while (alloc_pages(GFP_NOWAIT | __GFP_MOVABLE, order))
			;
	}
}

static void compact(void *unused)
{
	(void)unused;
	EXPECT(!compact_nodes());
}

static void make_large(void *unused)
{
	(void)unused;
	zap_page_range(MM, 0, ANON_PAGES);
	drain_all_pages(NULL);
	set_huge_anon_order(3);
	for (unsigned int i = 0; i < ANON_PAGES; i++)
		store(0, i, 100 + i);
	made_meanwhile = page_folio(page_at(0, 0));
	/* It is not, if somebody had a reference on what was there. */
	was_made_large = folio_test_large(made_meanwhile);
	nr_made_large += was_made_large;
}

static void expect_made(void *unused)
{
	(void)unused;
	if (was_made_large) {
		EXPECT(page_at(0, 0) == made_meanwhile);
		EXPECT(folio_test_large(made_meanwhile));
		EXPECT_COUNTS(made_meanwhile, 1, 1, PMD_MAPPED, 1);
	}
	expect_content(0, 0, 8);
}

/* A page that was single when it was looked at may be too large by now. */
static void test_compact_grown(void **state)
{
	(void)state;
	for (unsigned int at = 0; at < 200; at++) {
		struct sim_switch sw = { at, 1 };
		struct sim_job jobs[] = {
			{ .run = compact, .switches = &sw, .nr_switches = 1 },
			{ .run = make_large, .task = 1 },
		};

		boot_machine(NULL);
		run_as_job(make_single);
		expect_jobs_done(jobs, 2);
		run_as_job(expect_made);
	}
	assert_true(nr_made_large > 50);
}

static unsigned int nr_free_of(const struct compact_control *cc,
			       unsigned int order)
{
	const struct list_head *entry = cc->freepages[order].next;
	unsigned int nr = 0;

	for (; entry != &cc->freepages[order]; entry = entry->next) {
		EXPECT(list_entry(entry, struct page, lru)->private == order);
		nr++;
	}
	return nr;
}

/* What is split off a block stays for others; what comes back is one again. */
TEST(targets)
{
	struct page *block = first_free(5, MIGRATE_MOVABLE), *page, *single;
	struct compact_control cc;
	int taken;

	init_control(&cc);
	LOCKED(taken = __isolate_free_page(block, normal(), 5));
	EXPECT(taken);
	block->private = 5;
	list_add(&block->lru, &cc.freepages[5]);
	cc.nr_freepages = cc.nr_migratepages = 32;
	page = compaction_alloc(2, &cc);
	EXPECT(page == block && compound_order(page) == 2);
	EXPECT(page->refcount.counter == 1);
	EXPECT(cc.nr_freepages == 28 && cc.nr_migratepages == 28);
	EXPECT(nr_free_of(&cc, 2) == 1 && nr_free_of(&cc, 3) == 1);
	EXPECT(nr_free_of(&cc, 4) == 1 && !nr_free_of(&cc, 5));
	single = compaction_alloc(0, &cc);
	EXPECT(single == block + 4 && !folio_test_large(single));
	EXPECT(cc.nr_freepages == 27 && cc.nr_migratepages == 27);
	compaction_free(page, &cc);
	EXPECT(cc.nr_freepages == 31 && cc.nr_migratepages == 31);
	EXPECT(nr_free_of(&cc, 2) == 1 && !folio_test_large(page));
	get_page(single);
	compaction_free(single, &cc);
	EXPECT(cc.nr_freepages == 31 && cc.nr_migratepages == 32);
	put_page(single);
	EXPECT(!compaction_alloc(6, &cc));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(by_pmd),
		UNIT(shared),
		UNIT(by_ptes),
		UNIT(shmem),
		UNIT(in_use),
		UNIT(freed_meanwhile),
		UNIT(partially_mapped),
		UNIT(partially_mapped_locked),
		UNIT(no_memory),
		UNIT(no_memory_shmem),
		UNIT(no_memory_written),
		UNIT(no_memory_in_use),
		UNIT(no_memory_at_all),
		UNIT(no_memory_old_loop),
		UNIT(old_loop),
		UNIT(pin_out_of_cma),
		UNIT(pin_in_pieces),
		UNIT(compact),
		UNIT(compact_no_pageblock),
		UNIT(compact_not_pinned),
		UNIT(compact_grown),
		UNIT(targets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
