// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * daemons.c - see daemons.h. Ports are those that the programs listen on when nobody says otherwise.
 */
#include "assemble/daemons.h"

#include <stddef.h>
#include <string.h>

static const uint16_t ports[] = {
	514,   /* syslog (RFC 6587) */
	601,   /* syslog-conn (RFC 3195) */
	2000,  /* X-Ray's daemon */
	4317,  /* OTLP over gRPC */
	4318,  /* OTLP over HTTP */
	6514,  /* syslog over TLS (RFC 5425) */
	8125,  /* StatsD */
	8126,  /* Datadog's agent */
	9411,  /* Zipkin */
	14250, /* Jaeger's collector: gRPC */
	14268, /* and HTTP */
	24224, /* Fluentd, Fluent Bit */
	25888, /* CloudWatch's agent: embedded metrics */
};

bool daemon_is_at(const struct connection *connection)
{
	for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++)
		if (connection->remote.port == ports[i])
			return true;
	return false;
}

bool daemon_is_asked(const struct connection *connection, const struct exchange *exchange)
{
	return daemon_is_at(connection) ||
	       (exchange->service &&
		(!strcmp(exchange->service, "xray") || !strcmp(exchange->service, "logs")));
}
