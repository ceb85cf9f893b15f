// SPDX-License-Identifier: GPL-2.0-only
/*
 * Unmapping ranges of a process's memory.
 *
 * Entries are cleared under page_table_lock. What they mapped is gathered: the
 * references are dropped once that lock is released, so a page cannot be freed
 * and used again while somebody still may get at it by an entry that he has
 * seen. A page of a file that the process has written to counts until the flush
 * that follows the last entry, since it may be cleaned as soon as it is not
 * mapped (tlb_delay_rmap()).
 *
 * Whoever zaps has mmap_lock, or the rmap lock of the file: then the range
 * stays the vma's. Faults may come in between and map other pages there.
 *
 * Modelled on zap_pte_range() in mm/memory.c and on mm/mmu_gather.c of Linux
 * 6.12. Left out: flushes in between when there is much to free, the window
 * until a flush itself.
 */
#include "internal.h"

struct mmu_gather {
	unsigned int nr, nr_delayed;
	struct page *pages[NR_PTES];
	struct page *delayed[NR_PTES]; /* of these: still counted */
};

static void zap_present_pte(struct mmu_gather *tlb, struct vm_area_struct *vma,
			    pte_t pte)
{
	struct page *page = pte_page(pte), *folio = page_folio(page);

	if (buggy(refcount_mapcount_order))
		put_page_of(folio, HOLDER_PTE);
	else
		tlb->pages[tlb->nr++] = folio;
	if (vma->vm_file && pte & PTE_DIRTY) {
		folio_mark_dirty(folio);
		tlb->delayed[tlb->nr_delayed++] = page;
	} else {
		folio_remove_rmap(page, vma);
	}
}

static void zap_pte(struct mmu_gather *tlb, struct mm_struct *mm,
		    struct vm_area_struct *vma, unsigned int address)
{
	pte_t pte;

	if (!mm->pte[address])
		return;
	pte = pte_update(mm, address, ~0u, 0);
	if (pte & PTE_PRESENT)
		zap_present_pte(tlb, vma, pte);
	else if (pte & PTE_SWAP)
		free_swap_and_cache(pte >> PTE_SHIFT);
	/* A page that is being moved does not count for a migration entry. */
}

static void zap_huge_pmd(struct mmu_gather *tlb, struct mm_struct *mm,
			 unsigned int address)
{
	pte_t pmd = pmd_update(mm, address, ~0u, 0);
	struct page *folio = pte_page(pmd);

	if (!(pmd & PTE_PRESENT))
		return;
	if (pmd & PTE_DIRTY)
		folio_mark_dirty(folio);
	folio_remove_rmap_pmd(folio);
	tlb->pages[tlb->nr++] = folio;
}

/* Returns the address to go on with. A part of a PMD is not to be had. */
static unsigned int zap_one(struct mmu_gather *tlb, struct vm_area_struct *vma,
			    unsigned int address, unsigned int end)
{
	struct mm_struct *mm = vma->vm_mm;

	if (*pmd_of(mm, address)) {
		if (!(address % HPAGE_PMD_NR) &&
		    end - address >= HPAGE_PMD_NR) {
			zap_huge_pmd(tlb, mm, address);
			return address + HPAGE_PMD_NR;
		}
		__split_huge_pmd(vma, address, false);
	}
	zap_pte(tlb, mm, vma, address);
	return address + 1;
}

/* Nobody writes by the old entries any more. */
static void tlb_flush_rmaps(struct mmu_gather *tlb, struct vm_area_struct *vma)
{
	for (unsigned int i = 0; i < tlb->nr_delayed; i++)
		folio_remove_rmap(tlb->delayed[i], vma);
}

static void tlb_finish_mmu(struct mmu_gather *tlb)
{
	lru_add_drain();
	for (unsigned int i = 0; i < tlb->nr; i++) {
		free_swap_cache(tlb->pages[i]);
		put_page_of(tlb->pages[i], HOLDER_PTE);
	}
}

/* What @vma has of [start, end). mmap_lock or the rmap lock held. */
void __zap_vma(struct mm_struct *mm, struct vm_area_struct *vma,
	       unsigned int start, unsigned int end)
{
	struct mmu_gather tlb;

	tlb.nr = tlb.nr_delayed = 0;
	start = max(start, vma->vm_start);
	end = min(end, vma->vm_end);
	if (start >= end)
		return;
	spin_lock(&mm->page_table_lock);
	while (start < end)
		start = zap_one(&tlb, vma, start, end);
	tlb_flush_rmaps(&tlb, vma);
	spin_unlock(&mm->page_table_lock);
	if (tlb.nr)
		tlb_finish_mmu(&tlb);
}

/* The process wants [start, end) no more (MADV_DONTNEED). No lock held. */
void zap_page_range(struct mm_struct *mm, unsigned int start, unsigned int end)
{
	lru_add_drain();
	down_read(&mm->mmap_lock);
	for (unsigned int i = 0; i < NR_VMAS; i++)
		__zap_vma(mm, &mm->vma[i], start, end);
	up_read(&mm->mmap_lock);
}

/* What @vma has of [start, end) of its file. */
static void unmap_from(struct vm_area_struct *vma, unsigned int start,
		       unsigned int end)
{
	unsigned int pgoff = vma->vm_pgoff;

	if (end > pgoff)
		__zap_vma(vma->vm_mm, vma,
			  vma->vm_start + max(start, pgoff) - pgoff,
			  vma->vm_start + end - pgoff);
}

/* Unmap [start, end) of a file from everywhere. Pages of it may be locked. */
void unmap_mapping_pages(struct address_space *mapping, unsigned int start,
			 unsigned int end)
{
	const struct list_head *entry;

	down_read(&mapping->i_mmap_rwsem);
	for (entry = mapping->i_mmap.next; entry != &mapping->i_mmap;
	     entry = entry->next)
		unmap_from(list_entry(entry, struct vm_area_struct, shared),
			   start, end);
	up_read(&mapping->i_mmap_rwsem);
}
