/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * fuzz_check_rules.c - the input is a file of `check --rules`. An error has its line; a limit that is read prints
 * as one that reads the same; rules hold or break on results of nothing and of one function.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/check.h"
#include "output/check_output.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void require_same_limit(const struct check_rule *rule)
{
	const struct check_metric_info *info = &check_metrics[rule->metric];
	char text[QUANTITY_TEXT_MAX];
	int64_t again;

	if (info->is_verdict)
		return;
	if (quantity_parse(&again, info->unit, quantity_format(text, info->unit, rule->limit)) ||
	    again != rule->limit)
		abort();
}

static void run(const struct check_rules *rules, const struct results *results)
{
	const struct check_input input = { .results = results };
	struct check_outcome outcome;
	struct diag diag;
	char *text = NULL;
	size_t length;
	FILE *file;

	if (check_run(&outcome, rules, &input, &diag))
		return;
	file = open_memstream(&text, &length);
	check_text(file, &outcome, true);
	if (check_json(file, &outcome))
		abort();
	fclose(file);
	free(text);
	check_outcome_release(&outcome);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct function_row function = { .name = "a", .memory_mb = 128, .p99_ns = 7 };
	struct edge_row edge = { .caller = "a", .callee = "b", .double_billed_ns = 5 };
	const struct results none = { .is_complete = true };
	struct results some = {
		.requests = 1,
		.functions = &function,
		.function_count = 1,
		.edges = &edge,
		.edge_count = 1,
	};
	struct check_rules rules;
	struct diag diag = { 0 };

	function.sums = (struct sums){ .invocations = 1, .billed_ns = 10, .double_billed_ns = 5 };
	some.totals = function.sums;
	check_rules_init(&rules);
	if (check_rules_add_text(&rules, (const char *)data, bytes, &diag)) {
		if (!diag.has_offset || !diag.offset || !diag.text[0])
			abort();
	}
	for (size_t i = 0; i < rules.count; i++)
		require_same_limit(&rules.rules[i]);
	run(&rules, &none);
	run(&rules, &some);
	check_rules_release(&rules);
	return 0;
}
