// SPDX-License-Identifier: GPL-2.0-only
/* Operations on the CMA area, and the sections that keep away from it. */
#include "check/check.h"
#include "program/held.h"

bool op_nocma_begin(const struct record *rec)
{
	struct sections *sections = &ops.sections[sim_task()];

	(void)rec;
	if (sections->nr == MAX_SECTIONS)
		return false;
	sections->flags[sections->nr++] = subject_nocma_save();
	check_nocma_section(true);
	return true;
}

bool op_nocma_end(const struct record *rec)
{
	struct sections *sections = &ops.sections[sim_task()];

	(void)rec;
	if (!sections->nr)
		return false;
	subject_nocma_restore(sections->flags[--sections->nr]);
	check_nocma_section(sections->nr);
	return true;
}

void give_back_cma(const struct held *held)
{
	unsigned int nr = held->end - held->start;
	unsigned int time = begin_release(held->start, nr, CHECK_SINGLES);

	subject_cma_release(held->start, nr);
	end_release(held->start, nr, time);
}

/* More than there is of the area is no request at all. */
static void count_failure(unsigned int nr)
{
	unsigned int start, end;

	subject_cma_area(&start, &end);
	if (nr <= end - start)
		ops.cma_failed += nr;
}

bool op_cma_alloc(const struct record *rec)
{
	struct held *held = take_empty(rec->arg[2]);
	unsigned int nr = rec->arg[0] + 1u, align = rec->arg[1];
	unsigned int time = begin_alone();
	long pfn;

	if (!held)
		return false;
	ops.cma_tried = true;
	check_op_begin(CHECK_OP_CONTIG, CHECK_CMA_ALLOWED);
	pfn = subject_cma_alloc(nr, align);
	if (was_alone(time))
		check_contig_first(pfn, nr, align);
	if (pfn < 0) {
		count_failure(nr);
		check_op_end(CHECK_FAILED, 0, 0);
		held->kind = HELD_NOTHING;
		return true;
	}
	ops.cma_succeeded += nr;
	check_given(CHECK_contig_owner, (unsigned int)pfn, nr);
	check_aligned((unsigned int)pfn, align);
	check_cma_bits((unsigned int)pfn, nr, true);
	take_over((unsigned int)pfn, nr, CHECK_SINGLES, time);
	check_op_end(CHECK_DONE, (long)nr, 0);
	*held = (struct held){ .kind = HELD_CMA,
			       .start = (unsigned int)pfn,
			       .end = (unsigned int)pfn + nr };
	return true;
}
