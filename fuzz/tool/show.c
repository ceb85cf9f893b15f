/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mmfuzz show and mmfuzz build: from bytes to text and back.
 */
#include "program/places.h"
#include "tool/tool.h"

static struct show {
	struct files files;
	bool places;
	bool keep_stale;
	const char *out;
} show;

static error_t parse(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &show.files;
		return 0;
	case 'P':
		show.places = true;
		return 0;
	case 'k':
		show.keep_stale = true;
		return 0;
	case 'o':
		show.out = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static void show_input(const struct input *input)
{
	static const char *names[PROGRAM_MAX_BYTES];
	const struct program *program = &input->text->program;

	if (show.places) {
		settings_apply(&show.files.settings, &input->text->header,
			       input->path);
		places_annotate(program, names);
	}
	text_print(stdout, &input->text->header, program,
		   show.places ? names : NULL);
}

int command_show(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "places", 'P', NULL, 0,
		  "Show switches with the names of their places", 0 },
		{ NULL, 0, NULL, 0, NULL, 0 },
	};
	const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "FILE...",
		.doc = "Print programs as text.\v"
		       "Places are those of a run with these options.",
		.children = files_children,
	};

	argp_parse(&argp, argc, argv, 0, NULL, NULL);
	inputs_prepare(&show.files.inputs, &show.files.settings);
	for (unsigned int i = 0; i < show.files.inputs.nr; i++)
		show_input(&show.files.inputs.input[i]);
	return EXIT_NOTHING;
}

int command_build(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "output", 'o', "OUT", 0, "Where to write the bytes", 0 },
		{ "keep-stale", 'k', NULL, 0,
		  "A switch whose place is gone comes first in its operation",
		  0 },
		{ NULL, 0, NULL, 0, NULL, 0 },
	};
	const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "FILE",
		.doc = "Write a program as bytes, for an engine.",
		.children = files_children,
	};
	const struct input *input;

	argp_parse(&argp, argc, argv, 0, NULL, NULL);
	if (show.files.inputs.nr != 1 || !show.out || is_text_path(show.out)) {
		fprintf(stderr, "mmfuzz build: expected one FILE and -o OUT, "
				"OUT not ending in .prog\n");
		return EXIT_USAGE;
	}
	input = &show.files.inputs.input[0];
	/* Only places need a run, with bugs that this subject may not have. */
	if (input->text->nr_places && show.keep_stale) {
		settings_apply(&show.files.settings, &input->text->header,
			       input->path);
		places_resolve(input->text, input->path, stderr);
	} else if (input->text->nr_places) {
		inputs_prepare(&show.files.inputs, &show.files.settings);
	}
	output_bytes(show.out, &input->text->program);
	return EXIT_NOTHING;
}
