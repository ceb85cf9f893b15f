// SPDX-License-Identifier: GPL-2.0-only
#include "program/held.h"

struct ops ops;

struct held *take_empty(unsigned int first)
{
	for (unsigned int i = 0; i < NR_HELD; i++) {
		struct held *held = &ops.slot[(first + i) % NR_HELD];

		if (held->kind == HELD_NOTHING) {
			held->kind = HELD_SOON;
			return held;
		}
	}
	return NULL;
}

bool take_held(unsigned int first, unsigned int kinds, struct held *held)
{
	for (unsigned int i = 0; i < NR_HELD; i++) {
		struct held *slot = &ops.slot[(first + i) % NR_HELD];

		if (kinds & 1u << slot->kind) {
			*held = *slot;
			slot->kind = HELD_NOTHING;
			return true;
		}
	}
	return false;
}

struct held *borrow_held(unsigned int first, unsigned int kinds,
			 struct held *held)
{
	for (unsigned int i = 0; i < NR_HELD; i++) {
		struct held *slot = &ops.slot[(first + i) % NR_HELD];

		if (kinds & 1u << slot->kind) {
			*held = *slot;
			slot->kind = HELD_SOON;
			return slot;
		}
	}
	return NULL;
}

unsigned int slot_number(const struct held *held)
{
	return (unsigned int)(held - ops.slot);
}

unsigned int begin_alone(void)
{
	bool killed = ops.killed >> sim_task() & 1;

	return ops.nr_running == 1 && !killed && !sim_has_works() ? ops.now : 0;
}

bool was_alone(unsigned int time)
{
	return time && time == ops.now && !sim_has_works();
}

enum check_company company_since(unsigned int time)
{
	return was_alone(time) ? CHECK_ALONE : CHECK_IN_COMPANY;
}

void take_over(unsigned int start, unsigned int nr, enum check_block kind,
	       unsigned int time)
{
	check_own(start, nr, kind);
	check_refs(start, nr, company_since(time));
}

unsigned int begin_release(unsigned int start, unsigned int nr,
			   enum check_block kind)
{
	unsigned int time = begin_alone();

	check_op_begin(CHECK_OP_FREE, CHECK_CMA_ALLOWED);
	check_disown(start, nr, kind);
	return time;
}

void end_release(unsigned int start, unsigned int nr, unsigned int time)
{
	check_refs(start, nr, company_since(time));
	check_op_end_release(company_since(time));
}

/* Not at the edge of a zone, with memory everywhere. */
static bool can_be_isolated(unsigned int block)
{
	const struct subject_geometry *g = subject_geometry();
	unsigned int start = block << g->block_order;
	unsigned int end = start + (1u << g->block_order);

	return end <= g->nr_pages &&
	       subject_zone_of(g, start) == subject_zone_of(g, end - 1) &&
	       (start >= g->hole_end || end <= g->hole_start);
}

void note_tried(unsigned int pfn)
{
	unsigned int block = pfn >> subject_geometry()->block_order;

	if (!can_be_isolated(block))
		return;
	for (unsigned int i = 0; i < ops.nr_tried; i++) {
		if (ops.tried[i] == block)
			return;
	}
	if (ops.nr_tried < MAX_TRIED)
		ops.tried[ops.nr_tried++] = block;
}

unsigned int cut_to_zone(unsigned int start, unsigned int end)
{
	const struct subject_geometry *g = subject_geometry();
	unsigned int zone_end = subject_zone_end(g, subject_zone_of(g, start));

	return end < zone_end ? end : zone_end;
}

enum subject_type type_of_area(unsigned int pfn)
{
	unsigned int start, end;

	subject_cma_area(&start, &end);
	return pfn >= start && pfn < end ? SUBJECT_CMA : SUBJECT_MOVABLE;
}

void give_back(const struct held *held)
{
	switch (held->kind) {
	case HELD_PAGES:
	case HELD_COMPOUND:
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
	case HELD_OFFLINE:
		check_works(bring_back(held), "bring memory online");
		break;
	case HELD_PCP_OFF:
		give_back_pcp_off(held);
		break;
	case HELD_SINGLES:
		give_back_singles(held);
		break;
	case HELD_BULK:
		give_back_bulk(held);
		break;
	case HELD_REFERENCE:
		give_back_reference(held);
		break;
	case HELD_OFF:
		check_works(put_back(held), "put a page back into use");
		break;
	case HELD_POISON:
		check_works(unpoison(held), "put a broken page back into use");
		break;
	case HELD_LRU_OFF:
		give_back_lru_off();
		break;
	case HELD_PIN:
		give_back_pins(held);
		break;
	case HELD_OFF_LRU:
		give_back_off_lru(held);
		break;
	case HELD_NOTHING:
	case HELD_SOON:
		break;
	}
}
