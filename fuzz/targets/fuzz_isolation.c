/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Target: isolation of pageblocks against allocation, free and pcplists. Hunts
 * pages that reach a free list their pageblock no longer belongs to, and free
 * page counts that drift for it.
 */
#include <stddef.h>
#include <stdint.h>

#include "program/campaign.h"
#include "program/program.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > PROGRAM_MAX_BYTES)
		return 0;
	campaign_fuzz("fuzz_isolation", data, size);
	return 0;
}
