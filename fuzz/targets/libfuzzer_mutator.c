/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libFuzzer's custom mutator: programs instead of bytes. libFuzzer has no other
 * mutator then; mutate.c leaves it one call in ten.
 */
#include <stddef.h>
#include <stdint.h>

#include "program/campaign.h"
#include "program/mutate.h"

/* libFuzzer's interface. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max,
			       unsigned int seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *data1, size_t size1,
				 const uint8_t *data2, size_t size2,
				 uint8_t *out, size_t max, unsigned int seed);

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max,
			       unsigned int seed)
{
	struct mutate_buffer buf = { data, size, max };
	struct mutate_help help = { .bytes = LLVMFuzzerMutate };

	/* libFuzzer mutates most inputs as soon as they have run. */
	if (campaign_has_run(data, size))
		help.mark = campaign_mark;
	mutate(&buf, &help, seed);
	return buf.size;
}

size_t LLVMFuzzerCustomCrossOver(const uint8_t *data1, size_t size1,
				 const uint8_t *data2, size_t size2,
				 uint8_t *out, size_t max, unsigned int seed)
{
	struct mutate_buffer buf = { out, 0, max };

	mutate_cross(&buf, data1, size1, data2, size2, seed);
	return buf.size;
}
