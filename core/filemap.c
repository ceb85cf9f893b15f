// SPDX-License-Identifier: GPL-2.0-only
/*
 * The pages of a file by their index, and reading them in.
 *
 * mapping->i_pages[index] has a page, with a reference for it, or nothing; of
 * shmem also a swap entry. A large folio is there for each of its pages. A page
 * in it has ->mapping and ->index, which only its holder's lock on the page may
 * rely on: whoever takes it off needs that lock, too. i_pages_lock, taken with
 * interrupts off, protects the index against other writers. Readers take no
 * lock: they take a reference on whatever they found, and look whether it is
 * still there.
 *
 * PG_uptodate says that the page has what the file has; it is set under the
 * page lock. Who reads a page in holds the invalidate_lock, so that no
 * truncation lets go of it meanwhile; who finds that another one has the page
 * lock waits without a reference, as read(2) does (filemap_update_page()).
 *
 * A file that gets shorter has its new end before its pages go, each under its
 * lock: who has the page lock and is not behind the end has a page that stays.
 *
 * Modelled on mm/filemap.c of Linux 6.12. Left out: readahead, large folios of
 * files on disk, shadow entries, tags.
 */
#include "internal.h"

/* A page with a reference for the caller, a swap entry, or NULL. */
struct page *__filemap_get_entry(struct address_space *mapping,
				 unsigned int index)
{
	struct page *folio;

	for (;;) {
		folio = READ_ONCE(mapping->i_pages[index]);
		if (!folio || xa_is_value(folio))
			return folio;
		if (!get_page_unless_zero(folio)) {
			cond_resched();
			continue;
		}
		/* It may be another's by now. */
		if (folio == READ_ONCE(mapping->i_pages[index])) {
			if (mapping != &mem->swap)
				arch_folio_found(folio, index);
			return folio;
		}
		put_page(folio);
	}
}

/* A page of @mapping with a reference for the caller, or NULL. Any context. */
struct page *filemap_get_folio(struct address_space *mapping,
			       unsigned int index)
{
	struct page *folio = __filemap_get_entry(mapping, index);

	return xa_is_value(folio) ? NULL : folio;
}

/* There is nothing of @mapping at @index, nor will there be. Any context. */
bool is_behind_end(const struct address_space *mapping, unsigned int index)
{
	return index >= READ_ONCE(mapping->i_size);
}

static bool has_all(const struct address_space *mapping, unsigned int index,
		    unsigned int nr, const struct page *entry)
{
	while (nr-- > 0) {
		if (mapping->i_pages[index + nr] != entry)
			return false;
	}
	return true;
}

/* Drop all references that an index had on @folio. */
void put_cache_refs(struct page *folio)
{
	int nr = (int)folio_nr_pages(folio);

	arch_page_ref(folio, HOLDER_CACHE, -nr);
	put_page_refs(folio, nr);
}

/*
 * Put @folio, which is locked, there if there is @expected for each page of it;
 * -EEXIST if not.
 */
int __filemap_add_folio(struct address_space *mapping, struct page *folio,
			unsigned int index, struct page *expected)
{
	unsigned int nr = folio_nr_pages(folio);
	unsigned long flags;
	int ret = -EEXIST;

	atomic_add((int)nr, &folio->refcount);
	arch_page_ref(folio, HOLDER_CACHE, (int)nr);
	spin_lock_irqsave(&mapping->i_pages_lock, flags);
	if (has_all(mapping, index, nr, expected)) {
		WRITE_ONCE(folio->mapping, (unsigned long)mapping);
		folio->index = index;
		for (unsigned int i = 0; i < nr; i++)
			WRITE_ONCE(mapping->i_pages[index + i], folio);
		mapping->nrpages += nr;
		ret = 0;
	}
	spin_unlock_irqrestore(&mapping->i_pages_lock, flags);
	if (ret)
		put_cache_refs(folio);
	return ret;
}

/*
 * Put @folio, which is new and locked, into an empty place of the index, with a
 * reference, and on the LRU. -EEXIST, and nothing has changed, if there is one.
 */
int filemap_add_folio(struct address_space *mapping, struct page *folio,
		      unsigned int index)
{
	int ret = __filemap_add_folio(mapping, folio, index, NULL);

	if (!ret)
		folio_add_lru(folio);
	return ret;
}

/*
 * The index has @entry from now on in place of @folio, or of the folio that it
 * is being split off: a slot of swap or nothing, and at no moment anything
 * else: who looks has no lock. i_pages_lock and page lock held; the index's
 * references are the caller's now.
 */
void page_cache_delete(struct page *folio, struct page *entry)
{
	struct address_space *mapping = (struct address_space *)folio->mapping;
	unsigned int nr = folio_nr_pages(folio);

	lockdep_assert_held(&mapping->i_pages_lock);
	for (unsigned int i = 0; i < nr; i++)
		WRITE_ONCE(mapping->i_pages[folio->index + i], entry);
	mapping->nrpages -= nr;
	/* Leave ->index: who looks at ->mapping first needs no more. */
	WRITE_ONCE(folio->mapping, 0);
}

/* The same of a folio that is there. */
void __filemap_remove_folio(struct page *folio, struct page *entry)
{
	struct address_space *mapping = (struct address_space *)folio->mapping;

	BUG_ON(mapping->i_pages[folio->index] != folio);
	page_cache_delete(folio, entry);
}

/* Take @folio, which is locked, out of its file. */
void filemap_remove_folio(struct page *folio)
{
	struct address_space *mapping = (struct address_space *)folio->mapping;
	unsigned long flags;

	spin_lock_irqsave(&mapping->i_pages_lock, flags);
	__filemap_remove_folio(folio, NULL);
	spin_unlock_irqrestore(&mapping->i_pages_lock, flags);
	put_cache_refs(folio);
}

/* The index that has @folio, which is locked: a file's or that of swap. */
struct address_space *folio_mapping(struct page *folio)
{
	unsigned long mapping;

	if (test_bit(PG_swapcache, &folio->flags))
		return &mem->swap;
	mapping = READ_ONCE(folio->mapping);
	if (mapping & PAGE_MAPPING_ANON)
		return NULL;
	return (struct address_space *)mapping;
}

/* What the page has must be written back before it may go. */
void folio_mark_dirty(struct page *folio)
{
	if (!test_bit(PG_dirty, &folio->flags))
		set_bit(PG_dirty, &folio->flags);
}

/* --- Reading in --- */

/* invalidate_lock held. 0 or -ENOMEM; somebody else may have put one there. */
static int filemap_create_folio(struct address_space *mapping,
				unsigned int index)
{
	struct page *folio = alloc_pages(GFP_HIGHUSER_MOVABLE, 0);

	if (!folio)
		return -ENOMEM;
	folio_lock(folio);
	filemap_add_folio(mapping, folio, index);
	folio_unlock(folio);
	put_page(folio);
	return 0;
}

/* @folio is locked and in @mapping; invalidate_lock held. */
static void filemap_read_folio(struct address_space *mapping,
			       struct page *folio)
{
	WRITE_ONCE(mem->content[page_to_pfn(folio)],
		   READ_ONCE(mapping->disk[folio->index]));
	set_bit(PG_uptodate, &folio->flags);
}

/* A page of @mapping with a reference, new if there was none; NULL: @ret. */
static struct page *filemap_get_or_create(struct address_space *mapping,
					  unsigned int index, int *ret)
{
	struct page *folio = filemap_get_folio(mapping, index);

	if (folio)
		return folio;
	*ret = filemap_create_folio(mapping, index);
	return filemap_get_folio(mapping, index);
}

/*
 * Read the page of a file in, unless it has been by now. 0, and it may have to
 * be tried again, or -ENOMEM. May sleep; no lock of the file held.
 */
static int filemap_read_in(struct address_space *mapping, unsigned int index)
{
	struct page *folio;
	int ret = 0;

	down_read(&mapping->invalidate_lock);
	folio = filemap_get_or_create(mapping, index, &ret);
	if (folio && !folio_trylock(folio)) {
		/* Nothing is in it yet that would be worth a reference. */
		up_read(&mapping->invalidate_lock);
		folio_put_wait_locked(folio);
		return ret;
	}
	if (folio) {
		if (READ_ONCE(folio->mapping) == (unsigned long)mapping &&
		    !test_bit(PG_uptodate, &folio->flags))
			filemap_read_folio(mapping, folio);
		folio_unlock(folio);
		put_page(folio);
	}
	up_read(&mapping->invalidate_lock);
	return ret;
}

/*
 * True and a page, on which the caller has a reference, is locked and has what
 * the file has. False and the reference is dropped. Nobody waits here for a
 * page to be read in: he would be given the lock for it each time that another
 * one gives up, while all try only to get it.
 */
static bool lock_if_uptodate(struct address_space *mapping, struct page *folio)
{
	if (test_bit(PG_uptodate, &folio->flags)) {
		folio_lock(folio);
		/* Truncated, while we waited? */
		if (READ_ONCE(folio->mapping) == (unsigned long)mapping)
			return true;
		folio_unlock(folio);
	}
	put_page(folio);
	return false;
}

/*
 * The page of a file, locked and with a reference. 0, -ENOMEM, or -EFAULT
 * behind the end of the file. May sleep; no lock of the file held.
 */
int filemap_fault(struct address_space *mapping, unsigned int index,
		  struct page **folio)
{
	while (!is_behind_end(mapping, index)) {
		int ret;

		*folio = filemap_get_folio(mapping, index);
		if (*folio && lock_if_uptodate(mapping, *folio)) {
			if (!is_behind_end(mapping, index))
				return 0;
			folio_unlock(*folio);
			put_page(*folio);
			break;
		}
		ret = filemap_read_in(mapping, index);
		if (ret)
			return ret;
	}
	return -EFAULT;
}
