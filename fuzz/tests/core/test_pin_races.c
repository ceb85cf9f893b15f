// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pins against all that takes a page away, or shares it. Method: one task
 * works, another one comes in at one of its yield points and does all of its
 * own work there, for each yield point, and the other way round; the checks
 * look on. Then the process writes to its page, which must be the one that is
 * pinned, and nothing is left when all is given back.
 */
#include "tests/core/pinned_pages.h"

#define NR_POINTS 160

static struct page *pinned;
static int nr_pinned; /* or an error */
static unsigned int flags;

/* A page that is on the LRU, so that it can be taken away. */
static void prepare(void *unused)
{
	(void)unused;
	store(1, ADDRESS, 1);
	lru_add_drain_all();
}

static enum subject_pin how(void)
{
	if (flags & FOLL_LONGTERM)
		return SUBJECT_PIN_LONGTERM_FAST;
	return flags & FOLL_PIN ? SUBJECT_PIN_FAST : SUBJECT_PIN_GET_FAST;
}

static void pins(void *unused)
{
	(void)unused;
	check_op_begin(CHECK_OP_PIN, CHECK_CMA_ALLOWED);
	nr_pinned = get_user_pages_fast(MM, ADDRESS, 1, flags, &pinned);
	check_op_end(CHECK_DONE, 0, 0);
	if (nr_pinned < 0)
		return;
	check_pin(1, ADDRESS, page_to_pfn(pinned), how());
}

/* Nobody else can have it yet. */
static void unpin(void)
{
	EXPECT(pinned->refcount.counter >= (flags & FOLL_PIN ? BIAS : 1));
	if (flags & FOLL_PIN)
		check_unpin(page_to_pfn(pinned));
	gup_put_pages(&pinned, 1, flags);
}

/* The memory is elsewhere; or the page, which must be moved, is somebody's. */
static void expect_reason(void)
{
	if (nr_pinned == -EFAULT)
		EXPECT(MM->vma[ANON_VMA].vm_start);
	else
		EXPECT(flags & FOLL_LONGTERM &&
		       (nr_pinned == -EBUSY || nr_pinned == -ENOMEM));
}

static void end_of_run(void *unused)
{
	(void)unused;
	store(1, MM->vma[ANON_VMA].vm_start + ADDRESS, 2);
	load(2, ADDRESS);
	check_mappings();
	if (nr_pinned == 1)
		unpin();
	else
		expect_reason();
	zap_all();
	try_to_unuse();
	lru_add_drain_all();
	drain_all_pages(NULL);
	check_boot_state();
}

static void zaps(void *unused)
{
	(void)unused;
	zap_page_range(MM, 0, NR_PTES);
}

/* Another process gets the page. */
static void zaps_for_others(void *unused)
{
	zaps(unused);
	store(3, ADDRESS + 1, 4);
}

static void forks(void *unused)
{
	(void)unused;
	make_child(2, 1);
}

static void moves(void *unused)
{
	(void)unused;
	move_vma(MM);
}

static void migrates(void *unused)
{
	pte_t pte = MM->pte[ADDRESS];

	(void)unused;
	do_migrate_range(pte >> PTE_SHIFT, (pte >> PTE_SHIFT) + 1);
}

static void reclaims(void *unused)
{
	(void)unused;
	shrink_lruvec(8);
	shrink_lruvec(8);
}

static void stores(void *unused)
{
	(void)unused;
	store(1, ADDRESS, 3);
}

static void run_race(void (*work)(void *), void (*other)(void *),
		     unsigned int at)
{
	struct sim_switch sw = { at, 1 };
	struct sim_job first = { .run = prepare };
	struct sim_job race[] = {
		{ .run = work, .switches = &sw, .nr_switches = 1 },
		{ .run = other, .task = 1 },
	};
	struct sim_job last = { .run = end_of_run };

	boot_two_zones(NULL);
	expect_jobs_done(&first, 1);
	expect_jobs_done(race, 2);
	expect_jobs_done(&last, 1);
}

static void run_races(void (*other)(void *))
{
	static const unsigned int all[] = { FOLL_GET, FOLL_PIN, GOOD };

	for (unsigned int i = 0; i < 3 * NR_POINTS; i++) {
		flags = all[i / NR_POINTS];
		run_race(pins, other, i % NR_POINTS);
		run_race(other, pins, i % NR_POINTS);
	}
}

static void unpins(void *unused)
{
	(void)unused;
	unpin();
	nr_pinned = 0;
}

static void ends_unpinned(void *unused)
{
	(void)unused;
	store(1, ADDRESS, 2);
	store(2, ADDRESS, 3);
	check_mappings();
	zap_all();
	drain_all_pages(NULL);
	check_boot_state();
}

/*
 * Goal: a fork copies what is pinned, or shares it if the pin has gone, be it
 * after it got a page for a copy. Method: as above.
 */
static void test_fork_against_unpin(void **state)
{
	(void)state;
	flags = FOLL_PIN;
	for (unsigned int at = 0; at < NR_POINTS; at++) {
		struct sim_switch sw = { at, 1 };
		struct sim_job first[] = { { .run = prepare },
					   { .run = pins } };
		struct sim_job race[] = {
			{ .run = forks, .switches = &sw, .nr_switches = 1 },
			{ .run = unpins, .task = 1 },
		};
		struct sim_job last = { .run = ends_unpinned };

		boot_two_zones(NULL);
		expect_jobs_done(first, 2);
		expect_jobs_done(race, 2);
		expect_jobs_done(&last, 1);
	}
}

/*
 * Goal: who takes an entry away looks for pins when it has. Method: migration
 * stops for a pin, goes on for some points, and stops for a fork, which shares
 * what an entry of a migration stands for.
 */
static void test_migrates_for_fork(void **state)
{
	(void)state;
	flags = FOLL_PIN;
	for (unsigned int i = 0; i < 8 * NR_POINTS; i++) {
		unsigned int at = i / 8;
		struct sim_switch to[] = { { at, 1 }, { at + 1 + i % 8, 1 } };
		struct sim_job first = { .run = prepare };
		struct sim_job race[] = {
			{ .run = migrates, .switches = to, .nr_switches = 2 },
			{ .run = pins, .task = 1 },
			{ .run = forks, .task = 1 },
		};
		struct sim_job last = { .run = end_of_run };

		boot_two_zones(NULL);
		expect_jobs_done(&first, 1);
		expect_jobs_done(race, 3);
		expect_jobs_done(&last, 1);
	}
}

#define RACE(name)                            \
	static void test_##name(void **state) \
	{                                     \
		(void)state;                  \
		run_races(name);              \
	}

RACE(zaps)
RACE(zaps_for_others)
RACE(forks)
RACE(moves)
RACE(migrates)
RACE(reclaims)
RACE(stores)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_zaps),
		cmocka_unit_test(test_zaps_for_others),
		cmocka_unit_test(test_forks),
		cmocka_unit_test(test_moves),
		cmocka_unit_test(test_migrates_for_fork),
		cmocka_unit_test(test_fork_against_unpin),
		cmocka_unit_test(test_migrates),
		cmocka_unit_test(test_reclaims),
		cmocka_unit_test(test_stores),
	};

	return cmocka_run_group_tests_name("pin races", tests, NULL, NULL);
}
