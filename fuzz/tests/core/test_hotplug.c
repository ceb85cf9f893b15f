// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory that goes offline and comes back: what each call leaves, every way
 * that it can fail, and the checks that guard it. Method: real calls on a
 * booted machine, with schedules where a race is the point; all invariants are
 * looked after.
 */
#include "tests/core/hotplug_pages.h"

/* Goal: the kernel's own choice follows the pages of the zone. */
TEST(tune_by_size)
{
	zone_pageset_tune(0, 0);
	EXPECT(pcp_of(0)->high_min == 4 && pcp_of(0)->high_max == 256 / 8 / 2);
	EXPECT(!take_offline(32, 64));
	EXPECT(pcp_of(0)->high_max == 224 / 8 / 2);
	bring_online(32, 64);
	EXPECT(pcp_of(0)->high_max == 256 / 8 / 2);
	zone_pcp_update(normal(), 1);
	EXPECT(pcp_of(0)->high_max == 256 / 8 / 3);
}

/* Goal: the pages are nobody's, and all counters say so; then all is back. */
TEST(offline)
{
	EXPECT(!take_offline(64, 128));
	EXPECT(nr_free() == 192 && normal()->managed_pages == 192);
	EXPECT(!normal()->nr_isolate_pageblock);
	EXPECT(type_at(64) == MIGRATE_ISOLATE &&
	       type_at(63) != MIGRATE_ISOLATE);
	EXPECT(is_offline(64) && is_offline(127) && !is_offline(128));
	EXPECT(!pfn_to_page(64)->buddy && pcp_of(0)->high_min == 4);

	/* Nobody gets them, and nobody can isolate them. */
	EXPECT(start_isolate_page_range(72, 80, MIGRATE_MOVABLE) == -EBUSY);
	EXPECT(alloc_contig_range(56, 72, MIGRATE_MOVABLE, 0) == -EBUSY);
	EXPECT(take_offline(96, 160) == -EBUSY);
	EXPECT(nr_free() == 192 && !normal()->nr_isolate_pageblock);

	bring_online(64, 128);
	EXPECT(nr_free() == 256 && normal()->managed_pages == 256);
	EXPECT(!normal()->nr_isolate_pageblock && !is_offline(64));
	EXPECT(type_at(64) == MIGRATE_MOVABLE);
	EXPECT(normal()->free_area[5].nr_free == 8);
}

/* Goal: pages on any CPU's pcplist do not keep memory online. */
TEST(offline_drains)
{
	fill_pcplist(3);
	EXPECT(pcp_of(0)->count >= 3);
	EXPECT(!take_offline(0, 192));
	EXPECT(!pcp_of(0)->count && nr_free() == 64);
	bring_online(0, 192);
}

/* Goal: ranges that are no memory sections are refused. */
TEST(offline_invalid)
{
	EXPECT(take_offline(8, 32) == -EINVAL); /* half a largest block */
	EXPECT(take_offline(32, 72) == -EINVAL);
	EXPECT(take_offline(64, 64) == -EINVAL);
	EXPECT(take_offline(224, 288) == -EINVAL); /* beyond */
	EXPECT(nr_free() == 256);
}

TEST(offline_zones)
{
	EXPECT(take_offline(96, 160) == -EINVAL); /* of two zones */
	EXPECT(take_offline(32, 64) == -EINVAL); /* a hole */
	EXPECT(!take_offline(128, 256)); /* all of Movable */
	EXPECT(!mem->zones[ZONE_MOVABLE].managed_pages);
	EXPECT(!zone_page_state_snapshot(&mem->zones[ZONE_MOVABLE],
					 NR_FREE_PAGES));
	EXPECT(alloc_pages(__GFP_HIGHMEM | __GFP_MOVABLE, 0));
	bring_online(128, 256);
	EXPECT(mem->zones[ZONE_MOVABLE].managed_pages == 128);
}

static void expect_fails(int error, unsigned int start, unsigned int end)
{
	unsigned long nr = normal()->nr_isolate_pageblock;
	long free_pages;

	drain_all_pages(NULL);
	free_pages = nr_free();
	EXPECT(take_offline(start, end) == error);
	EXPECT(normal()->nr_isolate_pageblock == nr && nr_free() == free_pages);
	EXPECT(normal()->managed_pages == 256 && !is_offline(start));
	EXPECT(pcp_of(0)->high_max == 16); /* enabled again */
}

/* Goal: who cannot have all of it undoes its part, and no other. */
TEST(offline_busy)
{
	struct page *page = alloc_pages(GFP_KERNEL, 0);

	EXPECT(page_to_pfn(page) < 32);
	expect_fails(-EBUSY, 0, 32); /* unmovable */
	expect_fails(-EBUSY, 0, 96);
	set_bit(PG_movable, &page->flags);
	expect_fails(-EINTR, 0, 32); /* movable, but in use */
	clear_bit(PG_movable, &page->flags);
	__free_pages(page, 0);
	expect_fails(-EBUSY, 192, 224); /* CMA */
	EXPECT(!start_isolate_page_range(40, 48, MIGRATE_MOVABLE));
	expect_fails(-EBUSY, 32, 64);
	EXPECT(type_at(40) == MIGRATE_ISOLATE);
	undo_isolate_page_range(40, 48, MIGRATE_MOVABLE);
}

/* Goal: a task that was killed gives up, and undoes what it has done. */
TEST(offline_killed)
{
	sim_send_signal(0);
	EXPECT(take_offline(0, 32) == -EINTR);
	EXPECT(!normal()->nr_isolate_pageblock && nr_free() == 256);
	EXPECT(pcp_of(0)->high_max == 16);
}

/* Goal: an isolated pageblock beside the range stays what and whose it is. */
TEST(offline_beside_isolation)
{
	EXPECT(!start_isolate_page_range(64, 72, MIGRATE_MOVABLE));
	EXPECT(!take_offline(32, 64));
	EXPECT(normal()->nr_isolate_pageblock == 1 && nr_free() == 216);
	undo_isolate_page_range(64, 72, MIGRATE_MOVABLE);
	bring_online(32, 64);
	EXPECT(nr_free() == 256);
}

static void other_order(unsigned int block_order, unsigned int max_order)
{
	struct subject_geometry g = small_machine;

	g.block_order = block_order;
	g.max_order = max_order;
	g.cma_blocks = 0;
	boot_geometry(&g);
}

static void job_small_largest_order(void *arg)
{
	(void)arg;
	EXPECT(take_offline(4, 8) == -EINVAL);
	EXPECT(!take_offline(16, 32));
	bring_online(16, 32);
	EXPECT(nr_free() == 256);
}

/* Goal: a pageblock may consist of several largest blocks. */
static void test_small_largest_order(void **state)
{
	struct sim_job job = { .run = job_small_largest_order };

	(void)state;
	other_order(4, 2);
	expect_jobs_done(&job, 1);
}

static struct page *racing_page;

static void free_racing_page(void *arg)
{
	(void)arg;
	__free_pages(racing_page, 0);
}

static void alloc_racing_page(void *arg)
{
	(void)arg;
	racing_page = alloc_pages(__GFP_MOVABLE, 0);
	EXPECT(page_to_pfn(racing_page) < 32);
}

static void offline_first_unit(void *arg)
{
	(void)arg;
	EXPECT(!take_offline(0, 32));
	bring_online(0, 32);
}

/*
 * Goal: a page on its way to the free lists is waited for, wherever the free
 * has got to. Method: it stops at each of its yield points in turn.
 */
static void test_offline_waits(void **state)
{
	unsigned int nr_points = 0;

	for (unsigned int at = 2; at < 13; at++) {
		struct sim_switch there = { at, 1 };
		struct sim_job jobs[] = {
			{ .task = 0, .run = alloc_racing_page },
			{ .task = 0,
			  .run = free_racing_page,
			  .nr_switches = 1,
			  .switches = &there },
			{ .task = 1, .run = offline_first_unit },
		};

		boot_machine(state);
		expect_jobs_done(jobs, 3);
		nr_points++;
	}
	assert_int_equal(nr_points, 11);
}

/* --- Checks --- */

DAMAGE(offline_counted, "INV_ISOLATED_BLOCKS", {
	take_offline(0, 32);
	LOCKED(normal()->nr_isolate_pageblock += 4);
})

/* Pages that were taken off their lists, but are not those that went. */
DAMAGE(offline_elsewhere, "INV_PAGE_PLACE", {
	check_goes_offline(32, 64);
	offline_pages(0, 32);
	check_is_offline(32, 64, CHECK_DONE);
})

DAMAGE(online_elsewhere, "INV_PAGE_PLACE", check_goes_online(0, 32))

DAMAGE(managed_pages, "INV_BOOT_STATE", {
	mem->zones[0].managed_pages--;
	check_boot_state();
})

/* An area's pageblock that is no more than others. */
DAMAGE(cma_is_movable, "INV_CMA_BLOCKS", {
	start_isolate_page_range(192, 200, MIGRATE_CMA);
	undo_isolate_page_range(192, 200, MIGRATE_MOVABLE);
})
DAMAGE(movable_is_cma, "INV_CMA_BLOCKS", {
	start_isolate_page_range(0, 8, MIGRATE_MOVABLE);
	undo_isolate_page_range(0, 8, MIGRATE_CMA);
})

/* Online before it was offline, or in other ranges. */
DAMAGE(online_twice, "BUG_online_pages", online_pages(0, 32))
DAMAGE(online_invalid, "BUG_online_pages", online_pages(8, 32))

#define ZONES(name) cmocka_unit_test_setup(test_##name, boot_two_zones)
#define HOTPLUG(name) cmocka_unit_test_setup(test_##name, boot_machine)

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOTPLUG(tune_by_size),	      HOTPLUG(offline),
		HOTPLUG(offline_drains),      HOTPLUG(offline_invalid),
		ZONES(offline_zones),	      HOTPLUG(offline_busy),
		HOTPLUG(offline_killed),      HOTPLUG(offline_beside_isolation),
		HOTPLUG(small_largest_order), HOTPLUG(offline_waits),
		HOTPLUG(offline_counted),     HOTPLUG(offline_elsewhere),
		HOTPLUG(online_elsewhere),    HOTPLUG(managed_pages),
		HOTPLUG(cma_is_movable),      HOTPLUG(movable_is_cma),
		HOTPLUG(online_twice),	      HOTPLUG(online_invalid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
