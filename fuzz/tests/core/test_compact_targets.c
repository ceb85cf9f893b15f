// SPDX-License-Identifier: GPL-2.0-only
/*
 * Goal: the search for pages to move to takes the best there is, stays in its
 * zone, and ends where nothing may be taken; a run ends as soon as somebody
 * else has freed a block that will do.
 * Method: all of memory is taken but for a few single pages.
 */
#include "tests/core/compact_control.h"
#include "tests/core/pinned_pages.h"

/* From the last pageblock down, for one page from the first one. */
static void init_search(struct compact_control *cc, int order)
{
	init_control(cc);
	cc->order = order;
	cc->search_order = order;
	cc->nr_migratepages = 1;
	cc->free_pfn = 248;
	cc->direct_compaction = true;
}

/* --- Targets --- */

/* Of pages that are not as far up as they should be, the higher one. */
static void best_of(unsigned int first, unsigned int second)
{
	struct compact_control cc;

	take_everything();
	free_at(first);
	free_at(second);
	init_search(&cc, 1);
	fast_isolate_freepages(&cc);
	EXPECT(cc.nr_freepages == 1 && cc.total_free_scanned == 2);
	EXPECT(pfn_of(list_first_entry(&cc.freepages[0], struct page, lru)) ==
	       140);
	EXPECT(nr_free() == 1);
	EXPECT(release_free_list(&cc.freepages[0]) == 140);
}

TEST(lower_first)
{
	best_of(130, 140);
}

TEST(higher_first)
{
	best_of(140, 130);
}

/* A watermark forbids it: nothing is taken, and a scan begins there. */
TEST(target_under_watermark)
{
	struct compact_control cc;

	take_everything();
	free_at(20);
	free_at(140);
	free_at(141);
	init_search(&cc, 2);
	mem->zones[0]._watermark[WMARK_MIN] = 3;
	fast_isolate_freepages(&cc);
	EXPECT(!cc.nr_freepages && nr_free() == 3);
	EXPECT(cc.free_pfn == 136);
	EXPECT(pfn_to_page(140)->buddy && pfn_to_page(140)->private == 1);
	mem->zones[0]._watermark[WMARK_MIN] = 0;
	fast_isolate_freepages(&cc);
	EXPECT(cc.nr_freepages == 2 && nr_free() == 1);
	EXPECT(release_free_list(&cc.freepages[1]) == 140);
}

/* --- The ends of a zone --- */

static int boot_zone_edge(void **state)
{
	struct subject_geometry g = small_machine;

	(void)state;
	g.cma_blocks = 2;
	g.movable_start = 130;
	subject_fit(&g);
	boot_geometry(&g);
	return 0;
}

/* The pageblock where a scan would begin is not all of the zone's. */
TEST(zone_edge)
{
	struct compact_control cc;

	take_everything();
	init_search(&cc, 1);
	cc.zone = &mem->zones[ZONE_MOVABLE];
	EXPECT(cc.zone->zone_start_pfn == 130);
	cc.migrate_pfn = 130;
	cc.free_pfn = 136;
	cc.zone->compact_init_free_pfn = 136;
	fast_isolate_freepages(&cc);
	EXPECT(cc.free_pfn == 136 && !cc.nr_freepages);
	EXPECT(!get_pageblock_skip(128));
}

/*
 * The search has seen pages in the first pageblock of the zone only: where the
 * next run would begin lies below, and it begins at the end.
 */
TEST(below_zone)
{
	struct zone *zone = &mem->zones[ZONE_MOVABLE];
	struct compact_control cc;

	take_everything();
	free_at(129);
	init_search(&cc, 1);
	cc.zone = zone;
	cc.migrate_pfn = 128;
	cc.free_pfn = 248;
	zone->compact_cached_free_pfn = 128;
	fast_isolate_freepages(&cc);
	EXPECT(!cc.nr_freepages && zone->compact_cached_free_pfn == 120);
	for (unsigned int pfn = 200; pfn < 232; pfn++) {
		if (pfn % 8)
			free_at(pfn);
	}
	kcompactd_do_work(3);
	EXPECT(zone->compact_cached_free_pfn >= 128);
	EXPECT(zone->compact_cached_free_pfn < 256);
}

/* --- The end of a run --- */

static struct page *block;

static void leave_no_block(void *unused)
{
	int error;

	(void)unused;
	block = cma_alloc(8, 3, &error);
	EXPECT(block && is_in_cma(pfn_of(block)));
	take_everything();
	for (unsigned int pfn = 96; pfn < 128; pfn++) {
		if (pfn % 8)
			free_at(pfn);
	}
}

static void frees_block(void *unused)
{
	(void)unused;
	cma_release(block, 8);
	drain_all_pages(NULL);
}

static void compacts(void *unused)
{
	(void)unused;
	EXPECT(compact_for(3, MIGRATE_MOVABLE, COMPACT_PRIO_ASYNC) ==
	       COMPACT_SUCCESS);
	EXPECT(alloc_pages(GFP_KERNEL | __GFP_MOVABLE, 3) == block);
}

/* Movable requests may have what has come free in the CMA area. */
static void test_block_in_cma(void **state)
{
	(void)state;
	for (unsigned int at = 0; at < 20; at++) {
		struct sim_switch sw = { at, 1 };
		struct sim_job jobs[] = {
			{ .run = compacts, .switches = &sw, .nr_switches = 1 },
			{ .run = frees_block, .task = 1 },
		};

		boot_machine(NULL);
		run_as_job(leave_no_block);
		expect_jobs_done(jobs, 2);
	}
}

#define CORE(name) cmocka_unit_test_setup(test_##name, boot_machine)
#define ZONES(name) cmocka_unit_test_setup(test_##name, boot_two_zones)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CORE(lower_first),
		CORE(higher_first),
		CORE(target_under_watermark),
		cmocka_unit_test_setup(test_zone_edge, boot_zone_edge),
		ZONES(below_zone),
		CORE(block_in_cma),
	};

	return cmocka_run_group_tests_name("compact_targets", tests, NULL,
					   NULL);
}
