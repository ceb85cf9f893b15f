/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Works: functions that run later, on a worker of the CPU they are queued on.
 * Pending ones, queued and armed, lie in one list in the order in which they
 * were queued; what runs lies with its worker.
 */
#include "internal.h"

/* --- The list --- */

static struct sim_pending *find_pending(const void *work)
{
	for (unsigned int i = 0; i < sim_machine.nr_pending; i++) {
		if (sim_machine.pending[i].work == work)
			return &sim_machine.pending[i];
	}
	return NULL;
}

static void append(const struct sim_pending *work)
{
	if (sim_machine.nr_pending == SIM_MAX_PENDING)
		sim_limit("too many works are pending");
	sim_machine.pending[sim_machine.nr_pending++] = *work;
}

static void delete(unsigned int i)
{
	for (sim_machine.nr_pending--; i < sim_machine.nr_pending; i++)
		sim_machine.pending[i] = sim_machine.pending[i + 1];
}

static unsigned int index_of(const struct sim_pending *work)
{
	return (unsigned int)(work - sim_machine.pending);
}

/* --- Workers --- */

static struct sim_task *first_worker(unsigned int cpu)
{
	return &sim_machine.task[sim_machine.nr_program + sim_machine.nr_cpus +
				 cpu];
}

static struct sim_task *end_of_workers(void)
{
	return &sim_machine.task[sim_machine.nr_tasks];
}

/*
 * The worker on which @work runs now, NULL if on none. Another function at the
 * same address is another work: it may have been freed and used again.
 */
static struct sim_task *runner_of(const void *work, void (*func)(void *work))
{
	struct sim_task *task;

	for (task = first_worker(0); task < end_of_workers(); task++) {
		if (task->begun && task->work.work == work &&
		    (!func || task->work.func == func))
			return task;
	}
	return NULL;
}

/* The first one of @cpu that may begin. */
static struct sim_pending *next_of(unsigned int cpu)
{
	for (unsigned int i = 0; i < sim_machine.nr_pending; i++) {
		struct sim_pending *work = &sim_machine.pending[i];

		if (!work->armed && work->cpu == cpu &&
		    !runner_of(work->work, work->func))
			return work;
	}
	return NULL;
}

const struct sim_pending *sim_work_for(const struct sim_task *task)
{
	const struct sim_pending *work;
	bool is_first = true;

	if (!sim_machine.nr_pending || task->begun)
		return NULL;
	work = next_of(task->cpu);
	if (!work)
		return NULL;
	for (struct sim_task *other = first_worker(task->cpu);
	     other < end_of_workers(); other += sim_machine.nr_cpus) {
		if (sim_task_is_awake(other))
			return NULL;
		if (!other->begun && other < task)
			is_first = false;
	}
	return is_first ? work : NULL;
}

bool sim_work_begin(struct sim_task *task)
{
	struct sim_pending *work = next_of(task->cpu);

	if (!work)
		return false;
	task->work = *work;
	task->job = work->job;
	delete (index_of(work));
	return true;
}

void sim_work_end(struct sim_task *task)
{
	task->job = SIM_NO_JOB;
	sim_machine.nr_unfinished--;
}

void sim_worker_sleeps(const struct sim_task *task)
{
	struct sim_task *other = first_worker(task->nr % sim_machine.nr_cpus);

	if (sim_likely(task < first_worker(0)))
		return;
	for (; other < end_of_workers(); other += sim_machine.nr_cpus) {
		if (!other->begun)
			return;
	}
	sim_add_workers();
}

bool sim_work_is_stuck(const struct sim_pending *work)
{
	struct sim_task *task = first_worker(work->cpu);

	if (work->armed || runner_of(work->work, work->func))
		return false;
	for (; task < end_of_workers(); task += sim_machine.nr_cpus) {
		if (!task->begun || sim_task_is_awake(task))
			return false;
	}
	return true;
}

bool sim_work_has_ended(uint64_t nr)
{
	for (unsigned int i = 0; i < sim_machine.nr_pending; i++) {
		if (sim_machine.pending[i].nr == nr)
			return false;
	}
	for (struct sim_task *task = first_worker(0); task < end_of_workers();
	     task++) {
		if (task->begun && task->work.nr == nr)
			return false;
	}
	return true;
}

/* --- Queueing --- */

/* To the end of what is queued, and where it cannot meet itself. */
static void queue(struct sim_pending *work)
{
	const struct sim_task *runner = runner_of(work->work, work->func);

	work->cpu = (uint8_t)sim_online_near(runner ? runner->cpu : work->cpu);
	work->armed = 0;
	append(work);
	sim_machine.nr_unfinished++;
	sim_trace("work %u is queued on cpu %u", work->nr, work->cpu, 0);
	if (first_worker(0) == end_of_workers())
		sim_add_workers();
}

void sim_work_is_due(unsigned int i)
{
	struct sim_pending work = sim_machine.pending[i];

	delete (i);
	sim_machine.nr_timers--;
	queue(&work);
}

bool sim_queue_delayed_work(unsigned int cpu, void *work,
			    void (*func)(void *work), uint64_t ticks,
			    const void *place)
{
	struct sim_pending new = {
		.work = work,
		.func = func,
		.due = sim_machine.now + ticks,
		.job = sim_machine.current->job,
		.cpu = (uint8_t)(cpu % sim_machine.nr_cpus),
		.armed = 1,
	};

	if (find_pending(work))
		return false;
	if (!ticks && !sim_running()) {
		func(work);
		return true;
	}
	new.nr = ++sim_machine.nr_works;
	if (!ticks) {
		queue(&new);
	} else {
		if (new.due < ticks)
			new.due = SIM_FOREVER - 1;
		new.order = ++sim_machine.order;
		append(&new);
		sim_machine.nr_timers++;
		sim_trace("work %u is armed for %u", new.nr, new.due, 0);
	}
	sim_yield(SIM_POINT_WAKE, place);
	return true;
}

bool sim_queue_work(unsigned int cpu, void *work, void (*func)(void *work),
		    const void *place)
{
	return sim_queue_delayed_work(cpu, work, func, 0, place);
}

bool sim_work_pending(const void *work)
{
	return find_pending(work) != NULL;
}

void sim_work_move(unsigned int cpu, unsigned int target)
{
	for (unsigned int i = 0; i < sim_machine.nr_pending; i++) {
		struct sim_pending *work = &sim_machine.pending[i];

		if (!work->armed && work->cpu == cpu)
			work->cpu = (uint8_t)target;
	}
}

void sim_work_forget_jobs(void)
{
	for (unsigned int i = 0; i < sim_machine.nr_pending; i++)
		sim_machine.pending[i].job = SIM_NO_JOB;
}

/* --- Waiting and cancelling --- */

static void wait_for_end(struct sim_task *task, uint32_t nr, const void *place)
{
	if (task->begun && task >= first_worker(0) && task->work.nr == nr)
		sim_fail("WORK_FLUSHES_ITSELF", "a work waits for its own end",
			 "work %u on task %u, cpu %u (job %u)", nr, task->nr,
			 task->cpu, task->job);
	sim_trace("wait for the end of work %u", nr, 0, 0);
	sim_yield(SIM_POINT_SLEEP, place);
	task->ticket = nr;
	sim_wait(task, SIM_WAIT_WORK, NULL);
}

bool sim_cancel_work(const void *work)
{
	struct sim_pending *pending = find_pending(work);

	if (!pending)
		return false;
	if (pending->armed)
		sim_machine.nr_timers--;
	else
		sim_machine.nr_unfinished--;
	sim_trace("work %u is cancelled", pending->nr, 0, 0);
	delete (index_of(pending));
	return true;
}

bool sim_flush_work(const void *work, const void *place)
{
	struct sim_pending *pending = find_pending(work);
	const struct sim_task *runner = runner_of(work, NULL);
	struct sim_pending armed;
	uint32_t nr;

	sim_might_sleep();
	if (!pending && !runner)
		return false;
	nr = pending ? pending->nr : runner->work.nr;
	if (!sim_running()) {
		armed = *pending; /* nothing else is pending there */
		sim_cancel_work(work);
		armed.func(armed.work);
		return true;
	}
	if (pending && pending->armed)
		sim_work_is_due(index_of(pending));
	wait_for_end(sim_machine.current, nr, place);
	return true;
}

bool sim_cancel_work_sync(const void *work, const void *place)
{
	bool was_pending = sim_cancel_work(work);
	const struct sim_task *runner = runner_of(work, NULL);

	sim_might_sleep();
	if (runner)
		wait_for_end(sim_machine.current, runner->work.nr, place);
	return was_pending;
}

bool sim_has_works(void)
{
	for (unsigned int i = 0; i < sim_machine.nr_pending; i++) {
		if (!sim_machine.pending[i].armed)
			return true;
	}
	for (unsigned int i = sim_machine.nr_program; i < sim_machine.nr_tasks;
	     i++) {
		if (sim_machine.task[i].begun)
			return true;
	}
	return false;
}
