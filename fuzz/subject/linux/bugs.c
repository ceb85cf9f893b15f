// SPDX-License-Identifier: GPL-2.0-only
/* Bugs that can be switched on. There are no policies: the tree has chosen. */
#include <errno.h>
#include <string.h>

#include "subject/linux/linux.h"

static bool buggy[BRIDGE_NR_BUGS];

const struct subject_bug subject_bugs[] = {
#define BUG(symbol, checks, text) { #symbol, checks, "", text },
#include "subject/linux/bugs.def"
#undef BUG
	{ NULL, NULL, NULL, NULL }
};

const struct subject_policy subject_policies[] = { { NULL, NULL, NULL } };

int host_is_buggy(enum bridge_bug bug)
{
	return buggy[bug];
}

/* Names are written with '-' where an identifier has '_'. */
static bool same_name(const char *written, const char *identifier)
{
	for (; *written && *identifier; written++, identifier++) {
		if (*written != *identifier &&
		    !(*written == '-' && *identifier == '_'))
			return false;
	}
	return !*written && !*identifier;
}

/* A tree whose compiler has inlined the function has no such bug. */
int subject_set_bug(const char *name)
{
	for (unsigned int i = 0; i < BRIDGE_NR_BUGS; i++) {
		if (!same_name(name, subject_bugs[i].name))
			continue;
		if (i == BUG_unlocked_free_pcppages_bulk &&
		    !tree_has_unlocked_code())
			return -ENOENT;
		buggy[i] = true;
		return 0;
	}
	return -ENOENT;
}

bool subject_policy_is_default(unsigned int row)
{
	(void)row;
	return true;
}

int subject_set_policy(const char *name, const char *value)
{
	(void)name;
	(void)value;
	return -ENOENT;
}

void subject_clear_bugs(void)
{
	memset(buggy, 0, sizeof(buggy));
	findings_clear();
}
