/* SPDX-License-Identifier: GPL-2.0-only */
/* What measurements on one machine have in common: its jobs, and chance. */
#ifndef FUZZ_BENCH_JOBS_H
#define FUZZ_BENCH_JOBS_H

#include <stdint.h>

#include "sim/sim.h"
#include "subject/subject.h"

/*
 * Boot @g for this process; begin a run on it, as booted; or with memory as the
 * last one has left it, since a run has an end.
 */
void jobs_boot(const struct subject_geometry *g);
void jobs_reset(void);
void jobs_go_on(void);

/*
 * Exits with status 1 and the verdict if it ends in one; jobs_end() returns
 * false if it has no end.
 */
bool jobs_end(const struct sim_job *jobs, unsigned int nr);
void jobs_run(const struct sim_job *jobs, unsigned int nr);
void jobs_run_one(void (*run)(void *arg), void *arg);

/* A number below @n, drawn from @rng, which may begin with any number. */
unsigned int jobs_below(uint64_t *rng, unsigned int n);

/*
 * @nr switches for a job: every few yield points on to one of @nr_tasks tasks
 * or, once in a while, to a CPU's works.
 */
void jobs_draw_switches(uint64_t *rng, struct sim_switch *switches,
			unsigned int nr, unsigned int nr_tasks);

/*
 * A block that is there until jobs_free(): its pfn, or -1 if there is none that
 * could be had without work, or with it.
 */
long jobs_alloc(enum subject_gfp gfp, unsigned int order);
void jobs_free(unsigned int pfn, unsigned int order);

/* The number that an argument is, 1 to 10000000; else exits with status 2. */
unsigned int jobs_number(int argc, char **argv, int nr, unsigned int usual,
			 const char *usage);

#endif
