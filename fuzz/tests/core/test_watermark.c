// SPDX-License-Identifier: GPL-2.0-only
/*
 * Watermarks, rights, HIGHATOMIC pageblocks and per-CPU counters of the core,
 * and the checks about them. Method: real calls on a booted machine whose
 * numbers can be counted by hand; all invariants are looked after as they go.
 */
#include "tests/core/core_machine.h"

/*
 * 1,024 pages, pageblocks of 8, none of them CMA: MIN 64, LOW 80, HIGH 96, and
 * up to 16 pages HIGHATOMIC.
 */
static const struct subject_geometry marked_machine = {
	.nr_cpus = 2,
	.nr_pages = 1024,
	.movable_start = 1024,
	.block_order = 3,
	.max_order = 5,
	.min_free = 1,
};

static int boot_marked(void **state)
{
	(void)state;
	boot_geometry(&marked_machine);
	return 0;
}

/* Requests and frees bypass the pcplists from now on: each is one block. */
static void bypass_pcplists(void)
{
	spin_lock(&normal()->per_cpu_pageset[0].lock);
}

/* Until no more than @nr_pages are free: 32 at a time, then one by one. */
static void leave(long nr_pages)
{
	const gfp_t gfp = GFP_ATOMIC | __GFP_MEMALLOC | __GFP_MOVABLE;

	while (nr_free() >= nr_pages + 32)
		EXPECT(alloc_pages(gfp, 5));
	while (nr_free() > nr_pages)
		EXPECT(alloc_pages(gfp, 0));
	EXPECT(nr_free() == nr_pages);
	cpu_vm_stats_fold(0);
}

/* One page, and everybody knows that it is gone. */
static struct page *get_one_page(gfp_t gfp)
{
	struct page *page = alloc_pages(gfp, 0);

	cpu_vm_stats_fold(0);
	return page;
}

/* --- Watermarks --- */

TEST(setup)
{
	EXPECT(normal()->_watermark[WMARK_MIN] == 64);
	EXPECT(normal()->_watermark[WMARK_LOW] == 80);
	EXPECT(normal()->_watermark[WMARK_HIGH] == 96);
	check_watermarks_set(1);
	EXPECT(pcp_of(0)->high_min == 80 / 2); /* of LOW, a CPU's share */
	set_min_free_pages(0);
	EXPECT(normal()->_watermark[WMARK_MIN] == 0);
	EXPECT(normal()->_watermark[WMARK_HIGH] == 2);
	check_watermarks_set(0);
	EXPECT(pcp_of(0)->high_min == 4);
}

/*
 * Goal: each right reaches as far below MIN as it should. Method: one page at
 * the limit of each, so that it passes with it and not without.
 */
TEST(rights)
{
	bypass_pcplists();
	leave(65);
	EXPECT(get_one_page(GFP_KERNEL)); /* above MIN, 64 */
	EXPECT(!get_one_page(GFP_KERNEL));
	EXPECT(!get_one_page(GFP_NOWAIT));
	leave(34);
	EXPECT(get_one_page(GFP_KERNEL | __GFP_HIGH)); /* above half */
	set_task_rights(TASK_REALTIME);
	EXPECT(get_one_page(GFP_KERNEL));
	EXPECT(!get_one_page(GFP_KERNEL));
	set_task_rights(TASK_NORMAL);
	EXPECT(!get_one_page(GFP_KERNEL | __GFP_HIGH));
	EXPECT(!get_one_page(GFP_ATOMIC | __GFP_NOMEMALLOC));
	EXPECT(get_one_page(GFP_ATOMIC)); /* above 24 */
	set_task_rights(TASK_OOM_VICTIM);
	EXPECT(!get_one_page(GFP_KERNEL)); /* above half */
	leave(25);
	EXPECT(get_one_page(GFP_ATOMIC));
	EXPECT(!get_one_page(GFP_ATOMIC));
	set_task_rights(TASK_MEMALLOC);
	leave(1);
	EXPECT(get_one_page(GFP_KERNEL));
	EXPECT(!get_one_page(GFP_KERNEL));
	spin_unlock(&normal()->per_cpu_pageset[0].lock);
}

/*
 * Goal: mixing types in a pageblock raises the watermarks for a while, and
 * kswapd ends that. Method: an unmovable request claims a pageblock that is in
 * use.
 */
TEST(boost)
{
	bypass_pcplists();
	while (normal()->free_area[3].nr_free ||
	       normal()->free_area[4].nr_free || normal()->free_area[5].nr_free)
		alloc_pages(__GFP_MEMALLOC | __GFP_MOVABLE, 3);
	EXPECT(normal()->watermark_boost == 0);
	EXPECT(nr_free() == 0);
	__free_pages(mem->mem_map, 3);
	EXPECT(alloc_pages(__GFP_MEMALLOC | __GFP_MOVABLE, 0) == mem->mem_map);
	EXPECT(nr_free() == 7);
	EXPECT(alloc_pages(__GFP_KSWAPD_RECLAIM | __GFP_MEMALLOC, 0));
	EXPECT(normal()->watermark_boost == 8);
	EXPECT(wmark_pages(normal(), WMARK_MIN) == 72);
	balance_pgdat();
	EXPECT(normal()->watermark_boost == 0);
	spin_unlock(&normal()->per_cpu_pageset[0].lock);
}

/* Goal: a boost does not keep an important request from what is above MIN. */
TEST(boost_and_rights)
{
	struct watermark_look look = { .alloc_flags = ALLOC_MIN_RESERVE,
				       .mark = WMARK_MIN };

	bypass_pcplists();
	leave(40);
	LOCKED(normal()->watermark_boost = 32);
	EXPECT(zone_watermark_fast(normal(), &look));
	look.mark = WMARK_LOW; /* but above no other mark */
	EXPECT(!zone_watermark_fast(normal(), &look));
	spin_unlock(&normal()->per_cpu_pageset[0].lock);
}

/* Goal: rights lower the mark for many pages, too. */
TEST(bulk_rights)
{
	struct watermark_look look = { .mark = WMARK_MIN };

	bypass_pcplists();
	leave(64);
	EXPECT(!zone_watermark_bulk(normal(), &look, 10));
	look.alloc_flags = ALLOC_MIN_RESERVE;
	EXPECT(zone_watermark_bulk(normal(), &look, 10));
	spin_unlock(&normal()->per_cpu_pageset[0].lock);
}

/* --- HIGHATOMIC --- */

static bool is_reserved(const struct page *page)
{
	return is_migrate_highatomic(__block_type(page_to_pfn(page)));
}

/* Goal: two pageblocks at most, and only for those who cannot wait. */
TEST(reserve)
{
	struct page *page[3];

	bypass_pcplists();
	leave(80);
	EXPECT(!is_reserved(alloc_pages(GFP_KERNEL, 1)));
	EXPECT(!is_reserved(alloc_pages(GFP_ATOMIC | __GFP_NOMEMALLOC, 1)));
	for (unsigned int i = 0; i < 3; i++)
		page[i] = alloc_pages(GFP_ATOMIC, 3);
	EXPECT(is_reserved(page[0]) && is_reserved(page[1]));
	EXPECT(!is_reserved(page[2]));
	EXPECT(normal()->nr_reserved_highatomic == 16);
	spin_unlock(&normal()->per_cpu_pageset[0].lock);
}

static struct page *racing[2];

static void alloc_racing(void *arg)
{
	(void)arg;
	racing[0] = alloc_pages(GFP_KERNEL, 4);
	racing[1] = alloc_pages(GFP_KERNEL, 4);
}

static void reserve_racing(void *arg)
{
	reserve_highatomic_pageblock(*(struct page **)arg, 4, normal());
}

/* Goal: of two who see that nothing is reserved the second finds enough. */
static void test_reserve_race(void **state)
{
	static const struct sim_switch at_lock = { 1, 1 };
	const struct sim_job jobs[] = {
		{ .task = 0, .run = alloc_racing },
		{ .task = 0,
		  .run = reserve_racing,
		  .arg = &racing[0],
		  .nr_switches = 1,
		  .switches = &at_lock },
		{ .task = 1, .run = reserve_racing, .arg = &racing[1] },
	};

	(void)state;
	expect_jobs_done(jobs, 3);
	assert_int_equal(normal()->nr_reserved_highatomic, 16);
}

/* Goal: such a request begins there; by policy, also those for one page. */
TEST(prefer_reserved)
{
	struct page *page;

	bypass_pcplists();
	leave(80);
	page = alloc_pages(GFP_ATOMIC, 3);
	EXPECT(is_reserved(page));
	__free_pages(page, 3);
	EXPECT(alloc_pages(GFP_ATOMIC, 1) == page);
	EXPECT(!is_reserved(alloc_pages(GFP_ATOMIC, 0)));
	mm_policies[POLICY_highatomic] = highatomic_all_orders;
	EXPECT(is_reserved(alloc_pages(GFP_ATOMIC, 0)));
	EXPECT(!is_reserved(alloc_pages(GFP_KERNEL | __GFP_MEMALLOC, 0)));
	spin_unlock(&normal()->per_cpu_pageset[0].lock);
}

/* Goal: neither pageblocks of a type of their own, nor those of two zones. */
static void job_reserve_not(void *arg)
{
	struct page *page = pfn_to_page(1020);

	(void)arg;
	EXPECT(!alloc_contig_range(960, 961, MIGRATE_CMA, GFP_KERNEL));
	reserve_highatomic_pageblock(pfn_to_page(960), 0, normal());
	EXPECT(!is_reserved(pfn_to_page(960)));
	EXPECT(page->buddy);
	reserve_highatomic_pageblock(page, 1, normal());
	EXPECT(!is_reserved(page) && !normal()->nr_reserved_highatomic);
}

static void test_reserve_not(void **state)
{
	struct subject_geometry g = marked_machine;

	(void)state;
	g.nr_pages = g.movable_start = 1023;
	g.cma_blocks = 8;
	subject_fit(&g);
	boot_geometry(&g);
	run_as_job(job_reserve_not);
}

/* Goal: whoever would fail gets them, one pageblock at a time. */
TEST(unreserve)
{
	struct page *page[2];

	bypass_pcplists();
	leave(80);
	for (unsigned int i = 0; i < 2; i++)
		page[i] = alloc_pages(GFP_ATOMIC, 3);
	__free_pages(page[0], 3);
	__free_pages(page[1], 3);
	EXPECT(normal()->nr_free_highatomic == 16);
	leave(64);
	EXPECT(!alloc_pages(GFP_KERNEL | __GFP_NORETRY, 0));
	EXPECT(normal()->nr_reserved_highatomic == 16);
	EXPECT(!alloc_pages(GFP_KERNEL, 0)); /* at MIN all the same */
	EXPECT(normal()->nr_reserved_highatomic == 0);
	EXPECT(normal()->nr_free_highatomic == 0);
	spin_unlock(&normal()->per_cpu_pageset[0].lock);
}

/* Goal: isolation ends a reservation. */
TEST(isolate_reserved)
{
	struct page *page;
	unsigned int pfn;

	bypass_pcplists();
	leave(80);
	page = alloc_pages(GFP_ATOMIC, 3);
	pfn = page_to_pfn(page);
	__free_pages(page, 3);
	EXPECT(normal()->nr_reserved_highatomic == 8);
	EXPECT(!start_isolate_page_range(pfn, pfn + 8, MIGRATE_MOVABLE));
	EXPECT(normal()->nr_reserved_highatomic == 0);
	undo_isolate_page_range(pfn, pfn + 8, MIGRATE_MOVABLE);
	spin_unlock(&normal()->per_cpu_pageset[0].lock);
}

/* Goal: of several pageblocks an isolated one stays as it is. */
TEST(reserve_around_isolated)
{
	struct page *page = alloc_pages(__GFP_MOVABLE, 5);
	unsigned int pfn = page_to_pfn(page);

	LOCKED(set_pageblock_migratetype(pfn + 8, MIGRATE_ISOLATE);
	       normal()->nr_isolate_pageblock++);
	reserve_highatomic_pageblock(page, 5, normal());
	EXPECT(normal()->nr_reserved_highatomic == 24);
	EXPECT(__block_type(pfn + 8) == MIGRATE_ISOLATE);
}

/* --- Counters --- */

/* Goal: a CPU keeps small changes to itself until its work runs. */
TEST(fold)
{
	int before = normal()->vm_stat[NR_FREE_PAGES].counter;

	alloc_pages(__GFP_MOVABLE, 0);
	EXPECT(normal()->vm_stat[NR_FREE_PAGES].counter == before);
	EXPECT(nr_free() < before);
	subject_vmstat(0);
	EXPECT(normal()->vm_stat[NR_FREE_PAGES].counter == (int)nr_free());
	EXPECT(!normal()->per_cpu_zonestats[0].vm_stat_diff[NR_FREE_PAGES]);
}

/* Goal: so does one that goes offline. */
TEST(fold_dead)
{
	normal()->per_cpu_zonestats[0].vm_stat_diff[NR_FREE_PAGES] -= 3;
	atomic_add(3, &normal()->vm_stat[NR_FREE_PAGES]);
	cpu_vm_stats_fold(0);
	EXPECT(normal()->vm_stat[NR_FREE_PAGES].counter == 1024);
}

/* Goal: a counter that is behind its differences is none, not a large one. */
TEST(negative)
{
	atomic_add(-2000, &normal()->vm_stat[NR_FREE_PAGES]);
	EXPECT(!zone_page_state(normal(), NR_FREE_PAGES));
	EXPECT(!zone_page_state_snapshot(normal(), NR_FREE_PAGES));
	atomic_add(2000, &normal()->vm_stat[NR_FREE_PAGES]);
}

/* --- The checks fire --- */

/* As if a request of order 0 had looked at the low watermark. */
static void look(enum zone_watermarks mark, unsigned int alloc_flags,
		 bool passed)
{
	const struct watermark_look l = { .alloc_flags = alloc_flags,
					  .mark = mark };

	arch_watermark_begin(normal());
	arch_watermark_end(normal(), &l, passed);
}

DAMAGE(wrongly_refused, "INV_WATERMARK", look(WMARK_LOW, 0, false))
DAMAGE(wrongly_passed, "INV_WATERMARK", {
	bypass_pcplists();
	leave(80);
	look(WMARK_LOW, 0, true);
})
DAMAGE(boosted_too_far, "INV_WATERMARK", {
	LOCKED(normal()->watermark_boost = 145);
	look(WMARK_LOW, 0, true);
})
DAMAGE(wrong_setup, "INV_WATERMARK_SETUP", check_watermarks_set(2))
DAMAGE(no_right, "INV_REQUEST_RIGHTS", {
	check_op_begin(CHECK_OP_ALLOC, CHECK_CMA_ALLOWED);
	check_op_wants(0, 1, SUBJECT_MAY_NON_BLOCK, SUBJECT_MAY_NON_BLOCK);
	look(WMARK_MIN, ALLOC_MIN_RESERVE, true);
})
DAMAGE(no_right_to_reserve, "INV_REQUEST_RIGHTS", {
	check_op_begin(CHECK_OP_ALLOC, CHECK_CMA_ALLOWED);
	check_op_wants(3, 1, 0, 0);
	reserve_highatomic_pageblock(alloc_pages(__GFP_MOVABLE, 3), 3,
				     normal());
})
DAMAGE(no_right_to_page, "INV_REQUEST_RIGHTS", {
	struct page *page = alloc_pages(__GFP_MOVABLE, 3);

	bypass_pcplists();
	reserve_highatomic_pageblock(page, 3, normal());
	__free_pages(page, 3);
	check_op_begin(CHECK_OP_ALLOC, CHECK_CMA_ALLOWED);
	check_op_wants(0, 1, 0, 0);
	LOCKED(page = __rmqueue_smallest(normal(), 0, MIGRATE_HIGHATOMIC));
	post_alloc_hook(page, 0);
})
DAMAGE(not_admitted, "INV_ADMITTED", {
	check_op_begin(CHECK_OP_ALLOC, CHECK_CMA_ALLOWED);
	check_op_wants(0, 1, SUBJECT_MAY_NON_BLOCK, SUBJECT_MAY_NON_BLOCK);
	look(WMARK_MIN, ALLOC_NON_BLOCK, true);
	check_op_end(CHECK_FAILED, 0, 0);
})
DAMAGE(free_highatomic, "INV_FREE_HIGHATOMIC",
       LOCKED(normal()->nr_free_highatomic++))
DAMAGE(reserved_highatomic, "INV_HIGHATOMIC",
       LOCKED(normal()->nr_reserved_highatomic++))
DAMAGE(difference_of_other_cpu, "INV_LOCK_MISSING", cpu_vm_stats_fold(1))

#define CORE(name) cmocka_unit_test_setup(test_##name, boot_marked)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CORE(setup),
		CORE(rights),
		CORE(boost),
		CORE(boost_and_rights),
		CORE(bulk_rights),
		CORE(reserve),
		CORE(reserve_race),
		CORE(prefer_reserved),
		CORE(reserve_not),
		CORE(unreserve),
		CORE(isolate_reserved),
		CORE(reserve_around_isolated),
		CORE(fold),
		CORE(fold_dead),
		CORE(negative),
		CORE(wrongly_refused),
		CORE(wrongly_passed),
		CORE(boosted_too_far),
		CORE(wrong_setup),
		CORE(no_right),
		CORE(no_right_to_reserve),
		CORE(no_right_to_page),
		CORE(not_admitted),
		CORE(free_highatomic),
		CORE(reserved_highatomic),
		CORE(difference_of_other_cpu),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
