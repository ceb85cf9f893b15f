// SPDX-License-Identifier: GPL-2.0-only
/*
 * Goal: memory that goes offline waits for pages that somebody keeps, for as
 * long as anybody else can do something about it; then a signal ends it.
 * Method: a process has a page in the first pages, somebody a reference on it,
 * who drops it, or does not, while another task takes that memory offline.
 */
#include "tests/core/hotplug_pages.h"

static struct page *kept;

static void keep_page(void *arg)
{
	(void)arg;
	store(1, 1, 42);
	kept = page_at(1, 1);
	EXPECT(page_to_pfn(kept) < 32);
	get_page(kept);
}

static void let_go(void *arg)
{
	(void)arg;
	put_page(kept);
}

static void let_go_later(void *arg)
{
	sim_sleep_for(3, NULL, "nothing", 0, NULL);
	let_go(arg);
}

static void goes_offline(void *arg)
{
	(void)arg;
	EXPECT(!take_offline(0, 32));
	EXPECT(page_at(1, 1) != kept && load(1, 1) == 42);
	bring_online(0, 32);
}

static void gives_up(void *arg)
{
	(void)arg;
	EXPECT(take_offline(0, 32) == -EINTR);
	EXPECT(page_at(1, 1) == kept && !is_offline(0));
	EXPECT(!normal()->nr_isolate_pageblock);
	EXPECT(pcp_of(0)->high_max == 16 && !mem->lru_disable_count.counter);
	put_page(kept);
	EXPECT(!take_offline(0, 32));
	bring_online(0, 32);
}

static void kill_first_task(void *arg)
{
	(void)arg;
	sim_send_signal(0);
}

static void three_jobs(void (*first)(void *), void (*second)(void *))
{
	struct sim_job jobs[] = {
		{ .task = 0, .run = keep_page },
		{ .task = 0, .run = first },
		{ .task = 1, .run = second },
	};

	expect_jobs_done(jobs, 3);
}

static void test_waits(void **state)
{
	(void)state;
	three_jobs(goes_offline, let_go);
}

/* Nobody can run, but somebody will. */
static void test_waits_for_time(void **state)
{
	(void)state;
	three_jobs(goes_offline, let_go_later);
}

static void test_killed(void **state)
{
	(void)state;
	three_jobs(gives_up, kill_first_task);
}

static void nothing(void *arg)
{
	(void)arg;
}

static void test_gives_up(void **state)
{
	(void)state;
	three_jobs(gives_up, nothing);
}

/* Goal: whoever can be waited for puts off the end. */
TEST(counts_in_vain)
{
	struct page *page = alloc_pages(__GFP_MOVABLE, 0);

	check_goes_offline(0, 32);
	EXPECT(page_to_pfn(page) < 32);
	EXPECT(!check_waits(true));
	EXPECT(!check_waits(false));
	EXPECT(!check_waits(true));
	check_is_offline(0, 32, CHECK_FAILED);
	__free_pages(page, 0);
}

static void wait_in_vain(void)
{
	check_goes_offline(0, 32);
	check_waits(true);
	check_waits(true);
}

/* --- Checks --- */

DAMAGE(not_isolated, "INV_OFFLINE_WAITS", wait_in_vain())

DAMAGE(all_is_free, "INV_OFFLINE_WAITS", {
	start_isolate_page_range(0, 32, MIGRATE_MOVABLE);
	wait_in_vain();
})

DAMAGE(on_pcplist, "INV_OFFLINE_WAITS", {
	struct page *page = alloc_pages(__GFP_MOVABLE, 0);

	__free_pages(page, 0);
	start_isolate_page_range(0, 32, MIGRATE_MOVABLE);
	wait_in_vain();
})

#define WAITS(name) cmocka_unit_test_setup(test_##name, boot_machine)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WAITS(waits),	    WAITS(waits_for_time), WAITS(killed),
		WAITS(gives_up),    WAITS(counts_in_vain), WAITS(not_isolated),
		WAITS(all_is_free), WAITS(on_pcplist),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
