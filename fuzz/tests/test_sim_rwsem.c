/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Unit tests of the machine: read-write semaphores.
 */
#include "sim_jobs.h"

static unsigned int channel;

static void sleep_and_spell(void *arg)
{
	sim_sleep(&channel, "test channel", 7, HERE);
	spell(arg);
}

static struct sim_rwsem sem = { .lock = { .name = "sem" } };

/* Points: before the lock, in @arg, after the unlock. */
static void spell_read(void *arg)
{
	sim_down_read(&sem, HERE);
	assert_true(sim_rwsem_read_held(&sem));
	assert_false(sim_rwsem_write_held(&sem));
	assert_true(sim_rwsem_is_locked(&sem));
	spell(arg);
	sim_up_read(&sem, HERE);
	note('.');
}

static void spell_write(void *arg)
{
	sim_down_write(&sem, HERE);
	assert_false(sim_rwsem_read_held(&sem));
	assert_true(sim_rwsem_write_held(&sem));
	assert_int_equal(sem.nr_readers, 0);
	spell(arg);
	sim_up_write(&sem, HERE);
	note('.');
}

static void test_rwsem_excludes(void **state)
{
	(void)state;
	/* Readers together. */
	begin(2);
	JOB_SWITCH(0, spell_read, "ab", { 1, 1 });
	JOB(1, spell_read, "xy");
	expect_done("axy.b.");
	assert_false(sim_rwsem_is_locked(&sem));
	/* A writer alone, against either. */
	begin(2);
	JOB_SWITCH(0, spell_write, "ab", { 1, 1 });
	JOB(1, spell_read, "xy");
	expect_done("ab.xy.");
	begin(2);
	JOB_SWITCH(0, spell_read, "ab", { 1, 1 });
	JOB(1, spell_write, "xy");
	expect_done("ab.xy.");
	begin(2);
	JOB_SWITCH(0, spell_write, "ab", { 1, 1 });
	JOB(1, spell_write, "xy");
	expect_done("ab.xy.");
}

/*
 * A reader that comes while a writer waits waits behind it, although others
 * read; and a writer does not overtake either.
 */
static void test_rwsem_is_fair(void **state)
{
	(void)state;
	begin(4);
	JOB_SWITCH(0, spell_read, "ab", { 1, 2 }, { 1, 1 });
	JOB(2, spell_write, "w");
	JOB(1, spell_read, "r");
	expect_done("ab.w.r.");
	/* Just released, a third one comes before the waiter runs. */
	begin(4);
	JOB_SWITCH(0, spell_write, "ab", { 1, 3 }, { 2, 1 });
	JOB(3, spell_write, "w");
	JOB(1, spell_write, "x");
	expect_done("abw..x.");
	/* Readers that wait next to each other come in together. */
	begin(4);
	JOB_SWITCH(0, spell_write, "ab", { 1, 1 });
	JOB_SWITCH(1, spell_read, "lm", { 1, 2 });
	JOB(2, spell_read, "xy");
	expect_done("ab.lxy.m.");
}

static void try_both(void *arg)
{
	(void)arg;
	sim_preempt_disable(); /* they do not sleep */
	if (sim_down_read_trylock(&sem, HERE)) {
		note('r');
		sim_up_read(&sem, HERE);
	}
	if (sim_down_write_trylock(&sem, HERE)) {
		note('w');
		sim_up_write(&sem, HERE);
	}
	sim_preempt_enable(HERE);
	note('!');
}

/* Points: lock, a, downgrade, b, unlock. */
static void downgrade(void *arg)
{
	(void)arg;
	sim_down_write(&sem, HERE);
	note('a');
	sim_yield(SIM_POINT_READ, HERE);
	sim_downgrade_write(&sem, HERE);
	assert_true(sim_rwsem_read_held(&sem));
	note('b');
	sim_yield(SIM_POINT_READ, HERE);
	sim_up_read(&sem, HERE);
	note('.');
}

static void test_rwsem_trylock_and_downgrade(void **state)
{
	(void)state;
	begin(2);
	JOB(1, try_both, NULL);
	expect_done("rw!");
	begin(2);
	JOB_SWITCH(0, spell_read, "ab", { 1, 1 });
	JOB(1, try_both, NULL);
	expect_done("ar!b.");
	begin(2);
	JOB_SWITCH(0, spell_write, "ab", { 1, 1 });
	JOB(1, try_both, NULL);
	expect_done("a!b.");
	begin(2);
	JOB_SWITCH(0, downgrade, NULL, { 1, 1 }, { 2, 1 });
	JOB(1, spell_read, "xy");
	expect_done("axy.b.");
	/* A writer that waits is not overtaken by a trylock. */
	begin(3);
	JOB_SWITCH(0, spell_read, "ab", { 1, 1 }, { 1, 2 });
	JOB(1, spell_write, "w");
	JOB(2, try_both, NULL);
	expect_done("a!b.w.");
	/* No writer gets in between. */
	begin(2);
	JOB_SWITCH(0, downgrade, NULL, { 1, 1 }, { 2, 1 });
	JOB(1, spell_write, "xy");
	expect_done("ab.xy.");
}

static void read_twice(void *arg)
{
	(void)arg;
	sim_down_read(&sem, HERE);
	assert_true(sim_down_read_trylock(&sem, HERE));
	sim_up_read(&sem, HERE);
	sim_down_read(&sem, HERE);
}

static void write_read(void *arg)
{
	(void)arg;
	sim_down_write(&sem, HERE);
	sim_down_read(&sem, HERE);
}

static void read_write(void *arg)
{
	(void)arg;
	sim_down_read(&sem, HERE);
	sim_down_write(&sem, HERE);
}

static void up_read(void *arg)
{
	(void)arg;
	sim_up_read(&sem, HERE);
}

static void up_write_of_a_reader(void *arg)
{
	(void)arg;
	sim_down_read(&sem, HERE);
	sim_up_write(&sem, HERE);
}

static void downgrade_of_a_reader(void *arg)
{
	(void)arg;
	sim_down_read(&sem, HERE);
	sim_downgrade_write(&sem, HERE);
}

static void read_in_atomic(void *arg)
{
	(void)arg;
	sim_preempt_disable();
	sim_down_read(&sem, HERE);
}

static void write_in_atomic(void *arg)
{
	(void)arg;
	sim_preempt_disable();
	sim_down_write(&sem, HERE);
}

static void read_leaked(void *arg)
{
	(void)arg;
	sim_down_read(&sem, HERE);
}

static void mutex_then_read(void *arg)
{
	(void)arg;
	sim_mutex_lock(&lock_b, HERE);
	sim_down_read(&sem, HERE);
	sim_up_read(&sem, HERE);
	sim_mutex_unlock(&lock_b, HERE);
}

static void read_then_mutex(void *arg)
{
	(void)arg;
	sim_down_read(&sem, HERE);
	sim_mutex_lock(&lock_b, HERE);
}

static void test_rwsem_verdicts(void **state)
{
	static const struct {
		void (*run)(void *arg);
		const char *id;
	} bad[] = {
		{ read_twice, "LOCK_RECURSION" },
		{ write_read, "LOCK_RECURSION" },
		{ read_write, "LOCK_RECURSION" },
		{ up_read, "LOCK_NOT_OWNER" },
		{ up_write_of_a_reader, "LOCK_NOT_OWNER" },
		{ downgrade_of_a_reader, "LOCK_NOT_OWNER" },
		{ read_in_atomic, "SLEEP_IN_ATOMIC" },
		{ write_in_atomic, "SLEEP_IN_ATOMIC" },
		{ read_leaked, "ATOMIC_LEAKED" },
	};

	(void)state;
	for (unsigned int i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		begin(1);
		JOB(0, bad[i].run, NULL);
		expect_verdict(bad[i].id);
		/* An abandoned run holds nothing. */
		assert_false(sim_rwsem_is_locked(&sem));
	}
	begin(2);
	JOB(0, mutex_then_read, NULL);
	JOB(1, read_then_mutex, NULL);
	expect_verdict("LOCK_ORDER");
	expect_detail("takes b->lock#0 while it holds sem#0");
}

static void read_and_sleep(void *arg)
{
	sim_down_read(&sem, HERE);
	sleep_and_spell(arg);
}

static void test_rwsem_deadlock(void **state)
{
	(void)state;
	begin(4);
	JOB(0, read_and_sleep, NULL);
	JOB(1, spell_write, "w");
	JOB(2, spell_read, "r");
	expect_verdict("DEADLOCK");
	expect_detail("task 0 on cpu 0 (job 0) sleeps on test channel 7");
	expect_detail("task 1 on cpu 1 (job 1) waits for sem#0 to write, "
		      "read by task 0");
	expect_detail("task 2 on cpu 2 (job 2) waits for sem#0 to read, "
		      "read by task 0, behind task 1");
	begin(2);
	JOB(0, spell_write, "w");
	expect_done("w.");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rwsem_excludes),
		cmocka_unit_test(test_rwsem_is_fair),
		cmocka_unit_test(test_rwsem_trylock_and_downgrade),
		cmocka_unit_test(test_rwsem_verdicts),
		cmocka_unit_test(test_rwsem_deadlock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
