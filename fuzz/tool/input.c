/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading programs and writing files.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "program/places.h"
#include "tool/tool.h"

static void __attribute__((noreturn)) fail(int status, const char *path)
{
	fprintf(stderr, "mmfuzz: %s: %s\n", path, strerror(errno));
	exit(status);
}

static void *allocate(size_t nr, size_t size)
{
	void *p = calloc(nr, size);

	if (!p)
		fail(EXIT_INTERNAL, "memory");
	return p;
}

bool is_text_path(const char *path)
{
	size_t length = strlen(path);

	return length >= 5 && !strcmp(path + length - 5, ".prog");
}

/* Texts with many comments are longer than programs, but not this long. */
#define MAX_FILE (1u << 20)

/* Add the file to @inputs, of which there will be @max; exits with 2. */
static void inputs_add(struct inputs *inputs, unsigned int max,
		       const char *path)
{
	static char data[MAX_FILE + 1];
	struct input *input;
	size_t size;
	FILE *file = fopen(path, "r");

	if (!file)
		fail(EXIT_USAGE, path);
	size = fread(data, 1, sizeof(data), file);
	if (ferror(file))
		fail(EXIT_USAGE, path);
	fclose(file);
	if (size > MAX_FILE) {
		errno = EFBIG;
		fail(EXIT_USAGE, path);
	}
	if (!inputs->input)
		inputs->input = allocate(max, sizeof(*inputs->input));
	input = &inputs->input[inputs->nr++];
	input->path = path;
	input->text = allocate(1, sizeof(*input->text));
	input->is_text = is_text_path(path);
	if (!input->is_text)
		program_decode(&input->text->program, (const uint8_t *)data,
			       size);
	else if (text_parse(input->text, path, data, size, stderr))
		exit(EXIT_USAGE);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct files *files = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &files->settings;
		return 0;
	case ARGP_KEY_ARG:
		inputs_add(&files->inputs, (unsigned int)state->argc, arg);
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_usage(state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child settings_children[] = { { &settings_argp, 0,
							 NULL, 0 },
						       { NULL, 0, NULL, 0 } };

static const struct argp files_argp = { .parser = parse,
					.children = settings_children };

const struct argp_child files_children[] = { { &files_argp, 0, NULL, 0 },
					     { NULL, 0, NULL, 0 } };

void inputs_prepare(struct inputs *inputs, const struct settings *settings)
{
	for (unsigned int i = 0; i < inputs->nr; i++) {
		struct input *input = &inputs->input[i];

		settings_apply(settings, &input->text->header, input->path);
		if (places_resolve(input->text, input->path, stderr))
			exit(EXIT_USAGE);
	}
}

/* --- Output --- */

static char temporary[4096];

static FILE *output_open(const char *path)
{
	FILE *out;

	if (snprintf(temporary, sizeof(temporary), "%s.%d", path,
		     (int)getpid()) >= (int)sizeof(temporary)) {
		errno = ENAMETOOLONG;
		fail(EXIT_INTERNAL, path);
	}
	out = fopen(temporary, "w");
	if (!out)
		fail(EXIT_INTERNAL, temporary);
	return out;
}

static void output_close(FILE *out, const char *path)
{
	int failed = ferror(out);

	if (fclose(out) || failed || rename(temporary, path)) {
		remove(temporary);
		fail(EXIT_INTERNAL, path);
	}
}

void output_text(const char *path, const struct text_header *header,
		 const struct program *program)
{
	FILE *out = output_open(path);

	text_print(out, header, program, NULL);
	output_close(out, path);
}

void output_bytes(const char *path, const struct program *program)
{
	uint8_t bytes[PROGRAM_MAX_BYTES];
	size_t size = program_encode(program, bytes, sizeof(bytes));
	FILE *out = output_open(path);

	fwrite(bytes, 1, size, out);
	output_close(out, path);
}
