// SPDX-License-Identifier: GPL-2.0-only
/*
 * A Linux tree as a subject: operations on blocks of pages, and the view of a
 * page. There is no CONFIG_MEMORY_FAILURE: no page goes out of use.
 */
#include <errno.h>

#include "subject/linux/linux.h"
#include "subject/subject.h"

long subject_alloc_pages(enum subject_request request, enum subject_gfp gfp,
			 unsigned int order)
{
	return tree_alloc_pages(request, gfp, order);
}

long subject_alloc_compound(enum subject_request request, enum subject_gfp gfp,
			    unsigned int order)
{
	return tree_alloc_compound(request, gfp, order);
}

void subject_free_pages(unsigned int pfn, unsigned int order)
{
	tree_free_pages(pfn, order);
}

unsigned int subject_alloc_bulk(enum subject_request request,
				unsigned int nr_pages, unsigned int *pfn)
{
	return tree_alloc_bulk(request, nr_pages, pfn);
}

void subject_free_bulk(const unsigned int *pfn, unsigned int nr_pages)
{
	tree_free_bulk(pfn, nr_pages);
}

void subject_split(unsigned int pfn, unsigned int order)
{
	tree_split(pfn, order);
}

void subject_use(unsigned int pfn, unsigned int nr_pages)
{
	tree_use(pfn, nr_pages);
}

bool subject_get(unsigned int pfn)
{
	return tree_get(pfn);
}

void subject_put(unsigned int pfn)
{
	tree_put(pfn);
}

int subject_take_off(unsigned int pfn)
{
	(void)pfn;
	return -EBUSY;
}

int subject_put_back(unsigned int pfn)
{
	(void)pfn;
	return -EBUSY;
}

unsigned int subject_nr_taken_off(void)
{
	return 0;
}

static unsigned int dirt_of(const struct tree_page *page)
{
	unsigned int dirt = 0;

	if (page->has_flags)
		dirt |= SUBJECT_DIRT_FLAGS;
	if (page->has_mlocked)
		dirt |= SUBJECT_DIRT_MLOCKED;
	if (page->head || page->head_pfn != -1)
		dirt |= SUBJECT_DIRT_COMPOUND;
	if (page->has_mapping)
		dirt |= SUBJECT_DIRT_MAPPING;
	if (page->private)
		dirt |= SUBJECT_DIRT_PRIVATE;
	return dirt;
}

void subject_page(unsigned int pfn, struct subject_page_view *view)
{
	struct tree_page page;

	tree_page(pfn, &page);
	view->buddy = page.buddy;
	view->guard = page.guard;
	view->order = (unsigned int)page.private;
	view->private = page.private;
	view->refcount = page.refcount;
	view->head = page.head;
	view->compound_order = page.compound_order;
	view->head_pfn = page.head_pfn;
	view->dirt = dirt_of(&page);
}
