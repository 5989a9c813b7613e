// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * init_phase.c - environments whose INIT never ended: what was started as a runtime below an emulator and
 * died, or was still at it when the recording ended, without asking for an event. They had no
 * invocation; the emulator answers whoever called with an error of its own.
 *
 * Only what is certain counts: started in the recording with the variables of a function, below a process
 * that was seen serving functions. Extensions have the same variables; they are known by what they ask.
 */
#include "assemble/boundaries.h"

#include "assemble/environments.h"

/* The emulator itself may have been started with its function's variables. */
static bool is_topmost(const struct process *process)
{
	const struct process *parent = process->parent;

	return !parent || parent->is_emulator ||
	       !process_holds_the_same(&parent->identity, &process->identity);
}

static bool is_below_emulator(const struct process *process)
{
	for (unsigned int depth = 0; process->parent && depth < PROCESS_DEPTH_MAX; depth++) {
		process = process->parent;
		if (process->is_emulator)
			return true;
	}
	return false;
}

static bool is_never_asked(struct process *process)
{
	const struct process_identity *identity = &process->identity;

	return !process->is_dead && !process->was_member && !process->is_emulator &&
	       !process->is_extension && !process->was_there && process->has_own_exec &&
	       process->identity_ns && identity->is_known && identity->runtime_api &&
	       identity->function && is_topmost(process) && is_below_emulator(process) &&
	       !environment_is_below(process);
}

static void make(struct assembler *assembler, struct process *process)
{
	struct environment_state *state =
		environment_make_tree(assembler, BOUNDARY_RUNTIME_API, process);

	if (!state)
		return;
	runtime_api_set_function(assembler, state, NULL);
	environment_tell_begin(assembler, state);
}

void init_phase_process_end(struct assembler *assembler, struct process *process)
{
	if (is_never_asked(process))
		make(assembler, process);
}

void init_phase_finish(struct assembler *assembler)
{
	for (list_each(&assembler->processes.all, at)) {
		struct process *process = list_item(at, struct process, link);

		if (is_never_asked(process))
			make(assembler, process);
	}
}
