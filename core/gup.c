// SPDX-License-Identifier: GPL-2.0-only
/*
 * Getting at the pages of a process without its locks.
 *
 * Modelled on gup_fast_pte_range() in mm/gup.c of Linux 6.12. Left out: pins,
 * faulting in what is not there.
 */
#include "internal.h"

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
