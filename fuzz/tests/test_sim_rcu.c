/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Unit tests of the machine: grace periods, and interrupts of devices.
 */
#include "sim_jobs.h"

static char letters_a[] = "ab", letters_z[] = "z";

/* --- RCU --- */

static void synchronize(void *arg)
{
	sim_synchronize_rcu(HERE);
	spell(arg);
}

/* Points: those of @arg, then that of the unlock. */
static void spell_rcu(void *arg)
{
	sim_rcu_read_lock();
	sim_rcu_read_lock();
	assert_true(sim_rcu_read_lock_held());
	spell(arg);
	sim_rcu_read_unlock(HERE);
	assert_true(sim_rcu_read_lock_held());
	sim_rcu_read_unlock(HERE);
	assert_false(sim_rcu_read_lock_held());
	note('.');
}

static void spell_rcu_twice(void *arg)
{
	spell_rcu(arg);
	spell_rcu(arg);
}

static void spell_preempt_off(void *arg)
{
	sim_preempt_disable();
	spell(arg);
	sim_preempt_enable(HERE);
	note('.');
}

static void synchronize_in_section(void *arg)
{
	sim_rcu_read_lock();
	synchronize(arg);
}

static void unlock_too_much(void *arg)
{
	(void)arg;
	sim_preempt_disable();
	sim_rcu_read_unlock(HERE);
}

static void test_grace_period(void **state)
{
	void (*const readers[])(void *arg) = { spell_rcu, spell_preempt_off,
					       spell_irqs_off };

	(void)state;
	/* Nobody reads. */
	begin(2);
	JOB(0, synchronize, "s");
	JOB(1, spell, "x");
	expect_done("sx");
	begin(2);
	JOB_SWITCH(0, spell, "ab", { 0, 1 });
	JOB(1, synchronize, "s");
	expect_done("asb");
	/* The end of the section is the moment from which it is over. */
	for (unsigned int i = 0; i < 3; i++) {
		begin(2);
		JOB_SWITCH(0, readers[i], "abc", { 0, 1 }, { 1, 1 }, { 2, 1 });
		JOB(1, synchronize, "s");
		expect_done("abcs.");
	}
	/* A section that begins later is not waited for. */
	begin(2);
	JOB_SWITCH(0, spell_rcu_twice, "abc", { 0, 1 }, { 3, 1 });
	JOB(1, synchronize, "s");
	expect_done("abc.asbc.");
	/* One that began before it was asked for is, whoever else has ended. */
	begin(3);
	JOB_SWITCH(0, spell_rcu, "ab", { 0, 1 }, { 1, 2 });
	JOB_SWITCH(1, spell_rcu, "lm", { 0, 2 }, { 1, 2 });
	JOB(2, synchronize, "s");
	expect_done("alb.ms.");
}

static void spin_in_section(void *arg)
{
	(void)arg;
	sim_rcu_read_lock();
	sim_yield(SIM_POINT_READ, HERE);
	sim_spin_lock(&lock_b, HERE);
}

static void b_and_sleep(void *arg)
{
	(void)arg;
	sim_mutex_lock(&lock_a, HERE);
	sim_synchronize_rcu(HERE);
	sim_mutex_unlock(&lock_a, HERE);
}

static void call_in_section(void *arg)
{
	(void)arg;
	sim_rcu_read_lock();
	sim_on_each_cpu(do_nothing, NULL, HERE);
}

static void test_rcu_verdicts(void **state)
{
	(void)state;
	begin(2);
	JOB(0, synchronize_in_section, "s");
	expect_verdict("SLEEP_IN_ATOMIC");
	begin(2);
	JOB(0, unlock_too_much, NULL);
	expect_verdict("RCU_UNBALANCED");
	begin(2);
	JOB(0, call_in_section, NULL);
	expect_verdict("ATOMIC_LEAKED");
	/* A reader that waits for who waits for it: the graph says so. */
	begin(3);
	JOB_SWITCH(0, spin_in_section, NULL, { 0, 2 });
	JOB(1, b_and_sleep, NULL);
	jobs[1].task = 2;
	lock_b.owner = 3; /* by nobody who would let it go */
	expect_verdict("DEADLOCK");
	lock_b.owner = 0;
	expect_detail("task 2 on cpu 2 (job 1) waits for grace period 1, "
		      "cpu 0 does not let it pass (task 0 has preempt count 2, "
		      "interrupts on)");
}

static void callback(void *arg)
{
	assert_int_equal(sim_preempt_count(), 1);
	assert_true(sim_task() / sim_nr_cpus() == 2);
	spell(arg);
}

static void callback_sleeps(void *arg)
{
	(void)arg;
	sim_might_sleep();
}

static void call_two(void *arg)
{
	sim_call_rcu(callback, letters_a);
	sim_call_rcu(callback, letters_z);
	spell(arg);
}

static void call_and_wait(void *arg)
{
	call_two(arg);
	sim_rcu_barrier(HERE);
	note('.');
}

static void call_sleeps(void *arg)
{
	sim_call_rcu(callback_sleeps, arg);
}

static void test_call_rcu(void **state)
{
	(void)state;
	/* At the end of the run at the latest. */
	begin(2);
	JOB(0, call_two, "c");
	JOB(1, spell, "s");
	expect_done("csabz");
	begin(2);
	JOB(0, call_and_wait, "c");
	JOB(1, spell, "s");
	expect_done("csabz.");
	/* Where a switch says so; but not before the reader has ended. */
	begin(2);
	JOB_SWITCH(0, call_two, "cde", { 0, SIM_SWITCH_WORKER + 0 });
	JOB(1, spell, "s");
	expect_done("cabzdes");
	begin(2);
	JOB_SWITCH(0, spell_rcu, "lmn", { 0, 1 }, { 2, SIM_SWITCH_WORKER + 1 });
	JOB_SWITCH(1, call_two, "cde", { 0, SIM_SWITCH_WORKER + 1 }, { 0, 0 });
	expect_done("lcmnabz.de");
	begin(2);
	JOB(0, call_sleeps, NULL);
	expect_verdict("SLEEP_IN_ATOMIC");
}

/* --- Interrupts --- */

static unsigned int nr_seen;

static void interrupt(unsigned int nr)
{
	nr_seen++;
	assert_true(sim_in_irq());
	assert_true(sim_irqs_disabled());
	assert_true(sim_preempt_count() > 0);
	note((char)('0' + nr));
	sim_yield(SIM_POINT_READ, HERE);
	note('-');
}

static void interrupt_leaks(unsigned int nr)
{
	(void)nr;
	sim_preempt_disable();
}

static void interrupt_sleeps(unsigned int nr)
{
	(void)nr;
	sim_mutex_lock(&lock_a, HERE);
}

static void interrupt_locks(unsigned int nr)
{
	(void)nr;
	sim_spin_lock(&lock_a, HERE);
	sim_spin_unlock(&lock_a, HERE);
}

static void test_interrupts(void **state)
{
	(void)state;
	begin(2);
	JOB_SWITCH(0, spell, "ab", { 0, SIM_SWITCH_IRQ + 3 });
	expect_done("ab"); /* no handler */
	sim_on_interrupt(interrupt);
	begin(2);
	JOB_SWITCH(0, spell, "ab", { 0, SIM_SWITCH_IRQ + 3 });
	expect_done("a3-b");
	/* Under a spinlock, but while they are off not before they are on. */
	begin(2);
	JOB_SWITCH(0, spell_spin_a, "ab", { 1, SIM_SWITCH_IRQ + 3 });
	expect_done("a3-b.");
	/* Not into each other, one after the other. */
	begin(2);
	JOB_SWITCH(0, spell, "ab", { 0, SIM_SWITCH_IRQ + 3 },
		   { 1, SIM_SWITCH_IRQ + 4 });
	expect_done("a3-4-b");
	/* Its points are those of the job. */
	begin(2);
	JOB_SWITCH(0, spell, "ab", { 0, SIM_SWITCH_IRQ + 3 }, { 1, 1 });
	JOB(1, spell, "xy");
	expect_done("a3xy-b");
	/* Switches of its point go first, and none of them is lost. */
	begin(2);
	JOB_SWITCH(0, spell, "ab", { 0, SIM_SWITCH_IRQ + 3 }, { 0, 1 });
	JOB_SWITCH(1, spell, "xyz", { 0, 0 });
	expect_done("ax3-byz");
	/* Other CPUs go on meanwhile, other tasks of this one do not. */
	begin(2);
	JOB_SWITCH(0, spell, "ab", { 0, SIM_SWITCH_IRQ + 3 }, { 1, 2 },
		   { 1, 1 });
	JOB(2, spell, "never");
	JOB_SWITCH(1, spell, "xy", { 0, 2 });
	jobs[1].arg = "lm";
	expect_done("a3xy-blm");
	sim_on_interrupt(NULL);
}

static void wake_up_on_a(void *arg)
{
	bool were_on = sim_irq_save();

	sim_yield(SIM_POINT_READ, HERE);
	sim_spin_lock(&lock_a, HERE);
	note('w');
	sim_spin_unlock(&lock_a, HERE);
	sim_irq_restore(were_on, HERE);
	note(*(const char *)arg);
}

/* Raises an interrupt with the lock of a spinning CPU. */
static void spin_a_twice(void *arg)
{
	sim_spin_lock(&lock_a, HERE);
	note(*(const char *)arg);
	sim_yield(SIM_POINT_READ, HERE);
	sim_spin_unlock(&lock_a, HERE);
}

/*
 * Goal: an interrupt that comes in while interrupts are off is pending, and
 * delivered as soon as they are on, on that CPU and no other.
 */
static void test_pending_interrupts(void **state)
{
	(void)state;
	sim_on_interrupt(interrupt);
	begin(2);
	JOB_SWITCH(0, spell_irqs_off, "abc", { 0, SIM_SWITCH_IRQ + 3 });
	expect_done("abc3-.");
	/* In order of coming; the same one twice is one. */
	begin(2);
	JOB_SWITCH(0, spell_irqs_off, "abc", { 0, SIM_SWITCH_IRQ + 5 },
		   { 0, SIM_SWITCH_IRQ + 3 }, { 1, SIM_SWITCH_IRQ + 5 });
	expect_done("abc5-3-.");
	/* No more than there is room for. */
	begin(2);
	JOB_SWITCH(0, spell_irqs_off, "ab", { 0, SIM_SWITCH_IRQ + 1 },
		   { 0, SIM_SWITCH_IRQ + 2 }, { 0, SIM_SWITCH_IRQ + 3 },
		   { 0, SIM_SWITCH_IRQ + 4 }, { 0, SIM_SWITCH_IRQ + 5 },
		   { 0, SIM_SWITCH_IRQ + 6 }, { 0, SIM_SWITCH_IRQ + 7 },
		   { 0, SIM_SWITCH_IRQ + 8 }, { 0, SIM_SWITCH_IRQ + 9 });
	expect_done("ab1-2-3-4-5-6-7-8-.");
	/* Another CPU goes on meanwhile and sees nothing of it. */
	begin(2);
	JOB_SWITCH(0, spell_irqs_off, "ab", { 0, SIM_SWITCH_IRQ + 3 },
		   { 0, 1 });
	JOB(1, spell, "xyz");
	expect_done("axyzb3-.");
	/* Where a task spins with interrupts off, it comes after that. */
	begin(2);
	JOB_SWITCH(0, spin_a_twice, "a", { 1, 1 });
	JOB_SWITCH(1, wake_up_on_a, "b", { 0, SIM_SWITCH_IRQ + 3 });
	expect_done("aw3-b");
	/* Another task of that CPU takes it, if it runs first. */
	begin(2);
	JOB_SWITCH(0, spell, "ab", { 0, SIM_SWITCH_IRQ + 3 }, { 0, 2 });
	JOB(2, spell, "xy");
	expect_done("ax3-yb");
	sim_on_interrupt(NULL);
}

static void test_interrupt_verdicts(void **state)
{
	static const struct {
		void (*handler)(unsigned int nr);
		void (*job)(void *arg);
		const char *id;
	} bad[] = {
		{ interrupt_leaks, spell, "ATOMIC_LEAKED" },
		{ interrupt_sleeps, spell, "SLEEP_IN_ATOMIC" },
		{ interrupt_locks, spell_spin_a, "LOCK_IRQ_UNSAFE" },
	};

	(void)state;
	for (unsigned int i = 0; i < 3; i++) {
		sim_on_interrupt(bad[i].handler);
		begin(2);
		JOB_SWITCH(0, bad[i].job, "ab", { 0, SIM_SWITCH_IRQ },
			   { 1, SIM_SWITCH_IRQ });
		expect_verdict(bad[i].id);
	}
	sim_on_interrupt(NULL);
}

/* --- Outside of a run --- */

static void call_outside(void *arg)
{
	spell(arg);
}

static void test_outside_of_a_run(void **state)
{
	(void)state;
	begin(2);
	sim_call_rcu(call_outside, letters_a);
	assert_string_equal(log_text, "ab");
	sim_rcu_read_lock();
	sim_rcu_read_unlock(HERE);
	sim_synchronize_rcu(HERE);
	sim_rcu_barrier(HERE);
	expect_done("ab");
}

/* --- The same run thrice --- */

static uint64_t hash_of_a_run(void)
{
	begin(3);
	JOB(1, call_two, "c");
	JOB_SWITCH(2, spell_rcu, "abc", { 0, 4 }, { 1, SIM_SWITCH_IRQ + 1 });
	JOB(4, synchronize, "s");
	JOB(3, call_and_wait, "d");
	assert_true(run());
	return sim_trace_hash();
}

static void test_same_hash(void **state)
{
	uint64_t hash;

	(void)state;
	sim_on_interrupt(interrupt);
	hash = hash_of_a_run();
	begin(2);
	JOB(0, call_sleeps, NULL);
	expect_verdict("SLEEP_IN_ATOMIC");
	assert_true(hash == hash_of_a_run());
	assert_true(hash == hash_of_a_run());
	sim_on_interrupt(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_grace_period),
		cmocka_unit_test(test_rcu_verdicts),
		cmocka_unit_test(test_call_rcu),
		cmocka_unit_test(test_interrupts),
		cmocka_unit_test(test_pending_interrupts),
		cmocka_unit_test(test_interrupt_verdicts),
		cmocka_unit_test(test_outside_of_a_run),
		cmocka_unit_test(test_same_hash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
