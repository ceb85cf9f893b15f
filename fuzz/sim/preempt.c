/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether the running task can be preempted, interrupted, or put to sleep.
 */
#include "internal.h"

void sim_preempt_disable(void)
{
	sim_machine.current->preempt++;
}

void sim_preempt_enable(const void *place)
{
	struct sim_task *task = sim_machine.current;

	if (!task->preempt)
		sim_fail("PREEMPT_UNBALANCED",
			 "preemption is enabled more often than disabled",
			 "task %u on cpu %u (job %u)", task->nr, task->cpu,
			 task->job);
	if (!--task->preempt)
		sim_yield(SIM_POINT_PREEMPT_ENABLE, place);
}

unsigned int sim_preempt_count(void)
{
	return sim_machine.current->preempt;
}

bool sim_irqs_disabled(void)
{
	return sim_machine.current->irqs_off;
}

bool sim_irq_save(void)
{
	struct sim_task *task = sim_machine.current;
	bool were_on = !task->irqs_off;

	task->irqs_off = 1;
	return were_on;
}

void sim_irq_restore(bool were_on, const void *place)
{
	struct sim_task *task = sim_machine.current;
	bool enables = were_on && task->irqs_off;

	task->irqs_off = !were_on;
	if (!enables)
		return;
	if (sim_irq_comes(task))
		sim_look_up();
	sim_yield(SIM_POINT_IRQ_ENABLE, place);
}

unsigned int sim_context(void)
{
	const struct sim_task *task = sim_machine.current;

	return task->nr + (task->in_irq ? SIM_ALL_TASKS : 0);
}

bool sim_in_irq(void)
{
	return sim_machine.current->in_irq;
}

void sim_might_sleep(void)
{
	const struct sim_task *task = sim_machine.current;

	if (sim_likely(sim_is_preemptible(task)))
		return;
	sim_fail(
		"SLEEP_IN_ATOMIC",
		"a function that may sleep is called where it must not",
		"task %u on cpu %u (job %u): preempt count %u, interrupts %s%s",
		task->nr, task->cpu, task->job, task->preempt,
		task->irqs_off ? "off" : "on",
		task->in_irq ? ", in an interrupt" : "");
}
