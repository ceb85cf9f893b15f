/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Shrinking.
 *
 * A candidate runs if it costs less than the best program so far, and is kept
 * if its run ends with the same verdict. No cost can fall for ever: this ends.
 *
 * The cheap passes go first, until none of them helps. They end in programs of
 * which nothing can be left out as it stands, often with switches that only
 * put operations into order. So then comes a search: leave out one record and
 * take another step (shrink_step.h) that makes up for it. The search is
 * bounded; the cheap passes are not, and they keep the promise of shrink.h.
 *
 * Every candidate goes through bytes before it runs: what is tried is what will
 * be stored.
 */
#include "program/shrink.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "program/edit.h"
#include "program/outcome.h"
#include "program/shrink_step.h"
#include "program/text.h"
#include "program/workload.h"

#define TIMEOUT_MS 10000
#define PROGRESS_SECONDS 2
#define SEARCH_RUNS 6000 /* no more searching after that many */
#define SEARCH_RECORDS 60 /* and none in larger programs */

/* Hashes of candidates that were no good. */
#define FAILED_BITS 15

struct shrink {
	struct program best;
	struct program candidate;
	const char *id;
	const volatile sig_atomic_t *stop;
	unsigned int nr_runs;
	unsigned int nr_records; /* at first */
	time_t next_report;
	uint64_t failed[1u << FAILED_BITS];
};

static time_t seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

static void report(struct shrink *s)
{
	if (seconds() < s->next_report)
		return;
	s->next_report = seconds() + PROGRESS_SECONDS;
	fprintf(stderr, "shrink: %u records of %u left, %u runs\n", s->best.nr,
		s->nr_records, s->nr_runs);
}

/*
 * Boot the machine of @program in this process: children inherit it, booting
 * would be most of what they do.
 */
static void boot(const struct shrink *s, const struct program *program)
{
	static struct program settings;

	if (!strcmp(s->id, "CRASH") || !strcmp(s->id, "TIMEOUT"))
		return;
	settings.nr = edit_nr_sets(program);
	memcpy(settings.rec, program->rec,
	       settings.nr * sizeof(settings.rec[0]));
	sim_on_verdict(NULL);
	workload_run(&settings);
}

static bool same_settings(const struct program *a, const struct program *b)
{
	unsigned int nr = edit_nr_sets(a);

	if (nr != edit_nr_sets(b))
		return false;
	for (unsigned int i = 0; i < nr; i++)
		if (a->rec[i].index != b->rec[i].index ||
		    memcmp(a->rec[i].arg, b->rec[i].arg, sizeof(a->rec[i].arg)))
			return false;
	return true;
}

/* --- Cost --- */

#define NR_COSTS 4

/*
 * Records; of these, switches; arguments that are not dull; their sum. A task
 * is dull if it is that of the first operation.
 */
static void cost_of(const struct program *p, unsigned int cost[NR_COSTS])
{
	unsigned int first = edit_op_index(p, 0);

	memset(cost, 0, NR_COSTS * sizeof(cost[0]));
	cost[0] = p->nr;
	for (unsigned int i = 0; i < p->nr; i++) {
		const struct record *r = &p->rec[i];

		if (r->type == RECORD_SET && r->index == PROGRAM_SET_memory) {
			cost[3] += text_args_to_pages(r->arg);
			continue;
		}
		cost[1] += r->type == RECORD_SWITCH;
		cost[2] += !!r->at + r->in_work;
		/* Of equal ones, a task is simpler than anything else. */
		if (r->type == RECORD_SWITCH)
			cost[3] += r->index;
		if (record_has_task(r) && first < p->nr)
			cost[2] += r->task != p->rec[first].task;
		cost[3] += r->at;
		for (unsigned int j = 0; j < PROGRAM_MAX_ARGS; j++) {
			cost[2] += !!r->arg[j];
			cost[3] += r->arg[j];
		}
	}
}

/* Among equals, the one with the first smaller task. */
static bool is_cheaper(const struct program *a, const struct program *b)
{
	unsigned int cost_a[NR_COSTS], cost_b[NR_COSTS];

	cost_of(a, cost_a);
	cost_of(b, cost_b);
	for (unsigned int i = 0; i < NR_COSTS; i++)
		if (cost_a[i] != cost_b[i])
			return cost_a[i] < cost_b[i];
	for (unsigned int i = 0; i < a->nr; i++)
		if (a->rec[i].task != b->rec[i].task)
			return a->rec[i].task < b->rec[i].task;
	return false;
}

/* --- Candidates --- */

static uint64_t hash(const uint8_t *data, size_t size)
{
	uint64_t h = 14695981039346656037u; /* FNV-1a */

	while (size--)
		h = (h ^ *data++) * 1099511628211u;
	return h;
}

static uint64_t *failed_slot(struct shrink *s, uint64_t h)
{
	return &s->failed[h >> (64 - FAILED_BITS)];
}

static void start_candidate(struct shrink *s)
{
	s->candidate.nr = s->best.nr;
	memcpy(s->candidate.rec, s->best.rec,
	       s->best.nr * sizeof(s->best.rec[0]));
}

/*
 * Keep s->candidate if it is cheaper and ends like the original. Returns
 * whether it does.
 */
static bool try(struct shrink *s)
{
	static uint8_t bytes[PROGRAM_MAX_BYTES];
	static struct program stored;
	struct outcome outcome;
	size_t size = program_encode(&s->candidate, bytes, sizeof(bytes));
	uint64_t h = hash(bytes, size);

	if (*s->stop || *failed_slot(s, h) == h)
		return false;
	program_decode(&stored, bytes, size);
	if (!is_cheaper(&stored, &s->best))
		return false;
	report(s);
	s->nr_runs++;
	outcome_of(&stored, TIMEOUT_MS, &outcome);
	if (strcmp(outcome.id, s->id)) {
		*failed_slot(s, h) = h;
		return false;
	}
	if (!same_settings(&stored, &s->best))
		boot(s, &stored);
	s->best.nr = stored.nr;
	memcpy(s->best.rec, stored.rec, stored.nr * sizeof(stored.rec[0]));
	return true;
}

static bool try_without(struct shrink *s, unsigned int start, unsigned int end)
{
	start_candidate(s);
	edit_remove(&s->candidate, start, end);
	return try(s);
}

/* --- Operations --- */

/* Whole runs of operations, half of them first, then ever fewer. */
static bool drop_chunks(struct shrink *s)
{
	bool any = false;

	for (unsigned int size = edit_nr_ops(&s->best) / 2; size > 1;
	     size /= 2) {
		unsigned int n = 0;

		while (n < edit_nr_ops(&s->best)) {
			unsigned int op = edit_op_index(&s->best, n);

			if (try_without(s, op,
					edit_units_end(&s->best, op, size)))
				any = true;
			else
				n += size;
		}
	}
	return any;
}

/* Index of the argument that names a slot, -1 if there is none. */
static int slot_arg(const struct record *r)
{
	const struct record_kind *kind = program_kind(r);

	for (unsigned int i = 0; i < kind->nr_args; i++)
		if (kind->args[i] == PROGRAM_ARG_slot)
			return (int)i;
	return -1;
}

static void rename_slot(struct program *p, uint8_t from, uint8_t to)
{
	for (unsigned int i = 0; i < p->nr; i++) {
		struct record *r = &p->rec[i];
		int arg = slot_arg(r);

		if (arg >= 0 && r->arg[arg] == from)
			r->arg[arg] = to;
	}
}

/*
 * Without an operation that fills a slot, later ones find their slots one
 * lower: take that one out and renumber.
 */
static bool try_without_slot(struct shrink *s, unsigned int op)
{
	const struct record *gone = &s->best.rec[op];
	int arg = slot_arg(gone);
	uint8_t slot;

	if (arg < 0)
		return false;
	slot = gone->arg[arg];
	start_candidate(s);
	for (unsigned int i = op + 1; i < s->candidate.nr; i++) {
		struct record *r = &s->candidate.rec[i];

		arg = slot_arg(r);
		if (arg >= 0 && r->arg[arg] > slot)
			r->arg[arg]--;
	}
	edit_remove(&s->candidate, op, edit_unit_end(&s->candidate, op));
	return try(s);
}

/* The last ones first: nothing depends on them. */
static bool drop_ops(struct shrink *s)
{
	bool any = false;

	for (unsigned int n = edit_nr_ops(&s->best); n--;) {
		unsigned int op = edit_op_index(&s->best, n);

		any |= try_without(s, op, edit_unit_end(&s->best, op)) ||
		       try_without_slot(s, op);
	}
	return any;
}

/* --- Switches and settings --- */

static bool drop_switches_of_ops(struct shrink *s)
{
	bool any = false;

	for (unsigned int n = edit_nr_ops(&s->best); n--;) {
		unsigned int op = edit_op_index(&s->best, n);
		unsigned int end = edit_unit_end(&s->best, op);

		/* One alone comes in drop_singles(). */
		if (end - op > 2)
			any |= try_without(s, op + 1, end);
	}
	return any;
}

static bool drop_singles(struct shrink *s)
{
	bool any = false;

	for (unsigned int i = s->best.nr; i--;)
		if (!edit_is_op(&s->best.rec[i]))
			any |= try_without(s, i, i + 1);
	return any;
}

/* --- CPUs and tasks --- */

static unsigned int nr_cpus(const struct program *p)
{
	unsigned int set = edit_find_set(p, PROGRAM_SET_cpus);

	return set < p->nr ? p->rec[set].arg[0] + 1u : 2;
}

/*
 * The first CPU that is used becomes CPU 0, and so on; the first task of the
 * n-th CPU becomes task n, its other one n + @cpus_then.
 */
static void renumber_tasks(struct program *p, unsigned int cpus,
			   unsigned int cpus_then)
{
	unsigned int cpu_of[PROGRAM_TASKS], first_of[PROGRAM_TASKS], nr = 0;

	for (unsigned int i = 0; i < p->nr; i++) {
		struct record *r = &p->rec[i];
		unsigned int task = r->task % (2 * cpus), n = 0;

		if (!record_has_task(r))
			continue;
		while (n < nr && cpu_of[n] != task % cpus)
			n++;
		if (n == nr) {
			cpu_of[n] = task % cpus;
			first_of[n] = task;
			nr++;
		}
		if (first_of[n] != task && record_tasks(r) == PROGRAM_TASKS)
			n += cpus_then;
		r->task = (uint8_t)n;
	}
}

/* As many CPUs as there are, then as few as will do. */
static bool lower_tasks(struct shrink *s)
{
	unsigned int cpus = nr_cpus(&s->best);
	unsigned int set = edit_find_set(&s->best, PROGRAM_SET_cpus);
	bool any;

	start_candidate(s);
	renumber_tasks(&s->candidate, cpus, cpus);
	any = try(s);
	if (set == s->best.nr)
		return any;
	for (unsigned int n = 1; n < cpus; n++) {
		start_candidate(s);
		renumber_tasks(&s->candidate, cpus, n);
		s->candidate.rec[set].arg[0] = (uint8_t)(n - 1);
		if (try(s))
			return true;
	}
	start_candidate(s);
	renumber_tasks(&s->candidate, cpus, 2);
	edit_remove(&s->candidate, set, set + 1);
	return try(s) || any;
}

/* --- Arguments --- */

/* 0, a little, half, one less: the first that will do. */
#define NR_STEPS 4

static unsigned int smaller(unsigned int value, int step)
{
	switch (step) {
	case 0:
		return 0;
	case 1:
		return 1;
	case 2:
		return value / 2;
	default:
		return value - 1;
	}
}

/* Arguments of a record by number: task, at, in work, those of its kind. */
#define NR_FIELDS (3 + PROGRAM_MAX_ARGS)

static unsigned int get_field(const struct record *r, int field)
{
	if (field == 0)
		return r->task;
	if (field == 1)
		return r->at;
	return field == 2 ? r->in_work : r->arg[field - 3];
}

static void set_field(struct record *r, int field, unsigned int value)
{
	if (field == 0)
		r->task = (uint8_t)value;
	else if (field == 1)
		r->at = (uint16_t)value;
	else if (field == 2)
		r->in_work = (uint8_t)value;
	else
		r->arg[field - 3] = (uint8_t)value;
}

static bool lower_field(struct shrink *s, unsigned int i, int field)
{
	bool any = false;

	for (int step = 0; step < NR_STEPS; step++) {
		unsigned int value = get_field(&s->best.rec[i], field);

		if (smaller(value, step) >= value)
			continue;
		start_candidate(s);
		set_field(&s->candidate.rec[i], field, smaller(value, step));
		if (try(s)) {
			any = true;
			step = -1;
		}
	}
	return any;
}

/* Sizes of memory are lowered in pages, which is what people see. */
static bool lower_memory(struct shrink *s, unsigned int i)
{
	const uint8_t *arg = s->best.rec[i].arg;
	bool any = false;

	for (int step = 0; step < NR_STEPS; step++) {
		unsigned int pages = text_args_to_pages(arg);
		unsigned int below = smaller(pages, step), above;

		start_candidate(s);
		while (text_pages_to_args(below, s->candidate.rec[i].arg,
					  &below, &above))
			;
		if (below < pages && try(s)) {
			any = true;
			step = -1;
		}
	}
	return any;
}

static bool lower_args(struct shrink *s)
{
	bool any = false;

	for (unsigned int i = 0; i < s->best.nr; i++) {
		if (s->best.rec[i].type == RECORD_SET &&
		    s->best.rec[i].index == PROGRAM_SET_memory) {
			any |= lower_memory(s, i);
			continue;
		}
		for (int field = 0; field < NR_FIELDS; field++)
			any |= lower_field(s, i, field);
	}
	return any;
}

/* The slots that are named become 0, 1 and so on. */
static bool lower_slots(struct shrink *s)
{
	bool any = false;

	for (uint8_t slot = 0; slot < program_args[PROGRAM_ARG_slot].nr_values;
	     slot++) {
		for (uint8_t to = 0; to < slot; to++) {
			start_candidate(s);
			rename_slot(&s->candidate, slot, to);
			if (try(s)) {
				any = true;
				break;
			}
		}
	}
	return any;
}

/* --- Search --- */

static bool may_search(const struct shrink *s)
{
	return !*s->stop && s->nr_runs < SEARCH_RUNS &&
	       s->best.nr <= SEARCH_RECORDS;
}

/* One step alone: a cheaper argument that the passes above have not met. */
static bool search_step(struct shrink *s, enum step step)
{
	bool any = false;

	for (unsigned int n = 0;
	     may_search(s) && n < step_count(&s->best, step); n++) {
		start_candidate(s);
		step_take(&s->candidate, step, n);
		any |= try(s);
	}
	return any;
}

/* Without record @i, and with any step of a kind. */
static bool search_without(struct shrink *s, unsigned int i, enum step step)
{
	unsigned int nr;

	start_candidate(s);
	step_take(&s->candidate, STEP_DROP, i);
	nr = step_count(&s->candidate, step);
	for (unsigned int n = 0; may_search(s) && n < nr; n++) {
		start_candidate(s);
		step_take(&s->candidate, STEP_DROP, i);
		step_take(&s->candidate, step, n);
		if (try(s))
			return true;
	}
	return false;
}

/* Ends at the first success: then the cheap passes may go on. */
static bool search(struct shrink *s)
{
	static const enum step alone[] = { STEP_MERGE, STEP_TASK, STEP_AT,
					   STEP_ARG, STEP_TARGET };
	static const enum step beside_drop[] = {
		STEP_DROP, STEP_MERGE, STEP_MOVE, STEP_TASK,
		STEP_AT,   STEP_ARG,   STEP_KIND, STEP_TARGET,
	};

	for (unsigned int k = 0; k < sizeof(alone) / sizeof(alone[0]); k++)
		if (search_step(s, alone[k]))
			return true;
	for (unsigned int k = 0;
	     k < sizeof(beside_drop) / sizeof(beside_drop[0]); k++)
		for (unsigned int i = s->best.nr; i--;)
			if (search_without(s, i, beside_drop[k]))
				return true;
	return false;
}

/* --- All of it --- */

static struct shrink state; /* 350 kB, too large for a stack */

struct shrink_result shrink(struct program *program, const char *id,
			    const volatile sig_atomic_t *stop)
{
	struct shrink *s = &state;
	bool any;

	edit_normalize(program);
	*s = (struct shrink){ .id = id,
			      .stop = stop,
			      .nr_records = program->nr,
			      .next_report = seconds() + PROGRESS_SECONDS };
	s->best = *program;
	boot(s, &s->best);
	do {
		any = drop_chunks(s);
		any |= drop_ops(s);
		any |= drop_switches_of_ops(s);
		any |= drop_singles(s);
		any |= lower_tasks(s);
		any |= lower_args(s);
		any |= lower_slots(s);
		/* The dearest one, when nothing else helps. */
		if (!any)
			any = search(s);
	} while (any && !*stop);
	*program = s->best;
	return (struct shrink_result){ .nr_runs = s->nr_runs,
				       .is_minimal = !*stop };
}
