/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Shrinking, and the child process that it asks.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "program/edit.h"
#include "program/outcome.h"
#include "program/shrink.h"
#include "program/text.h"
#include "subject/subject.h"

#define TIMEOUT_MS 10000

static const char source[] = "mmfuzz 1\n"
			     "set cpus 3\n"
			     "set cma 4\n"
			     "0 alloc order 2 slot 3\n"
			     "  switch at 2 to 1\n"
			     "1 alloc type unmovable\n"
			     "0 nocma_begin\n"
			     "1 free slot 3\n"
			     "0 cma_alloc count 3 slot 7\n"
			     "  switch at 5 to 2\n"
			     "2 alloc order 1\n"
			     "0 free slot 7\n"
			     "2 drain scope local\n"
			     "  switch at 1 to 0\n"
			     "0 nocma_begin\n"
			     "0 cma_alloc count 2 slot 4\n"
			     "0 free slot 4\n"
			     "0 alloc slot 9\n"
			     "0 alloc slot 10\n"
			     "1 pcp batch 3 high 9\n"
			     "0 nocma_end\n";

static struct text text;
static struct program candidate;

static const char *outcome_id(const struct program *program)
{
	static struct outcome outcome;

	outcome_of(program, TIMEOUT_MS, &outcome);
	return outcome.id;
}

static void load_text(const char *s)
{
	subject_clear_bugs();
	assert_int_equal(text_parse(&text, "f", s, strlen(s), stderr), 0);
}

static void load(void)
{
	load_text(source);
}

static void test_outcome(void **state)
{
	(void)state;
	load();
	assert_string_equal(outcome_id(&text.program), "done");
	assert_int_equal(subject_set_bug("nocma-movable-pcplist"), 0);
	assert_string_equal(outcome_id(&text.program), "INV_NOCMA");
}

static void assert_other(const char *id)
{
	assert_string_not_equal(outcome_id(&candidate), id);
}

static void remove_record(struct program *p, unsigned int i)
{
	edit_remove(p, i, edit_is_op(&p->rec[i]) ? edit_unit_end(p, i) : i + 1);
}

/* Nor can two of them. */
static void assert_needed(const struct program *p, const char *id)
{
	for (unsigned int i = 0; i < p->nr; i++) {
		candidate = *p;
		remove_record(&candidate, i);
		assert_other(id);
		for (unsigned int j = 0; j < i; j++) {
			candidate = *p;
			remove_record(&candidate, i);
			remove_record(&candidate, j);
			assert_other(id);
		}
	}
}

/* No record can be left out, no argument can become 0. */
static void assert_minimal(const struct program *p, const char *id)
{
	assert_needed(p, id);
	for (unsigned int i = 0; i < p->nr; i++) {
		for (unsigned int j = 0; j < PROGRAM_MAX_ARGS; j++) {
			candidate = *p;
			candidate.rec[i].arg[j] = 0;
			if (p->rec[i].arg[j])
				assert_other(id);
		}
		candidate = *p;
		candidate.rec[i].at = 0;
		if (p->rec[i].at)
			assert_other(id);
		candidate = *p;
		candidate.rec[i].task = 0;
		if (p->rec[i].task)
			assert_other(id);
	}
}

static void test_shrink(void **state)
{
	const volatile sig_atomic_t stop = 0;
	struct shrink_result result;

	(void)state;
	load();
	assert_int_equal(subject_set_bug("nocma-movable-pcplist"), 0);
	result = shrink(&text.program, "INV_NOCMA", &stop);
	assert_true(result.is_minimal);
	assert_string_equal(outcome_id(&text.program), "INV_NOCMA");
	assert_in_range(text.program.nr, 2, 8);
	assert_minimal(&text.program, "INV_NOCMA");
}

static void shrink_text(const char *s, const char *bug, const char *id)
{
	const volatile sig_atomic_t stop = 0;

	load_text(s);
	assert_int_equal(subject_set_bug(bug), 0);
	assert_string_equal(outcome_id(&text.program), id);
	assert_true(shrink(&text.program, id, &stop).is_minimal);
	assert_string_equal(outcome_id(&text.program), id);
	assert_minimal(&text.program, id);
}

/* Settings in front do not count. */
static void assert_size(unsigned int max_ops, unsigned int max_switches)
{
	const struct program *p = &text.program;
	unsigned int nr_ops = edit_nr_ops(p);

	assert_in_range(nr_ops, 1, max_ops);
	assert_in_range(p->nr - edit_nr_sets(p) - nr_ops, 0, max_switches);
}

/*
 * Goal: no switch stays that only puts operations into order. Method: a program
 * of which nothing can be left out; with isolate in front of cma_alloc the
 * switch and the other task are not needed.
 */
static void test_switch_becomes_order(void **state)
{
	(void)state;
	shrink_text("mmfuzz 1\n"
		    "0 alloc\n"
		    "0 free\n"
		    "1 cma_alloc\n"
		    "  switch at 0 to 0\n"
		    "0 isolate\n",
		    "pcp-stale-type-bulk-free", "INV_FREE_PAGES");
	assert_size(3, 0);
	assert_int_equal(text.program.nr, edit_nr_ops(&text.program));
}

/*
 * Goal: a race loses all switches but its two. Method: what shrinking with
 * single steps made of a crash; it is stuck there.
 */
static void test_race(void **state)
{
	(void)state;
	shrink_text("mmfuzz 1\n"
		    "0 alloc\n"
		    "1 cma_alloc\n"
		    "  switch at 0 to 0\n"
		    "  switch at 0 to 0\n"
		    "1 cma_alloc\n"
		    "  switch at 0 to 0\n"
		    "  switch at 0 to 0\n"
		    "  switch at 30 to 0\n"
		    "0 drain\n"
		    "0 drain\n"
		    "0 free\n"
		    "0 isolate\n"
		    "0 free\n"
		    "  switch at 3 to 1\n",
		    "free-type-read-before-lock", "INV_FREELIST_TYPE");
	assert_size(4, 2);
}

/*
 * Goal: tasks count up from 0 in the order of their first use, on no more CPUs
 * than it takes, and slots from 0. Method: a minimal race under other numbers.
 */
static void test_canonical_numbers(void **state)
{
	static const uint8_t tasks[] = { 0, 1, 0, 0, 1 };

	(void)state;
	shrink_text("mmfuzz 1\n"
		    "set cpus 3\n"
		    "1 cma_alloc slot 5\n"
		    "2 cma_alloc slot 7\n"
		    "  switch at 20 to 1\n"
		    "1 free slot 5\n"
		    "  switch at 3 to 2\n",
		    "free-type-read-before-lock", "INV_FREELIST_TYPE");
	assert_int_equal(text.program.nr, 5);
	for (unsigned int i = 0; i < text.program.nr; i++) {
		assert_int_equal(text.program.rec[i].task, tasks[i]);
		assert_int_equal(text.program.rec[i].arg[0], 0);
		assert_int_equal(text.program.rec[i].arg[2], 0);
	}
}

/* Goal: an interrupt leaves a program that still shows the verdict. */
static void test_shrink_interrupted(void **state)
{
	const volatile sig_atomic_t stop = 1;
	struct shrink_result result;

	(void)state;
	load();
	assert_int_equal(subject_set_bug("nocma-movable-pcplist"), 0);
	result = shrink(&text.program, "INV_NOCMA", &stop);
	assert_false(result.is_minimal);
	assert_string_equal(outcome_id(&text.program), "INV_NOCMA");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_outcome),
		cmocka_unit_test(test_shrink),
		cmocka_unit_test(test_switch_becomes_order),
		cmocka_unit_test(test_race),
		cmocka_unit_test(test_canonical_numbers),
		cmocka_unit_test(test_shrink_interrupted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
