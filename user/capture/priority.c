// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * priority.c - see priority.h. Nice 10 is about a tenth of a CPU where a traced thread wants the rest.
 */
#include "capture/priority.h"

#include <sys/resource.h>

#define LOW 10
#define CALM_PAUSES 100 /* about a second of polls before it gives way again */

static void set_low(struct priority *priority, bool is_low)
{
	if (priority->is_possible && !setpriority(PRIO_PROCESS, 0, is_low ? LOW : 0))
		priority->is_low = is_low;
	priority->calm_pauses = 0;
}

void priority_begin(struct priority *priority, size_t much_bytes)
{
	*priority = (struct priority){ .much_bytes = much_bytes };
	if (getpriority(PRIO_PROCESS, 0) || setpriority(PRIO_PROCESS, 0, 1))
		return; /* somebody has chosen one */
	priority->is_possible = !setpriority(PRIO_PROCESS, 0, 0);
	set_low(priority, true);
}

void priority_note_read(struct priority *priority, size_t bytes)
{
	priority->bytes += bytes;
	if (priority->bytes >= priority->much_bytes && priority->is_low)
		set_low(priority, false);
}

void priority_note_pause(struct priority *priority)
{
	bool is_calm = priority->bytes < priority->much_bytes / 4;

	priority->bytes = 0;
	if (priority->is_low)
		return;
	priority->calm_pauses = is_calm ? priority->calm_pauses + 1 : 0;
	if (priority->calm_pauses >= CALM_PAUSES)
		set_low(priority, true);
}

void priority_end(struct priority *priority)
{
	if (priority->is_low)
		set_low(priority, false);
}
