// SPDX-License-Identifier: GPL-2.0-only
/* Operations on pages and on the pcplists that they come from. */
#include "check/check.h"
#include "program/held.h"

/* With grouping by mobility off every request counts as unmovable. */
enum check_cma may_use_cma(enum subject_request request)
{
	if (request != SUBJECT_REQUEST_MOVABLE || ops.sections[sim_task()].nr ||
	    subject_geometry()->mobility)
		return CHECK_CMA_FORBIDDEN;
	return CHECK_CMA_ALLOWED;
}

/* In a section, whether it may use zone Movable is a matter of policy. */
unsigned int nr_zones_for(enum subject_request request)
{
	if (request != SUBJECT_REQUEST_MOVABLE || ops.sections[sim_task()].nr)
		return 1;
	return subject_nr_zones(subject_geometry());
}

static long allocate_block(enum held_kind kind, enum subject_request request,
			   enum subject_gfp gfp, unsigned int order)
{
	if (kind == HELD_COMPOUND)
		return subject_alloc_compound(request, gfp, order);
	return subject_alloc_pages(request, gfp, order);
}

static void check_block(enum held_kind kind, unsigned int pfn,
			unsigned int order)
{
	check_given(CHECK_op_result, pfn, 1u << order);
	if (kind == HELD_COMPOUND)
		check_compound(pfn, order);
	else
		check_not_compound(pfn, 1u << order);
}

bool allocate(enum held_kind kind, enum subject_request request,
	      enum subject_gfp gfp, unsigned int order, unsigned int slot)
{
	struct held *held = take_empty(slot);
	bool in_section = !sim_in_irq() && ops.sections[sim_task()].nr;
	unsigned int time = begin_alone();
	long pfn;

	if (!held)
		return false;
	if (order > subject_geometry()->max_order)
		order = subject_geometry()->max_order;
	check_op_begin(CHECK_OP_ALLOC, may_use_cma(request));
	check_op_wants(order, nr_zones_for(request), rights_of(gfp, order),
		       last_rights_of(gfp, order));
	pfn = allocate_block(kind, request, gfp, order);
	if (pfn < 0) {
		check_op_end(CHECK_FAILED, 0, 0);
		held->kind = HELD_NOTHING;
		return true;
	}
	check_block(kind, (unsigned int)pfn, order);
	take_over((unsigned int)pfn, 1u << order, CHECK_BLOCK, time);
	check_op_end(CHECK_DONE, 1l << order, 0);
	if (in_section)
		check_note(STATE_nocma_alloc);
	*held = (struct held){ .kind = kind,
			       .start = (unsigned int)pfn,
			       .end = (unsigned int)pfn + (1u << order),
			       .order = order };
	if (request != SUBJECT_REQUEST_MOVABLE)
		held->unmovable_since = ++ops.now;
	return true;
}

bool op_alloc(const struct record *rec)
{
	return allocate(HELD_PAGES, (enum subject_request)rec->arg[1],
			SUBJECT_GFP_NORETRY, rec->arg[0], rec->arg[2]);
}

void give_back_pages(const struct held *held)
{
	unsigned int nr = 1u << held->order;
	unsigned int time = begin_release(held->start, nr, CHECK_BLOCK);

	subject_free_pages(held->start, held->order);
	end_release(held->start, nr, time);
}

bool op_free(const struct record *rec)
{
	struct held held;

	if (!take_held(rec->arg[0],
		       1u << HELD_PAGES | 1u << HELD_CMA | 1u << HELD_RANGE |
			       1u << HELD_COMPOUND | 1u << HELD_SINGLES |
			       1u << HELD_BULK | 1u << HELD_REFERENCE |
			       1u << HELD_PIN,
		       &held))
		return false;
	give_back(&held);
	return true;
}

bool op_drain(const struct record *rec)
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

bool op_pcp(const struct record *rec)
{
	check_op_begin(CHECK_OP_OTHER, CHECK_CMA_ALLOWED);
	subject_pcp_tune(rec->arg[0], rec->arg[1]);
	check_op_end(CHECK_DONE, 0, 0);
	return true;
}
