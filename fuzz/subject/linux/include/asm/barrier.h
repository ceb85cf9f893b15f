/* SPDX-License-Identifier: GPL-2.0-only */
/* Simulated CPUs are sequentially consistent; a barrier is a yield point. */
#ifndef ASM_BARRIER_H
#define ASM_BARRIER_H

#include "bridge.h"

#define mb() host_barrier()
#define rmb() host_barrier()
#define wmb() host_barrier()
/* The atomic beside it yields. */
#define __smp_mb__before_atomic() barrier()
#define __smp_mb__after_atomic() barrier()

#include <asm-generic/barrier.h>

#endif
