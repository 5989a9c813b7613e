/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * fuzz_report.c - the input is the text form of a trace, of which those lines are taken that are right;
 * their facts go through assembler and analysis into a report.
 */
#include <stdint.h>

#include "base/buffer.h"
#include "pipeline.h"
#include "trace/text.h"

#define INPUT_BYTES_MAX (1u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static bool is_right(const char *line, size_t bytes)
{
	struct trace_text trace;

	if (trace_text_parse(&trace, line, bytes, NULL))
		return false;
	trace_text_release(&trace);
	return true;
}

/* One wrong line would else make all of it nothing. */
static void keep_right_lines(struct buffer *kept, const char *text, const char *end)
{
	while (text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		const char *next = newline ? newline + 1 : end;

		if (is_right(text, (size_t)(next - text)))
			buffer_append(kept, text, (size_t)(next - text));
		text = next;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct pipeline pipeline;
	struct trace_text trace;
	struct buffer text;

	buffer_init(&text, INPUT_BYTES_MAX);
	keep_right_lines(&text, (const char *)data, (const char *)data + bytes);
	/* Right lines alone may be wrong together: "start" twice, "end" before the last fact. */
	if (!trace_text_parse(&trace, (const char *)text.data, text.bytes, NULL)) {
		pipeline_start(&pipeline, trace.start.monotonic_ns, trace.start.realtime_ns);
		for (size_t i = 0; i < trace.fact_count; i++)
			pipeline_push(&pipeline, &trace.facts[i]);
		pipeline_finish(&pipeline, trace.end_ns);
		trace_text_release(&trace);
	}
	buffer_release(&text);
	return 0;
}
