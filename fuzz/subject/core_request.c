// SPDX-License-Identifier: GPL-2.0-only
/* What the core as a subject has of rights, watermarks and counters. */
#include <stdlib.h>

#include "mm.h"
#include "sim/sim.h"
#include "subject/subject.h"

_Static_assert((int)WMARK_HIGH == (int)SUBJECT_WMARK_HIGH, "watermarks");

void subject_set_rights(enum subject_task_rights rights)
{
	static const enum task_rights to_core[] = { TASK_NORMAL, TASK_MEMALLOC,
						    TASK_OOM_VICTIM,
						    TASK_REALTIME };

	set_task_rights(to_core[rights]);
}

void subject_set_min_free(unsigned int min_free)
{
	set_min_free_pages(mm_geometry.nr_pages / 16 * min_free);
}

/* Nobody else names these works. */
static char vmstat_works[NR_CPUS];

/* The periodic works of a CPU; kswapd, if it was woken, gets its turn here. */
static void vmstat_work(void *work)
{
	(void)work;
	event_fold_begin();
	vmstat_update();
	event_fold_end();
	balance_pgdat();
}

void subject_vmstat(unsigned int cpu)
{
	void *work = &vmstat_works[cpu % mm_geometry.nr_cpus];

	sim_queue_work(cpu, work, vmstat_work, PLACE("queue_work"));
	sim_flush_work(work, PLACE("flush_work"));
}

void subject_watermarks(unsigned int nr, struct subject_watermarks_view *view)
{
	const struct zone *zone = &mem->zones[nr];

	for (unsigned int i = 0; i < NR_WMARK; i++)
		view->mark[i] = zone->_watermark[i];
	view->boost = zone->watermark_boost;
	view->drift_mark = zone->percpu_drift_mark;
	for (unsigned int i = 0; i < MAX_NR_ZONES; i++)
		view->lowmem_reserve[i] = zone->lowmem_reserve[i];
	view->free_drift = view->cma_drift = 0;
	view->offline_drift = view->offline_cma_drift = 0;
	for (unsigned int cpu = 0; cpu < mm_geometry.nr_cpus; cpu++) {
		const signed char *diff =
			zone->per_cpu_zonestats[cpu].vm_stat_diff;

		view->free_drift += abs(diff[NR_FREE_PAGES]);
		view->cma_drift += abs(diff[NR_FREE_CMA_PAGES]);
		if (cpu_online(cpu))
			continue;
		view->offline_drift += abs(diff[NR_FREE_PAGES]);
		view->offline_cma_drift += abs(diff[NR_FREE_CMA_PAGES]);
	}
}

bool subject_zone_is_busy(unsigned int zone)
{
	const struct sim_lock *lock = (const void *)&mem->zones[zone].lock;

	return lock->owner;
}
