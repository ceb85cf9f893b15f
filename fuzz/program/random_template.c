// SPDX-License-Identifier: GPL-2.0-only
/* Which operations that do something only together the mutator may insert. */
#include "program/random.h"
#include "program/random_record.h"

static const struct random_template templates[] = {
	{ .make = random_meeting,
	  .ops = 1ull << PROGRAM_OP_touch | 1ull << PROGRAM_OP_migrate,
	  .weight = 4 },
	{ .make = random_pin_meeting,
	  .ops = 1ull << PROGRAM_OP_touch | 1ull << PROGRAM_OP_pin,
	  .weight = 3 },
	{ .make = random_broken_meeting,
	  .ops = 1ull << PROGRAM_OP_touch | 1ull << PROGRAM_OP_poison,
	  .weight = 3 },
	{ .make = random_huge_meeting,
	  .ops = 1ull << PROGRAM_OP_touch | 1ull << PROGRAM_OP_huge,
	  .weight = 3 },
	{ .make = random_fill,
	  .ops = 1ull << PROGRAM_OP_free | 1ull << PROGRAM_OP_alloc_gfp,
	  .weight = 2,
	  .is_far = true },
	{ .make = random_fragments,
	  .ops = 1ull << PROGRAM_OP_touch | 1ull << PROGRAM_OP_zap |
		 1ull << PROGRAM_OP_alloc_gfp | 1ull << PROGRAM_OP_compact |
		 1ull << PROGRAM_OP_pin | 1ull << PROGRAM_OP_take_off,
	  .weight = 2,
	  .is_far = true },
	{ .make = random_crowd,
	  .ops = 1ull << PROGRAM_OP_touch | 1ull << PROGRAM_OP_fork |
		 1ull << PROGRAM_OP_lru_drain | 1ull << PROGRAM_OP_compact,
	  .weight = 1,
	  .is_far = true },
	{ .make = random_border,
	  .ops = 1ull << PROGRAM_OP_touch | 1ull << PROGRAM_OP_zap |
		 1ull << PROGRAM_OP_alloc_gfp | 1ull << PROGRAM_OP_free |
		 1ull << PROGRAM_OP_compact,
	  .weight = 1,
	  .is_far = true },
};

#define NR_TEMPLATES (sizeof(templates) / sizeof(templates[0]))

const struct random_template *random_template(uint64_t *rng, uint64_t ops)
{
	unsigned int weight = 0, i = 0;

	for (unsigned int k = 0; k < NR_TEMPLATES; k++)
		weight += templates[k].weight;
	weight = random_below(rng, weight);
	while (weight >= templates[i].weight)
		weight -= templates[i++].weight;
	return (ops & templates[i].ops) == templates[i].ops ? &templates[i] :
							      NULL;
}
