/* SPDX-License-Identifier: GPL-2.0-only */
/* A lock is the machine's. */
#ifndef ASM_SPINLOCK_TYPES_H
#define ASM_SPINLOCK_TYPES_H

#include "bridge.h"

typedef struct bridge_lock arch_spinlock_t;
typedef struct bridge_lock arch_rwlock_t;

#define __ARCH_SPIN_LOCK_UNLOCKED { 0 }
#define __ARCH_RW_LOCK_UNLOCKED { 0 }

#endif
