/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Read-write semaphores. Who waits for one is known from the tasks, in the
 * order of coming: the memory of the subject holds no queue, so an abandoned
 * run leaves none behind.
 */
#include "internal.h"

/* --- Who can have it --- */

bool sim_rwsem_is_free_for(const struct sim_task *task)
{
	const struct sim_rwsem *sem = sim_rwsem_of(task->wait_lock);

	if (sem->lock.owner || (task->for_write && sem->nr_readers))
		return false;
	for (unsigned int i = 0; i < sim_machine.nr_tasks; i++) {
		const struct sim_task *other = &sim_machine.task[i];

		if (other->wait != SIM_WAIT_RWSEM ||
		    other->wait_lock != &sem->lock ||
		    other->order >= task->order)
			continue;
		if (task->for_write || other->for_write)
			return false;
	}
	return true;
}

static bool is_free(struct sim_task *task, const struct sim_rwsem *sem)
{
	if (sem->lock.owner || (task->for_write && sem->nr_readers))
		return false;
	if (sim_likely(!sim_machine.nr_rwsem_waiters))
		return true;
	task->wait_lock = &sem->lock;
	task->order = ++sim_machine.order;
	return sim_rwsem_is_free_for(task);
}

static void wait_for(struct sim_task *task, struct sim_rwsem *sem)
{
	task->order = ++sim_machine.order;
	sim_machine.nr_rwsem_waiters++;
	sim_wait(task, SIM_WAIT_RWSEM, &sem->lock);
	sim_machine.nr_rwsem_waiters--;
}

/* --- Who has it --- */

/* Index + 1 among what @task holds, 0 if it does not hold @sem to read. */
static unsigned int find_read(const struct sim_task *task,
			      const struct sim_rwsem *sem)
{
	unsigned int i = task->nr_held;

	while (i > 0 && (task->held[i - 1] != &sem->lock ||
			 !(task->held_class[i - 1] & SIM_HELD_READ)))
		i--;
	return i;
}

static unsigned int find_write(const struct sim_task *task,
			       const struct sim_rwsem *sem)
{
	unsigned int i = task->nr_held;

	if (sem->lock.owner != task->nr + 1)
		return 0;
	while (i > 0 && task->held[i - 1] != &sem->lock)
		i--;
	return i;
}

bool sim_rwsem_read_held(const struct sim_rwsem *sem)
{
	return find_read(sim_machine.current, sem) != 0;
}

bool sim_rwsem_write_held(const struct sim_rwsem *sem)
{
	return find_write(sim_machine.current, sem) != 0;
}

bool sim_rwsem_is_locked(const struct sim_rwsem *sem)
{
	return sem->lock.owner || sem->nr_readers;
}

static void hold_read(struct sim_task *task, struct sim_rwsem *sem,
		      unsigned int class)
{
	sim_lock_note(task, &sem->lock, class | SIM_HELD_READ);
	sem->nr_readers++;
}

static void hold_write(struct sim_task *task, struct sim_rwsem *sem,
		       unsigned int class)
{
	sim_lock_note(task, &sem->lock, class);
	sem->lock.owner = (uint16_t)(task->nr + 1);
}

static unsigned int drop_write(struct sim_task *task, struct sim_rwsem *sem)
{
	unsigned int i = find_write(task, sem);

	if (sim_unlikely(!i))
		sim_lock_not_owner(task, &sem->lock);
	sem->lock.owner = 0;
	return sim_lock_drop(task, i - 1);
}

/* --- Readers --- */

void sim_down_read(struct sim_rwsem *sem, const void *place)
{
	struct sim_task *task = sim_machine.current;
	unsigned int class = sim_lock_class(&sem->lock);

	sim_might_sleep();
	sim_yield(SIM_POINT_LOCK, place);
	if (sim_unlikely(find_read(task, sem)))
		sim_lock_recursion(task, &sem->lock);
	sim_lock_check(task, &sem->lock, class);
	task->for_write = 0;
	if (!is_free(task, sem)) {
		sim_trace("sleep for rwsem %l#%u to read", class,
			  sem->lock.instance, 0);
		wait_for(task, sem);
	}
	hold_read(task, sem, class);
	sim_trace("down_read %l#%u", class, sem->lock.instance, 0);
}

bool sim_down_read_trylock(struct sim_rwsem *sem, const void *place)
{
	struct sim_task *task = sim_machine.current;
	unsigned int class = sim_lock_class(&sem->lock);

	sim_yield(SIM_POINT_TRYLOCK, place);
	task->for_write = 0;
	if (!is_free(task, sem)) {
		sim_trace("down_read_trylock %l#%u fails", class,
			  sem->lock.instance, 0);
		return false;
	}
	sim_lock_check_irqs(task, &sem->lock, class);
	hold_read(task, sem, class);
	sim_trace("down_read_trylock %l#%u", class, sem->lock.instance, 0);
	return true;
}

void sim_up_read(struct sim_rwsem *sem, const void *place)
{
	struct sim_task *task = sim_machine.current;
	unsigned int i = find_read(task, sem);
	unsigned int class;

	if (sim_unlikely(!i))
		sim_lock_not_owner(task, &sem->lock);
	class = sim_lock_drop(task, i - 1) & ~SIM_HELD_READ;
	sem->nr_readers--;
	sim_trace("up_read %l#%u", class, sem->lock.instance, 0);
	sim_yield(SIM_POINT_UNLOCK, place);
}

/* --- Writers --- */

static void down_write_class(struct sim_rwsem *sem, unsigned int class,
			     const void *place)
{
	struct sim_task *task = sim_machine.current;

	sim_might_sleep();
	sim_yield(SIM_POINT_LOCK, place);
	if (sim_unlikely(find_read(task, sem)))
		sim_lock_recursion(task, &sem->lock);
	sim_lock_check(task, &sem->lock, class);
	task->for_write = 1;
	if (!is_free(task, sem)) {
		sim_trace("sleep for rwsem %l#%u to write", class,
			  sem->lock.instance, 0);
		wait_for(task, sem);
	}
	hold_write(task, sem, class);
	sim_trace("down_write %l#%u", class, sem->lock.instance, 0);
}

void sim_down_write(struct sim_rwsem *sem, const void *place)
{
	down_write_class(sem, sim_lock_class(&sem->lock), place);
}

void sim_down_write_nested(struct sim_rwsem *sem, const char *name,
			   const void *place)
{
	down_write_class(sem, sim_find_class(name), place);
}

bool sim_down_write_trylock(struct sim_rwsem *sem, const void *place)
{
	struct sim_task *task = sim_machine.current;
	unsigned int class = sim_lock_class(&sem->lock);

	sim_yield(SIM_POINT_TRYLOCK, place);
	task->for_write = 1;
	if (!is_free(task, sem)) {
		sim_trace("down_write_trylock %l#%u fails", class,
			  sem->lock.instance, 0);
		return false;
	}
	sim_lock_check_irqs(task, &sem->lock, class);
	hold_write(task, sem, class);
	sim_trace("down_write_trylock %l#%u", class, sem->lock.instance, 0);
	return true;
}

void sim_up_write(struct sim_rwsem *sem, const void *place)
{
	struct sim_task *task = sim_machine.current;
	unsigned int class = drop_write(task, sem);

	sim_trace("up_write %l#%u", class, sem->lock.instance, 0);
	sim_yield(SIM_POINT_UNLOCK, place);
}

void sim_downgrade_write(struct sim_rwsem *sem, const void *place)
{
	struct sim_task *task = sim_machine.current;
	unsigned int class = drop_write(task, sem);

	hold_read(task, sem, class);
	sim_trace("downgrade_write %l#%u", class, sem->lock.instance, 0);
	sim_yield(SIM_POINT_UNLOCK, place);
}
