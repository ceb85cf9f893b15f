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
 * Operations that do something only together: @make puts some into @r, which
 * has room for RANDOM_TEMPLATE, and returns how many.
 */
#define RANDOM_TEMPLATE 48

struct random_template {
	unsigned int (*make)(uint64_t *rng, const struct program *p,
			     struct record *r);
	uint64_t ops; /* without which it is of no use, as a mask */
	unsigned int weight;
	bool is_far; /* from what a program comes to by itself */
};

/* One of those that @ops, a mask, has all of; NULL if it has not. */
const struct random_template *random_template(uint64_t *rng, uint64_t ops);

/*
 * A page of a process or a file is being moved, written or taken away when
 * another task uses it; when somebody pins it; when it breaks.
 */
unsigned int random_meeting(uint64_t *rng, const struct program *p,
			    struct record *r);
unsigned int random_pin_meeting(uint64_t *rng, const struct program *p,
				struct record *r);
unsigned int random_huge_meeting(uint64_t *rng, const struct program *p,
				 struct record *r);
unsigned int random_broken_meeting(uint64_t *rng, const struct program *p,
				   struct record *r);
/*
 * Allocations that leave next to nothing free, and one that may use reserves;
 * or that leave nothing in one piece, and one of several pages.
 */
unsigned int random_fill(uint64_t *rng, const struct program *p,
			 struct record *r);
unsigned int random_fragments(uint64_t *rng, const struct program *p,
			      struct record *r);
/*
 * A page that several processes share, so that it may look pinned; or a
 * pageblock of two zones, both full but for some pages; and compaction.
 */
unsigned int random_crowd(uint64_t *rng, const struct program *p,
			  struct record *r);
unsigned int random_border(uint64_t *rng, const struct program *p,
			   struct record *r);

#endif
