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

unsigned int slot_number(const struct held *held)
{
	return (unsigned int)(held - ops.slot);
}

unsigned int begin_alone(void)
{
	return ops.nr_running == 1 ? ops.now : 0;
}

bool was_alone(unsigned int time)
{
	return time && time == ops.now;
}

void note_tried(unsigned int pfn)
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
