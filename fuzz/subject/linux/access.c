// SPDX-License-Identifier: GPL-2.0-only
/*
 * The compiler's load and store hooks in the tree's code. They are yield points
 * with `--access every` and do nothing otherwise.
 */
#include "subject/access.h"

#include "subject/linux/linux.h"

bool access_every;

static inline __attribute__((always_inline)) void
access_point(const void *addr, enum sim_point kind, const void *pc)
{
	if (__builtin_expect(access_every, 0) && sim_running() &&
	    image_has(addr))
		sim_yield(kind, place_of(pc, kind));
}

#define HOOKS(n)                                           \
	void __sanitizer_cov_store##n(const void *addr);   \
	void __sanitizer_cov_load##n(const void *addr);    \
	void __sanitizer_cov_store##n(const void *addr)    \
	{                                                  \
		access_point(addr, SIM_POINT_STORE,        \
			     __builtin_return_address(0)); \
	}                                                  \
	void __sanitizer_cov_load##n(const void *addr)     \
	{                                                  \
		access_point(addr, SIM_POINT_LOAD,         \
			     __builtin_return_address(0)); \
	}

HOOKS(1)
HOOKS(2)
HOOKS(4)
HOOKS(8)
HOOKS(16)
