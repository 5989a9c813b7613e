/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * fuzz_trace_file.c - the input is a trace file. Checksums are put right first, or none but the
 * first check would ever be reached. Every fact that comes out must keep the rules, and be in
 * order.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <zlib.h>

#include "trace/fact_schema.h"
#include "trace/reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void repair_header(uint8_t *file, size_t bytes)
{
	struct trace_file_header header;

	if (bytes < sizeof(header))
		return;
	memcpy(&header, file, sizeof(header));
	if (header.header_bytes > bytes)
		return;
	header.crc32 = 0;
	memcpy(file, &header, sizeof(header));
	header.crc32 = (uint32_t)crc32_z(0, file, header.header_bytes);
	memcpy(file, &header, sizeof(header));
}

static void repair_chunks(uint8_t *file, size_t bytes)
{
	size_t offset = sizeof(struct trace_file_header);
	struct trace_chunk_header chunk;

	while (offset < bytes && bytes - offset >= sizeof(chunk)) {
		memcpy(&chunk, file + offset, sizeof(chunk));
		if (chunk.stored_bytes > bytes - offset - sizeof(chunk))
			return;
		chunk.crc32 = 0;
		memcpy(file + offset, &chunk, sizeof(chunk));
		chunk.crc32 =
			(uint32_t)crc32_z(0, file + offset, sizeof(chunk) + chunk.stored_bytes);
		memcpy(file + offset, &chunk, sizeof(chunk));
		offset += sizeof(chunk) + chunk.stored_bytes;
	}
}

static void read_facts(const char *path)
{
	struct trace_reader *reader;
	const struct fact *fact;
	struct diag diag = { 0 };
	uint64_t last_ns = 0;

	if (trace_reader_open(&reader, path, &diag))
		return;
	while (trace_reader_next(reader, &fact, &diag) > 0) {
		if (fact_check(fact) || fact->time_ns < last_ns)
			abort();
		last_ns = fact->time_ns;
	}
	trace_reader_free(reader);
}

static void read_records(const char *path)
{
	struct trace_reader *reader;
	const struct record_header *record;
	volatile uint8_t last;

	if (trace_reader_open(&reader, path, NULL))
		return;
	while (trace_reader_next_record(reader, &record, NULL) > 0)
		last = ((const uint8_t *)record)[record->bytes - 1];
	(void)last;
	trace_reader_free(reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	uint8_t *file = malloc(bytes ? bytes : 1);
	char path[32];
	int fd = memfd_create("trace", MFD_CLOEXEC);

	memcpy(file, data, bytes);
	repair_header(file, bytes);
	repair_chunks(file, bytes);
	if (fd < 0 || write(fd, file, bytes) != (ssize_t)bytes)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	read_facts(path);
	read_records(path);
	close(fd);
	free(file);
	return 0;
}
