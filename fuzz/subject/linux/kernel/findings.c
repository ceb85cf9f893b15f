// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where findings are masked that are known: around start_isolate_page_range()
 * and undo_isolate_page_range(), for calls from other files, and where the type
 * of a pageblock changes.
 */
#include <linux/mm.h>
#include <linux/page-isolation.h>
#include <linux/spinlock.h>

#include "kernel.h"
#include "internal.h"

/* Named by the linker: --wrap. */
int __real_start_isolate_page_range(unsigned long start, unsigned long end,
				    int migratetype, int flags, gfp_t gfp);
int __wrap_start_isolate_page_range(unsigned long start, unsigned long end,
				    int migratetype, int flags, gfp_t gfp);
void __real_undo_isolate_page_range(unsigned long start, unsigned long end,
				    int migratetype);
void __wrap_undo_isolate_page_range(unsigned long start, unsigned long end,
				    int migratetype);

/* By task: its last isolation has failed, and has undone itself. */
static bool failed[BRIDGE_TASKS];

static int block_type(unsigned long pfn)
{
	return (int)tree_block_type(
		(unsigned int)((pfn - BRIDGE_START_PFN) >> pageblock_order));
}

/* Its type is about to become ISOLATE, under zone->lock: reserved no more. */
void tree_unreserve_block(void)
{
	tree_the_zone()->nr_reserved_highatomic -= pageblock_nr_pages;
}

void tree_forget_failed_isolation(void)
{
	failed[host_task()] = false;
}

#ifdef TREE_HAS_move_freepages_block_isolate
/* A free block that covers others, too, is put back with each its own type. */
static void undo_block(struct zone *zone, struct page *page, int migratetype)
{
	if (PageBuddy(page) && buddy_order(page) == pageblock_order &&
	    __isolate_free_page(page, pageblock_order)) {
		/* Put back, it merges with its buddy. */
		set_pageblock_migratetype(page, migratetype);
		__putback_isolated_page(page, pageblock_order, migratetype);
	} else {
		move_freepages_block_isolate(zone, page, migratetype);
	}
	zone->nr_isolate_pageblock--;
}

static void undo_each(unsigned long start, unsigned long end, int migratetype)
{
	unsigned long pfn = pageblock_start_pfn(start), flags;
	struct zone *zone = tree_the_zone();

	for (; pfn < end; pfn += pageblock_nr_pages) {
		spin_lock_irqsave(&zone->lock, flags);
		if (block_type(pfn) == MIGRATE_ISOLATE)
			undo_block(zone, pfn_to_page(pfn), migratetype);
		spin_unlock_irqrestore(&zone->lock, flags);
	}
}
/* Of a range that fails, what has been isolated is undone as it should be. */
static int start_each(unsigned long start, unsigned long end, int migratetype,
		      int flags, gfp_t gfp)
{
	unsigned long pfn = pageblock_start_pfn(start);
	int error = 0;

	for (; pfn < end && !error; pfn += pageblock_nr_pages)
		error = __real_start_isolate_page_range(
			pfn, pfn + pageblock_nr_pages, migratetype, flags, gfp);
	if (error)
		undo_each(start, pfn - pageblock_nr_pages, migratetype);
	return error;
}

#else
static int start_each(unsigned long start, unsigned long end, int migratetype,
		      int flags, gfp_t gfp)
{
	return __real_start_isolate_page_range(start, end, migratetype, flags,
					       gfp);
}

static void undo_each(unsigned long start, unsigned long end, int migratetype)
{
	__real_undo_isolate_page_range(start, end, migratetype);
}
#endif

int __wrap_start_isolate_page_range(unsigned long start, unsigned long end,
				    int migratetype, int flags, gfp_t gfp)
{
	int error;

	if (host_is_known(FINDING_unisolate_multiblock))
		error = start_each(start, end, migratetype, flags, gfp);
	else
		error = __real_start_isolate_page_range(start, end, migratetype,
							flags, gfp);
	failed[host_task()] = error;
	return error;
}

void __wrap_undo_isolate_page_range(unsigned long start, unsigned long end,
				    int migratetype)
{
	bool nothing_to_undo = failed[host_task()];

	failed[host_task()] = false;
	if (nothing_to_undo &&
	    host_is_known(FINDING_contig_undo_foreign_isolation))
		return;
	if (host_is_known(FINDING_unisolate_multiblock))
		undo_each(start, end, migratetype);
	else
		__real_undo_isolate_page_range(start, end, migratetype);
}

int __real___isolate_free_page(struct page *page, unsigned int order);

/* Under zone->lock: it looks once more, as it does whether the page is free. */
int __wrap___isolate_free_page(struct page *page, unsigned int order)
{
	if (tree_in_compaction() &&
	    block_type(page_to_pfn(page)) == MIGRATE_ISOLATE &&
	    host_is_known(FINDING_compaction_takes_isolated))
		return 0;
	return __real___isolate_free_page(page, order);
}
