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
 * from @tail on, just before they happen; but not of those to the head that
 * @writers allows. For each 8 bytes of it, it says who may write there: the
 * holder of the lock at that offset in the memory, plus ACCESS_BY_LOCK; the CPU
 * of that number, plus ACCESS_BY_CPU; or, if it is 0, nobody without a look.
 */
#define ACCESS_BY_CPU 1
#define ACCESS_BY_LOCK (ACCESS_BY_CPU + SIM_MAX_CPUS)
void access_watch_ends(size_t head, size_t tail, const uint16_t *writers);
void core_look_at_store(size_t offset);

/* Whether plain accesses are yield points, from the next access_select() on. */
extern bool access_every;

/* Name of the function that the code address @pc lies in, "?" if unknown. */
const char *access_function(const void *pc);

#endif
