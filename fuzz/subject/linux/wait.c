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
