// SPDX-License-Identifier: GPL-2.0-only
/*
 * The page lock, writeback, and those that wait for one of the two to end.
 *
 * Each is a flag of the page. Who has to wait queues up under folio_wait_lock
 * and sets PG_waiters, by which whoever clears the flag knows that there is
 * somebody to wake. Of those that want the lock one at a time is woken, and has
 * it then; those that only wait for it to be free are all woken.
 *
 * A waiter has a reference on the page, but for two kinds: who waits for
 * somebody to read the page in, or to take it away, and has no use for it
 * meanwhile; and who waits for a migration entry to go, as a reference would
 * make the migration fail that he waits for. Policy migration-wait has the ways
 * that were tried.
 *
 * Modelled on folio_wait_bit_common(), folio_wake_bit() and their callers in
 * mm/filemap.c and on migration_entry_wait_on_locked() of Linux 6.12; older
 * forms on those of 4.19 and 5.0. Left out: unfairness, signals, several wait
 * queues.
 */
#include "internal.h"

/* How one waits: for the flag itself, or to see it clear. */
enum behavior { EXCLUSIVE, SHARED };

struct wait_page_queue {
	struct list_head entry; /* of mem->folio_wait */
	const struct page *folio;
	unsigned int bit;
	enum behavior behavior;
	bool woken; /* off the queue; with EXCLUSIVE it has the flag */
};

/* --- Waiting --- */

/* Whether there is nothing to wait for (any more). */
static bool folio_trylock_flag(struct page *folio,
			       const struct wait_page_queue *wait)
{
	if (wait->behavior == EXCLUSIVE)
		return !test_and_set_bit(wait->bit, &folio->flags);
	return !test_bit(wait->bit, &folio->flags);
}

/* Get in line, unless there is nothing to wait for. */
static void queue_up(struct page *folio, struct wait_page_queue *wait)
{
	unsigned long flags;

	spin_lock_irqsave(&mem->folio_wait_lock, flags);
	set_bit(PG_waiters, &folio->flags);
	if (folio_trylock_flag(folio, wait))
		wait->woken = true;
	else
		list_add_tail(&wait->entry, &mem->folio_wait);
	spin_unlock_irqrestore(&mem->folio_wait_lock, flags);
}

/* The page may be gone: only its number is used. */
static void wait_to_be_woken(const struct wait_page_queue *wait)
{
	while (!wait->woken)
		sleep_on(wait, "page", page_to_pfn(wait->folio));
}

static void folio_wait_bit(struct page *folio, unsigned int bit,
			   enum behavior behavior)
{
	struct wait_page_queue wait = { .folio = folio,
					.bit = bit,
					.behavior = behavior };

	queue_up(folio, &wait);
	wait_to_be_woken(&wait);
}

/* --- Waking --- */

/* False if @wait wants the flag, and another has got it already. */
static bool wake_one(struct page *folio, struct wait_page_queue *wait)
{
	if (wait->behavior == EXCLUSIVE &&
	    test_and_set_bit(wait->bit, &folio->flags))
		return false;
	list_del(&wait->entry);
	wait->woken = true;
	wake_up(wait);
	return true;
}

static struct wait_page_queue *next_waiter(struct list_head *from,
					   const struct page *folio)
{
	for (; from != &mem->folio_wait; from = from->next) {
		struct wait_page_queue *wait =
			list_entry(from, struct wait_page_queue, entry);

		if (wait->folio == folio)
			return wait;
	}
	return NULL;
}

/* @bit has been cleared: wake who waits, up to the first that takes it. */
static void folio_wake_bit(struct page *folio, unsigned int bit)
{
	struct wait_page_queue *wait, *next;
	unsigned long flags;

	spin_lock_irqsave(&mem->folio_wait_lock, flags);
	wait = next_waiter(mem->folio_wait.next, folio);
	while (wait) {
		bool exclusive = wait->behavior == EXCLUSIVE;

		next = next_waiter(wait->entry.next, folio);
		if (wait->bit == bit && (!wake_one(folio, wait) || exclusive))
			break;
		wait = next;
	}
	if (!next_waiter(mem->folio_wait.next, folio))
		clear_bit(PG_waiters, &folio->flags);
	spin_unlock_irqrestore(&mem->folio_wait_lock, flags);
}

/* Clear a flag and see, at once, whether somebody waits. */
static void clear_and_wake(struct page *folio, unsigned int bit)
{
	clear_bit(bit, &folio->flags);
	if (folio->flags & 1ul << PG_waiters)
		folio_wake_bit(folio, bit);
}

/* --- The page lock --- */

/* True and the page is locked, or false. The caller has a reference. */
bool folio_trylock(struct page *folio)
{
	return !test_and_set_bit(PG_locked, &folio->flags);
}

/* Lock a page that the caller has a reference on. May sleep. */
void folio_lock(struct page *folio)
{
	if (!folio_trylock(folio))
		folio_wait_bit(folio, PG_locked, EXCLUSIVE);
}

/*
 * Wait until a page is unlocked without the reference that the caller has,
 * which is dropped once he is in line: who has the lock may be about to free
 * the page. It may be gone or another one by then. May sleep.
 */
void folio_put_wait_locked(struct page *folio)
{
	struct wait_page_queue wait = { .folio = folio,
					.bit = PG_locked,
					.behavior = SHARED };

	queue_up(folio, &wait);
	put_page(folio);
	wait_to_be_woken(&wait);
}

/* Any context. */
void folio_unlock(struct page *folio)
{
	BUG_ON(!(folio->flags & 1ul << PG_locked));
	clear_and_wake(folio, PG_locked);
}

/* --- Writeback --- */

/* The page is locked, and nobody writes it back. */
void folio_start_writeback(struct page *folio)
{
	BUG_ON(test_and_set_bit(PG_writeback, &folio->flags));
}

/* The caller has a reference, or the page is in its index. Any context. */
void folio_end_writeback(struct page *folio)
{
	/* Waiters may drop the last reference as soon as the flag is clear. */
	get_page(folio);
	if (test_bit(PG_reclaim, &folio->flags)) {
		clear_bit(PG_reclaim, &folio->flags);
		folio_rotate_reclaimable(folio);
	}
	clear_and_wake(folio, PG_writeback);
	put_page(folio);
}

/* The caller has a reference. May sleep. */
void folio_wait_writeback(struct page *folio)
{
	while (test_bit(PG_writeback, &folio->flags))
		folio_wait_bit(folio, PG_writeback, SHARED);
}

/* --- Migration entries --- */

/* 5.17 and later: in line before the entry can go, and without a reference. */
static void wait_without_reference(struct page *page, spinlock_t *ptl)
{
	struct page *folio = compound_head(page);
	struct wait_page_queue wait = { .folio = folio,
					.bit = PG_locked,
					.behavior = SHARED };

	if (buggy(thp_wait_on_tail))
		wait.folio = page;
	/*
	 * Whoever migrates the page has a reference, and takes the page table
	 * lock to remove the entry: until it is dropped the page is there.
	 */
	queue_up(folio, &wait);
	spin_unlock(ptl);
	wait_to_be_woken(&wait);
}

/* 2.6.16 to 4.20: with a reference for as long as it takes. */
static void wait_with_reference(struct page *folio, spinlock_t *ptl)
{
	bool got = get_page_unless_zero(folio);

	if (got)
		arch_page_ref(folio, HOLDER_WAITER, 1);
	spin_unlock(ptl);
	if (!got)
		return;
	if (test_bit(PG_locked, &folio->flags))
		folio_wait_bit(folio, PG_locked, SHARED);
	arch_page_ref(folio, HOLDER_WAITER, -1);
	put_page(folio);
}

/* 5.0 to 5.16: with a reference until one is in line. */
static void put_and_wait(struct page *folio, spinlock_t *ptl)
{
	struct wait_page_queue wait = { .folio = folio,
					.bit = PG_locked,
					.behavior = SHARED };
	bool preempt_off = policy(migration_wait) ==
			   migration_wait_put_and_wait_preempt_off;
	bool got = get_page_unless_zero(folio);

	if (got)
		arch_page_ref(folio, HOLDER_WAITER, 1);
	if (preempt_off)
		preempt_disable();
	spin_unlock(ptl);
	if (got) {
		queue_up(folio, &wait);
		arch_page_ref(folio, HOLDER_WAITER, -1);
		put_page(folio);
	}
	if (preempt_off)
		preempt_enable();
	if (got)
		wait_to_be_woken(&wait);
}

/*
 * The caller holds @ptl and has seen a migration entry for @page: drops the
 * lock and sleeps until its folio has been unlocked, as it is when the entry
 * has gone. With a reference, older kernels took that of the page itself, which
 * a tail has none of: they just looked again, until it was split or moved.
 */
void migration_entry_wait_on_locked(struct page *page, spinlock_t *ptl)
{
	switch (policy(migration_wait)) {
	case migration_wait_hold_reference:
		wait_with_reference(page, ptl);
		return;
	case migration_wait_put_and_wait:
	case migration_wait_put_and_wait_preempt_off:
		put_and_wait(page, ptl);
		return;
	default:
		wait_without_reference(page, ptl);
	}
}
