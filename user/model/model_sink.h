/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * model_sink.h - how user/assemble tells user/analysis what it found, in the order in which it became known.
 *
 * Objects are counted: a receiver that keeps one past the call takes a reference. The assembler goes
 * on filling an object until the call that says it is over or settled.
 */
#ifndef IDLETAX_MODEL_MODEL_SINK_H
#define IDLETAX_MODEL_MODEL_SINK_H

#include "model/environment.h"
#include "model/exchange.h"
#include "model/invocation.h"
#include "model/timeline.h"
#include "trace/fact.h"

/* Each returns 0, or negative errno to stop; any may be NULL. */
struct model_sink {
	void *context;

	/* A request is complete (server side: received; client side: sent); where none was seen, its
	 * response has begun. Runtime API traffic is not told; requests of no traced invocation (an
	 * emulator's, a test driver's) are. */
	int (*exchange_begin)(void *context, struct exchange *exchange);
	/* Its response is complete, or it was closed or cut. */
	int (*exchange_end)(void *context, struct exchange *exchange);

	/* Its event has arrived: borders' start, hand-over and event digests are known. Where the event
	 * was not seen (start_border, flags), what the invocation did tells of it. */
	int (*invocation_begin)(void *context, struct invocation *invocation);
	/* Its result has reached the dispatcher (taken_ns, taker_tid, result digests), where seen. */
	int (*invocation_taken)(void *context, struct invocation *invocation);
	/* It is over, and every run of its threads up to its end is known. @timeline covers its billed
	 * interval and lives for the call only. */
	int (*invocation_settled)(void *context, struct invocation *invocation,
				  const struct timeline *timeline);

	/* It is known: its function and, where seen, its start. Before its first invocation. */
	int (*environment_begin)(void *context, struct environment *environment);
	/* It is dead (end_ns) or the recording is over, and all its invocations are settled. Each that
	 * was begun ends once. */
	int (*environment_end)(void *context, struct environment *environment);
	/* A process ended: its id may come back for another. */
	int (*process_end)(void *context, uint32_t tgid);
	int (*loss)(void *context, const struct fact_loss *loss);
	int (*blind_spot)(void *context, const struct fact *fact);
	/* A message came of which bytes are missing where they matter. */
	int (*gap)(void *context, const struct fact_message *message);
	/*
	 * The facts up to @now_ns have come, and those of assembler_options.settle_ns after it: what waits for
	 * one of them can be closed. What is told later is told because of a later fact, but can have begun
	 * before:
	 *  - an environment, at its exec or fork;
	 *  - a request or an event that was long in coming: it is told of when it is whole;
	 *  - one of a process or a connection that was seen late;
	 *  - an invocation whose event was not seen: its response tells of it;
	 *  - an invocation that may turn out to be none (in_process.c): at its end, at the latest.
	 * The last call, at the end, comes when all is told.
	 */
	int (*advance)(void *context, uint64_t now_ns);
};

#endif
