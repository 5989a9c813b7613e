/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * test_contract.c - what crosses a process boundary hangs together: the shared headers compile
 * alone, as C and for BPF; values that two headers share are the same; every kind of record has a
 * decoder; every kind of fact an encoder, a text form, a line in include/README.md and a scenario
 * in tests/traces. Runs from the top of the repository.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <ftw.h>
#include <unistd.h>

#include "facts/facts.h"
#include "probe_config.h"
#include "record.h"
#include "trace/text.h"
#include "trace_samples.h"

/* Values that facts take over from records. */
#define SAME(fact_value, record_value)                           \
	_Static_assert((int)(fact_value) == (int)(record_value), \
		       #fact_value " is not " #record_value)
SAME(OFF_PREEMPTED, RECORD_OFF_PREEMPTED);
SAME(OFF_SLEEP, RECORD_OFF_SLEEP);
SAME(OFF_UNINTERRUPTIBLE, RECORD_OFF_UNINTERRUPTIBLE);
SAME(OFF_IO, RECORD_OFF_IO);
SAME(OFF_STOPPED, RECORD_OFF_STOPPED);
SAME(OFF_DEAD, RECORD_OFF_DEAD);
SAME(OFF_CUT, RECORD_OFF_CUT);
SAME(OFF_THROTTLED, RECORD_OFF_THROTTLED);
SAME(WAKER_UNKNOWN, RECORD_WAKER_UNKNOWN);
SAME(WAKER_TASK, RECORD_WAKER_TASK);
SAME(WAKER_INTERRUPT, RECORD_WAKER_INTERRUPT);
SAME(LOSS_SOCKET, RECORD_LOSS_SOCKET);
SAME(LOSS_SCHEDULER, RECORD_LOSS_SCHEDULER);
SAME(LOSS_PROCESS, RECORD_LOSS_PROCESS);
SAME(BLIND_WORKER_MESSAGES, RECORD_BLIND_WORKER_MESSAGES);
SAME(BLIND_NO_SYMBOLS, RECORD_BLIND_NO_SYMBOLS);
SAME(BLIND_UNKNOWN_FORM, RECORD_BLIND_UNKNOWN_FORM);
SAME(BLIND_NOT_ATTACHED, RECORD_BLIND_NOT_ATTACHED);
SAME(MESSAGE_SENT, RECORD_SEND);
SAME(MESSAGE_RECEIVED, RECORD_RECEIVE);

static const char *const headers[] = { "include/record.h", "include/probe_config.h",
				       "include/trace_format.h" };

static char *load(const char *path)
{
	FILE *file = fopen(path, "r");
	char *text = calloc(1, 1 << 20);

	if (!file) {
		free(text);
		print_message("SKIP: %s is not here; run from the top of the repository\n", path);
		skip();
	}
	text[fread(text, 1, (1 << 20) - 1, file)] = 0;
	fclose(file);
	return text;
}

static void compile(const char *compiler, const char *header)
{
	char command[512];

	snprintf(command, sizeof(command),
		 "%s -Wall -Wextra -Werror -Wpedantic -Wno-variadic-macros -fsyntax-only "
		 "-x c -Iinclude %s",
		 compiler, header);
	if (system(command) != 0)
		fail_msg("does not compile: %s", command);
}

static void test_headers_compile(void **state)
{
	free(load(headers[0]));
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		compile("${CC:-gcc} -std=gnu11", headers[i]);
}

static void test_headers_compile_for_bpf(void **state)
{
	free(load(headers[0]));
	if (system("command -v ${CLANG:-clang} >/dev/null") != 0) {
		print_message("SKIP: there is no clang\n");
		skip();
	}
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		compile("${CLANG:-clang} -target bpf -I/usr/include/$(${CC:-gcc} -print-multiarch)",
			headers[i]);
}

/* Every enumerator has its value written out: inserting one moves no other. */
static void test_values_are_explicit(void **state)
{
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		char *text = load(headers[i]), *rest = text, *line;
		bool is_in_enum = false;

		while ((line = strsep(&rest, "\n"))) {
			if (strncmp(line, "enum ", 5) == 0)
				is_in_enum = true;
			else if (line[0] == '}')
				is_in_enum = false;
			else if (is_in_enum && line[0] == '\t' && line[1] >= 'A' &&
				 line[1] <= 'Z' && !strstr(line, " = "))
				fail_msg("%s: no value: %s", headers[i], line);
		}
		free(text);
	}
}

static int drop(void *context, const struct fact *fact)
{
	return 0;
}

static void test_records_have_decoders(void **state)
{
	struct fact_sink sink = { drop, NULL };
	struct facts_options options = { 0 };
	struct facts *facts;

	assert_int_equal(facts_new(&facts, &options, &sink), 0);
	for (unsigned int kind = 1; kind < RECORD_KIND_END; kind++) {
		/* Too short for any kind: malformed, but not unknown. */
		struct record_header record = { .kind = (uint16_t)kind,
						.bytes = sizeof(record),
						.time_ns = kind };

		assert_int_equal(facts_push_record(facts, &record), 0);
		if (facts_stats(facts).records_unknown)
			fail_msg("record kind %u has no decoder", kind);
	}
	facts_free(facts);
}

static void test_records_are_described(void **state)
{
	char *readme = load("include/README.md"), *header = load("include/record.h");
	char *next = strstr(header, "enum record_kind {");
	char *end = next ? strstr(next, "RECORD_KIND_END") : NULL;

	assert_non_null(end);
	*end = 0;
	while ((next = strstr(next, "\n\tRECORD_"))) {
		size_t length = strspn(next + 2, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_");
		char name[80];

		snprintf(name, sizeof(name), "`%.*s`", (int)length, next + 2);
		if (!strstr(readme, name))
			fail_msg("include/README.md does not tell what becomes of %s", name);
		next += 2 + length;
	}
	free(readme);
	free(header);
}

static void expect_described(const char *readme, const char *what, const char *name)
{
	char quoted[80];

	snprintf(quoted, sizeof(quoted), "`%s`", name);
	if (!strstr(readme, quoted))
		fail_msg("include/README.md does not describe %s %s", what, quoted);
}

static void test_facts_are_described(void **state)
{
	char *readme = load("include/README.md");

	for (unsigned int kind = 1; kind < FACT_KIND_END; kind++) {
		const struct fact_schema *schema = fact_schema_find(kind);

		if (!schema)
			fail_msg("fact kind %u has no table in fact_schema.c", kind);
		expect_described(readme, "fact", schema->name);
		for (unsigned int i = 0; i < schema->field_count; i++) {
			const struct fact_field *field = &schema->fields[i];

			expect_described(readme, schema->name, field->name);
			for (unsigned int j = 0; field->names && j < field->names->count; j++)
				if (field->names->names[j])
					expect_described(readme, field->name,
							 field->names->names[j]);
		}
	}
	free(readme);
}

/* ---- scenarios ---- */

static uint64_t kinds_seen;
static unsigned int scenarios;

static int visit(const char *path, const struct stat *status, int type, struct FTW *where)
{
	size_t length = strlen(path);
	struct trace_text trace;
	struct diag diag = { 0 };

	if (type != FTW_F || length < 4 || strcmp(path + length - 4, ".txt") != 0)
		return 0;
	if (trace_text_load(&trace, path, &diag))
		fail_msg("%s:%llu: %s", path, (unsigned long long)diag.offset, diag.text);
	for (size_t i = 0; i < trace.fact_count; i++)
		kinds_seen |= 1ull << trace.facts[i].kind;
	trace_text_release(&trace);
	scenarios++;
	return 0;
}

static void test_facts_have_scenarios(void **state)
{
	free(load(headers[0]));
	nftw("tests/traces", visit, 16, FTW_PHYS);
	if (!scenarios) {
		print_message("SKIP: there are no scenarios in tests/traces\n");
		skip();
	}
	for (unsigned int kind = 1; kind < FACT_KIND_END; kind++)
		if (!(kinds_seen >> kind & 1))
			fail_msg("no scenario in tests/traces has a %s",
				 fact_schema_find(kind)->name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_headers_compile),
		cmocka_unit_test(test_headers_compile_for_bpf),
		cmocka_unit_test(test_values_are_explicit),
		cmocka_unit_test(test_records_have_decoders),
		cmocka_unit_test(test_records_are_described),
		cmocka_unit_test(test_facts_are_described),
		cmocka_unit_test(test_facts_have_scenarios),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
