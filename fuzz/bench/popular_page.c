/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * popular_page [SCHEDULES]: how often a migration succeeds while processes that
 * share the page touch it again and again, under each value of policy
 * migration-wait (the question of thread 002). Each schedule (10000) is one
 * migration of one page, in 10 passes, on a CPU of its own, beside 1, 2, 3 or 8
 * persistent faulters; where it goes on is drawn from the schedule's number.
 *
 * Prints one line per number of faulters: the share of migrations that have
 * moved the page, in percent. With 8, one shares the CPU of the migration.
 */
#include <stdio.h>
#include <stdlib.h>

#include "check/check.h"
#include "sim/sim.h"
#include "subject/subject.h"

#define SLOT 0
#define MAX_FAULTERS 8
#define NR_SWITCHES 2048
#define MAX_TOUCHES 100000 /* of each faulter, while the migration goes on */

static const struct subject_geometry geometry = {
	.nr_cpus = SIM_MAX_CPUS,
	.nr_pages = 256,
	.movable_start = 256,
	.block_order = 3,
	.max_order = 5,
	.pcp_batch = 1,
	.pcp_high = 1,
};

static struct {
	unsigned int nr_faulters;
	bool moved, over;
	uint64_t rng;
	struct sim_switch switches[MAX_FAULTERS + 1][NR_SWITCHES];
} run;

static unsigned int below(unsigned int n)
{
	run.rng = run.rng * 6364136223846793005u + 1442695040888963407u;
	return (unsigned int)(run.rng >> 33) % n;
}

/* --- Jobs --- */

static void share_page(void *unused)
{
	(void)unused;
	check_op_begin(CHECK_OP_OTHER, CHECK_CMA_ALLOWED);
	if (subject_user_store(0, 0, 1))
		abort();
	for (unsigned int i = 1; i < run.nr_faulters; i++) {
		if (i == SUBJECT_NR_MMS)
			break;
		check_fork_begin(i, 0);
		subject_fork(i, 0);
		check_fork_end(i);
	}
	subject_lru_drain_all();
	check_op_end(CHECK_DONE, 0, 0);
}

static void migrate(void *unused)
{
	(void)unused;
	check_op_begin(CHECK_OP_OTHER, CHECK_CMA_ALLOWED);
	run.moved = subject_migrate(0, geometry.nr_pages);
	check_op_end(CHECK_DONE, 0, 0);
	run.over = true;
}

static void touch(void *arg)
{
	unsigned int mm = *(const unsigned int *)arg;
	unsigned long content;

	check_op_begin(CHECK_OP_OTHER, CHECK_CMA_ALLOWED);
	for (unsigned int i = 0; !run.over && i < MAX_TOUCHES; i++)
		subject_user_load(mm, 0, &content);
	check_op_end(CHECK_DONE, 0, 0);
}

/* --- One schedule --- */

/* Every few yield points to one of the others. */
static void draw_switches(unsigned int job)
{
	unsigned int at = 0;

	for (unsigned int i = 0; i < NR_SWITCHES; i++) {
		at += 1 + below(8);
		run.switches[job][i].at = at;
		run.switches[job][i].task = below(run.nr_faulters + 1);
	}
}

static void run_schedule(unsigned int nr)
{
	static const unsigned int mm[MAX_FAULTERS] = { 0, 1, 2, 3, 4, 5, 6, 7 };
	struct sim_job first = { .run = share_page };
	struct sim_job jobs[MAX_FAULTERS + 1];

	subject_reset(SLOT);
	check_reset(SLOT);
	sim_reset(&(struct sim_config){ geometry.nr_cpus, false });
	run.rng = nr * 0x9e3779b97f4a7c15u;
	run.moved = false;
	run.over = false;
	if (!sim_run(&first, 1))
		abort();
	for (unsigned int i = 0; i <= run.nr_faulters; i++) {
		draw_switches(i);
		jobs[i] = (struct sim_job){
			.task = i,
			.run = i ? touch : migrate,
			.arg = (void *)(uintptr_t)&mm[i ? i - 1 : 0],
			.switches = run.switches[i],
			.nr_switches = NR_SWITCHES
		};
	}
	/* A migration that fails because of a waiter ends with a verdict. */
	sim_run(jobs, run.nr_faulters + 1);
}

static double share_of_moved(unsigned int nr_schedules)
{
	unsigned int nr_moved = 0;

	for (unsigned int i = 1; i <= nr_schedules; i++) {
		run_schedule(i);
		nr_moved += run.moved;
	}
	return 100.0 * nr_moved / nr_schedules;
}

/* --- The table --- */

static const char *const values[] = { "hold-reference", "put-and-wait",
				      "put-and-wait-preempt-off",
				      "no-reference" };
#define NR_VALUES (sizeof(values) / sizeof(values[0]))

static void print_line(unsigned int nr_faulters, unsigned int nr_schedules)
{
	run.nr_faulters = nr_faulters;
	printf("%8u", nr_faulters);
	for (size_t i = 0; i < NR_VALUES; i++) {
		subject_clear_bugs();
		if (subject_set_policy("migrate-loop", "one-by-one") ||
		    subject_set_policy("migration-wait", values[i]))
			abort();
		printf(" %25.1f", share_of_moved(nr_schedules));
		fflush(stdout);
	}
	printf("\n");
}

int main(int argc, char **argv)
{
	static const unsigned int faulters[] = { 1, 2, 3, 8 };
	unsigned long nr_schedules = argc > 1 ? strtoul(argv[1], NULL, 10) :
						10000;

	if (argc > 2 || !nr_schedules || nr_schedules > 10000000) {
		fprintf(stderr, "Usage: %s [SCHEDULES]\n", argv[0]);
		return 2;
	}
	check_boot(SLOT, &geometry);
	subject_boot(SLOT, &geometry);
	check_commit();
	printf("faulters");
	for (size_t i = 0; i < NR_VALUES; i++)
		printf(" %25s", values[i]);
	printf("\n");
	for (size_t i = 0; i < sizeof(faulters) / sizeof(faulters[0]); i++)
		print_line(faulters[i], (unsigned int)nr_schedules);
	return 0;
}
