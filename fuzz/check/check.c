// SPDX-License-Identifier: GPL-2.0-only
/*
 * What must hold whenever zone->lock or a pcp->lock is about to be released.
 * Each invariant is a function of its own, so that reports group by it.
 */
#include "check/check.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>

#include "check/ledger.h"

bool check_full;

const struct check_info check_table[NR_CHECKS + 1] = {
#define CHECK(name, text) { #name, text },
#include "check/check.def"
#undef CHECK
	{ NULL, NULL }
};

const struct check_info check_states[NR_STATES + 1] = {
#define STATE(name, ops, text) { #name, text },
#include "check/states.def"
#undef STATE
	{ NULL, NULL }
};

#define INVARIANT static void __attribute__((noinline))
#define ALWAYS_INLINE inline __attribute__((always_inline))

void check_fail(enum check check, const char *detail, ...)
{
	char id[80] = "INV_", text[1024];
	const char *name = check_table[check].name;
	unsigned int i = 4;
	va_list args;

	for (; *name; name++)
		id[i++] = (char)toupper((unsigned char)*name);
	va_start(args, detail);
	vsnprintf(text, sizeof(text), detail, args);
	va_end(args);
	sim_fail(id, check_table[check].text, "%s", text);
}

/* --- Iterating over what was touched, or everything --- */

/* The zone whose lock is about to be released. */
static struct {
	unsigned int nr, start, end;
	struct touched *touched;
	struct ledger_sums *sums;
} zone;

static void look_at_zone(unsigned int nr)
{
	zone.nr = nr;
	zone.start = subject_zone_start(&ledger->geometry, nr);
	zone.end = subject_zone_end(&ledger->geometry, nr);
	zone.touched = &touched[nr];
	zone.sums = &ledger->sums[nr];
}

static bool look_at_all(void)
{
	return check_full || zone.touched->overflow;
}

/* Apply @look to these pages, each once. */
static ALWAYS_INLINE void look_at_pages(void (*look)(unsigned int pfn))
{
	bool all = look_at_all();
	const struct touched *some = zone.touched;
	unsigned int nr = all ? zone.end - zone.start : some->nr_pages;

	for (unsigned int i = 0; i < nr; i++)
		look(all ? zone.start + i : some->pfn[i]);
}

static bool heads_free_block(unsigned int pfn)
{
	return ledger->place[pfn] == PLACE_BUDDY && ledger->page[pfn].head;
}

/* --- Sums --- */

/* A CPU that folds has taken its difference, and may not have added it yet. */
INVARIANT check_free_pages(const struct subject_zone_view *view)
{
	if (view->nr_free != zone.sums->nr_free && !ledger->nr_folding)
		check_fail(CHECK_free_pages,
			   "  zone %s: counter %ld, lists %ld",
			   subject_zone_name(zone.nr), view->nr_free,
			   zone.sums->nr_free);
}

INVARIANT check_free_cma(const struct subject_zone_view *view)
{
	if (view->nr_free_cma != zone.sums->nr_free_cma && !ledger->nr_folding)
		check_fail(CHECK_free_cma, "  zone %s: counter %ld, lists %ld",
			   subject_zone_name(zone.nr), view->nr_free_cma,
			   zone.sums->nr_free_cma);
}

/* Watermark checks skip orders that seem to have no entry. */
INVARIANT check_nr_free_area(const struct subject_zone_view *view)
{
	for (unsigned int order = 0; order < SUBJECT_MAX_ORDERS; order++) {
		if (order > ledger->geometry.max_order &&
		    zone.sums->nr_of_order[order])
			check_fail(CHECK_nr_free_area,
				   "  order %u: entries beyond the largest",
				   order);
		if (view->nr_free_area[order] != zone.sums->nr_of_order[order])
			check_fail(CHECK_nr_free_area,
				   "  order %u: nr_free %u, entries %u", order,
				   view->nr_free_area[order],
				   zone.sums->nr_of_order[order]);
	}
}

/* Pageblocks of offline memory keep the type and are not counted. */
static unsigned int nr_isolated_blocks(void)
{
	return zone.sums->nr_isolated - ledger->hotplug[zone.nr].nr_offline;
}

/* When it goes offline or comes back, that operation says when they count. */
INVARIANT check_isolated_blocks(const struct subject_zone_view *view)
{
	unsigned int nr = nr_isolated_blocks();

	if (nr - view->nr_isolate_pageblock >
	    ledger->hotplug[zone.nr].nr_changing)
		check_fail(CHECK_isolated_blocks,
			   "  nr_isolate_pageblock %u, isolated pageblocks %u",
			   view->nr_isolate_pageblock, nr);
}

/* The last pageblock, which may be partial, is never reserved. */
static long nr_highatomic_pages(void)
{
	return (long)zone.sums->nr_highatomic << ledger->geometry.block_order;
}

static bool highatomic_differs(const struct subject_zone_view *view)
{
	return subject_caps()->has_highatomic &&
	       view->nr_reserved_highatomic != nr_highatomic_pages();
}

INVARIANT check_highatomic(const struct subject_zone_view *view)
{
	if (highatomic_differs(view))
		check_fail(CHECK_highatomic,
			   "  nr_reserved_highatomic %ld, pages in such "
			   "pageblocks %ld",
			   view->nr_reserved_highatomic, nr_highatomic_pages());
}

/* Watermarks keep those pages from most requests. */
static bool free_highatomic_differs(const struct subject_zone_view *view)
{
	return view->nr_free_highatomic >= 0 &&
	       view->nr_free_highatomic != zone.sums->nr_free_highatomic;
}

INVARIANT check_free_highatomic(const struct subject_zone_view *view)
{
	if (free_highatomic_differs(view))
		check_fail(CHECK_free_highatomic,
			   "  zone %s: counter %ld, lists %ld",
			   subject_zone_name(zone.nr), view->nr_free_highatomic,
			   zone.sums->nr_free_highatomic);
}

/* --- Free blocks --- */

/* The last pageblock that the free block at @pfn reaches into. */
static unsigned int last_block_of(unsigned int pfn)
{
	unsigned int last = pfn + (1u << (ledger->page[pfn].head - 1)) - 1;

	return last >> ledger->geometry.block_order;
}

static bool is_mergeable(enum subject_type type)
{
	return type < SUBJECT_HIGHATOMIC;
}

/* Such a block would be isolated, or CMA, in half. */
static void mixed_buddy(unsigned int pfn)
{
	unsigned int shift = ledger->geometry.block_order;
	enum subject_type first = subject_block_type(pfn >> shift);

	if (!heads_free_block(pfn))
		return;
	for (unsigned int b = pfn >> shift; b <= last_block_of(pfn); b++) {
		enum subject_type type = subject_block_type(b);

		if (type != first &&
		    (!is_mergeable(type) || !is_mergeable(first)))
			check_fail(CHECK_mixed_buddy,
				   "  pfn %u order %u: pageblock %u is %s, "
				   "pageblock %u is %s",
				   pfn, ledger->page[pfn].head - 1u,
				   pfn >> shift, subject_type_name(first), b,
				   subject_type_name(type));
	}
}

/* Subjects that let types drift apart keep these two exact all the same. */
static bool may_differ(enum subject_type a, enum subject_type b)
{
	return !subject_caps()->exact_list_types && a < SUBJECT_CMA &&
	       b < SUBJECT_CMA;
}

/* Elsewhere it could be allocated although its pageblock is isolated. */
static void freelist_type(unsigned int pfn)
{
	unsigned int shift = ledger->geometry.block_order;

	if (!heads_free_block(pfn))
		return;
	for (unsigned int b = pfn >> shift; b <= last_block_of(pfn); b++) {
		enum subject_type type = subject_block_type(b);

		if (type != ledger->page[pfn].list &&
		    !may_differ(type, ledger->page[pfn].list))
			check_fail(CHECK_freelist_type,
				   "  pfn %u order %u: on a %s list, pageblock "
				   "%u is %s",
				   pfn, ledger->page[pfn].head - 1u,
				   subject_type_name(ledger->page[pfn].list), b,
				   subject_type_name(type));
	}
}

/* Apply @look to every page that may head a free block in @block. */
static ALWAYS_INLINE void look_at_block(unsigned int block,
					void (*look)(unsigned int pfn))
{
	unsigned int shift = ledger->geometry.block_order;
	unsigned int end = (block + 1) << shift, pfn = block << shift;

	if (end > zone.end)
		end = zone.end;
	pfn = pfn < zone.start ? zone.start : ledger_head(pfn);
	while (pfn < end) {
		unsigned int nr = 1;

		if (ledger->page[pfn].head)
			nr = 1u << (ledger->page[pfn].head - 1);
		look(pfn);
		pfn += nr;
	}
}

static ALWAYS_INLINE void look_at_free_blocks(void (*look)(unsigned int pfn))
{
	look_at_pages(look);
	for (unsigned int i = 0; i < zone.touched->nr_blocks; i++)
		look_at_block(zone.touched->block[i], look);
}

INVARIANT check_mixed_buddy(void)
{
	look_at_free_blocks(mixed_buddy);
}

INVARIANT check_freelist_type(void)
{
	look_at_free_blocks(freelist_type);
}

/*
 * From pageblock_order on types decide. Isolated pageblocks are left alone:
 * isolating the second of two buddies does not merge them. Nor does reserving
 * HIGHATOMIC pageblocks or giving them back: who has done so is left alone.
 */
static bool must_merge(unsigned int pfn, unsigned int buddy)
{
	unsigned int shift = ledger->geometry.block_order;
	enum subject_type a = subject_block_type(pfn >> shift);
	enum subject_type b = subject_block_type(buddy >> shift);

	if (check_reached >> STATE_highatomic & 1)
		return false;
	return (is_mergeable(a) && is_mergeable(b)) ||
	       (a == b && a != SUBJECT_ISOLATE);
}

/* Whether the free block at @pfn and its buddy should be one. */
static bool has_free_buddy(unsigned int pfn)
{
	const struct subject_geometry *g = &ledger->geometry;
	unsigned int order = ledger->page[pfn].head - 1u;
	unsigned int buddy = pfn ^ (1u << order);

	return order < g->max_order && buddy >= zone.start &&
	       buddy < zone.end && ledger->page[buddy].head == order + 1 &&
	       heads_free_block(buddy) &&
	       (order < g->block_order || must_merge(pfn, buddy));
}

/* Two free halves of a block would never be allocated as one again. */
static void buddy_merged(unsigned int pfn)
{
	if (heads_free_block(pfn) && has_free_buddy(pfn))
		check_fail(CHECK_buddy_merged,
			   "  pfn %u and pfn %u, both of order %u", pfn,
			   pfn ^ (1u << (ledger->page[pfn].head - 1)),
			   ledger->page[pfn].head - 1u);
}

INVARIANT check_buddy_merged(void)
{
	look_at_free_blocks(buddy_merged);
}

/* --- Page structs --- */

static bool buddy_differs(unsigned int pfn,
			  const struct subject_page_view *page)
{
	return page->buddy != heads_free_block(pfn);
}

static bool order_differs(unsigned int pfn,
			  const struct subject_page_view *page)
{
	return heads_free_block(pfn) &&
	       page->order + 1 != ledger->page[pfn].head;
}

static bool is_referenced(unsigned int pfn,
			  const struct subject_page_view *page)
{
	return page->refcount && ledger->place[pfn] <= PLACE_PCP;
}

/* What a free page must not have; ->private is the order. */
static unsigned int dirt_of(unsigned int pfn,
			    const struct subject_page_view *page)
{
	if (!heads_free_block(pfn))
		return 0;
	return page->dirt & ~(unsigned int)SUBJECT_DIRT_PRIVATE;
}

static void page_state(unsigned int pfn)
{
	bool head = heads_free_block(pfn);
	struct subject_page_view page;

	subject_page(pfn, &page);
	if (buddy_differs(pfn, &page))
		check_fail(CHECK_page_state,
			   "  pfn %u: PageBuddy is %d, but it is %s", pfn,
			   page.buddy,
			   head ? "on a free list" :
				  "not the first of a free block");
	if (order_differs(pfn, &page))
		check_fail(CHECK_page_state,
			   "  pfn %u: buddy_order %u, on a list of order %u",
			   pfn, page.order, ledger->page[pfn].head - 1u);
	if (dirt_of(pfn, &page))
		ledger_fail_clean(pfn, dirt_of(pfn, &page), page.private);
	if (is_referenced(pfn, &page))
		check_fail(CHECK_page_state, "  pfn %u: refcount %u on a %s",
			   pfn, page.refcount, head ? "free list" : "pcplist");
}

INVARIANT check_page_state(void)
{
	look_at_pages(page_state);
}

/* --- Pageblocks --- */

static bool claim_is_broken(unsigned int block)
{
	return ledger->claim[block] &&
	       subject_block_type(block) != SUBJECT_ISOLATE;
}

INVARIANT check_isolation_held(unsigned int block)
{
	if (claim_is_broken(block))
		check_fail(CHECK_isolation_held,
			   "  pageblock %u: %s, but slot %u has it isolated",
			   block, subject_type_name(subject_block_type(block)),
			   ledger->claim[block] - 1u);
}

INVARIANT check_grouping(unsigned int block, enum subject_type type)
{
	if (ledger->geometry.mobility && is_mergeable(type) &&
	    type != SUBJECT_UNMOVABLE)
		check_fail(CHECK_grouping, "  pageblock %u: %s", block,
			   subject_type_name(type));
}

/* HIGHATOMIC pageblocks come and go by allocations. */
static void note_highatomic(const struct ledger_op *op, unsigned int block,
			    enum subject_type type, enum subject_type old)
{
	if (old == SUBJECT_HIGHATOMIC && op->op == CHECK_OP_ALLOC)
		check_note(STATE_unreserved);
	if (type != SUBJECT_HIGHATOMIC)
		return;
	check_note(STATE_highatomic);
	if (op->op == CHECK_OP_ALLOC && op->wanted &&
	    !(op->rights & SUBJECT_MAY_HIGHATOMIC) &&
	    subject_caps()->reports_watermarks)
		check_fail(CHECK_request_rights, "  pageblock %u: reserved",
			   block);
}

/* Who changes a type holds zone->lock: it is the running operation. */
static void learn_type(unsigned int block)
{
	enum subject_type type = subject_block_type(block);
	enum subject_type old = ledger->block_type[block];
	struct ledger_op *op = ledger_this_op();
	int isolated = (type == SUBJECT_ISOLATE) - (old == SUBJECT_ISOLATE);

	if (type == old)
		return;
	sim_trace("pageblock %u %t was %t", block, type, old);
	check_grouping(block, type);
	sim_memory_mark(&ledger->memory, ledger->block_type + block, 1);
	ledger->block_type[block] = (uint8_t)type;
	zone.sums->nr_isolated += (unsigned int)isolated;
	zone.sums->nr_highatomic +=
		(unsigned int)((type == SUBJECT_HIGHATOMIC) -
			       (old == SUBJECT_HIGHATOMIC));
	note_highatomic(op, block, type, old);
	op->isolated += isolated;
	if (isolated > 0)
		op->isolated_once = 1;
	if (!isolated)
		check_note(op->op == CHECK_OP_ALLOC ? STATE_claim :
						      STATE_retyped);
}

static void learn_types(void)
{
	unsigned int shift = ledger->geometry.block_order;

	for (unsigned int i = 0; i < zone.touched->nr_blocks; i++)
		learn_type(zone.touched->block[i]);
	if (!look_at_all())
		return;
	for (unsigned int b = zone.start >> shift; b << shift < zone.end; b++) {
		if (b << shift >= zone.start)
			learn_type(b);
	}
}

static bool cma_differs(unsigned int block)
{
	enum subject_type type = subject_block_type(block);
	bool in_area = ledger_is_in_cma(block << ledger->geometry.block_order);

	return type != SUBJECT_ISOLATE && in_area != (type == SUBJECT_CMA);
}

/* What is allocated there as usual may not be movable. */
INVARIANT check_cma_blocks(unsigned int block)
{
	if (cma_differs(block))
		check_fail(CHECK_cma_blocks, "  pageblock %u: %s", block,
			   subject_type_name(subject_block_type(block)));
}

static void check_touched_blocks(void)
{
	for (unsigned int i = 0; i < zone.touched->nr_blocks; i++)
		check_isolation_held(zone.touched->block[i]);
	for (unsigned int i = 0; i < zone.touched->nr_blocks; i++)
		check_cma_blocks(zone.touched->block[i]);
}

/* --- All of them --- */

static void __attribute__((noinline))
check_zone(const struct subject_zone_view *view)
{
	check_free_pages(view);
	check_free_cma(view);
	check_mixed_buddy();
	check_freelist_type();
	check_page_state();
	check_buddy_merged();
	check_nr_free_area(view);
	check_isolated_blocks(view);
	check_highatomic(view);
	check_free_highatomic(view);
	check_touched_blocks();
	if (check_full)
		check_lists(zone.nr);
}

/*
 * One look for all of the above, since almost always they have nothing to say:
 * whether one of them may have.
 */
static bool suspicious;

static bool nr_free_differs(const struct subject_zone_view *view)
{
	const unsigned int *nr = zone.sums->nr_of_order;

	for (unsigned int order = 0; order < SUBJECT_MAX_ORDERS; order++) {
		if (view->nr_free_area[order] != nr[order] ||
		    (nr[order] && order > ledger->geometry.max_order))
			return true;
	}
	return false;
}

static bool sums_differ(const struct subject_zone_view *view)
{
	const struct ledger_sums *sums = zone.sums;

	return view->nr_free != sums->nr_free ||
	       view->nr_free_cma != sums->nr_free_cma ||
	       view->nr_isolate_pageblock != nr_isolated_blocks() ||
	       highatomic_differs(view) || free_highatomic_differs(view) ||
	       nr_free_differs(view);
}

static ALWAYS_INLINE void look_for_suspects(unsigned int pfn)
{
	unsigned int shift = ledger->geometry.block_order;

	if (!heads_free_block(pfn))
		return;
	for (unsigned int b = pfn >> shift; b <= last_block_of(pfn); b++)
		suspicious |= subject_block_type(b) != ledger->page[pfn].list;
	suspicious |= has_free_buddy(pfn);
}

static ALWAYS_INLINE void look_at_page(unsigned int pfn)
{
	struct subject_page_view page;

	subject_page(pfn, &page);
	suspicious |= buddy_differs(pfn, &page) || order_differs(pfn, &page) ||
		      dirt_of(pfn, &page) || is_referenced(pfn, &page);
	look_for_suspects(pfn);
}

static bool is_suspicious(const struct subject_zone_view *view)
{
	suspicious = sums_differ(view);
	look_at_pages(look_at_page);
	for (unsigned int i = 0; i < zone.touched->nr_blocks; i++) {
		suspicious |= claim_is_broken(zone.touched->block[i]) ||
			      cma_differs(zone.touched->block[i]);
		look_at_block(zone.touched->block[i], look_for_suspects);
	}
	return suspicious;
}

/* --- The moments --- */

void event_zone_unlock(unsigned int nr)
{
	struct subject_zone_view view;

	look_at_zone(nr);
	subject_zone(nr, &view);
	ledger_settle(nr);
	learn_types();
	if (check_full || is_suspicious(&view))
		check_zone(&view);
	ledger_note_look(nr);
	ledger_untouch(nr);
}
