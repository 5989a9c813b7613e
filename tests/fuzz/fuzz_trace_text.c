/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * fuzz_trace_text.c - the input is the text form of a trace. What parses must print to a text that
 * parses to the same print.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static char *print(const struct trace_text *trace, size_t *ret_bytes)
{
	char *text = NULL;
	FILE *file = open_memstream(&text, ret_bytes);

	trace_text_write_start(file, &trace->start);
	for (size_t i = 0; i < trace->fact_count; i++)
		trace_text_write_fact(file, &trace->facts[i]);
	trace_text_write_end(file, trace->end_ns);
	fclose(file);
	return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct trace_text first, second;
	size_t first_bytes, second_bytes;
	char *first_text, *second_text;

	if (trace_text_parse(&first, (const char *)data, bytes, NULL))
		return 0;
	first_text = print(&first, &first_bytes);
	if (trace_text_parse(&second, first_text, first_bytes, NULL))
		abort();
	second_text = print(&second, &second_bytes);
	if (first_bytes != second_bytes || memcmp(first_text, second_text, first_bytes) != 0)
		abort();
	free(first_text);
	free(second_text);
	trace_text_release(&first);
	trace_text_release(&second);
	return 0;
}
