// SPDX-License-Identifier: GPL-2.0-only
/*
 * The LRU lists, and what moves pages between them.
 *
 * A page with PG_lru belongs to the list that its other flags say:
 * PG_swapbacked for anonymous memory and shmem, PG_active, and PG_unevictable
 * before both. Unevictable pages are counted, but on no list: there mlock_count
 * is. To take a page off, or to move it, clear PG_lru; who has cleared it has
 * the page for himself. Others may see it on its list without the flag as long
 * as he waits for lru_lock. Set it again under lru_lock.
 *
 * What a page goes through is put off: it is put into a batch of this CPU, with
 * a reference, and all of a batch are moved together. Until then it stays where
 * it is, with PG_lru if it has it. A batch is emptied when it is full, when
 * batches are disabled, and by the drains of lru_drain.c; and a large folio
 * does not stay there.
 *
 * lru_lock, with interrupts off, protects the lists and their sizes; a local
 * lock the batches of a CPU, with interrupts off that of move_tail, which
 * interrupts fill. lru_lock comes last; under a local lock pages may be freed.
 * The flags are atomic.
 *
 * Modelled on mm/swap.c, include/linux/mm_inline.h and folio_isolate_lru() of
 * mm/vmscan.c, Linux 6.12. Left out: cgroups, MGLRU, statistics.
 */
#include "internal.h"

void lru_init(void)
{
	spin_lock_init(&mem->lruvec.lru_lock, 0);
	spin_lock_init(&mem->migrate_pending_lock, 0);
	mutex_init(&mem->lru_drain_mutex);
	for (unsigned int i = 0; i < NR_LRU_LISTS; i++)
		INIT_LIST_HEAD(&mem->lruvec.lists[i]);
}

void lru_lock_once(struct lru_section *section)
{
	if (section->locked)
		return;
	spin_lock_irqsave(&mem->lruvec.lru_lock, section->flags);
	section->locked = true;
}

void lru_unlock_if_locked(struct lru_section *section)
{
	if (section->locked)
		spin_unlock_irqrestore(&mem->lruvec.lru_lock, section->flags);
	section->locked = false;
}

/* --- The lists: lru_lock is held --- */

/* Whether it may be reclaimed at all. */
bool folio_evictable(const struct page *folio)
{
	return !test_bit(PG_mlocked, &folio->flags);
}

static enum lru_list folio_lru_list(const struct page *folio)
{
	unsigned long flags = folio->flags;
	bool active = flags & 1ul << PG_active;

	BUG_ON(active && flags & 1ul << PG_unevictable);
	if (flags & 1ul << PG_unevictable)
		return LRU_UNEVICTABLE;
	if (flags & 1ul << PG_swapbacked)
		return active ? LRU_ACTIVE_ANON : LRU_INACTIVE_ANON;
	return active ? LRU_ACTIVE_FILE : LRU_INACTIVE_FILE;
}

void lruvec_add_folio(struct page *folio)
{
	enum lru_list lru = folio_lru_list(folio);

	lockdep_assert_held(&mem->lruvec.lru_lock);
	mem->lruvec.nr_pages[lru] += folio_nr_pages(folio);
	if (lru != LRU_UNEVICTABLE)
		list_add(&folio->lru, &mem->lruvec.lists[lru]);
	else
		arch_lru_unevictable(folio, 1);
}

/* Where reclaim looks first. */
static void lruvec_add_folio_tail(struct page *folio)
{
	enum lru_list lru = folio_lru_list(folio);

	lockdep_assert_held(&mem->lruvec.lru_lock);
	BUG_ON(lru == LRU_UNEVICTABLE);
	mem->lruvec.nr_pages[lru] += folio_nr_pages(folio);
	list_add_tail(&folio->lru, &mem->lruvec.lists[lru]);
}

/* The flags are still those that it was added with. */
void lruvec_del_folio(struct page *folio)
{
	enum lru_list lru = folio_lru_list(folio);

	lockdep_assert_held(&mem->lruvec.lru_lock);
	if (lru != LRU_UNEVICTABLE)
		list_del(&folio->lru);
	else
		arch_lru_unevictable(folio, -1);
	mem->lruvec.nr_pages[lru] -= folio_nr_pages(folio);
}

/* @folio, which is on its list, is about to lose that many pages. */
void lruvec_shrink_folio(struct page *folio, unsigned int nr_pages)
{
	lockdep_assert_held(&mem->lruvec.lru_lock);
	mem->lruvec.nr_pages[folio_lru_list(folio)] -= nr_pages;
}

/* --- What happens to the pages of each batch, under lru_lock --- */

/*
 * PG_mlocked is looked at under lru_lock, as it is cleared there: or the page
 * could become unevictable for good.
 */
static void lru_add(struct page *folio)
{
	test_and_clear_bit(PG_unevictable, &folio->flags);
	BUG_ON(folio->flags & 1ul << PG_lru);
	if (!folio_evictable(folio)) {
		clear_bit(PG_active, &folio->flags);
		set_bit(PG_unevictable, &folio->flags);
		/* Rather too low than unevictable for good. */
		folio->mlock_count = 0;
	}
	lruvec_add_folio(folio);
}

static void lru_move_tail(struct page *folio)
{
	if (test_bit(PG_unevictable, &folio->flags))
		return;
	lruvec_del_folio(folio);
	clear_bit(PG_active, &folio->flags);
	lruvec_add_folio_tail(folio);
}

static void lru_activate(struct page *folio)
{
	if (test_bit(PG_active, &folio->flags) ||
	    test_bit(PG_unevictable, &folio->flags))
		return;
	lruvec_del_folio(folio);
	set_bit(PG_active, &folio->flags);
	lruvec_add_folio(folio);
}

/* To the tail if it is clean; else it has to be written first. */
static void lru_deactivate_file(struct page *folio)
{
	if (test_bit(PG_unevictable, &folio->flags) || folio_mapped(folio))
		return;
	lruvec_del_folio(folio);
	clear_bit(PG_active, &folio->flags);
	clear_bit(PG_referenced, &folio->flags);
	if (test_bit(PG_writeback, &folio->flags) ||
	    test_bit(PG_dirty, &folio->flags)) {
		lruvec_add_folio(folio);
		set_bit(PG_reclaim, &folio->flags);
	} else {
		lruvec_add_folio_tail(folio);
	}
}

static void lru_deactivate(struct page *folio)
{
	if (test_bit(PG_unevictable, &folio->flags) ||
	    !test_bit(PG_active, &folio->flags))
		return;
	lruvec_del_folio(folio);
	clear_bit(PG_active, &folio->flags);
	clear_bit(PG_referenced, &folio->flags);
	lruvec_add_folio(folio);
}

static bool can_be_lazyfree(const struct page *folio)
{
	return folio_test_anon(folio) &&
	       test_bit(PG_swapbacked, &folio->flags) &&
	       !test_bit(PG_swapcache, &folio->flags) &&
	       !test_bit(PG_unevictable, &folio->flags);
}

/* Without PG_swapbacked it is dropped like a clean page of a file. */
static void lru_lazyfree(struct page *folio)
{
	if (!can_be_lazyfree(folio))
		return;
	lruvec_del_folio(folio);
	clear_bit(PG_active, &folio->flags);
	clear_bit(PG_referenced, &folio->flags);
	clear_bit(PG_swapbacked, &folio->flags);
	lruvec_add_folio(folio);
}

/* --- Batches --- */

/* Of the running CPU, in one of its local_lock sections. */
struct folio_batch *this_cpu_batch(enum lru_batch what)
{
	return &mem->fbatches[smp_processor_id()].batch[what];
}

bool lru_cache_disabled(void)
{
	return atomic_read(&mem->lru_disable_count);
}

/* Returns how much room is left. Others look at nr meanwhile. */
unsigned int folio_batch_add(struct folio_batch *fbatch, struct page *folio)
{
	fbatch->folios[fbatch->nr] = folio;
	WRITE_ONCE(fbatch->nr, fbatch->nr + 1);
	return PAGEVEC_SIZE - fbatch->nr;
}

/* Drop the references that a batch has, and empty it. */
void folios_put(struct folio_batch *fbatch)
{
	for (unsigned int i = 0; i < fbatch->nr; i++)
		arch_page_ref(fbatch->folios[i], HOLDER_BATCH, -1);
	release_pages(fbatch->folios, fbatch->nr);
	WRITE_ONCE(fbatch->nr, 0);
}

/*
 * Do to the pages of a batch what it is for, and empty it. Who finds that
 * another one has taken a page off the LRU leaves it alone. The batch's local
 * lock is held, or its CPU is dead.
 */
void folio_batch_move_lru(struct folio_batch *fbatch, enum lru_batch what)
{
	static void (*const move_fn[NR_LRU_BATCHES])(struct page *folio) = {
		[LRU_ADD] = lru_add,
		[LRU_DEACTIVATE_FILE] = lru_deactivate_file,
		[LRU_DEACTIVATE] = lru_deactivate,
		[LRU_LAZYFREE] = lru_lazyfree,
		[LRU_ACTIVATE] = lru_activate,
		[LRU_MOVE_TAIL] = lru_move_tail,
	};
	struct lru_section section = { .locked = false };

	for (unsigned int i = 0; i < fbatch->nr; i++) {
		struct page *folio = fbatch->folios[i];

		if (what != LRU_ADD &&
		    !test_and_clear_bit(PG_lru, &folio->flags))
			continue;
		lru_lock_once(&section);
		move_fn[what](folio);
		set_bit(PG_lru, &folio->flags);
	}
	lru_unlock_if_locked(&section);
	folios_put(fbatch);
}

/*
 * The caller has a reference. Whether batches are disabled is read first, as a
 * CPU may do: nothing orders that load and the store to the batch. So who has
 * disabled them has to wait for all that may have read it before.
 */
static void folio_batch_add_and_move(struct page *folio, enum lru_batch what)
{
	struct folio_batch *fbatch;
	unsigned long flags = 0;
	bool disabled;

	get_page(folio);
	if (what == LRU_MOVE_TAIL)
		local_lock_irqsave(flags);
	else
		local_lock();
	arch_page_ref(folio, HOLDER_BATCH, 1);
	disabled = lru_cache_disabled();
	fbatch = this_cpu_batch(what);
	if (!folio_batch_add(fbatch, folio) || folio_test_large(folio) ||
	    disabled)
		folio_batch_move_lru(fbatch, what);
	if (what == LRU_MOVE_TAIL)
		local_unlock_irqrestore(flags);
	else
		local_unlock();
}

/* --- Pages as they are used; callers have a reference, and no lru_lock --- */

/*
 * Put a new page, or one that was isolated, on its way to the LRU. Which list
 * is decided when the batch is emptied.
 */
void folio_add_lru(struct page *folio)
{
	unsigned long flags = READ_ONCE(folio->flags);

	BUG_ON(flags & 1ul << PG_active && flags & 1ul << PG_unevictable);
	BUG_ON(flags & 1ul << PG_lru);
	folio_batch_add_and_move(folio, LRU_ADD);
}

/* A new page of @vma, whose mmap_lock is held. */
void folio_add_lru_vma(struct page *folio, struct vm_area_struct *vma)
{
	if (vma->vm_locked)
		mlock_new_folio(folio);
	else
		folio_add_lru(folio);
}

/* Put an inactive page on its way to the active list. */
void folio_activate(struct page *folio)
{
	if (test_bit(PG_active, &folio->flags) ||
	    test_bit(PG_unevictable, &folio->flags) ||
	    !test_bit(PG_lru, &folio->flags))
		return;
	folio_batch_add_and_move(folio, LRU_ACTIVATE);
}

static bool is_in_batch(const struct folio_batch *fbatch,
			const struct page *folio)
{
	for (unsigned int i = fbatch->nr; i-- > 0;) {
		if (fbatch->folios[i] == folio)
			return true;
	}
	return false;
}

/*
 * Not on the LRU: if it is in a batch of this CPU, nobody else can add it to a
 * list before the flag is set. In another CPU's, it could just be on its way to
 * the inactive list.
 */
static void lru_cache_activate_folio(struct page *folio)
{
	local_lock();
	if (is_in_batch(this_cpu_batch(LRU_ADD), folio) ||
	    buggy(active_on_foreign_batch))
		set_bit(PG_active, &folio->flags);
	local_unlock();
}

/*
 * It was used: inactive and unreferenced pages become referenced, those become
 * active and unreferenced, and active ones referenced.
 */
void folio_mark_accessed(struct page *folio)
{
	if (!test_bit(PG_referenced, &folio->flags)) {
		set_bit(PG_referenced, &folio->flags);
	} else if (!test_bit(PG_unevictable, &folio->flags) &&
		   !test_bit(PG_active, &folio->flags)) {
		if (test_bit(PG_lru, &folio->flags))
			folio_activate(folio);
		else
			lru_cache_activate_folio(folio);
		clear_bit(PG_referenced, &folio->flags);
	}
}

/* Reclaim it soon: it has left the page cache's users, but not the cache. */
void deactivate_file_folio(struct page *folio)
{
	if (test_bit(PG_unevictable, &folio->flags) ||
	    !test_bit(PG_lru, &folio->flags))
		return;
	folio_batch_add_and_move(folio, LRU_DEACTIVATE_FILE);
}

/* An active page shall be inactive. */
void folio_deactivate(struct page *folio)
{
	if (test_bit(PG_unevictable, &folio->flags) ||
	    !test_bit(PG_lru, &folio->flags) ||
	    !test_bit(PG_active, &folio->flags))
		return;
	folio_batch_add_and_move(folio, LRU_DEACTIVATE);
}

/* Nobody needs what this anonymous page has, unless it is written again. */
void folio_mark_lazyfree(struct page *folio)
{
	if (!can_be_lazyfree(folio) || !test_bit(PG_lru, &folio->flags))
		return;
	folio_batch_add_and_move(folio, LRU_LAZYFREE);
}

/* It has been written back, and can be reclaimed at once. Any context. */
void folio_rotate_reclaimable(struct page *folio)
{
	if (test_bit(PG_locked, &folio->flags) ||
	    test_bit(PG_dirty, &folio->flags) ||
	    test_bit(PG_unevictable, &folio->flags) ||
	    !test_bit(PG_lru, &folio->flags))
		return;
	folio_batch_add_and_move(folio, LRU_MOVE_TAIL);
}

/* --- Off the LRU --- */

/*
 * Take a page that the caller has a reference on off its list, with another
 * reference. It keeps PG_active and PG_unevictable. False, and nothing has
 * changed, if it is on none, or somebody else was faster. May not be called in
 * interrupts.
 */
bool folio_isolate_lru(struct page *folio)
{
	struct lru_section section = { .locked = false };

	BUG_ON(!atomic_read(&folio->refcount));
	if (!test_and_clear_bit(PG_lru, &folio->flags))
		return false;
	get_page(folio);
	arch_page_ref(folio, HOLDER_ISOLATION, 1);
	lru_lock_once(&section);
	lruvec_del_folio(folio);
	lru_unlock_if_locked(&section);
	return true;
}

/* Give back what folio_isolate_lru() took, with its reference. */
void folio_putback_lru(struct page *folio)
{
	folio_add_lru(folio);
	arch_page_ref(folio, HOLDER_ISOLATION, -1);
	put_page(folio);
}

/*
 * The last reference of a page with PG_lru is gone: take it off its list. Any
 * context; nobody else can find it there.
 */
void lru_remove_freed(struct page *folio)
{
	struct lru_section section = { .locked = false };

	lru_lock_once(&section);
	lruvec_del_folio(folio);
	clear_bit(PG_lru, &folio->flags);
	clear_bit(PG_active, &folio->flags);
	clear_bit(PG_unevictable, &folio->flags);
	lru_unlock_if_locked(&section);
}
