/* SPDX-License-Identifier: GPL-2.0-only */
/* Large folios of processes and of shmem, for tests. */
#ifndef FUZZ_TESTS_CORE_LARGE_FOLIOS_H
#define FUZZ_TESTS_CORE_LARGE_FOLIOS_H

#include "tests/core/user_pages.h"

#define SHMEM_MM 2 /* its file is one; so is SHMEM_MM + NR_FILES's */
#define UNIT(name) cmocka_unit_test_setup(test_##name, boot_machine)
#define PRESENT_WRITE (PTE_PRESENT | PTE_WRITE)
#define PMD_MAPPED 0x800000 /* in nr_pages_mapped */

/* What a folio counts; of one of order 0, no more than @large is looked at. */
static inline bool counts(const struct page *folio, int large, int entire,
			  int mapped, int refs)
{
	bool same = folio_mapcount(folio) == large &&
		    folio->refcount.counter == refs;

	if (folio_test_large(folio))
		same = same && folio[1].entire_mapcount.counter == entire &&
		       folio[1].nr_pages_mapped.counter == mapped;
	if (!same)
		print_error("mapcount %d refs %d entire %d mapped %#x\n",
			    folio_mapcount(folio), folio->refcount.counter,
			    folio[1].entire_mapcount.counter,
			    folio[1].nr_pages_mapped.counter);
	return same;
}

#define EXPECT_COUNTS(folio, large, entire, mapped, refs) \
	EXPECT(counts(folio, large, entire, mapped, refs))

static inline pte_t pmd_at(unsigned int mm, unsigned int address)
{
	return mem->mm[mm].pmd[address >> HPAGE_PMD_ORDER];
}

static inline pte_t pte_at(unsigned int mm, unsigned int address)
{
	return mem->mm[mm].pte[address];
}

/* Entries of single pages of @folio, all of [start, end), have @flags. */
static inline void expect_ptes(unsigned int mm, const struct page *folio,
			       unsigned int start, unsigned int end,
			       pte_t flags)
{
	EXPECT(!pmd_at(mm, start));
	for (unsigned int i = start; i < end; i++) {
		pte_t pte = pte_at(mm, i);

		EXPECT(pte_page(pte) == folio + i % ANON_PAGES);
		EXPECT((pte & (PRESENT_WRITE | PTE_MIGRATION)) == flags);
	}
}

/* Process @mm has stored 100 + i at its first pages, from then on single. */
static inline struct page *large_anon(unsigned int mm, unsigned int order)
{
	struct page *folio;

	set_huge_anon_order(order);
	for (unsigned int i = 0; i < 1u << order; i++)
		store(mm, i, 100 + i);
	set_huge_anon_order(0);
	folio = page_at(mm, 0);
	EXPECT(folio_test_large(folio) && compound_order(folio) == order);
	return folio;
}

static inline struct page *large_shmem(unsigned int order)
{
	struct page *folio;

	set_huge_shmem_order(order);
	for (unsigned int i = 0; i < 1u << order; i++)
		store(SHMEM_MM, FILE_ADDRESS + i, 100 + i);
	set_huge_shmem_order(0);
	folio = page_at(SHMEM_MM, FILE_ADDRESS);
	EXPECT(folio_test_large(folio) && compound_order(folio) == order);
	return folio;
}

static inline void expect_content(unsigned int mm, unsigned int start,
				  unsigned int end)
{
	for (unsigned int i = start; i < end; i++)
		EXPECT(load(mm, i) == 100 + i % ANON_PAGES);
}

static inline unsigned int nr_queued(void)
{
	const struct list_head *entry;
	unsigned int nr = 0;

	for (entry = mem->split_queue.next; entry != &mem->split_queue;
	     entry = entry->next)
		nr++;
	EXPECT(nr == mem->split_queue_len);
	return nr;
}

static inline bool is_queued_folio(struct page *folio)
{
	bool queued = folio->flags >> PG_partially_mapped & 1;

	EXPECT(queued == !list_empty(deferred_list(folio)));
	return queued;
}

/* There is memory left, but no block of two pages. */
static inline void leave_single_pages(void)
{
	struct page *block = alloc_pages(GFP_KERNEL, 5);

	split_page(block, 5);
	for (unsigned int order = 6; order-- > 0;) {
		while (alloc_pages(GFP_NOWAIT | __GFP_MOVABLE, order))
			;
	}
	for (unsigned int i = 0; i < 32; i += 2)
		__free_pages(block + i, 0);
	drain_local_pages(NULL);
}

/* With a reference and the lock of it. */
static inline void lock_folio(struct page *folio)
{
	get_page(folio);
	folio_lock(folio);
}

static inline void unlock_folio(struct page *folio)
{
	folio_unlock(folio);
	put_page(folio);
}

static inline void split_pmd(unsigned int mm, unsigned int address, bool freeze)
{
	spin_lock(&mem->mm[mm].page_table_lock);
	__split_huge_pmd(find_vma(&mem->mm[mm], address), address, freeze);
	spin_unlock(&mem->mm[mm].page_table_lock);
}

#endif
