// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each invariant is seen to fire: what it guards is broken by hand, in a core
 * that is otherwise in order. Method: a job does the damage under the lock that
 * the moment of the check belongs to; the verdict must be the expected one.
 */
#include "tests/core/core_machine.h"
#include "check/ledger.h"

DAMAGE(free_pages, "INV_FREE_PAGES",
       LOCKED(mem->zones[0].vm_stat[NR_FREE_PAGES].counter++))
DAMAGE(free_cma, "INV_FREE_CMA",
       LOCKED(mem->zones[0].vm_stat[NR_FREE_CMA_PAGES].counter--))
DAMAGE(nr_free_area, "INV_NR_FREE_AREA",
       LOCKED(mem->zones[0].free_area[2].nr_free++))
DAMAGE(isolated_blocks, "INV_ISOLATED_BLOCKS",
       LOCKED(mem->zones[0].nr_isolate_pageblock++))
DAMAGE(mixed_buddy, "INV_MIXED_BUDDY",
       LOCKED(set_pageblock_migratetype(8, MIGRATE_ISOLATE)))
DAMAGE(freelist_type, "INV_FREELIST_TYPE",
       LOCKED(list_move_tail(
	       &first_free(5, MIGRATE_MOVABLE)->lru,
	       &mem->zones[0].free_area[5].free_list[MIGRATE_UNMOVABLE])))
DAMAGE(stale_buddy, "INV_PAGE_STATE", LOCKED({
	       struct page *page = first_free(5, MIGRATE_MOVABLE);

	       list_move_tail(
		       &page->lru,
		       &mem->zones[0].free_area[5].free_list[MIGRATE_MOVABLE]);
	       page->buddy = false;
       }))
DAMAGE(stale_order, "INV_PAGE_STATE", LOCKED({
	       struct page *page = first_free(5, MIGRATE_MOVABLE);

	       list_move_tail(
		       &page->lru,
		       &mem->zones[0].free_area[5].free_list[MIGRATE_MOVABLE]);
	       page->private = 4;
       }))
DAMAGE(free_page_in_use, "INV_PAGE_STATE", LOCKED({
	       struct page *page = first_free(5, MIGRATE_MOVABLE);

	       list_move_tail(
		       &page->lru,
		       &mem->zones[0].free_area[5].free_list[MIGRATE_MOVABLE]);
	       atomic_inc(&page->refcount);
       }))

/* Two free halves of a block of order 3, listed apart. */
DAMAGE(buddy_merged, "INV_BUDDY_MERGED", LOCKED({
	       struct page *page =
		       __rmqueue_smallest(mem->zones, 3, MIGRATE_MOVABLE);

	       __expand(mem->zones, page, 2, 3, MIGRATE_MOVABLE);
	       page->private = 2;
	       page->buddy = true;
	       list_add(&page->lru,
			&mem->zones[0].free_area[2].free_list[MIGRATE_MOVABLE]);
	       mem->zones[0].free_area[2].nr_free++;
	       __account_freepages(mem->zones, 8, MIGRATE_MOVABLE);
       }))

/* The same with two free pageblocks. */
DAMAGE(large_buddy_merged, "INV_BUDDY_MERGED", LOCKED({
	       struct page *page =
		       __rmqueue_smallest(mem->zones, 4, MIGRATE_MOVABLE);

	       __expand(mem->zones, page, 3, 4, MIGRATE_MOVABLE);
	       page->private = 3;
	       page->buddy = true;
	       list_add(&page->lru,
			&mem->zones[0].free_area[3].free_list[MIGRATE_MOVABLE]);
	       mem->zones[0].free_area[3].nr_free++;
	       __account_freepages(mem->zones, 16, MIGRATE_MOVABLE);
       }))

DAMAGE(lost, "INV_PAGE_PLACE", {
	check_op_begin(CHECK_OP_ALLOC, CHECK_CMA_ALLOWED);
	LOCKED(__rmqueue_smallest(mem->zones, 0, MIGRATE_MOVABLE));
	check_op_end(CHECK_FAILED, 0, 0);
})
DAMAGE(given_back_twice, "INV_PAGE_PLACE", {
	struct page *page = alloc_pages(__GFP_MOVABLE, 4);

	__free_pages(page, 4);
	atomic_inc(&page->refcount);
	__free_pages(page, 4);
})
DAMAGE(handed_out_while_free, "INV_PAGE_PLACE",
       arch_alloc_page(first_free(5, MIGRATE_MOVABLE), 0))
DAMAGE(listed_while_allocated, "INV_PAGE_PLACE", {
	struct page *page = alloc_pages(__GFP_MOVABLE, 0);

	list_add(&page->lru,
		 &mem->zones[0].free_area[0].free_list[MIGRATE_MOVABLE]);
})
DAMAGE(tail_taken, "LIST_CORRUPTION",
       list_del(&(first_free(5, MIGRATE_MOVABLE) + 1)->lru))

DAMAGE(isolate_taken, "INV_ISOLATE_TAKEN", {
	start_isolate_page_range(0, 8, MIGRATE_MOVABLE);
	check_op_begin(CHECK_OP_ALLOC, CHECK_CMA_ALLOWED);
	LOCKED(__rmqueue_smallest(mem->zones, 0, MIGRATE_ISOLATE));
})
DAMAGE(isolation_held, "INV_ISOLATION_HELD", {
	start_isolate_page_range(0, 8, MIGRATE_MOVABLE);
	check_claim(0, 8, 3);
	undo_isolate_page_range(0, 8, MIGRATE_MOVABLE);
})
DAMAGE(claimed_without, "INV_ISOLATION_HELD", check_claim(0, 8, 3))
DAMAGE(claimed_twice, "INV_ISOLATION_HELD", {
	start_isolate_page_range(0, 8, MIGRATE_MOVABLE);
	check_claim(0, 8, 3);
	check_claim(0, 8, 4);
})
DAMAGE(nocma, "INV_NOCMA", {
	check_op_begin(CHECK_OP_ALLOC, CHECK_CMA_FORBIDDEN);
	LOCKED(post_alloc_hook(__rmqueue_smallest(mem->zones, 0, MIGRATE_CMA),
			       0));
})
DAMAGE(nocma_not_left, "INV_NOCMA_SECTION", {
	memalloc_nocma_save();
	memalloc_nocma_restore(PF_MEMALLOC_PIN);
	check_nocma_section(false);
})
DAMAGE(nocma_left_early, "INV_NOCMA_SECTION", {
	memalloc_nocma_save();
	memalloc_nocma_restore(0);
	check_nocma_section(true);
})
DAMAGE(type_lock_missing, "INV_LOCK_MISSING",
       set_pageblock_migratetype(8, MIGRATE_UNMOVABLE))
DAMAGE(zone_lock_missing, "INV_LOCK_MISSING", {
	struct page *page;

	LOCKED(page = __rmqueue_smallest(mem->zones, 1, MIGRATE_MOVABLE));
	__expand(mem->zones, page, 0, 1, MIGRATE_MOVABLE);
})
DAMAGE(contig_failed, "INV_CONTIG_FIRST", check_contig_first(-1, 64, 6))
DAMAGE(contig_not_first, "INV_CONTIG_FIRST", {
	alloc_contig_range(196, 200, MIGRATE_CMA, GFP_KERNEL);
	check_contig_first(196, 4, 2);
})
DAMAGE(drained, "INV_DRAINED", {
	__free_pages(alloc_pages(__GFP_MOVABLE, 0), 0);
	check_drained(-1);
})
DAMAGE(drained_elsewhere, "INV_DRAINED", {
	__free_pages(alloc_pages(__GFP_MOVABLE, 0), 0);
	check_drained(1);
	check_drained(0);
})
DAMAGE(isolated_unmovable, "INV_ISOLATED_UNMOVABLE",
       check_isolated_unmovable(0, true))
DAMAGE(not_aligned, "INV_OP_RESULT", check_aligned(193, 1))
DAMAGE(alloc_failed, "INV_ALLOC_FAILED", {
	check_op_begin(CHECK_OP_ALLOC, CHECK_CMA_ALLOWED);
	check_op_wants(5, 1, 0, 0);
	LOCKED((void)0);
	check_op_end(CHECK_FAILED, 0, 0);
})
DAMAGE(alloc_gave_up, "INV_ALLOC_FAILED", {
	check_op_begin(CHECK_OP_ALLOC, CHECK_CMA_ALLOWED);
	check_op_wants(0, 1, 0, 0);
	check_op_end(CHECK_FAILED, 0, 0);
})
DAMAGE(private_left, "INV_PAGE_STATE", {
	struct page *page = alloc_pages(__GFP_MOVABLE, 0);

	page->private = 1;
	check_given(CHECK_op_result, (unsigned int)(page - mem->mem_map), 1);
})
DAMAGE(isolated_pcp, "INV_ISOLATED_PCP", {
	struct page *page = alloc_pages(__GFP_MOVABLE, 0);
	unsigned int pfn = (unsigned int)(page - mem->mem_map);

	set_bit(PG_movable, &page->flags);
	start_isolate_page_range(pfn, pfn + 1, MIGRATE_CMA);
	clear_bit(PG_movable, &page->flags);
	atomic_set(&page->refcount, 0);
	arch_free_page(page, 0);
	spin_lock(&mem->zones[0].per_cpu_pageset[0].lock);
	list_add(&page->lru,
		 &mem->zones[0].per_cpu_pageset[0].lists[MIGRATE_MOVABLE]);
	spin_unlock(&mem->zones[0].per_cpu_pageset[0].lock);
})
DAMAGE(pcp_count, "INV_PCP_COUNT", {
	spin_lock(&mem->zones[0].per_cpu_pageset[0].lock);
	mem->zones[0].per_cpu_pageset[0].count++;
	spin_unlock(&mem->zones[0].per_cpu_pageset[0].lock);
})
DAMAGE(op_result, "INV_OP_RESULT", {
	check_op_begin(CHECK_OP_ALLOC, CHECK_CMA_ALLOWED);
	alloc_pages(__GFP_MOVABLE, 1);
	check_op_end(CHECK_DONE, 1, 0);
})
/* Beside another one it must have what it says as well. */
DAMAGE(op_result_in_company, "INV_OP_RESULT", {
	ledger->op[1].op = CHECK_OP_OTHER;
	check_op_begin(CHECK_OP_ALLOC, CHECK_CMA_ALLOWED);
	check_op_end(CHECK_DONE, 1, 0);
})
/* The other one may have the page, but not for ever. */
DAMAGE(lost_in_company, "INV_BOOT_STATE", {
	ledger->op[1].op = CHECK_OP_OTHER;
	check_op_begin(CHECK_OP_OTHER, CHECK_CMA_ALLOWED);
	alloc_pages(__GFP_MOVABLE, 0);
	check_op_end(CHECK_DONE, 0, 0);
	ledger->op[1].op = CHECK_OP_NONE;
	check_boot_state();
})
DAMAGE(contig_owner, "INV_CONTIG_OWNER", {
	alloc_contig_range(192, 196, MIGRATE_CMA, GFP_KERNEL);
	check_given(CHECK_contig_owner, 192, 5);
})
DAMAGE(cma_counts, "INV_CMA_COUNTS", {
	int error;

	cma_alloc(3, 0, &error);
	cma_alloc(64, 0, &error);
	check_cma_counts(3, 64);
	cma_alloc(65, 0, &error);
	check_cma_counts(3, 64);
	atomic_add(1, &mem->cma.nr_pages_failed);
	check_cma_counts(3, 64);
})
DAMAGE(cma_bitmap, "INV_CMA_BITMAP", check_cma_bits(192, 1, true))
DAMAGE(failed_op_pages, "INV_FAILED_OP", {
	check_op_begin(CHECK_OP_ALLOC, CHECK_CMA_ALLOWED);
	alloc_pages(__GFP_MOVABLE, 0);
	check_op_end(CHECK_FAILED, 0, 0);
})
DAMAGE(failed_op_isolation, "INV_FAILED_OP", {
	check_op_begin(CHECK_OP_ISOLATE, CHECK_CMA_ALLOWED);
	start_isolate_page_range(0, 8, MIGRATE_MOVABLE);
	check_op_end(CHECK_FAILED, 0, 0);
})
DAMAGE(boot_state_pages, "INV_BOOT_STATE", {
	alloc_pages(__GFP_MOVABLE, 4);
	check_boot_state();
})
DAMAGE(boot_state_pcp, "INV_BOOT_STATE", {
	__free_pages(alloc_pages(__GFP_MOVABLE, 0), 0);
	check_boot_state();
})
DAMAGE(boot_state_isolated, "INV_BOOT_STATE", {
	start_isolate_page_range(0, 8, MIGRATE_MOVABLE);
	check_boot_state();
})
DAMAGE(boot_state_works, "INV_BOOT_STATE",
       check_works(alloc_contig_range(0, 8, MIGRATE_MOVABLE, 0) != 0,
		   "too much"))
DAMAGE(list_corrupt, "LIST_CORRUPTION", LOCKED({
	       struct page *page = first_free(5, MIGRATE_MOVABLE);

	       page->lru.next->prev = NULL;
	       list_del(&page->lru);
       }))
DAMAGE(bug_on, "BUG_alloc_pages", alloc_pages(GFP_KERNEL, 6))

/* Goal: what boot forgets is seen, and what grouping off forbids. */
static void check_boot_state_job(void *arg)
{
	(void)arg;
	check_boot_state();
}

static void test_boot_incomplete(void **state)
{
	struct subject_geometry same = *subject_geometry();

	(void)state;
	check_boot(TEST_SLOT, &same);
	subject_boot(TEST_SLOT, &same);
	alloc_pages(__GFP_MOVABLE, 0);
	check_commit();
	sim_reset(&(struct sim_config){ same.nr_cpus, false });
	expect_verdict(check_boot_state_job, "INV_BOOT_STATE");
}

static void damage_grouping(void *arg)
{
	(void)arg;
	start_isolate_page_range(0, 8, MIGRATE_MOVABLE);
	mm_geometry.group_by_mobility_disabled = false;
	undo_isolate_page_range(0, 8, MIGRATE_MOVABLE);
}

static void test_grouping(void **state)
{
	struct subject_geometry off = *subject_geometry();

	(void)state;
	off.mobility = 1;
	boot_geometry(&off);
	expect_verdict(damage_grouping, "INV_GROUPING");
}

/* An area of 56 pages that takes itself for one of 57. */
static void damage_store_beyond(void *arg)
{
	int error;

	(void)arg;
	mem->cma.count++;
	cma_alloc(mem->cma.count, 0, &error);
}

static void test_store_beyond(void **state)
{
	struct subject_geometry small = *subject_geometry();

	(void)state;
	small.cma_blocks--;
	boot_geometry(&small);
	expect_verdict(damage_store_beyond, "INV_STORE_BEYOND");
}

/* Goal: the full look finds what no event points at. */
static void damage_far_away(void *arg)
{
	(void)arg;
	mem->mem_map[40].buddy = true;
	LOCKED(mem->zones[0].managed_pages = 0);
}

static void test_full_look(void **state)
{
	struct sim_job job = { .run = damage_far_away };

	(void)state;
	assert_true(sim_run(&job, 1));
	boot_machine(NULL);
	check_full = true;
	expect_verdict(damage_far_away, "INV_PAGE_STATE");
}

#define FIRES(name) cmocka_unit_test_setup(test_##name, boot_machine)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIRES(free_pages),
		FIRES(free_cma),
		FIRES(nr_free_area),
		FIRES(isolated_blocks),
		FIRES(mixed_buddy),
		FIRES(freelist_type),
		FIRES(stale_buddy),
		FIRES(stale_order),
		FIRES(free_page_in_use),
		FIRES(buddy_merged),
		FIRES(large_buddy_merged),
		FIRES(lost),
		FIRES(given_back_twice),
		FIRES(handed_out_while_free),
		FIRES(listed_while_allocated),
		FIRES(tail_taken),
		FIRES(isolate_taken),
		FIRES(isolation_held),
		FIRES(claimed_without),
		FIRES(claimed_twice),
		FIRES(nocma),
		FIRES(nocma_not_left),
		FIRES(nocma_left_early),
		FIRES(type_lock_missing),
		FIRES(zone_lock_missing),
		FIRES(contig_failed),
		FIRES(contig_not_first),
		FIRES(drained),
		FIRES(drained_elsewhere),
		FIRES(isolated_unmovable),
		FIRES(not_aligned),
		FIRES(alloc_failed),
		FIRES(alloc_gave_up),
		FIRES(private_left),
		FIRES(isolated_pcp),
		FIRES(pcp_count),
		FIRES(op_result),
		FIRES(op_result_in_company),
		FIRES(lost_in_company),
		FIRES(contig_owner),
		FIRES(cma_bitmap),
		FIRES(cma_counts),
		FIRES(failed_op_pages),
		FIRES(failed_op_isolation),
		FIRES(boot_state_pages),
		FIRES(boot_state_pcp),
		FIRES(boot_state_isolated),
		FIRES(boot_state_works),
		FIRES(list_corrupt),
		FIRES(bug_on),
		FIRES(full_look),
		FIRES(boot_incomplete),
		FIRES(grouping),
		FIRES(store_beyond),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
