/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Mutation of programs.
 */
#include "tests/random_program.h"

#include "program/edit.h"
#include "program/mutate.h"

static struct program one;

#define MAX 512

static const struct mutate_help alone;

/* Goal: a mutated input has a legal size, and typical ones stay small. */
static void test_mutate_sizes(void **state)
{
	uint8_t data[MAX + 1] = { 0 }, other[MAX];
	struct mutate_buffer buf = { .data = data };
	uint64_t ops = 0;

	(void)state;
	data[MAX] = 0x55;
	for (uint64_t run = 0; run < 120000; run++) {
		struct mutate_help help = {
			.other = run & 1 ? other : NULL,
			.other_size = random_bytes(other, sizeof(other)),
		};

		buf.max = run % 7 ? MAX : 1 + random32() % MAX;
		if (buf.size > buf.max)
			buf.size = 0;
		mutate(&buf, &help, run);
		assert_true(buf.size >= 1 && buf.size <= buf.max);
		assert_int_equal(data[MAX], 0x55);
		program_decode(&one, data, buf.size);
		ops += edit_nr_ops(&one);
	}
	assert_in_range(ops / 100000, 4, 40);
	buf.max = 0;
	buf.size = 0;
	mutate(&buf, &alone, 1);
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
		mutate(&x, &alone, run);
		mutate(&y, &alone, run);
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
	for (uint64_t run = 0; run < 400000; run++) {
		mutate(&buf, &alone, run);
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
		mutate(&buf, &alone, run);
		same += size == buf.size && !memcmp(a, b, size);
	}
	assert_in_range(same, 0, 200);
}

/* --- What is worth trying --- */

static struct {
	unsigned int programs, huge, filling, meeting, full;
	unsigned int gets, idle_gets, ons, idle_ons;
} made;

static bool same_op(const struct record *a, const struct record *b)
{
	return b->type == RECORD_OP && a->index == b->index &&
	       a->task == b->task && !memcmp(a->arg, b->arg, sizeof(a->arg));
}

static bool has_run_of(const struct program *p, unsigned int nr)
{
	unsigned int n = 1;

	for (unsigned int i = 1; i < p->nr && n < nr; i++) {
		bool same = edit_is_op(&p->rec[i]) &&
			    same_op(&p->rec[i], &p->rec[i - 1]);

		n = same ? n + 1 : 1;
	}
	return n == nr;
}

/* Whether an operation has a switch to the task of the next one. */
static bool has_meeting(const struct program *p)
{
	for (unsigned int i = edit_nr_sets(p); i < p->nr; i++) {
		unsigned int op = i, next;

		if (p->rec[i].type != RECORD_SWITCH ||
		    p->rec[i].index != PROGRAM_SWITCH_task)
			continue;
		while (!edit_is_op(&p->rec[op]))
			op--;
		next = edit_unit_end(p, op);
		if (next < p->nr && p->rec[next].task == p->rec[i].task)
			return true;
	}
	return false;
}

/* Whether smaller and smaller blocks are asked for, down to one page. */
static bool leaves_nothing(const struct program *p)
{
	unsigned int n = 0;

	for (unsigned int i = 1; i < p->nr && n < 4; i++) {
		const struct record *r = &p->rec[i];
		bool less = edit_is_op(r) && edit_is_op(r - 1) &&
			    r[-1].index == r->index &&
			    r->index == PROGRAM_OP_alloc_gfp &&
			    r->arg[0] + 1 == r[-1].arg[0];

		n = less ? n + 1 : 0;
	}
	return n == 4;
}

static void judge_ops(const struct program *p)
{
	unsigned int blocks = 0, off = 0;

	for (unsigned int i = 0; i < p->nr; i++) {
		const struct record *r = &p->rec[i];

		if (r->type != RECORD_OP)
			continue;
		if (r->index == PROGRAM_OP_get) {
			made.gets++;
			made.idle_gets += !blocks;
		} else if (r->index == PROGRAM_OP_cpu) {
			made.ons += r->arg[1];
			made.idle_ons += r->arg[1] && !off;
			off += !r->arg[1];
		}
		for (unsigned int j = 0; j < program_kind(r)->nr_args; j++)
			blocks += program_kind(r)->args[j] ==
					  PROGRAM_ARG_slot &&
				  r->index != PROGRAM_OP_get;
	}
}

static void judge_program(const struct program *p)
{
	unsigned int set = edit_find_set(p, PROGRAM_SET_blocks);

	made.programs++;
	made.huge += set < p->nr && p->rec[set].arg[0] > 3 &&
		     p->rec[set].arg[1] >= p->rec[set].arg[0];
	made.filling += has_run_of(p, 5);
	made.meeting += has_meeting(p);
	made.full += leaves_nothing(p);
	judge_ops(p);
}

/*
 * Goal: what needs several things at once is not left to chance: machines with
 * huge pages, one operation many times, one that meets the next, memory that is
 * full; and operations have something to do.
 */
static void test_mutate_makes_sense(void **state)
{
	uint8_t data[MAX];
	struct mutate_buffer buf = { data, 0, MAX };

	(void)state;
	for (uint64_t run = 0; run < 120000; run++) {
		mutate(&buf, &alone, run);
		program_decode(&one, data, buf.size);
		judge_program(&one);
		if (run % 50 == 49)
			buf.size = 0;
	}
	assert_in_range(made.huge, made.programs / 50, made.programs / 3);
	assert_in_range(made.filling, made.programs / 100, made.programs / 2);
	assert_in_range(made.meeting, made.programs / 4, made.programs);
	assert_in_range(made.full, made.programs / 200, made.programs / 2);
	assert_true(made.gets > 1000 && made.ons > 1000);
	assert_in_range(made.idle_gets, 0, made.gets / 4);
	assert_in_range(made.idle_ons, 0, made.ons / 4);
}

static bool mark_in_second(uint64_t random, struct mutate_mark *mark)
{
	*mark = (struct mutate_mark){ 1, 5000, random & 1 };
	return random & 2;
}

/* Switches at the point that mark_in_second() has, of 2000 mutations. */
static unsigned int switches_at_mark(const struct mutate_help *help)
{
	static const uint8_t ops[2] = { PROGRAM_OP_free, PROGRAM_OP_drain };
	unsigned int nr = 0;
	uint8_t data[MAX];

	for (uint64_t run = 0; run < 2000; run++) {
		struct mutate_buffer buf = { data, 0, MAX };

		one = (struct program){ .nr = 2 };
		for (unsigned int i = 0; i < 2; i++) {
			one.rec[i].type = RECORD_OP;
			one.rec[i].index = ops[i];
		}
		buf.size = program_encode(&one, data, MAX);
		mutate(&buf, help, run);
		program_decode(&one, data, buf.size);
		for (unsigned int i = 0, op = 0; i < one.nr; i++) {
			if (one.rec[i].type == RECORD_OP)
				op = one.rec[i].index;
			else if (one.rec[i].at == 5000)
				nr += op == PROGRAM_OP_drain;
		}
	}
	return nr;
}

/* Goal: operations are left where they have been, as far as that is known. */
static void test_mutate_at_marks(void **state)
{
	const struct mutate_help help = { .mark = mark_in_second };

	(void)state;
	assert_in_range(switches_at_mark(&help), 100, 400);
	assert_in_range(switches_at_mark(&alone), 0, 2);
}

/* Goal: nothing is made that nobody admits. Method: from nothing each time. */
static void test_mutate_only(void **state)
{
	const uint64_t admitted = 1ull << PROGRAM_OP_free |
				  1ull << PROGRAM_OP_drain |
				  1ull << PROGRAM_OP_use;
	uint8_t data[MAX];
	uint64_t ops = 0;

	(void)state;
	mutate_ops = admitted;
	for (uint64_t run = 0; run < 2000; run++) {
		struct mutate_buffer buf = { data, 0, MAX };

		mutate(&buf, &alone, run);
		program_decode(&one, data, buf.size);
		for (unsigned int i = 0; i < one.nr; i++)
			if (edit_is_op(&one.rec[i]))
				ops |= 1ull << one.rec[i].index;
	}
	mutate_ops = ~0ull;
	assert_int_equal(ops, admitted);
}

static void add_op(enum program_op op, uint8_t first, uint8_t second)
{
	one.rec[one.nr++] = (struct record){ .type = RECORD_OP,
					     .index = (uint8_t)op,
					     .arg = { first, second } };
}

static void expect_left(const char *kept)
{
	unsigned int n = 0;

	edit_drop_unmatched(&one);
	for (unsigned int i = edit_nr_sets(&one); i < one.nr; i++, n++) {
		assert_true(kept[n]);
		assert_int_equal(one.rec[i].arg[3], kept[n] - '0');
	}
	assert_int_equal(kept[n], 0);
}

/* So that they can be told apart; the fourth argument is of no use. */
static void number_ops(void)
{
	uint8_t n = 0;

	for (unsigned int i = edit_nr_sets(&one); i < one.nr; i++)
		one.rec[i].arg[3] = n++;
}

/* Goal: what has nothing to do is dropped, and nothing else. */
static void test_drop_unmatched(void **state)
{
	(void)state;
	one.nr = 0;
	add_op(PROGRAM_OP_get, 0, 0);
	add_op(PROGRAM_OP_bulk, 0, 0);
	add_op(PROGRAM_OP_get, 0, 0);
	add_op(PROGRAM_OP_free, 0, 0);
	add_op(PROGRAM_OP_get, 0, 0);
	add_op(PROGRAM_OP_free, 0, 0);
	add_op(PROGRAM_OP_free, 0, 0);
	add_op(PROGRAM_OP_get, 0, 0);
	number_ops();
	expect_left("123456");

	one.nr = 0;
	add_op(PROGRAM_OP_cpu, 0, 1);
	add_op(PROGRAM_OP_cpu, 0, 0);
	add_op(PROGRAM_OP_cpu, 0, 0); /* there are two */
	add_op(PROGRAM_OP_cpu, 0, 1);
	add_op(PROGRAM_OP_cpu, 0, 1);
	add_op(PROGRAM_OP_cpu, 0, 0);
	number_ops();
	expect_left("135");

	one.nr = 0;
	add_op(PROGRAM_OP_undo, 0, 0);
	add_op(PROGRAM_OP_take_off, 0, 0);
	add_op(PROGRAM_OP_lru_off, 0, 0);
	add_op(PROGRAM_OP_undo, 0, 0);
	add_op(PROGRAM_OP_undo, 0, 0);
	add_op(PROGRAM_OP_undo, 0, 0);
	number_ops();
	expect_left("1234");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mutate_sizes),
		cmocka_unit_test(test_mutate_cross),
		cmocka_unit_test(test_mutate_is_deterministic),
		cmocka_unit_test(test_mutate_reaches_all),
		cmocka_unit_test(test_mutate_changes),
		cmocka_unit_test(test_mutate_makes_sense),
		cmocka_unit_test(test_mutate_at_marks),
		cmocka_unit_test(test_mutate_only),
		cmocka_unit_test(test_drop_unmatched),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
