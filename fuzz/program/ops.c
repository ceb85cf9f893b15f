// SPDX-License-Identifier: GPL-2.0-only
#include "program/ops.h"

#include <string.h>

#include "check/check.h"
#include "sim/sim.h"
#include "subject/subject.h"

#define NR_SLOTS 16
#define MAX_SECTIONS 4
#define MAX_TRIED 4

enum held_kind {
	HELD_NOTHING,
	HELD_SOON, /* the operation that fills the slot is running */
	HELD_PAGES,
	HELD_ISOLATION,
	HELD_CMA,
	HELD_RANGE, /* of a contiguous allocation */
};

struct held {
	enum held_kind kind;
	unsigned int start; /* pfn */
	unsigned int end;
	unsigned int order; /* PAGES */
	enum subject_type type; /* ISOLATION */
	unsigned int unmovable_since; /* PAGES: time they were given, or 0 */
};

/* memalloc_nocma sections of a task, innermost last. */
struct sections {
	unsigned int nr;
	unsigned int flags[MAX_SECTIONS];
};

static struct {
	struct held slot[NR_SLOTS];
	struct sections sections[SIM_PROGRAM_TASKS];
	/* Ranges that isolations tried, for the epilogue. */
	unsigned int nr_tried;
	unsigned int tried[MAX_TRIED]; /* pageblocks */
	bool cma_tried;
	unsigned int now; /* counts operations as they begin */
	unsigned int nr_running;
} ops;

void ops_reset(void)
{
	memset(&ops, 0, sizeof(ops));
}

/* --- Operations that run alone --- */

/* Returns the time, or 0 if another operation is under way. */
static unsigned int begin_alone(void)
{
	return ops.nr_running == 1 ? ops.now : 0;
}

/* No other operation was under way since begin_alone() returned @time. */
static bool was_alone(unsigned int time)
{
	return time && time == ops.now;
}

/* --- Slots --- */

/* The first slot from @first on that is empty, taken for what is to come. */
static struct held *take_empty(unsigned int first)
{
	for (unsigned int i = 0; i < NR_SLOTS; i++) {
		struct held *held = &ops.slot[(first + i) % NR_SLOTS];

		if (held->kind == HELD_NOTHING) {
			held->kind = HELD_SOON;
			return held;
		}
	}
	return NULL;
}

/* What the first slot from @first on holds, of @kinds, a mask; emptied. */
static bool take_held(unsigned int first, unsigned int kinds, struct held *held)
{
	for (unsigned int i = 0; i < NR_SLOTS; i++) {
		struct held *slot = &ops.slot[(first + i) % NR_SLOTS];

		if (kinds & 1u << slot->kind) {
			*held = *slot;
			slot->kind = HELD_NOTHING;
			return true;
		}
	}
	return false;
}

static unsigned int slot_number(const struct held *held)
{
	return (unsigned int)(held - ops.slot);
}

/* --- Operations --- */

/* With grouping by mobility off every request counts as unmovable. */
static enum check_cma may_use_cma(enum subject_request request)
{
	if (request != SUBJECT_REQUEST_MOVABLE || ops.sections[sim_task()].nr ||
	    subject_geometry()->mobility)
		return CHECK_CMA_FORBIDDEN;
	return CHECK_CMA_ALLOWED;
}

static bool allocate(enum subject_request request, unsigned int order,
		     unsigned int slot)
{
	struct held *held = take_empty(slot);
	bool in_section = ops.sections[sim_task()].nr;
	long pfn;

	if (!held)
		return false;
	if (order > subject_geometry()->max_order)
		order = subject_geometry()->max_order;
	check_op_begin(CHECK_OP_ALLOC, may_use_cma(request));
	check_op_wants(order);
	pfn = subject_alloc_pages(request, order);
	if (pfn < 0) {
		check_op_end(CHECK_FAILED, 0, 0);
		held->kind = HELD_NOTHING;
		return true;
	}
	check_given(CHECK_op_result, (unsigned int)pfn, 1u << order);
	check_op_end(CHECK_DONE, 1l << order, 0);
	if (in_section)
		check_note(STATE_nocma_alloc);
	*held = (struct held){ .kind = HELD_PAGES,
			       .start = (unsigned int)pfn,
			       .order = order };
	if (request != SUBJECT_REQUEST_MOVABLE)
		held->unmovable_since = ++ops.now;
	return true;
}

static bool op_alloc(const struct record *rec)
{
	return allocate((enum subject_request)rec->arg[1], rec->arg[0],
			rec->arg[2]);
}

static bool op_alloc_atomic(const struct record *rec)
{
	return allocate(SUBJECT_REQUEST_ATOMIC, rec->arg[0], rec->arg[1]);
}

static void give_back_pages(const struct held *held)
{
	check_op_begin(CHECK_OP_FREE, CHECK_CMA_ALLOWED);
	subject_free_pages(held->start, held->order);
	check_op_end(CHECK_DONE, -(1l << held->order), 0);
}

static void give_back_cma(const struct held *held)
{
	unsigned int nr = held->end - held->start;

	check_op_begin(CHECK_OP_FREE, CHECK_CMA_ALLOWED);
	subject_cma_release(held->start, nr);
	check_op_end(CHECK_DONE, -(long)nr, 0);
}

static void give_back_range(const struct held *held)
{
	check_op_begin(CHECK_OP_FREE, CHECK_CMA_ALLOWED);
	subject_contig_free(held->start, held->end);
	check_op_end(CHECK_DONE, -(long)(held->end - held->start), 0);
}

static void give_back_isolation(const struct held *held)
{
	unsigned int nr = (held->end - held->start) >>
			  subject_geometry()->block_order;

	check_op_begin(CHECK_OP_ISOLATE, CHECK_CMA_ALLOWED);
	check_unclaim(held->start, held->end);
	subject_undo_isolate(held->start, held->end, held->type);
	check_op_end(CHECK_DONE, 0, -(int)nr);
}

static void give_back(const struct held *held)
{
	switch (held->kind) {
	case HELD_PAGES:
		give_back_pages(held);
		break;
	case HELD_ISOLATION:
		give_back_isolation(held);
		break;
	case HELD_CMA:
		give_back_cma(held);
		break;
	case HELD_RANGE:
		give_back_range(held);
		break;
	case HELD_NOTHING:
	case HELD_SOON:
		break;
	}
}

static bool op_free(const struct record *rec)
{
	struct held held;

	if (!take_held(rec->arg[0],
		       1u << HELD_PAGES | 1u << HELD_CMA | 1u << HELD_RANGE,
		       &held))
		return false;
	give_back(&held);
	return true;
}

static bool op_drain(const struct record *rec)
{
	unsigned int time = begin_alone();

	check_op_begin(CHECK_OP_OTHER, CHECK_CMA_ALLOWED);
	if (rec->arg[0])
		subject_drain_local();
	else
		subject_drain_all();
	if (was_alone(time))
		check_drained(rec->arg[0] ? (int)sim_cpu() : -1);
	check_op_end(CHECK_DONE, 0, 0);
	return true;
}

/* Remember what to try again at the end. */
static void note_tried(unsigned int pfn)
{
	unsigned int block = pfn >> subject_geometry()->block_order;

	/* Of the last pageblock the zone may hold a part only. */
	if ((block + 1) << subject_geometry()->block_order >
	    subject_geometry()->nr_pages)
		return;
	for (unsigned int i = 0; i < ops.nr_tried; i++) {
		if (ops.tried[i] == block)
			return;
	}
	if (ops.nr_tried < MAX_TRIED)
		ops.tried[ops.nr_tried++] = block;
}

/* The type that callers of isolation name: what the area is for. */
static enum subject_type type_of_area(unsigned int pfn)
{
	unsigned int start, end;

	subject_cma_area(&start, &end);
	return pfn >= start && pfn < end ? SUBJECT_CMA : SUBJECT_MOVABLE;
}

/* Who had an unmovable block before @time and still has it, has it there. */
static void look_for_unmovable(unsigned int start, unsigned int end,
			       unsigned int time)
{
	for (unsigned int i = 0; i < NR_SLOTS; i++) {
		const struct held *held = &ops.slot[i];

		check_isolated_unmovable(
			held->start,
			held->kind == HELD_PAGES && held->unmovable_since &&
				held->unmovable_since <= time &&
				held->start >= start && held->start < end);
	}
}

static bool op_isolate(const struct record *rec)
{
	const struct subject_geometry *g = subject_geometry();
	unsigned int nr_blocks = ((g->nr_pages - 1) >> g->block_order) + 1;
	unsigned int start = rec->arg[0] % nr_blocks;
	unsigned int end = start + rec->arg[1] + 1, time = ops.now;
	struct held *held = take_empty(rec->arg[2]);
	enum subject_type type;

	if (!held)
		return false;
	if (end > nr_blocks)
		end = nr_blocks;
	start <<= g->block_order;
	end <<= g->block_order;
	type = type_of_area(start);
	note_tried(start);
	note_tried(end - 1);
	check_op_begin(CHECK_OP_ISOLATE, CHECK_CMA_ALLOWED);
	if (subject_isolate(start, end, type)) {
		check_op_end(CHECK_FAILED, 0, 0);
		held->kind = HELD_NOTHING;
		return true;
	}
	look_for_unmovable(start, end, time);
	check_claim(start, end, slot_number(held));
	check_op_end(CHECK_DONE, 0, (int)((end - start) >> g->block_order));
	*held = (struct held){
		.kind = HELD_ISOLATION, .start = start, .end = end, .type = type
	};
	return true;
}

static bool op_undo(const struct record *rec)
{
	struct held held;

	if (!take_held(rec->arg[0], 1u << HELD_ISOLATION, &held))
		return false;
	give_back_isolation(&held);
	return true;
}

static bool op_nocma_begin(const struct record *rec)
{
	struct sections *sections = &ops.sections[sim_task()];

	(void)rec;
	if (sections->nr == MAX_SECTIONS)
		return false;
	sections->flags[sections->nr++] = subject_nocma_save();
	check_nocma_section(true);
	return true;
}

static bool op_nocma_end(const struct record *rec)
{
	struct sections *sections = &ops.sections[sim_task()];

	(void)rec;
	if (!sections->nr)
		return false;
	subject_nocma_restore(sections->flags[--sections->nr]);
	check_nocma_section(sections->nr);
	return true;
}

static bool op_cma_alloc(const struct record *rec)
{
	struct held *held = take_empty(rec->arg[2]);
	unsigned int nr = rec->arg[0] + 1u, align = rec->arg[1];
	unsigned int time = begin_alone();
	long pfn;

	if (!held)
		return false;
	ops.cma_tried = true;
	check_op_begin(CHECK_OP_CONTIG, CHECK_CMA_ALLOWED);
	pfn = subject_cma_alloc(nr, align);
	if (was_alone(time))
		check_contig_first(pfn, nr, align);
	if (pfn < 0) {
		check_op_end(CHECK_FAILED, 0, 0);
		held->kind = HELD_NOTHING;
		return true;
	}
	check_given(CHECK_contig_owner, (unsigned int)pfn, nr);
	check_aligned((unsigned int)pfn, align);
	check_cma_bits((unsigned int)pfn, nr, true);
	check_op_end(CHECK_DONE, (long)nr, 0);
	*held = (struct held){ .kind = HELD_CMA,
			       .start = (unsigned int)pfn,
			       .end = (unsigned int)pfn + nr };
	return true;
}

/*
 * As the callers of alloc_contig_range() that have no area of their own: they
 * want movable pageblocks and do not know who else is at work there.
 */
static bool op_contig_alloc(const struct record *rec)
{
	const struct subject_geometry *g = subject_geometry();
	unsigned int nr_blocks = g->nr_pages >> g->block_order;
	unsigned int start = rec->arg[0] % nr_blocks << g->block_order;
	unsigned int nr = rec->arg[1] + 1u;
	struct held *held = take_empty(rec->arg[2]);

	if (!held)
		return false;
	if (nr > g->nr_pages - start)
		nr = g->nr_pages - start;
	note_tried(start);
	note_tried(start + nr - 1);
	check_op_begin(CHECK_OP_CONTIG, CHECK_CMA_ALLOWED);
	if (subject_contig_alloc(start, start + nr, SUBJECT_MOVABLE)) {
		check_op_end(CHECK_FAILED, 0, 0);
		held->kind = HELD_NOTHING;
		return true;
	}
	check_given(CHECK_contig_owner, start, nr);
	check_op_end(CHECK_DONE, (long)nr, 0);
	*held = (struct held){ .kind = HELD_RANGE,
			       .start = start,
			       .end = start + nr };
	return true;
}

static bool op_pcp(const struct record *rec)
{
	check_op_begin(CHECK_OP_OTHER, CHECK_CMA_ALLOWED);
	subject_pcp_tune(rec->arg[0], rec->arg[1]);
	check_op_end(CHECK_DONE, 0, 0);
	return true;
}

bool ops_run(const struct record *rec)
{
	static bool (*const run[])(const struct record *rec) = {
#define OP(name, codes, args, text) op_##name,
#include "program/ops.def"
#undef OP
	};

	bool done;

	ops.now++;
	ops.nr_running++;
	done = run[rec->index](rec);
	ops.nr_running--;
	return done;
}

/* --- Epilogue --- */

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

static void give_back_slots(void)
{
	for (unsigned int i = 0; i < NR_SLOTS; i++) {
		give_back(&ops.slot[i]);
		ops.slot[i].kind = HELD_NOTHING;
	}
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
	give_back_slots();
	op_drain(&(struct record){ 0 });
	check_boot_state();
	isolate_again();
	if (ops.cma_tried)
		allocate_cma_again();
	op_drain(&(struct record){ 0 });
	check_boot_state();
}
