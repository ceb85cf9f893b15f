// SPDX-License-Identifier: GPL-2.0-only
/*
 * The core's address spaces: the processor that its page tables are for, and
 * operations on them.
 */
#include "internal.h"
#include "sim/sim.h"
#include "subject/core_memory.h"
#include "subject/subject.h"

_Static_assert((int)NR_MMS == SUBJECT_NR_MMS, "processes");
_Static_assert((int)NR_PTES == SUBJECT_NR_ADDRESSES, "addresses");
_Static_assert((int)NR_FILES == SUBJECT_NR_FILES, "files");
_Static_assert((int)NR_FILE_PAGES == SUBJECT_FILE_PAGES, "pages of a file");
_Static_assert((int)NR_SWAP_SLOTS == SUBJECT_NR_SLOTS, "slots of swap");

/* --- The processor --- */

static void view_pte(pte_t pte, struct subject_pte *view)
{
	view->nr = pte >> PTE_SHIFT;
	view->kind = SUBJECT_PTE_NONE;
	if (pte & PTE_PRESENT)
		view->kind = SUBJECT_PTE_PRESENT;
	else if (pte & PTE_MIGRATION)
		view->kind = SUBJECT_PTE_MIGRATION;
	else if (pte & PTE_SWAP)
		view->kind = SUBJECT_PTE_SWAP;
	else if (pte & PMD_INVALID)
		view->kind = SUBJECT_PTE_INVALID;
	else /* what was there and is broken cannot be had */
		view->nr = 0;
}

static unsigned int mm_nr(const struct mm_struct *mm)
{
	return (unsigned int)(mm - mem->mm);
}

static void report_pte(const struct mm_struct *mm, unsigned int address,
		       pte_t old)
{
	struct subject_pte from, to;

	view_pte(old, &from);
	view_pte(mm->pte[address], &to);
	if (from.kind != to.kind || from.nr != to.nr)
		event_pte(mm_nr(mm), address, &from, &to);
}

static void point(pte_t *pte, const struct code_place *place)
{
	if (sim_running())
		sim_yield(SIM_POINT_ATOMIC, place);
	sim_memory_mark(core_memory, pte, sizeof(*pte));
}

pte_t do_pte_update(struct mm_struct *mm, unsigned int address, pte_t clear,
		    pte_t set, const struct code_place *place)
{
	pte_t old;

	point(&mm->pte[address], place);
	if (sim_running() && !spin_is_held(&mm->page_table_lock))
		event_lock_missing("a page table entry", "page_table_lock");
	old = mm->pte[address];
	mm->pte[address] = (old & ~clear) | set;
	report_pte(mm, address, old);
	return old;
}

/* What the process has there, by the PMD if there is one. */
static void view_address(const struct mm_struct *mm, unsigned int address,
			 struct subject_pte *view)
{
	pte_t pmd = mm->pmd[address >> HPAGE_PMD_ORDER];

	view_pte(pmd ? pmd : mm->pte[address], view);
	if (pmd)
		view->nr += address % HPAGE_PMD_NR;
}

/* Each of its addresses changes with a PMD. */
static pte_t change_pmd(struct mm_struct *mm, unsigned int address, pte_t clear,
			pte_t set)
{
	unsigned int start = ALIGN_DOWN(address, HPAGE_PMD_NR);
	pte_t *pmd = &mm->pmd[address >> HPAGE_PMD_ORDER], old = *pmd;
	struct subject_pte from[HPAGE_PMD_NR], to;

	for (unsigned int i = 0; i < HPAGE_PMD_NR; i++)
		view_address(mm, start + i, &from[i]);
	*pmd = (old & ~clear) | set;
	for (unsigned int i = 0; i < HPAGE_PMD_NR && !old; i++)
		event_pmd_over(mm_nr(mm), start + i, mm->pte[start + i]);
	for (unsigned int i = 0; i < HPAGE_PMD_NR; i++) {
		view_address(mm, start + i, &to);
		if (from[i].kind != to.kind || from[i].nr != to.nr)
			event_pte(mm_nr(mm), start + i, &from[i], &to);
	}
	return old;
}

pte_t do_pmd_update(struct mm_struct *mm, unsigned int address, pte_t clear,
		    pte_t set, const struct code_place *place)
{
	point(&mm->pmd[address >> HPAGE_PMD_ORDER], place);
	if (sim_running() && !spin_is_held(&mm->page_table_lock))
		event_lock_missing("a PMD", "page_table_lock");
	return change_pmd(mm, address, clear, set);
}

/* Whose entry it is; what it has goes with it. */
static const struct mm_struct *restoring;

void do_pte_restore(struct mm_struct *mm, unsigned int address, pte_t pte,
		    const struct code_place *place)
{
	pte_t old;

	point(&mm->pte[address], place);
	restoring = mm;
	old = mm->pte[address];
	mm->pte[address] = pte;
	report_pte(mm, address, old);
	restoring = NULL;
}

void do_pmd_restore(struct mm_struct *mm, unsigned int address, pte_t pmd,
		    const struct code_place *place)
{
	point(&mm->pmd[address >> HPAGE_PMD_ORDER], place);
	restoring = mm;
	change_pmd(mm, address, ~0u, pmd);
	restoring = NULL;
}

/* The entry that the processor goes by, and the page that it finds. */
static pte_t *entry_at(struct mm_struct *mm, unsigned int address)
{
	pte_t *pmd = &mm->pmd[address >> HPAGE_PMD_ORDER];

	return *pmd ? pmd : &mm->pte[address];
}

static unsigned int pfn_at(const struct mm_struct *mm, unsigned int address,
			   const pte_t *entry)
{
	unsigned int pfn = *entry >> PTE_SHIFT;

	return entry == &mm->pte[address] ? pfn : pfn + address % HPAGE_PMD_NR;
}

bool do_user_load(struct mm_struct *mm, unsigned int address,
		  unsigned long *content, const struct code_place *place)
{
	pte_t *pte;

	point(&mm->pte[address], place);
	pte = entry_at(mm, address);
	if (!(*pte & PTE_PRESENT))
		return false;
	sim_memory_mark(core_memory, pte, sizeof(*pte));
	*pte |= PTE_YOUNG;
	*content = mem->content[pfn_at(mm, address, pte)];
	event_user_load(mm_nr(mm), address, *content);
	return true;
}

bool do_user_store(struct mm_struct *mm, unsigned int address,
		   unsigned long content, const struct code_place *place)
{
	unsigned long *word;
	pte_t *pte;

	point(&mm->pte[address], place);
	pte = entry_at(mm, address);
	if (!(*pte & PTE_PRESENT) || !(*pte & PTE_WRITE))
		return false;
	sim_memory_mark(core_memory, pte, sizeof(*pte));
	*pte |= PTE_YOUNG | PTE_DIRTY;
	word = &mem->content[pfn_at(mm, address, pte)];
	sim_memory_mark(core_memory, word, sizeof(*word));
	*word = content;
	event_user_store(mm_nr(mm), address, content);
	return true;
}

/* --- Operations --- */

int subject_user_load(unsigned int mm, unsigned int address,
		      unsigned long *content)
{
	return read_user(&mem->mm[mm], address, content);
}

int subject_user_store(unsigned int mm, unsigned int address,
		       unsigned long content)
{
	return write_user(&mem->mm[mm], address, content);
}

bool subject_device_store(unsigned int mm, unsigned int address,
			  unsigned long content)
{
	return device_store(&mem->mm[mm], address, content);
}

void subject_zap(unsigned int mm, unsigned int start, unsigned int end)
{
	zap_page_range(&mem->mm[mm], start, end);
}

void subject_set_anon_order(unsigned int order)
{
	set_huge_anon_order(order);
}

void subject_set_shmem_order(unsigned int order)
{
	set_huge_shmem_order(order);
}

int subject_split_huge(unsigned int mm, unsigned int address,
		       unsigned int order)
{
	return split_huge_page_at(&mem->mm[mm], address, order);
}

int subject_fork(unsigned int mm, unsigned int parent)
{
	return dup_mmap(&mem->mm[mm], &mem->mm[parent]);
}

void subject_mremap(unsigned int mm)
{
	move_vma(&mem->mm[mm]);
}

int subject_exec(unsigned int mm, unsigned long content)
{
	return exec_stack(&mem->mm[mm], content);
}

void subject_truncate(unsigned int file, unsigned int index)
{
	truncate_page(&mem->file[file], index);
}

void subject_set_file_size(unsigned int file, unsigned int size)
{
	truncate_setsize(&mem->file[file], size);
}

/*
 * A page that was truncated while its buffer was in use. Reclaim and migration
 * would free it, but they begin with other pages, or with a new one.
 */
static void free_orphan(struct page *folio)
{
	get_page(folio);
	folio_lock(folio);
	try_to_free_buffers(folio);
	folio_unlock(folio);
	put_page(folio);
}

void subject_swapoff(void)
{
	try_to_unuse();
	for (unsigned int i = 0; i < NR_BUFFERS; i++) {
		if (mem->buffer[i].b_folio)
			free_orphan(mem->buffer[i].b_folio);
	}
}

/* --- Views --- */

void subject_pte(unsigned int mm, unsigned int address, struct subject_pte *pte)
{
	view_address(&mem->mm[mm], address, pte);
}

static void no_area(struct subject_area *area)
{
	area->anon = area->file = -1;
	area->index = 0;
}

void subject_area_at(unsigned int mm, unsigned int address,
		     struct subject_area *area)
{
	no_area(area);
	for (unsigned int i = 0; i <= NR_VMAS; i++) {
		const struct vm_area_struct *vma =
			i < NR_VMAS ? &mem->mm[mm].vma[i] : &mem->mm[mm].moving;

		if (!in_vma(vma, address))
			continue;
		if (vma->vm_file)
			area->file = (int)(vma->vm_file - mem->file);
		else
			area->anon = (int)(vma->anon_vma - mem->anon_vma);
		area->index = linear_page_index(vma, address);
		return;
	}
}

/* Which of the @nr of @size at @first is at @at, if it is one of them. */
static int number_of(unsigned long at, const void *first, size_t size,
		     unsigned int nr)
{
	size_t offset = at - (unsigned long)first;

	return offset % size || offset / size >= nr ? SUBJECT_NONE_OF_THEM :
						      (int)(offset / size);
}

void subject_area_of(unsigned int pfn, struct subject_area *area)
{
	const struct page *folio = page_folio(pfn_to_page(pfn));
	unsigned long mapping = folio->mapping;

	no_area(area);
	if (mapping & PAGE_MAPPING_ANON)
		area->anon = number_of(mapping - PAGE_MAPPING_ANON,
				       mem->anon_vma, sizeof(*mem->anon_vma),
				       NR_MMS);
	else if (mapping)
		area->file = number_of(mapping, mem->file, sizeof(*mem->file),
				       NR_FILES);
	area->index = (unsigned int)folio->index + pfn - page_to_pfn(folio);
}

bool subject_is_moving(unsigned int mm)
{
	const struct vm_area_struct *vma = &mem->mm[mm].vma[ANON_VMA];

	return restoring == &mem->mm[mm] || mem->mm[mm].moving.vm_end ||
	       vma->vm_end - vma->vm_start > ANON_PAGES;
}

void subject_file_page(unsigned int file, unsigned int index,
		       struct subject_pte *entry)
{
	const struct page *page = mem->file[file].i_pages[index];

	entry->kind = SUBJECT_PTE_NONE;
	if (xa_is_value(page)) {
		entry->kind = SUBJECT_PTE_SWAP;
		entry->nr = xa_to_value(page);
	} else if (page) {
		entry->kind = SUBJECT_PTE_PRESENT;
		entry->nr = page_to_pfn(page);
		if (folio_test_large(page))
			entry->nr += index - (unsigned int)page->index;
	}
}

unsigned long subject_content(unsigned int pfn)
{
	return mem->content[pfn];
}

unsigned long subject_slot_content(unsigned int slot)
{
	unsigned int pfn;

	if (subject_slot_page(slot, &pfn))
		return mem->content[pfn];
	return mem->swap.disk[slot];
}

/* Shmem has none. */
unsigned long subject_disk_content(unsigned int file, unsigned int index)
{
	const struct address_space *mapping = &mem->file[file];

	return mapping->swap_backed ? 0 : mapping->disk[index];
}

unsigned int subject_file_size(unsigned int file)
{
	return mem->file[file].i_size;
}

bool subject_file_is_shmem(unsigned int file)
{
	return mem->file[file].swap_backed;
}

unsigned long subject_nr_cached(unsigned int file)
{
	return file < NR_FILES ? mem->file[file].nrpages : mem->swap.nrpages;
}

bool subject_slot_page(unsigned int slot, unsigned int *pfn)
{
	const struct page *page = mem->swap.i_pages[slot];

	if (page)
		*pfn = page_to_pfn(page);
	return page;
}

unsigned int subject_slot_entries(unsigned int slot)
{
	return mem->swap_map[slot] & (SWAP_HAS_CACHE - 1u);
}

unsigned int subject_mapcount(unsigned int pfn)
{
	struct page *page = pfn_to_page(pfn), *folio = page_folio(page);
	int mapcount = page->mapcount.counter;

	if (folio_test_large(folio))
		mapcount += folio[1].entire_mapcount.counter;
	return (unsigned int)mapcount;
}

bool subject_folio(unsigned int pfn, struct subject_folio *view)
{
	const struct page *folio = pfn_to_page(pfn);
	unsigned int mapped;

	if (!folio_test_large(folio))
		return false;
	mapped = (unsigned int)folio[1].nr_pages_mapped.counter;
	*view = (struct subject_folio){
		.nr_pages = folio_nr_pages(folio),
		.mapcount = (unsigned int)folio[1].large_mapcount.counter,
		.nr_entire = (unsigned int)folio[1].entire_mapcount.counter,
		.nr_mapped = mapped % ENTIRELY_MAPPED,
		.entirely_mapped = mapped >= ENTIRELY_MAPPED,
		.nr_pins = (unsigned int)folio[1].pincount.counter,
		.partially_mapped = folio->flags >> PG_partially_mapped & 1,
	};
	return true;
}

bool subject_uptodate(unsigned int pfn)
{
	return page_folio(pfn_to_page(pfn))->flags >> PG_uptodate & 1;
}

unsigned int subject_folio_head(unsigned int pfn)
{
	return page_to_pfn(page_folio(pfn_to_page(pfn)));
}
