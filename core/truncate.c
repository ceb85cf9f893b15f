// SPDX-License-Identifier: GPL-2.0-only
/*
 * Taking a page out of a file for good: what was there reads as zero.
 *
 * invalidate_lock, held for writing, keeps those away that would read the page
 * in again; those that still find it in the index wait for the page lock, or
 * have it and map it, until it is unmapped under that lock.
 *
 * Modelled on mm/truncate.c of Linux 6.12, as for a hole of one page. Left out:
 * the end of a file, partial pages.
 */
#include "internal.h"

static void filemap_remove_folio(struct address_space *mapping,
				 struct page *folio)
{
	unsigned long flags;

	spin_lock_irqsave(&mapping->i_pages_lock, flags);
	__filemap_remove_folio(folio, NULL);
	spin_unlock_irqrestore(&mapping->i_pages_lock, flags);
	put_cache_refs(folio);
}

/* @folio is locked, which keeps everybody from mapping it. */
static void truncate_folio(struct address_space *mapping, struct page *folio)
{
	folio_wait_writeback(folio);
	if (folio_mapped(folio))
		unmap_mapping_page(mapping, (unsigned int)folio->index);
	/* Who uses them has them without the page, then. */
	if (test_bit(PG_private, &folio->flags))
		try_to_free_buffers(folio);
	clear_bit(PG_dirty, &folio->flags);
	filemap_remove_folio(mapping, folio);
}

/*
 * The hole is in @folio, which is locked and larger than that: 0, and it is
 * split, so that what is there now can go; or there are zeros in it
 * (truncate_inode_partial_folio()).
 */
static int truncate_partial_folio(struct page *folio, unsigned int index)
{
	struct page *page = folio + (index - folio->index);

	folio_wait_writeback(folio);
	WRITE_ONCE(mem->content[page_to_pfn(page)], 0);
	return split_folio_to_order(folio, NULL, 0);
}

/* False if it is a page again. */
static bool free_swap_entry(struct address_space *mapping, unsigned int index,
			    struct page *entry)
{
	unsigned long flags;
	bool was_there;

	spin_lock_irqsave(&mapping->i_pages_lock, flags);
	was_there = mapping->i_pages[index] == entry;
	if (was_there)
		WRITE_ONCE(mapping->i_pages[index], NULL);
	spin_unlock_irqrestore(&mapping->i_pages_lock, flags);
	if (was_there)
		free_swap_and_cache(xa_to_value(entry));
	return was_there;
}

/* False if something else is there by now, or the folio has been split. */
static bool truncate_entry(struct address_space *mapping, unsigned int index,
			   struct page *entry)
{
	bool is_there;

	if (xa_is_value(entry))
		return free_swap_entry(mapping, index, entry);
	folio_lock(entry);
	/* Else it went to swap, or was reclaimed, while we waited. */
	is_there = READ_ONCE(entry->mapping) == (unsigned long)mapping;
	if (is_there && folio_test_large(entry))
		is_there = truncate_partial_folio(entry, index);
	else if (is_there)
		truncate_folio(mapping, entry);
	folio_unlock(entry);
	put_page(entry);
	return is_there;
}

/* Make a hole there. May sleep; no lock held. */
void truncate_page(struct address_space *mapping, unsigned int index)
{
	struct page *entry;

	down_write(&mapping->invalidate_lock);
	unmap_mapping_page(mapping, index);
	/* Not before nobody writes it back any more. */
	entry = __filemap_get_entry(mapping, index);
	while (entry) {
		/* Shmem may have a new page by now, without that lock. */
		if (truncate_entry(mapping, index, entry) &&
		    mapping->swap_backed)
			break;
		entry = __filemap_get_entry(mapping, index);
	}
	WRITE_ONCE(mapping->disk[index], 0);
	up_write(&mapping->invalidate_lock);
}
