/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * protocol.c - asks each protocol's recogniser. They exclude each other.
 */
#include "wire/protocol.h"

#include <string.h>

#include "wire/http2.h"
#include "wire/mysql.h"
#include "wire/postgres.h"
#include "wire/redis.h"
#include "wire/tls.h"

#define MONGODB_MESSAGE_MAX 48000000
#define KAFKA_REQUEST_MAX 1024
#define KAFKA_API_VERSIONS 18

static uint32_t read_little(const uint8_t *data)
{
	return data[0] | (uint32_t)data[1] << 8 | (uint32_t)data[2] << 16 | (uint32_t)data[3] << 24;
}

static uint32_t read_big(const uint8_t *data)
{
	return (uint32_t)data[0] << 24 | (uint32_t)data[1] << 16 | (uint32_t)data[2] << 8 | data[3];
}

/* length4 id4 answers4 (0) operation4: OP_MSG or OP_QUERY (MongoDB Wire Protocol) */
static int match_mongodb(const uint8_t *data, size_t bytes)
{
	if (bytes < 16)
		return -1;
	return read_little(data) >= 16 && read_little(data) <= MONGODB_MESSAGE_MAX &&
	       !read_little(data + 8) &&
	       (read_little(data + 12) == 2013 || read_little(data + 12) == 2004);
}

/* length4 ApiVersions2 version2 correlation4 client: what every client asks first (KIP-35) */
static int match_kafka(const uint8_t *data, size_t bytes)
{
	if (bytes < 14)
		return -1;
	return read_big(data) >= 10 && read_big(data) <= KAFKA_REQUEST_MAX && !data[4] &&
	       data[5] == KAFKA_API_VERSIONS && !data[6] && data[7] < 8 && !data[12];
}

/* "AMQP" 0 0 9 1, or with the numbers of AMQP 1.0 */
static int match_amqp(const uint8_t *data, size_t bytes)
{
	size_t compared = bytes < 4 ? bytes : 4;

	if (memcmp(data, "AMQP", compared) != 0)
		return 0;
	return bytes < 8 ? -1 : data[4] <= 3;
}

enum protocol protocol_of_client(const uint8_t *data, size_t bytes)
{
	static const struct {
		int (*match)(const uint8_t *data, size_t bytes);
		enum protocol protocol;
	} matches[] = {
		{ postgres_match_start, PROTOCOL_POSTGRES },
		{ redis_match_start, PROTOCOL_REDIS },
		{ tls_match_start, PROTOCOL_TLS },
		{ http2_match_start, PROTOCOL_HTTP2 },
		{ match_amqp, PROTOCOL_AMQP },
		{ match_mongodb, PROTOCOL_MONGODB },
		{ match_kafka, PROTOCOL_KAFKA },
	};
	enum protocol found = PROTOCOL_UNKNOWN;

	for (size_t i = 0; i < sizeof(matches) / sizeof(matches[0]); i++) {
		int is_match = matches[i].match(data, bytes);

		if (is_match == 1)
			return matches[i].protocol;
		if (is_match == -1)
			found = PROTOCOL_UNDECIDED;
	}
	return found;
}

enum protocol protocol_of_server(const uint8_t *data, size_t bytes)
{
	int is_match = mysql_match_greeting(data, bytes);

	if (is_match == 1)
		return PROTOCOL_MYSQL;
	return is_match ? PROTOCOL_UNDECIDED : PROTOCOL_UNKNOWN;
}
