/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * report_log_fixture.h - what report_log_read finds in a log.
 */
#ifndef IDLETAX_TESTS_REPORT_LOG_FIXTURE_H
#define IDLETAX_TESTS_REPORT_LOG_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "import/report_log.h"

#define MS 1000000ull
#define REPORTS_MAX 8

struct found {
	struct reported reported[REPORTS_MAX];
	size_t count;
	char problem[512]; /* the last */
	uint64_t problem_line;
	size_t problems;
	uint64_t lines;
};

static inline int on_reported(void *context, const struct reported *reported)
{
	struct found *found = context;

	assert_true(found->count < REPORTS_MAX);
	found->reported[found->count++] = *reported;
	return 0;
}

static inline void on_problem(void *context, uint64_t line, const char *reason)
{
	struct found *found = context;

	found->problems++;
	found->problem_line = line;
	snprintf(found->problem, sizeof(found->problem), "%s", reason);
}

static inline void read_log(struct found *found, FILE *file)
{
	const struct report_log_sink sink = { found, on_reported, on_problem };

	assert_non_null(file);
	memset(found, 0, sizeof(*found));
	assert_int_equal(report_log_read(file, &sink, &found->lines), 0);
	fclose(file);
}

static inline void read_bytes(struct found *found, const char *text, size_t bytes)
{
	read_log(found, bytes ? fmemopen((void *)(uintptr_t)text, bytes, "r") : tmpfile());
}

static inline void read_text(struct found *found, const char *text)
{
	read_bytes(found, text, strlen(text));
}

#endif
