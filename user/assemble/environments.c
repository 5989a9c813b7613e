// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * environments.c - see environments.h. A process tree's environment keeps a list of its processes, dead
 * ones included, so that threads that were born and died inside an invocation are in its timeline.
 */
#include "assemble/environments.h"

#include <errno.h>
#include <stdlib.h>

#include "assemble/invocations.h"
#include "assemble/ownership.h"

#define CALLS_KEPT 32 /* of a process, before one looks for those that can be forgotten */

/* ---- the root ---- */

struct process *environment_find_below(struct process *process, const struct process *server)
{
	struct process *below = process;

	if (!server || !process_is_ancestor(server, process))
		return process;
	while (below->parent != server)
		below = below->parent;
	return below;
}

static bool is_beyond(const struct process *process, const struct process *server)
{
	return server && (process == server || process_is_ancestor(process, server));
}

struct process *environment_find_root(struct process *asker, const struct process *server)
{
	const struct process_identity *reference = NULL;
	struct process *root = asker, *at = asker;

	for (unsigned int depth = 0; at && depth < PROCESS_DEPTH_MAX; depth++, at = at->parent) {
		if (at != asker && (at->is_emulator || is_beyond(at, server)))
			break;
		if (!reference && at->identity.is_known) {
			if (!at->identity.runtime_api)
				break; /* the nearest that is known has none: nothing to compare */
			reference = &at->identity;
		}
		if (reference && process_holds_the_same(&at->identity, reference))
			root = at;
	}
	return reference ? root : environment_find_below(asker, server);
}

/* ---- making ---- */

static struct environment_state *environment_make(struct assembler *assembler,
						  enum boundary boundary)
{
	struct environment_state *state = calloc(1, sizeof(*state));

	if (state)
		state->environment = environment_new();
	if (!state || !state->environment) {
		free(state);
		assembler_fail(assembler, -ENOMEM);
		return NULL;
	}
	state->environment->id = assembler->environment_count++;
	state->environment->boundary = boundary;
	state->environment->since_ns = assembler->now_ns;
	state->environment->function = string_pool_intern(&assembler->strings, "?");
	list_init(&state->processes);
	list_init(&state->worker_link);
	list_init(&state->helpers);
	list_init(&state->invocations);
	list_init(&state->open);
	hash_map_init(&state->native_flows);
	list_init(&state->settled);
	list_init(&state->questions);
	list_init(&state->doubtful);
	hash_map_init(&state->doubtful_by_touched);
	list_insert(&assembler->environments, &state->link);
	return state;
}

/* ---- memory ---- */

/* Whether it is known whose memory its process has: an emulator that runs functions itself has its own. */
static bool has_own_memory(const struct environment_state *state)
{
	return !state->root || !state->root->identity.is_in_process;
}

/* An invocation's figure is final when the next event comes: until then its last look may still be due. */
static void raise_peak(struct environment_state *state, uint64_t sum_bytes, uint32_t processes,
		       uint64_t process_bytes)
{
	struct environment *environment = state->environment;
	bool has_risen = sum_bytes > environment->peak_rss_bytes;

	if (!has_own_memory(state))
		return;
	if (has_risen) {
		environment->peak_rss_bytes = sum_bytes;
		environment->peak_processes = processes;
	}
	if (process_bytes > environment->peak_process_bytes) {
		environment->peak_process_bytes = process_bytes;
		has_risen = true;
	}
	if (!has_risen)
		return;
	for (list_each(&state->invocations, at)) {
		struct invocation_state *open = list_item(at, struct invocation_state, link);

		if (open->phase == PHASE_OPEN || at->next == &state->invocations)
			invocation_note_memory(open);
	}
}

/*
 * Its memory is @rss_bytes now, and was at most @peak_rss_bytes since its image began. A mark that has risen
 * was reached since the last look, and the others are taken to have had then what they have now.
 */
static void set_rss(struct process *process, uint64_t rss_bytes, uint64_t peak_rss_bytes)
{
	struct environment_state *state = process->environment;
	bool has_risen = peak_rss_bytes > process->peak_rss_bytes;
	uint64_t others;

	if (state) {
		others = state->rss_bytes - process->rss_bytes;
		state->resident_count -= process->rss_bytes > 0;
		if (has_risen)
			raise_peak(state, others + later_of(rss_bytes, peak_rss_bytes),
				   state->resident_count + 1, later_of(rss_bytes, peak_rss_bytes));
		state->rss_bytes = others + rss_bytes;
		state->resident_count += rss_bytes > 0;
		raise_peak(state, state->rss_bytes, state->resident_count, rss_bytes);
	}
	process->rss_bytes = rss_bytes;
	process->peak_rss_bytes = later_of(process->peak_rss_bytes, peak_rss_bytes);
}

static void leave(struct process *process)
{
	if (process->environment) {
		process->environment->rss_bytes -= process->rss_bytes;
		process->environment->resident_count -= process->rss_bytes > 0;
	}
	list_remove(&process->member);
	process->environment = NULL;
}

void environment_join(struct process *process, struct environment_state *state)
{
	if (!process->environment) {
		state->environment->outside_active_ns += process->cpu_ns;
		state->environment->outside_wait_ns += process->wait_ns;
		process->cpu_ns = process->wait_ns = 0; /* it may outlive this one */
	}
	leave(process);
	process->environment = state;
	process->was_member = true;
	list_insert(&state->processes, &process->member);
	state->has_slices |= process->has_slices;
	state->rss_bytes += process->rss_bytes;
	state->resident_count += process->rss_bytes > 0;
	raise_peak(state, state->rss_bytes, state->resident_count, process->rss_bytes);
	raise_peak(state, process->peak_rss_bytes, 1, process->peak_rss_bytes);
}

static bool is_another_root(const struct process *process, const struct environment_state *state)
{
	return process->environment && process->environment != state &&
	       process->environment->root == process && !process->environment->is_over;
}

/* The next process of the tree in preorder, not below @process when @skips; NULL at the end. */
static struct process *tree_next(struct process *process, const struct process *root, bool skips)
{
	if (!skips && !list_is_empty(&process->children))
		return list_item(process->children.next, struct process, sibling);
	while (process != root) {
		struct process *parent = process->parent;

		if (process->sibling.next != &parent->children)
			return list_item(process->sibling.next, struct process, sibling);
		process = parent;
	}
	return NULL;
}

bool environment_is_below(struct process *process)
{
	for (struct process *at = process; at; at = tree_next(at, process, false))
		if (at->environment || !list_is_empty(&at->workers))
			return true;
	return false;
}

struct environment_state *environment_make_tree(struct assembler *assembler, enum boundary boundary,
						struct process *root)
{
	struct environment_state *state = environment_make(assembler, boundary);
	struct environment *environment = state ? state->environment : NULL;
	bool skips;

	if (!state)
		return NULL;
	state->root = root;
	state->is_preexisting = root->identity_ns == 0 && root->start_ns == 0;
	state->is_concurrent = root->identity.max_concurrency > 1;
	environment->tgid = root->tgid;
	environment->start_ns = root->identity_ns;
	if (root->was_there)
		environment->since_ns = assembler->options.start_monotonic_ns;
	environment->memory_mb = root->identity.memory_mb;
	environment->version = root->identity.version;
	for (struct process *at = root; at; at = tree_next(at, root, skips)) {
		skips = at != root && is_another_root(at, state);
		if (!skips)
			environment_join(at, state);
	}
	return state;
}

struct environment_state *environment_get_own(struct assembler *assembler, enum boundary boundary,
					      struct process *process)
{
	struct environment_state *state = process->environment;

	if (state && !state->is_over && state->root == process)
		return state->environment->boundary == boundary ? state : NULL;
	return environment_make_tree(assembler, boundary, process);
}

struct environment_state *environment_make_worker(struct assembler *assembler,
						  struct thread *worker)
{
	struct environment_state *state = environment_make(assembler, BOUNDARY_NODE_WORKER);
	struct environment *environment = state ? state->environment : NULL;

	if (!state)
		return NULL;
	state->worker = worker;
	state->is_preexisting = worker->start_ns == 0;
	state->has_slices = worker->runs.end > 0;
	environment->tgid = worker->process->tgid;
	environment->worker_tid = worker->tid;
	environment->dispatcher_tgid = worker->process->tgid;
	environment->start_ns = worker->start_ns;
	if (worker->process->was_there)
		environment->since_ns = assembler->options.start_monotonic_ns;
	for (size_t i = worker->runs.first; i < worker->runs.end; i++)
		environment->outside_active_ns +=
			worker->runs.runs[i].off_ns - worker->runs.runs[i].on_ns;
	list_insert(&worker->process->workers, &state->worker_link);
	worker->worker = state;
	return state;
}

struct environment_state *environment_make_remote(struct assembler *assembler, uint64_t remote)
{
	struct environment_state *state = environment_make(assembler, BOUNDARY_RUNTIME_API);

	if (!state)
		return NULL;
	state->is_remote = true;
	state->is_preexisting = true;
	state->remote = remote;
	assembler_fail(assembler, hash_map_put(&assembler->remotes, remote, state));
	return state;
}

void environment_inherit(struct process *child, const struct process *parent)
{
	if (parent && parent->environment && !parent->environment->is_over)
		environment_join(child, parent->environment);
}

struct environment_state *environment_of_thread(const struct assembler *assembler, uint32_t tgid,
						uint32_t tid)
{
	const struct thread *thread = thread_find(&assembler->processes, tid);
	const struct process *process = process_find(&assembler->processes, tgid);

	if (thread && thread->worker && thread->process == process)
		return thread->worker;
	return process ? process->environment : NULL;
}

/* ---- the end ---- */

void environment_free(struct assembler *assembler, struct environment_state *state)
{
	for (list_each(&state->invocations, at))
		invocation_free(assembler, list_item(at, struct invocation_state, link));
	for (list_each(&state->settled, at))
		invocation_free(assembler, list_item(at, struct invocation_state, link));
	for (list_each(&state->processes, at))
		leave(list_item(at, struct process, member));
	for (list_each(&state->questions, at)) /* they are their connections' */
		list_remove(at);
	ownership_trim(state);
	hash_map_release(&state->doubtful_by_touched);
	if (state->worker)
		state->worker->worker = NULL;
	for (list_each(&state->helpers, at))
		help_free(&assembler->processes, list_item(at, struct help, of_worker));
	list_remove(&state->worker_link);
	list_remove(&state->link);
	if (state->is_remote)
		hash_map_remove(&assembler->remotes, state->remote);
	environment_unref(state->environment);
	hash_map_release(&state->native_flows);
	intervals_release(&state->counted);
	intervals_release(&state->calls);
	free(state);
}

void environment_tell_begin(struct assembler *assembler, struct environment_state *state)
{
	if (state->is_begin_told)
		return;
	state->is_begin_told = true;
	if (assembler->sink.environment_begin)
		assembler_fail(assembler, assembler->sink.environment_begin(assembler->sink.context,
									    state->environment));
}

void environment_ready(struct environment_state *state, uint64_t time_ns)
{
	if (!state->environment->ready_ns)
		state->environment->ready_ns = time_ns;
}

void environment_tell_end(struct assembler *assembler, struct environment_state *state)
{
	if (state->is_end_told || !state->is_begin_told)
		return;
	state->is_end_told = true;
	if (assembler->sink.environment_end)
		assembler_fail(assembler, assembler->sink.environment_end(assembler->sink.context,
									  state->environment));
}

void environment_finish_dead(struct assembler *assembler, struct environment_state *state)
{
	if (!state->is_over || !list_is_empty(&state->invocations))
		return;
	environment_tell_end(assembler, state);
	if (list_is_empty(&state->settled))
		environment_free(assembler, state);
}

void environment_die(struct assembler *assembler, struct environment_state *state, uint64_t time_ns,
		     uint32_t exit_code)
{
	if (state->is_over)
		return;
	state->is_over = true;
	state->environment->end_ns = later_of(time_ns, state->environment->start_ns);
	state->environment->exit_code = exit_code;
	for (list_each(&state->invocations, at))
		invocation_close_dead(assembler, list_item(at, struct invocation_state, link),
				      time_ns, exit_code);
	environment_finish_dead(assembler, state);
}

/* ---- what is kept about it ---- */

static uint64_t first_open_call_ns(const struct process *process)
{
	uint64_t first_ns = UINT64_MAX;

	for (list_each(&process->connections, at)) {
		const struct connection *connection = list_item(at, struct connection, link);

		for (list_each(&connection->exchanges, inner)) {
			const struct exchange *exchange =
				list_item(inner, struct exchange_state, link)->exchange;

			if (exchange->is_client)
				first_ns = earlier_of(first_ns, exchange->start_ns);
		}
	}
	return first_ns;
}

void environment_note_call(struct assembler *assembler, const struct exchange *exchange)
{
	struct process *process = process_find(&assembler->processes, exchange->tgid);
	struct environment_state *state =
		environment_of_thread(assembler, exchange->tgid, exchange->tid);
	bool is_worker = state && state->worker;
	uint64_t added_ns, horizon_ns;
	struct intervals *calls;

	if (!process || (process->is_emulator && !is_worker) ||
	    (!state && !process->identity.runtime_api))
		return;
	calls = is_worker ? &state->calls : &process->calls;
	added_ns = intervals_uncovered(calls, exchange->start_ns, exchange->end_ns);
	if (state)
		state->environment->outside_wait_ns += added_ns;
	else
		process->wait_ns += added_ns;
	horizon_ns = calls->count < CALLS_KEPT ? 0 : first_open_call_ns(process);
	assembler_fail(assembler,
		       intervals_add(calls, exchange->start_ns, exchange->end_ns, horizon_ns));
}

uint64_t environment_horizon(const struct environment_state *state, uint64_t default_ns)
{
	const struct invocation_state *first;

	if (list_is_empty(&state->invocations))
		return default_ns;
	first = list_item(state->invocations.next, struct invocation_state, link);
	return earlier_of(default_ns, first->invocation->start_ns);
}

uint64_t process_horizon(const struct process *process, uint64_t default_ns)
{
	const struct invocation_state *first;

	if (process->environment)
		default_ns = environment_horizon(process->environment, default_ns);
	if (list_is_empty(&process->invocations))
		return default_ns;
	first = list_item(process->invocations.next, struct invocation_state, of_process);
	return earlier_of(default_ns, first->invocation->start_ns);
}

uint32_t environment_count_id(struct environment_state *state, uint64_t id_hash)
{
	for (uint32_t i = 0; i < RECENT_IDS; i++)
		if (state->recent_ids[i] == id_hash)
			return ++state->recent_counts[i];
	state->recent_ids[state->recent_next] = id_hash;
	state->recent_counts[state->recent_next] = 0;
	state->recent_next = (state->recent_next + 1) % RECENT_IDS;
	return 0;
}

void environment_push_memory(struct process *process, uint64_t rss_bytes, uint64_t peak_rss_bytes)
{
	set_rss(process, rss_bytes, later_of(rss_bytes, peak_rss_bytes));
}

void environment_begin_image(struct process *process)
{
	set_rss(process, 0, 0);
	process->peak_rss_bytes = 0;
}
