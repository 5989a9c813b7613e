// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * price_plan_read.c - see price_plan_read.h. Each key is a row of a table: what it may hold, and which
 * member of struct price_plan it fills.
 */
#include "analysis/price_plan_read.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/decimal.h"
#include "base/json_read.h"
#include "base/nearest_name.h"
#include "base/utf8.h"

#define KEY_TEXT_MAX 64
#define PICO_DIGITS 12
#define SECONDS_PER_HOUR 3600

struct reader {
	const char *text;
	size_t bytes;
	const struct json_document *document;
	struct diag *diag;
	struct price_plan *plan;
};

struct member {
	const char *key;
	int (*read)(const struct reader *reader, const struct member *member,
		    const struct json_value *value);
	size_t offset;	    /* in struct price_plan */
	uint64_t min, max;  /* of a text: its bytes with the NUL */
	uint64_t factor;    /* of a price: to what is kept */
	unsigned int scale; /* of a price: digits behind the point that count */
	bool is_required;
};

/* ---- errors ---- */

static unsigned int line_of(const char *text, size_t offset)
{
	unsigned int line = 1;

	for (size_t i = 0; i < offset; i++)
		line += text[i] == '\n';
	return line;
}

static int fail(const struct reader *reader, const struct json_value *value, const char *key,
		const char *format, ...) __attribute__((format(printf, 4, 5)));

static int fail(const struct reader *reader, const struct json_value *value, const char *key,
		const char *format, ...)
{
	size_t offset = json_find_offset(reader->document, value, reader->text, reader->bytes);
	char reason[DIAG_TEXT_MAX / 2];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(reason, sizeof(reason), format, arguments);
	va_end(arguments);
	return diag_set(reader->diag, -EINVAL, "line %u: %s%s%s", line_of(reader->text, offset),
			key, key[0] ? ": " : "", reason);
}

/* ---- what a key may hold ---- */

static void *field_of(const struct reader *reader, const struct member *member)
{
	return (char *)reader->plan + member->offset;
}

static int read_text(const struct reader *reader, const struct member *member,
		     const struct json_value *value)
{
	const char *text = json_get_string(value);

	if (!text)
		return fail(reader, value, member->key, "is not a text");
	if (strlen(text) >= member->max)
		return fail(reader, value, member->key, "is longer than %llu bytes",
			    (unsigned long long)member->max - 1);
	if (!utf8_is_plain(text, strlen(text)))
		return fail(reader, value, member->key, "is not UTF-8 without control characters");
	if (member->is_required && !text[0])
		return fail(reader, value, member->key, "is empty");
	memcpy(field_of(reader, member), text, strlen(text) + 1);
	return 0;
}

static int read_name(const struct reader *reader, const struct member *member,
		     const struct json_value *value)
{
	const char *text = json_get_string(value);

	if (text && strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				 "._-") != strlen(text))
		return fail(reader, value, member->key,
			    "is not of letters, digits, points, hyphens and underscores");
	return read_text(reader, member, value);
}

/* The two whose value is given; @wanted says why. */
static int read_constant(const struct reader *reader, const struct member *member,
			 const struct json_value *value, const char *wanted)
{
	const char *text = json_get_string(value);

	if (!text || strcmp(text, wanted) != 0)
		return fail(reader, value, member->key, "is not \"%s\"", wanted);
	return 0;
}

static int read_schema(const struct reader *reader, const struct member *member,
		       const struct json_value *value)
{
	return read_constant(reader, member, value, PRICE_PLAN_SCHEMA);
}

/* What is printed is dollars. Prices in another currency are converted, and the note says how. */
static int read_currency(const struct reader *reader, const struct member *member,
			 const struct json_value *value)
{
	return read_constant(reader, member, value, "USD");
}

const char *price_basis_name(enum price_basis basis)
{
	return basis == PRICE_BY_ACTIVE_CPU ? "active-cpu" : "wall-clock";
}

static int read_basis(const struct reader *reader, const struct member *member,
		      const struct json_value *value)
{
	const char *text = json_get_string(value);

	for (unsigned int basis = PRICE_BY_WALL_CLOCK; basis <= PRICE_BY_ACTIVE_CPU; basis++) {
		if (!text || strcmp(text, price_basis_name(basis)) != 0)
			continue;
		reader->plan->basis = (enum price_basis)basis;
		return 0;
	}
	return fail(reader, value, member->key, "is neither \"%s\" nor \"%s\"",
		    price_basis_name(PRICE_BY_WALL_CLOCK), price_basis_name(PRICE_BY_ACTIVE_CPU));
}

static int read_bool(const struct reader *reader, const struct member *member,
		     const struct json_value *value)
{
	if (!json_get_bool(value, field_of(reader, member)))
		return fail(reader, value, member->key, "is neither true nor false");
	return 0;
}

/*
 * The number as its digits say, times 10^@scale. @key is that of @value, or of the list in which it is.
 */
static int read_number(const struct reader *reader, const char *key, const struct json_value *value,
		       unsigned int scale, uint64_t *ret_number)
{
	size_t offset = json_find_offset(reader->document, value, reader->text, reader->bytes);
	const char *text = reader->text + offset;
	size_t length = decimal_length(text, reader->bytes - offset);

	if (!length)
		return fail(reader, value, key, "is not a number");
	if (text[0] == '-')
		return fail(reader, value, key, "is negative");
	switch (decimal_parse(text, length, scale, UINT64_MAX, ret_number)) {
	case 0:
		return 0;
	case -ERANGE:
		return fail(reader, value, key, "is too large, or has too many digits");
	case -EDOM:
		if (!scale)
			return fail(reader, value, key, "is not a whole number");
		return fail(reader, value, key, "has more than %u digits behind the point", scale);
	default:
		return fail(reader, value, key, "is not a number");
	}
}

static int read_count(const struct reader *reader, const struct member *member,
		      const struct json_value *value, uint64_t *ret_count)
{
	int error = read_number(reader, member->key, value, 0, ret_count);

	if (error)
		return error;
	if (*ret_count < member->min)
		return fail(reader, value, member->key, "is below %llu",
			    (unsigned long long)member->min);
	if (*ret_count > member->max)
		return fail(reader, value, member->key, "is above %llu, which cannot be meant",
			    (unsigned long long)member->max);
	return 0;
}

static int read_u64(const struct reader *reader, const struct member *member,
		    const struct json_value *value)
{
	return read_count(reader, member, value, field_of(reader, member));
}

static int read_u32(const struct reader *reader, const struct member *member,
		    const struct json_value *value)
{
	uint64_t count = 0;
	int error = read_count(reader, member, value, &count);

	if (!error)
		*(uint32_t *)field_of(reader, member) = (uint32_t)(count * member->factor);
	return error;
}

static int read_pico(const struct reader *reader, const struct member *member,
		     const struct json_value *value, int64_t *ret_pico)
{
	uint64_t pico = 0;
	int error = read_number(reader, member->key, value, member->scale, &pico);

	if (error)
		return error;
	if (pico > member->max / member->factor)
		return fail(reader, value, member->key,
			    "is a price that cannot be meant: it is in dollars");
	*ret_pico = (int64_t)(pico * member->factor);
	return 0;
}

static int read_price(const struct reader *reader, const struct member *member,
		      const struct json_value *value)
{
	int64_t *field = field_of(reader, member);

	if (*field)
		return fail(reader, value, member->key,
			    "there is a price by the other unit already");
	return read_pico(reader, member, value, field);
}

/* ---- tiers ---- */

/* One of a tier's keys; @ret_value stays NULL where it is not there. */
static int find_in_tier(const struct reader *reader, const struct member *member,
			const struct json_value *tier, const char *key,
			const struct json_value **ret_value)
{
	for (const struct json_value *value = json_first(tier); value; value = json_next(value)) {
		if (strcmp(json_key(value), key) != 0)
			continue;
		if (*ret_value)
			return fail(reader, value, member->key, "a tier has %s twice", key);
		*ret_value = value;
	}
	return 0;
}

static int read_limit(const struct reader *reader, const struct member *member,
		      const struct json_value *tier, const struct json_value *limit)
{
	const struct member of_limit = { .key = member->key, .min = 1, .max = PRICE_MONTH_MAX };
	struct price_plan *plan = reader->plan;
	uint64_t above_gb_s = plan->tier_count ? plan->tiers[plan->tier_count - 1].limit_gb_s : 0;
	uint64_t limit_gb_s = 0;
	int error = 0;

	if (plan->tier_count && !above_gb_s)
		return fail(reader, tier, member->key, "a tier follows the one without up_to_gb_s");
	if (limit)
		error = read_count(reader, &of_limit, limit, &limit_gb_s);
	if (!error && limit && limit_gb_s <= above_gb_s)
		error = fail(reader, limit, member->key,
			     "up_to_gb_s is not above that of the tier before");
	plan->tiers[plan->tier_count].limit_gb_s = limit_gb_s;
	return error;
}

static int read_tier(const struct reader *reader, const struct member *member,
		     const struct json_value *tier)
{
	const struct json_value *limit = NULL, *price = NULL;
	struct price_plan *plan = reader->plan;
	int error;

	if (plan->tier_count == PRICE_TIERS_MAX)
		return fail(reader, tier, member->key, "has more than %d tiers", PRICE_TIERS_MAX);
	error = find_in_tier(reader, member, tier, "up_to_gb_s", &limit);
	if (!error)
		error = find_in_tier(reader, member, tier, "price", &price);
	if (error)
		return error;
	if (!price || json_count(tier) != (limit ? 2 : 1))
		return fail(reader, tier, member->key,
			    "a tier has price and, but for the last, up_to_gb_s");
	error = read_limit(reader, member, tier, limit);
	if (!error)
		error = read_pico(reader, member, price,
				  &plan->tiers[plan->tier_count].gb_hour_pico);
	plan->tier_count++;
	return error;
}

/* One price, or tiers of a month's GB-seconds. */
static int read_tiers(const struct reader *reader, const struct member *member,
		      const struct json_value *value)
{
	struct price_plan *plan = reader->plan;
	int error = 0;

	if (plan->tier_count)
		return fail(reader, value, member->key,
			    "there is a price by the other unit already");
	if (!json_is_array(value)) {
		plan->tier_count = 1;
		return read_pico(reader, member, value, &plan->tiers[0].gb_hour_pico);
	}
	for (const struct json_value *tier = json_first(value); tier && !error;
	     tier = json_next(tier))
		error = read_tier(reader, member, tier);
	if (!error && !plan->tier_count)
		error = fail(reader, value, member->key, "has no tier");
	if (!error && plan->tiers[plan->tier_count - 1].limit_gb_s)
		error = fail(reader, value, member->key,
			     "the last tier has a limit: what is above has no price");
	return error;
}

/* ---- the keys ---- */

#define FIELD(name) .offset = offsetof(struct price_plan, name)
#define BY_HOUR .scale = PICO_DIGITS, .factor = 1, .max = PRICE_HOUR_PICO_MAX
#define BY_SECOND .scale = PICO_DIGITS, .factor = SECONDS_PER_HOUR, .max = PRICE_HOUR_PICO_MAX
#define OF_A_MONTH .max = PRICE_MONTH_MAX
#define KIB 1024

static const struct member members[] = {
	{ "schema", read_schema, .is_required = true },
	{ "name", read_name, FIELD(name), .max = PRICE_PLAN_NAME_MAX, .is_required = true },
	{ "currency", read_currency, .is_required = true },
	{ "source", read_text, FIELD(source), .max = PRICE_PLAN_TEXT_MAX, .is_required = true },
	{ "note", read_text, FIELD(note), .max = PRICE_PLAN_TEXT_MAX },
	{ .key = "basis", .read = read_basis },
	{ "gb_second", read_tiers, BY_SECOND },
	{ "gb_hour", read_tiers, BY_HOUR },
	{ "cpu_second", read_price, FIELD(cpu_hour_pico), BY_SECOND },
	{ "cpu_hour", read_price, FIELD(cpu_hour_pico), BY_HOUR },
	{ "standby_gb_second", read_price, FIELD(standby_gb_hour_pico), BY_SECOND },
	{ "standby_gb_hour", read_price, FIELD(standby_gb_hour_pico), BY_HOUR },
	{ "million_requests", read_price, FIELD(request_pico), .scale = PICO_DIGITS - 6,
	  .factor = 1, .max = PRICE_REQUEST_PICO_MAX, .is_required = true },
	{ "event_first_kib", read_u32, FIELD(event_first_bytes), .min = 1, .max = 1 << 20,
	  .factor = KIB },
	{ "event_further_kib", read_u32, FIELD(event_further_bytes), .min = 1, .max = 1 << 20,
	  .factor = KIB },
	{ "init_billed", read_bool, FIELD(is_init_billed), .is_required = true },
	{ "round_up_ms", read_u32, FIELD(granularity_ms), .min = 1, .max = PRICE_ROUND_MS_MAX,
	  .factor = 1 },
	{ "minimum_ms", read_u32, FIELD(minimum_ms), .max = PRICE_ROUND_MS_MAX, .factor = 1 },
	{ "memory_step_mb", read_u32, FIELD(memory_granularity_mb), .min = 1, .max = 10240,
	  .factor = 1 },
	{ "free_requests", read_u64, FIELD(free_requests), OF_A_MONTH },
	{ "free_gb_seconds", read_u64, FIELD(free_gb_s), OF_A_MONTH },
	{ "free_cpu_ms", read_u64, FIELD(free_cpu_ms), OF_A_MONTH },
};

#define MEMBER_COUNT (sizeof(members) / sizeof(members[0]))

static int fail_unknown(const struct reader *reader, const struct json_value *value)
{
	const char *key = json_key(value);
	struct nearest_name nearest;
	int error;

	if (strlen(key) > KEY_TEXT_MAX || !utf8_is_plain(key, strlen(key)))
		return fail(reader, value, "", "there is no such key in a price plan");
	error = fail(reader, value, key, "there is no such key in a price plan");
	nearest_name_init(&nearest, key);
	for (size_t i = 0; i < MEMBER_COUNT; i++)
		nearest_name_offer(&nearest, members[i].key);
	if (nearest.nearest)
		diag_hint(reader->diag, "did you mean %s?", nearest.nearest);
	return error;
}

static int read_member(const struct reader *reader, const struct json_value *value, uint64_t *seen)
{
	for (size_t i = 0; i < MEMBER_COUNT; i++) {
		if (strcmp(members[i].key, json_key(value)) != 0)
			continue;
		if (*seen & 1ull << i)
			return fail(reader, value, members[i].key, "is there twice");
		*seen |= 1ull << i;
		return members[i].read(reader, &members[i], value);
	}
	return fail_unknown(reader, value);
}

/* What one key says must fit what others say. */
static int check_together(const struct reader *reader, const struct json_value *root)
{
	const struct price_plan *plan = reader->plan;

	if (!plan->event_first_bytes != !plan->event_further_bytes)
		return fail(reader, root,
			    plan->event_first_bytes ? "event_further_kib" : "event_first_kib",
			    "is missing: the two belong together");
	if (plan->basis == PRICE_BY_ACTIVE_CPU && !plan->cpu_hour_pico)
		return fail(reader, root, "basis",
			    "active-cpu without a price: cpu_hour or cpu_second");
	if (plan->basis == PRICE_BY_WALL_CLOCK && plan->cpu_hour_pico)
		return fail(reader, root, "basis",
			    "a price of CPU time needs \"basis\": \"active-cpu\"");
	return 0;
}

static int read_plan(const struct reader *reader)
{
	const struct json_value *root = json_root(reader->document);
	uint64_t seen = 0;
	int error = 0;

	if (!json_is_object(root))
		return fail(reader, root, "", "is not a JSON object");
	for (const struct json_value *value = json_first(root); value && !error;
	     value = json_next(value))
		error = read_member(reader, value, &seen);
	for (size_t i = 0; i < MEMBER_COUNT && !error; i++)
		if (members[i].is_required && !(seen & 1ull << i))
			error = fail(reader, root, members[i].key, "is missing");
	return error ? error : check_together(reader, root);
}

int price_plan_parse(struct price_plan *ret_plan, const char *text, size_t bytes, struct diag *diag)
{
	struct price_plan plan = { .granularity_ms = 1, .memory_granularity_mb = 1 };
	struct reader reader = { .text = text, .bytes = bytes, .plan = &plan };
	struct json_document *document;
	struct diag why = { 0 };
	int error;

	reader.diag = diag ? diag : &why;
	if (bytes > PRICE_PLAN_BYTES_MAX)
		return diag_set(diag, -E2BIG, "is larger than %u bytes", PRICE_PLAN_BYTES_MAX);
	error = json_parse(&document, text, bytes, &why);
	if (error && why.has_offset)
		return diag_set(diag, error, "line %u: %s",
				line_of(text, why.offset < bytes ? why.offset : bytes), why.text);
	if (error)
		return diag_set(diag, error, "%s", why.text);
	reader.document = document;
	error = read_plan(&reader);
	json_document_free(document);
	if (!error)
		*ret_plan = plan;
	return error;
}
