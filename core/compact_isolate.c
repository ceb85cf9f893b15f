// SPDX-License-Identifier: GPL-2.0-only
/*
 * What compaction takes of one pageblock: pages to move, off the LRU, or free
 * pages to move them to, off the free lists.
 *
 * A page is looked at without a lock, then with a reference that keeps it what
 * it is; who clears PG_lru has it. What will not move is better left alone, as
 * nothing but work comes of isolating it: policy compaction-skip says which
 * pages are taken for that.
 *
 * Asynchronous runs try the locks, and stop at the end of the pageblock if they
 * had to wait; all stop if a signal comes.
 *
 * Modelled on isolate_migratepages_block() and isolate_freepages_block() in
 * mm/compaction.c of Linux 6.12, except that the type of the pageblock is
 * looked at again under zone->lock: 6.12 takes free pages from under whoever
 * has just isolated it. Left out: pages of drivers, hugetlb, secret memory.
 */
#include "compaction.h"

void compact_lock(spinlock_t *lock, unsigned long *flags,
		  struct compact_control *cc)
{
	*flags = do_local_irq_save();
	if (cc->mode == MIGRATE_ASYNC && !cc->contended) {
		if (spin_trylock(lock))
			return;
		cc->contended = true;
	}
	spin_lock(lock);
}

/* Both stop in the same pageblock, or the free one behind it. */
bool compact_scanners_met(const struct compact_control *cc)
{
	return cc->free_pfn >> pageblock_order <= cc->migrate_pfn >>
	       pageblock_order;
}

/* --- Pages to move --- */

/* Others wait for those, too. Racy. */
static bool too_many_isolated(void)
{
	const long *nr = mem->lruvec.nr_pages;
	long isolated = atomic_long_read(&mem->nr_isolated[0]) +
			atomic_long_read(&mem->nr_isolated[1]);
	long inactive, active;

	if (isolated <= 0)
		return false;
	inactive = READ_ONCE(nr[LRU_INACTIVE_FILE]) +
		   READ_ONCE(nr[LRU_INACTIVE_ANON]);
	active =
		READ_ONCE(nr[LRU_ACTIVE_FILE]) + READ_ONCE(nr[LRU_ACTIVE_ANON]);
	/* All requests here may wait for file systems (__GFP_FS). */
	return isolated > ((inactive >> 3) + (active >> 3)) / 2;
}

/*
 * It compacts for a page to move one to: it would wait for itself. 6.12 does,
 * as long as there is no signal.
 */
static bool has_isolated_pages(void)
{
	return current_struct()->nr_migrating && !buggy(self_throttle_in_pin);
}

/*
 * Until fewer pages are isolated: 0. Who has some himself must not wait, and
 * who must not wait does not: -EAGAIN.
 */
static int throttle_isolated(const struct compact_control *cc)
{
	while (too_many_isolated()) {
		if (cc->nr_migratepages || cc->mode == MIGRATE_ASYNC ||
		    has_isolated_pages())
			return -EAGAIN;
		cond_resched();
		if (fatal_signal_pending())
			return -EINTR;
	}
	return 0;
}

static bool maybe_dma_longterm_pinned(struct page *folio)
{
	enum migratetype mt = get_pfnblock_migratetype(page_to_pfn(folio));

	if (page_zone(folio) == &mem->zones[ZONE_MOVABLE] || is_migrate_cma(mt))
		return false;
	return test_bit(PG_swapbacked, &folio->flags) &&
	       folio_maybe_dma_pinned(folio);
}

/* Whether @refs may be those of pins; of a large folio it is known. */
static bool may_be_pins(struct page *folio, int refs)
{
	if (folio_test_large(folio))
		return folio_maybe_dma_pinned(folio);
	return refs >= GUP_PIN_COUNTING_BIAS;
}

/*
 * Entries by which a page cannot look pinned: 32 with the kernel's bias of a
 * pin.
 */
static int few_mappings(void)
{
	return max(GUP_PIN_COUNTING_BIAS / 32, 1);
}

/*
 * Whether somebody seems to have a reference for longer, so that @folio, which
 * we have one on, would not move. Racy: two loads are no snapshot.
 */
static bool seems_pinned(struct page *folio)
{
	int refs = atomic_read(&folio->refcount) - 1;
	int mapcount = buggy(thp_head_mapcount) ?
			       atomic_read(&folio->mapcount) :
			       folio_mapcount(folio);

	switch (policy(compaction_skip)) {
	case compaction_skip_extra_refs:
		return refs > folio_expected_ref_count(folio);
	case compaction_skip_maybe_pinned:
		return may_be_pins(folio, refs);
	case compaction_skip_less_mapcount:
		return may_be_pins(folio, refs - mapcount);
	case compaction_skip_less_mapcount_unsigned:
		return (unsigned int)(refs - mapcount) >=
		       (unsigned int)GUP_PIN_COUNTING_BIAS;
	case compaction_skip_longterm_pinned:
		return maybe_dma_longterm_pinned(folio);
	case compaction_skip_few_mappings:
		return (folio_test_large(folio) ||
			mapcount <= few_mappings()) &&
		       may_be_pins(folio, refs);
	default:
		return !folio_mapping(folio) && refs > mapcount;
	}
}

/* Without a lock it may be anything. */
static unsigned int nr_of_order(unsigned long order)
{
	return order <= MAX_PAGE_ORDER ? 1u << order : 1;
}

/* The state of a scan of one pageblock. */
struct block_scan {
	struct lru_section section;
	unsigned int nr_isolated;
	bool looked; /* at its mark, under lru_lock */
	bool aborted; /* somebody else has marked it since */
	bool first; /* it begins where the pageblock does */
	unsigned int start;
};

/* Our reference may be the last one by now, and freeing takes lru_lock. */
static void put_candidate(struct block_scan *scan, struct page *folio)
{
	lru_unlock_if_locked(&scan->section);
	put_page(folio);
}

/* The page at @pfn with a reference, if it is to be moved. */
static struct page *get_candidate(const struct compact_control *cc,
				  struct block_scan *scan, unsigned int pfn)
{
	struct page *folio = pfn_to_page(pfn);

	if (!(READ_ONCE(folio->flags) & 1ul << PG_lru) ||
	    !get_page_unless_zero(folio))
		return NULL;
	if (seems_pinned(folio))
		arch_compaction_skips(folio);
	else if (test_bit(PG_lru, &folio->flags) &&
		 (cc->mode == MIGRATE_SYNC ||
		  !test_bit(PG_writeback, &folio->flags)))
		return folio;
	put_candidate(scan, folio);
	return NULL;
}

/* Who clears PG_lru may have to wait: it need not be on its list any more. */
static void take_off_lru(struct compact_control *cc, struct block_scan *scan,
			 struct page *folio)
{
	unsigned int nr = folio_nr_pages(folio);

	arch_page_ref(folio, HOLDER_ISOLATION, 1);
	lruvec_del_folio(folio);
	mod_isolated(folio, 1);
	list_add(&folio->lru, &cc->migratepages);
	/* Linux before 5.10 took one of any size for one page. */
	if (buggy(compound_undercount))
		nr = 1;
	cc->nr_migratepages += nr;
	scan->nr_isolated += nr;
}

static void lock_lru(struct compact_control *cc, struct block_scan *scan)
{
	if (scan->section.locked)
		return;
	compact_lock(&mem->lruvec.lru_lock, &scan->section.flags, cc);
	scan->section.locked = true;
}

/* Whether somebody else has scanned it since we began; else nobody will. */
static bool is_marked(struct compact_control *cc, struct block_scan *scan)
{
	if (scan->looked || !scan->first)
		return false;
	scan->looked = true;
	if (buggy(skip_hint_loop))
		return false;
	return test_and_set_skip(cc, scan->start) && !cc->finish_pageblock;
}

/* @folio, which we have a reference on, is isolated, or it is as it was. */
static bool isolate_candidate(struct compact_control *cc,
			      struct block_scan *scan, struct page *folio)
{
	if (test_and_clear_bit(PG_lru, &folio->flags)) {
		lock_lru(cc, scan);
		scan->aborted = is_marked(cc, scan);
		if (!scan->aborted) {
			take_off_lru(cc, scan, folio);
			return true;
		}
		set_bit(PG_lru, &folio->flags);
	}
	put_candidate(scan, folio);
	return false;
}

static bool has_enough(const struct compact_control *cc)
{
	return cc->nr_migratepages >= COMPACT_CLUSTER_MAX &&
	       !cc->finish_pageblock && !cc->contended;
}

/* All of a block of the order that is wanted must move, or nothing helps. */
static void give_up_aligned_block(struct compact_control *cc,
				  struct block_scan *scan)
{
	if (!scan->nr_isolated)
		return;
	lru_unlock_if_locked(&scan->section);
	putback_movable_pages(&cc->migratepages);
	cc->nr_migratepages = 0;
	scan->nr_isolated = 0;
}

static unsigned int aligned_end(const struct compact_control *cc,
				unsigned int pfn)
{
	return ALIGN(pfn + 1, 1u << cc->order);
}

/* Of asynchronous runs for a request. */
static bool skips_on_failure(const struct compact_control *cc)
{
	return cc->direct_compaction && cc->mode == MIGRATE_ASYNC;
}

/* What has been learned of the pageblock. 6.12 skips the next one, too. */
static void note_scanned(const struct compact_control *cc,
			 const struct block_scan *scan, unsigned int pfn,
			 unsigned int end)
{
	if (pfn != end || (scan->nr_isolated && !cc->finish_pageblock))
		return;
	if (scan->first && !scan->looked)
		set_pageblock_skip(scan->start);
	update_cached_migrate(cc, pfn - 1);
}

static bool begins_block(const struct compact_control *cc, unsigned int pfn)
{
	return pfn == pageblock_start_pfn(pfn) ||
	       pfn == cc->zone->zone_start_pfn;
}

/* It would take the place of the block that is wanted (skip_isolation_...). */
static bool is_too_large(const struct compact_control *cc, unsigned int nr)
{
	if (cc->order != COMPACT_ORDER_ALL && nr >= 1u << cc->order)
		return true;
	return nr >= pageblock_nr_pages;
}

/* Linux until 6.14, of a page that may have been freed: its order was. */
static unsigned int stale_nr(const struct page *page)
{
	return 1u << (READ_ONCE(page[1].index) & 31);
}

/*
 * Deal with what is at @pfn. Returns how many pages that are; *@failed if they
 * stay where they are, and are not free.
 */
static unsigned int scan_one(struct compact_control *cc,
			     struct block_scan *scan, unsigned int pfn,
			     bool *failed)
{
	struct page *page = pfn_to_page(pfn), *folio;
	unsigned int nr, next;

	*failed = false;
	if (READ_ONCE(page->buddy))
		return nr_of_order(READ_ONCE(page->private));
	*failed = true;
	if (PageHead(page)) {
		nr = nr_of_order(READ_ONCE(page[1].index));
		if (is_too_large(cc, nr))
			return nr;
	}
	folio = get_candidate(cc, scan, pfn);
	if (!folio)
		return 1;
	/* It stays as it is while we have a reference; it may have grown. */
	next = nr = folio_nr_pages(folio);
	if (is_too_large(cc, nr)) {
		put_candidate(scan, folio);
		return nr;
	}
	*failed = !isolate_candidate(cc, scan, folio);
	/* Without one it may be anything by now. */
	if (*failed && buggy(hugetlb_order_zero))
		next = stale_nr(page);
	arch_scan_goes_on(page, nr, next);
	return next;
}

/* Scan [pfn, end); returns how far it came. */
static unsigned int scan_block(struct compact_control *cc,
			       struct block_scan *scan, unsigned int pfn,
			       unsigned int end)
{
	unsigned int next = skips_on_failure(cc) ? aligned_end(cc, pfn) : ~0u;
	bool failed;

	while (pfn < end && !has_enough(cc)) {
		if (pfn >= next) {
			if (scan->nr_isolated)
				break;
			next = aligned_end(cc, pfn);
		}
		pfn += scan_one(cc, scan, pfn, &failed);
		if (scan->aborted)
			return end;
		if (failed && skips_on_failure(cc)) {
			give_up_aligned_block(cc, scan);
			pfn = max(pfn, next);
		}
	}
	return min(pfn, end);
}

/*
 * Isolate what can be moved of [pfn, end), which lies in one pageblock, onto
 * cc->migratepages; cc->migrate_pfn is where to go on. No lock held.
 */
int isolate_migratepages_block(struct compact_control *cc, unsigned int pfn,
			       unsigned int end)
{
	struct block_scan scan = { .first = begins_block(cc, pfn),
				   .start = pfn };
	int ret;

	cc->migrate_pfn = pfn;
	ret = throttle_isolated(cc);
	if (ret)
		return ret;
	cond_resched();
	if (fatal_signal_pending()) {
		cc->contended = true;
		return -EINTR;
	}
	if (scan.first && !isolation_suitable(cc, pfn))
		pfn = end;
	else
		pfn = scan_block(cc, &scan, pfn, end);
	lru_unlock_if_locked(&scan.section);
	note_scanned(cc, &scan, pfn, end);
	arch_isolated_batch(&cc->migratepages, cc->nr_migratepages);
	cc->total_migrate_scanned += pfn - scan.start;
	cc->total_isolated += scan.nr_isolated;
	cc->migrate_pfn = pfn;
	return 0;
}

/* --- Free pages --- */

/* Whether there is a free block at @page that may go. zone->lock held. */
static bool __may_take(const struct page *page)
{
	if (!page->buddy)
		return false;
	return buggy(compaction_takes_isolated) ||
	       !is_migrate_isolate(__block_type(page_to_pfn(page)));
}

/* Take the block at @page. Returns its pages; 0: the watermark forbids it. */
static unsigned int __take_free_block(struct compact_control *cc,
				      struct page *page)
{
	unsigned int order = (unsigned int)page->private;

	if (!__isolate_free_page(page, cc->zone, order))
		return 0;
	page->private = order;
	list_add_tail(&page->lru, &cc->freepages[order]);
	cc->nr_freepages += 1u << order;
	return 1u << order;
}

/*
 * Take free blocks of [*start, end), which lies in one pageblock, onto
 * cc->freepages, until there are enough for cc->migratepages; look at each
 * @stride-th page. *@start is where it came to. Returns how many pages.
 */
unsigned int compact_isolate_freepages_block(struct compact_control *cc,
					     unsigned int *start,
					     unsigned int end,
					     unsigned int stride)
{
	unsigned int pfn = *start, first = pfn, total = 0;
	unsigned long flags = 0;
	bool locked = false;

	for (; pfn < end; pfn += stride) {
		struct page *page = pfn_to_page(pfn);
		unsigned int taken;

		if (!READ_ONCE(page->buddy))
			continue;
		if (!locked)
			compact_lock(&cc->zone->lock, &flags, cc);
		locked = true;
		if (!__may_take(page))
			continue;
		taken = __take_free_block(cc, page);
		if (!taken)
			break;
		total += taken;
		if (cc->nr_migratepages <= cc->nr_freepages) {
			pfn += taken;
			break;
		}
		pfn += taken - stride;
	}
	if (locked)
		spin_unlock_irqrestore(&cc->zone->lock, flags);
	*start = min(pfn, end);
	cc->total_free_scanned += *start - first;
	cc->total_isolated += total;
	return total;
}
