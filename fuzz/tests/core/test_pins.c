// SPDX-License-Identifier: GPL-2.0-only
/*
 * Goal: a page that is pinned for good is where pages may be pinned, with what
 * the process had there; or the pin fails and nothing has changed. Method: a
 * process has a page in the CMA area, or in zone Movable, in a batch or with a
 * reference of somebody else's; it is pinned, and its place looked at.
 */
#include "tests/core/user_pages.h"

#define MM (&mem->mm[1])
#define ADDRESS 1

static bool is_in_cma(unsigned int pfn)
{
	return pfn >= mem->cma.base_pfn &&
	       pfn < mem->cma.base_pfn + mem->cma.count;
}

/* While all else is taken: then movable pages come from the area. */
static void write_in_cma(void)
{
	struct page *block, *last = NULL;

	while ((block = alloc_pages(GFP_KERNEL, 2)))
		last = block;
	store(1, ADDRESS, 42);
	__free_pages(last, 2);
	drain_local_pages(normal());
}

static void expect_pinned_elsewhere(void)
{
	struct page *page;
	unsigned long content;

	EXPECT(!pin_user_page_longterm(MM, ADDRESS, &page));
	EXPECT(!is_in_cma(page_to_pfn(page)));
	EXPECT(page_zone(page) == normal());
	EXPECT(page == page_at(1, ADDRESS));
	EXPECT(page->refcount.counter == 2);
	check_pinned(page_to_pfn(page));
	unpin_user_page(page);
	EXPECT(page->refcount.counter == 1);
	EXPECT(!read_user(MM, ADDRESS, &content) && content == 42);
	check_isolated_stat();
}

/* A page that nobody has touched is made where it may stay. */
TEST(new_page)
{
	struct page *page;

	EXPECT(!pin_user_page_longterm(MM, ADDRESS, &page));
	EXPECT(MM->pte[ADDRESS] & PTE_WRITE);
	check_pinned(page_to_pfn(page));
	unpin_user_page(page);
	EXPECT(!mem->task[0].flags);
}

TEST(no_address)
{
	struct page *page;

	EXPECT(pin_user_page_longterm(MM, ANON_PAGES, &page) == -EFAULT);
	EXPECT(!mem->task[0].flags);
}

TEST(out_of_cma)
{
	write_in_cma();
	EXPECT(is_in_cma(page_to_pfn(page_at(1, ADDRESS))));
	expect_pinned_elsewhere();
}

TEST(out_of_movable)
{
	store(1, ADDRESS, 42);
	EXPECT(page_zone(page_at(1, ADDRESS)) == &mem->zones[ZONE_MOVABLE]);
	expect_pinned_elsewhere();
}

TEST(out_of_isolated_block)
{
	unsigned int pfn;

	store(1, ADDRESS, 42);
	pfn = pageblock_start_pfn(page_to_pfn(page_at(1, ADDRESS)));
	EXPECT(!start_isolate_page_range(pfn, pfn + 8, MIGRATE_MOVABLE));
	expect_pinned_elsewhere();
	EXPECT(page_to_pfn(page_at(1, ADDRESS)) < pfn ||
	       page_to_pfn(page_at(1, ADDRESS)) >= pfn + 8);
	undo_isolate_page_range(pfn, pfn + 8, MIGRATE_MOVABLE);
}

/* Still on the way to the LRU: of this CPU, of another one's mlock. */
TEST(in_a_batch)
{
	write_in_cma();
	EXPECT(mem->fbatches[0].batch[LRU_ADD].nr == 1);
	expect_pinned_elsewhere();
}

static struct page *locked;

static void writes(void *unused)
{
	(void)unused;
	write_in_cma();
	locked = page_at(1, ADDRESS);
}

static void locks_in_memory(void *unused)
{
	(void)unused;
	mlock_folio(locked);
	EXPECT(mem->fbatches[1].batch[LRU_MLOCK].nr == 1);
	EXPECT(test_bit(PG_lru, &locked->flags));
}

static void pins(void *unused)
{
	(void)unused;
	expect_pinned_elsewhere();
	munlock_folio(page_at(1, ADDRESS));
	lru_add_drain();
}

static void test_in_a_batch_elsewhere(void **state)
{
	struct sim_job jobs[] = {
		{ .task = 0, .run = writes },
		{ .task = 1, .run = locks_in_memory },
		{ .task = 0, .run = pins },
	};

	(void)state;
	expect_jobs_done(jobs, 3);
}

/* Who has a reference keeps it where it is: then there is no pin. */
TEST(in_use)
{
	struct page *page, *pinned;

	write_in_cma();
	page = page_at(1, ADDRESS);
	get_page(page);
	EXPECT(pin_user_page_longterm(MM, ADDRESS, &pinned) == -ENOMEM);
	lru_add_drain();
	EXPECT(page->refcount.counter == 2);
	EXPECT(test_bit(PG_lru, &page->flags));
	put_page(page);
	EXPECT(page_at(1, ADDRESS) == page);
	check_isolated_stat();
}

/* --- Devices --- */

TEST(device_stores)
{
	unsigned long content;
	struct page *page;

	store(1, FILE_ADDRESS, 7);
	page = page_at(1, FILE_ADDRESS);
	clear_bit(PG_dirty, &page->flags);
	EXPECT(device_store(MM, FILE_ADDRESS, 8));
	EXPECT(test_bit(PG_dirty, &page->flags));
	EXPECT(page->refcount.counter == 2);
	EXPECT(!read_user(MM, FILE_ADDRESS, &content) && content == 8);
}

/* Not where nothing is, where the process may not write, nor to its own. */
TEST(device_may_not)
{
	unsigned long content;

	EXPECT(!device_store(MM, FILE_ADDRESS, 8));
	EXPECT(!read_user(MM, FILE_ADDRESS, &content));
	EXPECT(!device_store(MM, FILE_ADDRESS, 8));
	store(1, ADDRESS, 42);
	EXPECT(!device_store(MM, ADDRESS, 43));
	EXPECT(!read_user(MM, ADDRESS, &content) && content == 42);
	store(2, FILE_ADDRESS, 1);
	EXPECT(!device_store(&mem->mm[2], FILE_ADDRESS, 2));
}

/* --- The check --- */

DAMAGE(pinned_in_cma, "INV_PINNED", check_pinned(mem->cma.base_pfn))
DAMAGE(pinned_in_movable, "INV_PINNED", check_pinned(128))

#define CORE(name) cmocka_unit_test_setup(test_##name, boot_machine)
#define ZONES(name) cmocka_unit_test_setup(test_##name, boot_two_zones)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CORE(new_page),
		CORE(no_address),
		CORE(out_of_cma),
		ZONES(out_of_movable),
		CORE(out_of_isolated_block),
		CORE(in_a_batch),
		CORE(in_a_batch_elsewhere),
		CORE(in_use),
		CORE(device_stores),
		CORE(device_may_not),
		CORE(pinned_in_cma),
		ZONES(pinned_in_movable),
	};

	return cmocka_run_group_tests_name("pins", tests, NULL, NULL);
}
