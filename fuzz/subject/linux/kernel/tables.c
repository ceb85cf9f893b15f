// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page tables of processes, which lie outside of the zone, and their entries.
 * Tables are not given back to the allocator: who frees one leaves it to the
 * next who needs one, when nobody without a lock can look at it any more.
 *
 * Entries are changed through tree_pte_update() and tree_pmd_update() only,
 * which tell the harness: who clears an entry under its lock may set it again
 * before he releases that, so what he has cleared is told when he does neither.
 * Of a table that no PMD names nothing is told but what it has once one does.
 */
#include <linux/memblock.h>
#include <linux/rcupdate.h>
#include <linux/rmap.h>
#include <linux/swap.h>
#include <linux/swapops.h>
#include <asm/pgalloc.h>

#include "kernel/users.h"

#define NR_SLOTS (BRIDGE_MMS * NR_PLACES * NR_PMDS)
/* So many may be about to get their place, or wait to be forgotten. */
#define NR_TABLES (NR_SLOTS + 24)
/* Who finds none waits for others' to be forgotten, so often. */
#define MAX_GRACE_PERIODS 4

struct tree_pte_table *tree_pte_tables;
unsigned long tree_first_pte_table;

/* Of PMDs, one process after the other; by table, + 1: 0 has had none. */
static unsigned short slot_of[NR_TABLES];
static unsigned short free_tables[NR_TABLES];
static unsigned int nr_free_tables;

/* --- Tables --- */

void tree_tables_reserve(void)
{
	tree_pte_tables = memblock_alloc(NR_TABLES * sizeof(*tree_pte_tables),
					 SMP_CACHE_BYTES);
	/* Page structs of metadata, which nobody else needs. */
	tree_first_pte_table = max_low_pfn - NR_TABLES;
}

static pgtable_t page_of_table(unsigned int table)
{
	return pfn_to_page(tree_first_pte_table + table);
}

static unsigned int table_of_page(const struct page *page)
{
	return (unsigned int)(page_to_pfn(page) - tree_first_pte_table);
}

static unsigned int table_of(pmd_t pmd)
{
	return (unsigned int)(pmd_pfn(pmd) - tree_first_pte_table);
}

static pmd_t *pmd_of_slot(unsigned int slot)
{
	return &tree_users[slot / (NR_PLACES * NR_PMDS)]
			->pmd[slot % (NR_PLACES * NR_PMDS)];
}

/* How many addresses it is for: behind the last one there is no vma. */
static unsigned int nr_in_slot(unsigned int slot)
{
	unsigned int nr = BRIDGE_ADDRESSES - slot % NR_PMDS * PTRS_PER_PTE;

	return min(nr, (unsigned int)PTRS_PER_PTE);
}

static bool is_empty(unsigned int table)
{
	for (unsigned int i = 0; i < PTRS_PER_PTE; i++) {
		if (tree_pte_tables[table].pte[i].pte)
			return false;
	}
	return true;
}

static void init_table(unsigned int table)
{
	struct page *page = page_of_table(table);

#ifdef TREE_HAS_pagetable_pte_ctor
	pagetable_pte_ctor(page_ptdesc(page));
#else
	pgtable_pte_page_ctor(page);
#endif
}

void tree_tables_init(void)
{
	for (unsigned int i = 0; i < NR_TABLES; i++)
		init_table(i);
	for (unsigned int i = 0; i < NR_SLOTS; i++)
		pmd_populate(&tree_users[i / (NR_PLACES * NR_PMDS)]->mm,
			     pmd_of_slot(i), page_of_table(i));
	while (nr_free_tables < NR_TABLES - NR_SLOTS) {
		free_tables[nr_free_tables] =
			(unsigned short)(NR_SLOTS + nr_free_tables);
		nr_free_tables++;
	}
}

pgtable_t tree_pte_alloc_one(void)
{
	might_sleep();
	for (unsigned int i = 0; !nr_free_tables && i < MAX_GRACE_PERIODS; i++)
		host_synchronize_rcu(CALLER);
	if (!nr_free_tables)
		return NULL;
	return page_of_table(free_tables[--nr_free_tables]);
}

void tree_pte_free(pgtable_t page)
{
	unsigned int table = table_of_page(page);

	if (!is_empty(table))
		host_fail("pte_free", "the page table is empty", NULL);
	slot_of[table] = 0;
	free_tables[nr_free_tables++] = (unsigned short)table;
}

static void free_later(void *page)
{
	tree_pte_free(page);
}

/* Of all of its addresses the process has memory, or could. */
bool tree_has_room_for_pmd(unsigned int mm, unsigned int address)
{
	pmd_t pmd = *tree_pmd_of(mm, address);

	return address / PTRS_PER_PTE < BRIDGE_ADDRESSES / PTRS_PER_PTE &&
	       tree_is_table(pmd) && is_empty(table_of(pmd));
}

/* With the lock that its PMD is changed by, and no one who could fill it. */
static void free_table(pmd_t *pmdp)
{
	pgtable_t page = page_of_table(table_of(*pmdp));

	pmd_clear(pmdp);
	host_call_rcu(free_later, page);
}

/* As whoever frees tables: nobody finds the vma by its memory meanwhile. */
void tree_free_table(struct vm_area_struct *vma, unsigned int nr)
{
	struct user *user = container_of(vma->vm_mm, struct user, mm);
	unsigned int place = vma == &user->vma[1];
	pmd_t *pmdp = &user->pmd[place * NR_PMDS + nr];
	spinlock_t *ptl;

	if (vma->anon_vma)
		anon_vma_lock_write(vma->anon_vma);
	ptl = pmd_lock(vma->vm_mm, pmdp);
	if (tree_is_table(*pmdp) && is_empty(table_of(*pmdp)))
		free_table(pmdp);
	spin_unlock(ptl);
	if (vma->anon_vma)
		anon_vma_unlock_write(vma->anon_vma);
}

void tree_make_room_like(struct vm_area_struct *vma,
			 const struct vm_area_struct *like)
{
	struct user *user = container_of(like->vm_mm, struct user, mm);
	unsigned int place = like == &user->vma[1];

	for (unsigned int i = 0; i < NR_PMDS; i++) {
		pmd_t pmd = user->pmd[place * NR_PMDS + i];

		if (!pmd_none(pmd) && !tree_is_table(pmd))
			tree_free_table(vma, i);
	}
}

/* --- What is deposited --- */

static pgtable_t *deposit_of(struct mm_struct *mm, pmd_t *pmdp)
{
	struct user *user = container_of(mm, struct user, mm);

	return &user->deposited[pmdp - user->pmd];
}

void pgtable_trans_huge_deposit(struct mm_struct *mm, pmd_t *pmdp,
				pgtable_t pgtable)
{
	assert_spin_locked(pmd_lockptr(mm, pmdp));
	if (*deposit_of(mm, pmdp))
		host_fail("pgtable_trans_huge_deposit",
			  "a PMD has one page table for later", NULL);
	*deposit_of(mm, pmdp) = pgtable;
}

pgtable_t pgtable_trans_huge_withdraw(struct mm_struct *mm, pmd_t *pmdp)
{
	pgtable_t pgtable = *deposit_of(mm, pmdp);

	assert_spin_locked(pmd_lockptr(mm, pmdp));
	if (!pgtable)
		host_fail("pgtable_trans_huge_withdraw",
			  "a PMD has one page table for later", NULL);
	*deposit_of(mm, pmdp) = NULL;
	return pgtable;
}

/* --- What entries say --- */

static void view_migration(swp_entry_t entry, struct tree_pte *view)
{
	if (!is_migration_entry(entry))
		host_unimplemented("page table entries for what is elsewhere");
	view->kind = BRIDGE_PTE_MIGRATION;
	view->nr = (unsigned int)(swp_offset_pfn(entry) - BRIDGE_START_PFN);
}

/* The zero page is none that the harness knows: there is nothing yet. */
static void view_pte(unsigned long val, struct tree_pte *view)
{
	pte_t pte = __pte(val);

	*view = (struct tree_pte){ .kind = BRIDGE_PTE_NONE };
	if (pte_none(pte) || (pte_present(pte) && pte_special(pte)))
		return;
	if (!pte_present(pte)) {
		view_migration(pte_to_swp_entry(pte), view);
		return;
	}
	view->kind = BRIDGE_PTE_PRESENT;
	view->nr = (unsigned int)tree_to_pfn(pte_page(pte));
	view->has_ref = true;
}

/* The page at @offset of what a PMD maps, which has one reference for all. */
static void view_leaf(pmd_t pmd, unsigned int offset, struct tree_pte *view)
{
	view->kind = pmd_val(pmd) & _PAGE_PRESENT ? BRIDGE_PTE_PRESENT :
						    BRIDGE_PTE_INVALID;
	view->nr = (unsigned int)tree_to_pfn(pmd_page(pmd)) + offset;
	view->has_ref = view->kind == BRIDGE_PTE_PRESENT && !offset;
}

static void view_pmd(pmd_t pmd, unsigned int offset, struct tree_pte *view)
{
	*view = (struct tree_pte){ .kind = BRIDGE_PTE_NONE };
	if (pmd_none(pmd))
		return;
	if (tree_is_table(pmd)) {
		view_pte(tree_pte_tables[table_of(pmd)].pte[offset].pte, view);
	} else if (tree_is_leaf(pmd)) {
		view_leaf(pmd, offset, view);
	} else {
		view_migration(pmd_to_swp_entry(pmd), view);
		view->nr += offset;
	}
}

void tree_pte(unsigned int mm, unsigned int address, struct tree_pte *view)
{
	view_pmd(*tree_pmd_of(mm, address), address % PTRS_PER_PTE, view);
}

pte_t *tree_pte_of(unsigned int mm, unsigned int address)
{
	pmd_t pmd = *tree_pmd_of(mm, address);

	if (!tree_is_table(pmd))
		return NULL;
	return &tree_pte_tables[table_of(pmd)].pte[address % PTRS_PER_PTE];
}

struct page *tree_page_at(unsigned int mm, unsigned int address)
{
	struct tree_pte view;

	tree_pte(mm, address, &view);
	return view.kind == BRIDGE_PTE_PRESENT ? tree_to_page(view.nr) : NULL;
}

/* --- Telling --- */

/* The first address of a PMD: of all processes, one by one, in either place. */
static unsigned int first_of_slot(unsigned int slot)
{
	return slot / (NR_PLACES * NR_PMDS) * BRIDGE_ADDRESSES +
	       slot % NR_PMDS * PTRS_PER_PTE;
}

static unsigned int number_of_pte(const pte_t *ptep, unsigned int table)
{
	return first_of_slot(slot_of[table] - 1u) +
	       (unsigned int)(ptep - tree_pte_tables[table].pte);
}

static void tell(unsigned int nr, const struct tree_pte *from,
		 const struct tree_pte *to)
{
	host_pte(nr / BRIDGE_ADDRESSES, nr % BRIDGE_ADDRESSES, from, to);
}

static void tell_pte(unsigned int nr, unsigned long old, unsigned long new)
{
	struct tree_pte from, to;

	view_pte(old, &from);
	view_pte(new, &to);
	tell(nr, &from, &to);
}

/* Of all its addresses, if it maps something, or did. */
static void tell_pmd(unsigned int slot, pmd_t old, pmd_t new)
{
	unsigned int first = first_of_slot(slot);

	for (unsigned int i = 0; i < nr_in_slot(slot); i++) {
		struct tree_pte from, to;

		view_pmd(old, i, &from);
		view_pmd(new, i, &to);
		if (tree_is_table(old))
			host_pmd_over(first / BRIDGE_ADDRESSES,
				      first % BRIDGE_ADDRESSES + i,
				      from.kind != BRIDGE_PTE_NONE);
		tell(first + i, &from, &to);
	}
}

/* What a task has cleared, and not told of yet. */
static struct {
	unsigned int nr; /* of an entry, or of the first one of a PMD */
	unsigned int slot; /* of the PMD */
	bool is_pmd;
	unsigned long old; /* 0: nothing */
	const spinlock_t *ptl;
} cleared[BRIDGE_TASKS];
unsigned int tree_nr_cleared;

/* Returns what it was. */
static unsigned long forget_cleared(void)
{
	unsigned long old = cleared[host_task()].old;

	cleared[host_task()].old = 0;
	tree_nr_cleared--;
	return old;
}

static void tell_cleared(void)
{
	unsigned int task = host_task();

	if (!cleared[task].old)
		return;
	if (cleared[task].is_pmd)
		tell_pmd(cleared[task].slot, __pmd(forget_cleared()), __pmd(0));
	else
		tell_pte(cleared[task].nr, forget_cleared(), 0);
}

/* Interrupts, and whoever is called meanwhile, have other locks. */
void tree_tell_cleared(const raw_spinlock_t *lock)
{
	if (lock == &cleared[host_task()].ptl->rlock)
		tell_cleared();
}

static bool has_cleared(unsigned int nr, bool is_pmd)
{
	unsigned int task = host_task();

	return cleared[task].old && cleared[task].nr == nr &&
	       cleared[task].is_pmd == is_pmd;
}

static const spinlock_t *ptl_of(unsigned int table)
{
#ifdef TREE_HAS_pagetable_pte_ctor
	return ptlock_ptr(page_ptdesc(page_of_table(table)));
#else
	return ptlock_ptr(page_of_table(table));
#endif
}

static void note_cleared(unsigned int nr, unsigned long old,
			 const spinlock_t *ptl)
{
	unsigned int task = host_task();

	tell_cleared();
	cleared[task].nr = nr;
	cleared[task].is_pmd = false;
	cleared[task].old = old;
	cleared[task].ptl = ptl;
	tree_nr_cleared++;
}

/* --- Changes --- */

static bool is_named(unsigned int table)
{
	pmd_t pmd;

	if (!slot_of[table])
		return false;
	pmd = *pmd_of_slot(slot_of[table] - 1u);
	return tree_is_table(pmd) && table_of(pmd) == table;
}

unsigned long tree_pte_update(pte_t *ptep, unsigned long clear,
			      unsigned long set)
{
	unsigned int table =
		(unsigned int)((unsigned long)(ptep - tree_pte_tables[0].pte) /
			       PTRS_PER_PTE);
	unsigned long old = ptep->pte, was = old;
	unsigned int nr;

	ptep->pte = (old & ~clear) | set;
	if (!is_named(table))
		return old;
	nr = number_of_pte(ptep, table);
	/* Set again, or set in the other place. */
	if (has_cleared(nr, false))
		was = forget_cleared();
	if (was && !ptep->pte)
		note_cleared(nr, was, ptl_of(table));
	else
		tell_pte(nr, was, ptep->pte);
	return old;
}

unsigned long tree_pte_zap(pte_t *ptep)
{
	unsigned long old = tree_pte_update(ptep, ~0ul, 0);

	tell_cleared();
	return old;
}

/* NR_SLOTS if it is a copy that somebody has. */
static unsigned int slot_of_pmd(const pmd_t *pmdp)
{
	for (unsigned int i = 0; i < BRIDGE_MMS; i++) {
		unsigned long nr = (unsigned long)(pmdp - tree_users[i]->pmd);

		if (pmdp >= tree_users[i]->pmd && nr < PTRS_PER_PMD)
			return i * NR_PLACES * NR_PMDS + (unsigned int)nr;
	}
	return NR_SLOTS;
}

static void note_cleared_pmd(const pmd_t *pmdp, unsigned int slot,
			     unsigned long old)
{
	const struct user *user = tree_users[slot / (NR_PLACES * NR_PMDS)];

	note_cleared(first_of_slot(slot), old, &user->mm.page_table_lock);
	cleared[host_task()].is_pmd = true;
	cleared[host_task()].slot = slot;
}

static void tell_of_pmd(const pmd_t *pmdp, unsigned int slot, pmd_t old)
{
	pmd_t was = old;

	if (has_cleared(first_of_slot(slot), true))
		was = __pmd(forget_cleared());
	if (tree_is_leaf(was) && tree_is_table(*pmdp))
		host_pmd_split((unsigned int)tree_to_pfn(pmd_page(was)));
	if (pmd_none(*pmdp) && !pmd_none(was) && !tree_is_table(was))
		note_cleared_pmd(pmdp, slot, pmd_val(was));
	else if (!pmd_none(*pmdp) || !tree_is_table(was))
		tell_pmd(slot, was, *pmdp);
}

unsigned long tree_pmd_update(pmd_t *pmdp, unsigned long clear,
			      unsigned long set)
{
	unsigned int slot = slot_of_pmd(pmdp);
	pmd_t old = *pmdp;

	*pmdp = __pmd((pmd_val(old) & ~clear) | set);
	if (slot == NR_SLOTS)
		return pmd_val(old);
	if (tree_is_table(*pmdp))
		slot_of[table_of(*pmdp)] = (unsigned short)(slot + 1);
	tell_of_pmd(pmdp, slot, old);
	return pmd_val(old);
}

unsigned long tree_pmd_zap(pmd_t *pmdp)
{
	unsigned long old = tree_pmd_update(pmdp, ~0ul, 0);

	tell_cleared();
	return old;
}
