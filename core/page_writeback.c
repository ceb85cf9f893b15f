// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writing pages back: to the disk of their file, or to their slot of swap.
 *
 * A page is clean before it is written, so that whoever stores to it meanwhile
 * makes it dirty again. PG_writeback is set under the page lock, and cleared
 * without it when the disk is done, which is a work here.
 *
 * What is written at once is locked together, in the order of the file. Who
 * waits for the lock of a page with that of another one held must have them in
 * this order, too.
 *
 * Modelled on pageout() in mm/vmscan.c and, for several pages, on
 * mpage_prepare_extent_to_map() in fs/ext4/inode.c of Linux 6.12. Left out:
 * errors, tags, how much is written.
 */
#include "migrate_internal.h"

#define MAX_WRITEPAGES 2

static unsigned long *disk_of(const struct page *folio)
{
	if (folio->flags & 1ul << PG_swapcache)
		return &mem->swap.disk[folio->private];
	return &((struct address_space *)folio->mapping)->disk[folio->index];
}

/* As the interrupt of a disk: @work is the page. */
static void end_write(void *work)
{
	struct page *folio = work;

	WRITE_ONCE(*disk_of(folio), READ_ONCE(*page_content(folio)));
	folio_end_writeback(folio);
}

/*
 * Begin to write a page of an index, which is locked, if it is dirty; unlocks
 * it. Users may store to it meanwhile: then it is dirty again.
 */
void writepage(struct page *folio)
{
	/* First, so that a store after it is not taken for written. */
	if (!test_bit(PG_swapcache, &folio->flags))
		folio_mkclean(folio);
	if (!test_and_clear_bit(PG_dirty, &folio->flags)) {
		folio_unlock(folio);
		return;
	}
	folio_start_writeback(folio);
	folio_unlock(folio);
	queue_work_on(smp_processor_id(), folio, end_write);
}

/*
 * Lock the pages of [index, end) that are there, with references. Large folios
 * are shmem's, which has no disk: only swap, to which they go in pieces.
 */
static unsigned int lock_pages(struct address_space *mapping,
			       unsigned int index, unsigned int end,
			       struct page **pages)
{
	unsigned int nr = 0;

	for (; index < end; index++) {
		struct page *folio = filemap_get_folio(mapping, index);

		if (!folio)
			continue;
		if (folio_test_large(folio)) {
			put_page(folio);
			continue;
		}
		folio_lock(folio);
		folio_wait_writeback(folio);
		pages[nr++] = folio;
	}
	return nr;
}

/*
 * Begin to write the page of @mapping at @index and the one behind it, as far
 * as they are there and dirty. Returns how many are there. May sleep; no page
 * locked.
 */
unsigned int writepages(struct address_space *mapping, unsigned int index)
{
	unsigned int end =
		min(index + MAX_WRITEPAGES, (unsigned int)NR_FILE_PAGES);
	struct page *pages[MAX_WRITEPAGES];
	unsigned int nr = lock_pages(mapping, index, end, pages);

	for (unsigned int i = 0; i < nr; i++) {
		/* Truncated, or gone to swap, while we waited? */
		if (READ_ONCE(pages[i]->mapping))
			writepage(pages[i]);
		else
			folio_unlock(pages[i]);
		put_page(pages[i]);
	}
	return nr;
}
