// SPDX-License-Identifier: GPL-2.0-only
/* Operations of the seam on blocks and their pages. */
#include <linux/gfp.h>
#include <linux/migrate.h>
#include <linux/pagemap.h>
#include <linux/sched/mm.h>

#include "kernel.h"

#define MAX_BULK 32
#define GFP_NORETRY_ROW 5 /* SUBJECT_GFP_NORETRY */

/*
 * A user's page that nobody can migrate now: movable for isolation, but under
 * isolation by somebody else already, so that no scanner takes a reference.
 */
static const struct movable_operations busy_elsewhere;

/*
 * No such page is larger than a pageblock; isolation warns of one. It stays so
 * until it is freed, by its owner or by who has looked it up meanwhile.
 */
static void make_movable(struct page *page)
{
	if (compound_order(page) > pageblock_order)
		return;
	page->mapping =
		(void *)((unsigned long)&busy_elsewhere | PAGE_MAPPING_MOVABLE);
	SetPageIsolated(page);
}

/*
 * Nobody is killed, which __GFP_RETRY_MAYFAIL asks for. With __GFP_NORETRY
 * there is one pass of direct reclaim and compaction: most requests are such,
 * since there is nothing to reclaim, and one that retries passes thousands of
 * yield points.
 */
static gfp_t gfp_of(unsigned int request, unsigned int gfp)
{
	static const gfp_t mobility[] = { GFP_HIGHUSER_MOVABLE & ~__GFP_RECLAIM,
					  __GFP_IO | __GFP_FS,
					  __GFP_IO | __GFP_FS |
						  __GFP_RECLAIMABLE };
	/* In the order of enum subject_gfp. */
	static const gfp_t flags[] = {
		__GFP_RECLAIM | __GFP_RETRY_MAYFAIL,
		__GFP_KSWAPD_RECLAIM,
		__GFP_HIGH | __GFP_KSWAPD_RECLAIM,
		__GFP_RECLAIM | __GFP_HIGH | __GFP_RETRY_MAYFAIL,
		__GFP_HIGH | __GFP_KSWAPD_RECLAIM | __GFP_NOMEMALLOC,
		__GFP_RECLAIM | __GFP_NORETRY,
		__GFP_HIGH | __GFP_KSWAPD_RECLAIM | __GFP_MEMALLOC,
		__GFP_NOMEMALLOC
	};

	return mobility[request] | flags[gfp] | __GFP_NOWARN;
}

static long alloc(unsigned int request, gfp_t gfp, unsigned int order)
{
	struct page *page = alloc_pages(gfp, order);

	if (!page)
		return -ENOMEM;
	if (request == 0)
		make_movable(page);
	return (long)tree_to_pfn(page);
}

long tree_alloc_pages(unsigned int request, unsigned int gfp,
		      unsigned int order)
{
	return alloc(request, gfp_of(request, gfp), order);
}

long tree_alloc_compound(unsigned int request, unsigned int gfp,
			 unsigned int order)
{
	return alloc(request, gfp_of(request, gfp) | __GFP_COMP, order);
}

void tree_free_pages(unsigned int pfn, unsigned int order)
{
	__free_pages(tree_to_page(pfn), order);
}

unsigned int tree_alloc_bulk(unsigned int request, unsigned int nr_pages,
			     unsigned int *pfn)
{
	struct page *pages[MAX_BULK] = { NULL };
	gfp_t gfp = gfp_of(request, GFP_NORETRY_ROW);
	unsigned int nr;

	if (host_is_known(FINDING_bulk_ignores_pin_scope))
		gfp = current_gfp_context(gfp);
	nr = (unsigned int)alloc_pages_bulk_array(gfp, nr_pages, pages);
	for (unsigned int i = 0; i < nr; i++) {
		if (request == 0)
			make_movable(pages[i]);
		pfn[i] = (unsigned int)tree_to_pfn(pages[i]);
	}
	return nr;
}

void tree_free_bulk(const unsigned int *pfn, unsigned int nr_pages)
{
	struct page *pages[MAX_BULK];

	for (unsigned int i = 0; i < nr_pages; i++)
		pages[i] = tree_to_page(pfn[i]);
	release_pages(pages, (int)nr_pages);
}

void tree_split(unsigned int pfn, unsigned int order)
{
	split_page(tree_to_page(pfn), order);
}

void tree_use(unsigned int pfn, unsigned int nr_pages)
{
	for (unsigned int i = 0; i < nr_pages; i++)
		set_page_private(tree_to_page(pfn + i), pfn + i + 1);
}

/*
 * As pfn_to_online_page() and get_page_unless_zero(), without the end of RCU
 * sections: there another CPU could go on before the harness knows of the
 * reference.
 */
int tree_get(unsigned int pfn)
{
	if (!online_section_nr(pfn_to_section_nr(BRIDGE_START_PFN + pfn)))
		return 0;
	return atomic_add_unless(&tree_to_page(pfn)->_refcount, 1, 0);
}

void tree_put(unsigned int pfn)
{
	put_page(tree_to_page(pfn));
}
