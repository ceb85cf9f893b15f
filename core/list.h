/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Doubly linked lists, after include/linux/list.h of Linux 6.12 with
 * CONFIG_DEBUG_LIST: every insertion and removal first asks a validator, which
 * whoever links the core provides.
 *
 * The list's lock protects its entries; nothing here may be called without it.
 */
#ifndef CORE_LIST_H
#define CORE_LIST_H

#include "kernel.h"

struct list_head {
	struct list_head *next, *prev;
};

/* @entry is about to go between @prev and @next; about to leave its list. */
void __list_add_valid(struct list_head *entry, struct list_head *prev,
		      struct list_head *next);
void __list_del_entry_valid(struct list_head *entry);

#define list_entry(ptr, type, member) container_of(ptr, type, member)
#define list_first_entry(head, type, member) \
	list_entry((head)->next, type, member)
#define list_last_entry(head, type, member) \
	list_entry((head)->prev, type, member)
#define list_first_entry_or_null(head, type, member) \
	(list_empty(head) ? NULL : list_first_entry(head, type, member))

static inline void INIT_LIST_HEAD(struct list_head *head)
{
	head->next = head;
	head->prev = head;
}

static inline bool list_empty(const struct list_head *head)
{
	return head->next == head;
}

static inline void __list_add(struct list_head *entry, struct list_head *prev,
			      struct list_head *next)
{
	__list_add_valid(entry, prev, next);
	next->prev = entry;
	entry->next = next;
	entry->prev = prev;
	prev->next = entry;
}

static inline void list_add(struct list_head *entry, struct list_head *head)
{
	__list_add(entry, head, head->next);
}

static inline void list_add_tail(struct list_head *entry,
				 struct list_head *head)
{
	__list_add(entry, head->prev, head);
}

/* Leaves @entry pointing nowhere, so that a second removal is caught. */
static inline void list_del(struct list_head *entry)
{
	__list_del_entry_valid(entry);
	entry->next->prev = entry->prev;
	entry->prev->next = entry->next;
	entry->next = NULL;
	entry->prev = NULL;
}

static inline void list_move_tail(struct list_head *entry,
				  struct list_head *head)
{
	list_del(entry);
	list_add_tail(entry, head);
}

#endif
