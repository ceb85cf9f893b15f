// SPDX-License-Identifier: GPL-2.0-only
#include "program/random_record.h"

#include "program/edit.h"
#include "program/random.h"

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
	[PROGRAM_ARG_mobility] = { 0, 0, 0, 0, 0, 0, 0, 1 },
};

/* Operations meet only if they name the same slots and blocks. */
uint8_t random_value(uint64_t *rng, const struct program *p,
		     enum program_arg arg)
{
	unsigned int nr = program_args[arg].nr_values;

	/* Settings, and what requests may do, have usual values besides 0. */
	if (usual_values[arg][NR_USUAL - 1] && random_below(rng, 64))
		return usual_values[arg][random_below(rng, NR_USUAL)];
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

/*
 * Booting a machine takes as long as a hundred runs on one that is booted, so
 * nearly all programs share a few. Small ones: they find what large ones do.
 */
static const struct record machines[] = {
#define MACHINE(name, ...)                                       \
	{                                                        \
		.type = RECORD_SET, .index = PROGRAM_SET_##name, \
		.arg = { __VA_ARGS__ }                           \
	}
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
#undef MACHINE
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

struct record random_op(uint64_t *rng, const struct program *p)
{
	struct record r = { .type = RECORD_OP };
	unsigned int codes = 0;

	for (unsigned int i = 0; i < PROGRAM_NR_OPS; i++)
		codes += program_ops[i].nr_codes;
	codes = random_below(rng, codes);
	while (codes >= program_ops[r.index].nr_codes)
		codes -= program_ops[r.index++].nr_codes;
	r.task = random_task(rng, p);
	random_args(rng, p, &r);
	return r;
}
