/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * aws_body.c - see aws_body.h. Bodies come in three forms, told apart by their first byte: JSON objects,
 * CBOR maps, and forms (Action=Publish&TopicArn=...). A target is named by itself, by an ARN,
 *
 *   arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE        e.g. RESOURCE = stateMachine:NAME
 *
 * or, a queue, by a URL. Batches name it in every entry: kept where all entries name the same.
 */
#include "wire/aws_body.h"

#include <string.h>

#include "base/hex.h"
#include "wire/cbor.h"
#include "wire/json_walk.h"

#define VALUE_MAX 2048 /* bytes of a value that is a name, an ARN or a URL */

enum body_form {
	FORM_NONE = 0,
	FORM_JSON,
	FORM_CBOR,
	FORM_QUERY,
};

struct aws_body {
	enum body_form form;
	const char *text;
	size_t bytes;
};

/* A member that names a target, in the order in which a service's members are asked for. */
struct target_member {
	const char *service;
	const char *key;
	const char *type;    /* what stands before the name in an ARN's resource, or "" */
	const char *stops;   /* characters that end the name */
	const char *further; /* characters of names beside letters and digits */
	bool is_last;	     /* only what follows the last slash is the name */
};

static const struct target_member members[] = {
	{ "sqs", "QueueUrl", "", "?#", "-_.", true },
	{ "sqs", "QueueName", "", "", "-_.", false },
	{ "sns", "TopicArn", "", ":", "-_.", false },
	{ "sns", "TargetArn", "", ":", "-_.", false },
	{ "sns", "Name", "", "", "-_.", false },
	{ "events", "EventBusName", "event-bus/", "", "-_./", false },
	{ "states", "stateMachineArn", "stateMachine:", ":", "-_.", false },
	{ "states", "executionArn", "execution:", ":", "-_.", false },
	{ "states", "executionArn", "express:", ":", "-_.", false },
	{ "states", "activityArn", "activity:", ":", "-_.", false },
	{ "dynamodb", "TableName", "table/", "/", "-_.", false },
	{ "dynamodb", "StreamArn", "table/", "/", "-_.", false },
	{ "kinesis", "StreamName", "", "", "-_.", false },
	{ "kinesis", "StreamARN", "stream/", "/", "-_.", false },
	{ "kinesis", "ConsumerARN", "stream/", "/", "-_.", false },
	{ "firehose", "DeliveryStreamName", "", "", "-_.", false },
	{ "secretsmanager", "SecretId", "secret:", "", "-_./+=@", false },
	{ "secretsmanager", "Name", "", "", "-_./+=@", false },
	{ "ssm", "Name", "parameter", ":", "-_./", false },
	{ "ssm", "Path", "", "", "-_./", false },
	{ "kms", "KeyId", "key/", "", "-_/", false },
	{ "kms", "KeyId", "", "", "-_/", false }, /* alias/NAME */
	{ "logs", "logGroupName", "", "", "-_./#", false },
	{ "logs", "logGroupIdentifier", "log-group:", ":", "-_./#", false },
	{ "sts", "RoleArn", "role/", "", "-_.+=,@", true },
	{ "rds-data", "resourceArn", "cluster:", "", "-", false },
	{ "monitoring", "Namespace", "", "", "-_./#", false },
};

/* ---- forms ---- */

static void open_body(struct aws_body *ret, const char *text, size_t bytes, bool is_whole)
{
	ret->text = text;
	ret->bytes = bytes;
	ret->form = FORM_NONE;
	if (!bytes)
		return;
	if (*text == '{') {
		ret->form = FORM_JSON;
	} else if (((uint8_t)*text & 0xe0) == 0xa0) {
		ret->form = FORM_CBOR;
	} else if ((*text | 32) >= 'a' && (*text | 32) <= 'z') {
		const char *last = is_whole ? NULL : memrchr(text, '&', bytes);

		ret->form = FORM_QUERY;
		if (!is_whole)
			ret->bytes = last ? (size_t)(last - text) : 0;
	}
}

/* application/x-www-form-urlencoded. */
static bool append_decoded(struct buffer *ret, const char *text, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++) {
		uint8_t byte = text[i] == '+' ? ' ' : (uint8_t)text[i];

		if (text[i] == '%') {
			int high = i + 2 < bytes ? hex_digit(text[i + 1]) : -1;
			int low = high >= 0 ? hex_digit(text[i + 2]) : -1;

			if (low < 0)
				return false;
			byte = (uint8_t)(high << 4 | low);
			i += 2;
		}
		if (buffer_append_byte(ret, byte))
			return false;
	}
	return true;
}

/* The characters of a JSON string, quotes and escapes taken off. */
static bool append_string(struct buffer *ret, const char *value, size_t bytes)
{
	return value && bytes >= 2 && *value == '"' &&
	       json_unescape(ret, value + 1, bytes - 2) == 0;
}

static bool append_value(struct buffer *ret, const struct aws_body *body, const char *key)
{
	const char *value = NULL;
	size_t bytes = 0;

	switch (body->form) {
	case FORM_JSON:
		value = json_find(body->text, body->bytes, key, &bytes);
		return append_string(ret, value, bytes);
	case FORM_CBOR:
		value = cbor_find_text(body->text, body->bytes, key, &bytes);
		return value && buffer_append(ret, value, bytes) == 0;
	case FORM_QUERY:
		value = form_find(body->text, body->bytes, key, &bytes);
		return value && append_decoded(ret, value, bytes);
	case FORM_NONE:
		break;
	}
	return false;
}

/* The text that is the value of @key, in @ret; false where there is none. */
static bool read_value(struct buffer *ret, const struct aws_body *body, const char *key)
{
	buffer_clear(ret);
	return append_value(ret, body, key) && ret->bytes;
}

/* ---- names ---- */

/* The resource of an ARN; NULL where the text is none. */
static const char *find_resource(const char *text, const char *end)
{
	if (end - text < 4 || memcmp(text, "arn:", 4) != 0)
		return NULL;
	for (unsigned int colons = 0; colons < 5; colons++) {
		text = memchr(text, ':', (size_t)(end - text));
		if (!text)
			return NULL;
		text++;
	}
	return text;
}

/* The name that @value, the value of @member, holds: into @ret, of NAME_TEXT_MAX. */
static bool read_name(char *ret, const struct target_member *member, const struct buffer *value)
{
	const char *text = (const char *)value->data;
	const char *end = text + value->bytes;
	const char *resource = find_resource(text, end);
	size_t type_bytes = strlen(member->type);
	const char *stop, *slash;

	ret[0] = 0;
	if (resource) {
		if ((size_t)(end - resource) <= type_bytes ||
		    memcmp(resource, member->type, type_bytes) != 0)
			return false;
		text = resource + type_bytes;
	}
	for (stop = text; stop < end && !(*stop && strchr(member->stops, *stop)); stop++)
		;
	slash = member->is_last ? memrchr(text, '/', (size_t)(stop - text)) : NULL;
	if (slash)
		text = slash + 1;
	return redact_name(ret, NAME_TEXT_MAX, text, (size_t)(stop - text), member->further);
}

static void read_members(struct message_names *names, const struct aws_body *body,
			 struct buffer *value)
{
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		const struct target_member *member = &members[i];

		if (strcmp(member->service, names->service) == 0 &&
		    read_value(value, body, member->key) && read_name(names->target, member, value))
			return;
	}
}

/* ---- batches ---- */

static const struct target_member event_bus = { "events", "EventBusName", "event-bus/",
						"",	  "-_./",	  false };
static const struct target_member table = { "dynamodb", "TableName", "table/", "/", "-_.", false };
static const struct target_member parameter = { "ssm", "Names", "parameter", ":", "-_./", false };

/* What the entries so far agree on. */
struct agreement {
	char name[NAME_TEXT_MAX];
	bool is_known;	 /* an entry named it */
	bool is_refused; /* one named another, or none that can be kept */
};

static void agree(struct agreement *agreement, const char *name)
{
	if (!name[0] || (agreement->is_known && strcmp(agreement->name, name) != 0)) {
		agreement->is_refused = true;
		return;
	}
	strcpy(agreement->name, name);
	agreement->is_known = true;
}

static void agree_on_member(struct agreement *agreement, const struct target_member *member,
			    const char *text, size_t bytes, struct buffer *value)
{
	const struct aws_body entry = { .form = FORM_JSON, .text = text, .bytes = bytes };
	char name[NAME_TEXT_MAX] = "";

	if (read_value(value, &entry, member->key))
		read_name(name, member, value);
	agree(agreement, name);
}

/* {"RequestItems": {TABLE: ..., ...}}: DynamoDB's BatchGetItem, BatchWriteItem. */
static void agree_on_keys(struct agreement *agreement, const char *text, size_t bytes,
			  struct buffer *value)
{
	const char *end = text + bytes;
	struct json_member member;
	char name[NAME_TEXT_MAX];

	while ((text = json_next_member(&member, text, end))) {
		buffer_clear(value);
		name[0] = 0;
		if (json_unescape(value, member.key, member.key_bytes) == 0 && value->bytes)
			read_name(name, &table, value);
		agree(agreement, name);
	}
}

/* {"TransactItems": [{"Put": {"TableName": ...}}, ...]} */
static void agree_on_actions(struct agreement *agreement, const char *text, size_t bytes,
			     struct buffer *value)
{
	const char *end = text + bytes;
	struct json_member element, action;

	while ((text = json_next_element(&element, text, end))) {
		if (json_next_member(&action, element.value, element.value + element.value_bytes))
			agree_on_member(agreement, &table, action.value, action.value_bytes, value);
		else
			agreement->is_refused = true;
	}
}

/* {"Entries": [{"EventBusName": ...}, ...]}: one without a name is for the default bus. */
static void agree_on_buses(struct agreement *agreement, const char *text, size_t bytes,
			   struct buffer *value)
{
	const char *end = text + bytes;
	struct json_member element;
	size_t length;

	while ((text = json_next_element(&element, text, end))) {
		if (json_find(element.value, element.value_bytes, event_bus.key, &length))
			agree_on_member(agreement, &event_bus, element.value, element.value_bytes,
					value);
		else
			agree(agreement, "default");
	}
}

/* {"Names": [NAME, ...]} */
static void agree_on_names(struct agreement *agreement, const char *text, size_t bytes,
			   struct buffer *value)
{
	const char *end = text + bytes;
	struct json_member element;
	char name[NAME_TEXT_MAX];

	while ((text = json_next_element(&element, text, end))) {
		buffer_clear(value);
		name[0] = 0;
		if (append_string(value, element.value, element.value_bytes) && value->bytes)
			read_name(name, &parameter, value);
		agree(agreement, name);
	}
}

static const struct {
	const char *service;
	const char *key;
	void (*agree)(struct agreement *agreement, const char *text, size_t bytes,
		      struct buffer *value);
} batches[] = {
	{ "dynamodb", "RequestItems", agree_on_keys },
	{ "dynamodb", "TransactItems", agree_on_actions },
	{ "events", "Entries", agree_on_buses },
	{ "ssm", "Names", agree_on_names },
};

static void read_batches(struct message_names *names, const struct aws_body *body,
			 struct buffer *value)
{
	for (size_t i = 0; i < sizeof(batches) / sizeof(batches[0]); i++) {
		struct agreement agreement = { .is_known = false };
		const char *list;
		size_t bytes;

		if (strcmp(batches[i].service, names->service) != 0)
			continue;
		list = json_find(body->text, body->bytes, batches[i].key, &bytes);
		if (!list)
			continue;
		batches[i].agree(&agreement, list, bytes, value);
		if (agreement.is_known && !agreement.is_refused)
			strcpy(names->target, agreement.name);
	}
}

void aws_body_read(struct message_head *message, const char *text, size_t bytes, bool is_whole)
{
	struct message_names *names = &message->names;
	struct aws_body body;
	struct buffer value;

	if (message->kind != MESSAGE_AWS)
		return;
	open_body(&body, text, bytes, is_whole);
	if (body.form == FORM_NONE)
		return;
	buffer_init(&value, VALUE_MAX);
	if (!names->operation[0] && body.form == FORM_QUERY && read_value(&value, &body, "Action"))
		redact_name(names->operation, TOKEN_MAX, (const char *)value.data, value.bytes, "");
	if (!names->target[0])
		read_members(names, &body, &value);
	if (!names->target[0] && body.form == FORM_JSON)
		read_batches(names, &body, &value);
	buffer_release(&value);
}
