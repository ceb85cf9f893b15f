// SPDX-License-Identifier: GPL-2.0-only
/* A Linux tree's LRU: it is not a part of the subject yet. */
#include "subject/subject.h"

bool subject_lru(unsigned int mm, unsigned int address,
		 enum subject_lru_op what)
{
	(void)mm;
	(void)address;
	(void)what;
	return false;
}

void subject_lru_drain_all(void)
{
}

void subject_lru_drain_local(void)
{
}

void subject_lru_disable(void)
{
}

void subject_lru_enable(void)
{
}

bool subject_lru_flags(unsigned int pfn, enum subject_lru *where)
{
	(void)pfn;
	*where = SUBJECT_LRU_INACTIVE_ANON;
	return false;
}

long subject_lru_count(enum subject_lru lru)
{
	(void)lru;
	return 0;
}

unsigned int subject_lru_disable_count(void)
{
	return 0;
}

const char *subject_batch_name(unsigned int batch)
{
	(void)batch;
	return "?";
}

bool subject_batch_entry(unsigned int cpu, unsigned int nr,
			 struct subject_batch_entry *entry)
{
	(void)cpu;
	(void)nr;
	(void)entry;
	return false;
}

unsigned int subject_nr_batched(unsigned int cpu)
{
	(void)cpu;
	return 0;
}
