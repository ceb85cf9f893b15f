/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Atomics: a yield point, then one builtin, which no load or store hook splits.
 * include/linux/atomic/ makes all other forms out of these.
 */
#ifndef ASM_ATOMIC_H
#define ASM_ATOMIC_H

#include <linux/types.h>
#include <asm/barrier.h>
#include <asm/cmpxchg.h>
#include "bridge.h"

#define ATOMIC_VALUE(prefix, type)                                             \
	static __always_inline type arch_##prefix##_read(const prefix##_t *v)  \
	{                                                                      \
		host_read();                                                   \
		return __atomic_load_n(&v->counter, __ATOMIC_SEQ_CST);         \
	}                                                                      \
	static __always_inline void arch_##prefix##_set(prefix##_t *v, type i) \
	{                                                                      \
		host_atomic();                                                 \
		__atomic_store_n(&v->counter, i, __ATOMIC_SEQ_CST);            \
	}

#define ATOMIC_OP(prefix, type, op)                                           \
	static __always_inline void arch_##prefix##_##op(type i,              \
							 prefix##_t *v)       \
	{                                                                     \
		host_atomic();                                                \
		__atomic_fetch_##op(&v->counter, i, __ATOMIC_SEQ_CST);        \
	}                                                                     \
	static __always_inline type arch_##prefix##_fetch_##op(type i,        \
							       prefix##_t *v) \
	{                                                                     \
		host_atomic();                                                \
		return __atomic_fetch_##op(&v->counter, i, __ATOMIC_SEQ_CST); \
	}

#define ATOMIC_OP_RETURN(prefix, type, op)                         \
	static __always_inline type arch_##prefix##_##op##_return( \
		type i, prefix##_t *v)                             \
	{                                                          \
		host_atomic();                                     \
		return __atomic_##op##_fetch(&v->counter, i,       \
					     __ATOMIC_SEQ_CST);    \
	}

#define ATOMIC_ALL(prefix, type)            \
	ATOMIC_VALUE(prefix, type)          \
	ATOMIC_OP(prefix, type, add)        \
	ATOMIC_OP(prefix, type, sub)        \
	ATOMIC_OP(prefix, type, and)        \
	ATOMIC_OP(prefix, type, or)         \
	ATOMIC_OP(prefix, type, xor)        \
	ATOMIC_OP_RETURN(prefix, type, add) \
	ATOMIC_OP_RETURN(prefix, type, sub)

#define ATOMIC64_INIT(i) { (i) }

ATOMIC_ALL(atomic, int)
ATOMIC_ALL(atomic64, s64)

#undef ATOMIC_ALL
#undef ATOMIC_OP_RETURN
#undef ATOMIC_OP
#undef ATOMIC_VALUE

#define arch_atomic_xchg(v, new) arch_xchg(&(v)->counter, new)
#define arch_atomic_cmpxchg(v, old, new) arch_cmpxchg(&(v)->counter, old, new)
#define arch_atomic64_xchg(v, new) arch_xchg(&(v)->counter, new)
#define arch_atomic64_cmpxchg(v, old, new) arch_cmpxchg(&(v)->counter, old, new)

#define arch_atomic_add_return arch_atomic_add_return
#define arch_atomic_sub_return arch_atomic_sub_return
#define arch_atomic_fetch_add arch_atomic_fetch_add
#define arch_atomic_fetch_sub arch_atomic_fetch_sub
#define arch_atomic_fetch_and arch_atomic_fetch_and
#define arch_atomic_fetch_or arch_atomic_fetch_or
#define arch_atomic_fetch_xor arch_atomic_fetch_xor
#define arch_atomic64_add_return arch_atomic64_add_return
#define arch_atomic64_sub_return arch_atomic64_sub_return
#define arch_atomic64_fetch_add arch_atomic64_fetch_add
#define arch_atomic64_fetch_sub arch_atomic64_fetch_sub
#define arch_atomic64_fetch_and arch_atomic64_fetch_and
#define arch_atomic64_fetch_or arch_atomic64_fetch_or
#define arch_atomic64_fetch_xor arch_atomic64_fetch_xor

#endif
