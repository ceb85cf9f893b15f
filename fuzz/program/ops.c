// SPDX-License-Identifier: GPL-2.0-only
#include "program/ops.h"

#include <string.h>

#include "check/check.h"
#include "program/held.h"

void ops_reset(void)
{
	memset(&ops, 0, sizeof(ops));
}

static void revive(unsigned int task)
{
	if (!(ops.killed & 1u << task))
		return;
	ops.killed &= ~(1u << task);
	subject_revive(task);
}

bool ops_run(const struct record *rec)
{
	static bool (*const run[])(const struct record *rec) = {
#define OP(name, codes, args, text) op_##name,
#include "program/ops.def"
#undef OP
	};

	unsigned int time;
	bool done;

	ops.now++;
	ops.nr_running++;
	time = begin_alone();
	done = run[rec->index](rec);
	check_moves(company_since(time));
	ops.nr_running--;
	if (!ops.nr_running)
		check_isolated_stat();
	revive(sim_task());
	return done;
}

bool ops_run_interrupt(const struct record *rec)
{
	struct record op = { .type = RECORD_OP };
	bool done;

	/* An interrupt's request is for a driver, and by GFP_ATOMIC. */
	memcpy(op.arg, rec->arg, sizeof(op.arg));
	if (rec->index != PROGRAM_SWITCH_free) {
		op.arg[1] = SUBJECT_REQUEST_UNMOVABLE;
		op.arg[2] = SUBJECT_GFP_ATOMIC;
		op.arg[3] = rec->arg[1];
	}
	ops.now++;
	ops.nr_running++;
	if (rec->index == PROGRAM_SWITCH_free)
		done = op_free(&op);
	else
		done = op_alloc_gfp(&op);
	ops.nr_running--;
	return done;
}

_Static_assert(OPS_SLOTS == NR_HELD, "slots");

bool ops_slot(unsigned int slot, unsigned int *start, unsigned int *end)
{
	const struct held *held = &ops.slot[slot];

	if (held->kind == HELD_NOTHING || held->kind == HELD_SOON)
		return false;
	*start = held->start;
	*end = held->end;
	return true;
}

bool ops_at_rest(void)
{
	return !ops.nr_running;
}

/* --- Epilogue --- */

void ops_end(void)
{
	memset(ops.fail, 0, sizeof(ops.fail));
	ops.breaks = NULL;
	for (unsigned int task = 0; ops.killed; task++)
		revive(task);
}

bool ops_has_sections(unsigned int task)
{
	return ops.sections[task].nr;
}

void ops_close_sections(void *unused)
{
	(void)unused;
	while (op_nocma_end(NULL))
		;
}

static void give_back_kinds(unsigned int kinds)
{
	for (unsigned int i = 0; i < NR_HELD; i++) {
		if (!(kinds & 1u << ops.slot[i].kind))
			continue;
		give_back(&ops.slot[i]);
		ops.slot[i].kind = HELD_NOTHING;
	}
}

/*
 * References first: they are in the way of putting pages back into use, as are
 * processes, and what is broken in the way of memory coming back.
 */
static void give_back_all(void)
{
	const unsigned int last = 1u << HELD_POISON | 1u << HELD_OFFLINE;

	give_back_kinds(1u << HELD_REFERENCE | 1u << HELD_PIN);
	give_back_kinds(~last);
	if (ops.mlock_used)
		op_lru_drain(&(struct record){ 0 });
	give_back_mappings();
	op_lru_drain(&(struct record){ 0 }); /* what it frees is drained, too */
	give_back_kinds(1u << HELD_POISON);
	give_back_kinds(last);
}

/* With everything free nothing can be in the way of an isolation. */
static void isolate_again(void)
{
	const struct subject_geometry *g = subject_geometry();

	for (unsigned int i = 0; i < ops.nr_tried; i++) {
		unsigned int start = ops.tried[i] << g->block_order;
		unsigned int end = start + (1u << g->block_order);
		enum subject_type type = type_of_area(start);

		check_op_begin(CHECK_OP_ISOLATE, CHECK_CMA_ALLOWED);
		check_works(!subject_isolate(start, end, type),
			    "isolate a pageblock");
		subject_undo_isolate(start, end, type);
		check_op_end(CHECK_DONE, 0, 0);
	}
}

/* As many pages as a pageblock has, from an area that is free. */
static void allocate_cma_again(void)
{
	unsigned int nr = 1u << subject_geometry()->block_order;
	unsigned int start, end;
	long pfn;

	subject_cma_area(&start, &end);
	check_cma_bits(start, end - start, false);
	if (end - start < nr)
		return;
	check_op_begin(CHECK_OP_CONTIG, CHECK_CMA_ALLOWED);
	pfn = subject_cma_alloc(nr, 0);
	check_works(pfn >= 0, "allocate from the CMA area");
	subject_cma_release((unsigned int)pfn, nr);
	check_op_end(CHECK_DONE, 0, 0);
}

void ops_give_back(void *unused)
{
	(void)unused;
	give_back_all();
	op_drain(&(struct record){ 0 });
	check_boot_state();
	check_cma_counts(ops.cma_succeeded, ops.cma_failed);
	isolate_again();
	offline_again();
	if (ops.cma_tried)
		allocate_cma_again();
	op_drain(&(struct record){ 0 });
	check_boot_state();
}
