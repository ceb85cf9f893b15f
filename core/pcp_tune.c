// SPDX-License-Identifier: GPL-2.0-only
/*
 * How long the pcplists may grow, and how many pages go there at once.
 *
 * Each pcplist has three tunables: batch, and the least and the largest value
 * of high, between which it follows what its CPU does. The zone keeps what they
 * are meant to be, for its pcplists may be disabled: high 0, batch 1.
 *
 * pcp_batch_high_lock serializes whoever writes tunables, and is held for as
 * long as the pcplists of a zone are disabled. Readers have pcp->lock only and
 * cope with seeing some new and some old ones. pcpu_drain_mutex nests inside.
 *
 * Modelled on mm/page_alloc.c of Linux 6.12. Left out: nodes, boot pagesets,
 * percpu_pagelist_high_fraction (values are given as they are).
 */
#include "internal.h"

static void pageset_update(struct per_cpu_pages *pcp, int high_min,
			   int high_max, int batch)
{
	WRITE_ONCE(pcp->batch, batch);
	WRITE_ONCE(pcp->high_min, high_min);
	WRITE_ONCE(pcp->high_max, high_max);
}

/* Also of CPUs that are offline: they find it so when they come back. */
static void update_pagesets(struct zone *zone, int high_min, int high_max,
			    int batch)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		pageset_update(&zone->per_cpu_pageset[cpu], high_min, high_max,
			       batch);
}

/* About 0.1 % of the zone, at most 1 MB of 4 kB pages; 2^n - 1. */
static int zone_batchsize(const struct zone *zone)
{
	unsigned long batch =
		min(READ_ONCE(zone->managed_pages) >> 10, 256ul) / 4;
	unsigned long pow2 = 1;

	batch = max(batch, 1ul);
	batch += batch / 2;
	while (pow2 * 2 <= batch)
		pow2 *= 2;
	return (int)max(pow2 - 1, 1ul);
}

/* @total is for all CPUs, @coming of which are not online yet. */
static int zone_highsize(unsigned long total, int batch, unsigned int coming)
{
	int high = (int)(total / (num_online_cpus() + coming));

	return max(high, batch << 2);
}

/*
 * As pcp_batch_high_lock and whoever holds it has it: what tuning asks for, or
 * the kernel's own choice.
 */
static void zone_set_pageset(struct zone *zone, unsigned int coming)
{
	int batch = mem->pcp_batch_wanted, high_min = mem->pcp_high_wanted;
	int high_max = high_min;

	if (!batch)
		batch = zone_batchsize(zone);
	if (high_min) {
		high_min = high_max = max(high_min, batch << 2);
	} else {
		/* Racy: watermarks may change, and be boosted, meanwhile. */
		high_min = zone_highsize(wmark_pages(zone, WMARK_LOW), batch,
					 coming);
		high_max = zone_highsize(READ_ONCE(zone->managed_pages) / 8,
					 batch, coming);
	}
	if (zone->pageset_high_min == high_min &&
	    zone->pageset_high_max == high_max && zone->pageset_batch == batch)
		return;
	zone->pageset_high_min = high_min;
	zone->pageset_high_max = high_max;
	zone->pageset_batch = batch;
	update_pagesets(zone, high_min, high_max, batch);
}

/*
 * Set batch and high of all pcplists. 0 stands for the kernel's own choice,
 * and only then is high tuned automatically (percpu_pagelist_high_fraction).
 * May sleep; no lock held.
 */
void zone_pageset_tune(int batch, int high)
{
	struct zone *zone;

	mutex_lock(&mem->pcp_batch_high_lock);
	mem->pcp_batch_wanted = batch;
	mem->pcp_high_wanted = high;
	for_each_populated_zone(zone) zone_set_pageset(zone, 0);
	mutex_unlock(&mem->pcp_batch_high_lock);
}

/*
 * The zone has another number of pages or other watermarks, or its pcplists
 * share it with other CPUs: @coming are about to come online. May sleep; no
 * lock held.
 */
void zone_pcp_update(struct zone *zone, unsigned int coming)
{
	mutex_lock(&mem->pcp_batch_high_lock);
	zone_set_pageset(zone, coming);
	mutex_unlock(&mem->pcp_batch_high_lock);
}

/*
 * Disable the pcplists of @zone until zone_pcp_enable(), which the same task
 * must call: from now on they are empty whenever their lock is free. A free or
 * an allocation that runs meanwhile either has its page linked before the drain
 * takes pcp->lock, or sees the new limits. May sleep; pcp_batch_high_lock is
 * held when it returns. Callers have cpus_read_lock(), or a CPU that is going
 * offline may still have pages.
 */
void zone_pcp_disable(struct zone *zone)
{
	mutex_lock(&mem->pcp_batch_high_lock);
	update_pagesets(zone, 0, 0, 1);
	__drain_all_pages(zone, DRAIN_ALL_CPUS);
}

/* End what zone_pcp_disable() has begun. */
void zone_pcp_enable(struct zone *zone)
{
	update_pagesets(zone, zone->pageset_high_min, zone->pageset_high_max,
			zone->pageset_batch);
	mutex_unlock(&mem->pcp_batch_high_lock);
}

/*
 * The CPU's share of the data cache has room for @pages pages: if these are
 * more than three batches, pages of high order may stay on its pcplists until
 * there is a batch of them. No lock held.
 */
void setup_pcp_cacheinfo(unsigned int cpu, int pages)
{
	struct zone *zone;

	for_each_populated_zone(zone)
	{
		struct per_cpu_pages *pcp = &zone->per_cpu_pageset[cpu];

		spin_lock(&pcp->lock);
		if (pages > 3 * READ_ONCE(pcp->batch))
			pcp->flags |= PCPF_FREE_HIGH_BATCH;
		else
			pcp->flags &= (u8)~PCPF_FREE_HIGH_BATCH;
		spin_unlock(&pcp->lock);
	}
}

/*
 * @cpu has gone offline and runs no more: nobody else can reach what it keeps
 * in its batches, on its pcplists and in its counters. Called on another CPU;
 * may sleep; no lock held.
 */
void page_alloc_cpu_dead(unsigned int cpu)
{
	struct zone *zone;

	lru_add_drain_cpu(cpu);
	mlock_drain_remote(cpu);
	drain_pages(cpu, NULL);
	cpu_vm_stats_fold(cpu);
	for_each_populated_zone(zone) zone_pcp_update(zone, 0);
}

/* @cpu is about to come online. Called on another CPU; may sleep. */
void page_alloc_cpu_online(unsigned int cpu)
{
	struct zone *zone;

	(void)cpu; /* its pcplists are as page_alloc_cpu_dead() left them */
	for_each_populated_zone(zone) zone_pcp_update(zone, 1);
}
