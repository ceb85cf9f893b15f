/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The checks of DEBUG_VM as the tree declares them, but with conditions as they
 * are written in the source: macros in them are not expanded, so that a verdict
 * has the same name in every configuration.
 */
#ifndef FUZZ_SUBJECT_LINUX_MMDEBUG_H
#define FUZZ_SUBJECT_LINUX_MMDEBUG_H

#include_next <linux/mmdebug.h>

#undef VM_BUG_ON
#undef VM_BUG_ON_PAGE
#undef VM_BUG_ON_FOLIO
#undef VM_BUG_ON_VMA
#undef VM_BUG_ON_MM
#undef VM_WARN_ON
#undef VM_WARN_ON_ONCE
#undef VM_WARN_ON_ONCE_PAGE
#undef VM_WARN_ON_FOLIO
#undef VM_WARN_ON_ONCE_FOLIO
#undef VM_WARN_ON_ONCE_MM
#undef VM_WARN_ONCE
#undef VM_WARN

#define VM_BUG_ON(cond) TREE_CHECK(cond, #cond)
#define VM_BUG_ON_PAGE(cond, page) TREE_CHECK_PAGE(cond, #cond, page)
#define VM_BUG_ON_FOLIO(cond, folio) \
	TREE_CHECK_PAGE(cond, #cond, (const struct page *)(folio))
#define VM_BUG_ON_VMA(cond, vma) TREE_CHECK(cond, #cond)
#define VM_BUG_ON_MM(cond, mm) TREE_CHECK(cond, #cond)
#define VM_WARN_ON(cond) TREE_WARN(cond, #cond)
#define VM_WARN_ON_ONCE(cond) TREE_WARN(cond, #cond)
#define VM_WARN_ON_ONCE_PAGE(cond, page) TREE_WARN_PAGE(cond, #cond, page)
#define VM_WARN_ON_FOLIO(cond, folio) \
	TREE_WARN_PAGE(cond, #cond, (const struct page *)(folio))
#define VM_WARN_ON_ONCE_FOLIO(cond, folio) \
	TREE_WARN_PAGE(cond, #cond, (const struct page *)(folio))
#define VM_WARN_ON_ONCE_MM(cond, mm) TREE_WARN(cond, #cond)
#define VM_WARN_ONCE(cond, format...) TREE_WARN(cond, #cond)
#define VM_WARN(cond, format...) TREE_WARN(cond, #cond)

#endif
