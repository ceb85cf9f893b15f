// SPDX-License-Identifier: GPL-2.0-only
/* Sleeping, RCU and works: the machine's. While booting nobody waits. */
#include "sim/sim.h"
#include "subject/linux/linux.h"

void host_sleep_for(unsigned long ticks, const void *place)
{
	if (sim_running())
		sim_sleep_for(ticks, NULL, "timeout", 0,
			      place_of(place, SIM_POINT_SLEEP));
}

/*
 * Who sleeps for a time, again and again, may do so because of the one that
 * waits here: compaction, if too many pages are isolated whenever it looks.
 * After so many rounds that counts as nobody; in the end a signal comes anyway.
 * A round that tries to move eight pinned pages takes 20,000 yield points, so
 * more rounds would be taken for a livelock.
 */
#define MANY_ROUNDS 8
#define TOO_MANY_ROUNDS 16

int host_wait_for_others(unsigned int round, const void *place)
{
	bool others = sim_others_can_run();
	bool will_come = sim_has_timers() && round < MANY_ROUNDS;

	event_waits(!others && !will_come);
	if (round >= TOO_MANY_ROUNDS)
		sim_send_signal(sim_task());
	if (others)
		sim_yield(SIM_POINT_RESCHED,
			  place_of(place, SIM_POINT_RESCHED));
	else
		sim_sleep_for(1, NULL, "others", 0,
			      place_of(place, SIM_POINT_SLEEP));
	return sim_signal_pending();
}

void host_sleep(const void *task, const void *place)
{
	sim_sleep(task, "page", 0, place_of(place, SIM_POINT_SLEEP));
}

void host_wake(const void *task, const void *place)
{
	sim_wake(task, SIM_WAKE_ALL, place_of(place, SIM_POINT_WAKE));
}

void host_synchronize_rcu(const void *place)
{
	if (sim_running())
		sim_synchronize_rcu(place_of(place, SIM_POINT_SLEEP));
}

void host_call_rcu(void (*func)(void *arg), void *arg)
{
	sim_call_rcu(func, arg);
}

int host_queue_work(unsigned int cpu, void *work, void (*func)(void *work),
		    const void *place)
{
	return sim_queue_work(cpu, work, func, place_of(place, SIM_POINT_WAKE));
}

int host_flush_work(const void *work, const void *place)
{
	return sim_flush_work(work, place_of(place, SIM_POINT_SLEEP));
}
