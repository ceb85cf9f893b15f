/* SPDX-License-Identifier: GPL-2.0-only */
/* Sections that a local lock protects: the harness knows of them. */
#ifndef FUZZ_SUBJECT_LINUX_LOCAL_LOCK_H
#define FUZZ_SUBJECT_LINUX_LOCAL_LOCK_H

#include_next <linux/local_lock.h>

void tree_local_lock(void);
void tree_local_unlock(void);

#define TREE_LOCAL_LOCK(take)      \
	do {                       \
		take;              \
		tree_local_lock(); \
	} while (0)
#define TREE_LOCAL_UNLOCK(release)   \
	do {                         \
		tree_local_unlock(); \
		release;             \
	} while (0)

#undef local_lock
#undef local_lock_irq
#undef local_lock_irqsave
#undef local_unlock
#undef local_unlock_irq
#undef local_unlock_irqrestore

#define local_lock(lock) TREE_LOCAL_LOCK(__local_lock(lock))
#define local_lock_irq(lock) TREE_LOCAL_LOCK(__local_lock_irq(lock))
#define local_lock_irqsave(lock, flags) \
	TREE_LOCAL_LOCK(__local_lock_irqsave(lock, flags))
#define local_unlock(lock) TREE_LOCAL_UNLOCK(__local_unlock(lock))
#define local_unlock_irq(lock) TREE_LOCAL_UNLOCK(__local_unlock_irq(lock))
#define local_unlock_irqrestore(lock, flags) \
	TREE_LOCAL_UNLOCK(__local_unlock_irqrestore(lock, flags))

#endif
