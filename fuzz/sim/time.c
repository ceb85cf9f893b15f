/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Virtual time. It has no clock: it goes on to the next timer, of a sleeper or
 * of a delayed work, when there is nothing else to do.
 */
#include "internal.h"

uint64_t sim_now(void)
{
	return sim_machine.now;
}

static bool has_timer(const struct sim_task *task)
{
	return task->on_channel && task->due != SIM_FOREVER;
}

static uint64_t next_due(void)
{
	uint64_t due = SIM_FOREVER;

	for (unsigned int i = 0; i < sim_machine.nr_tasks; i++) {
		const struct sim_task *task = &sim_machine.task[i];

		if (has_timer(task) && task->due < due)
			due = task->due;
	}
	for (unsigned int i = 0; i < sim_machine.nr_pending; i++) {
		const struct sim_pending *work = &sim_machine.pending[i];

		if (work->armed && work->due < due)
			due = work->due;
	}
	return due;
}

bool sim_has_timers(void)
{
	return sim_machine.nr_timers && next_due() != SIM_FOREVER;
}

/* The one of those due that was armed first goes off; false if none is due. */
static bool fire_one(void)
{
	uint64_t order = UINT64_MAX;
	unsigned int work = SIM_MAX_PENDING;
	struct sim_task *sleeper = NULL;

	for (unsigned int i = 0; i < sim_machine.nr_tasks; i++) {
		struct sim_task *task = &sim_machine.task[i];

		if (has_timer(task) && task->due <= sim_machine.now &&
		    task->order < order) {
			order = task->order;
			sleeper = task;
		}
	}
	for (unsigned int i = 0; i < sim_machine.nr_pending; i++) {
		const struct sim_pending *armed = &sim_machine.pending[i];

		if (armed->armed && armed->due <= sim_machine.now &&
		    armed->order < order) {
			order = armed->order;
			work = i;
		}
	}
	if (work < SIM_MAX_PENDING) {
		sim_work_is_due(work);
	} else if (sleeper) {
		sleeper->on_channel = 0;
		sim_trace("time is up for task %u", sleeper->nr, 0, 0);
	}
	return order != UINT64_MAX;
}

bool sim_time_passes(void)
{
	uint64_t due;

	if (sim_likely(!sim_machine.nr_timers))
		return false;
	due = next_due();
	if (due == SIM_FOREVER)
		return false;
	/* What was due before is late: time had stood still for too long. */
	if (due > sim_machine.now)
		sim_machine.now = due;
	sim_machine.tick_points = sim_machine.points_of_run;
	sim_trace("time is %u", sim_machine.now, 0, 0);
	while (fire_one())
		;
	return true;
}
