/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * replay.c - see replay.h.
 */
#include "facts/replay.h"

int facts_replay_raw(struct facts *facts, struct trace_reader *reader, struct diag *diag)
{
	const struct record_header *record;
	uint64_t last_ns = 0;
	int result;

	while ((result = trace_reader_next_record(reader, &record, diag)) > 0) {
		int error = facts_push_record(facts, record);

		if (error)
			return error;
		if (record->time_ns > last_ns)
			last_ns = record->time_ns;
	}
	if (result < 0)
		return result;
	if (trace_reader_info(reader)->end_ns > last_ns)
		last_ns = trace_reader_info(reader)->end_ns;
	return facts_finish(facts, last_ns);
}
