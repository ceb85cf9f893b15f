// SPDX-License-Identifier: GPL-2.0-only
/*
 * What tells the harness where pages are: the list validators of DEBUG_LIST,
 * which see every insertion and removal, and the hooks that architectures have
 * where pages are handed out and taken back.
 */
#include <linux/memblock.h>

#include "kernel.h"

/* Whether the harness has been told that the page heads a listed block. */
enum { NOT_LISTED, LISTED, LISTED_ON_LRU };
static u8 *listed;

void tree_list_init(void)
{
	listed = memblock_alloc(tree_geometry.nr_pages, SMP_CACHE_BYTES);
}

static bool is_buddy_list(const struct list_head *head, unsigned int *order,
			  unsigned int *type)
{
	struct zone *zone = tree_the_zone();
	unsigned long offset =
		(unsigned long)head - (unsigned long)zone->free_area;

	if (offset >= sizeof(zone->free_area))
		return false;
	*order = (unsigned int)(offset / sizeof(struct free_area));
	*type = (unsigned int)(offset % sizeof(struct free_area) /
			       sizeof(*head));
	return true;
}

static bool is_pcp_list(const struct list_head *head, unsigned int *cpu,
			unsigned int *list)
{
	struct per_cpu_pages *first =
		per_cpu_ptr(tree_the_zone()->per_cpu_pageset, 0);

	for_each_possible_cpu(*cpu) {
		struct per_cpu_pages *pcp = SHIFT_PERCPU_PTR(
			first, per_cpu_offset(*cpu) - per_cpu_offset(0));
		unsigned long offset =
			(unsigned long)head - (unsigned long)pcp->lists;

		if (offset < sizeof(pcp->lists)) {
			*list = (unsigned int)(offset / sizeof(*head));
			return true;
		}
	}
	return false;
}

static bool tell_of_list(unsigned int pfn, const struct list_head *head)
{
	unsigned int a, b;

	if (is_buddy_list(head, &a, &b)) {
		listed[pfn] = LISTED;
		host_buddy_add(pfn, a, b);
		return true;
	}
	if (is_pcp_list(head, &a, &b)) {
		listed[pfn] = LISTED;
		host_pcp_add(pfn, tree_pcp_list_order(b), a, b);
		return true;
	}
	if (tree_is_lru_list(head, &a)) {
		listed[pfn] = LISTED_ON_LRU;
		host_lru_add(pfn, a);
		return true;
	}
	return false;
}

static struct page *page_of(const struct list_head *entry)
{
	struct page *page = list_entry(entry, struct page, lru);

	if (!listed || !tree_has_page(page) ||
	    page != tree_to_page((unsigned int)tree_to_pfn(page)))
		return NULL;
	return page;
}

/* A piece of a large folio comes in front of the rest, wherever that is. */
static bool tell_of_neighbour(unsigned int pfn, const struct list_head *next)
{
	const struct page *page = page_of(next);
	unsigned int lru;

	if (!page || listed[tree_to_pfn(page)] != LISTED_ON_LRU)
		return false;
	tree_lru_flags((unsigned int)tree_to_pfn(page), &lru);
	listed[pfn] = LISTED_ON_LRU;
	host_lru_add(pfn, lru);
	return true;
}

static void tell_of_page(unsigned int pfn, const struct list_head *prev,
			 const struct list_head *next)
{
	if (!tell_of_list(pfn, prev) && !tell_of_list(pfn, next))
		tell_of_neighbour(pfn, next);
}

/* The list of somebody who goes through the queue is it, too. */
static void tell_of_queue(const struct list_head *entry, bool queued)
{
	unsigned int pfn;

	if (listed && tree_is_queue_entry(entry, &pfn))
		host_split_queue(pfn, queued);
}

static bool added(struct list_head *new, struct list_head *prev,
		  struct list_head *next)
{
	const struct page *page = page_of(new);

	if (next->prev != prev)
		host_fail("__list_add_valid", "next->prev == prev", NULL);
	if (prev->next != next)
		host_fail("__list_add_valid", "prev->next == next", NULL);
	if (new == prev || new == next)
		host_fail("__list_add_valid", "new != prev && new != next",
			  NULL);
	if (page)
		tell_of_page((unsigned int)tree_to_pfn(page), prev, next);
	else
		tell_of_queue(new, true);
	return true;
}

static bool deleted(struct list_head *entry)
{
	const struct page *page = page_of(entry);

	if (!entry->prev || !entry->next || entry->next == LIST_POISON1 ||
	    entry->prev == LIST_POISON2)
		host_fail("__list_del_entry_valid", "entry is on a list", NULL);
	if (entry->prev->next != entry)
		host_fail("__list_del_entry_valid", "prev->next == entry",
			  NULL);
	if (entry->next->prev != entry)
		host_fail("__list_del_entry_valid", "next->prev == entry",
			  NULL);
	if (page && listed[tree_to_pfn(page)]) {
		listed[tree_to_pfn(page)] = NOT_LISTED;
		host_list_del((unsigned int)tree_to_pfn(page));
	}
	if (!page)
		tell_of_queue(entry, false);
	return true;
}

#ifdef TREE_HAS___list_add_valid_or_report
bool __list_add_valid_or_report(struct list_head *new, struct list_head *prev,
				struct list_head *next)
{
	return added(new, prev, next);
}

bool __list_del_entry_valid_or_report(struct list_head *entry)
{
	return deleted(entry);
}
#else
bool __list_add_valid(struct list_head *new, struct list_head *prev,
		      struct list_head *next)
{
	return added(new, prev, next);
}

bool __list_del_entry_valid(struct list_head *entry)
{
	return deleted(entry);
}
#endif

/* Contents of free pages are nobody's. */
void arch_alloc_page(struct page *page, int order)
{
	if (!tree_has_page(page))
		return;
	host_unpoison(page_address(page), PAGE_SIZE << order);
	host_page_alloc((unsigned int)tree_to_pfn(page), (unsigned int)order);
}

void arch_free_page(struct page *page, int order)
{
	if (!tree_has_page(page))
		return;
	host_page_free((unsigned int)tree_to_pfn(page), (unsigned int)order);
	host_poison(page_address(page), PAGE_SIZE << order);
}
