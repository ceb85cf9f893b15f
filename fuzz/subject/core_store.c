// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who may store where in the core's memory: what a lock protects is written by
 * whoever holds it, and per-CPU differences by their own CPU. Most stores are
 * allowed by a table that says so for each 8 bytes of the zones, the LRU and
 * its batches; what is not is looked at more closely.
 */
#include "mm.h"
#include "subject/access.h"
#include "subject/core_memory.h"
#include "subject/subject.h"

unsigned int core_dead_cpu = NR_CPUS;

/* --- One store --- */

/* The tunables are written without pcp->lock. */
static bool is_tunable(size_t offset)
{
	return offset >= offsetof(struct per_cpu_pages, high_min) &&
	       offset < offsetof(struct per_cpu_pages, lists);
}

static void need_pcp_lock(const struct per_cpu_pages *pcp, size_t offset)
{
	if (!is_tunable(offset) && !spin_is_held(&pcp->lock))
		event_lock_missing("a pcplist", "pcp->lock");
}

/* Only its own CPU may write it, while there is one; thresholds are for all. */
static void need_own_cpu(size_t offset)
{
	const size_t size = sizeof(struct per_cpu_zonestat);

	if (offset % size < offsetof(struct per_cpu_zonestat, stat_threshold) &&
	    offset / size != sim_cpu() && offset / size != core_dead_cpu)
		event_lock_missing("a per-CPU difference", "being on that CPU");
}

static void need_zone_lock(const struct zone *zone, size_t offset)
{
	const size_t stat = offsetof(struct zone, per_cpu_zonestats);
	const size_t pcp = offsetof(struct zone, per_cpu_pageset);
	const size_t size = sizeof(struct per_cpu_pages);

	if (offset >= pcp) {
		need_pcp_lock(&zone->per_cpu_pageset[(offset - pcp) / size],
			      (offset - pcp) % size);
	} else if (offset >= offsetof(struct zone, pageset_batch)) {
		if (!spin_is_held(
			    (const spinlock_t *)&mem->pcp_batch_high_lock))
			event_lock_missing("pageset tunables of the zone",
					   "pcp_batch_high_lock");
	} else if (offset >= offsetof(struct zone, nr_isolate_pageblock)) {
		if (!spin_is_held(&zone->lock))
			event_lock_missing("counters or lists of the zone",
					   "zone->lock");
	} else if (offset >= stat) {
		need_own_cpu(offset - stat);
	}
}

static void need_cma_lock(size_t offset)
{
	const u8 *byte = core_memory->live + offset;

	if (!spin_is_held(&mem->cma.lock))
		event_lock_missing("the CMA bitmap", "cma->lock");
	if (byte >=
	    mem->cma_bitmap + mm_geometry.cma_end - mm_geometry.cma_start)
		event_store_beyond("the CMA bitmap");
}

/* Only its own CPU may write it, while there is one. */
static void need_batch_cpu(size_t offset)
{
	const size_t cpu = offset / sizeof(struct cpu_fbatches);

	if (cpu != sim_cpu() && cpu != core_dead_cpu)
		event_lock_missing("a batch of pages", "being on its CPU");
}

static void need_lru_lock(void)
{
	if (!spin_is_held(&mem->lruvec.lru_lock))
		event_lock_missing("LRU lists", "lru_lock");
}

/* The subject's memory begins with struct memory and ends with the bitmap. */
void core_look_at_store(size_t offset)
{
	const size_t batches = offsetof(struct memory, fbatches);

	if (!sim_running())
		return;
	if (offset >= sizeof(struct memory))
		need_cma_lock(offset);
	else if (offset < sizeof(mem->zones))
		need_zone_lock(&mem->zones[offset / sizeof(struct zone)],
			       offset % sizeof(struct zone));
	else if (offset < batches)
		need_lru_lock();
	else if (offset < batches + sizeof(mem->fbatches))
		need_batch_cpu(offset - batches);
}

/* --- What needs no look --- */

/* By 8 bytes, see access_watch_ends(). */
static uint16_t writers[offsetof(struct memory, cma) / 8];

static void allow(size_t start, size_t end, size_t writer)
{
	for (size_t offset = start; offset < end; offset += 8)
		writers[offset / 8] = (uint16_t)writer;
}

static void allow_pcplist(size_t pcp)
{
	allow(pcp, pcp + offsetof(struct per_cpu_pages, high_min),
	      ACCESS_BY_LOCK + pcp);
	allow(pcp + offsetof(struct per_cpu_pages, lists),
	      pcp + sizeof(struct per_cpu_pages), ACCESS_BY_LOCK + pcp);
}

static void allow_zone(size_t zone)
{
	const size_t stat = zone + offsetof(struct zone, per_cpu_zonestats);
	const size_t pcp = zone + offsetof(struct zone, per_cpu_pageset);

	allow(zone + offsetof(struct zone, nr_isolate_pageblock),
	      zone + offsetof(struct zone, pageset_batch),
	      ACCESS_BY_LOCK + zone);
	for (unsigned int cpu = 0; cpu < NR_CPUS; cpu++) {
		const size_t size = sizeof(struct per_cpu_zonestat);

		allow(stat + cpu * size, stat + (cpu + 1) * size,
		      ACCESS_BY_CPU + cpu);
		allow_pcplist(pcp + cpu * sizeof(struct per_cpu_pages));
	}
}

static void allow_lru(void)
{
	const size_t lruvec = offsetof(struct memory, lruvec);
	const size_t batches = offsetof(struct memory, fbatches);
	const size_t size = sizeof(struct cpu_fbatches);

	allow(lruvec, lruvec + sizeof(struct lruvec), ACCESS_BY_LOCK + lruvec);
	for (unsigned int cpu = 0; cpu < NR_CPUS; cpu++)
		allow(batches + cpu * size, batches + (cpu + 1) * size,
		      ACCESS_BY_CPU + cpu);
}

_Static_assert(offsetof(struct memory, zones) == 0, "zones come first");
_Static_assert(offsetof(struct lruvec, lru_lock) == 0, "and this");
_Static_assert(offsetof(struct zone, lock) == 0, "so do their locks");
_Static_assert(offsetof(struct per_cpu_pages, lock) == 0, "and these");
_Static_assert(offsetof(struct memory, cma) + ACCESS_BY_LOCK < UINT16_MAX,
	       "writers are 16 bits");

void core_watch_stores(void)
{
	if (!writers[offsetof(struct zone, nr_isolate_pageblock) / 8]) {
		for (unsigned int i = 0; i < MAX_NR_ZONES; i++)
			allow_zone(i * sizeof(struct zone));
		allow_lru();
	}
	access_watch_ends(offsetof(struct memory, cma),
			  (size_t)(mem->cma_bitmap - core_memory->live),
			  writers);
}
