// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * report_parts.c - see report_parts.h.
 */
#include "cmd/report_parts.h"

#include <stdio.h>

#include "cmd/common.h"
#include "cmd/load.h"
#include "output/report_lines.h"

static int fail_to_print(int error)
{
	if (ferror(stdout)) /* told when it is closed */
		return EXIT_STATUS_OK;
	return command_fail_error(error, "printing the lines");
}

int report_print_lines(const char *input, bool is_json, const struct price_options *prices)
{
	struct report_lines *lines;
	int status, error = report_lines_new(&lines, stdout, is_json, terminal_find().is_utf8);
	struct load_options options = { .prices = prices,
					.sink = { .context = lines,
						  .begin = report_lines_begin,
						  .chain = report_lines_chain } };
	struct loaded loaded;
	uint64_t open = 0;

	if (error)
		return fail_to_print(error);
	status = load_streamed(&loaded, input, &options);
	if (!status) {
		error = report_lines_finish(lines, &open);
		status = error ? fail_to_print(error) : load_status(&loaded);
	}
	if (open)
		command_note("%llu invocation%s had not ended: there is no line for %s",
			     (unsigned long long)open, open == 1 ? "" : "s",
			     open == 1 ? "it" : "them");
	load_release(&loaded);
	report_lines_free(lines);
	return status;
}
