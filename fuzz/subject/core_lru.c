// SPDX-License-Identifier: GPL-2.0-only
/* The textbook core as a subject: the LRU and its batches. */
#include "internal.h"
#include "subject/subject.h"

_Static_assert((int)NR_LRU_LISTS == (int)SUBJECT_NR_LRUS, "LRU lists");

static void (*const lru_op[])(struct page *folio) = {
	[SUBJECT_LRU_ACCESSED] = folio_mark_accessed,
	[SUBJECT_LRU_ACTIVATE] = folio_activate,
	[SUBJECT_LRU_DEACTIVATE] = folio_deactivate,
	[SUBJECT_LRU_DEACTIVATE_FILE] = deactivate_file_folio,
	[SUBJECT_LRU_LAZYFREE] = folio_mark_lazyfree,
	[SUBJECT_LRU_ROTATE] = folio_rotate_reclaimable,
	[SUBJECT_LRU_MLOCK] = mlock_folio,
	[SUBJECT_LRU_MUNLOCK] = munlock_folio,
};

/* Whether @mm seems to have a page there. */
static bool has_page(const struct mm_struct *mm, unsigned int address)
{
	return (mm->pte[address] | mm->pmd[address >> HPAGE_PMD_ORDER]) &
	       PTE_PRESENT;
}

/*
 * The first page there is from there on, below address @end of each process,
 * with a reference; other CPUs change it as they like. NULL if there is none,
 * or it is going just now.
 */
static struct page *find_page(unsigned int mm, unsigned int address,
			      unsigned int end)
{
	address %= end;
	for (unsigned int i = 0; i <= NR_MMS * end; i++) {
		struct mm_struct *at = &mem->mm[mm % NR_MMS];

		if (has_page(at, address))
			return follow_page(at, address);
		if (++address == end) {
			address = 0;
			mm++;
		}
	}
	return NULL;
}

/* Large folios are not locked in memory. */
static bool is_mlock(enum subject_lru_op what)
{
	return what == SUBJECT_LRU_MLOCK || what == SUBJECT_LRU_MUNLOCK;
}

bool subject_lru(unsigned int mm, unsigned int address,
		 enum subject_lru_op what)
{
	struct page *page = find_page(mm, address, NR_PTES), *folio;
	bool done;

	if (!page)
		return false;
	folio = page_folio(page);
	done = !is_mlock(what) || !folio_test_large(folio);
	if (done)
		lru_op[what](folio);
	put_page(folio);
	return done;
}

bool subject_lru_isolate(unsigned int mm, unsigned int address,
			 unsigned int *pfn)
{
	struct page *page, *folio;
	bool isolated;

	lru_add_drain();
	page = find_page(mm, address, NR_PTES);
	if (!page)
		return false;
	folio = page_folio(page);
	isolated = folio_isolate_lru(folio);
	*pfn = page_to_pfn(folio);
	put_page(folio);
	return isolated;
}

void subject_lru_putback(unsigned int pfn)
{
	folio_putback_lru(&mem->mem_map[pfn]);
}

bool subject_poison(unsigned int mm, unsigned int address, unsigned int *pfn)
{
	struct page *page = find_page(mm, address, 2 * ANON_PAGES);

	if (!page)
		return false;
	*pfn = page_to_pfn(page);
	return !memory_failure(page);
}

void subject_lru_drain_all(void)
{
	lru_add_drain_all();
}

void subject_lru_drain_local(void)
{
	lru_add_drain();
}

void subject_lru_disable(void)
{
	lru_cache_disable();
}

void subject_lru_enable(void)
{
	lru_cache_enable();
}

/* --- Views --- */

bool subject_lru_flags(unsigned int pfn, enum subject_lru *where)
{
	unsigned long flags = mem->mem_map[pfn].flags;

	*where = flags & 1ul << PG_swapbacked ? SUBJECT_LRU_INACTIVE_ANON :
						SUBJECT_LRU_INACTIVE_FILE;
	*where += (flags >> PG_active) & 1;
	if (flags & 1ul << PG_unevictable)
		*where = SUBJECT_LRU_UNEVICTABLE;
	return flags & 1ul << PG_lru;
}

long subject_lru_count(enum subject_lru lru)
{
	return mem->lruvec.nr_pages[lru];
}

unsigned int subject_lru_disable_count(void)
{
	return (unsigned int)mem->lru_disable_count.counter;
}

const char *subject_batch_name(unsigned int batch)
{
	static const char *const names[] = {
		[LRU_ADD] = "lru_add",
		[LRU_DEACTIVATE_FILE] = "lru_deactivate_file",
		[LRU_DEACTIVATE] = "lru_deactivate",
		[LRU_LAZYFREE] = "lru_lazyfree",
		[LRU_ACTIVATE] = "lru_activate",
		[LRU_MOVE_TAIL] = "lru_move_tail",
		[LRU_MLOCK] = "mlock",
	};

	return names[batch];
}

bool subject_batch_entry(unsigned int cpu, unsigned int nr,
			 struct subject_batch_entry *entry)
{
	const struct folio_batch *batch = mem->fbatches[cpu].batch;

	for (unsigned int i = 0; i < NR_CPU_BATCHES; nr -= batch[i++].nr) {
		if (nr >= batch[i].nr)
			continue;
		/* Pages are aligned; entries of mlock are marked. */
		entry->pfn = (unsigned int)(((char *)batch[i].folios[nr] -
					     (char *)mem->mem_map) /
					    (long)sizeof(struct page));
		entry->batch = i;
		return true;
	}
	return false;
}

unsigned int subject_nr_batched(unsigned int cpu)
{
	unsigned int nr = 0;

	for (unsigned int i = 0; i < NR_CPU_BATCHES; i++)
		nr += mem->fbatches[cpu].batch[i].nr;
	return nr;
}
