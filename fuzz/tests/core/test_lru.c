// SPDX-License-Identifier: GPL-2.0-only
/*
 * The LRU lists and what moves pages between them: flags, lists, references and
 * batches after each call, and the checks that guard them. Method: real calls
 * on a booted machine, batches emptied by hand; all invariants are looked
 * after.
 */
#include "tests/core/lru_pages.h"

/* Goal: a new page is in a batch, with a reference, then on its list. */
TEST(add)
{
	static const enum lru_list lists[] = { LRU_INACTIVE_FILE,
					       LRU_INACTIVE_ANON,
					       LRU_INACTIVE_ANON };

	for (unsigned int kind = PAGE_OF_FILE; kind <= PAGE_ANON; kind++) {
		struct page *page = new_page((enum page_kind)kind);

		folio_add_lru(page);
		EXPECT(refs(page) == 2 && !has(page, PG_lru));
		EXPECT(in_batch(0, LRU_ADD) == 1 && !nr_lru(lists[kind]));
		lru_add_drain();
		EXPECT(refs(page) == 1 && has(page, PG_lru));
		EXPECT(!in_batch(0, LRU_ADD) && nr_lru(lists[kind]) == 1);
		EXPECT(first_of(lists[kind]) == page);
		page->mapping = 0;
		put_page(page);
		EXPECT(!nr_lru(lists[kind]) && !refs(page));
		EXPECT(!has(page, PG_lru));
	}
}

/* Goal: the newest page is the first; an active one has a list of its own. */
TEST(add_order)
{
	struct page *page[4];

	for (unsigned int i = 0; i < 4; i++) {
		page[i] = new_page(PAGE_OF_FILE);
		if (i == 3)
			set_bit(PG_active, &page[i]->flags);
		folio_add_lru(page[i]);
	}
	lru_add_drain();
	EXPECT(first_of(LRU_INACTIVE_FILE) == page[2]);
	EXPECT(last_of(LRU_INACTIVE_FILE) == page[0]);
	EXPECT(first_of(LRU_ACTIVE_FILE) == page[3]);
	EXPECT(nr_lru(LRU_INACTIVE_FILE) == 3 && nr_lru(LRU_ACTIVE_FILE) == 1);
	release_pages(page, 4);
	EXPECT(!nr_lru(LRU_INACTIVE_FILE) && !nr_lru(LRU_ACTIVE_FILE));
	EXPECT(!has(page[3], PG_active));
}

/* Goal: the page that fills a batch empties it. */
TEST(full_batch)
{
	struct page *page[PAGEVEC_SIZE];

	for (unsigned int i = 0; i < PAGEVEC_SIZE; i++) {
		EXPECT(in_batch(0, LRU_ADD) == i && !nr_lru(LRU_INACTIVE_ANON));
		page[i] = new_page(PAGE_OF_SHMEM);
		folio_add_lru(page[i]);
	}
	EXPECT(!in_batch(0, LRU_ADD));
	EXPECT(nr_lru(LRU_INACTIVE_ANON) == PAGEVEC_SIZE);
	for (unsigned int i = 0; i < PAGEVEC_SIZE; i++) {
		EXPECT(refs(page[i]) == 1);
		mlock_folio(page[i]);
		EXPECT(in_batch(0, LRU_MLOCK) == (i + 1) % PAGEVEC_SIZE);
	}
	EXPECT(nr_lru(LRU_UNEVICTABLE) == PAGEVEC_SIZE);
	release_pages(page, PAGEVEC_SIZE);
	EXPECT(!nr_lru(LRU_UNEVICTABLE) && nr_free() + pcp_of(0)->count == 256);
}

/* Goal: a page that only a batch refers to is freed when that is emptied. */
TEST(last_reference)
{
	struct page *page = new_page(PAGE_OF_FILE);

	folio_add_lru(page);
	put_page(page);
	EXPECT(refs(page) == 1);
	lru_add_drain();
	EXPECT(!refs(page) && !nr_lru(LRU_INACTIVE_FILE));
	drain_all_pages(NULL);
	EXPECT(nr_free() == 256);
}

/* Goal: the three steps of a page that is used, on the LRU. */
TEST(mark_accessed)
{
	struct page *page = lru_page(PAGE_OF_FILE);

	folio_mark_accessed(page);
	EXPECT(has(page, PG_referenced) && !in_batch(0, LRU_ACTIVATE));
	folio_mark_accessed(page);
	EXPECT(!has(page, PG_referenced) && in_batch(0, LRU_ACTIVATE) == 1);
	EXPECT(!has(page, PG_active) && has(page, PG_lru) && refs(page) == 2);
	lru_add_drain();
	EXPECT(has(page, PG_active) && nr_lru(LRU_ACTIVE_FILE) == 1);
	folio_mark_accessed(page);
	EXPECT(has(page, PG_referenced) && has(page, PG_active));
	folio_mark_accessed(page);
	EXPECT(has(page, PG_referenced) && !in_batch(0, LRU_ACTIVATE));
	folio_activate(page);
	EXPECT(!in_batch(0, LRU_ACTIVATE));
	EXPECT(refs(page) == 1);
}

/* Goal: in this CPU's batch a page becomes active before it is on a list. */
TEST(activate_in_batch)
{
	struct page *page = new_page(PAGE_OF_FILE);
	struct page *other = new_page(PAGE_OF_FILE);

	set_bit(PG_referenced, &page->flags);
	set_bit(PG_referenced, &other->flags);
	folio_add_lru(page);
	folio_mark_accessed(page);
	folio_mark_accessed(other); /* in none */
	EXPECT(has(page, PG_active) && !has(other, PG_active));
	EXPECT(!has(page, PG_referenced) && !has(other, PG_referenced));
	lru_add_drain();
	EXPECT(first_of(LRU_ACTIVE_FILE) == page);
}

/* Goal: an active page becomes inactive and unreferenced, no other one does. */
TEST(deactivate)
{
	struct page *page = lru_page(PAGE_OF_SHMEM);

	folio_deactivate(page);
	EXPECT(!in_batch(0, LRU_DEACTIVATE));
	folio_activate(page);
	lru_add_drain();
	set_bit(PG_referenced, &page->flags);
	folio_deactivate(page);
	EXPECT(in_batch(0, LRU_DEACTIVATE) == 1 && refs(page) == 2);
	lru_add_drain();
	EXPECT(!has(page, PG_active) && !has(page, PG_referenced));
	EXPECT(nr_lru(LRU_INACTIVE_ANON) == 1 && refs(page) == 1);
}

/* Goal: clean ones go to the tail, dirty ones to the head, mapped ones stay. */
TEST(deactivate_file)
{
	struct page *old = lru_page(PAGE_OF_FILE);
	struct page *page = lru_page(PAGE_OF_FILE);

	deactivate_file_folio(page);
	lru_add_drain();
	EXPECT(last_of(LRU_INACTIVE_FILE) == page && !has(page, PG_reclaim));
	set_bit(PG_dirty, &page->flags);
	folio_activate(page);
	lru_add_drain();
	deactivate_file_folio(page);
	EXPECT(in_batch(0, LRU_DEACTIVATE_FILE) == 1);
	lru_add_drain();
	EXPECT(first_of(LRU_INACTIVE_FILE) == page && has(page, PG_reclaim));
	EXPECT(!has(page, PG_active) && nr_lru(LRU_INACTIVE_FILE) == 2);
	atomic_inc(&old->mapcount);
	folio_activate(old);
	lru_add_drain();
	deactivate_file_folio(old);
	lru_add_drain();
	EXPECT(has(old, PG_active) && refs(old) == 1);
	atomic_dec(&old->mapcount);
}

/* Goal: only anonymous pages that are not in the swap cache, as clean files. */
TEST(lazyfree)
{
	struct page *page = lru_page(PAGE_ANON);
	struct page *shmem = lru_page(PAGE_OF_SHMEM);

	folio_mark_lazyfree(shmem);
	set_bit(PG_swapcache, &page->flags);
	folio_mark_lazyfree(page);
	EXPECT(!in_batch(0, LRU_LAZYFREE));
	clear_bit(PG_swapcache, &page->flags);
	folio_activate(page);
	lru_add_drain();
	folio_mark_lazyfree(page);
	set_bit(PG_swapcache, &page->flags); /* too late: it stays */
	lru_add_drain();
	EXPECT(has(page, PG_active) && has(page, PG_swapbacked));
	clear_bit(PG_swapcache, &page->flags);
	folio_mark_lazyfree(page);
	EXPECT(refs(page) == 2);
	lru_add_drain();
	EXPECT(!has(page, PG_active) && !has(page, PG_swapbacked));
	EXPECT(first_of(LRU_INACTIVE_FILE) == page && refs(page) == 1);
}

/* Goal: what has been written goes to the tail of the inactive list. */
TEST(rotate)
{
	struct page *page = lru_page(PAGE_OF_FILE);
	struct page *other = lru_page(PAGE_OF_FILE);

	set_bit(PG_dirty, &other->flags);
	folio_rotate_reclaimable(other);
	clear_bit(PG_dirty, &other->flags);
	set_bit(PG_locked, &other->flags);
	folio_rotate_reclaimable(other);
	clear_bit(PG_locked, &other->flags);
	EXPECT(!in_batch(0, LRU_MOVE_TAIL));
	folio_activate(other);
	lru_add_drain();
	folio_rotate_reclaimable(other);
	EXPECT(in_batch(0, LRU_MOVE_TAIL) == 1);
	lru_add_drain();
	EXPECT(last_of(LRU_INACTIVE_FILE) == other && !has(other, PG_active));
	EXPECT(first_of(LRU_INACTIVE_FILE) == page && refs(other) == 1);
}

/* Goal: what has happened to a page since it was batched is respected. */
TEST(batched_before)
{
	struct page *page = lru_page(PAGE_OF_SHMEM);

	folio_activate(page);
	folio_activate(page);
	lru_add_drain();
	EXPECT(nr_lru(LRU_ACTIVE_ANON) == 1 && refs(page) == 1);
	folio_deactivate(page);
	folio_deactivate(page);
	lru_add_drain();
	EXPECT(nr_lru(LRU_INACTIVE_ANON) == 1 && refs(page) == 1);
	folio_rotate_reclaimable(page);
	folio_activate(page);
	deactivate_file_folio(page);
	folio_mark_lazyfree(page);
	mlock_folio(page);
	mlock_drain_local();
	EXPECT(nr_lru(LRU_UNEVICTABLE) == 1);
	lru_add_drain();
	EXPECT(nr_lru(LRU_UNEVICTABLE) == 1 && refs(page) == 1);
	EXPECT(has(page, PG_unevictable) && !has(page, PG_active));
	EXPECT(page->mlock_count == 1);
	/* How many have locked it is not known any more. */
	mlock_folio(page);
	lru_add_drain();
	EXPECT(page->mlock_count == 2 && folio_isolate_lru(page));
	folio_putback_lru(page);
	lru_add_drain();
	EXPECT(!page->mlock_count && nr_lru(LRU_UNEVICTABLE) == 1);
}

/* Goal: one gets the page, with a reference; a batch then leaves it alone. */
TEST(isolate)
{
	struct page *page = lru_page(PAGE_OF_FILE);

	folio_activate(page);
	EXPECT(folio_isolate_lru(page) && !folio_isolate_lru(page));
	EXPECT(!has(page, PG_lru) && refs(page) == 3);
	EXPECT(!nr_lru(LRU_INACTIVE_FILE));
	lru_add_drain();
	EXPECT(refs(page) == 2 && !has(page, PG_active));
	folio_deactivate(page);
	folio_rotate_reclaimable(page);
	deactivate_file_folio(page);
	EXPECT(refs(page) == 2);
	folio_putback_lru(page);
	EXPECT(refs(page) == 2 && in_batch(0, LRU_ADD) == 1);
	lru_add_drain();
	EXPECT(has(page, PG_lru) && refs(page) == 1);
	EXPECT(nr_lru(LRU_INACTIVE_FILE) == 1);
}

/* Goal: an allocated page may lie on anybody's list, one after the other. */
TEST(private_list)
{
	struct page *page = lru_page(PAGE_OF_FILE);
	struct list_head mine, other;

	INIT_LIST_HEAD(&mine);
	INIT_LIST_HEAD(&other);
	EXPECT(folio_isolate_lru(page));
	list_add(&page->lru, &mine);
	list_move_tail(&page->lru, &other);
	EXPECT(list_empty(&mine) && other.next == &page->lru);
	list_del(&page->lru);
	folio_putback_lru(page);
	put_page(page);
	lru_add_drain();
	EXPECT(!refs(page));
}

/* --- Locked in memory --- */

/* Goal: the flag at once, the rest with the batch; the last unlock counts. */
TEST(mlock)
{
	struct page *page = lru_page(PAGE_OF_FILE);

	folio_activate(page);
	lru_add_drain();
	mlock_folio(page);
	EXPECT(has(page, PG_mlocked) && !has(page, PG_unevictable));
	EXPECT(in_batch(0, LRU_MLOCK) == 1 && refs(page) == 2);
	mlock_folio(page);
	lru_add_drain();
	EXPECT(has(page, PG_unevictable) && !has(page, PG_active));
	EXPECT(has(page, PG_lru) && page->mlock_count == 2 && refs(page) == 1);
	EXPECT(nr_lru(LRU_UNEVICTABLE) == 1 && !nr_lru(LRU_ACTIVE_FILE));
	folio_mark_accessed(page);
	folio_mark_accessed(page);
	folio_activate(page);
	folio_rotate_reclaimable(page);
	EXPECT(refs(page) == 1 && !has(page, PG_active));
	munlock_folio(page);
	lru_add_drain();
	EXPECT(has(page, PG_mlocked) && page->mlock_count == 1);
	munlock_folio(page);
	EXPECT(has(page, PG_mlocked));
	lru_add_drain();
	EXPECT(!has(page, PG_mlocked) && !has(page, PG_unevictable));
	EXPECT(first_of(LRU_INACTIVE_FILE) == page && refs(page) == 1);
	EXPECT(!nr_lru(LRU_UNEVICTABLE));
}

/* Goal: a page of locked memory is unevictable from the beginning. */
TEST(mlock_new)
{
	struct vm_area_struct vma = { .vm_locked = true };
	struct page *page = new_page(PAGE_ANON);

	folio_add_lru_vma(page, &vma);
	EXPECT(in_batch(0, LRU_MLOCK) == 1 && has(page, PG_mlocked));
	lru_add_drain();
	EXPECT(has(page, PG_lru) && page->mlock_count == 1);
	EXPECT(nr_lru(LRU_UNEVICTABLE) == 1);
	EXPECT(folio_isolate_lru(page) && has(page, PG_unevictable));
	EXPECT(!nr_lru(LRU_UNEVICTABLE));
	/* Unlocked off the LRU: the flag only, until it is back. */
	munlock_folio(page);
	lru_add_drain();
	EXPECT(!has(page, PG_mlocked) && has(page, PG_unevictable));
	folio_putback_lru(page);
	lru_add_drain();
	EXPECT(first_of(LRU_INACTIVE_ANON) == page);
	EXPECT(!has(page, PG_unevictable));
	vma.vm_locked = false;
	page = new_page(PAGE_ANON);
	folio_add_lru_vma(page, &vma);
	EXPECT(in_batch(0, LRU_ADD) == 1 && !has(page, PG_mlocked));
}

/* Goal: locked off the LRU, it is unevictable when back, with no count. */
TEST(mlock_off_lru)
{
	struct page *page = lru_page(PAGE_OF_FILE);

	EXPECT(folio_isolate_lru(page));
	set_bit(PG_active, &page->flags);
	mlock_folio(page);
	lru_add_drain();
	EXPECT(!has(page, PG_unevictable) && refs(page) == 2);
	folio_putback_lru(page);
	lru_add_drain();
	EXPECT(has(page, PG_unevictable) && !page->mlock_count);
	EXPECT(!has(page, PG_active));
	munlock_folio(page);
	lru_add_drain();
	EXPECT(!has(page, PG_unevictable) && has(page, PG_lru));
	/* Unlocked before the batch with the second lock is emptied. */
	mlock_folio(page);
	lru_add_drain();
	mlock_folio(page);
	clear_bit(PG_mlocked, &page->flags);
	lru_add_drain();
	EXPECT(!has(page, PG_unevictable) && refs(page) == 1);
	mlock_folio(page);
	put_page(page);
	lru_add_drain();
	EXPECT(!refs(page) && !has(page, PG_mlocked));
}

/* --- Checks --- */

#define LRU_LOCKED(statement)                                     \
	do {                                                      \
		struct lru_section section = { .locked = false }; \
		lru_lock_once(&section);                          \
		statement;                                        \
		lru_unlock_if_locked(&section);                   \
	} while (0)

DAMAGE(no_flag, "INV_LRU_LIST",
       LRU_LOCKED(lruvec_add_folio(new_page(PAGE_OF_FILE))))
DAMAGE(no_list, "INV_LRU_LIST",
       LRU_LOCKED(set_bit(PG_lru, &new_page(PAGE_OF_FILE)->flags)))
DAMAGE(flag_left, "INV_LRU_LIST", {
	struct page *page = lru_page(PAGE_OF_FILE);

	clear_bit(PG_lru, &page->flags);
	LRU_LOCKED();
})
DAMAGE(other_list, "INV_LRU_LIST", {
	struct page *page = lru_page(PAGE_OF_FILE);

	clear_bit(PG_lru, &page->flags);
	LRU_LOCKED({
		set_bit(PG_active, &page->flags);
		set_bit(PG_lru, &page->flags);
	});
})
DAMAGE(flag_changed, "INV_LRU_LIST", {
	struct page *page = lru_page(PAGE_OF_FILE);

	set_bit(PG_active, &page->flags);
	put_page(page);
})
DAMAGE(freed_on_list, "INV_LRU_LIST", __free_pages(lru_page(PAGE_OF_FILE), 0))
DAMAGE(free_page_listed, "INV_LRU_LIST", {
	struct page *page = first_free(5, MIGRATE_MOVABLE);

	LRU_LOCKED(list_add(&page[1].lru, mem->lruvec.lists));
})
DAMAGE(count, "INV_LRU_COUNT",
       LRU_LOCKED(mem->lruvec.nr_pages[LRU_UNEVICTABLE]++))
DAMAGE(listed_twice, "LIST_CORRUPTION", {
	struct page *page = lru_page(PAGE_OF_FILE);

	LRU_LOCKED(list_add(&page->lru, &mem->lruvec.lists[LRU_INACTIVE_FILE]));
})
DAMAGE(list_cut, "INV_LRU_LIST", {
	struct page *page = lru_page(PAGE_OF_FILE);

	check_full = true;
	INIT_LIST_HEAD(page->lru.prev);
	LRU_LOCKED();
})
DAMAGE(add_twice, "BUG_folio_add_lru", folio_add_lru(lru_page(PAGE_OF_FILE)))
DAMAGE(batched_twice, "BUG_lru_add", {
	struct page *page = new_page(PAGE_OF_FILE);

	folio_add_lru(page);
	folio_add_lru(page);
	lru_add_drain();
})
DAMAGE(left_on_lru, "INV_BOOT_STATE", {
	lru_page(PAGE_OF_FILE);
	check_boot_state();
})
DAMAGE(left_in_batch, "INV_BOOT_STATE", {
	folio_add_lru(new_page(PAGE_OF_FILE));
	check_boot_state();
})
DAMAGE(left_disabled, "INV_BOOT_STATE", {
	lru_cache_disable();
	check_boot_state();
})

#define LRU(name) cmocka_unit_test_setup(test_##name, boot_machine)

int main(void)
{
	const struct CMUnitTest tests[] = {
		LRU(add),
		LRU(add_order),
		LRU(full_batch),
		LRU(last_reference),
		LRU(mark_accessed),
		LRU(activate_in_batch),
		LRU(deactivate),
		LRU(deactivate_file),
		LRU(lazyfree),
		LRU(rotate),
		LRU(batched_before),
		LRU(isolate),
		LRU(private_list),
		LRU(mlock),
		LRU(mlock_new),
		LRU(mlock_off_lru),
		LRU(no_flag),
		LRU(no_list),
		LRU(flag_left),
		LRU(other_list),
		LRU(flag_changed),
		LRU(freed_on_list),
		LRU(free_page_listed),
		LRU(count),
		LRU(listed_twice),
		LRU(list_cut),
		LRU(add_twice),
		LRU(batched_twice),
		LRU(left_on_lru),
		LRU(left_in_batch),
		LRU(left_disabled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
