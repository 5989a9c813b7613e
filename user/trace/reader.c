/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * reader.c - file header, then chunk after chunk: read, checked by its CRC, inflated, decoded. A
 * cut shows as the end of the file where a whole chunk, or the end chunk, should have been.
 */
#include "trace/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <zlib.h>

#include "base/arena.h"
#include "trace/decode.h"

#define FILE_HEADER_MAX 4096u
#define RECORD_ALIGNMENT 8u

struct trace_reader {
	int fd;
	bool is_owned;
	struct trace_info info;
	bool is_newer;	  /* minor version */
	uint64_t last_ns; /* of the last chunk of facts; first the start of the recording */
	bool has_facts;
	bool is_at_end;	   /* no chunk will come any more */
	bool is_loss_told; /* of the cut */
	int error;	   /* sticky */
	struct trace_chunk_header chunk;
	bool has_chunk;	 /* `chunk` was read at open, and waits to be handed out */
	uint8_t *stored; /* chunk header, then TRACE_CHUNK_STORED_MAX bytes */
	uint8_t *plain;	 /* TRACE_CHUNK_PLAIN_MAX bytes */
	z_stream inflater;
	bool has_inflater;
	struct chunk_decoder decoder;
	size_t record_offset; /* in `plain`, of the next record */
	uint32_t records_left;
	struct arena arena; /* host pairs */
	struct fact loss;
};

/* Reads until @bytes are there or the input ends. */
static int read_some(struct trace_reader *reader, void *data, size_t bytes, size_t *ret_bytes,
		     struct diag *diag)
{
	*ret_bytes = 0;
	while (*ret_bytes < bytes) {
		ssize_t count = read(reader->fd, (uint8_t *)data + *ret_bytes, bytes - *ret_bytes);

		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0) {
			int error = -errno;

			return diag_set_at(diag, error, reader->info.file_bytes + *ret_bytes,
					   "cannot read: %s", strerror(-error));
		}
		if (!count)
			break;
		*ret_bytes += (size_t)count;
	}
	return 0;
}

static int open_input(struct trace_reader *reader, const char *path, struct diag *diag)
{
	struct stat status;
	int error;

	reader->is_owned = strcmp(path, "-") != 0;
	reader->fd = STDIN_FILENO;
	if (reader->is_owned)
		reader->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (reader->fd < 0) {
		error = -errno;
		reader->is_owned = false;
		diag_set(diag, error, "%s", strerror(-error));
		if (error == -ENOENT)
			diag_hint(diag, "a trace is made by: idletax record -o FILE -- COMMAND");
		return error;
	}
	if (fstat(reader->fd, &status) == 0 && S_ISDIR(status.st_mode))
		return diag_set(diag, -EISDIR, "it is a directory");
	return 0;
}

static int read_file_header(struct trace_reader *reader, struct diag *diag)
{
	union {
		struct trace_file_header fields;
		uint8_t bytes[FILE_HEADER_MAX];
	} header;
	struct trace_info *info = &reader->info;
	size_t bytes, more;
	uint32_t crc;
	int error;

	error = read_some(reader, &header, sizeof(header.fields), &bytes, diag);
	if (error)
		return error;
	if (!bytes)
		return diag_set(diag, -EBADMSG, "the file is empty");
	if (memcmp(header.bytes, TRACE_MAGIC, bytes < 8 ? bytes : 8) != 0)
		return diag_set_at(diag, -EBADMSG, 0, "not a trace file of idletax");
	if (bytes < sizeof(header.fields))
		return diag_set_at(diag, -EBADMSG, bytes,
				   "the file is cut inside its header: nothing can be read");
	if (header.fields.version_major > TRACE_VERSION_MAJOR) {
		diag_set(diag, -ENOTSUP, "the file has version %u, this program reads up to %d",
			 header.fields.version_major, TRACE_VERSION_MAJOR);
		diag_hint(diag, "use the version of idletax that recorded it, or a newer one");
		return -ENOTSUP;
	}
	if (header.fields.header_bytes < sizeof(header.fields) ||
	    header.fields.header_bytes > FILE_HEADER_MAX)
		return diag_set_at(diag, -EBADMSG, offsetof(struct trace_file_header, header_bytes),
				   "the header has an impossible length");
	more = header.fields.header_bytes - sizeof(header.fields);
	error = read_some(reader, header.bytes + sizeof(header.fields), more, &bytes, diag);
	if (error)
		return error;
	if (bytes < more)
		return diag_set_at(diag, -EBADMSG, sizeof(header.fields) + bytes,
				   "the file is cut inside its header: nothing can be read");
	crc = header.fields.crc32;
	header.fields.crc32 = 0;
	if (crc != (uint32_t)crc32_z(0, header.bytes, header.fields.header_bytes))
		return diag_set_at(diag, -EBADMSG, 0, "the header's checksum is wrong");
	info->version_major = header.fields.version_major;
	info->version_minor = header.fields.version_minor;
	info->start.monotonic_ns = header.fields.monotonic_ns;
	info->start.realtime_ns = header.fields.realtime_ns;
	info->start.is_raw = header.fields.flags & TRACE_FILE_RAW;
	if (!(header.fields.flags & TRACE_FILE_INCOMPLETE))
		info->end_ns = header.fields.end_ns;
	info->file_bytes = header.fields.header_bytes;
	reader->is_newer = info->version_minor > TRACE_VERSION_MINOR;
	reader->last_ns = info->start.monotonic_ns;
	return 0;
}

static int check_chunk_header(struct trace_reader *reader, struct diag *diag)
{
	const struct trace_chunk_header *chunk = &reader->chunk;
	const char *problem = NULL;

	if (chunk->magic != TRACE_CHUNK_MAGIC)
		problem = "no chunk begins here";
	else if (chunk->stored_bytes > TRACE_CHUNK_STORED_MAX ||
		 chunk->plain_bytes > TRACE_CHUNK_PLAIN_MAX)
		problem = "the chunk is larger than a chunk can be";
	else if (chunk->first_ns > chunk->last_ns)
		problem = "the chunk ends before it begins";
	else if (chunk->facts > chunk->plain_bytes)
		problem = "the chunk claims more facts than it has bytes";
	if (!problem)
		return 0;
	return diag_set_at(diag, -EBADMSG, reader->info.file_bytes, "%s", problem);
}

static int inflate_chunk(struct trace_reader *reader, struct diag *diag)
{
	const struct trace_chunk_header *chunk = &reader->chunk;
	z_stream *inflater = &reader->inflater;

	if (!chunk->plain_bytes && !chunk->stored_bytes)
		return 0;
	inflateReset(inflater);
	inflater->next_in = reader->stored + sizeof(*chunk);
	inflater->avail_in = chunk->stored_bytes;
	inflater->next_out = reader->plain;
	inflater->avail_out = chunk->plain_bytes;
	if (inflate(inflater, Z_FINISH) != Z_STREAM_END || inflater->avail_in ||
	    inflater->avail_out)
		return diag_set_at(diag, -EBADMSG, reader->info.file_bytes,
				   "the chunk cannot be decompressed");
	return 0;
}

/*
 * Reads the next chunk into `stored` and checks it. 1: there is one, 0: the file ends (whole or
 * cut), negative: error.
 */
static int read_chunk(struct trace_reader *reader, struct diag *diag)
{
	struct trace_chunk_header *chunk = &reader->chunk;
	size_t bytes;
	uint32_t crc;
	int error;

	error = read_some(reader, reader->stored, sizeof(*chunk), &bytes, diag);
	if (error)
		return error;
	if (bytes < sizeof(*chunk)) {
		reader->info.is_salvaged = true;
		return 0;
	}
	memcpy(chunk, reader->stored, sizeof(*chunk));
	error = check_chunk_header(reader, diag);
	if (error)
		return error;
	error = read_some(reader, reader->stored + sizeof(*chunk), chunk->stored_bytes, &bytes,
			  diag);
	if (error)
		return error;
	if (bytes < chunk->stored_bytes) {
		reader->info.is_salvaged = true;
		return 0;
	}
	crc = chunk->crc32;
	memset(reader->stored + offsetof(struct trace_chunk_header, crc32), 0, sizeof(crc));
	if (crc != (uint32_t)crc32_z(0, reader->stored, sizeof(*chunk) + bytes))
		return diag_set_at(diag, -EBADMSG, reader->info.file_bytes,
				   "the chunk's checksum is wrong: the file is damaged");
	return 1;
}

static void finish_chunk(struct trace_reader *reader)
{
	const struct trace_chunk_header *chunk = &reader->chunk;

	reader->info.file_bytes += sizeof(*chunk) + chunk->stored_bytes;
	reader->info.plain_bytes += chunk->plain_bytes;
	reader->info.chunks++;
	if (chunk->kind == TRACE_CHUNK_RAW)
		reader->info.records += chunk->facts;
}

/* Nothing may follow the end chunk. */
static int finish_file(struct trace_reader *reader, struct diag *diag)
{
	uint8_t byte;
	size_t bytes;
	int error;

	reader->info.end_ns = reader->chunk.last_ns;
	reader->info.is_finished = true;
	reader->is_at_end = true;
	error = read_some(reader, &byte, 1, &bytes, diag);
	if (error)
		return error;
	if (bytes)
		return diag_set_at(diag, -EBADMSG, reader->info.file_bytes,
				   "something follows the end of the trace");
	return 0;
}

/* Goes on to the next chunk of @kind, inflated. 1, 0 at the end, or negative. */
static int next_chunk(struct trace_reader *reader, enum trace_chunk_kind kind, struct diag *diag)
{
	while (!reader->is_at_end) {
		uint64_t offset = reader->info.file_bytes;
		int result = reader->has_chunk ? 1 : read_chunk(reader, diag);

		reader->has_chunk = false;
		if (result < 0)
			return result;
		if (!result) {
			reader->is_at_end = true;
			return 0;
		}
		if (reader->chunk.kind == kind) {
			result = inflate_chunk(reader, diag);
			if (result)
				return result;
		}
		finish_chunk(reader);
		if (reader->chunk.kind == (uint32_t)kind) {
			reader->decoder.file_offset = offset;
			return 1;
		}
		if (reader->chunk.kind == TRACE_CHUNK_END) {
			result = finish_file(reader, diag);
			if (result)
				return result;
		} else if (reader->chunk.kind > TRACE_CHUNK_END || !reader->chunk.kind) {
			reader->info.unknown_chunks++;
		}
	}
	return 0;
}

static int read_host(struct trace_reader *reader, struct diag *diag)
{
	const uint8_t *next = reader->plain;
	const uint8_t *end = reader->plain + reader->chunk.plain_bytes;
	struct trace_host_pair *pairs;
	uint64_t count;

	if (!decode_varint(&next, end, &count) || count > reader->chunk.plain_bytes / 4)
		return diag_set_at(diag, -EBADMSG, reader->info.file_bytes,
				   "the description of the host has an impossible length");
	pairs = arena_alloc(&reader->arena, count * sizeof(*pairs));
	if (!pairs)
		return diag_set(diag, -ENOMEM, "out of memory");
	for (uint64_t i = 0; i < count; i++) {
		const char *key, *value;

		if (!decode_string(&next, end, &key) || !decode_string(&next, end, &value))
			return diag_set_at(diag, -EBADMSG, reader->info.file_bytes,
					   "the description of the host is not valid");
		pairs[i].key = arena_strdup(&reader->arena, key);
		pairs[i].value = arena_strdup(&reader->arena, value);
		if (!pairs[i].key || !pairs[i].value)
			return diag_set(diag, -ENOMEM, "out of memory");
	}
	reader->info.start.host = pairs;
	reader->info.start.host_count = count;
	return 0;
}

/* The host's chunk comes first where there is one; another is kept for next_chunk. */
static int read_first_chunk(struct trace_reader *reader, struct diag *diag)
{
	int result = read_chunk(reader, diag);

	if (result < 0)
		return result;
	if (!result) {
		reader->is_at_end = true;
		return 0;
	}
	if (reader->chunk.kind != TRACE_CHUNK_HOST) {
		reader->has_chunk = true;
		return 0;
	}
	result = inflate_chunk(reader, diag);
	if (!result)
		result = read_host(reader, diag);
	if (!result)
		finish_chunk(reader);
	return result;
}

static int init_memory(struct trace_reader *reader)
{
	chunk_decoder_init(&reader->decoder);
	arena_init(&reader->arena);
	reader->stored = malloc(sizeof(struct trace_chunk_header) + TRACE_CHUNK_STORED_MAX);
	reader->plain = malloc(TRACE_CHUNK_PLAIN_MAX);
	if (!reader->stored || !reader->plain)
		return -ENOMEM;
	if (inflateInit(&reader->inflater) != Z_OK)
		return -ENOMEM;
	reader->has_inflater = true;
	return 0;
}

int trace_reader_open(struct trace_reader **ret, const char *path, struct diag *diag)
{
	struct trace_reader *reader = calloc(1, sizeof(*reader));
	int error;

	if (!reader)
		return diag_set(diag, -ENOMEM, "out of memory");
	error = open_input(reader, path, diag);
	if (!error && init_memory(reader))
		error = diag_set(diag, -ENOMEM, "out of memory");
	if (!error)
		error = read_file_header(reader, diag);
	if (!error)
		error = read_first_chunk(reader, diag);
	if (error) {
		trace_reader_free(reader);
		return error;
	}
	*ret = reader;
	return 0;
}

void trace_reader_free(struct trace_reader *reader)
{
	if (!reader)
		return;
	if (reader->is_owned)
		close(reader->fd);
	if (reader->has_inflater)
		inflateEnd(&reader->inflater);
	free(reader->stored);
	free(reader->plain);
	chunk_decoder_release(&reader->decoder);
	arena_release(&reader->arena);
	free(reader);
}

/*
 * What the cut took: from the last time that is known to the recording's end, where that is known.
 */
static const struct fact *make_loss(struct trace_reader *reader)
{
	struct fact *fact = &reader->loss;

	fact->kind = FACT_LOSS;
	fact->loss.loss_class = LOSS_FILE;
	fact->loss.from_ns = reader->last_ns;
	fact->loss.to_ns = reader->last_ns;
	if (reader->info.end_ns > reader->last_ns)
		fact->loss.to_ns = reader->info.end_ns;
	fact->time_ns = fact->loss.to_ns;
	return fact;
}

static int begin_facts(struct trace_reader *reader, struct diag *diag)
{
	const struct plain_chunk chunk = { .header = &reader->chunk,
					   .data = reader->plain,
					   .bytes = reader->chunk.plain_bytes,
					   .file_offset = reader->decoder.file_offset,
					   .is_newer = reader->is_newer };

	if (reader->has_facts && reader->chunk.first_ns < reader->last_ns)
		return diag_set_at(diag, -EBADMSG, chunk.file_offset,
				   "the chunk is older than the one before");
	reader->has_facts = true;
	reader->last_ns = reader->chunk.last_ns;
	return chunk_decoder_begin(&reader->decoder, &chunk, diag);
}

typedef int decode_function(struct chunk_decoder *decoder, const struct fact **ret_facts,
			    struct diag *diag);

static int next_facts(struct trace_reader *reader, decode_function *decode,
		      const struct fact **ret_facts, struct diag *diag)
{
	for (;;) {
		int result = decode(&reader->decoder, ret_facts, diag);

		reader->info.unknown_facts = reader->decoder.unknown_facts;
		if (result)
			return result;
		result = next_chunk(reader, TRACE_CHUNK_FACTS, diag);
		if (result > 0)
			result = begin_facts(reader, diag);
		else if (!result)
			return 0;
		if (result < 0)
			return result;
	}
}

static int hand_out(struct trace_reader *reader, decode_function *decode,
		    const struct fact **ret_facts, struct diag *diag)
{
	int result;

	if (reader->error)
		return diag_set(diag, reader->error, "reading failed before");
	result = next_facts(reader, decode, ret_facts, diag);
	if (result > 0) {
		reader->info.facts += (uint64_t)result;
	} else if (result < 0) {
		reader->error = result;
	} else if (reader->info.is_salvaged && !reader->is_loss_told) {
		reader->is_loss_told = true;
		*ret_facts = make_loss(reader);
		return 1;
	}
	return result;
}

int trace_reader_next(struct trace_reader *reader, const struct fact **ret_fact, struct diag *diag)
{
	return hand_out(reader, chunk_decoder_next, ret_fact, diag);
}

int trace_reader_next_block(struct trace_reader *reader, const struct fact **ret_facts,
			    struct diag *diag)
{
	return hand_out(reader, chunk_decoder_next_block, ret_facts, diag);
}

static int next_record(struct trace_reader *reader, const struct record_header **ret_record,
		       struct diag *diag)
{
	const struct record_header *record;
	size_t left;

	while (!reader->records_left) {
		int result = next_chunk(reader, TRACE_CHUNK_RAW, diag);

		if (result <= 0)
			return result;
		reader->records_left = reader->chunk.facts;
		reader->record_offset = 0;
	}
	left = reader->chunk.plain_bytes - reader->record_offset;
	record = (const struct record_header *)(reader->plain + reader->record_offset);
	if (left < sizeof(*record) || record->bytes < sizeof(*record) || record->bytes > left)
		return diag_set_at(diag, -EBADMSG, reader->decoder.file_offset,
				   "the record at byte %zu of the chunk is not valid",
				   reader->record_offset);
	reader->record_offset +=
		(record->bytes + RECORD_ALIGNMENT - 1) / RECORD_ALIGNMENT * RECORD_ALIGNMENT;
	if (reader->record_offset > reader->chunk.plain_bytes)
		reader->record_offset = reader->chunk.plain_bytes;
	reader->records_left--;
	*ret_record = record;
	return 1;
}

int trace_reader_next_record(struct trace_reader *reader, const struct record_header **ret_record,
			     struct diag *diag)
{
	int result;

	if (reader->error)
		return diag_set(diag, reader->error, "reading failed before");
	result = next_record(reader, ret_record, diag);
	if (result < 0)
		reader->error = result;
	return result;
}

int trace_reader_run(struct trace_reader *reader, const struct fact_sink *sink, struct diag *diag)
{
	const struct fact *fact;
	int result;

	while ((result = trace_reader_next(reader, &fact, diag)) > 0) {
		int error = fact_sink_push(sink, fact);

		if (error)
			return error;
	}
	return result;
}

const struct trace_info *trace_reader_info(const struct trace_reader *reader)
{
	return &reader->info;
}
