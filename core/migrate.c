// SPDX-License-Identifier: GPL-2.0-only
/*
 * Moving one page: everything that maps it is made to wait, what it holds is
 * copied to another page, and that takes its place.
 *
 * Whoever migrates has taken the page off the LRU and has a reference for that.
 * With the page locked, each page table entry is replaced by a migration entry,
 * which has no reference: then the only references left are those that
 * folio_expected_refs() knows of. One more, by whomever, and the page stays
 * where it is. What is found through an index is frozen for the exchange, so
 * that a lookup gets the one page or the other.
 *
 * Between unmapping and moving, what must be restored is kept in ->private of
 * the new page.
 *
 * Modelled on migrate_folio_unmap(), migrate_folio_move(), their undo functions
 * and __folio_migrate_mapping() in mm/migrate.c of Linux 6.12, which puts a
 * folio on the queue of those to be split only once it is mapped. Left out:
 * hugetlb, pages of drivers, counting by memory cgroup and zone.
 */
#include "migrate_internal.h"

enum { PAGE_WAS_MAPPED = 1, PAGE_WAS_MLOCKED = 2 };

/* --- Targets --- */

static gfp_t gfp_of_target(const struct page *src, enum migrate_reason reason)
{
	gfp_t gfp = GFP_KERNEL | __GFP_MOVABLE | __GFP_RETRY_MAYFAIL;

	/* Not movable: not from a CMA area, nor from zone Movable. */
	if (reason == MR_LONGTERM_PIN)
		return buggy(pin_target_movable) ? GFP_HIGHUSER_MOVABLE :
						   GFP_KERNEL;
	/* Zone Normal comes behind Movable; who demotes reclaims himself. */
	if (reason == MR_DEMOTION)
		return GFP_NOWAIT | __GFP_MOVABLE;
	if (page_zone(src) == &mem->zones[ZONE_MOVABLE])
		gfp |= __GFP_HIGHMEM;
	return gfp;
}

static struct page *alloc_migration_target(const struct page *src,
					   enum migrate_reason reason)
{
	gfp_t gfp = gfp_of_target(src, reason);

	/* As all requests for large folios: without waking kswapd. */
	if (folio_test_large(src))
		gfp = (gfp & ~__GFP_KSWAPD_RECLAIM) | __GFP_COMP |
		      __GFP_NOMEMALLOC;
	return alloc_pages(gfp, compound_order(src));
}

static struct page *get_new_folio(const struct page *src,
				  const struct migrate_control *mc)
{
	return mc->cc ? compaction_alloc(compound_order(src), mc->cc) :
			alloc_migration_target(src, mc->reason);
}

/* It was of no use. */
static void put_new_folio(struct page *dst, const struct migrate_control *mc)
{
	if (mc->cc)
		compaction_free(dst, mc->cc);
	else
		put_page(dst);
}

/* --- What is expected --- */

/*
 * Those of the entries that map @folio, of the index and of private data. Racy
 * unless it is locked and no entry maps it.
 */
int folio_expected_ref_count(const struct page *folio)
{
	bool is_anon = folio->mapping & PAGE_MAPPING_ANON;
	int refs = folio_mapcount(folio);

	/* A page of shmem on its way to swap is there, and in no file. */
	if (folio->flags & 1ul << PG_swapcache &&
	    (is_anon || !buggy(expected_ref_swapcache)))
		refs++;
	if (is_anon)
		return refs;
	if (folio->mapping)
		refs += (int)folio_nr_pages(folio);
	if (folio->flags & 1ul << PG_private)
		refs++;
	return refs;
}

/* --- The exchange --- */

/*
 * Where its index has @folio, from there on for each page: the swap cache goes
 * by slots.
 */
static struct page **index_slot(struct address_space *mapping,
				const struct page *folio)
{
	bool is_anon = folio->mapping & PAGE_MAPPING_ANON;

	if (folio->flags & 1ul << PG_swapcache &&
	    (is_anon || !buggy(shmem_one_slot)))
		return &mapping->i_pages[folio->private];
	return &mapping->i_pages[folio->index];
}

static void copy_identity(struct page *dst, const struct page *src)
{
	dst->index = src->index;
	dst->mapping = src->mapping;
	if (src->flags & 1ul << PG_swapbacked)
		set_bit(PG_swapbacked, &dst->flags);
}

/* While @src is frozen and nobody can find @dst. */
static void replace_in_index(struct address_space *mapping, struct page *dst,
			     struct page *src)
{
	unsigned int nr = folio_nr_pages(src);
	struct page **slot = index_slot(mapping, src);

	copy_identity(dst, src);
	atomic_add((int)nr, &dst->refcount);
	arch_page_ref(dst, HOLDER_CACHE, (int)nr);
	if (src->flags & 1ul << PG_swapcache) {
		set_bit(PG_swapcache, &dst->flags);
		dst->private = src->private;
	}
	if (test_and_clear_bit(PG_dirty, &src->flags))
		set_bit(PG_dirty, &dst->flags);
	for (unsigned int i = 0; i < nr; i++)
		slot[i] = dst;
}

/*
 * Who scans the queue of folios to be split gets a reference on those there,
 * which is one too many: so as long as nobody can have one. False, and nothing
 * has changed: somebody has.
 */
static bool take_off_split_queue(struct page *src, int expected)
{
	if (buggy(deferred_split_vs_migrate)) {
		folio_unqueue_deferred_split(src);
		return true;
	}
	if (!page_ref_freeze(src, expected))
		return false;
	arch_page_frozen(src);
	folio_unqueue_deferred_split(src);
	page_ref_unfreeze(src, expected);
	return true;
}

/*
 * Let @dst take the place of @src, both locked, @src not mapped. Returns 0, or
 * -EAGAIN and nothing has changed: somebody has a reference.
 */
static int __folio_migrate_mapping(struct address_space *mapping,
				   struct page *dst, struct page *src,
				   int expected)
{
	int nr = (int)folio_nr_pages(src);
	unsigned long flags;

	/* Nobody can find it, as all that mapped it waits for us. */
	if (!mapping) {
		if (folio_test_large(src) &&
		    !take_off_split_queue(src, expected))
			return -EAGAIN;
		copy_identity(dst, src);
		return 0;
	}
	spin_lock_irqsave(&mapping->i_pages_lock, flags);
	if (!page_ref_freeze(src, expected)) {
		spin_unlock_irqrestore(&mapping->i_pages_lock, flags);
		return -EAGAIN;
	}
	arch_page_frozen(src);
	replace_in_index(mapping, dst, src);
	arch_page_ref(src, HOLDER_CACHE, -nr);
	page_ref_unfreeze(src, expected - nr);
	spin_unlock_irqrestore(&mapping->i_pages_lock, flags);
	return 0;
}

static void copy_flag(struct page *dst, struct page *src, unsigned int flag)
{
	if (test_bit(flag, &src->flags))
		set_bit(flag, &dst->flags);
}

/* State that moves along (folio_migrate_flags()). */
static void folio_migrate_flags(struct page *dst, struct page *src)
{
	copy_flag(dst, src, PG_referenced);
	copy_flag(dst, src, PG_uptodate);
	if (test_and_clear_bit(PG_active, &src->flags))
		set_bit(PG_active, &dst->flags);
	else if (test_and_clear_bit(PG_unevictable, &src->flags))
		set_bit(PG_unevictable, &dst->flags);
	copy_flag(dst, src, PG_dirty);
	if (test_and_clear_bit(PG_swapcache, &src->flags))
		src->private = 0;
}

static void copy_content(struct page *dst, const struct page *src)
{
	for (unsigned int i = 0; i < folio_nr_pages(src); i++)
		WRITE_ONCE(*page_content(dst + i),
			   READ_ONCE(*page_content(src + i)));
}

int folio_migrate(struct address_space *mapping, struct page *dst,
		  struct page *src)
{
	int expected = folio_expected_ref_count(src) + 1, ret;

	if (atomic_read(&src->refcount) != expected)
		return -EAGAIN;
	copy_content(dst, src);
	ret = __folio_migrate_mapping(mapping, dst, src, expected);
	if (ret)
		return ret;
	if (src->flags & 1ul << PG_private)
		folio_attach_private(dst, folio_detach_private(src));
	folio_migrate_flags(dst, src);
	return 0;
}

static int move_to_new_folio(struct page *dst, struct page *src)
{
	struct address_space *mapping = folio_mapping(src);
	int ret;

	if (mapping && mapping->has_buffers)
		ret = buffer_migrate_folio(mapping, dst, src);
	else
		ret = folio_migrate(mapping, dst, src);
	/* What is anonymous keeps it until it is freed. */
	if (!ret && !(src->mapping & PAGE_MAPPING_ANON))
		src->mapping = 0;
	return ret;
}

/* --- What must be restored --- */

/* Where nobody looks for anything, as long as the page is new. */
static unsigned long *record_of(struct page *dst)
{
	return buggy(dst_private_overload) ? &dst->mapping : &dst->private;
}

static void migrate_folio_record(struct page *dst, unsigned int state)
{
	WRITE_ONCE(*record_of(dst), state);
}

static unsigned int migrate_folio_extract(struct page *dst)
{
	unsigned int state = (unsigned int)*record_of(dst);

	*record_of(dst) = 0;
	return state;
}

/* --- Undoing --- */

/* Put @src on @ret, if there is one, as it was before. */
static void migrate_folio_undo_src(struct page *src, unsigned int state,
				   bool locked, struct list_head *ret)
{
	if (state & PAGE_WAS_MAPPED)
		remove_migration_ptes(src, src);
	if (locked)
		folio_unlock(src);
	if (ret)
		list_move_tail(&src->lru, ret);
}

static void migrate_folio_undo_dst(struct page *dst, bool locked,
				   const struct migrate_control *mc)
{
	if (locked)
		folio_unlock(dst);
	put_new_folio(dst, mc);
}

void migrate_folio_undo(struct page *src, struct page *dst,
			const struct migrate_control *mc, struct list_head *ret)
{
	migrate_folio_undo_src(src, migrate_folio_extract(dst), true, ret);
	migrate_folio_undo_dst(dst, true, mc);
}

/* @src has been moved, or freed by its owner: that was the last reference. */
static void migrate_folio_done(struct page *src, enum migrate_reason reason)
{
	if (reason != MR_DEMOTION || buggy(isolated_stat_imbalance))
		mod_isolated(src, -1);
	arch_page_ref(src, HOLDER_ISOLATION, -1);
	put_page(src);
}

/* --- Unmapping --- */

/* Whether @src could be locked, as far as @mode lets us wait for it. */
static bool lock_source(struct page *src, enum migrate_mode mode)
{
	if (folio_trylock(src))
		return true;
	if (mode < MIGRATE_SYNC_LIGHT || current_struct()->flags & PF_MEMALLOC)
		return false;
	/* It may be locked to be read into. */
	if (mode == MIGRATE_SYNC_LIGHT && !test_bit(PG_uptodate, &src->flags))
		return false;
	folio_lock(src);
	return true;
}

/* 0; or it is being written back: -EBUSY, -EAGAIN if @mode waits later. */
static int wait_for_writeback(struct page *src, enum migrate_mode mode)
{
	if (!test_bit(PG_writeback, &src->flags))
		return 0;
	if (mode == MIGRATE_SYNC_LATER)
		return -EAGAIN;
	if (mode != MIGRATE_SYNC)
		return -EBUSY;
	folio_wait_writeback(src);
	return 0;
}

/* With both locked. False if there is still something in the way. */
static bool unmap_locked(struct page *src, unsigned int *state)
{
	if (test_bit(PG_mlocked, &src->flags))
		*state |= PAGE_WAS_MLOCKED;
	/* Truncated: it goes as soon as nobody has a reference. */
	if (!src->mapping) {
		if (test_bit(PG_private, &src->flags)) {
			try_to_free_buffers(src);
			return false;
		}
	} else if (folio_mapped(src)) {
		try_to_migrate(src);
		*state |= PAGE_WAS_MAPPED;
	}
	return !folio_mapped(src);
}

/*
 * Its owner has freed it, if nobody but us has a reference: then it need not be
 * moved.
 */
bool migrate_folio_freed(struct page *src, const struct migrate_control *mc)
{
	if (atomic_read(&src->refcount) != 1)
		return false;
	clear_bit(PG_active, &src->flags);
	clear_bit(PG_unevictable, &src->flags);
	list_del(&src->lru);
	migrate_folio_done(src, mc->reason);
	return true;
}

int migrate_folio_unmap(struct page *src, struct page **dstp,
			const struct migrate_control *mc, struct list_head *ret)
{
	struct page *dst = get_new_folio(src, mc);
	bool locked = false, dst_locked = false;
	unsigned int state = 0;
	int rc = -EAGAIN;

	if (!dst)
		return -ENOMEM;
	*dstp = dst;
	if (!lock_source(src, mc->mode))
		goto out;
	locked = true;
	rc = wait_for_writeback(src, mc->mode);
	if (rc)
		goto out;
	rc = -EAGAIN;
	/* Somebody may have a speculative reference, and lock it. */
	if (!folio_trylock(dst))
		goto out;
	dst_locked = true;
	if (unmap_locked(src, &state)) {
		migrate_folio_record(dst, state);
		return 0;
	}
out:
	migrate_folio_undo_src(src, state, locked, rc == -EAGAIN ? NULL : ret);
	migrate_folio_undo_dst(dst, dst_locked, mc);
	return rc;
}

/* --- Moving --- */

/* On the queue of those to be split; in part because we have unmapped it. */
static bool is_queued(const struct page *folio)
{
	return compound_order(folio) > 1 &&
	       test_bit(PG_partially_mapped, &folio->flags);
}

int migrate_folio_move(struct page *src, struct page *dst,
		       const struct migrate_control *mc)
{
	unsigned int state = migrate_folio_extract(dst);
	bool queued = is_queued(src);
	int rc;

	rc = move_to_new_folio(dst, src);
	if (rc) {
		migrate_folio_record(dst, state);
		return rc;
	}
	/* At once, so that those who mlock it find it there. */
	folio_add_lru(dst);
	if (state & PAGE_WAS_MLOCKED)
		lru_add_drain();
	/* As before, until a part of it is not mapped once more. */
	if (queued && !buggy(deferred_requeue_late))
		requeue_deferred_split(dst);
	if (state & PAGE_WAS_MAPPED)
		remove_migration_ptes(src, dst);
	folio_unlock(dst);
	put_page(dst);
	if (queued && buggy(deferred_requeue_late))
		requeue_deferred_split(dst);
	list_del(&src->lru);
	folio_unlock(src);
	migrate_folio_done(src, mc->reason);
	return 0;
}
