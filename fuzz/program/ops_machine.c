// SPDX-License-Identifier: GPL-2.0-only
/* Operations on the machine: what befalls those on pages. */
#include "check/check.h"
#include "program/held.h"
#include "program/ops.h"

/* The count-th allocation of this task from now on. */
bool op_fail(const struct record *rec)
{
	if (!subject_caps()->can_fail_alloc)
		return false;
	ops.fail[sim_task()] = rec->arg[0] + 1u;
	return true;
}

/* Of program tasks: as with fault_attr.task_filter, interrupts are spared. */
bool event_should_fail_alloc(unsigned int order)
{
	unsigned int task = sim_task();

	if (sim_in_irq() || task >= SIM_PROGRAM_TASKS || !ops.fail[task] ||
	    --ops.fail[task])
		return false;
	sim_trace("allocation of order %u is made to fail", order, 0, 0);
	check_note(STATE_alloc_failure_injected);
	check_op_fails();
	return true;
}
