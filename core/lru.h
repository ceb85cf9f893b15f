/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The LRU lists, and the per-CPU batches of pages that are on their way there.
 * Part of mm.h, which includes it.
 *
 * A page that is on a list has PG_lru and belongs to the list for good: whoever
 * clears the flag takes it off. A batch has a reference on each of its pages.
 */
#ifndef CORE_LRU_H
#define CORE_LRU_H

struct page;

/* As in include/linux/mmzone.h. */
enum lru_list {
	LRU_INACTIVE_ANON,
	LRU_ACTIVE_ANON,
	LRU_INACTIVE_FILE,
	LRU_ACTIVE_FILE,
	LRU_UNEVICTABLE,
	NR_LRU_LISTS
};

struct lruvec {
	spinlock_t lru_lock; /* protects the lists, and PG_lru being set */
	struct list_head lists[NR_LRU_LISTS]; /* UNEVICTABLE: always empty */
	long nr_pages[NR_LRU_LISTS]; /* that of UNEVICTABLE, too */
};

/* What a batch does to its pages when it is drained. */
enum lru_batch {
	LRU_ADD,
	LRU_DEACTIVATE_FILE,
	LRU_DEACTIVATE,
	LRU_LAZYFREE,
	LRU_ACTIVATE,
	LRU_MOVE_TAIL, /* filled in interrupts, too */
	NR_LRU_BATCHES,
	LRU_MLOCK = NR_LRU_BATCHES,
	NR_CPU_BATCHES
};

struct folio_batch {
	unsigned int nr;
	struct page *folios[PAGEVEC_SIZE];
};

/*
 * Of one CPU, which alone writes it: in local_lock sections, those of MOVE_TAIL
 * with interrupts off. Others read nr.
 */
struct cpu_fbatches {
	struct folio_batch batch[NR_CPU_BATCHES];
	char drain_work, pending_work; /* addresses of works */
};

/* --- lru.c --- */

struct vm_area_struct;

void folio_add_lru(struct page *folio);
void folio_add_lru_vma(struct page *folio, struct vm_area_struct *vma);
void folio_activate(struct page *folio);
void folio_mark_accessed(struct page *folio);
void folio_deactivate(struct page *folio);
void deactivate_file_folio(struct page *folio);
void folio_mark_lazyfree(struct page *folio);
void folio_rotate_reclaimable(struct page *folio);
bool folio_isolate_lru(struct page *folio);
void folio_putback_lru(struct page *folio);
/* The last reference is gone: off the lists (__page_cache_release()). */
void lru_remove_freed(struct page *folio);

/* --- mlock.c --- */

void mlock_folio(struct page *folio);
void mlock_new_folio(struct page *folio);
void munlock_folio(struct page *folio);

/* --- lru_drain.c --- */

void lru_add_drain(void);
void lru_add_drain_cpu(unsigned int cpu);
void lru_add_drain_all(void);
/* Batches stay empty between the two, as far as policy lru-drain sees to it. */
void lru_cache_disable(void);
void lru_cache_enable(void);

#endif
