// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * retries.c - see retries.h. Ids go first, over all attempts: what an SDK says is retried by its own next
 * attempt cannot have been asked again by anything else. Runs of an unrecognised protocol are never known
 * to be the same.
 */
#include "assemble/retries.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash_map.h"
#include "base/text_equal.h"

#define LOOK_BACK 64	     /* attempts of one key among which an earlier one is searched */
#define SDK_ATTEMPT_MAX 1000 /* a higher number is none */

struct attempt_links {
	uint32_t older_by_id, older_by_content; /* with the same key: 1 + index, 0 none */
	uint32_t earlier; /* the attempt that this one repeats: 1 + index, 0 none */
	enum link_kind link;
	bool is_repeated;
};

struct numbering {
	struct invocation *invocation;
	struct attempt_links *links; /* by index of the attempt */
	struct hash_map newest;	     /* by key: 1 + index */
};

/* What SDKs and loops try again after; AWS says throttling with 400 where the body is JSON. */
static bool has_failed(const struct exchange *attempt)
{
	uint16_t status = attempt->status;

	return attempt->is_over &&
	       (attempt->is_cut || status == 408 || status == 429 || status >= 500 ||
		(status == 400 && attempt->kind == MESSAGE_AWS) || attempt->function_error);
}

static bool has_succeeded(const struct exchange *attempt)
{
	return attempt->has_response && !has_failed(attempt);
}

/* The number that the SDK gave it; 0 where there is none, or it cannot be true. */
static uint32_t sdk_number(const struct exchange *attempt)
{
	uint32_t number = attempt->sdk_attempt;

	if (number > SDK_ATTEMPT_MAX || (attempt->sdk_max && number > attempt->sdk_max))
		return 0;
	return number;
}

static bool names_the_same(const struct exchange *left, const struct exchange *right)
{
	return left->kind == right->kind && left->invocation_type == right->invocation_type &&
	       text_is_equal(left->function, right->function) &&
	       text_is_equal(left->service, right->service) &&
	       text_is_equal(left->operation, right->operation) &&
	       text_is_equal(left->target, right->target);
}

static bool asks_the_same(const struct exchange *left, const struct exchange *right)
{
	return names_the_same(left, right) && left->method == right->method &&
	       text_is_equal(left->host, right->host) && text_is_equal(left->path, right->path) &&
	       digest_is_same(&left->request_body, &right->request_body);
}

/* An attempt may go to another host (a bucket's region), never to another callee. */
static bool has_same_id(const struct exchange *left, const struct exchange *right)
{
	return text_is_equal(left->sdk_invocation_id, right->sdk_invocation_id) &&
	       names_the_same(left, right);
}

/* Of the same id. An SDK counts up; what copies its headers does not, and asks anew each time. */
static bool is_next_by_id(const struct exchange *later, const struct exchange *earlier)
{
	uint32_t number = sdk_number(later), before = sdk_number(earlier);

	if (number && before && number > before)
		return true;
	return number && before ? has_failed(earlier) : !has_succeeded(earlier);
}

/* ---- keys ---- */

static uint64_t id_key(const struct exchange *attempt)
{
	const char *id = attempt->sdk_invocation_id;

	return hash_bytes(id, strlen(id));
}

static uint64_t content_key(const struct exchange *attempt)
{
	const char *path = attempt->path ? attempt->path : "";

	return ~hash_mix(hash_bytes(path, strlen(path)) ^ hash_mix(attempt->request_body.value));
}

static uint32_t find_newest(const struct numbering *numbering, uint64_t key)
{
	return (uint32_t)(uintptr_t)hash_map_find(&numbering->newest, key);
}

static int put_newest(struct numbering *numbering, uint64_t key, size_t index)
{
	return hash_map_put(&numbering->newest, key, (void *)(uintptr_t)(index + 1));
}

static void join(struct numbering *numbering, size_t later, uint32_t earlier, enum link_kind link)
{
	numbering->links[later].earlier = earlier;
	numbering->links[later].link = link;
	numbering->links[earlier - 1].is_repeated = true;
}

/* ---- by id ---- */

/* The newest with @attempt's id that asks the same callee; 0 none. */
static uint32_t find_same_id(const struct numbering *numbering, const struct exchange *attempt)
{
	uint32_t at = find_newest(numbering, id_key(attempt));

	for (unsigned int looked = 0; at && looked < LOOK_BACK; looked++) {
		if (has_same_id(attempt, numbering->invocation->attempts[at - 1]))
			return at;
		at = numbering->links[at - 1].older_by_id;
	}
	return 0;
}

static int join_by_id(struct numbering *numbering, size_t index)
{
	const struct exchange *attempt = numbering->invocation->attempts[index];
	uint32_t earlier;

	if (!attempt->sdk_invocation_id)
		return 0;
	earlier = find_same_id(numbering, attempt);
	if (earlier && is_next_by_id(attempt, numbering->invocation->attempts[earlier - 1]))
		join(numbering, index, earlier, LINK_EXACT);
	numbering->links[index].older_by_id = find_newest(numbering, id_key(attempt));
	return put_newest(numbering, id_key(attempt), index);
}

/* ---- by content ---- */

/*
 * Each failure is answered by one more attempt at most: of several alike (a fan-out whose calls all failed)
 * the one that failed first, and which it is remains a guess.
 */
static void join_to_failed(struct numbering *numbering, size_t index)
{
	const struct exchange *attempt = numbering->invocation->attempts[index];
	const struct attempt_links *links = numbering->links;
	const struct exchange *first = NULL;
	uint32_t at = find_newest(numbering, content_key(attempt)), found = 0;
	size_t candidates = 0;

	for (unsigned int looked = 0; at && looked < LOOK_BACK; looked++) {
		const struct exchange *earlier = numbering->invocation->attempts[at - 1];

		if (!links[at - 1].is_repeated && earlier->end_ns <= attempt->start_ns &&
		    asks_the_same(attempt, earlier)) {
			candidates++;
			if (!first || earlier->end_ns < first->end_ns) {
				first = earlier;
				found = at;
			}
		}
		at = links[at - 1].older_by_content;
	}
	if (found)
		join(numbering, index, found, candidates > 1 ? LINK_AMBIGUOUS : LINK_INFERRED);
}

static int join_by_content(struct numbering *numbering, size_t index)
{
	const struct exchange *attempt = numbering->invocation->attempts[index];
	struct attempt_links *links = &numbering->links[index];

	if (!(attempt->has_request || attempt->is_refused) || exchange_is_of_runs(attempt->kind))
		return 0;
	if (!links->earlier)
		join_to_failed(numbering, index);
	if (!has_failed(attempt))
		return 0;
	links->older_by_content = find_newest(numbering, content_key(attempt));
	return put_newest(numbering, content_key(attempt), index);
}

/* ---- numbers ---- */

/* An SDK counts anew in each of its calls; but what was refused before it said a word is of this one. */
static uint32_t steps_since(const struct exchange *later, const struct exchange *earlier,
			    enum link_kind link)
{
	uint32_t number = sdk_number(later), before = 0;

	if (earlier->is_refused)
		before = earlier->attempt;
	else if (link == LINK_EXACT)
		before = sdk_number(earlier);
	return number > before ? number - before : 1;
}

static void number(struct numbering *numbering, size_t index)
{
	struct invocation *invocation = numbering->invocation;
	const struct attempt_links *links = numbering->links ? &numbering->links[index] : NULL;
	struct exchange *attempt = invocation->attempts[index];
	const struct exchange *earlier;

	if (links && links->earlier) {
		earlier = invocation->attempts[links->earlier - 1];
		attempt->call = earlier->call;
		attempt->attempt = earlier->attempt + steps_since(attempt, earlier, links->link);
		attempt->retry = earlier->is_refused && sdk_number(attempt) > 1 ? LINK_EXACT
										: links->link;
		return;
	}
	attempt->call = invocation->call_count++;
	attempt->attempt = sdk_number(attempt) ? sdk_number(attempt) : 1;
	attempt->retry = attempt->attempt > 1 ? LINK_EXACT : 0;
}

/* Most invocations have no attempt that another one could be a repetition of. */
static bool can_have_retries(const struct invocation *invocation)
{
	for (size_t i = 0; i + 1 < invocation->attempt_count; i++) {
		const struct exchange *attempt = invocation->attempts[i];

		if (has_failed(attempt) || attempt->sdk_invocation_id)
			return true;
	}
	return false;
}

static int find_retries(struct numbering *numbering)
{
	size_t count = numbering->invocation->attempt_count;
	int error = 0;

	if (!can_have_retries(numbering->invocation))
		return 0;
	numbering->links = calloc(count, sizeof(*numbering->links));
	if (!numbering->links)
		return -ENOMEM;
	for (size_t i = 0; i < count && !error; i++)
		error = join_by_id(numbering, i);
	for (size_t i = 0; i < count && !error; i++)
		error = join_by_content(numbering, i);
	return error;
}

int retries_number(struct invocation *invocation)
{
	struct numbering numbering = { .invocation = invocation };
	int error = find_retries(&numbering);

	invocation->call_count = 0;
	for (size_t i = 0; i < invocation->attempt_count && !error; i++)
		number(&numbering, i);
	hash_map_release(&numbering.newest);
	free(numbering.links);
	return error;
}
