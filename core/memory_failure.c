// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages with broken memory: taking them off the free lists, for good or until
 * somebody thinks better of it.
 *
 * Such a page is in nobody's hands: not on a list, not counted as free, with a
 * reference so that nobody takes it for free, PG_hwpoison, and a mark in
 * ->private that it came from the free lists, to which it may return.
 *
 * zone->lock protects the lists and ->private of pages that are taken off. None
 * is taken off while memory goes offline, which relies on a range that it has
 * found free to stay so.
 *
 * Modelled on take_page_off_buddy() and put_page_back_buddy() of
 * mm/page_alloc.c and on page_handle_poison() and unpoison_memory() of
 * mm/memory-failure.c of Linux 6.12, except that a page on which somebody has a
 * reference for a moment cannot be put back, where 6.12 drops the page's own
 * reference, and the page is lost; and that mem_hotplug_lock is held until the
 * page is off, where 6.12 holds it only to look at the page. Left out: pages in
 * use, huge pages.
 */
#include "internal.h"

/* In ->private of a page that was taken off (include/linux/page-flags.h). */
#define MAGIC_HWPOISON 0x48575053ul /* HWPS */

/*
 * Give back a free block of @order at @page that is off its list, all but the
 * page @target. Returns the number of pages that went back to the lists.
 */
static unsigned int __break_down_buddy_pages(struct zone *zone,
					     struct page *page,
					     struct page *target,
					     unsigned int order,
					     enum migratetype mt)
{
	unsigned int nr_added = 0;

	while (order-- > 0) {
		struct page *half = page + (1u << order), *rest = half;

		if (target >= half) {
			rest = page;
			page = half;
		}
		if (__set_page_guard(rest, order))
			continue;
		__add_to_free_list(rest, zone, order, mt, FPI_NONE);
		nr_added += 1u << order;
	}
	return nr_added;
}

/* @page lies in the free block at @head. */
static void __take_page_off(struct zone *zone, struct page *head,
			    struct page *page)
{
	enum migratetype mt = __block_type(page_to_pfn(head));
	unsigned int order = (unsigned int)head->private, nr_added;

	__unlink_free_page(head, zone, order);
	nr_added = __break_down_buddy_pages(zone, head, page, order, mt);
	if (!buggy(takeoff_no_uncount))
		__account_freepages(zone, (long)nr_added - (1L << order), mt);
	page->private = MAGIC_HWPOISON;
}

/* Returns false if @page is not on a free list; then nothing has changed. */
static bool take_page_off_buddy(struct page *page)
{
	unsigned int pfn = page_to_pfn(page), order;
	struct zone *zone = page_zone(page);
	unsigned long flags;
	bool taken = false;

	spin_lock_irqsave(&zone->lock, flags);
	for (order = 0; order <= MAX_PAGE_ORDER; order++) {
		struct page *head = page - (pfn & ((1u << order) - 1));

		if (head->buddy && head->private >= order) {
			__take_page_off(zone, head, page);
			taken = true;
			break;
		}
		if (atomic_read(&head->refcount) > 0)
			break;
	}
	spin_unlock_irqrestore(&zone->lock, flags);
	return taken;
}

/* The reverse; false if others have references: it stays as it is. */
static bool put_page_back_buddy(struct page *page)
{
	unsigned int pfn = page_to_pfn(page);
	struct zone *zone = page_zone(page);
	unsigned long flags;
	bool is_back;

	spin_lock_irqsave(&zone->lock, flags);
	is_back = atomic_cmpxchg(&page->refcount, 1, 0) == 1;
	if (is_back) {
		page->private = 0;
		clear_bit(PG_hwpoison, &page->flags);
		__free_one_page(page, pfn, zone, 0, __block_type(pfn),
				FPI_NONE);
	}
	spin_unlock_irqrestore(&zone->lock, flags);
	return is_back;
}

/*
 * Take a page that is free out of use, as soft_offline_page() does. Returns 0,
 * or -EBUSY if it is on no free list; then nothing has changed. May sleep; no
 * lock held.
 */
int soft_offline_free_page(unsigned int pfn)
{
	struct page *page = pfn_to_page(pfn);
	bool taken;

	get_online_mems();
	taken = take_page_off_buddy(page);
	put_online_mems();
	if (!taken)
		return -EBUSY;
	set_bit(PG_hwpoison, &page->flags);
	atomic_inc(&page->refcount);
	atomic_inc(&mem->num_poisoned_pages);
	return 0;
}

/*
 * Put a page that soft_offline_free_page() has taken back into use. Returns 0,
 * or -EBUSY if somebody has a reference; then nothing has changed. No lock
 * held.
 */
int unpoison_page(unsigned int pfn)
{
	if (!put_page_back_buddy(pfn_to_page(pfn)))
		return -EBUSY;
	atomic_dec(&mem->num_poisoned_pages);
	return 0;
}
