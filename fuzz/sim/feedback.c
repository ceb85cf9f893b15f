/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interleavings have no code coverage of their own. Each pair (place where a
 * CPU was left, next place on the CPU that went on) is a counter here, which
 * libFuzzer finds by the name of the section and clears between inputs. So is
 * each state that somebody names: the way to memory that is nearly full passes
 * through the same code again and again.
 */
#include "internal.h"

#include <string.h>

#if defined(__ELF__)
#define FEEDBACK_SECTION section("__libfuzzer_extra_counters"),
#else
#define FEEDBACK_SECTION
#endif

/* "used", or it is optimised away without a word. */
uint8_t sim_feedback[SIM_FEEDBACK_BYTES]
	__attribute__((FEEDBACK_SECTION used, aligned(64)));
uint32_t sim_feedback_pairs;

_Static_assert((SIM_FEEDBACK_PAIRS & (SIM_FEEDBACK_PAIRS - 1)) == 0,
	       "cells are chosen by mask");

void sim_count_pair(const void *left, const void *next)
{
	static uint8_t seen[SIM_FEEDBACK_PAIRS];
	uint64_t hash = sim_place_id(left) * 0x9e3779b97f4a7c15u;
	uint64_t cell;

	hash = ((hash ^ hash >> 29) + sim_place_id(next)) * 0xbf58476d1ce4e5b9u;
	cell = (hash >> 40) & (SIM_FEEDBACK_PAIRS - 1);
	if (sim_feedback[cell] < UINT8_MAX)
		sim_feedback[cell]++;
	if (!seen[cell]) {
		seen[cell] = 1;
		sim_feedback_pairs++;
	}
}

/* The subject's edge counters, if it has any; named by the linker. */
extern uint8_t __start___sancov_cntrs[]
	__attribute__((weak, visibility("hidden")));
extern uint8_t __stop___sancov_cntrs[]
	__attribute__((weak, visibility("hidden")));

void sim_feedback_forget(void)
{
	size_t bytes = (size_t)(__stop___sancov_cntrs - __start___sancov_cntrs);

	if (__start___sancov_cntrs)
		memset(__start___sancov_cntrs, 0, bytes);
	memset(sim_feedback, 0, sizeof(sim_feedback));
}
