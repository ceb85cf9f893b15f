/* SPDX-License-Identifier: GPL-2.0-only */
/* What bench and bench_parts have in common: programs, and running them. */
#ifndef FUZZ_BENCH_LOAD_H
#define FUZZ_BENCH_LOAD_H

#include <stdint.h>

struct load {
	unsigned long pages, cpus, operations, ms;
};

uint64_t now_ns(void);

/*
 * Read PAGES CPUS OPERATIONS MILLISECONDS light|TARGET from the command line
 * and make random programs of that many operations, alloc and free only or of
 * all kinds that a target admits, with 200 switches for every 64. Exits with
 * status 2 if that is not what it says, and with 1 and a verdict if a run ends
 * in one.
 */
void load_make(int argc, char **argv, struct load *load);

/* Returns nanoseconds per run, of about @ms milliseconds. */
double load_run(uint64_t ms);

#endif
