// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages with broken memory: taking them off the free lists, or away from their
 * processes, for good or until somebody thinks better of it.
 *
 * Such a page has PG_hwpoison, and a reference so that nobody takes it for
 * free. One that was free is on no list and not counted as free, with a mark in
 * ->private that it came from the free lists, to which it may return; so it is
 * with one that broke while compaction had it for a target. One that was in use
 * loses its mappings and its place on the LRU, as far as that goes at once:
 * when somebody else has it off the LRU it goes on being used, until it is
 * found there, by reclaim or by who takes its memory offline.
 *
 * zone->lock protects the lists and ->private of pages that are taken off. None
 * is taken off, or put back into use, while memory goes offline or comes back,
 * which relies on a range that it has found free to stay so.
 *
 * Modelled on take_page_off_buddy() and put_page_back_buddy() of
 * mm/page_alloc.c and on page_handle_poison(), memory_failure() and
 * unpoison_memory() of mm/memory-failure.c of Linux 6.12, except that a page on
 * which somebody has a reference for a moment cannot be put back, where 6.12
 * drops the page's own reference, and the page is lost; that mem_hotplug_lock
 * is held until the page is off, where 6.12 holds it only to look at the page;
 * that what is broken in memory that is offline can be put back, too; and that
 * a target of compaction can, which is lost in 6.12. Left out: pages of files,
 * huge pages, signals.
 */
#include "migrate_internal.h"

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

/* Then it is out of use like one that was taken off the free lists. */
void keep_poisoned(struct page *page)
{
	page->private = MAGIC_HWPOISON;
	set_page_refcounted(page);
	atomic_inc(&mem->num_poisoned_pages);
}

/* --- Pages in use --- */

/* It was isolated, and shall not come back to the LRU: as it is freed. */
void put_isolated_poisoned(struct page *folio)
{
	clear_bit(PG_active, &folio->flags);
	clear_bit(PG_unevictable, &folio->flags);
	arch_page_ref(folio, HOLDER_ISOLATION, -1);
	put_page(folio);
}

/* The caller has a reference. False if it was not on the LRU. */
bool delete_from_lru_cache(struct page *folio)
{
	if (!folio_isolate_lru(folio))
		return false;
	put_isolated_poisoned(folio);
	return true;
}

/* Whether nobody has a broken page but the swap cache. Racy. */
bool is_poisoned_alone(const struct page *page)
{
	unsigned long flags = READ_ONCE(page->flags);
	int refs = 1 + (int)(flags >> PG_swapcache & 1);

	return flags & 1ul << PG_hwpoison && !(flags & 1ul << PG_lru) &&
	       !folio_mapped(page) && atomic_read(&page->refcount) == refs;
}

/* The caller's reference is on @page alone then; false if that cannot be. */
static bool split_poisoned_folio(struct page *page)
{
	struct page *folio = page_folio(page);
	bool done;

	if (!folio_test_large(folio))
		return true;
	folio_lock(folio);
	done = !split_folio_to_order(page, NULL, 0);
	folio_unlock(done ? page : folio);
	return done;
}

/*
 * The memory of an anonymous page is broken; the caller's reference on it is
 * that of its being so from now on. Returns 0; or -EHWPOISON if that was known
 * already, or -EBUSY if it is part of a large folio that somebody else has, and
 * the reference is dropped. (6.12 tells its users then.) May sleep; no lock
 * held.
 */
int memory_failure(struct page *page)
{
	if (!split_poisoned_folio(page)) {
		put_page(page);
		return -EBUSY;
	}
	if (test_and_set_bit(PG_hwpoison, &page->flags)) {
		put_page(page);
		return -EHWPOISON;
	}
	arch_page_ref(page, HOLDER_POISON, 1);
	atomic_inc(&mem->num_poisoned_pages);
	/* It may be on its way there. */
	if (!test_bit(PG_lru, &page->flags))
		lru_add_drain_all();
	folio_lock(page);
	if (test_bit(PG_lru, &page->flags)) {
		folio_wait_writeback(page);
		unmap_poisoned_folio(page);
		if (!folio_mapped(page))
			delete_from_lru_cache(page);
	}
	folio_unlock(page);
	return 0;
}

/* --- Back into use --- */

static bool was_in_use(const struct page *page)
{
	return page->private != MAGIC_HWPOISON;
}

/* The last reference is ours: the page is freed like any other. */
static bool free_poisoned_page(struct page *page)
{
	if (atomic_read(&page->refcount) != 1 || folio_mapped(page))
		return false;
	clear_bit(PG_hwpoison, &page->flags);
	arch_page_ref(page, HOLDER_POISON, -1);
	put_page(page);
	return true;
}

/* Its memory is offline: it becomes as the other pages there. */
static bool join_offline_memory(struct page *page)
{
	if (!page_ref_freeze(page, 1))
		return false;
	clear_bit(PG_hwpoison, &page->flags);
	if (was_in_use(page))
		arch_page_ref(page, HOLDER_POISON, -1);
	clean_freed_pages(page, 0);
	return true;
}

static bool unpoison(struct page *page)
{
	if (test_bit(PG_offline, &page->flags))
		return join_offline_memory(page);
	if (was_in_use(page))
		return free_poisoned_page(page);
	return put_page_back_buddy(page);
}

/*
 * Put a page that is broken back into use, as if it were not. Returns 0, or
 * -EBUSY if somebody has a reference or maps it; then nothing has changed. May
 * sleep; no lock held.
 */
int unpoison_page(unsigned int pfn)
{
	bool is_back;

	get_online_mems();
	is_back = unpoison(pfn_to_page(pfn));
	put_online_mems();
	if (!is_back)
		return -EBUSY;
	atomic_dec(&mem->num_poisoned_pages);
	return 0;
}
