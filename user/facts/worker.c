/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * worker.c - which of a Node process's messages are invocations of serverless-offline's worker threads.
 *
 * An event is known by its content. The result is the first message with content that the worker posts
 * while an event is open, except Node's own and what goes to a port with other traffic (console output, the
 * script's own ports). Ports are told apart by address, which is free for reuse after a close message
 * (length 0). A message is matched between its two ends by its address: the latest sender counts.
 */
#include "facts/worker.h"

#include <stdlib.h>
#include <string.h>

#include "wire/v8_clone.h"

#define KEPT_EVENTS_MAX 4096 /* while more messages are on their way, no event is kept */

/* An event as it was sent. Reading one costs more than all else here, and the receiver's is the same. */
struct kept_event {
	struct v8_clone clone;
	uint32_t length;
	uint32_t bytes;
	uint8_t data[];
};

struct worker_message { /* between sending and receipt */
	uint64_t number;
	uint64_t sent_ns;
	uint32_t sender_tid;
	bool is_result;
	bool is_error;
	struct digest json;	  /* of a result */
	struct kept_event *event; /* NULL: it is none, or not kept */
};

struct worker_thread {
	uint32_t open_events;
	uint32_t timeout_ms; /* of the function that it runs; 0 unknown */
};

static char standing_port; /* what the map of ports holds for each that has other traffic */

void workers_init(struct worker_table *table, uint32_t max)
{
	memset(table, 0, sizeof(*table));
	hash_map_init(&table->messages);
	hash_map_init(&table->ports);
	hash_map_init(&table->threads);
	table->max = max;
}

static void free_message(void *value)
{
	struct worker_message *message = value;

	if (message)
		free(message->event);
	free(message);
}

static size_t forget_all(struct hash_map *map, void (*release)(void *value))
{
	size_t position = 0, count = map->count;
	void *value;

	while ((value = hash_map_next(map, &position, NULL)))
		release(value);
	hash_map_release(map);
	return count;
}

void workers_release(struct worker_table *table)
{
	forget_all(&table->messages, free_message);
	forget_all(&table->threads, free);
	hash_map_release(&table->ports);
}

/* Addresses are those of one process. */
static uint64_t key_of(const struct facts *facts, uint64_t address)
{
	return hash_mix(address) ^ facts->tgid;
}

/* ---- state ---- */

static bool is_standing(const struct facts *facts, uint64_t port)
{
	return hash_map_find(&facts->workers.ports, key_of(facts, port)) != NULL;
}

static void set_standing(struct facts *facts, uint64_t port)
{
	struct worker_table *table = &facts->workers;

	if (table->ports.count >= table->max)
		hash_map_release(&table->ports);
	if (hash_map_put(&table->ports, key_of(facts, port), &standing_port))
		facts_out_of_memory(facts);
}

static uint32_t open_events(const struct facts *facts)
{
	const struct worker_thread *thread = hash_map_find(&facts->workers.threads, facts->tid);

	return thread ? thread->open_events : 0;
}

/* What is known of the present thread; NULL when out of memory. */
static struct worker_thread *get_thread(struct facts *facts)
{
	struct worker_table *table = &facts->workers;
	struct worker_thread *thread = hash_map_find(&table->threads, facts->tid);

	if (thread)
		return thread;
	if (table->threads.count >= table->max)
		facts_emit_loss(facts, forget_all(&table->threads, free));
	thread = calloc(1, sizeof(*thread));
	if (thread && !hash_map_put(&table->threads, facts->tid, thread))
		return thread;
	free(thread);
	facts_out_of_memory(facts);
	return NULL;
}

/* Until it ends, which worker_thread_ended tells. */
static void note_timeout(struct facts *facts, uint32_t timeout_ms)
{
	struct worker_thread *thread = timeout_ms ? get_thread(facts) : NULL;

	if (thread)
		thread->timeout_ms = timeout_ms;
}

static void close_event(struct facts *facts)
{
	struct worker_thread *thread = hash_map_find(&facts->workers.threads, facts->tid);

	if (thread && --thread->open_events == 0 && !thread->timeout_ms)
		free(hash_map_remove(&facts->workers.threads, facts->tid));
}

void worker_thread_ended(struct facts *facts, uint32_t tid)
{
	free(hash_map_remove(&facts->workers.threads, tid));
}

/* Takes @message's event over. */
static void remember(struct facts *facts, uint64_t address, const struct worker_message *message)
{
	struct worker_table *table = &facts->workers;
	struct worker_message *copy = malloc(sizeof(*copy));

	if (table->messages.count >= table->max)
		facts_emit_loss(facts, forget_all(&table->messages, free_message));
	if (!copy) {
		free(message->event);
		facts_out_of_memory(facts);
		return;
	}
	*copy = *message;
	free_message(hash_map_remove(&table->messages, key_of(facts, address)));
	if (hash_map_put(&table->messages, key_of(facts, address), copy)) {
		free_message(copy);
		facts_out_of_memory(facts);
	}
}

/* ---- facts ---- */

static struct fact new_fact(const struct facts *facts, enum fact_kind kind,
			    const struct record_worker_message *record)
{
	return (struct fact){
		.kind = kind,
		.time_ns = facts->now_ns,
		.tgid = facts->tgid,
		.tid = facts->tid,
		.worker = { .length = record->length },
	};
}

static void set_names(struct fact_worker *fact, const struct v8_clone *clone)
{
	fact->memory_mb = clone->memory_mb;
	fact->request_id = clone->request_id[0] ? clone->request_id : NULL;
	fact->function = clone->function[0] ? clone->function : NULL;
	fact->arn = clone->arn[0] ? clone->arn : NULL;
}

static void set_digest(struct digest *ret, const struct v8_clone *clone)
{
	if (!clone->has_digest)
		return;
	ret->value = clone->json_digest;
	ret->bytes = clone->json_bytes;
}

static void read_clone(const struct facts *facts, struct v8_clone *ret,
		       const struct record_worker_message *record)
{
	v8_clone_read(ret, record->data, record->data_bytes, record->data_bytes == record->length,
		      facts->key);
}

/* NULL where that is not worth it, or there is no memory: then it is read again. */
static struct kept_event *keep_event(const struct facts *facts,
				     const struct record_worker_message *record,
				     const struct v8_clone *clone)
{
	struct kept_event *event;

	if (facts->workers.messages.count >= KEPT_EVENTS_MAX)
		return NULL;
	event = malloc(sizeof(*event) + record->data_bytes);
	if (!event)
		return NULL;
	event->clone = *clone;
	event->length = record->length;
	event->bytes = record->data_bytes;
	memcpy(event->data, record->data, record->data_bytes);
	return event;
}

static bool is_same_event(const struct kept_event *event,
			  const struct record_worker_message *record)
{
	return event->length == record->length && event->bytes == record->data_bytes &&
	       memcmp(event->data, record->data, event->bytes) == 0;
}

static void on_event_sent(struct facts *facts, const struct record_worker_message *record,
			  const struct v8_clone *clone)
{
	struct worker_message message = {
		.number = ++facts->workers.last_message,
		.sent_ns = facts->now_ns,
		.sender_tid = facts->tid,
		.event = keep_event(facts, record, clone),
	};
	struct fact fact = new_fact(facts, FACT_WORKER_SENT, record);

	fact.worker.message = message.number;
	set_names(&fact.worker, clone);
	set_digest(&fact.worker.json, clone);
	facts_emit(facts, &fact);
	remember(facts, record->message, &message);
}

static void on_result(struct facts *facts, const struct record_worker_message *record,
		      const struct v8_clone *clone)
{
	struct worker_message message = {
		.number = ++facts->workers.last_message,
		.sent_ns = facts->now_ns,
		.sender_tid = facts->tid,
		.is_result = true,
		.is_error = clone->clone_class == V8_CLONE_ERROR,
	};
	struct fact fact = new_fact(facts, FACT_WORKER_RESULT, record);

	set_digest(&message.json, clone);
	fact.worker.message = message.number;
	fact.worker.port = ++facts->workers.last_port;
	fact.worker.is_error = message.is_error;
	fact.worker.json = message.json;
	facts_emit(facts, &fact);
	close_event(facts);
	remember(facts, record->message, &message);
}

static void on_sent(struct facts *facts, const struct record_worker_message *record)
{
	struct v8_clone clone;

	if (!record->length) {
		hash_map_remove(&facts->workers.ports, key_of(facts, record->port));
		return;
	}
	read_clone(facts, &clone, record);
	if (clone.clone_class == V8_CLONE_EVENT)
		on_event_sent(facts, record, &clone);
	else if (clone.clone_class == V8_CLONE_INTERNAL || !open_events(facts))
		set_standing(facts, record->port);
	else if (!is_standing(facts, record->port))
		on_result(facts, record, &clone);
}

static void emit_event(struct facts *facts, const struct record_worker_message *record,
		       const struct worker_message *sent)
{
	struct fact fact = new_fact(facts, FACT_WORKER_EVENT, record);
	struct v8_clone read;
	const struct v8_clone *clone = &read;
	struct worker_thread *thread;

	if (sent && sent->event && is_same_event(sent->event, record))
		clone = &sent->event->clone;
	else
		read_clone(facts, &read, record);
	note_timeout(facts, clone->timeout_ms);
	thread = clone->clone_class == V8_CLONE_EVENT ? get_thread(facts) : NULL;
	if (!thread)
		return;
	fact.worker.message = sent ? sent->number : ++facts->workers.last_message;
	if (sent && sent->sent_ns <= facts->now_ns)
		fact.worker.sent_ns = sent->sent_ns;
	fact.worker.sender_tid = sent ? sent->sender_tid : 0;
	set_names(&fact.worker, clone);
	set_digest(&fact.worker.json, clone);
	fact.worker.timeout_ms = thread->timeout_ms;
	thread->open_events++;
	facts_emit(facts, &fact);
}

static void emit_taken(struct facts *facts, const struct record_worker_message *record,
		       const struct worker_message *sent)
{
	struct fact fact = new_fact(facts, FACT_WORKER_TAKEN, record);

	if (sent->sender_tid == facts->tid)
		return;
	fact.worker.message = sent->number;
	if (sent->sent_ns <= facts->now_ns)
		fact.worker.sent_ns = sent->sent_ns;
	fact.worker.sender_tid = sent->sender_tid;
	fact.worker.is_error = sent->is_error;
	fact.worker.json = sent->json;
	facts_emit(facts, &fact);
}

static void on_received(struct facts *facts, const struct record_worker_message *record)
{
	struct worker_message *sent =
		hash_map_remove(&facts->workers.messages, key_of(facts, record->message));

	if (sent && sent->is_result)
		emit_taken(facts, record, sent);
	else if (record->length)
		emit_event(facts, record, sent);
	free_message(sent);
}

void worker_push(struct facts *facts, const struct record_worker_message *record)
{
	if (record->operation == RECORD_WORKER_SENT)
		on_sent(facts, record);
	else
		on_received(facts, record);
}
