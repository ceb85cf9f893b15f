/* SPDX-License-Identifier: GPL-2.0-only */
/* What a fuzz target does with an input, and what its mutator asks it. */
#ifndef FUZZ_PROGRAM_CAMPAIGN_H
#define FUZZ_PROGRAM_CAMPAIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "program/mutate.h"

/*
 * Everything that fuzz target @target does with one input: decode, run, and on
 * a verdict print it and abort(). The environment says what engines have no
 * options for (campaign.c).
 */
void campaign_fuzz(const char *target, const uint8_t *data, size_t size);

/* Whether these bytes are the last input; if so, where it came to. */
bool campaign_has_run(const uint8_t *data, size_t size);
bool campaign_mark(uint64_t random, struct mutate_mark *mark);

#endif
