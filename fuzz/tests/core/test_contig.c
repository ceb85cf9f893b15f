// SPDX-License-Identifier: GPL-2.0-only
/*
 * Contiguous allocation and the CMA area: what each call returns and leaves,
 * and every way that it can fail. Method: real calls on a booted machine; all
 * invariants are looked after as they go.
 */
#include "tests/core/core_machine.h"

/* --- Ranges --- */

TEST(contig)
{
	EXPECT(!alloc_contig_range(197, 203, MIGRATE_CMA, GFP_KERNEL));
	EXPECT(nr_free() == 256 - 6 - mem->zones[0].per_cpu_pageset[0].count);
	EXPECT(mem->mem_map[197].refcount.counter == 1);
	EXPECT(mem->mem_map[202].refcount.counter == 1);
	EXPECT(mem->mem_map[196].refcount.counter == 0);
	EXPECT(alloc_contig_range(202, 204, MIGRATE_CMA, GFP_KERNEL) == -EBUSY);
	free_contig_range(197, 6);
	drain_all_pages(NULL);
	EXPECT(mem->zones[0].free_area[5].nr_free == 8);
}

/*
 * Goal: a compound request gets one block that is its range exactly, also one
 * larger than the largest order, or fails and all is free again (6.12 loses
 * it). Method: ranges that free blocks make up exactly, and parts of them.
 */
TEST(contig_compound)
{
	EXPECT(!alloc_contig_range(192, 256, MIGRATE_CMA, __GFP_COMP));
	EXPECT(mem->mem_map[192].refcount.counter == 1);
	EXPECT(mem->mem_map[193].refcount.counter == 0);
	EXPECT(nr_free() == 192 && !mem->mem_map[200].private);
	__free_pages(&mem->mem_map[192], 6);
	EXPECT(mem->zones[0].free_area[5].nr_free == 8);

	EXPECT(alloc_contig_range(192, 196, MIGRATE_CMA, __GFP_COMP) ==
	       -EINVAL);
	EXPECT(alloc_contig_range(196, 200, MIGRATE_CMA, __GFP_COMP) ==
	       -EINVAL);
	EXPECT(alloc_contig_range(192, 216, MIGRATE_CMA, __GFP_COMP) ==
	       -EINVAL);
	drain_all_pages(NULL);
	EXPECT(nr_free() == 256 && type_at(192) == MIGRATE_CMA);
	EXPECT(mem->zones[0].free_area[5].nr_free == 8);
}

/* A failed attempt leaves the isolation of others alone; 6.12 ends it. */
TEST(contig_foreign_isolation)
{
	start_isolate_page_range(200, 208, MIGRATE_CMA);
	EXPECT(alloc_contig_range(192, 216, MIGRATE_CMA, GFP_KERNEL) == -EBUSY);
	EXPECT(type_at(200) == MIGRATE_ISOLATE && type_at(192) == MIGRATE_CMA);
	undo_isolate_page_range(200, 208, MIGRATE_CMA);
}

static void isolate_free(struct zone *zone, struct page *page,
			 unsigned int order)
{
	unsigned long flags;

	spin_lock_irqsave(&zone->lock, flags);
	__isolate_free_page(page, zone, order);
	spin_unlock_irqrestore(&zone->lock, flags);
}

/* The block of __isolate_free_page() becomes one like any other, and goes. */
static void give_back(struct page *page, unsigned int order)
{
	post_alloc_hook(page, order);
	set_page_refcounted(page);
	__free_pages(page, order);
}

/*
 * Goal: a block that was half a pageblock or more leaves it movable, if the
 * type may change and the zone has all of it. Method: one unmovable block, one
 * of the CMA area, one in a pageblock that two zones share.
 */
static void job_isolate_free_page(void *arg)
{
	struct page *page = alloc_pages(GFP_KERNEL, 0);

	(void)arg;
	__free_pages(page, 0);
	drain_all_pages(NULL);
	EXPECT(type_at(0) == MIGRATE_UNMOVABLE && page[8].buddy == false);
	EXPECT(page->buddy && page->private == 5);
	isolate_free(normal(), page, 5);
	EXPECT(type_at(0) == MIGRATE_MOVABLE && type_at(31) == MIGRATE_MOVABLE);
	give_back(page, 5);

	page = first_free(4, MIGRATE_CMA);
	isolate_free(normal(), page, 4);
	EXPECT(type_at(pfn_of(page)) == MIGRATE_CMA);
	give_back(page, 4);

	page = pfn_to_page(176);
	EXPECT(page->buddy && page->private == 2);
	isolate_free(normal(), page, 2);
	give_back(page, 2);
	page = pfn_to_page(180);
	EXPECT(page->buddy && page->private == 2);
	isolate_free(&mem->zones[ZONE_MOVABLE], page, 2);
	give_back(page, 2);
}

static void test_isolate_free_page(void **state)
{
	struct subject_geometry g = small_machine;

	(void)state;
	g.movable_start = 180;
	g.cma_blocks = 2;
	boot_geometry(&g);
	run_as_job(job_isolate_free_page);
}

/*
 * Goal: a compound page that is larger than the largest order is freed in
 * pieces of that, although it is no larger than a pageblock.
 */
static void job_compound_above_largest(void *arg)
{
	unsigned long nr_free = normal()->free_area[3].nr_free;

	(void)arg;
	EXPECT(!alloc_contig_range(64, 80, MIGRATE_MOVABLE, __GFP_COMP));
	EXPECT(normal()->free_area[3].nr_free == nr_free - 2);
	/* Also if the type that was seen without the lock is trusted. */
	mm_bugs[BUG_free_type_read_before_lock] = true;
	__free_pages(pfn_to_page(64), 4);
	EXPECT(normal()->free_area[3].nr_free == nr_free && nr_free == 32);
}

static void test_compound_above_largest(void **state)
{
	struct subject_geometry g = small_machine;

	(void)state;
	g.block_order = 4;
	g.max_order = 3;
	g.cma_blocks = 0;
	boot_geometry(&g);
	run_as_job(job_compound_above_largest);
}

/* --- The CMA area --- */

TEST(cma)
{
	struct page *a, *b;
	int error;

	a = cma_alloc(3, 0, &error);
	b = cma_alloc(4, 2, &error);
	EXPECT(pfn_of(a) == 192 && pfn_of(b) == 196);
	EXPECT(!cma_alloc(65, 0, &error) && error == -ENOMEM);
	EXPECT(!cma_alloc(0, 0, &error) && error == -ENOMEM);
	EXPECT(!cma_alloc(57, 0, &error) && error == -ENOMEM);
	cma_release(a, 3);
	EXPECT(cma_alloc(2, 0, &error) == a);
	EXPECT(!mem->cma_bitmap[2] && mem->cma_bitmap[4]);
}

/*
 * The last pageblock of the area is the first to be allocated. A position in
 * use is passed over; the bitmap forgets the attempts.
 */
TEST(cma_busy)
{
	struct page *page;
	int error;

	for (unsigned int i = 0; i < 6; i++)
		alloc_pages(GFP_KERNEL, 5);
	EXPECT(pfn_of(alloc_pages(__GFP_MOVABLE, 5)) == 224);
	page = alloc_pages(__GFP_MOVABLE, 0);
	EXPECT(pfn_of(page) == 192);
	EXPECT(pfn_of(cma_alloc(8, 3, &error)) == 200);
	EXPECT(!cma_alloc(56, 0, &error) && error == -ENOMEM);
	EXPECT(!cma_alloc(8, 6, &error) && error == -EBUSY);
	EXPECT(!mem->cma_bitmap[0] && mem->cma_bitmap[8]);
}

#define CONTIG(name) cmocka_unit_test_setup(test_##name, boot_machine)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CONTIG(contig),
		CONTIG(contig_foreign_isolation),
		CONTIG(contig_compound),
		CONTIG(isolate_free_page),
		CONTIG(compound_above_largest),
		CONTIG(cma),
		CONTIG(cma_busy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
