// SPDX-License-Identifier: GPL-2.0-only
/*
 * What must hold when a request looks at the watermark of a zone: the kernel's
 * formula, with the counts of the ledger instead of the subject's counters.
 *
 * A look takes time. It is judged if nobody has changed the zone, its counters
 * or its watermarks from its begin to its end; then what it has seen is what
 * the ledger has, but for the differences of CPUs that it did not count.
 */
#include "check/check.h"
#include "check/ledger.h"

#include <string.h>

/* Somebody may be half way through a change of the zone. */
static bool is_in_motion(unsigned int zone)
{
	return ledger->nr_folding || subject_zone_is_busy(zone);
}

void event_watermark_begin(unsigned int zone)
{
	struct watermark_state *state = &ledger_this_op()->watermark[zone];

	subject_watermarks(zone, &state->view);
	state->changes = ledger->changes[zone];
	state->folds = ledger->folds;
	/* A CPU that has gone is not asked, and its difference soon counted. */
	state->disturbed = is_in_motion(zone) || state->view.offline_drift;
}

static bool is_disturbed(const struct watermark_state *state, unsigned int zone)
{
	struct subject_watermarks_view now;

	subject_watermarks(zone, &now);
	return state->disturbed || is_in_motion(zone) ||
	       state->changes != ledger->changes[zone] ||
	       state->folds != ledger->folds ||
	       memcmp(&state->view, &now, sizeof(now));
}

#define MAY_USE_RESERVES                                   \
	(SUBJECT_MAY_NON_BLOCK | SUBJECT_MAY_MIN_RESERVE | \
	 SUBJECT_MAY_HIGHATOMIC | SUBJECT_MAY_OOM)

/* Half for what is important, a quarter of that more for who cannot sleep. */
static long mark_with_rights(long mark, unsigned int rights)
{
	if (rights & SUBJECT_MAY_MIN_RESERVE) {
		mark = mark - mark / 2;
		if (rights & SUBJECT_MAY_NON_BLOCK)
			mark = mark - mark / 4;
	}
	if (rights & SUBJECT_MAY_OOM)
		mark = mark - mark / 2;
	return mark;
}

static long usable_pages(const struct subject_watermark *w)
{
	const struct ledger_sums *sums = &ledger->sums[w->zone];
	long usable = sums->nr_free - (1l << w->order) + 1;

	if (!(w->rights & MAY_USE_RESERVES))
		usable -= sums->nr_free_highatomic;
	if (!(w->rights & SUBJECT_MAY_CMA))
		usable -= sums->nr_free_cma;
	return usable;
}

/* What the usable pages must exceed. */
static long limit_for(const struct subject_watermark *w,
		      const struct subject_watermarks_view *view)
{
	long mark = (long)(view->mark[w->mark] + view->boost);

	/* One page for an important request: the boost does not count. */
	if (!w->order && w->mark == SUBJECT_WMARK_MIN &&
	    (w->rights & SUBJECT_MAY_MIN_RESERVE))
		mark = (long)view->mark[w->mark];
	return mark_with_rights(mark, w->rights) +
	       view->lowmem_reserve[w->highest_zone];
}

static bool may_take_type(enum subject_type type, unsigned int rights)
{
	if (type == SUBJECT_CMA)
		return rights & SUBJECT_MAY_CMA;
	if (type == SUBJECT_HIGHATOMIC)
		return rights & (SUBJECT_MAY_HIGHATOMIC | SUBJECT_MAY_OOM);
	return type != SUBJECT_ISOLATE;
}

static bool has_suitable_block(const struct subject_watermark *w)
{
	const struct ledger_sums *sums = &ledger->sums[w->zone];

	for (unsigned int o = w->order; o <= ledger->geometry.max_order; o++) {
		for (unsigned int type = 0; type < SUBJECT_NR_TYPES; type++) {
			if (sums->nr_entries[o][type] &&
			    may_take_type((enum subject_type)type, w->rights))
				return true;
		}
	}
	return false;
}

/* By how much what it saw may differ from what there is. */
static long tolerance(const struct subject_watermark *w,
		      const struct subject_watermarks_view *view)
{
	long nr_free = ledger->sums[w->zone].nr_free, slack = 0;

	/* Near the marks it must have counted the differences. */
	if (nr_free + view->free_drift >= (long)view->drift_mark)
		slack += view->free_drift;
	if (!(w->rights & SUBJECT_MAY_CMA))
		slack += view->cma_drift;
	return slack;
}

static void __attribute__((noinline))
check_watermark(const struct subject_watermark *w,
		const struct subject_watermarks_view *view)
{
	long usable = usable_pages(w), limit = limit_for(w, view);
	long slack = tolerance(w, view);
	bool has_block = !w->order || has_suitable_block(w);

	if (w->passed ? usable + slack > limit && has_block :
			usable - slack <= limit || !has_block)
		return;
	check_fail(CHECK_watermark,
		   "  zone %s, order %u, mark %u, rights 0x%x: %s with %ld "
		   "usable pages; must exceed %ld; %s",
		   subject_zone_name(w->zone), w->order, w->mark, w->rights,
		   w->passed ? "passed" : "refused", usable, limit,
		   has_block ? "there is a block" : "there is no block");
}

/* At most 150 % of the high watermark, and nothing in a small zone. */
static void __attribute__((noinline))
check_boost(unsigned int zone, const struct subject_watermarks_view *view)
{
	unsigned long block = 1ul << ledger->geometry.block_order;
	unsigned long most = view->mark[SUBJECT_WMARK_HIGH] * 3 / 2;
	struct subject_zone_view z;

	subject_zone(zone, &z);
	if (most < block)
		most = block;
	if (view->boost > most || (view->boost && z.nr_managed < 4 * block))
		check_fail(CHECK_watermark,
			   "  zone %s, %lu pages: boosted by %lu",
			   subject_zone_name(zone), z.nr_managed, view->boost);
}

static void __attribute__((noinline))
check_request_rights(const struct ledger_op *op,
		     const struct subject_watermark *w)
{
	/* CMA pages have a check of their own, where they are taken. */
	if (w->rights & ~op->rights & ~(unsigned int)SUBJECT_MAY_CMA)
		check_fail(CHECK_request_rights,
			   "  zone %s, order %u: an attempt with rights 0x%x "
			   "of a request that has 0x%x",
			   subject_zone_name(w->zone), w->order, w->rights,
			   op->rights);
}

static void note_watermark(const struct subject_watermark *w,
			   const struct subject_watermarks_view *view)
{
	long usable = usable_pages(w);
	long mark = (long)(view->mark[w->mark] + view->boost) +
		    view->lowmem_reserve[w->highest_zone];

	if (!w->passed)
		check_note(STATE_watermark_refused);
	if (w->passed && usable <= mark)
		check_note(STATE_reserve_used);
	if (view->boost)
		check_note(STATE_boosted);
	if (view->free_drift && usable - view->free_drift <= mark &&
	    usable + view->free_drift > mark)
		check_note(STATE_drift);
}

/* What the request learns from it, for its end. */
static void remember(struct ledger_op *op, const struct subject_watermark *w,
		     bool disturbed)
{
	const unsigned int urgent = SUBJECT_MAY_NON_BLOCK | SUBJECT_MAY_OOM;
	struct watermark_state *state = &op->watermark[w->zone];
	unsigned int differ = w->rights ^ op->last_rights;

	state->lacked &= !w->passed;
	state->refused_last = !w->passed;
	state->admitted = w->passed && !disturbed && !w->order &&
			  (w->rights & urgent) &&
			  usable_pages(w) > limit_for(w, &state->view);
	if (w->mark == SUBJECT_WMARK_MIN &&
	    !(differ &
	      ~(unsigned int)(SUBJECT_MAY_CMA | SUBJECT_TRIES_AGAIN)) &&
	    !(w->rights & SUBJECT_MAY_NO_WATERMARKS))
		state->refused = !w->passed;
}

void event_watermark_end(const struct subject_watermark *w)
{
	struct ledger_op *op = ledger_this_op();
	struct watermark_state *state = &op->watermark[w->zone];
	bool disturbed = is_disturbed(state, w->zone);

	sim_trace("watermark zone %u order %u passed %u", w->zone, w->order,
		  w->passed);
	if (op->op == CHECK_OP_ALLOC && op->wanted)
		check_request_rights(op, w);
	if (!disturbed) {
		check_watermark(w, &state->view);
		check_boost(w->zone, &state->view);
		note_watermark(w, &state->view);
	}
	if (op->op == CHECK_OP_ALLOC && op->wanted)
		remember(op, w, disturbed);
}

void event_fold_begin(void)
{
	ledger->folds++;
	ledger->nr_folding++;
	check_note(STATE_fold);
}

void event_fold_end(void)
{
	ledger->folds++;
	ledger->nr_folding--;
}

/* --- Setting them --- */

/* vm.min_free_kbytes in zone Normal, little in zone Movable. */
static void __attribute__((noinline))
check_watermark_setup(unsigned int zone, unsigned long min_free,
		      unsigned long managed, unsigned long nr_normal)
{
	unsigned long share = min_free * managed / (nr_normal ? nr_normal : 1);
	unsigned long min = share;
	struct subject_watermarks_view view;

	if (zone) {
		min = managed / 1024;
		min = min < 32 ? 32 : min > 128 ? 128 : min;
	}
	share = share / 4 > managed / 1000 ? share / 4 : managed / 1000;
	subject_watermarks(zone, &view);
	if (view.mark[SUBJECT_WMARK_MIN] != min ||
	    view.mark[SUBJECT_WMARK_LOW] != min + share ||
	    view.mark[SUBJECT_WMARK_HIGH] != min + 2 * share)
		check_fail(CHECK_watermark_setup,
			   "  zone %s: %lu, %lu, %lu; must be %lu, %lu, %lu",
			   subject_zone_name(zone), view.mark[0], view.mark[1],
			   view.mark[2], min, min + share, min + 2 * share);
}

void check_watermarks_set(unsigned int min_free)
{
	const struct subject_geometry *g = &ledger->geometry;
	struct subject_zone_view normal, zone;

	subject_zone(0, &normal);
	for (unsigned int i = 0; i < subject_nr_zones(g); i++) {
		subject_zone(i, &zone);
		check_watermark_setup(i, g->nr_pages / 16 * min_free,
				      zone.nr_managed, normal.nr_managed);
	}
}
