/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Unit tests of the machine: spinlocks, mutexes, and the rules for them.
 */
#include "sim_jobs.h"

/* --- Spinlocks --- */

static void test_spinlock_excludes(void **state)
{
	(void)state;
	begin(2);
	JOB_SWITCH(0, spell_spin_a, "ab", { 1, 1 });
	JOB(1, spell_spin_a, "xy");
	expect_done("ab.xy.");
	/* The moment just after the release is when others can go. */
	begin(2);
	JOB_SWITCH(0, spell_spin_a, "ab", { 1, 1 }, { 2, 1 });
	JOB(1, spell_spin_a, "xy");
	expect_done("abxy..");
}

static void test_trylock(void **state)
{
	(void)state;
	begin(2);
	JOB_SWITCH(0, spell_spin_a, "ab", { 1, 1 });
	JOB(1, spell_try_a, "xy");
	JOB(1, spell_try_a, "z");
	expect_done("a!b.z");
	assert_int_equal(lock_a.owner, 0);
}

static void lock_recursion(void *arg)
{
	(void)arg;
	sim_spin_lock(&lock_a, HERE);
	sim_spin_lock(&lock_a, HERE);
}

static void mutex_recursion(void *arg)
{
	(void)arg;
	sim_mutex_lock(&lock_a, HERE);
	assert_false(sim_mutex_trylock(&lock_a, HERE));
	sim_mutex_lock(&lock_a, HERE);
}

static void test_lock_recursion(void **state)
{
	(void)state;
	begin(1);
	JOB(0, lock_recursion, NULL);
	expect_verdict("LOCK_RECURSION");
	expect_detail("a->lock#0");
	/* Nothing is left behind. */
	assert_int_equal(lock_a.owner, 0);
	begin(1);
	JOB(0, mutex_recursion, NULL);
	expect_verdict("LOCK_RECURSION");
}

static void unlock_a(void *arg)
{
	(void)arg;
	sim_spin_unlock(&lock_a, HERE);
}

static void test_lock_not_owner(void **state)
{
	(void)state;
	begin(1);
	JOB(0, unlock_a, NULL);
	expect_verdict("LOCK_NOT_OWNER");
	expect_detail("held by nobody");
	begin(2);
	JOB_SWITCH(0, spell_spin_a, "ab", { 1, 1 });
	JOB(1, unlock_a, NULL);
	expect_verdict("LOCK_NOT_OWNER");
	expect_detail("held by task 0");
}

static void nest_b_a(void *arg)
{
	(void)arg;
	nest(&lock_b, &lock_a);
}

static void nest_b_b1(void *arg)
{
	(void)arg;
	nest(&lock_b, &lock_b1);
}

static void nest_c_a(void *arg)
{
	(void)arg;
	nest(&lock_c, &lock_a);
}

static void nest_try(struct sim_lock *outer, struct sim_lock *inner)
{
	sim_spin_lock(outer, HERE);
	assert_true(sim_spin_trylock(inner, HERE));
	sim_spin_unlock(inner, HERE);
	sim_spin_unlock(outer, HERE);
}

static void nest_b_try_a(void *arg)
{
	(void)arg;
	nest_try(&lock_b, &lock_a);
	nest_try(&lock_b, &lock_b1);
}

static void test_lock_order(void **state)
{
	(void)state;
	begin(2);
	JOB(0, nest_a_b, NULL);
	JOB(0, nest_a_b, NULL);
	JOB(1, nest_b_a, NULL);
	expect_verdict("LOCK_ORDER");
	expect_detail("takes a->lock#0 while it holds b->lock#0");
	expect_detail("b->lock after a->lock");
	/* By way of a third one. */
	begin(2);
	JOB(0, nest_a_b, NULL);
	JOB(1, nest_b_c, NULL);
	JOB(2, nest_c_a, NULL);
	expect_verdict("LOCK_ORDER");
	expect_detail("c->lock after b->lock after a->lock");
	/* Two of one class. */
	begin(1);
	JOB(0, nest_b_b1, NULL);
	expect_verdict("LOCK_ORDER");
	/* Nothing is remembered from a run before, also not by number. */
	begin(1);
	JOB(0, nest_a_b, NULL);
	expect_done("");
	begin(1);
	JOB(0, spell_spin_a, "");
	JOB(0, nest_b_a, NULL);
	expect_done(".");
}

static void test_classes_are_compared_by_content(void **state)
{
	static char name[] = "a->lock";
	struct sim_lock other = { .name = name, .instance = 7 };

	(void)state;
	begin(1);
	lock_c = other;
	JOB(0, nest_c_a, NULL);
	expect_verdict("LOCK_ORDER");
	lock_c.name = "c->lock";
	lock_c.instance = 0;
}

static void test_trylock_makes_no_order(void **state)
{
	(void)state;
	begin(2);
	JOB(0, nest_a_b, NULL);
	JOB(1, nest_b_try_a, NULL);
	expect_done("");
}

static void lock_leaked(void *arg)
{
	(void)arg;
	sim_spin_lock(&lock_a, HERE);
}

static void preempt_unbalanced(void *arg)
{
	(void)arg;
	sim_preempt_enable(HERE);
}

static void test_leaks(void **state)
{
	(void)state;
	begin(1);
	JOB(0, lock_leaked, NULL);
	expect_verdict("ATOMIC_LEAKED");
	expect_detail("a->lock");
	begin(1);
	JOB(0, preempt_unbalanced, NULL);
	expect_verdict("PREEMPT_UNBALANCED");
}

/* --- Mutexes --- */

static void test_mutex_sleeps(void **state)
{
	(void)state;
	begin(2);
	JOB_SWITCH(0, spell_mutex_a, "ab", { 1, 1 });
	JOB(1, spell_mutex_a, "xy");
	expect_done("ab.xy.");
	/* On one CPU: the holder is preempted, the waiter gives it back. */
	begin(1);
	JOB_SWITCH(0, spell_mutex_a, "ab", { 1, 1 });
	JOB(1, spell_mutex_a, "xy");
	expect_done("ab.xy.");
}

/* Whoever runs first takes it: the sleeper finds it taken again. */
static void test_mutex_is_not_handed_on(void **state)
{
	(void)state;
	begin(3);
	JOB_SWITCH(0, spell_mutex_a, "ab", { 1, 1 }, { 2, 2 });
	JOB(1, spell_mutex_a, "lm");
	JOB(2, spell_mutex_a, "xy");
	expect_done("abxy..lm.");
}

static void mutex_preempt_off(void *arg)
{
	(void)arg;
	sim_preempt_disable();
	sim_mutex_lock(&lock_a, HERE);
}

static void mutex_irqs_off(void *arg)
{
	(void)arg;
	sim_irq_save();
	sim_mutex_lock(&lock_a, HERE);
}

static void test_sleep_in_atomic(void **state)
{
	void (*const bad[])(void *arg) = {
		mutex_preempt_off,
		mutex_irqs_off,
		sleep_with_spinlock,
	};

	(void)state;
	for (unsigned int i = 0; i < 3; i++) {
		begin(1);
		JOB(0, bad[i], NULL);
		expect_verdict("SLEEP_IN_ATOMIC");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_spinlock_excludes),
		cmocka_unit_test(test_trylock),
		cmocka_unit_test(test_lock_recursion),
		cmocka_unit_test(test_lock_not_owner),
		cmocka_unit_test(test_lock_order),
		cmocka_unit_test(test_classes_are_compared_by_content),
		cmocka_unit_test(test_trylock_makes_no_order),
		cmocka_unit_test(test_leaks),
		cmocka_unit_test(test_mutex_sleeps),
		cmocka_unit_test(test_mutex_is_not_handed_on),
		cmocka_unit_test(test_sleep_in_atomic),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
