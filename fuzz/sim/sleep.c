/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sleeping on a channel until somebody wakes it, or for some time. Sleepers are
 * found by looking at all tasks; among those on one channel the one that came
 * first is woken first.
 */
#include "internal.h"

/* From here on sim_wake() finds @task. */
static void lie_down(struct sim_task *task, const void *channel,
		     const char *what, unsigned int nr)
{
	task->channel = channel;
	task->what = what;
	task->what_nr = nr;
	task->order = ++sim_machine.order;
	task->due = SIM_FOREVER;
	task->on_channel = 1;
}

/* The yield point lets a switch say who goes on instead. */
static void stay_down(struct sim_task *task, const void *place)
{
	sim_yield(SIM_POINT_SLEEP, place);
	sim_wait(task, SIM_WAIT_CHANNEL, NULL);
}

void sim_sleep(const void *channel, const char *what, unsigned int nr,
	       const void *place)
{
	struct sim_task *task = sim_machine.current;

	sim_might_sleep();
	if (!sim_running())
		sim_fail("DEADLOCK", "sleeps where nobody can wake it",
			 "outside of a run, on %s %u", what, nr);
	lie_down(task, channel, what, nr);
	sim_trace("sleep on %u", nr, 0, 0);
	stay_down(task, place);
}

uint64_t sim_sleep_for(uint64_t ticks, const void *channel, const char *what,
		       unsigned int nr, const void *place)
{
	struct sim_task *task = sim_machine.current;
	uint64_t due = sim_machine.now + ticks;

	if (ticks == SIM_FOREVER) {
		sim_sleep(channel, what, nr, place);
		return SIM_FOREVER;
	}
	if (due < ticks)
		due = SIM_FOREVER - 1;
	sim_might_sleep();
	if (!sim_running()) {
		sim_machine.now = due;
		return 0;
	}
	lie_down(task, channel, what, nr);
	task->due = due;
	sim_machine.nr_timers++;
	sim_trace("sleep on %u for %u ticks", nr, ticks, 0);
	stay_down(task, place);
	sim_machine.nr_timers--;
	return due > sim_machine.now ? due - sim_machine.now : 0;
}

static struct sim_task *oldest_on(const void *channel)
{
	struct sim_task *oldest = NULL;

	for (unsigned int i = 0; i < sim_machine.nr_tasks; i++) {
		struct sim_task *task = &sim_machine.task[i];

		if (task->on_channel && task->channel == channel &&
		    (!oldest || task->order < oldest->order))
			oldest = task;
	}
	return oldest;
}

unsigned int sim_wake(const void *channel, unsigned int nr, const void *place)
{
	unsigned int woken = 0;
	struct sim_task *task;

	while (channel && woken < nr) {
		task = oldest_on(channel);
		if (!task)
			break;
		task->on_channel = 0;
		sim_trace("wake task %u", task->nr, 0, 0);
		woken++;
	}
	sim_yield(SIM_POINT_WAKE, place);
	return woken;
}
