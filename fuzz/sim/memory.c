/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory that a run may write: a live mapping, its pristine copy, and the list
 * of lines in which they may differ. The subject poisons parts of the live one
 * for AddressSanitizer, so nothing here may be instrumented or call memcpy().
 */
#include "sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define NOT_INSTRUMENTED __attribute__((no_sanitize("address"), noinline))

struct __attribute__((may_alias)) line {
	uint64_t word[8];
};

static void *map(size_t bytes)
{
	void *mapping = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
			     0);

	if (mapping == MAP_FAILED) {
		perror("mmfuzz: no memory for the subject");
		exit(3);
	}
	return mapping;
}

void sim_memory_exit(struct sim_memory *memory)
{
	if (!memory->mapped)
		return;
	munmap(memory->live, memory->mapped);
	munmap(memory->pristine, memory->mapped);
	munmap(memory->dirty, memory->mapped / 64);
	munmap(memory->lines, memory->mapped / 64 * sizeof(uint32_t));
	memset(memory, 0, sizeof(*memory));
}

static void map_all(struct sim_memory *memory, size_t bytes)
{
	sim_memory_exit(memory);
	memory->live = map(bytes);
	memory->pristine = map(bytes);
	memory->dirty = map(bytes / 64);
	memory->lines = map(bytes / 64 * sizeof(uint32_t));
	memory->mapped = bytes;
}

NOT_INSTRUMENTED static void clear(struct sim_memory *memory)
{
	uint64_t *live = (uint64_t *)(void *)memory->live;

	for (size_t i = 0; i < memory->bytes / sizeof(*live); i++)
		live[i] = 0;
	for (uint32_t i = 0; i < memory->nr_lines; i++)
		memory->dirty[memory->lines[i]] = 0;
	memory->nr_lines = 0;
}

void sim_memory_init(struct sim_memory *memory, size_t bytes)
{
	bytes = bytes ? (bytes + 63) & ~(size_t)63 : 64;
	if (bytes > memory->mapped) {
		map_all(memory, bytes);
		memory->bytes = bytes;
		return;
	}
	memory->bytes = bytes;
	clear(memory);
}

static struct line *lines_of(uint8_t *mapping)
{
	return (struct line *)(void *)mapping;
}

static inline __attribute__((always_inline)) bool
same_line(const struct line *a, const struct line *b)
{
	uint64_t differs = 0;

	for (unsigned int i = 0; i < 8; i++)
		differs |= a->word[i] ^ b->word[i];
	return !differs;
}

static inline __attribute__((always_inline)) void
copy_line(struct line *to, const struct line *from)
{
	for (unsigned int i = 0; i < 8; i++)
		to->word[i] = from->word[i];
}

NOT_INSTRUMENTED void sim_memory_commit(struct sim_memory *memory)
{
	const struct line *live = lines_of(memory->live);
	struct line *pristine = lines_of(memory->pristine);

	/* What is equal is not written: untouched memory stays unmapped. */
	for (size_t i = 0; i < memory->bytes / 64; i++) {
		if (!same_line(&pristine[i], &live[i]))
			copy_line(&pristine[i], &live[i]);
	}
	for (uint32_t i = 0; i < memory->nr_lines; i++)
		memory->dirty[memory->lines[i]] = 0;
	memory->nr_lines = 0;
}

void __attribute__((noinline)) sim_memory_mark_lines(struct sim_memory *memory,
						     size_t start, size_t end)
{
	size_t line = start >> 6;

	do {
		if (!memory->dirty[line]) {
			memory->dirty[line] = 1;
			memory->lines[memory->nr_lines++] = (uint32_t)line;
		}
		line++;
	} while (line << 6 < end);
}

NOT_INSTRUMENTED void sim_memory_reset(struct sim_memory *memory)
{
	struct line *live = lines_of(memory->live);
	const struct line *pristine = lines_of(memory->pristine);

	for (uint32_t i = 0; i < memory->nr_lines; i++) {
		uint32_t line = memory->lines[i];

		copy_line(&live[line], &pristine[line]);
		memory->dirty[line] = 0;
	}
	memory->nr_lines = 0;
}

NOT_INSTRUMENTED bool sim_memory_is_pristine(const struct sim_memory *memory)
{
	const struct line *live = lines_of(memory->live);
	const struct line *pristine = lines_of(memory->pristine);

	for (size_t i = 0; i < memory->bytes / 64; i++) {
		if (!same_line(&live[i], &pristine[i]))
			return false;
	}
	return true;
}
