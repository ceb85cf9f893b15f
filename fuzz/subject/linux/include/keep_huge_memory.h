/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Included before mm/huge_memory.c: the harness is told when a page of a large
 * folio becomes one of its own. Nothing else there clears a page's head. And
 * where a finding is masked that is known, who leaves a list does so at once.
 */
#ifndef KEEP_HUGE_MEMORY_H
#define KEEP_HUGE_MEMORY_H

#include <linux/page-flags.h>
#include <linux/list.h>

void tree_split_tail(const struct page *tail);
/* False if it is to be done as ever. */
bool tree_leave_split_queue(struct list_head *entry);

#define clear_compound_head(page)          \
	do {                               \
		tree_split_tail(page);     \
		clear_compound_head(page); \
	} while (0)

#define list_del_init(entry)                          \
	do {                                          \
		struct list_head *__entry = (entry);  \
		if (!tree_leave_split_queue(__entry)) \
			(list_del_init)(__entry);     \
	} while (0)

#endif
