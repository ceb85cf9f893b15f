// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which free list an allocation takes from: its own type, the CMA area, or
 * what it can claim or steal from the other types.
 *
 * To claim is to make a whole pageblock one of the requested type, if most of
 * it is free or alike; to steal is to take pages and leave the pageblock as it
 * is, so that it becomes a mixed one. CMA pageblocks keep their type for ever.
 *
 * zone->lock protects all of it; every function expects the caller to hold it.
 *
 * Modelled on __rmqueue() and below in mm/page_alloc.c of Linux 6.12. A
 * HIGHATOMIC block is never claimed: none lies on the list of a type that is.
 */
#include "internal.h"

#define NR_FALLBACKS (MIGRATE_PCPTYPES - 1)

static const enum migratetype fallbacks[MIGRATE_PCPTYPES][NR_FALLBACKS] = {
	[MIGRATE_UNMOVABLE] = { MIGRATE_RECLAIMABLE, MIGRATE_MOVABLE },
	[MIGRATE_MOVABLE] = { MIGRATE_RECLAIMABLE, MIGRATE_UNMOVABLE },
	[MIGRATE_RECLAIMABLE] = { MIGRATE_UNMOVABLE, MIGRATE_MOVABLE },
};

/* Unmovable pages in a movable block are worse than the converse. */
static bool can_steal_fallback(unsigned int order, enum migratetype start_mt)
{
	return order >= pageblock_order / 2 ||
	       start_mt == MIGRATE_RECLAIMABLE ||
	       start_mt == MIGRATE_UNMOVABLE ||
	       mm_geometry.group_by_mobility_disabled;
}

/* First type other than @mt that has a free block of exactly @order, or -1. */
static int __find_suitable_fallback(const struct free_area *area,
				    enum migratetype mt)
{
	if (!area->nr_free)
		return -1;
	for (unsigned int i = 0; i < NR_FALLBACKS; i++) {
		if (!list_empty(&area->free_list[fallbacks[mt][i]]))
			return (int)fallbacks[mt][i];
	}
	return -1;
}

/* The same, without the lock: whether @mt could claim one of @order there. */
bool can_claim_fallback(const struct free_area *area, unsigned int order,
			enum migratetype mt)
{
	return can_steal_fallback(order, mt) &&
	       __find_suitable_fallback(area, mt) >= 0;
}

/*
 * Count the free and the movable pages of a pageblock. A page on the LRU can
 * be migrated; whether it really could is too costly to find out here.
 */
static void __count_block(unsigned int start, unsigned int *nr_free,
			  unsigned int *nr_movable)
{
	*nr_free = 0;
	*nr_movable = 0;
	for (unsigned int pfn = start; pfn < pageblock_end_pfn(start);) {
		struct page *page = pfn_to_page(pfn);
		unsigned int nr = 1;

		if (page->buddy) {
			nr = 1u << page->private;
			*nr_free += nr;
		} else if (page->flags & FLAGS_MOVABLE) {
			(*nr_movable)++;
		}
		pfn += nr;
	}
}

/*
 * Claim the pageblock around @page, a free block of @high, for @start_mt, and
 * allocate from it. NULL if too little of it is free or alike, or it reaches
 * beyond the zone. Mixing types in a pageblock raises the watermarks.
 */
static struct page *__try_to_claim_block(struct zone *zone, struct page *page,
					 unsigned int high, unsigned int order,
					 enum migratetype start_mt,
					 unsigned int alloc_flags)
{
	unsigned int nr_free, nr_movable, nr_alike = 0, nr_added;
	unsigned int pfn = page_to_pfn(page), start = pageblock_start_pfn(pfn);
	enum migratetype block_mt = __block_type(pfn);

	if (high >= pageblock_order) {
		__del_page_from_free_list(page, zone, high, block_mt);
		__change_pageblock_range(pfn, high, start_mt);
		nr_added = __expand(zone, page, order, high, start_mt);
		__account_freepages(zone, nr_added, start_mt);
		return page;
	}

	__boost_watermark(zone, alloc_flags);
	if (!zone_spans_pageblock(zone, pfn))
		return NULL;
	__count_block(start, &nr_free, &nr_movable);
	/*
	 * What is not movable in a movable block is alike for the two others;
	 * between these, nobody can tell.
	 */
	if (start_mt == MIGRATE_MOVABLE)
		nr_alike = nr_movable;
	else if (block_mt == MIGRATE_MOVABLE)
		nr_alike = pageblock_nr_pages - (nr_free + nr_movable);

	if (nr_free + nr_alike < pageblock_nr_pages / 2 &&
	    !mm_geometry.group_by_mobility_disabled)
		return NULL;
	__move_freepages_block(zone, start, block_mt, start_mt);
	return __rmqueue_smallest(zone, order, start_mt);
}

/*
 * Claim from the largest block there is: it stands for the pageblock with the
 * most free pages. With ALLOC_NOFRAGMENT whole pageblocks only.
 */
static struct page *__rmqueue_claim(struct zone *zone, unsigned int order,
				    enum migratetype start_mt,
				    unsigned int alloc_flags)
{
	unsigned int min_order = order;

	if (order < pageblock_order && (alloc_flags & ALLOC_NOFRAGMENT))
		min_order = pageblock_order;

	for (unsigned int high = MAX_PAGE_ORDER + 1; high-- > min_order;) {
		struct free_area *area = &zone->free_area[high];
		int mt = __find_suitable_fallback(area, start_mt);
		struct page *page;

		if (mt < 0)
			continue;
		if (!can_steal_fallback(high, start_mt))
			break;
		page = list_first_entry(&area->free_list[mt], struct page, lru);
		page = __try_to_claim_block(zone, page, high, order, start_mt,
					    alloc_flags);
		if (page)
			return page;
	}
	return NULL;
}

/* Steal from the smallest block that will do. */
static struct page *__rmqueue_steal(struct zone *zone, unsigned int order,
				    enum migratetype start_mt)
{
	for (unsigned int high = order; high <= MAX_PAGE_ORDER; high++) {
		int mt = __find_suitable_fallback(&zone->free_area[high],
						  start_mt);

		if (mt >= 0)
			return __rmqueue_smallest(zone, order,
						  (enum migratetype)mt);
	}
	return NULL;
}

/*
 * Policy cma-use=aggressive: of as many pages as a pageblock has from the
 * smaller of CMA area and other memory, and the larger one in proportion, it is
 * first the other memory's turn, then the area's.
 */
static bool __is_turn_of_cma(struct zone *zone, unsigned int order)
{
	unsigned long nr_cma = mem->cma.count;
	unsigned long nr_other = zone->managed_pages - nr_cma;
	unsigned long smaller = min(nr_cma, nr_other);

	/* Of this zone neither may be all, or nothing. */
	if (!smaller || page_zone(pfn_to_page(mem->cma.base_pfn)) != zone)
		return false;
	if (zone->nr_try_movable <= 0 && zone->nr_try_cma <= 0) {
		zone->nr_try_movable =
			(long)(pageblock_nr_pages * nr_other / smaller);
		zone->nr_try_cma =
			(long)(pageblock_nr_pages * nr_cma / smaller);
	}
	if (zone->nr_try_movable > 0) {
		zone->nr_try_movable -= 1L << order;
		return false;
	}
	zone->nr_try_cma -= 1L << order;
	return true;
}

/* Whether a request that may use the CMA area begins there. */
static bool __begins_in_cma(struct zone *zone, unsigned int order)
{
	if (policy(cma_use) == cma_use_last_resort)
		return false;
	if (policy(cma_use) == cma_use_aggressive)
		return __is_turn_of_cma(zone, order);
	/* Balance movable allocations between CMA areas and the rest. */
	return zone_page_state(zone, NR_FREE_CMA_PAGES) >
	       zone_page_state(zone, NR_FREE_PAGES) / 2;
}

/*
 * Take a block of @order for a request of type @mt off the lists. @mode says
 * where to begin and remembers where the block was found; RMQUEUE_NORMAL to
 * begin with. NULL if there is none.
 */
struct page *__rmqueue(struct zone *zone, unsigned int order,
		       enum migratetype mt, unsigned int alloc_flags,
		       enum rmqueue_mode *mode)
{
	struct page *page = NULL;

	lockdep_assert_held(&zone->lock);
	if ((alloc_flags & ALLOC_CMA) && __begins_in_cma(zone, order))
		page = __rmqueue_smallest(zone, order, MIGRATE_CMA);
	if (page)
		return page;

	if (*mode == RMQUEUE_NORMAL) {
		page = __rmqueue_smallest(zone, order, mt);
		if (page)
			return page;
	}
	if (*mode <= RMQUEUE_CMA && (alloc_flags & ALLOC_CMA)) {
		page = __rmqueue_smallest(zone, order, MIGRATE_CMA);
		if (page) {
			*mode = RMQUEUE_CMA;
			return page;
		}
	}
	if (*mode <= RMQUEUE_CLAIM) {
		page = __rmqueue_claim(zone, order, mt, alloc_flags);
		if (page) {
			/* There is a whole pageblock of the type now. */
			*mode = RMQUEUE_NORMAL;
			return page;
		}
	}
	if (!(alloc_flags & ALLOC_NOFRAGMENT)) {
		page = __rmqueue_steal(zone, order, mt);
		if (page)
			*mode = RMQUEUE_STEAL;
	}
	return page;
}
