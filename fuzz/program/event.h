/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FUZZ_PROGRAM_EVENT_H
#define FUZZ_PROGRAM_EVENT_H

#include <stdio.h>

#include "sim/sim.h"

/*
 * Write an event as text, without its place. Formats of sim_trace() have, for
 * each number: %u, itself; %l, the lock class; %t, the migratetype.
 */
void event_print(FILE *out, const struct sim_event *event);

/* Write the place that the event's task is at or has come from last. */
void event_print_place(FILE *out, const struct sim_event *event);

#endif
