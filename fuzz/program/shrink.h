/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Making a program smaller while a run of it ends with the same verdict.
 */
#ifndef FUZZ_PROGRAM_SHRINK_H
#define FUZZ_PROGRAM_SHRINK_H

#include <signal.h>
#include <stdbool.h>

#include "program/program.h"

struct shrink_result {
	unsigned int nr_runs;
	/*
	 * No record can be left out and no argument can become 0, nor a task
	 * that of the first operation. False if @stop was set; the program is
	 * then smaller, or as it was.
	 */
	bool is_minimal;
};

/*
 * Shrink @program in place. @id is what outcome_of() says of it. Reports on
 * stderr every two seconds. Ends early when @stop becomes non-zero.
 */
struct shrink_result shrink(struct program *program, const char *id,
			    const volatile sig_atomic_t *stop);

#endif
