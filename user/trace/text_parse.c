/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * text_parse.c - untrusted text into a trace in memory. In short (the whole of it:
 * include/README.md):
 *
 *   start monotonic=TIME realtime=TIME    host KEY=STRING    end TIME    TIME KIND key=value ...
 *
 * Each key is looked up in the kind's table of fact_schema.c; what a line leaves out gets the
 * defaults of text_defaults. Lines may come in any order, facts are sorted by time at the end.
 */
#include "trace/text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/hex.h"
#include "base/string_pool.h"
#include "base/units.h"
#include "trace/fact_schema.h"
#include "trace/text_defaults.h"

struct text_parser {
	const char *next; /* in the line */
	const char *end;
	uint64_t line;
	struct diag *diag;
	struct arena *arena;
	struct string_pool *strings;
	struct buffer facts; /* struct fact */
	struct buffer host;  /* struct trace_host_pair */
	struct buffer scratch;
	uint64_t monotonic_ns, realtime_ns, end_ns;
	bool has_start, has_end;
};

struct word {
	const char *text;
	size_t length;
};

#define FAIL(parser, ...) diag_set_at((parser)->diag, -EINVAL, (parser)->line, __VA_ARGS__)
#define WORD_FORMAT(word) (int)((word).length < 64 ? (word).length : 64), (word).text

static bool is_word_character(char character)
{
	return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
	       (character >= '0' && character <= '9') ||
	       (character && strchr("_.:/$*@+-", character));
}

static struct word take_word(struct text_parser *parser)
{
	struct word word = { parser->next, 0 };

	while (parser->next < parser->end && is_word_character(*parser->next))
		parser->next++;
	word.length = (size_t)(parser->next - word.text);
	return word;
}

static bool is_word(struct word word, const char *text)
{
	return word.length == strlen(text) && memcmp(word.text, text, word.length) == 0;
}

/* Skips blanks; true where the line, or all but its comment, is over. */
static bool is_line_over(struct text_parser *parser)
{
	while (parser->next < parser->end &&
	       (*parser->next == ' ' || *parser->next == '\t' || *parser->next == '\r'))
		parser->next++;
	return parser->next == parser->end || *parser->next == '#';
}

/* ---- values ---- */

static int parse_digits(struct word *word, int base, uint64_t *ret_value)
{
	uint64_t value = 0;
	size_t used = 0;

	for (; used < word->length; used++) {
		int digit = hex_digit(word->text[used]);

		if (digit < 0 || digit >= base)
			break;
		if (value > (UINT64_MAX - (uint64_t)digit) / (uint64_t)base)
			return -ERANGE;
		value = value * (uint64_t)base + (uint64_t)digit;
	}
	word->text += used;
	word->length -= used;
	*ret_value = value;
	return used ? 0 : -EINVAL;
}

static int parse_number(struct text_parser *parser, struct word word, uint64_t *ret_value)
{
	struct word rest = word;
	int base = 10;

	if (rest.length > 2 && rest.text[0] == '0' && rest.text[1] == 'x') {
		rest.text += 2;
		rest.length -= 2;
		base = 16;
	}
	if (parse_digits(&rest, base, ret_value) || rest.length)
		return FAIL(parser, "'%.*s' is not a number", WORD_FORMAT(word));
	return 0;
}

/* Nanoseconds of one of the units, or 0. */
static uint64_t find_unit(struct word word)
{
	if (!word.length || is_word(word, "ns"))
		return 1;
	if (is_word(word, "us"))
		return NS_PER_US;
	if (is_word(word, "ms"))
		return NS_PER_MS;
	return is_word(word, "s") ? NS_PER_S : 0;
}

static int parse_time(struct text_parser *parser, struct word word, uint64_t *ret_ns)
{
	struct word rest = word;
	uint64_t whole, fraction = 0, unit, scale = 1;

	if (parse_digits(&rest, 10, &whole))
		goto wrong;
	if (rest.length && rest.text[0] == '.') {
		size_t digits = --rest.length;

		rest.text++;
		if (parse_digits(&rest, 10, &fraction) || digits - rest.length > 9)
			goto wrong;
		for (digits -= rest.length; digits; digits--)
			scale *= 10;
	}
	unit = find_unit(rest);
	/* A fraction must come to whole nanoseconds. */
	if (!unit || fraction * unit % scale || whole > (UINT64_MAX - unit) / unit)
		goto wrong;
	*ret_ns = whole * unit + fraction * unit / scale;
	return 0;
wrong:
	return FAIL(parser, "'%.*s' is not a time such as 12ms, 1.5ms, 3us or nanoseconds",
		    WORD_FORMAT(word));
}

static int parse_escape(struct text_parser *parser, char *ret_character)
{
	static const char letters[] = "\"\\nrt";
	static const char meanings[] = "\"\\\n\r\t";
	uint64_t value;
	struct word hex;
	const char *letter;

	if (parser->next == parser->end)
		return FAIL(parser, "a string has no end");
	if (*parser->next == 'x' && parser->end - parser->next > 2) {
		hex.text = parser->next + 1;
		hex.length = 2;
		if (parse_digits(&hex, 16, &value) || hex.length || !value)
			return FAIL(parser, "\\x wants two hexadecimal digits, not 00");
		parser->next += 3;
		*ret_character = (char)value;
		return 0;
	}
	letter = *parser->next ? strchr(letters, *parser->next) : NULL;
	if (!letter)
		return FAIL(parser, "no such escape in a string");
	parser->next++;
	*ret_character = meanings[letter - letters];
	return 0;
}

static int parse_quoted(struct text_parser *parser)
{
	parser->next++;
	while (parser->next < parser->end && *parser->next != '"') {
		char character = *parser->next++;
		int error = 0;

		if (!character)
			return FAIL(parser, "a string holds a NUL byte");
		if (character == '\\')
			error = parse_escape(parser, &character);
		if (!error)
			error = buffer_append_byte(&parser->scratch, (uint8_t)character);
		if (error)
			return error;
	}
	if (parser->next == parser->end)
		return FAIL(parser, "a string has no end");
	parser->next++;
	return 0;
}

static int parse_string(struct text_parser *parser, const char **ret_text)
{
	const char *text;
	int error = 0;

	buffer_clear(&parser->scratch);
	if (parser->next < parser->end && *parser->next == '"') {
		error = parse_quoted(parser);
	} else {
		struct word word = take_word(parser);

		error = buffer_append(&parser->scratch, word.text, word.length);
		if (!error && !word.length)
			error = FAIL(parser, "a string is missing (\"\" is the empty one)");
	}
	if (!error && parser->scratch.bytes > TRACE_STRING_MAX)
		error = FAIL(parser, "a string is longer than %d bytes", TRACE_STRING_MAX);
	if (error)
		return error;
	text = buffer_text(&parser->scratch);
	*ret_text = text ? string_pool_intern(parser->strings, text) : NULL;
	return *ret_text ? 0 : diag_set(parser->diag, -ENOMEM, "out of memory");
}

static int parse_name(struct text_parser *parser, const struct field_names *names, struct word word,
		      uint64_t *ret_value)
{
	int value = field_names_find(names, word.text, word.length);

	if (value < 0)
		return FAIL(parser, "there is no '%.*s'", WORD_FORMAT(word));
	*ret_value = (uint64_t)value;
	return 0;
}

static int parse_flags(struct text_parser *parser, const struct field_names *names,
		       uint64_t *ret_flags)
{
	uint64_t flags = 0, bit = 0;

	for (;;) {
		int error = parse_name(parser, names, take_word(parser), &bit);

		if (error)
			return error;
		flags |= 1ull << bit;
		if (parser->next == parser->end || *parser->next != ',')
			break;
		parser->next++;
	}
	*ret_flags = flags;
	return 0;
}

static int parse_bool(struct text_parser *parser, struct word word, bool *ret_value)
{
	if (!is_word(word, "yes") && !is_word(word, "no"))
		return FAIL(parser, "'%.*s' is neither yes nor no", WORD_FORMAT(word));
	*ret_value = is_word(word, "yes");
	return 0;
}

static int parse_address(struct text_parser *parser, struct word word, uint8_t *ret_address)
{
	char text[INET6_ADDRSTRLEN];

	memset(ret_address, 0, FACT_ADDRESS_BYTES);
	if (word.length < sizeof(text)) {
		memcpy(text, word.text, word.length);
		text[word.length] = 0;
		if (inet_pton(strchr(text, ':') ? AF_INET6 : AF_INET, text, ret_address) == 1)
			return 0;
	}
	return FAIL(parser, "'%.*s' is not an IP address", WORD_FORMAT(word));
}

/* HEX "/" BYTES [ "/prefix" ] */
static int parse_digest(struct text_parser *parser, struct word word, struct digest *ret_digest)
{
	struct word rest = word;

	ret_digest->flags = 0;
	if (parse_digits(&rest, 16, &ret_digest->value) || !rest.length || rest.text[0] != '/')
		goto wrong;
	rest.text++;
	rest.length--;
	if (parse_digits(&rest, 10, &ret_digest->bytes))
		goto wrong;
	if (is_word(rest, "/prefix"))
		ret_digest->flags = DIGEST_IS_PREFIX;
	else if (rest.length)
		goto wrong;
	return 0;
wrong:
	return FAIL(parser, "'%.*s' is not a digest such as 9f3a/120", WORD_FORMAT(word));
}

static int parse_member(struct text_parser *parser, const struct fact_field *field,
			struct fact *fact)
{
	uint64_t value = 0;
	const char *text;
	int error;

	switch (field->type) {
	case FIELD_STRING:
		error = parse_string(parser, &text);
		if (!error)
			field_set_string(field, fact, text);
		return error;
	case FIELD_BOOL:
		return parse_bool(parser, take_word(parser), field_at_mutable(field, fact));
	case FIELD_ADDRESS:
		return parse_address(parser, take_word(parser), field_at_mutable(field, fact));
	case FIELD_DIGEST:
		return parse_digest(parser, take_word(parser), field_at_mutable(field, fact));
	case FIELD_ENUM:
		error = parse_name(parser, field->names, take_word(parser), &value);
		break;
	case FIELD_FLAGS:
		error = parse_flags(parser, field->names, &value);
		break;
	case FIELD_TIME:
		error = parse_time(parser, take_word(parser), &value);
		break;
	default:
		error = parse_number(parser, take_word(parser), &value);
		if (!error && field->bytes < 8 && value >> (8 * field->bytes))
			error = FAIL(parser, "%s is too large", field->name);
	}
	if (!error)
		field_set_number(field, fact, value);
	return error;
}

/* ---- lines ---- */

/* Takes KEY "=". */
static int take_key(struct text_parser *parser, struct word *ret_key)
{
	*ret_key = take_word(parser);
	if (!ret_key->length)
		return FAIL(parser, "a key is expected, not '%c'",
			    *parser->next >= 32 && *parser->next < 127 ? *parser->next : '?');
	if (parser->next == parser->end || *parser->next != '=')
		return FAIL(parser, "'=' is expected after '%.*s'", WORD_FORMAT(*ret_key));
	parser->next++;
	return 0;
}

static int parse_start(struct text_parser *parser)
{
	struct word key;
	int error = 0;

	if (parser->has_start)
		return FAIL(parser, "there is a second start");
	parser->has_start = true;
	while (!error && !is_line_over(parser)) {
		error = take_key(parser, &key);
		if (error)
			return error;
		if (is_word(key, "monotonic"))
			error = parse_time(parser, take_word(parser), &parser->monotonic_ns);
		else if (is_word(key, "realtime"))
			error = parse_time(parser, take_word(parser), &parser->realtime_ns);
		else
			error = FAIL(parser, "start has no '%.*s'", WORD_FORMAT(key));
	}
	return error;
}

static int parse_host(struct text_parser *parser)
{
	struct trace_host_pair pair;
	struct word key;
	char *name;
	int error;

	is_line_over(parser);
	if (parser->next < parser->end && *parser->next == '"') {
		/* A key that is no word. */
		error = parse_string(parser, &pair.key);
		if (!error && (parser->next == parser->end || *parser->next++ != '='))
			error = FAIL(parser, "'=' is expected after the key");
		if (error)
			return error;
	} else {
		if (parser->next == parser->end)
			return FAIL(parser, "host needs KEY=VALUE");
		error = take_key(parser, &key);
		if (error)
			return error;
		name = arena_alloc(parser->arena, key.length + 1);
		if (!name)
			return diag_set(parser->diag, -ENOMEM, "out of memory");
		memcpy(name, key.text, key.length);
		pair.key = name;
	}
	error = parse_string(parser, &pair.value);
	if (error)
		return error;
	if (!is_line_over(parser))
		return FAIL(parser, "one pair a line");
	return buffer_append(&parser->host, &pair, sizeof(pair));
}

static int parse_end(struct text_parser *parser)
{
	int error;

	if (parser->has_end)
		return FAIL(parser, "there is a second end");
	parser->has_end = true;
	is_line_over(parser);
	error = parse_time(parser, take_word(parser), &parser->end_ns);
	if (!error && !is_line_over(parser))
		error = FAIL(parser, "nothing may follow the end's time");
	return error;
}

static int parse_id(struct text_parser *parser, uint32_t *ret_id)
{
	uint64_t value;
	int error = parse_number(parser, take_word(parser), &value);

	if (!error && value > UINT32_MAX)
		error = FAIL(parser, "a process or thread id is too large");
	if (!error)
		*ret_id = (uint32_t)value;
	return error;
}

/* One KEY=VALUE of a fact; *given has a bit for each member that was told, GIVEN_TID for tid. */
static int parse_pair(struct text_parser *parser, const struct fact_schema *schema,
		      struct fact *fact, uint64_t *given)
{
	struct word key;
	int error = take_key(parser, &key);

	if (error)
		return error;
	if (is_word(key, "pid"))
		return parse_id(parser, &fact->tgid);
	if (is_word(key, "tid")) {
		*given |= GIVEN_TID;
		return parse_id(parser, &fact->tid);
	}
	for (unsigned int i = 0; i < schema->field_count; i++) {
		if (!is_word(key, schema->fields[i].name))
			continue;
		if (*given >> i & 1)
			return FAIL(parser, "'%.*s' is told twice", WORD_FORMAT(key));
		*given |= 1ull << i;
		return parse_member(parser, &schema->fields[i], fact);
	}
	return FAIL(parser, "%s has no '%.*s'", schema->name, WORD_FORMAT(key));
}

static int parse_fact(struct text_parser *parser, struct word time)
{
	const struct fact_schema *schema;
	struct fact fact;
	struct word kind;
	uint64_t given = 0;
	const char *problem;
	int error;

	memset(&fact, 0, sizeof(fact));
	error = parse_time(parser, time, &fact.time_ns);
	if (error)
		return error;
	is_line_over(parser);
	kind = take_word(parser);
	fact.kind = fact_kind_find(kind.text, kind.length);
	schema = fact_schema_find(fact.kind);
	if (!schema)
		return FAIL(parser, "there is no fact '%.*s'", WORD_FORMAT(kind));
	while (!is_line_over(parser)) {
		error = parse_pair(parser, schema, &fact, &given);
		if (!error && parser->next < parser->end && !strchr(" \t\r#", *parser->next))
			error = FAIL(parser, "a value is followed by what does not belong to it");
		if (error)
			return error;
	}
	problem = text_defaults_apply(&fact, given);
	if (!problem)
		problem = fact_check(&fact);
	if (problem)
		return FAIL(parser, "%s", problem);
	error = buffer_append(&parser->facts, &fact, sizeof(fact));
	return error ? diag_set(parser->diag, error, "out of memory") : 0;
}

static int parse_line(struct text_parser *parser)
{
	struct word word;

	if (is_line_over(parser))
		return 0;
	word = take_word(parser);
	if (is_word(word, "start"))
		return parse_start(parser);
	if (is_word(word, "host"))
		return parse_host(parser);
	if (is_word(word, "end"))
		return parse_end(parser);
	return parse_fact(parser, word);
}

static int parse_lines(struct text_parser *parser, const char *text, size_t bytes)
{
	const char *end = bytes ? text + bytes : text; /* of nothing @text may be NULL */

	while (text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		int error;

		parser->line++;
		parser->next = text;
		parser->end = newline ? newline : end;
		if (parser->end - text > TRACE_TEXT_LINE_MAX)
			return FAIL(parser, "the line is too long");
		error = parse_line(parser);
		if (error)
			return error;
		text = parser->end + 1;
		if (!newline)
			break;
	}
	return 0;
}

/* ---- the whole ---- */

struct sort_key {
	uint64_t time_ns;
	size_t position;
};

static int compare_keys(const void *left, const void *right)
{
	const struct sort_key *a = left, *b = right;

	if (a->time_ns != b->time_ns)
		return a->time_ns < b->time_ns ? -1 : 1;
	return a->position < b->position ? -1 : 1;
}

static int sort_facts(struct trace_text *trace, const struct buffer *unsorted)
{
	size_t count = unsorted->bytes / sizeof(struct fact);
	const struct fact *facts = (const struct fact *)(const void *)unsorted->data;
	struct fact *sorted = arena_alloc(&trace->arena, unsorted->bytes);
	struct sort_key *keys = calloc(count ? count : 1, sizeof(*keys));

	if (!sorted || !keys) {
		free(keys);
		return -ENOMEM;
	}
	for (size_t i = 0; i < count; i++) {
		keys[i].time_ns = facts[i].time_ns;
		keys[i].position = i;
	}
	qsort(keys, count, sizeof(*keys), compare_keys);
	for (size_t i = 0; i < count; i++)
		sorted[i] = facts[keys[i].position];
	free(keys);
	trace->facts = sorted;
	trace->fact_count = count;
	return 0;
}

static int finish_trace(struct text_parser *parser, struct trace_text *trace)
{
	struct trace_host_pair *host;
	uint64_t last_ns = parser->monotonic_ns;

	host = arena_alloc(&trace->arena, parser->host.bytes);
	if (!host || sort_facts(trace, &parser->facts))
		return diag_set(parser->diag, -ENOMEM, "out of memory");
	if (parser->host.bytes)
		memcpy(host, parser->host.data, parser->host.bytes);
	trace->start.monotonic_ns = parser->monotonic_ns;
	trace->start.realtime_ns = parser->realtime_ns;
	trace->start.host = host;
	trace->start.host_count = parser->host.bytes / sizeof(*host);
	if (trace->fact_count && trace->facts[trace->fact_count - 1].time_ns > last_ns)
		last_ns = trace->facts[trace->fact_count - 1].time_ns;
	trace->end_ns = parser->has_end ? parser->end_ns : last_ns;
	if (trace->end_ns < last_ns)
		return diag_set(parser->diag, -EINVAL, "the end comes before the last fact");
	return 0;
}

int trace_text_parse(struct trace_text *ret, const char *text, size_t bytes, struct diag *diag)
{
	struct trace_text trace = { 0 };
	struct text_parser parser = { .diag = diag, .arena = &trace.arena };
	int error;

	if (bytes > TRACE_TEXT_BYTES_MAX)
		return diag_set(diag, -E2BIG, "the text is larger than %u bytes",
				TRACE_TEXT_BYTES_MAX);
	arena_init(&trace.arena);
	string_pool_init(&trace.strings);
	parser.strings = &trace.strings;
	buffer_init(&parser.facts, SIZE_MAX / 4);
	buffer_init(&parser.host, TRACE_CHUNK_PLAIN_MAX);
	buffer_init(&parser.scratch, TRACE_TEXT_LINE_MAX);
	error = parse_lines(&parser, text, bytes);
	if (!error)
		error = finish_trace(&parser, &trace);
	buffer_release(&parser.facts);
	buffer_release(&parser.host);
	buffer_release(&parser.scratch);
	if (error)
		trace_text_release(&trace);
	else
		*ret = trace;
	return error;
}

static int read_all(int fd, struct buffer *buffer)
{
	uint8_t block[65536];

	for (;;) {
		ssize_t count = read(fd, block, sizeof(block));
		int error;

		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return -errno;
		if (!count)
			return 0;
		error = buffer_append(buffer, block, (size_t)count);
		if (error)
			return error == -ENOSPC ? -EFBIG : error;
	}
}

int trace_text_load(struct trace_text *ret, const char *path, struct diag *diag)
{
	bool is_file = strcmp(path, "-") != 0;
	int fd = is_file ? open(path, O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
	struct buffer text;
	int error;

	if (fd < 0) {
		error = -errno;
		return diag_set(diag, error, "%s", strerror(-error));
	}
	buffer_init(&text, TRACE_TEXT_BYTES_MAX);
	error = read_all(fd, &text);
	if (is_file)
		close(fd);
	if (error)
		diag_set(diag, error, "%s", strerror(-error));
	else
		error = trace_text_parse(ret, (const char *)text.data, text.bytes, diag);
	buffer_release(&text);
	return error;
}

void trace_text_release(struct trace_text *trace)
{
	arena_release(&trace->arena);
	string_pool_release(&trace->strings);
	memset(trace, 0, sizeof(*trace));
}
