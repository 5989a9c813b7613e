/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * encode.c - one fact: kind, length of the rest, presence mask, time as distance to the fact
 * before, process, thread, then the members whose bits are set, in the order of their table.
 * Members that are zero are absent. A string is its number in the chunk's table.
 */
#include "trace/encode.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash_map.h"
#include "base/utf8.h"
#include "trace/fact_schema.h"

#define SLOTS_FIRST 1024u
#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

int chunk_encoder_init(struct chunk_encoder *encoder)
{
	memset(encoder, 0, sizeof(*encoder));
	buffer_init(&encoder->strings, TRACE_CHUNK_PLAIN_MAX);
	buffer_init(&encoder->facts, TRACE_CHUNK_PLAIN_MAX);
	encoder->slots = calloc(SLOTS_FIRST, sizeof(*encoder->slots));
	encoder->string_offsets = malloc(SLOTS_FIRST / 2 * sizeof(*encoder->string_offsets));
	encoder->string_lengths = malloc(SLOTS_FIRST / 2 * sizeof(*encoder->string_lengths));
	encoder->slot_capacity = SLOTS_FIRST;
	if (encoder->slots && encoder->string_offsets && encoder->string_lengths)
		return 0;
	chunk_encoder_release(encoder);
	return -ENOMEM;
}

void chunk_encoder_release(struct chunk_encoder *encoder)
{
	buffer_release(&encoder->strings);
	buffer_release(&encoder->facts);
	free(encoder->slots);
	free(encoder->string_offsets);
	free(encoder->string_lengths);
	memset(encoder, 0, sizeof(*encoder));
}

void chunk_encoder_clear(struct chunk_encoder *encoder)
{
	buffer_clear(&encoder->strings);
	buffer_clear(&encoder->facts);
	if (encoder->string_count)
		memset(encoder->slots, 0, encoder->slot_capacity * sizeof(*encoder->slots));
	encoder->string_count = 0;
	encoder->fact_count = 0;
	encoder->first_ns = 0;
	encoder->last_ns = 0;
}

size_t chunk_encoder_prefix(const struct chunk_encoder *encoder, uint8_t *ret_prefix)
{
	uint32_t value = encoder->string_count;
	size_t bytes = 0;

	for (; value >= 0x80; value >>= 7)
		ret_prefix[bytes++] = (uint8_t)value | 0x80;
	ret_prefix[bytes++] = (uint8_t)value;
	return bytes;
}

size_t chunk_encoder_bytes(const struct chunk_encoder *encoder)
{
	uint8_t prefix[10];

	return chunk_encoder_prefix(encoder, prefix) + encoder->strings.bytes +
	       encoder->facts.bytes;
}

static int grow_slots(struct chunk_encoder *encoder)
{
	size_t capacity = encoder->slot_capacity * 2;
	struct string_slot *slots = calloc(capacity, sizeof(*slots));
	uint32_t *offsets, *lengths;

	if (!slots)
		return -ENOMEM;
	offsets = realloc(encoder->string_offsets, capacity / 2 * sizeof(*offsets));
	if (offsets)
		encoder->string_offsets = offsets;
	lengths = realloc(encoder->string_lengths, capacity / 2 * sizeof(*lengths));
	if (lengths)
		encoder->string_lengths = lengths;
	if (!offsets || !lengths) {
		free(slots);
		return -ENOMEM;
	}
	for (size_t i = 0; i < encoder->slot_capacity; i++) {
		size_t position = encoder->slots[i].hash & (capacity - 1);

		if (!encoder->slots[i].number)
			continue;
		while (slots[position].number)
			position = (position + 1) & (capacity - 1);
		slots[position] = encoder->slots[i];
	}
	free(encoder->slots);
	encoder->slots = slots;
	encoder->slot_capacity = capacity;
	return 0;
}

/* Longest part of @text of at most TRACE_STRING_MAX bytes that does not cut a character. */
static size_t cut_length(const char *text, size_t length)
{
	if (length <= TRACE_STRING_MAX)
		return length;
	length = TRACE_STRING_MAX;
	while (length && ((unsigned char)text[length] & 0xc0) == 0x80)
		length--;
	return length;
}

static int append_string(struct chunk_encoder *encoder, const char *text, size_t length)
{
	uint32_t number = encoder->string_count;
	int error;

	error = buffer_append_varint(&encoder->strings, length);
	encoder->string_offsets[number] = (uint32_t)encoder->strings.bytes;
	encoder->string_lengths[number] = (uint32_t)length;
	if (!error)
		error = buffer_append(&encoder->strings, text, length);
	if (!error)
		error = buffer_append_byte(&encoder->strings, 0);
	return error;
}

static int add_valid_string(struct chunk_encoder *encoder, const char *text, size_t length,
			    uint32_t *ret_number)
{
	uint32_t hash = (uint32_t)hash_bytes(text, length);
	size_t mask, position, bytes_before;
	int error;

	if (encoder->string_count >= encoder->slot_capacity / 2) {
		error = grow_slots(encoder);
		if (error)
			return error;
	}
	mask = encoder->slot_capacity - 1;
	for (position = hash & mask; encoder->slots[position].number;
	     position = (position + 1) & mask) {
		uint32_t number = encoder->slots[position].number - 1;

		if (encoder->slots[position].hash == hash &&
		    encoder->string_lengths[number] == length &&
		    memcmp(encoder->strings.data + encoder->string_offsets[number], text, length) ==
			    0) {
			*ret_number = number;
			return 0;
		}
	}
	bytes_before = encoder->strings.bytes;
	error = append_string(encoder, text, length);
	if (error) {
		encoder->strings.bytes = bytes_before;
		return error;
	}
	*ret_number = encoder->string_count++;
	encoder->slots[position].hash = hash;
	encoder->slots[position].number = *ret_number + 1;
	return 0;
}

/* The rare case: makes it UTF-8 first. */
static int add_repaired_string(struct chunk_encoder *encoder, const char *text, size_t length,
			       uint32_t *ret_number)
{
	struct buffer repaired;
	int error = 0;

	buffer_init(&repaired, TRACE_STRING_MAX);
	while (length && !error) {
		size_t step = utf8_length(text, length);

		if (step)
			error = buffer_append(&repaired, text, step);
		else
			error = buffer_append(&repaired, REPLACEMENT, strlen(REPLACEMENT));
		text += step ? step : 1;
		length -= step ? step : 1;
	}
	if (!error || error == -ENOSPC)
		error = add_valid_string(encoder, buffer_text(&repaired), repaired.bytes,
					 ret_number);
	buffer_release(&repaired);
	return error;
}

static int add_string(struct chunk_encoder *encoder, const char *text, uint32_t *ret_number)
{
	size_t length = cut_length(text, strlen(text));

	if (utf8_is_valid(text, length))
		return add_valid_string(encoder, text, length, ret_number);
	return add_repaired_string(encoder, text, length, ret_number);
}

/* ---- members ---- */

static uint8_t *put_varint(uint8_t *out, uint64_t value)
{
	while (value >= 0x80) {
		*out++ = (uint8_t)value | 0x80;
		value >>= 7;
	}
	*out++ = (uint8_t)value;
	return out;
}

/* Small for small distances both ways; defined, and reversible, for all values. */
static uint64_t zigzag(uint64_t difference)
{
	return difference << 1 ^ (0 - (difference >> 63));
}

static bool is_all_zero(const uint8_t *data, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		if (data[i])
			return false;
	return true;
}

static bool is_present(const struct fact_field *field, const struct fact *fact)
{
	const struct digest *digest;

	switch (field->type) {
	case FIELD_STRING:
		return field_get_string(field, fact);
	case FIELD_ADDRESS:
		return !is_all_zero(field_at(field, fact), FACT_ADDRESS_BYTES);
	case FIELD_DIGEST:
		digest = field_at(field, fact);
		return digest->value || digest->bytes || digest->flags;
	default:
		return field_get_number(field, fact);
	}
}

static uint8_t *put_address(uint8_t *out, const uint8_t *address)
{
	size_t bytes = is_all_zero(address + 4, FACT_ADDRESS_BYTES - 4) ? 4 : FACT_ADDRESS_BYTES;

	*out++ = (uint8_t)bytes;
	memcpy(out, address, bytes);
	return out + bytes;
}

static uint8_t *put_digest(uint8_t *out, const struct digest *digest)
{
	for (unsigned int i = 0; i < 8; i++)
		*out++ = (uint8_t)(digest->value >> (8 * i));
	out = put_varint(out, digest->bytes);
	return put_varint(out, digest->flags);
}

static int put_member(struct chunk_encoder *encoder, uint8_t **out, const struct fact_field *field,
		      const struct fact *fact)
{
	uint32_t number;
	int error;

	switch (field->type) {
	case FIELD_BOOL: /* its bit says it */
		return 0;
	case FIELD_TIME:
		*out = put_varint(*out, zigzag(fact->time_ns - field_get_number(field, fact)));
		return 0;
	case FIELD_STRING:
		error = add_string(encoder, field_get_string(field, fact), &number);
		if (!error)
			*out = put_varint(*out, number);
		return error;
	case FIELD_ADDRESS:
		*out = put_address(*out, field_at(field, fact));
		return 0;
	case FIELD_DIGEST:
		*out = put_digest(*out, field_at(field, fact));
		return 0;
	default:
		*out = put_varint(*out, field_get_number(field, fact));
		return 0;
	}
}

/* At most this is added for @fact: its strings may be new, and grow threefold when repaired. */
static size_t encoded_bytes_max(const struct fact_schema *schema, const struct fact *fact)
{
	size_t bytes = ENCODED_FACT_MAX;

	for (unsigned int i = 0; i < schema->field_count; i++) {
		const char *text;
		size_t length;

		if (schema->fields[i].type != FIELD_STRING)
			continue;
		text = field_get_string(&schema->fields[i], fact);
		length = text ? strlen(text) : 0;
		bytes += 8 + (length > TRACE_STRING_MAX / 3 ? TRACE_STRING_MAX : 3 * length);
	}
	return bytes;
}

int chunk_encoder_add(struct chunk_encoder *encoder, const struct fact *fact)
{
	const struct fact_schema *schema = fact_schema_find(fact->kind);
	uint64_t base_ns = encoder->fact_count ? encoder->last_ns : fact->time_ns;
	uint8_t body[ENCODED_FACT_MAX], head[32];
	uint8_t *out = body, *head_end;
	uint64_t mask = 0;
	int error;

	assert(schema);
	if (chunk_encoder_bytes(encoder) + encoded_bytes_max(schema, fact) > TRACE_CHUNK_PLAIN_MAX)
		return -ENOSPC;
	for (unsigned int i = 0; i < schema->field_count; i++)
		if (is_present(&schema->fields[i], fact))
			mask |= 1ull << i;
	out = put_varint(out, mask);
	out = put_varint(out, zigzag(fact->time_ns - base_ns));
	out = put_varint(out, fact->tgid);
	out = put_varint(out, fact->tid);
	for (unsigned int i = 0; i < schema->field_count; i++) {
		if (!(mask >> i & 1))
			continue;
		error = put_member(encoder, &out, &schema->fields[i], fact);
		if (error)
			return error;
	}
	head_end = put_varint(head, fact->kind);
	head_end = put_varint(head_end, (uint64_t)(out - body));
	error = buffer_append(&encoder->facts, head, (size_t)(head_end - head));
	if (!error)
		error = buffer_append(&encoder->facts, body, (size_t)(out - body));
	if (error)
		return error;
	if (!encoder->fact_count++)
		encoder->first_ns = fact->time_ns;
	encoder->last_ns = fact->time_ns;
	return 0;
}
