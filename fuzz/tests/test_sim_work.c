/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Unit tests of the machine: works, delayed and not.
 */
#include "sim_jobs.h"

static unsigned int channel;

/* --- Works. One is its letters; so two works with the same are one --- */

static char work_a[] = "ab", work_l[] = "lm", work_x[] = "xy", work_z[] = "z";

static unsigned int job_seen;

static void work_spell(void *work)
{
	assert_true(sim_task() >= 3 * sim_nr_cpus());
	assert_false(sim_in_irq());
	assert_int_equal(sim_preempt_count(), 0);
	spell(work);
	job_seen = sim_job();
}

static void work_sleep(void *work)
{
	sim_sleep(&channel, "work channel", 3, HERE);
	work_spell(work);
}

static void queue_a(void *arg)
{
	unsigned int cpu = (unsigned int)(*(const char *)arg - '0');

	assert_true(sim_queue_work(cpu, work_a, work_spell, HERE));
	note('.');
}

static void queue_a_again(void *arg)
{
	queue_a(arg);
	assert_true(sim_work_pending(work_a));
	assert_false(sim_queue_work(1, work_a, work_spell, HERE));
	note('!');
}

static void queue_three(void *arg)
{
	(void)arg;
	sim_queue_work(1, work_l, work_spell, HERE);
	sim_queue_work(1, work_a, work_spell, HERE);
	sim_queue_work(1, work_x, work_spell, HERE);
	note('.');
}

/* Points: that of the queueing, that of the flush. */
static void queue_and_flush(void *arg)
{
	queue_a(arg);
	assert_true(sim_flush_work(work_a, HERE));
	note('f');
	assert_false(sim_flush_work(work_a, HERE));
	assert_false(sim_work_pending(work_a));
}

static void test_work_runs(void **state)
{
	(void)state;
	/* After the last job, before the run ends. */
	begin(2);
	JOB(0, queue_a, "1");
	JOB(1, spell, "s");
	expect_done(".sab");
	/* On the CPU that is asked for, modulo their number; once. */
	begin(2);
	JOB(0, queue_a_again, "3");
	expect_done(".!ab");
	/* In the order of queueing. */
	begin(2);
	JOB(0, queue_three, NULL);
	expect_done(".lmabxy");
	/* When a task sleeps, or a switch says so. */
	begin(2);
	JOB(0, queue_and_flush, "1");
	JOB(2, spell, "s");
	expect_done(".sabf");
	begin(2);
	JOB_SWITCH(0, queue_a, "1", { 0, SIM_SWITCH_WORKER + 1 });
	JOB(1, spell, "s");
	expect_done("ab.s");
	begin(2);
	JOB_SWITCH(0, queue_a, "1", { 0, SIM_SWITCH_WORKER + 0 });
	JOB(1, spell, "s");
	expect_done(".sab");
	/* Nothing of it is left to the next run. */
	begin(2);
	JOB(0, queue_a, "1");
	expect_done(".ab");
}

static void test_work_preempts_and_is_preempted(void **state)
{
	(void)state;
	/* The worker of CPU 1 stands in the middle; a job of that CPU runs. */
	begin(2);
	JOB_SWITCH(0, queue_a, "1", { 0, SIM_SWITCH_WORKER + 1 });
	WORK_SWITCH({ 0, 1 });
	JOB(1, spell, "st");
	expect_done("ast.b");
	/* Refused where preemption is off: works wait for the end of that. */
	begin(2);
	JOB_SWITCH(0, spell_spin_a, "ab", { 1, 1 });
	JOB_SWITCH(1, queue_a, "0", { 0, SIM_SWITCH_WORKER + 0 });
	expect_done("a.b.ab");
	/* No worker is switched to that has nothing to do. */
	begin(2);
	JOB_SWITCH(0, spell, "st", { 0, SIM_SWITCH_WORKER + 1 });
	expect_done("st");
}

static void flush_a(void *arg)
{
	assert_true(sim_flush_work(work_a, HERE));
	spell(arg);
}

static void queue_sleeper(void *arg)
{
	(void)arg;
	sim_queue_work(1, work_l, work_sleep, HERE);
	note('.');
}

static void flush_sleeper(void *arg)
{
	assert_true(sim_flush_work(work_l, HERE));
	spell(arg);
}

static void wake(void *arg)
{
	spell(arg);
	assert_int_equal(sim_wake(&channel, 1, HERE), 1);
}

static void wake_all(void *arg)
{
	spell(arg);
	sim_wake(&channel, SIM_WAKE_ALL, HERE);
}

static void queue_sleeper_again(void *arg)
{
	sim_queue_work(0, work_l, work_sleep, HERE);
	spell(arg);
}

static void test_flush(void **state)
{
	(void)state;
	/* A work that runs and stands preempted. */
	begin(3);
	JOB_SWITCH(0, queue_a, "1", { 0, SIM_SWITCH_WORKER + 1 });
	WORK_SWITCH({ 0, 0 });
	JOB(0, flush_a, "f");
	JOB(2, spell, "s");
	expect_done("a.sbf");
	/* One that sleeps. */
	begin(3);
	JOB_SWITCH(0, queue_sleeper, NULL, { 0, SIM_SWITCH_WORKER + 1 });
	JOB(0, flush_sleeper, "f");
	JOB(2, wake, "w");
	expect_done(".wlmf");
	/*
	 * The instance that was there: one that begins later is not waited
	 * for, and does not run beside the first.
	 */
	begin(3);
	JOB_SWITCH(0, queue_sleeper, NULL, { 0, SIM_SWITCH_WORKER + 1 });
	JOB_SWITCH(0, flush_sleeper, "f", { 0, 2 });
	JOB(2, queue_sleeper_again, "q");
	JOB_SWITCH(2, wake, "v", { 0, SIM_SWITCH_WORKER + 1 });
	JOB_SWITCH(2, wake, "wx", { 0, SIM_SWITCH_WORKER + 1 });
	expect_done(".qvlmfwxlm");
}

static void queue_sleepers(void *arg)
{
	static char work[SIM_WORKERS_PER_CPU][2] = { "1", "2", "3", "4" };
	unsigned int nr = (unsigned int)(*(const char *)arg - '0');

	for (unsigned int i = 0; i < nr; i++)
		sim_queue_work(0, work[i], work_sleep, HERE);
	sim_queue_work(0, work_z, work_spell, HERE);
	note('.');
}

static void queue_waker(void *arg)
{
	(void)arg;
	sim_queue_work(0, work_x, wake_all, HERE);
}

static void test_works_that_sleep(void **state)
{
	(void)state;
	begin(2);
	JOB(0, queue_sleepers, "3");
	JOB(0, queue_waker, NULL);
	JOB(1, spell, "s");
	expect_done(".szxy123");
	/* The machine's limit is not called a deadlock. */
	begin(2);
	JOB(0, queue_sleepers, "4");
	JOB(0, queue_waker, NULL);
	expect_verdict("WORKERS_EXHAUSTED");
	expect_detail("(work 1 of job 0) sleeps on work channel 3");
	expect_detail("work 6 of job 1 has not begun on cpu 0, all workers of "
		      "which sleep");
	begin(2);
	JOB(0, queue_sleepers, "3");
	expect_verdict("DEADLOCK");
	expect_detail("(work 3 of job 0) sleeps on work channel 3");
}

static void work_flush_itself(void *work)
{
	sim_flush_work(work, HERE);
}

static void work_leak(void *work)
{
	(void)work;
	sim_preempt_disable();
}

static void work_again(void *work)
{
	assert_true(sim_queue_work(0, work, work_again, HERE));
}

static void queue_func(void *arg)
{
	static void (*const func[])(void *work) = { work_flush_itself,
						    work_leak, work_again };

	sim_queue_work(0, work_a, func[*(const char *)arg - '0'], HERE);
}

static void flush_in_atomic(void *arg)
{
	queue_a(arg);
	sim_preempt_disable();
	sim_flush_work(work_a, HERE);
}

static void mutex_and_flush(void *arg)
{
	sim_mutex_lock(&lock_a, HERE);
	queue_a(arg);
	sim_flush_work(work_a, HERE);
}

static void work_mutex(void *work)
{
	sim_mutex_lock(&lock_a, HERE);
	spell(work);
	sim_mutex_unlock(&lock_a, HERE);
}

static void mutex_and_flush_mutex(void *arg)
{
	(void)arg;
	sim_mutex_lock(&lock_a, HERE);
	sim_queue_work(1, work_l, work_mutex, HERE);
	sim_flush_work(work_l, HERE);
}

static void test_work_verdicts(void **state)
{
	(void)state;
	begin(2);
	JOB(1, queue_func, "0");
	expect_verdict("WORK_FLUSHES_ITSELF");
	begin(2);
	JOB(1, queue_func, "1");
	expect_verdict("ATOMIC_LEAKED");
	begin(2);
	JOB(1, queue_func, "2");
	expect_verdict("LIVELOCK");
	begin(2);
	JOB(1, flush_in_atomic, "0");
	expect_verdict("SLEEP_IN_ATOMIC");
	begin(2);
	JOB(0, mutex_and_flush, "1");
	expect_verdict("ATOMIC_LEAKED");
	begin(2);
	JOB(0, mutex_and_flush_mutex, "1");
	expect_verdict("DEADLOCK");
	expect_detail("task 0 on cpu 0 (job 0) waits for the end of work 1, "
		      "which task 7 runs");
	expect_detail("task 7 on cpu 1 (work 1 of job 0) waits for a->lock#0, "
		      "held by task 0");
}

/* --- Delayed works, cancelling --- */

static void queue_delayed(void *arg)
{
	assert_true(sim_queue_delayed_work(1, work_a, work_spell, 20, HERE));
	assert_true(sim_queue_delayed_work(1, work_l, work_spell, 9, HERE));
	assert_false(sim_queue_delayed_work(1, work_a, work_spell, 1, HERE));
	assert_true(sim_work_pending(work_a));
	spell(arg);
}

static void doze(void *arg)
{
	sim_sleep_for(15, NULL, "doze", 0, HERE);
	spell(arg);
}

static void flush_delayed(void *arg)
{
	queue_delayed(arg);
	flush_a("f");
	assert_int_equal(sim_now(), 0);
}

static void cancel(void *arg)
{
	assert_true(sim_cancel_work(work_a));
	assert_false(sim_cancel_work(work_a));
	assert_false(sim_work_pending(work_a));
	spell(arg);
}

static void cancel_sync(void *arg)
{
	assert_false(sim_cancel_work_sync(work_l, HERE));
	spell(arg);
}

static void test_delayed_work(void **state)
{
	(void)state;
	/* One becomes due while the job sleeps; the other keeps nobody. */
	begin(2);
	JOB(0, queue_delayed, "q");
	JOB(0, doze, "d");
	expect_done("qlmd");
	assert_int_equal(sim_now(), 15);
	assert_true(sim_work_pending(work_a));
	nr_jobs = 0;
	JOB(0, spell, "s");
	JOB(0, doze, "d");
	expect_done("qlmdsabd");
	assert_int_equal(job_seen, UINT32_MAX); /* those of before are gone */
	assert_int_equal(sim_now(), 30);
	/* A flush does not wait for the time. */
	begin(2);
	JOB(0, flush_delayed, "q");
	expect_done("qabf");
}

static void test_cancel(void **state)
{
	(void)state;
	begin(2);
	JOB(0, queue_a, "1");
	JOB(0, cancel, "c");
	expect_done(".c");
	begin(2);
	JOB(0, queue_delayed, "q");
	JOB(0, cancel, "c");
	JOB(0, doze, "d");
	JOB(0, doze, "e");
	expect_done("qclmde");
	/* What runs is waited for. */
	begin(3);
	JOB_SWITCH(0, queue_sleeper, NULL, { 0, SIM_SWITCH_WORKER + 1 });
	JOB(0, cancel_sync, "c");
	JOB(2, wake, "w");
	expect_done(".wlmc");
}

/* --- One work at a time --- */

static void wake_just_one(void *arg)
{
	spell(arg);
	assert_int_equal(sim_wake(&channel, SIM_WAKE_ALL, HERE), 1);
}

/* Queued again while it sleeps, it waits for its end; a flush, for both. */
static void test_work_is_not_reentrant(void **state)
{
	(void)state;
	begin(3);
	JOB_SWITCH(0, queue_sleeper, NULL, { 0, SIM_SWITCH_WORKER + 1 });
	JOB_SWITCH(0, queue_sleeper_again, "q", { 0, SIM_SWITCH_WORKER + 1 });
	JOB(0, flush_sleeper, "f");
	JOB_SWITCH(2, wake_just_one, "v", { 0, SIM_SWITCH_WORKER + 1 });
	JOB_SWITCH(2, wake_just_one, "wx", { 0, SIM_SWITCH_WORKER + 1 });
	expect_done(".qvlmwxlmf");
}

static void queue_x_and_flush(void *arg)
{
	sim_queue_work(1, work_x, work_spell, HERE);
	sim_flush_work(work_x, HERE);
	spell(arg);
}

/* One that is preempted keeps others from beginning, an idle worker or not. */
static void test_runnable_work_is_alone(void **state)
{
	(void)state;
	begin(3);
	JOB_SWITCH(0, queue_sleeper, NULL, { 0, SIM_SWITCH_WORKER + 1 });
	JOB_SWITCH(0, queue_a, "1", { 0, SIM_SWITCH_WORKER + 1 });
	WORK_SWITCH({ 0, 0 });
	JOB_SWITCH(0, wake, "w", { 0, SIM_SWITCH_WORKER + 1 });
	JOB(0, queue_x_and_flush, "f");
	expect_done(".a.wlmbxyf");
}

static void callback(void *arg)
{
	spell(arg);
}

static void call_rcu(void *arg)
{
	sim_call_rcu(callback, work_z);
	spell(arg);
}

/* Who is in the middle of a work goes on before callbacks are called. */
static void test_switch_to_worker(void **state)
{
	(void)state;
	begin(2);
	JOB_SWITCH(0, queue_a, "1", { 0, SIM_SWITCH_WORKER + 1 });
	WORK_SWITCH({ 0, 1 });
	JOB(1, call_rcu, "c");
	JOB_SWITCH(0, spell, "st", { 0, SIM_SWITCH_WORKER + 1 });
	expect_done("ac.sbtz");
}

/* --- An interrupt of another CPU finds a worker in the middle --- */

static void call_each(void *arg)
{
	sim_on_each_cpu(do_nothing, NULL, HERE);
	spell(arg);
}

static void test_workers_answer(void **state)
{
	(void)state;
	begin(2);
	JOB_SWITCH(0, queue_a, "1", { 0, SIM_SWITCH_WORKER + 1 });
	WORK_SWITCH({ 0, 0 });
	JOB(0, call_each, "c");
	expect_done("a.bc");
	assert_int_equal(job_seen, 0); /* for that of the interrupt only */
	/* All workers sleep: the idle task does. */
	begin(2);
	JOB_SWITCH(0, queue_sleeper, NULL, { 0, SIM_SWITCH_WORKER + 1 });
	JOB(0, call_each, "c");
	JOB(0, wake, "w");
	expect_done(".cwlm");
}

/* --- Outside of a run --- */

static void test_outside_of_a_run(void **state)
{
	(void)state;
	begin(2);
	assert_true(sim_queue_work(1, log_text, do_nothing, HERE));
	assert_false(sim_work_pending(log_text));
	assert_int_equal(sim_sleep_for(5, NULL, "boot", 0, HERE), 0);
	assert_int_equal(sim_now(), 5);
	assert_true(sim_queue_delayed_work(1, work_a, do_nothing, 5, HERE));
	assert_true(sim_work_pending(work_a));
	assert_true(sim_flush_work(work_a, HERE));
	assert_false(sim_work_pending(work_a));
	assert_true(sim_queue_delayed_work(1, work_a, work_spell, 5, HERE));
	JOB(0, doze, "d");
	expect_done("abd");
	begin(2);
	assert_true(sim_queue_delayed_work(1, work_a, work_spell, 5, HERE));
	begin(2);
	assert_false(sim_work_pending(work_a));
	JOB(0, doze, "d");
	expect_done("d");
}

/* --- The same run thrice --- */

static uint64_t hash_of_a_run(void)
{
	begin(3);
	JOB_SWITCH(0, queue_sleepers, "2", { 1, SIM_SWITCH_WORKER + 0 });
	WORK_SWITCH({ 0, 1 });
	JOB_SWITCH(2, spell, "abc", { 0, 4 });
	JOB(5, queue_delayed, "q");
	JOB(3, doze, "d");
	JOB(3, wake_all, "w");
	assert_true(run());
	return sim_trace_hash();
}

static void test_same_hash(void **state)
{
	uint64_t hash;

	(void)state;
	hash = hash_of_a_run();
	begin(2);
	JOB(0, queue_sleepers, "4");
	expect_verdict("WORKERS_EXHAUSTED");
	begin(8);
	JOB(0, queue_and_flush, "7");
	expect_done(".abf");
	assert_true(hash == hash_of_a_run());
	assert_true(hash == hash_of_a_run());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_work_runs),
		cmocka_unit_test(test_work_preempts_and_is_preempted),
		cmocka_unit_test(test_flush),
		cmocka_unit_test(test_works_that_sleep),
		cmocka_unit_test(test_work_verdicts),
		cmocka_unit_test(test_delayed_work),
		cmocka_unit_test(test_cancel),
		cmocka_unit_test(test_work_is_not_reentrant),
		cmocka_unit_test(test_runnable_work_is_alone),
		cmocka_unit_test(test_switch_to_worker),
		cmocka_unit_test(test_workers_answer),
		cmocka_unit_test(test_outside_of_a_run),
		cmocka_unit_test(test_same_hash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
