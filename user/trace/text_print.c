/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * text_print.c - facts as lines of the text form (include/README.md). A member is left out where
 * the parser's default is what it holds.
 */
#include "trace/text.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <string.h>

#include "base/utf8.h"
#include "trace/fact_schema.h"
#include "trace/text_defaults.h"

static void write_string(FILE *file, const char *text)
{
	size_t left = strlen(text);

	putc('"', file);
	while (left) {
		size_t length = utf8_printable_length(text, left);
		unsigned char character = (unsigned char)*text;

		if (length > 1)
			fwrite(text, 1, length, file);
		else if (character == '"' || character == '\\')
			fprintf(file, "\\%c", character);
		else if (character == '\n')
			fputs("\\n", file);
		else if (character == '\r')
			fputs("\\r", file);
		else if (character == '\t')
			fputs("\\t", file);
		else if (!length)
			fprintf(file, "\\x%02x", character);
		else
			putc(character, file);
		text += length ? length : 1;
		left -= length ? length : 1;
	}
	putc('"', file);
}

static void write_flags(FILE *file, const struct field_names *names, uint64_t flags)
{
	const char *separator = "";

	for (unsigned int i = 0; i < names->count; i++) {
		if (!(flags >> i & 1))
			continue;
		fprintf(file, "%s%s", separator, names->names[i]);
		separator = ",";
	}
}

static void write_address(FILE *file, const struct fact *fact, const uint8_t *address)
{
	bool is_inet6 = fact->connection.family == CONNECTION_INET6;
	char text[INET6_ADDRSTRLEN] = "";

	inet_ntop(is_inet6 ? AF_INET6 : AF_INET, address, text, sizeof(text));
	fputs(text, file);
}

static void write_member(FILE *file, const struct fact_field *field, const struct fact *fact)
{
	const struct digest *digest;
	uint64_t value;

	fprintf(file, " %s=", field->name);
	switch (field->type) {
	case FIELD_STRING:
		write_string(file, field_get_string(field, fact));
		break;
	case FIELD_BOOL:
		fputs(field_get_number(field, fact) ? "yes" : "no", file);
		break;
	case FIELD_ENUM:
		value = field_get_number(field, fact);
		fputs(field->names->names[value], file);
		break;
	case FIELD_FLAGS:
		write_flags(file, field->names, field_get_number(field, fact));
		break;
	case FIELD_ADDRESS:
		write_address(file, fact, field_at(field, fact));
		break;
	case FIELD_DIGEST:
		digest = field_at(field, fact);
		fprintf(file, "%016" PRIx64 "/%" PRIu64 "%s", digest->value, digest->bytes,
			digest->flags & DIGEST_IS_PREFIX ? "/prefix" : "");
		break;
	default:
		fprintf(file, "%" PRIu64, field_get_number(field, fact));
	}
}

static bool is_same_member(const struct fact_field *field, const struct fact *left,
			   const struct fact *right)
{
	const struct digest *a, *b;

	switch (field->type) {
	case FIELD_STRING: /* no string has a default */
		return !field_get_string(field, left);
	case FIELD_ADDRESS:
		return memcmp(field_at(field, left), field_at(field, right), FACT_ADDRESS_BYTES) ==
		       0;
	case FIELD_DIGEST:
		a = field_at(field, left);
		b = field_at(field, right);
		return a->value == b->value && a->bytes == b->bytes && a->flags == b->flags;
	default:
		return field_get_number(field, left) == field_get_number(field, right);
	}
}

static void clear_member(const struct fact_field *field, struct fact *fact)
{
	static const struct digest none;

	if (field->type == FIELD_DIGEST)
		memcpy(field_at_mutable(field, fact), &none, sizeof(none));
	else
		memset(field_at_mutable(field, fact), 0,
		       field->type == FIELD_ADDRESS ? FACT_ADDRESS_BYTES : field->bytes);
}

void trace_text_write_fact(FILE *file, const struct fact *fact)
{
	const struct fact_schema *schema = fact_schema_find(fact->kind);
	uint64_t all = ~0ull;

	fprintf(file, "%" PRIu64 " %s", fact->time_ns, schema->name);
	if (fact->tgid)
		fprintf(file, " pid=%" PRIu32, fact->tgid);
	if (fact->tid != fact->tgid)
		fprintf(file, " tid=%" PRIu32, fact->tid);
	for (unsigned int i = 0; i < schema->field_count; i++) {
		const struct fact_field *field = &schema->fields[i];
		struct fact restored = *fact;

		/*
		 * What would the parser make of the line without this member, but with all others?
		 */
		clear_member(field, &restored);
		if (text_defaults_apply(&restored, all & ~(1ull << i)) ||
		    !is_same_member(field, fact, &restored))
			write_member(file, field, fact);
	}
	putc('\n', file);
}

static bool is_plain_word(const char *text)
{
	static const char characters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
					 "0123456789_.:/$*@+-";

	return *text && text[strspn(text, characters)] == 0;
}

void trace_text_write_start(FILE *file, const struct trace_start *start)
{
	fprintf(file, "start monotonic=%" PRIu64 " realtime=%" PRIu64 "\n", start->monotonic_ns,
		start->realtime_ns);
	for (size_t i = 0; i < start->host_count; i++) {
		fputs("host ", file);
		if (is_plain_word(start->host[i].key))
			fputs(start->host[i].key, file);
		else
			write_string(file, start->host[i].key);
		putc('=', file);
		write_string(file, start->host[i].value);
		putc('\n', file);
	}
}

void trace_text_write_end(FILE *file, uint64_t end_ns)
{
	fprintf(file, "end %" PRIu64 "\n", end_ns);
}
