// SPDX-License-Identifier: GPL-2.0-only
/*
 * A Linux tree's memory that goes offline and comes back, behind the seam: what
 * processes have there moves, nobody is given any of it meanwhile, who has a
 * page that stays is waited for, and afterwards all is as before.
 */
#include "tests/linux/tree_test.h"

#include <errno.h>

#define START 64
#define END 192

static unsigned long nr_managed(void)
{
	struct subject_zone_view zone;

	subject_zone(0, &zone);
	return zone.nr_managed;
}

static bool all_of_type(unsigned int start, unsigned int end,
			enum subject_type type)
{
	unsigned int shift = subject_geometry()->block_order;

	for (unsigned int i = start >> shift; i < end >> shift; i++) {
		if (subject_block_type(i) != type)
			return false;
	}
	return true;
}

static int go_offline(unsigned int start, unsigned int end)
{
	unsigned int shift = subject_geometry()->block_order;
	int error;

	check_op_begin(CHECK_OP_HOTPLUG, CHECK_CMA_ALLOWED);
	check_goes_offline(start, end);
	error = subject_offline(start, end);
	check_is_offline(start, end, error ? CHECK_FAILED : CHECK_DONE);
	check_op_end(error ? CHECK_FAILED : CHECK_DONE, 0,
		     error ? 0 : (int)((end - start) >> shift));
	return error;
}

static int come_online(unsigned int start, unsigned int end)
{
	unsigned int shift = subject_geometry()->block_order;
	int error;

	check_op_begin(CHECK_OP_HOTPLUG, CHECK_CMA_ALLOWED);
	check_goes_online(start, end);
	error = subject_online(start, end);
	check_is_online(start, end);
	check_op_end(CHECK_DONE, -(long)(end - start),
		     -(int)((end - start) >> shift));
	return error;
}

/* --- Offline and back --- */

static void offline_and_online(void *unused)
{
	unsigned long before = nr_managed();

	(void)unused;
	EXPECT(!go_offline(START, END));
	EXPECT(nr_managed() == before - (END - START));
	EXPECT(all_of_type(START, END, SUBJECT_ISOLATE));
	EXPECT(!subject_get(START));
	EXPECT(subject_isolate(START, END, SUBJECT_MOVABLE) == -EBUSY);
	EXPECT(!come_online(START, END));
	EXPECT(nr_managed() == before);
	EXPECT(all_of_type(START, END, SUBJECT_MOVABLE));
}

/* Goal: the zone begins elsewhere, and again where it did; in any order. */
static void offline_where_the_zone_begins(void *unused)
{
	unsigned long before = nr_managed();
	unsigned int unit = 1u << subject_geometry()->max_order;
	unsigned int pfn[2];

	(void)unused;
	EXPECT(!go_offline(unit, 2 * unit));
	EXPECT(!go_offline(0, unit));
	for (unsigned int i = 0; i < 2; i++) {
		EXPECT(!subject_user_store(0, i, 11 + i));
		pfn[i] = pfn_at(0, i);
		EXPECT(pfn[i] >= 2 * unit);
	}
	EXPECT(!come_online(unit, 2 * unit));
	EXPECT(!come_online(0, unit));
	EXPECT(nr_managed() == before);
	EXPECT(all_of_type(0, 2 * unit, SUBJECT_MOVABLE));
}

/* Goal: what is in the way moves, with its contents. */
static void offline_under_users(void *unused)
{
	unsigned long content;

	(void)unused;
	for (unsigned int i = 0; i < 6; i++)
		EXPECT(!subject_user_store(i % 3, i, 100 + i));
	EXPECT(!subject_fork(4, 0));
	EXPECT(pfn_at(0, 0) < 64 && pfn_at(4, 0) == pfn_at(0, 0));
	EXPECT(!go_offline(0, 64));
	for (unsigned int i = 0; i < 6; i++) {
		EXPECT(pfn_at(i % 3, i) >= 64);
		EXPECT(!subject_user_load(i % 3, i, &content) &&
		       content == 100 + i);
	}
	EXPECT(pfn_at(4, 0) == pfn_at(0, 0));
	EXPECT(!come_online(0, 64));
}

static void test_offline(void **state)
{
	(void)state;
	assert_runs(offline_and_online);
	assert_runs(offline_where_the_zone_begins);
	assert_runs(offline_under_users);
}

/* --- What does not go offline --- */

static void offline_unmovable(void *unused)
{
	long pfn = subject_alloc_pages(SUBJECT_REQUEST_UNMOVABLE,
				       SUBJECT_GFP_KERNEL, 0);

	(void)unused;
	EXPECT(pfn >= 0);
	EXPECT(go_offline((unsigned int)pfn / 64 * 64,
			  (unsigned int)pfn / 64 * 64 + 64) == -EBUSY);
	subject_free_pages((unsigned int)pfn, 0);
}

/* Goal: who has a page is waited for, but not for ever. */
static void test_in_the_way(void **state)
{
	(void)state;
	assert_runs(offline_unmovable);
	run_text("mmfuzz 1\n0 touch access write\n0 pin how pin\n"
		 "1 offline slot 1\n0 free\n");
	assert_true(workload_reached(STATE_offline));
	assert_false(workload_reached(STATE_offline_gave_up));
	run_text("mmfuzz 1\n0 touch access write\n0 pin how pin\n"
		 "1 offline slot 1\n");
	assert_true(workload_reached(STATE_offline_gave_up));
	run_text("mmfuzz 1\n0 touch access write\n0 pin how pin\n"
		 "0 signal task 1\n1 offline slot 1\n");
	assert_true(workload_reached(STATE_offline_gave_up));
}

/*
 * Goal: two that wait for each other, one of them for a time again and again,
 * come to an end: compaction is throttled while so much is isolated.
 */
static void test_beside_throttled(void **state)
{
	(void)state;
	run_text("mmfuzz 1\n0 pin span 5 how pin\n1 offline\n0 migrate\n");
	assert_true(workload_reached(STATE_offline_gave_up));
}

/*
 * Goal: an entry that a zap has cleared counts no more, as soon as its page may
 * count one less. Method: a page of two processes cannot move, as somebody has
 * a reference. One of them gives it up while the other's entry is away, which
 * is set again when the first is at each of its yield points.
 */
static void test_zap_beside_migration(void **state)
{
	(void)state;
	for (unsigned int at = 0; at < 24; at++) {
		char source[400];

		snprintf(source, sizeof(source),
			 "mmfuzz 1\nset cma 0\n0 touch access write\n"
			 "0 pin how get\n0 fork\n0 lru_drain\n"
			 "0 offline slot 1\n"
			 "  switch at try_to_migrate_one:WRITE_ONCE to 1\n"
			 "1 zap mm 1\n  switch at %u to 0\n1 free\n0 touch\n",
			 at);
		run_text(source);
	}
}

/* Goal: what is offline already neither goes offline nor can be isolated. */
static void offline_twice(void *unused)
{
	(void)unused;
	EXPECT(!go_offline(START, END));
	EXPECT(go_offline(0, END) == -EBUSY);
	EXPECT(go_offline(START, END) == -EBUSY);
	EXPECT(subject_isolate(0, END, SUBJECT_MOVABLE) == -EBUSY);
	EXPECT(!come_online(START, END));
}

static void test_offline_twice(void **state)
{
	(void)state;
	assert_runs(offline_twice);
	run_text("mmfuzz 1\n0 offline\n0 migrate\n0 undo\n");
}

/* Goal: all memory that the harness has may be offline. */
static void test_smallest(void **state)
{
	(void)state;
	run_text("mmfuzz 1\nset memory 64\nset cma 0\n0 offline span 8\n"
		 "0 alloc\n0 undo\n0 alloc\n");
	assert_true(workload_reached(STATE_offline));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_offline, mask_findings),
		cmocka_unit_test_setup(test_in_the_way, mask_findings),
		cmocka_unit_test_setup(test_beside_throttled, mask_findings),
		cmocka_unit_test_setup(test_zap_beside_migration,
				       mask_findings),
		cmocka_unit_test_setup(test_offline_twice, mask_findings),
		cmocka_unit_test_setup(test_smallest, mask_findings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
