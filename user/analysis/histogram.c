// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * histogram.c - see histogram.h. Values below 64 have a bucket each; above, a bucket is the highest
 * set bit and the six bits below it.
 */
#include "analysis/histogram.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define STEPS HISTOGRAM_STEPS
#define BUCKETS (HISTOGRAM_OCTAVES * STEPS)

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

void histogram_release(struct histogram *histogram)
{
	for (size_t i = 0; i < HISTOGRAM_OCTAVES; i++)
		free(histogram->octaves[i]);
	histogram_init(histogram);
}

int histogram_add(struct histogram *histogram, uint64_t value)
{
	unsigned int bucket = bucket_of(value);
	uint32_t **octave = &histogram->octaves[bucket / STEPS], *count;

	if (!*octave)
		*octave = calloc(STEPS, sizeof(**octave));
	if (!*octave)
		return -ENOMEM;
	count = &(*octave)[bucket % STEPS];
	if (*count < UINT32_MAX)
		++*count;
	histogram->count++;
	if (value < histogram->min)
		histogram->min = value;
	if (value > histogram->max)
		histogram->max = value;
	return 0;
}

static uint32_t count_in(const struct histogram *histogram, unsigned int bucket)
{
	const uint32_t *octave = histogram->octaves[bucket / STEPS];

	return octave ? octave[bucket % STEPS] : 0;
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
	for (; bucket < BUCKETS - 1; bucket++) {
		seen += count_in(histogram, bucket);
		if (seen >= rank)
			break;
	}
	value = middle_of(bucket);
	if (value < histogram->min)
		return histogram->min;
	return value > histogram->max ? histogram->max : value;
}
