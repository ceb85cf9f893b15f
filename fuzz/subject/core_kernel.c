// SPDX-License-Identifier: GPL-2.0-only
/*
 * What core/kernel.h asks of whoever links the core: locks, atomics, CPUs and
 * yield points from the machine.
 *
 * While booting there is one CPU and one task: locks are free and nothing
 * yields.
 */
#include <string.h>

#include "internal.h"
#include "sim/sim.h"
#include "subject/core_memory.h"
#include "subject/subject.h"

_Static_assert(sizeof(struct sim_lock) == sizeof(spinlock_t), "lock layout");
_Static_assert(sizeof(struct sim_lock) == sizeof(struct mutex), "lock layout");
_Static_assert(sizeof(struct sim_rwsem) == sizeof(struct rw_semaphore),
	       "lock layout");
_Static_assert(NR_CPUS == SIM_MAX_CPUS, "CPUs");
_Static_assert(NR_TASKS == SIM_ALL_TASKS, "tasks");

static struct sim_lock *to_sim(const void *lock)
{
	return (struct sim_lock *)(uintptr_t)lock;
}

void bug(const char *func, const char *condition)
{
	char id[80] = "BUG_";

	strncat(id, func, sizeof(id) - sizeof("BUG_"));
	sim_fail(id, condition, "in %s()", func);
}

void racy_read(const struct code_place *place)
{
	if (sim_running())
		sim_yield(SIM_POINT_READ, place);
}

void racy_write(const struct code_place *place)
{
	if (sim_running())
		sim_yield(SIM_POINT_WRITE, place);
}

static void atomic_point(const void *object, size_t size,
			 const struct code_place *place)
{
	if (sim_running())
		sim_yield(SIM_POINT_ATOMIC, place);
	sim_memory_mark(core_memory, object, size);
}

/* Of a large folio, the first two of its pages have counts of all of it. */
static void large_count_changed(struct page *folio)
{
	event_page_counts(page_to_pfn(folio), folio->refcount.counter,
			  folio[1].large_mapcount.counter);
	for (unsigned int i = 0; i < folio_nr_pages(folio); i++)
		event_page_mapcount(page_to_pfn(folio) + i);
}

/* A page struct's count has changed: it says that of all. */
static void count_changed(const atomic_t *v)
{
	size_t offset = (size_t)((const char *)v - (char *)mem->mem_map);
	size_t pfn = offset / sizeof(struct page);
	struct page *page, *folio;

	if (pfn >= mm_geometry.nr_pages || !sim_running())
		return;
	page = &mem->mem_map[pfn];
	folio = page_folio(page);
	if (page != folio)
		event_tail_counts((unsigned int)pfn, page->refcount.counter);
	if (folio_test_large(folio)) {
		large_count_changed(folio);
		return;
	}
	event_page_counts((unsigned int)pfn, page->refcount.counter,
			  page->mapcount.counter);
	event_page_mapcount((unsigned int)pfn);
}

int do_atomic_read(const atomic_t *v, const struct code_place *place)
{
	racy_read(place);
	return v->counter;
}

void do_atomic_set(atomic_t *v, int i, const struct code_place *place)
{
	atomic_point(v, sizeof(*v), place);
	v->counter = i;
	count_changed(v);
}

int do_atomic_add_return(int i, atomic_t *v, const struct code_place *place)
{
	atomic_point(v, sizeof(*v), place);
	v->counter += i;
	count_changed(v);
	return v->counter;
}

int do_atomic_cmpxchg(atomic_t *v, int old, int new,
		      const struct code_place *place)
{
	int was;

	atomic_point(v, sizeof(*v), place);
	was = v->counter;
	if (was == old) {
		v->counter = new;
		count_changed(v);
	}
	return was;
}

bool do_atomic_add_unless(atomic_t *v, int i, int unless,
			  const struct code_place *place)
{
	atomic_point(v, sizeof(*v), place);
	if (v->counter == unless)
		return false;
	v->counter += i;
	count_changed(v);
	return true;
}

long do_atomic_long_read(const atomic_long_t *v, const struct code_place *place)
{
	racy_read(place);
	return v->counter;
}

void do_atomic_long_add(long i, atomic_long_t *v,
			const struct code_place *place)
{
	atomic_point(v, sizeof(*v), place);
	v->counter += i;
}

/* Who changes PG_lru takes a page off the LRU, or puts it there. */
static void look_at_flag(unsigned int nr, const unsigned long *word, int value)
{
	size_t offset = (size_t)((const char *)word - (char *)mem->mem_map);

	if (nr == PG_lru && (int)(*word >> nr & 1) != value &&
	    offset < mm_geometry.nr_pages * sizeof(struct page))
		event_lru_flag((unsigned int)(offset / sizeof(struct page)),
			       value);
}

bool do_change_bit(unsigned int nr, unsigned long *word, int value,
		   const struct code_place *place)
{
	bool was;

	atomic_point(word, sizeof(*word), place);
	look_at_flag(nr, word, value);
	was = *word >> nr & 1;
	if (value)
		*word |= 1ul << nr;
	else
		*word &= ~(1ul << nr);
	return was;
}

void do_smp_mb(const struct code_place *place)
{
	if (sim_running())
		sim_yield(SIM_POINT_BARRIER, place);
}

unsigned int smp_processor_id(void)
{
	return sim_running() ? sim_cpu() : 0;
}

unsigned int num_possible_cpus(void)
{
	return mm_geometry.nr_cpus;
}

unsigned int num_online_cpus(void)
{
	return sim_running() ? sim_nr_online() : mm_geometry.nr_cpus;
}

bool cpu_online(unsigned int cpu)
{
	return !sim_running() || sim_cpu_is_online(cpu);
}

void do_cpus_read_lock(const struct code_place *place)
{
	if (sim_running())
		sim_cpus_read_lock(place);
}

void do_cpus_read_unlock(const struct code_place *place)
{
	if (sim_running())
		sim_cpus_read_unlock(place);
}

bool fatal_signal_pending(void)
{
	return sim_signal_pending();
}

unsigned int current_task(void)
{
	return sim_running() ? sim_task() : 0;
}

bool in_interrupt(void)
{
	return sim_running() && sim_in_irq();
}

void preempt_disable(void)
{
	if (sim_running())
		sim_preempt_disable();
}

void do_preempt_enable(const struct code_place *place)
{
	if (sim_running())
		sim_preempt_enable(place);
}

void do_cond_resched(const struct code_place *place)
{
	if (sim_running())
		sim_yield(SIM_POINT_RESCHED, place);
}

unsigned long do_local_irq_save(void)
{
	return sim_running() ? sim_irq_save() : 0;
}

void do_local_irq_restore(unsigned long flags, const struct code_place *place)
{
	if (sim_running())
		sim_irq_restore(flags != 0, place);
}

void do_local_lock(void)
{
	preempt_disable();
	event_local_lock();
}

void do_local_unlock(const struct code_place *place)
{
	event_local_unlock();
	do_preempt_enable(place);
}

unsigned long do_local_lock_irqsave(void)
{
	unsigned long flags = do_local_irq_save();

	event_local_lock();
	return flags;
}

void do_local_unlock_irqrestore(unsigned long flags,
				const struct code_place *place)
{
	event_local_unlock();
	do_local_irq_restore(flags, place);
}

/* --- RCU, sleeping, works --- */

void rcu_read_lock(void)
{
	if (sim_running())
		sim_rcu_read_lock();
}

void do_rcu_read_unlock(const struct code_place *place)
{
	if (sim_running())
		sim_rcu_read_unlock(place);
}

void do_synchronize_rcu(const struct code_place *place)
{
	if (sim_running())
		sim_synchronize_rcu(place);
}

void do_sleep_on(const void *channel, const char *what, unsigned int nr,
		 const struct code_place *place)
{
	sim_sleep(channel, what, nr, place);
}

void do_wake_up(const void *channel, const struct code_place *place)
{
	if (sim_running())
		sim_wake(channel, SIM_WAKE_ALL, place);
}

void do_schedule_timeout_killable(const struct code_place *place)
{
	bool others = sim_others_can_run();

	if (sim_signal_pending())
		return;
	event_waits(!others && !sim_has_timers());
	if (others)
		sim_yield(SIM_POINT_RELAX, place);
	else
		sim_sleep_for(1, NULL, "others", 0, place);
}

bool do_queue_work_on(unsigned int cpu, void *work, void (*func)(void *work),
		      const struct code_place *place)
{
	return sim_queue_work(cpu, work, func, place);
}

void do_flush_work(const void *work, const struct code_place *place)
{
	sim_flush_work(work, place);
}

/* --- Locks --- */

void do_lock_init(void *lock, const char *name, unsigned int nr)
{
	struct sim_lock *l = to_sim(lock);

	sim_memory_mark(core_memory, l, sizeof(*l));
	*l = (struct sim_lock){ .name = name, .instance = (uint16_t)nr };
}

/* Locks are free while booting: one CPU, one task, no one to wait for. */
static bool boot_lock(struct sim_lock *lock)
{
	sim_memory_mark(core_memory, lock, sizeof(*lock));
	if (sim_running())
		return false;
	lock->owner = 1;
	return true;
}

void do_spin_lock(spinlock_t *lock, const struct code_place *place)
{
	if (!boot_lock(to_sim(lock)))
		sim_spin_lock(to_sim(lock), place);
}

void do_spin_lock_nested(spinlock_t *lock, const char *name,
			 const struct code_place *place)
{
	if (!boot_lock(to_sim(lock)))
		sim_spin_lock_nested(to_sim(lock), name, place);
}

bool do_spin_trylock(spinlock_t *lock, const struct code_place *place)
{
	if (boot_lock(to_sim(lock)) || sim_spin_trylock(to_sim(lock), place))
		return true;
	event_trylock_failed();
	if (sim_lock_held(to_sim(lock)))
		event_trylock_held();
	return false;
}

/* What a lock of the zones or the LRU protects is looked at before that. */
static void look_at_locked(const spinlock_t *lock)
{
	size_t offset = (size_t)((const char *)lock - (char *)mem->zones);
	unsigned int zone = (unsigned int)(offset / sizeof(struct zone));
	const size_t pcp = offsetof(struct zone, per_cpu_pageset);

	if (lock == &mem->lruvec.lru_lock && spin_is_held(lock))
		event_lru_unlock();
	if (offset >= sizeof(mem->zones) || !spin_is_held(lock))
		return;
	offset %= sizeof(struct zone);
	if (offset < pcp)
		event_zone_unlock(zone);
	else
		event_pcp_unlock(zone,
				 (unsigned int)((offset - pcp) /
						sizeof(struct per_cpu_pages)));
}

void do_spin_unlock(spinlock_t *lock, const struct code_place *place)
{
	if (!sim_running()) {
		to_sim(lock)->owner = 0;
		return;
	}
	look_at_locked(lock);
	sim_spin_unlock(to_sim(lock), place);
}

bool spin_is_held(const spinlock_t *lock)
{
	return sim_lock_held(to_sim(lock)); /* while booting too: by task 0 */
}

void do_mutex_lock(struct mutex *lock, const struct code_place *place)
{
	if (!boot_lock(to_sim(lock)))
		sim_mutex_lock(to_sim(lock), place);
}

bool do_mutex_trylock(struct mutex *lock, const struct code_place *place)
{
	return boot_lock(to_sim(lock)) ||
	       sim_mutex_trylock(to_sim(lock), place);
}

void do_mutex_unlock(struct mutex *lock, const struct code_place *place)
{
	if (sim_running())
		sim_mutex_unlock(to_sim(lock), place);
	else
		to_sim(lock)->owner = 0;
}

static struct sim_rwsem *to_rwsem(struct rw_semaphore *sem)
{
	return (struct sim_rwsem *)sem;
}

static void mark_rwsem(const struct rw_semaphore *sem)
{
	sim_memory_mark(core_memory, sem, sizeof(*sem));
}

/* While booting it is free, and stays so: there is nobody else. */
void do_down_read(struct rw_semaphore *sem, const struct code_place *place)
{
	mark_rwsem(sem);
	if (sim_running())
		sim_down_read(to_rwsem(sem), place);
}

bool do_down_read_trylock(struct rw_semaphore *sem,
			  const struct code_place *place)
{
	mark_rwsem(sem);
	return !sim_running() || sim_down_read_trylock(to_rwsem(sem), place);
}

void do_up_read(struct rw_semaphore *sem, const struct code_place *place)
{
	if (sim_running())
		sim_up_read(to_rwsem(sem), place);
}

void do_down_write(struct rw_semaphore *sem, const struct code_place *place)
{
	mark_rwsem(sem);
	if (sim_running())
		sim_down_write(to_rwsem(sem), place);
}

void do_down_write_nested(struct rw_semaphore *sem, const char *name,
			  const struct code_place *place)
{
	mark_rwsem(sem);
	if (sim_running())
		sim_down_write_nested(to_rwsem(sem), name, place);
}

void do_up_write(struct rw_semaphore *sem, const struct code_place *place)
{
	if (sim_running())
		sim_up_write(to_rwsem(sem), place);
}
