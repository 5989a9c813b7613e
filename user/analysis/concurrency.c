// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * concurrency.c - see concurrency.h. Nearly every environment has one entry at a time. What is settled is
 * kept apart from what is not and in order of end: a short one beside one that is open for very long then
 * looks at those that ended last only.
 */
#include "analysis/concurrency.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"

struct entry {
	struct invocation *invocation; /* counted */
	bool has_forgotten;	       /* not all that were open beside it are remembered */
	bool is_in_doubt;	       /* so are the borders of one that was open when it began */
};

/* Of one environment. */
struct residents {
	struct entry *open; /* not settled, in order of begin */
	size_t open_count, open_capacity;
	struct invocation **settled; /* counted each; in order of end; all overlap an open one */
	size_t settled_count, settled_capacity;
	uint64_t kept_from_ns;	    /* those that ended until then are forgotten */
	uint64_t doubtful_until_ns; /* the last end of a settled one whose borders are in doubt */
};

static uint64_t key_of(const struct invocation *invocation)
{
	return (uint64_t)(uintptr_t)invocation->environment;
}

void concurrency_init(struct concurrency *concurrency)
{
	hash_map_init(&concurrency->environments);
}

static void residents_free(struct residents *residents)
{
	for (size_t i = 0; i < residents->open_count; i++)
		invocation_unref(residents->open[i].invocation);
	for (size_t i = 0; i < residents->settled_count; i++)
		invocation_unref(residents->settled[i]);
	free(residents->open);
	free(residents->settled);
	free(residents);
}

void concurrency_release(struct concurrency *concurrency)
{
	struct residents *residents;
	size_t position = 0;

	while ((residents = hash_map_next(&concurrency->environments, &position, NULL)))
		residents_free(residents);
	hash_map_release(&concurrency->environments);
}

/*
 * Beside one whose end may have been lost it is in doubt what is whose, and where this one ends. It is
 * flagged for that only when it is settled: what is beside this one in turn is in no doubt by that, or on a
 * busy environment one loss would be in the figures for ever.
 */
static bool begins_in_doubt(const struct residents *residents, const struct invocation *invocation)
{
	bool is_concurrent = invocation->flags & INVOCATION_CONCURRENT;

	if (is_concurrent && residents->doubtful_until_ns > residents->kept_from_ns)
		return true;
	for (size_t i = 0; i < residents->open_count; i++) {
		const struct invocation *other = residents->open[i].invocation;

		if ((other->flags & INVOCATION_INCOMPLETE) && (!other->is_over || is_concurrent))
			return true;
	}
	return false;
}

int concurrency_begin(struct concurrency *concurrency, struct invocation *invocation)
{
	struct residents *residents = hash_map_find(&concurrency->environments, key_of(invocation));
	struct entry entry = { .invocation = invocation };

	if (!residents) {
		residents = calloc(1, sizeof(*residents));
		if (!residents)
			return -ENOMEM;
		if (hash_map_put(&concurrency->environments, key_of(invocation), residents)) {
			free(residents);
			return -ENOMEM;
		}
	}
	if (array_make_room(&residents->open, residents->open_count, &residents->open_capacity,
			    sizeof(*residents->open)))
		return -ENOMEM;
	entry.is_in_doubt = begins_in_doubt(residents, invocation);
	invocation_ref(invocation);
	residents->open[residents->open_count++] = entry;
	return 0;
}

static uint64_t end_of(const struct invocation *invocation)
{
	return invocation->is_over ? invocation->end_ns : UINT64_MAX;
}

static bool is_beside(const struct invocation *other, const struct invocation *invocation)
{
	return other != invocation && other->start_ns < end_of(invocation) &&
	       end_of(other) > invocation->start_ns;
}

/* Of two that may be at home at the same place, as far as is known, each run can be either's. */
static enum run_scope nearby(const struct invocation *left, const struct invocation *right)
{
	if (!left->home_tgid || !right->home_tgid)
		return SCOPE_HOME;
	if (left->home_tgid != right->home_tgid)
		return SCOPE_ENVIRONMENT;
	if (!left->home_tid || !right->home_tid || left->home_tid == right->home_tid)
		return SCOPE_HOME;
	return SCOPE_PROCESS;
}

static struct open_interval interval_of(const struct invocation *other,
					const struct invocation *invocation, bool is_settled)
{
	return (struct open_interval){
		.id = other->id,
		.start_ns = other->start_ns,
		.end_ns = end_of(other),
		.is_incomplete = is_settled ? other->has_doubtful_borders
					    : other->flags & INVOCATION_INCOMPLETE,
		.nearby = nearby(other, invocation),
	};
}

/* The settled ones that can overlap what began at @start_ns are those from here on. */
static size_t find_settled(const struct residents *residents, uint64_t start_ns)
{
	size_t i = residents->settled_count;

	while (i > 0 && residents->settled[i - 1]->end_ns > start_ns)
		i--;
	return i;
}

static int find_others(const struct residents *residents, const struct invocation *invocation,
		       struct open_interval **ret_others, size_t *ret_count)
{
	size_t first = find_settled(residents, invocation->start_ns), count = 0;
	struct open_interval *others = calloc(
		residents->open_count + residents->settled_count - first + 1, sizeof(*others));

	if (!others)
		return -ENOMEM;
	for (size_t i = 0; i < residents->open_count; i++)
		if (is_beside(residents->open[i].invocation, invocation))
			others[count++] =
				interval_of(residents->open[i].invocation, invocation, false);
	for (size_t i = first; i < residents->settled_count; i++)
		if (is_beside(residents->settled[i], invocation))
			others[count++] = interval_of(residents->settled[i], invocation, true);
	*ret_others = others;
	*ret_count = count;
	return 0;
}

/* Of the settled ones the @count that ended first. */
static void forget(struct residents *residents, size_t count)
{
	if (!count)
		return;
	for (size_t i = 0; i < count; i++)
		invocation_unref(residents->settled[i]);
	residents->settled_count -= count;
	memmove(residents->settled, residents->settled + count,
		residents->settled_count * sizeof(*residents->settled));
}

/* Those that will miss it are told so only when they are settled: till then they spoil no others. */
static void forget_too_old(struct residents *residents)
{
	const struct invocation *oldest;

	if (residents->settled_count <= CONCURRENCY_SETTLED_MAX)
		return;
	oldest = residents->settled[0];
	for (size_t i = 0; i < residents->open_count; i++)
		if (is_beside(oldest, residents->open[i].invocation))
			residents->open[i].has_forgotten = true;
	forget(residents, 1);
}

/* Moves what was open to what is settled. */
static void move(struct residents *residents, size_t from)
{
	struct invocation *invocation = residents->open[from].invocation;
	size_t to = residents->settled_count++;

	residents->open_count--;
	memmove(residents->open + from, residents->open + from + 1,
		(residents->open_count - from) * sizeof(*residents->open));
	for (; to > 0 && residents->settled[to - 1]->end_ns > invocation->end_ns; to--)
		residents->settled[to] = residents->settled[to - 1];
	residents->settled[to] = invocation;
	if (invocation->has_doubtful_borders && invocation->end_ns > residents->doubtful_until_ns)
		residents->doubtful_until_ns = invocation->end_ns;
}

/* Forgets what is settled and lies before all that is not; an empty environment too. */
static void prune(struct concurrency *concurrency, struct residents *residents, uint64_t key)
{
	size_t count = 0;

	residents->kept_from_ns = UINT64_MAX;
	for (size_t i = 0; i < residents->open_count; i++)
		if (residents->open[i].invocation->start_ns < residents->kept_from_ns)
			residents->kept_from_ns = residents->open[i].invocation->start_ns;
	while (count < residents->settled_count &&
	       residents->settled[count]->end_ns <= residents->kept_from_ns)
		count++;
	forget(residents, count);
	forget_too_old(residents);
	if (!residents->open_count) {
		hash_map_remove(&concurrency->environments, key);
		residents_free(residents);
	}
}

int concurrency_settle(struct concurrency *concurrency, struct invocation *invocation,
		       struct open_interval **ret_others, size_t *ret_count)
{
	uint64_t key = key_of(invocation);
	struct residents *residents = hash_map_find(&concurrency->environments, key);
	size_t at = 0;
	int error;

	if (!residents) {
		*ret_others = NULL;
		*ret_count = 0;
		return 0;
	}
	if (array_make_room(&residents->settled, residents->settled_count,
			    &residents->settled_capacity, sizeof(*residents->settled)))
		return -ENOMEM;
	error = find_others(residents, invocation, ret_others, ret_count);
	if (error)
		return error;
	while (at < residents->open_count && residents->open[at].invocation != invocation)
		at++;
	if (at < residents->open_count) {
		bool is_vague = residents->open[at].has_forgotten ||
				residents->open[at].is_in_doubt;

		invocation->has_doubtful_borders = invocation->flags & INVOCATION_INCOMPLETE;
		if (is_vague)
			invocation->flags |= INVOCATION_INCOMPLETE;
		move(residents, at);
	}
	prune(concurrency, residents, key);
	return 0;
}
