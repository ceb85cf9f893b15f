/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tree finds broken ends the run; warnings too, unless masked. */
#ifndef ASM_BUG_H
#define ASM_BUG_H

#ifndef __ASSEMBLY__

#include "bridge.h"

/* Does not return if the condition holds, unless masked. */
#define TREE_CHECK(condition, text)                     \
	({                                              \
		if (__builtin_expect(!!(condition), 0)) \
			host_fail(__func__, text, 0);   \
		0;                                      \
	})

#define TREE_CHECK_PAGE(condition, text, page)            \
	({                                                \
		if (__builtin_expect(!!(condition), 0))   \
			host_check(__func__, text, page); \
		0;                                        \
	})

#define TREE_WARN(condition, text)                    \
	({                                            \
		int __warns = !!(condition);          \
		if (__builtin_expect(__warns, 0))     \
			host_warn(__func__, text, 0); \
		__warns;                              \
	})

#define TREE_WARN_PAGE(condition, text, page)            \
	({                                               \
		int __warns = !!(condition);             \
		if (__builtin_expect(__warns, 0))        \
			host_warn(__func__, text, page); \
		__warns;                                 \
	})

#define HAVE_ARCH_BUG
#define BUG() host_fail(__func__, "BUG()", 0)

#define HAVE_ARCH_BUG_ON
#define BUG_ON(condition) ((void)TREE_CHECK(condition, #condition))

#define WARN_ON(condition) TREE_WARN(condition, #condition)
#define WARN(condition, format...) TREE_WARN(condition, #condition)

#endif

#include <asm-generic/bug.h>

#ifndef __ASSEMBLY__

#undef WARN_ON_ONCE
#undef WARN_ONCE
#undef WARN_TAINT
#undef WARN_TAINT_ONCE
#define WARN_ON_ONCE(condition) TREE_WARN(condition, #condition)
#define WARN_ONCE(condition, format...) TREE_WARN(condition, #condition)
#define WARN_TAINT(condition, taint, format...) TREE_WARN(condition, #condition)
#define WARN_TAINT_ONCE(condition, taint, format...) \
	TREE_WARN(condition, #condition)

#endif
#endif
