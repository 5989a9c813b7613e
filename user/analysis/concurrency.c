// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * concurrency.c - see concurrency.h. Nearly every environment has one entry at a time.
 */
#include "analysis/concurrency.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

struct entry {
	struct invocation *invocation; /* counted */
	bool is_settled;
};

struct residents { /* of one environment, in order of begin */
	struct entry *entries;
	size_t count, capacity;
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
	for (size_t i = 0; i < residents->count; i++)
		invocation_unref(residents->entries[i].invocation);
	free(residents->entries);
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

/* Beside one whose end may have been lost it is in doubt what is whose, and where this one ends. */
static void flag_doubtful(const struct residents *residents, struct invocation *invocation)
{
	for (size_t i = 0; i < residents->count; i++) {
		const struct invocation *other = residents->entries[i].invocation;

		if ((other->flags & INVOCATION_INCOMPLETE) &&
		    (!other->is_over || (invocation->flags & INVOCATION_CONCURRENT)))
			invocation->flags |= INVOCATION_INCOMPLETE;
	}
}

int concurrency_begin(struct concurrency *concurrency, struct invocation *invocation)
{
	struct residents *residents = hash_map_find(&concurrency->environments, key_of(invocation));

	if (!residents) {
		residents = calloc(1, sizeof(*residents));
		if (!residents)
			return -ENOMEM;
		if (hash_map_put(&concurrency->environments, key_of(invocation), residents)) {
			free(residents);
			return -ENOMEM;
		}
	}
	flag_doubtful(residents, invocation);
	if (residents->count == residents->capacity) {
		size_t capacity = residents->capacity ? 2 * residents->capacity : 2;
		struct entry *grown = realloc(residents->entries, capacity * sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		residents->entries = grown;
		residents->capacity = capacity;
	}
	residents->entries[residents->count++] =
		(struct entry){ invocation_ref(invocation), false };
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
					const struct invocation *invocation)
{
	return (struct open_interval){
		.id = other->id,
		.start_ns = other->start_ns,
		.end_ns = end_of(other),
		.is_incomplete = other->flags & INVOCATION_INCOMPLETE,
		.nearby = nearby(other, invocation),
	};
}

/* Forgets what is settled and lies before all that is not; an empty environment too. */
static void prune(struct concurrency *concurrency, struct residents *residents, uint64_t key)
{
	uint64_t first_open_ns = UINT64_MAX;
	size_t kept = 0;

	for (size_t i = 0; i < residents->count; i++) {
		const struct entry *entry = &residents->entries[i];

		if (!entry->is_settled && entry->invocation->start_ns < first_open_ns)
			first_open_ns = entry->invocation->start_ns;
	}
	for (size_t i = 0; i < residents->count; i++) {
		struct entry entry = residents->entries[i];

		if (entry.is_settled && entry.invocation->end_ns <= first_open_ns)
			invocation_unref(entry.invocation);
		else
			residents->entries[kept++] = entry;
	}
	residents->count = kept;
	if (!kept) {
		hash_map_remove(&concurrency->environments, key);
		residents_free(residents);
	}
}

int concurrency_settle(struct concurrency *concurrency, const struct invocation *invocation,
		       struct open_interval **ret_others, size_t *ret_count)
{
	uint64_t key = key_of(invocation);
	struct residents *residents = hash_map_find(&concurrency->environments, key);
	struct open_interval *others = NULL;
	size_t count = 0;

	if (residents && residents->count > 1) {
		others = calloc(residents->count, sizeof(*others));
		if (!others)
			return -ENOMEM;
	}
	for (size_t i = 0; residents && i < residents->count; i++) {
		struct entry *entry = &residents->entries[i];

		if (entry->invocation == invocation)
			entry->is_settled = true;
		else if (others && is_beside(entry->invocation, invocation))
			others[count++] = interval_of(entry->invocation, invocation);
	}
	if (residents)
		prune(concurrency, residents, key);
	*ret_others = others;
	*ret_count = count;
	return 0;
}
