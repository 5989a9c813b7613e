// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * exchange.c - the life of struct exchange.
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
