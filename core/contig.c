// SPDX-License-Identifier: GPL-2.0-only
/*
 * Contiguous allocation: taking a given range of pages.
 *
 * The range is isolated, so that what is freed into it stays there, and what is
 * in use is moved elsewhere, or dropped if it can be read again; if all of it
 * is free then, its pages are taken off the isolate lists, and the isolation
 * ends. A compound request gets one block that is its range exactly, or
 * nothing.
 *
 * Modelled on alloc_contig_range() in mm/page_alloc.c and on
 * isolate_freepages_range() in mm/compaction.c of Linux 6.12, except that a
 * failure to isolate does not undo what others have isolated in the range, and
 * that a compound request which cannot be met gives back what it has grabbed;
 * 6.12 does the one and not the other.
 */
#include "internal.h"

/* Whether the others leave @zone above its lowest watermark. */
static bool may_go(const struct zone *zone, unsigned int order)
{
	const struct watermark_look look = { .alloc_flags = ALLOC_CMA };

	return !zone->_watermark[WMARK_MIN] ||
	       __zone_watermark_ok(zone, &look,
				   zone->_watermark[WMARK_MIN] + (1ul << order),
				   (long)zone_page_state(zone, NR_FREE_PAGES));
}

/*
 * Take a free block off its list; it belongs to the caller then. Pageblocks
 * that it covers in half or more become movable (mm/page_alloc.c). False, and
 * nothing has changed, if a watermark is against it; what is isolated is not
 * counted there.
 */
bool __isolate_free_page(struct page *page, struct zone *zone,
			 unsigned int order)
{
	unsigned int pfn = page_to_pfn(page), end = pfn + (1u << order);
	enum migratetype block_mt = __block_type(pfn);

	lockdep_assert_held(&zone->lock);
	if (!is_migrate_isolate(block_mt) && !may_go(zone, order))
		return false;
	__del_page_from_free_list(page, zone, order, block_mt);
	if (order + 1 < pageblock_order)
		return true;
	for (; pfn < end; pfn += pageblock_nr_pages) {
		enum migratetype mt = __block_type(pfn);

		if (migratetype_is_mergeable(mt) &&
		    zone_spans_pageblock(zone, pfn))
			__move_freepages_block(zone, pfn, mt, MIGRATE_MOVABLE);
	}
	return true;
}

/*
 * First pfn of the free block that @start lies in, or @start itself, found
 * without zone->lock: isolated pages do not leave the free lists, but blocks
 * around them may merge and split meanwhile.
 */
static unsigned int find_large_buddy(unsigned int start)
{
	unsigned int order = 0, pfn = start;

	while (!READ_ONCE(pfn_to_page(pfn)->buddy)) {
		if (++order > MAX_PAGE_ORDER)
			return start;
		pfn &= ~0u << order;
	}
	order = (unsigned int)READ_ONCE(pfn_to_page(pfn)->private);
	return pfn + (1u << order) > start ? pfn : start;
}

/* Pages of the free block at @page, or 1 of one that may be @left; else 0. */
static unsigned int nr_isolated_at(const struct page *page,
				   bool (*left)(const struct page *page))
{
	if (page->buddy)
		return 1u << page->private;
	return left && left(page);
}

/*
 * Whether all pages of [start, end) lie in isolated blocks and are free, but
 * for those that may be @left, if that is not NULL.
 */
bool test_pages_isolated(unsigned int start, unsigned int end,
			 bool (*left)(const struct page *page))
{
	struct zone *zone = page_zone(pfn_to_page(start));
	unsigned long flags;
	unsigned int pfn;

	for (pfn = start; pfn < end; pfn += pageblock_nr_pages) {
		if (!is_migrate_isolate(get_pfnblock_migratetype(pfn)))
			return false;
	}
	spin_lock_irqsave(&zone->lock, flags);
	for (pfn = start; pfn < end;) {
		unsigned int nr = nr_isolated_at(pfn_to_page(pfn), left);

		if (!nr)
			break;
		pfn += nr;
	}
	spin_unlock_irqrestore(&zone->lock, flags);
	return pfn >= end;
}

/* Make what __isolate_free_page() gave an allocated block like any other. */
static void mark_allocated(struct page *page, unsigned int order)
{
	post_alloc_hook(page, order);
	set_page_refcounted(page);
}

/*
 * Take the free blocks that make up [pfn, block_end), which lies within one
 * pageblock; the last one may reach beyond. Returns the pfn behind what was
 * taken: less than @block_end if a page was not free.
 */
static unsigned int isolate_freepages_block(unsigned int pfn,
					    unsigned int block_end,
					    struct list_head *freelist)
{
	struct zone *zone = page_zone(pfn_to_page(pfn));
	unsigned long flags;

	spin_lock_irqsave(&zone->lock, flags);
	while (pfn < block_end) {
		struct page *page = pfn_to_page(pfn);
		unsigned int order;

		if (!page->buddy)
			break;
		order = (unsigned int)page->private;
		__isolate_free_page(page, zone, order);
		__add_to_counter(zone, pfn, pfn + (1u << order));
		page->private = order;
		list_add_tail(&page->lru, freelist);
		pfn += 1u << order;
	}
	spin_unlock_irqrestore(&zone->lock, flags);
	return pfn;
}

/* Give back what was taken in vain. Returns the highest pfn of a block. */
unsigned int release_free_list(struct list_head *freelist)
{
	unsigned int highest = 0;

	while (!list_empty(freelist)) {
		struct page *page =
			list_first_entry(freelist, struct page, lru);
		unsigned int order = (unsigned int)page->private;

		list_del(&page->lru);
		highest = max(highest, page_to_pfn(page));
		mark_allocated(page, order);
		__free_pages(page, order);
	}
	return highest;
}

/*
 * Take all pages of [start, end) off the free lists, and those behind @end
 * that are in one block with them. Returns the end of what was taken, or 0 and
 * nothing is taken.
 */
static unsigned int isolate_freepages_range(unsigned int start,
					    unsigned int end,
					    struct list_head *freelist)
{
	unsigned int pfn = start;

	while (pfn < end) {
		unsigned int block_end = min(pageblock_end_pfn(pfn), end);

		pfn = isolate_freepages_block(pfn, block_end, freelist);
		if (pfn < block_end) {
			release_free_list(freelist);
			return 0;
		}
	}
	return pfn;
}

/* Turn the blocks of @freelist into single allocated pages. */
static void split_free_pages(struct list_head *freelist)
{
	while (!list_empty(freelist)) {
		struct page *page =
			list_first_entry(freelist, struct page, lru);
		unsigned int order = (unsigned int)page->private;

		list_del(&page->lru);
		mark_allocated(page, order);
		split_page(page, order);
	}
}

/* log2 of a number of pages that is a power of two. */
static unsigned int pages_to_order(unsigned int nr_pages)
{
	unsigned int order = 0;

	while (1u << order < nr_pages)
		order++;
	return order;
}

/* One block of what was taken, [start, end), as any other allocation. */
static void join_free_pages(struct list_head *freelist, unsigned int start,
			    unsigned int end)
{
	while (!list_empty(freelist))
		list_del(freelist->next);
	for (unsigned int pfn = start; pfn < end; pfn++)
		pfn_to_page(pfn)->private = 0;
	prep_new_page(pfn_to_page(start), pages_to_order(end - start),
		      __GFP_COMP);
}

/*
 * Hand out [start, end) of [outer_start, outer_end), all of which has been
 * taken, and free the rest; a compound request must have got its range alone.
 * Returns 0, or -EINVAL and all is free again.
 */
static int hand_out(struct list_head *freelist, unsigned int start,
		    unsigned int end, unsigned int outer_start,
		    unsigned int outer_end, gfp_t gfp)
{
	if (!(gfp & __GFP_COMP)) {
		split_free_pages(freelist);
		/* Taken only as part of the range's blocks. */
		if (start != outer_start)
			free_contig_range(outer_start, start - outer_start);
		if (end != outer_end)
			free_contig_range(end, outer_end - end);
		return 0;
	}
	if (start == outer_start && end == outer_end &&
	    !((end - start) & (end - start - 1))) {
		join_free_pages(freelist, start, end);
		return 0;
	}
	if (!buggy(contig_error_leak))
		release_free_list(freelist);
	return -EINVAL;
}

#define MAX_TRIES 5

/* These are in the way: whoever reads the log can see why. */
static void alloc_contig_dump_pages(const struct list_head *list)
{
	const struct list_head *entry;

	for (entry = list->next; entry != list; entry = entry->next)
		dump_page(list_entry(entry, struct page, lru),
			  "migration failure");
}

/*
 * Free what is on the LRU of [start, end) and clean, and move the rest out of
 * it. Returns 0; -EBUSY, a page could
 * not be moved; -ENOMEM, there was none to move it to; -EINTR, the task was
 * killed. After an error some have been moved.
 */
static int __alloc_contig_migrate_range(unsigned int start, unsigned int end)
{
	const unsigned int first = start;
	unsigned int tries = 0, nr_moved = 0;
	struct list_head list;
	int ret = 0;

	INIT_LIST_HEAD(&list);
	lru_cache_disable();
	while (start < end || !list_empty(&list)) {
		ret = -EINTR;
		if (fatal_signal_pending())
			break;
		if (list_empty(&list)) {
			start = isolate_migratepages_range(start, end, &list);
			tries = 0;
		} else if (++tries == MAX_TRIES) {
			ret = -EBUSY;
			break;
		}
		nr_moved += reclaim_clean_pages_from_list(&list);
		ret = migrate_pages(
			&list,
			&(struct migrate_control){ .mode = MIGRATE_SYNC,
						   .reason = MR_CONTIG_RANGE },
			&nr_moved);
		if (ret == -ENOMEM)
			break;
	}
	lru_cache_enable();
	if (ret == -EBUSY)
		alloc_contig_dump_pages(&list);
	putback_movable_pages(&list);
	count_migrated_pages(first, nr_moved);
	return min(ret, 0);
}

/*
 * Allocate the pages [start, end) of one zone, whose pageblocks all have type
 * @migratetype, MIGRATE_MOVABLE or MIGRATE_CMA. Returns 0 and the caller owns
 * each page of the range with one reference or, with __GFP_COMP in @gfp, one
 * block of a power of two of pages, which @start must be aligned to. Otherwise
 * nothing belongs to the caller: -EBUSY, a pageblock could not be isolated or a
 * page could not be moved; -ENOMEM, there was none to move it to; -EINTR, the
 * task was killed; -EINVAL, with __GFP_COMP, the range is no power of two or
 * part of a larger free block. May sleep; no lock held.
 */
int alloc_contig_range(unsigned int start, unsigned int end,
		       enum migratetype migratetype, gfp_t gfp)
{
	unsigned int outer_start, outer_end;
	struct list_head freelist;
	int ret;

	INIT_LIST_HEAD(&freelist);
	ret = start_isolate_page_range(start, end, migratetype);
	/* What is isolated now is somebody else's. */
	if (ret && buggy(contig_undo_foreign_isolation))
		goto undo;
	if (ret)
		return ret;
	drain_all_pages(page_zone(pfn_to_page(start)));

	/* What could not be moved may be free by now. */
	ret = __alloc_contig_migrate_range(start, end);
	if (ret && ret != -EBUSY)
		goto undo;
	outer_start = find_large_buddy(start);
	ret = -EBUSY;
	if (!test_pages_isolated(outer_start, end, NULL))
		goto undo;
	outer_end = isolate_freepages_range(outer_start, end, &freelist);
	if (!outer_end)
		goto undo;

	ret = hand_out(&freelist, start, end, outer_start, outer_end, gfp);
undo:
	undo_isolate_page_range(start, end, migratetype);
	return ret;
}

/* Free @nr_pages single pages from @pfn on. No lock of the allocator held. */
void free_contig_range(unsigned int pfn, unsigned int nr_pages)
{
	for (; nr_pages; nr_pages--, pfn++)
		__free_pages(pfn_to_page(pfn), 0);
}
