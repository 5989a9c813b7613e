// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * process_table.c - see process_table.h. A dead thread stays under its id until the id is used again
 * or it is trimmed: its last slice is told after its exit.
 */
#include "assemble/process_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void process_table_init(struct process_table *table, struct string_pool *strings)
{
	hash_map_init(&table->processes);
	hash_map_init(&table->threads);
	hash_map_init(&table->helps);
	list_init(&table->all);
	table->strings = strings;
}

static uint64_t help_key(const struct thread *thread, const struct environment_state *worker)
{
	return hash_mix(thread->number) ^ (uint64_t)(uintptr_t)worker;
}

struct help *help_find(const struct process_table *table, const struct thread *thread,
		       const struct environment_state *worker)
{
	return hash_map_find(&table->helps, help_key(thread, worker));
}

struct help *help_new(struct process_table *table, struct thread *thread,
		      struct environment_state *worker)
{
	struct help *help = calloc(1, sizeof(*help));

	if (!help)
		return NULL;
	if (hash_map_put(&table->helps, help_key(thread, worker), help)) {
		free(help);
		return NULL;
	}
	help->thread = thread;
	help->worker = worker;
	run_list_init(&help->runs);
	list_init(&help->of_worker);
	list_init(&help->of_thread);
	list_insert(&thread->helped, &help->of_thread);
	return help;
}

void help_free(struct process_table *table, struct help *help)
{
	hash_map_remove(&table->helps, help_key(help->thread, help->worker));
	if (help->thread->helping == help)
		help->thread->helping = NULL;
	list_remove(&help->of_thread);
	list_remove(&help->of_worker);
	run_list_release(&help->runs);
	free(help);
}

static void thread_free(struct process_table *table, struct thread *thread)
{
	if (hash_map_find(&table->threads, thread->tid) == thread)
		hash_map_remove(&table->threads, thread->tid);
	for (list_each(&thread->helped, at))
		help_free(table, list_item(at, struct help, of_thread));
	list_remove(&thread->link);
	run_list_release(&thread->runs);
	free(thread);
}

void process_free(struct process_table *table, struct process *process)
{
	if (hash_map_find(&table->processes, process->tgid) == process)
		hash_map_remove(&table->processes, process->tgid);
	for (list_each(&process->threads, at))
		thread_free(table, list_item(at, struct thread, link));
	list_remove(&process->children);
	list_remove(&process->sibling);
	list_remove(&process->connections);
	list_remove(&process->member);
	list_remove(&process->workers);
	list_remove(&process->invocations);
	list_remove(&process->link);
	intervals_release(&process->calls);
	free(process);
}

void process_table_release(struct process_table *table)
{
	for (list_each(&table->all, at))
		process_free(table, list_item(at, struct process, link));
	hash_map_release(&table->processes);
	hash_map_release(&table->threads);
	hash_map_release(&table->helps);
}

static struct process *process_new(struct process_table *table, uint32_t tgid)
{
	struct process *process = calloc(1, sizeof(*process));

	if (!process)
		return NULL;
	process->tgid = tgid;
	if (hash_map_put(&table->processes, tgid, process)) {
		free(process);
		return NULL;
	}
	list_init(&process->children);
	list_init(&process->sibling);
	list_init(&process->threads);
	list_init(&process->connections);
	list_init(&process->member);
	list_init(&process->workers);
	list_init(&process->invocations);
	list_insert(&table->all, &process->link);
	return process;
}

static struct thread *thread_new(struct process_table *table, struct process *process, uint32_t tid)
{
	struct thread *thread = calloc(1, sizeof(*thread));

	if (!thread)
		return NULL;
	thread->tid = tid;
	thread->process = process;
	thread->number = table->thread_count++;
	list_init(&thread->helped);
	run_list_init(&thread->runs);
	if (hash_map_put(&table->threads, tid, thread)) {
		free(thread);
		return NULL;
	}
	list_insert(&process->threads, &thread->link);
	return thread;
}

struct process *process_get(struct process_table *table, uint32_t tgid)
{
	struct process *process = process_find(table, tgid);

	if (!tgid || (process && !process->is_dead))
		return process;
	return process_new(table, tgid);
}

bool thread_goes_on(const struct process_table *table, uint32_t tid, uint64_t start_ns,
		    uint64_t end_ns, uint64_t limit_ns)
{
	const struct thread *thread;

	if (end_ns <= start_ns + limit_ns)
		return true;
	thread = thread_find(table, tid);
	return thread && !run_list_blocks_longer(&thread->runs, start_ns, end_ns, limit_ns);
}

struct thread *thread_get(struct process_table *table, uint32_t tgid, uint32_t tid)
{
	struct process *process = process_get(table, tgid);
	struct thread *thread = thread_find(table, tid);

	if (!process || !tid)
		return NULL;
	if (thread && !thread->end_ns && thread->process == process)
		return thread;
	return thread_new(table, process, tid);
}

bool process_is_ancestor(const struct process *ancestor, const struct process *process)
{
	for (unsigned int depth = 0; process && depth < PROCESS_DEPTH_MAX; depth++) {
		process = process->parent;
		if (process == ancestor)
			return process != NULL;
	}
	return false;
}

/* Does nothing where it would close a circle, which only wrong facts could. */
static void process_set_parent(struct process *process, struct process *parent)
{
	if (!parent || parent == process || process->parent || process_is_ancestor(process, parent))
		return;
	process->parent = parent;
	list_remove(&process->sibling);
	list_insert(&parent->children, &process->sibling);
}

int process_table_seen(struct process_table *table, const struct fact *fact)
{
	const struct fact_task_seen *seen = &fact->task_seen;
	bool is_new = !process_find(table, fact->tgid);
	struct thread *thread = thread_get(table, fact->tgid, fact->tid);
	struct run asleep = {
		.ready_ns = fact->time_ns,
		.on_ns = fact->time_ns,
		.off_ns = fact->time_ns,
		.deadline_ns = seen->deadline_ns,
		.off_reason = seen->off_reason,
		.blocked_in = seen->blocked_in,
	};
	int error = 0;

	if (!thread)
		return fact->tgid && fact->tid ? -ENOMEM : 0;
	if (is_new)
		thread->process->was_there = true;
	if (seen->parent_tgid && !thread->process->parent) {
		struct process *parent = process_find(table, seen->parent_tgid);

		if (!parent) { /* it is told of later */
			parent = process_get(table, seen->parent_tgid);
			if (!parent)
				return -ENOMEM;
			parent->was_there = true;
		}
		process_set_parent(thread->process, parent);
	}
	if (!run_list_last(&thread->runs))
		error = run_list_push(&thread->runs, &asleep);
	return error == -EALREADY ? 0 : error;
}

int process_table_fork(struct process_table *table, const struct fact *fact,
		       struct process **ret_child)
{
	const struct fact_fork *fork = &fact->fork;
	struct process *parent = process_get(table, fact->tgid);
	struct process *child = process_find(table, fork->child_tgid);
	struct thread *thread;

	*ret_child = NULL;
	if (!fork->child_tgid || !fork->child_tid)
		return 0;
	thread = thread_find(table, fork->child_tid);
	if (thread && !thread->end_ns && thread->start_ns == fact->time_ns && fact->time_ns)
		return 0; /* told twice */
	if (fork->child_tgid != fact->tgid) {
		if (child && !child->is_dead)
			process_end(child, fact->time_ns, 0); /* its exit was not told */
		child = process_new(table, fork->child_tgid);
		if (!child)
			return -ENOMEM;
		child->start_ns = fact->time_ns;
		child->identity_ns = fact->time_ns;
		child->creator_tid = fact->tid;
		process_set_parent(child, parent);
		if (parent)
			child->identity = parent->identity;
		*ret_child = child;
	}
	thread = thread_find(table, fork->child_tid);
	if (thread && !thread->end_ns)
		thread_end(thread, fact->time_ns);
	child = process_get(table, fork->child_tgid);
	thread = child ? thread_new(table, child, fork->child_tid) : NULL;
	if (!thread)
		return -ENOMEM;
	thread->start_ns = fact->time_ns;
	thread->creator_tid = fact->tid;
	return 0;
}

static bool identity_is_same(const struct process_identity *left,
			     const struct process_identity *right)
{
	return left->has_exec == right->has_exec && left->is_known == right->is_known &&
	       left->runtime_api == right->runtime_api && left->function == right->function;
}

int process_table_exec(struct process_table *table, const struct fact *fact)
{
	const struct fact_exec *exec = &fact->exec;
	bool is_new = !process_find(table, fact->tgid);
	struct process *process = process_get(table, fact->tgid);
	struct process_identity identity = {
		.has_exec = true,
		.is_known = exec->is_environment_known,
		.function = string_pool_intern(table->strings, exec->function),
		.version = string_pool_intern(table->strings, exec->version),
		.handler = string_pool_intern(table->strings, exec->handler),
		.program = string_pool_intern(table->strings, exec->program),
		.script = string_pool_intern(table->strings, exec->script),
		.memory_mb = exec->memory_mb,
		.max_concurrency = exec->max_concurrency,
		.is_in_process = exec->is_in_process,
	};

	if (!process)
		return fact->tgid ? -ENOMEM : 0;
	if (exec->runtime_api)
		identity.runtime_api = hash_bytes(exec->runtime_api, strlen(exec->runtime_api)) | 1;
	if (is_new && !process->start_ns)
		process->start_ns = fact->time_ns;
	if (process->was_there && !process->identity.has_exec)
		process->identity_ns = 0;
	else if (!process->has_own_exec || !process->identity_ns ||
		 !identity_is_same(&process->identity, &identity))
		process->identity_ns = fact->time_ns;
	process->identity = identity;
	process->has_own_exec = true;
	return 0;
}

bool process_holds_the_same(const struct process_identity *left,
			    const struct process_identity *right)
{
	return left->is_known && left->runtime_api == right->runtime_api &&
	       left->function == right->function;
}

void thread_end(struct thread *thread, uint64_t time_ns)
{
	if (thread->end_ns)
		return;
	thread->end_ns = time_ns > thread->start_ns ? time_ns : thread->start_ns;
	if (!thread->end_ns)
		thread->end_ns = 1; /* 0 would say that it is alive */
}

void process_end(struct process *process, uint64_t time_ns, uint32_t exit_code)
{
	if (process->is_dead)
		return;
	process->is_dead = true;
	process->end_ns = time_ns > process->start_ns ? time_ns : process->start_ns;
	process->exit_code = exit_code;
	for (list_each(&process->threads, at))
		thread_end(list_item(at, struct thread, link), time_ns);
	for (list_each(&process->children, at)) {
		struct process *child = list_item(at, struct process, sibling);

		list_remove(&child->sibling);
		child->parent = process->parent;
		if (child->parent)
			list_insert(&child->parent->children, &child->sibling);
	}
	if (process->parent && !process->environment)
		process->parent->cpu_ns += process->cpu_ns;
	process->heir_tgid = process->parent ? process->parent->tgid : 0;
	list_remove(&process->sibling);
	process->parent = NULL;
}

bool process_trim(struct process_table *table, struct process *process, uint64_t horizon_ns)
{
	for (list_each(&process->threads, at)) {
		struct thread *thread = list_item(at, struct thread, link);

		run_list_trim(&thread->runs, horizon_ns);
		for (list_each(&thread->helped, inner))
			run_list_trim(&list_item(inner, struct help, of_thread)->runs, horizon_ns);
		if (thread->end_ns && thread->end_ns < horizon_ns && !thread->worker)
			thread_free(table, thread);
	}
	return process->is_dead && list_is_empty(&process->threads) &&
	       list_is_empty(&process->workers) && process->end_ns < horizon_ns;
}
