// SPDX-License-Identifier: GPL-2.0-only
#include "subject/access.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "subject/subject.h"

bool access_every;

/* The selected memory, at hand for the hooks: they run at every store. */
static struct sim_memory *memory;
static uintptr_t base, types;
static size_t bytes, nr_types;
static const uint8_t *dirty;
static size_t watched_head, watched_tail;
static size_t nr_unwatched; /* bytes from watched_head on */

static void find_unwatched(void)
{
	size_t end = watched_tail;

	if (nr_types && types - base < end)
		end = types - base;
	nr_unwatched = end > watched_head ? end - watched_head : 0;
}

void access_select(struct sim_memory *selected)
{
	memory = selected;
	base = (uintptr_t)selected->live;
	bytes = selected->bytes;
	dirty = selected->dirty;
	nr_types = 0;
	watched_head = 0;
	watched_tail = bytes;
	find_unwatched();
}

void access_watch_types(const void *first, unsigned int nr_blocks)
{
	types = (uintptr_t)first;
	nr_types = nr_blocks;
	find_unwatched();
}

void access_watch_ends(size_t head, size_t tail)
{
	watched_head = head;
	watched_tail = tail;
	find_unwatched();
}

static void __attribute__((noinline)) yield_at(enum sim_point point,
					       const void *pc)
{
	if (sim_running())
		sim_yield(point, pc);
}

static void __attribute__((noinline)) mark(const void *addr, size_t size)
{
	sim_memory_mark(memory, addr, size);
}

/*
 * The yield comes first: what follows and the access itself are one step. A
 * plain access lies within one line. Never inlined: the return address is that
 * of the access, whether its hook is inlined there or not.
 */
static void __attribute__((noinline)) stored(const void *addr, size_t size)
{
	uintptr_t offset = (uintptr_t)addr - base;

	if (offset >= bytes)
		return;
	if (__builtin_expect(access_every, 0))
		yield_at(SIM_POINT_STORE, __builtin_return_address(0));
	if (__builtin_expect(!dirty[offset >> 6], 0))
		mark(addr, size);
	if (offset < watched_head || offset >= watched_tail)
		core_look_at_store(offset);
	else if ((uintptr_t)addr - types < nr_types)
		event_block_type((unsigned int)((uintptr_t)addr - types));
}

static void __attribute__((noinline)) loaded(const void *addr)
{
	if ((uintptr_t)addr - base < bytes)
		yield_at(SIM_POINT_LOAD, __builtin_return_address(0));
}

/* Most stores go to page structs that the run has written to before. */
static inline __attribute__((always_inline)) bool is_dull(const void *addr)
{
	uintptr_t offset = (uintptr_t)addr - base;

	return __builtin_expect(offset - watched_head < nr_unwatched, 1) &&
	       __builtin_expect(dirty[offset >> 6], 1) &&
	       __builtin_expect(!access_every, 1);
}

#define HOOK_PREFIX "__sanitizer_cov_"
#define HOOK __attribute__((always_inline)) void

#define HOOKS(n)                                         \
	HOOK __sanitizer_cov_store##n(const void *addr); \
	HOOK __sanitizer_cov_load##n(const void *addr);  \
	HOOK __sanitizer_cov_store##n(const void *addr)  \
	{                                                \
		if (!is_dull(addr))                      \
			stored(addr, n);                 \
	}                                                \
	HOOK __sanitizer_cov_load##n(const void *addr)   \
	{                                                \
		if (__builtin_expect(access_every, 0))   \
			loaded(addr);                    \
	}

HOOKS(1)
HOOKS(2)
HOOKS(4)
HOOKS(8)
HOOKS(16)

/* Present in sanitizer builds only. */
void __sanitizer_symbolize_pc(void *pc, const char *fmt, char *out, size_t size)
	__attribute__((weak));

/* Frames come as strings one after the other, inlined ones first. */
const char *access_function(const void *pc)
{
	static char frames[1024];
	const char *frame = frames;

	if (!__sanitizer_symbolize_pc)
		return "?";
	memset(frames, 0, sizeof(frames));
	/* A return address belongs to the instruction before it. */
	__sanitizer_symbolize_pc((char *)(uintptr_t)pc - 1, "%f", frames,
				 sizeof(frames) - 1);
	while (!strncmp(frame, HOOK_PREFIX, strlen(HOOK_PREFIX)))
		frame += strlen(frame) + 1;
	return frame;
}
