// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * ownership.c - see ownership.h. Where an invocation is at home is known at the latest with its
 * response, and homes stay known for the next one; so whose a run or a call is, is decided when an
 * invocation is settled.
 */
#include "assemble/ownership.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "assemble/boundaries.h"
#include "assemble/environments.h"
#include "assemble/exchanges.h"
#include "assemble/invocations.h"
#include "base/trace_context.h"

#define DOUBTFUL_MAX 4096 /* calls that are kept of one environment */
#define ATTEMPTS_MAX 64	  /* of an invocation, looked at to find another one of a call */
#define WAKES_MAX 8	  /* threads that woke each other, looked at to find who began it */

/* struct run.touched: an invocation's bytes (its serial + 1), a doubtful call's, or different ones'. */
#define TOUCHED_CALL 0x80000000u
#define TOUCHED_SEVERAL UINT32_MAX

/* Who gave a thread the work that it did in one run. */
struct work {
	enum {
		WORK_UNKNOWN,
		WORK_NOBODYS,
		WORK_OF_THREAD,
		WORK_OF_INVOCATION
	} kind;
	uint32_t id; /* the thread's; or as in struct run.touched */
};

static uint32_t touched_of(const struct invocation_state *state)
{
	return (uint32_t)(state->serial % (TOUCHED_CALL - 1)) + 1;
}

static uint32_t touched_of_call(const struct exchange *exchange)
{
	return TOUCHED_CALL | (uint32_t)(exchange->id % (TOUCHED_CALL - 1));
}

/* ---- homes ---- */

/*
 * Languages whose code stays on the operating system's thread that it began on. Where it may move
 * (Go, Rust's and .NET's async code), a thread proves nothing.
 */
static bool stays_on_thread(const struct process *process)
{
	static const char *const programs[] = { "java", "node", "nodejs", "perl" };
	static const char *const prefixes[] = { "php", "python", "ruby" }; /* python3.11 */
	const char *program = process->identity.program;

	for (size_t i = 0; program && i < sizeof(programs) / sizeof(*programs); i++)
		if (strcmp(program, programs[i]) == 0)
			return true;
	for (size_t i = 0; program && i < sizeof(prefixes) / sizeof(*prefixes); i++)
		if (strncmp(program, prefixes[i], strlen(prefixes[i])) == 0)
			return true;
	return false;
}

/* The nearest of @process and its ancestors in which invocations are at home, or NULL. */
static const struct process *home_of_process(const struct assembler *assembler,
					     const struct process *process)
{
	for (unsigned int depth = 0; process && depth < PROCESS_DEPTH_MAX; depth++) {
		if (process->is_home)
			return process;
		process = process->is_dead ? process_find(&assembler->processes, process->heir_tgid)
					   : process->parent;
	}
	return NULL;
}

void ownership_note_event(struct assembler *assembler, struct invocation_state *state,
			  const struct fact *fact)
{
	struct process *process = process_find(&assembler->processes, fact->tgid);
	const struct thread *thread = thread_find(&assembler->processes, fact->tid);

	if (!process || state->environment->worker)
		return;
	process->is_home = true;
	state->invocation->home_tgid = process->tgid;
	if (!stays_on_thread(process))
		return;
	state->receiver_tid = fact->tid;
	if (thread && thread->process == process && thread->is_home)
		state->invocation->home_tid = thread->tid;
}

void ownership_note_thread(struct assembler *assembler, struct invocation_state *state,
			   const struct fact *fact)
{
	struct thread *thread = thread_get(&assembler->processes, fact->tgid, fact->tid);

	if (!thread || state->environment->worker)
		return;
	thread->process->is_home = true;
	thread->is_home = true;
	state->receiver_tid = thread->tid;
	state->invocation->home_tgid = thread->process->tgid;
	state->invocation->home_tid = thread->tid;
}

void ownership_note_response(struct assembler *assembler, struct invocation_state *state,
			     const struct fact *fact)
{
	const struct process *process = process_find(&assembler->processes, fact->tgid);
	const struct process *home = home_of_process(assembler, process);
	struct invocation *invocation = state->invocation;
	struct thread *thread;

	if (!process || state->environment->worker)
		return;
	if (!home || home->tgid != invocation->home_tgid) { /* it went elsewhere */
		invocation->home_tgid = invocation->home_tid = 0;
		return;
	}
	thread = thread_get(&assembler->processes, fact->tgid, fact->tid);
	if (process != home || !stays_on_thread(process) || !thread)
		return;
	thread->is_home = true;
	invocation->home_tid = thread->tid;
}

void ownership_note_end(struct process *process)
{
	struct environment_state *environment = process->environment;
	struct process *heir = process->parent;

	if (!environment || !process->is_home)
		return;
	if (!heir || heir->environment != environment)
		heir = NULL;
	for (list_each(&environment->invocations, at)) {
		struct invocation_state *state = list_item(at, struct invocation_state, link);

		if (state->invocation->home_tgid != process->tgid || state->phase != PHASE_OPEN)
			continue;
		state->invocation->home_tgid = heir ? heir->tgid : 0;
		state->invocation->home_tid = 0;
		process->is_home = false;
		if (heir)
			heir->is_home = true;
	}
}

static void touch(struct assembler *assembler, uint32_t tid, uint32_t touched, uint64_t time_ns)
{
	struct thread *thread = thread_find(&assembler->processes, tid);

	if (!thread)
		return;
	if (thread->touched && thread->touched != touched)
		touched = TOUCHED_SEVERAL;
	thread->touched = touched;
	thread->touched_ns = later_of(thread->touched_ns, time_ns);
	thread->has_helped = true;
}

static void touch_both(struct assembler *assembler, const struct fact *fact, uint32_t touched)
{
	const struct fact_message *message = &fact->message;

	touch(assembler, fact->tid, touched, message->first_ns);
	touch(assembler, message->last_tid ? message->last_tid : fact->tid, touched,
	      message->last_ns);
}

void ownership_note_loss(struct environment_state *environment)
{
	if (!environment->is_concurrent)
		return;
	for (list_each(&environment->processes, at)) {
		const struct process *process = list_item(at, struct process, member);

		for (list_each(&process->threads, inner))
			list_item(inner, struct thread, link)->has_helped = true;
	}
}

void ownership_note_bytes(struct assembler *assembler, const struct invocation_state *state,
			  const struct fact *fact)
{
	touch_both(assembler, fact, touched_of(state));
}

void ownership_note_call_bytes(struct assembler *assembler, const struct exchange *exchange,
			       const struct fact *fact)
{
	touch_both(assembler, fact, touched_of_call(exchange));
}

bool ownership_matters(const struct invocation_state *state)
{
	const struct environment_state *environment = state->environment;

	return !environment->worker && !environment->is_remote &&
	       (environment->is_concurrent || state->invocation->flags & INVOCATION_CONCURRENT);
}

bool ownership_is_awaited(const struct invocation_state *state, uint64_t now_ns)
{
	const struct invocation *invocation = state->invocation;

	if (!ownership_matters(state) || !invocation->home_tid ||
	    now_ns > invocation->end_ns + HOME_NS)
		return false;
	for (list_each(&state->environment->invocations, at)) {
		const struct invocation_state *other = list_item(at, struct invocation_state, link);

		if (other->phase == PHASE_OPEN && other->receiver_tid &&
		    !other->invocation->home_tid &&
		    other->invocation->home_tgid == invocation->home_tgid &&
		    other->invocation->start_ns < invocation->end_ns)
			return true;
	}
	return false;
}

/* ---- whose work a run is ---- */

static bool has_work_from(const struct run *before, const struct run *run)
{
	return before->off_reason == OFF_THROTTLED ||
	       (run->ready_ns == before->off_ns && run_is_interrupted(before));
}

/*
 * One step back: the run that gave run *@index of *@thread its work, or the same work before it was
 * interrupted. False: nobody did.
 */
static bool step_back(const struct assembler *assembler, struct thread **thread, size_t *index)
{
	const struct run_list *list = &(*thread)->runs;
	const struct run *run = &list->runs[*index];
	const struct process *process = (*thread)->process;
	uint32_t giver_tid = run->waker == WAKER_TASK ? run->waker_tid : 0;
	struct thread *giver;

	if (*index > list->first && has_work_from(run - 1, run)) {
		--*index;
		return true;
	}
	if (!giver_tid && (*thread)->start_ns && run->ready_ns == (*thread)->start_ns)
		giver_tid = (*thread)->creator_tid;
	giver = thread_find(&assembler->processes, giver_tid);
	if (!giver || giver == *thread || giver->process->environment != process->environment)
		return false;
	*thread = giver;
	*index = run_list_find(&giver->runs, run->ready_ns);
	return giver->is_home || *index != SIZE_MAX;
}

/* What is known by now of whose bytes were moved. 0: nothing. */
static uint32_t resolve_touched(const struct thread *thread, uint32_t touched)
{
	const struct environment_state *environment = thread->process->environment;
	const struct doubtful_call *call;

	if (touched == TOUCHED_SEVERAL || !environment)
		return 0;
	if (!(touched & TOUCHED_CALL))
		return touched;
	call = hash_map_find(&environment->doubtful_by_touched, touched);
	return call ? call->owner : 0;
}

static struct work work_of_run(const struct assembler *assembler, struct thread *thread,
			       size_t index)
{
	struct thread *helper = thread;
	uint32_t touched;

	for (unsigned int depth = 0; depth < WAKES_MAX; depth++) {
		if (thread->is_home) {
			helper->has_helped = true;
			return (struct work){ WORK_OF_THREAD, thread->tid };
		}
		touched = thread->runs.runs[index].touched;
		if (touched) {
			touched = resolve_touched(thread, touched);
			return (struct work){ touched ? WORK_OF_INVOCATION : WORK_UNKNOWN,
					      touched };
		}
		if (!step_back(assembler, &thread, &index))
			break;
	}
	return (struct work){ helper->has_helped ? WORK_UNKNOWN : WORK_NOBODYS, 0 };
}

static bool is_work_of(struct work work, const struct invocation_state *state)
{
	switch (work.kind) {
	case WORK_OF_THREAD:
		return work.id == state->invocation->home_tid;
	case WORK_OF_INVOCATION:
		return work.id == touched_of(state);
	case WORK_UNKNOWN:
	case WORK_NOBODYS:
		break;
	}
	return false;
}

/* ---- the timeline of one of several ---- */

struct place { /* where a thread is, seen from one invocation */
	enum run_scope scope;
	bool is_elsewhere;
	bool is_helper; /* each of its runs has to be looked at */
};

static struct place locate(const struct assembler *assembler, const struct invocation *invocation,
			   const struct process *home, const struct thread *thread)
{
	const struct process *process = thread->process;
	const struct thread *at_home = thread;

	if (!invocation->home_tgid)
		return (struct place){ .scope = SCOPE_HOME };
	if (!home)
		return (struct place){ .scope = SCOPE_ENVIRONMENT };
	if (home->tgid != invocation->home_tgid)
		return (struct place){ .is_elsewhere = true };
	if (!invocation->home_tid)
		return (struct place){ .scope = SCOPE_HOME };
	if (process != home) /* a child process works for the thread that started it */
		at_home = thread_find(&assembler->processes, process->creator_tid);
	if (at_home && at_home->is_home)
		return (struct place){ .scope = SCOPE_HOME,
				       .is_elsewhere = at_home->tid != invocation->home_tid };
	return (struct place){ .scope = SCOPE_PROCESS, .is_helper = process == home };
}

static enum run_scope scope_of_work(struct work work, const struct invocation_state *state,
				    struct place place)
{
	if (work.kind == WORK_UNKNOWN)
		return place.scope;
	return is_work_of(work, state) ? SCOPE_HOME : SCOPE_OTHERS;
}

static int add_runs(const struct assembler *assembler, const struct invocation_state *state,
		    struct timeline_builder *builder, struct thread *thread, struct place place)
{
	const struct invocation *invocation = state->invocation;
	struct run_window window =
		run_list_window(&thread->runs, invocation->start_ns, invocation->end_ns);
	struct run *runs = malloc((window.end - window.first + 1) * sizeof(*runs));
	size_t count = 0;

	if (!runs)
		return -ENOMEM;
	for (size_t i = window.first; i < window.end; i++) {
		struct work work = { .kind = WORK_UNKNOWN };

		if (place.is_helper)
			work = work_of_run(assembler, thread, i);
		if (work.kind == WORK_NOBODYS)
			continue;
		runs[count] = thread->runs.runs[i];
		runs[count++].scope = scope_of_work(work, state, place);
	}
	return timeline_builder_add(builder, thread, runs, count);
}

/* Work of an invocation itself, found by its bytes, needs no home to be its own. */
int ownership_fill(const struct assembler *assembler, const struct invocation_state *state,
		   struct timeline_builder *builder)
{
	const struct invocation *invocation = state->invocation;
	int error = 0;

	timeline_builder_start(builder, state->environment);
	for (list_each(&state->environment->processes, at)) {
		const struct process *process = list_item(at, struct process, member);
		const struct process *home = home_of_process(assembler, process);

		for (list_each(&process->threads, inner)) {
			struct thread *thread = list_item(inner, struct thread, link);
			struct place place = locate(assembler, invocation, home, thread);

			if (thread->worker || place.is_elsewhere ||
			    thread->start_ns >= invocation->end_ns ||
			    (thread->end_ns && thread->end_ns <= invocation->start_ns))
				continue;
			error = add_runs(assembler, state, builder, thread, place);
			if (error)
				return error;
		}
	}
	return 0;
}

/* ---- whose a call is ---- */

/* Where it can be known from where the thread is, whether its work can be that of @state. */
static bool is_possible(const struct assembler *assembler, const struct invocation_state *state,
			const struct fact *fact)
{
	const struct process *process = process_find(&assembler->processes, fact->tgid);
	const struct process *home = home_of_process(assembler, process);
	const struct thread *thread = thread_find(&assembler->processes, fact->tid);

	if (!process || !thread || thread->process != process)
		return true;
	return !locate(assembler, state->invocation, home, thread).is_elsewhere;
}

static bool is_open_at(const struct invocation_state *state, uint64_t time_ns)
{
	const struct invocation *invocation = state->invocation;

	return invocation->start_ns <= time_ns &&
	       (state->phase == PHASE_OPEN || invocation->end_ns > time_ns);
}

static bool parse_trace(struct trace_context *ret_context, const char *header)
{
	static const uint8_t none[sizeof(ret_context->trace_id)];

	return header && trace_context_parse_xray(ret_context, header) == 0 &&
	       memcmp(ret_context->trace_id, none, sizeof(none)) != 0;
}

/* By trace id; by the caller's span too, where several have the same trace id. */
static struct invocation_state *find_by_trace(const struct environment_state *environment,
					      const struct fact *fact)
{
	struct invocation_state *by_trace = NULL, *by_span = NULL;
	size_t traces = 0, spans = 0;
	struct trace_context call, event;

	if (!parse_trace(&call, fact->message.trace_header))
		return NULL;
	for (list_each(&environment->invocations, at)) {
		struct invocation_state *state = list_item(at, struct invocation_state, link);

		if (!is_open_at(state, fact->message.first_ns) ||
		    !parse_trace(&event, state->invocation->trace_header) ||
		    memcmp(call.trace_id, event.trace_id, sizeof(call.trace_id)) != 0)
			continue;
		by_trace = state;
		traces++;
		if (memcmp(call.span_id, event.span_id, sizeof(call.span_id)) != 0)
			continue;
		by_span = state;
		spans++;
	}
	if (traces == 1)
		return by_trace;
	return spans == 1 ? by_span : NULL;
}

static bool has_attempt(const struct invocation *invocation, const char *sdk_invocation_id)
{
	size_t count = invocation->attempt_count;
	size_t oldest = count > ATTEMPTS_MAX ? count - ATTEMPTS_MAX : 0;

	for (size_t i = count; i > oldest; i--) {
		const char *other = invocation->attempts[i - 1]->sdk_invocation_id;

		if (other && strcmp(other, sdk_invocation_id) == 0)
			return true;
	}
	return false;
}

/* Who made another attempt of the same call. An id that several have sent is copied, and proves nothing. */
static struct invocation_state *find_by_attempt(const struct environment_state *environment,
						const char *sdk_invocation_id, uint64_t time_ns)
{
	struct invocation_state *found = NULL;

	if (!sdk_invocation_id)
		return NULL;
	for (list_each(&environment->invocations, at)) {
		struct invocation_state *state = list_item(at, struct invocation_state, link);

		if (!has_attempt(state->invocation, sdk_invocation_id))
			continue;
		if (found)
			return NULL;
		found = state;
	}
	return found && is_open_at(found, time_ns) ? found : NULL;
}

/*
 * By the places where they are at home; by who received the event, before that is known, where no other
 * can be on that thread: an event loop receives them all.
 */
static struct invocation_state *find_by_place(const struct assembler *assembler,
					      const struct environment_state *environment,
					      const struct fact *fact, size_t *ret_count)
{
	struct invocation_state *found = NULL, *receiver = NULL;
	size_t count = 0, here = 0;

	for (list_each(&environment->invocations, at)) {
		struct invocation_state *state = list_item(at, struct invocation_state, link);
		uint32_t home_tid = state->invocation->home_tid;
		uint32_t place = home_tid ? home_tid : state->receiver_tid;

		if (!is_open_at(state, fact->message.first_ns) ||
		    !is_possible(assembler, state, fact))
			continue;
		found = state;
		count++;
		here += !place || place == fact->tid;
		if (!home_tid && place == fact->tid)
			receiver = state;
	}
	*ret_count = count;
	if (count == 1)
		return found;
	return here == 1 ? receiver : NULL;
}

struct invocation_state *ownership_of_call(const struct assembler *assembler,
					   const struct environment_state *environment,
					   const struct fact *fact, bool *ret_is_doubtful)
{
	struct invocation_state *found = find_by_trace(environment, fact);
	size_t count;

	*ret_is_doubtful = false;
	if (!found && fact->message.sdk_attempt > 1)
		found = find_by_attempt(environment, fact->message.sdk_invocation_id,
					fact->message.first_ns);
	if (found)
		return found;
	if (in_process_has_unseen(environment, fact->message.first_ns)) {
		*ret_is_doubtful = true;
		return NULL;
	}
	found = find_by_place(assembler, environment, fact, &count);
	*ret_is_doubtful = !found && count > 1;
	return found;
}

static void forget(struct environment_state *environment, struct doubtful_call *call)
{
	uint32_t touched = touched_of_call(call->exchange);

	if (hash_map_find(&environment->doubtful_by_touched, touched) == call)
		hash_map_remove(&environment->doubtful_by_touched, touched);
	environment->doubtful_count--;
	call->exchange->is_undecided = false;
	list_remove(&call->link);
	exchange_unref(call->exchange);
	free(call);
}

/*
 * The oldest stays without an owner, and what its bytes prove is lost: so the figures of those that are
 * not settled yet and can have made it are bounds. They are flagged when they are settled (until then
 * they would have all that is beside them flagged).
 */
static void give_up_oldest(struct environment_state *environment)
{
	struct doubtful_call *call =
		list_item(environment->doubtful.next, struct doubtful_call, link);

	for (list_each(&environment->invocations, at)) {
		struct invocation_state *state = list_item(at, struct invocation_state, link);

		if (state->invocation->start_ns > call->first_ns)
			break;
		if (is_open_at(state, call->first_ns))
			state->has_lost_calls = true;
	}
	forget(environment, call);
}

void ownership_add_doubtful(struct assembler *assembler, struct environment_state *environment,
			    struct exchange *exchange, uint64_t first_ns)
{
	struct doubtful_call *call = calloc(1, sizeof(*call));
	struct list *position = &environment->doubtful;

	if (!call ||
	    hash_map_put(&environment->doubtful_by_touched, touched_of_call(exchange), call)) {
		free(call);
		assembler_fail(assembler, -ENOMEM);
		return;
	}
	call->exchange = exchange_ref(exchange);
	call->first_ns = first_ns;
	call->is_shared = in_process_has_unseen(environment, first_ns);
	exchange->is_unowned = exchange->is_undecided = true;
	while (position->previous != &environment->doubtful &&
	       list_item(position->previous, struct doubtful_call, link)->first_ns > first_ns)
		position = position->previous;
	list_insert(position, &call->link);
	if (++environment->doubtful_count > DOUBTFUL_MAX)
		give_up_oldest(environment);
}

void ownership_drop_doubtful(struct environment_state *environment, struct exchange *exchange)
{
	struct doubtful_call *call =
		hash_map_find(&environment->doubtful_by_touched, touched_of_call(exchange));

	if (!call || call->exchange != exchange)
		return;
	exchange->is_unowned = false; /* nobody's call at all */
	forget(environment, call);
}

void ownership_trim(struct environment_state *environment)
{
	uint64_t horizon_ns = environment_horizon(environment, UINT64_MAX);

	for (list_each(&environment->doubtful, at)) {
		struct doubtful_call *call = list_item(at, struct doubtful_call, link);

		if (call->first_ns >= horizon_ns)
			break;
		forget(environment, call);
	}
}

/* Whether there can be other attempts of its call. */
static bool may_be_repeated(const struct exchange *exchange)
{
	return exchange->sdk_attempt > 1 || exchange->is_cut || exchange->status >= 400;
}

/*
 * With what became known since it was made of where they are at home, and of who tried again. Who woke the
 * thread that made it proves nothing: a pool's thread takes what others have left for it.
 */
static struct invocation_state *decide(const struct assembler *assembler,
				       const struct environment_state *environment,
				       const struct doubtful_call *call)
{
	struct fact fact = { .tgid = call->exchange->tgid, .tid = call->exchange->tid };
	struct invocation_state *found = NULL;
	size_t count;

	fact.message.first_ns = call->first_ns;
	if (may_be_repeated(call->exchange))
		found = find_by_attempt(environment, call->exchange->sdk_invocation_id,
					call->first_ns);
	return found ? found : find_by_place(assembler, environment, &fact, &count);
}

/* A connect before any of its candidates is not part of it. */
static void begin_within(struct exchange *exchange, const struct invocation *invocation)
{
	if (exchange->start_ns >= invocation->start_ns)
		return;
	exchange->start_ns += exchange->connect_ns;
	exchange->connect_ns = 0;
}

static void settle_call(struct assembler *assembler, struct invocation_state *state,
			struct doubtful_call *call)
{
	struct fact fact = { .tgid = call->exchange->tgid, .tid = call->exchange->tid };
	struct invocation_state *owner =
		call->is_shared ? NULL : decide(assembler, state->environment, call);

	if (owner) {
		call->owner = touched_of(owner);
		call->exchange->is_unowned = call->exchange->is_undecided = false;
		begin_within(call->exchange, owner->invocation);
		exchanges_adopt(assembler, owner, call->exchange);
	} else if (is_possible(assembler, state, &fact)) {
		call->is_shared = true;
		call->exchange->is_undecided = false;
		begin_within(call->exchange, state->invocation);
		state->invocation->flags |= INVOCATION_SHARED;
		assembler_fail(assembler, invocation_add_doubtful(state->invocation,
								  exchange_ref(call->exchange)));
	}
}

/* From the last one back: those of one that was short are near the end, however many are kept. */
static struct list *first_call_since(struct environment_state *environment, uint64_t start_ns)
{
	struct list *first = &environment->doubtful;

	while (first->previous != &environment->doubtful &&
	       list_item(first->previous, struct doubtful_call, link)->first_ns >= start_ns)
		first = first->previous;
	return first;
}

void ownership_settle_calls(struct assembler *assembler, struct invocation_state *state)
{
	struct environment_state *environment = state->environment;
	const struct invocation *invocation = state->invocation;

	for (struct list *at = first_call_since(environment, invocation->start_ns);
	     at != &environment->doubtful; at = at->next) {
		struct doubtful_call *call = list_item(at, struct doubtful_call, link);

		if (!is_open_at(state, call->first_ns))
			break;
		if (!call->owner)
			settle_call(assembler, state, call);
	}
	if (state->has_lost_calls)
		state->invocation->flags |= INVOCATION_INCOMPLETE;
}
