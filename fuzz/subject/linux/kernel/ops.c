// SPDX-License-Identifier: GPL-2.0-only
/* Operations of the seam, by the tree's own entry points. */
#include <linux/mm.h>
#include <linux/page-isolation.h>
#include <linux/sched/mm.h>
#include <linux/sched/prio.h>
#include <linux/sched/signal.h>

#include "kernel.h"
#include "internal.h"

/* Static in the tree; made global by the build. */
extern struct mutex pcp_batch_high_lock;

void tree_drain_all(void)
{
	drain_all_pages(NULL);
}

/* As its callers in the tree do: pinned to its CPU. */
void tree_drain_local(void)
{
	preempt_disable();
	drain_local_pages(NULL);
	preempt_enable();
}

/*
 * Memory that is offline is passed over, and it is the caller who has to look;
 * what is isolated does not go offline.
 */
int tree_isolate(unsigned int start, unsigned int end, unsigned int type)
{
	int error = start_isolate_page_range(BRIDGE_START_PFN + start,
					     BRIDGE_START_PFN + end, (int)type,
					     0, GFP_KERNEL);

	tree_forget_failed_isolation();
	if (!error && !tree_all_online(BRIDGE_START_PFN + start,
				       BRIDGE_START_PFN + end)) {
		tree_undo_isolate(start, end, type);
		error = -EBUSY;
	}
	return error;
}

void tree_undo_isolate(unsigned int start, unsigned int end, unsigned int type)
{
	undo_isolate_page_range(BRIDGE_START_PFN + start,
				BRIDGE_START_PFN + end, (int)type);
}

unsigned int tree_nocma_save(void)
{
	return memalloc_pin_save();
}

void tree_nocma_restore(unsigned int flags)
{
	memalloc_pin_restore(flags);
}

int tree_in_nocma(void)
{
	return !!(current->flags & PF_MEMALLOC_PIN);
}

long tree_cma_alloc(unsigned int nr_pages, unsigned int align)
{
	struct page *page = cma_alloc(tree_cma, nr_pages, align, true);

	return page ? (long)tree_to_pfn(page) : -ENOMEM;
}

void tree_cma_release(unsigned int pfn, unsigned int nr_pages)
{
	cma_release(tree_cma, tree_to_page(pfn), nr_pages);
}

int tree_contig_alloc(unsigned int start, unsigned int end, unsigned int type)
{
	return alloc_contig_range(BRIDGE_START_PFN + start,
				  BRIDGE_START_PFN + end, type, GFP_KERNEL);
}

void tree_contig_free(unsigned int start, unsigned int end)
{
	free_contig_range(BRIDGE_START_PFN + start, end - start);
}

/* In the order of enum subject_task_rights: none, and three. */
void tree_set_rights(unsigned int rights)
{
	current->flags &= ~PF_MEMALLOC;
	if (rights == 1)
		current->flags |= PF_MEMALLOC;
	current->signal = rights == 2 ? tree_victim : tree_signal;
	current->prio = rights == 3 ? 0 : DEFAULT_PRIO;
}

void tree_set_min_free(unsigned int nr_pages)
{
	tree_geometry.min_free = nr_pages;
	min_free_kbytes = (int)(nr_pages << (PAGE_SHIFT - 10));
	setup_per_zone_wmarks();
}

/* Static in the tree; made global by the build. */
bool refresh_cpu_vm_stats(bool do_pagesets);

void tree_vmstat_update(void)
{
	refresh_cpu_vm_stats(true);
}

static void tune_pcp(struct per_cpu_pages *pcp, int batch, int high)
{
	WRITE_ONCE(pcp->batch, batch);
	WRITE_ONCE(pcp->high, high);
#ifdef TREE_HAS_pcp_high_min
	WRITE_ONCE(pcp->high_min, high);
	WRITE_ONCE(pcp->high_max, high);
#endif
}

void tree_pcp_tune(unsigned int batch, unsigned int high)
{
	struct zone *zone = tree_the_zone();
	unsigned int cpu;

	tree_geometry.pcp_batch = batch;
	tree_geometry.pcp_high = high;
	if (!batch)
		batch = 1;
	if (high < 4 * batch)
		high = 4 * batch;
	mutex_lock(&pcp_batch_high_lock);
	zone->pageset_batch = (int)batch;
#ifdef TREE_HAS_pcp_high_min
	zone->pageset_high_min = (int)high;
	zone->pageset_high_max = (int)high;
#else
	zone->pageset_high = (int)high;
#endif
	for_each_possible_cpu(cpu)
		tune_pcp(per_cpu_ptr(zone->per_cpu_pageset, cpu), (int)batch,
			 (int)high);
	mutex_unlock(&pcp_batch_high_lock);
}

void tree_pcp_disable(void)
{
	zone_pcp_disable(tree_the_zone());
}

void tree_pcp_enable(void)
{
	zone_pcp_enable(tree_the_zone());
}

void tree_kill(unsigned int task)
{
	sigaddset(&tree_tasks[task]->pending.signal, SIGKILL);
	set_tsk_thread_flag(tree_tasks[task], TIF_SIGPENDING);
}

void tree_revive(unsigned int task)
{
	sigdelset(&tree_tasks[task]->pending.signal, SIGKILL);
	clear_tsk_thread_flag(tree_tasks[task], TIF_SIGPENDING);
}
