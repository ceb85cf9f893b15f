// SPDX-License-Identifier: GPL-2.0-only
/*
 * Goal: of pages that are in the way of a contiguous allocation those are freed
 * that can be read again, whoever uses them, and no others. Method: pages are
 * isolated, what is clean reclaimed; then look at what is left on the list.
 */
#include "tests/core/user_pages.h"

#define MM (&mem->mm[0])
#define ADDRESS 1
#define SHMEM 2 /* the process, and the file that it maps */

static struct list_head list;

static void begin(void)
{
	INIT_LIST_HEAD(&list);
}

static struct page *isolate(struct page *page)
{
	EXPECT(!isolate_folio_to_list(page, &list));
	return page;
}

static struct page *isolate_at(unsigned int mm, unsigned int address)
{
	return isolate(page_at(mm, address));
}

static void put_back(void)
{
	putback_movable_pages(&list);
	check_isolated_stat();
}

TEST(clean)
{
	begin();
	EXPECT(load(0, FILE_ADDRESS) == 0);
	EXPECT(load(0, FILE_ADDRESS + 1) == 0);
	isolate_at(0, FILE_ADDRESS);
	isolate_at(0, FILE_ADDRESS + 1);
	EXPECT(reclaim_clean_pages_from_list(&list) == 2);
	EXPECT(list_empty(&list));
	EXPECT(!mem->file[0].nrpages && !MM->pte[FILE_ADDRESS]);
	put_back();
	EXPECT(load(0, FILE_ADDRESS) == 0);
}

/* Nobody would reclaim it otherwise: it is active, just used, and shared. */
TEST(used)
{
	struct page *page;

	begin();
	EXPECT(load(0, FILE_ADDRESS) == 0);
	EXPECT(load(4, FILE_ADDRESS) == 0);
	page = page_at(0, FILE_ADDRESS);
	folio_activate(page);
	lru_add_drain();
	set_bit(PG_referenced, &page->flags);
	isolate(page);
	EXPECT(reclaim_clean_pages_from_list(&list) == 1);
	EXPECT(!mem->file[0].nrpages);
	put_back();
}

/* Between two that go: neither their order nor their number changes. */
TEST(others_stay)
{
	struct page *left[4];
	struct list_head *entry = &list;

	begin();
	EXPECT(load(0, FILE_ADDRESS) == 0);
	EXPECT(load(1, FILE_ADDRESS) == 0);
	store(0, ADDRESS, 42);
	store(SHMEM, FILE_ADDRESS, 43);
	store(0, FILE_ADDRESS + 1, 44);
	left[0] = isolate_at(0, ADDRESS);
	isolate_at(0, FILE_ADDRESS);
	left[1] = isolate_at(SHMEM, FILE_ADDRESS);
	left[2] = page_at(1, FILE_ADDRESS);
	get_page(isolate(left[2]));
	left[3] = isolate_at(0, FILE_ADDRESS + 1);
	EXPECT(reclaim_clean_pages_from_list(&list) == 1);
	for (unsigned int i = 0; i < 4; i++) {
		entry = entry->next;
		EXPECT(entry == &left[i]->lru);
	}
	EXPECT(entry->next == &list);
	EXPECT(mem->file[0].nrpages == 1 && mem->file[1].nrpages == 1);
	put_page(left[2]);
	put_back();
	EXPECT(load(0, FILE_ADDRESS + 1) == 44);
}

/* Somebody has it locked, writes it, or keeps it in memory; or it is broken. */
TEST(busy)
{
	static const unsigned int busy[] = { PG_locked, PG_writeback,
					     PG_mlocked, PG_unevictable,
					     PG_hwpoison };
	struct page *page;

	begin();
	EXPECT(load(0, FILE_ADDRESS) == 0);
	page = isolate_at(0, FILE_ADDRESS);
	for (unsigned int i = 0; i < 5; i++) {
		set_bit(busy[i], &page->flags);
		EXPECT(!reclaim_clean_pages_from_list(&list));
		EXPECT(list.next == &page->lru && list.prev == &page->lru);
		clear_bit(busy[i], &page->flags);
	}
	EXPECT(reclaim_clean_pages_from_list(&list) == 1);
	put_back();
}

static struct page *lazyfree_page(void)
{
	struct page *page;

	store(0, ADDRESS, 42);
	page = page_at(0, ADDRESS);
	clear_bit(PG_dirty, &page->flags);
	MM->pte[ADDRESS] &= ~PTE_DIRTY;
	folio_mark_lazyfree(page);
	lru_add_drain();
	return isolate(page);
}

TEST(lazyfree)
{
	begin();
	lazyfree_page();
	EXPECT(reclaim_clean_pages_from_list(&list) == 1);
	EXPECT(list_empty(&list) && !MM->pte[ADDRESS]);
	put_back();
}

/* It was isolated as a page of a file, and is put back as another one. */
TEST(lazyfree_stored_again)
{
	begin();
	lazyfree_page();
	store(0, ADDRESS, 43);
	EXPECT(mem->nr_isolated[1].counter == 1);
	EXPECT(!reclaim_clean_pages_from_list(&list));
	EXPECT(mem->nr_isolated[0].counter == 1);
	EXPECT(!mem->nr_isolated[1].counter);
	put_back();
	EXPECT(load(0, ADDRESS) == 43);
}

/* Where it matters: nothing is moved, nor is there a page to move one to. */
TEST(contiguous)
{
	unsigned int start;

	EXPECT(load(0, FILE_ADDRESS) == 0);
	start = pageblock_start_pfn(page_to_pfn(page_at(0, FILE_ADDRESS)));
	EXPECT(!alloc_contig_range(start, start + pageblock_nr_pages,
				   MIGRATE_MOVABLE, GFP_KERNEL));
	EXPECT(!mem->file[0].nrpages);
	EXPECT(!mem->pgmigrate_success.counter);
	EXPECT(!mem->pgmigrate_fail.counter);
	check_isolated_stat();
}

#define CORE(name) cmocka_unit_test_setup(test_##name, boot_machine)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CORE(clean),	  CORE(used),	  CORE(others_stay),
		CORE(busy),	  CORE(lazyfree), CORE(lazyfree_stored_again),
		CORE(contiguous),
	};

	return cmocka_run_group_tests_name("reclaim_clean", tests, NULL, NULL);
}
