/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the tests of the machine share. A job notes letters in a log as it goes;
 * a test says which schedule it asks for and in which order the letters must
 * come.
 */
#ifndef FUZZ_TESTS_SIM_JOBS_H
#define FUZZ_TESTS_SIM_JOBS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sim/sim.h"

#define MAX_JOBS 16
#define HERE                            \
	({                              \
		static const char here; \
		(const void *)&here;    \
	})

static char log_text[128];
static struct sim_lock lock_a = { .name = "a->lock" };
static struct sim_lock lock_b = { .name = "b->lock" };
static struct sim_lock lock_b1 = { .name = "b->lock", .instance = 1 };
static struct sim_lock lock_c = { .name = "c->lock" };
static unsigned int shared;

static struct sim_job jobs[MAX_JOBS];
static unsigned int nr_jobs;

static inline void note(char c)
{
	size_t len = strlen(log_text);

	assert_true(len + 1 < sizeof(log_text));
	log_text[len] = c;
	log_text[len + 1] = '\0';
}

static inline void begin(unsigned int nr_cpus)
{
	struct sim_config config = { .nr_cpus = nr_cpus };

	log_text[0] = '\0';
	nr_jobs = 0;
	shared = 0;
	memset(jobs, 0, sizeof(jobs));
	sim_reset(&config);
}

static inline void add(unsigned int task, void (*run)(void *arg),
		       const char *arg, const struct sim_switch *switches,
		       unsigned int nr_switches)
{
	assert_true(nr_jobs < MAX_JOBS);
	jobs[nr_jobs++] = (struct sim_job){
		.task = task,
		.nr_switches = nr_switches,
		.switches = switches,
		.run = run,
		.arg = (void *)(uintptr_t)arg,
	};
}

#define JOB(task, run, arg) add(task, run, arg, NULL, 0)
#define JOB_SWITCH(task, run, arg, ...)                                     \
	do {                                                                \
		static const struct sim_switch list_[] = { __VA_ARGS__ };   \
		add(task, run, arg, list_, sizeof(list_) / sizeof(*list_)); \
	} while (0)

/* Switches of each work that the job added last queues. */
#define WORK_SWITCH(...)                                                  \
	do {                                                              \
		static const struct sim_switch list_[] = { __VA_ARGS__ }; \
		jobs[nr_jobs - 1].work_switches = list_;                  \
		jobs[nr_jobs - 1].nr_work_switches =                      \
			sizeof(list_) / sizeof(*list_);                   \
	} while (0)

static inline bool run(void)
{
	bool done = sim_run(jobs, nr_jobs);

	assert_false(sim_running());
	assert_true(done == !sim_verdict());
	return done;
}

static inline void expect_done(const char *log)
{
	bool done = run();

	if (!done)
		print_error("%s: %s\n", sim_verdict()->id,
			    sim_verdict()->detail);
	assert_true(done);
	assert_string_equal(log_text, log);
}

static inline void expect_verdict(const char *id)
{
	assert_false(run());
	assert_string_equal(sim_verdict()->id, id);
	/* The run is over: more jobs are not begun. */
	log_text[0] = '\0';
	assert_false(run());
	assert_string_equal(log_text, "");
}

static inline void expect_detail(const char *text)
{
	if (!strstr(sim_verdict()->detail, text))
		print_error("\"%s\" is not in:\n%s\n", text,
			    sim_verdict()->detail);
	assert_non_null(strstr(sim_verdict()->detail, text));
}

/* --- Jobs that several tests use --- */

/* A letter, a yield point, the next letter, ... */
static inline void spell(void *arg)
{
	for (const char *c = arg; *c; c++) {
		if (c != (const char *)arg)
			sim_yield(SIM_POINT_READ, HERE);
		note(*c);
	}
}

static inline void spell_irqs_off(void *arg)
{
	bool were_on = sim_irq_save();

	assert_true(were_on);
	assert_true(sim_irqs_disabled());
	spell(arg);
	sim_irq_restore(were_on, HERE);
	note('.');
}

/* Points: before the lock, in @arg, after the unlock. */
static inline void spell_spin_a(void *arg)
{
	sim_spin_lock(&lock_a, HERE);
	assert_true(sim_lock_held(&lock_a));
	assert_int_equal(sim_preempt_count(), 1);
	spell(arg);
	sim_spin_unlock(&lock_a, HERE);
	note('.');
}

static inline void nest(struct sim_lock *outer, struct sim_lock *inner)
{
	sim_spin_lock(outer, HERE);
	sim_spin_lock(inner, HERE);
	sim_spin_unlock(outer, HERE);
	sim_spin_unlock(inner, HERE);
}

static inline void spell_try_a(void *arg)
{
	if (!sim_spin_trylock(&lock_a, HERE)) {
		note('!');
		return;
	}
	spell(arg);
	sim_spin_unlock(&lock_a, HERE);
}

static inline void nest_a_b(void *arg)
{
	(void)arg;
	nest(&lock_a, &lock_b);
}

static inline void nest_b_c(void *arg)
{
	(void)arg;
	nest(&lock_b, &lock_c);
}

static inline void sleep_with_spinlock(void *arg)
{
	(void)arg;
	sim_spin_lock(&lock_a, HERE);
	sim_might_sleep();
}

static inline void irqs_off_spin_a(void *arg)
{
	bool were_on = sim_irq_save();

	sim_spin_lock(&lock_a, HERE);
	spell(arg);
	sim_spin_unlock(&lock_a, HERE);
	sim_irq_restore(were_on, HERE);
}

static inline void do_nothing(void *info)
{
	(void)info;
}

/* Waits for an answer of a CPU that spins for our lock with irqs off. */
static inline void call_with_a_held(void *arg)
{
	(void)arg;
	sim_spin_lock(&lock_a, HERE);
	sim_yield(SIM_POINT_READ, HERE);
	sim_on_each_cpu(do_nothing, NULL, HERE);
	sim_spin_unlock(&lock_a, HERE);
}

static inline void spell_mutex_a(void *arg)
{
	sim_mutex_lock(&lock_a, HERE);
	spell(arg);
	sim_mutex_unlock(&lock_a, HERE);
	note('.');
}

#endif
