// SPDX-License-Identifier: GPL-2.0-only
/*
 * PMDs: entries that map a large folio of HPAGE_PMD_NR pages at once, and the
 * faults that make large folios of anonymous memory.
 *
 * A PMD has one reference on its folio and counts once, for all of the pages.
 * It is split when only a part of them is to be unmapped, or to be looked at by
 * itself: the entries that take its place are written while nobody sees them,
 * and meanwhile it is invalid, so that no processor goes by it, nor does fast
 * GUP. Only for that time the folio has one entry more than it has references
 * for. Memory of files is not split, but unmapped, and found again.
 *
 * There is no page table, here, where all of its entries are zero: only there a
 * PMD can be set. page_table_lock protects both.
 *
 * Modelled on mm/huge_memory.c and on alloc_anon_folio() and do_set_pmd() in
 * mm/memory.c of Linux 6.12. Left out: khugepaged, the huge zero page, huge
 * memory that is locked.
 */
#include "internal.h"

/* GFP_TRANSHUGE, without which a fault may do with less. */
#define GFP_TRANSHUGE                                            \
	((GFP_HIGHUSER_MOVABLE | __GFP_COMP | __GFP_NOMEMALLOC | \
	  __GFP_NORETRY) &                                       \
	 ~__GFP_KSWAPD_RECLAIM)

pte_t *pmd_of(struct mm_struct *mm, unsigned int address)
{
	return &mm->pmd[address >> HPAGE_PMD_ORDER];
}

static unsigned int pmd_start(unsigned int address)
{
	return ALIGN_DOWN(address, HPAGE_PMD_NR);
}

/* Neither more than a PMD can map, nor than a pageblock. */
static unsigned int folio_order_limit(unsigned int order)
{
	order = min(order, (unsigned int)HPAGE_PMD_ORDER);
	order = min(order, pageblock_order);
	return min(order, MAX_PAGE_ORDER);
}

/*
 * Of which order, or the largest one, faults in anonymous memory try folios
 * from now on; and in shmem (sysfs, transparent_hugepage/).
 */
void set_huge_anon_order(unsigned int order)
{
	WRITE_ONCE(mem->anon_order, folio_order_limit(order));
}

void set_huge_shmem_order(unsigned int order)
{
	WRITE_ONCE(mem->shmem_order, folio_order_limit(order));
}

/* A large folio for an address of a user, or NULL. May sleep. */
struct page *alloc_large_folio(unsigned int order)
{
	return alloc_pages(GFP_TRANSHUGE, order);
}

/* Whether nothing is at [start, start + nr). Racy without the lock. */
static bool pte_range_none(struct mm_struct *mm, unsigned int start,
			   unsigned int nr)
{
	if (READ_ONCE(*pmd_of(mm, start)))
		return false;
	for (unsigned int i = 0; i < nr; i++) {
		if (READ_ONCE(mm->pte[start + i]))
			return false;
	}
	return true;
}

/* --- Anonymous memory --- */

/* Whether a folio of @order may be put around the address of a fault. */
static bool is_suitable(const struct vm_fault *vmf, unsigned int order)
{
	unsigned int start = ALIGN_DOWN(vmf->address, 1u << order);

	return order > 1 && !vmf->vma->vm_locked &&
	       !vmf->vma->temporary_stack && start >= vmf->vma->vm_start &&
	       start + (1u << order) <= vmf->vma->vm_end &&
	       pte_range_none(vmf->mm, start, 1u << order);
}

static void clear_huge_page(struct page *folio)
{
	for (unsigned int i = 0; i < folio_nr_pages(folio); i++)
		WRITE_ONCE(mem->content[page_to_pfn(folio) + i], 0);
	set_bit(PG_uptodate, &folio->flags);
}

#define NEW_ENTRY (PTE_PRESENT | PTE_WRITE | PTE_DIRTY | PTE_YOUNG)

/* The reference of @folio becomes the PMD's. */
static void map_by_pmd(const struct vm_fault *vmf, struct page *folio)
{
	arch_page_ref(folio, HOLDER_PTE, 1);
	folio_set_anon(folio, vmf->vma, pmd_start(vmf->address));
	folio_add_rmap_pmd(folio);
	folio_add_lru(folio);
	pmd_update(vmf->mm, vmf->address, ~0u, mk_pte(folio, NEW_ENTRY));
}

/* It becomes that of the first entry; each has one. */
static void map_by_ptes(const struct vm_fault *vmf, struct page *folio,
			unsigned int start)
{
	unsigned int nr = folio_nr_pages(folio);

	atomic_add((int)nr - 1, &folio->refcount);
	arch_page_ref(folio, HOLDER_PTE, (int)nr);
	folio_set_anon(folio, vmf->vma, start);
	for (unsigned int i = 0; i < nr; i++)
		folio_add_rmap(folio + i, vmf->vma);
	folio_add_lru(folio);
	for (unsigned int i = 0; i < nr; i++)
		set_pte(vmf->mm, start + i, mk_pte(folio + i, NEW_ENTRY));
}

/*
 * There is nothing at the address of a fault in anonymous memory: map a large
 * folio around it. False, and nothing has changed: that cannot be.
 */
bool do_large_anonymous_page(const struct vm_fault *vmf)
{
	unsigned int order = READ_ONCE(mem->anon_order);
	unsigned int start = ALIGN_DOWN(vmf->address, 1u << order);
	struct page *folio;
	bool is_there;

	if (!is_suitable(vmf, order))
		return false;
	folio = alloc_large_folio(order);
	if (!folio)
		return false;
	clear_huge_page(folio);
	spin_lock(&vmf->mm->page_table_lock);
	is_there = pte_range_none(vmf->mm, start, 1u << order);
	if (is_there && order == HPAGE_PMD_ORDER)
		map_by_pmd(vmf, folio);
	else if (is_there)
		map_by_ptes(vmf, folio, start);
	spin_unlock(&vmf->mm->page_table_lock);
	if (!is_there)
		put_page(folio);
	return is_there;
}

/* --- Memory of files --- */

/*
 * Map @folio, which is locked and large, at once, with the caller's reference:
 * false if it cannot be. The page table's lock is held.
 */
bool __do_set_pmd(const struct vm_fault *vmf, struct page *folio)
{
	const struct vm_area_struct *vma = vmf->vma;
	unsigned int start = pmd_start(vmf->address);

	if (compound_order(folio) != HPAGE_PMD_ORDER || start < vma->vm_start ||
	    start + HPAGE_PMD_NR > vma->vm_end ||
	    linear_page_index(vma, start) != folio->index ||
	    !pte_range_none(vmf->mm, start, HPAGE_PMD_NR))
		return false;
	arch_page_ref(folio, HOLDER_PTE, 1);
	folio_add_rmap_pmd(folio);
	pmd_update(vmf->mm, start, ~0u,
		   mk_pte(folio, PTE_PRESENT | PTE_YOUNG |
					 (vmf->fault == FAULT_WRITE ?
						  PTE_WRITE | PTE_DIRTY :
						  0)));
	return true;
}

/* --- Faults where a PMD is --- */

static bool lock_same_pmd(const struct vm_fault *vmf, pte_t pmd)
{
	spin_lock(&vmf->mm->page_table_lock);
	if (pte_same(*pmd_of(vmf->mm, vmf->address), pmd))
		return true;
	spin_unlock(&vmf->mm->page_table_lock);
	return false;
}

/* Whether nobody else has it: then it is the process's alone. */
static bool __can_reuse(struct page *folio)
{
	bool alone;

	if (atomic_read(&folio->refcount) > 1 || !folio_trylock(folio))
		return false;
	alone = atomic_read(&folio->refcount) == 1;
	folio_unlock(folio);
	return alone;
}

/*
 * What is shared is copied page by page. Of a file the PMD goes, as what is
 * mapped for writing is another fault's, of which the file learns.
 */
static void do_huge_pmd_wp_page(const struct vm_fault *vmf, pte_t pmd)
{
	if (!lock_same_pmd(vmf, pmd))
		return;
	if (!vmf->vma->vm_file && __can_reuse(pte_page(pmd)))
		pmd_update(vmf->mm, vmf->address, 0,
			   PTE_WRITE | PTE_DIRTY | PTE_YOUNG);
	else
		__split_huge_pmd(vmf->vma, vmf->address, false);
	spin_unlock(&vmf->mm->page_table_lock);
}

/* @pmd, which is not 0, is what was seen there. It is tried again then. */
void handle_huge_pmd(const struct vm_fault *vmf, pte_t pmd)
{
	if (pmd & PTE_MIGRATION) {
		if (lock_same_pmd(vmf, pmd))
			migration_entry_wait_on_locked(
				pte_page(pmd), &vmf->mm->page_table_lock);
	} else if (pmd & PMD_INVALID) {
		/* Until it has been split. */
		spin_lock(&vmf->mm->page_table_lock);
		spin_unlock(&vmf->mm->page_table_lock);
	} else if (vmf->fault == FAULT_WRITE && !(pmd & PTE_WRITE)) {
		do_huge_pmd_wp_page(vmf, pmd);
	}
}

/* --- Splitting a PMD --- */

/*
 * Nobody gets at memory by it any more. Of an entry that is not present this
 * makes, as on some processors, one that looks as if it were.
 */
static pte_t pmdp_invalidate(struct mm_struct *mm, unsigned int start)
{
	pte_t present = ~*pmd_of(mm, start) & PTE_PRESENT;

	return pmd_update(mm, start, PTE_PRESENT, present | PMD_INVALID);
}

/* Not seen as long as the PMD is there. @pte is the first of them. */
static void deposit_ptes(struct mm_struct *mm, unsigned int start, pte_t pte)
{
	for (unsigned int i = 0; i < HPAGE_PMD_NR; i++)
		WRITE_ONCE(mm->pte[start + i], pte + (i << PTE_SHIFT));
}

static void zap_pmd_of_file(struct mm_struct *mm, unsigned int start)
{
	pte_t old = pmd_update(mm, start, ~0u, 0);
	struct page *folio = pte_page(old);

	if (!(old & PTE_PRESENT))
		return;
	if (old & PTE_DIRTY)
		folio_mark_dirty(folio);
	folio_remove_rmap_pmd(folio);
	put_page_of(folio, HOLDER_PTE);
}

static void add_rmaps(struct page *folio, const struct vm_area_struct *vma)
{
	arch_pmd_split(folio, 1);
	atomic_add((int)HPAGE_PMD_NR - 1, &folio->refcount);
	arch_page_ref(folio, HOLDER_PTE, (int)HPAGE_PMD_NR - 1);
	for (unsigned int i = 0; i < HPAGE_PMD_NR; i++)
		folio_add_rmap(folio + i, vma);
}

/* It is present. With @freeze to migration entries, unless it is pinned. */
static void split_present(struct vm_area_struct *vma, unsigned int start,
			  bool freeze)
{
	struct mm_struct *mm = vma->vm_mm;
	pte_t old = pmdp_invalidate(mm, start);
	struct page *folio = pte_page(old);

	if (old & PTE_DIRTY)
		folio_mark_dirty(folio);
	if (freeze && old & PTE_WRITE && folio_maybe_dma_pinned(folio))
		freeze = false;
	if (freeze) {
		deposit_ptes(mm, start,
			     mk_pte(folio, PTE_MIGRATION | (old & PTE_WRITE)));
	} else {
		add_rmaps(folio, vma);
		deposit_ptes(mm, start, old);
	}
	folio_remove_rmap_pmd(folio);
	if (freeze)
		put_page_of(folio, HOLDER_PTE);
	else
		arch_pmd_split(folio, -1);
}

/*
 * Let entries take the place of the PMD at @address: with @freeze migration
 * entries, of what is not pinned. Of a file it is gone. The page table's lock
 * is held.
 */
void __split_huge_pmd(struct vm_area_struct *vma, unsigned int address,
		      bool freeze)
{
	unsigned int start = pmd_start(address);
	struct mm_struct *mm = vma->vm_mm;
	pte_t pmd = *pmd_of(mm, start);

	if (vma->vm_file) {
		zap_pmd_of_file(mm, start);
		return;
	}
	if (pmd & PTE_MIGRATION) {
		if (buggy(pmd_split_vs_gup_fast))
			pmdp_invalidate(mm, start);
		deposit_ptes(mm, start, pmd);
	} else {
		split_present(vma, start, freeze);
	}
	smp_mb();
	pmd_update(mm, start, ~0u, 0);
}
