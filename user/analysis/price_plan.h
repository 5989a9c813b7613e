/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * price_plan.h - what compute and requests cost, in pico-dollars. Built in: AWS Lambda, us-east-1,
 * first tier (Lambda pricing page, September 2026). Tiers and free tier belong to monthly projections.
 */
#ifndef IDLETAX_ANALYSIS_PRICE_PLAN_H
#define IDLETAX_ANALYSIS_PRICE_PLAN_H

#include <stdbool.h>
#include <stdint.h>

struct price_plan {
	const char *name;
	int64_t gb_second_pico; /* one GB (1024 MB) for one second */
	int64_t request_pico;
	bool is_init_billed;
};

const struct price_plan *price_plan_get(bool is_arm);

/* @memory_mb for @duration_ns, rounded half up to a pico-dollar; INT64_MAX where it does not fit. */
int64_t price_plan_compute_pico(const struct price_plan *plan, uint64_t duration_ns,
				uint32_t memory_mb);

#endif
