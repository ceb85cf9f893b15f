// SPDX-License-Identifier: GPL-2.0-only
/*
 * Processes: address spaces of anonymous memory, and the processor that their
 * page tables are for. Faults, zaps and all else that happens to their memory
 * is the tree's own code.
 *
 * Each process has one vma, from boot on, and page tables that lie outside of
 * the zone. It has two places where its memory can be, the one or the other:
 * addresses of the seam count from the beginning of that. A page holds one
 * word. Entries are changed through
 * tree_pte_update() only, which tells the harness: who clears an entry under
 * its lock may set it again before he releases that, so what he has cleared is
 * told when he does neither.
 *
 * There are no files, no swap and no mlock.
 */
#include <linux/memblock.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/pagemap.h>
#include <linux/rmap.h>
#include <linux/swap.h>
#include <linux/swapops.h>
#include <asm/pgalloc.h>

#include "kernel.h"
#include "internal.h"

#define USER_START (1ul << PGDIR_SHIFT)
/* Page tables of a place where the memory of a process can be. */
#define TABLES DIV_ROUND_UP(BRIDGE_ADDRESSES, PTRS_PER_PTE)
#define NR_PLACES 2
#define NR_TABLES (BRIDGE_MMS * NR_PLACES * TABLES)

struct user {
	pgd_t pgd[PTRS_PER_PGD];
	pmd_t pmd[PTRS_PER_PMD];
	struct vm_area_struct vma[NR_PLACES];
	unsigned int place; /* mmap_lock */
	struct mm_struct mm; /* with a bit for each CPU behind it */
};

static struct user *users[BRIDGE_MMS];
struct tree_pte_table *tree_pte_tables;
unsigned long tree_first_pte_table;
unsigned long tree_zero_pfn;

/* Of the tree, declared where it is used. */
extern unsigned long zero_pfn;

/* --- Boot --- */

void tree_users_reserve(void)
{
	for (unsigned int i = 0; i < BRIDGE_MMS; i++)
		users[i] = memblock_alloc(sizeof(struct user) + cpumask_size(),
					  SMP_CACHE_BYTES);
	tree_pte_tables = memblock_alloc(NR_TABLES * sizeof(*tree_pte_tables),
					 SMP_CACHE_BYTES);
	/* Page structs of metadata, which nobody else needs. */
	tree_zero_pfn = max_low_pfn - 1;
	tree_first_pte_table = tree_zero_pfn - NR_TABLES;
}

static void boot_table(struct user *user, unsigned int nr, unsigned int table)
{
	struct page *page = pfn_to_page(tree_first_pte_table + table);

#ifdef TREE_HAS_pagetable_pte_ctor
	pagetable_pte_ctor(page_ptdesc(page));
#else
	pgtable_pte_page_ctor(page);
#endif
	pmd_populate(&user->mm, &user->pmd[nr], page);
}

static void boot_mm(struct user *user)
{
	struct mm_struct *mm = &user->mm;

	atomic_set(&mm->mm_users, 1);
	atomic_set(&mm->mm_count, 1);
	init_rwsem(&mm->mmap_lock);
	seqcount_init(&mm->write_protect_seq);
	spin_lock_init(&mm->page_table_lock);
	mm->pgd = user->pgd;
	set_pud((pud_t *)&user->pgd[pgd_index(USER_START)],
		__pud(_PAGE_TABLE | __pa(user->pmd)));
}

static unsigned long start_of(unsigned int place)
{
	return USER_START + place * TABLES * PMD_SIZE;
}

static void boot_vma(struct user *user)
{
	struct vm_area_struct *vma = &user->vma[0];
	/* A constant that only mmap_lock's owner may change, in some trees. */
	unsigned long *flags = (unsigned long *)&vma->vm_flags;

	vma->vm_mm = &user->mm;
	vma->vm_start = start_of(0);
	vma->vm_end = start_of(0) + BRIDGE_ADDRESSES * PAGE_SIZE;
	vma->vm_pgoff = start_of(0) >> PAGE_SHIFT;
	vma->vm_page_prot = PAGE_COPY;
	*flags = VM_READ | VM_WRITE | VM_MAYREAD | VM_MAYWRITE;
	INIT_LIST_HEAD(&vma->anon_vma_chain);
	mmap_write_lock(vma->vm_mm);
	if (anon_vma_prepare(vma))
		host_boot_failed("anon_vma_prepare()");
	mmap_write_unlock(vma->vm_mm);
}

/* A process has one vma. */
static struct vm_area_struct *vma_at(const struct mm_struct *mm,
				     unsigned long address)
{
	struct user *user = container_of(mm, struct user, mm);
	struct vm_area_struct *vma = &user->vma[user->place];

	return address < vma->vm_end ? vma : NULL;
}

struct vm_area_struct *find_vma(struct mm_struct *mm, unsigned long address)
{
	return vma_at(mm, address);
}

/* For vma_lookup(). */
void *mtree_load(struct maple_tree *tree, unsigned long address)
{
	struct vm_area_struct *vma =
		vma_at(container_of(tree, struct mm_struct, mm_mt), address);

	return vma && address >= vma->vm_start ? vma : NULL;
}

struct anon_vma *find_mergeable_anon_vma(struct vm_area_struct *vma)
{
	return NULL;
}

void tree_users_init(void)
{
	zero_pfn = page_to_pfn(ZERO_PAGE(0));
	pagecache_init();
	ptlock_cache_init();
	anon_vma_init();
	for (unsigned int i = 0; i < BRIDGE_MMS; i++) {
		boot_mm(users[i]);
		for (unsigned int k = 0; k < NR_PLACES * TABLES; k++)
			boot_table(users[i], k, i * NR_PLACES * TABLES + k);
		boot_vma(users[i]);
	}
}

/* --- Entries --- */

static struct vm_area_struct *vma_of(unsigned int mm)
{
	return &users[mm]->vma[users[mm]->place];
}

static pte_t *pte_of(unsigned int mm, unsigned int address)
{
	unsigned int table = (mm * NR_PLACES + users[mm]->place) * TABLES;

	return &tree_pte_tables[table + address / PTRS_PER_PTE]
			.pte[address % PTRS_PER_PTE];
}

static unsigned long address_of(const struct vm_area_struct *vma,
				unsigned int address)
{
	return vma->vm_start + address * PAGE_SIZE;
}

struct mm_struct *tree_mm(unsigned int mm)
{
	return &users[mm]->mm;
}

unsigned long tree_user_address(unsigned int mm, unsigned int address)
{
	return address_of(vma_of(mm), address);
}

/* The zero page is none that the harness knows: there is nothing yet. */
static void view_pte(unsigned long val, struct tree_pte *view)
{
	pte_t pte = __pte(val);
	swp_entry_t entry;

	view->kind = BRIDGE_PTE_NONE;
	view->nr = 0;
	if (pte_none(pte) || (pte_present(pte) && pte_special(pte)))
		return;
	if (pte_present(pte)) {
		view->kind = BRIDGE_PTE_PRESENT;
		view->nr = (unsigned int)tree_to_pfn(pte_page(pte));
		return;
	}
	entry = pte_to_swp_entry(pte);
	if (!is_migration_entry(entry))
		host_unimplemented("page table entries for what is elsewhere");
	view->kind = BRIDGE_PTE_MIGRATION;
	view->nr = (unsigned int)(swp_offset_pfn(entry) - BRIDGE_START_PFN);
}

/* Which entry it is, in whichever place: of all processes, one by one. */
static unsigned int number_of_pte(const pte_t *ptep)
{
	unsigned long nr = (unsigned long)(ptep - tree_pte_tables[0].pte);
	unsigned long user = nr / (NR_PLACES * TABLES * PTRS_PER_PTE);

	return (unsigned int)(user * BRIDGE_ADDRESSES +
			      nr % (TABLES * PTRS_PER_PTE));
}

static void tell(unsigned int nr, unsigned long old, unsigned long new)
{
	struct tree_pte from, to;

	view_pte(old, &from);
	view_pte(new, &to);
	host_pte(nr / BRIDGE_ADDRESSES, nr % BRIDGE_ADDRESSES, &from, &to);
}

static const spinlock_t *ptl_of(const pte_t *ptep)
{
	unsigned long nr = (unsigned long)(ptep - tree_pte_tables[0].pte);
	struct page *page =
		pfn_to_page(tree_first_pte_table + nr / PTRS_PER_PTE);

#ifdef TREE_HAS_pagetable_pte_ctor
	return ptlock_ptr(page_ptdesc(page));
#else
	return ptlock_ptr(page);
#endif
}

/* What a task has cleared, and not told of yet. */
static struct {
	unsigned int nr;
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
	if (cleared[host_task()].old)
		tell(cleared[host_task()].nr, forget_cleared(), 0);
}

/* Interrupts, and whoever is called meanwhile, have other locks. */
void tree_tell_cleared(const raw_spinlock_t *lock)
{
	if (lock == &cleared[host_task()].ptl->rlock)
		tell_cleared();
}

static void note_cleared(const pte_t *ptep, unsigned long old)
{
	tell_cleared();
	cleared[host_task()].nr = number_of_pte(ptep);
	cleared[host_task()].old = old;
	cleared[host_task()].ptl = ptl_of(ptep);
	tree_nr_cleared++;
}

unsigned long tree_pte_update(pte_t *ptep, unsigned long clear,
			      unsigned long set)
{
	unsigned long old = ptep->pte, was = old;
	unsigned int nr = number_of_pte(ptep);

	ptep->pte = (old & ~clear) | set;
	/* Set again, or set in the other place. */
	if (cleared[host_task()].old && cleared[host_task()].nr == nr)
		was = forget_cleared();
	if (was && !ptep->pte)
		note_cleared(ptep, was);
	else
		tell(nr, was, ptep->pte);
	return old;
}

unsigned long tree_pte_zap(pte_t *ptep)
{
	unsigned long old = tree_pte_update(ptep, ~0ul, 0);

	tell_cleared();
	return old;
}

void tree_pte(unsigned int mm, unsigned int address, struct tree_pte *view)
{
	view_pte(pte_of(mm, address)->pte, view);
}

/* --- Whose memory it is --- */

/* Processes that descend from each other have one root; who ends has none. */
static int number_of(const struct anon_vma *anon_vma)
{
	if (!anon_vma)
		return -1;
	return (int)(((unsigned long)anon_vma->root - BRIDGE_SLAB_START) >> 4);
}

static unsigned int index_of(unsigned long pgoff)
{
	return (unsigned int)(pgoff - (USER_START >> PAGE_SHIFT));
}

void tree_area_at(unsigned int mm, unsigned int address, int *anon,
		  unsigned int *index)
{
	struct vm_area_struct *vma = vma_of(mm);

	*anon = number_of(vma->anon_vma);
	*index = index_of(linear_page_index(vma, address_of(vma, address)));
}

void tree_area_of(unsigned int pfn, int *anon, unsigned int *index)
{
	const struct page *page = tree_to_page(pfn);
	unsigned long mapping = (unsigned long)page->mapping;

	*anon = -1;
	*index = 0;
	if ((mapping & PAGE_MAPPING_FLAGS) != PAGE_MAPPING_ANON)
		return;
	*anon = number_of((const void *)(mapping - PAGE_MAPPING_ANON));
	*index = index_of(page->index);
}

unsigned int tree_mapcount(unsigned int pfn)
{
	return (unsigned int)(tree_to_page(pfn)->_mapcount.counter + 1);
}

unsigned long tree_content(unsigned int pfn)
{
	return *(const unsigned long *)page_address(tree_to_page(pfn));
}

/* --- The processor --- */

static unsigned long *content_of(pte_t pte)
{
	static unsigned long zero;

	zero = 0;
	return pte_special(pte) ? &zero : page_address(pte_page(pte));
}

static bool load(unsigned int mm, unsigned int address, unsigned long *content)
{
	pte_t *ptep = pte_of(mm, address);

	host_user_access(CALLER);
	if (!pte_present(*ptep))
		return false;
	ptep->pte |= _PAGE_ACCESSED;
	*content = *content_of(*ptep);
	host_user_load(mm, address, *content);
	return true;
}

static bool store(unsigned int mm, unsigned int address, unsigned long content)
{
	pte_t *ptep = pte_of(mm, address);

	host_user_access(CALLER);
	if (!pte_present(*ptep) || !pte_write(*ptep))
		return false;
	ptep->pte |= _PAGE_ACCESSED | _PAGE_DIRTY;
	*content_of(*ptep) = content;
	host_user_store(mm, address, content);
	return true;
}

/* --- Operations --- */

static int fault(unsigned int mm, unsigned int address, unsigned int flags)
{
	struct vm_area_struct *vma;
	vm_fault_t ret;

	mmap_read_lock(&users[mm]->mm);
	vma = vma_of(mm);
	ret = handle_mm_fault(vma, address_of(vma, address),
			      FAULT_FLAG_USER | flags, NULL);
	mmap_read_unlock(&users[mm]->mm);
	if (!(ret & VM_FAULT_ERROR))
		return 0;
	if (ret & ~(VM_FAULT_OOM | VM_FAULT_MAJOR))
		host_fail("handle_mm_fault", "memory of a process is there",
			  NULL);
	return -ENOMEM;
}

int tree_user_load(unsigned int mm, unsigned int address,
		   unsigned long *content)
{
	int error = 0;

	while (!error && !load(mm, address, content))
		error = fault(mm, address, 0);
	return error;
}

int tree_user_store(unsigned int mm, unsigned int address,
		    unsigned long content)
{
	int error = 0;

	while (!error && !store(mm, address, content))
		error = fault(mm, address, FAULT_FLAG_WRITE);
	return error;
}

/* As MADV_DONTNEED. */
void tree_zap(unsigned int mm, unsigned int start, unsigned int end)
{
	struct vm_area_struct *vma;

	mmap_read_lock(&users[mm]->mm);
	vma = vma_of(mm);
	zap_page_range_single(vma, address_of(vma, start),
			      (end - start) * PAGE_SIZE, NULL);
	mmap_read_unlock(&users[mm]->mm);
}

/* Of two processes any two tasks take them in the same order. */
static void lock_both(unsigned int a, unsigned int b)
{
	mmap_write_lock(&users[min(a, b)]->mm);
	tree_down_write_nested(&users[max(a, b)]->mm.mmap_lock);
}

/* A vma as its present one, but in @place, and with no memory. */
static struct vm_area_struct *place_vma(unsigned int mm, unsigned int place)
{
	struct user *user = users[mm];
	struct vm_area_struct *old = &user->vma[user->place];
	struct vm_area_struct *vma = &user->vma[place];

	if (vma != old)
		memcpy(vma, old, sizeof(*vma));
	vma->vm_start = start_of(place);
	vma->vm_end = start_of(place) + BRIDGE_ADDRESSES * PAGE_SIZE;
	INIT_LIST_HEAD(&vma->anon_vma_chain);
	return vma;
}

static void zap_all(struct vm_area_struct *vma)
{
	zap_page_range_single(vma, vma->vm_start, vma->vm_end - vma->vm_start,
			      NULL);
}

/*
 * As the end of a process, and dup_mmap(). What the parent has pinned is copied
 * at once: without memory for that the child has nothing.
 */
int tree_fork(unsigned int mm, unsigned int parent)
{
	struct vm_area_struct *vma, *old;
	int error;

	lock_both(mm, parent);
	vma = vma_of(mm);
	old = vma_of(parent);
	zap_all(vma);
	unlink_anon_vmas(vma);
	vma = place_vma(mm, users[parent]->place);
	users[mm]->place = users[parent]->place;
	if (anon_vma_fork(vma, old))
		host_fail("anon_vma_fork", "there is slab memory", NULL);
	error = copy_page_range(vma, old);
	if (error)
		zap_all(vma);
	mmap_write_unlock(old->vm_mm);
	mmap_write_unlock(vma->vm_mm);
	return error;
}

static unsigned long move_tables(struct vm_area_struct *from,
				 struct vm_area_struct *to)
{
	unsigned long bytes = from->vm_end - from->vm_start;

#ifdef TREE_HAS_move_page_tables_for_stack
	return bytes - move_page_tables(from, from->vm_start, to, to->vm_start,
					bytes, false, false);
#else
	return bytes - move_page_tables(from, from->vm_start, to, to->vm_start,
					bytes, false);
#endif
}

/*
 * As move_vma() and copy_vma(), to where no other vma is. Both have the pages
 * meanwhile, by the same index: the new one is found behind the old one.
 */
void tree_mremap(unsigned int mm)
{
	struct vm_area_struct *old, *new;

	mmap_write_lock(&users[mm]->mm);
	old = vma_of(mm);
	new = place_vma(mm, !users[mm]->place);
	if (anon_vma_clone(new, old) || move_tables(old, new))
		host_fail("move_page_tables", "there is slab memory", NULL);
	users[mm]->place = !users[mm]->place;
	unlink_anon_vmas(old);
	mmap_write_unlock(&users[mm]->mm);
}

/* The page that is mapped there, with a reference. */
static struct page *get_user_page(unsigned int mm, unsigned int address)
{
	struct user *user = users[mm];
	unsigned int table = user->place * TABLES + address / PTRS_PER_PTE;
	struct page *page = NULL;
	spinlock_t *ptl;
	pte_t *ptep;

	ptep = pte_offset_map_lock(&user->mm, &user->pmd[table],
				   address_of(vma_of(mm), address), &ptl);
	if (pte_present(*ptep) && !pte_special(*ptep)) {
		page = pte_page(*ptep);
		get_page(page);
	}
	pte_unmap_unlock(ptep, ptl);
	return page;
}

struct page *tree_find_user_page(unsigned int mm, unsigned int address)
{
	for (unsigned int i = 0; i <= BRIDGE_MMS * BRIDGE_ADDRESSES; i++) {
		pte_t pte = *pte_of(mm % BRIDGE_MMS, address);

		if (pte_present(pte) && !pte_special(pte))
			return get_user_page(mm % BRIDGE_MMS, address);
		if (++address == BRIDGE_ADDRESSES) {
			address = 0;
			mm++;
		}
	}
	return NULL;
}
