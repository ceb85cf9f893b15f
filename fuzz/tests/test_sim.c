/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Unit tests of the machine: jobs, switches, preemption.
 */
#include "sim_jobs.h"

/* --- Jobs and switches --- */

static void test_jobs_run_in_order(void **state)
{
	(void)state;
	begin(2);
	JOB(1, spell, "abc");
	JOB(0, spell, "def");
	JOB(1, spell, "ghi");
	JOB(3, spell, "j");
	expect_done("abcdefghij");
	/* A second list in the same run, the epilogue. */
	nr_jobs = 0;
	JOB(0, spell, "k");
	expect_done("abcdefghijk");
	nr_jobs = 0;
	expect_done("abcdefghijk");
}

static void test_switch_fires_at_its_point(void **state)
{
	(void)state;
	begin(2);
	JOB_SWITCH(0, spell, "abc", { 0, 1 });
	JOB(1, spell, "xyz");
	expect_done("axyzbc");
	begin(2);
	JOB_SWITCH(0, spell, "abc", { 1, 1 });
	JOB(1, spell, "xyz");
	expect_done("abxyzc");
	/* Beyond the last point. */
	begin(2);
	JOB_SWITCH(0, spell, "abc", { 2, 1 });
	JOB(1, spell, "xyz");
	expect_done("abcxyz");
}

static void test_switches_nest(void **state)
{
	(void)state;
	begin(3);
	JOB_SWITCH(0, spell, "abc", { 0, 1 }, { 1, 1 });
	JOB_SWITCH(1, spell, "lmn", { 0, 2 }, { 1, 0 });
	JOB_SWITCH(2, spell, "xyz", { 1, 1 });
	/* a | l | x y | m | b | (1 goes on) n, then the earliest job is 0 */
	expect_done("alxymbncz");
}

static void test_two_switches_at_one_point(void **state)
{
	(void)state;
	begin(3);
	JOB_SWITCH(0, spell, "abc", { 0, 1 }, { 0, 2 });
	JOB_SWITCH(1, spell, "lmn", { 1, 0 });
	JOB_SWITCH(2, spell, "xyz", { 0, 0 });
	expect_done("almxbcnyz");
}

static void test_switch_may_begin_a_later_job(void **state)
{
	(void)state;
	begin(3);
	JOB_SWITCH(0, spell, "ab", { 0, 2 });
	JOB(1, spell, "lm");
	JOB(2, spell, "xy");
	JOB(2, spell, "z");
	expect_done("axyblmz");
}

static void test_earliest_job_goes_on(void **state)
{
	(void)state;
	begin(4);
	JOB_SWITCH(0, spell, "ab", { 0, 1 });
	JOB_SWITCH(1, spell, "lm", { 0, 2 });
	JOB(2, spell, "xy");
	JOB(3, spell, "z");
	expect_done("alxybmz");
}

static void test_switches_that_do_nothing(void **state)
{
	(void)state;
	begin(2);
	JOB_SWITCH(0, spell, "abcd", { 0, 0 }, { 1, 3 }, { 2, 4 + 1 });
	JOB(1, spell, "xy");
	/* To itself; to a task without jobs; modulo 2 * nr_cpus to task 1. */
	expect_done("abcxyd");
	begin(1);
	JOB(2, spell, "ab");
	JOB(7, spell, "cd");
	expect_done("abcd");
}

static void see_who(void *arg)
{
	unsigned int task = (unsigned int)(*(const char *)arg - '0');

	assert_true(sim_running());
	assert_int_equal(sim_task(), task);
	assert_int_equal(sim_cpu(), task % 2);
	assert_int_equal(sim_nr_cpus(), 2);
	assert_int_equal(sim_job_points(), 0);
	sim_yield(SIM_POINT_READ, HERE);
	assert_int_equal(sim_job_points(), 1);
	note((char)('0' + sim_job()));
}

static void test_who_and_where(void **state)
{
	(void)state;
	begin(2);
	JOB(7, see_who, "3"); /* modulo 2 * nr_cpus */
	JOB_SWITCH(0, see_who, "0", { 0, 1 });
	JOB(1, see_who, "1");
	expect_done("021");
}

/* --- Preemption --- */

static void spell_preempt_off(void *arg)
{
	sim_preempt_disable();
	spell(arg);
	sim_preempt_enable(HERE);
	note('.');
}

static void test_sibling_preempts(void **state)
{
	(void)state;
	begin(2);
	JOB_SWITCH(0, spell, "ab", { 0, 2 });
	JOB_SWITCH(2, spell, "xy", { 0, 0 });
	expect_done("axby");
}

static void test_sibling_waits_for_preemption(void **state)
{
	(void)state;
	begin(2);
	JOB_SWITCH(0, spell_preempt_off, "ab", { 0, 2 }, { 1, 2 });
	JOB(2, spell, "xy");
	expect_done("abxy.");
	begin(2);
	JOB_SWITCH(0, spell_irqs_off, "ab", { 0, 2 }, { 1, 2 });
	JOB(2, spell, "xy");
	expect_done("abxy.");
	begin(2);
	JOB_SWITCH(0, spell_spin_a, "ab", { 1, 2 }, { 2, 2 });
	JOB(2, spell, "xy");
	expect_done("abxy.");
}

static void test_sibling_is_refused_from_elsewhere(void **state)
{
	(void)state;
	begin(2);
	JOB_SWITCH(0, spell_preempt_off, "ab", { 0, 1 });
	JOB_SWITCH(1, spell, "lm", { 0, 2 });
	JOB(2, spell, "xy");
	expect_done("almb.xy");
}

/* The owner of the earliest job cannot run: its sibling keeps the CPU. */
static void test_keeper_of_the_cpu_goes_on(void **state)
{
	(void)state;
	begin(2);
	JOB_SWITCH(0, spell, "ab", { 0, 2 });
	JOB_SWITCH(2, spell_preempt_off, "xy", { 0, 1 });
	JOB(1, spell, "l");
	JOB(1, spell, "m");
	expect_done("axly.bm");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_jobs_run_in_order),
		cmocka_unit_test(test_switch_fires_at_its_point),
		cmocka_unit_test(test_switches_nest),
		cmocka_unit_test(test_two_switches_at_one_point),
		cmocka_unit_test(test_switch_may_begin_a_later_job),
		cmocka_unit_test(test_earliest_job_goes_on),
		cmocka_unit_test(test_switches_that_do_nothing),
		cmocka_unit_test(test_who_and_where),
		cmocka_unit_test(test_sibling_preempts),
		cmocka_unit_test(test_sibling_waits_for_preemption),
		cmocka_unit_test(test_sibling_is_refused_from_elsewhere),
		cmocka_unit_test(test_keeper_of_the_cpu_goes_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
