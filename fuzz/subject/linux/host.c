// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the tree's code asks of the harness: yield points, locks, interrupts and
 * events. While booting there is one CPU and one task: locks are free and
 * nothing yields.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/sim.h"
#include "subject/linux/linux.h"
#include "subject/subject.h"

_Static_assert(sizeof(struct sim_rwsem) == sizeof(struct bridge_lock), "locks");
_Static_assert(offsetof(struct sim_rwsem, nr_readers) ==
		       offsetof(struct bridge_lock, nr_readers),
	       "locks");
_Static_assert(SIM_MAX_CPUS == BRIDGE_CPUS, "CPUs");
_Static_assert(SIM_ALL_TASKS <= BRIDGE_TASKS, "tasks");
_Static_assert(SUBJECT_MAX_ORDERS == BRIDGE_ORDERS, "orders");

#define CALLER __builtin_return_address(0)

/* --- Yield points --- */

static inline void point(enum sim_point kind, const void *pc)
{
	if (sim_running())
		sim_yield(kind, place_of(pc, kind));
}

void host_read(void)
{
	point(SIM_POINT_READ, CALLER);
}

void host_write(void)
{
	point(SIM_POINT_WRITE, CALLER);
}

void host_atomic(void)
{
	point(SIM_POINT_ATOMIC, CALLER);
}

void host_barrier(void)
{
	point(SIM_POINT_BARRIER, CALLER);
}

void host_relax(void)
{
	point(SIM_POINT_RELAX, CALLER);
}

void host_user_access(const void *place)
{
	point(SIM_POINT_ATOMIC, place);
}

void host_resched(const void *place)
{
	point(SIM_POINT_RESCHED, place);
}

/* --- Pageblock types --- */

static struct {
	uintptr_t start;
	size_t bytes;
	struct tree_block_bits bits;
} blocks;

void host_zone_ready(void)
{
	tree_block_bits(&blocks.bits);
	blocks.start = (uintptr_t)blocks.bits.start;
	blocks.bytes =
		(size_t)blocks.bits.nr_sections * blocks.bits.section_bytes;
}

enum subject_type host_block_type(unsigned int block)
{
	const struct tree_block_bits *bits = &blocks.bits;
	uintptr_t word =
		blocks.start + (size_t)(block / bits->blocks_per_section) *
				       bits->section_bytes;
	unsigned int bit =
		block % bits->blocks_per_section * bits->bits_per_block;

	return (enum subject_type)(*(const unsigned long *)word >> bit &
				   bits->type_mask);
}

/* The type that it gets: @new, unless a finding is masked. */
static unsigned long block_changes(unsigned int block, unsigned long old,
				   unsigned long new)
{
	if (old == new)
		return new;
	if (old == SUBJECT_ISOLATE && new == SUBJECT_HIGHATOMIC &&
	    host_is_known(FINDING_highatomic_over_isolated)) {
		tree_unreserve_block();
		return old;
	}
	event_block_type(block);
	if (old == SUBJECT_HIGHATOMIC && new == SUBJECT_ISOLATE &&
	    host_is_known(FINDING_highatomic_lost_by_isolation))
		tree_unreserve_block();
	return new;
}

/* Blocks are numbered from the lowest bits on. */
static unsigned long block_word_changes(uintptr_t word, unsigned long old,
					unsigned long new)
{
	const struct tree_block_bits *bits = &blocks.bits;
	unsigned int section =
		(unsigned int)((word - blocks.start) / bits->section_bytes);
	unsigned int block = section * bits->blocks_per_section;
	unsigned long mask = bits->type_mask, stored = new, type;

	for (unsigned int bit = 0; (old ^ new) >> bit;
	     bit += bits->bits_per_block, block++) {
		type = block_changes(block, old >> bit & mask,
				     new >> bit &mask);
		stored &= ~(mask << bit);
		stored |= type << bit;
	}
	return stored;
}

unsigned long host_cmpxchg(const volatile void *word, unsigned long old,
			   unsigned long new, unsigned int bytes)
{
	uintptr_t offset = (uintptr_t)word - blocks.start;

	point(SIM_POINT_ATOMIC, CALLER);
	if (__builtin_expect(offset >= blocks.bytes, 1) ||
	    bytes != sizeof(unsigned long) ||
	    offset % blocks.bits.section_bytes)
		return new;
	if (*(const volatile unsigned long *)word != old)
		return new;
	return block_word_changes((uintptr_t)word, old, new);
}

/* --- Where --- */

unsigned int host_cpu(void)
{
	return sim_running() ? sim_cpu() : 0;
}

unsigned int host_task(void)
{
	return sim_running() ? sim_task() : 0;
}

/* --- Preemption and interrupts --- */

void host_preempt_disable(void)
{
	if (sim_running())
		sim_preempt_disable();
}

void host_preempt_enable(void)
{
	if (sim_running())
		sim_preempt_enable(place_of(CALLER, SIM_POINT_PREEMPT_ENABLE));
}

unsigned int host_preempt_count(void)
{
	return sim_running() ? sim_preempt_count() : 0;
}

unsigned long host_irq_save(void)
{
	return sim_running() ? sim_irq_save() : 1;
}

void host_irq_restore(unsigned long were_on, const void *place)
{
	if (sim_running())
		sim_irq_restore(were_on, place_of(place ? place : CALLER,
						  SIM_POINT_IRQ_ENABLE));
}

unsigned long host_irqs_on(void)
{
	return !sim_running() || !sim_irqs_disabled();
}

int host_in_irq(void)
{
	return sim_running() && sim_in_irq();
}

void host_might_sleep(void)
{
	if (sim_running())
		sim_might_sleep();
}

/* --- Locks --- */

static struct sim_lock *to_sim(const struct bridge_lock *lock)
{
	return (struct sim_lock *)(uintptr_t)lock;
}

/* Locks are free while booting. */
static inline bool boot_lock(struct bridge_lock *lock)
{
	if (sim_running())
		return false;
	lock->owner = 1;
	return true;
}

/* Initialised statically: its class is named by its symbol. */
static void name_lock(struct bridge_lock *lock)
{
	if (!lock->name)
		lock->name = place_data_name(lock);
}

void host_spin_lock(struct bridge_lock *lock, const void *place)
{
	if (boot_lock(lock))
		return;
	name_lock(lock);
	sim_spin_lock(to_sim(lock), place_of(place, SIM_POINT_LOCK));
}

void host_spin_lock_nested(struct bridge_lock *lock, const void *place)
{
	if (boot_lock(lock))
		return;
	name_lock(lock);
	sim_spin_lock_nested(to_sim(lock), "nested lock",
			     place_of(place, SIM_POINT_LOCK));
}

int host_spin_trylock(struct bridge_lock *lock, const void *place)
{
	if (boot_lock(lock))
		return 1;
	name_lock(lock);
	if (sim_spin_trylock(to_sim(lock), place_of(place, SIM_POINT_TRYLOCK)))
		return 1;
	event_trylock_failed();
	if (sim_lock_held(to_sim(lock)))
		event_trylock_held();
	return 0;
}

void host_spin_unlock(struct bridge_lock *lock, enum bridge_lock_kind kind,
		      const void *place)
{
	if (!sim_running()) {
		lock->owner = 0;
		return;
	}
	if (kind == BRIDGE_ZONE_LOCK && host_lock_held(lock))
		event_zone_unlock(0);
	else if (kind == BRIDGE_PCP_LOCK && host_lock_held(lock))
		event_pcp_unlock(0, lock->instance);
	else if (kind == BRIDGE_LRU_LOCK && host_lock_held(lock))
		event_lru_unlock();
	sim_spin_unlock(to_sim(lock), place_of(place, SIM_POINT_UNLOCK));
}

int host_lock_held(const struct bridge_lock *lock)
{
	if (!sim_running())
		return lock->owner == 1;
	return sim_lock_held(to_sim(lock));
}

void host_mutex_lock(struct bridge_lock *lock, const void *place)
{
	if (boot_lock(lock))
		return;
	name_lock(lock);
	sim_mutex_lock(to_sim(lock), place_of(place, SIM_POINT_LOCK));
}

int host_mutex_trylock(struct bridge_lock *lock, const void *place)
{
	if (boot_lock(lock))
		return 1;
	name_lock(lock);
	return sim_mutex_trylock(to_sim(lock),
				 place_of(place, SIM_POINT_TRYLOCK));
}

void host_mutex_unlock(struct bridge_lock *lock, const void *place)
{
	if (sim_running())
		sim_mutex_unlock(to_sim(lock),
				 place_of(place, SIM_POINT_UNLOCK));
	else
		lock->owner = 0;
}

static struct sim_rwsem *to_rwsem(struct bridge_lock *lock)
{
	return (struct sim_rwsem *)(void *)lock;
}

void host_down_read(struct bridge_lock *lock, const void *place)
{
	name_lock(lock);
	if (sim_running())
		sim_down_read(to_rwsem(lock), place_of(place, SIM_POINT_LOCK));
}

int host_down_read_trylock(struct bridge_lock *lock, const void *place)
{
	name_lock(lock);
	return !sim_running() ||
	       sim_down_read_trylock(to_rwsem(lock),
				     place_of(place, SIM_POINT_TRYLOCK));
}

void host_up_read(struct bridge_lock *lock, const void *place)
{
	if (sim_running())
		sim_up_read(to_rwsem(lock), place_of(place, SIM_POINT_UNLOCK));
}

void host_down_write(struct bridge_lock *lock, const void *place)
{
	if (boot_lock(lock))
		return;
	name_lock(lock);
	sim_down_write(to_rwsem(lock), place_of(place, SIM_POINT_LOCK));
}

void host_down_write_nested(struct bridge_lock *lock, const void *place)
{
	if (boot_lock(lock))
		return;
	name_lock(lock);
	sim_down_write_nested(to_rwsem(lock), "nested semaphore",
			      place_of(place, SIM_POINT_LOCK));
}

void host_up_write(struct bridge_lock *lock, const void *place)
{
	if (sim_running())
		sim_up_write(to_rwsem(lock), place_of(place, SIM_POINT_UNLOCK));
	else
		lock->owner = 0;
}

/* --- Verdicts --- */

/* What follows is harmless: a hint for a pageblock that is not there. */
static bool is_masked(const char *func, const char *condition)
{
	return host_is_known(FINDING_compaction_over_offline) &&
	       !strcmp(func, "set_pfnblock_flags_mask") &&
	       !strcmp(condition, "!zone_spans_pfn(page_zone(page), pfn)") &&
	       tree_in_compaction();
}

void host_check(const char *func, const char *condition, const void *page)
{
	if (!is_masked(func, condition))
		host_fail(func, condition, page);
}

/* Some dump a page, with the reason, and then say no more than BUG(). */
void host_fail(const char *func, const char *condition, const void *page)
{
	const char *reason;
	char id[80];
	long pfn;

	if (!strcmp(condition, "BUG()")) {
		reason = tree_dumped(&page);
		if (reason)
			condition = reason;
	}
	snprintf(id, sizeof(id), "LINUX_%s", func);
	pfn = page ? tree_page_to_pfn(page) : -1;
	if (pfn >= 0)
		sim_fail(id, condition, "  in %s(), pfn %ld", func, pfn);
	sim_fail(id, condition, "  in %s()", func);
}

/* What is warned of is harmless: see the stories in crashes/. */
static bool is_harmless(const char *func, const char *condition)
{
	if (!strcmp(func, "isolate_single_pageblock"))
		return host_is_known(FINDING_isolation_boundary_warning) &&
		       !strcmp(condition, "pfn + (1 << order) > boundary_pfn");
	return host_is_known(FINDING_deferred_requeue_late) &&
	       !strcmp(func, "deferred_split_folio") &&
	       !strcmp(condition, "folio_test_partially_mapped(folio)");
}

void host_warn(const char *func, const char *condition, const void *page)
{
	/* Its callers cannot know who looks at their pages for a moment. */
	if (!strcmp(func, "free_contig_range") && event_has_references())
		return;
	if (!is_harmless(func, condition))
		host_fail(func, condition, page);
}

void host_unimplemented(const char *name)
{
	fprintf(stderr,
		"mmfuzz: the tree needs what the harness does not "
		"have\nunimplemented: %s\n",
		name);
	exit(3);
}

void host_boot_failed(const char *why)
{
	fprintf(stderr, "mmfuzz: the tree does not boot: %s\n", why);
	exit(3);
}

/* --- Events --- */

void host_buddy_add(unsigned int pfn, unsigned int order, unsigned int type)
{
	event_list_add(pfn, &(struct subject_list){ .kind = SUBJECT_LIST_BUDDY,
						    .order = order,
						    .type = type });
}

void host_pcp_add(unsigned int pfn, unsigned int order, unsigned int cpu,
		  unsigned int list)
{
	event_list_add(pfn, &(struct subject_list){ .kind = SUBJECT_LIST_PCP,
						    .order = order,
						    .type = list,
						    .cpu = cpu });
}

/* What is on the LRU is a user's. */
void host_lru_add(unsigned int pfn, unsigned int lru)
{
	event_page_used(pfn);
	event_list_add(pfn, &(struct subject_list){ .kind = SUBJECT_LIST_LRU,
						    .type = lru });
}

void host_list_del(unsigned int pfn)
{
	event_list_del(pfn);
}

void host_page_alloc(unsigned int pfn, unsigned int order)
{
	event_page_alloc(pfn, order);
}

int host_should_fail_alloc(unsigned int order)
{
	return sim_running() && event_should_fail_alloc(order);
}

void host_page_free(unsigned int pfn, unsigned int order)
{
	event_page_free(pfn, order);
}
