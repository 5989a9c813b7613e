/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * split_fixture.h - a conversation over one connection, whose every split must give the same messages.
 * Included by one test each.
 */
#ifndef IDLETAX_TESTS_SPLIT_FIXTURE_H
#define IDLETAX_TESTS_SPLIT_FIXTURE_H

#include "facts_fixture.h"

static struct fixture fixture;

struct step {
	uint8_t direction;
	const char *text;
};

/* What is told of a message, without its times. */
static void tell_message(FILE *file, const struct fact_message *message)
{
	const struct fact_schema *schema = fact_schema_find(FACT_MESSAGE);
	struct fact fact = { .kind = FACT_MESSAGE, .message = *message };

	for (unsigned int i = 0; i < schema->field_count; i++) {
		const struct fact_field *field = &schema->fields[i];
		const char *text;

		if (field->type == FIELD_TIME)
			continue;
		if (field->type == FIELD_STRING) {
			text = field_get_string(field, &fact);
			fprintf(file, " %s=%s", field->name, text ? text : "-");
		} else if (field->type == FIELD_DIGEST) {
			const struct digest *digest = field_at(field, &fact);

			fprintf(file, " %s=%llx/%llu/%d", field->name,
				(unsigned long long)digest->value,
				(unsigned long long)digest->bytes, digest->flags);
		} else {
			fprintf(file, " %s=%llu", field->name,
				(unsigned long long)field_get_number(field, &fact));
		}
	}
	fputc('\n', file);
}

typedef size_t (*splitter)(size_t left, unsigned int step);

static unsigned int split_step, split_at;
static uint32_t split_random;

static size_t split_none(size_t left, unsigned int step)
{
	return left;
}

static size_t split_bytes(size_t left, unsigned int step)
{
	return 1;
}

/* One cut in one step: the first part is split_at bytes. */
static size_t split_once(size_t left, unsigned int step)
{
	size_t bytes = split_at;

	if (step != split_step || !split_at)
		return left;
	split_at = 0;
	return bytes < left ? bytes : left;
}

static size_t split_randomly(size_t left, unsigned int step)
{
	split_random = split_random * 1664525 + 1013904223;
	return 1 + (split_random >> 8) % (left < 200 ? left : 200);
}

static char *converse(const struct step *steps, unsigned int count, splitter split)
{
	char *summary;

	fixture_begin(&fixture);
	fixture_open(&fixture, 1, FIXTURE_CLIENT);
	for (unsigned int i = 0; i < count; i++) {
		size_t position = 0, bytes = strlen(steps[i].text);

		while (position < bytes) {
			size_t part = split(bytes - position, i);

			fixture_move(&fixture, 1, steps[i].direction, steps[i].text + position,
				     part);
			position += part;
		}
	}
	fixture_state(&fixture, 1, 7);
	summary = fixture_tell_messages(&fixture, tell_message);
	fixture_end(&fixture);
	return summary;
}

static void check_splits(const struct step *steps, unsigned int count)
{
	char *expected = converse(steps, count, split_none);
	char *summary = converse(steps, count, split_bytes);

	assert_string_equal(summary, expected);
	free(summary);
	for (split_step = 0; split_step < count; split_step++) {
		for (unsigned int at = 1; at < strlen(steps[split_step].text); at++) {
			split_at = at;
			summary = converse(steps, count, split_once);
			assert_string_equal(summary, expected);
			free(summary);
		}
	}
	for (split_random = 1; split_random < 100; split_random++) {
		uint32_t seed = split_random;

		summary = converse(steps, count, split_randomly);
		assert_string_equal(summary, expected);
		free(summary);
		split_random = seed;
	}
	free(expected);
}

#define COUNT(steps) (sizeof(steps) / sizeof((steps)[0]))

#endif
