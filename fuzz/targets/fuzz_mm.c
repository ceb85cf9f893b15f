/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Target: everything at once. Hunts whatever shows only where operations meet
 * that the other targets keep apart.
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
	campaign_fuzz("fuzz_mm", data, size);
	return 0;
}
