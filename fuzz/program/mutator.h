/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of mutation share; for the others there is mutate.h. */
#ifndef FUZZ_PROGRAM_MUTATOR_H
#define FUZZ_PROGRAM_MUTATOR_H

#include "program/edit.h"
#include "program/mutate.h"
#include "program/random.h"

struct mutator {
	uint64_t rng;
	struct program program;
	struct program other; /* nr is 0 if there is none */
	struct program scratch;
	mutate_mark_fn *mark; /* of the program as it came, or NULL */
};

/* 0 .. @n - 1 */
static inline unsigned int below(struct mutator *m, unsigned int n)
{
	return random_below(&m->rng, n);
}

static inline unsigned int random_op_index(struct mutator *m,
					   const struct program *p)
{
	return edit_op_index(p, below(m, edit_nr_ops(p)));
}

/* Each takes a program that has operations (mutate_switch.c). */
void mutate_add_switch(struct mutator *m, struct program *p);
void mutate_move_switch(struct mutator *m, struct program *p);
void mutate_drop_switch(struct mutator *m, struct program *p);

/*
 * A switch to a task that has nothing to do is none: one operation meets the
 * next one, or another one like itself, on another task.
 */
void mutate_race_ops(struct mutator *m, struct program *p);

#endif
