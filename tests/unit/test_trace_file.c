/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * test_trace_file.c - encoder and decoder, writer and reader: hand-written bytes, round trips of
 * every kind, files cut at every byte and with every bit turned, full disks, newer versions.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <signal.h>
#include <unistd.h>

#include <zlib.h>

#include "trace/chunk_file.h"
#include "trace/decode.h"
#include "trace/encode.h"
#include "trace/reader.h"
#include "trace/writer.h"
#include "trace_samples.h"

#define T0 1000000000ull

static char path[] = "/tmp/idletax-test-trace-XXXXXX";

static int set_up(void **state)
{
	int fd = mkstemp(path);

	close(fd);
	return fd < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
	return unlink(path);
}

/* ---- the decoder on hand-written bytes ---- */

static const uint8_t message_bytes[] = {
	0x02,			   /* two strings */
	0x03, 'r', '-', '1', 0x00, /* string 0: length, bytes, NUL */
	0x00, 0x00,		   /* string 1: empty */
	0x09,			   /* kind: FACT_MESSAGE */
	0x17,			   /* 23 bytes follow */
	0xaf, 0x82, 0xa0, 0x01,	   /* mask: bits 0-3, 5, 8, 19, 21 */
	0x00,			   /* time: as the chunk's first */
	0x0a,			   /* process 10 */
	0x0b,			   /* thread 11 */
	0x07,			   /* 0 connection 7 */
	0x01,			   /* 1 sequence 1 */
	0xd0, 0x0f,		   /* 2 first: 1000 ns before the fact (zigzag 2000) */
	0x14,			   /* 3 last: 10 ns before */
	/* 4 direction absent: sent */
	0x03,				    /* 5 kind: MESSAGE_RUNTIME_NEXT */
	0xc8, 0x01,			    /* 8 status 200 */
	0x00,				    /* 19 request_id: string 0 */
	0x01,				    /* 21 qualifier: string 1 */
	0xde, 0xad, 0xbe, 0xef, 0x99, 0x98, /* a later version's members: skipped */
};

static int decode_one(const uint8_t *bytes, size_t count, bool is_newer, struct fact *ret_fact,
		      uint64_t *ret_unknown)
{
	struct trace_chunk_header header = { .facts = 1, .first_ns = T0, .last_ns = T0 + 100 };
	struct chunk_decoder decoder;
	const struct fact *fact;
	struct diag diag = { 0 };
	/* Exactly as large as the input, so that a read beyond it is seen. */
	uint8_t *copy = malloc(count ? count : 1);
	int result;

	memcpy(copy, bytes, count);
	chunk_decoder_init(&decoder);
	result = chunk_decoder_begin(
		&decoder,
		&(struct plain_chunk){
			.header = &header, .data = copy, .bytes = count, .is_newer = is_newer },
		&diag);
	if (!result)
		result = chunk_decoder_next(&decoder, &fact, &diag);
	if (result > 0) {
		*ret_fact = *fact;
		ret_fact->message.request_id = NULL; /* lies in the copy */
		assert_int_equal(chunk_decoder_next(&decoder, &fact, &diag), 0);
	}
	if (result < 0)
		assert_true(diag.text[0]);
	if (ret_unknown)
		*ret_unknown = decoder.unknown_facts;
	chunk_decoder_release(&decoder);
	free(copy);
	return result;
}

static void test_decode_message(void **state)
{
	const struct trace_chunk_header header = { .facts = 1, .first_ns = T0, .last_ns = T0 };
	const struct plain_chunk chunk = { .header = &header,
					   .data = message_bytes,
					   .bytes = sizeof(message_bytes) };
	struct chunk_decoder decoder;
	const struct fact *fact;
	struct diag diag = { 0 };

	chunk_decoder_init(&decoder);
	assert_int_equal(chunk_decoder_begin(&decoder, &chunk, &diag), 0);
	assert_int_equal(chunk_decoder_next(&decoder, &fact, &diag), 1);
	assert_int_equal(fact->kind, FACT_MESSAGE);
	assert_int_equal(fact->time_ns, T0);
	assert_int_equal(fact->tgid, 10);
	assert_int_equal(fact->tid, 11);
	assert_int_equal(fact->message.connection, 7);
	assert_int_equal(fact->message.sequence, 1);
	assert_int_equal(fact->message.first_ns, T0 - 1000);
	assert_int_equal(fact->message.last_ns, T0 - 10);
	assert_int_equal(fact->message.direction, MESSAGE_SENT);
	assert_int_equal(fact->message.kind, MESSAGE_RUNTIME_NEXT);
	assert_int_equal(fact->message.status, 200);
	assert_string_equal(fact->message.request_id, "r-1");
	assert_string_equal(fact->message.qualifier, "");
	assert_null(fact->message.function);
	assert_int_equal(fact->message.body.bytes, 0);
	assert_int_equal(chunk_decoder_next(&decoder, &fact, &diag), 0);
	chunk_decoder_release(&decoder);
}

/* The bytes of one fact behind an empty string table. */
struct bad_fact {
	const char *what;
	uint8_t bytes[24];
	size_t count;
};

#define BAD(what, ...)                                                    \
	{                                                                 \
		what, { __VA_ARGS__ }, sizeof((uint8_t[]){ __VA_ARGS__ }) \
	}

static void test_decode_refuses(void **state)
{
	static const struct bad_fact bad[] = {
		BAD("no string table"),
		BAD("string table without end", 0x80),
		BAD("more strings than bytes", 0x7f, 0x00),
		BAD("string longer than the chunk", 0x01, 0x05, 'a', 0x00),
		BAD("string without NUL", 0x01, 0x01, 'a', 'b'),
		BAD("string with a NUL inside", 0x01, 0x02, 'a', 0x00, 0x00),
		BAD("string that is not UTF-8", 0x01, 0x01, 0xff, 0x00),
		BAD("fact missing", 0x00),
		BAD("kind 0", 0x00, 0x00, 0x04, 0, 0, 1, 1),
		BAD("kind unknown", 0x00, 0x60, 0x04, 0, 0, 1, 1),
		BAD("length beyond the chunk", 0x00, 0x02, 0x05, 0, 0, 1, 1),
		BAD("body cut in its ids", 0x00, 0x02, 0x03, 0, 0, 1),
		BAD("body cut in a member", 0x00, 0x02, 0x04, 1, 0, 1, 1),
		BAD("number of more than 64 bits", 0x00, 0x02, 0x0e, 0xff, 0xff, 0xff, 0xff, 0xff,
		    0xff, 0xff, 0xff, 0xff, 0x02, 0, 1, 1, 0),
		BAD("process id of 33 bits", 0x00, 0x02, 0x08, 0, 0, 0x80, 0x80, 0x80, 0x80, 0x10,
		    1),
		BAD("member larger than its type", 0x00, 0x02, 0x09, 1, 0, 1, 1, 0x80, 0x80, 0x80,
		    0x80, 0x10),
		BAD("time before the chunk's", 0x00, 0x02, 0x04, 0, 1, 1, 1),
		BAD("time after the chunk's", 0x00, 0x02, 0x05, 0, 0xca, 0x01, 1, 1),
		BAD("no such string", 0x00, 0x03, 0x05, 1, 0, 1, 1, 0),
		BAD("off_reason absent", 0x00, 0x05, 0x04, 0, 0, 1, 1),
		BAD("off_reason 9", 0x00, 0x05, 0x05, 4, 0, 1, 1, 9),
		BAD("slice that ends before it begins", 0x00, 0x05, 0x06, 6, 0, 1, 1, 1, 2),
		BAD("address of 5 bytes", 0x00, 0x07, 0x0d, 0xc0, 0x04, 0, 1, 1, 1, 5, 1, 2, 3, 4,
		    5),
		BAD("bytes behind the last fact", 0x00, 0x02, 0x04, 0, 0, 1, 1, 0),
	};
	struct fact fact;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const struct trace_chunk_header header = { .facts = 1,
							   .first_ns = T0,
							   .last_ns = T0 + 100 };
		const struct plain_chunk chunk = { .header = &header,
						   .data = bad[i].bytes,
						   .bytes = bad[i].count,
						   .file_offset = 77 };
		struct chunk_decoder decoder;
		const struct fact *ignored;
		struct diag diag = { 0 };
		int result;

		chunk_decoder_init(&decoder);
		result = chunk_decoder_begin(&decoder, &chunk, &diag);
		while (!result || result == 1) {
			result = chunk_decoder_next(&decoder, &ignored, &diag);
			if (!result)
				fail_msg("accepted: %s", bad[i].what);
		}
		if (result != -EBADMSG || diag.offset != 77)
			fail_msg("%s: %d", bad[i].what, result);
		chunk_decoder_release(&decoder);
	}
	/* Every cut of a good one. */
	for (size_t bytes = 0; bytes < sizeof(message_bytes); bytes++)
		assert_int_equal(decode_one(message_bytes, bytes, false, &fact, NULL), -EBADMSG);
	assert_int_equal(decode_one(message_bytes, sizeof(message_bytes), false, &fact, NULL), 1);
}

static void test_decode_newer(void **state)
{
	static const uint8_t unknown_kind[] = { 0x00, 0x60, 0x04, 0, 0, 1, 1 };
	static const uint8_t unknown_value[] = { 0x00, 0x05, 0x05, 4, 0, 1, 1, 9 };
	struct fact fact;
	uint64_t unknown;

	assert_int_equal(decode_one(unknown_kind, sizeof(unknown_kind), true, &fact, &unknown), 0);
	assert_int_equal(unknown, 1);
	assert_int_equal(decode_one(unknown_value, sizeof(unknown_value), true, &fact, &unknown),
			 0);
	assert_int_equal(unknown, 1);
}

/* ---- writer and reader ---- */

static const struct trace_host_pair host[] = { { "kernel", "6.1.0" }, { "cpus", "2" } };

static struct trace_start a_start(void)
{
	struct trace_start start = {
		.monotonic_ns = T0,
		.realtime_ns = 1700000000000000000ull,
		.host = host,
		.host_count = 2,
	};

	return start;
}

static struct trace_writer *open_writer(void)
{
	struct trace_start start = a_start();
	struct trace_writer *writer;
	struct diag diag = { 0 };

	assert_int_equal(trace_writer_open(&writer, path, &start, &diag), 0);
	return writer;
}

/* Every kind, full and empty: the trace that most tests use. Returns the number of facts. */
static unsigned int write_samples(bool is_flushed_each)
{
	struct trace_writer *writer = open_writer();
	unsigned int count = 0;
	struct fact fact;

	for (unsigned int kind = 1; kind < FACT_KIND_END; kind++) {
		if (!fact_schema_find(kind))
			continue;
		sample_full(&fact, (enum fact_kind)kind, T0 + 10000 + count++);
		assert_int_equal(trace_writer_push(writer, &fact), 0);
		sample_empty(&fact, (enum fact_kind)kind, T0 + 10000 + count++);
		assert_int_equal(trace_writer_push(writer, &fact), 0);
		if (is_flushed_each)
			assert_int_equal(trace_writer_flush(writer), 0);
	}
	assert_int_equal(trace_writer_finish(writer, T0 + 20000), 0);
	assert_int_equal(trace_writer_stats(writer).facts, count);
	assert_int_equal(trace_writer_stats(writer).lost_facts, 0);
	trace_writer_free(writer);
	return count;
}

static void test_round_trip(void **state)
{
	unsigned int count = write_samples(false), read = 0;
	struct trace_reader *reader;
	const struct trace_info *info;
	const struct fact *fact;
	struct fact expected;
	struct diag diag = { 0 };

	assert_int_equal(trace_reader_open(&reader, path, &diag), 0);
	info = trace_reader_info(reader);
	assert_int_equal(info->start.monotonic_ns, T0);
	assert_int_equal(info->start.realtime_ns, 1700000000000000000ull);
	assert_int_equal(info->end_ns, T0 + 20000);
	assert_int_equal(info->start.host_count, 2);
	assert_string_equal(info->start.host[1].key, "cpus");
	assert_string_equal(info->start.host[1].value, "2");
	assert_false(info->start.is_raw);
	for (unsigned int kind = 1; kind < FACT_KIND_END; kind++) {
		if (!fact_schema_find(kind))
			continue;
		assert_int_equal(trace_reader_next(reader, &fact, &diag), 1);
		sample_full(&expected, (enum fact_kind)kind, T0 + 10000 + read++);
		assert_true(sample_is_same(&expected, fact));
		assert_int_equal(trace_reader_next(reader, &fact, &diag), 1);
		sample_empty(&expected, (enum fact_kind)kind, T0 + 10000 + read++);
		assert_true(sample_is_same(&expected, fact));
	}
	assert_int_equal(trace_reader_next(reader, &fact, &diag), 0);
	assert_int_equal(trace_reader_next(reader, &fact, &diag), 0);
	assert_true(info->is_finished);
	assert_false(info->is_salvaged);
	assert_int_equal(info->facts, count);
	trace_reader_free(reader);
}

static uint8_t *load(size_t *ret_bytes)
{
	FILE *file = fopen(path, "r");
	uint8_t *bytes = malloc(1 << 20);

	*ret_bytes = fread(bytes, 1, 1 << 20, file);
	fclose(file);
	return bytes;
}

static void store(const uint8_t *bytes, size_t count)
{
	FILE *file = fopen(path, "w");

	assert_int_equal(fwrite(bytes, 1, count, file), count);
	fclose(file);
}

/* How many facts there are in blocks. */
static unsigned int read_blocks(void)
{
	struct trace_reader *reader;
	const struct fact *facts;
	unsigned int count = 0;
	int result;

	assert_int_equal(trace_reader_open(&reader, path, NULL), 0);
	while ((result = trace_reader_next_block(reader, &facts, NULL)) > 0)
		count += (unsigned int)result;
	trace_reader_free(reader);
	return count;
}

/* Reads what is at `path` to its end. The result of the last call, or of open. */
static int read_all(unsigned int *ret_facts, struct trace_info *ret_info, struct fact *ret_last)
{
	struct trace_reader *reader;
	const struct fact *fact;
	struct diag diag = { 0 };
	int result = trace_reader_open(&reader, path, &diag);

	*ret_facts = 0;
	if (result) {
		assert_true(diag.text[0]);
		return result;
	}
	while ((result = trace_reader_next(reader, &fact, &diag)) > 0) {
		assert_null(fact_check(fact));
		*ret_last = *fact;
		(*ret_facts)++;
	}
	if (result < 0) {
		assert_true(diag.text[0] && diag.has_offset);
		assert_true(trace_reader_next(reader, &fact, &diag) < 0);
	}
	*ret_info = *trace_reader_info(reader);
	trace_reader_free(reader);
	assert_int_equal(read_blocks(), *ret_facts);
	return result;
}

static void test_cut_at_every_byte(void **state)
{
	unsigned int count = write_samples(true), last_count = 0, facts;
	struct trace_info info;
	struct fact last;
	size_t bytes;
	uint8_t *file = load(&bytes);

	for (size_t cut = 0; cut < bytes; cut++) {
		int result;

		store(file, cut);
		result = read_all(&facts, &info, &last);
		if (cut < sizeof(struct trace_file_header)) {
			assert_int_equal(result, -EBADMSG);
			continue;
		}
		assert_int_equal(result, 0);
		assert_true(info.is_salvaged && !info.is_finished);
		assert_true(info.file_bytes <= cut);
		/* Facts of whole chunks, then the loss. */
		assert_int_equal(info.facts, facts - 1);
		assert_true(info.facts >= last_count && info.facts % 2 == 0);
		assert_int_equal(last.kind, FACT_LOSS);
		assert_int_equal(last.loss.loss_class, LOSS_FILE);
		assert_int_equal(last.loss.from_ns, info.facts ? T0 + 10000 + info.facts - 1 : T0);
		assert_int_equal(last.loss.to_ns, T0 + 20000);
		assert_int_equal(last.time_ns, last.loss.to_ns);
		last_count = (unsigned int)info.facts;
	}
	assert_int_equal(last_count, count);
	store(file, bytes);
	assert_int_equal(read_all(&facts, &info, &last), 0);
	assert_int_equal(facts, count);
	free(file);
}

/* Whatever bit is turned: an error, or (a length that grew beyond the end) a salvaged file. */
static void test_every_bit(void **state)
{
	unsigned int facts;
	struct trace_info info;
	struct fact last;
	size_t bytes;
	uint8_t *file;

	write_samples(true);
	file = load(&bytes);
	for (size_t bit = 0; bit < bytes * 8; bit++) {
		int result;

		file[bit / 8] ^= (uint8_t)(1 << bit % 8);
		store(file, bytes);
		result = read_all(&facts, &info, &last);
		if (result == 0)
			assert_true(info.is_salvaged);
		file[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	free(file);
}

/* One by one and in blocks: the same facts, the same end, the same error after the same facts. */
static void decode_both_ways(const struct plain_chunk *chunk)
{
	static struct chunk_decoder decoder, of_blocks;
	const struct fact *fact, *block;
	int result = 0, count = 0;

	chunk_decoder_init(&decoder);
	chunk_decoder_init(&of_blocks);
	if (!chunk_decoder_begin(&decoder, chunk, NULL) &&
	    !chunk_decoder_begin(&of_blocks, chunk, NULL)) {
		while ((count = chunk_decoder_next_block(&of_blocks, &block, NULL)) > 0) {
			for (int i = 0; i < count; i++) {
				assert_int_equal(chunk_decoder_next(&decoder, &fact, NULL), 1);
				assert_null(fact_check(fact));
				assert_true(sample_is_same(fact, &block[i]));
			}
		}
		result = chunk_decoder_next(&decoder, &fact, NULL);
	}
	assert_int_equal(result, count);
	assert_int_equal(decoder.unknown_facts, of_blocks.unknown_facts);
	chunk_decoder_release(&decoder);
	chunk_decoder_release(&of_blocks);
}

/* Plain bytes of a chunk turned, under a right checksum: the decoder alone must hold. */
static void test_every_plain_bit(void **state)
{
	struct trace_chunk_header header = { .kind = TRACE_CHUNK_FACTS };
	struct chunk_encoder encoder;
	uint8_t plain[16384];
	size_t bytes;
	struct fact fact;

	assert_int_equal(chunk_encoder_init(&encoder), 0);
	for (unsigned int kind = 1; kind < FACT_KIND_END; kind++) {
		if (!fact_schema_find(kind))
			continue;
		sample_full(&fact, (enum fact_kind)kind, T0 + 10000 + kind);
		assert_int_equal(chunk_encoder_add(&encoder, &fact), 0);
	}
	bytes = chunk_encoder_prefix(&encoder, plain);
	memcpy(plain + bytes, encoder.strings.data, encoder.strings.bytes);
	bytes += encoder.strings.bytes;
	memcpy(plain + bytes, encoder.facts.data, encoder.facts.bytes);
	bytes += encoder.facts.bytes;
	assert_int_equal(bytes, chunk_encoder_bytes(&encoder));
	header.facts = encoder.fact_count;
	header.first_ns = encoder.first_ns;
	header.last_ns = encoder.last_ns;
	for (size_t bit = 0; bit < bytes * 8; bit++) {
		uint8_t *copy = malloc(bytes);

		memcpy(copy, plain, bytes);
		copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
		decode_both_ways(&(struct plain_chunk){
			.header = &header, .data = copy, .bytes = bytes, .is_newer = bit % 2 });
		free(copy);
	}
	chunk_encoder_release(&encoder);
}

static void expect_open_error(int error, const char *text)
{
	struct trace_reader *reader;
	struct diag diag = { 0 };

	assert_int_equal(trace_reader_open(&reader, path, &diag), error);
	if (!strstr(diag.text, text))
		fail_msg("'%s' does not tell '%s'", diag.text, text);
}

static void test_foreign_files(void **state)
{
	struct trace_file_header header = { .monotonic_ns = T0 };
	struct trace_reader *reader;
	struct diag diag = { 0 };
	unsigned int facts;
	struct trace_info info;
	struct fact last;
	size_t bytes;
	uint8_t *file;

	store((const uint8_t *)"", 0);
	expect_open_error(-EBADMSG, "empty");
	store((const uint8_t *)"perf", 4);
	expect_open_error(-EBADMSG, "not a trace file");
	store((const uint8_t *)"IDLETAX\n", 8);
	expect_open_error(-EBADMSG, "cut inside its header");
	assert_int_equal(trace_reader_open(&reader, "/tmp", &diag), -EISDIR);
	assert_int_equal(trace_reader_open(&reader, "/nowhere/x", &diag), -ENOENT);
	assert_true(diag.hint[0]);
	memcpy(header.magic, TRACE_MAGIC, 8);
	header.version_major = TRACE_VERSION_MAJOR + 1;
	store((const uint8_t *)&header, sizeof(header));
	expect_open_error(-ENOTSUP, "version 2");

	/* Something behind the end. */
	write_samples(false);
	file = load(&bytes);
	file[bytes] = 0;
	store(file, bytes + 1);
	assert_int_equal(read_all(&facts, &info, &last), -EBADMSG);
	free(file);
}

/* A chunk header that is right but for what it claims. */
static void test_lying_chunks(void **state)
{
	static const struct trace_chunk_header lies[] = {
		{ .kind = TRACE_CHUNK_FACTS, .stored_bytes = UINT32_MAX },
		{ .kind = TRACE_CHUNK_FACTS, .plain_bytes = UINT32_MAX },
		{ .kind = TRACE_CHUNK_FACTS, .plain_bytes = 100, .facts = 101 },
		{ .kind = TRACE_CHUNK_FACTS, .plain_bytes = 100, .facts = 1 },
		{ .kind = TRACE_CHUNK_FACTS, .first_ns = 2, .last_ns = 1 },
		{ .kind = TRACE_CHUNK_FACTS },
		{ .kind = TRACE_CHUNK_HOST },
	};

	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		struct trace_file_header header = { .flags = TRACE_FILE_INCOMPLETE };
		struct trace_chunk_header chunk = lies[i];
		struct chunk_file out;
		unsigned int facts;
		struct trace_info info;
		struct fact last;
		uint8_t bytes[sizeof(header) + sizeof(chunk)];

		assert_int_equal(chunk_file_open(&out, path, NULL), 0);
		assert_int_equal(chunk_file_write_header(&out, &header), 0);
		chunk_file_close(&out);
		chunk.magic = TRACE_CHUNK_MAGIC;
		chunk.crc32 = (uint32_t)crc32_z(0, (const Bytef *)&chunk, sizeof(chunk));
		memcpy(bytes, &header, sizeof(header));
		memcpy(bytes + sizeof(header), &chunk, sizeof(chunk));
		store(bytes, sizeof(bytes));
		assert_int_equal(read_all(&facts, &info, &last), -EBADMSG);
	}
}

static void test_writer_refuses(void **state)
{
	struct trace_writer *writer = open_writer();
	struct trace_info info;
	unsigned int facts;
	struct fact fact, last;

	sample_empty(&fact, FACT_MEMORY, T0 + 100);
	assert_int_equal(trace_writer_push(writer, &fact), 0);
	fact.time_ns = T0 + 50; /* out of order */
	assert_int_equal(trace_writer_push(writer, &fact), 0);
	sample_empty(&fact, FACT_SLICE, T0 + 200);
	fact.slice.on_ns = T0 + 201; /* ends before it begins */
	assert_int_equal(trace_writer_push(writer, &fact), 0);
	fact.kind = FACT_KIND_END;
	assert_int_equal(trace_writer_push(writer, &fact), 0);
	assert_int_equal(trace_writer_finish(writer, T0 + 300), 0);
	assert_int_equal(trace_writer_stats(writer).refused_facts, 3);
	assert_int_equal(trace_writer_stats(writer).lost_facts, 3);
	trace_writer_free(writer);
	assert_int_equal(read_all(&facts, &info, &last), 0);
	assert_int_equal(facts, 2);
	assert_int_equal(last.kind, FACT_LOSS);
	assert_int_equal(last.loss.loss_class, LOSS_FACT);
	assert_int_equal(last.loss.records, 3);
	assert_int_equal(last.loss.from_ns, T0 + 50);
	assert_int_equal(last.loss.to_ns, T0 + 200);
	assert_true(info.is_finished);
}

static void test_long_strings(void **state)
{
	struct trace_writer *writer = open_writer();
	char *text = malloc(200001), *broken = malloc(60001);
	struct trace_reader *reader;
	const struct fact *read;
	struct diag diag = { 0 };
	struct fact fact;

	memset(text, 'x', 200000);
	text[TRACE_STRING_MAX - 1] = '\xc3'; /* a character across the border */
	text[TRACE_STRING_MAX] = '\xa9';
	text[200000] = 0;
	memset(broken, '\xff', 60000);
	broken[60000] = 0;
	for (unsigned int i = 0; i < 20; i++) {
		sample_full(&fact, FACT_MESSAGE, T0 + 10000 + i);
		for (unsigned int j = 0; j < fact_schema_find(FACT_MESSAGE)->field_count; j++) {
			const struct fact_field *field = &fact_schema_find(FACT_MESSAGE)->fields[j];

			text[0] = (char)('a' + i);
			text[1] = (char)('a' + j);
			if (field->type == FIELD_STRING) {
				char *copy = strdup(text);

				field_set_string(field, &fact, copy);
			}
		}
		assert_int_equal(trace_writer_push(writer, &fact), 0);
		for (unsigned int j = 0; j < fact_schema_find(FACT_MESSAGE)->field_count; j++)
			if (fact_schema_find(FACT_MESSAGE)->fields[j].type == FIELD_STRING)
				free((char *)(uintptr_t)field_get_string(
					&fact_schema_find(FACT_MESSAGE)->fields[j], &fact));
	}
	sample_empty(&fact, FACT_EXEC, T0 + 20000);
	fact.exec.program = broken;
	fact.exec.script = "a\xff"
			   "b\xed\xa0\x80";
	assert_int_equal(trace_writer_push(writer, &fact), 0);
	assert_int_equal(trace_writer_finish(writer, T0 + 30000), 0);
	assert_int_equal(trace_writer_stats(writer).lost_facts, 0);
	trace_writer_free(writer);

	assert_int_equal(trace_reader_open(&reader, path, &diag), 0);
	for (unsigned int i = 0; i < 20; i++) {
		assert_int_equal(trace_reader_next(reader, &read, &diag), 1);
		assert_int_equal(strlen(read->message.target), TRACE_STRING_MAX - 1);
		assert_int_equal(read->message.target[0], 'a' + i);
	}
	assert_int_equal(trace_reader_next(reader, &read, &diag), 1);
	assert_string_equal(read->exec.script, "a\xef\xbf\xbd"
					       "b\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
	assert_true(strlen(read->exec.program) <= TRACE_STRING_MAX);
	assert_int_equal(trace_reader_next(reader, &read, &diag), 0);
	trace_reader_free(reader);
	free(text);
	free(broken);
}

/* A file that may not grow stands for a full disk. */
static void test_disk_full(void **state)
{
	struct trace_writer *writer = open_writer();
	struct rlimit limit = { 300000, RLIM_INFINITY },
		      unlimited = { RLIM_INFINITY, RLIM_INFINITY };
	uint64_t kept = 0, told = 0;
	unsigned int failures = 0;
	struct trace_reader *reader;
	const struct fact *read;
	struct diag diag = { 0 };
	struct fact fact;

	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &limit);
	for (unsigned int i = 0; i < 100000; i++) {
		sample_full(&fact, FACT_MESSAGE, T0 + 10000 + i);
		fact.message.body.value = i * 0x9e3779b97f4a7c15u; /* does not compress */
		fact.message.json.value = i * 0xbf58476d1ce4e5b9u;
		if (trace_writer_push(writer, &fact))
			failures++;
	}
	setrlimit(RLIMIT_FSIZE, &unlimited);
	assert_int_equal(failures, 1);
	assert_true(trace_writer_stats(writer).lost_facts > 0);
	assert_int_equal(trace_writer_finish(writer, T0 + 200000), -EFBIG);
	/* The disk had room again: what was lost is told, and the numbers add up. */
	assert_int_equal(trace_reader_open(&reader, path, &diag), 0);
	while (trace_reader_next(reader, &read, &diag) > 0) {
		if (read->kind == FACT_LOSS)
			told += read->loss.records;
		else
			kept++;
	}
	assert_true(trace_reader_info(reader)->is_finished);
	trace_reader_free(reader);
	assert_int_equal(told, trace_writer_stats(writer).lost_facts);
	assert_int_equal(kept + told, 100000);
	trace_writer_free(writer);
}

static void test_disk_stays_full(void **state)
{
	struct trace_writer *writer = open_writer();
	struct rlimit limit = { 1000, RLIM_INFINITY }, unlimited = { RLIM_INFINITY, RLIM_INFINITY };
	unsigned int facts;
	struct trace_info info;
	struct fact fact, last;
	struct stat status;

	sample_empty(&fact, FACT_MEMORY, T0 + 1);
	assert_int_equal(trace_writer_push(writer, &fact), 0);
	assert_int_equal(trace_writer_flush(writer), 0);
	assert_int_equal(stat(path, &status), 0);
	limit.rlim_cur = (rlim_t)status.st_size + 20; /* part of a chunk is written */
	setrlimit(RLIMIT_FSIZE, &limit);
	assert_int_equal(trace_writer_push(writer, &fact), 0);
	assert_int_equal(trace_writer_flush(writer), -EFBIG);
	assert_int_equal(trace_writer_push(writer, &fact), 0);
	assert_int_equal(trace_writer_flush(writer), 0);
	assert_int_equal(trace_writer_finish(writer, T0 + 2), -EFBIG);
	setrlimit(RLIMIT_FSIZE, &unlimited);
	trace_writer_free(writer);
	assert_int_equal(read_all(&facts, &info, &last), 0);
	assert_int_equal(info.facts, 1);
	assert_true(info.is_salvaged);
	assert_int_equal(last.loss.loss_class, LOSS_FILE);
}

static void test_raw(void **state)
{
	struct trace_start start = a_start();
	struct {
		struct record_header header;
		uint8_t payload[5000];
	} record = { .header = { .kind = RECORD_SOCKET_DATA } };
	const struct record_header *read;
	struct trace_writer *writer;
	struct trace_reader *reader;
	const struct fact *no_fact;
	struct diag diag = { 0 };
	struct fact fact;

	writer = open_writer();
	record.header.bytes = sizeof(record.header);
	assert_int_equal(trace_writer_push_raw(writer, &record.header), -EINVAL);
	trace_writer_free(writer);
	start.is_raw = true;
	assert_int_equal(trace_writer_open(&writer, path, &start, &diag), 0);
	for (unsigned int i = 0; i < 1000; i++) {
		record.header.bytes = (uint32_t)sizeof(record.header) + i * 5;
		record.header.time_ns = T0 + i;
		record.payload[0] = (uint8_t)i;
		assert_int_equal(trace_writer_push_raw(writer, &record.header), 0);
		if (i % 100 == 0) {
			sample_empty(&fact, FACT_MEMORY, T0 + i);
			assert_int_equal(trace_writer_push(writer, &fact), 0);
		}
	}
	assert_int_equal(trace_writer_finish(writer, T0 + 5000), 0);
	trace_writer_free(writer);
	assert_int_equal(trace_reader_open(&reader, path, &diag), 0);
	assert_true(trace_reader_info(reader)->start.is_raw);
	for (unsigned int i = 0; i < 1000; i++) {
		assert_int_equal(trace_reader_next_record(reader, &read, &diag), 1);
		assert_int_equal(read->bytes, sizeof(record.header) + i * 5);
		assert_int_equal(read->time_ns, T0 + i);
		if (i)
			assert_int_equal(*(const uint8_t *)(read + 1), (uint8_t)i);
	}
	assert_int_equal(trace_reader_next_record(reader, &read, &diag), 0);
	trace_reader_free(reader);
	assert_int_equal(trace_reader_open(&reader, path, &diag), 0);
	for (unsigned int i = 0; i < 10; i++)
		assert_int_equal(trace_reader_next(reader, &no_fact, &diag), 1);
	assert_int_equal(trace_reader_next(reader, &no_fact, &diag), 0);
	assert_int_equal(trace_reader_info(reader)->records, 1000);
	trace_reader_free(reader);
}

/* A pipe cannot be rewritten: the end chunk alone tells that it is whole. */
static void test_pipe(void **state)
{
	struct trace_start start = a_start();
	struct trace_writer *writer;
	struct trace_reader *reader;
	const struct fact *read;
	struct diag diag = { 0 };
	struct fact fact;
	int ends[2], old_in = dup(0), old_out = dup(1);

	assert_int_equal(pipe(ends), 0);
	fflush(stdout);
	dup2(ends[1], 1);
	close(ends[1]);
	assert_int_equal(trace_writer_open(&writer, "-", &start, &diag), 0);
	sample_full(&fact, FACT_EXEC, T0 + 1);
	assert_int_equal(trace_writer_push(writer, &fact), 0);
	assert_int_equal(trace_writer_finish(writer, T0 + 2), 0);
	trace_writer_free(writer);
	dup2(old_out, 1);
	dup2(ends[0], 0);
	assert_int_equal(trace_reader_open(&reader, "-", &diag), 0);
	assert_int_equal(trace_reader_info(reader)->end_ns, 0);
	assert_int_equal(trace_reader_next(reader, &read, &diag), 1);
	assert_true(sample_is_same(&fact, read));
	assert_int_equal(trace_reader_next(reader, &read, &diag), 0);
	assert_true(trace_reader_info(reader)->is_finished);
	assert_false(trace_reader_info(reader)->is_salvaged);
	assert_int_equal(trace_reader_info(reader)->end_ns, T0 + 2);
	trace_reader_free(reader);
	dup2(old_in, 0);
	close(ends[0]);
	close(old_in);
	close(old_out);
}

static void test_open_errors(void **state)
{
	struct trace_start start = a_start();
	struct trace_writer *writer;
	struct diag diag = { 0 };

	assert_int_equal(trace_writer_open(&writer, "/nowhere/x", &start, &diag), -ENOENT);
	assert_true(strstr(diag.text, "/nowhere/x"));
	assert_int_equal(trace_writer_open(&writer, "/dev/full", &start, &diag), -ENOSPC);
	trace_writer_free(NULL);
	trace_reader_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_decode_message),
		cmocka_unit_test(test_decode_refuses),
		cmocka_unit_test(test_decode_newer),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_cut_at_every_byte),
		cmocka_unit_test(test_every_bit),
		cmocka_unit_test(test_every_plain_bit),
		cmocka_unit_test(test_foreign_files),
		cmocka_unit_test(test_lying_chunks),
		cmocka_unit_test(test_writer_refuses),
		cmocka_unit_test(test_long_strings),
		cmocka_unit_test(test_disk_full),
		cmocka_unit_test(test_disk_stays_full),
		cmocka_unit_test(test_raw),
		cmocka_unit_test(test_pipe),
		cmocka_unit_test(test_open_errors),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
