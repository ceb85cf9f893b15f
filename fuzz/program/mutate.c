/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Mutation of programs.
 *
 * A program is brought into normal form first (edit.h), and every mutation
 * keeps it.
 *
 * Most choices prefer small values: small programs find bugs and explain them,
 * and the first few yield points of an operation are where its locks are.
 */
#include "program/mutate.h"

#include <string.h>

#include "program/mutator.h"
#include "program/random_record.h"

#define MANY_OPS 40 /* a program with more of them is cut, nearly always */

uint64_t mutate_ops = ~0ull;

/* --- Mutations --- */

/* Where a unit can be inserted: before an operation or at the end. */
static unsigned int random_gap(struct mutator *m, const struct program *p)
{
	return edit_op_index(p, below(m, edit_nr_ops(p) + 1));
}

/* An operation of a kind in @ops, a mask; ->nr if there is none. */
static unsigned int find_op(struct mutator *m, const struct program *p,
			    uint64_t ops)
{
	unsigned int nr = edit_nr_ops(p), first = nr ? below(m, nr) : 0;

	for (unsigned int i = 0; i < nr; i++) {
		unsigned int at = edit_op_index(p, (first + i) % nr);

		if (ops >> p->rec[at].index & 1)
			return at;
	}
	return p->nr;
}

/* One of @ops, a mask that is not empty. */
static uint8_t choose_op(struct mutator *m, uint64_t ops)
{
	unsigned int op = below(m, PROGRAM_NR_OPS);

	while (!(ops >> op & 1))
		op = (op + 1) % PROGRAM_NR_OPS;
	return (uint8_t)op;
}

/* Who takes a reference drops it before long: @get of @p does so at once. */
static void drop_reference(struct program *p, unsigned int get)
{
	struct record r = { .type = RECORD_OP,
			    .index = PROGRAM_OP_free,
			    .task = p->rec[get].task,
			    .arg = { p->rec[get].arg[2] } };

	edit_insert(p, edit_unit_end(p, get), &r, 1);
}

/*
 * What @touch has just brought in is in a batch of its CPU, and no page of the
 * LRU: drain it. Returns where @migrate goes.
 */
static unsigned int drain_before(struct mutator *m, struct program *p,
				 unsigned int touch, struct record *migrate)
{
	unsigned int gap = edit_unit_end(p, touch), nr = p->nr;
	struct record r = { .type = RECORD_OP,
			    .index = PROGRAM_OP_lru_drain,
			    .task = p->rec[touch].task,
			    .arg = { (uint8_t)below(m, 2) } };

	/* The first CPU has pages from the first pageblock on, mostly. */
	if (below(m, 4))
		migrate->arg[0] = 0;
	if (mutate_ops >> PROGRAM_OP_lru_drain & 1)
		edit_insert(p, gap, &r, 1);
	return gap + p->nr - nr;
}

/* What is undone is not there any more for the next one. */
static bool needs_its_own(struct mutator *m, const struct record *r)
{
	return r->index == PROGRAM_OP_undo && below(m, 4);
}

/* Both of a pair, where the first is not there. */
static void insert_op(struct mutator *m, struct program *p)
{
	struct record r = random_op(&m->rng, p, mutate_ops), first = r;
	unsigned int gap = random_gap(m, p), before;
	uint64_t needed = needs_before(&r) & mutate_ops;

	if (!needed) {
		edit_insert(p, gap, &r, 1);
		return;
	}
	before = bring_in(&r, &first) || needs_its_own(m, &r) ?
			 p->nr :
			 find_op(m, p, needed);
	if (before == p->nr) {
		first.index = choose_op(m, needed);
		if (!bring_in(&r, &first))
			random_args(&m->rng, p, &first);
		if (needs_before(&first))
			memset(first.arg, 0, sizeof(first.arg));
		edit_insert(p, gap, &first, 1);
		before = gap;
	}
	/* Sections are of one task; others are anybody's. */
	if (r.index == PROGRAM_OP_nocma_end || below(m, 2))
		r.task = p->rec[before].task;
	gap = r.index == PROGRAM_OP_migrate ? drain_before(m, p, before, &r) :
					      edit_unit_end(p, before);
	edit_insert(p, gap, &r, 1);
	if (r.index == PROGRAM_OP_get && below(m, 2) &&
	    mutate_ops >> PROGRAM_OP_free & 1)
		drop_reference(p, gap);
}

/* Many of one kind. */
static void repeat_op(struct mutator *m, struct program *p)
{
	unsigned int op = random_op_index(m, p);
	unsigned int end = edit_unit_end(p, op), n = 1;
	struct record r = p->rec[op];

	while (n < 16 && below(m, 4))
		n++;
	while (n--)
		edit_insert(p, end, &r, 1);
}

static void remove_ops(struct mutator *m, struct program *p)
{
	unsigned int op = random_op_index(m, p);
	unsigned int n = 1;

	while (n < 8 && !below(m, 3))
		n++;
	if (n < edit_nr_ops(p))
		edit_remove(p, op, edit_units_end(p, op, n));
}

static void duplicate_ops(struct mutator *m, struct program *p)
{
	unsigned int op = random_op_index(m, p);
	unsigned int end = edit_units_end(p, op, 1 + below(m, 3));
	unsigned int n = end - op;

	memcpy(m->scratch.rec, &p->rec[op], n * sizeof(p->rec[0]));
	edit_insert(p, random_gap(m, p), m->scratch.rec, n);
}

/* Any permutation is a sequence of these. */
static void move_op(struct mutator *m, struct program *p)
{
	unsigned int op = random_op_index(m, p);
	unsigned int n = edit_unit_end(p, op) - op;

	memcpy(m->scratch.rec, &p->rec[op], n * sizeof(p->rec[0]));
	edit_remove(p, op, op + n);
	edit_insert(p, random_gap(m, p), m->scratch.rec, n);
}

static void swap_ops(struct mutator *m, struct program *p)
{
	unsigned int a = random_op_index(m, p);
	unsigned int b = random_op_index(m, p);
	unsigned int b_end, n = 0;
	struct record *out = m->scratch.rec;

	if (a == b)
		return;
	if (a > b) {
		unsigned int t = a;

		a = b;
		b = t;
	}
	b_end = edit_unit_end(p, b);
	for (unsigned int i = b; i < b_end; i++)
		out[n++] = p->rec[i];
	for (unsigned int i = edit_unit_end(p, a); i < b; i++)
		out[n++] = p->rec[i];
	for (unsigned int i = a; i < edit_unit_end(p, a); i++)
		out[n++] = p->rec[i];
	memcpy(&p->rec[a], out, n * sizeof(*out));
}

static void splice(struct mutator *m, struct program *p)
{
	const struct program *o = &m->other;
	unsigned int op, end;

	if (!edit_nr_ops(o)) {
		insert_op(m, p);
		return;
	}
	op = random_op_index(m, o);
	end = edit_units_end(o, op, 1 + below(m, 8));
	edit_insert(p, random_gap(m, p), &o->rec[op], end - op);
}

static void change_arg(struct mutator *m, struct program *p)
{
	struct record *r = &p->rec[random_op_index(m, p)];
	const struct record_kind *kind = program_kind(r);
	unsigned int n, nr;

	if (!kind->nr_args)
		return;
	n = below(m, kind->nr_args);
	nr = program_args[kind->args[n]].nr_values;
	if (below(m, 3))
		r->arg[n] = random_value(&m->rng, p, kind->args[n]);
	else if (below(m, 2))
		r->arg[n] = (uint8_t)((r->arg[n] + 1u) % nr);
	else
		r->arg[n] = (uint8_t)((r->arg[n] + nr - 1) % nr);
}

static void change_task(struct mutator *m, struct program *p)
{
	p->rec[random_op_index(m, p)].task = random_task(&m->rng, p);
}

static void change_machine(struct mutator *m, struct program *p)
{
	struct record sets[RANDOM_SETS];

	edit_remove(p, 0, edit_nr_sets(p));
	edit_insert(p, 0, sets, random_machine(&m->rng, sets));
}

/* Two settings make most machines; one more takes the place of another. */
static void change_set(struct mutator *m, struct program *p)
{
	struct record r = random_set(&m->rng, p);
	unsigned int i = edit_find_set(p, r.index), nr = edit_nr_sets(p);
	bool has = i < p->nr;

	if (below(m, 2)) {
		change_machine(m, p);
		return;
	}
	if (has)
		edit_remove(p, i, i + 1);
	else if (nr > 1)
		edit_remove(p, 0, 1 + below(m, nr));
	if (!has || below(m, 2))
		edit_insert(p, 0, &r, 1);
}

/* What nobody has on purpose; what is far off begins with another machine. */
static void insert_template(struct mutator *m, struct program *p)
{
	struct record r[RANDOM_TEMPLATE];
	const struct random_template *template =
		random_template(&m->rng, mutate_ops);

	if (!template)
		return;
	if (template->is_far && below(m, 2))
		change_machine(m, p);
	edit_insert(p, random_gap(m, p), r, template->make(&m->rng, p, r));
}

static const struct mutation {
	void (*apply)(struct mutator *m, struct program *p);
	unsigned int weight;
} mutations[] = {
	{ insert_op, 20 },	   { remove_ops, 14 },
	{ duplicate_ops, 5 },	   { move_op, 7 },
	{ swap_ops, 4 },	   { splice, 8 },
	{ change_arg, 20 },	   { change_task, 8 },
	{ mutate_add_switch, 18 }, { mutate_move_switch, 16 },
	{ mutate_drop_switch, 8 }, { change_set, 3 },
	{ mutate_race_ops, 12 },   { repeat_op, 3 },
	{ insert_template, 14 },
};

#define NR_MUTATIONS (sizeof(mutations) / sizeof(mutations[0]))

static void generate(struct mutator *m, struct program *p)
{
	unsigned int n = 1 + below(m, 8);

	if (!below(m, 3))
		change_set(m, p);
	while (n--) {
		insert_op(m, p);
		if (!below(m, 3))
			mutate_add_switch(m, p);
	}
}

static void mutate_once(struct mutator *m, struct program *p)
{
	unsigned int sum = 0, i = 0;

	if (!edit_nr_ops(p)) {
		generate(m, p);
		return;
	}
	for (size_t j = 0; j < NR_MUTATIONS; j++)
		sum += mutations[j].weight;
	sum = below(m, sum);
	while (sum >= mutations[i].weight)
		sum -= mutations[i++].weight;
	mutations[i].apply(m, p);
}

static void trim(struct mutator *m, struct program *p)
{
	unsigned int nr = edit_nr_ops(p);

	while (nr > MANY_OPS && below(m, 32)) {
		unsigned int op = random_op_index(m, p);
		unsigned int n = 1 + below(m, nr / 2);

		edit_remove(p, op, edit_units_end(p, op, n));
		nr = edit_nr_ops(p);
	}
}

/* --- Entry points --- */

static struct mutator mutator; /* 120 kB, too large for a stack */

static void begin(struct mutator *m, uint64_t seed, struct mutate_buffer *buf)
{
	m->rng = seed;
	m->mark = NULL;
	if (buf->max > PROGRAM_MAX_BYTES)
		buf->max = PROGRAM_MAX_BYTES;
}

static void load(struct program *p, const uint8_t *data, size_t size)
{
	program_decode(p, data, size);
	edit_normalize(p);
}

/* Once or more; the marks are those of the program that came. */
static void mutate_some(struct mutator *m, struct program *p)
{
	do {
		mutate_once(m, p);
		m->mark = NULL;
	} while (!below(m, 3));
	trim(m, p);
	if (below(m, 16))
		edit_drop_unmatched(p);
}

void mutate(struct mutate_buffer *buf, const struct mutate_help *help,
	    uint64_t seed)
{
	struct mutator *m = &mutator;
	uint8_t before[PROGRAM_MAX_BYTES];
	size_t size;

	begin(m, seed, buf);
	m->mark = help->mark;
	load(&m->program, buf->data, buf->size);
	load(&m->other, help->other, help->other ? help->other_size : 0);
	size = program_encode(&m->program, before, sizeof(before));
	if (size && buf->size <= buf->max && !below(m, 10)) {
		buf->size =
			help->bytes ?
				help->bytes(buf->data, buf->size, buf->max) :
				mutate_flip(buf->data, buf->size, buf->max,
					    random64(&m->rng));
		return;
	}
	/* An unchanged program would be a wasted execution. */
	for (int tries = 0; tries < 8; tries++) {
		mutate_some(m, &m->program);
		buf->size = program_encode(&m->program, buf->data, buf->max);
		if (buf->size &&
		    (buf->size != size || memcmp(buf->data, before, size)))
			return;
	}
	/* Nothing fits but a record without arguments. */
	if (!buf->size && buf->max) {
		m->program.nr = 1;
		m->program.rec[0] = (struct record){ .type = RECORD_OP };
		buf->size = program_encode(&m->program, buf->data, buf->max);
	}
}

void mutate_cross(struct mutate_buffer *buf, const uint8_t *a, size_t a_size,
		  const uint8_t *b, size_t b_size, uint64_t seed)
{
	struct mutator *m = &mutator;
	struct program *p = &m->program;
	unsigned int cut, op;

	begin(m, seed, buf);
	load(p, a, a_size);
	load(&m->other, b, b_size);
	cut = random_gap(m, p);
	op = random_gap(m, &m->other);
	edit_remove(p, cut, p->nr);
	edit_insert(p, cut, &m->other.rec[op], m->other.nr - op);
	if (!edit_nr_ops(p))
		mutate_once(m, p);
	trim(m, p);
	if (below(m, 16))
		edit_drop_unmatched(p);
	buf->size = program_encode(p, buf->data, buf->max);
}
