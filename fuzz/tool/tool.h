/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mmfuzz, the command line.
 *
 * Every command exits with 0 if there was nothing to report, 1 if a verdict
 * was printed, 2 for bad usage or input (nothing was run), 3 if something
 * failed that is no verdict.
 */
#ifndef FUZZ_TOOL_TOOL_H
#define FUZZ_TOOL_TOOL_H

#include <argp.h>
#include <stdbool.h>
#include <stdio.h>

#include "program/text.h"
#include "subject/subject.h"

enum { EXIT_NOTHING, EXIT_VERDICT, EXIT_USAGE, EXIT_INTERNAL };

/* --- Commands: argv[0] is "mmfuzz COMMAND" --- */

int command_run(int argc, char **argv);
int command_verify(int argc, char **argv);
int command_show(int argc, char **argv);
int command_build(int argc, char **argv);
int command_shrink(int argc, char **argv);
int command_compare(int argc, char **argv);
int command_bugs(int argc, char **argv);
int command_checks(int argc, char **argv);
int command_ops(int argc, char **argv);
int command_policies(int argc, char **argv);
int command_findings(int argc, char **argv);
int command_states(int argc, char **argv);

/* --- How programs are run (settings.c) --- */

struct settings {
	struct text_words bugs;
	struct text_words policies;
	struct text_words known;
	bool every_access;
	bool check_touched;
	const char *target; /* NULL: all operations */
};

/* Options --bug, --policy, --known and so on; input is a struct settings. */
extern const struct argp settings_argp;

/* Whether the text is for this subject: "linux" is any Linux tree. */
bool settings_fit_subject(const struct text_header *header);

/* Set what @settings and @header ask for; exit with 2 at unknown names. */
void settings_apply(const struct settings *settings,
		    const struct text_header *header, const char *path);

/* The command line that runs @path like this: " --bug x FILE". */
void settings_print(FILE *out, const struct settings *settings,
		    const struct text_header *header, const char *path);

/* --- Records of runs (record.c) --- */

/* "nr_cpus:2,nr_pages:256,..." as the lines of a record have it. */
bool record_parse_machine(struct subject_geometry *g, const char *text);

/*
 * Run @program and print its record; on @machine unless that is NULL. Returns
 * false if it ended with a verdict.
 */
bool record_run(const struct program *program,
		const struct subject_geometry *machine);

/* --- Files (input.c) --- */

struct input {
	const char *path;
	struct text *text; /* bytes have an empty header */
	bool is_text;
};

struct inputs {
	unsigned int nr;
	struct input *input;
};

bool is_text_path(const char *path);

/* What a command that takes programs is given. */
struct files {
	struct settings settings;
	struct inputs inputs;
};

/* Options of settings_argp, and FILE...; input is a struct files. */
extern const struct argp_child files_children[];

/*
 * Apply the settings of each file and turn its places into numbers; exits with
 * 2. After this no input can be bad.
 */
void inputs_prepare(struct inputs *inputs, const struct settings *settings);

/* @s as a word of a shell's command line. */
void print_quoted(FILE *out, const char *s);

/* Write a file as a whole or not at all; exits with 3. */
void output_text(const char *path, const struct text_header *header,
		 const struct program *program);
void output_bytes(const char *path, const struct program *program);

#endif
