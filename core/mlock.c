// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages that are locked in memory.
 *
 * PG_mlocked is set at once. What follows, PG_unevictable and the way to the
 * unevictable pages or back, is put off: the page goes into a batch of this
 * CPU of its own kind, with a reference. The lowest bits of an entry say
 * whether it was locked on the LRU, or as a new page, or unlocked. Where
 * PG_unevictable is set, mlock_count says how many have locked it; it may be
 * too low, never too high, since who locks a page that is off the LRU is not
 * counted.
 *
 * PG_mlocked is cleared when the batch is emptied, under lru_lock if the page
 * is on the LRU. A local lock protects the batch of a CPU.
 *
 * Modelled on mm/mlock.c of Linux 6.12. Left out: the system calls, what they
 * do to page tables, large folios, statistics.
 */
#include "internal.h"

#define LRU_FOLIO 1u
#define NEW_FOLIO 2u

static struct page *with_mark(struct page *folio, unsigned int mark)
{
	return (struct page *)(void *)((char *)folio + mark);
}

static unsigned int mark_of(const struct page *entry)
{
	return (uintptr_t)entry & (LRU_FOLIO | NEW_FOLIO);
}

static struct page *without_mark(struct page *entry)
{
	return (struct page *)(void *)((char *)entry - mark_of(entry));
}

/* --- When the batch is emptied --- */

/* Its flags say that it is unevictable, and it is not. */
static void rescue(struct page *folio)
{
	lruvec_del_folio(folio);
	clear_bit(PG_unevictable, &folio->flags);
	lruvec_add_folio(folio);
}

/* As it is on the LRU; to be left alone if somebody has taken it off. */
static void __mlock_folio(struct page *folio, struct lru_section *section)
{
	if (!test_and_clear_bit(PG_lru, &folio->flags))
		return;
	lru_lock_once(section);
	if (folio_evictable(folio)) {
		/* Another CPU has unlocked it already. */
		if (test_bit(PG_unevictable, &folio->flags))
			rescue(folio);
	} else if (test_bit(PG_unevictable, &folio->flags)) {
		folio->mlock_count++;
	} else {
		lruvec_del_folio(folio);
		clear_bit(PG_active, &folio->flags);
		set_bit(PG_unevictable, &folio->flags);
		folio->mlock_count = 1;
		lruvec_add_folio(folio);
	}
	set_bit(PG_lru, &folio->flags);
}

static void __mlock_new_folio(struct page *folio, struct lru_section *section)
{
	BUG_ON(test_bit(PG_lru, &folio->flags));
	lru_lock_once(section);
	if (!folio_evictable(folio)) {
		set_bit(PG_unevictable, &folio->flags);
		folio->mlock_count = 1;
	}
	lruvec_add_folio(folio);
	set_bit(PG_lru, &folio->flags);
}

/* Whether the last of those that are known to have locked it unlocks it. */
static bool is_last_munlock(struct page *folio)
{
	if (!test_bit(PG_unevictable, &folio->flags))
		return true;
	if (folio->mlock_count)
		folio->mlock_count--;
	return !folio->mlock_count;
}

/* Off the LRU only the flag can be cleared: who puts it back looks at it. */
static void __munlock_folio(struct page *folio, struct lru_section *section)
{
	if (!test_and_clear_bit(PG_lru, &folio->flags)) {
		clear_bit(PG_mlocked, &folio->flags);
		return;
	}
	lru_lock_once(section);
	if (is_last_munlock(folio)) {
		clear_bit(PG_mlocked, &folio->flags);
		if (test_bit(PG_unevictable, &folio->flags) &&
		    folio_evictable(folio))
			rescue(folio);
	}
	set_bit(PG_lru, &folio->flags);
}

/* The batch's local lock is held, or its CPU is dead. */
static void mlock_folio_batch(struct folio_batch *fbatch)
{
	struct lru_section section = { .locked = false };

	for (unsigned int i = 0; i < fbatch->nr; i++) {
		unsigned int mark = mark_of(fbatch->folios[i]);
		struct page *folio = without_mark(fbatch->folios[i]);

		fbatch->folios[i] = folio;
		if (mark == LRU_FOLIO)
			__mlock_folio(folio, &section);
		else if (mark == NEW_FOLIO)
			__mlock_new_folio(folio, &section);
		else
			__munlock_folio(folio, &section);
	}
	lru_unlock_if_locked(&section);
	folios_put(fbatch);
}

/* Empty this CPU's batch. No local lock held. */
void mlock_drain_local(void)
{
	struct folio_batch *fbatch;

	local_lock();
	fbatch = this_cpu_batch(LRU_MLOCK);
	if (fbatch->nr)
		mlock_folio_batch(fbatch);
	local_unlock();
}

/* The same for a CPU that is dead. */
void mlock_drain_remote(unsigned int cpu)
{
	struct folio_batch *fbatch = &mem->fbatches[cpu].batch[LRU_MLOCK];

	if (fbatch->nr)
		mlock_folio_batch(fbatch);
}

/* --- Locking and unlocking; callers have a reference, and no lru_lock --- */

/*
 * In its local_lock section. @disabled was read before, see
 * folio_batch_add_and_move().
 */
static void add_to_batch(struct page *folio, unsigned int mark, bool disabled)
{
	struct folio_batch *fbatch = this_cpu_batch(LRU_MLOCK);

	get_page(folio);
	arch_page_ref(folio, HOLDER_BATCH, 1);
	if (!folio_batch_add(fbatch, with_mark(folio, mark)) || disabled)
		mlock_folio_batch(fbatch);
}

/* Lock a page that is on the LRU, or off it for a time. */
void mlock_folio(struct page *folio)
{
	bool disabled;

	local_lock();
	disabled = lru_cache_disabled();
	set_bit(PG_mlocked, &folio->flags);
	add_to_batch(folio, LRU_FOLIO, disabled);
	local_unlock();
}

/* Lock a new page, and put it on its way to the LRU. */
void mlock_new_folio(struct page *folio)
{
	bool disabled;

	local_lock();
	disabled = lru_cache_disabled();
	set_bit(PG_mlocked, &folio->flags);
	add_to_batch(folio, NEW_FOLIO, disabled);
	local_unlock();
}

/* Unlock a page once. PG_mlocked stays: others may have locked it, too. */
void munlock_folio(struct page *folio)
{
	bool disabled;

	local_lock();
	disabled = lru_cache_disabled();
	add_to_batch(folio, 0, disabled);
	local_unlock();
}
