// SPDX-License-Identifier: GPL-2.0-only
/*
 * What happens to pages between allocation and free: compound pages, many at
 * once, references that anybody takes, pages out of use. Method: real calls on
 * a booted machine under all checks; then what each check guards is broken by
 * hand, and it must fire.
 */
#include "tests/core/core_machine.h"

static int pcp_count(void)
{
	return mem->zones[0].per_cpu_pageset[0].count;
}

static int refs(const struct page *page)
{
	return page->refcount.counter;
}

/* --- Compound pages --- */

TEST(compound)
{
	struct page *page = alloc_pages(__GFP_COMP, 4);

	EXPECT(page->flags & 1ul << PG_head && compound_order(page) == 4);
	EXPECT(compound_head(page) == page && refs(page) == 1);
	for (unsigned int i = 1; i < 16; i++)
		EXPECT(compound_head(page + i) == page && !refs(page + i));
	put_page(page + 7); /* any of them stands for the whole */
	EXPECT(nr_free() == 256);
	for (unsigned int i = 0; i < 16; i++)
		EXPECT(compound_head(page + i) == page + i && !page[i].flags &&
		       !page[i].mapping);
}

/* One page is never compound. */
TEST(compound_single)
{
	struct page *page = alloc_pages(__GFP_COMP, 0);

	EXPECT(!page->flags && !compound_order(page));
	put_page(page);
	EXPECT(pcp_count() == 1);
}

TEST(split)
{
	struct page *page = alloc_pages(GFP_KERNEL, 4);

	split_page(page, 4);
	for (unsigned int i = 0; i < 16; i++)
		EXPECT(refs(page + i) == 1);
	for (unsigned int i = 16; i-- > 0;)
		__free_pages(page + i, 0);
	drain_all_pages(NULL);
	EXPECT(nr_free() == 256 && mem->zones[0].free_area[5].nr_free == 8);
}

/* --- References --- */

TEST(get_free_page)
{
	struct page *page = first_free(5, MIGRATE_MOVABLE);

	EXPECT(!get_page_unless_zero(page) && !refs(page));
	page = alloc_pages(GFP_KERNEL, 4);
	EXPECT(!get_page_unless_zero(page + 1)); /* not compound either */
}

/* Whoever is last frees the page; the rest of the block is freed before. */
TEST(last_reference)
{
	struct page *page = alloc_pages(GFP_KERNEL, 4);

	EXPECT(get_page_unless_zero(page) && refs(page) == 2);
	__free_pages(page, 4);
	EXPECT(refs(page) == 1);
	drain_all_pages(NULL);
	EXPECT(nr_free() == 255);
	put_page(page);
	drain_all_pages(NULL);
	EXPECT(nr_free() == 256);
}

TEST(last_reference_compound)
{
	struct page *page = alloc_pages(__GFP_COMP, 4);

	get_page_unless_zero(page);
	__free_pages(page, 4);
	EXPECT(nr_free() == 240 && page->flags & 1ul << PG_head);
	put_page(page);
	EXPECT(nr_free() == 256);
}

/* --- What a page has lost when it is freed --- */

TEST(clean)
{
	struct page *page = alloc_pages(GFP_KERNEL, 4);

	set_bit(PG_mlocked, &page->flags);
	page->mapping = 1;
	for (unsigned int i = 0; i < 16; i++)
		page[i].private = 1;
	__free_pages(page, 4);
	for (unsigned int i = 0; i < 16; i++)
		EXPECT(!page[i].flags && !page[i].mapping &&
		       (page[i].buddy || !page[i].private));
}

static void job_use(void *arg)
{
	(void)arg;
	subject_use(page_to_pfn(alloc_pages(GFP_KERNEL, 4)), 16);
}

/* What an owner stores is gone with the run. */
static void test_use_is_reset(void **state)
{
	(void)state;
	run_as_job(job_use);
	subject_reset(TEST_SLOT);
	assert_true(subject_is_pristine());
}

/* --- Many at once --- */

TEST(bulk)
{
	struct page *pages[32];

	zone_pageset_tune(4, 64);
	EXPECT(alloc_pages_bulk(GFP_KERNEL, 0, pages) == 0);
	EXPECT(alloc_pages_bulk(GFP_KERNEL, 1, pages) == 1);
	EXPECT(alloc_pages_bulk(GFP_KERNEL, 31, pages + 1) == 31);
	for (unsigned int i = 0; i < 32; i++)
		EXPECT(refs(pages[i]) == 1);
	get_page_unless_zero(pages[5]);
	release_pages(pages, 32);
	EXPECT(refs(pages[5]) == 1);
	put_page(pages[5]);
	drain_all_pages(NULL);
	EXPECT(nr_free() == 256);
}

/* With the pcplist locked it is one page; batches go past it, too. */
TEST(bulk_locked)
{
	struct page *pages[4];

	spin_lock(&mem->zones[0].per_cpu_pageset[0].lock);
	EXPECT(alloc_pages_bulk(GFP_KERNEL, 4, pages) == 1);
	release_pages(pages, 1);
	EXPECT(nr_free() == 256 && !pcp_count());
	spin_unlock(&mem->zones[0].per_cpu_pageset[0].lock);
}

/* What is left, and then nothing. */
TEST(bulk_exhausted)
{
	struct page *pages[32];

	for (unsigned int i = 0; i < 8; i++)
		alloc_pages(__GFP_MOVABLE, i == 7 ? 4 : 5);
	alloc_pages(__GFP_MOVABLE, 3);
	EXPECT(nr_free() == 8);
	EXPECT(alloc_pages_bulk(__GFP_MOVABLE, 32, pages) == 8);
	EXPECT(alloc_pages_bulk(__GFP_MOVABLE, 32, pages) == 0);
}

/* Pages of an isolated pageblock, amid a batch, bypass the lists. */
TEST(batch_isolated)
{
	struct page *pages[24];

	zone_pageset_tune(8, 64);
	EXPECT(alloc_pages_bulk(__GFP_MOVABLE, 24, pages) == 24);
	drain_all_pages(NULL);
	for (unsigned int i = 0; i < 24; i++)
		set_bit(PG_movable, &pages[i]->flags);
	EXPECT(page_to_pfn(pages[0]) == 0 && page_to_pfn(pages[23]) == 23);
	EXPECT(!start_isolate_page_range(8, 16, MIGRATE_MOVABLE));
	for (unsigned int i = 0; i < 24; i++)
		clear_bit(PG_movable, &pages[i]->flags);
	release_pages(pages, 24);
	EXPECT(pcp_count() == 16);
	EXPECT(pages[8]->buddy && pages[8]->private == 3);
}

/* Blocks that no pcplist is for, and compound pages. */
TEST(batch_orders)
{
	struct page *pages[3] = { alloc_pages(__GFP_COMP, 4),
				  alloc_pages(__GFP_COMP, 2),
				  alloc_pages(GFP_KERNEL, 0) };

	release_pages(pages, 3);
	EXPECT(pcp_count() == 4 + 1);
	EXPECT(!pages[1]->private);
	drain_all_pages(NULL);
	EXPECT(nr_free() == 256);
}

TEST(bulk_nocma)
{
	struct page *pages[4];

	alloc_contig_range(192, 196, MIGRATE_CMA, GFP_KERNEL);
	free_contig_range(192, 4); /* on the movable pcplist */
	memalloc_nocma_save();
	EXPECT(alloc_pages_bulk(__GFP_MOVABLE, 4, pages) > 0);
	EXPECT(page_to_pfn(pages[0]) < 192);
	mm_policies[POLICY_nocma] = nocma_v5_9;
	EXPECT(alloc_pages_bulk(__GFP_MOVABLE, 4, pages) == 1);
	EXPECT(page_to_pfn(pages[0]) < 192);
}

static void job_batch_zones(void *arg)
{
	struct page *pages[4];

	(void)arg;
	zone_pageset_tune(2, 8);
	pages[0] = alloc_pages(__GFP_MOVABLE | __GFP_HIGHMEM, 0);
	pages[1] = alloc_pages(GFP_KERNEL, 0);
	pages[2] = alloc_pages(GFP_KERNEL, 0);
	pages[3] = alloc_pages(__GFP_MOVABLE | __GFP_HIGHMEM, 0);
	drain_all_pages(NULL);
	release_pages(pages, 4);
	EXPECT(pcp_count() == 2);
	EXPECT(mem->zones[1].per_cpu_pageset[0].count == 2);
}

static void test_batch_zones(void **state)
{
	struct subject_geometry g = small_machine;

	(void)state;
	g.movable_start = 192;
	g.cma_blocks = 0;
	boot_geometry(&g);
	run_as_job(job_batch_zones);
}

/* --- Pages out of use --- */

TEST(take_off)
{
	struct page *page = pfn_to_page(13);

	check_op_begin(CHECK_OP_OTHER, CHECK_CMA_ALLOWED);
	EXPECT(soft_offline_free_page(13) == 0);
	check_took_off(13);
	EXPECT(nr_free() == 255 && refs(page) == 1);
	EXPECT(page->flags == 1ul << PG_hwpoison);
	EXPECT(mem->zones[0].free_area[4].nr_free == 1);
	EXPECT(pfn_to_page(12)->buddy && pfn_to_page(14)->buddy);
	EXPECT(soft_offline_free_page(13) == -EBUSY); /* it is off */
	get_page_unless_zero(page);
	EXPECT(unpoison_page(13) == -EBUSY && refs(page) == 2);
	put_page(page);
	check_put_back(13);
	EXPECT(unpoison_page(13) == 0 && nr_free() == 256);
	EXPECT(!page->flags && mem->zones[0].free_area[5].nr_free == 8);
	EXPECT(!mem->num_poisoned_pages.counter);
}

TEST(take_off_used)
{
	struct page *page = alloc_pages(GFP_KERNEL, 0);

	EXPECT(soft_offline_free_page(page_to_pfn(page)) == -EBUSY);
	__free_pages(page, 0); /* a pcplist is no free list */
	EXPECT(soft_offline_free_page(page_to_pfn(page)) == -EBUSY);
	EXPECT(!mem->num_poisoned_pages.counter);
}

/* A page in use whose memory is broken goes nowhere when it is freed. */
TEST(poisoned_in_use)
{
	struct page *page = alloc_pages(GFP_KERNEL, 0);
	struct page *other = alloc_pages(GFP_KERNEL, 0);

	set_bit(PG_hwpoison, &page->flags);
	set_bit(PG_hwpoison, &other->flags);
	drain_all_pages(NULL);
	__free_pages(page, 0);
	release_pages(&other, 1);
	EXPECT(!pcp_count() && nr_free() == 254);
}

/* --- Each check fires --- */

static struct page *allocated(unsigned int order)
{
	struct page *page = alloc_pages(GFP_KERNEL, order);

	check_own(page_to_pfn(page), 1u << order, CHECK_BLOCK);
	return page;
}

DAMAGE(flags_left, "INV_PAGE_CLEAN", {
	struct page *page = alloc_pages(GFP_KERNEL, 0);

	set_bit(PG_movable, &page->flags);
	__free_pages(page, 0);
})
DAMAGE(tail_private_left, "INV_PAGE_CLEAN", {
	struct page *page = alloc_pages(GFP_KERNEL, 1);

	page[1].private = 1;
	arch_free_page(page, 1);
})
DAMAGE(compound_left, "INV_PAGE_CLEAN", {
	struct page *page = alloc_pages(__GFP_COMP, 1);

	page->flags = 0;
	__free_pages(page, 1);
})
DAMAGE(mapping_left, "INV_PAGE_CLEAN", {
	struct page *page = alloc_pages(GFP_KERNEL, 0);

	page->mapping = 1;
	arch_free_page(page, 0);
})
DAMAGE(mlocked_left, "INV_PAGE_CLEAN", {
	struct page *page = alloc_pages(GFP_KERNEL, 0);

	page->flags = 1ul << PG_mlocked;
	arch_free_page(page, 0);
})
DAMAGE(private_on_pcplist, "INV_PAGE_CLEAN", {
	struct per_cpu_pages *pcp = mem->zones[0].per_cpu_pageset;
	struct page *page = alloc_pages(GFP_KERNEL, 0);

	arch_free_page(page, 0);
	page->private = 1;
	spin_lock(&pcp->lock);
	list_add(&page->lru, &pcp->lists[0]);
})
DAMAGE(flags_on_free_list, "INV_PAGE_CLEAN", LOCKED({
	       struct page *page = first_free(5, MIGRATE_MOVABLE);

	       list_move_tail(
		       &page->lru,
		       &mem->zones[0].free_area[5].free_list[MIGRATE_MOVABLE]);
	       page->flags = 1ul << PG_mlocked;
       }))
DAMAGE(freed_while_owned, "INV_PAGE_REFS", __free_pages(allocated(0), 0))
DAMAGE(freed_while_referred_to, "INV_PAGE_REFS", {
	struct page *page = alloc_pages(GFP_KERNEL, 0);

	check_ref(page_to_pfn(page));
	__free_pages(page, 0);
})
DAMAGE(tail_freed_while_owned, "INV_PAGE_REFS", {
	struct page *page = allocated(2);

	free_unref_page(page + 2, 1);
})
DAMAGE(reference_lost, "INV_PAGE_REFS", {
	struct page *page = allocated(0);

	atomic_set(&page->refcount, 0);
	check_refs(page_to_pfn(page), 1, CHECK_IN_COMPANY);
})
DAMAGE(reference_unknown, "INV_PAGE_REFS", {
	struct page *page = allocated(0);

	atomic_inc(&page->refcount);
	check_refs(page_to_pfn(page), 1, CHECK_IN_COMPANY);
	check_refs(page_to_pfn(page), 1, CHECK_ALONE);
})
DAMAGE(reference_on_free, "INV_PAGE_REFS", check_ref(0))
DAMAGE(not_compound, "INV_PAGE_STATE",
       check_compound(page_to_pfn(alloc_pages(GFP_KERNEL, 1)), 1))
DAMAGE(tail_elsewhere, "INV_PAGE_STATE", {
	struct page *page = alloc_pages(__GFP_COMP, 2);

	page[3].compound_head += 2;
	check_compound(page_to_pfn(page), 2);
})
DAMAGE(compound_by_mistake, "INV_PAGE_STATE",
       check_not_compound(page_to_pfn(alloc_pages(__GFP_COMP, 1)), 2))
DAMAGE(rest_not_freed, "INV_OP_RESULT", {
	struct page *page = allocated(2);

	check_op_begin(CHECK_OP_FREE, CHECK_CMA_ALLOWED);
	check_disown(page_to_pfn(page), 4, CHECK_BLOCK);
	check_op_end_release(CHECK_IN_COMPANY);
})
DAMAGE(not_freed, "INV_OP_RESULT", {
	struct page *page = allocated(0);

	check_op_begin(CHECK_OP_FREE, CHECK_CMA_ALLOWED);
	check_disown(page_to_pfn(page), 1, CHECK_BLOCK);
	check_op_end_release(CHECK_ALONE);
})
DAMAGE(not_taken_off, "INV_PAGE_PLACE", check_took_off(3))
DAMAGE(back_all_the_same, "INV_FAILED_OP", {
	check_op_begin(CHECK_OP_OTHER, CHECK_CMA_ALLOWED);
	soft_offline_free_page(13);
	check_took_off(13);
	check_put_back(13);
	unpoison_page(13);
	check_still_off(13);
})
DAMAGE(out_of_use_at_end, "INV_BOOT_STATE", {
	atomic_inc(&mem->num_poisoned_pages);
	check_boot_state();
})

#define CALLS(name) cmocka_unit_test_setup(test_##name, boot_machine)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CALLS(compound),
		CALLS(compound_single),
		CALLS(split),
		CALLS(get_free_page),
		CALLS(last_reference),
		CALLS(last_reference_compound),
		CALLS(clean),
		CALLS(use_is_reset),
		CALLS(bulk),
		CALLS(bulk_locked),
		CALLS(bulk_exhausted),
		CALLS(batch_isolated),
		CALLS(batch_orders),
		CALLS(bulk_nocma),
		CALLS(batch_zones),
		CALLS(take_off),
		CALLS(take_off_used),
		CALLS(poisoned_in_use),
		CALLS(flags_left),
		CALLS(tail_private_left),
		CALLS(compound_left),
		CALLS(mapping_left),
		CALLS(mlocked_left),
		CALLS(private_on_pcplist),
		CALLS(flags_on_free_list),
		CALLS(freed_while_owned),
		CALLS(freed_while_referred_to),
		CALLS(tail_freed_while_owned),
		CALLS(reference_lost),
		CALLS(reference_unknown),
		CALLS(reference_on_free),
		CALLS(not_compound),
		CALLS(tail_elsewhere),
		CALLS(compound_by_mistake),
		CALLS(rest_not_freed),
		CALLS(not_freed),
		CALLS(not_taken_off),
		CALLS(back_all_the_same),
		CALLS(out_of_use_at_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
