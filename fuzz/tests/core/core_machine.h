/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The core on a booted machine, for tests: a test is a job on CPU 0, under all
 * checks. EXPECT() ends the run with a verdict, which the test then shows.
 */
#ifndef FUZZ_TESTS_CORE_MACHINE_H
#define FUZZ_TESTS_CORE_MACHINE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "check/check.h"
#include "internal.h"
#include "sim/sim.h"
#include "subject/subject.h"

#define TEST_SLOT 2

/* 256 pages in 32 pageblocks of 8; the upper 8 are CMA. */
static const struct subject_geometry small_machine = {
	.nr_cpus = 2,
	.nr_pages = 256,
	.movable_start = 256,
	.block_order = 3,
	.max_order = 5,
	.cma_blocks = 8,
};

static inline void boot_geometry(const struct subject_geometry *g)
{
	check_full = false;
	subject_clear_bugs();
	check_boot(TEST_SLOT, g);
	subject_boot(TEST_SLOT, g);
	check_commit();
	subject_reset(TEST_SLOT);
	check_reset(TEST_SLOT);
	sim_on_verdict(NULL);
	sim_reset(&(struct sim_config){ g->nr_cpus, false });
}

static inline int boot_machine(void **state)
{
	(void)state;
	boot_geometry(&small_machine);
	return 0;
}

/* Two zones: Normal ends at 128; pages 40 .. 50 are a hole. */
static inline int boot_two_zones(void **state)
{
	struct subject_geometry g = small_machine;

	(void)state;
	g.cma_blocks = 2;
	g.movable_start = 128;
	g.hole_start = 40;
	g.hole_end = 51;
	subject_fit(&g);
	boot_geometry(&g);
	return 0;
}

#define EXPECT(condition)                                                 \
	do {                                                              \
		if (!(condition))                                         \
			sim_fail("EXPECT", #condition, "%s:%d", __FILE__, \
				 __LINE__);                               \
	} while (0)

/* Run @jobs, which end without a verdict. */
static inline void expect_jobs_done(const struct sim_job *jobs,
				    unsigned int nr_jobs)
{
	if (!sim_run(jobs, nr_jobs))
		print_error("%s: %s\n%s\n", sim_verdict()->id,
			    sim_verdict()->summary, sim_verdict()->detail);
	assert_null(sim_verdict());
}

static inline void run_as_job(void (*test)(void *arg))
{
	struct sim_job job = { .run = test };

	expect_jobs_done(&job, 1);
}

/* A test that is one job. */
#define TEST(name)                            \
	static void job_##name(void *arg);    \
	static void test_##name(void **state) \
	{                                     \
		(void)state;                  \
		run_as_job(job_##name);       \
	}                                     \
	static void job_##name(void __attribute__((unused)) * arg)

/* A job ends with the verdict @id. */
static inline void expect_verdict(void (*damage)(void *arg), const char *id)
{
	struct sim_job job = { .run = damage };

	assert_false(sim_run(&job, 1));
	assert_string_equal(sim_verdict()->id, id);
}

/* A test of a check, or of an assertion: what @statement does ends so. */
#define DAMAGE(name, id, statement)                \
	static void damage_##name(void *arg)       \
	{                                          \
		(void)arg;                         \
		statement;                         \
	}                                          \
	static void test_##name(void **state)      \
	{                                          \
		(void)state;                       \
		expect_verdict(damage_##name, id); \
	}

static inline struct zone *normal(void)
{
	return &mem->zones[ZONE_NORMAL];
}

static inline unsigned int pfn_of(const struct page *page)
{
	return page_to_pfn(page);
}

static inline enum migratetype type_at(unsigned int pfn)
{
	return (enum migratetype)mem->pageblock_type[pfn >> pageblock_order];
}

static inline struct per_cpu_pages *pcp_of(unsigned int cpu)
{
	return &normal()->per_cpu_pageset[cpu];
}

/* Of zone Normal, with the differences of all CPUs. */
static inline long nr_free(void)
{
	return (long)zone_page_state_snapshot(normal(), NR_FREE_PAGES);
}

static inline void fill_pcplist(unsigned int nr)
{
	struct page *page[32];

	for (unsigned int i = 0; i < nr; i++)
		page[i] = alloc_pages(GFP_KERNEL, 0);
	while (nr--)
		__free_pages(page[nr], 0);
}

static inline struct page *first_free(unsigned int order, enum migratetype mt)
{
	return list_first_entry(&mem->zones[0].free_area[order].free_list[mt],
				struct page, lru);
}

#define LOCKED(statement)                                           \
	do {                                                        \
		unsigned long flags;                                \
		spin_lock_irqsave(&mem->zones[0].lock, flags);      \
		statement;                                          \
		spin_unlock_irqrestore(&mem->zones[0].lock, flags); \
	} while (0)

#endif
