// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * whatif_words.c - see whatif_words.h.
 */
#include "output/whatif_words.h"

#include <string.h>

#include "base/units.h"

static const char *const kind_names[] = {
	[REPLAY_INLINE] = "inline",	    [REPLAY_ASYNC] = "async",
	[REPLAY_PARALLEL] = "parallel",	    [REPLAY_MEMORY] = "memory",
	[REPLAY_PRICE_PLAN] = "price-plan",
};

static const char *const left_names[REPLAY_LEFT_COUNT] = {
	[REPLAY_LEFT_UNLINKED] = "unlinked",
	[REPLAY_LEFT_AMBIGUOUS] = "ambiguous",
	[REPLAY_LEFT_INCOMPLETE] = "incomplete",
	[REPLAY_LEFT_ENDED] = "ended",
	[REPLAY_LEFT_RETRIED] = "retried",
	[REPLAY_LEFT_EVENT] = "event",
	[REPLAY_LEFT_BUSY] = "busy",
	[REPLAY_LEFT_NO_MEMORY] = "no_memory",
};

static const char *const left_reasons[REPLAY_LEFT_COUNT] = {
	[REPLAY_LEFT_UNLINKED] = "nobody was seen to answer",
	[REPLAY_LEFT_AMBIGUOUS] = "who answered is not sure",
	[REPLAY_LEFT_INCOMPLETE] =
		"the caller's or the callee's figures are bounds, or shared with others",
	[REPLAY_LEFT_ENDED] =
		"killed, timed out or without a reply: what would have followed is not known",
	[REPLAY_LEFT_RETRIED] = "one of several attempts of a call",
	[REPLAY_LEFT_EVENT] = "asynchronous as it is",
	[REPLAY_LEFT_BUSY] = "something happened after the call before",
	[REPLAY_LEFT_NO_MEMORY] = "the memory before is not known, so only the price is another",
};

const char *whatif_kind_name(enum replay_kind kind)
{
	return kind_names[kind];
}

const char *whatif_left_name(enum replay_left left)
{
	return left_names[left];
}

struct telling {
	const struct whatif *whatif;
	const struct results *results;
	const struct whatif_teller *teller;
	struct words words; /* of the sentence in the making */
};

static struct words *begin(struct telling *telling)
{
	words_begin(&telling->words, telling->teller->is_utf8);
	return &telling->words;
}

static void end(struct telling *telling)
{
	telling->teller->tell(telling->teller->context, &telling->words);
}

static uint32_t memory_of(const struct telling *telling, const char *name)
{
	const struct results *results = telling->results;

	for (size_t i = 0; i < results->function_count; i++)
		if (!strcmp(results->functions[i].name, name))
			return results->functions[i].memory_mb;
	return 0;
}

/* "3 of 4" */
static void add_taken(struct words *words, const struct replay_tally *tally)
{
	uint64_t all = tally->taken;

	for (unsigned int left = 0; left < REPLAY_LEFT_COUNT; left++)
		all += tally->left[left];
	words_add(words, "%llu of %llu ", (unsigned long long)tally->taken,
		  (unsigned long long)all);
}

/* "3 of 4 calls of b by a" */
static void add_edge_calls(struct words *words, const struct replay_change *change,
			   const struct replay_tally *tally)
{
	add_taken(words, tally);
	words_add(words, "calls of ");
	words_name(words, change->callee);
	words_add(words, " by ");
	words_name(words, change->caller);
}

/* ---- one change ---- */

static void tell_inline(struct telling *telling, const struct replay_change *change,
			const struct replay_tally *tally)
{
	uint32_t caller_mb = memory_of(telling, change->caller);
	uint32_t callee_mb = memory_of(telling, change->callee);
	struct words *words = begin(telling);

	add_edge_calls(words, change, tally);
	words_add(
		words,
		" run inside the caller. The callee's request charge, INIT and transit are gone; its "
		"work, waits and calls are the caller's. They share one CPU: work that overlapped "
		"is done in turn, waits overlap as before.");
	end(telling);
	words = begin(telling);
	words_add(words, "What ");
	words_name(words, change->caller);
	words_add(words,
		  " did to make those calls and to read the replies stays; in reality most of it "
		  "would be gone, too.");
	end(telling);
	if (!caller_mb || !callee_mb || caller_mb == callee_mb)
		return;
	words = begin(telling);
	words_name(words, change->callee);
	words_add(words,
		  " ran with %u MB. Its work is billed at the caller's %u MB and keeps its length, "
		  "although its share of a CPU would be another; and its memory must fit.",
		  callee_mb, caller_mb);
	end(telling);
}

static void tell_async(struct telling *telling, const struct replay_change *change,
		       const struct replay_tally *tally)
{
	struct words *words = begin(telling);
	char accept[UNITS_TEXT_MAX];

	add_edge_calls(words, change, tally);
	words_add(
		words,
		" are asynchronous: the caller waits for the 202 only and goes on without the "
		"reply, which it must not need. Each callee is a chain of its own and is billed as "
		"before.");
	end(telling);
	words = begin(telling);
	if (change->accept_ns)
		words_add(words,
			  "The 202 comes after %s, the median of this trace's asynchronous calls.",
			  format_duration(accept, change->accept_ns));
	else
		words_add(words,
			  "The 202 comes after what the call's way there and back took, INIT "
			  "excepted: %s.",
			  telling->whatif->is_read_once
				  ? "what comes from a pipe is read once, too late to know "
				    "it from the trace's asynchronous calls"
				  : "no asynchronous call was seen from which to know it better");
	end(telling);
}

static void tell_parallel(struct telling *telling, const struct replay_change *change,
			  const struct replay_tally *tally)
{
	struct words *words = begin(telling);
	char gap[UNITS_TEXT_MAX];

	add_taken(words, tally);
	words_add(words, "calls of ");
	words_name(words, change->caller);
	words_add(
		words,
		" that followed another begin together with it. That they do not need its reply "
		"cannot be seen from outside. Taken are those that came at most %s, and a quarter "
		"of either call's length, after it, with no call and no timer in between; databases "
		"and retries are not.",
		format_duration(gap, REPLAY_GAP_MAX_NS));
	end(telling);
}

static void tell_memory(struct telling *telling, const struct replay_change *change,
			const struct replay_tally *tally)
{
	struct words *words = begin(telling);
	uint32_t before_mb = memory_of(telling, change->caller);

	add_taken(words, tally);
	words_add(words, "invocations of ");
	words_name(words, change->caller);
	words_add(words, " have %u MB", change->memory_mb);
	if (before_mb)
		words_add(words, " instead of %u", before_mb);
	words_add(
		words,
		". What they did on a CPU, or were kept from by a CPU quota, takes as long as "
		"their share of one allows, by AWS's rule that %u MB are one CPU; more does not speed up one "
		"thread, and work of a few ms between waits is less slowed down than that. "
		"INIT keeps its length, and the recording is taken to show the speed of "
		"the memory before.",
		REPLAY_MB_PER_CPU);
	end(telling);
}

static void tell_plan(struct telling *telling, const struct replay_change *change)
{
	struct words *words = begin(telling);

	words_add(words, "Prices are those of ");
	words_name(words, change->plan->name);
	words_add(words, "; before, of ");
	words_name(words, telling->whatif->plan->name);
	words_add(
		words,
		". Further tiers, free tiers and what is charged for environments are not counted.");
	end(telling);
}

static void tell_left(struct telling *telling, const struct replay_change *change,
		      const struct replay_tally *tally)
{
	bool is_memory = change->kind == REPLAY_MEMORY;

	for (unsigned int left = 0; left < REPLAY_LEFT_COUNT; left++) {
		struct words *words = begin(telling);

		if (!tally->left[left])
			continue;
		words_add(words, "Left as they were: ");
		words_count(words, tally->left[left], is_memory ? "invocation" : "call",
			    is_memory ? "invocations" : "calls");
		words_add(words, " of ");
		words_name(words, change->callee ? change->callee : change->caller);
		words_add(words, "; %s.", left_reasons[left]);
		end(telling);
	}
}

static void tell_change(struct telling *telling, size_t index)
{
	const struct replay_change *change = &telling->whatif->changes[index];
	const struct replay_tally *tally = &telling->whatif->tallies[index];

	switch (change->kind) {
	case REPLAY_INLINE:
		tell_inline(telling, change, tally);
		break;
	case REPLAY_ASYNC:
		tell_async(telling, change, tally);
		break;
	case REPLAY_PARALLEL:
		tell_parallel(telling, change, tally);
		break;
	case REPLAY_MEMORY:
		tell_memory(telling, change, tally);
		break;
	case REPLAY_PRICE_PLAN:
		tell_plan(telling, change);
		break;
	}
	tell_left(telling, change, tally);
}

/* ---- all of it ---- */

static void tell_bounds(struct telling *telling)
{
	const struct sums *sums = &telling->whatif->before.sums;

	if (sums->incomplete) {
		words_add(
			begin(telling),
			"%llu of %llu invocations are incomplete: their figures are bounds, on both sides.",
			(unsigned long long)sums->incomplete,
			(unsigned long long)sums->invocations);
		end(telling);
	}
	if (telling->whatif->unpriced) {
		words_add(
			begin(telling),
			"The memory of %llu of %llu invocations is not known: the cost before leaves them "
			"out, so it does not compare with the cost after.",
			(unsigned long long)telling->whatif->unpriced,
			(unsigned long long)sums->invocations);
		end(telling);
	}
	if (sums->estimated) {
		words_add(
			begin(telling),
			"%llu of %llu invocations were recorded without scheduler facts: what no call "
			"covers counts as work.",
			(unsigned long long)sums->estimated, (unsigned long long)sums->invocations);
		end(telling);
	}
}

/* What hangs on how long callees take, and is not known for another length. */
static void tell_waste(struct telling *telling)
{
	const struct sums *sums = &telling->whatif->before.sums;

	if (!sums->orphans && !sums->retry_waste_ns && !sums->duplicates)
		return;
	words_add(
		begin(telling),
		"Calls were given up or tried again: they are again, whether or not their callees "
		"would now be in time. What served nobody stays on the bill.");
	end(telling);
}

void whatif_tell(const struct whatif *whatif, const struct results *results,
		 const struct whatif_teller *teller)
{
	struct telling telling = { .whatif = whatif, .results = results, .teller = teller };
	bool has_times = false;

	for (size_t i = 0; i < whatif->change_count; i++) {
		has_times |= whatif->changes[i].kind != REPLAY_PRICE_PLAN;
		tell_change(&telling, i);
	}
	if (has_times) {
		words_add(
			begin(&telling),
			"What was done keeps its length, what waited for something ends when that ends, "
			"and cold starts stay where they were.");
		end(&telling);
		tell_waste(&telling);
	}
	tell_bounds(&telling);
}
