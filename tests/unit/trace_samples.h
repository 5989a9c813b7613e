/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * trace_samples.h - facts for tests: every kind with every member set, and with none that may be
 * absent. Driven by the tables of fact_schema.h, so that new members are tested without being named
 * here.
 */
#ifndef IDLETAX_TESTS_TRACE_SAMPLES_H
#define IDLETAX_TESTS_TRACE_SAMPLES_H

#include <string.h>

#include "trace/fact_schema.h"

static inline uint64_t sample_number(const struct fact_field *field, unsigned int row)
{
	/* The largest that fits, but for one in three. */
	uint64_t largest = field->bytes == 8 ? UINT64_MAX : (1ull << (8 * field->bytes)) - 1;

	return row % 3 ? largest - row : row + 1;
}

static inline void sample_member(const struct fact_field *field, unsigned int row,
				 struct fact *fact)
{
	static const char *const texts[] = { "plain", "",
					     "with \"quotes\" \\ and\n\r\t\x01\x7f lines",
					     "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80 # = ," };
	struct digest *digest;

	switch (field->type) {
	case FIELD_TIME:
		/* In the order of the rows: woken before on, first before last, from before to. */
		field_set_number(field, fact, fact->time_ns - 1000 + row);
		break;
	case FIELD_BOOL:
		*(bool *)field_at_mutable(field, fact) = true;
		break;
	case FIELD_ENUM:
		field_set_number(field, fact, field->names->count - 1);
		break;
	case FIELD_FLAGS:
		field_set_number(field, fact, (1ull << field->names->count) - 1);
		break;
	case FIELD_STRING:
		field_set_string(field, fact, texts[row % 4]);
		break;
	case FIELD_ADDRESS:
		memset(field_at_mutable(field, fact), 0x20 + (int)row, FACT_ADDRESS_BYTES);
		break;
	case FIELD_DIGEST:
		digest = field_at_mutable(field, fact);
		digest->value = UINT64_MAX - row;
		digest->bytes = 5000 + row;
		digest->flags = row % 2 ? DIGEST_IS_PREFIX : 0;
		break;
	default:
		field_set_number(field, fact, sample_number(field, row));
	}
}

/* Every member set. */
static inline void sample_full(struct fact *fact, enum fact_kind kind, uint64_t time_ns)
{
	const struct fact_schema *schema = fact_schema_find(kind);

	memset(fact, 0, sizeof(*fact));
	fact->kind = kind;
	fact->time_ns = time_ns;
	fact->tgid = 4000000000u;
	fact->tid = 4000000001u;
	for (unsigned int i = 0; i < schema->field_count; i++)
		sample_member(&schema->fields[i], i, fact);
	if (kind == FACT_CONNECTION)
		fact->connection.family = CONNECTION_INET6;
}

/* Nothing set but enumerations that have no value 0. */
static inline void sample_empty(struct fact *fact, enum fact_kind kind, uint64_t time_ns)
{
	const struct fact_schema *schema = fact_schema_find(kind);

	memset(fact, 0, sizeof(*fact));
	fact->kind = kind;
	fact->time_ns = time_ns;
	for (unsigned int i = 0; i < schema->field_count; i++) {
		const struct fact_field *field = &schema->fields[i];

		if (field->type == FIELD_ENUM && !field->names->names[0])
			field_set_number(field, fact, 1);
	}
	if (kind == FACT_HTTP_FUNCTION) {
		fact->http_function.port = 1;
		fact->http_function.function = "f";
	}
	if (kind == FACT_NATIVE_CALL)
		fact->native_call.function = "f";
}

static inline bool sample_is_same_member(const struct fact_field *field, const struct fact *left,
					 const struct fact *right)
{
	const char *a, *b;

	switch (field->type) {
	case FIELD_STRING:
		a = field_get_string(field, left);
		b = field_get_string(field, right);
		return a == b || (a && b && strcmp(a, b) == 0);
	case FIELD_DIGEST: {
		const struct digest *x = field_at(field, left), *y = field_at(field, right);

		return x->value == y->value && x->bytes == y->bytes && x->flags == y->flags;
	}
	default:
		return memcmp(field_at(field, left), field_at(field, right), field->bytes) == 0;
	}
}

static inline bool sample_is_same(const struct fact *left, const struct fact *right)
{
	const struct fact_schema *schema = fact_schema_find(left->kind);

	if (left->kind != right->kind || left->time_ns != right->time_ns ||
	    left->tgid != right->tgid || left->tid != right->tid)
		return false;
	for (unsigned int i = 0; i < schema->field_count; i++)
		if (!sample_is_same_member(&schema->fields[i], left, right))
			return false;
	return true;
}

#endif
