/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FUZZ_SUBJECT_CORE_MEMORY_H
#define FUZZ_SUBJECT_CORE_MEMORY_H

#include "sim/sim.h"

/* The memory that the core works on: that of the current slot. */
extern struct sim_memory *core_memory;

/* The CPU that is being taken down, or NR_CPUS: others write for it. */
extern unsigned int core_dead_cpu;

/* From now on look at who stores into @core_memory, which has booted. */
void core_watch_stores(void);

#endif
