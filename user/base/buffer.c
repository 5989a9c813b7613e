/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * buffer.c - growable bytes. The capacity doubles, at most up to the maximum given at init (plus
 * one byte, so that buffer_text has room for its NUL).
 */
#include "base/buffer.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CAPACITY_FIRST 256u

void buffer_init(struct buffer *buffer, size_t max_bytes)
{
	memset(buffer, 0, sizeof(*buffer));
	buffer->max_bytes = max_bytes;
}

void buffer_release(struct buffer *buffer)
{
	free(buffer->data);
	buffer->data = NULL;
	buffer->bytes = 0;
	buffer->capacity = 0;
}

void buffer_clear(struct buffer *buffer)
{
	buffer->bytes = 0;
}

int buffer_reserve(struct buffer *buffer, size_t bytes)
{
	size_t capacity = buffer->capacity ? buffer->capacity : CAPACITY_FIRST;
	size_t needed;
	uint8_t *data;

	if (bytes > buffer->max_bytes - buffer->bytes)
		return -ENOSPC;
	needed = buffer->bytes + bytes + 1;
	if (needed <= buffer->capacity)
		return 0;
	while (capacity < needed)
		capacity = capacity > SIZE_MAX / 2 ? needed : capacity * 2;
	if (capacity - 1 > buffer->max_bytes)
		capacity = buffer->max_bytes + 1;
	data = realloc(buffer->data, capacity);
	if (!data)
		return -ENOMEM;
	buffer->data = data;
	buffer->capacity = capacity;
	return 0;
}

int buffer_append_growing(struct buffer *buffer, const void *data, size_t bytes)
{
	int error = buffer_reserve(buffer, bytes);

	if (error)
		return error;
	if (bytes)
		memcpy(buffer->data + buffer->bytes, data, bytes);
	buffer->bytes += bytes;
	return 0;
}

int buffer_append_varint(struct buffer *buffer, uint64_t value)
{
	uint8_t encoded[10];
	size_t bytes = 0;

	while (value >= 0x80) {
		encoded[bytes++] = (uint8_t)value | 0x80;
		value >>= 7;
	}
	encoded[bytes++] = (uint8_t)value;
	return buffer_append(buffer, encoded, bytes);
}

int buffer_append_format(struct buffer *buffer, const char *format, ...)
{
	size_t room = buffer->capacity - buffer->bytes;
	char *end = room ? (char *)buffer->data + buffer->bytes : NULL;
	va_list arguments;
	int length;
	int error;

	va_start(arguments, format);
	length = vsnprintf(end, room, format, arguments);
	va_end(arguments);
	if (length < 0)
		return -EINVAL;
	if ((size_t)length >= room) {
		error = buffer_reserve(buffer, (size_t)length);
		if (error)
			return error;
		va_start(arguments, format);
		vsnprintf((char *)buffer->data + buffer->bytes, (size_t)length + 1, format,
			  arguments);
		va_end(arguments);
	}
	buffer->bytes += (size_t)length;
	return 0;
}

const char *buffer_text(struct buffer *buffer)
{
	if (buffer_reserve(buffer, 0))
		return NULL;
	buffer->data[buffer->bytes] = 0;
	return (const char *)buffer->data;
}
