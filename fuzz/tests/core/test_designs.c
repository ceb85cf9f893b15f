// SPDX-License-Identifier: GPL-2.0-only
/*
 * Designs that can be chosen, and switches of bugs where their bug cannot be:
 * there all goes on as without. Method: real calls on a booted machine whose
 * numbers can be counted by hand; all invariants are looked after.
 */
#include "tests/core/core_machine.h"

static void choose(enum mm_policy policy, enum mm_policy_value value)
{
	mm_policies[policy] = (unsigned char)value;
}

/* Of order 4, past the pcplists: whether it comes from the CMA area. */
static bool is_cma(gfp_t gfp)
{
	const struct page *page = alloc_pages(gfp, 4);

	EXPECT(page);
	return pfn_of(page) >= 192;
}

/* --- cma-use --- */

/* Goal: the area is used when there is nothing else. */
TEST(cma_last_resort)
{
	choose(POLICY_cma_use, cma_use_last_resort);
	for (unsigned int i = 0; i < 12; i++)
		EXPECT(!is_cma(__GFP_MOVABLE));
	EXPECT(is_cma(__GFP_MOVABLE));
}

/* Goal: 24 pages of the other memory, 8 of the area, and so on. */
TEST(cma_aggressive)
{
	choose(POLICY_cma_use, cma_use_aggressive);
	for (unsigned int i = 0; i < 9; i++)
		EXPECT(is_cma(__GFP_MOVABLE) == (i % 3 == 2));
}

/* Goal: no turns are counted in a zone that has no area, or is all area. */
static void job_cma_aggressive_elsewhere(void *arg)
{
	const struct zone *zone = &mem->zones[ZONE_MOVABLE];

	(void)arg;
	choose(POLICY_cma_use, cma_use_aggressive);
	EXPECT(alloc_pages(__GFP_MOVABLE | __GFP_HIGHMEM, 4));
	EXPECT(!zone->nr_try_movable && !zone->nr_try_cma);
}

static void test_cma_aggressive_elsewhere(void **state)
{
	struct subject_geometry g = small_machine;

	(void)state;
	g.movable_start = 128;
	boot_geometry(&g);
	run_as_job(job_cma_aggressive_elsewhere);
}

static void job_cma_aggressive_without(void *arg)
{
	(void)arg;
	choose(POLICY_cma_use, cma_use_aggressive);
	for (unsigned int i = 0; i < 16; i++)
		EXPECT(alloc_pages(__GFP_MOVABLE, 4));
	EXPECT(!normal()->nr_try_movable && !normal()->nr_try_cma);
}

static void test_cma_aggressive_without(void **state)
{
	struct subject_geometry g = small_machine;

	(void)state;
	g.cma_blocks = 0;
	boot_geometry(&g);
	run_as_job(job_cma_aggressive_without);
}

/* --- nocma --- */

/*
 * Goal: three CMA pages are put aside, and go back to the free lists; the
 * fourth is taken. Method: eight of them on the movable pcplist, where the
 * section does not keep requests from them.
 */
TEST(nocma_retry)
{
	choose(POLICY_nocma, nocma_retry);
	zone_pageset_tune(4, 64);
	EXPECT(!alloc_contig_range(192, 200, MIGRATE_CMA, GFP_KERNEL));
	free_contig_range(192, 8);
	EXPECT(pcp_of(0)->count == 8 && nr_free() == 248);
	memalloc_nocma_save();
	EXPECT(pfn_of(alloc_pages(__GFP_MOVABLE, 0)) >= 192);
	EXPECT(pcp_of(0)->count == 4 && nr_free() == 251);
	EXPECT(pfn_of(alloc_pages(__GFP_MOVABLE, 0)) >= 192);
	EXPECT(pcp_of(0)->count == 0 && nr_free() == 254);
	EXPECT(pfn_of(alloc_pages(__GFP_MOVABLE, 0)) < 192);
	while (alloc_pages(GFP_KERNEL, 0) || alloc_pages(__GFP_MOVABLE, 0))
		;
	EXPECT(nr_free() == 62);
}

/* --- isolation-accounting --- */

/* Goal: what is free in a pageblock leaves the counter, and comes back. */
TEST(counted_at_the_top)
{
	struct page *page = alloc_pages(__GFP_MOVABLE, 2);
	unsigned int start = pageblock_start_pfn(pfn_of(page));

	drain_all_pages(NULL);
	choose(POLICY_isolation_accounting,
	       isolation_accounting_counted_at_the_top);
	set_bit(PG_lru, &page->flags);
	EXPECT(nr_free() == 252);
	EXPECT(!start_isolate_page_range(start, start + 8, MIGRATE_MOVABLE));
	EXPECT(nr_free() == 248);
	undo_isolate_page_range(start, start + 8, MIGRATE_MOVABLE);
	EXPECT(nr_free() == 252);
	clear_bit(PG_lru, &page->flags);
	__free_pages(page, 2);
}

/* --- Switches --- */

/*
 * Goal: a guard that merges outside of an isolated pageblock is counted as of
 * its type.
 */
static void job_guard_cleared_elsewhere(void *arg)
{
	struct page *page;

	(void)arg;
	mm_bugs[BUG_guard_cleared_into_isolate] = true;
	while (alloc_pages(GFP_KERNEL, 4))
		;
	page = alloc_pages(__GFP_MOVABLE, 0);
	EXPECT(pfn_of(page) >= 192 && page[1].guard);
	__free_pages(page, 0);
	drain_all_pages(NULL);
	EXPECT(!page[1].guard && nr_free() == 64);
	EXPECT(zone_page_state_snapshot(normal(), NR_FREE_CMA_PAGES) == 64);
}

static void test_guard_cleared_elsewhere(void **state)
{
	struct subject_geometry g = small_machine;

	(void)state;
	g.guard_order = 2;
	subject_fit(&g);
	boot_geometry(&g);
	run_as_job(job_guard_cleared_elsewhere);
}

/*
 * Goal: isolated pageblocks merge with no other. Method: the pieces of a block
 * that one is cut out of, the first and the second.
 */
TEST(nonfallback_merge_isolated)
{
	mm_bugs[BUG_nonfallback_merge] = true;
	for (unsigned int start = 192; start < 208; start += 8) {
		EXPECT(!start_isolate_page_range(start, start + 8,
						 MIGRATE_CMA));
		EXPECT(first_free(3, MIGRATE_ISOLATE) == pfn_to_page(start));
		EXPECT(nr_free() == 248);
		undo_isolate_page_range(start, start + 8, MIGRATE_CMA);
		EXPECT(nr_free() == 256);
	}
	EXPECT(!start_isolate_page_range(0, 8, MIGRATE_MOVABLE));
	EXPECT(!start_isolate_page_range(224, 232, MIGRATE_CMA));
	undo_isolate_page_range(224, 232, MIGRATE_CMA);
	undo_isolate_page_range(0, 8, MIGRATE_MOVABLE);
	EXPECT(normal()->free_area[5].nr_free == 8);
}

/* Goal: the slow path of a section takes no CMA pages either way. */
TEST(nocma_fastpath_ignored_slow)
{
	mm_bugs[BUG_nocma_fastpath_ignored] = true;
	choose(POLICY_nocma, nocma_v5_9);
	memalloc_nocma_save();
	while (alloc_pages(GFP_KERNEL, 4))
		;
	for (unsigned int i = 0; i < 4; i++)
		EXPECT(is_cma(__GFP_MOVABLE)); /* the bug */
	EXPECT(!alloc_pages(__GFP_MOVABLE, 4));
}

/* A free keeps the type it was given only while nothing is isolated. */
static void free_as_unmovable(struct page *page)
{
	atomic_set(&page->refcount, 0);
	EXPECT(free_pages_prepare(page, 2));
	free_one_page(normal(), page, pfn_of(page), 2, MIGRATE_UNMOVABLE,
		      FPI_KEEP_TYPE);
}

TEST(keep_type)
{
	struct page *page = alloc_pages(__GFP_MOVABLE, 2);

	drain_all_pages(NULL);
	EXPECT(!start_isolate_page_range(64, 72, MIGRATE_MOVABLE));
	free_as_unmovable(page);
	EXPECT(page->buddy && page->private == 5);
	undo_isolate_page_range(64, 72, MIGRATE_MOVABLE);
	EXPECT(nr_free() == 256);
}

/* Goal: the check sees a free block beside an isolated one merge with it. */
DAMAGE(merged_with_isolated, "INV_FREE_PAGES", {
	struct page *page = alloc_pages(__GFP_MOVABLE, 4);

	mm_bugs[BUG_cross_block_merge] = true;
	EXPECT(!start_isolate_page_range(pfn_of(page) + 16, pfn_of(page) + 32,
					 MIGRATE_MOVABLE));
	__free_pages(page, 4);
})

#define DESIGN(name) cmocka_unit_test_setup(test_##name, boot_machine)

int main(void)
{
	const struct CMUnitTest tests[] = {
		DESIGN(cma_last_resort),
		DESIGN(cma_aggressive),
		DESIGN(cma_aggressive_elsewhere),
		DESIGN(cma_aggressive_without),
		DESIGN(nocma_retry),
		DESIGN(counted_at_the_top),
		DESIGN(guard_cleared_elsewhere),
		DESIGN(nonfallback_merge_isolated),
		DESIGN(nocma_fastpath_ignored_slow),
		DESIGN(keep_type),
		DESIGN(merged_with_isolated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
