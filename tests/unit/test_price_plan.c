// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_price_plan.c - price plans as JSON (user/analysis/price_plan_read.c, price_plans.c): what is shipped,
 * what each error says; decimal numbers and places in a JSON text, on which both stand (user/base).
 */
#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/price_plan_read.h"
#include "analysis/price_plans.h"
#include "base/decimal.h"
#include "base/json_read.h"

#define PER_HOUR 3600ll

/* ---- decimal ---- */

static int parse(const char *text, unsigned int scale, uint64_t *ret_value)
{
	*ret_value = 77;
	return decimal_parse(text, strlen(text), scale, UINT64_MAX / 2, ret_value);
}

static void test_every_digit_counts(void **state)
{
	static const struct {
		const char *text;
		unsigned int scale;
		uint64_t value;
	} cases[] = {
		{ "0", 12, 0 },
		{ "0.0000166667", 12, 16666700 },
		{ "1.66667e-5", 12, 16666700 },
		{ "166667E-10", 12, 16666700 },
		{ "0.20", 6, 200000 },
		{ "12", 0, 12 },
		{ "1e3", 0, 1000 },
		{ "10e+2", 0, 1000 },
		{ "1200e-2", 0, 12 },
		{ "0e999999999999", 12, 0 },
		{ "0.000000000001", 12, 1 },
	};
	uint64_t value;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(parse(cases[i].text, cases[i].scale, &value), 0);
		assert_int_equal(value, cases[i].value);
	}
}

static void test_what_is_no_decimal(void **state)
{
	static const struct {
		const char *text;
		int error;
	} cases[] = {
		{ "", -EINVAL },
		{ "-1", -EINVAL },
		{ "+1", -EINVAL },
		{ ".", -EINVAL },
		{ ".5", -EINVAL },
		{ "5.", -EINVAL },
		{ "1e", -EINVAL },
		{ "1e+", -EINVAL },
		{ "1.2.3", -EINVAL },
		{ "1e5e5", -EINVAL },
		{ "1 ", -EINVAL },
		{ "0x10", -EINVAL },
		{ "0.0000000000001", -EDOM },
		{ "1e-13", -EDOM },
		{ "1e-99999999", -EDOM },
		{ "1e99999999", -ERANGE },
		{ "99999999999", -ERANGE },
		{ "1e20", -ERANGE },
		{ "123456789012345678901", -ERANGE },
	};
	uint64_t value;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(parse(cases[i].text, 12, &value), cases[i].error);
		assert_int_equal(value, 77);
	}
	assert_int_equal(decimal_length("1.5e-3,", 7), 6);
	assert_int_equal(decimal_length("true", 4), 0);
}

/* ---- places ---- */

/* Each value of the text has its own beginning there. */
static void test_places_of_values(void **state)
{
	static const char text[] =
		"\xef\xbb\xbf { \"a:\\\"b\" : [1, \"x\\\\\", {}, [ ] ,true],\n\"c\":{\"d\":null}, "
		"\"e\": -2.5}";
	struct json_document *document;
	const struct json_value *root, *list, *object;
	size_t bytes = sizeof(text) - 1;

	assert_int_equal(json_parse(&document, text, bytes, NULL), 0);
	root = json_root(document);
	list = json_member(root, "a:\"b");
	object = json_member(root, "c");
#define STARTS_WITH(value, expected)                                                              \
	assert_int_equal(strncmp(text + json_find_offset(document, value, text, bytes), expected, \
				 strlen(expected)),                                               \
			 0)
	STARTS_WITH(root, "{ \"a");
	STARTS_WITH(list, "[1");
	STARTS_WITH(json_element(list, 0), "1,");
	STARTS_WITH(json_element(list, 1), "\"x\\\\\"");
	STARTS_WITH(json_element(list, 2), "{},");
	STARTS_WITH(json_element(list, 3), "[ ]");
	STARTS_WITH(json_element(list, 4), "true]");
	STARTS_WITH(object, "{\"d\"");
	STARTS_WITH(json_member(object, "d"), "null");
	STARTS_WITH(json_member(root, "e"), "-2.5}");
	assert_int_equal(json_find_offset(document, NULL, text, bytes), bytes);
	json_document_free(document);
}

/* ---- what is shipped ---- */

static void load_shipped(struct price_plan *plan, const char *name)
{
	const struct shipped_plan *shipped = price_plans_find(name);
	struct diag diag = { 0 };

	assert_non_null(shipped);
	if (price_plan_parse(plan, shipped->json, strlen(shipped->json), &diag))
		fail_msg("%s: %s", name, diag.text);
	assert_string_equal(plan->name, name);
}

/* What is compiled in is what the files say. */
static void check_built_in(bool is_arm)
{
	const struct price_plan *built_in = price_plan_get(is_arm);
	struct price_plan plan;

	load_shipped(&plan, built_in->name);
	assert_string_equal(plan.source, built_in->source);
	assert_string_equal(plan.note, built_in->note);
	assert_int_equal(plan.basis, built_in->basis);
	assert_int_equal(plan.tier_count, built_in->tier_count);
	assert_memory_equal(plan.tiers, built_in->tiers, sizeof(plan.tiers));
	assert_int_equal(plan.cpu_hour_pico, built_in->cpu_hour_pico);
	assert_int_equal(plan.standby_gb_hour_pico, built_in->standby_gb_hour_pico);
	assert_int_equal(plan.request_pico, built_in->request_pico);
	assert_int_equal(plan.event_first_bytes, built_in->event_first_bytes);
	assert_int_equal(plan.event_further_bytes, built_in->event_further_bytes);
	assert_int_equal(plan.granularity_ms, built_in->granularity_ms);
	assert_int_equal(plan.minimum_ms, built_in->minimum_ms);
	assert_int_equal(plan.memory_granularity_mb, built_in->memory_granularity_mb);
	assert_int_equal(plan.is_init_billed, built_in->is_init_billed);
	assert_int_equal(plan.free_requests, built_in->free_requests);
	assert_int_equal(plan.free_gb_s, built_in->free_gb_s);
	assert_int_equal(plan.free_cpu_ms, built_in->free_cpu_ms);
}

static void test_built_in_plans_are_the_files(void **state)
{
	check_built_in(false);
	check_built_in(true);
}

/* Each file of the folder is embedded, under its own name, and nothing else is. */
static void test_all_files_are_shipped(void **state)
{
	DIR *folder = opendir("user/analysis/price_plans");
	struct dirent *entry;
	size_t files = 0;

	if (!folder) /* not at the top of the tree */
		skip();
	while ((entry = readdir(folder))) {
		char *end = strstr(entry->d_name, ".json");
		struct price_plan plan;

		if (!end)
			continue;
		*end = 0;
		load_shipped(&plan, entry->d_name);
		assert_true(plan.source[0]);
		files++;
	}
	closedir(folder);
	assert_null(price_plans_get(files));
	for (size_t i = 1; i < files; i++)
		assert_true(strcmp(price_plans_get(i - 1)->name, price_plans_get(i)->name) < 0);
	assert_null(price_plans_find("nothing"));
}

static void test_prices_of_what_is_shipped(void **state)
{
	struct price_plan plan;

	load_shipped(&plan, "us-east-1-x86-provisioned");
	assert_int_equal(plan.standby_gb_hour_pico, 4166700 * PER_HOUR);
	assert_int_equal(price_plan_compute_pico(&plan, 1000000000, 1024), 9722200);
	load_shipped(&plan, "us-east-1-managed-instances");
	assert_false(price_plan_charges_time(&plan));
	load_shipped(&plan, "example-active-cpu");
	assert_int_equal(plan.basis, PRICE_BY_ACTIVE_CPU);
	assert_int_equal(plan.cpu_hour_pico, 128000000000);
	assert_int_equal(plan.tiers[0].gb_hour_pico, 10600000000);
	load_shipped(&plan, "example-cpu-only");
	assert_int_equal(plan.cpu_hour_pico, 20000000 * PER_HOUR);
	assert_false(price_plan_charges_memory(&plan));
	load_shipped(&plan, "us-east-1-x86-2025-07");
	assert_false(plan.is_init_billed);
}

/* ---- what is wrong ---- */

#define HEAD                                           \
	"{\n"                                          \
	"\"schema\": \"idletax.price-plan/1\",\n"      \
	"\"name\": \"mine\", \"currency\": \"USD\",\n" \
	"\"source\": \"a test\",\n"                    \
	"\"million_requests\": 0.2, \"init_billed\": true"

static void expect(const char *text, const char *expected)
{
	struct price_plan plan;
	struct diag diag = { 0 };
	int error = price_plan_parse(&plan, text, strlen(text), &diag);

	if (!expected && error)
		fail_msg("%s\n%s", text, diag.text);
	if (!expected)
		return;
	assert_int_not_equal(error, 0);
	assert_string_equal(diag.text, expected);
}

static void test_what_is_missing_or_no_plan(void **state)
{
	expect(HEAD "}", NULL);
	expect("", "line 1: not valid JSON");
	expect("{\n\"a\": 1,\n}", "line 3: not valid JSON");
	expect(HEAD "}\n x", "line 6: something follows the JSON value");
	expect("[]", "line 1: is not a JSON object");
	expect("\n {}", "line 2: schema: is missing");
	expect("{\"schema\": \"idletax.report/1\"}",
	       "line 1: schema: is not \"idletax.price-plan/1\"");
	expect("{\"schema\": \"idletax.price-plan/1\",\n\"currency\": \"EUR\"}",
	       "line 2: currency: is not \"USD\"");
	expect("{\"name\": \"a/b\"}", "line 1: name: is not of letters, digits, points, hyphens "
				      "and underscores");
	expect("{\"name\": \"\"}", "line 1: name: is empty");
	expect("{\"name\": 5}", "line 1: name: is not a text");
	expect("{\"source\": \"a\\u001bb\"}",
	       "line 1: source: is not UTF-8 without control characters");
}

static void test_keys(void **state)
{
	struct price_plan plan;
	struct diag diag = { 0 };
	const char *text = HEAD ",\n\"gb_seconds\": 1}";

	assert_int_equal(price_plan_parse(&plan, text, strlen(text), &diag), -EINVAL);
	assert_string_equal(diag.text, "line 6: gb_seconds: there is no such key in a price plan");
	assert_string_equal(diag.hint, "did you mean gb_second?");
	expect(HEAD ",\n\"na\\nme\": 1}", "line 6: there is no such key in a price plan");
	expect(HEAD ",\n\n\"init_billed\": true}", "line 7: init_billed: is there twice");
	expect(HEAD ",\n\"gb_second\": 0.1,\n\"gb_hour\": 0.1}",
	       "line 7: gb_hour: there is a price by the other unit already");
	expect(HEAD ",\"basis\": \"active-cpu\", \"cpu_hour\": 0.1,\n\"cpu_second\": 0.1}",
	       "line 6: cpu_second: there is a price by the other unit already");
	expect(HEAD ",\n\"basis\": \"cpu\"}",
	       "line 6: basis: is neither \"wall-clock\" nor \"active-cpu\"");
	expect(HEAD ", \"basis\": \"active-cpu\"}",
	       "line 1: basis: active-cpu without a price: cpu_hour or cpu_second");
	expect(HEAD ", \"cpu_hour\": 1}",
	       "line 1: basis: a price of CPU time needs \"basis\": \"active-cpu\"");
	expect(HEAD ", \"event_first_kib\": 1}",
	       "line 1: event_further_kib: is missing: the two belong together");
	expect(HEAD ", \"event_further_kib\": 1}",
	       "line 1: event_first_kib: is missing: the two belong together");
}

static void test_figures(void **state)
{
	expect(HEAD ",\n\"gb_second\": -0.1}", "line 6: gb_second: is negative");
	expect(HEAD ",\n\"gb_second\": \"0.1\"}", "line 6: gb_second: is not a number");
	expect(HEAD ",\n\"gb_second\": null}", "line 6: gb_second: is not a number");
	expect(HEAD ",\n\"gb_second\": 16.6667}",
	       "line 6: gb_second: is a price that cannot be meant: it is in dollars");
	expect(HEAD ",\n\"gb_second\": 1}", NULL);
	expect(HEAD ",\n\"gb_hour\": 3600}", NULL);
	expect(HEAD ",\n\"gb_hour\": 3600.1}",
	       "line 6: gb_hour: is a price that cannot be meant: it is in dollars");
	expect(HEAD ",\n\"gb_second\": 1e30}",
	       "line 6: gb_second: is too large, or has too many digits");
	expect(HEAD ",\n\"gb_second\": 0.0000000000001}",
	       "line 6: gb_second: has more than 12 digits behind the point");
	expect(HEAD ",\n\"free_requests\": 1.5}", "line 6: free_requests: is not a whole number");
	expect(HEAD ",\n\"free_requests\": 1e16}",
	       "line 6: free_requests: is above 1000000000000000, which cannot be meant");
	expect(HEAD ",\n\"round_up_ms\": 0}", "line 6: round_up_ms: is below 1");
	expect(HEAD ",\n\"minimum_ms\": 3600001}",
	       "line 6: minimum_ms: is above 3600000, which cannot be meant");
	expect(HEAD ",\n\"memory_step_mb\": 20000}",
	       "line 6: memory_step_mb: is above 10240, which cannot be meant");
	expect("{\"init_billed\": 1}", "line 1: init_billed: is neither true nor false");
	expect("{\"million_requests\": 0.0000001}",
	       "line 1: million_requests: has more than 6 digits behind the point");
	expect("{\"million_requests\": 1000001}",
	       "line 1: million_requests: is a price that cannot be meant: it is in dollars");
}

static void test_tiers(void **state)
{
	expect(HEAD ",\n\"gb_second\": []}", "line 6: gb_second: has no tier");
	expect(HEAD ",\n\"gb_second\": [5]}",
	       "line 6: gb_second: a tier has price and, but for the last, up_to_gb_s");
	expect(HEAD ",\n\"gb_second\": [{\"price\": 0.1, \"limit\": 5}]}",
	       "line 6: gb_second: a tier has price and, but for the last, up_to_gb_s");
	expect(HEAD ",\n\"gb_second\": [{\"price\": 0.1, \"price\": 0.1}]}",
	       "line 6: gb_second: a tier has price twice");
	expect(HEAD ",\n\"gb_second\": [{\"price\": 0.1, \"up_to_gb_s\": 5}]}",
	       "line 6: gb_second: the last tier has a limit: what is above has no price");
	expect(HEAD ",\n\"gb_second\": [{\"price\": 0.1},\n{\"price\": 0.1}]}",
	       "line 7: gb_second: a tier follows the one without up_to_gb_s");
	expect(HEAD ",\n\"gb_second\": [{\"price\": 0.1, \"up_to_gb_s\": 5},\n{\"up_to_gb_s\": 5, "
		    "\"price\": 0.1}]}",
	       "line 7: gb_second: up_to_gb_s is not above that of the tier before");
	expect(HEAD ",\n\"gb_second\": [{\"up_to_gb_s\": 0, \"price\": 0.1}, {\"price\": 0.1}]}",
	       "line 6: gb_second: is below 1");
	expect(HEAD ",\n\"gb_second\": [{\"up_to_gb_s\": 5, \"price\": -1}, {\"price\": 0.1}]}",
	       "line 6: gb_second: is negative");
	expect(HEAD
	       ",\n\"gb_hour\": [{\"up_to_gb_s\": 1, \"price\": 0}, {\"up_to_gb_s\": 2, \"price\": 0}, "
	       "{\"up_to_gb_s\": 3, \"price\": 0}, {\"up_to_gb_s\": 4, \"price\": 0}, "
	       "{\"up_to_gb_s\": 5, \"price\": 0}, {\"up_to_gb_s\": 6, \"price\": 0}, "
	       "{\"up_to_gb_s\": 7, \"price\": 0}, {\"up_to_gb_s\": 8, \"price\": 0},\n"
	       "{\"price\": 0}]}",
	       "line 7: gb_hour: has more than 8 tiers");
}

static void test_too_large_a_file(void **state)
{
	char *text = malloc(PRICE_PLAN_BYTES_MAX + 1);
	struct price_plan plan;
	struct diag diag = { 0 };

	memset(text, ' ', PRICE_PLAN_BYTES_MAX + 1);
	assert_int_equal(price_plan_parse(&plan, text, PRICE_PLAN_BYTES_MAX + 1, &diag), -E2BIG);
	assert_string_equal(diag.text, "is larger than 65536 bytes");
	memset(text, '[', PRICE_PLAN_BYTES_MAX);
	assert_int_equal(price_plan_parse(&plan, text, PRICE_PLAN_BYTES_MAX, &diag), -E2BIG);
	assert_string_equal(diag.text, "line 1: JSON nests deeper than 256");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_digit_counts),
		cmocka_unit_test(test_what_is_no_decimal),
		cmocka_unit_test(test_places_of_values),
		cmocka_unit_test(test_built_in_plans_are_the_files),
		cmocka_unit_test(test_all_files_are_shipped),
		cmocka_unit_test(test_prices_of_what_is_shipped),
		cmocka_unit_test(test_what_is_missing_or_no_plan),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_figures),
		cmocka_unit_test(test_tiers),
		cmocka_unit_test(test_too_large_a_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
