/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * order.c - held facts by time, then by rank of the kind, then by arrival. Most come in that order: they
 * wait in a queue. A fact that belongs before the queue's last waits in a binary heap. The first of all is
 * the first of one of the two. Each held fact is one block: the used part of struct fact and its strings
 * behind it. Blocks without strings are all of one size and reused, so that slices, the bulk, cost no
 * allocation.
 */
#include "trace/order.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/heap.h"
#include "base/ring.h"
#include "trace/fact_schema.h"

#define PREFETCHED 4u /* facts ahead: what was held for a window has left the caches */
#define FREE_BLOCKS_MAX 4096u

struct held_fact {
	struct held_fact *next_free;
	size_t bytes; /* of the block */
	struct fact fact;
};

/* The order of facts: `rank_and_number` has the kind's rank in its highest byte. */
struct entry {
	uint64_t time_ns;
	uint64_t rank_and_number;
	struct held_fact *held;
};

struct entry_heap {
	struct entry *entries;
	size_t count;
	size_t capacity;
};

struct fact_order {
	struct fact_sink next;
	uint64_t window_ns;
	size_t facts_max;
	struct ring queue; /* of struct entry */
	struct entry_heap heap;
	size_t held_bytes;
	struct held_fact *free_blocks;
	size_t free_count;
	uint64_t number; /* of arrivals */
	uint64_t newest_ns;
	uint64_t released_ns; /* time of the last fact released */
	bool has_released;
	struct fact_order_stats stats;
};

int fact_order_new(struct fact_order **ret, const struct fact_sink *next, uint64_t window_ns,
		   size_t facts_max)
{
	struct fact_order *order = calloc(1, sizeof(*order));

	if (!order)
		return -ENOMEM;
	order->next = *next;
	order->window_ns = window_ns;
	order->facts_max = facts_max;
	*ret = order;
	return 0;
}

static struct entry *queue_at(const struct fact_order *order, size_t position)
{
	return ring_at(&order->queue, position, sizeof(struct entry));
}

void fact_order_free(struct fact_order *order)
{
	if (!order)
		return;
	for (size_t i = 0; i < order->queue.count; i++)
		free(queue_at(order, i)->held);
	for (size_t i = 0; i < order->heap.count; i++)
		free(order->heap.entries[i].held);
	while (order->free_blocks) {
		struct held_fact *held = order->free_blocks;

		order->free_blocks = held->next_free;
		free(held);
	}
	ring_release(&order->queue);
	free(order->heap.entries);
	free(order);
}

struct fact_order_stats fact_order_stats(const struct fact_order *order)
{
	return order->stats;
}

/* ---- blocks ---- */

static size_t strings_bytes(const struct fact_schema *schema, const struct fact *fact)
{
	size_t bytes = 0;

	for (unsigned int i = 0; i < schema->field_count; i++) {
		const char *text;

		if (schema->fields[i].type != FIELD_STRING)
			continue;
		text = field_get_string(&schema->fields[i], fact);
		bytes += text ? strlen(text) + 1 : 0;
	}
	return bytes;
}

static struct held_fact *take_block(struct fact_order *order, size_t strings)
{
	struct held_fact *held = order->free_blocks;

	if (!strings && held) {
		order->free_blocks = held->next_free;
		order->free_count--;
		return held;
	}
	held = malloc(sizeof(*held) + strings);
	if (held)
		held->bytes = sizeof(*held) + strings;
	return held;
}

static void give_block(struct fact_order *order, struct held_fact *held)
{
	order->held_bytes -= held->bytes;
	if (held->bytes > sizeof(*held) || order->free_count >= FREE_BLOCKS_MAX) {
		free(held);
		return;
	}
	held->next_free = order->free_blocks;
	order->free_blocks = held;
	order->free_count++;
}

static struct held_fact *copy_fact(struct fact_order *order, const struct fact *fact)
{
	const struct fact_schema *schema = fact_schema_find(fact->kind);
	struct held_fact *held = take_block(order, strings_bytes(schema, fact));
	char *next;

	if (!held)
		return NULL;
	order->held_bytes += held->bytes;
	memcpy(&held->fact, fact, schema->end_offset);
	next = (char *)(held + 1);
	for (unsigned int i = 0; i < schema->field_count; i++) {
		const char *text;
		size_t bytes;

		if (schema->fields[i].type != FIELD_STRING)
			continue;
		text = field_get_string(&schema->fields[i], fact);
		if (!text)
			continue;
		bytes = strlen(text) + 1;
		memcpy(next, text, bytes);
		field_set_string(&schema->fields[i], &held->fact, next);
		next += bytes;
	}
	return held;
}

/* ---- the order ---- */

static uint64_t rank_of(enum fact_kind kind)
{
	switch (kind) {
	case FACT_TASK_SEEN:
		return 0;
	case FACT_FORK:
		return 1;
	case FACT_EXEC:
		return 2;
	case FACT_CONNECTION:
		return 3;
	case FACT_TASK_EXIT:
		return 5;
	default:
		return 4;
	}
}

static bool is_before(const void *left_entry, const void *right_entry, const void *unused)
{
	const struct entry *left = left_entry, *right = right_entry;

	if (left->time_ns != right->time_ns)
		return left->time_ns < right->time_ns;
	return left->rank_and_number < right->rank_and_number;
}

static const struct heap_order entry_order = { sizeof(struct entry), is_before };

static int queue_push(struct fact_order *order, struct entry entry)
{
	struct entry *last = ring_push(&order->queue, sizeof(*last));

	if (!last)
		return -ENOMEM;
	*last = entry;
	return 0;
}

static struct held_fact *queue_pop(struct fact_order *order)
{
	struct held_fact *held = queue_at(order, 0)->held;

	ring_pop(&order->queue);
	if (order->queue.count > PREFETCHED)
		__builtin_prefetch(&queue_at(order, PREFETCHED)->held->fact);
	return held;
}

static int heap_push(struct entry_heap *heap, struct entry entry)
{
	if (array_make_room(&heap->entries, heap->count, &heap->capacity, sizeof(entry)))
		return -ENOMEM;
	heap->entries[heap->count++] = entry;
	heap_rise_last(&entry_order, heap->entries, heap->count, NULL);
	return 0;
}

static struct held_fact *heap_pop(struct entry_heap *heap)
{
	struct held_fact *held = heap->entries[0].held;

	heap_drop_first(&entry_order, heap->entries, heap->count--, NULL);
	return held;
}

static size_t held_count(const struct fact_order *order)
{
	return order->queue.count + order->heap.count;
}

static bool is_heap_first(const struct fact_order *order)
{
	return order->heap.count && (!order->queue.count ||
				     is_before(&order->heap.entries[0], queue_at(order, 0), NULL));
}

/* Something is held. */
static const struct entry *first_entry(const struct fact_order *order)
{
	return is_heap_first(order) ? &order->heap.entries[0] : queue_at(order, 0);
}

static int push_entry(struct fact_order *order, struct entry entry)
{
	if (order->queue.count && is_before(&entry, queue_at(order, order->queue.count - 1), NULL))
		return heap_push(&order->heap, entry);
	return queue_push(order, entry);
}

static int release_first(struct fact_order *order)
{
	struct held_fact *held = is_heap_first(order) ? heap_pop(&order->heap) : queue_pop(order);
	int error;

	order->released_ns = held->fact.time_ns;
	order->has_released = true;
	error = fact_sink_push(&order->next, &held->fact);
	give_block(order, held);
	return error;
}

static int release_until(struct fact_order *order, uint64_t time_ns)
{
	while (held_count(order) && first_entry(order)->time_ns <= time_ns) {
		int error = release_first(order);

		if (error)
			return error;
	}
	return 0;
}

static int hold(struct fact_order *order, const struct fact *fact)
{
	struct entry entry = {
		.time_ns = fact->time_ns,
		.rank_and_number = rank_of(fact->kind) << 56 | order->number++,
		.held = copy_fact(order, fact),
	};
	int error;

	if (!entry.held)
		return -ENOMEM;
	error = push_entry(order, entry);
	if (error)
		give_block(order, entry.held);
	return error;
}

/* @fact is older than what was released: it becomes known now. A slice's time is its end: lost. */
static int hold_late(struct fact_order *order, const struct fact *fact)
{
	struct fact moved;

	memset(&moved, 0, sizeof(moved));
	memcpy(&moved, fact, fact_schema_find(fact->kind)->end_offset);
	if (fact->kind == FACT_SLICE) {
		order->stats.dropped++;
		memset(&moved.loss, 0, sizeof(moved.loss));
		moved.kind = FACT_LOSS;
		moved.loss.from_ns = fact->slice.on_ns;
		moved.loss.to_ns = fact->time_ns;
		moved.loss.records = 1;
		moved.loss.loss_class = LOSS_SCHEDULER;
	} else {
		order->stats.late++;
	}
	moved.time_ns = order->released_ns;
	return hold(order, &moved);
}

int fact_order_push(void *context, const struct fact *fact)
{
	struct fact_order *order = context;
	int error;

	if (!fact_schema_find(fact->kind))
		return -EINVAL;
	if (order->has_released && fact->time_ns < order->released_ns)
		error = hold_late(order, fact);
	else
		error = hold(order, fact);
	if (error)
		return error;
	if (fact->time_ns > order->newest_ns)
		order->newest_ns = fact->time_ns;
	if (order->newest_ns > order->window_ns)
		error = release_until(order, order->newest_ns - order->window_ns);
	while (!error && held_count(order) &&
	       (held_count(order) > order->facts_max || order->held_bytes > FACT_ORDER_BYTES_MAX)) {
		order->stats.early++;
		error = release_first(order);
	}
	return error;
}

int fact_order_advance(struct fact_order *order, uint64_t time_ns)
{
	if (time_ns > order->newest_ns)
		order->newest_ns = time_ns;
	if (order->newest_ns <= order->window_ns)
		return 0;
	return release_until(order, order->newest_ns - order->window_ns);
}

int fact_order_flush(struct fact_order *order)
{
	return release_until(order, UINT64_MAX);
}
