// SPDX-License-Identifier: GPL-2.0-only
/*
 * Locks of the tree are locks of the machine. A mutex and a semaphore keep
 * theirs in the spinlock that guards their list of waiters in real kernels. A
 * bug switch drops zone->lock where one function of the tree takes it.
 */
#include <linux/mutex.h>
#include <linux/percpu-rwsem.h>
#include <linux/rwsem.h>
#include <linux/spinlock.h>

#include "kernel.h"

static struct bridge_lock *host_lock(raw_spinlock_t *lock)
{
	return &lock->raw_lock;
}

/* Class names as the source has them: "zone->lock". */
static void lock_init(struct bridge_lock *lock, const char *name)
{
	*lock = (struct bridge_lock){ .name = name + (*name == '&') };
}

void __raw_spin_lock_init(raw_spinlock_t *lock, const char *name,
			  struct lock_class_key *key, short inner)
{
	lock_init(host_lock(lock), name);
	lock->magic = SPINLOCK_MAGIC;
	lock->owner = SPINLOCK_OWNER_INIT;
	lock->owner_cpu = -1;
}

static enum bridge_lock_kind kind_of(const raw_spinlock_t *lock)
{
	struct zone *zone = tree_the_zone();

	if (lock == &zone->lock.rlock)
		return BRIDGE_ZONE_LOCK;
	if (lock == &per_cpu_ptr(zone->per_cpu_pageset, lock->raw_lock.instance)
			     ->lock.rlock)
		return BRIDGE_PCP_LOCK;
	if (tree_is_lru_lock(lock))
		return BRIDGE_LRU_LOCK;
	return BRIDGE_OTHER_LOCK;
}

/* Code whose zone->lock a bug switch drops; named by the linker. */
extern const char __start_tree_unlocked[] __attribute__((weak));
extern const char __stop_tree_unlocked[] __attribute__((weak));

/* By task: it runs as if it had zone->lock. */
static bool unlocked[BRIDGE_TASKS];

int tree_has_unlocked_code(void)
{
	return __start_tree_unlocked != NULL;
}

int tree_runs_unlocked(void)
{
	return unlocked[host_task()];
}

/* @place is the return address in the function that wants the lock. */
static bool is_dropped(const raw_spinlock_t *lock, const void *place)
{
	return (const char *)place >= __start_tree_unlocked &&
	       (const char *)place < __stop_tree_unlocked &&
	       kind_of(lock) == BRIDGE_ZONE_LOCK &&
	       host_is_buggy(BUG_unlocked_free_pcppages_bulk);
}

static void take(raw_spinlock_t *lock, const void *place)
{
	if (is_dropped(lock, place))
		unlocked[host_task()] = true;
	else
		host_spin_lock(host_lock(lock), place);
}

static void release(raw_spinlock_t *lock, const void *place)
{
	if (unlikely(tree_nr_cleared))
		tree_tell_cleared(lock);
	if (is_dropped(lock, place))
		unlocked[host_task()] = false;
	else
		host_spin_unlock(host_lock(lock), kind_of(lock), place);
}

/* --- Spinlocks --- */

void _raw_spin_lock(raw_spinlock_t *lock)
{
	take(lock, CALLER);
}

/* Softirqs are not there. */
void _raw_spin_lock_bh(raw_spinlock_t *lock)
{
	take(lock, CALLER);
}

void _raw_spin_lock_irq(raw_spinlock_t *lock)
{
	host_irq_save();
	take(lock, CALLER);
}

unsigned long _raw_spin_lock_irqsave(raw_spinlock_t *lock)
{
	unsigned long flags = host_irq_save();

	take(lock, CALLER);
	return flags;
}

void tree_raw_spin_lock_nested(raw_spinlock_t *lock)
{
	host_spin_lock_nested(host_lock(lock), CALLER);
}

int _raw_spin_trylock(raw_spinlock_t *lock)
{
	return host_spin_trylock(host_lock(lock), CALLER);
}

void _raw_spin_unlock(raw_spinlock_t *lock)
{
	release(lock, CALLER);
}

void _raw_spin_unlock_bh(raw_spinlock_t *lock)
{
	release(lock, CALLER);
}

void _raw_spin_unlock_irq(raw_spinlock_t *lock)
{
	release(lock, CALLER);
	host_irq_restore(1, CALLER);
}

void _raw_spin_unlock_irqrestore(raw_spinlock_t *lock, unsigned long flags)
{
	release(lock, CALLER);
	host_irq_restore(flags, CALLER);
}

/* --- Mutexes --- */

void __mutex_init(struct mutex *lock, const char *name,
		  struct lock_class_key *key)
{
	atomic_long_set(&lock->owner, 0);
	INIT_LIST_HEAD(&lock->wait_list);
	lock_init(host_lock(&lock->wait_lock), name);
}

void mutex_lock(struct mutex *lock)
{
	host_mutex_lock(host_lock(&lock->wait_lock), CALLER);
}

int mutex_trylock(struct mutex *lock)
{
	return host_mutex_trylock(host_lock(&lock->wait_lock), CALLER);
}

void mutex_unlock(struct mutex *lock)
{
	host_mutex_unlock(host_lock(&lock->wait_lock), CALLER);
}

/* --- Semaphores --- */

void __init_rwsem(struct rw_semaphore *sem, const char *name,
		  struct lock_class_key *key)
{
	atomic_long_set(&sem->count, RWSEM_UNLOCKED_VALUE);
	INIT_LIST_HEAD(&sem->wait_list);
	lock_init(host_lock(&sem->wait_lock), name);
}

/* For rwsem_is_locked(). */
static void set_count(struct rw_semaphore *sem)
{
	const struct bridge_lock *lock = host_lock(&sem->wait_lock);

	atomic_long_set(&sem->count, lock->owner || lock->nr_readers);
}

void down_read(struct rw_semaphore *sem)
{
	host_down_read(host_lock(&sem->wait_lock), CALLER);
	set_count(sem);
}

int down_read_trylock(struct rw_semaphore *sem)
{
	int taken = host_down_read_trylock(host_lock(&sem->wait_lock), CALLER);

	set_count(sem);
	return taken;
}

/* Who waits for it is not woken by a signal. */
int down_read_killable(struct rw_semaphore *sem)
{
	host_down_read(host_lock(&sem->wait_lock), CALLER);
	set_count(sem);
	return 0;
}

void up_read(struct rw_semaphore *sem)
{
	host_up_read(host_lock(&sem->wait_lock), CALLER);
	set_count(sem);
}

void down_write(struct rw_semaphore *sem)
{
	host_down_write(host_lock(&sem->wait_lock), CALLER);
	set_count(sem);
}

void tree_down_write_nested(struct rw_semaphore *sem)
{
	host_down_write_nested(host_lock(&sem->wait_lock), CALLER);
	set_count(sem);
}

void up_write(struct rw_semaphore *sem)
{
	host_up_write(host_lock(&sem->wait_lock), CALLER);
	set_count(sem);
}

/*
 * Percpu semaphores. The lock of their waiters is where theirs is kept, as in a
 * mutex; the tree's own files take none for reading.
 */
void percpu_down_write(struct percpu_rw_semaphore *sem)
{
	host_down_write(host_lock(&sem->waiters.lock.rlock), CALLER);
}

void percpu_up_write(struct percpu_rw_semaphore *sem)
{
	host_up_write(host_lock(&sem->waiters.lock.rlock), CALLER);
}

void tree_percpu_down_read(struct percpu_rw_semaphore *sem)
{
	host_down_read(host_lock(&sem->waiters.lock.rlock), CALLER);
}

void tree_percpu_up_read(struct percpu_rw_semaphore *sem)
{
	host_up_read(host_lock(&sem->waiters.lock.rlock), CALLER);
}
