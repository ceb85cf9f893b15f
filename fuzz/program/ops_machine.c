// SPDX-License-Identifier: GPL-2.0-only
/* Operations on the machine: what befalls those on pages. */
#include "check/check.h"
#include "program/held.h"
#include "program/ops.h"

/* --- Failing allocations --- */

/* The count-th allocation of this task from now on. */
bool op_fail(const struct record *rec)
{
	if (!subject_caps()->can_fail_alloc)
		return false;
	ops.fail[sim_task()] = rec->arg[0] + 1u;
	return true;
}

/* Of program tasks: as with fault_attr.task_filter, interrupts are spared. */
bool event_should_fail_alloc(unsigned int order)
{
	unsigned int task = sim_task();

	if (sim_in_irq() || task >= SIM_PROGRAM_TASKS || !ops.fail[task] ||
	    --ops.fail[task])
		return false;
	sim_trace("allocation of order %u is made to fail", order, 0, 0);
	check_note(STATE_alloc_failure_injected);
	check_op_fails();
	ops.now++;
	return true;
}

/* --- Memory that breaks --- */

/* A slot waits for that. */
bool event_memory_breaks(unsigned int pfn)
{
	struct held *held = ops.breaks;

	if (!held)
		return false;
	sim_trace("memory of pfn %u breaks", pfn, 0, 0);
	check_breaks(pfn);
	*held = (struct held){ .kind = HELD_OFF, .start = pfn, .end = pfn + 1 };
	ops.breaks = NULL;
	ops.now++;
	return true;
}

/* --- CPUs --- */

/*
 * Nobody but a CPU fills its pcplists and batches, and has what it did not add
 * to the counters: there is nothing of that from then on.
 */
static void cpu_dead(unsigned int cpu)
{
	check_cpu_dying(cpu);
	subject_cpu_dead(cpu);
	check_drained((int)cpu);
	check_batches_dead(cpu);
	check_folded();
}

/* The first from @first on, but CPU 0, that is there or not; else @first. */
static unsigned int find_cpu(unsigned int first, bool (*wanted)(unsigned int))
{
	unsigned int others = sim_nr_cpus() - 1;

	for (unsigned int i = 0; i < others; i++) {
		unsigned int cpu = 1 + (first + i) % others;

		if (wanted(cpu))
			return cpu;
	}
	return 1 + first % others;
}

static bool is_offline(unsigned int cpu)
{
	return !sim_cpu_is_online(cpu);
}

/* Which one is chosen before it waits for those who take CPUs up and down. */
bool op_cpu(const struct record *rec)
{
	unsigned int cpu;
	int error;

	if (sim_nr_cpus() < 2 || !subject_caps()->has_hotplug)
		return false;
	cpu = find_cpu(rec->arg[0],
		       rec->arg[1] ? is_offline : sim_cpu_is_online);
	check_op_begin(CHECK_OP_OTHER, CHECK_CMA_ALLOWED);
	if (rec->arg[1])
		error = sim_cpu_online(cpu, subject_cpu_prepare, NULL);
	else
		error = sim_cpu_offline(cpu, cpu_dead, NULL);
	check_op_end(CHECK_DONE, 0, 0);
	return !error;
}

bool ops_need_cpus(void)
{
	return sim_nr_online() < sim_nr_cpus();
}

void ops_power_on(void *unused)
{
	(void)unused;
	for (unsigned int cpu = 1; cpu < sim_nr_cpus(); cpu++)
		sim_cpu_online(cpu, subject_cpu_prepare, NULL);
}

/* --- Signals --- */

/* To itself it would be over with this operation. */
bool op_signal(const struct record *rec)
{
	unsigned int nr = 2 * sim_nr_cpus(), task = rec->arg[0] % nr;

	if (!subject_caps()->has_signals)
		return false;
	/* It would end this very operation: the next one is meant. */
	if (task == sim_task())
		task = (task + 1) % nr;
	ops.killed |= 1u << task;
	subject_kill(task);
	sim_send_signal(task);
	return true;
}
