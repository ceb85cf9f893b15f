/* SPDX-License-Identifier: GPL-2.0-only */
/* Locking itself goes through _raw_spin_lock() and the like, in kernel/. */
#ifndef ASM_SPINLOCK_H
#define ASM_SPINLOCK_H

#include <asm/spinlock_types.h>

#define arch_spin_is_locked(lock) ((lock)->owner != 0)
#define arch_spin_value_unlocked(lock) ((lock).owner == 0)
#define arch_spin_is_contended(lock) 0

#endif
