/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whose turn it is: who can run, and which one of them goes on.
 */
#include "internal.h"

/* Quick, as mostly there is nothing to do for those of no job. */
static inline bool may_be_busy(const struct sim_task *task)
{
	const struct sim_cpu *cpu = &sim_machine.cpu[task->cpu];

	if (sim_is_program(task))
		return task->job != SIM_NO_JOB;
	return task->begun | cpu->nr_ipis | cpu->first_callback |
	       sim_machine.nr_pending;
}

bool sim_task_is_busy(const struct sim_task *task)
{
	const struct sim_cpu *cpu = &sim_machine.cpu[task->cpu];

	if (sim_is_program(task) || !may_be_busy(task))
		return may_be_busy(task);
	if (sim_is_idle_task(task))
		return task->begun || cpu->nr_ipis || sim_rcu_has_ready(cpu);
	return task->begun || sim_work_for(task);
}

/* The one that has it can be preempted, or is none. */
static bool can_take_cpu(const struct sim_task *task)
{
	const struct sim_task *holder = sim_machine.cpu[task->cpu].holder;

	return !holder || holder == task || sim_is_preemptible(holder);
}

bool sim_wait_is_over(const struct sim_task *task)
{
	if (sim_likely(task->wait == SIM_WAIT_NOTHING))
		return true;
	switch ((enum sim_wait)task->wait) {
	case SIM_WAIT_SPIN:
	case SIM_WAIT_SLEEP:
		return !task->wait_lock->owner;
	case SIM_WAIT_IPI:
		return !sim_machine.cpu[task->cpu].unanswered;
	case SIM_WAIT_RWSEM:
		return sim_rwsem_is_free_for(task);
	case SIM_WAIT_CHANNEL:
		return !task->on_channel;
	case SIM_WAIT_WORK:
		return sim_work_has_ended(task->ticket);
	case SIM_WAIT_RCU:
		return sim_machine.grace_over >= task->ticket;
	case SIM_WAIT_CALLBACKS:
		return sim_machine.nr_callbacks_run >= task->ticket;
	case SIM_WAIT_STOPPED:
		return sim_can_be_stopped((unsigned int)task->ticket);
	case SIM_WAIT_CPU:
		return can_take_cpu(task);
	case SIM_WAIT_NOTHING:
		break;
	}
	return true;
}

bool sim_task_is_awake(const struct sim_task *task)
{
	return task->begun && sim_wait_is_over(task);
}

bool sim_task_can_run(const struct sim_task *task)
{
	const struct sim_cpu *cpu = &sim_machine.cpu[task->cpu];
	const struct sim_task *holder = cpu->holder;

	if (!sim_task_is_busy(task))
		return false;
	if (holder == task) /* also answers interrupts while it waits */
		return sim_wait_is_over(task) || sim_irq_comes(task);
	if (!sim_wait_is_over(task))
		return false;
	if (!holder)
		return true;
	if (!sim_is_preemptible(holder))
		return false;
	/* A task that holds the CPU answers interrupts itself. */
	return !sim_is_idle_task(task) || sim_rcu_has_ready(cpu);
}

struct sim_task *sim_next_that_can_run(const struct sim_task *task)
{
	unsigned int nr = task->nr;

	for (unsigned int i = 1; i < sim_machine.nr_tasks; i++) {
		if (++nr == sim_machine.nr_tasks)
			nr = 0;
		if (may_be_busy(&sim_machine.task[nr]) &&
		    sim_task_can_run(&sim_machine.task[nr]))
			return &sim_machine.task[nr];
	}
	return NULL;
}

bool sim_others_can_run(void)
{
	return sim_next_that_can_run(sim_machine.current);
}

struct sim_task *sim_after_a_job(void)
{
	struct sim_task *first = &sim_machine.task[0];
	struct sim_task *next;

	for (unsigned int i = 1; i < sim_machine.nr_program; i++) {
		if (sim_machine.task[i].job < first->job)
			first = &sim_machine.task[i];
	}
	if (first->job == SIM_NO_JOB && sim_likely(!sim_machine.nr_unfinished))
		return NULL;
	do {
		if (sim_unlikely(sim_machine.rcu_pending))
			sim_rcu_look();
		if (sim_task_can_run(first))
			return first;
		next = sim_machine.cpu[first->cpu].holder;
		if (!next || !sim_task_can_run(next))
			next = sim_next_that_can_run(first);
		if (next)
			return next;
	} while (sim_time_passes());
	sim_deadlock();
}

struct sim_task *sim_worker_of(unsigned int cpu)
{
	struct sim_task *idle = &sim_machine.task[sim_machine.nr_program + cpu];
	struct sim_task *end = &sim_machine.task[sim_machine.nr_tasks];
	struct sim_task *task;

	for (task = idle + sim_machine.nr_cpus; task < end;
	     task += sim_machine.nr_cpus) {
		if (task->begun && sim_task_can_run(task))
			return task;
	}
	for (task = idle; task < end; task += sim_machine.nr_cpus) {
		if (sim_task_can_run(task))
			return task;
	}
	return NULL;
}
