// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counters of a zone, kept in two parts: what all know, and for each CPU a
 * small difference that only it knows.
 *
 * A CPU adds its difference to the zone's counter when it has grown beyond
 * stat_threshold, or when its vmstat work runs. The sum of all parts is exact
 * whenever zone->lock is free and nobody is between taking a difference and
 * adding it; the counter alone is off by a threshold for each CPU.
 *
 * A difference is written by its own CPU, with interrupts off or by one atomic
 * instruction; that of an offline CPU by who takes it down. The counters are
 * atomic.
 *
 * Modelled on mm/vmstat.c of Linux 6.12. Left out: everything but the two
 * counters of free pages, node and global counters.
 */
#include "internal.h"

/*
 * Add @delta to a counter of @zone. Interrupts are off: zone->lock is held for
 * the counters that there are.
 */
void __mod_zone_page_state(struct zone *zone, enum zone_stat_item item,
			   long delta)
{
	struct per_cpu_zonestat *pzstats =
		&zone->per_cpu_zonestats[smp_processor_id()];
	long x = pzstats->vm_stat_diff[item] + delta;

	if (x > pzstats->stat_threshold || -x > pzstats->stat_threshold) {
		atomic_add((int)x, &zone->vm_stat[item]);
		x = 0;
	}
	pzstats->vm_stat_diff[item] = (signed char)x;
}

/* The counter without the differences, which may make it negative. */
unsigned long zone_page_state(const struct zone *zone, enum zone_stat_item item)
{
	int x = atomic_read(&zone->vm_stat[item]);

	return (unsigned long)max(x, 0);
}

/* With the differences of all CPUs, which may change meanwhile. */
unsigned long zone_page_state_snapshot(const struct zone *zone,
				       enum zone_stat_item item)
{
	int x = atomic_read(&zone->vm_stat[item]);
	unsigned int cpu;

	for_each_online_cpu(cpu)
		x += zone->per_cpu_zonestats[cpu].vm_stat_diff[item];
	return (unsigned long)max(x, 0);
}

static int fls(unsigned long x)
{
	int nr = 0;

	for (; x; x >>= 1)
		nr++;
	return nr;
}

/* It grows with the CPUs and, in units of 128 MB, with the zone. */
static int calculate_normal_threshold(const struct zone *zone)
{
	int threshold = 2 * fls(num_online_cpus()) *
			(1 + fls(zone->managed_pages >> 15));

	return min(threshold, 125);
}

static void refresh_threshold(struct zone *zone)
{
	const unsigned long *mark = zone->_watermark;
	int threshold = calculate_normal_threshold(zone);
	unsigned long max_drift = num_online_cpus() * (unsigned long)threshold;
	unsigned long flags;
	unsigned int cpu;

	spin_lock_irqsave(&zone->lock, flags);
	for_each_possible_cpu(cpu)
		zone->per_cpu_zonestats[cpu].stat_threshold =
			(signed char)threshold;
	/* Could a request believe in LOW where there is less than MIN? */
	zone->percpu_drift_mark = 0;
	if (max_drift > mark[WMARK_LOW] - mark[WMARK_MIN])
		zone->percpu_drift_mark = mark[WMARK_HIGH] + max_drift;
	spin_unlock_irqrestore(&zone->lock, flags);
}

/* After boot, and whenever the watermarks have changed. No lock held. */
void refresh_zone_stat_thresholds(void)
{
	struct zone *zone;

	for_each_populated_zone(zone) refresh_threshold(zone);
}

/* One atomic instruction: nothing of this CPU comes in between. */
static int this_cpu_xchg_diff(struct zone *zone, enum zone_stat_item item)
{
	struct per_cpu_zonestat *pzstats =
		&zone->per_cpu_zonestats[smp_processor_id()];
	int v = pzstats->vm_stat_diff[item];

	pzstats->vm_stat_diff[item] = 0;
	return v;
}

static void fold_zone(struct zone *zone)
{
	for (unsigned int i = 0; i < NR_VM_ZONE_STAT_ITEMS; i++) {
		int v = this_cpu_xchg_diff(zone, (enum zone_stat_item)i);

		if (v)
			atomic_add(v, &zone->vm_stat[i]);
	}
}

/*
 * Add what @cpu, which has just gone offline, has not added itself. No lock
 * held.
 */
void cpu_vm_stats_fold(unsigned int cpu)
{
	struct zone *zone;

	for_each_populated_zone(zone)
	{
		signed char *diff = zone->per_cpu_zonestats[cpu].vm_stat_diff;

		for (unsigned int i = 0; i < NR_VM_ZONE_STAT_ITEMS; i++) {
			int v = diff[i];

			diff[i] = 0;
			if (v)
				atomic_add(v, &zone->vm_stat[i]);
		}
	}
}

/*
 * The periodic work of the CPU it runs on: add its differences to the counters,
 * and let its pcplists become shorter. The caller cannot go to another CPU. No
 * lock held.
 */
void vmstat_update(void)
{
	struct zone *zone;

	for_each_populated_zone(zone)
	{
		fold_zone(zone);
		decay_pcp_high(zone, this_cpu_pageset(zone));
	}
}
