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

/* Whole lines from there on in which only the first store matters. */
static struct {
	uintptr_t first;
	size_t bytes;
	const uint8_t *dirty;
} dull;

/* Stores there are fine under this lock. */
static struct {
	size_t first, bytes;
	const struct sim_lock *lock;
} guarded;

static void find_dull(void)
{
	size_t start = (watched_head + 63) & ~(size_t)63, end = watched_tail;

	if (nr_types && types - base < end)
		end = types - base;
	if (access_every || end < start)
		end = start;
	dull.first = base + start;
	dull.bytes = end - start;
	dull.dirty = dirty + (start >> 6);
}

void access_select(struct sim_memory *selected)
{
	memory = selected;
	base = (uintptr_t)selected->live;
	bytes = selected->bytes;
	dirty = selected->dirty;
	nr_types = 0;
	guarded.bytes = 0;
	watched_head = 0;
	watched_tail = bytes;
	find_dull();
}

void access_watch_types(const void *first, unsigned int nr_blocks)
{
	types = (uintptr_t)first;
	nr_types = nr_blocks;
	find_dull();
}

void access_watch_guarded(size_t start, size_t end, const struct sim_lock *lock)
{
	guarded.first = start;
	guarded.bytes = end - start;
	guarded.lock = lock;
}

void access_watch_ends(size_t head, size_t tail)
{
	watched_head = head;
	watched_tail = tail;
	find_dull();
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

static void __attribute__((noinline)) stored_type(size_t block)
{
	event_block_type((unsigned int)block);
}

static inline void look_at_store(uintptr_t offset)
{
	uintptr_t block = base + offset - types;

	if (offset < watched_head || offset >= watched_tail)
		core_look_at_store(offset);
	else if (block < nr_types)
		stored_type(block);
}

/*
 * The yield comes first: what follows and the access itself are one step. A
 * plain access lies within one line.
 */
static void __attribute__((noinline)) stored_rarely(const void *addr,
						    size_t size, const void *pc)
{
	if (access_every)
		yield_at(SIM_POINT_STORE, pc);
	mark(addr, size);
	look_at_store((uintptr_t)addr - base);
}

/*
 * Mostly to what its lock guards, by its owner. Never inlined: the return
 * address is that of the access, whether its hook is inlined there or not.
 */
static void __attribute__((noinline)) stored(const void *addr, size_t size)
{
	uintptr_t offset = (uintptr_t)addr - base;

	if (__builtin_expect(offset >= bytes, 0))
		return;
	if (__builtin_expect(access_every || !dirty[offset >> 6], 0))
		stored_rarely(addr, size, __builtin_return_address(0));
	else if (offset - guarded.first >= guarded.bytes ||
		 !sim_lock_held(guarded.lock))
		look_at_store(offset);
}

static void __attribute__((noinline, preserve_most)) loaded(const void *addr)
{
	if ((uintptr_t)addr - base < bytes)
		yield_at(SIM_POINT_LOAD, __builtin_return_address(0));
}

/* Most stores go to page structs that the run has written to before. */
static inline __attribute__((always_inline)) bool is_dull(const void *addr)
{
	uintptr_t offset = (uintptr_t)addr - dull.first;

	return __builtin_expect(offset < dull.bytes, 1) &&
	       __builtin_expect(dull.dirty[offset >> 6], 1);
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
