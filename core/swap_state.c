// SPDX-License-Identifier: GPL-2.0-only
/*
 * Swap: slots, and the cache of pages that have one.
 *
 * swap_map[slot] counts the entries that name the slot, in page tables and in
 * the index of shmem, and has SWAP_HAS_CACHE while a page is, or is about to
 * be, in the swap cache for it; swap_lock protects it. A slot with neither is
 * free. What was written to a slot is in swap.disk.
 *
 * The cache is an index as that of a file, by slot: PG_swapcache says that the
 * page is in it, page->private under which slot; both change under the page
 * lock and the index's. It has a reference. All who bring a page back go by the
 * cache, so that those who share it find the same one.
 *
 * Modelled on mm/swap_state.c and mm/swapfile.c of Linux 6.12. Left out:
 * clusters, several devices, per-CPU caches of slots, readahead.
 */
#include "internal.h"

/* --- Slots --- */

static void change_swap_map(unsigned int slot, int entries, int cache)
{
	spin_lock(&mem->swap_lock);
	mem->swap_map[slot] = (u8)(mem->swap_map[slot] + entries + cache);
	spin_unlock(&mem->swap_lock);
}

/* One more entry names a slot that has one, or a page in the cache. */
void swap_duplicate(unsigned int slot)
{
	change_swap_map(slot, 1, 0);
}

void swap_free(unsigned int slot)
{
	change_swap_map(slot, -1, 0);
}

/* The page in the cache is gone: the slot is free if nobody else needs it. */
void put_swap_folio(unsigned int slot)
{
	change_swap_map(slot, 0, -SWAP_HAS_CACHE);
}

static bool has_entries(unsigned int slot)
{
	return READ_ONCE(mem->swap_map[slot]) & (SWAP_HAS_CACHE - 1);
}

/* A slot for the cache, or -ENOSPC. */
static int get_swap_page(void)
{
	int slot = 0;

	spin_lock(&mem->swap_lock);
	while (slot < NR_SWAP_SLOTS && mem->swap_map[slot])
		slot++;
	if (slot < NR_SWAP_SLOTS)
		mem->swap_map[slot] = SWAP_HAS_CACHE;
	spin_unlock(&mem->swap_lock);
	return slot < NR_SWAP_SLOTS ? slot : -ENOSPC;
}

/* Take the right to put a page into the cache: -EEXIST, or -ENOENT. */
static int swapcache_prepare(unsigned int slot)
{
	int ret = 0;

	spin_lock(&mem->swap_lock);
	if (!mem->swap_map[slot])
		ret = -ENOENT;
	else if (mem->swap_map[slot] & SWAP_HAS_CACHE)
		ret = -EEXIST;
	else
		mem->swap_map[slot] |= SWAP_HAS_CACHE;
	spin_unlock(&mem->swap_lock);
	return ret;
}

/* --- The cache --- */

/* @folio is locked; the slot has SWAP_HAS_CACHE for it. */
static void add_to_swap_cache(struct page *folio, unsigned int slot)
{
	unsigned long flags;

	get_page(folio);
	arch_page_ref(folio, HOLDER_CACHE, 1);
	spin_lock_irqsave(&mem->swap.i_pages_lock, flags);
	BUG_ON(mem->swap.i_pages[slot]);
	WRITE_ONCE(folio->private, slot);
	set_bit(PG_swapcache, &folio->flags);
	WRITE_ONCE(mem->swap.i_pages[slot], folio);
	mem->swap.nrpages++;
	spin_unlock_irqrestore(&mem->swap.i_pages_lock, flags);
}

/* Both locks held. The cache's reference and its slot are the caller's now. */
void __delete_from_swap_cache(struct page *folio)
{
	lockdep_assert_held(&mem->swap.i_pages_lock);
	BUG_ON(mem->swap.i_pages[folio->private] != folio);
	WRITE_ONCE(mem->swap.i_pages[folio->private], NULL);
	clear_bit(PG_swapcache, &folio->flags);
	WRITE_ONCE(folio->private, 0);
	mem->swap.nrpages--;
}

/* @folio is locked and in the cache, and its caller has a reference. */
void delete_from_swap_cache(struct page *folio)
{
	unsigned int slot = (unsigned int)folio->private;
	unsigned long flags;

	spin_lock_irqsave(&mem->swap.i_pages_lock, flags);
	__delete_from_swap_cache(folio);
	spin_unlock_irqrestore(&mem->swap.i_pages_lock, flags);
	put_swap_folio(slot);
	put_page_of(folio, HOLDER_CACHE);
}

struct page *swap_cache_get_folio(unsigned int slot)
{
	return filemap_get_folio(&mem->swap, slot);
}

/*
 * Put @folio, which is locked and up to date, into the cache, dirty: it is to
 * be written to a slot of its own. False if there is none.
 */
bool add_to_swap(struct page *folio)
{
	int slot = get_swap_page();

	if (slot < 0)
		return false;
	add_to_swap_cache(folio, (unsigned int)slot);
	/* Its last copy may have been in a process's page table only. */
	folio_mark_dirty(folio);
	return true;
}

/*
 * Drop the slot of @folio, which is locked, if only the cache needs it. True if
 * the page is not in the cache any more: then it is the only copy.
 */
bool folio_free_swap(struct page *folio)
{
	if (!test_bit(PG_swapcache, &folio->flags) ||
	    test_bit(PG_writeback, &folio->flags) ||
	    has_entries((unsigned int)folio->private))
		return false;
	delete_from_swap_cache(folio);
	folio_mark_dirty(folio);
	return true;
}

/* The same if nobody maps @folio and it can be locked without waiting. */
void free_swap_cache(struct page *folio)
{
	if (!test_bit(PG_swapcache, &folio->flags) || folio_mapped(folio) ||
	    !folio_trylock(folio))
		return;
	folio_free_swap(folio);
	folio_unlock(folio);
}

/*
 * An entry is gone for good; the page goes from the cache if it was the last.
 */
void free_swap_and_cache(unsigned int slot)
{
	struct page *folio;

	swap_free(slot);
	if (has_entries(slot))
		return;
	folio = swap_cache_get_folio(slot);
	if (!folio)
		return;
	if (folio_trylock(folio)) {
		if (READ_ONCE(folio->private) == slot)
			folio_free_swap(folio);
		folio_unlock(folio);
	}
	put_page(folio);
}

/* Pages that nobody found the time for when their last entry went. */
void try_to_unuse(void)
{
	for (unsigned int slot = 0; slot < NR_SWAP_SLOTS; slot++) {
		struct page *folio;

		if (!READ_ONCE(mem->swap_map[slot]))
			continue;
		folio = swap_cache_get_folio(slot);
		if (!folio)
			continue;
		folio_lock(folio);
		folio_wait_writeback(folio);
		folio_free_swap(folio);
		folio_unlock(folio);
		put_page(folio);
	}
}

/* --- Reading in --- */

static void swap_read_folio(struct page *folio, unsigned int slot)
{
	WRITE_ONCE(mem->content[page_to_pfn(folio)],
		   READ_ONCE(mem->swap.disk[slot]));
	set_bit(PG_uptodate, &folio->flags);
}

/* @folio is new: the slot is read into it, or it is dropped. */
static int read_into_cache(struct page *folio, unsigned int slot)
{
	int ret = swapcache_prepare(slot);

	if (ret) {
		put_page(folio);
		return ret;
	}
	folio_lock(folio);
	set_bit(PG_swapbacked, &folio->flags);
	add_to_swap_cache(folio, slot);
	folio_add_lru(folio);
	swap_read_folio(folio, slot);
	folio_unlock(folio);
	return 0;
}

/*
 * A page in the cache that has, or had, what is in @slot, with a reference for
 * the caller, who must lock it and look at ->private. NULL, and *@ret is
 * -ENOMEM if there is no memory, unchanged if the slot is free by now. May
 * sleep.
 *
 * Who had an entry of that slot tries again then, even if there is one again:
 * swapped in and out meanwhile. To 6.12 such an entry is VM_FAULT_OOM, on which
 * its page fault handler tries again, too (pagefault_out_of_memory()).
 */
struct page *read_swap_cache(unsigned int slot, int *ret)
{
	for (;;) {
		struct page *folio = swap_cache_get_folio(slot);
		int err;

		if (folio)
			return folio;
		folio = alloc_pages(GFP_HIGHUSER_MOVABLE, 0);
		if (!folio) {
			*ret = -ENOMEM;
			return NULL;
		}
		err = read_into_cache(folio, slot);
		if (!err)
			return folio;
		if (err == -ENOENT)
			return NULL;
		/* Somebody is about to put it there, or to take it away. */
		cond_resched();
	}
}
