// SPDX-License-Identifier: GPL-2.0-only
/*
 * Goal: compaction moves what can be moved to the other end of its zone, makes
 * the block that is wanted, and gives up where the kernel does.
 * Method: processes have pages, the rest of memory is allocated or free; a job
 * compacts, or asks for a block, and looks at what is where.
 */
#include "tests/core/large_folios.h"
#include "tests/core/pinned_pages.h"
#include "compaction.h"

#define NR_BLOCKS 32

static struct page *blocks[NR_BLOCKS];
static unsigned int nr_blocks;

/* Take all blocks of @order that can be had without compaction. */
static void take_all(unsigned int order)
{
	while (nr_blocks < NR_BLOCKS) {
		struct page *page =
			alloc_pages(GFP_NOWAIT | __GFP_MOVABLE, order);

		if (!page)
			return;
		blocks[nr_blocks++] = page;
	}
}

/* Pages of process 1 at its first 8 addresses; then every second goes. */
static void leave_holes(void)
{
	nr_blocks = 0;
	for (unsigned int i = 0; i < ANON_PAGES; i++)
		store(1, i, i + 1);
	lru_add_drain();
	for (unsigned int i = 0; i < ANON_PAGES; i += 2)
		zap_page_range(&mem->mm[1], i, i + 1);
	drain_local_pages(NULL);
}

static void expect_contents(void)
{
	for (unsigned int i = 1; i < ANON_PAGES; i += 2)
		EXPECT(load(1, i) == i + 1);
	check_isolated_stat();
}

/* --- All of memory --- */

/* A pageblock that is all free stays so: these 7 pages are where to go. */
static void make_room(void)
{
	EXPECT(!alloc_contig_range(248, 256, MIGRATE_CMA, GFP_KERNEL));
	free_contig_range(249, 7);
	drain_local_pages(NULL);
}

TEST(all)
{
	long free;

	leave_holes();
	make_room();
	free = nr_free();
	EXPECT(pfn_of(page_at(1, 1)) < 16);
	EXPECT(!compact_nodes());
	for (unsigned int i = 1; i < ANON_PAGES; i += 2)
		EXPECT(pfn_of(page_at(1, i)) > 248);
	drain_local_pages(NULL);
	EXPECT(nr_free() == free);
	expect_contents();
	EXPECT(mem->pgmigrate_success.counter == 4);
	EXPECT(mem->compact_isolated.counter >= 8);
	EXPECT(mem->compact_migrate_scanned.counter > 0);
	EXPECT(mem->compact_free_scanned.counter > 0);
}

/* Somebody has a reference: it is isolated, for nothing, and put back. */
TEST(in_use)
{
	struct page *page;

	EXPECT(load(1, FILE_ADDRESS) == 0);
	page = page_at(1, FILE_ADDRESS);
	make_room();
	get_page(page);
	EXPECT(!compact_nodes());
	put_page(page);
	EXPECT(page_at(1, FILE_ADDRESS) == page);
	EXPECT(mem->pgmigrate_fail.counter > 0);
	EXPECT(mem->compact_isolated.counter > 0);
	check_isolated_stat();
}

static void killed(void *unused)
{
	(void)unused;
	EXPECT(compact_nodes() == -EINTR);
}

static void kill_it(void *unused)
{
	(void)unused;
	sim_send_signal(0);
}

static void test_signal(void **state)
{
	struct sim_job jobs[] = {
		{ .run = kill_it, .task = 1 },
		{ .run = killed },
	};

	(void)state;
	expect_jobs_done(jobs, 2);
}

/* --- For a request --- */

/*
 * Nothing of 4 pages is free, but 16 pages are: 4 here, 12 in the middle, where
 * a scan for a request begins that finds nothing on the lists.
 */
static void fragment(void)
{
	struct page *room = pfn_to_page(96);

	leave_holes();
	for (unsigned int order = 5; order >= 3; order--)
		take_all(order);
	split_page(room, 5);
	for (unsigned int i = 0; i < 16; i++) {
		if (i % 4 < 3)
			__free_pages(room + i, 0);
	}
	drain_local_pages(NULL);
	EXPECT(nr_free() == 16);
}

TEST(request)
{
	struct page *page;

	fragment();
	EXPECT(!alloc_pages(GFP_NOWAIT | __GFP_MOVABLE, 2));
	EXPECT(!mem->compact_isolated.counter);
	page = alloc_pages(GFP_KERNEL | __GFP_MOVABLE, 2);
	EXPECT(page && pfn_of(page) < 8);
	EXPECT(mem->pgmigrate_success.counter >= 2);
	EXPECT(!(current_struct()->flags & PF_MEMALLOC));
	EXPECT(!current_struct()->capture_control);
	expect_contents();
}

/* A watermark is against it: there is no room to move to. */
TEST(no_room)
{
	fragment();
	mem->zones[0]._watermark[WMARK_MIN] = 8;
	mem->zones[0]._watermark[WMARK_LOW] = 9;
	mem->zones[0]._watermark[WMARK_HIGH] = 10;
	EXPECT(!alloc_pages(GFP_KERNEL | __GFP_MOVABLE, 2));
	EXPECT(!mem->compact_isolated.counter);
	expect_contents();
}

/* --- Capture --- */

static void capture(struct zone *zone, int order, enum migratetype mt,
		    struct page *freed, unsigned int freed_order, bool captured)
{
	struct compact_control cc = { .zone = zone,
				      .order = order,
				      .migratetype = mt };
	struct capture_control capc = { .cc = &cc };
	long before = nr_free();

	current_struct()->capture_control = &capc;
	__free_pages(freed, freed_order);
	current_struct()->capture_control = NULL;
	EXPECT((capc.page == freed) == captured);
	EXPECT(nr_free() == before + (captured ? 0 : 1l << freed_order));
	if (captured) {
		prep_new_page(freed, freed_order, GFP_KERNEL);
		__free_pages(freed, freed_order);
	}
}

/* Order 4 bypasses the pcplists; its buddy must not be free. */
static struct page *block_with_buddy(struct page **buddy)
{
	struct page *page = alloc_pages(GFP_KERNEL | __GFP_MOVABLE, 4);

	*buddy = alloc_pages(GFP_KERNEL | __GFP_MOVABLE, 4);
	EXPECT(page && *buddy);
	return page;
}

TEST(captured)
{
	struct page *buddy, *page = block_with_buddy(&buddy);

	capture(normal(), 4, MIGRATE_MOVABLE, page, 4, true);
	page = block_with_buddy(&buddy);
	capture(normal(), 4, MIGRATE_UNMOVABLE, page, 4, true);
}

TEST(not_captured)
{
	struct page *buddy, *page = block_with_buddy(&buddy);

	capture(normal(), 5, MIGRATE_MOVABLE, page, 4, false);
	page = block_with_buddy(&buddy);
	capture(&mem->zones[ZONE_MOVABLE], 4, MIGRATE_MOVABLE, page, 4, false);
}

/* A block of @order and type @mt, for a request of that order, type @wanted. */
static bool is_captured(unsigned int order, enum migratetype mt,
			enum migratetype wanted)
{
	struct compact_control cc = { .zone = normal(),
				      .order = (int)order,
				      .migratetype = wanted };
	struct capture_control capc = { .cc = &cc };

	return compaction_capture(&capc, mem->mem_map, order, mt) &&
	       capc.page == mem->mem_map;
}

TEST(types_captured)
{
	EXPECT(is_captured(3, MIGRATE_MOVABLE, MIGRATE_UNMOVABLE));
	EXPECT(!is_captured(2, MIGRATE_MOVABLE, MIGRATE_UNMOVABLE));
	EXPECT(is_captured(2, MIGRATE_MOVABLE, MIGRATE_MOVABLE));
	EXPECT(is_captured(2, MIGRATE_UNMOVABLE, MIGRATE_RECLAIMABLE));
	EXPECT(!is_captured(3, MIGRATE_CMA, MIGRATE_MOVABLE));
	EXPECT(!is_captured(3, MIGRATE_ISOLATE, MIGRATE_MOVABLE));
}

/* --- What seems pinned --- */

/* Whether a page of process @mm at @address is isolated. */
static bool is_isolated(unsigned int mm, unsigned int address)
{
	struct page *page = page_at(mm, address);
	struct compact_control cc = { .zone = normal(),
				      .order = COMPACT_ORDER_ALL,
				      .ignore_skip_hint = true,
				      .mode = MIGRATE_SYNC };
	unsigned int pfn = pfn_of(page);
	bool isolated;

	INIT_LIST_HEAD(&cc.migratepages);
	EXPECT(!isolate_migratepages_block(&cc, pfn, pfn + 1));
	isolated = cc.nr_migratepages;
	EXPECT(isolated == !list_empty(&cc.migratepages));
	putback_movable_pages(&cc.migratepages);
	lru_add_drain();
	return isolated;
}

static bool is_isolated_with(unsigned int mm, unsigned int address, int refs)
{
	struct page *page = page_at(mm, address);
	bool isolated;

	for (int i = 0; i < refs; i++)
		get_page(page);
	isolated = is_isolated(mm, address);
	if (refs)
		put_page_refs(page, refs);
	return isolated;
}

/* By policy: what is left alone of anonymous memory, a file and shmem. */
TEST(skipped)
{
	static const struct {
		const char *policy;
		int refs;
		bool anon, file, shmem; /* isolated */
	} cases[] = {
		{ "anon-only", 0, true, true, true },
		{ "anon-only", 1, false, true, true },
		{ "extra-refs", 0, true, true, true },
		{ "extra-refs", 1, false, false, false },
		{ "maybe-dma-pinned", 1, true, true, true },
		{ "maybe-dma-pinned", 1024, false, false, false },
		{ "maybe-dma-pinned-less-mapcount", 1, true, true, true },
		{ "maybe-dma-pinned-less-mapcount", 1024, false, false, false },
		{ "maybe-dma-pinned-less-mapcount-unsigned", 1, true, true,
		  true },
		{ "maybe-dma-pinned-less-mapcount-unsigned", 1024, false, false,
		  false },
		{ "longterm-pinned", 1, true, true, true },
		{ "longterm-pinned", 1024, false, true, false },
		{ "few-mappings", 1, true, true, true },
		{ "few-mappings", 1024, false, false, false },
	};

	store(1, 1, 1);
	EXPECT(load(1, FILE_ADDRESS) == 0);
	store(2, FILE_ADDRESS, 1);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		EXPECT(!subject_set_policy("compaction-skip", cases[i].policy));
		EXPECT(is_isolated_with(1, 1, cases[i].refs) == cases[i].anon);
		EXPECT(is_isolated_with(1, FILE_ADDRESS, cases[i].refs) ==
		       cases[i].file);
		EXPECT(is_isolated_with(2, FILE_ADDRESS, cases[i].refs) ==
		       cases[i].shmem);
	}
}

/* What is pinned for good lies neither in zone Movable nor in the CMA area. */
static void expect_never_for_good(void)
{
	EXPECT(!subject_set_policy("compaction-skip", "longterm-pinned"));
	EXPECT(is_isolated_with(1, ADDRESS, 1024));
	EXPECT(!subject_set_policy("compaction-skip", "maybe-dma-pinned"));
	EXPECT(!is_isolated_with(1, ADDRESS, 1024));
}

TEST(skipped_in_cma)
{
	write_in_cma();
	EXPECT(is_in_cma(pfn_of(page_at(1, ADDRESS))));
	expect_never_for_good();
}

TEST(skipped_in_movable)
{
	store(1, ADDRESS, 1);
	EXPECT(page_zone(page_at(1, ADDRESS)) == &mem->zones[ZONE_MOVABLE]);
	expect_never_for_good();
}

/* How many map a large folio does not matter: its pins are counted. */
TEST(skipped_large)
{
	struct page *folio = large_anon(1, 2), *page;

	EXPECT(!subject_set_policy("compaction-skip", "few-mappings"));
	EXPECT(is_isolated_with(1, 0, 1024));
	EXPECT(get_user_pages(MM, 0, 1, FOLL_PIN, &page) == 1);
	EXPECT(page == folio && !is_isolated(1, 0));
	gup_put_pages(&page, 1, FOLL_PIN);
	EXPECT(is_isolated(1, 0));
}

/* With a bias of 8, two entries are too many to tell pins from references. */
static int boot_small_bias(void **state)
{
	struct subject_geometry g = small_machine;

	(void)state;
	g.pin_bias = 8;
	boot_geometry(&g);
	return 0;
}

TEST(skipped_many_mappings)
{
	EXPECT(!subject_set_policy("compaction-skip", "few-mappings"));
	store(1, ADDRESS, 1);
	EXPECT(!is_isolated_with(1, ADDRESS, 8));
	make_child(2, 1);
	EXPECT(is_isolated_with(1, ADDRESS, 8));
}

/* --- Limits --- */

TEST(too_many_isolated)
{
	struct compact_control cc = { .zone = normal(),
				      .order = COMPACT_ORDER_ALL,
				      .mode = MIGRATE_ASYNC };

	INIT_LIST_HEAD(&cc.migratepages);
	atomic_long_add(1, &mem->nr_isolated[1]);
	EXPECT(isolate_migratepages_block(&cc, 0, 8) == -EAGAIN);
	atomic_long_add(-1, &mem->nr_isolated[1]);
	EXPECT(!isolate_migratepages_block(&cc, 0, 8));
	EXPECT(cc.migrate_pfn == 8);
}

/* Who has isolated some himself does not wait for fewer. */
TEST(too_many_of_its_own)
{
	struct compact_control cc = { .zone = normal(),
				      .order = COMPACT_ORDER_ALL,
				      .mode = MIGRATE_SYNC };

	INIT_LIST_HEAD(&cc.migratepages);
	store(1, 1, 1);
	lru_add_drain();
	EXPECT(!isolate_migratepages_block(&cc, 0, 8));
	EXPECT(cc.nr_migratepages == 1 && cc.migrate_pfn == 8);
	EXPECT(isolate_migratepages_block(&cc, 8, 16) == -EAGAIN);
	EXPECT(cc.migrate_pfn == 8);
	putback_movable_pages(&cc.migratepages);
	check_isolated_stat();
}

/* Nothing is taken from under a watermark, but isolated pages are not free. */
TEST(watermark)
{
	struct page *page = first_free(5, MIGRATE_MOVABLE);

	mem->zones[0]._watermark[WMARK_MIN] = 224;
	LOCKED({
		EXPECT(!__isolate_free_page(page, normal(), 5));
		EXPECT(page->buddy);
		mem->zones[0]._watermark[WMARK_MIN] = 223;
		EXPECT(__isolate_free_page(page, normal(), 5));
		EXPECT(!page->buddy);
	});
	mem->zones[0]._watermark[WMARK_MIN] = 0;
	post_alloc_hook(page, 5);
	set_page_refcounted(page);
	__free_pages(page, 5);
}

/* --- Hints --- */

TEST(deferred)
{
	struct zone *zone = normal();

	EXPECT(!compaction_deferred(zone, 3));
	compaction_defer_reset(zone, 4, true);
	defer_compaction(zone, 3);
	EXPECT(!compaction_deferred(zone, 2));
	EXPECT(compaction_deferred(zone, 3));
	EXPECT(!compaction_deferred(zone, 3));
	defer_compaction(zone, 3);
	for (unsigned int i = 0; i < 3; i++)
		EXPECT(compaction_deferred(zone, 4));
	EXPECT(!compaction_deferred(zone, 4));
	compaction_defer_reset(zone, 3, false);
	EXPECT(!compaction_deferred(zone, 3));
	compaction_defer_reset(zone, 3, true);
	EXPECT(!zone->compact_defer_shift && !zone->compact_considered);
}

TEST(restarting)
{
	struct zone *zone = normal();

	compaction_defer_reset(zone, 4, true);
	for (unsigned int i = 0; i < 10; i++)
		defer_compaction(zone, 3);
	EXPECT(zone->compact_defer_shift == 6);
	EXPECT(!compaction_restarting(zone, 3));
	for (unsigned int i = 0; i < 63; i++)
		EXPECT(compaction_deferred(zone, 3));
	EXPECT(!compaction_restarting(zone, 3));
	EXPECT(!compaction_deferred(zone, 3));
	EXPECT(compaction_restarting(zone, 3));
	EXPECT(!compaction_restarting(zone, 2));
}

/* Only with the flag of a request, and where there is something. */
TEST(marks_are_cleared)
{
	struct zone *zone = normal();

	store(1, 1, 1);
	lru_add_drain();
	for (unsigned int pfn = 0; pfn < 256; pfn += 8)
		set_pageblock_skip(pfn);
	__reset_isolation_suitable(zone);
	EXPECT(get_pageblock_skip(0));
	zone->compact_blockskip_flush = true;
	__reset_isolation_suitable(zone);
	EXPECT(!get_pageblock_skip(0) && !zone->compact_blockskip_flush);
	EXPECT(zone->compact_cached_migrate_pfn[0] == 0);
	EXPECT(zone->compact_cached_free_pfn >= 160);
}

/* What has nothing to move is marked, and passed by from then on. */
TEST(marked)
{
	struct compact_control cc = { .zone = normal(),
				      .order = 3,
				      .mode = MIGRATE_SYNC_LIGHT };

	INIT_LIST_HEAD(&cc.migratepages);
	EXPECT(!isolate_migratepages_block(&cc, 0, 8));
	EXPECT(get_pageblock_skip(0));
	store(1, 1, 1);
	lru_add_drain();
	EXPECT(!isolate_migratepages_block(&cc, 0, 8));
	EXPECT(!cc.nr_migratepages);
	cc.ignore_skip_hint = true;
	EXPECT(!isolate_migratepages_block(&cc, 0, 8));
	EXPECT(cc.nr_migratepages == 1);
	putback_movable_pages(&cc.migratepages);
}

/* --- Free pages --- */

/* A pageblock that is isolated has none for us. */
TEST(isolated_not_taken)
{
	struct compact_control cc = { .zone = normal(),
				      .order = COMPACT_ORDER_ALL,
				      .nr_migratepages = 64,
				      .mode = MIGRATE_SYNC };
	unsigned int start = 32;

	for (unsigned int i = 0; i <= MAX_PAGE_ORDER; i++)
		INIT_LIST_HEAD(&cc.freepages[i]);
	EXPECT(!start_isolate_page_range(32, 64, MIGRATE_MOVABLE));
	EXPECT(!compact_isolate_freepages_block(&cc, &start, 40, 1));
	EXPECT(start == 40 && !cc.nr_freepages);
	undo_isolate_page_range(32, 64, MIGRATE_MOVABLE);
	start = 32;
	EXPECT(compact_isolate_freepages_block(&cc, &start, 40, 1) == 32);
	EXPECT(release_free_list(&cc.freepages[5]) == 32);
}

#define CORE(name) cmocka_unit_test_setup(test_##name, boot_machine)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CORE(all),
		CORE(in_use),
		CORE(signal),
		CORE(request),
		CORE(no_room),
		CORE(captured),
		CORE(not_captured),
		CORE(types_captured),
		CORE(skipped),
		CORE(skipped_in_cma),
		cmocka_unit_test_setup(test_skipped_in_movable, boot_two_zones),
		CORE(skipped_large),
		cmocka_unit_test_setup(test_skipped_many_mappings,
				       boot_small_bias),
		CORE(too_many_isolated),
		CORE(too_many_of_its_own),
		CORE(watermark),
		CORE(deferred),
		CORE(restarting),
		CORE(marks_are_cleared),
		CORE(marked),
		CORE(isolated_not_taken),
	};

	return cmocka_run_group_tests_name("compaction", tests, NULL, NULL);
}
