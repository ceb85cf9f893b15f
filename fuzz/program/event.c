// SPDX-License-Identifier: GPL-2.0-only
#include "program/event.h"

#include "subject/subject.h"

static void print_number(FILE *out, char conversion, uint32_t number)
{
	switch (conversion) {
	case 'l':
		fputs(sim_lock_class_name(number), out);
		break;
	case 't':
		fputs(subject_type_name((enum subject_type)number), out);
		break;
	case 'b':
		fputs(subject_batch_name(number), out);
		break;
	default:
		fprintf(out, "%u", number);
	}
}

void event_print(FILE *out, const struct sim_event *event)
{
	unsigned int nr = 0;

	for (const char *p = event->format; *p; p++) {
		if (*p == '%')
			print_number(out, *++p, event->arg[nr++]);
		else
			fputc(*p, out);
	}
}

void event_print_place(FILE *out, const struct sim_event *event)
{
	const char *func = "?", *what = NULL;

	if (event->place)
		subject_place_name(event->place, &func, &what);
	fprintf(out, "%s:%s", func, what ? what : "?");
}
