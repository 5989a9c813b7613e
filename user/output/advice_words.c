// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * advice_words.c - see advice_words.h. Every sentence of evidence has its numbers: n of how many.
 */
#include "output/advice_words.h"

#include <math.h>

#include "base/units.h"

#define MILLION 1000000

static unsigned long long number(uint64_t value)
{
	return value;
}

/* ---- what to do ---- */

static const char *meaning_of(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_VPC_PROXY_OK:
		return "leave it: what it is called for lies in a private network, where its caller "
		       "has no business";
	case VERDICT_INLINE:
		return "make it a library of its caller: it needs nobody else, and is billed while "
		       "its caller is";
	case VERDICT_BATCH_LOOP_OK:
		return "leave it: no function waits for it, so nothing is billed twice; until it "
		       "becomes the way things are done";
	case VERDICT_STEP_FUNCTIONS:
		return "several steps with retries: a state machine can wait between them and try "
		       "again, without a bill for waiting";
	case VERDICT_FAN_OUT:
		return "one event, several consumers, no reply needed: publish it (SNS, EventBridge)";
	case VERDICT_ASYNC_SQS:
		return "no reply needed: put a queue between them";
	case VERDICT_DIRECT_OK:
		return "leave it: the reply is used, and both are of one service";
	case VERDICT_NEEDS_CONTRACT:
		return "two services: put an API between them, so that each can change alone";
	case VERDICT_UNKNOWN:
	case VERDICT_COUNT:
		break;
	}
	return "too little was seen to say";
}

void advice_words_meaning(struct words *words, const struct edge_advice *edge)
{
	if (edge->mode == EDGE_EVENT && edge->verdict == VERDICT_ASYNC_SQS)
		words_add(words, "no reply is waited for already; a queue adds what an Event call "
				 "lacks: to see, hold and replay what waits");
	else
		words_add(words, "%s", meaning_of(edge->verdict));
}

/* ---- what was seen ---- */

/* Writes the sentence, or nothing where it has nothing to say. */
typedef void evidence(struct words *words, const struct edge_advice *edge);

static void say_of_all(struct words *words, uint64_t count, uint64_t all, const char *what)
{
	words_add(words, "in %llu of %llu %s", number(count), number(all), what);
}

static void say_library(struct words *words, const struct edge_advice *edge)
{
	const struct edge_facts *facts = &edge->facts;

	words_name(words, edge->callee);
	words_add(words, " called nobody and opened no connection ");
	say_of_all(words, facts->callee_invocations, facts->callee_invocations,
		   "invocations, nor before them (its Runtime API, names, logs and traces do not "
		   "count; what is no TCP is not seen)");
}

static void say_database(struct words *words, const struct edge_advice *edge)
{
	const struct edge_facts *facts = &edge->facts;

	words_name(words, edge->callee);
	words_add(words, " reached %s ", facts->database);
	say_of_all(words, facts->callee_databases, facts->callee_invocations, "invocations");
}

static void say_no_database(struct words *words, const struct edge_advice *edge)
{
	words_name(words, edge->caller);
	words_add(words, " reached it ");
	say_of_all(words, 0, edge->facts.caller_invocations, "invocations");
}

static void say_loop(struct words *words, const struct edge_advice *edge)
{
	words_name(words, edge->caller);
	words_add(words,
		  " is no function and served no request; it made %llu of %llu calls, each after "
		  "the one before had been answered",
		  number(edge->facts.observations), number(edge->facts.calls));
}

static void say_sequence(struct words *words, const struct edge_advice *edge)
{
	const struct edge_facts *facts = &edge->facts;

	say_of_all(words, facts->sequences, facts->observations, "calls ");
	words_name(words, edge->caller);
	words_add(words, " called other functions, too, one after the other, up to %llu",
		  number(facts->steps_max));
}

static void say_sequence_retries(struct words *words, const struct edge_advice *edge)
{
	words_add(words, "in %llu of these some step was tried again",
		  number(edge->facts.retried_sequences));
}

static void say_event(struct words *words, const struct edge_advice *edge)
{
	words_add(words, "%llu of %llu calls are Event calls: the reply is an acknowledgement",
		  number(edge->facts.observations), number(edge->facts.observations));
}

static void say_unread(struct words *words, const struct edge_advice *edge)
{
	words_name(words, edge->caller);
	words_add(words, " had answered before the reply began ");
	say_of_all(words, edge->facts.unread_replies, edge->facts.observations, "calls");
}

static void say_same_reply(struct words *words, const struct edge_advice *edge)
{
	const struct edge_facts *facts = &edge->facts;

	if (facts->reply_bytes)
		words_add(words, "the reply's body was the same %llu bytes, a success, ",
			  number(facts->reply_bytes));
	else
		words_add(words, "the reply was an empty success ");
	say_of_all(words, facts->same_replies, facts->observations, "calls");
}

static void add_requests(struct words *words, const struct edge_facts *facts)
{
	words_add(words, "%s%llu different request%s",
		  facts->requests == ADVICE_REQUESTS_MAX ? "at least " : "",
		  number(facts->requests), facts->requests == 1 ? "" : "s");
}

static void say_requests(struct words *words, const struct edge_advice *edge)
{
	words_add(words, "the same came to ");
	add_requests(words, &edge->facts);
}

static void say_last(struct words *words, const struct edge_advice *edge)
{
	words_name(words, edge->caller);
	words_add(words, " called nothing after it ");
	say_of_all(words, edge->facts.last_calls, edge->facts.observations,
		   "calls, but the same function or others with the same body");
}

static void say_fan_out(struct words *words, const struct edge_advice *edge)
{
	const struct edge_facts *facts = &edge->facts;

	words_add(words, "the same body went to up to %llu functions ",
		  number(facts->consumers_max));
	say_of_all(words, facts->fan_outs, facts->observations, "calls");
}

static void say_service(struct words *words, const struct edge_advice *edge)
{
	words_add(words, "both are of the service ");
	words_name(words, edge->facts.service);
	words_add(words, ", by their names");
}

static void say_services(struct words *words, const struct edge_advice *edge)
{
	if (edge->facts.is_outside)
		words_add(words, "the caller is a program outside of every function");
	else
		words_add(words, "their names have no service in common (--service says so "
				 "where they have)");
}

static void say_reply_differs(struct words *words, const struct edge_advice *edge)
{
	const struct edge_facts *facts = &edge->facts;

	if (facts->is_outside)
		return;
	words_add(words, "nothing says that the reply is not needed: it was the same ");
	say_of_all(words, facts->same_replies, facts->observations, "calls");
	words_add(words, ", to ");
	add_requests(words, facts);
	words_add(words, "; its invocation called nothing after it in %llu",
		  number(facts->last_calls));
}

/* ---- what is missing ---- */

static void say_too_few(struct words *words, const struct edge_advice *edge)
{
	if (edge->facts.observations >= ADVICE_OBSERVATIONS_MIN)
		return;
	words_add(words,
		  "%llu of the %u calls that are needed were seen whole, of %llu: record more",
		  number(edge->facts.observations), ADVICE_OBSERVATIONS_MIN,
		  number(edge->facts.calls));
}

static void say_undecided_library(struct words *words, const struct edge_advice *edge)
{
	const struct edge_facts *facts = &edge->facts;

	if (!(edge->undecided & 1u << VERDICT_INLINE))
		return;
	words_name(words, edge->callee);
	words_add(words, " was seen to call nobody, but ");
	words_add(words, "%llu of its %llu invocations were not seen whole",
		  number(facts->callee_unseen), number(facts->callee_invocations));
}

static void say_undecided_database(struct words *words, const struct edge_advice *edge)
{
	const struct edge_facts *facts = &edge->facts;

	if (!(edge->undecided & 1u << VERDICT_VPC_PROXY_OK))
		return;
	words_name(words, edge->callee);
	words_add(words, " reached %s; whether ", facts->database);
	words_name(words, edge->caller);
	words_add(words,
		  " ever does is not known: %llu of its %llu invocations were not seen whole%s",
		  number(facts->caller_unseen), number(facts->caller_invocations),
		  facts->is_caller_unbounded ? ", and it reaches too many to remember" : "");
}

/* ---- what all stand on ---- */

static void say_left_out(struct words *words, const struct edge_advice *edge)
{
	const struct edge_facts *facts = &edge->facts;
	const struct {
		uint64_t count;
		const char *why;
	} parts[] = {
		{ facts->incomplete, "something of it was lost, or it was seen from outside only" },
		{ facts->ambiguous, "several invocations can be the one that it led to" },
		{ facts->unlinked, edge->mode == EDGE_EVENT
					   ? "it was not accepted"
					   : "no invocation was found that it led to" },
		{ facts->cut, "the recording began or ended in it" },
	};
	const char *separator = "";

	if (!facts->incomplete && !facts->ambiguous && !facts->unlinked && !facts->cut)
		return;
	words_add(words, "of %llu calls do not count: ", number(facts->calls));
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (!parts[i].count)
			continue;
		words_add(words, "%s%llu (%s)", separator, number(parts[i].count), parts[i].why);
		separator = ", ";
	}
}

static void say_inferred(struct words *words, const struct edge_advice *edge)
{
	if (edge->facts.inferred)
		words_add(words, "whom a call led to is inferred in %llu of %llu",
			  number(edge->facts.inferred), number(edge->facts.observations));
}

static void say_estimated(struct words *words, const struct edge_advice *edge)
{
	if (edge->facts.estimated)
		words_add(words,
			  "times are estimates in %llu of %llu: the recording has no scheduler "
			  "facts for them",
			  number(edge->facts.estimated), number(edge->facts.observations));
}

static void say_recursive(struct words *words, const struct edge_advice *edge)
{
	if (edge->facts.recursive)
		words_add(words, "it calls itself: AWS stops that after about 16 rounds");
}

static void say_retried(struct words *words, const struct edge_advice *edge)
{
	if (edge->facts.retried)
		words_add(words, "%llu of %llu calls were tried more than once",
			  number(edge->facts.retried), number(edge->facts.observations));
}

#define EVIDENCE_MAX 6

static evidence *const by_verdict[VERDICT_COUNT][EVIDENCE_MAX] = {
	[VERDICT_UNKNOWN] = { say_too_few, say_undecided_library, say_undecided_database },
	[VERDICT_VPC_PROXY_OK] = { say_database, say_no_database },
	[VERDICT_INLINE] = { say_library },
	[VERDICT_BATCH_LOOP_OK] = { say_loop },
	[VERDICT_STEP_FUNCTIONS] = { say_sequence, say_sequence_retries },
	[VERDICT_DIRECT_OK] = { say_service, say_reply_differs },
	[VERDICT_NEEDS_CONTRACT] = { say_services, say_reply_differs },
};

static evidence *const unneeded_event[EVIDENCE_MAX] = { say_event };
static evidence *const unneeded_unread[EVIDENCE_MAX] = { say_unread };
static evidence *const unneeded_same[EVIDENCE_MAX] = { say_same_reply, say_requests, say_last };
static evidence *const common[] = { say_retried, say_recursive, say_left_out, say_inferred,
				    say_estimated };

#define COMMON_COUNT (sizeof(common) / sizeof(common[0]))

static evidence *find_evidence(const struct edge_advice *edge, size_t index)
{
	bool is_unneeded = edge->verdict == VERDICT_ASYNC_SQS || edge->verdict == VERDICT_FAN_OUT;
	evidence *const *list = by_verdict[edge->verdict];

	if (is_unneeded && edge->mode == EDGE_EVENT)
		list = unneeded_event;
	else if (is_unneeded)
		list = edge->facts.unread_replies ? unneeded_unread : unneeded_same;
	if (edge->verdict == VERDICT_FAN_OUT) {
		if (!index)
			return say_fan_out;
		index--;
	}
	for (size_t i = 0; i < EVIDENCE_MAX && list[i]; i++)
		if (!index--)
			return list[i];
	return index < COMMON_COUNT ? common[index] : NULL;
}

bool advice_words_evidence(struct words *words, const struct edge_advice *edge, size_t index)
{
	evidence *say;

	/* Those that have nothing to say do not count. */
	for (size_t i = 0; (say = find_evidence(edge, i)); i++) {
		words_begin(words, words->is_utf8);
		say(words, edge);
		if (words->used && !index--)
			return true;
	}
	return false;
}

bool advice_words_limits(struct words *words, const struct edge_advice *edge)
{
	switch (edge->verdict) {
	case VERDICT_FAN_OUT:
	case VERDICT_ASYNC_SQS:
		if (edge->mode == EDGE_EVENT)
			return false;
		words_add(words, "whether ");
		words_name(words, edge->caller);
		words_add(words,
			  "'s own caller relies on this being done when it is answered, or on "
			  "hearing of a failure, no trace can tell");
		return true;
	case VERDICT_INLINE:
		words_add(words,
			  "whether it is a function of its own for another reason (its memory, "
			  "its permissions, who deploys it) no trace can tell");
		return true;
	case VERDICT_BATCH_LOOP_OK:
	case VERDICT_DIRECT_OK:
	case VERDICT_NEEDS_CONTRACT:
	case VERDICT_STEP_FUNCTIONS:
	case VERDICT_UNKNOWN:
	case VERDICT_VPC_PROXY_OK:
	case VERDICT_COUNT:
		break;
	}
	return false;
}

/* ---- money ---- */

int64_t advice_saving_per_million(const struct edge_advice *edge)
{
	const struct advice_saving *saving = &edge->saving;
	__int128 pico;

	if (!saving->is_known || saving->is_unpriced || !saving->calls)
		return 0;
	pico = (__int128)saving->cost_pico * MILLION / saving->calls;
	return pico > INT64_MAX ? INT64_MAX : pico < INT64_MIN ? INT64_MIN : (int64_t)pico;
}

int64_t advice_price_per_million(const struct edge_advice *edge)
{
	const struct service_price *price = service_price_find(edge->verdict);
	const struct edge_facts *facts = &edge->facts;
	uint64_t mean = facts->observations ? facts->request_bytes / facts->observations : 0;

	return price ? service_price_pico(price, mean) * MILLION : 0;
}

double advice_gb_seconds(const struct price_plan *plan, int64_t pico)
{
	if (!plan->tier_count || !plan->tiers[0].gb_hour_pico)
		return NAN;
	return (double)pico * 3600 / (double)plan->tiers[0].gb_hour_pico;
}

static void add_dollars(struct words *words, int64_t pico)
{
	char text[UNITS_TEXT_MAX];

	words_add(words, "%s", format_dollars(text, pico));
}

/* "5 ms less @what"; what grows is not called a saving. */
static void add_less_ms(struct words *words, int64_t ns, const char *what)
{
	words_ms(words, ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns);
	words_add(words, " %s %s", ns < 0 ? "more" : "less", what);
}

/* Dollars, and what that is in GB-seconds of the plan. */
static void add_saved_money(struct words *words, int64_t million_pico,
			    const struct price_plan *plan)
{
	bool is_more = million_pico < 0;
	int64_t pico = is_more && million_pico > INT64_MIN ? -million_pico : million_pico;
	double gb_seconds = advice_gb_seconds(plan, pico);

	add_dollars(words, pico);
	words_add(words, is_more ? " more" : " less");
	if (!isnan(gb_seconds))
		words_add(words, ", the worth of %.*f GB-s", gb_seconds < 100 ? 2 : 0, gb_seconds);
}

bool advice_words_saving(struct words *words, const struct edge_advice *edge,
			 const struct price_plan *plan)
{
	const struct advice_saving *saving = &edge->saving;
	int64_t calls = (int64_t)saving->calls;

	if (!saving->is_known || !calls)
		return false;
	words_add(words, "per call ");
	add_less_ms(words, saving->billed_ns / calls, "billed");
	words_add(words, " and ");
	add_less_ms(words, saving->latency_ns / calls, "latency");
	if (saving->is_unpriced) {
		words_add(words, "; in money it is not known: some function's memory is not");
	} else {
		words_add(words, "; per million calls ");
		add_saved_money(words, advice_saving_per_million(edge), plan);
	}
	words_add(words, " (replay of %llu calls)", number(saving->calls));
	return true;
}

bool advice_words_price(struct words *words, const struct edge_advice *edge,
			const struct price_plan *plan)
{
	const struct service_price *price = service_price_find(edge->verdict);
	int64_t pico = advice_price_per_million(edge);
	double gb_seconds = advice_gb_seconds(plan, pico / MILLION);

	if (!price)
		return false;
	add_dollars(words, pico);
	words_add(words, " per million calls (%s: %u %s%s each, at ", price->name, price->units,
		  price->unit, price->units == 1 ? "" : "s");
	add_dollars(words, price->unit_pico * MILLION);
	words_add(words, " per million; %s)", SERVICE_PRICES_SOURCE);
	if (!isnan(gb_seconds))
		words_add(words, ": one costs as much as %.3g GB-s of waiting, %.3g s at 128 MB",
			  gb_seconds, gb_seconds * 8);
	return true;
}

bool advice_words_balance(struct words *words, const struct edge_advice *edge)
{
	int64_t saving = advice_saving_per_million(edge), price = advice_price_per_million(edge);

	if (!service_price_find(edge->verdict))
		return false;
	if (edge->saving.is_unpriced) {
		words_add(words,
			  "what it would save in money is not known, so not whether it pays");
		return true;
	}
	if (!edge->saving.is_known || !edge->saving.calls) {
		if (edge->verdict == VERDICT_NEEDS_CONTRACT) {
			words_add(words, "it saves no waiting: it adds ");
			add_dollars(words, price);
			words_add(words, " per million calls, for the sake of the contract");
		} else if (edge->mode == EDGE_EVENT || edge->facts.unread_replies) {
			words_add(words, "there is no waiting that it could save: it adds ");
			add_dollars(words, price);
			words_add(words, " per million calls, for what a queue can do");
		} else {
			words_add(words, "what it would save is not known, so not whether it pays");
		}
		return true;
	}
	if (saving > price) {
		words_add(words, "it pays: ");
		add_dollars(words, saving - price);
		words_add(words, " less per million calls");
	} else {
		words_add(words, "on cost alone it does not pay: ");
		add_dollars(words, price - saving);
		words_add(words, " more per million calls; the reason has to be another");
	}
	return true;
}
