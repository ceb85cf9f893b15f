// SPDX-License-Identifier: GPL-2.0-only
/*
 * Short cuts of compaction's scanners: free lists say where free pages are, so
 * a target is found without a scan, and a pageblock that is half free already.
 *
 * What has been looked at goes to the other end of its list, for the next
 * search. Both search the lists of movable pageblocks only, for a while that
 * becomes shorter with each search in vain.
 *
 * Modelled on fast_isolate_freepages() and fast_find_migrateblock() in
 * mm/compaction.c of Linux 6.12.
 */
#include "compaction.h"

/* Entries to look at. */
unsigned int freelist_scan_limit(const struct compact_control *cc)
{
	return (COMPACT_CLUSTER_MAX >> min(cc->fast_search_fail, 31u)) + 1;
}

static struct page *to_page(struct list_head *entry)
{
	return list_entry(entry, struct page, lru);
}

/* @page is the first of its list then; or the last. zone->lock held. */
static void __move_freelist_head(struct list_head *freelist, struct page *page)
{
	if (freelist->next != &page->lru)
		list_move_tail(freelist, &page->lru);
}

static void __move_freelist_tail(struct list_head *freelist, struct page *page)
{
	if (freelist->prev == &page->lru)
		return;
	list_del(freelist);
	list_add(freelist, &page->lru);
}

/* --- Targets --- */

/* A search for free pages to take. */
struct target_search {
	unsigned int limit; /* entries to look at of each order */
	unsigned int low_pfn,
		min_pfn; /* from here on: good, better than none */
	unsigned int highest; /* pageblock of the highest page so far */
};

/* Round robin, from cc->search_order on; -1: there are no more. */
static int next_search_order(struct compact_control *cc, int order)
{
	if (--order < 0)
		order = cc->order - 1;
	if (order != cc->search_order)
		return order;
	if (--cc->search_order < 0)
		cc->search_order = cc->order - 1;
	return -1;
}

/* A page of the list that is high up in the zone, or NULL. zone->lock held. */
static struct page *__search_freelist(struct compact_control *cc,
				      struct target_search *search, int order,
				      unsigned int *nr_scanned)
{
	struct list_head *freelist =
		&cc->zone->free_area[order].free_list[MIGRATE_MOVABLE];
	struct list_head *entry;
	struct page *best = NULL, *last = NULL;

	for (entry = freelist->prev; entry != freelist; entry = entry->prev) {
		unsigned int pfn = page_to_pfn(to_page(entry));

		last = to_page(entry);
		(*nr_scanned)++;
		if (pfn >= search->highest)
			search->highest = max(pageblock_start_pfn(pfn),
					      cc->zone->zone_start_pfn);
		if (pfn >= search->low_pfn) {
			cc->fast_search_fail = 0;
			cc->search_order = order;
			best = last;
			break;
		}
		if (pfn >= search->min_pfn &&
		    (!best || pfn > page_to_pfn(best))) {
			best = last;
			search->limit >>= 1;
		}
		if (*nr_scanned >= search->limit)
			break;
	}
	if (best || last)
		__move_freelist_head(freelist, best ? best : last);
	return best;
}

/* What is left of its pageblock, too. */
static void fast_isolate_around(struct compact_control *cc, unsigned int pfn)
{
	unsigned int start = pageblock_start_pfn(pfn);
	unsigned int end = pageblock_end_pfn(pfn);

	if (cc->nr_freepages >= cc->nr_migratepages)
		return;
	if (cc->direct_compaction && cc->mode == MIGRATE_ASYNC)
		return;
	if (!buggy(fast_find_foreign_zone)) {
		start = max(start, cc->zone->zone_start_pfn);
		end = min(end, zone_end_pfn(cc->zone));
	}
	compact_isolate_freepages_block(cc, &start, end, 1);
	if (start == end)
		set_pageblock_skip(pfn);
}

/* Take a block of @order, if a good one is found; else NULL. */
static struct page *take_from_freelist(struct compact_control *cc,
				       struct target_search *search, int order,
				       bool *full)
{
	unsigned int nr_scanned = 0;
	unsigned long flags;
	struct page *page;

	spin_lock_irqsave(&cc->zone->lock, flags);
	page = __search_freelist(cc, search, order, &nr_scanned);
	if (page && !__isolate_free_page(page, cc->zone, (unsigned int)order)) {
		page = NULL;
		*full = true;
	}
	if (page) {
		page->private = (unsigned int)order;
		list_add_tail(&page->lru, &cc->freepages[order]);
		cc->nr_freepages += 1u << order;
		cc->total_isolated += 1u << order;
	}
	spin_unlock_irqrestore(&cc->zone->lock, flags);
	cc->total_free_scanned += nr_scanned;
	if (nr_scanned >= search->limit)
		search->limit = max(1u, search->limit >> 1);
	return page;
}

/* Nothing good was found where the scan begins: go to what is better. */
static unsigned int start_elsewhere(struct compact_control *cc,
				    const struct target_search *search)
{
	if (search->highest >= search->min_pfn) {
		cc->free_pfn = search->highest;
		return search->highest;
	}
	if (!cc->direct_compaction ||
	    !zone_spans_pfn(cc->zone, search->min_pfn))
		return ~0u;
	cc->free_pfn = search->min_pfn;
	return suitable_migration_target(cc, search->min_pfn) ?
		       search->min_pfn :
		       ~0u;
}

static struct page *search_orders(struct compact_control *cc,
				  struct target_search *search)
{
	struct page *page = NULL;
	bool full = false;
	int order;

	cc->search_order = min(cc->order - 1, cc->search_order);
	for (order = cc->search_order; !page && !full && order >= 0;
	     order = next_search_order(cc, order)) {
		if (!READ_ONCE(cc->zone->free_area[order].nr_free))
			continue;
		page = take_from_freelist(cc, search, order, &full);
		if (cc->nr_freepages >= cc->nr_migratepages)
			break;
	}
	return page;
}

/* Take free pages for cc->migratepages, if the free lists have good ones. */
void fast_isolate_freepages(struct compact_control *cc)
{
	unsigned int distance = cc->free_pfn - cc->migrate_pfn, around = ~0u;
	bool scan_start = cc->free_pfn >= cc->zone->compact_init_free_pfn;
	struct target_search search = {
		.limit = max(1u, freelist_scan_limit(cc) >> 1),
		.low_pfn = pageblock_start_pfn(cc->free_pfn - (distance >> 2)),
		.min_pfn = pageblock_start_pfn(cc->free_pfn - (distance >> 1)),
	};
	struct page *page;

	if (cc->order <= 0)
		return;
	if (scan_start)
		search.limit = pageblock_nr_pages >> 1;
	page = search_orders(cc, &search);
	if (page)
		around = page_to_pfn(page);
	else
		cc->fast_search_fail++;
	if (!page && scan_start)
		around = start_elsewhere(cc, &search);
	if (search.highest &&
	    search.highest >= READ_ONCE(cc->zone->compact_cached_free_pfn))
		WRITE_ONCE(cc->zone->compact_cached_free_pfn,
			   search.highest - pageblock_nr_pages);
	if (around != ~0u)
		fast_isolate_around(cc, around);
}

/* --- Sources --- */

/* In cc->fast_start_pfn: no search has found anything; it is used up. */
#define FAST_START_NONE 0u
#define FAST_START_USED ~0u

static void update_fast_start_pfn(struct compact_control *cc, unsigned int pfn)
{
	if (cc->fast_start_pfn == FAST_START_USED)
		return;
	if (cc->fast_start_pfn == FAST_START_NONE)
		cc->fast_start_pfn = pfn;
	cc->fast_start_pfn = min(cc->fast_start_pfn, pfn);
}

/* Back to the first that was ever found, once. */
static unsigned int reinit_migrate_pfn(struct compact_control *cc)
{
	if (cc->fast_start_pfn == FAST_START_NONE ||
	    cc->fast_start_pfn == FAST_START_USED)
		return cc->migrate_pfn;
	cc->migrate_pfn = cc->fast_start_pfn;
	cc->fast_start_pfn = FAST_START_USED;
	return cc->migrate_pfn;
}

/* Whether to look for another pageblock than the next one. */
static bool may_jump(const struct compact_control *cc)
{
	unsigned int pfn = cc->migrate_pfn;

	if (cc->ignore_skip_hint || cc->finish_pageblock)
		return false;
	/* In the middle of one. */
	if (pfn != cc->zone->zone_start_pfn && pfn != pageblock_start_pfn(pfn))
		return false;
	if (cc->order <= PAGE_ALLOC_COSTLY_ORDER)
		return false;
	return !cc->direct_compaction || cc->migratetype == MIGRATE_MOVABLE;
}

/* First pageblock on the list that is low enough, or ~0. zone->lock held. */
static unsigned int __find_on_freelist(struct compact_control *cc, int order,
				       unsigned int high_pfn,
				       unsigned int *nr_scanned,
				       unsigned int limit)
{
	struct list_head *freelist =
		&cc->zone->free_area[order].free_list[MIGRATE_MOVABLE];
	struct list_head *entry;

	for (entry = freelist->next; entry != freelist; entry = entry->next) {
		unsigned int pfn = page_to_pfn(to_page(entry));

		if ((*nr_scanned)++ >= limit) {
			__move_freelist_tail(freelist, to_page(entry));
			return ~0u;
		}
		if (pfn >= high_pfn || get_pageblock_skip(pfn))
			continue;
		__move_freelist_tail(freelist, to_page(entry));
		update_fast_start_pfn(cc, pfn);
		return max(pageblock_start_pfn(pfn), cc->zone->zone_start_pfn);
	}
	return ~0u;
}

/*
 * Where to scan for pages to move: a pageblock that has large free blocks, in
 * the lower part of what is left, or cc->migrate_pfn.
 */
unsigned int fast_find_migrateblock(struct compact_control *cc)
{
	unsigned int limit = freelist_scan_limit(cc), nr_scanned = 0;
	unsigned int distance = (cc->free_pfn - cc->migrate_pfn) >> 1;
	unsigned int pfn = ~0u, high_pfn;

	if (!may_jump(cc))
		return cc->migrate_pfn;
	if (cc->migrate_pfn != cc->zone->zone_start_pfn)
		distance >>= 2;
	high_pfn = pageblock_start_pfn(cc->migrate_pfn + distance);
	for (int order = cc->order - 1; order >= PAGE_ALLOC_COSTLY_ORDER &&
					pfn == ~0u && nr_scanned < limit;
	     order--) {
		unsigned long flags;

		if (!READ_ONCE(cc->zone->free_area[order].nr_free))
			continue;
		spin_lock_irqsave(&cc->zone->lock, flags);
		pfn = __find_on_freelist(cc, order, high_pfn, &nr_scanned,
					 limit);
		spin_unlock_irqrestore(&cc->zone->lock, flags);
	}
	cc->total_migrate_scanned += nr_scanned;
	if (pfn != ~0u) {
		cc->fast_search_fail = 0;
		return pfn;
	}
	cc->fast_search_fail++;
	return reinit_migrate_pfn(cc);
}
