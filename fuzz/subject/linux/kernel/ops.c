// SPDX-License-Identifier: GPL-2.0-only
/* Operations of the seam, by the tree's own entry points. */
#include <linux/gfp.h>
#include <linux/migrate.h>
#include <linux/page-isolation.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>

#include "kernel.h"
#include "internal.h"

/* Static in the tree; made global by the build. */
extern struct mutex pcp_batch_high_lock;

/*
 * A user's page that nobody can migrate now: movable for isolation, but under
 * isolation by somebody else already, so that no scanner takes a reference.
 */
static const struct movable_operations busy_elsewhere;

static void make_movable(struct page *page)
{
	page->mapping =
		(void *)((unsigned long)&busy_elsewhere | PAGE_MAPPING_MOVABLE);
	SetPageIsolated(page);
}

static void make_plain(struct page *page)
{
	if (!__PageMovable(page))
		return;
	page->mapping = NULL;
	ClearPageIsolated(page);
}

/*
 * One pass of direct reclaim and compaction, then failure: there is nothing to
 * reclaim, and a request that retries passes thousands of yield points.
 */
long tree_alloc_pages(unsigned int request, unsigned int order)
{
	static const gfp_t gfp[] = { GFP_HIGHUSER_MOVABLE, GFP_KERNEL,
				     GFP_KERNEL | __GFP_RECLAIMABLE,
				     GFP_ATOMIC };
	struct page *page =
		alloc_pages(gfp[request] | __GFP_NOWARN | __GFP_NORETRY, order);

	if (!page)
		return -ENOMEM;
	if (request == 0)
		make_movable(page);
	return (long)tree_to_pfn(page);
}

void tree_free_pages(unsigned int pfn, unsigned int order)
{
	make_plain(tree_to_page(pfn));
	__free_pages(tree_to_page(pfn), order);
}

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

int tree_isolate(unsigned int start, unsigned int end, unsigned int type)
{
	int error = start_isolate_page_range(BRIDGE_START_PFN + start,
					     BRIDGE_START_PFN + end, (int)type,
					     0, GFP_KERNEL);

	tree_forget_failed_isolation();
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
