/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * test_wire_http2.c - HTTP/2 without TLS, as the AWS SDK v3 speaks it to Kinesis: which bytes are of a
 * request or its response.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "wire/http2.h"

#define PREFACE "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
#define SETTINGS "\0\0\0\4\0\0\0\0\0"
#define SETTINGS_OF_6 "\0\0\6\4\0\0\0\0\0\0\3\0\0\0\1"
#define HEADERS "\0\0\4\1\4\0\0\0\1abcd"
#define DATA "\0\0\5\0\1\0\0\0\1hello"
#define EMPTY_DATA "\0\0\0\0\1\0\0\0\1"
#define GOAWAY "\0\0\x08\7\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define TEXT(text) text, sizeof(text) - 1

/* The parts of @text that comes in runs of @step bytes, joined. */
static enum http2_part feed(struct http2_side *side, const char *text, size_t bytes, size_t step)
{
	enum http2_part found = HTTP2_CONNECTION;

	for (size_t at = 0; at < bytes; at += step) {
		struct stream_run input = { .data = (const uint8_t *)text + at,
					    .bytes = bytes - at < step ? bytes - at : step };

		found |= http2_feed(side, &input);
	}
	return found;
}

static void test_parts(void **state)
{
	static const struct {
		bool is_client;
		const char *text;
		size_t bytes;
		enum http2_part part;
	} cases[] = {
		{ true, TEXT(PREFACE SETTINGS SETTINGS_OF_6), HTTP2_CONNECTION },
		{ true, TEXT(PREFACE SETTINGS HEADERS DATA), HTTP2_MESSAGE },
		{ false, TEXT(SETTINGS SETTINGS_OF_6 GOAWAY), HTTP2_CONNECTION },
		{ false, TEXT(SETTINGS HEADERS EMPTY_DATA), HTTP2_MESSAGE },
		{ false, TEXT(SETTINGS EMPTY_DATA), HTTP2_MESSAGE },
		{ true, TEXT("PRI * HTTP/2.0\r\n"), HTTP2_CONNECTION },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (size_t step = 1; step <= cases[i].bytes; step++) {
			struct http2_side side;

			http2_side_init(&side, cases[i].is_client);
			assert_int_equal(feed(&side, cases[i].text, cases[i].bytes, step),
					 cases[i].part);
		}
}

/* A payload goes on over runs and holes; a hole where a head was leaves it open what came. */
static void test_holes(void **state)
{
	struct stream_run hole = { .data = NULL, .bytes = 3 };
	struct http2_side side;

	http2_side_init(&side, false);
	assert_int_equal(feed(&side, DATA, sizeof(DATA) - 1 - 5, 100), HTTP2_MESSAGE);
	assert_int_equal(http2_feed(&side, &hole), HTTP2_MESSAGE);
	assert_int_equal(feed(&side, "lo", 2, 2), HTTP2_MESSAGE);
	assert_int_equal(feed(&side, TEXT(SETTINGS), 100), HTTP2_CONNECTION);
	assert_int_equal(http2_feed(&side, &hole), HTTP2_MESSAGE);
	assert_int_equal(feed(&side, TEXT(SETTINGS), 100), HTTP2_MESSAGE);
}

static void test_start(void **state)
{
	assert_int_equal(http2_match_start((const uint8_t *)TEXT(PREFACE)), 1);
	assert_int_equal(http2_match_start((const uint8_t *)PREFACE, 5), -1);
	assert_int_equal(http2_match_start((const uint8_t *)TEXT("PRINT / HTTP/1.1")), 0);
	assert_int_equal(http2_match_start((const uint8_t *)TEXT("PRI * HTTP/1.1\r\n")), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_holes),
		cmocka_unit_test(test_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
