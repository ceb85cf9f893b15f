// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory hotplug: taking ranges of pages away from the allocator and giving
 * them back.
 *
 * A range is isolated while the pcplists of its zone are disabled, so that what
 * is freed into it goes to the isolate lists and stays there. Once all of it is
 * free its pages leave the lists. An offline page has PG_offline set, refcount
 * 0, is on no list and belongs to nobody; its pageblock stays MIGRATE_ISOLATE,
 * which keeps everybody away, but does not count in nr_isolate_pageblock.
 * Broken pages in it, with their reference, are left where they are; it cannot
 * come back until they are put back into use.
 *
 * A range begins and ends where blocks of the largest order do, and pageblocks:
 * beyond its end there may be an isolated pageblock of somebody else, with
 * which its free pages would merge. (Memory sections are that large.)
 *
 * mem_hotplug_lock serializes all of this, with those who only need that memory
 * stays online, and protects managed_pages; zone->lock protects the lists.
 * Order: cpus_read_lock(), mem_hotplug_lock, pcp_batch_high_lock.
 *
 * What cannot be moved is tried again until it is gone, or a signal comes: that
 * may be never. Whoever takes memory offline lets others go on in between.
 *
 * Modelled on mm/memory_hotplug.c of Linux 6.12, which asks for the CPU in
 * between and does not give it away; takes a broken page for gone even if it
 * is still mapped or somebody has a reference; and keeps the one that isolation
 * has taken on it. Left out: sections, zones that shrink and grow, notifiers,
 * hugetlb, balloons.
 */
#include "internal.h"

/*
 * What is in use there and not on the LRU stays: show it to whoever wants to
 * know why. Nobody has a lock on it, nor a reference.
 */
static void show_what_stays(unsigned int start, unsigned int end)
{
	for (; start < end; start++) {
		const struct page *page = pfn_to_page(start);

		if (!(READ_ONCE(page->flags) & 1ul << PG_lru) &&
		    atomic_read(&page->refcount))
			arch_isolation_failed(page);
	}
}

/*
 * A broken page is not moved: nobody wants what it holds. It has a reference
 * too many for that anyway. Returns whether it was on the LRU, or mapped, and
 * is no more.
 */
static bool remove_poisoned_page(struct page *page)
{
	bool removed = false;

	if (!(READ_ONCE(page->flags) & 1ul << PG_hwpoison) ||
	    !get_page_unless_zero(page))
		return false;
	if (test_bit(PG_hwpoison, &page->flags)) {
		removed = delete_from_lru_cache(page);
		folio_lock(page);
		if (folio_mapped(page)) {
			unmap_poisoned_folio(page);
			removed |= !folio_mapped(page);
		}
		folio_unlock(page);
	}
	put_page(page);
	return removed;
}

static unsigned int remove_poisoned_pages(unsigned int start, unsigned int end)
{
	unsigned int nr = 0;

	for (; start < end; start++)
		nr += remove_poisoned_page(pfn_to_page(start));
	return nr;
}

/*
 * Move what is on the LRU of [start, end) elsewhere. Returns the number of
 * pages that have been moved, or were broken. May sleep; no lock held.
 */
unsigned int do_migrate_range(unsigned int start, unsigned int end)
{
	const unsigned int first = start;
	unsigned int nr_succeeded = 0, nr_poisoned = 0;
	struct list_head list;

	INIT_LIST_HEAD(&list);
	show_what_stays(start, end);
	if (!buggy(offline_hwpoison_loop))
		nr_poisoned = remove_poisoned_pages(start, end);
	while (start < end) {
		start = isolate_migratepages_range(start, end, &list);
		migrate_pages(
			&list,
			&(struct migrate_control){ .mode = MIGRATE_SYNC,
						   .reason = MR_CONTIG_RANGE },
			&nr_succeeded);
		putback_movable_pages(&list);
	}
	count_migrated_pages(first, nr_succeeded);
	return nr_succeeded + nr_poisoned;
}

/* What is broken and mapped can be unmapped. */
static bool may_be_moved(const struct page *page)
{
	unsigned long flags = READ_ONCE(page->flags);

	return flags & FLAGS_MOVABLE ||
	       (flags & 1ul << PG_hwpoison && folio_mapped(page));
}

/*
 * First page of [start, end) that can be moved, or @end. Racy: what is in use
 * otherwise is not looked at. It is not free either, so it is not missed.
 */
static unsigned int scan_movable_pages(unsigned int start, unsigned int end)
{
	while (start < end && !may_be_moved(pfn_to_page(start)))
		start++;
	return start;
}

static bool is_to_give_up(void)
{
	return fatal_signal_pending() && !buggy(wrong_wait_after_offline);
}

/* Move until there is nothing to move: 0, or -EINTR, the task was killed. */
static int move_all_pages(unsigned int start, unsigned int end)
{
	while (!is_to_give_up()) {
		cond_resched();
		start = scan_movable_pages(start, end);
		if (start == end)
			return 0;
		if (!do_migrate_range(start, end))
			schedule_timeout_killable();
	}
	return -EINTR;
}

/*
 * Wait until all of an isolated range is free. Returns 0, or -EINTR, the task
 * was killed. Who has a page that cannot be moved is waited for, as are pages
 * on their way to a free list.
 */
static int wait_until_free(unsigned int start, unsigned int end)
{
	int ret = move_all_pages(start, end);

	while (!ret && !test_pages_isolated(start, end, is_poisoned_alone)) {
		schedule_timeout_killable();
		ret = move_all_pages(start, end);
	}
	return ret;
}

/* Whether a range can go offline and come online as one. */
static bool is_hotplug_range(unsigned int start, unsigned int end)
{
	const unsigned int unit = max(pageblock_nr_pages, MAX_ORDER_NR_PAGES);

	if (start >= end || end > mm_geometry.nr_pages ||
	    (start | end) & (unit - 1))
		return false;
	if (page_zone(pfn_to_page(start)) != page_zone(pfn_to_page(end - 1)))
		return false;
	return end <= mm_geometry.hole_start || start >= mm_geometry.hole_end;
}

/* The free block there, or a page that is broken; returns how many pages. */
static unsigned int offline_pages_at(struct zone *zone, unsigned int pfn)
{
	struct page *page = pfn_to_page(pfn);
	unsigned int order = (unsigned int)page->private;

	if (!page->buddy) {
		BUG_ON(!(page->flags & 1ul << PG_hwpoison));
		set_bit(PG_offline, &page->flags);
		return 1;
	}
	__del_page_from_free_list(page, zone, order, MIGRATE_ISOLATE);
	for (unsigned int i = 0; i < 1u << order; i++)
		page[i].flags |= 1ul << PG_offline;
	return 1u << order;
}

/*
 * Take the free blocks that make up [start, end), but for what is broken, off
 * the isolate lists.
 */
static void offline_isolated_pages(struct zone *zone, unsigned int start,
				   unsigned int end)
{
	unsigned long flags;

	spin_lock_irqsave(&zone->lock, flags);
	for (unsigned int pfn = start; pfn < end;)
		pfn += offline_pages_at(zone, pfn);
	spin_unlock_irqrestore(&zone->lock, flags);
}

/* Pageblocks of offline memory are isolated, but nobody isolates them. */
static void add_isolated_pageblocks(struct zone *zone, long nr_pages)
{
	unsigned long flags;

	spin_lock_irqsave(&zone->lock, flags);
	zone->nr_isolate_pageblock +=
		(unsigned long)(nr_pages / (long)pageblock_nr_pages);
	spin_unlock_irqrestore(&zone->lock, flags);
}

/* Limits that follow from how much memory a zone has. */
static void adjust_managed_pages(struct zone *zone, long nr_pages)
{
	WRITE_ONCE(zone->managed_pages,
		   zone->managed_pages + (unsigned long)nr_pages);
	init_per_zone_wmark_min();
}

/* Until zone_pcp_enable(), what is freed goes to the free lists by its type. */
static void keep_off_pcplists(struct zone *zone)
{
	if (!buggy(offline_pcp_refill_after_drain)) {
		zone_pcp_disable(zone);
		return;
	}
	mutex_lock(&mem->pcp_batch_high_lock);
	__drain_all_pages(zone, DRAIN_ALL_CPUS);
}

static int offline_range(struct zone *zone, unsigned int start,
			 unsigned int end)
{
	int ret;

	keep_off_pcplists(zone);
	lru_cache_disable();
	ret = start_isolate_offline_range(start, end);
	if (ret)
		goto enable;
	ret = wait_until_free(start, end);
	if (ret)
		goto undo;

	offline_isolated_pages(zone, start, end);
	add_isolated_pageblocks(zone, -(long)(end - start));
	lru_cache_enable();
	zone_pcp_enable(zone);
	adjust_managed_pages(zone, -(long)(end - start));
	return 0;
undo:
	undo_isolate_page_range(start, end, MIGRATE_MOVABLE);
enable:
	lru_cache_enable();
	zone_pcp_enable(zone);
	return ret;
}

/* A CPU that goes offline leaves pages on pcplists that no drain visits. */
static void mem_hotplug_begin(void)
{
	cpus_read_lock();
	mutex_lock(&mem->mem_hotplug_lock);
}

static void mem_hotplug_done(void)
{
	mutex_unlock(&mem->mem_hotplug_lock);
	cpus_read_unlock();
}

/* No memory goes offline or comes online until put_online_mems(). May sleep. */
void get_online_mems(void)
{
	mutex_lock(&mem->mem_hotplug_lock);
}

void put_online_mems(void)
{
	mutex_unlock(&mem->mem_hotplug_lock);
}

/*
 * Take the pages [start, end) away from the allocator. Returns 0; -EINVAL if
 * the range is not of whole pageblocks and blocks of the largest order, in one
 * zone and without a hole; -EBUSY if a pageblock cannot be isolated; -EINTR if
 * the task was killed: for a page in use that stays it waits until then. After
 * an error everything is as before, but for what has been drained or moved and
 * the types of pageblocks, which are movable then. May sleep; no lock held.
 */
int offline_pages(unsigned int start, unsigned int end)
{
	int ret;

	if (!is_hotplug_range(start, end))
		return -EINVAL;
	mem_hotplug_begin();
	ret = offline_range(page_zone(pfn_to_page(start)), start, end);
	mem_hotplug_done();
	return ret;
}

/* Free offline pages in the largest blocks that alignment allows. */
static void online_pages_range(struct zone *zone, unsigned int start,
			       unsigned int end)
{
	for (unsigned int pfn = start; pfn < end; pfn += MAX_ORDER_NR_PAGES) {
		struct page *page = pfn_to_page(pfn);

		for (unsigned int i = 0; i < MAX_ORDER_NR_PAGES; i++)
			page[i].flags &= ~(1ul << PG_offline);
		free_pages_prepare(page, MAX_PAGE_ORDER);
		free_one_page(zone, page, pfn, MAX_PAGE_ORDER,
			      get_pfnblock_migratetype(pfn), FPI_TO_TAIL);
	}
}

static bool has_poisoned_pages(unsigned int start, unsigned int end)
{
	for (; start < end; start++) {
		if (test_bit(PG_hwpoison, &pfn_to_page(start)->flags))
			return true;
	}
	return false;
}

/*
 * Give back the pages [start, end), which offline_pages() has taken in one
 * call; their pageblocks are movable then. Until all of them are there they
 * stay isolated. Returns 0, or -EHWPOISON and nothing has changed: some are
 * broken. May sleep; no lock held.
 */
int online_pages(unsigned int start, unsigned int end)
{
	struct zone *zone = page_zone(pfn_to_page(start));
	int ret = -EHWPOISON;

	BUG_ON(!is_hotplug_range(start, end));
	mem_hotplug_begin();
	BUG_ON(!(pfn_to_page(start)->flags & (1ul << PG_offline)));
	if (has_poisoned_pages(start, end))
		goto out;
	add_isolated_pageblocks(zone, (long)(end - start));
	online_pages_range(zone, start, end);
	undo_isolate_page_range(start, end, MIGRATE_MOVABLE);
	adjust_managed_pages(zone, (long)(end - start));
	ret = 0;
out:
	mem_hotplug_done();
	return ret;
}
