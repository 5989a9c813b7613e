/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * loss_json.c - see loss_json.h; report.schema.json says what every member means.
 */
#include "output/loss_json.h"

void json_lost(struct json_writer *writer, const struct results *results)
{
	json_uint(writer, "records", results->lost_records);
	json_uint(writer, "bytes", results->lost_bytes);
	json_uint(writer, "gaps", results->gaps);
}

static const char *subject_name(enum blind_subject subject)
{
	return subject == BLIND_WORKER_MESSAGES ? "worker_messages" : "unknown";
}

static const char *reason_name(enum blind_reason reason)
{
	switch (reason) {
	case BLIND_NO_SYMBOLS:
		return "no_symbols";
	case BLIND_UNKNOWN_FORM:
		return "unknown_form";
	case BLIND_NOT_ATTACHED:
		return "not_attached";
	case BLIND_REASON_END:
		break;
	}
	return "unknown";
}

void json_blind_spots(struct json_writer *writer, const struct results *results)
{
	if (!results->blind_spot_count)
		return;
	json_array_begin(writer, "blind_spots");
	for (size_t i = 0; i < results->blind_spot_count; i++) {
		const struct blind_spot_row *row = &results->blind_spots[i];

		json_object_begin(writer, NULL);
		json_string(writer, "subject", subject_name(row->subject));
		json_string(writer, "reason", reason_name(row->reason));
		json_string(writer, "program", row->program);
		json_string(writer, "version", row->version);
		json_uint(writer, "processes", row->processes);
		json_uint(writer, "first_pid", row->first_pid);
		json_object_end(writer);
	}
	json_array_end(writer);
}
