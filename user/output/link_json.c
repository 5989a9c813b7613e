/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * link_json.c - see link_json.h.
 */
#include "output/link_json.h"

void json_link(struct json_writer *writer, enum link_kind link, uint32_t alternatives,
	       const struct link_basis *basis)
{
	json_string(writer, "link", link_name(link));
	if (link == LINK_AMBIGUOUS)
		json_uint(writer, "alternatives", alternatives);
	if (basis->reason)
		json_string(writer, "reason", link_reason_name(basis->reason));
	json_array_begin(writer, "evidence");
	for (unsigned int bit = 0; bit < LINK_EVIDENCE_BITS; bit++)
		if (basis->evidence & 1u << bit)
			json_string(writer, NULL, link_evidence_name(bit));
	json_array_end(writer);
}

static void write_counts(struct json_writer *writer, const char *what,
			 const uint64_t counts[LINK_REASON_COUNT])
{
	for (unsigned int reason = 0; reason < LINK_REASON_COUNT; reason++) {
		if (!counts[reason])
			continue;
		json_object_begin(writer, NULL);
		json_string(writer, "what", what);
		json_string(writer, "reason", link_reason_name(reason));
		json_uint(writer, "count", counts[reason]);
		json_object_end(writer);
	}
}

static bool has_any(const struct unlinked *unlinked)
{
	for (unsigned int reason = 0; reason < LINK_REASON_COUNT; reason++)
		if (unlinked->calls[reason] || unlinked->invocations[reason])
			return true;
	return false;
}

void json_not_linked(struct json_writer *writer, const struct unlinked *unlinked)
{
	if (!has_any(unlinked))
		return;
	json_array_begin(writer, "not_linked");
	write_counts(writer, "call", unlinked->calls);
	write_counts(writer, "invocation", unlinked->invocations);
	json_array_end(writer);
}
