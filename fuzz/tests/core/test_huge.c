// SPDX-License-Identifier: GPL-2.0-only
/*
 * Goal: a large folio counts what maps it, by a PMD and page by page, whatever
 * becomes of these; and its pages are found and pinned by what maps them.
 * Method: a process, or two, have one; a job does one thing to what maps it,
 * and looks at the entries and at all counts.
 */
#include "tests/core/large_folios.h"

#define MM (&mem->mm[0])

static bool is_single(unsigned int mm, unsigned int address)
{
	return !pmd_at(mm, address) &&
	       !folio_test_large(page_folio(page_at(mm, address)));
}

/* --- Faults --- */

TEST(by_pmd)
{
	struct page *folio;

	set_huge_anon_order(3);
	store(0, 5, 7);
	folio = pte_page(pmd_at(0, 0));
	EXPECT_COUNTS(folio, 1, 1, PMD_MAPPED, 1);
	for (unsigned int i = 0; i < ANON_PAGES; i++) {
		EXPECT(!pte_at(0, i) && !folio[i].mapcount.counter);
		EXPECT(load(0, i) == (i == 5 ? 7 : 0));
	}
	EXPECT(folio->index == linear_page_index(&MM->vma[ANON_VMA], 0));
	EXPECT(test_bit(PG_uptodate, &folio->flags));
	EXPECT(mem->lruvec.nr_pages[LRU_INACTIVE_ANON] == 8);
	zap_page_range(MM, 0, ANON_PAGES);
	EXPECT(!pmd_at(0, 0) && !folio->refcount.counter);
	EXPECT(!mem->lruvec.nr_pages[LRU_INACTIVE_ANON] && !nr_queued());
}

TEST(by_ptes)
{
	struct page *folio;

	set_huge_anon_order(2);
	store(0, 5, 7);
	folio = pte_page(pte_at(0, 4));
	expect_ptes(0, folio - 4, 4, 8, PRESENT_WRITE);
	EXPECT_COUNTS(folio, 4, 0, 4, 4);
	for (unsigned int i = 4; i < 8; i++)
		EXPECT(load(0, i) == (i == 5 ? 7 : 0));
	for (unsigned int i = 0; i < 4; i++)
		EXPECT(!pte_at(0, i));
	EXPECT(folio->index == linear_page_index(&MM->vma[ANON_VMA], 4));
	EXPECT(mem->lruvec.nr_pages[LRU_INACTIVE_ANON] == 4);
	zap_page_range(MM, 0, ANON_PAGES);
	EXPECT(!folio->refcount.counter && !nr_queued());
	EXPECT(!mem->lruvec.nr_pages[LRU_INACTIVE_ANON]);
}

/* An order is used up to what there is; 1 is none of anonymous memory. */
TEST(orders)
{
	set_huge_anon_order(5);
	EXPECT(mem->anon_order == 3);
	set_huge_shmem_order(5);
	EXPECT(mem->shmem_order == 3);
	set_huge_anon_order(1);
	store(0, 0, 1);
	EXPECT(is_single(0, 0) && !pte_at(0, 1));
}

/* A pageblock may be smaller than what a PMD maps. */
static void job_small_pageblocks(void *unused)
{
	(void)unused;
	set_huge_anon_order(3);
	store(0, 5, 1);
	EXPECT(mem->anon_order == 2 && !pmd_at(0, 0));
	EXPECT(compound_order(page_folio(page_at(0, 4))) == 2);
	EXPECT(!pte_at(0, 3));
}

static void test_small_pageblocks(void **state)
{
	struct subject_geometry g = small_machine;

	(void)state;
	g.block_order = 2;
	subject_fit(&g);
	boot_geometry(&g);
	run_as_job(job_small_pageblocks);
}

/* Neither over what is there, nor beyond the vma, nor locked in memory. */
TEST(does_not_fit)
{
	struct vm_area_struct *vma = &MM->vma[ANON_VMA];

	store(0, 5, 1);
	set_huge_anon_order(3);
	store(0, 0, 1);
	EXPECT(is_single(0, 0) && !pte_at(0, 1));
	zap_page_range(MM, 0, ANON_PAGES);
	vma->vm_end = 4;
	store(0, 0, 1);
	vma->vm_end = ANON_PAGES;
	EXPECT(is_single(0, 0) && !pte_at(0, 1));
	zap_page_range(MM, 0, ANON_PAGES);
	vma->vm_locked = true;
	store(0, 0, 1);
	vma->vm_locked = false;
	EXPECT(is_single(0, 0) && !pte_at(0, 1));
	set_huge_anon_order(2);
	store(0, 6, 1);
	EXPECT(compound_order(page_folio(page_at(0, 4))) == 2);
	store(0, 1, 1);
	EXPECT(is_single(0, 1) && !pte_at(0, 2));
}

TEST(vma_begins_behind)
{
	struct vm_area_struct *vma = &MM->vma[ANON_VMA];

	set_huge_anon_order(3);
	vma->vm_start = vma->vm_pgoff = 4;
	store(0, 5, 1);
	vma->vm_start = vma->vm_pgoff = 0;
	EXPECT(is_single(0, 5) && !pte_at(0, 4) && !pte_at(0, 6));
}

TEST(no_memory)
{
	leave_single_pages();
	set_huge_anon_order(3);
	store(0, 0, 1);
	EXPECT(is_single(0, 0) && !pte_at(0, 1));
	set_huge_shmem_order(3);
	store(SHMEM_MM, FILE_ADDRESS, 1);
	EXPECT(is_single(SHMEM_MM, FILE_ADDRESS));
	EXPECT(mem->file[SHMEM_MM].nrpages == 1);
}

/* --- Shmem --- */

#define OTHER_MM (SHMEM_MM + NR_FILES)

TEST(shmem_by_pmd)
{
	struct page *folio = large_shmem(3);

	EXPECT_COUNTS(folio, 1, 1, PMD_MAPPED, 9);
	EXPECT(load(OTHER_MM, FILE_ADDRESS + 2) == 102);
	EXPECT_COUNTS(folio, 2, 2, PMD_MAPPED, 10);
	EXPECT(!(pmd_at(OTHER_MM, FILE_ADDRESS) & (PTE_WRITE | PTE_DIRTY)));
	EXPECT(mem->file[SHMEM_MM].nrpages == 8);
	for (unsigned int i = 0; i < 8; i++)
		EXPECT(mem->file[SHMEM_MM].i_pages[i] == folio);
	/* One writes to it as well: by a PMD that is new. */
	store(OTHER_MM, FILE_ADDRESS + 2, 7);
	EXPECT(pmd_at(OTHER_MM, FILE_ADDRESS) & PTE_WRITE);
	EXPECT(load(SHMEM_MM, FILE_ADDRESS + 2) == 7);
	EXPECT_COUNTS(folio, 2, 2, PMD_MAPPED, 10);
	zap_all();
	EXPECT(!folio->refcount.counter);
}

/* Giving up a part unmaps all of it; it is found there again. */
TEST(shmem_part_of_pmd)
{
	struct page *folio = large_shmem(3);

	load(OTHER_MM, FILE_ADDRESS);
	zap_page_range(&mem->mm[SHMEM_MM], FILE_ADDRESS + 1, FILE_ADDRESS + 3);
	EXPECT(!pmd_at(SHMEM_MM, FILE_ADDRESS));
	EXPECT_COUNTS(folio, 1, 1, PMD_MAPPED, 9);
	EXPECT(!nr_queued());
	expect_content(SHMEM_MM, FILE_ADDRESS, FILE_ADDRESS + 8);
	EXPECT_COUNTS(folio, 2, 2, PMD_MAPPED, 10);
}

/* What was stored by a PMD is dirty, when that has gone, too. */
TEST(shmem_dirty)
{
	struct page *folio = large_shmem(3);

	clear_bit(PG_dirty, &folio->flags);
	zap_page_range(&mem->mm[SHMEM_MM], FILE_ADDRESS, FILE_ADDRESS + 8);
	EXPECT(test_bit(PG_dirty, &folio->flags));
	store(SHMEM_MM, FILE_ADDRESS, 7);
	clear_bit(PG_dirty, &folio->flags);
	split_pmd(SHMEM_MM, FILE_ADDRESS, false);
	EXPECT(test_bit(PG_dirty, &folio->flags));
	EXPECT_COUNTS(folio, 0, 0, 0, 8);
}

TEST(shmem_by_ptes)
{
	struct page *folio = large_shmem(2);

	EXPECT_COUNTS(folio, 4, 0, 4, 8);
	EXPECT(load(OTHER_MM, FILE_ADDRESS + 2) == 102);
	EXPECT_COUNTS(folio, 5, 0, 4, 9);
	EXPECT(folio[2].mapcount.counter == 2);
	/* A file's is not worth to be queued. */
	zap_page_range(&mem->mm[SHMEM_MM], FILE_ADDRESS, FILE_ADDRESS + 1);
	EXPECT_COUNTS(folio, 4, 0, 3, 8);
	EXPECT(!nr_queued());
}

/* By single entries where a PMD does not fit, or something is there. */
TEST(shmem_not_by_pmd)
{
	struct vm_area_struct *vma = &mem->mm[OTHER_MM].vma[FILE_VMA];
	struct page *folio = large_shmem(3);

	vma->vm_end--;
	EXPECT(load(OTHER_MM, FILE_ADDRESS + 1) == 101);
	vma->vm_end++;
	EXPECT_COUNTS(folio, 2, 1, PMD_MAPPED + 1, 10);
	EXPECT(load(OTHER_MM, FILE_ADDRESS + 2) == 102);
	EXPECT_COUNTS(folio, 3, 1, PMD_MAPPED + 2, 11);
	zap_page_range(&mem->mm[OTHER_MM], 0, NR_PTES);
	vma->vm_start++, vma->vm_pgoff++;
	EXPECT(load(OTHER_MM, FILE_ADDRESS + 1) == 101);
	zap_page_range(&mem->mm[OTHER_MM], 0, NR_PTES);
	vma->vm_start--;
	/* What it would be mapped at is another page of it. */
	EXPECT(load(OTHER_MM, FILE_ADDRESS) == 101);
	zap_page_range(&mem->mm[OTHER_MM], 0, NR_PTES);
	vma->vm_pgoff--;
	EXPECT_COUNTS(folio, 1, 1, PMD_MAPPED, 9);
}

/* With one page there already, there is no room for more of them. */
TEST(shmem_no_room)
{
	store(SHMEM_MM, FILE_ADDRESS + 3, 1);
	set_huge_shmem_order(3);
	store(SHMEM_MM, FILE_ADDRESS, 1);
	EXPECT(is_single(SHMEM_MM, FILE_ADDRESS));
	set_huge_shmem_order(2);
	store(SHMEM_MM, FILE_ADDRESS + 6, 1);
	EXPECT(compound_order(
		       page_folio(page_at(SHMEM_MM, FILE_ADDRESS + 6))) == 2);
	EXPECT(mem->file[SHMEM_MM].nrpages == 6);
}

/* --- Fork --- */

TEST(fork_shares)
{
	struct page *folio = large_anon(0, 3);

	make_child(3, 0);
	EXPECT_COUNTS(folio, 2, 2, PMD_MAPPED, 2);
	EXPECT(!((pmd_at(0, 0) | pmd_at(3, 0)) & PTE_WRITE));
	EXPECT(!(pmd_at(3, 0) & PTE_YOUNG));
	expect_content(3, 0, 8);
	/* One copies a page; it has the others by single entries then. */
	store(3, 1, 7);
	EXPECT_COUNTS(folio, 8, 1, PMD_MAPPED + 7, 8);
	EXPECT(!nr_queued());
	EXPECT(load(0, 1) == 101);
	/* A page that only the PMD maps is not mapped any more. */
	zap_page_range(MM, 0, ANON_PAGES);
	EXPECT_COUNTS(folio, 7, 0, 7, 7);
	EXPECT(nr_queued() == 1 && is_queued_folio(folio));
	EXPECT(load(3, 1) == 7);
	expect_content(3, 2, 8);
}

TEST(fork_of_ptes)
{
	struct page *folio = large_anon(0, 2);

	make_child(3, 0);
	EXPECT_COUNTS(folio, 8, 0, 4, 8);
	zap_page_range(MM, 0, 1);
	EXPECT_COUNTS(folio, 7, 0, 4, 7);
	EXPECT(!nr_queued());
	store(3, 0, 7);
	EXPECT_COUNTS(folio, 6, 0, 3, 6);
	EXPECT(nr_queued() == 1);
}

/* The child gets pages of its own; the parent goes on writing. */
TEST(fork_of_pinned)
{
	struct page *folio = large_anon(0, 3), *page;

	EXPECT(get_user_pages(MM, 3, 1, FOLL_PIN, &page) == 1);
	make_child(3, 0);
	EXPECT_COUNTS(folio, 8, 0, 8, 9);
	expect_ptes(0, folio, 0, 8, PRESENT_WRITE);
	expect_content(3, 0, 8);
	for (unsigned int i = 0; i < ANON_PAGES; i++)
		EXPECT(is_single(3, i) && page_at(3, i)->mapcount.counter == 1);
	gup_put_pages(&page, 1, FOLL_PIN);
}

TEST(fork_of_migration_entry)
{
	struct page *folio = large_anon(0, 3);

	lock_folio(folio);
	try_to_migrate(folio);
	dup_mmap(&mem->mm[3], MM);
	EXPECT(pmd_at(0, 0) == mk_pte(folio, PTE_MIGRATION));
	EXPECT(pmd_at(3, 0) == mk_pte(folio, PTE_MIGRATION));
	EXPECT_COUNTS(folio, 0, 0, 0, 1);
	remove_migration_ptes(folio, folio);
	EXPECT_COUNTS(folio, 2, 2, PMD_MAPPED, 3);
	EXPECT(!((pmd_at(0, 0) | pmd_at(3, 0)) & PTE_WRITE));
	unlock_folio(folio);
}

/* --- Writing to a PMD that is read-only --- */

static void share_and_stop(void)
{
	make_child(3, 0);
	zap_page_range(&mem->mm[3], 0, ANON_PAGES);
	EXPECT(!(pmd_at(0, 0) & PTE_WRITE));
}

/* The last one that has it need not copy anything. */
TEST(write_alone)
{
	struct page *folio = large_anon(0, 3);

	share_and_stop();
	store(0, 2, 7);
	EXPECT(pte_page(pmd_at(0, 0)) == folio && pmd_at(0, 0) & PTE_WRITE);
	EXPECT_COUNTS(folio, 1, 1, PMD_MAPPED, 1);
	EXPECT(!test_bit(PG_locked, &folio->flags) && load(0, 2) == 7);
}

/* Somebody else has a reference, or the lock. */
TEST(write_not_alone)
{
	struct page *folio = large_anon(0, 3);

	share_and_stop();
	get_page(folio);
	store(0, 2, 7);
	EXPECT_COUNTS(folio, 7, 0, 7, 8);
	expect_content(0, 3, 8);
	put_page(folio);
	zap_page_range(MM, 0, ANON_PAGES);
	folio = large_anon(0, 3);
	share_and_stop();
	folio_lock(folio);
	store(0, 2, 7);
	EXPECT_COUNTS(folio, 7, 0, 7, 7);
	folio_unlock(folio);
}

/* --- Moving --- */

TEST(move)
{
	struct page *folio = large_anon(0, 3);
	unsigned long index = folio->index;

	move_vma(MM);
	EXPECT(!pmd_at(0, 0) && pte_page(pmd_at(0, 8)) == folio);
	EXPECT_COUNTS(folio, 1, 1, PMD_MAPPED, 1);
	EXPECT(linear_page_index(&MM->vma[ANON_VMA], 8) == index);
	expect_content(0, 8, 16);
	move_vma(MM);
	split_pmd(0, 0, false);
	move_vma(MM);
	expect_ptes(0, folio, 8, 16, PRESENT_WRITE);
	EXPECT_COUNTS(folio, 8, 0, 8, 8);
	expect_content(0, 8, 16);
}

/* --- GUP --- */

static void expect_tails(int (*get)(struct mm_struct *mm, unsigned int start,
				    unsigned int nr_pages,
				    unsigned int gup_flags,
				    struct page **pages),
			 struct page *folio)
{
	int refs = folio->refcount.counter;
	struct page *pages[3];

	for (unsigned int flags = FOLL_GET; flags <= FOLL_PIN; flags++) {
		int pins = flags == FOLL_PIN ? 3 : 0;

		EXPECT(get(MM, 1, 3, flags, pages) == 3);
		for (unsigned int i = 0; i < 3; i++)
			EXPECT(pages[i] == folio + 1 + i);
		EXPECT(folio[1].pincount.counter == pins);
		EXPECT(folio->refcount.counter == refs + 3);
		EXPECT(folio_maybe_dma_pinned(folio) == (pins > 0));
		gup_put_pages(pages, 3, flags);
		EXPECT(!folio[1].pincount.counter);
		EXPECT(folio->refcount.counter == refs);
	}
}

TEST(gup_of_tails)
{
	struct page *folio = large_anon(0, 3), *page;

	expect_tails(get_user_pages, folio);
	expect_tails(get_user_pages_fast, folio);
	split_pmd(0, 0, false);
	expect_tails(get_user_pages, folio);
	expect_tails(get_user_pages_fast, folio);
	page = follow_page(MM, 5);
	EXPECT(page == folio + 5 && folio->refcount.counter == 9);
	put_page(folio);
}

/* Neither is there a page to be had by a migration entry. */
TEST(gup_fast_finds_nothing)
{
	struct page *folio = large_anon(0, 3);

	lock_folio(folio);
	try_to_migrate(folio);
	EXPECT(!follow_page(MM, 3));
	EXPECT_COUNTS(folio, 0, 0, 0, 1);
	remove_migration_ptes(folio, folio);
	unlock_folio(folio);
	EXPECT_COUNTS(folio, 1, 1, PMD_MAPPED, 1);
}

/* To pin what is shared it must be copied; a PMD is split for that. */
TEST(gup_of_shared)
{
	struct page *folio = large_anon(0, 3), *page;

	make_child(3, 0);
	EXPECT(get_user_pages_fast(MM, 3, 1, FOLL_PIN, &page) == 1);
	EXPECT(page != folio + 3 && page->mapcount.counter == 1);
	EXPECT(load(0, 3) == 103);
	EXPECT(!folio[1].pincount.counter);
	EXPECT_COUNTS(folio, 8, 1, PMD_MAPPED + 7, 8);
	gup_put_pages(&page, 1, FOLL_PIN);
}

/* Its pages do not follow a disk's file, so a device stores to none. */
TEST(device)
{
	large_shmem(2);
	EXPECT(!device_store(&mem->mm[SHMEM_MM], FILE_ADDRESS, 7));
	EXPECT(!device_store(&mem->mm[SHMEM_MM], FILE_ADDRESS + 1, 7));
	expect_content(SHMEM_MM, FILE_ADDRESS, FILE_ADDRESS + 4);
}

/* --- The LRU --- */

TEST(lru)
{
	const long *nr = mem->lruvec.nr_pages;
	struct page *folio = large_anon(0, 3), *shmem = large_shmem(2);

	EXPECT(nr[LRU_INACTIVE_ANON] == 12);
	get_page(folio);
	folio_activate(folio);
	EXPECT(nr[LRU_INACTIVE_ANON] == 4 && nr[LRU_ACTIVE_ANON] == 8);
	EXPECT(folio_isolate_lru(folio) && !nr[LRU_ACTIVE_ANON]);
	EXPECT_COUNTS(folio, 1, 1, PMD_MAPPED, 3);
	/* Neither of the two ever waits in a batch. */
	folio_putback_lru(folio);
	EXPECT(nr[LRU_ACTIVE_ANON] == 8);
	EXPECT_COUNTS(folio, 1, 1, PMD_MAPPED, 2);
	folio_deactivate(folio);
	EXPECT(nr[LRU_INACTIVE_ANON] == 12 && !nr[LRU_ACTIVE_ANON]);
	put_page(folio);
	EXPECT(shmem->flags & 1ul << PG_lru);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(by_pmd),
		UNIT(by_ptes),
		UNIT(orders),
		UNIT(small_pageblocks),
		UNIT(does_not_fit),
		UNIT(vma_begins_behind),
		UNIT(no_memory),
		UNIT(shmem_by_pmd),
		UNIT(shmem_part_of_pmd),
		UNIT(shmem_dirty),
		UNIT(shmem_by_ptes),
		UNIT(shmem_not_by_pmd),
		UNIT(shmem_no_room),
		UNIT(fork_shares),
		UNIT(fork_of_ptes),
		UNIT(fork_of_pinned),
		UNIT(fork_of_migration_entry),
		UNIT(write_alone),
		UNIT(write_not_alone),
		UNIT(move),
		UNIT(gup_of_tails),
		UNIT(gup_fast_finds_nothing),
		UNIT(gup_of_shared),
		UNIT(device),
		UNIT(lru),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
