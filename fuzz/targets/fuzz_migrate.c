/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Target: address spaces, the LRU and migration. Hunts pages whose counts do
 * not agree, that are where they do not belong, that do not have what was
 * stored in them, or that somebody keeps from being moved.
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
	campaign_fuzz("fuzz_migrate", data, size);
	return 0;
}
