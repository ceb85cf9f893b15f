/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What operations hold from one to the next: 16 slots, and what each task has
 * open. For the files that define operations (ops_*.c).
 *
 * An operation that makes something takes a free slot before it begins and
 * fills it at its end; one that gives something back empties the slot before it
 * begins. So no two operations ever have the same thing, however they
 * interleave.
 */
#ifndef FUZZ_PROGRAM_HELD_H
#define FUZZ_PROGRAM_HELD_H

#include <stdbool.h>

#include "check/check.h"
#include "program/program.h"
#include "subject/subject.h"
#include "sim/sim.h"

#define NR_HELD 16 /* slots */
#define MAX_SECTIONS 4
#define MAX_TRIED 4
#define MAX_WALK 256 /* pages that an operation looks at to find its own */

enum held_kind {
	HELD_NOTHING,
	HELD_SOON, /* the operation that fills the slot is running */
	HELD_PAGES,
	HELD_ISOLATION,
	HELD_CMA,
	HELD_RANGE, /* of a contiguous allocation */
	HELD_OFFLINE, /* memory */
	HELD_PCP_OFF, /* pcplists, by an operation that runs */
	HELD_COMPOUND, /* as PAGES */
	HELD_SINGLES, /* of a block that was split: as RANGE */
	HELD_BULK,
	HELD_REFERENCE, /* on the page at start, whose ever it is */
	HELD_OFF, /* the page at start, out of use */
	HELD_LRU_OFF, /* batches */
	HELD_PIN, /* pages of a process, as BULK */
	HELD_OFF_LRU, /* the page at start */
	HELD_POISON, /* the page at start, broken */
};

struct held {
	enum held_kind kind;
	unsigned int start; /* pfn */
	unsigned int end;
	unsigned int order; /* PAGES, COMPOUND */
	unsigned int nr_bulk; /* BULK, PIN */
	unsigned int bulk[SUBJECT_MAX_BULK]; /* pfns */
	enum subject_type type; /* ISOLATION */
	enum subject_pin how; /* PIN */
	unsigned int task; /* PCP_OFF */
	unsigned int unmovable_since; /* of a block: time it was given, or 0 */
};

/* memalloc_nocma sections of a task, innermost last. */
struct sections {
	unsigned int nr;
	unsigned int flags[MAX_SECTIONS];
};

struct ops {
	struct held slot[NR_HELD];
	struct sections sections[SIM_PROGRAM_TASKS];
	/* Addresses that sleepers are woken by. */
	char pcp_off[SIM_PROGRAM_TASKS];
	/* The time when a task last waited for others. */
	unsigned int waited[SIM_PROGRAM_TASKS];
	enum subject_task_rights rights[SIM_PROGRAM_TASKS];
	/* Ranges that isolations tried, for the epilogue. */
	unsigned int nr_tried;
	unsigned int tried[MAX_TRIED]; /* pageblocks */
	/* Ranges that should go offline, for the epilogue. */
	unsigned int nr_hotplug;
	struct {
		unsigned int start, end;
	} hotplug[MAX_TRIED];
	bool cma_tried;
	bool mapping_used, mlock_used, huge_used;
	unsigned long nr_contents; /* stored so far by processes */
	unsigned long cma_succeeded, cma_failed; /* pages */
	/* The allocation of a task that fails, counted from now; 0 is none. */
	unsigned int fail[SIM_PROGRAM_TASKS];
	/* The slot for the page that breaks next, or NULL. */
	struct held *breaks;
	unsigned int killed; /* tasks, as a mask */
	unsigned int now; /* counts operations as they begin */
	unsigned int nr_running;
};

extern struct ops ops;

/* The first slot from @first on that is empty, taken for what is to come. */
struct held *take_empty(unsigned int first);
/* What the first slot from @first on holds, of @kinds, a mask; emptied. */
bool take_held(unsigned int first, unsigned int kinds, struct held *held);
/* The same, but the slot stays taken: its owner fills or empties it. */
struct held *borrow_held(unsigned int first, unsigned int kinds,
			 struct held *held);
unsigned int slot_number(const struct held *held);

/*
 * Whether an operation runs alone: begin_alone() returns the time, or 0 if
 * another operation is under way; was_alone(), whether none was since then. An
 * interrupt, a signal, an allocation made to fail disturb as another one would.
 */
unsigned int begin_alone(void);
bool was_alone(unsigned int time);
enum check_company company_since(unsigned int time);

/*
 * Whoever is given pages has their references, from before check_op_end() until
 * he gives them back: begin_release() begins that operation, end_release() ends
 * it. @time is as begin_alone() has said.
 */
void take_over(unsigned int start, unsigned int nr, enum check_block kind,
	       unsigned int time);
unsigned int begin_release(unsigned int start, unsigned int nr,
			   enum check_block kind);
void end_release(unsigned int start, unsigned int nr, unsigned int time);

/* What a request may use. */
enum check_cma may_use_cma(enum subject_request request);
unsigned int nr_zones_for(enum subject_request request);
/* Allocate a block into a slot, as @kind says: PAGES or COMPOUND. */
bool allocate(enum held_kind kind, enum subject_request request,
	      enum subject_gfp gfp, unsigned int order, unsigned int slot);

/* An operation of users begins; CHECK_OP_ALLOC takes pages one by one. */
void begin_users(enum check_op op);

/* Remember the pageblock at @pfn, which something tried to isolate. */
void note_tried(unsigned int pfn);
/* The end of [start, end) within the zone of @start: callers stay in one. */
unsigned int cut_to_zone(unsigned int start, unsigned int end);
/* The type that callers of isolation name: what the area at @pfn is for. */
enum subject_type type_of_area(unsigned int pfn);

/*
 * What a request of the running task may do: SUBJECT_MAY_*, in all attempts and
 * in the last one (ops_request.c).
 */
unsigned int rights_of(enum subject_gfp gfp, unsigned int order);
unsigned int last_rights_of(enum subject_gfp gfp, unsigned int order);

/* Give back what a slot held, as its kind demands. */
void give_back(const struct held *held);
void give_back_pages(const struct held *held);
void give_back_isolation(const struct held *held);
void give_back_cma(const struct held *held);
void give_back_range(const struct held *held);
/* Of the epilogue: all that processes and files have, once it is checked. */
void give_back_mappings(void);
/* Wake the operation that has them disabled. */
void give_back_pcp_off(const struct held *held);
void give_back_lru_off(void);
void give_back_pins(const struct held *held);
void give_back_off_lru(const struct held *held);

/* The epilogue: ranges that were to go offline can do so when all is free. */
void offline_again(void);
void give_back_singles(const struct held *held);
void give_back_bulk(const struct held *held);
void give_back_reference(const struct held *held);
/* False if somebody has a reference on the page, of either kind. */
bool put_back(const struct held *held);
bool unpoison(const struct held *held);
/* False if something in it is broken. */
bool bring_back(const struct held *held);

/* What an operation stores: something else each time, and never zero. */
unsigned long ops_next_content(void);

/* The operations: false if there was nothing to do. */
#define OP(name, codes, args, text) bool op_##name(const struct record *rec);
#include "program/ops.def"
#undef OP

#endif
