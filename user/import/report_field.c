// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * report_field.c - see report_field.h. Numbers are decimals without sign and exponent: what is printed as
 * milliseconds becomes nanoseconds exactly; digits beyond those are dropped.
 */
#include "import/report_field.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "base/units.h"

/* Beyond these no Lambda has ever been: eleven days, and ten TB. */
#define DURATION_MS_MAX 1000000000ull
#define MEMORY_MB_MAX 10000000ull

#define SHOWN_BYTES 40 /* of what is wrong */

const struct report_key report_keys[REPORTED_COUNT] = {
	{ "Duration", "durationMs", REPORTED_DURATION },
	{ "Billed Duration", "billedDurationMs", REPORTED_BILLED },
	{ "Init Duration", "initDurationMs", REPORTED_INIT },
	{ "Memory Size", "memorySizeMB", REPORTED_MEMORY },
	{ "Max Memory Used", "maxMemoryUsedMB", REPORTED_MAX_MEMORY },
};

static bool is_time(enum reported_member member)
{
	return member <= REPORTED_INIT;
}

const struct report_key *report_key_find(const char *key, size_t bytes)
{
	for (size_t i = 0; i < REPORTED_COUNT; i++)
		if (strlen(report_keys[i].text) == bytes &&
		    !memcmp(report_keys[i].text, key, bytes))
			return &report_keys[i];
	return NULL;
}

const char *report_key_unit(const struct report_key *key)
{
	return is_time(key->member) ? "ms" : "MB";
}

/* How much of @text can be shown: what is longer, or not printable, is cut there. */
static int shown(const char *text, size_t bytes)
{
	int length = 0;

	while ((size_t)length < bytes && length < SHOWN_BYTES &&
	       isprint((unsigned char)text[length]))
		length++;
	return length;
}

/* In millionths. False: no number, or a larger one than @max. */
static bool parse_decimal(const char *text, size_t bytes, uint64_t max, uint64_t *ret_millionths)
{
	uint64_t whole = 0, millionths = 0, weight = 100000;
	size_t at = 0;

	for (; at < bytes && isdigit((unsigned char)text[at]); at++) {
		whole = whole * 10 + (uint64_t)(text[at] - '0');
		if (whole > max)
			return false;
	}
	if (!at)
		return false;
	if (at < bytes && text[at] == '.') {
		size_t first = ++at;

		for (; at < bytes && isdigit((unsigned char)text[at]); at++, weight /= 10)
			millionths += weight * (uint64_t)(text[at] - '0');
		if (at == first)
			return false;
	}
	if (at != bytes)
		return false;
	*ret_millionths = whole * 1000000 + millionths;
	return true;
}

int report_field_set(struct reported_figures *figures, const struct report_key *key,
		     const char *number, size_t bytes, struct diag *diag)
{
	uint64_t max = is_time(key->member) ? DURATION_MS_MAX : MEMORY_MB_MAX, millionths;
	uint32_t bit = 1u << key->member;

	if (figures->known & bit)
		return diag_set(diag, -EINVAL, "%s is told twice", key->text);
	if (!parse_decimal(number, bytes, max, &millionths))
		return diag_set(diag, -EINVAL, "%s: \"%.*s\" is no number from 0 to %llu",
				key->text, shown(number, bytes), number, (unsigned long long)max);
	if (!is_time(key->member) && millionths % 1000000)
		return diag_set(diag, -EINVAL, "%s: \"%.*s\" is no whole number", key->text,
				shown(number, bytes), number);
	figures->known |= bit;
	/* A millionth of a millisecond is a nanosecond. */
	figures->values[key->member] = is_time(key->member) ? millionths : millionths / 1000000;
	return 0;
}

int report_id_set(struct reported *reported, const char *id, size_t bytes, struct diag *diag)
{
	if (!bytes)
		return diag_set(diag, -EINVAL, "a REPORT without a request id");
	if (bytes >= sizeof(reported->request_id))
		return diag_set(diag, -EINVAL, "a request id of %zu bytes", bytes);
	for (size_t i = 0; i < bytes; i++)
		if (!isgraph((unsigned char)id[i]))
			return diag_set(diag, -EINVAL, "a request id with the byte 0x%02x",
					(unsigned char)id[i]);
	memcpy(reported->request_id, id, bytes);
	reported->request_id[bytes] = '\0';
	return 0;
}
