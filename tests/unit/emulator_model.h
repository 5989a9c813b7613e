/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * emulator_model.h - an emulator that never existed: trees of invocations in one dispatcher process,
 * told to a model sink in the order in which assembly would tell them, with the truth beside it.
 * Times are in microseconds. What a fact cannot know yet is not filled in before its time.
 */
#ifndef IDLETAX_TESTS_EMULATOR_MODEL_H
#define IDLETAX_TESTS_EMULATOR_MODEL_H

#include "model_builder.h"

#include "model/model_sink.h"

#define US 1000ull
#define EMULATOR_TGID 100
#define MODEL_MAX 4096

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"

struct emulated {		 /* one request and the invocation that answers it */
	struct exchange *client; /* NULL: the sender is not traced */
	struct exchange *server;
	struct invocation *invocation; /* NULL: the emulator answered by itself */
	struct emulated *caller;       /* NULL: from outside */
	bool is_event, is_http;
	uint64_t sent_us, received_us, dispatched_us, begun_us;
	uint64_t ended_us, taken_us, answered_us, done_us;
};

enum model_event_kind {
	MODEL_CLIENT_BEGIN,
	MODEL_SERVER_BEGIN,
	MODEL_INVOCATION_BEGIN,
	MODEL_INVOCATION_END,
	MODEL_TAKEN,
	MODEL_SERVER_END,
	MODEL_CLIENT_END,
	MODEL_SETTLED,
};

struct model_event {
	uint64_t time_us;
	enum model_event_kind kind;
	struct emulated *emulated;
	size_t order;
};

struct emulator_model {
	struct emulated all[MODEL_MAX];
	size_t count;
	struct model_event events[8 * MODEL_MAX];
	size_t event_count;
	uint64_t next_connection;
	bool has_digests, has_wildcard_name;
	uint64_t settle_us;
};

static void model_start(struct emulator_model *model)
{
	memset(model, 0, sizeof(*model));
	model->next_connection = 1;
	model->settle_us = 5000;
}

/* A request for @function; times are filled by the caller before model_schedule. */
static struct emulated *model_add(struct emulator_model *model, const char *function,
				  struct emulated *caller, bool is_http)
{
	struct emulated *emulated = &model->all[model->count];
	size_t index = model->count++;
	enum service_class service_class = is_http ? SERVICE_HTTP : SERVICE_LAMBDA_SYNC;

	assert_true(model->count <= MODEL_MAX);
	emulated->caller = caller;
	emulated->is_http = is_http;
	emulated->client = make_exchange(2 * index, service_class, 0, 0);
	emulated->server = make_exchange(2 * index + 1, service_class, 0, 0);
	emulated->client->connection = emulated->server->peer_connection = model->next_connection++;
	emulated->server->connection = emulated->client->peer_connection = model->next_connection++;
	emulated->server->is_client = false;
	emulated->server->tgid = EMULATOR_TGID;
	emulated->client->function = is_http ? NULL : function;
	emulated->server->function = emulated->client->function;
	if (model->has_wildcard_name && !is_http)
		emulated->client->function = emulated->server->function = "function";
	emulated->invocation = make_invocation(index, function, 0, 0);
	emulated->invocation->environment->boundary =
		model->has_wildcard_name ? BOUNDARY_RUNTIME_API : BOUNDARY_NODE_WORKER;
	emulated->invocation->dispatcher_tgid = EMULATOR_TGID;
	return emulated;
}

static void model_note(struct emulator_model *model, struct emulated *emulated,
		       enum model_event_kind kind, uint64_t time_us)
{
	model->events[model->event_count] =
		(struct model_event){ time_us, kind, emulated, model->event_count };
	model->event_count++;
}

static void model_schedule(struct emulator_model *model, struct emulated *emulated)
{
	model_note(model, emulated, MODEL_CLIENT_BEGIN, emulated->sent_us);
	model_note(model, emulated, MODEL_SERVER_BEGIN, emulated->received_us);
	if (emulated->invocation) {
		model_note(model, emulated, MODEL_INVOCATION_BEGIN, emulated->begun_us);
		model_note(model, emulated, MODEL_INVOCATION_END, emulated->ended_us);
		model_note(model, emulated, MODEL_TAKEN, emulated->taken_us);
		model_note(model, emulated, MODEL_SETTLED, emulated->ended_us + model->settle_us);
	}
	model_note(model, emulated, MODEL_SERVER_END, emulated->answered_us);
	model_note(model, emulated, MODEL_CLIENT_END, emulated->done_us);
}

static void open_exchange(struct emulator_model *model, struct emulated *emulated,
			  struct exchange *exchange, uint64_t time_us)
{
	exchange->is_over = exchange->has_response = false;
	exchange->start_ns = exchange->request_end_ns = time_us * US;
	exchange->response_start_ns = exchange->end_ns = 0;
	if (emulated->is_event) {
		exchange->invocation_type = INVOCATION_EVENT;
		exchange->service_class = SERVICE_LAMBDA_EVENT;
	}
	if (model->has_digests && !emulated->is_http)
		exchange->request_json =
			(struct digest){ .value = (uint64_t)(emulated - model->all) + 1,
					 .bytes = 40 };
}

static void close_exchange(struct exchange *exchange, uint64_t time_us)
{
	exchange->is_over = exchange->has_response = true;
	exchange->response_start_ns = exchange->end_ns = time_us * US;
	exchange->status = 200;
}

/* Worked where it had no call outstanding. */
static void settle(const struct emulated *emulated, const struct model_sink *sink)
{
	struct invocation *invocation = emulated->invocation;
	uint64_t time_ns = invocation->start_ns;
	struct built_timeline *built = calloc(1, sizeof(*built));
	struct built_thread *thread;

	assert_non_null(built);
	timeline_start(built);
	thread = add_thread(built, 1, 1);
	for (size_t i = 0; i < invocation->attempt_count; i++) {
		const struct exchange *attempt = invocation->attempts[i];

		if (attempt->start_ns > time_ns) {
			struct run *run = add_run(thread, 0, 0);

			run->ready_ns = run->on_ns = time_ns;
			run->off_ns = attempt->start_ns;
		}
		if (attempt->end_ns > time_ns)
			time_ns = attempt->end_ns;
	}
	if (invocation->end_ns > time_ns) {
		struct run *run = add_run(thread, 0, 0);

		run->ready_ns = run->on_ns = time_ns;
		run->off_ns = invocation->end_ns;
	}
	assert_int_equal(
		sink->invocation_settled(sink->context, invocation, timeline_finish(built)), 0);
	free(built);
}

static void begin_invocation(struct emulator_model *model, struct emulated *emulated,
			     const struct model_sink *sink)
{
	struct invocation *invocation = emulated->invocation;

	invocation->is_over = false;
	invocation->start_ns = emulated->begun_us * US;
	invocation->dispatched_ns = emulated->dispatched_us * US;
	invocation->dispatcher_tid = EMULATOR_TGID;
	invocation->response_ns = 0;
	if (model->has_digests && !emulated->is_http)
		invocation->event_json =
			(struct digest){ .value = (uint64_t)(emulated - model->all) + 1,
					 .bytes = 40 };
	assert_int_equal(sink->invocation_begin(sink->context, invocation), 0);
}

static void model_tell(struct emulator_model *model, const struct model_event *event,
		       const struct model_sink *sink)
{
	struct emulated *emulated = event->emulated;
	struct invocation *invocation = emulated->invocation;

	switch (event->kind) {
	case MODEL_CLIENT_BEGIN:
		open_exchange(model, emulated, emulated->client, event->time_us);
		if (emulated->caller)
			assert_int_equal(invocation_add_attempt(emulated->caller->invocation,
								exchange_ref(emulated->client)),
					 0);
		assert_int_equal(sink->exchange_begin(sink->context, emulated->client), 0);
		break;
	case MODEL_SERVER_BEGIN:
		open_exchange(model, emulated, emulated->server, event->time_us);
		assert_int_equal(sink->exchange_begin(sink->context, emulated->server), 0);
		break;
	case MODEL_INVOCATION_BEGIN:
		begin_invocation(model, emulated, sink);
		break;
	case MODEL_INVOCATION_END:
		invocation->is_over = true;
		invocation->end_ns = invocation->response_ns = event->time_us * US;
		break;
	case MODEL_TAKEN:
		invocation->taken_ns = event->time_us * US;
		if (sink->invocation_taken)
			sink->invocation_taken(sink->context, invocation);
		break;
	case MODEL_SERVER_END:
		close_exchange(emulated->server, event->time_us);
		assert_int_equal(sink->exchange_end(sink->context, emulated->server), 0);
		break;
	case MODEL_CLIENT_END:
		close_exchange(emulated->client, event->time_us);
		assert_int_equal(sink->exchange_end(sink->context, emulated->client), 0);
		break;
	case MODEL_SETTLED:
		settle(emulated, sink);
		break;
	}
	assert_int_equal(sink->advance(sink->context, event->time_us * US), 0);
}

static int compare_events(const void *left, const void *right)
{
	const struct model_event *a = left, *b = right;

	if (a->time_us != b->time_us)
		return a->time_us < b->time_us ? -1 : 1;
	return (a->order > b->order) - (a->order < b->order);
}

static void model_run(struct emulator_model *model, const struct model_sink *sink)
{
	qsort(model->events, model->event_count, sizeof(*model->events), compare_events);
	for (size_t i = 0; i < model->event_count; i++)
		model_tell(model, &model->events[i], sink);
}

static void model_release(struct emulator_model *model)
{
	for (size_t i = 0; i < model->count; i++) {
		exchange_unref(model->all[i].client);
		exchange_unref(model->all[i].server);
		invocation_unref(model->all[i].invocation);
	}
}

#pragma GCC diagnostic pop

#endif
