// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_relay.c - whether a request that a relay received can be the one that it sent on, what outweighs
 * what, and how sure that is at most; the same of a network that translates addresses.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "analysis/relay.h"

#define PATH "/2015-03-31/functions/function/invocations"
#define NAMED_PATH "/2015-03-31/functions/orders/invocations"
#define REQUESTS_MAX 4
#define US 1000ull

static struct exchange received[REQUESTS_MAX];
static struct request requests[REQUESTS_MAX];
static struct request *columns[REQUESTS_MAX];
static struct dispatcher relay;
static struct exchange forward;
static struct handover row;

static struct exchange make(uint64_t start_us, const char *path, uint64_t body)
{
	return (struct exchange){
		.kind = MESSAGE_INVOKE,
		.start_ns = start_us * US,
		.path = path,
		.function = strstr(path, "orders") ? "orders" : "function",
		.request_body = { .value = body, .bytes = 20 },
	};
}

static void begin(void)
{
	memset(requests, 0, sizeof(requests));
	relay = (struct dispatcher){ .columns = columns };
}

static struct exchange *receive(uint64_t start_us, const char *path, uint64_t body)
{
	size_t i = relay.column_count++;

	received[i] = make(start_us, path, body);
	requests[i].server = &received[i];
	columns[i] = &requests[i];
	return &received[i];
}

static struct exchange *send_on(uint64_t start_us, const char *path, uint64_t body)
{
	forward = make(start_us, path, body);
	forward.is_client = true;
	row = (struct handover){ .forward = &forward };
	return &forward;
}

static void answer(struct exchange *exchange, uint64_t time_us)
{
	exchange->has_response = exchange->is_over = true;
	exchange->response_start_ns = exchange->end_ns = time_us * US;
	exchange->status = 200;
}

static int64_t weigh(size_t i)
{
	return relay_weigh(&received[i], &row);
}

static enum link_kind surest(size_t i)
{
	assert_true(weigh(i) > 0);
	row.request = &requests[i];
	return relay_surest(&relay, &row);
}

/* All four moves by one thread, which slept in the read of the answer. */
static void make_one_piece(struct exchange *server, uint32_t tid)
{
	server->tid = server->response_tid = tid;
	forward.tid = forward.response_tid = tid;
	forward.is_awaited = true;
	answer(&forward, 90);
	answer(server, 91);
}

static void only_one(void **state)
{
	begin();
	receive(10, PATH, 1);
	send_on(11, PATH, 1);
	assert_int_equal(surest(0), LINK_EXACT);
}

static void others_open(void **state)
{
	begin();
	receive(10, PATH, 1);
	receive(11, PATH, 2);
	send_on(12, PATH, 2);
	assert_int_equal(weigh(0), 0);
	assert_int_equal(surest(1), LINK_INFERRED);
	answer(&received[0], 11); /* not any more */
	assert_int_equal(surest(1), LINK_EXACT);
}

/* Another name for the function: SAM calls each container's "function". */
static void renamed(void **state)
{
	begin();
	receive(10, NAMED_PATH, 1);
	send_on(11, PATH, 1);
	assert_int_equal(surest(0), LINK_EXACT);
	/* to a real one: a function that was not seen can have called it */
	send_on(11, "/2015-03-31/functions/prices/invocations", 1)->function = "prices";
	assert_int_equal(surest(0), LINK_INFERRED);
	make_one_piece(&received[0], 7);
	assert_int_equal(surest(0), LINK_INFERRED);
	received[0].kind = MESSAGE_HTTP;
	assert_int_equal(weigh(0), 0);
}

/* A body of {} says nothing: then only a thread is a proof where the name changes. */
static void empty_bodies(void **state)
{
	begin();
	receive(10, NAMED_PATH, 1)->request_body.bytes = 2;
	send_on(11, PATH, 1)->request_body.bytes = 2;
	assert_int_equal(surest(0), LINK_INFERRED);
	make_one_piece(&received[0], 7);
	assert_int_equal(surest(0), LINK_EXACT);
}

static void one_thread(void **state)
{
	begin();
	receive(10, NAMED_PATH, 1);
	receive(10, NAMED_PATH, 1)->tid = 8;
	send_on(12, PATH, 1)->tid = 8;
	/* a thread can work on several: that is soft */
	assert_true(weigh(1) - weigh(0) > EVIDENCE_SOFT);
	assert_true(weigh(1) - weigh(0) < EVIDENCE_HARD);
	assert_int_equal(surest(1), LINK_INFERRED);
	make_one_piece(&received[1], 8);
	assert_true(weigh(1) - weigh(0) > EVIDENCE_HARD);
	assert_int_equal(surest(1), LINK_EXACT);
	forward.is_awaited = false; /* it slept elsewhere */
	assert_int_equal(surest(1), LINK_INFERRED);
	forward.is_awaited = true;
	received[1].response_tid = 9;
	assert_int_equal(surest(1), LINK_INFERRED);
}

/* SAM's name is lost, but who received it works for one function only. */
static void far_name(void **state)
{
	begin();
	receive(10, NAMED_PATH, 1);
	receive(10, "/2015-03-31/functions/prices/invocations", 1)->function = "prices";
	send_on(12, PATH, 1);
	assert_true(weigh(0) == weigh(1));
	row.function = "prices";
	assert_true(weigh(1) - weigh(0) > EVIDENCE_SOFT);
}

static void alike(void **state)
{
	begin();
	receive(10, PATH, 1);
	receive(11, PATH, 1);
	send_on(12, PATH, 1);
	assert_true(weigh(0) > 0);
	assert_true(weigh(1) > 0);
	assert_true(weigh(0) - weigh(1) < EVIDENCE_SOFT / 2);
	assert_true(weigh(1) - weigh(0) < EVIDENCE_SOFT / 2);
	/* what was answered tells them apart */
	answer(&forward, 20);
	forward.response_body = (struct digest){ .value = 5, .bytes = 20 };
	answer(&received[0], 21);
	received[0].response_body = (struct digest){ .value = 6, .bytes = 20 };
	answer(&received[1], 22);
	received[1].response_body = (struct digest){ .value = 5, .bytes = 20 };
	assert_true(weigh(1) - weigh(0) > EVIDENCE_SOFT);
}

static void impossible(void **state)
{
	begin();
	receive(30, PATH, 1); /* came later */
	receive(10, PATH, 2); /* another body */
	receive(10, PATH, 1)->is_over = true;
	received[2].end_ns = 19 * US; /* was over */
	send_on(20, PATH, 1);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(weigh(i), 0);
	answer(&received[2], 35);
	answer(&forward, 36); /* answered before the answer came */
	assert_int_equal(weigh(2), 0);
	answer(&forward, 34);
	assert_true(weigh(2) > 0);
	received[2].is_served = true;
	assert_int_equal(weigh(2), 0);
	received[2].is_served = false;
	forward.flags = MESSAGE_HAS_GAP;
	assert_int_equal(weigh(2), 0);
}

/* LocalStack's POST /invoke carries the id that its caller is answered with. */
static void named(void **state)
{
	struct exchange *sent;

	begin();
	receive(10, NAMED_PATH, 1)->response_request_id = "id-1";
	receive(10, NAMED_PATH, 1)->response_request_id = "id-2";
	receive(10, NAMED_PATH, 1);
	sent = send_on(12, "/invoke", 1);
	sent->kind = MESSAGE_HTTP;
	sent->request_id = "id-2";
	sent->function = "orders";
	assert_int_equal(weigh(0), 0);
	assert_true(weigh(1) - weigh(2) > EVIDENCE_HARD);
	assert_int_equal(surest(1), LINK_EXACT);
	assert_int_equal(surest(2), LINK_INFERRED);
	sent->function = "prices";
	assert_int_equal(weigh(1), 0);
	sent->function = "orders";
	answer(sent, 13); /* at once; its caller much later, or earlier where that is an Event */
	answer(&received[1], 90);
	assert_true(weigh(1) > 0);
}

static void translated(void **state)
{
	struct exchange *server = &forward;

	begin();
	receive(10, PATH, 1);
	send_on(11, PATH, 1);
	relay.is_network = true;
	received[0].source_address = server->source_address = 5;
	received[0].source_port = 40001;
	server->source_port = 40002;
	/* mostly another one; but a port that is taken at the far end is changed */
	assert_true(relay_weigh_translated(&received[0], server) > 0);
	assert_true(relay_weigh_translated(&received[0], server) < EVIDENCE_HARD);
	server->source_port = 40001;
	assert_true(relay_weigh_translated(&received[0], server) > 0);
	row.request = &requests[0];
	assert_int_equal(relay_surest(&relay, &row), LINK_INFERRED);
	/* masqueraded: the body says it, or the port that stays */
	server->source_address = 6;
	assert_true(relay_weigh_translated(&received[0], server) > 0);
	received[0].request_body.bytes = server->request_body.bytes = 2;
	assert_true(relay_weigh_translated(&received[0], server) > 0);
	server->source_port = 40002;
	assert_true(relay_weigh_translated(&received[0], server) > 0);
	assert_true(relay_weigh_translated(&received[0], server) < EVIDENCE_SOFT / 2);
	received[0].kind = server->kind = MESSAGE_HTTP; /* anybody can have sent that */
	assert_int_equal(relay_weigh_translated(&received[0], server), 0);
	received[0].kind = server->kind = MESSAGE_INVOKE;
	received[0].request_body.bytes = server->request_body.bytes = 20;
	assert_true(relay_weigh_translated(&received[0], server) > 0);
	/* the other end is known, or it came before, or was answered otherwise */
	received[0].peer_connection = 3;
	assert_int_equal(relay_weigh_translated(&received[0], server), 0);
	received[0].peer_connection = 0;
	received[0].start_ns = 2000 * US;
	assert_int_equal(relay_weigh_translated(&received[0], server), 0);
	received[0].start_ns = 10 * US;
	answer(server, 20);
	answer(&received[0], 21);
	assert_true(relay_weigh_translated(&received[0], server) > 0);
	received[0].request_body.bytes = server->request_body.bytes = 2; /* only time says it */
	assert_true(relay_weigh_translated(&received[0], server) > 0);
	received[0].response_body = (struct digest){ .bytes = 20, .value = 1 };
	server->response_body = (struct digest){ .bytes = 20, .value = 2 };
	assert_int_equal(relay_weigh_translated(&received[0], server), 0);
	received[0].response_body = server->response_body;
	received[0].status = 500;
	assert_int_equal(relay_weigh_translated(&received[0], server), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_one),   cmocka_unit_test(others_open),
		cmocka_unit_test(renamed),    cmocka_unit_test(empty_bodies),
		cmocka_unit_test(one_thread), cmocka_unit_test(alike),
		cmocka_unit_test(impossible), cmocka_unit_test(named),
		cmocka_unit_test(translated), cmocka_unit_test(far_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
