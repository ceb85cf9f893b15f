/* SPDX-License-Identifier: GPL-2.0-only */
/* There is no TLB: a walk always reads the tables. */
#ifndef ASM_TLBFLUSH_H
#define ASM_TLBFLUSH_H

#define flush_tlb_all() \
	do {            \
	} while (0)
#define flush_tlb_mm(mm)    \
	do {                \
		(void)(mm); \
	} while (0)
#define flush_tlb_page(vma, addr) \
	do {                      \
		(void)(vma);      \
	} while (0)
#define flush_tlb_range(vma, start, end) \
	do {                             \
		(void)(vma);             \
	} while (0)
#define flush_tlb_kernel_range(start, end) \
	do {                               \
	} while (0)

#endif
