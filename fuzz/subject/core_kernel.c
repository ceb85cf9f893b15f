// SPDX-License-Identifier: GPL-2.0-only
/*
 * What core/kernel.h and core/list.h ask of whoever links the core: locks,
 * atomics, CPUs and yield points from the machine, and list validators, which
 * are where list events come from.
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
_Static_assert(NR_CPUS == SIM_MAX_CPUS, "CPUs");
_Static_assert(NR_TASKS == SIM_MAX_TASKS, "tasks");

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

int do_atomic_read(const atomic_t *v, const struct code_place *place)
{
	racy_read(place);
	return v->counter;
}

void do_atomic_set(atomic_t *v, int i, const struct code_place *place)
{
	atomic_point(v, sizeof(*v), place);
	v->counter = i;
}

int do_atomic_add_return(int i, atomic_t *v, const struct code_place *place)
{
	atomic_point(v, sizeof(*v), place);
	v->counter += i;
	return v->counter;
}

int do_atomic_cmpxchg(atomic_t *v, int old, int new,
		      const struct code_place *place)
{
	int was;

	atomic_point(v, sizeof(*v), place);
	was = v->counter;
	if (was == old)
		v->counter = new;
	return was;
}

bool do_atomic_add_unless(atomic_t *v, int i, int unless,
			  const struct code_place *place)
{
	atomic_point(v, sizeof(*v), place);
	if (v->counter == unless)
		return false;
	v->counter += i;
	return true;
}

void do_change_bit(unsigned int nr, unsigned long *word, int value,
		   const struct code_place *place)
{
	atomic_point(word, sizeof(*word), place);
	if (value)
		*word |= 1ul << nr;
	else
		*word &= ~(1ul << nr);
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

bool do_spin_trylock(spinlock_t *lock, const struct code_place *place)
{
	if (boot_lock(to_sim(lock)) || sim_spin_trylock(to_sim(lock), place))
		return true;
	event_trylock_failed();
	if (sim_lock_held(to_sim(lock)))
		event_trylock_held();
	return false;
}

/* What a lock of the zones protects is looked at before it is released. */
static void look_at_zones(const spinlock_t *lock)
{
	size_t offset = (size_t)((const char *)lock - (char *)mem->zones);
	unsigned int zone = (unsigned int)(offset / sizeof(struct zone));
	const size_t pcp = offsetof(struct zone, per_cpu_pageset);

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
	look_at_zones(lock);
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

/* --- List validators --- */

/* The list that @head is the head of; false if it is one on a stack. */
static bool find_list(const struct list_head *head, struct subject_list *list)
{
	size_t offset = (size_t)((const char *)head - (const char *)mem->zones);
	const size_t pcp = offsetof(struct zone, per_cpu_pageset);
	const size_t size = sizeof(struct per_cpu_pages);

	if (offset >= sizeof(mem->zones))
		return false;
	list->zone = (unsigned int)(offset / sizeof(struct zone));
	offset %= sizeof(struct zone);
	if (offset < pcp) {
		offset -= offsetof(struct zone, free_area);
		list->kind = SUBJECT_LIST_BUDDY;
		list->order = (unsigned int)(offset / sizeof(struct free_area));
		list->type = (unsigned int)(offset % sizeof(struct free_area) /
					    sizeof(*head));
		list->cpu = 0;
		return true;
	}
	offset -= pcp;
	list->kind = SUBJECT_LIST_PCP;
	list->cpu = (unsigned int)(offset / size);
	offset = offset % size - offsetof(struct per_cpu_pages, lists);
	list->type = (unsigned int)(offset / sizeof(*head));
	list->order = subject_pcp_list_order(list->type);
	return true;
}

static bool is_page_entry(const struct list_head *entry)
{
	size_t offset =
		(size_t)((const char *)entry - (const char *)mem->mem_map);

	return offset < mm_geometry.nr_pages * sizeof(struct page);
}

static unsigned int entry_to_pfn(const struct list_head *entry)
{
	return (unsigned int)(list_entry(entry, struct page, lru) -
			      mem->mem_map);
}

static void list_corrupt(const char *what, const struct list_head *entry)
{
	sim_fail("LIST_CORRUPTION", what, "  list entry of pfn %ld",
		 is_page_entry(entry) ? (long)entry_to_pfn(entry) : -1l);
}

void __list_add_valid(struct list_head *entry, struct list_head *prev,
		      struct list_head *next)
{
	struct subject_list list;

	if (next->prev != prev || prev->next != next || entry == prev ||
	    entry == next)
		list_corrupt("a list is not linked as it should be at an "
			     "insertion",
			     entry);
	if (is_page_entry(entry) &&
	    (find_list(prev, &list) || find_list(next, &list)))
		event_list_add(entry_to_pfn(entry), &list);
}

void __list_del_entry_valid(struct list_head *entry)
{
	if (!entry->next || !entry->prev || entry->prev->next != entry ||
	    entry->next->prev != entry)
		list_corrupt("an entry is not on a list at its removal", entry);
	if (is_page_entry(entry))
		event_list_del(entry_to_pfn(entry));
}

void arch_alloc_page(struct page *page, unsigned int order)
{
	event_page_alloc((unsigned int)(page - mem->mem_map), order);
}

bool should_fail_alloc_page(gfp_t gfp, unsigned int order)
{
	(void)gfp;
	return sim_running() && event_should_fail_alloc(order);
}

void arch_free_page(struct page *page, unsigned int order)
{
	event_page_free((unsigned int)(page - mem->mem_map), order);
}

void arch_watermark_begin(const struct zone *zone)
{
	event_watermark_begin((unsigned int)(zone - mem->zones));
}

static unsigned int rights_of(unsigned int alloc_flags)
{
	static const struct {
		unsigned int flag, right;
	} rights[] = {
		{ ALLOC_NO_WATERMARKS, SUBJECT_MAY_NO_WATERMARKS },
		{ ALLOC_OOM, SUBJECT_MAY_OOM },
		{ ALLOC_NON_BLOCK, SUBJECT_MAY_NON_BLOCK },
		{ ALLOC_MIN_RESERVE, SUBJECT_MAY_MIN_RESERVE },
		{ ALLOC_CMA, SUBJECT_MAY_CMA },
		{ ALLOC_HIGHATOMIC, SUBJECT_MAY_HIGHATOMIC },
	};
	unsigned int mask = 0;

	for (size_t i = 0; i < sizeof(rights) / sizeof(rights[0]); i++) {
		if (alloc_flags & rights[i].flag)
			mask |= rights[i].right;
	}
	return mask;
}

void arch_watermark_end(const struct zone *zone,
			const struct watermark_look *look, bool passed)
{
	event_watermark_end(&(struct subject_watermark){
		.zone = (unsigned int)(zone - mem->zones),
		.order = look->order,
		.highest_zone = look->highest_zone,
		.mark = look->mark,
		.rights = rights_of(look->alloc_flags),
		.passed = passed,
	});
}
