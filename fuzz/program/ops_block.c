// SPDX-License-Identifier: GPL-2.0-only
/*
 * Operations on blocks and their pages: compound pages, many pages at once,
 * splitting, references that anybody takes, and pages that go out of use.
 */
#include "program/held.h"

bool op_alloc_comp(const struct record *rec)
{
	return allocate(HELD_COMPOUND, (enum subject_request)rec->arg[1],
			SUBJECT_GFP_NORETRY, rec->arg[0], rec->arg[2]);
}

/* --- Many pages at once --- */

static void take_over_bulk(const struct held *held, unsigned int time)
{
	for (unsigned int i = 0; i < held->nr_bulk; i++) {
		check_given(CHECK_op_result, held->bulk[i], 1);
		check_not_compound(held->bulk[i], 1);
		take_over(held->bulk[i], 1, CHECK_SINGLES, time);
	}
}

bool op_bulk(const struct record *rec)
{
	enum subject_request request = (enum subject_request)rec->arg[1];
	struct held *slot = take_empty(rec->arg[2]);
	struct held held = { .kind = HELD_BULK };
	unsigned int time = begin_alone();

	if (!slot)
		return false;
	check_op_begin(CHECK_OP_ALLOC, may_use_cma(request));
	check_op_wants(0, nr_zones_for(request),
		       rights_of(SUBJECT_GFP_NORETRY, 0),
		       last_rights_of(SUBJECT_GFP_NORETRY, 0));
	held.nr_bulk = subject_alloc_bulk(request, rec->arg[0] + 1u, held.bulk);
	if (!held.nr_bulk) {
		check_op_end(CHECK_FAILED, 0, 0);
		slot->kind = HELD_NOTHING;
		return true;
	}
	take_over_bulk(&held, time);
	check_op_end(CHECK_DONE, held.nr_bulk, 0);
	if (held.nr_bulk > 1)
		check_note(STATE_bulk);
	*slot = held;
	return true;
}

void give_back_bulk(const struct held *held)
{
	unsigned int time = begin_alone();

	check_op_begin(CHECK_OP_FREE, CHECK_CMA_ALLOWED);
	for (unsigned int i = 0; i < held->nr_bulk; i++)
		check_disown(held->bulk[i], 1, CHECK_SINGLES);
	subject_free_bulk(held->bulk, held->nr_bulk);
	for (unsigned int i = 0; i < held->nr_bulk; i++)
		check_refs(held->bulk[i], 1, company_since(time));
	check_op_end_release(company_since(time));
}

/* --- Splitting and using --- */

bool op_split(const struct record *rec)
{
	struct held held, *slot;
	unsigned int nr, time = begin_alone();

	slot = borrow_held(rec->arg[0], 1u << HELD_PAGES, &held);
	if (!slot)
		return false;
	nr = 1u << held.order;
	check_op_begin(CHECK_OP_OTHER, CHECK_CMA_ALLOWED);
	subject_split(held.start, held.order);
	check_split(held.start, nr);
	check_refs(held.start, nr, company_since(time));
	check_op_end(CHECK_DONE, 0, 0);
	*slot = held;
	slot->kind = HELD_SINGLES;
	return true;
}

void give_back_singles(const struct held *held)
{
	unsigned int nr = held->end - held->start;
	unsigned int time = begin_release(held->start, nr, CHECK_SINGLES);

	for (unsigned int pfn = held->start; pfn < held->end; pfn++)
		subject_free_pages(pfn, 0);
	end_release(held->start, nr, time);
}

bool op_use(const struct record *rec)
{
	const unsigned int kinds = 1u << HELD_PAGES | 1u << HELD_COMPOUND |
				   1u << HELD_SINGLES | 1u << HELD_RANGE |
				   1u << HELD_CMA | 1u << HELD_BULK;
	struct held held, *slot;

	slot = borrow_held(rec->arg[0], kinds, &held);
	if (!slot)
		return false;
	if (held.kind == HELD_BULK)
		for (unsigned int i = 0; i < held.nr_bulk; i++)
			subject_use(held.bulk[i], 1);
	else
		subject_use(held.start, held.end - held.start);
	*slot = held;
	return true;
}

/* --- References on whatever page --- */

/* The page that many pages behind a pageblock's start, or ~0 if none is. */
static unsigned int page_at(const struct record *rec)
{
	const struct subject_geometry *g = subject_geometry();
	unsigned int nr_blocks = ((g->nr_pages - 1) >> g->block_order) + 1;
	unsigned int pfn =
		(rec->arg[0] % nr_blocks << g->block_order) + rec->arg[1];

	return check_is_memory(pfn) ? pfn : ~0u;
}

static bool looks_used(const struct subject_page_view *page)
{
	return page->refcount;
}

static bool looks_free(const struct subject_page_view *page)
{
	return page->buddy;
}

/*
 * As those who walk over pages, round and round: the first from @pfn on that
 * looks like what they want, which it may no longer be when they try it; else
 * @pfn.
 */
static unsigned int walk_from(unsigned int pfn,
			      bool (*wanted)(const struct subject_page_view *))
{
	unsigned int nr_pages = subject_geometry()->nr_pages;

	for (unsigned int i = 0; i < MAX_WALK && i < nr_pages; i++) {
		unsigned int at = (pfn + i) % nr_pages;
		struct subject_page_view page;

		if (!check_is_memory(at))
			continue;
		subject_page(at, &page);
		if (wanted(&page))
			return at;
	}
	return pfn;
}

bool op_get(const struct record *rec)
{
	unsigned int pfn = page_at(rec), time = begin_alone();
	struct held *held = pfn == ~0u ? NULL : take_empty(rec->arg[2]);

	if (!held)
		return false;
	pfn = walk_from(pfn, looks_used);
	check_op_begin(CHECK_OP_OTHER, CHECK_CMA_ALLOWED);
	if (!subject_get(pfn)) {
		check_op_end(CHECK_FAILED, 0, 0);
		held->kind = HELD_NOTHING;
		return false;
	}
	check_ref(pfn);
	check_refs(pfn, 1, company_since(time));
	check_op_end(CHECK_DONE, 0, 0);
	*held = (struct held){ .kind = HELD_REFERENCE,
			       .start = pfn,
			       .end = pfn + 1 };
	return true;
}

void give_back_reference(const struct held *held)
{
	unsigned int time = begin_alone();

	check_op_begin(CHECK_OP_FREE, CHECK_CMA_ALLOWED);
	check_unref(held->start);
	subject_put(held->start);
	check_unref_end(held->start);
	end_release(held->start, 1, time);
}

/* --- Pages that go out of use --- */

/* In the first free block from there on, as far as that goes. */
static unsigned int free_page_at(const struct record *rec)
{
	unsigned int pfn = page_at(rec);
	struct subject_page_view page;

	if (pfn == ~0u)
		return pfn;
	pfn = walk_from(pfn, looks_free);
	subject_page(pfn, &page);
	return page.buddy ? pfn + rec->arg[1] % (1u << page.order) : pfn;
}

/* Whatever compaction gives back next, without having used it. */
static bool break_unused(const struct record *rec)
{
	if (ops.breaks || !subject_caps()->has_take_off)
		return false;
	ops.breaks = take_empty(rec->arg[2]);
	return ops.breaks;
}

static bool take_off_free(const struct record *rec)
{
	unsigned int pfn = free_page_at(rec), time = begin_alone();
	struct held *held;

	if (pfn == ~0u || !subject_caps()->has_take_off)
		return false;
	held = take_empty(rec->arg[2]);
	if (!held)
		return false;
	check_op_begin(CHECK_OP_OTHER, CHECK_CMA_ALLOWED);
	check_takes_off(pfn);
	if (subject_take_off(pfn)) {
		check_op_end(CHECK_FAILED, 0, 0);
		held->kind = HELD_NOTHING;
		return false;
	}
	check_took_off(pfn);
	check_refs(pfn, 1, company_since(time));
	check_op_end(CHECK_DONE, 0, 0);
	*held = (struct held){ .kind = HELD_OFF, .start = pfn, .end = pfn + 1 };
	return true;
}

bool op_take_off(const struct record *rec)
{
	return rec->arg[3] ? break_unused(rec) : take_off_free(rec);
}

bool put_back(const struct held *held)
{
	bool is_back;

	check_op_begin(CHECK_OP_OTHER, CHECK_CMA_ALLOWED);
	check_put_back(held->start);
	is_back = !subject_put_back(held->start);
	if (is_back)
		check_is_back(held->start);
	else
		check_still_off(held->start);
	check_op_end(is_back ? CHECK_DONE : CHECK_FAILED, 0, 0);
	return is_back;
}
