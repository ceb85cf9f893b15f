// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages that are locked in memory: as often as they were locked and not
 * unlocked, and so reclaim finds them or does not.
 *
 * What a subject counts may be too low, or too high for a while: who locks goes
 * by a batch, which another CPU's may overtake, or which comes when the page is
 * off the LRU. So a page is judged only as long as each of these operations ran
 * alone, with the page on the LRU and in no batch, and nobody has isolated it.
 */
#include "check/ledger.h"

#define NR_LOCKED 32

static struct {
	unsigned int nr;
	struct locked {
		unsigned int pfn;
		unsigned int count;
		bool known;
	} page[NR_LOCKED];
} locked;

void ledger_reset_mlock(void)
{
	locked.nr = 0;
}

static struct locked *find(unsigned int pfn)
{
	for (unsigned int i = 0; i < locked.nr; i++) {
		if (locked.page[i].pfn == pfn)
			return &locked.page[i];
	}
	return NULL;
}

void ledger_end_mlock(unsigned int pfn)
{
	struct locked *page = find(pfn);

	if (page)
		*page = locked.page[--locked.nr];
}

void ledger_note_isolated(unsigned int pfn)
{
	struct locked *page = find(pfn);

	if (page)
		page->known = false;
}

static bool is_settled(unsigned int pfn)
{
	enum subject_lru where;

	return subject_lru_flags(pfn, &where) &&
	       !ledger_nr_held(pfn, SUBJECT_HOLDER_BATCH);
}

static bool says_locked(unsigned int pfn)
{
	struct subject_page_view view;

	subject_page(pfn, &view);
	return view.dirt & SUBJECT_DIRT_MLOCKED;
}

/*
 * A page that is new here is not locked; or it took the place of one that
 * somebody was about to lock, and nobody knows how often that has been.
 */
void check_mlock_begin(unsigned int pfn)
{
	struct locked *page = find(pfn);
	bool settled = is_settled(pfn);

	if (page)
		page->known &= settled;
	else if (locked.nr < NR_LOCKED)
		locked.page[locked.nr++] = (struct locked){
			.pfn = pfn, .known = settled && !says_locked(pfn)
		};
}

void check_mlock_end(unsigned int pfn, int nr, enum check_company company)
{
	struct locked *page = find(pfn);

	/* It may have been another one that was there meanwhile. */
	for (unsigned int i = 0; company != CHECK_ALONE && i < locked.nr; i++)
		locked.page[i].known = false;
	if (page && (nr > 0 || page->count))
		page->count = page->count + (unsigned int)nr;
}

static void __attribute__((noinline)) check_mlocked(const struct locked *page)
{
	bool flag = says_locked(page->pfn), list;
	enum subject_lru where;

	subject_lru_flags(page->pfn, &where);
	list = where == SUBJECT_LRU_UNEVICTABLE;
	if (flag != !!page->count || list != flag)
		check_fail(CHECK_mlocked,
			   "  pfn %u: locked %u times; it says %s, and that it "
			   "is %s",
			   page->pfn, page->count,
			   flag ? "so" : "that it is not",
			   list ? "unevictable" : "evictable");
}

void ledger_look_at_mlocked(void)
{
	for (unsigned int i = 0; i < locked.nr; i++) {
		if (locked.page[i].known && is_settled(locked.page[i].pfn))
			check_mlocked(&locked.page[i]);
	}
}
