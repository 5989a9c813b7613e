/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * mysql.c - see mysql.h. A packet's kind is known from its head and first byte; the statement is looked at
 * when the packet is over, or as much of it as there is room for.
 */
#include "wire/mysql.h"

#include <string.h>

#include "wire/sql.h"

#define PROTOCOL_VERSION 10
#define GREETING_MAX 512
#define SSL_REQUEST_BYTES 32 /* the part of a login before the user's name */

enum command {
	COMMAND_QUIT = 0x01,
	COMMAND_INIT_DB = 0x02,
	COMMAND_QUERY = 0x03,
	COMMAND_STATISTICS = 0x09,
	COMMAND_PING = 0x0e,
	COMMAND_CHANGE_USER = 0x11,
	COMMAND_PREPARE = 0x16,
	COMMAND_EXECUTE = 0x17,
	COMMAND_LONG_DATA = 0x18,
	COMMAND_CLOSE = 0x19,
	COMMAND_RESET_STATEMENT = 0x1a,
	COMMAND_SET_OPTION = 0x1b,
	COMMAND_FETCH = 0x1c,
	COMMAND_RESET = 0x1f,
	COMMAND_MARIADB_BULK = 0xfa,
};

enum capability {
	CAPABILITY_DATABASE = 1 << 3,
	CAPABILITY_SSL = 1 << 11,
	CAPABILITY_SHORT_AUTH = 1 << 15,
	CAPABILITY_LONG_AUTH = 1 << 21,
};

void mysql_init(struct mysql *mysql)
{
	memset(mysql, 0, sizeof(*mysql));
}

static const char *command_name(uint8_t command)
{
	switch (command) {
	case COMMAND_INIT_DB:
		return "USE";
	case COMMAND_STATISTICS:
		return "STATISTICS";
	case COMMAND_PING:
		return "PING";
	case COMMAND_CHANGE_USER:
		return "CHANGE USER";
	case COMMAND_PREPARE:
		return "PREPARE";
	case COMMAND_EXECUTE:
	case COMMAND_MARIADB_BULK:
		return "EXECUTE";
	case COMMAND_SET_OPTION:
		return "SET";
	case COMMAND_FETCH:
		return "FETCH";
	case COMMAND_RESET_STATEMENT:
	case COMMAND_RESET:
		return "RESET";
	default:
		return NULL;
	}
}

static bool has_no_answer(uint8_t command)
{
	return command == COMMAND_QUIT || command == COMMAND_CLOSE || command == COMMAND_LONG_DATA;
}

/* ---- the login ---- */

/* capabilities4 packet4 charset1 reserved23 user NUL auth [ database NUL ] ... */
static void read_database(struct mysql *mysql, uint32_t capabilities)
{
	const uint8_t *at = mysql->text + SSL_REQUEST_BYTES;
	const uint8_t *end = mysql->text + mysql->text_bytes;
	const uint8_t *nul = at < end ? memchr(at, 0, (size_t)(end - at)) : NULL;

	if (!nul || !(capabilities & CAPABILITY_DATABASE))
		return;
	at = nul + 1;
	if (capabilities & (CAPABILITY_SHORT_AUTH | CAPABILITY_LONG_AUTH)) {
		if (at == end || *at >= 251 || *at >= end - at)
			return;
		at += 1 + *at;
	} else {
		nul = memchr(at, 0, (size_t)(end - at));
		at = nul ? nul + 1 : end;
	}
	nul = memchr(at, 0, (size_t)(end - at));
	if (nul)
		redact_name(mysql->database, sizeof(mysql->database), (const char *)at,
			    (size_t)(nul - at), "_-.");
}

static void end_login(struct mysql *mysql)
{
	uint32_t capabilities;

	if (mysql->text_bytes < SSL_REQUEST_BYTES || mysql->has_hole || mysql->head[3] != 1)
		return;
	capabilities = mysql->text[0] | (uint32_t)mysql->text[1] << 8 |
		       (uint32_t)mysql->text[2] << 16 | (uint32_t)mysql->text[3] << 24;
	if (mysql->text_bytes == SSL_REQUEST_BYTES && capabilities & CAPABILITY_SSL) {
		mysql->part = MYSQL_ENCRYPTED;
		mysql->is_encrypted = true;
	} else {
		read_database(mysql, capabilities);
	}
}

/* ---- packets ---- */

static bool is_command_packet(const struct mysql *mysql)
{
	return mysql->head[3] == 0;
}

static void read_statement(struct mysql *mysql)
{
	if (is_command_packet(mysql) && mysql->text_bytes > 1 && mysql->text[0] == COMMAND_QUERY)
		mysql->operation = sql_keyword(mysql->text + 1, mysql->text_bytes - 1);
}

static void end_packet(struct mysql *mysql)
{
	if (!mysql->has_command)
		end_login(mysql);
	else if (!mysql->has_hole)
		read_statement(mysql);
}

static void begin_packet(struct mysql *mysql)
{
	mysql->head_bytes = 0;
	mysql->body_left = (uint32_t)mysql->head[0] | (uint32_t)mysql->head[1] << 8 |
			   (uint32_t)mysql->head[2] << 16;
	mysql->text_bytes = 0;
	mysql->has_hole = false;
	if (is_command_packet(mysql)) {
		mysql->has_command = true;
		mysql->operation = NULL;
		mysql->part = MYSQL_UNANSWERED; /* until its first byte says what it is */
	} else {
		mysql->part = mysql->has_command ? MYSQL_COMMAND : MYSQL_LOGIN;
	}
}

static void begin_command(struct mysql *mysql, uint8_t command)
{
	mysql->operation = command_name(command);
	if (!has_no_answer(command))
		mysql->part = MYSQL_COMMAND;
}

static void take_body(struct mysql *mysql, struct stream_run *input)
{
	uint32_t bytes = input->bytes < mysql->body_left ? (uint32_t)input->bytes
							 : mysql->body_left;
	uint32_t kept = MYSQL_TEXT_MAX - mysql->text_bytes;

	if (kept > bytes)
		kept = bytes;
	if (input->data && is_command_packet(mysql) && !mysql->text_bytes && !mysql->has_hole)
		begin_command(mysql, *input->data);
	if (kept && input->data && !mysql->has_hole) {
		memcpy(mysql->text + mysql->text_bytes, input->data, kept);
		mysql->text_bytes += kept;
	} else if (kept) {
		mysql->has_hole = true;
	}
	mysql->body_left -= bytes;
	input->bytes -= bytes;
	if (input->data)
		input->data += bytes;
	if (!mysql->body_left)
		end_packet(mysql);
}

static void take_head(struct mysql *mysql, struct stream_run *input)
{
	while (input->bytes && mysql->head_bytes < MYSQL_HEAD_BYTES) {
		mysql->head[mysql->head_bytes++] = *input->data++;
		input->bytes--;
	}
	if (mysql->head_bytes == MYSQL_HEAD_BYTES)
		begin_packet(mysql);
}

/* Commands are sent one at a time: an operation that begins with number 0 begins with one. */
static bool begins_with_command(const struct stream_run *input)
{
	return input->is_operation_start && input->data && input->bytes > MYSQL_HEAD_BYTES &&
	       input->data[3] == 0;
}

uint64_t mysql_feed(struct mysql *mysql, const struct stream_run *given, enum mysql_part *ret_part)
{
	struct stream_run input = *given;
	enum mysql_part part = mysql->body_left ? mysql->part : MYSQL_UNANSWERED;

	if (mysql->is_lost && begins_with_command(&input)) {
		mysql->is_lost = false;
		mysql->head_bytes = 0;
		mysql->body_left = 0;
		part = MYSQL_UNANSWERED;
	}
	while (input.bytes && !mysql->is_lost && !mysql->is_encrypted) {
		if (mysql->body_left)
			take_body(mysql, &input);
		else if (input.data)
			take_head(mysql, &input);
		else
			mysql->is_lost = true;
		if (mysql->part > part && !mysql->head_bytes)
			part = mysql->part;
	}
	if (mysql->is_lost)
		part = MYSQL_COMMAND;
	*ret_part = part;
	return mysql->is_encrypted ? given->bytes - input.bytes : given->bytes;
}

int mysql_match_greeting(const uint8_t *data, size_t bytes)
{
	if (bytes > 0 && data[0] < 32 && (bytes > 1 && !data[1]))
		return 0;
	if (bytes > 2 && (data[2] || (data[0] | data[1] << 8) > GREETING_MAX))
		return 0;
	if (bytes > 3 && data[3])
		return 0;
	if (bytes > 4 && data[4] != PROTOCOL_VERSION)
		return 0;
	if (bytes > 5 && (data[5] < '0' || data[5] > '9'))
		return 0;
	if (bytes > 6)
		return data[6] == '.' || (data[6] >= '0' && data[6] <= '9');
	return -1;
}
