// SPDX-License-Identifier: GPL-2.0-only
/* Dumps of the seam: what core/show.c writes. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "mm.h"
#include "subject/subject.h"

/* Where messages go, or those of a dump. */
static void (*put_text)(const char *text);

void printk(const char *fmt, ...)
{
	char text[256];
	va_list args;

	if (!put_text)
		return;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	put_text(text);
}

void subject_on_message(void (*put)(const char *text))
{
	put_text = put;
}

bool subject_dump(const char *what, void (*put)(const char *text))
{
	static const struct {
		const char *name;
		void (*show)(void);
	} dumps[] = {
		{ "buddyinfo", show_buddyinfo },
		{ "pagetypeinfo", show_pagetypeinfo },
		{ "zoneinfo", show_zoneinfo },
	};

	void (*messages)(const char *text) = put_text;

	for (size_t i = 0; i < sizeof(dumps) / sizeof(dumps[0]); i++) {
		if (strcmp(what, dumps[i].name))
			continue;
		put_text = put;
		dumps[i].show();
		put_text = messages;
		return true;
	}
	return false;
}

bool subject_dump_page(unsigned int pfn, const char *reason,
		       void (*put)(const char *text))
{
	void (*messages)(const char *text) = put_text;

	if (pfn >= mm_geometry.nr_pages)
		return false;
	put_text = put;
	dump_page(&mem->mem_map[pfn], reason);
	put_text = messages;
	return true;
}
