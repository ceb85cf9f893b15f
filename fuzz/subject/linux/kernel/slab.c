// SPDX-License-Identifier: GPL-2.0-only
/*
 * Slab objects: size classes of powers of two in one arena, each object behind
 * a header that AddressSanitizer keeps closed. What is freed stays closed until
 * it is handed out again.
 */
#include <linux/slab.h>

#include "kernel.h"

#define HEADER_BYTES 32ul
#define NR_CLASSES 13 /* 32 bytes to 128 kB */

struct object {
	struct object *next; /* of the same class, while free */
	unsigned long bytes; /* as asked for, 0 while free */
	unsigned long class;
};

static struct object *free_objects[NR_CLASSES];
static unsigned long arena_used;

static void *to_data(struct object *object)
{
	return (char *)object + HEADER_BYTES;
}

static unsigned long class_bytes(unsigned long class)
{
	return 32ul << class;
}

void tree_slab_init(void)
{
	host_poison((void *)BRIDGE_SLAB_START, BRIDGE_SLAB_BYTES);
}

unsigned long tree_slab_used(void)
{
	return arena_used;
}

/* After a reset: the arena as AddressSanitizer shall see it. */
void tree_slab_reopen(void)
{
	unsigned long offset = 0;

	host_poison((void *)BRIDGE_SLAB_START, BRIDGE_SLAB_BYTES);
	while (offset < arena_used) {
		struct object *object = (void *)(BRIDGE_SLAB_START + offset);

		host_unpoison(to_data(object), object->bytes);
		offset += HEADER_BYTES + class_bytes(object->class);
	}
}

static struct object *new_object(unsigned long class)
{
	struct object *object = (void *)(BRIDGE_SLAB_START + arena_used);

	arena_used += HEADER_BYTES + class_bytes(class);
	if (arena_used > BRIDGE_SLAB_BYTES)
		host_unimplemented("slab objects of more than 1 MB");
	object->class = class;
	return object;
}

static void *alloc(size_t size, gfp_t gfp)
{
	struct object *object;
	unsigned long class = 0;

	while (class_bytes(class) < size)
		class ++;
	if (class >= NR_CLASSES)
		host_unimplemented("slab objects of more than 128 kB");
	object = free_objects[class];
	if (object)
		free_objects[class] = object->next;
	else
		object = new_object(class);
	object->bytes = size;
	host_unpoison(to_data(object), size);
	if (gfp & __GFP_ZERO)
		memset(to_data(object), 0, size);
	return to_data(object);
}

static void release(const void *data)
{
	struct object *object = (void *)((unsigned long)data - HEADER_BYTES);

	if (!data)
		return;
	if (!object->bytes)
		host_fail("kfree", "the object is not allocated", NULL);
	host_poison(data, object->bytes);
	object->bytes = 0;
	object->next = free_objects[object->class];
	free_objects[object->class] = object;
}

bool slab_is_available(void)
{
	return system_state == SYSTEM_RUNNING;
}

void kfree(const void *object)
{
	release(object);
}

#ifdef TREE_HAS_kmalloc_noprof
void *__kmalloc_noprof(size_t size, gfp_t gfp)
{
	return alloc(size, gfp);
}
#else
void *__kmalloc(size_t size, gfp_t gfp)
{
	return alloc(size, gfp);
}
#endif

/* --- Caches --- */

/*
 * Objects whose type lasts (SLAB_TYPESAFE_BY_RCU) stay open once they have been
 * handed out, and are constructed only then: others may still look at one that
 * is free.
 */
struct kmem_cache {
	unsigned int size;
	unsigned long flags;
	void (*ctor)(void *object);
	struct lasting *free;
};

/* In front of such an object. */
struct lasting {
	struct lasting *next;
	bool is_free;
};

static struct kmem_cache *create(unsigned int size, unsigned long flags,
				 void (*ctor)(void *object))
{
	struct kmem_cache *cache = alloc(sizeof(*cache), __GFP_ZERO);

	cache->size = size;
	cache->flags = flags;
	cache->ctor = ctor;
	return cache;
}

static void *construct(struct kmem_cache *cache, void *data)
{
	if (cache->ctor)
		cache->ctor(data);
	return data;
}

static void *alloc_lasting(struct kmem_cache *cache)
{
	struct lasting *object = cache->free;

	if (object) {
		cache->free = object->next;
		object->is_free = false;
		return object + 1;
	}
	object = alloc(sizeof(*object) + cache->size, 0);
	object->is_free = false;
	return construct(cache, object + 1);
}

static void *alloc_from(struct kmem_cache *cache, gfp_t gfp)
{
	if (cache->flags & SLAB_TYPESAFE_BY_RCU)
		return alloc_lasting(cache);
	return construct(cache, alloc(cache->size, gfp));
}

static void release_lasting(struct kmem_cache *cache, void *data)
{
	struct lasting *object = (struct lasting *)data - 1;

	if (object->is_free)
		host_fail("kmem_cache_free", "the object is not allocated",
			  NULL);
	object->is_free = true;
	object->next = cache->free;
	cache->free = object;
}

void kmem_cache_free(struct kmem_cache *cache, void *data)
{
	if (cache->flags & SLAB_TYPESAFE_BY_RCU)
		release_lasting(cache, data);
	else
		release(data);
}

#ifdef TREE_HAS_kmem_cache_args
struct kmem_cache *__kmem_cache_create_args(const char *name, unsigned int size,
					    struct kmem_cache_args *args,
					    slab_flags_t flags)
{
	return create(size, flags, args->ctor);
}
#else
struct kmem_cache *kmem_cache_create(const char *name, unsigned int size,
				     unsigned int align, slab_flags_t flags,
				     void (*ctor)(void *object))
{
	return create(size, flags, ctor);
}
#endif

#ifdef TREE_HAS_kmem_cache_alloc_noprof
void *kmem_cache_alloc_noprof(struct kmem_cache *cache, gfp_t gfp)
{
	return alloc_from(cache, gfp);
}
#else
void *kmem_cache_alloc(struct kmem_cache *cache, gfp_t gfp)
{
	return alloc_from(cache, gfp);
}
#endif
