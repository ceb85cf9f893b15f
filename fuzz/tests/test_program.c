/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Programs as bytes.
 */
#include "tests/random_program.h"

#include "program/edit.h"

static struct program one, two;

/* Goal: decoding is total, and encoding loses nothing and adds nothing. */
static void test_bytes_round_trip(void **state)
{
	(void)state;
	for (int run = 0; run < 20000; run++) {
		uint8_t data[400], again[400];
		size_t size = random_bytes(data, sizeof(data)), n;

		program_decode(&one, data, size);
		n = program_encode(&one, again, sizeof(again));
		assert_true(n <= size);
		program_decode(&two, again, n);
		assert_same_program(&one, &two);
	}
}

static void test_decode_ranges(void **state)
{
	(void)state;
	for (int run = 0; run < 2000; run++) {
		uint8_t data[300];
		bool has_op = false;

		program_decode(&one, data, random_bytes(data, sizeof(data)));
		for (unsigned int i = 0; i < one.nr; i++) {
			const struct record *r = &one.rec[i];

			assert_true(r->task < PROGRAM_TASKS);
			assert_true(r->at < PROGRAM_MAX_AT);
			has_op |= r->type == RECORD_OP;
			assert_true(has_op || r->type == RECORD_SET);
		}
	}
}

/* Goal: more bytes than a program may have are ignored, not written. */
static void test_decode_too_long(void **state)
{
	static uint8_t data[3 * PROGRAM_MAX_BYTES];

	(void)state;
	memset(data, 0x80 + 32, sizeof(data));
	program_decode(&one, data, sizeof(data));
	assert_int_equal(one.nr, PROGRAM_MAX_BYTES);
	program_decode(&one, NULL, 0);
	assert_int_equal(one.nr, 0);
}

/* Goal: every start code means what program.h says, for ever. */
static void test_codes_are_corpus_format(void **state)
{
	const struct {
		uint8_t byte;
		uint8_t type;
		uint8_t index;
	} codes[] = {
		{ 0x98, RECORD_OP, PROGRAM_OP_alloc },
		{ 0xa0, RECORD_OP, PROGRAM_OP_alloc },
		{ 0xa1, RECORD_OP, PROGRAM_OP_free },
		{ 0xad, RECORD_OP, PROGRAM_OP_drain },
		{ 0xb1, RECORD_OP, PROGRAM_OP_isolate },
		{ 0xb7, RECORD_OP, PROGRAM_OP_undo },
		{ 0xbc, RECORD_OP, PROGRAM_OP_nocma_begin },
		{ 0xbe, RECORD_OP, PROGRAM_OP_nocma_end },
		{ 0xbf, RECORD_OP, PROGRAM_OP_cma_alloc },
		{ 0xc3, RECORD_OP, PROGRAM_OP_pcp },
		{ 0xc4, RECORD_OP, PROGRAM_OP_contig_alloc },
		{ 0xc7, RECORD_OP, PROGRAM_OP_alloc_gfp },
		{ 0xca, RECORD_OP, PROGRAM_OP_alloc_gfp },
		{ 0xcb, RECORD_OP, PROGRAM_OP_fail },
		{ 0xcc, RECORD_OP, PROGRAM_OP_cpu },
		{ 0xcd, RECORD_OP, PROGRAM_OP_signal },
		{ 0xce, RECORD_OP, PROGRAM_OP_pcp_off },
		{ 0xcf, RECORD_OP, PROGRAM_OP_offline },
		{ 0xd0, RECORD_OP, PROGRAM_OP_alloc_comp },
		{ 0xd2, RECORD_OP, PROGRAM_OP_bulk },
		{ 0xd4, RECORD_OP, PROGRAM_OP_split },
		{ 0xd5, RECORD_OP, PROGRAM_OP_use },
		{ 0xd6, RECORD_OP, PROGRAM_OP_get },
		{ 0xd8, RECORD_OP, PROGRAM_OP_take_off },
		{ 0xd9, RECORD_OP, PROGRAM_OP_rights },
		{ 0xda, RECORD_OP, PROGRAM_OP_watermarks },
		{ 0xdb, RECORD_OP, PROGRAM_OP_vmstat },
		{ 0xf5, RECORD_SET, PROGRAM_SET_pins },
		{ 0xf8, RECORD_SET, PROGRAM_SET_watermarks },
		{ 0xf9, RECORD_SET, PROGRAM_SET_guards },
		{ 0xfa, RECORD_SET, PROGRAM_SET_grouping },
		{ 0xfe, RECORD_SET, PROGRAM_SET_memory },
		{ 0xff, RECORD_SET, PROGRAM_SET_cpus },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		program_decode(&one, &codes[i].byte, 1);
		assert_int_equal(one.nr, 1);
		assert_int_equal(one.rec[0].type, codes[i].type);
		assert_int_equal(one.rec[0].index, codes[i].index);
	}
}

/*
 * Goal: deleting the bytes of a record leaves the others alone. Method: encode
 * record by record; leave one out that is not the operation of a switch.
 */
static void test_self_synchronization(void **state)
{
	(void)state;
	for (int run = 0; run < 3000; run++) {
		uint8_t data[200];
		size_t n;
		unsigned int gone;

		program_decode(&one, data, random_bytes(data, sizeof(data)));
		if (!one.nr)
			continue;
		gone = random32() % one.nr;
		if (one.rec[gone].type == RECORD_OP && gone == 0)
			continue;
		n = 0;
		for (unsigned int i = 0; i < one.nr; i++) {
			two.nr = 1;
			two.rec[0] = one.rec[i];
			if (i != gone)
				n += program_encode(&two, data + n,
						    sizeof(data) - n);
		}
		edit_remove(&one, gone, gone + 1);
		/* Switches that now come before the first operation drop out.
		 */
		for (unsigned int i = 0; i < one.nr;) {
			if (edit_is_op(&one.rec[i]))
				break;
			if (one.rec[i].type == RECORD_SWITCH)
				edit_remove(&one, i, i + 1);
			else
				i++;
		}
		program_decode(&two, data, n);
		assert_same_program(&one, &two);
	}
}

/*
 * Goal: every target byte of a switch means something, and each thing has one
 * byte; those beyond the last begin again.
 */
static void test_targets(void **state)
{
	unsigned int nr[PROGRAM_NR_SWITCHES] = { 0 };

	(void)state;
	for (unsigned int target = 0; target < 128; target++) {
		uint8_t data[] = { 0x98, 0, 0x80, 5, (uint8_t)target, 0x41 };
		struct record r;

		program_decode(&one, data, sizeof(data));
		assert_int_equal(one.nr, 2);
		r = one.rec[1];
		assert_int_equal(r.at, 5 + 128);
		assert_int_equal(r.in_work, 1);
		assert_int_equal(program_target(&r), target % PROGRAM_TARGETS);
		assert_true(r.task < record_tasks(&r));
		assert_true(!r.task || record_has_task(&r));
		nr[r.index] += target < PROGRAM_TARGETS;
	}
	for (int i = 0; i < PROGRAM_NR_SWITCHES; i++)
		assert_int_equal(nr[i], program_switches[i].nr_codes);
}

static void test_encode_fits(void **state)
{
	(void)state;
	for (int run = 0; run < 2000; run++) {
		uint8_t data[100], out[100];
		size_t max = random32() % sizeof(out), n;

		program_decode(&one, data, random_bytes(data, sizeof(data)));
		n = program_encode(&one, out, max);
		assert_true(n <= max);
		program_decode(&two, out, n);
		assert_true(two.nr <= one.nr);
		one.nr = two.nr;
		assert_same_program(&one, &two);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bytes_round_trip),
		cmocka_unit_test(test_decode_ranges),
		cmocka_unit_test(test_decode_too_long),
		cmocka_unit_test(test_codes_are_corpus_format),
		cmocka_unit_test(test_self_synchronization),
		cmocka_unit_test(test_targets),
		cmocka_unit_test(test_encode_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
