/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * explain_json.c - see explain_json.h.
 */
#include "output/explain_json.h"

#include "analysis/billing.h"
#include "analysis/edge.h"
#include "base/json_writer.h"
#include "base/trace_context.h"
#include "output/attempt_text.h"
#include "output/cause_words.h"
#include "output/environment_json.h"
#include "output/invocation_words.h"
#include "output/link_json.h"
#include "output/link_text.h"
#include "output/sums_json.h"

static void write_why(struct json_writer *writer, const struct words *words)
{
	json_string(writer, "why", words->text);
}

static void write_identity(struct json_writer *writer, const struct invocation *invocation)
{
	const struct environment *environment = invocation->environment;
	char name[24];

	snprintf(name, sizeof(name), "env-%u", environment->id);
	json_uint(writer, "id", invocation->id);
	json_uint(writer, "chain", invocation->chain->id);
	json_string(writer, "function", invocation->function);
	json_string(writer, "request_id", invocation->request_id);
	json_string(writer, "environment", name);
	json_uint(writer, "pid", environment->tgid);
	json_string(writer, "boundary", boundary_name(environment->boundary));
	json_string(writer, "status", status_name(invocation->status));
	json_array_begin(writer, "carriers");
	for (size_t i = 0; i < invocation->carrier_count; i++)
		json_uint(writer, NULL, invocation->carriers[i]);
	json_array_end(writer);
}

static void write_border(struct json_writer *writer, const char *key, uint64_t time_ns,
			 const char *border, const struct words *words)
{
	json_object_begin(writer, key);
	json_uint(writer, "ns", time_ns);
	json_string(writer, "border", border);
	write_why(writer, words);
	json_object_end(writer);
}

static void write_borders(struct json_writer *writer, const struct invocation *invocation)
{
	struct words words;

	words_begin(&words, true);
	start_border_words(&words, invocation);
	write_border(writer, "start", invocation->start_ns,
		     start_border_name(invocation->start_border), &words);
	json_uint_or_null(writer, "response_ns", invocation->response_ns);
	words_begin(&words, true);
	end_border_words(&words, invocation);
	write_border(writer, "end", invocation->end_ns, end_border_name(invocation->end_border),
		     &words);
	json_uint_or_null(writer, "deadline_ns", invocation->deadline_ns);
	json_object_begin(writer, "init");
	json_bool(writer, "cold", invocation->is_cold);
	json_uint(writer, "ns", invocation_init_ns(invocation));
	words_begin(&words, true);
	init_words(&words, invocation);
	write_why(writer, &words);
	json_object_end(writer);
}

static void write_caller(struct json_writer *writer, const struct invocation *invocation)
{
	struct words words;

	json_object_begin(writer, "caller");
	if (invocation->parent)
		json_uint(writer, "parent", invocation->parent->id);
	else
		json_null(writer, "parent");
	json_cause(writer, "caused_by", invocation->caused_by,
		   invocation->caller ? invocation->caller->call
				      : invocation->chain->caused_by_call);
	json_link(writer, invocation->link, invocation->alternatives, &invocation->basis);
	words_begin(&words, true);
	link_words(&words, invocation->link, invocation->alternatives, &invocation->basis,
		   invocation);
	write_why(writer, &words);
	json_object_end(writer);
}

/* What the thread did that told: of rules that look at one. */
static void write_thread(struct json_writer *writer, const struct wait_cause *cause)
{
	json_uint(writer, "tid", cause->tid);
	json_bool(writer, "carrier", cause->is_carrier);
	if (cause->rule < RULE_DISK)
		return;
	json_string(writer, "blocked", blocked_words(cause->blocked_in));
	json_uint_or_null(writer, "blocked_ns", cause->blocked_ns);
	json_uint_or_null(writer, "woken_ns", cause->woken_ns);
	json_uint_or_null(writer, "deadline_ns", cause->deadline_ns);
	json_uint_or_null(writer, "waker_pid", cause->waker_tgid);
	json_uint_or_null(writer, "waker_tid", cause->waker_tid);
}

static void write_cause(struct json_writer *writer, const struct invocation *invocation,
			const struct wait_cause *cause)
{
	struct words words;

	json_object_begin(writer, NULL);
	json_uint(writer, "from_ns", cause->start_ns);
	json_uint(writer, "to_ns", cause->end_ns);
	json_string(writer, "state", state_name(cause->state));
	json_string(writer, "rule", wait_rule_name(cause->rule));
	if (cause->state == STATE_UNKNOWN)
		json_string(writer, "reason", unknown_reason_name(cause->reason));
	if (cause->tid)
		write_thread(writer, cause);
	if (cause->rule == RULE_ATTEMPT)
		json_uint(writer, "attempt", cause->attempt);
	if (cause->outstanding)
		json_uint(writer, "outstanding", cause->outstanding);
	if (cause->is_share)
		json_uint(writer, "others", cause->others);
	words_begin(&words, true);
	cause_words(&words, invocation, cause, true);
	write_why(writer, &words);
	json_object_end(writer);
}

static void write_call(struct json_writer *writer, const struct exchange *attempt)
{
	struct words words;

	json_object_begin(writer, NULL);
	json_uint(writer, "call", attempt->call);
	json_uint(writer, "attempt", attempt->attempt);
	json_string(writer, "retry", attempt->retry ? link_name(attempt->retry) : NULL);
	json_string(writer, "callee", attempt_callee_name(attempt));
	json_string(writer, "service", attempt_service_name(attempt));
	json_string(writer, "mode", attempt_mode(attempt));
	json_uint(writer, "start_ns", attempt->start_ns);
	json_uint(writer, "end_ns", attempt->end_ns);
	json_uint_or_null(writer, "status", attempt->status);
	json_bool(writer, "cut", attempt->is_cut);
	json_bool(writer, "dangling", attempt->is_dangling);
	json_uint(writer, "wait_ns", attempt->wait_ns);
	json_uint(writer, "double_billed_ns", attempt->double_billed_ns);
	json_uint(writer, "transit_ns", attempt->transit_ns);
	if (attempt->callee)
		json_uint(writer, "invocation", attempt->callee->id);
	else
		json_null(writer, "invocation");
	json_link(writer, attempt->link, attempt->alternatives, &attempt->basis);
	words_begin(&words, true);
	link_words(&words, attempt->link, attempt->alternatives, &attempt->basis, attempt->callee);
	write_why(writer, &words);
	json_object_end(writer);
}

static void write_flags(struct json_writer *writer, const struct invocation *invocation)
{
	struct words words;
	const char *name;

	json_array_begin(writer, "flags");
	for (unsigned int bit = 0; (name = invocation_flag_name(bit)); bit++) {
		if (!(invocation->flags & 1u << bit))
			continue;
		json_object_begin(writer, NULL);
		json_string(writer, "flag", name);
		words_begin(&words, true);
		flag_words(&words, invocation, bit);
		write_why(writer, &words);
		json_object_end(writer);
	}
	json_array_end(writer);
}

static void write_bill(struct json_writer *writer, const struct results *results,
		       const struct invocation *invocation)
{
	struct words words;
	struct bill bill;

	billing_make(&bill, results->plan, invocation);
	json_object_begin(writer, "bill");
	json_string(writer, "price_plan", results->plan->name);
	json_uint(writer, "billed_ns", invocation_billed_ns(invocation));
	json_uint(writer, "charged_ms", bill.billed_ms);
	json_uint_or_null(writer, "memory_mb", invocation->memory_mb);
	json_int(writer, "cost_pico", invocation->cost_pico);
	json_int(writer, "init_cost_pico", invocation->init_cost_pico);
	json_uint(writer, "double_billed_ns", invocation->double_billed_ns);
	json_int(writer, "double_billed_pico", invocation->double_billed_pico);
	words_begin(&words, true);
	bill_words(&words, invocation, results->plan);
	write_why(writer, &words);
	json_object_end(writer);
}

static void write_invocation(struct json_writer *writer, const struct results *results,
			     const struct invocation *invocation)
{
	const struct explanation *explanation = invocation->explanation;

	json_object_begin(writer, NULL);
	write_identity(writer, invocation);
	json_trace_id(writer, invocation->chain->trace_id);
	write_borders(writer, invocation);
	write_caller(writer, invocation);
	json_states(writer, invocation->state_ns);
	json_array_begin(writer, "causes");
	for (size_t i = 0; explanation && i < explanation->cause_count; i++)
		write_cause(writer, invocation, &explanation->causes[i]);
	json_array_end(writer);
	json_array_begin(writer, "calls");
	for (size_t i = 0; i < invocation->attempt_count; i++)
		write_call(writer, invocation->attempts[i]);
	json_array_end(writer);
	json_uint(writer, "shared_calls", invocation->doubtful_count);
	write_flags(writer, invocation);
	write_bill(writer, results, invocation);
	json_object_end(writer);
}

int explain_json(FILE *file, const struct results *results, struct invocation *const *invocations,
		 size_t count)
{
	struct json_writer writer;

	json_writer_init(&writer, file, true);
	json_object_begin(&writer, NULL);
	json_string(&writer, "schema", "idletax.explain/1");
	json_bool(&writer, "complete", results->is_complete);
	json_object_begin(&writer, "start");
	json_uint(&writer, "monotonic_ns", results->start_monotonic_ns);
	json_uint(&writer, "realtime_ns", results->start_realtime_ns);
	json_object_end(&writer);
	json_array_begin(&writer, "invocations");
	for (size_t i = 0; i < count; i++)
		write_invocation(&writer, results, invocations[i]);
	json_array_end(&writer);
	json_object_end(&writer);
	return json_writer_finish(&writer);
}
