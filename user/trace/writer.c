/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * writer.c - collects facts (and records) in an open chunk each, and writes it when it is full or
 * when asked. What could not be written becomes one FACT_LOSS, which goes out before the next fact.
 */
#include "trace/writer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "trace/chunk_file.h"
#include "trace/encode.h"
#include "trace/fact_schema.h"

#define CHUNK_BYTES_FULL (256u << 10)
#define RECORD_ALIGNMENT 8u

/* Facts that were not written: a FACT_LOSS to be. */
struct pending_loss {
	uint64_t facts;
	uint64_t from_ns;
	uint64_t to_ns;
};

struct trace_writer {
	struct chunk_file file;
	struct trace_file_header header;
	struct chunk_encoder facts;
	struct buffer records;
	struct trace_chunk_header records_header;
	struct pending_loss loss;
	struct pending_loss chunk_loss; /* what the FACT_LOSSes in the open chunk tell */
	uint32_t chunk_loss_count;	/* how many they are */
	uint64_t last_ns;		/* of the facts pushed */
	bool has_facts;
	bool is_raw;
	int failure; /* the first failure to write, told once */
	bool is_failure_told;
	struct trace_writer_stats stats;
};

static int write_host(struct trace_writer *writer, const struct trace_start *start)
{
	struct trace_chunk_header header = {
		.kind = TRACE_CHUNK_HOST,
		.facts = (uint32_t)start->host_count,
		.first_ns = start->monotonic_ns,
		.last_ns = start->monotonic_ns,
	};
	struct chunk_part part;
	struct buffer plain;
	int error;

	buffer_init(&plain, TRACE_CHUNK_PLAIN_MAX);
	error = buffer_append_varint(&plain, start->host_count);
	for (size_t i = 0; i < start->host_count * 2 && !error; i++) {
		const char *text = i % 2 ? start->host[i / 2].value : start->host[i / 2].key;
		size_t length = strlen(text);

		error = length > TRACE_STRING_MAX ? -E2BIG : buffer_append_varint(&plain, length);
		if (!error)
			error = buffer_append(&plain, text, length + 1);
	}
	part.data = plain.data;
	part.bytes = plain.bytes;
	if (!error)
		error = chunk_file_write(&writer->file, &header, &part, 1);
	buffer_release(&plain);
	return error;
}

int trace_writer_open(struct trace_writer **ret, const char *path, const struct trace_start *start,
		      struct diag *diag)
{
	struct trace_writer *writer = calloc(1, sizeof(*writer));
	int error;

	if (!writer)
		return diag_set(diag, -ENOMEM, "out of memory");
	error = chunk_encoder_init(&writer->facts);
	if (error) {
		free(writer);
		return diag_set(diag, error, "out of memory");
	}
	buffer_init(&writer->records, TRACE_CHUNK_PLAIN_MAX);
	error = chunk_file_open(&writer->file, path, diag);
	if (error) {
		chunk_encoder_release(&writer->facts);
		free(writer);
		return error;
	}
	writer->is_raw = start->is_raw;
	writer->header.flags = TRACE_FILE_INCOMPLETE | (start->is_raw ? TRACE_FILE_RAW : 0);
	writer->header.monotonic_ns = start->monotonic_ns;
	writer->header.realtime_ns = start->realtime_ns;
	error = chunk_file_write_header(&writer->file, &writer->header);
	if (!error)
		error = write_host(writer, start);
	if (error) {
		trace_writer_free(writer);
		return diag_set(diag, error, "%s: %s", path, strerror(-error));
	}
	writer->stats.file_bytes = writer->file.bytes;
	*ret = writer;
	return 0;
}

void trace_writer_free(struct trace_writer *writer)
{
	if (!writer)
		return;
	chunk_file_close(&writer->file);
	chunk_encoder_release(&writer->facts);
	buffer_release(&writer->records);
	free(writer);
}

static void merge_loss(struct pending_loss *loss, uint64_t facts, uint64_t from_ns, uint64_t to_ns)
{
	if (!loss->facts || from_ns < loss->from_ns)
		loss->from_ns = from_ns;
	if (!loss->facts || to_ns > loss->to_ns)
		loss->to_ns = to_ns;
	loss->facts += facts;
}

static void lose(struct trace_writer *writer, uint64_t facts, uint64_t from_ns, uint64_t to_ns)
{
	merge_loss(&writer->loss, facts, from_ns, to_ns);
	writer->stats.lost_facts += facts;
}

/* The open chunk of facts is gone, and with it what it told of earlier losses. */
static void lose_chunk(struct trace_writer *writer)
{
	const struct chunk_encoder *facts = &writer->facts;
	const struct pending_loss *earlier = &writer->chunk_loss;

	if (facts->fact_count > writer->chunk_loss_count)
		lose(writer, facts->fact_count - writer->chunk_loss_count, facts->first_ns,
		     facts->last_ns);
	if (earlier->facts)
		merge_loss(&writer->loss, earlier->facts, earlier->from_ns, earlier->to_ns);
	writer->stats.facts -= facts->fact_count;
}

/* Returns the failure when it is the first. */
static int fail(struct trace_writer *writer, int error)
{
	if (!writer->failure)
		writer->failure = error;
	if (writer->is_failure_told)
		return 0;
	writer->is_failure_told = true;
	return error;
}

static int write_facts(struct trace_writer *writer)
{
	struct chunk_encoder *facts = &writer->facts;
	struct trace_chunk_header header = {
		.kind = TRACE_CHUNK_FACTS,
		.facts = facts->fact_count,
		.first_ns = facts->first_ns,
		.last_ns = facts->last_ns,
	};
	uint8_t prefix[10];
	struct chunk_part parts[3];
	int error;

	if (!facts->fact_count)
		return 0;
	parts[0].data = prefix;
	parts[0].bytes = chunk_encoder_prefix(facts, prefix);
	parts[1].data = facts->strings.data;
	parts[1].bytes = facts->strings.bytes;
	parts[2].data = facts->facts.data;
	parts[2].bytes = facts->facts.bytes;
	error = chunk_file_write(&writer->file, &header, parts, 3);
	if (error) {
		lose_chunk(writer);
		error = fail(writer, error);
	}
	chunk_encoder_clear(facts);
	writer->chunk_loss.facts = 0;
	writer->chunk_loss_count = 0;
	writer->stats.file_bytes = writer->file.bytes;
	return error;
}

static int write_records(struct trace_writer *writer)
{
	struct chunk_part part = { writer->records.data, writer->records.bytes };
	int error;

	if (!writer->records.bytes)
		return 0;
	error = chunk_file_write(&writer->file, &writer->records_header, &part, 1);
	if (error) {
		lose(writer, writer->records_header.facts, writer->records_header.first_ns,
		     writer->records_header.last_ns);
		error = fail(writer, error);
	}
	buffer_clear(&writer->records);
	writer->stats.file_bytes = writer->file.bytes;
	return error;
}

static int add_fact(struct trace_writer *writer, const struct fact *fact)
{
	int result = 0;
	int error = chunk_encoder_add(&writer->facts, fact);

	if (error == -ENOSPC) {
		result = write_facts(writer);
		error = chunk_encoder_add(&writer->facts, fact);
	}
	if (error) {
		lose(writer, 1, fact->time_ns, fact->time_ns);
		return fail(writer, error);
	}
	writer->stats.facts++;
	return result;
}

/* The loss that is due, told at @time_ns. */
static int add_pending_loss(struct trace_writer *writer, uint64_t time_ns)
{
	struct fact fact = { .kind = FACT_LOSS, .time_ns = time_ns };
	struct pending_loss loss = writer->loss;
	int result;

	if (!loss.facts)
		return 0;
	fact.loss.from_ns = loss.from_ns;
	fact.loss.to_ns = loss.to_ns;
	fact.loss.records = loss.facts;
	fact.loss.loss_class = LOSS_FACT;
	writer->loss.facts = 0;
	result = add_fact(writer, &fact);
	merge_loss(&writer->chunk_loss, loss.facts, loss.from_ns, loss.to_ns);
	writer->chunk_loss_count++;
	return result;
}

int trace_writer_push(void *context, const struct fact *fact)
{
	struct trace_writer *writer = context;
	int result, error;

	if ((writer->has_facts && fact->time_ns < writer->last_ns) || fact_check(fact)) {
		writer->stats.refused_facts++;
		lose(writer, 1, fact->time_ns, fact->time_ns);
		return 0;
	}
	writer->has_facts = true;
	writer->last_ns = fact->time_ns;
	result = add_pending_loss(writer, fact->time_ns);
	error = add_fact(writer, fact);
	if (!result)
		result = error;
	if (chunk_encoder_bytes(&writer->facts) >= CHUNK_BYTES_FULL) {
		error = write_facts(writer);
		if (!result)
			result = error;
	}
	return result;
}

int trace_writer_push_raw(struct trace_writer *writer, const struct record_header *record)
{
	static const uint8_t padding[RECORD_ALIGNMENT];
	struct trace_chunk_header *header = &writer->records_header;
	size_t bytes = record->bytes;
	int result = 0;
	int error;

	if (!writer->is_raw || bytes < sizeof(*record) || bytes > TRACE_CHUNK_PLAIN_MAX / 2)
		return -EINVAL;
	if (writer->records.bytes + bytes >= CHUNK_BYTES_FULL)
		result = write_records(writer);
	if (!writer->records.bytes) {
		memset(header, 0, sizeof(*header));
		header->kind = TRACE_CHUNK_RAW;
		header->first_ns = record->time_ns;
		header->last_ns = record->time_ns;
	}
	error = buffer_append(&writer->records, record, bytes);
	if (!error)
		error = buffer_append(&writer->records, padding,
				      (RECORD_ALIGNMENT - bytes % RECORD_ALIGNMENT) %
					      RECORD_ALIGNMENT);
	if (error)
		return error;
	header->facts++;
	if (record->time_ns < header->first_ns)
		header->first_ns = record->time_ns;
	if (record->time_ns > header->last_ns)
		header->last_ns = record->time_ns;
	writer->stats.records++;
	return result;
}

int trace_writer_flush(struct trace_writer *writer)
{
	int result = write_facts(writer);
	int error = write_records(writer);

	return result ? result : error;
}

int trace_writer_finish(struct trace_writer *writer, uint64_t end_ns)
{
	struct trace_chunk_header end = { .kind = TRACE_CHUNK_END };
	int error;

	trace_writer_flush(writer);
	if (writer->loss.facts) {
		add_pending_loss(writer, writer->last_ns);
		write_facts(writer);
		/* The disk is still full: no end chunk, or the file would seem whole. */
		if (writer->loss.facts)
			return writer->failure;
	}
	if (end_ns < writer->last_ns)
		end_ns = writer->last_ns;
	end.first_ns = end_ns;
	end.last_ns = end_ns;
	error = chunk_file_write(&writer->file, &end, NULL, 0);
	if (!error) {
		writer->header.flags &= ~(uint32_t)TRACE_FILE_INCOMPLETE;
		writer->header.end_ns = end_ns;
		error = chunk_file_write_header(&writer->file, &writer->header);
	}
	writer->stats.file_bytes = writer->file.bytes;
	return writer->failure ? writer->failure : error;
}

struct trace_writer_stats trace_writer_stats(const struct trace_writer *writer)
{
	return writer->stats;
}
