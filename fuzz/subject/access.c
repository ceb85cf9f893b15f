// SPDX-License-Identifier: GPL-2.0-only
#include "subject/access.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "subject/subject.h"

bool access_every;

/*
 * The selected memory, at hand for the hooks, which run at every store. Bytes
 * from @base on; @head is 0 if each access to the head is to be a yield point.
 */
static struct {
	_Alignas(64) uintptr_t base;
	const uint8_t *dirty;
	const uint16_t *writers; /* of each 8 bytes of the head */
	size_t head;
	/* Whole lines in which only the first store matters. */
	uintptr_t dull;
	size_t dull_bytes;
	const uint8_t *dull_dirty;
	size_t bytes;
	uintptr_t types;
	size_t nr_types;
	size_t watched_head, watched_tail;
	struct sim_memory *memory;
} hot;

static void find_dull(void)
{
	size_t start = (hot.watched_head + 63) & ~(size_t)63;
	size_t end = hot.watched_tail;

	hot.head = access_every ? 0 : hot.watched_head;
	if (hot.nr_types && hot.types - hot.base < end)
		end = hot.types - hot.base;
	if (access_every || end < start)
		end = start;
	hot.dull = hot.base + start;
	hot.dull_bytes = end - start;
	hot.dull_dirty = hot.dirty + (start >> 6);
}

void access_select(struct sim_memory *selected)
{
	hot.memory = selected;
	hot.base = (uintptr_t)selected->live;
	hot.bytes = selected->bytes;
	hot.dirty = selected->dirty;
	hot.nr_types = 0;
	hot.watched_head = 0;
	hot.watched_tail = hot.bytes;
	find_dull();
}

void access_watch_types(const void *first, unsigned int nr_blocks)
{
	hot.types = (uintptr_t)first;
	hot.nr_types = nr_blocks;
	find_dull();
}

void access_watch_ends(size_t head, size_t tail, const uint16_t *writers)
{
	hot.writers = writers;
	hot.watched_head = head;
	hot.watched_tail = tail;
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
	sim_memory_mark(hot.memory, addr, size);
}

static void __attribute__((noinline)) stored_type(size_t block)
{
	event_block_type((unsigned int)block);
}

static inline bool is_allowed(uintptr_t offset)
{
	unsigned int writer = hot.writers[offset >> 3];
	uintptr_t lock = hot.base + writer - ACCESS_BY_LOCK;

	if (writer >= ACCESS_BY_LOCK)
		return sim_lock_held((const struct sim_lock *)lock);
	return writer == sim_cpu() + ACCESS_BY_CPU;
}

static void look_at_store(uintptr_t offset)
{
	uintptr_t block = hot.base + offset - hot.types;

	if (offset < hot.watched_head || offset >= hot.watched_tail)
		core_look_at_store(offset);
	else if (block < hot.nr_types)
		stored_type(block);
}

/*
 * The yield comes first: what follows and the access itself are one step. A
 * plain access lies within one line.
 */
static void __attribute__((noinline)) stored_rarely(const void *addr,
						    size_t size, const void *pc)
{
	uintptr_t offset = (uintptr_t)addr - hot.base;

	if (offset >= hot.bytes)
		return;
	if (access_every)
		yield_at(SIM_POINT_STORE, pc);
	mark(addr, size);
	look_at_store(offset);
}

/*
 * Mostly to lists and counters, by whoever may. Never inlined: the return
 * address is that of the access, whether its hook is inlined there or not.
 */
static void __attribute__((noinline)) stored(const void *addr, size_t size)
{
	uintptr_t offset = (uintptr_t)addr - hot.base;

	if (__builtin_expect(offset >= hot.head || !hot.dirty[offset >> 6] ||
				     !is_allowed(offset),
			     0))
		stored_rarely(addr, size, __builtin_return_address(0));
}

static void __attribute__((noinline, preserve_most)) loaded(const void *addr)
{
	if ((uintptr_t)addr - hot.base < hot.bytes)
		yield_at(SIM_POINT_LOAD, __builtin_return_address(0));
}

/* Most stores go to page structs that the run has written to before. */
static inline __attribute__((always_inline)) bool is_dull(const void *addr)
{
	uintptr_t offset = (uintptr_t)addr - hot.dull;

	return __builtin_expect(offset < hot.dull_bytes, 1) &&
	       __builtin_expect(hot.dull_dirty[offset >> 6], 1);
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
