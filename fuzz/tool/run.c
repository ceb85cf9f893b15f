/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mmfuzz run: what programs end with.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "program/event.h"
#include "program/workload.h"
#include "subject/subject.h"
#include "tool/tool.h"

struct run {
	struct files files;
	bool verbose;
	bool quiet;
	bool record;
	const char *dump; /* "buddyinfo,zoneinfo", or NULL */
	bool has_machine;
	struct subject_geometry machine; /* of a record */
};

static struct run run;
static const struct input *current;

/* --- Events, one column for each CPU --- */

#define COLUMN 40

static bool begins_with(const char *s, const char *prefix)
{
	return !strncmp(s, prefix, strlen(prefix));
}

static void print_event(const struct sim_event *event)
{
	unsigned int record = workload_job_record(event->job);

	/* Booting is no part of the run: the next one does without. */
	if (!sim_running())
		return;
	printf("%*s", COLUMN * event->cpu, "");
	if (begins_with(event->format, "point %u")) {
		/* Numbered and named as a switch would. */
		printf("  %u ", event->arg[0]);
		event_print_place(stdout, event);
	} else {
		event_print(stdout, event);
	}
	if (begins_with(event->format, "job %u begins")) {
		fputs(": ", stdout);
		if (record < current->text->program.nr)
			text_print_record(stdout,
					  &current->text->program.rec[record]);
		else
			fputs("epilogue", stdout);
	}
	if (!strcmp(event->format, "interrupt %u")) {
		fputs(": ", stdout);
		workload_print_interrupt(stdout, event->arg[0]);
	}
	putchar('\n');
}

/* What the subject says, in the column of the CPU that says it. */
static void print_message(const char *text)
{
	static bool inside;

	if (!inside)
		printf("%*s| ", COLUMN * (int)sim_cpu(), "");
	fputs(text, stdout);
	inside = text[strlen(text) - 1] != '\n';
}

/* --- Dumps, before everything is given back --- */

static void put_stdout(const char *text)
{
	fputs(text, stdout);
}

/* Exits with 2 if a name in run.dump is none. */
static void for_each_dump(void (*put)(const char *text))
{
	for (const char *list = run.dump; *list;) {
		size_t length = strcspn(list, ",");
		char name[32];

		snprintf(name, sizeof(name), "%.*s", (int)length, list);
		if (!subject_dump(name, put)) {
			fprintf(stderr,
				"mmfuzz: \"%s\" for a dump of %s; expected "
				"buddyinfo, pagetypeinfo or zoneinfo, which "
				"the core has\n",
				name, subject_caps()->name);
			exit(EXIT_USAGE);
		}
		list += length + (list[length] == ',');
	}
}

static void print_dumps(void)
{
	for_each_dump(put_stdout);
}

static void put_nowhere(const char *text)
{
	(void)text;
}

/* Nothing has run when bad names are told. */
static void check_dumps(void)
{
	static const struct program nothing = { .nr = 0 };

	if (!run.dump)
		return;
	workload_run(&nothing);
	for_each_dump(put_nowhere);
}

/* --- Runs --- */

/* Called where the verdict was found: everything still stands as it was. */
static void print_verdict(const struct sim_verdict *verdict)
{
	printf("%s: %s\n", current->path, verdict->id);
	if (!run.quiet)
		workload_print_verdict(stdout, verdict);
	printf("  replay: %s run", subject_caps()->tool);
	settings_print(stdout, &run.files.settings, &current->text->header,
		       current->path);
	putchar('\n');
}

static void compare(const char *expected, const char *found)
{
	if (strcmp(expected, found))
		printf("%s: note: its header expects %s\n", current->path,
		       expected);
}

static bool run_input(const struct input *input)
{
	const struct text_header *header = &input->text->header;
	bool done;

	current = input;
	if (!settings_fit_subject(header))
		printf("%s: note: its header says that it is not for %s\n",
		       input->path, subject_caps()->name);
	settings_apply(&run.files.settings, header, input->path);
	if (run.record)
		return record_run(&input->text->program,
				  run.has_machine ? &run.machine : NULL);
	sim_on_verdict(print_verdict);
	sim_trace_sink = run.verbose ? print_event : NULL;
	subject_on_message(run.verbose ? print_message : NULL);
	workload_hooks.ops_end = run.dump ? print_dumps : NULL;
	done = workload_run(&input->text->program);
	sim_trace_sink = NULL;
	subject_on_message(NULL);
	if (done && !run.quiet)
		printf("%s: done\n", input->path);
	if (header->expect.nr)
		compare(header->expect.word[0].text,
			done ? "done" : sim_verdict()->id);
	if (run.verbose)
		printf("trace hash: %016" PRIx64 "\n", workload_trace_hash());
	fflush(stdout);
	return done;
}

/* --- Command line --- */

static error_t parse(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &run.files;
		return 0;
	case 'v':
		run.verbose = true;
		return 0;
	case 'q':
		run.quiet = true;
		return 0;
	case 'r':
		run.record = true;
		return 0;
	case 'd':
		run.dump = arg ? arg : "buddyinfo,pagetypeinfo,zoneinfo";
		return 0;
	case 'm':
		if (!record_parse_machine(&run.machine, arg))
			argp_error(state,
				   "--machine %s; expected what --record "
				   "prints behind \"machine=\"",
				   arg);
		run.has_machine = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option options[] = {
	{ "verbose", 'v', NULL, 0,
	  "Print all events, a column for each CPU, and the trace hash", 0 },
	{ "quiet", 'q', NULL, 0, "Print verdicts only, and only their names",
	  0 },
	{ "dump", 'd', "NAME,...", OPTION_ARG_OPTIONAL,
	  "At the end, print buddyinfo, pagetypeinfo, zoneinfo as the kernel "
	  "does",
	  0 },
	{ "record", 'r', NULL, 0,
	  "Print one line of key=value words for each operation instead", 0 },
	{ "machine", 'm', "MACHINE", 0,
	  "With --record: the machine of another record, whatever the program "
	  "sets",
	  0 },
	{ NULL, 0, NULL, 0, NULL, 0 },
};

int command_run(int argc, char **argv)
{
	const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "FILE...",
		.doc = "Run programs and print what each of them ends with.",
		.children = files_children,
	};
	int status = EXIT_NOTHING;

	argp_parse(&argp, argc, argv, 0, NULL, NULL);
	inputs_prepare(&run.files.inputs, &run.files.settings);
	check_dumps();
	for (unsigned int i = 0; i < run.files.inputs.nr; i++)
		if (!run_input(&run.files.inputs.input[i]))
			status = EXIT_VERDICT;
	return status;
}
