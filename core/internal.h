/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inline functions and declarations shared by the .c files of the core.
 *
 * Functions with a leading __ expect the caller to hold zone->lock.
 */
#ifndef CORE_INTERNAL_H
#define CORE_INTERNAL_H

#include "mm.h"

/*
 * Where a freed block goes: to the head of its list or, if nobody shall use it
 * soon, to the tail; to the list of its pageblock, or of the type that the
 * caller gives.
 */
enum fpi { FPI_NONE, FPI_TO_TAIL, FPI_KEEP_TYPE };

/* As in mm/internal.h: the watermark to keep, and rights beyond it. */
enum alloc_flags {
	ALLOC_WMARK_MIN = WMARK_MIN,
	ALLOC_WMARK_LOW = WMARK_LOW,
	ALLOC_WMARK_HIGH = WMARK_HIGH,
	ALLOC_NO_WATERMARKS = 0x04,
	ALLOC_WMARK_MASK = ALLOC_NO_WATERMARKS - 1,
	ALLOC_OOM = 0x08, /* an OOM victim: half of the reserve */
	ALLOC_NON_BLOCK = 0x10, /* cannot sleep */
	ALLOC_MIN_RESERVE = 0x20, /* __GFP_HIGH: half of the reserve */
	ALLOC_CMA = 0x80, /* allow allocations from CMA areas */
	ALLOC_NOFRAGMENT = 0x100, /* avoid mixing pageblock types */
	ALLOC_HIGHATOMIC = 0x200, /* HIGHATOMIC pageblocks, and reserve them */
	ALLOC_KSWAPD = 0x800, /* wake kswapd */
	ALLOC_RESERVES = ALLOC_NON_BLOCK | ALLOC_MIN_RESERVE |
			 ALLOC_HIGHATOMIC | ALLOC_OOM,
};

_Static_assert((unsigned int)ALLOC_MIN_RESERVE == __GFP_HIGH, "one bit");
_Static_assert((unsigned int)ALLOC_KSWAPD == __GFP_KSWAPD_RECLAIM, "one bit");

/* How compaction ends, in rising order of what a request may hope for. */
enum compact_result {
	COMPACT_SKIPPED, /* not suitable, or there is no memory to move to */
	COMPACT_DEFERRED, /* it has failed too often */
	COMPACT_CONTINUE,
	COMPACT_COMPLETE, /* all of the zone, in vain */
	COMPACT_PARTIAL_SKIPPED, /* a part of it, in vain */
	COMPACT_CONTENDED, /* given up: others are in the way, or a signal */
	COMPACT_SUCCESS, /* there should be a block */
};

/* How hard a request tries; it begins with less, and goes up. */
enum compact_priority {
	COMPACT_PRIO_SYNC_FULL,
	COMPACT_PRIO_SYNC_LIGHT,
	COMPACT_PRIO_ASYNC,
};

#define MIN_COMPACT_PRIORITY COMPACT_PRIO_SYNC_FULL
#define MIN_COMPACT_COSTLY_PRIORITY COMPACT_PRIO_SYNC_LIGHT
#define DEF_COMPACT_PRIORITY COMPACT_PRIO_SYNC_LIGHT
#define INIT_COMPACT_PRIORITY COMPACT_PRIO_ASYNC

/* What does not change while a request is served. */
struct alloc_context {
	gfp_t gfp;
	enum zone_type highest_zone;
	enum migratetype migratetype;
};

/*
 * How far __rmqueue() had to go. rmqueue_bulk() remembers it for as long as it
 * holds zone->lock, since the lists cannot change behind its back.
 */
enum rmqueue_mode { RMQUEUE_NORMAL, RMQUEUE_CMA, RMQUEUE_CLAIM, RMQUEUE_STEAL };

static inline struct page *pfn_to_page(unsigned int pfn)
{
	return &mem->mem_map[pfn];
}

static inline unsigned int page_to_pfn(const struct page *page)
{
	return (unsigned int)(page - mem->mem_map);
}

static inline unsigned int pageblock_start_pfn(unsigned int pfn)
{
	return ALIGN_DOWN(pfn, pageblock_nr_pages);
}

static inline unsigned int pageblock_end_pfn(unsigned int pfn)
{
	return ALIGN(pfn + 1, pageblock_nr_pages);
}

static inline unsigned int nr_zones(void)
{
	return mm_geometry.movable_start < mm_geometry.nr_pages ? 2 : 1;
}

#define for_each_populated_zone(zone) \
	for ((zone) = mem->zones; (zone) < mem->zones + nr_zones(); (zone)++)

static inline struct zone *page_zone(const struct page *page)
{
	return &mem->zones[page_to_pfn(page) >= mm_geometry.movable_start];
}

static inline unsigned int zone_end_pfn(const struct zone *zone)
{
	return zone->zone_start_pfn + zone->spanned_pages;
}

static inline bool zone_spans_pfn(const struct zone *zone, unsigned int pfn)
{
	return pfn >= zone->zone_start_pfn && pfn < zone_end_pfn(zone);
}

/* Pageblocks need not begin and end where zones do. */
static inline bool zone_spans_pageblock(const struct zone *zone,
					unsigned int pfn)
{
	return zone_spans_pfn(zone, pageblock_start_pfn(pfn)) &&
	       zone_spans_pfn(zone, pageblock_end_pfn(pfn) - 1);
}

static inline bool is_migrate_isolate(enum migratetype mt)
{
	return mt == MIGRATE_ISOLATE;
}

static inline bool is_migrate_cma(enum migratetype mt)
{
	return mt == MIGRATE_CMA;
}

static inline bool is_migrate_highatomic(enum migratetype mt)
{
	return mt == MIGRATE_HIGHATOMIC;
}

/* Whether free pages of this type may merge with those of other types. */
static inline bool migratetype_is_mergeable(enum migratetype mt)
{
	return mt < MIGRATE_PCPTYPES;
}

/* Type of the pageblock around @pfn, read without zone->lock: may be stale. */
#define get_pfnblock_migratetype(pfn) \
	((enum migratetype)READ_ONCE( \
		mem->pageblock_type[(pfn) >> pageblock_order]))

/* The same under zone->lock, where it cannot change. */
static inline enum migratetype __block_type(unsigned int pfn)
{
	return (enum migratetype)mem->pageblock_type[pfn >> pageblock_order];
}

static inline struct per_cpu_pages *this_cpu_pageset(struct zone *zone)
{
	return &zone->per_cpu_pageset[smp_processor_id()];
}

static inline struct task_struct *current_struct(void)
{
	return &mem->task[current_task()];
}

/* Whether @page heads a compound page; racy unless the caller has it. */
#define PageHead(page) (READ_ONCE((page)->flags) >> PG_head & 1)

/* Of a page that can be moved: PageLRU() or __PageMovable(). */
#define FLAGS_MOVABLE (1ul << PG_lru | 1ul << PG_movable)

static inline void set_page_refcounted(struct page *page)
{
	atomic_set(&page->refcount, 1);
}

/* --- Folios: single pages, or compound ones (large folios) --- */

static inline bool folio_test_large(const struct page *folio)
{
	return folio->flags & 1ul << PG_head;
}

static inline unsigned int folio_nr_pages(const struct page *folio)
{
	return 1u << compound_order(folio);
}

/* Of a page that nobody can split: it is mapped, say, under that lock. */
static inline struct page *page_folio(struct page *page)
{
	return page->compound_head & 1 ? pfn_to_page(page->compound_head >> 1) :
					 page;
}

#define ENTIRELY_MAPPED 0x800000 /* in ->nr_pages_mapped: by a PMD */

/* Of order 2 and more: where it is on the queue of those to be split. */
static inline struct list_head *deferred_list(struct page *folio)
{
	return &folio[2].lru;
}

/* --- User pages, their page table entries and what they are mapped by --- */

#define GFP_HIGHUSER_MOVABLE (GFP_KERNEL | __GFP_HIGHMEM | __GFP_MOVABLE)

static inline pte_t mk_pte(const struct page *page, pte_t flags)
{
	return page_to_pfn(page) << PTE_SHIFT | flags;
}

static inline struct page *pte_page(pte_t pte)
{
	return pfn_to_page(pte >> PTE_SHIFT);
}

/* What the processor keeps up to date itself is no change. */
static inline bool pte_same(pte_t a, pte_t b)
{
	return !((a ^ b) & ~(PTE_YOUNG | PTE_DIRTY));
}

/* Put @pte there, whatever it was. */
#define set_pte(mm, address, pte) (void)pte_update(mm, address, ~0u, pte)

static inline bool in_vma(const struct vm_area_struct *vma,
			  unsigned int address)
{
	return address >= vma->vm_start && address < vma->vm_end;
}

static inline unsigned int linear_page_index(const struct vm_area_struct *vma,
					     unsigned int address)
{
	return address - vma->vm_start + vma->vm_pgoff;
}

/* Of a page with a reference: may change unless it is locked or mapped. */
#define folio_test_anon(folio) (READ_ONCE((folio)->mapping) & PAGE_MAPPING_ANON)

/* A swap entry in an index, in place of a page. */
static inline bool xa_is_value(const struct page *entry)
{
	return (uintptr_t)entry & 1;
}

static inline struct page *xa_mk_value(unsigned int slot)
{
	return (struct page *)(uintptr_t)(slot << 1 | 1);
}

static inline unsigned int xa_to_value(const struct page *entry)
{
	return (unsigned int)((uintptr_t)entry >> 1);
}

/* Drop a reference that belongs to @holder. */
static inline void put_page_of(struct page *page, enum page_holder holder)
{
	arch_page_ref(page, holder, -1);
	put_page(page);
}

/* vmstat.c */
void __mod_zone_page_state(struct zone *zone, enum zone_stat_item item,
			   long delta);
unsigned long zone_page_state(const struct zone *zone,
			      enum zone_stat_item item);
unsigned long zone_page_state_snapshot(const struct zone *zone,
				       enum zone_stat_item item);
void refresh_zone_stat_thresholds(void);
void cpu_vm_stats_fold(unsigned int cpu);

/* watermark.c */
bool zone_watermark_fast(const struct zone *zone,
			 const struct watermark_look *look);
bool zone_watermark_bulk(const struct zone *zone,
			 const struct watermark_look *look,
			 unsigned int nr_pages);
bool __zone_watermark_ok(const struct zone *zone,
			 const struct watermark_look *look, unsigned long mark,
			 long free_pages);
unsigned long wmark_pages(const struct zone *zone, enum zone_watermarks mark);
void __boost_watermark(struct zone *zone, unsigned int alloc_flags);
void wakeup_kswapd(struct zone *zone);
void init_per_zone_wmark_min(void);
void watermarks_init(void);

/* highatomic.c */
void reserve_highatomic_pageblock(struct page *page, unsigned int order,
				  struct zone *zone);
bool unreserve_highatomic_pageblock(const struct alloc_context *ac);
void __unreserve_isolated(struct zone *zone, enum migratetype old_mt);

/* buddy.c */
void set_pageblock_migratetype(unsigned int pfn, enum migratetype mt);
void __account_freepages(struct zone *zone, long nr_pages, enum migratetype mt);
void __recount_freepages(struct zone *zone, long nr_pages,
			 enum migratetype from, enum migratetype to);
void __add_to_free_list(struct page *page, struct zone *zone,
			unsigned int order, enum migratetype mt, enum fpi fpi);
void __unlink_free_page(struct page *page, struct zone *zone,
			unsigned int order);
bool __set_page_guard(struct page *page, unsigned int order);
void __del_page_from_free_list(struct page *page, struct zone *zone,
			       unsigned int order, enum migratetype mt);
struct page *__find_buddy(const struct zone *zone, unsigned int pfn,
			  unsigned int order, unsigned int *buddy_pfn);
void __move_to_free_list(struct page *page, struct zone *zone,
			 unsigned int order, enum migratetype old_mt,
			 enum migratetype new_mt);
void __free_one_page(struct page *page, unsigned int pfn, struct zone *zone,
		     unsigned int order, enum migratetype mt, enum fpi fpi);
void __split_large_buddy(struct zone *zone, unsigned int pfn,
			 unsigned int order, enum fpi fpi);
void free_one_page(struct zone *zone, struct page *page, unsigned int pfn,
		   unsigned int order, enum migratetype mt, enum fpi fpi);
void __move_freepages_block(struct zone *zone, unsigned int pfn,
			    enum migratetype old_mt, enum migratetype new_mt);
void __move_freepages_block_isolate(struct zone *zone, unsigned int pfn,
				    enum migratetype mt);

/* fallback.c */
bool can_claim_fallback(const struct free_area *area, unsigned int order,
			enum migratetype mt);
struct page *__rmqueue(struct zone *zone, unsigned int order,
		       enum migratetype mt, unsigned int alloc_flags,
		       enum rmqueue_mode *mode);
struct page *__rmqueue_smallest(struct zone *zone, unsigned int order,
				enum migratetype mt);
unsigned int __expand(struct zone *zone, struct page *page, unsigned int low,
		      unsigned int high, enum migratetype mt);
void __change_pageblock_range(unsigned int pfn, unsigned int order,
			      enum migratetype mt);

/* page_alloc.c */
gfp_t current_gfp_context(gfp_t gfp);
enum migratetype gfp_migratetype(gfp_t gfp);
enum zone_type gfp_zone(gfp_t gfp);
unsigned int gfp_to_alloc_flags_cma(gfp_t gfp, unsigned int alloc_flags);
bool may_use_pcplist(enum migratetype mt, unsigned int alloc_flags);
void post_alloc_hook(struct page *page, unsigned int order);
void prep_new_page(struct page *page, unsigned int order, gfp_t gfp);

/* page_free.c */
void clean_freed_pages(struct page *page, unsigned int order);
bool free_pages_prepare(struct page *page, unsigned int order);
void __folio_put(struct page *folio);

/* compound.c */
void prep_compound_page(struct page *page, unsigned int order);
void destroy_compound_page(struct page *page, unsigned int order);

/* Which CPUs a drain of all visits. */
enum drain { DRAIN_CPUS_WITH_PAGES, DRAIN_ALL_CPUS };

/* pcp.c */
void zone_pcp_init(void);
bool pcp_allowed_order(unsigned int order);
struct per_cpu_pages *pcp_spin_trylock(struct zone *zone);
void pcp_spin_unlock(struct per_cpu_pages *pcp);
void free_unref_page_commit(struct zone *zone, struct per_cpu_pages *pcp,
			    struct page *page, enum migratetype mt,
			    unsigned int order);
void free_unref_page(struct page *page, unsigned int order);
struct page *__rmqueue_pcplist(struct zone *zone, unsigned int order,
			       enum migratetype mt, unsigned int alloc_flags,
			       struct per_cpu_pages *pcp);
struct page *rmqueue_pcplist(struct zone *zone, unsigned int order,
			     enum migratetype mt, unsigned int alloc_flags);

void drain_pages(unsigned int cpu, struct zone *zone);
void __drain_all_pages(struct zone *zone, enum drain drain);
bool decay_pcp_high(struct zone *zone, struct per_cpu_pages *pcp);

/* pcp_tune.c */
void zone_pcp_update(struct zone *zone, unsigned int coming);

/* memory_failure.c */
bool delete_from_lru_cache(struct page *folio);
void put_isolated_poisoned(struct page *folio);
bool is_poisoned_alone(const struct page *page);

/* memory_hotplug.c */
void get_online_mems(void);
void put_online_mems(void);

/* zone.c */
void free_reserved_block(unsigned int pfn, unsigned int order, enum fpi fpi);

/* lru_lock, taken by the first of several pages that needs it. */
struct lru_section {
	bool locked;
	unsigned long flags;
};

/* lru.c */
void lru_init(void);
void lru_lock_once(struct lru_section *section);
void lru_unlock_if_locked(struct lru_section *section);
bool folio_evictable(const struct page *folio);
void lruvec_add_folio(struct page *folio);
void lruvec_del_folio(struct page *folio);
void lruvec_shrink_folio(struct page *folio, unsigned int nr_pages);
struct folio_batch *this_cpu_batch(enum lru_batch what);
bool lru_cache_disabled(void);
unsigned int folio_batch_add(struct folio_batch *fbatch, struct page *folio);
void folio_batch_move_lru(struct folio_batch *fbatch, enum lru_batch what);
void folios_put(struct folio_batch *fbatch);

/* mlock.c */
void mlock_drain_local(void);
void mlock_drain_remote(unsigned int cpu);

/* mapping.c */
void mapping_init(void);

/* memory.c */

/* One fault, as struct vm_fault. */
struct vm_fault {
	struct mm_struct *mm;
	struct vm_area_struct *vma;
	unsigned int address;
	enum fault fault;
	pte_t orig_pte; /* as seen without the lock */
};

struct vm_area_struct *find_vma(struct mm_struct *mm, unsigned int address);

/* huge_memory.c */
struct page *alloc_large_folio(unsigned int order);
bool do_large_anonymous_page(const struct vm_fault *vmf);
bool __do_set_pmd(const struct vm_fault *vmf, struct page *folio);
void handle_huge_pmd(const struct vm_fault *vmf, pte_t pmd);

/* zap.c */
void __zap_vma(struct mm_struct *mm, struct vm_area_struct *vma,
	       unsigned int start, unsigned int end);

/* filemap.c */
int __filemap_add_folio(struct address_space *mapping, struct page *folio,
			unsigned int index, struct page *expected);
void put_cache_refs(struct page *folio);
void page_cache_delete(struct page *folio, struct page *entry);
bool is_behind_end(const struct address_space *mapping, unsigned int index);
struct page *__filemap_get_entry(struct address_space *mapping,
				 unsigned int index);

/* cma.c */
void cma_init_reserved_area(void);

/* page_isolation.c */
void __add_to_counter(struct zone *zone, unsigned int start, unsigned int end);
int start_isolate_offline_range(unsigned int start_pfn, unsigned int end_pfn);
void count_migrated_pages(unsigned int start, unsigned int nr_pages);

/* contig.c */
bool test_pages_isolated(unsigned int start, unsigned int end,
			 bool (*left)(const struct page *page));
bool __isolate_free_page(struct page *page, struct zone *zone,
			 unsigned int order);
unsigned int release_free_list(struct list_head *freelist);

/* compaction.c */
enum compact_result try_to_compact_pages(unsigned int order,
					 unsigned int alloc_flags,
					 const struct alloc_context *ac,
					 enum compact_priority prio,
					 struct page **capture);
struct capture_control *task_capc(const struct zone *zone);
bool compaction_capture(struct capture_control *capc, struct page *page,
			unsigned int order, enum migratetype mt);
void reset_isolation_suitable(void);

/* compact_hints.c */
void reset_cached_positions(struct zone *zone);
void compaction_defer_reset(struct zone *zone, unsigned int order,
			    bool alloc_success);

#endif
