/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The seam: what operations and checks may ask of a subject, the code that is
 * fuzzed. An executable contains one subject; the seam is by link.
 *
 * Downwards: limits, boot and reset, operations, views. Upwards: events, which
 * the subject reports while it runs and fuzz/check answers.
 *
 * Pages are named by pfn, pageblocks by number (pfn >> block_order). No
 * type of any kernel appears here.
 */
#ifndef FUZZ_SUBJECT_SUBJECT_H
#define FUZZ_SUBJECT_SUBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SUBJECT_MAX_ORDERS 11 /* orders 0 .. 10 */
#define SUBJECT_NR_TYPES 6
#define SUBJECT_MAX_ZONES 2 /* Normal, Movable */

/* Migratetypes, numbered as in Linux 6.12 (include/linux/mmzone.h). */
enum subject_type {
	SUBJECT_UNMOVABLE,
	SUBJECT_MOVABLE,
	SUBJECT_RECLAIMABLE,
	SUBJECT_HIGHATOMIC,
	SUBJECT_CMA,
	SUBJECT_ISOLATE,
};

static inline const char *subject_type_name(enum subject_type type)
{
	static const char *const names[] = { "Unmovable",   "Movable",
					     "Reclaimable", "HighAtomic",
					     "CMA",	    "Isolate" };

	return names[type];
}

/* The machine's memory. */
struct subject_geometry {
	unsigned int nr_cpus; /* 1 .. 8 */
	unsigned int nr_pages; /* 64 .. 262,144 */
	unsigned int block_order; /* pageblock_order, 1 .. 9 */
	unsigned int max_order; /* 1 .. 10; may be below block_order */
	unsigned int cma_blocks; /* of the CMA area at the top of zone Normal */
	unsigned int pcp_batch; /* 0: by the kernel's formula */
	unsigned int pcp_high; /* 0: by the kernel's formula */
	unsigned int mobility; /* 0: grouping by mobility is on, 1: off */
	unsigned int guard_order; /* debug_guardpage_minorder; 0: no guards */
	unsigned int min_free; /* min_free_kbytes, in 1/16 of the pages */
	unsigned int movable_start; /* pfn of zone Movable; 0, nr_pages: none */
	unsigned int hole_start, hole_end; /* pfns; no memory is there */
	unsigned int pin_bias; /* see subject_pin_refs(); 0: the kernel's */
};

/*
 * References that a pin has on a single page, by which it is told from others.
 * So a page with as many other references looks pinned. The kernel has 1024; a
 * machine with few processes has less, so that one page may look so.
 */
#define SUBJECT_PIN_REFS 1024
#define SUBJECT_MIN_PIN_REFS 8

static inline unsigned int subject_pin_refs(const struct subject_geometry *g)
{
	return g->pin_bias ? g->pin_bias : SUBJECT_PIN_REFS;
}

/* Zones lie one behind the other; pageblocks may reach over the border. */
static inline unsigned int subject_nr_zones(const struct subject_geometry *g)
{
	return g->movable_start < g->nr_pages ? 2 : 1;
}

static inline unsigned int subject_zone_of(const struct subject_geometry *g,
					   unsigned int pfn)
{
	return pfn >= g->movable_start;
}

static inline unsigned int subject_zone_start(const struct subject_geometry *g,
					      unsigned int zone)
{
	return zone ? g->movable_start : 0;
}

static inline unsigned int subject_zone_end(const struct subject_geometry *g,
					    unsigned int zone)
{
	return zone ? g->nr_pages : g->movable_start;
}

static inline const char *subject_zone_name(unsigned int zone)
{
	return zone ? "Movable" : "Normal";
}

static inline bool subject_in_hole(const struct subject_geometry *g,
				   unsigned int pfn)
{
	return pfn >= g->hole_start && pfn < g->hole_end;
}

/* --- Limits, boot, reset --- */

/* What a subject is and has; a check that asks for more than that stays out. */
struct subject_caps {
	const char *name; /* "core", "linux-6.12" */
	const char *tool; /* how its mmfuzz is called: "scripts/mmfuzz" */
	unsigned int nr_slots; /* geometries that can be booted at a time */
	struct subject_geometry usual; /* unless a program sets others */
	/* Each free block is on its type's list, not CMA and ISOLATE only. */
	bool exact_list_types;
	bool has_watermarks; /* a request may fail although there is a block */
	bool reports_watermarks; /* event_watermark_begin() and _end() */
	bool migrates; /* contiguous allocations move what is in their way */
	bool compound_contig; /* has SUBJECT_CONTIG_COMPOUND */
	bool has_cma_counts; /* cma_sysfs.c or the like */
	bool has_highatomic; /* reserves HIGHATOMIC pageblocks */
	bool has_hotplug; /* CPUs may go offline and come back */
	bool has_signals; /* something ends early in a task that is killed */
	bool can_fail_alloc; /* asks event_should_fail_alloc() */
	bool offlines_memory;
	bool has_take_off; /* can take free pages out of use, and put back */
	bool has_poison; /* can have broken memory under a process */
	bool clears_private; /* of all pages of a block that is freed */
	bool has_lru; /* and batches, and reports them */
	bool has_mappings; /* address spaces: what they can follows */
	bool has_files; /* and swap: else all memory is anonymous */
	bool has_forks;
	bool moves_mappings; /* mremap and exec */
	bool has_mlock;
	bool has_huge; /* large folios, and splits them */
	bool has_pins; /* and can keep a page off the LRU */
	bool reclaims;
	bool compacts; /* by an operation, not only for a request */
	/* Tells of all references on pages of users what they are for. */
	bool reports_refs;
	/* Compaction for a request takes what interrupts free meanwhile. */
	bool captures;
};

const struct subject_caps *subject_caps(void);

/*
 * Map @g to the nearest geometry the subject can have, by one total rule.
 * What it must honour: nr_pages in range, block_order such that grouping by
 * mobility works (nr_pages >= 6 pageblocks) unless @g->mobility is 1 (off).
 */
void subject_fit(struct subject_geometry *g);

/* Boot geometry @g (fitted) into @slot and make it current. Reports events. */
void subject_boot(unsigned int slot, const struct subject_geometry *g);

/* Make @slot current, in the state that subject_boot() left. */
void subject_reset(unsigned int slot);

const struct subject_geometry *subject_geometry(void);

/* For tests: whether the current slot is as boot left it, to the last byte. */
bool subject_is_pristine(void);

/* --- Bugs and policies: of a process or a run, never of an input --- */

struct subject_bug {
	const char *name; /* "free-type-read-before-lock" */
	const char *checks; /* "freelist_type free_pages" */
	const char *policy; /* "nocma=5.9" or "" */
	const char *text;
};

struct subject_policy {
	const char *name; /* "nocma" */
	const char *value; /* "5.9" */
	const char *text;
};

/* Tables, ended by an entry without a name. */
extern const struct subject_bug subject_bugs[];
extern const struct subject_policy subject_policies[];
bool subject_policy_is_default(unsigned int row);

/*
 * -ENOENT if there is no such name. A bug sets the policy that it needs; some
 * rows of the table stand for several bugs.
 */
int subject_set_bug(const char *name);
int subject_set_policy(const char *name, const char *value);
/* No bugs, default policies, nothing masked. */
void subject_clear_bugs(void);

/*
 * Findings in the subject's own code. One that is known can be masked, so that
 * it does not hide others: the subject then does what a fix could look like.
 */
struct subject_finding {
	const char *name; /* "linux-unisolate-multiblock" */
	const char *text;
};

extern const struct subject_finding subject_findings[];
int subject_set_known(const char *name); /* masks; -ENOENT */

/* --- Operations: called on a task of the machine --- */

enum subject_request {
	SUBJECT_REQUEST_MOVABLE, /* a user's page, on the LRU once allocated */
	SUBJECT_REQUEST_UNMOVABLE,
	SUBJECT_REQUEST_RECLAIMABLE,
	SUBJECT_NR_REQUESTS
};

/* What the request may do for a page, as callers in a kernel ask for it. */
enum subject_gfp {
	SUBJECT_GFP_KERNEL, /* GFP_KERNEL | __GFP_RETRY_MAYFAIL */
	SUBJECT_GFP_NOWAIT, /* GFP_NOWAIT: does not sleep */
	SUBJECT_GFP_ATOMIC, /* GFP_ATOMIC */
	SUBJECT_GFP_HIGH, /* GFP_KERNEL | __GFP_HIGH */
	SUBJECT_GFP_NOMEMALLOC, /* GFP_ATOMIC | __GFP_NOMEMALLOC */
	SUBJECT_GFP_NORETRY, /* GFP_KERNEL | __GFP_NORETRY */
	SUBJECT_GFP_MEMALLOC, /* GFP_ATOMIC | __GFP_MEMALLOC */
	SUBJECT_GFP_LIGHT, /* neither reclaims nor wakes: GFP_TRANSHUGE_LIGHT */
	SUBJECT_NR_GFPS
};

/* Returns a pfn, or -ENOMEM. */
long subject_alloc_pages(enum subject_request request, enum subject_gfp gfp,
			 unsigned int order);
/* @pfn, @order as allocated. */
void subject_free_pages(unsigned int pfn, unsigned int order);

/* --- Operations on blocks and their pages --- */

/* As subject_alloc_pages() and subject_free_pages(), for a compound page. */
long subject_alloc_compound(enum subject_request request, enum subject_gfp gfp,
			    unsigned int order);

/*
 * Single pages, at most SUBJECT_MAX_BULK at a time: returns how many there are,
 * 0 if there is none. They are freed together.
 */
#define SUBJECT_MAX_BULK 32
unsigned int subject_alloc_bulk(enum subject_request request,
				unsigned int nr_pages, unsigned int *pfn);
void subject_free_bulk(const unsigned int *pfn, unsigned int nr_pages);

/* The pages of a block, not compound, shall be freed one by one. */
void subject_split(unsigned int pfn, unsigned int order);
/* Their owner keeps something in each of [pfn, pfn + nr_pages). */
void subject_use(unsigned int pfn, unsigned int nr_pages);

/* A reference on whatever page that has one; false if @pfn has none. */
bool subject_get(unsigned int pfn);
void subject_put(unsigned int pfn);

/* Take a free page out of use, and put what is so back: 0 or -EBUSY. */
int subject_take_off(unsigned int pfn);
int subject_put_back(unsigned int pfn);

/* --- Operations on pcplists and pageblocks --- */

void subject_drain_all(void); /* drain_all_pages() */
void subject_drain_local(void); /* drain_local_pages() */

/*
 * [start, end), pageblock aligned or not; @type is what un-isolation will set:
 * MOVABLE or CMA. 0 or -EBUSY.
 */
int subject_isolate(unsigned int start, unsigned int end,
		    enum subject_type type);
void subject_undo_isolate(unsigned int start, unsigned int end,
			  enum subject_type type);

/* memalloc_nocma_save() / _restore() of the running task. */
unsigned int subject_nocma_save(void);
void subject_nocma_restore(unsigned int flags);
bool subject_in_nocma(void); /* by the flags of the running task */

/* What it is given now is for pages of users that it moves, for a request. */
bool subject_in_compaction(void);

/* Returns a pfn, or -ENOMEM, -EBUSY as cma_alloc() ends. Align is an order. */
long subject_cma_alloc(unsigned int nr_pages, unsigned int align);
void subject_cma_release(unsigned int pfn, unsigned int nr_pages);

/*
 * alloc_contig_range(), for single pages or for one block of all (__GFP_COMP),
 * and free_contig_range() for single pages. 0, -EBUSY or -EINVAL; a block is
 * freed by subject_free_pages().
 */
enum subject_contig { SUBJECT_CONTIG_PAGES, SUBJECT_CONTIG_COMPOUND };
int subject_contig_alloc(unsigned int start, unsigned int end,
			 enum subject_type type, enum subject_contig what);
void subject_contig_free(unsigned int start, unsigned int end);

/* The rights of the running task, instead of those that it had. */
enum subject_task_rights {
	SUBJECT_TASK_NORMAL,
	SUBJECT_TASK_MEMALLOC, /* PF_MEMALLOC */
	SUBJECT_TASK_OOM_VICTIM,
	SUBJECT_TASK_REALTIME,
};

void subject_set_rights(enum subject_task_rights rights);

/* vm.min_free_kbytes, in 1/16 of the pages as in the geometry. */
void subject_set_min_free(unsigned int min_free);

/* vmstat_update() on @cpu, which folds its differences; waits for it. */
void subject_vmstat(unsigned int cpu);

/* vm.percpu_pagelist_high_fraction and the like: new batch and high. */
void subject_pcp_tune(unsigned int batch, unsigned int high);

/*
 * zone_pcp_disable() and zone_pcp_enable(), by the same task. Between the two
 * the pcplists of @zone keep nothing, and who else tunes or disables waits. The
 * caller has sim_cpus_read_lock().
 */
void subject_pcp_disable(unsigned int zone);
void subject_pcp_enable(unsigned int zone);

/*
 * Take [start, end) offline. 0, -EBUSY, -EINTR in a task that was killed, or
 * -EINVAL if that range can never be, or the subject cannot do it. What went
 * offline comes online as a whole: not as long as something in it is broken,
 * -EHWPOISON.
 */
int subject_offline(unsigned int start, unsigned int end);
int subject_online(unsigned int start, unsigned int end);

/*
 * Move what is on the LRU of [@start, @end), of one zone, to other pages, or
 * reclaim up to @nr_pages pages: return how many it was. Begin to write a page
 * of a file: false if it is not there.
 */
unsigned int subject_migrate(unsigned int start, unsigned int end);
unsigned int subject_reclaim(unsigned int nr_pages);
bool subject_writeback(unsigned int file, unsigned int index);
/* As kcompactd does for a block of @order; or all of memory. */
void subject_compact(unsigned int order);
void subject_compact_all(void);
/*
 * Store to a page of file 0, which is read in if need be, by its buffer: 0,
 * -ENOMEM, or -EFAULT if it has none.
 */
int subject_buffer_store(unsigned int index, unsigned long content);

/* Pages since boot; and attempts with waiting for locks, after others. */
struct subject_migrate_counts {
	unsigned int nr_succeeded, nr_failed, nr_forced;
};
void subject_migrate_counts(struct subject_migrate_counts *counts);
/* Pages that compaction has looked at, and isolated, of both kinds. */
struct subject_compact_counts {
	unsigned int nr_migrate_scanned, nr_free_scanned, nr_isolated;
};
void subject_compact_counts(struct subject_compact_counts *counts);
enum subject_isolated { SUBJECT_ISOLATED_ANON, SUBJECT_ISOLATED_FILE };
long subject_nr_isolated(enum subject_isolated kind); /* NR_ISOLATED_* */

/* Callbacks of CPU hotplug, on a task of another CPU. */
void subject_cpu_dead(unsigned int cpu); /* has just gone offline */
void subject_cpu_prepare(unsigned int cpu); /* is about to come online */

/* --- Views: racy by nature; exact where a check says it looks --- */

/* What a page that is given back must not have any more. */
enum subject_dirt {
	SUBJECT_DIRT_FLAGS = 1,
	SUBJECT_DIRT_MLOCKED = 2,
	SUBJECT_DIRT_MAPPING = 4,
	SUBJECT_DIRT_COMPOUND = 8,
	SUBJECT_DIRT_PRIVATE = 16,
};

struct subject_page_view {
	bool buddy; /* the page says that it heads a free block */
	bool guard; /* that it heads a block of guard pages */
	unsigned int order; /* then the block's order */
	unsigned int refcount;
	unsigned long private;
	bool head; /* that it heads a compound page */
	unsigned int compound_order; /* then the order of that; else 0 */
	long head_pfn; /* of a tail page: where its head is; else -1 */
	unsigned int dirt; /* enum subject_dirt, as a mask */
};

void subject_page(unsigned int pfn, struct subject_page_view *view);

enum subject_type subject_block_type(unsigned int block);
unsigned int subject_nr_taken_off(void); /* as the subject counts pages */

struct subject_zone_view {
	unsigned long nr_managed; /* pages that boot gave to the allocator */
	long nr_free; /* NR_FREE_PAGES with all per-CPU differences */
	long nr_free_cma; /* NR_FREE_CMA_PAGES, likewise */
	long nr_reserved_highatomic; /* pages */
	long nr_free_highatomic; /* counted as such, or -1 */
	unsigned int nr_isolate_pageblock;
	unsigned int nr_free_area[SUBJECT_MAX_ORDERS]; /* free_area[].nr_free */
};

void subject_zone(unsigned int zone, struct subject_zone_view *view);

/* zone->lock of any zone, by the running task */
bool subject_zone_is_locked(void);
/* zone->lock of that one, by anybody */
bool subject_zone_is_busy(unsigned int zone);

enum { SUBJECT_WMARK_MIN, SUBJECT_WMARK_LOW, SUBJECT_WMARK_HIGH };

struct subject_watermarks_view {
	unsigned long mark[3]; /* without the boost */
	unsigned long boost;
	unsigned long drift_mark; /* below it differences are counted */
	long lowmem_reserve[SUBJECT_MAX_ZONES];
	/* Sums of the absolute differences that CPUs have not told yet. */
	long free_drift, cma_drift;
	long offline_drift, offline_cma_drift; /* of CPUs that have gone */
};

void subject_watermarks(unsigned int zone,
			struct subject_watermarks_view *view);
unsigned int subject_pcp_count(unsigned int zone, unsigned int cpu);

/*
 * The CMA area's bitmap: first pfn of [start, end) that it has as allocated, or
 * not as allocated, if @used is false; @end if there is none. And the area.
 */
unsigned int subject_cma_find(unsigned int start, unsigned int end, bool used);
void subject_cma_area(unsigned int *start, unsigned int *end);

/* Pages that were asked for from it since boot, by how the request ended. */
struct subject_cma_counts {
	unsigned long nr_succeeded, nr_failed;
};

void subject_cma_counts(struct subject_cma_counts *counts);

#include "subject/subject_users.h"

/* --- Lists --- */

enum subject_list_kind {
	SUBJECT_LIST_BUDDY,
	SUBJECT_LIST_PCP,
	SUBJECT_LIST_LRU, /* of pages that are allocated */
};

struct subject_list {
	enum subject_list_kind kind;
	unsigned int order;
	/* BUDDY: migratetype; PCP: index of the list; LRU: enum subject_lru */
	unsigned int type;
	unsigned int cpu; /* PCP only */
	unsigned int zone;
};

/*
 * Walk a list as the subject's own pointers go: @pfn is -1 for the first entry;
 * returns the next pfn, -1 at the end.
 */
long subject_list_next(const struct subject_list *list, long pfn);
/* Number of pcp lists of a CPU, and the order of what lies on list @index. */
unsigned int subject_nr_pcp_lists(void);
unsigned int subject_pcp_list_order(unsigned int index);

/* --- Dumps, in the kernel's own formats --- */

/*
 * @what is "buddyinfo", "pagetypeinfo" or "zoneinfo", as in /proc. @put is
 * called with pieces of the text. False if the subject has no such dump.
 */
bool subject_dump(const char *what, void (*put)(const char *text));
/* dump_page(); @reason may be NULL. */
bool subject_dump_page(unsigned int pfn, const char *reason,
		       void (*put)(const char *text));

/* What it says while it runs, in pieces; NULL, as in the beginning: nobody. */
void subject_on_message(void (*put)(const char *text));

/* --- Places --- */

/*
 * Name a place that the subject gave to the machine: writes "free_one_page" to
 * @func and "spin_lock" to @what. @what may be NULL.
 */
void subject_place_name(const void *place, const char **func,
			const char **what);

/* --- Events: the subject calls, fuzz/check answers --- */

/* A list operation on the list_head of a page, seen by the list validators. */
void event_list_add(unsigned int pfn, const struct subject_list *list);
void event_list_del(unsigned int pfn);

/* arch_alloc_page() and arch_free_page(): handed out, given back. */
void event_page_alloc(unsigned int pfn, unsigned int order);
void event_page_free(unsigned int pfn, unsigned int order);

/* The type of a pageblock is about to be stored. */
void event_block_type(unsigned int block);

/* zone->lock, pcp->lock of @cpu: about to be released by their owner. */
void event_zone_unlock(unsigned int zone);
void event_pcp_unlock(unsigned int zone, unsigned int cpu);

/* Rights of a request, or of one attempt (ALLOC_* in the kernel). */
enum {
	SUBJECT_MAY_NO_WATERMARKS = 1,
	SUBJECT_MAY_OOM = 2,
	SUBJECT_MAY_NON_BLOCK = 4,
	SUBJECT_MAY_MIN_RESERVE = 8,
	SUBJECT_MAY_CMA = 16,
	SUBJECT_MAY_HIGHATOMIC = 32,
	/* No right: one more attempt without any comes before it fails. */
	SUBJECT_TRIES_AGAIN = 64,
};

/* A request has looked whether a watermark lets it take from a zone. */
struct subject_watermark {
	unsigned int zone;
	unsigned int order;
	unsigned int highest_zone; /* that it may use */
	unsigned int mark; /* SUBJECT_WMARK_* */
	unsigned int rights; /* SUBJECT_MAY_* */
	bool passed;
};

void event_watermark_begin(unsigned int zone);
void event_watermark_end(const struct subject_watermark *watermark);

/* Between the two a CPU adds its differences to the counters. */
void event_fold_begin(void);
void event_fold_end(void);

/* @what, which @lock protects, is about to be stored to without it. */
void __attribute__((noreturn, cold)) event_lock_missing(const char *what,
							const char *lock);

/*
 * The running operation tries something again and again, and lets others go on
 * before it does so once more: @in_vain if there is nobody, now or at any time.
 */
void event_waits(bool in_vain);

/*
 * should_fail_alloc_page(): an allocation of @order is about to begin. Returns
 * whether it shall fail; fuzz/program answers that.
 */
bool event_should_fail_alloc(unsigned int order);

/*
 * Compaction has no use for the page @pfn and gives it back; nobody has it.
 * Returns whether its memory breaks just now: then it is out of use, until
 * subject_put_back(). fuzz/program answers that.
 */
bool event_memory_breaks(unsigned int pfn);

/* Something behind the end of @what is about to be stored to. */
void __attribute__((noreturn, cold)) event_store_beyond(const char *what);

/* Whether anybody has had a reference on a page that may not be his. */
bool event_has_references(void);

/* A spinlock was tried and found taken. */
void event_trylock_failed(void);
/* By the task itself, which an interrupt has come into. */
void event_trylock_held(void);

#endif
