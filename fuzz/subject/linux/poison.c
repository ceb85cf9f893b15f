// SPDX-License-Identifier: GPL-2.0-only
/*
 * Free pages and free slab objects are closed to AddressSanitizer. A reset
 * closes the pages that were handed out since boot, when all were free.
 */
#include "subject/linux/linux.h"

#define NR_OPENED 512

static struct {
	struct {
		const void *start;
		size_t bytes;
	} range[NR_OPENED];
	unsigned int nr;
	bool overflow;
	bool slab;
	unsigned int nr_pages; /* of the zone */
	unsigned int slot;
} opened;

/* Present with AddressSanitizer only. */
void __asan_poison_memory_region(void const volatile *addr, size_t size)
	__attribute__((weak));
void __asan_unpoison_memory_region(void const volatile *addr, size_t size)
	__attribute__((weak));

static bool in_slab(const void *addr)
{
	return (uintptr_t)addr - BRIDGE_SLAB_START < BRIDGE_SLAB_BYTES;
}

void host_poison(const void *addr, unsigned long bytes)
{
	opened.slab |= in_slab(addr);
	if (__asan_poison_memory_region)
		__asan_poison_memory_region(addr, bytes);
}

void host_unpoison(const void *addr, unsigned long bytes)
{
	if (!__asan_unpoison_memory_region)
		return;
	__asan_unpoison_memory_region(addr, bytes);
	if (in_slab(addr)) {
		opened.slab = true;
	} else if (opened.nr == NR_OPENED) {
		opened.overflow = true;
	} else {
		opened.range[opened.nr].start = addr;
		opened.range[opened.nr++].bytes = bytes;
	}
}

static void *page_address(unsigned int pfn)
{
	return (void *)(BRIDGE_PAGE_OFFSET +
			((BRIDGE_START_PFN + pfn) << BRIDGE_PAGE_SHIFT));
}

static size_t bytes_of(unsigned int nr_pages)
{
	return (size_t)nr_pages << BRIDGE_PAGE_SHIFT;
}

/* What is a page of one machine may be metadata of another. */
static void select_zone(unsigned int nr_pages)
{
	unsigned int old = opened.nr_pages;

	opened.nr_pages = nr_pages;
	if (nr_pages > old)
		host_poison(page_address(old), bytes_of(nr_pages - old));
	else if (nr_pages < old && __asan_unpoison_memory_region)
		__asan_unpoison_memory_region(page_address(nr_pages),
					      bytes_of(old - nr_pages));
}

static void close_pages(void)
{
	if (opened.overflow)
		host_poison(page_address(0), bytes_of(opened.nr_pages));
	else
		for (unsigned int i = 0; i < opened.nr; i++)
			host_poison(opened.range[i].start,
				    opened.range[i].bytes);
	opened.nr = 0;
	opened.overflow = false;
}

void poison_boot(unsigned int nr_pages)
{
	close_pages();
	select_zone(nr_pages);
	opened.slab = true;
}

void poison_reset(unsigned int slot, unsigned int nr_pages)
{
	close_pages();
	if (opened.slot != slot)
		opened.slab = true;
	opened.slot = slot;
	select_zone(nr_pages);
	if (opened.slab)
		tree_slab_reopen();
	opened.slab = false;
}
