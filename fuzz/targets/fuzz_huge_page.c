/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Target: large folios of processes and of shmem: mapped as a whole or in
 * parts, split at once or later, moved, pinned, reclaimed. Hunts references
 * that are lost or dropped twice while folios are split, and content that goes
 * elsewhere.
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
	campaign_fuzz("fuzz_huge_page", data, size);
	return 0;
}
