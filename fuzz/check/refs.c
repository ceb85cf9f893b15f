// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who has references on allocated pages, and what a page must have lost when
 * the last one is gone. Known holders are slots: as owners of what they were
 * given, or by a reference on somebody's page. A holder counts until he begins
 * to drop his reference; so no page may have less, and none may be freed that
 * has one.
 */
#include "check/ledger.h"

static void mark(unsigned int pfn, unsigned int nr)
{
	sim_memory_mark(&ledger->memory, ledger->held + pfn,
			nr * sizeof(*ledger->held));
}

static unsigned int holders_of(unsigned int pfn)
{
	return ledger->held[pfn] & LEDGER_HOLDERS;
}

/* Returns how many are left. */
static unsigned int drop_holder(unsigned int pfn)
{
	ledger->held[pfn]--;
	return holders_of(pfn);
}

/* --- Owners --- */

static void set_owner(unsigned int pfn, unsigned int nr, uint16_t owner)
{
	sim_memory_mark(&ledger->memory, ledger->page + pfn,
			nr * sizeof(*ledger->page));
	for (unsigned int end = pfn + nr; pfn < end; pfn++)
		ledger->page[pfn].owner = owner;
}

void ledger_set_owner(unsigned int pfn, unsigned int nr)
{
	set_owner(pfn, nr, ledger_owner());
}

void ledger_set_nobodys(unsigned int pfn, unsigned int nr)
{
	set_owner(pfn, nr, 0);
}

void check_own(unsigned int pfn, unsigned int nr_pages, enum check_block kind)
{
	mark(pfn, nr_pages);
	for (unsigned int i = 0; i < nr_pages; i++) {
		ledger->held[pfn + i] |= LEDGER_OWNED;
		if (!i || kind == CHECK_SINGLES)
			ledger->held[pfn + i]++;
	}
}

static void disown_block(struct ledger_op *op, unsigned int pfn, long nr)
{
	struct subject_page_view page;
	bool is_last = !drop_holder(pfn);

	subject_page(pfn, &page);
	op->may_free += nr;
	if (page.head) {
		op->will_free += is_last ? nr : 0;
		return;
	}
	/* What others may have a reference on is the first page only. */
	op->must_free += nr - 1;
	op->will_free += is_last ? nr : nr - 1;
}

void check_disown(unsigned int pfn, unsigned int nr_pages,
		  enum check_block kind)
{
	struct ledger_op *op = ledger_this_op();

	mark(pfn, nr_pages);
	ledger_set_owner(pfn, nr_pages);
	for (unsigned int i = 0; i < nr_pages; i++) {
		ledger->held[pfn + i] &= LEDGER_HOLDERS;
		if (kind == CHECK_BLOCK)
			continue;
		op->may_free++;
		op->will_free += !drop_holder(pfn + i);
	}
	if (kind == CHECK_BLOCK)
		disown_block(op, pfn, nr_pages);
}

void check_split(unsigned int pfn, unsigned int nr_pages)
{
	mark(pfn, nr_pages);
	for (unsigned int i = 1; i < nr_pages; i++)
		ledger->held[pfn + i]++;
}

/* --- References on whatever page --- */

static void __attribute__((noinline)) check_page_is_used(unsigned int pfn)
{
	unsigned int place = ledger->place[pfn];

	if (place == PLACE_BUDDY || place == PLACE_PCP || place == PLACE_GUARD)
		check_fail(CHECK_page_refs,
			   "  pfn %u: somebody got a reference on it, but it "
			   "is free",
			   pfn);
}

void check_ref(unsigned int pfn)
{
	check_page_is_used(pfn);
	mark(pfn, 1);
	ledger->held[pfn]++;
	ledger->ref[ledger->nr_refs++] = pfn;
	ledger->had_refs = true;
}

/* The operation under way that @pfn was given to, or that gives it back. */
static struct ledger_op *op_with(unsigned int pfn)
{
	for (unsigned int i = 0; i < SIM_CONTEXTS; i++) {
		struct ledger_op *op = &ledger->op[i];

		if (op->op != CHECK_OP_NONE &&
		    op->owner == ledger->page[pfn].owner)
			return op;
	}
	return NULL;
}

/* Nobody else is about to give it back: it counts for the running operation. */
static void inherit(unsigned int pfn, unsigned int nr)
{
	if (ledger->held[pfn] & LEDGER_OWNED || op_with(pfn))
		return;
	ledger_set_owner(pfn, nr);
}

void check_unref(unsigned int pfn)
{
	struct ledger_op *op = ledger_this_op();
	struct subject_page_view page;
	bool is_last;

	subject_page(pfn, &page);
	mark(pfn, 1);
	is_last = !drop_holder(pfn);
	if (ledger->page[pfn].owner == LEDGER_USERS)
		return;
	op->may_free = 1l << page.compound_order;
	inherit(pfn, 1u << page.compound_order);
	if (is_last && ledger->place[pfn] == PLACE_ALLOCATED)
		op->will_free = op->may_free;
}

void check_unref_end(unsigned int pfn)
{
	unsigned int i = 0;

	if (ledger_this_op()->pages < 0)
		check_note(STATE_ref_freed);
	while (ledger->ref[i] != pfn)
		i++;
	ledger->ref[i] = ledger->ref[--ledger->nr_refs];
}

/*
 * Others may take references for a moment while they are at work; and a subject
 * may not say who has those on pages of users.
 */
static bool knows_all(unsigned int pfn, enum check_company company)
{
	return company == CHECK_ALONE &&
	       (ledger->page[pfn].owner != LEDGER_USERS ||
		subject_caps()->reports_refs);
}

/* Others may have taken all references of a page of users away for a moment. */
static bool may_be_frozen(unsigned int pfn, enum check_company company)
{
	return company == CHECK_IN_COMPANY &&
	       ledger->page[pfn].owner == LEDGER_USERS;
}

void __attribute__((noinline))
check_refs(unsigned int pfn, unsigned int nr_pages, enum check_company company)
{
	for (unsigned int i = pfn; i < pfn + nr_pages; i++) {
		unsigned int holders = ledger_references(i);
		struct subject_page_view page;

		if (ledger->place[i] != PLACE_ALLOCATED &&
		    ledger->place[i] != PLACE_OFF)
			continue;
		subject_page(i, &page);
		if (!page.refcount && may_be_frozen(i, company))
			continue;
		if (page.refcount < holders ||
		    (page.refcount > holders && knows_all(i, company)))
			check_fail(CHECK_page_refs,
				   "  pfn %u: refcount %u, known holders %u", i,
				   page.refcount, holders);
	}
}

/* --- Pages given back while others are at work --- */

void ledger_count_freed(unsigned int pfn, unsigned int nr)
{
	struct ledger_op *op = ledger_this_op();

	/* Who has a reference frees what another operation had or gave up. */
	if (ledger->page[pfn].owner != ledger_owner())
		op = op_with(pfn);
	if (op)
		op->pages -= nr;
}

/* All of these are allocated, and nobody's but for the reference. */
static long pages_left_at(unsigned int pfn)
{
	struct subject_page_view page;

	if (ledger->place[pfn] != PLACE_ALLOCATED ||
	    ledger->held[pfn] & LEDGER_OWNED ||
	    ledger->page[pfn].owner != ledger_owner())
		return 0;
	subject_page(pfn, &page);
	return 1l << page.compound_order;
}

long ledger_left_behind(void)
{
	long nr = 0;

	for (unsigned int i = 0; i < ledger->nr_refs; i++) {
		unsigned int k = 0;

		while (ledger->ref[k] != ledger->ref[i])
			k++;
		if (k == i)
			nr += pages_left_at(ledger->ref[i]);
	}
	return nr;
}

static bool is_somebody_at_work(void)
{
	for (unsigned int i = 0; i < SIM_CONTEXTS; i++) {
		if (i != sim_context() && ledger->op[i].op != CHECK_OP_NONE)
			return true;
	}
	return false;
}

long ledger_looked_up(long given)
{
	long nr = 0;

	if (!is_somebody_at_work())
		return 0;
	for (unsigned int i = 0; i < ledger->geometry.nr_pages; i++)
		nr += ledger->place[i] == PLACE_ALLOCATED &&
		      ledger->page[i].owner == ledger_owner();
	return nr - ledger_left_behind() - (given > 0 ? given : 0);
}

/* Another interrupt of the same job would take them for its own. */
void ledger_leave_behind(void)
{
	for (unsigned int i = 0; i < ledger->nr_refs; i++) {
		unsigned int pfn = ledger->ref[i];
		long nr = pages_left_at(pfn);

		sim_memory_mark(&ledger->memory, ledger->page + pfn,
				(size_t)nr * sizeof(*ledger->page));
		while (nr--)
			ledger->page[pfn + (unsigned long)nr].owner = 0;
	}
}

/* --- What a page says of itself --- */

void __attribute__((noinline))
ledger_fail_clean(unsigned int pfn, unsigned int dirt, unsigned long private)
{
	static const char *const names[] = { "flags", "mlocked", "mapping",
					     "a part of a compound page",
					     "->private" };
	unsigned int i = 0;

	while (!(dirt & 1u << i))
		i++;
	check_fail(CHECK_page_clean,
		   "  pfn %u: given back with %s (->private %lu)", pfn,
		   names[i], private);
}

static inline void look_at_dirt(unsigned int pfn, unsigned int allowed)
{
	struct subject_page_view page;

	subject_page(pfn, &page);
	if (page.dirt & ~allowed)
		ledger_fail_clean(pfn, page.dirt & ~allowed, page.private);
}

/* The next user would take what is left for its own. */
static void __attribute__((noinline)) check_page_clean(unsigned int pfn,
						       unsigned int nr)
{
	unsigned int of_rest =
		subject_caps()->clears_private ? 0 : SUBJECT_DIRT_PRIVATE;

	look_at_dirt(pfn, 0);
	for (unsigned int i = 1; i < nr; i++)
		look_at_dirt(pfn + i, of_rest);
}

static void __attribute__((noinline)) check_nobodys(unsigned int pfn,
						    unsigned int nr)
{
	for (unsigned int i = pfn; i < pfn + nr; i++) {
		if (ledger->held[i])
			check_fail(CHECK_page_refs,
				   "  pfn %u: given back, but %u references on "
				   "it are held%s",
				   i, holders_of(i),
				   ledger->held[i] & LEDGER_OWNED ?
					   ", and it is owned" :
					   "");
	}
}

/* Pages of the largest folio that users have. */
#define MAX_FOLIO 512

void ledger_look_at_freed(unsigned int pfn, unsigned int nr)
{
	if (ledger->booting)
		return;
	if (nr <= MAX_FOLIO)
		ledger_look_at_unmapped(pfn, nr);
	ledger_look_at_queue(pfn);
	ledger_end_user(pfn);
	check_nobodys(pfn, nr);
	ledger_lru_freed(pfn, nr);
	check_page_clean(pfn, nr);
}

void ledger_look_at_clean(unsigned int pfn)
{
	check_page_clean(pfn, 1);
}

void __attribute__((noinline)) check_not_compound(unsigned int pfn,
						  unsigned int nr_pages)
{
	for (unsigned int i = pfn; i < pfn + nr_pages; i++) {
		struct subject_page_view page;

		subject_page(i, &page);
		if (page.head || page.head_pfn != -1)
			check_fail(CHECK_page_state,
				   "  pfn %u: %s of a compound page", i,
				   page.head ? "the head" : "a tail");
	}
}

void __attribute__((noinline)) check_compound(unsigned int pfn,
					      unsigned int order)
{
	struct subject_page_view page;

	if (!order) {
		check_not_compound(pfn, 1);
		return;
	}
	check_note(STATE_compound);
	subject_page(pfn, &page);
	if (!page.head || page.compound_order != order)
		check_fail(CHECK_page_state,
			   "  pfn %u: not the head of a compound page of order "
			   "%u",
			   pfn, order);
	for (unsigned int i = pfn + 1; i < pfn + (1u << order); i++) {
		subject_page(i, &page);
		if (page.head_pfn != pfn)
			check_fail(CHECK_page_state,
				   "  pfn %u: not a tail page of pfn %u", i,
				   pfn);
	}
}

/* --- Pages that are out of use --- */

void check_takes_off(unsigned int pfn)
{
	ledger_this_op()->taking_off = pfn + 1;
}

void check_took_off(unsigned int pfn)
{
	struct ledger_op *op = ledger_this_op();

	if (ledger->place[pfn] != ledger_in_flight())
		check_fail(CHECK_page_place,
			   "  pfn %u: said to be taken off the free lists",
			   pfn);
	ledger_set_place(pfn, 1, op->taken_offline ? PLACE_ABSENT : PLACE_OFF);
	op->nr_in_flight--;
	ledger->nr_off++;
	check_own(pfn, 1, CHECK_SINGLES);
	check_note(STATE_took_off);
}

void check_breaks(unsigned int pfn)
{
	if (ledger->place[pfn] != PLACE_ALLOCATED ||
	    ledger->page[pfn].owner != ledger_owner())
		check_fail(CHECK_page_place,
			   "  pfn %u: given back by who does not have it", pfn);
	ledger_count_freed(pfn, 1);
	ledger_set_place(pfn, 1, PLACE_OFF);
	ledger->nr_off++;
	check_own(pfn, 1, CHECK_SINGLES);
	check_note(STATE_took_off);
}

void check_put_back(unsigned int pfn)
{
	struct ledger_op *op = ledger_this_op();

	op->putting_back = pfn + 1;
	op->is_back = false;
	mark(pfn, 1);
	ledger->held[pfn]--;
	ledger->held[pfn] &= LEDGER_HOLDERS;
}

/*
 * Where its memory is offline there is no list that it comes back to; it may go
 * offline later than that.
 */
void check_is_back(unsigned int pfn)
{
	if (ledger->place[pfn] == PLACE_ABSENT && !ledger_this_op()->is_back)
		ledger->nr_off--;
}

void check_still_off(unsigned int pfn)
{
	if (ledger->place[pfn] != PLACE_OFF &&
	    ledger->place[pfn] != PLACE_ABSENT)
		check_fail(CHECK_failed_op,
			   "  pfn %u: could not be put back, but has been",
			   pfn);
	check_own(pfn, 1, CHECK_SINGLES);
}

bool check_is_memory(unsigned int pfn)
{
	return pfn < ledger->geometry.nr_pages &&
	       ledger->place[pfn] != PLACE_ABSENT;
}

bool event_has_references(void)
{
	return ledger->had_refs;
}
