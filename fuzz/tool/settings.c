/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How programs are run: bugs, policies and options, from the command line and
 * from the header of a text.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "program/workload.h"
#include "subject/subject.h"
#include "tool/tool.h"

/* --- Names that there are --- */

/* Identifiers of tables are written with '-'. */
static void print_name(const char *name, FILE *out)
{
	for (; *name; name++)
		putc(*name == '_' ? '-' : *name, out);
}

static void print_bugs(FILE *out)
{
	for (unsigned int i = 0; subject_bugs[i].name; i++) {
		fputs(i ? ", " : "", out);
		print_name(subject_bugs[i].name, out);
	}
}

static void print_policies(FILE *out)
{
	for (unsigned int i = 0; subject_policies[i].name; i++) {
		fputs(i ? ", " : "", out);
		print_name(subject_policies[i].name, out);
		fprintf(out, "=%s", subject_policies[i].value);
	}
}

static void print_findings(FILE *out)
{
	if (!subject_findings[0].name)
		fprintf(out, "none: %s has no findings", subject_caps()->name);
	for (unsigned int i = 0; subject_findings[i].name; i++)
		fprintf(out, "%s%s", i ? ", " : "", subject_findings[i].name);
}

static int set_policy(const char *word)
{
	char name[TEXT_MAX_WORD] = "";
	const char *value = strchr(word, '=');

	if (!value)
		return -1;
	strncat(name, word, (size_t)(value - word));
	return subject_set_policy(name, value + 1);
}

static void set_words(const struct text_words *words, const char *path,
		      const char *what, int (*set)(const char *word),
		      void (*print_all)(FILE *out))
{
	for (unsigned int i = 0; i < words->nr; i++) {
		const struct text_word *word = &words->word[i];

		if (!set(word->text))
			continue;
		if (word->line)
			fprintf(stderr, "%s:%u:%u: ", path, word->line,
				word->column);
		else
			fprintf(stderr, "mmfuzz: ");
		fprintf(stderr, "\"%s\" for a %s; expected ", word->text, what);
		print_all(stderr);
		putc('\n', stderr);
		exit(EXIT_USAGE);
	}
}

bool settings_fit_subject(const struct text_header *header)
{
	const char *name = subject_caps()->name;
	size_t family = strcspn(name, "-");

	for (unsigned int i = 0; i < header->subjects.nr; i++) {
		const char *word = header->subjects.word[i].text;

		if (!strcmp(word, name) ||
		    (strlen(word) == family && !strncmp(word, name, family)))
			return true;
	}
	return !header->subjects.nr;
}

/* Policies after bugs: a bug sets the policy it needs, a name goes first. */
void settings_apply(const struct settings *settings,
		    const struct text_header *header, const char *path)
{
	subject_clear_bugs();
	set_words(&header->bugs, path, "bug", subject_set_bug, print_bugs);
	set_words(&settings->bugs, path, "bug", subject_set_bug, print_bugs);
	set_words(&header->policies, path, "policy", set_policy,
		  print_policies);
	set_words(&settings->policies, path, "policy", set_policy,
		  print_policies);
	/* A program for several subjects names what one of them has. */
	if (subject_findings[0].name)
		set_words(&header->known, path, "finding", subject_set_known,
			  print_findings);
	set_words(&settings->known, path, "finding", subject_set_known,
		  print_findings);
	workload_options.every_access = header->every_access ||
					settings->every_access;
	workload_options.check_full = !settings->check_touched;
}

/* --- As a command line --- */

void print_quoted(FILE *out, const char *s)
{
	if (*s && s[strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_-./:,=+@%"
			      "ABCDEFGHIJKLMNOPQRSTUVWXYZ")] == '\0') {
		fputs(s, out);
		return;
	}
	putc('\'', out);
	for (; *s; s++) {
		if (*s == '\'')
			fputs("'\\''", out);
		else
			putc(*s, out);
	}
	putc('\'', out);
}

static void print_words(FILE *out, const char *option,
			const struct text_words *words)
{
	for (unsigned int i = 0; i < words->nr; i++) {
		fprintf(out, " %s ", option);
		print_quoted(out, words->word[i].text);
	}
}

void settings_print(FILE *out, const struct settings *settings,
		    const struct text_header *header, const char *path)
{
	print_words(out, "--bug", &header->bugs);
	print_words(out, "--bug", &settings->bugs);
	print_words(out, "--policy", &header->policies);
	print_words(out, "--policy", &settings->policies);
	print_words(out, "--known", &header->known);
	print_words(out, "--known", &settings->known);
	if (header->every_access || settings->every_access)
		fputs(" --access every", out);
	if (settings->target)
		fprintf(out, " --target %s", settings->target);
	putc(' ', out);
	print_quoted(out, path);
}

/* --- From the command line --- */

/* "a,b" is what replay lines of the engines say. */
static void add_words(struct argp_state *state, struct text_words *words,
		      const char *list)
{
	char word[TEXT_MAX_WORD];

	for (;;) {
		size_t length = strcspn(list, ",");

		if (!length || length >= sizeof(word))
			argp_error(state, "\"%s\": not a name", list);
		memcpy(word, list, length);
		word[length] = '\0';
		if (text_add_word(words, word))
			argp_error(state, "more than %d names", TEXT_MAX_WORDS);
		if (!list[length])
			return;
		list += length + 1;
	}
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct settings *settings = state->input;

	switch (key) {
	case 'b':
		add_words(state, &settings->bugs, arg);
		return 0;
	case 'p':
		add_words(state, &settings->policies, arg);
		return 0;
	case 'k':
		add_words(state, &settings->known, arg);
		return 0;
	case 'a':
		if (strcmp(arg, "every"))
			argp_error(state, "--access %s; expected every", arg);
		settings->every_access = true;
		return 0;
	case 't':
		if (workload_set_target(arg))
			argp_error(state,
				   "--target %s; expected fuzz_mm, "
				   "fuzz_isolation, fuzz_cma, fuzz_page_alloc, "
				   "fuzz_migrate, fuzz_pin, fuzz_hotplug, "
				   "fuzz_compaction or fuzz_huge_page",
				   arg);
		settings->target = arg;
		return 0;
	case 'c':
		if (strcmp(arg, "full") && strcmp(arg, "touched"))
			argp_error(state,
				   "--check %s; expected full or touched", arg);
		settings->check_touched = !strcmp(arg, "touched");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option options[] = {
	{ "bug", 'b', "NAME", 0, "Switch a known bug on (see mmfuzz bugs)", 0 },
	{ "policy", 'p', "NAME=VALUE", 0,
	  "Choose a design (see mmfuzz policies)", 0 },
	{ "known", 'k', "NAME", 0, "Mask a known finding (see mmfuzz findings)",
	  0 },
	{ "access", 'a', "every", 0,
	  "Plain loads and stores are yield points too", 0 },
	{ "target", 't', "NAME", 0,
	  "Only the operations that this fuzz target admits", 0 },
	{ "check", 'c', "full|touched", 0,
	  "Check the whole machine each time (default), or what changed", 0 },
	{ NULL, 0, NULL, 0, NULL, 0 },
};

const struct argp settings_argp = { .options = options, .parser = parse };
