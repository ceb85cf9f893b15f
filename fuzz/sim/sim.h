/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The machine: simulated CPUs, the tasks that run on them, and everything of a
 * kernel that decides who runs next. One host thread; a task is a coroutine.
 *
 * A run executes a list of jobs in the order of the list. Left alone, each job
 * runs to its end before the next one begins. What makes them interleave is
 * written down with each job: at its n-th yield point, go on with task t.
 * Nothing else decides: no clock, no address, no malloc order.
 *
 * Tasks: with N CPUs there are 2 N program tasks; task t lives on CPU t mod N
 * for ever, so two tasks share each CPU. Each CPU also has one worker, which
 * answers interprocessor interrupts while nothing else runs there.
 *
 * On one CPU one task runs. Another task of that CPU can run only when the
 * first one is between jobs, sleeps, or is preemptible (preempt count 0,
 * interrupts on).
 *
 * When a job ends, the owner of the earliest unfinished job continues. When a
 * task cannot go on (spins on a lock, sleeps, calls cpu_relax()), the next
 * task that can run, in cyclic order of task numbers, goes on.
 *
 * Sequential consistency: a missing memory barrier cannot be found here.
 */
#ifndef FUZZ_SIM_SIM_H
#define FUZZ_SIM_SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIM_MAX_CPUS 8
#define SIM_PROGRAM_TASKS (2 * SIM_MAX_CPUS)
#define SIM_MAX_TASKS (SIM_PROGRAM_TASKS + SIM_MAX_CPUS)

/* What a yield point is. Part of the trace hash: append, never renumber. */
enum sim_point {
	SIM_POINT_LOCK,
	SIM_POINT_TRYLOCK,
	SIM_POINT_UNLOCK,
	SIM_POINT_READ, /* READ_ONCE() */
	SIM_POINT_WRITE, /* WRITE_ONCE() */
	SIM_POINT_ATOMIC,
	SIM_POINT_BARRIER,
	SIM_POINT_PREEMPT_ENABLE,
	SIM_POINT_IRQ_ENABLE,
	SIM_POINT_RESCHED, /* cond_resched() */
	SIM_POINT_RELAX, /* cpu_relax(): gives way by force */
	SIM_POINT_WAKE, /* a wake-up, or a mutex handed on */
	SIM_POINT_IPI,
	SIM_POINT_LOAD, /* a plain access, with every_access only */
	SIM_POINT_STORE,
	SIM_NR_POINTS
};

/* Name of a kind of yield point, as place names use it: "spin_lock", "load". */
const char *sim_point_name(enum sim_point point);

/* At the @at-th yield point of its job (0 is the first), go on with @task. */
struct sim_switch {
	unsigned int at;
	unsigned int task;
};

/*
 * One job. Switches are sorted by @at; two with the same @at fire one after the
 * other, the second when the job is resumed at that point. A switch to a task
 * that cannot run, or that has nothing left to do, does nothing.
 */
struct sim_job {
	unsigned int task; /* program task, taken modulo 2 * nr_cpus */
	unsigned int nr_switches;
	const struct sim_switch *switches;
	void (*run)(void *arg);
	void *arg;
};

struct sim_config {
	unsigned int nr_cpus; /* 1 .. SIM_MAX_CPUS */
	bool every_access; /* plain loads and stores are yield points too */
};

/*
 * Begin a run: forget everything about the one before. Abandoned coroutines
 * are made anew, the trace hash and all bounds start again.
 */
void sim_reset(const struct sim_config *config);

/*
 * Execute @jobs until each one has ended. May be called several times in one
 * run (program, then epilogue). Returns false if sim_fail() ended the run.
 */
bool sim_run(const struct sim_job *jobs, unsigned int nr_jobs);

/*
 * Outside of sim_run() all of the following works as on task 0 of CPU 0 and
 * nothing yields, so boot code needs no case of its own. A lock that is not
 * free there, or a broken rule, aborts.
 */

/* --- Who and where: valid inside a job --- */

bool sim_running(void); /* inside sim_run(), on a task's stack */
unsigned int sim_cpu(void);
unsigned int sim_task(void);
unsigned int sim_nr_cpus(void);
unsigned int sim_job(void); /* index of the running job */
unsigned int sim_job_points(void); /* yield points the running job has passed */

/*
 * A yield point. @place is an address that names the spot in the subject's
 * code; the machine never looks behind it, but counts pairs of places for the
 * engine: (place left, next place on another CPU).
 */
void sim_yield(enum sim_point point, const void *place);

/* --- Locks. Lock memory belongs to the subject and is part of its state --- */

/* All zero but for the name is an unlocked lock. */
struct sim_lock {
	const char
		*name; /* lock class, as in "zone->lock": compared by content */
	uint16_t instance; /* which one of its class */
	uint16_t owner; /* task + 1, 0 is free */
	uint32_t class_cache; /* the machine's */
};

/*
 * Spinlocks. A held one keeps its owner's CPU: callers disable preemption
 * first, as the kernel's do; sim_spin_lock() and sim_spin_trylock() raise the
 * preempt count of the task and sim_spin_unlock() drops it.
 *
 * Verdicts: LOCK_RECURSION, LOCK_NOT_OWNER, LOCK_ORDER (a blocking acquisition
 * closes a cycle between lock classes seen in this run), LOCK_IRQ_UNSAFE (a
 * class taken by blocking in an interrupt is also taken with interrupts on).
 * Trylocks cannot deadlock and add no order; a lock taken by trylock is held.
 * Two instances of one class may only be nested by trylock. ATOMIC_LEAKED: a
 * job or an interrupt ends with a lock held, preemption or interrupts off.
 *
 * When a run ends in a verdict, the locks that its tasks held are released as
 * sim_run() returns, after the handler has seen them.
 */
void sim_spin_lock(struct sim_lock *lock, const void *place);
bool sim_spin_trylock(struct sim_lock *lock, const void *place);
void sim_spin_unlock(struct sim_lock *lock, const void *place);
bool sim_lock_held(const struct sim_lock *lock); /* by the running task */

/* Events name a lock by class and instance; each run numbers its classes. */
const char *sim_lock_class_name(unsigned int class);

/* Sleeping locks. Verdict SLEEP_IN_ATOMIC unless preemption and irqs are on. */
void sim_mutex_lock(struct sim_lock *lock, const void *place);
bool sim_mutex_trylock(struct sim_lock *lock, const void *place);
void sim_mutex_unlock(struct sim_lock *lock, const void *place);

/* --- Preemption and interrupts of the running task --- */

void sim_preempt_disable(void);
/* Yields when it drops to 0. Verdict PREEMPT_UNBALANCED if it was 0. */
void sim_preempt_enable(const void *place);
unsigned int sim_preempt_count(void);
bool sim_irqs_disabled(void);
bool sim_irq_save(void); /* returns whether they were on, disables */
void sim_irq_restore(bool were_on,
		     const void *place); /* yields if it enables */
bool sim_in_irq(void);
void sim_might_sleep(void); /* verdict SLEEP_IN_ATOMIC */

/*
 * Run @func(@info) on every CPU, here directly, elsewhere as an interprocessor
 * interrupt at that CPU's next yield point with interrupts on, or by its
 * worker if nothing runs there. Returns when all have finished. Interrupts
 * must be on (verdict IPI_IRQS_OFF), as smp_call_function_many_cond() demands.
 */
void sim_on_each_cpu(void (*func)(void *info), void *info, const void *place);

/* --- Verdicts --- */

struct sim_verdict {
	char id[80]; /* "INV_FREE_PAGES", "DEADLOCK": constant, no numbers */
	char summary[160]; /* constant too */
	char detail[2048]; /* lines that belong to this run */
};

/*
 * End the run with a verdict. Calls the handler of sim_on_verdict(); if that
 * returns, sim_run() returns false. Outside of sim_run() it aborts.
 * @detail is printf-like and may hold several lines.
 */
void __attribute__((noreturn, format(printf, 3, 4)))
sim_fail(const char *id, const char *summary, const char *detail, ...);

void sim_on_verdict(void (*handler)(const struct sim_verdict *verdict));

/* The verdict that ended the last run, NULL if there was none. */
const struct sim_verdict *sim_verdict(void);

/* --- Trace --- */

struct sim_event {
	const char *format; /* printf-like, for up to three unsigned int */
	const void *place; /* yield point the task is at, may be NULL */
	uint32_t arg[3];
	uint16_t job;
	uint8_t cpu;
	uint8_t task;
};

/*
 * Note an event. Everything but the place goes into the trace hash; the last
 * SIM_TRACE_DEPTH events of each CPU are kept for reports. @format must be a
 * string literal and takes three unsigned int at the most.
 */
#define SIM_TRACE_DEPTH 8
#define SIM_TRACE_CODE(f)                                                      \
	((uint32_t)(sizeof(f) * 2654435761u + (unsigned char)(f)[0] * 65599u + \
		    (unsigned char)(f)[sizeof(f) / 2] * 257u))
#define sim_trace(format, a, b, c)                                     \
	sim_trace_event(SIM_TRACE_CODE(format), format, (uint32_t)(a), \
			(uint32_t)(b), (uint32_t)(c))
void sim_trace_event(uint32_t code, const char *format, uint32_t a, uint32_t b,
		     uint32_t c);

uint64_t sim_trace_hash(void);

/* @back = 0 is the newest event of @cpu; NULL if there is none. */
const struct sim_event *sim_trace_last(unsigned int cpu, unsigned int back);

/*
 * Called for each event when set; for `mmfuzz run -v`. Yield points are events
 * only for the sink: they enter the hash as a count per job.
 */
extern void (*sim_trace_sink)(const struct sim_event *event);

/*
 * Called at each yield point when set, before it yields, with the number of
 * the point within the running job: for turning places into numbers and back.
 * Not for those of a CPU's worker, which are points of no job. Set sinks
 * outside of sim_run().
 */
extern void (*sim_point_sink)(unsigned int nr, enum sim_point point,
			      const void *place);

/* --- Interleaving feedback for the engine (fuzz/sim/feedback.c) --- */

#define SIM_FEEDBACK_BYTES 8192
extern uint8_t sim_feedback[SIM_FEEDBACK_BYTES];
extern uint32_t sim_feedback_pairs; /* distinct pairs this process has seen */

/*
 * Clear what engines count, edges of the subject too: what happened so far, as
 * booting a machine that others find booted, is no merit of this input.
 */
void sim_feedback_forget(void);

/* --- Memory that a run writes and a reset restores (fuzz/sim/memory.c) --- */

/*
 * Two equal mappings: the live one and its pristine copy. Every store of the
 * subject marks the 64-byte line it touches (through the compiler's store
 * hooks, or by hand where there is none), so that a reset copies back what the
 * run has touched and no more.
 */
struct sim_memory {
	uint8_t *live;
	uint8_t *pristine;
	uint8_t *dirty; /* one byte a line */
	uint32_t *lines; /* the dirty ones, in order of their first store */
	uint32_t nr_lines;
	size_t bytes; /* a multiple of 64 */
	size_t mapped; /* of which this much is there, at least */
};

/*
 * Give @memory, all zero the first time, @bytes of zeroed live memory. What it
 * had is used again if it is large enough. Exits with status 3 and a message if
 * there is no memory.
 */
void sim_memory_init(struct sim_memory *memory, size_t bytes);
void sim_memory_exit(struct sim_memory *memory);
void sim_memory_commit(
	struct sim_memory *memory); /* this is the pristine state */
void sim_memory_reset(struct sim_memory *memory);
/* For tests: whether live and pristine are the same to the last byte. */
bool sim_memory_is_pristine(const struct sim_memory *memory);

static inline void sim_memory_mark(struct sim_memory *memory, const void *addr,
				   size_t size)
{
	size_t offset = (size_t)((const uint8_t *)addr - memory->live);
	size_t line = offset >> 6;

	if (offset >= memory->bytes)
		return;
	do {
		if (!memory->dirty[line]) {
			memory->dirty[line] = 1;
			memory->lines[memory->nr_lines++] = (uint32_t)line;
		}
		line++;
	} while (line << 6 < offset + size);
}

#endif
