// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * xray_subsegment.c - see xray_subsegment.h. Annotations are what X-Ray indexes (50 a trace, names of
 * letters, digits and "_"): the few figures that one searches by. Everything else is metadata.
 */
#include "output/xray_subsegment.h"

#include <stdio.h>
#include <string.h>

#include "analysis/edge.h"
#include "base/hash_map.h"
#include "output/attempt_text.h"
#include "output/link_json.h"
#include "output/sums_json.h"

#define NAME_MAX_CHARACTERS 200
#define TEXT_KEPT_MAX 512

/* Seeds of the ids of what has none of its own; waits count from the last. */
#define SEED_EXCEPTION 1
#define SEED_INIT 2
#define SEED_WAIT 3

/* ---- what segments have alike ---- */

void xray_write_name(struct json_writer *writer, const char *name, const char *fallback)
{
	char text[NAME_MAX_CHARACTERS + 1];
	size_t length = 0;

	if (!name || !*name || !strcmp(name, "?"))
		name = fallback;
	for (; name[length] && length < NAME_MAX_CHARACTERS; length++) {
		char character = name[length];
		bool is_allowed = (character >= 'a' && character <= 'z') ||
				  (character >= 'A' && character <= 'Z') ||
				  (character >= '0' && character <= '9') ||
				  strchr(" _.:/%&#=+\\-@", character);

		text[length] = is_allowed ? character : '_';
	}
	text[length] = 0;
	json_string(writer, "name", text);
}

void xray_write_text(struct json_writer *writer, const char *key, const char *text)
{
	char kept[TEXT_KEPT_MAX + 1];

	if (text)
		snprintf(kept, sizeof(kept), "%s", text);
	json_string(writer, key, text ? kept : NULL);
}

void xray_write_times(struct json_writer *writer, const struct xray_context *context,
		      uint64_t start_ns, uint64_t end_ns)
{
	json_seconds(writer, "start_time", start_ns + context->realtime_offset_ns);
	json_seconds(writer, "end_time", end_ns + context->realtime_offset_ns);
}

static const char *method_name(uint8_t method)
{
	static const char *const names[] = {
		[HTTP_METHOD_GET] = "GET",     [HTTP_METHOD_POST] = "POST",
		[HTTP_METHOD_PUT] = "PUT",     [HTTP_METHOD_DELETE] = "DELETE",
		[HTTP_METHOD_HEAD] = "HEAD",   [HTTP_METHOD_OPTIONS] = "OPTIONS",
		[HTTP_METHOD_PATCH] = "PATCH",
	};

	return method < sizeof(names) / sizeof(names[0]) ? names[method] : NULL;
}

void xray_write_http(struct json_writer *writer, const struct exchange *exchange)
{
	const char *method = method_name(exchange->method);
	char url[TEXT_KEPT_MAX];

	if (exchange->kind == MESSAGE_BYTES || (!method && !exchange->status))
		return;
	json_object_begin(writer, "http");
	if (method) {
		json_object_begin(writer, "request");
		json_string(writer, "method", method);
		if (exchange->host) {
			snprintf(url, sizeof(url), "http://%s%s", exchange->host,
				 exchange->path ? exchange->path : "/");
			json_string(writer, "url", url);
		}
		json_object_end(writer);
	}
	if (exchange->status) {
		json_object_begin(writer, "response");
		json_uint(writer, "status", exchange->status);
		json_object_end(writer);
	}
	json_object_end(writer);
}

static void derive_id(uint8_t ret_id[SPAN_ID_BYTES], const uint8_t span_id[SPAN_ID_BYTES],
		      uint64_t seed)
{
	span_id_derive(ret_id, hash_bytes(span_id, SPAN_ID_BYTES), seed);
}

void xray_write_fault(struct json_writer *writer, const uint8_t span_id[SPAN_ID_BYTES],
		      const char *type)
{
	uint8_t id[SPAN_ID_BYTES];

	derive_id(id, span_id, SEED_EXCEPTION);
	json_bool(writer, "fault", true);
	json_object_begin(writer, "cause");
	json_array_begin(writer, "exceptions");
	json_object_begin(writer, NULL);
	json_span_id(writer, "id", id);
	xray_write_text(writer, "type", type);
	json_object_end(writer);
	json_array_end(writer);
	json_object_end(writer);
}

/* Subsegments that are documents of their own say whose they are. */
static void write_head(struct json_writer *writer, const struct xray_context *context,
		       const uint8_t id[SPAN_ID_BYTES], bool is_document)
{
	json_span_id(writer, "id", id);
	if (!is_document)
		return;
	json_trace_id(writer, context->invocation->trace_id);
	json_span_id(writer, "parent_id", context->invocation->span_id);
	json_string(writer, "type", "subsegment");
}

/* ---- attempts ---- */

/* As the SDKs name services in X-Ray; others by their name in signatures. */
static const char *service_title(const char *service)
{
	static const char *const titles[][2] = {
		{ "lambda", "Lambda" },
		{ "dynamodb", "DynamoDB" },
		{ "sqs", "SQS" },
		{ "sns", "SNS" },
		{ "s3", "S3" },
		{ "events", "EventBridge" },
		{ "states", "SFN" },
		{ "kinesis", "Kinesis" },
		{ "kms", "KMS" },
		{ "secretsmanager", "Secrets Manager" },
		{ "ssm", "SSM" },
		{ "sts", "STS" },
		{ "logs", "CloudWatchLogs" },
	};

	for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++)
		if (!strcmp(titles[i][0], service))
			return titles[i][1];
	return service;
}

static bool is_aws(const struct exchange *attempt)
{
	return attempt->service_class != SERVICE_OTHER && attempt->service_class != SERVICE_HTTP &&
	       attempt->kind != MESSAGE_HTTP;
}

static void write_aws(struct json_writer *writer, const struct exchange *attempt)
{
	json_object_begin(writer, "aws");
	if (attempt->operation)
		xray_write_text(writer, "operation", attempt->operation);
	if (attempt->response_request_id)
		xray_write_text(writer, "request_id", attempt->response_request_id);
	if (attempt->target && attempt->service && !strcmp(attempt->service, "dynamodb"))
		xray_write_text(writer, "table_name", attempt->target);
	json_uint(writer, "retries", attempt->attempt ? attempt->attempt - 1 : 0);
	json_object_end(writer);
}

static void write_outcome(struct json_writer *writer, const struct exchange *attempt)
{
	if (attempt->status == 429)
		json_bool(writer, "throttle", true);
	if (attempt->status >= 400 && attempt->status < 500)
		json_bool(writer, "error", true);
	if (attempt->function_error)
		xray_write_fault(writer, attempt->span_id, attempt->function_error);
	else if (attempt->is_cut && !attempt->is_dangling)
		xray_write_fault(writer, attempt->span_id, "no complete reply");
	else if (attempt->status >= 500)
		json_bool(writer, "fault", true);
}

static void write_figures(struct json_writer *writer, const struct exchange *attempt)
{
	json_object_begin(writer, "annotations");
	json_uint(writer, "idletax_wait_ns", attempt->wait_ns);
	json_uint(writer, "idletax_double_billed_ns", attempt->double_billed_ns);
	json_uint(writer, "idletax_transit_ns", attempt->transit_ns);
	json_string(writer, "idletax_link", link_name(attempt->link));
	json_object_end(writer);
	json_object_begin(writer, "metadata");
	json_object_begin(writer, "idletax");
	json_uint(writer, "call", attempt->call);
	json_uint(writer, "attempt", attempt->attempt);
	xray_write_text(writer, "callee", attempt_callee_name(attempt));
	xray_write_text(writer, "service", attempt_service_name(attempt));
	xray_write_text(writer, "target", attempt->target ? attempt->target : attempt->function);
	json_string(writer, "mode", attempt_mode(attempt));
	json_bool(writer, "cut", attempt->is_cut);
	json_bool(writer, "dangling", attempt->is_dangling);
	json_uint(writer, "double_init_ns", attempt->double_init_ns);
	if (attempt->callee)
		json_uint(writer, "invocation", attempt->callee->id);
	json_link(writer, attempt->link, attempt->alternatives, &attempt->basis);
	json_object_end(writer);
	json_object_end(writer);
}

static void write_attempt(struct json_writer *writer, const struct xray_context *context,
			  const struct exchange *attempt, bool is_document)
{
	json_object_begin(writer, NULL);
	if (is_aws(attempt))
		xray_write_name(writer, service_title(attempt_service_name(attempt)), "AWS");
	else
		xray_write_name(writer,
				attempt->host ? attempt->host : attempt_callee_name(attempt),
				"unknown");
	write_head(writer, context, attempt->span_id, is_document);
	xray_write_times(writer, context, attempt->start_ns, attempt->end_ns);
	json_string(writer, "namespace", is_aws(attempt) ? "aws" : "remote");
	if (is_aws(attempt))
		write_aws(writer, attempt);
	if (attempt->callee)
		json_bool(writer, "traced", true);
	xray_write_http(writer, attempt);
	write_outcome(writer, attempt);
	write_figures(writer, attempt);
	json_object_end(writer);
}

/* ---- INIT and waits ---- */

static void write_init(struct json_writer *writer, const struct xray_context *context,
		       bool is_document)
{
	const struct invocation *invocation = context->invocation;
	uint8_t id[SPAN_ID_BYTES];

	derive_id(id, invocation->span_id, SEED_INIT);
	json_object_begin(writer, NULL);
	json_string(writer, "name", "Initialization");
	write_head(writer, context, id, is_document);
	xray_write_times(writer, context, invocation->init_start_ns, invocation->init_end_ns);
	json_object_begin(writer, "annotations");
	json_uint(writer, "idletax_init_ns", invocation_init_ns(invocation));
	json_object_end(writer);
	json_object_end(writer);
}

static const char *wait_title(uint8_t state)
{
	static const char *const titles[STATE_COUNT] = {
		[STATE_RUNNABLE] = "ready to run",   [STATE_WAIT_TIMER] = "waiting on a timer",
		[STATE_WAIT_IO] = "waiting on disk", [STATE_WAIT_LOCK] = "waiting on a lock",
		[STATE_UNKNOWN] = "unknown",
	};

	return titles[state] ? titles[state] : state_name(state);
}

static void write_wait(struct json_writer *writer, const struct xray_context *context, size_t index,
		       bool is_document)
{
	const struct segment *segment = &context->invocation->segments[index];
	uint8_t id[SPAN_ID_BYTES];

	derive_id(id, context->invocation->span_id, SEED_WAIT + index);
	json_object_begin(writer, NULL);
	json_string(writer, "name", wait_title(segment->state));
	write_head(writer, context, id, is_document);
	xray_write_times(writer, context, segment->start_ns, segment->end_ns);
	json_object_begin(writer, "annotations");
	json_string(writer, "idletax_state", state_name(segment->state));
	json_object_end(writer);
	if (segment->state == STATE_UNKNOWN) {
		json_object_begin(writer, "metadata");
		json_object_begin(writer, "idletax");
		json_string(writer, "reason", unknown_reason_name(segment->reason));
		json_object_end(writer);
		json_object_end(writer);
	}
	json_object_end(writer);
}

void xray_write_subsegment(struct json_writer *writer, const struct xray_context *context,
			   const struct xray_part *part, bool is_document)
{
	switch (part->kind) {
	case XRAY_INIT:
		write_init(writer, context, is_document);
		break;
	case XRAY_ATTEMPT:
		write_attempt(writer, context, context->invocation->attempts[part->index],
			      is_document);
		break;
	case XRAY_WAIT:
		write_wait(writer, context, part->index, is_document);
		break;
	}
}
