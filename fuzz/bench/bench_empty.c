/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Not a target: what the engine costs when there is nothing to fuzz.
 */
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	(void)data;
	(void)size;
	return 0;
}
