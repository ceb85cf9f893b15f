// SPDX-License-Identifier: GPL-2.0-only
/*
 * Percpu memory: for each CPU one copy of the percpu section, and behind it
 * room for what is allocated at boot. Nothing is given back.
 */
#include <linux/memblock.h>
#include <linux/percpu.h>

#include "kernel.h"

#define DYNAMIC_BYTES 8192ul

/* Named by the linker. */
extern char __start_tree_percpu[], __stop_tree_percpu[];

unsigned long __per_cpu_offset[BRIDGE_CPUS];
static unsigned long dynamic_used;

static unsigned long static_bytes(void)
{
	return ALIGN((unsigned long)(__stop_tree_percpu - __start_tree_percpu),
		     SMP_CACHE_BYTES);
}

void tree_percpu_init(void)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		char *unit = memblock_alloc(static_bytes() + DYNAMIC_BYTES,
					    PAGE_SIZE);

		memcpy(unit, __start_tree_percpu,
		       (size_t)(__stop_tree_percpu - __start_tree_percpu));
		__per_cpu_offset[cpu] = (unsigned long)unit -
					(unsigned long)__start_tree_percpu;
	}
	dynamic_used = 0;
}

static void __percpu *alloc(size_t size, size_t align)
{
	unsigned long offset = ALIGN(dynamic_used, align);

	if (offset + size > DYNAMIC_BYTES)
		host_boot_failed("too little room for percpu allocations");
	dynamic_used = offset + size;
	return (void __percpu *)(__start_tree_percpu + static_bytes() + offset);
}

#ifdef TREE_HAS_pcpu_alloc_noprof
void __percpu *pcpu_alloc_noprof(size_t size, size_t align, bool reserved,
				 gfp_t gfp)
{
	return alloc(size, align);
}
#else
void __percpu *__alloc_percpu_gfp(size_t size, size_t align, gfp_t gfp)
{
	return alloc(size, align);
}

void __percpu *__alloc_percpu(size_t size, size_t align)
{
	return alloc(size, align);
}
#endif
