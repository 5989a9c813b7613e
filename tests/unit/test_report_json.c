/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * test_report_json.c - `report --json` of results built by hand, read back with the JSON reader.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/json_read.h"
#include "output/exporter.h"
#include "output/report_spool.h"
#include "output/schema.h"
#include "results_fixture.h"

struct parsed {
	char *text;
	struct json_document *document;
	const struct json_value *root;
};

static struct parsed parse_report(const struct results *results, bool has_invocations)
{
	struct export_options options = { .has_invocations = has_invocations };
	struct parsed parsed = { 0 };
	size_t bytes = 0;
	FILE *file = open_memstream(&parsed.text, &bytes);

	assert_non_null(file);
	assert_int_equal(exporter_run(exporter_find("json"), file, results, &options), 0);
	fclose(file);
	assert_int_equal(json_parse(&parsed.document, parsed.text, bytes, NULL), 0);
	parsed.root = json_root(parsed.document);
	return parsed;
}

static void release(struct parsed *parsed)
{
	json_document_free(parsed->document);
	free(parsed->text);
}

static uint64_t get_uint(const struct json_value *object, const char *key)
{
	uint64_t value = 0;

	assert_true(json_get_uint(json_member(object, key), &value));
	return value;
}

static void writes_totals_with_all_digits(void **state)
{
	struct fixture fixture;
	struct parsed parsed;
	const struct json_value *totals;

	fixture_init(&fixture);
	parsed = parse_report(&fixture.results, false);
	totals = json_member(parsed.root, "totals");
	assert_string_equal(json_get_string(json_member(parsed.root, "schema")),
			    "idletax.report/1");
	assert_int_equal(get_uint(totals, "billed_ns"), 1100 * NS_PER_MS);
	assert_int_equal(get_uint(totals, "own_ns"), 600 * NS_PER_MS);
	assert_int_equal(get_uint(totals, "wait_lambda_ns"), 500 * NS_PER_MS);
	assert_int_equal(get_uint(totals, "double_billed_ns"), 500 * NS_PER_MS);
	assert_int_equal(get_uint(totals, "chains"), 1);
	assert_non_null(strstr(parsed.text, "\"realtime_ns\": 1700000000123456789"));
	assert_non_null(strstr(parsed.text, "\"share\": 0.454545"));
	assert_null(json_member(parsed.root, "invocations"));
	release(&parsed);
}

static void links_invocations_and_calls(void **state)
{
	struct fixture fixture;
	struct parsed parsed;
	const struct json_value *a, *b, *call;

	fixture_init(&fixture);
	parsed = parse_report(&fixture.results, true);
	a = json_element(json_member(parsed.root, "invocations"), 0);
	b = json_element(json_member(parsed.root, "invocations"), 1);
	call = json_element(json_member(a, "calls"), 0);
	assert_string_equal(json_get_string(json_member(a, "function")), "svc-dev-a");
	assert_true(json_is_null(json_member(a, "parent")));
	assert_null(json_member(a, "alternatives"));
	assert_int_equal(get_uint(a, "start_ns"), FIXTURE_BASE_NS);
	assert_int_equal(get_uint(b, "parent"), 0);
	assert_int_equal(get_uint(b, "alternatives"), 2);
	assert_int_equal(get_uint(b, "init_ns"), 20 * NS_PER_MS);
	assert_int_equal(json_count(json_member(b, "flags")), 2);
	assert_true(json_is_null(json_member(b, "response_ns")));
	assert_int_equal(get_uint(call, "invocation"), 1);
	assert_string_equal(json_get_string(json_member(a, "span_id")), "00000000000000a1");
	assert_true(json_is_null(json_member(a, "parent_span_id")));
	assert_true(json_is_null(json_member(a, "lineage")));
	assert_string_equal(json_get_string(json_member(call, "span_id")), "00000000000000c1");
	assert_string_equal(json_get_string(json_member(call, "parent_span_id")),
			    "00000000000000a1");
	assert_string_equal(json_get_string(json_member(b, "parent_span_id")), "00000000000000c1");
	assert_int_equal(get_uint(json_member(b, "lineage"), "loops"), 2);
	assert_true(json_is_null(json_member(json_member(b, "lineage"), "requests")));
	assert_string_equal(json_get_string(json_member(call, "link")), "ambiguous");
	release(&parsed);
}

static void tells_cause_and_transit(void **state)
{
	struct fixture fixture;
	struct parsed parsed;
	const struct json_value *chain, *transit;

	fixture_init(&fixture);
	fixture.chain.caused_by = &fixture.b;
	fixture.chain.caused_by_call = 3;
	parsed = parse_report(&fixture.results, false);
	chain = json_element(json_member(parsed.root, "chains"), 0);
	transit = json_element(json_member(chain, "critical_path"), 2);
	assert_string_equal(json_get_string(json_member(chain, "trace_id")),
			    "1-58406520-010000000000000000000000");
	assert_string_equal(json_get_string(json_member(chain, "trace_id_source")), "derived");
	assert_int_equal(get_uint(chain, "depth"), 2);
	assert_int_equal(get_uint(json_member(chain, "caused_by"), "invocation"), 1);
	assert_int_equal(get_uint(json_member(chain, "caused_by"), "call"), 3);
	assert_true(json_is_null(json_member(transit, "invocation")));
	assert_string_equal(json_get_string(json_member(transit, "state")), "transit");
	release(&parsed);
}

static void writes_null_ratios_of_nothing(void **state)
{
	struct results results = { .is_complete = true };
	struct parsed parsed = parse_report(&results, true);
	const struct json_value *totals = json_member(parsed.root, "totals");

	assert_true(json_is_null(json_member(totals, "overhead")));
	assert_true(json_is_null(json_member(totals, "share")));
	assert_true(json_is_null(json_member(totals, "amplification")));
	assert_int_equal(json_count(json_member(parsed.root, "invocations")), 0);
	release(&parsed);
}

static void reports_a_full_disk(void **state)
{
	struct fixture fixture;
	struct export_options options = { 0 };
	FILE *file = fopen("/dev/full", "w");

	fixture_init(&fixture);
	assert_non_null(file);
	assert_true(exporter_run(&report_json_exporter, file, &fixture.results, &options) < 0);
	fclose(file);
}

static char *write_with(const struct results *results, struct report_spool *spool)
{
	struct export_options options = { .spool = spool };
	char *text = NULL;
	size_t bytes = 0;
	FILE *file = open_memstream(&text, &bytes);

	assert_non_null(file);
	assert_int_equal(exporter_run(&report_json_exporter, file, results, &options), 0);
	fclose(file);
	return text;
}

/* Chains that passed by make the same document as those that were kept; so do none at all. */
static void spools_chains(void **state)
{
	for (size_t count = 0; count < 3; count++) {
		struct fixture fixture;
		struct report_spool *spool;
		struct chain *chains[2];
		char *kept, *spooled;

		fixture_init(&fixture);
		chains[0] = chains[1] = &fixture.chain;
		fixture.results.chains = chains;
		fixture.results.chain_kept_count = count;
		kept = write_with(&fixture.results, NULL);
		assert_int_equal(report_spool_new(&spool), 0);
		for (size_t i = 0; i < count; i++)
			assert_int_equal(report_spool_chain(spool, chains[i]), 0);
		assert_int_equal(report_spool_finish(spool), 0);
		fixture.results.chain_kept_count = 0;
		spooled = write_with(&fixture.results, spool);
		assert_string_equal(spooled, kept);
		report_spool_free(spool);
		free(kept);
		free(spooled);
	}
}

static void embeds_the_schemas(void **state)
{
	static const char *const names[] = { "report", "timeline" };

	for (size_t i = 0; i < 2; i++) {
		const char *text = schema_find(names[i]);
		struct json_document *document;

		assert_non_null(text);
		assert_int_equal(json_parse(&document, text, strlen(text), NULL), 0);
		json_document_free(document);
	}
	assert_null(schema_find("nothing"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_totals_with_all_digits),
		cmocka_unit_test(links_invocations_and_calls),
		cmocka_unit_test(tells_cause_and_transit),
		cmocka_unit_test(writes_null_ratios_of_nothing),
		cmocka_unit_test(reports_a_full_disk),
		cmocka_unit_test(spools_chains),
		cmocka_unit_test(embeds_the_schemas),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
