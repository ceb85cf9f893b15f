// SPDX-License-Identifier: GPL-2.0-only
/*
 * The textbook core as a subject: limits, boot and reset, operations and views.
 * Booted machines are kept in slots, each in memory of its own.
 */
#include "subject/subject.h"

#include <errno.h>

#include "mm.h"
#include "sim/sim.h"
#include "subject/access.h"
#include "subject/core_memory.h"

_Static_assert(MIGRATE_TYPES == SUBJECT_NR_TYPES, "types");
_Static_assert((int)MAX_NR_ZONES == SUBJECT_MAX_ZONES, "zones");
_Static_assert((int)MIGRATE_ISOLATE == (int)SUBJECT_ISOLATE, "types");

#define NR_SLOTS 32

/* One booted machine. */
struct slot {
	struct subject_geometry geometry;
	struct mm_geometry mm;
	struct sim_memory memory;
};

static struct slot slots[NR_SLOTS];
static struct slot *slot;
struct sim_memory *core_memory;

const struct subject_caps *subject_caps(void)
{
	static const struct subject_caps caps = {
		.name = "core",
		.tool = "scripts/mmfuzz",
		.nr_slots = NR_SLOTS,
		.usual = { .nr_cpus = 2,
			   .nr_pages = 256,
			   .block_order = 3,
			   .max_order = 5 },
		.exact_list_types = true,
		.compound_contig = true,
		.has_cma_counts = true,
		.can_fail_alloc = true,
		.has_hotplug = true,
		.has_mappings = true,
		.has_files = true,
		.has_forks = true,
		.moves_mappings = true,
		.has_mlock = true,
		.has_pins = true,
		.has_huge = true,
		.reclaims = true,
		.reports_refs = true,
		.has_signals = true,
		.offlines_memory = true,
		.has_take_off = true,
		.has_poison = true,
		.clears_private = true,
		.has_watermarks = true,
		.reports_watermarks = true,
		.has_highatomic = true,
		.migrates = true,
		.captures = true,
		.compacts = true,
		.has_lru = true,
	};

	return &caps;
}

/* --- Limits, boot, reset --- */

static unsigned int clamp_to(unsigned int val, unsigned int lo, unsigned int hi)
{
	return val < lo ? lo : val > hi ? hi : val;
}

/* At most half of the pages are movable for good. */
static void fit_zones(struct subject_geometry *g)
{
	unsigned int half = g->nr_pages / 2;

	if (!g->movable_start)
		g->movable_start = g->nr_pages;
	g->movable_start = clamp_to(g->movable_start, half, g->nr_pages);
}

/* Before the CMA area or behind it; nothing is left if it begins inside. */
static void fit_hole(struct subject_geometry *g)
{
	unsigned int end = g->movable_start >> g->block_order;
	unsigned int cma_start = (end - g->cma_blocks) << g->block_order;
	unsigned int limit = g->hole_start < cma_start ? cma_start :
							 g->nr_pages;

	g->hole_end = clamp_to(g->hole_end, 0, limit);
	if (g->hole_start >= g->hole_end ||
	    (g->hole_start >= cma_start &&
	     g->hole_start < end << g->block_order))
		g->hole_start = g->hole_end = 0;
}

void subject_fit(struct subject_geometry *g)
{
	unsigned int blocks, min_blocks;

	g->nr_cpus = clamp_to(g->nr_cpus, 1, NR_CPUS);
	g->nr_pages = clamp_to(g->nr_pages, 64, 262144);
	g->max_order = clamp_to(g->max_order, 1, MAX_PAGE_ORDER_LIMIT);
	g->block_order = clamp_to(g->block_order, 1, 9);
	g->mobility = g->mobility != 0;
	g->min_free = clamp_to(g->min_free, 0, 15);
	/* vm_total_pages < pageblock_nr_pages * MIGRATE_TYPES: no grouping. */
	min_blocks = g->mobility ? 2 : MIGRATE_TYPES;
	while (g->nr_pages < min_blocks << g->block_order)
		g->block_order--;
	fit_zones(g);
	/* As the kernel has it; and no guard may reach across pageblocks. */
	g->guard_order = clamp_to(g->guard_order, 0, g->max_order / 2);
	g->guard_order = clamp_to(g->guard_order, 0, g->block_order);
	/* Two pageblocks at least are not CMA. */
	blocks = g->movable_start >> g->block_order;
	blocks = blocks > 2 ? blocks - 2 : 0;
	if (g->cma_blocks > blocks)
		g->cma_blocks = blocks;
	fit_hole(g);
	if (g->pin_bias)
		g->pin_bias = clamp_to(g->pin_bias, SUBJECT_MIN_PIN_REFS,
				       SUBJECT_PIN_REFS);
	if (g->pcp_high && g->pcp_high < g->pcp_batch)
		g->pcp_high = g->pcp_batch;
}

static void geometry_to_mm(const struct subject_geometry *g,
			   struct mm_geometry *geometry)
{
	unsigned int end = g->movable_start >> g->block_order;

	*geometry = (struct mm_geometry){
		.nr_cpus = g->nr_cpus,
		.nr_pages = g->nr_pages,
		.block_order = g->block_order,
		.max_order = g->max_order,
		.cma_start = (end - g->cma_blocks) << g->block_order,
		.cma_end = end << g->block_order,
		.movable_start = g->movable_start,
		.hole_start = g->hole_start,
		.hole_end = g->hole_end,
		.pcp_batch = (int)g->pcp_batch,
		.pcp_high = (int)g->pcp_high,
		.guard_order = g->guard_order,
		.group_by_mobility_disabled = g->mobility,
		.min_free = g->nr_pages / 16 * g->min_free,
		.pin_bias = (int)subject_pin_refs(g),
	};
}

static void select_slot(unsigned int nr)
{
	slot = &slots[nr];
	core_memory = &slot->memory;
	access_select(core_memory);
	mm_select(&slot->mm, core_memory->live);
}

/* mem->pageblock_type is known once booted. */
static void watch_types(void)
{
	unsigned int nr_blocks = slot->geometry.nr_pages >>
				 slot->geometry.block_order;

	access_watch_types(mem->pageblock_type, nr_blocks + 1);
	core_watch_stores();
}

/* Present with AddressSanitizer only. */
void __asan_poison_memory_region(void const volatile *addr, size_t size)
	__attribute__((weak));
void __asan_unpoison_memory_region(void const volatile *addr, size_t size)
	__attribute__((weak));

/* Page structs beyond the zone: who reads one has forgotten to look. */
static void poison_beyond(void)
{
	if (__asan_poison_memory_region)
		__asan_poison_memory_region(mem->mem_map + mm_geometry.nr_pages,
					    sizeof(struct page) *
						    MAX_ORDER_NR_PAGES);
}

void subject_boot(unsigned int nr, const struct subject_geometry *g)
{
	if (__asan_unpoison_memory_region)
		__asan_unpoison_memory_region(slots[nr].memory.live,
					      slots[nr].memory.bytes);
	slots[nr].geometry = *g;
	geometry_to_mm(g, &slots[nr].mm);
	sim_memory_init(&slots[nr].memory, mm_bytes(&slots[nr].mm));
	select_slot(nr);
	mm_boot();
	poison_beyond();
	watch_types();
	sim_memory_commit(core_memory);
}

void subject_reset(unsigned int nr)
{
	core_dead_cpu = NR_CPUS;
	select_slot(nr);
	sim_memory_reset(core_memory);
	watch_types();
}

const struct subject_geometry *subject_geometry(void)
{
	return &slot->geometry;
}

bool subject_is_pristine(void)
{
	return sim_memory_is_pristine(core_memory);
}

/* --- Operations --- */

void subject_drain_all(void)
{
	drain_all_pages(NULL);
}

void subject_drain_local(void)
{
	drain_local_pages(NULL);
}

int subject_isolate(unsigned int start, unsigned int end,
		    enum subject_type type)
{
	return start_isolate_page_range(start, end, (enum migratetype)type);
}

void subject_undo_isolate(unsigned int start, unsigned int end,
			  enum subject_type type)
{
	undo_isolate_page_range(start, end, (enum migratetype)type);
}

unsigned int subject_nocma_save(void)
{
	return memalloc_nocma_save();
}

void subject_nocma_restore(unsigned int flags)
{
	memalloc_nocma_restore(flags);
}

bool subject_in_nocma(void)
{
	return mem->task[sim_task()].flags & PF_MEMALLOC_PIN;
}

bool subject_in_compaction(void)
{
	return mem->task[sim_task()].capture_control;
}

long subject_cma_alloc(unsigned int nr_pages, unsigned int align)
{
	int error;
	struct page *page = cma_alloc(nr_pages, align, &error);

	return page ? page - mem->mem_map : error;
}

void subject_cma_release(unsigned int pfn, unsigned int nr_pages)
{
	cma_release(&mem->mem_map[pfn], nr_pages);
}

int subject_contig_alloc(unsigned int start, unsigned int end,
			 enum subject_type type, enum subject_contig what)
{
	return alloc_contig_range(start, end, (enum migratetype)type,
				  what == SUBJECT_CONTIG_COMPOUND ? __GFP_COMP :
								    GFP_KERNEL);
}

void subject_contig_free(unsigned int start, unsigned int end)
{
	free_contig_range(start, end - start);
}

void subject_pcp_tune(unsigned int batch, unsigned int high)
{
	zone_pageset_tune((int)batch, (int)high);
}

void subject_pcp_disable(unsigned int zone)
{
	zone_pcp_disable(&mem->zones[zone]);
}

void subject_pcp_enable(unsigned int zone)
{
	zone_pcp_enable(&mem->zones[zone]);
}

int subject_offline(unsigned int start, unsigned int end)
{
	return offline_pages(start, end);
}

int subject_online(unsigned int start, unsigned int end)
{
	return online_pages(start, end);
}

void subject_cpu_dead(unsigned int cpu)
{
	event_fold_begin();
	core_dead_cpu = cpu;
	page_alloc_cpu_dead(cpu);
	core_dead_cpu = NR_CPUS;
	event_fold_end();
}

void subject_cpu_prepare(unsigned int cpu)
{
	page_alloc_cpu_online(cpu);
}

/* The core asks the machine. */
void subject_kill(unsigned int task)
{
	(void)task;
}

void subject_revive(unsigned int task)
{
	(void)task;
}

/* --- Views --- */

enum subject_type subject_block_type(unsigned int block)
{
	return (enum subject_type)mem->pageblock_type[block];
}

void subject_zone(unsigned int nr, struct subject_zone_view *view)
{
	const struct zone *zone = &mem->zones[nr];

	view->nr_managed = zone->managed_pages;
	view->nr_free = zone->vm_stat[NR_FREE_PAGES].counter;
	view->nr_free_cma = zone->vm_stat[NR_FREE_CMA_PAGES].counter;
	for (unsigned int cpu = 0; cpu < mm_geometry.nr_cpus; cpu++) {
		const signed char *diff =
			zone->per_cpu_zonestats[cpu].vm_stat_diff;

		view->nr_free += diff[NR_FREE_PAGES];
		view->nr_free_cma += diff[NR_FREE_CMA_PAGES];
	}
	view->nr_reserved_highatomic = (long)zone->nr_reserved_highatomic;
	view->nr_free_highatomic = (long)zone->nr_free_highatomic;
	view->nr_isolate_pageblock = (unsigned int)zone->nr_isolate_pageblock;
	for (unsigned int i = 0; i < SUBJECT_MAX_ORDERS; i++)
		view->nr_free_area[i] =
			(unsigned int)zone->free_area[i].nr_free;
}

bool subject_zone_is_locked(void)
{
	return spin_is_held(&mem->zones[ZONE_NORMAL].lock) ||
	       spin_is_held(&mem->zones[ZONE_MOVABLE].lock);
}

unsigned int subject_pcp_count(unsigned int zone, unsigned int cpu)
{
	return (unsigned int)mem->zones[zone].per_cpu_pageset[cpu].count;
}

unsigned int subject_cma_find(unsigned int start, unsigned int end, bool used)
{
	const u8 *bitmap = mem->cma_bitmap - mm_geometry.cma_start;
	unsigned int pfn = start;

	while (pfn < end && bitmap[pfn] != used) {
		size_t offset = (size_t)(&bitmap[pfn] - core_memory->live);

		/* A line without a store is as at boot: nothing allocated. */
		if (used && !core_memory->dirty[offset >> 6])
			pfn += 64 - (offset & 63);
		else
			pfn++;
	}
	return pfn < end ? pfn : end;
}

void subject_cma_counts(struct subject_cma_counts *counts)
{
	counts->nr_succeeded =
		(unsigned long)mem->cma.nr_pages_succeeded.counter;
	counts->nr_failed = (unsigned long)mem->cma.nr_pages_failed.counter;
}

void subject_cma_area(unsigned int *start, unsigned int *end)
{
	*start = mm_geometry.cma_start;
	*end = mm_geometry.cma_end;
}

/* --- Lists --- */

static const struct list_head *list_of(const struct subject_list *list)
{
	const struct zone *zone = &mem->zones[list->zone];

	if (list->kind == SUBJECT_LIST_LRU)
		return &mem->lruvec.lists[list->type];
	if (list->kind == SUBJECT_LIST_BUDDY)
		return &zone->free_area[list->order].free_list[list->type];
	return &zone->per_cpu_pageset[list->cpu].lists[list->type];
}

long subject_list_next(const struct subject_list *list, long pfn)
{
	const struct list_head *head = list_of(list);
	const struct list_head *next = pfn < 0 ? head->next :
						 mem->mem_map[pfn].lru.next;

	if (next == head)
		return -1;
	return list_entry(next, struct page, lru) - mem->mem_map;
}

unsigned int subject_nr_pcp_lists(void)
{
	return NR_PCP_LISTS;
}

unsigned int subject_pcp_list_order(unsigned int index)
{
	if (index >= NR_LOWORDER_PCP_LISTS)
		return pageblock_order;
	return index / MIGRATE_PCPTYPES;
}

/* --- Places --- */

extern const struct code_place __start_code_places[], __stop_code_places[];

void subject_place_name(const void *place, const char **func, const char **what)
{
	const struct code_place *code = place;

	if (code >= __start_code_places && code < __stop_code_places) {
		*func = code->func;
		if (what)
			*what = code->what;
		return;
	}
	*func = access_function(place);
	if (what)
		*what = "access";
}
