// SPDX-License-Identifier: GPL-2.0-only
/* Findings that are known, and which of them are masked. */
#include <errno.h>
#include <string.h>

#include "subject/linux/linux.h"

static bool known[BRIDGE_NR_FINDINGS];

const struct subject_finding subject_findings[] = {
#define FINDING(symbol, name, text) { name, text },
#include "subject/linux/findings.def"
#undef FINDING
	{ NULL, NULL }
};

int host_is_known(enum bridge_finding finding)
{
	return known[finding];
}

int subject_set_known(const char *name)
{
	for (unsigned int i = 0; i < BRIDGE_NR_FINDINGS; i++) {
		if (!strcmp(subject_findings[i].name, name)) {
			known[i] = true;
			return 0;
		}
	}
	return -ENOENT;
}

void findings_clear(void)
{
	memset(known, 0, sizeof(known));
}
