/* SPDX-License-Identifier: GPL-2.0-only */
#include "bench/load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "program/workload.h"
#include "sim/sim.h"
#include "subject/subject.h"

#define NR_PROGRAMS 128 /* fewer differ by a fifth as arguments change */
#define MAX_OPERATIONS 768

static struct program programs[NR_PROGRAMS];

uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

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

static unsigned int codes_in(uint64_t mix, unsigned int op)
{
	return mix >> op & 1 ? program_ops[op].nr_codes : 0;
}

/* Of @mix, a mask, as often as a random byte would choose it. */
static unsigned int random_op(uint64_t mix)
{
	unsigned int codes = 0;

	for (unsigned int i = 0; i < PROGRAM_NR_OPS; i++)
		codes += codes_in(mix, i);
	codes = random32() % codes;
	for (unsigned int i = 0;; i++) {
		if (codes < codes_in(mix, i))
			return i;
		codes -= codes_in(mix, i);
	}
}

static void append_op(struct program *p, uint64_t mix)
{
	unsigned int op = random_op(mix);
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
			 uint64_t mix)
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
		append_op(p, mix);
		for (; switches < i * 200 / 64; switches++) {
			rec = append(p, RECORD_SWITCH, 0);
			rec->task = random32() % PROGRAM_TASKS;
			rec->at = random32() % 16;
		}
	}
}

double load_run(uint64_t ms)
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

static void report_verdict(const struct sim_verdict *verdict)
{
	workload_print_verdict(stderr, verdict);
	exit(1);
}

static void usage(const char *name)
{
	fprintf(stderr,
		"Usage: %s PAGES CPUS OPERATIONS MILLISECONDS light|TARGET\n"
		"       PAGES: a power of two, 256 .. 262144\n"
		"       TARGET: fuzz_mm, whose operations are all, ...\n",
		name);
	exit(2);
}

/* 0 if there is no such mix. */
static uint64_t find_mix(const char *name)
{
	if (!strcmp(name, "light"))
		return 1ull << PROGRAM_OP_alloc | 1ull << PROGRAM_OP_free;
	for (const struct workload_target *target = workload_targets;
	     target->name; target++) {
		if (!strcmp(target->name, name))
			return target->op_mask;
	}
	return 0;
}

void load_make(int argc, char **argv, struct load *load)
{
	unsigned int shift = 0;
	uint64_t mix;

	if (argc != 6)
		usage(argv[0]);
	load->pages = strtoul(argv[1], NULL, 10);
	load->cpus = strtoul(argv[2], NULL, 10);
	load->operations = strtoul(argv[3], NULL, 10);
	load->ms = strtoul(argv[4], NULL, 10);
	workload_options.every_access = getenv("MMFUZZ_ACCESS") != NULL;
	mix = find_mix(argv[5]);
	while (256ul << shift < load->pages)
		shift++;
	if (!mix || load->pages != 256ul << shift || shift > 10 ||
	    !load->cpus || load->cpus > SIM_MAX_CPUS || !load->operations ||
	    load->operations > MAX_OPERATIONS)
		usage(argv[0]);
	for (unsigned int i = 0; i < NR_PROGRAMS; i++)
		make_program(&programs[i], shift, (unsigned int)load->cpus,
			     (unsigned int)load->operations, mix);
	for (unsigned int i = 0; subject_findings[i].name; i++)
		subject_set_known(subject_findings[i].name);
	sim_on_verdict(report_verdict);
	load_run(0); /* boots the machine */
}
