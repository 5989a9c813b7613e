/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * named_flow.c - runs of bytes of which more is known than that they moved: TLS, MySQL, HTTP/2, and protocols
 * that only have a name. Tells what belongs to making the connection (MESSAGE_CONNECTS) from what is asked.
 */
#include "facts/flow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/aws_host.h"
#include "wire/http2.h"
#include "wire/mysql.h"
#include "wire/tls.h"

struct naming {
	struct named named;
	bool has_asked; /* the connection is made */
	struct mysql *mysql;
	struct tls_side tls[2]; /* by enum message_direction */
	struct http2_side http2[2];
};

void named_open(struct connection *connection, const struct named *named)
{
	struct naming *naming = calloc(1, sizeof(*naming));

	if (naming && named->kind == MESSAGE_MYSQL) {
		naming->mysql = malloc(sizeof(*naming->mysql));
		if (naming->mysql)
			mysql_init(naming->mysql);
	}
	if (!naming || (named->kind == MESSAGE_MYSQL && !naming->mysql)) {
		free(naming);
		facts_out_of_memory(connection->facts);
		return;
	}
	naming->named = *named;
	for (uint8_t i = 0; i < 2; i++) {
		tls_side_init(&naming->tls[i], i == named->asker);
		http2_side_init(&naming->http2[i], i == named->asker);
	}
	naming->has_asked = named->kind == MESSAGE_BYTES;
	connection->naming = naming;
}

void named_release(struct connection *connection)
{
	struct naming *naming = connection->naming;

	if (!naming)
		return;
	tls_side_release(&naming->tls[0]);
	tls_side_release(&naming->tls[1]);
	free(naming->mysql);
	free(naming);
	connection->naming = NULL;
}

bool named_is_answering(const struct flow *flow)
{
	return flow->direction != flow->connection->naming->named.asker;
}

static const char *service_of(const struct naming *naming, const char *host)
{
	struct aws_host aws;

	if (naming->named.service)
		return naming->named.service;
	return host[0] && aws_host_parse(&aws, host) ? aws.service : "tls";
}

void named_fill(const struct connection *connection, struct message *message)
{
	const struct naming *naming = connection->naming;
	struct message_names *names = &message->head.names;
	const char *host = naming->tls[naming->named.asker].hello.host;

	message->head.kind = naming->named.kind;
	snprintf(names->service, sizeof(names->service), "%s", service_of(naming, host));
	snprintf(names->host, sizeof(names->host), "%s", host);
	if (naming->mysql)
		snprintf(names->target, sizeof(names->target), "%s", naming->mysql->database);
}

/* Adds a run that is a part of making the connection, or of what is asked (answered) over it. */
static void add(struct flow *flow, uint64_t bytes, bool is_asked)
{
	struct connection *connection = flow->connection;
	struct naming *naming = connection->naming;

	if (is_asked && !naming->has_asked && flow->direction == naming->named.asker) {
		bytes_flow_end(flow, 0);
		connection->has_run =
			false; /* the next run asks anew, even if nothing was answered */
		naming->has_asked = true;
	}
	bytes_flow_add(flow, bytes, naming->has_asked ? 0 : MESSAGE_CONNECTS);
}

static void feed_tls(struct flow *flow, const struct stream_run *run)
{
	enum tls_part part = tls_feed(&flow->connection->naming->tls[flow->direction], run);

	if (part != TLS_NOTHING)
		add(flow, run->bytes, part == TLS_DATA);
}

static void name_statement(struct flow *flow, const struct mysql *mysql)
{
	if (flow->message && mysql->operation)
		snprintf(flow->message->head.names.operation, TOKEN_MAX, "%s", mysql->operation);
}

static void feed_mysql(struct flow *flow, const struct stream_run *run)
{
	struct naming *naming = flow->connection->naming;
	struct stream_run rest = *run;
	enum mysql_part part;
	uint64_t taken;

	if (flow->direction != naming->named.asker) {
		add(flow, run->bytes, naming->has_asked);
		return;
	}
	taken = mysql_feed(naming->mysql, run, &part);
	if (part == MYSQL_UNANSWERED)
		return;
	add(flow, taken, part == MYSQL_COMMAND);
	name_statement(flow, naming->mysql);
	if (part != MYSQL_ENCRYPTED)
		return;
	bytes_flow_end(flow, 0);
	naming->named.kind = MESSAGE_TLS;
	rest.bytes -= taken;
	rest.data = run->data ? run->data + taken : NULL;
	rest.is_operation_start = false;
	if (rest.bytes)
		feed_tls(flow, &rest);
}

/* What only keeps the connection up is nobody's wait, and no request. */
static void feed_http2(struct flow *flow, const struct stream_run *run)
{
	if (http2_feed(&flow->connection->naming->http2[flow->direction], run) == HTTP2_MESSAGE)
		bytes_flow_add(flow, run->bytes, 0);
}

void named_feed(struct flow *flow, const struct stream_run *run)
{
	const struct naming *naming = flow->connection->naming;

	switch (naming ? naming->named.kind : MESSAGE_BYTES) {
	case MESSAGE_TLS:
		feed_tls(flow, run);
		break;
	case MESSAGE_MYSQL:
		feed_mysql(flow, run);
		break;
	default:
		if (naming && naming->named.is_http2)
			feed_http2(flow, run);
		else
			bytes_flow_add(flow, run->bytes, 0);
	}
}
