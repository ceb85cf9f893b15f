/* SPDX-License-Identifier: GPL-2.0-only */
/* Pages that somebody pins, for tests. */
#ifndef FUZZ_TESTS_CORE_PINNED_PAGES_H
#define FUZZ_TESTS_CORE_PINNED_PAGES_H

#include "tests/core/user_pages.h"

#define MM (&mem->mm[1])
#define ADDRESS 1
#define GOOD (FOLL_PIN | FOLL_LONGTERM)
#define BIAS GUP_PIN_COUNTING_BIAS

static inline bool is_in_cma(unsigned int pfn)
{
	return pfn >= mem->cma.base_pfn &&
	       pfn < mem->cma.base_pfn + mem->cma.count;
}

/* What is left is for others: movable pages come from the area. */
static inline void take_most_but_cma(void)
{
	struct page *block, *last = NULL;

	while ((block = alloc_pages(GFP_KERNEL, 2)))
		last = block;
	__free_pages(last, 2);
	drain_local_pages(normal());
}

static inline void write_in_cma(void)
{
	take_most_but_cma();
	store(1, ADDRESS, 42);
}

static inline struct page *expect_pinned(unsigned int gup_flags)
{
	struct page *page;

	EXPECT(get_user_pages(MM, ADDRESS, 1, gup_flags, &page) == 1);
	EXPECT(page == pte_page(MM->pte[ADDRESS]));
	return page;
}

#endif
