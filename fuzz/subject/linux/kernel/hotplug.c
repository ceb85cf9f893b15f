// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory that goes offline, and comes online, by the tree's offline_pages() and
 * online_pages(), called as by drivers/base/memory.c.
 *
 * The tree tries to move what is in the way until it is gone or a signal comes,
 * and gives others the CPU in between, if at all. A round that has moved
 * nothing waits for the others here, and tells the harness, which sends the
 * signal.
 */
#include <linux/ioport.h>
#include <linux/memory.h>
#include <linux/memory_hotplug.h>
#include <linux/percpu-rwsem.h>
#include <linux/sched/signal.h>
#include <linux/writeback.h>
#include <linux/mm_inline.h>

#include "kernel.h"
#include "internal.h"

/* --- The rest of the kernel --- */

/* All of what boot had is memory. */
int walk_system_ram_range(unsigned long start, unsigned long nr_pages,
			  void *data,
			  int (*func)(unsigned long, unsigned long, void *))
{
	return func(start, nr_pages, data);
}

int memory_notify(unsigned long what, void *arg)
{
	return NOTIFY_DONE;
}

/* Of the page cache, whose pages nobody makes dirty. */
void writeback_set_ratelimit(void)
{
}

/* Named by the linker: --wrap. There are no such threads. */
void __wrap_kswapd_run(int nid);
void __wrap_kcompactd_run(int nid);

void __wrap_kswapd_run(int nid)
{
}

void __wrap_kcompactd_run(int nid)
{
}

/* --- Rounds --- */

/* Code of offline_pages(); named by the linker. */
extern const char __start_tree_offline[], __stop_tree_offline[];

/*
 * By task: pages that had been migrated when its last round began, and rounds
 * since then.
 */
static struct rounds {
	bool has_begun, killed;
	unsigned int nr_succeeded, nr_in_vain;
} rounds[BRIDGE_TASKS];

bool tree_is_offline_round(const void *place)
{
	return (const char *)place >= __start_tree_offline &&
	       (const char *)place < __stop_tree_offline;
}

void tree_offline_round(const void *place)
{
	struct rounds *this = &rounds[host_task()];
	unsigned int nr_succeeded, nr_failed;

	tree_migrate_counts(&nr_succeeded, &nr_failed);
	if (this->has_begun && this->nr_succeeded == nr_succeeded)
		this->nr_in_vain++;
	else
		this->nr_in_vain = 0;
	this->has_begun = true;
	this->nr_succeeded = nr_succeeded;
	if (!this->nr_in_vain) {
		host_resched(place);
	} else if (host_wait_for_others(this->nr_in_vain, place) &&
		   !signal_pending(current)) {
		this->killed = true;
		tree_kill(host_task());
	}
}

/* --- What is online --- */

/* Static in the tree; made global by the build. */
extern struct percpu_rw_semaphore mem_hotplug_lock;

void tree_get_online_mems(void)
{
	tree_percpu_down_read(&mem_hotplug_lock);
}

void tree_put_online_mems(void)
{
	tree_percpu_up_read(&mem_hotplug_lock);
}

unsigned long tree_next_online(unsigned long start, unsigned long end)
{
	while (start < end && !online_section_nr(pfn_to_section_nr(start)))
		start = SECTION_ALIGN_UP(start + 1);
	return min(start, end);
}

bool tree_all_online(unsigned long start, unsigned long end)
{
	while (start < end && tree_next_online(start, end) == start)
		start = SECTION_ALIGN_UP(start + 1);
	return start >= end;
}

/* --- Operations --- */

/* Success has recomputed them from the size of the zone. */
static void restore_limits(void)
{
	tree_set_min_free(tree_geometry.min_free);
	if (tree_geometry.pcp_batch || tree_geometry.pcp_high)
		tree_pcp_tune(tree_geometry.pcp_batch, tree_geometry.pcp_high);
}

int tree_offline(unsigned int start, unsigned int end)
{
	unsigned long pfn = BRIDGE_START_PFN + start;
	int error = -EBUSY;

	rounds[host_task()].has_begun = false;
	mem_hotplug_begin();
	/* Callers know what is offline already; the tree does not ask. */
	if (tree_all_online(pfn, BRIDGE_START_PFN + end))
		error = offline_pages(pfn, end - start, tree_the_zone(), NULL);
	if (!error)
		restore_limits();
	mem_hotplug_done();
	if (rounds[host_task()].killed)
		tree_revive(host_task());
	rounds[host_task()].killed = false;
	tree_forget_failed_isolation();
	return error;
}

int tree_online(unsigned int start, unsigned int end)
{
	int error;

	mem_hotplug_begin();
	error = online_pages(BRIDGE_START_PFN + start, end - start,
			     tree_the_zone(), NULL);
	if (!error)
		restore_limits();
	mem_hotplug_done();
	return error;
}

#ifdef TREE_HAS_inc_node_page_state
/* Named by the linker: --wrap. */
int __real_isolate_lru_page(struct page *page);
int __wrap_isolate_lru_page(struct page *page);

/* The caller counts one page. */
int __wrap_isolate_lru_page(struct page *page)
{
	int error = __real_isolate_lru_page(page);

	if (!error && host_is_known(FINDING_offline_counts_one))
		mod_node_page_state(page_pgdat(page),
				    NR_ISOLATED_ANON + page_is_file_lru(page),
				    (long)compound_nr(page) - 1);
	return error;
}
#endif
