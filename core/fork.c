// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copying a process's memory into another one, which has none.
 *
 * Anonymous memory is shared from then on: both may only read it, until who
 * writes gets a copy. The entries of both are changed under both page tables'
 * locks. The copy's vma is there first, behind the one that it is a copy of, so
 * that whoever looks for all that map a page finds an entry before it is
 * copied, or its copy.
 *
 * Modelled on dup_mmap() in kernel/fork.c and copy_page_range() in mm/memory.c
 * of Linux 6.12. Left out: an anon_vma of the child's own, pinned pages.
 */
#include "internal.h"

/* Both page tables' locks held. */
static void __copy_present_pte(struct mm_struct *dst, struct mm_struct *src,
			       unsigned int address)
{
	const struct vm_area_struct *vma = &dst->vma[ANON_VMA];
	pte_t pte = src->pte[address];
	struct page *folio = pte_page(pte);

	get_page(folio);
	arch_page_ref(folio, HOLDER_PTE, 1);
	folio_add_rmap(folio, vma);
	if (pte & PTE_WRITE)
		pte = pte_update(src, address, PTE_WRITE, 0);
	set_pte(dst, address, pte & ~(PTE_WRITE | PTE_YOUNG));
}

static void __copy_nonpresent_pte(struct mm_struct *dst, struct mm_struct *src,
				  unsigned int address)
{
	pte_t pte = src->pte[address];

	if (pte & PTE_SWAP)
		swap_duplicate(pte >> PTE_SHIFT);
	/* Else neither could write to it alone when it is back. */
	else if (pte & PTE_WRITE)
		pte_update(src, address, PTE_WRITE, 0);
	set_pte(dst, address, pte & ~PTE_WRITE);
}

static void copy_page_range(struct mm_struct *dst, struct mm_struct *src)
{
	const struct vm_area_struct *vma = &dst->vma[ANON_VMA];

	spin_lock(&dst->page_table_lock);
	spin_lock_nested(&src->page_table_lock);
	for (unsigned int i = vma->vm_start; i < vma->vm_end; i++) {
		if (src->pte[i] & PTE_PRESENT)
			__copy_present_pte(dst, src, i);
		else if (src->pte[i])
			__copy_nonpresent_pte(dst, src, i);
	}
	spin_unlock(&src->page_table_lock);
	spin_unlock(&dst->page_table_lock);
}

static struct rw_semaphore *rmap_lock(const struct vm_area_struct *vma)
{
	return vma->vm_file ? &vma->vm_file->i_mmap_rwsem :
			      &vma->anon_vma->rwsem;
}

/* Everything in it has been unmapped. */
static void remove_vma(struct vm_area_struct *vma)
{
	struct rw_semaphore *sem = rmap_lock(vma);

	down_write(sem);
	vma->vm_start = vma->vm_end = 0;
	list_del(&vma->shared);
	up_write(sem);
}

static void copy_vma(struct vm_area_struct *dst, struct vm_area_struct *src)
{
	struct rw_semaphore *sem = rmap_lock(src);

	down_write(sem);
	dst->anon_vma = src->anon_vma;
	dst->vm_file = src->vm_file;
	dst->vm_pgoff = src->vm_pgoff;
	dst->vm_locked = false; /* not inherited */
	dst->vm_start = src->vm_start;
	dst->vm_end = src->vm_end;
	list_add(&dst->shared, &src->shared);
	up_write(sem);
}

/* Of two processes any two tasks take them in the same order. */
static void lock_both(struct mm_struct *mm, struct mm_struct *oldmm)
{
	struct mm_struct *first = min(mm, oldmm);

	oldmm = max(mm, oldmm);
	down_write(&first->mmap_lock);
	down_write_nested(&oldmm->mmap_lock);
}

/*
 * @dst ends, and becomes a child of @src, another one. Memory of files is left
 * to faults. No lock held; may sleep.
 */
void dup_mmap(struct mm_struct *dst, struct mm_struct *src)
{
	lock_both(dst, src);
	for (unsigned int i = 0; i < NR_VMAS; i++) {
		__zap_vma(dst, &dst->vma[i], 0, NR_PTES);
		remove_vma(&dst->vma[i]);
		copy_vma(&dst->vma[i], &src->vma[i]);
	}
	copy_page_range(dst, src);
	up_write(&src->mmap_lock);
	up_write(&dst->mmap_lock);
}
