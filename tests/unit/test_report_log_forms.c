// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_report_log_forms.c - logs as those who have them really get them out of AWS and of emulators. Each file in
 * tests/unit/logs is our own, in the form that the sources beside its name show. Of each invocation the request
 * id ends in its number; unless said otherwise it took 61.27 ms, billed 62, of 512 MB used 93.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "report_log_fixture.h"

static uint64_t figure(const struct reported *reported, enum reported_member member)
{
	return reported->figures.known & 1u << member ? reported->figures.values[member]
						      : UINT64_MAX;
}

static const struct {
	const char *name;
	uint64_t lines, at[REPORTS_MAX]; /* where the reports stand */
} forms[] = {
	/*
	 * What Lambda writes: docs.aws.amazon.com/lambda/latest/dg nodejs-logging "REPORT", lambda-runtime-environment
	 * "Failures during the Init phase" (INIT_REPORT), snapstart-monitoring (RESTORE_REPORT); Status and
	 * Error Type, and XRAY in a line of its own: DataDog/datadog-serverless-functions, enhanced_lambda_metrics.
	 */
	{ "lambda-text.log", 22, { 6, 7, 11, 15, 16, 20, 22 } },
	/* The same as JSON: docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference. */
	{ "platform.log", 10, { 6, 7, 8, 9 } },
	/* aws logs tail: aws/aws-cli awscli/customizations/logs/tail.py, its four formatters. */
	{ "tail-detailed.log", 8, { 6, 7 } },
	{ "tail-short.log", 6, { 6 } },
	{ "tail-json.log", 111, { 49, 65, 98 } },
	{ "tail-none.log", 7, { 6, 7 } },
	/* aws logs filter-log-events, get-log-events --output text: AWS CLI Command Reference, "Examples". */
	{ "filter-log-events.json", 68, { 41, 48, 62 } },
	{ "get-log-events.txt", 13, { 8, 10, 12 } },
	/*
	 * Insights, "Export results" as CSV: AmazonCloudWatch/latest/logs CWL_AnalyzeLogData-discoverable-fields;
	 * sizes in bytes of which a MB has a million: CWL_QuerySyntax-examples, "Lambda".
	 */
	{ "insights-message.csv", 5, { 2, 4 } },
	{ "insights-fields.csv", 4, { 3, 4 } },
	{ "insights-json-fields.csv", 2, { 2 } },
	/* The console's "Download search results (CSV)": a cell has the line's end, and XRAY in its next. */
	{ "console.csv", 22, { 12, 14, 19, 21 } },
	/* sam logs: aws/aws-sam-cli samcli/lib/observability/cw_logs/cw_log_formatters.py. */
	{ "sam-logs.log", 39, { 6, 19, 39 } },
	/* serverless logs keeps no request id: serverless/serverless (v3) utils/format-lambda-log-event.js. */
	{ "serverless-logs.log", 3, { 0 } },
	/*
	 * LocalStack's container with DEBUG=1; that nothing stands behind "MB" was printed by AWS's emulators, too
	 * (sam local invoke).
	 */
	{ "localstack.log", 4, { 2, 3 } },
	/* What a subscription delivers: AmazonCloudWatch/latest/logs SubscriptionFilters; Firehose joins them. */
	{ "subscription.json", 1, { 1, 1 } },
	{ "firehose.json", 1, { 1, 1, 1 } },
	/* Export to S3, after zcat: AmazonCloudWatch/latest/logs S3Export. */
	{ "s3-export.log", 7, { 6, 7 } },
};

static void open_form(struct found *found, const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "tests/unit/logs/%s", name);
	read_log(found, fopen(path, "re"));
}

/* Returns its number. Of several in one line those in JSON are told first. */
static unsigned int check_report(const struct reported *reported)
{
	const char *id = reported->request_id;
	uint64_t duration = figure(reported, REPORTED_DURATION),
		 billed = figure(reported, REPORTED_BILLED),
		 memory = figure(reported, REPORTED_MEMORY),
		 used = figure(reported, REPORTED_MAX_MEMORY);

	assert_int_equal(strlen(id), 36);
	assert_true(duration == 61270000 || duration == 61274000 || duration == 3000 * MS);
	assert_true(billed >= duration && billed % MS == 0);
	assert_true(memory == 512 || memory == UINT64_MAX);
	assert_true(used == 93 || used == 512);
	return (unsigned int)(id[35] - '0');
}

static void test_forms(void **state)
{
	struct found found;

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		unsigned int seen = 0;
		size_t count = 0;

		open_form(&found, forms[i].name);
		while (count < REPORTS_MAX && forms[i].at[count])
			count++;
		if (found.lines != forms[i].lines || found.count != count || found.problems)
			fail_msg("%s: %llu lines, %zu reports, %zu problems (%s)", forms[i].name,
				 (unsigned long long)found.lines, found.count, found.problems,
				 found.problem);
		for (size_t j = 0; j < count; j++) {
			assert_int_equal(found.reported[j].line, forms[i].at[j]);
			seen |= 1u << check_report(&found.reported[j]);
		}
		assert_int_equal(seen, (1u << (count + 1)) - 2); /* 1 to @count */
	}
}

/* Restoring a snapshot is no INIT; what a time-out and an error are told with is no figure. */
static void test_what_text_tells(void **state)
{
	static const struct {
		uint64_t billed_ms, init_us, used_mb;
	} expected[] = {
		{ 459, 397680, 93 },	{ 62, UINT64_MAX, 93 }, { 3000, UINT64_MAX, 93 },
		{ 62, UINT64_MAX, 93 }, { 62, 131050, 512 },	{ 103, UINT64_MAX, 93 },
		{ 62, UINT64_MAX, 93 },
	};
	struct found found;

	open_form(&found, "lambda-text.log");
	assert_int_equal(found.count, sizeof(expected) / sizeof(expected[0]));
	for (size_t i = 0; i < found.count; i++) {
		uint64_t init = expected[i].init_us;

		assert_int_equal(figure(&found.reported[i], REPORTED_BILLED),
				 expected[i].billed_ms * MS);
		assert_int_equal(figure(&found.reported[i], REPORTED_INIT),
				 init == UINT64_MAX ? init : init * 1000);
		assert_int_equal(figure(&found.reported[i], REPORTED_MAX_MEMORY),
				 expected[i].used_mb);
	}
}

static void test_what_tables_tell(void **state)
{
	struct found found;

	open_form(&found, "insights-fields.csv");
	assert_int_equal(figure(&found.reported[0], REPORTED_INIT), 397680000);
	assert_int_equal(figure(&found.reported[0], REPORTED_BILLED), 459 * MS);
	assert_int_equal(found.reported[1].figures.known & 1u << REPORTED_INIT, 0);
	assert_int_equal(figure(&found.reported[1], REPORTED_MEMORY), 512);
	/* A table ends where lines have other cells, and another may follow. */
	read_text(&found, "@requestId,@duration\r\na,1\r\nb,\r\nsomething else\na,9\n"
			  "x,@duration,@requestId\n\"a,b\",2,c\n");
	assert_int_equal(found.count, 2);
	assert_int_equal(found.problems, 0);
	assert_string_equal(found.reported[0].request_id, "a");
	assert_string_equal(found.reported[1].request_id, "c");
	assert_int_equal(figure(&found.reported[1], REPORTED_DURATION), 2 * MS);
}

#define REPORT_BEGIN "{\n \"type\": \"platform.report\",\n \"record\": {\n"
#define REPORT_END "  \"requestId\": \"a\",\n  \"metrics\": {\"durationMs\": 1}\n }\n}\n"

static void test_what_cannot_be_understood(void **state)
{
	static const struct {
		const char *text, *reason;
		uint64_t line;
	} cases[] = {
		{ REPORT_BEGIN, "does not end", 1 },
		{ "x {\n" REPORT_BEGIN REPORT_END "{\n \"type\": \"platform.report\"\n",
		  "does not end", 9 },
		{ "svc | {\nsvc |  \"type\": \"platform.report\"\nsvc | }\n", "is no JSON", 1 },
		{ REPORT_BEGIN "another line\n" REPORT_END, "is no JSON", 1 },
		{ REPORT_BEGIN " }\n}\n", "without a requestId", 1 },
		{ "\"@requestId\",\"@duration\"\na,1\na,\"-1\"\n", "\"-1\" is no number", 3 },
		{ "@requestId,@duration\n,1\n", "without a request id", 2 },
		{ "@requestId,@memorySize\na,128000001\n", "no number from 0 to", 2 },
		{ "\x1f\x8b\x08\x01\x02\n", "what zcat prints", 1 },
		{ "{\"type\":\"x\"} {\"type\":\"platform.report\",\"record\":{}", "is no JSON", 1 },
	};
	struct found found;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		read_text(&found, cases[i].text);
		if (found.problems != 1 || !strstr(found.problem, cases[i].reason) ||
		    found.problem_line != cases[i].line)
			fail_msg("%zu: %zu problems, %llu: %s", i, found.problems,
				 (unsigned long long)found.problem_line, found.problem);
	}
}

/* Of a list that is longer than what is kept, each event is found; so are those behind lone brackets. */
static void test_long_lists(void **state)
{
	size_t size, reports = 0;
	struct found found;
	char *text;
	FILE *file = open_memstream(&text, &size);

	for (int i = 0; i < 200; i++)
		fprintf(file, "[ {{ lone ( \"\n");
	fprintf(file, "{\"events\": [\n");
	while (ftell(file) < 3 << 20)
		fprintf(file, "{\n \"text\": \"%0500d\"\n},\n", 7);
	for (; reports < REPORTS_MAX; reports++)
		fprintf(file,
			"{\n \"text\": \"%030000d\",\n \"event\": " REPORT_BEGIN REPORT_END "},\n",
			7);
	fprintf(file, "]}\n");
	fclose(file);
	read_log(&found, fmemopen(text, size, "r"));
	assert_int_equal(found.count, reports);
	assert_int_equal(found.problems, 0);
	free(text);
}

/* Words in a log that are no reports. */
static void test_what_is_none(void **state)
{
	struct found found;

	read_text(
		&found,
		"@requestId,@message\na,3\n@requestId,@duration,@duration\na,1,2\n@requestId,x\na,1\n"
		"{\n \"kind\": \"platform.report\"\n}\n{\n \"type\": [\"platform.report\"]\n}\n"
		"{\n \"type\": \"platform.reports\"\n}\n}]}\n");
	assert_int_equal(found.count + found.problems, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_what_text_tells),
		cmocka_unit_test(test_what_tables_tell),
		cmocka_unit_test(test_what_cannot_be_understood),
		cmocka_unit_test(test_long_lists),
		cmocka_unit_test(test_what_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
