/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Unit tests of the machine: CPUs that come and go, and signals.
 */
#include <errno.h>

#include "tests/sim_jobs.h"

/* --- CPUs --- */

static void dead(unsigned int cpu)
{
	assert_false(sim_cpu_is_online(cpu));
	assert_true(sim_cpu() != cpu);
	note('D');
}

static void prepare(unsigned int cpu)
{
	assert_false(sim_cpu_is_online(cpu));
	note('P');
}

static void down(void *arg)
{
	unsigned int cpu = (unsigned int)(*(const char *)arg - '0');

	note(sim_cpu_offline(cpu, dead, HERE) ? '!' : 'd');
}

static void up(void *arg)
{
	unsigned int cpu = (unsigned int)(*(const char *)arg - '0');

	note(sim_cpu_online(cpu, prepare, HERE) ? '!' : 'u');
}

static void note_cpu(void)
{
	note((char)('0' + sim_cpu()));
}

static void where(void *arg)
{
	(void)arg;
	note_cpu();
}

static void where_twice(void *arg)
{
	(void)arg;
	note_cpu();
	sim_yield(SIM_POINT_READ, HERE);
	note_cpu();
}

static void where_twice_pinned(void *arg)
{
	sim_preempt_disable();
	where_twice(arg);
	sim_preempt_enable(HERE);
	note_cpu();
}

static void online(void *arg)
{
	(void)arg;
	assert_int_equal(sim_nr_online(), 2);
	assert_true(sim_cpu_is_online(0));
	assert_false(sim_cpu_is_online(1));
	assert_true(sim_cpu_is_online(2));
	assert_false(sim_cpu_is_online(3));
}

static void test_what_is_online(void **state)
{
	(void)state;
	begin(3);
	JOB(0, down, "1");
	JOB(0, online, NULL);
	JOB(0, down, "1");
	JOB(0, down, "0");
	JOB(0, down, "7");
	JOB(0, up, "2");
	JOB(0, up, "1");
	expect_done("Dd!!!!Pu");
	/* The next run begins with all of them. */
	begin(3);
	JOB(0, down, "1");
	expect_done("Dd");
	begin(3);
	JOB(0, down, "1");
	expect_done("Dd");
}

/* Goal: tasks of a CPU that is down run on the next one, and come back. */
static void test_tasks_move(void **state)
{
	(void)state;
	begin(3);
	JOB(0, down, "1");
	JOB(1, where, NULL);
	JOB(4, where, NULL);
	JOB(0, down, "2");
	JOB(1, where, NULL);
	JOB(2, where, NULL);
	JOB(0, up, "1");
	JOB(1, where, NULL);
	JOB(2, where, NULL);
	expect_done("Dd22Dd00Pu10");
	/* In the middle of a job, where it can be preempted. */
	begin(3);
	JOB_SWITCH(1, where_twice, NULL, { 0, 0 });
	JOB(0, down, "1");
	JOB(1, where, NULL);
	expect_done("1Dd22");
	/* It comes back when that job has ended. */
	begin(3);
	JOB_SWITCH(1, where_twice, NULL, { 0, 0 });
	JOB(0, down, "1");
	JOB(0, up, "1");
	JOB(1, where, NULL);
	expect_done("1Dd2Pu1");
	/* Who takes down his own CPU goes on elsewhere. */
	begin(2);
	JOB(1, down, "1");
	JOB(1, where, NULL);
	expect_done("Dd0");
}

/* Goal: who cannot be preempted stays, and the CPU waits for him. */
static void test_pinned_tasks_stay(void **state)
{
	(void)state;
	begin(2);
	JOB_SWITCH(1, where_twice_pinned, NULL, { 0, 0 });
	JOB(0, down, "1");
	expect_done("111Dd");
	/* Until preemption is on. */
	begin(2);
	JOB_SWITCH(1, where_twice_pinned, NULL, { 0, 0 }, { 1, 0 });
	JOB(0, down, "1");
	expect_done("11Dd0");
	begin(2);
	JOB_SWITCH(1, spell_irqs_off, "ab", { 0, 0 });
	JOB(0, down, "1");
	expect_done("ab.Dd");
	/*
	 * Who moves waits for his new CPU: task 1 stops with interrupts off on
	 * CPU 0, and task 3 takes CPU 1 down from there.
	 */
	begin(2);
	JOB_SWITCH(0, spell_irqs_off, "ab", { 0, 3 });
	JOB(3, down, "1");
	expect_done("ab.Dd");
}

/* Goal: hotplug is one at a time, callbacks included. */
static void dead_slowly(unsigned int cpu)
{
	(void)cpu;
	note('(');
	sim_yield(SIM_POINT_READ, HERE);
	note(')');
}

static void down_slowly(void *arg)
{
	(void)arg;
	sim_cpu_offline(1, dead_slowly, HERE);
}

static void test_one_at_a_time(void **state)
{
	(void)state;
	begin(3);
	JOB_SWITCH(0, down_slowly, NULL, { 1, 2 });
	JOB(2, up, "1");
	expect_done("()Pu");
}

static void with_cpus_locked(void *arg)
{
	sim_cpus_read_lock(HERE);
	where_twice(arg);
	sim_cpus_read_unlock(HERE);
}

/* Goal: while somebody has the lock for reading no CPU goes; others read. */
static void test_cpus_read_lock(void **state)
{
	(void)state;
	begin(3);
	JOB_SWITCH(0, with_cpus_locked, NULL, { 1, 1 });
	JOB(1, with_cpus_locked, NULL);
	JOB(2, down, "1");
	expect_done("0110Dd");
	begin(3);
	JOB_SWITCH(0, with_cpus_locked, NULL, { 1, 2 });
	JOB(2, down, "1");
	expect_done("00Dd");
}

/* --- What else is of a CPU --- */

static char work_1, work_2;

static void work_where(void *work)
{
	(void)work;
	note('w');
	where_twice(NULL);
}

static void queue_on_1(void *arg)
{
	(void)arg;
	sim_queue_work(1, &work_1, work_where, HERE);
}

static void queue_delayed_on_1(void *arg)
{
	(void)arg;
	sim_queue_delayed_work(1, &work_2, work_where, 3, HERE);
	sim_sleep_for(5, NULL, "nothing", 0, HERE);
}

static void test_works_move(void **state)
{
	(void)state;
	/* Queued before, in the middle, and queued after. */
	begin(3);
	JOB(0, queue_on_1, NULL);
	JOB(0, down, "1");
	expect_done("Ddw22");
	begin(3);
	JOB_SWITCH(0, queue_on_1, NULL, { 0, SIM_SWITCH_WORKER + 1 });
	WORK_SWITCH({ 0, 2 });
	JOB(2, down, "1");
	expect_done("w1Dd2");
	begin(3);
	JOB(0, down, "1");
	JOB(0, queue_on_1, NULL);
	JOB(0, queue_delayed_on_1, NULL);
	expect_done("Ddw22w22");
}

static void rcu_where(void *arg)
{
	note(*(const char *)arg);
	note_cpu();
}

static void call_rcu(void *arg)
{
	sim_call_rcu(rcu_where, arg);
}

static void test_callbacks_move(void **state)
{
	(void)state;
	begin(3);
	JOB(1, call_rcu, "a");
	JOB(2, call_rcu, "b");
	JOB(1, call_rcu, "c");
	JOB(0, down, "1");
	expect_done("Ddb2a2c2");
}

static void ipi(void *info)
{
	(void)info;
	note_cpu();
}

static void call_all(void *arg)
{
	(void)arg;
	sim_on_each_cpu(ipi, NULL, HERE);
}

static void test_interrupts_go_to_online_cpus(void **state)
{
	(void)state;
	begin(3);
	JOB(0, down, "1");
	JOB(0, call_all, NULL);
	expect_done("Dd02");
	/* One that has been sent is answered first. */
	begin(3);
	JOB_SWITCH(2, call_all, NULL, { 0, 0 });
	JOB(0, down, "1");
	expect_done("021Dd");
}

/* --- Signals --- */

static void ask(void *arg)
{
	note(sim_signal_pending() ? 's' : '-');
	sim_yield(SIM_POINT_READ, HERE);
	note(sim_signal_pending() ? 's' : '-');
	(void)arg;
}

static void send(void *arg)
{
	sim_send_signal((unsigned int)(*(const char *)arg - '0'));
}

static void see_and_ask(void *arg)
{
	sim_flush_signals();
	ask(arg);
}

static void test_signals(void **state)
{
	(void)state;
	/* For the job in the middle, else the next one, and only that. */
	begin(2);
	JOB(0, send, "1");
	JOB(0, ask, NULL);
	JOB(1, ask, NULL);
	JOB(1, ask, NULL);
	expect_done("--ss--");
	begin(2);
	JOB_SWITCH(1, ask, NULL, { 0, 0 });
	JOB(0, send, "1");
	JOB(1, ask, NULL);
	expect_done("-s--");
	begin(2);
	JOB_SWITCH(1, ask, NULL, { 0, 0 });
	JOB(0, send, "7");
	JOB(3, ask, NULL);
	expect_done("--ss");
	/* Nor when it has been seen. */
	begin(2);
	JOB(0, send, "1");
	JOB(1, see_and_ask, NULL);
	expect_done("--");
	/* Not in the next run of jobs. */
	begin(2);
	JOB(0, send, "1");
	expect_done("");
	nr_jobs = 0;
	JOB(1, ask, NULL);
	expect_done("--");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_online),
		cmocka_unit_test(test_tasks_move),
		cmocka_unit_test(test_pinned_tasks_stay),
		cmocka_unit_test(test_one_at_a_time),
		cmocka_unit_test(test_cpus_read_lock),
		cmocka_unit_test(test_works_move),
		cmocka_unit_test(test_callbacks_move),
		cmocka_unit_test(test_interrupts_go_to_online_cpus),
		cmocka_unit_test(test_signals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
