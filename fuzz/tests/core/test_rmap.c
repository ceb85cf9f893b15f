// SPDX-License-Identifier: GPL-2.0-only
/* What maps a page: walks, migration entries, order of counts. */
#include "tests/core/user_pages.h"

static bool count_one(struct page *folio, const struct rmap_range *range,
		      void *arg)
{
	EXPECT(range->page == folio && range->nr == 1);
	EXPECT(range->mm->pte[range->address] & PTE_PRESENT);
	++*(unsigned int *)arg;
	return true;
}

static unsigned int nr_mappings(struct page *folio)
{
	unsigned int nr = 0;

	rmap_walk(folio,
		  &(struct rmap_walk_control){ .one = count_one, .arg = &nr });
	return nr;
}

/* Goal: a walk finds all that map a page: forked, moved, and of files. */
TEST(walk)
{
	struct page *page;

	store(0, 2, 1);
	page = pte_page(mem->mm[0].pte[2]);
	EXPECT(nr_mappings(page) == 1);
	make_child(3, 0);
	make_child(4, 3);
	EXPECT(nr_mappings(page) == 3);
	move_vma(&mem->mm[3]);
	EXPECT(nr_mappings(page) == 3);
	for (unsigned int i = 2; i < NR_MMS; i += NR_FILES)
		load(i, 2 * ANON_PAGES + 1);
	EXPECT(nr_mappings(mem->file[2].i_pages[1]) == 2);
	zap_all();
}

/* As migration does, for one page without other users. */
static struct page *move_page(struct page *src)
{
	struct page *dst = alloc_pages(GFP_HIGHUSER_MOVABLE, 0);

	folio_lock(src);
	folio_lock(dst);
	get_page(src);
	try_to_migrate(src);
	EXPECT(!folio_mapped(src));
	lru_add_drain_all();
	EXPECT(src->refcount.counter == 1);
	mem->content[page_to_pfn(dst)] = mem->content[page_to_pfn(src)];
	dst->mapping = src->mapping;
	dst->index = src->index;
	set_bit(PG_swapbacked, &dst->flags);
	set_bit(PG_uptodate, &dst->flags);
	remove_migration_ptes(src, dst);
	folio_unlock(dst);
	folio_unlock(src);
	put_page(src);
	put_page(dst);
	return dst;
}

/*
 * Goal: a page that moved is mapped where it was, by those who had it, with the
 * same rights and content.
 */
TEST(migrate)
{
	struct page *dst;

	store(0, 2, 17);
	make_child(3, 0);
	dst = move_page(pte_page(mem->mm[0].pte[2]));
	EXPECT(dst->mapcount.counter == 2);
	EXPECT(!(mem->mm[0].pte[2] & PTE_WRITE));
	EXPECT(load(0, 2) == 17 && load(3, 2) == 17);
	store(1, 3, 18);
	dst = move_page(pte_page(mem->mm[1].pte[3]));
	EXPECT(mem->mm[1].pte[3] & PTE_WRITE);
	EXPECT(pte_page(mem->mm[1].pte[3]) == dst && load(1, 3) == 18);
	zap_all();
}

static void move_one(void *unused)
{
	(void)unused;
	store(1, 3, 18);
	move_page(pte_page(mem->mm[1].pte[3]));
}

/* Goal: an entry that is set before it is counted is found at once. */
static void test_entry_before_count(void **state)
{
	struct sim_job job = { .run = move_one };

	(void)state;
	assert_int_equal(subject_set_bug("swap-reuse-of-entry-pfn"), 0);
	assert_false(sim_run(&job, 1));
	assert_string_equal(sim_verdict()->id, "INV_MAPCOUNT");
}

/*
 * Goal: a fork while a page is moved copies the entry, which loses the right to
 * write for both. Method: the move is made step by step.
 */
TEST(fork_of_migration_entry)
{
	struct page *page;

	store(0, 2, 17);
	page = pte_page(mem->mm[0].pte[2]);
	get_page(page);
	folio_lock(page);
	try_to_migrate(page);
	EXPECT(mem->mm[0].pte[2] & PTE_WRITE);
	EXPECT(mem->mm[0].pte[2] & PTE_MIGRATION);
	make_child(5, 0);
	EXPECT(mem->mm[5].pte[2] == mem->mm[0].pte[2]);
	EXPECT(!(mem->mm[0].pte[2] & PTE_WRITE));
	zap_page_range(&mem->mm[0], 0, NR_PTES);
	EXPECT(!mem->mm[0].pte[2]);
	remove_migration_ptes(page, page);
	folio_unlock(page);
	put_page(page);
	EXPECT(load(0, 2) == 0 && load(5, 2) == 17);
	zap_all();
}

/* Goal: a stack that is being moved is left alone; a walk sees it though. */
TEST(temporary_stack)
{
	struct page *page;

	store(0, 2, 17);
	page = pte_page(mem->mm[0].pte[2]);
	folio_lock(page);
	mem->mm[0].vma[ANON_VMA].temporary_stack = true;
	try_to_migrate(page);
	EXPECT(folio_mapped(page) && nr_mappings(page) == 1);
	mem->mm[0].vma[ANON_VMA].temporary_stack = false;
	folio_unlock(page);
	zap_all();
}

/* Goal: a page that was written to through a mapping is dirty without it. */
TEST(dirty)
{
	struct page *page;

	store(1, 2 * ANON_PAGES, 4);
	page = mem->file[1].i_pages[0];
	clear_bit(PG_dirty, &page->flags);
	folio_lock(page);
	EXPECT(try_to_unmap(page));
	EXPECT(page->flags & 1ul << PG_dirty);
	folio_unlock(page);
	load(1, 2 * ANON_PAGES);
	store(1, 2 * ANON_PAGES, 5);
	clear_bit(PG_dirty, &page->flags);
	zap_page_range(&mem->mm[1], 0, NR_PTES);
	EXPECT(page->flags & 1ul << PG_dirty);
	zap_all();
}

/* Goal: memory that is locked is not unmapped by reclaim. */
TEST(locked_vma)
{
	struct page *page;

	store(1, 2 * ANON_PAGES, 4);
	page = mem->file[1].i_pages[0];
	mem->mm[1].vma[FILE_VMA].vm_locked = true;
	folio_lock(page);
	EXPECT(!try_to_unmap(page));
	mem->mm[1].vma[FILE_VMA].vm_locked = false;
	EXPECT(try_to_unmap(page));
	folio_unlock(page);
	zap_all();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_walk, boot_machine),
		cmocka_unit_test_setup(test_migrate, boot_machine),
		cmocka_unit_test_setup(test_entry_before_count, boot_machine),
		cmocka_unit_test_setup(test_fork_of_migration_entry,
				       boot_machine),
		cmocka_unit_test_setup(test_temporary_stack, boot_machine),
		cmocka_unit_test_setup(test_dirty, boot_machine),
		cmocka_unit_test_setup(test_locked_vma, boot_machine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
