/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Unit tests of the machine: those who wait for each other. Deadlock, livelock,
 * interprocessor interrupts.
 */
#include <stdlib.h>

#include "sim_jobs.h"

/* --- Deadlock and livelock --- */

static struct sim_lock mutex_c = { .name = "c->mutex" };

static void mutex_kept(void *arg)
{
	(void)arg;
	sim_mutex_lock(&mutex_c, HERE);
	sim_yield(SIM_POINT_READ, HERE);
	sim_spin_lock(&lock_a, HERE);
}

static void mutex_wanted(void *arg)
{
	(void)arg;
	sim_mutex_lock(&mutex_c, HERE);
}

static void test_deadlock(void **state)
{
	(void)state;
	begin(2);
	JOB_SWITCH(0, call_with_a_held, NULL, { 1, 1 });
	JOB_SWITCH(1, irqs_off_spin_a, "x", { 0, 0 });
	JOB(1, spell, "never");
	/* Both get to where they wait. */
	expect_verdict("DEADLOCK");
	expect_detail("task 0 on cpu 0 (job 0) waits until all cpus have "
		      "answered its interrupt, cpu 1 has not "
		      "(task 1 has interrupts off)");
	expect_detail("task 1 on cpu 1 (job 1) waits for a->lock#0, "
		      "held by task 0");
}

static void test_deadlock_with_sleepers(void **state)
{
	(void)state;
	begin(3);
	JOB_SWITCH(0, call_with_a_held, NULL, { 1, 1 });
	JOB_SWITCH(1, mutex_kept, NULL, { 1, 2 });
	JOB(2, irqs_off_spin_a, "x");
	JOB(4, mutex_wanted, NULL);
	JOB(1, mutex_wanted, NULL);
	JOB(5, mutex_wanted, NULL);
	expect_verdict("DEADLOCK");
	expect_detail("task 5 on cpu 2 (job 5) has not begun, "
		      "task 2 keeps the cpu");
	expect_detail("task 4 on cpu 1 (job 3)");
}

static void poll_plain(void *arg)
{
	(void)arg;
	while (!shared)
		sim_yield(SIM_POINT_READ, HERE);
	note('p');
}

static void poll_relax(void *arg)
{
	(void)arg;
	while (!shared) {
		sim_yield(SIM_POINT_READ, HERE);
		sim_yield(SIM_POINT_RELAX, HERE);
	}
	note('r');
}

static void store(void *arg)
{
	sim_yield(SIM_POINT_WRITE, HERE);
	shared = 1;
	note(*(const char *)arg);
}

static void test_polling_is_fair(void **state)
{
	(void)state;
	begin(2);
	JOB(0, poll_plain, NULL);
	JOB(1, store, "s");
	expect_done("sp");
	begin(2);
	JOB(0, poll_relax, NULL);
	JOB(1, store, "s");
	expect_done("sr");
	/* Its own CPU's sibling, and many that poll. */
	begin(2);
	JOB(0, poll_plain, NULL);
	JOB(1, poll_relax, NULL);
	JOB(3, poll_plain, NULL);
	JOB(2, store, "s");
	assert_true(run());
	assert_int_equal(strlen(log_text), 4);
}

static void relax_once(void *arg)
{
	(void)arg;
	note('a');
	sim_yield(SIM_POINT_RELAX, HERE);
	note('b');
}

static void test_relax_gives_way(void **state)
{
	(void)state;
	begin(2);
	JOB(0, relax_once, NULL);
	JOB(1, spell, "xy");
	expect_done("axyb");
	/* To the next one in cyclic order, not to the earliest job. */
	begin(2);
	JOB_SWITCH(0, spell, "lm", { 0, 1 });
	JOB(1, relax_once, NULL);
	JOB(2, spell, "xy");
	expect_done("laxymb");
}

static void poll_preempt_off(void *arg)
{
	sim_preempt_disable();
	poll_relax(arg);
	sim_preempt_enable(HERE);
}

static void test_livelock(void **state)
{
	(void)state;
	begin(2);
	JOB(0, poll_relax, NULL);
	JOB(1, poll_plain, NULL);
	expect_verdict("LIVELOCK");
	expect_detail("task 1 on cpu 1 (job 1) has passed");
	assert_true(strtoul(sim_verdict()->detail, NULL, 10) < 1100000);
	/* The store never comes: its CPU is kept by who waits for it. */
	begin(2);
	JOB(0, poll_preempt_off, NULL);
	JOB(2, store, "s");
	expect_verdict("LIVELOCK");
	expect_detail("task 2 on cpu 0 (job 1) has not begun, "
		      "task 0 keeps the cpu");
}

static void million(void *arg)
{
	(void)arg;
	for (unsigned int i = 0; i < 1000000; i++)
		sim_yield(SIM_POINT_READ, HERE);
}

static void test_bounds(void **state)
{
	struct sim_config every_access = { 2, true };

	(void)state;
	/* Each that ends is progress, but a run is bounded too. */
	begin(2);
	for (unsigned int i = 0; i < 16; i++)
		JOB(0, million, NULL);
	expect_done("");
	expect_verdict("LIVELOCK");
	expect_detail("16777");
	/* Plain accesses make more of them. */
	begin(2);
	sim_reset(&every_access);
	for (unsigned int i = 0; i < 16; i++)
		JOB(0, million, NULL);
	expect_done("");
	expect_done("");
}

/*
 * A loop of 17 points that begins at the 9th: after each 4097 points, the time
 * to give way, it would stand in the middle of it, with the lock held.
 */
static void hog_a(void *arg)
{
	(void)arg;
	for (unsigned int i = 0; i < 8; i++)
		sim_yield(SIM_POINT_READ, HERE);
	while (!shared) {
		sim_spin_lock(&lock_a, HERE);
		for (unsigned int i = 0; i < 15; i++)
			sim_yield(SIM_POINT_READ, HERE);
		sim_spin_unlock(&lock_a, HERE);
	}
}

static void store_under_a(void *arg)
{
	sim_spin_lock(&lock_a, HERE);
	store(arg);
	sim_spin_unlock(&lock_a, HERE);
}

static void test_lock_is_not_starved(void **state)
{
	(void)state;
	begin(3);
	JOB(0, hog_a, NULL);
	JOB_SWITCH(1, store_under_a, "s", { 0, 0 });
	JOB(2, poll_plain, NULL);
	expect_done("sp");
}

/* --- Interprocessor interrupts --- */

static unsigned int calls[SIM_MAX_CPUS];
static unsigned int calls_in_irq;
static unsigned int calls_by_workers;

static void count_call(void *info)
{
	assert_ptr_equal(info, calls);
	assert_true(sim_irqs_disabled());
	calls[sim_cpu()]++;
	calls_in_irq += sim_in_irq();
	calls_by_workers += sim_task() >= 2 * sim_nr_cpus();
	sim_spin_lock(&lock_b, HERE);
	sim_spin_unlock(&lock_b, HERE);
	note((char)('0' + sim_cpu()));
}

static void call_each(void *arg)
{
	(void)arg;
	sim_on_each_cpu(count_call, calls, HERE);
	assert_false(sim_irqs_disabled());
	assert_int_equal(sim_preempt_count(), 0);
	note('.');
}

/* Points: before the mutex, then with it. */
static void call_each_with_mutex(void *arg)
{
	sim_mutex_lock(&lock_a, HERE);
	sim_yield(SIM_POINT_READ, HERE);
	call_each(arg);
	sim_mutex_unlock(&lock_a, HERE);
}

static void expect_one_call_each(unsigned int nr_cpus)
{
	for (unsigned int cpu = 0; cpu < nr_cpus; cpu++)
		assert_int_equal(calls[cpu], 1);
	assert_int_equal(calls_in_irq, nr_cpus - 1);
	memset(calls, 0, sizeof(calls));
	calls_in_irq = 0;
	calls_by_workers = 0;
}

static void test_on_each_cpu(void **state)
{
	(void)state;
	/* Idle ones: by their workers. */
	begin(4);
	JOB(1, call_each, NULL);
	JOB(0, spell, "x");
	expect_done("1023.x");
	assert_int_equal(calls_by_workers, 3);
	expect_one_call_each(4);
	/* A busy one: at the yield point where it stands. */
	begin(2);
	JOB_SWITCH(0, spell, "ab", { 0, 1 });
	JOB(1, call_each, NULL);
	expect_done("a10b.");
	assert_int_equal(calls_by_workers, 0);
	expect_one_call_each(2);
	/* One with interrupts off: when they come back on. */
	begin(2);
	JOB_SWITCH(0, spell_irqs_off, "abc", { 0, 1 });
	JOB(1, call_each, NULL);
	expect_done("a1bc0..");
	assert_int_equal(calls_by_workers, 0);
	expect_one_call_each(2);
	/* One whose task sleeps: by its worker. */
	begin(2);
	JOB_SWITCH(0, call_each_with_mutex, NULL, { 1, 1 });
	JOB(1, spell_mutex_a, "x");
	expect_done("01.x.");
	assert_int_equal(calls_by_workers, 1);
	expect_one_call_each(2);
	/* One that spins for a lock with interrupts on. */
	begin(2);
	JOB_SWITCH(0, call_with_a_held, NULL, { 1, 1 });
	JOB(1, spell_spin_a, "x");
	expect_done("x.");
	/* One CPU alone. */
	begin(1);
	JOB(0, call_each, NULL);
	expect_done("0.");
	expect_one_call_each(1);
}

static void test_on_each_cpu_crosses(void **state)
{
	(void)state;
	begin(3);
	JOB_SWITCH(0, call_each, NULL, { 0, 1 });
	JOB_SWITCH(1, call_each, NULL, { 0, 5 });
	JOB(5, call_each, NULL);
	assert_true(run());
	for (unsigned int cpu = 0; cpu < 3; cpu++)
		assert_int_equal(calls[cpu], 3);
	assert_int_equal(calls_in_irq, 6);
	memset(calls, 0, sizeof(calls));
	calls_in_irq = 0;
	calls_by_workers = 0;
}

static void call_irqs_off(void *arg)
{
	(void)arg;
	sim_irq_save();
	sim_on_each_cpu(do_nothing, NULL, HERE);
}

static void call_nested(void *info)
{
	(void)info;
	sim_on_each_cpu(do_nothing, NULL, HERE);
}

static void test_ipi_irqs_off(void **state)
{
	(void)state;
	begin(2);
	JOB(0, call_irqs_off, NULL);
	expect_verdict("IPI_IRQS_OFF");
	begin(2);
	JOB(0, call_nested, NULL);
	expect_done("");
}

static void take_a_in_irq(void *info)
{
	(void)info;
	sim_spin_lock(&lock_a, HERE);
	sim_spin_unlock(&lock_a, HERE);
}

static void call_take_a(void *arg)
{
	(void)arg;
	sim_on_each_cpu(take_a_in_irq, NULL, HERE);
}

static void sleep_in_irq(void *info)
{
	(void)info;
	if (sim_in_irq())
		sim_mutex_lock(&lock_a, HERE);
}

static void call_sleep(void *arg)
{
	(void)arg;
	sim_on_each_cpu(sleep_in_irq, NULL, HERE);
}

static void leak_in_irq(void *info)
{
	(void)info;
	if (sim_in_irq())
		sim_preempt_disable();
}

static void call_leak(void *arg)
{
	(void)arg;
	sim_on_each_cpu(leak_in_irq, NULL, HERE);
}

static void test_lock_irq_unsafe(void **state)
{
	(void)state;
	/* Whichever comes first. */
	begin(2);
	JOB(0, call_take_a, NULL);
	JOB(1, spell_spin_a, "x");
	expect_verdict("LOCK_IRQ_UNSAFE");
	expect_detail("with interrupts on; before");
	begin(2);
	JOB(1, spell_spin_a, "x");
	JOB(0, call_take_a, NULL);
	expect_verdict("LOCK_IRQ_UNSAFE");
	expect_detail("in an interrupt; before");
	begin(2);
	JOB(1, spell_try_a, "x");
	JOB(0, call_take_a, NULL);
	expect_verdict("LOCK_IRQ_UNSAFE");
	/* With interrupts off all is well. */
	begin(2);
	JOB(0, call_take_a, NULL);
	JOB(1, irqs_off_spin_a, "x");
	expect_done("x");
	begin(2);
	JOB(0, call_sleep, NULL);
	expect_verdict("SLEEP_IN_ATOMIC");
	expect_detail("in an interrupt");
	begin(2);
	JOB(0, call_leak, NULL);
	expect_verdict("ATOMIC_LEAKED");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_deadlock),
		cmocka_unit_test(test_deadlock_with_sleepers),
		cmocka_unit_test(test_polling_is_fair),
		cmocka_unit_test(test_relax_gives_way),
		cmocka_unit_test(test_livelock),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_lock_is_not_starved),
		cmocka_unit_test(test_on_each_cpu),
		cmocka_unit_test(test_on_each_cpu_crosses),
		cmocka_unit_test(test_ipi_irqs_off),
		cmocka_unit_test(test_lock_irq_unsafe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
