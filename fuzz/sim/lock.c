/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Spinlocks, mutexes, and the rules for them. The rules are those of lockdep:
 * classes are kept apart by name, an order is learned from every blocking
 * acquisition, and a class that is blocked for in an interrupt must never be
 * taken with interrupts on. So a run reports a deadlock that another
 * interleaving would have had.
 */
#include "internal.h"

#include <stdio.h>
#include <string.h>

/* --- Classes --- */

/*
 * Numbers are given in order of first use in a run, so they can be hashed.
 * Mostly a name is the very string that has been seen before.
 */
unsigned int sim_find_class(const char *name)
{
	unsigned int class;

	for (class = 0; class < sim_machine.nr_classes; class ++) {
		if (sim_machine.class_name[class] == name)
			return class;
	}
	for (class = 0; class < sim_machine.nr_classes; class ++) {
		if (!strcmp(sim_machine.class_name[class], name))
			return class;
	}
	if (class == SIM_MAX_CLASSES)
		sim_limit("too many classes of locks");
	sim_machine.nr_classes++;
	sim_machine.class_name[class] = name;
	sim_machine.class_after[class] = 0;
	return class;
}

/* The lock remembers its class in this run: names are compared once. */
unsigned int sim_lock_class(struct sim_lock *lock)
{
	uint32_t run = (uint32_t)sim_machine.run << 8;

	if (sim_unlikely((lock->class_cache & ~0xffu) != run || !run))
		lock->class_cache = run |
				    sim_find_class(lock->name ? lock->name :
								"unnamed lock");
	return lock->class_cache & 0xff;
}

const char *sim_lock_class_name(unsigned int class)
{
	return class < sim_machine.nr_classes ? sim_machine.class_name[class] :
						"?";
}

/* --- Rules --- */

void __attribute__((noreturn, cold))
sim_lock_recursion(const struct sim_task *task, const struct sim_lock *lock)
{
	sim_fail("LOCK_RECURSION", "a task takes a lock that it holds",
		 "task %u on cpu %u (job %u) takes %s#%u again%s", task->nr,
		 task->cpu, task->job, lock->name, lock->instance,
		 task->in_irq ? ", in an interrupt" : "");
}

static void __attribute__((noreturn, cold))
fail_irq_unsafe(const struct sim_task *task, const struct sim_lock *lock)
{
	sim_fail("LOCK_IRQ_UNSAFE",
		 "a lock of interrupt handlers is taken with interrupts on",
		 "task %u on cpu %u (job %u) takes %s#%u %s", task->nr,
		 task->cpu, task->job, lock->name, lock->instance,
		 task->in_irq ? "in an interrupt; before, it was taken "
				"with interrupts on" :
				"with interrupts on; before, it was taken "
				"in an interrupt");
}

void __attribute__((noreturn, cold))
sim_lock_not_owner(const struct sim_task *task, const struct sim_lock *lock)
{
	char owner[32] = "nobody";

	if (lock->owner)
		snprintf(owner, sizeof(owner), "task %u", lock->owner - 1u);
	sim_fail("LOCK_NOT_OWNER",
		 "a lock is released by a task that does not hold it",
		 "task %u on cpu %u (job %u) releases %s#%u, held by %s",
		 task->nr, task->cpu, task->job, lock->name, lock->instance,
		 owner);
}

/*
 * The classes that were taken, directly or by way of others, while @from was
 * held; @parent says by way of which.
 */
static uint32_t classes_after(unsigned int from,
			      uint8_t parent[SIM_MAX_CLASSES])
{
	uint32_t found = 0;
	uint32_t todo = 1u << from;

	while (todo) {
		unsigned int class = (unsigned int)__builtin_ctz(todo);
		uint32_t fresh = sim_machine.class_after[class] & ~found;

		todo &= todo - 1;
		found |= fresh;
		todo |= fresh;
		for (; fresh; fresh &= fresh - 1)
			parent[__builtin_ctz(fresh)] = (uint8_t)class;
	}
	return found;
}

static void __attribute__((noreturn, cold))
fail_order(const struct sim_task *task, const struct sim_lock *lock,
	   unsigned int class, const struct sim_lock *held,
	   unsigned int held_class, const uint8_t parent[SIM_MAX_CLASSES])
{
	char path[512] = "instances of one class have no order";
	size_t len = 0;

	/* From the end of the known order to its beginning. */
	for (unsigned int c = held_class; class != held_class; c = parent[c]) {
		len += (size_t)snprintf(path + len, sizeof(path) - len, "%s%s",
					len ? " after " : "",
					sim_machine.class_name[c]);
		if (c == class || len >= sizeof(path))
			break;
	}
	sim_fail("LOCK_ORDER", "locks are taken in an order that can deadlock",
		 "task %u on cpu %u (job %u) takes %s#%u while it holds "
		 "%s#%u\nknown order: %s",
		 task->nr, task->cpu, task->job, lock->name, lock->instance,
		 held->name, held->instance, path);
}

/* Learn that @lock is blocked for while others are held. */
static void check_order(const struct sim_task *task,
			const struct sim_lock *lock, unsigned int class)
{
	uint8_t parent[SIM_MAX_CLASSES];
	uint32_t bit = 1u << class;

	for (unsigned int i = 0; i < task->nr_held; i++) {
		unsigned int before = task->held_class[i] & ~SIM_HELD_READ;

		if (sim_likely(sim_machine.class_after[before] & bit))
			continue;
		if (before == class ||
		    classes_after(class, parent) & 1u << before)
			fail_order(task, lock, class, task->held[i], before,
				   parent);
		sim_machine.class_after[before] |= bit;
	}
}

void sim_lock_check_irqs(const struct sim_task *task,
			 const struct sim_lock *lock, unsigned int class)
{
	uint32_t bit = 1u << class;

	if (!task->irqs_off)
		sim_machine.held_irqs_on |= bit;
	if (sim_unlikely(sim_machine.held_irqs_on & sim_machine.blocked_in_irq &
			 bit))
		fail_irq_unsafe(task, lock);
}

void sim_lock_check(const struct sim_task *task, const struct sim_lock *lock,
		    unsigned int class)
{
	if (task->in_irq)
		sim_machine.blocked_in_irq |= 1u << class;
	sim_lock_check_irqs(task, lock, class);
	if (sim_unlikely(lock->owner == task->nr + 1))
		sim_lock_recursion(task, lock);
	if (task->nr_held)
		check_order(task, lock, class);
}

/* --- Ownership --- */

void sim_lock_note(struct sim_task *task, struct sim_lock *lock,
		   unsigned int class)
{
	if (task->nr_held == SIM_MAX_HELD)
		sim_limit("a task holds too many locks");
	task->held[task->nr_held] = lock;
	task->held_class[task->nr_held++] = (uint8_t)class;
}

unsigned int sim_lock_drop(struct sim_task *task, unsigned int i)
{
	unsigned int class = task->held_class[i];

	task->nr_held--;
	/* Mostly it was the last one. */
#pragma clang loop unroll(disable)
	for (; i < task->nr_held; i++) {
		task->held[i] = task->held[i + 1];
		task->held_class[i] = task->held_class[i + 1];
	}
	return class;
}

static void hold(struct sim_task *task, struct sim_lock *lock,
		 unsigned int class)
{
	sim_lock_note(task, lock, class);
	lock->owner = (uint16_t)(task->nr + 1);
}

/* Returns the class, which is known already. */
static unsigned int release(struct sim_task *task, struct sim_lock *lock)
{
	unsigned int i = task->nr_held;

	if (sim_unlikely(lock->owner != task->nr + 1))
		i = 0;
	while (i > 0 && task->held[i - 1] != lock)
		i--;
	if (sim_unlikely(!i))
		sim_lock_not_owner(task, lock);
	lock->owner = 0;
	return sim_lock_drop(task, i - 1);
}

bool sim_lock_held(const struct sim_lock *lock)
{
	return lock->owner == sim_machine.owner;
}

void sim_release_all(void)
{
	for (unsigned int i = 0; i < sim_machine.nr_tasks; i++) {
		struct sim_task *task = &sim_machine.task[i];
		struct sim_lock *lock;

		while (task->nr_held) {
			lock = task->held[--task->nr_held];
			if (task->held_class[task->nr_held] & SIM_HELD_READ)
				sim_rwsem_of(lock)->nr_readers--;
			else
				lock->owner = 0;
		}
	}
}

void sim_check_nothing_held(const struct sim_task *task)
{
	if (sim_likely(!task->nr_held && !task->preempt && !task->irqs_off))
		return;
	sim_fail("ATOMIC_LEAKED",
		 "a job ended with a lock held, preemption or interrupts off",
		 "task %u on cpu %u (job %u): preempt count %u, interrupts %s, "
		 "%u locks%s%s",
		 task->nr, task->cpu, task->job, task->preempt,
		 task->irqs_off ? "off" : "on", task->nr_held,
		 task->nr_held ? ", one is " : "",
		 task->nr_held ? task->held[0]->name : "");
}

/* --- Spinlocks --- */

static void spin_lock_class(struct sim_lock *lock, unsigned int class,
			    const void *place)
{
	struct sim_task *task = sim_machine.current;

	sim_yield(SIM_POINT_LOCK, place);
	task->preempt++;
	sim_lock_check(task, lock, class);
	if (lock->owner) {
		sim_trace("wait for lock %l#%u, held by task %u", class,
			  lock->instance, lock->owner - 1);
		sim_wait(task, SIM_WAIT_SPIN, lock);
	}
	hold(task, lock, class);
	sim_trace("lock %l#%u", class, lock->instance, 0);
}

void sim_spin_lock(struct sim_lock *lock, const void *place)
{
	spin_lock_class(lock, sim_lock_class(lock), place);
}

void sim_spin_lock_nested(struct sim_lock *lock, const char *name,
			  const void *place)
{
	spin_lock_class(lock, sim_find_class(name), place);
}

bool sim_spin_trylock(struct sim_lock *lock, const void *place)
{
	struct sim_task *task = sim_machine.current;
	unsigned int class = sim_lock_class(lock);

	sim_yield(SIM_POINT_TRYLOCK, place);
	if (lock->owner) {
		sim_trace("trylock %l#%u fails, held by task %u", class,
			  lock->instance, lock->owner - 1);
		return false;
	}
	task->preempt++;
	sim_lock_check_irqs(task, lock, class);
	hold(task, lock, class);
	sim_trace("trylock %l#%u", class, lock->instance, 0);
	return true;
}

void sim_spin_unlock(struct sim_lock *lock, const void *place)
{
	struct sim_task *task = sim_machine.current;
	unsigned int class = release(task, lock);

	sim_trace("unlock %l#%u", class, lock->instance, 0);
	task->preempt--;
	sim_yield(SIM_POINT_UNLOCK, place);
}

/* --- Mutexes --- */

void sim_mutex_lock(struct sim_lock *lock, const void *place)
{
	struct sim_task *task = sim_machine.current;
	unsigned int class = sim_lock_class(lock);

	sim_might_sleep();
	sim_yield(SIM_POINT_LOCK, place);
	sim_lock_check(task, lock, class);
	if (lock->owner) {
		sim_trace("sleep for mutex %l#%u, held by task %u", class,
			  lock->instance, lock->owner - 1);
		sim_wait(task, SIM_WAIT_SLEEP, lock);
	}
	hold(task, lock, class);
	sim_trace("mutex lock %l#%u", class, lock->instance, 0);
}

bool sim_mutex_trylock(struct sim_lock *lock, const void *place)
{
	struct sim_task *task = sim_machine.current;
	unsigned int class = sim_lock_class(lock);

	sim_might_sleep();
	sim_yield(SIM_POINT_TRYLOCK, place);
	if (lock->owner) {
		sim_trace("mutex trylock %l#%u fails, held by task %u", class,
			  lock->instance, lock->owner - 1);
		return false;
	}
	hold(task, lock, class);
	sim_trace("mutex trylock %l#%u", class, lock->instance, 0);
	return true;
}

void sim_mutex_unlock(struct sim_lock *lock, const void *place)
{
	struct sim_task *task = sim_machine.current;
	unsigned int class;

	sim_might_sleep();
	class = release(task, lock);
	sim_trace("mutex unlock %l#%u", class, lock->instance, 0);
	sim_yield(SIM_POINT_UNLOCK, place);
}
