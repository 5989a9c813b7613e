// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * advice_loops.c - see advice_loops.h.
 */
#include "analysis/advice_loops.h"

#include <stddef.h>

/* That of @tgid, else one in the place of who has fewest calls. */
static struct loop *load(struct loops *loops, uint32_t tgid, bool is_parent)
{
	struct loop *fewest = loops->loops;

	for (size_t i = 0; i < ADVICE_LOOPS_MAX; i++) {
		struct loop *loop = &loops->loops[i];

		if (loop->calls && loop->tgid == tgid && loop->is_parent == is_parent)
			return loop;
		if (loop->calls < fewest->calls)
			fewest = loop;
	}
	*fewest = (struct loop){ .tgid = tgid, .is_parent = is_parent };
	return fewest;
}

static void add(struct loop *loop, const struct exchange *call)
{
	loop->is_server |= call->is_of_server;
	loop->overlaps += call->start_ns < loop->end_ns;
	loop->calls++;
	if (call->end_ns > loop->end_ns)
		loop->end_ns = call->end_ns;
}

void loops_add(struct loops *loops, const struct exchange *call, const char *program,
	       const char *parent_program)
{
	struct loop *loop = load(loops, call->tgid, false);

	loop->program = program;
	add(loop, call);
	if (!call->parent_tgid)
		return;
	loop = load(loops, call->parent_tgid, true);
	loop->program = parent_program;
	add(loop, call);
}

const struct loop *loops_find(const struct loops *loops)
{
	const struct loop *most = NULL;

	for (size_t i = 0; i < ADVICE_LOOPS_MAX; i++) {
		const struct loop *loop = &loops->loops[i];

		if (!loop->calls)
			continue;
		if (!most || loop->calls > most->calls ||
		    (loop->calls == most->calls && !loop->is_parent && most->is_parent))
			most = loop;
	}
	return most;
}
