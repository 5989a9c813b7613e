// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * exchange.c - the life of struct exchange, and names of what it holds.
 */
#include "model/exchange.h"

#include <stdlib.h>

#include "model/invocation.h"

struct exchange *exchange_new(void)
{
	struct exchange *exchange = calloc(1, sizeof(*exchange));

	if (exchange)
		exchange->references = 1;
	return exchange;
}

struct exchange *exchange_ref(struct exchange *exchange)
{
	if (exchange)
		exchange->references++;
	return exchange;
}

void exchange_unref(struct exchange *exchange)
{
	if (!exchange || --exchange->references)
		return;
	invocation_unref(exchange->callee);
	owned_text_free(exchange->texts);
	free(exchange);
}

const char *exchange_close_name(enum exchange_close closed_by)
{
	switch (closed_by) {
	case CLOSED_BY_CALLER:
		return "caller";
	case CLOSED_BY_CALLEE:
		return "callee";
	case CLOSED_BY_RESET:
		return "reset";
	case CLOSED_BY_UNKNOWN:
		break;
	}
	return NULL;
}
