/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * link_text.c - see link_text.h. Says what link_basis.h says, no more.
 */
#include "output/link_text.h"

const char *link_reason_text(enum link_reason reason)
{
	static const char *const texts[] = {
		[LINK_REASON_NONE] = "the reason was not kept",
		[ROOT_NO_DISPATCHER] = "who handed the event over was not seen",
		[ROOT_NO_REQUEST] = "who handed the event over had no request that it can be for",
		[ROOT_TAKEN] = "the requests that it can be for led to other events, and no "
			       "invocation made them",
		[ROOT_CLIENT_UNSEEN] = "who sent the request was not recorded",
		[ROOT_CLIENT_OUTSIDE] = "who sent the request was in no invocation then",
		[CALLER_OWNER_UNKNOWN] = "several invocations were open at once where the call "
					 "was made, and which of them made it is not known",
		[CALLER_TAKEN] = "the calls that it can be for fit other events better",
		[CALLER_TOLD] = "the caller's chain was closed before the link was known",
		[CALLER_IS_EFFECT] = "the one that would be its caller was called by it",
		[CALLER_ANSWERED] = "that call has led to another invocation already",
		[CALLER_UNFINISHED] = "its caller's end was not recorded",
		[CALLEE_NO_FUNCTION] = "what is called is no function",
		[CALLEE_NO_SERVER] = "the other end is not on this host, or was not recorded",
		[CALLEE_UNREAD] = "no request was read at the other end, which was recorded",
		[CALLEE_DRY_RUN] = "no function runs for a dry run",
		[CALLEE_REFUSED] = "it was refused (4xx): no function ran",
		[CALLEE_NOT_HANDED_OVER] = "who received it handed no event over for it",
		[CALLEE_TAKEN] = "the events that it can have led to fit other calls better",
		[CALLEE_UNLINKED] = "the invocation that it led to could not be joined to it",
		[CALLEE_NOT_CONNECTED] = "its connect was refused, or given up",
		[CALLEE_LOST] = "facts of connections were lost before it ended",
	};

	_Static_assert(sizeof(texts) / sizeof(texts[0]) == LINK_REASON_COUNT, "a text each");
	return texts[reason < LINK_REASON_COUNT ? reason : LINK_REASON_NONE];
}

static const char *relayed_words(const struct link_basis *basis)
{
	switch (basis->relayed) {
	case LINK_EXACT:
		if (basis->evidence & LINK_BY_THREAD && basis->relays == 1)
			return "one thread of it received, sent on, waited and answered";
		return "by an id, by one thread that did nothing else, or as the only one it had "
		       "open";
	case LINK_INFERRED:
		return "by content and time";
	default:
		return "one of several that are alike";
	}
}

/* How the request came to who read it. */
static void tell_way(struct words *words, const struct link_basis *basis)
{
	if (basis->evidence & LINK_BY_TRANSLATION)
		words_add(words, "addresses are translated on its way (%s); ",
			  basis->relayed == LINK_AMBIGUOUS ? "bodies, ports and time fit several"
							   : "it is known by body, port and time");
	if (basis->relays) {
		words_count(words, basis->relays, "process", "processes");
		words_add(words, " passed it on (%s); ", relayed_words(basis));
	}
	words_add(words, "process %u received it", basis->receiver_tgid);
	if (basis->evidence & LINK_BY_SOCKET_PAIR)
		words_add(words, basis->evidence & LINK_BY_TRANSLATION
					 ? ", in part over connections whose two ends are known"
				 : basis->relays ? ", over connections whose two ends are known"
						 : " over a connection whose two ends are known");
}

static const char *hand_over_words(const struct link_basis *basis, enum boundary boundary)
{
	if (basis->evidence & LINK_BY_SERVED)
		return ", and serves it itself: the request is the event";
	switch (boundary) {
	case BOUNDARY_NODE_WORKER:
		return ", and sent the event to a worker thread";
	case BOUNDARY_CHILD_PROCESS:
		return ", and wrote the event to a child process";
	default:
		return ", and answered the runtime's request for an event with it";
	}
}

static void tell_others(struct words *words, const struct link_basis *basis)
{
	if (basis->requests) {
		words_count(words, basis->requests, "other request", "other requests");
		words_add(words, " can be for this event");
	}
	if (basis->requests && basis->events)
		words_add(words, ", and ");
	if (basis->events) {
		words_count(words, basis->events, "other event", "other events");
		words_add(words, " can be for this request");
	}
	if (!basis->requests && !basis->events)
		words_add(words, "nothing else can be");
}

static void tell_choice(struct words *words, const struct link_basis *basis)
{
	uint32_t evidence = basis->evidence;

	if (evidence & LINK_BY_BEING_ALONE) {
		words_add(words, "; no other request can be for this event, and no other event "
				 "for this request");
	} else if (evidence & LINK_BY_EXCLUSION) {
		words_add(words, "; by time, names and ids ");
		tell_others(words, basis);
		words_add(words, ", but every other choice leaves a request without its event");
	} else if (evidence & LINK_BY_CONTENT) {
		words_add(words, "; by time, names and ids ");
		tell_others(words, basis);
		words_add(words, ": names and bodies fit best so");
	} else if (evidence & LINK_BY_ORDER) {
		words_add(words, "; by time, names and ids ");
		tell_others(words, basis);
		words_add(words, ", and nothing but their order tells them apart: first come, "
				 "first served");
	} else if (evidence & LINK_BY_FIRST_BEST) {
		words_add(words, "; ");
		tell_others(words, basis);
		words_add(words, ": too many at once to compare every choice, so the strongest "
				 "pairs came first");
	}
}

static void tell_bits(struct words *words, uint32_t evidence, const char *lead, uint32_t wanted)
{
	static const struct {
		uint32_t bit;
		const char *text;
	} things[] = {
		{ LINK_BY_REQUEST_ID, "request id" },
		{ LINK_BY_FUNCTION_NAME, "function name" },
		{ LINK_BY_EVENT_DIGEST | LINK_NOT_EVENT_DIGEST, "body of the event" },
		{ LINK_BY_RESULT_DIGEST | LINK_NOT_RESULT_DIGEST, "body of the result" },
	};
	size_t told = 0;

	for (size_t i = 0; i < sizeof(things) / sizeof(things[0]); i++)
		if (evidence & wanted & things[i].bit)
			words_add(words, "%s%s", told++ ? ", " : lead, things[i].text);
}

static bool has_event(const struct link_basis *basis)
{
	const uint32_t choices = LINK_BY_SERVED | LINK_BY_BEING_ALONE | LINK_BY_EXCLUSION |
				 LINK_BY_CONTENT | LINK_BY_ORDER | LINK_BY_FIRST_BEST |
				 LINK_BY_RERUN;

	return basis->evidence & choices;
}

void link_words(struct words *words, enum link_kind link, uint32_t alternatives,
		const struct link_basis *basis, const struct invocation *callee)
{
	const uint32_t equal = LINK_BY_REQUEST_ID | LINK_BY_FUNCTION_NAME | LINK_BY_EVENT_DIGEST |
			       LINK_BY_RESULT_DIGEST;
	const uint32_t different = LINK_NOT_EVENT_DIGEST | LINK_NOT_RESULT_DIGEST;

	words_add(words, "%s", link_name(link));
	if (link == LINK_AMBIGUOUS) {
		words_add(words, ", the best of ");
		words_count(words, (uint64_t)alternatives + 1, "candidate", "candidates");
	}
	if (basis->reason)
		words_add(words, ": %s", link_reason_text(basis->reason));
	if (!basis->receiver_tgid)
		return;
	words_add(words, basis->reason ? "; " : ": ");
	if (basis->evidence & LINK_BY_RERUN)
		words_add(words,
			  "the same event had failed before, and what caused that caused this, "
			  "too; of the first one: ");
	tell_way(words, basis);
	if (!has_event(basis) || !callee)
		return;
	words_add(words, "%s", hand_over_words(basis, callee->environment->boundary));
	tell_choice(words, basis);
	if (basis->evidence & LINK_IN_DOUBT && !(basis->evidence & different))
		words_add(words, "; and no surer than links decided before it, which could have "
				 "been this one");
	if (basis->evidence & LINK_UNNAMED)
		words_add(words, "; but nothing says that the request asked for a function");
	tell_bits(words, basis->evidence, "; equal: ", equal);
	tell_bits(words, basis->evidence,
		  basis->evidence & LINK_IN_DOUBT ? "; and less sure for what is different: "
						  : "; although different: ",
		  different);
}
