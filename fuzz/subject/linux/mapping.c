// SPDX-License-Identifier: GPL-2.0-only
/*
 * A Linux tree as a subject: address spaces. They have anonymous memory only:
 * what subject.h has of files and swap is not there, and caps() says so.
 */
#include <errno.h>

#include "subject/linux/linux.h"
#include "subject/subject.h"

_Static_assert((int)BRIDGE_MMS == SUBJECT_NR_MMS, "processes");
_Static_assert((int)BRIDGE_ADDRESSES == SUBJECT_NR_ADDRESSES, "addresses");

/* --- Operations --- */

int subject_user_load(unsigned int mm, unsigned int address,
		      unsigned long *content)
{
	return tree_user_load(mm, address, content);
}

int subject_user_store(unsigned int mm, unsigned int address,
		       unsigned long content)
{
	return tree_user_store(mm, address, content);
}

bool subject_poison(unsigned int mm, unsigned int address, unsigned int *pfn)
{
	(void)mm, (void)address, (void)pfn;
	return false;
}

void subject_set_anon_order(unsigned int order)
{
	tree_set_anon_order(order);
}

/* Of anonymous memory only. */
void subject_set_shmem_order(unsigned int order)
{
	(void)order;
}

int subject_split_huge(unsigned int mm, unsigned int address,
		       unsigned int order)
{
	return tree_split_huge(mm, address, order);
}

bool subject_folio(unsigned int pfn, struct subject_folio *folio)
{
	struct tree_folio view;

	if (!tree_folio(pfn, &view))
		return false;
	*folio = (struct subject_folio){
		.nr_pages = view.nr_pages,
		.mapcount = view.mapcount,
		.nr_entire = view.nr_entire,
		.nr_mapped = view.nr_mapped,
		.entirely_mapped = view.entirely_mapped,
		.nr_pins = view.nr_pins,
		.partially_mapped = view.is_queued,
	};
	return true;
}

bool subject_uptodate(unsigned int pfn)
{
	return tree_is_uptodate(pfn);
}

unsigned int subject_folio_head(unsigned int pfn)
{
	return tree_folio_head(pfn);
}

bool subject_device_store(unsigned int mm, unsigned int address,
			  unsigned long content)
{
	(void)mm, (void)address, (void)content;
	return false;
}

void subject_zap(unsigned int mm, unsigned int start, unsigned int end)
{
	tree_zap(mm, start, end);
}

int subject_fork(unsigned int mm, unsigned int parent)
{
	return tree_fork(mm, parent);
}

void subject_mremap(unsigned int mm)
{
	tree_mremap(mm);
}

/* There are no stacks. */
int subject_exec(unsigned int mm, unsigned long content)
{
	(void)mm, (void)content;
	return -EFAULT;
}

void subject_truncate(unsigned int file, unsigned int index)
{
	(void)file, (void)index;
}

void subject_set_file_size(unsigned int file, unsigned int size)
{
	(void)file, (void)size;
}

void subject_swapoff(void)
{
}

/* --- Events --- */

static struct subject_pte to_subject(const struct tree_pte *pte)
{
	static const enum subject_pte_kind kinds[] = {
		[BRIDGE_PTE_NONE] = SUBJECT_PTE_NONE,
		[BRIDGE_PTE_PRESENT] = SUBJECT_PTE_PRESENT,
		[BRIDGE_PTE_MIGRATION] = SUBJECT_PTE_MIGRATION,
		[BRIDGE_PTE_INVALID] = SUBJECT_PTE_INVALID,
	};

	return (struct subject_pte){ kinds[pte->kind], pte->nr };
}

/* An entry has a reference, from when it is set until it is cleared. */
void host_pte(unsigned int mm, unsigned int address, const struct tree_pte *old,
	      const struct tree_pte *new)
{
	struct subject_pte from = to_subject(old), to = to_subject(new);

	if (from.kind == to.kind && from.nr == to.nr)
		return;
	if (old->has_ref)
		event_page_ref(tree_folio_head(from.nr), SUBJECT_HOLDER_PTE,
			       -1);
	if (new->has_ref)
		event_page_ref(tree_folio_head(to.nr), SUBJECT_HOLDER_PTE, 1);
	event_pte(mm, address, &from, &to);
}

void host_pmd_over(unsigned int mm, unsigned int address, int has_entry)
{
	event_pmd_over(mm, address, has_entry);
}

/* In one step, here: it is known when it has been. */
void host_pmd_split(unsigned int pfn)
{
	event_pmd_split(pfn, 1);
	event_pmd_split(pfn, -1);
}

void host_split_queue(unsigned int pfn, int queued)
{
	event_split_queue(pfn, queued);
}

void host_folio_split(unsigned int pfn, unsigned int new_order, int isolated)
{
	event_folio_split(pfn, new_order, isolated);
}

void host_user_load(unsigned int mm, unsigned int address,
		    unsigned long content)
{
	event_user_load(mm, address, content);
}

void host_user_store(unsigned int mm, unsigned int address,
		     unsigned long content)
{
	event_user_store(mm, address, content);
}

/* --- Views --- */

void subject_pte(unsigned int mm, unsigned int address, struct subject_pte *pte)
{
	struct tree_pte view;

	tree_pte(mm, address, &view);
	*pte = to_subject(&view);
}

void subject_area_at(unsigned int mm, unsigned int address,
		     struct subject_area *area)
{
	area->file = -1;
	tree_area_at(mm, address, &area->anon, &area->index);
}

void subject_area_of(unsigned int pfn, struct subject_area *area)
{
	area->file = -1;
	tree_area_of(pfn, &area->anon, &area->index);
}

bool subject_is_moving(unsigned int mm)
{
	(void)mm;
	return false;
}

void subject_file_page(unsigned int file, unsigned int index,
		       struct subject_pte *entry)
{
	(void)file, (void)index;
	*entry = (struct subject_pte){ SUBJECT_PTE_NONE, 0 };
}

unsigned long subject_content(unsigned int pfn)
{
	return tree_content(pfn);
}

unsigned long subject_slot_content(unsigned int slot)
{
	(void)slot;
	return 0;
}

unsigned long subject_disk_content(unsigned int file, unsigned int index)
{
	(void)file, (void)index;
	return 0;
}

unsigned int subject_file_size(unsigned int file)
{
	(void)file;
	return SUBJECT_FILE_PAGES;
}

bool subject_file_is_shmem(unsigned int file)
{
	(void)file;
	return false;
}

unsigned long subject_nr_cached(unsigned int file)
{
	(void)file;
	return 0;
}

bool subject_slot_page(unsigned int slot, unsigned int *pfn)
{
	(void)slot, (void)pfn;
	return false;
}

unsigned int subject_slot_entries(unsigned int slot)
{
	(void)slot;
	return 0;
}

unsigned int subject_mapcount(unsigned int pfn)
{
	return tree_mapcount(pfn);
}
