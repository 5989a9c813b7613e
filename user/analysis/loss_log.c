// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * loss_log.c - see loss_log.h. Losses come nearly in order of time: an insertion looks from the end.
 */
#include "analysis/loss_log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"

void loss_log_init(struct loss_log *log)
{
	memset(log, 0, sizeof(*log));
	log->first_socket_ns = UINT64_MAX;
	log->first_process_ns = UINT64_MAX;
}

void loss_log_release(struct loss_log *log)
{
	free(log->any.ranges);
	free(log->scheduler.ranges);
	loss_log_init(log);
}

size_t loss_ranges_find(const struct loss_ranges *ranges, uint64_t time_ns)
{
	return array_count_up_to(ranges->ranges, ranges->count, sizeof(*ranges->ranges),
				 offsetof(struct loss_range, to_ns), time_ns);
}

/* A loss of no length touches its moment. */
static bool touches(const struct loss_ranges *ranges, uint64_t from_ns, uint64_t to_ns)
{
	size_t i = loss_ranges_find(ranges, from_ns ? from_ns - 1 : 0);

	return i < ranges->count && ranges->ranges[i].from_ns <= to_ns;
}

bool loss_log_bears_on(const struct loss_log *log, uint64_t start_ns, uint64_t end_ns)
{
	return log->first_process_ns <= end_ns || touches(&log->any, start_ns, end_ns);
}

/* Joins [@range] with all that it overlaps or touches. */
static int insert(struct loss_ranges *ranges, struct loss_range range)
{
	size_t first = ranges->count, last, tail;

	if (array_make_room(&ranges->ranges, ranges->count, &ranges->capacity,
			    sizeof(*ranges->ranges)))
		return -ENOMEM;
	while (first > 0 && ranges->ranges[first - 1].to_ns >= range.from_ns)
		first--;
	for (last = first; last < ranges->count; last++) {
		const struct loss_range *old = &ranges->ranges[last];

		if (old->from_ns > range.to_ns)
			break;
		if (old->from_ns < range.from_ns)
			range.from_ns = old->from_ns;
		if (old->to_ns > range.to_ns)
			range.to_ns = old->to_ns;
	}
	tail = ranges->count - last;
	memmove(&ranges->ranges[first + 1], &ranges->ranges[last], tail * sizeof(range));
	ranges->ranges[first] = range;
	ranges->count = first + 1 + tail;
	return 0;
}

int loss_log_add(struct loss_log *log, const struct fact_loss *loss)
{
	struct loss_range range = { loss->from_ns, loss->to_ns };
	int error;

	if (range.to_ns < range.from_ns)
		range.to_ns = range.from_ns;
	log->has_loss = true;
	log->records += loss->records;
	log->bytes += loss->bytes;
	if (loss->loss_class == LOSS_SOCKET && range.from_ns < log->first_socket_ns)
		log->first_socket_ns = range.from_ns;
	if (loss->loss_class == LOSS_PROCESS && range.from_ns < log->first_process_ns)
		log->first_process_ns = range.from_ns;
	error = insert(&log->any, range);
	if (error || loss->loss_class == LOSS_SOCKET || loss->loss_class == LOSS_PROCESS)
		return error;
	return insert(&log->scheduler, range);
}
