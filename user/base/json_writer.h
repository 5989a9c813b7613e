/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * json_writer.h - writes JSON as it goes, in large blocks; memory does not grow with the document.
 * Integers are written with all digits (cJSON prints 15). Strings are escaped; bytes that are not
 * UTF-8 become U+FFFD. Errors of the stream are sticky and come back from json_writer_flush.
 */
#ifndef IDLETAX_BASE_JSON_WRITER_H
#define IDLETAX_BASE_JSON_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define JSON_WRITER_DEPTH_MAX 32
#define JSON_WRITER_BLOCK_BYTES 65536

struct csv_row;

struct json_writer {
	FILE *file;
	struct csv_row *row; /* members become its cells, and no JSON is written; or NULL */
	bool is_pretty;	     /* newlines and two-space indentation */
	unsigned int depth;
	bool has_member[JSON_WRITER_DEPTH_MAX];
	size_t filled; /* of the block */
	char block[JSON_WRITER_BLOCK_BYTES];
};

void json_writer_init(struct json_writer *writer, FILE *file, bool is_pretty);
/* What is written goes into @row (csv_row.h), which has to be written by csv_row_write. */
void json_writer_init_row(struct json_writer *writer, struct csv_row *row);
/* What is written waits in the block until that is full, or for one of these. 0 or negative errno. */
int json_writer_flush(struct json_writer *writer);  /* into the file */
int json_writer_finish(struct json_writer *writer); /* newline and flush */
void json_end_line(struct json_writer *writer);	    /* after a document that is one of several */

/* A @key is given inside objects and NULL inside arrays and at the top. */
void json_object_begin(struct json_writer *writer, const char *key);
void json_object_end(struct json_writer *writer);
void json_array_begin(struct json_writer *writer, const char *key);
void json_array_end(struct json_writer *writer);
void json_string(struct json_writer *writer, const char *key, const char *value); /* NULL: null */
void json_uint(struct json_writer *writer, const char *key, uint64_t value);
void json_int(struct json_writer *writer, const char *key, int64_t value);
/* Beyond 64 bits, in full; most readers but Python's take such a number for a double. */
void json_wide(struct json_writer *writer, const char *key, unsigned __int128 value);
void json_bool(struct json_writer *writer, const char *key, bool value);
void json_null(struct json_writer *writer, const char *key);
/* Seconds with nine digits after the point. */
void json_seconds(struct json_writer *writer, const char *key, uint64_t time_ns);
/* One element that another writer has written. */
void json_raw(struct json_writer *writer, const char *text, size_t bytes);
/* The elements that another writer has written as deep as this one is, from where @file stands. */
void json_copy(struct json_writer *writer, FILE *file);
/* NaN and infinity are written as null. Six significant digits. */
void json_ratio(struct json_writer *writer, const char *key, double value);

#endif
