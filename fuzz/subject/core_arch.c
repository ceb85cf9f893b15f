// SPDX-License-Identifier: GPL-2.0-only
/*
 * What core/list.h and core/mm.h ask of whoever links the core: validators of
 * lists, where list events come from, and the hooks of an architecture.
 */
#include "internal.h"
#include "sim/sim.h"
#include "subject/core_memory.h"
#include "subject/subject.h"

/* --- List validators --- */

static bool find_lru_list(const struct list_head *head,
			  struct subject_list *list)
{
	size_t lru = (size_t)(head - mem->lruvec.lists);

	if (head < mem->lruvec.lists || lru >= NR_LRU_LISTS)
		return false;
	*list = (struct subject_list){ .kind = SUBJECT_LIST_LRU,
				       .type = (unsigned int)lru };
	return true;
}

/* The list that @head is the head of; false if it is one on a stack. */
static bool find_list(const struct list_head *head, struct subject_list *list)
{
	size_t offset = (size_t)((const char *)head - (const char *)mem->zones);
	const size_t pcp = offsetof(struct zone, per_cpu_pageset);
	const size_t size = sizeof(struct per_cpu_pages);

	if (offset >= sizeof(mem->zones))
		return find_lru_list(head, list);
	list->zone = (unsigned int)(offset / sizeof(struct zone));
	offset %= sizeof(struct zone);
	if (offset < pcp) {
		offset -= offsetof(struct zone, free_area);
		list->kind = SUBJECT_LIST_BUDDY;
		list->order = (unsigned int)(offset / sizeof(struct free_area));
		list->type = (unsigned int)(offset % sizeof(struct free_area) /
					    sizeof(*head));
		list->cpu = 0;
		return true;
	}
	offset -= pcp;
	list->kind = SUBJECT_LIST_PCP;
	list->cpu = (unsigned int)(offset / size);
	offset = offset % size - offsetof(struct per_cpu_pages, lists);
	list->type = (unsigned int)(offset / sizeof(*head));
	list->order = subject_pcp_list_order(list->type);
	return true;
}

static bool is_page_entry(const struct list_head *entry)
{
	size_t offset =
		(size_t)((const char *)entry - (const char *)mem->mem_map);

	return offset < mm_geometry.nr_pages * sizeof(struct page);
}

static unsigned int entry_to_pfn(const struct list_head *entry)
{
	return (unsigned int)(list_entry(entry, struct page, lru) -
			      mem->mem_map);
}

static void list_corrupt(const char *what, const struct list_head *entry)
{
	sim_fail("LIST_CORRUPTION", what, "  list entry of pfn %ld",
		 is_page_entry(entry) ? (long)entry_to_pfn(entry) : -1l);
}

void __list_add_valid(struct list_head *entry, struct list_head *prev,
		      struct list_head *next)
{
	struct subject_list list;

	if (next->prev != prev || prev->next != next || entry == prev ||
	    entry == next)
		list_corrupt("a list is not linked as it should be at an "
			     "insertion",
			     entry);
	if (is_page_entry(entry) &&
	    (find_list(prev, &list) || find_list(next, &list)))
		event_list_add(entry_to_pfn(entry), &list);
}

void __list_del_entry_valid(struct list_head *entry)
{
	if (!entry->next || !entry->prev || entry->prev->next != entry ||
	    entry->next->prev != entry)
		list_corrupt("an entry is not on a list at its removal", entry);
	if (is_page_entry(entry))
		event_list_del(entry_to_pfn(entry));
}

/* --- What core/mm.h asks for --- */

void arch_alloc_page(struct page *page, unsigned int order)
{
	event_page_alloc((unsigned int)(page - mem->mem_map), order);
}

void arch_page_ref(const struct page *page, enum page_holder holder, int nr)
{
	event_page_ref((unsigned int)(page - mem->mem_map),
		       (enum subject_holder)holder, nr);
}

void arch_page_frozen(const struct page *page)
{
	event_page_frozen((unsigned int)(page - mem->mem_map));
}

void arch_isolation_failed(const struct page *page)
{
	event_isolation_failed((unsigned int)(page - mem->mem_map));
}

void arch_compaction_skips(const struct page *page)
{
	event_compaction_skips((unsigned int)(page - mem->mem_map));
}

void arch_migration_failed(const struct page *page)
{
	event_migration_failed((unsigned int)(page - mem->mem_map));
}

void arch_lru_unevictable(const struct page *folio, int nr)
{
	event_lru_unevictable((unsigned int)(folio - mem->mem_map), nr > 0);
}

void arch_pmd_split(const struct page *folio, int nr)
{
	event_pmd_split(page_to_pfn(folio), nr);
}

void arch_split_queue(const struct page *folio, int nr)
{
	event_split_queue(page_to_pfn(folio), nr > 0);
}

void arch_folio_split(const struct page *folio, unsigned int new_order,
		      bool isolated)
{
	event_folio_split(page_to_pfn(folio), new_order, isolated);
}

void arch_isolated_batch(const struct list_head *list, unsigned int nr_pages)
{
	unsigned int nr = 0;

	for (const struct list_head *entry = list->next; entry != list;
	     entry = entry->next)
		nr += folio_nr_pages(list_entry(entry, struct page, lru));
	event_isolated_batch(nr, nr_pages);
}

void arch_unused_targets(const struct list_head *lists, unsigned int nr_pages)
{
	unsigned int nr = 0;

	for (unsigned int order = 0; order <= MAX_PAGE_ORDER; order++) {
		const struct list_head *entry = lists[order].next;

		for (; entry != &lists[order]; entry = entry->next)
			nr += 1u << order;
	}
	event_isolated_batch(nr, nr_pages);
}

void arch_scan_goes_on(const struct page *folio, unsigned int was,
		       unsigned int nr_pages)
{
	event_scan_goes_on(page_to_pfn(folio), was, nr_pages);
}

void arch_folio_found(const struct page *folio, unsigned int index)
{
	event_folio_found(page_to_pfn(folio), (unsigned int)folio->index,
			  folio_nr_pages(folio), index);
}

void arch_lru_drain_all(void)
{
	event_lru_drain_all();
}

void arch_lru_disabled(void)
{
	event_lru_disabled();
}

void arch_lru_enabled(void)
{
	event_lru_enabled();
}

bool memory_breaks(const struct page *page)
{
	return sim_running() &&
	       event_memory_breaks((unsigned int)(page - mem->mem_map));
}

bool should_fail_alloc_page(gfp_t gfp, unsigned int order)
{
	(void)gfp;
	return sim_running() && event_should_fail_alloc(order);
}

void arch_free_page(struct page *page, unsigned int order)
{
	event_page_free((unsigned int)(page - mem->mem_map), order);
}

void arch_watermark_begin(const struct zone *zone)
{
	event_watermark_begin((unsigned int)(zone - mem->zones));
}

static unsigned int rights_of(unsigned int alloc_flags)
{
	static const struct {
		unsigned int flag, right;
	} rights[] = {
		{ ALLOC_NO_WATERMARKS, SUBJECT_MAY_NO_WATERMARKS },
		{ ALLOC_OOM, SUBJECT_MAY_OOM },
		{ ALLOC_NON_BLOCK, SUBJECT_MAY_NON_BLOCK },
		{ ALLOC_MIN_RESERVE, SUBJECT_MAY_MIN_RESERVE },
		{ ALLOC_CMA, SUBJECT_MAY_CMA },
		{ ALLOC_HIGHATOMIC, SUBJECT_MAY_HIGHATOMIC },
	};
	unsigned int mask = 0;

	for (size_t i = 0; i < sizeof(rights) / sizeof(rights[0]); i++) {
		if (alloc_flags & rights[i].flag)
			mask |= rights[i].right;
	}
	return mask;
}

void arch_watermark_end(const struct zone *zone,
			const struct watermark_look *look, bool passed)
{
	event_watermark_end(&(struct subject_watermark){
		.zone = (unsigned int)(zone - mem->zones),
		.order = look->order,
		.highest_zone = look->highest_zone,
		.mark = look->mark,
		.rights = rights_of(look->alloc_flags),
		.passed = passed,
	});
}
