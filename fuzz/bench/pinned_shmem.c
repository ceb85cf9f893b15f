/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pinned_shmem [ROUNDS]: what compaction does for huge pages in a machine of 64
 * MB with pageblocks of 2 MB, while 8 MB of shmem are pinned, under each value
 * of policy compaction-skip (the question of thread 001).
 *
 * The shmem, files of two processes, has half of every fourth pageblock, pinned
 * for good or, in the second table, referred to by somebody. In each of ROUNDS
 * (100) other processes begin anew, with memory all over the rest; then again
 * and again kcompactd makes what huge pages it can, and requests for huge pages
 * compact themselves until one of them gets none.
 *
 * Prints a line per value: pages isolated, of both kinds; pages that could not
 * be moved, and that were; pages that the migrate scanner and the free scanner
 * have looked at; huge pages.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/jobs.h"
#include "check/check.h"

#define NR_BLOCKS 32
#define BLOCK_ORDER 9
#define UNIT_ORDER (BLOCK_ORDER - 2) /* memory is taken by these */
#define MAX_HELD (NR_BLOCKS << BLOCK_ORDER)
#define NR_GUEST_BLOCKS 8
/* Of processes 2 and 3, which have the files of shmem; half of a unit. */
#define NR_GUEST_PAGES (2 * SUBJECT_FILE_PAGES)
#define NR_OF_CHUNK (1u << (UNIT_ORDER - 1))
#define NR_WAKEUPS 16 /* of kcompactd, in a round */
#define NR_DISK_PAGES 8 /* of a file, that a process has */

_Static_assert(NR_GUEST_PAGES == NR_GUEST_BLOCKS * 4 * NR_OF_CHUNK, "guest");

static const struct subject_geometry geometry = {
	.nr_cpus = 1,
	.nr_pages = NR_BLOCKS << BLOCK_ORDER,
	.movable_start = NR_BLOCKS << BLOCK_ORDER,
	.block_order = BLOCK_ORDER,
	.max_order = BLOCK_ORDER + 1,
	.pcp_batch = 1,
	.pcp_high = 1,
};

/* What is taken, so that what is to be allocated comes from where it shall. */
struct block {
	unsigned int pfn, order;
};

static struct {
	enum subject_pin how;
	unsigned int nr_blocks, nr_huge;
	struct block block[MAX_HELD];
	uint64_t rng;
} run;

/* --- Who has which memory --- */

/* All that is free, from that order down to single pages. */
static void take_all(unsigned int order)
{
	for (;;) {
		long pfn = jobs_alloc(SUBJECT_GFP_LIGHT, order);

		if (pfn >= 0 && run.nr_blocks < MAX_HELD)
			run.block[run.nr_blocks++] =
				(struct block){ (unsigned int)pfn, order };
		else if (pfn >= 0)
			abort();
		else if (!order--)
			return;
	}
}

static void give_back(unsigned int i)
{
	jobs_free(run.block[i].pfn, run.block[i].order);
	run.block[i] = run.block[--run.nr_blocks];
}

static void give_all_back(void *unused)
{
	(void)unused;
	while (run.nr_blocks)
		give_back(0);
	subject_drain_all();
}

static void store(unsigned int mm, unsigned int address)
{
	check_op_begin(CHECK_OP_OTHER, CHECK_CMA_ALLOWED);
	if (subject_user_store(mm, address, mm + 1))
		abort();
	subject_lru_drain_all();
	check_op_end(CHECK_DONE, 0, 0);
}

/* A page for that address in the quarter that run.block has at @i. */
static void store_in(unsigned int i, unsigned int mm, unsigned int address)
{
	give_back(i);
	subject_drain_all();
	store(mm, address);
	take_all(UNIT_ORDER);
}

static void pin(unsigned int mm, unsigned int address)
{
	unsigned int pfn;

	check_op_begin(CHECK_OP_PIN, CHECK_CMA_FORBIDDEN);
	check_pin_begin(mm, address, 1);
	if (subject_pin(mm, address, 1, run.how, &pfn) != 1)
		abort();
	check_op_end(CHECK_DONE, 0, 0);
}

/* Of [start, end): the first quarter that nobody has anything in. */
static unsigned int free_unit(unsigned int start, unsigned int end)
{
	for (unsigned int i = 0; i < run.nr_blocks; i++) {
		if (run.block[i].pfn >= start && run.block[i].pfn < end &&
		    run.block[i].order == UNIT_ORDER)
			return i;
	}
	abort();
}

static void begin_chunk(void *arg)
{
	unsigned int nr = *(unsigned int *)arg;
	unsigned int start = nr / 4 * (NR_BLOCKS / NR_GUEST_BLOCKS)
			     << BLOCK_ORDER;

	take_all(UNIT_ORDER);
	give_back(free_unit(start, start + (1u << BLOCK_ORDER)));
	subject_drain_all();
	for (unsigned int i = 0; i < NR_OF_CHUNK; i++) {
		unsigned int page = nr * NR_OF_CHUNK + i;
		unsigned int mm = 2 + page / SUBJECT_FILE_PAGES;
		unsigned int address =
			SUBJECT_FILE_ADDRESS + page % SUBJECT_FILE_PAGES;

		store(mm, address);
		pin(mm, address);
	}
	take_all(UNIT_ORDER);
}

static void begin_guest(void)
{
	for (unsigned int i = 0; i < NR_GUEST_PAGES / NR_OF_CHUNK; i++)
		jobs_run_one(begin_chunk, &i);
	jobs_run_one(give_all_back, NULL);
}

/* Processes 0 and 1 have the other files, and all have memory of their own. */
static void begin_process(void *arg)
{
	unsigned int mm = *(unsigned int *)arg;
	unsigned int nr = SUBJECT_FILE_ADDRESS / 2;

	take_all(UNIT_ORDER);
	for (unsigned int i = 0; i < nr + (mm < 2 ? NR_DISK_PAGES : 0); i++)
		store_in(free_unit(jobs_below(&run.rng, geometry.nr_pages / 2),
				   geometry.nr_pages),
			 mm, i < nr ? i : SUBJECT_FILE_ADDRESS + i - nr);
}

/* The pages of files stay, so these move on by being truncated. */
static void end_process(void *arg)
{
	unsigned int mm = *(unsigned int *)arg;

	check_op_begin(CHECK_OP_OTHER, CHECK_CMA_ALLOWED);
	subject_zap(mm, 0,
		    mm < 2 ? SUBJECT_NR_ADDRESSES : SUBJECT_FILE_ADDRESS);
	check_op_end(CHECK_DONE, 0, 0);
	for (unsigned int i = 0; mm < 2 && i < NR_DISK_PAGES; i++) {
		check_op_begin(CHECK_OP_OTHER, CHECK_CMA_ALLOWED);
		check_truncate_begin(mm, i);
		subject_truncate(mm, i);
		check_truncate_end(mm, i);
		check_op_end(CHECK_DONE, 0, 0);
	}
}

/* --- Huge pages --- */

/* Then kswapd, which has been woken, is about to sleep. */
static void compact(void *unused)
{
	(void)unused;
	check_op_begin(CHECK_OP_OTHER, CHECK_CMA_ALLOWED);
	subject_compact(BLOCK_ORDER);
	subject_vmstat(0);
	check_op_end(CHECK_DONE, 0, 0);
}

static void ask_for_huge_page(void *arg)
{
	enum subject_gfp gfp = *(enum subject_gfp *)arg;
	long pfn = jobs_alloc(gfp, BLOCK_ORDER);

	if (pfn >= 0)
		run.block[run.nr_blocks++] =
			(struct block){ (unsigned int)pfn, BLOCK_ORDER };
}

/* As many as there are; how many they were. */
static unsigned int take_huge_pages(enum subject_gfp gfp)
{
	unsigned int before = run.nr_blocks, last;

	do {
		last = run.nr_blocks;
		jobs_run_one(ask_for_huge_page, &gfp);
	} while (run.nr_blocks > last);
	return run.nr_blocks - before;
}

static void begin_anew(void)
{
	for (unsigned int mm = 0; mm < SUBJECT_NR_MMS; mm++)
		jobs_run_one(end_process, &mm);
	for (unsigned int mm = 0; mm < SUBJECT_NR_MMS; mm++)
		jobs_run_one(begin_process, &mm);
	jobs_run_one(give_all_back, NULL);
}

/* Of those who want huge pages some come too late. */
static void run_round(void)
{
	jobs_go_on();
	begin_anew();
	for (unsigned int i = 0; i < NR_WAKEUPS; i++) {
		run.nr_huge += take_huge_pages(SUBJECT_GFP_LIGHT);
		jobs_run_one(compact, NULL);
		run.nr_huge += take_huge_pages(SUBJECT_GFP_KERNEL);
	}
	jobs_run_one(give_all_back, NULL);
}

/* --- The tables --- */

static void print_line(const char *value, unsigned int nr_rounds)
{
	struct subject_compact_counts compact_counts;
	struct subject_migrate_counts counts;

	subject_clear_bugs();
	if (subject_set_policy("compaction-skip", value))
		abort();
	jobs_reset();
	run.nr_blocks = run.nr_huge = 0;
	run.rng = 1;
	begin_guest();
	for (unsigned int i = 0; i < nr_rounds; i++)
		run_round();
	subject_compact_counts(&compact_counts);
	subject_migrate_counts(&counts);
	printf("%-40s %9u %9u %9u %10u %10u %8u\n", value,
	       compact_counts.nr_isolated, counts.nr_failed,
	       counts.nr_succeeded, compact_counts.nr_migrate_scanned,
	       compact_counts.nr_free_scanned, run.nr_huge);
	fflush(stdout);
}

static void print_table(enum subject_pin how, const char *name,
			unsigned int nr_rounds)
{
	run.how = how;
	printf("%-40s %9s %9s %9s %10s %10s %8s\n", name, "isolated", "failed",
	       "moved", "scanned", "free", "huge");
	for (unsigned int i = 0; subject_policies[i].name; i++) {
		if (!strcmp(subject_policies[i].name, "compaction_skip"))
			print_line(subject_policies[i].value, nr_rounds);
	}
}

int main(int argc, char **argv)
{
	unsigned int nr_rounds = jobs_number(argc, argv, 1, 100, "[ROUNDS]");

	jobs_boot(&geometry);
	print_table(SUBJECT_PIN_LONGTERM, "pinned", nr_rounds);
	print_table(SUBJECT_PIN_GET, "in-use", nr_rounds);
	return 0;
}
