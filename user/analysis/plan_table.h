/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * plan_table.h - one trace under several price plans at once: every invocation and every environment is
 * priced under each. The first plan is the one of all other results.
 */
#ifndef IDLETAX_ANALYSIS_PLAN_TABLE_H
#define IDLETAX_ANALYSIS_PLAN_TABLE_H

#include "analysis/price_plan.h"
#include "analysis/results.h"

struct plan_table {
	struct plan_row *rows; /* one for each plan */
	size_t count;
};

/* @plan, then @more of @more_count. All are borrowed. 0 or -ENOMEM. */
int plan_table_init(struct plan_table *table, const struct price_plan *plan,
		    const struct price_plan *more, size_t more_count);
void plan_table_release(struct plan_table *table);

/* Fills the invocation's costs, too (billing_apply): under the first plan. */
void plan_table_add_invocation(struct plan_table *table, struct invocation *invocation);
/* @life_ns: how long it lived. */
void plan_table_add_environment(struct plan_table *table, const struct environment *environment,
				uint64_t life_ns);

/* All that is charged; INT64_MAX where that does not fit. */
int64_t plan_row_total_pico(const struct plan_row *row);

#endif
