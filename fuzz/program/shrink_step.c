/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Steps.
 *
 * The number of a step is its place in a table of (record or operation, new
 * value). Fields get a few values each: small ones, where what matters lies as
 * programs get smaller, and those around the present one.
 */
#include "program/shrink_step.h"

#include <string.h>

#include "program/edit.h"

#define SMALL_ATS 24
#define NEAR_ATS 8
#define NR_ATS (SMALL_ATS + NEAR_ATS)

#define SMALL_VALUES 4
#define NEAR_VALUES 2 /* one more, twice as much and one */
#define NR_VALUES (SMALL_VALUES + NEAR_VALUES)

/* Tasks above the largest one in use are like it. */
static unsigned int nr_tasks(const struct program *p)
{
	unsigned int nr = 1;

	for (unsigned int i = 0; i < p->nr; i++)
		if (record_has_task(&p->rec[i]) && p->rec[i].task >= nr)
			nr = p->rec[i].task + 1u;
	return nr;
}

unsigned int step_count(const struct program *p, enum step step)
{
	switch (step) {
	case STEP_DROP:
		return p->nr;
	case STEP_MOVE:
		return edit_nr_ops(p) * edit_nr_ops(p);
	case STEP_MERGE:
		return nr_tasks(p) * nr_tasks(p);
	case STEP_TASK:
		return p->nr * nr_tasks(p);
	case STEP_AT:
		return p->nr * NR_ATS;
	case STEP_ARG:
		return p->nr * PROGRAM_MAX_ARGS * NR_VALUES;
	case STEP_KIND:
		return p->nr * PROGRAM_NR_OPS;
	case STEP_TARGET:
		return p->nr * PROGRAM_NR_SWITCHES;
	}
	return 0;
}

static void drop(struct program *p, unsigned int i)
{
	edit_remove(p, i, edit_is_op(&p->rec[i]) ? edit_unit_end(p, i) : i + 1);
}

/* The @from-th operation becomes the @to-th one. */
static void move(struct program *p, unsigned int from, unsigned int to)
{
	static struct record unit[PROGRAM_MAX_BYTES];
	unsigned int start = edit_op_index(p, from);
	unsigned int end = edit_unit_end(p, start);

	memcpy(unit, &p->rec[start], (end - start) * sizeof(unit[0]));
	edit_remove(p, start, end);
	edit_insert(p, edit_op_index(p, to), unit, end - start);
}

static void set_task(struct record *r, unsigned int task)
{
	if (record_has_task(r))
		r->task = (uint8_t)(task % record_tasks(r));
}

static void merge(struct program *p, unsigned int from, unsigned int to)
{
	for (unsigned int i = 0; i < p->nr; i++)
		if (p->rec[i].task == from)
			set_task(&p->rec[i], to);
}

static void set_at(struct record *r, unsigned int n)
{
	if (r->type != RECORD_SWITCH)
		return;
	if (n >= SMALL_ATS)
		n = r->at + n - SMALL_ATS - NEAR_ATS / 2;
	r->at = (uint16_t)(n % PROGRAM_MAX_AT);
}

static void set_arg(struct record *r, unsigned int arg, unsigned int n)
{
	const struct record_kind *kind = program_kind(r);

	if (arg >= kind->nr_args)
		return;
	if (n >= SMALL_VALUES)
		n = r->arg[arg] * (n - SMALL_VALUES + 1) + 1;
	r->arg[arg] = (uint8_t)(n % program_args[kind->args[arg]].nr_values);
}

/* A dull one of another kind. */
static void set_target(struct record *r, unsigned int index)
{
	if (r->type != RECORD_SWITCH)
		return;
	program_set_target(r, 0);
	r->index = (uint8_t)index;
}

void step_take(struct program *p, enum step step, unsigned int n)
{
	unsigned int ops = edit_nr_ops(p), tasks = nr_tasks(p);

	switch (step) {
	case STEP_DROP:
		drop(p, n);
		break;
	case STEP_MOVE:
		move(p, n / ops, n % ops);
		break;
	case STEP_MERGE:
		merge(p, n / tasks, n % tasks);
		break;
	case STEP_TASK:
		set_task(&p->rec[n / tasks], n % tasks);
		break;
	case STEP_AT:
		set_at(&p->rec[n / NR_ATS], n % NR_ATS);
		break;
	case STEP_ARG:
		set_arg(&p->rec[n / NR_VALUES / PROGRAM_MAX_ARGS],
			n / NR_VALUES % PROGRAM_MAX_ARGS, n % NR_VALUES);
		break;
	case STEP_KIND:
		if (!edit_is_op(&p->rec[n / PROGRAM_NR_OPS]))
			break;
		memset(p->rec[n / PROGRAM_NR_OPS].arg, 0, PROGRAM_MAX_ARGS);
		p->rec[n / PROGRAM_NR_OPS].index = n % PROGRAM_NR_OPS;
		break;
	case STEP_TARGET:
		set_target(&p->rec[n / PROGRAM_NR_SWITCHES],
			   n % PROGRAM_NR_SWITCHES);
		break;
	}
}
