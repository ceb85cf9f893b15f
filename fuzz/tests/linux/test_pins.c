// SPDX-License-Identifier: GPL-2.0-only
/*
 * A Linux tree's get_user_pages() behind the seam: each way to get at a page
 * has the references that it should, keeps the page where it is, and gives it
 * back; what is pinned for good leaves the CMA area.
 */
#include "tests/linux/tree_test.h"

static unsigned int refcount(unsigned int pfn)
{
	struct subject_page_view page;

	subject_page(pfn, &page);
	return page.refcount;
}

/* --- References --- */

static void pin_and_unpin(enum subject_pin how)
{
	const bool is_pin = how >= SUBJECT_PIN;
	unsigned int pfn[2] = { ~0u, ~0u };
	char holders[200];

	/* The second page is not there yet. */
	EXPECT(!subject_user_store(0, 3, 11));
	subject_zap(0, 4, 5);
	EXPECT(subject_pin(0, 3, 2, how, pfn) == 2);
	subject_lru_drain_local();
	for (unsigned int i = 0; i < 2; i++) {
		EXPECT(pfn[i] == pfn_at(0, 3 + i));
		EXPECT(refcount(pfn[i]) == (is_pin ? 1 + SUBJECT_PIN_REFS : 2));
		check_describe_refs(pfn[i], holders, sizeof(holders));
		EXPECT(strstr(holders, is_pin ? "a pin" : "who has got at it"));
	}
	EXPECT(!subject_migrate(pfn[0], pfn[0] + 1));
	EXPECT(pfn_at(0, 3) == pfn[0]);
	subject_unpin(pfn, 2, how);
	EXPECT(refcount(pfn[0]) == 1 && refcount(pfn[1]) == 1);
	EXPECT(subject_migrate(pfn[0], pfn[0] + 1) == 1);
}

static void pin_in_each_way(void *unused)
{
	(void)unused;
	for (int how = 0; how <= SUBJECT_PIN_LONGTERM_FAST; how++)
		pin_and_unpin((enum subject_pin)how);
}

/* Goal: no more pages than there are, and none of another place. */
static void pin_to_the_end(void *unused)
{
	unsigned int pfn[SUBJECT_MAX_PINS];
	int nr;

	(void)unused;
	for (int how = 0; how <= SUBJECT_PIN_LONGTERM_FAST; how++) {
		nr = subject_pin(1, SUBJECT_NR_ADDRESSES - 3, SUBJECT_MAX_PINS,
				 (enum subject_pin)how, pfn);
		EXPECT(nr == 3);
		EXPECT(pfn[2] == pfn_at(1, SUBJECT_NR_ADDRESSES - 1));
		if (nr > 0)
			subject_unpin(pfn, (unsigned int)nr,
				      (enum subject_pin)how);
		subject_mremap(1);
	}
}

static void test_references(void **state)
{
	(void)state;
	assert_runs(pin_in_each_way);
	assert_runs(pin_to_the_end);
}

/* --- Fork --- */

/* Goal: a page that is pinned stays its process's, its child gets a copy. */
static void fork_pinned(void *unused)
{
	unsigned int pfn;

	(void)unused;
	EXPECT(!subject_user_store(0, 3, 11));
	EXPECT(!subject_user_store(0, 4, 12));
	EXPECT(subject_pin(0, 3, 1, SUBJECT_PIN, &pfn) == 1);
	EXPECT(!subject_fork(4, 0));
	EXPECT(pfn_at(0, 3) == pfn && pfn_at(4, 3) != pfn);
	EXPECT(pfn_at(0, 4) == pfn_at(4, 4));
	EXPECT(!subject_user_store(0, 3, 13) && pfn_at(0, 3) == pfn);
	subject_unpin(&pfn, 1, SUBJECT_PIN);
}

/* Goal: without memory for the copy there is no child. */
static void test_fork(void **state)
{
	(void)state;
	assert_runs(fork_pinned);
	run_text("mmfuzz 1\n0 touch access write\n0 pin how pin\n"
		 "0 fail\n0 fork\n0 touch access write\n0 fork\n");
	assert_int_equal(workload_reached(STATE_alloc_failure_injected),
			 subject_caps()->can_fail_alloc);
	assert_true(workload_reached(STATE_fork_copied));
}

/* --- For good --- */

#define MOSTLY_CMA "mmfuzz 1\nset memory 512\nset cma 24\nset watermarks 1\n"

/* Goal: a page leaves the CMA area to be pinned for good, if anybody may. */
static void test_longterm(void **state)
{
	(void)state;
	run_text(MOSTLY_CMA "0 touch access write\n0 pin how longterm\n");
	assert_true(workload_reached(STATE_pinned));
	assert_true(workload_reached(STATE_pin_moved));
	run_text(MOSTLY_CMA "0 touch access write\n0 pin how pin\n");
	assert_false(workload_reached(STATE_pinned));
	run_text(MOSTLY_CMA "0 touch access write\n0 off_lru\n"
			    "0 pin how longterm\n0 undo\n"
			    "0 pin how longterm_fast\n");
	assert_true(workload_reached(STATE_pin_busy));
	assert_true(workload_reached(STATE_pinned));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_references, mask_findings),
		cmocka_unit_test_setup(test_fork, mask_findings),
		cmocka_unit_test_setup(test_longterm, mask_findings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
