/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CPUs come and go, and signals, which find a task wherever it is.
 *
 * A CPU goes down in one step, at a moment when whatever runs there could be
 * preempted: the kernel's stopper task would have the CPU then. So nobody who
 * relies on staying where he is can see it happen.
 */
#include "internal.h"

#include <errno.h>

static struct sim_rwsem hotplug_lock = { .lock.name = "cpu_hotplug_lock" };

bool sim_cpu_is_online(unsigned int cpu)
{
	return cpu < sim_machine.nr_cpus && sim_is_online(cpu);
}

unsigned int sim_nr_online(void)
{
	unsigned int nr = 0;

	for (unsigned int cpu = 0; cpu < sim_machine.nr_cpus; cpu++)
		nr += sim_is_online(cpu);
	return nr;
}

unsigned int sim_online_near(unsigned int cpu)
{
	while (!sim_is_online(cpu))
		cpu = (cpu + 1) % sim_machine.nr_cpus;
	return cpu;
}

void sim_go_home(struct sim_task *task)
{
	unsigned int home = task->nr % sim_machine.nr_cpus;

	/* A worker or an idle task has nothing to do where nothing runs. */
	if (!sim_is_program(task) || sim_is_online(home))
		task->cpu = (uint8_t)home;
}

bool sim_can_be_stopped(unsigned int nr)
{
	const struct sim_cpu *cpu = &sim_machine.cpu[nr];

	return (!cpu->holder || sim_is_preemptible(cpu->holder)) &&
	       !cpu->nr_ipis && !cpu->nr_irqs;
}

static void move_tasks(unsigned int cpu, unsigned int target)
{
	for (unsigned int i = 0; i < sim_machine.nr_tasks; i++) {
		struct sim_task *task = &sim_machine.task[i];

		if (task->cpu == cpu && (sim_is_program(task) || task->begun))
			task->cpu = (uint8_t)target;
	}
	sim_machine.cpu[cpu].holder = NULL;
}

static void stop(unsigned int cpu)
{
	unsigned int target;

	sim_machine.offline |= (uint8_t)(1u << cpu);
	sim_machine.hotplugged = 1;
	target = sim_online_near(cpu);
	move_tasks(cpu, target);
	sim_work_move(cpu, target);
	sim_rcu_move(&sim_machine.cpu[cpu], &sim_machine.cpu[target]);
	sim_trace("cpu %u is offline, cpu %u stands in for it", cpu, target, 0);
}

int sim_cpu_offline(unsigned int cpu, void (*dead)(unsigned int cpu),
		    const void *place)
{
	struct sim_task *task = sim_machine.current;
	int error = -EINVAL;

	sim_down_write(&hotplug_lock, place);
	if (cpu && sim_cpu_is_online(cpu)) {
		task->ticket = cpu;
		sim_wait(task, SIM_WAIT_STOPPED, NULL);
		stop(cpu);
		/* Where it is now somebody else may be at work. */
		sim_wait(task, SIM_WAIT_CPU, NULL);
		dead(cpu);
		error = 0;
	}
	sim_up_write(&hotplug_lock, place);
	return error;
}

int sim_cpu_online(unsigned int cpu, void (*prepare)(unsigned int cpu),
		   const void *place)
{
	int error = -EINVAL;

	sim_down_write(&hotplug_lock, place);
	if (cpu < sim_machine.nr_cpus && !sim_is_online(cpu)) {
		prepare(cpu);
		sim_machine.offline &= (uint8_t)~(1u << cpu);
		sim_trace("cpu %u is online", cpu, 0, 0);
		for (unsigned int i = 0; i < sim_machine.nr_program; i++) {
			if (!sim_machine.task[i].begun)
				sim_go_home(&sim_machine.task[i]);
		}
		error = 0;
	}
	sim_up_write(&hotplug_lock, place);
	return error;
}

void sim_cpus_read_lock(const void *place)
{
	sim_down_read(&hotplug_lock, place);
}

void sim_cpus_read_unlock(const void *place)
{
	sim_up_read(&hotplug_lock, place);
}

/* --- Signals --- */

void sim_send_signal(unsigned int nr)
{
	struct sim_task *task = &sim_machine.task[nr % sim_machine.nr_program];

	task->signalled = 1;
	sim_trace("signal for task %u", task->nr, 0, 0);
}

bool sim_signal_pending(void)
{
	return sim_machine.current->signalled;
}

void sim_flush_signals(void)
{
	sim_machine.current->signalled = 0;
}
