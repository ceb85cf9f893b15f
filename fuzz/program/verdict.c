// SPDX-License-Identifier: GPL-2.0-only
/* A verdict as people and services read it. */
#include <string.h>

#include "program/event.h"
#include "program/text.h"
#include "program/workload.h"

#include "build.h"
#include "subject/subject.h"

void workload_print_interrupt(FILE *out, unsigned int nr)
{
	struct record rec = { .type = RECORD_SWITCH };

	program_set_target(&rec, PROGRAM_FIRST_IRQ + nr);
	text_print_interrupt(out, &rec);
}

/* The operation that the run ended in, and how far it had come. */
static void print_position(FILE *out)
{
	unsigned int record = workload_job_record(sim_job());

	if (record >= workload_program()->nr) {
		fprintf(out, "  in the epilogue, on cpu%u\n", sim_cpu());
		return;
	}
	if (sim_in_irq())
		fputs("  in an interrupt that came\n", out);
	fprintf(out, "  in operation %u on cpu%u, at its yield point %u: ",
		sim_job() + 1, sim_cpu(), sim_job_points());
	text_print_record(out, &workload_program()->rec[record]);
	fputc('\n', out);
}

static void print_event(FILE *out, const struct sim_event *event)
{
	fprintf(out, "    task %u: ", event->task);
	event_print(out, event);
	if (event->place) {
		fputs("  [", out);
		event_print_place(out, event);
		fputc(']', out);
	}
	fputc('\n', out);
}

static void print_last_events(FILE *out)
{
	for (unsigned int cpu = 0; cpu < sim_nr_cpus(); cpu++) {
		fprintf(out,
			"  cpu%u, last events [after which yield point]:\n",
			cpu);
		for (unsigned int back = SIM_TRACE_DEPTH; back--;) {
			const struct sim_event *event =
				sim_trace_last(cpu, back);

			if (event)
				print_event(out, event);
		}
	}
}

#define MAX_VIEWS 4

static FILE *views_out;

/* Indented: each piece that begins a line. */
static void put_view(const char *text)
{
	static bool inside;

	if (!inside)
		fputs("    ", views_out);
	fputs(text, views_out);
	inside = text[strlen(text) - 1] != '\n';
}

/* What it says of itself, and who has it. */
static void print_page(FILE *out, unsigned int pfn, const char *reason)
{
	char refs[512];

	views_out = out;
	subject_dump_page(pfn, reason, put_view);
	check_describe_refs(pfn, refs, sizeof(refs));
	if (refs[0])
		fprintf(out, "    references: %s\n", refs);
}

/* Those that the verdict names, the first few. */
static void print_pages(FILE *out, const struct sim_verdict *verdict)
{
	const char *detail = verdict->detail;
	unsigned int seen[MAX_VIEWS], nr = 0;

	while (nr < MAX_VIEWS && (detail = strstr(detail, "pfn "))) {
		unsigned int pfn = 0, i = 0;

		detail += strlen("pfn ");
		if (sscanf(detail, "%u", &pfn) != 1)
			continue;
		while (i < nr && seen[i] != pfn)
			i++;
		if (i < nr)
			continue;
		seen[nr++] = pfn;
		print_page(out, pfn, verdict->id);
	}
}

void workload_print_verdict(FILE *out, const struct sim_verdict *verdict)
{
	fprintf(out, "ASSERTION FAILED: %s: %s\n", verdict->id,
		verdict->summary);
	fprintf(out, "%s\n", verdict->detail);
	print_pages(out, verdict);
	print_position(out);
	print_last_events(out);
	fprintf(out, "  subject: %s, build: %s\n", subject_caps()->name,
		MMFUZZ_BUILD);
}
