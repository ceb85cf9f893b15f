/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What happened: a hash of all events, and the last few of each CPU. Nothing
 * that depends on an address enters the hash.
 */
#include "internal.h"

void (*sim_trace_sink)(const struct sim_event *event);
void (*sim_point_sink)(unsigned int nr, enum sim_point point,
		       const void *place);

static struct sim_event events[SIM_MAX_CPUS][SIM_TRACE_DEPTH];

#define POINTS(X)                           \
	X(LOCK, "spin_lock")                \
	X(TRYLOCK, "spin_trylock")          \
	X(UNLOCK, "spin_unlock")            \
	X(READ, "READ_ONCE")                \
	X(WRITE, "WRITE_ONCE")              \
	X(ATOMIC, "atomic")                 \
	X(BARRIER, "barrier")               \
	X(PREEMPT_ENABLE, "preempt_enable") \
	X(IRQ_ENABLE, "local_irq_enable")   \
	X(RESCHED, "cond_resched")          \
	X(RELAX, "cpu_relax")               \
	X(WAKE, "wake_up")                  \
	X(IPI, "on_each_cpu")               \
	X(LOAD, "load")                     \
	X(STORE, "store")                   \
	X(SLEEP, "schedule")

const char *sim_point_name(enum sim_point point)
{
	static const char *const name[SIM_NR_POINTS] = {
#define X(id, text) [SIM_POINT_##id] = text,
		POINTS(X)
#undef X
	};

	return (unsigned int)point < SIM_NR_POINTS ? name[point] : "?";
}

static const char *point_format(enum sim_point point)
{
	static const char *const format[SIM_NR_POINTS] = {
#define X(id, text) [SIM_POINT_##id] = "point %u: " text,
		POINTS(X)
#undef X
	};

	return (unsigned int)point < SIM_NR_POINTS ? format[point] : "point %u";
}

void sim_trace_event(uint32_t code, const char *format, uint32_t a, uint32_t b,
		     uint32_t c)
{
	const struct sim_task *task = sim_machine.current;
	uint32_t nr = sim_machine.cpu[task->cpu].nr_events++;
	struct sim_event *event = &events[task->cpu][nr % SIM_TRACE_DEPTH];
	uint64_t what, hash;

	event->format = format;
	event->place = task->place;
	event->arg[0] = a;
	event->arg[1] = b;
	event->arg[2] = c;
	event->job = (uint16_t)task->job;
	event->cpu = task->cpu;
	event->task = task->nr;

	what = (code | (uint64_t)a << 32) * 0x9e3779b97f4a7c15u;
	what ^= (b | (uint64_t)c << 32) * 0xc2b2ae3d27d4eb4fu;
	what ^= (task->job | (uint64_t)task->cpu << 32 |
		 (uint64_t)task->nr << 48) *
		0x165667b19e3779f9u;
	/* Nothing but this waits for the event before. */
	hash = (sim_machine.hash ^ what) * 0xbf58476d1ce4e5b9u;
	sim_machine.hash = hash ^ hash >> 31;

	if (sim_unlikely(sim_trace_sink != NULL))
		sim_trace_sink(event);
}

/* Calls the sinks that are set. */
void sim_trace_point(struct sim_task *task, unsigned int nr,
		     enum sim_point point)
{
	struct sim_event event = {
		.format = point_format(point),
		.place = task->place,
		.arg = { nr, 0, 0 },
		.job = (uint16_t)task->job,
		.cpu = task->cpu,
		.task = task->nr,
	};

	if (sim_point_sink && !sim_is_idle_task(task))
		sim_point_sink(nr, point, task->place);
	if (sim_trace_sink)
		sim_trace_sink(&event);
}

uint64_t sim_trace_hash(void)
{
	return sim_machine.hash;
}

const struct sim_event *sim_trace_last(unsigned int cpu, unsigned int back)
{
	uint32_t nr;

	if (cpu >= sim_machine.nr_cpus || back >= SIM_TRACE_DEPTH)
		return NULL;
	nr = sim_machine.cpu[cpu].nr_events;
	if (back >= nr)
		return NULL;
	return &events[cpu][(nr - 1 - back) % SIM_TRACE_DEPTH];
}
