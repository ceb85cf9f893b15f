// SPDX-License-Identifier: GPL-2.0-only
/*
 * Allocating: what a request may use, and the way to a page.
 *
 * The block belongs to whoever took it off a list until it is handed out.
 *
 * Modelled on mm/page_alloc.c of Linux 6.12. Left out: watermarks, reclaim and
 * everything else of the slow path, other nodes.
 */
#include "internal.h"

bool mm_bugs[NR_BUGS];

unsigned char mm_policies[NR_POLICIES] = {
#define POLICY(name, default_value, text) \
	[POLICY_##name] = name##_##default_value,
#define VALUE(name, value, written, text)
#include "policies.def"
#undef POLICY
#undef VALUE
};

/* What the running task's scope leaves of @gfp (include/linux/sched/mm.h). */
gfp_t current_gfp_context(gfp_t gfp)
{
	if ((current_struct()->flags & PF_MEMALLOC_PIN) &&
	    policy(nocma) == nocma_clear_movable)
		gfp &= ~__GFP_MOVABLE;
	return gfp;
}

enum migratetype gfp_migratetype(gfp_t gfp)
{
	if (mm_geometry.group_by_mobility_disabled)
		return MIGRATE_UNMOVABLE;
	return (enum migratetype)(gfp >> 3 & 3);
}

/* Whether the running task's section leaves requests movable, but not CMA. */
static bool section_forbids_cma(void)
{
	return (current_struct()->flags & PF_MEMALLOC_PIN) &&
	       policy(nocma) != nocma_clear_movable;
}

/*
 * CMA memory is for movable requests. From 5.9 to 5.12 a memalloc_nocma section
 * took this right away by itself; since then it takes __GFP_MOVABLE.
 */
unsigned int gfp_to_alloc_flags_cma(gfp_t gfp, unsigned int alloc_flags)
{
	if (gfp_migratetype(gfp) != MIGRATE_MOVABLE)
		return 0;
	if (buggy(nocma_fastpath_ignored) && (alloc_flags & ALLOC_NOFRAGMENT))
		return ALLOC_CMA;
	return section_forbids_cma() ? 0 : ALLOC_CMA;
}

/*
 * Whether a request may take from the pcplists. The movable ones hold CMA pages
 * as well, so a movable request without ALLOC_CMA must not.
 */
bool may_use_pcplist(enum migratetype mt, unsigned int alloc_flags)
{
	if (buggy(nocma_movable_pcplist))
		return true;
	if (policy(nocma) != nocma_v5_9 && policy(nocma) != nocma_clear_movable)
		return true;
	return (alloc_flags & ALLOC_CMA) || mt != MIGRATE_MOVABLE;
}

static struct page *rmqueue_buddy(struct zone *zone, unsigned int order,
				  enum migratetype mt, unsigned int alloc_flags)
{
	enum rmqueue_mode mode = RMQUEUE_NORMAL;
	unsigned long flags;
	struct page *page;

	spin_lock_irqsave(&zone->lock, flags);
	page = __rmqueue(zone, order, mt, alloc_flags, &mode);
	spin_unlock_irqrestore(&zone->lock, flags);
	return page;
}

static struct page *rmqueue(struct zone *zone, unsigned int order,
			    enum migratetype mt, unsigned int alloc_flags)
{
	struct page *page = NULL;

	if (pcp_allowed_order(order) && may_use_pcplist(mt, alloc_flags))
		page = rmqueue_pcplist(zone, order, mt, alloc_flags);
	return page ? page : rmqueue_buddy(zone, order, mt, alloc_flags);
}

/* The block is about to be handed out. */
void post_alloc_hook(struct page *page, unsigned int order)
{
	page->private = 0;
	arch_alloc_page(page, order);
}

/*
 * The block gets its reference, and is one compound page if @gfp says so: in
 * this order, so whoever takes a reference without having one may see a head
 * page that is none yet.
 */
void prep_new_page(struct page *page, unsigned int order, gfp_t gfp)
{
	post_alloc_hook(page, order);
	set_page_refcounted(page);
	if (order && (gfp & __GFP_COMP))
		prep_compound_page(page, order);
}

/* ZONE_MOVABLE is for requests that may live anywhere (include/linux/gfp.h). */
enum zone_type gfp_zone(gfp_t gfp)
{
	const gfp_t anywhere = __GFP_HIGHMEM | __GFP_MOVABLE;

	if ((gfp & anywhere) == anywhere && nr_zones() > ZONE_MOVABLE)
		return ZONE_MOVABLE;
	return ZONE_NORMAL;
}

/*
 * One attempt, with @alloc_flags and what @gfp adds to them, along the
 * zonelist: from the highest zone that @gfp may use downwards.
 */
static struct page *get_page_from_freelist(gfp_t gfp, unsigned int order,
					   unsigned int alloc_flags)
{
	enum migratetype mt = gfp_migratetype(gfp);

	alloc_flags |= gfp_to_alloc_flags_cma(gfp, alloc_flags);
	for (unsigned int i = gfp_zone(gfp) + 1u; i-- > 0;) {
		struct page *page =
			rmqueue(&mem->zones[i], order, mt, alloc_flags);

		if (page)
			return page;
	}
	return NULL;
}

/* The attempts of a request, first one that mixes no types in a pageblock. */
static struct page *try_to_get_page(gfp_t gfp, unsigned int order)
{
	gfp_t fast_gfp = gfp;
	struct page *page;

	gfp = current_gfp_context(gfp);
	if (!buggy(pin_scope_slow_path_only))
		fast_gfp = gfp;
	page = get_page_from_freelist(fast_gfp, order, ALLOC_NOFRAGMENT);
	return page ? page : get_page_from_freelist(gfp, order, 0);
}

/*
 * Policy nocma=retry: put CMA pages aside and try again. Proposed for the
 * caller, get_user_pages(), which would do the same with allocated pages; in
 * the end it has to take what it gets.
 */
#define NOCMA_RETRIES 3
static struct page *retry_until_not_cma(gfp_t gfp, unsigned int order)
{
	struct page *aside[NOCMA_RETRIES], *page;
	unsigned int nr_aside = 0;

	for (;;) {
		page = try_to_get_page(gfp, order);
		if (!page || nr_aside == NOCMA_RETRIES ||
		    !is_migrate_cma(
			    get_pfnblock_migratetype(page_to_pfn(page))))
			break;
		aside[nr_aside++] = page;
	}
	while (nr_aside--)
		free_one_page(page_zone(aside[nr_aside]), aside[nr_aside],
			      page_to_pfn(aside[nr_aside]), order, MIGRATE_CMA,
			      FPI_NONE);
	return page;
}

/*
 * Allocate 2^@order pages, @order <= MAX_PAGE_ORDER, without waiting. Returns
 * the first page with refcount 1, with __GFP_COMP the head of a compound page,
 * or NULL if no list that @gfp may use has a block of that size, or a failure
 * is injected; then nothing has changed but for pages that a pcplist may have
 * been filled with. No locks held.
 */
struct page *alloc_pages(gfp_t gfp, unsigned int order)
{
	/* An atomic request, in an interrupt, is never movable. */
	bool without_cma = gfp_migratetype(gfp) == MIGRATE_MOVABLE &&
			   section_forbids_cma();
	struct page *page;

	BUG_ON(order > MAX_PAGE_ORDER);
	if (should_fail_alloc_page(current_gfp_context(gfp), order))
		return NULL;
	if (without_cma && policy(nocma) == nocma_drain_first)
		drain_local_pages(NULL);
	if (without_cma && policy(nocma) == nocma_retry)
		page = retry_until_not_cma(gfp, order);
	else
		page = try_to_get_page(gfp, order);
	if (!page)
		return NULL;
	prep_new_page(page, order, gfp);
	return page;
}

/*
 * Begin a section in which the running task gets no CMA pages; sections nest.
 * Returns what memalloc_nocma_restore() needs to end it.
 */
unsigned int memalloc_nocma_save(void)
{
	struct task_struct *task = current_struct();
	unsigned int flags = task->flags & PF_MEMALLOC_PIN;

	task->flags |= PF_MEMALLOC_PIN;
	return flags;
}

void memalloc_nocma_restore(unsigned int flags)
{
	struct task_struct *task = current_struct();

	task->flags = (task->flags & ~(unsigned int)PF_MEMALLOC_PIN) | flags;
}
