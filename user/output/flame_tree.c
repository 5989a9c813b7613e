/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * flame_tree.c - see flame_tree.h for what the weights mean. The walk down from a root is a list of
 * jobs instead of a recursion: how deep functions call each other is input.
 */
#include "output/flame_tree.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/units.h"
#include "output/attempt_text.h"

#define FRAME_NAME_BYTES 300

static const char *const state_words[STATE_COUNT] = {
	[STATE_ACTIVE] = "active",	 [STATE_RUNNABLE] = "runnable",
	[STATE_WAIT_LAMBDA] = "waiting", [STATE_WAIT_SERVICE] = "waiting",
	[STATE_WAIT_TIMER] = "timer",	 [STATE_WAIT_IO] = "disk",
	[STATE_WAIT_LOCK] = "lock",	 [STATE_UNKNOWN] = "unknown",
};

/* One invocation to be spread below @frame, as far as it lies in the window. */
struct job {
	const struct invocation *invocation;
	struct flame_frame *frame;
	uint64_t from_ns, to_ns;
};

struct job_list {
	struct job *jobs;
	size_t count, capacity;
};

static int add_job(struct job_list *list, const struct job *job)
{
	if (array_make_room(&list->jobs, list->count, &list->capacity, sizeof(*list->jobs)))
		return -ENOMEM;
	list->jobs[list->count++] = *job;
	return 0;
}

static int compare_frames(const struct flame_frame *frame, uint8_t kind, const char *name)
{
	if (frame->kind != kind)
		return frame->kind < kind ? -1 : 1;
	return strcmp(frame->name, name);
}

static uint64_t child_key(const struct flame_frame *parent, uint8_t kind, const char *name)
{
	return hash_mix((uint64_t)(uintptr_t)parent + kind) ^ hash_bytes(name, strlen(name));
}

static struct flame_frame *find_child(const struct flame_tree *tree,
				      const struct flame_frame *parent, uint8_t kind,
				      const char *name)
{
	struct flame_frame *frame = hash_map_find(&tree->by_name, child_key(parent, kind, name));

	if (!frame || (frame->parent == parent && !compare_frames(frame, kind, name)))
		return frame;
	for (frame = parent->children; frame; frame = frame->next) /* of another one's hash */
		if (!compare_frames(frame, kind, name))
			break;
	return frame;
}

static struct flame_frame *add_child(struct flame_tree *tree, struct flame_frame *parent,
				     uint8_t kind, const char *name)
{
	struct flame_frame *frame = arena_alloc(&tree->arena, sizeof(*frame));

	if (!frame)
		return NULL;
	frame->name = arena_strdup(&tree->arena, name);
	if (!frame->name || hash_map_put(&tree->by_name, child_key(parent, kind, name), frame))
		return NULL;
	frame->kind = kind;
	frame->depth = (uint16_t)(parent->depth + 1);
	frame->parent = parent;
	frame->next = parent->children;
	parent->children = frame;
	frame->older = tree->newest;
	tree->newest = frame;
	return frame;
}

/* The child of that kind and name, made where there is none; NULL when out of memory. */
static struct flame_frame *get_child(struct flame_tree *tree, struct flame_frame *parent,
				     uint8_t kind, const char *name)
{
	struct flame_frame *frame;

	if (parent->depth == FLAME_DEPTH_MAX) /* it is what is deeper */
		return parent;
	if (parent->depth == FLAME_DEPTH_MAX - 1) {
		kind = FRAME_FUNCTION;
		name = FLAME_DEEPER;
	}
	frame = find_child(tree, parent, kind, name);
	return frame ? frame : add_child(tree, parent, kind, name);
}

static struct flame_frame *get_wait_frame(struct flame_tree *tree, struct flame_frame *function,
					  uint8_t state, const char *callee)
{
	char name[FRAME_NAME_BYTES];

	snprintf(name, sizeof(name), "waiting on %s", callee);
	return get_child(tree, function, state, name);
}

static struct flame_frame *get_segment_frame(struct flame_tree *tree, struct flame_frame *function,
					     const struct invocation *invocation,
					     const struct segment *segment)
{
	const char *callee = segment_callee(invocation, segment);

	if (callee)
		return get_wait_frame(tree, function, segment->state, callee);
	return get_child(tree, function, segment->state, state_words[segment->state]);
}

/* Whether @invocation hangs below the attempt that called it; those that do not are roots. */
static bool is_below_caller(const struct invocation *invocation)
{
	return invocation->parent && invocation->caller &&
	       invocation->caller->callee == invocation &&
	       invocation->caller->owner == invocation->parent;
}

static const struct invocation *attempt_synchronous_callee(const struct invocation *invocation,
							   uint32_t attempt)
{
	const struct invocation *callee;

	if (attempt >= invocation->attempt_count)
		return NULL;
	callee = invocation->attempts[attempt]->callee;
	if (!callee || callee->caller != invocation->attempts[attempt] || !is_below_caller(callee))
		return NULL;
	return callee;
}

/* FLAME_TIME: a piece of a wait goes to the callee as far as that is on the bill. */
static int spread_piece(struct flame_tree *tree, struct job_list *list, const struct job *job,
			const struct segment *segment)
{
	uint64_t from_ns = later_of(segment->start_ns, job->from_ns);
	uint64_t to_ns = earlier_of(segment->end_ns, job->to_ns);
	const struct invocation *callee = NULL;
	struct job below = { 0 };
	struct flame_frame *frame = get_segment_frame(tree, job->frame, job->invocation, segment);

	if (!frame)
		return -ENOMEM;
	if (segment->state == STATE_WAIT_LAMBDA)
		callee = attempt_synchronous_callee(job->invocation, segment->attempt);
	if (callee) {
		below.from_ns = later_of(from_ns, callee->start_ns);
		below.to_ns = earlier_of(to_ns, callee->end_ns);
	}
	if (below.from_ns >= below.to_ns) {
		frame->self += to_ns - from_ns;
		return 0;
	}
	frame->self += to_ns - from_ns - (below.to_ns - below.from_ns);
	below.invocation = callee;
	below.frame = get_child(tree, frame, FRAME_FUNCTION, callee->function);
	return below.frame ? add_job(list, &below) : -ENOMEM;
}

static int spread_time(struct flame_tree *tree, struct job_list *list, const struct job *job)
{
	const struct invocation *invocation = job->invocation;
	int error = 0;

	for (size_t i = invocation_find_segment(invocation, job->from_ns);
	     !error && i < invocation->segment_count &&
	     invocation->segments[i].start_ns < job->to_ns;
	     i++)
		error = spread_piece(tree, list, job, &invocation->segments[i]);
	return error;
}

/* FLAME_COST, FLAME_IDLE: every callee appears whole below the wait for it. */
static int add_callees(struct flame_tree *tree, struct job_list *list, const struct job *job)
{
	const struct invocation *invocation = job->invocation;

	for (uint32_t i = 0; i < invocation->attempt_count; i++) {
		const struct invocation *callee = attempt_synchronous_callee(invocation, i);
		struct job below = { .invocation = callee };
		struct flame_frame *wait;

		if (!callee)
			continue;
		wait = get_wait_frame(tree, job->frame, STATE_WAIT_LAMBDA, callee->function);
		if (!wait)
			return -ENOMEM;
		below.frame = get_child(tree, wait, FRAME_FUNCTION, callee->function);
		if (!below.frame || add_job(list, &below))
			return -ENOMEM;
	}
	return 0;
}

static int spread_cost(struct flame_tree *tree, struct job_list *list, const struct job *job)
{
	const struct invocation *invocation = job->invocation;
	uint64_t cost = (uint64_t)invocation->cost_pico, spent = 0;
	uint64_t billed_ns = invocation_billed_ns(invocation), passed_ns = 0;
	struct flame_frame *frame;

	for (size_t i = 0; billed_ns && i < invocation->segment_count; i++) {
		const struct segment *segment = &invocation->segments[i];
		uint64_t share;

		/* What is due by the end of the segment, less what was spent: no rounding is lost. */
		passed_ns += segment->end_ns - segment->start_ns;
		share = (uint64_t)((unsigned __int128)cost * passed_ns / billed_ns) - spent;
		frame = get_segment_frame(tree, job->frame, invocation, segment);
		if (!frame)
			return -ENOMEM;
		frame->self += share;
		spent += share;
	}
	job->frame->self += cost - spent;
	if (invocation->init_cost_pico) {
		frame = get_child(tree, job->frame, FRAME_INIT, "init");
		if (!frame)
			return -ENOMEM;
		frame->self += (uint64_t)invocation->init_cost_pico;
	}
	return add_callees(tree, list, job);
}

static int spread_idle(struct flame_tree *tree, struct job_list *list, const struct job *job)
{
	const struct invocation *invocation = job->invocation;

	for (size_t i = 0; i < invocation->segment_count; i++) {
		const struct segment *segment = &invocation->segments[i];
		struct flame_frame *frame;

		if (segment->state < STATE_WAIT_LAMBDA || segment->state > STATE_WAIT_LOCK)
			continue;
		frame = get_segment_frame(tree, job->frame, invocation, segment);
		if (!frame)
			return -ENOMEM;
		frame->self += segment->end_ns - segment->start_ns;
	}
	return add_callees(tree, list, job);
}

static int spread(struct flame_tree *tree, struct job_list *list, const struct job *job)
{
	switch (tree->weight) {
	case FLAME_COST:
		return spread_cost(tree, list, job);
	case FLAME_IDLE:
		return spread_idle(tree, list, job);
	case FLAME_TIME:
		break;
	}
	return spread_time(tree, list, job);
}

int flame_tree_init(struct flame_tree *tree, enum flame_weight weight)
{
	memset(tree, 0, sizeof(*tree));
	arena_init(&tree->arena);
	tree->weight = weight;
	tree->all = arena_alloc(&tree->arena, sizeof(*tree->all));
	if (!tree->all)
		return -ENOMEM;
	tree->newest = tree->all;
	tree->all->name = "all";
	tree->all->kind = FRAME_ALL;
	return 0;
}

void flame_tree_release(struct flame_tree *tree)
{
	arena_release(&tree->arena);
	hash_map_release(&tree->by_name);
	tree->all = tree->newest = NULL;
}

int flame_tree_add_chain(struct flame_tree *tree, const struct chain *chain)
{
	struct job_list list = { 0 };
	int error = 0;

	for (size_t i = 0; !error && i < chain->invocation_count; i++) {
		const struct invocation *invocation = chain->invocations[i];
		struct job job = { invocation, NULL, invocation->start_ns, invocation->end_ns };

		if (is_below_caller(invocation))
			continue;
		job.frame = get_child(tree, tree->all, FRAME_FUNCTION, invocation->function);
		error = job.frame ? add_job(&list, &job) : -ENOMEM;
	}
	while (!error && list.count) {
		struct job job = list.jobs[--list.count];

		error = spread(tree, &list, &job);
	}
	free(list.jobs);
	return error;
}

static int compare_children(const void *left, const void *right)
{
	const struct flame_frame *a = *(struct flame_frame *const *)left;
	const struct flame_frame *b = *(struct flame_frame *const *)right;

	return compare_frames(a, b->kind, b->name);
}

static int sort_children(struct flame_frame *parent)
{
	struct flame_frame **children, *child;
	size_t count = 0;

	if (!parent->children || !parent->children->next)
		return 0;
	for (child = parent->children; child; child = child->next)
		count++;
	children = calloc(count, sizeof(*children));
	if (!children)
		return -ENOMEM;
	count = 0;
	for (child = parent->children; child; child = child->next)
		children[count++] = child;
	qsort(children, count, sizeof(*children), compare_children);
	for (size_t i = 0; i < count; i++)
		children[i]->next = i + 1 < count ? children[i + 1] : NULL;
	parent->children = children[0];
	free(children);
	return 0;
}

int flame_tree_finish(struct flame_tree *tree)
{
	int error = 0;

	for (struct flame_frame *frame = tree->newest; frame && !error; frame = frame->older) {
		frame->total += frame->self;
		if (frame->parent)
			frame->parent->total += frame->total;
		error = sort_children(frame);
	}
	return error;
}

const struct flame_frame *flame_frame_next(const struct flame_frame *frame)
{
	if (frame->children)
		return frame->children;
	while (frame && !frame->next)
		frame = frame->parent;
	return frame ? frame->next : NULL;
}

int flame_export_begin(struct export *export)
{
	struct flame_tree *tree = malloc(sizeof(*tree));

	if (!tree)
		return -ENOMEM;
	export->state = tree;
	return flame_tree_init(tree, export->options->weight);
}

int flame_export_chain(struct export *export, const struct chain *chain)
{
	return flame_tree_add_chain(export->state, chain);
}

void flame_export_release(struct export *export)
{
	if (!export->state)
		return;
	flame_tree_release(export->state);
	free(export->state);
}
