/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mmfuzz compare: whether two subjects do the same with a program.
 *
 * An executable contains one subject. So both tools, this one and the other
 * one, are run as processes that write a record (record.c), and the records are
 * compared. The other one goes first, and this one gets the machine that it
 * had: a Linux tree has its orders compiled in, the core can have any.
 *
 * A switch belongs to the n-th yield point of an operation. These differ from
 * subject to subject, and so would the interleavings: switches are left out,
 * and operations run one after the other.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tool/tool.h"

static struct compare {
	struct files files;
	const char *with;
	bool verbose;
} compare;

static char program_path[PATH_MAX];

static void __attribute__((noreturn)) fail(const char *what)
{
	fprintf(stderr, "mmfuzz compare: %s: %s\n", what, strerror(errno));
	exit(EXIT_INTERNAL);
}

/* The program as bytes, for the tools to run, where temporary files go. */
static int open_program(void)
{
	const char *dir = getenv("TMPDIR");
	int fd;

	snprintf(program_path, sizeof(program_path), "%s/mmfuzz-compare.XXXXXX",
		 dir && *dir ? dir : "/tmp");
	fd = mkstemp(program_path);
	if (fd < 0)
		fail(program_path);
	return fd;
}

static void remove_program(void)
{
	unlink(program_path);
}

/* --- Command lines --- */

#define MAX_WORDS 256

struct line {
	unsigned int nr;
	const char *word[MAX_WORDS + 1]; /* ended by NULL */
};

static void add(struct line *line, const char *word)
{
	if (line->nr == MAX_WORDS) {
		errno = E2BIG;
		fail("options");
	}
	line->word[line->nr++] = word;
}

static void add_option(struct line *line, const char *option,
		       const struct text_words *words)
{
	for (unsigned int i = 0; i < words->nr; i++) {
		add(line, option);
		add(line, words->word[i].text);
	}
}

static void begin_line(struct line *line, const char *tool)
{
	*line = (struct line){ .nr = 0 };
	add(line, tool);
	add(line, "run");
	add(line, "--record");
	if (compare.files.settings.target) {
		add(line, "--target");
		add(line, compare.files.settings.target);
	}
}

/* The other one has no bugs and designs of ours, but findings of its own. */
static void other_line(struct line *line, const struct text_header *header)
{
	begin_line(line, compare.with);
	add_option(line, "--known", &header->known);
	add_option(line, "--known", &compare.files.settings.known);
	add(line, program_path);
}

static void own_line(struct line *line, const struct text_header *header,
		     const char *machine)
{
	begin_line(line, "/proc/self/exe");
	add_option(line, "--bug", &header->bugs);
	add_option(line, "--bug", &compare.files.settings.bugs);
	add_option(line, "--policy", &header->policies);
	add_option(line, "--policy", &compare.files.settings.policies);
	add(line, "--machine");
	add(line, machine);
	add(line, program_path);
}

/* --- Running a tool --- */

static void __attribute__((noreturn)) run_child(const struct line *line, int fd)
{
	dup2(fd, STDOUT_FILENO);
	close(fd);
	execv(line->word[0], (char *const *)(uintptr_t)line->word);
	fail(line->word[0]);
}

static char *read_all(int fd)
{
	size_t size = 0, room = 1 << 16;
	char *text = malloc(room);
	ssize_t n = 1;

	while (text && n) {
		n = read(fd, text + size, room - size - 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			fail("read");
		size += (size_t)n;
		if (room - size < 2)
			text = realloc(text, room *= 2);
	}
	if (!text)
		fail("memory");
	text[size] = '\0';
	return text;
}

/* Its record; exits as the tool does if that is not able to run programs. */
static char *record_of(const struct line *line)
{
	int fds[2], status;
	char *text;
	pid_t pid;

	fflush(NULL);
	if (pipe(fds))
		fail("pipe");
	pid = fork();
	if (pid < 0)
		fail("fork");
	if (!pid) {
		close(fds[0]);
		run_child(line, fds[1]);
	}
	close(fds[1]);
	text = read_all(fds[0]);
	close(fds[0]);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			fail("wait");
	if (WIFEXITED(status) && WEXITSTATUS(status) <= EXIT_VERDICT)
		return text;
	fprintf(stderr, "mmfuzz compare: %s has not run the program\n",
		line->word[0]);
	exit(WIFEXITED(status) && WEXITSTATUS(status) == EXIT_USAGE ?
		     EXIT_USAGE :
		     EXIT_INTERNAL);
}

/* --- Records --- */

/* The value of @key in the line at @line, whose end is a blank or a newline. */
static const char *find_value(const char *line, const char *key, size_t length)
{
	size_t end = strcspn(line, "\n");

	while (end) {
		size_t word = strcspn(line, " \n");

		if (word > length && line[length] == '=' &&
		    !strncmp(line, key, length))
			return line + length + 1;
		if (word == end)
			break;
		line += word + 1;
		end -= word + 1;
	}
	return NULL;
}

/* A copy, "" if there is no such key. */
static const char *value(const char *line, const char *key)
{
	static char values[4][16384];
	static unsigned int next;
	const char *found = find_value(line, key, strlen(key));
	char *copy = values[next++ % 4];

	snprintf(copy, sizeof(values[0]), "%.*s",
		 found ? (int)strcspn(found, " \n") : 0, found ? found : "");
	return copy;
}

static const char *next_line(const char *line)
{
	line += strcspn(line, "\n");
	return *line ? line + 1 : line;
}

static bool same_line(const char *a, const char *b)
{
	size_t length = strcspn(a, "\n");

	return length == strcspn(b, "\n") && !strncmp(a, b, length);
}

/* What both have said of themselves. */
struct sides {
	char name[2][64];
	char build[2][64];
};

static void print_sides(const struct sides *sides, const char *key,
			const char *a, const char *b)
{
	printf("  %s: %s %s, %s %s\n", key, sides->name[0], *a ? a : "nothing",
	       sides->name[1], *b ? b : "nothing");
}

/* Each key whose value differs. */
static void print_values(const struct sides *sides, const char *a,
			 const char *b)
{
	while (*a && *a != '\n') {
		size_t word = strcspn(a, " \n"), length = strcspn(a, "=");
		char key[32];

		snprintf(key, sizeof(key), "%.*s", (int)length, a);
		if (strcmp(value(a, key), value(b, key)))
			print_sides(sides, key, value(a, key), value(b, key));
		a += word + (a[word] == ' ');
	}
}

static void print_operation(const struct program *program, const char *line)
{
	unsigned int record = (unsigned int)atoi(value(line, "op")), nr = 0;

	if (strncmp(line, "op=", 3) || record >= program->nr) {
		puts("at the end");
		return;
	}
	for (unsigned int i = 0; i <= record; i++)
		nr += program->rec[i].type == RECORD_OP;
	printf("operation %u: ", nr);
	text_print_record(stdout, &program->rec[record]);
	putchar('\n');
}

/* One has gone on where the other one has ended, or they differ in a value. */
static void print_difference(const struct input *input,
			     const struct sides *sides, const char *a,
			     const char *b)
{
	const struct program *program = &input->text->program;

	printf("COMPARISON FAILED: %s: ", input->path);
	print_operation(program, strncmp(a, "op=", 3) ? b : a);
	if (!strncmp(a, "op=", 3) == !strncmp(b, "op=", 3))
		print_values(sides, a, b);
	else
		print_sides(sides, "end", value(a, "end"), value(b, "end"));
	if (strcmp(sides->build[0], sides->build[1]))
		print_sides(sides, "build", sides->build[0], sides->build[1]);
}

/* @a and @b stand behind the lines that name the subjects and the machine. */
static bool compare_lines(const struct input *input, const struct sides *sides,
			  const char *a, const char *b)
{
	unsigned int nr = 0;

	for (; *a || *b; a = next_line(a), b = next_line(b)) {
		if (!same_line(a, b)) {
			print_difference(input, sides, a, b);
			return false;
		}
		nr += !strncmp(a, "op=", 3);
		if (!strncmp(a, "end=", 4))
			printf("%s: %s and %s agree: %u operations, %s\n",
			       input->path, sides->name[0], sides->name[1], nr,
			       value(a, "end"));
	}
	return true;
}

/* --- One program --- */

static void leave_switches_out(const struct input *input)
{
	struct program *program = &input->text->program;
	unsigned int nr = 0;

	for (unsigned int i = 0; i < program->nr; i++)
		if (program->rec[i].type != RECORD_SWITCH)
			program->rec[nr++] = program->rec[i];
	if (nr != program->nr)
		printf("%s: note: without its %u switches, which count yield "
		       "points of one subject\n",
		       input->path, program->nr - nr);
	program->nr = nr;
	input->text->nr_places = 0;
}

static bool compare_input(const struct input *input)
{
	const struct text_header *header = &input->text->header;
	struct sides sides;
	struct line line;
	char *own, *other, machine[512];
	bool same;

	leave_switches_out(input);
	output_bytes(program_path, &input->text->program);
	other_line(&line, header);
	other = record_of(&line);
	snprintf(machine, sizeof(machine), "%s",
		 value(next_line(other), "machine"));
	own_line(&line, header, machine);
	own = record_of(&line);
	snprintf(sides.name[0], 64, "%s", value(own, "subject"));
	snprintf(sides.name[1], 64, "%s", value(other, "subject"));
	snprintf(sides.build[0], 64, "%s", value(own, "build"));
	snprintf(sides.build[1], 64, "%s", value(other, "build"));
	if (compare.verbose)
		printf("%s%s", own, other);
	if (!same_line(next_line(own), next_line(other))) {
		fprintf(stderr,
			"mmfuzz compare: %s: %s cannot have the machine of "
			"%s, but the nearest is\n  %s\n  %s\n"
			"leave out what it sets of that\n",
			input->path, sides.name[0], sides.name[1],
			value(next_line(own), "machine"), machine);
		exit(EXIT_USAGE);
	}
	same = compare_lines(input, &sides, next_line(next_line(own)),
			     next_line(next_line(other)));
	free(own);
	free(other);
	return same;
}

/* --- Command line --- */

static error_t parse(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &compare.files;
		return 0;
	case 'w':
		compare.with = arg;
		return 0;
	case 'v':
		compare.verbose = true;
		return 0;
	case ARGP_KEY_SUCCESS:
		if (!compare.with)
			argp_error(state,
				   "expected --with TOOL, the mmfuzz of "
				   "another subject; scripts/mmfuzz compare "
				   "--linux 6.12 builds and names it");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int command_compare(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "with", 'w', "TOOL", 0,
		  "The mmfuzz of the other subject, as it was built", 0 },
		{ "verbose", 'v', NULL, 0, "Print both records", 0 },
		{ NULL, 0, NULL, 0, NULL, 0 },
	};
	const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "--with TOOL FILE...",
		.doc = "Run programs on two subjects, print the first "
		       "difference.\v"
		       "Compared are what each operation ends with, the state "
		       "of the zone behind it, and the verdict. Operations run "
		       "one after the other: switches are left out. Bugs and "
		       "designs are this subject's, known findings the other "
		       "one's. Exits with 0 if both agree, 1 if not.",
		.children = files_children,
	};
	int status = EXIT_NOTHING, fd;

	argp_parse(&argp, argc, argv, 0, NULL, NULL);
	fd = open_program();
	close(fd);
	atexit(remove_program);
	for (unsigned int i = 0; i < compare.files.inputs.nr; i++)
		if (!compare_input(&compare.files.inputs.input[i]))
			status = EXIT_VERDICT;
	return status;
}
