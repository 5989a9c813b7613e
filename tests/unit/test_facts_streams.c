// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_facts_streams.c - what real clients of PostgreSQL, Redis, MySQL and of TLS moved, as the recorder tells
 * it. tests/unit/streams holds one connection per file, an operation a line: "> HEX" was sent, "< HEX" was
 * received (psycopg 3, node-pg, redis-py, ioredis, node-redis, PyMySQL, mysql2, curl, Node).
 */
#include "dialogs_fixture.h"

#define OPERATIONS_MAX 128

struct operation {
	uint8_t direction;
	uint8_t *data;
	size_t bytes;
};

struct stream {
	struct operation operations[OPERATIONS_MAX];
	size_t count;
};

static void read_operation(struct operation *operation, const char *line)
{
	size_t digits = strspn(line + 2, "0123456789abcdef");

	operation->direction = line[0] == '>' ? RECORD_SEND : RECORD_RECEIVE;
	operation->bytes = digits / 2;
	operation->data = malloc(operation->bytes + 1);
	for (size_t i = 0; i < operation->bytes; i++) {
		char byte[3] = { line[2 + 2 * i], line[3 + 2 * i], 0 };

		operation->data[i] = (uint8_t)strtoul(byte, NULL, 16);
	}
}

static void load_stream(struct stream *stream, const char *name)
{
	char path[128], *line = NULL;
	size_t capacity = 0;
	FILE *file;

	snprintf(path, sizeof(path), "tests/unit/streams/%s", name);
	file = fopen(path, "r");
	if (!file) {
		print_message("SKIP: run from the repository's folder\n");
		skip();
	}
	stream->count = 0;
	while (getline(&line, &capacity, file) > 2) {
		assert_true(stream->count < OPERATIONS_MAX);
		read_operation(&stream->operations[stream->count++], line);
	}
	free(line);
	fclose(file);
	assert_true(stream->count > 2);
}

static void release_stream(struct stream *stream)
{
	for (size_t i = 0; i < stream->count; i++)
		free(stream->operations[i].data);
}

/* ---- how it is moved ---- */

struct split {
	size_t operation, at; /* one cut of one operation, or ... */
	size_t every;	      /* ... parts of so many bytes; 0: whole */
};

static void move(const struct stream *stream, const struct split *split)
{
	for (size_t i = 0; i < stream->count; i++) {
		const struct operation *operation = &stream->operations[i];
		size_t position = 0;

		while (position < operation->bytes) {
			size_t part = operation->bytes - position;

			if (split->every && part > split->every)
				part = split->every;
			if (split->at && split->operation == i && !position)
				part = split->at;
			fixture_move(&fixture, 1, operation->direction, operation->data + position,
				     part);
			position += part;
		}
	}
}

static char *converse(const struct stream *stream, const struct split *split)
{
	char *text;

	fixture_begin(&fixture);
	fixture_open(&fixture, 1, FIXTURE_CLIENT);
	move(stream, split);
	fixture_state(&fixture, 1, 7);
	text = tell_all();
	assert_false(fixture_mentions(&fixture, "hunter2"));
	assert_false(fixture_mentions(&fixture, "carol"));
	fixture_end(&fixture);
	return text;
}

static void expect(const struct stream *stream, const struct split *split, const char *expected)
{
	char *text = converse(stream, split);

	if (strcmp(text, expected) != 0)
		fail_msg("operation %zu at %zu, every %zu:\n%s\nis not\n%s", split->operation,
			 split->at, split->every, text, expected);
	free(text);
}

static void check(const char *name, const char *expected)
{
	struct stream stream;

	load_stream(&stream, name);
	expect(&stream, &(struct split){ 0 }, expected);
	release_stream(&stream);
}

/* In any parts, too. */
static void check_splits(const char *name, const char *expected)
{
	struct stream stream;
	struct split split = { 0 };

	load_stream(&stream, name);
	expect(&stream, &split, expected);
	for (split.operation = 0; split.operation < stream.count; split.operation++)
		for (split.at = 1; split.at < stream.operations[split.operation].bytes; split.at++)
			expect(&stream, &split, expected);
	split.at = 0;
	for (split.every = 1; split.every < 40; split.every++)
		expect(&stream, &split, expected);
	release_stream(&stream);
}

static void test_node_postgres(void **state)
{
	check_splits("postgres-node-pg", "> postgres 1 postgresql - orders_db connects\n"
					 "< postgres 1 - connects\n"
					 "> postgres 2 postgresql SELECT orders_db\n"
					 "< postgres 2 -\n"
					 "> postgres 3 postgresql SELECT orders_db\n"
					 "< postgres 3 -\n"
					 "> postgres 4 postgresql INSERT orders_db\n"
					 "< postgres 4 42P01\n"
					 "> postgres 5 postgresql SELECT orders_db\n"
					 "< postgres 5 -\n"
					 "> postgres 6 postgresql SELECT orders_db\n"
					 "< postgres 6 -\n"
					 "> postgres 7 postgresql BEGIN orders_db\n"
					 "< postgres 7 -\n"
					 "> postgres 8 postgresql COMMIT orders_db\n"
					 "< postgres 8 -\n");
}

static void test_psycopg(void **state)
{
	check_splits("postgres-psycopg", "> postgres 1 postgresql - orders_db connects\n"
					 "< postgres 1 - connects\n"
					 "> postgres 2 postgresql BEGIN orders_db\n"
					 "< postgres 2 -\n"
					 "> postgres 3 postgresql SELECT orders_db\n"
					 "< postgres 3 -\n"
					 "> postgres 4 postgresql SELECT orders_db\n"
					 "< postgres 4 -\n"
					 "> postgres 5 postgresql SELECT orders_db\n"
					 "< postgres 5 -\n"
					 "> postgres 6 postgresql SELECT orders_db\n"
					 "< postgres 6 -\n"
					 "> postgres 7 postgresql SELECT orders_db\n"
					 "< postgres 7 -\n"
					 "> postgres 8 postgresql PREPARE orders_db\n"
					 "< postgres 8 -\n"
					 "> postgres 9 postgresql SELECT orders_db\n"
					 "< postgres 9 -\n"
					 "> postgres 10 postgresql SELECT orders_db\n"
					 "< postgres 10 -\n"
					 "> postgres 11 postgresql SELECT orders_db\n"
					 "< postgres 11 42703\n"
					 "> postgres 12 postgresql ROLLBACK orders_db\n"
					 "< postgres 12 -\n"
					 "> postgres 13 postgresql DEALLOCATE orders_db\n"
					 "< postgres 13 -\n"
					 "> postgres 14 postgresql BEGIN orders_db\n"
					 "< postgres 14 -\n"
					 "> postgres 15 postgresql SELECT orders_db\n"
					 "> postgres 16 postgresql SYNC orders_db\n"
					 "< postgres 15 -\n"
					 "> postgres 17 postgresql COPY orders_db\n"
					 "< postgres 16 -\n"
					 "< postgres 17 -\n"
					 "> postgres 18 postgresql COMMIT orders_db\n"
					 "< postgres 18 -\n");
}

/* After the handshake each question and its answer is a run. */
static void test_psycopg_over_tls(void **state)
{
	struct stream stream;
	char *text;

	load_stream(&stream, "postgres-psycopg-tls");
	text = converse(&stream, &(struct split){ 0 });
	release_stream(&stream);
	assert_string_equal(strstr(text, "> tls 22"), "> tls 22 postgresql - - localhost\n"
						      "< tls 22 - localhost\n"
						      "> tls 23 postgresql - - localhost\n");
	*strstr(text, "> tls 5") = 0;
	assert_string_equal(text, "> postgres 1 postgresql - - connects\n"
				  "< postgres 1 - connects\n"
				  "> tls 2 postgresql - - localhost connects\n"
				  "< tls 2 - localhost connects\n"
				  "> tls 3 postgresql - - localhost connects\n"
				  "< tls 3 - localhost connects\n"
				  "> tls 4 postgresql - - localhost\n"
				  "< tls 4 - localhost\n");
	free(text);
}

static void test_redis_py(void **state)
{
	check("redis-py-resp2", "> redis 1 redis AUTH - connects\n"
				"< redis 1 - connects\n"
				"> redis 2 redis CLIENT - connects\n"
				"< redis 2 - connects\n"
				"> redis 3 redis CLIENT - connects\n"
				"< redis 3 - connects\n"
				"> redis 4 redis SET -\n"
				"< redis 4 -\n"
				"> redis 5 redis GET -\n"
				"< redis 5 -\n"
				"> redis 6 redis MULTI -\n"
				"< redis 6 -\n"
				"> redis 7 redis BLPOP -\n"
				"< redis 7 -\n"
				"> redis 8 redis RPUSH -\n"
				"< redis 8 -\n"
				"> redis 9 redis LRANGE -\n"
				"< redis 9 -\n"
				"> redis 10 redis INCRBY -\n"
				"< redis 10 ERR\n"
				"> redis 11 redis SUBSCRIBE -\n"
				"< redis 11 -\n");
	check("redis-py-resp2-subscriber", "> redis 1 redis AUTH - connects\n"
					   "< redis 1 - connects\n"
					   "> redis 2 redis CLIENT - connects\n"
					   "< redis 2 - connects\n"
					   "> redis 3 redis CLIENT - connects\n"
					   "< redis 3 - connects\n"
					   "> redis 4 redis PUBLISH -\n"
					   "< redis 4 -\n");
	check("redis-py-resp3", "> redis 1 redis HELLO - connects\n"
				"< redis 1 - connects\n"
				"> redis 2 redis CLIENT - connects\n"
				"< redis 2 - connects\n"
				"> redis 3 redis CLIENT - connects\n"
				"< redis 3 - connects\n"
				"> redis 4 redis SET -\n"
				"< redis 4 -\n"
				"> redis 5 redis GET -\n"
				"< redis 5 -\n"
				"> redis 6 redis MULTI -\n"
				"< redis 6 -\n"
				"> redis 7 redis BLPOP -\n"
				"< redis 7 -\n"
				"> redis 8 redis RPUSH -\n"
				"< redis 8 -\n"
				"> redis 9 redis LRANGE -\n"
				"< redis 9 -\n"
				"> redis 10 redis INCRBY -\n"
				"< redis 10 ERR\n"
				"> redis 11 redis SUBSCRIBE -\n"
				"< redis 11 -\n");
}

static void test_redis_node(void **state)
{
	check("redis-ioredis", "> redis 1 redis AUTH - connects\n"
			       "< redis 1 - connects\n"
			       "> redis 2 redis CLIENT - connects\n"
			       "< redis 2 - connects\n"
			       "> redis 3 redis CLIENT - connects\n"
			       "< redis 3 - connects\n"
			       "> redis 4 redis INFO - connects\n"
			       "< redis 4 - connects\n"
			       "> redis 5 redis SET -\n"
			       "< redis 5 -\n"
			       "> redis 6 redis GET -\n"
			       "< redis 6 -\n"
			       "> redis 7 redis GET -\n"
			       "< redis 7 -\n"
			       "> redis 8 redis MULTI -\n"
			       "< redis 8 -\n"
			       "> redis 9 redis BLPOP -\n"
			       "< redis 9 -\n"
			       "> redis 10 redis QUIT -\n"
			       "< redis 10 -\n");
	check("redis-node-redis", "> redis 1 redis HELLO - connects\n"
				  "< redis 1 - connects\n"
				  "> redis 2 redis SET -\n"
				  "< redis 2 -\n"
				  "> redis 3 redis GET -\n"
				  "< redis 3 -\n"
				  "> redis 4 redis MULTI -\n"
				  "< redis 4 -\n"
				  "> redis 5 redis QUIT -\n"
				  "< redis 5 -\n");
}

/* Without pipelines, of which every operation is a question. */
static void test_redis_splits(void **state)
{
	check_splits("redis-one-by-one", "> redis 1 redis HELLO - connects\n"
					 "< redis 1 - connects\n"
					 "> redis 2 redis CLIENT - connects\n"
					 "< redis 2 - connects\n"
					 "> redis 3 redis CLIENT - connects\n"
					 "< redis 3 - connects\n"
					 "> redis 4 redis SET -\n"
					 "< redis 4 -\n"
					 "> redis 5 redis GET -\n"
					 "< redis 5 -\n"
					 "> redis 6 redis BLPOP -\n"
					 "< redis 6 -\n"
					 "> redis 7 redis RPUSH -\n"
					 "< redis 7 -\n"
					 "> redis 8 redis LRANGE -\n"
					 "< redis 8 -\n"
					 "> redis 9 redis INCRBY -\n"
					 "< redis 9 ERR\n"
					 "> redis 10 redis SUBSCRIBE -\n"
					 "< redis 10 -\n");
}

static void test_mysql(void **state)
{
	check_splits("mysql-mysql2", "< mysql 1 - connects\n"
				     "> mysql 2 mysql - orders_db connects\n"
				     "< mysql 2 - connects\n"
				     "> mysql 3 mysql SELECT orders_db\n"
				     "< mysql 3 -\n"
				     "> mysql 4 mysql PREPARE orders_db\n"
				     "< mysql 4 -\n"
				     "> mysql 5 mysql EXECUTE orders_db\n"
				     "< mysql 5 -\n"
				     "> mysql 6 mysql EXECUTE orders_db\n"
				     "< mysql 6 -\n"
				     "> mysql 7 mysql SELECT orders_db\n"
				     "< mysql 7 -\n");
	check_splits("mysql-pymysql", "< mysql 1 - connects\n"
				      "> mysql 2 mysql - orders_db connects\n"
				      "< mysql 2 - connects\n"
				      "> mysql 3 mysql SET orders_db\n"
				      "< mysql 3 -\n"
				      "> mysql 4 mysql SET orders_db\n"
				      "< mysql 4 -\n"
				      "> mysql 5 mysql CREATE orders_db\n"
				      "< mysql 5 -\n"
				      "> mysql 6 mysql INSERT orders_db\n"
				      "< mysql 6 -\n"
				      "> mysql 7 mysql COMMIT orders_db\n"
				      "< mysql 7 -\n"
				      "> mysql 8 mysql SELECT orders_db\n"
				      "< mysql 8 -\n"
				      "> mysql 9 mysql SELECT orders_db\n"
				      "< mysql 9 -\n");
}

/* Of Node with TLS 1.3 the end of the handshake and the first request are one operation. */
static void test_tls(void **state)
{
	check_splits("tls12-curl", "> tls 1 sqs - - sqs.eu-west-1.amazonaws.com connects\n"
				   "< tls 1 - sqs.eu-west-1.amazonaws.com connects\n"
				   "> tls 2 sqs - - sqs.eu-west-1.amazonaws.com connects\n"
				   "< tls 2 - sqs.eu-west-1.amazonaws.com connects\n"
				   "> tls 3 sqs - - sqs.eu-west-1.amazonaws.com\n"
				   "< tls 3 - sqs.eu-west-1.amazonaws.com\n"
				   "> tls 4 sqs - - sqs.eu-west-1.amazonaws.com\n"
				   "< tls 4 - sqs.eu-west-1.amazonaws.com\n");
	check_splits("tls12-node", "> tls 1 tls - - db.example.com connects\n"
				   "< tls 1 - db.example.com connects\n"
				   "> tls 2 tls - - db.example.com connects\n"
				   "< tls 2 - db.example.com connects\n"
				   "> tls 3 tls - - db.example.com\n"
				   "< tls 3 - db.example.com\n"
				   "> tls 4 tls - - db.example.com\n"
				   "< tls 4 - db.example.com\n");
	check_splits("tls13-curl", "> tls 1 sqs - - sqs.eu-west-1.amazonaws.com connects\n"
				   "< tls 1 - sqs.eu-west-1.amazonaws.com connects\n"
				   "> tls 2 sqs - - sqs.eu-west-1.amazonaws.com connects\n"
				   "< tls 2 - sqs.eu-west-1.amazonaws.com connects\n"
				   "> tls 3 sqs - - sqs.eu-west-1.amazonaws.com\n"
				   "< tls 3 - sqs.eu-west-1.amazonaws.com\n"
				   "> tls 4 sqs - - sqs.eu-west-1.amazonaws.com\n"
				   "< tls 4 - sqs.eu-west-1.amazonaws.com\n");
	check("tls13-node", "> tls 1 tls - - db.example.com connects\n"
			    "< tls 1 - db.example.com connects\n"
			    "> tls 2 tls - - db.example.com\n"
			    "< tls 2 - db.example.com\n"
			    "> tls 3 tls - - db.example.com\n"
			    "< tls 3 - db.example.com\n");
}

/* One request of the AWS SDK v3 to Kinesis: settings and pings are no exchanges. */
static void test_http2(void **state)
{
	check_splits("http2-sdk-v3", "> bytes 1 http2 - -\n"
				     "< bytes 1 -\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_node_postgres),
		cmocka_unit_test(test_psycopg),
		cmocka_unit_test(test_psycopg_over_tls),
		cmocka_unit_test(test_redis_py),
		cmocka_unit_test(test_redis_node),
		cmocka_unit_test(test_redis_splits),
		cmocka_unit_test(test_mysql),
		cmocka_unit_test(test_tls),
		cmocka_unit_test(test_http2),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
