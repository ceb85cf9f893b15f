/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hostile_process [SCHEDULES]: whether processes can keep a page that nobody
 * has pinned where it is, under each value of policy compaction-skip (the
 * question of thread 001). They share it, as many of them as a pin has
 * references in this machine, and read it for ever; or they map and unmap it
 * for ever. Meanwhile CPU 0 compacts all of memory, up to 8 times.
 *
 * Prints a line per value: the share of schedules (1000), in percent, in which
 * the page has not moved after 1, 2, 4 and 8 times; where tasks go on is drawn
 * from the schedule's number.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/jobs.h"
#include "check/check.h"

#define NR_CPUS SUBJECT_NR_MMS
#define NR_SCANS 8
#define NR_SWITCHES 4096
#define MAX_ROUNDS 20000 /* of each process, while the scans go on */

static const struct subject_geometry geometry = {
	.nr_cpus = NR_CPUS,
	.nr_pages = 256,
	.movable_start = 256,
	.block_order = 3,
	.max_order = 5,
	.pcp_batch = 1,
	.pcp_high = 1,
	.pin_bias = SUBJECT_NR_MMS,
};

static struct {
	void (*process)(unsigned int mm);
	bool over;
	unsigned int pfn;
	unsigned int nr_scans; /* until it moved; NR_SCANS + 1: it did not */
	uint64_t rng[NR_CPUS];
	struct sim_switch switches[NR_CPUS][NR_SWITCHES];
} run;

/* --- Jobs --- */

static void map(unsigned int mm)
{
	check_op_begin(CHECK_OP_OTHER, CHECK_CMA_ALLOWED);
	check_fork_begin(mm, 0);
	subject_fork(mm, 0);
	check_fork_end(mm);
	check_op_end(CHECK_DONE, 0, 0);
}

static unsigned int page_of_first(void)
{
	struct subject_pte pte;

	subject_pte(0, 0, &pte);
	return pte.nr;
}

static void share_page(void *unused)
{
	(void)unused;
	check_op_begin(CHECK_OP_OTHER, CHECK_CMA_ALLOWED);
	if (subject_user_store(0, 0, 1))
		abort();
	check_op_end(CHECK_DONE, 0, 0);
	for (unsigned int mm = 1; mm < SUBJECT_NR_MMS; mm++)
		map(mm);
	check_op_begin(CHECK_OP_OTHER, CHECK_CMA_ALLOWED);
	subject_lru_drain_all();
	check_op_end(CHECK_DONE, 0, 0);
	run.pfn = page_of_first();
}

/* All of memory is taken, but for some pages at its upper end. */
static void make_room(void *unused)
{
	unsigned int order = geometry.block_order;
	long pfn, last = 0;

	(void)unused;
	do {
		pfn = jobs_alloc(SUBJECT_GFP_LIGHT, order);
		if (pfn > last && order == geometry.block_order)
			last = pfn;
	} while (pfn >= 0 || order--);
	jobs_free((unsigned int)last, geometry.block_order);
	if (jobs_alloc(SUBJECT_GFP_LIGHT, 0) < 0)
		abort();
}

static void scan(void *unused)
{
	(void)unused;
	for (run.nr_scans = 1; run.nr_scans <= NR_SCANS; run.nr_scans++) {
		check_op_begin(CHECK_OP_OTHER, CHECK_CMA_ALLOWED);
		subject_compact_all();
		check_op_end(CHECK_DONE, 0, 0);
		if (page_of_first() != run.pfn)
			break;
	}
	run.over = true;
}

static void read_it(unsigned int mm)
{
	unsigned long content;

	check_op_begin(CHECK_OP_OTHER, CHECK_CMA_ALLOWED);
	subject_user_load(mm, 0, &content);
	check_op_end(CHECK_DONE, 0, 0);
}

static void map_and_unmap(unsigned int mm)
{
	check_op_begin(CHECK_OP_OTHER, CHECK_CMA_ALLOWED);
	subject_zap(mm, 0, 1);
	check_op_end(CHECK_DONE, 0, 0);
	map(mm);
}

static void live(void *arg)
{
	unsigned int mm = *(const unsigned int *)arg;

	for (unsigned int i = 0; !run.over && i < MAX_ROUNDS; i++)
		run.process(mm);
}

/* --- One schedule --- */

static void run_schedule(unsigned int nr)
{
	static const unsigned int number[NR_CPUS] = { 0, 1, 2, 3, 4, 5, 6, 7 };
	struct sim_job jobs[NR_CPUS];

	jobs_reset();
	jobs_run_one(share_page, NULL);
	jobs_run_one(make_room, NULL);
	run.over = false;
	for (unsigned int i = 0; i < NR_CPUS; i++) {
		run.rng[i] = (nr * NR_CPUS + i) * 0x9e3779b97f4a7c15u;
		jobs_draw_switches(&run.rng[i], run.switches[i], NR_SWITCHES,
				   NR_CPUS);
		jobs[i] =
			(struct sim_job){ .task = i,
					  .run = i ? live : scan,
					  .arg = (void *)(uintptr_t)&number[i],
					  .switches = run.switches[i],
					  .nr_switches = NR_SWITCHES };
	}
	jobs_run(jobs, NR_CPUS);
}

/* --- The table --- */

static void print_shares(void (*process)(unsigned int mm),
			 unsigned int nr_schedules)
{
	unsigned int nr_left[NR_SCANS + 1] = { 0 };

	run.process = process;
	for (unsigned int nr = 1; nr <= nr_schedules; nr++) {
		run_schedule(nr);
		for (unsigned int i = 0; i < run.nr_scans; i++)
			nr_left[i]++;
	}
	for (unsigned int i = 1; i <= NR_SCANS; i *= 2)
		printf(" %7.1f", 100.0 * nr_left[i] / nr_schedules);
	fflush(stdout);
}

static void print_line(const char *value, unsigned int nr_schedules)
{
	subject_clear_bugs();
	if (subject_set_policy("compaction-skip", value))
		abort();
	printf("%-40s", value);
	print_shares(read_it, nr_schedules);
	print_shares(map_and_unmap, nr_schedules);
	printf("\n");
}

int main(int argc, char **argv)
{
	unsigned int nr = jobs_number(argc, argv, 1, 1000, "[SCHEDULES]");

	jobs_boot(&geometry);
	printf("%-40s", "compaction-skip");
	for (unsigned int i = 1; i <= NR_SCANS; i *= 2)
		printf(" %6s%u", "read-", i);
	for (unsigned int i = 1; i <= NR_SCANS; i *= 2)
		printf(" %6s%u", "unmap-", i);
	printf("\n");
	for (unsigned int i = 0; subject_policies[i].name; i++) {
		if (!strcmp(subject_policies[i].name, "compaction_skip"))
			print_line(subject_policies[i].value, nr);
	}
	return 0;
}
