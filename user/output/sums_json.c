/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * sums_json.c - see sums_json.h. Ratios are computed here by the analysis' own functions; everything
 * else is written as it is.
 */
#include "output/sums_json.h"

#include "base/trace_context.h"
#include "output/waste_json.h"

void json_states(struct json_writer *writer, const uint64_t state_ns[STATE_COUNT])
{
	json_uint(writer, "active_ns", state_ns[STATE_ACTIVE]);
	json_uint(writer, "runnable_ns", state_ns[STATE_RUNNABLE]);
	json_uint(writer, "wait_lambda_ns", state_ns[STATE_WAIT_LAMBDA]);
	json_uint(writer, "wait_service_ns", state_ns[STATE_WAIT_SERVICE]);
	json_uint(writer, "wait_timer_ns", state_ns[STATE_WAIT_TIMER]);
	json_uint(writer, "wait_io_ns", state_ns[STATE_WAIT_IO]);
	json_uint(writer, "wait_lock_ns", state_ns[STATE_WAIT_LOCK]);
	json_uint(writer, "unknown_ns", state_ns[STATE_UNKNOWN]);
}

void json_sums_bill(struct json_writer *writer, const struct sums *sums)
{
	json_uint(writer, "billed_ns", sums->billed_ns);
	json_uint(writer, "billed_ms", sums->billed_ms);
	json_uint(writer, "own_ns", sums_own_ns(sums));
	json_states(writer, sums->state_ns);
	json_uint(writer, "double_billed_ns", sums->double_billed_ns);
	json_uint(writer, "double_init_ns", sums->double_init_ns);
	json_uint(writer, "transit_ns", sums->transit_ns);
	json_uint(writer, "init_ns", sums->init_ns);
	json_int(writer, "cost_pico", sums->cost_pico);
	json_int(writer, "init_cost_pico", sums->init_cost_pico);
	json_int(writer, "double_billed_pico", sums->double_billed_pico);
}

void json_sums_ratios(struct json_writer *writer, const struct sums *sums)
{
	json_ratio(writer, "overhead", sums_overhead(sums));
	json_ratio(writer, "share", sums_share(sums));
	json_ratio(writer, "amplification", sums_amplification(sums));
	json_wide(writer, "billed_mb_ns", sums->billed_mb_ns);
	json_wide(writer, "wait_lambda_mb_ns", sums->wait_lambda_mb_ns);
	json_wide(writer, "double_billed_mb_ns", sums->double_billed_mb_ns);
	json_ratio(writer, "overhead_gb_s", sums_overhead_gb_s(sums));
	json_ratio(writer, "share_gb_s", sums_share_gb_s(sums));
	json_ratio(writer, "amplification_gb_s", sums_amplification_gb_s(sums));
	json_ratio(writer, "overhead_money", sums_overhead_money(sums));
	json_ratio(writer, "share_money", sums_share_money(sums));
	json_uint(writer, "unpriced", sums->unpriced);
}

void json_sums(struct json_writer *writer, const struct sums *sums)
{
	json_sums_bill(writer, sums);
	json_sums_waste(writer, sums);
	json_sums_ratios(writer, sums);
}

void json_trace_id(struct json_writer *writer, const uint8_t trace_id[16])
{
	char text[TRACE_ID_TEXT_MAX];

	trace_id_format_xray(text, trace_id);
	json_string(writer, "trace_id", trace_id_is_none(trace_id) ? NULL : text);
}

void json_span_id(struct json_writer *writer, const char *key, const uint8_t span_id[8])
{
	char text[SPAN_ID_TEXT_MAX];

	span_id_format(text, span_id);
	json_string(writer, key, span_id_is_none(span_id) ? NULL : text);
}

void json_cause(struct json_writer *writer, const char *key, const struct invocation *invocation,
		uint32_t call)
{
	if (!invocation) {
		json_null(writer, key);
		return;
	}
	json_object_begin(writer, key);
	json_uint(writer, "invocation", invocation->id);
	json_uint(writer, "call", call);
	json_object_end(writer);
}
