// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * histogram.c - see histogram.h. Values below 64 have a bucket each; above, a bucket is the highest
 * set bit and the six bits below it.
 */
#include "analysis/histogram.h"

#include <string.h>

#define STEPS (1u << HISTOGRAM_STEP_BITS)

static unsigned int bucket_of(uint64_t value)
{
	unsigned int exponent;

	if (value < STEPS)
		return (unsigned int)value;
	exponent = 63u - (unsigned int)__builtin_clzll(value) - HISTOGRAM_STEP_BITS;
	return (exponent << HISTOGRAM_STEP_BITS) + (unsigned int)(value >> exponent);
}

static uint64_t middle_of(unsigned int bucket)
{
	unsigned int exponent;

	if (bucket < 2 * STEPS)
		return bucket;
	exponent = (bucket >> HISTOGRAM_STEP_BITS) - 1;
	return ((uint64_t)(bucket % STEPS + STEPS) << exponent) + (1ull << exponent) / 2;
}

void histogram_init(struct histogram *histogram)
{
	memset(histogram, 0, sizeof(*histogram));
	histogram->min = UINT64_MAX;
}

void histogram_add(struct histogram *histogram, uint64_t value)
{
	uint32_t *bucket = &histogram->buckets[bucket_of(value)];

	if (*bucket < UINT32_MAX)
		(*bucket)++;
	histogram->count++;
	if (value < histogram->min)
		histogram->min = value;
	if (value > histogram->max)
		histogram->max = value;
}

uint64_t histogram_percentile(const struct histogram *histogram, unsigned int percent)
{
	uint64_t rank =
		histogram->count / 100 * percent + (histogram->count % 100 * percent + 99) / 100;
	uint64_t seen = 0, value;
	unsigned int bucket = 0;

	if (!histogram->count)
		return 0;
	if (!rank)
		rank = 1;
	for (; bucket < HISTOGRAM_BUCKETS - 1; bucket++) {
		seen += histogram->buckets[bucket];
		if (seen >= rank)
			break;
	}
	value = middle_of(bucket);
	if (value < histogram->min)
		return histogram->min;
	return value > histogram->max ? histogram->max : value;
}
