/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random inputs for tests, and comparing what they decode to.
 */
#ifndef FUZZ_TESTS_RANDOM_PROGRAM_H
#define FUZZ_TESTS_RANDOM_PROGRAM_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "program/program.h"

static uint64_t rng;

static inline uint32_t random32(void)
{
	rng = rng * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(rng >> 32);
}

static inline size_t random_bytes(uint8_t *data, size_t max)
{
	size_t size = random32() % (max + 1);

	for (size_t i = 0; i < size; i++)
		data[i] = (uint8_t)random32();
	return size;
}

static inline void assert_same_program(const struct program *a,
				       const struct program *b)
{
	assert_int_equal(a->nr, b->nr);
	for (unsigned int i = 0; i < a->nr; i++) {
		const struct record *r = &a->rec[i], *s = &b->rec[i];

		assert_int_equal(r->type, s->type);
		assert_int_equal(r->index, s->index);
		assert_int_equal(r->task, s->task);
		assert_int_equal(r->at, s->at);
		assert_int_equal(r->in_work, s->in_work);
		assert_memory_equal(r->arg, s->arg, sizeof(r->arg));
	}
}

#endif
