// SPDX-License-Identifier: GPL-2.0-only
/* Operations on memory that goes offline, and on disabled pcplists. */
#include <errno.h>

#include "check/check.h"
#include "program/held.h"

/* --- Pcplists --- */

/*
 * A mutex is held from here to the end of the section, and only its owner can
 * release it. So the section is one operation: it sleeps until somebody undoes
 * it, or until time passes, which it does when nobody else can go on. Who waits
 * for the mutex then goes on after it, and the epilogue never meets a section.
 */
bool op_pcp_off(const struct record *rec)
{
	unsigned int nr_zones = subject_nr_zones(subject_geometry());
	unsigned int zone = rec->arg[1] % nr_zones, task = sim_task();
	struct held *held = take_empty(rec->arg[0]);

	if (!held)
		return false;
	check_op_begin(CHECK_OP_OTHER, CHECK_CMA_ALLOWED);
	sim_cpus_read_lock(NULL); /* as whoever takes memory offline */
	subject_pcp_disable(zone);
	check_pcp_off(zone);
	*held = (struct held){ .kind = HELD_PCP_OFF, .task = task };
	sim_sleep_for(1, &ops.pcp_off[task], "pcplists of a zone", zone, NULL);
	if (held->kind == HELD_PCP_OFF && held->task == task)
		held->kind = HELD_NOTHING;
	check_pcp_on(zone);
	subject_pcp_enable(zone);
	sim_cpus_read_unlock(NULL);
	check_op_end(CHECK_DONE, 0, 0);
	return true;
}

void give_back_pcp_off(const struct held *held)
{
	sim_wake(&ops.pcp_off[held->task], 1, NULL);
}

/* --- Memory --- */

static unsigned int unit_order(void)
{
	const struct subject_geometry *g = subject_geometry();

	return g->block_order > g->max_order ? g->block_order : g->max_order;
}

/* In one zone, with memory everywhere, and not in the CMA area. */
static bool can_go_offline(unsigned int start, unsigned int end)
{
	const struct subject_geometry *g = subject_geometry();
	unsigned int cma_start, cma_end;

	subject_cma_area(&cma_start, &cma_end);
	return subject_zone_of(g, start) == subject_zone_of(g, end - 1) &&
	       (start >= g->hole_end || end <= g->hole_start) &&
	       (start >= cma_end || end <= cma_start);
}

static void note_hotplug(unsigned int start, unsigned int end)
{
	if (ops.nr_hotplug == MAX_TRIED || !can_go_offline(start, end))
		return;
	ops.hotplug[ops.nr_hotplug].start = start;
	ops.hotplug[ops.nr_hotplug++].end = end;
}

/*
 * What is in the way may be there for good, and only a signal ends that: as
 * whoever has asked for it presses a key when nothing happens any more.
 */
void event_waits(bool in_vain)
{
	unsigned int *waited = &ops.waited[sim_task()];

	/* An interrupt has come meanwhile, if nothing else could. */
	if (*waited != ops.now)
		check_waits(false);
	*waited = ops.now;
	if (check_waits(in_vain))
		sim_send_signal(sim_task());
}

static bool take_offline(unsigned int start, unsigned int end)
{
	unsigned int nr_blocks = (end - start) >>
				 subject_geometry()->block_order;
	int error;

	check_op_begin(CHECK_OP_HOTPLUG, CHECK_CMA_ALLOWED);
	check_goes_offline(start, end);
	error = subject_offline(start, end);
	sim_flush_signals();
	if (error == -EINTR)
		check_note(STATE_offline_gave_up);
	if (error) {
		check_is_offline(start, end, CHECK_FAILED);
		check_op_end(CHECK_FAILED, 0, 0);
		return false;
	}
	check_is_offline(start, end, CHECK_DONE);
	check_op_end(CHECK_DONE, 0, (int)nr_blocks);
	return true;
}

static void bring_online(unsigned int start, unsigned int end)
{
	unsigned int nr_blocks = (end - start) >>
				 subject_geometry()->block_order;

	check_op_begin(CHECK_OP_HOTPLUG, CHECK_CMA_ALLOWED);
	check_goes_online(start, end);
	check_comes_online(subject_online(start, end));
	check_is_online(start, end);
	check_op_end(CHECK_DONE, -(long)(end - start), -(int)nr_blocks);
}

/* Pageblocks, and what else is in blocks of the largest order with them. */
bool op_offline(const struct record *rec)
{
	const struct subject_geometry *g = subject_geometry();
	unsigned int order = unit_order(), unit = 1u << order;
	unsigned int nr_blocks = ((g->nr_pages - 1) >> g->block_order) + 1;
	unsigned int block = rec->arg[0] % nr_blocks;
	unsigned int start = block << g->block_order >> order << order;
	unsigned int end = (block + rec->arg[1] + 1) << g->block_order;
	struct held *held;

	end = (end + unit - 1) >> order << order;
	if (end > g->nr_pages)
		end = g->nr_pages >> order << order;
	if (start >= end || !subject_caps()->offlines_memory)
		return false;
	held = take_empty(rec->arg[2]);
	if (!held)
		return false;
	note_hotplug(start, end);
	if (!take_offline(start, end)) {
		held->kind = HELD_NOTHING;
		return true;
	}
	check_claim(start, end, slot_number(held));
	*held = (struct held){ .kind = HELD_OFFLINE,
			       .start = start,
			       .end = end };
	return true;
}

bool bring_back(const struct held *held)
{
	if (!check_can_come_online(held->start, held->end))
		return false;
	check_unclaim(held->start, held->end);
	bring_online(held->start, held->end);
	return true;
}

void offline_again(void)
{
	for (unsigned int i = 0; i < ops.nr_hotplug; i++) {
		unsigned int start = ops.hotplug[i].start;
		unsigned int end = ops.hotplug[i].end;

		check_works(take_offline(start, end), "take memory offline");
		bring_online(start, end);
	}
}
