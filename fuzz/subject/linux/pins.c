// SPDX-License-Identifier: GPL-2.0-only
/*
 * A Linux tree as a subject: references and pins on pages of processes. The
 * tree does not say for what it takes a reference, so that is told here, when
 * the call has returned, and before the reference is dropped.
 */
#include <errno.h>

#include "subject/linux/linux.h"
#include "subject/subject.h"

static enum subject_holder holder_of(enum subject_pin how)
{
	return how < SUBJECT_PIN ? SUBJECT_HOLDER_GET : SUBJECT_HOLDER_PIN;
}

int subject_pin(unsigned int mm, unsigned int start, unsigned int nr_pages,
		enum subject_pin how, unsigned int *pfn)
{
	int ret = tree_pin(mm, start, nr_pages, how, pfn);

	for (int i = 0; i < ret; i++)
		event_page_ref(tree_folio_head(pfn[i]), holder_of(how), 1);
	return ret;
}

void subject_unpin(const unsigned int *pfn, unsigned int nr_pages,
		   enum subject_pin how)
{
	for (unsigned int i = 0; i < nr_pages; i++)
		event_page_ref(tree_folio_head(pfn[i]), holder_of(how), -1);
	tree_unpin(pfn, nr_pages, how);
}

void host_lru_drain_all(void)
{
	event_lru_drain_all();
}

bool subject_lru_isolate(unsigned int mm, unsigned int address,
			 unsigned int *pfn)
{
	if (!tree_lru_isolate(mm, address, pfn))
		return false;
	event_page_ref(*pfn, SUBJECT_HOLDER_ISOLATION, 1);
	return true;
}

void subject_lru_putback(unsigned int pfn)
{
	event_page_ref(pfn, SUBJECT_HOLDER_ISOLATION, -1);
	tree_lru_putback(pfn);
}
