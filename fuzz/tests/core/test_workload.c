// SPDX-License-Identifier: GPL-2.0-only
/*
 * Running programs: determinism, exact resets, and looking at everything sees
 * the same as looking at what was touched. Method: random bytes as programs,
 * in two orders; one run in four has a bug switched on, so that some end in
 * the middle of something.
 */
#include "tests/random_program.h"

#include "program/campaign.h"
#include "program/workload.h"
#include "subject/subject.h"

#define NR_INPUTS 300
#define MAX_SIZE 600

static struct program program;

/* Input number @nr, whatever ran before it. */
static bool run_input(unsigned int nr, uint64_t *hash, char *id)
{
	static uint8_t data[MAX_SIZE];
	bool done;

	rng = nr * 7919u + 1;
	subject_clear_bugs();
	if (nr % 4 == 0)
		assert_int_equal(subject_set_bug(subject_bugs[nr / 4 % 3].name),
				 0);
	program_decode(&program, data, random_bytes(data, sizeof(data)));
	done = workload_run(&program);
	*hash = workload_trace_hash();
	strcpy(id, done ? "done" : sim_verdict()->id);
	return done;
}

static uint64_t hashes[NR_INPUTS];
static char ids[NR_INPUTS][80];
static unsigned int nr_verdicts;

static int run_all_once(void **state)
{
	(void)state;
	workload_options =
		(struct workload_options){ false, false, WORKLOAD_ALL_OPS };
	nr_verdicts = 0;
	for (unsigned int i = 0; i < NR_INPUTS; i++)
		nr_verdicts += !run_input(i, &hashes[i], ids[i]);
	return 0;
}

static void assert_same_again(unsigned int nr)
{
	uint64_t hash;
	char id[80];

	run_input(nr, &hash, id);
	assert_string_equal(id, ids[nr]);
	assert_true(hash == hashes[nr]);
}

/* Goal: what ran before a program does not matter. */
static void test_any_order(void **state)
{
	(void)state;
	for (unsigned int i = NR_INPUTS; i--;)
		assert_same_again(i);
	for (unsigned int i = 0; i < NR_INPUTS; i++)
		assert_same_again(i * 113 % NR_INPUTS);
}

/*
 * Goal: check_full changes no verdict, and no store escapes a reset: with it
 * each reset compares all memory, and exits if it differs.
 */
static void test_full_look_is_the_same(void **state)
{
	(void)state;
	workload_options.check_full = true;
	for (unsigned int i = 0; i < NR_INPUTS; i++) {
		assert_same_again(i);
		assert_same_again(i);
	}
}

/* Goal: the same with plain accesses as yield points. */
static void test_every_access(void **state)
{
	uint64_t hash, again;
	char id[80], id_again[80];

	(void)state;
	workload_options.every_access = true;
	for (unsigned int i = 0; i < NR_INPUTS; i++) {
		run_input(i, &hash, id);
		run_input(i, &again, id_again);
		assert_string_equal(id, id_again);
		assert_true(hash == again);
	}
}

/* Goal: the core as it is passes; the switched-on bugs do not always. */
static void test_only_bugs_are_found(void **state)
{
	(void)state;
	assert_true(nr_verdicts > 0);
	for (unsigned int i = 0; i < NR_INPUTS; i++) {
		if (i % 4)
			assert_string_equal(ids[i], "done");
	}
}

extern uint8_t __start___sancov_cntrs[], __stop___sancov_cntrs[];

/*
 * Goal: an engine sees the same whether the machine was booted already or not.
 * Method: a geometry that no input above has.
 */
static void test_booting_counts_nothing(void **state)
{
	size_t bytes = (size_t)(__stop___sancov_cntrs - __start___sancov_cntrs);
	uint8_t *edges = malloc(bytes);

	(void)state;
	program = (struct program){ .nr = 2 };
	program.rec[0] = (struct record){ .type = RECORD_SET,
					  .index = PROGRAM_SET_memory,
					  .arg = { 19, 1 } };
	program.rec[1] = (struct record){ .type = RECORD_OP };
	sim_feedback_forget();
	assert_true(workload_run(&program));
	memcpy(edges, __start___sancov_cntrs, bytes);
	sim_feedback_forget();
	assert_true(workload_run(&program));
	assert_memory_equal(edges, __start___sancov_cntrs, bytes);
	free(edges);
}

/* Cells of states that @nr allocations of @order reach. */
static unsigned int states_of(unsigned int nr, unsigned int order)
{
	unsigned int cells = 0;

	program.nr = nr;
	for (unsigned int i = 0; i < nr; i++)
		program.rec[i] = (struct record){ .type = RECORD_OP,
						  .index = PROGRAM_OP_alloc,
						  .arg = { (uint8_t)order } };
	sim_feedback_forget();
	assert_true(workload_run(&program));
	for (unsigned int i = 0; i < SIM_FEEDBACK_STATES; i++)
		cells += sim_feedback[SIM_FEEDBACK_PAIRS + i] != 0;
	return cells;
}

/*
 * Goal: an engine sees that memory becomes full, although the code that runs is
 * the same. Method: of 256 pages blocks of 32, until all are gone.
 */
static void test_levels_count(void **state)
{
	unsigned int few = states_of(1, 0);

	(void)state;
	/* A little memory more or less is the same. */
	assert_int_equal(states_of(2, 0), few);
	assert_in_range(states_of(8, 10), few + 2, 16);
}

static unsigned int nr_done;

static void count_done(unsigned int record, enum workload_result result)
{
	(void)record;
	nr_done += result == WORKLOAD_DONE;
}

/*
 * Goal: operations on pages of users have something to do wherever such pages
 * are. Method: what each names is elsewhere; the first reads its page in.
 */
static void test_pages_are_found(void **state)
{
	static const struct record ops[] = {
		{ .index = PROGRAM_OP_buffer, .arg = { 5 } },
		{ .index = PROGRAM_OP_writeback, .arg = { 3, 7 } },
		{ .index = PROGRAM_OP_lru_drain, .arg = { 1 } },
		{ .index = PROGRAM_OP_migrate, .arg = { 20 } },
	};

	(void)state;
	program.nr = 4;
	for (unsigned int i = 0; i < 4; i++) {
		program.rec[i] = ops[i];
		program.rec[i].type = RECORD_OP;
	}
	nr_done = 0;
	workload_hooks.op_end = count_done;
	assert_true(workload_run(&program));
	workload_hooks.op_end = NULL;
	assert_int_equal(nr_done, 4);
}

/*
 * Goal: mutation is told where the operations of the last input have been, by
 * their numbers, and nothing of what came after them.
 */
static void test_marks_of_input(void **state)
{
	uint8_t data[64];
	size_t size;
	unsigned int most[2] = { 0 };

	(void)state;
	program = (struct program){ .nr = 4 };
	program.rec[0] = (struct record){ .type = RECORD_SET };
	for (unsigned int i = 1; i < 4; i++)
		program.rec[i] = (struct record){ .type = RECORD_OP,
						  .index = PROGRAM_OP_alloc };
	program.rec[2].type = RECORD_SWITCH;
	program.rec[2].at = 1;
	size = program_encode(&program, data, sizeof(data));
	campaign_fuzz("fuzz_mm", data, size);
	assert_true(campaign_has_run(data, size));
	assert_false(campaign_has_run(data, size - 1));
	for (uint64_t i = 0; i < 2000; i++) {
		struct mutate_mark mark;

		assert_true(campaign_mark(i, &mark));
		assert_false(mark.in_work);
		assert_in_range(mark.op, 0, 1);
		if (mark.at > most[mark.op])
			most[mark.op] = mark.at;
	}
	assert_in_range(most[0], 2, 100);
	assert_in_range(most[1], 2, 100);
	data[0] ^= 1;
	assert_false(campaign_has_run(data, size));
	campaign_fuzz("fuzz_mm", data, 0);
	assert_false(campaign_mark(0, &(struct mutate_mark){ 0 }));
}

/* Goal: a campaign is not blamed for what its target has no operation for. */
static void test_states_of_targets(void **state)
{
	(void)state;
	assert_int_equal(workload_set_target("fuzz_page_alloc"), 0);
	assert_true(workload_can_reach(STATE_claim));
	assert_false(workload_can_reach(STATE_migrated));
	assert_int_equal(workload_set_target("fuzz_mm"), 0);
	for (unsigned int i = 0; i < NR_STATES; i++)
		assert_true(workload_can_reach(i));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_any_order, run_all_once),
		cmocka_unit_test_setup(test_full_look_is_the_same,
				       run_all_once),
		cmocka_unit_test_setup(test_every_access, run_all_once),
		cmocka_unit_test_setup(test_only_bugs_are_found, run_all_once),
		cmocka_unit_test_setup(test_booting_counts_nothing,
				       run_all_once),
		cmocka_unit_test(test_levels_count),
		cmocka_unit_test(test_pages_are_found),
		cmocka_unit_test(test_marks_of_input),
		cmocka_unit_test(test_states_of_targets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
