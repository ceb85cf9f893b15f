// SPDX-License-Identifier: GPL-2.0-only
/*
 * Goal: a process keeps what is pinned, whatever fork, migration and reclaim
 * would do with it; and the checks see it when it does not. Method: a page is
 * pinned, then that is done to it, and the entry, its counts and what both
 * processes read is looked at.
 */
#include "tests/core/pinned_pages.h"

TEST(fork_copies)
{
	struct page *page;

	store(1, ADDRESS, 42);
	store(1, ADDRESS + 1, 43);
	page = expect_pinned(FOLL_PIN);
	make_child(2, 1);
	EXPECT(pte_page(MM->pte[ADDRESS]) == page);
	EXPECT(MM->pte[ADDRESS] & PTE_WRITE);
	EXPECT(page_at(2, ADDRESS) != page);
	EXPECT(page->mapcount.counter == 1);
	EXPECT(page_at(1, ADDRESS + 1) == page_at(2, ADDRESS + 1));
	store(1, ADDRESS, 44);
	EXPECT(load(2, ADDRESS) == 42);
	store(2, ADDRESS, 45);
	EXPECT(load(1, ADDRESS) == 44);
	gup_put_pages(&page, 1, FOLL_PIN);
}

/* A mere reference is no pin: who writes first has another page. */
TEST(fork_shares)
{
	struct page *page = expect_pinned(FOLL_GET);

	make_child(2, 1);
	EXPECT(page_at(2, ADDRESS) == page);
	EXPECT(!(MM->pte[ADDRESS] & PTE_WRITE));
	store(1, ADDRESS, 44);
	EXPECT(page_at(1, ADDRESS) != page);
	gup_put_pages(&page, 1, FOLL_GET);
}

static struct page *taken[256];

/* No memory for a copy: the child has nothing, and the parent all. */
TEST(fork_without_memory)
{
	struct page *page;
	unsigned int nr = 0;

	store(1, 0, 42);
	page = expect_pinned(FOLL_PIN);
	while ((taken[nr] = alloc_pages(GFP_HIGHUSER_MOVABLE, 0)))
		nr++;
	EXPECT(dup_mmap(&mem->mm[2], MM) == -ENOMEM);
	EXPECT(!(MM->write_protect_seq & 1));
	for (unsigned int i = 0; i < NR_PTES; i++)
		EXPECT(!mem->mm[2].pte[i]);
	EXPECT(load(1, 0) == 42);
	while (nr--)
		__free_pages(taken[nr], 0);
	EXPECT(pte_page(MM->pte[ADDRESS]) == page);
	gup_put_pages(&page, 1, FOLL_PIN);
	EXPECT(page_at(1, ADDRESS)->refcount.counter == 1);
	EXPECT(page_at(1, 0)->refcount.counter == 1);
	check_mappings();
}

/* Migration and reclaim leave it mapped, as it was. */
static void expect_mapped(const struct page *page)
{
	EXPECT(MM->pte[ADDRESS] & PTE_PRESENT);
	EXPECT(MM->pte[ADDRESS] & PTE_WRITE);
	EXPECT(pte_page(MM->pte[ADDRESS]) == page);
	EXPECT(page->mapcount.counter == 1);
}

TEST(not_migrated)
{
	struct page *page = expect_pinned(FOLL_PIN);

	lru_add_drain();
	folio_lock(page);
	try_to_migrate(page);
	expect_mapped(page);
	folio_unlock(page);
	do_migrate_range(page_to_pfn(page), page_to_pfn(page) + 1);
	expect_mapped(page);
	gup_put_pages(&page, 1, FOLL_PIN);
	lru_add_drain();
	do_migrate_range(page_to_pfn(page), page_to_pfn(page) + 1);
	EXPECT(page_at(1, ADDRESS) != page);
}

/* It gets no slot either; if it has one, that is not counted. */
TEST(not_reclaimed)
{
	struct page *page;

	store(1, ADDRESS, 42);
	page = expect_pinned(FOLL_PIN);
	lru_add_drain();
	EXPECT(!shrink_lruvec(8));
	expect_mapped(page);
	EXPECT(!mem->swap_map[0]);
	folio_lock(page);
	EXPECT(add_to_swap(page));
	EXPECT(!try_to_unmap(page));
	expect_mapped(page);
	EXPECT(mem->swap_map[0] == SWAP_HAS_CACHE);
	EXPECT(folio_free_swap(page));
	folio_unlock(page);
	gup_put_pages(&page, 1, FOLL_PIN);
	EXPECT(load(1, ADDRESS) == 42);
}

/* What a process may only read it shares: nobody has pinned that. */
TEST(read_only_is_migrated)
{
	struct page *page;

	store(1, ADDRESS, 42);
	make_child(2, 1);
	page = page_at(1, ADDRESS);
	atomic_add(BIAS, &page->refcount);
	folio_lock(page);
	try_to_migrate(page);
	EXPECT(!folio_mapped(page));
	remove_migration_ptes(page, page);
	folio_unlock(page);
	put_page_refs(page, BIAS);
}

/* --- Devices --- */

TEST(device_stores)
{
	unsigned long content;
	struct page *page;

	store(1, FILE_ADDRESS, 7);
	page = page_at(1, FILE_ADDRESS);
	clear_bit(PG_dirty, &page->flags);
	EXPECT(device_store(MM, FILE_ADDRESS, 8));
	EXPECT(test_bit(PG_dirty, &page->flags));
	EXPECT(page->refcount.counter == 2);
	EXPECT(!read_user(MM, FILE_ADDRESS, &content) && content == 8);
}

/* Not where nothing is, where the process may not write, nor to its own. */
TEST(device_may_not)
{
	unsigned long content;

	EXPECT(!device_store(MM, FILE_ADDRESS, 8));
	EXPECT(!read_user(MM, FILE_ADDRESS, &content));
	EXPECT(!device_store(MM, FILE_ADDRESS, 8));
	store(1, ADDRESS, 42);
	EXPECT(!device_store(MM, ADDRESS, 43));
	EXPECT(!read_user(MM, ADDRESS, &content) && content == 42);
	store(2, FILE_ADDRESS, 1);
	EXPECT(!device_store(&mem->mm[2], FILE_ADDRESS, 2));
}

/* --- The checks --- */

DAMAGE(pinned_in_cma, "INV_PINNED", check_pinned(mem->cma.base_pfn))
DAMAGE(pinned_in_movable, "INV_PINNED", check_pinned(128))
DAMAGE(too_many, "INV_OP_RESULT", check_pin_number(3, 2))
DAMAGE(none_at_all, "INV_OP_RESULT", check_pin_number(0, 2))
DAMAGE(more_unpinned, "INV_PAGE_REFS",
       arch_page_ref(mem->mem_map, HOLDER_PIN, -1))

static void pin_new_page(void)
{
	struct page *page;

	take_most_but_cma();
	check_op_begin(CHECK_OP_PIN, CHECK_CMA_FORBIDDEN);
	get_user_pages(MM, ADDRESS, 1, FOLL_PIN, &page);
}

DAMAGE(pinned_from_cma, "INV_NOCMA", pin_new_page())

static unsigned int pfn_at(unsigned int address)
{
	return page_to_pfn(pte_page(MM->pte[address]));
}

static void lose_page(void)
{
	store(1, ADDRESS, 42);
	check_pin(1, ADDRESS, pfn_at(ADDRESS), SUBJECT_PIN);
	make_child(2, 1);
	store(1, ADDRESS, 43);
}

DAMAGE(pin_lost, "INV_PIN_STAYS", lose_page())

/* What is got is of the process; unless that has moved meanwhile. */
static void get_another(void)
{
	store(1, ADDRESS, 42);
	store(1, ADDRESS + 1, 42);
	check_pin(1, ANON_PAGES, pfn_at(ADDRESS), SUBJECT_PIN_GET);
	check_pin(1, ADDRESS, pfn_at(ADDRESS + 1), SUBJECT_PIN_GET);
}

DAMAGE(got_another, "INV_PIN_STAYS", get_another())

static void lose_page_that_moves(void)
{
	store(1, ADDRESS, 42);
	check_pin(1, ADDRESS, pfn_at(ADDRESS), SUBJECT_PIN);
	move_vma(MM);
	make_child(2, 1);
	store(1, ANON_PAGES + ADDRESS, 43);
}

DAMAGE(pin_lost_elsewhere, "INV_PIN_STAYS", lose_page_that_moves())

/* Nothing is lost that was given up, or is not pinned any more. */
TEST(pin_given_up)
{
	struct page *page;

	store(1, ADDRESS, 42);
	page = expect_pinned(FOLL_PIN);
	check_pin(1, ADDRESS, pfn_at(ADDRESS), SUBJECT_PIN);
	zap_page_range(MM, 0, NR_PTES);
	store(1, ADDRESS, 43);
	check_pin(1, ADDRESS, pfn_at(ADDRESS), SUBJECT_PIN);
	check_unpin(pfn_at(ADDRESS));
	make_child(2, 1);
	store(1, ADDRESS, 44);
	gup_put_pages(&page, 1, FOLL_PIN);
}

static void drain_for(const struct page *page)
{
	check_op_begin(CHECK_OP_PIN, CHECK_CMA_ALLOWED);
	check_pin_begin(1, ADDRESS, 1);
	EXPECT(pte_page(MM->pte[ADDRESS]) == page);
	lru_add_drain_all();
	check_moves(CHECK_ALONE);
	check_op_end(CHECK_DONE, 0, 0);
}

static void drain_needlessly(void)
{
	struct page *page;

	write_in_cma();
	page = page_at(1, ADDRESS);
	EXPECT(get_user_pages(MM, ADDRESS, 1, FOLL_PIN, &page) == 1);
	drain_for(page);
}

DAMAGE(needless_drain, "INV_NEEDLESS_DRAIN", drain_needlessly())

TEST(drain_that_is_needed)
{
	struct page *page;

	write_in_cma();
	EXPECT(get_user_pages(MM, ADDRESS, 1, FOLL_PIN, &page) == 1);
	EXPECT(page->refcount.counter == 2 + BIAS);
	drain_for(page);
	gup_put_pages(&page, 1, FOLL_PIN);
}

static void say_busy(void)
{
	write_in_cma();
	check_op_begin(CHECK_OP_PIN, CHECK_CMA_ALLOWED);
	check_pin_begin(1, ADDRESS, 1);
	check_pin_busy(CHECK_IN_COMPANY);
	check_pin_busy(CHECK_ALONE);
}

DAMAGE(busy_without_reason, "INV_UNMOVED", say_busy())

#define CORE(name) cmocka_unit_test_setup(test_##name, boot_machine)
#define ZONES(name) cmocka_unit_test_setup(test_##name, boot_two_zones)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CORE(fork_copies),
		CORE(fork_shares),
		CORE(fork_without_memory),
		CORE(not_migrated),
		CORE(not_reclaimed),
		CORE(read_only_is_migrated),
		CORE(device_stores),
		CORE(device_may_not),
		CORE(pinned_in_cma),
		ZONES(pinned_in_movable),
		CORE(too_many),
		CORE(none_at_all),
		CORE(more_unpinned),
		CORE(pinned_from_cma),
		CORE(pin_lost),
		CORE(pin_lost_elsewhere),
		CORE(got_another),
		CORE(pin_given_up),
		CORE(needless_drain),
		CORE(drain_that_is_needed),
		CORE(busy_without_reason),
	};

	return cmocka_run_group_tests_name("pins kept", tests, NULL, NULL);
}
