/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * RCU without preemption. Grace periods are numbers: who asks for one takes the
 * next; a CPU that is seen where it can be preempted, or idle, lets all pass
 * that were asked for so far; one is over when all CPUs have. While some are
 * asked for each yield point looks.
 */
#include "internal.h"

#include <stdlib.h>

struct callback {
	void (*func)(void *arg);
	void *arg;
	uint64_t grace;
	uint32_t job;
	uint32_t next; /* of this CPU; number + 1 */
	bool has_run;
};

/* Those of this run, in order of asking. */
static struct callback *callbacks;
static uint32_t nr_reserved;

static uint64_t ask(void)
{
	sim_machine.grace_asked++;
	sim_machine.rcu_pending = 1;
	sim_look_up();
	return sim_machine.grace_asked;
}

void sim_rcu_look(void)
{
	uint64_t over = sim_machine.grace_asked;

	for (unsigned int i = 0; i < sim_machine.nr_cpus; i++) {
		struct sim_cpu *cpu = &sim_machine.cpu[i];

		if (!cpu->holder || sim_is_preemptible(cpu->holder))
			cpu->grace = sim_machine.grace_asked;
		if (cpu->grace < over)
			over = cpu->grace;
	}
	if (over == sim_machine.grace_over)
		return;
	sim_machine.grace_over = over;
	sim_machine.rcu_pending = over != sim_machine.grace_asked;
	sim_trace("grace period %u is over", over, 0, 0);
}

/* --- Read sections --- */

void sim_rcu_read_lock(void)
{
	struct sim_task *task = sim_machine.current;

	if (task->rcu_nest == UINT8_MAX)
		sim_limit("RCU read sections nest too deeply");
	task->rcu_nest++;
	sim_preempt_disable();
}

void sim_rcu_read_unlock(const void *place)
{
	struct sim_task *task = sim_machine.current;

	if (!task->rcu_nest)
		sim_fail("RCU_UNBALANCED", "an RCU read section ends twice",
			 "task %u on cpu %u (job %u)", task->nr, task->cpu,
			 task->job);
	task->rcu_nest--;
	sim_preempt_enable(place);
}

bool sim_rcu_read_lock_held(void)
{
	return sim_machine.current->rcu_nest != 0;
}

void sim_synchronize_rcu(const void *place)
{
	struct sim_task *task = sim_machine.current;
	uint64_t grace;

	sim_might_sleep();
	if (!sim_running())
		return;
	grace = ask();
	sim_trace("wait for grace period %u", grace, 0, 0);
	sim_yield(SIM_POINT_SLEEP, place);
	task->ticket = grace;
	sim_wait(task, SIM_WAIT_RCU, NULL);
}

/* --- Callbacks --- */

static struct callback *new_callback(void)
{
	uint32_t nr = sim_machine.nr_callbacks++;

	if (nr >= nr_reserved) {
		nr_reserved = 2 * nr_reserved + 64;
		callbacks =
			realloc(callbacks, nr_reserved * sizeof(*callbacks));
		if (!callbacks)
			sim_limit("no memory for RCU callbacks");
	}
	return &callbacks[nr];
}

void sim_call_rcu(void (*func)(void *arg), void *arg)
{
	const struct sim_task *task = sim_machine.current;
	struct sim_cpu *cpu = &sim_machine.cpu[task->cpu];
	struct callback *callback;

	if (!sim_running()) {
		func(arg);
		return;
	}
	callback = new_callback();
	*callback = (struct callback){
		.func = func,
		.arg = arg,
		.grace = ask(),
		.job = task->job,
	};
	if (cpu->first_callback)
		callbacks[cpu->last_callback - 1].next =
			sim_machine.nr_callbacks;
	else
		cpu->first_callback = sim_machine.nr_callbacks;
	cpu->last_callback = sim_machine.nr_callbacks;
	sim_machine.nr_unfinished++;
	sim_trace("callback %u after grace period %u", sim_machine.nr_callbacks,
		  callback->grace, 0);
}

bool sim_rcu_is_ready(uint32_t first)
{
	return callbacks[first - 1].grace <= sim_machine.grace_over;
}

void sim_rcu_move(struct sim_cpu *cpu, struct sim_cpu *target)
{
	if (!cpu->first_callback)
		return;
	if (target->first_callback)
		callbacks[target->last_callback - 1].next = cpu->first_callback;
	else
		target->first_callback = cpu->first_callback;
	target->last_callback = cpu->last_callback;
	cpu->first_callback = 0;
}

static void run_first(struct sim_task *task, struct sim_cpu *cpu)
{
	uint32_t nr = cpu->first_callback;
	struct callback callback = callbacks[nr - 1];

	cpu->first_callback = callback.next;
	task->job = callback.job;
	sim_trace("callback %u runs", nr, 0, 0);
	callback.func(callback.arg);
	callbacks[nr - 1].has_run = true; /* they may have moved */
	while (sim_machine.nr_callbacks_run < sim_machine.nr_callbacks &&
	       callbacks[sim_machine.nr_callbacks_run].has_run)
		sim_machine.nr_callbacks_run++;
	sim_machine.nr_unfinished--;
}

void sim_rcu_run_ready(struct sim_task *task)
{
	struct sim_cpu *cpu = &sim_machine.cpu[task->cpu];
	uint32_t job = task->job;

	task->preempt++;
	while (sim_rcu_has_ready(cpu))
		run_first(task, cpu);
	task->preempt--;
	sim_check_nothing_held(task);
	task->job = job;
}

void sim_rcu_barrier(const void *place)
{
	struct sim_task *task = sim_machine.current;
	uint32_t nr = sim_machine.nr_callbacks;

	sim_might_sleep();
	if (!sim_running())
		return;
	sim_trace("wait for callbacks up to %u", nr, 0, 0);
	sim_yield(SIM_POINT_SLEEP, place);
	task->ticket = nr;
	sim_wait(task, SIM_WAIT_CALLBACKS, NULL);
}
