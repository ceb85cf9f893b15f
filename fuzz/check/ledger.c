// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ledger and the events that it learns from. An event that contradicts it
 * ends the run on the spot: a page that is put on two lists, handed out twice
 * or given back by somebody who does not have it.
 */
#include "check/ledger.h"

#include <string.h>

#define NR_SLOTS 64

_Static_assert(PLACE_IN_FLIGHT + SIM_CONTEXTS <= 256, "places are bytes");

static struct ledger ledgers[NR_SLOTS];
struct ledger *ledger;
struct touched touched[SUBJECT_MAX_ZONES];
uint64_t check_reached;

/* Off the free lists in this critical section, as far as somebody asks. */
static struct taken {
	unsigned int nr;
	struct {
		unsigned int pfn, order;
		bool isolated; /* by an allocation, off an isolate list */
	} block[NR_TOUCHED];
} taken[SUBJECT_MAX_ZONES];

const char *ledger_place_name(unsigned int place)
{
	static const char *const names[] = { "on a free list", "on a pcplist",
					     "allocated",      "a guard page",
					     "absent",	       "out of use" };

	return place >= PLACE_IN_FLIGHT ? "in flight" : names[place];
}

/* --- Boot and reset --- */

static size_t round_up(size_t bytes)
{
	return (bytes + 63) & ~(size_t)63;
}

static void ledger_init(struct ledger *l, const struct subject_geometry *g)
{
	size_t pages = round_up(g->nr_pages), blocks;
	uint8_t *next;

	l->geometry = *g;
	memset(l->sums, 0, sizeof(l->sums));
	memset(l->op, 0, sizeof(l->op));
	l->nr_blocks = ((g->nr_pages - 1) >> g->block_order) + 1;
	blocks = round_up(l->nr_blocks);
	sim_memory_init(&l->memory,
			(2 + sizeof(*l->held) + sizeof(*l->page) +
			 sizeof(*l->lru_page) + LEDGER_HOLDER_BYTES) *
					pages +
				2 * blocks);
	next = l->memory.live;
	l->place = next;
	l->held = (void *)(next += pages);
	l->ptes = next += sizeof(*l->held) * pages;
	l->page = (struct ledger_page *)(void *)(next += pages);
	l->lru_page = (void *)(next += sizeof(*l->page) * pages);
	l->block_type = next += sizeof(*l->lru_page) * pages;
	l->claim = next += blocks;
	l->holders = next + blocks;
}

void check_boot(unsigned int slot, const struct subject_geometry *g)
{
	ledger = &ledgers[slot];
	ledger_init(ledger, g);
	memset(ledger->place, PLACE_ALLOCATED, g->nr_pages);
	for (unsigned int pfn = g->hole_start; pfn < g->hole_end; pfn++)
		ledger->place[pfn] = PLACE_ABSENT;
	ledger->booting = true;
}

void check_commit(void)
{
	for (unsigned int i = 0; i < ledger->nr_blocks; i++)
		ledger->block_type[i] = (uint8_t)subject_block_type(i);
	memset(ledger->op, 0, sizeof(ledger->op));
	memcpy(ledger->boot_sums, ledger->sums, sizeof(ledger->sums));
	ledger->boot_error = ledger_boot_error();
	ledger->booting = false;
	sim_memory_commit(&ledger->memory);
}

void check_reset(unsigned int slot)
{
	ledger = &ledgers[slot];
	sim_memory_reset(&ledger->memory);
	memcpy(ledger->sums, ledger->boot_sums, sizeof(ledger->sums));
	memset(ledger->op, 0, sizeof(ledger->op));
	ledger_reset_hotplug();
	ledger_reset_lru();
	ledger->nr_refs = 0;
	ledger->had_refs = false;
	ledger->had_migration = false;
	ledger->nr_ops = 0;
	memset(ledger->waits_for, 0, sizeof(ledger->waits_for));
	ledger->nr_off = 0;
	for (unsigned int i = 0; i < SUBJECT_MAX_ZONES; i++) {
		taken[i].nr = 0;
		touched[i].section = 0;
		ledger_untouch(i);
	}
	memset(ledger->changes, 0, sizeof(ledger->changes));
	ledger->folds = 0;
	ledger->nr_folding = 0;
	ledger_reset_contents();
	ledger_reset_pins();
	ledger_reset_mlock();
	check_reached = 0;
}

/* --- Changing the ledger --- */

void ledger_untouch(unsigned int zone)
{
	touched[zone].section++;
	touched[zone].nr_pages = 0;
	touched[zone].nr_blocks = 0;
	touched[zone].overflow = false;
}

/* Its line is marked: the caller has changed the head. */
static void touch(unsigned int pfn)
{
	struct touched *t = &touched[ledger_zone_of(pfn)];

	if (ledger->booting || ledger->page[pfn].touched == t->section)
		return;
	ledger->page[pfn].touched = t->section;
	if (t->nr_pages == NR_TOUCHED)
		t->overflow = true;
	else
		t->pfn[t->nr_pages++] = pfn;
}

/*
 * Places of 2^order pages, eight at a time: mostly there are a few, for which
 * memset() and its interceptor cost too much.
 */
#define EIGHT_PLACES(place) ((place) * 0x0101010101010101u)

void ledger_set_place(unsigned int pfn, unsigned int nr, unsigned int place)
{
	uint64_t eight = EIGHT_PLACES(place);
	uint8_t *at = ledger->place + pfn;

	sim_memory_mark(&ledger->memory, at, nr);
	switch (nr) {
	case 1:
		*at = (uint8_t)place;
		return;
	case 2:
		memcpy(at, &eight, 2);
		return;
	case 4:
		memcpy(at, &eight, 4);
		return;
	}
	for (unsigned int i = 0; i < nr; i += 8)
		memcpy(at + i, &eight, 8);
}

static void set_head(unsigned int pfn, unsigned int head, unsigned int list)
{
	sim_memory_mark(&ledger->memory, ledger->page + pfn, 1);
	ledger->page[pfn].head = (uint8_t)head;
	ledger->page[pfn].list = (uint8_t)list;
}

static bool all_in_place(unsigned int pfn, unsigned int nr, unsigned int place)
{
	const uint8_t *at = ledger->place + pfn;
	uint64_t wanted = EIGHT_PLACES(place), eight = wanted, differ = 0;

	if (nr == 1)
		return *at == place;
	if (nr == 2)
		memcpy(&eight, at, 2);
	else if (nr == 4)
		memcpy(&eight, at, 4);
	if (nr < 8)
		return eight == wanted;
	for (unsigned int i = 0; i < nr; i += 8) {
		memcpy(&eight, at + i, 8);
		differ |= eight ^ wanted;
	}
	return !differ;
}

static void __attribute__((noreturn, noinline, cold))
fail_demand(unsigned int pfn, unsigned int nr, unsigned int place,
	    const char *what)
{
	if (nr > ledger->geometry.nr_pages ||
	    pfn > ledger->geometry.nr_pages - nr)
		check_fail(CHECK_page_place,
			   "  pfn %u, %u pages: beyond the zone when %s", pfn,
			   nr, what);
	if (ledger_zone_of(pfn) != ledger_zone_of(pfn + nr - 1))
		check_fail(CHECK_page_place,
			   "  pfn %u, %u pages: in two zones when %s", pfn, nr,
			   what);
	while (ledger->place[pfn] == place)
		pfn++;
	check_fail(CHECK_page_place, "  pfn %u: %s, not %s, when %s", pfn,
		   ledger_place_name(ledger->place[pfn]),
		   ledger_place_name(place), what);
}

/* All of [pfn, pfn + nr) must be in @place before @what may happen to it. */
static void demand(unsigned int pfn, unsigned int nr, unsigned int place,
		   const char *what)
{
	if (nr > ledger->geometry.nr_pages ||
	    pfn > ledger->geometry.nr_pages - nr ||
	    ledger_zone_of(pfn) != ledger_zone_of(pfn + nr - 1) ||
	    !all_in_place(pfn, nr, place))
		fail_demand(pfn, nr, place, what);
}

void ledger_move(unsigned int pfn, unsigned int nr, unsigned int place,
		 unsigned int to, const char *what)
{
	const struct subject_geometry *g = &ledger->geometry;
	unsigned int unit = 1u
			    << (g->max_order > g->block_order ? g->max_order :
								g->block_order);

	for (unsigned int end = pfn + nr; pfn < end; pfn += unit) {
		demand(pfn, unit, place, what);
		ledger_set_place(pfn, unit, to);
	}
}

unsigned int ledger_head(unsigned int pfn)
{
	unsigned int start = pfn;

	for (unsigned int order = 0; order < SUBJECT_MAX_ORDERS; order++) {
		start &= ~0u << order;
		if (ledger->page[start].head &&
		    start + (1u << (ledger->page[start].head - 1)) > pfn)
			return start;
	}
	return pfn;
}

static void account(const struct subject_list *list, int sign)
{
	struct ledger_sums *sums = &ledger->sums[list->zone];
	long pages = (long)sign * (1l << list->order);

	if (list->kind == SUBJECT_LIST_PCP) {
		sums->nr_pcp_pages[list->cpu] += (unsigned int)pages;
		return;
	}
	ledger->changes[list->zone]++;
	sums->nr_entries[list->order][list->type] += (unsigned int)sign;
	sums->nr_of_order[list->order] += (unsigned int)sign;
	if (list->type != SUBJECT_ISOLATE)
		sums->nr_free += pages;
	if (list->type == SUBJECT_CMA)
		sums->nr_free_cma += pages;
	if (list->type == SUBJECT_HIGHATOMIC)
		sums->nr_free_highatomic += pages;
}

static void list_of_head(unsigned int pfn, struct subject_list *list)
{
	list->order = ledger->page[pfn].head - 1u;
	list->kind = ledger->place[pfn] == PLACE_PCP ? SUBJECT_LIST_PCP :
						       SUBJECT_LIST_BUDDY;
	list->type = ledger->page[pfn].list;
	list->cpu = 0;
	list->zone = ledger_zone_of(pfn);
	if (list->kind == SUBJECT_LIST_PCP) {
		list->cpu = list->type / 16;
		list->type %= 16;
	}
}

/* --- What was taken off the free lists --- */

static void note_taken(const struct ledger_op *op, unsigned int pfn,
		       const struct subject_list *list)
{
	bool isolated = op->op == CHECK_OP_ALLOC &&
			list->type == SUBJECT_ISOLATE;
	struct taken *t = &taken[list->zone];

	if (list->kind != SUBJECT_LIST_BUDDY || t->nr == NR_TOUCHED ||
	    (!isolated && !ledger->geometry.guard_order))
		return;
	t->block[t->nr].pfn = pfn;
	t->block[t->nr].order = list->order;
	t->block[t->nr++].isolated = isolated;
}

/* An allocation may free, say by a drain: that merges what it takes off. */
static void __attribute__((noinline)) check_isolate_taken(unsigned int pfn)
{
	if (ledger->place[pfn] != PLACE_BUDDY)
		check_fail(CHECK_isolate_taken,
			   "  pfn %u: taken off an isolate list by an "
			   "allocation",
			   pfn);
}

/* --- Guard pages (debug_guardpage_minorder) --- */

/*
 * A split may set blocks aside instead of listing them, and a merge takes them
 * back; no list operation tells. The pages say it themselves.
 */
static void move_guard(unsigned int pfn, unsigned int order, bool set_aside)
{
	unsigned int nr = 1u << order;

	ledger_set_place(pfn, nr, set_aside ? PLACE_GUARD : ledger_in_flight());
	set_head(pfn, set_aside ? order + 1 : 0, 0);
	ledger_this_op()->nr_in_flight += set_aside ? -nr : nr;
}

static void settle_guards(unsigned int pfn, unsigned int end)
{
	for (; pfn < end; pfn++) {
		struct subject_page_view page;

		subject_page(pfn, &page);
		if (!page.guard || ledger->place[pfn] != ledger_in_flight())
			continue;
		sim_trace("guard pfn %u order %u", pfn, page.order, 0);
		demand(pfn, 1u << page.order, ledger_in_flight(),
		       "it becomes a guard page");
		move_guard(pfn, page.order, true);
		check_note(STATE_guard);
	}
}

void ledger_settle(unsigned int zone)
{
	struct taken *t = &taken[zone];

	for (unsigned int i = 0; i < t->nr; i++) {
		unsigned int pfn = t->block[i].pfn;

		if (t->block[i].isolated)
			check_isolate_taken(pfn);
		if (ledger->geometry.guard_order)
			settle_guards(pfn, pfn + (1u << t->block[i].order));
	}
	t->nr = 0;
}

/* The block at @pfn has merged with guard pages that are such no more. */
static void take_back_guards(unsigned int pfn, unsigned int nr)
{
	if (!ledger->geometry.guard_order ||
	    nr > ledger->geometry.nr_pages - pfn)
		return;
	for (unsigned int end = pfn + nr; pfn < end; pfn++) {
		struct subject_page_view page;

		subject_page(pfn, &page);
		if (ledger->place[pfn] == PLACE_GUARD &&
		    ledger->page[pfn].head && !page.guard)
			move_guard(pfn, ledger->page[pfn].head - 1u, false);
	}
}

/* --- Events --- */

static void trace_add(unsigned int pfn, const struct subject_list *list)
{
	if (list->kind == SUBJECT_LIST_BUDDY)
		sim_trace("free list add pfn %u order %u %t", pfn, list->order,
			  list->type);
	else
		sim_trace("pcplist add pfn %u order %u list %u", pfn,
			  list->order, list->type);
}

static void trace_del(unsigned int pfn, const struct subject_list *list)
{
	if (list->kind == SUBJECT_LIST_BUDDY)
		sim_trace("free list del pfn %u order %u %t", pfn, list->order,
			  list->type);
	else
		sim_trace("pcplist del pfn %u order %u list %u", pfn,
			  list->order, list->type);
}

/* Which of the states that campaigns look for this insertion shows. */
static void note_add(struct ledger_op *op, const struct subject_list *to)
{
	const struct subject_list *from = &op->removal.list;

	if (to->kind == SUBJECT_LIST_BUDDY && to->type == SUBJECT_ISOLATE) {
		if (op->op == CHECK_OP_FREE)
			check_note(STATE_freed_isolated);
		if (op->drained)
			check_note(STATE_drained_isolated);
	}
	op->drained = false;
	if (op->op == CHECK_OP_ALLOC && to->kind == SUBJECT_LIST_PCP) {
		if (from->type == SUBJECT_CMA)
			check_note(STATE_cma_used);
		else if (to->type < 12 && from->type != to->type % 3)
			check_note(STATE_steal);
	}
}

/*
 * No type has changed since the page was given back: whoever looked at that of
 * its pageblock has seen ISOLATE.
 */
static void __attribute__((noinline))
check_isolated_pcp(const struct ledger_op *op, unsigned int pfn)
{
	if (op->freed_isolated && op->freed_pfn == pfn &&
	    op->freed_at == ledger->type_stores)
		check_fail(CHECK_isolated_pcp,
			   "  pfn %u: given back while its pageblock was "
			   "isolated",
			   pfn);
}

/* It would be counted there, and found under the wrong lock. */
static void __attribute__((noinline))
check_own_zone(unsigned int pfn, const struct subject_list *list)
{
	if (list->zone != ledger_zone_of(pfn))
		check_fail(CHECK_page_place,
			   "  pfn %u: put on a list of zone %s, not its own",
			   pfn, subject_zone_name(list->zone));
}

/* The page that the running operation puts back into use is on its way. */
static void take_back_off(struct ledger_op *op, unsigned int pfn,
			  unsigned int nr)
{
	unsigned int off = op->putting_back - 1;

	if (!op->putting_back || off < pfn || off - pfn >= nr ||
	    ledger->place[off] != PLACE_OFF)
		return;
	ledger_set_place(off, 1, ledger_in_flight());
	op->nr_in_flight++;
	op->is_back = true;
	ledger->nr_off--;
}

void event_list_add(unsigned int pfn, const struct subject_list *list)
{
	struct ledger_op *op = ledger_this_op();
	unsigned int nr = 1u << list->order;

	if (list->kind == SUBJECT_LIST_LRU) {
		ledger_lru_add(pfn, list->type);
		return;
	}
	trace_add(pfn, list);
	take_back_guards(pfn, nr);
	take_back_off(op, pfn, nr);
	demand(pfn, nr, ledger_in_flight(), "it is put on a list");
	check_own_zone(pfn, list);
	if (list->kind == SUBJECT_LIST_BUDDY) {
		ledger_set_place(pfn, nr, PLACE_BUDDY);
		set_head(pfn, list->order + 1, list->type);
	} else {
		check_isolated_pcp(op, pfn);
		ledger_look_at_clean(pfn);
		ledger_set_place(pfn, nr, PLACE_PCP);
		set_head(pfn, list->order + 1, list->cpu * 16 + list->type);
	}
	account(list, 1);
	op->nr_in_flight -= nr;
	note_add(op, list);
	touch(pfn);
}

void event_list_del(unsigned int pfn)
{
	struct ledger_op *op = ledger_this_op();
	struct subject_list list;
	unsigned int nr;

	/* From a list on somebody's stack: it stays in flight. */
	if (ledger->place[pfn] == ledger_in_flight())
		return;
	/* What lists an allocated page is on is no matter of the allocator. */
	if (ledger->place[pfn] == PLACE_ALLOCATED) {
		ledger_lru_del(pfn);
		return;
	}
	if (!ledger->page[pfn].head)
		check_fail(CHECK_page_place,
			   "  pfn %u: %s, not at the head of a listed block, "
			   "when it is taken off a list",
			   pfn, ledger_place_name(ledger->place[pfn]));
	list_of_head(pfn, &list);
	trace_del(pfn, &list);
	op->removal.pfn = pfn;
	op->removal.list = list;
	if ((op->op == CHECK_OP_ISOLATE || op->op == CHECK_OP_CONTIG) &&
	    list.order > ledger->geometry.block_order)
		check_note(STATE_straddle);
	if (list.kind == SUBJECT_LIST_PCP)
		op->drained = true;
	nr = 1u << list.order;
	account(&list, -1);
	ledger_set_place(pfn, nr, ledger_in_flight());
	set_head(pfn, 0,
		 subject_block_type(pfn >> ledger->geometry.block_order));
	op->nr_in_flight += nr;
	note_taken(op, pfn, &list);
	touch(pfn);
}

static void __attribute__((noinline)) check_nocma(const struct ledger_op *op,
						  unsigned int pfn)
{
	/* Room that compaction moves users' pages to is for no request. */
	if ((op->op != CHECK_OP_ALLOC && op->op != CHECK_OP_PIN) ||
	    op->cma != CHECK_CMA_FORBIDDEN ||
	    ledger->page[pfn].list != SUBJECT_CMA || subject_in_compaction())
		return;
	check_fail(CHECK_nocma, "  pfn %u: a page of a CMA pageblock, %s", pfn,
		   op->removal.pfn != pfn ? "taken some time ago" :
		   op->removal.list.kind == SUBJECT_LIST_PCP ?
					    "taken from a pcplist" :
					    "taken from a free list");
}

/* Such pageblocks are reserved, or a last resort for those who cannot wait. */
static void __attribute__((noinline))
check_highatomic_right(const struct ledger_op *op, unsigned int pfn)
{
	const unsigned int rights = SUBJECT_MAY_HIGHATOMIC |
				    SUBJECT_MAY_NON_BLOCK | SUBJECT_MAY_OOM;

	if (op->op != CHECK_OP_ALLOC || !op->wanted || op->removal.pfn != pfn ||
	    subject_in_compaction() ||
	    op->removal.list.kind != SUBJECT_LIST_BUDDY ||
	    op->removal.list.type != SUBJECT_HIGHATOMIC)
		return;
	if (!(op->rights & SUBJECT_MAY_HIGHATOMIC))
		check_note(STATE_last_resort);
	if (subject_caps()->reports_watermarks && !(op->rights & rights))
		check_fail(CHECK_request_rights,
			   "  pfn %u: a page of a HIGHATOMIC pageblock", pfn);
}

void event_page_alloc(unsigned int pfn, unsigned int order)
{
	struct ledger_op *op = ledger_this_op();
	unsigned int nr = 1u << order;

	sim_trace("alloc pfn %u order %u", pfn, order, 0);
	take_back_guards(pfn, nr); /* what is captured is on no list before */
	demand(pfn, nr, ledger_in_flight(), "it is handed out");
	check_nocma(op, pfn);
	check_highatomic_right(op, pfn);
	ledger_set_place(pfn, nr, PLACE_ALLOCATED);
	ledger_set_owner(pfn, nr);
	op->nr_in_flight -= nr;
	op->pages += nr;
}

void event_page_free(unsigned int pfn, unsigned int order)
{
	struct ledger_op *op = ledger_this_op();
	unsigned int nr = 1u << order;

	sim_trace("free pfn %u order %u", pfn, order, 0);
	demand(pfn, nr, PLACE_ALLOCATED, "it is given back");
	ledger_look_at_freed(pfn, nr);
	if (ledger->page[pfn].owner == LEDGER_USERS)
		ledger_set_nobodys(pfn, nr);
	else
		ledger_count_freed(pfn, nr);
	ledger_set_place(pfn, nr, ledger_in_flight());
	set_head(pfn, 0, 0);
	op->nr_in_flight += nr;
	op->freed_pfn = pfn;
	op->freed_at = ledger->type_stores;
	op->freed_isolated =
		subject_block_type(pfn >> ledger->geometry.block_order) ==
		SUBJECT_ISOLATE;
}
