// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * invocation.c - the life of struct invocation, and the names of its states and flags.
 */
#include "model/invocation.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/hash_map.h"

#define FIRST_CAPACITY 4
#define CARRIERS_LISTED 64 /* of more there is a table */

struct invocation *invocation_new(void)
{
	struct invocation *invocation = calloc(1, sizeof(*invocation));

	if (invocation)
		invocation->references = 1;
	return invocation;
}

struct invocation *invocation_ref(struct invocation *invocation)
{
	if (invocation)
		invocation->references++;
	return invocation;
}

void invocation_unref(struct invocation *invocation)
{
	if (!invocation || --invocation->references)
		return;
	for (size_t i = 0; i < invocation->attempt_count; i++) {
		invocation->attempts[i]->owner = NULL;
		exchange_unref(invocation->attempts[i]);
	}
	for (size_t i = 0; i < invocation->doubtful_count; i++)
		exchange_unref(invocation->doubtful[i]);
	free(invocation->attempts);
	free(invocation->doubtful);
	free(invocation->carriers);
	if (invocation->carrier_table)
		hash_map_release(invocation->carrier_table);
	free(invocation->carrier_table);
	free(invocation->segments);
	explanation_free(invocation->explanation);
	owned_text_free(invocation->texts);
	exchange_unref(invocation->request);
	exchange_unref(invocation->entry);
	exchange_unref(invocation->outside);
	environment_unref(invocation->environment);
	free(invocation);
}

/*
 * Grows an array whose capacity is at least the next power of two of its count, which may also have
 * fallen.
 */
static void *make_room(void *array, size_t count, size_t element_bytes)
{
	if (count == 0)
		return realloc(array, FIRST_CAPACITY * element_bytes);
	if (count < FIRST_CAPACITY || (count & (count - 1)))
		return array;
	return realloc(array, 2 * count * element_bytes);
}

int invocation_add_attempt(struct invocation *invocation, struct exchange *attempt)
{
	struct exchange **attempts =
		make_room(invocation->attempts, invocation->attempt_count, sizeof(*attempts));
	size_t i = invocation->attempt_count;

	if (!attempts)
		return -ENOMEM;
	invocation->attempts = attempts;
	invocation->attempt_count++;
	for (; i > 0 && attempts[i - 1]->start_ns > attempt->start_ns; i--)
		attempts[i] = attempts[i - 1];
	attempts[i] = attempt;
	attempt->owner = invocation;
	return 0;
}

int invocation_add_doubtful(struct invocation *invocation, struct exchange *attempt)
{
	struct exchange **doubtful =
		make_room(invocation->doubtful, invocation->doubtful_count, sizeof(*doubtful));

	if (!doubtful)
		return -ENOMEM;
	invocation->doubtful = doubtful;
	doubtful[invocation->doubtful_count++] = attempt;
	return 0;
}

bool invocation_has_carrier(const struct invocation *invocation, uint32_t tid)
{
	if (invocation->carrier_table)
		return hash_map_find(invocation->carrier_table, tid) != NULL;
	for (size_t i = 0; i < invocation->carrier_count; i++)
		if (invocation->carriers[i] == tid)
			return true;
	return false;
}

/* The table holds all that are listed, or there is none. */
static int list_in_table(struct invocation *invocation, uint32_t tid)
{
	struct hash_map *table = invocation->carrier_table;
	int error = 0;

	if (table)
		return hash_map_put(table, tid, invocation);
	if (invocation->carrier_count < CARRIERS_LISTED)
		return 0;
	table = calloc(1, sizeof(*table));
	if (!table)
		return -ENOMEM;
	hash_map_init(table);
	invocation->carrier_table = table;
	for (size_t i = 0; i < invocation->carrier_count && !error; i++)
		error = hash_map_put(table, invocation->carriers[i], invocation);
	return error ? error : hash_map_put(table, tid, invocation);
}

int invocation_add_carrier(struct invocation *invocation, uint32_t tid)
{
	uint32_t *carriers;

	if (invocation_has_carrier(invocation, tid))
		return 0;
	carriers = make_room(invocation->carriers, invocation->carrier_count, sizeof(*carriers));
	if (!carriers)
		return -ENOMEM;
	invocation->carriers = carriers;
	if (list_in_table(invocation, tid))
		return -ENOMEM;
	carriers[invocation->carrier_count++] = tid;
	return 0;
}

size_t invocation_find_segment(const struct invocation *invocation, uint64_t time_ns)
{
	return array_count_up_to(invocation->segments, invocation->segment_count,
				 sizeof(*invocation->segments), offsetof(struct segment, end_ns),
				 time_ns);
}

int invocation_compare_start(const void *left, const void *right)
{
	const struct invocation *a = *(struct invocation *const *)left;
	const struct invocation *b = *(struct invocation *const *)right;

	if (a->start_ns != b->start_ns)
		return a->start_ns < b->start_ns ? -1 : 1;
	return (a->id > b->id) - (a->id < b->id);
}

const char *state_name(enum state state)
{
	static const char *const names[STATE_COUNT] = {
		[STATE_ACTIVE] = "active",	     [STATE_RUNNABLE] = "runnable",
		[STATE_WAIT_LAMBDA] = "wait_lambda", [STATE_WAIT_SERVICE] = "wait_service",
		[STATE_WAIT_TIMER] = "wait_timer",   [STATE_WAIT_IO] = "wait_io",
		[STATE_WAIT_LOCK] = "wait_lock",     [STATE_UNKNOWN] = "unknown",
	};

	return state < STATE_COUNT ? names[state] : "unknown";
}

const char *status_name(enum invocation_status status)
{
	switch (status) {
	case STATUS_OK:
		return "ok";
	case STATUS_ERROR:
		return "error";
	case STATUS_TIMEOUT:
		return "timeout";
	case STATUS_KILLED:
		return "killed";
	case STATUS_CUT:
		return "cut";
	}
	return "cut";
}

const char *link_name(enum link_kind link)
{
	switch (link) {
	case LINK_ROOT:
		return "root";
	case LINK_EXACT:
		return "exact";
	case LINK_INFERRED:
		return "inferred";
	case LINK_AMBIGUOUS:
		return "ambiguous";
	case LINK_NONE:
		return "none";
	}
	return "none";
}

const char *unknown_reason_name(enum unknown_reason reason)
{
	switch (reason) {
	case UNKNOWN_NONE:
		return "none";
	case UNKNOWN_UNEXPLAINED:
		return "unexplained";
	case UNKNOWN_LOSS:
		return "loss";
	case UNKNOWN_STOPPED:
		return "stopped";
	case UNKNOWN_SHARED:
		return "shared";
	case UNKNOWN_NO_SCHEDULER:
		return "no_scheduler";
	case UNKNOWN_THROTTLED:
		return "throttled";
	}
	return "unexplained";
}

const char *start_border_name(enum start_border border)
{
	switch (border) {
	case START_EVENT:
		return "event";
	case START_RECORDING:
		return "recording";
	case START_DISPATCH:
		return "dispatch";
	case START_UNSEEN:
		return "unseen";
	}
	return "event";
}

const char *end_border_name(enum end_border border)
{
	static const char *const names[] = {
		[END_NONE] = "none",
		[END_NEXT] = "next",
		[END_EXTENSION] = "extension",
		[END_RESPONSE] = "response",
		[END_RETURN] = "return",
		[END_DEATH] = "death",
		[END_RECORDING] = "recording",
		[END_GIVEN_UP] = "given_up",
		[END_NEXT_UNSEEN] = "next_unseen",
		[END_RESULT_UNSEEN] = "result_unseen",
		[END_TAKEN] = "taken",
		[END_CLOSED] = "closed",
	};

	return border < sizeof(names) / sizeof(names[0]) ? names[border] : "none";
}

const char *invocation_flag_name(unsigned int bit)
{
	static const char *const names[] = { "incomplete",     "estimated",	  "shared",
					     "over_deadline",  "recursive",	  "start_inferred",
					     "concurrent",     "no_init",	  "unknown_memory",
					     "trace_conflict", "trace_malformed", "memory_given" };

	return bit < sizeof(names) / sizeof(names[0]) ? names[bit] : NULL;
}
