/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Three levels of page tables as real ones are, with the bits of an invented
 * CPU. PMD_SHIFT makes the size of a huge page, and with it pageblock_order.
 */
#ifndef ASM_PGTABLE_H
#define ASM_PGTABLE_H

#define PMD_SHIFT (PAGE_SHIFT + LINUX_BLOCK_ORDER)
#define PMD_SIZE (1ul << PMD_SHIFT)
#define PMD_MASK (~(PMD_SIZE - 1))
#define PGDIR_SHIFT (PMD_SHIFT + 3)
#define PGDIR_SIZE (1ul << PGDIR_SHIFT)
#define PGDIR_MASK (~(PGDIR_SIZE - 1))
#define PTRS_PER_PTE (1 << LINUX_BLOCK_ORDER)
/* Few, for processes that have less than a megabyte. */
#define PTRS_PER_PMD 8
#define PTRS_PER_PGD 8

#include <asm-generic/pgtable-nopud.h>
#include <linux/mmzone.h>
#include <linux/types.h>
#include "bridge.h"
#include "tree.h"

/* Where memory that is not there is stepped over; see asm/sparsemem.h. */
#undef SUBSECTION_SHIFT
#define SUBSECTION_SHIFT SECTION_SIZE_BITS

#define _PAGE_PRESENT 0x001ul
#define _PAGE_WRITE 0x002ul
#define _PAGE_USER 0x004ul
#define _PAGE_ACCESSED 0x008ul
#define _PAGE_DIRTY 0x010ul
#define _PAGE_HUGE 0x020ul
#define _PAGE_NONE 0x040ul
#define _PAGE_SPECIAL 0x080ul
#define _PAGE_SWP_EXCLUSIVE 0x100ul
#define _PAGE_BITS (PAGE_SIZE - 1)
#define _PAGE_TABLE (_PAGE_PRESENT | _PAGE_WRITE | _PAGE_USER)
#define _PAGE_KEPT (PAGE_MASK | _PAGE_ACCESSED | _PAGE_DIRTY | _PAGE_SPECIAL)

#define PAGE_NONE __pgprot(_PAGE_NONE)
#define PAGE_READONLY __pgprot(_PAGE_PRESENT | _PAGE_USER)
#define PAGE_COPY PAGE_READONLY
#define PAGE_SHARED __pgprot(_PAGE_PRESENT | _PAGE_USER | _PAGE_WRITE)
#define PAGE_KERNEL __pgprot(_PAGE_PRESENT | _PAGE_WRITE | _PAGE_DIRTY)

#define VMALLOC_START 0x320000000000ul
#define VMALLOC_END 0x321000000000ul
#define MODULES_VADDR VMALLOC_START
#define MODULES_END VMALLOC_END

extern pgd_t swapper_pg_dir[PTRS_PER_PGD];
/* No page that the harness knows: what maps it is special, and reads zero. */
extern unsigned long tree_zero_pfn;
#define ZERO_PAGE(vaddr) pfn_to_page(tree_zero_pfn)

#define ENTRY_BITS(level)                                                  \
	static inline int level##_none(level##_t e)                        \
	{                                                                  \
		return !level##_val(e);                                    \
	}                                                                  \
	static inline int level##_present(level##_t e)                     \
	{                                                                  \
		return !!(level##_val(e) & (_PAGE_PRESENT | _PAGE_NONE));  \
	}                                                                  \
	static inline unsigned long level##_pfn(level##_t e)               \
	{                                                                  \
		return level##_val(e) >> PAGE_SHIFT;                       \
	}                                                                  \
	static inline level##_t pfn_##level(unsigned long pfn, pgprot_t p) \
	{                                                                  \
		return __##level(pfn << PAGE_SHIFT | pgprot_val(p));       \
	}                                                                  \
	static inline level##_t level##_modify(level##_t e, pgprot_t p)    \
	{                                                                  \
		return __##level(                                          \
			(level##_val(e) & (_PAGE_KEPT | _PAGE_HUGE)) |     \
			pgprot_val(p));                                    \
	}

#define ENTRY_FLAG(level, is, set, clear, bit)               \
	static inline int level##_##is(level##_t e)          \
	{                                                    \
		return !!(level##_val(e) & (bit));           \
	}                                                    \
	static inline level##_t level##_##set(level##_t e)   \
	{                                                    \
		return __##level(level##_val(e) | (bit));    \
	}                                                    \
	static inline level##_t level##_##clear(level##_t e) \
	{                                                    \
		return __##level(level##_val(e) & ~(bit));   \
	}

ENTRY_BITS(pte)
ENTRY_FLAG(pte, write, mkwrite_novma, wrprotect, _PAGE_WRITE)
ENTRY_FLAG(pte, dirty, mkdirty, mkclean, _PAGE_DIRTY)
ENTRY_FLAG(pte, young, mkyoung, mkold, _PAGE_ACCESSED)
ENTRY_FLAG(pte, special, mkspecial, unspecial, _PAGE_SPECIAL)
ENTRY_FLAG(pte, swp_exclusive, swp_mkexclusive, swp_clear_exclusive,
	   _PAGE_SWP_EXCLUSIVE)
ENTRY_BITS(pmd)
ENTRY_FLAG(pmd, write, mkwrite_novma, wrprotect, _PAGE_WRITE)
ENTRY_FLAG(pmd, dirty, mkdirty, mkclean, _PAGE_DIRTY)
ENTRY_FLAG(pmd, young, mkyoung, mkold, _PAGE_ACCESSED)
ENTRY_FLAG(pmd, trans_huge, mkhuge, nohuge, _PAGE_HUGE)

#define __HAVE_ARCH_PTE_SWP_EXCLUSIVE
#ifndef TREE_HAS_pte_mkwrite_novma
#define pte_mkwrite(pte) pte_mkwrite_novma(pte)
#define pmd_mkwrite(pmd) pmd_mkwrite_novma(pmd)
#endif

#define pmd_write pmd_write
#define pmd_dirty pmd_dirty
#define pmd_young pmd_young
#define has_transparent_hugepage has_transparent_hugepage
static inline int has_transparent_hugepage(void)
{
	return 1;
}

static inline pmd_t pmd_mkinvalid(pmd_t pmd)
{
	return __pmd((pmd_val(pmd) & ~_PAGE_PRESENT) | _PAGE_NONE);
}

#define PFN_PTE_SHIFT PAGE_SHIFT
#define pte_page(pte) pfn_to_page(pte_pfn(pte))
#define mk_pte(page, prot) pfn_pte(page_to_pfn(page), prot)
#define pmd_page(pmd) pfn_to_page(pmd_pfn(pmd))
#define mk_pmd(page, prot) pfn_pmd(page_to_pfn(page), prot)
/*
 * The page that an entry names lends its page struct, with the lock; the tables
 * themselves lie side by side, so that a reset has less to copy.
 */
extern struct tree_pte_table {
	pte_t pte[PTRS_PER_PTE];
} *tree_pte_tables;
extern unsigned long tree_first_pte_table;
#define pmd_page_vaddr(pmd) \
	((unsigned long)&tree_pte_tables[pmd_pfn(pmd) - tree_first_pte_table])
#define pmd_bad(pmd) ((pmd_val(pmd) & _PAGE_TABLE) != _PAGE_TABLE)
#define pmd_leaf(pmd) pmd_trans_huge(pmd)

/*
 * Clear and set bits of an entry in one step, as a processor could; the harness
 * is told. Returns what it was.
 */
unsigned long tree_pte_update(pte_t *ptep, unsigned long clear,
			      unsigned long set);

static inline void set_pte(pte_t *ptep, pte_t pte)
{
	host_write();
	tree_pte_update(ptep, ~0ul, pte_val(pte));
}

/* A processor that sets bits itself: an entry may not be read and then set. */
struct mm_struct;
struct vm_area_struct;

#define __HAVE_ARCH_PTEP_GET_AND_CLEAR
static inline pte_t ptep_get_and_clear(struct mm_struct *mm, unsigned long addr,
				       pte_t *ptep)
{
	host_atomic();
	return __pte(tree_pte_update(ptep, ~0ul, 0));
}

/* Of a zap, which does not set it again: the page may be counted less soon. */
unsigned long tree_pte_zap(pte_t *ptep);

#define __HAVE_ARCH_PTEP_GET_AND_CLEAR_FULL
static inline pte_t ptep_get_and_clear_full(struct mm_struct *mm,
					    unsigned long addr, pte_t *ptep,
					    int full)
{
	host_atomic();
	return __pte(tree_pte_zap(ptep));
}

#define __HAVE_ARCH_PTEP_SET_WRPROTECT
static inline void ptep_set_wrprotect(struct mm_struct *mm, unsigned long addr,
				      pte_t *ptep)
{
	host_atomic();
	tree_pte_update(ptep, _PAGE_WRITE, 0);
}

#define __HAVE_ARCH_PTEP_TEST_AND_CLEAR_YOUNG
static inline int ptep_test_and_clear_young(struct vm_area_struct *vma,
					    unsigned long addr, pte_t *ptep)
{
	host_atomic();
	return !!(tree_pte_update(ptep, _PAGE_ACCESSED, 0) & _PAGE_ACCESSED);
}

/* Likewise, of a PMD. */
unsigned long tree_pmd_update(pmd_t *pmdp, unsigned long clear,
			      unsigned long set);
unsigned long tree_pmd_zap(pmd_t *pmdp);

static inline void set_pmd(pmd_t *pmdp, pmd_t pmd)
{
	host_write();
	tree_pmd_update(pmdp, ~0ul, pmd_val(pmd));
}

#define __HAVE_ARCH_PMDP_HUGE_GET_AND_CLEAR
static inline pmd_t pmdp_huge_get_and_clear(struct mm_struct *mm,
					    unsigned long addr, pmd_t *pmdp)
{
	host_atomic();
	return __pmd(tree_pmd_update(pmdp, ~0ul, 0));
}

#define __HAVE_ARCH_PMDP_HUGE_GET_AND_CLEAR_FULL
static inline pmd_t pmdp_huge_get_and_clear_full(struct vm_area_struct *vma,
						 unsigned long addr,
						 pmd_t *pmdp, int full)
{
	host_atomic();
	return __pmd(tree_pmd_zap(pmdp));
}

#define __HAVE_ARCH_PMDP_SET_WRPROTECT
static inline void pmdp_set_wrprotect(struct mm_struct *mm, unsigned long addr,
				      pmd_t *pmdp)
{
	host_atomic();
	tree_pmd_update(pmdp, _PAGE_WRITE, 0);
}

#define __HAVE_ARCH_PMDP_TEST_AND_CLEAR_YOUNG
static inline int pmdp_test_and_clear_young(struct vm_area_struct *vma,
					    unsigned long addr, pmd_t *pmdp)
{
	host_atomic();
	return !!(tree_pmd_update(pmdp, _PAGE_ACCESSED, 0) & _PAGE_ACCESSED);
}

#define pmdp_establish pmdp_establish
static inline pmd_t pmdp_establish(struct vm_area_struct *vma,
				   unsigned long addr, pmd_t *pmdp, pmd_t pmd)
{
	host_atomic();
	return __pmd(tree_pmd_update(pmdp, ~0ul, pmd_val(pmd)));
}

/* Nobody goes by one that is invalid: it is being split. */
#define pmd_access_permitted pmd_access_permitted
static inline bool pmd_access_permitted(pmd_t pmd, bool write)
{
	return pmd_val(pmd) & _PAGE_PRESENT && (!write || pmd_write(pmd));
}

/* Page tables for later are those of their PMDs, wherever these move. */
#define __HAVE_ARCH_PGTABLE_DEPOSIT
#define __HAVE_ARCH_PGTABLE_WITHDRAW
void pgtable_trans_huge_deposit(struct mm_struct *mm, pmd_t *pmdp,
				pgtable_t pgtable);
pgtable_t pgtable_trans_huge_withdraw(struct mm_struct *mm, pmd_t *pmdp);
#define pmd_move_must_withdraw(new_ptl, old_ptl, vma) true

#ifndef TREE_HAS_set_ptes
#define set_pte_at(mm, addr, ptep, pte) set_pte(ptep, pte)
#endif
#define set_pmd_at(mm, addr, pmdp, pmd) set_pmd(pmdp, pmd)
#define pte_clear(mm, addr, ptep) set_pte(ptep, __pte(0))
#define pmd_clear(pmdp) set_pmd(pmdp, __pmd(0))

/* With the PUD folded into the PGD. */
#define set_pud(pudp, pud) (*(pudp) = (pud))
#define pud_none(pud) (!pud_val(pud))
#define pud_present(pud) (!!(pud_val(pud) & _PAGE_PRESENT))
#define pud_bad(pud) ((pud_val(pud) & _PAGE_TABLE) != _PAGE_TABLE)
#define pud_clear(pudp) set_pud(pudp, __pud(0))
#define pud_page(pud) pfn_to_page(pud_val(pud) >> PAGE_SHIFT)
#define pud_pgtable(pud) ((pmd_t *)__va(pud_val(pud) & ~63ul))

#define pte_ERROR(e) BUG()
#define pmd_ERROR(e) BUG()
#define pgd_ERROR(e) BUG()

#define update_mmu_cache(vma, addr, ptep) \
	do {                              \
	} while (0)
#define update_mmu_cache_range(vmf, vma, addr, ptep, nr) \
	do {                                             \
	} while (0)
#define update_mmu_cache_pmd(vma, addr, pmdp) \
	do {                                  \
	} while (0)

#define __swp_type(x) ((x).val >> 9 & 0x1f)
#define __swp_offset(x) ((x).val >> 14)
#define __swp_entry(type, offset) \
	((swp_entry_t){ ((type) & 0x1f) << 9 | (unsigned long)(offset) << 14 })
#define __pte_to_swp_entry(pte) ((swp_entry_t){ pte_val(pte) })
#define __swp_entry_to_pte(x) __pte((x).val)
#define __pmd_to_swp_entry(pmd) ((swp_entry_t){ pmd_val(pmd) })
#define __swp_entry_to_pmd(x) __pmd((x).val)

#endif
