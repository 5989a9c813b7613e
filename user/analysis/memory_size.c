// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * memory_size.c - see memory_size.h.
 */
#include "analysis/memory_size.h"

#include "analysis/price_plan.h"
#include "base/units.h"

#define MB (1u << 20)

uint64_t memory_size_mb(uint64_t bytes)
{
	return bytes / MB + (bytes % MB != 0);
}

uint32_t memory_size_fit_mb(uint64_t peak_bytes)
{
	uint64_t mb = memory_size_mb(peak_bytes);

	if (!mb || mb > MEMORY_SIZE_MAX_MB)
		return 0;
	return mb < MEMORY_SIZE_MIN_MB ? MEMORY_SIZE_MIN_MB : (uint32_t)mb;
}

int64_t memory_size_saving_pico(const struct price_plan *plan, const struct function_row *row)
{
	uint32_t fit_mb = memory_size_fit_mb(row->peak_rss_bytes);
	uint64_t billed_ns;

	if (!fit_mb || fit_mb >= row->memory_mb ||
	    __builtin_mul_overflow(row->sums.billed_ms, NS_PER_MS, &billed_ns))
		return 0;
	return price_plan_compute_pico(plan, billed_ns, row->memory_mb) -
	       price_plan_compute_pico(plan, billed_ns, fit_mb);
}
