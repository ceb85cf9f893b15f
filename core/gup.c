// SPDX-License-Identifier: GPL-2.0-only
/*
 * Getting at the pages of a process without its locks, for a moment or for
 * good.
 *
 * A page that somebody pins for long must not be where others need it to be
 * movable: in a CMA area, in zone Movable, in a pageblock that is isolated.
 * Then it is moved first, and for that batches must not have it: whether one
 * does is told by its references, as pages that are on the LRU may be in a
 * batch, too.
 *
 * Modelled on gup_fast_pte_range() and collect_longterm_unpinnable_folios() in
 * mm/gup.c of Linux 6.12. Left out: several pages, large folios, the 1024
 * references that tell a pin from others.
 */
#include "migrate_internal.h"

/*
 * The page that @mm has at @address, with a reference for the caller; NULL if
 * there is none, or it is going just now. Any context; no lock held.
 */
struct page *follow_page(struct mm_struct *mm, unsigned int address)
{
	pte_t pte = READ_ONCE(mm->pte[address]);
	struct page *page;

	if (!(pte & PTE_PRESENT))
		return NULL;
	page = pfn_to_page(pte >> PTE_SHIFT);
	if (!get_page_unless_zero(page))
		return NULL;
	/* Ours, or one that has come to use meanwhile? */
	if ((READ_ONCE(mm->pte[address]) ^ pte) >> PTE_SHIFT ||
	    !(READ_ONCE(mm->pte[address]) & PTE_PRESENT)) {
		put_page(page);
		return NULL;
	}
	return page;
}

/*
 * Store there as a device does that was given the page: by a reference of its
 * own, from when the page table allowed it. What has become of the entry since
 * then does not matter: who has the reference has the page, which stays what
 * the file has there, and marks it dirty before he lets go of it. Only for
 * pages of a disk's file: anonymous memory may be copied meanwhile. False if
 * there is none.
 */
bool device_store(struct mm_struct *mm, unsigned int address,
		  unsigned long content)
{
	struct page *page;

	if (!(READ_ONCE(mm->pte[address]) & PTE_WRITE))
		return false;
	page = follow_page(mm, address);
	if (!page)
		return false;
	if (folio_test_anon(page) || test_bit(PG_swapbacked, &page->flags)) {
		put_page(page);
		return false;
	}
	WRITE_ONCE(*page_content(page), content);
	arch_file_stored(page, content);
	folio_mark_dirty(page);
	put_page(page);
	return true;
}

/* --- Pins --- */

void unpin_user_page(struct page *page)
{
	arch_page_ref(page, HOLDER_PIN, -1);
	put_page(page);
}

/* The page there, which the process may write to, pinned; or an error. */
static int pin_user_page(struct mm_struct *mm, unsigned int address,
			 struct page **page)
{
	for (;;) {
		int ret;

		*page = NULL;
		if (READ_ONCE(mm->pte[address]) & PTE_WRITE)
			*page = follow_page(mm, address);
		if (*page) {
			arch_page_ref(*page, HOLDER_PIN, 1);
			return 0;
		}
		ret = fault_in(mm, address, FAULT_WRITE);
		if (ret)
			return ret;
	}
}

static bool folio_is_longterm_pinnable(const struct page *folio)
{
	enum migratetype mt = get_pfnblock_migratetype(page_to_pfn(folio));

	return !is_migrate_cma(mt) && !is_migrate_isolate(mt) &&
	       page_zone(folio) != &mem->zones[ZONE_MOVABLE];
}

/* Whether somebody has a reference on a pinned page who may be a batch. */
static bool may_be_in_a_batch(struct page *folio)
{
	if (buggy(lru_flag_not_proof))
		return !test_bit(PG_lru, &folio->flags);
	return atomic_read(&folio->refcount) !=
	       folio_expected_ref_count(folio) + 1;
}

/* Take a page that may not stay where it is into @list, if it is on the LRU. */
static void collect_unpinnable(struct page *folio, struct list_head *list)
{
	if (may_be_in_a_batch(folio))
		lru_add_drain();
	if (may_be_in_a_batch(folio))
		lru_add_drain_all();
	isolate_folio_to_list(folio, list);
}

/*
 * 0 if a pinned page may stay so. Else the pin is dropped: -EAGAIN, try again;
 * -ENOMEM, it could not be moved.
 */
static int check_and_migrate_movable_page(struct page *folio)
{
	struct list_head list;
	int ret = -EAGAIN;

	if (folio_is_longterm_pinnable(folio))
		return 0;
	INIT_LIST_HEAD(&list);
	collect_unpinnable(folio, &list);
	unpin_user_page(folio);
	if (!list_empty(&list) &&
	    migrate_pages(&list, MIGRATE_SYNC, MR_LONGTERM_PIN, NULL))
		ret = -ENOMEM;
	putback_movable_pages(&list);
	return ret;
}

/*
 * Pin the page that @mm may write to at @address for good, where pages may be
 * pinned, until unpin_user_page(). 0; -EFAULT if there is no such address;
 * -ENOMEM, there was no memory, or somebody has a reference on a page that had
 * to be moved. May sleep; no lock held.
 */
int pin_user_page_longterm(struct mm_struct *mm, unsigned int address,
			   struct page **page)
{
	unsigned int flags = memalloc_nocma_save();
	int ret;

	do {
		ret = pin_user_page(mm, address, page);
		if (!ret)
			ret = check_and_migrate_movable_page(*page);
	} while (ret == -EAGAIN);
	memalloc_nocma_restore(flags);
	return ret;
}
