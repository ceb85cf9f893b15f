/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * AFL++'s custom mutator (AFL_CUSTOM_MUTATOR_LIBRARY): programs instead of
 * bytes. afl-fuzz loads it: no sanitizer, nothing of the fuzzed code.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "program/mutate.h"
#include "program/program.h"

/* AFL++'s interface, as of 4.04c; @afl is opaque to us. */
void *afl_custom_init(void *afl, unsigned int seed);
size_t afl_custom_fuzz(void *data, uint8_t *in, size_t size, uint8_t **out,
		       uint8_t *add, size_t add_size, size_t max);
void afl_custom_deinit(void *data);

static struct afl_mutator {
	uint64_t seed; /* of the next call */
	uint8_t out[PROGRAM_MAX_BYTES];
} state;

void *afl_custom_init(void *afl, unsigned int seed)
{
	(void)afl;
	state.seed = (uint64_t)seed << 32;
	return &state;
}

size_t afl_custom_fuzz(void *data, uint8_t *in, size_t size, uint8_t **out,
		       uint8_t *add, size_t add_size, size_t max)
{
	struct afl_mutator *m = data;
	struct mutate_buffer buf = { m->out, size, sizeof(m->out) };
	struct mutate_help help = { .other = add, .other_size = add_size };

	if (buf.max > max)
		buf.max = max;
	if (buf.size > buf.max)
		buf.size = buf.max;
	memcpy(m->out, in, buf.size);
	mutate(&buf, &help, m->seed++);
	*out = m->out;
	return buf.size;
}

void afl_custom_deinit(void *data)
{
	(void)data;
}
