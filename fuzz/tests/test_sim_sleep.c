/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Unit tests of the machine: sleeping and waking, virtual time.
 */
#include "sim_jobs.h"

static unsigned int channel, other_channel;
static unsigned int woken;

/* --- Sleep and wake --- */

/* Points: the one of the sleep. */
static void sleep_and_spell(void *arg)
{
	sim_sleep(&channel, "test channel", 7, HERE);
	spell(arg);
}

/* As wait_event() does; the waker sets it first. */
static void sleep_until_shared(void *arg)
{
	while (!shared)
		sim_sleep(&channel, "condition", 1, HERE);
	spell(arg);
}

static void wake_one(void *arg)
{
	spell(arg);
	woken = sim_wake(&channel, 1, HERE);
	note('.');
}

static void wake_all(void *arg)
{
	spell(arg);
	shared = 1;
	woken = sim_wake(&channel, SIM_WAKE_ALL, HERE);
	note('.');
}

static void wake_other(void *arg)
{
	spell(arg);
	woken = sim_wake(&other_channel, SIM_WAKE_ALL, HERE);
	note('.');
}

static void test_sleep_until_woken(void **state)
{
	(void)state;
	begin(2);
	JOB(0, sleep_and_spell, "s");
	JOB(1, spell, "a");
	JOB(1, wake_all, "w");
	expect_done("aw.s");
	assert_int_equal(woken, 1);
	/* The yield point of the wake-up lets the sleeper go on first. */
	begin(2);
	JOB(0, sleep_and_spell, "s");
	JOB_SWITCH(1, wake_one, "w", { 0, 0 });
	expect_done("ws.");
	/* Nobody there. */
	begin(2);
	JOB(1, wake_all, "w");
	expect_done("w.");
	assert_int_equal(woken, 0);
	/* Its CPU is free meanwhile. */
	begin(1);
	JOB(0, sleep_and_spell, "s");
	JOB(1, wake_one, "w");
	expect_done("w.s");
}

/* They lie down as c, a, b: neither numbers of tasks nor switches decide. */
static void test_wake_is_fifo(void **state)
{
	(void)state;
	begin(5);
	JOB_SWITCH(3, sleep_and_spell, "c", { 0, 1 });
	JOB_SWITCH(1, sleep_and_spell, "a", { 0, 2 });
	JOB_SWITCH(2, sleep_and_spell, "b", { 0, 4 });
	JOB_SWITCH(4, wake_one, "1", { 0, 1 }, { 0, 2 }, { 0, 3 });
	JOB_SWITCH(4, wake_one, "2", { 0, 2 }, { 0, 1 });
	JOB(4, wake_one, "3");
	expect_done("1c.2a.3.b");
}

static void test_channels_are_apart(void **state)
{
	(void)state;
	begin(2);
	JOB(0, sleep_and_spell, "s");
	JOB_SWITCH(1, wake_other, "o", { 0, 0 });
	JOB(1, wake_one, "w");
	expect_done("o.w.s");
	/* SIM_WAKE_ALL and no more than asked for. */
	begin(3);
	JOB(0, sleep_and_spell, "a");
	JOB(1, sleep_and_spell, "b");
	JOB(2, wake_all, "w");
	expect_done("w.ab");
	assert_int_equal(woken, 2);
	begin(3);
	JOB(0, sleep_and_spell, "a");
	JOB(1, sleep_and_spell, "b");
	JOB(2, wake_one, "w");
	expect_verdict("DEADLOCK");
	assert_int_equal(woken, 1);
}

/* Woken at the yield point between lying down and giving way. */
static void test_no_wake_up_is_lost(void **state)
{
	(void)state;
	begin(2);
	JOB_SWITCH(0, sleep_until_shared, "s", { 0, 1 });
	JOB_SWITCH(1, wake_all, "w", { 0, 0 });
	expect_done("ws.");
	assert_int_equal(woken, 1);
}

static void sleep_in_section(void *arg)
{
	sim_rcu_read_lock();
	sleep_and_spell(arg);
}

static void sleep_in_section_for(void *arg)
{
	(void)arg;
	sim_preempt_disable();
	sim_sleep_for(1, NULL, "nothing", 0, HERE);
}

static void test_sleep_verdicts(void **state)
{
	(void)state;
	begin(2);
	JOB(0, sleep_and_spell, "s");
	JOB(3, sleep_until_shared, "t");
	expect_verdict("DEADLOCK");
	expect_detail("task 0 on cpu 0 (job 0) sleeps on test channel 7");
	expect_detail("task 3 on cpu 1 (job 1) sleeps on condition 1");
	/* Nothing of them is left. */
	begin(2);
	JOB(1, wake_all, "w");
	expect_done("w.");
	assert_int_equal(woken, 0);
	begin(2);
	JOB(0, sleep_in_section, "s");
	expect_verdict("SLEEP_IN_ATOMIC");
	begin(2);
	JOB(0, sleep_in_section_for, NULL);
	expect_verdict("SLEEP_IN_ATOMIC");
}

/* --- Virtual time --- */

static uint64_t left;

static void doze(void *arg)
{
	uint64_t begun = sim_now();

	left = sim_sleep_for(10, &channel, "doze", 0, HERE);
	assert_true(left <= 10 && sim_now() >= begun);
	spell(arg);
}

static void doze_alone(void *arg)
{
	assert_int_equal(sim_sleep_for(3, NULL, "alone", 0, HERE), 0);
	spell(arg);
}

static void doze_short_then_wake(void *arg)
{
	sim_sleep_for(4, NULL, "short", 0, HERE);
	wake_one(arg);
}

static void doze_forever(void *arg)
{
	assert_true(sim_sleep_for(SIM_FOREVER, &channel, "ever", 0, HERE) ==
		    SIM_FOREVER);
	spell(arg);
}

static void wake_null(void *arg)
{
	spell(arg);
	assert_int_equal(sim_wake(NULL, SIM_WAKE_ALL, HERE), 0);
}

static void see_no_time(void *arg)
{
	for (unsigned int i = 0; i < 1000; i++) {
		sim_yield(SIM_POINT_READ, HERE);
		sim_yield(SIM_POINT_RELAX, HERE);
		assert_int_equal(sim_now(), 0);
	}
	spell(arg);
}

static void test_time_passes_when_nobody_can_run(void **state)
{
	(void)state;
	begin(2);
	JOB(0, doze, "d");
	JOB(1, see_no_time, "s");
	JOB(2, see_no_time, "t");
	expect_done("std");
	assert_int_equal(sim_now(), 10);
	assert_int_equal(left, 0);
	/* It goes on in the epilogue and begins anew in the next run. */
	nr_jobs = 0;
	JOB(0, doze_alone, "e");
	expect_done("stde");
	assert_int_equal(sim_now(), 13);
	begin(2);
	assert_int_equal(sim_now(), 0);
	/* What is left; the earlier timer goes off first. */
	JOB(0, doze, "d");
	JOB(1, doze_short_then_wake, "w");
	expect_done("w.d");
	assert_int_equal(left, 6);
	assert_int_equal(sim_now(), 4);
	begin(2);
	JOB(0, doze_forever, "d");
	JOB(1, doze_short_then_wake, "w");
	expect_done("w.d");
	/* Two at the same time: who looks for somebody to go on is one. */
	begin(2);
	JOB(1, doze, "a");
	JOB(0, doze, "b");
	expect_done("ba");
	assert_int_equal(sim_now(), 10);
	/* Nobody wakes who sleeps on nothing. */
	begin(2);
	JOB(0, doze_alone, "d");
	JOB(1, wake_null, "w");
	expect_done("wd");
}

static void doze_and_store(void *arg)
{
	sim_sleep_for(5, NULL, "store", 0, HERE);
	shared = 1;
	spell(arg);
}

static void poll_shared(void *arg)
{
	while (!shared)
		sim_yield(SIM_POINT_RELAX, HERE);
	spell(arg);
}

static void doze_for_ever(void *arg)
{
	(void)arg;
	while (!shared)
		sim_sleep_for(1, NULL, "poll", 0, HERE);
}

/*
 * Who goes on after a sleep in which nobody else ran has the CPU again: its
 * sibling, woken, must not run before it lets go.
 */
static void doze_and_keep_cpu(void *arg)
{
	sim_sleep_for(1, NULL, "doze", 0, HERE);
	sim_preempt_disable();
	sim_wake(&channel, 1, HERE);
	spell(arg);
	sim_preempt_enable(HERE);
}

static void test_sleeper_gets_its_cpu_back(void **state)
{
	(void)state;
	/* Points: sleep, wake-up, between the letters. */
	begin(2);
	JOB(0, sleep_and_spell, "s");
	JOB_SWITCH(2, doze_and_keep_cpu, "ab", { 1, 0 }, { 2, 0 });
	expect_done("abs");
}

static void test_polling_and_time(void **state)
{
	(void)state;
	/* Who polls for what a timer brings sees it. */
	begin(2);
	JOB(0, doze_and_store, "d");
	JOB(1, poll_shared, "p");
	expect_done("dp");
	/* A loop of timeouts is no progress. */
	begin(2);
	JOB(0, doze_for_ever, NULL);
	expect_verdict("LIVELOCK");
	begin(2);
	JOB(0, doze_for_ever, NULL);
	JOB(1, poll_shared, "p");
	expect_verdict("LIVELOCK");
	assert_true(sim_now() > 10);
}

/* --- Who else there is --- */

static void note_others(void *arg)
{
	note(sim_others_can_run() ? 'o' : '-');
	note(sim_has_timers() ? 't' : '-');
	spell(arg);
}

static void test_who_else(void **state)
{
	(void)state;
	begin(2);
	JOB(0, note_others, "a");
	expect_done("--a");
	begin(2);
	JOB(0, note_others, "a");
	JOB(1, spell, "b");
	expect_done("o-ab");
	/* Who sleeps for a time cannot run, but will. */
	begin(2);
	JOB(0, doze, "d");
	JOB(1, note_others, "a");
	expect_done("-tad");
	/* Who waits to be woken may wait for ever. */
	begin(2);
	JOB(0, doze_forever, "d");
	JOB(1, note_others, "a");
	JOB(1, wake_all, "w");
	expect_done("--aw.d");
}

/* --- The same run thrice --- */

static uint64_t hash_of_a_run(void)
{
	begin(3);
	JOB(0, doze_alone, "a");
	JOB(2, doze, "d");
	JOB(3, sleep_and_spell, "s");
	JOB_SWITCH(4, doze_short_then_wake, "k", { 1, 0 });
	JOB_SWITCH(5, wake_one, "l", { 0, 3 });
	assert_true(run());
	return sim_trace_hash();
}

static void test_same_hash(void **state)
{
	uint64_t hash = hash_of_a_run();

	(void)state;
	begin(2);
	JOB(0, sleep_and_spell, "s");
	JOB(3, doze_for_ever, NULL);
	expect_verdict("LIVELOCK");
	assert_true(hash == hash_of_a_run());
	assert_true(hash == hash_of_a_run());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sleep_until_woken),
		cmocka_unit_test(test_wake_is_fifo),
		cmocka_unit_test(test_channels_are_apart),
		cmocka_unit_test(test_no_wake_up_is_lost),
		cmocka_unit_test(test_sleep_verdicts),
		cmocka_unit_test(test_time_passes_when_nobody_can_run),
		cmocka_unit_test(test_sleeper_gets_its_cpu_back),
		cmocka_unit_test(test_polling_and_time),
		cmocka_unit_test(test_who_else),
		cmocka_unit_test(test_same_hash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
