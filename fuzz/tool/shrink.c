/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mmfuzz shrink: a smaller program with the same verdict, as text.
 */
#include <string.h>

#include "program/edit.h"
#include "program/outcome.h"
#include "program/shrink.h"
#include "tool/tool.h"

#define TIMEOUT_MS 60000

static struct {
	struct files files;
	const char *out;
} options;

static volatile sig_atomic_t interrupted;

static void interrupt(int signal_number)
{
	(void)signal_number;
	interrupted = 1;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &options.files;
		return 0;
	case 'o':
		options.out = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* The new header says how to see the verdict, not what the old program did. */
static void make_header(struct text_header *header, const char *id)
{
	const struct settings *settings = &options.files.settings;

	header->expect.nr = 0;
	text_add_word(&header->expect, id);
	header->reaches.nr = 0;
	for (unsigned int i = 0; i < settings->bugs.nr; i++)
		text_add_word(&header->bugs, settings->bugs.word[i].text);
	for (unsigned int i = 0; i < settings->policies.nr; i++)
		text_add_word(&header->policies,
			      settings->policies.word[i].text);
	for (unsigned int i = 0; i < settings->known.nr; i++)
		text_add_word(&header->known, settings->known.word[i].text);
	header->every_access |= settings->every_access;
}

static void shrink_input(const struct input *input, const char *id)
{
	struct program *program = &input->text->program;
	unsigned int nr_ops = edit_nr_ops(program);
	unsigned int nr_other = program->nr - nr_ops;
	struct shrink_result result;

	signal(SIGINT, interrupt);
	result = shrink(program, id, &interrupted);
	make_header(&input->text->header, id);
	if (is_text_path(options.out))
		output_text(options.out, &input->text->header, program);
	else
		output_bytes(options.out, program);
	printf("%s: %s: %u operations + %u others shrunk to %u + %u, "
	       "%u runs%s\n",
	       options.out, id, nr_ops, nr_other, edit_nr_ops(program),
	       program->nr - edit_nr_ops(program), result.nr_runs,
	       result.is_minimal ? "" : ", interrupted");
}

int command_shrink(int argc, char **argv)
{
	static const struct argp_option own_options[] = {
		{ "output", 'o', "OUT", 0,
		  "Where to write it: text if it ends in .prog, else bytes",
		  0 },
		{ NULL, 0, NULL, 0, NULL, 0 },
	};
	const struct argp argp = {
		.options = own_options,
		.parser = parse,
		.args_doc = "FILE",
		.doc = "Make a program smaller that ends with a verdict.\v"
		       "Nothing can be left out of the result. An interrupt "
		       "(^C) keeps the best so far. Exits with 2 if the "
		       "program does not end with a verdict.",
		.children = files_children,
	};
	struct input *input;
	struct outcome outcome;

	argp_parse(&argp, argc, argv, 0, NULL, NULL);
	if (options.files.inputs.nr != 1 || !options.out) {
		fprintf(stderr,
			"mmfuzz shrink: expected one FILE and -o OUT\n");
		return EXIT_USAGE;
	}
	inputs_prepare(&options.files.inputs, &options.files.settings);
	input = &options.files.inputs.input[0];
	settings_apply(&options.files.settings, &input->text->header,
		       input->path);
	outcome_of(&input->text->program, TIMEOUT_MS, &outcome);
	if (!strcmp(outcome.id, "done")) {
		fprintf(stderr,
			"mmfuzz: %s: ends as done; expected a verdict\n",
			input->path);
		return EXIT_USAGE;
	}
	shrink_input(input, outcome.id);
	return EXIT_NOTHING;
}
