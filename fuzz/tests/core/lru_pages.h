/* SPDX-License-Identifier: GPL-2.0-only */
/* Pages for the LRU, for tests. */
#ifndef FUZZ_TESTS_CORE_LRU_PAGES_H
#define FUZZ_TESTS_CORE_LRU_PAGES_H

#include "tests/core/core_machine.h"

enum page_kind { PAGE_OF_FILE, PAGE_OF_SHMEM, PAGE_ANON };

/* As a fault does it: the caller has the one reference. */
static inline struct page *new_page(enum page_kind kind)
{
	struct page *page = alloc_pages(GFP_KERNEL, 0);

	if (kind != PAGE_OF_FILE)
		set_bit(PG_swapbacked, &page->flags);
	if (kind == PAGE_ANON)
		page->mapping = (unsigned long)&mem->anon_vma[0] |
				PAGE_MAPPING_ANON;
	return page;
}

/* On the LRU, and in no batch. */
static inline struct page *lru_page(enum page_kind kind)
{
	struct page *page = new_page(kind);

	folio_add_lru(page);
	lru_add_drain();
	return page;
}

static inline bool has(const struct page *page, unsigned int flag)
{
	return page->flags >> flag & 1;
}

static inline int refs(const struct page *page)
{
	return page->refcount.counter;
}

static inline unsigned int in_batch(unsigned int cpu, enum lru_batch what)
{
	return mem->fbatches[cpu].batch[what].nr;
}

static inline long nr_lru(enum lru_list lru)
{
	return mem->lruvec.nr_pages[lru];
}

static inline struct page *first_of(enum lru_list lru)
{
	return list_first_entry(&mem->lruvec.lists[lru], struct page, lru);
}

static inline struct page *last_of(enum lru_list lru)
{
	return list_last_entry(&mem->lruvec.lists[lru], struct page, lru);
}

#endif
