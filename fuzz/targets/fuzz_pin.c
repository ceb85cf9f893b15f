/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Target: references and pins on pages of processes, against fork, unmapping,
 * migration and reclaim. Hunts pages that are pinned for good where others need
 * them to be movable, and processes that lose the page that is pinned.
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
	campaign_fuzz("fuzz_pin", data, size);
	return 0;
}
