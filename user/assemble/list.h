/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * list.h - a doubly linked list whose links lie inside the items. A head is a link of its own; an item
 * that is in no list points at itself, so that removing it again does nothing.
 */
#ifndef IDLETAX_ASSEMBLE_LIST_H
#define IDLETAX_ASSEMBLE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list {
	struct list *next, *previous;
};

#define list_item(at, type, member) ((type *)((char *)(at)-offsetof(type, member)))

/* The head of a for statement; the present item may be removed, no other: for (list_each(head, at)) */
#define list_each(head, at)                                    \
	struct list *at = (head)->next, *at##_next = at->next; \
	at != (head);                                          \
	at = at##_next, at##_next = at->next

static inline void list_init(struct list *list)
{
	list->next = list;
	list->previous = list;
}

static inline bool list_is_empty(const struct list *list)
{
	return list->next == list;
}

static inline void list_remove(struct list *item)
{
	item->previous->next = item->next;
	item->next->previous = item->previous;
	list_init(item);
}

/* Puts @item, which is in no list, before @position (a head: at the end). */
static inline void list_insert(struct list *position, struct list *item)
{
	item->next = position;
	item->previous = position->previous;
	position->previous->next = item;
	position->previous = item;
}

#endif
