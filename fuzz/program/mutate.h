/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Mutation of programs, for both engines. Works on operations and switches,
 * not on bytes: a switch moves with the operation it belongs to.
 *
 * Needs nothing but program.c, so that AFL++ can load it as a library.
 */
#ifndef FUZZ_PROGRAM_MUTATE_H
#define FUZZ_PROGRAM_MUTATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What is worth making, a mask: targets do not admit all operations. All, where
 * nobody says so, as in a library of AFL++, which knows no target.
 */
extern uint64_t mutate_ops;

/* Changes @data in place as bytes; returns the new size, <= @max. */
typedef size_t mutate_bytes_fn(uint8_t *data, size_t size, size_t max);

/* A few bytes come, go or change; @seed decides. As mutate_bytes_fn. */
size_t mutate_flip(uint8_t *data, size_t size, size_t max, uint64_t seed);

/* Bytes that an input has and those that it may grow to. */
struct mutate_buffer {
	uint8_t *data;
	size_t size;
	size_t max;
};

/* A yield point of operation @op, counted from 0, or of a work it queued. */
struct mutate_mark {
	unsigned int op;
	uint16_t at;
	bool in_work;
};

/* One that the program has come to; @random decides. False if none is known. */
typedef bool mutate_mark_fn(uint64_t random, struct mutate_mark *mark);

/* What a mutation may use beside the program. */
struct mutate_help {
	const uint8_t *other; /* to take operations from, or NULL */
	size_t other_size;
	mutate_bytes_fn *bytes; /* for about one call in ten, or NULL */
	mutate_mark_fn *mark; /* or NULL */
};

/*
 * Mutate the program in @buf, in place; @seed and @help decide everything.
 * Never larger than @buf->max or PROGRAM_MAX_BYTES; empty only if @buf->max
 * is 0.
 */
void mutate(struct mutate_buffer *buf, const struct mutate_help *help,
	    uint64_t seed);

/*
 * Fill @buf with a program that begins like @a and ends like @b.
 */
void mutate_cross(struct mutate_buffer *buf, const uint8_t *a, size_t a_size,
		  const uint8_t *b, size_t b_size, uint64_t seed);

#endif
