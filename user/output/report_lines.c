// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * report_lines.c - see report_lines.h. A member that is not known is left out. Chains come in order of their
 * roots' start, so what started before the root of the chain that is told now can be written: lines wait
 * for that in a heap.
 */
#include "output/report_lines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "analysis/memory_size.h"
#include "base/array.h"
#include "base/heap.h"
#include "base/json_writer.h"
#include "base/units.h"
#include "output/text_style.h"

struct line {
	uint64_t start_ns, id;
	char *text; /* owned */
};

struct report_lines {
	FILE *file;
	bool is_json, is_utf8;
	uint64_t realtime_offset_ns; /* CLOCK_REALTIME - CLOCK_MONOTONIC */
	uint64_t open;
	struct line *heap; /* the earliest on top */
	size_t count, capacity;
};

/* ---- one line ---- */

/* What Lambda calls the way it ended; NULL: well. */
static const char *find_error_type(const struct invocation *invocation)
{
	if (invocation->function_error)
		return invocation->function_error;
	return invocation->status == STATUS_KILLED ? "Runtime.ExitError" : NULL;
}

static const char *find_status(const struct invocation *invocation)
{
	switch (invocation->status) {
	case STATUS_TIMEOUT:
		return "timeout";
	case STATUS_ERROR:
	case STATUS_KILLED:
		return "error";
	case STATUS_OK:
	case STATUS_CUT:
		break;
	}
	return "success";
}

/* A time-out is cut off at the function's time-out, where that is known. */
static uint64_t duration_ns(const struct invocation *invocation)
{
	uint64_t ns = invocation_billed_ns(invocation);

	if (invocation->status == STATUS_TIMEOUT &&
	    invocation->deadline_ns > invocation->start_ns &&
	    ns > invocation->deadline_ns - invocation->start_ns)
		return invocation->deadline_ns - invocation->start_ns;
	return ns;
}

static uint64_t init_ns(const struct invocation *invocation)
{
	return invocation->is_cold ? invocation_init_ns(invocation) : 0;
}

/* Two decimals, rounded half up: "12.30 ms". */
static void print_ms(FILE *file, const char *name, uint64_t ns)
{
	uint64_t hundredths = ns / (NS_PER_MS / 100) + (ns % (NS_PER_MS / 100) >= NS_PER_MS / 200);

	fprintf(file, "\t%s: %llu.%02u ms", name, (unsigned long long)(hundredths / 100),
		(unsigned int)(hundredths % 100));
}

/* What came over the wire, as one field: no tabs, no line ends. */
static void print_field(FILE *file, const char *name, const char *text, bool is_utf8)
{
	fprintf(file, "%s: ", name);
	text_put_safe(file, text, is_utf8);
}

/* Only an id that a header named: X-Ray knows no other. */
static bool has_trace_id(const struct chain *chain)
{
	return chain->trace_source == TRACE_FROM_XRAY;
}

static void print_text(FILE *file, const struct invocation *invocation, bool is_utf8)
{
	const char *error_type = find_error_type(invocation);
	char trace_id[TRACE_ID_TEXT_MAX], span_id[SPAN_ID_TEXT_MAX];

	fputs("REPORT", file);
	if (invocation->request_id)
		print_field(file, " RequestId", invocation->request_id, is_utf8);
	print_ms(file, "Duration", duration_ns(invocation));
	fprintf(file, "\tBilled Duration: %llu ms", (unsigned long long)invocation->billed_ms);
	if (invocation->memory_mb)
		fprintf(file, "\tMemory Size: %u MB", invocation->memory_mb);
	if (invocation->peak_rss_bytes)
		fprintf(file, "\tMax Memory Used: %llu MB",
			(unsigned long long)memory_size_mb(invocation->peak_rss_bytes));
	if (init_ns(invocation))
		print_ms(file, "Init Duration", init_ns(invocation));
	if (has_trace_id(invocation->chain)) {
		trace_id_format_xray(trace_id, invocation->trace_id);
		span_id_format(span_id, invocation->span_id);
		fprintf(file, "\tXRAY TraceId: %s\tSegmentId: %s", trace_id, span_id);
	}
	if (strcmp(find_status(invocation), "success"))
		fprintf(file, "\tStatus: %s", find_status(invocation));
	if (error_type)
		print_field(file, "\tError Type", error_type, is_utf8);
	putc('\t', file);
}

/* Milliseconds with all digits: JSON numbers are exact here. */
static void json_ms(struct json_writer *writer, const char *key, uint64_t ns)
{
	char text[UNITS_TEXT_MAX];
	int length = snprintf(text, sizeof(text), "\"%s\":%llu.%06u", key,
			      (unsigned long long)(ns / NS_PER_MS), (unsigned int)(ns % NS_PER_MS));

	json_raw(writer, text, (size_t)length);
}

static void json_metrics(struct json_writer *writer, const struct invocation *invocation)
{
	json_object_begin(writer, "metrics");
	json_ms(writer, "durationMs", duration_ns(invocation));
	json_uint(writer, "billedDurationMs", invocation->billed_ms);
	if (invocation->memory_mb)
		json_uint(writer, "memorySizeMB", invocation->memory_mb);
	if (invocation->peak_rss_bytes)
		json_uint(writer, "maxMemoryUsedMB", memory_size_mb(invocation->peak_rss_bytes));
	if (init_ns(invocation))
		json_ms(writer, "initDurationMs", init_ns(invocation));
	json_object_end(writer);
}

static void json_tracing(struct json_writer *writer, const struct invocation *invocation)
{
	char trace_id[TRACE_ID_TEXT_MAX], span_id[SPAN_ID_TEXT_MAX], value[96];

	trace_id_format_xray(trace_id, invocation->trace_id);
	span_id_format(span_id, invocation->span_id);
	snprintf(value, sizeof(value), "Root=%s;Parent=%s", trace_id, span_id);
	json_object_begin(writer, "tracing");
	json_string(writer, "spanId", span_id);
	json_string(writer, "type", "X-Amzn-Trace-Id");
	json_string(writer, "value", value);
	json_object_end(writer);
}

static void json_time(struct json_writer *writer, uint64_t realtime_ns)
{
	time_t seconds = (time_t)(realtime_ns / NS_PER_S);
	char text[64], whole[32];
	struct tm utc;

	if (!gmtime_r(&seconds, &utc) || !strftime(whole, sizeof(whole), "%Y-%m-%dT%H:%M:%S", &utc))
		return;
	snprintf(text, sizeof(text), "%s.%03uZ", whole,
		 (unsigned int)(realtime_ns % NS_PER_S / NS_PER_MS));
	json_string(writer, "time", text);
}

static void print_json(FILE *file, const struct invocation *invocation, uint64_t realtime_offset_ns)
{
	struct json_writer writer;

	json_writer_init(&writer, file, false);
	json_object_begin(&writer, NULL);
	json_time(&writer, invocation->end_ns + realtime_offset_ns);
	json_string(&writer, "type", "platform.report");
	json_object_begin(&writer, "record");
	if (invocation->request_id)
		json_string(&writer, "requestId", invocation->request_id);
	json_string(&writer, "status", find_status(invocation));
	if (find_error_type(invocation))
		json_string(&writer, "errorType", find_error_type(invocation));
	json_metrics(&writer, invocation);
	if (has_trace_id(invocation->chain))
		json_tracing(&writer, invocation);
	json_object_end(&writer);
	json_object_end(&writer);
	json_writer_flush(&writer);
}

static char *format(const struct report_lines *lines, const struct invocation *invocation)
{
	char *text = NULL;
	size_t bytes;
	FILE *file = open_memstream(&text, &bytes);

	if (!file)
		return NULL;
	if (lines->is_json)
		print_json(file, invocation, lines->realtime_offset_ns);
	else
		print_text(file, invocation, lines->is_utf8);
	if (fclose(file)) {
		free(text);
		return NULL;
	}
	return text;
}

/* ---- in order ---- */

static bool is_earlier(const void *left_line, const void *right_line, const void *unused)
{
	const struct line *left = left_line, *right = right_line;

	if (left->start_ns != right->start_ns)
		return left->start_ns < right->start_ns;
	return left->id < right->id;
}

static const struct heap_order line_order = { sizeof(struct line), is_earlier };

static int hold(struct report_lines *lines, const struct invocation *invocation)
{
	struct line line = { invocation->start_ns, invocation->id, NULL };

	if (array_make_room(&lines->heap, lines->count, &lines->capacity, sizeof(*lines->heap)))
		return -ENOMEM;
	line.text = format(lines, invocation);
	if (!line.text)
		return -ENOMEM;
	lines->heap[lines->count++] = line;
	heap_rise_last(&line_order, lines->heap, lines->count, NULL);
	return 0;
}

static struct line take_first(struct report_lines *lines)
{
	struct line first = lines->heap[0];

	heap_drop_first(&line_order, lines->heap, lines->count--, NULL);
	return first;
}

static int write_until(struct report_lines *lines, uint64_t start_ns)
{
	errno = 0;
	while (lines->count && lines->heap[0].start_ns < start_ns) {
		struct line line = take_first(lines);

		fprintf(lines->file, "%s\n", line.text);
		free(line.text);
	}
	if (!ferror(lines->file))
		return 0;
	return errno ? -errno : -EIO;
}

/* ---- the door ---- */

int report_lines_new(struct report_lines **ret_lines, FILE *file, bool is_json, bool is_utf8)
{
	struct report_lines *lines = calloc(1, sizeof(*lines));

	if (!lines)
		return -ENOMEM;
	lines->file = file;
	lines->is_json = is_json;
	lines->is_utf8 = is_utf8;
	*ret_lines = lines;
	return 0;
}

void report_lines_free(struct report_lines *lines)
{
	if (!lines)
		return;
	for (size_t i = 0; i < lines->count; i++)
		free(lines->heap[i].text);
	free(lines->heap);
	free(lines);
}

int report_lines_begin(void *context, const struct results *results)
{
	struct report_lines *lines = context;

	lines->realtime_offset_ns = results->start_realtime_ns - results->start_monotonic_ns;
	return 0;
}

int report_lines_chain(void *context, const struct chain *chain)
{
	struct report_lines *lines = context;
	int error = write_until(lines, chain->root->start_ns);

	for (size_t i = 0; i < chain->invocation_count && !error; i++) {
		if (chain->invocations[i]->status == STATUS_CUT)
			lines->open++;
		else
			error = hold(lines, chain->invocations[i]);
	}
	return error;
}

int report_lines_finish(struct report_lines *lines, uint64_t *ret_open)
{
	int error = write_until(lines, UINT64_MAX);

	*ret_open = lines->open;
	return error;
}
