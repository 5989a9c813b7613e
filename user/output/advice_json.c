// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * advice_json.c - see advice_json.h. The sentences of `evidence` are for people; what they say stands in
 * `facts` as numbers.
 */
#include "output/advice_json.h"

#include "base/json_writer.h"
#include "output/advice_words.h"

static void write_verdicts(struct json_writer *writer, const char *key, uint32_t bits)
{
	json_array_begin(writer, key);
	for (unsigned int i = 0; i < VERDICT_COUNT; i++)
		if (bits & 1u << i)
			json_string(writer, NULL, verdict_name((enum verdict)i));
	json_array_end(writer);
}

static void write_evidence(struct json_writer *writer, const struct edge_advice *edge)
{
	struct words words;

	json_array_begin(writer, "evidence");
	words_begin(&words, true);
	for (size_t i = 0; advice_words_evidence(&words, edge, i); i++)
		json_string(writer, NULL, words.text);
	json_array_end(writer);
	words_begin(&words, true);
	json_string(writer, "limits", advice_words_limits(&words, edge) ? words.text : NULL);
}

static void write_facts(struct json_writer *writer, const struct edge_facts *facts)
{
	const struct {
		const char *key;
		uint64_t value;
	} numbers[] = {
		{ "incomplete", facts->incomplete },
		{ "ambiguous", facts->ambiguous },
		{ "unlinked", facts->unlinked },
		{ "cut", facts->cut },
		{ "inferred", facts->inferred },
		{ "estimated", facts->estimated },
		{ "retried", facts->retried },
		{ "recursive", facts->recursive },
		{ "unread_replies", facts->unread_replies },
		{ "same_replies", facts->same_replies },
		{ "reply_bytes", facts->reply_bytes },
		{ "requests", facts->requests },
		{ "last_calls", facts->last_calls },
		{ "sequences", facts->sequences },
		{ "retried_sequences", facts->retried_sequences },
		{ "steps_max", facts->steps_max },
		{ "fan_outs", facts->fan_outs },
		{ "consumers_max", facts->consumers_max },
		{ "callee_invocations", facts->callee_invocations },
		{ "callee_unseen", facts->callee_unseen },
		{ "callee_calling", facts->callee_calling },
		{ "callee_connecting", facts->callee_connecting },
		{ "callee_preparing", facts->callee_preparing },
		{ "callee_databases", facts->callee_databases },
		{ "caller_invocations", facts->caller_invocations },
		{ "caller_unseen", facts->caller_unseen },
		{ "overlaps", facts->overlaps },
	};

	json_object_begin(writer, "facts");
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		json_uint(writer, numbers[i].key, numbers[i].value);
	json_string(writer, "database", facts->database);
	json_string(writer, "service_of_both", facts->service);
	json_object_end(writer);
}

static void write_saving(struct json_writer *writer, const struct edge_advice *edge,
			 const struct price_plan *plan)
{
	const struct advice_saving *saving = &edge->saving;
	int64_t pico = advice_saving_per_million(edge);

	if (!saving->is_known) {
		json_null(writer, "saving");
		return;
	}
	json_object_begin(writer, "saving");
	json_uint(writer, "calls", saving->calls);
	json_int(writer, "billed_ns", saving->billed_ns);
	json_int(writer, "latency_ns", saving->latency_ns);
	if (saving->is_unpriced) {
		json_null(writer, "cost_pico");
		json_null(writer, "million_calls_pico");
		json_null(writer, "call_gb_seconds");
	} else {
		json_int(writer, "cost_pico", saving->cost_pico);
		json_int(writer, "million_calls_pico", pico);
		json_ratio(writer, "call_gb_seconds", advice_gb_seconds(plan, pico / 1000000));
	}
	json_object_end(writer);
}

/* What takes the call's place may be nothing, which costs nothing. */
static void write_price(struct json_writer *writer, const struct edge_advice *edge,
			const struct price_plan *plan)
{
	const struct service_price *price = service_price_find(edge->verdict);
	int64_t pico = advice_price_per_million(edge);

	if (edge->verdict == VERDICT_UNKNOWN) {
		json_null(writer, "price");
		return;
	}
	json_object_begin(writer, "price");
	json_string(writer, "service", price ? price->name : NULL);
	json_string(writer, "unit", price ? price->unit : NULL);
	json_int(writer, "unit_pico", price ? price->unit_pico : 0);
	json_uint(writer, "units_per_call", price ? price->units : 0);
	json_int(writer, "million_calls_pico", pico);
	json_ratio(writer, "call_gb_seconds", advice_gb_seconds(plan, pico / 1000000));
	json_string(writer, "source", price ? SERVICE_PRICES_SOURCE : NULL);
	json_object_end(writer);
}

static void write_edge(struct json_writer *writer, const struct edge_advice *edge,
		       const struct price_plan *plan)
{
	json_object_begin(writer, NULL);
	json_string(writer, "caller", edge->caller);
	json_string(writer, "caller_kind", edge->facts.is_outside ? "program" : "function");
	json_string(writer, "callee", edge->callee);
	json_string(writer, "service", edge->service);
	json_string(writer, "mode", edge_mode_name(edge->mode));
	json_string(writer, "verdict", verdict_name(edge->verdict));
	write_verdicts(writer, "also", edge->also);
	write_verdicts(writer, "undecided", edge->undecided);
	json_uint(writer, "calls", edge->facts.calls);
	json_uint(writer, "attempts", edge->facts.attempts);
	json_uint(writer, "observations", edge->facts.observations);
	write_evidence(writer, edge);
	write_facts(writer, &edge->facts);
	write_saving(writer, edge, plan);
	write_price(writer, edge, plan);
	json_object_end(writer);
}

int advice_json(FILE *file, const struct results *results, const struct edge_advice *rows,
		size_t count)
{
	struct json_writer writer;

	json_writer_init(&writer, file, true);
	json_object_begin(&writer, NULL);
	json_string(&writer, "schema", "idletax.advice/1");
	json_bool(&writer, "complete", results->is_complete);
	json_string(&writer, "price_plan", results->plan->name);
	json_array_begin(&writer, "edges");
	for (size_t i = 0; i < count; i++)
		write_edge(&writer, &rows[i], results->plan);
	json_array_end(&writer);
	json_object_end(&writer);
	return json_writer_finish(&writer);
}
