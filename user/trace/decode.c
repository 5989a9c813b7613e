/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * decode.c - the reverse of encode.c, trusting nothing: every length, index, number range,
 * enumeration and order of times is checked before a fact is handed out. Members and kinds that
 * this version does not know are skipped by their lengths; values it does not know are wrong,
 * unless the file is newer.
 */
#include "trace/decode.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "trace/fact_schema.h"

bool decode_varint(const uint8_t **next, const uint8_t *end, uint64_t *ret_value)
{
	const uint8_t *byte = *next;
	uint64_t value = 0;

	if (byte < end && *byte < 0x80) {
		*ret_value = *byte;
		*next = byte + 1;
		return true;
	}
	for (unsigned int shift = 0; shift < 64 && byte < end; shift += 7, byte++) {
		if (shift == 63 && *byte > 1)
			return false;
		value |= (uint64_t)(*byte & 0x7f) << shift;
		if (*byte < 0x80) {
			*ret_value = value;
			*next = byte + 1;
			return true;
		}
	}
	return false;
}

bool decode_string(const uint8_t **next, const uint8_t *end, const char **ret_text)
{
	const char *text;
	uint64_t length;

	if (!decode_varint(next, end, &length) || length > TRACE_STRING_MAX ||
	    length >= (uint64_t)(end - *next))
		return false;
	text = (const char *)*next;
	if (text[length] != 0 || memchr(text, 0, length) || !utf8_is_valid(text, length))
		return false;
	*ret_text = text;
	*next += length + 1;
	return true;
}

void chunk_decoder_init(struct chunk_decoder *decoder)
{
	memset(decoder, 0, sizeof(*decoder));
}

void chunk_decoder_release(struct chunk_decoder *decoder)
{
	free(decoder->strings);
	chunk_decoder_init(decoder);
}

static int reserve_strings(struct chunk_decoder *decoder, size_t count)
{
	const char **strings;

	if (count <= decoder->string_capacity)
		return 0;
	strings = realloc(decoder->strings, count * sizeof(*strings));
	if (!strings)
		return -ENOMEM;
	decoder->strings = strings;
	decoder->string_capacity = count;
	return 0;
}

int chunk_decoder_begin(struct chunk_decoder *decoder, const struct plain_chunk *chunk,
			struct diag *diag)
{
	uint64_t count;
	int error;

	decoder->plain = chunk->data;
	decoder->next = chunk->data;
	decoder->end = chunk->data + chunk->bytes;
	decoder->string_count = 0;
	decoder->facts_left = chunk->header->facts;
	decoder->first_ns = chunk->header->first_ns;
	decoder->last_ns = chunk->header->last_ns;
	decoder->time_ns = chunk->header->first_ns;
	decoder->file_offset = chunk->file_offset;
	decoder->is_newer = chunk->is_newer;
	/* A string takes two bytes at least, so what is allocated is bounded by what is there. */
	if (!decode_varint(&decoder->next, decoder->end, &count) || count > chunk->bytes / 2)
		return diag_set_at(diag, -EBADMSG, chunk->file_offset,
				   "the chunk's string table has an impossible length");
	error = reserve_strings(decoder, count);
	if (error)
		return diag_set(diag, error, "out of memory");
	for (uint64_t i = 0; i < count; i++)
		if (!decode_string(&decoder->next, decoder->end, &decoder->strings[i]))
			return diag_set_at(diag, -EBADMSG, chunk->file_offset,
					   "string %llu of the chunk is not valid",
					   (unsigned long long)i);
	decoder->string_count = (uint32_t)count;
	return 0;
}

static bool decode_address(const uint8_t **next, const uint8_t *end, uint8_t *ret_address)
{
	size_t bytes;

	if (*next == end)
		return false;
	bytes = *(*next)++;
	if ((bytes != 4 && bytes != FACT_ADDRESS_BYTES) || bytes > (size_t)(end - *next))
		return false;
	memcpy(ret_address, *next, bytes);
	*next += bytes;
	return true;
}

static bool decode_digest(const uint8_t **next, const uint8_t *end, struct digest *ret_digest)
{
	uint64_t flags;

	if (end - *next < 8)
		return false;
	ret_digest->value = 0;
	for (unsigned int i = 0; i < 8; i++)
		ret_digest->value |= (uint64_t)(*next)[i] << (8 * i);
	*next += 8;
	if (!decode_varint(next, end, &ret_digest->bytes) || !decode_varint(next, end, &flags) ||
	    flags > UINT8_MAX)
		return false;
	ret_digest->flags = (uint8_t)flags;
	return true;
}

/* NULL, or why the member is wrong. */
static const char *decode_member(struct chunk_decoder *decoder, const uint8_t **next,
				 const uint8_t *end, const struct fact_field *field)
{
	struct fact *fact = decoder->fact;
	uint64_t value;

	switch (field->type) {
	case FIELD_BOOL:
		*(bool *)field_at_mutable(field, fact) = true;
		return NULL;
	case FIELD_ADDRESS:
		if (!decode_address(next, end, field_at_mutable(field, fact)))
			return "bad address";
		return NULL;
	case FIELD_DIGEST:
		if (!decode_digest(next, end, field_at_mutable(field, fact)))
			return "bad digest";
		return NULL;
	default:
		break;
	}
	if (!decode_varint(next, end, &value))
		return "bad number";
	if (field->type == FIELD_STRING) {
		if (value >= decoder->string_count)
			return "no such string in the chunk";
		field_set_string(field, fact, decoder->strings[value]);
		return NULL;
	}
	if (field->type == FIELD_TIME) {
		/* Modulo 2^64; fact_check finds times that wrapped where they have an order. */
		value = fact->time_ns - (value >> 1 ^ (0 - (value & 1)));
	} else if (field->bytes < 8 && value >> (8 * field->bytes)) {
		return "number too large";
	}
	field_set_number(field, fact, value);
	return NULL;
}

static const char *decode_body(struct chunk_decoder *decoder, const struct fact_schema *schema,
			       const uint8_t *next, const uint8_t *end)
{
	struct fact *fact = decoder->fact;
	uint64_t mask, delta, tgid, tid;

	if (!decode_varint(&next, end, &mask) || !decode_varint(&next, end, &delta) ||
	    !decode_varint(&next, end, &tgid) || !decode_varint(&next, end, &tid))
		return "it is cut";
	if (tgid > UINT32_MAX || tid > UINT32_MAX)
		return "process or thread id too large";
	delta = delta >> 1 ^ (0 - (delta & 1));
	if (delta >> 63 || delta > decoder->last_ns - decoder->time_ns)
		return "its time is not in order";
	fact->time_ns = decoder->time_ns + delta;
	decoder->time_ns = fact->time_ns;
	fact->tgid = (uint32_t)tgid;
	fact->tid = (uint32_t)tid;
	for (unsigned int i = 0; i < schema->field_count; i++) {
		const char *problem;

		if (!(mask >> i & 1))
			continue;
		problem = decode_member(decoder, &next, end, &schema->fields[i]);
		if (problem)
			return problem;
	}
	return NULL;
}

/* 1: a fact, 0: skip it, negative: wrong. */
static int decode_fact(struct chunk_decoder *decoder, const uint8_t **ret_start,
		       const char **ret_problem)
{
	const struct fact_schema *schema;
	uint64_t kind, bytes;
	const uint8_t *body;

	*ret_start = decoder->next;
	*ret_problem = "it is cut";
	if (!decode_varint(&decoder->next, decoder->end, &kind) ||
	    !decode_varint(&decoder->next, decoder->end, &bytes) ||
	    bytes > (uint64_t)(decoder->end - decoder->next))
		return -EBADMSG;
	body = decoder->next;
	decoder->next += bytes;
	schema = kind < FACT_KIND_END ? fact_schema_find((unsigned int)kind) : NULL;
	if (!schema) {
		*ret_problem = "it has a kind that does not exist";
		return kind && decoder->is_newer ? 0 : -EBADMSG;
	}
	memset(decoder->fact, 0, schema->end_offset);
	decoder->fact->kind = (enum fact_kind)kind;
	*ret_problem = decode_body(decoder, schema, body, decoder->next);
	if (*ret_problem)
		return -EBADMSG;
	*ret_problem = fact_check(decoder->fact);
	if (*ret_problem)
		return decoder->is_newer ? 0 : -EBADMSG;
	return 1;
}

/* Into decoder->fact. 1, 0 at the chunk's end, -EBADMSG with @diag. */
static int decode_next(struct chunk_decoder *decoder, struct diag *diag)
{
	while (decoder->facts_left) {
		const char *problem;
		const uint8_t *start;
		int result = decode_fact(decoder, &start, &problem);

		if (result < 0)
			return diag_set_at(diag, result, decoder->file_offset,
					   "the fact at byte %zu of the chunk is not valid: %s",
					   (size_t)(start - decoder->plain), problem);
		decoder->facts_left--;
		if (result)
			return 1;
		decoder->unknown_facts++;
	}
	if (decoder->next != decoder->end)
		return diag_set_at(diag, -EBADMSG, decoder->file_offset,
				   "the chunk holds more than it says");
	return 0;
}

int chunk_decoder_next(struct chunk_decoder *decoder, const struct fact **ret_fact,
		       struct diag *diag)
{
	int result;

	decoder->fact = decoder->facts;
	result = decode_next(decoder, diag);
	if (result > 0)
		*ret_fact = decoder->fact;
	return result;
}

int chunk_decoder_next_block(struct chunk_decoder *decoder, const struct fact **ret_facts,
			     struct diag *diag)
{
	int count = 0;

	*ret_facts = decoder->facts;
	while (count < CHUNK_DECODER_BLOCK) {
		const uint8_t *next = decoder->next;
		uint32_t facts_left = decoder->facts_left;
		uint64_t time_ns = decoder->time_ns, unknown_facts = decoder->unknown_facts;
		int result;

		decoder->fact = &decoder->facts[count];
		result = decode_next(decoder, diag);
		if (result <= 0 && !count)
			return result;
		if (result < 0) { /* for the next call to find */
			decoder->next = next;
			decoder->facts_left = facts_left;
			decoder->time_ns = time_ns;
			decoder->unknown_facts = unknown_facts;
		}
		if (result <= 0)
			break;
		count++;
	}
	return count;
}
