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
