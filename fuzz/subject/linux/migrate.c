// SPDX-License-Identifier: GPL-2.0-only
/*
 * A Linux tree as a subject: migration, and reclaim. That has nothing which it
 * could write and then take away, since there is neither a file nor swap: it
 * splits the large folios that are queued for that.
 */
#include <errno.h>

#include "subject/linux/linux.h"
#include "subject/subject.h"

unsigned int subject_migrate(unsigned int start, unsigned int end)
{
	return tree_migrate(start, end);
}

void subject_compact(unsigned int order)
{
	tree_compact(order);
}

void subject_compact_all(void)
{
	tree_compact_all();
}

unsigned int subject_reclaim(unsigned int nr_pages)
{
	(void)nr_pages; /* of all that is queued */
	return tree_reclaim();
}

bool subject_writeback(unsigned int file, unsigned int index)
{
	(void)file, (void)index;
	return false;
}

int subject_buffer_store(unsigned int index, unsigned long content)
{
	(void)index, (void)content;
	return -EFAULT;
}

/* Attempts that waited are not counted apart. */
void subject_migrate_counts(struct subject_migrate_counts *counts)
{
	counts->nr_forced = 0;
	tree_migrate_counts(&counts->nr_succeeded, &counts->nr_failed);
}

void subject_compact_counts(struct subject_compact_counts *counts)
{
	tree_compact_counts(&counts->nr_migrate_scanned,
			    &counts->nr_free_scanned, &counts->nr_isolated);
}

long subject_nr_isolated(enum subject_isolated kind)
{
	return tree_nr_isolated(kind == SUBJECT_ISOLATED_FILE);
}
