// SPDX-License-Identifier: GPL-2.0-only
/*
 * Goal: a page that nobody needs is freed with nothing lost, any other one is
 * kept as it was. Method: a process or a file has pages, a job reclaims, and
 * looks at what is left.
 */
#include "tests/core/user_pages.h"

#define MM (&mem->mm[0])
#define ADDRESS 1
#define SHMEM 2 /* the process, and the file that it maps */

static struct page *mapped_page(unsigned int mm, unsigned int address)
{
	EXPECT(mem->mm[mm].pte[address] & PTE_PRESENT);
	return pte_page(mem->mm[mm].pte[address]);
}

/* What is written meanwhile is on its disk afterwards. */
static unsigned int reclaim(void)
{
	unsigned int nr = shrink_lruvec(NR_SWAP_SLOTS);

	for (unsigned int i = 0; i < NR_SWAP_SLOTS; i++) {
		struct page *folio = swap_cache_get_folio(i);

		if (!folio)
			continue;
		folio_wait_writeback(folio);
		put_page(folio);
	}
	return nr;
}

static void take_all_memory(void)
{
	while (alloc_pages(GFP_KERNEL | __GFP_MOVABLE | __GFP_NORETRY, 0))
		;
}

/* --- Anonymous memory --- */

TEST(swaps_out)
{
	store(0, ADDRESS, 42);
	EXPECT(!reclaim());
	EXPECT(MM->pte[ADDRESS] & PTE_SWAP);
	EXPECT(reclaim() == 1);
	EXPECT(!mem->swap.i_pages[MM->pte[ADDRESS] >> PTE_SHIFT]);
	EXPECT(load(0, ADDRESS) == 42);
}

/* Goal: with no memory to read it into, it stays where it is. */
TEST(swap_without_memory)
{
	unsigned long content;

	store(0, ADDRESS, 42);
	reclaim();
	EXPECT(reclaim() == 1);
	take_all_memory();
	EXPECT(read_user(MM, ADDRESS, &content) == -ENOMEM);
	EXPECT(MM->pte[ADDRESS] & PTE_SWAP);
}

/* Goal: what is only in swap stays there as long as an entry has it. */
TEST(in_swap_only)
{
	store(1, ADDRESS, 42);
	EXPECT(!reclaim() && reclaim() == 1);
	EXPECT(mem->swap_map[0] && !mem->swap.nrpages);
	try_to_unuse();
	EXPECT(mem->swap_map[0]);
	EXPECT(load(1, ADDRESS) == 42);
}

/* Goal: what has no slot stays mapped. */
TEST(swap_is_full)
{
	unsigned int nr_swapped = 0;

	for (unsigned int i = 0; i < 5 * ANON_PAGES; i++)
		store(i / ANON_PAGES, i % ANON_PAGES, 100 + i);
	reclaim();
	reclaim();
	reclaim();
	for (unsigned int i = 0; i < 5 * ANON_PAGES; i++)
		nr_swapped += mem->mm[i / ANON_PAGES].pte[i % ANON_PAGES] &
			      PTE_SWAP;
	EXPECT(nr_swapped == NR_SWAP_SLOTS * PTE_SWAP);
	for (unsigned int i = 0; i < 5 * ANON_PAGES; i++)
		EXPECT(load(i / ANON_PAGES, i % ANON_PAGES) == 100 + i);
}

/* Goal: used pages stay, those that are locked in memory for good. */
TEST(keeps)
{
	struct page *page;

	store(0, ADDRESS, 42);
	lru_add_drain();
	page = mapped_page(0, ADDRESS);
	folio_mark_accessed(page);
	EXPECT(!reclaim() && MM->pte[ADDRESS] & PTE_PRESENT);
	mlock_folio(page);
	EXPECT(!reclaim() && MM->pte[ADDRESS] & PTE_PRESENT);
	EXPECT(test_bit(PG_mlocked, &page->flags));
	munlock_folio(page);
	lru_add_drain();
	EXPECT(folio_trylock(page));
	EXPECT(!reclaim() && MM->pte[ADDRESS] & PTE_PRESENT);
	folio_unlock(page);
}

/* Goal: so does all of a mapping that is locked. */
TEST(keeps_locked_mapping)
{
	struct page *page;

	MM->vma[ANON_VMA].vm_locked = true;
	store(0, ADDRESS, 42);
	lru_add_drain();
	page = mapped_page(0, ADDRESS);
	EXPECT(test_bit(PG_mlocked, &page->flags));
	EXPECT(!reclaim() && MM->pte[ADDRESS] & PTE_PRESENT);
	zap_page_range(MM, 0, NR_PTES);
	lru_add_drain();
	EXPECT(!page->refcount.counter);
	MM->vma[ANON_VMA].vm_locked = false;
}

/* A page whose process does not want its content any more, and is clean. */
static struct page *make_lazyfree(void)
{
	struct page *page;

	store(0, ADDRESS, 42);
	lru_add_drain();
	page = mapped_page(0, ADDRESS);
	clear_bit(PG_dirty, &page->flags);
	spin_lock(&MM->page_table_lock);
	pte_update(MM, ADDRESS, PTE_DIRTY | PTE_YOUNG, 0);
	spin_unlock(&MM->page_table_lock);
	folio_mark_lazyfree(page);
	lru_add_drain();
	EXPECT(!test_bit(PG_swapbacked, &page->flags));
	return page;
}

TEST(lazyfree_goes)
{
	struct page *page = make_lazyfree();

	EXPECT(reclaim() == 1);
	EXPECT(!page->refcount.counter && !MM->pte[ADDRESS]);
}

/* Goal: it is kept, and to be swapped again, if somebody may store there. */
TEST(lazyfree_in_use)
{
	struct page *page = make_lazyfree();

	get_page(page);
	EXPECT(!reclaim());
	EXPECT(test_bit(PG_swapbacked, &page->flags));
	EXPECT(MM->pte[ADDRESS] & PTE_PRESENT && load(0, ADDRESS) == 42);
	put_page(page);
}

TEST(lazyfree_stored_again)
{
	struct page *page = make_lazyfree();

	store(0, ADDRESS, 43);
	EXPECT(!reclaim());
	EXPECT(test_bit(PG_swapbacked, &page->flags));
	EXPECT(load(0, ADDRESS) == 43);
}

static struct page *unwanted;
static bool got; /* a reference on it */

static void makes_lazyfree(void *unused)
{
	(void)unused;
	unwanted = make_lazyfree();
}

static void reclaims(void *unused)
{
	(void)unused;
	reclaim();
}

static void gets(void *unused)
{
	(void)unused;
	got = get_page_unless_zero(unwanted);
}

/* As a device does that stores there by its reference. */
static void dirties(void *unused)
{
	gets(unused);
	if (!got)
		return;
	folio_mark_dirty(unwanted);
	put_page(unwanted);
	got = false;
}

/* Mapped or not, who has a reference has the page; and then nobody has. */
static void end_of_lazyfree(void *unused)
{
	(void)unused;
	lru_add_drain();
	if (got) {
		EXPECT(unwanted->refcount.counter ==
		       1 + folio_mapped(unwanted));
		put_page(unwanted);
	}
	zap_all();
	EXPECT(!unwanted->refcount.counter);
	check_isolated_stat();
}

static void run_lazyfree(void (*other)(void *), unsigned int at)
{
	struct sim_switch sw = { at, 1 };
	struct sim_job first = { .run = makes_lazyfree };
	struct sim_job last = { .run = end_of_lazyfree };
	struct sim_job race[] = {
		{ .run = reclaims, .switches = &sw, .nr_switches = 1 },
		{ .run = other, .task = 1 },
	};

	boot_machine(NULL);
	expect_jobs_done(&first, 1);
	expect_jobs_done(race, 2);
	expect_jobs_done(&last, 1);
}

/* Goal: it stays if somebody gets it meanwhile, or it becomes dirty. */
static void test_lazyfree_race(void **state)
{
	unsigned int nr_got = 0;

	(void)state;
	for (unsigned int at = 0; at < 60; at++) {
		run_lazyfree(dirties, at);
		run_lazyfree(gets, at);
		nr_got += got;
	}
	assert_in_range(nr_got, 10, 59);
}

/* --- Files --- */

TEST(file_goes)
{
	struct page *page;

	load(1, FILE_ADDRESS);
	page = mapped_page(1, FILE_ADDRESS);
	EXPECT(reclaim() == 1);
	EXPECT(!page->refcount.counter && !mem->file[1].i_pages[0]);
}

TEST(file_in_use)
{
	struct page *page;

	load(1, FILE_ADDRESS);
	page = mapped_page(1, FILE_ADDRESS);
	get_page(page);
	EXPECT(!reclaim());
	EXPECT(mem->file[1].i_pages[0] == page);
	put_page(page);
}

/* Goal: dirty ones are written first; a buffer in use keeps its page. */
TEST(file_with_buffer)
{
	struct buffer_head *bh;
	struct page *page;

	store(0, FILE_ADDRESS, 7);
	page = mapped_page(0, FILE_ADDRESS);
	EXPECT(!reclaim());
	folio_wait_writeback(page);
	EXPECT(mem->file[0].disk[0] == 7);
	bh = find_get_block(&mem->file[0], 0);
	EXPECT(bh && !reclaim() && bh->b_folio == page);
	brelse(bh);
	EXPECT(reclaim() == 1 && !page->refcount.counter);
	EXPECT(load(0, FILE_ADDRESS) == 7);
}

TEST(buffer_of_absent_page)
{
	struct buffer_head *bh;
	int ret;

	mem->file[0].disk[3] = 9;
	bh = getblk(&mem->file[0], 3, &ret);
	EXPECT(bh && mem->content[page_to_pfn(bh->b_folio)] == 9);
	EXPECT(getblk(&mem->file[0], 3, &ret) == bh);
	write_buffer(bh, 10);
	brelse(bh);
	brelse(bh);
	EXPECT(load(0, FILE_ADDRESS + 3) == 10);
	take_all_memory();
	EXPECT(!getblk(&mem->file[0], 4, &ret) && ret == -ENOMEM);
}

/* As if all were in use by pages that have been truncated. */
TEST(no_buffer_left)
{
	int ret;

	for (unsigned int i = 0; i < NR_BUFFERS; i++)
		mem->buffer[i].b_folio = mem->mem_map;
	EXPECT(!getblk(&mem->file[0], 3, &ret) && ret == -EFAULT);
	EXPECT(mem->file[0].i_pages[3]);
	mem->buffer[5].b_folio = NULL;
	EXPECT(getblk(&mem->file[0], 3, &ret) == &mem->buffer[5]);
}

/* --- Shared memory --- */

TEST(shmem_goes)
{
	store(SHMEM, FILE_ADDRESS, 7);
	reclaim();
	EXPECT(reclaim() == 1);
	EXPECT(load(SHMEM, FILE_ADDRESS) == 7);
}

TEST(shmem_without_memory)
{
	unsigned long content;

	store(SHMEM, FILE_ADDRESS, 7);
	reclaim();
	EXPECT(reclaim() == 1);
	take_all_memory();
	EXPECT(read_user(&mem->mm[SHMEM], FILE_ADDRESS, &content) == -ENOMEM);
	EXPECT(read_user(&mem->mm[SHMEM], FILE_ADDRESS + 1, &content) ==
	       -ENOMEM);
}

/* Goal: with swap full it stays where it is. */
TEST(shmem_without_slot)
{
	store(SHMEM, FILE_ADDRESS, 7);
	for (unsigned int i = 0; i < NR_SWAP_SLOTS; i++)
		store(i / ANON_PAGES, i % ANON_PAGES, 100 + i);
	lru_add_drain();
	folio_activate(mapped_page(SHMEM, FILE_ADDRESS));
	lru_add_drain();
	reclaim();
	for (unsigned int i = 0; i < NR_SWAP_SLOTS; i++)
		EXPECT(mem->swap_map[i]);
	folio_deactivate(mem->file[SHMEM].i_pages[0]);
	lru_add_drain();
	/* It has been used; then it is not any more. */
	for (unsigned int i = 0; i < 2; i++) {
		reclaim();
		lru_add_drain();
	}
	EXPECT(!folio_mapped(mem->file[SHMEM].i_pages[0]));
	EXPECT(mem->file[SHMEM].nrpages == 1);
	EXPECT(load(SHMEM, FILE_ADDRESS) == 7);
}

#define CORE(name) cmocka_unit_test_setup(test_##name, boot_machine)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CORE(swaps_out),
		CORE(swap_without_memory),
		CORE(in_swap_only),
		CORE(swap_is_full),
		CORE(keeps),
		CORE(keeps_locked_mapping),
		CORE(lazyfree_goes),
		CORE(lazyfree_in_use),
		CORE(lazyfree_stored_again),
		CORE(lazyfree_race),
		CORE(file_goes),
		CORE(file_in_use),
		CORE(file_with_buffer),
		CORE(buffer_of_absent_page),
		CORE(no_buffer_left),
		CORE(shmem_goes),
		CORE(shmem_without_memory),
		CORE(shmem_without_slot),
	};

	return cmocka_run_group_tests_name("reclaim", tests, NULL, NULL);
}
