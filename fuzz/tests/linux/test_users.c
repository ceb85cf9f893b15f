// SPDX-License-Identifier: GPL-2.0-only
/*
 * A Linux tree's address spaces, batches and migration behind the seam: what
 * processes store is there again, whatever happens to its pages, the views say
 * what the tree does, and what is broken is a verdict. Known findings are
 * masked: here the harness is tested, not the tree.
 */
#include "tests/linux/tree_test.h"

#include "subject/linux/bridge.h"

static unsigned long load(unsigned int mm, unsigned int address)
{
	unsigned long content = ~0ul;

	EXPECT(!subject_user_load(mm, address, &content));
	return content;
}

/* --- Faults and zaps --- */

/*
 * Goal: each process has its own memory, zero at first and after a zap, and a
 * page is free again once it is not mapped.
 */
static void store_and_zap(void *unused)
{
	struct subject_page_view page;
	unsigned int pfn;

	(void)unused;
	EXPECT(load(0, 3) == 0 && pfn_at(0, 3) == ~0u);
	EXPECT(!subject_user_store(0, 3, 11));
	EXPECT(!subject_user_store(1, 3, 12));
	EXPECT(!subject_user_store(1, SUBJECT_NR_ADDRESSES - 1, 13));
	EXPECT(load(0, 3) == 11 && load(1, 3) == 12 && load(2, 3) == 0);
	EXPECT(load(1, SUBJECT_NR_ADDRESSES - 1) == 13);
	pfn = pfn_at(1, 3);
	EXPECT(subject_mapcount(pfn) == 1);
	subject_zap(1, 0, 4);
	EXPECT(pfn_at(1, 3) == ~0u && load(1, 3) == 0);
	EXPECT(load(0, 3) == 11 && load(1, SUBJECT_NR_ADDRESSES - 1) == 13);
	subject_lru_drain_all();
	subject_page(pfn, &page);
	EXPECT(page.refcount == 0 && subject_mapcount(pfn) == 0);
}

static void test_faults(void **state)
{
	(void)state;
	assert_runs(store_and_zap);
}

static void fork_from(unsigned int mm, unsigned int parent)
{
	check_fork_begin(mm, parent);
	subject_fork(mm, parent);
	check_fork_end(mm);
}

/* Goal: relatives share pages until one of them stores. */
static void fork_and_store(void *unused)
{
	struct subject_area a, b;

	(void)unused;
	subject_user_store(0, 3, 11);
	subject_user_store(0, 20, 12);
	subject_user_store(1, 4, 13);
	fork_from(1, 0);
	EXPECT(pfn_at(1, 3) == pfn_at(0, 3) && pfn_at(1, 4) == ~0u);
	EXPECT(subject_mapcount(pfn_at(0, 3)) == 2);
	subject_area_at(0, 3, &a);
	subject_area_at(1, 3, &b);
	EXPECT(a.anon == b.anon && a.index == b.index);
	EXPECT(!subject_user_store(1, 3, 14));
	EXPECT(pfn_at(1, 3) != pfn_at(0, 3) && pfn_at(1, 20) == pfn_at(0, 20));
	EXPECT(load(0, 3) == 11 && load(1, 3) == 14 && load(1, 20) == 12);
	check_mm(0);
	check_mm(1);
}

static void test_fork(void **state)
{
	(void)state;
	assert_runs(fork_and_store);
}

/* Goal: what has moved is there again, of relatives too, and can move back. */
static void move_memory(void *unused)
{
	(void)unused;
	subject_user_store(0, 3, 11);
	subject_user_store(0, 20, 12);
	fork_from(1, 0);
	subject_mremap(0);
	EXPECT(load(0, 3) == 11 && load(0, 20) == 12 && load(0, 4) == 0);
	subject_lru_drain_all();
	EXPECT(subject_migrate(0, 16) == 2 && pfn_at(0, 3) == pfn_at(1, 3));
	subject_user_store(0, 3, 13);
	subject_mremap(0);
	fork_from(2, 0);
	EXPECT(load(0, 3) == 13 && load(1, 3) == 11 && load(2, 3) == 13);
}

static void test_move(void **state)
{
	(void)state;
	assert_runs(move_memory);
}

/* --- Batches --- */

static const char *batch_with(unsigned int pfn)
{
	struct subject_batch_entry entry;

	for (unsigned int i = 0; subject_batch_entry(sim_cpu(), i, &entry);
	     i++) {
		if (entry.pfn == pfn)
			return subject_batch_name(entry.batch);
	}
	return "";
}

/* Goal: the view sees each of the tree's batches, by its right name. */
static void fill_batches(void *unused)
{
	static const struct {
		enum subject_lru_op op;
		const char *batch;
	} step[] = {
		{ SUBJECT_LRU_ACTIVATE, "lru_activate" },
		{ SUBJECT_LRU_DEACTIVATE, "lru_deactivate" },
		{ SUBJECT_LRU_DEACTIVATE_FILE, "lru_deactivate_file" },
		{ SUBJECT_LRU_LAZYFREE, "lru_lazyfree" },
	};
	enum subject_lru where;
	unsigned int pfn;

	(void)unused;
	subject_user_store(0, 3, 11);
	pfn = pfn_at(0, 3);
	EXPECT(!strcmp(batch_with(pfn), "lru_add"));
	EXPECT(!subject_lru_flags(pfn, &where));
	EXPECT(subject_lru_count(SUBJECT_LRU_INACTIVE_ANON) == 0);
	subject_lru_drain_local();
	EXPECT(!subject_nr_batched(sim_cpu()));
	EXPECT(subject_lru_flags(pfn, &where) &&
	       where == SUBJECT_LRU_INACTIVE_ANON &&
	       subject_lru_count(where) == 1);
	for (size_t i = 0; i < sizeof(step) / sizeof(step[0]); i++) {
		EXPECT(subject_lru(0, 3, step[i].op));
		EXPECT(!strcmp(batch_with(pfn), step[i].batch));
		subject_lru_drain_all();
		EXPECT(subject_nr_batched(sim_cpu()) == 0);
	}
	subject_lru_flags(pfn, &where);
	EXPECT(where == SUBJECT_LRU_INACTIVE_FILE &&
	       subject_lru_count(where) == 1);
	EXPECT(load(0, 3) == 11);
}

/* Goal: while they are disabled nothing stays there. */
static void disable_batches(void *unused)
{
	enum subject_lru where;

	(void)unused;
	subject_lru_disable();
	EXPECT(subject_lru_disable_count() == 1);
	subject_user_store(0, 3, 11);
	EXPECT(!subject_nr_batched(sim_cpu()));
	EXPECT(subject_lru_flags(pfn_at(0, 3), &where));
	subject_lru_enable();
	EXPECT(subject_lru_disable_count() == 0);
	subject_user_store(0, 4, 12);
	EXPECT(subject_nr_batched(sim_cpu()) == 1);
}

static void test_batches(void **state)
{
	(void)state;
	assert_runs(fill_batches);
	assert_runs(disable_batches);
	run_text("mmfuzz 1\n0 lru_off\n0 touch access write\n0 undo\n"
		 "1 touch access write address 1\n0 lru_drain\n");
}

/* --- Migration --- */

/* Goal: what is in the way of a contiguous allocation moves, with contents. */
static void allocate_over_users(void *unused)
{
	unsigned int nr = 1u << subject_geometry()->block_order;

	(void)unused;
	for (unsigned int i = 0; i < 6; i++)
		subject_user_store(i % 3, i * 4, 100 + i);
	fork_from(4, 0);
	EXPECT(pfn_at(0, 0) < nr && pfn_at(4, 0) == pfn_at(0, 0));
	EXPECT(!subject_contig_alloc(0, nr, SUBJECT_MOVABLE,
				     SUBJECT_CONTIG_PAGES));
	for (unsigned int i = 0; i < 6; i++) {
		EXPECT(pfn_at(i % 3, i * 4) >= nr);
		EXPECT(load(i % 3, i * 4) == 100 + i);
	}
	EXPECT(pfn_at(4, 0) == pfn_at(0, 0) && load(4, 0) == 100);
	EXPECT(!subject_user_store(4, 0, 200) && load(0, 0) == 100);
	EXPECT(!subject_nr_isolated(SUBJECT_ISOLATED_ANON));
	subject_contig_free(0, nr);
}

static void test_contig(void **state)
{
	struct subject_migrate_counts counts;

	(void)state;
	assert_runs(allocate_over_users);
	assert_true(workload_reached(STATE_migrated));
	subject_migrate_counts(&counts);
	assert_int_equal(counts.nr_succeeded, 6);
	assert_int_equal(counts.nr_failed, 0);
}

static unsigned int nr_sleeps;

static void count_sleeps(const struct sim_event *event)
{
	nr_sleeps += !strncmp(event->format, "sleep on", 8);
}

/*
 * Goal: who touches a page that is being moved waits, and finds it again.
 * Method: at each point of a migration another CPU reads, stores or unmaps.
 */
static void touch_at(const char *action, unsigned int at)
{
	char source[300];

	snprintf(source, sizeof(source),
		 "mmfuzz 1\n0 touch address 3 access write\n"
		 "0 touch address 4 access write\n0 lru_drain scope local\n"
		 "0 migrate count 8\n  switch at %u to 1\n1 %s\n"
		 "0 touch address 3\n0 touch address 4\n",
		 at, action);
	run_text(source);
}

static void test_touch_while_migrating(void **state)
{
	static const char *const actions[] = { "touch address 3",
					       "touch address 4 access write",
					       "zap address 3 span 2",
					       "fork mm 0",
					       "contig_alloc block 0 count 8" };

	(void)state;
	sim_trace_sink = count_sleeps;
	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
		nr_sleeps = 0;
		for (unsigned int at = 0; at < 450; at += 1 + i / 3 * 2)
			touch_at(actions[i], at);
		/* A zap does not wait for a page that comes back. */
		if (i < 2)
			assert_in_range(nr_sleeps, 10, 440);
	}
	sim_trace_sink = NULL;
}

/*
 * Goal: the entry that is replaced when a page is copied has its content all
 * the time, whatever locks are taken meanwhile. Method: with batches disabled
 * the copy goes on the LRU while the entry is clear; another CPU reads, or an
 * interrupt comes, at each point.
 */
static void test_touch_while_copying(void **state)
{
	(void)state;
	for (unsigned int at = 0; at < 110; at++) {
		char source[300];

		snprintf(source, sizeof(source),
			 "mmfuzz 1\n0 lru_off\n0 touch access write\n"
			 "0 fork\n0 touch mm 1 access write\n"
			 "  interrupt at %u alloc\n  switch at %u to 1\n"
			 "1 touch mm 1\n0 touch mm 1\n0 touch\n",
			 at, at + at % 3);
		run_text(source);
	}
}

/* Goal: a reference that nobody expects keeps a page where it is. */
static void test_pinned(void **state)
{
	unsigned int nr_failed = 0;

	(void)state;
	run_text("mmfuzz 1\n0 touch access write\n0 lru_drain\n0 get\n"
		 "0 migrate\n0 touch\n");
	assert_false(workload_reached(STATE_migrated));
	for (unsigned int at = 0; at < 300; at++) {
		char source[200];

		snprintf(source, sizeof(source),
			 "mmfuzz 1\n0 touch access write\n"
			 "0 lru_drain scope local\n0 migrate\n"
			 "  switch at %u to 1\n1 get\n0 touch\n",
			 at);
		run_text(source);
		if (workload_reached(STATE_migration_failed))
			nr_failed++;
	}
	/* Once it is isolated; and no more once it is replaced. */
	assert_in_range(nr_failed, 10, 290);
}

/* --- What is broken is found --- */

static void damage_then_load(enum bridge_damage damage)
{
	unsigned long content;

	subject_user_store(0, 3, 11);
	subject_lru_drain_all();
	tree_damage_page(pfn_at(0, 3), damage);
	subject_user_load(0, 3, &content);
	check_mm(0);
	subject_zap(0, 3, 4);
}

static void damage_content(void *unused)
{
	(void)unused;
	damage_then_load(BRIDGE_DAMAGE_CONTENT);
}

static void damage_mapcount(void *unused)
{
	(void)unused;
	damage_then_load(BRIDGE_DAMAGE_MAPCOUNT);
}

static void damage_lru(void *unused)
{
	(void)unused;
	damage_then_load(BRIDGE_DAMAGE_ACTIVE);
}

/* Given back while it is mapped. */
static void lose_reference(void *unused)
{
	(void)unused;
	subject_user_store(0, 3, 11);
	subject_lru_drain_all();
	subject_put(pfn_at(0, 3));
}

static void test_verdicts(void **state)
{
	(void)state;
	assert_string_equal(verdict_of(damage_content), "INV_CONTENT");
	assert_string_equal(verdict_of(damage_mapcount), "INV_MAPCOUNT");
	assert_string_equal(verdict_of(damage_lru), "INV_LRU_LIST");
	assert_string_equal(verdict_of(lose_reference), "LINUX_bad_page");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_faults, mask_findings),
		cmocka_unit_test_setup(test_fork, mask_findings),
		cmocka_unit_test_setup(test_move, mask_findings),
		cmocka_unit_test_setup(test_batches, mask_findings),
		cmocka_unit_test_setup(test_contig, mask_findings),
		cmocka_unit_test_setup(test_touch_while_migrating,
				       mask_findings),
		cmocka_unit_test_setup(test_touch_while_copying, mask_findings),
		cmocka_unit_test_setup(test_pinned, mask_findings),
		cmocka_unit_test_setup(test_verdicts, mask_findings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
