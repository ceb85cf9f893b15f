// SPDX-License-Identifier: GPL-2.0-only
/*
 * Boot of the address spaces: processes, files and the swap cache are there,
 * and empty.
 *
 * Each process has room for ANON_PAGES pages of anonymous memory twice, one
 * behind the other, so that it can be moved, and behind that a file that it
 * shares with others. A process and those that are forked from it share an
 * anon_vma; left out: chains of them, several page tables, processes that come
 * and go.
 */
#include "internal.h"

/* Its file is there already. */
static void vma_init(struct mm_struct *mm, unsigned int nr)
{
	struct address_space *mapping = &mem->file[nr % NR_FILES];
	struct anon_vma *anon_vma = &mem->anon_vma[nr];

	mm->vma[ANON_VMA].vm_mm = mm->vma[FILE_VMA].vm_mm = mm;
	mm->moving.vm_mm = mm;
	mm->vma[ANON_VMA].vm_end = ANON_PAGES;
	mm->vma[ANON_VMA].anon_vma = anon_vma;
	list_add_tail(&mm->vma[ANON_VMA].shared, &anon_vma->vmas);
	mm->vma[FILE_VMA].vm_start = 2 * ANON_PAGES;
	mm->vma[FILE_VMA].vm_end = 2 * ANON_PAGES + NR_FILE_PAGES;
	mm->vma[FILE_VMA].vm_file = mapping;
	list_add_tail(&mm->vma[FILE_VMA].shared, &mapping->i_mmap);
}

static void address_space_init(struct address_space *mapping, unsigned int nr)
{
	spin_lock_init(&mapping->i_pages_lock, nr);
	spin_lock_init(&mapping->i_private_lock, nr);
	init_rwsem(&mapping->i_mmap_rwsem, nr);
	init_rwsem(&mapping->invalidate_lock, nr);
	INIT_LIST_HEAD(&mapping->i_mmap);
}

/* Files: one of a file system with buffers, one without, and two of shmem. */
void mapping_init(void)
{
	for (unsigned int i = 0; i < NR_FILES; i++) {
		address_space_init(&mem->file[i], i);
		mem->file[i].i_size = NR_FILE_PAGES;
		mem->file[i].swap_backed = i >= NR_FILES / 2;
		mem->file[i].has_buffers = i == 0;
	}
	for (unsigned int i = 0; i < NR_MMS; i++) {
		init_rwsem(&mem->mm[i].mmap_lock, i);
		spin_lock_init(&mem->mm[i].page_table_lock, i);
		init_rwsem(&mem->anon_vma[i].rwsem, i);
		INIT_LIST_HEAD(&mem->anon_vma[i].vmas);
		vma_init(&mem->mm[i], i);
	}
	spin_lock_init(&mem->split_queue_lock, 0);
	INIT_LIST_HEAD(&mem->split_queue);
	address_space_init(&mem->swap, NR_FILES);
	spin_lock_init(&mem->swap_lock, 0);
	spin_lock_init(&mem->folio_wait_lock, 0);
	INIT_LIST_HEAD(&mem->folio_wait);
}
