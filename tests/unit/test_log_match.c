// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_log_match.c - which REPORT belongs to which invocation, and the sums (user/analysis/log_match.c).
 */
#include "model_builder.h"

#include <stdio.h>

#include "analysis/log_match.h"

static void report(struct log_match *match, const char *id, uint64_t line, uint64_t duration_ns)
{
	struct reported reported = { .line = line };

	snprintf(reported.request_id, sizeof(reported.request_id), "%s", id);
	reported.figures.known = 1u << REPORTED_DURATION;
	reported.figures.values[REPORTED_DURATION] = duration_ns;
	assert_int_equal(log_match_add(match, 0, &reported), 0);
}

/* One invocation as a chain of its own. */
static void tell(struct log_match *match, const char *id, uint64_t start_ms, uint64_t end_ms,
		 enum invocation_status status)
{
	struct invocation *invocation = make_invocation(0, "f", start_ms, end_ms);
	struct chain chain = { .root = invocation,
			       .invocations = &invocation,
			       .invocation_count = 1 };

	invocation->request_id = owned_text_add(&invocation->texts, id);
	invocation->status = status;
	invocation->billed_ms = end_ms - start_ms;
	invocation->peak_rss_bytes = (100ull << 20) + 1;
	assert_int_equal(log_match_chain(match, &chain), 0);
	invocation_unref(invocation);
}

/* "twice" was handled twice, and told out of order; the log has a third that nobody measured. */
static void test_occurrences(void **state)
{
	const struct log_row *rows;
	struct log_totals totals;
	struct log_match *match;
	size_t count;

	assert_int_equal(log_match_new(&match), 0);
	report(match, "twice", 1, 11 * MS);
	report(match, "other", 2, 5 * MS);
	report(match, "twice", 3, 22 * MS);
	report(match, "twice", 4, 33 * MS);
	tell(match, "twice", 100, 120, STATUS_OK);
	tell(match, "twice", 0, 10, STATUS_OK);
	tell(match, "unseen", 50, 60, STATUS_ERROR);
	tell(match, NULL, 30, 40, STATUS_OK);
	tell(match, "open", 200, 300, STATUS_CUT);
	assert_int_equal(log_match_finish(match, &rows, &count, &totals), 0);
	assert_int_equal(count, 6);
	assert_int_equal(totals.matched, 2);
	assert_int_equal(totals.only_logged, 2);
	assert_int_equal(totals.only_measured, 2);
	assert_int_equal(totals.pairs[REPORTED_DURATION], 2);
	assert_int_equal(totals.pairs[REPORTED_BILLED], 0);
	assert_int_equal(totals.logged.values[REPORTED_DURATION], 33 * MS);
	assert_int_equal(totals.measured.values[REPORTED_DURATION], 30 * MS);

	assert_int_equal(rows[0].line, 1);
	assert_int_equal(rows[0].occurrence, 0);
	assert_int_equal(rows[0].measured.values[REPORTED_DURATION], 10 * MS);
	assert_int_equal(rows[0].measured.values[REPORTED_BILLED], 10 * MS);
	assert_int_equal(rows[0].measured.values[REPORTED_MAX_MEMORY], 101);
	assert_string_equal(rows[0].function, "f");
	assert_false(rows[1].is_measured);
	assert_int_equal(rows[2].occurrence, 1);
	assert_int_equal(rows[2].measured.values[REPORTED_DURATION], 20 * MS);
	assert_false(rows[3].is_measured);
	assert_null(rows[4].request_id); /* began at 30 */
	assert_false(rows[4].is_logged);
	assert_string_equal(rows[5].request_id, "unseen");
	log_match_free(match);
}

static void test_nothing(void **state)
{
	const struct log_row *rows;
	struct log_totals totals;
	struct log_match *match;
	size_t count;

	assert_int_equal(log_match_new(&match), 0);
	assert_int_equal(log_match_finish(match, &rows, &count, &totals), 0);
	assert_int_equal(count, 0);
	assert_int_equal(totals.matched + totals.only_logged + totals.only_measured, 0);
	log_match_free(match);
	log_match_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_occurrences),
		cmocka_unit_test(test_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
