/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * buffer.h - growable bytes with a hard maximum given at init.
 */
#ifndef IDLETAX_BASE_BUFFER_H
#define IDLETAX_BASE_BUFFER_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct buffer {
	uint8_t *data;
	size_t bytes;
	size_t capacity;
	size_t max_bytes;
};

void buffer_init(struct buffer *buffer, size_t max_bytes);
void buffer_release(struct buffer *buffer); /* frees the memory; the buffer can be used again */
void buffer_clear(struct buffer *buffer);   /* empties it, keeps the memory */

/* Room for @bytes more and a NUL. 0, -ENOSPC or -ENOMEM. */
int buffer_reserve(struct buffer *buffer, size_t bytes);
int buffer_append_growing(struct buffer *buffer, const void *data, size_t bytes);

/* 0, -ENOSPC beyond max_bytes (nothing appended), or -ENOMEM. */
static inline int buffer_append(struct buffer *buffer, const void *data, size_t bytes)
{
	if (bytes >= buffer->capacity - buffer->bytes)
		return buffer_append_growing(buffer, data, bytes);
	if (bytes)
		memcpy(buffer->data + buffer->bytes, data, bytes);
	buffer->bytes += bytes;
	return 0;
}

static inline int buffer_append_byte(struct buffer *buffer, uint8_t byte)
{
	return buffer_append(buffer, &byte, 1);
}

/* The same. */
int buffer_append_varint(struct buffer *buffer, uint64_t value); /* LEB128 */
int buffer_append_format(struct buffer *buffer, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The contents as a NUL-terminated string (the NUL is not counted); NULL when out of memory. */
const char *buffer_text(struct buffer *buffer);

#endif
