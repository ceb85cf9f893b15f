// SPDX-License-Identifier: GPL-2.0-only
/*
 * Moving many pages: isolating them, the passes over the list, and putting back
 * what could not be moved.
 *
 * A page that somebody has a reference on, or locked, may be free of him in the
 * next pass. Policy migrate-loop: the batched loop unmaps all pages before it
 * moves the first; as it holds their locks together, it only tries them, in the
 * order of the list. What is left is moved one by one, with waiting.
 *
 * A large folio is split if a part of it is not mapped any more, or there is no
 * block for all of it: its pages are moved after all others, with less effort.
 *
 * Modelled on migrate_pages_batch() and migrate_pages_sync() in mm/migrate.c
 * and isolate_migratepages_range() in mm/compaction.c of Linux 6.12, and on
 * unmap_and_move() of Linux 5.10. Left out: batches of bounded size; that 5.10
 * split large folios, too.
 */
#include "compaction.h"

#define NR_MAX_MIGRATE_PAGES_RETRY 10
#define NR_MAX_MIGRATE_ASYNC_RETRY 3
#define NR_MAX_MIGRATE_SYNC_RETRY \
	(NR_MAX_MIGRATE_PAGES_RETRY - NR_MAX_MIGRATE_ASYNC_RETRY)
#define PASSES_WITHOUT_FORCE 2

/* --- Isolating --- */

/*
 * Take a page that the caller has a reference on off the LRU into @list. 0, or
 * -EBUSY: it is not there.
 */
int isolate_folio_to_list(struct page *folio, struct list_head *list)
{
	if (!folio_isolate_lru(folio))
		return -EBUSY;
	mod_isolated(folio, 1);
	list_add_tail(&folio->lru, list);
	return 0;
}

/* The same for somebody who has none; how many pages it has, if isolated. */
static unsigned int isolate_migratepage(struct page *page,
					struct list_head *list)
{
	unsigned int nr = 0;

	if (!get_page_unless_zero(page))
		return 0;
	if (!isolate_folio_to_list(page, list))
		nr = folio_nr_pages(page);
	put_page(page);
	return nr;
}

/*
 * Take what is on the LRU of [start, end) into @list, up to COMPACT_CLUSTER_MAX
 * pages. Returns the pfn to go on with. No lock held.
 */
unsigned int isolate_migratepages_range(unsigned int start, unsigned int end,
					struct list_head *list)
{
	unsigned int nr = 0;

	for (; start < end && nr < COMPACT_CLUSTER_MAX; start++) {
		struct page *page = pfn_to_page(start);

		if (READ_ONCE(page->flags) & 1ul << PG_lru)
			nr += isolate_migratepage(page, list);
	}
	return start;
}

/* Those that could not be moved go back to the LRU. */
void putback_movable_pages(struct list_head *list)
{
	while (!list_empty(list)) {
		struct page *page = list_first_entry(list, struct page, lru);

		list_del(&page->lru);
		mod_isolated(page, -1);
		folio_putback_lru(page);
	}
}

/* --- Lists --- */

static struct page *next_folio(struct list_head *entry, struct list_head *list)
{
	if (entry->next == list)
		return NULL;
	return list_entry(entry->next, struct page, lru);
}

static void move_all(struct list_head *from, struct list_head *to)
{
	while (!list_empty(from))
		list_move_tail(from->next, to);
}

/* --- Batched --- */

struct batch {
	struct list_head unmapped, dst; /* in the same order */
	struct list_head *ret; /* failed for good */
	/* For what large folios have been split into; NULL: none is split. */
	struct list_head *split;
	const struct migrate_control *mc;
	unsigned int nr_failed;
	struct migrate_stats *stats;
};

static void count_success(struct migrate_stats *stats, unsigned int nr_pages)
{
	stats->nr_succeeded += nr_pages;
}

/*
 * Its pages may be moved one by one, later: they are on b->split then. 0, or
 * what split_folio_to_order() says, or -EAGAIN, it is locked.
 */
static int try_split_folio(struct batch *b, struct page *folio)
{
	int rc;

	if (b->mc->mode != MIGRATE_ASYNC)
		folio_lock(folio);
	else if (!folio_trylock(folio))
		return -EAGAIN;
	rc = split_folio_to_order(folio, b->split, 0);
	folio_unlock(folio);
	if (rc)
		return rc;
	list_move_tail(&folio->lru, b->split);
	b->stats->nr_split++;
	return 0;
}

/* Moving what is not used would be for nothing. */
static bool split_first(struct batch *b, struct page *folio)
{
	if (!b->split || compound_order(folio) <= 1 ||
	    !test_bit(PG_partially_mapped, &folio->flags) ||
	    try_split_folio(b, folio))
		return false;
	b->nr_failed++;
	return true;
}

/* There is no page for @src: 0 if it is split, or is to be, or -ENOMEM. */
static int no_memory_for(struct batch *b, struct page *src, unsigned int *retry)
{
	int rc;

	b->nr_failed++;
	if (!b->split || !folio_test_large(src))
		return -ENOMEM;
	rc = try_split_folio(b, src);
	if (!rc)
		return 0;
	if (rc != -EAGAIN || b->mc->reason != MR_LONGTERM_PIN)
		return -ENOMEM;
	b->nr_failed--;
	(*retry)++;
	return 0;
}

/* Returns 0 or -ENOMEM; *@retry counts what may do better next time. */
static int unmap_one(struct batch *b, struct page *src, unsigned int *retry)
{
	unsigned int nr = folio_nr_pages(src);
	struct page *dst;
	int rc;

	cond_resched();
	if (split_first(b, src))
		return 0;
	if (migrate_folio_freed(src, b->mc)) {
		count_success(b->stats, nr);
		return 0;
	}
	rc = migrate_folio_unmap(src, &dst, b->mc, b->ret);
	if (!rc) {
		list_move_tail(&src->lru, &b->unmapped);
		list_add_tail(&dst->lru, &b->dst);
	} else if (rc == -EAGAIN) {
		(*retry)++;
	} else if (rc == -ENOMEM) {
		return no_memory_for(b, src, retry);
	} else {
		b->nr_failed++;
	}
	return 0;
}

static int unmap_all(struct batch *b, struct list_head *from,
		     unsigned int nr_pass)
{
	unsigned int retry = 1;

	for (unsigned int pass = 0; pass < nr_pass && retry; pass++) {
		struct page *src = next_folio(from, from), *next;

		for (retry = 0; src; src = next) {
			next = next_folio(&src->lru, from);
			if (unmap_one(b, src, &retry))
				return -ENOMEM;
		}
	}
	b->nr_failed += retry;
	return 0;
}

static void move_unmapped(struct batch *b, unsigned int nr_pass)
{
	unsigned int retry = 1, nr;

	for (unsigned int pass = 0; pass < nr_pass && retry; pass++) {
		struct page *src = next_folio(&b->unmapped, &b->unmapped);
		struct page *dst = next_folio(&b->dst, &b->dst), *next, *next2;

		for (retry = 0; src; src = next, dst = next2) {
			next = next_folio(&src->lru, &b->unmapped);
			next2 = next_folio(&dst->lru, &b->dst);
			nr = folio_nr_pages(src);
			cond_resched();
			list_del(&dst->lru);
			if (!migrate_folio_move(src, dst, b->mc)) {
				count_success(b->stats, nr);
				continue;
			}
			retry++;
			/* Back to where it was. */
			list_add_tail(&dst->lru, next2 ? &next2->lru : &b->dst);
		}
	}
	b->nr_failed += retry;
}

static void undo_unmapped(struct batch *b)
{
	while (!list_empty(&b->unmapped)) {
		struct page *src =
			list_first_entry(&b->unmapped, struct page, lru);
		struct page *dst = list_first_entry(&b->dst, struct page, lru);

		list_del(&dst->lru);
		migrate_folio_undo(src, dst, b->mc, b->ret);
	}
}

/* Where what is left goes, and what has been counted. */
struct result {
	struct list_head ret, split;
	struct migrate_stats stats;
};

/*
 * Returns the number of folios that have not been moved, or -ENOMEM; with
 * @split large ones may be split.
 */
static int migrate_pages_batch(struct list_head *from,
			       const struct migrate_control *mc,
			       unsigned int nr_pass, struct list_head *ret,
			       struct list_head *split,
			       struct migrate_stats *stats)
{
	struct batch b = {
		.ret = ret, .split = split, .mc = mc, .stats = stats
	};
	int rc;

	INIT_LIST_HEAD(&b.unmapped);
	INIT_LIST_HEAD(&b.dst);
	rc = unmap_all(&b, from, nr_pass);
	move_unmapped(&b, nr_pass);
	undo_unmapped(&b);
	return rc ? rc : (int)b.nr_failed;
}

/* All at once, without waiting; then what is left, one by one. */
static int migrate_pages_sync(struct list_head *from,
			      const struct migrate_control *mc,
			      struct result *r)
{
	struct migrate_control first = *mc;
	struct list_head folios;
	int rc, nr_failed;

	if (!buggy(batch_lock_deadlock))
		first.mode = MIGRATE_ASYNC;
	INIT_LIST_HEAD(&folios);
	rc = migrate_pages_batch(from, &first, NR_MAX_MIGRATE_ASYNC_RETRY,
				 &folios, &r->split, &r->stats);
	move_all(&folios, rc < 0 ? &r->ret : from);
	/* All others that have failed are tried again. */
	nr_failed = (int)r->stats.nr_split;
	while (rc >= 0 && !list_empty(from)) {
		list_move_tail(from->next, &folios);
		rc = migrate_pages_batch(&folios, mc, NR_MAX_MIGRATE_SYNC_RETRY,
					 &r->ret, &r->split, &r->stats);
		move_all(&folios, &r->ret);
		nr_failed += rc;
	}
	return rc < 0 ? rc : nr_failed;
}

/* What large folios have been split into, once, without waiting. */
static int migrate_split(const struct migrate_control *mc, struct result *r)
{
	struct migrate_control async = *mc;
	int rc;

	async.mode = MIGRATE_ASYNC;
	rc = migrate_pages_batch(&r->split, &async, 1, &r->ret, NULL,
				 &r->stats);
	move_all(&r->split, &r->ret);
	return rc;
}

/* --- One by one, until 6.2 --- */

static int unmap_and_move(struct page *src, const struct migrate_control *mc,
			  struct list_head *ret)
{
	struct page *dst;
	int rc;

	if (migrate_folio_freed(src, mc))
		return 0;
	rc = migrate_folio_unmap(src, &dst, mc, ret);
	if (rc)
		return rc;
	rc = migrate_folio_move(src, dst, mc);
	if (rc)
		migrate_folio_undo(src, dst, mc, NULL);
	return rc;
}

static int migrate_pages_one_by_one(struct list_head *from,
				    const struct migrate_control *mc,
				    struct list_head *ret,
				    struct migrate_stats *stats)
{
	struct migrate_control later = *mc;
	unsigned int retry = 1, pass, nr;
	int nr_failed = 0;

	if (mc->mode == MIGRATE_SYNC)
		later.mode = MIGRATE_SYNC_LATER;
	for (pass = 0; pass < NR_MAX_MIGRATE_PAGES_RETRY && retry; pass++) {
		bool force = pass > PASSES_WITHOUT_FORCE;
		struct page *src = next_folio(from, from), *next;

		for (retry = 0; src; src = next) {
			int rc;

			next = next_folio(&src->lru, from);
			nr = folio_nr_pages(src);
			cond_resched();
			stats->nr_forced += force;
			rc = unmap_and_move(src, force ? mc : &later, ret);
			if (rc == -ENOMEM)
				return rc;
			if (rc == -EAGAIN)
				retry++;
			else if (rc)
				nr_failed++;
			else
				count_success(stats, nr);
		}
	}
	return nr_failed + (int)retry;
}

/* --- All of it --- */

static int nr_on(const struct list_head *list)
{
	const struct list_head *entry;
	int nr = 0;

	for (entry = list->next; entry != list; entry = entry->next)
		nr += (int)folio_nr_pages(list_entry(entry, struct page, lru));
	return nr;
}

/* Of each that stays, somebody may want to know who has it. */
static void report_failed(const struct list_head *list)
{
	const struct list_head *entry;

	for (entry = list->next; entry != list; entry = entry->next)
		arch_migration_failed(list_entry(entry, struct page, lru));
}

/*
 * Move the pages of @list, which are isolated, to others. Returns 0 and the
 * list is empty, even if large folios had to be split for that; otherwise it
 * has those that could not be moved, for putback_movable_pages(): returns how
 * many, or -ENOMEM, no page to move one to. *@ret_succeeded, if it is not NULL,
 * goes up by what has been moved. May sleep; no lock held.
 */
int migrate_pages(struct list_head *list, const struct migrate_control *mc,
		  unsigned int *ret_succeeded)
{
	struct result r = { .stats = { 0 } };
	bool no_memory = false;
	int rc;

	INIT_LIST_HEAD(&r.ret);
	INIT_LIST_HEAD(&r.split);
	current_struct()->nr_migrating++;
	if (policy(migrate_loop) == migrate_loop_one_by_one)
		rc = migrate_pages_one_by_one(list, mc, &r.ret, &r.stats);
	else if (mc->mode == MIGRATE_ASYNC)
		rc = migrate_pages_batch(list, mc, NR_MAX_MIGRATE_PAGES_RETRY,
					 &r.ret, &r.split, &r.stats);
	else
		rc = migrate_pages_sync(list, mc, &r);
	if (rc < 0)
		move_all(&r.split, &r.ret);
	else if (!list_empty(&r.split))
		no_memory = migrate_split(mc, &r) == -ENOMEM;
	current_struct()->nr_migrating--;
	move_all(&r.ret, list);
	r.stats.nr_failed = (unsigned int)nr_on(list);
	if (rc != -ENOMEM && !no_memory)
		report_failed(list);
	if (ret_succeeded)
		*ret_succeeded += r.stats.nr_succeeded;
	atomic_add((int)r.stats.nr_succeeded, &mem->pgmigrate_success);
	atomic_add((int)r.stats.nr_failed, &mem->pgmigrate_fail);
	atomic_add((int)r.stats.nr_forced, &mem->pgmigrate_forced);
	return list_empty(list) ? 0 : rc;
}
