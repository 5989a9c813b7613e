// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* wait_marks.c - see wait_marks.h. */
#include "analysis/wait_marks.h"

#include <stdlib.h>
#include <string.h>

void wait_marks_init(struct wait_marks *marks)
{
	memset(marks, 0, sizeof(*marks));
}

void wait_marks_release(struct wait_marks *marks)
{
	free(marks->marks);
	wait_marks_init(marks);
}

static int compare_times(const void *left, const void *right)
{
	const struct mark *a = left, *b = right;

	return (a->time_ns > b->time_ns) - (a->time_ns < b->time_ns);
}

void wait_marks_sort(struct wait_marks *marks)
{
	if (marks->count)
		qsort(marks->marks, marks->count, sizeof(*marks->marks), compare_times);
}
