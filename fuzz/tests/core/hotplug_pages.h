/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory that goes offline and comes back, for tests. */
#ifndef FUZZ_TESTS_CORE_HOTPLUG_PAGES_H
#define FUZZ_TESTS_CORE_HOTPLUG_PAGES_H

#include "tests/core/user_pages.h"

/* As operations do it: the ledger has to know. */
static inline int take_offline(unsigned int start, unsigned int end)
{
	int error;

	check_goes_offline(start, end);
	error = offline_pages(start, end);
	sim_flush_signals();
	check_is_offline(start, end, error ? CHECK_FAILED : CHECK_DONE);
	return error;
}

static inline void bring_online(unsigned int start, unsigned int end)
{
	check_goes_online(start, end);
	check_comes_online(online_pages(start, end));
	check_is_online(start, end);
}

static inline bool is_offline(unsigned int pfn)
{
	return pfn_to_page(pfn)->flags >> PG_offline & 1;
}

#endif
