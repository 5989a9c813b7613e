// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * xray_document.c - see xray_document.h. A document is built in memory, so that its size is known before
 * it is written; what is in memory is one document and the list of parts, never all parts.
 */
#include "output/xray_document.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_writer.h"
#include "output/environment_json.h"
#include "output/invocation_json.h"
#include "output/link_json.h"
#include "output/sums_json.h"
#include "output/xray_subsegment.h"

#define DOCUMENT_END_BYTES 2 /* "]}" */

struct text {
	char *bytes; /* owned */
	size_t length;
	FILE *file; /* while it is written */
	struct json_writer writer;
};

struct parts {
	struct xray_part *list;
	size_t count;
	uint64_t unshown_waits, unshown_wait_ns;
};

static int text_begin(struct text *text)
{
	text->bytes = NULL;
	text->length = 0;
	text->file = open_memstream(&text->bytes, &text->length);
	if (!text->file)
		return -ENOMEM;
	json_writer_init(&text->writer, text->file, false);
	return 0;
}

/* Its bytes are there until text_release. 0 or -ENOMEM. */
static int text_end(struct text *text)
{
	int error = json_writer_flush(&text->writer) ? -ENOMEM : 0;

	if (fclose(text->file) || !text->bytes) /* glibc's fclose does not tell of that */
		error = -ENOMEM;
	text->file = NULL;
	return error;
}

static void text_release(struct text *text)
{
	if (text->file)
		fclose(text->file);
	free(text->bytes);
}

/* ---- which parts ---- */

static bool is_wait(const struct segment *segment)
{
	return segment->state != STATE_ACTIVE && segment->state != STATE_WAIT_LAMBDA &&
	       segment->state != STATE_WAIT_SERVICE;
}

static uint64_t length_ns(const struct segment *segment)
{
	return segment->end_ns - segment->start_ns;
}

static int compare_lengths(const void *left, const void *right)
{
	const uint64_t *a = left, *b = right;

	return (*a < *b) - (*a > *b); /* the longest first */
}

/* The shortest wait that is shown, and how many as short as that are. 0 or -ENOMEM. */
static int find_threshold(const struct invocation *invocation, uint64_t *ret_least_ns,
			  size_t *ret_at_least)
{
	uint64_t *lengths = malloc((invocation->segment_count + 1) * sizeof(*lengths));
	size_t count = 0;

	if (!lengths)
		return -ENOMEM;
	for (size_t i = 0; i < invocation->segment_count; i++)
		if (is_wait(&invocation->segments[i]))
			lengths[count++] = length_ns(&invocation->segments[i]);
	*ret_least_ns = 0;
	*ret_at_least = XRAY_WAITS_MAX;
	if (count > XRAY_WAITS_MAX) {
		qsort(lengths, count, sizeof(*lengths), compare_lengths);
		*ret_least_ns = lengths[XRAY_WAITS_MAX - 1];
		for (size_t i = 0; i < XRAY_WAITS_MAX; i++)
			*ret_at_least -= lengths[i] > *ret_least_ns;
	}
	free(lengths);
	return 0;
}

static void add_part(struct parts *parts, enum xray_part_kind kind, size_t index)
{
	parts->list[parts->count++] = (struct xray_part){ kind, index };
}

/* The longest XRAY_WAITS_MAX, in order of time. */
static int add_waits(struct parts *parts, const struct invocation *invocation)
{
	uint64_t least_ns;
	size_t at_least;
	int error = find_threshold(invocation, &least_ns, &at_least);

	for (size_t i = 0; !error && i < invocation->segment_count; i++) {
		const struct segment *segment = &invocation->segments[i];

		if (!is_wait(segment))
			continue;
		if (length_ns(segment) > least_ns) {
			add_part(parts, XRAY_WAIT, i);
		} else if (length_ns(segment) == least_ns && at_least) {
			at_least--;
			add_part(parts, XRAY_WAIT, i);
		} else {
			parts->unshown_waits++;
			parts->unshown_wait_ns += length_ns(segment);
		}
	}
	return error;
}

static int find_parts(struct parts *parts, const struct invocation *invocation)
{
	size_t most = 1 + invocation->attempt_count + invocation->segment_count;

	memset(parts, 0, sizeof(*parts));
	parts->list = calloc(most, sizeof(*parts->list));
	if (!parts->list)
		return -ENOMEM;
	if (invocation_init_ns(invocation))
		add_part(parts, XRAY_INIT, 0);
	for (size_t i = 0; i < invocation->attempt_count; i++)
		add_part(parts, XRAY_ATTEMPT, i);
	return add_waits(parts, invocation);
}

/* ---- the segment ---- */

static void write_annotations(struct json_writer *writer, const struct invocation *invocation)
{
	json_object_begin(writer, "annotations");
	json_uint(writer, "idletax_billed_ns", invocation_billed_ns(invocation));
	json_uint(writer, "idletax_own_ns",
		  invocation_billed_ns(invocation) - invocation->state_ns[STATE_WAIT_LAMBDA]);
	json_uint(writer, "idletax_wait_lambda_ns", invocation->state_ns[STATE_WAIT_LAMBDA]);
	json_uint(writer, "idletax_double_billed_ns", invocation->double_billed_ns);
	json_bool(writer, "idletax_cold", invocation->is_cold);
	json_string(writer, "idletax_status", status_name(invocation->status));
	json_string(writer, "idletax_link", link_name(invocation->link));
	json_bool(writer, "idletax_incomplete", invocation->flags & INVOCATION_INCOMPLETE);
	json_object_end(writer);
}

static void write_metadata(struct json_writer *writer, const struct invocation *invocation,
			   const struct parts *parts)
{
	json_object_begin(writer, "metadata");
	json_object_begin(writer, "idletax");
	json_uint(writer, "invocation", invocation->id);
	json_uint(writer, "chain", invocation->chain->id);
	json_uint(writer, "depth", invocation->depth);
	json_uint(writer, "environment", invocation->environment->id);
	json_uint(writer, "pid", invocation->environment->tgid);
	json_uint_or_null(writer, "memory_mb", invocation->memory_mb);
	json_states(writer, invocation->state_ns);
	json_uint(writer, "shared_ns", invocation->shared_ns);
	json_uint(writer, "init_ns", invocation_init_ns(invocation));
	json_uint(writer, "double_init_ns", invocation->double_init_ns);
	json_uint(writer, "transit_ns", invocation->transit_ns);
	json_int(writer, "cost_pico", invocation->cost_pico);
	json_int(writer, "init_cost_pico", invocation->init_cost_pico);
	json_int(writer, "double_billed_pico", invocation->double_billed_pico);
	json_link(writer, invocation->link, invocation->alternatives, &invocation->basis);
	json_invocation_flags(writer, invocation->flags);
	json_uint(writer, "waits_not_shown", parts->unshown_waits);
	json_uint(writer, "waits_not_shown_ns", parts->unshown_wait_ns);
	json_object_end(writer);
	json_object_end(writer);
}

/* The reason of a failure; NULL: there is none, or the recording ended first. */
static const char *fault_type(const struct invocation *invocation)
{
	if (invocation->status == STATUS_OK || invocation->status == STATUS_CUT)
		return NULL;
	if (invocation->function_error)
		return invocation->function_error;
	return status_name(invocation->status);
}

/* Up to where its subsegments begin. */
static void write_segment(struct json_writer *writer, const struct xray_context *context,
			  const struct parts *parts)
{
	const struct invocation *invocation = context->invocation;
	const struct exchange *entry = invocation->entry ? invocation->entry : invocation->request;

	json_object_begin(writer, NULL);
	xray_write_name(writer, invocation->function, "unknown function");
	json_span_id(writer, "id", invocation->span_id);
	json_trace_id(writer, invocation->trace_id);
	if (!span_id_is_none(invocation->parent_span_id))
		json_span_id(writer, "parent_id", invocation->parent_span_id);
	xray_write_times(writer, context, invocation->start_ns, invocation->end_ns);
	json_string(writer, "origin", "AWS::Lambda::Function");
	if (invocation->arn)
		xray_write_text(writer, "resource_arn", invocation->arn);
	if (invocation->request_id) {
		json_object_begin(writer, "aws");
		xray_write_text(writer, "request_id", invocation->request_id);
		json_object_end(writer);
	}
	if (entry)
		xray_write_http(writer, entry);
	if (fault_type(invocation))
		xray_write_fault(writer, invocation->span_id, fault_type(invocation));
	write_annotations(writer, invocation);
	write_metadata(writer, invocation, parts);
}

/* ---- documents ---- */

static int write_part(struct text *text, const struct xray_context *context,
		      const struct xray_part *part, bool is_document)
{
	int error = text_begin(text);

	if (error)
		return error;
	xray_write_subsegment(&text->writer, context, part, is_document);
	return text_end(text);
}

/* Puts into @document what fits; the parts that do not come first in @parts afterwards. */
static int add_subsegments(struct text *document, const struct xray_context *context,
			   struct parts *parts)
{
	size_t left = 0;
	int error = 0;

	json_writer_flush(&document->writer); /* for its length */
	for (size_t i = 0; i < parts->count && !error; i++) {
		struct text part;

		error = write_part(&part, context, &parts->list[i], false);
		if (!error &&
		    document->length + 1 + part.length + DOCUMENT_END_BYTES > XRAY_DOCUMENT_MAX)
			parts->list[left++] = parts->list[i];
		else if (!error)
			json_raw(&document->writer, part.bytes, part.length);
		text_release(&part);
		json_writer_flush(&document->writer);
	}
	parts->count = left;
	return error;
}

/* 0 or negative errno. */
static int write_line(FILE *file, const struct text *text)
{
	errno = 0;
	fwrite(text->bytes, 1, text->length, file);
	putc('\n', file);
	return ferror(file) ? (errno ? -errno : -EIO) : 0;
}

static int write_documents(FILE *file, const struct xray_context *context, struct parts *parts)
{
	struct text document, part;
	int error = text_begin(&document);

	if (error)
		return error;
	write_segment(&document.writer, context, parts);
	if (parts->count) {
		json_array_begin(&document.writer, "subsegments");
		error = add_subsegments(&document, context, parts);
		json_array_end(&document.writer);
	}
	json_object_end(&document.writer);
	if (!error)
		error = text_end(&document);
	if (!error) {
		assert(document.length <= XRAY_DOCUMENT_MAX);
		error = write_line(file, &document);
	}
	text_release(&document);
	for (size_t i = 0; i < parts->count && !error; i++) {
		error = write_part(&part, context, &parts->list[i], true);
		if (!error)
			error = write_line(file, &part);
		text_release(&part);
	}
	return error;
}

int xray_document_write(FILE *file, const struct invocation *invocation,
			uint64_t realtime_offset_ns)
{
	struct xray_context context = { invocation, realtime_offset_ns };
	struct parts parts;
	int error = find_parts(&parts, invocation);

	if (!error)
		error = write_documents(file, &context, &parts);
	free(parts.list);
	return error;
}
