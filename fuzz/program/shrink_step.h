/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Steps: small changes of a program, each known by its kind and a number, so
 * that a search can try all of them, or all pairs.
 *
 * Programs are in normal form (edit.h) and stay so.
 */
#ifndef FUZZ_PROGRAM_SHRINK_STEP_H
#define FUZZ_PROGRAM_SHRINK_STEP_H

#include "program/program.h"

enum step {
	STEP_DROP, /* a record leaves; an operation takes its switches along */
	STEP_MOVE, /* an operation and its switches go before another one */
	STEP_MERGE, /* all that names one task names another one */
	STEP_TASK, /* one record names another task */
	STEP_AT, /* a switch happens elsewhere */
	STEP_ARG, /* an argument of an operation or a setting changes */
	STEP_KIND, /* an operation becomes a dull one of another kind */
	STEP_TARGET, /* a switch becomes a dull one of another kind */
};

/* How many steps of a kind there are. Some of them may change nothing. */
unsigned int step_count(const struct program *p, enum step step);

/* Take the @n-th one. */
void step_take(struct program *p, enum step step, unsigned int n);

#endif
