// SPDX-License-Identifier: GPL-2.0-only
/*
 * Goal: what a large folio is split into has all that it had, and if it cannot
 * be split nothing has changed; those that are to be split are on the queue,
 * and no others; who gives up or reclaims a part of one splits it.
 * Method: a process or a file has one; a job does one of that, with and without
 * somebody in the way, and looks at the pages afterwards.
 */
#include "tests/core/large_folios.h"
#include "compaction.h"

#define MM (&mem->mm[0])
#define SHMEM (&mem->file[SHMEM_MM])

/* Split the folio that has @page, with a reference for that. */
static int split(struct page *page, unsigned int new_order)
{
	struct page *folio = page_folio(page);
	int ret;

	lock_folio(folio);
	ret = split_folio_to_order(page, NULL, new_order);
	unlock_folio(ret ? folio : page_folio(page));
	return ret;
}

/* A page for itself, as it was in the folio that began at @head. */
static void expect_single(struct page *page, const struct page *head,
			  unsigned long index)
{
	EXPECT(!folio_test_large(page) && !page->compound_head);
	EXPECT(page->index == index + (unsigned long)(page - head));
	EXPECT(page->mapping && page->mapping != TAIL_MAPPING);
	EXPECT(test_bit(PG_swapbacked, &page->flags));
	EXPECT(test_bit(PG_uptodate, &page->flags));
	EXPECT(test_bit(PG_dirty, &page->flags));
	EXPECT(!test_bit(PG_locked, &page->flags));
	EXPECT(test_bit(PG_lru, &page->flags));
	EXPECT(!test_bit(PG_partially_mapped, &page->flags));
}

/* --- Splitting --- */

static void expect_split(struct page *folio, unsigned int nr)
{
	unsigned long index = folio->index;

	set_bit(PG_referenced, &folio->flags);
	EXPECT(!split(folio + 1, 0));
	for (unsigned int i = 0; i < nr; i++) {
		expect_single(folio + i, folio, index);
		EXPECT_COUNTS(folio + i, 1, 0, 0, 1);
		EXPECT(test_bit(PG_referenced, &folio[i].flags));
		EXPECT(pte_page(pte_at(0, i)) == folio + i);
		EXPECT((pte_at(0, i) & PRESENT_WRITE) == PRESENT_WRITE);
	}
	EXPECT(!pmd_at(0, 0) && !nr_queued());
	EXPECT(mem->lruvec.nr_pages[LRU_INACTIVE_ANON] == nr);
	expect_content(0, 0, nr);
}

TEST(by_pmd)
{
	expect_split(large_anon(0, 3), 8);
}

TEST(by_ptes)
{
	expect_split(large_anon(0, 2), 4);
}

/* The caller goes on with the page that he has named. */
TEST(of_a_tail)
{
	struct page *folio = large_anon(0, 3);

	lock_folio(folio);
	EXPECT(!split_folio_to_order(folio + 3, NULL, 0));
	for (unsigned int i = 0; i < 8; i++) {
		EXPECT(test_bit(PG_locked, &folio[i].flags) == (i == 3));
		EXPECT_COUNTS(folio + i, 1, 0, 0, i == 3 ? 2 : 1);
	}
	unlock_folio(folio + 3);
}

TEST(shmem_to_order_1)
{
	struct page *folio = large_shmem(3);

	EXPECT(!split(folio + 5, 1));
	for (unsigned int i = 0; i < 8; i += 2) {
		EXPECT(compound_order(folio + i) == 1);
		EXPECT(folio[i].index == i);
		EXPECT_COUNTS(folio + i, 0, 0, 0, 2);
		EXPECT(SHMEM->i_pages[i] == folio + i);
		EXPECT(SHMEM->i_pages[i + 1] == folio + i);
	}
	expect_content(SHMEM_MM, FILE_ADDRESS, FILE_ADDRESS + 8);
}

TEST(active)
{
	struct page *folio = large_anon(0, 3);

	folio_activate(folio);
	EXPECT(!split(folio, 0));
	EXPECT(mem->lruvec.nr_pages[LRU_ACTIVE_ANON] == 8);
	EXPECT(test_bit(PG_active, &folio[7].flags));
}

/* Locked in memory: who has locked its tails is not known. */
TEST(unevictable)
{
	struct page *folio = large_anon(0, 3);

	mlock_folio(folio);
	lru_add_drain();
	EXPECT(mem->lruvec.nr_pages[LRU_UNEVICTABLE] == 8);
	EXPECT(!split(folio, 0));
	EXPECT(mem->lruvec.nr_pages[LRU_UNEVICTABLE] == 8);
	for (unsigned int i = 1; i < 8; i++) {
		EXPECT(test_bit(PG_unevictable, &folio[i].flags));
		EXPECT(test_bit(PG_mlocked, &folio[i].flags));
		EXPECT(!folio[i].mlock_count);
	}
}

TEST(to_order_2)
{
	struct page *folio = large_anon(0, 3), *other = folio + 4;
	unsigned long index = folio->index;

	lock_folio(folio);
	EXPECT(!split_folio_to_order(folio + 5, NULL, 2));
	EXPECT(!test_bit(PG_locked, &folio->flags));
	unlock_folio(other);
	EXPECT(compound_order(folio) == 2 && compound_order(other) == 2);
	for (unsigned int i = 0; i < 8; i++)
		EXPECT(page_folio(folio + i) == folio + (i & 4));
	EXPECT(folio->index == index && other->index == index + 4);
	EXPECT_COUNTS(folio, 4, 0, 4, 4);
	EXPECT_COUNTS(other, 4, 0, 4, 4);
	EXPECT(mem->lruvec.nr_pages[LRU_INACTIVE_ANON] == 8);
	EXPECT(!is_queued_folio(folio) && !is_queued_folio(other));
	expect_content(0, 0, 8);
	zap_page_range(MM, 7, 8);
	EXPECT(is_queued_folio(other) && nr_queued() == 1);
	zap_page_range(MM, 0, 4);
	EXPECT(!folio->refcount.counter);
	EXPECT(mem->lruvec.nr_pages[LRU_INACTIVE_ANON] == 4);
}

/* Both its owners find the pages again. */
TEST(shared)
{
	struct page *folio = large_anon(0, 3);

	make_child(3, 0);
	split_pmd(3, 0, false);
	EXPECT(!split(folio, 0));
	for (unsigned int i = 0; i < 8; i++)
		EXPECT_COUNTS(folio + i, 2, 0, 0, 2);
	expect_content(0, 0, 8);
	expect_content(3, 0, 8);
}

TEST(partially_mapped)
{
	struct page *folio = large_anon(0, 3);

	zap_page_range(MM, 2, 4);
	EXPECT(nr_queued() == 1);
	EXPECT(!split(folio, 0));
	EXPECT(!nr_queued());
	EXPECT(!folio[2].refcount.counter && !folio[3].refcount.counter);
	EXPECT(mem->lruvec.nr_pages[LRU_INACTIVE_ANON] == 6);
	expect_content(0, 4, 8);
}

TEST(onto_a_list)
{
	struct page *folio = large_anon(0, 3);
	struct list_head list;
	unsigned int nr = 0;

	INIT_LIST_HEAD(&list);
	get_page(folio);
	EXPECT(!isolate_folio_to_list(folio, &list));
	put_page(folio);
	folio_lock(folio);
	EXPECT(!split_folio_to_order(folio, &list, 0));
	folio_unlock(folio);
	for (struct list_head *entry = list.next; entry != &list;
	     entry = entry->next) {
		struct page *page = list_entry(entry, struct page, lru);

		/* Tails come from the last one on. */
		EXPECT(page == folio + (nr ? 8 - nr : 0));
		nr++;
		EXPECT(!test_bit(PG_lru, &page->flags));
		EXPECT_COUNTS(page, 1, 0, 0, 2);
	}
	EXPECT(nr == 8 && mem->nr_isolated[0].counter == 8);
	EXPECT(!mem->lruvec.nr_pages[LRU_INACTIVE_ANON]);
	putback_movable_pages(&list);
	lru_add_drain();
	EXPECT(mem->lruvec.nr_pages[LRU_INACTIVE_ANON] == 8);
	EXPECT(!mem->nr_isolated[0].counter);
}

TEST(shmem)
{
	struct page *folio = large_shmem(3);

	load(SHMEM_MM + NR_FILES, FILE_ADDRESS);
	EXPECT(!split(folio, 0));
	for (unsigned int i = 0; i < 8; i++) {
		expect_single(folio + i, folio, 0);
		EXPECT_COUNTS(folio + i, 0, 0, 0, 1);
		EXPECT(SHMEM->i_pages[i] == folio + i);
	}
	EXPECT(SHMEM->nrpages == 8);
	EXPECT(mem->lruvec.nr_pages[LRU_INACTIVE_ANON] == 8);
	expect_content(SHMEM_MM, FILE_ADDRESS, FILE_ADDRESS + 8);
}

/* Mapped page by page, and dirty only by what maps it. */
TEST(shmem_by_ptes)
{
	struct page *folio = large_shmem(2);

	clear_bit(PG_dirty, &folio->flags);
	EXPECT(!split(folio + 2, 0));
	for (unsigned int i = 0; i < 4; i++) {
		EXPECT_COUNTS(folio + i, 0, 0, 0, 1);
		EXPECT(test_bit(PG_dirty, &folio[i].flags));
	}
	expect_content(SHMEM_MM, FILE_ADDRESS, FILE_ADDRESS + 4);
}

/* --- Not splitting --- */

TEST(no_such_order)
{
	struct page *folio = large_anon(0, 3), *shmem = large_shmem(3);

	EXPECT(split(folio, 3) == -EINVAL && split(folio, 4) == -EINVAL);
	EXPECT(split(folio, 1) == -EINVAL);
	EXPECT(split(shmem, 3) == -EINVAL && split(shmem, 4) == -EINVAL);
	EXPECT_COUNTS(folio, 1, 1, PMD_MAPPED, 1);
	EXPECT_COUNTS(shmem, 1, 1, PMD_MAPPED, 9);
}

TEST(busy)
{
	struct page *folio = large_anon(0, 3);
	unsigned long mapping = folio->mapping;

	set_bit(PG_writeback, &folio->flags);
	EXPECT(split(folio, 0) == -EBUSY);
	clear_bit(PG_writeback, &folio->flags);
	folio->mapping = 0;
	EXPECT(split(folio, 0) == -EBUSY);
	folio->mapping = mapping;
	EXPECT_COUNTS(folio, 1, 1, PMD_MAPPED, 1);
}

static void expect_in_use(struct page *folio, int refs)
{
	int pmd = folio[1].entire_mapcount.counter;

	get_page(folio);
	EXPECT(split(folio, 0) == -EAGAIN);
	EXPECT_COUNTS(folio, folio_mapcount(folio), pmd, pmd ? PMD_MAPPED : 4,
		      refs + 1);
	EXPECT(!test_bit(PG_locked, &folio->flags));
	EXPECT(test_bit(PG_lru, &folio->flags) && !nr_queued());
	put_page(folio);
}

TEST(in_use)
{
	struct page *folio;

	expect_in_use(large_anon(0, 3), 1);
	expect_in_use(large_anon(1, 2), 4);
	folio = large_shmem(3);
	expect_in_use(folio, 9);
	EXPECT_COUNTS(folio, 1, 1, PMD_MAPPED, 9);
	expect_content(0, 0, 8);
}

/* --- By address --- */

TEST(by_address)
{
	struct page *folio = large_anon(0, 3);

	EXPECT(split_huge_page_at(MM, FILE_ADDRESS, 0) == -EFAULT);
	folio_lock(folio);
	EXPECT(split_huge_page_at(MM, 3, 0) == -EAGAIN);
	folio_unlock(folio);
	EXPECT(split_huge_page_at(MM, 3, 1) == -EINVAL);
	EXPECT_COUNTS(folio, 1, 1, PMD_MAPPED, 1);
	EXPECT(!split_huge_page_at(MM, 3, 2));
	EXPECT(compound_order(folio) == 2);
	EXPECT(!split_huge_page_at(MM, 2, 0));
	EXPECT(!folio_test_large(folio) && folio_test_large(folio + 4));
	EXPECT(split_huge_page_at(MM, 2, 0) == -EFAULT);
	EXPECT_COUNTS(folio, 1, 0, 0, 1);
	EXPECT_COUNTS(folio + 4, 4, 0, 4, 4);
}

/* --- The queue --- */

/* Of processes 0 to @nr - 1, each without its page 1. */
static void queue_some(struct page **folio, unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++) {
		folio[i] = large_anon(i, i % 2 ? 2 : 3);
		zap_page_range(&mem->mm[i], 1, 2);
	}
	EXPECT(nr_queued() == nr);
}

TEST(scan)
{
	struct page *folio[4];

	EXPECT(!deferred_split_scan(8));
	queue_some(folio, 4);
	EXPECT(deferred_split_scan(1) == 1 && nr_queued() == 3);
	EXPECT(!folio_test_large(folio[0]) && !folio[0][1].refcount.counter);
	EXPECT(deferred_split_scan(8) == 3 && !nr_queued());
	for (unsigned int i = 0; i < 4; i++) {
		EXPECT_COUNTS(folio[i], 1, 0, 0, 1);
		EXPECT(load(i, 2) == 102);
	}
}

/* Those that cannot be split stay, and nobody keeps a reference on them. */
TEST(scan_for_nothing)
{
	struct page *folio[4];

	queue_some(folio, 4);
	folio_lock(folio[0]);
	get_page(folio[1]);
	get_page(folio[3]);
	EXPECT(deferred_split_scan(8) == 1 && nr_queued() == 3);
	EXPECT(!folio_test_large(folio[2]));
	EXPECT_COUNTS(folio[0], 7, 0, 7, 7);
	EXPECT_COUNTS(folio[1], 3, 0, 3, 4);
	EXPECT_COUNTS(folio[3], 3, 0, 3, 4);
	folio_unlock(folio[0]);
	put_page(folio[1]);
	put_page(folio[3]);
	EXPECT(deferred_split_scan(8) == 3 && !nr_queued());
}

/* What is being freed or moved is only taken off the queue. */
TEST(scan_of_frozen)
{
	struct page *folio = large_anon(0, 3);

	lock_folio(folio);
	try_to_migrate(folio);
	EXPECT(!is_queued_folio(folio));
	requeue_deferred_split(folio);
	requeue_deferred_split(folio);
	EXPECT(nr_queued() == 1 && is_queued_folio(folio));
	EXPECT(page_ref_freeze(folio, 1));
	EXPECT(!deferred_split_scan(8));
	EXPECT(!nr_queued() && !is_queued_folio(folio));
	page_ref_unfreeze(folio, 1);
	remove_migration_ptes(folio, folio);
	unlock_folio(folio);
	EXPECT_COUNTS(folio, 1, 1, PMD_MAPPED, 1);
}

/* Two pages have no room for what would link them. */
TEST(order_1_is_not_queued)
{
	struct page *folio = large_shmem(1);

	deferred_split_folio(folio);
	EXPECT(!nr_queued() && !test_bit(PG_partially_mapped, &folio->flags));
	EXPECT(!split(folio, 0));
}

/* --- Truncation --- */

TEST(hole)
{
	struct page *folio = large_shmem(3);

	load(SHMEM_MM + NR_FILES, FILE_ADDRESS);
	make_hole(SHMEM_MM, 3);
	EXPECT(SHMEM->nrpages == 7 && !SHMEM->i_pages[3]);
	EXPECT(!folio[3].refcount.counter && !folio_test_large(folio));
	EXPECT(load(SHMEM_MM, FILE_ADDRESS + 3) == 0);
	expect_content(SHMEM_MM, FILE_ADDRESS, FILE_ADDRESS + 3);
	expect_content(SHMEM_MM + NR_FILES, FILE_ADDRESS + 4, FILE_ADDRESS + 8);
	zap_all();
	EXPECT(!folio->refcount.counter && !SHMEM->nrpages);
}

/* It stays one, with zeros in it. */
TEST(hole_in_use)
{
	struct page *folio = large_shmem(3);

	get_page(folio);
	make_hole(SHMEM_MM, 3);
	EXPECT(SHMEM->nrpages == 8 && SHMEM->i_pages[3] == folio);
	EXPECT(load(SHMEM_MM, FILE_ADDRESS + 3) == 0);
	expect_content(SHMEM_MM, FILE_ADDRESS, FILE_ADDRESS + 3);
	expect_content(SHMEM_MM, FILE_ADDRESS + 4, FILE_ADDRESS + 8);
	put_page(folio);
}

/* --- Reclaim --- */

TEST(swap_out)
{
	struct page *folio = large_anon(0, 3), *shmem = large_shmem(3);

	for (unsigned int i = 0; i < 8; i++)
		shrink_lruvec(32);
	EXPECT(!mem->nr_isolated[0].counter && !mem->nr_isolated[1].counter);
	EXPECT(!folio_test_large(folio) && !folio_test_large(shmem));
	for (unsigned int i = 0; i < 8; i++) {
		EXPECT(pte_at(0, i) & PTE_SWAP);
		EXPECT(!pte_at(SHMEM_MM, FILE_ADDRESS + i));
		EXPECT(xa_is_value(SHMEM->i_pages[i]));
	}
	expect_content(0, 0, 8);
	expect_content(SHMEM_MM, FILE_ADDRESS, FILE_ADDRESS + 8);
	EXPECT(!mem->nr_isolated[0].counter);
}

/* What has been used lately, or is pinned, stays in one piece. */
TEST(not_swapped_out)
{
	struct page *folio = large_anon(0, 3), *pinned = large_anon(1, 3);
	struct page *page;

	set_bit(PG_referenced, &folio->flags);
	EXPECT(get_user_pages(&mem->mm[1], 3, 1, FOLL_PIN, &page) == 1);
	EXPECT(!shrink_lruvec(2));
	EXPECT_COUNTS(folio, 1, 1, PMD_MAPPED, 1);
	EXPECT_COUNTS(pinned, 1, 1, PMD_MAPPED, 2);
	EXPECT(!mem->nr_isolated[0].counter);
	EXPECT(mem->lruvec.nr_pages[LRU_INACTIVE_ANON] == 16);
	gup_put_pages(&page, 1, FOLL_PIN);
	expect_content(0, 0, 8);
}

/* --- Broken memory --- */

TEST(broken)
{
	struct page *folio = large_anon(0, 3), *page = folio + 3;
	unsigned long content;

	get_page(folio);
	EXPECT(!memory_failure(page));
	EXPECT(test_bit(PG_hwpoison, &page->flags));
	EXPECT(read_user(MM, 3, &content) == -EFAULT);
	expect_content(0, 0, 3);
	expect_content(0, 4, 8);
	for (unsigned int i = 0; i < 8; i++)
		EXPECT_COUNTS(folio + i, i != 3, 0, 0, 1);
	EXPECT(!unpoison_page(page_to_pfn(page)));
}

TEST(broken_in_use)
{
	struct page *folio = large_anon(0, 3);

	get_page(folio);
	get_page(folio);
	EXPECT(memory_failure(folio + 3) == -EBUSY);
	EXPECT_COUNTS(folio, 1, 1, PMD_MAPPED, 2);
	EXPECT(!test_bit(PG_locked, &folio->flags));
	put_page(folio);
	expect_content(0, 0, 8);
}

/* Goal: what was given up in part is split some time, so it is queued. */
DAMAGE(not_queued, "INV_SPLIT_QUEUE", {
	struct page *folio = large_anon(0, 2);

	zap_page_range(&mem->mm[0], 1, 2);
	folio_unqueue_deferred_split(folio);
	check_mm(0);
})

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(by_pmd),	      UNIT(by_ptes),
		UNIT(of_a_tail),      UNIT(active),
		UNIT(unevictable),    UNIT(to_order_2),
		UNIT(shared),	      UNIT(partially_mapped),
		UNIT(onto_a_list),    UNIT(shmem),
		UNIT(shmem_by_ptes),  UNIT(shmem_to_order_1),
		UNIT(no_such_order),  UNIT(busy),
		UNIT(in_use),	      UNIT(by_address),
		UNIT(scan),	      UNIT(scan_for_nothing),
		UNIT(scan_of_frozen), UNIT(order_1_is_not_queued),
		UNIT(hole),	      UNIT(hole_in_use),
		UNIT(swap_out),	      UNIT(not_swapped_out),
		UNIT(broken),	      UNIT(broken_in_use),
		UNIT(not_queued),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
