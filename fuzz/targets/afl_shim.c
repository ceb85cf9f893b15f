/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lets objects compiled for libFuzzer report to afl-fuzz.
 *
 * The subject counts edges in inline 8-bit counters, the machine counts
 * interleavings in sim_feedback. AFL++'s runtime knows neither, but hands out
 * a stretch of its map to whoever registers guards: both are registered as if
 * they were guards, and their counts are copied to that stretch after each run,
 * also when the run ends in abort().
 *
 * Linked with --wrap=LLVMFuzzerTestOneInput, between AFL++'s driver and the
 * target.
 */
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/sim.h"

#define MAX_EDGES (1u << 18)

/* AFL++'s runtime, as of 4.04c; numbers the guards of [start, stop). */
extern uint8_t *__afl_area_ptr;
void __sanitizer_cov_trace_pc_guard_init(uint32_t *start, uint32_t *stop);

/* The compiler's constructors call it, once per object, with one range. */
void __sanitizer_cov_8bit_counters_init(uint8_t *start, uint8_t *stop);

int __real_LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int __wrap_LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t *edges;
static size_t nr_edges;
static uint32_t guards[MAX_EDGES + SIM_FEEDBACK_BYTES];

void __sanitizer_cov_8bit_counters_init(uint8_t *start, uint8_t *stop)
{
	if (edges == start || start == stop)
		return;
	if (edges || (size_t)(stop - start) > MAX_EDGES) {
		fputs("afl_shim: more counters than it can hold\n", stderr);
		exit(3);
	}
	edges = start;
	nr_edges = (size_t)(stop - start);
	__sanitizer_cov_trace_pc_guard_init(guards, guards + nr_edges +
							    SIM_FEEDBACK_BYTES);
}

static void move_counts(uint8_t *map, uint8_t *counts, size_t bytes)
{
	memcpy(map, counts, bytes);
	memset(counts, 0, bytes);
}

static void report(void)
{
	uint8_t *map = __afl_area_ptr + guards[0];

	move_counts(map, edges, nr_edges);
	move_counts(map + nr_edges, sim_feedback, SIM_FEEDBACK_BYTES);
}

/* abort() goes on to kill the process once this returns. */
static void report_abort(int signal)
{
	(void)signal;
	report();
}

int __wrap_LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct sigaction on_abort = { .sa_handler = report_abort };
	static int is_ready;

	if (!is_ready) {
		is_ready = 1;
		sigaction(SIGABRT, &on_abort, NULL);
		memset(edges, 0, nr_edges); /* what start-up has counted */
		memset(sim_feedback, 0, SIM_FEEDBACK_BYTES);
	}
	__real_LLVMFuzzerTestOneInput(data, size);
	report();
	return 0;
}
