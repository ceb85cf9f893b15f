/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A program: what a fuzz input says, operations and switches.
 *
 * Bytes. A byte >= 0x80 starts a record; the bytes < 0x80 after it are its
 * arguments, missing ones are 0, surplus ones are ignored; bytes < 0x80 before
 * the first record are ignored. (start byte - 0x80) indexes one dense table:
 *
 *   switch (24 codes), operations (ops.def), reserve, settings (sets.def)
 *
 * Operations are numbered upwards, settings downwards from the last code, so
 * that both can grow into the reserve. A record of the reserve does nothing.
 * Every byte string is a program; bytes past PROGRAM_MAX_BYTES are ignored.
 *
 *   operation  task, then the arguments of ops.def
 *   switch     at (low 7 bits), target (switches.def), at (6 high bits, and 64
 *              if it is for works); belongs to the operation before it; before
 *              the first operation it does nothing
 *   setting    the arguments of sets.def
 *
 * Text (text.c) is the same for people:
 *
 *   mmfuzz 1
 *   # A comment runs to the end of its line.
 *   expect INV_FREELIST_TYPE             header: what a run of it ends with
 *   reaches fallback_steal               header: states it passes through
 *   targets fuzz_mm fuzz_isolation       header: the targets it is for
 *   bug free-type-read-before-lock       header: switched on
 *   policy nocma=5.9                     header
 *   known linux-unisolate-multiblock     header: a finding that is masked
 *   subject linux-6.12 linux-6.1         header: the only subjects it is for
 *   access every                         header: plain accesses yield too
 *   set cpus 3
 *   0 alloc order 4 type unmovable       task, operation, arguments
 *     switch at 3 to 1                   of the operation above it
 *     switch at free_one_page:spin_lock#2 to 1
 *     switch at 4 to worker 1            of CPU 1
 *     interrupt at 5 free slot 4         comes in on the CPU of the operation
 *     interrupt at rmqueue_bulk:spin_lock alloc order 1 slot 4
 *     switch in work at 2 to 1           of each work that the operation queues
 *   1 isolate block 2 span 3
 *
 * Dull arguments (0 in the byte) are left out; the order of arguments in a line
 * is free when reading and that of the table when writing. A setting of one
 * argument is "set NAME VALUE"; "set memory 256" is in pages. A switch that
 * names a place means the yield point "function:what", the #k-th of that name
 * within its operation, or the works that it queues (#1 may be left out); it is
 * resolved to a number by
 * running the program, one place after the other (places.c).
 */
#ifndef FUZZ_PROGRAM_PROGRAM_H
#define FUZZ_PROGRAM_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PROGRAM_MAX_BYTES 4096
#define PROGRAM_MAX_ARGS 4 /* besides the task */
#define PROGRAM_TASKS 16
#define PROGRAM_CPUS 8
#define PROGRAM_MAX_AT (1u << 13)

enum program_op {
#define OP(name, codes, args, text) PROGRAM_OP_##name,
#include "ops.def"
#undef OP
	PROGRAM_NR_OPS
};

enum program_set {
#define SET(name, codes, args, text) PROGRAM_SET_##name,
#include "sets.def"
#undef SET
	PROGRAM_NR_SETS
};

enum program_switch {
#define SWITCH(name, targets, args, text) PROGRAM_SWITCH_##name,
#include "switches.def"
#undef SWITCH
	PROGRAM_NR_SWITCHES
};

enum program_arg {
#define ARG(name, values, bias, names, text) PROGRAM_ARG_##name,
#include "args.def"
#undef ARG
	PROGRAM_NR_ARGS
};

struct arg_kind {
	const char *name;
	unsigned int nr_values;
	unsigned int bias; /* text shows value + bias */
	const char *value_names; /* separated by blanks, or "" */
	const char *text;
};

/* A row of ops.def, sets.def or switches.def. */
struct record_kind {
	const char *name;
	unsigned int nr_codes; /* of a switch: targets */
	unsigned int nr_args;
	enum program_arg args[PROGRAM_MAX_ARGS];
	const char *text;
};

extern const struct arg_kind program_args[PROGRAM_NR_ARGS];
extern const struct record_kind program_ops[PROGRAM_NR_OPS];
extern const struct record_kind program_sets[PROGRAM_NR_SETS];
extern const struct record_kind program_switches[PROGRAM_NR_SWITCHES];

enum record_type { RECORD_SWITCH, RECORD_OP, RECORD_SET };

struct record {
	uint8_t type; /* enum record_type */
	uint8_t index; /* enum program_op, program_set or program_switch */
	/* Of the operation; where a switch goes on, a task or worker's CPU. */
	uint8_t task;
	uint8_t arg[PROGRAM_MAX_ARGS]; /* reduced to the argument's values */
	uint8_t in_work; /* a switch is for the works of its operation */
	uint16_t at; /* of a switch */
};

/* Records of the reserve and orphan switches are dropped when decoding. */
struct program {
	unsigned int nr;
	struct record rec[PROGRAM_MAX_BYTES];
};

const struct record_kind *program_kind(const struct record *record);

/* Whether ->task of @record means something. */
static inline bool record_has_task(const struct record *record)
{
	return record->type == RECORD_OP ||
	       (record->type == RECORD_SWITCH &&
		record->index <= PROGRAM_SWITCH_worker);
}

/* What ->task of @record stays below. */
static inline unsigned int record_tasks(const struct record *record)
{
	if (record->type == RECORD_SWITCH &&
	    record->index == PROGRAM_SWITCH_worker)
		return PROGRAM_CPUS;
	return PROGRAM_TASKS;
}

/*
 * The target byte of a switch, below PROGRAM_TARGETS, and back: sets all but
 * type and place of @record, @target may be any number.
 */
#define PROGRAM_TARGETS 104u
#define PROGRAM_FIRST_IRQ 24u /* targets from here on are interrupts */
unsigned int program_target(const struct record *record);
void program_set_target(struct record *record, unsigned int target);

void program_decode(struct program *program, const uint8_t *data, size_t size);

/* Bytes of a record when encoded. */
unsigned int program_record_bytes(const struct record *record);

/*
 * Canonical bytes: the first code of each kind, no trailing zero arguments.
 * Returns their number; encoding ends before the first record that does
 * not fit in @max.
 */
size_t program_encode(const struct program *program, uint8_t *data, size_t max);

#endif
