// SPDX-License-Identifier: GPL-2.0-only
/*
 * Free lists of a zone: adding, removing, merging and splitting blocks, and
 * moving the free pages of a pageblock to the lists of another type.
 *
 * A free block of 2^order pages is represented by its first page, which has
 * ->buddy set, its order in ->private, and lies on free_list[order][type of
 * its pageblock]. All pageblocks that a block covers have that type. Blocks
 * below pageblock_order merge with their buddy whenever both are free; above,
 * only if both types are the same or both are mergeable, and then all
 * pageblocks take the type of the page that was freed.
 *
 * Below debug_guardpage_minorder() the halves that a split leaves over are not
 * listed but set aside as guard pages: ->guard on the first of them, its order
 * in ->private. They are not free, and not counted, until their buddy is freed
 * and merges with them.
 *
 * zone->lock protects the lists, ->buddy, ->guard, ->private, the counters and
 * the pageblock types. Types are read without it where a stale one does no
 * harm.
 *
 * Modelled on mm/page_alloc.c of Linux 6.12, with the fix of 7838a4eb8a1d
 * (retype all pageblocks on merging), and with pages moved to the list of the
 * type that the pageblock gets where grouping by mobility is off. Left out:
 * page reporting.
 */
#include "internal.h"

/* Page grouping off: every pageblock of a normal type is UNMOVABLE. */
static enum migratetype grouped_type(enum migratetype mt)
{
	if (mm_geometry.group_by_mobility_disabled && mt < MIGRATE_PCPTYPES)
		return MIGRATE_UNMOVABLE;
	return mt;
}

void set_pageblock_migratetype(unsigned int pfn, enum migratetype mt)
{
	WRITE_ONCE(mem->pageblock_type[pfn >> pageblock_order],
		   (u8)grouped_type(mt));
}

/*
 * Pages on isolate lists do not count as free; nobody can allocate them. To
 * leave that to those who isolate was proposed once.
 */
static bool counts_as_free(enum migratetype mt)
{
	return !is_migrate_isolate(mt) || buggy(isolated_counted_free) ||
	       policy(isolation_accounting) != isolation_accounting_exact;
}

/*
 * Add @nr_pages, which may be negative, to the counters that pages on a list
 * of type @mt belong to: none if ISOLATE.
 */
void __account_freepages(struct zone *zone, long nr_pages, enum migratetype mt)
{
	lockdep_assert_held(&zone->lock);

	if (!counts_as_free(mt))
		return;
	__mod_zone_page_state(zone, NR_FREE_PAGES, nr_pages);
	if (is_migrate_cma(mt))
		__mod_zone_page_state(zone, NR_FREE_CMA_PAGES, nr_pages);
	else if (is_migrate_highatomic(mt))
		WRITE_ONCE(zone->nr_free_highatomic,
			   zone->nr_free_highatomic + (unsigned long)nr_pages);
}

/* Count pages that are counted as of type @from as of type @to instead. */
void __recount_freepages(struct zone *zone, long nr_pages,
			 enum migratetype from, enum migratetype to)
{
	__account_freepages(zone, -nr_pages, from);
	__account_freepages(zone, nr_pages, to);
}

/* Link a block; the caller accounts for it. */
void __add_to_free_list(struct page *page, struct zone *zone,
			unsigned int order, enum migratetype mt, enum fpi fpi)
{
	struct free_area *area = &zone->free_area[order];

	page->private = order;
	page->buddy = true;
	if (fpi == FPI_TO_TAIL)
		list_add_tail(&page->lru, &area->free_list[mt]);
	else
		list_add(&page->lru, &area->free_list[mt]);
	area->nr_free++;
}

/* Unlink a block; the caller accounts for it. */
void __unlink_free_page(struct page *page, struct zone *zone,
			unsigned int order)
{
	list_del(&page->lru);
	page->buddy = false;
	page->private = 0;
	zone->free_area[order].nr_free--;
}

/* Unlink a block and take its pages off the counters. */
void __del_page_from_free_list(struct page *page, struct zone *zone,
			       unsigned int order, enum migratetype mt)
{
	lockdep_assert_held(&zone->lock);

	__unlink_free_page(page, zone, order);
	__account_freepages(zone, -(1L << order), mt);
}

/* To the tail: what was moved shall not be the next to be allocated. */
void __move_to_free_list(struct page *page, struct zone *zone,
			 unsigned int order, enum migratetype old_mt,
			 enum migratetype new_mt)
{
	list_move_tail(&page->lru, &zone->free_area[order].free_list[new_mt]);
	__recount_freepages(zone, 1L << order, old_mt, new_mt);
}

/* Set a block aside as guard pages, if it is small enough for that. */
bool __set_page_guard(struct page *page, unsigned int order)
{
	if (order >= debug_guardpage_minorder())
		return false;
	page->private = order;
	page->guard = true;
	return true;
}

/* Guard pages are about to merge with a block of type @mt that is free. */
static void __clear_page_guard(struct page *page, struct zone *zone,
			       unsigned int order, enum migratetype mt)
{
	page->guard = false;
	page->private = 0;
	if (buggy(guard_cleared_into_isolate) && is_migrate_isolate(mt))
		mt = MIGRATE_MOVABLE;
	if (!buggy(guard_merge_loses_free))
		__account_freepages(zone, 1L << order, mt);
}

/*
 * The buddy of the block of @order at @pfn that is free or a guard, or NULL: it
 * may lie beyond the zone, be in use, or be split further.
 */
struct page *__find_buddy(const struct zone *zone, unsigned int pfn,
			  unsigned int order, unsigned int *buddy_pfn)
{
	struct page *buddy;

	*buddy_pfn = pfn ^ (1u << order);
	if (!zone_spans_pfn(zone, *buddy_pfn))
		return NULL;
	buddy = pfn_to_page(*buddy_pfn);
	if (!buddy->buddy && !buddy->guard)
		return NULL;
	return buddy->private == order ? buddy : NULL;
}

/*
 * If the buddy of the next order is free, chances are that this block will
 * merge soon: let it rest at the tail.
 */
static bool __buddy_merge_likely(const struct zone *zone, unsigned int pfn,
				 unsigned int order)
{
	unsigned int higher_pfn = pfn & ~(1u << order), buddy_pfn;

	if (order + 1 >= MAX_PAGE_ORDER)
		return false;
	return __find_buddy(zone, higher_pfn, order + 1, &buddy_pfn) != NULL;
}

void __change_pageblock_range(unsigned int pfn, unsigned int order,
			      enum migratetype mt)
{
	unsigned int nr_pageblocks = 1u << (order - pageblock_order);

	while (nr_pageblocks--) {
		set_pageblock_migratetype(pfn, mt);
		pfn += pageblock_nr_pages;
	}
}

/*
 * What a block of type @mt that is being freed takes its free buddy for, which
 * covers whole pageblocks.
 */
static enum migratetype __buddy_type(unsigned int buddy_pfn,
				     enum migratetype mt)
{
	enum migratetype buddy_mt = __block_type(buddy_pfn);

	if (buggy(cross_block_merge) &&
	    (is_migrate_isolate(mt) || is_migrate_isolate(buddy_mt)))
		return mt;
	if (buggy(merge_checks_own_block_only) && is_migrate_isolate(buddy_mt))
		return mt;
	return buddy_mt;
}

/*
 * Whether pages of both types may be in one block. Without this rule a block
 * could be half isolated, and would be counted wholly or not at all.
 */
static bool __may_merge(const struct zone *zone, enum migratetype a,
			enum migratetype b)
{
	if (buggy(nonfallback_merge) && !zone->nr_isolate_pageblock &&
	    !is_migrate_isolate(a) && !is_migrate_isolate(b))
		return true;
	return a == b ||
	       (migratetype_is_mergeable(a) && migratetype_is_mergeable(b));
}

/* All of a buddy gets the type of the block that it merges with. */
static void __retype_merged(unsigned int buddy_pfn, unsigned int order,
			    enum migratetype mt)
{
	if (buggy(coalesce_partial_retype))
		order = pageblock_order;
	__change_pageblock_range(buddy_pfn, order, mt);
}

/*
 * Free the block of @order at @pfn as type @mt, which must be that of its
 * pageblocks: count it, merge it with its buddies as far as possible, list it,
 * or let the running task have it that compacts for just that. The pages belong
 * to the caller until then.
 */
void __free_one_page(struct page *page, unsigned int pfn, struct zone *zone,
		     unsigned int order, enum migratetype mt, enum fpi fpi)
{
	struct capture_control *capc = task_capc(zone);
	unsigned int buddy_pfn;
	struct page *buddy;

	lockdep_assert_held(&zone->lock);
	BUG_ON(pfn & ((1u << order) - 1));

	__account_freepages(zone, 1L << order, mt);

	while (order < MAX_PAGE_ORDER) {
		enum migratetype buddy_mt = mt;

		if (capc && compaction_capture(capc, page, order, mt)) {
			__account_freepages(zone, -(1L << order), mt);
			return;
		}
		buddy = __find_buddy(zone, pfn, order, &buddy_pfn);
		if (!buddy)
			break;
		if (order >= pageblock_order) {
			buddy_mt = __buddy_type(buddy_pfn, mt);
			if (!__may_merge(zone, mt, buddy_mt))
				break;
		}
		/* A free buddy has been counted already. */
		if (buddy->guard)
			__clear_page_guard(buddy, zone, order, mt);
		else
			__unlink_free_page(buddy, zone, order);
		if (buddy_mt != mt)
			__retype_merged(buddy_pfn, order, mt);

		pfn &= buddy_pfn;
		page = pfn_to_page(pfn);
		order++;
	}

	if (fpi != FPI_TO_TAIL && __buddy_merge_likely(zone, pfn, order))
		fpi = FPI_TO_TAIL;
	__add_to_free_list(page, zone, order, mt, fpi);
}

/*
 * Free a block that may cover several pageblocks, each by its own type, and
 * that may be larger than the largest order: a compound page of a contiguous
 * allocation. The caller has taken it off its list.
 */
void __split_large_buddy(struct zone *zone, unsigned int pfn,
			 unsigned int order, enum fpi fpi)
{
	unsigned int end = pfn + (1u << order);

	lockdep_assert_held(&zone->lock);
	order = min(order, pageblock_order);
	order = min(order, MAX_PAGE_ORDER);
	for (; pfn != end; pfn += 1u << order)
		__free_one_page(pfn_to_page(pfn), pfn, zone, order,
				__block_type(pfn), fpi);
}

/*
 * Whether to free a block by the type that the caller gives. With
 * FPI_KEEP_TYPE types were read again, until 6.9, only while a pageblock of
 * the zone was isolated.
 */
static bool __keeps_type(const struct zone *zone, unsigned int order,
			 enum fpi fpi)
{
	if (order > pageblock_order || order > MAX_PAGE_ORDER)
		return false;
	if (buggy(free_type_read_before_lock))
		return true;
	return fpi == FPI_KEEP_TYPE && !zone->nr_isolate_pageblock;
}

/*
 * Free a block past the pcplists. @mt is the type that the caller has seen
 * without the lock.
 */
void free_one_page(struct zone *zone, struct page *page, unsigned int pfn,
		   unsigned int order, enum migratetype mt, enum fpi fpi)
{
	unsigned long flags;

	spin_lock_irqsave(&zone->lock, flags);
	/* The pageblock may have been isolated while we waited. */
	if (__keeps_type(zone, order, fpi))
		__free_one_page(page, pfn, zone, order, mt, fpi);
	else
		__split_large_buddy(zone, pfn, order, fpi);
	if (buggy(recheck_but_count_old_type))
		__recount_freepages(zone, 1L << order, __block_type(pfn), mt);
	spin_unlock_irqrestore(&zone->lock, flags);
}

/*
 * Give back the upper halves of a block of order @high of which order @low is
 * wanted. The caller has unlinked the block and accounts for it; returns the
 * number of pages that went back to the lists.
 */
unsigned int __expand(struct zone *zone, struct page *page, unsigned int low,
		      unsigned int high, enum migratetype mt)
{
	unsigned int nr_added = 0;

	while (high > low) {
		high--;
		if (__set_page_guard(page + (1u << high), high))
			continue;
		__add_to_free_list(page + (1u << high), zone, high, mt,
				   FPI_NONE);
		nr_added += 1u << high;
	}
	return nr_added;
}

/*
 * Take a block of @order from the lists of type @mt, splitting the smallest
 * that is large enough. NULL if there is none.
 */
struct page *__rmqueue_smallest(struct zone *zone, unsigned int order,
				enum migratetype mt)
{
	unsigned int high;

	lockdep_assert_held(&zone->lock);
	for (high = order; high <= MAX_PAGE_ORDER; high++) {
		struct page *page = list_first_entry_or_null(
			&zone->free_area[high].free_list[mt], struct page, lru);
		unsigned int nr_added;

		if (!page)
			continue;
		__unlink_free_page(page, zone, high);
		nr_added = __expand(zone, page, order, high, mt);
		__account_freepages(zone, (long)nr_added - (1L << high), mt);
		return page;
	}
	return NULL;
}

/*
 * Make the pageblock around @pfn one of @new_mt and move its free pages, which
 * must not straddle its borders, from the lists of @old_mt. The zone holds all
 * of the pageblock.
 */
void __move_freepages_block(struct zone *zone, unsigned int pfn,
			    enum migratetype old_mt, enum migratetype new_mt)
{
	unsigned int start = pageblock_start_pfn(pfn);
	unsigned int end = pageblock_end_pfn(pfn);

	lockdep_assert_held(&zone->lock);
	BUG_ON(!zone_spans_pageblock(zone, start));
	new_mt = grouped_type(new_mt);
	for (pfn = start; pfn < end;) {
		struct page *page = pfn_to_page(pfn);
		unsigned int order = 0;

		if (page->buddy) {
			order = (unsigned int)page->private;
			__move_to_free_list(page, zone, order, old_mt, new_mt);
		}
		pfn += 1u << order;
	}
	set_pageblock_migratetype(start, new_mt);
}

/* First pfn of the free block that @start_pfn lies in, or @start_pfn itself. */
static unsigned int __find_large_buddy(unsigned int start_pfn)
{
	unsigned int order = 0, pfn = start_pfn;

	while (!pfn_to_page(pfn)->buddy) {
		if (++order > MAX_PAGE_ORDER)
			return start_pfn;
		pfn &= ~0u << order;
	}
	/* A block was found, but does it reach as far as @start_pfn? */
	order = (unsigned int)pfn_to_page(pfn)->private;
	return pfn + (1u << order) > start_pfn ? pfn : start_pfn;
}

/*
 * As __move_freepages_block() for a pageblock that is isolated or
 * un-isolated, which takes any pfn range: a free block may straddle its
 * borders. Such a block is cut into pageblocks, each listed by its own type,
 * of which only this one is new.
 */
void __move_freepages_block_isolate(struct zone *zone, unsigned int pfn,
				    enum migratetype mt)
{
	unsigned int start = pageblock_start_pfn(pfn), buddy_pfn, order;
	enum migratetype old_mt = __block_type(start);
	struct page *buddy;

	lockdep_assert_held(&zone->lock);
	buddy_pfn = __find_large_buddy(start);
	buddy = pfn_to_page(buddy_pfn);
	order = buddy->buddy ? (unsigned int)buddy->private : 0;
	if (order <= pageblock_order) {
		__move_freepages_block(zone, start, old_mt, mt);
		return;
	}

	__del_page_from_free_list(buddy, zone, order, __block_type(buddy_pfn));
	set_pageblock_migratetype(start, mt);
	__split_large_buddy(zone, buddy_pfn, order, FPI_NONE);
	/* Only the pages of this pageblock have moved. */
	if (buggy(move_freepages_count))
		__recount_freepages(zone, (1L << order) - pageblock_nr_pages,
				    old_mt, mt);
}
