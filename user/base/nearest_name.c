// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * nearest_name.c - see nearest_name.h.
 */
#include "base/nearest_name.h"

#include <string.h>

#define EDITS_MIN 3 /* with more it is another word */

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static size_t edits_max(const char *wanted)
{
	size_t quarter = strlen(wanted) / 4;

	return quarter > EDITS_MIN ? quarter : EDITS_MIN;
}

/* How many letters must be inserted, dropped or replaced to make @b of @a. */
static size_t edit_distance(const char *a, const char *b)
{
	size_t row[NEAREST_NAME_MAX + 1];
	size_t length = strlen(b);

	for (size_t j = 0; j <= length; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1]; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= length; j++) {
			size_t replaced = diagonal + (a[i - 1] != b[j - 1]);

			diagonal = row[j];
			row[j] = least(replaced, least(row[j], row[j - 1]) + 1);
		}
	}
	return row[length];
}

static int ends_with(const char *name, const char *end)
{
	size_t length = strlen(name), end_length = strlen(end);

	return end_length && length >= end_length && !strcmp(name + length - end_length, end);
}

void nearest_name_init(struct nearest_name *nearest, const char *wanted)
{
	*nearest = (struct nearest_name){ .wanted = wanted };
}

void nearest_name_offer(struct nearest_name *nearest, const char *name)
{
	const char *wanted = nearest->wanted;
	size_t distance;

	if (strlen(wanted) > NEAREST_NAME_MAX || strlen(name) > NEAREST_NAME_MAX)
		return;
	distance = edit_distance(wanted, name);
	if (distance > edits_max(wanted)) {
		if (!ends_with(name, wanted))
			return;
		distance = NEAREST_NAME_MAX + strlen(name);
	}
	if (nearest->nearest && distance >= nearest->distance)
		return;
	nearest->nearest = name;
	nearest->distance = distance;
}
