/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * json_read.h - reads a JSON document (cJSON inside; its headers appear in json_read.c only).
 * Untrusted input: depth and size are limited, errors carry the byte offset.
 */
#ifndef IDLETAX_BASE_JSON_READ_H
#define IDLETAX_BASE_JSON_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"

struct json_document;
struct json_value; /* borrowed from its document */

#define JSON_READ_BYTES_MAX (64u << 20)
#define JSON_READ_DEPTH_MAX 256
#define JSON_DIGEST_DEPTH_MAX 64

/*
 * @text need not be NUL-terminated. 0, or -EINVAL (no JSON, or something behind it), -E2BIG (size
 * or depth), -ENOMEM. Every reading function below accepts NULL for a value and then finds nothing.
 */
int json_parse(struct json_document **ret_document, const char *text, size_t bytes,
	       struct diag *diag);
void json_document_free(struct json_document *document); /* NULL is allowed */
const struct json_value *json_root(const struct json_document *document);

const struct json_value *json_member(const struct json_value *object,
				     const char *key);				     /* or NULL */
const struct json_value *json_element(const struct json_value *array, size_t index); /* or NULL */
const struct json_value *json_first(const struct json_value *array_or_object);	     /* or NULL */
const struct json_value *json_next(const struct json_value *value); /* its right sibling, or NULL */
size_t json_count(const struct json_value *array_or_object);
bool json_is_object(const struct json_value *value);
bool json_is_array(const struct json_value *value);
bool json_is_null(const struct json_value *value);
const char *json_get_string(const struct json_value *value); /* NULL where it is no string */
/* A whole number from 0 to 2^53, beyond which JSON numbers are not exact; else false. */
bool json_get_uint(const struct json_value *value, uint64_t *ret_value);
bool json_get_bool(const struct json_value *value, bool *ret_value);
const char *json_key(const struct json_value *value); /* its name in its object, or NULL */

/*
 * At which byte of the text that was parsed into @document @value begins: for the line of an error, and for
 * numbers whose every digit counts. Walks the whole text. @bytes where it is not a value of this text.
 */
size_t json_find_offset(const struct json_document *document, const struct json_value *value,
			const char *text, size_t bytes);

/*
 * Digest of a JSON text that is insensitive to spacing and to the order of members, without
 * building a document. @key is the recording's. 0 and *ret_digest, or -EINVAL where @text is not
 * one complete JSON value, -E2BIG beyond JSON_DIGEST_DEPTH_MAX.
 *
 * Equal: strings after unescaping; numbers by their text, where zeros at the end of a fraction
 * (1.0, 1), the case of the exponent's letter and its plus sign do not count (but 10 and 1e1
 * differ). A member that occurs twice counts twice.
 */
int json_canonical_digest(const char *text, size_t bytes, const uint8_t key[16],
			  uint64_t *ret_digest);

#endif
