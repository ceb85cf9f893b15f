/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ASM_PAGE_H
#define ASM_PAGE_H

#include <linux/const.h>
#include "bridge.h"
#include "tree.h"

#define PAGE_SHIFT BRIDGE_PAGE_SHIFT
#define PAGE_SIZE (_AC(1, UL) << PAGE_SHIFT)
#define PAGE_MASK (~(PAGE_SIZE - 1))
#define PAGE_OFFSET BRIDGE_PAGE_OFFSET

#ifndef __ASSEMBLY__

#include <linux/types.h>

struct page;

typedef struct {
	unsigned long pte;
} pte_t;
typedef struct {
	unsigned long pmd;
} pmd_t;
typedef struct {
	unsigned long pgd;
} pgd_t;
typedef struct {
	unsigned long pgprot;
} pgprot_t;
typedef struct page *pgtable_t;

#define pte_val(x) ((x).pte)
#define pmd_val(x) ((x).pmd)
#define pgd_val(x) ((x).pgd)
#define pgprot_val(x) ((x).pgprot)
#define __pte(x) ((pte_t){ (x) })
#define __pmd(x) ((pmd_t){ (x) })
#define __pgd(x) ((pgd_t){ (x) })
#define __pgprot(x) ((pgprot_t){ (x) })

/* What a user's page holds is its first words. */
#define PAGE_CONTENT_BYTES 64
#define clear_page(page) memset((void *)(page), 0, PAGE_CONTENT_BYTES)
#define copy_page(to, from) \
	memcpy((void *)(to), (void *)(from), PAGE_CONTENT_BYTES)
#define clear_user_page(page, vaddr, pg) clear_page(page)
#define copy_user_page(to, from, vaddr, pg) copy_page(to, from)

#define __pa(x) ((unsigned long)(x) - PAGE_OFFSET)
#define __va(x) ((void *)((unsigned long)(x) + PAGE_OFFSET))
#define virt_to_pfn(kaddr) (__pa(kaddr) >> PAGE_SHIFT)
#define pfn_to_virt(pfn) __va((unsigned long)(pfn) << PAGE_SHIFT)
#define virt_to_page(addr) pfn_to_page(virt_to_pfn(addr))
#define page_to_virt(page) pfn_to_virt(page_to_pfn(page))
#define virt_addr_valid(kaddr) pfn_valid(virt_to_pfn(kaddr))

#define VM_DATA_DEFAULT_FLAGS VM_DATA_FLAGS_NON_EXEC

/* Pages handed out and taken back: events of the harness. */
#define HAVE_ARCH_ALLOC_PAGE
#define HAVE_ARCH_FREE_PAGE
void arch_alloc_page(struct page *page, int order);
void arch_free_page(struct page *page, int order);

#include <asm-generic/memory_model.h>
#include <asm-generic/getorder.h>

#ifndef page_to_phys
#define page_to_phys(page) ((phys_addr_t)page_to_pfn(page) << PAGE_SHIFT)
#endif

#endif
#endif
