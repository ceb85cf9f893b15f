// SPDX-License-Identifier: GPL-2.0-only
/* Address spaces: faults, copies on write, files, swap, moves, truncation. */
#include "tests/core/user_pages.h"

/* The page that is mapped there, or NULL. */
static struct page *mapped(unsigned int mm, unsigned int address)
{
	pte_t pte = mem->mm[mm].pte[address];

	return pte & PTE_PRESENT ? pte_page(pte) : NULL;
}

static long nr_free_pages(void)
{
	drain_all_pages(NULL);
	return nr_free();
}

static void expect_counts(const struct page *page, int mapcount, int refcount)
{
	EXPECT(page->mapcount.counter == mapcount);
	EXPECT(page->refcount.counter == refcount);
}

/*
 * Goal: anonymous memory reads as zero, keeps what is stored and is given back.
 * Method: what a page has is looked at through the process, its counts
 * directly.
 */
TEST(anonymous)
{
	long before = nr_free_pages();
	struct page *page;

	EXPECT(load(0, 3) == 0);
	page = mapped(0, 3);
	lru_add_drain_all();
	expect_counts(page, 1, 1);
	EXPECT(page->index == 3 && folio_test_anon(page));
	store(0, 3, 7);
	EXPECT(load(0, 3) == 7 && mapped(0, 3) == page);
	EXPECT(nr_free_pages() == before - 1);
	zap_all();
	EXPECT(nr_free_pages() == before && !mem->mm[0].pte[3]);
	EXPECT(load(0, 3) == 0);
	zap_all();
}

/* Goal: where a process has no memory a fault says so. */
TEST(no_address)
{
	unsigned long content;

	EXPECT(read_user(&mem->mm[0], ANON_PAGES, &content) == -EFAULT);
	EXPECT(write_user(&mem->mm[0], ANON_PAGES, 1) == -EFAULT);
}

/*
 * Goal: after a fork both have what was there, and what one stores the other
 * does not see; who is alone in the end stores without a copy.
 */
TEST(fork)
{
	struct page *page;

	store(0, 1, 5);
	lru_add_drain_all();
	make_child(1, 0);
	page = mapped(0, 1);
	EXPECT(mapped(1, 1) == page);
	expect_counts(page, 2, 2);
	EXPECT(load(1, 1) == 5);
	store(1, 1, 6);
	EXPECT(load(0, 1) == 5 && load(1, 1) == 6);
	EXPECT(mapped(0, 1) == page && mapped(1, 1) != page);
	lru_add_drain_all();
	expect_counts(page, 1, 1);
	store(0, 1, 8);
	EXPECT(mapped(0, 1) == page && load(1, 1) == 6 && load(0, 1) == 8);
	zap_all();
}

/* Goal: what the parent stores after a fork the child does not see. */
TEST(fork_parent_stores)
{
	store(0, 1, 5);
	make_child(1, 0);
	store(0, 1, 6);
	EXPECT(load(0, 1) == 6 && load(1, 1) == 5);
	zap_all();
}

/*
 * Goal: a page of a file is shared, read-only until it is written to, and gone
 * for all when the file is truncated there.
 */
/* Goal: without memory for a copy nothing changes for those who share. */
TEST(copy_without_memory)
{
	struct page *page;

	store(0, 3, 11);
	make_child(1, 0);
	page = mapped(0, 3);
	while (alloc_pages(GFP_KERNEL | __GFP_MOVABLE | __GFP_NORETRY, 0))
		;
	EXPECT(write_user(&mem->mm[1], 3, 12) == -ENOMEM);
	EXPECT(mapped(0, 3) == page && mapped(1, 3) == page);
	lru_add_drain();
	expect_counts(page, 2, 2);
	EXPECT(load(0, 3) == 11 && load(1, 3) == 11);
}

TEST(file)
{
	struct page *page;

	store(1, FILE_ADDRESS + 2, 9);
	zap_page_range(&mem->mm[1], 0, NR_PTES);
	EXPECT(load(1, FILE_ADDRESS + 2) == 9 &&
	       load(5, FILE_ADDRESS + 2) == 9);
	page = mapped(1, FILE_ADDRESS + 2);
	lru_add_drain_all();
	EXPECT(mapped(5, FILE_ADDRESS + 2) == page);
	expect_counts(page, 2, 3);
	EXPECT(!(mem->mm[5].pte[FILE_ADDRESS + 2] & PTE_WRITE));
	store(5, FILE_ADDRESS + 2, 10);
	EXPECT(load(1, FILE_ADDRESS + 2) == 10);
	EXPECT(page->flags & 1ul << PG_dirty);
	EXPECT(folio_mapping(page) == &mem->file[1]);
	make_hole(1, 2);
	EXPECT(!mapped(1, FILE_ADDRESS + 2) && !mapped(5, FILE_ADDRESS + 2));
	EXPECT(!mem->file[1].i_pages[2] && !mem->file[1].nrpages);
	EXPECT(load(1, FILE_ADDRESS + 2) == 0);
	zap_all();
}

/* Goal: data that hangs on a written page has a reference until truncation. */
TEST(buffers)
{
	struct page *page;

	store(0, FILE_ADDRESS, 1);
	page = mapped(0, FILE_ADDRESS);
	lru_add_drain_all();
	EXPECT(page->flags & 1ul << PG_private);
	expect_counts(page, 1, 3);
	zap_all();
}

/* As reclaim has it, up to the page's end. */
static void swap_out(struct page *page)
{
	EXPECT(folio_trylock(page));
	if (folio_test_anon(page))
		EXPECT(add_to_swap(page));
	EXPECT(try_to_unmap(page));
	if (!folio_test_anon(page))
		EXPECT(shmem_writepage(page));
	mem->swap.disk[page->private] = mem->content[page_to_pfn(page)];
	folio_unlock(page);
}

static void drop_from_swap_cache(struct page *page)
{
	get_page(page);
	folio_lock(page);
	lru_add_drain_all();
	expect_counts(page, 0, 2);
	delete_from_swap_cache(page);
	folio_unlock(page);
	put_page(page);
}

/*
 * Goal: what went to swap comes back, from the cache and from the slot, for all
 * who had it; the slot is free in the end.
 */
TEST(swap)
{
	long before = nr_free_pages();
	struct page *page;

	store(0, 4, 11);
	make_child(1, 0);
	page = mapped(0, 4);
	swap_out(page);
	EXPECT(mem->swap_map[0] == (SWAP_HAS_CACHE | 2));
	EXPECT(!mapped(0, 4) && !mapped(1, 4));
	EXPECT(load(0, 4) == 11 && mapped(0, 4) == page);
	EXPECT(mem->swap_map[0] == (SWAP_HAS_CACHE | 1));
	folio_lock(page);
	EXPECT(try_to_unmap(page));
	folio_unlock(page);
	drop_from_swap_cache(page);
	EXPECT(mem->swap_map[0] == 2);
	EXPECT(load(1, 4) == 11);
	store(1, 4, 12);
	EXPECT(load(0, 4) == 11 && load(1, 4) == 12);
	store(0, 4, 13);
	EXPECT(!mem->swap_map[0] && !mem->swap.nrpages);
	zap_all();
	EXPECT(nr_free_pages() == before);
}

/* Goal: the last entry for a slot that is zapped frees slot and cache. */
TEST(swap_zapped)
{
	long before = nr_free_pages();

	store(0, 4, 11);
	swap_out(mapped(0, 4));
	make_child(1, 0);
	EXPECT(mem->swap_map[0] == (SWAP_HAS_CACHE | 2));
	zap_page_range(&mem->mm[0], 0, NR_PTES);
	EXPECT(mem->swap_map[0] == (SWAP_HAS_CACHE | 1));
	zap_all();
	EXPECT(!mem->swap_map[0] && nr_free_pages() == before);
}

/* Goal: the same for shmem, whose index has the entry; and its truncation. */
TEST(shmem)
{
	struct page *page;

	store(2, FILE_ADDRESS + 1, 20);
	page = mapped(2, FILE_ADDRESS + 1);
	swap_out(page);
	EXPECT(xa_is_value(mem->file[2].i_pages[1]));
	EXPECT(!page->mapping && folio_mapping(page) == &mem->swap);
	drop_from_swap_cache(page);
	EXPECT(mem->swap_map[0] == 1);
	EXPECT(load(2, FILE_ADDRESS + 1) == 20);
	EXPECT(!mem->swap_map[0]);
	swap_out(mapped(2, FILE_ADDRESS + 1));
	make_hole(2, 1);
	EXPECT(!mem->swap_map[0] && !mem->swap.nrpages);
	EXPECT(load(2, FILE_ADDRESS + 1) == 0);
	zap_all();
}

/* Goal: memory that is moved has what it had, there and nowhere else. */
TEST(mremap)
{
	unsigned long content;

	store(0, 1, 30);
	move_vma(&mem->mm[0]);
	EXPECT(load(0, ANON_PAGES + 1) == 30 && !mem->mm[0].pte[1]);
	EXPECT(read_user(&mem->mm[0], 1, &content) == -EFAULT);
	move_vma(&mem->mm[0]);
	EXPECT(load(0, 1) == 30);
	zap_all();
}

/* Goal: a process that begins anew has its arguments, and nothing else. */
TEST(exec)
{
	store(0, 5, 40);
	EXPECT(!exec_stack(&mem->mm[0], 41));
	EXPECT(load(0, 0) == 41 && load(0, 1) == 41 && load(0, 5) == 0);
	EXPECT(mapped(0, 0)->index == 0);
	EXPECT(!mem->mm[0].vma[ANON_VMA].temporary_stack);
	zap_all();
}

/* --- Damage --- */

/* Goal: a store that the other owner would read is seen when it happens. */
DAMAGE(shared_store, "INV_SHARED_STORE", {
	store(0, 1, 1);
	make_child(1, 0);
	mem->mm[0].pte[1] |= PTE_WRITE;
	store(0, 1, 2);
})

/* Goal: what is lost is seen although nobody reads it. */
DAMAGE(lost_page, "INV_CONTENT", {
	store(0, 1, 1);
	mem->content[page_to_pfn(page_at(0, 1))] = 0;
	check_mappings();
})

DAMAGE(lost_file, "INV_CONTENT", {
	store(2, FILE_ADDRESS, 1);
	zap_page_range(&mem->mm[2], 0, NR_PTES);
	mem->content[page_to_pfn(mem->file[2].i_pages[0])] = 0;
	check_mappings();
})

DAMAGE(lost_slot, "INV_CONTENT", {
	store(0, 1, 1);
	lru_add_drain();
	shrink_lruvec(1);
	folio_wait_writeback(mem->swap.i_pages[0]);
	shrink_lruvec(1);
	mem->swap.disk[0] = 0;
	check_mappings();
})

/* Goal: memory that is gone is missed, although nobody comes there any more. */
DAMAGE(lost_area, "INV_AREAS", {
	mem->mm[3].vma[ANON_VMA].vm_end--;
	check_mm(3);
})

DAMAGE(miscounted_file, "INV_NR_CACHED", {
	store(2, FILE_ADDRESS, 1);
	mem->file[2].nrpages++;
	check_mappings();
})

DAMAGE(miscounted_swap, "INV_NR_CACHED", {
	mem->swap.nrpages++;
	check_mappings();
})

DAMAGE(child_without, "INV_FORKED", {
	store(0, 1, 1);
	make_child(1, 0);
	zap_page_range(&mem->mm[1], 1, 2);
	check_forked(1, 0);
})

/* Goal: who says that there is no memory has asked for some. */
DAMAGE(no_memory, "INV_ALLOC_FAILED", {
	check_op_begin(CHECK_OP_ALLOC, CHECK_CMA_ALLOWED);
	check_op_wants(0, 1, 0, 0);
	check_op_end(CHECK_FAILED, 0, 0);
})

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_anonymous, boot_machine),
		cmocka_unit_test_setup(test_no_address, boot_machine),
		cmocka_unit_test_setup(test_fork, boot_machine),
		cmocka_unit_test_setup(test_fork_parent_stores, boot_machine),
		cmocka_unit_test_setup(test_copy_without_memory, boot_machine),
		cmocka_unit_test_setup(test_file, boot_machine),
		cmocka_unit_test_setup(test_buffers, boot_machine),
		cmocka_unit_test_setup(test_swap, boot_machine),
		cmocka_unit_test_setup(test_swap_zapped, boot_machine),
		cmocka_unit_test_setup(test_shmem, boot_machine),
		cmocka_unit_test_setup(test_mremap, boot_machine),
		cmocka_unit_test_setup(test_exec, boot_machine),
		cmocka_unit_test_setup(test_shared_store, boot_machine),
		cmocka_unit_test_setup(test_lost_page, boot_machine),
		cmocka_unit_test_setup(test_lost_file, boot_machine),
		cmocka_unit_test_setup(test_lost_slot, boot_machine),
		cmocka_unit_test_setup(test_lost_area, boot_machine),
		cmocka_unit_test_setup(test_miscounted_file, boot_machine),
		cmocka_unit_test_setup(test_miscounted_swap, boot_machine),
		cmocka_unit_test_setup(test_child_without, boot_machine),
		cmocka_unit_test_setup(test_no_memory, boot_machine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
