/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * boundaries.h - the doors of each kind of boundary (SEMANTICS 2): one file each beside this one.
 */
#ifndef IDLETAX_ASSEMBLE_BOUNDARIES_H
#define IDLETAX_ASSEMBLE_BOUNDARIES_H

#include "assemble/state.h"

/* runtime_api.c: messages of the kinds RUNTIME_*, EXTENSION*, TELEMETRY. */
void runtime_api_push_message(struct assembler *assembler, const struct fact *fact,
			      struct connection *connection);
/* Open questions of a connection that was closed. */
void runtime_api_close(struct assembler *assembler, struct connection *connection);
/* Runtimes that asked HANDOVER_NS before @now_ns, and were not answered, become environments. */
void runtime_api_advance(struct assembler *assembler, uint64_t now_ns);
/* Named by its root's initial environment, else by @arn (or NULL), else by what it runs. */
void runtime_api_set_function(struct assembler *assembler, struct environment_state *environment,
			      const char *arn);
/* The dispatcher's word for a response that the runtime's side did not tell. */
void runtime_api_adopt_taken(struct assembler *assembler, struct invocation_state *state);

/* init_phase.c: runtimes that never asked for an event. */
void init_phase_process_end(struct assembler *assembler, struct process *process);
void init_phase_finish(struct assembler *assembler);

/* node_worker.c: WORKER_SENT, _EVENT, _RESULT, _TAKEN. */
void node_worker_push(struct assembler *assembler, const struct fact *fact);

/* child_process.c: messages of the kinds LINE_EVENT and LINE_RESULT. */
void child_process_push_message(struct assembler *assembler, const struct fact *fact,
				struct connection *connection);

/* http_function.c: HTTP_FUNCTION, and HTTP exchanges on the ports that it names. */
void http_function_declare(struct assembler *assembler, const struct fact *fact);
/* A CONNECTION that listens: a function's server is ready when it does. */
void http_function_listen(struct assembler *assembler, const struct fact *fact);
void http_functions_release(struct assembler *assembler);
/* Whether requests sent over @connection are calls of a function on this host. */
bool http_function_is_called(const struct assembler *assembler,
			     const struct connection *connection);
/* Makes @exchange, which the client's side of @connection told, such a call where it is one. */
void http_function_mark_call(const struct assembler *assembler, const struct connection *connection,
			     struct exchange *exchange);
/*
 * Whether @exchange, the server's side of @connection, is a function's event and its process has no other
 * kind of border. @fact: its first message. Its client's side calls that function in any case.
 */
bool http_function_serves(struct assembler *assembler, const struct fact *fact,
			  const struct connection *connection, const struct exchange *exchange);
/* @exchange, which is that, was told: an invocation begins with it. @fact: its first message. */
void http_function_begin(struct assembler *assembler, const struct fact *fact,
			 struct connection *connection, struct exchange *exchange);
/* The response @fact of @exchange was filled in; and it is over. */
void http_function_respond(struct assembler *assembler, const struct fact *fact,
			   const struct exchange *exchange);
void http_function_end(struct assembler *assembler, const struct exchange *exchange);
/* Before the sockets of a process that ended are closed: what it served did not end by that. */
void http_function_process_end(struct assembler *assembler, const struct process *process,
			       uint64_t time_ns, uint32_t exit_code);

/*
 * in_process.c: functions that an emulator runs in its own process. Whether @exchange, an Invoke that was
 * received, is such a function's event: its borders are then as in http_function.c.
 */
bool in_process_is_event(const struct assembler *assembler, const struct exchange *exchange);
/* Whether the other end of @connection is such an emulator's. */
bool in_process_is_called(const struct assembler *assembler, const struct connection *connection);
/* @state was opened. It is told a little later: it may turn out to be none. */
void in_process_begin(struct assembler *assembler, struct invocation_state *state);
/* It is answered. True: nobody ran it, and it is no more. */
bool in_process_refuse(struct assembler *assembler, struct invocation_state *state);
/* The emulator gave an event of @function to a child process: that is where that function runs. */
void in_process_hand_over(struct assembler *assembler, const struct process *emulator,
			  const char *function);
/* @exchange began: it may start a function whose invocation is not seen. */
void in_process_note_event(struct assembler *assembler, const struct exchange *exchange);
/* Whether such a function may run in @environment at @time_ns. */
bool in_process_has_unseen(const struct environment_state *environment, uint64_t time_ns);

/* native_probe.c: NATIVE_CALL. */
void native_probe_push(struct assembler *assembler, const struct fact *fact);
/* A thread has ended, but its process not with it: the call that it was in is over. */
void native_probe_thread_end(struct assembler *assembler, const struct thread *thread,
			     uint32_t exit_code);

#endif
