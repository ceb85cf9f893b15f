// SPDX-License-Identifier: GPL-2.0-only
/* The core's bug switches and policies, by name. */
#include <errno.h>
#include <string.h>

#include "mm.h"
#include "subject/subject.h"

const struct subject_bug subject_bugs[] = {
#define BUG(name, checks, policy, text) { #name, checks, policy, text },
#include "bugs.def"
#undef BUG
#define BUG_SET(name, bugs, text) { name, "", "", text ": " bugs },
#include "bug_sets.def"
#undef BUG_SET
	{ NULL, NULL, NULL, NULL }
};

/* What the rows behind those of single bugs switch on. */
static const char *const bugs_of_set[] = {
#define BUG_SET(name, bugs, text) bugs,
#include "bug_sets.def"
#undef BUG_SET
};

const struct subject_policy subject_policies[] = {
#define POLICY(name, default_value, text)
#define VALUE(name, value, written, text) { #name, written, text },
#include "policies.def"
#undef POLICY
#undef VALUE
	{ NULL, NULL, NULL }
};

static const unsigned char default_policies[] = {
#define POLICY(name, default_value, text) name##_##default_value,
#define VALUE(name, value, written, text)
#include "policies.def"
#undef POLICY
#undef VALUE
};

static const unsigned char policy_of_value[] = {
#define POLICY(name, default_value, text)
#define VALUE(name, value, written, text) POLICY_##name,
#include "policies.def"
#undef POLICY
#undef VALUE
};

bool subject_policy_is_default(unsigned int row)
{
	return default_policies[policy_of_value[row]] == row;
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

int subject_set_policy(const char *name, const char *value)
{
	for (unsigned int i = 0; subject_policies[i].name; i++) {
		if (same_name(name, subject_policies[i].name) &&
		    !strcmp(value, subject_policies[i].value)) {
			mm_policies[policy_of_value[i]] = (unsigned char)i;
			return 0;
		}
	}
	return -ENOENT;
}

/* Switch on all bugs of @names, which blanks separate. */
static int set_bugs(const char *names)
{
	while (*names) {
		size_t length = strcspn(names, " ");
		char name[64] = "";

		if (length >= sizeof(name))
			return -ENOENT;
		memcpy(name, names, length);
		if (subject_set_bug(name))
			return -ENOENT;
		names += length;
		names += strspn(names, " ");
	}
	return 0;
}

int subject_set_bug(const char *name)
{
	for (unsigned int i = 0; subject_bugs[i].name; i++) {
		const char *value = strchr(subject_bugs[i].policy, '=');
		char policy_name[32] = "";

		if (!same_name(name, subject_bugs[i].name))
			continue;
		if (i >= NR_BUGS)
			return set_bugs(bugs_of_set[i - NR_BUGS]);
		mm_bugs[i] = true;
		if (!value)
			return 0;
		strncat(policy_name, subject_bugs[i].policy,
			(size_t)(value - subject_bugs[i].policy));
		return subject_set_policy(policy_name, value + 1);
	}
	return -ENOENT;
}

void subject_clear_bugs(void)
{
	memset(mm_bugs, 0, sizeof(mm_bugs));
	memcpy(mm_policies, default_policies, sizeof(mm_policies));
}

/* The core has the fixes of what is known in its models. */
const struct subject_finding subject_findings[] = { { NULL, NULL } };

int subject_set_known(const char *name)
{
	(void)name;
	return -ENOENT;
}
