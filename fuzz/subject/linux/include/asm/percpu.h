/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One copy of the percpu section for each CPU. this_cpu operations are one step
 * with respect to their own CPU, as single instructions are on real ones: the
 * builtins have no load or store hook inside.
 */
#ifndef ASM_PERCPU_H
#define ASM_PERCPU_H

#include "bridge.h"

extern unsigned long __per_cpu_offset[BRIDGE_CPUS];

#define __per_cpu_offset __per_cpu_offset
#define per_cpu_offset(x) (__per_cpu_offset[x])
#define __my_cpu_offset (__per_cpu_offset[host_cpu()])

#define tree_this_cpu_read(pcp) __atomic_load_n(raw_cpu_ptr(&(pcp)), 0)
#define tree_this_cpu_write(pcp, val)         \
	__atomic_store_n(raw_cpu_ptr(&(pcp)), \
			 (typeof(pcp))(unsigned long)(val), 0)
#define tree_this_cpu_add(pcp, val) \
	((void)__atomic_fetch_add(raw_cpu_ptr(&(pcp)), val, 0))
#define tree_this_cpu_and(pcp, val) \
	((void)__atomic_fetch_and(raw_cpu_ptr(&(pcp)), val, 0))
#define tree_this_cpu_or(pcp, val) \
	((void)__atomic_fetch_or(raw_cpu_ptr(&(pcp)), val, 0))
#define tree_this_cpu_add_return(pcp, val) \
	__atomic_add_fetch(raw_cpu_ptr(&(pcp)), val, 0)
#define tree_this_cpu_xchg(pcp, val) \
	__atomic_exchange_n(raw_cpu_ptr(&(pcp)), val, 0)
#define tree_this_cpu_cmpxchg(pcp, oval, nval)                                \
	({                                                                    \
		typeof(pcp) __expected = (oval);                              \
		__atomic_compare_exchange_n(raw_cpu_ptr(&(pcp)), &__expected, \
					    nval, 0, 0, 0);                   \
		__expected;                                                   \
	})

#define this_cpu_read_1(pcp) tree_this_cpu_read(pcp)
#define this_cpu_read_2(pcp) tree_this_cpu_read(pcp)
#define this_cpu_read_4(pcp) tree_this_cpu_read(pcp)
#define this_cpu_read_8(pcp) tree_this_cpu_read(pcp)
#define this_cpu_write_1(pcp, val) tree_this_cpu_write(pcp, val)
#define this_cpu_write_2(pcp, val) tree_this_cpu_write(pcp, val)
#define this_cpu_write_4(pcp, val) tree_this_cpu_write(pcp, val)
#define this_cpu_write_8(pcp, val) tree_this_cpu_write(pcp, val)
#define this_cpu_add_1(pcp, val) tree_this_cpu_add(pcp, val)
#define this_cpu_add_2(pcp, val) tree_this_cpu_add(pcp, val)
#define this_cpu_add_4(pcp, val) tree_this_cpu_add(pcp, val)
#define this_cpu_add_8(pcp, val) tree_this_cpu_add(pcp, val)
#define this_cpu_and_1(pcp, val) tree_this_cpu_and(pcp, val)
#define this_cpu_and_2(pcp, val) tree_this_cpu_and(pcp, val)
#define this_cpu_and_4(pcp, val) tree_this_cpu_and(pcp, val)
#define this_cpu_and_8(pcp, val) tree_this_cpu_and(pcp, val)
#define this_cpu_or_1(pcp, val) tree_this_cpu_or(pcp, val)
#define this_cpu_or_2(pcp, val) tree_this_cpu_or(pcp, val)
#define this_cpu_or_4(pcp, val) tree_this_cpu_or(pcp, val)
#define this_cpu_or_8(pcp, val) tree_this_cpu_or(pcp, val)
#define this_cpu_add_return_1(pcp, val) tree_this_cpu_add_return(pcp, val)
#define this_cpu_add_return_2(pcp, val) tree_this_cpu_add_return(pcp, val)
#define this_cpu_add_return_4(pcp, val) tree_this_cpu_add_return(pcp, val)
#define this_cpu_add_return_8(pcp, val) tree_this_cpu_add_return(pcp, val)
#define this_cpu_xchg_1(pcp, val) tree_this_cpu_xchg(pcp, val)
#define this_cpu_xchg_2(pcp, val) tree_this_cpu_xchg(pcp, val)
#define this_cpu_xchg_4(pcp, val) tree_this_cpu_xchg(pcp, val)
#define this_cpu_xchg_8(pcp, val) tree_this_cpu_xchg(pcp, val)
#define this_cpu_cmpxchg_1(pcp, o, n) tree_this_cpu_cmpxchg(pcp, o, n)
#define this_cpu_cmpxchg_2(pcp, o, n) tree_this_cpu_cmpxchg(pcp, o, n)
#define this_cpu_cmpxchg_4(pcp, o, n) tree_this_cpu_cmpxchg(pcp, o, n)
#define this_cpu_cmpxchg_8(pcp, o, n) tree_this_cpu_cmpxchg(pcp, o, n)

#include <asm-generic/percpu.h>

#endif
