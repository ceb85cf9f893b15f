/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ASM_THREAD_INFO_H
#define ASM_THREAD_INFO_H

#define THREAD_SIZE_ORDER 2
#define THREAD_SIZE (4ul << 12)

struct thread_info {
	unsigned long flags;
	unsigned int cpu;
	int preempt_count;
};

#define INIT_THREAD_INFO(task) { 0 }

#define TIF_SIGPENDING 0
#define TIF_NOTIFY_SIGNAL 1
#define TIF_NEED_RESCHED 2
#define TIF_NOTIFY_RESUME 3
#define TIF_MEMDIE 4
#define TIF_RESTORE_SIGMASK 5
#define _TIF_SIGPENDING (1 << TIF_SIGPENDING)
#define _TIF_NOTIFY_SIGNAL (1 << TIF_NOTIFY_SIGNAL)
#define _TIF_NEED_RESCHED (1 << TIF_NEED_RESCHED)
#define _TIF_NOTIFY_RESUME (1 << TIF_NOTIFY_RESUME)

#endif
