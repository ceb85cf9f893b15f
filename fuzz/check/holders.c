// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages of address spaces: they belong to no operation, but to those who have
 * references on them, and each reference is for something. So what is in the
 * way of a migration has a name.
 */
#include <stdio.h>

#include "check/ledger.h"

static const char *const holder_names[] = {
	[SUBJECT_HOLDER_PTE] = "a page table",
	[SUBJECT_HOLDER_CACHE] = "an index",
	[SUBJECT_HOLDER_BATCH] = "a batch of a CPU",
	[SUBJECT_HOLDER_WAITER] = "a waiter",
	[SUBJECT_HOLDER_PRIVATE] = "private data",
	[SUBJECT_HOLDER_ISOLATION] = "who has isolated it",
	[SUBJECT_HOLDER_PIN] = "a pin",
	[SUBJECT_HOLDER_GET] = "who has got at it",
	[SUBJECT_HOLDER_POISON] = "its being broken",
};

_Static_assert((int)SUBJECT_NR_HOLDERS <= LEDGER_HOLDER_BYTES, "room for all");

static uint8_t *holders_at(unsigned int pfn)
{
	return ledger->holders + (size_t)pfn * LEDGER_HOLDER_BYTES;
}

unsigned int ledger_nr_held(unsigned int pfn, enum subject_holder holder)
{
	return holders_at(pfn)[holder];
}

unsigned int ledger_pin_refs(unsigned int pfn)
{
	struct subject_page_view page;

	subject_page(pfn, &page);
	return page.head ? 1 : subject_pin_refs(&ledger->geometry);
}

unsigned int ledger_references(unsigned int pfn)
{
	unsigned int nr = ledger->held[pfn] & LEDGER_HOLDERS;
	unsigned int nr_pins = holders_at(pfn)[SUBJECT_HOLDER_PIN];

	return nr_pins ? nr + nr_pins * (ledger_pin_refs(pfn) - 1) : nr;
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
	struct subject_page_view page;
	unsigned int nr;

	if (ledger->place[pfn] != PLACE_ALLOCATED ||
	    ledger->page[pfn].owner == LEDGER_USERS)
		return;
	subject_page(pfn, &page);
	nr = 1u << page.compound_order;
	sim_memory_mark(&ledger->memory, ledger->page + pfn,
			nr * sizeof(*ledger->page));
	for (unsigned int i = 0; i < nr; i++)
		ledger->page[pfn + i].owner = LEDGER_USERS;
	ledger_this_op()->pages -= nr;
}

void event_page_used(unsigned int pfn)
{
	become_users(pfn);
}

void event_batched(int nr)
{
	ledger_lru_batched(nr);
}

void ledger_end_user(unsigned int pfn)
{
	const uint8_t *held = holders_at(pfn);

	ledger_end_mlock(pfn);
	if (ledger->page[pfn].owner == LEDGER_USERS)
		ledger_look_at_indexes(pfn);
	for (unsigned int i = 0; i < SUBJECT_NR_HOLDERS; i++) {
		if (held[i])
			check_fail(CHECK_page_refs,
				   "  pfn %u: given back, but %s has a "
				   "reference",
				   pfn, holder_names[i]);
	}
}

/* Who says that he has one took it before; what is frozen has none. */
static void __attribute__((noinline)) check_has_references(unsigned int pfn)
{
	struct subject_page_view page;

	if (!subject_caps()->reports_refs)
		return;
	subject_page(pfn, &page);
	if (page.refcount && page.refcount < ledger_references(pfn))
		check_fail(CHECK_page_refs,
			   "  pfn %u: refcount %u, known holders %u", pfn,
			   page.refcount, ledger_references(pfn));
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
	sim_memory_mark(&ledger->memory, ledger->held + pfn,
			sizeof(*ledger->held));
	if (held[holder] + nr < 0)
		check_fail(CHECK_page_refs,
			   "  pfn %u: more references are dropped for %s than "
			   "were taken",
			   pfn, holder_names[holder]);
	held[holder] = (uint8_t)(held[holder] + nr);
	ledger->held[pfn] = (uint16_t)(ledger->held[pfn] + nr);
	if (nr > 0)
		check_has_references(pfn);
	if (holder == SUBJECT_HOLDER_BATCH)
		ledger_lru_batched(nr);
	if (holder == SUBJECT_HOLDER_ISOLATION && nr > 0)
		ledger_note_isolated(pfn);
	if (holder == SUBJECT_HOLDER_POISON)
		ledger->nr_off += (unsigned int)nr;
	if (holder == SUBJECT_HOLDER_WAITER)
		ledger->waits_for[sim_task()] = nr > 0 ? pfn + 1 : 0;
}

/* References that do not keep anybody from moving it. */
static unsigned int nr_of_owners(unsigned int pfn)
{
	const uint8_t *held = holders_at(pfn);

	return held[SUBJECT_HOLDER_PTE] + held[SUBJECT_HOLDER_CACHE] +
	       held[SUBJECT_HOLDER_PRIVATE] + held[SUBJECT_HOLDER_ISOLATION];
}

/* What was truncated with private data is nobody's any more. */
bool ledger_owners_and_one(unsigned int pfn)
{
	struct subject_page_view page;

	subject_page(pfn, &page);
	return page.refcount == nr_of_owners(pfn) + 1 &&
	       (holders_at(pfn)[SUBJECT_HOLDER_PTE] ||
		holders_at(pfn)[SUBJECT_HOLDER_CACHE]);
}

/* Batches count as owners for who has emptied them before. */
bool ledger_only_owners_have(unsigned int pfn)
{
	const uint8_t *held = holders_at(pfn);
	struct subject_page_view page;
	unsigned int nr = nr_of_owners(pfn);

	if (ledger_this_op()->op == CHECK_OP_PIN)
		nr += held[SUBJECT_HOLDER_BATCH];
	subject_page(pfn, &page);
	return page.refcount == nr;
}

bool ledger_only_broken(unsigned int pfn)
{
	const uint8_t *held = holders_at(pfn);
	struct subject_page_view page;

	subject_page(pfn, &page);
	return page.refcount == held[SUBJECT_HOLDER_PTE] +
					held[SUBJECT_HOLDER_CACHE] +
					held[SUBJECT_HOLDER_POISON];
}

/* --- Migration --- */

void __attribute__((noinline)) event_page_frozen(unsigned int pfn)
{
	const uint8_t *held = holders_at(pfn);
	unsigned int slots = nr_slots(pfn) + held[SUBJECT_HOLDER_GET] +
			     held[SUBJECT_HOLDER_POISON];

	if (slots || held[SUBJECT_HOLDER_WAITER] ||
	    held[SUBJECT_HOLDER_BATCH] || held[SUBJECT_HOLDER_PIN])
		check_fail(
			CHECK_moved_in_use,
			"  pfn %u: %u slots, %u waiters, %u batches, %u pins "
			"have a reference",
			pfn, slots, held[SUBJECT_HOLDER_WAITER],
			held[SUBJECT_HOLDER_BATCH], held[SUBJECT_HOLDER_PIN]);
}

/* --- Who has a page, one after the other --- */

enum { HOLDER_SLOT = SUBJECT_NR_HOLDERS, HOLDER_UNKNOWN };

struct holder {
	unsigned int kind; /* enum subject_holder, or one of these */
	unsigned int nr; /* references */
	int owner; /* cpu of a batch, task of a waiter; or -1 */
	unsigned int batch;
};

#define MAX_HOLDERS 32

struct holders {
	unsigned int nr;
	struct holder holder[MAX_HOLDERS];
};

static void add_holder(struct holders *all, unsigned int kind, unsigned int nr,
		       int owner)
{
	if (nr && all->nr < MAX_HOLDERS)
		all->holder[all->nr++] = (struct holder){ .kind = kind,
							  .nr = nr,
							  .owner = owner };
}

static void add_batches(struct holders *all, unsigned int pfn)
{
	unsigned int left = holders_at(pfn)[SUBJECT_HOLDER_BATCH];
	struct subject_batch_entry entry;

	for (unsigned int cpu = 0; cpu < ledger->geometry.nr_cpus; cpu++) {
		for (unsigned int i = 0;
		     left && subject_batch_entry(cpu, i, &entry); i++) {
			if (entry.pfn != pfn)
				continue;
			add_holder(all, SUBJECT_HOLDER_BATCH, 1, (int)cpu);
			all->holder[all->nr - 1].batch = entry.batch;
			left--;
		}
	}
	/* On their way to one, or out. */
	add_holder(all, SUBJECT_HOLDER_BATCH, left, -1);
}

static void add_waiters(struct holders *all, unsigned int pfn)
{
	for (int task = 0; task < SIM_ALL_TASKS; task++) {
		if (ledger->waits_for[task] == pfn + 1)
			add_holder(all, SUBJECT_HOLDER_WAITER, 1, task);
	}
}

/* Of a page that is allocated: those who should not have it come last. */
static void list_holders(struct holders *all, unsigned int pfn)
{
	static const enum subject_holder others[] = {
		SUBJECT_HOLDER_PTE,	SUBJECT_HOLDER_CACHE,
		SUBJECT_HOLDER_PRIVATE, SUBJECT_HOLDER_ISOLATION,
		SUBJECT_HOLDER_PIN,	SUBJECT_HOLDER_GET,
		SUBJECT_HOLDER_POISON
	};
	unsigned int known = ledger_references(pfn);
	struct subject_page_view page;

	all->nr = 0;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		add_holder(all, others[i], holders_at(pfn)[others[i]], -1);
	add_batches(all, pfn);
	add_waiters(all, pfn);
	add_holder(all, HOLDER_SLOT, nr_slots(pfn), -1);
	subject_page(pfn, &page);
	if (page.refcount > known)
		add_holder(all, HOLDER_UNKNOWN, page.refcount - known, -1);
}

static int print_holder(char *text, size_t size, const struct holder *holder)
{
	switch (holder->kind) {
	case SUBJECT_HOLDER_BATCH:
		if (holder->owner < 0)
			break;
		return snprintf(text, size, "a batch of cpu %d (%s)",
				holder->owner,
				subject_batch_name(holder->batch));
	case SUBJECT_HOLDER_WAITER:
		return snprintf(text, size, "a waiter (task %d)",
				holder->owner);
	case HOLDER_SLOT:
		return snprintf(text, size, "a slot");
	case HOLDER_UNKNOWN:
		return snprintf(text, size, "somebody, for a moment");
	default:
		break;
	}
	return snprintf(text, size, "%s", holder_names[holder->kind]);
}

void check_describe_refs(unsigned int pfn, char *text, size_t size)
{
	struct holders all = { .nr = 0 };
	size_t length = 0;

	text[0] = '\0';
	if (pfn < ledger->geometry.nr_pages &&
	    ledger->place[pfn] == PLACE_ALLOCATED)
		list_holders(&all, pfn);
	for (unsigned int i = 0; i < all.nr && length + 64 < size; i++) {
		if (i)
			length += (size_t)snprintf(text + length, size - length,
						   ", ");
		length += (size_t)print_holder(text + length, size - length,
					       &all.holder[i]);
		if (all.holder[i].nr > 1)
			length += (size_t)snprintf(text + length, size - length,
						   " (%u)", all.holder[i].nr);
	}
}

/* --- Migration that fails --- */

static void trace_holder(unsigned int pfn, const struct holder *holder)
{
	switch (holder->kind) {
	case SUBJECT_HOLDER_BATCH:
		if (holder->owner < 0)
			sim_trace("pfn %u stays: batches that are being filled "
				  "or emptied have it, %u",
				  pfn, holder->nr, 0);
		else
			sim_trace("pfn %u stays: a batch of cpu %u has it (%b)",
				  pfn, holder->owner, holder->batch);
		break;
	case SUBJECT_HOLDER_WAITER:
		sim_trace("pfn %u stays: task %u has it while it waits", pfn,
			  holder->owner, 0);
		break;
	case SUBJECT_HOLDER_PIN:
		sim_trace("pfn %u stays: %u pins", pfn, holder->nr, 0);
		break;
	case SUBJECT_HOLDER_GET:
		sim_trace("pfn %u stays: %u have got at it", pfn, holder->nr,
			  0);
		break;
	case SUBJECT_HOLDER_POISON:
		sim_trace("pfn %u stays: it is broken", pfn, 0, 0);
		break;
	case HOLDER_SLOT:
		sim_trace("pfn %u stays: slots have it, %u", pfn, holder->nr,
			  0);
		break;
	case HOLDER_UNKNOWN:
		sim_trace("pfn %u stays: somebody has it for a moment, %u", pfn,
			  holder->nr, 0);
		break;
	default: /* expected */
		break;
	}
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
static bool leaves_it_there(const struct holder *holder)
{
	return holder->kind == SUBJECT_HOLDER_BATCH && holder->owner >= 0 &&
	       !ledger->lru.nr_sections[holder->owner] &&
	       sim_cpu_is_online((unsigned int)holder->owner);
}

static void __attribute__((noinline))
check_batch_holder(unsigned int pfn, const struct holder *holder)
{
	if (!leaves_it_there(holder) || !needs_all_moved(ledger_this_op()))
		return;
	check_fail(CHECK_batch_holder,
		   "  pfn %u stays: a reference of a batch of cpu %d (%s)", pfn,
		   holder->owner, subject_batch_name(holder->batch));
}

static void __attribute__((noinline))
check_waiter_holder(unsigned int pfn, const struct holder *holder)
{
	if (holder->kind == SUBJECT_HOLDER_WAITER)
		check_fail(CHECK_waiter_holder,
			   "  pfn %u stays: a reference of a waiter (task %d)",
			   pfn, holder->owner);
}

void event_migration_failed(unsigned int pfn)
{
	struct holders all;

	list_holders(&all, pfn);
	sim_trace("pfn %u stays", pfn, 0, 0);
	for (unsigned int i = 0; i < all.nr; i++)
		trace_holder(pfn, &all.holder[i]);
	check_note(STATE_migration_failed);
	for (unsigned int i = 0; i < all.nr; i++)
		check_batch_holder(pfn, &all.holder[i]);
	for (unsigned int i = 0; i < all.nr; i++)
		check_waiter_holder(pfn, &all.holder[i]);
	ledger_note_unmoved(pfn, holders_at(pfn)[SUBJECT_HOLDER_BATCH]);
}
