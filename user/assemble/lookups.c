// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * lookups.c - see lookups.h. Which connection needed a name is known by time alone: it is opened by the same
 * process as soon as the answer is there.
 */
#include "assemble/lookups.h"

#include "base/units.h"

#define GAP_NS (50 * NS_PER_MS) /* from an answer to what is done with it */

/* Questions that are sent before the first is answered, or soon after an answer, are about one name. */
void lookups_push_message(struct assembler *assembler, const struct fact *fact)
{
	const struct fact_message *message = &fact->message;
	struct process *process = process_get(&assembler->processes, fact->tgid);

	if (!process)
		return;
	if (message->direction == MESSAGE_RECEIVED) {
		process->got_name_ns = later_of(process->got_name_ns, message->last_ns);
	} else if (!process->asked_name_ns || (process->got_name_ns > process->asked_name_ns &&
					       process->got_name_ns + GAP_NS < message->first_ns)) {
		process->asked_name_ns = message->first_ns;
		process->got_name_ns = 0;
	}
}

uint64_t lookups_take(const struct assembler *assembler, const struct fact *fact,
		      uint64_t opened_ns)
{
	struct process *process = process_find(&assembler->processes, fact->tgid);
	uint64_t asked_ns = process ? process->asked_name_ns : 0;

	if (!asked_ns || process->got_name_ns < asked_ns || process->got_name_ns > opened_ns ||
	    !thread_goes_on(&assembler->processes, fact->tid, process->got_name_ns, opened_ns,
			    GAP_NS))
		return opened_ns;
	process->asked_name_ns = 0;
	return asked_ns;
}
