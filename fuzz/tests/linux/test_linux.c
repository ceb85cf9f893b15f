// SPDX-License-Identifier: GPL-2.0-only
/*
 * A Linux tree as a subject: it boots in many sizes, each operation works by
 * itself and ends in no stub whatever its arguments are, resets are exact, and
 * what the tree finds out about itself is a verdict. Known findings are masked:
 * here the harness is tested, not the tree.
 */
#include "tests/random_program.h"

#include <sys/wait.h>
#include <unistd.h>

#include "program/text.h"
#include "program/workload.h"
#include "subject/linux/bridge.h"
#include "subject/subject.h"

static struct text text;
static struct program program;

static int mask_findings(void **state)
{
	(void)state;
	subject_clear_bugs();
	for (unsigned int i = 0; subject_findings[i].name; i++)
		assert_int_equal(subject_set_known(subject_findings[i].name),
				 0);
	/* Looks at everything, and that each reset has restored all of it. */
	workload_options =
		(struct workload_options){ .check_full = true,
					   .op_mask = WORKLOAD_ALL_OPS };
	return 0;
}

static void assert_done(const struct program *p)
{
	if (workload_run(p))
		return;
	text_print(stderr, NULL, p, NULL);
	workload_print_verdict(stderr, sim_verdict());
	fail_msg("%s", sim_verdict()->id);
}

static void read_text(const char *source)
{
	assert_int_equal(
		text_parse(&text, "text", source, strlen(source), stderr), 0);
}

static void test_boots(void **state)
{
	static const char *const machines[] = {
		"mmfuzz 1\n",
		"mmfuzz 1\nset cpus 1\n",
		"mmfuzz 1\nset cpus 8\n",
		"mmfuzz 1\nset memory 64\n",
		"mmfuzz 1\nset memory 4096\nset cma 0\n",
		"mmfuzz 1\nset memory 8192\nset cma 63\n",
		"mmfuzz 1\nset pcplists batch 8 high 32\n",
		"mmfuzz 1\nset guards 2\n",
		"mmfuzz 1\nset grouping off\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(machines) / sizeof(machines[0]); i++) {
		char source[200];

		/* An allocation so that it is not only the boot. */
		snprintf(source, sizeof(source), "%s0 alloc\n0 free\n",
			 machines[i]);
		read_text(source);
		assert_done(&text.program);
	}
}

/* What must come before an operation so that it is not idle. */
static const char *const operations[] = {
#define OP(name, codes, args, text) [PROGRAM_OP_##name] = #name,
#include "program/ops.def"
#undef OP
};

static const char *as_text(unsigned int op)
{
	/* No single page is waited for. */
	return op == PROGRAM_OP_compact ? "compact how all" : operations[op];
}

static const char *before(unsigned int op)
{
	switch (op) {
	case PROGRAM_OP_free:
		return "0 alloc order 3\n0 alloc slot 1\n0 cma_alloc slot 2\n";
	case PROGRAM_OP_split:
	case PROGRAM_OP_use:
		return "0 alloc order 3\n";
	case PROGRAM_OP_get:
		return "0 alloc type unmovable\n";
	case PROGRAM_OP_undo:
		return "0 isolate block 1\n";
	case PROGRAM_OP_nocma_end:
		return "0 nocma_begin\n";
	case PROGRAM_OP_drain:
		return "0 alloc\n0 free\n";
	case PROGRAM_OP_lru:
	case PROGRAM_OP_off_lru:
		return "0 touch access write\n";
	case PROGRAM_OP_migrate:
	case PROGRAM_OP_reclaim:
	case PROGRAM_OP_compact:
		/* The first page that is handed out is the first of all. */
		return "0 touch access write\n0 lru_drain\n";
	default:
		return "";
	}
}

/* What the tree cannot do is idle, and caps() says so. */
static bool tree_can(unsigned int op)
{
	const struct subject_caps *caps = subject_caps();

	switch (op) {
	case PROGRAM_OP_fail:
		return caps->can_fail_alloc;
	case PROGRAM_OP_cpu:
		return caps->has_hotplug;
	case PROGRAM_OP_signal:
		return caps->has_signals;
	case PROGRAM_OP_offline:
		return caps->offlines_memory;
	case PROGRAM_OP_mlock:
		return caps->has_mlock;
	case PROGRAM_OP_pin:
	case PROGRAM_OP_off_lru:
		return caps->has_pins;
	case PROGRAM_OP_huge:
		return caps->has_huge;
	case PROGRAM_OP_poison:
		return caps->has_poison;
	case PROGRAM_OP_compact:
		return caps->compacts;
	case PROGRAM_OP_fork:
		return caps->has_forks;
	case PROGRAM_OP_move:
		return caps->moves_mappings;
	case PROGRAM_OP_reclaim:
		return caps->reclaims;
	case PROGRAM_OP_truncate:
	case PROGRAM_OP_writeback:
	case PROGRAM_OP_buffer:
		return caps->has_files;
	default:
		return true;
	}
}

static void test_each_operation(void **state)
{
	(void)state;
	for (unsigned int op = 0; op < PROGRAM_NR_OPS; op++) {
		uint64_t busy =
			workload_stats.ops[op] - workload_stats.idle[op];
		char source[200];

		if (op == PROGRAM_OP_take_off && !subject_caps()->has_take_off)
			continue;
		snprintf(source, sizeof(source), "mmfuzz 1\n%s0 %s\n",
			 before(op), as_text(op));
		read_text(source);
		assert_done(&text.program);
		assert_int_equal(workload_stats.ops[op] -
					 workload_stats.idle[op],
				 busy + tree_can(op));
	}
}

/* Goal: events of the machine reach the tree's own code. */
static void test_events(void **state)
{
	(void)state;
	read_text("mmfuzz 1\n1 signal\n0 cma_alloc\n");
	assert_done(&text.program);
	assert_true(workload_reached(STATE_cma_busy));
	read_text("mmfuzz 1\n1 signal\n0 drain\n0 cma_alloc\n");
	assert_done(&text.program);
	assert_false(workload_reached(STATE_cma_busy));
	read_text("mmfuzz 1\n0 fail count 2\n0 alloc\n0 alloc\n0 alloc\n");
	assert_done(&text.program);
	assert_int_equal(workload_reached(STATE_alloc_failure_injected),
			 subject_caps()->can_fail_alloc);
}

/* Goal: some points of a free lie where it has the pcplist's lock. */
static void test_interrupts(void **state)
{
	unsigned int nr = 0;

	(void)state;
	for (int at = 0; at < 60; at++) {
		char source[120];

		snprintf(source, sizeof(source),
			 "mmfuzz 1\n0 alloc type unmovable\n0 free\n"
			 "  interrupt at %d alloc\n  interrupt at %d free\n",
			 at, at + 9);
		read_text(source);
		assert_done(&text.program);
		nr += workload_reached(STATE_irq_trylock_failed);
	}
	assert_in_range(nr, 1, 30);
}

static void set_any_arguments(struct program *p, unsigned int op)
{
	for (unsigned int r = 0; r < p->nr; r++) {
		struct record *rec = &p->rec[r];

		if (rec->type != RECORD_OP || rec->index != op)
			continue;
		for (unsigned int a = 0; a < program_ops[op].nr_args; a++) {
			enum program_arg kind = program_ops[op].args[a];

			rec->arg[a] = (uint8_t)(random32() %
						program_args[kind].nr_values);
		}
	}
}

/* A stub without behaviour would end the test with status 3. */
static void test_any_arguments(void **state)
{
	(void)state;
	for (unsigned int op = 0; op < PROGRAM_NR_OPS; op++) {
		for (unsigned int i = 0; i < 150; i++) {
			char source[200];

			snprintf(source, sizeof(source),
				 "mmfuzz 1\n%s0 %s\n1 %s\n"
				 "  switch at %u to 0\n",
				 before(op), operations[op], operations[op],
				 random32() % 64);
			read_text(source);
			set_any_arguments(&text.program, op);
			assert_done(&text.program);
		}
	}
}

#define NR_INPUTS 200

static uint64_t hash_of(unsigned int nr)
{
	uint8_t data[600];

	rng = nr * 7919u + 1;
	program_decode(&program, data, random_bytes(data, sizeof(data)));
	assert_done(&program);
	return workload_trace_hash();
}

static void test_deterministic(void **state)
{
	static uint64_t hashes[NR_INPUTS];

	(void)state;
	for (unsigned int i = 0; i < NR_INPUTS; i++)
		hashes[i] = hash_of(i);
	for (unsigned int i = NR_INPUTS; i--;)
		assert_true(hash_of(i) == hashes[i]);
}

/* --- What is wrong is a verdict --- */

static const char *verdict_of(void (*run)(void *unused))
{
	struct sim_job job = { .run = run };

	read_text("mmfuzz 1\n");
	assert_done(&text.program);
	sim_reset(&(struct sim_config){ .nr_cpus = 2 });
	assert_false(sim_run(&job, 1));
	return sim_verdict()->id;
}

static void free_twice(void *unused)
{
	long pfn = subject_alloc_pages(SUBJECT_REQUEST_UNMOVABLE,
				       SUBJECT_GFP_NORETRY, 0);

	(void)unused;
	subject_free_pages((unsigned int)pfn, 0);
	subject_free_pages((unsigned int)pfn, 0);
}

static void sleep_in_atomic(void *unused)
{
	(void)unused;
	sim_preempt_disable();
	subject_cma_alloc(1, 0);
}

/* WARN() in free_contig_range(): a page is still in use. */
static void free_what_is_in_use(void *unused)
{
	long pfn = subject_alloc_pages(SUBJECT_REQUEST_UNMOVABLE,
				       SUBJECT_GFP_NORETRY, 0);

	(void)unused;
	tree_damage_page((unsigned int)pfn, BRIDGE_DAMAGE_REFERENCE);
	subject_contig_free((unsigned int)pfn, (unsigned int)pfn + 1);
}

static void take_off_corrupt_list(void *unused)
{
	struct subject_list list = { .kind = SUBJECT_LIST_BUDDY,
				     .order = subject_geometry()->max_order,
				     .type = SUBJECT_MOVABLE };
	long pfn = subject_list_next(&list, -1);

	(void)unused;
	tree_damage_page((unsigned int)pfn, BRIDGE_DAMAGE_LIST);
	subject_alloc_pages(SUBJECT_REQUEST_MOVABLE, SUBJECT_GFP_NORETRY,
			    list.order);
}

static void free_bad_page(void *unused)
{
	long pfn = subject_alloc_pages(SUBJECT_REQUEST_UNMOVABLE,
				       SUBJECT_GFP_NORETRY, 0);

	(void)unused;
	tree_damage_page((unsigned int)pfn, BRIDGE_DAMAGE_MAPPING);
	subject_free_pages((unsigned int)pfn, 0);
}

static void test_verdicts(void **state)
{
	(void)state;
	/* VM_BUG_ON_PAGE() in include/linux/mm.h. */
	assert_string_equal(verdict_of(free_twice), "LINUX_put_page_testzero");
	assert_string_equal(verdict_of(sleep_in_atomic), "SLEEP_IN_ATOMIC");
	assert_string_equal(verdict_of(free_what_is_in_use),
			    "LINUX_free_contig_range");
	assert_string_equal(verdict_of(take_off_corrupt_list),
			    "LINUX___list_del_entry_valid");
	assert_string_equal(verdict_of(free_bad_page), "LINUX_bad_page");
}

/* --- AddressSanitizer --- */

/* Present with AddressSanitizer only. */
int __asan_address_is_poisoned(void const volatile *addr) __attribute__((weak));

static const volatile char *contents_of(long pfn)
{
	return (const volatile char *)(BRIDGE_PAGE_OFFSET +
				       ((BRIDGE_START_PFN + (unsigned long)pfn)
					<< BRIDGE_PAGE_SHIFT));
}

/* A child looks at @addr, and must die of it with a report. */
static void assert_reported(const volatile char *addr)
{
	char report[4096] = "";
	size_t len = 0;
	ssize_t nr;
	int fd[2], status;
	pid_t pid;

	assert_int_equal(pipe(fd), 0);
	pid = fork();
	if (!pid) {
		dup2(fd[1], STDERR_FILENO);
		(void)*addr;
		_exit(0);
	}
	close(fd[1]);
	while (len < sizeof(report) - 1 &&
	       (nr = read(fd[0], report + len, sizeof(report) - 1 - len)) > 0)
		len += (size_t)nr;
	close(fd[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_not_equal(status, 0);
	assert_non_null(strstr(report, "AddressSanitizer: use-after-poison"));
}

static void test_free_pages_are_poisoned(void **state)
{
	long pfn;

	(void)state;
	if (!__asan_address_is_poisoned)
		return;
	read_text("mmfuzz 1\n");
	assert_done(&text.program);
	assert_true(__asan_address_is_poisoned(contents_of(0)));
	pfn = subject_alloc_pages(SUBJECT_REQUEST_UNMOVABLE,
				  SUBJECT_GFP_NORETRY, 0);
	assert_true(pfn >= 0);
	assert_false(__asan_address_is_poisoned(contents_of(pfn)));
	subject_free_pages((unsigned int)pfn, 0);
	assert_reported(contents_of(pfn));
}

/* The first object of the slab is the CMA area's bitmap. */
static void test_slab_has_redzones(void **state)
{
	const volatile char *addr = (const volatile char *)BRIDGE_SLAB_START;

	(void)state;
	if (!__asan_address_is_poisoned)
		return;
	read_text("mmfuzz 1\n");
	assert_done(&text.program);
	assert_reported(addr);
	while (__asan_address_is_poisoned(addr))
		addr++;
	while (!__asan_address_is_poisoned(addr))
		addr++;
	assert_reported(addr);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_boots, mask_findings),
		cmocka_unit_test_setup(test_each_operation, mask_findings),
		cmocka_unit_test_setup(test_events, mask_findings),
		cmocka_unit_test_setup(test_interrupts, mask_findings),
		cmocka_unit_test_setup(test_any_arguments, mask_findings),
		cmocka_unit_test_setup(test_deterministic, mask_findings),
		cmocka_unit_test_setup(test_verdicts, mask_findings),
		cmocka_unit_test_setup(test_free_pages_are_poisoned,
				       mask_findings),
		cmocka_unit_test_setup(test_slab_has_redzones, mask_findings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
