/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * priority.h - the recorder gives way to what it observes, as long as the ring has room.
 *
 * The ring holds seconds of records, so the reader need not run at once: at a lower priority it does not
 * take the CPU from a traced thread that could use it. When much is waiting it takes its full share.
 */
#ifndef IDLETAX_CAPTURE_PRIORITY_H
#define IDLETAX_CAPTURE_PRIORITY_H

#include <stdbool.h>
#include <stddef.h>

struct priority {
	size_t much_bytes; /* read in one go: the reader is behind */
	size_t bytes;	   /* read since the last pause */
	unsigned int calm_pauses;
	bool is_possible; /* a lowered priority can be raised again */
	bool is_low;
};

/* Begins low, where that can be undone. The calling thread's children would inherit it: fork before. */
void priority_begin(struct priority *priority, size_t much_bytes);
void priority_note_read(struct priority *priority, size_t bytes);
void priority_note_pause(struct priority *priority); /* the ring is empty */
void priority_end(struct priority *priority);

#endif
