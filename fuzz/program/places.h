/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Places: names of yield points, "function:what#k", that survive small changes
 * of the code where numbers do not.
 *
 * They mean something only in a run: both functions run the program, with the
 * bugs, policies and options that are set.
 */
#ifndef FUZZ_PROGRAM_PLACES_H
#define FUZZ_PROGRAM_PLACES_H

#include <stdio.h>

#include "program/program.h"
#include "program/text.h"

/*
 * Turn the places of @text into numbers. Returns 0, or -EINVAL after one line
 * on @err if a place does not occur any more.
 */
int places_resolve(struct text *text, const char *file, FILE *err);

/*
 * Name the places of the switches of @program: @name has room for program->nr
 * pointers; NULL where a record is no switch, or its point is not reached or
 * has no name. The strings live until the next call.
 */
void places_annotate(const struct program *program, const char **name);

#endif
