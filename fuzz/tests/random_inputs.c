// SPDX-License-Identifier: GPL-2.0-only
/*
 * random_inputs [N]: run N inputs of 0 to 4096 random bytes. Goal: whatever the
 * bytes are, the harness copes and the core stays in order. Method: the same
 * inputs each time; a verdict or a sanitizer's report ends it.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "program/workload.h"

static uint64_t rng = 1;

static uint32_t random32(void)
{
	rng = rng * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(rng >> 32);
}

static void run_one(void)
{
	static uint8_t data[PROGRAM_MAX_BYTES];
	size_t size = random32() % (sizeof(data) + 1);

	for (size_t i = 0; i < size; i++)
		data[i] = (uint8_t)random32();
	workload_fuzz("fuzz_mm", data, size);
}

int main(int argc, char **argv)
{
	unsigned long n = argc > 1 ? strtoul(argv[1], NULL, 10) : 2000;

	for (unsigned long i = 1; i <= n; i++) {
		run_one();
		if (i % 10000 == 0)
			fprintf(stderr, "%lu of %lu inputs\n", i, n);
	}
	printf("%lu random inputs, last trace hash %016" PRIx64 "\n", n,
	       workload_trace_hash());
	return 0;
}
