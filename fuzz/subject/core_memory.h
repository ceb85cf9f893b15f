/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FUZZ_SUBJECT_CORE_MEMORY_H
#define FUZZ_SUBJECT_CORE_MEMORY_H

#include "sim/sim.h"

/* The memory that the core works on: that of the current slot. */
extern struct sim_memory *core_memory;

#endif
