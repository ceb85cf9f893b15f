/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ASM_PROCESSOR_H
#define ASM_PROCESSOR_H

#include "bridge.h"

struct task_struct;
struct pt_regs;

struct thread_struct {
	unsigned long nothing;
};

#define INIT_THREAD { 0 }
#define TASK_SIZE (1ul << 40)
#define STACK_TOP TASK_SIZE
#define STACK_TOP_MAX TASK_SIZE
#define TASK_UNMAPPED_BASE (TASK_SIZE / 4)
#define KSTK_EIP(task) 0ul
#define KSTK_ESP(task) 0ul
#define task_pt_regs(task) ((struct pt_regs *)0)

#define cpu_relax() host_relax()

#endif
