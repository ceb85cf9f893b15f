/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Target: memory that goes offline and comes back, with processes that have
 * pages there: what can be moved, what somebody keeps, and what is broken.
 * Hunts memory that does not go offline although nobody has anything there,
 * and pages that are lost or used on the way.
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
	campaign_fuzz("fuzz_hotplug", data, size);
	return 0;
}
