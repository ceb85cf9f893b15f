// SPDX-License-Identifier: GPL-2.0-only
/*
 * Batches that others are to empty, or that are to stay empty: drains, CPUs
 * that are gone, disabled batches under each policy, and the faults that they
 * had. Method: two CPUs; where a race is the point, one of them stops at each
 * of its yield points in turn, and the other one does all that it has to.
 */
#include "tests/core/lru_pages.h"

static struct page *page[4];
static unsigned int nr_left; /* in batches, as somebody has seen */

static void new_run(void)
{
	subject_reset(TEST_SLOT);
	check_reset(TEST_SLOT);
	sim_reset(&(struct sim_config){ small_machine.nr_cpus, false });
	nr_left = 0;
}

static int boot(void **state)
{
	boot_machine(state);
	new_run();
	return 0;
}

/* A page in each batch of the running CPU but lru_add, then two there. */
static void fill_batches(void *arg)
{
	(void)arg;
	page[0] = lru_page(PAGE_ANON);
	page[1] = lru_page(PAGE_OF_FILE);
	folio_activate(page[1]);
	lru_add_drain();
	folio_activate(page[0]);
	folio_mark_lazyfree(page[0]);
	folio_rotate_reclaimable(page[0]);
	mlock_folio(page[0]);
	folio_deactivate(page[1]);
	deactivate_file_folio(page[1]);
	page[2] = new_page(PAGE_OF_FILE);
	page[3] = new_page(PAGE_OF_SHMEM);
	folio_add_lru(page[2]);
	folio_add_lru(page[3]);
}

static void expect_empty(unsigned int cpu)
{
	EXPECT(!subject_nr_batched(cpu));
	for (unsigned int i = 0; i < 4; i++)
		EXPECT(refs(page[i]) == 1 && has(page[i], PG_lru));
}

static void new_lru_page(void *arg)
{
	(void)arg;
	page[0] = lru_page(PAGE_OF_FILE);
}

/* --- Drains --- */

static void drain_all(void *arg)
{
	(void)arg;
	EXPECT(subject_nr_batched(1) == 8);
	lru_add_drain();
	EXPECT(subject_nr_batched(1) == 8);
	lru_add_drain_all();
	EXPECT(mem->lru_drain_gen == 1);
	expect_empty(1);
	lru_add_drain_all();
	EXPECT(mem->lru_drain_gen == 2);
}

/* Goal: all batches of the other CPU are emptied, by itself. */
static void test_drain_all(void **state)
{
	struct sim_job jobs[] = { { .task = 1, .run = fill_batches },
				  { .task = 0, .run = drain_all } };

	(void)state;
	expect_jobs_done(jobs, 2);
}

/* Goal: each batch alone is seen by who looks for CPUs to drain. */
static void drain_each(void *arg)
{
	(void)arg;
	for (unsigned int i = 0; i < NR_CPU_BATCHES; i++) {
		page[0] = lru_page(PAGE_ANON);
		if (i == LRU_ADD)
			folio_add_lru(new_page(PAGE_ANON));
		if (i == LRU_DEACTIVATE) {
			folio_activate(page[0]);
			lru_add_drain();
			folio_deactivate(page[0]);
		}
		if (i == LRU_DEACTIVATE_FILE)
			deactivate_file_folio(page[0]);
		if (i == LRU_LAZYFREE)
			folio_mark_lazyfree(page[0]);
		if (i == LRU_ACTIVATE)
			folio_activate(page[0]);
		if (i == LRU_MOVE_TAIL)
			folio_rotate_reclaimable(page[0]);
		if (i == LRU_MLOCK)
			mlock_folio(page[0]);
		EXPECT(in_batch(0, (enum lru_batch)i) == 1);
		lru_add_drain_all();
		EXPECT(!in_batch(0, (enum lru_batch)i) && refs(page[0]) == 1);
	}
}

static void test_drain_each(void **state)
{
	(void)state;
	run_as_job(drain_each);
}

static void bury_cpu(void *arg)
{
	(void)arg;
	EXPECT(subject_nr_batched(1) == 8);
	check_cpu_dying(1);
	subject_cpu_dead(1);
	expect_empty(1);
	check_batches_dead(1);
	subject_cpu_prepare(1);
}

/* Goal: what a CPU leaves in its batches is dealt with when it is dead. */
static void test_cpu_dead(void **state)
{
	struct sim_job jobs[] = { { .task = 1, .run = fill_batches },
				  { .task = 0, .run = bury_cpu } };

	(void)state;
	expect_jobs_done(jobs, 2);
}

static void drain_checked(void *arg)
{
	struct check_batches batches;

	(void)arg;
	check_batches_begin(&batches);
	lru_add_drain_all();
	check_batches_drained(&batches, -1);
}

static void add_and_drain(void *arg)
{
	folio_add_lru(new_page(PAGE_OF_FILE));
	drain_checked(arg);
}

/* --- Every place to stop at --- */

/*
 * Run @stopped on CPU @cpu, and @other on the other one where it stops, then
 * @after, for each place. Returns in how many of these runs @id was the
 * verdict; any other verdict is an error. At the end nr_left is from all runs.
 */
struct race {
	void (*before)(void *arg); /* on the other CPU, or NULL */
	void (*stopped)(void *arg);
	void (*other)(void *arg);
	void (*after)(void *arg);
};

static bool run_race(const struct race *race, unsigned int at)
{
	struct sim_switch there = { at, 1 };
	struct sim_job before = { .task = 1, .run = race->before };
	struct sim_job after = { .task = 0, .run = race->after };
	struct sim_job jobs[] = {
		{ .task = 0,
		  .run = race->stopped,
		  .nr_switches = 1,
		  .switches = &there },
		{ .task = 1, .run = race->other },
	};

	return (!race->before || sim_run(&before, 1)) && sim_run(jobs, 2) &&
	       sim_run(&after, 1);
}

#define NR_PLACES 150

static unsigned int count_verdicts(const struct race *race, const char *id)
{
	unsigned int nr = 0, left = 0;

	for (unsigned int at = 0; at < NR_PLACES; at++) {
		new_run();
		if (!run_race(race, at)) {
			assert_string_equal(sim_verdict()->id, id);
			nr++;
		}
		left += nr_left;
	}
	nr_left = left;
	return nr;
}

static void drop_all(void *arg)
{
	(void)arg;
	lru_add_drain_all();
	drain_all_pages(NULL);
}

/* --- Generations --- */

static const struct race drains = { .stopped = drain_checked,
				    .other = add_and_drain,
				    .after = drop_all };

/* Goal: who relies on another drain finds its own pages drained. */
static void test_generation(void **state)
{
	(void)state;
	assert_int_equal(count_verdicts(&drains, "none"), 0);
	subject_set_bug("drain-gen-raised-late");
	assert_in_range(count_verdicts(&drains, "INV_LRU_DRAINED"), 1, 30);
}

/* --- Disabling --- */

static void add_pages(void *arg)
{
	(void)arg;
	page[0] = new_page(PAGE_OF_FILE);
	folio_add_lru(page[0]);
	mlock_folio(page[0]);
}

static void disable(void *arg)
{
	(void)arg;
	lru_cache_disable();
}

static void drain_all_cpus(void *arg)
{
	(void)arg;
	lru_add_drain_all();
}

/* Both are done, and batches are still disabled. */
static void enable(void *arg)
{
	(void)arg;
	for (unsigned int cpu = 0; cpu < 2; cpu++)
		nr_left += subject_nr_batched(cpu);
	lru_cache_enable();
	put_page(page[0]);
	lru_add_drain_all();
	drain_all_pages(NULL);
	EXPECT(nr_free() == 256);
	check_boot_state();
}

static const struct race disables = { .stopped = add_pages,
				      .other = disable,
				      .after = enable };
/* The other way round: it stops on its way to the works. */
static const struct race is_disabled = { .stopped = disable,
					 .other = add_pages,
					 .after = enable };

static unsigned int count_left(const char *policy)
{
	unsigned int nr;

	assert_false(subject_set_policy("lru-drain", policy));
	assert_int_equal(count_verdicts(&disables, "none"), 0);
	nr = nr_left;
	assert_int_equal(count_verdicts(&is_disabled, "none"), 0);
	return nr + nr_left;
}

/*
 * Goal: with those policies that say so, no page is in a batch while they are
 * disabled, wherever its adder has got to; with the others there is.
 */
static void test_disable_races(void **state)
{
	(void)state;
	assert_int_equal(count_left("disable-after-rcu"), 0);
	assert_int_equal(count_left("disable-on-every-cpu"), 0);
	assert_int_equal(count_left("pending-count"), 0);
	assert_in_range(count_left("pending-count-no-barrier"), 1, 20);
	assert_in_range(count_left("once-before"), 20, 400);
	assert_in_range(count_left("never"), 200, 800);
	subject_set_policy("lru-drain", "disable-after-rcu");
}

/* Goal: who has seen them enabled is waited for. */
static void test_no_barrier(void **state)
{
	(void)state;
	subject_set_bug("lru-disable-no-barrier");
	assert_in_range(count_verdicts(&disables, "INV_LRU_DISABLED"), 1, 10);
}

/* Goal: disabled by several, they are so until the last one enables them. */
TEST(disable_nested)
{
	page[0] = lru_page(PAGE_ANON);
	lru_cache_disable();
	lru_cache_disable();
	for (unsigned int i = 2; i > 0; i--) {
		EXPECT(mem->lru_disable_count.counter == (int)i);
		folio_activate(page[0]);
		EXPECT(has(page[0], PG_active) && refs(page[0]) == 1);
		folio_deactivate(page[0]);
		EXPECT(!has(page[0], PG_active));
		mlock_folio(page[0]);
		EXPECT(has(page[0], PG_unevictable));
		munlock_folio(page[0]);
		EXPECT(!has(page[0], PG_unevictable));
		page[1] = new_page(PAGE_OF_FILE);
		folio_add_lru(page[1]);
		EXPECT(has(page[1], PG_lru) && refs(page[1]) == 1);
		lru_cache_enable();
	}
	folio_activate(page[0]);
	EXPECT(!has(page[0], PG_active) && refs(page[0]) == 2);
}

/* --- Active by another CPU --- */

static void batch_page(void *arg)
{
	(void)arg;
	page[0] = new_page(PAGE_OF_FILE);
	set_bit(PG_referenced, &page[0]->flags);
	folio_add_lru(page[0]);
}

static void mark_page(void *arg)
{
	(void)arg;
	folio_mark_accessed(page[0]);
}

static void drain_own(void *arg)
{
	(void)arg;
	lru_add_drain();
}

static void put_last(void *arg)
{
	lru_add_drain_all();
	put_page(page[0]);
	drop_all(arg);
	check_boot_state();
}

static const struct race marks = { .before = batch_page,
				   .stopped = mark_page,
				   .other = drain_own,
				   .after = put_last };

/* Goal: a page in another CPU's batch does not become active there. */
static void test_foreign_batch(void **state)
{
	(void)state;
	assert_int_equal(count_verdicts(&marks, "none"), 0);
	subject_set_bug("active-on-foreign-batch");
	assert_in_range(count_verdicts(&marks, "INV_LRU_LIST"), 1, 10);
}

/* --- Two CPUs at one page --- */

static void use_page(void *arg)
{
	(void)arg;
	get_page(page[0]);
	folio_activate(page[0]);
	mlock_folio(page[0]);
	lru_add_drain();
	folio_deactivate(page[0]);
	munlock_folio(page[0]);
	if (folio_isolate_lru(page[0]))
		folio_putback_lru(page[0]);
	lru_add_drain();
	put_page(page[0]);
}

static const struct race uses = { .before = batch_page,
				  .stopped = use_page,
				  .other = use_page,
				  .after = put_last };

/* Goal: whoever is faster, list and flags agree, and no reference is lost. */
static void test_uses(void **state)
{
	(void)state;
	assert_int_equal(count_verdicts(&uses, "none"), 0);
}

/* --- Two tasks of one CPU --- */

static void add_page(void *arg)
{
	struct page *mine = new_page(PAGE_OF_FILE);

	(void)arg;
	folio_add_lru(mine);
	put_page(mine);
}

static void batch_and_drain(void *arg)
{
	add_page(arg);
	mlock_folio(page[0]);
	folio_rotate_reclaimable(page[0]);
	lru_add_drain();
}

/* Goal: no other task of the CPU comes in between while a batch is emptied. */
static void test_same_cpu(void **state)
{
	(void)state;
	for (unsigned int at = 0; at < NR_PLACES; at++) {
		struct sim_switch there = { at, 2 };
		struct sim_job first = { .run = new_lru_page };
		struct sim_job jobs[] = { { .run = batch_and_drain,
					    .nr_switches = 1,
					    .switches = &there },
					  { .task = 2, .run = add_page } };
		struct sim_job last = { .run = put_last };

		new_run();
		expect_jobs_done(&first, 1);
		expect_jobs_done(jobs, 2);
		expect_jobs_done(&last, 1);
	}
}

/* --- Three CPUs --- */

static void run_three(unsigned int at, unsigned int then)
{
	struct sim_switch to_1 = { at, 1 }, to_2 = { then, 2 };
	struct sim_job jobs[] = {
		{ .run = add_pages, .nr_switches = 1, .switches = &to_1 },
		{ .task = 1,
		  .run = disable,
		  .nr_switches = 1,
		  .switches = &to_2 },
		{ .task = 2, .run = drain_all_cpus },
	};
	struct sim_job last = { .run = enable };

	subject_reset(TEST_SLOT);
	check_reset(TEST_SLOT);
	sim_reset(&(struct sim_config){ 3, false });
	expect_jobs_done(jobs, 3);
	expect_jobs_done(&last, 1);
}

/* Goal: a drain that has begun meanwhile is no barrier for who disables. */
static void test_disable_beside_drain(void **state)
{
	struct subject_geometry g = small_machine;

	(void)state;
	g.nr_cpus = 3;
	boot_geometry(&g);
	subject_set_policy("lru-drain", "disable-on-every-cpu");
	for (unsigned int at = 0; at < 30; at++) {
		for (unsigned int then = 0; then < 12; then++)
			run_three(at, then);
	}
	subject_clear_bugs();
}

/* --- Interrupts --- */

static void rotate_page(unsigned int nr)
{
	(void)nr;
	get_page(page[0]);
	folio_rotate_reclaimable(page[0]);
	put_page(page[0]);
}

static void rotate_and_drain(void *arg)
{
	(void)arg;
	folio_activate(page[0]);
	folio_rotate_reclaimable(page[0]);
	lru_add_drain();
}

/* Goal: the batch that interrupts fill is not torn by them. */
static void test_interrupt(void **state)
{
	unsigned int nr_batched = 0;

	(void)state;
	for (unsigned int at = 0; at < NR_PLACES; at++) {
		struct sim_switch there = { at, SIM_SWITCH_IRQ };
		struct sim_job first = { .run = new_lru_page };
		struct sim_job job = { .run = rotate_and_drain,
				       .nr_switches = 1,
				       .switches = &there };
		struct sim_job last = { .run = put_last };

		new_run();
		sim_on_interrupt(rotate_page);
		expect_jobs_done(&first, 1);
		expect_jobs_done(&job, 1);
		nr_batched += in_batch(0, LRU_MOVE_TAIL);
		expect_jobs_done(&last, 1);
	}
	assert_in_range(nr_batched, 1, 60); /* after it was emptied */
}

/* --- Checks --- */

/* Enabled behind the check's back; disabled without a drain. */
DAMAGE(kept, "INV_LRU_DISABLED", {
	lru_cache_disable();
	atomic_dec(&mem->lru_disable_count);
	folio_add_lru(new_page(PAGE_OF_FILE));
})
DAMAGE(left, "INV_LRU_DISABLED", {
	folio_add_lru(new_page(PAGE_OF_FILE));
	arch_lru_disabled();
})
DAMAGE(not_drained, "INV_LRU_DRAINED", {
	struct check_batches batches;

	folio_add_lru(new_page(PAGE_OF_FILE));
	mlock_folio(new_page(PAGE_OF_FILE));
	check_batches_begin(&batches);
	mlock_drain_local();
	check_batches_drained(&batches, -1);
})
DAMAGE(not_buried, "INV_LRU_DRAINED", {
	folio_add_lru(new_page(PAGE_OF_FILE));
	check_batches_dead(0);
})

#define DRAIN(name) cmocka_unit_test_setup(test_##name, boot)

int main(void)
{
	const struct CMUnitTest tests[] = {
		DRAIN(drain_all),
		DRAIN(drain_each),
		DRAIN(cpu_dead),
		DRAIN(generation),
		DRAIN(disable_races),
		DRAIN(no_barrier),
		DRAIN(disable_nested),
		DRAIN(foreign_batch),
		DRAIN(uses),
		DRAIN(same_cpu),
		DRAIN(disable_beside_drain),
		DRAIN(interrupt),
		DRAIN(kept),
		DRAIN(left),
		DRAIN(not_drained),
		DRAIN(not_buried),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
