/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * fact_schema.c - the tables: what each fact kind consists of, and the names of enumerations.
 * Rows are append-only: their positions are the bits of the presence mask in the file.
 */
#include "trace/fact_schema.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define NAMES(name, ...)                                          \
	static const char *const name##_list[] = { __VA_ARGS__ }; \
	static const struct field_names name = { name##_list, COUNT(name##_list) }

NAMES(off_names, [OFF_PREEMPTED] = "preempted", [OFF_SLEEP] = "sleep",
      [OFF_UNINTERRUPTIBLE] = "uninterruptible", [OFF_IO] = "io", [OFF_STOPPED] = "stopped",
      [OFF_DEAD] = "dead", [OFF_CUT] = "cut", [OFF_THROTTLED] = "throttled");
NAMES(waker_names, [WAKER_UNKNOWN] = "unknown", [WAKER_TASK] = "task",
      [WAKER_INTERRUPT] = "interrupt");
NAMES(blocked_names, [BLOCKED_NONE] = "none", [BLOCKED_OTHER] = "other", [BLOCKED_POLL] = "poll",
      [BLOCKED_FUTEX] = "futex", [BLOCKED_SLEEP] = "sleep", [BLOCKED_READ] = "read",
      [BLOCKED_WRITE] = "write", [BLOCKED_WAIT] = "wait", [BLOCKED_ACCEPT] = "accept",
      [BLOCKED_CONNECT] = "connect", [BLOCKED_FSYNC] = "fsync");
NAMES(family_names, [CONNECTION_INET] = "inet", [CONNECTION_INET6] = "inet6",
      [CONNECTION_UNIX] = "unix");
NAMES(state_names, [CONNECTION_CONNECTING] = "connecting", [CONNECTION_ESTABLISHED] = "established",
      [CONNECTION_PEER_CLOSED] = "peer_closed", [CONNECTION_CLOSED] = "closed",
      [CONNECTION_OWN_CLOSED] = "own_closed");
NAMES(direction_names, [MESSAGE_SENT] = "sent", [MESSAGE_RECEIVED] = "received");
NAMES(message_names, [MESSAGE_BYTES] = "bytes", [MESSAGE_HTTP] = "http",
      [MESSAGE_RUNTIME_NEXT] = "runtime_next", [MESSAGE_RUNTIME_RESPONSE] = "runtime_response",
      [MESSAGE_RUNTIME_ERROR] = "runtime_error",
      [MESSAGE_RUNTIME_INIT_ERROR] = "runtime_init_error",
      [MESSAGE_RUNTIME_RESTORE] = "runtime_restore", [MESSAGE_EXTENSION] = "extension",
      [MESSAGE_EXTENSION_NEXT] = "extension_next", [MESSAGE_TELEMETRY] = "telemetry",
      [MESSAGE_INVOKE] = "invoke", [MESSAGE_INVOKE_STREAM] = "invoke_stream",
      [MESSAGE_INVOKE_ASYNC] = "invoke_async", [MESSAGE_AWS] = "aws",
      [MESSAGE_LINE_EVENT] = "line_event", [MESSAGE_LINE_RESULT] = "line_result",
      [MESSAGE_POSTGRES] = "postgres", [MESSAGE_MYSQL] = "mysql", [MESSAGE_REDIS] = "redis",
      [MESSAGE_TLS] = "tls");
NAMES(message_flag_names, "is_response", "has_gap", "end_inferred", "cut", "chunked",
      "last_on_connection", "start_inferred", "streamed", "malformed", "trace_malformed",
      "connects");
NAMES(method_names, [HTTP_METHOD_NONE] = "none", [HTTP_METHOD_GET] = "get",
      [HTTP_METHOD_POST] = "post", [HTTP_METHOD_PUT] = "put", [HTTP_METHOD_DELETE] = "delete",
      [HTTP_METHOD_HEAD] = "head", [HTTP_METHOD_OPTIONS] = "options", [HTTP_METHOD_PATCH] = "patch",
      [HTTP_METHOD_OTHER] = "other");
NAMES(invocation_type_names, [INVOCATION_TYPE_NONE] = "none",
      [INVOCATION_REQUEST_RESPONSE] = "request_response", [INVOCATION_EVENT] = "event",
      [INVOCATION_DRY_RUN] = "dry_run");
NAMES(loss_names, [LOSS_SOCKET] = "socket", [LOSS_SCHEDULER] = "scheduler",
      [LOSS_PROCESS] = "process", [LOSS_FACT] = "fact", [LOSS_FILE] = "file");
NAMES(blind_subject_names, [BLIND_WORKER_MESSAGES] = "worker_messages");
NAMES(blind_reason_names, [BLIND_NO_SYMBOLS] = "no_symbols", [BLIND_UNKNOWN_FORM] = "unknown_form",
      [BLIND_NOT_ATTACHED] = "not_attached");

_Static_assert(COUNT(message_names_list) == MESSAGE_KIND_END, "a message kind has no name");
_Static_assert(COUNT(loss_names_list) == LOSS_CLASS_END, "a loss class has no name");
_Static_assert(COUNT(blind_subject_names_list) == BLIND_SUBJECT_END, "a subject has no name");
_Static_assert(COUNT(blind_reason_names_list) == BLIND_REASON_END, "a reason has no name");
_Static_assert(1 << (COUNT(message_flag_names_list) - 1) == MESSAGE_CONNECTS,
	       "a message flag has no name");

#define FIELD(kind_member, field_name, member, field_type, field_names)                      \
	{                                                                                    \
		.name = field_name, .offset = offsetof(struct fact, kind_member.member),     \
		.type = field_type, .bytes = sizeof(((struct fact *)0)->kind_member.member), \
		.names = field_names                                                         \
	}
#define NUMBER(kind, name, member) FIELD(kind, name, member, FIELD_NUMBER, NULL)
#define TIME(kind, name, member) FIELD(kind, name, member, FIELD_TIME, NULL)
#define BOOL(kind, member) FIELD(kind, #member, member, FIELD_BOOL, NULL)
#define STRING(kind, member) FIELD(kind, #member, member, FIELD_STRING, NULL)
#define DIGEST(kind, member) FIELD(kind, #member, member, FIELD_DIGEST, NULL)
#define ENUM(kind, name, member, names) FIELD(kind, name, member, FIELD_ENUM, &(names))

static const struct fact_field task_seen_fields[] = {
	TIME(task_seen, "start", start_ns),
	NUMBER(task_seen, "parent_pid", parent_tgid),
	TIME(task_seen, "deadline", deadline_ns),
	ENUM(task_seen, "off", off_reason, off_names),
	ENUM(task_seen, "blocked_in", blocked_in, blocked_names),
	STRING(task_seen, name),
};

static const struct fact_field fork_fields[] = {
	NUMBER(fork, "child_pid", child_tgid),
	NUMBER(fork, "child_tid", child_tid),
};

static const struct fact_field exec_fields[] = {
	STRING(exec, program),
	STRING(exec, script),
	STRING(exec, runtime_api),
	STRING(exec, function),
	STRING(exec, version),
	STRING(exec, handler),
	STRING(exec, initialization_type),
	NUMBER(exec, "memory_mb", memory_mb),
	NUMBER(exec, "max_concurrency", max_concurrency),
	BOOL(exec, is_environment_known),
	BOOL(exec, is_in_process),
};

static const struct fact_field task_exit_fields[] = {
	NUMBER(task_exit, "peak_rss_bytes", peak_rss_bytes),
	NUMBER(task_exit, "exit_code", exit_code),
	BOOL(task_exit, is_process),
};

static const struct fact_field slice_fields[] = {
	TIME(slice, "woken", woken_ns),
	TIME(slice, "on", on_ns),
	ENUM(slice, "off", off_reason, off_names),
	ENUM(slice, "blocked_in", blocked_in, blocked_names),
	ENUM(slice, "waker", waker, waker_names),
	NUMBER(slice, "waker_pid", waker_tgid),
	NUMBER(slice, "waker_tid", waker_tid),
	TIME(slice, "deadline", deadline_ns),
};

static const struct fact_field memory_fields[] = {
	NUMBER(memory, "rss_bytes", rss_bytes),
	NUMBER(memory, "peak_rss_bytes", peak_rss_bytes),
};

static const struct fact_field connection_fields[] = {
	NUMBER(connection, "id", id),
	NUMBER(connection, "peer_id", peer_id),
	TIME(connection, "opened", opened_ns),
	NUMBER(connection, "netns", netns),
	NUMBER(connection, "local_port", local_port),
	NUMBER(connection, "remote_port", remote_port),
	ENUM(connection, "family", family, family_names),
	BOOL(connection, is_client),
	BOOL(connection, is_from_start),
	FIELD(connection, "local_address", local_address, FIELD_ADDRESS, NULL),
	FIELD(connection, "remote_address", remote_address, FIELD_ADDRESS, NULL),
	BOOL(connection, is_listening),
};

static const struct fact_field connection_state_fields[] = {
	NUMBER(connection_state, "id", id),
	ENUM(connection_state, "state", state, state_names),
};

static const struct fact_field message_fields[] = {
	NUMBER(message, "connection", connection),
	NUMBER(message, "sequence", sequence),
	TIME(message, "first", first_ns),
	TIME(message, "last", last_ns),
	ENUM(message, "direction", direction, direction_names),
	ENUM(message, "kind", kind, message_names),
	FIELD(message, "flags", flags, FIELD_FLAGS, &message_flag_names),
	ENUM(message, "method", method, method_names),
	NUMBER(message, "status", status),
	NUMBER(message, "wire_bytes", wire_bytes),
	NUMBER(message, "body_bytes", body_bytes),
	NUMBER(message, "last_tid", last_tid),
	DIGEST(message, body),
	DIGEST(message, json),
	NUMBER(message, "deadline_ms", deadline_ms),
	NUMBER(message, "memory_mb", memory_mb),
	NUMBER(message, "sdk_attempt", sdk_attempt),
	NUMBER(message, "sdk_max", sdk_max),
	ENUM(message, "invocation_type", invocation_type, invocation_type_names),
	STRING(message, request_id),
	STRING(message, function),
	STRING(message, qualifier),
	STRING(message, arn),
	STRING(message, host),
	STRING(message, path),
	STRING(message, service),
	STRING(message, operation),
	STRING(message, target),
	STRING(message, trace_header),
	STRING(message, traceparent),
	STRING(message, sdk_invocation_id),
	STRING(message, function_error),
};

static const struct fact_field worker_fields[] = {
	NUMBER(worker, "message", message),
	NUMBER(worker, "port", port),
	TIME(worker, "sent", sent_ns),
	NUMBER(worker, "sender_tid", sender_tid),
	NUMBER(worker, "length", length),
	NUMBER(worker, "memory_mb", memory_mb),
	BOOL(worker, is_error),
	DIGEST(worker, json),
	STRING(worker, request_id),
	STRING(worker, function),
	STRING(worker, arn),
	NUMBER(worker, "timeout_ms", timeout_ms),
};

static const struct fact_field loss_fields[] = {
	TIME(loss, "from", from_ns),
	TIME(loss, "to", to_ns),
	NUMBER(loss, "records", records),
	NUMBER(loss, "bytes", bytes),
	ENUM(loss, "loss_class", loss_class, loss_names),
};

static const struct fact_field blind_spot_fields[] = {
	ENUM(blind_spot, "subject", subject, blind_subject_names),
	ENUM(blind_spot, "reason", reason, blind_reason_names),
	STRING(blind_spot, program),
	STRING(blind_spot, program_version),
};

static const struct fact_field native_call_fields[] = {
	NUMBER(native_call, "goroutine", goroutine),
	NUMBER(native_call, "stack", stack),
	NUMBER(native_call, "probe", probe),
	NUMBER(native_call, "memory_mb", memory_mb),
	BOOL(native_call, is_return),
	STRING(native_call, function),
};

static const struct fact_field http_function_fields[] = {
	NUMBER(http_function, "port", port),
	NUMBER(http_function, "memory_mb", memory_mb),
	STRING(http_function, function),
};

_Static_assert(COUNT(message_fields) <= FACT_FIELDS_MAX, "the presence mask is full");

#define SCHEMA(number, kind_name, kind_member, rows)      \
	[number] = { kind_name, rows, COUNT(rows),        \
		     offsetof(struct fact, kind_member) + \
			     sizeof(((struct fact *)0)->kind_member) }

static const struct fact_schema schemas[] = {
	SCHEMA(FACT_TASK_SEEN, "task_seen", task_seen, task_seen_fields),
	SCHEMA(FACT_FORK, "fork", fork, fork_fields),
	SCHEMA(FACT_EXEC, "exec", exec, exec_fields),
	SCHEMA(FACT_TASK_EXIT, "task_exit", task_exit, task_exit_fields),
	SCHEMA(FACT_SLICE, "slice", slice, slice_fields),
	SCHEMA(FACT_MEMORY, "memory", memory, memory_fields),
	SCHEMA(FACT_CONNECTION, "connection", connection, connection_fields),
	SCHEMA(FACT_CONNECTION_STATE, "connection_state", connection_state,
	       connection_state_fields),
	SCHEMA(FACT_MESSAGE, "message", message, message_fields),
	SCHEMA(FACT_WORKER_EVENT, "worker_event", worker, worker_fields),
	SCHEMA(FACT_WORKER_RESULT, "worker_result", worker, worker_fields),
	SCHEMA(FACT_LOSS, "loss", loss, loss_fields),
	SCHEMA(FACT_WORKER_SENT, "worker_sent", worker, worker_fields),
	SCHEMA(FACT_WORKER_TAKEN, "worker_taken", worker, worker_fields),
	SCHEMA(FACT_BLIND_SPOT, "blind_spot", blind_spot, blind_spot_fields),
	SCHEMA(FACT_HTTP_FUNCTION, "http_function", http_function, http_function_fields),
	SCHEMA(FACT_NATIVE_CALL, "native_call", native_call, native_call_fields),
};

_Static_assert(COUNT(schemas) == FACT_KIND_END, "a fact kind has no schema");

const struct fact_schema *fact_schema_find(unsigned int kind)
{
	return kind < COUNT(schemas) && schemas[kind].name ? &schemas[kind] : NULL;
}

static bool is_same(const char *name, const char *text, size_t length)
{
	return strncmp(name, text, length) == 0 && name[length] == 0;
}

enum fact_kind fact_kind_find(const char *name, size_t length)
{
	for (unsigned int i = 0; i < COUNT(schemas); i++)
		if (schemas[i].name && is_same(schemas[i].name, name, length))
			return (enum fact_kind)i;
	return (enum fact_kind)0;
}

int field_names_find(const struct field_names *names, const char *name, size_t length)
{
	for (unsigned int i = 0; i < names->count; i++)
		if (names->names[i] && is_same(names->names[i], name, length))
			return (int)i;
	return -1;
}

uint64_t field_get_number(const struct fact_field *field, const struct fact *fact)
{
	const void *member = field_at(field, fact);

	switch (field->bytes) {
	case 1:
		return *(const uint8_t *)member;
	case 2:
		return *(const uint16_t *)member;
	case 4:
		return *(const uint32_t *)member;
	default:
		return *(const uint64_t *)member;
	}
}

void field_set_number(const struct fact_field *field, struct fact *fact, uint64_t value)
{
	void *member = field_at_mutable(field, fact);

	switch (field->bytes) {
	case 1:
		*(uint8_t *)member = (uint8_t)value;
		break;
	case 2:
		*(uint16_t *)member = (uint16_t)value;
		break;
	case 4:
		*(uint32_t *)member = (uint32_t)value;
		break;
	default:
		*(uint64_t *)member = value;
	}
}

const char *field_get_string(const struct fact_field *field, const struct fact *fact)
{
	return *(const char *const *)field_at(field, fact);
}

void field_set_string(const struct fact_field *field, struct fact *fact, const char *value)
{
	*(const char **)field_at_mutable(field, fact) = value;
}

static const char *check_fields(const struct fact_schema *schema, const struct fact *fact)
{
	for (unsigned int i = 0; i < schema->field_count; i++) {
		const struct fact_field *field = &schema->fields[i];
		uint64_t value;

		if (field->type == FIELD_ENUM) {
			value = field_get_number(field, fact);
			if (value >= field->names->count || !field->names->names[value])
				return "an enumeration has a value that does not exist";
		} else if (field->type == FIELD_FLAGS) {
			value = field_get_number(field, fact);
			if (value >> field->names->count)
				return "a flag is set that does not exist";
		} else if (field->type == FIELD_DIGEST) {
			const struct digest *digest = field_at(field, fact);

			if (digest->flags & ~DIGEST_IS_PREFIX)
				return "a digest flag is set that does not exist";
		}
	}
	return NULL;
}

/* Bytes of an address that mean something. */
static size_t address_bytes(uint8_t family)
{
	switch (family) {
	case CONNECTION_INET:
		return 4;
	case CONNECTION_INET6:
		return FACT_ADDRESS_BYTES;
	default:
		return 0;
	}
}

static const char *check_connection(const struct fact *fact)
{
	static const uint8_t zero[FACT_ADDRESS_BYTES];
	const struct fact_connection *connection = &fact->connection;
	size_t used = address_bytes(connection->family);

	if (memcmp(connection->local_address + used, zero, FACT_ADDRESS_BYTES - used) != 0 ||
	    memcmp(connection->remote_address + used, zero, FACT_ADDRESS_BYTES - used) != 0)
		return "an address is longer than its family's";
	if (connection->opened_ns > fact->time_ns)
		return "a connection is opened after its own time";
	return NULL;
}

const char *fact_check(const struct fact *fact)
{
	const struct fact_schema *schema = fact_schema_find(fact->kind);
	const char *problem;

	if (!schema)
		return "a fact has a kind that does not exist";
	problem = check_fields(schema, fact);
	if (problem)
		return problem;
	switch (fact->kind) {
	case FACT_TASK_SEEN:
		if (fact->task_seen.start_ns > fact->time_ns)
			return "a thread starts after it is seen";
		return NULL;
	case FACT_SLICE:
		if (fact->slice.on_ns > fact->time_ns)
			return "a slice ends before it begins";
		if (fact->slice.woken_ns > fact->slice.on_ns)
			return "a slice begins before its wake";
		return NULL;
	case FACT_CONNECTION:
		return check_connection(fact);
	case FACT_MESSAGE:
		if (fact->message.first_ns > fact->message.last_ns)
			return "a message ends before it begins";
		if (fact->message.last_ns > fact->time_ns)
			return "a message ends after its own time";
		return NULL;
	case FACT_WORKER_EVENT:
	case FACT_WORKER_RESULT:
	case FACT_WORKER_SENT:
	case FACT_WORKER_TAKEN:
		if (fact->worker.sent_ns > fact->time_ns)
			return "a worker message is sent after its own time";
		return NULL;
	case FACT_LOSS:
		if (fact->loss.from_ns > fact->loss.to_ns)
			return "a loss ends before it begins";
		return NULL;
	case FACT_HTTP_FUNCTION:
		if (!fact->http_function.port || !fact->http_function.function)
			return "a function has no port or no name";
		return NULL;
	case FACT_NATIVE_CALL:
		if (!fact->native_call.function)
			return "a handler has no name";
		return NULL;
	default:
		return NULL;
	}
}
