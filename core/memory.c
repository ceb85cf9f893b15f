// SPDX-License-Identifier: GPL-2.0-only
/*
 * Faults: a process gets the page that it has none of, or may not write to.
 *
 * A fault looks at the page table entry without its lock, finds or makes a page
 * for it, and sets the entry under the lock if that has not changed meanwhile;
 * else the process simply tries again. mm->page_table_lock protects the
 * entries; mm->mmap_lock, held for reading, keeps the vmas. An entry has a
 * reference on the page that it maps: the fault's own becomes the entry's.
 *
 * Anonymous memory that processes share after a fork is read-only and copied
 * when it is written to, unless who writes is alone with the page. A page of a
 * file is shared for good; it is read-only until somebody writes, so that the
 * file gets to know of that.
 *
 * Order of locks: mmap_lock, invalidate_lock of a file, page lock,
 * page_table_lock, locks of an index or of swap.
 *
 * Modelled on mm/memory.c of Linux 6.12. Left out: the zero page, private
 * mappings of files, fault-around, PageAnonExclusive, dropping mmap_lock while
 * waiting, readahead, swap devices without a cache.
 */
#include "internal.h"

/* False, and the lock is not held, if somebody else has changed the entry. */
static bool lock_same_pte(const struct vm_fault *vmf)
{
	spin_lock(&vmf->mm->page_table_lock);
	if (pte_same(vmf->mm->pte[vmf->address], vmf->orig_pte) &&
	    !*pmd_of(vmf->mm, vmf->address))
		return true;
	spin_unlock(&vmf->mm->page_table_lock);
	return false;
}

static pte_t pte_for(const struct vm_fault *vmf, const struct page *folio)
{
	pte_t flags = PTE_PRESENT | PTE_YOUNG;

	if (vmf->fault == FAULT_WRITE)
		flags |= PTE_WRITE | PTE_DIRTY;
	return mk_pte(folio, flags);
}

/* --- Anonymous memory --- */

/* The reference of @folio, which nobody else knows of, becomes the entry's. */
static void map_new_anon(const struct vm_fault *vmf, struct page *folio,
			 pte_t pte)
{
	arch_page_ref(folio, HOLDER_PTE, 1);
	folio_add_new_anon_rmap(folio, vmf->vma, vmf->address);
	folio_add_lru(folio);
	set_pte(vmf->mm, vmf->address, pte);
}

static int do_anonymous_page(struct vm_fault *vmf)
{
	struct page *folio;

	if (do_large_anonymous_page(vmf))
		return 0;
	folio = alloc_pages(GFP_HIGHUSER_MOVABLE, 0);
	if (!folio)
		return -ENOMEM;
	WRITE_ONCE(mem->content[page_to_pfn(folio)], 0);
	set_bit(PG_uptodate, &folio->flags);
	if (!lock_same_pte(vmf)) {
		put_page(folio);
		return 0;
	}
	/* The memory is the process's own: no need to fault again to write. */
	map_new_anon(vmf, folio,
		     mk_pte(folio,
			    PTE_PRESENT | PTE_WRITE | PTE_DIRTY | PTE_YOUNG));
	spin_unlock(&vmf->mm->page_table_lock);
	return 0;
}

/* --- Writing to what is mapped read-only; __ functions have the lock --- */

/*
 * Whether nobody else has @folio, which the entry maps: then there is no need
 * to copy it. References of batches of other CPUs make it look shared, and so
 * do the entries of the other pages of a large one.
 */
static bool __wp_can_reuse_anon_folio(struct page *folio)
{
	int nr;

	if (atomic_read(&folio->refcount) > 3)
		return false;
	if (!test_bit(PG_lru, &folio->flags))
		lru_add_drain();
	nr = atomic_read(&folio->refcount);
	if (nr > 1 + (int)test_bit(PG_swapcache, &folio->flags))
		return false;
	if (!folio_trylock(folio))
		return false;
	if (test_bit(PG_swapcache, &folio->flags))
		folio_free_swap(folio);
	/* Once more: now nobody can map it or find it in the swap cache. */
	nr = atomic_read(&folio->refcount);
	folio_unlock(folio);
	return nr == 1;
}

static void __wp_page_reuse(struct vm_fault *vmf)
{
	pte_update(vmf->mm, vmf->address, 0, PTE_WRITE | PTE_DIRTY | PTE_YOUNG);
	spin_unlock(&vmf->mm->page_table_lock);
}

/* The copy takes the place of @old, whose folio the caller has. */
static bool replace_by_copy(struct vm_fault *vmf, struct page *old,
			    struct page *copy)
{
	if (!lock_same_pte(vmf))
		return false;
	/*
	 * Only with the entry gone @old counts less: who sees it alone may
	 * write to it.
	 */
	map_new_anon(vmf, copy, pte_for(vmf, copy));
	folio_remove_rmap(old, vmf->vma);
	spin_unlock(&vmf->mm->page_table_lock);
	return true;
}

/* Releases the lock. */
static int __wp_page_copy(struct vm_fault *vmf, struct page *old)
{
	struct page *copy, *folio = page_folio(old);
	unsigned long *content = mem->content;

	get_page(folio);
	spin_unlock(&vmf->mm->page_table_lock);
	copy = alloc_pages(GFP_HIGHUSER_MOVABLE, 0);
	if (!copy) {
		put_page(folio);
		return -ENOMEM;
	}
	WRITE_ONCE(content[page_to_pfn(copy)],
		   READ_ONCE(content[page_to_pfn(old)]));
	set_bit(PG_uptodate, &copy->flags);
	if (replace_by_copy(vmf, old, copy)) {
		put_page_of(folio, HOLDER_PTE);
		free_swap_cache(folio);
	} else {
		put_page(copy);
	}
	put_page(folio);
	return 0;
}

/* The file gets to know that @folio, which is locked, is written to. */
static void page_mkwrite(struct address_space *mapping, struct page *folio)
{
	if (mapping->has_buffers)
		create_empty_buffers(folio);
	folio_mark_dirty(folio);
}

/* Releases the lock. */
static int __wp_page_shared(struct vm_fault *vmf, struct page *folio)
{
	struct address_space *mapping = vmf->vma->vm_file;

	get_page(folio);
	spin_unlock(&vmf->mm->page_table_lock);
	folio_lock(folio);
	if (READ_ONCE(folio->mapping) == (unsigned long)mapping) {
		page_mkwrite(mapping, folio);
		if (lock_same_pte(vmf)) {
			__wp_page_reuse(vmf);
			/* Dirty from now on, whatever was cleaned before. */
			folio_mark_dirty(folio);
		}
	}
	folio_unlock(folio);
	put_page(folio);
	return 0;
}

static int do_wp_page(struct vm_fault *vmf)
{
	struct page *page, *folio;

	if (!lock_same_pte(vmf))
		return 0;
	page = pte_page(vmf->orig_pte);
	folio = page_folio(page);
	if (vmf->vma->vm_file)
		return __wp_page_shared(vmf, folio);
	if (!__wp_can_reuse_anon_folio(folio))
		return __wp_page_copy(vmf, page);
	__wp_page_reuse(vmf);
	return 0;
}

/* --- Memory of files --- */

/* The caller's reference becomes the entry's. */
static void __map_page(const struct vm_fault *vmf, struct page *page)
{
	arch_page_ref(page_folio(page), HOLDER_PTE, 1);
	folio_add_rmap(page, vmf->vma);
	set_pte(vmf->mm, vmf->address, pte_for(vmf, page));
}

static int do_fault(struct vm_fault *vmf)
{
	struct address_space *mapping = vmf->vma->vm_file;
	unsigned int index = linear_page_index(vmf->vma, vmf->address);
	struct page *folio;
	int ret = mapping->swap_backed ? shmem_fault(mapping, index, &folio) :
					 filemap_fault(mapping, index, &folio);

	if (ret)
		return ret;
	/* It is locked, so it stays where it is in the file. */
	if (vmf->fault == FAULT_WRITE)
		page_mkwrite(mapping, folio);
	if (lock_same_pte(vmf)) {
		if (!__do_set_pmd(vmf, folio))
			__map_page(vmf, folio + (index - folio->index));
		spin_unlock(&vmf->mm->page_table_lock);
		folio_unlock(folio);
		return 0;
	}
	folio_unlock(folio);
	put_page(folio);
	return 0;
}

/* --- Swap --- */

static void map_swapped_in(const struct vm_fault *vmf, struct page *folio,
			   pte_t pte)
{
	arch_page_ref(folio, HOLDER_PTE, 1);
	if (folio_test_anon(folio))
		folio_add_rmap(folio, vmf->vma);
	else
		folio_add_new_anon_rmap(folio, vmf->vma, vmf->address);
	set_pte(vmf->mm, vmf->address, pte);
}

/* Swap is short of slots, or who is here is going to write. */
static bool should_try_to_free_swap(const struct vm_fault *vmf)
{
	return vmf->fault == FAULT_WRITE || vmf->vma->vm_locked;
}

/*
 * @folio, which is locked, has what the slot had: map it and unlock it. False,
 * and it is still locked: it was not wanted.
 */
static bool finish_swap_fault(struct vm_fault *vmf, struct page *folio,
			      unsigned int slot)
{
	pte_t pte = mk_pte(folio, PTE_PRESENT | PTE_YOUNG);

	if (!test_bit(PG_swapcache, &folio->flags) ||
	    READ_ONCE(folio->private) != slot)
		return false;
	if (vmf->fault == FAULT_WRITE && !test_bit(PG_lru, &folio->flags))
		lru_add_drain();
	if (!lock_same_pte(vmf))
		return false;
	swap_free(slot);
	if (should_try_to_free_swap(vmf))
		folio_free_swap(folio);
	/* Ours alone; if it is not, a write faults once more and copies. */
	if (atomic_read(&folio->refcount) == 1)
		pte = pte_for(vmf, folio) | PTE_WRITE;
	map_swapped_in(vmf, folio, pte);
	/* The entry has the only reference now: nobody may take it away yet. */
	folio_unlock(folio);
	spin_unlock(&vmf->mm->page_table_lock);
	return true;
}

static int do_swap_page(struct vm_fault *vmf)
{
	unsigned int slot = vmf->orig_pte >> PTE_SHIFT;
	struct page *folio = swap_cache_get_folio(slot);
	int ret = 0;

	if (!folio)
		folio = read_swap_cache(slot, &ret);
	if (!folio) {
		if (!ret || !lock_same_pte(vmf))
			return 0;
		spin_unlock(&vmf->mm->page_table_lock);
		return ret;
	}
	folio_lock(folio);
	/* With the lock: whoever has found that does not look for us again. */
	if (test_bit(PG_hwpoison, &folio->flags))
		ret = -EFAULT;
	else if (finish_swap_fault(vmf, folio, slot))
		return 0;
	folio_unlock(folio);
	put_page(folio);
	return ret;
}

/* The page is being moved: wait until it is where it will be. */
static int do_migration_entry(struct vm_fault *vmf)
{
	if (lock_same_pte(vmf))
		migration_entry_wait_on_locked(pte_page(vmf->orig_pte),
					       &vmf->mm->page_table_lock);
	return 0;
}

/* --- Faults --- */

/* mmap_lock held. */
struct vm_area_struct *find_vma(struct mm_struct *mm, unsigned int address)
{
	for (unsigned int i = 0; i < NR_VMAS; i++) {
		if (in_vma(&mm->vma[i], address))
			return &mm->vma[i];
	}
	return NULL;
}

/*
 * Give @mm a page there that it may read, or write. 0, and it may have to be
 * tried again; -ENOMEM; -EFAULT if there is no memory of the process, or what
 * it had is broken. mmap_lock is held for reading. May sleep.
 */
int handle_mm_fault(struct mm_struct *mm, unsigned int address,
		    enum fault fault)
{
	struct vm_fault vmf = { .mm = mm, .address = address, .fault = fault };
	pte_t pmd;

	vmf.vma = find_vma(mm, address);
	if (!vmf.vma)
		return -EFAULT;
	pmd = READ_ONCE(*pmd_of(mm, address));
	if (pmd) {
		handle_huge_pmd(&vmf, pmd);
		return 0;
	}
	vmf.orig_pte = READ_ONCE(mm->pte[address]);
	if (!vmf.orig_pte)
		return vmf.vma->vm_file ? do_fault(&vmf) :
					  do_anonymous_page(&vmf);
	if (vmf.orig_pte & PTE_SWAP)
		return do_swap_page(&vmf);
	if (vmf.orig_pte & PTE_MIGRATION)
		return do_migration_entry(&vmf);
	if (vmf.orig_pte & PTE_HWPOISON)
		return -EFAULT;
	if (fault == FAULT_WRITE && !(vmf.orig_pte & PTE_WRITE))
		return do_wp_page(&vmf);
	return 0;
}

/* The same for who holds no lock. */
int fault_in(struct mm_struct *mm, unsigned int address, enum fault fault)
{
	int ret;

	down_read(&mm->mmap_lock);
	ret = handle_mm_fault(mm, address, fault);
	up_read(&mm->mmap_lock);
	return ret;
}

/* What a process reads there. No lock held; may sleep. Errors as of a fault. */
int read_user(struct mm_struct *mm, unsigned int address,
	      unsigned long *content)
{
	int ret = 0;

	while (!ret && !user_load(mm, address, content))
		ret = fault_in(mm, address, FAULT_READ);
	return ret;
}

/* The same for what it stores. */
int write_user(struct mm_struct *mm, unsigned int address,
	       unsigned long content)
{
	int ret = 0;

	while (!ret && !user_store(mm, address, content))
		ret = fault_in(mm, address, FAULT_WRITE);
	return ret;
}
