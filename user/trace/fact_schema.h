/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * fact_schema.h - the members of every fact kind as tables: the encoder, the decoder and the text
 * form are all driven by them, so a new member is one row and a new kind one table (and a row in
 * include/README.md). The position of a row is its number in the file: append only.
 */
#ifndef IDLETAX_TRACE_FACT_SCHEMA_H
#define IDLETAX_TRACE_FACT_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/fact.h"

enum field_type {
	FIELD_NUMBER, /* unsigned, of `bytes` 1, 2, 4 or 8 */
	FIELD_TIME,   /* uint64_t nanoseconds */
	FIELD_BOOL,
	FIELD_ENUM,    /* uint8_t with a name; values without one are invalid */
	FIELD_FLAGS,   /* bits with names, of `bytes` 1 or 4; bits without one are invalid */
	FIELD_STRING,  /* const char *, NULL absent */
	FIELD_ADDRESS, /* FACT_ADDRESS_BYTES */
	FIELD_DIGEST,  /* struct digest */
};

/* Names by value (enumerations) or by bit (flags); NULL where there is none. */
struct field_names {
	const char *const *names;
	unsigned int count;
};

struct fact_field {
	const char *name;		 /* in the text form; unique in its kind */
	uint16_t offset;		 /* in struct fact */
	uint8_t type;			 /* enum field_type */
	uint8_t bytes;			 /* of the member */
	const struct field_names *names; /* FIELD_ENUM, FIELD_FLAGS */
};

#define FACT_FIELDS_MAX 64 /* the presence mask has 64 bits */

struct fact_schema {
	const char *name; /* NULL: no such kind */
	const struct fact_field *fields;
	unsigned int field_count;
	unsigned int end_offset; /* of the kind's last member in struct fact */
};

/* The schema of a kind, or NULL where the number is no kind. */
const struct fact_schema *fact_schema_find(unsigned int kind);
/* By name, of @length bytes; 0 where there is none. */
enum fact_kind fact_kind_find(const char *name, size_t length);

/* Value (or bit) of a name of @length bytes, or -1. */
int field_names_find(const struct field_names *names, const char *name, size_t length);

/*
 * NULL where @fact keeps what fact.h and include/README.md promise, else what it breaks: valid
 * enumerations and flags, order of its times, addresses that fit the family.
 * Strings may be anything that is NUL-terminated.
 */
const char *fact_check(const struct fact *fact);

/* Members by their field: what numbers of all sizes have in common. */
uint64_t field_get_number(const struct fact_field *field, const struct fact *fact);
void field_set_number(const struct fact_field *field, struct fact *fact, uint64_t value);
const char *field_get_string(const struct fact_field *field, const struct fact *fact);
void field_set_string(const struct fact_field *field, struct fact *fact, const char *value);

static inline const void *field_at(const struct fact_field *field, const struct fact *fact)
{
	return (const uint8_t *)fact + field->offset;
}

static inline void *field_at_mutable(const struct fact_field *field, struct fact *fact)
{
	return (uint8_t *)fact + field->offset;
}

#endif
