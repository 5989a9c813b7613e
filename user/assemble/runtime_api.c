// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * runtime_api.c - the borders of invocations that come over the Runtime API (SEMANTICS 2). Keyed by
 * request id and environment, never by thread or connection. The runtime's own messages define the
 * borders; the emulator's view of the same messages gives the hand-over. Where the runtime's processes
 * are not traced the emulator's view defines them, flagged as estimated.
 */
#include "assemble/boundaries.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "assemble/environments.h"
#include "assemble/extensions.h"
#include "assemble/invocations.h"
#include "assemble/ownership.h"
#include "base/lambda_name.h"

/* One message, and the environment whose view it is: the runtime's, or a remote one's. */
struct view {
	struct assembler *assembler;
	const struct fact *fact;
	const struct fact_message *message;
	struct connection *connection;
	struct process *process; /* the runtime's; NULL: remote */
};

static uint64_t hash_of(const char *text)
{
	return text ? hash_bytes(text, strlen(text)) | 1 : 0;
}

/* ---- which environment ---- */

void runtime_api_set_function(struct assembler *assembler, struct environment_state *state,
			      const char *arn)
{
	const struct process_identity none = { 0 };
	const struct process_identity *identity = state->root ? &state->root->identity : &none;
	const char *function = identity->function;
	struct lambda_name name;

	if (!function && arn && !lambda_name_parse(&name, arn, strlen(arn), false))
		function = name.function;
	if (!function)
		function = identity->handler ? identity->handler : identity->program;
	if (function)
		state->environment->function = string_pool_intern(&assembler->strings, function);
}

/*
 * Whose FORK was not told has no ancestors: it belongs to the only environment that asks the same API,
 * if there is only one.
 */
static struct environment_state *find_for_orphan(const struct view *view)
{
	const struct process *process = view->process;
	struct environment_state *found = NULL;
	uint64_t api = connection_target(view->connection);

	if (!api || process->parent || process->start_ns || process->was_there)
		return NULL;
	for (list_each(&view->assembler->environments, at)) {
		struct environment_state *state = list_item(at, struct environment_state, link);

		if (state->api != api || state->is_over)
			continue;
		if (found)
			return NULL;
		found = state;
	}
	return found;
}

/* Without looking at ancestors: the one its process belongs to, if that asks the same API. */
static struct environment_state *find_quick(const struct view *view)
{
	struct environment_state *state = view->process ? view->process->environment : NULL;
	uint64_t api = connection_target(view->connection);

	if (view->process && !state) {
		state = find_for_orphan(view);
		if (state)
			environment_join(view->process, state);
	}
	if (!state || state->is_over || state->environment->boundary != BOUNDARY_RUNTIME_API)
		return NULL;
	return !api || !state->api || state->api == api ? state : NULL;
}

static uint64_t remote_identity(const struct connection *connection)
{
	return hash_mix(connection->tgid ^
			hash_bytes(connection->remote.bytes, sizeof(connection->remote.bytes))) |
	       1;
}

static struct environment_state *find_remote(const struct view *view)
{
	return hash_map_find(&view->assembler->remotes, remote_identity(view->connection));
}

static struct environment_state *make_remote(const struct view *view)
{
	struct environment_state *state =
		environment_make_remote(view->assembler, remote_identity(view->connection));

	if (!state)
		return NULL;
	state->environment->dispatcher_tgid = view->fact->tgid;
	runtime_api_set_function(view->assembler, state, view->message->arn);
	return state;
}

/* Found by SEMANTICS 1, or made. NULL only when out of memory. */
static struct environment_state *resolve(const struct view *view)
{
	const struct connection *peer = view->connection->peer;
	const struct process *server = peer ? process_find(&view->assembler->processes, peer->tgid)
					    : NULL;
	struct environment_state *state = view->process ? find_quick(view) : find_remote(view);
	struct process *root;

	if (!state && !view->process)
		return make_remote(view);
	if (!state) {
		root = environment_find_root(view->process, server);
		state = root->environment;
		if (!state || state->root != root || state->is_over ||
		    state->environment->boundary != BOUNDARY_RUNTIME_API) {
			state = environment_make_tree(view->assembler, BOUNDARY_RUNTIME_API, root);
			if (!state)
				return NULL;
			runtime_api_set_function(view->assembler, state, view->message->arn);
		}
	}
	if (!state->api)
		state->api = connection_target(view->connection);
	if (server)
		state->environment->dispatcher_tgid = server->tgid;
	return state;
}

/* ---- what a runtime asks: GET /next, GET /restore/next, POST /init/error ---- */

static void question_free(struct question *question)
{
	list_remove(&question->link);
	list_remove(&question->outstanding);
	list_remove(&question->asking);
	free(question);
}

static struct question *question_find(const struct connection *connection, uint64_t sequence)
{
	for (list_each(&connection->questions, at)) {
		struct question *question = list_item(at, struct question, link);

		if (question->sequence == sequence)
			return question;
	}
	return NULL;
}

/* The runtime asked for the next event at @time_ns: what it had answered is over. */
static void next_written(struct assembler *assembler, struct environment_state *environment,
			 uint64_t time_ns)
{
	for (list_each(&environment->invocations, at)) {
		struct invocation_state *state = list_item(at, struct invocation_state, link);
		uint64_t end_ns;

		if (state->phase != PHASE_OPEN || state->invocation->start_ns > time_ns)
			continue;
		if (!state->next_ns)
			state->next_ns = time_ns;
		if (!state->has_response) {
			state->ends_at_response = true;
			continue;
		}
		end_ns = later_of(time_ns, state->invocation->response_ns);
		if (extensions_are_busy(assembler, environment))
			state->pending_end_ns = end_ns;
		else
			invocation_close(assembler, state, end_ns, END_NEXT);
	}
}

/* What a question tells of the environment that asks. */
static void apply_question(struct assembler *assembler, struct environment_state *environment,
			   struct question *question)
{
	struct environment *model = environment->environment;

	list_remove(&question->asking);
	if (question->is_failure) {
		model->has_init_error |= !model->ready_ns;
		if (!model->ready_ns)
			model->init_error = question->error;
	} else if (question->kind == MESSAGE_RUNTIME_RESTORE) {
		if (!model->snapshot_ns)
			model->snapshot_ns = question->first_ns;
		model->since_ns = earlier_of(model->since_ns, question->first_ns);
	} else if (list_is_empty(&question->outstanding)) {
		environment_ready(environment, question->first_ns);
		next_written(assembler, environment, question->first_ns);
		list_insert(&environment->questions, &question->outstanding);
	}
}

/* One without a name waits for an event, which may bring it. */
static void tell_named(struct assembler *assembler, struct environment_state *environment)
{
	if (environment->root && environment->root->identity.function)
		environment_tell_begin(assembler, environment);
}

/*
 * The environment of a runtime that asked, and was not answered yet: by now the other end of its
 * connection is told, if it is traced.
 */
static void resolve_question(struct assembler *assembler, struct question *question)
{
	const struct fact_message none = { 0 };
	struct view view = {
		.assembler = assembler,
		.message = &none,
		.connection = question->connection,
		.process = process_find(&assembler->processes, question->tgid),
	};
	struct environment_state *environment = NULL;

	list_remove(&question->asking);
	if (view.process && !view.process->is_dead)
		environment = resolve(&view);
	if (!environment)
		return;
	apply_question(assembler, environment, question);
	tell_named(assembler, environment);
}

/* @environment became known: so did those who asked on other connections of it. */
static void resolve_others(struct assembler *assembler, struct environment_state *environment)
{
	for (list_each(&assembler->asking, at)) {
		struct question *question = list_item(at, struct question, asking);
		const struct process *process = process_find(&assembler->processes, question->tgid);

		if (process && process->environment == environment)
			apply_question(assembler, environment, question);
	}
}

void runtime_api_advance(struct assembler *assembler, uint64_t now_ns)
{
	while (!list_is_empty(&assembler->asking)) {
		struct question *question =
			list_item(assembler->asking.next, struct question, asking);

		if (question->first_ns + HANDOVER_NS > now_ns)
			break;
		resolve_question(assembler, question);
	}
}

static struct question *question_make(const struct view *view)
{
	const struct fact_message *message = view->message;
	struct question *question = calloc(1, sizeof(*question));

	if (!question) {
		assembler_fail(view->assembler, -ENOMEM);
		return NULL;
	}
	question->connection = view->connection;
	question->sequence = message->sequence;
	question->first_ns = message->first_ns;
	question->tgid = view->fact->tgid;
	question->kind = message->kind;
	question->is_failure =
		message->kind == MESSAGE_RUNTIME_INIT_ERROR ||
		(message->kind == MESSAGE_RUNTIME_RESTORE && message->method == HTTP_METHOD_POST);
	if (question->is_failure)
		question->error =
			string_pool_intern(&view->assembler->strings, message->function_error);
	list_init(&question->outstanding);
	list_init(&question->asking);
	list_insert(&view->connection->questions, &question->link);
	return question;
}

static void push_question(const struct view *view)
{
	const struct fact_message *message = view->message;
	struct environment_state *environment = view->process ? find_quick(view)
							      : find_remote(view);
	struct question *question = question_find(view->connection, message->sequence);

	if (question && question->first_ns == message->first_ns)
		return;					      /* told twice */
	runtime_api_close(view->assembler, view->connection); /* one at a time: answers were lost */
	question = question_make(view);
	if (question && environment)
		apply_question(view->assembler, environment, question);
	else if (question && view->process)
		list_insert(&view->assembler->asking, &question->asking);
}

/* The answer to what is not an event: that it was written says enough, but for a restore. */
static void push_acknowledgement(const struct view *view)
{
	struct question *question = question_find(view->connection, view->message->sequence);
	struct environment_state *environment;

	if (!question)
		return;
	environment = resolve(view);
	if (environment) {
		struct environment *model = environment->environment;
		bool is_restored = question->kind == MESSAGE_RUNTIME_RESTORE &&
				   !question->is_failure && !(view->message->flags & MESSAGE_CUT);

		apply_question(view->assembler, environment, question);
		if (is_restored && !model->restored_ns && !model->ready_ns)
			model->restored_ns = view->message->first_ns;
		tell_named(view->assembler, environment);
	}
	question_free(question);
}

/* ---- the event ---- */

/*
 * The runtime asked for this event without having answered that of @state: it takes one at a time and
 * asked as one that goes on, over the same connection, or with that one closed, or by a process just
 * made for it.
 */
static bool is_given_up(const struct view *view, const struct invocation_state *state)
{
	const struct environment_state *environment = state->environment;
	const struct process *root = environment->root, *asker = view->process;
	const struct connection *connection;

	if (!state->next_ns || environment->is_concurrent || !root || !root->identity.is_known)
		return false;
	connection = connection_find(&view->assembler->connections, state->connection);
	return state->has_cut_response || connection == view->connection || !connection ||
	       connection->closed_ns ||
	       (asker && asker != root && asker->start_ns > state->invocation->start_ns);
}

/* What should be over by now, had all been told. */
static void close_forgotten(const struct view *view, struct environment_state *environment)
{
	for (list_each(&environment->invocations, at)) {
		struct invocation_state *state = list_item(at, struct invocation_state, link);
		struct invocation *invocation = state->invocation;

		if (state->phase != PHASE_OPEN)
			continue;
		if (!state->has_response && is_given_up(view, state)) {
			invocation->status = state->has_cut_response ? STATUS_ERROR : STATUS_OK;
			invocation->flags |= INVOCATION_INCOMPLETE;
			invocation_close(view->assembler, state, state->next_ns, END_GIVEN_UP);
		} else if (!state->has_response) {
			continue;
		} else if (state->pending_end_ns) {
			invocation_close(view->assembler, state, state->pending_end_ns, END_NEXT);
		} else if (!state->ends_at_response) {
			invocation->flags |= INVOCATION_INCOMPLETE;
			invocation_close(view->assembler, state, invocation->response_ns,
					 END_NEXT_UNSEEN);
		}
	}
}

static bool is_known(const struct view *view, const struct environment_state *environment)
{
	for (list_each(&environment->invocations, at)) {
		const struct invocation_state *state = list_item(at, struct invocation_state, link);

		if (state->connection == view->connection->id &&
		    state->sequence == view->message->sequence &&
		    state->invocation->start_ns == view->message->first_ns)
			return true;
	}
	return false;
}

/* Facts came in disorder: its response was told before. */
static bool is_begun_late(const struct view *view, const struct environment_state *environment)
{
	const struct invocation_state *state =
		invocation_find(view->assembler, environment, view->message->request_id);

	return state && state->is_begun_late && state->has_response &&
	       view->message->first_ns <= state->invocation->response_ns;
}

static void fill_dispatch(struct invocation_state *state, const struct dispatch *dispatch)
{
	struct invocation *invocation = state->invocation;

	invocation->dispatcher_tgid = dispatch->tgid;
	invocation->dispatcher_tid = dispatch->tid;
	invocation->dispatched_ns = dispatch->first_ns;
	invocation->dispatch_connection = dispatch->connection;
}

static bool is_dispatch_of(const struct dispatch *dispatch, const struct invocation_state *state)
{
	if (!dispatch->is_set)
		return false;
	if (dispatch->request_id && state->id_hash)
		return dispatch->request_id == state->id_hash;
	return dispatch->sequence == state->sequence;
}

/* An emulator's view that came first was taken for that of a runtime which is not traced. */
static void forget_remote(const struct view *view)
{
	struct invocation_state *state =
		invocation_find(view->assembler, NULL, view->message->request_id);

	if (!state || !state->environment->is_remote || state->is_begin_told)
		return;
	state->environment->environment->invocations--;
	invocation_free(view->assembler, state);
}

static struct invocation_state *begin(const struct view *view,
				      struct environment_state *environment, uint64_t start_ns,
				      uint32_t flags)
{
	const struct fact_message *message = view->message;
	struct invocation_start start = {
		.start_ns = start_ns,
		.request_id = message->request_id,
		.arn = message->arn,
		.trace_header = message->trace_header,
		.deadline_ns = deadline_to_monotonic(view->assembler, message->deadline_ms),
		.flags =
			flags | (environment->is_remote ? INVOCATION_ESTIMATED : 0) |
			(message->flags & MESSAGE_TRACE_MALFORMED ? INVOCATION_TRACE_MALFORMED : 0),
		.border = environment->is_remote ? START_DISPATCH : START_EVENT,
	};
	struct invocation_state *state;

	if (message->kind == MESSAGE_RUNTIME_NEXT) {
		start.body = message->body;
		start.json = message->json;
	}
	state = invocation_open(view->assembler, environment, &start);
	if (!state)
		return NULL;
	state->connection = view->connection->id;
	state->sequence = message->sequence;
	return state;
}

static void hand_over(const struct view *view, struct invocation_state *state)
{
	struct dispatch *dispatch = &view->connection->dispatch;

	if (is_dispatch_of(dispatch, state)) {
		fill_dispatch(state, dispatch);
		dispatch->is_set = false;
		invocation_tell_begin(view->assembler, state);
	} else if (view->connection->peer || !view->process) {
		invocation_await_handover(view->assembler, state, HANDOVER_NS);
	} else {
		invocation_tell_begin(view->assembler, state);
	}
}

/* The connection's other end was not told, but the runtime's view of this event was. */
static bool is_traced_event(const struct view *view)
{
	const struct invocation_state *state =
		invocation_find(view->assembler, NULL, view->message->request_id);

	return state && !state->environment->is_remote &&
	       view->message->first_ns < state->invocation->start_ns + HANDOVER_NS;
}

static bool is_event(const struct fact_message *message)
{
	if (message->status && message->status != 200)
		return false;
	return message->request_id || !(message->flags & MESSAGE_CUT);
}

static void push_event(const struct view *view)
{
	const struct fact_message *message = view->message;
	struct question *question = question_find(view->connection, message->sequence);
	uint64_t asked_ns = question ? question->first_ns : 0;
	bool was_linked = question && !list_is_empty(&question->outstanding);
	struct environment_state *environment;
	struct invocation_state *state;

	if (question)
		question_free(question);
	if (!is_event(message))
		return;
	if (view->process)
		forget_remote(view);
	else if (is_traced_event(view))
		return;
	environment = resolve(view);
	if (!environment || is_known(view, environment) || is_begun_late(view, environment))
		return;
	if (question && !was_linked)
		next_written(view->assembler, environment, asked_ns);
	resolve_others(view->assembler, environment);
	close_forgotten(view, environment);
	environment_ready(environment, asked_ns ? asked_ns : message->first_ns);
	if (!environment->environment->invocations)
		runtime_api_set_function(view->assembler, environment, message->arn);
	state = begin(view, environment, message->first_ns, 0);
	if (!state)
		return;
	state->ends_at_response |= !list_is_empty(&environment->questions);
	if (view->process) {
		invocation_add_message(view->assembler, state, view->fact);
		ownership_note_event(view->assembler, state, view->fact);
	}
	if (!view->process) {
		state->invocation->dispatcher_tid = view->fact->tid;
		state->invocation->dispatched_ns = message->first_ns;
		state->invocation->dispatch_connection = view->connection->id;
	}
	hand_over(view, state);
}

/* The emulator's side of an event whose runtime is traced. */
static void push_dispatch(const struct view *view)
{
	const struct fact_message *message = view->message;
	struct connection *runtime = view->connection->peer;
	struct dispatch dispatch = {
		.is_set = true,
		.request_id = hash_of(message->request_id),
		.sequence = message->sequence,
		.first_ns = message->first_ns,
		.connection = view->connection->id,
		.tgid = view->fact->tgid,
		.tid = view->fact->tid,
	};

	if (!is_event(message))
		return;
	for (list_each(&view->assembler->handover, at)) {
		struct invocation_state *state = list_item(at, struct invocation_state, queue);

		if (state->connection == runtime->id && is_dispatch_of(&dispatch, state) &&
		    !state->is_begin_told) {
			list_remove(&state->queue);
			fill_dispatch(state, &dispatch);
			invocation_tell_begin(view->assembler, state);
			return;
		}
	}
	runtime->dispatch = dispatch;
}

/* ---- the response ---- */

static void respond(struct assembler *assembler, struct invocation_state *state,
		    enum invocation_status status, uint64_t response_ns)
{
	struct invocation *invocation = state->invocation;
	bool is_alone = !(invocation->flags & INVOCATION_CONCURRENT);

	state->has_response = true;
	invocation->status = status;
	invocation->response_ns = later_of(response_ns, invocation->start_ns);
	if (state->phase != PHASE_OPEN) {
		invocation->response_ns = earlier_of(invocation->response_ns, invocation->end_ns);
		return;
	}
	if (is_alone && state->next_ns && state->next_ns >= invocation->response_ns)
		invocation_close(assembler, state, state->next_ns, END_NEXT);
	else if (state->ends_at_response)
		invocation_close(assembler, state, invocation->response_ns, END_RESPONSE);
}

static enum invocation_status status_of(const struct fact_message *message)
{
	bool is_error = message->kind == MESSAGE_RUNTIME_ERROR || message->function_error;

	return is_error ? STATUS_ERROR : STATUS_OK;
}

static void fill_result(struct assembler *assembler, struct invocation *invocation,
			const struct fact_message *message)
{
	if (invocation->result_body.bytes == 0)
		invocation->result_body = message->body;
	if (invocation->result_json.bytes == 0)
		invocation->result_json = message->json;
	if (message->function_error && !invocation->function_error)
		invocation->function_error =
			assembler_own(assembler, &invocation->texts, message->function_error);
}

/* The event of this response was not told: it began before the recording, or was lost. */
static struct invocation_state *begin_late(const struct view *view,
					   struct environment_state *environment)
{
	struct dispatch *dispatch = &view->connection->dispatch;
	uint64_t id_hash = hash_of(view->message->request_id);
	struct invocation_state *state = NULL;

	if (id_hash && dispatch->is_set && dispatch->request_id == id_hash) {
		state = begin(view, environment, dispatch->first_ns, INVOCATION_INCOMPLETE);
		if (state) {
			state->invocation->start_border = START_DISPATCH;
			fill_dispatch(state, dispatch);
		}
		dispatch->is_set = false;
	} else if (environment->is_preexisting && !environment->environment->invocations) {
		state = begin(view, environment, view->assembler->options.start_monotonic_ns,
			      INVOCATION_START_INFERRED);
	}
	if (state) {
		state->is_begun_late = true;
		invocation_tell_begin(view->assembler, state);
	}
	return state;
}

/* The emulator's side of a response whose runtime is traced. False: of none that is. */
static bool push_taken(const struct view *view)
{
	const struct fact_message *message = view->message;
	const struct connection *peer = view->connection->peer;
	const struct process *runtime = peer ? process_find(&view->assembler->processes, peer->tgid)
					     : NULL;
	struct environment_state *environment = runtime ? runtime->environment : NULL;
	struct invocation_state *state =
		invocation_find(view->assembler, environment, message->request_id);

	if (!state)
		state = invocation_find(view->assembler, NULL, message->request_id);
	if (!state || state->environment->is_remote)
		return false;
	if (state->is_taken)
		return true;
	fill_result(view->assembler, state->invocation, message);
	state->taken_status = status_of(message);
	invocation_take(view->assembler, state, message->last_ns, message->last_tid);
	if (state->phase == PHASE_OPEN && !state->has_response)
		invocation_await_handover(view->assembler, state, HANDOVER_NS);
	return true;
}

/* The oldest with the response's id that has none yet: an id can be there twice at once. */
static struct invocation_state *find_unanswered(const struct view *view,
						const struct environment_state *environment)
{
	const char *request_id = view->message->request_id;

	if (!request_id)
		return invocation_oldest_open(environment);
	for (list_each(&environment->invocations, at)) {
		struct invocation_state *state = list_item(at, struct invocation_state, link);
		const char *own_id = state->invocation->request_id;

		if (!state->has_response && own_id && strcmp(own_id, request_id) == 0)
			return state;
	}
	return invocation_find(view->assembler, environment, request_id);
}

static void push_response(const struct view *view)
{
	const struct fact_message *message = view->message;
	struct environment_state *environment;
	struct invocation_state *state;

	if (!view->process && push_taken(view))
		return; /* the connection's other end was not told */
	environment = resolve(view);
	if (!environment)
		return;
	state = find_unanswered(view, environment);
	if (!state)
		state = begin_late(view, environment);
	if (!state || state->has_response || state->phase == PHASE_SETTLED)
		return;
	fill_result(view->assembler, state->invocation, message);
	if (view->process) {
		invocation_add_message(view->assembler, state, view->fact);
		ownership_note_response(view->assembler, state, view->fact);
	} else {
		invocation_take(view->assembler, state, message->last_ns, message->last_tid);
	}
	respond(view->assembler, state, status_of(message), message->last_ns);
	if (!view->process && state->invocation->end_border == END_RESPONSE)
		state->invocation->end_border = END_TAKEN;
}

/* Half of one: it counts as none, but what comes then says whether the runtime gave it up. */
static void push_cut_response(const struct view *view)
{
	const struct environment_state *environment = view->process->environment;
	struct invocation_state *state = environment ? invocation_find(view->assembler, environment,
								       view->message->request_id)
						     : NULL;

	if (state && state->phase == PHASE_OPEN)
		state->has_cut_response = true;
}

void runtime_api_adopt_taken(struct assembler *assembler, struct invocation_state *state)
{
	struct invocation *invocation = state->invocation;

	if (state->has_response || !state->taken_status || invocation->status == STATUS_TIMEOUT)
		return;
	invocation->flags |= INVOCATION_INCOMPLETE;
	respond(assembler, state, state->taken_status, invocation->taken_ns);
	if (invocation->end_border == END_RESPONSE)
		invocation->end_border = END_TAKEN;
}

/* ---- the door ---- */

void runtime_api_close(struct assembler *assembler, struct connection *connection)
{
	for (list_each(&connection->questions, at)) {
		struct question *question = list_item(at, struct question, link);

		if (!list_is_empty(&question->asking))
			resolve_question(assembler, question);
		question_free(question);
	}
}

static void push_runtime_side(const struct view *view)
{
	bool is_response = view->message->flags & MESSAGE_IS_RESPONSE;

	switch (view->message->kind) {
	case MESSAGE_RUNTIME_NEXT:
		if (is_response)
			push_event(view);
		else if (!(view->message->flags & MESSAGE_CUT))
			push_question(view);
		break;
	case MESSAGE_RUNTIME_RESPONSE:
	case MESSAGE_RUNTIME_ERROR:
		if (!is_response && !(view->message->flags & MESSAGE_CUT))
			push_response(view);
		else if (!is_response && view->process)
			push_cut_response(view);
		break;
	case MESSAGE_RUNTIME_INIT_ERROR:
	case MESSAGE_RUNTIME_RESTORE:
		if (!view->process)
			break;
		if (is_response)
			push_acknowledgement(view);
		else if (!(view->message->flags & MESSAGE_CUT))
			push_question(view);
		break;
	case MESSAGE_EXTENSION_NEXT:
		if (view->process)
			extensions_push_next(view->assembler, view->process, view->connection,
					     view->message);
		break;
	default:
		break;
	}
}

/* Either side's word is enough: what the extension does in between lasts by far longer. */
static void push_extension_seen(const struct view *view)
{
	const struct connection *peer = view->connection->peer;
	struct process *process = process_find(&view->assembler->processes, peer->tgid);

	if (process)
		extensions_push_next(view->assembler, process, peer, view->message);
}

static void push_emulator_side(const struct view *view)
{
	bool is_response = view->message->flags & MESSAGE_IS_RESPONSE;

	switch (view->message->kind) {
	case MESSAGE_RUNTIME_NEXT:
		if (is_response)
			push_dispatch(view);
		break;
	case MESSAGE_RUNTIME_RESPONSE:
	case MESSAGE_RUNTIME_ERROR:
		if (!is_response && !(view->message->flags & MESSAGE_CUT))
			push_taken(view);
		break;
	case MESSAGE_EXTENSION_NEXT:
		push_extension_seen(view);
		break;
	default:
		break;
	}
}

void runtime_api_push_message(struct assembler *assembler, const struct fact *fact,
			      struct connection *connection)
{
	struct view view = {
		.assembler = assembler,
		.fact = fact,
		.message = &fact->message,
		.connection = connection,
	};

	if (message_is_client_side(&fact->message)) {
		view.process = process_get(&assembler->processes, fact->tgid);
		if (view.process)
			push_runtime_side(&view);
	} else if (connection->peer) {
		push_emulator_side(&view);
	} else {
		push_runtime_side(&view);
	}
}
