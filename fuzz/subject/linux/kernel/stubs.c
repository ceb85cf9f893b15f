// SPDX-License-Identifier: GPL-2.0-only
/*
 * Functions and data of the rest of the kernel that have to behave: each is a
 * row of stubs.def, which says why.
 */
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/fault-inject.h>
#include <linux/jiffies.h>
#include <linux/memblock.h>
#include <linux/mm.h>
#include <linux/oom.h>
#include <linux/panic.h>
#include <linux/percpu_counter.h>
#include <linux/rcupdate.h>
#include <linux/ratelimit.h>
#include <linux/sched.h>
#include <linux/swap.h>
#include <linux/workqueue.h>
#include <linux/writeback.h>

#include "kernel.h"

/* --- Data --- */

struct cpumask __cpu_possible_mask;
struct cpumask __cpu_present_mask;
struct cpumask __cpu_online_mask;
struct cpumask __cpu_active_mask;
unsigned int nr_cpu_ids;
atomic_t __num_online_cpus;
enum system_states system_state;
bool static_key_initialized = true;
struct mm_struct init_mm;
unsigned long volatile jiffies;
DEFINE_MUTEX(oom_lock);
DEFINE_SPINLOCK(mmlist_lock);
int laptop_mode;
int percpu_counter_batch = 32;

/* --- Reports --- */

static struct {
	const char *reason;
	const void *page;
} dumped;

#ifndef TREE_HAS_dump_page_const
#define const_page struct page
#else
#define const_page const struct page
#endif

/* What follows is a report of its own; this says what it is about. */
void dump_page(const_page *page, const char *reason)
{
	dumped.reason = reason;
	dumped.page = page;
}

const char *tree_dumped(const void **page)
{
	const char *reason = dumped.reason;

	*page = dumped.page;
	dumped.reason = NULL;
	return reason;
}

void add_taint(unsigned int flag, enum lockdep_ok ok)
{
	host_fail("bad_page", "BUG()", NULL);
}

void panic(const char *format, ...)
{
	host_fail("panic", format, NULL);
}

void warn_slowpath_fmt(const char *file, const int line, unsigned int taint,
		       const char *format, ...)
{
	host_fail("WARN", format ? format : file, NULL);
}

int _printk(const char *format, ...)
{
	return 0;
}

#ifdef TREE_HAS_should_fail_alloc_page
/* In place of mm/fail_page_alloc.c, whose dice are no input of a program. */
bool should_fail_alloc_page(gfp_t gfp, unsigned int order)
{
	return !(gfp & __GFP_NOFAIL) && host_should_fail_alloc(order);
}
#endif

void dump_stack(void)
{
}

void __printk_deferred_enter(void)
{
}

void __printk_deferred_exit(void)
{
}

void __printk_safe_enter(void)
{
}

void __printk_safe_exit(void)
{
}

/* No report repeats: the first one ends the run. */
int ___ratelimit(struct ratelimit_state *state, const char *func)
{
	return 0;
}

/* --- Scheduling --- */

int __cond_resched(void)
{
	if (tree_is_offline_round(CALLER))
		tree_offline_round(CALLER);
	else
		host_resched(CALLER);
	return 0;
}

void __might_sleep(const char *file, int line)
{
	host_might_sleep();
}

void __might_resched(const char *file, int line, unsigned int offsets)
{
	if (!offsets)
		host_might_sleep();
}

unsigned int jiffies_to_usecs(const unsigned long ticks)
{
	return (unsigned int)(USEC_PER_SEC / HZ * ticks);
}

/*
 * Who is throttled by counters waits for others to change them; what CPUs have
 * not added yet would keep it waiting for ever.
 */
long schedule_timeout(long timeout)
{
	host_fold_later();
	host_sleep_for((unsigned long)timeout, CALLER);
	return 0;
}

long schedule_timeout_uninterruptible(long timeout)
{
	host_sleep_for((unsigned long)timeout, CALLER);
	return 0;
}

/* Of kcompactd, which no kthread is here. */
bool kthread_should_stop(void)
{
	return false;
}

void synchronize_rcu_expedited(void)
{
	host_synchronize_rcu(CALLER);
}

void call_rcu(struct rcu_head *head, rcu_callback_t func)
{
	host_call_rcu((void (*)(void *))func, head);
}

bool queue_work_on(int cpu, struct workqueue_struct *wq,
		   struct work_struct *work)
{
	return host_queue_work((unsigned int)cpu, work,
			       (void (*)(void *))work->func, CALLER);
}

bool flush_work(struct work_struct *work)
{
	return host_flush_work(work, CALLER);
}

/* --- The rest of mm/ --- */

/* Nothing can be killed: the request fails. */
bool out_of_memory(struct oom_control *oc)
{
	return false;
}

/* There is one shrinker, that of folios to be split. */
unsigned long shrink_slab(gfp_t gfp_mask, int nid, struct mem_cgroup *memcg,
			  int priority)
{
	return tree_split_deferred(gfp_mask);
}

/* It raises min_free_kbytes, which boot sets itself. */
void khugepaged_min_free_kbytes_update(void)
{
}

/* No page is mlocked. The names are those of 6.12 and of 6.1. */
bool need_mlock_drain(int cpu)
{
	return false;
}

void mlock_drain_local(void)
{
}

void mlock_drain_remote(int cpu)
{
}

bool need_mlock_page_drain(int cpu)
{
	return false;
}

void mlock_page_drain_local(void)
{
}

void mlock_page_drain_remote(int cpu)
{
}

/* No page of a user has a file: there is nobody to tell. */
bool folio_mark_dirty(struct folio *folio)
{
	return !folio_test_set_dirty(folio);
}

bool current_is_khugepaged(void)
{
	return false;
}

/* There is nothing that could be written. */
void wakeup_flusher_threads(enum wb_reason reason)
{
}

/* Of the page cache's boot: nothing is written back. */
void page_writeback_init(void)
{
}

/* As in lib/string.c, of what a page of a user can hold. */
void *memchr_inv(const void *start, int c, size_t bytes)
{
	const unsigned char *p = start;

	for (size_t i = 0; i < min(bytes, (size_t)PAGE_CONTENT_BYTES); i++) {
		if (p[i] != (unsigned char)c)
			return (void *)(p + i);
	}
	return NULL;
}

/* Boot initialises each page struct, and none is looked at before. */
void page_init_poison(struct page *page, size_t size)
{
}

void percpu_counter_add_batch(struct percpu_counter *counter, s64 amount,
			      s32 batch)
{
	counter->count += amount;
}
