/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * fuzz_dialogs.c - the input is what one side of a connection sent in PostgreSQL's, Redis', MySQL's, TLS' or
 * HTTP/2's protocol; each parser gets it as either side's. In one piece and in many the same must be told;
 * with holes the parsers must only survive.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash_map.h"
#include "wire/aws_host.h"
#include "wire/http2.h"
#include "wire/mysql.h"
#include "wire/postgres.h"
#include "wire/protocol.h"
#include "wire/redis.h"
#include "wire/tls.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

union parser {
	struct postgres postgres;
	struct redis redis;
};

struct told { /* of a dialog, by one parser */
	uint64_t hash;
	union parser *parser;
	bool is_redis;
};

static void note(struct told *told, uint64_t value)
{
	told->hash = hash_mix(told->hash ^ value);
}

static void note_text(struct told *told, const char *text)
{
	note(told, text ? hash_bytes(text, strlen(text)) : 1);
}

static void on_question_begin(void *context)
{
	note(context, 2);
}

static void on_question_end(void *context, const struct dialog_question *question)
{
	note_text(context, question->operation);
	note_text(context, question->target);
	note(context, question->awaits);
	note(context,
	     (uint64_t)question->awaits_ready << 2 | question->connects << 1 | question->has_gap);
}

static void on_answer_begin(void *context)
{
	note(context, 3);
}

static void on_answer(void *context, const struct dialog_answer *answer)
{
	note(context, answer->kind);
	note_text(context, answer->error);
}

static void on_answer_lost(void *context)
{
	note(context, 4);
}

static void on_leave(void *context, enum dialog_leave why)
{
	note(context, 5 + why);
}

static const struct dialog_events events = {
	.question_begin = on_question_begin,
	.question_end = on_question_end,
	.answer_begin = on_answer_begin,
	.answer = on_answer,
	.answer_lost = on_answer_lost,
	.leave = on_leave,
};

struct way { /* of feeding the input */
	size_t part;
	bool has_holes;
	bool is_answer;
	bool is_from_start;
};

static struct stream_run input_at(const uint8_t *data, size_t bytes, size_t position,
				  const struct way *way)
{
	size_t left = bytes - position;

	return (struct stream_run){
		.data = way->has_holes && position / way->part % 3 == 1 ? NULL : data + position,
		.bytes = left < way->part ? left : way->part,
		.is_operation_start = way->has_holes || !position,
		.is_operation_end = way->has_holes || left <= way->part,
	};
}

static void feed_dialog(struct told *told, struct stream_run *input, bool is_answer)
{
	if (told->is_redis)
		(is_answer ? redis_answer : redis_ask)(&told->parser->redis, input);
	else
		(is_answer ? postgres_answer : postgres_ask)(&told->parser->postgres, input);
}

static uint64_t parse_dialog(const uint8_t *data, size_t bytes, const struct way *way,
			     bool is_redis)
{
	struct told told = { .is_redis = is_redis, .parser = malloc(sizeof(union parser)) };

	if (is_redis)
		redis_init(&told.parser->redis, &events, &told, way->is_from_start);
	else
		postgres_init(&told.parser->postgres, &events, &told, way->is_from_start);
	for (size_t position = 0; position < bytes; position += way->part) {
		struct stream_run input = input_at(data, bytes, position, way);

		feed_dialog(&told, &input, way->is_answer);
		if (way->has_holes && position / way->part % 5 == 4) {
			if (is_redis)
				redis_resume(&told.parser->redis);
			else
				postgres_resume(&told.parser->postgres);
		}
	}
	free(told.parser);
	return told.hash;
}

/* The names alone: what a run was part of depends on where it is cut. */
static uint64_t parse_runs(const uint8_t *data, size_t bytes, const struct way *way)
{
	struct tls_side *side = malloc(sizeof(*side));
	struct mysql *mysql = malloc(sizeof(*mysql));
	struct aws_host aws;
	enum mysql_part part;
	uint64_t hash;

	tls_side_init(side, !way->is_answer);
	mysql_init(mysql);
	for (size_t position = 0; position < bytes; position += way->part) {
		struct stream_run input = input_at(data, bytes, position, way);

		tls_feed(side, &input);
		if (mysql_feed(mysql, &input, &part) > input.bytes)
			abort();
	}
	aws_host_parse(&aws, side->hello.host);
	hash = hash_bytes(side->hello.host, strlen(side->hello.host));
	hash = hash_mix(hash ^ hash_bytes(mysql->database, strlen(mysql->database)));
	tls_side_release(side);
	free(side);
	free(mysql);
	return hash;
}

static uint64_t parse_http2(const uint8_t *data, size_t bytes, const struct way *way)
{
	enum http2_part found = HTTP2_CONNECTION;
	struct http2_side side;

	http2_side_init(&side, !way->is_answer);
	for (size_t position = 0; position < bytes; position += way->part) {
		struct stream_run input = input_at(data, bytes, position, way);

		found |= http2_feed(&side, &input);
	}
	return hash_mix(side.skip ^ (uint64_t)side.head_bytes << 32 ^ (uint64_t)found << 40);
}

static uint64_t parse(const uint8_t *data, size_t bytes, const struct way *way)
{
	return hash_mix(parse_dialog(data, bytes, way, false)) ^
	       parse_dialog(data, bytes, way, true) ^ parse_runs(data, bytes, way) ^
	       parse_http2(data, bytes, way);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	static const size_t parts[] = { 1, 7, 100 };

	if (!bytes)
		return 0;
	protocol_of_client(data, bytes);
	protocol_of_server(data, bytes);
	postgres_match_question(data, bytes);
	for (unsigned int i = 0; i < 4; i++) {
		struct way way = { .part = bytes, .is_answer = i & 1, .is_from_start = i & 2 };
		uint64_t whole = parse(data, bytes, &way);

		for (unsigned int j = 0; j < 3; j++) {
			way.part = parts[j];
			if (parse(data, bytes, &way) != whole)
				abort();
		}
		way.has_holes = true;
		way.part = 13;
		parse(data, bytes, &way);
		way.part = 60;
		parse(data, bytes, &way);
	}
	return 0;
}
