// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * route.c - see route.h.
 */
#include "analysis/route.h"

#include <string.h>

#include "trace_format.h"

static const char *const method_words[] = {
	[HTTP_METHOD_GET] = "get",     [HTTP_METHOD_POST] = "post",
	[HTTP_METHOD_PUT] = "put",     [HTTP_METHOD_DELETE] = "delete",
	[HTTP_METHOD_HEAD] = "head",   [HTTP_METHOD_OPTIONS] = "options",
	[HTTP_METHOD_PATCH] = "patch",
};

static bool is_word(const char *text, size_t bytes, const char *word)
{
	return strlen(word) == bytes && !memcmp(text, word, bytes);
}

static bool allows_method(const char *word, size_t bytes, uint8_t method)
{
	bool has_word = method < sizeof(method_words) / sizeof(method_words[0]) &&
			method_words[method];

	return is_word(word, bytes, "any") || !has_word ||
	       is_word(word, bytes, method_words[method]);
}

/* The segment after the slashes at *@next, which moves behind it; its length. */
static size_t next_segment(const char **next, const char **ret_segment)
{
	size_t bytes;

	*next += strspn(*next, "/");
	bytes = strcspn(*next, "/");
	*ret_segment = *next;
	*next += bytes;
	return bytes;
}

static bool allows_path(const char *route, const char *path)
{
	for (;;) {
		const char *wanted, *found;
		size_t wanted_bytes = next_segment(&route, &wanted);
		size_t found_bytes = next_segment(&path, &found);

		if (is_word(wanted, wanted_bytes, "*"))
			return true;
		/* What was too long to keep ends in "*". */
		if (is_word(found, found_bytes, "*") && !*path)
			return wanted_bytes > 0;
		if (!wanted_bytes || !found_bytes)
			return wanted_bytes == found_bytes;
		if (wanted[0] != ':' && !is_word(found, found_bytes, "*") &&
		    (wanted_bytes != found_bytes || memcmp(wanted, found, found_bytes)))
			return false;
	}
}

static const char prefix[] = "@http ";

bool route_is_named(const char *name)
{
	return name && !strncmp(name, prefix, sizeof(prefix) - 1);
}

bool route_allows(const char *name, uint8_t method, const char *path)
{
	const char *route;
	size_t bytes;

	if (!route_is_named(name))
		return true;
	name += sizeof(prefix) - 1;
	bytes = strcspn(name, " ");
	route = name + bytes + strspn(name + bytes, " ");
	if (!bytes || *route != '/')
		return true;
	return allows_method(name, bytes, method) && (!path || allows_path(route, path));
}
