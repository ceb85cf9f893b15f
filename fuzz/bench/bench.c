/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bench PAGES CPUS OPERATIONS MILLISECONDS all|light: what an execution costs,
 * as one line of a table (without arguments: its heading).
 *
 * Random programs of that many operations, all kinds or alloc and free only,
 * with 200 switches for every 64, run twice: once for the whole time and the
 * switches, once with bench.c between the callers and the functions of
 * timed.def for the parts. The clock's own time is taken off. A switch is
 * measured alone, by two tasks that do nothing else. What is left is put down
 * to the operations.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "check/check.h"
#include "program/ops.h"
#include "program/workload.h"
#include "sim/coroutine.h"
#include "sim/sim.h"
#include "subject/subject.h"

#define NR_PROGRAMS 16
#define MAX_OPERATIONS 768

/* --- The clock between callers and functions --- */

enum heading { RESET, CHECK, NR_HEADINGS };

static struct {
	bool on;
	unsigned int depth;
	uint64_t ticks[NR_HEADINGS];
	uint64_t calls[NR_HEADINGS];
	uint64_t switches;
} timed;

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

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

/* --- Programs --- */

static uint32_t random32(void)
{
	static uint64_t state = 1;

	state = state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(state >> 33);
}

static struct record *append(struct program *p, unsigned int type,
			     unsigned int index)
{
	struct record *rec = &p->rec[p->nr++];

	*rec = (struct record){ .type = (uint8_t)type,
				.index = (uint8_t)index };
	return rec;
}

/* Of the first @nr_ops, as often as a random byte would choose it. */
static unsigned int random_op(unsigned int nr_ops)
{
	unsigned int codes = 0;

	for (unsigned int i = 0; i < nr_ops; i++)
		codes += program_ops[i].nr_codes;
	codes = random32() % codes;
	for (unsigned int i = 0;; i++) {
		if (codes < program_ops[i].nr_codes)
			return i;
		codes -= program_ops[i].nr_codes;
	}
}

static void append_op(struct program *p, unsigned int nr_ops)
{
	unsigned int op = random_op(nr_ops);
	struct record *rec = append(p, RECORD_OP, op);

	rec->task = random32() % PROGRAM_TASKS;
	for (unsigned int i = 0; i < program_ops[op].nr_args; i++) {
		const struct arg_kind *kind =
			&program_args[program_ops[op].args[i]];

		/* About what mutation makes: dull, small, or anything. */
		unsigned int dice = random32() % 8;

		if (dice > 2)
			rec->arg[i] = (uint8_t)(random32() % kind->nr_values);
		if (dice < 7)
			rec->arg[i] %= 5;
		if (kind == &program_args[PROGRAM_ARG_batch])
			rec->arg[i] |= 1; /* see make_program() */
	}
}

static void make_program(struct program *p, unsigned int shift,
			 unsigned int cpus, unsigned int operations,
			 unsigned int nr_ops)
{
	struct record *rec;
	unsigned int switches = 0;

	p->nr = 0;
	rec = append(p, RECORD_SET, PROGRAM_SET_memory);
	rec->arg[0] = 24; /* (8 + 24) * 8 pages << shift */
	rec->arg[1] = (uint8_t)shift;
	append(p, RECORD_SET, PROGRAM_SET_cpus)->arg[0] = (uint8_t)(cpus - 1);
	/* By the kernel's formula large zones move more pages at once. */
	rec = append(p, RECORD_SET, PROGRAM_SET_pcplists);
	rec->arg[0] = 4;
	rec->arg[1] = 16;
	for (unsigned int i = 1; i <= operations; i++) {
		append_op(p, nr_ops);
		for (; switches < i * 200 / 64; switches++) {
			rec = append(p, RECORD_SWITCH, 0);
			rec->task = random32() % PROGRAM_TASKS;
			rec->at = random32() % 16;
		}
	}
}

/* --- Measurements --- */

/* Returns nanoseconds per run, of about @ms milliseconds. */
static double run_for(const struct program *programs, uint64_t ms)
{
	uint64_t begin = now_ns(), end = begin + ms * 1000000, runs = 0, now;

	do {
		for (unsigned int i = 0; i < NR_PROGRAMS; i++)
			workload_run(&programs[i]);
		runs += NR_PROGRAMS;
		now = now_ns();
	} while (now < end);
	return (double)(now - begin) / (double)runs;
}

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

struct cost {
	double run, reset, check, one_switch, switches;
};

static void measure(const struct program *programs, uint64_t ms,
		    struct cost *cost)
{
	double part[NR_HEADINGS], overhead = clock_ticks(), ns_per_tick;
	uint64_t begin_ticks, begin_ns, runs;

	run_for(programs, 0); /* boots the machine */
	runs = workload_stats.runs;
	timed.switches = 0;
	cost->run = run_for(programs, ms);
	cost->switches =
		(double)timed.switches / (double)(workload_stats.runs - runs);

	runs = workload_stats.runs;
	begin_ticks = ticks();
	begin_ns = now_ns();
	timed.on = true;
	run_for(programs, ms);
	timed.on = false;
	ns_per_tick =
		(double)(now_ns() - begin_ns) / (double)(ticks() - begin_ticks);
	runs = workload_stats.runs - runs;
	for (unsigned int i = 0; i < NR_HEADINGS; i++)
		part[i] = ((double)timed.ticks[i] -
			   overhead * (double)timed.calls[i]) *
			  ns_per_tick / (double)runs;
	cost->reset = part[RESET];
	cost->check = part[CHECK];
	cost->one_switch = switch_ns();
}

static void print_line(unsigned long pages, unsigned long cpus,
		       unsigned long operations, const struct cost *cost)
{
	double rest = cost->run - cost->reset - cost->check -
		      cost->switches * cost->one_switch;
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	printf("%7lu %4lu %5lu %9.0f ", pages, cpus, operations,
	       1e9 / cost->run);
	printf("%9.1f %8.0f %9.0f %7.0f %8.1f %6.1f %6ld\n", cost->run / 1e3,
	       cost->reset, rest / (double)operations,
	       cost->check / (double)operations, cost->switches,
	       cost->one_switch, usage.ru_maxrss >> 10);
}

static void report_verdict(const struct sim_verdict *verdict)
{
	workload_print_verdict(stderr, verdict);
	exit(1);
}

static int usage(void)
{
	fprintf(stderr, "Usage: bench PAGES CPUS OPERATIONS MILLISECONDS "
			"all|light\n"
			"       PAGES: a power of two, 256 .. 262144\n");
	return 2;
}

static int heading(void)
{
	puts("  pages cpus   ops    runs/s    us/run    reset "
	     "operation   check switches switch memory\n"
	     "                                            ns "
	     "       ns      ns  per run     ns    MiB");
	return 0;
}

int main(int argc, char **argv)
{
	static struct program programs[NR_PROGRAMS];
	unsigned long pages, cpus, operations;
	struct cost cost;
	unsigned int shift = 0, nr_ops = PROGRAM_NR_OPS;

	if (argc != 6)
		return argc == 1 ? heading() : usage();
	pages = strtoul(argv[1], NULL, 10);
	cpus = strtoul(argv[2], NULL, 10);
	operations = strtoul(argv[3], NULL, 10);
	if (!strcmp(argv[5], "light"))
		nr_ops = PROGRAM_OP_free + 1;
	while (256ul << shift < pages)
		shift++;
	if (pages != 256ul << shift || shift > 10 || !cpus ||
	    cpus > SIM_MAX_CPUS || !operations || operations > MAX_OPERATIONS)
		return usage();
	for (unsigned int i = 0; i < NR_PROGRAMS; i++)
		make_program(&programs[i], shift, (unsigned int)cpus,
			     (unsigned int)operations, nr_ops);
	sim_on_verdict(report_verdict);
	measure(programs, strtoul(argv[4], NULL, 10), &cost);
	print_line(pages, cpus, operations, &cost);
	return 0;
}
