/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mmfuzz bugs, policies, findings, checks, ops, states: what there is, as
 * tables. Columns are aligned, two blanks apart; an empty cell is "-".
 */
#include <stdlib.h>
#include <string.h>

#include "check/check.h"
#include "program/program.h"
#include "subject/subject.h"
#include "tool/tool.h"

#define MAX_ROWS 256
#define MAX_COLUMNS 4
#define MAX_CELL 200

static struct {
	unsigned int nr;
	char cell[MAX_ROWS][MAX_COLUMNS][MAX_CELL];
} table;

/* Identifiers are written with '-' where the table of the subject has '_'. */
static const char *written(const char *name)
{
	static char out[MAX_CELL];

	snprintf(out, sizeof(out), "%s", name);
	for (char *s = out; *s; s++)
		if (*s == '_')
			*s = '-';
	return out;
}

static void add_cell(unsigned int column, const char *text)
{
	snprintf(table.cell[table.nr][column], MAX_CELL, "%s",
		 *text ? text : "-");
}

static void end_row(void)
{
	if (++table.nr == MAX_ROWS) {
		fputs("mmfuzz: a table is too long\n", stderr);
		exit(EXIT_INTERNAL);
	}
}

static int print_table(void)
{
	unsigned int width[MAX_COLUMNS] = { 0 };

	for (unsigned int i = 0; i < table.nr; i++) {
		for (unsigned int j = 0; j < MAX_COLUMNS; j++) {
			unsigned int n = (unsigned int)strlen(table.cell[i][j]);

			if (n > width[j])
				width[j] = n;
		}
	}
	for (unsigned int i = 0; i < table.nr; i++) {
		for (unsigned int j = 0; j < MAX_COLUMNS; j++) {
			if (j + 1 == MAX_COLUMNS || !width[j + 1]) {
				puts(table.cell[i][j]);
				break;
			}
			printf("%-*s  ", (int)width[j], table.cell[i][j]);
		}
	}
	return EXIT_NOTHING;
}

static void no_arguments(int argc, char **argv, const char *doc)
{
	const struct argp argp = { .doc = doc };

	argp_parse(&argp, argc, argv, 0, NULL, NULL);
}

int command_bugs(int argc, char **argv)
{
	no_arguments(argc, argv,
		     "Bugs that can be switched on: name, checks that may "
		     "report it, policy that it needs, what goes wrong.");
	for (const struct subject_bug *bug = subject_bugs; bug->name; bug++) {
		add_cell(0, written(bug->name));
		add_cell(1, bug->checks);
		add_cell(2, bug->policy);
		add_cell(3, bug->text);
		end_row();
	}
	return print_table();
}

int command_policies(int argc, char **argv)
{
	no_arguments(argc, argv,
		     "Designs to choose from: NAME=VALUE, whether it is the "
		     "default, the design.");
	for (unsigned int i = 0; subject_policies[i].name; i++) {
		const struct subject_policy *p = &subject_policies[i];
		char cell[MAX_CELL];

		snprintf(cell, sizeof(cell), "%s=%s", written(p->name),
			 p->value);
		add_cell(0, cell);
		add_cell(1, subject_policy_is_default(i) ? "default" : "");
		add_cell(2, p->text);
		end_row();
	}
	return print_table();
}

int command_findings(int argc, char **argv)
{
	no_arguments(argc, argv,
		     "Findings in the subject's own code that can be masked: "
		     "name, what goes wrong.");
	for (unsigned int i = 0; subject_findings[i].name; i++) {
		add_cell(0, subject_findings[i].name);
		add_cell(1, subject_findings[i].text);
		end_row();
	}
	return print_table();
}

static void add_infos(const struct check_info *info)
{
	for (; info->name; info++) {
		add_cell(0, info->name);
		add_cell(1, info->text);
		end_row();
	}
}

int command_checks(int argc, char **argv)
{
	no_arguments(argc, argv, "What is checked: name, invariant.");
	add_infos(check_table);
	return print_table();
}

int command_states(int argc, char **argv)
{
	no_arguments(argc, argv,
		     "States that a campaign should reach: name, meaning.");
	add_infos(check_states);
	return print_table();
}

static void add_records(const char *what, const struct record_kind *kind,
			unsigned int nr)
{
	for (; nr--; kind++) {
		char args[MAX_CELL] = "";

		for (unsigned int i = 0; i < kind->nr_args; i++) {
			const char *arg = program_args[kind->args[i]].name;

			if (i)
				strncat(args, " ", MAX_CELL - strlen(args) - 1);
			strncat(args, arg, MAX_CELL - strlen(args) - 1);
		}
		add_cell(0, what);
		add_cell(1, kind->name);
		add_cell(2, args);
		add_cell(3, kind->text);
		end_row();
	}
}

/* The range of an argument, in the words of the parser's errors. */
static void add_args(void)
{
	for (unsigned int i = 0; i < PROGRAM_NR_ARGS; i++) {
		FILE *out = fmemopen(table.cell[table.nr][2], MAX_CELL, "w");

		if (!out)
			exit(EXIT_INTERNAL);
		text_value_range(out, &program_args[i]);
		fclose(out);
		add_cell(0, "argument");
		add_cell(1, program_args[i].name);
		add_cell(3, program_args[i].text);
		end_row();
	}
}

int command_ops(int argc, char **argv)
{
	no_arguments(argc, argv,
		     "What programs consist of: operations and settings with "
		     "their arguments, arguments with their values.");
	add_records("operation", program_ops, PROGRAM_NR_OPS);
	add_records("setting", program_sets, PROGRAM_NR_SETS);
	add_args();
	return print_table();
}
