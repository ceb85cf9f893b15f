/* SPDX-License-Identifier: GPL-2.0-only */
/* Random numbers: splitmix64. */
#ifndef FUZZ_PROGRAM_RANDOM_H
#define FUZZ_PROGRAM_RANDOM_H

#include <stdint.h>

static inline uint64_t random64(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

/* 0 .. @n - 1 */
static inline unsigned int random_below(uint64_t *state, unsigned int n)
{
	return (unsigned int)((random64(state) >> 32) * n >> 32);
}

#endif
