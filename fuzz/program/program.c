/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Programs as bytes: the tables, decoding and encoding.
 *
 * Decoding is in the path of every execution of a fuzzer. So it is one pass
 * over the bytes, and divides only for arguments out of range, which our own
 * mutator does not make.
 */
#include "program/program.h"

#include <string.h>

const struct arg_kind program_args[PROGRAM_NR_ARGS] = {
#define ARG(name, values, bias, names, text) \
	{ #name, values, bias, names, text },
#define ARG_AS(name, shown, values, bias, names, text) \
	{ #shown, values, bias, names, text },
#include "program/args.def"
#undef ARG
};

/* clang-format off */
#define A(name) PROGRAM_ARG_##name
#define ARGS0 0, { 0 }
#define ARGS1(a) 1, { A(a) }
#define ARGS2(a, b) 2, { A(a), A(b) }
#define ARGS3(a, b, c) 3, { A(a), A(b), A(c) }
#define ARGS4(a, b, c, d) 4, { A(a), A(b), A(c), A(d) }
/* clang-format on */

const struct record_kind program_ops[PROGRAM_NR_OPS] = {
#define OP(name, codes, args, text) { #name, codes, args, text },
#include "program/ops.def"
#undef OP
};

const struct record_kind program_sets[PROGRAM_NR_SETS] = {
#define SET(name, codes, args, text) { #name, codes, args, text },
#include "program/sets.def"
#undef SET
};

const struct record_kind program_switches[PROGRAM_NR_SWITCHES] = {
#define SWITCH(name, targets, args, text) { #name, targets, args, text },
#include "program/switches.def"
#undef SWITCH
};

const struct record_kind *program_kind(const struct record *record)
{
	switch (record->type) {
	case RECORD_OP:
		return &program_ops[record->index];
	case RECORD_SET:
		return &program_sets[record->index];
	default:
		return &program_switches[record->index];
	}
}

#define NR_CODES 128
#define NR_SWITCH_CODES 24
#define TOP(n) (NR_CODES - 1 - (n))

/* Operations upwards from the switches; the last one ends the row before it. */
enum {
	OPS_BEFORE = NR_SWITCH_CODES - 1,
#define OP(name, codes, args, text) \
	OP_FIRST_##name, OP_LAST_##name = OP_FIRST_##name + (codes) - 1,
#include "program/ops.def"
#undef OP
	OPS_END
};

/* Settings downwards: these count from the last code. */
enum {
#define SET(name, codes, args, text) \
	SET_FIRST_##name, SET_LAST_##name = SET_FIRST_##name + (codes) - 1,
#include "program/sets.def"
#undef SET
	SETS_END
};

_Static_assert(OPS_END + SETS_END <= NR_CODES, "the start codes are used up");

#define ARG(name, values, bias, names, text)             \
	_Static_assert((values) >= 1 && (values) <= 128, \
		       "argument " #name " does not fit in 7 bits");
#include "program/args.def"
#undef ARG

/* Targets of switches, numbered upwards. */
enum {
#define SWITCH(name, targets, args, text) \
	TARGET_FIRST_##name,              \
		TARGET_LAST_##name = TARGET_FIRST_##name + (targets) - 1,
#include "program/switches.def"
#undef SWITCH
	TARGETS_END
};

_Static_assert(TARGETS_END == PROGRAM_TARGETS && TARGETS_END <= 128,
	       "targets of switches");
_Static_assert(TARGET_FIRST_free == PROGRAM_FIRST_IRQ, "targets of switches");

static const uint8_t first_target[PROGRAM_NR_SWITCHES] = {
#define SWITCH(name, targets, args, text) TARGET_FIRST_##name,
#include "program/switches.def"
#undef SWITCH
};

/* What a start byte begins; the reserve is zero. */
enum { CODE_RESERVE, CODE_SWITCH, CODE_OP, CODE_SET };

/* All that decoding asks of a record, in one place: it is asked often. */
struct code {
	uint8_t kind;
	uint8_t index;
	uint8_t nr_args;
	uint8_t nr_values[PROGRAM_MAX_ARGS];
};

enum {
#define ARG(name, values, bias, names, text) NR_VALUES_##name = values,
#include "program/args.def"
#undef ARG
};

/* clang-format off */
#undef A
#define A(name) NR_VALUES_##name
static const struct code codes[NR_CODES] = {
	[0 ... NR_SWITCH_CODES - 1] = { .kind = CODE_SWITCH },
#define OP(name, codes, args, text)                          \
	[OP_FIRST_##name ... OP_LAST_##name] =               \
		{ CODE_OP, PROGRAM_OP_##name, args },
#include "program/ops.def"
#undef OP
#define SET(name, codes, args, text)                         \
	[TOP(SET_LAST_##name) ... TOP(SET_FIRST_##name)] =   \
		{ CODE_SET, PROGRAM_SET_##name, args },
#include "program/sets.def"
#undef SET
};
/* clang-format on */

static const uint8_t op_start[PROGRAM_NR_OPS] = {
#define OP(name, codes, args, text) 0x80 + OP_FIRST_##name,
#include "program/ops.def"
#undef OP
};

static const uint8_t set_start[PROGRAM_NR_SETS] = {
#define SET(name, codes, args, text) 0xff - SET_LAST_##name,
#include "program/sets.def"
#undef SET
};

/* Up to @nr argument bytes from @data; returns where they end. */
static const uint8_t *take(const uint8_t *data, const uint8_t *end,
			   uint8_t *out, unsigned int nr)
{
	for (; data < end && *data < 0x80; data++) {
		if (!nr)
			continue;
		*out++ = *data;
		nr--;
	}
	return data;
}

/* One size of a zone has one record: the one with the smallest shift. */
static void canonical_memory(uint8_t *arg)
{
	while (arg[1] && (8 + arg[0]) * 2 <= 8 + 127) {
		arg[0] = (uint8_t)((8 + arg[0]) * 2 - 8);
		arg[1]--;
	}
}

unsigned int program_target(const struct record *r)
{
	const struct record_kind *kind = &program_switches[r->index];
	unsigned int rest = r->task;

	for (unsigned int i = 0; i < kind->nr_args; i++)
		rest = rest * program_args[kind->args[i]].nr_values + r->arg[i];
	return first_target[r->index] + rest;
}

void program_set_target(struct record *r, unsigned int target)
{
	const struct record_kind *kind;

	target %= PROGRAM_TARGETS;
	r->index = 0;
	r->task = 0;
	memset(r->arg, 0, sizeof(r->arg));
	while (r->index + 1 < PROGRAM_NR_SWITCHES &&
	       target >= first_target[r->index + 1])
		r->index++;
	kind = &program_switches[r->index];
	target -= first_target[r->index];
	for (unsigned int i = kind->nr_args; i-- > 0;) {
		unsigned int nr = program_args[kind->args[i]].nr_values;

		r->arg[i] = (uint8_t)(target % nr);
		target /= nr;
	}
	r->task = (uint8_t)target;
}

#define AT_IN_WORK 0x40

static const uint8_t *decode_switch(struct record *r, const uint8_t *data,
				    const uint8_t *end)
{
	uint8_t arg[3] = { 0 };

	data = take(data, end, arg, 3);
	*r = (struct record){
		.type = RECORD_SWITCH,
		.task = arg[1],
		.at = (uint16_t)(arg[0] | (arg[2] & (AT_IN_WORK - 1)) << 7),
		.in_work = (arg[2] & AT_IN_WORK) != 0,
	};
	if (arg[1] >= PROGRAM_TASKS)
		program_set_target(r, arg[1]);
	return data;
}

static const uint8_t *decode_args(struct record *r, const struct code *code,
				  const uint8_t *data, const uint8_t *end)
{
	data = take(data, end, r->arg, code->nr_args);
	for (unsigned int i = 0; i < code->nr_args; i++)
		if (r->arg[i] >= code->nr_values[i])
			r->arg[i] %= code->nr_values[i];
	return data;
}

static const uint8_t *decode_op(struct record *r, const struct code *code,
				const uint8_t *data, const uint8_t *end)
{
	*r = (struct record){ .type = RECORD_OP, .index = code->index };
	if (data < end && *data < 0x80)
		r->task = *data++ % PROGRAM_TASKS;
	return decode_args(r, code, data, end);
}

static const uint8_t *decode_set(struct record *r, const struct code *code,
				 const uint8_t *data, const uint8_t *end)
{
	*r = (struct record){ .type = RECORD_SET, .index = code->index };
	data = decode_args(r, code, data, end);
	if (code->index == PROGRAM_SET_memory)
		canonical_memory(r->arg);
	return data;
}

void program_decode(struct program *program, const uint8_t *data, size_t size)
{
	struct record *r = program->rec;
	const uint8_t *end;
	bool has_op = false;

	program->nr = 0;
	if (!size)
		return;
	end = data + (size < PROGRAM_MAX_BYTES ? size : PROGRAM_MAX_BYTES);
	while (data < end) {
		const struct code *code;

		if (*data < 0x80) {
			data++;
			continue;
		}
		code = &codes[*data++ - 0x80];
		switch (code->kind) {
		case CODE_SWITCH:
			data = decode_switch(r, data, end);
			r += has_op;
			break;
		case CODE_OP:
			data = decode_op(r++, code, data, end);
			has_op = true;
			break;
		case CODE_SET:
			data = decode_set(r++, code, data, end);
			break;
		default:
			break;
		}
	}
	program->nr = (unsigned int)(r - program->rec);
}

#define MAX_RECORD_BYTES (2 + PROGRAM_MAX_ARGS)

static unsigned int encode_record(const struct record *r, uint8_t *out)
{
	unsigned int nr = 0;

	switch (r->type) {
	case RECORD_SWITCH:
		out[nr++] = 0x80;
		out[nr++] = r->at & 0x7f;
		out[nr++] = (uint8_t)program_target(r);
		out[nr++] =
			(uint8_t)(r->at >> 7 | (r->in_work ? AT_IN_WORK : 0));
		break;
	case RECORD_OP:
		out[nr++] = op_start[r->index];
		out[nr++] = r->task;
		for (unsigned int i = 0; i < program_ops[r->index].nr_args; i++)
			out[nr++] = r->arg[i];
		break;
	default:
		out[nr++] = set_start[r->index];
		for (unsigned int i = 0; i < program_sets[r->index].nr_args;
		     i++)
			out[nr++] = r->arg[i];
		break;
	}
	while (nr > 1 && !out[nr - 1])
		nr--;
	return nr;
}

unsigned int program_record_bytes(const struct record *record)
{
	uint8_t out[MAX_RECORD_BYTES];

	return encode_record(record, out);
}

size_t program_encode(const struct program *program, uint8_t *data, size_t max)
{
	size_t size = 0;

	for (unsigned int i = 0; i < program->nr; i++) {
		uint8_t out[MAX_RECORD_BYTES];
		unsigned int nr = encode_record(&program->rec[i], out);

		if (nr > max - size)
			break;
		memcpy(data + size, out, nr);
		size += nr;
	}
	return size;
}
