/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * sql.c - skips what may stand before a statement: space, comments, opening parentheses.
 */
#include "wire/sql.h"

#include <string.h>
#include <strings.h>

static const char *const keywords[] = {
	"SELECT",     "INSERT",	  "UPDATE",   "DELETE",	 "BEGIN",    "COMMIT",	   "ROLLBACK",
	"WITH",	      "SET",	  "SHOW",     "START",	 "END",	     "ABORT",	   "SAVEPOINT",
	"RELEASE",    "CALL",	  "DO",	      "EXECUTE", "PREPARE",  "DEALLOCATE", "DECLARE",
	"FETCH",      "MOVE",	  "CLOSE",    "COPY",	 "MERGE",    "REPLACE",	   "VALUES",
	"TABLE",      "CREATE",	  "ALTER",    "DROP",	 "TRUNCATE", "GRANT",	   "REVOKE",
	"LISTEN",     "UNLISTEN", "NOTIFY",   "LOCK",	 "UNLOCK",   "RESET",	   "DISCARD",
	"EXPLAIN",    "ANALYZE",  "VACUUM",   "REINDEX", "CLUSTER",  "REFRESH",	   "COMMENT",
	"CHECKPOINT", "USE",	  "DESCRIBE", "DESC",	 "LOAD",     "IMPORT",	   "REASSIGN",
	"SECURITY",   "XA",	  "KILL",     "FLUSH",	 "OPTIMIZE", "CHECK",	   "REPAIR",
	"HANDLER",    "RENAME",
};

static size_t skip_line(const uint8_t *text, size_t bytes, size_t at)
{
	const uint8_t *end = memchr(text + at, '\n', bytes - at);

	return end ? (size_t)(end - text) + 1 : bytes;
}

static size_t skip_comment(const uint8_t *text, size_t bytes, size_t at)
{
	const uint8_t *end = memmem(text + at, bytes - at, "*/", 2);

	return end ? (size_t)(end - text) + 2 : bytes;
}

static size_t statement_start(const uint8_t *text, size_t bytes)
{
	size_t at = 0;

	while (at < bytes) {
		if (memchr(" \t\r\n\f(;", text[at], 7))
			at++;
		else if (bytes - at > 1 && memcmp(text + at, "--", 2) == 0)
			at = skip_line(text, bytes, at);
		else if (bytes - at > 1 && memcmp(text + at, "/*", 2) == 0)
			at = skip_comment(text, bytes, at + 2);
		else
			break;
	}
	return at;
}

static int is_letter(uint8_t byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_';
}

const char *sql_keyword(const uint8_t *text, size_t bytes)
{
	size_t start = statement_start(text, bytes), end = start;

	while (end < bytes && is_letter(text[end]))
		end++;
	for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++)
		if (strlen(keywords[i]) == end - start &&
		    strncasecmp(keywords[i], (const char *)text + start, end - start) == 0)
			return keywords[i];
	return NULL;
}
