// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * trace_ids.c - see trace_ids.h.
 *
 * The trace id is that of the cause, else the first X-Ray Root, else the first W3C trace id, in this
 * order: the root, then the others by their start; of each its event's header, the request that it
 * answers, its calls. It does not depend on when which chain closes.
 *
 * Which span a header names:
 *   traceparent on a call     that call, as its caller knows it (W3C Trace Context, 3.2.2.4)
 *   Parent with an event      the invocation, where the request had another Parent or none: then who
 *                             handed the event over made it, as Lambda does. Else it was passed on.
 *   Parent on calls           the invocation, where several calls have the same, and it came neither
 *                             with the event nor with the request
 * Passed-on spans are their sender's. A span that seems to have two names is none of theirs.
 */
#include "analysis/trace_ids.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash_map.h"
#include "base/trace_context.h"
#include "base/units.h"

#define CAUSES_MAX 64 /* callers and causes in a row that are followed to a root */

/* ---- headers ---- */

enum trace_form {
	FORM_NONE = 0,
	FORM_XRAY = 1,
	FORM_W3C = 2,
};

/* Told of every header of a chain that names a trace; false: enough. */
typedef bool header_visitor(void *context, struct invocation *invocation,
			    const struct trace_context *header, enum trace_form form);

static bool visit_text(header_visitor *visit, void *context, struct invocation *invocation,
		       const char *xray, const char *w3c)
{
	struct trace_context header;

	if (xray && !trace_context_parse_xray(&header, xray) &&
	    !visit(context, invocation, &header, FORM_XRAY))
		return false;
	return !w3c || trace_context_parse_w3c(&header, w3c) ||
	       visit(context, invocation, &header, FORM_W3C);
}

/* The request it answers; NULL: not known. */
static const struct exchange *find_entry(const struct invocation *invocation)
{
	return invocation->entry ? invocation->entry : invocation->request;
}

static bool visit_invocation(header_visitor *visit, void *context, struct invocation *invocation)
{
	const struct exchange *entry = find_entry(invocation);

	if (!visit_text(visit, context, invocation, invocation->trace_header, NULL))
		return false;
	if (entry &&
	    !visit_text(visit, context, invocation, entry->trace_header, entry->traceparent))
		return false;
	for (size_t i = 0; i < invocation->attempt_count; i++) {
		const struct exchange *attempt = invocation->attempts[i];

		if (!visit_text(visit, context, invocation, attempt->trace_header,
				attempt->traceparent))
			return false;
	}
	return true;
}

static void visit_chain(header_visitor *visit, void *context, const struct chain *chain)
{
	if (!visit_invocation(visit, context, chain->root))
		return;
	for (size_t i = 0; i < chain->invocation_count; i++)
		if (chain->invocations[i] != chain->root &&
		    !visit_invocation(visit, context, chain->invocations[i]))
			return;
}

/* ---- the trace id ---- */

struct choice {
	enum trace_form form;
	uint8_t trace_id[TRACE_ID_BYTES];
};

static bool choose(void *context, struct invocation *invocation, const struct trace_context *header,
		   enum trace_form form)
{
	struct choice *choice = context;

	if (choice->form == FORM_NONE || form == FORM_XRAY) {
		choice->form = form;
		memcpy(choice->trace_id, header->trace_id, TRACE_ID_BYTES);
	}
	return form != FORM_XRAY;
}

static bool has_other_id(const struct trace_context *header, const uint8_t *trace_id)
{
	return memcmp(header->trace_id, trace_id, TRACE_ID_BYTES) != 0;
}

static bool mark_conflict(void *context, struct invocation *invocation,
			  const struct trace_context *header, enum trace_form form)
{
	struct chain *chain = context;

	if (!has_other_id(header, chain->trace_id))
		return true;
	invocation->flags |= INVOCATION_TRACE_CONFLICT;
	chain->has_trace_conflict = true;
	return true;
}

/* A number that the facts alone decide: where and when it ran, and for which request. */
static uint64_t identify(const struct invocation *invocation)
{
	const char *request_id = invocation->request_id ? invocation->request_id : "";
	uint64_t hash = hash_bytes(request_id, strlen(request_id));

	hash = hash_mix(hash + invocation->environment->tgid);
	hash = hash_mix(hash + invocation->environment->worker_tid);
	if (invocation->request) {
		hash = hash_mix(hash + invocation->request->connection);
		hash = hash_mix(hash + invocation->request->sequence);
	}
	return hash;
}

static void derive_trace_id(uint8_t trace_id[TRACE_ID_BYTES], const struct invocation *root,
			    uint64_t realtime_offset_ns)
{
	uint64_t start_ns = root->start_ns + realtime_offset_ns;

	trace_id_derive(trace_id, (uint32_t)(start_ns / NS_PER_S), start_ns, identify(root));
}

/*
 * The cause's trace id. Where its chain stays open while so many end that this one is told before it
 * (SEQUENCE_HELD_MAX), it is decided here and now from the root above it, which keeps it.
 */
static const uint8_t *find_cause_id(const struct chain *chain, uint64_t realtime_offset_ns)
{
	struct invocation *root = chain->caused_by;
	struct choice choice = { .form = FORM_NONE };

	for (int i = 0; trace_id_is_none(root->trace_id) && i < CAUSES_MAX; i++) {
		struct invocation *above = root->parent ? root->parent : root->caused_by;

		if (!above)
			break;
		root = above;
	}
	if (!trace_id_is_none(root->trace_id))
		return root->trace_id;
	visit_invocation(choose, &choice, root);
	if (choice.form)
		memcpy(root->trace_id, choice.trace_id, TRACE_ID_BYTES);
	else
		derive_trace_id(root->trace_id, root, realtime_offset_ns);
	return root->trace_id;
}

static enum trace_source find_source(const struct chain *chain, const struct choice *choice)
{
	if (chain->caused_by)
		return TRACE_FROM_CAUSE;
	if (!choice->form || memcmp(choice->trace_id, chain->trace_id, TRACE_ID_BYTES) != 0)
		return TRACE_DERIVED;
	return choice->form == FORM_XRAY ? TRACE_FROM_XRAY : TRACE_FROM_W3C;
}

static void choose_trace_id(struct chain *chain, uint64_t realtime_offset_ns)
{
	struct choice choice = { .form = FORM_NONE };

	visit_chain(choose, &choice, chain);
	if (chain->caused_by)
		memcpy(chain->trace_id, find_cause_id(chain, realtime_offset_ns), TRACE_ID_BYTES);
	else if (!trace_id_is_none(chain->root->trace_id)) /* told to what it caused already */
		memcpy(chain->trace_id, chain->root->trace_id, TRACE_ID_BYTES);
	else if (choice.form)
		memcpy(chain->trace_id, choice.trace_id, TRACE_ID_BYTES);
	else
		derive_trace_id(chain->trace_id, chain->root, realtime_offset_ns);
	chain->trace_source = find_source(chain, &choice);
	visit_chain(mark_conflict, chain, chain);
}

/* ---- spans ---- */

/* Span ids of this chain's trace that came with an invocation's event and request; all zero: none. */
struct arrived {
	uint8_t event[SPAN_ID_BYTES];
	uint8_t xray[SPAN_ID_BYTES];
	uint8_t w3c[SPAN_ID_BYTES];
};

static void read_span(uint8_t ret_span_id[SPAN_ID_BYTES], const uint8_t *trace_id, const char *text,
		      enum trace_form form)
{
	struct trace_context header;

	if (text &&
	    !(form == FORM_W3C ? trace_context_parse_w3c(&header, text)
			       : trace_context_parse_xray(&header, text)) &&
	    !has_other_id(&header, trace_id))
		memcpy(ret_span_id, header.span_id, SPAN_ID_BYTES);
}

static bool is_same_span(const uint8_t *a, const uint8_t *b)
{
	return !memcmp(a, b, SPAN_ID_BYTES);
}

static bool has_arrived(const struct arrived *arrived, const uint8_t *span_id)
{
	return is_same_span(arrived->event, span_id) || is_same_span(arrived->xray, span_id) ||
	       is_same_span(arrived->w3c, span_id);
}

static void read_arrived(struct arrived *arrived, const struct chain *chain,
			 const struct invocation *invocation)
{
	const struct exchange *entry = find_entry(invocation);

	memset(arrived, 0, sizeof(*arrived));
	read_span(arrived->event, chain->trace_id, invocation->trace_header, FORM_XRAY);
	if (!entry)
		return;
	read_span(arrived->xray, chain->trace_id, entry->trace_header, FORM_XRAY);
	read_span(arrived->w3c, chain->trace_id, entry->traceparent, FORM_W3C);
}

/* Whether all of the request's headers are known: then what is not in them was not in the request. */
static bool is_head_known(const struct exchange *entry)
{
	return entry && entry->has_request &&
	       !(entry->flags &
		 (MESSAGE_HAS_GAP | MESSAGE_START_INFERRED | MESSAGE_TRACE_MALFORMED));
}

/* The one span that the X-Ray headers of at least two of its calls name, and nobody told it. */
static void find_calls_parent(uint8_t ret_span_id[SPAN_ID_BYTES], const struct chain *chain,
			      const struct invocation *invocation, const struct arrived *arrived)
{
	uint8_t first[SPAN_ID_BYTES] = { 0 };
	uint32_t first_call = 0;
	bool has_two = false;

	for (size_t i = 0; i < invocation->attempt_count; i++) {
		const struct exchange *attempt = invocation->attempts[i];
		uint8_t span_id[SPAN_ID_BYTES] = { 0 };

		read_span(span_id, chain->trace_id, attempt->trace_header, FORM_XRAY);
		if (span_id_is_none(span_id))
			continue;
		if (span_id_is_none(first)) {
			memcpy(first, span_id, SPAN_ID_BYTES);
			first_call = attempt->call;
		}
		if (!is_same_span(span_id, first))
			return;
		has_two |= attempt->call != first_call;
	}
	if (has_two && !has_arrived(arrived, first))
		memcpy(ret_span_id, first, SPAN_ID_BYTES);
}

/*
 * Whether the traceparents of its calls are its own. One that came with its event and is passed on is another's;
 * where its request is not known, only spans that differ are no such.
 */
static bool has_own_parents(const struct chain *chain, const struct invocation *invocation)
{
	uint8_t first[SPAN_ID_BYTES] = { 0 };

	if (find_entry(invocation))
		return true;
	for (size_t i = 0; i < invocation->attempt_count; i++) {
		uint8_t span_id[SPAN_ID_BYTES] = { 0 };

		read_span(span_id, chain->trace_id, invocation->attempts[i]->traceparent, FORM_W3C);
		if (span_id_is_none(first))
			memcpy(first, span_id, SPAN_ID_BYTES);
		else if (!span_id_is_none(span_id) && !is_same_span(span_id, first))
			return true;
	}
	return false;
}

/* Fills what the wire names; what stays zero is derived. */
static void find_wire_spans(const struct chain *chain, struct invocation *invocation)
{
	struct arrived arrived;

	read_arrived(&arrived, chain, invocation);
	if (is_head_known(invocation->entry) && !is_same_span(arrived.event, arrived.xray) &&
	    !is_same_span(arrived.event, arrived.w3c))
		memcpy(invocation->span_id, arrived.event, SPAN_ID_BYTES);
	if (span_id_is_none(invocation->span_id))
		find_calls_parent(invocation->span_id, chain, invocation, &arrived);
	if (!has_own_parents(chain, invocation))
		return;
	for (size_t i = 0; i < invocation->attempt_count; i++) {
		struct exchange *attempt = invocation->attempts[i];

		read_span(attempt->span_id, chain->trace_id, attempt->traceparent, FORM_W3C);
		if (has_arrived(&arrived, attempt->span_id))
			memset(attempt->span_id, 0, SPAN_ID_BYTES);
	}
}

static int compare_spans(const void *left, const void *right)
{
	return memcmp(*(uint8_t *const *)left, *(uint8_t *const *)right, SPAN_ID_BYTES);
}

/* Clears spans that have two names. 0 or -ENOMEM. */
static int drop_doubles(const struct chain *chain)
{
	size_t count = 0, used = 0;
	uint8_t **spans;

	for (size_t i = 0; i < chain->invocation_count; i++)
		count += 1 + chain->invocations[i]->attempt_count;
	spans = calloc(count, sizeof(*spans));
	if (!spans)
		return -ENOMEM;
	for (size_t i = 0; i < chain->invocation_count; i++) {
		struct invocation *invocation = chain->invocations[i];

		if (!span_id_is_none(invocation->span_id))
			spans[used++] = invocation->span_id;
		for (size_t j = 0; j < invocation->attempt_count; j++)
			if (!span_id_is_none(invocation->attempts[j]->span_id))
				spans[used++] = invocation->attempts[j]->span_id;
	}
	qsort(spans, used, sizeof(*spans), compare_spans);
	for (size_t i = 0, next; i < used; i = next) {
		for (next = i + 1; next < used && is_same_span(spans[i], spans[next]);)
			next++;
		for (size_t j = i; next - i > 1 && j < next; j++)
			memset(spans[j], 0, SPAN_ID_BYTES);
	}
	free(spans);
	return 0;
}

static void derive_spans(const struct chain *chain, struct invocation *invocation)
{
	uint64_t trace = hash_bytes(chain->trace_id, TRACE_ID_BYTES);
	uint64_t own = hash_mix(identify(invocation) + invocation->start_ns);

	if (span_id_is_none(invocation->span_id))
		span_id_derive(invocation->span_id, trace, own);
	for (size_t i = 0; i < invocation->attempt_count; i++) {
		struct exchange *attempt = invocation->attempts[i];
		uint64_t place = hash_mix(attempt->connection) + attempt->sequence;

		/* A reply before the end of its request makes two of one place. */
		if (span_id_is_none(attempt->span_id))
			span_id_derive(attempt->span_id, trace ^ own, hash_mix(place) + i);
	}
}

/* The call that it answers; where that is nobody's that is traced, the span that the request names. */
static void find_parent_span(const struct chain *chain, struct invocation *invocation)
{
	struct arrived arrived;
	const uint8_t *parent;

	if (invocation->caller) {
		memcpy(invocation->parent_span_id, invocation->caller->span_id, SPAN_ID_BYTES);
		return;
	}
	read_arrived(&arrived, chain, invocation);
	parent = span_id_is_none(arrived.xray) ? arrived.w3c : arrived.xray;
	if (!is_same_span(parent, invocation->span_id))
		memcpy(invocation->parent_span_id, parent, SPAN_ID_BYTES);
}

/* ---- the door ---- */

static void read_lineage(struct invocation *invocation)
{
	const struct exchange *entry = find_entry(invocation);
	struct trace_context header;

	if ((invocation->trace_header &&
	     !trace_context_parse_xray(&header, invocation->trace_header) &&
	     header.lineage.resources) ||
	    (entry && entry->trace_header &&
	     !trace_context_parse_xray(&header, entry->trace_header)))
		invocation->lineage = header.lineage;
}

static void mark_malformed(struct invocation *invocation)
{
	const struct exchange *entry = find_entry(invocation);
	uint32_t flags = entry ? entry->flags : 0;

	for (size_t i = 0; i < invocation->attempt_count; i++)
		flags |= invocation->attempts[i]->flags;
	if (flags & MESSAGE_TRACE_MALFORMED)
		invocation->flags |= INVOCATION_TRACE_MALFORMED;
}

int trace_ids_assign(struct chain *chain, uint64_t realtime_offset_ns)
{
	int error;

	choose_trace_id(chain, realtime_offset_ns);
	for (size_t i = 0; i < chain->invocation_count; i++) {
		struct invocation *invocation = chain->invocations[i];

		memcpy(invocation->trace_id, chain->trace_id, TRACE_ID_BYTES);
		find_wire_spans(chain, invocation);
		read_lineage(invocation);
		mark_malformed(invocation);
	}
	error = drop_doubles(chain);
	if (error)
		return error;
	for (size_t i = 0; i < chain->invocation_count; i++)
		derive_spans(chain, chain->invocations[i]);
	for (size_t i = 0; i < chain->invocation_count; i++)
		find_parent_span(chain, chain->invocations[i]);
	return 0;
}
