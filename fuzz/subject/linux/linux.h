/* SPDX-License-Identifier: GPL-2.0-only */
/* What the harness's files of this subject share. */
#ifndef FUZZ_SUBJECT_LINUX_LINUX_H
#define FUZZ_SUBJECT_LINUX_LINUX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/sim.h"
#include "subject/linux/bridge.h"
#include "subject/subject.h"

/* --- image.c: memory that a run writes and a reset restores --- */

/* All of it, for the booted machine with @nr_pages pages. */
struct image {
	uint8_t *copy;
	size_t bytes;
};

/* Simulated memory as before any boot: kernel data as linked, pages zero. */
void image_make_cold(unsigned int nr_pages, unsigned int nr_all_pages);
void image_take(struct image *image);
void image_restore(const struct image *image);
bool image_is_current(const struct image *image);

/* Where in the tree's data @data lies: the same in every process. */
size_t image_offset(const void *data);

/* Whether the tree's code shares @addr with other CPUs: not a stack. */
bool image_has(const void *addr);

/* --- poison.c: what AddressSanitizer may see --- */

/*
 * Before a machine of @nr_pages boots, and after that of @slot has been put
 * back: nothing of its zone is handed out.
 */
void poison_boot(unsigned int nr_pages);
void poison_reset(unsigned int slot, unsigned int nr_pages);

/* --- place.c --- */

/* The symbol at @data; lasts as long as the process. */
const char *place_data_name(const void *data);

/* A place carries the kind of its yield point in the byte no address uses. */
static inline const void *place_of(const void *pc, enum sim_point point)
{
	return (const void *)((uintptr_t)pc | (uintptr_t)(point + 1) << 56);
}

/* --- findings.c --- */

/* None is masked. */
void findings_clear(void);

/* --- host.c --- */

/* After host_zone_ready(), at boot and when a slot is selected. */
enum subject_type host_block_type(unsigned int block);

#endif
