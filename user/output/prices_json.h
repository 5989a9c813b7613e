/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * prices_json.h - the trace under each of its price plans, and a month's bill, in JSON.
 */
#ifndef IDLETAX_OUTPUT_PRICES_JSON_H
#define IDLETAX_OUTPUT_PRICES_JSON_H

#include "analysis/projection.h"
#include "base/json_writer.h"

/* @key: its members, or null where @month is NULL. */
void json_month(struct json_writer *writer, const char *key, const struct projection *month);

/* "price_plans": one object for each plan. @months: of each; NULL: none was asked for. */
void json_price_plans(struct json_writer *writer, const struct results *results,
		      const struct projection *months);

#endif
