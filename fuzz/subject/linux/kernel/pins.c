// SPDX-License-Identifier: GPL-2.0-only
/*
 * References and pins on pages of processes: the tree's get_user_pages() and
 * its relatives, called as by the process itself; and pages that somebody keeps
 * off the LRU.
 */
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/swap.h>

#include "kernel.h"
#include "internal.h"

#define MAX_PINS 8
/* Pages off the LRU after which a pin for good gives up, if that is masked. */
#define MAX_BUSY 10

/* In the order of enum subject_pin: with locks, or as far as possible not. */
static bool is_fast(unsigned int how)
{
	return how % 2;
}

static bool is_pin(unsigned int how)
{
	return how >= 2;
}

static bool is_longterm(unsigned int how)
{
	return how >= 4;
}

/* Trees with another argument give the vmas of the pages, too. */
#ifdef TREE_HAS_pin_user_pages_vmas
#define NO_VMAS , NULL
#else
#define NO_VMAS
#endif

static long get_locked(unsigned int how, unsigned long start, unsigned int nr,
		       unsigned int flags, struct page **pages)
{
	long ret;

	mmap_read_lock(current->mm);
	if (is_pin(how))
		ret = pin_user_pages(start, nr, flags, pages NO_VMAS);
	else
		ret = get_user_pages(start, nr, flags, pages NO_VMAS);
	mmap_read_unlock(current->mm);
	return ret;
}

static long get(unsigned int how, unsigned long start, unsigned int nr,
		struct page **pages)
{
	unsigned int flags = FOLL_WRITE;

	if (is_longterm(how))
		flags |= FOLL_LONGTERM;
	if (!is_fast(how))
		return get_locked(how, start, nr, flags, pages);
	if (is_pin(how))
		return pin_user_pages_fast(start, (int)nr, flags, pages);
	return get_user_pages_fast(start, (int)nr, flags, pages);
}

/* --- Findings that are masked --- */

/* Of tasks that pin: how often a page was off the LRU. */
static struct {
	unsigned int nr_busy;
	bool gives_up;
} pinning[BRIDGE_TASKS];

/* As if it was killed, if it is not anyway. */
static void give_up(void)
{
	if (fatal_signal_pending(current))
		return;
	pinning[host_task()].gives_up = true;
	tree_kill(host_task());
}

/* True if it has given up. */
static bool revive(void)
{
	bool gave_up = pinning[host_task()].gives_up;

	if (gave_up)
		tree_revive(host_task());
	pinning[host_task()].gives_up = false;
	pinning[host_task()].nr_busy = 0;
	return gave_up;
}

/* It returns whether it has isolated a page, or, in other trees, an error. */
typedef __typeof__(folio_isolate_lru(NULL)) isolate_t;

static bool is_isolated(isolate_t ret)
{
	return __builtin_types_compatible_p(isolate_t, bool) ? ret : !ret;
}

/* Named by the linker: --wrap. */
isolate_t __real_folio_isolate_lru(struct folio *folio);
isolate_t __wrap_folio_isolate_lru(struct folio *folio);
void __real_lru_add_drain_all(void);
void __wrap_lru_add_drain_all(void);

isolate_t __wrap_folio_isolate_lru(struct folio *folio)
{
	isolate_t ret = __real_folio_isolate_lru(folio);

	if (current->mm && !is_isolated(ret) &&
	    ++pinning[host_task()].nr_busy >= MAX_BUSY &&
	    host_is_known(FINDING_gup_longterm_endless))
		give_up();
	return ret;
}

void __wrap_lru_add_drain_all(void)
{
	if (current->mm && !host_is_known(FINDING_pin_drains_for_itself))
		host_lru_drain_all();
	__real_lru_add_drain_all();
}

/* --- Operations --- */

/* Its memory may move away from an address meanwhile. */
int tree_pin(unsigned int mm, unsigned int start, unsigned int nr_pages,
	     unsigned int how, unsigned int *pfn)
{
	struct page *pages[MAX_PINS];
	unsigned long address;
	long ret;

	current->mm = tree_mm(mm);
	do {
		address = tree_user_address(mm, start);
		ret = get(how, address, nr_pages, pages);
	} while (ret == -EFAULT && address != tree_user_address(mm, start));
	current->mm = NULL;
	if (revive() && ret < 0)
		ret = -EBUSY;
	for (long i = 0; i < ret; i++)
		pfn[i] = (unsigned int)tree_to_pfn(pages[i]);
	return (int)ret;
}

void tree_unpin(const unsigned int *pfn, unsigned int nr_pages,
		unsigned int how)
{
	struct page *pages[MAX_PINS];

	for (unsigned int i = 0; i < nr_pages; i++)
		pages[i] = tree_to_page(pfn[i]);
	if (is_pin(how)) {
		unpin_user_pages(pages, nr_pages);
		return;
	}
	for (unsigned int i = 0; i < nr_pages; i++)
		put_page(pages[i]);
}

/* Who isolates pages has them counted as isolated (NR_ISOLATED_*) himself. */
int tree_lru_isolate(unsigned int mm, unsigned int address, unsigned int *pfn)
{
	struct page *page;
	bool isolated;

	lru_add_drain();
	page = tree_find_user_page(mm, address);
	if (!page)
		return false;
	isolated = is_isolated(folio_isolate_lru(page_folio(page)));
	*pfn = tree_folio_head((unsigned int)tree_to_pfn(page));
	put_page(page);
	return isolated;
}

void tree_lru_putback(unsigned int pfn)
{
	folio_putback_lru(page_folio(tree_to_page(pfn)));
}
