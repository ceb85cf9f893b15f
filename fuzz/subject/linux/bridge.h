/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All that the kernel's side of this subject (compiled with the tree's headers)
 * and the harness's side (compiled with the C library's) know of each other.
 * Plain C types only: neither side can include the other's headers.
 *
 * host_*() is the harness, called by the tree's code and by kernel/; tree_*()
 * is kernel/, called by the harness. Pages are named as in subject.h: pfn 0 is
 * the first page of the zone.
 */
#ifndef FUZZ_SUBJECT_LINUX_BRIDGE_H
#define FUZZ_SUBJECT_LINUX_BRIDGE_H

#define BRIDGE_CPUS 8
#define BRIDGE_TASKS 56
#define BRIDGE_ORDERS 11
#define BRIDGE_TYPES 6
#define BRIDGE_MMS 8 /* processes */
#define BRIDGE_ADDRESSES 24 /* pages of each */

/*
 * Simulated memory lies at fixed addresses, so that nothing which hashes or
 * compares pointers depends on where the process was loaded. Page frame 0 of
 * the kernel's count is not part of it: the zone begins at START_PFN.
 */
#define BRIDGE_PAGE_OFFSET 0x300000000000ul
#define BRIDGE_PAGE_SHIFT 12
#define BRIDGE_START_PFN 1024ul

/* Objects of the slab: beside, not inside, the memory that has page structs. */
#define BRIDGE_SLAB_START 0x310000000000ul
#define BRIDGE_SLAB_BYTES (1ul << 20)

/* --- The harness, for the kernel's side --- */

/* As struct sim_rwsem, which begins as struct sim_lock. */
struct bridge_lock {
	const char *name;
	unsigned short instance;
	unsigned short owner;
	unsigned int class_cache;
	unsigned int nr_readers;
};

/*
 * Yield points, named by their return address. Files in kernel/ are compiled
 * with BRIDGE_QUIET: what they do with the tree's inline functions is one step.
 */
#ifdef BRIDGE_QUIET
#define host_read() ((void)0)
#define host_write() ((void)0)
#define host_atomic() ((void)0)
#define host_barrier() ((void)0)
#define host_cmpxchg(word, old, new, bytes) ((void)(old), (new))
#else
void host_read(void); /* READ_ONCE() */
void host_write(void); /* WRITE_ONCE() */
void host_atomic(void);
void host_barrier(void);
/*
 * A compare and exchange of @old by @new at @word is about to happen: where
 * pageblock types change, too. What to store: @new, unless a finding is masked.
 */
unsigned long host_cmpxchg(const volatile void *word, unsigned long old,
			   unsigned long new, unsigned int bytes);
#endif
void host_relax(void); /* cpu_relax(): others go on by force */
void host_resched(const void *place); /* cond_resched() */

void host_user_access(const void *place); /* a process reads or stores */

unsigned int host_cpu(void);
unsigned int host_task(void);

void host_preempt_disable(void);
void host_preempt_enable(void);
unsigned int host_preempt_count(void);
unsigned long host_irq_save(void); /* whether they were on */
/* @place NULL: the return address */
void host_irq_restore(unsigned long were_on, const void *place);
unsigned long host_irqs_on(void);
int host_in_irq(void);
void host_might_sleep(void);

enum bridge_lock_kind {
	BRIDGE_OTHER_LOCK,
	BRIDGE_ZONE_LOCK,
	BRIDGE_PCP_LOCK, /* of the CPU that is its instance */
	BRIDGE_LRU_LOCK,
};

void host_spin_lock(struct bridge_lock *lock, const void *place);
/* As one of another class, for callers that keep an order of their own. */
void host_spin_lock_nested(struct bridge_lock *lock, const void *place);
int host_spin_trylock(struct bridge_lock *lock, const void *place);
void host_spin_unlock(struct bridge_lock *lock, enum bridge_lock_kind kind,
		      const void *place);
int host_lock_held(const struct bridge_lock *lock); /* by the running task */
void host_mutex_lock(struct bridge_lock *lock, const void *place);
int host_mutex_trylock(struct bridge_lock *lock, const void *place);
void host_mutex_unlock(struct bridge_lock *lock, const void *place);

void host_down_read(struct bridge_lock *lock, const void *place);
int host_down_read_trylock(struct bridge_lock *lock, const void *place);
void host_up_read(struct bridge_lock *lock, const void *place);
void host_down_write(struct bridge_lock *lock, const void *place);
void host_down_write_nested(struct bridge_lock *lock, const void *place);
void host_up_write(struct bridge_lock *lock, const void *place);

void host_sleep_for(unsigned long ticks, const void *place);
/* Until host_wake() of the same @task. */
void host_sleep(const void *task, const void *place);
void host_wake(const void *task, const void *place);
/* Before long all CPUs will have added their differences to the counters. */
void host_fold_later(void);
/*
 * Who tries something again and again lets all others go on; this is the
 * @round-th time in a row. Returns whether it was sent a signal, as there was
 * nobody.
 */
int host_wait_for_others(unsigned int round, const void *place);
void host_synchronize_rcu(const void *place);
void host_call_rcu(void (*func)(void *arg), void *arg);
int host_queue_work(unsigned int cpu, void *work, void (*func)(void *work),
		    const void *place);
int host_flush_work(const void *work, const void *place);

/*
 * Verdicts: the function that found @condition, and the page struct that it is
 * about, or NULL.
 */
void __attribute__((noreturn))
host_fail(const char *func, const char *condition, const void *page);
/* These return if it is a finding that is masked. */
void host_check(const char *func, const char *condition, const void *page);
void host_warn(const char *func, const char *condition, const void *page);
/* The harness lacks something: exit status 3. */
void __attribute__((noreturn)) host_unimplemented(const char *name);
void __attribute__((noreturn)) host_boot_failed(const char *why);

/* Page structs and pageblock types are there; events may come. */
void host_zone_ready(void);

/* Findings that are known and shall not be met again. */
enum bridge_finding {
#define FINDING(symbol, name, text) FINDING_##symbol,
#include "findings.def"
#undef FINDING
	BRIDGE_NR_FINDINGS
};

int host_is_known(enum bridge_finding finding);

/* Bugs that can be switched on. */
enum bridge_bug {
#define BUG(symbol, checks, text) BUG_##symbol,
#include "bugs.def"
#undef BUG
	BRIDGE_NR_BUGS
};

int host_is_buggy(enum bridge_bug bug);

/* Events, as in subject.h. */
void host_buddy_add(unsigned int pfn, unsigned int order, unsigned int type);
void host_pcp_add(unsigned int pfn, unsigned int order, unsigned int cpu,
		  unsigned int list);
void host_list_del(unsigned int pfn);
void host_page_alloc(unsigned int pfn, unsigned int order);
void host_page_free(unsigned int pfn, unsigned int order);

void host_lru_add(unsigned int pfn, unsigned int lru);
/* The running task has the batches of all CPUs emptied, to pin something. */
void host_lru_drain_all(void);
void host_lru_flag(unsigned int pfn, int value);
/* A page is a user's from now on, and not the running operation's. */
void host_page_used(unsigned int pfn);
void host_local_lock(void);
/* Batches of the CPU have got and lost so many entries since then. */
void host_local_unlock(int more, int less);

/* An entry of a page table. */
enum bridge_pte_kind {
	BRIDGE_PTE_NONE,
	BRIDGE_PTE_PRESENT,
	BRIDGE_PTE_MIGRATION,
	BRIDGE_PTE_INVALID /* of a PMD that is being split */
};

struct tree_pte {
	enum bridge_pte_kind kind;
	unsigned int nr; /* pfn */
	int has_ref; /* of its own: a PMD has one for all its addresses */
};

void host_pte(unsigned int mm, unsigned int address, const struct tree_pte *old,
	      const struct tree_pte *new);
void host_pmd_over(unsigned int mm, unsigned int address, int has_entry);
void host_pmd_split(unsigned int pfn); /* it was one of that folio */
/* A large folio is, or is no more, on the queue of those to be split. */
void host_split_queue(unsigned int pfn, int queued);
/* It is about to become several, from @pfn on. */
void host_folio_split(unsigned int pfn, unsigned int new_order, int isolated);
void host_user_load(unsigned int mm, unsigned int address,
		    unsigned long content);
void host_user_store(unsigned int mm, unsigned int address,
		     unsigned long content);

/* Whether an allocation that is about to begin shall fail. */
int host_should_fail_alloc(unsigned int order);

/* AddressSanitizer, if there is one. */
void host_poison(const void *addr, unsigned long bytes);
void host_unpoison(const void *addr, unsigned long bytes);

/* --- The kernel's side, for the harness --- */

struct tree_geometry {
	unsigned int nr_cpus;
	unsigned int nr_pages;
	unsigned int cma_start; /* [cma_start, cma_end), may be empty */
	unsigned int cma_end;
	unsigned int pcp_batch; /* 0: by the kernel's formula */
	unsigned int pcp_high;
	int mobility; /* 1: grouping by mobility is off */
	unsigned int guard_order; /* debug_guardpage_minorder */
	unsigned int min_free; /* pages: min_free_kbytes */
};

struct tree_limits {
	unsigned int block_order;
	unsigned int max_order;
	unsigned int nr_types;
	unsigned int nr_pcp_lists;
	unsigned int page_bytes; /* of struct page */
};

void tree_limits(struct tree_limits *limits);

/* Pages of metadata (page structs and the like) that boot will ask for. */
unsigned int tree_metadata_pages(unsigned int nr_pages);

void tree_boot(const struct tree_geometry *geometry);
/* What of memory behind the last page boot has used. */
void tree_metadata(void **start, unsigned long *bytes);
unsigned long tree_slab_used(void);
/* After a reset: have AddressSanitizer see the slab's objects as they are. */
void tree_slab_reopen(void);

/* What dump_page() was last called for, NULL if there is nothing new. */
const char *tree_dumped(const void **page);

/* Negative if it is no page of the zone. */
long tree_page_to_pfn(const void *page);

/* Whether there is code that a bug switch can rob of zone->lock. */
int tree_has_unlocked_code(void);
/* Whether the running task is there, and acts as if it had the lock. */
int tree_runs_unlocked(void);

/* Pageblock bits: each section has a word of them, side by side in memory. */
struct tree_block_bits {
	const void *start; /* the first section's */
	unsigned int section_bytes; /* from one to the next */
	unsigned int nr_sections;
	unsigned int blocks_per_section;
	unsigned int bits_per_block;
	unsigned int type_mask;
};

void tree_block_bits(struct tree_block_bits *bits);

long tree_alloc_pages(unsigned int request, unsigned int gfp,
		      unsigned int order);
void tree_free_pages(unsigned int pfn, unsigned int order);
long tree_alloc_compound(unsigned int request, unsigned int gfp,
			 unsigned int order);
unsigned int tree_alloc_bulk(unsigned int request, unsigned int nr_pages,
			     unsigned int *pfn);
void tree_free_bulk(const unsigned int *pfn, unsigned int nr_pages);
void tree_split(unsigned int pfn, unsigned int order);
void tree_use(unsigned int pfn, unsigned int nr_pages);
int tree_get(unsigned int pfn);
void tree_put(unsigned int pfn);
void tree_drain_all(void);
void tree_drain_local(void);
/* The type of a HIGHATOMIC pageblock is about to change: reserved no more. */
void tree_unreserve_block(void);
int tree_isolate(unsigned int start, unsigned int end, unsigned int type);
void tree_undo_isolate(unsigned int start, unsigned int end, unsigned int type);
unsigned int tree_nocma_save(void);
void tree_nocma_restore(unsigned int flags);
int tree_in_nocma(void);
long tree_cma_alloc(unsigned int nr_pages, unsigned int align);
void tree_cma_release(unsigned int pfn, unsigned int nr_pages);
int tree_contig_alloc(unsigned int start, unsigned int end, unsigned int type);
void tree_contig_free(unsigned int start, unsigned int end);
/* Rights as in subject.h. */
void tree_set_rights(unsigned int rights);
void tree_set_min_free(unsigned int nr_pages);
void tree_vmstat_update(void); /* of the CPU that it runs on */
void tree_pcp_tune(unsigned int batch, unsigned int high);
void tree_pcp_disable(void);
void tree_pcp_enable(void);

int tree_offline(unsigned int start, unsigned int end);
int tree_online(unsigned int start, unsigned int end);

/* A fatal signal for a task, and its end. */
void tree_kill(unsigned int task);
void tree_revive(unsigned int task);

/* Address spaces, as in subject.h. */
int tree_user_load(unsigned int mm, unsigned int address,
		   unsigned long *content);
int tree_user_store(unsigned int mm, unsigned int address,
		    unsigned long content);
/* @how as enum subject_pin. Returns how many pages, or an error. */
int tree_pin(unsigned int mm, unsigned int start, unsigned int nr_pages,
	     unsigned int how, unsigned int *pfn);
void tree_unpin(const unsigned int *pfn, unsigned int nr_pages,
		unsigned int how);
void tree_zap(unsigned int mm, unsigned int start, unsigned int end);
/* @mm ends, and becomes a child of @parent, another one: 0, or -ENOMEM. */
int tree_fork(unsigned int mm, unsigned int parent);
void tree_mremap(unsigned int mm);
/* The running task looks for room to move pages to. */
int tree_in_compaction(void);
void tree_pte(unsigned int mm, unsigned int address, struct tree_pte *view);
/* @anon: a number of the memory that relatives share; -1: not anonymous. */
void tree_area_at(unsigned int mm, unsigned int address, int *anon,
		  unsigned int *index);
void tree_area_of(unsigned int pfn, int *anon, unsigned int *index);
unsigned long tree_content(unsigned int pfn);
unsigned int tree_mapcount(unsigned int pfn);

/* Large folios, as in subject.h. */
void tree_set_anon_order(unsigned int order);
int tree_split_huge(unsigned int mm, unsigned int address, unsigned int order);
unsigned int tree_reclaim(void); /* how many folios were split */

struct tree_folio {
	unsigned int nr_pages;
	unsigned int mapcount;
	unsigned int nr_entire;
	unsigned int nr_mapped;
	int entirely_mapped;
	unsigned int nr_pins;
	int is_queued;
};

int tree_folio(unsigned int pfn, struct tree_folio *view);
unsigned int tree_folio_head(unsigned int pfn);
int tree_is_uptodate(unsigned int pfn);

/* The LRU. @what as enum subject_lru_op, without mlock. */
int tree_lru(unsigned int mm, unsigned int address, unsigned int what);
int tree_lru_isolate(unsigned int mm, unsigned int address, unsigned int *pfn);
void tree_lru_putback(unsigned int pfn);
void tree_lru_drain_all(void);
void tree_lru_drain_local(void);
void tree_lru_disable(void);
void tree_lru_enable(void);
int tree_lru_flags(unsigned int pfn, unsigned int *where);
long tree_lru_count(unsigned int lru);
long tree_nr_isolated(int is_file);
unsigned int tree_lru_disable_count(void);
/* Which batch it is in, or -1. */
int tree_batch_entry(unsigned int cpu, unsigned int nr, unsigned int *pfn);
const char *tree_batch_name(unsigned int batch);
unsigned int tree_nr_batched(unsigned int cpu);
long tree_lru_next(unsigned int lru, long pfn);

void tree_compact(unsigned int order);
void tree_compact_all(void);
unsigned int tree_migrate(unsigned int start, unsigned int end);
void tree_migrate_counts(unsigned int *nr_succeeded, unsigned int *nr_failed);
void tree_compact_counts(unsigned int *nr_migrate_scanned,
			 unsigned int *nr_free_scanned,
			 unsigned int *nr_isolated);

struct tree_page {
	int buddy;
	int guard;
	unsigned int refcount;
	unsigned long private;
	int head; /* of a compound page */
	unsigned int compound_order;
	long head_pfn; /* of a tail page; else -1 */
	/* What a free page must not have. */
	int has_flags, has_mlocked, has_mapping;
};

void tree_page(unsigned int pfn, struct tree_page *view);
unsigned int tree_block_type(unsigned int block);

struct tree_zone {
	unsigned long nr_managed;
	long nr_free;
	long nr_free_cma;
	long nr_reserved_highatomic;
	long nr_free_highatomic; /* -1: the tree does not count them */
	unsigned int nr_isolate_pageblock;
	unsigned int nr_free_area[BRIDGE_ORDERS];
};

void tree_zone(struct tree_zone *view);
const struct bridge_lock *tree_zone_lock(void);
unsigned int tree_pcp_count(unsigned int cpu);
unsigned int tree_cma_find(unsigned int start, unsigned int end, int used);
long tree_buddy_next(unsigned int order, unsigned int type, long pfn);
long tree_pcp_next(unsigned int cpu, unsigned int list, long pfn);
unsigned int tree_pcp_list_order(unsigned int list);

/* For tests. */
enum bridge_damage {
	BRIDGE_DAMAGE_REFERENCE, /* one too many */
	BRIDGE_DAMAGE_LIST, /* where it lies on a list */
	BRIDGE_DAMAGE_MAPPING, /* as if it were in use */
	BRIDGE_DAMAGE_MAPCOUNT, /* one too many */
	BRIDGE_DAMAGE_ACTIVE, /* as if it were on another LRU list */
	BRIDGE_DAMAGE_CONTENT,
	/* Of a large folio at its head: it counts one pin, or is queued. */
	BRIDGE_DAMAGE_PINS,
	BRIDGE_DAMAGE_QUEUE,
};

void tree_damage_page(unsigned int pfn, enum bridge_damage damage);

#endif
