/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Part of subject.h, which includes it: pages of users. Address spaces, the
 * LRU, migration, and who has references.
 */
#ifndef FUZZ_SUBJECT_SUBJECT_USERS_H
#define FUZZ_SUBJECT_SUBJECT_USERS_H

/* --- Operations on address spaces --- */

/* All are there from boot on, empty. Addresses are numbers of pages. */
#define SUBJECT_NR_MMS 8
#define SUBJECT_NR_FILES 4
/* A build for a measurement may have larger ones. */
#ifdef NR_FILE_PAGES
#define SUBJECT_FILE_PAGES NR_FILE_PAGES
#else
#define SUBJECT_FILE_PAGES 8
#endif
/* Where a process has its file, that of its number modulo SUBJECT_NR_FILES. */
#define SUBJECT_FILE_ADDRESS 16
#define SUBJECT_NR_ADDRESSES (SUBJECT_FILE_ADDRESS + SUBJECT_FILE_PAGES)
#define SUBJECT_NR_SLOTS (4 * SUBJECT_FILE_PAGES) /* of swap */

/* A process reads, or stores. 0, -ENOMEM, or -EFAULT: no memory there. */
int subject_user_load(unsigned int mm, unsigned int address,
		      unsigned long *content);
int subject_user_store(unsigned int mm, unsigned int address,
		       unsigned long content);
/*
 * A device that was given a page of a process stores there by a reference of
 * its own: false if there is no page of a file that the process may write to.
 */
bool subject_device_store(unsigned int mm, unsigned int address,
			  unsigned long content);
/*
 * Somebody gets at pages of a process that it may write to: by a reference, by
 * a pin, by one for good, each with locks or, as far as that goes, without.
 */
enum subject_pin {
	SUBJECT_PIN_GET,
	SUBJECT_PIN_GET_FAST,
	SUBJECT_PIN,
	SUBJECT_PIN_FAST,
	SUBJECT_PIN_LONGTERM,
	SUBJECT_PIN_LONGTERM_FAST,
};

#define SUBJECT_MAX_PINS 8 /* pages at a time */

static inline bool subject_pin_is_longterm(enum subject_pin how)
{
	return how >= SUBJECT_PIN_LONGTERM;
}

/*
 * Returns how many pages from @start on that are, in @pfn, until
 * subject_unpin(); if none, -EFAULT, no memory there; -ENOMEM; -EBUSY, one must
 * be moved, but somebody else has it off the LRU; -EINTR.
 */
int subject_pin(unsigned int mm, unsigned int start, unsigned int nr_pages,
		enum subject_pin how, unsigned int *pfn);
void subject_unpin(const unsigned int *pfn, unsigned int nr_pages,
		   enum subject_pin how);
/* It gives up [start, end). */
void subject_zap(unsigned int mm, unsigned int start, unsigned int end);
/*
 * Faults in anonymous memory, or in shmem, try folios of that order from now
 * on, or the largest that there are.
 */
void subject_set_anon_order(unsigned int order);
void subject_set_shmem_order(unsigned int order);
/*
 * Split the large folio that a process has there into folios of @order: 0;
 * -EFAULT, there is none; -EINVAL, or there are no such folios; -EBUSY or
 * -EAGAIN, somebody has it.
 */
int subject_split_huge(unsigned int mm, unsigned int address,
		       unsigned int order);
/* @mm ends and becomes a child of @parent, another one: 0, or -ENOMEM. */
int subject_fork(unsigned int mm, unsigned int parent);
/* Its anonymous memory moves; or it begins anew, storing @content: -ENOMEM. */
void subject_mremap(unsigned int mm);
int subject_exec(unsigned int mm, unsigned long content);
/* A hole of one page; or the file ends behind @size pages from now on. */
void subject_truncate(unsigned int file, unsigned int index);
void subject_set_file_size(unsigned int file, unsigned int size);
/* With nothing mapped and no file: what is left of swap, and on its way. */
void subject_swapoff(void);

/*
 * A fatal signal for @task, which the machine sends too, and its end, with the
 * operation that had to see it.
 */
void subject_kill(unsigned int task);
void subject_revive(unsigned int task);

/* --- Operations on the LRU, and on pages of users --- */

/*
 * What happens to the page that process @mm has at @address or, if there is
 * none, to the next one that any process has. False if there is none at all.
 */
enum subject_lru_op {
	SUBJECT_LRU_ACCESSED, /* folio_mark_accessed() */
	SUBJECT_LRU_ACTIVATE, /* folio_activate() */
	SUBJECT_LRU_DEACTIVATE, /* folio_deactivate() */
	SUBJECT_LRU_DEACTIVATE_FILE, /* deactivate_file_folio() */
	SUBJECT_LRU_LAZYFREE, /* folio_mark_lazyfree() */
	SUBJECT_LRU_ROTATE, /* folio_rotate_reclaimable() */
	SUBJECT_LRU_MLOCK, /* mlock_folio() */
	SUBJECT_LRU_MUNLOCK, /* munlock_folio() */
};

bool subject_lru(unsigned int mm, unsigned int address,
		 enum subject_lru_op what);

/*
 * Take that page, likewise, off the LRU until it is put back: false if there is
 * none, or it is not there.
 */
bool subject_lru_isolate(unsigned int mm, unsigned int address,
			 unsigned int *pfn);
void subject_lru_putback(unsigned int pfn);

/*
 * The memory of the first such page that is anonymous is broken from now on,
 * until subject_put_back(): false if there is none, or that was known.
 */
bool subject_poison(unsigned int mm, unsigned int address, unsigned int *pfn);

void subject_lru_drain_all(void); /* lru_add_drain_all() */
void subject_lru_drain_local(void); /* lru_add_drain() */

/* lru_cache_disable() and lru_cache_enable(). */
void subject_lru_disable(void);
void subject_lru_enable(void);

/* --- Views --- */

/* As in Linux; UNEVICTABLE is no list, its pages are only counted. */
enum subject_lru {
	SUBJECT_LRU_INACTIVE_ANON,
	SUBJECT_LRU_ACTIVE_ANON,
	SUBJECT_LRU_INACTIVE_FILE,
	SUBJECT_LRU_ACTIVE_FILE,
	SUBJECT_LRU_UNEVICTABLE,
	SUBJECT_NR_LRUS
};

/* Whether it is on the LRU, by its flags; @where, if it is. */
bool subject_lru_flags(unsigned int pfn, enum subject_lru *where);
long subject_lru_count(enum subject_lru lru); /* as the subject counts */
/* Not yet enabled again. */
unsigned int subject_lru_disable_count(void);

/* The @nr-th page in the batches of @cpu, all taken together. */
struct subject_batch_entry {
	unsigned int pfn;
	unsigned int batch; /* see subject_batch_name() */
};

const char *subject_batch_name(unsigned int batch); /* "lru_add" */

bool subject_batch_entry(unsigned int cpu, unsigned int nr,
			 struct subject_batch_entry *entry);
unsigned int subject_nr_batched(unsigned int cpu);

/* An entry of a page table. */
enum subject_pte_kind {
	SUBJECT_PTE_NONE,
	SUBJECT_PTE_PRESENT,
	SUBJECT_PTE_MIGRATION,
	SUBJECT_PTE_SWAP,
	SUBJECT_PTE_INVALID /* no access, while a larger entry is split */
};

struct subject_pte {
	enum subject_pte_kind kind;
	unsigned int nr; /* pfn; of swap the slot */
};

void subject_pte(unsigned int mm, unsigned int address,
		 struct subject_pte *pte);

/* What a page is of, or what a process has at an address. */
#define SUBJECT_NONE_OF_THEM (-2) /* it says so, but there is no such thing */
struct subject_area {
	int anon; /* number of the anonymous memory that several share; or -1 */
	int file; /* or -1; both: there is none */
	unsigned int index;
};

void subject_area_at(unsigned int mm, unsigned int address,
		     struct subject_area *area);
void subject_area_of(unsigned int pfn, struct subject_area *area);
/* Anonymous memory of @mm is being moved just now, or comes back. */
bool subject_is_moving(unsigned int mm);
/* What a file has at @index: a page, a slot of swap, or nothing. */
void subject_file_page(unsigned int file, unsigned int index,
		       struct subject_pte *entry);
/* The page that the swap cache has for a slot; false if none. */
bool subject_slot_page(unsigned int slot, unsigned int *pfn);
/* Pages of a file, or of the swap cache (SUBJECT_NR_FILES), as it counts. */
unsigned long subject_nr_cached(unsigned int file);
unsigned int subject_file_size(unsigned int file); /* in pages */
bool subject_file_is_shmem(unsigned int file);
/* How many entries name a slot, as the subject counts; and the cache's page. */
unsigned int subject_slot_entries(unsigned int slot);
unsigned int subject_mapcount(unsigned int pfn);
/* What a large folio counts; false if there is none at @pfn, its head. */
struct subject_folio {
	unsigned int nr_pages;
	unsigned int mapcount; /* entries of all kinds */
	unsigned int nr_entire; /* PMDs among them */
	unsigned int nr_mapped; /* pages that are mapped by themselves */
	bool entirely_mapped; /* by a PMD */
	unsigned int nr_pins;
	bool partially_mapped; /* and so to be split */
};

bool subject_folio(unsigned int pfn, struct subject_folio *folio);
/* Whether it has what it is for: PG_uptodate, of a large folio the head's. */
bool subject_uptodate(unsigned int pfn);
/* The page that has the references of a large folio; or @pfn. */
unsigned int subject_folio_head(unsigned int pfn);
/*
 * What a process would read: from a page; from a slot, or the page that the
 * swap cache has for it; from a file where it has neither.
 */
unsigned long subject_content(unsigned int pfn);
unsigned long subject_slot_content(unsigned int slot);
unsigned long subject_disk_content(unsigned int file, unsigned int index);

/* --- Events --- */

/* References on a page taken, or about to be dropped: who has them for what. */
enum subject_holder {
	SUBJECT_HOLDER_PTE,
	SUBJECT_HOLDER_CACHE,
	SUBJECT_HOLDER_BATCH,
	SUBJECT_HOLDER_WAITER,
	SUBJECT_HOLDER_PRIVATE,
	SUBJECT_HOLDER_ISOLATION,
	SUBJECT_HOLDER_PIN, /* counts once */
	SUBJECT_HOLDER_GET,
	SUBJECT_HOLDER_POISON, /* that the page is broken */
	SUBJECT_NR_HOLDERS
};
void event_page_ref(unsigned int pfn, enum subject_holder holder, int nr);
/*
 * For subjects that do not report all references (caps). A page is a user's
 * from now on, no more the running operation's. Batches of the running CPU have
 * got @nr entries more; less, if negative.
 */
void event_page_used(unsigned int pfn);
void event_batched(int nr);
/* No one else has a reference: it is about to be replaced in its index. */
void event_page_frozen(unsigned int pfn);
/*
 * It is in use where pages are to be moved away, but not on the LRU: whoever
 * wants to know why looks at what it says of itself, without any lock.
 */
void event_isolation_failed(unsigned int pfn);
/*
 * Compaction, which has a reference, leaves it where it is, since there seem to
 * be others than its owners'.
 */
void event_compaction_skips(unsigned int pfn);
/* A migration has given up on it. */
void event_migration_failed(unsigned int pfn);

/* PG_lru of a page is about to change, or has just changed, to @value. */
void event_lru_flag(unsigned int pfn, int value);
/* It counts as unevictable from now on, or no more; no list operation tells. */
void event_lru_unevictable(unsigned int pfn, bool added);
/* lru_lock is about to be released by its owner. */
void event_lru_unlock(void);
/* The batches of all CPUs are about to be emptied. */
void event_lru_drain_all(void);
/* A local_lock section of the running CPU has begun; is about to end. */
void event_local_lock(void);
void event_local_unlock(void);
/* Batches of online CPUs are empty from now on; may be filled again. */
void event_lru_disabled(void);
void event_lru_enabled(void);

/* The counts of a page, or of all of a large folio, have changed. */
void event_page_counts(unsigned int pfn, int refcount, int mapcount);
/* Those of a tail page. */
void event_tail_counts(unsigned int pfn, int refcount);
/* Its subject_mapcount() may have. */
void event_page_mapcount(unsigned int pfn);
/*
 * A PMD that maps a large folio is being split, so that it counts one entry
 * more than it has references for; no more, if @nr is negative.
 */
void event_pmd_split(unsigned int pfn, int nr);
/* It is on the queue of folios to be split from now on; or no more. */
void event_split_queue(unsigned int pfn, bool queued);
/*
 * A folio is about to be several of @new_order, from @pfn on; whether it is
 * isolated.
 */
void event_folio_split(unsigned int pfn, unsigned int new_order, bool isolated);
/*
 * Compaction has isolated @nr pages, to be moved or to move some to, and says
 * that they are @counted.
 */
void event_isolated_batch(unsigned int nr, unsigned int counted);
/* It goes on @nr pages behind the beginning of a folio that had @was pages. */
void event_scan_goes_on(unsigned int pfn, unsigned int was, unsigned int nr);
/*
 * Somebody has got a reference on a folio that he has found where a file has
 * @wanted: it says that it has @nr pages from @index on.
 */
void event_folio_found(unsigned int pfn, unsigned int index, unsigned int nr,
		       unsigned int wanted);

/* An entry of a page table has changed, from @old to @new. */
void event_pte(unsigned int mm, unsigned int address,
	       const struct subject_pte *old, const struct subject_pte *new);
/* A PMD is set where @address has an entry, or none. */
void event_pmd_over(unsigned int mm, unsigned int address, bool has_entry);
/* A process has read @content there, or has stored it. */
void event_user_load(unsigned int mm, unsigned int address,
		     unsigned long content);
void event_user_store(unsigned int mm, unsigned int address,
		      unsigned long content);
/* Somebody has stored to the page that a file has there. */
void event_file_store(unsigned int file, unsigned int index,
		      unsigned long content);
/* It has been stored to a page of file 0 by its buffer. */
void event_buffer_store(unsigned int index, unsigned long content);

#endif
