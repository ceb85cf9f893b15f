/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Programs as text: reading.
 *
 * One line is one record or header line; the parser goes through a line word by
 * word. The first error ends it: a program that is half understood would claim
 * things nobody wrote.
 */
#include "program/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

struct word {
	const char *start;
	size_t length; /* 0 is the end of the line */
	unsigned int column;
};

struct parser {
	struct text *text;
	const char *file;
	FILE *err;
	const char *line_start;
	const char *pos;
	const char *line_end;
	unsigned int line;
	size_t bytes; /* of the records so far, encoded */
	bool has_magic;
	bool has_record;
	bool has_op;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static struct word next_word(struct parser *p)
{
	struct word w;

	while (p->pos < p->line_end && is_blank(*p->pos))
		p->pos++;
	w.start = p->pos;
	w.column = (unsigned int)(p->pos - p->line_start) + 1;
	/* Only here does '#' start a comment: place names contain it too. */
	if (p->pos < p->line_end && *p->pos == '#')
		p->pos = p->line_end;
	else
		while (p->pos < p->line_end && !is_blank(*p->pos))
			p->pos++;
	w.length = (size_t)(p->pos - w.start);
	if (w.length && *w.start == '#')
		w.length = 0;
	return w;
}

static bool word_is(const struct word *w, const char *name)
{
	return strlen(name) == w->length && !memcmp(w->start, name, w->length);
}

/* --- Errors: found() begins the line, the caller ends it --- */

#define FOUND_MAX 40

static void found(struct parser *p, const struct word *w, const char *where)
{
	fprintf(p->err, "%s:%u:%u: ", p->file, p->line, w->column);
	if (!w->length)
		fputs("end of line", p->err);
	else
		putc('"', p->err);
	for (size_t i = 0; i < w->length && i < FOUND_MAX; i++) {
		unsigned char c = (unsigned char)w->start[i];

		if (c < 0x20 || c >= 0x7f)
			fprintf(p->err, "\\x%02x", c);
		else
			putc(c, p->err);
	}
	if (w->length)
		fputs(w->length > FOUND_MAX ? "...\"" : "\"", p->err);
	fprintf(p->err, "%s; expected ", where);
}

static int __attribute__((format(printf, 4, 5))) fail(struct parser *p,
						      const struct word *w,
						      const char *where,
						      const char *expected, ...)
{
	va_list ap;

	found(p, w, where);
	va_start(ap, expected);
	vfprintf(p->err, expected, ap);
	va_end(ap);
	putc('\n', p->err);
	return -EINVAL;
}

static int fail_kind(struct parser *p, const struct word *w, const char *where,
		     const struct record_kind *kinds, unsigned int nr)
{
	found(p, w, where);
	for (unsigned int i = 0; i < nr; i++)
		fprintf(p->err, "%s%s", i ? ", " : "", kinds[i].name);
	putc('\n', p->err);
	return -EINVAL;
}

static int fail_arg_name(struct parser *p, const struct word *w,
			 const struct record_kind *kind)
{
	char where[64];

	snprintf(where, sizeof(where), " after %s", kind->name);
	found(p, w, where);
	for (unsigned int i = 0; i < kind->nr_args; i++)
		fprintf(p->err, "%s, ", program_args[kind->args[i]].name);
	fputs("end of line\n", p->err);
	return -EINVAL;
}

static int fail_value(struct parser *p, const struct word *w,
		      const struct arg_kind *arg)
{
	char where[64];

	snprintf(where, sizeof(where), " for %s", arg->name);
	found(p, w, where);
	text_value_range(p->err, arg);
	putc('\n', p->err);
	return -EINVAL;
}

static int expect_end(struct parser *p)
{
	struct word w = next_word(p);

	return w.length ? fail(p, &w, "", "end of line") : 0;
}

/* --- Values --- */

/* A decimal number; 0 or -EINVAL. Saturates, so that ranges catch the rest. */
static int number(const struct word *w, unsigned int *value)
{
	unsigned int n = 0;

	if (!w->length)
		return -EINVAL;
	for (size_t i = 0; i < w->length; i++) {
		if (w->start[i] < '0' || w->start[i] > '9')
			return -EINVAL;
		n = n * 10 + (unsigned int)(w->start[i] - '0');
		if (n > 100000000)
			n = 100000000;
	}
	*value = n;
	return 0;
}

static int parse_value(struct parser *p, enum program_arg arg, uint8_t *value)
{
	const struct arg_kind *kind = &program_args[arg];
	struct word w = next_word(p);
	unsigned int n;

	if (kind->value_names[0]) {
		int named = text_value_named(kind, w.start, w.length);

		if (named < 0)
			return fail_value(p, &w, kind);
		*value = (uint8_t)named;
		return 0;
	}
	if (number(&w, &n) || n < kind->bias ||
	    n - kind->bias >= kind->nr_values)
		return fail_value(p, &w, kind);
	*value = (uint8_t)(n - kind->bias);
	return 0;
}

/* "NAME VALUE ..." to the end of the line. */
static int parse_args(struct parser *p, const struct record_kind *kind,
		      struct record *r)
{
	unsigned int seen = 0;

	for (;;) {
		struct word w = next_word(p);
		unsigned int i = 0;

		if (!w.length)
			return 0;
		while (i < kind->nr_args &&
		       !word_is(&w, program_args[kind->args[i]].name))
			i++;
		if (i == kind->nr_args)
			return fail_arg_name(p, &w, kind);
		if (seen & 1u << i)
			return fail(p, &w, " a second time",
				    "each argument once");
		seen |= 1u << i;
		if (parse_value(p, kind->args[i], &r->arg[i]))
			return -EINVAL;
	}
}

/* --- Records --- */

static int add_record(struct parser *p, const struct word *first,
		      const struct record *r, size_t bytes)
{
	struct program *program = &p->text->program;

	p->bytes += bytes;
	if (p->bytes > PROGRAM_MAX_BYTES)
		return fail(p, first, " is one record too many",
			    "a program of at most %d bytes", PROGRAM_MAX_BYTES);
	program->rec[program->nr++] = *r;
	p->has_record = true;
	p->has_op |= r->type == RECORD_OP;
	return 0;
}

static int parse_op(struct parser *p, const struct word *first,
		    unsigned int task)
{
	struct word w = next_word(p);
	struct record r = { .type = RECORD_OP, .task = (uint8_t)task };

	for (unsigned int i = 0; i < PROGRAM_NR_OPS; i++) {
		if (!word_is(&w, program_ops[i].name))
			continue;
		r.index = (uint8_t)i;
		if (parse_args(p, &program_ops[i], &r))
			return -EINVAL;
		return add_record(p, first, &r, program_record_bytes(&r));
	}
	return fail_kind(p, &w, " for an operation", program_ops,
			 PROGRAM_NR_OPS);
}

static int parse_memory(struct parser *p, struct record *r)
{
	struct word w = next_word(p);
	unsigned int nr_pages, below, above;

	if (number(&w, &nr_pages))
		return fail(p, &w, " for memory", "a number of pages, %u..%u",
			    TEXT_MIN_PAGES, TEXT_MAX_PAGES);
	if (text_pages_to_args(nr_pages, r->arg, &below, &above)) {
		if (below == above)
			return fail(p, &w, " for memory", "%u, the nearest",
				    below);
		return fail(p, &w, " for memory", "%u or %u, the nearest",
			    below, above);
	}
	return expect_end(p);
}

static int parse_set(struct parser *p, const struct word *first)
{
	struct word w = next_word(p);
	struct record r = { .type = RECORD_SET };
	const struct record_kind *kind;
	int ret;

	while (r.index < PROGRAM_NR_SETS &&
	       !word_is(&w, program_sets[r.index].name))
		r.index++;
	if (r.index == PROGRAM_NR_SETS)
		return fail_kind(p, &w, " for a setting", program_sets,
				 PROGRAM_NR_SETS);
	kind = &program_sets[r.index];
	if (r.index == PROGRAM_SET_memory)
		ret = parse_memory(p, &r);
	else if (kind->nr_args == 1)
		ret = parse_value(p, kind->args[0], &r.arg[0]) ?: expect_end(p);
	else
		ret = parse_args(p, kind, &r);
	return ret ?: add_record(p, first, &r, program_record_bytes(&r));
}

static bool is_name(const char *s, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789_."
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
			    s[i]) ||
		    !s[i])
			return false;
	return length > 0;
}

/* "function:what" or "function:what#k"; the name goes without the "#k". */
static int parse_place(struct parser *p, const struct word *w)
{
	const char *end = w->start + w->length;
	const char *colon = memchr(w->start, ':', w->length);
	const char *hash = memchr(w->start, '#', w->length);
	const char *name_end = hash ? hash : end;
	struct text *text = p->text;
	struct text_place *place = &text->place[text->nr_places];
	unsigned int nth = 1;

	if (!colon || colon > name_end || w->length >= TEXT_MAX_WORD ||
	    !is_name(w->start, (size_t)(colon - w->start)) ||
	    !is_name(colon + 1, (size_t)(name_end - colon - 1)) ||
	    (hash &&
	     number(&(struct word){ hash + 1, (size_t)(end - hash - 1), 0 },
		    &nth)) ||
	    !nth)
		return fail(p, w, " after at",
			    "0..%u or a place, function:what or "
			    "function:what#k",
			    PROGRAM_MAX_AT - 1);
	if (text->nr_places == TEXT_MAX_PLACES)
		return fail(p, w, " is one place too many",
			    "at most %d named places", TEXT_MAX_PLACES);
	*place = (struct text_place){ .record = text->program.nr,
				      .nth = nth,
				      .line = p->line,
				      .column = w->column };
	memcpy(place->name, w->start, (size_t)(name_end - w->start));
	text->nr_places++;
	return 0;
}

static int parse_at(struct parser *p, struct record *r)
{
	struct word w = next_word(p);
	unsigned int n;

	if (number(&w, &n))
		return parse_place(p, &w);
	if (n >= PROGRAM_MAX_AT)
		return fail(p, &w, " after at", "0..%u", PROGRAM_MAX_AT - 1);
	r->at = (uint16_t)n;
	return 0;
}

/* "TASK" or "worker CPU". */
static int parse_to(struct parser *p, struct record *r)
{
	struct word w = next_word(p);
	unsigned int n;

	if (word_is(&w, program_switches[PROGRAM_SWITCH_worker].name)) {
		r->index = PROGRAM_SWITCH_worker;
		w = next_word(p);
		if (number(&w, &n) || n >= PROGRAM_CPUS)
			return fail(p, &w, " after worker", "a CPU, 0..%d",
				    PROGRAM_CPUS - 1);
	} else if (number(&w, &n) || n >= PROGRAM_TASKS) {
		return fail(p, &w, " after to",
			    "a task, 0..%d, or worker and a CPU",
			    PROGRAM_TASKS - 1);
	}
	r->task = (uint8_t)n;
	return 0;
}

static int parse_in(struct parser *p, struct record *r)
{
	struct word w = next_word(p);

	r->in_work = 1;
	return word_is(&w, "work") ? 0 : fail(p, &w, " after in", "work");
}

/* What the interrupt does, "KIND ARGUMENTS", from @w to the end of the line. */
static int parse_interrupt(struct parser *p, const struct word *w,
			   struct record *r)
{
	r->index = PROGRAM_SWITCH_worker + 1;
	while (r->index < PROGRAM_NR_SWITCHES &&
	       !word_is(w, program_switches[r->index].name))
		r->index++;
	if (r->index == PROGRAM_NR_SWITCHES)
		return fail_kind(p, w, " for an interrupt",
				 program_switches + PROGRAM_SWITCH_worker + 1,
				 PROGRAM_NR_SWITCHES - PROGRAM_SWITCH_worker -
					 1);
	return parse_args(p, program_kind(r), r);
}

/* A place may turn out to be any number: 4 bytes. */
#define PLACE_BYTES 4

/* A switch or an interrupt. */
static int parse_event(struct parser *p, const struct word *first)
{
	struct record r = { .type = RECORD_SWITCH };
	unsigned int nr_places = p->text->nr_places;
	bool has_at = false, has_to = false;
	bool is_switch = word_is(first, "switch");

	if (!p->has_op)
		return fail(p, first, " before the first operation",
			    "a switch below the operation it belongs to");
	while (!has_at || !has_to) {
		struct word w = next_word(p);
		int ret;

		if (word_is(&w, "in") && !r.in_work) {
			ret = parse_in(p, &r);
		} else if (word_is(&w, "at") && !has_at) {
			has_at = true;
			ret = parse_at(p, &r);
		} else if (is_switch && word_is(&w, "to") && !has_to) {
			has_to = true;
			ret = parse_to(p, &r);
		} else if (!is_switch && has_at) {
			has_to = true;
			ret = parse_interrupt(p, &w, &r);
		} else {
			ret = fail(p, &w, " in a switch", "%s%s%s",
				   has_at ? "" : "at POINT",
				   has_at || has_to || !is_switch ? "" :
								    " and ",
				   has_to || !is_switch ? "" : "to TASK");
		}
		if (ret)
			return ret;
	}
	if (expect_end(p))
		return -EINVAL;
	return add_record(p, first, &r,
			  nr_places == p->text->nr_places ?
				  program_record_bytes(&r) :
				  PLACE_BYTES);
}

/* --- Header --- */

int text_add_word(struct text_words *words, const char *name)
{
	for (unsigned int i = 0; i < words->nr; i++)
		if (!strcmp(words->word[i].text, name))
			return 0;
	if (words->nr == TEXT_MAX_WORDS || strlen(name) >= TEXT_MAX_WORD)
		return -ENOSPC;
	words->word[words->nr] = (struct text_word){ .line = 0 };
	strcpy(words->word[words->nr++].text, name);
	return 0;
}

struct header_kind {
	const char *name;
	size_t offset; /* of the words in struct text_header */
	unsigned int max;
	const char *expected;
};

#define HEADER(name, member, max, expected) \
	{ name, offsetof(struct text_header, member), max, expected }

static const struct header_kind headers[] = {
	HEADER("expect", expect, 1, "one verdict, or done"),
	HEADER("reaches", reaches, TEXT_MAX_WORDS, "a state"),
	HEADER("targets", targets, TEXT_MAX_WORDS, "a target"),
	HEADER("bug", bugs, TEXT_MAX_WORDS, "a bug"),
	HEADER("policy", policies, TEXT_MAX_WORDS, "a policy, NAME=VALUE"),
	HEADER("known", known, TEXT_MAX_WORDS, "a finding"),
	HEADER("subject", subjects, TEXT_MAX_WORDS, "a subject"),
};

#define NR_HEADERS (sizeof(headers) / sizeof(headers[0]))

static int parse_header(struct parser *p, const struct header_kind *kind)
{
	struct text_words *words =
		(void *)((char *)&p->text->header + kind->offset);
	struct word w = next_word(p);

	do {
		struct text_word *word = &words->word[words->nr];

		if (!w.length || w.length >= TEXT_MAX_WORD ||
		    !memchr(w.start, '=', w.length) !=
			    !strchr(kind->expected, '='))
			return fail(p, &w, "", "%s", kind->expected);
		if (words->nr == kind->max)
			return fail(p, &w, " is one too many",
				    "at most %u in %s", kind->max, kind->name);
		*word = (struct text_word){ .line = p->line,
					    .column = w.column };
		memcpy(word->text, w.start, w.length);
		words->nr++;
		w = next_word(p);
	} while (w.length);
	return 0;
}

static int parse_access(struct parser *p)
{
	struct word w = next_word(p);

	if (!word_is(&w, "every"))
		return fail(p, &w, " after access", "every");
	p->text->header.every_access = true;
	return expect_end(p);
}

static int parse_magic(struct parser *p, const struct word *first)
{
	struct word w;

	if (!word_is(first, "mmfuzz"))
		return fail(p, first, "", "mmfuzz 1");
	w = next_word(p);
	if (!word_is(&w, "1"))
		return fail(p, &w, " after mmfuzz", "1");
	p->has_magic = true;
	return expect_end(p);
}

static int parse_line(struct parser *p)
{
	struct word w = next_word(p);
	unsigned int task;

	if (!w.length)
		return 0;
	if (!p->has_magic)
		return parse_magic(p, &w);
	if (!number(&w, &task)) {
		if (task >= PROGRAM_TASKS)
			return fail(p, &w, "", "a task, 0..%d",
				    PROGRAM_TASKS - 1);
		return parse_op(p, &w, task);
	}
	if (word_is(&w, "switch") || word_is(&w, "interrupt"))
		return parse_event(p, &w);
	if (word_is(&w, "set"))
		return parse_set(p, &w);
	if (!p->has_record) {
		for (size_t i = 0; i < NR_HEADERS; i++)
			if (word_is(&w, headers[i].name))
				return parse_header(p, &headers[i]);
		if (word_is(&w, "access"))
			return parse_access(p);
		return fail(p, &w, "",
			    "a task 0..%d, set, switch, interrupt, expect, "
			    "reaches, "
			    "targets, bug, policy, known, subject or access",
			    PROGRAM_TASKS - 1);
	}
	return fail(p, &w, " after the first record",
		    "a task 0..%d, set, switch or interrupt",
		    PROGRAM_TASKS - 1);
}

int text_parse(struct text *text, const char *file, const char *data,
	       size_t size, FILE *err)
{
	const char *end = data + size;
	struct parser p = {
		.text = text, .file = file, .err = err, .line_start = data
	};

	memset(&text->header, 0, sizeof(text->header));
	text->program.nr = 0;
	text->nr_places = 0;
	while (p.line_start < end) {
		const char *eol = memchr(p.line_start, '\n',
					 (size_t)(end - p.line_start));

		p.line++;
		p.line_end = eol ? eol : end;
		p.pos = p.line_start;
		if (parse_line(&p))
			return -EINVAL;
		p.line_start = p.line_end + 1;
	}
	if (p.has_magic)
		return 0;
	fprintf(err, "%s:%u:1: end of file; expected mmfuzz 1\n", file,
		p.line + 1);
	return -EINVAL;
}
