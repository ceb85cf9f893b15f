// SPDX-License-Identifier: GPL-2.0-only
/*
 * Watermarks: how many pages of a zone stay free for those who need them more.
 *
 * A request passes a watermark if the free pages that it may use, less those
 * that it asks for, are above it and above what requests for higher zones must
 * leave (lowmem_reserve). Pages of CMA areas and of HIGHATOMIC pageblocks count
 * for those only who may use them; rights lower the watermark. Most requests
 * keep LOW, and those that may not sleep, or have slept in vain, MIN. A zone
 * whose watermarks are all 0 has none: everybody passes.
 *
 * zone->lock protects the watermarks and the boost, and wmark_lock those who
 * set all of them; they are read without, as are the counters: a request may
 * pass that would not a moment later.
 *
 * Modelled on mm/page_alloc.c and balance_pgdat() in mm/vmscan.c of Linux 6.12,
 * except that near the marks the differences of all CPUs are counted, where
 * 6.12 relies on kswapd to keep them small, and that new watermarks change how
 * near that is at once. Left out: reclaim, so that kswapd finds nothing to do;
 * watermark_scale_factor and watermark_boost_factor as other than their
 * defaults.
 */
#include "internal.h"

#define WATERMARK_SCALE_FACTOR 10
#define WATERMARK_BOOST_FACTOR 15000
#define LOWMEM_RESERVE_RATIO 32
#define SWAP_CLUSTER_MAX 32ul

/* A watermark with the boost that it is raised by. */
unsigned long wmark_pages(const struct zone *zone, enum zone_watermarks mark)
{
	return zone->_watermark[mark] + zone->watermark_boost;
}

/* Free pages that a request may not use, and those that it will take. */
static long zone_watermark_unusable_free(const struct zone *zone,
					 unsigned int order,
					 unsigned int alloc_flags)
{
	unsigned long unusable = (1ul << order) - 1;

	if (!(alloc_flags & ALLOC_RESERVES))
		unusable += READ_ONCE(zone->nr_free_highatomic);
	if (!(alloc_flags & ALLOC_CMA) && !buggy(cma_free_in_watermark))
		unusable += zone_page_state(zone, NR_FREE_CMA_PAGES);
	return (long)unusable;
}

/* How much of the watermark @mark is left for those with rights. */
static long mark_with_rights(long mark, unsigned int alloc_flags)
{
	long min = mark;

	if (alloc_flags & ALLOC_MIN_RESERVE) {
		min -= min / 2;
		/* Not to be able to sleep alone is no right. */
		if (alloc_flags & ALLOC_NON_BLOCK)
			min -= min / 4;
	}
	/* An OOM victim will exit soon, and free what it has. */
	if (alloc_flags & ALLOC_OOM)
		min -= min / 2;
	return min;
}

/* Whether a list that the request may take from has a block for it. */
static bool has_suitable_block(const struct zone *zone, unsigned int order,
			       unsigned int alloc_flags)
{
	for (; order <= MAX_PAGE_ORDER; order++) {
		const struct free_area *area = &zone->free_area[order];

		if (!READ_ONCE(area->nr_free))
			continue;
		for (unsigned int mt = 0; mt < MIGRATE_PCPTYPES; mt++) {
			if (!list_empty(&area->free_list[mt]))
				return true;
		}
		if ((alloc_flags & ALLOC_CMA) &&
		    !list_empty(&area->free_list[MIGRATE_CMA]))
			return true;
		if ((alloc_flags & (ALLOC_HIGHATOMIC | ALLOC_OOM)) &&
		    !list_empty(&area->free_list[MIGRATE_HIGHATOMIC]))
			return true;
	}
	return false;
}

/*
 * Whether a request passes the watermark of @mark pages of @zone, which has
 * @free_pages. Racy; any context.
 */
bool __zone_watermark_ok(const struct zone *zone,
			 const struct watermark_look *look, unsigned long mark,
			 long free_pages)
{
	long min = mark_with_rights((long)mark, look->alloc_flags);

	/* It may become negative. */
	free_pages -= zone_watermark_unusable_free(zone, look->order,
						   look->alloc_flags);
	if (free_pages <= min + zone->lowmem_reserve[look->highest_zone])
		return false;
	return !look->order ||
	       has_suitable_block(zone, look->order, look->alloc_flags);
}

/* Near the marks what CPUs have not yet told decides. */
static long watermark_free_pages(const struct zone *zone)
{
	unsigned long free_pages = zone_page_state(zone, NR_FREE_PAGES);

	if (free_pages < zone->percpu_drift_mark &&
	    !buggy(percpu_counter_drift))
		free_pages = zone_page_state_snapshot(zone, NR_FREE_PAGES);
	return (long)free_pages;
}

/* Most requests are for one page, and far above the watermark. */
static bool has_plenty(const struct zone *zone,
		       const struct watermark_look *look, unsigned long mark,
		       long free_pages)
{
	unsigned int alloc_flags = look->alloc_flags;

	if (look->order)
		return false;
	if (buggy(fast_watermark_ignores_reserve))
		alloc_flags |= ALLOC_HIGHATOMIC;
	free_pages -= zone_watermark_unusable_free(zone, 0, alloc_flags);
	return free_pages >
	       (long)mark + zone->lowmem_reserve[look->highest_zone];
}

static bool watermark_fast(const struct zone *zone,
			   const struct watermark_look *look)
{
	unsigned long mark = wmark_pages(zone, look->mark);
	long free_pages = watermark_free_pages(zone);

	if (has_plenty(zone, look, mark, free_pages))
		return true;
	if (__zone_watermark_ok(zone, look, mark, free_pages))
		return true;
	/*
	 * What has to be done for a while less by the others is no reason to
	 * refuse an important request for one page.
	 */
	if (look->order || !(look->alloc_flags & ALLOC_MIN_RESERVE) ||
	    !zone->watermark_boost || look->mark != WMARK_MIN)
		return false;
	return __zone_watermark_ok(zone, look, zone->_watermark[WMARK_MIN],
				   free_pages);
}

/* Whether a request passes watermark @look->mark of @zone. Racy, no lock. */
bool zone_watermark_fast(const struct zone *zone,
			 const struct watermark_look *look)
{
	bool passed;

	arch_watermark_begin(zone);
	passed = watermark_fast(zone, look);
	arch_watermark_end(zone, look, passed);
	return passed;
}

/*
 * The same for @nr_pages single pages at once. Where there are no watermarks
 * whoever asks for more than there is gets what there is.
 */
bool zone_watermark_bulk(const struct zone *zone,
			 const struct watermark_look *look,
			 unsigned int nr_pages)
{
	unsigned long mark = wmark_pages(zone, look->mark) + nr_pages;
	long free_pages = watermark_free_pages(zone);

	return !zone->_watermark[WMARK_HIGH] ||
	       has_plenty(zone, look, mark, free_pages) ||
	       __zone_watermark_ok(zone, look, mark, free_pages);
}

/* --- Boost: after types were mixed in a pageblock --- */

/*
 * Raise the watermarks of @zone by a pageblock, at most by 150 % of HIGH, so
 * that kswapd makes room and it does not happen again soon. zone->lock held.
 */
void __boost_watermark(struct zone *zone, unsigned int alloc_flags)
{
	unsigned long max_boost =
		zone->_watermark[WMARK_HIGH] * WATERMARK_BOOST_FACTOR / 10000;

	lockdep_assert_held(&zone->lock);
	/* A small zone would have nothing left. */
	if (pageblock_nr_pages * 4 > zone->managed_pages || !max_boost)
		return;
	max_boost = max((unsigned long)pageblock_nr_pages, max_boost);
	zone->watermark_boost =
		min(zone->watermark_boost + pageblock_nr_pages, max_boost);
	if (alloc_flags & ALLOC_KSWAPD)
		set_bit(ZONE_BOOSTED_WATERMARK, &zone->flags);
}

void wakeup_kswapd(struct zone *zone)
{
	set_bit((unsigned int)(zone - mem->zones), &mem->kswapd_wanted);
}

static void end_boost(struct zone *zone, unsigned long boost)
{
	unsigned long flags;

	spin_lock_irqsave(&zone->lock, flags);
	zone->watermark_boost -= min(zone->watermark_boost, boost);
	spin_unlock_irqrestore(&zone->lock, flags);
}

/*
 * What kswapd does once somebody has woken it: it finds nothing to reclaim, and
 * the watermarks are no longer boosted by what they were when it began. Boosts
 * that come meanwhile stay. Compaction may look again where it has found
 * nothing. No lock held.
 */
void balance_pgdat(void)
{
	unsigned long boost[MAX_NR_ZONES];
	struct zone *zone;

	if (!READ_ONCE(mem->kswapd_wanted))
		return;
	for_each_populated_zone(zone)
	{
		clear_bit((unsigned int)(zone - mem->zones),
			  &mem->kswapd_wanted);
		boost[zone - mem->zones] = READ_ONCE(zone->watermark_boost);
	}
	for_each_populated_zone(zone)
	{
		if (boost[zone - mem->zones])
			end_boost(zone, boost[zone - mem->zones]);
	}
	reset_isolation_suitable();
}

/* --- Setting them --- */

/* ZONE_MOVABLE is nothing that reserves are needed of: it keeps little. */
static unsigned long min_pages_of(const struct zone *zone, unsigned long share)
{
	if (zone - mem->zones != ZONE_MOVABLE)
		return share;
	return clamp(zone->managed_pages / 1024, SWAP_CLUSTER_MAX, 128ul);
}

/* @nr_pages is for all of ZONE_NORMAL; the distances are not capped. */
static void setup_zone_wmarks(struct zone *zone, unsigned int nr_pages)
{
	/* A zone that is all hole has nothing to share. */
	unsigned long lowmem = max(mem->zones[ZONE_NORMAL].managed_pages, 1ul);
	unsigned long managed = zone->managed_pages, share, flags;

	spin_lock_irqsave(&zone->lock, flags);
	share = nr_pages * managed / lowmem;
	zone->_watermark[WMARK_MIN] = min_pages_of(zone, share);
	share = max(share / 4, managed * WATERMARK_SCALE_FACTOR / 10000);
	zone->watermark_boost = 0;
	zone->_watermark[WMARK_LOW] = zone->_watermark[WMARK_MIN] + share;
	zone->_watermark[WMARK_HIGH] = zone->_watermark[WMARK_LOW] + share;
	spin_unlock_irqrestore(&zone->lock, flags);
}

/* wmark_lock held. */
static void setup_all_wmarks(void)
{
	struct zone *zone;

	for_each_populated_zone(zone)
		setup_zone_wmarks(zone, mem->min_free_pages);
}

/* Limits that follow from the watermarks, or from the number of pages. */
static void update_limits(void)
{
	struct zone *zone;

	for_each_populated_zone(zone) zone_pcp_update(zone, 0);
	refresh_zone_stat_thresholds();
}

/* vm.min_free_kbytes, in pages. May sleep; no lock held. */
void set_min_free_pages(unsigned int nr_pages)
{
	spin_lock(&mem->wmark_lock);
	mem->watermarks_set = true;
	mem->min_free_pages = nr_pages;
	setup_all_wmarks();
	spin_unlock(&mem->wmark_lock);
	update_limits();
}

/* What requests that could use higher zones leave in this one. */
static void setup_lowmem_reserve(struct zone *zone)
{
	unsigned long managed = 0, flags;
	struct zone *higher = zone + 1;

	spin_lock_irqsave(&zone->lock, flags);
	for (; higher < mem->zones + nr_zones(); higher++) {
		managed += higher->managed_pages;
		zone->lowmem_reserve[higher - mem->zones] =
			(long)(managed / LOWMEM_RESERVE_RATIO);
	}
	spin_unlock_irqrestore(&zone->lock, flags);
}

/*
 * Zones have got their pages, or more or fewer of them: all that follows from
 * that; a boost ends. May sleep; no lock held.
 */
void init_per_zone_wmark_min(void)
{
	struct zone *zone;

	spin_lock(&mem->wmark_lock);
	if (mem->watermarks_set)
		setup_all_wmarks();
	spin_unlock(&mem->wmark_lock);
	update_limits();
	for_each_populated_zone(zone) setup_lowmem_reserve(zone);
}

/* At boot, when all pages have been freed. */
void watermarks_init(void)
{
	spin_lock_init(&mem->wmark_lock, 0);
	mem->watermarks_set = mm_geometry.min_free;
	mem->min_free_pages = mm_geometry.min_free;
	init_per_zone_wmark_min();
}
