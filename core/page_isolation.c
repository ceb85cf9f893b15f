// SPDX-License-Identifier: GPL-2.0-only
/*
 * Isolation of pageblocks: their free pages, and those freed into them from
 * now on, are not allocated and do not count as free.
 *
 * A pageblock is isolated by one claimant at a time: whoever finds it isolated
 * gets -EBUSY. The type it had is not kept; un-isolation sets the one that the
 * claimant names. Pages that lie on a pcplist, or are on their way to one, are
 * not stopped: a claimant drains the pcplists and looks again.
 *
 * zone->lock protects the types, the lists and nr_isolate_pageblock.
 *
 * Modelled on mm/page_isolation.c of Linux 6.12, except that un-isolation puts
 * a free block that covers several pageblocks back one by one, each by its own
 * type, where 6.12 gives the whole block the type of the first; and that a
 * HIGHATOMIC pageblock that is isolated is reserved no more. Left out:
 * migration of compound pages across the border, memory holes.
 */
#include "internal.h"

/*
 * What for: memory that goes offline leaves behind what is broken, others have
 * to do without the pageblock.
 */
enum pb_isolate_mode { PB_ISOLATE_MODE_MEM_OFFLINE, PB_ISOLATE_MODE_OTHER };

/*
 * First page of [start, end), within one pageblock, that cannot be moved away,
 * or NULL. Racy: what is movable now may not be so later.
 *
 * Contiguous allocation from a CMA area must be able to isolate whatever is in
 * there; nobody else may touch a CMA pageblock.
 */
static struct page *__has_unmovable_pages(unsigned int start, unsigned int end,
					  enum migratetype migratetype,
					  enum pb_isolate_mode mode)
{
	if (is_migrate_cma(__block_type(start))) {
		if (is_migrate_cma(migratetype))
			return NULL;
		if (!buggy(offline_cma_block))
			return pfn_to_page(start);
	}

	for (unsigned int pfn = start; pfn < end; pfn++) {
		struct page *page = pfn_to_page(pfn);
		struct page *head = compound_head(page);
		unsigned long flags = READ_ONCE(head->flags);

		if (flags & (1ul << PG_reserved))
			return page;
		/* Nobody may have a page there that cannot be moved. */
		if (page_zone(page) == &mem->zones[ZONE_MOVABLE])
			continue;
		/* The head may lie before the range. */
		if (head != page && !(flags & FLAGS_MOVABLE))
			return page;
		if (!atomic_read(&page->refcount)) {
			if (page->buddy)
				pfn += (1u << page->private) - 1;
			continue;
		}
		if (mode == PB_ISOLATE_MODE_MEM_OFFLINE &&
		    flags & 1ul << PG_hwpoison)
			continue;
		if (!(flags & FLAGS_MOVABLE))
			return page;
	}
	return NULL;
}

/*
 * Policy counted-at-the-top, where isolate lists count like others: take the
 * free pages of a pageblock that has just been isolated off the counter, and
 * remember how many they are, X. What is freed into it later counts.
 */
static void __take_off_counter(struct zone *zone, unsigned int pfn)
{
	unsigned int end = pageblock_end_pfn(pfn), nr_free = 0, i;

	if (policy(isolation_accounting) == isolation_accounting_exact)
		return;
	for (i = pfn; i < end; i++) {
		if (pfn_to_page(i)->buddy)
			nr_free += 1u << pfn_to_page(i)->private;
	}
	pfn_to_page(pfn)->nr_taken_off = (u16)nr_free;
	__mod_zone_page_state(zone, NR_FREE_PAGES, -(long)nr_free);
}

/*
 * Policy counted-at-the-top-less-migrated: @nr_pages pages have been moved out
 * of a range that the caller has isolated, from @start on. They are taken to be
 * free on isolate lists, M of them, and come off the counter until X does not
 * count any more either. Whoever else has a reference on one, or freed one,
 * makes that wrong.
 */
void count_migrated_pages(unsigned int start, unsigned int nr_pages)
{
	struct page *first = pfn_to_page(pageblock_start_pfn(start));
	struct zone *zone = page_zone(pfn_to_page(start));
	unsigned long flags;

	if (policy(isolation_accounting) != isolation_accounting_less_migrated)
		return;
	spin_lock_irqsave(&zone->lock, flags);
	first->nr_taken_off = (u16)(first->nr_taken_off + nr_pages);
	__mod_zone_page_state(zone, NR_FREE_PAGES, -(long)nr_pages);
	spin_unlock_irqrestore(&zone->lock, flags);
}

/*
 * Policy counted-at-the-top: add X back for each pageblock that [start, end)
 * touches. Either its claimant gives up, or its N pages are being taken off the
 * lists, and so off the counter: N - X is what shall be missing from it.
 */
void __add_to_counter(struct zone *zone, unsigned int start, unsigned int end)
{
	for (start = pageblock_start_pfn(start); start < end;
	     start += pageblock_nr_pages) {
		__mod_zone_page_state(zone, NR_FREE_PAGES,
				      pfn_to_page(start)->nr_taken_off);
		pfn_to_page(start)->nr_taken_off = 0;
	}
}

/* Isolate the pageblock at @pfn for a claimant that wants [start, end). */
static int set_migratetype_isolate(unsigned int pfn, enum migratetype mt,
				   unsigned int start, unsigned int end,
				   enum pb_isolate_mode mode)
{
	struct zone *zone = page_zone(pfn_to_page(pfn));
	unsigned long flags;
	int ret = -EBUSY;

	spin_lock_irqsave(&zone->lock, flags);
	if (is_migrate_isolate(__block_type(pfn))) {
		/* Somebody else has it, and will un-isolate it. */
		if (buggy(double_isolate_undo))
			ret = 0;
		goto out;
	}
	/* A pageblock that the zone holds only in part cannot be isolated. */
	if (!zone_spans_pageblock(zone, pfn))
		goto out;
	start = max(pfn, start);
	end = min(pageblock_end_pfn(pfn), end);
	if (__has_unmovable_pages(start, end, mt, mode))
		goto out;
	__unreserve_isolated(zone, __block_type(pfn));
	__move_freepages_block_isolate(zone, pfn, MIGRATE_ISOLATE);
	__take_off_counter(zone, pfn);
	zone->nr_isolate_pageblock++;
	ret = 0;
out:
	spin_unlock_irqrestore(&zone->lock, flags);
	return ret;
}

/*
 * A free block of whole pageblocks may have a free buddy that it could not
 * merge with while isolated: take it off and free it again, so that they do.
 */
static bool __unisolate_by_merging(struct zone *zone, unsigned int pfn,
				   enum migratetype mt)
{
	struct page *page = pfn_to_page(pfn);
	unsigned int order, buddy_pfn;

	if (!page->buddy || page->private < pageblock_order ||
	    page->private >= MAX_PAGE_ORDER)
		return false;
	order = (unsigned int)page->private;
	if (!__find_buddy(zone, pfn, order, &buddy_pfn) ||
	    is_migrate_isolate(__block_type(buddy_pfn)))
		return false;
	__del_page_from_free_list(page, zone, order, MIGRATE_ISOLATE);
	set_pageblock_migratetype(pfn, mt);
	if (buggy(unisolate_multiblock))
		__free_one_page(page, pfn, zone, order, mt, FPI_TO_TAIL);
	else
		__split_large_buddy(zone, pfn, order, FPI_TO_TAIL);
	return true;
}

/* End the isolation of the pageblock at @pfn, if there is one. */
static void unset_migratetype_isolate(unsigned int pfn, enum migratetype mt)
{
	struct zone *zone = page_zone(pfn_to_page(pfn));
	unsigned long flags;

	spin_lock_irqsave(&zone->lock, flags);
	if (is_migrate_isolate(__block_type(pfn))) {
		if (!__unisolate_by_merging(zone, pfn, mt))
			__move_freepages_block_isolate(zone, pfn, mt);
		__add_to_counter(zone, pfn, pageblock_end_pfn(pfn));
		zone->nr_isolate_pageblock--;
	}
	spin_unlock_irqrestore(&zone->lock, flags);
}

/*
 * Isolate all pageblocks that [start_pfn, end_pfn) touches, first and last one
 * before the others, as in the kernel, where pages may straddle the borders of
 * the range.
 */
static int isolate_range(unsigned int start_pfn, unsigned int end_pfn,
			 enum migratetype migratetype,
			 enum pb_isolate_mode mode)
{
	unsigned int start = pageblock_start_pfn(start_pfn);
	unsigned int end = pageblock_end_pfn(end_pfn - 1);
	unsigned int last = end - pageblock_nr_pages, pfn;
	int ret;

	ret = set_migratetype_isolate(start, migratetype, start, end, mode);
	if (ret)
		return ret;
	if (last == start)
		return 0;
	ret = set_migratetype_isolate(last, migratetype, last, end, mode);
	if (ret)
		goto undo_first;

	for (pfn = start + pageblock_nr_pages; pfn < last;
	     pfn += pageblock_nr_pages) {
		ret = set_migratetype_isolate(pfn, migratetype, start_pfn,
					      end_pfn, mode);
		if (ret)
			goto undo_all;
	}
	return 0;

undo_all:
	for (start += pageblock_nr_pages; start < pfn;
	     start += pageblock_nr_pages)
		unset_migratetype_isolate(start, migratetype);
	unset_migratetype_isolate(last, migratetype);
undo_first:
	unset_migratetype_isolate(pageblock_start_pfn(start_pfn), migratetype);
	return ret;
}

/*
 * Isolate all pageblocks that [start_pfn, end_pfn) touches. Returns 0, or
 * -EBUSY if one of them is isolated already, holds an unmovable page, or
 * reaches beyond the zone; then none of them has been isolated by this call,
 * and pageblocks that were, for a moment, have type @migratetype, which is
 * MIGRATE_MOVABLE or MIGRATE_CMA. The range lies in one zone. No lock held.
 */
int start_isolate_page_range(unsigned int start_pfn, unsigned int end_pfn,
			     enum migratetype migratetype)
{
	return isolate_range(start_pfn, end_pfn, migratetype,
			     PB_ISOLATE_MODE_OTHER);
}

/*
 * The same for memory that is to go offline: what is broken does not count as
 * unmovable, and the type is MIGRATE_MOVABLE.
 */
int start_isolate_offline_range(unsigned int start_pfn, unsigned int end_pfn)
{
	return isolate_range(start_pfn, end_pfn, MIGRATE_MOVABLE,
			     PB_ISOLATE_MODE_MEM_OFFLINE);
}

/*
 * End the isolation of all pageblocks that [start_pfn, end_pfn) touches; they
 * get type @migratetype. The caller must be the one who isolated them.
 */
void undo_isolate_page_range(unsigned int start_pfn, unsigned int end_pfn,
			     enum migratetype migratetype)
{
	for (unsigned int pfn = pageblock_start_pfn(start_pfn); pfn < end_pfn;
	     pfn += pageblock_nr_pages) {
		if (is_migrate_isolate(get_pfnblock_migratetype(pfn)))
			unset_migratetype_isolate(pfn, migratetype);
	}
}
