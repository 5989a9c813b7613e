// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * invocations.c - see invocations.h. Three queues wait for time to pass: begun ones for the other
 * side's view of the hand-over, ended ones for their threads' last runs, settled ones for TAKEN. They
 * are in order of what is due, and nearly all comes in at the end.
 */
#include "assemble/invocations.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "assemble/boundaries.h"
#include "assemble/environments.h"
#include "assemble/exchanges.h"
#include "assemble/failed_connects.h"
#include "assemble/opened.h"
#include "assemble/ownership.h"
#include "assemble/timelines.h"
#include "base/lambda_name.h"
#include "base/units.h"

/* ---- queues and ids ---- */

static void enqueue(struct list *queue, struct invocation_state *state, uint64_t due_ns)
{
	struct list *position = queue;

	list_remove(&state->queue);
	state->due_ns = due_ns;
	while (position->previous != queue &&
	       list_item(position->previous, struct invocation_state, queue)->due_ns > due_ns)
		position = position->previous;
	list_insert(position, &state->queue);
}

/* It is freed as soon as nobody looks at it any more. */
static void end_waiting(struct assembler *assembler, struct invocation_state *state)
{
	list_remove(&state->queue);
	list_insert(&assembler->finished, &state->queue);
}

static struct invocation_state *next_due(struct list *queue, uint64_t now_ns)
{
	struct invocation_state *first;

	if (list_is_empty(queue))
		return NULL;
	first = list_item(queue->next, struct invocation_state, queue);
	return first->due_ns <= now_ns ? first : NULL;
}

static uint64_t hash_of_id(const char *request_id)
{
	return request_id ? hash_bytes(request_id, strlen(request_id)) | 1 : 0;
}

static int index_id(struct assembler *assembler, struct invocation_state *state)
{
	struct invocation_state *newest = hash_map_find(&assembler->by_request_id, state->id_hash);

	if (newest)
		list_insert(&newest->by_id, &state->by_id);
	return hash_map_put(&assembler->by_request_id, state->id_hash, state);
}

static void unindex_id(struct assembler *assembler, struct invocation_state *state)
{
	struct hash_map *map = &assembler->by_request_id;

	if (!state->id_hash || hash_map_find(map, state->id_hash) != state) {
		list_remove(&state->by_id);
		return;
	}
	if (list_is_empty(&state->by_id)) {
		hash_map_remove(map, state->id_hash);
		return;
	}
	/* The key is there already: this cannot fail. */
	hash_map_put(map, state->id_hash,
		     list_item(state->by_id.next, struct invocation_state, by_id));
	list_remove(&state->by_id);
}

struct invocation_state *invocation_find(const struct assembler *assembler,
					 const struct environment_state *environment,
					 const char *request_id)
{
	uint64_t id_hash = hash_of_id(request_id);
	struct invocation_state *first = id_hash ? hash_map_find(&assembler->by_request_id, id_hash)
						 : NULL;
	struct invocation_state *at = first;

	while (at) {
		if ((!environment || at->environment == environment) &&
		    at->invocation->request_id &&
		    strcmp(at->invocation->request_id, request_id) == 0)
			return at;
		at = list_item(at->by_id.next, struct invocation_state, by_id);
		if (at == first)
			break;
	}
	return NULL;
}

size_t invocation_find_at(const struct environment_state *environment, uint64_t time_ns,
			  struct invocation_state **ret_first)
{
	size_t count = 0;

	for (list_each(&environment->invocations, at)) {
		struct invocation_state *state = list_item(at, struct invocation_state, link);
		const struct invocation *invocation = state->invocation;

		if (invocation->start_ns > time_ns)
			break;
		if (state->phase == PHASE_SETTLING && invocation->end_ns <= time_ns)
			continue;
		if (count == 0)
			*ret_first = state;
		if (++count == 2)
			break;
	}
	return count;
}

struct invocation_state *invocation_oldest_open(const struct environment_state *environment)
{
	for (list_each(&environment->invocations, at)) {
		struct invocation_state *state = list_item(at, struct invocation_state, link);

		if (state->phase == PHASE_OPEN)
			return state;
	}
	return NULL;
}

uint64_t deadline_to_monotonic(const struct assembler *assembler, uint64_t deadline_ms)
{
	const struct assembler_options *options = &assembler->options;
	uint64_t deadline_ns;

	if (!deadline_ms || __builtin_mul_overflow(deadline_ms, NS_PER_MS, &deadline_ns) ||
	    __builtin_add_overflow(deadline_ns, options->start_monotonic_ns, &deadline_ns) ||
	    deadline_ns <= options->start_realtime_ns)
		return 0;
	return deadline_ns - options->start_realtime_ns;
}

void invocation_add_carriers(struct assembler *assembler, struct invocation_state *state,
			     uint32_t tid, uint32_t last_tid)
{
	if (tid)
		assembler_fail(assembler, invocation_add_carrier(state->invocation, tid));
	if (last_tid && last_tid != tid)
		assembler_fail(assembler, invocation_add_carrier(state->invocation, last_tid));
}

void invocation_add_message(struct assembler *assembler, struct invocation_state *state,
			    const struct fact *fact)
{
	invocation_add_carriers(assembler, state, fact->tid, fact->message.last_tid);
	ownership_note_bytes(assembler, state, fact);
}

/* ---- loss ---- */

static bool loss_touches(const struct fact_loss *loss, const struct invocation_state *state)
{
	const struct invocation *invocation = state->invocation;

	return loss->to_ns >= invocation->start_ns &&
	       (state->phase == PHASE_OPEN || loss->from_ns <= invocation->end_ns);
}

void invocations_note_loss(struct assembler *assembler, const struct fact_loss *loss)
{
	struct fact_loss *kept = &assembler->losses[assembler->loss_next];

	/* When there are more, the oldest ranges grow together: rather too many flags than too few. */
	if (assembler->loss_count == RECENT_LOSSES) {
		kept->from_ns = earlier_of(kept->from_ns, loss->from_ns);
		kept->to_ns = later_of(kept->to_ns, loss->to_ns);
	} else {
		*kept = *loss;
		assembler->loss_count++;
	}
	assembler->loss_next = (assembler->loss_next + 1) % RECENT_LOSSES;
	for (list_each(&assembler->environments, at)) {
		struct environment_state *environment =
			list_item(at, struct environment_state, link);

		ownership_note_loss(environment);
		for (list_each(&environment->invocations, inner)) {
			struct invocation_state *state =
				list_item(inner, struct invocation_state, link);

			if (loss_touches(loss, state))
				state->invocation->flags |= INVOCATION_INCOMPLETE;
		}
	}
}

/*
 * Where several can be open, an event that was lost may still be worked on after that, until the time-out
 * that the environment keeps to.
 */
static bool loss_can_matter(const struct fact_loss *loss, const struct invocation_state *state)
{
	const struct environment_state *environment = state->environment;
	uint64_t timeout_ns = environment->timeout_ns ? environment->timeout_ns : RUN_NS_MAX;
	struct fact_loss while_open = *loss;

	if (environment->is_concurrent &&
	    __builtin_add_overflow(loss->to_ns, timeout_ns + TIMEOUT_LATE_NS, &while_open.to_ns))
		while_open.to_ns = UINT64_MAX;
	return loss_touches(&while_open, state);
}

static void apply_losses(const struct assembler *assembler, struct invocation_state *state)
{
	for (size_t i = 0; i < assembler->loss_count; i++)
		if (loss_can_matter(&assembler->losses[i], state))
			state->invocation->flags |= INVOCATION_INCOMPLETE;
}

/* How long its events can take, by what it was told; one that ran on was not ended for that. */
static void learn_timeout(struct environment_state *environment,
			  const struct invocation *invocation)
{
	if (invocation->flags & INVOCATION_OVER_DEADLINE)
		environment->timeout_ns = RUN_NS_MAX;
	else if (invocation->deadline_ns > invocation->start_ns)
		environment->timeout_ns = later_of(environment->timeout_ns,
						   invocation->deadline_ns - invocation->start_ns);
}

/* ---- begin ---- */

/*
 * A cold start: the first invocation of an environment whose start was seen (SEMANTICS 2, init). Of one
 * that was restored from a snapshot the INIT before that is not this start's: it lasts since the restore.
 */
static void set_init(struct invocation_state *state)
{
	struct environment_state *environment = state->environment;
	struct environment *model = environment->environment;
	struct invocation *invocation = state->invocation;

	if (model->invocations > 1 || environment->is_preexisting || environment->has_no_init)
		return;
	invocation->is_cold = true;
	if (!model->start_ns)
		invocation->flags |= INVOCATION_NO_INIT;
	if (invocation->flags & INVOCATION_NO_INIT)
		return;
	invocation->init_end_ns = model->ready_ns ? model->ready_ns : invocation->start_ns;
	invocation->init_end_ns = earlier_of(invocation->init_end_ns, invocation->start_ns);
	invocation->init_start_ns =
		earlier_of(later_of(model->start_ns, model->restored_ns), invocation->init_end_ns);
}

static void set_concurrent(struct invocation_state *state)
{
	state->ends_at_response = true;
	state->invocation->flags |= INVOCATION_CONCURRENT;
}

/* All that are open beside the first one were noted when they began, and the first one then. */
static void note_concurrency(struct invocation_state *state)
{
	struct environment_state *environment = state->environment;
	struct invocation_state *first =
		list_item(environment->open.next, struct invocation_state, open);

	state->ends_at_response = environment->is_concurrent;
	if (first == state)
		return;
	set_concurrent(first);
	set_concurrent(state);
}

static void fill_from_start(struct assembler *assembler, struct invocation_state *state,
			    const struct invocation_start *start)
{
	struct environment *environment = state->environment->environment;
	struct invocation *invocation = state->invocation;
	struct lambda_name name;

	state->serial = assembler->invocation_count++;
	invocation->id = state->serial;
	invocation->environment = environment_ref(environment);
	invocation->start_ns = start->start_ns;
	invocation->flags = start->flags;
	invocation->start_border =
		start->flags & INVOCATION_START_INFERRED ? START_RECORDING : (uint8_t)start->border;
	invocation->deadline_ns = start->deadline_ns;
	invocation->event_body = start->body;
	invocation->event_json = start->json;
	invocation->status = STATUS_CUT;
	invocation->memory_mb = start->memory_mb ? start->memory_mb : environment->memory_mb;
	invocation->function = start->function
				       ? string_pool_intern(&assembler->strings, start->function)
				       : environment->function;
	invocation->arn = string_pool_intern(&assembler->strings, start->arn);
	if (start->arn && !lambda_name_parse(&name, start->arn, strlen(start->arn), false) &&
	    name.qualifier[0])
		invocation->qualifier = string_pool_intern(&assembler->strings, name.qualifier);
	invocation->request_id = assembler_own(assembler, &invocation->texts, start->request_id);
	invocation->trace_header =
		assembler_own(assembler, &invocation->texts, start->trace_header);
	invocation->dispatcher_tgid = environment->dispatcher_tgid;
}

/* In order of start. */
static void list_of_process(struct list *invocations, struct invocation_state *state)
{
	struct list *position = invocations;

	while (position->previous != invocations &&
	       list_item(position->previous, struct invocation_state, of_process)
			       ->invocation->start_ns > state->invocation->start_ns)
		position = position->previous;
	list_insert(position, &state->of_process);
}

struct invocation_state *invocation_open(struct assembler *assembler,
					 struct environment_state *environment,
					 const struct invocation_start *start)
{
	struct invocation_state *state = calloc(1, sizeof(*state));
	struct list *position = &environment->invocations;

	if (state)
		state->invocation = invocation_new();
	if (!state || !state->invocation) {
		free(state);
		assembler_fail(assembler, -ENOMEM);
		return NULL;
	}
	state->environment = environment;
	list_init(&state->link);
	list_init(&state->open);
	list_init(&state->of_process);
	list_init(&state->queue);
	list_init(&state->by_id);
	list_init(&state->open_attempts);
	fill_from_start(assembler, state, start);
	while (position->previous != &environment->invocations &&
	       list_item(position->previous, struct invocation_state, link)->invocation->start_ns >
		       start->start_ns)
		position = position->previous;
	list_insert(position, &state->link);
	list_insert(&environment->open, &state->open);
	if (environment->worker)
		list_of_process(&environment->worker->process->invocations, state);
	invocation_note_memory(state);
	environment->untold_count++;
	environment->environment->invocations++;
	environment->environment->since_ns =
		earlier_of(environment->environment->since_ns, start->start_ns);
	state->id_hash = hash_of_id(start->request_id);
	if (state->id_hash) {
		state->invocation->occurrence = environment_count_id(environment, state->id_hash);
		assembler_fail(assembler, index_id(assembler, state));
	}
	set_init(state);
	note_concurrency(state);
	apply_losses(assembler, state);
	return state;
}

void invocation_await_handover(struct assembler *assembler, struct invocation_state *state,
			       uint64_t patience_ns)
{
	enqueue(&assembler->handover, state, assembler->now_ns + patience_ns);
}

void invocation_tell_begin(struct assembler *assembler, struct invocation_state *state)
{
	if (state->is_begin_told)
		return;
	state->is_begin_told = true;
	state->environment->untold_count--;
	environment_tell_begin(assembler, state->environment);
	if (assembler->sink.invocation_begin)
		assembler_fail(assembler, assembler->sink.invocation_begin(assembler->sink.context,
									   state->invocation));
}

void invocation_note_memory(struct invocation_state *state)
{
	const struct environment *environment = state->environment->environment;

	state->invocation->peak_rss_bytes = environment->peak_rss_bytes;
	state->invocation->peak_processes = environment->peak_processes;
	state->invocation->peak_process_bytes = environment->peak_process_bytes;
}

/* ---- end ---- */

void invocation_close(struct assembler *assembler, struct invocation_state *state, uint64_t end_ns,
		      enum end_border border)
{
	struct invocation *invocation = state->invocation;
	uint64_t settle_ns = assembler->options.settle_ns;

	if (state->phase != PHASE_OPEN)
		return;
	invocation_tell_begin(assembler, state);
	invocation->end_ns = later_of(end_ns, invocation->start_ns);
	invocation->end_border = (uint8_t)border;
	if (invocation->response_ns > invocation->end_ns)
		invocation->response_ns = invocation->end_ns;
	if (invocation->deadline_ns && invocation->end_ns > invocation->deadline_ns &&
	    invocation->status != STATUS_TIMEOUT)
		invocation->flags |= INVOCATION_OVER_DEADLINE;
	invocation->is_over = true;
	state->phase = PHASE_SETTLING;
	list_remove(&state->open);
	enqueue(&assembler->settling, state, invocation->end_ns + settle_ns);
}

/* Whether it was ended from outside: by a signal, or after handling one. */
static bool is_killed_by_signal(uint32_t exit_code)
{
	uint32_t signal_number = exit_code & 0x7f, status = exit_code >> 8 & 0xff;

	return signal_number == SIGKILL || signal_number == SIGTERM || status == 128 + SIGKILL ||
	       status == 128 + SIGTERM;
}

/*
 * Whether the emulator ended it for its deadline. A process gets a signal. A worker thread does not; its
 * deadline is counted on the same clock, and what else would end it would do so at any time.
 */
static bool is_timed_out(const struct invocation_state *state, uint64_t end_ns, uint32_t exit_code)
{
	uint64_t deadline_ns = state->invocation->deadline_ns;

	if (!deadline_ns)
		return false;
	if (!state->environment->worker)
		return end_ns + KILL_EARLY_NS >= deadline_ns && is_killed_by_signal(exit_code);
	return end_ns + WORKER_END_EARLY_NS >= deadline_ns &&
	       end_ns <= deadline_ns + WORKER_END_LATE_NS && !(exit_code & 0x7f);
}

void invocation_close_dead(struct assembler *assembler, struct invocation_state *state,
			   uint64_t end_ns, uint32_t exit_code)
{
	struct invocation *invocation = state->invocation;

	if (state->phase != PHASE_OPEN)
		return;
	if (!state->has_response)
		invocation->status = is_timed_out(state, end_ns, exit_code) ? STATUS_TIMEOUT
									    : STATUS_KILLED;
	if (state->pending_end_ns)
		invocation_close(assembler, state, state->pending_end_ns, END_NEXT);
	else
		invocation_close(assembler, state, end_ns, END_DEATH);
}

void invocation_take(struct assembler *assembler, struct invocation_state *state, uint64_t taken_ns,
		     uint32_t taker_tid)
{
	struct invocation *invocation = state->invocation;

	if (state->is_taken)
		return;
	state->is_taken = true;
	invocation->taken_ns = taken_ns;
	invocation->taker_tid = taker_tid;
	invocation_tell_begin(assembler, state);
	if (assembler->sink.invocation_taken)
		assembler_fail(assembler, assembler->sink.invocation_taken(assembler->sink.context,
									   invocation));
	if (state->phase == PHASE_SETTLED)
		end_waiting(assembler, state);
}

/* ---- settled ---- */

void invocation_free(struct assembler *assembler, struct invocation_state *state)
{
	for (list_each(&state->open_attempts, at)) {
		struct exchange_state *attempt = list_item(at, struct exchange_state, open);

		attempt->owner = NULL;
		list_remove(&attempt->open);
	}
	state->environment->untold_count -= !state->is_begin_told;
	failed_connects_release(state);
	opened_release(state);
	unindex_id(assembler, state);
	list_remove(&state->link);
	list_remove(&state->open);
	list_remove(&state->of_process);
	list_remove(&state->queue);
	invocation_unref(state->invocation);
	free(state);
}

static void settle(struct assembler *assembler, struct invocation_state *state)
{
	struct invocation *invocation = state->invocation;
	struct environment_state *environment = state->environment;
	struct timeline_builder builder;
	int error;

	list_remove(&state->queue);
	if (state->is_taken && !state->has_response)
		runtime_api_adopt_taken(assembler, state);
	learn_timeout(environment, invocation);
	ownership_settle_calls(assembler, state);
	exchanges_cut_attempts(assembler, state);
	apply_losses(assembler, state);
	timeline_builder_init(&builder);
	error = timeline_builder_fill(&builder, environment, invocation->start_ns,
				      invocation->end_ns);
	if (!error)
		timelines_count(assembler, environment, &builder.timeline, invocation->start_ns,
				invocation->end_ns);
	if (!error && ownership_matters(state))
		error = ownership_fill(assembler, state, &builder);
	if (!error && assembler->sink.invocation_settled)
		error = assembler->sink.invocation_settled(assembler->sink.context, invocation,
							   &builder.timeline);
	timeline_builder_release(&builder);
	assembler_fail(assembler, error);
	state->phase = PHASE_SETTLED;
	list_remove(&state->link);
	list_remove(&state->of_process);
	list_insert(&environment->settled, &state->link);
	ownership_trim(environment);
	if (state->is_taken)
		end_waiting(assembler, state);
	else
		enqueue(&assembler->lingering, state, assembler->now_ns + LINGER_NS);
	environment_finish_dead(assembler, environment);
}

static void forget(struct assembler *assembler, struct invocation_state *state)
{
	struct environment_state *environment = state->environment;

	invocation_free(assembler, state);
	environment_finish_dead(assembler, environment);
}

/* Whether one that was open beside @state may still be none, as long as its begin is not told. */
static bool is_beside_untold(const struct invocation_state *state)
{
	if (!state->environment->untold_count)
		return false;
	for (list_each(&state->environment->invocations, at)) {
		const struct invocation_state *other = list_item(at, struct invocation_state, link);

		if (!other->is_begin_told &&
		    other->invocation->start_ns < state->invocation->end_ns)
			return true;
	}
	return false;
}

void invocations_advance(struct assembler *assembler)
{
	struct invocation_state *state;

	while ((state = next_due(&assembler->handover, assembler->now_ns))) {
		list_remove(&state->queue);
		invocation_tell_begin(assembler, state);
		if (state->is_taken && !state->has_response)
			runtime_api_adopt_taken(assembler, state);
	}
	while ((state = next_due(&assembler->settling, assembler->now_ns))) {
		if (ownership_is_awaited(state, assembler->now_ns) || is_beside_untold(state))
			enqueue(&assembler->settling, state, assembler->now_ns + HOME_AGAIN_NS);
		else
			settle(assembler, state);
	}
	for (list_each(&assembler->finished, at))
		forget(assembler, list_item(at, struct invocation_state, queue));
	while ((state = next_due(&assembler->lingering, assembler->now_ns)))
		forget(assembler, state);
}

void invocations_settle_all(struct assembler *assembler)
{
	while (!list_is_empty(&assembler->settling))
		settle(assembler,
		       list_item(assembler->settling.next, struct invocation_state, queue));
}
