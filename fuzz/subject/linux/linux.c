// SPDX-License-Identifier: GPL-2.0-only
/*
 * A Linux tree's mm/ as a subject: limits, boot and reset, operations, views.
 * Its data exists once in the process, so the machine of a slot is an image,
 * and selecting a slot copies it back.
 */
#include "subject/subject.h"

#include <errno.h>

#include "subject/linux/linux.h"
#include "tree.h" /* what probes found in this tree */

#define NR_SLOTS 16
#define MAX_PAGES 65536u

struct slot {
	struct subject_geometry geometry;
	struct image image;
};

static struct slot slots[NR_SLOTS];
static struct slot *slot;
static const struct sim_lock *zone_lock;
static struct tree_limits limits;

const struct subject_caps *subject_caps(void)
{
	static const struct subject_caps caps = {
		.name = LINUX_NAME,
		.tool = LINUX_TOOL,
		.nr_slots = NR_SLOTS,
		/*
		 * As small as HIGHATOMIC reserves allow (1 % of the zone is a
		 * pageblock), kept so full that programs reach watermarks.
		 */
		.usual = { .nr_cpus = 2,
			   .nr_pages = 2048,
			   .pcp_batch = 4,
			   .pcp_high = 16,
			   .min_free = 6 },
#ifdef TREE_HAS_move_freepages_block_isolate
		.exact_list_types = true,
#endif
		.has_watermarks = true,
		.migrates = true,
		.captures = true,
		.compacts = true,
		.offlines_memory = true,
		.has_lru = true,
		.has_mappings = true,
		.has_forks = true,
		.moves_mappings = true,
		.has_huge = true, /* anonymous ones; there is no shmem */
		.has_pins = true,
		.reclaims = true,
		.has_highatomic = true,
		.has_signals = true,
#ifdef TREE_HAS_should_fail_alloc_page
		.can_fail_alloc = true,
#endif
	};

	return &caps;
}

/* --- Limits, boot, reset --- */

static unsigned int clamp_to(unsigned int val, unsigned int lo, unsigned int hi)
{
	return val < lo ? lo : val > hi ? hi : val;
}

/*
 * Orders are compiled in. The zone is a multiple of the largest block, and of
 * eight pageblocks at least, so that grouping by mobility works.
 */
void subject_fit(struct subject_geometry *g)
{
	unsigned int step, min_pages, blocks;

	tree_limits(&limits);
	step = 1u << (limits.max_order > limits.block_order ?
			      limits.max_order :
			      limits.block_order);
	min_pages = 8u << limits.block_order;
	if (min_pages < step)
		min_pages = step;
	g->nr_cpus = clamp_to(g->nr_cpus, 1, BRIDGE_CPUS);
	g->nr_pages = clamp_to(g->nr_pages, min_pages, MAX_PAGES);
	g->nr_pages = (g->nr_pages + step - 1) / step * step;
	g->block_order = limits.block_order;
	g->max_order = limits.max_order;
	/* With grouping off the first undo of an isolation is a warning. */
	g->mobility = 0;
	g->guard_order = clamp_to(g->guard_order, 0, g->max_order / 2);
	g->min_free = clamp_to(g->min_free, 0, 15);
	/* Two pageblocks at least are not CMA. */
	blocks = g->nr_pages >> g->block_order;
	g->cma_blocks = clamp_to(g->cma_blocks, 0, blocks - 2);
	/* The tree has one zone, and memory everywhere. */
	g->movable_start = g->nr_pages;
	g->hole_start = g->hole_end = 0;
	g->pin_bias = 0;
	if (g->pcp_high && g->pcp_high < g->pcp_batch)
		g->pcp_high = g->pcp_batch;
}

static void geometry_to_tree(const struct subject_geometry *g,
			     struct tree_geometry *geometry)
{
	unsigned int cma_pages = g->cma_blocks << g->block_order;

	*geometry = (struct tree_geometry){
		.nr_cpus = g->nr_cpus,
		.nr_pages = g->nr_pages,
		.cma_start = g->nr_pages - cma_pages,
		.cma_end = g->nr_pages,
		.pcp_batch = g->pcp_batch,
		.pcp_high = g->pcp_high,
		.mobility = (int)g->mobility,
		.guard_order = g->guard_order,
		.min_free = g->nr_pages / 16 * g->min_free,
	};
}

static void select_slot(void)
{
	zone_lock = (const struct sim_lock *)(const void *)tree_zone_lock();
	host_zone_ready();
}

void subject_boot(unsigned int nr, const struct subject_geometry *g)
{
	struct tree_geometry geometry;

	slot = &slots[nr];
	slot->geometry = *g;
	geometry_to_tree(g, &geometry);
	tree_limits(&limits);
	image_make_cold(g->nr_pages,
			g->nr_pages + tree_metadata_pages(g->nr_pages));
	poison_boot(g->nr_pages);
	tree_boot(&geometry);
	select_slot();
	image_take(&slot->image);
}

void subject_reset(unsigned int nr)
{
	slot = &slots[nr];
	image_restore(&slot->image);
	poison_reset(nr, slot->geometry.nr_pages);
	select_slot();
}

const struct subject_geometry *subject_geometry(void)
{
	return &slot->geometry;
}

bool subject_is_pristine(void)
{
	return image_is_current(&slot->image);
}

/* --- Operations --- */

void subject_drain_all(void)
{
	tree_drain_all();
}

void subject_drain_local(void)
{
	tree_drain_local();
}

int subject_isolate(unsigned int start, unsigned int end,
		    enum subject_type type)
{
	return tree_isolate(start, end, type);
}

void subject_undo_isolate(unsigned int start, unsigned int end,
			  enum subject_type type)
{
	tree_undo_isolate(start, end, type);
}

unsigned int subject_nocma_save(void)
{
	return tree_nocma_save();
}

void subject_nocma_restore(unsigned int flags)
{
	tree_nocma_restore(flags);
}

bool subject_in_nocma(void)
{
	return tree_in_nocma();
}

bool subject_in_compaction(void)
{
	return tree_in_compaction();
}

long subject_cma_alloc(unsigned int nr_pages, unsigned int align)
{
	return tree_cma_alloc(nr_pages, align);
}

void subject_cma_release(unsigned int pfn, unsigned int nr_pages)
{
	tree_cma_release(pfn, nr_pages);
}

int subject_contig_alloc(unsigned int start, unsigned int end,
			 enum subject_type type, enum subject_contig what)
{
	(void)what; /* pages only: see caps() */
	return tree_contig_alloc(start, end, type);
}

void subject_contig_free(unsigned int start, unsigned int end)
{
	tree_contig_free(start, end);
}

void subject_set_rights(enum subject_task_rights rights)
{
	tree_set_rights(rights);
}

void subject_set_min_free(unsigned int min_free)
{
	tree_set_min_free(slot->geometry.nr_pages / 16 * min_free);
}

/* The tree's own works are never queued: these are named by nobody else. */
static char vmstat_works[BRIDGE_CPUS];

static void vmstat_work(void *work)
{
	(void)work;
	event_fold_begin();
	tree_vmstat_update();
	event_fold_end();
}

void subject_vmstat(unsigned int cpu)
{
	void *work = &vmstat_works[cpu % slot->geometry.nr_cpus];

	host_queue_work(cpu % slot->geometry.nr_cpus, work, vmstat_work,
			__builtin_return_address(0));
	host_flush_work(work, __builtin_return_address(0));
}

void host_fold_later(void)
{
	for (unsigned int i = 0; i < slot->geometry.nr_cpus; i++)
		host_queue_work(i, &vmstat_works[i], vmstat_work,
				__builtin_return_address(0));
}

void subject_pcp_tune(unsigned int batch, unsigned int high)
{
	tree_pcp_tune(batch, high);
}

void subject_pcp_disable(unsigned int zone)
{
	(void)zone; /* there is one */
	tree_pcp_disable();
}

void subject_pcp_enable(unsigned int zone)
{
	(void)zone;
	tree_pcp_enable();
}

int subject_offline(unsigned int start, unsigned int end)
{
	return tree_offline(start, end);
}

int subject_online(unsigned int start, unsigned int end)
{
	return tree_online(start, end);
}

/* Not called: this subject has no hotplug. */
void subject_cpu_dead(unsigned int cpu)
{
	(void)cpu;
}

void subject_cpu_prepare(unsigned int cpu)
{
	(void)cpu;
}

void subject_kill(unsigned int task)
{
	tree_kill(task);
}

void subject_revive(unsigned int task)
{
	tree_revive(task);
}

/* --- Views --- */

enum subject_type subject_block_type(unsigned int block)
{
	return host_block_type(block);
}

void subject_zone(unsigned int nr, struct subject_zone_view *view)
{
	struct tree_zone zone;

	(void)nr; /* there is one */
	tree_zone(&zone);
	view->nr_managed = zone.nr_managed;
	view->nr_free = zone.nr_free;
	view->nr_free_cma = zone.nr_free_cma;
	view->nr_reserved_highatomic = zone.nr_reserved_highatomic;
	view->nr_free_highatomic = zone.nr_free_highatomic;
	view->nr_isolate_pageblock = zone.nr_isolate_pageblock;
	for (unsigned int i = 0; i < SUBJECT_MAX_ORDERS; i++)
		view->nr_free_area[i] = zone.nr_free_area[i];
}

/* Nobody asks: the tree does not report when it looks at watermarks. */
void subject_watermarks(unsigned int zone, struct subject_watermarks_view *view)
{
	(void)zone;
	*view = (struct subject_watermarks_view){ 0 };
}

bool subject_zone_is_busy(unsigned int zone)
{
	(void)zone;
	return zone_lock->owner;
}

bool subject_zone_is_locked(void)
{
	if (!sim_running())
		return zone_lock->owner;
	/* What a bug switch has dropped shall be found by what it breaks. */
	return sim_lock_held(zone_lock) || tree_runs_unlocked();
}

unsigned int subject_pcp_count(unsigned int zone, unsigned int cpu)
{
	(void)zone;
	return tree_pcp_count(cpu);
}

unsigned int subject_cma_find(unsigned int start, unsigned int end, bool used)
{
	return start < end ? tree_cma_find(start, end, used) : end;
}

/* Built without CONFIG_CMA_SYSFS. */
void subject_cma_counts(struct subject_cma_counts *counts)
{
	*counts = (struct subject_cma_counts){ 0 };
}

void subject_cma_area(unsigned int *start, unsigned int *end)
{
	const struct subject_geometry *g = &slot->geometry;

	*end = g->nr_pages;
	*start = g->nr_pages - (g->cma_blocks << g->block_order);
}

/* --- Lists --- */

long subject_list_next(const struct subject_list *list, long pfn)
{
	if (list->kind == SUBJECT_LIST_BUDDY)
		return tree_buddy_next(list->order, list->type, pfn);
	if (list->kind == SUBJECT_LIST_LRU)
		return tree_lru_next(list->type, pfn);
	return tree_pcp_next(list->cpu, list->type, pfn);
}

unsigned int subject_nr_pcp_lists(void)
{
	return limits.nr_pcp_lists;
}

unsigned int subject_pcp_list_order(unsigned int index)
{
	return tree_pcp_list_order(index);
}
