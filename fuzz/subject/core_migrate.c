// SPDX-License-Identifier: GPL-2.0-only
/* The textbook core as a subject: moving pages, reclaim and writing back. */
#include "mm.h"
#include "subject/subject.h"

unsigned int subject_migrate(unsigned int start, unsigned int end)
{
	return do_migrate_range(start, end);
}

void subject_compact(unsigned int order)
{
	kcompactd_do_work(order);
}

void subject_compact_all(void)
{
	compact_nodes();
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

int subject_buffer_store(unsigned int index, unsigned long content)
{
	int ret;
	struct buffer_head *bh = getblk(&mem->file[0], index, &ret);

	if (!bh)
		return ret;
	write_buffer(bh, content);
	brelse(bh);
	return 0;
}

void subject_migrate_counts(struct subject_migrate_counts *counts)
{
	counts->nr_succeeded = (unsigned int)mem->pgmigrate_success.counter;
	counts->nr_failed = (unsigned int)mem->pgmigrate_fail.counter;
	counts->nr_forced = (unsigned int)mem->pgmigrate_forced.counter;
}

void subject_compact_counts(struct subject_compact_counts *counts)
{
	counts->nr_migrate_scanned =
		(unsigned int)mem->compact_migrate_scanned.counter;
	counts->nr_free_scanned =
		(unsigned int)mem->compact_free_scanned.counter;
	counts->nr_isolated = (unsigned int)mem->compact_isolated.counter;
}

long subject_nr_isolated(enum subject_isolated kind)
{
	return mem->nr_isolated[kind].counter;
}
