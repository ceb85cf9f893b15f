/* SPDX-License-Identifier: GPL-2.0-only */
/* Processes, and the page tables that they have: see users.c, tables.c. */
#ifndef FUZZ_SUBJECT_LINUX_USERS_H
#define FUZZ_SUBJECT_LINUX_USERS_H

#include <linux/mm.h>

#include "kernel.h"

#define USER_START (1ul << PGDIR_SHIFT)
/* PMDs of a place where the memory of a process can be. */
#define NR_PMDS DIV_ROUND_UP(BRIDGE_ADDRESSES, PTRS_PER_PTE)
#define NR_PLACES 2

struct user {
	pgd_t pgd[PTRS_PER_PGD];
	pmd_t pmd[PTRS_PER_PMD];
	/* Page tables that a PMD which maps a folio has for later. */
	pgtable_t deposited[PTRS_PER_PMD];
	struct vm_area_struct vma[NR_PLACES];
	unsigned int place; /* mmap_lock */
	struct mm_struct mm; /* with a bit for each CPU behind it */
};

extern struct user *tree_users[BRIDGE_MMS];

/* The PMD of an address, as numbers of the seam are. */
static inline pmd_t *tree_pmd_of(unsigned int mm, unsigned int address)
{
	struct user *user = tree_users[mm];

	return &user->pmd[user->place * NR_PMDS + address / PTRS_PER_PTE];
}

static inline unsigned long tree_address_of(const struct vm_area_struct *vma,
					    unsigned int address)
{
	return vma->vm_start + address * PAGE_SIZE;
}

/* --- tables.c --- */

void tree_tables_reserve(void);
/* A table for each PMD. */
void tree_tables_init(void);

static inline bool tree_is_leaf(pmd_t pmd)
{
	return pmd_val(pmd) & _PAGE_HUGE;
}

static inline bool tree_is_table(pmd_t pmd)
{
	return !tree_is_leaf(pmd) && (pmd_val(pmd) & _PAGE_PRESENT);
}

/* Where the entry of an address is: NULL if it has no table. */
pte_t *tree_pte_of(unsigned int mm, unsigned int address);
/* The page that is mapped there just now, whatever by. */
struct page *tree_page_at(unsigned int mm, unsigned int address);
/* It has a page table without entries, for all that a PMD could map. */
bool tree_has_room_for_pmd(unsigned int mm, unsigned int address);
/*
 * The table of the @nr-th PMD of @vma goes if it has no entries, as it would
 * with the vma. The caller has mmap_lock for writing.
 */
void tree_free_table(struct vm_area_struct *vma, unsigned int nr);
/* Those where @like has a PMD that maps something. */
void tree_make_room_like(struct vm_area_struct *vma,
			 const struct vm_area_struct *like);

/* --- huge.c --- */

void tree_huge_init(void);

/* Faults look for room for a folio that a PMD maps. */
bool tree_wants_pmds(void);

#endif
