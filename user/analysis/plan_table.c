// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * plan_table.c - see plan_table.h.
 */
#include "analysis/plan_table.h"

#include <errno.h>
#include <stdlib.h>

#include "analysis/billing.h"

int plan_table_init(struct plan_table *table, const struct price_plan *plan,
		    const struct price_plan *more, size_t more_count)
{
	struct plan_row *rows = calloc(1 + more_count, sizeof(*rows));

	if (!rows)
		return -ENOMEM;
	rows[0].plan = plan;
	for (size_t i = 0; i < more_count; i++)
		rows[1 + i].plan = &more[i];
	table->rows = rows;
	table->count = 1 + more_count;
	return 0;
}

void plan_table_release(struct plan_table *table)
{
	free(table->rows);
	table->rows = NULL;
	table->count = 0;
}

static void add_bill(struct plan_row *row, const struct bill *bill,
		     const struct billing_usage *usage)
{
	uint64_t memory_mb = price_plan_round_mb(row->plan, usage->memory_mb);

	row->billed_ms += bill->billed_ms;
	row->requests += bill->requests;
	if (!bill->is_priced) {
		row->unpriced++;
		return;
	}
	row->duration_pico =
		billing_add_pico(row->duration_pico, bill->cost_pico - bill->request_pico);
	row->request_pico = billing_add_pico(row->request_pico, bill->request_pico);
	row->init_cost_pico = billing_add_pico(row->init_cost_pico, bill->init_cost_pico);
	row->double_billed_pico =
		billing_add_pico(row->double_billed_pico, bill->double_billed_pico);
	row->charged_mb_ms += (unsigned __int128)bill->wall_ms * memory_mb;
	row->charged_cpu_ms += bill->cpu_ms;
	row->wait_mb_ns += (unsigned __int128)usage->wait_lambda_ns * memory_mb;
	row->double_billed_mb_ns += (unsigned __int128)usage->double_billed_ns * memory_mb;
}

void plan_table_add_invocation(struct plan_table *table, struct invocation *invocation)
{
	struct billing_usage usage;
	struct bill bill;

	billing_measure(&usage, invocation);
	for (size_t i = 0; i < table->count; i++) {
		billing_price(&bill, table->rows[i].plan, &usage);
		if (!i)
			billing_apply(&bill, table->rows[i].plan, invocation);
		add_bill(&table->rows[i], &bill, &usage);
	}
}

void plan_table_add_environment(struct plan_table *table, const struct environment *environment,
				uint64_t life_ns)
{
	for (size_t i = 0; i < table->count; i++) {
		struct plan_row *row = &table->rows[i];

		row->standby_pico = billing_add_pico(
			row->standby_pico,
			price_plan_standby_pico(row->plan, life_ns, environment->memory_mb));
	}
}

int64_t plan_row_total_pico(const struct plan_row *row)
{
	int64_t sum = billing_add_pico(row->duration_pico, row->init_cost_pico);

	return billing_add_pico(billing_add_pico(sum, row->request_pico), row->standby_pico);
}
