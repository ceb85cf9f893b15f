/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ASM_PGALLOC_H
#define ASM_PGALLOC_H

#include <linux/mm.h>

/* Page tables lie outside of the zone: see kernel/tables.c. */
pgtable_t tree_pte_alloc_one(void);
void tree_pte_free(pgtable_t page);
#define __HAVE_ARCH_PTE_ALLOC_ONE
#define pte_alloc_one(mm) ((void)(mm), tree_pte_alloc_one())

#include <asm-generic/pgalloc.h>

#define pte_free(mm, page) ((void)(mm), tree_pte_free(page))

#define pmd_populate_kernel(mm, pmd, pte) \
	set_pmd(pmd, __pmd(_PAGE_TABLE | __pa(pte)))
#define pmd_populate(mm, pmd, pte) \
	set_pmd(pmd, __pmd(_PAGE_TABLE | page_to_pfn(pte) << PAGE_SHIFT))
#define pud_populate(mm, pud, pmd) set_pud(pud, __pud(_PAGE_TABLE | __pa(pmd)))

/* Who ends a vma frees its tables in kernel/. */
#define __pte_free_tlb(tlb, pte, addr) BUG()
#define __pmd_free_tlb(tlb, pmd, addr) BUG()

#endif
