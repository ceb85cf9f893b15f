// SPDX-License-Identifier: GPL-2.0-only
/*
 * Dumps of the core: to the letter what mm/vmstat.c and mm/debug.c of 6.12
 * would write. Method: texts written by hand, from the formats there, for a
 * small machine with two zones.
 */
#include <string.h>

#include "tests/core/core_machine.h"

static char text[4096];

static void put(const char *piece)
{
	assert_true(strlen(text) + strlen(piece) < sizeof(text));
	strcat(text, piece);
}

/*
 * One page of block 0 is unmovable, which claims the 32 pages of its free
 * block; the upper of two CMA pageblocks is isolated.
 */
static void job_use(void *arg)
{
	struct page *page = alloc_pages(GFP_KERNEL, 0);

	(void)arg;
	EXPECT(page_to_pfn(page) == 0);
	set_bit(PG_lru, &page->flags);
	EXPECT(!start_isolate_page_range(40, 48, MIGRATE_CMA));
}

static int boot_and_use(void **state)
{
	const struct subject_geometry g = {
		.nr_cpus = 2,
		.nr_pages = 64,
		.movable_start = 48,
		.block_order = 3,
		.max_order = 5,
		.cma_blocks = 2,
		.pcp_batch = 1,
		.pcp_high = 4,
	};
	struct sim_job job = { .run = job_use };

	(void)state;
	boot_geometry(&g);
	text[0] = '\0';
	return !sim_run(&job, 1);
}

static void test_buddyinfo(void **state)
{
	(void)state;
	assert_true(subject_dump("buddyinfo", put));
	assert_string_equal(text, "Node 0, zone   Normal      1      1      1"
				  "      3      1      0 \n"
				  "Node 0, zone  Movable      0      0      0"
				  "      0      1      0 \n");
}

/* Goal: header, free blocks by type and order, pageblocks by type. */
static void test_pagetypeinfo(void **state)
{
	static const char *const lines[] = {
		"Page block order: 3\nPages per block:  8\n\n",
		"Free pages count per migrate type at order  ",
		"     0      1      2      3      4      5 \n",
		"Node    0, zone   Normal, type    Unmovable ",
		"     1      1      1      1      1      0 \n",
		"Node    0, zone   Normal, type      Movable ",
		"     0      0      0      0      0      0 \n",
		"Node    0, zone   Normal, type  Reclaimable ",
		"     0      0      0      0      0      0 \n",
		"Node    0, zone   Normal, type   HighAtomic ",
		"     0      0      0      0      0      0 \n",
		"Node    0, zone   Normal, type          CMA ",
		"     0      0      0      1      0      0 \n",
		"Node    0, zone   Normal, type      Isolate ",
		"     0      0      0      1      0      0 \n",
		"Node    0, zone  Movable, type    Unmovable ",
		"     0      0      0      0      0      0 \n",
		"Node    0, zone  Movable, type      Movable ",
		"     0      0      0      0      1      0 \n",
		"Node    0, zone  Movable, type  Reclaimable ",
		"     0      0      0      0      0      0 \n",
		"Node    0, zone  Movable, type   HighAtomic ",
		"     0      0      0      0      0      0 \n",
		"Node    0, zone  Movable, type          CMA ",
		"     0      0      0      0      0      0 \n",
		"Node    0, zone  Movable, type      Isolate ",
		"     0      0      0      0      0      0 \n",
		"\nNumber of blocks type     Unmovable      Movable ",
		" Reclaimable   HighAtomic          CMA      Isolate \n",
		"Node 0, zone   Normal            4            0 ",
		"           0            0            1            1 \n",
		"Node 0, zone  Movable            0            2 ",
		"           0            0            0            0 \n",
		NULL
	};
	const char *at = text;

	(void)state;
	assert_true(subject_dump("pagetypeinfo", put));
	for (const char *const *line = lines; *line; line++) {
		if (strncmp(at, *line, strlen(*line)))
			print_error("found: %s\nnot: %s\n", at, *line);
		assert_memory_equal(at, *line, strlen(*line));
		at += strlen(*line);
	}
	assert_string_equal(at, "");
}

/* Goal: the kernel's lines in their order; others may stand between them. */
static void expect_in_order(const char *const *lines)
{
	const char *at = text;

	for (; *lines; lines++) {
		at = strstr(at, *lines);
		if (!at)
			print_error("%s\nlacks, or not in this order: %s\n",
				    text, *lines);
		assert_non_null(at);
		at += strlen(*lines) - 1; /* its end begins the next line */
	}
}

static void test_zoneinfo(void **state)
{
	static const char *const lines[] = {
		"Node 0, zone   Normal\n",
		"\n  pages free     39\n",
		"\n        spanned  48\n        present  48\n"
		"        managed  48\n        cma      16\n",
		"\n      nr_free_pages 39\n",
		"\n      nr_free_cma  8\n",
		"\n  pagesets\n    cpu: 0\n",
		"\n              count: 0\n              high:  4\n"
		"              batch: 1\n",
		"\n    cpu: 1\n              count: 0\n",
		"\n  start_pfn:           0\n",
		"\nNode 0, zone  Movable\n",
		"\n  pages free     16\n",
		"\n        cma      0\n",
		"\n  start_pfn:           48\n",
		NULL
	};

	(void)state;
	assert_true(subject_dump("zoneinfo", put));
	expect_in_order(lines);
	assert_string_equal(text + strlen(text) - 3, "48\n");
}

/* Goal: a hole is spanned, but not present, and in one zone only. */
static void test_zoneinfo_hole(void **state)
{
	static const char *const lines[] = {
		"\n        spanned  96\n        present  96\n"
		"        managed  96\n        cma      0\n",
		"\n        spanned  160\n        present  157\n"
		"        managed  157\n        cma      0\n",
		NULL
	};
	struct subject_geometry g = small_machine;

	(void)state;
	g.cma_blocks = 0;
	g.movable_start = 96;
	g.hole_start = 100;
	g.hole_end = 103;
	boot_geometry(&g);
	assert_true(subject_dump("zoneinfo", put));
	expect_in_order(lines);
}

static void job_cpu_1_dies(void *arg)
{
	(void)arg;
	sim_cpu_offline(1, subject_cpu_dead, NULL);
	text[0] = '\0';
	EXPECT(subject_dump("zoneinfo", put));
}

/* Goal: CPUs that are offline have no pageset there. */
static void test_zoneinfo_cpu(void **state)
{
	(void)state;
	run_as_job(job_cpu_1_dies);
	assert_non_null(strstr(text, "\n    cpu: 0\n"));
	assert_null(strstr(text, "\n    cpu: 1\n"));
}

static void test_no_such_dump(void **state)
{
	(void)state;
	assert_false(subject_dump("slabinfo", put));
	assert_false(subject_dump_page(64, NULL, put));
	assert_string_equal(text, "");
}

static void expect_page(unsigned int pfn, const char *reason,
			const char *expected)
{
	text[0] = '\0';
	assert_true(subject_dump_page(pfn, reason, put));
	assert_string_equal(text, expected);
}

static void test_dump_page(void **state)
{
	(void)state;
	expect_page(0, "in use",
		    "page: refcount:1 mapcount:0 mapping:0000000000000000 "
		    "index:0x0 pfn:0x0\n"
		    "flags: 0x2(lru|zone=0)\n"
		    "page dumped because: in use\n");
	expect_page(32, NULL,
		    "page: refcount:0 mapcount:0 mapping:0000000000000000 "
		    "index:0x0 pfn:0x20\n"
		    "flags: 0x0(zone=0) CMA\n"
		    "page_type: f0(buddy)\n");
	expect_page(48, NULL,
		    "page: refcount:0 mapcount:0 mapping:0000000000000000 "
		    "index:0x0 pfn:0x30\n"
		    "flags: 0x0(zone=1)\n"
		    "page_type: f0(buddy)\n");
	mem->mem_map[49].guard = true;
	expect_page(49, NULL,
		    "page: refcount:0 mapcount:0 mapping:0000000000000000 "
		    "index:0x0 pfn:0x31\n"
		    "flags: 0x0(zone=1)\n"
		    "page_type: f3(guard)\n");
	mem->mem_map[49].guard = false;
	mem->mem_map[49].flags |= 1ul << PG_offline;
	expect_page(49, NULL,
		    "page: refcount:0 mapcount:0 mapping:0000000000000000 "
		    "index:0x0 pfn:0x31\n"
		    "flags: 0x20(zone=1)\n"
		    "page_type: f1(offline)\n");
	mem->mem_map[49].flags = 0;
}

static void job_map(void *arg)
{
	unsigned long content;

	(void)arg;
	EXPECT(!write_user(&mem->mm[0], 1, 1));
	for (unsigned int i = 0; i < 3; i++)
		EXPECT(!read_user(&mem->mm[i], 2 * ANON_PAGES + 1, &content));
	lru_add_drain();
}

/* The page that process @mm has at @address says @lines, and its number. */
static void expect_user_page(unsigned int mm, unsigned int address,
			     unsigned long mapping, const char *lines)
{
	unsigned int pfn = mem->mm[mm].pte[address] >> PTE_SHIFT;
	char expected[400];

	snprintf(expected, sizeof(expected),
		 "page: refcount:%d mapcount:1 mapping:%016lx index:0x1 "
		 "pfn:0x%x\n%s",
		 mapping ? 2 : 1, mapping, pfn, lines);
	expect_page(pfn, NULL, expected);
}

/* Goal: anonymous pages have no mapping, unless they are in the swap cache. */
static void test_dump_user_page(void **state)
{
	struct sim_job job = { .run = job_map };
	struct page *anon;

	(void)state;
	boot_geometry(&small_machine);
	assert_true(sim_run(&job, 1));
	expect_user_page(0, 1, 0,
			 "anon flags: 0x10402("
			 "uptodate|lru|swapbacked|zone=0)\n");
	expect_user_page(0, 2 * ANON_PAGES + 1, 1,
			 "aops:def_blk_aops ino:1\n"
			 "flags: 0x402(uptodate|lru|zone=0)\n");
	expect_user_page(1, 2 * ANON_PAGES + 1, 2,
			 "aops:ram_aops ino:2\n"
			 "flags: 0x402(uptodate|lru|zone=0)\n");
	expect_user_page(2, 2 * ANON_PAGES + 1, 3,
			 "aops:shmem_aops ino:3\n"
			 "flags: 0x10c02("
			 "uptodate|dirty|lru|swapbacked|zone=0)\n");
	anon = pte_page(mem->mm[0].pte[1]);
	anon->flags |= 1ul << PG_swapcache;
	text[0] = '\0';
	assert_true(subject_dump_page(page_to_pfn(anon), NULL, put));
	assert_non_null(strstr(text, " mapping:0000000000000005 index"));
	assert_null(strstr(text, "aops"));
	assert_non_null(strstr(text, "|owner_priv_1|"));
	anon->mapping = 0;
	assert_true(subject_dump_page(page_to_pfn(anon), NULL, put));
	assert_non_null(strstr(text, "\naops:swap_aops\n"));
}

static void job_say(void *arg)
{
	(void)arg;
	dump_page(mem->mem_map, "said");
}

/* Goal: what the core says is heard by who listens, beside dumps. */
static void test_messages(void **state)
{
	struct sim_job job = { .run = job_say };

	(void)state;
	assert_true(sim_run(&job, 1));
	assert_string_equal(text, "");
	subject_on_message(put);
	assert_true(subject_dump("buddyinfo", put));
	text[0] = '\0';
	assert_true(sim_run(&job, 1));
	subject_on_message(NULL);
	assert_non_null(strstr(text, "page dumped because: said\n"));
}

#define SHOW(name) cmocka_unit_test_setup(test_##name, boot_and_use)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SHOW(buddyinfo),     SHOW(pagetypeinfo),   SHOW(zoneinfo),
		SHOW(zoneinfo_hole), SHOW(zoneinfo_cpu),   SHOW(no_such_dump),
		SHOW(dump_page),     SHOW(dump_user_page), SHOW(messages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
