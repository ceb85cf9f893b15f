// SPDX-License-Identifier: GPL-2.0-only
/*
 * HIGHATOMIC pageblocks: set aside for requests of high orders that cannot
 * wait, after the first of them has had to use what is below the watermarks.
 *
 * The free pages of such a pageblock lie on lists of their own. Up to 1 % of a
 * zone is reserved, nr_reserved_highatomic pages; they go back one pageblock at
 * a time to requests that would fail otherwise, and when they are isolated.
 *
 * zone->lock protects the types and both counters; nr_free_highatomic is read
 * without it by those who look at the watermarks.
 *
 * Modelled on mm/page_alloc.c of Linux 6.12, except that a block of several
 * pageblocks reserves those only that are of a normal type, where 6.12 looks at
 * the first, and that isolation ends a reservation, where 6.12 counts it for
 * ever. Left out: that 6.12 also gives up all but one pageblock of a zone when
 * direct reclaim has freed pages and the request still gets none; there is no
 * reclaim.
 */
#include "internal.h"

/*
 * At most 1 % of the zone, rounded up to a pageblock; nothing if that is less
 * than one.
 */
static unsigned long max_reserved(const struct zone *zone)
{
	unsigned long percent = zone->managed_pages / 100;

	if (percent < pageblock_nr_pages)
		return 0;
	return ALIGN(percent, (unsigned long)pageblock_nr_pages);
}

/* The pageblocks of a block that is as large as one, or larger. */
static void __reserve_pageblocks(struct zone *zone, unsigned int pfn,
				 unsigned int order)
{
	unsigned int end = pfn + (1u << order);

	for (; pfn < end; pfn += pageblock_nr_pages) {
		if (!migratetype_is_mergeable(__block_type(pfn)))
			continue;
		zone->nr_reserved_highatomic += pageblock_nr_pages;
		set_pageblock_migratetype(pfn, MIGRATE_HIGHATOMIC);
	}
}

static void __reserve(struct zone *zone, unsigned int pfn, unsigned int order)
{
	enum migratetype mt = __block_type(pfn);

	if (order >= pageblock_order) {
		if (buggy(highatomic_multiblock)) {
			zone->nr_reserved_highatomic +=
				(1u << order) - pageblock_nr_pages;
			order = pageblock_order;
		}
		__reserve_pageblocks(zone, pfn, order);
		return;
	}
	if (!migratetype_is_mergeable(mt) || !zone_spans_pageblock(zone, pfn))
		return;
	__move_freepages_block(zone, pfn, mt, MIGRATE_HIGHATOMIC);
	zone->nr_reserved_highatomic += pageblock_nr_pages;
}

/*
 * A request with ALLOC_HIGHATOMIC has got @page: reserve the pageblocks that it
 * lies in for those to come, unless enough is reserved. No lock held.
 */
void reserve_highatomic_pageblock(struct page *page, unsigned int order,
				  struct zone *zone)
{
	unsigned long max_managed = max_reserved(zone), flags;

	/* Racy, but looked at again. */
	if (READ_ONCE(zone->nr_reserved_highatomic) >= max_managed)
		return;
	spin_lock_irqsave(&zone->lock, flags);
	if (zone->nr_reserved_highatomic < max_managed)
		__reserve(zone, page_to_pfn(page), order);
	spin_unlock_irqrestore(&zone->lock, flags);
}

/* Make the pageblocks around a free block of @order ones of type @mt. */
static void __unreserve(struct zone *zone, struct page *page,
			unsigned int order, enum migratetype mt)
{
	unsigned int pfn = page_to_pfn(page);
	unsigned long nr_pages = pageblock_nr_pages;

	if (order > pageblock_order && !buggy(highatomic_double_decrement))
		nr_pages = 1ul << order;
	zone->nr_reserved_highatomic -=
		min(nr_pages, zone->nr_reserved_highatomic);
	if (order < pageblock_order) {
		__move_freepages_block(zone, pfn, MIGRATE_HIGHATOMIC, mt);
		return;
	}
	__move_to_free_list(page, zone, order, MIGRATE_HIGHATOMIC, mt);
	__change_pageblock_range(pfn, order, mt);
}

static bool unreserve_in_zone(struct zone *zone, enum migratetype mt)
{
	struct page *page = NULL;
	unsigned long flags;
	unsigned int order;

	spin_lock_irqsave(&zone->lock, flags);
	for (order = 0; order <= MAX_PAGE_ORDER; order++) {
		page = list_first_entry_or_null(
			&zone->free_area[order].free_list[MIGRATE_HIGHATOMIC],
			struct page, lru);
		if (page)
			break;
	}
	if (page)
		__unreserve(zone, page, order, mt);
	spin_unlock_irqrestore(&zone->lock, flags);
	return page != NULL;
}

/*
 * A request is about to fail: give it a HIGHATOMIC pageblock that has free
 * pages, the last one too. Returns whether there was one. No lock held.
 */
bool unreserve_highatomic_pageblock(const struct alloc_context *ac)
{
	for (unsigned int i = ac->highest_zone + 1u; i-- > 0;) {
		if (unreserve_in_zone(&mem->zones[i], ac->migratetype))
			return true;
	}
	return false;
}

/*
 * A pageblock of type @old_mt is about to be isolated; the type it gets when
 * that ends is another. zone->lock held.
 */
void __unreserve_isolated(struct zone *zone, enum migratetype old_mt)
{
	lockdep_assert_held(&zone->lock);
	if (is_migrate_highatomic(old_mt) &&
	    !buggy(highatomic_lost_by_isolation))
		zone->nr_reserved_highatomic -= pageblock_nr_pages;
}
