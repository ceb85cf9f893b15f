/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Programs as text: writing, and the values of arguments as people see them.
 */
#include "program/text.h"

#include <errno.h>
#include <string.h>

/* --- Values --- */

/* The @n-th of the names; returns its length, 0 if there are fewer. */
static size_t value_name(const struct arg_kind *arg, unsigned int n,
			 const char **name)
{
	const char *s = arg->value_names;

	while (n--) {
		s += strcspn(s, " ");
		s += strspn(s, " ");
	}
	*name = s;
	return strcspn(s, " ");
}

int text_value_named(const struct arg_kind *arg, const char *name,
		     size_t length)
{
	for (unsigned int i = 0; i < arg->nr_values; i++) {
		const char *s;

		if (value_name(arg, i, &s) == length &&
		    !memcmp(s, name, length))
			return length ? (int)i : -1;
	}
	return -1;
}

void text_value_range(FILE *out, const struct arg_kind *arg)
{
	if (!arg->value_names[0]) {
		fprintf(out, "%u..%u", arg->bias,
			arg->bias + arg->nr_values - 1);
		return;
	}
	for (unsigned int i = 0; i < arg->nr_values; i++) {
		const char *s;
		size_t length = value_name(arg, i, &s);

		fprintf(out, "%s%.*s", i ? ", " : "", (int)length, s);
	}
}

unsigned int text_args_to_pages(const uint8_t *arg)
{
	return (8u + arg[0]) * 8u << arg[1];
}

int text_pages_to_args(unsigned int nr_pages, uint8_t *arg, unsigned int *below,
		       unsigned int *above)
{
	unsigned int shift = 0, unit;

	if (nr_pages < TEXT_MIN_PAGES || nr_pages > TEXT_MAX_PAGES) {
		*below = *above = nr_pages < TEXT_MIN_PAGES ? TEXT_MIN_PAGES :
							      TEXT_MAX_PAGES;
		return -ERANGE;
	}
	while (nr_pages > (8u + 127u) * 8u << shift)
		shift++;
	unit = 8u << shift;
	if (nr_pages % unit) {
		*below = nr_pages / unit * unit;
		*above = *below + unit;
		/* The largest size of the next smaller shift may be nearer. */
		if (shift && *below < (8u + 127u) * 8u << (shift - 1))
			*below = (8u + 127u) * 8u << (shift - 1);
		return -ERANGE;
	}
	arg[0] = (uint8_t)(nr_pages / unit - 8);
	arg[1] = (uint8_t)shift;
	return 0;
}

/* --- Records --- */

static void print_value(FILE *out, const struct arg_kind *arg, uint8_t value)
{
	const char *s;
	size_t length;

	if (!arg->value_names[0]) {
		fprintf(out, " %u", value + arg->bias);
		return;
	}
	length = value_name(arg, value, &s);
	fprintf(out, " %.*s", (int)length, s);
}

static void print_args(FILE *out, const struct record_kind *kind,
		       const uint8_t *arg)
{
	for (unsigned int i = 0; i < kind->nr_args; i++) {
		if (!arg[i])
			continue;
		fprintf(out, " %s", program_args[kind->args[i]].name);
		print_value(out, &program_args[kind->args[i]], arg[i]);
	}
}

/* Those that go on elsewhere, and interrupts. */
static void print_switch(FILE *out, const struct record *r, const char *place)
{
	bool goes = record_has_task(r);

	fputs(goes ? "switch" : "interrupt", out);
	if (r->in_work)
		fputs(" in work", out);
	if (place)
		fprintf(out, " at %s ", place);
	else
		fprintf(out, " at %u ", r->at);
	if (goes)
		fprintf(out,
			r->index == PROGRAM_SWITCH_worker ? "to worker %u" :
							    "to %u",
			r->task);
	else
		text_print_interrupt(out, r);
}

void text_print_interrupt(FILE *out, const struct record *record)
{
	const struct record_kind *kind = program_kind(record);

	fputs(kind->name, out);
	print_args(out, kind, record->arg);
}

static void print_record(FILE *out, const struct record *r, const char *place)
{
	const struct record_kind *kind = program_kind(r);

	switch (r->type) {
	case RECORD_SWITCH:
		print_switch(out, r, place);
		break;
	case RECORD_OP:
		fprintf(out, "%u %s", r->task, kind->name);
		print_args(out, kind, r->arg);
		break;
	default:
		fprintf(out, "set %s", kind->name);
		if (r->index == PROGRAM_SET_memory)
			fprintf(out, " %u", text_args_to_pages(r->arg));
		else if (kind->nr_args == 1)
			print_value(out, &program_args[kind->args[0]],
				    r->arg[0]);
		else
			print_args(out, kind, r->arg);
		break;
	}
}

void text_print_record(FILE *out, const struct record *record)
{
	print_record(out, record, NULL);
}

/* --- Program --- */

static void print_words(FILE *out, const char *name,
			const struct text_words *words)
{
	if (!words->nr)
		return;
	fputs(name, out);
	for (unsigned int i = 0; i < words->nr; i++)
		fprintf(out, " %s", words->word[i].text);
	putc('\n', out);
}

static void print_header(FILE *out, const struct text_header *header)
{
	print_words(out, "expect", &header->expect);
	print_words(out, "reaches", &header->reaches);
	print_words(out, "targets", &header->targets);
	print_words(out, "bug", &header->bugs);
	print_words(out, "policy", &header->policies);
	print_words(out, "known", &header->known);
	print_words(out, "subject", &header->subjects);
	if (header->every_access)
		fputs("access every\n", out);
}

void text_print(FILE *out, const struct text_header *header,
		const struct program *program, const char *const *places)
{
	fputs("mmfuzz 1\n", out);
	if (header)
		print_header(out, header);
	for (unsigned int i = 0; i < program->nr; i++) {
		const struct record *r = &program->rec[i];

		if (r->type == RECORD_SWITCH)
			fputs("  ", out);
		print_record(out, r, places ? places[i] : NULL);
		putc('\n', out);
	}
}
