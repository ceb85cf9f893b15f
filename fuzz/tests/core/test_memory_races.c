// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two processes' work in the same pages. Method: one task works, another one
 * comes in at one of its yield points and does all of its own work there, for
 * each yield point; what both have stored, and all counts, must be right in the
 * end. The checks look on meanwhile.
 */
#include "tests/core/user_pages.h"

#define NR_POINTS 120
#define NR_BACK 30
#define NR_MOVES 6

/* Nothing is under way: read everything, then give it back. */
static void end_of_run(void *unused)
{
	(void)unused;
	check_mappings();
	for (unsigned int i = 0; i < 2; i++) {
		load(i, mem->mm[i].vma[ANON_VMA].vm_start + 1);
		load(i * 4, FILE_ADDRESS + 1);
	}
	for (unsigned int i = 0; i < NR_MMS; i++)
		zap_page_range(&mem->mm[i], 0, NR_PTES);
	for (unsigned int i = 0; i < NR_FILES * NR_FILE_PAGES; i++)
		make_hole(i / NR_FILE_PAGES, i % NR_FILE_PAGES);
	try_to_unuse();
	lru_add_drain_all();
	drain_all_pages(NULL);
	check_boot_state();
}

static void run_races(void (*prepare)(void *), void (*work)(void *),
		      void (*other)(void *))
{
	for (unsigned int at = 0; at < NR_POINTS; at++) {
		struct sim_switch sw = { at, 1 };
		struct sim_job first = { .run = prepare };
		struct sim_job race[] = {
			{ .run = work, .switches = &sw, .nr_switches = 1 },
			{ .run = other, .task = 1 },
		};
		struct sim_job last = { .run = end_of_run };

		boot_machine(NULL);
		expect_jobs_done(&first, 1);
		expect_jobs_done(race, 2);
		expect_jobs_done(&last, 1);
	}
}

/* Processes 0 and 1 share anonymous memory, 0 and 4 the page of a file. */
static void share(void *unused)
{
	(void)unused;
	store(0, 1, 1);
	make_child(1, 0);
	store(0, FILE_ADDRESS + 1, 2);
	load(4, FILE_ADDRESS + 1);
}

/* Process 0 has a page in swap, and in the swap cache. */
static void swap_out(void *unused)
{
	(void)unused;
	store(0, 1, 1);
	lru_add_drain_all();
	shrink_lruvec(1);
	EXPECT(mem->mm[0].pte[1] & PTE_SWAP);
}

/* The same, and it is in the slot only; and so is a page of shmem. */
static void swap_out_all(void *unused)
{
	(void)unused;
	store(0, 1, 1);
	store(2, FILE_ADDRESS + 1, 2);
	lru_add_drain_all();
	shrink_lruvec(NR_SWAP_SLOTS);
	for (unsigned int i = 0; i < 2; i++) {
		struct page *page = swap_cache_get_folio(i);

		EXPECT(page);
		folio_wait_writeback(page);
		put_page(page);
	}
	EXPECT(shrink_lruvec(NR_SWAP_SLOTS) == 2);
}

static void store_shmem(void *unused)
{
	(void)unused;
	store(2, FILE_ADDRESS + 1, 3);
}

static void load_shmem(void *unused)
{
	(void)unused;
	load(6, FILE_ADDRESS + 1);
}

static void hole_in_shmem(void *unused)
{
	(void)unused;
	make_hole(2, 1);
}

/* All that is on an inactive list, twice: the first time it is written. */
static void reclaim(void *unused)
{
	(void)unused;
	lru_add_drain_all();
	shrink_lruvec(NR_SWAP_SLOTS);
	shrink_lruvec(NR_SWAP_SLOTS);
}

static void look_up(void *unused)
{
	struct page *page = follow_page(&mem->mm[0], 1);

	(void)unused;
	if (page)
		put_page(page);
}

static void nothing(void *unused)
{
	(void)unused;
}

static void store_anon(void *unused)
{
	(void)unused;
	store(0, 1, 3);
}

static void store_child(void *unused)
{
	(void)unused;
	store(1, 1, 4);
}

static void store_file(void *unused)
{
	(void)unused;
	store(4, FILE_ADDRESS + 1, 5);
}

static void load_file(void *unused)
{
	(void)unused;
	load(4, FILE_ADDRESS + 1);
}

static void zap_both(void *unused)
{
	(void)unused;
	zap_page_range(&mem->mm[0], 0, NR_PTES);
	zap_page_range(&mem->mm[4], 0, NR_PTES);
}

static void hole(void *unused)
{
	(void)unused;
	make_hole(0, 1);
}

static void fork_again(void *unused)
{
	(void)unused;
	make_child(2, 0);
}

static void move(void *unused)
{
	(void)unused;
	move_vma(&mem->mm[0]);
}

static void exec(void *unused)
{
	(void)unused;
	EXPECT(!exec_stack(&mem->mm[0], 6));
}

/* A migration that ends where it began, in two steps. */
static void migrate_stack(void *unused)
{
	pte_t pte = mem->mm[0].pte[ANON_PAGES];
	struct page *page = pte_page(pte);

	(void)unused;
	if (!(pte & PTE_PRESENT) || !get_page_unless_zero(page))
		return;
	folio_lock(page);
	try_to_migrate(page);
	remove_migration_ptes(page, page);
	folio_unlock(page);
	put_page(page);
}

/* Exec, migration up to its point @back, exec for @nr points, migration. */
static bool exec_with_migration(unsigned int at, unsigned int back,
				unsigned int nr)
{
	struct sim_switch to[] = { { at, 1 }, { at + nr, 1 } };
	struct sim_switch from = { back, 0 };
	struct sim_job race[] = {
		{ .run = exec, .switches = to, .nr_switches = 2 },
		{ .run = migrate_stack,
		  .task = 1,
		  .switches = &from,
		  .nr_switches = 1 },
	};
	struct sim_job last = { .run = end_of_run };

	return sim_run(race, 2) && sim_run(&last, 1);
}

/* How many of these runs lose an entry. */
static unsigned int nr_entries_lost(unsigned int at, const char *bug)
{
	unsigned int nr_lost = 0;

	for (unsigned int i = 0; i < NR_BACK * NR_MOVES; i++) {
		boot_machine(NULL);
		if (bug)
			assert_int_equal(subject_set_bug(bug), 0);
		if (exec_with_migration(at, i / NR_MOVES, 1 + i % NR_MOVES))
			continue;
		assert_string_equal(sim_verdict()->id, "INV_PTE_IDENTITY");
		nr_lost++;
	}
	return nr_lost;
}

/*
 * Goal: a stack that exec moves is left alone by migration; with the switch on
 * an entry is left behind. Method: exec stops for a migration, which stops for
 * exec to begin to move, at all such points.
 */
static void test_stack_that_moves(void **state)
{
	unsigned int nr_lost = 0;

	(void)state;
	for (unsigned int at = 0; at < NR_POINTS; at++) {
		assert_int_equal(nr_entries_lost(at, NULL), 0);
		nr_lost += nr_entries_lost(at, "stack-move-lost-entry");
	}
	assert_true(nr_lost);
}

#define RACE(name, prepare, work, other)         \
	static void test_##name(void **state)    \
	{                                        \
		(void)state;                     \
		run_races(prepare, work, other); \
	}

/* Goal: who finds itself alone with a page was, when it says so. */
RACE(copies, share, store_anon, store_child)
RACE(copy_against_zap, share, store_child, zap_both)
RACE(copy_against_fork, share, store_child, fork_again)
RACE(fork_against_store, share, fork_again, store_anon)
/* Goal: two that fault for the same address, or page of a file, share one. */
RACE(first_store, nothing, store_anon, store_anon)
RACE(first_of_file, nothing, load_file, store_file)
/* Goal: no fault brings back what a truncation takes away. */
RACE(hole_against_load, share, hole, load_file)
RACE(hole_against_store, share, hole, store_file)
RACE(load_against_hole, nothing, load_file, hole)
RACE(store_against_hole, share, store_file, hole)
RACE(zap_against_hole, share, zap_both, hole)
RACE(zap_against_store, share, zap_both, store_file)
/* Goal: a page from swap is unlocked before others may free it. */
RACE(swap_in_against_zap, swap_out, store_anon, zap_both)
/* Goal: so are those of shmem, and what comes from swap. */
RACE(first_of_shmem, nothing, store_shmem, load_shmem)
RACE(shmem_against_hole, nothing, load_shmem, hole_in_shmem)
RACE(shmem_from_swap, swap_out_all, store_shmem, load_shmem)
RACE(shmem_from_swap_against_hole, swap_out_all, load_shmem, hole_in_shmem)
RACE(hole_against_shmem_from_swap, swap_out_all, hole_in_shmem, load_shmem)
RACE(swap_in_twice, swap_out_all, store_anon, store_anon)
RACE(swap_in_against_zap_of_slot, swap_out_all, store_anon, zap_both)
RACE(copy_twice, share, store_child, store_child)
/* Goal: reclaim takes nothing from who has just begun to use it. */
RACE(reclaim_against_store, share, reclaim, store_anon)
RACE(reclaim_against_file_store, share, reclaim, store_file)
RACE(reclaim_against_zap, share, reclaim, zap_both)
RACE(reclaim_against_hole, share, reclaim, hole)
RACE(reclaim_against_shmem, store_shmem, reclaim, load_shmem)
RACE(reclaim_against_reclaim, share, reclaim, reclaim)
/* Goal: who looks for a page gets the one that is there, or none. */
RACE(lookup_against_zap, share, look_up, zap_both)
RACE(lookup_against_copy, share, look_up, store_anon)
/* Goal: moving keeps others that share out of harm. */
RACE(move_against_copy, share, move, store_child)
RACE(exec_against_copy, share, exec, store_child)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_copies),
		cmocka_unit_test(test_copy_against_zap),
		cmocka_unit_test(test_copy_against_fork),
		cmocka_unit_test(test_fork_against_store),
		cmocka_unit_test(test_first_store),
		cmocka_unit_test(test_first_of_file),
		cmocka_unit_test(test_hole_against_load),
		cmocka_unit_test(test_hole_against_store),
		cmocka_unit_test(test_load_against_hole),
		cmocka_unit_test(test_store_against_hole),
		cmocka_unit_test(test_zap_against_hole),
		cmocka_unit_test(test_zap_against_store),
		cmocka_unit_test(test_swap_in_against_zap),
		cmocka_unit_test(test_first_of_shmem),
		cmocka_unit_test(test_shmem_against_hole),
		cmocka_unit_test(test_shmem_from_swap),
		cmocka_unit_test(test_shmem_from_swap_against_hole),
		cmocka_unit_test(test_hole_against_shmem_from_swap),
		cmocka_unit_test(test_swap_in_twice),
		cmocka_unit_test(test_swap_in_against_zap_of_slot),
		cmocka_unit_test(test_copy_twice),
		cmocka_unit_test(test_reclaim_against_store),
		cmocka_unit_test(test_reclaim_against_file_store),
		cmocka_unit_test(test_reclaim_against_zap),
		cmocka_unit_test(test_reclaim_against_hole),
		cmocka_unit_test(test_reclaim_against_shmem),
		cmocka_unit_test(test_reclaim_against_reclaim),
		cmocka_unit_test(test_lookup_against_zap),
		cmocka_unit_test(test_lookup_against_copy),
		cmocka_unit_test(test_move_against_copy),
		cmocka_unit_test(test_exec_against_copy),
		cmocka_unit_test(test_stack_that_moves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
