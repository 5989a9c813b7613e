/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * service_prices.h - what a service costs that takes the place of a direct invocation, in pico-dollars: AWS's
 * own prices in us-east-1 beyond every free tier (pricing pages, September 2026).
 */
#ifndef IDLETAX_ANALYSIS_SERVICE_PRICES_H
#define IDLETAX_ANALYSIS_SERVICE_PRICES_H

#include <stdint.h>

#include "analysis/verdict.h"

#define SERVICE_PRICES_SOURCE "AWS pricing pages, us-east-1, September 2026"

struct service_price {
	const char *name; /* in JSON: "sqs-standard" */
	const char *unit; /* what one is, e.g. "request" */
	int64_t unit_pico;
	uint32_t units;		/* that one call needs */
	uint32_t payload_bytes; /* of one unit: a larger one costs several; 0: any size */
};

/* Of what @verdict puts in the place of the call; NULL: nothing has to be paid for it. */
const struct service_price *service_price_find(enum verdict verdict);

/* For one call with a body of @body_bytes. */
int64_t service_price_pico(const struct service_price *price, uint64_t body_bytes);

#endif
