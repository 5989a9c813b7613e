/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * recording.h - a trace file in the making: kernel records go in, the file comes out, through
 * records -> facts -> order -> writer. Needs no privileges and no BPF.
 */
#ifndef IDLETAX_CMD_RECORDING_H
#define IDLETAX_CMD_RECORDING_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/diag.h"
#include "record.h"

struct recording;

struct recording_summary {
	uint64_t processes; /* that were seen */
	uint64_t messages;
	uint64_t worker_events;
	uint64_t slices;
	uint64_t lost_records; /* in the kernel */
	uint64_t lost_bytes;
	uint64_t lost_facts; /* in the recorder */
	uint64_t file_bytes;
	uint64_t duration_ns; /* from the file's start to its end; 0 until it is finished */
};

struct recording_options {
	const char *path;
	bool is_raw;		  /* the captured bytes are kept too */
	const char *socket_hooks; /* how it is recorded, for the file's header */
	const char *uprobe_hooks;
};

/* Creates the file. */
int recording_open(struct recording **ret_recording, const struct recording_options *options,
		   struct diag *diag);

/*
 * Takes one record; @context is the recording. A file that cannot be written is noted once and does not
 * end the recording: what could not be written is counted.
 */
int recording_push(void *context, const struct record_header *record);

/*
 * Tells that records older than @time_ns have come, so that facts can move on. Call it now and then, with a
 * time of before the records were read: between reading them and now the recorder may have been kept from
 * its CPU, and what was recorded meanwhile is yet to come.
 */
void recording_advance(struct recording *recording, uint64_t time_ns);

/*
 * Processes that ran since the last call, and moved bytes or were told to have memory. Calls
 * @sample with the process id for each.
 */
void recording_visit_busy(struct recording *recording, void (*sample)(void *context, pid_t tgid),
			  void *context);

/* Ends the file. 0, or why it is not whole, with @diag set. */
int recording_finish(struct recording *recording, struct diag *diag);

struct recording_summary recording_summary(const struct recording *recording);
void recording_free(struct recording *recording); /* NULL is fine */

#endif
