// SPDX-License-Identifier: GPL-2.0-only
#include "program/workload.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "check/check.h"
#include "program/ops.h"
#include "program/text.h"
#include "subject/access.h"
#include "subject/subject.h"

struct workload_options workload_options = { .op_mask = WORKLOAD_ALL_OPS };
struct workload_stats workload_stats;
struct workload_hooks workload_hooks;

const struct workload_target workload_targets[] = {
#define TARGET(name, op_mask) { #name, op_mask },
#include "program/targets.def"
#undef TARGET
	{ NULL, 0 }
};

const char *const workload_states[] = {
#define STATE(name, ops, text) #name,
#include "check/states.def"
#undef STATE
	NULL
};

int workload_set_target(const char *name)
{
	const struct workload_target *target = workload_targets;

	for (; target->name; target++) {
		if (!strcmp(target->name, name)) {
			workload_options.op_mask = target->op_mask;
			return 0;
		}
	}
	return -ENOENT;
}

bool workload_can_reach(unsigned int state)
{
	static const uint64_t ops[] = {
#define STATE(name, ops, text) ops,
#include "check/states.def"
#undef STATE
	};

	return workload_options.op_mask & ops[state];
}

static struct sim_job jobs[PROGRAM_MAX_BYTES];
static struct sim_switch switches[PROGRAM_MAX_BYTES];
static struct sim_switch work_switches[PROGRAM_MAX_BYTES];
static unsigned int job_record[PROGRAM_MAX_BYTES];
static unsigned int nr_jobs;
static const struct sim_mark *marks;
static unsigned int nr_marks;
static const struct program *running;

/* --- The machine that a program asks for --- */

/* What is a part of something else, which is known at the end only. */
struct parts {
	unsigned int cma_blocks;
	unsigned int movable, hole; /* in 1/128 of the memory */
	unsigned int hole_pages;
};

static const struct subject_geometry *usual(void)
{
	return workload_hooks.usual ? workload_hooks.usual :
				      &subject_caps()->usual;
}

static void apply_set(struct subject_geometry *g, const struct record *rec,
		      struct parts *parts)
{
	const uint8_t *arg = rec->arg;

	switch ((enum program_set)rec->index) {
	case PROGRAM_SET_cpus:
		g->nr_cpus = arg[0] + 1u;
		break;
	case PROGRAM_SET_memory:
		g->nr_pages = text_args_to_pages(arg);
		break;
	case PROGRAM_SET_blocks:
		g->block_order = arg[0] ? arg[0] : usual()->block_order;
		g->max_order = arg[1] ? arg[1] : usual()->max_order;
		break;
	case PROGRAM_SET_cma:
		parts->cma_blocks = arg[0];
		break;
	case PROGRAM_SET_pcplists:
		g->pcp_batch = arg[0];
		g->pcp_high = arg[1];
		break;
	case PROGRAM_SET_grouping:
		g->mobility = arg[0];
		break;
	case PROGRAM_SET_guards:
		g->guard_order = arg[0];
		break;
	case PROGRAM_SET_watermarks:
		g->min_free = arg[0];
		break;
	case PROGRAM_SET_zones:
		parts->movable = arg[0];
		break;
	case PROGRAM_SET_hole:
		parts->hole = arg[0];
		parts->hole_pages = arg[1];
		break;
	case PROGRAM_SET_pins:
		g->pin_bias = arg[0];
		break;
	case PROGRAM_NR_SETS:
		break;
	}
}

/* Half of zone Normal is CMA unless the program says otherwise. */
static void find_geometry(const struct program *program,
			  struct subject_geometry *g)
{
	struct parts parts = { .cma_blocks = ~0u };

	if (workload_hooks.machine) {
		*g = *workload_hooks.machine;
		subject_fit(g);
		return;
	}
	*g = *usual();
	for (unsigned int i = 0; i < program->nr; i++) {
		if (program->rec[i].type == RECORD_SET)
			apply_set(g, &program->rec[i], &parts);
	}
	subject_fit(g);
	g->movable_start = g->nr_pages - g->nr_pages * parts.movable / 128;
	g->hole_start = g->nr_pages * parts.hole / 128;
	g->hole_end = g->hole_start + parts.hole_pages;
	subject_fit(g);
	g->cma_blocks = parts.cma_blocks == ~0u ?
				g->movable_start >> g->block_order >> 1 :
				parts.cma_blocks;
	subject_fit(g);
}

/*
 * Booted machines are kept, the least recently used one makes room. Large ones
 * have few slots of their own: each takes many megabytes.
 */
#define MAX_SLOTS 64
#define LARGE_SLOTS 2
#define LARGE_PAGES 16384

static struct {
	struct subject_geometry geometry[MAX_SLOTS];
	uint64_t used[MAX_SLOTS]; /* 0 is empty */
	uint64_t now;
} slots;

static void boot(unsigned int slot, const struct subject_geometry *g)
{
	slots.geometry[slot] = *g;
	check_boot(slot, g);
	subject_boot(slot, g);
	check_commit();
	sim_feedback_forget();
}

/* A store that no hook has seen would survive into the next run. */
static void reset(unsigned int slot)
{
	subject_reset(slot);
	check_reset(slot);
	if (workload_options.check_full && !subject_is_pristine()) {
		fprintf(stderr, "mmfuzz: a reset has not restored all of the "
				"subject's memory\n");
		exit(3);
	}
}

static void boot_or_reset(const struct subject_geometry *g)
{
	bool large = g->nr_pages > LARGE_PAGES;
	unsigned int first = large ? 0 : LARGE_SLOTS;
	unsigned int end = large ? LARGE_SLOTS : subject_caps()->nr_slots;
	unsigned int oldest = first;

	slots.now++;
	for (unsigned int i = first; i < end; i++) {
		if (slots.used[i] &&
		    !memcmp(&slots.geometry[i], g, sizeof(*g))) {
			slots.used[i] = slots.now;
			reset(i);
			return;
		}
		if (slots.used[i] < slots.used[oldest])
			oldest = i;
	}
	boot(oldest, g);
	reset(oldest);
	slots.used[oldest] = slots.now;
}

/* --- Jobs --- */

static void run_record(void *arg)
{
	const struct record *rec = arg;
	enum workload_result result = WORKLOAD_DONE;
	bool is_idle = !ops_run(rec), has_failed = check_op_take_failure();

	workload_stats.ops[rec->index]++;
	workload_stats.idle[rec->index] += is_idle;
	if (!workload_hooks.op_end)
		return;
	if (has_failed)
		result = WORKLOAD_FAILED;
	else if (is_idle)
		result = WORKLOAD_IDLE;
	workload_hooks.op_end((unsigned int)(rec - running->rec), result);
}

static void run_interrupt(unsigned int nr)
{
	struct record rec = { .type = RECORD_SWITCH };

	program_set_target(&rec, PROGRAM_FIRST_IRQ + nr);
	workload_stats.irqs[rec.index]++;
	if (!ops_run_interrupt(&rec))
		workload_stats.idle_irqs[rec.index]++;
}

/* As the machine has it. Interrupts count from PROGRAM_FIRST_IRQ. */
static unsigned int target_of(const struct record *rec)
{
	if (rec->index == PROGRAM_SWITCH_task)
		return rec->task;
	if (rec->index == PROGRAM_SWITCH_worker)
		return SIM_SWITCH_WORKER + rec->task;
	return SIM_SWITCH_IRQ + program_target(rec) - PROGRAM_FIRST_IRQ;
}

/* Sorted by place: the machine asks for it; almost always they are. */
static void insert_switch(struct sim_switch *list, unsigned int nr,
			  const struct record *rec)
{
	for (; nr && list[nr - 1].at > rec->at; nr--)
		list[nr] = list[nr - 1];
	list[nr] = (struct sim_switch){ rec->at, target_of(rec) };
}

static void make_jobs(const struct program *program)
{
	struct sim_switch *list = switches, *work_list = work_switches;
	struct sim_job *job = NULL;

	nr_jobs = 0;
	for (unsigned int i = 0; i < program->nr; i++) {
		const struct record *rec = &program->rec[i];

		if (rec->type == RECORD_OP) {
			if (job) {
				list += job->nr_switches;
				work_list += job->nr_work_switches;
			}
			job = NULL;
			if (!(workload_options.op_mask & 1ull << rec->index))
				continue;
			job_record[nr_jobs] = i;
			job = &jobs[nr_jobs++];
			*job = (struct sim_job){
				.task = rec->task,
				.switches = list,
				.run = run_record,
				.arg = (void *)(uintptr_t)rec,
				.work_switches = work_list,
			};
		} else if (rec->type == RECORD_SWITCH && job) {
			if (rec->in_work)
				insert_switch(work_list,
					      job->nr_work_switches++, rec);
			else
				insert_switch(list, job->nr_switches++, rec);
		}
	}
}

/* Programs that end early leave nothing; the others give everything back. */
static bool run_epilogue(unsigned int nr_cpus)
{
	struct sim_job epilogue[SIM_PROGRAM_TASKS + 2];
	unsigned int nr = 0;

	nr_jobs = 0; /* these jobs are no operations of the program */
	ops_end();
	if (ops_need_cpus())
		epilogue[nr++] = (struct sim_job){ .run = ops_power_on };
	for (unsigned int task = 0; task < 2 * nr_cpus; task++) {
		if (ops_has_sections(task))
			epilogue[nr++] =
				(struct sim_job){ .task = task,
						  .run = ops_close_sections };
	}
	epilogue[nr++] = (struct sim_job){ .run = ops_give_back };
	return sim_run(epilogue, nr);
}

static void count_run(void)
{
	workload_stats.runs++;
	for (unsigned int i = 0; i < NR_STATES; i++)
		workload_stats.reached[i] += check_reached >> i & 1;
}

bool workload_run(const struct program *program)
{
	struct subject_geometry g;
	bool done;

	find_geometry(program, &g);
	running = program;
	check_full = workload_options.check_full;
	access_every = workload_options.every_access;
	boot_or_reset(&g);
	ops_reset();
	make_jobs(program);
	sim_reset(&(struct sim_config){ g.nr_cpus, access_every });
	sim_on_interrupt(run_interrupt);
	if (workload_hooks.booted)
		workload_hooks.booted();
	done = sim_run(jobs, nr_jobs);
	nr_marks = sim_marks(&marks);
	if (done && workload_hooks.ops_end)
		workload_hooks.ops_end();
	done = done && run_epilogue(g.nr_cpus);
	count_run();
	return done;
}

uint64_t workload_trace_hash(void)
{
	return sim_trace_hash();
}

const struct program *workload_program(void)
{
	return running;
}

unsigned int workload_job_record(unsigned int job)
{
	return job < nr_jobs ? job_record[job] : PROGRAM_MAX_BYTES;
}

/* The epilogue has numbered its jobs anew: what it came to is not meant. */
bool workload_mark(uint64_t random, struct workload_mark *mark)
{
	const struct sim_mark *m;

	if (!nr_marks)
		return false;
	m = &marks[random % nr_marks];
	mark->record = job_record[m->job];
	mark->at = (uint16_t)m->at;
	mark->in_work = m->in_work;
	return m->at < PROGRAM_MAX_AT;
}

bool workload_reached(unsigned int state)
{
	return check_reached >> state & 1;
}
