// SPDX-License-Identifier: GPL-2.0-only
/*
 * What engines are told of the state of memory when an operation ends: coarse
 * steps on the way to where something is rare.
 */
#include "check/check.h"
#include "check/ledger.h"

/* 0 for nothing, then by powers of two. */
static unsigned int level(long pages, unsigned int most)
{
	unsigned int n = 0;

	for (; pages > 0 && n < most; pages >>= 1)
		n++;
	return n;
}

#define LEVELS 11

/*
 * The free pages that everybody may have; whether some of the others are free,
 * and how many lie in HIGHATOMIC pageblocks.
 */
static unsigned int state_of_zone(const struct ledger_sums *sums)
{
	long normal =
		sums->nr_free - sums->nr_free_cma - sums->nr_free_highatomic;
	unsigned int state = level(normal, LEVELS - 1);

	state = state * 2 + (sums->nr_free_cma > 0);
	state = state * 2 + (sums->nr_highatomic > 0);
	return state * 6 + level(sums->nr_free_highatomic, 5);
}

#define ZONE_STATES (LEVELS * 2 * 2 * 6)
#define MOST_REFS 3

_Static_assert(SUBJECT_MAX_ZONES *ZONE_STATES + MOST_REFS < SIM_FEEDBACK_STATES,
	       "a cell for each state");

void ledger_count_states(void)
{
	unsigned int refs = ledger->nr_refs;

	for (unsigned int i = 0; i < subject_nr_zones(&ledger->geometry); i++)
		sim_feedback_state(i * ZONE_STATES +
				   state_of_zone(&ledger->sums[i]));
	sim_feedback_state(SUBJECT_MAX_ZONES * ZONE_STATES +
			   (refs < MOST_REFS ? refs : MOST_REFS));
}
