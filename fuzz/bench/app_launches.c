/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * app_launches [ALLOCATIONS]: how contiguous allocation fares while processes
 * on the other CPUs end, begin anew, fault and age their pages, under each
 * value of policy lru-drain (the question of thread 000). ALLOCATIONS (500)
 * times CPU 0 takes a third of the CMA area and gives it back; what the others
 * do, and where each goes on, is drawn from the allocation's number.
 *
 * Prints one line per value: allocations that came to a fourth pass over their
 * pages (pass > 2), attempts to move a page in such passes, pages that a call
 * of migrate_pages() has left where they were, allocations that failed.
 */
#include <stdio.h>
#include <stdlib.h>

#include "check/check.h"
#include "sim/sim.h"
#include "subject/subject.h"

#define SLOT 0
#define NR_APPS 7
#define NR_JOBS (NR_APPS + 1)
#define NR_SWITCHES 8192
#define ALLOCATIONS_OF_RUN 10
#define BLOCK_ORDER 3
#define NR_PAGES 32 /* of an allocation */
#define NR_ADDRESSES 16 /* where a process has memory */
#define MAX_LAUNCHES 1000 /* on each CPU, during one */

static const struct subject_geometry geometry = {
	.nr_cpus = NR_JOBS,
	.nr_pages = 144,
	.movable_start = 144,
	.block_order = BLOCK_ORDER,
	.max_order = 5,
	.cma_blocks = 12,
	.pcp_batch = 1,
	.pcp_high = 1,
};

static struct {
	long pfn; /* of the last allocation, or an error */
	bool over;
	unsigned int nr_launches;
	unsigned long content;
	uint64_t rng[NR_JOBS]; /* what each job does, and where it goes on */
	struct sim_switch switches[NR_JOBS][NR_SWITCHES];
} run;

static struct counts {
	unsigned int nr_retried, nr_forced, nr_stayed, nr_failed;
} counts;

/* --- In the place of the checks' own: here a failure is what counts --- */

void __wrap_event_migration_failed(unsigned int pfn);

void __wrap_event_migration_failed(unsigned int pfn)
{
	(void)pfn;
	counts.nr_stayed++;
}

/* --- Jobs --- */

static unsigned int below(unsigned int job, unsigned int n)
{
	uint64_t *rng = &run.rng[job];

	*rng = *rng * 6364136223846793005u + 1442695040888963407u;
	return (unsigned int)(*rng >> 33) % n;
}

static void release(void *unused)
{
	unsigned int pfn = (unsigned int)run.pfn;

	(void)unused;
	check_op_begin(CHECK_OP_FREE, CHECK_CMA_ALLOWED);
	check_disown(pfn, NR_PAGES, CHECK_SINGLES);
	subject_cma_release(pfn, NR_PAGES);
	check_op_end_release(CHECK_IN_COMPANY);
}

static void allocate(void *unused)
{
	(void)unused;
	while (run.nr_launches < NR_APPS)
		sim_yield(SIM_POINT_RELAX, __func__);
	check_op_begin(CHECK_OP_CONTIG, CHECK_CMA_ALLOWED);
	run.pfn = subject_cma_alloc(NR_PAGES, BLOCK_ORDER);
	if (run.pfn < 0) {
		check_op_end(CHECK_FAILED, 0, 0);
	} else {
		check_own((unsigned int)run.pfn, NR_PAGES, CHECK_SINGLES);
		check_op_end(CHECK_DONE, NR_PAGES, 0);
	}
	run.over = true;
}

/* Anonymous memory comes first, then a gap, then that of a file. */
static unsigned int address_of(unsigned int i)
{
	return i < NR_ADDRESSES / 2 ? i : i + NR_ADDRESSES / 2;
}

static void fill(void *unused)
{
	unsigned long content;

	(void)unused;
	check_op_begin(CHECK_OP_OTHER, CHECK_CMA_ALLOWED);
	for (unsigned int i = 0; i < SUBJECT_NR_MMS * NR_ADDRESSES; i++)
		subject_user_load(i / NR_ADDRESSES,
				  address_of(i % NR_ADDRESSES), &content);
	subject_lru_drain_all();
	check_op_end(CHECK_DONE, 0, 0);
}

static void age(unsigned int job, unsigned int mm)
{
	static const enum subject_lru_op how[] = { SUBJECT_LRU_ACCESSED,
						   SUBJECT_LRU_ACCESSED,
						   SUBJECT_LRU_ACTIVATE,
						   SUBJECT_LRU_DEACTIVATE };

	subject_lru(mm, address_of(below(job, NR_ADDRESSES)),
		    how[below(job, sizeof(how) / sizeof(how[0]))]);
}

/* A process ends, another one begins; its pages are used and age. */
static void launch(unsigned int job)
{
	unsigned int mm = below(job, SUBJECT_NR_MMS);
	unsigned long content;

	subject_zap(mm, 0, SUBJECT_NR_ADDRESSES);
	for (unsigned int i = 0; i < 2 * NR_ADDRESSES; i++) {
		unsigned int address = address_of(i % NR_ADDRESSES);

		if (below(job, 2))
			subject_user_store(mm, address, ++run.content);
		else
			subject_user_load(mm, address, &content);
		age(job, mm);
	}
	if (!below(job, 4))
		subject_reclaim(4);
	run.nr_launches++;
}

static void live(void *arg)
{
	unsigned int job = *(const unsigned int *)arg;

	for (unsigned int i = 0; !run.over && i < MAX_LAUNCHES; i++) {
		check_op_begin(CHECK_OP_OTHER, CHECK_CMA_ALLOWED);
		launch(job);
		check_op_end(CHECK_DONE, 0, 0);
	}
}

/* --- One allocation --- */

static void run_all(const struct sim_job *jobs, unsigned int nr)
{
	if (sim_run(jobs, nr))
		return;
	fprintf(stderr, "ASSERTION FAILED: %s: %s\n%s\n", sim_verdict()->id,
		sim_verdict()->summary, sim_verdict()->detail);
	exit(1);
}

/* Every few yield points to one of the others, or to a CPU's works. */
static void draw_switches(unsigned int job)
{
	unsigned int at = 0, to;

	for (unsigned int i = 0; i < NR_SWITCHES; i++) {
		at += 1 + below(job, 8);
		run.switches[job][i].at = at;
		to = below(job, NR_JOBS + 1);
		if (to == NR_JOBS)
			to = SIM_SWITCH_WORKER + below(job, NR_JOBS);
		run.switches[job][i].task = to;
	}
}

static void run_allocation(unsigned int nr)
{
	static const unsigned int number[NR_JOBS] = { 0, 1, 2, 3, 4, 5, 6, 7 };
	struct sim_job jobs[NR_JOBS];

	run.over = false;
	run.nr_launches = 0;
	for (unsigned int i = 0; i < NR_JOBS; i++) {
		run.rng[i] = (nr * NR_JOBS + i) * 0x9e3779b97f4a7c15u;
		draw_switches(i);
		jobs[i] =
			(struct sim_job){ .task = i,
					  .run = i ? live : allocate,
					  .arg = (void *)(uintptr_t)&number[i],
					  .switches = run.switches[i],
					  .nr_switches = NR_SWITCHES };
	}
	run_all(jobs, NR_JOBS);
}

static unsigned int forced_so_far(void)
{
	struct subject_migrate_counts now;

	subject_migrate_counts(&now);
	return now.nr_forced;
}

static void count_allocation(unsigned int nr)
{
	const struct sim_job give_back = { .run = release };
	unsigned int before = forced_so_far();

	run_allocation(nr);
	counts.nr_retried += forced_so_far() != before;
	counts.nr_forced += forced_so_far() - before;
	counts.nr_failed += run.pfn < 0;
	if (run.pfn >= 0)
		run_all(&give_back, 1);
}

/* Some allocations find what those before them have left. */
static void count_allocations(unsigned int nr_allocations)
{
	const struct sim_job first = { .run = fill };

	counts = (struct counts){ 0 };
	for (unsigned int nr = 0; nr < nr_allocations; nr++) {
		if (nr % ALLOCATIONS_OF_RUN == 0) {
			subject_reset(SLOT);
			check_reset(SLOT);
			sim_reset(&(struct sim_config){ geometry.nr_cpus,
							false });
			run.content = 0;
			run_all(&first, 1);
		}
		count_allocation(nr + 1);
	}
}

/* --- The table --- */

static void print_line(const char *value, unsigned int nr_allocations)
{
	subject_clear_bugs();
	if (subject_set_policy("migrate-loop", "one-by-one") ||
	    subject_set_policy("lru-drain", value))
		abort();
	count_allocations(nr_allocations);
	printf("%-24s %8u %8u %8u %8u\n", value, counts.nr_retried,
	       counts.nr_forced, counts.nr_stayed, counts.nr_failed);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	static const char *const values[] = { "never",
					      "once-before",
					      "pending-count-no-barrier",
					      "pending-count",
					      "disable-on-every-cpu",
					      "disable-after-rcu" };
	unsigned long nr = argc > 1 ? strtoul(argv[1], NULL, 10) : 500;

	if (argc > 2 || !nr || nr > 10000000) {
		fprintf(stderr, "Usage: %s [ALLOCATIONS]\n", argv[0]);
		return 2;
	}
	check_boot(SLOT, &geometry);
	subject_boot(SLOT, &geometry);
	check_commit();
	printf("%-24s %8s %8s %8s %8s\n", "lru-drain", "retried", "attempts",
	       "stayed", "failed");
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		print_line(values[i], (unsigned int)nr);
	return 0;
}
