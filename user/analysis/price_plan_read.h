/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * price_plan_read.h - a price plan from its JSON (price-plan.schema.json describes it). Untrusted: every key
 * is checked, errors name line, key and reason. Prices are read digit by digit: no double is between.
 */
#ifndef IDLETAX_ANALYSIS_PRICE_PLAN_READ_H
#define IDLETAX_ANALYSIS_PRICE_PLAN_READ_H

#include <stddef.h>

#include "analysis/price_plan.h"
#include "base/diag.h"

#define PRICE_PLAN_SCHEMA "idletax.price-plan/1"
#define PRICE_PLAN_BYTES_MAX (64u << 10)

/*
 * What larger figures cannot be meant: they are refused. A CPU or GB for an hour, and a request, in
 * pico-dollars; a month's GB-seconds, requests and CPU milliseconds.
 */
#define PRICE_HOUR_PICO_MAX 3600000000000000ull /* $1 a second */
#define PRICE_REQUEST_PICO_MAX 1000000000000ull
#define PRICE_MONTH_MAX 1000000000000000ull
#define PRICE_ROUND_MS_MAX 3600000u

/* 0 and the plan; or -EINVAL, -E2BIG, -ENOMEM and in @diag "line 7: gb_second: is negative". */
int price_plan_parse(struct price_plan *ret_plan, const char *text, size_t bytes,
		     struct diag *diag);

/* "wall-clock", "active-cpu" */
const char *price_basis_name(enum price_basis basis);

#endif
