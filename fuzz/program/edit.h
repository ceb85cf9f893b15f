/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Taking programs apart and putting them together, for mutation and shrinking.
 *
 * A unit is an operation and the switches that belong to it. Normal form is:
 * settings in front, one of each kind, then units. All functions but
 * edit_normalize() expect it and keep it.
 */
#ifndef FUZZ_PROGRAM_EDIT_H
#define FUZZ_PROGRAM_EDIT_H

#include "program/program.h"

/* Changes no meaning: settings hold for the whole run and the last one wins. */
void edit_normalize(struct program *p);

bool edit_is_op(const struct record *r);
unsigned int edit_nr_sets(const struct program *p);
unsigned int edit_nr_ops(const struct program *p);

/* Index of the @n-th operation; p->nr if there are fewer. */
unsigned int edit_op_index(const struct program *p, unsigned int n);

/* Index of the setting of kind @index; p->nr if there is none. */
unsigned int edit_find_set(const struct program *p, unsigned int index);

/* The end of the unit, of @n units, that begin at @op. */
unsigned int edit_unit_end(const struct program *p, unsigned int op);
unsigned int edit_units_end(const struct program *p, unsigned int op,
			    unsigned int n);

/* Insert @n records, which must not lie in @p; as many as there is room for. */
void edit_insert(struct program *p, unsigned int at, const struct record *rec,
		 unsigned int n);

/* Remove the records [start, end). */
void edit_remove(struct program *p, unsigned int start, unsigned int end);

/*
 * Remove the operations that end an isolation or a section although none before
 * them has begun one, want a page that somebody has where nobody has one, or a
 * CPU that can go or come where there is none: most likely they would find
 * nothing to do.
 */
void edit_drop_unmatched(struct program *p);

#endif
