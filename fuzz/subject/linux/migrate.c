// SPDX-License-Identifier: GPL-2.0-only
/* Migration and reclaim: the tree's are not a part of the image. */
#include "subject/subject.h"

unsigned int subject_migrate(unsigned int start, unsigned int end)
{
	(void)start, (void)end;
	return 0;
}

unsigned int subject_reclaim(unsigned int nr_pages)
{
	(void)nr_pages;
	return 0;
}

bool subject_writeback(unsigned int file, unsigned int index)
{
	(void)file, (void)index;
	return false;
}

bool subject_buffer_store(unsigned int index, unsigned long content)
{
	(void)index, (void)content;
	return false;
}

void subject_migrate_counts(struct subject_migrate_counts *counts)
{
	*counts = (struct subject_migrate_counts){ 0 };
}

long subject_nr_isolated(enum subject_isolated kind)
{
	(void)kind;
	return 0;
}
