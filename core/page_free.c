// SPDX-License-Identifier: GPL-2.0-only
/*
 * Freeing: dropping references, and what happens to a block before it goes to a
 * pcplist or a free list.
 *
 * An allocated block has refcount 1 on its first page and 0 on the others; it
 * carries no type: where it goes when freed is decided by its pageblock then.
 *
 * Modelled on mm/page_alloc.c of Linux 6.12. Left out: compound pages.
 */
#include "internal.h"

/* The block is about to be taken back; nobody else may have a reference. */
void free_pages_prepare(struct page *page, unsigned int order)
{
	page->private = 0;
	arch_free_page(page, order);
}

/*
 * Drop the reference of an allocation of @order and free it if that was the
 * last one. Any context; no lock of the allocator held.
 */
void __free_pages(struct page *page, unsigned int order)
{
	if (atomic_dec_and_test(&page->refcount))
		free_unref_page(page, order);
}
