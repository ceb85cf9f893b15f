// SPDX-License-Identifier: GPL-2.0-only
/* Mutation of schedules: where an operation is left, and for whom or what. */
#include "program/mutator.h"
#include "program/random_record.h"

#define MANY_SWITCHES 8 /* of one operation */

/* Into the switches of operation @op, which are sorted by ->at. */
static void insert_switch(struct program *p, unsigned int op,
			  const struct record *r)
{
	unsigned int end = edit_unit_end(p, op);

	do
		op++;
	while (op < end && p->rec[op].at <= r->at);
	edit_insert(p, op, r, 1);
}

/*
 * Where a switch of operation @op goes on, mostly with another task, or what
 * comes in. Frees are more welcome than allocations, as elsewhere.
 */
static void random_target(struct mutator *m, const struct program *p,
			  unsigned int op, struct record *r)
{
	unsigned int dice = below(m, 32);

	program_set_target(r, 0);
	if (dice < 2)
		r->index = PROGRAM_SWITCH_free;
	else if (dice < 4)
		r->index = PROGRAM_SWITCH_alloc;
	if (r->index) {
		random_args(&m->rng, p, r);
		return;
	}
	for (int tries = 0; tries < 3; tries++) {
		r->task = random_task(&m->rng, p);
		/* To itself is no switch. */
		if (r->task != p->rec[op].task)
			break;
	}
	if (dice == 4) {
		r->index = PROGRAM_SWITCH_worker;
		r->task %= PROGRAM_CPUS;
	}
}

/* Where a run has been, and its operation in @op; false if nobody knows. */
static bool random_mark(struct mutator *m, const struct program *p,
			unsigned int *op, struct record *r)
{
	struct mutate_mark mark;

	if (!m->mark || !below(m, 3) || !m->mark(random64(&m->rng), &mark) ||
	    mark.op >= edit_nr_ops(p))
		return false;
	*op = edit_op_index(p, mark.op);
	r->at = mark.at;
	r->in_work = mark.in_work;
	return true;
}

void mutate_add_switch(struct mutator *m, struct program *p)
{
	unsigned int op = random_op_index(m, p);
	struct record r = { .type = RECORD_SWITCH };

	if (!random_mark(m, p, &op, &r)) {
		r.at = random_at(&m->rng);
		r.in_work = !below(m, 32);
	}
	if (edit_unit_end(p, op) - op > MANY_SWITCHES)
		return;
	random_target(m, p, op, &r);
	insert_switch(p, op, &r);
}

/* Index of some switch; of the end of the program if there is none. */
static unsigned int random_switch(struct mutator *m, const struct program *p)
{
	unsigned int start = below(m, p->nr);

	for (unsigned int i = 0; i < p->nr; i++) {
		unsigned int at = (start + i) % p->nr;

		if (p->rec[at].type == RECORD_SWITCH)
			return at;
	}
	return p->nr;
}

/* Another slot or order of an interrupt, or all of it. */
static void change_target(struct mutator *m, const struct program *p,
			  unsigned int op, struct record *r)
{
	const struct record_kind *kind = program_kind(r);
	unsigned int n;

	if (!kind->nr_args || below(m, 4)) {
		random_target(m, p, op, r);
		return;
	}
	n = below(m, kind->nr_args);
	r->arg[n] = random_value(&m->rng, p, kind->args[n]);
}

void mutate_move_switch(struct mutator *m, struct program *p)
{
	unsigned int i = random_switch(m, p), op = i;
	struct record r;

	if (i == p->nr) {
		mutate_add_switch(m, p);
		return;
	}
	while (!edit_is_op(&p->rec[op]))
		op--;
	r = p->rec[i];
	edit_remove(p, i, i + 1);
	switch (below(m, 6)) {
	case 0:
		change_target(m, p, op, &r);
		break;
	case 1:
		if (!random_mark(m, p, &op, &r))
			r.at = random_at(&m->rng);
		break;
	case 2: /* to another operation */
		op = random_op_index(m, p);
		break;
	case 3:
		r.at = (uint16_t)(r.at - below(m, r.at + 1u) / 2);
		break;
	default: { /* a little up or down */
		unsigned int step = 1 + below(m, 3);

		if (below(m, 2) && r.at >= step)
			r.at = (uint16_t)(r.at - step);
		else if (r.at + step < PROGRAM_MAX_AT)
			r.at = (uint16_t)(r.at + step);
		break;
	}
	}
	insert_switch(p, op, &r);
}

void mutate_drop_switch(struct mutator *m, struct program *p)
{
	unsigned int i = random_switch(m, p);

	if (i < p->nr)
		edit_remove(p, i, i + 1);
}

void mutate_race_ops(struct mutator *m, struct program *p)
{
	unsigned int op = random_op_index(m, p), next;
	struct record r = { .type = RECORD_SWITCH };

	if (!random_mark(m, p, &op, &r))
		r.at = (uint16_t)(below(m, 2) ? below(m, 8) :
						random_at(&m->rng));
	next = edit_unit_end(p, op);
	if (next - op > MANY_SWITCHES)
		return;
	if (next == p->nr || below(m, 2)) {
		edit_insert(p, next, &p->rec[op], 1);
		if (next == p->nr)
			return;
	}
	for (int i = 0; i < 3 && p->rec[next].task == p->rec[op].task; i++)
		p->rec[next].task = random_task(&m->rng, p);
	r.task = p->rec[next].task;
	insert_switch(p, op, &r);
}
