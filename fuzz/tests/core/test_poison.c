// SPDX-License-Identifier: GPL-2.0-only
/*
 * Goal: memory that breaks while a process has it is kept from all, is never
 * moved, does not keep the memory around it online, and can be put back into
 * use when nobody has it. Method: a page of process 1 is broken, on the LRU or
 * off it, then others meet it; entries, references and counters are looked at.
 */
#include "tests/core/hotplug_pages.h"

#define MM (&mem->mm[1])
#define ADDRESS 1

static struct page *make_page(void)
{
	store(1, ADDRESS, 42);
	return page_at(1, ADDRESS);
}

static int poison(struct page *page)
{
	get_page(page);
	return memory_failure(page);
}

static struct page *make_poisoned_page(void)
{
	struct page *page = make_page();

	EXPECT(!poison(page));
	return page;
}

/* Somebody has it off the LRU when that becomes known, and puts it back. */
static struct page *make_poisoned_page_on_lru(void)
{
	struct page *page = make_page();

	EXPECT(folio_isolate_lru(page));
	EXPECT(!poison(page));
	folio_putback_lru(page);
	lru_add_drain();
	EXPECT(page->flags & 1ul << PG_lru && page->mapcount.counter == 1);
	return page;
}

static bool is_gone(const struct page *page)
{
	return page->flags & 1ul << PG_hwpoison &&
	       !(page->flags & (1ul << PG_lru | 1ul << PG_active)) &&
	       !page->mapcount.counter && page->refcount.counter == 1;
}

static void expect_no_access(unsigned int mm, unsigned int address)
{
	unsigned long content;

	EXPECT(read_user(&mem->mm[mm], address, &content) == -EFAULT);
	EXPECT(write_user(&mem->mm[mm], address, 1) == -EFAULT);
}

/* As ends all tests: it is as if it had never been. */
static void expect_back(struct page *page)
{
	zap_all();
	EXPECT(!unpoison_page(page_to_pfn(page)));
	drain_all_pages(NULL);
	EXPECT(nr_free() == 256 && !mem->num_poisoned_pages.counter);
	check_boot_state();
}

TEST(unmapped)
{
	struct page *page = make_poisoned_page();
	struct page *got;

	EXPECT(is_gone(page) && MM->pte[ADDRESS] & PTE_HWPOISON);
	expect_no_access(1, ADDRESS);
	EXPECT(get_user_pages(MM, ADDRESS, 1, FOLL_PIN, &got) == -EFAULT);
	EXPECT(!follow_page(MM, ADDRESS));
	EXPECT(mem->num_poisoned_pages.counter == 1);
	/* The process gives it up, and may have other memory there. */
	zap_page_range(MM, ADDRESS, ADDRESS + 1);
	EXPECT(!load(1, ADDRESS) && page_at(1, ADDRESS) != page);
	expect_back(page);
}

/* All that share it, and wherever they have their memory. */
TEST(unmapped_everywhere)
{
	struct page *page = make_page();

	make_child(2, 1);
	EXPECT(page->mapcount.counter == 2);
	EXPECT(!poison(page) && is_gone(page));
	expect_no_access(1, ADDRESS);
	expect_no_access(2, ADDRESS);
	make_child(3, 2);
	expect_no_access(3, ADDRESS);
	move_vma(MM);
	expect_no_access(1, ADDRESS + ANON_PAGES);
	expect_back(page);
}

TEST(mlocked)
{
	struct page *page = make_page();

	mlock_folio(page);
	lru_add_drain();
	EXPECT(page->flags & 1ul << PG_unevictable);
	EXPECT(!poison(page));
	EXPECT(!(page->flags & 1ul << PG_unevictable));
	expect_back(page);
}

TEST(twice)
{
	struct page *page = make_poisoned_page();

	EXPECT(poison(page) == -EHWPOISON && is_gone(page));
	EXPECT(mem->num_poisoned_pages.counter == 1);
	expect_back(page);
}

/* It is found in swap by who has it there, and cannot be put back before. */
TEST(in_swap)
{
	struct page *page = make_page();

	folio_lock(page);
	EXPECT(add_to_swap(page));
	folio_unlock(page);
	EXPECT(!poison(page));
	EXPECT(MM->pte[ADDRESS] & PTE_SWAP && page->refcount.counter == 2);
	expect_no_access(1, ADDRESS);
	EXPECT(unpoison_page(page_to_pfn(page)) == -EBUSY);
	EXPECT(!take_offline(0, 32));
	expect_no_access(1, ADDRESS);
	zap_all();
	EXPECT(is_gone(page) && is_offline(page_to_pfn(page)));
	EXPECT(!unpoison_page(page_to_pfn(page)));
	bring_online(0, 32);
	EXPECT(nr_free() == 256);
}

/* As long as it is pinned, if it is in swap, it stays. */
TEST(pinned_in_swap)
{
	struct page *page, *pinned;

	page = make_page();
	EXPECT(get_user_pages(MM, ADDRESS, 1, FOLL_PIN, &pinned) == 1);
	folio_lock(page);
	EXPECT(add_to_swap(page));
	folio_unlock(page);
	EXPECT(!poison(page));
	EXPECT(MM->pte[ADDRESS] & PTE_PRESENT && page->mapcount.counter == 1);
	EXPECT(mem->swap_map[0] == SWAP_HAS_CACHE);
	EXPECT(take_offline(0, 32) == -EINTR);
	gup_put_pages(&pinned, 1, FOLL_PIN);
	EXPECT(!take_offline(0, 32));
	zap_all();
	EXPECT(!unpoison_page(page_to_pfn(page)));
	bring_online(0, 32);
}

/* Off the LRU it cannot be had, and stays with its process for now. */
TEST(off_lru)
{
	struct page *page = make_poisoned_page_on_lru();

	EXPECT(load(1, ADDRESS) == 42);
	EXPECT(unpoison_page(page_to_pfn(page)) == -EBUSY);
	/* Others cannot move it. */
	EXPECT(alloc_contig_range(0, 8, MIGRATE_MOVABLE, 0) == -EBUSY);
	EXPECT(page->mapcount.counter == 1 && load(1, ADDRESS) == 42);
	expect_back(page);
}

TEST(not_moved)
{
	struct page *page = make_poisoned_page_on_lru();
	unsigned int pfn = page_to_pfn(page);

	EXPECT(do_migrate_range(pfn, pfn + 1) == 1 && is_gone(page));
	EXPECT(!do_migrate_range(pfn, pfn + 1));
	expect_no_access(1, ADDRESS);
	expect_back(page);
}

TEST(not_reclaimed)
{
	struct page *page = make_poisoned_page_on_lru();

	EXPECT(!shrink_lruvec(8) && is_gone(page));
	expect_no_access(1, ADDRESS);
	expect_back(page);
}

/* --- Memory that goes offline --- */

static void expect_offline_with(struct page *page)
{
	unsigned int pfn = page_to_pfn(page);

	EXPECT(pfn < 32 && !take_offline(0, 32));
	EXPECT(is_offline(pfn) && is_offline(pfn ^ 1) && nr_free() == 224);
	EXPECT(is_gone(page));
	/* It stays so while it is broken, and so does the memory around it. */
	EXPECT(!check_can_come_online(0, 32));
	EXPECT(online_pages(0, 32) == -EHWPOISON);
	EXPECT(is_offline(pfn) && is_offline(pfn ^ 1) && nr_free() == 224);
	EXPECT(!normal()->nr_isolate_pageblock);
	get_page(page);
	EXPECT(unpoison_page(pfn) == -EBUSY && page->refcount.counter == 2);
	put_page(page);
}

static void expect_comes_back(struct page *page)
{
	EXPECT(!page->refcount.counter && is_offline(page_to_pfn(page)));
	EXPECT(check_can_come_online(0, 32));
	bring_online(0, 32);
	zap_all();
	EXPECT(nr_free() == 256);
	check_boot_state();
}

TEST(offline)
{
	struct page *page = make_poisoned_page();

	expect_offline_with(page);
	EXPECT(!unpoison_page(page_to_pfn(page)));
	expect_comes_back(page);
}

TEST(offline_on_lru)
{
	struct page *page = make_poisoned_page_on_lru();

	expect_offline_with(page);
	expect_no_access(1, ADDRESS);
	EXPECT(!unpoison_page(page_to_pfn(page)));
	expect_comes_back(page);
}

/* What was free when it broke. */
TEST(offline_taken_off)
{
	struct page *page = pfn_to_page(13);

	EXPECT(!soft_offline_free_page(13));
	check_took_off(13);
	/* Others have to do without it, and so without the pageblock. */
	EXPECT(start_isolate_page_range(8, 16, MIGRATE_MOVABLE) == -EBUSY);
	expect_offline_with(page);
	check_put_back(13);
	EXPECT(!unpoison_page(13));
	check_is_back(13);
	expect_comes_back(page);
}

/* Somebody has a reference: who goes offline waits for him. */
TEST(offline_kept)
{
	struct page *page = make_poisoned_page();

	get_page(page);
	EXPECT(take_offline(0, 32) == -EINTR && !is_offline(0));
	put_page(page);
	expect_offline_with(page);
	EXPECT(!unpoison_page(page_to_pfn(page)));
	expect_comes_back(page);
}

/* --- Checks --- */

DAMAGE(stays_offline, "INV_COMES_ONLINE", {
	EXPECT(!take_offline(0, 32));
	set_bit(PG_hwpoison, &pfn_to_page(3)->flags);
	bring_online(0, 32);
})

/* On the LRU, where nobody but the one who goes offline finds it. */
DAMAGE(waits_for_broken, "INV_OFFLINE_WAITS", {
	make_poisoned_page_on_lru();
	start_isolate_offline_range(0, 32);
	check_goes_offline(0, 32);
	check_waits(true);
	check_waits(true);
})

/* What nobody looks at while a page before the end is tried. */
TEST(waits_for_another)
{
	make_poisoned_page_on_lru();
	store(1, 0, 42);
	page_at(1, 0);
	drain_all_pages(NULL);
	EXPECT(!start_isolate_offline_range(0, 32));
	check_goes_offline(0, 32);
	check_waits(true);
	EXPECT(check_waits(true));
}

/* It is not broken: somebody has it. */
DAMAGE(offline_in_use, "INV_PAGE_PLACE", {
	make_poisoned_page();
	store(1, 0, 42);
	check_goes_offline(0, 32);
	check_is_offline(0, 32, CHECK_DONE);
})

DAMAGE(still_broken, "INV_BOOT_STATE", {
	make_poisoned_page();
	check_boot_state();
})

#define POISON(name) cmocka_unit_test_setup(test_##name, boot_machine)

int main(void)
{
	const struct CMUnitTest tests[] = {
		POISON(unmapped),	  POISON(unmapped_everywhere),
		POISON(mlocked),	  POISON(twice),
		POISON(in_swap),	  POISON(pinned_in_swap),
		POISON(off_lru),	  POISON(not_moved),
		POISON(not_reclaimed),	  POISON(offline),
		POISON(offline_on_lru),	  POISON(offline_taken_off),
		POISON(offline_kept),	  POISON(stays_offline),
		POISON(waits_for_broken), POISON(waits_for_another),
		POISON(offline_in_use),	  POISON(still_broken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
