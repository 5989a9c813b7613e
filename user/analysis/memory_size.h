/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * memory_size.h - which of Lambda's memory sizes (128 to 10240 MB in steps of 1) would have held what an
 * environment used, and what it would have saved. The rule: the highest use that was seen, rounded up to
 * a MB, without head room.
 */
#ifndef IDLETAX_ANALYSIS_MEMORY_SIZE_H
#define IDLETAX_ANALYSIS_MEMORY_SIZE_H

#include "analysis/results.h"

#define MEMORY_SIZE_MIN_MB 128u
#define MEMORY_SIZE_MAX_MB 10240u

/* Rounded up to a MB of 2^20 bytes. */
uint64_t memory_size_mb(uint64_t bytes);

/* The smallest size that holds @peak_bytes; 0: they are not known, or none does. */
uint32_t memory_size_fit_mb(uint64_t peak_bytes);

/*
 * What the same billed time would have cost less at the size that fits; 0 where that is not smaller or
 * something is not known. With less memory comes less CPU: what computes takes longer then.
 */
int64_t memory_size_saving_pico(const struct price_plan *plan, const struct function_row *row);

#endif
