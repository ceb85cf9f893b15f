// SPDX-License-Identifier: GPL-2.0-only
/*
 * Splitting a large folio into smaller ones, and the queue of those for which
 * that waits until memory is short.
 *
 * The folio is locked, as then are all that it becomes. Nobody may have a
 * reference but its owners and the caller: what maps it is replaced, and its
 * references are frozen, so that nobody gets one meanwhile, be it from the
 * index, whose lock is held, or by whatever way. From then on the tails are
 * made folios, from the last one on: each has its flags, its mapping and index,
 * and is no tail any more, before it gets its references; who has got one by
 * the number of the page may drop it at once, and must find no head that is
 * still frozen. The head comes last.
 *
 * lru_lock is held meanwhile, as the pages join the head's list.
 *
 * An anonymous folio of which a part is not mapped any more is on the queue,
 * with PG_partially_mapped, as long as it has references. split_queue_lock,
 * taken with interrupts off, protects the queue and what links the folio to
 * it, which is in its second tail; a scan may have it on a list of its own.
 *
 * What is behind the end of a file, which has got shorter while somebody had
 * the folio, leaves the file as it is split off.
 *
 * Modelled on split_huge_page_to_list_to_order() and deferred_split_scan() in
 * mm/huge_memory.c of Linux 6.12; but folios of shmem can be split into large
 * ones, as those of other files there, and of shmem in later kernels. Left out:
 * folios in swap, those that are mostly zero, cgroups.
 */
#include "migrate_internal.h"

/* --- The queue --- */

/* Put a folio that may be there on the queue; the caller has a reference. */
void requeue_deferred_split(struct page *folio)
{
	unsigned long flags;

	spin_lock_irqsave(&mem->split_queue_lock, flags);
	set_bit(PG_partially_mapped, &folio->flags);
	if (list_empty(deferred_list(folio))) {
		list_add_tail(deferred_list(folio), &mem->split_queue);
		mem->split_queue_len++;
		arch_split_queue(folio, 1);
	}
	spin_unlock_irqrestore(&mem->split_queue_lock, flags);
}

/*
 * @folio, which is anonymous and which the caller has a reference on, is to be
 * split some time. Those of two pages are not worth it, nor have they room.
 */
void deferred_split_folio(struct page *folio)
{
	if (compound_order(folio) > 1)
		requeue_deferred_split(folio);
}

/* split_queue_lock held. */
static void __unqueue(struct page *folio)
{
	if (list_empty(deferred_list(folio)))
		return;
	mem->split_queue_len--;
	clear_bit(PG_partially_mapped, &folio->flags);
	list_del(deferred_list(folio));
	INIT_LIST_HEAD(deferred_list(folio));
	arch_split_queue(folio, -1);
}

/* Nobody has a reference on @folio, or they are frozen. Any context. */
void folio_unqueue_deferred_split(struct page *folio)
{
	unsigned long flags;

	if (compound_order(folio) <= 1 || list_empty(deferred_list(folio)))
		return;
	spin_lock_irqsave(&mem->split_queue_lock, flags);
	__unqueue(folio);
	spin_unlock_irqrestore(&mem->split_queue_lock, flags);
}

/* --- Splitting --- */

/* What a tail has of the head's. */
#define FLAGS_SPLIT                                                        \
	(1ul << PG_referenced | 1ul << PG_swapbacked | 1ul << PG_mlocked | \
	 1ul << PG_uptodate | 1ul << PG_active | 1ul << PG_locked |        \
	 1ul << PG_unevictable | 1ul << PG_dirty)

/* On the LRU, as the head is; or on @list, isolated as that. lru_lock held. */
static void lru_add_split_folio(struct page *folio, struct page *new_folio,
				struct list_head *list)
{
	if (list) {
		get_page(new_folio);
		arch_page_ref(new_folio, HOLDER_ISOLATION, 1);
		list_add_tail(&new_folio->lru, list);
		return;
	}
	/* Who takes it off has a reference. */
	BUG_ON(!(folio->flags & 1ul << PG_lru));
	if (new_folio->flags & 1ul << PG_unevictable)
		new_folio->mlock_count = 0;
	lruvec_add_folio(new_folio);
	set_bit(PG_lru, &new_folio->flags);
}

static void set_identity(const struct page *folio, struct page *tail)
{
	WRITE_ONCE(tail->index, folio->index + (unsigned long)(tail - folio));
	WRITE_ONCE(tail->mapping, folio->mapping);
}

static bool is_file(const struct page *folio)
{
	return !(folio->mapping & PAGE_MAPPING_ANON);
}

/* The index has a reference for each page. */
static int nr_cache_refs(const struct page *folio, unsigned int nr)
{
	return is_file(folio) ? (int)nr : 0;
}

/* If it is of a file. */
static void store_in_index(const struct page *folio, struct page *new_folio,
			   unsigned int nr)
{
	struct address_space *mapping = (struct address_space *)folio->mapping;
	unsigned long index = folio->index + (unsigned long)(new_folio - folio);

	if (!is_file(folio))
		return;
	for (unsigned int i = 0; i < nr; i++)
		WRITE_ONCE(mapping->i_pages[index + i], new_folio);
}

/* The tail is a folio from when its references are there. */
static void __split_huge_page_tail(struct page *folio, struct page *tail,
				   unsigned int new_order)
{
	int refs = 1 + nr_cache_refs(folio, 1u << new_order);
	bool early = buggy(unfreeze_before_clear_head);

	tail->flags |= folio->flags & FLAGS_SPLIT;
	if (!buggy(unfreeze_before_index))
		set_identity(folio, tail);
	smp_mb();
	if (early)
		page_ref_unfreeze(tail, refs);
	WRITE_ONCE(tail->compound_head, 0);
	if (new_order)
		prep_compound_page(tail, new_order);
	if (!early)
		page_ref_unfreeze(tail, refs);
}

static void move_references(struct page *folio, struct page *new_folio,
			    unsigned int nr)
{
	if (!is_file(folio))
		return;
	arch_page_ref(folio, HOLDER_CACHE, -(int)nr);
	arch_page_ref(new_folio, HOLDER_CACHE, (int)nr);
}

/* The file has got shorter, and does without it. */
static void drop_behind_end(struct page *tail, unsigned int nr)
{
	page_cache_delete(tail, NULL);
	if (buggy(eof_tail_refs)) {
		arch_page_ref(tail, HOLDER_CACHE, -(int)nr);
		put_page_refs(tail, 1);
	} else {
		put_cache_refs(tail);
	}
}

/* The index of a file has @tail from @end on no more. */
static void split_tail(struct page *folio, struct page *tail,
		       unsigned int new_order, unsigned long end,
		       struct list_head *list)
{
	unsigned int nr = 1u << new_order;

	__split_huge_page_tail(folio, tail, new_order);
	move_references(folio, tail, nr);
	if (buggy(unfreeze_before_index)) {
		store_in_index(folio, tail, nr);
		set_identity(folio, tail);
	}
	if (tail->index >= end)
		drop_behind_end(tail, nr);
	else
		store_in_index(folio, tail, nr);
	lru_add_split_folio(folio, tail, list);
}

/* With the page lock none of it comes behind the end that is not there now. */
static unsigned long end_of_file(const struct page *folio)
{
	if (!is_file(folio))
		return ~0ul;
	return READ_ONCE(((struct address_space *)folio->mapping)->i_size);
}

/*
 * Its references are frozen, interrupts are off, and the index's lock is held.
 * All that it becomes is locked and has a reference for the caller.
 */
static void __split_huge_page(struct page *folio, struct list_head *list,
			      unsigned int new_order)
{
	unsigned int order = compound_order(folio);
	unsigned int nr = 1u << order, new_nr = 1u << new_order;
	unsigned long end = end_of_file(folio);

	spin_lock(&mem->lruvec.lru_lock);
	arch_folio_split(folio, new_order, list);
	if (!list)
		lruvec_shrink_folio(folio, nr - new_nr);
	for (unsigned int i = nr - new_nr; i >= new_nr; i -= new_nr)
		split_tail(folio, folio + i, new_order, end, list);
	if (new_order)
		prep_compound_page(folio, new_order);
	else
		clear_bit(PG_head, &folio->flags);
	spin_unlock(&mem->lruvec.lru_lock);
	atomic_add(1 + nr_cache_refs(folio, new_nr), &folio->refcount);
}

/* References of its index; false if somebody seems to have another one. */
static bool can_split_folio(const struct page *folio, int *extra)
{
	*extra = nr_cache_refs(folio, folio_nr_pages(folio));
	return folio_mapcount(folio) ==
	       atomic_read(&folio->refcount) - *extra - 1;
}

/* Nobody may use the queue to get a reference meanwhile. */
static bool freeze(struct page *folio, int refs)
{
	bool frozen;

	spin_lock(&mem->split_queue_lock);
	frozen = page_ref_freeze(folio, refs);
	if (frozen && compound_order(folio) > 1)
		__unqueue(folio);
	spin_unlock(&mem->split_queue_lock);
	return frozen;
}

/* Nobody maps it any more. */
static bool split_unmapped(struct page *folio, struct list_head *list,
			   unsigned int new_order, int extra)
{
	struct address_space *mapping =
		is_file(folio) ? (struct address_space *)folio->mapping : NULL;
	unsigned long flags = do_local_irq_save();
	bool frozen;

	if (mapping)
		spin_lock(&mapping->i_pages_lock);
	frozen = freeze(folio, 1 + extra);
	if (frozen)
		__split_huge_page(folio, list, new_order);
	if (mapping)
		spin_unlock(&mapping->i_pages_lock);
	do_local_irq_restore(flags, PLACE("local_irq_restore"));
	return frozen;
}

/* All but @mine, which stays locked and has the caller's reference now. */
static void put_others(struct page *folio, unsigned int nr,
		       const struct page *mine)
{
	for (struct page *end = folio + nr, *next; folio < end; folio = next) {
		next = folio + folio_nr_pages(folio);
		if (folio == mine)
			continue;
		folio_unlock(folio);
		put_page(folio);
	}
}

static struct rw_semaphore *rmap_lock_of(const struct page *folio)
{
	unsigned long mapping = folio->mapping;

	if (!is_file(folio))
		return &((struct anon_vma *)(mapping - PAGE_MAPPING_ANON))
				->rwsem;
	return &((struct address_space *)mapping)->i_mmap_rwsem;
}

/* The rmap lock is held: for writing, of anonymous memory. */
static int split_with_rmap_lock(struct page *page, struct list_head *list,
				unsigned int new_order)
{
	struct page *folio = page_folio(page);
	unsigned int nr = folio_nr_pages(folio);
	int extra;
	bool done;

	if (!can_split_folio(folio, &extra))
		return -EAGAIN;
	unmap_folio(folio);
	done = split_unmapped(folio, list, new_order, extra);
	/* Of a file, its users find it again. */
	if (!is_file(folio))
		remap_page(folio, nr);
	if (!done)
		return -EAGAIN;
	put_others(folio, nr, page_folio(page));
	return 0;
}

/*
 * Split the folio that has @page, which is locked, large, and which the caller
 * has a reference on, into folios of @new_order: the one that has @page then
 * stays the caller's, locked. With @list, the folio is isolated, and so are the
 * others, on the list; else they are where it is. 0; -EINVAL, there are no
 * folios of that order; -EBUSY, it has been truncated, or is being written
 * back; -EAGAIN, somebody else has a reference. If it fails, it is as before,
 * but entries of a file may be gone.
 * May sleep; neither mmap_lock nor rmap lock needed, nor any spinlock held.
 */
int split_folio_to_order(struct page *page, struct list_head *list,
			 unsigned int new_order)
{
	struct page *folio = page_folio(page);
	struct rw_semaphore *lock;
	int ret;

	BUG_ON(!folio_test_large(folio) || !test_bit(PG_locked, &folio->flags));
	/* There is no anonymous one of two pages. */
	if (new_order >= compound_order(folio) ||
	    (new_order == 1 && !is_file(folio)))
		return -EINVAL;
	if (!folio->mapping || test_bit(PG_writeback, &folio->flags))
		return -EBUSY;
	lock = rmap_lock_of(folio);
	if (is_file(folio)) {
		down_read(lock);
		ret = split_with_rmap_lock(page, list, new_order);
		up_read(lock);
	} else {
		down_write(lock);
		ret = split_with_rmap_lock(page, list, new_order);
		up_write(lock);
	}
	return ret;
}

/* --- Who splits --- */

static struct page *folio_at(struct list_head *entry)
{
	return list_entry(entry, struct page, lru) - 2;
}

/* What a scan has found, with references, onto a list of its own. */
static void take_from_queue(struct list_head *list, unsigned int nr_to_scan)
{
	unsigned long flags;

	spin_lock_irqsave(&mem->split_queue_lock, flags);
	for (; nr_to_scan && !list_empty(&mem->split_queue); nr_to_scan--) {
		struct page *folio = folio_at(mem->split_queue.next);

		if (get_page_unless_zero(folio))
			list_move_tail(deferred_list(folio), list);
		else /* It is being freed, or moved. */
			__unqueue(folio);
	}
	spin_unlock_irqrestore(&mem->split_queue_lock, flags);
}

static bool try_to_split(struct page *folio)
{
	bool done;

	if (!folio_trylock(folio))
		return false;
	done = !split_folio_to_order(folio, NULL, 0);
	folio_unlock(folio);
	return done;
}

/*
 * What could not be split stays on the list, and without a reference it may
 * leave it at any time, with the lock; so the one before is not let go of until
 * there is one between that and where we are. Returns the last one.
 */
static struct page *split_list(struct list_head *list, unsigned int *nr_split)
{
	struct list_head *entry = list->next, *next;
	struct page *kept = NULL;

	for (; entry != list; entry = next) {
		struct page *folio = folio_at(entry), *done = folio;

		next = entry->next;
		if (try_to_split(folio)) {
			(*nr_split)++;
		} else {
			done = kept;
			kept = folio;
		}
		if (done)
			put_page(done);
		cond_resched();
	}
	return kept;
}

static void put_back_on_queue(struct list_head *list)
{
	unsigned long flags;

	spin_lock_irqsave(&mem->split_queue_lock, flags);
	while (!list_empty(list))
		list_move_tail(list->next, &mem->split_queue);
	spin_unlock_irqrestore(&mem->split_queue_lock, flags);
}

/*
 * Split up to @nr_to_scan of the folios that are queued for it, as far as that
 * can be. Returns how many have been split. May sleep; no lock held.
 */
unsigned int deferred_split_scan(unsigned int nr_to_scan)
{
	unsigned int nr_split = 0;
	struct list_head list;
	struct page *kept;

	if (!READ_ONCE(mem->split_queue_len))
		return 0;
	INIT_LIST_HEAD(&list);
	take_from_queue(&list, nr_to_scan);
	kept = split_list(&list, &nr_split);
	put_back_on_queue(&list);
	if (kept)
		put_page(kept);
	return nr_split;
}

/*
 * Split the folio that @mm has at @address (debugfs split_huge_pages): as
 * split_folio_to_order(); -EFAULT, there is no large one; -EAGAIN, it is
 * locked. May sleep; no lock held.
 */
int split_huge_page_at(struct mm_struct *mm, unsigned int address,
		       unsigned int new_order)
{
	struct page *page = follow_page(mm, address), *folio;
	int ret = -EFAULT;

	if (!page)
		return ret;
	folio = compound_head(page);
	if (folio_test_large(folio)) {
		/* With our reference nobody else can split it. */
		ret = -EAGAIN;
		if (folio_trylock(folio)) {
			ret = split_folio_to_order(folio, NULL, new_order);
			folio_unlock(folio);
		}
	}
	put_page(folio);
	return ret;
}
