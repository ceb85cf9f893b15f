// SPDX-License-Identifier: GPL-2.0-only
/*
 * Goal: compaction takes of a pageblock what it may, also while others mark it,
 * lock it, or take away what it looks at; and large pageblocks in parts.
 * Method: one task isolates, another one comes in at each of its yield points
 * and does all of its own work there; or there are 64 pages in a pageblock.
 */
#include "tests/core/compact_control.h"
#include "tests/core/large_folios.h"
#include "tests/core/pinned_pages.h"

#define NR_POINTS 60

static struct compact_control control;
static bool finish; /* the isolation is to */

/* Pages 0 to 7 are a process's, but every second one is free. */
static void prepare(void *unused)
{
	(void)unused;
	fill_anon(1);
	for (unsigned int i = 0; i < ANON_PAGES; i++)
		EXPECT(pfn_of(page_at(1, i)) == i);
	for (unsigned int i = 0; i < ANON_PAGES; i += 2)
		zap_page_range(MM, i, i + 1);
	drain_local_pages(NULL);
	init_control(&control);
	control.order = 3;
	control.finish_pageblock = finish;
}

static void isolates(void *unused)
{
	(void)unused;
	EXPECT(!isolate_migratepages_block(&control, 0, 8));
	EXPECT(control.migrate_pfn == 8);
}

/* @other comes in at point @at of the isolation. */
static void run_race(void (*other)(void *), unsigned int at)
{
	struct sim_switch sw = { at, 1 };
	struct sim_job first = { .run = prepare };
	struct sim_job race[] = {
		{ .run = isolates, .switches = &sw, .nr_switches = 1 },
		{ .run = other, .task = 1 },
	};

	boot_machine(NULL);
	expect_jobs_done(&first, 1);
	expect_jobs_done(race, 2);
}

/* What was isolated is put back, and is what it was. */
static void end_of_race(void *unused)
{
	(void)unused;
	end_of_control(&control);
	for (unsigned int i = 1; i < ANON_PAGES; i += 2) {
		struct page *page = page_at(1, i);

		EXPECT(page->flags & 1ul << PG_lru);
		EXPECT(page->refcount.counter == 1);
		EXPECT(load(1, i) == 100 + i);
	}
	check_mappings();
}

/* --- Others --- */

static void marks(void *unused)
{
	(void)unused;
	set_pageblock_skip(0);
}

/* How often the pages were left alone. */
static unsigned int run_marked(void)
{
	unsigned int nr_left = 0;

	for (unsigned int at = 0; at < NR_POINTS; at++) {
		run_race(marks, at);
		assert_true(!control.nr_migratepages ||
			    control.nr_migratepages == 4);
		nr_left += !control.nr_migratepages;
		run_as_job(end_of_race);
	}
	return nr_left;
}

/*
 * Who finds that somebody else has marked the pageblock leaves the first page
 * that he has found where it is, and the others; unless he is to get done with
 * it: then it matters only before he begins.
 */
static void test_marked_meanwhile(void **state)
{
	unsigned int nr_left, nr_left_unfinished;

	(void)state;
	finish = false;
	nr_left_unfinished = run_marked();
	finish = true;
	nr_left = run_marked();
	finish = false;
	assert_in_range(nr_left, 1, 10);
	assert_in_range(nr_left_unfinished, nr_left + 4, NR_POINTS / 2);
}

static void test_finished(void **state)
{
	(void)state;
	finish = true;
	boot_machine(NULL);
	run_as_job(prepare);
	run_as_job(isolates);
	finish = false;
	assert_int_equal(control.nr_migratepages, 4);
	run_as_job(end_of_race);
	/* All of it has been looked at: it is marked, the next one comes. */
	assert_true(get_pageblock_skip(0));
	assert_int_equal(normal()->compact_cached_migrate_pfn[0], 8);
}

static void takes_off(void *unused)
{
	(void)unused;
	check_op_begin(CHECK_OP_OTHER, CHECK_CMA_ALLOWED);
	EXPECT(!soft_offline_free_page(2));
	check_took_off(2);
}

static void puts_back(void *unused)
{
	(void)unused;
	check_put_back(2);
	EXPECT(!unpoison_page(2));
}

/* A free page that is none any more is one page, whatever its order seems. */
static void test_taken_off_meanwhile(void **state)
{
	(void)state;
	for (unsigned int at = 0; at < NR_POINTS; at++) {
		run_race(takes_off, at);
		assert_int_equal(control.nr_migratepages, 4);
		run_as_job(puts_back);
		run_as_job(end_of_race);
	}
}

static void gives_up(void *unused)
{
	(void)unused;
	zap_page_range(MM, 1, 2);
	drain_local_pages(NULL);
}

static void expect_all_free(void *unused)
{
	(void)unused;
	end_of_control(&control);
	zap_all();
	drain_all_pages(NULL);
	EXPECT(nr_free() == 256);
}

/* The page is isolated, or gone, or its last reference is that of isolation. */
static void test_freed_meanwhile(void **state)
{
	unsigned int nr_gone = 0;

	(void)state;
	for (unsigned int at = 0; at < NR_POINTS; at++) {
		unsigned int nr;

		run_race(gives_up, at);
		nr = control.nr_migratepages;
		assert_in_range(nr, 3, 4);
		nr_gone += nr == 3;
		run_as_job(expect_all_free);
	}
	assert_in_range(nr_gone, 4, NR_POINTS - 4);
}

/* --- Locks --- */

static void holds_lru_lock(void *unused)
{
	unsigned long flags;

	(void)unused;
	spin_lock_irqsave(&mem->lruvec.lru_lock, flags);
	EXPECT(READ_ONCE(mem->lruvec.nr_pages[LRU_UNEVICTABLE]) == 0);
	spin_unlock_irqrestore(&mem->lruvec.lru_lock, flags);
}

/* Runs @work while somebody else holds lru_lock. */
static void run_contended(void (*work)(void *))
{
	struct sim_switch sw = { 1, 1 };
	struct sim_job jobs[] = {
		{ .run = holds_lru_lock, .switches = &sw, .nr_switches = 1 },
		{ .run = work, .task = 1 },
	};

	expect_jobs_done(jobs, 2);
}

/* Who had to wait for one lock knows it, and waits for the next one, too. */
static void isolates_both(void *unused)
{
	unsigned int start = 0;

	isolates(unused);
	EXPECT(control.contended && control.nr_migratepages == 4);
	EXPECT(compact_isolate_freepages_block(&control, &start, 8, 1) == 4);
	EXPECT(release_free_list(&control.freepages[0]) == 6);
}

static void test_contended(void **state)
{
	(void)state;
	boot_machine(NULL);
	run_as_job(prepare);
	control.mode = MIGRATE_ASYNC;
	run_contended(isolates_both);
	run_as_job(end_of_race);
}

/* Nothing of 8 pages can be made: one page of the first pageblock stays. */
static void prepare_request(void *unused)
{
	prepare(unused);
	get_page(page_at(1, 7));
	take_everything();
	free_at(0);
	for (unsigned int pfn = 96; pfn < 128; pfn++) {
		if (pfn % 8)
			free_at(pfn);
	}
}

static void asks(void *unused)
{
	(void)unused;
	EXPECT(compact_for(3, MIGRATE_MOVABLE, COMPACT_PRIO_ASYNC) ==
	       COMPACT_CONTENDED);
	put_page(page_at(1, 7));
}

/* A request that does not wait ends with the pageblock where it had to. */
static void test_request_contended(void **state)
{
	(void)state;
	boot_machine(NULL);
	run_as_job(prepare_request);
	run_contended(asks);
	run_as_job(end_of_race);
}

/* --- More than can be moved at once --- */

/*
 * 64 pages in a pageblock: the first one has as many of processes, but for the
 * last 16, and one of a file that is in use at each of @in_use; from the middle
 * of memory on there is room.
 */
static void fill_large_block(unsigned int nr_in_use)
{
	static const unsigned int in_use[] = { 0, 17 };
	unsigned int pfn = 0, i = 0;

	for (unsigned int mm = 0; mm < 6; mm++) {
		for (unsigned int address = 0; address < 8; address++) {
			while (i < nr_in_use && pfn == in_use[i]) {
				EXPECT(load(0, FILE_ADDRESS + i) == 0);
				get_page(page_at(0, FILE_ADDRESS + i++));
				pfn++;
			}
			store(mm, address, 100 + address);
			EXPECT(pfn_of(page_at(mm, address)) == pfn++);
		}
	}
	take_everything();
	for (pfn = 256; pfn < 512; pfn++) {
		if (pfn % 16)
			free_at(pfn);
	}
	for (pfn = 48 + nr_in_use; pfn < 64; pfn++)
		free_at(pfn);
	init_control(&control);
	control.order = 6;
}

static int boot_large_blocks(void **state)
{
	struct subject_geometry g = small_machine;

	(void)state;
	g.nr_pages = g.movable_start = 512;
	g.block_order = g.max_order = 6;
	g.cma_blocks = 0;
	boot_geometry(&g);
	return 0;
}

static void expect_isolated(unsigned int nr)
{
	EXPECT(!isolate_migratepages_block(&control, 0, 64));
	EXPECT(control.nr_migratepages == nr);
	EXPECT(control.migrate_pfn == (nr == 32 ? 32 : 64));
	end_of_control(&control);
	control.nr_migratepages = 0;
}

/* A cluster is enough, but not for who has to get done with the pageblock. */
TEST(cluster)
{
	struct list_head list;

	INIT_LIST_HEAD(&list);
	fill_large_block(0);
	control.ignore_skip_hint = true;
	expect_isolated(32);
	control.finish_pageblock = true;
	expect_isolated(48);
	control.finish_pageblock = false;
	control.contended = true;
	expect_isolated(48);
	EXPECT(isolate_migratepages_range(0, 64, &list) == 32);
	putback_movable_pages(&list);
	for (unsigned int mm = 0; mm < 6; mm++)
		expect_anon(mm);
}

static void expect_moved(unsigned int from)
{
	for (unsigned int mm = 0; mm < 6; mm++) {
		for (unsigned int i = 0; i < 8; i++)
			EXPECT(pfn_of(page_at(mm, i)) >= from);
		expect_anon(mm);
	}
	check_isolated_stat();
}

/* The second half of a pageblock is what the next step begins with. */
TEST(two_clusters)
{
	fill_large_block(0);
	kcompactd_do_work(6);
	expect_moved(256);
	EXPECT(mem->mem_map->buddy && mem->mem_map->private == 6);
}

/* One page cannot be moved: the others are, in one step, and it is marked. */
TEST(clusters_in_vain)
{
	fill_large_block(1);
	kcompactd_do_work(6);
	expect_moved(256);
	EXPECT(pfn_of(page_at(0, FILE_ADDRESS)) == 0);
	EXPECT(get_pageblock_skip(0));
	put_page(page_at(0, FILE_ADDRESS));
}

/* Who compacts all there is goes on without that. */
TEST(all_clusters)
{
	fill_large_block(1);
	EXPECT(!compact_nodes());
	expect_moved(256);
	EXPECT(pfn_of(page_at(0, FILE_ADDRESS)) == 0);
	put_page(page_at(0, FILE_ADDRESS));
}

/*
 * A request that does not wait goes from one block of its order to the next.
 * Two of them have a page that cannot be moved: the third one becomes free.
 */
TEST(aligned_blocks_in_vain)
{
	fill_large_block(2);
	EXPECT(compact_for(4, MIGRATE_MOVABLE, COMPACT_PRIO_ASYNC) ==
	       COMPACT_SUCCESS);
	for (unsigned int i = 0; i < 2; i++) {
		struct page *page = page_at(0, FILE_ADDRESS + i);

		EXPECT(pfn_of(page) == (i ? 17 : 0));
		put_page(page);
	}
	EXPECT(pfn_to_page(32)->buddy && pfn_to_page(32)->private >= 4);
}

/* --- Blocks of others --- */

static struct page *unmovable;

/* All of a pageblock is unmovable memory; elsewhere no two pages are free. */
static void leave_unmovable(void *unused)
{
	(void)unused;
	for (unsigned int i = 0; i < 16; i++) {
		unmovable = alloc_pages(GFP_KERNEL, 2);
		EXPECT(unmovable);
	}
	take_everything();
	EXPECT(type_at(pfn_of(unmovable)) == MIGRATE_UNMOVABLE);
	for (unsigned int pfn = 257; pfn < 320; pfn += 2)
		free_at(pfn);
}

static void frees_unmovable(void *unused)
{
	(void)unused;
	__free_pages(unmovable, 2);
	drain_local_pages(NULL);
}

static enum compact_result result;

static void asks_for_four(void *unused)
{
	(void)unused;
	result = compact_for(2, MIGRATE_MOVABLE, COMPACT_PRIO_ASYNC);
	EXPECT(unmovable->buddy && unmovable->private == 2);
}

/*
 * An unmovable block that comes free meanwhile is too small for a movable
 * request to claim its pageblock for: it does not end a run that has begun.
 */
static void test_too_small_to_claim(void **state)
{
	unsigned int nr_before = 0;

	for (unsigned int at = 0; at < 30; at++) {
		struct sim_switch sw = { at, 1 };
		struct sim_job jobs[] = {
			{ .run = asks_for_four,
			  .switches = &sw,
			  .nr_switches = 1 },
			{ .run = frees_unmovable, .task = 1 },
		};

		boot_large_blocks(state);
		run_as_job(leave_unmovable);
		expect_jobs_done(jobs, 2);
		/* Without a run: the watermark says that there is a block. */
		if (result == COMPACT_SUCCESS)
			assert_int_equal(nr_before++, at);
	}
	assert_in_range(nr_before, 1, 15);
}

#define LARGE(name) cmocka_unit_test_setup(test_##name, boot_large_blocks)

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(marked_meanwhile),
		UNIT(finished),
		UNIT(taken_off_meanwhile),
		UNIT(freed_meanwhile),
		UNIT(contended),
		UNIT(request_contended),
		LARGE(cluster),
		LARGE(two_clusters),
		LARGE(clusters_in_vain),
		LARGE(all_clusters),
		LARGE(aligned_blocks_in_vain),
		UNIT(too_small_to_claim),
	};

	return cmocka_run_group_tests_name("compact_blocks", tests, NULL, NULL);
}
