/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Target: the CMA area. Hunts CMA pages that reach a request inside a
 * memalloc_nocma section, and areas that can no longer be allocated whole.
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
	campaign_fuzz("fuzz_cma", data, size);
	return 0;
}
