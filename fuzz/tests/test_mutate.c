/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Mutation of programs.
 */
#include "tests/random_program.h"

#include "program/edit.h"
#include "program/mutate.h"

static struct program one;

#define MAX 512

/* Goal: a mutated input has a legal size, and typical ones stay small. */
static void test_mutate_sizes(void **state)
{
	uint8_t data[MAX + 1] = { 0 }, other[MAX];
	struct mutate_buffer buf = { .data = data };
	uint64_t ops = 0;

	(void)state;
	data[MAX] = 0x55;
	for (uint64_t run = 0; run < 100000; run++) {
		size_t other_size = random_bytes(other, sizeof(other));

		buf.max = run % 7 ? MAX : 1 + random32() % MAX;
		if (buf.size > buf.max)
			buf.size = 0;
		mutate(&buf, run & 1 ? other : NULL, other_size, run, NULL);
		assert_true(buf.size >= 1 && buf.size <= buf.max);
		assert_int_equal(data[MAX], 0x55);
		program_decode(&one, data, buf.size);
		ops += edit_nr_ops(&one);
	}
	assert_in_range(ops / 100000, 4, 40);
	buf.max = 0;
	buf.size = 0;
	mutate(&buf, NULL, 0, 1, NULL);
	assert_int_equal(buf.size, 0);
}

static void test_mutate_cross(void **state)
{
	(void)state;
	for (uint64_t run = 0; run < 10000; run++) {
		uint8_t a[300], b[300], out[300];
		struct mutate_buffer buf = { out, 0, 1 + random32() % 300 };
		size_t a_size = random_bytes(a, sizeof(a));
		size_t b_size = random_bytes(b, sizeof(b));

		mutate_cross(&buf, a, a_size, b, b_size, run);
		assert_true(buf.size <= buf.max);
	}
}

static void test_mutate_is_deterministic(void **state)
{
	(void)state;
	for (uint64_t run = 0; run < 1000; run++) {
		uint8_t a[300], b[300];
		size_t size = random_bytes(a, 200);
		struct mutate_buffer x = { a, size, 300 };
		struct mutate_buffer y = { b, size, 300 };

		memcpy(b, a, size);
		mutate(&x, NULL, 0, run, NULL);
		mutate(&y, NULL, 0, run, NULL);
		assert_int_equal(x.size, y.size);
		assert_memory_equal(a, b, x.size);
	}
}

static struct {
	bool op[PROGRAM_NR_OPS];
	bool set[PROGRAM_NR_SETS];
	bool value[PROGRAM_NR_ARGS][128];
	bool task[PROGRAM_TASKS];
	bool target[PROGRAM_TARGETS];
	bool work_target[PROGRAM_NR_SWITCHES];
} seen;

static void see(const struct record *r)
{
	const struct record_kind *kind = program_kind(r);

	if (r->type == RECORD_SWITCH) {
		seen.target[program_target(r)] = true;
		seen.work_target[r->index] |= r->in_work;
		return;
	}
	if (r->type == RECORD_OP) {
		seen.op[r->index] = true;
		seen.task[r->task] = true;
	} else {
		seen.set[r->index] = true;
	}
	for (unsigned int i = 0; i < kind->nr_args; i++)
		seen.value[kind->args[i]][r->arg[i]] = true;
}

static unsigned int count_seen(enum program_arg arg, unsigned int nr)
{
	unsigned int n = 0;

	for (unsigned int v = 0; v < nr; v++)
		n += seen.value[arg][v];
	return n;
}

static void assert_values_seen(enum program_arg arg)
{
	unsigned int nr = program_args[arg].nr_values;

	if (nr <= 16)
		assert_int_equal(count_seen(arg, nr), nr);
	else
		assert_in_range(count_seen(arg, nr), nr / 2, nr);
}

/*
 * Goal: from nothing, the mutator comes to every record and to all values that
 * operations may have. Of those with many values, most will do.
 */
static void test_mutate_reaches_all(void **state)
{
	uint8_t data[MAX];
	struct mutate_buffer buf = { data, 0, MAX };

	(void)state;
	for (uint64_t run = 0; run < 200000; run++) {
		mutate(&buf, NULL, 0, run, NULL);
		program_decode(&one, data, buf.size);
		for (unsigned int i = 0; i < one.nr; i++)
			see(&one.rec[i]);
		if (run % 50 == 0)
			buf.size = 0;
	}
	for (int i = 0; i < PROGRAM_NR_OPS; i++)
		assert_true(seen.op[i]);
	for (int i = 0; i < PROGRAM_NR_SETS; i++)
		assert_true(seen.set[i]);
	for (int i = 0; i < PROGRAM_TASKS; i++)
		assert_true(seen.task[i]);
	for (unsigned int i = 0; i < PROGRAM_TARGETS; i++)
		assert_true(seen.target[i]);
	for (int i = 0; i < PROGRAM_NR_SWITCHES; i++)
		assert_true(seen.work_target[i]);
	for (int i = 0; i < PROGRAM_NR_OPS; i++)
		for (unsigned int j = 0; j < program_ops[i].nr_args; j++)
			assert_values_seen(program_ops[i].args[j]);
}

/* Goal: one mutation changes something, nearly always. */
static void test_mutate_changes(void **state)
{
	unsigned int same = 0;

	(void)state;
	for (uint64_t run = 0; run < 10000; run++) {
		uint8_t a[300], b[300];
		struct mutate_buffer buf = { a, random_bytes(a, 60), 300 };
		size_t size = buf.size;

		memcpy(b, a, size);
		mutate(&buf, NULL, 0, run, NULL);
		same += size == buf.size && !memcmp(a, b, size);
	}
	assert_in_range(same, 0, 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mutate_sizes),
		cmocka_unit_test(test_mutate_cross),
		cmocka_unit_test(test_mutate_is_deterministic),
		cmocka_unit_test(test_mutate_reaches_all),
		cmocka_unit_test(test_mutate_changes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
