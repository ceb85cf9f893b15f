/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a run of a program ends with, found out in a child process: neither an
 * ASan report nor an endless loop takes the caller along.
 */
#ifndef FUZZ_PROGRAM_OUTCOME_H
#define FUZZ_PROGRAM_OUTCOME_H

#include <stdbool.h>
#include <stdint.h>

#include "program/program.h"

#define OUTCOME_MAX_STATES 128

struct outcome {
	/* A verdict, "done", "CRASH" if the process died, or "TIMEOUT". */
	char id[80];
	bool reached[OUTCOME_MAX_STATES]; /* of workload_states, unless CRASH */
};

/* Exits with 3 if there is no child to be had. */
void outcome_of(const struct program *program, unsigned int timeout_ms,
		struct outcome *outcome);

#endif
