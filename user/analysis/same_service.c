// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * same_service.c - see same_service.h. A word ends at '-' or '_'. What deployments put before or behind a
 * service's name (a stage, the cloud's name) is no service.
 */
#include "analysis/same_service.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define SEPARATORS "-_"
#define WORD_BYTES_MIN 3 /* of what names a service: "t-1" and "t-2" prove nothing */

static bool is_generic(const char *word, size_t bytes)
{
	static const char *const words[] = { "aws",  "beta",	"dev",	    "development",
					     "fn",   "func",	"function", "lambda",
					     "live", "preprod", "prod",	    "production",
					     "qa",   "sandbox", "stage",    "staging",
					     "test" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strlen(words[i]) == bytes && !strncasecmp(words[i], word, bytes))
			return true;
	return false;
}

static const char *find_service(const struct advice_options *options, const char *function)
{
	for (size_t i = 0; i < options->service_count; i++)
		if (!fnmatch(options->services[i].glob, function, 0))
			return options->services[i].name;
	return NULL;
}

/* The bytes of the words that both begin with; a whole name counts as words, too. */
static size_t common_words(const char *left, const char *right)
{
	size_t common = 0, i = 0;

	for (;; i++) {
		bool ends_left = !left[i] || strchr(SEPARATORS, left[i]);
		bool ends_right = !right[i] || strchr(SEPARATORS, right[i]);

		if (ends_left && ends_right)
			common = i;
		if (left[i] != right[i] || !left[i])
			return common;
	}
}

/* Whether some word of @prefix names something. */
static bool is_name(const char *prefix, size_t bytes)
{
	size_t at = 0;

	while (at < bytes) {
		size_t length = strcspn(prefix + at, SEPARATORS);

		if (length > bytes - at)
			length = bytes - at;
		if (length >= WORD_BYTES_MIN && !is_generic(prefix + at, length))
			return true;
		at += length + 1;
	}
	return false;
}

bool same_service(char *name, const struct advice_options *options, const char *caller,
		  const char *callee)
{
	const char *one = find_service(options, caller), *other = find_service(options, callee);
	size_t bytes;

	if (one || other) {
		if (!one || !other || strcmp(one, other) != 0)
			return false;
		snprintf(name, SERVICE_NAME_MAX, "%s", one);
		return true;
	}
	bytes = common_words(caller, callee);
	if (!is_name(caller, bytes))
		return false;
	snprintf(name, SERVICE_NAME_MAX, "%.*s", (int)bytes, caller);
	return true;
}
