/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * invocation_words.c - see invocation_words.h.
 */
#include "output/invocation_words.h"

#include "analysis/billing.h"
#include "base/units.h"

static const char *event_words(enum boundary boundary)
{
	switch (boundary) {
	case BOUNDARY_NODE_WORKER:
		return "the worker thread took the event out of its message";
	case BOUNDARY_CHILD_PROCESS:
		return "the process read the event's line";
	case BOUNDARY_HTTP_FUNCTION:
		return "the server read the first byte of the request";
	case BOUNDARY_NATIVE_PROBE:
		return "the handler was entered";
	case BOUNDARY_RUNTIME_API:
		break;
	}
	return "the runtime read the first byte of its event";
}

void start_border_words(struct words *words, const struct invocation *invocation)
{
	switch ((enum start_border)invocation->start_border) {
	case START_RECORDING:
		words_add(words, "with the recording: its event had come before");
		return;
	case START_DISPATCH:
		words_add(words,
			  "when process %u wrote its event: that the runtime read it was "
			  "not recorded",
			  invocation->dispatcher_tgid);
		return;
	case START_UNSEEN:
		words_add(words, "with its response, for its request was lost");
		return;
	case START_EVENT:
		break;
	}
	words_add(words, "when %s", event_words(invocation->environment->boundary));
}

static const char *response_words(enum boundary boundary)
{
	switch (boundary) {
	case BOUNDARY_NODE_WORKER:
		return "when its worker thread sent the result";
	case BOUNDARY_CHILD_PROCESS:
		return "when its process had written the line of the result";
	case BOUNDARY_HTTP_FUNCTION:
		return "when its server had written the response";
	case BOUNDARY_NATIVE_PROBE:
	case BOUNDARY_RUNTIME_API:
		break;
	}
	return "when its response was written: several were open, or the next event had been asked "
	       "for before";
}

void end_border_words(struct words *words, const struct invocation *invocation)
{
	const char *text = "it has not ended";

	switch ((enum end_border)invocation->end_border) {
	case END_NONE:
		break;
	case END_NEXT:
		text = "when the runtime asked for the next event";
		break;
	case END_EXTENSION:
		text = "when the last extension was done, later than the runtime";
		break;
	case END_RESPONSE:
		text = response_words(invocation->environment->boundary);
		break;
	case END_RETURN:
		text = "when the handler returned";
		break;
	case END_DEATH:
		text = invocation->environment->worker_tid ? "when its thread ended"
							   : "when its process ended";
		break;
	case END_RECORDING:
		text = "with the recording: it went on";
		break;
	case END_GIVEN_UP:
		text = "when the runtime asked for the next event without having answered this one";
		break;
	case END_NEXT_UNSEEN:
		text = "with its response: when the runtime asked for the next event was not seen";
		break;
	case END_RESULT_UNSEEN:
		text = "at the latest when the next event came, or its thread ended: its result was "
		       "not seen";
		break;
	case END_TAKEN:
		text = "when the emulator had received its response: that it was written was not "
		       "recorded";
		break;
	case END_CLOSED:
		text = "when its connection ended, without a response";
		break;
	}
	words_add(words, "%s", text);
}

void init_words(struct words *words, const struct invocation *invocation)
{
	if (!invocation->is_cold && !invocation->environment->start_ns) {
		words_add(words, "not known: its environment was there before the recording, or is "
				 "part of a process that was");
	} else if (!invocation->is_cold) {
		words_add(words, "none: it is not the first of its environment");
	} else if (invocation->flags & INVOCATION_NO_INIT) {
		words_add(words, "there was one, but when it began was not seen");
	} else {
		words_ms(words, invocation_init_ns(invocation));
		words_add(words, " before the first event: on the bill, and apart from what is "
				 "explained here");
	}
}

void flag_words(struct words *words, const struct invocation *invocation, unsigned int bit)
{
	switch ((enum invocation_flag)(1u << bit)) {
	case INVOCATION_INCOMPLETE:
		words_add(words, "facts about it, or about what was open beside it, were lost: its "
				 "figures are bounds");
		return;
	case INVOCATION_ESTIMATED:
		words_add(words, "nothing tells when its threads ran: what no call covers is taken "
				 "for work");
		return;
	case INVOCATION_SHARED:
		words_add(words, "for ");
		words_ms(words, invocation->shared_ns);
		words_add(words, " it is not known whose work was done: its own, or that of others "
				 "that were open in its environment");
		return;
	case INVOCATION_OVER_DEADLINE:
		words_add(words, "it went on after its deadline, and nobody ended it");
		return;
	case INVOCATION_RECURSIVE:
		words_add(words, "the same function is among its callers");
		return;
	case INVOCATION_START_INFERRED:
		words_add(words, "it had begun before the recording");
		return;
	case INVOCATION_CONCURRENT:
		words_add(words, "others were open in its environment at the same time");
		return;
	case INVOCATION_NO_INIT:
		words_add(words, "it was a cold start, but the start of its INIT was not seen");
		return;
	case INVOCATION_UNKNOWN_MEMORY:
		words_add(words, "its memory is not known, so it has no price");
		return;
	case INVOCATION_TRACE_CONFLICT:
		words_add(words, "a trace header of it has another trace id than its chain");
		return;
	case INVOCATION_TRACE_MALFORMED:
		words_add(words, "a trace header of it was malformed, and not used");
		return;
	case INVOCATION_MEMORY_GIVEN:
		words_add(words, "its memory is what --memory says, not what was recorded");
		return;
	}
	words_add(words, "%s", invocation_flag_name(bit));
}

static void charged_words(struct words *words, const struct invocation *invocation,
			  const struct price_plan *plan, const struct bill *bill)
{
	if (!price_plan_charges_time(plan)) {
		words_add(words, ", of which no time is charged");
		return;
	}
	words_add(words, ", charged as %llu ms", (unsigned long long)bill->duration_ms);
	if (plan->basis == PRICE_BY_ACTIVE_CPU)
		words_add(words, " on a CPU");
	if (invocation->status == STATUS_TIMEOUT)
		words_add(words, " (its time-out caps it)");
	if (bill->is_priced && plan->tier_count)
		words_add(words,
			  plan->basis == PRICE_BY_ACTIVE_CPU ? ", with %llu MB for all of its time"
							     : " of %llu MB",
			  (unsigned long long)price_plan_round_mb(plan, invocation->memory_mb));
}

void bill_words(struct words *words, const struct invocation *invocation,
		const struct price_plan *plan)
{
	char money[UNITS_TEXT_MAX];
	struct bill bill;

	billing_make(&bill, plan, invocation);
	words_ms(words, invocation_billed_ns(invocation));
	charged_words(words, invocation, plan, &bill);
	if (!bill.is_priced)
		return;
	if (bill.requests == 1)
		words_add(words, ", and one request");
	else
		words_add(words, ", and %llu requests", (unsigned long long)bill.requests);
	words_add(words, ": %s", format_dollars(money, bill.cost_pico));
	if (bill.billed_ms > bill.duration_ms)
		words_add(words, "; INIT adds %llu ms: %s",
			  (unsigned long long)(bill.billed_ms - bill.duration_ms),
			  format_dollars(money, bill.init_cost_pico));
	if (bill.double_billed_pico) {
		words_add(words, "; ");
		words_ms(words, invocation->double_billed_ns);
		words_add(words, " of it are double-billed: %s",
			  format_dollars(money, bill.double_billed_pico));
	}
}
