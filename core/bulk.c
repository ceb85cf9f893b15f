// SPDX-License-Identifier: GPL-2.0-only
/*
 * Many pages at a time: allocation and freeing for which a pcplist is locked
 * once.
 *
 * Both are order by order what alloc_pages() and free_unref_page() do. Pages of
 * isolated pageblocks bypass the pcplists here as there, and nobody holds a
 * pcp->lock for the sake of pages that do not go to its pcplist.
 *
 * Modelled on alloc_pages_bulk_noprof() and free_unref_folios() of
 * mm/page_alloc.c and on folios_put_refs() of mm/swap.c of Linux 6.12, except
 * that a bulk allocation honours the scope of its task; 6.12 forgets it. Left
 * out: lists of pages, arrays that are filled in part, other nodes.
 */
#include "internal.h"

static unsigned int bulk_alloc_flags(gfp_t gfp)
{
	return gfp_to_alloc_flags_cma(gfp, ALLOC_WMARK_LOW);
}

/* The first zone for @gfp whose watermark leaves that many pages, or NULL. */
static struct zone *zone_for_bulk(gfp_t gfp, unsigned int nr_pages)
{
	const struct watermark_look look = { .alloc_flags =
						     bulk_alloc_flags(gfp),
					     .mark = WMARK_LOW,
					     .highest_zone = gfp_zone(gfp) };

	for (unsigned int i = gfp_zone(gfp) + 1u; i-- > 0;) {
		if (zone_watermark_bulk(&mem->zones[i], &look, nr_pages))
			return &mem->zones[i];
	}
	return NULL;
}

/* From this CPU's pcplist; 0 if its lock is taken or nothing is left. */
static unsigned int rmqueue_pcplist_bulk(struct zone *zone, gfp_t gfp,
					 unsigned int nr_pages,
					 struct page **pages)
{
	unsigned int alloc_flags = bulk_alloc_flags(gfp), nr;
	enum migratetype mt = gfp_migratetype(gfp);
	struct per_cpu_pages *pcp;

	if (!may_use_pcplist(mt, alloc_flags))
		return 0;
	pcp = pcp_spin_trylock(zone);
	if (!pcp)
		return 0;
	for (nr = 0; nr < nr_pages; nr++) {
		pages[nr] = __rmqueue_pcplist(zone, 0, mt, alloc_flags, pcp);
		if (!pages[nr])
			break;
		prep_new_page(pages[nr], 0, gfp);
	}
	pcp_spin_unlock(pcp);
	return nr;
}

/*
 * Allocate up to @nr_pages single pages into @pages, without waiting. Returns
 * how many there are: all, those that the first zone for @gfp has left, or one
 * if there is any in a zone that @gfp may use and no failure is injected. No
 * locks held.
 */
unsigned int alloc_pages_bulk(gfp_t gfp, unsigned int nr_pages,
			      struct page **pages)
{
	unsigned int nr = 0;

	if (!nr_pages)
		return 0;
	if (nr_pages > 1) {
		gfp_t allowed = current_gfp_context(gfp);
		struct zone *zone;

		if (should_fail_alloc_page(allowed, 0))
			return 0;
		zone = zone_for_bulk(allowed, nr_pages);
		if (zone)
			nr = rmqueue_pcplist_bulk(zone, allowed, nr_pages,
						  pages);
	}
	if (nr)
		return nr;
	pages[0] = alloc_pages(gfp, 0);
	return pages[0] ? 1 : 0;
}

/* Drop those that must not be freed; free those that no pcplist is for. */
static void free_folios_prepare(struct folio_batch *batch)
{
	unsigned int nr = 0;

	for (unsigned int i = 0; i < batch->nr; i++) {
		struct page *page = batch->folios[i];
		unsigned int order = compound_order(page);

		if (!free_pages_prepare(page, order))
			continue;
		if (!pcp_allowed_order(order)) {
			unsigned int pfn = page_to_pfn(page);

			free_one_page(page_zone(page), page, pfn, order,
				      get_pfnblock_migratetype(pfn), FPI_NONE);
			continue;
		}
		page->private = order;
		batch->folios[nr++] = page;
	}
	batch->nr = nr;
}

/*
 * Free one block of a batch. @pcp is the pcplist that is locked, or NULL, and
 * @locked its zone; returns the one that is locked then.
 */
static struct per_cpu_pages *free_unref_folio(struct page *page,
					      struct zone **locked,
					      struct per_cpu_pages *pcp)
{
	unsigned int pfn = page_to_pfn(page);
	unsigned int order = (unsigned int)page->private;
	enum migratetype mt = get_pfnblock_migratetype(pfn);
	struct zone *zone = page_zone(page);

	page->private = 0;
	if (pcp && (*locked != zone || is_migrate_isolate(mt))) {
		pcp_spin_unlock(pcp);
		pcp = NULL;
	}
	if (!pcp && !is_migrate_isolate(mt))
		pcp = pcp_spin_trylock(zone);
	if (!pcp) {
		free_one_page(zone, page, pfn, order, mt, FPI_NONE);
		return NULL;
	}
	*locked = zone;
	page->index = mt;
	free_unref_page_commit(zone, pcp, page,
			       mt < MIGRATE_PCPTYPES ? mt : MIGRATE_MOVABLE,
			       order);
	return pcp;
}

/* Free blocks whose last references are gone. No lock held. */
static void free_unref_folios(struct folio_batch *batch)
{
	struct per_cpu_pages *pcp = NULL;
	struct zone *locked = NULL;

	free_folios_prepare(batch);
	for (unsigned int i = 0; i < batch->nr; i++)
		pcp = free_unref_folio(batch->folios[i], &locked, pcp);
	if (pcp)
		pcp_spin_unlock(pcp);
	batch->nr = 0;
}

/*
 * Drop a reference on each of @nr_pages pages, and free together those that it
 * was the last one of. No lock of the allocator held.
 */
void release_pages(struct page **pages, unsigned int nr_pages)
{
	struct folio_batch batch = { .nr = 0 };

	for (unsigned int i = 0; i < nr_pages; i++) {
		struct page *page = compound_head(pages[i]);

		if (!atomic_dec_and_test(&page->refcount))
			continue;
		if (page->flags & 1ul << PG_lru)
			lru_remove_freed(page);
		folio_unqueue_deferred_split(page);
		batch.folios[batch.nr++] = page;
		if (batch.nr == PAGEVEC_SIZE)
			free_unref_folios(&batch);
	}
	free_unref_folios(&batch);
}
