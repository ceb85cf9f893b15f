/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ASM_RWONCE_H
#define ASM_RWONCE_H

#ifndef __ASSEMBLY__

#include "bridge.h"

#define __READ_ONCE(x)                                             \
	({                                                         \
		host_read();                                       \
		*(const volatile __unqual_scalar_typeof(x) *)&(x); \
	})

#include <asm-generic/rwonce.h>

#undef __WRITE_ONCE
#define __WRITE_ONCE(x, val)                              \
	do {                                              \
		__unqual_scalar_typeof(x) __once = (val); \
		host_write();                             \
		*(volatile typeof(x) *)&(x) = __once;     \
	} while (0)

#endif
#endif
