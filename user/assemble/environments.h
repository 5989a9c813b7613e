/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * environments.h - finding, making and ending environments (SEMANTICS 1).
 */
#ifndef IDLETAX_ASSEMBLE_ENVIRONMENTS_H
#define IDLETAX_ASSEMBLE_ENVIRONMENTS_H

#include "assemble/state.h"

/*
 * The root of the environment to which @asker belongs, which asks @server (NULL: not traced) for
 * events: see SEMANTICS 1. Never the server itself or an ancestor of it.
 */
struct process *environment_find_root(struct process *asker, const struct process *server);

/* The topmost ancestor of @process below @server, or @process where that is none of its ancestors. */
struct process *environment_find_below(struct process *process, const struct process *server);

/* Whether @process or a descendant of it is part of one. */
bool environment_is_below(struct process *process);

/* Each makes one, told to nobody yet; NULL when out of memory (assembler->error is set). */
struct environment_state *environment_make_tree(struct assembler *assembler, enum boundary boundary,
						struct process *root);
/*
 * The environment that @process is the root of. NULL also where it is one of another kind already: it has
 * that kind of border.
 */
struct environment_state *environment_get_own(struct assembler *assembler, enum boundary boundary,
					      struct process *process);
struct environment_state *environment_make_worker(struct assembler *assembler,
						  struct thread *worker);
struct environment_state *environment_make_remote(struct assembler *assembler, uint64_t remote);

/* The environment in whose work thread @tid of process @tgid is; NULL none. */
struct environment_state *environment_of_thread(const struct assembler *assembler, uint32_t tgid,
						uint32_t tid);

/* @process, and what it forks from now on, is part of @environment and of no other. */
void environment_join(struct process *process, struct environment_state *environment);
/* A fork: @child belongs where its parent does. */
void environment_inherit(struct process *child, const struct process *parent);

/* It is dead: its open invocations end. Nothing the second time. */
void environment_die(struct assembler *assembler, struct environment_state *environment,
		     uint64_t time_ns, uint32_t exit_code);
/* Tells the sink of it. Nothing the second time. */
void environment_tell_begin(struct assembler *assembler, struct environment_state *environment);
/* It can take events since @time_ns, if not since before. */
void environment_ready(struct environment_state *environment, uint64_t time_ns);
/* Tells the sink that a dead one is over and forgets it, once all its invocations are settled. */
void environment_finish_dead(struct assembler *assembler, struct environment_state *environment);
void environment_tell_end(struct assembler *assembler, struct environment_state *environment);
void environment_free(struct assembler *assembler, struct environment_state *environment);

/* The time from which on its threads' runs are needed. */
uint64_t environment_horizon(const struct environment_state *environment, uint64_t default_ns);
uint64_t process_horizon(const struct process *process, uint64_t default_ns);

/* How often this request id was begun in it before (of the last RECENT_IDS). */
uint32_t environment_count_id(struct environment_state *environment, uint64_t id_hash);

/*
 * A call that no invocation made is over: its environment waited for it outside every invocation. Of
 * a runtime that is not known to be one yet the process keeps it.
 */
void environment_note_call(struct assembler *assembler, const struct exchange *exchange);

/*
 * A process has @rss_bytes in memory, and had at most @peak_rss_bytes (0 unknown) since its image began. Where
 * its environment's peak rises, those of the invocations rise that are open, and of the last until the next.
 */
void environment_push_memory(struct process *process, uint64_t rss_bytes, uint64_t peak_rss_bytes);
void environment_begin_image(struct process *process); /* it executed a program: nothing is known */

#endif
