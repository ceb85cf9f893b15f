// SPDX-License-Identifier: GPL-2.0-only
/* The textbook core as a subject: moving pages, reclaim and writing back. */
#include "mm.h"
#include "subject/subject.h"

unsigned int subject_migrate(unsigned int start, unsigned int end)
{
	unsigned int nr_succeeded = 0;
	struct list_head list;

	INIT_LIST_HEAD(&list);
	while (start < end) {
		start = isolate_migratepages_range(start, end, &list);
		migrate_pages(&list, MIGRATE_SYNC, &nr_succeeded);
		putback_movable_pages(&list);
	}
	return nr_succeeded;
}

unsigned int subject_reclaim(unsigned int nr_pages)
{
	return shrink_lruvec(nr_pages);
}

bool subject_writeback(unsigned int file, unsigned int index)
{
	return writepages(&mem->file[file], index);
}

/* What was truncated is nobody's any more. */
void arch_file_stored(const struct page *page, unsigned long content)
{
	struct address_space *mapping = (struct address_space *)page->mapping;

	if (mapping)
		event_file_store((unsigned int)(mapping - mem->file),
				 (unsigned int)page->index, content);
}

void arch_buffer_stored(const struct buffer_head *bh, unsigned long content)
{
	event_buffer_store(bh->b_index, content);
}

bool subject_buffer_store(unsigned int index, unsigned long content)
{
	struct buffer_head *bh = find_get_block(&mem->file[0], index);

	if (!bh)
		return false;
	write_buffer(bh, content);
	brelse(bh);
	return true;
}

void subject_migrate_counts(struct subject_migrate_counts *counts)
{
	counts->nr_succeeded = (unsigned int)mem->pgmigrate_success.counter;
	counts->nr_failed = (unsigned int)mem->pgmigrate_fail.counter;
	counts->nr_forced = (unsigned int)mem->pgmigrate_forced.counter;
}

long subject_nr_isolated(void)
{
	return mem->nr_isolated[0].counter + mem->nr_isolated[1].counter;
}
