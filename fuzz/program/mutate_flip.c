/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Mutation of programs as bytes, for engines that bring none of their own.
 */
#include "program/mutate.h"

#include <string.h>

#include "program/random.h"

size_t mutate_flip(uint8_t *data, size_t size, size_t max, uint64_t seed)
{
	for (unsigned int n = 1 + random_below(&seed, 4); n; n--) {
		unsigned int at =
			size ? random_below(&seed, (unsigned int)size) : 0;

		switch (random_below(&seed, 4)) {
		case 0:
			if (size < 2)
				break;
			size--;
			memmove(data + at, data + at + 1, size - at);
			break;
		case 1:
			if (size >= max)
				break;
			memmove(data + at + 1, data + at, size - at);
			data[at] = (uint8_t)random_below(&seed, 256);
			size++;
			break;
		case 2:
			if (size)
				data[at] ^=
					(uint8_t)(1u << random_below(&seed, 8));
			break;
		default:
			if (size)
				data[at] = (uint8_t)random_below(&seed, 256);
			break;
		}
	}
	return size;
}
