// SPDX-License-Identifier: GPL-2.0-only
/*
 * Freeing: dropping references, and what happens to a block before it goes to a
 * pcplist or a free list.
 *
 * An allocated block has its references on the first page; the others have
 * refcount 0, and whether they belong to it is known from the block being
 * compound, or by nobody but its owner. It carries no type: where it goes when
 * freed is decided by its pageblock then.
 *
 * Anybody may take a reference on any page that has one, whose ever it is, and
 * so be the last to drop it. Who finds that of a block that is not compound
 * frees its first page only; therefore the owner, whose reference was not the
 * last, frees all others itself.
 *
 * Modelled on mm/page_alloc.c, mm/swap.c and include/linux/mm.h of Linux 6.12,
 * except that ->private of all pages of a block is cleared; 6.12 leaves that of
 * all but the first (fixed by ac1ea219590c). Left out: reports of bad pages;
 * clearing of memory.
 */
#include "internal.h"

/*
 * Flags that a page may still have when it is freed, and that end with it. The
 * others would be of a page that is in use (PAGE_FLAGS_CHECK_AT_FREE).
 */
#define FLAGS_CLEARED                                                  \
	(1ul << PG_head | 1ul << PG_mlocked | 1ul << PG_waiters |      \
	 1ul << PG_referenced | 1ul << PG_uptodate | 1ul << PG_dirty | \
	 1ul << PG_swapbacked | 1ul << PG_reclaim)

/* Mostly there is nothing to clear: the cache line stays as it is. */
static void clear_flags(struct page *page)
{
	unsigned long cleared = FLAGS_CLEARED;

	if (buggy(mlocked_to_buddy))
		cleared &= ~(1ul << PG_mlocked);
	if (page->flags & cleared)
		page->flags &= ~cleared;
}

static void clear_private(struct page *page)
{
	if (page->private)
		page->private = 0;
}

/* Pages become as clean as those that were never used. */
void clean_freed_pages(struct page *page, unsigned int order)
{
	if (page->flags & 1ul << PG_head)
		destroy_compound_page(page, order);
	for (unsigned int i = 1; i < 1u << order; i++) {
		clear_flags(page + i);
		if (!buggy(private_not_cleared))
			clear_private(page + i);
	}
	/*
	 * A file has let go of its page before. That of a tail was
	 * TAIL_MAPPING, and went with the compound page.
	 */
	if (page->mapping & PAGE_MAPPING_ANON)
		page->mapping = 0;
	clear_flags(page);
	clear_private(page);
}

/*
 * The block is about to be taken back; nobody else has a reference. Returns
 * false if it must not be taken back: single pages with broken memory stay
 * where they are.
 */
bool free_pages_prepare(struct page *page, unsigned int order)
{
	if (!order && (page->flags & 1ul << PG_hwpoison))
		return false;
	clean_freed_pages(page, order);
	arch_free_page(page, order);
	return true;
}

static bool put_page_testzero(struct page *page)
{
	return atomic_dec_and_test(&page->refcount);
}

/*
 * Drop the reference of an allocation of @order and free it if that was the
 * last one; what whoever has the last one will not free is freed in any case.
 * Any context; no lock of the allocator held.
 */
void __free_pages(struct page *page, unsigned int order)
{
	/* Without our reference the block may be freed, and another's. */
	bool head = PageHead(page);

	if (put_page_testzero(page)) {
		free_unref_page(page, order);
		return;
	}
	if (buggy(free_pages_racy_head_test))
		head = PageHead(page);
	if (head)
		return;
	while (order-- > 0)
		free_unref_page(page + (1u << order), order);
}

/*
 * Take a reference on a page that may be anybody's, or free: then there is none
 * to be had, and false is returned. Any context.
 */
bool get_page_unless_zero(struct page *page)
{
	return atomic_add_unless(&page->refcount, 1, 0);
}

/* The last reference is gone, and only now it leaves the LRU (mm/swap.c). */
void __folio_put(struct page *folio)
{
	if (folio->flags & 1ul << PG_lru)
		lru_remove_freed(folio);
	folio_unqueue_deferred_split(folio);
	free_unref_page(folio, compound_order(folio));
}

/*
 * Drop a reference and free the page, all of it if it is compound, if that was
 * the last one. Any context; no lock of the allocator held.
 */
void put_page(struct page *page)
{
	page = compound_head(page);
	if (put_page_testzero(page))
		__folio_put(page);
}

/* The same for several references on a page that is no tail. */
void put_page_refs(struct page *page, int refs)
{
	if (atomic_sub_and_test(refs, &page->refcount))
		__folio_put(page);
}

/* Take another reference on a page that the caller has one on. Any context. */
void get_page(struct page *page)
{
	atomic_inc(&page->refcount);
}

/*
 * Take away the references of a page if it has exactly @count: nobody can get
 * one until page_ref_unfreeze(). False, and nothing has changed, if there are
 * others (include/linux/page_ref.h).
 */
bool page_ref_freeze(struct page *page, int count)
{
	return atomic_cmpxchg(&page->refcount, count, 0) == count;
}

void page_ref_unfreeze(struct page *page, int count)
{
	atomic_set(&page->refcount, count);
}
