// SPDX-License-Identifier: GPL-2.0-only
/* Operations that move pages of processes and files, or take them away. */
#include "program/held.h"

/* Pages that somebody has tried to migrate, so far. */
static unsigned int nr_tried(void)
{
	struct subject_migrate_counts counts;

	subject_migrate_counts(&counts);
	return counts.nr_succeeded + counts.nr_failed;
}

bool op_migrate(const struct record *rec)
{
	const struct subject_geometry *g = subject_geometry();
	unsigned int nr_blocks = ((g->nr_pages - 1) >> g->block_order) + 1;
	unsigned int start = rec->arg[0] % nr_blocks << g->block_order;
	unsigned int end = start + rec->arg[1] + 1;
	unsigned int before = nr_tried();

	if (end > g->nr_pages)
		end = g->nr_pages;
	check_op_begin(CHECK_OP_OTHER, CHECK_CMA_ALLOWED);
	subject_migrate(start, cut_to_zone(start, end));
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

bool op_writeback(const struct record *rec)
{
	bool done;

	check_op_begin(CHECK_OP_OTHER, CHECK_CMA_ALLOWED);
	done = subject_writeback(rec->arg[0], rec->arg[1]);
	check_op_end(CHECK_DONE, 0, 0);
	return done;
}

bool op_buffer(const struct record *rec)
{
	bool done;

	check_op_begin(CHECK_OP_OTHER, CHECK_CMA_ALLOWED);
	check_buffer_begin(rec->arg[0]);
	done = subject_buffer_store(rec->arg[0], ops_next_content());
	check_op_end(CHECK_DONE, 0, 0);
	return done;
}
