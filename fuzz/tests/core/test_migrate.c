// SPDX-License-Identifier: GPL-2.0-only
/*
 * Goal: a page in use moves with all that is known of it, or stays as it was.
 * Method: a process or a file has pages; a job moves them, with and without
 * somebody in the way, and looks at both sides afterwards.
 */
#include "tests/core/user_pages.h"

#define MM (&mem->mm[0])
#define ADDRESS 1

/* Returns what migrate_pages() says of the one page. */
static int move_with(struct page *page, enum migrate_mode mode)
{
	unsigned int pfn = page_to_pfn(page), nr_succeeded = 0;
	struct list_head list;
	int ret;

	lru_add_drain();
	INIT_LIST_HEAD(&list);
	EXPECT(isolate_migratepages_range(pfn, pfn + 1, &list) == pfn + 1);
	EXPECT(!list_empty(&list));
	ret = migrate_pages(&list,
			    &(struct migrate_control){
				    .mode = mode, .reason = MR_CONTIG_RANGE },
			    &nr_succeeded);
	EXPECT(list_empty(&list) == !ret && nr_succeeded == !ret);
	putback_movable_pages(&list);
	EXPECT(!mem->nr_isolated[0].counter && !mem->nr_isolated[1].counter);
	return ret;
}

static int move(struct page *page)
{
	return move_with(page, MIGRATE_SYNC);
}

static void expect_moves(unsigned int address, unsigned long content)
{
	struct page *old, *new;

	old = page_at(0, address);
	EXPECT(move(old) == 0);
	new = page_at(0, address);
	EXPECT(new != old);
	EXPECT(!old->refcount.counter && !old->mapcount.counter);
	EXPECT(new->mapcount.counter == 1);
	EXPECT(load(0, address) == content);
	EXPECT(mem->pgmigrate_success.counter == 1);
}

TEST(anonymous)
{
	store(0, ADDRESS, 42);
	expect_moves(ADDRESS, 42);
	EXPECT(page_at(0, ADDRESS)->refcount.counter == 1);
}

/* Each process finds it again; who may write can still do so. */
TEST(shared_by_fork)
{
	struct page *page;

	store(0, ADDRESS, 42);
	dup_mmap(&mem->mm[1], MM);
	page = page_at(0, ADDRESS);
	EXPECT(page->mapcount.counter == 2 && move(page) == 0);
	EXPECT(page_at(0, ADDRESS)->mapcount.counter == 2);
	store(1, ADDRESS, 43);
	EXPECT(load(0, ADDRESS) == 42);
}

TEST(file)
{
	struct page *page;

	store(0, FILE_ADDRESS, 7);
	expect_moves(FILE_ADDRESS, 7);
	page = filemap_get_folio(&mem->file[0], 0);
	EXPECT(page == page_at(0, FILE_ADDRESS));
	/* Page table, index, its buffer, ours. */
	EXPECT(page->refcount.counter == 4);
	EXPECT(test_bit(PG_dirty, &page->flags));
	put_page(page);
}

TEST(swap_cache)
{
	struct page *page;

	store(0, ADDRESS, 42);
	page = page_at(0, ADDRESS);
	get_page(page);
	folio_lock(page);
	EXPECT(add_to_swap(page));
	folio_unlock(page);
	put_page(page);
	expect_moves(ADDRESS, 42);
	page = page_at(0, ADDRESS);
	EXPECT(test_bit(PG_swapcache, &page->flags));
	EXPECT(mem->swap.i_pages[page->private] == page);
}

/* Anybody's reference keeps it where it is, and nothing else changes. */
static void expect_stays(unsigned int address, unsigned long content)
{
	struct page *page = page_at(0, address);
	int refs = page->refcount.counter;

	get_page(page);
	EXPECT(move(page) == 1);
	lru_add_drain();
	EXPECT(page->refcount.counter == refs + 1);
	put_page(page);
	EXPECT(page_at(0, address) == page);
	EXPECT(load(0, address) == content);
	EXPECT(mem->pgmigrate_fail.counter == 1);
	EXPECT(test_bit(PG_lru, &page->flags));
	EXPECT(!test_bit(PG_locked, &page->flags));
}

TEST(anonymous_in_use)
{
	store(0, ADDRESS, 42);
	expect_stays(ADDRESS, 42);
}

TEST(file_in_use)
{
	store(0, FILE_ADDRESS, 7);
	expect_stays(FILE_ADDRESS, 7);
}

TEST(buffer_in_use)
{
	struct buffer_head *bh;
	struct page *page;

	store(0, FILE_ADDRESS, 7);
	page = page_at(0, FILE_ADDRESS);
	bh = find_get_block(&mem->file[0], 0);
	EXPECT(bh && bh->b_folio == page);
	EXPECT(move(page) == 1);
	EXPECT(bh->b_folio == page);
	brelse(bh);
	EXPECT(move(page) == 0);
	EXPECT(bh->b_folio == page_at(0, FILE_ADDRESS));
}

/* The owner has let go of it: there is nothing to move. */
TEST(freed_meanwhile)
{
	struct list_head list;
	struct page *page;
	unsigned int pfn;

	store(0, ADDRESS, 42);
	page = page_at(0, ADDRESS);
	pfn = page_to_pfn(page);
	INIT_LIST_HEAD(&list);
	isolate_migratepages_range(pfn, pfn + 1, &list);
	zap_page_range(MM, 0, NR_PTES);
	EXPECT(page->refcount.counter == 1);
	EXPECT(!migrate_pages(
		&list,
		&(struct migrate_control){ .mode = MIGRATE_SYNC,
					   .reason = MR_CONTIG_RANGE },
		NULL));
	EXPECT(list_empty(&list) && !page->refcount.counter);
}

TEST(no_memory)
{
	struct page *page;

	store(0, ADDRESS, 42);
	page = page_at(0, ADDRESS);
	while (alloc_pages(GFP_KERNEL | __GFP_MOVABLE | __GFP_NORETRY, 0))
		;
	EXPECT(move(page) == -ENOMEM);
	EXPECT(page_at(0, ADDRESS) == page);
	EXPECT(load(0, ADDRESS) == 42);
}

/* A contiguous allocation moves what is in its way. */
TEST(contiguous)
{
	unsigned int start;

	for (unsigned int i = 0; i < 4; i++)
		store(0, i, 100 + i);
	start = page_to_pfn(page_at(0, 0)) & ~7u;
	EXPECT(!alloc_contig_range(start, start + 8, MIGRATE_MOVABLE,
				   GFP_KERNEL));
	for (unsigned int i = 0; i < 4; i++)
		EXPECT(load(0, i) == 100 + i);
	EXPECT(page_to_pfn(page_at(0, 0)) < start ||
	       page_to_pfn(page_at(0, 0)) >= start + 8);
}

/* --- The loop until 6.2 --- */

static void use_old_loop(void)
{
	mm_policies[POLICY_migrate_loop] = migrate_loop_one_by_one;
}

TEST(one_by_one)
{
	use_old_loop();
	store(0, ADDRESS, 42);
	expect_moves(ADDRESS, 42);
	EXPECT(!mem->pgmigrate_forced.counter);
}

/* Goal: ten passes, the last seven of which would wait for locks. */
TEST(one_by_one_in_use)
{
	use_old_loop();
	store(0, ADDRESS, 42);
	expect_stays(ADDRESS, 42);
	EXPECT(mem->pgmigrate_forced.counter == 7);
}

TEST(one_by_one_freed)
{
	use_old_loop();
	job_freed_meanwhile(NULL);
}

TEST(one_by_one_no_memory)
{
	use_old_loop();
	job_no_memory(NULL);
}

/* Goal: who may not wait leaves what is being written, or locked. */
static void expect_not_waited_for(unsigned int flag)
{
	unsigned int pfn, nr_succeeded = 0;
	struct list_head list;
	struct page *page;

	store(0, FILE_ADDRESS, 7);
	page = page_at(0, FILE_ADDRESS);
	pfn = page_to_pfn(page);
	INIT_LIST_HEAD(&list);
	isolate_migratepages_range(pfn, pfn + 1, &list);
	set_bit(flag, &page->flags);
	EXPECT(migrate_pages(
		       &list,
		       &(struct migrate_control){ .mode = MIGRATE_ASYNC,
						  .reason = MR_CONTIG_RANGE },
		       &nr_succeeded) == 1);
	clear_bit(flag, &page->flags);
	EXPECT(!nr_succeeded && list.next == &page->lru);
	putback_movable_pages(&list);
	EXPECT(page_at(0, FILE_ADDRESS) == page);
}

TEST(async_written)
{
	expect_not_waited_for(PG_writeback);
}

TEST(async_locked)
{
	expect_not_waited_for(PG_locked);
}

TEST(one_by_one_written)
{
	use_old_loop();
	expect_not_waited_for(PG_writeback);
}

/* A task that reclaims waits for no page lock: it may hold some. */
TEST(locked_while_reclaiming)
{
	struct page *page;

	store(0, ADDRESS, 42);
	page = page_at(0, ADDRESS);
	EXPECT(folio_trylock(page));
	current_struct()->flags |= PF_MEMALLOC;
	EXPECT(move(page) == 1);
	current_struct()->flags &= ~(unsigned int)PF_MEMALLOC;
	folio_unlock(page);
}

/* Who waits for short times only does not for what is being read in. */
TEST(locked_to_be_read)
{
	struct page *page;

	EXPECT(load(0, FILE_ADDRESS) == 0);
	page = page_at(0, FILE_ADDRESS);
	folio_lock(page);
	clear_bit(PG_uptodate, &page->flags);
	EXPECT(move_with(page, MIGRATE_SYNC_LIGHT) == 1);
	set_bit(PG_uptodate, &page->flags);
	folio_unlock(page);
	EXPECT(page_at(0, FILE_ADDRESS) == page);
}

static struct page *locked;

static void locks(void *unused)
{
	(void)unused;
	store(0, ADDRESS, 42);
	locked = page_at(0, ADDRESS);
	folio_lock(locked);
}

static void moves_locked(void *unused)
{
	(void)unused;
	EXPECT(move_with(locked, MIGRATE_SYNC_LIGHT) == 0);
	EXPECT(page_at(0, ADDRESS) != locked && load(0, ADDRESS) == 42);
}

static void unlocks(void *unused)
{
	(void)unused;
	EXPECT(page_at(0, ADDRESS) == locked);
	folio_unlock(locked);
}

/* He does for the others. */
static void test_locked_for_a_moment(void **state)
{
	struct sim_job jobs[] = {
		{ .run = locks },
		{ .run = moves_locked, .task = 1 },
		{ .run = unlocks },
	};

	(void)state;
	expect_jobs_done(jobs, 3);
}

/* Goal: it stays locked in memory wherever it is. */
TEST(mlocked)
{
	struct page *page;

	MM->vma[ANON_VMA].vm_locked = true;
	store(0, ADDRESS, 42);
	page = page_at(0, ADDRESS);
	EXPECT(test_bit(PG_mlocked, &page->flags));
	EXPECT(move(page) == 0);
	page = page_at(0, ADDRESS);
	EXPECT(test_bit(PG_mlocked, &page->flags));
	EXPECT(test_bit(PG_unevictable, &page->flags));
	zap_page_range(MM, 0, NR_PTES);
	lru_add_drain();
	EXPECT(!page->refcount.counter);
	MM->vma[ANON_VMA].vm_locked = false;
}

/*
 * Goal: a page that was truncated while its buffer was in use loses that, and
 * is gone with its last reference.
 */
TEST(truncated_with_buffer)
{
	struct buffer_head *bh;
	struct page *page;

	store(0, FILE_ADDRESS, 7);
	page = page_at(0, FILE_ADDRESS);
	bh = find_get_block(&mem->file[0], 0);
	check_truncate_begin(0, 0);
	truncate_page(&mem->file[0], 0);
	check_truncate_end(0, 0);
	EXPECT(!page->mapping && test_bit(PG_private, &page->flags));
	brelse(bh);
	lru_add_drain();
	EXPECT(move(page) == 0);
	EXPECT(!page->refcount.counter);
}

/* --- With others beside it --- */

static struct page *moving;

static void writes(void *unused)
{
	(void)unused;
	store(0, ADDRESS, 42);
	moving = page_at(0, ADDRESS);
}

static void moves(void *unused)
{
	(void)unused;
	if (moving)
		move(moving);
}

static void reads(void *unused)
{
	(void)unused;
	EXPECT(load(0, ADDRESS) == 42);
}

/* A switch at any point of the migration: the process waits, and goes on. */
static void test_faults_meanwhile(void **state)
{
	for (unsigned int at = 0; at < 200; at++) {
		struct sim_switch away[2] = { { at, 1 }, { at + 3, 1 } };
		struct sim_job jobs[] = {
			{ .task = 0, .run = writes },
			{ .task = 0,
			  .run = moves,
			  .switches = away,
			  .nr_switches = 2 },
			{ .task = 1, .run = reads },
		};

		boot_machine(state);
		moving = NULL;
		expect_jobs_done(jobs, 3);
		assert_int_equal(mem->mm[0].pte[ADDRESS] & PTE_PRESENT,
				 PTE_PRESENT);
	}
}

#define CORE(name) cmocka_unit_test_setup(test_##name, boot_machine)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CORE(anonymous),
		CORE(shared_by_fork),
		CORE(file),
		CORE(swap_cache),
		CORE(anonymous_in_use),
		CORE(file_in_use),
		CORE(buffer_in_use),
		CORE(freed_meanwhile),
		CORE(no_memory),
		CORE(contiguous),
		CORE(faults_meanwhile),
		CORE(one_by_one),
		CORE(one_by_one_in_use),
		CORE(one_by_one_freed),
		CORE(one_by_one_no_memory),
		CORE(one_by_one_written),
		CORE(async_written),
		CORE(async_locked),
		CORE(locked_while_reclaiming),
		CORE(locked_to_be_read),
		CORE(locked_for_a_moment),
		CORE(mlocked),
		CORE(truncated_with_buffer),
	};

	return cmocka_run_group_tests_name("migration", tests, NULL, NULL);
}
