/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * test_facts_dialogs.c - what real clients of PostgreSQL, Redis, MySQL and of TLS moved, as the recorder tells
 * it. tests/unit/streams holds one connection per file, an operation a line: "> HEX" was sent, "< HEX" was
 * received (psycopg 3, node-pg, redis-py, ioredis, node-redis, PyMySQL, mysql2, curl, Node).
 */
#include "facts_fixture.h"

#define OPERATIONS_MAX 128

static struct fixture fixture;

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

/* ---- what is told ---- */

static const char *or_dash(const char *text)
{
	return text ? text : "-";
}

static void tell(FILE *file, const struct fact_message *message)
{
	static const struct {
		uint32_t flag;
		const char *text;
	} flags[] = {
		{ MESSAGE_CONNECTS, " connects" },     { MESSAGE_HAS_GAP, " gap" },
		{ MESSAGE_END_INFERRED, " inferred" }, { MESSAGE_CUT, " cut" },
		{ MESSAGE_MALFORMED, " malformed" },   { MESSAGE_START_INFERRED, " joined" }
	};
	const struct fact_schema *schema = fact_schema_find(FACT_MESSAGE);
	bool is_response = message->flags & MESSAGE_IS_RESPONSE;

	for (unsigned int i = 0; i < schema->field_count; i++)
		if (strcmp(schema->fields[i].name, "kind") == 0)
			fprintf(file, "%s %s %llu", is_response ? "<" : ">",
				schema->fields[i].names->names[message->kind],
				(unsigned long long)message->sequence);
	if (is_response)
		fprintf(file, " %s", or_dash(message->function_error));
	else
		fprintf(file, " %s %s %s", or_dash(message->service), or_dash(message->operation),
			or_dash(message->target));
	if (message->host)
		fprintf(file, " %s", message->host);
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (message->flags & flags[i].flag)
			fputs(flags[i].text, file);
	fputc('\n', file);
}

/* The same for any order in which the two directions are told of. */
static char *tell_all(void)
{
	char *text = NULL;
	size_t bytes;
	FILE *file = open_memstream(&text, &bytes);

	for (size_t i = 0; i < fixture_count(&fixture, FACT_MESSAGE); i++)
		tell(file, fixture_message(&fixture, i));
	fclose(file);
	return text;
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

/* ---- what the kernel does not keep ---- */

static void send(const char *data, size_t bytes)
{
	fixture_move(&fixture, 1, RECORD_SEND, data, bytes);
}

static void receive(const char *data, size_t bytes)
{
	fixture_move(&fixture, 1, RECORD_RECEIVE, data, bytes);
}

#define TEXT(text) text, sizeof(text) - 1
#define LOGIN "\0\0\0\x17\0\3\0\0user\0me\0\0\0\0\0\0\0\0"
#define READY "Z\0\0\0\5I"
#define QUERY "Q\0\0\0\x0dSELECT 1\0"

static void begin_postgres(void)
{
	fixture_begin(&fixture);
	fixture_open(&fixture, 1, FIXTURE_CLIENT);
	send(TEXT(LOGIN));
	receive(TEXT("R\0\0\0\x08\0\0\0\0" READY));
}

static void end(const char *expected)
{
	char *text;

	fixture_finish(&fixture);
	text = tell_all();
	assert_string_equal(text, expected);
	free(text);
	fixture_end(&fixture);
}

#define LOGGED_IN "> postgres 1 postgresql - - connects\n< postgres 1 - connects\n"

/* Of a long answer its last bytes say that it is over. */
static void test_postgres_long_answer(void **state)
{
	static char rows[20000];
	const struct fact_message *answer;

	begin_postgres();
	send(TEXT(QUERY));
	for (size_t i = 0; i + 100 <= sizeof(rows) - 6; i += 100)
		memcpy(rows + i, "D\0\0\0\x63", 5);
	memcpy(rows + 19900, "C\0\0\0\x5d", 5);
	memcpy(rows + sizeof(rows) - 6, READY, 6);
	receive(rows, 10000);
	receive(rows + 10000, 10000);
	answer = fixture_message(&fixture, 3);
	assert_int_equal(answer->last_ns, fixture.now_ns);
	assert_int_equal(answer->wire_bytes, sizeof(rows));
	send(TEXT(QUERY));
	receive(TEXT(READY));
	end(LOGGED_IN "> postgres 2 postgresql SELECT -\n< postgres 2 - gap\n"
		      "> postgres 3 postgresql SELECT -\n< postgres 3 -\n");
}

/* A long question, too: here many statements at once, and then one. */
static void test_postgres_long_question(void **state)
{
	static char text[9000];
	static const char sync[] = "S\0\0\0\4";
	static const char parse[] = "P\0\0\0\x63\0INSERT INTO t VALUES ($1)";

	begin_postgres();
	for (size_t i = 0; i + 100 <= sizeof(text); i += 100)
		memcpy(text + i, parse, sizeof(parse));
	memcpy(text + sizeof(text) - 5, sync, 5);
	send(text, sizeof(text));
	receive(TEXT("1\0\0\0\4" READY));
	send(TEXT(QUERY));
	receive(TEXT(READY));
	end(LOGGED_IN "> postgres 2 postgresql INSERT - gap\n< postgres 2 -\n"
		      "> postgres 3 postgresql SELECT -\n< postgres 3 -\n");
}

/* What nobody asked for is no answer: notices, notifications, the server's end. */
static void test_postgres_unasked(void **state)
{
	begin_postgres();
	receive(TEXT("A\0\0\0\x0e\0\0\0\1c\0pay\0"));
	receive(TEXT("S\0\0\0\x08"
		     "a\0b\0"));
	send(TEXT("Q\0\0\0\x0dLISTEN c\0"));
	receive(TEXT("C\0\0\0\x0bLISTEN\0" READY "A\0\0\0\x0e\0\0\0\1c\0pay\0"));
	receive(TEXT("A\0\0\0\x0e\0\0\0\1c\0pay\0"));
	receive(TEXT("E\0\0\0\x0dSFATAL\0\0\0"));
	end(LOGGED_IN "> postgres 2 postgresql LISTEN -\n< postgres 2 -\n");
}

/* A cursor asks with a Flush, which no ReadyForQuery answers. */
static void test_postgres_flush(void **state)
{
	begin_postgres();
	send(TEXT("P\0\0\0\x11\0FETCH ALL\0\0\0B\0\0\0\6\0\0E\0\0\0\x09\0\0\0\0\1H\0\0\0\4"));
	receive(TEXT("1\0\0\0\4"));
	receive(TEXT("2\0\0\0\4D\0\0\0\5x"));
	assert_int_equal(fixture_count(&fixture, FACT_MESSAGE), 3);
	receive(TEXT("s\0\0\0\4"));
	assert_int_equal(fixture_count(&fixture, FACT_MESSAGE), 4);
	send(TEXT("S\0\0\0\4"));
	receive(TEXT(READY));
	end(LOGGED_IN "> postgres 2 postgresql FETCH -\n< postgres 2 -\n"
		      "> postgres 3 postgresql SYNC -\n< postgres 3 -\n");
}

/* Of a long list nobody sees the end: it is over when the next command is sent, or nothing follows. */
static void test_redis_long_reply(void **state)
{
	static char list[9000];
	uint64_t last_ns;

	memset(list, 'x', sizeof(list));
	memcpy(list, "*100\r\n$80\r\n", 11);
	for (size_t i = 91; i + 87 < sizeof(list); i += 87)
		memcpy(list + i, "\r\n$80\r\n", 7);
	fixture_begin(&fixture);
	fixture_open(&fixture, 1, FIXTURE_CLIENT);
	send(TEXT("*4\r\n$6\r\nlrange\r\n$1\r\nl\r\n$1\r\n0\r\n$2\r\n-1\r\n"));
	receive(list, sizeof(list));
	last_ns = fixture.now_ns;
	fixture.now_ns += 50000000;
	send(TEXT("*1\r\n$4\r\nPING\r\n"));
	assert_int_equal(fixture_message(&fixture, 1)->last_ns, last_ns);
	receive(TEXT("+PONG\r\n"));
	send(TEXT("*2\r\n$7\r\nHGETALL\r\n$1\r\nl\r\n"));
	receive(list, sizeof(list));
	last_ns = fixture.now_ns;
	fixture.now_ns += 130000000;
	fixture_open(&fixture, 2, FIXTURE_CLIENT);
	assert_int_equal(fixture_count(&fixture, FACT_MESSAGE), 6);
	assert_int_equal(fixture_message(&fixture, 5)->last_ns, last_ns);
	end("> redis 1 redis LRANGE -\n< redis 1 - gap inferred\n"
	    "> redis 2 redis PING -\n< redis 2 -\n"
	    "> redis 3 redis HGETALL -\n< redis 3 - gap inferred\n");
}

/* A long value is skipped by its length. */
static void test_redis_long_value(void **state)
{
	static char text[30000];
	int head;

	memset(text, 'v', sizeof(text));
	head = snprintf(text, sizeof(text), "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$20000\r\n");
	text[head] = 'v';
	memcpy(text + head + 20000, "\r\n", 2);
	fixture_begin(&fixture);
	fixture_open(&fixture, 1, FIXTURE_CLIENT);
	send(text, 10000);
	send(text + 10000, (size_t)head + 10002);
	receive(TEXT("-MOVED 3999 10.0.0.1:6379\r\n"));
	end("> redis 1 redis SET -\n< redis 1 MOVED\n");
}

/* Of a command with many arguments, or of many commands at once, only the first are seen. */
static void test_redis_long_command(void **state)
{
	static char text[9000];
	int head;

	memset(text, 'v', sizeof(text));
	head = snprintf(text, sizeof(text), "*100\r\n$5\r\nRPUSH\r\n$80\r\n");
	text[head] = 'v';
	fixture_begin(&fixture);
	fixture_open(&fixture, 1, FIXTURE_CLIENT);
	for (size_t i = (size_t)head + 80; i + 87 < sizeof(text); i += 87)
		memcpy(text + i, "\r\n$80\r\n", 7);
	send(text, sizeof(text));
	receive(TEXT(":100\r\n"));
	send(TEXT("*1\r\n$4\r\nPING\r\n"));
	receive(TEXT("+PONG\r\n"));
	end("> redis 1 redis RPUSH - gap\n< redis 1 -\n> redis 2 redis PING -\n< redis 2 -\n");
}

/* More was answered than asked so far, and a part of that was lost; then the question is whole. */
static void test_redis_lost_early(void **state)
{
	char values[4000];

	memset(values, '+', sizeof(values));
	for (size_t i = 0; i + 2 < sizeof(values); i += 4)
		memcpy(&values[i + 1], "a\r\n", 3);
	fixture_begin(&fixture);
	fixture_open(&fixture, 1, FIXTURE_CLIENT);
	send(TEXT("*1\r\n$4\r\nPI"));
	receive(TEXT("+A\r\n"));
	fixture_move_kept(&fixture, 1, RECORD_RECEIVE, values, sizeof(values), 102);
	send(TEXT("NG\r\n"));
	fixture.now_ns += 1000000000;
	send(TEXT("*1\r\n$4\r\nPING\r\n"));
	receive(TEXT("+A\r\n"));
	end("> redis 1 redis PING -\n< redis 1 - gap inferred\n> redis 2 redis PING -\n< redis 2 -\n");
}

/* What a server says unasked (an invalidation, RESP3) is no beginning of an answer. */
static void test_redis_push(void **state)
{
	uint64_t answered_ns;

	fixture_begin(&fixture);
	fixture_open(&fixture, 1, FIXTURE_CLIENT);
	send(TEXT("*2\r\n$3\r\nGET\r\n$1\r\nk\r\n"));
	receive(TEXT(">2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\nk\r\n"));
	fixture.now_ns += 1000000;
	answered_ns = fixture.now_ns;
	receive(TEXT("$1\r\nv\r\n"));
	assert_true(fixture_message(&fixture, 1)->first_ns > answered_ns);
	end("> redis 1 redis GET -\n< redis 1 -\n");
}

/* Many commands sent without waiting, one by one; all are answered in order. */
static void test_redis_many_open(void **state)
{
	const unsigned int count = 1500;

	fixture_begin(&fixture);
	fixture_open(&fixture, 1, FIXTURE_CLIENT);
	for (unsigned int i = 0; i < count; i++)
		send(TEXT("*2\r\n$4\r\nINCR\r\n$1\r\nn\r\n"));
	assert_int_equal(fixture_count(&fixture, FACT_MESSAGE), 1024);
	for (unsigned int i = 0; i < count; i++) {
		receive(TEXT(":1\r\n"));
		assert_int_equal(fixture_count(&fixture, FACT_MESSAGE),
				 1024 + (i < 1023	 ? i + 1
					 : i + 1 < count ? 1023
							 : 1024));
	}
	fixture_end(&fixture);
}

/* CLIENT REPLY OFF: what comes then answers nothing. */
static void test_redis_no_replies(void **state)
{
	fixture_begin(&fixture);
	fixture_open(&fixture, 1, FIXTURE_CLIENT);
	send(TEXT("*2\r\n$3\r\nGET\r\n$1\r\nk\r\n"));
	receive(TEXT("$-1\r\n"));
	send(TEXT("*3\r\n$6\r\nCLIENT\r\n$5\r\nREPLY\r\n$3\r\nOFF\r\n"));
	send(TEXT("*2\r\n$3\r\nGET\r\n$1\r\nk\r\n"));
	end("> redis 1 redis GET -\n< redis 1 -\n> redis 2 redis - - malformed\n"
	    "< redis 2 - inferred malformed\n> bytes 3 redis - - cut\n");
}

/* ---- joined in the middle ---- */

static void begin_joined(void)
{
	fixture_begin(&fixture);
	fixture_open(&fixture, 1, FIXTURE_JOINED_CLIENT);
	receive(TEXT("the rest of an answer"));
}

#define REST "< bytes 1 - joined\n"

static void test_joined(void **state)
{
	begin_joined();
	send(TEXT(QUERY));
	receive(TEXT("C\0\0\0\x0dSELECT 1\0" READY));
	end(REST "> postgres 2 postgresql SELECT -\n< postgres 2 -\n");

	begin_joined();
	send(TEXT("*2\r\n$3\r\nGET\r\n$1\r\nk\r\n"));
	receive(TEXT("$1\r\nv\r\n"));
	end(REST "> redis 2 redis GET -\n< redis 2 -\n");
}

/* Over a Unix socket, of which no connect is seen. */
static void test_unix_sockets(void **state)
{
	fixture_begin(&fixture);
	fixture_open_unix(&fixture, 1, 10, 11);
	send(TEXT(LOGIN));
	receive(TEXT("R\0\0\0\x08\0\0\0\0" READY));
	send(TEXT(QUERY));
	receive(TEXT(READY));
	assert_true(fixture_find(&fixture, FACT_CONNECTION, 0)->connection.is_client);
	end(LOGGED_IN "> postgres 2 postgresql SELECT -\n< postgres 2 -\n");

	fixture_begin(&fixture);
	fixture_open_unix(&fixture, 1, 10, 11);
	receive(TEXT("\x4a\0\0\0\n8.0.36\0"));
	send(TEXT("\1\0\0\0\x0e"));
	assert_true(fixture_find(&fixture, FACT_CONNECTION, 0)->connection.is_client);
	end("< mysql 1 - connects\n> mysql 2 mysql PING - cut\n");

	fixture_begin(&fixture);
	fixture_open_unix(&fixture, 1, 10, 11);
	send(TEXT("{\"some\":\"line\"}\n"));
	assert_false(fixture_find(&fixture, FACT_CONNECTION, 0)->connection.is_client);
	end("");
}

/* Seen from the server. */
static void test_server_side(void **state)
{
	fixture_begin(&fixture);
	fixture_open(&fixture, 1, FIXTURE_SERVER);
	receive(TEXT("*1\r\n$4\r\nPING\r\n"));
	send(TEXT("+PONG\r\n"));
	assert_int_equal(fixture_message(&fixture, 0)->direction, MESSAGE_RECEIVED);
	assert_int_equal(fixture_message(&fixture, 1)->direction, MESSAGE_SENT);
	end("> redis 1 redis PING -\n< redis 1 -\n");
}

/* ---- names alone ---- */

static void test_names(void **state)
{
	static const struct {
		const char *data;
		size_t bytes;
		const char *expected;
	} starts[] = {
		{ TEXT("\x10\0\0\0\1\0\0\0\0\0\0\0\xdd\7\0\0"), "> bytes 1 mongodb - - cut\n" },
		{ TEXT("\0\0\0\x14\0\x12\0\3\0\0\0\1\0\4test"), "> bytes 1 kafka - - cut\n" },
		{ TEXT("AMQP\0\0\x09\1"), "> bytes 1 amqp - - cut\n" },
		{ TEXT("SSH-2.0-OpenSSH"), "> bytes 1 - - - cut\n" },
		{ TEXT("\x10\0\0\0\1\0\0\0\0\0\0\0\xdd\6\0\0"), "> bytes 1 - - - cut\n" },
	};

	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		fixture_begin(&fixture);
		fixture_open(&fixture, 1, FIXTURE_CLIENT);
		send(starts[i].data, starts[i].bytes);
		end(starts[i].expected);
	}
}

static void look_up(uint64_t cookie)
{
	struct record_socket_open open = {
		.cookie = cookie,
		.family = RECORD_FAMILY_INET,
		.state = 1,
		.local_port = 40000,
		.remote_port = 53,
	};

	fixture_header(&fixture, &open.header, RECORD_SOCKET_OPEN, sizeof(open));
	fixture_push(&fixture, &open);
	fixture_move(&fixture, cookie, RECORD_SEND,
		     TEXT("\x12\x34\1\0\0\1\0\0\0\0\0\0\1h\0\0\1\0\1"));
	fixture_move(&fixture, cookie, RECORD_RECEIVE,
		     TEXT("\x12\x34\x81\x80\0\1\0\0\0\0\0\0\1h\0\0\1\0\1"));
}

/* A look-up is told at once: what it was needed for comes after it. */
static void test_lookup(void **state)
{
	fixture_begin(&fixture);
	look_up(1);
	assert_int_equal(fixture_count(&fixture, FACT_MESSAGE), 2);
	end("> bytes 1 - - - joined\n< bytes 1 - joined\n");
}

/* Their sockets do not fill the table, though no close of them is told. */
static void test_many_lookups(void **state)
{
	fixture_begin(&fixture);
	fixture_open(&fixture, 63, FIXTURE_CLIENT);
	for (uint64_t cookie = 1; cookie < 60; cookie++) {
		look_up(cookie);
		fixture.now_ns += 500000000;
	}
	assert_int_equal(fixture_count(&fixture, FACT_MESSAGE), 2 * 59);
	assert_int_equal(fixture_count(&fixture, FACT_LOSS), 0);
	assert_int_equal(fixture_count(&fixture, FACT_CONNECTION), 60);
	assert_true(fixture_count(&fixture, FACT_CONNECTION_STATE) > 50);
	fixture_end(&fixture);
}

/* What the other side said before is no answer, and is over: then first bytes that came in two parts tell. */
static void test_late_start(void **state)
{
	fixture_begin(&fixture);
	fixture_open(&fixture, 1, FIXTURE_CLIENT);
	fixture_open(&fixture, 2, FIXTURE_CLIENT);
	send(TEXT("\0\0"));
	receive(TEXT("?"));
	fixture_move(&fixture, 2, RECORD_SEND,
		     TEXT("\1\2\3\4\5\6\7\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10"));
	send(TEXT("\0\x17\0\3\0\0user\0me\0\0\0\0\0\0\0\0"));
	receive(TEXT("R\0\0\0\x08\0\0\0\0" READY));
	fixture.now_ns += 1000000000;
	fixture_state(&fixture, 2, 7);
	end("> bytes 1 - - -\n< bytes 1 -\n> postgres 1 postgresql - - connects\n"
	    "< postgres 1 - connects\n> bytes 1 - - -\n");

	fixture_begin(&fixture);
	fixture_open(&fixture, 1, FIXTURE_CLIENT);
	receive(TEXT("J"));
	send(TEXT("AMQP\0\0\x09\1"));
	receive(TEXT("AMQP"));
	end("> bytes 1 amqp - -\n< bytes 1 - cut\n");
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
		cmocka_unit_test(test_postgres_long_answer),
		cmocka_unit_test(test_postgres_long_question),
		cmocka_unit_test(test_postgres_unasked),
		cmocka_unit_test(test_postgres_flush),
		cmocka_unit_test(test_redis_long_reply),
		cmocka_unit_test(test_redis_long_value),
		cmocka_unit_test(test_redis_long_command),
		cmocka_unit_test(test_redis_lost_early),
		cmocka_unit_test(test_redis_push),
		cmocka_unit_test(test_redis_many_open),
		cmocka_unit_test(test_redis_no_replies),
		cmocka_unit_test(test_joined),
		cmocka_unit_test(test_unix_sockets),
		cmocka_unit_test(test_server_side),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_late_start),
		cmocka_unit_test(test_lookup),
		cmocka_unit_test(test_many_lookups),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
