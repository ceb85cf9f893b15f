// SPDX-License-Identifier: GPL-2.0-only
/*
 * Operations that leave little or nothing free, and who still asks then: what
 * watermarks, reserves and last resorts are for.
 */
#include "program/edit.h"
#include "program/random.h"
#include "program/random_record.h"
#include "subject/subject.h"

#define MAX_LARGEST 10 /* blocks; there are 16 slots for all */

/* As on the core's usual machine, where the program does not say. */
static unsigned int largest_order(const struct program *p)
{
	unsigned int set = edit_find_set(p, PROGRAM_SET_blocks);

	return set < p->nr && p->rec[set].arg[1] ? p->rec[set].arg[1] : 5;
}

static unsigned int nr_largest(const struct program *p, unsigned int order)
{
	unsigned int set = edit_find_set(p, PROGRAM_SET_memory);
	unsigned int nr_pages = 256, nr;

	if (set < p->nr)
		nr_pages = (8u + p->rec[set].arg[0]) * 8 << p->rec[set].arg[1];
	nr = nr_pages >> order;
	return nr < MAX_LARGEST ? nr : MAX_LARGEST;
}

/* One of each order from below @order down to @least. */
static unsigned int descend(struct record *r, struct record alloc,
			    unsigned int order, unsigned int least)
{
	unsigned int n = 0;

	while (order > least) {
		r[n] = alloc;
		r[n++].arg[0] = (uint8_t)--order;
	}
	return n;
}

unsigned int random_fill(uint64_t *rng, const struct program *p,
			 struct record *r)
{
	unsigned int order = largest_order(p), n = 0;
	struct record waits = { .type = RECORD_OP,
				.index = PROGRAM_OP_alloc_gfp,
				.task = (uint8_t)random_below(rng, 2) };
	struct record cannot, free = waits;

	free.index = PROGRAM_OP_free;
	waits.arg[0] = (uint8_t)order;
	waits.arg[1] = (uint8_t)random_below(rng, 2);
	cannot = waits;
	waits.arg[2] = random_below(rng, 2) ? SUBJECT_GFP_HIGH :
					      SUBJECT_GFP_KERNEL;
	cannot.arg[2] = random_below(rng, 2) ? SUBJECT_GFP_ATOMIC :
					       SUBJECT_GFP_NOWAIT;
	/* What was had so is a reserve, if it was more than a page. */
	if (random_below(rng, 4)) {
		r[n] = cannot;
		r[n++].arg[2] = SUBJECT_GFP_ATOMIC;
		r[n++] = free;
	}
	for (unsigned int i = nr_largest(p, order); i > 1; i--)
		r[n++] = waits;
	n += descend(r + n, waits, order, 0);
	n += descend(r + n, cannot, 4, 0);
	return n;
}

/* --- Fragments --- */

static struct record of_process(uint8_t task, unsigned int op, uint8_t mm,
				unsigned int address)
{
	return (struct record){ .type = RECORD_OP,
				.index = (uint8_t)op,
				.task = task,
				.arg = { mm, (uint8_t)address } };
}

/*
 * One of the pages of a process cannot be moved, as somebody has a reference;
 * what it was to be moved to may break.
 */
static unsigned int make_stuck(uint64_t *rng, struct record *r, uint8_t task)
{
	uint8_t mm = (uint8_t)random_below(rng, SUBJECT_NR_MMS);
	unsigned int n = 0;

	r[n] = of_process(task, PROGRAM_OP_pin, mm, SUBJECT_FILE_ADDRESS);
	r[n++].arg[2] = (uint8_t)random_below(rng, 4);
	if (random_below(rng, 2)) {
		r[n] = (struct record){ .type = RECORD_OP,
					.index = PROGRAM_OP_take_off,
					.task = task };
		r[n++].arg[3] = 1;
	}
	return n;
}

/* Every second page of some that lie side by side. */
static unsigned int leave_holes(uint64_t *rng, struct record *r, uint8_t task)
{
	uint8_t mm = (uint8_t)random_below(rng, SUBJECT_NR_MMS);
	unsigned int nr = 4 + 2 * random_below(rng, 3), n = 0;
	unsigned int first = random_below(rng, 4) ? 0 : SUBJECT_FILE_ADDRESS;

	for (unsigned int i = 0; i < nr; i++) {
		r[n] = of_process(task, PROGRAM_OP_touch, mm, first + i);
		r[n++].arg[2] = 1;
	}
	for (unsigned int i = random_below(rng, 2); i < nr; i += 2)
		r[n++] = of_process(task, PROGRAM_OP_zap, mm, first + i);
	return n;
}

/* Free pages among the last ones are no targets for compaction. */
static unsigned int isolate_last(uint64_t *rng, struct record *r, uint8_t task)
{
	*r = (struct record){ .type = RECORD_OP,
			      .index = PROGRAM_OP_isolate,
			      .task = task };
	r->arg[0] = (uint8_t)(127 - random_below(rng, 8));
	r->arg[1] = (uint8_t)random_below(rng, 2);
	return 1;
}

/* What a slot holds is free in the midst of it, for whoever compacts. */
static unsigned int free_meanwhile(uint64_t *rng, struct record *r)
{
	*r = (struct record){ .type = RECORD_SWITCH,
			      .index = PROGRAM_SWITCH_free,
			      .at = (uint16_t)random_below(rng, 768) };
	r->arg[0] = (uint8_t)random_below(rng, 4);
	return 1;
}

unsigned int random_fragments(uint64_t *rng, const struct program *p,
			      struct record *r)
{
	unsigned int largest = largest_order(p), n = 0;
	unsigned int order = 1 + random_below(rng, largest);
	uint8_t task = (uint8_t)random_below(rng, 2);
	struct record alloc = { .type = RECORD_OP,
				.index = PROGRAM_OP_alloc_gfp,
				.task = task };

	if (!random_below(rng, 4))
		n += isolate_last(rng, r, task);
	if (random_below(rng, 2))
		n += make_stuck(rng, r + n, task);
	n += leave_holes(rng, r + n, task);
	r[n] = (struct record){ .type = RECORD_OP,
				.index = PROGRAM_OP_drain,
				.task = task };
	n += random_below(rng, 2);
	alloc.arg[0] = (uint8_t)largest;
	for (unsigned int i = nr_largest(p, largest); i > 1; i--)
		r[n++] = alloc;
	n += descend(r + n, alloc, largest, order - random_below(rng, 2));
	alloc.arg[0] = (uint8_t)order;
	alloc.arg[1] = (uint8_t)random_below(rng, 3);
	r[n] = alloc;
	if (random_below(rng, 2)) {
		r[n].index = PROGRAM_OP_compact;
		r[n].arg[1] = (uint8_t)random_below(rng, 2);
	}
	n++;
	if (!random_below(rng, 4))
		n += free_meanwhile(rng, r + n);
	return n;
}

/* --- A page that many have --- */

static struct record set_to(unsigned int set, unsigned int value)
{
	return (struct record){ .type = RECORD_SET,
				.index = (uint8_t)set,
				.arg = { (uint8_t)value } };
}

unsigned int random_crowd(uint64_t *rng, const struct program *p,
			  struct record *r)
{
	uint8_t task = (uint8_t)random_below(rng, 2);
	uint8_t mm = (uint8_t)random_below(rng, SUBJECT_NR_MMS);
	unsigned int nr = 1 + random_below(rng, SUBJECT_NR_MMS - 1), n = 0;

	(void)p;
	r[n++] = set_to(PROGRAM_SET_pins, SUBJECT_MIN_PIN_REFS);
	r[n++] = of_process(task, PROGRAM_OP_touch, mm, random_below(rng, 4));
	if (random_below(rng, 2))
		nr = SUBJECT_NR_MMS - 1;
	for (unsigned int i = 0; i < nr; i++)
		r[n++] = of_process(task, PROGRAM_OP_fork, mm, i);
	r[n++] = (struct record){ .type = RECORD_OP,
				  .index = PROGRAM_OP_lru_drain,
				  .task = task };
	r[n++] = (struct record){ .type = RECORD_OP,
				  .index = PROGRAM_OP_compact,
				  .task = task,
				  .arg = { 1, 1 } };
	return n;
}

/* --- A zone that begins inside a pageblock --- */

#define BORDER_PAGES 64 /* in pageblocks of 8, as usual */

/* Those who may be in any zone take what is free of the last one first. */
unsigned int random_border(uint64_t *rng, const struct program *p,
			   struct record *r)
{
	unsigned int nr_movable = 1 + random_below(rng, 15), slot = 0, n = 0;
	uint8_t task = (uint8_t)random_below(rng, 2);
	struct record alloc = { .type = RECORD_OP,
				.index = PROGRAM_OP_alloc_gfp,
				.task = task };

	(void)p;
	r[n++] = set_to(PROGRAM_SET_memory, 0);
	r[n++] = set_to(PROGRAM_SET_cma, 0);
	r[n++] = set_to(PROGRAM_SET_zones, nr_movable * 128 / BORDER_PAGES);
	for (unsigned int order = 4; order-- > 0;) {
		if (!(nr_movable & 1u << order))
			continue;
		alloc.arg[0] = (uint8_t)order;
		alloc.arg[3] = (uint8_t)slot++;
		r[n++] = alloc;
	}
	for (unsigned int i = 0; i < 15; i++) {
		r[n] = of_process(task, PROGRAM_OP_touch, (uint8_t)(i / 8),
				  i % 8);
		r[n++].arg[2] = 1;
	}
	alloc.arg[3] = (uint8_t)slot;
	alloc.arg[0] = 3;
	for (unsigned int i = 0; i < 4; i++)
		r[n++] = alloc;
	n += descend(r + n, alloc, 3, random_below(rng, 3));
	for (unsigned int i = random_below(rng, 2); i < 8; i += 2)
		r[n++] = of_process(task, PROGRAM_OP_zap,
				    (uint8_t)random_below(rng, 2), i);
	r[n] = alloc;
	r[n].index = PROGRAM_OP_free;
	r[n++].arg[0] = (uint8_t)random_below(rng, slot);
	r[n++] = (struct record){ .type = RECORD_OP,
				  .index = PROGRAM_OP_compact,
				  .task = task,
				  .arg = { 1 } };
	return n;
}
