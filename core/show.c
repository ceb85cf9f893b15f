// SPDX-License-Identifier: GPL-2.0-only
/*
 * The state of the allocator in the words of /proc/buddyinfo,
 * /proc/pagetypeinfo, /proc/zoneinfo, and of dump_page().
 *
 * Nothing here takes a lock or changes anything, so that a report of a broken
 * rule can show what it was found in. The zones must not change meanwhile.
 *
 * Modelled on mm/vmstat.c and mm/debug.c of Linux 6.12, whose lines these are,
 * in that order. Left out: statistics of nodes, watermarks, fields of a page
 * that this one has not, and its raw words, which hold addresses.
 */
#include "internal.h"

static const char *const migratetype_names[MIGRATE_TYPES] = {
	"Unmovable", "Movable", "Reclaimable", "HighAtomic", "CMA", "Isolate",
};

/* Pages of the zone that are no hole. */
static unsigned int zone_present_pages(const struct zone *zone)
{
	unsigned int start = max(mm_geometry.hole_start, zone->zone_start_pfn);
	unsigned int end = min(mm_geometry.hole_end, zone_end_pfn(zone));

	return zone->spanned_pages - (end > start ? end - start : 0);
}

void show_buddyinfo(void)
{
	struct zone *zone;

	for_each_populated_zone(zone)
	{
		printk("Node %d, zone %8s ", 0, zone->name);
		for (unsigned int order = 0; order <= MAX_PAGE_ORDER; order++)
			printk("%6lu ", zone->free_area[order].nr_free);
		printk("\n");
	}
}

/* --- /proc/pagetypeinfo --- */

static void show_free_of_type(const struct zone *zone, enum migratetype mt)
{
	printk("Node %4d, zone %8s, type %12s ", 0, zone->name,
	       migratetype_names[mt]);
	for (unsigned int order = 0; order <= MAX_PAGE_ORDER; order++) {
		const struct list_head *head =
			&zone->free_area[order].free_list[mt];
		unsigned long nr = 0;

		for (const struct list_head *entry = head->next; entry != head;
		     entry = entry->next)
			nr++;
		printk("%6lu ", nr);
	}
	printk("\n");
}

static void show_free(void)
{
	struct zone *zone;

	printk("%-43s ", "Free pages count per migrate type at order");
	for (unsigned int order = 0; order <= MAX_PAGE_ORDER; order++)
		printk("%6d ", (int)order);
	printk("\n");
	for_each_populated_zone(zone)
	{
		for (unsigned int mt = 0; mt < MIGRATE_TYPES; mt++)
			show_free_of_type(zone, (enum migratetype)mt);
	}
}

/* A pageblock that two zones share counts where the walk meets it. */
static void show_blocks(const struct zone *zone)
{
	unsigned long count[MIGRATE_TYPES];

	for (unsigned int mt = 0; mt < MIGRATE_TYPES; mt++)
		count[mt] = 0;
	for (unsigned int pfn = zone->zone_start_pfn; pfn < zone_end_pfn(zone);
	     pfn += pageblock_nr_pages)
		count[__block_type(pfn)]++;
	printk("Node %d, zone %8s ", 0, zone->name);
	for (unsigned int mt = 0; mt < MIGRATE_TYPES; mt++)
		printk("%12lu ", count[mt]);
	printk("\n");
}

void show_pagetypeinfo(void)
{
	struct zone *zone;

	printk("Page block order: %d\n", (int)pageblock_order);
	printk("Pages per block:  %lu\n", (unsigned long)pageblock_nr_pages);
	printk("\n");
	show_free();
	printk("\n%-23s", "Number of blocks type ");
	for (unsigned int mt = 0; mt < MIGRATE_TYPES; mt++)
		printk("%12s ", migratetype_names[mt]);
	printk("\n");
	for_each_populated_zone(zone)
	{
		show_blocks(zone);
	}
}

/* --- /proc/zoneinfo --- */

static void show_pagesets(const struct zone *zone)
{
	unsigned int cpu;

	printk("\n  pagesets");
	for_each_online_cpu(cpu) {
		const struct per_cpu_pages *pcp = &zone->per_cpu_pageset[cpu];

		printk("\n    cpu: %i", (int)cpu);
		printk("\n              count: %i", pcp->count);
		printk("\n              high:  %i", pcp->high);
		printk("\n              batch: %i", pcp->batch);
	}
}

static void show_watermarks(const struct zone *zone)
{
	printk("\n        boost    %lu", zone->watermark_boost);
	printk("\n        min      %lu", wmark_pages(zone, WMARK_MIN));
	printk("\n        low      %lu", wmark_pages(zone, WMARK_LOW));
	printk("\n        high     %lu", wmark_pages(zone, WMARK_HIGH));
}

void show_zoneinfo(void)
{
	static const char *const stat_names[NR_VM_ZONE_STAT_ITEMS] = {
		[NR_FREE_PAGES] = "nr_free_pages",
		[NR_FREE_CMA_PAGES] = "nr_free_cma",
	};
	struct zone *zone;

	for_each_populated_zone(zone)
	{
		bool has_cma = mem->cma.count &&
			       zone_spans_pfn(zone, mem->cma.base_pfn);

		printk("Node %d, zone %8s", 0, zone->name);
		printk("\n  pages free     %lu",
		       (unsigned long)zone->vm_stat[NR_FREE_PAGES].counter);
		show_watermarks(zone);
		printk("\n        spanned  %lu",
		       (unsigned long)zone->spanned_pages);
		printk("\n        present  %lu",
		       (unsigned long)zone_present_pages(zone));
		printk("\n        managed  %lu", zone->managed_pages);
		printk("\n        cma      %lu",
		       has_cma ? (unsigned long)mem->cma.count : 0ul);
		for (unsigned int i = 0; i < NR_VM_ZONE_STAT_ITEMS; i++)
			printk("\n      %-12s %lu", stat_names[i],
			       (unsigned long)zone->vm_stat[i].counter);
		show_pagesets(zone);
		printk("\n  start_pfn:           %lu",
		       (unsigned long)zone->zone_start_pfn);
		printk("\n");
	}
}

/* --- Pages --- */

/* As %pGp writes them: the number, then names in its order, and fields. */
static void show_flags(const struct page *page)
{
	static const struct {
		enum pageflags flag;
		const char *name;
	} names[] = {
		{ PG_locked, "locked" },
		{ PG_waiters, "waiters" },
		{ PG_referenced, "referenced" },
		{ PG_uptodate, "uptodate" },
		{ PG_dirty, "dirty" },
		{ PG_lru, "lru" },
		{ PG_active, "active" },
		{ PG_swapcache, "owner_priv_1" }, /* its other name */
		{ PG_reserved, "reserved" },
		{ PG_private, "private" },
		{ PG_writeback, "writeback" },
		{ PG_head, "head" },
		{ PG_reclaim, "reclaim" },
		{ PG_swapbacked, "swapbacked" },
		{ PG_unevictable, "unevictable" },
		{ PG_mlocked, "mlocked" },
		{ PG_hwpoison, "hwpoison" },
	};

	printk("flags: 0x%lx(", page->flags);
	for (unsigned int i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (page->flags & 1ul << names[i].flag)
			printk("%s|", names[i].name);
	}
	printk("zone=%d)", (int)(page_zone(page) - mem->zones));
}

/* As folio_mapping(), but nobody else may run meanwhile. */
static const struct address_space *mapping_of(const struct page *page)
{
	if (page->flags & 1ul << PG_swapcache)
		return &mem->swap;
	if (page->mapping & PAGE_MAPPING_ANON || page->mapping == TAIL_MAPPING)
		return NULL;
	return (const struct address_space *)page->mapping;
}

/* In place of its address: files are numbered from 1 on, swap comes last. */
static unsigned long mapping_nr(const struct address_space *mapping)
{
	if (!mapping)
		return 0;
	if (mapping == &mem->swap)
		return NR_FILES + 1;
	return (unsigned long)(mapping - mem->file) + 1;
}

/* Files are of a block device, of a ramfs, and of shmem. */
static void dump_mapping(const struct address_space *mapping)
{
	const char *aops = mapping->has_buffers ? "def_blk_aops" : "ram_aops";

	if (mapping->swap_backed)
		aops = "shmem_aops";
	if (mapping == &mem->swap)
		printk("aops:%s\n", "swap_aops");
	else
		printk("aops:%s ino:%lx\n", aops, mapping_nr(mapping));
}

/*
 * What @page says of itself, and @reason unless that is NULL. @page must be one
 * that mm_geometry has.
 */
void dump_page(const struct page *page, const char *reason)
{
	const struct address_space *mapping = mapping_of(page);
	unsigned int pfn = page_to_pfn(page);
	bool anon = page->mapping & PAGE_MAPPING_ANON;

	printk("page: refcount:%d mapcount:%d mapping:%016lx index:0x%lx "
	       "pfn:0x%lx\n",
	       page->refcount.counter, page->mapcount.counter,
	       mapping_nr(mapping), page->index, (unsigned long)pfn);
	if (mapping && !anon)
		dump_mapping(mapping);
	if (anon)
		printk("anon ");
	show_flags(page);
	printk("%s\n", is_migrate_cma(__block_type(pfn)) ? " CMA" : "");
	if (page->buddy)
		printk("page_type: %x(%s)\n", 0xf0u, "buddy");
	else if (page->guard)
		printk("page_type: %x(%s)\n", 0xf3u, "guard");
	else if (page->flags & 1ul << PG_offline)
		printk("page_type: %x(%s)\n", 0xf1u, "offline");
	if (reason)
		printk("page dumped because: %s\n", reason);
}
