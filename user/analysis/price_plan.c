// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * price_plan.c - see price_plan.h. Products are 128 bits wide and saturate.
 */
#include "analysis/price_plan.h"

#include <stddef.h>

#include "base/units.h"

#define MB_PER_GB 1024

static const struct price_plan plan_x86 = {
	.name = "us-east-1 x86",
	.gb_second_pico = 16666700, /* $0.0000166667 */
	.request_pico = 200000,	    /* $0.20 per million */
	.is_init_billed = true,
};

static const struct price_plan plan_arm = {
	.name = "us-east-1 arm",
	.gb_second_pico = 13333400, /* $0.0000133334 */
	.request_pico = 200000,
	.is_init_billed = true,
};

const struct price_plan *price_plan_get(bool is_arm)
{
	return is_arm ? &plan_arm : &plan_x86;
}

int64_t price_plan_compute_pico(const struct price_plan *plan, uint64_t duration_ns,
				uint32_t memory_mb)
{
	const unsigned __int128 unit = (unsigned __int128)NS_PER_S * MB_PER_GB;
	/* 64 + 32 bits; a price below 2^31 leaves the product below 2^127. */
	unsigned __int128 mb_ns = (unsigned __int128)duration_ns * memory_mb;
	unsigned __int128 pico;

	if (__builtin_mul_overflow(mb_ns, (unsigned __int128)plan->gb_second_pico, &pico) ||
	    __builtin_add_overflow(pico, unit / 2, &pico))
		return INT64_MAX;
	pico /= unit;
	return pico > INT64_MAX ? INT64_MAX : (int64_t)pico;
}
