/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ASM_CURRENT_H
#define ASM_CURRENT_H

#include "bridge.h"

struct task_struct;
extern struct task_struct *tree_tasks[BRIDGE_TASKS];

#define current (tree_tasks[host_task()])

#endif
