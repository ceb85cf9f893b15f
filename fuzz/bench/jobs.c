// SPDX-License-Identifier: GPL-2.0-only
#include "bench/jobs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check/check.h"

#define SLOT 0

void jobs_boot(const struct subject_geometry *g)
{
	check_boot(SLOT, g);
	subject_boot(SLOT, g);
	check_commit();
}

void jobs_go_on(void)
{
	sim_reset(&(struct sim_config){ subject_geometry()->nr_cpus, false });
}

void jobs_reset(void)
{
	subject_reset(SLOT);
	check_reset(SLOT);
	jobs_go_on();
}

static void __attribute__((noreturn)) report_verdict(void)
{
	fprintf(stderr, "ASSERTION FAILED: %s: %s\n%s\n", sim_verdict()->id,
		sim_verdict()->summary, sim_verdict()->detail);
	exit(1);
}

bool jobs_end(const struct sim_job *jobs, unsigned int nr)
{
	if (sim_run(jobs, nr))
		return true;
	if (strcmp(sim_verdict()->id, "LIVELOCK"))
		report_verdict();
	return false;
}

void jobs_run(const struct sim_job *jobs, unsigned int nr)
{
	if (!sim_run(jobs, nr))
		report_verdict();
}

void jobs_run_one(void (*run)(void *arg), void *arg)
{
	jobs_run(&(struct sim_job){ .run = run, .arg = arg }, 1);
}

unsigned int jobs_below(uint64_t *rng, unsigned int n)
{
	*rng = *rng * 6364136223846793005u + 1442695040888963407u;
	return (unsigned int)(*rng >> 33) % n;
}

void jobs_draw_switches(uint64_t *rng, struct sim_switch *switches,
			unsigned int nr, unsigned int nr_tasks)
{
	unsigned int at = 0, to;

	for (unsigned int i = 0; i < nr; i++) {
		at += 1 + jobs_below(rng, 8);
		to = jobs_below(rng, nr_tasks + 1);
		if (to == nr_tasks)
			to = SIM_SWITCH_WORKER + jobs_below(rng, nr_tasks);
		switches[i] = (struct sim_switch){ at, to };
	}
}

long jobs_alloc(enum subject_gfp gfp, unsigned int order)
{
	long pfn;

	check_op_begin(CHECK_OP_OTHER, CHECK_CMA_ALLOWED);
	pfn = subject_alloc_pages(SUBJECT_REQUEST_MOVABLE, gfp, order);
	if (pfn < 0) {
		check_op_end(CHECK_FAILED, 0, 0);
		return -1;
	}
	check_own((unsigned int)pfn, 1u << order, CHECK_BLOCK);
	check_op_end(CHECK_DONE, 1l << order, 0);
	return pfn;
}

void jobs_free(unsigned int pfn, unsigned int order)
{
	check_op_begin(CHECK_OP_FREE, CHECK_CMA_ALLOWED);
	check_disown(pfn, 1u << order, CHECK_BLOCK);
	subject_free_pages(pfn, order);
	check_op_end_release(CHECK_IN_COMPANY);
}

unsigned int jobs_number(int argc, char **argv, int nr, unsigned int usual,
			 const char *usage)
{
	unsigned long value = usual;
	char *end;

	if (argc <= nr)
		return usual;
	value = strtoul(argv[nr], &end, 10);
	if (!value || *end || value > 10000000) {
		fprintf(stderr, "Usage: %s %s\n", argv[0], usage);
		exit(2);
	}
	return (unsigned int)value;
}
