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
#define SIM_MAX_PENDING 256 /* works */
#define SIM_HELD_READ 0x80u

#define sim_likely(x) __builtin_expect(!!(x), 1)
#define sim_unlikely(x) __builtin_expect(!!(x), 0)

/* What a task waits for. */
enum sim_wait {
	SIM_WAIT_NOTHING,
	SIM_WAIT_SPIN, /* wait_lock, keeping the CPU and taking interrupts */
	SIM_WAIT_SLEEP, /* wait_lock, without the CPU */
	SIM_WAIT_IPI, /* the answers to its interrupt, keeping the CPU */
	/* All without the CPU: */
	SIM_WAIT_RWSEM, /* wait_lock, which is that of a sim_rwsem */
	SIM_WAIT_CHANNEL, /* to be woken, or its timer */
	SIM_WAIT_WORK, /* the end of the work with number ticket */
	SIM_WAIT_RCU, /* the end of grace period ticket */
	SIM_WAIT_CALLBACKS, /* that the first ticket of them have run */
	SIM_WAIT_STOPPED, /* that CPU ticket can be stopped */
	SIM_WAIT_CPU /* that whoever has its CPU can be preempted */
};

/* A queued or armed work. */
struct sim_pending {
	void *work;
	void (*func)(void *work);
	uint64_t due; /* if armed */
	uint64_t order; /* among timers */
	uint32_t nr; /* number of the instance in this run */
	uint32_t job; /* that queued it */
	uint8_t cpu;
	uint8_t armed;
};

struct sim_task {
	const void *place; /* of its last yield point */
	uint32_t points; /* yield points passed in its job */
	uint32_t job; /* running or next one, SIM_NO_JOB at the end */
	uint32_t stamp; /* of what it runs, for marks */
	uint32_t preempt;
	uint8_t nr;
	uint8_t cpu;
	uint8_t begun; /* is in the middle of its job */
	uint8_t irqs_off;
	uint8_t in_irq;
	uint8_t wait; /* enum sim_wait */
	uint8_t nr_held;
	uint8_t rcu_nest;
	uint8_t on_channel; /* sim_wake() has not found it yet */
	uint8_t for_write; /* what it waits for */
	uint8_t signalled;
	const struct sim_lock *wait_lock;
	const struct sim_switch *next_switch;
	const struct sim_switch *end_switch;
	struct sim_lock *held[SIM_MAX_HELD];
	uint8_t held_class[SIM_MAX_HELD]; /* with SIM_HELD_READ */
	/* What the rest means depends on the wait. */
	const void *channel;
	const char *what; /* the channel is */
	uint32_t what_nr;
	uint64_t order; /* of beginning to wait */
	uint64_t due; /* SIM_FOREVER if it has no timer */
	uint64_t ticket;
	/* Of a worker in the middle of a work. */
	struct sim_pending work;
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
	/* Interrupts of devices, likewise. */
	uint8_t nr_irqs;
	uint16_t irq[SIM_MAX_IRQS];
	uint32_t nr_events;
	/* RCU callbacks of this CPU: number + 1, 0 is none. */
	uint32_t first_callback;
	uint32_t last_callback;
	uint64_t grace; /* last grace period that this CPU has let pass */
};

struct sim_machine {
	struct sim_task *current; /* &boot outside of sim_run() */
	uint16_t owner; /* of locks, while it is current */
	uint32_t stop; /* point of its job at which it looks up */
	uint32_t quantum_end; /* point of its job at which it gives way */
	uint32_t accounted; /* points of its job that the bounds know */
	uint32_t points_since_end; /* of a job; bounded */
	uint32_t points_of_run; /* bounded too */
	uint32_t nr_forced;
	uint32_t nr_program; /* program tasks; those that are idle follow */
	uint32_t nr_tasks; /* with the workers, once a work was queued */
	uint32_t nr_cpus;
	uint8_t every_access;
	uint8_t pair_pending; /* feedback waits for the next point */
	uint8_t rcu_pending; /* some grace period is not over */
	uint8_t failed;
	uint8_t in_handler;
	uint8_t offline; /* CPUs, as a mask */
	uint8_t hotplugged; /* some CPU has been offline in this run */
	const void *place_left;
	uint64_t hash;
	uint64_t run; /* number of this run in the process */

	uint64_t now; /* virtual time */
	uint64_t order; /* of whatever waits, in order of coming */
	uint32_t nr_timers;
	uint32_t tick_points; /* points_of_run when time went on last */
	uint32_t nr_unfinished; /* works and callbacks that jobs left behind */
	uint32_t nr_pending; /* works, in order of queueing */
	uint32_t nr_works; /* so far: numbers the next one */
	uint32_t nr_rwsem_waiters;
	uint64_t grace_asked;
	uint64_t grace_over;
	uint32_t nr_callbacks; /* so far */
	uint32_t nr_callbacks_run; /* so many of the first have run */

	const struct sim_job *jobs;
	uint32_t *next_job; /* of the same task */

	uint32_t nr_classes;
	uint32_t blocked_in_irq; /* classes taken by blocking in interrupts */
	uint32_t held_irqs_on; /* classes taken with interrupts on */
	const char *class_name[SIM_MAX_CLASSES];
	uint32_t class_after[SIM_MAX_CLASSES]; /* taken while it was held */

	struct sim_cpu cpu[SIM_MAX_CPUS];
	struct sim_task task[SIM_ALL_TASKS];
	struct sim_task boot; /* whatever runs outside of sim_run() */
	struct sim_pending pending[SIM_MAX_PENDING];
};

extern struct sim_machine sim_machine;

static inline bool sim_is_preemptible(const struct sim_task *task)
{
	return !task->preempt && !task->irqs_off && !task->in_irq;
}

static inline bool sim_is_program(const struct sim_task *task)
{
	return task->nr < sim_machine.nr_program;
}

static inline bool sim_is_idle_task(const struct sim_task *task)
{
	return task->nr - sim_machine.nr_program < sim_machine.nr_cpus;
}

/* --- turn.c --- */

/* Whether @task has unfinished work. */
bool sim_task_is_busy(const struct sim_task *task);
bool sim_task_can_run(const struct sim_task *task);
bool sim_wait_is_over(const struct sim_task *task);
/* Whether it is in the middle of something and does not wait. */
bool sim_task_is_awake(const struct sim_task *task);

/* The next one after @task in cyclic order that can run, NULL if none can. */
struct sim_task *sim_next_that_can_run(const struct sim_task *task);
/* Who goes on when a job has ended; NULL if all have, and all works. */
struct sim_task *sim_after_a_job(void);
/* For SIM_SWITCH_WORKER: one that can run, NULL if there is none. */
struct sim_task *sim_worker_of(unsigned int cpu);

/* --- cpu.c --- */

/* Whether an interrupt can come in right where @task is. */
static inline bool sim_irq_comes(const struct sim_task *task)
{
	const struct sim_cpu *cpu = &sim_machine.cpu[task->cpu];

	return (cpu->nr_ipis | cpu->nr_irqs) && !task->irqs_off;
}

/*
 * Let others run until what @task waits for is there; may end the run. What
 * @wait means beside @lock lies in @task already.
 */
void sim_wait(struct sim_task *task, enum sim_wait wait,
	      const struct sim_lock *lock);

/* Make the running task look up at its next yield point. */
void sim_look_up(void);

/* Leave the running task for good; sim_run() then returns false. */
void __attribute__((noreturn)) sim_abandon(void);

/* Add a worker to each CPU; false if there are as many as can be. */
bool sim_add_workers(void);

/* --- hotplug.c --- */

static inline bool sim_is_online(unsigned int cpu)
{
	return !(sim_machine.offline >> cpu & 1);
}

/* @cpu, or the online one that stands in for it. */
unsigned int sim_online_near(unsigned int cpu);
/* @task is in the middle of nothing: it goes back to its own CPU, if it can. */
void sim_go_home(struct sim_task *task);
/* Whether nothing on @cpu keeps it from being stopped. */
bool sim_can_be_stopped(unsigned int cpu);

/* --- interrupt.c --- */

/* Run what has come in on @task's CPU, while interrupts are on. */
void sim_answer_irqs(struct sim_task *task);

/* Interrupt @nr comes in on @cpu. */
void sim_raise_irq(struct sim_cpu *cpu, unsigned int nr);

/* --- lock.c --- */

/* Release whatever an abandoned run still held. */
void sim_release_all(void);

unsigned int sim_find_class(const char *name);
unsigned int sim_lock_class(struct sim_lock *lock);
/* Before waiting: verdict if what follows could deadlock. */
void sim_lock_check(const struct sim_task *task, const struct sim_lock *lock,
		    unsigned int class);
void sim_lock_check_irqs(const struct sim_task *task,
			 const struct sim_lock *lock, unsigned int class);
void __attribute__((noreturn, cold))
sim_lock_recursion(const struct sim_task *task, const struct sim_lock *lock);
void __attribute__((noreturn, cold))
sim_lock_not_owner(const struct sim_task *task, const struct sim_lock *lock);
/* Append to what @task holds; @class may have SIM_HELD_READ. */
void sim_lock_note(struct sim_task *task, struct sim_lock *lock,
		   unsigned int class);
/* Take the @i-th off again, returns its class. */
unsigned int sim_lock_drop(struct sim_task *task, unsigned int i);

/* Verdict if @task gives up its CPU for good with something held. */
void sim_check_nothing_held(const struct sim_task *task);

/* --- rwsem.c --- */

/* Whether @task, which waits for it, can have it now. */
bool sim_rwsem_is_free_for(const struct sim_task *task);

static inline struct sim_rwsem *sim_rwsem_of(const struct sim_lock *lock)
{
	_Static_assert(offsetof(struct sim_rwsem, lock) == 0, "a cast will do");
	return (struct sim_rwsem *)(uintptr_t)lock;
}

/* --- time.c --- */

/* Let the next timers go off. Returns false if there are none. */
bool sim_time_passes(void);

/* --- work.c --- */

/* What @task, a worker, would begin now; NULL if nothing. */
const struct sim_pending *sim_work_for(const struct sim_task *task);
/* Take it off the list, into @task->work. False if there is nothing. */
bool sim_work_begin(struct sim_task *task);
void sim_work_end(struct sim_task *task);
/* A worker falls asleep: another one may have to begin what waits. */
void sim_worker_sleeps(const struct sim_task *task);
bool sim_work_has_ended(uint64_t nr);
/* Queue what is armed, now. */
void sim_work_is_due(unsigned int i);
/* What waits for @cpu waits for @target from now on. */
void sim_work_move(unsigned int cpu, unsigned int target);
/* Jobs have other numbers from now on. */
void sim_work_forget_jobs(void);

/* Whether a work waits only because all workers of its CPU sleep. */
bool sim_work_is_stuck(const struct sim_pending *work);

/* --- rcu.c --- */

/* See which CPUs let grace periods pass where they are. */
void sim_rcu_look(void);
/* Whether callback @first - 1 can run. */
bool sim_rcu_is_ready(uint32_t first);

/* Whether the idle task of @cpu has callbacks to run. */
static inline bool sim_rcu_has_ready(const struct sim_cpu *cpu)
{
	return sim_unlikely(cpu->first_callback != 0) &&
	       sim_rcu_is_ready(cpu->first_callback);
}

/* Callbacks of @cpu go to the end of those of @target. */
void sim_rcu_move(struct sim_cpu *cpu, struct sim_cpu *target);

/* Do so, on the idle task. */
void sim_rcu_run_ready(struct sim_task *task);

/* --- verdict.c --- */

/* Ends the run: nobody can go on, or all go on without getting anywhere. */
void __attribute__((noreturn)) sim_deadlock(void);
void __attribute__((noreturn)) sim_livelock(void);

/* Prints a message about a limit of the harness and exits with status 3. */
void __attribute__((noreturn)) sim_limit(const char *what);

/* --- marks.c --- */

#define SIM_MARK_CELLS 1024

struct sim_marking {
	uint32_t seen[SIM_MARK_CELLS]; /* stamp of who came there last */
	uint32_t stamp; /* the last one */
	uint32_t nr;
};

extern struct sim_marking sim_marking;

void sim_marks_begin(void);
/* @task begins a job, or something else. */
void sim_mark_task(struct sim_task *task);
void sim_mark(const struct sim_task *task, uint32_t nr, unsigned int cell);

/* The same whatever address the program is loaded at. */
static inline uint64_t sim_place_id(const void *place)
{
	return place ? (uintptr_t)place - (uintptr_t)sim_feedback : 0;
}

_Static_assert(SIM_MARK_CELLS == 1 << 10, "the upper 10 bits of 64");

static inline void sim_mark_place(const struct sim_task *task, uint32_t nr)
{
	uint64_t id = sim_place_id(task->place) * 0x9e3779b97f4a7c15u;
	unsigned int cell = (unsigned int)(id >> 54);

	if (sim_unlikely(sim_marking.seen[cell] != task->stamp))
		sim_mark(task, nr, cell);
}

/* --- trace.c, feedback.c --- */

void sim_trace_point(struct sim_task *task, unsigned int nr,
		     enum sim_point point);
void sim_count_pair(const void *left, const void *next);

#endif
