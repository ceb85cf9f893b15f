/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Executes a program: boots the machine it asks for, runs its operations as
 * jobs of the simulated CPUs, then the epilogue, under all checks.
 */
#ifndef FUZZ_PROGRAM_WORKLOAD_H
#define FUZZ_PROGRAM_WORKLOAD_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "check/check.h"
#include "program/program.h"
#include "sim/sim.h"

#define WORKLOAD_ALL_OPS ((1ull << PROGRAM_NR_OPS) - 1)

/* A fuzz target and the operations it admits, as a mask (targets.def). */
struct workload_target {
	const char *name;
	uint64_t op_mask;
};

/* Ended by an entry without a name. */
extern const struct workload_target workload_targets[];

/* Admit what target @name does; -ENOENT if there is none of that name. */
int workload_set_target(const char *name);

/* For the process: set by the command line or the environment, not by input. */
struct workload_options {
	bool every_access; /* plain loads and stores are yield points */
	bool check_full; /* checks look at the whole machine each time */
	uint64_t op_mask; /* operations not in it do nothing */
};

extern struct workload_options workload_options;

enum workload_result { WORKLOAD_IDLE, WORKLOAD_DONE, WORKLOAD_FAILED };

/* For those who want to look on; each may be NULL. */
struct workload_hooks {
	/* What a program begins with that sets nothing, before it is fitted. */
	const struct subject_geometry *usual;
	/* The machine, whatever the program sets. */
	const struct subject_geometry *machine;
	/* It is as booted; the operations begin. */
	void (*booted)(void);
	/* On its task: the operation of that record has ended. */
	void (*op_end)(unsigned int record, enum workload_result result);
	/* All operations have ended, and all that they hold is still held. */
	void (*ops_end)(void);
};

extern struct workload_hooks workload_hooks;

/*
 * Run @program from a machine as booted. Returns true if it ended as "done",
 * false if with a verdict, which sim_verdict() then has. A handler set with
 * sim_on_verdict() is called where the verdict is found.
 */
bool workload_run(const struct program *program);

/* Of the last run. */
uint64_t workload_trace_hash(void);

/* The program of the last run. */
const struct program *workload_program(void);

/* Index into program->rec of the operation that job @job executes. */
unsigned int workload_job_record(unsigned int job);

/*
 * A place that an operation of the last run came to: @random chooses among all,
 * so that operations with many have more. False if there is none. Into
 * @record, @at and @in_work as in struct record.
 */
struct workload_mark {
	unsigned int record; /* of the operation, in the program */
	uint16_t at;
	bool in_work;
};
bool workload_mark(uint64_t random, struct workload_mark *mark);

/* What interrupt @nr of the machine does, as text. */
void workload_print_interrupt(FILE *out, unsigned int nr);

/* Print a verdict, all but the line that tells how to replay it. */
void workload_print_verdict(FILE *out, const struct sim_verdict *verdict);

/* Counts over all runs of this process. */
struct workload_stats {
	uint64_t runs;
	uint64_t ops[PROGRAM_NR_OPS]; /* executed */
	uint64_t idle[PROGRAM_NR_OPS]; /* of these, did nothing */
	uint64_t irqs[PROGRAM_NR_SWITCHES]; /* delivered, by what they do */
	uint64_t idle_irqs[PROGRAM_NR_SWITCHES];
	uint64_t reached[NR_STATES]; /* runs, by state (check/states.def) */
};

extern struct workload_stats workload_stats;

/* Names of the states, ended by NULL, and whether the last run reached one. */
extern const char *const workload_states[];
bool workload_reached(unsigned int state);

/* Whether the target admits an operation that a state needs. */
bool workload_can_reach(unsigned int state);

#endif
