/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * postgres.c - see postgres.h. Bodies are skipped by their length; their first POSTGRES_TEXT_MAX bytes are
 * looked at when they are over. After a hole in the framing the end of an operation that looks like a Sync
 * (or a ReadyForQuery) is one, and the next operation begins with a message.
 */
#include "wire/postgres.h"

#include <string.h>

#include "base/hash_map.h"
#include "wire/sql.h"

#define MESSAGE_HEAD 5
#define MESSAGE_MAX (1u << 30)
#define STARTUP_MAX 10000 /* as the server has it */
#define SYNC_BYTES 5
#define READY_BYTES 6

enum startup_code {
	CODE_VERSION_3 = 3 << 16,
	CODE_CANCEL = 80877102,
	CODE_SSL = 80877103,
	CODE_GSS = 80877104,
};

static const char asked_types[] = "QPBEDCHSFdcfpX";
static const char question_types[] = "QPBEDCHSF"; /* those that are, or are part of, a question */

static uint32_t read_u32(const uint8_t *data)
{
	return (uint32_t)data[0] << 24 | (uint32_t)data[1] << 16 | (uint32_t)data[2] << 8 | data[3];
}

static bool is_one_of(uint8_t type, const char *types)
{
	return type && strchr(types, type);
}

void postgres_init(struct postgres *postgres, const struct dialog_events *events, void *context,
		   bool is_from_start)
{
	memset(postgres, 0, sizeof(*postgres));
	postgres->events = events;
	postgres->context = context;
	postgres->asked.state = is_from_start ? POSTGRES_STARTUP : POSTGRES_HEAD;
	postgres->answered.state = POSTGRES_HEAD;
}

void postgres_resume(struct postgres *postgres)
{
	postgres->answered.state = POSTGRES_HEAD;
	postgres->answered.head_bytes = 0;
}

static void leave(struct postgres *postgres, enum dialog_leave why)
{
	postgres->has_left = true;
	postgres->events->leave(postgres->context, why);
}

/* ---- prepared statements ---- */

static void remember_statement(struct postgres *postgres, uint64_t name, const char *operation)
{
	struct postgres_statement *statement = NULL;

	for (unsigned int i = 0; i < POSTGRES_STATEMENTS && !statement; i++)
		if (postgres->statements[i].name == name)
			statement = &postgres->statements[i];
	if (!statement)
		statement = &postgres->statements[postgres->statement_next++ % POSTGRES_STATEMENTS];
	statement->name = name;
	statement->operation = operation;
}

static const char *find_statement(const struct postgres *postgres, uint64_t name)
{
	for (unsigned int i = 0; i < POSTGRES_STATEMENTS; i++)
		if (postgres->statements[i].name == name)
			return postgres->statements[i].operation;
	return NULL;
}

/* ---- what is asked ---- */

static void begin_question(struct postgres *postgres)
{
	if (postgres->is_open)
		return;
	postgres->is_open = true;
	postgres->has_execute = false;
	postgres->has_parse = false;
	postgres->has_gap = false;
	postgres->unflushed = 0;
	postgres->operation = NULL;
	postgres->events->question_begin(postgres->context);
}

static void end_question(struct postgres *postgres, bool awaits_ready)
{
	struct dialog_question question = {
		.operation = postgres->operation,
		.target = postgres->database[0] ? postgres->database : NULL,
		.awaits = awaits_ready ? 0 : postgres->unflushed,
		.awaits_ready = awaits_ready,
		.has_gap = postgres->has_gap,
	};

	if (!postgres->is_open)
		return;
	postgres->is_open = false;
	if (!postgres->has_execute && !postgres->has_gap) /* nothing is run */
		question.operation = postgres->has_parse ? "PREPARE" : "SYNC";
	postgres->events->question_end(postgres->context, &question);
}

/* What opens a transaction is often sent along with the first statement in it: that one counts. */
static void note_operation(struct postgres *postgres, const char *operation)
{
	if (operation && (!postgres->operation || strcmp(postgres->operation, "BEGIN") == 0))
		postgres->operation = operation;
}

/* Where the text goes on after its first @strings strings; NULL where they do not end in it. */
static const uint8_t *skip_strings(const struct postgres_side *side, unsigned int strings)
{
	const uint8_t *at = side->text, *end = side->text + side->text_bytes;

	for (; strings && at; strings--) {
		at = memchr(at, 0, (size_t)(end - at));
		at = at ? at + 1 : NULL;
	}
	return at;
}

static void note_parse(struct postgres *postgres)
{
	const struct postgres_side *side = &postgres->asked;
	const uint8_t *query = skip_strings(side, 1);
	const char *operation;

	if (!query)
		return;
	operation = sql_keyword(query, (size_t)(side->text + side->text_bytes - query));
	remember_statement(postgres, hash_bytes(side->text, (size_t)(query - side->text)),
			   operation);
	note_operation(postgres, operation);
}

static void note_bind(struct postgres *postgres)
{
	const struct postgres_side *side = &postgres->asked;
	const uint8_t *name = skip_strings(side, 1), *end = skip_strings(side, 2);

	if (name && end)
		note_operation(postgres,
			       find_statement(postgres, hash_bytes(name, (size_t)(end - name))));
}

static void end_asked(struct postgres *postgres)
{
	struct postgres_side *side = &postgres->asked;
	uint8_t type = side->head[0];
	bool is_readable = !side->has_hole;

	side->state = POSTGRES_HEAD;
	side->head_bytes = 0;
	switch (type) {
	case 'Q':
		if (is_readable)
			note_operation(postgres, sql_keyword(side->text, side->text_bytes));
		postgres->has_execute = true;
		end_question(postgres, true);
		break;
	case 'F':
		note_operation(postgres, "CALL");
		postgres->has_execute = true;
		end_question(postgres, true);
		break;
	case 'S':
		end_question(postgres, true);
		break;
	case 'H':
		end_question(postgres, false);
		break;
	case 'P':
		if (is_readable)
			note_parse(postgres);
		postgres->has_parse = true;
		postgres->unflushed++;
		break;
	case 'B':
		if (is_readable)
			note_bind(postgres);
		postgres->unflushed++;
		break;
	case 'E':
		postgres->has_execute = true;
		postgres->unflushed++;
		break;
	case 'D':
	case 'C':
		postgres->unflushed++;
		break;
	}
}

/* ---- before the login ---- */

static void read_database(struct postgres *postgres)
{
	const struct postgres_side *side = &postgres->asked;
	const char *text = (const char *)side->text, *end = text + side->text_bytes;

	while (text < end && *text) {
		const char *value = memchr(text, 0, (size_t)(end - text));
		const char *value_end = value ? memchr(value + 1, 0, (size_t)(end - value - 1))
					      : NULL;

		if (!value_end)
			return;
		value++;
		if (strcmp(text, "database") == 0)
			redact_name(postgres->database, sizeof(postgres->database), value,
				    (size_t)(value_end - value), "_-.");
		text = value_end + 1;
	}
}

static void end_startup(struct postgres *postgres)
{
	struct postgres_side *side = &postgres->asked;
	struct dialog_question question = { .awaits_ready = true, .connects = true };
	uint32_t code = read_u32(side->head + 4);

	side->head_bytes = 0;
	side->state = POSTGRES_STARTUP;
	if (code == CODE_SSL || code == CODE_GSS) {
		postgres->encryption = code == CODE_SSL ? 's' : 'g';
		return;
	}
	if (!side->has_hole)
		read_database(postgres);
	side->state = POSTGRES_HEAD;
	postgres->is_open = false;
	question.target = postgres->database[0] ? postgres->database : NULL;
	postgres->events->question_end(postgres->context, &question);
}

/* ---- framing, one side ---- */

static void begin_body(struct postgres_side *side, uint32_t bytes, enum postgres_state state)
{
	side->state = state;
	side->body_left = bytes;
	side->text_bytes = 0;
	side->has_hole = false;
}

/* Takes what it can of the head; true when it is whole. */
static bool take_head(struct postgres_side *side, struct stream_run *input, uint8_t wanted)
{
	while (input->bytes && side->head_bytes < wanted) {
		side->head[side->head_bytes++] = *input->data++;
		input->bytes--;
	}
	return side->head_bytes == wanted;
}

/* Takes what it can of the body; true when it is over. */
static bool take_body(struct postgres_side *side, struct stream_run *input)
{
	uint32_t bytes = input->bytes < side->body_left ? (uint32_t)input->bytes : side->body_left;
	uint32_t kept = POSTGRES_TEXT_MAX - side->text_bytes;

	if (kept > bytes)
		kept = bytes;
	if (kept && input->data && !side->has_hole) {
		memcpy(side->text + side->text_bytes, input->data, kept);
		side->text_bytes += kept;
	} else if (kept) {
		side->has_hole = true;
	}
	side->body_left -= bytes;
	input->bytes -= bytes;
	if (input->data)
		input->data += bytes;
	return !side->body_left;
}

/* LOST: keeps the last bytes; true where an operation ends with @mark, of which 0xff is any byte. */
static bool take_lost(struct postgres_side *side, struct stream_run *input, const uint8_t *mark,
		      size_t mark_bytes)
{
	size_t kept = input->bytes < mark_bytes ? (size_t)input->bytes : mark_bytes;
	size_t old = mark_bytes - kept;

	if (!input->data)
		side->tail_bytes = 0;
	if (side->tail_bytes < old)
		old = side->tail_bytes;
	if (input->data) {
		memmove(side->tail, side->tail + side->tail_bytes - old, old);
		memcpy(side->tail + old, input->data + input->bytes - kept, kept);
		side->tail_bytes = (uint8_t)(old + kept);
	}
	input->bytes = 0;
	if (!input->is_operation_end || side->tail_bytes < mark_bytes)
		return false;
	for (size_t i = 0; i < mark_bytes; i++)
		if (mark[i] != 0xff && mark[i] != side->tail[i])
			return false;
	return true;
}

static void lose(struct postgres_side *side)
{
	side->state = POSTGRES_LOST;
	side->tail_bytes = 0;
}

static void ask_startup(struct postgres *postgres, struct stream_run *input)
{
	struct postgres_side *side = &postgres->asked;
	uint32_t bytes, code;

	if (!input->data) {
		leave(postgres, DIALOG_LEAVE_UNKNOWN);
		return;
	}
	if (!postgres->is_open) {
		postgres->is_open = true;
		postgres->events->question_begin(postgres->context);
	}
	if (!take_head(side, input, POSTGRES_START_BYTES))
		return;
	bytes = read_u32(side->head);
	code = read_u32(side->head + 4);
	if (bytes < POSTGRES_START_BYTES || bytes > STARTUP_MAX ||
	    (code != CODE_SSL && code != CODE_GSS && code >> 16 != CODE_VERSION_3 >> 16)) {
		leave(postgres, DIALOG_LEAVE_UNKNOWN);
		return;
	}
	begin_body(side, bytes - POSTGRES_START_BYTES, POSTGRES_STARTUP_BODY);
	if (!side->body_left)
		end_startup(postgres);
}

static void ask_head(struct postgres *postgres, struct stream_run *input)
{
	struct postgres_side *side = &postgres->asked;
	uint32_t bytes;

	if (!input->data) {
		postgres->has_gap = true;
		lose(side);
		return;
	}
	if (!side->head_bytes && is_one_of(*input->data, question_types))
		begin_question(postgres);
	if (!take_head(side, input, MESSAGE_HEAD))
		return;
	bytes = read_u32(side->head + 1);
	if (!is_one_of(side->head[0], asked_types) || bytes < 4 || bytes > MESSAGE_MAX) {
		leave(postgres, DIALOG_LEAVE_UNKNOWN);
		return;
	}
	begin_body(side, bytes - 4, POSTGRES_BODY);
	if (!side->body_left)
		end_asked(postgres);
}

static void ask_lost(struct postgres *postgres, struct stream_run *input)
{
	static const uint8_t sync[SYNC_BYTES] = { 'S', 0, 0, 0, 4 };
	struct postgres_side *side = &postgres->asked;

	if (input->is_operation_start && input->data && is_one_of(*input->data, asked_types)) {
		side->state = POSTGRES_HEAD;
		side->head_bytes = 0;
		return;
	}
	if (!take_lost(side, input, sync, SYNC_BYTES))
		return;
	side->state = POSTGRES_HEAD;
	side->head_bytes = 0;
	end_question(postgres, true);
}

void postgres_ask(struct postgres *postgres, struct stream_run *input)
{
	struct postgres_side *side = &postgres->asked;

	while (input->bytes && !postgres->has_left) {
		uint64_t before = input->bytes;

		switch (side->state) {
		case POSTGRES_STARTUP:
			ask_startup(postgres, input);
			break;
		case POSTGRES_STARTUP_BODY:
			if (take_body(side, input))
				end_startup(postgres);
			break;
		case POSTGRES_HEAD:
			ask_head(postgres, input);
			break;
		case POSTGRES_BODY:
			if (take_body(side, input))
				end_asked(postgres);
			break;
		case POSTGRES_LOST:
			ask_lost(postgres, input);
			break;
		}
		if (input->bytes != before)
			input->is_operation_start = false;
	}
}

/* ---- what is answered ---- */

static void tell_answer(struct postgres *postgres, enum dialog_answer_kind kind, const char *error,
			bool has_gap)
{
	struct dialog_answer answer = { .kind = kind, .error = error, .has_gap = has_gap };

	postgres->events->answer(postgres->context, &answer);
}

/* The SQLSTATE among an ErrorResponse's fields: { TYPE string } NUL. */
static void tell_error(struct postgres *postgres)
{
	const struct postgres_side *side = &postgres->answered;
	const char *text = (const char *)side->text, *end = text + side->text_bytes;
	char code[TOKEN_MAX] = "";

	while (!side->has_hole && text < end && *text) {
		const char *field_end = memchr(text, 0, (size_t)(end - text));

		if (!field_end)
			break;
		if (*text == 'C' && field_end - text == 6)
			redact_name(code, sizeof(code), text + 1, 5, "");
		text = field_end + 1;
	}
	tell_answer(postgres, DIALOG_FAILED, code[0] ? code : NULL, false);
}

static void end_answered(struct postgres *postgres)
{
	struct postgres_side *side = &postgres->answered;

	side->state = POSTGRES_HEAD;
	side->head_bytes = 0;
	switch (side->head[0]) {
	case 'Z':
		tell_answer(postgres, DIALOG_READY, NULL, false);
		break;
	case 'E':
		tell_error(postgres);
		break;
	case '1': /* parsed */
	case '2': /* bound */
	case '3': /* closed */
	case 'T': /* described */
	case 'n':
	case 'C': /* executed */
	case 's':
	case 'I':
		tell_answer(postgres, DIALOG_ACKNOWLEDGED, NULL, false);
		break;
	}
}

/* One byte, without a head. */
static void answer_encryption(struct postgres *postgres, struct stream_run *input)
{
	uint8_t answer = input->data ? *input->data : 0;
	bool is_tls = postgres->encryption == 's' && answer == 'S';

	postgres->encryption = 0;
	if (input->data)
		input->data++;
	input->bytes--;
	if (answer != 'N')
		leave(postgres, is_tls ? DIALOG_LEAVE_TLS : DIALOG_LEAVE_UNKNOWN);
}

static void answer_head(struct postgres *postgres, struct stream_run *input)
{
	struct postgres_side *side = &postgres->answered;
	uint32_t bytes;

	if (!side->head_bytes)
		postgres->events->answer_begin(postgres->context);
	if (!input->data) {
		lose(side);
		postgres->events->answer_lost(postgres->context);
		return;
	}
	if (!take_head(side, input, MESSAGE_HEAD))
		return;
	bytes = read_u32(side->head + 1);
	if (side->head[0] < '1' || side->head[0] > 'z' || bytes < 4 || bytes > MESSAGE_MAX) {
		leave(postgres, DIALOG_LEAVE_UNKNOWN);
		return;
	}
	begin_body(side, bytes - 4, POSTGRES_BODY);
	if (!side->body_left)
		end_answered(postgres);
}

static void answer_lost(struct postgres *postgres, struct stream_run *input)
{
	static const uint8_t ready[READY_BYTES] = { 'Z', 0, 0, 0, 5, 0xff };

	if (!take_lost(&postgres->answered, input, ready, READY_BYTES) ||
	    !is_one_of(postgres->answered.tail[READY_BYTES - 1], "ITE"))
		return;
	postgres_resume(postgres);
	tell_answer(postgres, DIALOG_READY, NULL, true);
}

void postgres_answer(struct postgres *postgres, struct stream_run *input)
{
	while (input->bytes && !postgres->has_left) {
		if (postgres->encryption)
			answer_encryption(postgres, input);
		else if (postgres->answered.state == POSTGRES_HEAD)
			answer_head(postgres, input);
		else if (postgres->answered.state == POSTGRES_LOST)
			answer_lost(postgres, input);
		else if (take_body(&postgres->answered, input))
			end_answered(postgres);
	}
}

/* ---- recognition ---- */

int postgres_match_start(const uint8_t *data, size_t bytes)
{
	uint32_t length, code;

	if (bytes < POSTGRES_START_BYTES) /* length below 10000: begins with two zeros */
		return bytes && (data[0] || (bytes > 1 && data[1])) ? 0 : -1;
	length = read_u32(data);
	code = read_u32(data + 4);
	if (code == CODE_SSL || code == CODE_GSS)
		return length == POSTGRES_START_BYTES;
	return code == CODE_VERSION_3 && length > POSTGRES_START_BYTES && length <= STARTUP_MAX;
}

bool postgres_match_question(const uint8_t *data, size_t bytes)
{
	size_t at = 0;
	uint8_t last = 0;

	while (bytes - at >= MESSAGE_HEAD) {
		uint32_t length = read_u32(data + at + 1);

		last = data[at];
		if (!is_one_of(last, question_types) || length < 4 || length > bytes - at - 1)
			return false;
		at += 1 + length;
	}
	return at == bytes && (last == 'S' || (last == 'Q' && !data[bytes - 1]));
}
