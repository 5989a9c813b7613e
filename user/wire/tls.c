/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * tls.c - see tls.h. The end of a client's handshake:
 *   TLS 1.2  its Finished is a record of type handshake after ChangeCipherSpec
 *   TLS 1.3  its Finished is the first record of type application_data whose length is that of a Finished
 *            (4 bytes, a hash of 32 or 48, the inner type, a tag of 16); with a client's certificate some
 *            records come before it
 * A record of an alert's length that is encrypted is an alert.
 */
#include "wire/tls.h"

#include <string.h>

#define RECORD_MAX (16384 + 2048)
#define ALERT_1_3_BYTES 19 /* 2, the inner type, a tag of 16 */
#define FLIGHT_MAX 4	   /* Certificate, CertificateVerify, Finished, and one more */
#define FINISHED_SHA256 53
#define FINISHED_SHA384 69
#define HELLO_LEAST 90 /* a ClientHello is longer than an encrypted Finished of TLS 1.2 */

enum record_type {
	RECORD_CHANGE_CIPHER = 20,
	RECORD_ALERT = 21,
	RECORD_HANDSHAKE = 22,
	RECORD_DATA = 23,
};

enum {
	HANDSHAKE_CLIENT_HELLO = 1,
	HANDSHAKE_HEAD = 4,
	EXTENSION_SERVER_NAME = 0,
	NAME_TYPE_HOST = 0,
};

void tls_side_init(struct tls_side *side, bool is_client)
{
	memset(side, 0, sizeof(*side));
	side->is_client = is_client;
	side->hello.is_done = !is_client;
	buffer_init(&side->hello.text, TLS_HELLO_MAX);
}

void tls_side_release(struct tls_side *side)
{
	buffer_release(&side->hello.text);
}

/* ---- ClientHello ---- */

struct reader {
	const uint8_t *at, *end;
	bool is_short;
};

static uint32_t read_number(struct reader *reader, unsigned int bytes)
{
	uint32_t value = 0;

	if ((size_t)(reader->end - reader->at) < bytes) {
		reader->is_short = true;
		reader->at = reader->end;
		return 0;
	}
	while (bytes--)
		value = value << 8 | *reader->at++;
	return value;
}

/* What a length of @length_bytes says is inside. */
static struct reader read_vector(struct reader *reader, unsigned int length_bytes)
{
	uint32_t bytes = read_number(reader, length_bytes);
	struct reader inner = { .at = reader->at };

	if (bytes > (size_t)(reader->end - reader->at)) {
		reader->is_short = true;
		bytes = (uint32_t)(reader->end - reader->at);
	}
	reader->at += bytes;
	inner.end = reader->at;
	inner.is_short = reader->is_short;
	return inner;
}

static void read_server_name(struct tls_hello *hello, struct reader extension)
{
	struct reader names = read_vector(&extension, 2);

	while (names.at < names.end) {
		bool is_host = read_number(&names, 1) == NAME_TYPE_HOST;
		struct reader name = read_vector(&names, 2);

		if (is_host && !name.is_short) {
			redact_host(hello->host, (const char *)name.at,
				    (size_t)(name.end - name.at));
			return;
		}
	}
}

/* Extensions come in any order (browsers shuffle them). */
static void read_hello(struct tls_hello *hello, struct reader message)
{
	struct reader extensions;

	read_number(&message, 2);
	message.at += message.end - message.at < 32 ? message.end - message.at : 32; /* random */
	read_vector(&message, 1); /* session id */
	read_vector(&message, 2); /* cipher suites */
	read_vector(&message, 1); /* compression methods */
	extensions = read_vector(&message, 2);
	while (extensions.at < extensions.end && !extensions.is_short) {
		uint32_t type = read_number(&extensions, 2);
		struct reader extension = read_vector(&extensions, 2);

		if (type == EXTENSION_SERVER_NAME && !extension.is_short)
			read_server_name(hello, extension);
	}
}

static void finish_hello(struct tls_hello *hello)
{
	hello->is_done = true;
	buffer_release(&hello->text);
}

/* Bytes of records of type handshake: a message may be spread over several. */
static void add_hello(struct tls_hello *hello, const uint8_t *data, size_t bytes)
{
	struct reader reader;
	uint32_t length;

	if (!data || buffer_append(&hello->text, data, bytes)) {
		finish_hello(hello);
		return;
	}
	if (hello->text.bytes < HANDSHAKE_HEAD)
		return;
	reader.at = hello->text.data;
	reader.end = reader.at + hello->text.bytes;
	reader.is_short = false;
	if (read_number(&reader, 1) != HANDSHAKE_CLIENT_HELLO) {
		finish_hello(hello);
		return;
	}
	length = read_number(&reader, 3);
	if (length > TLS_HELLO_MAX) {
		finish_hello(hello);
	} else if ((size_t)(reader.end - reader.at) >= length) {
		reader.end = reader.at + length;
		read_hello(hello, reader);
		finish_hello(hello);
	}
}

/* ---- records ---- */

static bool is_head(const uint8_t *head)
{
	return head[0] >= RECORD_CHANGE_CIPHER && head[0] <= RECORD_DATA && head[1] == 3 &&
	       head[2] <= 4 && (head[3] << 8 | head[4]) <= RECORD_MAX;
}

static enum tls_part begin_data(struct tls_side *side)
{
	if (!side->is_client || side->has_finished)
		return side->body_left == ALERT_1_3_BYTES ? TLS_NOTHING : TLS_DATA;
	/* Type application_data before a Finished was seen: TLS 1.3, and a part of its handshake. */
	side->flight++;
	if (side->body_left == FINISHED_SHA256 || side->body_left == FINISHED_SHA384 ||
	    side->flight == FLIGHT_MAX)
		side->has_finished = true;
	return TLS_HANDSHAKE;
}

static enum tls_part begin_record(struct tls_side *side)
{
	side->body_left = (uint32_t)(side->head[3] << 8 | side->head[4]);
	switch (side->head[0]) {
	case RECORD_CHANGE_CIPHER:
		side->has_changed_cipher = true;
		return TLS_HANDSHAKE;
	case RECORD_HANDSHAKE:
		/* Of TLS 1.2; a second ClientHello is longer. */
		if (side->is_client && side->has_changed_cipher && side->body_left < HELLO_LEAST)
			side->has_finished = true;
		return TLS_HANDSHAKE;
	case RECORD_ALERT:
		return TLS_NOTHING;
	default:
		return begin_data(side);
	}
}

/* Takes bytes of a record's head; its record begins when that is whole. */
static void take_head(struct tls_side *side, struct stream_run *input)
{
	while (input->bytes && side->head_bytes < TLS_HEAD_BYTES) {
		side->head[side->head_bytes++] = *input->data++;
		input->bytes--;
	}
	if (side->head_bytes < TLS_HEAD_BYTES)
		return;
	side->head_bytes = 0;
	if (is_head(side->head))
		side->part = begin_record(side);
	else
		side->is_lost = true;
}

static void take_body(struct tls_side *side, struct stream_run *input)
{
	uint32_t bytes = input->bytes < side->body_left ? (uint32_t)input->bytes : side->body_left;

	if (side->head[0] == RECORD_HANDSHAKE && !side->hello.is_done)
		add_hello(&side->hello, input->data, bytes);
	side->body_left -= bytes;
	input->bytes -= bytes;
	if (input->data)
		input->data += bytes;
}

enum tls_part tls_feed(struct tls_side *side, const struct stream_run *given)
{
	struct stream_run input = *given;
	enum tls_part part = side->body_left ? side->part : TLS_NOTHING;

	if (side->is_lost && input.is_operation_start && input.data &&
	    input.bytes >= TLS_HEAD_BYTES && is_head(input.data)) {
		side->is_lost = false;
		side->head_bytes = 0;
		side->body_left = 0;
		part = TLS_NOTHING;
	}
	while (input.bytes && !side->is_lost) {
		if (side->body_left)
			take_body(side, &input);
		else if (input.data)
			take_head(side, &input);
		else
			side->is_lost = true;
		if (side->part > part && !side->head_bytes)
			part = side->part;
	}
	if (side->is_lost) {
		side->has_finished = true;
		return TLS_DATA;
	}
	return part;
}

int tls_match_start(const uint8_t *data, size_t bytes)
{
	/* type, version, length (a ClientHello is no shorter than 42), handshake type */
	if (bytes > 0 && data[0] != RECORD_HANDSHAKE)
		return 0;
	if (bytes > 1 && data[1] != 3)
		return 0;
	if (bytes > 2 && data[2] > 4)
		return 0;
	if (bytes > 4 && (data[3] << 8 | data[4]) < 42)
		return 0;
	if (bytes > 5)
		return data[5] == HANDSHAKE_CLIENT_HELLO;
	return -1;
}
