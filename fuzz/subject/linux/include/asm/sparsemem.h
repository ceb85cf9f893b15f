/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ASM_SPARSEMEM_H
#define ASM_SPARSEMEM_H

/*
 * What goes offline are whole sections, so they are as small as can be: one
 * block of the largest order. Headers demand at least 2 MB, for the subsections
 * of another memory model; the preprocessor, to which an enumerator is 0, is
 * told so.
 */
enum { LINUX_LESS_BITS = 3 };
#define SECTION_SIZE_BITS (PAGE_SHIFT + LINUX_MAX_ORDER + 3 - LINUX_LESS_BITS)
#define MAX_PHYSMEM_BITS 30

#endif
