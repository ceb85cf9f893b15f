// SPDX-License-Identifier: GPL-2.0-only
/*
 * Moving pages, as compaction and contiguous allocation do: isolated from the
 * LRU, moved by the tree's migrate_pages() to any page, put back otherwise.
 */
#include <linux/migrate.h>
#include <linux/mutex.h>
#include <linux/swap.h>
#include <linux/compaction.h>

#include "kernel.h"
#include "internal.h"

/* --- Findings that are masked --- */

/* By task: it has isolated what it migrates. */
static bool migrating[BRIDGE_TASKS];

/* Named by the linker: --wrap. */
__typeof__(migrate_pages) __real_migrate_pages, __wrap_migrate_pages;
__typeof__(try_to_compact_pages) __real_try_to_compact_pages,
	__wrap_try_to_compact_pages;

#ifdef TREE_HAS_migrate_folio_t
#define MIGRATE_TARGETS new_folio_t new, free_folio_t free
#else
#define MIGRATE_TARGETS new_page_t new, free_page_t free
#endif

int __wrap_migrate_pages(struct list_head *from, MIGRATE_TARGETS,
			 unsigned long private, enum migrate_mode mode,
			 int reason, unsigned int *nr_succeeded)
{
	bool was = migrating[host_task()];
	int ret;

	migrating[host_task()] = true;
	ret = __real_migrate_pages(from, new, free, private, mode, reason,
				   nr_succeeded);
	migrating[host_task()] = was;
	return ret;
}

enum compact_result __wrap_try_to_compact_pages(gfp_t gfp, unsigned int order,
						unsigned int alloc_flags,
						const struct alloc_context *ac,
						enum compact_priority prio,
						struct page **capture)
{
	if (migrating[host_task()] && host_is_known(FINDING_throttles_itself))
		return COMPACT_SKIPPED;
	return __real_try_to_compact_pages(gfp, order, alloc_flags, ac, prio,
					   capture);
}

/* --- Operations --- */

/* What has been isolated: returns how many of it were moved. */
static unsigned int move_isolated(struct compact_control *cc)
{
	struct migration_target_control target = {
		.nid = 0,
		.gfp_mask = GFP_USER | __GFP_MOVABLE | __GFP_RETRY_MAYFAIL |
			    __GFP_NOWARN,
	};
	unsigned int nr_succeeded = 0;

	migrate_pages(&cc->migratepages, alloc_migration_target, NULL,
		      (unsigned long)&target, MIGRATE_SYNC, MR_CONTIG_RANGE,
		      &nr_succeeded);
	putback_movable_pages(&cc->migratepages);
	cc->nr_migratepages = 0;
	return nr_succeeded;
}

/* Of one section, which is online. */
static unsigned int migrate_online(struct compact_control *cc,
				   unsigned long pfn, unsigned long end)
{
	unsigned int nr_succeeded = 0;
	int error = 0;

	while (pfn < end && (!error || error == -EAGAIN)) {
		error = isolate_migratepages_range(cc, pfn, end);
		if (!list_empty(&cc->migratepages))
			nr_succeeded += move_isolated(cc);
		pfn = cc->migrate_pfn;
	}
	return nr_succeeded;
}

/* Whoever moves all of a range keeps it online. */
unsigned int tree_migrate(unsigned int start, unsigned int end)
{
	struct compact_control cc = {
		.order = -1,
		.zone = tree_the_zone(),
		.mode = MIGRATE_SYNC,
		.ignore_skip_hint = true,
		.no_set_skip_hint = true,
		.alloc_contig = true, /* folios of a pageblock, too */
		.gfp_mask = GFP_KERNEL,
	};
	unsigned long pfn = BRIDGE_START_PFN + start, next;
	unsigned int nr_succeeded = 0;

	INIT_LIST_HEAD(&cc.migratepages);
	tree_get_online_mems();
	for (; pfn < BRIDGE_START_PFN + end; pfn = next) {
		pfn = tree_next_online(pfn, BRIDGE_START_PFN + end);
		next = min(SECTION_ALIGN_UP(pfn + 1), BRIDGE_START_PFN + end);
		nr_succeeded += migrate_online(&cc, pfn, next);
	}
	tree_put_online_mems();
	return nr_succeeded;
}

/* Static in the tree; made global by the build. */
void kcompactd_do_work(pg_data_t *pgdat);
void compact_nodes(void);

/* There is one kcompactd. */
static DEFINE_MUTEX(kcompactd_lock);
static bool compacting[BRIDGE_TASKS];

int tree_in_compaction(void)
{
	if (host_in_irq())
		return false;
	return current->capture_control || compacting[host_task()];
}

/* Nobody wakes it for single pages. */
void tree_compact(unsigned int order)
{
	pg_data_t *pgdat = NODE_DATA(0);

	if (!order)
		return;
	mutex_lock(&kcompactd_lock);
	compacting[host_task()] = true;
	pgdat->kcompactd_max_order = (int)order;
	pgdat->kcompactd_highest_zoneidx = ZONE_NORMAL;
	kcompactd_do_work(pgdat);
	compacting[host_task()] = false;
	mutex_unlock(&kcompactd_lock);
}

void tree_compact_all(void)
{
	compacting[host_task()] = true;
	compact_nodes();
	compacting[host_task()] = false;
}

static unsigned int event_count(enum vm_event_item item)
{
	unsigned long sum = 0;
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		sum += per_cpu(vm_event_states, cpu).event[item];
	return (unsigned int)sum;
}

void tree_migrate_counts(unsigned int *nr_succeeded, unsigned int *nr_failed)
{
	*nr_succeeded = event_count(PGMIGRATE_SUCCESS);
	*nr_failed = event_count(PGMIGRATE_FAIL);
}

void tree_compact_counts(unsigned int *nr_migrate_scanned,
			 unsigned int *nr_free_scanned,
			 unsigned int *nr_isolated)
{
	*nr_migrate_scanned = event_count(COMPACTMIGRATE_SCANNED);
	*nr_free_scanned = event_count(COMPACTFREE_SCANNED);
	*nr_isolated = event_count(COMPACTISOLATED);
}
