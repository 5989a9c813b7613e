// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_facts_dialogs.c - dialogs by hand: answers longer than what the kernel keeps, joined in the middle, cut off,
 * and first bytes that only name a protocol. Those of real clients are in test_facts_streams.c.
 */
#include "dialogs_fixture.h"

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

/* Whether it may be encrypted is asked, and answered by one byte, before it is. */
static void test_postgres_encryption(void **state)
{
	fixture_begin(&fixture);
	fixture_open(&fixture, 1, FIXTURE_CLIENT);
	send(TEXT("\0\0\0\x08\x04\xd2\x16\x2f"));
	receive(TEXT("S"));
	assert_int_equal(fixture_count(&fixture, FACT_MESSAGE), 2);
	assert_int_equal(fixture_message(&fixture, 1)->last_ns, fixture.now_ns);
	send(TEXT("\x16\x03\x01\0\x05hello"));
	receive(TEXT("\x16\x03\x03\0\x05hello"));
	end("> postgres 1 postgresql - - connects\n< postgres 1 - connects\n"
	    "> tls 2 postgresql - - connects\n< tls 2 - connects cut\n");
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
		cmocka_unit_test(test_postgres_long_answer),
		cmocka_unit_test(test_postgres_long_question),
		cmocka_unit_test(test_postgres_unasked),
		cmocka_unit_test(test_postgres_flush),
		cmocka_unit_test(test_postgres_encryption),
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
		cmocka_unit_test(test_lookup),
		cmocka_unit_test(test_many_lookups),
		cmocka_unit_test(test_late_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
