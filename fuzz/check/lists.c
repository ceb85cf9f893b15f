// SPDX-License-Identifier: GPL-2.0-only
/* The free lists, walked as the subject's own pointers go. */
#include "check/ledger.h"

static unsigned int walk_list(const struct subject_list *list)
{
	unsigned int nr = 0;

	for (long pfn = subject_list_next(list, -1); pfn != -1;
	     pfn = subject_list_next(list, pfn)) {
		unsigned int p = (unsigned int)pfn, at = list->type;

		if (list->kind == SUBJECT_LIST_PCP)
			at += list->cpu * 16;
		if (pfn < 0 || pfn >= (long)ledger->geometry.nr_pages ||
		    ledger->page[p].head != list->order + 1 ||
		    ledger->page[p].list != at)
			check_fail(CHECK_page_place,
				   "  pfn %ld: found on a list that it was "
				   "never put on",
				   pfn);
		nr++;
	}
	return nr;
}

void __attribute__((noinline)) check_lists(unsigned int zone)
{
	struct subject_list list = { .kind = SUBJECT_LIST_BUDDY, .zone = zone };

	for (; list.order <= ledger->geometry.max_order; list.order++) {
		const unsigned int *put =
			ledger->sums[zone].nr_entries[list.order];

		for (list.type = 0; list.type < SUBJECT_NR_TYPES; list.type++) {
			unsigned int nr = walk_list(&list);

			if (nr != put[list.type])
				check_fail(CHECK_page_place,
					   "  order %u type %u: %u blocks on "
					   "the list, %u were put there",
					   list.order, list.type, nr,
					   put[list.type]);
		}
	}
}
