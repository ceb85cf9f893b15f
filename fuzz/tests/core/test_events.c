// SPDX-License-Identifier: GPL-2.0-only
/*
 * Programs with events of the machine: interrupts, CPUs, signals, allocations
 * that are made to fail. Method: programs as text, under all checks; what they
 * have reached is read from the counts and states of the run.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "check/check.h"
#include "tests/core/core_machine.h"
#include "program/places.h"
#include "program/shrink.h"
#include "program/text.h"
#include "program/workload.h"

static struct text text;

static int setup(void **state)
{
	(void)state;
	subject_clear_bugs();
	sim_on_verdict(NULL);
	workload_options =
		(struct workload_options){ .op_mask = WORKLOAD_ALL_OPS };
	return 0;
}

static void load(const char *source)
{
	assert_int_equal(text_parse(&text, "f", source, strlen(source), stderr),
			 0);
	assert_int_equal(places_resolve(&text, "f", stderr), 0);
	memset(&workload_stats, 0, sizeof(workload_stats));
}

static void expect_done(const char *source)
{
	bool done;

	load(source);
	done = workload_run(&text.program);
	if (!done)
		print_error("%s: %s\n", sim_verdict()->id,
			    sim_verdict()->detail);
	assert_true(done);
}

static void assert_reached(enum check_state state)
{
	assert_true(workload_reached(state));
}

static void assert_irqs(enum program_switch kind, unsigned int nr,
			unsigned int idle)
{
	assert_int_equal(workload_stats.irqs[kind], nr);
	assert_int_equal(workload_stats.idle_irqs[kind], idle);
}

/* --- Interrupts --- */

/* Goal: with the pcplist's lock held, an interrupt goes around the pcplist. */
static void test_interrupt_in_a_section(void **state)
{
	(void)state;
	expect_done("mmfuzz 1\n0 alloc type unmovable slot 4\n"
		    "0 alloc type unmovable\n"
		    "  interrupt at pcp_spin_unlock:spin_unlock free slot 4\n");
	assert_irqs(PROGRAM_SWITCH_free, 1, 0);
	assert_false(workload_reached(STATE_irq_trylock_failed));
	expect_done("mmfuzz 1\n0 alloc type unmovable slot 4\n"
		    "0 free slot 4\n"
		    "  interrupt at free_unref_page_commit:READ_ONCE alloc\n"
		    "  interrupt at free_unref_page_commit:READ_ONCE free\n");
	assert_irqs(PROGRAM_SWITCH_alloc, 1, 0);
	assert_irqs(PROGRAM_SWITCH_free, 1, 0);
	assert_reached(STATE_irq_trylock_failed);
}

/*
 * Goal: one that comes in under zone->lock waits until interrupts are on, and
 * finds the slot as it is then. Nothing to free, no slot left: idle.
 */
static void test_interrupt_waits(void **state)
{
	(void)state;
	expect_done("mmfuzz 1\n0 alloc order 5\n"
		    "0 free\n"
		    "  interrupt at free_one_page:spin_lock alloc order 3\n"
		    "  interrupt at free_one_page:spin_lock free\n"
		    "  interrupt at free_one_page:spin_lock free slot 1\n");
	assert_irqs(PROGRAM_SWITCH_alloc, 1, 0);
	assert_irqs(PROGRAM_SWITCH_free, 2, 1);
	expect_done("mmfuzz 1\n0 alloc order 2 slot 3\n"
		    "  interrupt at 999 alloc\n");
	assert_irqs(PROGRAM_SWITCH_alloc, 0, 0);
}

/*
 * Goal: what an interrupt does is not part of what it came into: a contiguous
 * allocation does not own its page, an allocation has not gained it.
 */
static void test_interrupt_is_another_operation(void **state)
{
	(void)state;
	expect_done("mmfuzz 1\n0 alloc type unmovable\n"
		    "0 contig_alloc block 4 count 8 slot 5\n"
		    "  interrupt at 3 alloc order 2 slot 1\n"
		    "  interrupt at 9 free\n"
		    "  interrupt at 20 alloc order 1 slot 2\n"
		    "0 isolate block 1\n"
		    "  interrupt at 2 free slot 1\n"
		    "0 drain\n"
		    "  interrupt at 2 alloc slot 7\n"
		    "0 nocma_begin\n"
		    "0 cma_alloc count 4 slot 9\n"
		    "  interrupt at 6 alloc slot 8\n"
		    "  interrupt at 8 free slot 8\n");
	assert_int_equal(workload_stats.irqs[PROGRAM_SWITCH_alloc], 4);
	assert_int_equal(workload_stats.irqs[PROGRAM_SWITCH_free], 3);
}

/*
 * Goal: what a handler does runs under the same checks. Method: it frees the
 * block that waits for zone->lock while its pageblock is isolated.
 */
#define INTERRUPT                                                          \
	"mmfuzz 1\nset blocks pageblock 5 max 7\n0 alloc order 4 slot 4\n" \
	"0 drain\n"                                                        \
	"  interrupt at __drain_all_pages:mutex_trylock free slot 4\n"

static void test_interrupt_is_judged(void **state)
{
	(void)state;
	load(INTERRUPT "  switch at free_one_page:spin_lock to 1\n1 isolate\n");
	assert_true(workload_run(&text.program));
	assert_int_equal(subject_set_bug("free-type-read-before-lock"), 0);
	assert_false(workload_run(&text.program));
	assert_string_equal(sim_verdict()->id, "INV_FREE_PAGES");
}

/*
 * Goal: shrinking takes away what is not needed, lowers what is, and interrupts
 * are no exception.
 */
static void test_interrupts_shrink(void **state)
{
	const volatile sig_atomic_t stop = 0;
	unsigned int nr = 0;

	(void)state;
	load(INTERRUPT "  switch at free_one_page:spin_lock to 1\n"
		       "  interrupt at 9 alloc order 3 slot 3\n"
		       "  switch in work at 3 to worker 1\n"
		       "1 isolate\n"
		       "  interrupt at 2 free slot 2\n"
		       "  switch at 2 to worker 1\n");
	assert_int_equal(subject_set_bug("free-type-read-before-lock"), 0);
	assert_true(shrink(&text.program, "INV_FREE_PAGES", &stop).is_minimal);
	assert_false(workload_run(&text.program));
	assert_string_equal(sim_verdict()->id, "INV_FREE_PAGES");
	for (unsigned int i = 0; i < text.program.nr; i++) {
		const struct record *r = &text.program.rec[i];

		if (r->type != RECORD_SWITCH)
			continue;
		assert_true(r->index == PROGRAM_SWITCH_task ||
			    r->index == PROGRAM_SWITCH_free);
		assert_int_equal(r->arg[0], 0);
		assert_int_equal(r->in_work, 0);
		nr++;
	}
	assert_in_range(nr, 1, 2);
}

/* --- CPUs --- */

/*
 * Goal: what an offline CPU had is in use again, and the run ends as usual. Who
 * wants to take a CPU down or up takes the next one if it is so already.
 */
static void test_offline_cpu(void **state)
{
	(void)state;
	expect_done("mmfuzz 1\nset cpus 3\n"
		    "1 alloc\n1 free\n0 cpu\n1 alloc slot 2\n0 cpu cpu 2\n"
		    "0 drain\n2 alloc slot 3\n1 free slot 2\n"
		    "0 cma_alloc count 32 slot 6\n0 cpu power on\n"
		    "0 cpu power on\n0 cpu power on\n1 alloc\n");
	assert_int_equal(workload_stats.idle[PROGRAM_OP_cpu], 1);
	expect_done("mmfuzz 1\nset cpus 3\n0 cpu\n0 cpu\n");
	assert_int_equal(workload_stats.idle[PROGRAM_OP_cpu], 0);
	expect_done("mmfuzz 1\nset cpus 3\n0 cpu\n0 cpu\n0 cpu\n");
	assert_int_equal(workload_stats.idle[PROGRAM_OP_cpu], 1);
	/* With one CPU there is none to take down. */
	expect_done("mmfuzz 1\nset cpus 1\n0 cpu\n");
	assert_int_equal(workload_stats.idle[PROGRAM_OP_cpu], 1);
}

/* Goal: a drain by the dead callback is looked after. */
static void leave_pages(unsigned int cpu)
{
	(void)cpu;
}

static void free_on_cpu_1(void *arg)
{
	(void)arg;
	check_op_begin(CHECK_OP_OTHER, CHECK_CMA_ALLOWED);
	__free_pages(alloc_pages(GFP_KERNEL, 0), 0);
	check_op_end(CHECK_DONE, 0, 0);
}

static void take_down_cpu_1(void *arg)
{
	(void)arg;
	sim_cpu_offline(1, leave_pages, NULL);
	check_drained(1);
}

static void test_pages_left_behind(void **state)
{
	struct sim_job jobs[] = {
		{ .task = 1, .run = free_on_cpu_1 },
		{ .task = 0, .run = take_down_cpu_1 },
	};

	boot_machine(state);
	assert_false(sim_run(jobs, 2));
	assert_string_equal(sim_verdict()->id, "INV_DRAINED");
}

/* The first one splits a block, which is more than a difference may be. */
static void free_two_on_cpu_1(void *arg)
{
	(void)arg;
	check_op_begin(CHECK_OP_OTHER, CHECK_CMA_ALLOWED);
	fill_pcplist(2);
	check_op_end(CHECK_DONE, 0, 0);
}

static void take_down_unfolded_cpu_1(void *arg)
{
	struct per_cpu_zonestat *stats = &normal()->per_cpu_zonestats[1];
	const enum zone_stat_item *item = arg;

	sim_cpu_offline(1, subject_cpu_dead, NULL);
	check_folded();
	stats->vm_stat_diff[*item] = 1;
	check_folded();
}

static void fold_cpu_1(void *arg)
{
	(void)arg;
	EXPECT(normal()->per_cpu_zonestats[1].vm_stat_diff[NR_FREE_PAGES]);
	sim_cpu_offline(1, subject_cpu_dead, NULL);
	check_folded();
}

/*
 * Goal: what a CPU has not added to the counters when it goes is looked after,
 * of both counters; the core leaves nothing.
 */
static void test_difference_left_behind(void **state)
{
	enum zone_stat_item items[] = { NR_FREE_PAGES, NR_FREE_CMA_PAGES };
	struct sim_job jobs[] = {
		{ .task = 1, .run = free_two_on_cpu_1 },
		{ .task = 0, .run = fold_cpu_1 },
	};

	boot_machine(state);
	expect_jobs_done(jobs, 2);
	for (int i = 0; i < 2; i++) {
		jobs[1].run = take_down_unfolded_cpu_1;
		jobs[1].arg = &items[i];
		boot_machine(state);
		assert_false(sim_run(jobs, 2));
		assert_string_equal(sim_verdict()->id, "INV_FOLDED");
	}
}

/* --- References --- */

/* Goal: who walks over pages finds one that is in use, wherever he begins. */
static void test_get_walks(void **state)
{
	(void)state;
	expect_done("mmfuzz 1\n0 alloc\n0 get block 31\n0 get block 7\n");
	assert_int_equal(workload_stats.idle[PROGRAM_OP_get], 0);
	expect_done("mmfuzz 1\n0 get block 7\n");
	assert_int_equal(workload_stats.idle[PROGRAM_OP_get], 1);
}

/* --- Signals and failures --- */

/* Goal: a signal ends a contiguous allocation, the next one is left alone. */
static void test_signal(void **state)
{
	(void)state;
	expect_done("mmfuzz 1\n0 cma_alloc count 4\n"
		    "  switch at try_positions:mutex_lock to 1\n"
		    "1 signal\n");
	assert_reached(STATE_cma_busy);
	expect_done("mmfuzz 1\n1 signal\n0 cma_alloc count 4\n");
	assert_reached(STATE_cma_busy);
	expect_done("mmfuzz 1\n1 signal\n0 drain\n0 cma_alloc count 4\n");
	assert_false(workload_reached(STATE_cma_busy));
	/* Nobody pins for who is to end. */
	expect_done("mmfuzz 1\n1 signal\n0 pin how longterm\n");
	assert_false(workload_reached(STATE_pinned));
	expect_done("mmfuzz 1\n1 signal\n0 drain\n0 pin how longterm\n");
	assert_true(workload_reached(STATE_pinned));

	/* Who would kill himself kills the next task. */
	expect_done("mmfuzz 1\n0 signal\n1 cma_alloc count 4\n");
	assert_reached(STATE_cma_busy);
	/* Nor does it reach the epilogue. */
	expect_done("mmfuzz 1\n0 cma_alloc count 4\n1 signal\n");
}

/*
 * Goal: the count-th allocation of the task fails, no other, and no check
 * complains.
 */
static void test_fail(void **state)
{
	(void)state;
	expect_done("mmfuzz 1\n0 fail count 2\n1 alloc\n0 alloc\n1 alloc\n"
		    "0 drain\n");
	assert_false(workload_reached(STATE_alloc_failure_injected));
	expect_done("mmfuzz 1\n0 fail count 2\n0 alloc\n0 alloc\n0 alloc\n"
		    "0 free slot 2\n");
	assert_reached(STATE_alloc_failure_injected);
	/* An interrupt's does not count, and the epilogue's do not fail. */
	expect_done("mmfuzz 1\n0 fail\n0 drain\n  interrupt at 0 alloc\n"
		    "0 isolate\n");
	assert_irqs(PROGRAM_SWITCH_alloc, 1, 0);
	assert_false(workload_reached(STATE_alloc_failure_injected));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_interrupt_in_a_section, setup),
		cmocka_unit_test_setup(test_interrupt_waits, setup),
		cmocka_unit_test_setup(test_interrupt_is_another_operation,
				       setup),
		cmocka_unit_test_setup(test_interrupt_is_judged, setup),
		cmocka_unit_test_setup(test_interrupts_shrink, setup),
		cmocka_unit_test_setup(test_offline_cpu, setup),
		cmocka_unit_test_setup(test_pages_left_behind, setup),
		cmocka_unit_test_setup(test_difference_left_behind, setup),
		cmocka_unit_test_setup(test_get_walks, setup),
		cmocka_unit_test_setup(test_signal, setup),
		cmocka_unit_test_setup(test_fail, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
