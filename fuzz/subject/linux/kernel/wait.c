// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sleeping and waking, for those who wait for a page: a task is its own
 * channel, and its state says whether somebody has woken it already.
 */
#include <linux/sched.h>
#include <linux/wait.h>

#include "kernel.h"

/* Between the look at the state and the sleep nobody else can run. */
static void sleep_until_woken(const void *place)
{
	if (current->__state == TASK_RUNNING) {
		host_resched(place);
		return;
	}
	host_sleep(current, place);
	current->__state = TASK_RUNNING;
}

void schedule(void)
{
	sleep_until_woken(CALLER);
}

void io_schedule(void)
{
	sleep_until_woken(CALLER);
}

int wake_up_state(struct task_struct *task, unsigned int state)
{
	if (!(task->__state & state))
		return 0;
	task->__state = TASK_RUNNING;
	host_wake(task, CALLER);
	return 1;
}

/* One of those that want it for themselves, all of the others before. */
static void wake_up_queue(struct wait_queue_head *head, unsigned int mode,
			  void *key)
{
	struct wait_queue_entry *entry, *next;

	list_for_each_entry_safe(entry, next, &head->head, entry) {
		unsigned int flags = entry->flags;
		int ret = entry->func(entry, mode, 0, key);

		if (ret < 0 || (ret && flags & WQ_FLAG_EXCLUSIVE))
			break;
	}
}

void __wake_up_locked_key(struct wait_queue_head *head, unsigned int mode,
			  void *key)
{
	wake_up_queue(head, mode, key);
}

/* As it was once, with breaks: here there is none. */
void __wake_up_locked_key_bookmark(struct wait_queue_head *head,
				   unsigned int mode, void *key,
				   wait_queue_entry_t *bookmark)
{
	wake_up_queue(head, mode, key);
}

/* Who is throttled sleeps for all of its time: nobody wakes it. */
void prepare_to_wait(struct wait_queue_head *head,
		     struct wait_queue_entry *entry, int state)
{
}

int __wake_up(struct wait_queue_head *head, unsigned int mode, int nr,
	      void *key)
{
	return 0;
}

void finish_wait(struct wait_queue_head *head, struct wait_queue_entry *entry)
{
	unsigned long flags;

	current->__state = TASK_RUNNING;
	if (list_empty_careful(&entry->entry))
		return;
	spin_lock_irqsave(&head->lock, flags);
	list_del_init(&entry->entry);
	spin_unlock_irqrestore(&head->lock, flags);
}

/* Of a waiter that wakes itself, which nobody is. */
int autoremove_wake_function(struct wait_queue_entry *entry, unsigned int mode,
			     int sync, void *key)
{
	host_unimplemented("autoremove_wake_function");
}

void __init_waitqueue_head(struct wait_queue_head *head, const char *name,
			   struct lock_class_key *key)
{
	spin_lock_init(&head->lock);
	INIT_LIST_HEAD(&head->head);
}
