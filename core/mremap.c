// SPDX-License-Identifier: GPL-2.0-only
/*
 * Moving the anonymous memory of a process to other addresses.
 *
 * mremap() has two vmas meanwhile, the old one and mm->moving, which both have
 * the pages by the same index; entries move under the rmap lock, so that who
 * walks both finds each once, whatever the order.
 *
 * exec moves the stack that it has filled for the new process without that
 * lock: one vma covers both places, and its index says of a page that it is
 * where it will be. So who walks may miss a page that has not moved yet. The
 * vma says temporary_stack from when there is nothing in it until all is moved,
 * and migration leaves its pages alone.
 *
 * Modelled on mm/mremap.c and on setup_arg_pages() in fs/exec.c of Linux 6.12.
 * Left out: moving part of a vma, page tables that move as a whole, moving
 * without the rmap lock to where walks come later.
 */
#include "internal.h"

#define NR_ARG_PAGES 2

/* Both places are in one page table, which has one lock. */
static void move_page_tables(struct mm_struct *mm, unsigned int from,
			     unsigned int to)
{
	for (unsigned int i = 0; i < ANON_PAGES; i++) {
		spin_lock(&mm->page_table_lock);
		if (*pmd_of(mm, from + i))
			pmd_update(mm, to + i, ~0u,
				   pmd_update(mm, from + i, ~0u, 0));
		if (mm->pte[from + i])
			set_pte(mm, to + i, pte_update(mm, from + i, ~0u, 0));
		spin_unlock(&mm->page_table_lock);
	}
}

/* The rmap lock held for writing. */
static void __copy_vma(struct vm_area_struct *dst,
		       const struct vm_area_struct *src)
{
	dst->anon_vma = src->anon_vma;
	dst->vm_pgoff = src->vm_pgoff;
	dst->vm_locked = src->vm_locked;
}

/* Move it to the other place that there is room for it. No lock held. */
void move_vma(struct mm_struct *mm)
{
	struct vm_area_struct *vma = &mm->vma[ANON_VMA];
	struct rw_semaphore *sem;
	unsigned int from, to;

	down_write(&mm->mmap_lock);
	sem = &vma->anon_vma->rwsem;
	from = vma->vm_start;
	to = ANON_PAGES - from;
	down_write(sem);
	__copy_vma(&mm->moving, vma);
	mm->moving.vm_start = to;
	mm->moving.vm_end = to + ANON_PAGES;
	up_write(sem);
	down_write(sem);
	move_page_tables(mm, from, to);
	up_write(sem);
	down_write(sem);
	vma->vm_start = to;
	vma->vm_end = to + ANON_PAGES;
	mm->moving.vm_start = mm->moving.vm_end = 0;
	up_write(sem);
	up_write(&mm->mmap_lock);
}

/* --- exec --- */

/* mmap_lock held for writing. */
static void set_vma(struct vm_area_struct *vma, unsigned int start,
		    unsigned int end)
{
	down_write(&vma->anon_vma->rwsem);
	vma->vm_start = start;
	vma->vm_end = end;
	up_write(&vma->anon_vma->rwsem);
}

static void begin_stack(struct mm_struct *mm, struct vm_area_struct *vma)
{
	__zap_vma(mm, vma, 0, NR_PTES);
	down_write(&vma->anon_vma->rwsem);
	vma->vm_locked = false;
	vma->temporary_stack = true;
	vma->vm_start = ANON_PAGES;
	vma->vm_end = 2 * ANON_PAGES;
	up_write(&vma->anon_vma->rwsem);
}

static int put_argument(struct mm_struct *mm, unsigned int address,
			unsigned long content)
{
	int ret = 0;

	while (!ret && !user_store(mm, address, content))
		ret = handle_mm_fault(mm, address, FAULT_WRITE);
	return ret;
}

/* From the upper place to the lower one (shift_arg_pages()). */
static void shift_arg_pages(struct mm_struct *mm, struct vm_area_struct *vma)
{
	set_vma(vma, 0, 2 * ANON_PAGES);
	move_page_tables(mm, ANON_PAGES, 0);
	set_vma(vma, 0, ANON_PAGES);
}

/*
 * The process begins anew, with @content on its stack. 0 or -ENOMEM: then there
 * is less on it. No lock held; may sleep.
 */
int exec_stack(struct mm_struct *mm, unsigned long content)
{
	struct vm_area_struct *vma = &mm->vma[ANON_VMA];
	int ret = 0;

	down_write(&mm->mmap_lock);
	begin_stack(mm, vma);
	for (unsigned int i = 0; !ret && i < NR_ARG_PAGES; i++)
		ret = put_argument(mm, ANON_PAGES + i, content);
	shift_arg_pages(mm, vma);
	down_write(&vma->anon_vma->rwsem);
	vma->temporary_stack = false;
	up_write(&vma->anon_vma->rwsem);
	up_write(&mm->mmap_lock);
	return ret;
}
