// SPDX-License-Identifier: GPL-2.0-only
/*
 * Replacing what maps a page: by migration entries and back, by entries of
 * swap, by nothing. rmap.c finds where that is and says what counts.
 *
 * Entries of one vma are dealt with under one section of the page table's lock.
 *
 * Modelled on try_to_migrate_one(), try_to_unmap_one() and folio_mkclean() in
 * mm/rmap.c, and remove_migration_pte() in mm/migrate.c, of Linux 6.12.
 */
#include "internal.h"

/* --- Entries of one range --- */

static bool pte_maps(pte_t pte, const struct page *page)
{
	return pte & PTE_PRESENT && pte_page(pte) == page;
}

/* A PMD maps all of a folio. */
static bool pmd_maps(const struct rmap_range *range, const struct page *folio)
{
	return folio_test_large(folio) &&
	       pte_maps(*pmd_of(range->mm, range->address), folio);
}

/* Without the lock; of a large folio the PMD may be the one that maps it. */
static bool may_map(const struct page *folio, const struct rmap_range *range)
{
	for (unsigned int i = 0; i < range->nr; i++) {
		if (READ_ONCE(range->mm->pte[range->address + i]) & PTE_PRESENT)
			return true;
	}
	return folio_test_large(folio) &&
	       READ_ONCE(*pmd_of(range->mm, range->address));
}

/*
 * Take the page table's lock if an entry maps @folio; a look before that tells
 * most of those that do not (map_pte() in mm/page_vma_mapped.c).
 */
static bool lock_mapping_pte(const struct rmap_range *range,
			     const struct page *folio)
{
	struct mm_struct *mm = range->mm;

	if (!may_map(folio, range))
		return false;
	spin_lock(&mm->page_table_lock);
	if (pmd_maps(range, folio))
		return true;
	for (unsigned int i = 0; i < range->nr; i++) {
		if (pte_maps(mm->pte[range->address + i], range->page + i))
			return true;
	}
	spin_unlock(&mm->page_table_lock);
	return false;
}

/* An entry of a range that maps a page of it, under the page table's lock. */
struct rmap_pte {
	struct page *page;
	struct mm_struct *mm;
	struct vm_area_struct *vma;
	unsigned int address;
};

/* Do @one to each until it is false; the lock is held, and released. */
static bool for_each_mapping(const struct rmap_range *range,
			     bool (*one)(struct page *folio,
					 const struct rmap_pte *at))
{
	struct page *folio = page_folio(range->page);
	bool go_on = true;

	for (unsigned int i = 0; i < range->nr && go_on; i++) {
		struct rmap_pte at = { .page = range->page + i,
				       .mm = range->mm,
				       .vma = range->vma,
				       .address = range->address + i };

		if (pte_maps(at.mm->pte[at.address], at.page))
			go_on = one(folio, &at);
	}
	spin_unlock(&range->mm->page_table_lock);
	return go_on;
}

/* What has just been locked in memory, or not any more, is in a batch. */
static void drain_if_locked(const struct vm_area_struct *vma)
{
	if (vma->vm_locked)
		mlock_drain_local();
}

/* The entry does not map the page any more. */
static void drop_mapping(struct page *folio, const struct rmap_pte *at)
{
	folio_remove_rmap(at->page, at->vma);
	/* Its reference would be one that nobody expects. */
	drain_if_locked(at->vma);
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

/* --- Migration --- */

/* Whether the process may write, once it finds the page again. */
static pte_t migration_entry(const struct page *page, pte_t old)
{
	return mk_pte(page, PTE_MIGRATION | (old & PTE_WRITE));
}

static bool migrate_pte(struct page *folio, const struct rmap_pte *at)
{
	pte_t old = at->mm->pte[at->address];

	/* What the process does before this gets into the entry, all of it. */
	old = pte_update(at->mm, at->address, ~0u,
			 migration_entry(at->page, old));
	if (is_pinned(folio, old)) {
		pte_restore(at->mm, at->address, old);
		return false;
	}
	if (old & PTE_DIRTY)
		folio_mark_dirty(folio);
	drop_mapping(folio, at);
	return true;
}

/* As one (set_pmd_migration_entry()); releases the lock. */
static bool migrate_pmd(struct page *folio, const struct rmap_range *range)
{
	struct mm_struct *mm = range->mm;
	pte_t old = *pmd_of(mm, range->address);

	old = pmd_update(mm, range->address, ~0u, migration_entry(folio, old));
	if (is_pinned(folio, old)) {
		pmd_restore(mm, range->address, old);
		spin_unlock(&mm->page_table_lock);
		return false;
	}
	if (old & PTE_DIRTY)
		folio_mark_dirty(folio);
	folio_remove_rmap_pmd(folio);
	put_page_of(folio, HOLDER_PTE);
	spin_unlock(&mm->page_table_lock);
	return true;
}

static bool try_to_migrate_one(struct page *folio,
			       const struct rmap_range *range, void *unused)
{
	(void)unused;
	if (!lock_mapping_pte(range, folio))
		return true;
	if (pmd_maps(range, folio))
		return migrate_pmd(folio, range);
	return for_each_mapping(range, migrate_pte);
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

/* From where to where pages have moved: they may be the same. */
struct migrated {
	struct page *src, *dst;
};

/* The lock is held. */
static void restore_pte(struct page *dst, const struct rmap_pte *at)
{
	pte_t entry = at->mm->pte[at->address];
	pte_t pte = mk_pte(at->page, PTE_PRESENT | (entry & PTE_WRITE));

	if (buggy(swap_reuse_of_entry_pfn))
		set_pte(at->mm, at->address, pte);
	get_page(dst);
	arch_page_ref(dst, HOLDER_PTE, 1);
	folio_add_rmap(at->page, at->vma);
	set_pte(at->mm, at->address, pte);
	drain_if_locked(at->vma);
}

static bool is_entry_for(pte_t entry, const struct page *page)
{
	return entry & PTE_MIGRATION && pte_page(entry) == page;
}

static void remove_migration_pmd(struct page *dst,
				 const struct rmap_range *range, pte_t entry)
{
	get_page(dst);
	arch_page_ref(dst, HOLDER_PTE, 1);
	folio_add_rmap_pmd(dst);
	pmd_update(range->mm, range->address, ~0u,
		   mk_pte(dst, PTE_PRESENT | (entry & PTE_WRITE)));
}

static bool remove_migration_pte(struct page *dst,
				 const struct rmap_range *range, void *arg)
{
	const struct migrated *moved = arg;
	struct page *src = moved->src + (range->page - dst);
	struct mm_struct *mm = range->mm;

	spin_lock(&mm->page_table_lock);
	if (folio_test_large(dst) &&
	    is_entry_for(*pmd_of(mm, range->address), moved->src))
		remove_migration_pmd(dst, range, *pmd_of(mm, range->address));
	for (unsigned int i = 0; i < range->nr; i++) {
		struct rmap_pte at = { .page = range->page + i,
				       .mm = mm,
				       .vma = range->vma,
				       .address = range->address + i };

		if (is_entry_for(mm->pte[at.address], src + i))
			restore_pte(dst, &at);
	}
	spin_unlock(&mm->page_table_lock);
	return true;
}

/*
 * Both are locked, or the same. The walk goes by @dst, which has the mapping
 * and index of @src.
 */
void remove_migration_ptes(struct page *src, struct page *dst)
{
	struct migrated moved = { .src = src, .dst = dst };

	rmap_walk(dst, &(struct rmap_walk_control){ .one = remove_migration_pte,
						    .arg = &moved });
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
static bool discard_lazyfree(struct page *folio, const struct rmap_pte *at)
{
	pte_t old = pte_update(at->mm, at->address, ~0u, 0);
	int refs = atomic_read(&folio->refcount);

	if (old & PTE_DIRTY)
		folio_mark_dirty(folio);
	if (refs == 1 + atomic_read(&folio->mapcount) &&
	    !test_bit(PG_dirty, &folio->flags))
		return true;
	pte_restore(at->mm, at->address, old);
	set_bit(PG_swapbacked, &folio->flags);
	return false;
}

/* Leave @entry in place of a mapping, unless it must stay. */
static bool replace_mapping(struct page *folio, const struct rmap_pte *at,
			    pte_t entry)
{
	pte_t old = pte_update(at->mm, at->address, ~0u, entry);

	if (is_pinned(folio, old)) {
		pte_restore(at->mm, at->address, old);
		if (entry & PTE_SWAP)
			swap_free(entry >> PTE_SHIFT);
		return false;
	}
	if (old & PTE_DIRTY)
		folio_mark_dirty(folio);
	return true;
}

/* Locked memory stays; so does anonymous memory without a slot. */
static bool clear_for_reclaim(struct page *folio, const struct rmap_pte *at)
{
	if (at->vma->vm_locked)
		return false;
	if (is_lazyfree(folio))
		return discard_lazyfree(folio, at);
	if (folio->mapping & PAGE_MAPPING_ANON &&
	    !test_bit(PG_swapcache, &folio->flags))
		return false;
	return replace_mapping(folio, at, swapped_out(folio));
}

static bool unmap_pte(struct page *folio, const struct rmap_pte *at)
{
	if (!clear_for_reclaim(folio, at))
		return false;
	drop_mapping(folio, at);
	return true;
}

static bool try_to_unmap_one(struct page *folio, const struct rmap_range *range,
			     void *unused)
{
	(void)unused;
	return !lock_mapping_pte(range, folio) ||
	       for_each_mapping(range, unmap_pte);
}

/*
 * Unmap @folio, a single page, which is locked and, if it is anonymous, in the
 * swap cache. False if it is still mapped; what was unmapped stays so.
 */
bool try_to_unmap(struct page *folio)
{
	rmap_walk(folio,
		  &(struct rmap_walk_control){ .one = try_to_unmap_one });
	return !folio_mapped(folio);
}

/* --- Splitting --- */

static bool unmap_of_file(struct page *folio, const struct rmap_pte *at)
{
	replace_mapping(folio, at, 0);
	drop_mapping(folio, at);
	return true;
}

/* Not without the lock: all must be unmapped (TTU_SYNC). */
static bool unmap_folio_one(struct page *folio, const struct rmap_range *range,
			    void *unused)
{
	(void)unused;
	spin_lock(&range->mm->page_table_lock);
	if (pmd_maps(range, folio))
		__split_huge_pmd(range->vma, range->address, true);
	return for_each_mapping(range, folio->mapping & PAGE_MAPPING_ANON ?
					       migrate_pte :
					       unmap_of_file);
}

/*
 * A large folio, which is locked as what may map it is, is to be split: nobody
 * maps it then, by migration entries for single pages of anonymous memory; but
 * what is pinned stays mapped. Users of a file find its pages again.
 */
void unmap_folio(struct page *folio)
{
	rmap_walk(folio, &(struct rmap_walk_control){ .one = unmap_folio_one,
						      .locked = true });
}

/* The @nr pages are no folio, or one, or several: they are mapped again. */
void remap_page(struct page *folio, unsigned int nr)
{
	for (struct page *end = folio + nr; folio < end;
	     folio += folio_nr_pages(folio)) {
		struct migrated moved = { .src = folio, .dst = folio };

		rmap_walk(folio, &(struct rmap_walk_control){
					 .one = remove_migration_pte,
					 .arg = &moved,
					 .locked = true });
	}
}

/* --- Broken memory --- */

/*
 * Who gets at it is told so, by what is left in place of a mapping. In swap it
 * is found again, and who finds it sees that it is broken; but what is pinned
 * stays, since it has not come to that.
 */
static bool unmap_poisoned_pte(struct page *folio, const struct rmap_pte *at)
{
	bool unmapped = true;

	if (test_bit(PG_swapcache, &folio->flags))
		unmapped = replace_mapping(folio, at, swapped_out(folio));
	else
		set_pte(at->mm, at->address, mk_pte(folio, PTE_HWPOISON));
	if (unmapped)
		drop_mapping(folio, at);
	return unmapped;
}

static bool unmap_poisoned_one(struct page *folio,
			       const struct rmap_range *range, void *unused)
{
	(void)unused;
	return !lock_mapping_pte(range, folio) ||
	       for_each_mapping(range, unmap_poisoned_pte);
}

/*
 * @folio, a single page which is locked, is anonymous. It may stay mapped.
 */
void unmap_poisoned_folio(struct page *folio)
{
	rmap_walk(folio,
		  &(struct rmap_walk_control){ .one = unmap_poisoned_one });
}

/* --- Writing back --- */

static bool mkclean_pte(struct page *folio, const struct rmap_pte *at)
{
	if (pte_update(at->mm, at->address, PTE_DIRTY | PTE_WRITE, 0) &
	    PTE_DIRTY)
		folio_mark_dirty(folio);
	return true;
}

static bool mkclean_one(struct page *folio, const struct rmap_range *range,
			void *unused)
{
	(void)unused;
	return !lock_mapping_pte(range, folio) ||
	       for_each_mapping(range, mkclean_pte);
}

/*
 * Who stores to the page of a file, which is locked, has a fault from now on;
 * it is dirty if somebody has.
 */
void folio_mkclean(struct page *folio)
{
	rmap_walk(folio, &(struct rmap_walk_control){ .one = mkclean_one });
}
