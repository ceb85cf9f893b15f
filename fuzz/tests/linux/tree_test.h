/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What tests of a Linux tree share: programs as text, and jobs that call the
 * seam. Known findings are masked: the harness is tested, not the tree.
 */
#ifndef FUZZ_TESTS_LINUX_TREE_TEST_H
#define FUZZ_TESTS_LINUX_TREE_TEST_H

#include "tests/random_program.h"

#include "check/check.h"
#include "program/places.h"
#include "program/text.h"
#include "program/workload.h"
#include "subject/subject.h"

static struct text text;

static int mask_findings(void **state)
{
	(void)state;
	subject_clear_bugs();
	for (unsigned int i = 0; subject_findings[i].name; i++)
		assert_int_equal(subject_set_known(subject_findings[i].name),
				 0);
	workload_options =
		(struct workload_options){ .check_full = true,
					   .op_mask = WORKLOAD_ALL_OPS };
	return 0;
}

static void run_text(const char *source)
{
	assert_int_equal(
		text_parse(&text, "text", source, strlen(source), stderr), 0);
	assert_int_equal(places_resolve(&text, "text", stderr), 0);
	if (workload_run(&text.program))
		return;
	text_print(stderr, NULL, &text.program, NULL);
	workload_print_verdict(stderr, sim_verdict());
	fail_msg("%s", sim_verdict()->id);
}

/* Where everything is free, with no CMA. Returns the verdict, or "done". */
static const char *verdict_of(void (*run)(void *unused))
{
	struct sim_job job = { .run = run };

	run_text("mmfuzz 1\nset cpus 2\nset cma 0\n");
	sim_reset(&(struct sim_config){ .nr_cpus = 2 });
	return sim_run(&job, 1) ? "done" : sim_verdict()->id;
}

/* In a job an assertion of cmocka would jump off the job's stack. */
static int failed_line;

#define EXPECT(condition)                         \
	do {                                      \
		if (!(condition) && !failed_line) \
			failed_line = __LINE__;   \
	} while (0)

static void assert_runs(void (*run)(void *unused))
{
	failed_line = 0;
	assert_string_equal(verdict_of(run), "done");
	assert_int_equal(failed_line, 0);
}

static unsigned int pfn_at(unsigned int mm, unsigned int address)
{
	struct subject_pte pte;

	subject_pte(mm, address, &pte);
	return pte.kind == SUBJECT_PTE_PRESENT ? pte.nr : ~0u;
}

#endif
