/* SPDX-License-Identifier: GPL-2.0-only */
/* Pages of processes and files, for tests. */
#ifndef FUZZ_TESTS_CORE_USER_PAGES_H
#define FUZZ_TESTS_CORE_USER_PAGES_H

#include "tests/core/core_machine.h"

#define FILE_ADDRESS (2 * ANON_PAGES) /* the first page of a process's file */

static inline void store(unsigned int mm, unsigned int address,
			 unsigned long content)
{
	EXPECT(!write_user(&mem->mm[mm], address, content));
}

static inline unsigned long load(unsigned int mm, unsigned int address)
{
	unsigned long content = ~0ul;

	EXPECT(!read_user(&mem->mm[mm], address, &content));
	return content;
}

/* The page there, on the LRU, with nobody's reference but the owners'. */
static inline struct page *page_at(unsigned int mm, unsigned int address)
{
	struct page *page;

	lru_add_drain();
	page = follow_page(&mem->mm[mm], address);
	EXPECT(page);
	put_page(page);
	return page;
}

/* The check of contents is told who becomes whose child. */
static inline void make_child(unsigned int mm, unsigned int parent)
{
	check_fork_begin(mm, parent);
	dup_mmap(&mem->mm[mm], &mem->mm[parent]);
	check_fork_end(mm);
}

static inline void make_hole(unsigned int file, unsigned int index)
{
	check_truncate_begin(file, index);
	truncate_page(&mem->file[file], index);
	check_truncate_end(file, index);
}

static inline void set_size(unsigned int file, unsigned int size)
{
	for (unsigned int i = size; i < NR_FILE_PAGES; i++)
		check_truncate_begin(file, i);
	truncate_setsize(&mem->file[file], size);
	for (unsigned int i = size; i < NR_FILE_PAGES; i++)
		check_truncate_end(file, i);
}

static inline void zap_all(void)
{
	for (unsigned int i = 0; i < NR_MMS; i++)
		zap_page_range(&mem->mm[i], 0, NR_PTES);
	for (unsigned int i = 0; i < NR_FILES * NR_FILE_PAGES; i++)
		make_hole(i / NR_FILE_PAGES, i % NR_FILE_PAGES);
	lru_add_drain_all();
}

#endif
