// SPDX-License-Identifier: GPL-2.0-only
/*
 * Large folios: what happens to what is known of them when they are split, and
 * the queue of those that shall be.
 */
#include "check/ledger.h"

void event_pmd_split(unsigned int pfn, int nr)
{
	struct ledger_lru_page *page = &ledger->lru_page[pfn];

	sim_memory_mark(&ledger->memory, page, sizeof(*page));
	page->nr_pmd_splits = (uint8_t)(page->nr_pmd_splits + nr);
	check_note(STATE_pmd_split);
}

/* Somebody has it, and can be found: then it is on the LRU, or was there. */
static void __attribute__((noinline)) check_is_on_lru(unsigned int pfn,
						      bool isolated)
{
	if (!isolated && !ledger->lru_page[pfn].list)
		check_fail(CHECK_split_queue,
			   "  pfn %u: is split, but is on no LRU list", pfn);
}

void event_folio_split(unsigned int pfn, unsigned int new_order, bool isolated)
{
	sim_trace("split pfn %u to order %u", pfn, new_order, 0);
	check_is_on_lru(pfn, isolated);
	ledger_lru_split(pfn, 1u << new_order);
	check_note(STATE_folio_split);
}

/* Who got one would drop that of the head. */
void __attribute__((noinline)) event_tail_counts(unsigned int pfn, int refcount)
{
	if (refcount)
		check_fail(CHECK_page_refs,
			   "  pfn %u: a tail of a large folio with %d "
			   "references",
			   pfn, refcount);
}

/* Who goes through the queue takes it for a folio. */
void __attribute__((noinline)) ledger_look_at_queue(unsigned int pfn)
{
	if (ledger->lru_page[pfn].queued)
		check_fail(CHECK_split_queue,
			   "  pfn %u: given back while it is queued", pfn);
}

void event_split_queue(unsigned int pfn, bool queued)
{
	struct ledger_lru_page *page = &ledger->lru_page[pfn];

	sim_trace(queued ? "queue to split pfn %u" : "no more to split pfn %u",
		  pfn, 0, 0);
	if (queued && ledger->place[pfn] != PLACE_ALLOCATED)
		check_fail(CHECK_split_queue,
			   "  pfn %u: queued, but it is not allocated", pfn);
	sim_memory_mark(&ledger->memory, page, sizeof(*page));
	page->queued = queued;
	check_note(STATE_split_queued);
}

/* The file would have another page there for whoever has found it. */
void __attribute__((noinline)) event_folio_found(unsigned int pfn,
						 unsigned int index,
						 unsigned int nr,
						 unsigned int wanted)
{
	if (wanted - index >= nr)
		check_fail(CHECK_lookup,
			   "  pfn %u: found at index %u, but it has %u pages "
			   "from %u on",
			   pfn, wanted, nr, index);
}

/* As many free pages are needed, and no more may be isolated than these. */
void __attribute__((noinline)) event_isolated_batch(unsigned int nr,
						    unsigned int counted)
{
	if (nr != counted)
		check_fail(CHECK_isolated_batch,
			   "  %u pages are isolated, it counts %u", nr,
			   counted);
}

void __attribute__((noinline))
event_scan_goes_on(unsigned int pfn, unsigned int was, unsigned int nr)
{
	if (nr != was)
		check_fail(CHECK_scan_position,
			   "  pfn %u: a folio of %u pages, it goes on %u "
			   "behind",
			   pfn, was, nr);
}

/* --- At rest --- */

/* How many of its pages have entries of their own. */
static unsigned int nr_mapped(unsigned int pfn,
			      const struct subject_folio *folio)
{
	unsigned int nr = 0;

	for (unsigned int i = pfn; i < pfn + folio->nr_pages; i++)
		nr += ledger->ptes[i] > folio->nr_entire;
	return nr;
}

/*
 * A part of it is of no use to anybody. Folios of two pages have no room to be
 * queued, those of files never are, and what is given up while it is being
 * moved is not seen.
 */
static bool is_given_up(unsigned int pfn, const struct subject_folio *folio)
{
	struct subject_area area;

	subject_area_of(pfn, &area);
	return !ledger->had_migration && area.anon >= 0 &&
	       folio->nr_pages > 2 && !folio->nr_entire &&
	       folio->nr_mapped < folio->nr_pages;
}

static void __attribute__((noinline))
check_folio_counts(unsigned int pfn, const struct subject_folio *folio)
{
	if (folio->mapcount != ledger_nr_held(pfn, SUBJECT_HOLDER_PTE) ||
	    folio->nr_mapped != nr_mapped(pfn, folio) ||
	    folio->entirely_mapped != (folio->nr_entire > 0))
		check_fail(CHECK_mapcount,
			   "  pfn %u: %u entries, of which %u map all of it; "
			   "%u pages are mapped by themselves, it counts %u",
			   pfn, folio->mapcount, folio->nr_entire,
			   nr_mapped(pfn, folio), folio->nr_mapped);
	if (folio->nr_pins != ledger_nr_held(pfn, SUBJECT_HOLDER_PIN))
		check_fail(CHECK_page_refs, "  pfn %u: counts %u pins of %u",
			   pfn, folio->nr_pins,
			   ledger_nr_held(pfn, SUBJECT_HOLDER_PIN));
	if (is_given_up(pfn, folio) && !ledger->lru_page[pfn].queued)
		check_fail(CHECK_split_queue,
			   "  pfn %u: %u of %u pages are mapped, but it is not "
			   "queued",
			   pfn, folio->nr_mapped, folio->nr_pages);
	if (folio->partially_mapped != ledger->lru_page[pfn].queued)
		check_fail(CHECK_split_queue,
			   "  pfn %u: %s, but it says that it is %s", pfn,
			   folio->partially_mapped ? "not queued" : "queued",
			   folio->partially_mapped ? "to be split" : "not");
}

void ledger_look_at_folio(unsigned int pfn)
{
	struct subject_folio folio;

	if (subject_folio(pfn, &folio))
		check_folio_counts(pfn, &folio);
}
