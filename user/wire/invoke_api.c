/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * invoke_api.c - POST, paths after the version segment:
 *
 *   /functions/NAME/invocations[?Qualifier=Q]	2015-03-31
 *   /functions/NAME/response-streaming-invocations	2021-11-15
 *   /functions/NAME/invoke-async[/]			2014-11-13
 *
 * NAME is any form of base/lambda_name.h, percent-encoded.
 */
#include "wire/invoke_api.h"

#include <string.h>

#include "base/lambda_name.h"
#include "wire/aws_host.h"

static const struct {
	const char *suffix;
	const char *operation;
	uint8_t kind;
} operations[] = {
	{ "/invocations", "Invoke", MESSAGE_INVOKE },
	{ "/response-streaming-invocations", "InvokeWithResponseStream", MESSAGE_INVOKE_STREAM },
	{ "/invoke-async", "InvokeAsync", MESSAGE_INVOKE_ASYNC },
};

static bool read_name(struct message_names *names, const char *text, size_t bytes)
{
	struct lambda_name name;

	if (lambda_name_parse(&name, text, bytes, true) != 0)
		return false;
	if (!redact_name(names->function, NAME_TEXT_MAX, name.function, strlen(name.function),
			 "-_."))
		return false;
	redact_name(names->qualifier, NAME_TEXT_MAX, name.qualifier, strlen(name.qualifier),
		    "-_$.");
	redact_name(names->arn, NAME_TEXT_MAX, name.arn, strlen(name.arn), "-_$.:");
	redact_name(names->target, NAME_TEXT_MAX, name.function, strlen(name.function), "-_.");
	return true;
}

static void read_qualifier(struct message_names *names, const struct request_target *target)
{
	size_t bytes;
	const char *value = query_find(target, "Qualifier", &bytes);
	char decoded[NAME_TEXT_MAX];
	size_t used = 0;

	if (!value || bytes >= sizeof(decoded))
		return;
	for (size_t i = 0; i < bytes; i++) {
		/* "$LATEST" is the one qualifier that needs an escape. */
		if (bytes - i >= 3 && memcmp(value + i, "%24", 3) == 0) {
			decoded[used++] = '$';
			i += 2;
		} else {
			decoded[used++] = value[i];
		}
	}
	redact_name(names->qualifier, NAME_TEXT_MAX, decoded, used, "-_$");
}

static uint8_t read_type(const struct http_head *head, uint8_t kind)
{
	const char *value = http_head_value(head, HTTP_AMZ_INVOCATION_TYPE);

	if (kind == MESSAGE_INVOKE_ASYNC || (value && strcmp(value, "Event") == 0))
		return INVOCATION_EVENT;
	if (value && strcmp(value, "DryRun") == 0)
		return INVOCATION_DRY_RUN;
	return INVOCATION_REQUEST_RESPONSE;
}

bool invoke_api_match(struct message_head *ret, struct request_target *target,
		      const struct http_head *head)
{
	static const char functions[] = "/functions/";
	const size_t skip = sizeof(functions) - 1;
	const char *name, *suffix;
	size_t left;

	if (!target->api_rest || target->api_rest_bytes <= skip ||
	    head->method != HTTP_METHOD_POST || memcmp(target->api_rest, functions, skip) != 0)
		return false;
	name = target->api_rest + skip;
	left = target->api_rest_bytes - skip;
	suffix = memchr(name, '/', left);
	if (!suffix)
		return false;
	left -= (size_t)(suffix - name);
	if (left > 1 && suffix[left - 1] == '/')
		left--;
	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
		if (strlen(operations[i].suffix) != left ||
		    memcmp(operations[i].suffix, suffix, left) != 0)
			continue;
		ret->kind = operations[i].kind;
		strcpy(ret->names.service, "lambda");
		strcpy(ret->names.operation, operations[i].operation);
		if (!read_name(&ret->names, name, (size_t)(suffix - name)))
			target->hidden = name;
		read_qualifier(&ret->names, target);
		ret->invocation_type = read_type(head, ret->kind);
		return true;
	}
	return false;
}

bool function_url_match(struct message_head *ret, const struct http_head *head)
{
	const char *host = http_head_value(head, HTTP_HOST);
	struct aws_host parsed;

	if (!host || !aws_host_parse(&parsed, host) || strcmp(parsed.service, "lambda-url") != 0 ||
	    !parsed.prefix)
		return false;
	strcpy(ret->names.service, "lambda");
	strcpy(ret->names.operation, "InvokeFunctionUrl");
	redact_name(ret->names.target, NAME_TEXT_MAX, parsed.prefix, parsed.prefix_bytes, "");
	return true;
}
