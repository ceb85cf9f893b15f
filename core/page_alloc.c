// SPDX-License-Identifier: GPL-2.0-only
/*
 * Allocating: what a request may use, and the way to a page.
 *
 * A request says by its gfp flags what it is and by whom: alloc_flags are what
 * it may do. The fast path tries to leave the low watermark of each zone of the
 * zonelist; the slow path then finds out what rights the request and its task
 * have. Large blocks are made by compaction, if the request may wait, with more
 * effort each time. Where the kernel would reclaim or kill, nothing is gained
 * here.
 *
 * The block belongs to whoever took it off a list until it is handed out.
 *
 * Modelled on mm/page_alloc.c of Linux 6.12, except that compaction that fails
 * is tried again with more effort, although nothing was reclaimed. Left out:
 * reclaim and the OOM killer; __GFP_NOFAIL, which would wait for them for ever;
 * cpusets, other nodes.
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
		return alloc_flags;
	if (buggy(nocma_fastpath_ignored) &&
	    (alloc_flags & ALLOC_WMARK_MASK) == ALLOC_WMARK_LOW)
		return alloc_flags | ALLOC_CMA;
	return section_forbids_cma() ? alloc_flags : alloc_flags | ALLOC_CMA;
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

/* Whether to try HIGHATOMIC pageblocks first. */
static bool prefers_highatomic(unsigned int alloc_flags)
{
	if (policy(highatomic) == highatomic_all_orders &&
	    (alloc_flags & ALLOC_NON_BLOCK))
		return true;
	return alloc_flags & ALLOC_HIGHATOMIC;
}

/*
 * Whether to try them when there is nothing else: to fail now is worse than to
 * have no block for a high order later. Whoever passes the watermark because of
 * these pages must be able to get them.
 */
static bool may_exhaust_highatomic(unsigned int alloc_flags)
{
	if (buggy(nocma_starves_atomic))
		return alloc_flags & ALLOC_OOM;
	return alloc_flags & (ALLOC_OOM | ALLOC_NON_BLOCK);
}

static struct page *rmqueue_buddy(struct zone *zone, unsigned int order,
				  enum migratetype mt, unsigned int alloc_flags)
{
	enum rmqueue_mode mode = RMQUEUE_NORMAL;
	struct page *page = NULL;
	unsigned long flags;

	spin_lock_irqsave(&zone->lock, flags);
	if (prefers_highatomic(alloc_flags))
		page = __rmqueue_smallest(zone, order, MIGRATE_HIGHATOMIC);
	if (!page)
		page = __rmqueue(zone, order, mt, alloc_flags, &mode);
	if (!page && may_exhaust_highatomic(alloc_flags))
		page = __rmqueue_smallest(zone, order, MIGRATE_HIGHATOMIC);
	spin_unlock_irqrestore(&zone->lock, flags);
	return page;
}

static struct page *rmqueue(struct zone *zone, unsigned int order,
			    enum migratetype mt, unsigned int alloc_flags)
{
	struct page *page = NULL;

	if (pcp_allowed_order(order) && may_use_pcplist(mt, alloc_flags))
		page = rmqueue_pcplist(zone, order, mt, alloc_flags);
	if (!page)
		page = rmqueue_buddy(zone, order, mt, alloc_flags);
	/* Types were mixed: have kswapd make room. */
	if ((alloc_flags & ALLOC_KSWAPD) && zone->watermark_boost &&
	    test_bit(ZONE_BOOSTED_WATERMARK, &zone->flags)) {
		clear_bit(ZONE_BOOSTED_WATERMARK, &zone->flags);
		wakeup_kswapd(zone);
	}
	return page;
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

/* --- Attempts --- */

/* Whether the watermarks of @zone let the request take from it. */
static bool zone_lets_pass(struct zone *zone, unsigned int order,
			   unsigned int alloc_flags,
			   const struct alloc_context *ac)
{
	struct watermark_look look = { .order = order,
				       .alloc_flags = alloc_flags,
				       .mark = WMARK_HIGH,
				       .highest_zone = ac->highest_zone };

	if (!zone->_watermark[WMARK_HIGH])
		return true;
	/* Above it the watermark that is asked for is passed as well. */
	if (!test_bit(ZONE_BELOW_HIGH, &zone->flags)) {
		if (zone_watermark_fast(zone, &look))
			return true;
		set_bit(ZONE_BELOW_HIGH, &zone->flags);
	}
	look.mark = alloc_flags & ALLOC_WMARK_MASK;
	return zone_watermark_fast(zone, &look) ||
	       (alloc_flags & ALLOC_NO_WATERMARKS);
}

/*
 * Policy nocma=retry: put CMA pages aside and try again. Proposed for the
 * caller, get_user_pages(), which would do the same with allocated pages; in
 * the end it has to take what it gets.
 */
#define NOCMA_RETRIES 3
static struct page *rmqueue_until_not_cma(struct zone *zone, unsigned int order,
					  enum migratetype mt,
					  unsigned int alloc_flags)
{
	struct page *aside[NOCMA_RETRIES], *page;
	unsigned int nr_aside = 0;

	for (;;) {
		page = rmqueue(zone, order, mt, alloc_flags);
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

/* Hand out what @zone has for the request, or NULL. */
static struct page *get_page_from_zone(struct zone *zone, unsigned int order,
				       unsigned int alloc_flags,
				       const struct alloc_context *ac)
{
	struct page *page;

	if (!zone_lets_pass(zone, order, alloc_flags, ac))
		return NULL;
	if (ac->migratetype == MIGRATE_MOVABLE && section_forbids_cma() &&
	    policy(nocma) == nocma_retry)
		page = rmqueue_until_not_cma(zone, order, ac->migratetype,
					     alloc_flags);
	else
		page = rmqueue(zone, order, ac->migratetype, alloc_flags);
	if (!page)
		return NULL;
	prep_new_page(page, order, ac->gfp);
	if (alloc_flags & ALLOC_HIGHATOMIC)
		reserve_highatomic_pageblock(page, order, zone);
	return page;
}

/* The zonelist: from the highest zone that the request may use downwards. */
static struct page *get_page_from_freelist(unsigned int order,
					   unsigned int alloc_flags,
					   const struct alloc_context *ac)
{
	for (unsigned int i = ac->highest_zone + 1u; i-- > 0;) {
		struct page *page = get_page_from_zone(&mem->zones[i], order,
						       alloc_flags, ac);

		if (page)
			return page;
	}
	/* Mix types in one pageblock only if there is no other way. */
	if (alloc_flags & ALLOC_NOFRAGMENT)
		return get_page_from_freelist(
			order, alloc_flags & ~(unsigned int)ALLOC_NOFRAGMENT,
			ac);
	return NULL;
}

/* --- The slow path --- */

/* What the request and its task may do, beside reserves of last resort. */
static unsigned int gfp_to_alloc_flags(gfp_t gfp, unsigned int order)
{
	unsigned int alloc_flags = ALLOC_WMARK_MIN;

	alloc_flags |= gfp & (__GFP_HIGH | __GFP_KSWAPD_RECLAIM);
	if (gfp & __GFP_DIRECT_RECLAIM) {
		if (current_struct()->realtime && !in_interrupt())
			alloc_flags |= ALLOC_MIN_RESERVE;
	} else if (!(gfp & __GFP_NOMEMALLOC)) {
		alloc_flags |= ALLOC_NON_BLOCK;
		if (order > 0 && ((alloc_flags & ALLOC_MIN_RESERVE) ||
				  buggy(highatomic_for_nowait)))
			alloc_flags |= ALLOC_HIGHATOMIC;
	}
	return gfp_to_alloc_flags_cma(gfp, alloc_flags);
}

/* Reserves of last resort, for those who are about to free more. */
static unsigned int gfp_pfmemalloc_flags(gfp_t gfp)
{
	const struct task_struct *task = current_struct();

	if (gfp & __GFP_NOMEMALLOC)
		return 0;
	if (gfp & __GFP_MEMALLOC)
		return ALLOC_NO_WATERMARKS;
	if (in_interrupt())
		return 0;
	if (task->flags & PF_MEMALLOC)
		return ALLOC_NO_WATERMARKS;
	return task->oom_victim ? ALLOC_OOM : 0;
}

static void wake_all_kswapds(unsigned int alloc_flags,
			     const struct alloc_context *ac)
{
	if (alloc_flags & ALLOC_KSWAPD)
		wakeup_kswapd(&mem->zones[ac->highest_zone]);
}

/* Whether it may sleep, and does not reclaim itself already. */
static bool may_reclaim(gfp_t gfp)
{
	return gfp & __GFP_DIRECT_RECLAIM &&
	       !(current_struct()->flags & PF_MEMALLOC);
}

/* After reclaim and compaction: whether to go on with this request. */
static bool may_try_again(gfp_t gfp, unsigned int order)
{
	if (gfp & __GFP_NORETRY)
		return false;
	return order <= PAGE_ALLOC_COSTLY_ORDER || (gfp & __GFP_RETRY_MAYFAIL);
}

/* --- Compaction --- */

/* What a request knows of its attempts. */
struct compact_attempts {
	enum compact_priority priority;
	enum compact_result result;
	unsigned int retries;
};

/* Zones that had a page need not be kept from compaction any more. */
static void note_compacted(const struct page *page, unsigned int order)
{
	struct zone *zone = page_zone(page);

	WRITE_ONCE(zone->compact_blockskip_flush, false);
	compaction_defer_reset(zone, order, true);
}

static struct page *
alloc_pages_direct_compact(unsigned int order, unsigned int alloc_flags,
			   const struct alloc_context *ac,
			   struct compact_attempts *attempts)
{
	struct task_struct *task = current_struct();
	struct page *page = NULL;

	if (!order)
		return NULL;
	task->flags |= PF_MEMALLOC;
	attempts->result = try_to_compact_pages(order, alloc_flags, ac,
						attempts->priority, &page);
	task->flags &= ~(unsigned int)PF_MEMALLOC;
	if (attempts->result <= COMPACT_DEFERRED)
		return NULL;
	if (page)
		prep_new_page(page, order, ac->gfp);
	else
		page = get_page_from_freelist(order, alloc_flags, ac);
	if (page)
		note_compacted(page, order);
	else
		cond_resched();
	return page;
}

/* Costly blocks may be there, only not in one piece; and types are mixed. */
static bool compacts_first(gfp_t gfp, unsigned int order,
			   const struct alloc_context *ac)
{
	return may_reclaim(gfp) && !gfp_pfmemalloc_flags(gfp) &&
	       (order > PAGE_ALLOC_COSTLY_ORDER ||
		(order && ac->migratetype != MIGRATE_MOVABLE));
}

/* Nice to have, as huge pages are: no work is worth it. */
static bool is_light(gfp_t gfp, unsigned int order)
{
	return order > PAGE_ALLOC_COSTLY_ORDER && gfp & __GFP_NORETRY;
}

#define MAX_COMPACT_RETRIES 16

/* Whether another attempt, or one with more effort, makes sense. */
static bool should_compact_retry(unsigned int order,
				 struct compact_attempts *attempts)
{
	bool costly = order > PAGE_ALLOC_COSTLY_ORDER;
	unsigned int max_retries = costly ? MAX_COMPACT_RETRIES / 4 :
					    MAX_COMPACT_RETRIES;
	enum compact_priority least = costly ? MIN_COMPACT_COSTLY_PRIORITY :
					       MIN_COMPACT_PRIORITY;

	/* There is no memory to move to. */
	if (!order || fatal_signal_pending() ||
	    attempts->result == COMPACT_SKIPPED)
		return false;
	/* There was a block, but somebody else has it. */
	if (attempts->result == COMPACT_SUCCESS &&
	    ++attempts->retries <= max_retries)
		return true;
	if (attempts->priority <= least)
		return false;
	attempts->priority--;
	attempts->retries = 0;
	return true;
}

#define MAX_RECLAIM_RETRIES 16

/* Whether some zone looks as if the request should have had a page of it. */
static bool could_have_succeeded(unsigned int order, unsigned int alloc_flags,
				 const struct alloc_context *ac)
{
	const struct watermark_look look = { .order = order,
					     .alloc_flags = alloc_flags,
					     .mark = WMARK_MIN,
					     .highest_zone = ac->highest_zone };

	for (unsigned int i = ac->highest_zone + 1u; i-- > 0;) {
		const struct zone *zone = &mem->zones[i];
		unsigned long available =
			zone_page_state_snapshot(zone, NR_FREE_PAGES);

		if (__zone_watermark_ok(zone, &look,
					wmark_pages(zone, WMARK_MIN),
					(long)available))
			return true;
	}
	return false;
}

/*
 * Whether another attempt makes sense. Before the answer is no, the HIGHATOMIC
 * pageblocks are given up, one at a time.
 */
static bool should_reclaim_retry(unsigned int order, unsigned int alloc_flags,
				 const struct alloc_context *ac,
				 unsigned int *no_progress_loops)
{
	if (++*no_progress_loops <= MAX_RECLAIM_RETRIES &&
	    could_have_succeeded(order, alloc_flags, ac))
		return true;
	return unreserve_highatomic_pageblock(ac);
}

/* Somebody may have freed a lot: else a task would be killed now. */
static struct page *alloc_pages_may_oom(unsigned int order,
					const struct alloc_context *ac)
{
	return get_page_from_freelist(order, ALLOC_WMARK_HIGH, ac);
}

static struct page *alloc_pages_slowpath(gfp_t gfp, unsigned int order,
					 const struct alloc_context *ac)
{
	struct compact_attempts attempts = { .priority = DEF_COMPACT_PRIORITY };
	unsigned int alloc_flags = gfp_to_alloc_flags(gfp, order);
	unsigned int no_progress_loops = 0, reserve_flags;
	struct page *page;

	wake_all_kswapds(alloc_flags, ac);
	page = get_page_from_freelist(order, alloc_flags, ac);
	if (!page && compacts_first(gfp, order, ac)) {
		attempts.priority = INIT_COMPACT_PRIORITY;
		page = alloc_pages_direct_compact(order, alloc_flags, ac,
						  &attempts);
		if (!page && is_light(gfp, order)) {
			if (attempts.result <= COMPACT_DEFERRED)
				return NULL;
		} else {
			attempts.priority = DEF_COMPACT_PRIORITY;
		}
	}
	if (page)
		return page;
	do {
		wake_all_kswapds(alloc_flags, ac);
		reserve_flags = gfp_pfmemalloc_flags(gfp);
		if (reserve_flags)
			alloc_flags =
				gfp_to_alloc_flags_cma(gfp, reserve_flags) |
				(alloc_flags & ALLOC_KSWAPD);
		page = get_page_from_freelist(order, alloc_flags, ac);
		if (!page && !may_reclaim(gfp))
			return NULL;
		if (!page)
			page = alloc_pages_direct_compact(order, alloc_flags,
							  ac, &attempts);
		if (page)
			return page;
		if (!may_try_again(gfp, order))
			return NULL;
	} while (should_reclaim_retry(order, alloc_flags, ac,
				      &no_progress_loops) ||
		 should_compact_retry(order, &attempts));
	return alloc_pages_may_oom(order, ac);
}

/* --- Requests --- */

static void prepare_alloc_pages(gfp_t gfp, struct alloc_context *ac)
{
	ac->gfp = gfp;
	ac->highest_zone = gfp_zone(gfp);
	ac->migratetype = gfp_migratetype(gfp);
}

/*
 * A first attempt keeps the types of pageblocks apart, but for requests that
 * have a zone of their own, where there is one type.
 */
static unsigned int alloc_flags_nofragment(const struct alloc_context *ac)
{
	return ac->highest_zone == ZONE_NORMAL ? ALLOC_NOFRAGMENT : 0;
}

static struct page *alloc_pages_fastpath(gfp_t gfp, unsigned int order)
{
	unsigned int alloc_flags = ALLOC_WMARK_LOW;
	struct alloc_context ac;

	prepare_alloc_pages(gfp, &ac);
	alloc_flags |= gfp & __GFP_KSWAPD_RECLAIM;
	alloc_flags |= alloc_flags_nofragment(&ac);
	alloc_flags = gfp_to_alloc_flags_cma(gfp, alloc_flags);
	return get_page_from_freelist(order, alloc_flags, &ac);
}

/*
 * Allocate 2^@order pages, @order <= MAX_PAGE_ORDER. Returns the first page
 * with refcount 1, with __GFP_COMP the head of a compound page, or NULL if the
 * watermarks of all zones that @gfp may use are against it, no list there has a
 * block of that size, or a failure is injected; then nothing has changed but
 * for pages that a pcplist may have been filled with, and HIGHATOMIC pageblocks
 * that have become others. No locks held.
 */
struct page *alloc_pages(gfp_t gfp, unsigned int order)
{
	/* An atomic request, in an interrupt, is never movable. */
	bool without_cma = gfp_migratetype(gfp) == MIGRATE_MOVABLE &&
			   section_forbids_cma();
	gfp_t fast_gfp = gfp;
	struct alloc_context ac;
	struct page *page;

	BUG_ON(order > MAX_PAGE_ORDER);
	if (should_fail_alloc_page(current_gfp_context(gfp), order))
		return NULL;
	gfp = current_gfp_context(gfp);
	if (!buggy(pin_scope_slow_path_only))
		fast_gfp = gfp;
	if (without_cma && policy(nocma) == nocma_drain_first)
		drain_local_pages(NULL);

	page = alloc_pages_fastpath(fast_gfp, order);
	if (page)
		return page;
	prepare_alloc_pages(gfp, &ac);
	return alloc_pages_slowpath(gfp, order, &ac);
}

/* From now on the running task has @rights, and no others. */
void set_task_rights(enum task_rights rights)
{
	struct task_struct *task = current_struct();

	task->flags &= ~(unsigned int)PF_MEMALLOC;
	if (rights == TASK_MEMALLOC)
		task->flags |= PF_MEMALLOC;
	task->oom_victim = rights == TASK_OOM_VICTIM;
	task->realtime = rights == TASK_REALTIME;
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
