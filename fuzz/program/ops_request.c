// SPDX-License-Identifier: GPL-2.0-only
/*
 * Operations on what requests may use: gfp flags, rights of tasks, watermarks
 * and the counters that these are compared with.
 */
#include "check/check.h"
#include "program/held.h"

/* Rights to reserves that the flags give, but for those of last resort. */
static unsigned int rights_of_gfp(enum subject_gfp gfp, unsigned int order)
{
	bool realtime = !sim_in_irq() &&
			ops.rights[sim_task()] == SUBJECT_TASK_REALTIME;

	switch (gfp) {
	case SUBJECT_GFP_KERNEL:
	case SUBJECT_GFP_NORETRY:
		return realtime ? SUBJECT_MAY_MIN_RESERVE : 0;
	case SUBJECT_GFP_HIGH:
	case SUBJECT_GFP_NOMEMALLOC:
		return SUBJECT_MAY_MIN_RESERVE;
	case SUBJECT_GFP_NOWAIT:
		return SUBJECT_MAY_NON_BLOCK;
	case SUBJECT_GFP_ATOMIC:
	case SUBJECT_GFP_MEMALLOC:
		return SUBJECT_MAY_NON_BLOCK | SUBJECT_MAY_MIN_RESERVE |
		       (order ? SUBJECT_MAY_HIGHATOMIC : 0);
	case SUBJECT_GFP_LIGHT:
	case SUBJECT_NR_GFPS:
		break;
	}
	return 0;
}

/* Those that are asked for when all else has failed, in place of the others. */
static unsigned int rights_of_last_resort(enum subject_gfp gfp)
{
	if (gfp == SUBJECT_GFP_NOMEMALLOC || gfp == SUBJECT_GFP_LIGHT)
		return 0;
	if (gfp == SUBJECT_GFP_MEMALLOC)
		return SUBJECT_MAY_NO_WATERMARKS;
	if (sim_in_irq())
		return 0;
	switch (ops.rights[sim_task()]) {
	case SUBJECT_TASK_MEMALLOC:
		return SUBJECT_MAY_NO_WATERMARKS;
	case SUBJECT_TASK_OOM_VICTIM:
		return SUBJECT_MAY_OOM;
	case SUBJECT_TASK_NORMAL:
	case SUBJECT_TASK_REALTIME:
		break;
	}
	return 0;
}

unsigned int rights_of(enum subject_gfp gfp, unsigned int order)
{
	return rights_of_gfp(gfp, order) | rights_of_last_resort(gfp);
}

unsigned int last_rights_of(enum subject_gfp gfp, unsigned int order)
{
	unsigned int last = rights_of_last_resort(gfp);

	if (!last)
		last = rights_of_gfp(gfp, order);
	/* __alloc_pages_may_oom() */
	if ((gfp == SUBJECT_GFP_KERNEL || gfp == SUBJECT_GFP_HIGH) &&
	    !(last & SUBJECT_MAY_NO_WATERMARKS))
		last |= SUBJECT_TRIES_AGAIN;
	return last;
}

bool op_alloc_gfp(const struct record *rec)
{
	return allocate(HELD_PAGES, (enum subject_request)rec->arg[1],
			(enum subject_gfp)rec->arg[2], rec->arg[0],
			rec->arg[3]);
}

bool op_rights(const struct record *rec)
{
	enum subject_task_rights *rights = &ops.rights[sim_task()];

	*rights = (enum subject_task_rights)rec->arg[0];
	subject_set_rights(*rights);
	return true;
}

bool op_watermarks(const struct record *rec)
{
	unsigned int time = begin_alone();

	check_op_begin(CHECK_OP_OTHER, CHECK_CMA_ALLOWED);
	subject_set_min_free(rec->arg[0]);
	if (was_alone(time) && subject_caps()->reports_watermarks)
		check_watermarks_set(rec->arg[0]);
	check_op_end(CHECK_DONE, 0, 0);
	return true;
}

bool op_vmstat(const struct record *rec)
{
	check_op_begin(CHECK_OP_OTHER, CHECK_CMA_ALLOWED);
	subject_vmstat(rec->arg[0]);
	check_op_end(CHECK_DONE, 0, 0);
	return true;
}
