// SPDX-License-Identifier: GPL-2.0-only
/* Dumps of the seam: the tree's own go to /proc and the log, not here. */
#include "subject/subject.h"

bool subject_dump(const char *what, void (*put)(const char *text))
{
	(void)what;
	(void)put;
	return false;
}

bool subject_dump_page(unsigned int pfn, const char *reason,
		       void (*put)(const char *text))
{
	(void)pfn;
	(void)reason;
	(void)put;
	return false;
}

void subject_on_message(void (*put)(const char *text))
{
	(void)put;
}
