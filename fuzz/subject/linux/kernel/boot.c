// SPDX-License-Identifier: GPL-2.0-only
/*
 * Boot: the tree's own functions in the order in which start_kernel() and its
 * initcalls would call them, from memblock to the CMA areas.
 *
 * Memory is [zone's pages][metadata]: what memblock hands out (page structs,
 * pageblock bits, percpu areas) comes from behind the zone's pages, which are
 * reserved until then, and all of metadata is reserved for good. So every page
 * that the harness knows is the buddy allocator's.
 */
#include <linux/cpumask.h>
#include <linux/memblock.h>
#include <linux/sched.h>
#include <linux/sched/prio.h>
#include <linux/sched/signal.h>
#include <linux/swap.h>

#include "kernel.h"
#include "internal.h"

struct tree_geometry tree_geometry;
struct cma *tree_cma;

struct task_struct *tree_tasks[BRIDGE_TASKS];
struct signal_struct *tree_signal, *tree_victim;
static unsigned long metadata_start;

/* Static in the tree; made global by the build. */
int cma_init_reserved_areas(void);

void tree_limits(struct tree_limits *limits)
{
	limits->block_order = pageblock_order;
	limits->max_order = ARRAY_SIZE(tree_the_zone()->free_area) - 1;
	limits->nr_types = MIGRATE_TYPES;
	limits->nr_pcp_lists = NR_PCP_LISTS;
	limits->page_bytes = sizeof(struct page);
}

unsigned int tree_metadata_pages(unsigned int nr_pages)
{
	unsigned int bytes = nr_pages * sizeof(struct page);

	/* Page structs of metadata itself, percpu areas, tasks. */
	bytes += bytes / 32 + (1u << 20);
	return ALIGN(bytes >> PAGE_SHIFT, MAX_ORDER_NR_PAGES);
}

static phys_addr_t phys_of(unsigned int pfn)
{
	return PFN_PHYS(BRIDGE_START_PFN + pfn);
}

static void boot_cpus(void)
{
	unsigned int cpu;

	nr_cpu_ids = tree_geometry.nr_cpus;
	for (cpu = 0; cpu < tree_geometry.nr_cpus; cpu++) {
		__cpumask_set_cpu(cpu, &__cpu_possible_mask);
		__cpumask_set_cpu(cpu, &__cpu_present_mask);
		__cpumask_set_cpu(cpu, &__cpu_online_mask);
	}
	atomic_set(&__num_online_cpus, tree_geometry.nr_cpus);
}

/* Program tasks, idle tasks and workers, in the order of their numbers. */
static void boot_tasks(void)
{
	unsigned int nr = 7 * tree_geometry.nr_cpus, i;

	tree_signal = memblock_alloc(sizeof(*tree_signal), SMP_CACHE_BYTES);
	tree_victim = memblock_alloc(sizeof(*tree_victim), SMP_CACHE_BYTES);
	tree_victim->oom_mm = &init_mm; /* any: it is never looked into */
	for (i = 0; i < nr; i++) {
		tree_tasks[i] = memblock_alloc(sizeof(struct task_struct),
					       SMP_CACHE_BYTES);
		tree_tasks[i]->signal = tree_signal;
		tree_tasks[i]->prio = DEFAULT_PRIO;
		tree_tasks[i]->pid = (int)i + 1;
		snprintf(tree_tasks[i]->comm, TASK_COMM_LEN, "task%u", i);
	}
}

static void boot_memblock(void)
{
	unsigned int nr = tree_geometry.nr_pages;
	unsigned int nr_all = nr + tree_metadata_pages(nr);

	memblock_add(phys_of(0), PFN_PHYS(nr_all));
	memblock_reserve(phys_of(0), PFN_PHYS(nr));
	min_low_pfn = BRIDGE_START_PFN;
	max_low_pfn = BRIDGE_START_PFN + nr_all;
	max_pfn = max_low_pfn;
	high_memory = __va(PFN_PHYS(max_low_pfn));
	set_max_mapnr(nr_all);
}

static void boot_cma(void)
{
	unsigned int start = tree_geometry.cma_start;
	unsigned int end = tree_geometry.cma_end;

	if (start < end &&
	    cma_init_reserved_mem(phys_of(start), PFN_PHYS(end - start), 0,
				  "area", &tree_cma))
		host_boot_failed("cma_init_reserved_mem()");
}

static void boot_zone(void)
{
	unsigned long max_zone_pfn[MAX_NR_ZONES] = { 0 };

	max_zone_pfn[ZONE_NORMAL] = max_low_pfn;
	sparse_init();
	free_area_init(max_zone_pfn);
	build_all_zonelists(NULL);
	if (tree_geometry.mobility)
		page_group_by_mobility_disabled = 1;
}

/* Memblock hands out from the top: the lowest it has is where it stands. */
static void find_metadata(void)
{
	phys_addr_t zone_end = phys_of(tree_geometry.nr_pages);
	phys_addr_t start, end;
	u64 i;

	metadata_start = PFN_PHYS(max_low_pfn);
	for_each_reserved_mem_range(i, &start, &end)
	{
		if (end > zone_end && start < zone_end)
			host_boot_failed("metadata is larger than its place");
		if (start >= zone_end && start < metadata_start)
			metadata_start = start;
	}
	metadata_start &= PAGE_MASK;
}

static void boot_free_memory(void)
{
	phys_addr_t start = phys_of(0), end = phys_of(tree_geometry.nr_pages);

	find_metadata();
	memblock_reserve(end, PFN_PHYS(max_low_pfn) - end);
	if (tree_cma)
		end = phys_of(tree_geometry.cma_start);
	memblock_phys_free(start, end - start);
	start = phys_of(tree_geometry.cma_end);
	end = phys_of(tree_geometry.nr_pages);
	if (tree_cma && start < end)
		memblock_phys_free(start, end - start);
	memblock_free_all();
	/* The kernel itself has a page, too: no machine is without memory. */
	adjust_managed_page_count(ZERO_PAGE(0), 1);
}

/*
 * Watermarks that programs reach. There is no kswapd, and nothing that it could
 * reclaim: it has given up, so nobody waits for it.
 */
static void boot_watermarks(void)
{
	min_free_kbytes = tree_geometry.min_free << (PAGE_SHIFT - 10);
	setup_per_zone_wmarks();
	NODE_DATA(0)->kswapd_failures = MAX_RECLAIM_RETRIES;
}

/* As the early parameter debug_guardpage_minorder does. */
static void boot_guards(void)
{
	if (!tree_geometry.guard_order)
		return;
	_debug_guardpage_minorder = tree_geometry.guard_order;
	static_branch_enable(&_debug_guardpage_enabled);
}

/* init_mm_internals() would also start the vmstat workers. */
static void boot_workqueue(void)
{
	static unsigned long never_looked_into;

	mm_percpu_wq = (struct workqueue_struct *)&never_looked_into;
}

/* Batches are 1 on so small a machine unless the program says otherwise. */
static void boot_pcp(void)
{
	struct zone *zone = tree_the_zone();
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		per_cpu_ptr(zone->per_cpu_pageset, cpu)
			->lock.rlock.raw_lock.instance = (unsigned short)cpu;
	if (tree_geometry.pcp_batch || tree_geometry.pcp_high)
		tree_pcp_tune(tree_geometry.pcp_batch, tree_geometry.pcp_high);
}

void tree_boot(const struct tree_geometry *geometry)
{
	tree_geometry = *geometry;
	tree_slab_init();
	boot_cpus();
	boot_memblock();
	tree_percpu_init();
	boot_tasks();
	tree_users_reserve();
	boot_cma();
	boot_zone();
	tree_list_init();
	host_zone_ready();
	boot_guards();
	boot_free_memory();
	boot_workqueue();
	setup_per_cpu_pageset();
	system_state = SYSTEM_RUNNING;
	init_per_zone_wmark_min();
	cma_init_reserved_areas();
	set_zone_contiguous(tree_the_zone());
	/* Until then every request is as if it could not sleep. */
	gfp_allowed_mask = __GFP_BITS_MASK;
	boot_watermarks();
	boot_pcp();
	tree_users_init();
	drain_all_pages(NULL);
}

void tree_metadata(void **start, unsigned long *bytes)
{
	*start = __va(metadata_start);
	*bytes = PFN_PHYS(max_low_pfn) - metadata_start;
}
