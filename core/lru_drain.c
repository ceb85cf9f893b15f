// SPDX-License-Identifier: GPL-2.0-only
/*
 * Emptying the batches of lru.c and mlock.c, and keeping them empty.
 *
 * A page in a batch has a reference that migration does not expect. The batches
 * of a CPU are emptied by the CPU itself, in a work; so what is in them when a
 * drain begins has left them when it ends, and others may be there by then.
 * While lru_disable_count is above 0, who adds a page to a batch empties it at
 * once.
 *
 * lru_drain_mutex: one drain of all CPUs at a time, and lru_drain_gen, which
 * says how many have begun. It is read without.
 *
 * Modelled on mm/swap.c of Linux 6.12; other designs are values of policy
 * lru-drain. Left out: the cache of buffer heads.
 */
#include "internal.h"

/*
 * Empty the batches of @cpu but that of mlock.c. It is the running one, in a
 * local_lock section, or dead.
 */
void lru_add_drain_cpu(unsigned int cpu)
{
	/* Pages that are new are to be on the LRU before they are moved. */
	static const enum lru_batch order[] = {
		LRU_ADD,	LRU_MOVE_TAIL, LRU_DEACTIVATE_FILE,
		LRU_DEACTIVATE, LRU_LAZYFREE,  LRU_ACTIVATE
	};

	for (unsigned int i = 0; i < NR_LRU_BATCHES; i++) {
		struct folio_batch *fbatch =
			&mem->fbatches[cpu].batch[order[i]];
		unsigned long flags;

		if (!READ_ONCE(fbatch->nr))
			continue;
		if (order[i] != LRU_MOVE_TAIL) {
			folio_batch_move_lru(fbatch, order[i]);
			continue;
		}
		/* An interrupt may have emptied it meanwhile. */
		local_lock_irqsave(flags);
		folio_batch_move_lru(fbatch, order[i]);
		local_unlock_irqrestore(flags);
	}
}

/* Empty the batches of the CPU that the caller runs on. No lock held. */
void lru_add_drain(void)
{
	local_lock();
	lru_add_drain_cpu(smp_processor_id());
	local_unlock();
	mlock_drain_local();
}

/* --- All CPUs --- */

enum drain_all {
	DRAIN_IF_NONE_BEGINS, /* another one, meanwhile: that is good for us */
	DRAIN_ALWAYS,
	DRAIN_ON_EVERY_CPU, /* not only where batches look non-empty */
};

static void lru_add_drain_per_cpu(void *work)
{
	(void)work;
	lru_add_drain();
}

static bool cpu_needs_drain(unsigned int cpu)
{
	/* The likely ones first. */
	static const enum lru_batch order[] = {
		LRU_ADD,	LRU_MOVE_TAIL, LRU_DEACTIVATE_FILE,
		LRU_DEACTIVATE, LRU_LAZYFREE,  LRU_ACTIVATE,
		LRU_MLOCK
	};

	for (unsigned int i = 0; i < NR_CPU_BATCHES; i++) {
		if (READ_ONCE(mem->fbatches[cpu].batch[order[i]].nr))
			return true;
	}
	return false;
}

/* lru_drain_mutex is held: the works are ours. */
static void drain_online_cpus(enum drain_all how)
{
	bool has_work[NR_CPUS] = { false };
	unsigned int cpu;

	for_each_online_cpu(cpu) {
		if (how != DRAIN_ON_EVERY_CPU && !cpu_needs_drain(cpu))
			continue;
		queue_work_on(cpu, &mem->fbatches[cpu].drain_work,
			      lru_add_drain_per_cpu);
		has_work[cpu] = true;
	}
	for_each_possible_cpu(cpu) {
		if (has_work[cpu])
			flush_work(&mem->fbatches[cpu].drain_work);
	}
}

/*
 * Who finds the generation raised since he came need not drain: the one who has
 * raised it looked at the CPUs after that, and so after the pages that we are
 * to drain were there, and is done, since the mutex is ours. That holds only if
 * the generation is raised before the CPUs are looked at.
 */
static void __lru_add_drain_all(enum drain_all how)
{
	bool late = buggy(drain_gen_raised_late);
	unsigned int this_gen;

	smp_mb();
	this_gen = READ_ONCE(mem->lru_drain_gen);
	mutex_lock(&mem->lru_drain_mutex);
	if (this_gen == mem->lru_drain_gen || how != DRAIN_IF_NONE_BEGINS) {
		if (!late)
			WRITE_ONCE(mem->lru_drain_gen, mem->lru_drain_gen + 1);
		smp_mb();
		drain_online_cpus(how);
		if (late)
			WRITE_ONCE(mem->lru_drain_gen, mem->lru_drain_gen + 1);
	}
	mutex_unlock(&mem->lru_drain_mutex);
}

/*
 * What is in the batches of online CPUs leaves them before this returns; more
 * may come. May sleep; no lock held. A CPU that goes offline meanwhile is
 * drained when it is dead.
 */
void lru_add_drain_all(void)
{
	arch_lru_drain_all();
	__lru_add_drain_all(DRAIN_IF_NONE_BEGINS);
}

/* --- Disabling --- */

/* What another CPU runs in a work, it runs in no local_lock section. */
static void read_migrate_pending(void *work)
{
	(void)work;
	spin_lock(&mem->migrate_pending_lock);
	spin_unlock(&mem->migrate_pending_lock);
}

static void wait_for_every_cpu(void)
{
	bool has_work[NR_CPUS] = { false };
	unsigned int cpu;

	for_each_online_cpu(cpu) {
		queue_work_on(cpu, &mem->fbatches[cpu].pending_work,
			      read_migrate_pending);
		has_work[cpu] = true;
	}
	for_each_possible_cpu(cpu) {
		if (has_work[cpu])
			flush_work(&mem->fbatches[cpu].pending_work);
	}
}

static void add_to_pending_count(int nr)
{
	spin_lock(&mem->migrate_pending_lock);
	atomic_add(nr, &mem->lru_disable_count);
	spin_unlock(&mem->migrate_pending_lock);
}

/*
 * Empty the batches of all CPUs, and keep them empty until lru_cache_enable(),
 * for any number of callers at a time: to be called before pages are isolated
 * that shall be migrated. May sleep; no lock held.
 */
void lru_cache_disable(void)
{
	switch (policy(lru_drain)) {
	case lru_drain_never:
		return;
	case lru_drain_once_before:
		lru_add_drain_all();
		return;
	case lru_drain_pending_count_no_barrier:
		add_to_pending_count(1);
		lru_add_drain_all();
		return;
	case lru_drain_pending_count:
		add_to_pending_count(1);
		wait_for_every_cpu();
		lru_add_drain_all();
		break;
	case lru_drain_disable_on_every_cpu:
		atomic_inc(&mem->lru_disable_count);
		__lru_add_drain_all(DRAIN_ON_EVERY_CPU);
		break;
	case lru_drain_disable_after_rcu:
		atomic_inc(&mem->lru_disable_count);
		/* Who has read 0 has left its local_lock section then. */
		if (!buggy(lru_disable_no_barrier))
			synchronize_rcu();
		__lru_add_drain_all(DRAIN_ALWAYS);
		break;
	}
	arch_lru_disabled();
}

/* End what lru_cache_disable() has begun. Any task; no lock held. */
void lru_cache_enable(void)
{
	switch (policy(lru_drain)) {
	case lru_drain_never:
	case lru_drain_once_before:
		break;
	case lru_drain_pending_count_no_barrier:
		add_to_pending_count(-1);
		break;
	case lru_drain_pending_count:
		arch_lru_enabled();
		add_to_pending_count(-1);
		break;
	case lru_drain_disable_on_every_cpu:
	case lru_drain_disable_after_rcu:
		arch_lru_enabled();
		atomic_dec(&mem->lru_disable_count);
		break;
	}
}
