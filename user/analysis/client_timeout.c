// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * client_timeout.c - see client_timeout.h.
 */
#include "analysis/client_timeout.h"

#include <stdbool.h>

#include "base/units.h"

/* How late a timer fires on a busy machine; and where that is little, a part of the delay. */
#define LATE_NS (5 * NS_PER_MS)
#define LATE_DIVISOR 20

/* What is not understood need not have been a question. */
static bool has_given_up(const struct exchange *attempt)
{
	return attempt->closed_by == CLOSED_BY_CALLER && !exchange_is_of_runs(attempt->kind) &&
	       !attempt->has_response && !attempt->response_start_ns && !attempt->is_dangling &&
	       attempt->end_ns > attempt->request_end_ns;
}

static bool is_same_delay(uint64_t left_ns, uint64_t right_ns)
{
	uint64_t shorter_ns = left_ns < right_ns ? left_ns : right_ns;
	uint64_t between_ns = (left_ns > right_ns ? left_ns : right_ns) - shorter_ns;

	return between_ns <= LATE_NS || between_ns <= shorter_ns / LATE_DIVISOR;
}

void client_timeout_add(struct client_timeout *timeout, const struct exchange *attempt)
{
	uint64_t delay_ns = attempt->end_ns - attempt->request_end_ns;
	struct delay_group *rarest = &timeout->groups[0];

	if (!has_given_up(attempt))
		return;
	for (unsigned int i = 0; i < CLIENT_TIMEOUT_GROUPS; i++) {
		struct delay_group *group = &timeout->groups[i];

		if (group->count && is_same_delay(group->shortest_ns, delay_ns)) {
			group->count++;
			if (delay_ns < group->shortest_ns)
				group->shortest_ns = delay_ns;
			return;
		}
		if (group->count < rarest->count)
			rarest = group;
	}
	if (rarest->count < 2)
		*rarest = (struct delay_group){ .shortest_ns = delay_ns, .count = 1 };
}

uint64_t client_timeout_find(const struct client_timeout *timeout, uint64_t *ret_count)
{
	const struct delay_group *best = &timeout->groups[0];

	for (unsigned int i = 1; i < CLIENT_TIMEOUT_GROUPS; i++)
		if (timeout->groups[i].count > best->count)
			best = &timeout->groups[i];
	*ret_count = best->count < 2 ? 0 : best->count;
	return best->count < 2 ? 0 : best->shortest_ns;
}
