/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ASM_CMPXCHG_H
#define ASM_CMPXCHG_H

#include <linux/types.h>
#include "bridge.h"

#define arch_xchg(ptr, x)                                                   \
	({                                                                  \
		__typeof__(ptr) __ptr = (ptr);                              \
		__typeof__(*(ptr)) __new = (__typeof__(*(ptr)))(x);         \
		__typeof__(*(ptr)) __old;                                   \
		host_atomic();                                              \
		__atomic_exchange(__ptr, &__new, &__old, __ATOMIC_SEQ_CST); \
		__old;                                                      \
	})

#define arch_cmpxchg(ptr, o, n)                                                \
	({                                                                     \
		__typeof__(ptr) __ptr = (ptr);                                 \
		__typeof__(*(ptr)) __old = (__typeof__(*(ptr)))(o);            \
		__typeof__(*(ptr)) __new = (__typeof__(*(ptr)))(n);            \
		__new = (__typeof__(*(ptr)))host_cmpxchg(__ptr,                \
							 (unsigned long)__old, \
							 (unsigned long)__new, \
							 sizeof(*__ptr));      \
		__atomic_compare_exchange(__ptr, &__old, &__new, 0,            \
					  __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST); \
		__old;                                                         \
	})

#define arch_cmpxchg64 arch_cmpxchg
#define arch_cmpxchg_local arch_cmpxchg
#define arch_cmpxchg64_local arch_cmpxchg

#endif
