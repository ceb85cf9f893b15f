// SPDX-License-Identifier: GPL-2.0-only
/* The textbook core as a subject: references and pins on pages of processes. */
#include "internal.h"
#include "subject/subject.h"

static const unsigned int gup_flags[] = {
	[SUBJECT_PIN_GET] = FOLL_GET,
	[SUBJECT_PIN_GET_FAST] = FOLL_GET,
	[SUBJECT_PIN] = FOLL_PIN,
	[SUBJECT_PIN_FAST] = FOLL_PIN,
	[SUBJECT_PIN_LONGTERM] = FOLL_PIN | FOLL_LONGTERM,
	[SUBJECT_PIN_LONGTERM_FAST] = FOLL_PIN | FOLL_LONGTERM,
};

static bool is_fast(enum subject_pin how)
{
	return how == SUBJECT_PIN_GET_FAST || how == SUBJECT_PIN_FAST ||
	       how == SUBJECT_PIN_LONGTERM_FAST;
}

int subject_pin(unsigned int mm, unsigned int start, unsigned int nr_pages,
		enum subject_pin how, unsigned int *pfn)
{
	struct page *pages[SUBJECT_MAX_PINS];
	int ret;

	if (is_fast(how))
		ret = get_user_pages_fast(&mem->mm[mm], start, nr_pages,
					  gup_flags[how], pages);
	else
		ret = get_user_pages(&mem->mm[mm], start, nr_pages,
				     gup_flags[how], pages);
	for (int i = 0; i < ret; i++)
		pfn[i] = page_to_pfn(pages[i]);
	return ret;
}

void subject_unpin(const unsigned int *pfn, unsigned int nr_pages,
		   enum subject_pin how)
{
	struct page *pages[SUBJECT_MAX_PINS];

	for (unsigned int i = 0; i < nr_pages; i++)
		pages[i] = pfn_to_page(pfn[i]);
	gup_put_pages(pages, nr_pages, gup_flags[how]);
}
