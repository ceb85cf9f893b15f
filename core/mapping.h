/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Address spaces: processes with their page tables, files with their index, the
 * swap cache. Part of mm.h, which includes it.
 *
 * All of them are there from boot on, empty. A process has one page table of
 * NR_PTES entries, addresses are numbers of pages; of HPAGE_PMD_NR addresses
 * one PMD may take the place of all entries. What a user page holds is one
 * word, of the array @content.
 */
#ifndef CORE_MAPPING_H
#define CORE_MAPPING_H

struct page;

/* Another build may have larger files. */
#ifndef NR_FILE_PAGES
#define NR_FILE_PAGES 8
#endif
#define NR_MMS 8
#define NR_VMAS 2
#define ANON_PAGES 8
#define NR_PTES (2 * ANON_PAGES + NR_FILE_PAGES)
#define HPAGE_PMD_ORDER 3
#define HPAGE_PMD_NR (1u << HPAGE_PMD_ORDER)
#define NR_PMDS (NR_PTES / HPAGE_PMD_NR)
#define NR_FILES 4
#define NR_SWAP_SLOTS (4 * NR_FILE_PAGES)

/* --- Files, and the swap cache: pages by index --- */

struct address_space {
	spinlock_t i_pages_lock; /* writers of the index; interrupts off */
	spinlock_t i_private_lock; /* the buffers of its pages */
	struct rw_semaphore i_mmap_rwsem; /* the list of what maps it */
	struct list_head i_mmap;
	struct rw_semaphore invalidate_lock; /* truncation against reading */
	unsigned int nrpages;
	unsigned int i_size; /* in pages; invalidate_lock for writing */
	bool swap_backed; /* shmem: its pages go to swap */
	bool has_buffers; /* its pages get private data when written */
	/* A folio, or a swap entry of shmem (xa_is_value()), or NULL. */
	struct page *i_pages[NR_SWAP_SLOTS];
	/* What has been written back, or was there from the beginning. */
	unsigned long disk[NR_SWAP_SLOTS];
};

/* Part of a page of a file that has buffers, which its users write to. */
#define NR_BUFFERS (2 * NR_FILE_PAGES)
struct buffer_head {
	atomic_t b_count; /* users */
	struct page *b_folio; /* NULL: it is free; i_private_lock */
	unsigned int b_index; /* of the page in the file */
};

/* In @swap_map: the number of entries, and that the cache has a page. */
#define SWAP_HAS_CACHE 0x40

/* --- Page tables --- */

/* Not present: empty, a migration entry, a slot of swap, or broken memory. */
typedef unsigned int pte_t;
#define PTE_PRESENT 1u
#define PTE_WRITE 2u /* of a migration entry, too */
#define PTE_DIRTY 4u
#define PTE_YOUNG 8u
#define PTE_MIGRATION 16u
#define PTE_SWAP 32u
#define PTE_HWPOISON 64u
#define PMD_INVALID 128u /* it is being split: no processor goes by it */
#define PTE_SHIFT 8 /* then the pfn, or the slot */

struct anon_vma {
	struct rw_semaphore rwsem; /* the list of what may map its pages */
	struct list_head vmas;
};

/* mmap_lock for writing, and the rmap lock: both to change, one to read. */
struct vm_area_struct {
	unsigned int vm_start, vm_end; /* empty: there is none */
	unsigned int vm_pgoff; /* index of the page at vm_start */
	struct anon_vma *anon_vma; /* NULL of a file */
	struct address_space *vm_file; /* NULL of anonymous memory */
	struct mm_struct *vm_mm;
	/* In the list of its anon_vma or file: behind what it was copied of. */
	struct list_head shared;
	bool vm_locked; /* VM_LOCKED */
	/* VM_STACK_INCOMPLETE_SETUP: being moved, with nothing else. */
	bool temporary_stack;
};

/* vma[ANON_VMA] is anonymous memory, vma[FILE_VMA] that of a file. */
enum { ANON_VMA, FILE_VMA };

struct mm_struct {
	struct rw_semaphore mmap_lock;
	spinlock_t page_table_lock;
	struct vm_area_struct vma[NR_VMAS];
	/* Where anonymous memory comes from or goes to while it is moved. */
	struct vm_area_struct moving;
	/* Odd: fork takes away the right to write. mmap_lock for writing. */
	unsigned int write_protect_seq;
	/*
	 * page_table_lock; and the processor's. A PMD that is not 0 maps a
	 * large folio, or has a migration entry for it, at all addresses that
	 * it is for; their entries are 0 or about to take its place.
	 */
	pte_t pmd[NR_PMDS];
	pte_t pte[NR_PTES];
};

#define PAGE_MAPPING_ANON 1ul /* in page->mapping, beside an anon_vma */

/* --- Provided by whoever links the core, as by a processor --- */

/*
 * Clear and set bits of an entry, in one step; returns what it was (powerpc has
 * a pte_update()). From then on no process gets at memory by what it was.
 */
pte_t do_pte_update(struct mm_struct *mm, unsigned int address, pte_t clear,
		    pte_t set, const struct code_place *place);
#define pte_update(mm, address, clear, set) \
	do_pte_update(mm, address, clear, set, PLACE("pte_update"))

/* The same of a PMD, that of @address. */
pte_t do_pmd_update(struct mm_struct *mm, unsigned int address, pte_t clear,
		    pte_t set, const struct code_place *place);
#define pmd_update(mm, address, clear, set) \
	do_pmd_update(mm, address, clear, set, PLACE("pmd_update"))

/* Set an entry that was cleared under the same lock: as if it had not been. */
void do_pte_restore(struct mm_struct *mm, unsigned int address, pte_t pte,
		    const struct code_place *place);
#define pte_restore(mm, address, pte) \
	do_pte_restore(mm, address, pte, PLACE("pte_restore"))
void do_pmd_restore(struct mm_struct *mm, unsigned int address, pte_t pmd,
		    const struct code_place *place);
#define pmd_restore(mm, address, pmd) \
	do_pmd_restore(mm, address, pmd, PLACE("pmd_restore"))

/*
 * A process reads there, or stores, and the entry becomes young, or dirty as
 * well: in one step. False, and nothing has changed: a fault.
 */
bool do_user_load(struct mm_struct *mm, unsigned int address,
		  unsigned long *content, const struct code_place *place);
bool do_user_store(struct mm_struct *mm, unsigned int address,
		   unsigned long content, const struct code_place *place);
/* Somebody has just stored to a page of a file, or to one truncated since. */
void arch_file_stored(const struct page *page, unsigned long content);
/* A user of a buffer has just stored there. */
void arch_buffer_stored(const struct buffer_head *bh, unsigned long content);
#define user_load(mm, address, content) \
	do_user_load(mm, address, content, PLACE("user_load"))
#define user_store(mm, address, content) \
	do_user_store(mm, address, content, PLACE("user_store"))

/* --- page_lock.c: the page lock, writeback --- */

bool folio_trylock(struct page *folio);
void folio_lock(struct page *folio);
void folio_put_wait_locked(struct page *folio);
void folio_unlock(struct page *folio);
/* Both for writeback: PG_writeback. */
void folio_start_writeback(struct page *folio);
void folio_end_writeback(struct page *folio);
void folio_wait_writeback(struct page *folio);
/* A migration entry for @page was seen under @ptl: wait until it is gone. */
void migration_entry_wait_on_locked(struct page *page, spinlock_t *ptl);

/* --- filemap.c: the index --- */

struct page *filemap_get_folio(struct address_space *mapping,
			       unsigned int index);
int filemap_add_folio(struct address_space *mapping, struct page *folio,
		      unsigned int index);
void __filemap_remove_folio(struct page *folio, struct page *entry);
void filemap_remove_folio(struct page *folio);
struct address_space *folio_mapping(struct page *folio);
void folio_mark_dirty(struct page *folio);
int filemap_fault(struct address_space *mapping, unsigned int index,
		  struct page **folio);

/* --- shmem.c --- */

bool shmem_writepage(struct page *folio);
int shmem_fault(struct address_space *mapping, unsigned int index,
		struct page **folio);

/* --- truncate.c --- */

void truncate_page(struct address_space *mapping, unsigned int index);
void truncate_setsize(struct address_space *mapping, unsigned int size);

/* --- swap_state.c --- */

bool add_to_swap(struct page *folio);
void __delete_from_swap_cache(struct page *folio);
void delete_from_swap_cache(struct page *folio);
void put_swap_folio(unsigned int slot);
struct page *swap_cache_get_folio(unsigned int slot);
struct page *read_swap_cache(unsigned int slot, int *ret);
void swap_duplicate(unsigned int slot);
void swap_free(unsigned int slot);
void free_swap_and_cache(unsigned int slot);
bool folio_free_swap(struct page *folio);
void free_swap_cache(struct page *folio);
void try_to_unuse(void);

/* --- buffer.c --- */

void folio_attach_private(struct page *folio, unsigned long data);
unsigned long folio_detach_private(struct page *folio);
void create_empty_buffers(struct page *folio);
struct buffer_head *find_get_block(struct address_space *mapping,
				   unsigned int index);
struct buffer_head *getblk(struct address_space *mapping, unsigned int index,
			   int *ret);
void brelse(struct buffer_head *bh);
void write_buffer(const struct buffer_head *bh, unsigned long content);
bool try_to_free_buffers(struct page *folio);

/* --- rmap.c --- */

void folio_add_rmap(struct page *page, const struct vm_area_struct *vma);
void folio_remove_rmap(struct page *page, const struct vm_area_struct *vma);
void folio_add_rmap_pmd(struct page *folio);
void folio_remove_rmap_pmd(struct page *folio);
void folio_set_anon(struct page *folio, const struct vm_area_struct *vma,
		    unsigned int address);
void folio_add_new_anon_rmap(struct page *folio,
			     const struct vm_area_struct *vma,
			     unsigned int address);
int folio_mapcount(const struct page *folio);
bool folio_mapped(const struct page *folio);

/* Where @nr pages of a folio may be mapped, from @page on: by one vma. */
struct rmap_range {
	struct vm_area_struct *vma;
	struct mm_struct *mm;
	unsigned int address; /* of @page */
	struct page *page;
	unsigned int nr;
};

/*
 * Call @one(@arg) for each place where @folio may be mapped, until it is false,
 * under the rmap lock of the page, not the page table's.
 */
struct rmap_walk_control {
	bool (*one)(struct page *folio, const struct rmap_range *range,
		    void *arg);
	void *arg;
	bool skip_temporary_stacks;
	bool locked; /* the caller has the rmap lock */
};

void rmap_walk(struct page *folio, const struct rmap_walk_control *rwc);
/* Replace what maps @folio, which is locked, by migration entries. */
void try_to_migrate(struct page *folio);
/* Turn the migration entries for @src into mappings of @dst, locked both. */
void remove_migration_ptes(struct page *src, struct page *dst);
/* To be split: the same of single pages only, with the rmap lock held. */
void unmap_folio(struct page *folio);
void remap_page(struct page *folio, unsigned int nr);
/* Unmap @folio, which is locked, for reclaim. False if it is still mapped. */
bool try_to_unmap(struct page *folio);
void folio_mkclean(struct page *folio);
/* Keep all processes from @folio, which is locked and broken. */
void unmap_poisoned_folio(struct page *folio);

/* --- huge_memory.c: PMDs --- */

void set_huge_anon_order(unsigned int order);
void set_huge_shmem_order(unsigned int order);
pte_t *pmd_of(struct mm_struct *mm, unsigned int address);
void __split_huge_pmd(struct vm_area_struct *vma, unsigned int address,
		      bool freeze);

/* --- split_folio.c --- */

int split_folio_to_order(struct page *page, struct list_head *list,
			 unsigned int new_order);
void deferred_split_folio(struct page *folio);
void requeue_deferred_split(struct page *folio);
void folio_unqueue_deferred_split(struct page *folio);
unsigned int deferred_split_scan(unsigned int nr_to_scan);
int split_huge_page_at(struct mm_struct *mm, unsigned int address,
		       unsigned int new_order);

/* --- gup.c --- */

/* Only a reference; a pin, for a while; a pin for good. */
#define FOLL_GET 1u
#define FOLL_PIN 2u
#define FOLL_LONGTERM 4u /* with FOLL_PIN */
/* References of a pin: 1024, or less where processes are few. */
#define GUP_PIN_COUNTING_BIAS (mm_geometry.pin_bias)

struct page *follow_page(struct mm_struct *mm, unsigned int address);
int get_user_pages(struct mm_struct *mm, unsigned int start,
		   unsigned int nr_pages, unsigned int gup_flags,
		   struct page **pages);
int get_user_pages_fast(struct mm_struct *mm, unsigned int start,
			unsigned int nr_pages, unsigned int gup_flags,
			struct page **pages);
void gup_put_pages(struct page **pages, unsigned int nr_pages,
		   unsigned int gup_flags);
bool folio_maybe_dma_pinned(struct page *folio);
bool device_store(struct mm_struct *mm, unsigned int address,
		  unsigned long content);

/* --- memory.c --- */

enum fault { FAULT_READ, FAULT_WRITE };

/* 0; -ENOMEM; -EFAULT, there is no such address. mmap_lock held; may sleep. */
int handle_mm_fault(struct mm_struct *mm, unsigned int address,
		    enum fault fault);
/* What a process reads there, or stores; faults as needed. No lock held. */
int fault_in(struct mm_struct *mm, unsigned int address, enum fault fault);
int read_user(struct mm_struct *mm, unsigned int address,
	      unsigned long *content);
int write_user(struct mm_struct *mm, unsigned int address,
	       unsigned long content);

/* --- zap.c --- */

void zap_page_range(struct mm_struct *mm, unsigned int start, unsigned int end);
void unmap_mapping_pages(struct address_space *mapping, unsigned int start,
			 unsigned int end);

/* --- fork.c --- */

int dup_mmap(struct mm_struct *dst, struct mm_struct *src);

/* --- mremap.c --- */

void move_vma(struct mm_struct *mm);
int exec_stack(struct mm_struct *mm, unsigned long content);

/* --- migrate_pages.c --- */

/*
 * What may be waited for: nothing; nothing yet, as the next pass may; page
 * locks, but of pages that are being read; or page locks and writeback.
 */
enum migrate_mode {
	MIGRATE_ASYNC,
	MIGRATE_SYNC_LATER,
	MIGRATE_SYNC_LIGHT,
	MIGRATE_SYNC,
};

/*
 * For whom pages are moved: that says where to, and that whoever reclaims them
 * counts them as isolated himself.
 */
enum migrate_reason {
	MR_CONTIG_RANGE, /* and all others that only want a page to be gone */
	MR_LONGTERM_PIN, /* to where it may stay for good */
	MR_DEMOTION, /* to where it is out of the way */
	MR_COMPACTION, /* to the pages that @cc has isolated */
};

struct compact_control;

struct migrate_control {
	enum migrate_mode mode;
	enum migrate_reason reason;
	struct compact_control *cc; /* NULL: pages come from the allocator */
};

struct migrate_stats {
	unsigned int nr_succeeded, nr_failed; /* pages */
	unsigned int nr_forced; /* attempts with waiting, after others */
	unsigned int nr_split; /* large folios, instead of being moved */
};

int isolate_folio_to_list(struct page *folio, struct list_head *list);
unsigned int isolate_migratepages_range(unsigned int start, unsigned int end,
					struct list_head *list);
int migrate_pages(struct list_head *list, const struct migrate_control *mc,
		  unsigned int *ret_succeeded);
void putback_movable_pages(struct list_head *list);

/* --- vmscan.c --- */

unsigned int shrink_lruvec(unsigned int nr_pages);
unsigned int reclaim_clean_pages_from_list(struct list_head *list);

/* --- page_writeback.c --- */

void writepage(struct page *folio);
unsigned int writepages(struct address_space *mapping, unsigned int index);

#endif
