// SPDX-License-Identifier: GPL-2.0-only
/*
 * What maps a page: counting it, finding it, and replacing it.
 *
 * page->mapcount is the number of page table entries that map the page, each of
 * which has a reference. Who maps takes the reference, then counts, then sets
 * the entry; who unmaps goes the other way. So a page never has more entries
 * than it counts, nor counts more than it has references.
 *
 * Which entries those may be is known from page->mapping and page->index: the
 * processes that share an anon_vma, or that map a file, have the page at that
 * index of their memory or nowhere. The semaphore of either, taken for reading,
 * keeps their vmas as they are. An entry changes under its page table's lock
 * only, which is taken within. Entries are copied while others walk, but never
 * to a vma that comes before the one that they are copied from: who has not
 * seen the one sees the other.
 *
 * An anonymous page that a process is alone with, and somebody has pinned,
 * stays mapped (gup.c).
 *
 * A page that is locked keeps its ->mapping, and what was replaced by migration
 * entries is not mapped anew while it stays locked.
 *
 * Of a large folio each page counts its own entries in ->mapcount. The folio
 * counts all of them in ->large_mapcount, each of them with a reference on the
 * head, and those that map it at once, PMDs, in ->entire_mapcount as well;
 * ->nr_pages_mapped is the number of pages that are mapped by themselves, plus
 * ENTIRELY_MAPPED while a PMD maps them. So an anonymous folio of which a part
 * is not mapped any more is noticed, and is queued to be split.
 *
 * Modelled on mm/rmap.c of Linux 6.12, and remove_migration_pte() of
 * mm/migrate.c. Left out: deferred flushes, PageAnonExclusive (who is alone is
 * told by references), large folios in swap.
 */
#include "internal.h"

/* --- Counting --- */

/* Entries that map @folio, or a page of it. */
int folio_mapcount(const struct page *folio)
{
	return folio_test_large(folio) ? atomic_read(&folio[1].large_mapcount) :
					 atomic_read(&folio->mapcount);
}

bool folio_mapped(const struct page *folio)
{
	return folio_mapcount(folio) > 0;
}

static void add_large_rmap(struct page *folio, struct page *page)
{
	if (atomic_add_return(1, &page->mapcount) == 1)
		atomic_inc(&folio[1].nr_pages_mapped);
	atomic_inc(&folio[1].large_mapcount);
}

/* Another entry is going to map @page: it has its reference already. */
void folio_add_rmap(struct page *page, const struct vm_area_struct *vma)
{
	struct page *folio = page_folio(page);

	if (folio_test_large(folio)) {
		add_large_rmap(folio, page);
		return;
	}
	atomic_inc(&page->mapcount);
	if (vma->vm_locked)
		mlock_folio(page);
}

static void queue_if_partially_mapped(struct page *folio, bool partially_mapped)
{
	if (partially_mapped && folio_test_anon(folio) &&
	    !test_bit(PG_partially_mapped, &folio->flags))
		deferred_split_folio(folio);
}

static void remove_large_rmap(struct page *folio, struct page *page)
{
	atomic_t *mapped = &folio[1].nr_pages_mapped;

	atomic_dec(&folio[1].large_mapcount);
	if (atomic_sub_return(1, &page->mapcount))
		return;
	if (atomic_sub_return(1, mapped) < ENTIRELY_MAPPED)
		queue_if_partially_mapped(folio, atomic_read(mapped));
}

/* An entry does not map @page any more; its reference is still there. */
void folio_remove_rmap(struct page *page, const struct vm_area_struct *vma)
{
	struct page *folio = page_folio(page);

	if (folio_test_large(folio)) {
		remove_large_rmap(folio, page);
		return;
	}
	atomic_dec(&page->mapcount);
	if (vma->vm_locked)
		munlock_folio(page);
}

/* The same for a PMD. */
void folio_add_rmap_pmd(struct page *folio)
{
	if (atomic_add_return(1, &folio[1].entire_mapcount) == 1)
		atomic_add(ENTIRELY_MAPPED, &folio[1].nr_pages_mapped);
	atomic_inc(&folio[1].large_mapcount);
}

void folio_remove_rmap_pmd(struct page *folio)
{
	int mapped;

	atomic_dec(&folio[1].large_mapcount);
	if (atomic_sub_return(1, &folio[1].entire_mapcount))
		return;
	mapped = atomic_sub_return(ENTIRELY_MAPPED, &folio[1].nr_pages_mapped);
	/* Between none and all of the pages are mapped by themselves. */
	queue_if_partially_mapped(
		folio, mapped > 0 && mapped < (int)folio_nr_pages(folio));
}

/* @folio is new, and nobody else knows of it: it is at @address. */
void folio_set_anon(struct page *folio, const struct vm_area_struct *vma,
		    unsigned int address)
{
	set_bit(PG_swapbacked, &folio->flags);
	folio->index = linear_page_index(vma, address);
	WRITE_ONCE(folio->mapping,
		   (unsigned long)vma->anon_vma | PAGE_MAPPING_ANON);
}

/* The same as folio_add_rmap() for a new page, which nobody else knows of. */
void folio_add_new_anon_rmap(struct page *folio,
			     const struct vm_area_struct *vma,
			     unsigned int address)
{
	folio_set_anon(folio, vma, address);
	folio_add_rmap(folio, vma);
}

/* --- Walks --- */

/* Where @vma has the pages of @folio, as far as it has any. */
static bool find_range(struct page *folio, struct vm_area_struct *vma,
		       struct rmap_range *range)
{
	unsigned int first = (unsigned int)folio->index;
	unsigned int end = first + folio_nr_pages(folio);
	unsigned int start = max(first, vma->vm_pgoff);

	end = min(end, vma->vm_pgoff + vma->vm_end - vma->vm_start);
	if (start >= end)
		return false;
	*range = (struct rmap_range){ .vma = vma,
				      .mm = vma->vm_mm,
				      .address = vma->vm_start + start -
						 vma->vm_pgoff,
				      .page = folio + (start - first),
				      .nr = end - start };
	return true;
}

static bool walk_vma(struct page *folio, const struct rmap_walk_control *rwc,
		     struct vm_area_struct *vma)
{
	struct rmap_range range;

	if (!find_range(folio, vma, &range))
		return true;
	if (rwc->skip_temporary_stacks && vma->temporary_stack)
		return true;
	return rwc->one(folio, &range, rwc->arg);
}

static void rmap_walk_anon(struct page *folio,
			   const struct rmap_walk_control *rwc,
			   struct anon_vma *anon_vma)
{
	const struct list_head *entry;

	if (!rwc->locked)
		down_read(&anon_vma->rwsem);
	for (entry = anon_vma->vmas.next; entry != &anon_vma->vmas;
	     entry = entry->next) {
		struct vm_area_struct *vma =
			list_entry(entry, struct vm_area_struct, shared);

		if (!walk_vma(folio, rwc, vma) ||
		    !walk_vma(folio, rwc, &vma->vm_mm->moving))
			break;
	}
	if (!rwc->locked)
		up_read(&anon_vma->rwsem);
}

static void rmap_walk_file(struct page *folio,
			   const struct rmap_walk_control *rwc,
			   struct address_space *mapping)
{
	const struct list_head *entry;

	if (!rwc->locked)
		down_read(&mapping->i_mmap_rwsem);
	for (entry = mapping->i_mmap.next; entry != &mapping->i_mmap;
	     entry = entry->next) {
		if (!walk_vma(folio, rwc,
			      list_entry(entry, struct vm_area_struct, shared)))
			break;
	}
	if (!rwc->locked)
		up_read(&mapping->i_mmap_rwsem);
}

/* @folio is locked, or new and its caller's. May sleep. */
void rmap_walk(struct page *folio, const struct rmap_walk_control *rwc)
{
	unsigned long mapping = folio->mapping;

	if (mapping & PAGE_MAPPING_ANON)
		rmap_walk_anon(
			folio, rwc,
			(struct anon_vma *)(mapping - PAGE_MAPPING_ANON));
	else if (mapping)
		rmap_walk_file(folio, rwc, (struct address_space *)mapping);
}
