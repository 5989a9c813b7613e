// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * call_order.c - see call_order.h.
 */
#include "analysis/call_order.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int compare_calls(const void *left, const void *right)
{
	const struct exchange *a = *(struct exchange *const *)left;
	const struct exchange *b = *(struct exchange *const *)right;

	if (a->call != b->call)
		return a->call < b->call ? -1 : 1;
	return (a->id > b->id) - (a->id < b->id);
}

int call_order_new(struct exchange ***ret_attempts, const struct invocation *invocation)
{
	size_t count = invocation->attempt_count;
	struct exchange **attempts;

	*ret_attempts = NULL;
	if (!count)
		return 0;
	attempts = malloc(count * sizeof(*attempts));
	if (!attempts)
		return -ENOMEM;
	memcpy(attempts, invocation->attempts, count * sizeof(*attempts));
	qsort(attempts, count, sizeof(*attempts), compare_calls);
	*ret_attempts = attempts;
	return 0;
}
