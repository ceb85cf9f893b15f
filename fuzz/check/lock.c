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
