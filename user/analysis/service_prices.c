// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * service_prices.c - see service_prices.h.
 */
#include "analysis/service_prices.h"

#include <stddef.h>

#define PAYLOAD_BYTES (64 * 1024)

static const struct service_price prices[VERDICT_COUNT] = {
	[VERDICT_STEP_FUNCTIONS] = {
		.name = "step-functions-standard",
		.unit = "state transition", /* a retry is one more */
		.unit_pico = 25000000,	    /* $0.025 per 1,000 */
		.units = 1,
	},
	[VERDICT_FAN_OUT] = {
		.name = "sns-standard",
		.unit = "published event", /* delivery to SQS and Lambda is free */
		.unit_pico = 500000,	   /* $0.50 per million */
		.units = 1,
		.payload_bytes = PAYLOAD_BYTES,
	},
	[VERDICT_ASYNC_SQS] = {
		.name = "sqs-standard",
		.unit = "request", /* send, receive, delete */
		.unit_pico = 400000, /* $0.40 per million */
		.units = 3,
		.payload_bytes = PAYLOAD_BYTES,
	},
	[VERDICT_NEEDS_CONTRACT] = {
		.name = "api-gateway-http",
		.unit = "request",
		.unit_pico = 1000000, /* $1.00 per million */
		.units = 1,
		.payload_bytes = 512 * 1024,
	},
};

const struct service_price *service_price_find(enum verdict verdict)
{
	return verdict < VERDICT_COUNT && prices[verdict].name ? &prices[verdict] : NULL;
}

int64_t service_price_pico(const struct service_price *price, uint64_t body_bytes)
{
	uint64_t parts = 1;

	if (price->payload_bytes && body_bytes > price->payload_bytes)
		parts = body_bytes / price->payload_bytes + !!(body_bytes % price->payload_bytes);
	/* A deletion carries no body; three requests of the body's size are the upper bound. */
	return price->unit_pico * price->units * (int64_t)(parts < 1024 ? parts : 1024);
}
