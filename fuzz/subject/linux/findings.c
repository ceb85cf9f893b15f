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

/* The tree is what it is: it has no switches and no policies. */
const struct subject_bug subject_bugs[] = { { NULL, NULL, NULL, NULL } };
const struct subject_policy subject_policies[] = { { NULL, NULL, NULL } };

bool subject_policy_is_default(unsigned int row)
{
	(void)row;
	return true;
}

int subject_set_bug(const char *name)
{
	(void)name;
	return -ENOENT;
}

int subject_set_policy(const char *name, const char *value)
{
	(void)name;
	(void)value;
	return -ENOENT;
}

void subject_clear_bugs(void)
{
	memset(known, 0, sizeof(known));
}
