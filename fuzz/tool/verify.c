/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mmfuzz verify: whether programs do what their headers claim.
 *
 * A header without "expect" claims that the program ends as done. One with
 * "bug" claims that it ends with its verdict because of that: without bugs, and
 * with the designs of today, it is done. One with "subject" claims nothing for
 * others.
 */
#include <stdlib.h>
#include <string.h>

#include "program/outcome.h"
#include "program/workload.h"
#include "subject/subject.h"
#include "tool/tool.h"

#define TIMEOUT_MS 60000

static struct files verify;

static bool expect(const struct input *input, const char *expected,
		   const char *found, const char *when)
{
	if (!strcmp(expected, found))
		return true;
	printf("%s: expect %s%s: it ends with %s\n", input->path, expected,
	       when, found);
	return false;
}

/* Index of a state; exits with 2 if there is none of that name. */
static unsigned int find_state(const struct input *input,
			       const struct text_word *word)
{
	unsigned int i = 0;

	while (workload_states[i] && strcmp(workload_states[i], word->text))
		i++;
	if (workload_states[i])
		return i;
	fprintf(stderr, "%s:%u:%u: \"%s\" for a state; expected ", input->path,
		word->line, word->column, word->text);
	for (i = 0; workload_states[i]; i++)
		fprintf(stderr, "%s%s", i ? ", " : "", workload_states[i]);
	putc('\n', stderr);
	exit(EXIT_USAGE);
}

static bool verify_input(const struct input *input)
{
	const struct text_header *header = &input->text->header;
	const struct text_header plain = { .every_access =
						   header->every_access };
	const struct settings none = { .bugs = { .nr = 0 } };
	struct outcome outcome;
	bool holds;

	if (!settings_fit_subject(header)) {
		printf("%s: is not for %s\n", input->path,
		       subject_caps()->name);
		return true;
	}
	settings_apply(&verify.settings, header, input->path);
	outcome_of(&input->text->program, TIMEOUT_MS, &outcome);
	holds = expect(input,
		       header->expect.nr ? header->expect.word[0].text : "done",
		       outcome.id, "");
	for (unsigned int i = 0; i < header->reaches.nr; i++) {
		const struct text_word *word = &header->reaches.word[i];

		if (outcome.reached[find_state(input, word)])
			continue;
		printf("%s: reaches %s: it does not\n", input->path,
		       word->text);
		holds = false;
	}
	if (!header->bugs.nr)
		return holds;
	settings_apply(&none, &plain, input->path);
	outcome_of(&input->text->program, TIMEOUT_MS, &outcome);
	return expect(input, "done", outcome.id, " without its bugs") && holds;
}

int command_verify(int argc, char **argv)
{
	const struct argp argp = {
		.args_doc = "FILE...",
		.doc = "Check that programs do what their headers claim.\v"
		       "Exits with 3 and names the claim if one does not.",
		.children = files_children,
	};
	int status = EXIT_NOTHING;

	argp_parse(&argp, argc, argv, 0, NULL, &verify);
	inputs_prepare(&verify.inputs, &verify.settings);
	for (unsigned int i = 0; i < verify.inputs.nr; i++) {
		const struct input *input = &verify.inputs.input[i];
		const struct text_words *reaches = &input->text->header.reaches;

		for (unsigned int j = 0; j < reaches->nr; j++)
			find_state(input, &reaches->word[j]);
	}
	for (unsigned int i = 0; i < verify.inputs.nr; i++)
		if (!verify_input(&verify.inputs.input[i]))
			status = EXIT_INTERNAL;
	return status;
}
