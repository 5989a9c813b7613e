/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * check.h - holds a trace's results against limits (check_rule.h). Comparisons are exact: ratios are compared
 * as fractions; something against nothing is infinite, and above every limit. What is not known (nothing against
 * nothing, no memory and so no price) breaches nothing and is told.
 */
#ifndef IDLETAX_ANALYSIS_CHECK_H
#define IDLETAX_ANALYSIS_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analysis/advice.h"
#include "analysis/check_rule.h"
#include "analysis/results.h"
#include "base/diag.h"

/* All that is known of a trace. */
struct check_input {
	const struct results *results;
	const struct edge_advice *advice; /* none where no rule is about verdicts */
	size_t advice_count;
};

struct check_finding {
	const struct check_rule *rule; /* NULL: the trace is not complete, and may not be that */
	char *where;		       /* owned: "total", a function, CALLER/CALLEE */
	bool is_infinite;	       /* a ratio to nothing: it has no value */
	int64_t value; /* in the metric's unit, rounded (or an enum verdict); where it is known */
};

struct check_findings {
	struct check_finding *rows;
	size_t count, capacity;
};

struct check_outcome {
	struct check_findings breaches;
	struct check_findings unknown; /* could not be held against their limits */
	uint64_t checked;	       /* limits times what each is about */
};

/*
 * 0 and *ret_outcome (for check_outcome_release), or -ENODATA: the trace has no invocation, so that all limits
 * would hold; or -ENOENT: a function or edge that a rule names is not in the trace, with a hint at the nearest;
 * or -ENOMEM.
 */
int check_run(struct check_outcome *ret_outcome, const struct check_rules *rules,
	      const struct check_input *input, struct diag *diag);
void check_outcome_release(struct check_outcome *outcome);

#endif
