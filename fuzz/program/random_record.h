/* SPDX-License-Identifier: GPL-2.0-only */
/* Records that mutation makes up, to go with those that a program has. */
#ifndef FUZZ_PROGRAM_RANDOM_RECORD_H
#define FUZZ_PROGRAM_RANDOM_RECORD_H

#include "program/program.h"

/*
 * An operation of @ops, a mask, by its number of start bytes; a setting of a
 * small machine.
 */
struct record random_op(uint64_t *rng, const struct program *p, uint64_t ops);
struct record random_set(uint64_t *rng, const struct program *p);

/* A whole machine, @sets with room for RANDOM_SETS; returns their number. */
#define RANDOM_SETS 3
unsigned int random_machine(uint64_t *rng, struct record *sets);

/* Their parts: a task, a yield point, arguments. */
uint8_t random_task(uint64_t *rng, const struct program *p);
uint16_t random_at(uint64_t *rng);
uint8_t random_value(uint64_t *rng, const struct program *p,
		     enum program_arg arg);
void random_args(uint64_t *rng, const struct program *p, struct record *r);

/*
 * An operation that mostly does nothing unless another one comes before it: a
 * mask of those that will do, 0 if there is no need.
 */
uint64_t needs_before(const struct record *r);
/* @touch brings in the page of a file that @r is for, if it is for one. */
bool bring_in(const struct record *r, struct record *touch);

/*
 * Into @r, which has room for RANDOM_MEETING: a page of a process or a file is
 * being moved, written or taken away when another task uses it. Returns how
 * many.
 */
#define RANDOM_MEETING 10
unsigned int random_meeting(uint64_t *rng, const struct program *p,
			    struct record *r);
/* Likewise: somebody pins it. */
unsigned int random_pin_meeting(uint64_t *rng, const struct program *p,
				struct record *r);

/*
 * Into @r, which has room for RANDOM_FILL: allocations that leave next to
 * nothing free, and one that may use reserves. Returns how many.
 */
#define RANDOM_FILL 26
unsigned int random_fill(uint64_t *rng, const struct program *p,
			 struct record *r);

#endif
