/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * lanes.c - see lanes.h. Works on what the analysis measured; nothing is drawn here.
 */
#include "output/lanes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"

/* ---- one lane ---- */

/* Appends [lane's end so far or @from_ns, @to_ns); what is empty is left out, what is alike joined. */
static void add_span(struct lane *lane, uint64_t from_ns, uint64_t to_ns, enum lane_cell kind)
{
	struct lane_span *last = lane->span_count ? &lane->spans[lane->span_count - 1] : NULL;

	if (last)
		from_ns = last->to_ns;
	if (from_ns >= to_ns)
		return;
	if (last && last->kind == kind)
		last->to_ns = to_ns;
	else
		lane->spans[lane->span_count++] = (struct lane_span){ from_ns, to_ns, kind };
}

/* What precedes its first event: INIT, where its start was seen, and a restore. */
static uint64_t add_beginning(struct lane *lane, uint64_t end_ns)
{
	const struct environment *environment = lane->row->environment;
	uint64_t begin_ns = environment->start_ns ? environment->start_ns : environment->since_ns;
	uint64_t ready_ns = environment->ready_ns ? environment->ready_ns : end_ns;

	if (environment->snapshot_ns) {
		add_span(lane, begin_ns, environment->snapshot_ns, LANE_INIT);
		add_span(lane, begin_ns,
			 environment->restored_ns ? environment->restored_ns : end_ns,
			 LANE_SNAPSHOT);
	}
	if (environment->start_ns)
		add_span(lane, begin_ns, earlier_of(ready_ns, end_ns), LANE_INIT);
	return begin_ns;
}

/* @busy: its invocations, in order of start. */
static int fill_lane(struct lane *lane, const struct environment_row *row,
		     const struct invocation *const *busy, size_t count, uint64_t recording_end_ns)
{
	uint64_t end_ns = row->environment->end_ns ? row->environment->end_ns : recording_end_ns;
	uint64_t begin_ns;

	lane->row = row;
	lane->spans = calloc(2 * count + 4, sizeof(*lane->spans));
	if (!lane->spans)
		return -ENOMEM;
	begin_ns = add_beginning(lane, end_ns);
	for (size_t i = 0; i < count; i++) {
		add_span(lane, begin_ns, earlier_of(busy[i]->start_ns, end_ns), LANE_IDLE);
		add_span(lane, begin_ns, earlier_of(busy[i]->end_ns, end_ns), LANE_BUSY);
	}
	add_span(lane, begin_ns, end_ns, LANE_IDLE);
	return 0;
}

/* ---- all ---- */

static int compare_invocations(const void *left, const void *right)
{
	const struct invocation *a = *(const struct invocation *const *)left;
	const struct invocation *b = *(const struct invocation *const *)right;
	uint32_t a_id = a->environment->id, b_id = b->environment->id;

	if (a_id != b_id)
		return a_id < b_id ? -1 : 1;
	if (a->start_ns != b->start_ns)
		return a->start_ns < b->start_ns ? -1 : 1;
	return (a->id > b->id) - (a->id < b->id);
}

static int compare_starts(const void *left, const void *right)
{
	const struct invocation *a = *(const struct invocation *const *)left;
	const struct invocation *b = *(const struct invocation *const *)right;

	if (a->start_ns != b->start_ns)
		return a->start_ns < b->start_ns ? -1 : 1;
	return (a->id > b->id) - (a->id < b->id);
}

/* All kept invocations by environment and start; free() it. */
static const struct invocation **collect(const struct results *results, size_t *ret_count)
{
	const struct invocation **all;
	size_t count = 0, filled = 0;

	for (size_t i = 0; i < results->chain_kept_count; i++)
		count += results->chains[i]->invocation_count;
	all = calloc(count + 1, sizeof(*all));
	if (!all)
		return NULL;
	for (size_t i = 0; i < results->chain_kept_count; i++)
		for (size_t j = 0; j < results->chains[i]->invocation_count; j++)
			all[filled++] = results->chains[i]->invocations[j];
	qsort(all, count, sizeof(*all), compare_invocations);
	*ret_count = count;
	return all;
}

/* Those of environment @id are all[*ret_first] and @return - 1 more. */
static size_t find_range(const struct invocation *const *all, size_t count, uint32_t id,
			 size_t *ret_first)
{
	size_t first = 0, last = count, end;

	while (first < last) {
		size_t middle = first + (last - first) / 2;

		if (all[middle]->environment->id < id)
			first = middle + 1;
		else
			last = middle;
	}
	for (end = first; end < count && all[end]->environment->id == id; end++)
		;
	*ret_first = first;
	return end - first;
}

static int compare_name(const void *name, const void *group)
{
	return strcmp(name, ((const struct lane_group *)group)->function->name);
}

/* NULL: that function is not asked for. */
static struct lane_group *find_group(const struct lanes *lanes, const struct environment_row *row)
{
	return bsearch(row->environment->function, lanes->groups, lanes->group_count,
		       sizeof(*lanes->groups), compare_name);
}

static int make_groups(struct lanes *lanes, const struct results *results, const char *function)
{
	lanes->groups = calloc(results->function_count + 1, sizeof(*lanes->groups));
	if (!lanes->groups)
		return -ENOMEM;
	for (size_t i = 0; i < results->function_count; i++)
		if (!function || strcmp(results->functions[i].name, function) == 0)
			lanes->groups[lanes->group_count++].function = &results->functions[i];
	return 0;
}

/* Gives each group its part of the room for all. */
static int share_room(struct lanes *lanes, const struct results *results,
		      const struct invocation *const *all, size_t count)
{
	struct lane *lane = calloc(results->environment_count + 1, sizeof(*lane));
	const struct invocation **invocation = calloc(count + 1, sizeof(*invocation));
	size_t first;

	lanes->lanes = lane;
	lanes->invocations = invocation;
	if (!lane || !invocation)
		return -ENOMEM;
	for (size_t i = 0; i < results->environment_count; i++) {
		const struct environment_row *row = &results->environments[i];
		struct lane_group *group = find_group(lanes, row);

		if (!group)
			continue;
		group->lane_count++;
		group->invocation_count += find_range(all, count, row->environment->id, &first);
	}
	for (size_t i = 0; i < lanes->group_count; i++) {
		struct lane_group *group = &lanes->groups[i];

		group->lanes = lane;
		group->invocations = invocation;
		lane += group->lane_count;
		invocation += group->invocation_count;
		group->lane_count = group->invocation_count = 0;
	}
	return 0;
}

static int fill_groups(struct lanes *lanes, const struct results *results,
		       const struct invocation *const *all, size_t count)
{
	int error = share_room(lanes, results, all, count);

	for (size_t i = 0; !error && i < results->environment_count; i++) {
		const struct environment_row *row = &results->environments[i];
		struct lane_group *group = find_group(lanes, row);
		size_t first, own;

		if (!group)
			continue;
		own = find_range(all, count, row->environment->id, &first);
		error = fill_lane(&group->lanes[group->lane_count++], row, all + first, own,
				  results->end_monotonic_ns);
		memcpy(group->invocations + group->invocation_count, all + first,
		       own * sizeof(*all));
		group->invocation_count += own;
	}
	for (size_t i = 0; !error && i < lanes->group_count; i++)
		qsort(lanes->groups[i].invocations, lanes->groups[i].invocation_count,
		      sizeof(*lanes->invocations), compare_starts);
	return error;
}

int lanes_make(struct lanes *lanes, const struct results *results, const char *function)
{
	const struct invocation **all;
	size_t count;
	int error;

	memset(lanes, 0, sizeof(*lanes));
	all = collect(results, &count);
	error = all ? make_groups(lanes, results, function) : -ENOMEM;
	if (!error)
		error = fill_groups(lanes, results, all, count);
	free(all);
	if (error)
		lanes_release(lanes);
	return error;
}

void lanes_release(struct lanes *lanes)
{
	for (size_t i = 0; i < lanes->group_count; i++)
		for (size_t j = 0; j < lanes->groups[i].lane_count; j++)
			free(lanes->groups[i].lanes[j].spans);
	free(lanes->groups);
	free(lanes->lanes);
	free(lanes->invocations);
	memset(lanes, 0, sizeof(*lanes));
}

/* ---- cells ---- */

static uint64_t cell_start(uint64_t from_ns, uint64_t to_ns, size_t count, size_t cell)
{
	return from_ns + (uint64_t)((unsigned __int128)(to_ns - from_ns) * cell / count);
}

static uint8_t find_cell(const struct lane *lane, size_t *position, uint64_t from_ns,
			 uint64_t to_ns)
{
	uint64_t filled[LANE_KINDS] = { 0 };
	uint8_t best = LANE_NONE;

	while (*position < lane->span_count && lane->spans[*position].to_ns <= from_ns)
		(*position)++;
	for (size_t i = *position; i < lane->span_count && lane->spans[i].from_ns < to_ns; i++)
		filled[lane->spans[i].kind] += earlier_of(lane->spans[i].to_ns, to_ns) -
					       later_of(lane->spans[i].from_ns, from_ns);
	if (filled[LANE_BUSY])
		return LANE_BUSY;
	if (filled[LANE_INIT])
		return LANE_INIT;
	for (uint8_t kind = 0; kind < LANE_KINDS; kind++)
		if (filled[kind] > filled[best])
			best = kind;
	return best;
}

void lane_cells(uint8_t *cells, size_t count, const struct lane *lane, uint64_t from_ns,
		uint64_t to_ns)
{
	size_t position = 0;

	for (size_t i = 0; i < count; i++) {
		uint64_t start_ns = cell_start(from_ns, to_ns, count, i);

		cells[i] =
			find_cell(lane, &position, start_ns,
				  later_of(cell_start(from_ns, to_ns, count, i + 1), start_ns + 1));
	}
}

static int compare_times(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return (a > b) - (a < b);
}

int lane_counts(uint32_t *counts, size_t count, const struct lane_group *group, uint64_t from_ns,
		uint64_t to_ns)
{
	size_t total = group->invocation_count, begun = 0, ended = 0;
	uint64_t *ends = calloc(total + 1, sizeof(*ends));

	if (!ends)
		return -ENOMEM;
	for (size_t i = 0; i < total; i++)
		ends[i] = group->invocations[i]->end_ns;
	qsort(ends, total, sizeof(*ends), compare_times);
	for (size_t i = 0; i < count; i++) {
		uint64_t start_ns = cell_start(from_ns, to_ns, count, i);
		uint64_t end_ns = later_of(cell_start(from_ns, to_ns, count, i + 1), start_ns + 1);

		while (ended < total && ends[ended] <= start_ns)
			ended++;
		counts[i] = (uint32_t)(begun > ended ? begun - ended : 0);
		while (begun < total && group->invocations[begun]->start_ns < end_ns) {
			begun++;
			while (ended < total &&
			       ends[ended] <= group->invocations[begun - 1]->start_ns)
				ended++;
			if (begun > ended && begun - ended > counts[i])
				counts[i] = (uint32_t)(begun - ended);
		}
	}
	free(ends);
	return 0;
}
