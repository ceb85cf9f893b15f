/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Target: compaction, by itself and for requests, against allocations,
 * isolation, pins and reclaim. Hunts pages that are lost between its scanners,
 * and runs that never end.
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
	campaign_fuzz("fuzz_compaction", data, size);
	return 0;
}
