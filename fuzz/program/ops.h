/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Operations: what a program's records do to the subject. What they hold from
 * one to the next is in held.h.
 */
#ifndef FUZZ_PROGRAM_OPS_H
#define FUZZ_PROGRAM_OPS_H

#include <stdbool.h>

#include "program/program.h"

/* Nothing is held and no section is open. */
void ops_reset(void);

/* On a task of the machine. Returns false if there was nothing to do. */
bool ops_run(const struct record *rec);

/* The same in an interrupt: @rec is a switch that is one. */
bool ops_run_interrupt(const struct record *rec);

/* The epilogue: from here on nothing is made to fail, nobody is killed. */
void ops_end(void);
/* Pages that @slot, below OPS_SLOTS, has to do with; false if it is empty. */
#define OPS_SLOTS 16
bool ops_slot(unsigned int slot, unsigned int *start, unsigned int *end);
/* No operation is under way. */
bool ops_at_rest(void);

/* The epilogue: all CPUs are online again. */
void ops_power_on(void *unused);
/* Whether some are not. */
bool ops_need_cpus(void);
/* The epilogue: close the nocma sections of the running task. */
void ops_close_sections(void *unused);
/* Whether @task has any. */
bool ops_has_sections(unsigned int task);

/*
 * The epilogue's last job: give back what the slots hold, drain, and see that
 * the zone is as at boot and what was isolated can be isolated again.
 */
void ops_give_back(void *unused);

#endif
