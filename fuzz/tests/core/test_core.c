// SPDX-License-Identifier: GPL-2.0-only
/*
 * The core by itself: what each call returns, what it leaves behind, and every
 * way that it can fail. Method: real calls on a booted machine; all invariants
 * are looked after as they go.
 */
#include "tests/core/core_machine.h"

/* With the differences of all CPUs. */
static long counted(unsigned int zone, enum zone_stat_item item)
{
	return (long)zone_page_state_snapshot(&mem->zones[zone], item);
}

/* --- Boot --- */

TEST(boot)
{
	EXPECT(nr_free() == 256);
	EXPECT(counted(0, NR_FREE_CMA_PAGES) == 64);
	EXPECT(mem->zones[0].managed_pages == 256);
	EXPECT(mem->zones[0].free_area[5].nr_free == 8);
	EXPECT(type_at(191) == MIGRATE_MOVABLE && type_at(192) == MIGRATE_CMA);
	EXPECT(mem->zones[0].per_cpu_pageset[0].batch == 1 &&
	       mem->zones[0].per_cpu_pageset[0].high_min == 4);
	EXPECT(mem->zones[0].per_cpu_pageset[0].high_max == 16);
}

/* A zone that ends in the middle of a pageblock. */
static void job_odd_size(void *arg)
{
	(void)arg;
	EXPECT(nr_free() == 256 - 3);
	EXPECT(start_isolate_page_range(248, 250, MIGRATE_MOVABLE) == -EBUSY);
	EXPECT(start_isolate_page_range(240, 248, MIGRATE_MOVABLE) == 0);
	undo_isolate_page_range(240, 248, MIGRATE_MOVABLE);
}

static void test_odd_size(void **state)
{
	struct subject_geometry g = small_machine;

	(void)state;
	g.nr_pages = g.movable_start = 253;
	g.cma_blocks = 0;
	boot_geometry(&g);
	run_as_job(job_odd_size);
}

/* --- Allocation --- */

TEST(split_and_merge)
{
	struct page *page = alloc_pages(GFP_KERNEL, 4);

	EXPECT(pfn_of(page) == 0 && nr_free() == 240);
	EXPECT(mem->zones[0].free_area[4].nr_free == 1);
	__free_pages(page, 4);
	EXPECT(nr_free() == 256 && mem->zones[0].free_area[5].nr_free == 8);
}

TEST(exhausted)
{
	struct page *page[6];

	for (unsigned int i = 0; i < 6; i++)
		page[i] = alloc_pages(GFP_KERNEL, 5);
	EXPECT(!alloc_pages(GFP_KERNEL, 0)); /* CMA pages are not for it */
	EXPECT(!alloc_pages(GFP_KERNEL, 5)); /* too many to try again for */
	EXPECT(nr_free() == 64);
	for (unsigned int i = 0; i < 6; i++)
		__free_pages(page[i], 5);
	EXPECT(nr_free() == 256);
}

/* An unmovable request takes the largest free block, all its pageblocks. */
TEST(claim)
{
	struct page *page = alloc_pages(GFP_KERNEL, 0);

	EXPECT(type_at(pfn_of(page)) == MIGRATE_UNMOVABLE);
	EXPECT(type_at(31) == MIGRATE_UNMOVABLE);
	EXPECT(type_at(32) == MIGRATE_MOVABLE);
}

/* Movable requests steal what they cannot claim, and leave its type. */
TEST(steal)
{
	struct page *page = alloc_pages(__GFP_RECLAIMABLE, 0);
	unsigned int free_before;

	for (unsigned int i = 0; i < 5; i++)
		alloc_pages(GFP_KERNEL, 5);
	alloc_pages(__GFP_RECLAIMABLE, 4);
	alloc_pages(__GFP_RECLAIMABLE, 3);
	alloc_pages(__GFP_RECLAIMABLE, 2);
	drain_local_pages(NULL);
	free_before = (unsigned int)nr_free();
	mm_policies[POLICY_nocma] = nocma_v5_9;
	memalloc_nocma_save();
	page = alloc_pages(__GFP_MOVABLE, 0);
	EXPECT(page && type_at(pfn_of(page)) == MIGRATE_RECLAIMABLE);
	EXPECT(nr_free() == (long)free_before - 1);
}

/* CMA first once it is more than half of what is free. */
TEST(cma_balance)
{
	struct page *page = alloc_pages(__GFP_MOVABLE, 4);

	EXPECT(pfn_of(page) < 192);
	for (unsigned int i = 0; i < 4; i++)
		alloc_pages(GFP_KERNEL, 5);
	page = alloc_pages(__GFP_MOVABLE, 4);
	EXPECT(pfn_of(page) >= 192);
	EXPECT(pfn_of(alloc_pages(__GFP_RECLAIMABLE, 4)) < 192);
}

/* --- pcplists --- */

TEST(pcplist)
{
	struct page *page = alloc_pages(__GFP_MOVABLE, 0);

	__free_pages(page, 0);
	EXPECT(mem->zones[0].per_cpu_pageset[0].count == 1 && nr_free() == 255);
	EXPECT(alloc_pages(__GFP_MOVABLE, 0) == page); /* the hot one */
	__free_pages(page, 0);
	drain_all_pages(NULL);
	EXPECT(mem->zones[0].per_cpu_pageset[0].count == 0 && nr_free() == 256);
}

TEST(pcp_bulk)
{
	struct page *page[8];

	zone_pageset_tune(2, 8);
	for (unsigned int i = 0; i < 8; i++)
		page[i] = alloc_pages(__GFP_MOVABLE, 0);
	drain_all_pages(NULL);
	for (unsigned int i = 0; i < 7; i++)
		__free_pages(page[i], 0);
	EXPECT(mem->zones[0].per_cpu_pageset[0].count == 7);
	__free_pages(page[7], 0); /* high: as many as were freed in a row */
	EXPECT(mem->zones[0].per_cpu_pageset[0].count == 2);
	zone_pageset_tune(4, 1); /* high is at least four batches */
	EXPECT(mem->zones[0].per_cpu_pageset[0].high_min == 16 &&
	       mem->zones[0].per_cpu_pageset[0].high_max == 16);
}

TEST(pcp_locked)
{
	struct page *page = alloc_pages(__GFP_MOVABLE, 0);

	drain_all_pages(NULL);
	spin_lock(&mem->zones[0].per_cpu_pageset[0].lock);
	__free_pages(page, 0);
	EXPECT(nr_free() == 256); /* past the pcplist */
	EXPECT(alloc_pages(__GFP_MOVABLE, 0) && nr_free() == 255);
	spin_unlock(&mem->zones[0].per_cpu_pageset[0].lock);
}

static void job_huge_page(void *arg)
{
	struct page *page = alloc_pages(__GFP_MOVABLE, 4);

	(void)arg;
	__free_pages(page, 4);
	EXPECT(mem->zones[0].per_cpu_pageset[0].count == 16);
	page = alloc_pages(GFP_KERNEL, 4); /* another list */
	EXPECT(type_at(pfn_of(page)) == MIGRATE_UNMOVABLE);
	drain_all_pages(NULL);
	EXPECT(mem->zones[0].per_cpu_pageset[0].count == 0);
	page = alloc_pages(__GFP_MOVABLE, 5); /* no list for these */
	__free_pages(page, 5);
	EXPECT(mem->zones[0].per_cpu_pageset[0].count == 0);
}

static void test_huge_page(void **state)
{
	struct subject_geometry g = small_machine;

	(void)state;
	g.block_order = 4;
	g.pcp_high = 64;
	g.cma_blocks = 0;
	boot_geometry(&g);
	run_as_job(job_huge_page);
}

/* --- Isolation --- */

TEST(isolate)
{
	EXPECT(start_isolate_page_range(3, 12, MIGRATE_MOVABLE) == 0);
	EXPECT(nr_free() == 240 && mem->zones[0].nr_isolate_pageblock == 2);
	EXPECT(type_at(0) == MIGRATE_ISOLATE && type_at(8) == MIGRATE_ISOLATE);
	EXPECT(type_at(16) == MIGRATE_MOVABLE);
	undo_isolate_page_range(3, 12, MIGRATE_MOVABLE);
	EXPECT(nr_free() == 256 && mem->zones[0].free_area[5].nr_free == 8);
}

/* Whoever comes second gets nothing and undoes only what is its own. */
static void expect_busy(unsigned int start, unsigned int end)
{
	unsigned long nr = mem->zones[0].nr_isolate_pageblock;
	long free_pages = nr_free();

	EXPECT(start_isolate_page_range(start, end, MIGRATE_MOVABLE) == -EBUSY);
	EXPECT(mem->zones[0].nr_isolate_pageblock == nr);
	EXPECT(nr_free() == free_pages);
}

TEST(isolate_busy)
{
	start_isolate_page_range(32, 40, MIGRATE_MOVABLE);
	expect_busy(32, 64); /* the first pageblock */
	expect_busy(8, 40); /* the last one */
	expect_busy(8, 64); /* one between */
	EXPECT(type_at(32) == MIGRATE_ISOLATE);
	undo_isolate_page_range(32, 40, MIGRATE_MOVABLE);
	EXPECT(mem->zones[0].free_area[5].nr_free == 8);
}

/* Goal: a pageblock of tail pages is as unmovable as their head. */
TEST(isolate_tails)
{
	EXPECT(!alloc_contig_range(128, 192, MIGRATE_MOVABLE, __GFP_COMP));
	expect_busy(168, 176);
	set_bit(PG_movable, &mem->mem_map[128].flags);
	EXPECT(!start_isolate_page_range(168, 176, MIGRATE_MOVABLE));
	undo_isolate_page_range(168, 176, MIGRATE_MOVABLE);
	clear_bit(PG_movable, &mem->mem_map[128].flags);
	__free_pages(&mem->mem_map[128], 6);
}

TEST(isolate_unmovable)
{
	struct page *page = alloc_pages(GFP_KERNEL, 0);
	unsigned int start = pageblock_start_pfn(pfn_of(page));

	expect_busy(start, start + 8);
	set_bit(PG_movable, &page->flags);
	EXPECT(!start_isolate_page_range(start, start + 8, MIGRATE_MOVABLE));
	clear_bit(PG_movable, &page->flags);
	__free_pages(page, 0);
	EXPECT(nr_free() == 256 - 8);
}

TEST(isolate_cma)
{
	alloc_contig_range(192, 193, MIGRATE_CMA, GFP_KERNEL);
	expect_busy(192, 200); /* not for anybody else */
	EXPECT(!start_isolate_page_range(192, 200, MIGRATE_CMA));
	EXPECT(counted(0, NR_FREE_CMA_PAGES) == 56);
	undo_isolate_page_range(192, 200, MIGRATE_CMA);
	EXPECT(counted(0, NR_FREE_CMA_PAGES) == 63);
}

/*
 * Goal: un-isolating one of two pageblocks that a free block covers leaves the
 * other isolated (6.12 gives it away). Method: a free across both merges them.
 */
TEST(unisolate_multiblock)
{
	struct page *page = alloc_pages(__GFP_MOVABLE, 4);

	set_bit(PG_movable, &page->flags);
	EXPECT(!start_isolate_page_range(0, 16, MIGRATE_MOVABLE));
	clear_bit(PG_movable, &page->flags);
	__free_pages(page, 4);
	EXPECT(first_free(4, MIGRATE_ISOLATE) == page);
	undo_isolate_page_range(0, 8, MIGRATE_MOVABLE);
	EXPECT(type_at(8) == MIGRATE_ISOLATE && nr_free() == 256 - 8);
	undo_isolate_page_range(8, 16, MIGRATE_MOVABLE);
	EXPECT(mem->zones[0].free_area[5].nr_free == 8);
}

/* --- Guard pages --- */

static int boot_guards(void **state)
{
	struct subject_geometry g = small_machine;

	(void)state;
	g.guard_order = 2;
	subject_fit(&g);
	boot_geometry(&g);
	return 0;
}

/*
 * Goal: guard pages are not free until they merge, and then only outside of
 * an isolated pageblock. Method: one page of a block of 32, and its neighbours.
 */
TEST(guards)
{
	struct page *page = alloc_pages(GFP_KERNEL, 0);

	EXPECT(pfn_of(page) == 0 && nr_free() == 256 - 4);
	EXPECT(mem->mem_map[1].guard && mem->mem_map[1].private == 0);
	EXPECT(mem->mem_map[2].guard && mem->mem_map[2].private == 1);
	EXPECT(mem->mem_map[4].buddy && mem->mem_map[4].private == 2);
	__free_pages(page, 0);
	EXPECT(mem->mem_map[1].guard); /* the page is on a pcplist */
	drain_all_pages(NULL);
	EXPECT(!mem->mem_map[1].guard && nr_free() == 256);

	page = alloc_pages(__GFP_MOVABLE, 0);
	EXPECT(pfn_of(page) == 32);
	set_bit(PG_movable, &page->flags);
	EXPECT(!start_isolate_page_range(32, 40, MIGRATE_MOVABLE));
	clear_bit(PG_movable, &page->flags);
	__free_pages(page, 0);
	EXPECT(first_free(3, MIGRATE_ISOLATE) == page && nr_free() == 256 - 8);
	undo_isolate_page_range(32, 40, MIGRATE_MOVABLE);
	EXPECT(nr_free() == 256);
}

/* --- nocma sections --- */

static bool gives_cma(void)
{
	return pfn_of(alloc_pages(__GFP_MOVABLE, 0)) >= 192;
}

static void nocma_section(enum mm_policy_value value)
{
	unsigned int outer, inner;

	mm_policies[POLICY_nocma] = (unsigned char)value;
	for (unsigned int i = 0; i < 5; i++)
		alloc_pages(GFP_KERNEL, 5);
	EXPECT(gives_cma());
	outer = memalloc_nocma_save();
	EXPECT(!gives_cma());
	inner = memalloc_nocma_save();
	memalloc_nocma_restore(inner);
	EXPECT(!gives_cma()); /* still in the outer one */
	memalloc_nocma_restore(outer);
	EXPECT(gives_cma());
}

TEST(nocma_clear_movable)
{
	nocma_section(nocma_clear_movable);
}

TEST(nocma_5_9)
{
	nocma_section(nocma_v5_9);
}

/* --- Zones --- */

/* Normal ends in the middle of pageblock 22; pages 50 .. 60 are a hole. */
static int boot_zones(void **state)
{
	struct subject_geometry g = small_machine;

	(void)state;
	g.movable_start = 179;
	g.hole_start = 50;
	g.hole_end = 61;
	subject_fit(&g);
	boot_geometry(&g);
	return 0;
}

TEST(zones)
{
	const struct zone *normal = &mem->zones[ZONE_NORMAL];
	const struct zone *movable = &mem->zones[ZONE_MOVABLE];
	struct page *page;

	EXPECT(normal->managed_pages == 179 - 11);
	EXPECT(movable->managed_pages == 256 - 179);
	EXPECT(counted(1, NR_FREE_PAGES) == 256 - 179);
	EXPECT(counted(0, NR_FREE_CMA_PAGES) == 64);
	EXPECT(type_at(175) == MIGRATE_CMA && type_at(176) == MIGRATE_MOVABLE);

	/* Who may live anywhere gets from Movable first, nobody else. */
	page = alloc_pages(__GFP_HIGHMEM | __GFP_MOVABLE, 2);
	EXPECT(pfn_of(page) >= 179);
	__free_pages(page, 2);
	page = alloc_pages(__GFP_MOVABLE, 2);
	EXPECT(pfn_of(page) < 179);
	__free_pages(page, 2);
	page = alloc_pages(GFP_KERNEL, 0);
	EXPECT(pfn_of(page) < 179);
	__free_pages(page, 0);
	drain_all_pages(NULL);
	EXPECT(counted(1, NR_FREE_PAGES) == 256 - 179);
	EXPECT(nr_free() == 179 - 11);
}

/* Goal: the zonelist ends with Normal; unmovable requests begin there. */
TEST(zone_fallback)
{
	const gfp_t anywhere = __GFP_HIGHMEM | __GFP_MOVABLE;
	unsigned int nr = 0, nr_movable = 0;
	struct page *page;

	while ((page = alloc_pages(anywhere, 0))) {
		nr_movable += pfn_of(page) >= 179;
		EXPECT(nr >= 256 - 179 || nr_movable == nr + 1);
		nr++;
	}
	EXPECT(nr == 256 - 11 && nr_movable == 256 - 179);
	EXPECT(!alloc_pages(GFP_KERNEL, 0));
}

/* Goal: a pageblock with a border or a hole in it is not isolated. */
TEST(zone_edges)
{
	EXPECT(start_isolate_page_range(176, 179, MIGRATE_MOVABLE) == -EBUSY);
	EXPECT(start_isolate_page_range(179, 180, MIGRATE_MOVABLE) == -EBUSY);
	EXPECT(start_isolate_page_range(48, 56, MIGRATE_MOVABLE) == -EBUSY);
	EXPECT(!start_isolate_page_range(184, 192, MIGRATE_MOVABLE));
	EXPECT(mem->zones[ZONE_MOVABLE].nr_isolate_pageblock == 1);
	EXPECT(!mem->zones[ZONE_NORMAL].nr_isolate_pageblock);
	undo_isolate_page_range(184, 192, MIGRATE_MOVABLE);
}

/* Goal: in zone Movable a page in use does not keep its pageblock from that. */
TEST(isolate_in_movable)
{
	struct page *page = alloc_pages(__GFP_HIGHMEM | __GFP_MOVABLE, 3);
	unsigned int start = pfn_of(page);

	EXPECT(start == 184 && !(page->flags & 1ul << PG_lru));
	EXPECT(!start_isolate_page_range(start, start + 8, MIGRATE_MOVABLE));
	undo_isolate_page_range(start, start + 8, MIGRATE_MOVABLE);
	set_bit(PG_reserved, &page->flags);
	EXPECT(start_isolate_page_range(start, start + 8, MIGRATE_MOVABLE) ==
	       -EBUSY);
	clear_bit(PG_reserved, &page->flags);
	__free_pages(page, 3);
}

#define ZONES(name) cmocka_unit_test_setup(test_##name, boot_zones)
#define CORE(name) cmocka_unit_test_setup(test_##name, boot_machine)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CORE(boot),
		CORE(odd_size),
		CORE(split_and_merge),
		CORE(exhausted),
		CORE(claim),
		CORE(steal),
		CORE(cma_balance),
		CORE(pcplist),
		CORE(pcp_bulk),
		CORE(pcp_locked),
		CORE(huge_page),
		CORE(isolate),
		CORE(isolate_busy),
		CORE(isolate_unmovable),
		CORE(isolate_tails),
		CORE(isolate_cma),
		CORE(unisolate_multiblock),
		cmocka_unit_test_setup(test_guards, boot_guards),
		CORE(nocma_clear_movable),
		CORE(nocma_5_9),
		ZONES(zones),
		ZONES(zone_fallback),
		ZONES(zone_edges),
		ZONES(isolate_in_movable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
