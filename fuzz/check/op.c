// SPDX-License-Identifier: GPL-2.0-only
/*
 * What must hold when an operation ends: it has given its caller what it says,
 * and an operation that failed has changed nothing that matters. Also claims
 * on isolated pageblocks, and the end of a run.
 */
#include "check/check.h"
#include <errno.h>

#include "check/ledger.h"

#include <string.h>

void check_op_begin(enum check_op op, enum check_cma cma)
{
	struct ledger_op *this = ledger_this_op();

	this->op = op;
	this->cma = cma;
	this->pages = 0;
	this->isolated = 0;
	this->isolated_once = 0;
	this->removal = (struct removal){ 0 };
	this->drained = false;
	this->wanted = false;
	this->freed_isolated = false;
	/* Nobody's is 0. Few programs have so many that numbers come again. */
	this->owner = (uint16_t)(ledger->nr_ops++ % (LEDGER_USERS - 1) + 1);
	this->may_free = 0;
	this->must_free = 0;
	this->will_free = 0;
	this->putting_back = 0;
	this->taking_off = 0;
	this->taken_offline = false;
	this->pin_end = this->pin_start = 0;
	this->pin_nr_ended = 0;
	this->drained_needlessly = false;
}

void check_op_wants(unsigned int order, unsigned int nr_zones,
		    unsigned int rights, unsigned int last_rights)
{
	struct ledger_op *this = ledger_this_op();

	this->wanted = true;
	this->order = order;
	this->nr_zones = nr_zones;
	this->rights = rights;
	this->last_rights = last_rights;
	for (unsigned int i = 0; i < SUBJECT_MAX_ZONES; i++) {
		this->looked[i] = false;
		this->seen[i] = false;
		this->lacked[i] = false;
		this->watermark[i].lacked = false;
		this->watermark[i].refused_last = false;
		this->watermark[i].refused = false;
		this->watermark[i].admitted = false;
	}
}

void check_op_fails(void)
{
	ledger_this_op()->wanted = false;
}

static bool has_block(unsigned int zone, unsigned int order,
		      enum subject_type type)
{
	for (; order <= ledger->geometry.max_order; order++) {
		if (ledger->sums[zone].nr_entries[order][type])
			return true;
	}
	return false;
}

/* Blocks that not everybody may take. */
static bool has_special_block(unsigned int zone, const struct ledger_op *op)
{
	const unsigned int highatomic = SUBJECT_MAY_HIGHATOMIC |
					SUBJECT_MAY_NON_BLOCK | SUBJECT_MAY_OOM;

	return (op->cma == CHECK_CMA_ALLOWED &&
		has_block(zone, op->order, SUBJECT_CMA)) ||
	       ((op->last_rights & highatomic) &&
		has_block(zone, op->order, SUBJECT_HIGHATOMIC));
}

/*
 * Whether an allocation that finds nothing now is right to fail. The last
 * attempt of one that tries again, after it could have been reclaimed, has no
 * right to special blocks: these it must have lacked once.
 */
void ledger_note_look(unsigned int zone)
{
	struct ledger_op *op = ledger_this_op();
	bool special, tries_again = op->last_rights & SUBJECT_TRIES_AGAIN;

	if (op->op != CHECK_OP_ALLOC || !op->wanted)
		return;
	special = has_special_block(zone, op);
	op->lacked[zone] |= !special;
	op->looked[zone] = true;
	op->seen[zone] = has_block(zone, op->order, SUBJECT_MOVABLE) ||
			 has_block(zone, op->order, SUBJECT_UNMOVABLE) ||
			 has_block(zone, op->order, SUBJECT_RECLAIMABLE) ||
			 (special && !(tries_again && op->lacked[zone]));
	op->watermark[zone].lacked |= !op->seen[zone];
}

/*
 * What an interrupt has freed may have been captured for the request of the
 * task that it interrupted (task_capc() in mm/page_alloc.c): the task has it in
 * flight now.
 */
static void hand_over_captured(struct ledger_op *op)
{
	unsigned int from = ledger_in_flight(), nr = op->nr_in_flight;
	struct ledger_op *task = &ledger->op[sim_task()];

	op->nr_in_flight = 0;
	task->nr_in_flight += nr;
	for (unsigned int pfn = 0; nr; pfn++) {
		if (ledger->place[pfn] != from)
			continue;
		ledger_set_place(pfn, 1, PLACE_IN_FLIGHT + sim_task());
		nr--;
	}
}

/* Pages that nobody has any more are lost for ever. */
static void __attribute__((noinline)) check_page_lost(struct ledger_op *op)
{
	if (op->nr_in_flight && sim_in_irq() && subject_caps()->captures)
		hand_over_captured(op);
	if (op->nr_in_flight)
		check_fail(CHECK_page_place,
			   "  %u pages are still in flight when the operation "
			   "of task %u ends%s: lost",
			   op->nr_in_flight, sim_task(),
			   sim_in_irq() ? ", an interrupt" : "");
}

/* Too many pages may be somebody's who has looked them up; too few may not. */
static bool is_looked_up(long left, long given)
{
	return left > 0 && left == ledger_looked_up(given);
}

static void __attribute__((noinline))
check_failed_op(const struct ledger_op *op)
{
	long left = op->pages - ledger_left_behind();

	if (op->isolated || (left && !is_looked_up(left, 0)))
		check_fail(
			CHECK_failed_op,
			"  it failed, but has changed the owner of %ld pages "
			"and the isolation of %d pageblocks",
			op->pages, op->isolated);
}

static void __attribute__((noinline))
check_op_result(const struct ledger_op *op, long pages, int blocks)
{
	long left = op->pages - pages - ledger_left_behind();

	if (op->isolated != blocks || (left && !is_looked_up(left, pages)))
		check_fail(
			CHECK_op_result,
			"  it says %ld pages and %d isolated pageblocks, but "
			"has moved %ld and %d",
			pages, blocks, op->pages, op->isolated);
}

static void __attribute__((noinline))
check_alloc_failed(const struct ledger_op *op)
{
	if (!op->wanted || (subject_caps()->has_watermarks &&
			    !subject_caps()->reports_watermarks))
		return;
	for (unsigned int i = 0; i < op->nr_zones; i++) {
		const struct watermark_state *state = &op->watermark[i];

		/*
		 * Not every critical section is a look at the lists: who has
		 * found nothing gives HIGHATOMIC pageblocks back, and then may
		 * be refused.
		 */
		if (state->refused || (state->lacked && state->refused_last))
			continue;
		if (op->seen[i] || !op->looked[i])
			check_fail(CHECK_alloc_failed,
				   "  order %u, zone %s: %s", op->order,
				   subject_zone_name(i),
				   op->seen[i] ?
					   "there was a block when it last "
					   "held zone->lock" :
					   "it has not looked at the free "
					   "lists");
	}
}

/* A reserve that is no use to those that it is for. */
static void __attribute__((noinline)) check_admitted(const struct ledger_op *op)
{
	for (unsigned int i = 0; op->wanted && i < op->nr_zones; i++) {
		if (op->watermark[i].admitted &&
		    op->watermark[i].changes == ledger->changes[i])
			check_fail(CHECK_admitted,
				   "  zone %s: its watermark let the request "
				   "pass, nothing has changed since, and there "
				   "was no page",
				   subject_zone_name(i));
	}
}

static void note_outcome(const struct ledger_op *op, enum check_outcome outcome)
{
	if (op->op == CHECK_OP_ALLOC && outcome == CHECK_DONE) {
		if (op->removal.list.kind == SUBJECT_LIST_BUDDY &&
		    op->removal.list.type == SUBJECT_CMA)
			check_note(STATE_cma_used);
	}
	if (op->op == CHECK_OP_ISOLATE && outcome == CHECK_FAILED) {
		check_note(STATE_isolate_busy);
		if (op->isolated_once)
			check_note(STATE_isolate_undone);
	}
	if (op->op == CHECK_OP_HOTPLUG && op->isolated >= 0)
		check_note(outcome == CHECK_DONE ? STATE_offline :
						   STATE_offline_busy);
	if (op->op == CHECK_OP_CONTIG)
		check_note(outcome == CHECK_DONE ? STATE_cma_alloc :
						   STATE_cma_busy);
}

void check_op_end(enum check_outcome outcome, long pages, int blocks)
{
	struct ledger_op *op = ledger_this_op();

	check_page_lost(op);
	if (outcome == CHECK_FAILED)
		check_failed_op(op);
	else
		check_op_result(op, pages, blocks);
	if (outcome == CHECK_FAILED) {
		check_admitted(op);
		check_alloc_failed(op);
	}
	note_outcome(op, outcome);
	ledger_count_states();
	op->failed |= outcome == CHECK_FAILED;
	ledger_leave_behind();
	op->op = CHECK_OP_NONE;
}

bool check_op_take_failure(void)
{
	struct ledger_op *op = ledger_this_op();
	bool failed = op->failed;

	op->failed = false;
	return failed;
}

static void __attribute__((noinline)) check_released(const struct ledger_op *op,
						     long least, long most)
{
	if (-op->pages < least || -op->pages > most || op->isolated)
		check_fail(CHECK_op_result,
			   "  it has given back %ld pages, not %ld to %ld",
			   -op->pages, least, most);
}

void check_op_end_release(enum check_company company)
{
	struct ledger_op *op = ledger_this_op();

	check_page_lost(op);
	if (company == CHECK_ALONE)
		check_released(op, op->will_free, op->will_free);
	else
		check_released(op, op->must_free, op->may_free);
	if (op->must_free && op->pages == -op->must_free)
		check_note(STATE_rest_freed);
	ledger_count_states();
	ledger_leave_behind();
	op->op = CHECK_OP_NONE;
}

static void __attribute__((noinline)) fail_given(enum check check,
						 unsigned int pfn)
{
	check_fail(check, "  pfn %u: part of what job %u%s was given, but %s",
		   pfn, sim_job(), sim_in_irq() ? ", interrupted," : "",
		   ledger->place[pfn] != PLACE_ALLOCATED ?
			   "it is not allocated" :
			   "another job has it");
}

/*
 * Its user finds there what it puts there, and nothing before that. A subject
 * that does not clear all of them clears the first of the block that it took,
 * which begins before the range if that is a contiguous one.
 */
static void __attribute__((noinline)) check_private(unsigned int pfn)
{
	struct subject_page_view page;

	subject_page(pfn, &page);
	if (page.private)
		check_fail(CHECK_page_state,
			   "  pfn %u: handed out with ->private %lu", pfn,
			   page.private);
}

void check_given(enum check check, unsigned int pfn, unsigned int nr_pages)
{
	for (unsigned int i = 0; i < nr_pages; i++) {
		if (pfn + i >= ledger->geometry.nr_pages ||
		    ledger->place[pfn + i] != PLACE_ALLOCATED ||
		    ledger->page[pfn + i].owner != ledger_owner())
			fail_given(check, pfn + i);
		if (subject_caps()->clears_private ||
		    (check != CHECK_contig_owner && !i))
			check_private(pfn + i);
	}
}

void __attribute__((noinline)) check_aligned(unsigned int pfn,
					     unsigned int align)
{
	if (pfn & ((1u << align) - 1))
		check_fail(CHECK_op_result, "  pfn %u: not aligned to order %u",
			   pfn, align);
}

void __attribute__((noinline)) check_cma_bits(unsigned int pfn,
					      unsigned int nr_pages, bool used)
{
	unsigned int wrong = subject_cma_find(pfn, pfn + nr_pages, !used);

	if (wrong != pfn + nr_pages)
		check_fail(CHECK_cma_bitmap, "  pfn %u: the bitmap says %s",
			   wrong, used ? "free" : "allocated");
}

void __attribute__((noinline)) check_cma_counts(unsigned long nr_succeeded,
						unsigned long nr_failed)
{
	struct subject_cma_counts counts;

	subject_cma_counts(&counts);
	if (subject_caps()->has_cma_counts &&
	    (counts.nr_succeeded != nr_succeeded ||
	     counts.nr_failed != nr_failed))
		check_fail(CHECK_cma_counts,
			   "  succeeded %lu, failed %lu pages; it was %lu and "
			   "%lu",
			   counts.nr_succeeded, counts.nr_failed, nr_succeeded,
			   nr_failed);
}

void __attribute__((noinline)) check_nocma_section(bool in_section)
{
	if (subject_in_nocma() != in_section)
		check_fail(CHECK_nocma_section, "  task %u: %s by its flags",
			   sim_task(), in_section ? "in none" : "in one");
}

/* --- Undisturbed operations --- */

/*
 * Guard pages are free as soon as their buddy is, all of which lies on lists or
 * is a guard, too. One of those has its own buddy in there.
 */
static bool guard_can_be_freed(unsigned int pfn)
{
	unsigned int head = ledger_head(pfn);
	unsigned int nr = 1u << (ledger->page[head].head - 1);
	unsigned int buddy = head ^ nr;

	for (pfn = buddy; pfn < buddy + nr; pfn++) {
		if (ledger->place[pfn] > PLACE_PCP &&
		    ledger->place[pfn] != PLACE_GUARD)
			return false;
	}
	return true;
}

static bool can_be_taken(unsigned int pfn)
{
	unsigned int block = pfn >> ledger->geometry.block_order;

	if (subject_block_type(block) != SUBJECT_CMA)
		return false;
	return ledger->place[pfn] <= PLACE_PCP ||
	       (ledger->place[pfn] == PLACE_GUARD && guard_can_be_freed(pfn));
}

static void __attribute__((noinline)) fail_contig_first(long given, long first)
{
	check_fail(CHECK_contig_first,
		   "  the range at pfn %ld is free, but it got pfn %ld", first,
		   given < 0 ? -1 : given);
}

/* First pfn that could be, or has been, given to the allocation at @given. */
static long first_range(long given, long nr_pages, unsigned int align)
{
	unsigned int mask = (1u << align) - 1, start, end;
	long nr = 0;

	subject_cma_area(&start, &end);
	for (unsigned int pfn = start; pfn < end; pfn++) {
		bool mine = given >= 0 && pfn >= given &&
			    pfn < given + nr_pages;

		if (!mine && !can_be_taken(pfn))
			nr = 0;
		else if (nr || !(pfn & mask))
			nr++;
		if (nr == nr_pages)
			return (long)pfn + 1 - nr;
	}
	return -1;
}

/* Pages that have to be moved for a range before @pfn. */
static bool has_users_before(long pfn)
{
	unsigned int start, end;

	subject_cma_area(&start, &end);
	for (; start < (unsigned int)pfn; start++) {
		if (ledger->place[start] == PLACE_ALLOCATED &&
		    ledger->page[start].owner == LEDGER_USERS)
			return true;
	}
	return false;
}

/* Who migrates may take a range before it, or have no page to move one to. */
static bool may_differ_by_migration(long pfn, long first)
{
	return subject_caps()->migrates &&
	       ((pfn >= 0 && pfn < first) ||
		(pfn == -ENOMEM && has_users_before(first)));
}

void check_contig_first(long pfn, unsigned int nr_pages, unsigned int align)
{
	long first = first_range(pfn, nr_pages, align);

	if (first < 0 || first == pfn || may_differ_by_migration(pfn, first))
		return;
	fail_contig_first(pfn, first);
}

void __attribute__((noinline)) check_drained(int cpu)
{
	for (unsigned int z = 0; z < SUBJECT_MAX_ZONES; z++) {
		const unsigned int *nr_pages = ledger->sums[z].nr_pcp_pages;

		for (int i = 0; i < SIM_MAX_CPUS; i++) {
			if ((cpu == -1 || cpu == i) && nr_pages[i])
				check_fail(CHECK_drained,
					   "  zone %s, cpu %d: %u pages",
					   subject_zone_name(z), i,
					   nr_pages[i]);
		}
	}
}

void __attribute__((noinline)) check_isolated_unmovable(unsigned int pfn,
							bool found)
{
	if (found)
		check_fail(CHECK_isolated_unmovable,
			   "  pfn %u: allocated as unmovable before that, and "
			   "still so",
			   pfn);
}

/* --- Claims --- */

void __attribute__((noinline)) check_claim(unsigned int start, unsigned int end,
					   unsigned int claimant)
{
	unsigned int shift = ledger->geometry.block_order;

	for (unsigned int b = start >> shift; b <= (end - 1) >> shift; b++) {
		if (subject_block_type(b) != SUBJECT_ISOLATE)
			check_fail(CHECK_isolation_held,
				   "  pageblock %u: %s, just after slot %u had "
				   "it isolated",
				   b, subject_type_name(subject_block_type(b)),
				   claimant);
		if (ledger->claim[b])
			check_fail(CHECK_isolation_held,
				   "  pageblock %u: isolated for slots %u and "
				   "%u at a time",
				   b, ledger->claim[b] - 1u, claimant);
		sim_memory_mark(&ledger->memory, ledger->claim + b, 1);
		ledger->claim[b] = (uint8_t)(claimant + 1);
	}
}

void check_unclaim(unsigned int start, unsigned int end)
{
	unsigned int shift = ledger->geometry.block_order;

	for (unsigned int b = start >> shift; b <= (end - 1) >> shift; b++)
		ledger->claim[b] = 0;
}

/* --- The end of a run --- */

static void __attribute__((noinline)) check_managed_pages(unsigned int zone)
{
	struct subject_zone_view view;

	subject_zone(zone, &view);
	if ((long)view.nr_managed != ledger->boot_sums[zone].nr_free)
		check_fail(CHECK_boot_state,
			   "  zone %s: managed_pages %lu, at boot %ld",
			   subject_zone_name(zone), view.nr_managed,
			   ledger->boot_sums[zone].nr_free);
}

static void __attribute__((noinline)) check_sums_as_at_boot(unsigned int zone)
{
	const struct ledger_sums *now = &ledger->sums[zone];
	const struct ledger_sums *boot = &ledger->boot_sums[zone];

	if (now->nr_free != boot->nr_free ||
	    now->nr_free_cma != boot->nr_free_cma ||
	    now->nr_isolated != boot->nr_isolated)
		check_fail(CHECK_boot_state,
			   "  zone %s, now and at boot: free %ld, %ld; free "
			   "CMA %ld, %ld; isolated pageblocks %u, %u",
			   subject_zone_name(zone), now->nr_free, boot->nr_free,
			   now->nr_free_cma, boot->nr_free_cma,
			   now->nr_isolated, boot->nr_isolated);
	for (unsigned int cpu = 0; cpu < SIM_MAX_CPUS; cpu++) {
		if (now->nr_pcp_pages[cpu])
			check_fail(CHECK_boot_state,
				   "  zone %s, cpu %u: %u pages on its "
				   "pcplists after a drain",
				   subject_zone_name(zone), cpu,
				   now->nr_pcp_pages[cpu]);
	}
}

static void __attribute__((noinline)) check_nothing_off(void)
{
	if (subject_caps()->has_take_off &&
	    (ledger->nr_off || subject_nr_taken_off()))
		check_fail(CHECK_boot_state,
			   "  %u pages are out of use; it says %u",
			   ledger->nr_off, subject_nr_taken_off());
}

void check_boot_state(void)
{
	check_nothing_off();
	ledger_lru_boot_state();
	if (ledger->boot_error)
		check_fail(CHECK_boot_state, "  at boot: %s",
			   ledger->boot_error);
	for (unsigned int i = 0; i < subject_nr_zones(&ledger->geometry); i++)
		check_managed_pages(i);
	for (unsigned int i = 0; i < SUBJECT_MAX_ZONES; i++)
		check_sums_as_at_boot(i);
}

void __attribute__((noinline)) check_works(bool success, const char *what)
{
	if (!success)
		check_fail(CHECK_boot_state,
			   "  everything is free, but this fails: %s", what);
}
