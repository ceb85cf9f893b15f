/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mmfuzz: run, show and shrink programs; say what there is to run them with.
 */
#include <stdlib.h>
#include <string.h>

#include "build.h"
#include "subject/subject.h"
#include "tool/tool.h"

static const struct command {
	const char *name;
	int (*run)(int argc, char **argv);
} commands[] = {
	{ "run", command_run },		  { "verify", command_verify },
	{ "show", command_show },	  { "build", command_build },
	{ "shrink", command_shrink },	  { "bugs", command_bugs },
	{ "checks", command_checks },	  { "ops", command_ops },
	{ "policies", command_policies }, { "states", command_states },
	{ "findings", command_findings }, { "compare", command_compare },
};

#define NR_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static const char doc[] =
	"Fuzz a page allocator, operations and interleavings.\v"
	"Commands:\n"
	"  run FILE...         run programs, print what they end with\n"
	"  verify FILE...      check that programs do what their headers "
	"claim\n"
	"  show FILE...        print programs as text\n"
	"  build FILE -o OUT   write a program as bytes, for an engine\n"
	"  shrink FILE -o OUT  make a program smaller that ends with a "
	"verdict\n"
	"  compare --with TOOL FILE...\n"
	"                      run programs on two subjects, print what "
	"differs\n"
	"  bugs                bugs that can be switched on\n"
	"  checks              what is checked\n"
	"  ops                 operations and settings of programs\n"
	"  policies            designs to choose from\n"
	"  states              states a campaign should reach\n"
	"  findings            known findings that can be masked\n"
	"\n"
	"Files ending in .prog are text, all else is bytes.\n"
	"`mmfuzz COMMAND --help` says more.\n"
	"\n"
	"Exit status: 0 nothing found, 1 a verdict was printed, 2 bad usage or "
	"input, 3 something else failed.";

struct choice {
	const struct command *command;
	int index; /* of its name in argv */
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct choice *choice = state->input;

	switch (key) {
	case ARGP_KEY_ARG:
		for (size_t i = 0; i < NR_COMMANDS; i++)
			if (!strcmp(arg, commands[i].name))
				choice->command = &commands[i];
		if (!choice->command)
			argp_error(state, "%s: no such command", arg);
		choice->index = state->next - 1;
		/* The rest is the command's. */
		state->next = state->argc;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_usage(state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static void print_version(FILE *out, struct argp_state *state)
{
	(void)state;
	fprintf(out, "mmfuzz %s, subject %s\n", MMFUZZ_BUILD,
		subject_caps()->name);
}

int main(int argc, char **argv)
{
	static const struct argp argp = { .parser = parse,
					  .args_doc = "COMMAND [ARG...]",
					  .doc = doc };
	static char name[64];
	struct choice choice = { 0 };

	argp_err_exit_status = EXIT_USAGE;
	argp_program_version_hook = print_version;
	if (argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &choice))
		return EXIT_INTERNAL;
	snprintf(name, sizeof(name), "mmfuzz %s", choice.command->name);
	argv[choice.index] = name;
	return choice.command->run(argc - choice.index, argv + choice.index);
}
