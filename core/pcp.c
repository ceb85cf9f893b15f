// SPDX-License-Identifier: GPL-2.0-only
/*
 * Per-CPU lists of pages: caches in front of the free lists.
 *
 * A page on a pcplist has refcount 0 and counts as neither free nor isolated.
 * There is a list for each of three types and each order up to 3, and two for
 * huge pages. CMA pages ride on the movable lists; pages of an isolated block
 * bypass them. The type read for that is a racy one: a block may be isolated
 * while its pages lie on a pcplist, so their type is read again when they
 * leave for the free lists.
 *
 * pcp->lock protects the lists and everything but the tunables. It is tried,
 * not waited for, by those who allocate and free: if a drain of this pcplist
 * is under way they bypass it. zone->lock nests inside of it.
 *
 * How long the lists may grow is in pcp_tune.c. Where they are disabled (high
 * 0, batch 1) a page is linked and goes on to the free lists before pcp->lock
 * is free again.
 *
 * Modelled on mm/page_alloc.c of Linux 6.12. Left out: draining the pcplists of
 * other nodes by vmstat work.
 */
#include "internal.h"

/* Huge pages exist where a pageblock is one, and not a costly order itself. */
static bool has_huge_pages(void)
{
	return pageblock_order > PAGE_ALLOC_COSTLY_ORDER &&
	       pageblock_order <= MAX_PAGE_ORDER;
}

bool pcp_allowed_order(unsigned int order)
{
	return order <= PAGE_ALLOC_COSTLY_ORDER ||
	       (has_huge_pages() && order == pageblock_order);
}

static unsigned int order_to_pindex(enum migratetype mt, unsigned int order)
{
	if (order > PAGE_ALLOC_COSTLY_ORDER) {
		/* CMA pages lie on the movable one. */
		return NR_LOWORDER_PCP_LISTS +
		       (mt == MIGRATE_MOVABLE &&
			!buggy(thp_pcplist_mixes_types));
	}
	return MIGRATE_PCPTYPES * order + mt;
}

static unsigned int pindex_to_order(unsigned int pindex)
{
	if (pindex >= NR_LOWORDER_PCP_LISTS)
		return pageblock_order;
	return pindex / MIGRATE_PCPTYPES;
}

/*
 * Give one block of a pcplist, already unlinked, back to the free lists. It
 * covers several pageblocks if these are smaller than a costly order.
 */
static void __free_pcp_page(struct zone *zone, struct page *page,
			    unsigned int order)
{
	unsigned int pfn = page_to_pfn(page);
	enum migratetype stale = (enum migratetype)page->index;

	if (!buggy(pcp_stale_type_bulk_free)) {
		__split_large_buddy(zone, pfn, order, FPI_NONE);
		return;
	}
	__free_one_page(page, pfn, zone, order, stale, FPI_NONE);
	__recount_freepages(zone, 1L << order, stale, __block_type(pfn));
}

/*
 * Free about @count pages of @pcp, round robin over its lists, beginning with
 * list @pindex. pcp->lock held.
 */
static void free_pcppages_bulk(struct zone *zone, int count,
			       struct per_cpu_pages *pcp, unsigned int pindex)
{
	unsigned long flags;

	lockdep_assert_held(&pcp->lock);
	count = min(pcp->count, count);
	pindex = pindex ? pindex - 1 : NR_PCP_LISTS - 1;

	spin_lock_irqsave(&zone->lock, flags);
	while (count > 0) {
		struct list_head *list;
		unsigned int order;
		int nr_pages;

		do {
			if (++pindex > NR_PCP_LISTS - 1)
				pindex = 0;
			list = &pcp->lists[pindex];
		} while (list_empty(list));

		order = pindex_to_order(pindex);
		nr_pages = 1 << order;
		do {
			struct page *page =
				list_last_entry(list, struct page, lru);

			list_del(&page->lru);
			count -= nr_pages;
			pcp->count -= nr_pages;
			__free_pcp_page(zone, page, order);
		} while (count > 0 && !list_empty(list));
	}
	spin_unlock_irqrestore(&zone->lock, flags);
}

static int nr_pcp_free(const struct per_cpu_pages *pcp, int batch, int high,
		       bool free_high)
{
	if (free_high)
		return min(pcp->count, batch << PCP_BATCH_SCALE_MAX);
	/* pcplists disabled, or too small to keep a batch. */
	if (high < batch)
		return 1;
	/* Free more at once the longer nothing but frees has come. */
	return clamp(pcp->free_count, batch, high - batch);
}

/* How many pages may stay: fewer where memory is short. */
static int nr_pcp_high(struct zone *zone, struct per_cpu_pages *pcp, int batch,
		       bool free_high)
{
	int freed = max(pcp->free_count, batch);
	int high_min = READ_ONCE(pcp->high_min);
	int high_max = READ_ONCE(pcp->high_max);
	int high = pcp->high = clamp(pcp->high, high_min, high_max);

	if (!high)
		return 0;
	if (free_high) {
		pcp->high =
			max(high - (batch << PCP_BATCH_SCALE_MAX), high_min);
		return 0;
	}
	if (test_bit(ZONE_RECLAIM_ACTIVE, &zone->flags)) {
		pcp->high = max(high - freed, high_min);
		return min(batch << 2, pcp->high);
	}
	if (high_min == high_max)
		return high;
	if (test_bit(ZONE_BELOW_HIGH, &zone->flags)) {
		pcp->high = max(high - freed, high_min);
		return max(pcp->count, high_min);
	}
	if (pcp->count >= high && high < pcp->free_count + batch)
		pcp->high = clamp(pcp->free_count + batch, high_min, high_max);
	return high;
}

/*
 * Whether to empty the pcplist of high-order pages: many frees of them in a
 * row without an allocation fragment memory.
 */
static bool pcp_free_high(struct per_cpu_pages *pcp, unsigned int order,
			  int batch)
{
	bool free_high = false;

	if (order && order <= PAGE_ALLOC_COSTLY_ORDER) {
		free_high = pcp->free_count >= batch &&
			    (pcp->flags & PCPF_PREV_FREE_HIGH_ORDER) &&
			    (!(pcp->flags & PCPF_FREE_HIGH_BATCH) ||
			     pcp->count >= batch);
		pcp->flags |= PCPF_PREV_FREE_HIGH_ORDER;
	} else {
		pcp->flags &= (u8)~PCPF_PREV_FREE_HIGH_ORDER;
	}
	return free_high;
}

/* Link a page to @pcp, pcp->lock held, and free a batch if it is too long. */
void free_unref_page_commit(struct zone *zone, struct per_cpu_pages *pcp,
			    struct page *page, enum migratetype mt,
			    unsigned int order)
{
	unsigned int pindex = order_to_pindex(mt, order);
	int batch, high;
	bool free_high;

	pcp->alloc_factor >>= 1;
	list_add(&page->lru, &pcp->lists[pindex]);
	pcp->count += 1 << order;

	batch = READ_ONCE(pcp->batch);
	free_high = pcp_free_high(pcp, order, batch);
	if (pcp->free_count < batch << PCP_BATCH_SCALE_MAX)
		pcp->free_count += 1 << order;
	high = nr_pcp_high(zone, pcp, batch, free_high);
	if (pcp->count >= high)
		free_pcppages_bulk(zone,
				   nr_pcp_free(pcp, batch, high, free_high),
				   pcp, pindex);
}

/*
 * The pcplist of @zone of the CPU the caller runs on, locked and with
 * preemption off; NULL if its lock is taken.
 */
struct per_cpu_pages *pcp_spin_trylock(struct zone *zone)
{
	struct per_cpu_pages *pcp;

	preempt_disable();
	pcp = this_cpu_pageset(zone);
	if (spin_trylock(&pcp->lock))
		return pcp;
	preempt_enable();
	return NULL;
}

void pcp_spin_unlock(struct per_cpu_pages *pcp)
{
	spin_unlock(&pcp->lock);
	preempt_enable();
}

/* Free a block whose last reference is gone. No lock of the allocator held. */
void free_unref_page(struct page *page, unsigned int order)
{
	unsigned int pfn = page_to_pfn(page);
	enum migratetype mt, pcp_mt;
	struct zone *zone = page_zone(page);
	struct per_cpu_pages *pcp;

	if (!free_pages_prepare(page, order))
		return;
	mt = get_pfnblock_migratetype(pfn);
	if (!pcp_allowed_order(order) || is_migrate_isolate(mt)) {
		free_one_page(zone, page, pfn, order, mt, FPI_NONE);
		return;
	}

	pcp_mt = mt < MIGRATE_PCPTYPES ? mt : MIGRATE_MOVABLE;
	pcp = pcp_spin_trylock(zone);
	if (!pcp) {
		/* The pcplist's type would be the wrong one for CMA pages. */
		if (buggy(pcp_trylock_bypass_wrong_list))
			free_one_page(zone, page, pfn, order, pcp_mt,
				      FPI_KEEP_TYPE);
		else
			free_one_page(zone, page, pfn, order, mt, FPI_NONE);
		return;
	}
	page->index = mt;
	free_unref_page_commit(zone, pcp, page, pcp_mt, order);
	pcp_spin_unlock(pcp);
}

/*
 * How many blocks to take from the free lists at once; the number doubles as
 * long as order-0 allocations go on without a free.
 */
static int nr_pcp_alloc(struct zone *zone, struct per_cpu_pages *pcp,
			unsigned int order)
{
	int base_batch = READ_ONCE(pcp->batch);
	int high_min = READ_ONCE(pcp->high_min);
	int high_max = READ_ONCE(pcp->high_max);
	int high = pcp->high = clamp(pcp->high, high_min, high_max);
	int batch = base_batch, max_nr_alloc;

	if (high < base_batch)
		return 1;
	if (!order)
		batch <<= pcp->alloc_factor;
	if (high_min != high_max && !test_bit(ZONE_BELOW_HIGH, &zone->flags))
		high = pcp->high = min(high + batch, high_max);
	if (!order) {
		max_nr_alloc = max(high - pcp->count - base_batch, base_batch);
		if (batch <= max_nr_alloc &&
		    pcp->alloc_factor < PCP_BATCH_SCALE_MAX)
			pcp->alloc_factor++;
		batch = min(batch, max_nr_alloc);
	}
	/* A batch of 1 may mean that nothing is to be kept here. */
	return batch > 1 ? max(batch >> order, 2) : batch;
}

/* Take up to @count blocks off the free lists; returns how many there were. */
static int rmqueue_bulk(struct zone *zone, unsigned int order, int count,
			struct list_head *list, enum migratetype mt,
			unsigned int alloc_flags)
{
	enum rmqueue_mode mode = RMQUEUE_NORMAL;
	unsigned long flags;
	int i;

	spin_lock_irqsave(&zone->lock, flags);
	for (i = 0; i < count; i++) {
		struct page *page =
			__rmqueue(zone, order, mt, alloc_flags, &mode);

		if (!page)
			break;
		page->index = __block_type(page_to_pfn(page));
		list_add_tail(&page->lru, list);
	}
	spin_unlock_irqrestore(&zone->lock, flags);
	return i;
}

/* First page of a pcplist, pcp->lock held, refilled if it is empty. */
struct page *__rmqueue_pcplist(struct zone *zone, unsigned int order,
			       enum migratetype mt, unsigned int alloc_flags,
			       struct per_cpu_pages *pcp)
{
	struct list_head *list = &pcp->lists[order_to_pindex(mt, order)];
	struct page *page;

	if (list_empty(list)) {
		int batch = nr_pcp_alloc(zone, pcp, order);

		pcp->count +=
			rmqueue_bulk(zone, order, batch, list, mt, alloc_flags)
			<< order;
		if (list_empty(list))
			return NULL;
	}
	page = list_first_entry(list, struct page, lru);
	list_del(&page->lru);
	pcp->count -= 1 << order;
	return page;
}

/*
 * A block from this CPU's pcplist; NULL if its lock is taken or neither it nor
 * the free lists have one. No lock held.
 */
struct page *rmqueue_pcplist(struct zone *zone, unsigned int order,
			     enum migratetype mt, unsigned int alloc_flags)
{
	struct per_cpu_pages *pcp = pcp_spin_trylock(zone);
	struct page *page;

	if (!pcp)
		return NULL;
	pcp->free_count >>= 1;
	page = __rmqueue_pcplist(zone, order, mt, alloc_flags, pcp);
	pcp_spin_unlock(pcp);
	return page;
}

/* Empty the pcplist of @cpu, in bites, so that zone->lock is given up. */
static void drain_pages_zone(unsigned int cpu, struct zone *zone)
{
	struct per_cpu_pages *pcp = &zone->per_cpu_pageset[cpu];
	int count;

	do {
		/* Pages just linked are counted before the lock is free. */
		if (buggy(pcp_count_drain_race) && !READ_ONCE(pcp->count))
			return;
		spin_lock(&pcp->lock);
		count = pcp->count;
		if (count) {
			int to_drain =
				min(count, READ_ONCE(pcp->batch)
						   << PCP_BATCH_SCALE_MAX);

			free_pcppages_bulk(zone, to_drain, pcp, 0);
			count -= to_drain;
		}
		spin_unlock(&pcp->lock);
	} while (count > 0);
}

/* Empty the pcplists of @cpu, of @zone or of all zones if that is NULL. */
void drain_pages(unsigned int cpu, struct zone *zone)
{
	struct zone *z;

	if (zone) {
		drain_pages_zone(cpu, zone);
		return;
	}
	for_each_populated_zone(z) drain_pages_zone(cpu, z);
}

/*
 * Empty the pcplist of the CPU the caller runs on, of @zone or of all zones if
 * that is NULL. No lock held.
 */
void drain_local_pages(struct zone *zone)
{
	drain_pages(smp_processor_id(), zone);
}

/* Read without pcp->lock: pages on their way to a pcplist do not show. */
static bool has_pcp_pages(unsigned int cpu, struct zone *zone)
{
	struct zone *z;

	if (zone)
		return READ_ONCE(zone->per_cpu_pageset[cpu].count) != 0;
	for_each_populated_zone(z)
	{
		if (READ_ONCE(z->per_cpu_pageset[cpu].count))
			return true;
	}
	return false;
}

/*
 * As drain_all_pages(); with DRAIN_ALL_CPUS also those CPUs that seem to hold
 * nothing, so that each one has been seen with its pcplist empty.
 */
void __drain_all_pages(struct zone *zone, enum drain drain)
{
	bool has_pages[NR_CPUS] = { false };
	unsigned int cpu;

	if (!mutex_trylock(&mem->pcpu_drain_mutex)) {
		/* Who wants one zone needs to know when it is done. */
		if (!zone)
			return;
		mutex_lock(&mem->pcpu_drain_mutex);
	}
	for_each_online_cpu(cpu)
		has_pages[cpu] = drain == DRAIN_ALL_CPUS ||
				 has_pcp_pages(cpu, zone);
	for_each_possible_cpu(cpu) {
		if (has_pages[cpu])
			drain_pages(cpu, zone);
	}
	mutex_unlock(&mem->pcpu_drain_mutex);
}

/*
 * Empty the pcplists of @zone, or of all zones if that is NULL, of all CPUs
 * that seem to hold pages: a page on its way to one is missed, as is one freed
 * later. With NULL, nothing is done if a drain is under way. May sleep; no lock
 * held.
 */
void drain_all_pages(struct zone *zone)
{
	__drain_all_pages(zone, DRAIN_CPUS_WITH_PAGES);
}

/*
 * Let the pcplist @pcp of the CPU the caller runs on become shorter by an
 * eighth, if nobody has needed its length; called by vmstat work. Returns
 * whether there was something to do, so that it comes again.
 *
 * 6.12 changes ->high without pcp->lock, which a free that preempts it may
 * undo; here it is held for that.
 */
bool decay_pcp_high(struct zone *zone, struct per_cpu_pages *pcp)
{
	int high_min = READ_ONCE(pcp->high_min);
	int batch = READ_ONCE(pcp->batch);
	bool todo = false;
	int to_drain;

	spin_lock(&pcp->lock);
	if (pcp->high > high_min) {
		/* No more than can be drained without a long wait. */
		pcp->high = max(pcp->count - (batch << PCP_BATCH_SCALE_MAX),
				pcp->high - (pcp->high >> 3));
		pcp->high = max(pcp->high, high_min);
		todo = pcp->high > high_min;
	}
	to_drain = pcp->count - pcp->high;
	spin_unlock(&pcp->lock);

	for (; to_drain > 0; to_drain -= batch) {
		spin_lock(&pcp->lock);
		free_pcppages_bulk(zone, min(to_drain, batch), pcp, 0);
		spin_unlock(&pcp->lock);
		todo = true;
	}
	return todo;
}

static void pcp_init(struct per_cpu_pages *pcp, unsigned int nr)
{
	spin_lock_init(&pcp->lock, nr);
	for (unsigned int i = 0; i < NR_PCP_LISTS; i++)
		INIT_LIST_HEAD(&pcp->lists[i]);
}

/* At boot, before anything is freed to a pcplist. */
void zone_pcp_init(void)
{
	struct zone *zone;

	mutex_init(&mem->pcpu_drain_mutex);
	mutex_init(&mem->pcp_batch_high_lock);
	for_each_populated_zone(zone)
	{
		unsigned int nr = (unsigned int)(zone - mem->zones) * NR_CPUS;

		for (unsigned int cpu = 0; cpu < NR_CPUS; cpu++)
			pcp_init(&zone->per_cpu_pageset[cpu], nr + cpu);
	}
}
