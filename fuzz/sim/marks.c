/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where each job of a run came to each place for the first time. A long
 * operation passes through a few places again and again, and through the others
 * once: whoever chooses a yield point by its number hardly ever meets these.
 */
#include "internal.h"

static struct sim_mark marks[SIM_MAX_MARKS];

struct sim_marking sim_marking;

void sim_marks_begin(void)
{
	sim_marking.nr = 0;
}

/* Numbers are given once in a process, so that nothing has to be cleared. */
void sim_mark_task(struct sim_task *task)
{
	task->stamp = ++sim_marking.stamp;
}

void sim_mark(const struct sim_task *task, uint32_t nr, unsigned int cell)
{
	sim_marking.seen[cell] = task->stamp;
	if (sim_marking.nr == SIM_MAX_MARKS || task->job == SIM_NO_JOB)
		return;
	marks[sim_marking.nr++] = (struct sim_mark){
		.job = task->job,
		.at = nr,
		.in_work = !sim_is_program(task),
	};
}

unsigned int sim_marks(const struct sim_mark **first)
{
	*first = marks;
	return sim_marking.nr;
}
