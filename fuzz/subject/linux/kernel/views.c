// SPDX-License-Identifier: GPL-2.0-only
/* Views of the seam: what the tree's structures say, read without a yield. */

#include "kernel.h"
#include "cma.h"

void tree_page(unsigned int pfn, struct tree_page *view)
{
	struct page *page = tree_to_page(pfn);

	view->buddy = PageBuddy(page);
	view->guard = PageGuard(page);
	view->private = page->private;
	view->refcount = (unsigned int)page->_refcount.counter;
	view->head = PageHead(page);
	view->compound_order = view->head ? compound_order(page) : 0;
	view->head_pfn = -1;
	if (page->compound_head & 1)
		view->head_pfn = (long)tree_to_pfn(
			(struct page *)(page->compound_head - 1));
	view->has_flags = !!(page->flags & PAGE_FLAGS_CHECK_AT_PREP &
			     ~(1ul << PG_head | 1ul << PG_mlocked));
	view->has_mlocked = page->flags >> PG_mlocked & 1;
	view->has_mapping = page->mapping != NULL;
}

long tree_page_to_pfn(const void *page)
{
	return tree_has_page(page) ? (long)tree_to_pfn(page) : -1;
}

static const unsigned long *flags_of_section(unsigned long nr)
{
	return __nr_to_section(nr)->usage->pageblock_flags;
}

/* Boot has allocated those of all sections in one piece. */
void tree_block_bits(struct tree_block_bits *bits)
{
	unsigned long first = pfn_to_section_nr(BRIDGE_START_PFN);
	unsigned int nr = tree_geometry.nr_pages / PAGES_PER_SECTION;
	unsigned long bytes = (unsigned long)flags_of_section(first + 1) -
			      (unsigned long)flags_of_section(first);

	BUILD_BUG_ON(SECTION_BLOCKFLAGS_BITS > BITS_PER_LONG);
	for (unsigned int i = 0; i < nr; i++) {
		if ((unsigned long)flags_of_section(first + i) !=
		    (unsigned long)flags_of_section(first) + i * bytes)
			host_boot_failed("pageblock bits are not in one piece");
	}
	bits->start = flags_of_section(first);
	bits->section_bytes = (unsigned int)bytes;
	bits->nr_sections = nr;
	bits->blocks_per_section = PAGES_PER_SECTION >> pageblock_order;
	bits->bits_per_block = NR_PAGEBLOCK_BITS;
	bits->type_mask = (1u << PB_migratetype_bits) - 1;
}

unsigned int tree_block_type(unsigned int block)
{
	const unsigned int per_section = PAGES_PER_SECTION >> pageblock_order;
	unsigned long nr = pfn_to_section_nr(BRIDGE_START_PFN);
	unsigned long word = *flags_of_section(nr + block / per_section);

	return word >> block % per_section * NR_PAGEBLOCK_BITS &
	       ((1u << PB_migratetype_bits) - 1);
}

/*
 * With the differences of all CPUs, and as it is: zone_page_state_snapshot()
 * makes 0 of what is negative.
 */
static long zone_state(struct zone *zone, enum zone_stat_item item)
{
	long sum = zone->vm_stat[item].counter;
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		sum += per_cpu_ptr(zone->per_cpu_zonestats, cpu)
			       ->vm_stat_diff[item];
	return sum;
}

void tree_zone(struct tree_zone *view)
{
	struct zone *zone = tree_the_zone();
	unsigned int order;

	/* Without the kernel's. */
	view->nr_managed = (unsigned long)zone->managed_pages.counter - 1;
	view->nr_free = zone_state(zone, NR_FREE_PAGES);
	view->nr_free_cma = zone_state(zone, NR_FREE_CMA_PAGES);
	view->nr_reserved_highatomic = (long)zone->nr_reserved_highatomic;
#ifdef TREE_HAS_nr_free_highatomic
	view->nr_free_highatomic = (long)zone->nr_free_highatomic;
#else
	view->nr_free_highatomic = -1;
#endif
	view->nr_isolate_pageblock = (unsigned int)zone->nr_isolate_pageblock;
	for (order = 0; order < ARRAY_SIZE(zone->free_area); order++)
		view->nr_free_area[order] =
			(unsigned int)zone->free_area[order].nr_free;
	for (; order < BRIDGE_ORDERS; order++)
		view->nr_free_area[order] = 0;
}

const struct bridge_lock *tree_zone_lock(void)
{
	return &tree_the_zone()->lock.rlock.raw_lock;
}

unsigned int tree_pcp_count(unsigned int cpu)
{
	return (unsigned int)per_cpu_ptr(tree_the_zone()->per_cpu_pageset, cpu)
		->count;
}

unsigned int tree_cma_find(unsigned int start, unsigned int end, int used)
{
	unsigned int pfn;

	for (pfn = start; pfn < end; pfn++) {
		unsigned long bit = BRIDGE_START_PFN + pfn - tree_cma->base_pfn;
		int is_used = tree_cma->bitmap[bit / BITS_PER_LONG] >>
				      bit % BITS_PER_LONG &
			      1;

		if (is_used == !!used)
			break;
	}
	return pfn;
}

static long next_on(const struct list_head *head, long pfn)
{
	const struct list_head *next = head->next;

	if (pfn >= 0)
		next = tree_to_page((unsigned int)pfn)->lru.next;
	if (next == head)
		return -1;
	return (long)tree_to_pfn(list_entry(next, struct page, lru));
}

long tree_buddy_next(unsigned int order, unsigned int type, long pfn)
{
	return next_on(&tree_the_zone()->free_area[order].free_list[type], pfn);
}

long tree_pcp_next(unsigned int cpu, unsigned int list, long pfn)
{
	struct per_cpu_pages *pcp =
		per_cpu_ptr(tree_the_zone()->per_cpu_pageset, cpu);

	return next_on(&pcp->lists[list], pfn);
}

unsigned int tree_pcp_list_order(unsigned int list)
{
	return list < NR_LOWORDER_PCP_LISTS ? list / MIGRATE_PCPTYPES :
					      pageblock_order;
}
