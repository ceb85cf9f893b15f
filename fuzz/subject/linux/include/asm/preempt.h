/* SPDX-License-Identifier: GPL-2.0-only */
/* The machine counts, and preempts where it may. */
#ifndef ASM_PREEMPT_H
#define ASM_PREEMPT_H

#include "bridge.h"

#define PREEMPT_ENABLED 0

static __always_inline int preempt_count(void)
{
	return (int)host_preempt_count() + (host_in_irq() ? 1 << 16 : 0);
}

#define init_task_preempt_count(p) \
	do {                       \
	} while (0)
#define init_idle_preempt_count(p, cpu) \
	do {                            \
	} while (0)
#define preempt_count_set(pc) \
	do {                  \
	} while (0)
#define set_preempt_need_resched() \
	do {                       \
	} while (0)
#define clear_preempt_need_resched() \
	do {                         \
	} while (0)
#define test_preempt_need_resched() 0
#define should_resched(offset) 0

static __always_inline void __preempt_count_add(int val)
{
	host_preempt_disable();
}

static __always_inline void __preempt_count_sub(int val)
{
	host_preempt_enable();
}

static __always_inline bool __preempt_count_dec_and_test(void)
{
	host_preempt_enable();
	return false;
}

#define __preempt_schedule() \
	do {                 \
	} while (0)
#define __preempt_schedule_notrace() \
	do {                         \
	} while (0)

#endif
