// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reclaim: taking pages from those that have not used them for a while.
 *
 * A page that is isolated, locked and no longer mapped has two references that
 * are known: the isolation's, and that of its index. Taking both away at once
 * proves that there is no other, and keeps others from getting one; only then
 * it is known whether the page is still clean. Whoever waits for its lock does
 * so without a reference, and is woken all the same.
 *
 * Clean pages of files that are in the way of a contiguous allocation are freed
 * likewise, rather than moved, whoever uses them.
 *
 * Policy demotion: before that, a page is moved to where it is slower to reach.
 *
 * Modelled on shrink_folio_list(), reclaim_clean_pages_from_list() and
 * __remove_mapping() in mm/vmscan.c of Linux 6.12, except that broken pages are
 * not dropped from a range, but left for whoever moves what is in it. Left out:
 * how many pages to scan, working sets, references by page tables, large folios
 * that go to swap, are dropped or are demoted as a whole.
 */
#include "migrate_internal.h"

#define SWAP_CLUSTER_MAX 32

enum page_references { PAGE_KEEP, PAGE_ACTIVATE, PAGE_RECLAIM };

/* --- Removing --- */

/* Its index has no reference any more; returns the slot of swap, or -1. */
static int remove_frozen(struct page *folio)
{
	int slot = -1;

	arch_page_ref(folio, HOLDER_CACHE, -1);
	if (folio->flags & 1ul << PG_swapcache) {
		slot = (int)folio->private;
		__delete_from_swap_cache(folio);
	} else {
		__filemap_remove_folio(folio, NULL);
	}
	return slot;
}

/*
 * Take a page that is locked and clean out of its index. True, and nobody has a
 * reference any more, or false and nothing has changed.
 */
static bool __remove_mapping(struct address_space *mapping, struct page *folio)
{
	bool early = buggy(freeze_then_dirty_check), dirty = false, frozen;
	unsigned long flags;
	int slot = -1;

	spin_lock_irqsave(&mapping->i_pages_lock, flags);
	if (early)
		dirty = test_bit(PG_dirty, &folio->flags);
	frozen = page_ref_freeze(folio, 2);
	/* Who has dropped a reference may have made it dirty before. */
	if (frozen && !early)
		dirty = test_bit(PG_dirty, &folio->flags);
	if (frozen && dirty)
		page_ref_unfreeze(folio, 2);
	if (frozen && !dirty)
		slot = remove_frozen(folio);
	spin_unlock_irqrestore(&mapping->i_pages_lock, flags);
	if (slot >= 0)
		put_swap_folio((unsigned int)slot);
	return frozen && !dirty;
}

/* Memory whose content nobody wants, unless it was stored to again. */
static bool remove_lazyfree(struct page *folio)
{
	if (!page_ref_freeze(folio, 1))
		return false;
	if (!test_bit(PG_dirty, &folio->flags))
		return true;
	page_ref_unfreeze(folio, 1);
	set_bit(PG_swapbacked, &folio->flags);
	return false;
}

/* Its last references are gone, but it is locked. */
static void free_frozen(struct page *folio)
{
	if (buggy(freeze_then_clear_locked))
		clear_bit(PG_locked, &folio->flags);
	else
		folio_unlock(folio);
	free_unref_page(folio, 0);
}

/* --- One page --- */

/* What may be done with it, of which nobody has the lock but us. */
static enum page_references check_references(struct page *folio)
{
	if (test_bit(PG_mlocked, &folio->flags) ||
	    test_bit(PG_unevictable, &folio->flags))
		return PAGE_ACTIVATE;
	if (test_bit(PG_writeback, &folio->flags)) {
		set_bit(PG_reclaim, &folio->flags);
		return PAGE_KEEP;
	}
	if (test_and_clear_bit(PG_referenced, &folio->flags))
		return PAGE_KEEP;
	return PAGE_RECLAIM;
}

static bool is_anon(const struct page *folio)
{
	return folio->mapping & PAGE_MAPPING_ANON;
}

static bool is_swapbacked(struct page *folio)
{
	return test_bit(PG_swapbacked, &folio->flags);
}

/*
 * Unmap it, with a place in swap if it needs one: what is shared gets it after
 * that, as the index has it then instead of the page.
 */
static bool unmap_for_reclaim(struct page *folio)
{
	bool swapcache = test_bit(PG_swapcache, &folio->flags);

	/* It would stay mapped; the slot would be for nothing. */
	if (is_anon(folio) && folio_maybe_dma_pinned(folio))
		return false;
	if (is_anon(folio) && is_swapbacked(folio) && !swapcache &&
	    !add_to_swap(folio))
		return false;
	if (folio_mapped(folio) && !try_to_unmap(folio))
		return false;
	return is_anon(folio) || !is_swapbacked(folio) || swapcache ||
	       !folio->mapping || shmem_writepage(folio);
}

/* Take away all references, as far as nobody needs the page. */
static bool remove_references(struct page *folio)
{
	struct address_space *mapping = folio_mapping(folio);

	if (is_anon(folio) && !mapping)
		return !is_swapbacked(folio) && remove_lazyfree(folio);
	/* Truncated, when its buffers were in use. */
	return mapping ? __remove_mapping(mapping, folio) :
			 page_ref_freeze(folio, 1);
}

/*
 * Free @folio, which is isolated and locked. True and it is gone; false and it
 * is unlocked.
 */
static bool reclaim_locked(struct page *folio)
{
	if (check_references(folio) != PAGE_RECLAIM ||
	    !unmap_for_reclaim(folio))
		goto keep;
	if (folio_mapping(folio) && test_bit(PG_dirty, &folio->flags)) {
		set_bit(PG_reclaim, &folio->flags);
		writepage(folio);
		return false;
	}
	if (test_bit(PG_private, &folio->flags) && !try_to_free_buffers(folio))
		goto keep;
	if (remove_references(folio)) {
		arch_page_ref(folio, HOLDER_ISOLATION, -1);
		free_frozen(folio);
		return true;
	}
keep:
	folio_unlock(folio);
	return false;
}

/* --- Clean pages of files --- */

/*
 * What can be read again; or is to be dropped, and was not stored to since: not
 * if it is large.
 */
static bool is_clean_file(struct page *folio)
{
	return !is_swapbacked(folio) && !folio_test_large(folio) &&
	       !test_bit(PG_dirty, &folio->flags) &&
	       !test_bit(PG_unevictable, &folio->flags) &&
	       !test_bit(PG_hwpoison, &folio->flags);
}

/* Whatever it was used for. It may have become dirty as it was unmapped. */
static bool may_drop(struct page *folio)
{
	if (test_bit(PG_mlocked, &folio->flags) ||
	    test_bit(PG_writeback, &folio->flags) || !unmap_for_reclaim(folio))
		return false;
	if (folio_mapping(folio) && test_bit(PG_dirty, &folio->flags))
		return false;
	return !test_bit(PG_private, &folio->flags) ||
	       try_to_free_buffers(folio);
}

/* As reclaim_locked(), but nothing is written, and what is used goes, too. */
static bool drop_locked(struct page *folio)
{
	if (may_drop(folio) && remove_references(folio)) {
		arch_page_ref(folio, HOLDER_ISOLATION, -1);
		free_frozen(folio);
		return true;
	}
	folio_unlock(folio);
	return false;
}

/*
 * Free what is clean and of a file of @list, whose pages are isolated: it need
 * not be moved. Returns how many pages; the others are on the list as before.
 */
unsigned int reclaim_clean_pages_from_list(struct list_head *list)
{
	struct list_head *entry, *next;
	unsigned int nr_reclaimed = 0, nr_lazyfree_fail = 0;
	long change;

	for (entry = list->next; entry != list; entry = next) {
		struct page *folio = list_entry(entry, struct page, lru);

		next = entry->next;
		if (!is_clean_file(folio))
			continue;
		clear_bit(PG_active, &folio->flags);
		list_del(&folio->lru);
		cond_resched();
		if (folio_trylock(folio) && drop_locked(folio)) {
			nr_reclaimed++;
			continue;
		}
		nr_lazyfree_fail += is_swapbacked(folio);
		list_add_tail(&folio->lru, next);
	}
	change = -(long)nr_reclaimed;
	if (buggy(isolated_counter_sign))
		change = (long)-nr_reclaimed;
	atomic_long_add(change - (long)nr_lazyfree_fail, &mem->nr_isolated[1]);
	/* These were to be dropped, but are anonymous memory again. */
	atomic_long_add((long)nr_lazyfree_fail, &mem->nr_isolated[0]);
	return nr_reclaimed;
}

/* --- Demotion --- */

/* Zone Normal comes behind Movable, as the memory of a slower node does. */
static bool can_demote(const struct page *folio)
{
	return policy(demotion) == demotion_on &&
	       page_zone(folio) == &mem->zones[ZONE_MOVABLE];
}

/* True and its owners have another page; false and nothing has changed. */
static bool demote_folio(struct page *folio)
{
	struct list_head list;

	INIT_LIST_HEAD(&list);
	list_add(&folio->lru, &list);
	if (!migrate_pages(&list,
			   &(struct migrate_control){ .mode = MIGRATE_ASYNC,
						      .reason = MR_DEMOTION },
			   NULL))
		return true;
	list_del(&folio->lru);
	return false;
}

/*
 * What is large goes to swap page by page: the others are on @list then, which
 * is the caller's. False if it has to stay as it is.
 */
static bool split_for_reclaim(struct page *folio, struct list_head *list)
{
	return !folio_test_large(folio) ||
	       (check_references(folio) == PAGE_RECLAIM &&
		!split_folio_to_order(folio, list, 0));
}

/* As reclaim_locked(), but the page is moved instead if that can be. */
static bool shrink_locked(struct page *folio, struct list_head *list)
{
	bool wanted;

	if (!split_for_reclaim(folio, list)) {
		folio_unlock(folio);
		return false;
	}
	if (!can_demote(folio))
		return reclaim_locked(folio);
	wanted = check_references(folio) != PAGE_RECLAIM;
	folio_unlock(folio);
	if (wanted)
		return false;
	return demote_folio(folio) ||
	       (folio_trylock(folio) && reclaim_locked(folio));
}

/* --- Broken memory --- */

/* It is nobody's any more, and is not looked at again. */
static void drop_poisoned(struct page *folio)
{
	unmap_poisoned_folio(folio);
	folio_unlock(folio);
	put_isolated_poisoned(folio);
}

/* --- Many --- */

/*
 * The page at the end of a list, off it; under lru_lock, so that it is still
 * there. NULL if there is none, or somebody else is about to take it off: he
 * has a reference, ours is not the last.
 */
static struct page *__isolate_last(struct list_head *list)
{
	struct page *folio;

	if (list_empty(list))
		return NULL;
	folio = list_last_entry(list, struct page, lru);
	if (!get_page_unless_zero(folio))
		return NULL;
	if (!test_and_clear_bit(PG_lru, &folio->flags)) {
		put_page(folio);
		return NULL;
	}
	lruvec_del_folio(folio);
	arch_page_ref(folio, HOLDER_ISOLATION, 1);
	return folio;
}

static struct page *isolate_one(enum lru_list lru)
{
	struct lruvec *lruvec = &mem->lruvec;
	struct page *folio;
	unsigned long flags;

	spin_lock_irqsave(&lruvec->lru_lock, flags);
	folio = __isolate_last(&lruvec->lists[lru]);
	spin_unlock_irqrestore(&lruvec->lru_lock, flags);
	return folio;
}

/*
 * Free @folio, which is isolated, or give it back; whether it was freed. It may
 * become a single page, others being put on @list.
 */
static bool shrink_one(struct page *folio, struct list_head *list)
{
	if (folio_trylock(folio)) {
		if (test_bit(PG_hwpoison, &folio->flags)) {
			drop_poisoned(folio);
			return false;
		}
		if (shrink_locked(folio, list))
			return true;
	}
	folio_putback_lru(folio);
	return false;
}

/* What has been split off goes first. */
static struct page *next_to_shrink(enum lru_list lru, struct list_head *split)
{
	struct page *folio;

	if (list_empty(split))
		return isolate_one(lru);
	folio = list_first_entry(split, struct page, lru);
	list_del(&folio->lru);
	return folio;
}

/*
 * Look at up to @nr_pages folios of one list, and all that they are split into;
 * returns how many pages have been freed. Whoever takes them off counts them,
 * by the list: a page may change its kind, as one does that was to be dropped
 * and is not.
 */
static unsigned int shrink_list(enum lru_list lru, unsigned int nr_pages)
{
	atomic_long_t *nr_isolated =
		&mem->nr_isolated[lru == LRU_INACTIVE_FILE];
	unsigned int nr_reclaimed = 0;
	struct list_head split;

	INIT_LIST_HEAD(&split);
	while (nr_pages || !list_empty(&split)) {
		bool is_new = list_empty(&split);
		struct page *folio = next_to_shrink(lru, &split);
		int nr;

		if (!folio)
			break;
		nr = (int)folio_nr_pages(folio);
		if (is_new) {
			atomic_long_add(nr, nr_isolated);
			nr_pages--;
		}
		cond_resched();
		nr_reclaimed += shrink_one(folio, &split);
		/* Those that have been split off will be, one by one. */
		if (is_new && !list_empty(&split))
			nr = 1;
		atomic_long_add(-nr, nr_isolated);
	}
	return nr_reclaimed;
}

/*
 * Reclaim from up to @nr_pages of each inactive list. Returns how many pages
 * have been freed. May sleep; no lock held.
 */
unsigned int shrink_lruvec(unsigned int nr_pages)
{
	unsigned int nr;

	nr_pages = min(nr_pages, (unsigned int)SWAP_CLUSTER_MAX);
	lru_add_drain();
	nr = shrink_list(LRU_INACTIVE_FILE, nr_pages) +
	     shrink_list(LRU_INACTIVE_ANON, nr_pages);
	/* As shrink_slab(), after that. */
	deferred_split_scan(nr_pages);
	return nr;
}
