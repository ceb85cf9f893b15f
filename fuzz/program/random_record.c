// SPDX-License-Identifier: GPL-2.0-only
#include "program/random_record.h"

#include "program/edit.h"
#include "program/random.h"
#include "subject/subject.h"

static unsigned int nr_cpus(const struct program *p)
{
	unsigned int set = edit_find_set(p, PROGRAM_SET_cpus);

	return set < p->nr ? p->rec[set].arg[0] + 1u : 2;
}

/* Mostly one task for each CPU; sometimes the second ones too. */
uint8_t random_task(uint64_t *rng, const struct program *p)
{
	unsigned int cpus = nr_cpus(p), dice = random_below(rng, 16);

	if (!dice)
		return (uint8_t)random_below(rng, PROGRAM_TASKS);
	return (uint8_t)random_below(rng, dice < 5 ? 2 * cpus : cpus);
}

uint16_t random_at(uint64_t *rng)
{
	if (random_below(rng, 16))
		return (uint16_t)random_below(rng, 1 + random_below(rng, 40));
	return (uint16_t)random_below(rng, 1u << random_below(rng, 14));
}

/* A value that some record has for an argument of kind @arg; 0 if none has. */
static uint8_t used_value(uint64_t *rng, const struct program *p,
			  enum program_arg arg)
{
	unsigned int start = p->nr ? random_below(rng, p->nr) : 0;

	for (unsigned int i = 0; i < p->nr; i++) {
		const struct record *r = &p->rec[(start + i) % p->nr];
		const struct record_kind *kind = program_kind(r);

		for (unsigned int j = 0; j < kind->nr_args; j++)
			if (kind->args[j] == arg && r->arg[j])
				return r->arg[j];
	}
	return 0;
}

/*
 * Machines differ in few ways, so that most inputs find theirs booted already,
 * and are small: a large one takes milliseconds to boot.
 */
#define NR_USUAL 8
static const uint8_t usual_values[PROGRAM_NR_ARGS][NR_USUAL] = {
	[PROGRAM_ARG_cpus] = { 0, 1, 2, 2, 2, 3, 3, 3 },
	[PROGRAM_ARG_pages] = { 0, 0, 8, 8, 24, 24, 24, 56 },
	[PROGRAM_ARG_shift] = { 0, 0, 0, 0, 0, 0, 1, 2 },
	[PROGRAM_ARG_pageblock] = { 0, 0, 0, 0, 1, 2, 4, 5 },
	[PROGRAM_ARG_max] = { 0, 0, 0, 3, 4, 4, 2, 7 },
	[PROGRAM_ARG_blocks] = { 0, 2, 4, 8, 8, 16, 16, 24 },
	[PROGRAM_ARG_batch] = { 0, 0, 1, 1, 2, 2, 4, 8 },
	[PROGRAM_ARG_high] = { 0, 0, 4, 4, 8, 16, 16, 32 },
	[PROGRAM_ARG_gfp] = { 0, 0, 1, 2, 2, 2, 3, 6 },
	[PROGRAM_ARG_rights] = { 0, 0, 0, 0, 1, 1, 2, 3 },
	[PROGRAM_ARG_min_free] = { 0, 0, 1, 1, 4, 8, 12, 14 },
	/* Processes meet in the same pages, and share files. */
	[PROGRAM_ARG_mm] = { 0, 0, 0, 1, 1, 2, 4, 6 },
	[PROGRAM_ARG_child] = { 0, 0, 0, 0, 1, 3, 5, 6 },
	[PROGRAM_ARG_address] = { 0, 0, 1, 1, 2, 8, 16, 17 },
	[PROGRAM_ARG_file] = { 0, 0, 0, 1, 1, 2, 2, 3 },
	[PROGRAM_ARG_index] = { 0, 0, 0, 0, 1, 1, 1, 2 },
	[PROGRAM_ARG_bias] = { 0, 0, 0, 0, 8, 8, 8, 8 },
	[PROGRAM_ARG_mobility] = { 0, 0, 0, 0, 0, 0, 0, 1 },
};

/*
 * Sizes at which the allocator does something else, and with which few
 * operations fill the memory: a pageblock, the largest block and a half or a
 * quarter of it. Too large a value stands for the largest one.
 */
static uint8_t special_order(uint64_t *rng, const struct program *p)
{
	unsigned int set = edit_find_set(p, PROGRAM_SET_blocks);
	unsigned int pageblock = set < p->nr ? p->rec[set].arg[0] : 0;
	unsigned int largest = set < p->nr ? p->rec[set].arg[1] : 0;
	unsigned int dice = random_below(rng, 6);

	if (!largest)
		largest = program_args[PROGRAM_ARG_order].nr_values - 1;
	if (pageblock && dice < 2)
		return (uint8_t)pageblock;
	return (uint8_t)(largest -
			 (dice > 3 && largest > dice - 3 ? dice - 3 : 0));
}

/* Operations meet only if they name the same slots and blocks. */
uint8_t random_value(uint64_t *rng, const struct program *p,
		     enum program_arg arg)
{
	unsigned int nr = program_args[arg].nr_values;

	/* Settings, and what requests may do, have usual values besides 0. */
	if (usual_values[arg][NR_USUAL - 1] && random_below(rng, 64))
		return usual_values[arg][random_below(rng, NR_USUAL)];
	if (arg == PROGRAM_ARG_order && !random_below(rng, 6))
		return special_order(rng, p);
	switch (random_below(rng, 8)) {
	case 0:
	case 1:
		return 0;
	case 2:
	case 3:
		return used_value(rng, p, arg);
	case 4:
	case 5:
		return (uint8_t)random_below(rng, nr < 5 ? nr : 5);
	default:
		return (uint8_t)random_below(rng, nr);
	}
}

void random_args(uint64_t *rng, const struct program *p, struct record *r)
{
	const struct record_kind *kind = program_kind(r);

	for (unsigned int i = 0; i < kind->nr_args; i++)
		r->arg[i] = random_value(rng, p, kind->args[i]);
}

#define MACHINE(name, ...)                                       \
	{                                                        \
		.type = RECORD_SET, .index = PROGRAM_SET_##name, \
		.arg = { __VA_ARGS__ }                           \
	}

/*
 * Booting a machine takes as long as a hundred runs on one that is booted, so
 * nearly all programs share a few. Small ones: they find what large ones do.
 */
static const struct record machines[] = {
	MACHINE(cpus, 0),	 MACHINE(cpus, 2),
	MACHINE(cpus, 3),	 MACHINE(memory, 0),
	MACHINE(memory, 56),	 MACHINE(blocks, 0, 3),
	MACHINE(blocks, 2, 4),	 MACHINE(blocks, 5, 3),
	MACHINE(cma, 0),	 MACHINE(cma, 2),
	MACHINE(pcplists, 1, 2), MACHINE(pcplists, 4, 8),
	MACHINE(grouping, 1),	 MACHINE(memory, 127),
	MACHINE(watermarks, 1),	 MACHINE(watermarks, 5),
	MACHINE(watermarks, 14), MACHINE(blocks, 1, 5),
	MACHINE(zones, 51),	 MACHINE(hole, 20, 5),
};

#define NR_MACHINES (sizeof(machines) / sizeof(machines[0]))

struct record random_set(uint64_t *rng, const struct program *p)
{
	struct record r = machines[random_below(rng, NR_MACHINES)];

	if (random_below(rng, 64))
		return r;
	random_args(rng, p, &r);
	/* Larger ones would be all that is booted. */
	if (r.index == PROGRAM_SET_memory && random_below(rng, 64))
		r.arg[1] = 0;
	return r;
}

/*
 * Settings that have an effect only together: the kernel has huge pages on its
 * pcplists when a pageblock is larger than what is costly to allocate, a
 * HIGHATOMIC reserve when a pageblock is at most 1 % of the zone, and few
 * operations fill a machine whose blocks are large and not for CMA.
 */
static const struct record together[][RANDOM_SETS] = {
	{ MACHINE(blocks, 5, 5), MACHINE(pcplists, 4, 0) },
	{ MACHINE(blocks, 4, 4), MACHINE(pcplists, 2, 32) },
	{ MACHINE(blocks, 1, 5), MACHINE(watermarks, 1) },
	{ MACHINE(blocks, 1, 7), MACHINE(watermarks, 8), MACHINE(cma, 0) },
	{ MACHINE(blocks, 2, 8), MACHINE(watermarks, 8), MACHINE(memory, 56) },
	{ MACHINE(blocks, 0, 4), MACHINE(memory, 0), MACHINE(cma, 2) },
};
#undef MACHINE

unsigned int random_machine(uint64_t *rng, struct record *sets)
{
	const unsigned int nr = sizeof(together) / sizeof(together[0]);
	const struct record *machine = together[random_below(rng, nr)];
	unsigned int n = 0;

	for (; n < RANDOM_SETS && machine[n].type == RECORD_SET; n++)
		sets[n] = machine[n];
	return n;
}

/* By what it is for: a process or a file. */
static bool is_of_users(const struct record_kind *kind)
{
	return kind->nr_args && (kind->args[0] == PROGRAM_ARG_mm ||
				 kind->args[0] == PROGRAM_ARG_file);
}

/* Whether a record of @p, taken at random, is for processes. */
static bool meets_users(uint64_t *rng, const struct program *p)
{
	const struct record *r;

	if (!p->nr)
		return false;
	r = &p->rec[random_below(rng, p->nr)];
	return r->type == RECORD_OP && is_of_users(program_kind(r));
}

/*
 * What processes do only shows by what others of them do: the more of that
 * there is, the more is added.
 */
static uint64_t narrow_to_users(uint64_t *rng, const struct program *p,
				uint64_t ops)
{
	uint64_t users = 0;

	if (!random_below(rng, 3) || !meets_users(rng, p))
		return ops;
	for (unsigned int i = 0; i < PROGRAM_NR_OPS; i++)
		users |= (uint64_t)is_of_users(&program_ops[i]) << i;
	return ops & users ? ops & users : ops;
}

static unsigned int codes_of(unsigned int op, uint64_t ops)
{
	return ops >> op & 1 ? program_ops[op].nr_codes : 0;
}

struct record random_op(uint64_t *rng, const struct program *p, uint64_t ops)
{
	struct record r = { .type = RECORD_OP };
	unsigned int codes = 0;

	ops = narrow_to_users(rng, p, ops);
	for (unsigned int i = 0; i < PROGRAM_NR_OPS; i++)
		codes += codes_of(i, ops);
	codes = random_below(rng, codes);
	while (codes >= codes_of(r.index, ops))
		codes -= codes_of(r.index++, ops);
	r.task = random_task(rng, p);
	random_args(rng, p, &r);
	return r;
}

/* --- What must come before --- */

uint64_t needs_before(const struct record *r)
{
	switch ((enum program_op)r->index) {
	case PROGRAM_OP_nocma_end:
		return 1ull << PROGRAM_OP_nocma_begin;
	case PROGRAM_OP_split:
		return 1ull << PROGRAM_OP_alloc;
	case PROGRAM_OP_get:
		return 1ull << PROGRAM_OP_alloc | 1ull << PROGRAM_OP_alloc_gfp |
		       1ull << PROGRAM_OP_alloc_comp | 1ull << PROGRAM_OP_bulk;
	case PROGRAM_OP_undo:
		return 1ull << PROGRAM_OP_isolate | 1ull << PROGRAM_OP_offline |
		       1ull << PROGRAM_OP_pcp_off |
		       1ull << PROGRAM_OP_take_off |
		       1ull << PROGRAM_OP_lru_off | 1ull << PROGRAM_OP_off_lru |
		       1ull << PROGRAM_OP_poison;
	case PROGRAM_OP_cpu:
		return r->arg[1] ? 1ull << PROGRAM_OP_cpu : 0;
	case PROGRAM_OP_lru:
	case PROGRAM_OP_off_lru:
	case PROGRAM_OP_poison:
	case PROGRAM_OP_mlock:
	case PROGRAM_OP_migrate:
	case PROGRAM_OP_compact:
	case PROGRAM_OP_reclaim:
	case PROGRAM_OP_writeback:
	case PROGRAM_OP_buffer:
		return 1ull << PROGRAM_OP_touch;
	case PROGRAM_OP_huge:
		return r->arg[0] == 2 ? 1ull << PROGRAM_OP_touch : 0;
	default:
		return 0;
	}
}

bool bring_in(const struct record *r, struct record *touch)
{
	bool is_buffer = r->index == PROGRAM_OP_buffer;
	uint8_t file = is_buffer ? 0 : r->arg[0];
	uint8_t index = is_buffer ? r->arg[0] : r->arg[1];

	if (!is_buffer && r->index != PROGRAM_OP_writeback)
		return false;
	/* Process and file of one number: that is what it maps. */
	touch->arg[0] = file;
	touch->arg[1] = (uint8_t)(SUBJECT_FILE_ADDRESS + index);
	touch->arg[2] = 1;
	return true;
}
