/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * PG_lru says who has a page for himself. The harness is told of each change in
 * the same step.
 */
#ifndef FUZZ_SUBJECT_LINUX_PAGE_FLAGS_H
#define FUZZ_SUBJECT_LINUX_PAGE_FLAGS_H

#include_next <linux/page-flags.h>

#if !defined(__GENERATING_BOUNDS_H) && !defined(__ASSEMBLY__)

void tree_lru_flag(const void *page, int value);

#define TREE_LRU_SET(page, set)         \
	do {                            \
		set;                    \
		tree_lru_flag(page, 1); \
	} while (0)
#define TREE_LRU_CLEAR(page, clear)     \
	do {                            \
		clear;                  \
		tree_lru_flag(page, 0); \
	} while (0)
#define TREE_LRU_TEST_CLEAR(page, test_clear)   \
	({                                      \
		int __was_set = test_clear;     \
		if (__was_set)                  \
			tree_lru_flag(page, 0); \
		__was_set;                      \
	})

#define folio_set_lru(folio) TREE_LRU_SET(folio, folio_set_lru(folio))
#define folio_clear_lru(folio) TREE_LRU_CLEAR(folio, folio_clear_lru(folio))
#define __folio_clear_lru(folio) TREE_LRU_CLEAR(folio, __folio_clear_lru(folio))
#define folio_test_clear_lru(folio) \
	TREE_LRU_TEST_CLEAR(folio, folio_test_clear_lru(folio))
#define SetPageLRU(page) TREE_LRU_SET(page, SetPageLRU(page))
#define ClearPageLRU(page) TREE_LRU_CLEAR(page, ClearPageLRU(page))
#define TestClearPageLRU(page) TREE_LRU_TEST_CLEAR(page, TestClearPageLRU(page))

#endif
#endif
