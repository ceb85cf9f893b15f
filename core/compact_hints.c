// SPDX-License-Identifier: GPL-2.0-only
/*
 * What compaction remembers of a zone: pageblocks to skip, where its scanners
 * have come to, and how often it has failed.
 *
 * All of it are hints: no lock protects them, and what is lost costs time only.
 * A pageblock is marked when nothing in it could be isolated. When the scanners
 * of a run for a request have met, kswapd may clear the marks before it sleeps;
 * so does a request that has been put off as often as that goes.
 *
 * Modelled on mm/compaction.c of Linux 6.12. Left out: sections, tracepoints.
 */
#include "compaction.h"

#define COMPACT_MAX_DEFER_SHIFT 6

/* --- Pageblocks to skip --- */

bool get_pageblock_skip(unsigned int pfn)
{
	return READ_ONCE(mem->pageblock_skip[pfn >> pageblock_order]);
}

void set_pageblock_skip(unsigned int pfn)
{
	WRITE_ONCE(mem->pageblock_skip[pfn >> pageblock_order], 1);
}

static void clear_pageblock_skip(unsigned int pfn)
{
	WRITE_ONCE(mem->pageblock_skip[pfn >> pageblock_order], 0);
}

bool isolation_suitable(const struct compact_control *cc, unsigned int pfn)
{
	return cc->ignore_skip_hint || !get_pageblock_skip(pfn);
}

/* Whether it was marked before. */
bool test_and_set_skip(const struct compact_control *cc, unsigned int pfn)
{
	bool skip;

	if (cc->ignore_skip_hint)
		return false;
	skip = get_pageblock_skip(pfn);
	if (!skip)
		set_pageblock_skip(pfn);
	return skip;
}

/* --- Where to go on --- */

static unsigned int last_block_of(const struct zone *zone)
{
	return pageblock_start_pfn(zone_end_pfn(zone) - 1);
}

void reset_cached_positions(struct zone *zone)
{
	WRITE_ONCE(zone->compact_cached_migrate_pfn[0], zone->zone_start_pfn);
	WRITE_ONCE(zone->compact_cached_migrate_pfn[1], zone->zone_start_pfn);
	WRITE_ONCE(zone->compact_cached_free_pfn, last_block_of(zone));
}

/* The pageblock of @pfn has been scanned for pages to move. */
void update_cached_migrate(const struct compact_control *cc, unsigned int pfn)
{
	struct zone *zone = cc->zone;

	pfn = pageblock_end_pfn(pfn);
	if (pfn > READ_ONCE(zone->compact_cached_migrate_pfn[0]))
		WRITE_ONCE(zone->compact_cached_migrate_pfn[0], pfn);
	if (cc->mode != MIGRATE_ASYNC &&
	    pfn > READ_ONCE(zone->compact_cached_migrate_pfn[1]))
		WRITE_ONCE(zone->compact_cached_migrate_pfn[1], pfn);
}

/* That of @pfn has no free pages left to take: the next one is at @cached. */
void update_pageblock_skip(struct zone *zone, unsigned int pfn,
			   unsigned int cached)
{
	set_pageblock_skip(pfn);
	if (cached < READ_ONCE(zone->compact_cached_free_pfn))
		WRITE_ONCE(zone->compact_cached_free_pfn, cached);
}

/* A sample: what is on the LRU could be moved, what is free moved to. */
static bool looks_suitable(unsigned int start, unsigned int end, bool source,
			   bool target)
{
	for (; start < end; start += 1u << PAGE_ALLOC_COSTLY_ORDER) {
		const struct page *page = pfn_to_page(start);

		if (source && READ_ONCE(page->flags) & 1ul << PG_lru)
			return true;
		if (target && READ_ONCE(page->buddy))
			return true;
	}
	return false;
}

/* Whether the pageblock of @pfn is suitable; then its mark is cleared. */
static bool __reset_isolation_pfn(const struct zone *zone, unsigned int pfn,
				  bool source, bool target)
{
	unsigned int start, end;

	if (!zone_spans_pfn(zone, pfn))
		return false;
	if (source && target && !get_pageblock_skip(pfn))
		return true;
	if (!source && target &&
	    get_pfnblock_migratetype(pfn) != MIGRATE_MOVABLE)
		return false;
	start = max(pageblock_start_pfn(pfn), zone->zone_start_pfn);
	end = min(pageblock_end_pfn(pfn), zone_end_pfn(zone));
	if (!looks_suitable(start, end, source, target))
		return false;
	clear_pageblock_skip(pfn);
	return true;
}

static void set_start(struct zone *zone, unsigned int pfn)
{
	WRITE_ONCE(zone->compact_cached_migrate_pfn[0], pfn);
	WRITE_ONCE(zone->compact_cached_migrate_pfn[1], pfn);
}

/*
 * Clear marks, if a run has come to its end lately, of pageblocks that look
 * suitable now, from both ends of the zone; the next run begins with the first
 * of them.
 */
void __reset_isolation_suitable(struct zone *zone)
{
	unsigned int migrate_pfn = zone->zone_start_pfn;
	unsigned int free_pfn = zone_end_pfn(zone) - 1;
	unsigned int reset_migrate = free_pfn, reset_free = migrate_pfn;
	bool source_set = false, free_set = false;

	if (!READ_ONCE(zone->compact_blockskip_flush))
		return;
	WRITE_ONCE(zone->compact_blockskip_flush, false);
	for (; migrate_pfn < free_pfn; migrate_pfn += pageblock_nr_pages,
				       free_pfn -= pageblock_nr_pages) {
		cond_resched();
		if (__reset_isolation_pfn(zone, migrate_pfn, true,
					  source_set) &&
		    migrate_pfn < reset_migrate) {
			source_set = true;
			reset_migrate = migrate_pfn;
			zone->compact_init_migrate_pfn = migrate_pfn;
			set_start(zone, migrate_pfn);
		}
		if (__reset_isolation_pfn(zone, free_pfn, free_set, true) &&
		    free_pfn > reset_free) {
			free_set = true;
			reset_free = free_pfn;
			zone->compact_init_free_pfn = free_pfn;
			WRITE_ONCE(zone->compact_cached_free_pfn, free_pfn);
		}
		if (free_pfn < zone->zone_start_pfn + pageblock_nr_pages)
			break;
	}
	/* Nothing is suitable: nothing is left to scan. */
	if (reset_migrate >= reset_free) {
		set_start(zone, migrate_pfn);
		WRITE_ONCE(zone->compact_cached_free_pfn, free_pfn);
	}
}

/* --- Putting it off --- */

/* A run for @order has failed: the next ones have to wait, longer each time. */
void defer_compaction(struct zone *zone, unsigned int order)
{
	WRITE_ONCE(zone->compact_considered, 0);
	WRITE_ONCE(zone->compact_defer_shift,
		   min(READ_ONCE(zone->compact_defer_shift) + 1u,
		       (unsigned int)COMPACT_MAX_DEFER_SHIFT));
	if (order < READ_ONCE(zone->compact_order_failed))
		WRITE_ONCE(zone->compact_order_failed, order);
}

static unsigned int defer_limit(const struct zone *zone)
{
	return 1u << READ_ONCE(zone->compact_defer_shift);
}

/* Whether another run for @order has to wait; asking counts. */
bool compaction_deferred(struct zone *zone, unsigned int order)
{
	unsigned int limit = defer_limit(zone), considered;

	if (order < READ_ONCE(zone->compact_order_failed))
		return false;
	considered = min(READ_ONCE(zone->compact_considered) + 1, limit);
	WRITE_ONCE(zone->compact_considered, considered);
	return considered < limit;
}

/* There should be a block of @order now or, with @alloc_success, was. */
void compaction_defer_reset(struct zone *zone, unsigned int order,
			    bool alloc_success)
{
	if (alloc_success) {
		WRITE_ONCE(zone->compact_considered, 0);
		WRITE_ONCE(zone->compact_defer_shift, 0);
	}
	if (order >= READ_ONCE(zone->compact_order_failed))
		WRITE_ONCE(zone->compact_order_failed, order + 1);
}

/* It has waited for as long as it must at most. */
bool compaction_restarting(struct zone *zone, unsigned int order)
{
	return order >= READ_ONCE(zone->compact_order_failed) &&
	       READ_ONCE(zone->compact_defer_shift) ==
		       COMPACT_MAX_DEFER_SHIFT &&
	       READ_ONCE(zone->compact_considered) >= defer_limit(zone);
}
