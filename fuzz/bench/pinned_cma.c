/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pinned_cma [SCHEDULES]: what becomes of a CMA area when memory is pinned for
 * good while CMA pages lie on the pcplists, under each value of policy nocma
 * (the question of thread 004). On 7 CPUs processes end and begin anew, in the
 * CMA area as well; CPU 0 pins 16 pages, of which some are there already. Then
 * all others end, and the area is allocated, a pageblock at a time.
 *
 * First with what pins for good today, then as it was before 5.13: what must be
 * moved is moved to any movable page, and pinned where it is if that fails.
 *
 * Prints a line per value: pages pinned; of these, in the CMA area; pages moved
 * to be pinned, some more than once; schedules (500) in which that had no end;
 * pages of the area, over all others, that could not be allocated.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/jobs.h"
#include "check/check.h"

#define NR_JOBS SIM_MAX_CPUS
#define NR_SWITCHES 4096
#define BLOCK_ORDER 3
#define MAX_LAUNCHES 1000
#define NR_ANON (SUBJECT_FILE_ADDRESS / 2)
#define SHMEM_MM 2 /* it shares a file of shmem with process 6 */

static const struct subject_geometry geometry = {
	.nr_cpus = NR_JOBS,
	.nr_pages = 256,
	.movable_start = 256,
	.block_order = BLOCK_ORDER,
	.max_order = 5,
	.cma_blocks = 16,
	.pcp_batch = 4,
	.pcp_high = 16,
};

static struct {
	bool over;
	unsigned long content;
	uint64_t rng[NR_JOBS];
	struct sim_switch switches[NR_JOBS][NR_SWITCHES];
} run;

static struct {
	unsigned int nr_pinned, nr_in_cma, nr_moved, nr_endless, nr_lost;
} counts;

/* --- Processes --- */

static void store(unsigned int mm, unsigned int address)
{
	check_op_begin(CHECK_OP_OTHER, CHECK_CMA_ALLOWED);
	subject_user_store(mm, address, ++run.content);
	check_op_end(CHECK_DONE, 0, 0);
}

static void zap(unsigned int mm)
{
	check_op_begin(CHECK_OP_OTHER, CHECK_CMA_ALLOWED);
	subject_zap(mm, 0, SUBJECT_NR_ADDRESSES);
	check_op_end(CHECK_DONE, 0, 0);
}

/* Anonymous memory comes first, then a gap, then that of a file. */
static unsigned int address_of(unsigned int i)
{
	return i < NR_ANON ? i : i + NR_ANON;
}

static void launch(unsigned int mm, uint64_t *rng)
{
	zap(mm);
	for (unsigned int i = 0; i < NR_ANON + SUBJECT_FILE_PAGES; i++) {
		if (jobs_below(rng, 2))
			store(mm, address_of(i));
	}
}

/* The pages of a file stay, so what has them moves on by truncation. */
static void truncate_page_of(unsigned int file, unsigned int index)
{
	check_op_begin(CHECK_OP_OTHER, CHECK_CMA_ALLOWED);
	check_truncate_begin(file, index);
	subject_truncate(file, index);
	check_truncate_end(file, index);
	check_op_end(CHECK_DONE, 0, 0);
}

static void live(void *arg)
{
	unsigned int mm = *(const unsigned int *)arg;
	uint64_t *rng = &run.rng[mm];

	/* This one's memory is pinned by another one. */
	if (mm == SHMEM_MM)
		return;
	for (unsigned int i = 0; !run.over && i < MAX_LAUNCHES; i++) {
		launch(mm, rng);
		if (mm % SUBJECT_NR_FILES != SHMEM_MM)
			truncate_page_of(mm % SUBJECT_NR_FILES,
					 jobs_below(rng, SUBJECT_FILE_PAGES));
	}
}

/* --- Pins --- */

static bool is_in_cma(unsigned int pfn)
{
	unsigned int start, end;

	subject_cma_area(&start, &end);
	return pfn >= start && pfn < end;
}

static void pin(unsigned int mm, unsigned int address)
{
	unsigned int pfn;

	check_op_begin(CHECK_OP_PIN, CHECK_CMA_ALLOWED);
	check_pin_begin(mm, address, 1);
	if (subject_pin(mm, address, 1, SUBJECT_PIN_LONGTERM, &pfn) == 1) {
		counts.nr_pinned++;
		counts.nr_in_cma += is_in_cma(pfn);
	}
	check_op_end(CHECK_DONE, 0, 0);
}

static unsigned int moved_so_far(void)
{
	struct subject_migrate_counts now;

	subject_migrate_counts(&now);
	return now.nr_succeeded;
}

static void pin_all(void *unused)
{
	(void)unused;
	for (unsigned int i = 0; i < NR_ANON; i++) {
		if (i % 2)
			store(0, i);
		pin(0, i);
		pin(SHMEM_MM, SUBJECT_FILE_ADDRESS + i);
	}
	run.over = true;
}

/* --- The area --- */

static void end_others(void *unused)
{
	(void)unused;
	for (unsigned int mm = 1; mm < SUBJECT_NR_MMS; mm++) {
		if (mm != SHMEM_MM)
			zap(mm);
	}
	for (unsigned int i = 0; i < SUBJECT_NR_FILES * SUBJECT_FILE_PAGES;
	     i++) {
		if (i / SUBJECT_FILE_PAGES != SHMEM_MM)
			truncate_page_of(i / SUBJECT_FILE_PAGES,
					 i % SUBJECT_FILE_PAGES);
	}
}

static void allocate_block(void *arg)
{
	long *pfn = arg;

	check_op_begin(CHECK_OP_CONTIG, CHECK_CMA_ALLOWED);
	*pfn = subject_cma_alloc(1u << BLOCK_ORDER, BLOCK_ORDER);
	if (*pfn < 0) {
		check_op_end(CHECK_FAILED, 0, 0);
		return;
	}
	check_own((unsigned int)*pfn, 1u << BLOCK_ORDER, CHECK_SINGLES);
	check_op_end(CHECK_DONE, 1l << BLOCK_ORDER, 0);
}

static unsigned int nr_lost(void)
{
	unsigned int nr = geometry.cma_blocks << BLOCK_ORDER;
	long pfn;

	jobs_run_one(end_others, NULL);
	for (;;) {
		jobs_run_one(allocate_block, &pfn);
		if (pfn < 0)
			return nr;
		nr -= 1u << BLOCK_ORDER;
	}
}

/* --- One schedule --- */

static void run_schedule(unsigned int nr)
{
	static const unsigned int number[NR_JOBS] = { 0, 1, 2, 3, 4, 5, 6, 7 };
	struct sim_job jobs[NR_JOBS];

	jobs_reset();
	run.over = false;
	run.content = 0;
	for (unsigned int i = 0; i < NR_JOBS; i++) {
		run.rng[i] = (nr * NR_JOBS + i) * 0x9e3779b97f4a7c15u;
		jobs_draw_switches(&run.rng[i], run.switches[i], NR_SWITCHES,
				   NR_JOBS);
		jobs[i] =
			(struct sim_job){ .task = i,
					  .run = i ? live : pin_all,
					  .arg = (void *)(uintptr_t)&number[i],
					  .switches = run.switches[i],
					  .nr_switches = NR_SWITCHES };
	}
	if (!jobs_end(jobs, NR_JOBS)) {
		counts.nr_endless++;
		return;
	}
	counts.nr_moved += moved_so_far();
	counts.nr_lost += nr_lost();
}

/* --- The tables --- */

static void set_design(const char *value, bool before_5_13)
{
	static const char *const bugs[] = { "pin-target-movable",
					    "pin-despite-failed-migration",
					    "pin-ignores-isolation-errors" };

	subject_clear_bugs();
	for (unsigned int i = 0; before_5_13 && i < 3; i++) {
		if (subject_set_bug(bugs[i]))
			abort();
	}
	if (subject_set_policy("nocma", value))
		abort();
}

static void print_table(const char *name, bool before_5_13,
			unsigned int nr_schedules)
{
	printf("%-14s %8s %8s %8s %8s %8s\n", name, "pinned", "in-cma", "moved",
	       "endless", "lost");
	for (unsigned int i = 0; subject_policies[i].name; i++) {
		if (strcmp(subject_policies[i].name, "nocma"))
			continue;
		set_design(subject_policies[i].value, before_5_13);
		memset(&counts, 0, sizeof(counts));
		for (unsigned int nr = 1; nr <= nr_schedules; nr++)
			run_schedule(nr);
		printf("%-14s %8u %8u %8u %8u %8u\n", subject_policies[i].value,
		       counts.nr_pinned, counts.nr_in_cma, counts.nr_moved,
		       counts.nr_endless, counts.nr_lost);
		fflush(stdout);
	}
}

int main(int argc, char **argv)
{
	unsigned int nr = jobs_number(argc, argv, 1, 500, "[SCHEDULES]");

	jobs_boot(&geometry);
	print_table("today", false, nr);
	print_table("before-5.13", true, nr);
	return 0;
}
