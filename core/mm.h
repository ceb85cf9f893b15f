/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Types and public functions of the core: the page allocator of one node.
 *
 * All state of a run lives in one struct memory, followed by its page structs
 * and pageblock types; what does not change after boot is in mm_geometry.
 * Pages are also named by pfn; pfns begin at 0. Ranges are [start, end). Zones
 * follow each other, Normal first; a hole has page structs, but no memory.
 */
#ifndef CORE_MM_H
#define CORE_MM_H

#include "kernel.h"
#include "list.h"

#define MAX_PAGE_ORDER_LIMIT 10
#define NR_PAGE_ORDERS_LIMIT (MAX_PAGE_ORDER_LIMIT + 1)

/* As in include/linux/mmzone.h. */
enum migratetype {
	MIGRATE_UNMOVABLE,
	MIGRATE_MOVABLE,
	MIGRATE_RECLAIMABLE,
	MIGRATE_PCPTYPES, /* the number of types on the pcplists */
	MIGRATE_HIGHATOMIC = MIGRATE_PCPTYPES,
	MIGRATE_CMA,
	MIGRATE_ISOLATE,
	MIGRATE_TYPES
};

/* --- Geometry: constant after boot --- */

struct mm_geometry {
	unsigned int nr_cpus;
	unsigned int nr_pages;
	unsigned int block_order;
	unsigned int max_order; /* may be below block_order */
	unsigned int cma_start, cma_end; /* pfns, whole pageblocks */
	unsigned int movable_start; /* first pfn of ZONE_MOVABLE; or nr_pages */
	unsigned int hole_start, hole_end; /* pfns; none in the CMA area */
	int pcp_batch; /* 0: zone_batchsize() decides */
	int pcp_high; /* 0: zone_highsize() decides */
	unsigned int guard_order; /* see debug_guardpage_minorder() */
	bool group_by_mobility_disabled;
	unsigned int min_free; /* pages; 0: there are no watermarks */
	int pin_bias; /* see GUP_PIN_COUNTING_BIAS */
};

extern struct mm_geometry mm_geometry;

#define pageblock_order (mm_geometry.block_order)
#define pageblock_nr_pages (1u << pageblock_order)
#define MAX_PAGE_ORDER (mm_geometry.max_order)
/* Guards are smaller than that, and so than a pageblock; 0: there are none. */
#define debug_guardpage_minorder() (mm_geometry.guard_order)
#define MAX_ORDER_NR_PAGES (1u << MAX_PAGE_ORDER)

/* --- Pages --- */

enum pageflags {
	PG_reserved,
	PG_lru,
	PG_head,
	PG_mlocked,
	PG_hwpoison,
	PG_offline,
	PG_movable, /* a driver can move it: __PageMovable() */
	PG_locked,
	PG_waiters, /* somebody sleeps for PG_locked or PG_writeback */
	PG_referenced,
	PG_uptodate,
	PG_dirty,
	PG_active,
	PG_writeback,
	PG_private, /* has private data, and a reference for it */
	PG_swapcache,
	PG_swapbacked,
	PG_unevictable,
	PG_reclaim,
	PG_partially_mapped, /* of a large folio: is to be split some time */
};

struct page {
	_Alignas(64) unsigned long flags; /* atomic: set_bit(), clear_bit() */
	union {
		struct list_head lru; /* free list, pcplist, LRU list, ... */
		/* PG_lru and PG_unevictable: on no list; lru_lock. */
		struct {
			void *__filler;
			unsigned int mlock_count; /* by how many, at least */
		};
		/* Of a first tail: counts of all of the folio, see rmap.c. */
		struct {
			atomic_t large_mapcount; /* entries of all pages */
			atomic_t entire_mapcount; /* those of all at once */
			atomic_t nr_pages_mapped;
			atomic_t pincount;
		};
	};
	unsigned long private; /* of a free block: its order */
	/* On a pcplist: type seen when freed; of a first tail: order of all. */
	unsigned long index;
	unsigned long mapping; /* of a tail page: TAIL_MAPPING */
	u32 compound_head; /* of a tail page: pfn of its head * 2 + 1 */
	atomic_t mapcount; /* page table entries, of one page each */
	bool buddy; /* heads a free block; zone->lock */
	bool guard; /* heads guard pages; zone->lock */
	u16 nr_taken_off; /* of a pageblock: see __take_off_counter() */
	atomic_t refcount;
};

/* Whoever takes the page struct of a tail page for another finds this. */
#define TAIL_MAPPING 0xdead000000000400ul

#define PAGEVEC_SIZE 31 /* pages of a batch */

#include "lru.h"
#include "mapping.h"

/* --- Zones --- */

enum zone_type { ZONE_NORMAL, ZONE_MOVABLE, MAX_NR_ZONES };

enum zone_stat_item { NR_FREE_PAGES, NR_FREE_CMA_PAGES, NR_VM_ZONE_STAT_ITEMS };

enum zone_watermarks { WMARK_MIN, WMARK_LOW, WMARK_HIGH, NR_WMARK };

enum zone_flags {
	ZONE_BOOSTED_WATERMARK, /* kswapd is to be woken for it */
	ZONE_RECLAIM_ACTIVE,
	ZONE_BELOW_HIGH, /* free pages were below the high watermark */
};

struct free_area {
	struct list_head free_list[MIGRATE_TYPES];
	unsigned long nr_free; /* entries of all types, ISOLATE as well */
};

/* Orders 0 .. 3 of three types, and two lists for huge pages. */
#define PAGE_ALLOC_COSTLY_ORDER 3
#define NR_LOWORDER_PCP_LISTS (MIGRATE_PCPTYPES * (PAGE_ALLOC_COSTLY_ORDER + 1))
#define NR_PCP_THP 2
#define NR_PCP_LISTS (NR_LOWORDER_PCP_LISTS + NR_PCP_THP)
#define PCP_BATCH_SCALE_MAX 5

struct per_cpu_pages {
	spinlock_t lock; /* protects all but the three tunables */
	int count; /* pages, not entries */
	int high; /* between high_min and high_max */
	int free_count; /* pages freed in a row */
	u8 flags;
	u8 alloc_factor;
	/* Tunables: READ_ONCE(). Apart from what is written all the time. */
	_Alignas(8) int high_min;
	int high_max, batch;
	struct list_head lists[NR_PCP_LISTS];
};

/* As in include/linux/mmzone.h. */
enum { PCPF_PREV_FREE_HIGH_ORDER = 1, PCPF_FREE_HIGH_BATCH = 2 };

/* What a CPU has not yet added to the zone's counters: it alone writes it. */
struct per_cpu_zonestat {
	_Alignas(8) signed char vm_stat_diff[NR_VM_ZONE_STAT_ITEMS];
	signed char stat_threshold;
};

/* The pages [zone_start_pfn, zone_end_pfn()), whatever the pageblocks are. */
struct zone {
	spinlock_t lock;
	const char *name;
	unsigned int zone_start_pfn;
	unsigned int spanned_pages;
	unsigned long managed_pages; /* in no hole and not offline */
	unsigned long flags; /* enum zone_flags: test_bit(), set_bit() */
	long lowmem_reserve[MAX_NR_ZONES]; /* by highest zone of a request */
	/* Hints of compaction, see compact_hints.c: no lock. */
	unsigned int compact_cached_free_pfn;
	unsigned int compact_cached_migrate_pfn[2]; /* async, sync */
	unsigned int compact_init_free_pfn, compact_init_migrate_pfn;
	unsigned int compact_considered, compact_defer_shift;
	unsigned int compact_order_failed;
	bool compact_blockskip_flush;
	atomic_t vm_stat[NR_VM_ZONE_STAT_ITEMS];
	struct per_cpu_zonestat per_cpu_zonestats[NR_CPUS];
	/* From here on to the free lists: zone->lock. */
	unsigned long nr_isolate_pageblock;
	/* Policy cma-use=aggressive: pages left of each one's turn. */
	long nr_try_movable, nr_try_cma;
	unsigned long _watermark[NR_WMARK]; /* all 0: there are none */
	unsigned long watermark_boost;
	unsigned long percpu_drift_mark; /* below it count the differences */
	unsigned long nr_reserved_highatomic; /* pages of such pageblocks */
	unsigned long nr_free_highatomic;
	struct free_area free_area[NR_PAGE_ORDERS_LIMIT];
	int pageset_batch, pageset_high_min, pageset_high_max;
	struct per_cpu_pages per_cpu_pageset[NR_CPUS];
};

/* --- CMA --- */

struct cma {
	spinlock_t lock; /* protects the bitmap */
	unsigned int base_pfn;
	unsigned int count; /* pages */
	/* What was asked for since boot, by how it ended (cma_sysfs.c). */
	atomic_t nr_pages_succeeded, nr_pages_failed;
};

/* --- Tasks --- */

#define PF_MEMALLOC 0x00000800 /* is freeing memory: may use all there is */
#define PF_MEMALLOC_PIN 0x10000000 /* PF_MEMALLOC_NOCMA until 5.12 */

/* Written by the task itself. */
struct capture_control;

struct task_struct {
	unsigned int flags;
	bool oom_victim; /* tsk_is_oom_victim() */
	bool realtime; /* rt_or_dl_task() */
	/* Calls of migrate_pages() that it is in: it has pages isolated. */
	unsigned int nr_migrating;
	/* It compacts for a request: where a block may be put. */
	struct capture_control *capture_control;
};

/* --- All of it --- */

struct memory {
	struct zone zones[MAX_NR_ZONES];
	struct lruvec lruvec;
	struct cpu_fbatches fbatches[NR_CPUS];
	struct cma cma;
	struct mutex cma_mutex; /* one contiguous CMA allocation at a time */
	struct mutex pcpu_drain_mutex;
	struct mutex pcp_batch_high_lock; /* writers of the tunables */
	int pcp_batch_wanted, pcp_high_wanted; /* 0: the kernel's choice */
	struct mutex mem_hotplug_lock; /* one range at a time */
	spinlock_t wmark_lock; /* writers of all watermarks */
	bool watermarks_set; /* from min_free_pages, at boot or later */
	unsigned int min_free_pages;
	unsigned long kswapd_wanted; /* zones by bit, atomic */
	struct task_struct task[NR_TASKS];
	atomic_t num_poisoned_pages;
	atomic_t lru_disable_count;
	spinlock_t migrate_pending_lock; /* policy lru-drain=pending-count */
	struct mutex lru_drain_mutex;
	unsigned int lru_drain_gen;
	/* Large folios to be split some time; of one, its second tail. */
	spinlock_t split_queue_lock;
	struct list_head split_queue;
	unsigned int split_queue_len;
	/* Order of folios to try for anonymous memory, and for shmem. */
	unsigned int anon_order, shmem_order;
	/* Off the LRU for a while (NR_ISOLATED_ANON and _FILE). */
	atomic_long_t nr_isolated[2];
	spinlock_t folio_wait_lock; /* those that wait for a page flag */
	struct list_head folio_wait;
	struct mm_struct mm[NR_MMS];
	struct anon_vma anon_vma[NR_MMS];
	struct address_space file[NR_FILES];
	struct address_space swap; /* by slot */
	spinlock_t swap_lock; /* the counts */
	u8 swap_map[NR_SWAP_SLOTS]; /* entries and the cache */
	unsigned long *content; /* of each page, nr_pages */
	struct buffer_head buffer[NR_BUFFERS];
	atomic_t pgmigrate_success, pgmigrate_fail, pgmigrate_forced;
	atomic_t compact_migrate_scanned, compact_free_scanned;
	atomic_t compact_isolated; /* pages of both kinds */
	struct page *mem_map; /* nr_pages */
	u8 *pageblock_type; /* one per pageblock, the last may be partial */
	u8 *pageblock_skip; /* the same: compaction has found nothing there */
	u8 *cma_bitmap; /* one byte per page of the area */
};

extern struct memory *mem;

/* zone.c */
size_t mm_bytes(const struct mm_geometry *geometry);
void mm_select(const struct mm_geometry *geometry, void *memory);
void mm_boot(void);

/* page_alloc.c */
typedef unsigned int gfp_t;
#define __GFP_HIGHMEM 0x02u /* with __GFP_MOVABLE: ZONE_MOVABLE as well */
#define __GFP_MOVABLE 0x08u
#define __GFP_RECLAIMABLE 0x10u
#define __GFP_HIGH 0x20u /* important: may use half of the reserve */
#define __GFP_DIRECT_RECLAIM 0x400u /* the caller may sleep */
#define __GFP_KSWAPD_RECLAIM 0x800u /* wake kswapd */
#define __GFP_RETRY_MAYFAIL 0x4000u /* large orders, too, are tried again */
#define __GFP_NORETRY 0x10000u
#define __GFP_MEMALLOC 0x20000u /* may use all there is */
#define __GFP_COMP 0x40000u /* one block, compound if there are several */
#define __GFP_NOMEMALLOC 0x80000u /* may not use reserves */
#define __GFP_RECLAIM (__GFP_DIRECT_RECLAIM | __GFP_KSWAPD_RECLAIM)
#define GFP_KERNEL __GFP_RECLAIM
#define GFP_NOWAIT __GFP_KSWAPD_RECLAIM
#define GFP_ATOMIC (__GFP_HIGH | __GFP_KSWAPD_RECLAIM)
struct page *alloc_pages(gfp_t gfp, unsigned int order);
unsigned int memalloc_nocma_save(void);
void memalloc_nocma_restore(unsigned int flags);

/* The rights of the running task: none is the usual. */
enum task_rights { TASK_NORMAL, TASK_MEMALLOC, TASK_OOM_VICTIM, TASK_REALTIME };
void set_task_rights(enum task_rights rights);

/* watermark.c */
void set_min_free_pages(unsigned int nr_pages);
void balance_pgdat(void);

/* vmstat.c */
void vmstat_update(void);

/* page_free.c */
void __free_pages(struct page *page, unsigned int order);
bool get_page_unless_zero(struct page *page);
void get_page(struct page *page);
void put_page(struct page *page);
void put_page_refs(struct page *page, int refs);
bool page_ref_freeze(struct page *page, int count);
void page_ref_unfreeze(struct page *page, int count);

/* compound.c */
struct page *compound_head(struct page *page);
unsigned int compound_order(const struct page *page);
void split_page(struct page *page, unsigned int order);

/* bulk.c */
unsigned int alloc_pages_bulk(gfp_t gfp, unsigned int nr_pages,
			      struct page **pages);
void release_pages(struct page **pages, unsigned int nr_pages);

/* memory_failure.c */
int memory_failure(struct page *page);
int soft_offline_free_page(unsigned int pfn);
int unpoison_page(unsigned int pfn);

/* pcp.c */
void drain_local_pages(struct zone *zone);
void drain_all_pages(struct zone *zone);

/* pcp_tune.c */
void zone_pageset_tune(int batch, int high);
void zone_pcp_disable(struct zone *zone);
void zone_pcp_enable(struct zone *zone);
void setup_pcp_cacheinfo(unsigned int cpu, int pages);
void page_alloc_cpu_dead(unsigned int cpu);
void page_alloc_cpu_online(unsigned int cpu);

/* page_isolation.c */
int start_isolate_page_range(unsigned int start_pfn, unsigned int end_pfn,
			     enum migratetype migratetype);
void undo_isolate_page_range(unsigned int start_pfn, unsigned int end_pfn,
			     enum migratetype migratetype);

/* contig.c */
int alloc_contig_range(unsigned int start, unsigned int end,
		       enum migratetype migratetype, gfp_t gfp);
void free_contig_range(unsigned int pfn, unsigned int nr_pages);

/* memory_hotplug.c */
int offline_pages(unsigned int start, unsigned int end);
int online_pages(unsigned int start, unsigned int end);
unsigned int do_migrate_range(unsigned int start, unsigned int end);

/* compaction.c */
int compact_nodes(void);
void kcompactd_do_work(unsigned int order);

/* cma.c */
struct page *cma_alloc(unsigned int count, unsigned int align, int *error);
void cma_release(struct page *pages, unsigned int count);

/* show.c */
void show_buddyinfo(void);
void show_pagetypeinfo(void);
void show_zoneinfo(void);
void dump_page(const struct page *page, const char *reason);

/* --- Provided by whoever links the core, as by an architecture --- */

/* @page was handed out; is about to be taken back. No lock of a list held. */
void arch_alloc_page(struct page *page, unsigned int order);
void arch_free_page(struct page *page, unsigned int order);

/*
 * Whether this allocation, which has not begun, is to fail: injected faults,
 * as CONFIG_FAIL_PAGE_ALLOC has them.
 */
bool should_fail_alloc_page(gfp_t gfp, unsigned int order);

/*
 * Whether the memory of @page, which nobody has a reference on, breaks just
 * now: injected faults, as CONFIG_HWPOISON_INJECT has them.
 */
bool memory_breaks(const struct page *page);

/*
 * A request begins to look at the watermarks of @zone, and has seen that it may
 * take from it, or not. Between the two no page is taken.
 */
struct watermark_look {
	unsigned int order;
	unsigned int alloc_flags;
	enum zone_watermarks mark;
	enum zone_type highest_zone; /* that the request may use */
};

void arch_watermark_begin(const struct zone *zone);
void arch_watermark_end(const struct zone *zone,
			const struct watermark_look *look, bool passed);

/* It counts as unevictable from now on, or no more: it is on no list. */
void arch_lru_unevictable(const struct page *folio, int nr);
/* A PMD that maps it is being split from now on, or no more. */
void arch_pmd_split(const struct page *folio, int nr);
/* It is on the queue of folios to be split from now on, or no more. */
void arch_split_queue(const struct page *folio, int nr);
/*
 * Its pages, which nobody has references on, are about to be several folios;
 * whether it is isolated.
 */
void arch_folio_split(const struct page *folio, unsigned int new_order,
		      bool isolated);
/* Compaction counts as many pages on the list of what it has isolated. */
void arch_isolated_batch(const struct list_head *list, unsigned int nr_pages);
/* It is about to give back what it has on lists of free blocks, by order. */
void arch_unused_targets(const struct list_head *lists, unsigned int nr_pages);
/* It goes on that many pages behind a folio that had @was pages. */
void arch_scan_goes_on(const struct page *folio, unsigned int was,
		       unsigned int nr_pages);
/* Somebody has found it, with a reference, where a file has that index. */
void arch_folio_found(const struct page *folio, unsigned int index);
/* Batches of all CPUs are about to be drained. */
void arch_lru_drain_all(void);
/*
 * The last words of lru_cache_disable() and the first ones of
 * lru_cache_enable(), of designs that promise that the batches of online CPUs
 * are empty in between, outside of local_lock sections.
 */
void arch_lru_disabled(void);
void arch_lru_enabled(void);

/*
 * References on @page have been taken, or are about to be dropped, for @holder;
 * what is not told is its owner's or for a moment (include/linux/page_ref.h has
 * tracepoints there).
 */
enum page_holder {
	HOLDER_PTE,
	HOLDER_CACHE, /* an index: of a file, or the swap cache */
	HOLDER_BATCH, /* of a CPU, on the way to the LRU */
	HOLDER_WAITER, /* for a migration entry or the page lock */
	HOLDER_PRIVATE, /* data that hangs on it */
	HOLDER_ISOLATION, /* off the LRU */
	HOLDER_PIN, /* counted once, not by its references */
	HOLDER_GET, /* FOLL_GET */
	HOLDER_POISON, /* that it is broken */
	NR_HOLDERS
};
/* Nobody but those who are expected has a reference; then it has moved. */
void arch_page_frozen(const struct page *page);
/* It is in use where pages are to be moved away, and not on the LRU: 6.12 dumps
 * it, to say why a range cannot be emptied. No lock held. */
void arch_isolation_failed(const struct page *page);
/* Compaction leaves it where it is, since somebody seems to have it pinned. */
void arch_compaction_skips(const struct page *page);
/* All passes over a list of migrate_pages() have left this one where it was. */
void arch_migration_failed(const struct page *page);
void arch_page_ref(const struct page *page, enum page_holder holder, int nr);

/* --- Bugs and policies: chosen at run time --- */

enum mm_bug {
#define BUG(name, checks, policy, text) BUG_##name,
#include "bugs.def"
#undef BUG
	NR_BUGS
};

enum mm_policy {
#define POLICY(name, default_value, text) POLICY_##name,
#define VALUE(name, value, written, text)
#include "policies.def"
#undef POLICY
#undef VALUE
	NR_POLICIES
};

enum mm_policy_value {
#define POLICY(name, default_value, text)
#define VALUE(name, value, written, text) name##_##value,
#include "policies.def"
#undef POLICY
#undef VALUE
};

extern bool mm_bugs[NR_BUGS];
extern unsigned char mm_policies[NR_POLICIES];

#ifdef BUGS
#define buggy(name) (mm_bugs[BUG_##name])
#else
#define buggy(name) 0
#endif
#define policy(name) (mm_policies[POLICY_##name])

#endif
