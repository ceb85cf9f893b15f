// SPDX-License-Identifier: GPL-2.0-only
/*
 * Goal: each part of the core's memory may be stored to under its own lock, or
 * by its own CPU, and by nobody else.
 * Method: a job on CPU 0 takes a lock and reports a store, as the compiler's
 * hook does. Another lock of the same kind must not do. The first store to a
 * line and those after it are looked at in different ways: both are tried.
 */
#include "core_machine.h"
#include "subject/core_memory.h"

void __sanitizer_cov_store4(const void *addr);

/* What is stored to, and under which lock; NULL for none. */
static struct store {
	void *field;
	void *lock;
	bool again; /* its line has been stored to before */
} store;

static void run_store(void *unused)
{
	(void)unused;
	if (store.again)
		sim_memory_mark(core_memory, store.field, sizeof(int));
	if (store.lock)
		spin_lock((spinlock_t *)store.lock);
	__sanitizer_cov_store4(store.field);
	if (store.lock)
		spin_unlock((spinlock_t *)store.lock);
}

/* Two zones: the upper half is movable. */
static bool is_store_allowed(void *field, void *lock, bool again)
{
	struct subject_geometry g = small_machine;
	struct sim_job job = { .run = run_store };

	g.movable_start = 128;
	store = (struct store){ field, lock, again };
	boot_geometry(&g);
	sim_run(&job, 1);
	if (!sim_verdict())
		return true;
	assert_string_equal(sim_verdict()->id, "INV_LOCK_MISSING");
	return false;
}

static bool is_allowed(void *field, void *lock)
{
	bool allowed = is_store_allowed(field, lock, false);

	assert_int_equal(is_store_allowed(field, lock, true), allowed);
	return allowed;
}

static void only_under(void *field, void *lock, void *other)
{
	assert_true(is_allowed(field, lock));
	assert_false(is_allowed(field, other));
	assert_false(is_allowed(field, NULL));
}

static void test_zones(void **state)
{
	struct zone *a = &mem->zones[0], *b = &mem->zones[1];
	unsigned int last = NR_PAGE_ORDERS_LIMIT - 1;

	(void)state;
	for (; a; a = a == b ? NULL : b) {
		struct zone *other = a == b ? mem->zones : b;

		only_under(&a->nr_isolate_pageblock, &a->lock, &other->lock);
		only_under(&a->nr_free_highatomic, &a->lock, &other->lock);
		only_under(&a->free_area[0].free_list[0], &a->lock,
			   &other->lock);
		only_under(&a->free_area[last].nr_free, &a->lock, &other->lock);
		only_under(&a->pageset_batch, &mem->pcp_batch_high_lock,
			   &a->lock);
	}
}

static void test_pcplists(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 2; i++) {
		struct zone *zone = &mem->zones[i];
		struct per_cpu_pages *pcp = &zone->per_cpu_pageset[0];
		struct per_cpu_pages *other = &zone->per_cpu_pageset[1];

		only_under(&pcp->count, &pcp->lock, &other->lock);
		only_under(&pcp->flags, &pcp->lock, &zone->lock);
		only_under(&other->high, &other->lock, &pcp->lock);
		only_under(&other->free_count, &other->lock, &pcp->lock);
		only_under(&pcp->lists[NR_PCP_LISTS - 1], &pcp->lock,
			   &other->lock);
	}
}

/* READ_ONCE() and WRITE_ONCE() are enough for these. */
static void test_tunables(void **state)
{
	struct per_cpu_pages *pcp = &mem->zones[1].per_cpu_pageset[1];

	(void)state;
	assert_true(is_allowed(&pcp->high_min, NULL));
	assert_true(is_allowed(&pcp->high_max, NULL));
	assert_true(is_allowed(&pcp->batch, NULL));
}

static void test_differences(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 2; i++) {
		struct zone *zone = &mem->zones[i];
		struct per_cpu_zonestat *stat = zone->per_cpu_zonestats;

		assert_true(is_allowed(&stat[0].vm_stat_diff[0], NULL));
		assert_false(is_allowed(&stat[1].vm_stat_diff[0], &zone->lock));
		assert_false(is_allowed(&stat[1].vm_stat_diff[1], NULL));
		assert_true(is_allowed(&stat[1].stat_threshold, NULL));
	}
}

static void test_lru(void **state)
{
	struct lruvec *lruvec = &mem->lruvec;
	struct folio_batch *batch = mem->fbatches[0].batch;
	unsigned int last = NR_LRU_LISTS - 1;

	(void)state;
	only_under(&lruvec->lists[0], &lruvec->lru_lock, &mem->zones[0].lock);
	only_under(&lruvec->nr_pages[last], &lruvec->lru_lock,
		   &mem->zones[0].lock);
	assert_true(is_allowed(&batch[0].nr, NULL));
	assert_true(
		is_allowed(&batch[LRU_MLOCK].folios[PAGEVEC_SIZE - 1], NULL));
	batch = mem->fbatches[1].batch;
	assert_false(is_allowed(&batch[0].nr, NULL));
	assert_false(is_allowed(&batch[LRU_MLOCK].nr, &lruvec->lru_lock));
}

#define STORES(name) cmocka_unit_test_setup(test_##name, boot_machine)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORES(zones),	     STORES(pcplists), STORES(tunables),
		STORES(differences), STORES(lru),
	};

	return cmocka_run_group_tests_name("stores without their lock", tests,
					   NULL, NULL);
}
