// SPDX-License-Identifier: GPL-2.0-only
/*
 * Getting at the pages of a process without its locks.
 *
 * Modelled on gup_fast_pte_range() in mm/gup.c of Linux 6.12. Left out: pins,
 * faulting in what is not there.
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
 * then does not matter: who has the reference has the page, which stays what the
 * file has there, and marks it dirty before he lets go of it. Only for pages of a
 * disk's file: anonymous memory may be copied meanwhile. False if there is none.
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
