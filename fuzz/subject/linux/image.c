// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory that a run writes: the tree's data, the metadata that memblock handed
 * out, the slab. A reset copies all of it: what the kernel stores by memset()
 * or as a struct is seen by no hook, so there is no shorter list to go by.
 * Contents of pages are nobody's and are left alone.
 *
 * The slab lies under AddressSanitizer's redzones: nothing here may be
 * instrumented or call memcpy().
 */
#define _GNU_SOURCE /* MAP_FIXED_NOREPLACE */
#include "subject/linux/linux.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#define NOT_INSTRUMENTED \
	__attribute__((no_sanitize("address"), noinline, no_builtin))

/* Named by the linker. */
extern uint8_t __start_tree_data[], __stop_tree_data[];

#define MEMORY_START \
	(BRIDGE_PAGE_OFFSET + (BRIDGE_START_PFN << BRIDGE_PAGE_SHIFT))

struct range {
	uint8_t *start;
	size_t bytes;
};

#define NR_RANGES 3

struct __attribute__((may_alias)) line {
	uint64_t word[8];
};

static uint8_t *cold_data;
static size_t mapped; /* of simulated memory */

static size_t data_bytes(void)
{
	return (size_t)(__stop_tree_data - __start_tree_data);
}

static size_t round_up(size_t bytes)
{
	return (bytes + sizeof(struct line) - 1) & ~(sizeof(struct line) - 1);
}

/* Ranges begin on a line; all may be read to the end of their last one. */
NOT_INSTRUMENTED static void copy(uint8_t *to, const uint8_t *from,
				  size_t bytes)
{
	struct line *t = (struct line *)(void *)to;
	const struct line *f = (const struct line *)(const void *)from;

	for (size_t i = 0; i < bytes / sizeof(*t); i++) {
		for (unsigned int w = 0; w < 8; w++)
			t[i].word[w] = f[i].word[w];
	}
}

NOT_INSTRUMENTED static bool same(const uint8_t *a, const uint8_t *b,
				  size_t bytes)
{
	for (size_t i = 0; i < bytes; i++) {
		if (a[i] != b[i])
			return false;
	}
	return true;
}

NOT_INSTRUMENTED static void clear(uint8_t *start, size_t bytes)
{
	uint64_t *word = (uint64_t *)(void *)start;

	for (size_t i = 0; i < bytes / sizeof(*word); i++)
		word[i] = 0;
}

static void get_ranges(struct range range[NR_RANGES])
{
	void *start;
	size_t bytes;

	tree_metadata(&start, &bytes);
	range[0] = (struct range){ __start_tree_data, data_bytes() };
	range[1] = (struct range){ start, bytes };
	range[2] = (struct range){ (uint8_t *)BRIDGE_SLAB_START,
				   tree_slab_used() };
	for (unsigned int i = 0; i < NR_RANGES; i++)
		range[i].bytes = round_up(range[i].bytes);
}

static void __attribute__((noreturn)) no_memory(void)
{
	perror("mmfuzz: no memory for the subject");
	exit(3);
}

static void map_at(uintptr_t start, size_t bytes)
{
	void *mapping = mmap((void *)start, bytes, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE |
				     MAP_FIXED_NOREPLACE,
			     -1, 0);

	if (mapping != (void *)start)
		no_memory();
}

static void *allocate(size_t bytes)
{
	void *memory = aligned_alloc(sizeof(struct line), bytes);

	if (!memory)
		no_memory();
	return memory;
}

static void map_more(size_t bytes)
{
	if (bytes <= mapped)
		return;
	map_at(MEMORY_START + mapped, bytes - mapped);
	mapped = bytes;
}

void image_make_cold(unsigned int nr_pages, unsigned int nr_all_pages)
{
	size_t start = (size_t)nr_pages << BRIDGE_PAGE_SHIFT;
	size_t end = (size_t)nr_all_pages << BRIDGE_PAGE_SHIFT;

	if (!cold_data) {
		map_at(BRIDGE_SLAB_START, BRIDGE_SLAB_BYTES);
		cold_data = allocate(round_up(data_bytes()));
		copy(cold_data, __start_tree_data, round_up(data_bytes()));
	}
	map_more(end);
	copy(__start_tree_data, cold_data, round_up(data_bytes()));
	clear((uint8_t *)MEMORY_START + start, end - start);
}

void image_take(struct image *image)
{
	struct range range[NR_RANGES];
	uint8_t *next;

	get_ranges(range);
	free(image->copy);
	image->bytes = range[0].bytes + range[1].bytes + range[2].bytes;
	image->copy = allocate(image->bytes);
	next = image->copy;
	for (unsigned int i = 0; i < NR_RANGES; i++) {
		copy(next, range[i].start, range[i].bytes);
		next += range[i].bytes;
	}
}

/* The tree's data comes first: it says where the rest is. */
void image_restore(const struct image *image)
{
	struct range range[NR_RANGES];
	const uint8_t *next = image->copy;

	copy(__start_tree_data, next, round_up(data_bytes()));
	get_ranges(range);
	for (unsigned int i = 1; i < NR_RANGES; i++) {
		next += range[i - 1].bytes;
		copy(range[i].start, next, range[i].bytes);
	}
}

bool image_is_current(const struct image *image)
{
	struct range range[NR_RANGES];
	const uint8_t *next = image->copy;

	get_ranges(range);
	for (unsigned int i = 0; i < NR_RANGES; i++) {
		if (!same(next, range[i].start, range[i].bytes))
			return false;
		next += range[i].bytes;
	}
	return true;
}

size_t image_offset(const void *data)
{
	return (size_t)((const uint8_t *)data - __start_tree_data);
}

bool image_has(const void *addr)
{
	uintptr_t a = (uintptr_t)addr;

	return a - (uintptr_t)__start_tree_data < data_bytes() ||
	       a - MEMORY_START < mapped ||
	       a - BRIDGE_SLAB_START < BRIDGE_SLAB_BYTES;
}
