// SPDX-License-Identifier: GPL-2.0-only
/*
 * Compound pages: blocks that are one page to those who use them.
 *
 * The first page, the head, has PG_head and all references. Every other one, a
 * tail, has the head's pfn and a bit in ->compound_head, so that one word
 * tells what it is and where it belongs, refcount 0 and TAIL_MAPPING. The order
 * is in the first tail; so a single page is never compound.
 *
 * Who has allocated a block makes it compound before anybody else knows of it,
 * and it stays so until the last reference is gone. Only those who take
 * references without having one (get_page_unless_zero()) see it come and go.
 *
 * A compound page of a user is a large folio: it keeps counts in its first
 * tail (rmap.c), and in the second where it is on the queue of those that are
 * to be split (split_folio.c).
 *
 * Modelled on prep_compound_page(), free_tail_page_prepare() and split_page()
 * of mm/page_alloc.c and on include/linux/page-flags.h of Linux 6.12.
 */
#include "internal.h"

/* The head of the compound page that @page is a tail of, or @page. */
struct page *compound_head(struct page *page)
{
	u32 head = READ_ONCE(page->compound_head);

	return head & 1 ? pfn_to_page(head >> 1) : page;
}

/* The order of a page that is no tail and that the caller has. */
unsigned int compound_order(const struct page *page)
{
	return page->flags & 1ul << PG_head ? (unsigned int)page[1].index : 0;
}

/* What a tail of @head has in ->compound_head. */
static u32 compound_word(const struct page *head)
{
	return page_to_pfn(head) << 1 | 1;
}

static void prep_compound_tail(struct page *head, struct page *page)
{
	page->mapping = TAIL_MAPPING;
	WRITE_ONCE(page->compound_head, compound_word(head));
	page->private = 0;
}

/* Make an allocated block of @order > 0 one compound page. */
void prep_compound_page(struct page *page, unsigned int order)
{
	page->flags |= 1ul << PG_head;
	for (unsigned int i = 1; i < 1u << order; i++)
		prep_compound_tail(page, page + i);
	page[1].index = order;
	page[1].large_mapcount.counter = page[1].entire_mapcount.counter = 0;
	page[1].nr_pages_mapped.counter = page[1].pincount.counter = 0;
	if (order > 1)
		INIT_LIST_HEAD(deferred_list(page));
}

static void free_tail_page_prepare(const struct page *head, struct page *page)
{
	BUG_ON(page->compound_head != compound_word(head));
	BUG_ON(page->mapping != TAIL_MAPPING);
	page->mapping = 0;
	WRITE_ONCE(page->compound_head, 0);
}

/* Make the tails of a compound page that is being freed plain pages again. */
void destroy_compound_page(struct page *page, unsigned int order)
{
	BUG_ON(page[1].index != order);
	for (unsigned int i = 1; i < 1u << order; i++)
		free_tail_page_prepare(page, page + i);
}

/*
 * Make the pages of an allocated block, which is not compound, single ones:
 * each has a reference of its own from now on and must be freed by itself. The
 * caller has the block's reference.
 */
void split_page(struct page *page, unsigned int order)
{
	BUG_ON(page->flags & 1ul << PG_head);
	BUG_ON(page->compound_head & 1);
	for (unsigned int i = 1; i < 1u << order; i++)
		set_page_refcounted(page + i);
}
