// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pcplists that are disabled, tuned, decay, and are left behind by a CPU: what
 * each call leaves, and the check that guards it. Method: real calls on a
 * booted machine, with a second task where one waits; all invariants are looked
 * after.
 */
#include "tests/core/core_machine.h"

/* --- Disabling --- */

/* Goal: nothing stays on a pcplist, of any order; then all is as before. */
TEST(disable)
{
	zone_pageset_tune(2, 16);
	fill_pcplist(8);
	EXPECT(pcp_of(0)->count >= 8);
	zone_pcp_disable(normal());
	check_pcp_off(0);
	EXPECT(!pcp_of(0)->count && nr_free() == 256);
	for (unsigned int order = 0; order <= 3; order++) {
		struct page *page = alloc_pages(__GFP_MOVABLE, order);

		EXPECT(page && !pcp_of(0)->count);
		__free_pages(page, order);
		EXPECT(!pcp_of(0)->count && nr_free() == 256);
	}
	EXPECT(!pcp_of(1)->high_max && pcp_of(1)->batch == 1);
	check_pcp_on(0);
	zone_pcp_enable(normal());
	EXPECT(pcp_of(1)->batch == 2 && pcp_of(1)->high_min == 16);
	fill_pcplist(4);
	EXPECT(pcp_of(0)->count >= 4);
}

/* Goal: zones are disabled one by one. */
TEST(disable_other_zone)
{
	zone_pcp_disable(&mem->zones[ZONE_MOVABLE]);
	fill_pcplist(3);
	EXPECT(pcp_of(0)->count >= 3);
	EXPECT(!mem->zones[ZONE_MOVABLE].per_cpu_pageset[0].high_max);
	zone_pcp_enable(&mem->zones[ZONE_MOVABLE]);
}

static void disable_for_a_while(void *arg)
{
	(void)arg;
	zone_pcp_disable(normal());
	sim_sleep_for(1, NULL, "a while", 0, NULL);
	EXPECT(!pcp_of(0)->high_max && pcp_of(0)->batch == 1);
	zone_pcp_enable(normal());
	EXPECT(pcp_of(0)->batch == 1 && pcp_of(0)->high_min == 4);
}

static void tune(void *arg)
{
	(void)arg;
	zone_pageset_tune(3, 40);
	EXPECT(pcp_of(0)->batch == 3 && pcp_of(0)->high_min == 40);
}

/* Goal: who tunes waits for the end of the section, and is not undone by it. */
static void test_tune_waits(void **state)
{
	struct sim_job jobs[] = { { .task = 0, .run = disable_for_a_while },
				  { .task = 1, .run = tune } };

	(void)state;
	expect_jobs_done(jobs, 2);
	assert_int_equal(pcp_of(1)->batch, 3);
}

/* Goal: all CPUs are drained, those that seem to be empty as well. */
TEST(forced_drain)
{
	struct per_cpu_pages *pcp = pcp_of(1);
	struct page *page = alloc_pages(GFP_KERNEL, 0);

	/* As if a refill were half way: a page that is not counted yet. */
	LOCKED(page = __rmqueue_smallest(normal(), 0, MIGRATE_UNMOVABLE));
	spin_lock(&pcp->lock);
	list_add(&page->lru, &pcp->lists[0]);
	pcp->count = 1;
	spin_unlock(&pcp->lock);
	zone_pcp_disable(normal());
	EXPECT(list_empty(&pcp->lists[0]) && !pcp->count);
	zone_pcp_enable(normal());
}

static void hold_drain_mutex(void *arg)
{
	(void)arg;
	mutex_lock(&mem->pcpu_drain_mutex);
	sim_sleep_for(1, NULL, "a while", 0, NULL);
	EXPECT(pcp_of(1)->count >= 2); /* nobody has drained it */
	mutex_unlock(&mem->pcpu_drain_mutex);
}

static void drain_twice(void *arg)
{
	(void)arg;
	fill_pcplist(2);
	drain_all_pages(NULL);
	EXPECT(pcp_of(1)->count >= 2);
	drain_all_pages(normal());
	EXPECT(!pcp_of(1)->count);
}

/* Goal: a drain of all zones leaves it to the one under way, others wait. */
static void test_drain_under_way(void **state)
{
	struct sim_job jobs[] = { { .task = 0, .run = hold_drain_mutex },
				  { .task = 1, .run = drain_twice } };

	(void)state;
	expect_jobs_done(jobs, 2);
}

/* --- How long pcplists grow --- */

/* Goal: high falls by an eighth at a time, down to its least value. */
TEST(decay)
{
	struct per_cpu_pages *pcp = pcp_of(0);

	spin_lock(&pcp->lock);
	pcp->high = pcp->high_max;
	spin_unlock(&pcp->lock);
	EXPECT(pcp->high == 16 && pcp->high_min == 4);
	fill_pcplist(10);
	spin_lock(&pcp->lock);
	pcp->high = 16;
	spin_unlock(&pcp->lock);
	EXPECT(pcp->count >= 10);
	EXPECT(decay_pcp_high(normal(), pcp) && pcp->high == 14);
	for (unsigned int i = 0; i < 10; i++) {
		decay_pcp_high(normal(), pcp);
		EXPECT(pcp->count <= pcp->high);
	}
	EXPECT(pcp->high == 7); /* of which an eighth is nothing */
	zone_pageset_tune(1, 4);
	spin_lock(&pcp->lock);
	pcp->high = 4;
	spin_unlock(&pcp->lock);
	decay_pcp_high(normal(), pcp);
	EXPECT(pcp->count <= 4 && !decay_pcp_high(normal(), pcp));
	drain_all_pages(NULL);
	EXPECT(nr_free() == 256);
}

/* Goal: no more is drained at once than keeps zone->lock short. */
TEST(decay_much)
{
	struct per_cpu_pages *pcp = pcp_of(0);

	zone_pageset_tune(1, 0);
	spin_lock(&pcp->lock);
	pcp->high = pcp->high_max;
	spin_unlock(&pcp->lock);
	zone_pageset_tune(1, 100);
	fill_pcplist(30);
	fill_pcplist(30);
	EXPECT(pcp->count >= 30);
	zone_pageset_tune(1, 0);
	spin_lock(&pcp->lock);
	pcp->high = 5;
	spin_unlock(&pcp->lock);
	EXPECT(decay_pcp_high(normal(), pcp));
	EXPECT(pcp->high == 5 && pcp->count <= 5);
}

/* Goal: while memory is reclaimed only four batches stay. */
TEST(reclaim_active)
{
	zone_pageset_tune(2, 32);
	set_bit(ZONE_RECLAIM_ACTIVE, &normal()->flags);
	fill_pcplist(20);
	EXPECT(pcp_of(0)->count <= 8 + 1);
	clear_bit(ZONE_RECLAIM_ACTIVE, &normal()->flags);
	fill_pcplist(20);
	EXPECT(pcp_of(0)->count > 9);
}

/* Goal: and high falls by what is freed, not below its least value. */
TEST(reclaim_active_tuned)
{
	struct per_cpu_pages *pcp = pcp_of(0);
	struct page *page = alloc_pages(GFP_KERNEL, 0);

	spin_lock(&pcp->lock);
	pcp->high = 16;
	spin_unlock(&pcp->lock);
	set_bit(ZONE_RECLAIM_ACTIVE, &normal()->flags);
	__free_pages(page, 0);
	EXPECT(pcp->high == 15);
	fill_pcplist(20);
	EXPECT(pcp->high == 4 && pcp->count <= 4 + 1);
	clear_bit(ZONE_RECLAIM_ACTIVE, &normal()->flags);
}

/* Goal: below the high watermark high does not grow, but falls. */
TEST(below_high)
{
	struct per_cpu_pages *pcp = pcp_of(0);

	zone_pageset_tune(0, 0);
	set_bit(ZONE_BELOW_HIGH, &normal()->flags);
	fill_pcplist(20);
	EXPECT(pcp->high == 4 && pcp->count <= 5);
	clear_bit(ZONE_BELOW_HIGH, &normal()->flags);
	fill_pcplist(20);
	EXPECT(pcp->high > 4);
}

/* Frees of order 1 in a row; returns what the last one has left. */
static int free_high_orders(void)
{
	struct page *page[8];

	drain_all_pages(NULL);
	for (unsigned int i = 0; i < 8; i++)
		page[i] = alloc_pages(__GFP_MOVABLE, 1);
	drain_all_pages(NULL);
	for (unsigned int i = 0; i < 8; i++)
		__free_pages(page[i], 1);
	return pcp_of(0)->count;
}

/* Goal: a large cache lets pages of high order stay until they are a batch. */
TEST(free_high_batch)
{
	int without, with;

	zone_pageset_tune(8, 64);
	without = free_high_orders();
	setup_pcp_cacheinfo(0, 24); /* not more than three batches */
	EXPECT(free_high_orders() == without);
	setup_pcp_cacheinfo(0, 25);
	with = free_high_orders();
	EXPECT(with > without && with < 8);
	setup_pcp_cacheinfo(0, 0);
	EXPECT(free_high_orders() == without);
}

/* --- CPUs --- */

static void leave_pages(void *arg)
{
	(void)arg;
	fill_pcplist(4);
	EXPECT(pcp_of(1)->count >= 4);
	EXPECT(normal()->per_cpu_zonestats[1].vm_stat_diff[NR_FREE_PAGES]);
}

static void bury_cpu(void *arg)
{
	(void)arg;
	subject_cpu_dead(1);
	EXPECT(!pcp_of(1)->count && nr_free() == 256);
	EXPECT(!normal()->per_cpu_zonestats[1].vm_stat_diff[NR_FREE_PAGES]);
	EXPECT(pcp_of(0)->high_max == 256 / 8 / 2);
	subject_cpu_prepare(1);
	EXPECT(pcp_of(0)->high_max == 256 / 8 / 3);
}

/* Goal: what a CPU leaves on its pcplists comes back, and limits follow. */
static void test_cpu_dead(void **state)
{
	struct sim_job jobs[] = { { .task = 1, .run = leave_pages },
				  { .task = 0, .run = bury_cpu } };

	(void)state;
	expect_jobs_done(jobs, 2);
}

/* --- Checks --- */

/* Enabled behind the check's back. */
DAMAGE(pcp_kept, "INV_PCP_DISABLED", {
	zone_pcp_disable(normal());
	check_pcp_off(0);
	zone_pcp_enable(normal());
	fill_pcplist(1);
})

/* Disabled, but without a drain. */
DAMAGE(pcp_left, "INV_PCP_DISABLED", {
	fill_pcplist(1);
	check_pcp_off(0);
})

#define ZONES(name) cmocka_unit_test_setup(test_##name, boot_two_zones)
#define PCP(name) cmocka_unit_test_setup(test_##name, boot_machine)

int main(void)
{
	const struct CMUnitTest tests[] = {
		PCP(disable),
		ZONES(disable_other_zone),
		PCP(tune_waits),
		PCP(forced_drain),
		PCP(drain_under_way),
		PCP(decay),
		PCP(decay_much),
		PCP(reclaim_active),
		PCP(reclaim_active_tuned),
		PCP(below_high),
		PCP(free_high_batch),
		PCP(cpu_dead),
		PCP(pcp_kept),
		PCP(pcp_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
