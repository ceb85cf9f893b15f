/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bench_parts, with the arguments of bench: what the parts of an execution
 * cost, as the rest of bench's line. Without arguments: the rest of its
 * heading.
 *
 * This executable stands between the callers and the functions of timed.def.
 * The clock's own time is taken off. A switch is measured alone, by two tasks
 * that do nothing else.
 */
#include <stdio.h>
#include <time.h>

#include "bench/load.h"
#include "check/check.h"
#include "program/ops.h"
#include "program/workload.h"
#include "sim/coroutine.h"
#include "sim/sim.h"
#include "subject/subject.h"

/* --- The clock between callers and functions --- */

enum heading { RESET, CHECK, NR_HEADINGS };

static struct {
	bool on;
	unsigned int depth;
	uint64_t ticks[NR_HEADINGS];
	uint64_t calls[NR_HEADINGS];
	uint64_t switches;
} timed;

static inline uint64_t ticks(void)
{
#ifdef __x86_64__
	return __builtin_ia32_rdtsc();
#else
	return now_ns();
#endif
}

static void account(enum heading heading, uint64_t since)
{
	timed.ticks[heading] += ticks() - since;
	timed.calls[heading]++;
}

#define TIMED(heading, name, params, args)                    \
	extern __typeof__(name) __real_##name, __wrap_##name; \
	void __wrap_##name params                             \
	{                                                     \
		uint64_t since = timed.on ? ticks() : 0;      \
                                                              \
		timed.depth++;                                \
		__real_##name args;                           \
		if (!--timed.depth && since)                  \
			account(heading, since);              \
	}
#include "bench/timed.def"
#undef TIMED

extern __typeof__(coroutine_switch) __real_coroutine_switch,
	__wrap_coroutine_switch;

void __wrap_coroutine_switch(struct coroutine *from, struct coroutine *to)
{
	timed.switches++;
	__real_coroutine_switch(from, to);
}

/* --- Measurements --- */

/* What one pair of ticks() adds to the time between them. */
static double clock_ticks(void)
{
	uint64_t begin = ticks(), sum = 0;

	for (unsigned int i = 0; i < 1000000; i++) {
		uint64_t since = ticks();

		sum += ticks() - since;
	}
	return begin ? (double)sum / 1e6 : 0;
}

#define PING_PONGS 1000

static void yield_often(void *unused)
{
	(void)unused;
	for (unsigned int i = 0; i < PING_PONGS; i++)
		sim_yield(SIM_POINT_ATOMIC, yield_often);
}

/* Nanoseconds of 2 * PING_PONGS yield points, with as many switches or none. */
static double ping_pong(unsigned int nr_switches)
{
	static struct sim_switch to_0[PING_PONGS], to_1[PING_PONGS];
	struct sim_job jobs[2] = {
		{ .task = 0, .switches = to_1, .run = yield_often },
		{ .task = 1, .switches = to_0, .run = yield_often },
	};
	uint64_t best = UINT64_MAX;

	for (unsigned int i = 0; i < PING_PONGS; i++) {
		to_0[i] = (struct sim_switch){ i, 0 };
		to_1[i] = (struct sim_switch){ i, 1 };
	}
	jobs[0].nr_switches = jobs[1].nr_switches = nr_switches;
	for (unsigned int i = 0; i < 200; i++) {
		uint64_t begin;

		sim_reset(&(struct sim_config){ .nr_cpus = 2 });
		begin = now_ns();
		sim_run(jobs, 2);
		begin = now_ns() - begin;
		best = begin < best ? begin : best;
	}
	return (double)best;
}

static double switch_ns(void)
{
	double with = ping_pong(PING_PONGS);

	return (with - ping_pong(0)) / (2.0 * PING_PONGS);
}

static void measure(uint64_t ms, double *part)
{
	double overhead = clock_ticks(), ns_per_tick;
	uint64_t begin_ticks, begin_ns, runs;

	runs = workload_stats.runs;
	begin_ticks = ticks();
	begin_ns = now_ns();
	timed.on = true;
	load_run(ms);
	timed.on = false;
	ns_per_tick =
		(double)(now_ns() - begin_ns) / (double)(ticks() - begin_ticks);
	runs = workload_stats.runs - runs;
	for (unsigned int i = 0; i < NR_HEADINGS; i++)
		part[i] = ((double)timed.ticks[i] -
			   overhead * (double)timed.calls[i]) *
			  ns_per_tick / (double)runs;
}

int main(int argc, char **argv)
{
	double part[NR_HEADINGS], runs;
	struct load load;
	uint64_t first;

	if (argc == 1) {
		puts("reset ns check/op ns switches switch ns");
		return 0;
	}
	load_make(argc, argv, &load);
	first = workload_stats.runs;
	timed.switches = 0;
	measure(load.ms, part);
	runs = (double)(workload_stats.runs - first);
	printf("%8.0f %11.0f %8.1f %9.1f\n", part[RESET],
	       part[CHECK] / (double)load.operations,
	       (double)timed.switches / runs, switch_ns());
	return 0;
}
