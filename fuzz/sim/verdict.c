/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How a run ends before its jobs do: the first violation, told to whoever
 * wants to print it while everything still stands as it was.
 */
#include "internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct sim_verdict verdict;
static void (*verdict_handler)(const struct sim_verdict *verdict);

void sim_on_verdict(void (*handler)(const struct sim_verdict *verdict))
{
	verdict_handler = handler;
}

const struct sim_verdict *sim_verdict(void)
{
	return sim_machine.failed ? &verdict : NULL;
}

void sim_limit(const char *what)
{
	fprintf(stderr, "mmfuzz: %s\n", what);
	exit(3);
}

/* A second violation, found while the first is being told, is not one. */
static void tell(void)
{
	const struct sim_task *task = sim_machine.current;

	sim_machine.failed = 1;
	sim_trace("verdict after %u points", task->points, 0, 0);
	sim_machine.in_handler = 1;
	if (verdict_handler)
		verdict_handler(&verdict);
	else if (!sim_running())
		fprintf(stderr, "ASSERTION FAILED: %s: %s\n%s\n", verdict.id,
			verdict.summary, verdict.detail);
	sim_machine.in_handler = 0;
}

void sim_fail(const char *id, const char *summary, const char *detail, ...)
{
	va_list args;

	if (!sim_machine.in_handler) {
		snprintf(verdict.id, sizeof(verdict.id), "%s", id);
		snprintf(verdict.summary, sizeof(verdict.summary), "%s",
			 summary);
		va_start(args, detail);
		vsnprintf(verdict.detail, sizeof(verdict.detail), detail, args);
		va_end(args);
		tell();
	}
	if (!sim_running())
		abort();
	sim_abandon();
}

/* --- The wait-for graph --- */

struct text {
	char buf[sizeof(((struct sim_verdict *)NULL)->detail)];
	size_t len;
};

static void __attribute__((format(printf, 2, 3))) add(struct text *text,
						      const char *format, ...)
{
	size_t room = sizeof(text->buf) - text->len;
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(text->buf + text->len, room, format, args);
	va_end(args);
	if (len > 0)
		text->len += (size_t)len < room ? (size_t)len : room - 1;
}

static void add_unanswered(struct text *text, unsigned int sender)
{
	for (unsigned int i = 0; i < sim_machine.nr_cpus; i++) {
		const struct sim_cpu *cpu = &sim_machine.cpu[i];
		bool pending = false;

		for (unsigned int k = 0; k < cpu->nr_ipis; k++)
			pending |= cpu->ipi_from[k] == sender;
		if (!pending)
			continue;
		add(text, ", cpu %u has not", i);
		if (cpu->holder)
			add(text, " (task %u has interrupts %s)",
			    cpu->holder->nr,
			    cpu->holder->irqs_off ? "off" : "on");
	}
}

static void add_rwsem(struct text *text, const struct sim_task *task)
{
	const struct sim_rwsem *sem = sim_rwsem_of(task->wait_lock);
	const char *how = ", read by";

	add(text, " waits for %s#%u to %s", sem->lock.name, sem->lock.instance,
	    task->for_write ? "write" : "read");
	if (sem->lock.owner)
		add(text, ", held by task %u", sem->lock.owner - 1u);
	for (unsigned int i = 0; i < sim_machine.nr_tasks; i++) {
		const struct sim_task *other = &sim_machine.task[i];

		for (unsigned int k = 0; k < other->nr_held; k++) {
			if (other->held[k] != &sem->lock ||
			    !(other->held_class[k] & SIM_HELD_READ))
				continue;
			add(text, "%s task %u", how, other->nr);
			how = ",";
		}
	}
	how = ", behind";
	for (unsigned int i = 0; i < sim_machine.nr_tasks; i++) {
		const struct sim_task *other = &sim_machine.task[i];

		if (other->wait != SIM_WAIT_RWSEM ||
		    other->wait_lock != &sem->lock ||
		    other->order >= task->order)
			continue;
		add(text, "%s task %u", how, other->nr);
		how = ",";
	}
}

static void add_channel(struct text *text, const struct sim_task *task)
{
	add(text, " sleeps on %s %u", task->what ? task->what : "a channel",
	    task->what_nr);
	if (task->due != SIM_FOREVER)
		add(text, " until %llu, it is %llu",
		    (unsigned long long)task->due,
		    (unsigned long long)sim_machine.now);
}

static void add_work(struct text *text, const struct sim_task *task)
{
	add(text, " waits for the end of work %u", (unsigned int)task->ticket);
	for (unsigned int i = 0; i < sim_machine.nr_tasks; i++) {
		const struct sim_task *other = &sim_machine.task[i];

		if (!sim_is_program(other) && !sim_is_idle_task(other) &&
		    other->begun && other->work.nr == task->ticket)
			add(text, ", which task %u runs", other->nr);
	}
	for (unsigned int i = 0; i < sim_machine.nr_pending; i++) {
		if (sim_machine.pending[i].nr == task->ticket)
			add(text, ", which has not begun");
	}
}

static void add_grace_period(struct text *text, const struct sim_task *task)
{
	add(text, " waits for grace period %u", (unsigned int)task->ticket);
	for (unsigned int i = 0; i < sim_machine.nr_cpus; i++) {
		const struct sim_cpu *cpu = &sim_machine.cpu[i];

		if (cpu->grace >= task->ticket || !cpu->holder)
			continue;
		add(text,
		    ", cpu %u does not let it pass (task %u has preempt count "
		    "%u, interrupts %s)",
		    i, cpu->holder->nr, cpu->holder->preempt,
		    cpu->holder->irqs_off ? "off" : "on");
	}
}

static void add_reason(struct text *text, const struct sim_task *task)
{
	const struct sim_task *holder = sim_machine.cpu[task->cpu].holder;

	switch ((enum sim_wait)task->wait) {
	case SIM_WAIT_SPIN:
	case SIM_WAIT_SLEEP:
		add(text, " waits for %s#%u", task->wait_lock->name,
		    task->wait_lock->instance);
		if (task->wait_lock->owner)
			add(text, ", held by task %u",
			    task->wait_lock->owner - 1u);
		return;
	case SIM_WAIT_IPI:
		add(text, " waits until all cpus have answered its interrupt");
		add_unanswered(text, task->cpu);
		return;
	case SIM_WAIT_RWSEM:
		add_rwsem(text, task);
		return;
	case SIM_WAIT_CHANNEL:
		add_channel(text, task);
		return;
	case SIM_WAIT_WORK:
		add_work(text, task);
		return;
	case SIM_WAIT_RCU:
		add_grace_period(text, task);
		return;
	case SIM_WAIT_CALLBACKS:
		add(text, " waits for %u RCU callbacks, %u have run",
		    (unsigned int)task->ticket, sim_machine.nr_callbacks_run);
		return;
	case SIM_WAIT_STOPPED:
		add(text, " waits until cpu %u can be stopped",
		    (unsigned int)task->ticket);
		return;
	case SIM_WAIT_CPU:
	case SIM_WAIT_NOTHING:
		break;
	}
	if (!task->begun)
		add(text, " has not begun");
	else
		add(text, " has passed %u points", task->points);
	if (holder && holder != task && !sim_task_can_run(task))
		add(text, ", task %u keeps the cpu", holder->nr);
}

static void add_work_name(struct text *text, uint32_t nr, uint32_t job)
{
	add(text, "work %u", nr);
	if (job != SIM_NO_JOB)
		add(text, " of job %u", job);
}

static void describe_works(struct text *text)
{
	for (unsigned int i = 0; i < sim_machine.nr_pending; i++) {
		const struct sim_pending *work = &sim_machine.pending[i];

		add(text, "%s", text->len ? "\n" : "");
		add_work_name(text, work->nr, work->job);
		if (work->armed)
			add(text, " is due at %llu, it is %llu",
			    (unsigned long long)work->due,
			    (unsigned long long)sim_machine.now);
		else
			add(text, " has not begun on cpu %u%s", work->cpu,
			    sim_work_is_stuck(work) ?
				    ", all workers of which sleep" :
				    "");
	}
}

static void describe_tasks(struct text *text)
{
	text->len = 0;
	text->buf[0] = '\0';
	for (unsigned int i = 0; i < sim_machine.nr_tasks; i++) {
		const struct sim_task *task = &sim_machine.task[i];

		if (!sim_task_is_busy(task))
			continue;
		add(text, "%stask %u on cpu %u", text->len ? "\n" : "",
		    task->nr, task->cpu);
		if (sim_is_program(task)) {
			add(text, " (job %u)", task->job);
		} else if (!sim_is_idle_task(task) && task->begun) {
			add(text, " (");
			add_work_name(text, task->work.nr, task->work.job);
			add(text, ")");
		}
		add_reason(text, task);
	}
	describe_works(text);
}

void sim_deadlock(void)
{
	static struct text text;

	describe_tasks(&text);
	for (unsigned int i = 0; i < sim_machine.nr_pending; i++) {
		if (sim_work_is_stuck(&sim_machine.pending[i]))
			sim_fail("WORKERS_EXHAUSTED",
				 "no task can run, but a machine with more "
				 "workers could",
				 "%s", text.buf);
	}
	sim_fail("DEADLOCK", "jobs are unfinished and no task can run", "%s",
		 text.buf);
}

void sim_livelock(void)
{
	static struct text text;

	describe_tasks(&text);
	sim_fail("LIVELOCK", "tasks run under a fair schedule and none ends",
		 "%u yield points since the last job ended, %u in all\n%s",
		 sim_machine.points_since_end, sim_machine.points_of_run,
		 text.buf);
}
