/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * State of a run, shared by the files of the machine. All of it lies in one
 * struct that sim_reset() starts anew; what is indexed by a count is not
 * cleared, the count is.
 */
#ifndef FUZZ_SIM_INTERNAL_H
#define FUZZ_SIM_INTERNAL_H

#include "sim.h"

#define SIM_NO_JOB UINT32_MAX
#define SIM_MAX_HELD 32 /* locks that one task holds */
#define SIM_MAX_CLASSES 32

#define sim_likely(x) __builtin_expect(!!(x), 1)
#define sim_unlikely(x) __builtin_expect(!!(x), 0)

/* What a task waits for. */
enum sim_wait {
	SIM_WAIT_NOTHING,
	SIM_WAIT_SPIN, /* wait_lock, keeping the CPU and taking interrupts */
	SIM_WAIT_SLEEP, /* wait_lock, without the CPU */
	SIM_WAIT_IPI /* the answers to its interrupt, keeping the CPU */
};

struct sim_task {
	const void *place; /* of its last yield point */
	uint32_t points; /* yield points passed in its job */
	uint32_t job; /* running or next one, SIM_NO_JOB at the end */
	uint32_t preempt;
	uint8_t nr;
	uint8_t cpu;
	uint8_t begun; /* is in the middle of its job */
	uint8_t irqs_off;
	uint8_t in_irq;
	uint8_t wait; /* enum sim_wait */
	uint8_t nr_held;
	const struct sim_lock *wait_lock;
	const struct sim_switch *next_switch;
	const struct sim_switch *end_switch;
	struct sim_lock *held[SIM_MAX_HELD];
	uint8_t held_class[SIM_MAX_HELD];
};

struct sim_cpu {
	struct sim_task *holder; /* in mid-job here and not asleep, or NULL */
	/* The interrupt this CPU has sent: at most one, its sender waits. */
	void (*func)(void *info);
	void *info;
	uint8_t unanswered;
	/* Interrupts that have come in, by sender, oldest first. */
	uint8_t nr_ipis;
	uint8_t ipi_from[SIM_MAX_CPUS];
	uint32_t nr_events;
};

struct sim_machine {
	struct sim_task *current; /* &boot outside of sim_run() */
	uint32_t stop; /* point of its job at which it looks up */
	uint32_t quantum_end; /* point of its job at which it gives way */
	uint32_t accounted; /* points of its job that the bounds know */
	uint32_t points_since_end; /* of a job; bounded */
	uint32_t points_of_run; /* bounded too */
	uint32_t nr_forced;
	uint32_t nr_program; /* program tasks; workers follow */
	uint32_t nr_tasks;
	uint32_t nr_cpus;
	uint8_t every_access;
	uint8_t pair_pending; /* feedback waits for the next point */
	uint8_t failed;
	uint8_t in_handler;
	const void *place_left;
	uint64_t hash;
	uint64_t run; /* number of this run in the process */

	const struct sim_job *jobs;
	uint32_t *next_job; /* of the same task */

	uint32_t nr_classes;
	uint32_t blocked_in_irq; /* classes taken by blocking in interrupts */
	uint32_t held_irqs_on; /* classes taken with interrupts on */
	const char *class_name[SIM_MAX_CLASSES];
	uint32_t class_after[SIM_MAX_CLASSES]; /* taken while it was held */

	struct sim_cpu cpu[SIM_MAX_CPUS];
	struct sim_task task[SIM_MAX_TASKS];
	struct sim_task boot; /* whatever runs outside of sim_run() */
};

extern struct sim_machine sim_machine;

/* --- cpu.c --- */

/* Whether an interrupt can come in right where @task is. */
static inline bool sim_ipi_comes(const struct sim_task *task)
{
	return sim_machine.cpu[task->cpu].nr_ipis && !task->irqs_off;
}

/* Let others run until what @task waits for is there; may end the run. */
void sim_wait(struct sim_task *task, enum sim_wait wait,
	      const struct sim_lock *lock);

/* Make the running task look up at its next yield point. */
void sim_look_up(void);

/* Leave the running task for good; sim_run() then returns false. */
void __attribute__((noreturn)) sim_abandon(void);

/* Whether @task has unfinished work. */
bool sim_task_is_busy(const struct sim_task *task);
bool sim_task_can_run(const struct sim_task *task);

/* --- ipi.c --- */

/* Run what other CPUs have asked of @task's, while interrupts are on. */
void sim_answer_ipis(struct sim_task *task);

/* --- lock.c --- */

/* Release whatever an abandoned run still held. */
void sim_release_all(void);

/* Verdict if @task gives up its CPU for good with something held. */
void sim_check_nothing_held(const struct sim_task *task);

/* --- verdict.c --- */

/* Ends the run: nobody can go on, or all go on without getting anywhere. */
void __attribute__((noreturn)) sim_deadlock(void);
void __attribute__((noreturn)) sim_livelock(void);

/* Prints a message about a limit of the harness and exits with status 3. */
void __attribute__((noreturn)) sim_limit(const char *what);

/* --- trace.c, feedback.c --- */

void sim_trace_point(struct sim_task *task, unsigned int nr,
		     enum sim_point point);
void sim_count_pair(const void *left, const void *next);

#endif
