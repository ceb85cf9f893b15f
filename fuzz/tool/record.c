/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mmfuzz run --record: a line for the machine, for each operation that ends,
 * and for the end, of words "key=value". What two subjects must have in common
 * reads the same in both, so `mmfuzz compare` compares lines.
 *
 *   subject=core build=0123abc
 *   machine=2,256,4,6,8,4,16,0,0,0
 *   op=0 result=done free=254 cma=128 isolated=0 highatomic=0 pcp=3,0
 *       areas=0,1,... types=MMMM... holds=0:12+1
 *   end=done at=- free=...
 *
 * op= is the record of the program, result= idle, done or failed. The state
 * behind it is there if no other operation is under way: counters with all
 * per-CPU differences, pages on the pcplists of each CPU, free_area[].nr_free,
 * a letter for the type of each pageblock, and the pages that each slot holds.
 */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "build.h"
#include "program/ops.h"
#include "program/workload.h"
#include "subject/subject.h"
#include "tool/tool.h"

/* --- The machine, as one word --- */

static const struct field {
	const char *name;
	size_t offset;
} fields[] = {
#define FIELD(name) { #name, offsetof(struct subject_geometry, name) }
	FIELD(nr_cpus),	  FIELD(nr_pages),	FIELD(block_order),
	FIELD(max_order), FIELD(cma_blocks),	FIELD(pcp_batch),
	FIELD(pcp_high),  FIELD(mobility),	FIELD(guard_order),
	FIELD(min_free),  FIELD(movable_start), FIELD(hole_start),
	FIELD(hole_end),  FIELD(pin_bias),
#undef FIELD
};

#define NR_FIELDS (sizeof(fields) / sizeof(fields[0]))
_Static_assert(sizeof(struct subject_geometry) ==
		       NR_FIELDS * sizeof(unsigned int),
	       "each field of the geometry is named here");

static unsigned int *value_of(struct subject_geometry *g,
			      const struct field *field)
{
	return (unsigned int *)(void *)((char *)g + field->offset);
}

static void print_machine(FILE *out, struct subject_geometry g)
{
	for (unsigned int i = 0; i < NR_FIELDS; i++)
		fprintf(out, "%s%s:%u", i ? "," : "machine=", fields[i].name,
			*value_of(&g, &fields[i]));
}

bool record_parse_machine(struct subject_geometry *g, const char *text)
{
	for (unsigned int i = 0; i < NR_FIELDS; i++) {
		size_t length = strlen(fields[i].name);
		char *end;

		if (strncmp(text, fields[i].name, length) ||
		    text[length] != ':')
			return false;
		text += length + 1;
		*value_of(g, &fields[i]) =
			(unsigned int)strtoul(text, &end, 10);
		if (end == text || *end != (i + 1 < NR_FIELDS ? ',' : '\0'))
			return false;
		text = end + 1;
	}
	return true;
}

/* --- The state of the zones --- */

/* Words of another zone than Normal have its name in front. */
static void print_zone(FILE *out, unsigned int nr)
{
	const struct subject_geometry *g = subject_geometry();
	char prefix[16] = "";
	struct subject_zone_view zone;

	if (nr)
		snprintf(prefix, sizeof(prefix), "%s.", subject_zone_name(nr));
	subject_zone(nr, &zone);
	fprintf(out, " %sfree=%ld %scma=%ld %sisolated=%u %shighatomic=%ld",
		prefix, zone.nr_free, prefix, zone.nr_free_cma, prefix,
		zone.nr_isolate_pageblock, prefix, zone.nr_reserved_highatomic);
	fprintf(out, " %spcp=", prefix);
	for (unsigned int cpu = 0; cpu < g->nr_cpus; cpu++)
		fprintf(out, "%s%u", cpu ? "," : "",
			subject_pcp_count(nr, cpu));
	fprintf(out, " %sareas=", prefix);
	for (unsigned int i = 0; i <= g->max_order; i++)
		fprintf(out, "%s%u", i ? "," : "", zone.nr_free_area[i]);
}

static void print_types(FILE *out)
{
	const struct subject_geometry *g = subject_geometry();

	fputs(" types=", out);
	for (unsigned int i = 0; i < g->nr_pages >> g->block_order; i++)
		putc(*subject_type_name(subject_block_type(i)), out);
}

static void print_slots(FILE *out)
{
	unsigned int start, end;
	const char *before = "";

	fputs(" holds=", out);
	for (unsigned int i = 0; i < OPS_SLOTS; i++) {
		if (!ops_slot(i, &start, &end))
			continue;
		fprintf(out, "%s%u:%u+%u", before, i, start, end - start);
		before = ",";
	}
	if (!*before)
		putc('-', out);
}

static void print_state(FILE *out)
{
	for (unsigned int i = 0; i < subject_nr_zones(subject_geometry()); i++)
		print_zone(out, i);
	print_types(out);
	print_slots(out);
}

/* --- Lines --- */

static void record_booted(void)
{
	print_machine(stdout, *subject_geometry());
	putchar('\n');
}

static void record_op(unsigned int record, enum workload_result result)
{
	static const char *const names[] = { "idle", "done", "failed" };

	printf("op=%u result=%s", record, names[result]);
	if (ops_at_rest())
		print_state(stdout);
	putchar('\n');
}

static void record_verdict(const struct sim_verdict *verdict)
{
	unsigned int record = workload_job_record(sim_job());

	printf("end=%s", verdict->id);
	if (record < workload_program()->nr)
		printf(" at=%u", record);
	putchar('\n');
}

/* The same machine on every subject, where the program leaves it open. */
static const struct subject_geometry *common_machine(void)
{
	static struct subject_geometry g;

	g = subject_caps()->usual;
	g.nr_cpus = 2;
	g.nr_pages = 256;
	g.pcp_batch = 4;
	g.pcp_high = 16;
	g.mobility = 0;
	g.guard_order = 0;
	g.min_free = 0;
	return &g;
}

bool record_run(const struct program *program,
		const struct subject_geometry *machine)
{
	bool done;

	workload_hooks.usual = common_machine();
	workload_hooks.machine = machine;
	workload_hooks.booted = record_booted;
	workload_hooks.op_end = record_op;
	sim_on_verdict(record_verdict);
	printf("subject=%s build=%s\n", subject_caps()->name, MMFUZZ_BUILD);
	done = workload_run(program);
	if (done) {
		fputs("end=done", stdout);
		print_state(stdout);
		putchar('\n');
	}
	workload_hooks = (struct workload_hooks){ .usual = NULL };
	return done;
}
