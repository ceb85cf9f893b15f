// SPDX-License-Identifier: GPL-2.0-only
/*
 * A Linux tree's large folios behind the seam: faults make them, they count
 * what maps them, they are split by all who may, and processes find what they
 * have stored. What a tree has of them is found out first: folios of four
 * pages, and those of a PMD, which have no room in the real geometry.
 */
#include "tests/linux/tree_test.h"

#include <errno.h>

#include "subject/linux/bridge.h"

static unsigned long load(unsigned int mm, unsigned int address)
{
	unsigned long content = ~0ul;

	EXPECT(!subject_user_load(mm, address, &content));
	return content;
}

/* The folio at an address, or one without pages. */
static struct subject_folio folio_at(unsigned int mm, unsigned int address)
{
	struct subject_folio folio = { .nr_pages = 0 };
	unsigned int pfn = pfn_at(mm, address);

	if (pfn != ~0u)
		subject_folio(subject_folio_head(pfn), &folio);
	return folio;
}

static unsigned int head_at(unsigned int mm, unsigned int address)
{
	return subject_folio_head(pfn_at(mm, address));
}

static unsigned int refcount(unsigned int pfn)
{
	struct subject_page_view page;

	subject_page(pfn, &page);
	return page.refcount;
}

/* Process 0 has a folio there, with a store in one page: how large it is. */
static unsigned int store_large(unsigned int order, unsigned int address)
{
	subject_set_anon_order(order);
	EXPECT(!subject_user_store(0, address, 100 + address));
	subject_set_anon_order(0);
	return folio_at(0, address).nr_pages;
}

#define SMALL 2 /* order of a folio without a PMD */
#define LARGE 3 /* the largest that there are */

/* Whether what the tree has of LARGE is mapped by a PMD. */
static bool has_pmds;
static bool has_small;

static void look_for_folios(void *unused)
{
	(void)unused;
	store_large(LARGE, 1);
	has_pmds = folio_at(0, 1).nr_entire;
	subject_zap(0, 0, SUBJECT_NR_ADDRESSES);
	has_small = store_large(SMALL, 20) == 4;
	subject_zap(0, 0, SUBJECT_NR_ADDRESSES);
}

static int set_up(void **state)
{
	mask_findings(state);
	assert_runs(look_for_folios);
	return 0;
}

/* --- Faults --- */

/* Goal: all of it is mapped, zero but for what was stored, and free again. */
static void fault_pages(void *unused)
{
	struct subject_folio folio;
	unsigned int head;

	(void)unused;
	EXPECT(store_large(SMALL, 22) == 4);
	folio = folio_at(0, 22);
	head = head_at(0, 22);
	EXPECT(folio.mapcount == 4 && folio.nr_mapped == 4);
	EXPECT(!folio.nr_entire && !folio.entirely_mapped);
	EXPECT(pfn_at(0, 20) == head && pfn_at(0, 23) == head + 3);
	EXPECT(pfn_at(0, 19) == ~0u && refcount(head) == 4);
	EXPECT(load(0, 21) == 0 && load(0, 22) == 122);
	check_mm(0);
	subject_zap(0, 20, 24);
	subject_lru_drain_all();
	EXPECT(!refcount(head));
}

/* Goal: one reference and one count for all of it. */
static void fault_pmd(void *unused)
{
	struct subject_folio folio;
	unsigned int nr, head;

	(void)unused;
	nr = store_large(LARGE, 1);
	folio = folio_at(0, 1);
	head = head_at(0, 1);
	EXPECT(folio.mapcount == 1 && folio.nr_entire == 1);
	EXPECT(folio.entirely_mapped && !folio.nr_mapped);
	EXPECT(refcount(head) == 1 && pfn_at(0, nr - 1) == head + nr - 1);
	EXPECT(subject_mapcount(head + 2) == 1);
	EXPECT(load(0, nr - 1) == 0 && load(0, 1) == 101);
	check_mm(0);
	subject_zap(0, 0, nr);
	EXPECT(!refcount(head));
	/* Where the PMD was is room for another one. */
	EXPECT(store_large(LARGE, 2) == nr && folio_at(0, 2).nr_entire == 1);
}

static void test_faults(void **state)
{
	(void)state;
	if (has_small)
		assert_runs(fault_pages);
	if (has_pmds)
		assert_runs(fault_pmd);
	/* Large PMDs have no room, and some trees have no other orders. */
	assert_true(has_small || has_pmds ||
		    subject_geometry()->block_order > 4);
}

/* --- Splits --- */

/* Goal: a part that is given up, and reclaim, which splits the rest. */
static void give_up_part(unsigned int order, unsigned int address)
{
	unsigned int nr = store_large(order, address);
	struct subject_folio folio;
	unsigned int head;

	EXPECT(!subject_user_store(0, address + 1, 7));
	head = head_at(0, address);
	subject_zap(0, address, address + 1);
	folio = folio_at(0, address + 1);
	EXPECT(folio.nr_pages == nr && folio.mapcount == nr - 1);
	EXPECT(!folio.nr_entire && folio.nr_mapped == nr - 1);
	EXPECT(folio.partially_mapped && refcount(head) == nr - 1);
	check_mm(0);
	EXPECT(subject_reclaim(1) == 1);
	EXPECT(!folio_at(0, address + 1).nr_pages);
	EXPECT(load(0, address) == 0 && load(0, address + 1) == 7);
	check_mm(0);
}

static void give_up_parts(void *unused)
{
	(void)unused;
	if (has_small)
		give_up_part(SMALL, 21);
	if (has_pmds)
		give_up_part(LARGE, 1);
}

static void split_at(unsigned int order, unsigned int address)
{
	unsigned int nr = store_large(order, address);
	unsigned int pfn = pfn_at(0, address), pinned;

	EXPECT(subject_split_huge(0, address, 1) == -EINVAL);
	EXPECT(subject_pin(0, address, 1, SUBJECT_PIN, &pinned) == 1);
	EXPECT(folio_at(0, address).nr_pins == 1);
	EXPECT(subject_split_huge(0, address, 0) < 0);
	EXPECT(folio_at(0, address).nr_pages == nr);
	check_mm(0);
	subject_unpin(&pinned, 1, SUBJECT_PIN);
	EXPECT(!subject_split_huge(0, address, 0));
	EXPECT(!folio_at(0, address).nr_pages && pfn_at(0, address) == pfn);
	EXPECT(subject_split_huge(0, address, 0) == -EFAULT);
	EXPECT(refcount(pfn) == 1 && load(0, address) == 100 + address);
	check_mm(0);
}

/* Goal: it is split by an operation, but not while somebody has it. */
static void split_by_operation(void *unused)
{
	(void)unused;
	EXPECT(subject_split_huge(3, 3, 0) == -EFAULT);
	if (has_small)
		split_at(SMALL, 21);
	if (has_pmds)
		split_at(LARGE, 1);
}

/* Goal: folios of several pages are left, and each of them is one. */
static void split_to_folios(void *unused)
{
	unsigned int nr = store_large(LARGE, 1);

	(void)unused;
	EXPECT(!subject_split_huge(0, 1, SMALL));
	for (unsigned int i = 0; i < nr; i += 4)
		EXPECT(folio_at(0, i).nr_pages == 4 &&
		       head_at(0, i + 3) == pfn_at(0, i));
	check_mm(0);
	EXPECT(load(0, 1) == 101);
}

static void test_splits(void **state)
{
	(void)state;
	assert_runs(give_up_parts);
	assert_runs(split_by_operation);
	if (has_small && has_pmds)
		assert_runs(split_to_folios);
}

/* --- What happens to all memory --- */

static void fork_from(unsigned int mm, unsigned int parent)
{
	check_fork_begin(mm, parent);
	subject_fork(mm, parent);
	check_fork_end(mm);
}

/* Goal: relatives share a folio until one of them stores. */
static void fork_large(void *unused)
{
	unsigned int nr = store_large(LARGE, 1), head = head_at(0, 1);
	struct subject_folio folio;

	(void)unused;
	fork_from(1, 0);
	EXPECT(head_at(1, 1) == head && refcount(head) == 2);
	EXPECT(folio_at(0, 1).mapcount == 2 && folio_at(0, 1).nr_entire == 2);
	EXPECT(!subject_user_store(1, 1, 14));
	folio = folio_at(0, 1);
	EXPECT(pfn_at(1, 1) != pfn_at(0, 1) && pfn_at(1, 2) == pfn_at(0, 2));
	EXPECT(folio.nr_entire == 1 && folio.nr_mapped == nr - 1);
	EXPECT(load(0, 1) == 101 && load(1, 1) == 14);
	check_mm(0);
	check_mm(1);
}

/* Goal: by migration and by mremap it stays one folio. */
static void move_large(void *unused)
{
	unsigned int nr = store_large(LARGE, 1), head = head_at(0, 1);

	(void)unused;
	EXPECT(subject_migrate(head, head + nr));
	EXPECT(head_at(0, 1) != head && folio_at(0, 1).nr_pages == nr);
	EXPECT(folio_at(0, 1).nr_entire == 1);
	head = head_at(0, 1);
	subject_mremap(0);
	EXPECT(head_at(0, 1) == head && folio_at(0, 1).nr_entire == 1);
	subject_mremap(0);
	EXPECT(load(0, 1) == 101);
	check_mm(0);
}

/* Goal: each way to get at a page has one reference on its folio. */
static void pin_large(void *unused)
{
	(void)unused;
	store_large(LARGE, 1);
	for (int how = 0; how <= SUBJECT_PIN_LONGTERM_FAST; how++) {
		enum subject_pin pin = (enum subject_pin)how;
		unsigned int head = head_at(0, 1), pfn[2];

		EXPECT(subject_pin(0, 2, 2, pin, pfn) == 2);
		EXPECT(pfn[0] == head + 2 && pfn[1] == head + 3);
		EXPECT(refcount(head) == 3);
		EXPECT(folio_at(0, 1).nr_pins == (pin < SUBJECT_PIN ? 0 : 2));
		check_mm(0);
		subject_unpin(pfn, 2, pin);
		EXPECT(refcount(head) == 1);
	}
}

static void test_memory(void **state)
{
	(void)state;
	if (!has_pmds)
		return;
	assert_runs(fork_large);
	assert_runs(move_large);
	assert_runs(pin_large);
}

/* --- Two at once --- */

/* @other at each point of @one, of a process with a large folio and a child. */
static unsigned int meet(const char *one, const char *other,
			 enum check_state state)
{
	unsigned int nr = 0;

	for (unsigned int at = 0; at < 500; at += 3) {
		char source[400];

		snprintf(source, sizeof(source),
			 "mmfuzz 1\n0 huge order 3\n"
			 "0 touch address 2 access write\n0 fork\n%s\n"
			 "  switch at %u to 1\n%s\n"
			 "0 touch address 2\n0 touch mm 1 address 3\n",
			 one, at, other);
		run_text(source);
		nr += workload_reached(state);
	}
	return nr;
}

static void test_meetings(void **state)
{
	static const char *const others[] = {
		"1 zap address 2",
		"1 touch mm 1 address 2 access write",
		"1 pin address 2 how pin_fast",
		"1 pin mm 1 address 3 how longterm_fast",
		"1 move",
		"1 migrate",
		"1 huge what split address 2",
		"1 reclaim",
	};
	bool can_split = has_pmds || has_small;

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		assert_int_equal(meet("0 huge what split address 2", others[i],
				      STATE_folio_split) > 0,
				 can_split);
		meet("0 migrate", others[i], STATE_migrated);
	}
}

/* --- What is broken is found --- */

/* Of a PMD it may be queued from the beginning: then take another one. */
static void damage_folio(enum bridge_damage damage, unsigned int page)
{
	unsigned int address = has_small ? 20 : 0;

	store_large(has_small ? SMALL : LARGE, address);
	tree_damage_page(pfn_at(0, address) + page, damage);
	check_mm(0);
}

static void damage_mapcount(void *unused)
{
	(void)unused;
	damage_folio(BRIDGE_DAMAGE_MAPCOUNT, 1);
}

static void damage_pins(void *unused)
{
	(void)unused;
	damage_folio(BRIDGE_DAMAGE_PINS, 0);
}

static void damage_queue(void *unused)
{
	(void)unused;
	damage_folio(BRIDGE_DAMAGE_QUEUE, 0);
}

static void test_verdicts(void **state)
{
	(void)state;
	if (!has_pmds && !has_small)
		return;
	assert_string_equal(verdict_of(damage_mapcount), "INV_MAPCOUNT");
	assert_string_equal(verdict_of(damage_pins), "INV_PAGE_REFS");
	assert_string_equal(verdict_of(damage_queue), "INV_SPLIT_QUEUE");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_faults, set_up),
		cmocka_unit_test_setup(test_splits, set_up),
		cmocka_unit_test_setup(test_memory, set_up),
		cmocka_unit_test_setup(test_meetings, set_up),
		cmocka_unit_test_setup(test_verdicts, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
