/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interrupts: those of devices, which a switch raises on the CPU that takes it,
 * and interprocessor interrupts. Of the latter a CPU has at most one
 * outstanding, because its sender keeps the CPU until all have answered. All
 * come in at yield points with interrupts on, and while a task waits without
 * sleeping; where nothing runs, the idle task of the CPU answers.
 */
#include "internal.h"

static void (*interrupt_handler)(unsigned int nr);

void sim_on_interrupt(void (*handler)(unsigned int nr))
{
	interrupt_handler = handler;
}

static void check_context(const struct sim_task *task, uint32_t preempt,
			  uint8_t nr_held)
{
	if (sim_likely(task->preempt == preempt && task->nr_held == nr_held &&
		       task->irqs_off))
		return;
	sim_fail("ATOMIC_LEAKED",
		 "an interrupt handler ended in another context",
		 "task %u on cpu %u: preempt count %u, was %u; "
		 "%u locks, were %u%s",
		 task->nr, task->cpu, task->preempt, preempt, task->nr_held,
		 nr_held, task->irqs_off ? "" : "; interrupts on");
}

static void answer_ipi(struct sim_task *task)
{
	struct sim_cpu *cpu = &sim_machine.cpu[task->cpu];
	struct sim_cpu *sender = &sim_machine.cpu[cpu->ipi_from[0]];

	if (!sim_is_program(task)) /* works for the sender */
		task->job = sender->holder->job;
	sim_trace("interrupt from cpu %u", cpu->ipi_from[0], 0, 0);
	cpu->nr_ipis--;
	for (unsigned int i = 0; i < cpu->nr_ipis; i++)
		cpu->ipi_from[i] = cpu->ipi_from[i + 1];
	sender->func(sender->info);
	sender->unanswered--;
}

static void answer_irq(struct sim_task *task)
{
	struct sim_cpu *cpu = &sim_machine.cpu[task->cpu];
	unsigned int nr = cpu->irq[0];

	sim_trace("interrupt %u", nr, 0, 0);
	cpu->nr_irqs--;
	for (unsigned int i = 0; i < cpu->nr_irqs; i++)
		cpu->irq[i] = cpu->irq[i + 1];
	interrupt_handler(nr);
}

/* What @task was about to do, it does afterwards. */
static void answer_one(struct sim_task *task)
{
	const struct sim_lock *wait_lock = task->wait_lock;
	const void *place = task->place;
	uint32_t preempt = ++task->preempt;
	uint32_t points = task->points;
	uint32_t job = task->job;
	uint8_t nr_held = task->nr_held;
	uint8_t wait = task->wait;

	task->wait = SIM_WAIT_NOTHING;
	task->irqs_off = 1;
	task->in_irq = 1;

	if (sim_machine.cpu[task->cpu].nr_ipis)
		answer_ipi(task);
	else
		answer_irq(task);

	check_context(task, preempt, nr_held);
	task->in_irq = 0;
	task->irqs_off = 0;
	task->preempt--;
	task->place = place;
	task->wait = wait;
	task->wait_lock = wait_lock;
	sim_trace("end of interrupt after %u points", task->points - points, 0,
		  0);
	task->job = job;
}

void sim_raise_irq(struct sim_cpu *cpu, unsigned int nr)
{
	if (!interrupt_handler || cpu->nr_irqs == SIM_MAX_IRQS)
		return;
	for (unsigned int i = 0; i < cpu->nr_irqs; i++) {
		if (cpu->irq[i] == nr)
			return;
	}
	cpu->irq[cpu->nr_irqs++] = (uint16_t)nr;
}

void sim_answer_irqs(struct sim_task *task)
{
	while (sim_unlikely(sim_irq_comes(task)))
		answer_one(task);
}

static void send_to(struct sim_cpu *cpu, uint8_t sender)
{
	cpu->ipi_from[cpu->nr_ipis++] = sender;
}

void sim_on_each_cpu(void (*func)(void *info), void *info, const void *place)
{
	struct sim_task *task = sim_machine.current;
	struct sim_cpu *self = &sim_machine.cpu[task->cpu];
	bool were_on;

	if (task->irqs_off || task->in_irq)
		sim_fail("IPI_IRQS_OFF",
			 "an interprocessor interrupt with interrupts off",
			 "task %u on cpu %u (job %u)%s", task->nr, task->cpu,
			 task->job, task->in_irq ? ", in an interrupt" : "");
	sim_preempt_disable();
	if (sim_running()) {
		self->func = func;
		self->info = info;
		self->unanswered = (uint8_t)(sim_nr_online() - 1);
		for (unsigned int cpu = 0; cpu < sim_machine.nr_cpus; cpu++) {
			if (cpu != task->cpu && sim_is_online(cpu))
				send_to(&sim_machine.cpu[cpu], task->cpu);
		}
		sim_yield(SIM_POINT_IPI, place);
	}
	were_on = sim_irq_save();
	func(info);
	sim_irq_restore(were_on, place);
	if (sim_running())
		sim_wait(task, SIM_WAIT_IPI, NULL);
	sim_preempt_enable(place);
}
