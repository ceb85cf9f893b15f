// SPDX-License-Identifier: GPL-2.0-only
/* Operations on large folios. */
#include <errno.h>

#include "check/check.h"
#include "program/held.h"

enum huge { HUGE_ANON, HUGE_SHMEM, HUGE_SPLIT };

static bool split(unsigned int mm, unsigned int address, unsigned int order)
{
	int error;

	begin_users(CHECK_OP_OTHER);
	error = subject_split_huge(mm, address, order);
	check_op_end(CHECK_DONE, 0, 0);
	return error != -EFAULT;
}

bool op_huge(const struct record *rec)
{
	unsigned int order = rec->arg[1];

	if (!subject_caps()->has_huge)
		return false;
	switch ((enum huge)rec->arg[0]) {
	case HUGE_SPLIT:
		return split(rec->arg[2], rec->arg[3], order);
	case HUGE_SHMEM:
		subject_set_shmem_order(order);
		break;
	default:
		subject_set_anon_order(order);
	}
	/* From now on what faults allocate is not known beforehand. */
	ops.huge_used |= order > 0;
	return true;
}
