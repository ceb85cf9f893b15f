/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Target: what happens to pages between allocation and free. Hunts pages that
 * are freed while somebody has a reference, by halves or twice, and pages that
 * keep something of their last use.
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
	campaign_fuzz("fuzz_page_alloc", data, size);
	return 0;
}
