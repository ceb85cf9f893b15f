// SPDX-License-Identifier: GPL-2.0-only
/*
 * Large folios of anonymous memory: of which order faults try them, as sysfs
 * has it, who splits one, and what folios say of themselves. The shrinker of
 * those that are to be split is called by reclaim.
 */
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/rmap.h>
#include <linux/shrinker.h>

#include "kernel/users.h"
#include "internal.h"

/* Whether the memory of a process has room for a folio that a PMD maps. */
#define HAS_PMDS (PTRS_PER_PTE <= BRIDGE_ADDRESSES)
/* The largest order that programs name: of what PMDs map, if they can. */
#define LARGEST 3u

/* Of khugepaged, which there is none of: folios with more zeroes are split. */
unsigned int khugepaged_max_ptes_none = HPAGE_PMD_NR / 2;

static unsigned int anon_order;

bool tree_wants_pmds(void)
{
	return HAS_PMDS && anon_order == LARGEST;
}

void khugepaged_enter_vma(struct vm_area_struct *vma, unsigned long flags)
{
}

/* --- Operations --- */

void tree_huge_init(void)
{
	/* Who faults compacts; and there is no huge zero page. */
	transparent_hugepage_flags = 1ul
				     << TRANSPARENT_HUGEPAGE_DEFRAG_DIRECT_FLAG;
}

void tree_set_anon_order(unsigned int order)
{
	anon_order = min(order, LARGEST);
#ifdef TREE_HAS_mthp
	WRITE_ONCE(huge_anon_orders_always,
		   (anon_order > 1 ? BIT(anon_order) : 0) |
			   (tree_wants_pmds() ? BIT(HPAGE_PMD_ORDER) : 0));
#else
	if (HAS_PMDS && anon_order > 1)
		set_bit(TRANSPARENT_HUGEPAGE_FLAG, &transparent_hugepage_flags);
	else
		clear_bit(TRANSPARENT_HUGEPAGE_FLAG,
			  &transparent_hugepage_flags);
#endif
}

static int split(struct page *page, unsigned int order)
{
#ifdef TREE_HAS_mthp
	/* The queue of folios to be split has no room for one of order 1. */
	if (order == 1)
		return -EINVAL;
	return split_huge_page_to_list_to_order(page, NULL, order);
#else
	return order ? -EINVAL : split_huge_page_to_list(page, NULL);
#endif
}

/* As memory_failure(): by its reference and the lock of the folio. */
int tree_split_huge(unsigned int mm, unsigned int address, unsigned int order)
{
	struct page *page = tree_get_user_page(mm, address);
	int error = -EFAULT;

	if (!page)
		return error;
	if (!trylock_page(page)) {
		error = -EBUSY;
	} else {
		if (folio_test_large(page_folio(page)))
			error = split(page, order);
		unlock_page(page);
	}
	put_page(page);
	return error;
}

/* --- Those that are to be split --- */

/* Static in the tree; made global by the build. */
unsigned long deferred_split_scan(struct shrinker *shrink,
				  struct shrink_control *control);

/* As reclaim with no file to write to finds them: all at once. */
unsigned long tree_split_deferred(gfp_t gfp)
{
	struct shrink_control control = { .gfp_mask = gfp };
	unsigned long nr;

	control.nr_to_scan = NODE_DATA(0)->deferred_split_queue.split_queue_len;
	if (!control.nr_to_scan)
		return 0;
	nr = deferred_split_scan(NULL, &control);
	return nr == SHRINK_STOP ? 0 : nr;
}

unsigned int tree_reclaim(void)
{
	return (unsigned int)tree_split_deferred(GFP_KERNEL);
}

/*
 * In the page struct with that number, of a folio, lies where it is on the
 * queue. Such an entry is told from others by its place.
 */
#ifdef TREE_HAS_mthp
#define QUEUE_OFFSET offsetof(struct folio, _deferred_list)
#else
#define QUEUE_OFFSET \
	(2 * sizeof(struct page) + offsetof(struct page, deferred_list))
#endif

static const struct list_head *queue_entry(const struct page *head)
{
	return (const void *)((const char *)head + QUEUE_OFFSET);
}

void tree_damage_queue(struct page *head)
{
	((struct list_head *)queue_entry(head))->next = NULL;
}

bool tree_is_queue_entry(const struct list_head *entry, unsigned int *pfn)
{
	unsigned long offset = (unsigned long)entry - QUEUE_OFFSET -
			       (unsigned long)tree_to_page(0);

	*pfn = (unsigned int)(offset / sizeof(struct page));
	return offset % sizeof(struct page) == 0 &&
	       offset / sizeof(struct page) < tree_geometry.nr_pages &&
	       compound_order(tree_to_page(*pfn)) > 1;
}

/* --- Findings that are masked --- */

static bool is_partially_mapped(const struct list_head *entry)
{
#ifdef TREE_HAS_mthp
	unsigned int pfn;

	return tree_is_queue_entry(entry, &pfn) &&
	       folio_test_partially_mapped(page_folio(tree_to_page(pfn)));
#else
	return false;
#endif
}

/*
 * As if it were done with the lock, after a look whether somebody has said
 * meanwhile that it must stay: then it counts as taken off, but is not.
 */
bool tree_leave_split_queue(struct list_head *entry)
{
	if (!host_is_known(FINDING_split_queue_unlocked))
		return false;
	if (is_partially_mapped(entry))
		NODE_DATA(0)->deferred_split_queue.split_queue_len++;
	else
		list_del_init(entry);
	return true;
}

/* --- Splits, as mm/huge_memory.c does them --- */

/* Pieces that are to come of the folio that a task splits just now. */
static unsigned int pieces_left[BRIDGE_TASKS];

/* @tail, of a folio that is split, is about to be a page of its own. */
void tree_split_tail(const struct page *tail)
{
	const struct page *head = compound_head((struct page *)tail);
	unsigned int nr = 1u << compound_order((struct page *)head);
	unsigned int new_nr, *left = &pieces_left[host_task()];

	/* They come from the last one to the first: that has the rest. */
	if (!*left) {
		new_nr = nr - (unsigned int)(tail - head);
		*left = nr / new_nr - 1;
		host_folio_split((unsigned int)tree_to_pfn(head),
				 (unsigned int)__builtin_ctz(new_nr),
				 !PageLRU((struct page *)head));
	}
	(*left)--;
}

/* --- Views --- */

unsigned int tree_folio_head(unsigned int pfn)
{
	return (unsigned int)tree_to_pfn(compound_head(tree_to_page(pfn)));
}

int tree_is_uptodate(unsigned int pfn)
{
	struct folio *folio = page_folio(tree_to_page(pfn));

	return *folio_flags(folio, 0) >> PG_uptodate & 1;
}

static unsigned int count_of(const atomic_t *count)
{
	return (unsigned int)(count->counter + 1);
}

#ifdef TREE_HAS_mthp
/* How much each page counts for PMDs, besides what it counts by itself. */
static unsigned int count_of_pmds(const struct page *head)
{
	return count_of(&((const struct folio *)head)->_entire_mapcount);
}

static void view_counts(const struct page *head, struct tree_folio *view)
{
	const struct folio *folio = (const struct folio *)head;
	unsigned int mapped = (unsigned int)folio->_nr_pages_mapped.counter;

	view->mapcount = count_of(&folio->_large_mapcount);
	view->nr_entire = count_of_pmds(head);
	view->nr_mapped = mapped & FOLIO_PAGES_MAPPED;
	view->entirely_mapped = !!(mapped & ENTIRELY_MAPPED);
	view->nr_pins = (unsigned int)folio->_pincount.counter;
	view->is_queued = !list_empty(queue_entry(head)) ||
			  folio_test_partially_mapped((struct folio *)folio);
}
#else
/* Where PMDs and entries map it, each page has one more than those. */
static bool is_counted_twice(const struct page *head)
{
	return head[1].flags >> PG_double_map & 1;
}

static unsigned int count_of_pmds(const struct page *head)
{
	return count_of(&head[1].compound_mapcount) - is_counted_twice(head);
}

/* It has no sums. */
static void view_counts(const struct page *head, struct tree_folio *view)
{
	view->nr_entire = count_of(&head[1].compound_mapcount);
	view->mapcount = view->nr_entire;
	view->nr_mapped = 0;
	for (unsigned int i = 0; i < view->nr_pages; i++) {
		unsigned int nr =
			count_of(&head[i]._mapcount) - is_counted_twice(head);

		view->mapcount += nr;
		view->nr_mapped += nr > 0;
	}
	view->entirely_mapped = view->nr_entire > 0;
	view->nr_pins = (unsigned int)head[1].compound_pincount.counter;
	view->is_queued = !list_empty(queue_entry(head));
}
#endif

int tree_folio(unsigned int pfn, struct tree_folio *view)
{
	struct page *page = tree_to_page(pfn);

	if (!PageHead(page))
		return 0;
	view->nr_pages = 1u << compound_order(page);
	view_counts(page, view);
	return 1;
}

unsigned int tree_mapcount(unsigned int pfn)
{
	struct page *page = tree_to_page(pfn), *head = compound_head(page);
	unsigned int nr = count_of(&page->_mapcount);

	return PageHead(head) ? nr + count_of_pmds(head) : nr;
}
