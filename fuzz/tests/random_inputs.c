// SPDX-License-Identifier: GPL-2.0-only
/*
 * random_inputs [N [FIRST]]: run N inputs of 0 to 4096 random bytes, the first
 * of which is number FIRST. Goal: whatever the bytes are, the harness copes and
 * the core stays in order. Method: a number stands for the same input each
 * time, so parts can run side by side; a verdict or a sanitizer's report ends
 * it.
 */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <time.h>

#include "program/campaign.h"
#include "program/workload.h"

#define SECONDS_BETWEEN_REPORTS 5

static uint64_t rng;

static uint32_t random32(void)
{
	rng = rng * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(rng >> 32);
}

static void run_one(unsigned long nr)
{
	static uint8_t data[PROGRAM_MAX_BYTES];
	size_t size;

	rng = nr * 0x9e3779b97f4a7c15u;
	size = random32() % (sizeof(data) + 1);
	for (size_t i = 0; i < size; i++)
		data[i] = (uint8_t)random32();
	campaign_fuzz("fuzz_mm", data, size);
}

static void report(unsigned long done, unsigned long n)
{
	static time_t last;
	time_t now = time(NULL);

	if (last && now - last < SECONDS_BETWEEN_REPORTS)
		return;
	if (last)
		fprintf(stderr, "%lu of %lu inputs\n", done, n);
	last = now;
}

static void __attribute__((noreturn)) usage(const char *problem)
{
	fprintf(stderr,
		"random_inputs: %s\n"
		"Usage: random_inputs [N [FIRST]]\n"
		"       N inputs (2000), from number FIRST (1) on\n"
		"Try:   random_inputs 20000\n",
		problem);
	exit(2);
}

static unsigned long parse(const char *text)
{
	unsigned long number;
	char *end;

	errno = 0;
	number = strtoul(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end || errno || !number)
		usage("both are whole numbers from 1 on");
	return number;
}

int main(int argc, char **argv)
{
	unsigned long n = argc > 1 ? parse(argv[1]) : 2000;
	unsigned long first = argc > 2 ? parse(argv[2]) : 1;

	if (argc > 3)
		usage("too many arguments");
	if (n - 1 > ULONG_MAX - first)
		usage("there are no inputs of such numbers");
	for (unsigned long i = 0; i < n; i++) {
		run_one(first + i);
		report(i + 1, n);
	}
	printf("%lu random inputs, last trace hash %016" PRIx64 "\n", n,
	       workload_trace_hash());
	return 0;
}
