// SPDX-License-Identifier: GPL-2.0-only
/* Operations on pageblocks: isolation and contiguous allocation of a range. */
#include "check/check.h"
#include "program/held.h"

void give_back_isolation(const struct held *held)
{
	unsigned int nr = (held->end - held->start) >>
			  subject_geometry()->block_order;

	check_op_begin(CHECK_OP_ISOLATE, CHECK_CMA_ALLOWED);
	check_unclaim(held->start, held->end);
	subject_undo_isolate(held->start, held->end, held->type);
	check_op_end(CHECK_DONE, 0, -(int)nr);
}

/* Who had an unmovable block before @time and still has it, has it there. */
static void look_for_unmovable(unsigned int start, unsigned int end,
			       unsigned int time)
{
	const unsigned int blocks = 1u << HELD_PAGES | 1u << HELD_COMPOUND |
				    1u << HELD_SINGLES;

	for (unsigned int i = 0; i < NR_HELD; i++) {
		const struct held *held = &ops.slot[i];

		check_isolated_unmovable(
			held->start,
			(1u << held->kind & blocks) && held->unmovable_since &&
				held->unmovable_since <= time &&
				held->start >= start && held->start < end);
	}
}

bool op_isolate(const struct record *rec)
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
	end = cut_to_zone(start, end << g->block_order);
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

/* What cannot be undone now stays in the slot. */
static void undo_held(const struct held *held, struct held *slot)
{
	bool undone = true;

	switch (held->kind) {
	case HELD_OFF:
		undone = put_back(held);
		break;
	case HELD_POISON:
		undone = unpoison(held);
		break;
	case HELD_OFFLINE:
		undone = bring_back(held);
		break;
	default:
		slot->kind = HELD_NOTHING;
		give_back(held);
		return;
	}
	slot->kind = undone ? HELD_NOTHING : held->kind;
}

bool op_undo(const struct record *rec)
{
	struct held held, *slot;

	slot = borrow_held(rec->arg[0],
			   1u << HELD_ISOLATION | 1u << HELD_OFFLINE |
				   1u << HELD_PCP_OFF | 1u << HELD_OFF |
				   1u << HELD_LRU_OFF | 1u << HELD_OFF_LRU |
				   1u << HELD_POISON,
			   &held);
	if (!slot)
		return false;
	undo_held(&held, slot);
	return true;
}

void give_back_range(const struct held *held)
{
	unsigned int nr = held->end - held->start;
	unsigned int time = begin_release(held->start, nr, CHECK_SINGLES);

	subject_contig_free(held->start, held->end);
	end_release(held->start, nr, time);
}

static enum subject_contig contig_request(const struct record *rec)
{
	return rec->arg[3] && subject_caps()->compound_contig ?
		       SUBJECT_CONTIG_COMPOUND :
		       SUBJECT_CONTIG_PAGES;
}

/* Of the block that holds @nr pages. */
static unsigned int order_of(unsigned int nr)
{
	unsigned int order = 0;

	while (1u << order < nr)
		order++;
	return order;
}

/*
 * As the callers of alloc_contig_range() that have no area of their own: they
 * want movable pageblocks and do not know who else is at work there.
 */
bool op_contig_alloc(const struct record *rec)
{
	const struct subject_geometry *g = subject_geometry();
	unsigned int nr_blocks = g->nr_pages >> g->block_order;
	unsigned int start = rec->arg[0] % nr_blocks << g->block_order;
	unsigned int nr = rec->arg[1] + 1u;
	enum subject_contig what = contig_request(rec);
	struct held *held = take_empty(rec->arg[2]);
	unsigned int time = begin_alone();

	if (!held)
		return false;
	/* alloc_contig_pages() aligns a block to its size. */
	if (what == SUBJECT_CONTIG_COMPOUND)
		start &= ~0u << order_of(nr);
	nr = cut_to_zone(start, start + nr) - start;
	note_tried(start);
	note_tried(start + nr - 1);
	check_op_begin(CHECK_OP_CONTIG, CHECK_CMA_ALLOWED);
	if (subject_contig_alloc(start, start + nr, SUBJECT_MOVABLE, what)) {
		check_op_end(CHECK_FAILED, 0, 0);
		held->kind = HELD_NOTHING;
		return true;
	}
	check_given(CHECK_contig_owner, start, nr);
	if (what == SUBJECT_CONTIG_COMPOUND)
		check_compound(start, order_of(nr));
	else
		check_not_compound(start, nr);
	take_over(start, nr,
		  what == SUBJECT_CONTIG_COMPOUND ? CHECK_BLOCK : CHECK_SINGLES,
		  time);
	check_op_end(CHECK_DONE, (long)nr, 0);
	*held = (struct held){ .kind = HELD_RANGE,
			       .start = start,
			       .end = start + nr };
	if (what == SUBJECT_CONTIG_COMPOUND) {
		held->kind = HELD_COMPOUND;
		held->order = order_of(nr);
	}
	return true;
}
