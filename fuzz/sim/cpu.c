/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who runs: the run loop, jobs, switches, and the fair schedule that takes
 * over when a task gets nowhere.
 *
 * Every task is a coroutine in task_main(). One that ends its job goes on
 * directly to the next one, wherever that is; the host's stack is entered only
 * when nothing is left or the run has been abandoned. Between runs coroutines
 * stay parked where they are; one that was abandoned in mid-job is made anew.
 */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

#include "coroutine.h"

/* Yield points a job may pass before others get a chance. */
#define QUANTUM 4096
/* When nobody else could run then, try again after these (a prime). */
#define QUANTUM_RETRY 61

/* Yield points without the end of a job after which time goes on. */
#define TICK_POINTS (1u << 13)
#define TICK_POINTS_EVERY_ACCESS (1u << 17)

#define BOUND_SINCE_END (1u << 20)
#define BOUND_SINCE_END_EVERY_ACCESS (1u << 24)
#define BOUND_OF_RUN (1u << 24)
#define BOUND_OF_RUN_EVERY_ACCESS (1u << 26)

struct sim_machine sim_machine = {
	.current = &sim_machine.boot,
	.owner = 1,
	.nr_cpus = 1,
};

/* Outlives runs. */
static struct {
	struct coroutine coroutine;
	bool parked; /* may be resumed by another run */
} stack_of[SIM_ALL_TASKS];

static struct coroutine host;

/* --- Going from one task to another --- */

/* Work out the next yield point at which the running task must look up. */
static void plan_stop(const struct sim_task *task)
{
	uint32_t stop = sim_machine.quantum_end;

	if (task->next_switch != task->end_switch &&
	    task->next_switch->at < stop)
		stop = task->next_switch->at;
	if (sim_machine.pair_pending || sim_point_sink || sim_trace_sink ||
	    sim_irq_comes(task) || sim_unlikely(sim_machine.rcu_pending))
		stop = 0;
	sim_machine.stop = stop;
}

void sim_look_up(void)
{
	sim_machine.stop = 0;
}

static void start_quantum(const struct sim_task *task)
{
	sim_machine.accounted = task->points;
	/*
	 * Of uneven length, so that a loop is not always left at the same
	 * place, say with the lock held that all others wait for.
	 */
	sim_machine.quantum_end =
		task->points + QUANTUM -
		(sim_machine.nr_forced * QUANTUM_RETRY) % (QUANTUM / 4);
	plan_stop(task);
}

/* Tell the bounds what @task has done since they last heard of it. */
static void account(const struct sim_task *task)
{
	uint32_t points = task->points - sim_machine.accounted + 1;
	uint32_t since_end = BOUND_SINCE_END;
	uint32_t of_run = BOUND_OF_RUN;

	if (sim_machine.every_access) {
		since_end = BOUND_SINCE_END_EVERY_ACCESS;
		of_run = BOUND_OF_RUN_EVERY_ACCESS;
	}
	sim_machine.accounted = task->points;
	sim_machine.points_since_end += points;
	sim_machine.points_of_run += points;
	if (sim_unlikely(sim_machine.points_since_end > since_end ||
			 sim_machine.points_of_run > of_run))
		sim_livelock();
}

static void set_current(struct sim_task *task)
{
	sim_machine.current = task;
	sim_machine.owner = (uint16_t)(task->nr + 1);
}

static void gain_cpu(struct sim_task *task)
{
	set_current(task);
	sim_machine.cpu[task->cpu].holder = task;
	start_quantum(task);
}

/* Returns when @from goes on again. */
static void switch_to(struct sim_task *from, struct sim_task *to)
{
	account(from);
	if (from->cpu != to->cpu) {
		/* One job after the other is no interleaving. */
		sim_machine.pair_pending = from->begun | to->begun;
		sim_machine.place_left = from->place;
	}
	gain_cpu(to);
	if (!from->begun && to->begun)
		sim_trace("goes on", 0, 0, 0);
	coroutine_switch(&stack_of[from->nr].coroutine,
			 &stack_of[to->nr].coroutine);
}

static void preempt_by(struct sim_task *from, struct sim_task *to)
{
	sim_trace("switch to task %u", to->nr, 0, 0);
	switch_to(from, to);
}

static void leave_cpu(struct sim_task *task)
{
	struct sim_cpu *cpu = &sim_machine.cpu[task->cpu];

	if (cpu->holder == task)
		cpu->holder = NULL;
}

void sim_wait(struct sim_task *task, enum sim_wait wait,
	      const struct sim_lock *lock)
{
	bool keeps_cpu = wait == SIM_WAIT_SPIN || wait == SIM_WAIT_IPI;
	struct sim_task *next;

	task->wait = (uint8_t)wait;
	task->wait_lock = lock;
	for (;;) {
		if (keeps_cpu)
			sim_answer_irqs(task);
		if (sim_wait_is_over(task))
			break;
		if (!keeps_cpu) {
			leave_cpu(task);
			sim_worker_sleeps(task);
		}
		if (sim_unlikely(sim_machine.rcu_pending)) {
			sim_rcu_look();
			if (sim_wait_is_over(task))
				break;
		}
		next = sim_next_that_can_run(task);
		if (next)
			preempt_by(task, next);
		else if (!sim_time_passes())
			sim_deadlock();
	}
	sim_machine.cpu[task->cpu].holder = task; /* another one, maybe */
	task->wait = SIM_WAIT_NOTHING;
}

/* Tasks may poll for what a timer brings. */
static void tick(void)
{
	uint32_t limit = TICK_POINTS;
	uint32_t points = sim_machine.points_of_run - sim_machine.tick_points;

	if (sim_machine.every_access)
		limit = TICK_POINTS_EVERY_ACCESS;
	if (points > sim_machine.points_since_end)
		points = sim_machine.points_since_end;
	if (points >= limit)
		sim_time_passes();
}

/* Let the next one go on, if there is one. */
static void give_way(struct sim_task *task)
{
	struct sim_task *next;

	if (sim_unlikely(sim_machine.nr_timers))
		tick();
	next = sim_next_that_can_run(task);
	sim_machine.nr_forced++;
	if (next) {
		preempt_by(task, next);
		return;
	}
	account(task);
	sim_machine.quantum_end = task->points + QUANTUM_RETRY;
}

/* --- Yield points --- */

/* NULL if there is nobody to go on with. */
static struct sim_task *target_of(struct sim_task *task, uint32_t target)
{
	if (sim_likely(target < SIM_SWITCH_WORKER))
		return &sim_machine.task[target % sim_machine.nr_program];
	if (target < SIM_SWITCH_IRQ)
		return sim_worker_of((target - SIM_SWITCH_WORKER) %
				     sim_machine.nr_cpus);
	sim_raise_irq(&sim_machine.cpu[task->cpu], target - SIM_SWITCH_IRQ);
	return NULL;
}

static void take_switches(struct sim_task *task, uint32_t nr)
{
	struct sim_task *to;
	uint32_t target;

	while (task->next_switch != task->end_switch &&
	       task->next_switch->at <= nr) {
		if (task->next_switch->at < nr) { /* not sorted: gone by */
			task->next_switch++;
			continue;
		}
		target = task->next_switch++->task;
		if (sim_likely(target < sim_machine.nr_program))
			to = &sim_machine.task[target];
		else
			to = target_of(task, target);
		if (to && to != task && sim_task_can_run(to))
			preempt_by(task, to);
	}
}

static void __attribute__((noinline)) look_up(struct sim_task *task,
					      uint32_t nr, enum sim_point point)
{
	if (task == &sim_machine.boot || sim_machine.failed)
		return;
	if (sim_point_sink || sim_trace_sink)
		sim_trace_point(task, nr, point);
	if (sim_machine.pair_pending) {
		sim_machine.pair_pending = 0;
		sim_count_pair(sim_machine.place_left, task->place);
	}
	if (sim_unlikely(sim_machine.rcu_pending))
		sim_rcu_look();
	take_switches(task, nr);
	sim_answer_irqs(task);
	if (point == SIM_POINT_RELAX || nr >= sim_machine.quantum_end)
		give_way(task);
	plan_stop(task);
}

void sim_yield(enum sim_point point, const void *place)
{
	struct sim_task *task = sim_machine.current;
	uint32_t nr = task->points++;

	task->place = place;
	sim_mark_place(task, nr);
	if (sim_unlikely(nr >= sim_machine.stop || point == SIM_POINT_RELAX))
		look_up(task, nr, point);
}

/* --- Jobs --- */

static void run_job(struct sim_task *task)
{
	const struct sim_job *job = &sim_machine.jobs[task->job];

	task->points = 0;
	task->place = NULL;
	task->next_switch = job->switches;
	task->end_switch = job->switches;
	if (job->nr_switches)
		task->end_switch += job->nr_switches;
	task->begun = 1;
	sim_mark_task(task);
	start_quantum(task);
	sim_trace("job %u begins", task->job, 0, 0);

	job->run(job->arg);

	sim_check_nothing_held(task);
	account(task);
	sim_trace("job %u ends after %u points", task->job, task->points, 0);
	sim_machine.points_since_end = 0;
	task->signalled = 0;
	task->begun = 0;
	task->job = sim_machine.next_job[task->job];
}

/* Between begin_rest() and end_rest() @task does what is no job. */
static void begin_rest(struct sim_task *task)
{
	task->points = 0;
	task->place = NULL;
	task->next_switch = task->end_switch;
	task->begun = 1;
	sim_mark_task(task);
	start_quantum(task);
}

static void end_rest(struct sim_task *task)
{
	account(task);
	task->begun = 0;
}

static void run_idle_task(struct sim_task *task)
{
	begin_rest(task);
	sim_answer_irqs(task);
	if (sim_unlikely(sim_rcu_has_ready(&sim_machine.cpu[task->cpu])))
		sim_rcu_run_ready(task);
	end_rest(task);
}

static void run_worker(struct sim_task *task)
{
	const struct sim_job *job;

	if (!sim_work_begin(task))
		return;
	task->next_switch = NULL;
	task->end_switch = NULL;
	begin_rest(task);
	if (task->job != SIM_NO_JOB) {
		job = &sim_machine.jobs[task->job];
		task->next_switch = job->work_switches;
		task->end_switch = job->work_switches;
		if (job->nr_work_switches)
			task->end_switch += job->nr_work_switches;
		plan_stop(task);
	}
	sim_trace("work %u begins", task->work.nr, 0, 0);

	task->work.func(task->work.work);

	sim_check_nothing_held(task);
	sim_trace("work %u ends after %u points", task->work.nr, task->points,
		  0);
	end_rest(task);
	sim_work_end(task);
}

/* @task has nothing to do now. Returns when it has again. */
static void park(struct sim_task *task)
{
	struct sim_task *next;

	leave_cpu(task);
	if (sim_unlikely(sim_machine.hotplugged))
		sim_go_home(task);
	next = sim_after_a_job();
	if (next == task) {
		gain_cpu(task);
		return;
	}
	stack_of[task->nr].parked = true;
	if (!next) {
		coroutine_switch(&stack_of[task->nr].coroutine, &host);
	} else {
		switch_to(task, next);
	}
	stack_of[task->nr].parked = false;
}

static void task_main(void *arg)
{
	struct sim_task *task = arg;

	stack_of[task->nr].parked = false;
	for (;;) {
		if (sim_is_program(task))
			run_job(task);
		else if (sim_is_idle_task(task))
			run_idle_task(task);
		else
			run_worker(task);
		park(task);
	}
}

/* --- Runs --- */

static void reset_task(struct sim_task *task, unsigned int nr)
{
	unsigned int cpu = nr % sim_machine.nr_cpus;

	task->place = NULL;
	task->points = 0;
	task->job = SIM_NO_JOB;
	task->preempt = 0;
	task->nr = (uint8_t)nr;
	task->cpu = (uint8_t)cpu;
	task->begun = 0;
	task->irqs_off = 0;
	task->in_irq = 0;
	task->wait = SIM_WAIT_NOTHING;
	task->nr_held = 0;
	task->rcu_nest = 0;
	task->on_channel = 0;
	task->signalled = 0;
	task->next_switch = NULL;
	task->end_switch = NULL;
}

static void make_task(unsigned int nr)
{
	reset_task(&sim_machine.task[nr], nr);
	if (stack_of[nr].parked)
		return;
	coroutine_make(&stack_of[nr].coroutine, task_main,
		       &sim_machine.task[nr]);
	stack_of[nr].parked = true;
}

bool sim_add_workers(void)
{
	uint32_t nr = sim_machine.nr_tasks;

	if (nr >= (3 + SIM_WORKERS_PER_CPU) * sim_machine.nr_cpus)
		return false;
	for (; sim_machine.nr_tasks < nr + sim_machine.nr_cpus;
	     sim_machine.nr_tasks++)
		make_task(sim_machine.nr_tasks);
	return true;
}

void sim_reset(const struct sim_config *config)
{
	uint32_t *next_job = sim_machine.next_job;
	uint64_t run = sim_machine.run + 1;
	unsigned int nr_cpus = config->nr_cpus;

	if (sim_running())
		sim_limit("sim_reset() inside of a run");
	if (nr_cpus < 1)
		nr_cpus = 1;
	if (nr_cpus > SIM_MAX_CPUS)
		nr_cpus = SIM_MAX_CPUS;

	memset(&sim_machine, 0, offsetof(struct sim_machine, class_name));
	memset(sim_machine.cpu, 0, nr_cpus * sizeof(sim_machine.cpu[0]));
	set_current(&sim_machine.boot);
	sim_machine.next_job = next_job;
	sim_machine.run = run;
	sim_machine.nr_cpus = nr_cpus;
	sim_machine.nr_program = 2 * nr_cpus;
	sim_machine.nr_tasks = 3 * nr_cpus;
	sim_machine.every_access = config->every_access;
	reset_task(&sim_machine.boot, 0);
	sim_marks_begin();
	for (unsigned int i = 0; i < sim_machine.nr_tasks; i++)
		make_task(i);
}

static void reserve_jobs(unsigned int nr_jobs)
{
	static unsigned int nr_reserved;

	if (nr_jobs <= nr_reserved)
		return;
	free(sim_machine.next_job);
	sim_machine.next_job = calloc(nr_jobs, sizeof(uint32_t));
	if (!sim_machine.next_job)
		sim_limit("no memory for the list of jobs");
	nr_reserved = nr_jobs;
}

/* Chain the jobs of each task, in the order of the list. */
static void deal_jobs(const struct sim_job *jobs, unsigned int nr_jobs)
{
	reserve_jobs(nr_jobs);
	sim_machine.jobs = jobs;
	for (uint32_t i = 0; i < sim_machine.nr_program; i++)
		sim_machine.task[i].signalled = 0;
	for (uint32_t i = nr_jobs; i-- > 0;) {
		unsigned int nr = jobs[i].task;

		if (nr >= sim_machine.nr_program)
			nr %= sim_machine.nr_program;
		sim_machine.next_job[i] = sim_machine.task[nr].job;
		sim_machine.task[nr].job = i;
	}
}

bool sim_run(const struct sim_job *jobs, unsigned int nr_jobs)
{
	struct sim_task *first;

	if (sim_running() || !sim_machine.nr_program)
		sim_limit("sim_run() inside of a run, or before sim_reset()");
	if (sim_machine.failed)
		return false;
	deal_jobs(jobs, nr_jobs);
	if (sim_machine.nr_pending)
		sim_work_forget_jobs();
	first = sim_after_a_job();
	if (first) {
		sim_machine.pair_pending = 0;
		gain_cpu(first);
		coroutine_switch(&host, &stack_of[first->nr].coroutine);
		set_current(&sim_machine.boot);
	}
	if (sim_machine.failed)
		sim_release_all();
	return !sim_machine.failed;
}

void sim_abandon(void)
{
	coroutine_switch(&stack_of[sim_machine.current->nr].coroutine, &host);
	abort(); /* an abandoned coroutine is never resumed */
}

/* --- Who and where --- */

bool sim_running(void)
{
	return sim_machine.current != &sim_machine.boot;
}

unsigned int sim_cpu(void)
{
	return sim_machine.current->cpu;
}

unsigned int sim_task(void)
{
	return sim_machine.current->nr;
}

unsigned int sim_nr_cpus(void)
{
	return sim_machine.nr_cpus;
}

bool sim_in_work(void)
{
	const struct sim_task *task = sim_machine.current;

	return !sim_is_program(task) && !sim_is_idle_task(task);
}

unsigned int sim_job(void)
{
	return sim_machine.current->job;
}

unsigned int sim_job_points(void)
{
	return sim_machine.current->points;
}
