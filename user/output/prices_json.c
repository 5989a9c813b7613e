// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * prices_json.c - see prices_json.h.
 */
#include "output/prices_json.h"

#include "analysis/plan_table.h"
#include "analysis/price_plan_read.h"

void json_month(struct json_writer *writer, const char *key, const struct projection *month)
{
	if (!month) {
		json_null(writer, key);
		return;
	}
	json_object_begin(writer, key);
	json_uint(writer, "requests", month->requests);
	json_uint(writer, "invocations", month->invocations);
	json_uint(writer, "unpriced", month->unpriced);
	json_uint(writer, "request_units", month->request_units);
	json_int(writer, "cost_pico", month->cost_pico);
	json_int(writer, "time_pico", month->time_pico);
	json_int(writer, "request_pico", month->request_pico);
	json_int(writer, "standby_pico", month->standby_pico);
	json_int(writer, "wait_pico", month->wait_pico);
	json_int(writer, "double_billed_pico", month->double_billed_pico);
	json_object_end(writer);
}

static void write_plan(struct json_writer *writer, const struct plan_row *row,
		       const struct projection *month)
{
	json_object_begin(writer, NULL);
	json_string(writer, "name", row->plan->name);
	json_string(writer, "source", row->plan->source);
	json_string(writer, "note", row->plan->note[0] ? row->plan->note : NULL);
	json_string(writer, "basis", price_basis_name(row->plan->basis));
	json_uint(writer, "billed_ms", row->billed_ms);
	json_uint(writer, "requests", row->requests);
	json_uint(writer, "unpriced", row->unpriced);
	json_wide(writer, "charged_mb_ms", row->charged_mb_ms);
	json_uint(writer, "charged_cpu_ms", row->charged_cpu_ms);
	json_int(writer, "total_pico", plan_row_total_pico(row));
	json_int(writer, "duration_pico", row->duration_pico);
	json_int(writer, "init_cost_pico", row->init_cost_pico);
	json_int(writer, "request_pico", row->request_pico);
	json_int(writer, "standby_pico", row->standby_pico);
	json_int(writer, "double_billed_pico", row->double_billed_pico);
	json_month(writer, "per_month", month);
	json_object_end(writer);
}

void json_price_plans(struct json_writer *writer, const struct results *results,
		      const struct projection *months)
{
	json_array_begin(writer, "price_plans");
	for (size_t i = 0; i < results->plan_count; i++)
		write_plan(writer, &results->plans[i], months ? &months[i] : NULL);
	json_array_end(writer);
}
