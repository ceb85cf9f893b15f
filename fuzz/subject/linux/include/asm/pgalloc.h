/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ASM_PGALLOC_H
#define ASM_PGALLOC_H

#include <linux/mm.h>
#include <asm-generic/pgalloc.h>

#define pmd_populate_kernel(mm, pmd, pte) \
	set_pmd(pmd, __pmd(_PAGE_TABLE | __pa(pte)))
#define pmd_populate(mm, pmd, pte) \
	set_pmd(pmd, __pmd(_PAGE_TABLE | page_to_pfn(pte) << PAGE_SHIFT))
#define pud_populate(mm, pud, pmd) set_pud(pud, __pud(_PAGE_TABLE | __pa(pmd)))

/* Page tables stay for good. */
#define __pte_free_tlb(tlb, pte, addr) BUG()
#define __pmd_free_tlb(tlb, pmd, addr) BUG()

#endif
