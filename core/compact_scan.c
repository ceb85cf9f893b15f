// SPDX-License-Identifier: GPL-2.0-only
/*
 * The two scanners of compaction, pageblock by pageblock, and the pages that go
 * from the one to the other.
 *
 * Pages are moved from the lower end of a zone to the upper one: the migrate
 * scanner goes up, the free scanner down, and where they meet nothing is left
 * to do. The free scanner runs when migration asks for a page and there is none
 * on cc->freepages.
 *
 * Modelled on isolate_migratepages(), isolate_freepages(), compaction_alloc()
 * and compaction_free() in mm/compaction.c of Linux 6.12. Left out: sections
 * that are offline, which are isolated here.
 */
#include "compaction.h"

/* --- Sources --- */

/* A request that does not wait moves what is like it only. */
static bool suitable_migration_source(const struct compact_control *cc,
				      unsigned int pfn)
{
	enum migratetype mt;

	if (cc->mode != MIGRATE_ASYNC || !cc->direct_compaction)
		return true;
	mt = get_pfnblock_migratetype(pfn);
	if (cc->migratetype == MIGRATE_MOVABLE)
		return mt == MIGRATE_MOVABLE || is_migrate_cma(mt);
	return mt == cc->migratetype;
}

/* Whether there is a block of memory from @start to @end in the zone. */
static bool is_block_of_zone(const struct zone *zone, unsigned int start,
			     unsigned int end)
{
	return zone_spans_pfn(zone, start) && zone_spans_pfn(zone, end - 1);
}

/* Isolate what can be moved of the next pageblock where there is any. */
enum isolate_migrate isolate_migratepages(struct compact_control *cc)
{
	unsigned int pfn = fast_find_migrateblock(cc);
	unsigned int end = pageblock_end_pfn(pfn);
	bool chosen = pfn != cc->migrate_pfn && !cc->fast_search_fail;

	for (; end <= cc->free_pfn; chosen = false, cc->migrate_pfn = pfn = end,
				    end += pageblock_nr_pages) {
		bool first = pfn == pageblock_start_pfn(pfn) ||
			     pfn == cc->zone->zone_start_pfn;

		cond_resched();
		if (!is_block_of_zone(cc->zone, pfn, end))
			continue;
		/* One that was chosen has no mark. */
		if (first && !chosen && !isolation_suitable(cc, pfn))
			continue;
		if (!suitable_migration_source(cc, pfn)) {
			update_cached_migrate(cc, pfn);
			continue;
		}
		if (isolate_migratepages_block(cc, pfn, end))
			return ISOLATE_ABORT;
		break;
	}
	return cc->nr_migratepages ? ISOLATE_SUCCESS : ISOLATE_NONE;
}

/* --- Targets --- */

/* Whether pages may be moved to the pageblock of @pfn. Racy. */
bool suitable_migration_target(const struct compact_control *cc,
			       unsigned int pfn)
{
	unsigned int order = cc->order > 0 ? (unsigned int)cc->order :
					     pageblock_order;
	const struct page *page = pfn_to_page(pfn);
	enum migratetype mt;

	/* What is wanted is there already: it shall stay whole. */
	if (READ_ONCE(page->buddy) && READ_ONCE(page->private) >= order)
		return false;
	if (cc->ignore_block_suitable)
		return true;
	mt = get_pfnblock_migratetype(pfn);
	return mt == MIGRATE_MOVABLE || is_migrate_cma(mt);
}

/* Lowest pageblock that the free scanner may come to. */
static unsigned int free_scanner_limit(const struct compact_control *cc)
{
	if (buggy(free_scanner_underrun))
		return pageblock_start_pfn(cc->zone->zone_start_pfn);
	return pageblock_end_pfn(cc->migrate_pfn);
}

/* Take free pages for cc->migratepages, from cc->free_pfn downwards. */
static void isolate_freepages(struct compact_control *cc)
{
	struct zone *zone = cc->zone;
	unsigned int pfn, start, end, low;
	unsigned int stride = cc->mode == MIGRATE_ASYNC ? COMPACT_CLUSTER_MAX :
							  1;

	fast_isolate_freepages(cc);
	if (cc->nr_freepages)
		return;
	pfn = cc->free_pfn;
	start = pageblock_start_pfn(pfn);
	end = min(start + pageblock_nr_pages, zone_end_pfn(zone));
	low = free_scanner_limit(cc);
	for (; start >= low;
	     end = start, start -= pageblock_nr_pages, pfn = start) {
		unsigned int isolated;

		cond_resched();
		if (!is_block_of_zone(zone, start, end) ||
		    !suitable_migration_target(cc, start) ||
		    !isolation_suitable(cc, start))
			continue;
		isolated =
			compact_isolate_freepages_block(cc, &pfn, end, stride);
		if (pfn == end)
			update_pageblock_skip(zone, start,
					      start - pageblock_nr_pages);
		if (cc->nr_freepages >= cc->nr_migratepages) {
			if (pfn >= end)
				pfn = start - pageblock_nr_pages;
			break;
		}
		if (pfn < end)
			break;
		stride = isolated ? 1 :
				    min(stride << 1,
					(unsigned int)COMPACT_CLUSTER_MAX);
	}
	cc->free_pfn = pfn;
}

/*
 * Smallest order from @order on that has a free block; above all of them: none
 * has.
 */
static unsigned int order_with_page(const struct compact_control *cc,
				    unsigned int order)
{
	while (order <= MAX_PAGE_ORDER && list_empty(&cc->freepages[order]))
		order++;
	return order;
}

/* A block of @order to move a folio to, or NULL. May sleep. */
struct page *compaction_alloc(unsigned int order, struct compact_control *cc)
{
	unsigned int from = order_with_page(cc, order);
	struct page *page;

	if (from > MAX_PAGE_ORDER) {
		isolate_freepages(cc);
		from = order_with_page(cc, order);
	}
	if (from > MAX_PAGE_ORDER)
		return NULL;
	page = list_first_entry(&cc->freepages[from], struct page, lru);
	list_del(&page->lru);
	while (from-- > order) {
		struct page *half = page + (1u << from);

		half->private = from;
		list_add(&half->lru, &cc->freepages[from]);
	}
	post_alloc_hook(page, order);
	if (order)
		prep_compound_page(page, order);
	set_page_refcounted(page);
	cc->nr_freepages -= 1u << order;
	cc->nr_migratepages -= 1u << order;
	return page;
}

/*
 * The block was of no use: back to the others, unless somebody else has a
 * reference, who then frees it, or it is broken: then it is not used any more.
 */
void compaction_free(struct page *page, struct compact_control *cc)
{
	unsigned int order = compound_order(page);

	cc->nr_migratepages += 1u << order;
	if (!atomic_dec_and_test(&page->refcount))
		return;
	if (!order && memory_breaks(page))
		set_bit(PG_hwpoison, &page->flags);
	if (!free_pages_prepare(page, order) &&
	    !buggy(bad_page_back_to_freelist)) {
		keep_poisoned(page);
		return;
	}
	page->private = order;
	list_add(&page->lru, &cc->freepages[order]);
	cc->nr_freepages += 1u << order;
}
