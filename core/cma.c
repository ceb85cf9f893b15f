// SPDX-License-Identifier: GPL-2.0-only
/*
 * The contiguous memory allocator: one area of CMA pageblocks, from which
 * ranges of pages are allocated by isolating them. Between such allocations
 * movable requests use the area.
 *
 * The bitmap, here a byte per page, says which pages belong to contiguous
 * allocations, or are being tried for one; cma->lock protects it. cma_mutex
 * admits one attempt at a time.
 *
 * Modelled on mm/cma.c of Linux 6.12. Left out: several areas, order_per_bit.
 */
#include "internal.h"

/* First of @count free pages at or after @start, aligned; -1 if none. */
static long __find_free_range(const struct cma *cma, unsigned int start,
			      unsigned int count, unsigned int align)
{
	unsigned int mask = (1u << align) - 1;

	while (start < cma->count) {
		/* It is the pfn that is aligned, not the index. */
		unsigned int first =
			ALIGN(cma->base_pfn + start, mask + 1) - cma->base_pfn;
		unsigned int i = 0;

		if (first + count > cma->count)
			return -1;
		while (i < count && !mem->cma_bitmap[first + i])
			i++;
		if (i == count)
			return (long)first;
		start = first + i + 1;
	}
	return -1;
}

static void __set_bitmap(unsigned int first, unsigned int count, u8 value)
{
	for (unsigned int i = 0; i < count; i++)
		mem->cma_bitmap[first + i] = value;
}

static void cma_clear_bitmap(struct cma *cma, unsigned int first,
			     unsigned int count)
{
	unsigned long flags;

	spin_lock_irqsave(&cma->lock, flags);
	__set_bitmap(first, count, 0);
	spin_unlock_irqrestore(&cma->lock, flags);
}

/* The attempts of cma_alloc(), one position after the other. */
static struct page *try_positions(struct cma *cma, unsigned int count,
				  unsigned int align, int *error)
{
	unsigned int start = 0;

	for (;;) {
		unsigned long flags;
		unsigned int pfn;
		long first;
		int ret;

		spin_lock_irqsave(&cma->lock, flags);
		first = __find_free_range(cma, start, count, align);
		if (first >= 0)
			__set_bitmap((unsigned int)first, count, 1);
		spin_unlock_irqrestore(&cma->lock, flags);
		if (first < 0)
			return NULL;

		pfn = cma->base_pfn + (unsigned int)first;
		mutex_lock(&mem->cma_mutex);
		ret = alloc_contig_range(pfn, pfn + count, MIGRATE_CMA,
					 GFP_KERNEL);
		mutex_unlock(&mem->cma_mutex);
		if (!ret)
			return pfn_to_page(pfn);

		cma_clear_bitmap(cma, (unsigned int)first, count);
		*error = ret;
		if (ret != -EBUSY)
			return NULL;
		start = (unsigned int)first + (1u << align);
	}
}

/*
 * Allocate @count pages, the first one aligned to 2^@align pages. Returns NULL
 * with @error set: -EBUSY if there were pages in use at each position that was
 * tried, -ENOMEM if there was no position to try, or no page to move one to. A
 * request that could never be met is not in the statistics. May sleep; no lock
 * held.
 */
struct page *cma_alloc(unsigned int count, unsigned int align, int *error)
{
	struct cma *cma = &mem->cma;
	struct page *page;

	*error = -ENOMEM;
	if (!count || count > cma->count)
		return NULL;
	page = try_positions(cma, count, align, error);
	if (page)
		atomic_add((int)count, &cma->nr_pages_succeeded);
	else
		atomic_add((int)count, &cma->nr_pages_failed);
	return page;
}

/* Free what cma_alloc() gave. */
void cma_release(struct page *pages, unsigned int count)
{
	struct cma *cma = &mem->cma;
	unsigned int pfn = page_to_pfn(pages);

	BUG_ON(pfn < cma->base_pfn || pfn + count > cma->base_pfn + cma->count);
	free_contig_range(pfn, count);
	cma_clear_bitmap(cma, pfn - cma->base_pfn, count);
}

/*
 * Give the reserved pageblocks of the area to the allocator. As with any other
 * free, the last one is the next to be allocated.
 */
void cma_init_reserved_area(void)
{
	struct cma *cma = &mem->cma;
	unsigned int order = min(pageblock_order, MAX_PAGE_ORDER);

	spin_lock_init(&cma->lock, 0);
	mutex_init(&mem->cma_mutex);
	cma->base_pfn = mm_geometry.cma_start;
	cma->count = mm_geometry.cma_end - mm_geometry.cma_start;

	for (unsigned int pfn = cma->base_pfn; pfn < mm_geometry.cma_end;
	     pfn += 1u << order) {
		if (pfn == pageblock_start_pfn(pfn))
			set_pageblock_migratetype(pfn, MIGRATE_CMA);
		free_reserved_block(pfn, order, FPI_NONE);
	}
}
