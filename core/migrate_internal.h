/* SPDX-License-Identifier: GPL-2.0-only */
/* Shared by the files that move pages: migrate.c, migrate_pages.c, buffer.c. */
#ifndef CORE_MIGRATE_INTERNAL_H
#define CORE_MIGRATE_INTERNAL_H

#include "internal.h"

/* What the page holds: one word. */
static inline unsigned long *page_content(const struct page *page)
{
	return &mem->content[page_to_pfn(page)];
}

/*
 * Folios that are off the LRU for a while (NR_ISOLATED_ANON, _FILE, in pages):
 * as many as were added must be taken off again, by whoever has done the one or
 * another.
 */
static inline void mod_isolated(const struct page *folio, int nr)
{
	bool is_file = !(folio->flags & 1ul << PG_swapbacked);

	atomic_long_add(nr * (long)folio_nr_pages(folio),
			&mem->nr_isolated[is_file]);
}

/* --- migrate.c: @src is isolated; on a list, whose owner is the caller --- */

/* True and it has been freed, off its list, because nobody else had it. */
bool migrate_folio_freed(struct page *src, const struct migrate_control *mc);

/*
 * Lock @src and unmap it, with a new page for it in *@dst. Returns 0 and both
 * are locked; -ENOMEM or -EAGAIN, and @src is as it was; -EBUSY, and it is on
 * @ret, too. @mc says what may be waited for.
 */
int migrate_folio_unmap(struct page *src, struct page **dst,
			const struct migrate_control *mc,
			struct list_head *ret);

/*
 * What migrate_folio_unmap() has prepared: returns 0, and @src is gone, @dst in
 * its place; or -EAGAIN, and both are as before.
 */
int migrate_folio_move(struct page *src, struct page *dst,
		       const struct migrate_control *mc);

/* The same, given up: @src, as it was before unmapping, is moved to @ret. */
void migrate_folio_undo(struct page *src, struct page *dst,
			const struct migrate_control *mc,
			struct list_head *ret);

/*
 * References that the owners of @folio have on it; who isolates has one more.
 */
int folio_expected_ref_count(const struct page *folio);

/* The exchange itself, for address spaces that have nothing to add. */
int folio_migrate(struct address_space *mapping, struct page *dst,
		  struct page *src);

/* --- compact_scan.c: where compaction moves pages to --- */

struct page *compaction_alloc(unsigned int order, struct compact_control *cc);
void compaction_free(struct page *page, struct compact_control *cc);

/* --- memory_failure.c --- */

/* @page, of which nobody has a reference, is broken, and on no list. */
void keep_poisoned(struct page *page);

/* --- buffer.c --- */

int buffer_migrate_folio(struct address_space *mapping, struct page *dst,
			 struct page *src);

#endif
