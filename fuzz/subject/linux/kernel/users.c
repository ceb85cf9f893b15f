// SPDX-License-Identifier: GPL-2.0-only
/*
 * Processes: address spaces of anonymous memory, and the processor that their
 * page tables are for. Faults, zaps and all else that happens to their memory
 * is the tree's own code.
 *
 * Each process has one vma, from boot on. It has two places where its memory
 * can be, the one or the other: addresses of the seam count from the beginning
 * of that. A page holds one word.
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

#include "kernel/users.h"
#include "internal.h"

struct user *tree_users[BRIDGE_MMS];
unsigned long tree_zero_pfn;

/* Of the tree, declared where it is used. */
extern unsigned long zero_pfn;

/* --- Boot --- */

void tree_users_reserve(void)
{
	for (unsigned int i = 0; i < BRIDGE_MMS; i++)
		tree_users[i] = memblock_alloc(
			sizeof(struct user) + cpumask_size(), SMP_CACHE_BYTES);
	tree_zero_pfn = PHYS_PFN(__pa(memblock_alloc(PAGE_SIZE, PAGE_SIZE)));
	tree_tables_reserve();
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
	return USER_START + place * NR_PMDS * PMD_SIZE;
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
	for (unsigned int i = 0; i < BRIDGE_MMS; i++)
		boot_mm(tree_users[i]);
	tree_tables_init();
	for (unsigned int i = 0; i < BRIDGE_MMS; i++)
		boot_vma(tree_users[i]);
	tree_huge_init();
}

static struct vm_area_struct *vma_of(unsigned int mm)
{
	return &tree_users[mm]->vma[tree_users[mm]->place];
}

struct mm_struct *tree_mm(unsigned int mm)
{
	return &tree_users[mm]->mm;
}

unsigned long tree_user_address(unsigned int mm, unsigned int address)
{
	return tree_address_of(vma_of(mm), address);
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
	*index =
		index_of(linear_page_index(vma, tree_address_of(vma, address)));
}

void tree_area_of(unsigned int pfn, int *anon, unsigned int *index)
{
	const struct page *page = tree_to_page(pfn);
	const struct page *head = compound_head((struct page *)page);
	unsigned long mapping = (unsigned long)head->mapping;

	*anon = -1;
	*index = 0;
	if ((mapping & PAGE_MAPPING_FLAGS) != PAGE_MAPPING_ANON)
		return;
	*anon = number_of((const void *)(mapping - PAGE_MAPPING_ANON));
	*index = index_of(head->index + (unsigned long)(page - head));
}

unsigned long tree_content(unsigned int pfn)
{
	return *(const unsigned long *)page_address(tree_to_page(pfn));
}

/* --- The processor --- */

/* What it goes by at an address: NULL, nothing that it could use. */
static unsigned long *entry_at(unsigned int mm, unsigned int address)
{
	pmd_t *pmdp = tree_pmd_of(mm, address);
	unsigned long *entry = &pmd_val(*pmdp);

	if (!tree_is_leaf(*pmdp)) {
		pte_t *ptep = tree_pte_of(mm, address);

		entry = ptep ? &pte_val(*ptep) : NULL;
	}
	return entry && *entry & _PAGE_PRESENT ? entry : NULL;
}

static unsigned long *content_at(unsigned int mm, unsigned int address)
{
	struct page *page = tree_page_at(mm, address);
	static unsigned long zero;

	zero = 0;
	return page ? page_address(page) : &zero;
}

static bool load(unsigned int mm, unsigned int address, unsigned long *content)
{
	unsigned long *entry;

	host_user_access(CALLER);
	entry = entry_at(mm, address);
	if (!entry)
		return false;
	*entry |= _PAGE_ACCESSED;
	*content = *content_at(mm, address);
	host_user_load(mm, address, *content);
	return true;
}

static bool store(unsigned int mm, unsigned int address, unsigned long content)
{
	unsigned long *entry;

	host_user_access(CALLER);
	entry = entry_at(mm, address);
	if (!entry || !(*entry & _PAGE_WRITE))
		return false;
	*entry |= _PAGE_ACCESSED | _PAGE_DIRTY;
	*content_at(mm, address) = content;
	host_user_store(mm, address, content);
	return true;
}

/* --- Operations --- */

/*
 * Where there is nothing, but a page table, a PMD maps no folio: as munmap()
 * and mmap() would, give the table back.
 */
static void make_room_for_pmd(unsigned int mm, unsigned int address)
{
	mmap_write_lock(&tree_users[mm]->mm);
	tree_free_table(vma_of(mm), address / PTRS_PER_PTE);
	mmap_write_unlock(&tree_users[mm]->mm);
}

static int fault(unsigned int mm, unsigned int address, unsigned int flags)
{
	struct vm_area_struct *vma;
	vm_fault_t ret;

	if (tree_wants_pmds() && tree_has_room_for_pmd(mm, address))
		make_room_for_pmd(mm, address);
	mmap_read_lock(&tree_users[mm]->mm);
	vma = vma_of(mm);
	ret = handle_mm_fault(vma, tree_address_of(vma, address),
			      FAULT_FLAG_USER | flags, NULL);
	mmap_read_unlock(&tree_users[mm]->mm);
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

	mmap_read_lock(&tree_users[mm]->mm);
	vma = vma_of(mm);
	zap_page_range_single(vma, tree_address_of(vma, start),
			      (end - start) * PAGE_SIZE, NULL);
	mmap_read_unlock(&tree_users[mm]->mm);
}

/* Of two processes any two tasks take them in the same order. */
static void lock_both(unsigned int a, unsigned int b)
{
	mmap_write_lock(&tree_users[min(a, b)]->mm);
	tree_down_write_nested(&tree_users[max(a, b)]->mm.mmap_lock);
}

/* A vma as its present one, but in @place, and with no memory. */
static struct vm_area_struct *place_vma(unsigned int mm, unsigned int place)
{
	struct user *user = tree_users[mm];
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
	vma = place_vma(mm, tree_users[parent]->place);
	tree_users[mm]->place = tree_users[parent]->place;
	tree_make_room_like(vma, old);
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

	mmap_write_lock(&tree_users[mm]->mm);
	old = vma_of(mm);
	new = place_vma(mm, !tree_users[mm]->place);
	if (anon_vma_clone(new, old))
		host_fail("anon_vma_clone", "there is slab memory", NULL);
	tree_make_room_like(new, old);
	if (move_tables(old, new))
		host_fail("move_page_tables", "there is slab memory", NULL);
	tree_users[mm]->place = !tree_users[mm]->place;
	unlink_anon_vmas(old);
	mmap_write_unlock(&tree_users[mm]->mm);
}

/* The page that is mapped there, with a reference. */
struct page *tree_get_user_page(unsigned int mm, unsigned int address)
{
	pmd_t *pmdp = tree_pmd_of(mm, address), pmd = *pmdp;
	struct page *page = NULL;
	spinlock_t *ptl;

	if (pmd_none(pmd))
		return NULL;
	if (tree_is_table(pmd)) {
		ptl = pte_lockptr(tree_mm(mm), &pmd);
		spin_lock(ptl);
	} else {
		ptl = pmd_lock(tree_mm(mm), pmdp);
	}
	/* The lock that it is changed by, if it is what it was. */
	if (pmd_same(pmd, *pmdp) && pmdp == tree_pmd_of(mm, address))
		page = tree_page_at(mm, address);
	if (page)
		get_page(page);
	spin_unlock(ptl);
	return page;
}

struct page *tree_find_user_page(unsigned int mm, unsigned int address)
{
	for (unsigned int i = 0; i <= BRIDGE_MMS * BRIDGE_ADDRESSES; i++) {
		if (tree_page_at(mm % BRIDGE_MMS, address))
			return tree_get_user_page(mm % BRIDGE_MMS, address);
		if (++address == BRIDGE_ADDRESSES) {
			address = 0;
			mm++;
		}
	}
	return NULL;
}
