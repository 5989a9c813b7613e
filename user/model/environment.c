// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * environment.c - the life of struct environment, and what became of it in words.
 */
#include "model/environment.h"

#include <signal.h>
#include <stdlib.h>

struct environment *environment_new(void)
{
	struct environment *environment = calloc(1, sizeof(*environment));

	if (environment)
		environment->references = 1;
	return environment;
}

struct environment *environment_ref(struct environment *environment)
{
	if (environment)
		environment->references++;
	return environment;
}

void environment_unref(struct environment *environment)
{
	if (environment && --environment->references == 0)
		free(environment);
}

/* Asked to stop from outside, as emulators do when they end: that is no failure of its own. */
static bool was_stopped(uint32_t exit_code)
{
	uint32_t signal_number = exit_code & 0x7f, status = exit_code >> 8 & 0xff;

	return signal_number == SIGTERM || signal_number == SIGINT || status == 128 + SIGTERM ||
	       status == 128 + SIGINT;
}

enum init_status environment_init_status(const struct environment *environment)
{
	if (environment->has_init_error)
		return INIT_ERROR;
	if (!environment->start_ns)
		return INIT_UNSEEN;
	if (environment->ready_ns)
		return INIT_OK;
	if (!environment->end_ns || was_stopped(environment->exit_code))
		return INIT_CUT;
	return INIT_EXITED;
}

enum environment_status environment_status(const struct environment *environment)
{
	if (!environment->end_ns)
		return ENVIRONMENT_ALIVE;
	return environment->exit_code & 0x7f ? ENVIRONMENT_KILLED : ENVIRONMENT_EXITED;
}

const char *init_status_name(enum init_status status)
{
	switch (status) {
	case INIT_UNSEEN:
		return "unseen";
	case INIT_OK:
		return "ok";
	case INIT_ERROR:
		return "error";
	case INIT_EXITED:
		return "exited";
	case INIT_CUT:
		return "cut";
	}
	return "unseen";
}

const char *environment_status_name(enum environment_status status)
{
	switch (status) {
	case ENVIRONMENT_ALIVE:
		return "alive";
	case ENVIRONMENT_EXITED:
		return "exited";
	case ENVIRONMENT_KILLED:
		return "killed";
	}
	return "alive";
}

const char *boundary_name(enum boundary boundary)
{
	switch (boundary) {
	case BOUNDARY_RUNTIME_API:
		return "runtime_api";
	case BOUNDARY_NODE_WORKER:
		return "node_worker";
	case BOUNDARY_CHILD_PROCESS:
		return "child_process";
	case BOUNDARY_HTTP_FUNCTION:
		return "http_function";
	case BOUNDARY_NATIVE_PROBE:
		return "native_probe";
	}
	return "unknown";
}
