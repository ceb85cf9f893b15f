// SPDX-License-Identifier: GPL-2.0-only
/*
 * Boot: laying out the memory of all zones and handing its pages to the
 * allocator, largest blocks first, as memblock does.
 *
 * Modelled on mm/mm_init.c, mm/memblock.c and __free_pages_core() of
 * mm/page_alloc.c, Linux 6.12. Left out: nodes.
 */
#include "internal.h"

struct mm_geometry mm_geometry;
struct memory *mem;

#define CACHE_LINE 64u

static unsigned int nr_pageblocks(const struct mm_geometry *geometry)
{
	return ALIGN(geometry->nr_pages, 1u << geometry->block_order) >>
	       geometry->block_order;
}

/*
 * Bytes of memory that mm_boot() needs for @geometry. Behind the page structs
 * there is room for a block of the largest order, which nobody may touch: a
 * buddy beyond the zone would be there.
 */
size_t mm_bytes(const struct mm_geometry *geometry)
{
	return ALIGN(sizeof(struct memory), CACHE_LINE) +
	       (geometry->nr_pages + (1u << geometry->max_order)) *
		       sizeof(struct page) +
	       2 * ALIGN(nr_pageblocks(geometry), CACHE_LINE) +
	       geometry->nr_pages * sizeof(*mem->content) +
	       ALIGN(geometry->cma_end - geometry->cma_start, CACHE_LINE);
}

/* Work on @memory, which mm_boot() was or will be called for. */
void mm_select(const struct mm_geometry *geometry, void *memory)
{
	mm_geometry = *geometry;
	mem = memory;
}

/* Hand a block that boot had reserved to the allocator, past the pcplists. */
void free_reserved_block(unsigned int pfn, unsigned int order, enum fpi fpi)
{
	struct zone *zone = page_zone(pfn_to_page(pfn));

	for (unsigned int i = 0; i < 1u << order; i++) {
		clear_bit(PG_reserved, &pfn_to_page(pfn + i)->flags);
		atomic_set(&pfn_to_page(pfn + i)->refcount, 0);
	}
	zone->managed_pages += 1u << order;
	free_pages_prepare(pfn_to_page(pfn), order);
	free_one_page(zone, pfn_to_page(pfn), pfn, order,
		      get_pfnblock_migratetype(pfn), fpi);
}

static void zone_init(struct zone *zone, const char *name, unsigned int start,
		      unsigned int end)
{
	spin_lock_init(&zone->lock, (unsigned int)(zone - mem->zones));
	zone->name = name;
	zone->zone_start_pfn = start;
	zone->spanned_pages = end - start;
	for (unsigned int order = 0; order < NR_PAGE_ORDERS_LIMIT; order++) {
		for (unsigned int mt = 0; mt < MIGRATE_TYPES; mt++)
			INIT_LIST_HEAD(&zone->free_area[order].free_list[mt]);
	}
	/* Page 0 is as good as any here: that it is unset would not be seen. */
	reset_cached_positions(zone);
}

/* Every page is reserved and has a reference until it is freed. */
static void memmap_init(void)
{
	for (unsigned int pfn = 0; pfn < mm_geometry.nr_pages; pfn++) {
		pfn_to_page(pfn)->flags = 1ul << PG_reserved;
		pfn_to_page(pfn)->refcount.counter = 1;
		if (pfn == pageblock_start_pfn(pfn))
			set_pageblock_migratetype(pfn, MIGRATE_MOVABLE);
	}
}

/* Free [start, end) in the largest naturally aligned blocks. */
static void free_memory_core(unsigned int start, unsigned int end)
{
	while (start < end) {
		unsigned int order = MAX_PAGE_ORDER;

		while ((start & ((1u << order) - 1)) ||
		       start + (1u << order) > end)
			order--;
		free_reserved_block(start, order, FPI_TO_TAIL);
		start += 1u << order;
	}
}

/* The same, but for what lies in the hole: it stays reserved for ever. */
static void free_memory(unsigned int start, unsigned int end)
{
	free_memory_core(start, min(end, mm_geometry.hole_start));
	free_memory_core(max(start, mm_geometry.hole_end), end);
}

/* Boot the geometry of mm_select() into its memory, which must be zeroed. */
void mm_boot(void)
{
	u8 *next = (u8 *)mem + ALIGN(sizeof(struct memory), CACHE_LINE);

	mem->mem_map = (struct page *)next;
	next += (mm_geometry.nr_pages + MAX_ORDER_NR_PAGES) *
		sizeof(struct page);
	mem->pageblock_type = next;
	next += ALIGN(nr_pageblocks(&mm_geometry), CACHE_LINE);
	mem->pageblock_skip = next;
	next += ALIGN(nr_pageblocks(&mm_geometry), CACHE_LINE);
	mem->content = (unsigned long *)(void *)next;
	next += mm_geometry.nr_pages * sizeof(*mem->content);
	mem->cma_bitmap = next;

	zone_init(&mem->zones[ZONE_NORMAL], "Normal", 0,
		  mm_geometry.movable_start);
	zone_init(&mem->zones[ZONE_MOVABLE], "Movable",
		  mm_geometry.movable_start, mm_geometry.nr_pages);
	zone_pcp_init();
	lru_init();
	mapping_init();
	mutex_init(&mem->mem_hotplug_lock);
	memmap_init();
	free_memory(0, mm_geometry.cma_start);
	free_memory(mm_geometry.cma_end, mm_geometry.movable_start);
	free_memory(mm_geometry.movable_start, mm_geometry.nr_pages);
	cma_init_reserved_area();
	watermarks_init();
	zone_pageset_tune(mm_geometry.pcp_batch, mm_geometry.pcp_high);
}
