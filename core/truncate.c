// SPDX-License-Identifier: GPL-2.0-only
/*
 * Taking pages out of a file for good: what was there reads as zero, or is
 * behind the end.
 *
 * invalidate_lock, held for writing, keeps those away that would read the page
 * in again; those that still find it in the index wait for the page lock, or
 * have it and map it, until it is unmapped under that lock.
 *
 * A large folio of which only a part goes is split. If somebody else has it, it
 * stays with zeros in that part, also behind the end: what the end is in goes
 * when it is split some time.
 *
 * Modelled on mm/truncate.c and shmem_undo_range() of Linux 6.12. Left out:
 * partial pages.
 */
#include "internal.h"

/* @folio is locked, which keeps everybody from mapping it. */
static void truncate_folio(struct address_space *mapping, struct page *folio)
{
	folio_wait_writeback(folio);
	if (folio_mapped(folio))
		unmap_mapping_pages(mapping, (unsigned int)folio->index,
				    (unsigned int)folio->index +
					    folio_nr_pages(folio));
	/* Who uses them has them without the page, then. */
	if (test_bit(PG_private, &folio->flags))
		try_to_free_buffers(folio);
	clear_bit(PG_dirty, &folio->flags);
	filemap_remove_folio(folio);
}

/*
 * A part of @folio, which is locked, is to go, with @index: 0, and it is split,
 * so that what is there now can go; or there are zeros in it
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

/* [start, end) of a file is to go. */
struct range {
	struct address_space *mapping;
	unsigned int start, end;
};

static bool is_whole(const struct range *range, const struct page *folio)
{
	return folio->index >= range->start &&
	       folio->index + folio_nr_pages(folio) <= range->end;
}

/* False if something else is there by now, or the folio has been split. */
static bool truncate_entry(const struct range *range, unsigned int index,
			   struct page *entry)
{
	struct address_space *mapping = range->mapping;
	bool is_there;

	if (xa_is_value(entry))
		return free_swap_entry(mapping, index, entry);
	folio_lock(entry);
	/* Else it went to swap, or was reclaimed, while we waited. */
	is_there = READ_ONCE(entry->mapping) == (unsigned long)mapping;
	if (is_there && !is_whole(range, entry))
		is_there = truncate_partial_folio(entry, index);
	else if (is_there)
		truncate_folio(mapping, entry);
	folio_unlock(entry);
	put_page(entry);
	return is_there;
}

static void truncate_index(const struct range *range, unsigned int index)
{
	struct address_space *mapping = range->mapping;
	struct page *entry = __filemap_get_entry(mapping, index);

	while (entry) {
		/* Shmem may have a new page by now, without that lock. */
		if (truncate_entry(range, index, entry) && mapping->swap_backed)
			break;
		entry = __filemap_get_entry(mapping, index);
	}
	WRITE_ONCE(mapping->disk[index], 0);
}

/* invalidate_lock held for writing. */
static void truncate_range(const struct range *range)
{
	unmap_mapping_pages(range->mapping, range->start, range->end);
	/* Not before nobody writes it back any more. */
	for (unsigned int i = range->start; i < range->end; i++)
		truncate_index(range, i);
}

/* Make a hole there. May sleep; no lock held. */
void truncate_page(struct address_space *mapping, unsigned int index)
{
	const struct range range = { mapping, index, index + 1 };

	down_write(&mapping->invalidate_lock);
	truncate_range(&range);
	up_write(&mapping->invalidate_lock);
}

/*
 * The file has @size pages from now on. May sleep; no lock held. What is behind
 * goes, also a folio that reaches over the end that was: it could not be split;
 * so mm/truncate.c, truncate_pagecache(), and shmem_setattr() of 6.12.
 */
void truncate_setsize(struct address_space *mapping, unsigned int size)
{
	const struct range range = { mapping, size, NR_FILE_PAGES };
	bool shorter;

	down_write(&mapping->invalidate_lock);
	shorter = size < mapping->i_size;
	WRITE_ONCE(mapping->i_size, size);
	if (shorter) {
		truncate_range(&range);
		/* Who had not seen the new end has mapped what was in use. */
		unmap_mapping_pages(mapping, range.start, range.end);
	}
	up_write(&mapping->invalidate_lock);
}
