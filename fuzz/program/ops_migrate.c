// SPDX-License-Identifier: GPL-2.0-only
/* Operations that move pages of processes and files, or take them away. */
#include <errno.h>

#include "program/held.h"

/* Pages that somebody has tried to migrate, so far. */
static unsigned int nr_tried(void)
{
	struct subject_migrate_counts counts;

	subject_migrate_counts(&counts);
	return counts.nr_succeeded + counts.nr_failed;
}

/* Round and round, as far as that goes; else @pfn. */
static unsigned int first_on_lru(unsigned int pfn)
{
	unsigned int nr_pages = subject_geometry()->nr_pages;

	for (unsigned int i = 0; i < MAX_WALK && i < nr_pages; i++) {
		unsigned int at = (pfn + i) % nr_pages;
		enum subject_lru where;

		if (check_is_memory(at) && subject_lru_flags(at, &where))
			return at;
	}
	return pfn;
}

bool op_migrate(const struct record *rec)
{
	const struct subject_geometry *g = subject_geometry();
	unsigned int nr_blocks = ((g->nr_pages - 1) >> g->block_order) + 1;
	unsigned int block = rec->arg[0] % nr_blocks;
	unsigned int start = first_on_lru(block << g->block_order);
	unsigned int end = start + rec->arg[1] + 1;
	unsigned int before = nr_tried();

	if (end > g->nr_pages)
		end = g->nr_pages;
	check_op_begin(CHECK_OP_OTHER, CHECK_CMA_ALLOWED);
	subject_migrate(start, cut_to_zone(start, end));
	check_op_end(CHECK_DONE, 0, 0);
	return nr_tried() != before;
}

/* To go over more of them takes longer than an operation may. */
#define MAX_COMPACTED (1u << 14)

bool op_compact(const struct record *rec)
{
	unsigned int order = rec->arg[0], before = nr_tried();

	if (!subject_caps()->compacts ||
	    subject_geometry()->nr_pages > MAX_COMPACTED)
		return false;
	if (order > subject_geometry()->max_order)
		order = subject_geometry()->max_order;
	check_op_begin(CHECK_OP_OTHER, CHECK_CMA_ALLOWED);
	if (rec->arg[1])
		subject_compact_all();
	else
		subject_compact(order);
	check_op_end(CHECK_DONE, 0, 0);
	return nr_tried() != before;
}

/* Pages that reclaim looks at, if only to age them. */
static bool has_inactive(void)
{
	return subject_lru_count(SUBJECT_LRU_INACTIVE_ANON) ||
	       subject_lru_count(SUBJECT_LRU_INACTIVE_FILE);
}

bool op_reclaim(const struct record *rec)
{
	bool had_pages = has_inactive();

	check_op_begin(CHECK_OP_OTHER, CHECK_CMA_ALLOWED);
	had_pages |= subject_reclaim(rec->arg[0] + 1u) != 0;
	check_op_end(CHECK_DONE, 0, 0);
	return had_pages || has_inactive();
}

/* The first page that any file has from there on, round and round, or @page. */
static unsigned int first_in_files(unsigned int page)
{
	const unsigned int nr_pages = SUBJECT_NR_FILES * SUBJECT_FILE_PAGES;

	for (unsigned int i = 0; i < nr_pages; i++) {
		unsigned int at = (page + i) % nr_pages;
		struct subject_pte entry;

		subject_file_page(at / SUBJECT_FILE_PAGES,
				  at % SUBJECT_FILE_PAGES, &entry);
		if (entry.kind == SUBJECT_PTE_PRESENT)
			return at;
	}
	return page;
}

bool op_writeback(const struct record *rec)
{
	unsigned int page =
		first_in_files(rec->arg[0] * SUBJECT_FILE_PAGES + rec->arg[1]);
	bool done;

	check_op_begin(CHECK_OP_OTHER, CHECK_CMA_ALLOWED);
	done = subject_writeback(page / SUBJECT_FILE_PAGES,
				 page % SUBJECT_FILE_PAGES);
	check_op_end(CHECK_DONE, 0, 0);
	return done;
}

bool op_buffer(const struct record *rec)
{
	int error;

	begin_users(CHECK_OP_ALLOC);
	check_buffer_begin(rec->arg[0]);
	error = subject_buffer_store(rec->arg[0], ops_next_content());
	check_op_end(error == -ENOMEM ? CHECK_FAILED : CHECK_DONE, 0, 0);
	return error != -EFAULT;
}
