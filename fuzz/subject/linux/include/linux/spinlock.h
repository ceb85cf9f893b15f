/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two locks of one class, in an order that their owner keeps: lockdep hears of
 * it, which is not built in, and so must the machine.
 */
#ifndef FUZZ_SUBJECT_LINUX_SPINLOCK_H
#define FUZZ_SUBJECT_LINUX_SPINLOCK_H

#include_next <linux/spinlock.h>

void tree_raw_spin_lock_nested(raw_spinlock_t *lock);

#undef raw_spin_lock_nested
#define raw_spin_lock_nested(lock, subclass) \
	tree_raw_spin_lock_nested(((void)(subclass), (lock)))

#endif
