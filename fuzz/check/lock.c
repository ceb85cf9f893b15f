// SPDX-License-Identifier: GPL-2.0-only
/* What a subject reports of its locks, and of stores that break their rules. */
#include "check/ledger.h"

void event_lock_missing(const char *what, const char *lock)
{
	check_fail(CHECK_lock_missing, "  %s without %s", what, lock);
}

void event_store_beyond(const char *what)
{
	check_fail(CHECK_store_beyond, "  %s", what);
}

void event_trylock_failed(void)
{
	check_note(STATE_trylock_failed);
}

void event_trylock_held(void)
{
	check_note(STATE_irq_trylock_failed);
}

void event_block_type(unsigned int block)
{
	struct touched *t =
		&touched[ledger_zone_of(block << ledger->geometry.block_order)];

	if (ledger->booting || block >= ledger->nr_blocks)
		return;
	if (sim_running() && !subject_zone_is_locked())
		event_lock_missing("the type of a pageblock", "zone->lock");
	ledger->type_stores++;
	if (t->nr_blocks == NR_TOUCHED)
		t->overflow = true;
	else
		t->block[t->nr_blocks++] = block;
}
