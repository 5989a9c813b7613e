/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * test_assemble_exchanges.c - requests and responses as attempts of an invocation's calls: what is a
 * call, whose it is, retries, what is cut.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "assemble_fixture.h"

static void assert_attempt(const struct invocation *invocation, size_t i, uint32_t call,
			   uint32_t attempt, uint64_t start_ns, uint64_t end_ns)
{
	const struct exchange *exchange = invocation->attempts[i];

	assert_int_equal(exchange->call, call);
	assert_int_equal(exchange->attempt, attempt);
	assert_int_equal(exchange->start_ns, start_ns);
	assert_int_equal(exchange->end_ns, end_ns);
}

static void test_attempts(void **state)
{
	struct told told;
	const struct invocation *first, *second, *third;

	told_run_file(&told, "tests/traces/assemble-node-pool.txt");
	assert_int_equal(told.count, 3);
	first = told_find(&told, "r-1", 0);
	second = told_find(&told, "r-2", 0);
	third = told_find(&told, "r-3", 0);
	assert_borders(first, 10 * MS, 70 * MS, 72 * MS);
	assert_borders(second, 90 * MS, 95 * MS, 97 * MS);
	assert_int_equal(third->status, STATUS_CUT);

	assert_int_equal(first->attempt_count, 6);
	assert_int_equal(first->call_count, 4);
	/* an HTTP call with its connect, failed, and its retry on the kept connection */
	assert_attempt(first, 0, 0, 1, 13 * MS, 20 * MS);
	assert_int_equal(first->attempts[0]->connect_ns, 2 * MS);
	assert_int_equal(first->attempts[0]->service_class, SERVICE_HTTP);
	assert_int_equal(first->attempts[0]->status, 503);
	assert_string_equal(first->attempts[0]->path, "/x");
	assert_attempt(first, 1, 0, 2, 25 * MS, 30 * MS);
	assert_int_equal(first->attempts[1]->connect_ns, 0);
	/* two attempts by the SDK's id; the first was closed without a reply */
	assert_attempt(first, 2, 1, 1, 31 * MS, 40 * MS);
	assert_true(first->attempts[2]->is_cut && !first->attempts[2]->is_dangling);
	assert_false(first->attempts[2]->has_response);
	assert_attempt(first, 3, 1, 2, 41 * MS, 50 * MS);
	assert_int_equal(first->attempts[3]->service_class, SERVICE_LAMBDA_SYNC);
	assert_int_equal(first->attempts[3]->response_start_ns, 49 * MS);
	assert_string_equal(first->attempts[3]->response_request_id, "x-9");
	/* the database: from the send to the end of the next receive, with its connect */
	assert_attempt(first, 4, 2, 1, 51 * MS, 56 * MS);
	assert_int_equal(first->attempts[4]->service_class, SERVICE_OTHER);
	assert_attempt(first, 5, 3, 1, 60 * MS, 62 * MS);
	assert_int_equal(first->attempts[5]->service_class, SERVICE_LAMBDA_EVENT);
	assert_int_equal(first->attempts[5]->status, 202);

	/* nobody's wait after the end: the reply at 120 is none of r-3's business */
	assert_int_equal(second->attempt_count, 1);
	assert_attempt(second, 0, 0, 1, 91 * MS, 97 * MS);
	assert_true(second->attempts[0]->is_dangling && second->attempts[0]->is_cut);
	assert_int_equal(third->attempt_count, 0);
	told_close(&told);
}

#define WORKER                                                                             \
	"0ms exec pid=300 program=node\n"                                                  \
	"1ms fork pid=300 child_pid=300 child_tid=301\n"                                   \
	"10ms worker_event pid=300 tid=301 message=1 sent=9ms sender_tid=300 request_id=a" \
	" function=f memory_mb=128\n"

/* A request of which nothing but its beginning was told, and one of which only the reply was. */
static void test_half_told(void **state)
{
	struct told told;

	told_run_text(&told, WORKER
		      "20ms message pid=300 tid=301 connection=9 sequence=1 method=get path=/a\n"
		      "30ms message pid=300 tid=301 connection=9 sequence=2 flags=is_response"
		      " direction=received status=200 first=28ms\n"
		      "40ms worker_result pid=300 tid=301 message=2\n"
		      "end 500ms\n");
	assert_int_equal(told.count, 1);
	assert_int_equal(told.invocations[0]->attempt_count, 2);
	assert_attempt(told.invocations[0], 0, 0, 1, 20 * MS, 40 * MS);
	assert_true(told.invocations[0]->attempts[0]->is_dangling);
	assert_attempt(told.invocations[0], 1, 1, 1, 28 * MS, 30 * MS);
	assert_true(told.invocations[0]->attempts[1]->flags & MESSAGE_START_INFERRED);
	told_close(&told);
}

/* The other side closed without an answer before this side closed. */
static void test_closed_by_peer(void **state)
{
	struct told told;

	told_run_text(&told, WORKER
		      "11ms connection pid=300 tid=301 id=9 local_port=5 remote_port=6\n"
		      "20ms message pid=300 tid=301 connection=9 sequence=1 method=get path=/a\n"
		      "25ms connection_state pid=300 id=9 state=peer_closed\n"
		      "29ms connection_state pid=300 id=9\n"
		      "30ms message pid=300 tid=301 connection=10 sequence=1 method=get path=/a\n"
		      "35ms message pid=300 tid=301 connection=10 sequence=1 direction=received"
		      " flags=is_response status=200\n"
		      "40ms worker_result pid=300 tid=301 message=2\n"
		      "end 500ms\n");
	assert_attempt(told.invocations[0], 0, 0, 1, 20 * MS, 25 * MS);
	assert_true(told.invocations[0]->attempts[0]->is_cut);
	assert_int_equal(told.invocations[0]->attempts[0]->closed_by, CLOSED_BY_CALLEE);
	assert_attempt(told.invocations[0], 1, 0, 2, 30 * MS, 35 * MS);
	told_close(&told);
}

/*
 * This side gave up: it ends there, however late the other says so, and the next attempt is one. Then a
 * reset, and a reply that comes after this side has said that it will send no more.
 */
static void test_closed_by_itself(void **state)
{
	struct told told;
	const struct invocation *invocation;

	told_run_text(&told, WORKER
		      "11ms connection pid=300 tid=301 id=9 local_port=5 remote_port=6\n"
		      "12ms message pid=300 tid=301 connection=9 sequence=1 method=get path=/a\n"
		      "15ms connection_state pid=300 id=9 state=own_closed\n"
		      "17ms message pid=300 tid=301 connection=10 sequence=1 method=get path=/a\n"
		      "19ms connection_state pid=300 id=9\n"
		      "20ms connection_state pid=300 id=10\n"
		      "22ms message pid=300 tid=301 connection=11 sequence=1 method=get path=/a\n"
		      "23ms connection_state pid=300 id=11 state=own_closed\n"
		      "24ms message pid=300 tid=301 connection=11 sequence=1 direction=received"
		      " flags=is_response status=200\n"
		      "25ms connection_state pid=300 id=11\n"
		      "26ms message pid=300 tid=301 connection=12 sequence=1 method=get path=/b\n"
		      "40ms worker_result pid=300 tid=301 message=2\n"
		      "41ms task_exit pid=300 tid=300\n"
		      "end 500ms\n");
	invocation = told.invocations[0];
	assert_int_equal(invocation->attempt_count, 4);
	assert_attempt(invocation, 0, 0, 1, 12 * MS, 15 * MS);
	assert_int_equal(invocation->attempts[0]->closed_by, CLOSED_BY_CALLER);
	assert_attempt(invocation, 1, 0, 2, 17 * MS, 20 * MS);
	assert_int_equal(invocation->attempts[1]->closed_by, CLOSED_BY_RESET);
	assert_attempt(invocation, 2, 0, 3, 22 * MS, 24 * MS);
	assert_int_equal(invocation->attempts[2]->closed_by, CLOSED_BY_UNKNOWN);
	assert_true(invocation->attempts[3]->is_dangling);
	assert_int_equal(invocation->attempts[3]->closed_by, CLOSED_BY_UNKNOWN);
	told_close(&told);
}

/* Another thread of the process is not the worker; a request after the result is nobody's. */
static void test_not_its_own(void **state)
{
	struct told told;

	told_run_text(&told, WORKER
		      "20ms message pid=300 connection=9 sequence=1 method=get path=/main\n"
		      "21ms message pid=300 connection=9 sequence=1 direction=received"
		      " flags=is_response status=200\n"
		      "40ms worker_result pid=300 tid=301 message=2\n"
		      "50ms message pid=300 tid=301 connection=8 sequence=1 method=get path=/late\n"
		      "end 500ms\n");
	assert_int_equal(told.invocations[0]->attempt_count, 0);
	assert_int_equal(told.exchanges_begun, 2);
	told_close(&told);
}

/* A run of unknown bytes is told when its end is known, here after the invocation's. */
static void test_told_late(void **state)
{
	struct told told;

	told_run_text(&told, WORKER
		      "11ms connection pid=300 tid=301 id=9 local_port=5 remote_port=6"
		      " is_client=yes opened=5ms\n"
		      "40ms worker_result pid=300 tid=301 message=2\n"
		      "60ms message pid=300 tid=301 connection=9 sequence=1 kind=bytes first=20ms"
		      " last=21ms\n"
		      "61ms message pid=300 tid=301 connection=9 sequence=1 kind=bytes"
		      " direction=received first=60ms\n"
		      "end 500ms\n");
	assert_int_equal(told.invocations[0]->attempt_count, 1);
	/* it was connected before the invocation: that part is not its */
	assert_attempt(told.invocations[0], 0, 0, 1, 20 * MS, 40 * MS);
	assert_true(told.invocations[0]->attempts[0]->is_dangling);
	told_close(&told);
}

/* Two processes of one environment, one event each: each owns what its process asks. */
static void test_owner_among_several(void **state)
{
	static const char text[] =
		"0ms exec pid=100 program=boot runtime_api=h:1 function=f max_concurrency=2\n"
		"1ms fork pid=100 child_pid=101\n"
		"1ms fork pid=100 child_pid=102\n"
		"5ms message pid=101 connection=1 sequence=1 kind=runtime_next\n"
		"5ms message pid=102 connection=2 sequence=1 kind=runtime_next\n"
		"10ms message pid=101 connection=1 sequence=1 kind=runtime_next flags=is_response"
		" direction=received status=200 request_id=a\n"
		"11ms message pid=102 connection=2 sequence=1 kind=runtime_next flags=is_response"
		" direction=received status=200 request_id=b\n"
		"20ms message pid=101 connection=3 sequence=1 method=get path=/a\n"
		"21ms message pid=102 connection=4 sequence=1 method=get path=/b\n"
		"22ms message pid=100 connection=5 sequence=1 method=get path=/whose\n"
		"30ms message pid=101 connection=3 sequence=1 flags=is_response direction=received\n"
		"31ms message pid=102 connection=4 sequence=1 flags=is_response direction=received\n"
		"40ms message pid=101 connection=1 sequence=2 kind=runtime_response request_id=a\n"
		"41ms message pid=102 connection=2 sequence=2 kind=runtime_response request_id=b\n"
		"end 500ms\n";
	struct told told;
	const struct invocation *a, *b;

	told_run_text(&told, text);
	a = told_find(&told, "a", 0);
	b = told_find(&told, "b", 0);
	assert_ptr_equal(a->environment, b->environment);
	assert_borders(a, 10 * MS, 40 * MS, 40 * MS);
	assert_int_equal(a->attempt_count, 1);
	assert_string_equal(a->attempts[0]->path, "/a");
	assert_int_equal(b->attempt_count, 1);
	assert_string_equal(b->attempts[0]->path, "/b");
	assert_true(a->flags & INVOCATION_CONCURRENT && a->flags & INVOCATION_SHARED);
	assert_true(b->flags & INVOCATION_CONCURRENT && b->flags & INVOCATION_SHARED);
	told_close(&told);
}

/* A child that gave up and ended before the other side said so; one that ended with its connection. */
static void test_closed_by_child(void **state)
{
	static const char text[] =
		"0ms exec pid=100 program=boot runtime_api=h:1 function=f\n"
		"5ms message pid=100 connection=1 sequence=1 kind=runtime_next\n"
		"10ms message pid=100 connection=1 sequence=1 kind=runtime_next flags=is_response"
		" direction=received status=200 request_id=a\n"
		"11ms fork pid=100 child_pid=101\n"
		"12ms message pid=101 connection=2 sequence=1 method=get path=/a\n"
		"15ms connection_state pid=101 id=2 state=own_closed\n"
		"16ms task_exit pid=101\n"
		"19ms connection_state pid=101 id=2\n"
		"20ms fork pid=100 child_pid=102\n"
		"21ms message pid=102 connection=3 sequence=1 method=get path=/a\n"
		"25ms task_exit pid=102\n"
		"25ms connection_state pid=102 id=3\n"
		"40ms message pid=100 connection=1 sequence=2 kind=runtime_response request_id=a\n"
		"41ms message pid=100 connection=1 sequence=3 kind=runtime_next\n"
		"end 500ms\n";
	struct told told;
	const struct invocation *invocation;

	told_run_text(&told, text);
	invocation = told_find(&told, "a", 0);
	assert_int_equal(invocation->attempt_count, 2);
	assert_attempt(invocation, 0, 0, 1, 12 * MS, 15 * MS);
	assert_int_equal(invocation->attempts[0]->closed_by, CLOSED_BY_CALLER);
	assert_attempt(invocation, 1, 0, 2, 21 * MS, 25 * MS);
	assert_int_equal(invocation->attempts[1]->closed_by, CLOSED_BY_UNKNOWN);
	told_close(&told);
}

/* The peers of a call on one host know each other, over IPv4 as over IPv6-mapped addresses. */
static int remember_peer(void *context, struct exchange *exchange)
{
	uint64_t *peers = context;

	peers[exchange->is_client] = exchange->peer_connection;
	return 0;
}

static void test_peers(void **state)
{
	static const char text[] =
		"1ms connection pid=7 id=1 netns=3 local_port=4000 remote_port=80 family=inet6"
		" local_address=::ffff:127.0.0.1 remote_address=::ffff:127.0.0.1 is_client=yes\n"
		"2ms message pid=7 connection=1 sequence=1 method=get path=/\n"
		"2ms connection pid=8 id=9 netns=4 local_port=80 remote_port=4000\n"
		"2ms connection pid=8 id=2 netns=3 local_port=80 remote_port=4000\n"
		"3ms message pid=8 connection=2 sequence=1 method=get path=/ direction=received\n"
		"4ms message pid=8 connection=2 sequence=1 flags=is_response\n"
		"5ms message pid=7 connection=1 sequence=1 flags=is_response direction=received\n";
	uint64_t peers[2] = { 0 };
	struct model_sink sink = { .context = peers, .exchange_end = remember_peer };
	struct assembler_options options = { 0 };
	struct assembler *assembler;
	struct trace_text trace;

	assert_int_equal(trace_text_parse(&trace, text, strlen(text), NULL), 0);
	assert_int_equal(assembler_new(&assembler, &options, &sink), 0);
	for (size_t i = 0; i < trace.fact_count; i++)
		assert_int_equal(assembler_push(assembler, &trace.facts[i]), 0);
	assert_int_equal(assembler_finish(assembler, 0), 0);
	assert_int_equal(peers[true], 2);
	assert_int_equal(peers[false], 1);
	assembler_free(assembler);
	trace_text_release(&trace);
}

/* One invocation, from 10 to 900 ms, of a function that talks to databases. */
#define HANDLER_BEGIN                                                                             \
	"0ms exec pid=10 program=bootstrap runtime_api=127.0.0.1:9001 function=a memory_mb=128\n" \
	"1ms connection pid=10 id=1 local_port=40000 remote_port=9001 is_client=yes\n"            \
	"2ms message pid=10 connection=1 sequence=1 kind=runtime_next method=get\n"               \
	"10ms message pid=10 connection=1 sequence=1 kind=runtime_next flags=is_response"         \
	" direction=received status=200 request_id=r-1\n"
#define HANDLER_END                                                                      \
	"890ms message pid=10 connection=1 sequence=2 kind=runtime_response method=post" \
	" request_id=r-1\n"                                                              \
	"900ms message pid=10 connection=1 sequence=3 kind=runtime_next method=get\n"    \
	"end 1000ms\n"
#define ASK "message pid=10 connection=2 "
#define ANSWER "message pid=10 connection=2 direction=received "

static void run_handler(struct told *told, const char *text)
{
	told_run_text(told, text);
	assert_int_equal(told->count, 1);
	assert_borders(told->invocations[0], 10 * MS, 890 * MS, 900 * MS);
}

/* The login is a part of the query that needed it; a later query is one of its own. */
static void test_login(void **state)
{
	const struct invocation *invocation;
	struct told told;

	run_handler(&told, HANDLER_BEGIN
		    "20ms connection pid=10 id=2 local_port=40001 remote_port=5432 is_client=yes\n"
		    "21ms " ASK "sequence=1 kind=postgres service=postgresql flags=connects\n"
		    "40ms " ANSWER "sequence=1 kind=postgres flags=connects,is_response\n"
		    "41ms " ASK "sequence=2 kind=postgres service=postgresql operation=SELECT\n"
		    "80ms " ANSWER "sequence=2 kind=postgres flags=is_response\n"
		    "100ms " ANSWER "sequence=2 kind=postgres flags=is_response\n"
		    "200ms " ASK "sequence=3 kind=postgres service=postgresql operation=INSERT\n"
		    "300ms " ANSWER "sequence=3 kind=postgres flags=is_response\n" HANDLER_END);
	invocation = told.invocations[0];
	assert_int_equal(invocation->attempt_count, 2);
	assert_attempt(invocation, 0, 0, 1, 20 * MS, 80 * MS);
	assert_int_equal(invocation->attempts[0]->connect_ns, 21 * MS);
	assert_int_equal(invocation->attempts[0]->service_class, SERVICE_OTHER);
	assert_string_equal(invocation->attempts[0]->operation, "SELECT");
	assert_attempt(invocation, 1, 1, 1, 200 * MS, 300 * MS);
	assert_int_equal(invocation->attempts[1]->connect_ns, 0);
	told_close(&told);
}

#define CONNECTS(id, port)                                                                  \
	"20ms connection pid=300 tid=301 id=" #id " local_port=4" #id " remote_port=" #port \
	" is_client=yes\n"

/*
 * Who opens a connection needs what is there, though it asks nothing: unless that is a name server, or takes
 * logs or traces.
 */
static void test_connections_unused(void **state)
{
	struct told told;

	told_run_text(
		&told,
		WORKER CONNECTS(1, 5432) CONNECTS(2, 24224) CONNECTS(3, 53) CONNECTS(
			4,
			80) "21ms message pid=300 tid=301 connection=2 sequence=1 kind=bytes\n"
			    "22ms message pid=300 tid=301 connection=4 sequence=1 method=get path=/a\n"
			    "25ms message pid=300 tid=301 connection=4 sequence=1 direction=received"
			    " flags=is_response status=200\n"
			    "40ms worker_result pid=300 tid=301 message=2\n"
			    "end 500ms\n");
	assert_int_equal(told.count, 1);
	assert_int_equal(told.invocations[0]->attempt_count, 1);
	assert_int_equal(told.invocations[0]->connections_unused, 1);
	told_close(&told);
}

/* What is sent to a log daemon is never answered: no call, and no wait. */
static void test_logs_are_no_calls(void **state)
{
	struct told told;

	told_run_text(
		&told,
		WORKER CONNECTS(1, 24224) CONNECTS(
			2,
			4318) "21ms message pid=300 tid=301 connection=1 sequence=1 kind=bytes\n"
			      "22ms message pid=300 tid=301 connection=2 sequence=1 method=post path=/v1/traces\n"
			      "25ms message pid=300 tid=301 connection=2 sequence=1 direction=received"
			      " flags=is_response status=200\n"
			      "40ms worker_result pid=300 tid=301 message=2\n"
			      "end 500ms\n");
	assert_int_equal(told.count, 1);
	assert_int_equal(told.invocations[0]->attempt_count, 0);
	assert_int_equal(told.invocations[0]->connections_unused, 0);
	told_close(&told);
}

/* A connection made long before it is used, or never used, is an attempt of its own. */
static void test_connect_alone(void **state)
{
	const struct invocation *invocation;
	struct told told;

	run_handler(
		&told, HANDLER_BEGIN
		"20ms connection pid=10 id=2 local_port=40001 remote_port=6379 is_client=yes\n"
		"21ms " ASK "sequence=1 kind=redis service=redis operation=HELLO flags=connects\n"
		"22ms " ASK "sequence=2 kind=redis service=redis operation=CLIENT flags=connects\n"
		"30ms " ANSWER "sequence=1 kind=redis flags=connects,is_response\n"
		"31ms " ANSWER "sequence=2 kind=redis flags=connects,is_response\n"
		"200ms " ASK "sequence=3 kind=redis service=redis operation=GET\n"
		"250ms " ANSWER "sequence=3 kind=redis flags=is_response\n"
		"300ms connection pid=10 id=3 local_port=40002 remote_port=6379 is_client=yes\n"
		"301ms message pid=10 connection=3 sequence=1 kind=redis flags=connects\n"
		"310ms message pid=10 connection=3 sequence=1 kind=redis direction=received"
		" flags=connects,is_response\n"
		"400ms connection pid=10 id=4 local_port=40003 remote_port=6379 is_client=yes\n"
		"401ms message pid=10 connection=4 sequence=1 kind=redis flags=connects\n" HANDLER_END);
	invocation = told.invocations[0];
	assert_int_equal(invocation->attempt_count, 4);
	assert_attempt(invocation, 0, 0, 1, 20 * MS, 31 * MS);
	assert_string_equal(invocation->attempts[0]->operation, "connect");
	assert_int_equal(invocation->attempts[0]->connect_ns, 11 * MS);
	assert_attempt(invocation, 1, 1, 1, 200 * MS, 250 * MS);
	assert_attempt(invocation, 2, 2, 1, 300 * MS, 310 * MS);
	assert_false(invocation->attempts[2]->is_dangling || invocation->attempts[2]->is_cut);
	assert_attempt(invocation, 3, 3, 1, 400 * MS, 900 * MS);
	assert_true(invocation->attempts[3]->is_dangling);
	told_close(&told);
}

/*
 * TLS 1.3: tickets answer the handshake after the request was sent, and its answer comes later. What the
 * server says after that, unasked, is none.
 */
static void test_tls(void **state)
{
	const struct invocation *invocation;
	struct told told;

	run_handler(&told, HANDLER_BEGIN
		    "20ms connection pid=10 id=2 local_port=40001 remote_port=443 is_client=yes\n"
		    "21ms " ASK "sequence=1 kind=tls service=sqs host=sqs.h flags=connects\n"
		    "25ms " ANSWER "sequence=1 kind=tls service=sqs flags=connects,is_response\n"
		    "26ms " ASK "sequence=2 kind=tls service=sqs host=sqs.h flags=connects\n"
		    "27ms " ASK "sequence=3 kind=tls service=sqs host=sqs.h\n"
		    "29ms " ANSWER "sequence=3 kind=tls service=sqs flags=is_response\n"
		    "227ms " ANSWER "sequence=3 kind=tls service=sqs flags=is_response\n"
		    "400ms " ANSWER "sequence=3 kind=tls service=sqs flags=is_response\n"
		    "500ms " ASK "sequence=4 kind=tls service=sqs host=sqs.h\n"
		    "550ms " ANSWER "sequence=4 kind=tls service=sqs flags=is_response\n"
		    "700ms " ANSWER
		    "sequence=4 kind=tls service=sqs flags=is_response\n" HANDLER_END);
	invocation = told.invocations[0];
	assert_int_equal(invocation->attempt_count, 2);
	assert_attempt(invocation, 0, 0, 1, 20 * MS, 227 * MS);
	assert_int_equal(invocation->attempts[0]->connect_ns, 7 * MS);
	assert_string_equal(invocation->attempts[0]->host, "sqs.h");
	assert_attempt(invocation, 1, 1, 1, 500 * MS, 550 * MS);
	told_close(&told);
}

#define DNS "message pid=10 tid=11 connection=9 "

/* A name is looked up for the first connection after it, and only for one that is opened at once. */
static void test_lookup(void **state)
{
	const struct invocation *invocation;
	struct told told;

	run_handler(&told, HANDLER_BEGIN
		    "20ms connection pid=10 tid=11 id=9 local_port=40009 remote_port=53\n"
		    "20ms " DNS "sequence=1 kind=bytes\n"
		    "21ms " DNS "sequence=1 kind=bytes\n"
		    "70ms " DNS "sequence=1 kind=bytes direction=received flags=is_response\n"
		    "71ms connection pid=10 id=2 local_port=40001 remote_port=443 is_client=yes\n"
		    "72ms connection pid=10 id=3 local_port=40002 remote_port=443 is_client=yes\n"
		    "75ms " ASK "sequence=1 kind=http\n"
		    "76ms message pid=10 connection=3 sequence=1 kind=http\n"
		    "90ms " ANSWER "sequence=1 kind=http flags=is_response status=200\n"
		    "95ms message pid=10 connection=3 sequence=1 kind=http direction=received"
		    " flags=is_response status=200\n"
		    "100ms " DNS "sequence=2 kind=bytes\n"
		    "130ms " DNS "sequence=2 kind=bytes direction=received flags=is_response\n"
		    "200ms connection pid=10 id=4 local_port=40003 remote_port=443 is_client=yes\n"
		    "201ms message pid=10 connection=4 sequence=1 kind=http\n"
		    "220ms message pid=10 connection=4 sequence=1 kind=http direction=received"
		    " flags=is_response status=200\n" HANDLER_END);
	invocation = told.invocations[0];
	assert_int_equal(invocation->attempt_count, 3);
	assert_attempt(invocation, 0, 0, 1, 20 * MS, 90 * MS);
	assert_int_equal(invocation->attempts[0]->connect_ns, 55 * MS);
	assert_attempt(invocation, 1, 1, 1, 72 * MS, 95 * MS);
	assert_attempt(invocation, 2, 2, 1, 200 * MS, 220 * MS);
	told_close(&told);
}

/* A word right before the close, or the reset, asks nothing; what waits in vain, or is long, does. */
static void test_farewell(void **state)
{
	const struct invocation *invocation;
	struct told told;

	run_handler(&told, HANDLER_BEGIN
		    "20ms connection pid=10 id=2 local_port=40001 remote_port=443 is_client=yes\n"
		    "21ms " ASK "sequence=1 kind=tls\n"
		    "30ms " ANSWER "sequence=1 kind=tls flags=is_response\n"
		    "40ms " ASK "sequence=2 kind=tls\n"
		    "40.1ms connection_state pid=10 id=2 state=own_closed\n"
		    "40.2ms connection_state pid=10 id=2 state=closed\n"
		    "50ms connection pid=10 id=3 local_port=40002 remote_port=443 is_client=yes\n"
		    "51ms message pid=10 connection=3 sequence=1 kind=tls\n"
		    "151ms connection_state pid=10 id=3 state=own_closed\n"
		    "151ms connection_state pid=10 id=3 state=closed\n"
		    "160ms connection pid=10 id=4 local_port=40003 remote_port=443 is_client=yes\n"
		    "161ms message pid=10 connection=4 sequence=1 kind=tls body_bytes=27\n"
		    "165ms connection_state pid=10 id=4 state=peer_closed\n"
		    "166ms connection_state pid=10 id=4 state=closed\n"
		    "170ms connection pid=10 id=5 local_port=40004 remote_port=443 is_client=yes\n"
		    "171ms message pid=10 connection=5 sequence=1 kind=tls body_bytes=400\n"
		    "175ms connection_state pid=10 id=5 state=closed\n"
		    "180ms connection pid=10 id=6 local_port=40005 remote_port=443 is_client=yes\n"
		    "181ms message pid=10 connection=6 sequence=1 kind=tls body_bytes=27\n"
		    "185ms connection_state pid=10 id=6 state=closed\n" HANDLER_END);
	invocation = told.invocations[0];
	assert_int_equal(invocation->attempt_count, 3);
	assert_attempt(invocation, 0, 0, 1, 20 * MS, 30 * MS);
	assert_attempt(invocation, 1, 1, 1, 50 * MS, 151 * MS);
	assert_true(invocation->attempts[1]->is_cut);
	assert_attempt(invocation, 2, 2, 1, 170 * MS, 175 * MS);
	assert_int_equal(invocation->attempts[2]->closed_by, CLOSED_BY_RESET);
	told_close(&told);
}

/* A thread that had to wait for a CPU between its last word and the close has not waited for an answer. */
static void test_farewell_of_a_busy_machine(void **state)
{
	const struct invocation *invocation;
	struct told told;

	run_handler(&told, HANDLER_BEGIN
		    "19ms slice pid=10 woken=10ms on=10ms off=preempted\n"
		    "20ms connection pid=10 id=2 local_port=40001 remote_port=443 is_client=yes\n"
		    "21ms " ASK "sequence=1 kind=tls\n"
		    "22ms slice pid=10 on=20ms off=preempted\n"
		    "50ms slice pid=10 on=49ms off=cut\n"
		    "61ms connection_state pid=10 id=2 state=own_closed\n"
		    "61ms connection_state pid=10 id=2 state=closed\n"
		    "70ms connection pid=10 id=3 local_port=40002 remote_port=443 is_client=yes\n"
		    "71ms message pid=10 connection=3 sequence=1 kind=tls\n"
		    "72ms slice pid=10 on=60ms blocked_in=poll\n"
		    "100ms slice pid=10 woken=90ms on=90ms off=preempted\n"
		    "111ms connection_state pid=10 id=3 state=own_closed\n"
		    "111ms connection_state pid=10 id=3 state=closed\n" HANDLER_END);
	invocation = told.invocations[0];
	assert_int_equal(invocation->attempt_count, 1);
	assert_attempt(invocation, 0, 0, 1, 70 * MS, 111 * MS);
	told_close(&told);
}

/* Nor has one that had to wait for a CPU between making a connection and using it let it lie. */
static void test_connecting_on_a_busy_machine(void **state)
{
	const struct invocation *invocation;
	struct told told;

	run_handler(
		&told, HANDLER_BEGIN
		"20ms connection pid=10 id=2 local_port=40001 remote_port=5432 is_client=yes\n"
		"21ms " ASK "sequence=1 kind=postgres flags=connects\n"
		"22ms slice pid=10 woken=10ms on=10ms blocked_in=poll\n"
		"30ms slice pid=10 woken=26ms on=26ms off=preempted\n"
		"80ms slice pid=10 on=79ms off=throttled\n"
		"100ms " ASK "sequence=2 kind=tls flags=connects\n"
		"101ms slice pid=10 on=99ms blocked_in=poll\n"
		"102ms " ANSWER "sequence=2 kind=tls flags=is_response,connects\n"
		"110ms " ASK "sequence=3 kind=tls\n"
		"111ms slice pid=10 woken=102ms on=109ms blocked_in=poll\n"
		"140ms " ANSWER "sequence=3 kind=tls flags=is_response\n"
		"200ms connection pid=10 tid=11 id=9 local_port=40009 remote_port=53\n"
		"200ms " DNS "sequence=1 kind=bytes\n"
		"250ms " DNS "sequence=1 kind=bytes direction=received flags=is_response\n"
		"251ms slice pid=10 tid=11 woken=250ms on=250ms off=preempted\n"
		"320ms connection pid=10 id=4 local_port=40003 remote_port=443 is_client=yes\n"
		"321ms message pid=10 tid=11 connection=4 sequence=1 kind=http\n"
		"340ms message pid=10 tid=11 connection=4 sequence=1 kind=http direction=received"
		" flags=is_response status=200\n" HANDLER_END);
	invocation = told.invocations[0];
	assert_int_equal(invocation->attempt_count, 2);
	assert_attempt(invocation, 1, 1, 1, 200 * MS, 340 * MS);
	assert_attempt(invocation, 0, 0, 1, 20 * MS, 140 * MS);
	assert_int_equal(invocation->attempts[0]->connect_ns, 90 * MS);
	told_close(&told);
}

/* The server speaks first; a slow answer comes in parts. */
static void test_mysql(void **state)
{
	const struct invocation *invocation;
	struct told told;

	run_handler(&told, HANDLER_BEGIN
		    "20ms connection pid=10 id=2 local_port=40001 remote_port=3306 is_client=yes\n"
		    "25ms " ANSWER "sequence=1 kind=mysql flags=connects,is_response\n"
		    "26ms " ASK "sequence=2 kind=mysql service=mysql target=d flags=connects\n"
		    "30ms " ANSWER "sequence=2 kind=mysql flags=connects,is_response\n"
		    "31ms " ASK "sequence=3 kind=mysql service=mysql target=d operation=SELECT\n"
		    "40ms " ANSWER "sequence=3 kind=mysql flags=is_response\n"
		    "240ms " ANSWER "sequence=3 kind=mysql flags=is_response\n"
		    "480ms " ANSWER "sequence=3 kind=mysql flags=is_response\n"
		    "500ms " ASK "sequence=4 kind=mysql service=mysql target=d operation=COMMIT\n"
		    "550ms " ANSWER "sequence=4 kind=mysql flags=is_response\n"
		    "600ms connection_state pid=10 id=2 state=own_closed\n"
		    "600ms connection_state pid=10 id=2 state=closed\n" HANDLER_END);
	invocation = told.invocations[0];
	assert_int_equal(invocation->attempt_count, 2);
	assert_attempt(invocation, 0, 0, 1, 20 * MS, 480 * MS);
	assert_int_equal(invocation->attempts[0]->connect_ns, 11 * MS);
	assert_attempt(invocation, 1, 1, 1, 500 * MS, 550 * MS);
	assert_false(invocation->attempts[1]->is_cut || invocation->attempts[1]->is_dangling);
	assert_int_equal(invocation->attempts[1]->closed_by, 0);
	told_close(&told);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_attempts),
		cmocka_unit_test(test_half_told),
		cmocka_unit_test(test_closed_by_peer),
		cmocka_unit_test(test_closed_by_itself),
		cmocka_unit_test(test_closed_by_child),
		cmocka_unit_test(test_not_its_own),
		cmocka_unit_test(test_told_late),
		cmocka_unit_test(test_owner_among_several),
		cmocka_unit_test(test_peers),
		cmocka_unit_test(test_login),
		cmocka_unit_test(test_connect_alone),
		cmocka_unit_test(test_tls),
		cmocka_unit_test(test_mysql),
		cmocka_unit_test(test_farewell),
		cmocka_unit_test(test_farewell_of_a_busy_machine),
		cmocka_unit_test(test_connecting_on_a_busy_machine),
		cmocka_unit_test(test_lookup),
		cmocka_unit_test(test_connections_unused),
		cmocka_unit_test(test_logs_are_no_calls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
