/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * text_defaults.c - the defaults, member by member. The parser applies them to a fact that is zero
 * but for what was given. Later defaults may use earlier ones.
 */
#include "trace/text_defaults.h"

#include <stddef.h>
#include <string.h>

struct defaults {
	const struct fact_schema *schema;
	uint64_t given;
};

/* Was the member at @offset of struct fact left out? */
static bool is_left_out(const struct defaults *defaults, size_t offset)
{
	for (unsigned int i = 0; i < defaults->schema->field_count; i++)
		if (defaults->schema->fields[i].offset == offset)
			return !(defaults->given >> i & 1);
	return false;
}

#define DEFAULT(member, value)                                            \
	do {                                                              \
		if (is_left_out(defaults, offsetof(struct fact, member))) \
			fact->member = (value);                           \
	} while (0)

static void default_address(const struct defaults *defaults, const struct fact *fact, size_t offset,
			    uint8_t *address)
{
	static const uint8_t inet[FACT_ADDRESS_BYTES] = { 127, 0, 0, 1 };
	static const uint8_t inet6[FACT_ADDRESS_BYTES] = { [15] = 1 };

	if (!is_left_out(defaults, offset))
		return;
	if (fact->connection.family == CONNECTION_INET)
		memcpy(address, inet, sizeof(inet));
	else if (fact->connection.family == CONNECTION_INET6)
		memcpy(address, inet6, sizeof(inet6));
	else
		memset(address, 0, FACT_ADDRESS_BYTES);
}

static void default_connection(const struct defaults *defaults, struct fact *fact)
{
	DEFAULT(connection.family, CONNECTION_INET);
	DEFAULT(connection.opened_ns, fact->time_ns);
	DEFAULT(connection.is_from_start, true);
	default_address(defaults, fact, offsetof(struct fact, connection.local_address),
			fact->connection.local_address);
	default_address(defaults, fact, offsetof(struct fact, connection.remote_address),
			fact->connection.remote_address);
}

static void default_message(const struct defaults *defaults, struct fact *fact)
{
	DEFAULT(message.last_ns, fact->time_ns);
	DEFAULT(message.first_ns, fact->message.last_ns);
	DEFAULT(message.last_tid, fact->tid);
	DEFAULT(message.kind, MESSAGE_HTTP);
}

static const char *default_slice(const struct defaults *defaults, struct fact *fact)
{
	if (is_left_out(defaults, offsetof(struct fact, slice.on_ns)))
		return "a slice needs on=";
	DEFAULT(slice.off_reason, OFF_SLEEP);
	DEFAULT(slice.waker_tgid, fact->slice.waker_tid);
	DEFAULT(slice.waker, fact->slice.waker_tid ? WAKER_TASK : WAKER_UNKNOWN);
	return NULL;
}

static void default_loss(const struct defaults *defaults, struct fact *fact)
{
	DEFAULT(loss.to_ns, fact->time_ns);
	DEFAULT(loss.from_ns, fact->loss.to_ns);
	DEFAULT(loss.loss_class, LOSS_SOCKET);
}

const char *text_defaults_apply(struct fact *fact, uint64_t given)
{
	struct defaults rules = { fact_schema_find(fact->kind), given };
	const struct defaults *defaults = &rules;

	if (!(given & GIVEN_TID))
		fact->tid = fact->tgid;
	switch (fact->kind) {
	case FACT_TASK_SEEN:
		DEFAULT(task_seen.off_reason, OFF_SLEEP);
		break;
	case FACT_FORK:
		DEFAULT(fork.child_tgid, fact->tgid);
		DEFAULT(fork.child_tid, fact->fork.child_tgid);
		break;
	case FACT_EXEC:
		DEFAULT(exec.is_environment_known, true);
		break;
	case FACT_TASK_EXIT:
		DEFAULT(task_exit.is_process, fact->tid == fact->tgid);
		break;
	case FACT_SLICE:
		return default_slice(defaults, fact);
	case FACT_CONNECTION:
		default_connection(defaults, fact);
		break;
	case FACT_CONNECTION_STATE:
		DEFAULT(connection_state.state, CONNECTION_CLOSED);
		break;
	case FACT_MESSAGE:
		default_message(defaults, fact);
		break;
	case FACT_LOSS:
		default_loss(defaults, fact);
		break;
	case FACT_BLIND_SPOT:
		DEFAULT(blind_spot.subject, BLIND_WORKER_MESSAGES);
		DEFAULT(blind_spot.reason, BLIND_NO_SYMBOLS);
		break;
	default:
		break;
	}
	return NULL;
}
