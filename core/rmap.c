// SPDX-License-Identifier: GPL-2.0-only
/*
 * What maps a page: counting it, finding it, and replacing it.
 *
 * page->mapcount is the number of page table entries that map the page, each of
 * which has a reference. Who maps takes the reference, then counts, then sets
 * the entry; who unmaps goes the other way. So a page never has more entries
 * than it counts, nor counts more than it has references.
 *
 * Which entries those may be is known from page->mapping and page->index: the
 * processes that share an anon_vma, or that map a file, have the page at that
 * index of their memory or nowhere. The semaphore of either, taken for reading,
 * keeps their vmas as they are. An entry changes under its page table's lock
 * only, which is taken within. Entries are copied while others walk, but never
 * to a vma that comes before the one that they are copied from: who has not
 * seen the one sees the other.
 *
 * An anonymous page that a process is alone with, and somebody has pinned,
 * stays mapped (gup.c).
 *
 * A page that is locked keeps its ->mapping, and what was replaced by migration
 * entries is not mapped anew while it stays locked.
 *
 * Modelled on mm/rmap.c of Linux 6.12, and remove_migration_pte() of
 * mm/migrate.c. Left out: large folios, huge mappings, deferred flushes,
 * PageAnonExclusive (who is alone is told by references).
 */
#include "internal.h"

/* Another entry is going to map @folio: it has its reference already. */
void folio_add_rmap(struct page *folio, const struct vm_area_struct *vma)
{
	atomic_inc(&folio->mapcount);
	if (vma->vm_locked)
		mlock_folio(folio);
}

/* An entry does not map @folio any more; its reference is still there. */
void folio_remove_rmap(struct page *folio, const struct vm_area_struct *vma)
{
	atomic_dec(&folio->mapcount);
	if (vma->vm_locked)
		munlock_folio(folio);
}

/* The same as folio_add_rmap() for a new page, which nobody else knows of. */
void folio_add_new_anon_rmap(struct page *folio,
			     const struct vm_area_struct *vma,
			     unsigned int address)
{
	set_bit(PG_swapbacked, &folio->flags);
	folio->index = linear_page_index(vma, address);
	WRITE_ONCE(folio->mapping,
		   (unsigned long)vma->anon_vma | PAGE_MAPPING_ANON);
	folio_add_rmap(folio, vma);
}

bool folio_mapped(const struct page *folio)
{
	return atomic_read(&folio->mapcount) > 0;
}

/* --- Walks --- */

static bool walk_vma(struct page *folio, const struct rmap_walk_control *rwc,
		     struct vm_area_struct *vma)
{
	unsigned int nr = (unsigned int)folio->index - vma->vm_pgoff;

	if (folio->index < vma->vm_pgoff || nr >= vma->vm_end - vma->vm_start)
		return true;
	if (rwc->skip_temporary_stacks && vma->temporary_stack)
		return true;
	return rwc->one(folio, vma->vm_mm, vma, vma->vm_start + nr, rwc->arg);
}

static void rmap_walk_anon(struct page *folio,
			   const struct rmap_walk_control *rwc,
			   struct anon_vma *anon_vma)
{
	const struct list_head *entry;

	down_read(&anon_vma->rwsem);
	for (entry = anon_vma->vmas.next; entry != &anon_vma->vmas;
	     entry = entry->next) {
		struct vm_area_struct *vma =
			list_entry(entry, struct vm_area_struct, shared);

		if (!walk_vma(folio, rwc, vma) ||
		    !walk_vma(folio, rwc, &vma->vm_mm->moving))
			break;
	}
	up_read(&anon_vma->rwsem);
}

static void rmap_walk_file(struct page *folio,
			   const struct rmap_walk_control *rwc,
			   struct address_space *mapping)
{
	const struct list_head *entry;

	down_read(&mapping->i_mmap_rwsem);
	for (entry = mapping->i_mmap.next; entry != &mapping->i_mmap;
	     entry = entry->next) {
		if (!walk_vma(folio, rwc,
			      list_entry(entry, struct vm_area_struct, shared)))
			break;
	}
	up_read(&mapping->i_mmap_rwsem);
}

/* @folio is locked, or new and its caller's. May sleep. */
void rmap_walk(struct page *folio, const struct rmap_walk_control *rwc)
{
	unsigned long mapping = folio->mapping;

	if (mapping & PAGE_MAPPING_ANON)
		rmap_walk_anon(
			folio, rwc,
			(struct anon_vma *)(mapping - PAGE_MAPPING_ANON));
	else if (mapping)
		rmap_walk_file(folio, rwc, (struct address_space *)mapping);
}

/* --- Unmapping --- */

static bool pte_maps(pte_t pte, const struct page *folio)
{
	return pte & PTE_PRESENT && pte_page(pte) == folio;
}

/*
 * Take the page table's lock if the entry maps @folio; a look before that tells
 * most of those that do not (map_pte() in mm/page_vma_mapped.c).
 */
static bool lock_mapping_pte(struct mm_struct *mm, unsigned int address,
			     const struct page *folio)
{
	if (!(READ_ONCE(mm->pte[address]) & PTE_PRESENT))
		return false;
	spin_lock(&mm->page_table_lock);
	if (pte_maps(mm->pte[address], folio))
		return true;
	spin_unlock(&mm->page_table_lock);
	return false;
}

/* What has just been locked in memory, or not any more, is in a batch. */
static void drain_if_locked(const struct vm_area_struct *vma)
{
	if (vma->vm_locked)
		mlock_drain_local();
}

/* The entry does not map @folio any more. */
static void drop_mapping(struct page *folio, const struct vm_area_struct *vma)
{
	folio_remove_rmap(folio, vma);
	/* Its reference would be one that nobody expects. */
	drain_if_locked(vma);
	put_page_of(folio, HOLDER_PTE);
}

/*
 * Whether an entry, which has just been cleared, was of a page that the process
 * was alone with and that is pinned: without the entry it would share the page,
 * or have another one, when it comes back. So it must be restored.
 */
static bool is_pinned(struct page *folio, pte_t old)
{
	return folio->mapping & PAGE_MAPPING_ANON && old & PTE_WRITE &&
	       !buggy(unmap_ignores_pins) && folio_maybe_dma_pinned(folio);
}

/* Whether the process may write, once it finds the page again. */
static pte_t migration_entry(const struct page *folio, pte_t old)
{
	return mk_pte(folio, PTE_MIGRATION | (old & PTE_WRITE));
}

static bool try_to_migrate_one(struct page *folio, struct mm_struct *mm,
			       struct vm_area_struct *vma, unsigned int address,
			       void *unused)
{
	pte_t old;

	(void)unused;
	if (!lock_mapping_pte(mm, address, folio))
		return true;
	old = mm->pte[address];
	/* What the process does before this gets into the entry, all of it. */
	old = pte_update(mm, address, ~0u, migration_entry(folio, old));
	if (is_pinned(folio, old)) {
		pte_restore(mm, address, old);
		spin_unlock(&mm->page_table_lock);
		return false;
	}
	if (old & PTE_DIRTY)
		folio_mark_dirty(folio);
	drop_mapping(folio, vma);
	spin_unlock(&mm->page_table_lock);
	return true;
}

/*
 * @folio is locked. Afterwards it may be still mapped: by the stack of a
 * process that is being moved, by an entry that has been set meanwhile, or
 * since it is pinned.
 */
void try_to_migrate(struct page *folio)
{
	rmap_walk(folio, &(struct rmap_walk_control){
				 .one = try_to_migrate_one,
				 /* It moves without the rmap lock. */
				 .skip_temporary_stacks =
					 !buggy(stack_move_lost_entry) &&
					 folio->mapping & PAGE_MAPPING_ANON });
}

static bool remove_migration_pte(struct page *dst, struct mm_struct *mm,
				 struct vm_area_struct *vma,
				 unsigned int address, void *arg)
{
	const struct page *src = arg;
	pte_t entry, pte;

	spin_lock(&mm->page_table_lock);
	entry = mm->pte[address];
	if (!(entry & PTE_MIGRATION) || pte_page(entry) != src) {
		spin_unlock(&mm->page_table_lock);
		return true;
	}
	pte = mk_pte(dst, PTE_PRESENT | (entry & PTE_WRITE));
	if (buggy(swap_reuse_of_entry_pfn))
		set_pte(mm, address, pte);
	get_page(dst);
	arch_page_ref(dst, HOLDER_PTE, 1);
	folio_add_rmap(dst, vma);
	set_pte(mm, address, pte);
	drain_if_locked(vma);
	spin_unlock(&mm->page_table_lock);
	return true;
}

/*
 * Both are locked, or the same. The walk goes by @dst, which has the mapping
 * and index of @src.
 */
void remove_migration_ptes(struct page *src, struct page *dst)
{
	rmap_walk(dst, &(struct rmap_walk_control){ .one = remove_migration_pte,
						    .arg = src });
}

/* --- Reclaim --- */

/* What is left in place of a mapping: anonymous memory is found in swap. */
static pte_t swapped_out(const struct page *folio)
{
	unsigned int slot = (unsigned int)folio->private;

	if (!(folio->mapping & PAGE_MAPPING_ANON))
		return 0;
	swap_duplicate(slot);
	return slot << PTE_SHIFT | PTE_SWAP;
}

static bool is_lazyfree(const struct page *folio)
{
	return folio->mapping & PAGE_MAPPING_ANON &&
	       !(folio->flags & 1ul << PG_swapbacked);
}

/*
 * Let go of memory whose content nobody wants; unless it was stored to again,
 * or somebody has a reference and may: then it is kept. Page table lock held.
 */
static bool discard_lazyfree(struct page *folio, struct mm_struct *mm,
			     unsigned int address)
{
	pte_t old = pte_update(mm, address, ~0u, 0);
	int refs = atomic_read(&folio->refcount);

	if (old & PTE_DIRTY)
		folio_mark_dirty(folio);
	if (refs == 1 + atomic_read(&folio->mapcount) &&
	    !test_bit(PG_dirty, &folio->flags))
		return true;
	pte_restore(mm, address, old);
	set_bit(PG_swapbacked, &folio->flags);
	return false;
}

/* Leave @entry in place of a mapping, unless it must stay. */
static bool replace_mapping(struct page *folio, struct mm_struct *mm,
			    unsigned int address, pte_t entry)
{
	pte_t old = pte_update(mm, address, ~0u, entry);

	if (is_pinned(folio, old)) {
		pte_restore(mm, address, old);
		if (entry & PTE_SWAP)
			swap_free(entry >> PTE_SHIFT);
		return false;
	}
	if (old & PTE_DIRTY)
		folio_mark_dirty(folio);
	return true;
}

/* Locked memory stays; so does anonymous memory without a slot. */
static bool clear_for_reclaim(struct page *folio, struct mm_struct *mm,
			      const struct vm_area_struct *vma,
			      unsigned int address)
{
	if (vma->vm_locked)
		return false;
	if (is_lazyfree(folio))
		return discard_lazyfree(folio, mm, address);
	if (folio->mapping & PAGE_MAPPING_ANON &&
	    !test_bit(PG_swapcache, &folio->flags))
		return false;
	return replace_mapping(folio, mm, address, swapped_out(folio));
}

static bool try_to_unmap_one(struct page *folio, struct mm_struct *mm,
			     struct vm_area_struct *vma, unsigned int address,
			     void *unused)
{
	(void)unused;
	if (!lock_mapping_pte(mm, address, folio))
		return true;
	if (!clear_for_reclaim(folio, mm, vma, address)) {
		spin_unlock(&mm->page_table_lock);
		return false;
	}
	drop_mapping(folio, vma);
	spin_unlock(&mm->page_table_lock);
	return true;
}

/*
 * Unmap @folio, which is locked and, if it is anonymous, in the swap cache.
 * False if it is still mapped; what was unmapped stays so.
 */
bool try_to_unmap(struct page *folio)
{
	rmap_walk(folio,
		  &(struct rmap_walk_control){ .one = try_to_unmap_one });
	return !folio_mapped(folio);
}

/* --- Broken memory --- */

/*
 * Who gets at it is told so, by what is left in place of a mapping. In swap it
 * is found again, and who finds it sees that it is broken; but what is pinned
 * stays, since it has not come to that.
 */
static bool unmap_poisoned_one(struct page *folio, struct mm_struct *mm,
			       struct vm_area_struct *vma, unsigned int address,
			       void *unused)
{
	bool unmapped = true;

	(void)unused;
	if (!lock_mapping_pte(mm, address, folio))
		return true;
	if (test_bit(PG_swapcache, &folio->flags))
		unmapped =
			replace_mapping(folio, mm, address, swapped_out(folio));
	else
		set_pte(mm, address, mk_pte(folio, PTE_HWPOISON));
	if (unmapped)
		drop_mapping(folio, vma);
	spin_unlock(&mm->page_table_lock);
	return unmapped;
}

/* @folio, which is locked, is anonymous. It may stay mapped. */
void unmap_poisoned_folio(struct page *folio)
{
	rmap_walk(folio,
		  &(struct rmap_walk_control){ .one = unmap_poisoned_one });
}

/* --- Writing back --- */

static bool mkclean_one(struct page *folio, struct mm_struct *mm,
			struct vm_area_struct *vma, unsigned int address,
			void *unused)
{
	(void)unused;
	(void)vma;
	if (!lock_mapping_pte(mm, address, folio))
		return true;
	if (pte_update(mm, address, PTE_DIRTY | PTE_WRITE, 0) & PTE_DIRTY)
		folio_mark_dirty(folio);
	spin_unlock(&mm->page_table_lock);
	return true;
}

/*
 * Who stores to the page of a file, which is locked, has a fault from now on;
 * it is dirty if somebody has.
 */
void folio_mkclean(struct page *folio)
{
	rmap_walk(folio, &(struct rmap_walk_control){ .one = mkclean_one });
}
