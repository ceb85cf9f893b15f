// SPDX-License-Identifier: GPL-2.0-only
/*
 * The textbook core as a subject: operations on blocks of pages, and the view
 * of a page.
 */
#include <errno.h>

#include "mm.h"
#include "subject/core_memory.h"
#include "subject/subject.h"

/* Nobody is killed for a request, which __GFP_RETRY_MAYFAIL asks for. */
static gfp_t gfp_of(enum subject_request request, enum subject_gfp gfp)
{
	static const gfp_t mobility[] = { __GFP_MOVABLE | __GFP_HIGHMEM, 0,
					  __GFP_RECLAIMABLE };
	static const gfp_t flags[] = {
		[SUBJECT_GFP_KERNEL] = GFP_KERNEL | __GFP_RETRY_MAYFAIL,
		[SUBJECT_GFP_NOWAIT] = GFP_NOWAIT,
		[SUBJECT_GFP_ATOMIC] = GFP_ATOMIC,
		[SUBJECT_GFP_HIGH] = GFP_KERNEL | __GFP_HIGH |
				     __GFP_RETRY_MAYFAIL,
		[SUBJECT_GFP_NOMEMALLOC] = GFP_ATOMIC | __GFP_NOMEMALLOC,
		[SUBJECT_GFP_NORETRY] = GFP_KERNEL | __GFP_NORETRY,
		[SUBJECT_GFP_MEMALLOC] = GFP_ATOMIC | __GFP_MEMALLOC,
		[SUBJECT_GFP_LIGHT] = __GFP_NOMEMALLOC,
	};

	return mobility[request] | flags[gfp];
}

/* A movable page is a driver's, which could move it if it had to. */
static void make_movable(struct page *page, enum subject_request request)
{
	if (request == SUBJECT_REQUEST_MOVABLE)
		set_bit(PG_movable, &page->flags);
}

static void make_unmovable(struct page *page)
{
	if (page->flags & (1ul << PG_movable))
		clear_bit(PG_movable, &page->flags);
}

static long alloc(enum subject_request request, gfp_t gfp, unsigned int order)
{
	struct page *page = alloc_pages(gfp, order);

	if (!page)
		return -ENOMEM;
	make_movable(page, request);
	return page - mem->mem_map;
}

long subject_alloc_pages(enum subject_request request, enum subject_gfp gfp,
			 unsigned int order)
{
	return alloc(request, gfp_of(request, gfp), order);
}

long subject_alloc_compound(enum subject_request request, enum subject_gfp gfp,
			    unsigned int order)
{
	return alloc(request, gfp_of(request, gfp) | __GFP_COMP, order);
}

void subject_free_pages(unsigned int pfn, unsigned int order)
{
	make_unmovable(&mem->mem_map[pfn]);
	__free_pages(&mem->mem_map[pfn], order);
}

unsigned int subject_alloc_bulk(enum subject_request request,
				unsigned int nr_pages, unsigned int *pfn)
{
	struct page *pages[SUBJECT_MAX_BULK];

	nr_pages = alloc_pages_bulk(gfp_of(request, SUBJECT_GFP_NORETRY),
				    nr_pages, pages);
	for (unsigned int i = 0; i < nr_pages; i++) {
		make_movable(pages[i], request);
		pfn[i] = (unsigned int)(pages[i] - mem->mem_map);
	}
	return nr_pages;
}

void subject_free_bulk(const unsigned int *pfn, unsigned int nr_pages)
{
	struct page *pages[SUBJECT_MAX_BULK];

	for (unsigned int i = 0; i < nr_pages; i++) {
		pages[i] = &mem->mem_map[pfn[i]];
		make_unmovable(pages[i]);
	}
	release_pages(pages, nr_pages);
}

void subject_split(unsigned int pfn, unsigned int order)
{
	split_page(&mem->mem_map[pfn], order);
}

/*
 * A movable page may also be locked in memory. This file has no store hooks:
 * a reset would leave what is stored here unless it is told.
 */
void subject_use(unsigned int pfn, unsigned int nr_pages)
{
	for (unsigned int i = 0; i < nr_pages; i++) {
		struct page *page = &mem->mem_map[pfn + i];

		sim_memory_mark(core_memory, page, sizeof(*page));
		page->private = pfn + i + 1;
		if (page->flags & (1ul << PG_movable))
			set_bit(PG_mlocked, &page->flags);
	}
}

bool subject_get(unsigned int pfn)
{
	return get_page_unless_zero(&mem->mem_map[pfn]);
}

void subject_put(unsigned int pfn)
{
	put_page(&mem->mem_map[pfn]);
}

int subject_take_off(unsigned int pfn)
{
	return soft_offline_free_page(pfn);
}

int subject_put_back(unsigned int pfn)
{
	return unpoison_page(pfn);
}

unsigned int subject_nr_taken_off(void)
{
	return (unsigned int)mem->num_poisoned_pages.counter;
}

/* --- The view of a page --- */

static unsigned int dirt_of(const struct page *page)
{
	const unsigned long flags = 1ul << PG_reserved | 1ul << PG_movable |
				    1ul << PG_lru | 1ul << PG_locked |
				    1ul << PG_active | 1ul << PG_writeback |
				    1ul << PG_private | 1ul << PG_unevictable;
	unsigned int dirt = 0;

	if (page->flags & flags)
		dirt |= SUBJECT_DIRT_FLAGS;
	if (page->flags & 1ul << PG_mlocked)
		dirt |= SUBJECT_DIRT_MLOCKED;
	if (page->flags & 1ul << PG_head || page->compound_head)
		dirt |= SUBJECT_DIRT_COMPOUND;
	if (page->mapping || page->mapcount.counter)
		dirt |= SUBJECT_DIRT_MAPPING;
	if (page->private)
		dirt |= SUBJECT_DIRT_PRIVATE;
	return dirt;
}

void subject_page(unsigned int pfn, struct subject_page_view *view)
{
	const struct page *page = &mem->mem_map[pfn];

	view->buddy = page->buddy;
	view->guard = page->guard;
	view->order = (unsigned int)page->private;
	view->private = page->private;
	view->refcount = (unsigned int)page->refcount.counter;
	view->head = page->flags >> PG_head & 1;
	view->compound_order = compound_order(page);
	view->head_pfn = -1;
	if (page->compound_head & 1)
		view->head_pfn = page->compound_head >> 1;
	view->dirt = dirt_of(page);
}
