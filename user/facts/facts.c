/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * facts.c - checks the lengths of each record and gives it to the module that understands it; converts
 * the kinds that need no state itself.
 */
#include "facts/facts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "facts/connection.h"
#include "facts/flow.h"
#include "facts/process.h"
#include "facts/state.h"
#include "facts/syscall_class.h"
#include "facts/worker.h"
#include "wire/redact.h"

int facts_new(struct facts **ret, const struct facts_options *options, const struct fact_sink *sink)
{
	struct facts *facts = calloc(1, sizeof(*facts));

	if (!facts)
		return -ENOMEM;
	facts->sink = *sink;
	memcpy(facts->key, options->digest_key, sizeof(facts->key));
	connections_init(&facts->connections, options->connections_max ? options->connections_max
								       : FACTS_CONNECTIONS_MAX);
	workers_init(&facts->workers, options->worker_messages_max ? options->worker_messages_max
								   : FACTS_WORKER_MESSAGES_MAX);
	*ret = facts;
	return 0;
}

void facts_free(struct facts *facts)
{
	if (!facts)
		return;
	connections_release(facts);
	workers_release(&facts->workers);
	for (size_t i = 0; i < RECORD_NATIVE_PROBES_MAX; i++)
		free(facts->native_probes[i]);
	message_pool_release(facts);
	free(facts);
}

struct facts_stats facts_stats(const struct facts *facts)
{
	return facts->stats;
}

void facts_emit(struct facts *facts, const struct fact *fact)
{
	if (!facts->error)
		facts->error = fact_sink_push(&facts->sink, fact);
}

void facts_emit_loss(struct facts *facts, uint64_t records)
{
	struct fact fact = {
		.kind = FACT_LOSS,
		.time_ns = facts->now_ns,
		.loss = {
			.from_ns = facts->now_ns,
			.to_ns = facts->now_ns,
			.records = records,
			.loss_class = LOSS_FACT,
		},
	};

	if (records)
		facts_emit(facts, &fact);
}

void facts_out_of_memory(struct facts *facts)
{
	if (!facts->error)
		facts->error = -ENOMEM;
}

static struct fact new_fact(const struct facts *facts, enum fact_kind kind)
{
	return (struct fact){
		.kind = kind,
		.time_ns = facts->now_ns,
		.tgid = facts->tgid,
		.tid = facts->tid,
	};
}

static uint64_t at_most(uint64_t value, uint64_t limit)
{
	return value < limit ? value : limit;
}

/* ---- sockets ---- */

static int on_socket_open(struct facts *facts, const struct record_header *header)
{
	connection_open(facts, (const struct record_socket_open *)header);
	return 0;
}

static int on_socket_state(struct facts *facts, const struct record_header *header)
{
	connection_set_state(facts, (const struct record_socket_state *)header);
	return 0;
}

static int on_socket_data(struct facts *facts, const struct record_header *header)
{
	const struct record_socket_data *record = (const struct record_socket_data *)header;
	struct connection *connection;

	if (record->piece_bytes > header->bytes - sizeof(*record) ||
	    record->direction > RECORD_RECEIVE || record->piece_offset > record->op_bytes ||
	    record->piece_bytes > record->op_bytes - record->piece_offset ||
	    record->op_offset > STREAM_OFFSET_MAX)
		return -EINVAL;
	connection = connection_use(facts, record->cookie);
	if (connection)
		flow_push(&connection->flows[record->direction], record);
	return 0;
}

static int on_worker_message(struct facts *facts, const struct record_header *header)
{
	const struct record_worker_message *record = (const struct record_worker_message *)header;

	if (record->data_bytes > header->bytes - sizeof(*record) ||
	    record->data_bytes > record->length ||
	    (record->operation != RECORD_WORKER_SENT &&
	     record->operation != RECORD_WORKER_RECEIVED))
		return -EINVAL;
	worker_push(facts, record);
	return 0;
}

/* ---- threads ---- */

static uint8_t blocked_in(uint8_t reason, int32_t syscall)
{
	if (reason == OFF_PREEMPTED || reason == OFF_CUT || reason == OFF_DEAD ||
	    reason == OFF_THROTTLED)
		return BLOCKED_NONE;
	return (uint8_t)syscall_class(syscall);
}

static int on_slice(struct facts *facts, const struct record_header *header)
{
	const struct record_slice *record = (const struct record_slice *)header;
	struct fact fact = new_fact(facts, FACT_SLICE);

	if (record->off_reason < OFF_PREEMPTED || record->off_reason > OFF_THROTTLED ||
	    record->waker > WAKER_INTERRUPT)
		return -EINVAL;
	fact.slice.on_ns = at_most(record->on_ns, facts->now_ns);
	fact.slice.woken_ns = at_most(record->woken_ns, fact.slice.on_ns);
	fact.slice.deadline_ns = record->deadline_ns;
	fact.slice.waker = record->waker;
	if (record->waker == WAKER_TASK) {
		fact.slice.waker_tgid = record->waker_tgid;
		fact.slice.waker_tid = record->waker_tid;
	}
	fact.slice.off_reason = record->off_reason;
	fact.slice.blocked_in = blocked_in(record->off_reason, record->syscall);
	facts_emit(facts, &fact);
	return 0;
}

static int on_task_seen(struct facts *facts, const struct record_header *header)
{
	const struct record_task_seen *record = (const struct record_task_seen *)header;
	struct fact fact = new_fact(facts, FACT_TASK_SEEN);
	char name[RECORD_NAME_MAX + 1];

	if (record->off_reason < OFF_PREEMPTED || record->off_reason > OFF_THROTTLED)
		return -EINVAL;
	fact.task_seen.start_ns = at_most(record->start_ns, facts->now_ns);
	fact.task_seen.parent_tgid = record->parent_tgid;
	fact.task_seen.deadline_ns = record->deadline_ns;
	fact.task_seen.off_reason = record->off_reason;
	fact.task_seen.blocked_in = blocked_in(record->off_reason, record->syscall);
	if (redact_name(name, sizeof(name), record->name, strnlen(record->name, RECORD_NAME_MAX),
			" ._-+@:/()#[]~"))
		fact.task_seen.name = name;
	facts_emit(facts, &fact);
	return 0;
}

static int on_fork(struct facts *facts, const struct record_header *header)
{
	const struct record_fork *record = (const struct record_fork *)header;
	struct fact fact = new_fact(facts, FACT_FORK);

	fact.fork.child_tgid = record->child_tgid;
	fact.fork.child_tid = record->child_tid;
	facts_emit(facts, &fact);
	return 0;
}

static int on_exec(struct facts *facts, const struct record_header *header)
{
	const struct record_exec *record = (const struct record_exec *)header;
	struct fact fact = new_fact(facts, FACT_EXEC);
	struct process_image image;
	struct process_strings strings;

	if (record->args_bytes > header->bytes - sizeof(*record) ||
	    record->env_bytes > header->bytes - sizeof(*record) - record->args_bytes)
		return -EINVAL;
	strings = (struct process_strings){
		.args = record->strings,
		.args_bytes = record->args_bytes,
		.env = record->strings + record->args_bytes,
		.env_bytes = record->env_bytes,
		.is_env_whole = record->env_bytes >= record->env_total,
		.name = record->name,
		.name_bytes = RECORD_NAME_MAX,
	};
	process_image_read(&image, &strings);
	fact.exec = image.exec;
	facts_emit(facts, &fact);
	return 0;
}

static int on_task_exit(struct facts *facts, const struct record_header *header)
{
	const struct record_exit *record = (const struct record_exit *)header;
	struct fact fact = new_fact(facts, FACT_TASK_EXIT);

	fact.task_exit.peak_rss_bytes = record->peak_rss_bytes;
	fact.task_exit.exit_code = record->exit_code;
	fact.task_exit.is_process = record->is_group_dead != 0;
	worker_thread_ended(facts, header->tid);
	facts_emit(facts, &fact);
	return 0;
}

static int on_memory(struct facts *facts, const struct record_header *header)
{
	const struct record_memory *record = (const struct record_memory *)header;
	struct fact fact = new_fact(facts, FACT_MEMORY);

	fact.memory.rss_bytes = record->rss_bytes;
	fact.memory.peak_rss_bytes = record->peak_rss_bytes;
	facts_emit(facts, &fact);
	return 0;
}

/* What was discovered tells of itself in other records. */
static int on_discovered(struct facts *facts, const struct record_header *header)
{
	return 0;
}

static int on_loss(struct facts *facts, const struct record_header *header)
{
	const struct record_loss *record = (const struct record_loss *)header;
	struct fact fact = new_fact(facts, FACT_LOSS);

	/* enum record_loss_class and enum loss_class agree. */
	if (!record->loss_class || record->loss_class >= RECORD_LOSS_CLASS_END)
		return -EINVAL;
	fact.tgid = 0;
	fact.tid = 0;
	fact.loss.to_ns = record->to_ns;
	fact.loss.from_ns = at_most(record->from_ns, record->to_ns);
	fact.loss.records = record->records;
	fact.loss.bytes = record->bytes;
	fact.loss.loss_class = (uint8_t)record->loss_class;
	facts_emit(facts, &fact);
	return 0;
}

/* The text of a fixed field, as far as a name may go into the file; NULL where nothing is left. */
static const char *kept_text(char *text, size_t size, const char *field, size_t field_size)
{
	return redact_name(text, size, field, strnlen(field, field_size), "._-+") ? text : NULL;
}

static int on_blind_spot(struct facts *facts, const struct record_header *header)
{
	const struct record_blind_spot *record = (const struct record_blind_spot *)header;
	char program[sizeof(record->program) + 1], version[sizeof(record->version) + 1];
	struct fact fact = new_fact(facts, FACT_BLIND_SPOT);

	/* enum record_blind_subject and _reason agree with enum blind_subject and _reason. */
	if (!record->subject || record->subject >= BLIND_SUBJECT_END || !record->reason ||
	    record->reason >= BLIND_REASON_END)
		return -EINVAL;
	fact.blind_spot.subject = record->subject;
	fact.blind_spot.reason = record->reason;
	fact.blind_spot.program =
		kept_text(program, sizeof(program), record->program, sizeof(record->program));
	fact.blind_spot.program_version =
		kept_text(version, sizeof(version), record->version, sizeof(record->version));
	facts_emit(facts, &fact);
	return 0;
}

/* ---- what the user said ---- */

/* False: the name is none. */
static bool read_function(char name[RECORD_FUNCTION_MAX + 1], const char *text, size_t bytes)
{
	if (!bytes || bytes > RECORD_FUNCTION_MAX || !utf8_is_plain(text, bytes))
		return false;
	memcpy(name, text, bytes);
	name[bytes] = 0;
	return true;
}

static int on_native_probe(struct facts *facts, const struct record_header *header)
{
	const struct record_native_probe *record = (const struct record_native_probe *)header;
	struct native_probe *probe;

	if (record->probe >= RECORD_NATIVE_PROBES_MAX || facts->native_probes[record->probe])
		return -EINVAL;
	probe = calloc(1, sizeof(*probe));
	if (!probe) {
		facts_out_of_memory(facts);
		return 0;
	}
	if (!read_function(probe->name, record->name, header->bytes - sizeof(*record))) {
		free(probe);
		return -EINVAL;
	}
	probe->memory_mb = record->memory_mb;
	facts->native_probes[record->probe] = probe;
	return 0;
}

static int on_native_call(struct facts *facts, const struct record_header *header)
{
	const struct record_native_call *record = (const struct record_native_call *)header;
	struct fact fact = new_fact(facts, FACT_NATIVE_CALL);
	const struct native_probe *probe;

	if (record->probe >= RECORD_NATIVE_PROBES_MAX || !facts->native_probes[record->probe] ||
	    (record->operation != RECORD_NATIVE_ENTRY && record->operation != RECORD_NATIVE_RETURN))
		return -EINVAL;
	probe = facts->native_probes[record->probe];
	fact.native_call.goroutine = record->goroutine;
	fact.native_call.stack = record->stack;
	fact.native_call.probe = record->probe;
	fact.native_call.is_return = record->operation == RECORD_NATIVE_RETURN;
	fact.native_call.function = probe->name;
	fact.native_call.memory_mb = probe->memory_mb;
	facts_emit(facts, &fact);
	return 0;
}

static int on_http_function(struct facts *facts, const struct record_header *header)
{
	const struct record_http_function *record = (const struct record_http_function *)header;
	struct fact fact = new_fact(facts, FACT_HTTP_FUNCTION);
	char name[RECORD_FUNCTION_MAX + 1];

	if (!record->port || !read_function(name, record->name, header->bytes - sizeof(*record)))
		return -EINVAL;
	fact.http_function.port = record->port;
	fact.http_function.memory_mb = record->memory_mb;
	fact.http_function.function = name;
	facts_emit(facts, &fact);
	return 0;
}

/* ---- dispatch ---- */

static const struct {
	size_t bytes; /* of the fixed part */
	int (*convert)(struct facts *facts, const struct record_header *header); /* 0 or -EINVAL */
} handlers[RECORD_KIND_END] = {
	[RECORD_SOCKET_OPEN] = { sizeof(struct record_socket_open), on_socket_open },
	[RECORD_SOCKET_STATE] = { sizeof(struct record_socket_state), on_socket_state },
	[RECORD_SOCKET_DATA] = { sizeof(struct record_socket_data), on_socket_data },
	[RECORD_SLICE] = { sizeof(struct record_slice), on_slice },
	[RECORD_TASK_SEEN] = { sizeof(struct record_task_seen), on_task_seen },
	[RECORD_FORK] = { sizeof(struct record_fork), on_fork },
	[RECORD_EXEC] = { sizeof(struct record_exec), on_exec },
	[RECORD_EXIT] = { sizeof(struct record_exit), on_task_exit },
	[RECORD_MEMORY] = { sizeof(struct record_memory), on_memory },
	[RECORD_WORKER_MESSAGE] = { sizeof(struct record_worker_message), on_worker_message },
	[RECORD_DISCOVERED] = { sizeof(struct record_discovered), on_discovered },
	[RECORD_LOSS] = { sizeof(struct record_loss), on_loss },
	[RECORD_BLIND_SPOT] = { sizeof(struct record_blind_spot), on_blind_spot },
	[RECORD_HTTP_FUNCTION] = { sizeof(struct record_http_function), on_http_function },
	[RECORD_NATIVE_PROBE] = { sizeof(struct record_native_probe), on_native_probe },
	[RECORD_NATIVE_CALL] = { sizeof(struct record_native_call), on_native_call },
};

int facts_push_record(struct facts *facts, const struct record_header *record)
{
	if (facts->error)
		return facts->error;
	facts->stats.records++;
	if (record->kind >= RECORD_KIND_END || !handlers[record->kind].convert) {
		facts->stats.records_unknown++;
		return 0;
	}
	facts->now_ns = record->time_ns;
	facts->tgid = record->tgid;
	facts->tid = record->tid;
	bytes_flows_end_idle(facts);
	if (record->bytes < handlers[record->kind].bytes ||
	    handlers[record->kind].convert(facts, record)) {
		facts->stats.records_malformed++;
		facts_emit_loss(facts, 1);
	}
	return facts->error;
}

int facts_finish(struct facts *facts, uint64_t now_ns)
{
	if (facts->error)
		return facts->error;
	facts->now_ns = now_ns;
	facts->tgid = 0;
	facts->tid = 0;
	connections_finish(facts);
	return facts->error;
}
