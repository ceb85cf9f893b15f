/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Programs as text.
 */
#include "tests/random_program.h"

#include "program/text.h"

static struct program one, two;
static struct text text;

/* The canonical text of @program, with @header unless it is NULL. */
static char *print(const struct text_header *header,
		   const struct program *program)
{
	char *s = NULL;
	size_t size;
	FILE *out = open_memstream(&s, &size);

	assert_non_null(out);
	text_print(out, header, program, NULL);
	fclose(out);
	return s;
}

/* Parse @source into text; returns the error message, "" if there is none. */
static char *parse(const char *source, size_t size)
{
	char *message = NULL;
	size_t length;
	FILE *err = open_memstream(&message, &length);
	int ret;

	assert_non_null(err);
	ret = text_parse(&text, "f", source, size, err);
	fclose(err);
	assert_int_equal(ret != 0, length != 0);
	return message;
}

static void test_text_round_trip(void **state)
{
	(void)state;
	for (int run = 0; run < 3000; run++) {
		uint8_t data[300], bytes[300];
		char *first, *again, *message;
		size_t n;

		program_decode(&one, data, random_bytes(data, sizeof(data)));
		first = print(NULL, &one);
		message = parse(first, strlen(first));
		assert_string_equal(message, "");
		assert_same_program(&one, &text.program);
		n = program_encode(&text.program, bytes, sizeof(bytes));
		program_decode(&two, bytes, n);
		again = print(NULL, &two);
		assert_string_equal(first, again);
		free(first);
		free(again);
		free(message);
	}
}

static const char canonical[] = "mmfuzz 1\n"
				"expect INV_FREELIST_TYPE\n"
				"reaches fallback_steal undo\n"
				"targets fuzz_mm\n"
				"bug free-type-read-before-lock\n"
				"policy nocma=5.9\n"
				"known linux-unisolate-multiblock\n"
				"subject core linux-6.12\n"
				"access every\n"
				"set cpus 3\n"
				"set memory 256\n"
				"set blocks pageblock 3 max 5\n"
				"set pcplists\n"
				"set cma 0\n"
				"set grouping off\n"
				"0 alloc order 4 type unmovable slot 15\n"
				"  switch at 8191 to 1\n"
				"  switch in work at 3 to 0\n"
				"  switch at 0 to worker 7\n"
				"  interrupt at 2 free slot 4\n"
				"  interrupt in work at 8191 alloc order 3 "
				"slot 15\n"
				"  interrupt at 4 alloc\n"
				"1 isolate span 2\n"
				"15 drain scope local\n"
				"3 nocma_begin\n";

/* @source means what the canonical text does. */
static void expect_canonical(const char *source, size_t size)
{
	char *message = parse(source, size), *out;

	assert_string_equal(message, "");
	out = print(&text.header, &text.program);
	assert_string_equal(out, canonical);
	free(out);
	free(message);
}

static void test_text_canonical(void **state)
{
	(void)state;
	expect_canonical(canonical, sizeof(canonical) - 1);
}

/* Goal: what people may write otherwise means the same. */
static void test_text_liberties(void **state)
{
	static const char source[] =
		"# A comment.\r\n\n\tmmfuzz   1 # one\n"
		"reaches fallback_steal\n"
		"expect INV_FREELIST_TYPE\nreaches undo\ntargets fuzz_mm\n"
		"bug free-type-read-before-lock\npolicy nocma=5.9\n"
		"subject core linux-6.12\nknown linux-unisolate-multiblock\n"
		"access every\nset cpus 3\nset memory 256\n"
		"set blocks max 5 pageblock 3\nset pcplists batch 0\n"
		"set cma 0\nset grouping off\n"
		"0 alloc slot 15 type unmovable order 4\n"
		"switch to 1 at 8191\nswitch to 0 in work at 3\n"
		"switch to worker 7 at 0\ninterrupt at 2 free slot 4\n"
		"interrupt at 8191 in work alloc slot 15 order 3\n"
		"interrupt at 4 alloc slot 0\n"
		"1 isolate block 0 span 2 slot 0\n"
		"15 drain scope local # this CPU\n    3 nocma_begin";

	(void)state;
	expect_canonical(source, sizeof(source) - 1);
}

/* Goal: a byte holds the dull value 0 where people count from 1. */
static void test_text_values(void **state)
{
	static const char source[] = "mmfuzz 1\nset cpus 1\nset memory 64\n"
				     "0 isolate span 1\n0 cma_alloc count 32\n";
	static const uint8_t bytes[] = { 0xff, 0xfe, 0xb1, 0xbf, 0, 31 };
	uint8_t out[sizeof(bytes) + 1];
	char *message;

	(void)state;
	message = parse(source, sizeof(source) - 1);
	assert_string_equal(message, "");
	assert_int_equal(program_encode(&text.program, out, sizeof(out)),
			 sizeof(bytes));
	assert_memory_equal(out, bytes, sizeof(bytes));
	free(message);
}

/* Goal: each size of memory has one record, and each record is some size. */
static void test_text_memory(void **state)
{
	(void)state;
	for (unsigned int pages = 0; pages < 128; pages++) {
		for (unsigned int shift = 0; shift < 13; shift++) {
			uint8_t data[3] = { 0xfe, (uint8_t)pages,
					    (uint8_t)shift };
			uint8_t arg[PROGRAM_MAX_ARGS];
			unsigned int below, above;

			program_decode(&one, data, sizeof(data));
			assert_int_equal(text_args_to_pages(one.rec[0].arg),
					 text_args_to_pages(data + 1));
			assert_int_equal(
				text_pages_to_args(text_args_to_pages(data + 1),
						   arg, &below, &above),
				0);
			assert_memory_equal(arg, one.rec[0].arg, 2);
		}
	}
}

static void test_text_places(void **state)
{
	static const char source[] = "mmfuzz 1\n0 alloc\n  switch at "
				     "free_one_page:spin_lock#2 to 1\n"
				     "  switch at drain.isra.0:read_once to "
				     "1\n";
	char *message;

	(void)state;
	message = parse(source, sizeof(source) - 1);
	assert_string_equal(message, "");
	free(message);
	assert_int_equal(text.nr_places, 2);
	assert_string_equal(text.place[0].name, "free_one_page:spin_lock");
	assert_int_equal(text.place[0].nth, 2);
	assert_int_equal(text.place[0].record, 1);
	assert_int_equal(text.place[0].line, 3);
	assert_int_equal(text.place[0].column, 13);
	assert_string_equal(text.place[1].name, "drain.isra.0:read_once");
	assert_int_equal(text.place[1].nth, 1);
	assert_int_equal(text.place[1].record, 2);
}

#define M "mmfuzz 1\n"
#define OPS                                                              \
	"alloc, free, drain, isolate, undo, nocma_begin, nocma_end, "    \
	"cma_alloc, pcp, contig_alloc, alloc_gfp, fail, "                \
	"cpu, signal, pcp_off, offline, alloc_comp, bulk, split, "       \
	"use, get, take_off, rights, watermarks, vmstat, touch, zap, "   \
	"fork, move, truncate, migrate, reclaim, lru, mlock, "           \
	"lru_drain, lru_off, writeback, buffer, pin, off_lru, compact, " \
	"poison, huge"
#define HEADERS                                                   \
	"a task 0..15, set, switch, interrupt, expect, reaches, " \
	"targets, bug, policy, known, subject or access"
#define PLACE "0..8191 or a place, function:what or function:what#k"

static const struct {
	const char *source;
	const char *message; /* without "f:" */
} errors[] = {
	{ "", "1:1: end of file; expected mmfuzz 1" },
	{ "# x\n\n", "3:1: end of file; expected mmfuzz 1" },
	{ "set cpus 1\n", "1:1: \"set\"; expected mmfuzz 1" },
	{ "mmfuzz\n", "1:7: end of line after mmfuzz; expected 1" },
	{ "mmfuzz 2\n", "1:8: \"2\" after mmfuzz; expected 1" },
	{ "mmfuzz 1 1\n", "1:10: \"1\"; expected end of line" },
	{ M "foo\n", "2:1: \"foo\"; expected " HEADERS },
	{ M "\x01\xff\n", "2:1: \"\\x01\\xff\"; expected " HEADERS },
	{ M "mmfuzz 1\n", "2:1: \"mmfuzz\"; expected " HEADERS },
	{ M "0 free\nbug x\n", "3:1: \"bug\" after the first record; expected "
			       "a task 0..15, set, switch or interrupt" },
	{ M "expect\n", "2:7: end of line; expected one verdict, or done" },
	{ M "expect a b\n", "2:10: \"b\" is one too many; expected at most 1 "
			    "in expect" },
	{ M "expect a\nexpect b\n", "3:8: \"b\" is one too many; expected at "
				    "most 1 in expect" },
	{ M "reaches\n", "2:8: end of line; expected a state" },
	{ M "targets\n", "2:8: end of line; expected a target" },
	{ M "bug\n", "2:4: end of line; expected a bug" },
	{ M "bug a=b\n", "2:5: \"a=b\"; expected a bug" },
	{ M "policy a\n", "2:8: \"a\"; expected a policy, NAME=VALUE" },
	{ M "access\n", "2:7: end of line after access; expected every" },
	{ M "access some\n", "2:8: \"some\" after access; expected every" },
	{ M "access every x\n", "2:14: \"x\"; expected end of line" },
	{ M "16 alloc\n", "2:1: \"16\"; expected a task, 0..15" },
	{ M "99999999999999 alloc\n", "2:1: \"99999999999999\"; expected a "
				      "task, 0..15" },
	{ M "0\n", "2:2: end of line for an operation; expected " OPS },
	{ M "0 aloc\n", "2:3: \"aloc\" for an operation; expected " OPS },
	{ M "0 free order 1\n", "2:8: \"order\" after free; expected slot, end "
				"of line" },
	{ M "0 nocma_end slot 1\n", "2:13: \"slot\" after nocma_end; expected "
				    "end of line" },
	{ M "0 free slot\n", "2:12: end of line for slot; expected 0..15" },
	{ M "0 free slot 16\n", "2:13: \"16\" for slot; expected 0..15" },
	{ M "0 free slot x\n", "2:13: \"x\" for slot; expected 0..15" },
	{ M "0 isolate span 0\n", "2:16: \"0\" for span; expected 1..8" },
	{ M "0 isolate span 9\n", "2:16: \"9\" for span; expected 1..8" },
	{ M "0 alloc type cma\n", "2:14: \"cma\" for type; expected movable, "
				  "unmovable, reclaimable" },
	{ M "0 alloc type\n", "2:13: end of line for type; expected movable, "
			      "unmovable, reclaimable" },
	{ M "0 free slot 1 slot 1\n", "2:15: \"slot\" a second time; expected "
				      "each argument once" },
	{ M "switch at 1 to 1\n", "2:1: \"switch\" before the first operation; "
				  "expected a switch "
				  "below the operation it belongs to" },
	{ M "0 free\nswitch\n", "3:7: end of line in a switch; expected at "
				"POINT and to TASK" },
	{ M "0 free\nswitch at\n", "3:10: end of line after at; "
				   "expected " PLACE },
	{ M "0 free\nswitch at 1\n", "3:12: end of line in a switch; expected "
				     "to TASK" },
	{ M "0 free\nswitch to 1\n", "3:12: end of line in a switch; expected "
				     "at POINT" },
	{ M "0 free\nswitch at 1 at 1\n", "3:13: \"at\" in a switch; expected "
					  "to TASK" },
	{ M "0 free\nswitch at 8192 to 1\n", "3:11: \"8192\" after at; "
					     "expected 0..8191" },
	{ M "0 free\nswitch at 1 to 16\n", "3:16: \"16\" after to; expected a "
					   "task, 0..15, or worker and a "
					   "CPU" },
	{ M "0 free\nswitch at 1 to worker\n", "3:22: end of line after "
					       "worker; expected a CPU, "
					       "0..7" },
	{ M "0 free\nswitch at 1 to worker 8\n", "3:23: \"8\" after worker; "
						 "expected a CPU, 0..7" },
	{ M "0 free\nswitch in at 1\n", "3:11: \"at\" after in; expected "
					"work" },
	{ M "0 free\nswitch in work in\n", "3:16: \"in\" in a switch; "
					   "expected at POINT and to TASK" },
	{ M "interrupt at 1 free\n", "2:1: \"interrupt\" before the first "
				     "operation; expected a switch below the "
				     "operation it belongs to" },
	{ M "0 free\ninterrupt free\n", "3:11: \"free\" in a switch; expected "
					"at POINT" },
	{ M "0 free\ninterrupt at 1\n", "3:15: end of line for an interrupt; "
					"expected free, alloc" },
	{ M "0 free\ninterrupt at 1 to 1\n", "3:16: \"to\" for an interrupt; "
					     "expected free, alloc" },
	{ M "0 free\ninterrupt at 1 alloc order 4\n",
	  "3:28: \"4\" for order; expected 0..3" },
	{ M "0 free\ninterrupt at 1 free order 1\n",
	  "3:21: \"order\" after free; expected slot, end of line" },
	{ M "0 free\nswitch at 1 to 1 x\n", "3:18: \"x\"; expected end of "
					    "line" },
	{ M "0 free\nswitch at f to 1\n", "3:11: \"f\" after at; "
					  "expected " PLACE },
	{ M "0 free\nswitch at f: to 1\n", "3:11: \"f:\" after at; "
					   "expected " PLACE },
	{ M "0 free\nswitch at f:x#0 to 1\n", "3:11: \"f:x#0\" after at; "
					      "expected " PLACE },
	{ M "0 free\nswitch at f:x# to 1\n", "3:11: \"f:x#\" after at; "
					     "expected " PLACE },
	{ M "0 free\nswitch at f#1:x to 1\n", "3:11: \"f#1:x\" after at; "
					      "expected " PLACE },
	{ M "set\n", "2:4: end of line for a setting; expected cpus, memory, "
		     "blocks, cma, pcplists, grouping, guards, watermarks, "
		     "zones, hole, pins" },
	{ M "set x\n", "2:5: \"x\" for a setting; expected cpus, memory, "
		       "blocks, cma, pcplists, grouping, guards, watermarks, "
		       "zones, hole, pins" },
	{ M "set cpus\n", "2:9: end of line for cpus; expected 1..8" },
	{ M "set cpus 0\n", "2:10: \"0\" for cpus; expected 1..8" },
	{ M "set cpus 9\n", "2:10: \"9\" for cpus; expected 1..8" },
	{ M "set cpus 1 2\n", "2:12: \"2\"; expected end of line" },
	{ M "set memory\n", "2:11: end of line for memory; expected a number "
			    "of pages, 64..4423680" },
	{ M "set memory 8\n", "2:12: \"8\" for memory; expected 64, the "
			      "nearest" },
	{ M "set memory 9999999999\n", "2:12: \"9999999999\" for memory; "
				       "expected 4423680, the nearest" },
	{ M "set memory 100\n", "2:12: \"100\" for memory; expected 96 or 104, "
				"the nearest" },
	{ M "set memory 1084\n", "2:12: \"1084\" for memory; expected 1080 or "
				 "1088, the nearest" },
	{ M "set memory 256 x\n", "2:16: \"x\"; expected end of line" },
	{ M "set blocks order 3\n", "2:12: \"order\" after blocks; expected "
				    "pageblock, max, "
				    "end of line" },
	{ M "set grouping maybe\n", "2:14: \"maybe\" for mobility; expected "
				    "on, off" },
};

static void test_text_errors(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		char *message =
			parse(errors[i].source, strlen(errors[i].source));
		char expected[600];

		snprintf(expected, sizeof(expected), "f:%s\n",
			 errors[i].message);
		assert_string_equal(message, expected);
		free(message);
	}
}

/* Goal: text that would not fit in an input is refused where it does not. */
static void test_text_too_long(void **state)
{
	static char source[64 * 1024];
	char *message;
	size_t n;

	(void)state;
	n = (size_t)sprintf(source, M);
	for (int i = 0; i < PROGRAM_MAX_BYTES; i++)
		n += (size_t)sprintf(source + n, "0 free\n");
	message = parse(source, n);
	assert_string_equal(message, "");
	assert_int_equal(text.program.nr, PROGRAM_MAX_BYTES);
	free(message);
	n += (size_t)sprintf(source + n, "0 free\n");
	message = parse(source, n);
	assert_string_equal(message, "f:4098:1: \"0\" is one record too many; "
				     "expected "
				     "a program of at most 4096 bytes\n");
	free(message);
}

/* Goal: any bytes as text give an error or a program, never anything else. */
static void test_text_garbage(void **state)
{
	static const char *const words[] = {
		"mmfuzz", "1",	     "\n",   "\n",     "0",	    "alloc",
		"free",	  "switch",  "at",   "to",     "interrupt", "in",
		"work",	  "worker",  "set",  "cpus",   "16",	    "slot",
		"memory", "#",	     "a:b#", "expect", "\r\n",	    "order",
		"bug",	  "a=b",     "\t",   "15",     "blocks",    "a:b#2",
		"7",	  "reaches",
	};

	(void)state;
	for (int run = 0; run < 20000; run++) {
		char source[400];
		size_t n = (size_t)sprintf(source, "%s", run & 1 ? M : "");

		for (unsigned int i = random32() % 30; i; i--)
			n += (size_t)sprintf(
				source + n, "%s ",
				words[random32() %
				      (sizeof(words) / sizeof(words[0]))]);
		if (run % 5 == 0)
			n = random_bytes((uint8_t *)source, sizeof(source));
		free(parse(source, n));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text_round_trip),
		cmocka_unit_test(test_text_canonical),
		cmocka_unit_test(test_text_liberties),
		cmocka_unit_test(test_text_values),
		cmocka_unit_test(test_text_memory),
		cmocka_unit_test(test_text_places),
		cmocka_unit_test(test_text_errors),
		cmocka_unit_test(test_text_too_long),
		cmocka_unit_test(test_text_garbage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
