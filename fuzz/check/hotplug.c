// SPDX-License-Identifier: GPL-2.0-only
/*
 * What must hold whenever a pcp->lock is about to be released, and what is
 * known of disabled pcplists and of CPUs and memory that go offline.
 */
#include <string.h>

#include "check/check.h"
#include "check/ledger.h"

void ledger_reset_hotplug(void)
{
	memset(ledger->hotplug, 0, sizeof(ledger->hotplug));
	for (unsigned int i = 0; i < SUBJECT_MAX_ZONES; i++)
		memcpy(ledger->hotplug[i].pcp_left,
		       ledger->sums[i].nr_pcp_pages,
		       sizeof(ledger->hotplug[i].pcp_left));
}

/* --- Pcplists --- */

static void __attribute__((noinline)) check_pcp_count(unsigned int nr,
						      unsigned int cpu)
{
	unsigned int pages = ledger->sums[nr].nr_pcp_pages[cpu];

	if (subject_pcp_count(nr, cpu) != pages)
		check_fail(CHECK_pcp_count,
			   "  zone %s, cpu %u: pcp->count %u, pages on its "
			   "lists %u",
			   subject_zone_name(nr), cpu,
			   subject_pcp_count(nr, cpu), pages);
}

/* What lies there is found by nobody, and an isolation waits for it. */
static void __attribute__((noinline)) check_pcp_disabled(unsigned int nr,
							 unsigned int cpu)
{
	const struct ledger_hotplug *hotplug = &ledger->hotplug[nr];

	if (hotplug->pcp_off && hotplug->pcp_left[cpu])
		check_fail(CHECK_pcp_disabled, "  zone %s, cpu %u: %u pages",
			   subject_zone_name(nr), cpu, hotplug->pcp_left[cpu]);
}

void event_pcp_unlock(unsigned int zone_nr, unsigned int cpu)
{
	struct ledger_hotplug *hotplug = &ledger->hotplug[zone_nr];
	enum check_op op = ledger_this_op()->op;

	check_pcp_count(zone_nr, cpu);
	hotplug->pcp_left[cpu] = ledger->sums[zone_nr].nr_pcp_pages[cpu];
	check_pcp_disabled(zone_nr, cpu);
	if (hotplug->pcp_off && (op == CHECK_OP_ALLOC || op == CHECK_OP_FREE))
		check_note(STATE_pcp_disabled);
}

/* A pcplist that is locked now is judged when its lock is released. */
void check_pcp_off(unsigned int nr)
{
	ledger->hotplug[nr].pcp_off = true;
	for (unsigned int cpu = 0; cpu < ledger->geometry.nr_cpus; cpu++)
		check_pcp_disabled(nr, cpu);
}

void check_pcp_on(unsigned int nr)
{
	ledger->hotplug[nr].pcp_off = false;
}

/* --- CPUs --- */

/* Requests that look at the watermarks do not ask a CPU that has gone. */
void __attribute__((noinline)) check_folded(void)
{
	unsigned int nr_zones = subject_nr_zones(&ledger->geometry);

	if (!subject_caps()->reports_watermarks)
		return;
	for (unsigned int zone = 0; zone < nr_zones; zone++) {
		struct subject_watermarks_view view;

		subject_watermarks(zone, &view);
		if (view.offline_drift || view.offline_cma_drift)
			check_fail(CHECK_folded,
				   "  zone %s: %ld free pages, %ld of CMA",
				   subject_zone_name(zone), view.offline_drift,
				   view.offline_cma_drift);
	}
}

/* --- Memory --- */

static unsigned int nr_blocks_of(unsigned int start, unsigned int end)
{
	return (end - start) >> ledger->geometry.block_order;
}

void check_goes_offline(unsigned int start, unsigned int end)
{
	struct ledger_op *op = ledger_this_op();

	op->offline_start = start;
	op->offline_end = end;
	op->nr_in_vain = 0;
	ledger->hotplug[ledger_zone_of(start)].nr_changing +=
		nr_blocks_of(start, end);
}

/* Out of use, or its processes are to be kept from it. */
static bool is_broken(unsigned int pfn)
{
	return ledger->place[pfn] == PLACE_OFF ||
	       ledger_nr_held(pfn, SUBJECT_HOLDER_POISON);
}

/* As for the lists and page tables, it is gone. */
static bool is_put_away(unsigned int pfn)
{
	return is_broken(pfn) && !ledger->ptes[pfn] &&
	       !ledger->lru_page[pfn].list;
}

/* Somebody has it besides, if only for a moment. */
static bool is_kept(unsigned int pfn)
{
	struct subject_page_view page;

	if (ledger->place[pfn] != PLACE_OFF)
		return !ledger_only_broken(pfn);
	subject_page(pfn, &page);
	return page.refcount != 1;
}

/* It is as who goes offline needs it to be: free, or broken. */
static bool is_ready(unsigned int pfn)
{
	if (is_put_away(pfn))
		return !is_kept(pfn);
	return ledger->place[pfn] == PLACE_BUDDY &&
	       ledger->block_type[pfn >> ledger->geometry.block_order] ==
		       SUBJECT_ISOLATE;
}

/* What is not, somebody else has; guard pages, who has their buddy. */
static bool is_somebodys(unsigned int pfn)
{
	unsigned int place = ledger->place[pfn];

	if (is_broken(pfn))
		return is_kept(pfn);
	return place == PLACE_ALLOCATED || place == PLACE_GUARD ||
	       (place >= PLACE_IN_FLIGHT && place != ledger_in_flight());
}

static void __attribute__((noreturn, noinline))
fail_offline_waits(unsigned int pfn, const char *what)
{
	check_fail(CHECK_offline_waits, "  pfn %u: %s, and nobody else has it",
		   pfn, what);
}

/*
 * Nobody but who goes offline can run any more. He does not come back to what
 * lies before a page that he tries to move: what is broken there may wait.
 */
static void __attribute__((noinline)) check_offline_waits(unsigned int start,
							  unsigned int end)
{
	unsigned int broken = end;
	bool is_waiting = false;

	for (unsigned int pfn = start; pfn < end; pfn++) {
		if (is_ready(pfn))
			continue;
		if (is_somebodys(pfn))
			is_waiting = true;
		else if (!is_broken(pfn))
			fail_offline_waits(
				pfn, ledger_place_name(ledger->place[pfn]));
		else if (broken == end)
			broken = pfn;
	}
	if (is_waiting)
		return;
	if (broken < end)
		fail_offline_waits(broken, "broken");
	check_fail(CHECK_offline_waits,
		   "  pfn %u to %u: all is free, and isolated", start, end - 1);
}

bool check_waits(bool in_vain)
{
	struct ledger_op *op = ledger_this_op();

	op->nr_in_vain = in_vain ? op->nr_in_vain + 1 : 0;
	/* The first time others may have been there a moment ago. */
	if (op->nr_in_vain < 2)
		return false;
	check_offline_waits(op->offline_start, op->offline_end);
	return true;
}

/* The operation that takes it out of use, as it has said, or puts it back. */
static struct ledger_op *op_changing(unsigned int pfn)
{
	for (unsigned int i = 0; i < SIM_CONTEXTS; i++) {
		struct ledger_op *op = &ledger->op[i];

		if (op->op != CHECK_OP_NONE &&
		    (op->taking_off == pfn + 1 || op->putting_back == pfn + 1))
			return op;
	}
	return NULL;
}

/* Broken, and off the lists, but whoever has done it has yet to say so. */
static bool is_being_taken_off(unsigned int pfn)
{
	struct ledger_op *op = op_changing(pfn);
	unsigned int place;

	if (!op || !op->taking_off)
		return false;
	place = PLACE_IN_FLIGHT + (unsigned int)(op - ledger->op);
	op->taken_offline |= ledger->place[pfn] == place;
	return ledger->place[pfn] == place;
}

/* What is broken stays so there. Returns how many pages left the lists. */
static unsigned int leave_lists(unsigned int pfn)
{
	unsigned int in_flight = ledger->place[pfn] == ledger_in_flight();

	if (is_being_taken_off(pfn))
		return 0;
	if (!in_flight && !is_put_away(pfn))
		check_fail(CHECK_page_place,
			   "  pfn %u: %s, but not off a list, when it goes "
			   "offline",
			   pfn, ledger_place_name(ledger->place[pfn]));
	if (!in_flight)
		check_note(STATE_offline_poisoned);
	ledger_set_place(pfn, 1, PLACE_ABSENT);
	return in_flight;
}

/* Its pages have been taken off their lists, and nobody was given them. */
void check_is_offline(unsigned int start, unsigned int end,
		      enum check_outcome outcome)
{
	struct ledger_hotplug *hotplug =
		&ledger->hotplug[ledger_zone_of(start)];

	hotplug->nr_changing -= nr_blocks_of(start, end);
	if (outcome == CHECK_FAILED)
		return;
	hotplug->nr_offline += nr_blocks_of(start, end);
	for (; start < end; start++)
		ledger_this_op()->nr_in_flight -= leave_lists(start);
}

bool check_can_come_online(unsigned int start, unsigned int end)
{
	for (; start < end; start++) {
		if (ledger->held[start] || op_changing(start))
			return false;
	}
	return true;
}

/* As at boot: memory that is there belongs to somebody until it is freed. */
void check_goes_online(unsigned int start, unsigned int end)
{
	struct ledger_hotplug *hotplug =
		&ledger->hotplug[ledger_zone_of(start)];

	hotplug->nr_offline -= nr_blocks_of(start, end);
	hotplug->nr_changing += nr_blocks_of(start, end);
	ledger_move(start, end - start, PLACE_ABSENT, PLACE_ALLOCATED,
		    "it comes online");
	ledger_set_owner(start, end - start);
}

void __attribute__((noinline)) check_comes_online(int error)
{
	if (error)
		check_fail(CHECK_comes_online, "  error %d", error);
}

void check_is_online(unsigned int start, unsigned int end)
{
	ledger->hotplug[ledger_zone_of(start)].nr_changing -=
		nr_blocks_of(start, end);
}
