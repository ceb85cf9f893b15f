/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's side of this subject: what files in this folder share. They are
 * compiled with the tree's headers, like the tree's own files, but have no load
 * and store hooks and no coverage.
 */
#ifndef FUZZ_SUBJECT_LINUX_KERNEL_H
#define FUZZ_SUBJECT_LINUX_KERNEL_H

#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/cma.h>

#include "bridge.h"
#include "tree.h" /* what probes found in this tree */

#define CALLER __builtin_return_address(0)

extern struct tree_geometry tree_geometry;
extern struct cma *tree_cma;
extern struct signal_struct *tree_signal; /* of the one process */
extern struct signal_struct *tree_victim; /* of one that is being killed */

static inline struct zone *tree_the_zone(void)
{
	return &NODE_DATA(0)->node_zones[ZONE_NORMAL];
}

static inline struct page *tree_to_page(unsigned int pfn)
{
	return pfn_to_page(BRIDGE_START_PFN + pfn);
}

/* Of any page struct; at least nr_pages if it is not one of the zone. */
static inline unsigned long tree_to_pfn(const struct page *page)
{
	return (unsigned long)(page - tree_to_page(0));
}

static inline bool tree_has_page(const struct page *page)
{
	return tree_to_pfn(page) < tree_geometry.nr_pages;
}

/* --- lock.c --- */

/* While another of its class is held, in an order that the caller keeps. */
struct rw_semaphore;
void tree_down_write_nested(struct rw_semaphore *sem);

/* The tree's percpu_down_read() has no lock of the machine. */
struct percpu_rw_semaphore;
void tree_percpu_down_read(struct percpu_rw_semaphore *sem);
void tree_percpu_up_read(struct percpu_rw_semaphore *sem);

/* --- slab.c --- */

void tree_slab_init(void);

/* --- percpu.c --- */

void tree_percpu_init(void);

/* --- hotplug.c --- */

/* As get_online_mems() and put_online_mems(). */
void tree_get_online_mems(void);
void tree_put_online_mems(void);
/* The first page of [start, end) that is online, or @end; real pfns. */
unsigned long tree_next_online(unsigned long start, unsigned long end);
bool tree_all_online(unsigned long start, unsigned long end);

/* @place, a cond_resched(), is in offline_pages(): another round begins. */
bool tree_is_offline_round(const void *place);
void tree_offline_round(const void *place);

/* --- findings.c --- */

/* The caller of an isolation that has failed will not undo it. */
void tree_forget_failed_isolation(void);

/* --- users.c --- */

void tree_users_reserve(void); /* memory, while there is memblock */
void tree_users_init(void); /* at the end of boot */

/* Entries that tasks have cleared, and not set again yet. */
extern unsigned int tree_nr_cleared;
/* The running task is about to release @lock. */
void tree_tell_cleared(const raw_spinlock_t *lock);

struct mm_struct *tree_mm(unsigned int mm);
/* Where in the process that is now. */
unsigned long tree_user_address(unsigned int mm, unsigned int address);

/*
 * The page that process @mm has at @address or, if there is none, the next one
 * that any process has, with a reference; NULL if there is none at all.
 */
struct page *tree_find_user_page(unsigned int mm, unsigned int address);
/* Of that address only. */
struct page *tree_get_user_page(unsigned int mm, unsigned int address);

/* --- huge.c --- */

/* As reclaim does: split what is queued for that. Returns how many were. */
unsigned long tree_split_deferred(gfp_t gfp);
/* As if it were there, for tests. */
void tree_damage_queue(struct page *head);
/* Where it is on that queue, of the folio at @pfn. */
bool tree_is_queue_entry(const struct list_head *entry, unsigned int *pfn);

/* --- lru.c --- */

bool tree_is_lru_list(const struct list_head *head, unsigned int *lru);
bool tree_is_lru_lock(const raw_spinlock_t *lock);

/* --- list.c --- */

void tree_list_init(void);

#endif
