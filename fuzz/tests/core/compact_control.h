/* SPDX-License-Identifier: GPL-2.0-only */
/* Runs of compaction that a test makes step by step. */
#ifndef FUZZ_TESTS_CORE_COMPACT_CONTROL_H
#define FUZZ_TESTS_CORE_COMPACT_CONTROL_H

#include "tests/core/user_pages.h"
#include "compaction.h"

static inline void init_control(struct compact_control *cc)
{
	*cc = (struct compact_control){ .zone = normal(),
					.mode = MIGRATE_SYNC_LIGHT };
	for (unsigned int i = 0; i < NR_PAGE_ORDERS_LIMIT; i++)
		INIT_LIST_HEAD(&cc->freepages[i]);
	INIT_LIST_HEAD(&cc->migratepages);
}

/* All that a run for a request has isolated goes back. */
static inline void end_of_control(struct compact_control *cc)
{
	putback_movable_pages(&cc->migratepages);
	for (unsigned int i = 0; i <= MAX_PAGE_ORDER; i++)
		release_free_list(&cc->freepages[i]);
	lru_add_drain();
	check_isolated_stat();
}

/* Nothing is free any more but what the test frees, page by page. */
static inline void take_everything(void)
{
	const gfp_t gfp = GFP_NOWAIT | __GFP_HIGHMEM | __GFP_MOVABLE;

	for (unsigned int order = MAX_PAGE_ORDER + 1; order-- > 0;) {
		struct page *page;

		while ((page = alloc_pages(gfp, order)))
			split_page(page, order);
	}
}

/* One of those that were taken. */
static inline void free_at(unsigned int pfn)
{
	__free_pages(pfn_to_page(pfn), 0);
	drain_local_pages(NULL);
}

/* Compact for a request of zone Normal; a block that it gets is freed. */
static inline enum compact_result
compact_for(unsigned int order, enum migratetype mt, enum compact_priority prio)
{
	struct alloc_context ac = { .gfp = GFP_KERNEL,
				    .highest_zone = ZONE_NORMAL,
				    .migratetype = mt };
	struct page *capture = NULL;
	enum compact_result ret = try_to_compact_pages(
		order, ALLOC_WMARK_MIN | ALLOC_CMA, &ac, prio, &capture);

	if (capture) {
		prep_new_page(capture, order, GFP_KERNEL);
		__free_pages(capture, order);
		drain_local_pages(NULL);
	}
	return ret;
}

/* Process @mm has all the anonymous memory that it can have. */
static inline void fill_anon(unsigned int mm)
{
	for (unsigned int i = 0; i < ANON_PAGES; i++)
		store(mm, i, 100 + i);
	lru_add_drain();
}

static inline void expect_anon(unsigned int mm)
{
	for (unsigned int i = 0; i < ANON_PAGES; i++)
		EXPECT(load(mm, i) == 100 + i);
}

#endif
