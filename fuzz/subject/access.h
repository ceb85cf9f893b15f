/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Plain loads and stores of a subject, as the compiler's hooks report them:
 * each store marks what a reset must restore, and with every_access both are
 * yield points.
 *
 * The hooks do not see atomic operations, copies of whole structs, memset() and
 * memcpy(): who uses these on a subject's memory marks it by hand.
 */
#ifndef FUZZ_SUBJECT_ACCESS_H
#define FUZZ_SUBJECT_ACCESS_H

#include <stdbool.h>

#include "sim/sim.h"

/* From now on accesses to @memory count, others do not. */
void access_select(struct sim_memory *memory);

/* Stores to @types, a byte per pageblock, are events (event_block_type()). */
void access_watch_types(const void *types, unsigned int nr_blocks);

/*
 * core_look_at_store() is told of stores to the first @head bytes, and to those
 * from @tail on, just before they happen.
 */
void access_watch_ends(size_t head, size_t tail);
/* But not of those to [@start, @end) while the running task holds @lock. */
void access_watch_guarded(size_t start, size_t end,
			  const struct sim_lock *lock);
void core_look_at_store(size_t offset);

/* Whether plain accesses are yield points, from the next access_select() on. */
extern bool access_every;

/* Name of the function that the code address @pc lies in, "?" if unknown. */
const char *access_function(const void *pc);

#endif
