// SPDX-License-Identifier: GPL-2.0-only
/*
 * What migration and reclaim leave behind: pages that could have been moved,
 * pages that an index still has, and counts of what they took off the LRU.
 */
#include "check/ledger.h"

/* --- Pages that stay --- */

void ledger_note_unmoved(unsigned int pfn, unsigned int nr_batches)
{
	struct ledger_op *op = ledger_this_op();

	if (!ledger_only_owners_have(pfn))
		return;
	op->stuck = pfn + 1;
	op->stuck_batches = nr_batches;
}

static void __attribute__((noinline)) fail_unmoved(const struct ledger_op *op)
{
	if (op->stuck_batches)
		check_fail(CHECK_batch_holder, "  pfn %u: in %u batches",
			   op->stuck - 1, op->stuck_batches);
	check_fail(CHECK_unmoved, "  pfn %u", op->stuck - 1);
}

/*
 * What maps and unmaps a page while compaction counts may fool it once: two
 * loads are no snapshot. But if nothing happens to the page, as sooner or later
 * when tasks take turns, the answer must be right: else a process could keep a
 * page where it is for ever, and so fragment memory.
 */
void event_compaction_skips(unsigned int pfn)
{
	sim_trace("compaction leaves pfn %u alone", pfn, 0, 0);
	check_note(STATE_compaction_skipped);
	if (ledger_owners_and_one(pfn))
		ledger_this_op()->skipped = pfn + 1;
}

static void __attribute__((noinline)) fail_skipped(const struct ledger_op *op)
{
	check_fail(CHECK_skipped, "  pfn %u: %u entries map it",
		   op->skipped - 1, ledger->ptes[op->skipped - 1]);
}

/* In company somebody may have been in the way, and be gone by now. */
void check_moves(enum check_company company)
{
	struct ledger_op *op = ledger_this_op();

	if (op->stuck && company == CHECK_ALONE)
		fail_unmoved(op);
	if (op->skipped && company == CHECK_ALONE)
		fail_skipped(op);
	op->stuck = op->skipped = 0;
	ledger_look_at_drain(company);
}

/* --- What pages say of themselves --- */

/*
 * Whoever finds a page by its number has no lock on it: for him, what the page
 * says must be true at any time, if not for long.
 */
void event_isolation_failed(unsigned int pfn)
{
	struct subject_area area;

	subject_area_of(pfn, &area);
	sim_trace("pfn %u is not on the LRU: of file %u", pfn,
		  (unsigned int)area.file, 0);
	check_note(STATE_isolation_failed);
	if (area.anon == SUBJECT_NONE_OF_THEM ||
	    area.file == SUBJECT_NONE_OF_THEM)
		check_fail(CHECK_page_owner,
			   "  pfn %u: says that it is part of something else",
			   pfn);
}

/* --- Indexes --- */

static void __attribute__((noinline)) look_at_files(unsigned int pfn)
{
	for (unsigned int i = 0; i < SUBJECT_NR_FILES * SUBJECT_FILE_PAGES;
	     i++) {
		unsigned int file = i / SUBJECT_FILE_PAGES;
		unsigned int index = i % SUBJECT_FILE_PAGES;
		struct subject_pte entry;

		subject_file_page(file, index, &entry);
		if (entry.kind == SUBJECT_PTE_PRESENT && entry.nr == pfn)
			check_fail(CHECK_index_left,
				   "  pfn %u: file %u has it at index %u", pfn,
				   file, index);
	}
}

/* Who looks there would take what it has become for what was there. */
void ledger_look_at_indexes(unsigned int pfn)
{
	unsigned int found;

	look_at_files(pfn);
	for (unsigned int slot = 0; slot < SUBJECT_NR_SLOTS; slot++) {
		if (subject_slot_page(slot, &found) && found == pfn)
			check_fail(CHECK_index_left,
				   "  pfn %u: the swap cache has it for slot "
				   "%u",
				   pfn, slot);
	}
}

/* --- Counts --- */

void __attribute__((noinline)) check_isolated_stat(void)
{
	long anon = subject_nr_isolated(SUBJECT_ISOLATED_ANON);
	long file = subject_nr_isolated(SUBJECT_ISOLATED_FILE);

	if (anon || file)
		check_fail(CHECK_isolated_stat, "  anonymous %ld, of files %ld",
			   anon, file);
}
