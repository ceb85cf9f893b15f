// SPDX-License-Identifier: GPL-2.0-only
/*
 * Goal: when a PMD is split, given up in part or replaced by a migration entry,
 * each page is where it was, and is counted as what maps it then.
 * Method: a process has a large folio; a job does one of that, and looks at the
 * entries and at all counts.
 */
#include <string.h>

#include "tests/core/large_folios.h"

#define MM (&mem->mm[0])

/* --- Giving up a part --- */

TEST(part_of_pmd)
{
	struct page *folio = large_anon(0, 3);

	zap_page_range(MM, 2, 3);
	EXPECT(!pmd_at(0, 0) && !pte_at(0, 2));
	EXPECT_COUNTS(folio, 7, 0, 7, 7);
	EXPECT(nr_queued() == 1 && is_queued_folio(folio));
	expect_content(0, 0, 2);
	expect_content(0, 3, 8);
	zap_page_range(MM, 0, 2);
	EXPECT_COUNTS(folio, 5, 0, 5, 5);
	EXPECT(nr_queued() == 1);
	zap_page_range(MM, 0, ANON_PAGES);
	EXPECT(!folio->refcount.counter && !nr_queued());
}

TEST(part_of_ptes)
{
	struct page *folio = large_anon(0, 2);

	zap_page_range(MM, 3, 4);
	EXPECT_COUNTS(folio, 3, 0, 3, 3);
	EXPECT(nr_queued() == 1 && is_queued_folio(folio));
	zap_page_range(MM, 0, ANON_PAGES);
	EXPECT(!folio->refcount.counter && !nr_queued());
}

/* The range may end, or begin, where the PMD does not. */
TEST(ends_of_pmd)
{
	struct page *folio = large_anon(0, 3);

	zap_page_range(MM, 0, 7);
	EXPECT_COUNTS(folio, 1, 0, 1, 1);
	expect_content(0, 7, 8);
	zap_page_range(MM, 0, ANON_PAGES);
	folio = large_anon(0, 3);
	zap_page_range(MM, 1, 8);
	EXPECT_COUNTS(folio, 1, 0, 1, 1);
	expect_content(0, 0, 1);
}

/* --- Splitting a PMD --- */

TEST(split_present)
{
	struct page *folio = large_anon(0, 3);

	split_pmd(0, 3, false);
	EXPECT_COUNTS(folio, 8, 0, 8, 8);
	expect_ptes(0, folio, 0, 8, PRESENT_WRITE);
	EXPECT(!nr_queued() && test_bit(PG_dirty, &folio->flags));
	expect_content(0, 0, 8);
}

TEST(split_and_freeze)
{
	struct page *folio = large_anon(0, 3);

	lock_folio(folio);
	split_pmd(0, 3, true);
	EXPECT_COUNTS(folio, 0, 0, 0, 1);
	expect_ptes(0, folio, 0, 8, PTE_MIGRATION | PTE_WRITE);
	EXPECT(!nr_queued() && test_bit(PG_dirty, &folio->flags));
	remove_migration_ptes(folio, folio);
	EXPECT_COUNTS(folio, 8, 0, 8, 9);
	unlock_folio(folio);
	expect_ptes(0, folio, 0, 8, PRESENT_WRITE);
	expect_content(0, 0, 8);
}

/* What is pinned stays mapped: it would share its pages otherwise. */
TEST(split_pinned)
{
	struct page *folio = large_anon(0, 3), *page;

	EXPECT(get_user_pages(MM, 3, 1, FOLL_PIN, &page) == 1);
	split_pmd(0, 0, true);
	EXPECT_COUNTS(folio, 8, 0, 8, 9);
	expect_ptes(0, folio, 0, 8, PRESENT_WRITE);
	gup_put_pages(&page, 1, FOLL_PIN);
}

/* Of one that may only be read nobody is told that he can write. */
TEST(split_read_only)
{
	struct page *folio = large_anon(0, 3);

	make_child(3, 0);
	split_pmd(3, 0, false);
	expect_ptes(3, folio, 0, 8, PTE_PRESENT);
	EXPECT_COUNTS(folio, 9, 1, PMD_MAPPED + 8, 9);
	lock_folio(folio);
	split_pmd(0, 0, true);
	expect_ptes(0, folio, 0, 8, PTE_MIGRATION);
	EXPECT_COUNTS(folio, 8, 0, 8, 9);
	remove_migration_ptes(folio, folio);
	EXPECT_COUNTS(folio, 16, 0, 8, 17);
	unlock_folio(folio);
	expect_ptes(0, folio, 0, 8, PTE_PRESENT);
}

TEST(split_migration_entry)
{
	struct page *folio = large_anon(0, 3);

	lock_folio(folio);
	try_to_migrate(folio);
	EXPECT(pmd_at(0, 0) == mk_pte(folio, PTE_MIGRATION | PTE_WRITE));
	EXPECT_COUNTS(folio, 0, 0, 0, 1);
	EXPECT(!nr_queued() && test_bit(PG_dirty, &folio->flags));
	split_pmd(0, 5, false);
	EXPECT_COUNTS(folio, 0, 0, 0, 1);
	expect_ptes(0, folio, 0, 8, PTE_MIGRATION | PTE_WRITE);
	remove_migration_ptes(folio, folio);
	unlock_folio(folio);
	EXPECT_COUNTS(folio, 8, 0, 8, 8);
	expect_content(0, 0, 8);
}

/* --- Migration entries that are PMDs --- */

TEST(migration_entry)
{
	struct page *folio = large_anon(0, 3);

	lock_folio(folio);
	try_to_migrate(folio);
	remove_migration_ptes(folio, folio);
	unlock_folio(folio);
	EXPECT((pmd_at(0, 0) & ~(PTE_YOUNG | PTE_DIRTY)) ==
	       mk_pte(folio, PRESENT_WRITE));
	EXPECT_COUNTS(folio, 1, 1, PMD_MAPPED, 1);
	expect_content(0, 0, 8);
}

TEST(migration_entry_of_pinned)
{
	struct page *folio = large_anon(0, 3), *page;
	pte_t pmd = pmd_at(0, 0);

	EXPECT(get_user_pages(MM, 0, 1, FOLL_PIN, &page) == 1);
	folio_lock(folio);
	try_to_migrate(folio);
	folio_unlock(folio);
	EXPECT(pmd_at(0, 0) == pmd);
	EXPECT_COUNTS(folio, 1, 1, PMD_MAPPED, 2);
	gup_put_pages(&page, 1, FOLL_PIN);
}

/* Giving it up, whole or in part, drops nothing: it counts nothing. */
TEST(migration_entry_given_up)
{
	struct page *folio = large_anon(0, 3);

	lock_folio(folio);
	try_to_migrate(folio);
	zap_page_range(MM, 0, 3);
	expect_ptes(0, folio, 3, 8, PTE_MIGRATION | PTE_WRITE);
	remove_migration_ptes(folio, folio);
	EXPECT_COUNTS(folio, 5, 0, 5, 6);
	try_to_migrate(folio);
	zap_page_range(MM, 0, ANON_PAGES);
	unlock_folio(folio);
	EXPECT(!folio->refcount.counter);
	folio = large_shmem(3);
	lock_folio(folio);
	try_to_migrate(folio);
	EXPECT_COUNTS(folio, 0, 0, 0, 9);
	split_pmd(SHMEM_MM, FILE_ADDRESS, false);
	EXPECT(!pmd_at(SHMEM_MM, FILE_ADDRESS));
	unlock_folio(folio);
	EXPECT_COUNTS(folio, 0, 0, 0, 8);
}

static void begin_migration(void *unused)
{
	struct page *folio = large_anon(0, 3);

	(void)unused;
	lock_folio(folio);
	try_to_migrate(folio);
}

static void read_it(void *unused)
{
	(void)unused;
	EXPECT(load(0, 3) == 103);
}

static void end_migration(void *unused)
{
	struct page *folio = pte_page(pmd_at(0, 0));

	(void)unused;
	EXPECT(folio->flags & 1ul << PG_waiters);
	EXPECT_COUNTS(folio, 0, 0, 0, 1);
	remove_migration_ptes(folio, folio);
	unlock_folio(folio);
}

/* Who finds one waits until it is gone, without a reference. */
static void test_fault_waits(void **state)
{
	struct sim_job jobs[] = {
		{ .run = read_it },
		{ .run = end_migration, .task = 1 },
	};

	(void)state;
	run_as_job(begin_migration);
	expect_jobs_done(jobs, 2);
}

static void set_over_entry(void *unused)
{
	struct page *folio = large_anon(0, 3);

	(void)unused;
	set_huge_anon_order(0);
	store(1, 5, 1);
	spin_lock(&mem->mm[1].page_table_lock);
	pmd_update(&mem->mm[1], 0, ~0u, mk_pte(folio, PRESENT_WRITE));
}

/* The check of that sees it. */
static void test_over_entry(void **state)
{
	(void)state;
	expect_verdict(set_over_entry, "INV_PTE_IDENTITY");
	assert_non_null(strstr(sim_verdict()->detail, "hides"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(part_of_pmd),
		UNIT(part_of_ptes),
		UNIT(ends_of_pmd),
		UNIT(split_present),
		UNIT(split_and_freeze),
		UNIT(split_pinned),
		UNIT(split_read_only),
		UNIT(split_migration_entry),
		UNIT(migration_entry),
		UNIT(migration_entry_of_pinned),
		UNIT(migration_entry_given_up),
		UNIT(fault_waits),
		UNIT(over_entry),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
