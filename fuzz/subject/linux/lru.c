// SPDX-License-Identifier: GPL-2.0-only
/* A Linux tree as a subject: the LRU and its batches, but for mlock's. */
#include "subject/linux/linux.h"
#include "subject/subject.h"

/* --- Operations --- */

bool subject_lru(unsigned int mm, unsigned int address,
		 enum subject_lru_op what)
{
	return tree_lru(mm, address, what);
}

void subject_lru_drain_all(void)
{
	tree_lru_drain_all();
}

void subject_lru_drain_local(void)
{
	tree_lru_drain_local();
}

/* Contiguous allocations disable them, too, and nobody tells of that. */
void subject_lru_disable(void)
{
	tree_lru_disable();
	event_lru_disabled();
}

void subject_lru_enable(void)
{
	event_lru_enabled();
	tree_lru_enable();
}

/* --- Events --- */

void host_lru_flag(unsigned int pfn, int value)
{
	event_lru_flag(pfn, value);
}

void host_page_used(unsigned int pfn)
{
	event_page_used(pfn);
}

void host_local_lock(void)
{
	event_local_lock();
}

void host_local_unlock(int more, int less)
{
	if (more)
		event_batched(more);
	if (less)
		event_batched(-less);
	event_local_unlock();
}

/* --- Views --- */

bool subject_lru_flags(unsigned int pfn, enum subject_lru *where)
{
	unsigned int lru;
	int is_on = tree_lru_flags(pfn, &lru);

	*where = (enum subject_lru)lru;
	return is_on;
}

long subject_lru_count(enum subject_lru lru)
{
	return tree_lru_count(lru);
}

unsigned int subject_lru_disable_count(void)
{
	return tree_lru_disable_count();
}

const char *subject_batch_name(unsigned int batch)
{
	return tree_batch_name(batch);
}

bool subject_batch_entry(unsigned int cpu, unsigned int nr,
			 struct subject_batch_entry *entry)
{
	int batch = tree_batch_entry(cpu, nr, &entry->pfn);

	entry->batch = (unsigned int)batch;
	return batch >= 0;
}

unsigned int subject_nr_batched(unsigned int cpu)
{
	return tree_nr_batched(cpu);
}
