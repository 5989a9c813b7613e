/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * lambda_name.c - takes a function's name apart. The grammar is that of the Lambda API:
 *
 *   [arn:PARTITION:lambda:] [REGION:] [ACCOUNT:] [function:] NAME [:QUALIFIER]
 *
 * In an ARN all parts are there, though an emulator may leave region and account empty.
 */
#include "base/lambda_name.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/hex.h"

#define PARTS_MAX 8 /* of an ARN with its qualifier */
#define ACCOUNT_DIGITS 12

/* Copies @text into @ret (LAMBDA_NAME_MAX bytes) without percent encoding. */
static int copy_decoded(char *ret, const char *text, size_t bytes, bool is_encoded)
{
	size_t used = 0;

	for (size_t i = 0; i < bytes; i++) {
		char character = text[i];

		if (is_encoded && character == '%') {
			int high = i + 2 < bytes ? hex_digit(text[i + 1]) : -1;
			int low = high >= 0 ? hex_digit(text[i + 2]) : -1;

			if (low < 0)
				return -EINVAL;
			character = (char)(high << 4 | low);
			i += 2;
		}
		if (used + 1 >= LAMBDA_NAME_MAX || (unsigned char)character <= ' ' ||
		    character == 0x7f)
			return -EINVAL;
		ret[used++] = character;
	}
	ret[used] = 0;
	return used ? 0 : -EINVAL;
}

static bool is_account(const char *part)
{
	return strlen(part) == ACCOUNT_DIGITS && strspn(part, "0123456789") == ACCOUNT_DIGITS;
}

/* Such as eu-west-1, us-gov-east-1: two letters, words, a digit. */
static bool is_region(const char *part)
{
	size_t length = strlen(part);

	return length >= 6 && islower((unsigned char)part[0]) && islower((unsigned char)part[1]) &&
	       part[2] == '-' && part[length - 2] == '-' &&
	       isdigit((unsigned char)part[length - 1]) &&
	       strspn(part, "abcdefghijklmnopqrstuvwxyz-") == length - 1;
}

static bool is_name(const char *part, const char *further)
{
	if (!*part)
		return false;
	for (; *part; part++)
		if (!isalnum((unsigned char)*part) && !strchr(further, *part))
			return false;
	return true;
}

int lambda_name_parse(struct lambda_name *ret_name, const char *text, size_t bytes, bool is_encoded)
{
	struct lambda_name name = { 0 };
	char copy[LAMBDA_NAME_MAX];
	const char *parts[PARTS_MAX];
	size_t count = 0, next = 0;
	char *rest = copy;
	bool is_arn;

	if (copy_decoded(copy, text, bytes, is_encoded))
		return -EINVAL;
	is_arn = strncmp(copy, "arn:", 4) == 0;
	if (is_arn)
		memcpy(name.arn, copy, sizeof(copy));
	while (rest) {
		if (count == PARTS_MAX)
			return -EINVAL;
		parts[count++] = strsep(&rest, ":");
	}
	if (is_arn) {
		if (count < 7 || strcmp(parts[2], "lambda") != 0 ||
		    strcmp(parts[5], "function") != 0)
			return -EINVAL;
		next = 6;
	} else {
		next += next + 1 < count && is_region(parts[next]);
		next += next + 1 < count && is_account(parts[next]);
		next += next + 1 < count && strcmp(parts[next], "function") == 0;
	}
	if (count - next > 2 || !is_name(parts[next], "-_."))
		return -EINVAL;
	snprintf(name.function, sizeof(name.function), "%s", parts[next]);
	if (count - next == 2) {
		if (!is_name(parts[next + 1], "-_$."))
			return -EINVAL;
		snprintf(name.qualifier, sizeof(name.qualifier), "%s", parts[next + 1]);
	}
	*ret_name = name;
	return 0;
}
