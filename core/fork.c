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
 * A page that is pinned stays its process's alone, since that would get another
 * one by writing to it: the child gets a copy at once. Pins that come while the
 * entries become read-only are not seen; mm->write_protect_seq tells fast GUP,
 * which needs no lock, not to make any.
 *
 * Modelled on dup_mmap() in kernel/fork.c and copy_page_range() in mm/memory.c
 * of Linux 6.12. Left out: an anon_vma of the child's own; that a process which
 * has never pinned anything need not look.
 */
#include "migrate_internal.h"

/* Both page tables' locks held. */
static void __copy_present_pte(struct mm_struct *dst, struct mm_struct *src,
			       unsigned int address)
{
	const struct vm_area_struct *vma = &dst->vma[ANON_VMA];
	pte_t pte = src->pte[address];
	struct page *page = pte_page(pte), *folio = page_folio(page);

	get_page(folio);
	arch_page_ref(folio, HOLDER_PTE, 1);
	folio_add_rmap(page, vma);
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

/*
 * The child gets @copy, a new page, of what the parent has pinned and may go on
 * writing to.
 */
static void __copy_present_page(struct mm_struct *dst, struct mm_struct *src,
				unsigned int address, struct page *copy)
{
	const struct vm_area_struct *vma = &dst->vma[ANON_VMA];
	const struct page *folio = pte_page(src->pte[address]);

	WRITE_ONCE(*page_content(copy), READ_ONCE(*page_content(folio)));
	set_bit(PG_uptodate, &copy->flags);
	arch_page_ref(copy, HOLDER_PTE, 1);
	folio_add_new_anon_rmap(copy, vma, address);
	folio_add_lru(copy);
	set_pte(dst, address,
		mk_pte(copy, PTE_PRESENT | PTE_WRITE | PTE_DIRTY | PTE_YOUNG));
}

/* What may not be written to is nobody's alone: nobody can have pinned it. */
static bool needs_copy(pte_t pte)
{
	return pte & PTE_PRESENT && pte & PTE_WRITE &&
	       folio_maybe_dma_pinned(page_folio(pte_page(pte)));
}

/*
 * All of a PMD, or none of it: what is pinned is split, so that it is copied
 * page by page. Both page tables' locks held.
 */
static bool copy_huge_pmd(struct mm_struct *dst, struct mm_struct *src,
			  unsigned int address)
{
	pte_t pmd = *pmd_of(src, address);
	struct page *folio = pte_page(pmd);

	if (needs_copy(pmd)) {
		__split_huge_pmd(&src->vma[ANON_VMA], address, false);
		return false;
	}
	if (pmd & PTE_PRESENT) {
		get_page(folio);
		arch_page_ref(folio, HOLDER_PTE, 1);
		folio_add_rmap_pmd(folio);
	}
	if (pmd & PTE_WRITE)
		pmd = pmd_update(src, address, PTE_WRITE, 0);
	pmd_update(dst, address, ~0u, pmd & ~(PTE_WRITE | PTE_YOUNG));
	return true;
}

/* @prealloc is for one that needs a page: 0, or -EAGAIN and there is none. */
static int copy_pte(struct mm_struct *dst, struct mm_struct *src,
		    unsigned int address, struct page **prealloc)
{
	pte_t pte = src->pte[address];

	if (needs_copy(pte)) {
		if (!*prealloc)
			return -EAGAIN;
		__copy_present_page(dst, src, address, *prealloc);
		*prealloc = NULL;
	} else if (pte & PTE_PRESENT) {
		__copy_present_pte(dst, src, address);
	} else if (pte) {
		__copy_nonpresent_pte(dst, src, address);
	}
	return 0;
}

/* Copy entries from *@address on, which is left at the one that failed. */
static int copy_pte_range(struct mm_struct *dst, struct mm_struct *src,
			  unsigned int *address, struct page **prealloc)
{
	int ret = 0;

	spin_lock(&dst->page_table_lock);
	spin_lock_nested(&src->page_table_lock);
	while (*address < dst->vma[ANON_VMA].vm_end && !ret) {
		if (*pmd_of(src, *address) &&
		    copy_huge_pmd(dst, src, *address)) {
			*address += HPAGE_PMD_NR;
			continue;
		}
		ret = copy_pte(dst, src, *address, prealloc);
		*address += !ret;
	}
	spin_unlock(&src->page_table_lock);
	spin_unlock(&dst->page_table_lock);
	return ret;
}

/* 0; or -ENOMEM, and @dst has a part of it. */
static int copy_page_range(struct mm_struct *dst, struct mm_struct *src)
{
	unsigned int address = dst->vma[ANON_VMA].vm_start;
	struct page *prealloc = NULL;
	int ret;

	WRITE_ONCE(src->write_protect_seq, src->write_protect_seq + 1);
	do {
		ret = copy_pte_range(dst, src, &address, &prealloc);
		if (ret == -EAGAIN)
			prealloc = alloc_pages(GFP_HIGHUSER_MOVABLE, 0);
	} while (ret == -EAGAIN && prealloc);
	WRITE_ONCE(src->write_protect_seq, src->write_protect_seq + 1);
	/* The pin has gone meanwhile. */
	if (prealloc)
		put_page(prealloc);
	return ret ? -ENOMEM : 0;
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
 * to faults. 0; or -ENOMEM, and @dst has nothing. No lock held; may sleep.
 */
int dup_mmap(struct mm_struct *dst, struct mm_struct *src)
{
	int ret;

	lock_both(dst, src);
	for (unsigned int i = 0; i < NR_VMAS; i++) {
		__zap_vma(dst, &dst->vma[i], 0, NR_PTES);
		remove_vma(&dst->vma[i]);
		copy_vma(&dst->vma[i], &src->vma[i]);
	}
	ret = copy_page_range(dst, src);
	if (ret)
		__zap_vma(dst, &dst->vma[ANON_VMA], 0, NR_PTES);
	up_write(&src->mmap_lock);
	up_write(&dst->mmap_lock);
	return ret;
}
