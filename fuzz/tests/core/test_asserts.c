// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each assertion of the core is seen to fire. Method: a call breaks the one
 * rule that the assertion states, on a machine that is otherwise in order; the
 * verdict must name the function.
 */
#include "tests/core/core_machine.h"

/* --- Whoever calls these holds zone->lock --- */

DAMAGE(account, "BUG___account_freepages",
       __account_freepages(normal(), 1, MIGRATE_MOVABLE))
DAMAGE(del, "BUG___del_page_from_free_list",
       __del_page_from_free_list(first_free(5, MIGRATE_MOVABLE), normal(), 5,
				 MIGRATE_MOVABLE))
DAMAGE(free_one, "BUG___free_one_page",
       __free_one_page(alloc_pages(GFP_KERNEL, 4), 0, normal(), 4,
		       MIGRATE_UNMOVABLE, FPI_NONE))
DAMAGE(split_large, "BUG___split_large_buddy",
       __split_large_buddy(normal(), 0, 4, FPI_NONE))
DAMAGE(smallest, "BUG___rmqueue_smallest",
       __rmqueue_smallest(normal(), 0, MIGRATE_MOVABLE))
DAMAGE(move, "BUG___move_freepages_block",
       __move_freepages_block(normal(), 0, MIGRATE_MOVABLE, MIGRATE_UNMOVABLE))
DAMAGE(move_isolate, "BUG___move_freepages_block_isolate",
       __move_freepages_block_isolate(normal(), 0, MIGRATE_ISOLATE))
DAMAGE(isolate_free, "BUG___isolate_free_page",
       __isolate_free_page(first_free(5, MIGRATE_MOVABLE), normal(), 5))
DAMAGE(rmqueue, "BUG___rmqueue", {
	enum rmqueue_mode mode = RMQUEUE_NORMAL;

	__rmqueue(normal(), 0, MIGRATE_MOVABLE, 0, &mode);
})
DAMAGE(unreserve, "BUG___unreserve_isolated",
       __unreserve_isolated(normal(), MIGRATE_HIGHATOMIC))
DAMAGE(boost, "BUG___boost_watermark", __boost_watermark(normal(), 0))

/* --- What is asked for is possible --- */

DAMAGE(misaligned, "BUG___free_one_page", {
	struct page *page = alloc_pages(GFP_KERNEL, 4);

	LOCKED(__free_one_page(page + 1, page_to_pfn(page + 1), normal(), 1,
			       MIGRATE_UNMOVABLE, FPI_NONE));
})
/* The zone ends in the middle of that pageblock. */
DAMAGE(move_part, "BUG___move_freepages_block",
       LOCKED(__move_freepages_block(normal(), 248, MIGRATE_MOVABLE,
				     MIGRATE_UNMOVABLE)))
DAMAGE(cma_before, "BUG_cma_release", cma_release(pfn_to_page(191), 2))
DAMAGE(cma_beyond, "BUG_cma_release", cma_release(pfn_to_page(255), 2))
DAMAGE(split_head, "BUG_split_page", split_page(alloc_pages(__GFP_COMP, 2), 2))
DAMAGE(split_tail, "BUG_split_page",
       split_page(alloc_pages(__GFP_COMP, 2) + 1, 1))

/* --- A compound page is as it was made --- */

DAMAGE(other_order, "BUG_destroy_compound_page",
       __free_pages(alloc_pages(__GFP_COMP, 5), 4))
DAMAGE(other_head, "BUG_free_tail_page_prepare", {
	struct page *page = alloc_pages(__GFP_COMP, 4);

	page[3].compound_head += sizeof(*page);
	__free_pages(page, 4);
})
DAMAGE(other_mapping, "BUG_free_tail_page_prepare", {
	struct page *page = alloc_pages(__GFP_COMP, 4);

	page[3].mapping = 0;
	__free_pages(page, 4);
})

static int boot_odd(void **state)
{
	struct subject_geometry g = small_machine;

	(void)state;
	g.nr_pages = g.movable_start = 253;
	g.cma_blocks = 0;
	boot_geometry(&g);
	return 0;
}

#define ASSERTS(name) cmocka_unit_test_setup(test_##name, boot_machine)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ASSERTS(account),
		ASSERTS(del),
		ASSERTS(free_one),
		ASSERTS(split_large),
		ASSERTS(smallest),
		ASSERTS(move),
		ASSERTS(move_isolate),
		ASSERTS(isolate_free),
		ASSERTS(rmqueue),
		ASSERTS(unreserve),
		ASSERTS(boost),
		ASSERTS(misaligned),
		cmocka_unit_test_setup(test_move_part, boot_odd),
		ASSERTS(cma_before),
		ASSERTS(cma_beyond),
		ASSERTS(split_head),
		ASSERTS(split_tail),
		ASSERTS(other_order),
		ASSERTS(other_head),
		ASSERTS(other_mapping),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
