// SPDX-License-Identifier: GPL-2.0-only
/*
 * Goal: who gets at pages of a process has the references that he should, and
 * gives them all back; what is pinned for good is where it may be, with what
 * the process had there, or nothing has changed. Method: a process has pages in
 * the CMA area, in zone Movable, in a batch, with a reference of somebody
 * else's, off the LRU; they are pinned, and their place and counts are looked
 * at.
 */
#include "tests/core/pinned_pages.h"

static void expect_pinned_elsewhere(void)
{
	struct page *page = expect_pinned(GOOD);

	EXPECT(!is_in_cma(page_to_pfn(page)));
	EXPECT(page_zone(page) == normal());
	EXPECT(page == page_at(1, ADDRESS));
	EXPECT(page->refcount.counter == 1 + BIAS);
	check_pinned(page_to_pfn(page));
	gup_put_pages(&page, 1, GOOD);
	EXPECT(page->refcount.counter == 1);
	EXPECT(load(1, ADDRESS) == 42);
	check_isolated_stat();
}

/* --- References --- */

TEST(get)
{
	struct page *page = expect_pinned(FOLL_GET);

	lru_add_drain();
	EXPECT(page->refcount.counter == 2);
	EXPECT(!folio_maybe_dma_pinned(page));
	gup_put_pages(&page, 1, FOLL_GET);
	EXPECT(page->refcount.counter == 1);
}

TEST(pin)
{
	struct page *page = expect_pinned(FOLL_PIN), *again;

	lru_add_drain();
	EXPECT(page->refcount.counter == 1 + BIAS);
	EXPECT(folio_maybe_dma_pinned(page));
	again = expect_pinned(FOLL_PIN);
	EXPECT(page->refcount.counter == 1 + 2 * BIAS);
	gup_put_pages(&again, 1, FOLL_PIN);
	EXPECT(folio_maybe_dma_pinned(page));
	gup_put_pages(&page, 1, FOLL_PIN);
	EXPECT(page->refcount.counter == 1);
}

/* Who has a page keeps it when the process has given it up. */
static void expect_last(unsigned int gup_flags)
{
	struct page *page = expect_pinned(gup_flags);
	unsigned int pfn = page_to_pfn(page);

	zap_page_range(MM, 0, NR_PTES);
	EXPECT(page->refcount.counter ==
	       (gup_flags == FOLL_GET ? 1 : GUP_PIN_COUNTING_BIAS));
	gup_put_pages(&page, 1, gup_flags);
	EXPECT(!mem->mem_map[pfn].refcount.counter);
}

TEST(last_reference)
{
	expect_last(FOLL_GET);
	expect_last(FOLL_PIN);
}

/* What a child may not write to is copied first: it is its own then. */
TEST(shared)
{
	struct page *page;

	store(0, ADDRESS, 42);
	make_child(1, 0);
	page = expect_pinned(FOLL_PIN);
	EXPECT(page != page_at(0, ADDRESS));
	EXPECT(load(1, ADDRESS) == 42 && load(0, ADDRESS) == 42);
	gup_put_pages(&page, 1, FOLL_PIN);
}

/* --- Several pages --- */

TEST(several)
{
	struct page *pages[ANON_PAGES];

	EXPECT(get_user_pages(MM, 2, 4, FOLL_PIN, pages) == 4);
	lru_add_drain();
	for (unsigned int i = 0; i < 4; i++) {
		EXPECT(pages[i] == page_at(1, 2 + i));
		EXPECT(pages[i]->refcount.counter == 1 + BIAS);
	}
	gup_put_pages(pages, 4, FOLL_PIN);
	for (unsigned int i = 0; i < 4; i++)
		EXPECT(pages[i]->refcount.counter == 1);
}

/* As many as there are; none is an error. */
TEST(end_of_memory)
{
	struct page *pages[ANON_PAGES];
	unsigned int last = ANON_PAGES - 1;

	EXPECT(get_user_pages(MM, last, 3, FOLL_PIN, pages) == 1);
	gup_put_pages(pages, 1, FOLL_PIN);
	EXPECT(get_user_pages_fast(MM, last, 3, GOOD, pages) == 1);
	gup_put_pages(pages, 1, GOOD);
	EXPECT(get_user_pages(MM, ANON_PAGES, 3, FOLL_PIN, pages) == -EFAULT);
	EXPECT(get_user_pages(MM, NR_PTES, 1, FOLL_GET, pages) == -EFAULT);
	/* By a fault; then it is there. */
	for (unsigned int i = 0; i < 2; i++) {
		EXPECT(get_user_pages_fast(MM, NR_PTES - 1, 2, FOLL_GET,
					   pages) == 1);
		gup_put_pages(pages, 1, FOLL_GET);
	}
}

/* --- Fast --- */

/* Only what is there, and may be written to, needs no fault. */
TEST(fast)
{
	struct page *pages[2];

	store(1, ADDRESS, 42);
	EXPECT(get_user_pages_fast(MM, ADDRESS, 1, FOLL_PIN, pages) == 1);
	EXPECT(pages[0] == page_at(1, ADDRESS));
	EXPECT(pages[0]->refcount.counter == 1 + BIAS);
	gup_put_pages(pages, 1, FOLL_PIN);
	EXPECT(get_user_pages_fast(MM, ADDRESS, 2, FOLL_GET, pages) == 2);
	EXPECT(MM->pte[ADDRESS + 1] & PTE_PRESENT);
	gup_put_pages(pages, 2, FOLL_GET);
	EXPECT(pages[0]->refcount.counter == 1);
	load(1, FILE_ADDRESS);
	EXPECT(get_user_pages_fast(MM, FILE_ADDRESS, 1, FOLL_PIN, pages) == 1);
	EXPECT(MM->pte[FILE_ADDRESS] & PTE_WRITE);
	gup_put_pages(pages, 1, FOLL_PIN);
}

/* Who has some is told of these. */
TEST(fast_and_no_more)
{
	struct page *pages[2];

	store(1, ANON_PAGES - 1, 42);
	EXPECT(get_user_pages_fast(MM, ANON_PAGES - 1, 2, FOLL_PIN, pages) ==
	       1);
	gup_put_pages(pages, 1, FOLL_PIN);
	EXPECT(pages[0]->refcount.counter == 2); /* and a batch */
}

/* Not where it may be pinned for good: that is left to who moves it. */
TEST(fast_out_of_cma)
{
	struct page *page;

	write_in_cma();
	EXPECT(get_user_pages_fast(MM, ADDRESS, 1, GOOD, &page) == 1);
	EXPECT(!is_in_cma(page_to_pfn(page)));
	gup_put_pages(&page, 1, GOOD);
}

/* While fork is at it, or was, nobody is pinned without locks. */
static struct page *pinned;

static void forks(void *unused)
{
	(void)unused;
	EXPECT(!dup_mmap(&mem->mm[2], MM));
}

static void pins_while_fork(void *unused)
{
	(void)unused;
	EXPECT(MM->write_protect_seq == 1);
	EXPECT(get_user_pages_fast(MM, ADDRESS, 1, FOLL_PIN, &pinned) == 1);
	EXPECT(pinned == pte_page(MM->pte[ADDRESS]));
	EXPECT(MM->write_protect_seq == 2);
	gup_put_pages(&pinned, 1, FOLL_PIN);
}

static void writes_page(void *unused)
{
	(void)unused;
	store(1, ADDRESS, 42);
}

static void test_fast_while_fork(void **state)
{
	struct sim_switch sw = { 0, 1 };
	struct sim_job first = { .run = writes_page };
	struct sim_job jobs[] = {
		{ .run = forks, .switches = &sw, .nr_switches = 1 },
		{ .task = 1, .run = pins_while_fork },
	};

	(void)state;
	/* The first point at which fork has told of itself. */
	for (;; sw.at++) {
		boot_machine(NULL);
		expect_jobs_done(&first, 1);
		if (sim_run(jobs, 2))
			break;
		assert_string_equal(sim_verdict()->id, "EXPECT");
		assert_true(sw.at < 100);
	}
}

/* --- For good --- */

/* A page that nobody has touched is made where it may stay. */
TEST(new_page)
{
	struct page *page = expect_pinned(GOOD);

	EXPECT(MM->pte[ADDRESS] & PTE_WRITE);
	check_pinned(page_to_pfn(page));
	gup_put_pages(&page, 1, GOOD);
	EXPECT(!mem->task[0].flags);
}

/* Not where movable pages come from: that would only be moved again. */
TEST(new_page_not_from_cma)
{
	struct page *page;

	take_most_but_cma();
	check_op_begin(CHECK_OP_PIN, CHECK_CMA_FORBIDDEN);
	page = expect_pinned(GOOD);
	check_op_end(CHECK_DONE, 0, 0);
	gup_put_pages(&page, 1, GOOD);
}

/* A file of a disk would not learn of what is written; shmem need not. */
TEST(pages_of_files)
{
	const struct mm_struct *disk = &mem->mm[0], *shmem = &mem->mm[2];
	struct page *page;

	store(0, FILE_ADDRESS, 42);
	store(2, FILE_ADDRESS, 43);
	EXPECT(get_user_pages(&mem->mm[0], FILE_ADDRESS, 1, GOOD, &page) ==
	       -EFAULT);
	EXPECT(get_user_pages_fast(&mem->mm[0], FILE_ADDRESS, 1, GOOD, &page) ==
	       -EFAULT);
	EXPECT(pte_page(disk->pte[FILE_ADDRESS])->refcount.counter < BIAS);
	EXPECT(get_user_pages_fast(&mem->mm[2], FILE_ADDRESS, 1, GOOD, &page) ==
	       1);
	EXPECT(page == pte_page(shmem->pte[FILE_ADDRESS]));
	gup_put_pages(&page, 1, GOOD);
	EXPECT(get_user_pages(&mem->mm[0], FILE_ADDRESS, 1, FOLL_PIN, &page) ==
	       1);
	EXPECT(page == pte_page(disk->pte[FILE_ADDRESS]));
	gup_put_pages(&page, 1, FOLL_PIN);
}

TEST(no_address)
{
	struct page *page;

	EXPECT(get_user_pages(MM, ANON_PAGES, 1, GOOD, &page) == -EFAULT);
	EXPECT(!mem->task[0].flags);
}

TEST(out_of_cma)
{
	write_in_cma();
	EXPECT(is_in_cma(page_to_pfn(page_at(1, ADDRESS))));
	expect_pinned_elsewhere();
}

TEST(out_of_movable)
{
	store(1, ADDRESS, 42);
	EXPECT(page_zone(page_at(1, ADDRESS)) == &mem->zones[ZONE_MOVABLE]);
	expect_pinned_elsewhere();
}

TEST(out_of_isolated_block)
{
	unsigned int pfn;

	store(1, ADDRESS, 42);
	pfn = pageblock_start_pfn(page_to_pfn(page_at(1, ADDRESS)));
	EXPECT(!start_isolate_page_range(pfn, pfn + 8, MIGRATE_MOVABLE));
	expect_pinned_elsewhere();
	EXPECT(page_to_pfn(page_at(1, ADDRESS)) < pfn ||
	       page_to_pfn(page_at(1, ADDRESS)) >= pfn + 8);
	undo_isolate_page_range(pfn, pfn + 8, MIGRATE_MOVABLE);
}

/* All of them, wherever each has been. */
TEST(several_out_of_movable)
{
	struct page *pages[4];

	for (unsigned int i = 0; i < 4; i++) {
		if (i != 2)
			store(1, i, 42 + i);
	}
	EXPECT(get_user_pages(MM, 0, 4, GOOD, pages) == 4);
	for (unsigned int i = 0; i < 4; i++) {
		EXPECT(page_zone(pages[i]) == normal());
		EXPECT(load(1, i) == (i == 2 ? 0 : 42 + i));
		EXPECT(pages[i] == page_at(1, i));
		EXPECT(pages[i]->refcount.counter == 1 + BIAS);
	}
	gup_put_pages(pages, 4, GOOD);
	check_isolated_stat();
}

/* Still on the way to the LRU: of this CPU, of another one's mlock. */
TEST(in_a_batch)
{
	write_in_cma();
	EXPECT(mem->fbatches[0].batch[LRU_ADD].nr == 1);
	expect_pinned_elsewhere();
	EXPECT(!mem->lru_drain_gen);
}

static struct page *locked;

static void writes(void *unused)
{
	(void)unused;
	write_in_cma();
	locked = page_at(1, ADDRESS);
}

static void locks_in_memory(void *unused)
{
	(void)unused;
	mlock_folio(locked);
	EXPECT(mem->fbatches[1].batch[LRU_MLOCK].nr == 1);
	EXPECT(test_bit(PG_lru, &locked->flags));
}

static void pins(void *unused)
{
	(void)unused;
	expect_pinned_elsewhere();
	EXPECT(mem->lru_drain_gen == 1);
	munlock_folio(page_at(1, ADDRESS));
	lru_add_drain();
}

static void test_in_a_batch_elsewhere(void **state)
{
	struct sim_job jobs[] = {
		{ .task = 0, .run = writes },
		{ .task = 1, .run = locks_in_memory },
		{ .task = 0, .run = pins },
	};

	(void)state;
	expect_jobs_done(jobs, 3);
}

/* --- What cannot be pinned for good --- */

/* Who has a reference keeps it where it is: then there is no pin. */
TEST(in_use)
{
	struct page *page, *none;

	write_in_cma();
	page = page_at(1, ADDRESS);
	get_page(page);
	EXPECT(get_user_pages(MM, ADDRESS, 1, GOOD, &none) == -ENOMEM);
	lru_add_drain();
	EXPECT(page->refcount.counter == 2);
	EXPECT(test_bit(PG_lru, &page->flags));
	put_page(page);
	EXPECT(page_at(1, ADDRESS) == page);
	check_isolated_stat();
}

/* One of several: nobody is pinned. */
TEST(one_in_use)
{
	struct page *page, *pages[3];

	for (unsigned int i = 0; i < 3; i++)
		store(1, i, 42 + i);
	page = page_at(1, 1);
	get_page(page);
	EXPECT(get_user_pages(MM, 0, 3, GOOD, pages) == -ENOMEM);
	for (unsigned int i = 0; i < 3; i++) {
		EXPECT(load(1, i) == 42 + i);
		EXPECT(page_at(1, i)->refcount.counter == 1 + (i == 1));
	}
	put_page(page);
	check_isolated_stat();
}

/* Somebody else has it off the LRU: that is not waited for without end. */
TEST(off_lru)
{
	struct page *page, *none;

	write_in_cma();
	page = page_at(1, ADDRESS);
	EXPECT(folio_isolate_lru(page));
	EXPECT(get_user_pages(MM, ADDRESS, 1, GOOD, &none) == -EBUSY);
	EXPECT(page->refcount.counter == 2);
	EXPECT(!mem->task[0].flags);
	folio_putback_lru(page);
	expect_pinned_elsewhere();
}

/* One of several: the others are moved, but not pinned. */
TEST(one_off_lru)
{
	struct page *page, *pages[3];

	for (unsigned int i = 0; i < 3; i++)
		store(1, i, 42 + i);
	page = page_at(1, 1);
	EXPECT(folio_isolate_lru(page));
	EXPECT(get_user_pages(MM, 0, 3, GOOD, pages) == -EBUSY);
	EXPECT(page_at(1, 1) == page && page->refcount.counter == 2);
	EXPECT(page_zone(page_at(1, 0)) == normal());
	EXPECT(page_at(1, 0)->refcount.counter == 1);
	folio_putback_lru(page);
	check_isolated_stat();
}

#define CORE(name) cmocka_unit_test_setup(test_##name, boot_machine)
#define ZONES(name) cmocka_unit_test_setup(test_##name, boot_two_zones)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CORE(get),
		CORE(pin),
		CORE(last_reference),
		CORE(shared),
		CORE(several),
		CORE(end_of_memory),
		CORE(fast),
		CORE(fast_and_no_more),
		CORE(fast_out_of_cma),
		CORE(fast_while_fork),
		CORE(new_page),
		CORE(new_page_not_from_cma),
		CORE(pages_of_files),
		CORE(no_address),
		CORE(out_of_cma),
		ZONES(out_of_movable),
		CORE(out_of_isolated_block),
		ZONES(several_out_of_movable),
		CORE(in_a_batch),
		CORE(in_a_batch_elsewhere),
		CORE(in_use),
		ZONES(one_in_use),
		CORE(off_lru),
		ZONES(one_off_lru),
	};

	return cmocka_run_group_tests_name("pins", tests, NULL, NULL);
}
