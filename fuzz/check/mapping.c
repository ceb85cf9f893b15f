// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page table entries, and what they count for. The ledger has for each page the
 * number of entries that map it; it learns of each change as it happens.
 */
#include "check/ledger.h"

/*
 * Who maps has a reference before it counts, who unmaps counts before it drops
 * it: so it is at any moment.
 */
void event_page_counts(unsigned int pfn, int refcount, int mapcount)
{
	if (refcount < mapcount - ledger->lru_page[pfn].nr_pmd_splits ||
	    refcount < 0)
		check_fail(CHECK_mapcount,
			   "  pfn %u: refcount %d, mapcount %d, mapped by %u "
			   "entries",
			   pfn, refcount, mapcount, ledger->ptes[pfn]);
}

static void __attribute__((noinline)) check_pte_counted(unsigned int pfn)
{
	if (subject_mapcount(pfn) < ledger->ptes[pfn])
		check_fail(CHECK_mapcount,
			   "  pfn %u: mapcount %u, mapped by %u entries", pfn,
			   subject_mapcount(pfn), ledger->ptes[pfn]);
}

void event_page_mapcount(unsigned int pfn)
{
	check_pte_counted(pfn);
}

static void __attribute__((noinline))
check_pte_identity(unsigned int mm, unsigned int address, unsigned int pfn)
{
	struct subject_area page, wanted;

	if (ledger->place[pfn] != PLACE_ALLOCATED)
		check_fail(CHECK_pte_identity,
			   "  process %u, address %u: pfn %u is not allocated",
			   mm, address, pfn);
	subject_area_of(pfn, &page);
	subject_area_at(mm, address, &wanted);
	if (page.anon != wanted.anon || page.file != wanted.file ||
	    page.index != wanted.index)
		check_fail(CHECK_pte_identity,
			   "  process %u, address %u: pfn %u is of anon %d, "
			   "file %d, index %u, not of anon %d, file %d, index "
			   "%u",
			   mm, address, pfn, page.anon, page.file, page.index,
			   wanted.anon, wanted.file, wanted.index);
}

static void count_pte(unsigned int pfn, int nr)
{
	sim_memory_mark(&ledger->memory, ledger->ptes + pfn, 1);
	ledger->ptes[pfn] = (uint8_t)(ledger->ptes[pfn] + nr);
}

static void note_moved(const struct subject_pte *old,
		       const struct subject_pte *new)
{
	if (old->kind == SUBJECT_PTE_MIGRATION &&
	    new->kind == SUBJECT_PTE_PRESENT)
		check_note(new->nr == old->nr ? STATE_migration_failed :
						STATE_migrated);
}

/* While memory is moved by exec, its entries are where it will not be. */
void event_pte(unsigned int mm, unsigned int address,
	       const struct subject_pte *old, const struct subject_pte *new)
{
	sim_trace("entry of process %u at %u: pfn %u", mm, address, new->nr);
	ledger_move_content(mm, address, old, new);
	ledger_move_pins(mm, address, old, new);
	note_moved(old, new);
	if (old->kind == SUBJECT_PTE_PRESENT)
		count_pte(old->nr, -1);
	if (new->kind == SUBJECT_PTE_MIGRATION)
		ledger->had_migration = true;
	if (new->kind != SUBJECT_PTE_PRESENT)
		return;
	count_pte(new->nr, 1);
	if (old->kind == SUBJECT_PTE_MIGRATION && old->nr != new->nr)
		check_note(STATE_migrated);
	if (old->kind == SUBJECT_PTE_MIGRATION &&
	    old->nr != new->nr &&ledger_this_op()->op == CHECK_OP_PIN)
		check_note(STATE_pin_moved);
	check_pte_counted(new->nr);
	check_pte_identity(mm, address, new->nr);
}

/* It would not be found any more, nor given up with the rest. */
void __attribute__((noinline))
event_pmd_over(unsigned int mm, unsigned int address, bool has_entry)
{
	if (has_entry)
		check_fail(CHECK_pte_identity,
			   "  process %u, address %u: a PMD hides an entry", mm,
			   address);
}

void __attribute__((noinline)) ledger_look_at_unmapped(unsigned int pfn,
						       unsigned int nr)
{
	for (unsigned int i = pfn; i < pfn + nr; i++) {
		if (ledger->ptes[i])
			check_fail(CHECK_pte_identity,
				   "  pfn %u: given back, but %u entries map "
				   "it",
				   i, ledger->ptes[i]);
	}
}

/* --- At rest --- */

/* Nothing is on its way: what counts, is counted. */
static void __attribute__((noinline))
check_mapcount_at_rest(unsigned int mm, unsigned int address, unsigned int pfn)
{
	if (subject_mapcount(pfn) != ledger->ptes[pfn])
		check_fail(CHECK_mapcount,
			   "  process %u, address %u: pfn %u, mapcount %u, "
			   "mapped by %u entries",
			   mm, address, pfn, subject_mapcount(pfn),
			   ledger->ptes[pfn]);
}

/* Without files a process's memory is where it is, all of its addresses. */
static void __attribute__((noinline)) check_areas(unsigned int mm)
{
	unsigned int nr_anon = 0, nr_file = 0;

	for (unsigned int i = 0; i < SUBJECT_NR_ADDRESSES; i++) {
		struct subject_area area;

		subject_area_at(mm, i, &area);
		nr_anon += area.anon >= 0;
		nr_file += area.file >= 0;
	}
	if (nr_anon != SUBJECT_FILE_ADDRESS / 2 ||
	    nr_file != SUBJECT_FILE_PAGES)
		check_fail(
			CHECK_areas,
			"  process %u: %u pages of anonymous memory, %u of a "
			"file; must be %u and %u",
			mm, nr_anon, nr_file, SUBJECT_FILE_ADDRESS / 2,
			SUBJECT_FILE_PAGES);
}

/* What seems to be pinned stays the parent's alone. */
static bool is_copy(const struct subject_pte *old,
		    const struct subject_pte *new)
{
	return old->kind == SUBJECT_PTE_PRESENT &&
	       new->kind == SUBJECT_PTE_PRESENT && old->nr != new->nr;
}

/* Memory of files is left to faults. */
void __attribute__((noinline)) check_forked(unsigned int mm,
					    unsigned int parent)
{
	for (unsigned int i = 0; i < SUBJECT_FILE_ADDRESS; i++) {
		struct subject_pte old, new;

		subject_pte(parent, i, &old);
		subject_pte(mm, i, &new);
		if (is_copy(&old, &new) && ledger_looked_pinned(i))
			continue;
		if (old.kind != new.kind || old.nr != new.nr)
			check_fail(CHECK_forked,
				   "  process %u, address %u: not what process "
				   "%u has",
				   mm, i, parent);
	}
}

/* Whoever has the page lock looks where the end is before he maps it. */
static void check_file_end(unsigned int mm, unsigned int address,
			   unsigned int pfn)
{
	unsigned int head = subject_folio_head(pfn);
	struct subject_area area, of_head;
	struct subject_folio folio;

	subject_area_at(mm, address, &area);
	if (area.file < 0 ||
	    area.index < subject_file_size((unsigned int)area.file))
		return;
	subject_area_of(head, &of_head);
	if (of_head.index >= subject_file_size((unsigned int)area.file) ||
	    !subject_folio(head, &folio) || !folio.nr_entire)
		check_fail(CHECK_file_end,
			   "  process %u, address %u: has pfn %u at index %u "
			   "of file %d, which has %u pages",
			   mm, address, pfn, area.index, area.file,
			   subject_file_size((unsigned int)area.file));
}

static void __attribute__((noinline))
check_uptodate(unsigned int mm, unsigned int address, unsigned int pfn)
{
	if (!subject_uptodate(pfn))
		check_fail(CHECK_uptodate,
			   "  process %u, address %u: has pfn %u, which nobody "
			   "has read in or filled",
			   mm, address, pfn);
}

void check_mm(unsigned int mm)
{
	if (subject_caps()->has_files)
		check_areas(mm);
	for (unsigned int i = 0; i < SUBJECT_NR_ADDRESSES; i++) {
		struct subject_pte pte;

		subject_pte(mm, i, &pte);
		if (pte.kind == SUBJECT_PTE_MIGRATION)
			check_fail(CHECK_pte_identity,
				   "  process %u, address %u: a migration "
				   "entry for pfn %u, but nobody migrates",
				   mm, i, pte.nr);
		if (pte.kind == SUBJECT_PTE_NONE)
			continue;
		if (pte.kind == SUBJECT_PTE_PRESENT) {
			check_pte_identity(mm, i, pte.nr);
			check_mapcount_at_rest(mm, i, pte.nr);
			check_file_end(mm, i, pte.nr);
			check_uptodate(mm, i, pte.nr);
			ledger_look_at_folio(subject_folio_head(pte.nr));
		}
		ledger_look_at_content(mm, i, &pte);
	}
}

static void __attribute__((noinline))
check_file_page(unsigned int file, unsigned int index, unsigned int pfn)
{
	struct subject_area area;

	subject_area_of(pfn, &area);
	if (area.file != (int)file || area.index != index ||
	    ledger->place[pfn] != PLACE_ALLOCATED)
		check_fail(CHECK_pte_identity,
			   "  file %u has pfn %u at index %u, which is of file "
			   "%d, index %u",
			   file, pfn, index, area.file, area.index);
}

/*
 * Who makes it shorter takes all but a folio that the end is in. A page of a
 * disk may be read in while the file gets shorter, and stay: nobody sees it.
 */
static void __attribute__((noinline))
check_behind_end(unsigned int file, unsigned int index, unsigned int pfn)
{
	struct subject_area head;

	if (!subject_file_is_shmem(file))
		return;
	subject_area_of(subject_folio_head(pfn), &head);
	if (index >= subject_file_size(file) &&
	    head.index >= subject_file_size(file))
		check_fail(CHECK_file_end,
			   "  file %u: has pfn %u at index %u, and its end at "
			   "%u",
			   file, pfn, index, subject_file_size(file));
}

static void check_swap_counts(const unsigned int nr_named[SUBJECT_NR_SLOTS])
{
	for (unsigned int slot = 0; slot < SUBJECT_NR_SLOTS; slot++) {
		if (subject_slot_entries(slot) != nr_named[slot])
			check_fail(CHECK_swap_count,
				   "  slot %u: counts %u, %u entries name it",
				   slot, subject_slot_entries(slot),
				   nr_named[slot]);
	}
}

static void count_slots(unsigned int nr_named[SUBJECT_NR_SLOTS])
{
	struct subject_pte pte;

	for (unsigned int i = 0; i < SUBJECT_NR_MMS * SUBJECT_NR_ADDRESSES;
	     i++) {
		subject_pte(i / SUBJECT_NR_ADDRESSES, i % SUBJECT_NR_ADDRESSES,
			    &pte);
		if (pte.kind == SUBJECT_PTE_SWAP)
			nr_named[pte.nr]++;
	}
	for (unsigned int i = 0; i < SUBJECT_NR_FILES * SUBJECT_FILE_PAGES;
	     i++) {
		unsigned int file = i / SUBJECT_FILE_PAGES;
		unsigned int index = i % SUBJECT_FILE_PAGES;

		subject_file_page(file, index, &pte);
		if (pte.kind == SUBJECT_PTE_SWAP)
			nr_named[pte.nr]++;
		if (pte.kind == SUBJECT_PTE_PRESENT) {
			check_file_page(file, index, pte.nr);
			check_behind_end(file, index, pte.nr);
		}
		ledger_look_at_file(file, index, &pte);
	}
}

static bool has_page(unsigned int file, unsigned int index)
{
	struct subject_pte entry;
	unsigned int pfn;

	if (file == SUBJECT_NR_FILES)
		return subject_slot_page(index, &pfn);
	subject_file_page(file, index, &entry);
	return entry.kind == SUBJECT_PTE_PRESENT;
}

/* Of the files, and behind them of the swap cache. */
static void __attribute__((noinline)) check_nr_cached(unsigned int file)
{
	unsigned int nr = file < SUBJECT_NR_FILES ? SUBJECT_FILE_PAGES :
						    SUBJECT_NR_SLOTS;
	unsigned int nr_pages = 0;

	for (unsigned int i = 0; i < nr; i++)
		nr_pages += has_page(file, i);
	if (subject_nr_cached(file) != nr_pages)
		check_fail(CHECK_nr_cached, "  %s %u: counts %lu pages, has %u",
			   file < SUBJECT_NR_FILES ? "file" : "swap cache",
			   file, subject_nr_cached(file), nr_pages);
}

void check_mappings(void)
{
	unsigned int nr_named[SUBJECT_NR_SLOTS] = { 0 };

	for (unsigned int mm = 0; mm < SUBJECT_NR_MMS; mm++)
		check_mm(mm);
	count_slots(nr_named);
	check_swap_counts(nr_named);
	ledger_look_at_mlocked();
	for (unsigned int file = 0; file <= SUBJECT_NR_FILES; file++)
		check_nr_cached(file);
}
