// SPDX-License-Identifier: GPL-2.0-only
/*
 * Compaction: making large free blocks by moving what is in the way.
 *
 * A run goes over one zone until a block of the order that is wanted is free,
 * or its scanners meet. Who needs the block does it itself (direct compaction),
 * with more effort from one attempt to the next; kcompactd does it for those
 * who cannot; and a user may want all of memory compacted.
 *
 * A pageblock whose pages could not all be moved is scanned to its end, so that
 * it is marked and not chosen again at once.
 *
 * Modelled on compact_zone(), try_to_compact_pages(), kcompactd_do_work() and
 * compact_nodes() in mm/compaction.c of Linux 6.12. Left out: proactive
 * compaction, fragmentation indices, need_resched(), statistics but those of
 * pages scanned and isolated.
 */
#include "compaction.h"

/* --- Is it over? --- */

static bool scanners_met(const struct compact_control *cc)
{
	/* The migrate scanner goes by whole pageblocks. */
	if (buggy(scanner_met_disagree))
		return cc->free_pfn <= cc->migrate_pfn;
	return compact_scanners_met(cc);
}

/* The next run begins anew. */
static enum compact_result end_of_scan(const struct compact_control *cc)
{
	reset_cached_positions(cc->zone);
	if (cc->direct_compaction)
		WRITE_ONCE(cc->zone->compact_blockskip_flush, true);
	return cc->whole_zone ? COMPACT_COMPLETE : COMPACT_PARTIAL_SKIPPED;
}

/* Racy: whether the request would find a block now, of its type or another. */
static bool has_block(const struct compact_control *cc)
{
	for (unsigned int order = (unsigned int)cc->order;
	     order <= MAX_PAGE_ORDER; order++) {
		const struct free_area *area = &cc->zone->free_area[order];

		if (!READ_ONCE(area->nr_free))
			continue;
		if (!list_empty(&area->free_list[cc->migratetype]))
			return true;
		if (cc->migratetype == MIGRATE_MOVABLE &&
		    !list_empty(&area->free_list[MIGRATE_CMA]))
			return true;
		if (can_claim_fallback(area, order, cc->migratetype))
			return true;
	}
	return false;
}

static enum compact_result compact_finished(const struct compact_control *cc)
{
	if (scanners_met(cc))
		return end_of_scan(cc);
	if (cc->order == COMPACT_ORDER_ALL)
		return COMPACT_CONTINUE;
	/* To the end of the pageblock, so that less is mixed later. */
	if (cc->migrate_pfn != pageblock_start_pfn(cc->migrate_pfn))
		return COMPACT_CONTINUE;
	if (has_block(cc))
		return COMPACT_SUCCESS;
	if (cc->contended || fatal_signal_pending())
		return COMPACT_CONTENDED;
	return COMPACT_CONTINUE;
}

/* --- Does it make sense? --- */

/* Pages that are needed beside a block, to move others to (compact_gap()). */
static unsigned long compact_gap(unsigned int order)
{
	return 2ul << order;
}

static bool compaction_suitable(const struct zone *zone, unsigned int order,
				enum zone_type highest_zone)
{
	const struct watermark_look look = { .alloc_flags = ALLOC_CMA,
					     .highest_zone = highest_zone };
	enum zone_watermarks mark =
		order > PAGE_ALLOC_COSTLY_ORDER ? WMARK_LOW : WMARK_MIN;

	return __zone_watermark_ok(zone, &look,
				   wmark_pages(zone, mark) + compact_gap(order),
				   (long)zone_page_state(zone, NR_FREE_PAGES));
}

/* COMPACT_SUCCESS: there is a block; _SKIPPED: it would be in vain. */
static enum compact_result
compaction_suit_allocation_order(const struct zone *zone, unsigned int order,
				 enum zone_type highest_zone,
				 unsigned int alloc_flags)
{
	const struct watermark_look look = { .order = order,
					     .alloc_flags = alloc_flags,
					     .highest_zone = highest_zone };
	enum zone_watermarks mark = alloc_flags & ALLOC_WMARK_MASK;

	if (__zone_watermark_ok(zone, &look, wmark_pages(zone, mark),
				(long)zone_page_state(zone, NR_FREE_PAGES)))
		return COMPACT_SUCCESS;
	return compaction_suitable(zone, order, highest_zone) ?
		       COMPACT_CONTINUE :
		       COMPACT_SKIPPED;
}

/* --- A run --- */

static void init_lists(struct compact_control *cc)
{
	for (unsigned int order = 0; order < NR_PAGE_ORDERS_LIMIT; order++)
		INIT_LIST_HEAD(&cc->freepages[order]);
	INIT_LIST_HEAD(&cc->migratepages);
	cc->nr_freepages = cc->nr_migratepages = 0;
	cc->total_free_scanned = cc->total_migrate_scanned = 0;
	cc->total_isolated = 0;
}

/* Where the last run has stopped, unless it is to be from end to end. */
static void init_scanners(struct compact_control *cc)
{
	struct zone *zone = cc->zone;
	unsigned int sync = cc->mode != MIGRATE_ASYNC;
	unsigned int start = zone->zone_start_pfn, end = zone_end_pfn(zone);

	cc->fast_start_pfn = 0;
	cc->migrate_pfn = start;
	cc->free_pfn = pageblock_start_pfn(end - 1);
	if (cc->whole_zone)
		return;
	cc->migrate_pfn = READ_ONCE(zone->compact_cached_migrate_pfn[sync]);
	cc->free_pfn = READ_ONCE(zone->compact_cached_free_pfn);
	if (cc->free_pfn < start || cc->free_pfn >= end) {
		cc->free_pfn = pageblock_start_pfn(end - 1);
		WRITE_ONCE(zone->compact_cached_free_pfn, cc->free_pfn);
	}
	if (cc->migrate_pfn < start || cc->migrate_pfn >= end) {
		cc->migrate_pfn = start;
		WRITE_ONCE(zone->compact_cached_migrate_pfn[0], start);
		WRITE_ONCE(zone->compact_cached_migrate_pfn[1], start);
	}
	if (cc->migrate_pfn <= READ_ONCE(zone->compact_init_migrate_pfn))
		cc->whole_zone = true;
}

/*
 * Move what was isolated. True if the run goes on; all that could not be moved
 * is back where it was.
 */
static bool migrate_isolated(struct compact_control *cc, bool *again)
{
	const struct migrate_control mc = { .mode = cc->mode,
					    .reason = MR_COMPACTION,
					    .cc = cc };
	int err = migrate_pages(&cc->migratepages, &mc, NULL);

	*again = false;
	cc->nr_migratepages = 0;
	if (!err)
		return true;
	putback_movable_pages(&cc->migratepages);
	if (err == -ENOMEM && !compact_scanners_met(cc))
		return false;
	*again = cc->migrate_pfn != pageblock_start_pfn(cc->migrate_pfn) &&
		 !cc->ignore_skip_hint && !cc->finish_pageblock &&
		 cc->mode != MIGRATE_SYNC;
	return true;
}

/* Pages that were moved lie on pcplists, where they cannot merge. */
static void lru_add_drain_cpu_zone(struct zone *zone)
{
	lru_add_drain();
	drain_local_pages(zone);
}

/* What has been freed of a block of the order that is wanted shall merge. */
static void drain_behind(const struct compact_control *cc,
			 unsigned int *last_migrated_pfn)
{
	unsigned int current_block;

	if (cc->order <= 0 || *last_migrated_pfn == ~0u)
		return;
	current_block = ALIGN_DOWN(cc->migrate_pfn, 1u << cc->order);
	if (*last_migrated_pfn >= current_block)
		return;
	lru_add_drain_cpu_zone(cc->zone);
	*last_migrated_pfn = ~0u;
}

/* Nobody may choose a pageblock again and again that cannot be emptied. */
static bool shall_finish(const struct compact_control *cc,
			 unsigned int last_migrated_pfn)
{
	return last_migrated_pfn != ~0u &&
	       pageblock_start_pfn(last_migrated_pfn) ==
		       pageblock_start_pfn(cc->migrate_pfn);
}

/*
 * As long as no pageblock has had a page to move, it does not matter who has
 * looked: those who wait need not look there again.
 */
static void update_sync_position(const struct compact_control *cc)
{
	unsigned int *cached = cc->zone->compact_cached_migrate_pfn;

	if (cc->positions_equal)
		WRITE_ONCE(cached[1], READ_ONCE(cached[0]));
}

/* One pageblock, or a part of it. COMPACT_CONTINUE, or how the run ends. */
static enum compact_result compact_step(struct compact_control *cc,
					unsigned int *last_migrated_pfn,
					const struct capture_control *capc)
{
	bool again = false;

	cond_resched();
	cc->finish_pageblock = shall_finish(cc, *last_migrated_pfn);
	do {
		switch (isolate_migratepages(cc)) {
		case ISOLATE_ABORT:
			putback_movable_pages(&cc->migratepages);
			cc->nr_migratepages = 0;
			return COMPACT_CONTENDED;
		case ISOLATE_NONE:
			update_sync_position(cc);
			drain_behind(cc, last_migrated_pfn);
			return COMPACT_CONTINUE;
		case ISOLATE_SUCCESS:
			cc->positions_equal = false;
			*last_migrated_pfn =
				max(cc->zone->zone_start_pfn,
				    pageblock_start_pfn(cc->migrate_pfn - 1));
		}
		if (!migrate_isolated(cc, &again))
			return COMPACT_CONTENDED;
		cc->finish_pageblock |= again;
		/* Draining does not help: it will not be free as a whole. */
		if (again && cc->order == (int)pageblock_order)
			*last_migrated_pfn = ~0u;
	} while (again && cc->finish_pageblock);
	if (capc && READ_ONCE(capc->page))
		return COMPACT_SUCCESS;
	drain_behind(cc, last_migrated_pfn);
	return COMPACT_CONTINUE;
}

/* Give back free pages that nothing was moved to: the next run has them. */
static void release_freepages(struct compact_control *cc)
{
	struct zone *zone = cc->zone;
	unsigned int highest = 0, cached;

	arch_unused_targets(cc->freepages, cc->nr_freepages);
	for (unsigned int order = 0; order <= MAX_PAGE_ORDER; order++)
		highest =
			max(highest, release_free_list(&cc->freepages[order]));
	if (!cc->nr_freepages)
		return;
	cc->nr_freepages = 0;
	cached = pageblock_start_pfn(highest);
	if (cached > READ_ONCE(zone->compact_cached_free_pfn))
		WRITE_ONCE(zone->compact_cached_free_pfn, cached);
}

static enum compact_result compact_zone(struct compact_control *cc,
					const struct capture_control *capc)
{
	unsigned int last_migrated_pfn = ~0u;
	enum compact_result ret;

	init_lists(cc);
	if (cc->order != COMPACT_ORDER_ALL) {
		ret = compaction_suit_allocation_order(cc->zone,
						       (unsigned int)cc->order,
						       cc->highest_zone,
						       cc->alloc_flags);
		if (ret != COMPACT_CONTINUE)
			return ret;
		if (compaction_restarting(cc->zone, (unsigned int)cc->order))
			__reset_isolation_suitable(cc->zone);
	}
	init_scanners(cc);
	cc->positions_equal =
		cc->mode == MIGRATE_ASYNC &&
		READ_ONCE(cc->zone->compact_cached_migrate_pfn[0]) ==
			READ_ONCE(cc->zone->compact_cached_migrate_pfn[1]);
	lru_add_drain();
	do {
		ret = compact_finished(cc);
		if (ret == COMPACT_CONTINUE)
			ret = compact_step(cc, &last_migrated_pfn, capc);
	} while (ret == COMPACT_CONTINUE);
	release_freepages(cc);
	atomic_add((int)cc->total_migrate_scanned,
		   &mem->compact_migrate_scanned);
	atomic_add((int)cc->total_free_scanned, &mem->compact_free_scanned);
	atomic_add((int)cc->total_isolated, &mem->compact_isolated);
	return ret;
}

/* --- For a request --- */

static enum compact_result
compact_zone_order(struct zone *zone, unsigned int order,
		   unsigned int alloc_flags, const struct alloc_context *ac,
		   enum compact_priority prio, struct page **capture)
{
	struct compact_control cc = {
		.order = (int)order,
		.search_order = (int)order,
		.zone = zone,
		.migratetype = ac->migratetype,
		.mode = prio == COMPACT_PRIO_ASYNC ? MIGRATE_ASYNC :
						     MIGRATE_SYNC_LIGHT,
		.alloc_flags = alloc_flags,
		.highest_zone = ac->highest_zone,
		.direct_compaction = true,
		.whole_zone = prio == MIN_COMPACT_PRIORITY,
		.ignore_skip_hint = prio == MIN_COMPACT_PRIORITY,
		.ignore_block_suitable = prio == MIN_COMPACT_PRIORITY,
	};
	struct capture_control capc = { .cc = &cc };
	struct task_struct *task = current_struct();
	enum compact_result ret;

	WRITE_ONCE(task->capture_control, &capc);
	ret = compact_zone(&cc, &capc);
	/* An interrupt may store there until nobody can see it any more. */
	if (buggy(capture_in_irq))
		*capture = READ_ONCE(capc.page);
	WRITE_ONCE(task->capture_control, NULL);
	if (!buggy(capture_in_irq))
		*capture = READ_ONCE(capc.page);
	return *capture ? COMPACT_SUCCESS : ret;
}

/*
 * Make a block of @order for a request, zone by zone. *@capture is a free block
 * that belongs to the caller, or NULL. May sleep; no lock held.
 */
enum compact_result try_to_compact_pages(unsigned int order,
					 unsigned int alloc_flags,
					 const struct alloc_context *ac,
					 enum compact_priority prio,
					 struct page **capture)
{
	enum compact_result rc = COMPACT_SKIPPED, status;

	for (unsigned int i = ac->highest_zone + 1u; i-- > 0;) {
		struct zone *zone = &mem->zones[i];

		if (prio > MIN_COMPACT_PRIORITY &&
		    compaction_deferred(zone, order)) {
			rc = max(rc, (enum compact_result)COMPACT_DEFERRED);
			continue;
		}
		status = compact_zone_order(zone, order, alloc_flags, ac, prio,
					    capture);
		rc = max(rc, status);
		if (status == COMPACT_SUCCESS) {
			compaction_defer_reset(zone, order, false);
			break;
		}
		if (prio != COMPACT_PRIO_ASYNC &&
		    (status == COMPACT_COMPLETE ||
		     status == COMPACT_PARTIAL_SKIPPED))
			defer_compaction(zone, order);
		if (fatal_signal_pending())
			break;
	}
	return rc;
}

/* Of the running task, if it compacts @zone for a request. */
struct capture_control *task_capc(const struct zone *zone)
{
	struct capture_control *capc = current_struct()->capture_control;

	return capc && !capc->page && capc->cc->zone == zone ? capc : NULL;
}

/* Whether a block that comes free is what the request wants. */
static bool is_wanted(const struct compact_control *cc, unsigned int order,
		      enum migratetype mt)
{
	if (cc->order != (int)order)
		return false;
	/* Of an isolated pageblock, or a CMA area: not for everybody. */
	if (is_migrate_isolate(mt) || is_migrate_cma(mt))
		return false;
	/* A movable pageblock shall not be mixed for less than all of it. */
	return order >= pageblock_order || mt != MIGRATE_MOVABLE ||
	       cc->migratetype == MIGRATE_MOVABLE;
}

/* True, and the running task gets it. zone->lock held. */
bool compaction_capture(struct capture_control *capc, struct page *page,
			unsigned int order, enum migratetype mt)
{
	if (!is_wanted(capc->cc, order, mt))
		return false;
	capc->page = page;
	return true;
}

/* --- For others --- */

/* All of memory (/proc/sys/vm/compact_memory). 0 or -EINTR. May sleep. */
int compact_nodes(void)
{
	struct zone *zone;

	lru_add_drain_all();
	for_each_populated_zone(zone)
	{
		struct compact_control cc = {
			.order = COMPACT_ORDER_ALL,
			.mode = MIGRATE_SYNC,
			.zone = zone,
			.migratetype = MIGRATE_UNMOVABLE,
			.ignore_skip_hint = true,
			.whole_zone = true,
		};

		if (fatal_signal_pending())
			return -EINTR;
		compact_zone(&cc, NULL);
	}
	return 0;
}

static void kcompactd_do_zone(struct zone *zone, unsigned int order)
{
	struct compact_control cc = {
		.order = (int)order,
		.search_order = (int)order,
		.zone = zone,
		.migratetype = MIGRATE_UNMOVABLE,
		.mode = MIGRATE_SYNC_LIGHT,
		.highest_zone = (enum zone_type)(zone - mem->zones),
	};
	enum compact_result status;

	if (compaction_deferred(zone, order) ||
	    compaction_suit_allocation_order(zone, order, cc.highest_zone,
					     ALLOC_WMARK_MIN) !=
		    COMPACT_CONTINUE)
		return;
	status = compact_zone(&cc, NULL);
	if (status == COMPACT_SUCCESS) {
		compaction_defer_reset(zone, order, false);
	} else if (status == COMPACT_PARTIAL_SKIPPED ||
		   status == COMPACT_COMPLETE) {
		drain_all_pages(zone);
		defer_compaction(zone, order);
	}
}

/* What kcompactd does when it is woken for @order. May sleep; no lock held. */
void kcompactd_do_work(unsigned int order)
{
	struct zone *zone;

	for_each_populated_zone(zone) kcompactd_do_zone(zone, order);
}

/* Before kswapd sleeps. */
void reset_isolation_suitable(void)
{
	struct zone *zone;

	for_each_populated_zone(zone) __reset_isolation_suitable(zone);
}
