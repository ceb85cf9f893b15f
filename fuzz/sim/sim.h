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
 * while that is online, so two tasks share each CPU. Each CPU also has one idle
 * task, which answers interprocessor interrupts and runs RCU callbacks while
 * nothing else runs there, and, from when the first work is queued, workers for
 * works.
 *
 * On one CPU one task runs. Another task of that CPU can run only when the
 * first one is between jobs, sleeps, or is preemptible (preempt count 0,
 * interrupts on).
 *
 * When a job ends, the owner of the earliest unfinished job continues; when
 * none is left, the works that are. When a task cannot go on (spins on a lock,
 * sleeps, calls cpu_relax()), the next task that can run, in cyclic order of
 * task numbers, goes on.
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
/* Program tasks and idle tasks: all there are until a work is queued. */
#define SIM_MAX_TASKS (SIM_PROGRAM_TASKS + SIM_MAX_CPUS)
#define SIM_WORKERS_PER_CPU 4
/* What sim_task() stays below, whatever happens. */
#define SIM_ALL_TASKS (SIM_MAX_TASKS + SIM_WORKERS_PER_CPU * SIM_MAX_CPUS)

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
	SIM_POINT_SLEEP, /* about to sleep, can be woken already */
	SIM_NR_POINTS
};

/* Name of a kind of yield point, as place names use it: "spin_lock", "load". */
const char *sim_point_name(enum sim_point point);

/*
 * At the @at-th yield point of its job (0 is the first), go on with @task: a
 * program task, taken modulo 2 * nr_cpus, or one of
 *   SIM_SWITCH_WORKER + c	a worker of CPU c modulo nr_cpus: one in the
 *				middle of a work, else the idle task if it has
 *				RCU callbacks to run, else one that begins;
 *   SIM_SWITCH_IRQ + j		interrupt j, which comes in on this CPU, after
 *				the other switches of that point.
 */
struct sim_switch {
	unsigned int at;
	unsigned int task;
};

#define SIM_SWITCH_WORKER 0x100u
#define SIM_SWITCH_IRQ 0x200u

/*
 * One job. Switches are sorted by @at; two with the same @at fire one after the
 * other, the second when the job is resumed at that point. A switch to a task
 * that cannot run, or that has nothing left to do, does nothing.
 *
 * @work_switches are taken by each work that the job has queued, counted from
 * the first yield point of the work.
 */
struct sim_job {
	unsigned int task; /* program task, taken modulo 2 * nr_cpus */
	unsigned int nr_switches;
	const struct sim_switch *switches;
	void (*run)(void *arg);
	void *arg;
	unsigned int nr_work_switches;
	const struct sim_switch *work_switches;
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
 * Execute @jobs until each one has ended, and all works that were queued and
 * RCU callbacks, too. Delayed works that are not due yet stay armed. May be
 * called several times in one run (program, then epilogue). Returns false if
 * sim_fail() ended the run.
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
/*
 * The task, plus SIM_ALL_TASKS while it runs an interrupt: what an interrupt
 * does is not the interrupted task's. 0 outside of a run.
 */
unsigned int sim_context(void);
#define SIM_CONTEXTS (2 * SIM_ALL_TASKS)
bool sim_in_work(void); /* on a worker, in the middle of a work */
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
 * Two instances of one class may only be nested by trylock, or if the inner one
 * is said to be of another class (spin_lock_nested() of Linux). ATOMIC_LEAKED:
 * a job or an interrupt ends with a lock held, preemption or interrupts off.
 *
 * When a run ends in a verdict, the locks that its tasks held are released as
 * sim_run() returns, after the handler has seen them.
 */
void sim_spin_lock(struct sim_lock *lock, const void *place);
/*
 * As one of class @name, while it is held: callers keep an order of their own.
 */
void sim_spin_lock_nested(struct sim_lock *lock, const char *name,
			  const void *place);
bool sim_spin_trylock(struct sim_lock *lock, const void *place);
void sim_spin_unlock(struct sim_lock *lock, const void *place);
bool sim_lock_held(const struct sim_lock *lock); /* by the running task */

/* Events name a lock by class and instance; each run numbers its classes. */
const char *sim_lock_class_name(unsigned int class);

/* Sleeping locks. Verdict SLEEP_IN_ATOMIC unless preemption and irqs are on. */
void sim_mutex_lock(struct sim_lock *lock, const void *place);
bool sim_mutex_trylock(struct sim_lock *lock, const void *place);
void sim_mutex_unlock(struct sim_lock *lock, const void *place);

/*
 * Read-write semaphores: sleeping locks that one writer or any number of
 * readers hold. Fair: who waits gets it in the order of coming, readers next to
 * each other together, and nobody overtakes. So a reader that comes while a
 * writer waits waits behind it.
 *
 * Verdicts as for mutexes; LOCK_RECURSION also for a reader that blocks for
 * what it holds for reading, because a writer may have come in between.
 * Trylocks do not sleep and may be called anywhere. Both kinds of holder count
 * for LOCK_ORDER.
 *
 * All zero but for lock.name (and lock.instance) is unlocked.
 */
struct sim_rwsem {
	struct sim_lock lock; /* its owner is the writer */
	uint32_t nr_readers;
};

void sim_down_read(struct sim_rwsem *sem, const void *place);
bool sim_down_read_trylock(struct sim_rwsem *sem, const void *place);
void sim_up_read(struct sim_rwsem *sem, const void *place);
void sim_down_write(struct sim_rwsem *sem, const void *place);
void sim_down_write_nested(struct sim_rwsem *sem, const char *name,
			   const void *place);
bool sim_down_write_trylock(struct sim_rwsem *sem, const void *place);
void sim_up_write(struct sim_rwsem *sem, const void *place);
/* The writer becomes a reader, and lets in those who wait first. */
void sim_downgrade_write(struct sim_rwsem *sem, const void *place);
bool sim_rwsem_read_held(const struct sim_rwsem *sem); /* by the running task */
bool sim_rwsem_write_held(const struct sim_rwsem *sem);
bool sim_rwsem_is_locked(const struct sim_rwsem *sem); /* by anybody */

/* --- Sleep and wake: what wait queues and completions are made of --- */

/*
 * Sleep until sim_wake(@channel). No wake-up is lost between a check and the
 * sleep if no yield point lies between the two: the task counts as a sleeper
 * from the call on, before anybody else can run. There are no spurious
 * wake-ups.
 *
 * @channel is any address, compared and never looked behind; @what and @nr say
 * in reports and traces what it is ("folio lock", pfn). @what must last as long
 * as the run; @nr is hashed, so it must not come from an address.
 *
 * Verdict SLEEP_IN_ATOMIC. DEADLOCK tells of sleepers that nobody wakes.
 * Outside of sim_run() nobody can wake the caller: aborts.
 */
void sim_sleep(const void *channel, const char *what, unsigned int nr,
	       const void *place);

#define SIM_WAKE_ALL UINT32_MAX

/*
 * Wake the @nr that sleep longest on @channel; they can run from now on.
 * Returns how many there were. May be called anywhere, in interrupts too.
 * Yields, also if there was nobody.
 */
unsigned int sim_wake(const void *channel, unsigned int nr, const void *place);

/* --- Virtual time, in ticks (jiffies) --- */

/*
 * Time stands still while somebody can run. When nobody can, it goes on to the
 * next timer. It does so, too, when tasks run on and on and no job ends (8192
 * yield points, 16 times as many with every_access): else who polls for what a
 * timer brings would wait for ever. Those that are due at the same time go off
 * in the order in which they were armed.
 *
 * Timers are no progress for the livelock bounds, only the end of a job is.
 */
#define SIM_FOREVER UINT64_MAX

uint64_t sim_now(void);

/*
 * As sim_sleep(), but at most for @ticks; returns how many of them are left, 0
 * if time is up. @channel NULL: nobody can wake the caller. SIM_FOREVER ticks
 * have no end, and that many are left then. Outside of sim_run() time passes.
 */
uint64_t sim_sleep_for(uint64_t ticks, const void *channel, const char *what,
		       unsigned int nr, const void *place);

/* Whether another task could run now; whether a timer will go off. */
bool sim_others_can_run(void);
bool sim_has_timers(void);

/* --- Works (queue_work_on() and friends) --- */

/*
 * A work is known by its address @work, which is compared, given to @func and
 * never looked behind. The machine keeps all state, so a work that was never
 * queued is idle, no run inherits one, and @func may free the memory.
 *
 * A work runs once for each time it was queued while not pending, on a worker
 * of the CPU, in process context: it may sleep and may queue itself. It never
 * runs on two workers at the same time: one that is queued again while it runs
 * waits for its end, on the CPU where it runs. Works of a CPU begin in order of
 * queueing. While one is runnable on a CPU no other begins there; when it
 * sleeps, another worker begins the next, as in the kernel.
 *
 * A CPU has SIM_WORKERS_PER_CPU workers, the kernel has more. If nobody can run
 * and somewhere a work waits because all workers of its CPU sleep, the verdict
 * is WORKERS_EXHAUSTED instead of DEADLOCK: a limit of the machine, no fault.
 *
 * A worker is preempted as program tasks are, by switches to other tasks of its
 * CPU. In events and reports it has the job that queued its work, UINT32_MAX if
 * that was one of an earlier sim_run(). ATOMIC_LEAKED if a work ends with a
 * lock held, preemption or interrupts off.
 */

/*
 * Queue @work on @cpu (modulo nr_cpus). Returns false, and changes nothing, if
 * it is pending already: queued or armed, and not begun. May be called
 * anywhere. Yields if it returns true.
 *
 * Outside of sim_run() the work runs before the call returns.
 */
bool sim_queue_work(unsigned int cpu, void *work, void (*func)(void *work),
		    const void *place);

/*
 * The same @ticks later; 0 queues at once. What is armed and not due keeps
 * nobody from ending: sim_run() leaves it to the next sim_run() of the run,
 * sim_reset() forgets it.
 */
bool sim_queue_delayed_work(unsigned int cpu, void *work,
			    void (*func)(void *work), uint64_t ticks,
			    const void *place);

/*
 * Sleep until the instance that is pending now, else the one that runs now, has
 * ended; at once if there is none. An armed one is queued at once, as by
 * flush_delayed_work(). Returns whether it had to wait. Verdicts
 * SLEEP_IN_ATOMIC and WORK_FLUSHES_ITSELF.
 */
bool sim_flush_work(const void *work, const void *place);

/*
 * Dequeue or disarm @work. Returns whether it was pending; it may still be
 * running. mod_delayed_work() is this and queueing it again.
 */
bool sim_cancel_work(const void *work);
/* And sleep until it does not run. Verdicts as for sim_flush_work(). */
bool sim_cancel_work_sync(const void *work, const void *place);

bool sim_work_pending(const void *work);
/* Some work is queued, not only armed, or in the middle. */
bool sim_has_works(void);

/* --- RCU, the kind without preemption --- */

/*
 * A read section is code that cannot be preempted: preemption or interrupts
 * off, by whatever means. A grace period is over when each CPU has been seen
 * outside of such code since it was asked for: at a yield point, idle, or with
 * its task preempted or asleep. So it is as short as it can be.
 *
 * Verdict RCU_UNBALANCED: more unlocks than locks.
 */
void sim_rcu_read_lock(void);
void sim_rcu_read_unlock(const void *place);
bool sim_rcu_read_lock_held(void); /* by sim_rcu_read_lock() */

/* Sleeps for a grace period. Verdict SLEEP_IN_ATOMIC, in read sections too. */
void sim_synchronize_rcu(const void *place);

/*
 * Call @func(@arg) after a grace period, in the order of the calls of this CPU,
 * where it may not sleep (preempt count raised, interrupts on): on the idle
 * task of the caller's CPU. That one goes on as others do: by a switch
 * (SIM_SWITCH_WORKER), or when a task cannot go on or all jobs have ended. May
 * be called anywhere. Outside of sim_run() @func is called at once.
 */
void sim_call_rcu(void (*func)(void *arg), void *arg);

/* Sleep until all callbacks that were asked for before have run. */
void sim_rcu_barrier(const void *place);

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

/* --- CPU hotplug --- */

/*
 * All CPUs are online at the beginning of a run; CPU 0 always is. Each of these
 * returns 0, or -EINVAL if there is nothing to do: no such CPU, CPU 0, or it is
 * there already. Hotplug is one at a time: both take cpu_hotplug_lock for
 * writing, around the callback, too. Callbacks run on the caller's task.
 *
 * Down: sleeps until what runs on @cpu can be preempted and no interrupt is
 * pending there. From then on nothing runs on it. Its program tasks, maybe the
 * caller among them, and works in the middle go on elsewhere: so sim_cpu()
 * changes between two yield points of a task that can be preempted. Queued
 * works and RCU callbacks move to that CPU, too. Then calls @dead(@cpu), as the
 * kernel does for CPUHP_*_DEAD.
 *
 * Up: calls @prepare(@cpu) (CPUHP_*_PREPARE), then @cpu is online. Its tasks go
 * back to it when they are not in the middle of a job.
 */
int sim_cpu_offline(unsigned int cpu, void (*dead)(unsigned int cpu),
		    const void *place);
int sim_cpu_online(unsigned int cpu, void (*prepare)(unsigned int cpu),
		   const void *place);
bool sim_cpu_is_online(unsigned int cpu);
unsigned int sim_nr_online(void);

/* Between the two no CPU comes or goes: cpu_hotplug_lock, for reading. */
void sim_cpus_read_lock(const void *place);
void sim_cpus_read_unlock(const void *place);

/* --- Signals, fatal ones --- */

/*
 * Send @task, a program task modulo their number, a signal: the job that it is
 * in the middle of sees it, else its next one, if that is of this sim_run(). No
 * wait of the machine can be interrupted, so that is up to who asks.
 */
void sim_send_signal(unsigned int task);
bool sim_signal_pending(void); /* for the running task */
void sim_flush_signals(void); /* it has seen it, and goes on */

/*
 * Set what interrupts do, outside of sim_run(); NULL, as in the beginning,
 * ignores them. The handler runs where a switch delivers interrupt @nr, on the
 * stack of the task that runs there: in interrupt, interrupts off, preempt
 * count raised. Its yield points count as those of the job. No other task of
 * that CPU runs before it returns; other CPUs may. Interrupts do not nest.
 * Verdict ATOMIC_LEAKED if it returns in another context.
 *
 * One that comes in while interrupts are off stays pending until they are on:
 * it is delivered at the next yield point of that CPU then. So none is left
 * when jobs have ended, which is with interrupts on. One that is pending
 * already, or finds SIM_MAX_IRQS others, is lost, as with one line for each.
 */
#define SIM_MAX_IRQS 8
void sim_on_interrupt(void (*handler)(unsigned int nr));

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
 * For a worker that is the number within its work, and sim_job() the job that
 * queued it; not for idle tasks. Set sinks outside of sim_run().
 */
extern void (*sim_point_sink)(unsigned int nr, enum sim_point point,
			      const void *place);

/* --- Feedback for the engine (fuzz/sim/feedback.c) --- */

#define SIM_FEEDBACK_PAIRS 8192
#define SIM_FEEDBACK_STATES 1024
#define SIM_FEEDBACK_BYTES (SIM_FEEDBACK_PAIRS + SIM_FEEDBACK_STATES)
extern uint8_t sim_feedback[SIM_FEEDBACK_BYTES];
extern uint32_t sim_feedback_pairs; /* distinct pairs this process has seen */

/* The machine is in state @nr, whatever that is; how often does not count. */
static inline void sim_feedback_state(unsigned int nr)
{
	sim_feedback[SIM_FEEDBACK_PAIRS + nr % SIM_FEEDBACK_STATES] = 1;
}

/*
 * Clear what engines count, edges of the subject too: what happened so far, as
 * booting a machine that others find booted, is no merit of this input.
 */
void sim_feedback_forget(void);

/* --- Marks: where each job came to each place first (fuzz/sim/marks.c) --- */

#define SIM_MAX_MARKS 2048

struct sim_mark {
	uint32_t job;
	uint32_t at; /* yield point of the job, or of a work that it queued */
	bool in_work;
};

/*
 * The marks since sim_reset(), in the order of time; returns how many. A place
 * may have several in a job that is left and resumed, few have none. Nothing of
 * a run depends on them.
 */
unsigned int sim_marks(const struct sim_mark **first);

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

/* Mark the lines of bytes [@start, @end). */
void sim_memory_mark_lines(struct sim_memory *memory, size_t start, size_t end);

static inline void sim_memory_mark(struct sim_memory *memory, const void *addr,
				   size_t size)
{
	size_t offset = (size_t)((const uint8_t *)addr - memory->live);

	if (offset >= memory->bytes)
		return;
	/* Mostly within one line, and not for the first time. */
	if (!memory->dirty[offset >> 6] || (offset & 63) + size > 64)
		sim_memory_mark_lines(memory, offset, offset + size);
}

#endif
