// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * link_basis.c - the names of evidence and reasons.
 */
#include "model/link_basis.h"

#include <stddef.h>

const char *link_evidence_name(unsigned int bit)
{
	static const char *const names[] = {
		"socket_pair",
		"relay",
		"served",
		"request_id",
		"function_name",
		"event_digest",
		"result_digest",
		"not_event_digest",
		"not_result_digest",
		"alone",
		"exclusion",
		"content",
		"order",
		"first_best",
		"thread",
		"translation",
		"rerun",
		"in_doubt",
		"unnamed",
	};

	_Static_assert(sizeof(names) / sizeof(names[0]) == LINK_EVIDENCE_BITS, "a name each");
	return bit < LINK_EVIDENCE_BITS ? names[bit] : NULL;
}

const char *link_reason_name(enum link_reason reason)
{
	static const char *const names[] = {
		[LINK_REASON_NONE] = "none",
		[ROOT_NO_DISPATCHER] = "no_dispatcher",
		[ROOT_NO_REQUEST] = "no_request",
		[ROOT_CLIENT_UNSEEN] = "client_unseen",
		[ROOT_CLIENT_OUTSIDE] = "client_outside",
		[CALLER_OWNER_UNKNOWN] = "owner_unknown",
		[CALLER_TAKEN] = "caller_taken",
		[CALLER_TOLD] = "caller_told",
		[CALLER_IS_EFFECT] = "caller_is_effect",
		[CALLER_ANSWERED] = "caller_answered",
		[CALLER_UNFINISHED] = "caller_unfinished",
		[CALLEE_NO_FUNCTION] = "no_function",
		[CALLEE_NO_SERVER] = "no_server",
		[CALLEE_UNREAD] = "unread",
		[CALLEE_DRY_RUN] = "dry_run",
		[CALLEE_REFUSED] = "refused",
		[CALLEE_NOT_HANDED_OVER] = "not_handed_over",
		[CALLEE_TAKEN] = "callee_taken",
		[CALLEE_UNLINKED] = "callee_unlinked",
		[CALLEE_LOST] = "lost",
		[ROOT_TAKEN] = "root_taken",
		[CALLEE_NOT_CONNECTED] = "not_connected",
	};

	_Static_assert(sizeof(names) / sizeof(names[0]) == LINK_REASON_COUNT, "a name each");
	return reason < LINK_REASON_COUNT ? names[reason] : "none";
}
