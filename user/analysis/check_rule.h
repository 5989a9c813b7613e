/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * check_rule.h - the limits that `idletax check` is given, as options or in a file:
 *
 *   max-overhead = 20%            # of all together
 *   max-billed-p99 = 800ms        # of every function
 *   max-share = svc-a=50%         # of one function: its name, or a pattern (fnmatch(3))
 *   min-budget = svc-a/svc-b=1s   # of one edge
 *
 * A limit holds for what it is about: see check_metrics. It knows nothing of a trace (check.h does).
 */
#ifndef IDLETAX_ANALYSIS_CHECK_RULE_H
#define IDLETAX_ANALYSIS_CHECK_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/quantity.h"

enum check_metric {
	CHECK_MAX_OVERHEAD,
	CHECK_MAX_SHARE,
	CHECK_MAX_AMPLIFICATION,
	CHECK_MAX_CHAIN_DEPTH,
	CHECK_MAX_COST_PER_MILLION,
	CHECK_MAX_BILLED_P99,
	CHECK_MAX_RETRY_WASTE,
	CHECK_MAX_ORPHANED,
	CHECK_MIN_BUDGET,
	CHECK_NO_VERDICT,
	CHECK_METRIC_COUNT,
};

enum check_scope { /* what a limit can be about; bits */
	CHECK_TOTAL = 1 << 0,
	CHECK_FUNCTIONS = 1 << 1,
	CHECK_EDGES = 1 << 2,
};

struct check_metric_info {
	const char *name; /* of the option and in a file */
	enum quantity_unit unit;
	bool is_verdict;	  /* the limit is an enum verdict that no edge may have */
	bool is_minimum;	  /* the value may not be below the limit; else not above */
	unsigned int scopes;	  /* enum check_scope: what may be named, and the total */
	enum check_scope unnamed; /* what it is about where nothing is named */
};

extern const struct check_metric_info check_metrics[CHECK_METRIC_COUNT];

struct check_rule {
	enum check_metric metric;
	char *subject; /* owned: a function, a pattern of such, or CALLER/CALLEE; NULL: nothing is named */
	int64_t limit; /* in the metric's unit; or an enum verdict */
};

struct check_rules {
	struct check_rule *rules;
	size_t count, capacity;
	bool allows_incomplete; /* else that is a breach of its own */
};

#define CHECK_RULES_MAX 10000
#define CHECK_FILE_BYTES_MAX (1u << 20)

void check_rules_init(struct check_rules *rules);
void check_rules_release(struct check_rules *rules);

/*
 * Adds the rule that @argument, "[SUBJECT=]LIMIT" with or without blanks around the sign, makes of @metric. 0, or
 * negative errno and why.
 */
int check_rules_add(struct check_rules *rules, enum check_metric metric, const char *argument,
		    struct diag *diag);

/*
 * Adds the rules of a file: lines "NAME = ARGUMENT", "allow-incomplete", blank ones, and what follows a #.
 * 0, or negative errno with the line as the diag's offset.
 */
int check_rules_add_text(struct check_rules *rules, const char *text, size_t bytes,
			 struct diag *diag);

#endif
