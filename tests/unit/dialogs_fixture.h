/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * dialogs_fixture.h - what the recorder tells of a connection, a message a line. Included by one test each.
 */
#ifndef IDLETAX_TESTS_DIALOGS_FIXTURE_H
#define IDLETAX_TESTS_DIALOGS_FIXTURE_H

#include "facts_fixture.h"

static struct fixture fixture;

static const char *or_dash(const char *text)
{
	return text ? text : "-";
}

static void tell(FILE *file, const struct fact_message *message)
{
	static const struct {
		uint32_t flag;
		const char *text;
	} flags[] = {
		{ MESSAGE_CONNECTS, " connects" },     { MESSAGE_HAS_GAP, " gap" },
		{ MESSAGE_END_INFERRED, " inferred" }, { MESSAGE_CUT, " cut" },
		{ MESSAGE_MALFORMED, " malformed" },   { MESSAGE_START_INFERRED, " joined" }
	};
	const struct fact_schema *schema = fact_schema_find(FACT_MESSAGE);
	bool is_response = message->flags & MESSAGE_IS_RESPONSE;

	for (unsigned int i = 0; i < schema->field_count; i++)
		if (strcmp(schema->fields[i].name, "kind") == 0)
			fprintf(file, "%s %s %llu", is_response ? "<" : ">",
				schema->fields[i].names->names[message->kind],
				(unsigned long long)message->sequence);
	if (is_response)
		fprintf(file, " %s", or_dash(message->function_error));
	else
		fprintf(file, " %s %s %s", or_dash(message->service), or_dash(message->operation),
			or_dash(message->target));
	if (message->host)
		fprintf(file, " %s", message->host);
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (message->flags & flags[i].flag)
			fputs(flags[i].text, file);
	fputc('\n', file);
}

/* The same for any order in which the two directions are told of. */
static char *tell_all(void)
{
	return fixture_tell_messages(&fixture, tell);
}

#endif
