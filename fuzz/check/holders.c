// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages of address spaces: they belong to no operation, but to those who have
 * references on them, and each reference is for something. So what is in the
 * way of a migration has a name.
 */
#include "check/ledger.h"

static const char *const holder_names[] = {
	[SUBJECT_HOLDER_PTE] = "a page table",
	[SUBJECT_HOLDER_CACHE] = "an index",
	[SUBJECT_HOLDER_BATCH] = "a batch of a CPU",
	[SUBJECT_HOLDER_WAITER] = "a waiter",
	[SUBJECT_HOLDER_PRIVATE] = "private data",
	[SUBJECT_HOLDER_ISOLATION] = "who has isolated it",
	[SUBJECT_HOLDER_PIN] = "a pin",
};

_Static_assert((int)SUBJECT_NR_HOLDERS <= LEDGER_HOLDER_BYTES, "room for all");

static uint8_t *holders_at(unsigned int pfn)
{
	return ledger->holders + (size_t)pfn * LEDGER_HOLDER_BYTES;
}

/* Slots that have a reference, besides those that are for something. */
static unsigned int nr_slots(unsigned int pfn)
{
	unsigned int nr = ledger->held[pfn] & LEDGER_HOLDERS;

	for (unsigned int i = 0; i < SUBJECT_NR_HOLDERS; i++)
		nr -= holders_at(pfn)[i];
	return nr;
}

/*
 * Who allocates a page for a user has it until the first reference is the
 * user's: then it is no operation's any more.
 */
static void become_users(unsigned int pfn)
{
	if (ledger->place[pfn] != PLACE_ALLOCATED ||
	    ledger->page[pfn].owner == LEDGER_USERS)
		return;
	sim_memory_mark(&ledger->memory, ledger->page + pfn, 1);
	ledger->page[pfn].owner = LEDGER_USERS;
	ledger_this_op()->pages--;
}

void ledger_end_user(unsigned int pfn)
{
	const uint8_t *held = holders_at(pfn);

	for (unsigned int i = 0; i < SUBJECT_NR_HOLDERS; i++) {
		if (held[i])
			check_fail(CHECK_page_refs,
				   "  pfn %u: given back, but %s has a "
				   "reference",
				   pfn, holder_names[i]);
	}
}

static void note_ref(unsigned int pfn, enum subject_holder holder, int nr)
{
	if (nr > 0)
		sim_trace("references pfn %u kind %u: %u more", pfn, holder,
			  (unsigned int)nr);
	else
		sim_trace("references pfn %u kind %u: %u less", pfn, holder,
			  (unsigned int)-nr);
}

void __attribute__((noinline))
event_page_ref(unsigned int pfn, enum subject_holder holder, int nr)
{
	uint8_t *held = holders_at(pfn);

	note_ref(pfn, holder, nr);
	if (nr > 0)
		become_users(pfn);
	sim_memory_mark(&ledger->memory, held, LEDGER_HOLDER_BYTES);
	sim_memory_mark(&ledger->memory, ledger->held + pfn, 1);
	if (held[holder] + nr < 0)
		check_fail(CHECK_page_refs,
			   "  pfn %u: more references are dropped for %s than "
			   "were taken",
			   pfn, holder_names[holder]);
	held[holder] = (uint8_t)(held[holder] + nr);
	ledger->held[pfn] = (uint8_t)(ledger->held[pfn] + nr);
	if (holder == SUBJECT_HOLDER_BATCH)
		ledger_lru_batched(nr);
}

/* --- Migration --- */

void __attribute__((noinline)) event_page_frozen(unsigned int pfn)
{
	const uint8_t *held = holders_at(pfn);
	unsigned int slots = nr_slots(pfn);

	if (slots || held[SUBJECT_HOLDER_WAITER] ||
	    held[SUBJECT_HOLDER_BATCH] || held[SUBJECT_HOLDER_PIN])
		check_fail(
			CHECK_moved_in_use,
			"  pfn %u: %u slots, %u waiters, %u batches, %u pins "
			"have a reference",
			pfn, slots, held[SUBJECT_HOLDER_WAITER],
			held[SUBJECT_HOLDER_BATCH], held[SUBJECT_HOLDER_PIN]);
}

/* What has disabled the batches before. */
static bool needs_all_moved(const struct ledger_op *op)
{
	return op->op == CHECK_OP_CONTIG;
}

/*
 * Who is in a local_lock section may just be about to empty it; and so may who
 * takes the CPU offline: lru_add_drain_all() is for those that are online.
 */
static bool is_in_batch_of(unsigned int cpu, unsigned int pfn)
{
	struct subject_batch_entry entry;

	if (ledger->lru.nr_sections[cpu] || !sim_cpu_is_online(cpu))
		return false;
	for (unsigned int i = 0; subject_batch_entry(cpu, i, &entry); i++) {
		if (entry.pfn == pfn)
			return true;
	}
	return false;
}

static void __attribute__((noinline)) check_batch_holder(unsigned int pfn)
{
	if (!holders_at(pfn)[SUBJECT_HOLDER_BATCH] ||
	    !needs_all_moved(ledger_this_op()))
		return;
	for (unsigned int cpu = 0; cpu < ledger->geometry.nr_cpus; cpu++) {
		if (is_in_batch_of(cpu, pfn))
			check_fail(CHECK_batch_holder, "  pfn %u, cpu %u", pfn,
				   cpu);
	}
}

static void __attribute__((noinline)) check_waiter_holder(unsigned int pfn)
{
	if (holders_at(pfn)[SUBJECT_HOLDER_WAITER])
		check_fail(CHECK_waiter_holder, "  pfn %u: %u waiters", pfn,
			   holders_at(pfn)[SUBJECT_HOLDER_WAITER]);
}

void event_migration_failed(unsigned int pfn)
{
	const uint8_t *held = holders_at(pfn);

	sim_trace("pfn %u stays: %u batches, %u waiters have it", pfn,
		  held[SUBJECT_HOLDER_BATCH], held[SUBJECT_HOLDER_WAITER]);
	check_note(STATE_migration_failed);
	check_batch_holder(pfn);
	check_waiter_holder(pfn);
}
