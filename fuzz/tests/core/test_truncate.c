// SPDX-License-Identifier: GPL-2.0-only
/* Files that get shorter, and longer again. */
#include <errno.h>

#include "tests/core/large_folios.h"

#define SHMEM (&mem->file[SHMEM_MM])
#define DISK_MM 1 /* its file is on a disk */

static int fault_at(unsigned int mm, unsigned int index)
{
	unsigned long content;

	return read_user(&mem->mm[mm], FILE_ADDRESS + index, &content);
}

static void expect_end(unsigned int mm, unsigned int size)
{
	unsigned int file = mm % NR_FILES;

	for (unsigned int i = 0; i < NR_FILE_PAGES; i++) {
		if (i < size) {
			EXPECT(load(mm, FILE_ADDRESS + i) == 100 + i);
			continue;
		}
		EXPECT(fault_at(mm, i) == -EFAULT);
		EXPECT(!pte_at(mm, FILE_ADDRESS + i));
		EXPECT(!mem->file[file].i_pages[i]);
	}
	check_mappings();
}

static void fill(unsigned int mm)
{
	for (unsigned int i = 0; i < NR_FILE_PAGES; i++)
		store(mm, FILE_ADDRESS + i, 100 + i);
}

/* Goal: behind its end a file has nothing, and zeros if it gets longer. */
static void shorten(unsigned int mm)
{
	fill(mm);
	for (unsigned int i = 0; i < NR_FILE_PAGES; i++)
		load(mm + NR_FILES, FILE_ADDRESS + i);
	set_size(mm, 3);
	expect_end(mm, 3);
	expect_end(mm + NR_FILES, 3);
	EXPECT(mem->file[mm].nrpages == 3);
	set_size(mm, 5);
	for (unsigned int i = 3; i < 5; i++)
		EXPECT(load(mm, FILE_ADDRESS + i) == 0);
	EXPECT(fault_at(mm, 5) == -EFAULT);
	set_size(mm, NR_FILE_PAGES);
	EXPECT(load(mm, FILE_ADDRESS + 7) == 0);
	zap_all();
}

TEST(disk)
{
	shorten(DISK_MM);
}

TEST(shmem)
{
	shorten(SHMEM_MM);
}

/* Goal: a file that is no shorter than before keeps all. */
TEST(longer)
{
	fill(SHMEM_MM);
	set_size(SHMEM_MM, NR_FILE_PAGES);
	expect_end(SHMEM_MM, NR_FILE_PAGES);
	zap_all();
}

/* Goal: a folio that is all behind the end goes as it is. */
TEST(whole_folio)
{
	struct page *folio, *tail;

	set_huge_shmem_order(2);
	fill(SHMEM_MM);
	folio = page_at(SHMEM_MM, FILE_ADDRESS);
	tail = page_at(SHMEM_MM, FILE_ADDRESS + 4);
	EXPECT(compound_order(folio) == 2 && compound_order(tail) == 2);
	lru_add_drain_all();
	get_page(tail);
	set_size(SHMEM_MM, 4);
	expect_end(SHMEM_MM, 4);
	EXPECT(compound_order(folio) == 2 && compound_order(tail) == 2);
	EXPECT_COUNTS(tail, 0, 0, 0, 1);
	EXPECT(!tail->mapping);
	put_page(tail);
	zap_all();
}

/* Goal: a folio that the end is in is split, and what is behind it goes. */
TEST(part_of_folio)
{
	struct page *folio = large_shmem(3);

	set_size(SHMEM_MM, 3);
	expect_end(SHMEM_MM, 3);
	EXPECT(!folio_test_large(folio) && SHMEM->nrpages == 3);
	zap_all();
}

/* The file ends at 3 within a folio, as somebody had that meanwhile. */
static struct page *folio_at_end(void)
{
	struct page *folio = large_shmem(3);

	get_page(folio);
	set_size(SHMEM_MM, 3);
	EXPECT(compound_order(folio) == 3 && SHMEM->nrpages == 8);
	EXPECT_COUNTS(folio, 0, 0, 0, 9);
	return folio;
}

/* Goal: what somebody has keeps zeros behind the end, and nobody maps it. */
TEST(folio_in_use)
{
	struct page *folio = folio_at_end();

	EXPECT(fault_at(SHMEM_MM, 3) == -EFAULT);
	for (unsigned int i = 0; i < 3; i++)
		EXPECT(load(SHMEM_MM, FILE_ADDRESS + i) == 100 + i);
	for (unsigned int i = 3; i < 8; i++)
		EXPECT(!mem->content[page_to_pfn(folio) + i]);
	put_page(folio);
	set_size(SHMEM_MM, NR_FILE_PAGES);
	zap_all();
}

/* Goal: it goes as a whole when the file ends before it. */
TEST(shorter_again)
{
	struct page *folio;

	set_huge_shmem_order(2);
	fill(SHMEM_MM);
	folio = page_at(SHMEM_MM, FILE_ADDRESS + 4);
	lru_add_drain_all();
	get_page(folio);
	set_size(SHMEM_MM, 6);
	EXPECT(compound_order(folio) == 2 && SHMEM->nrpages == 8);
	set_size(SHMEM_MM, 4);
	expect_end(SHMEM_MM, 4);
	EXPECT(compound_order(folio) == 2 && !folio->mapping);
	EXPECT_COUNTS(folio, 0, 0, 0, 1);
	put_page(folio);
	zap_all();
}

/* Goal: as soon as it is split, what is behind the end leaves the file. */
static void split_at_end(unsigned int order, unsigned int nr_left)
{
	struct page *folio = folio_at_end();

	folio_lock(folio);
	EXPECT(!split_folio_to_order(folio, NULL, order));
	EXPECT(SHMEM->nrpages == nr_left);
	for (unsigned int i = 0; i < 8; i++)
		EXPECT(!SHMEM->i_pages[i] == (i >= nr_left));
	unlock_folio(folio);
	for (unsigned int i = nr_left; i < 8; i++)
		EXPECT(!folio[i].refcount.counter);
	for (unsigned int i = 0; i < 3; i++)
		EXPECT(load(SHMEM_MM, FILE_ADDRESS + i) == 100 + i);
	set_size(SHMEM_MM, NR_FILE_PAGES);
	zap_all();
}

TEST(split_to_pages)
{
	split_at_end(0, 3);
}

TEST(split_to_order_1)
{
	split_at_end(1, 4);
}

TEST(split_to_order_2)
{
	split_at_end(2, 4);
}

/* Goal: folios are not larger than the file. */
TEST(no_folio_behind_end)
{
	set_size(SHMEM_MM, 7);
	set_huge_shmem_order(3);
	store(SHMEM_MM, FILE_ADDRESS, 100);
	EXPECT(!folio_test_large(page_at(SHMEM_MM, FILE_ADDRESS)));
	set_huge_shmem_order(2);
	store(SHMEM_MM, FILE_ADDRESS + 4, 104);
	EXPECT(!folio_test_large(page_at(SHMEM_MM, FILE_ADDRESS + 4)));
	set_size(SHMEM_MM, 8);
	store(SHMEM_MM, FILE_ADDRESS + 2, 102);
	EXPECT(!folio_test_large(page_at(SHMEM_MM, FILE_ADDRESS + 2)));
	zap_all();
}

/* Goal: what is in swap behind the end is freed. */
TEST(swapped_out)
{
	fill(SHMEM_MM);
	lru_add_drain_all();
	zap_page_range(&mem->mm[SHMEM_MM], 0, NR_PTES);
	for (unsigned int i = 0; i < 3; i++)
		shrink_lruvec(NR_SWAP_SLOTS);
	EXPECT(!SHMEM->nrpages && mem->swap_map[0]);
	set_size(SHMEM_MM, 2);
	expect_end(SHMEM_MM, 2);
	zap_all();
	check_mappings();
}

/* Goal: a page that came too late to be taken out again is seen. */
DAMAGE(behind_end, "INV_FILE_END", {
	fill(SHMEM_MM);
	SHMEM->i_size = 3;
	check_mappings();
})

/* Goal: nor does shmem keep one there that nobody has mapped. */
DAMAGE(left_in_file, "INV_FILE_END", {
	fill(SHMEM_MM);
	zap_page_range(&mem->mm[SHMEM_MM], 0, NR_PTES);
	SHMEM->i_size = 3;
	check_mappings();
})

/* Goal: but a file on a disk does, where a read came too late. */
TEST(left_in_file_on_disk)
{
	fill(DISK_MM);
	zap_page_range(&mem->mm[DISK_MM], 0, NR_PTES);
	mem->file[DISK_MM].i_size = 3;
	check_mappings();
	mem->file[DISK_MM].i_size = NR_FILE_PAGES;
}

DAMAGE(size_not_set, "INV_FILE_SIZE", {
	check_size_begin(1);
	check_size_end(1, 3);
})

/* Goal: of two who set it at the same time either one may have been last. */
TEST(size_set_twice)
{
	check_size_begin(1);
	check_size_begin(1);
	set_size(1, 5);
	check_size_end(1, 3);
	check_size_end(1, 5);
	check_size_begin(1);
	check_size_end(1, 5);
	check_size_begin(1);
	check_size_begin(1);
	check_size_end(1, 5);
	check_size_end(1, 3);
}

DAMAGE(not_uptodate, "INV_UPTODATE", {
	fill(SHMEM_MM);
	clear_bit(PG_uptodate, &page_at(SHMEM_MM, FILE_ADDRESS)->flags);
	check_mm(SHMEM_MM);
})

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(disk),
		UNIT(shmem),
		UNIT(longer),
		UNIT(whole_folio),
		UNIT(part_of_folio),
		UNIT(folio_in_use),
		UNIT(shorter_again),
		UNIT(split_to_pages),
		UNIT(split_to_order_1),
		UNIT(split_to_order_2),
		UNIT(no_folio_behind_end),
		UNIT(swapped_out),
		UNIT(behind_end),
		UNIT(left_in_file),
		UNIT(left_in_file_on_disk),
		UNIT(size_not_set),
		UNIT(size_set_twice),
		UNIT(not_uptodate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
