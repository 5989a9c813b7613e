/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * histogram.h - a log-linear histogram: percentiles within 1 % of the value, in memory that is bounded: there is
 * one for each function, and most have values of few orders of magnitude.
 */
#ifndef IDLETAX_ANALYSIS_HISTOGRAM_H
#define IDLETAX_ANALYSIS_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_STEP_BITS 6 /* 64 buckets per power of two: half a bucket is 0.8 % */
#define HISTOGRAM_STEPS (1u << HISTOGRAM_STEP_BITS)
#define HISTOGRAM_OCTAVES (64 - HISTOGRAM_STEP_BITS + 1)

struct histogram {
	uint64_t count;
	uint64_t min, max;
	uint32_t *octaves[HISTOGRAM_OCTAVES]; /* HISTOGRAM_STEPS buckets, that saturate; or NULL */
};

void histogram_init(struct histogram *histogram);
void histogram_release(struct histogram *histogram);		/* all zero is allowed */
int histogram_add(struct histogram *histogram, uint64_t value); /* 0 or -ENOMEM */

/* The value at rank ceil(count * percent / 100), at least the first; 0 when empty. */
uint64_t histogram_percentile(const struct histogram *histogram, unsigned int percent);

#endif
