/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Taking programs apart and putting them together.
 */
#include "program/edit.h"

#include <string.h>

bool edit_is_op(const struct record *r)
{
	return r->type == RECORD_OP;
}

unsigned int edit_nr_sets(const struct program *p)
{
	unsigned int n = 0;

	while (n < p->nr && p->rec[n].type == RECORD_SET)
		n++;
	return n;
}

unsigned int edit_nr_ops(const struct program *p)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < p->nr; i++)
		n += edit_is_op(&p->rec[i]);
	return n;
}

unsigned int edit_op_index(const struct program *p, unsigned int n)
{
	for (unsigned int i = edit_nr_sets(p); i < p->nr; i++)
		if (edit_is_op(&p->rec[i]) && !n--)
			return i;
	return p->nr;
}

unsigned int edit_unit_end(const struct program *p, unsigned int op)
{
	do
		op++;
	while (op < p->nr && !edit_is_op(&p->rec[op]));
	return op;
}

unsigned int edit_units_end(const struct program *p, unsigned int op,
			    unsigned int n)
{
	while (n-- && op < p->nr)
		op = edit_unit_end(p, op);
	return op;
}

void edit_insert(struct program *p, unsigned int at, const struct record *rec,
		 unsigned int n)
{
	if (n > PROGRAM_MAX_BYTES - p->nr)
		n = PROGRAM_MAX_BYTES - p->nr;
	memmove(&p->rec[at + n], &p->rec[at], (p->nr - at) * sizeof(*rec));
	memcpy(&p->rec[at], rec, n * sizeof(*rec));
	p->nr += n;
}

void edit_remove(struct program *p, unsigned int start, unsigned int end)
{
	memmove(&p->rec[start], &p->rec[end],
		(p->nr - end) * sizeof(p->rec[0]));
	p->nr -= end - start;
}

unsigned int edit_find_set(const struct program *p, unsigned int index)
{
	unsigned int i = 0, n = edit_nr_sets(p);

	while (i < n && p->rec[i].index != index)
		i++;
	return i < n ? i : p->nr;
}

void edit_normalize(struct program *p)
{
	const struct record *last[PROGRAM_NR_SETS] = { NULL };
	static struct program out; /* 40 kB, too large for a stack */

	out.nr = 0;
	for (unsigned int i = 0; i < p->nr; i++)
		if (p->rec[i].type == RECORD_SET)
			last[p->rec[i].index] = &p->rec[i];
	for (unsigned int i = 0; i < PROGRAM_NR_SETS; i++)
		if (last[i])
			out.rec[out.nr++] = *last[i];
	for (unsigned int i = 0; i < p->nr; i++)
		if (p->rec[i].type != RECORD_SET)
			out.rec[out.nr++] = p->rec[i];
	p->nr = out.nr;
	memcpy(p->rec, out.rec, out.nr * sizeof(out.rec[0]));
}

/* What the operations so far have begun and not ended. */
struct begun {
	unsigned int undoable;
	unsigned int sections[PROGRAM_TASKS];
	unsigned int blocks; /* that somebody has */
	unsigned int cpus_off, cpus; /* but CPU 0 */
};

static bool is_cpu_unmatched(const struct record *r, struct begun *b)
{
	if (r->arg[1])
		return !b->cpus_off || !b->cpus_off--;
	return b->cpus_off == b->cpus || !++b->cpus_off;
}

/*
 * Whether operation @r ends something that none before it has begun, or has
 * nothing to begin; notes what it begins or ends. As if operations ran in the
 * order of the list.
 */
static bool is_unmatched(const struct record *r, struct begun *b)
{
	switch ((enum program_op)r->index) {
	case PROGRAM_OP_isolate:
	case PROGRAM_OP_offline:
	case PROGRAM_OP_pcp_off:
	case PROGRAM_OP_take_off:
	case PROGRAM_OP_lru_off:
		b->undoable++;
		return false;
	case PROGRAM_OP_undo:
		return !b->undoable || !b->undoable--;
	case PROGRAM_OP_nocma_begin:
		b->sections[r->task]++;
		return false;
	case PROGRAM_OP_nocma_end:
		return !b->sections[r->task] || !b->sections[r->task]--;
	case PROGRAM_OP_alloc:
	case PROGRAM_OP_alloc_gfp:
	case PROGRAM_OP_alloc_comp:
	case PROGRAM_OP_bulk:
	case PROGRAM_OP_cma_alloc:
	case PROGRAM_OP_contig_alloc:
		b->blocks++;
		return false;
	case PROGRAM_OP_free:
		b->blocks -= b->blocks > 0;
		return false;
	case PROGRAM_OP_get:
		return !b->blocks || !++b->blocks;
	case PROGRAM_OP_cpu:
		return is_cpu_unmatched(r, b);
	default:
		return false;
	}
}

void edit_drop_unmatched(struct program *p)
{
	unsigned int set = edit_find_set(p, PROGRAM_SET_cpus);
	struct begun begun = { .cpus = set < p->nr ? p->rec[set].arg[0] : 1 };

	for (unsigned int i = edit_nr_sets(p); i < p->nr;) {
		if (is_unmatched(&p->rec[i], &begun))
			edit_remove(p, i, edit_unit_end(p, i));
		else
			i = edit_unit_end(p, i);
	}
}
