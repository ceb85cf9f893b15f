// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files without a disk: their pages go to swap, and the index has the swap
 * entry in place of the page meanwhile.
 *
 * The index and its lock are those of filemap.c. The entry of the index counts
 * in swap_map as that of a page table does. A page is on its way between the
 * two while it is locked: it is in the swap cache as well, and has no ->mapping
 * once the index has let go of it.
 *
 * Modelled on mm/shmem.c of Linux 6.12. Left out: accounting, the
 * queue for faults into a hole that is being made.
 */
#include "internal.h"

/* The index has @entry from now on; its reference on @folio is dropped. */
static void shmem_delete_from_page_cache(struct page *folio, struct page *entry)
{
	struct address_space *mapping = (struct address_space *)folio->mapping;
	unsigned long flags;

	spin_lock_irqsave(&mapping->i_pages_lock, flags);
	__filemap_remove_folio(folio, entry);
	spin_unlock_irqrestore(&mapping->i_pages_lock, flags);
	put_page_of(folio, HOLDER_CACHE);
}

/*
 * Move @folio, which is locked, up to date and not mapped, from the file to the
 * swap cache, dirty: it is to be written to its slot. False, and nothing has
 * changed, if there is none.
 */
bool shmem_writepage(struct page *folio)
{
	unsigned int slot;

	BUG_ON(folio_mapped(folio));
	if (!add_to_swap(folio))
		return false;
	slot = (unsigned int)folio->private;
	swap_duplicate(slot);
	shmem_delete_from_page_cache(folio, xa_mk_value(slot));
	return true;
}

/* @folio, locked, has what the slot of @entry has: put it in its place. */
static bool shmem_take_back(struct address_space *mapping, unsigned int index,
			    struct page *folio, struct page *entry)
{
	unsigned int slot = xa_to_value(entry);

	if (!test_bit(PG_swapcache, &folio->flags) ||
	    READ_ONCE(folio->private) != slot)
		return false;
	folio_wait_writeback(folio);
	if (__filemap_add_folio(mapping, folio, index, entry))
		return false;
	delete_from_swap_cache(folio);
	folio_mark_dirty(folio);
	swap_free(slot);
	return true;
}

/* Locked and with a reference; or NULL, and @ret says whether to try again. */
static struct page *shmem_swapin(struct address_space *mapping,
				 unsigned int index, struct page *entry,
				 int *ret)
{
	int err = 0;
	struct page *folio = read_swap_cache(xa_to_value(entry), &err);

	if (!folio) {
		if (READ_ONCE(mapping->i_pages[index]) == entry)
			*ret = err;
		return NULL;
	}
	folio_lock(folio);
	if (shmem_take_back(mapping, index, folio, entry))
		return folio;
	folio_unlock(folio);
	put_page(folio);
	return NULL;
}

/* @folio, which is new and locked, is in the file now, and nowhere else. */
static void make_empty(struct page *folio)
{
	for (unsigned int i = 0; i < folio_nr_pages(folio); i++)
		WRITE_ONCE(mem->content[page_to_pfn(folio) + i], 0);
	set_bit(PG_uptodate, &folio->flags);
	folio_mark_dirty(folio);
}

/* NULL if there is something there by now; @folio is dropped then. */
static struct page *shmem_add(struct address_space *mapping, struct page *folio,
			      unsigned int index)
{
	folio_lock(folio);
	set_bit(PG_swapbacked, &folio->flags);
	if (filemap_add_folio(mapping, folio, index)) {
		folio_unlock(folio);
		put_page(folio);
		return NULL;
	}
	make_empty(folio);
	return folio;
}

/* A large one, if that is wanted, within the file, and empty; or NULL. */
static struct page *shmem_add_large(struct address_space *mapping,
				    unsigned int index)
{
	unsigned int order = READ_ONCE(mem->shmem_order);
	struct page *folio;

	if (!order)
		return NULL;
	index = ALIGN_DOWN(index, 1u << order);
	if (index + (1u << order) > READ_ONCE(mapping->i_size))
		return NULL;
	for (unsigned int i = 0; i < 1u << order; i++) {
		if (READ_ONCE(mapping->i_pages[index + i]))
			return NULL;
	}
	folio = alloc_large_folio(order);
	return folio ? shmem_add(mapping, folio, index) : NULL;
}

static struct page *shmem_alloc_and_add(struct address_space *mapping,
					unsigned int index, int *ret)
{
	struct page *folio = shmem_add_large(mapping, index);

	if (folio)
		return folio;
	folio = alloc_pages(GFP_HIGHUSER_MOVABLE, 0);
	if (!folio) {
		*ret = -ENOMEM;
		return NULL;
	}
	return shmem_add(mapping, folio, index);
}

static struct page *lock_if_there(struct address_space *mapping,
				  struct page *folio)
{
	folio_lock(folio);
	if (READ_ONCE(folio->mapping) == (unsigned long)mapping)
		return folio;
	folio_unlock(folio);
	put_page(folio);
	return NULL;
}

/*
 * The file has got shorter meanwhile. What is new in it may have come too late
 * for whoever did that.
 */
static void drop_behind_end(struct page *folio, bool is_new)
{
	if (is_new)
		filemap_remove_folio(folio);
	folio_unlock(folio);
	put_page(folio);
}

/*
 * The page of a file, locked and with a reference. 0, -ENOMEM, or -EFAULT
 * behind the end of the file. May sleep; no lock of the file held.
 */
int shmem_fault(struct address_space *mapping, unsigned int index,
		struct page **folio)
{
	int ret = 0;

	while (!is_behind_end(mapping, index)) {
		struct page *entry = __filemap_get_entry(mapping, index);

		if (!entry)
			*folio = shmem_alloc_and_add(mapping, index, &ret);
		else if (xa_is_value(entry))
			*folio = shmem_swapin(mapping, index, entry, &ret);
		else
			*folio = lock_if_there(mapping, entry);
		if (ret)
			return ret;
		if (!*folio)
			continue;
		if (!is_behind_end(mapping, index))
			return 0;
		drop_behind_end(*folio, !entry);
		break;
	}
	return -EFAULT;
}
