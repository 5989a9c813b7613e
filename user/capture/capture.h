/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * capture.h - the root side of a recording: loads the kernel programs, says which processes they trace,
 * and hands every record (include/record.h) to one handler. Knows nothing of what records mean.
 *
 * One capture per process, used from one thread. Records come per CPU in time order and between CPUs in
 * nearly that: a record can be late by the time its CPU took to put it into the ring.
 */
#ifndef IDLETAX_CAPTURE_CAPTURE_H
#define IDLETAX_CAPTURE_CAPTURE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/diag.h"
#include "capture/hooks.h"
#include "capture/native_probe.h"
#include "record.h"

#define CAPTURE_RING_BYTES (64u << 20)

struct capture;

struct capture_options {
	/* Gets each record; it lives until the call returns. Negative errno ends the capture_ call. */
	int (*record)(void *context, const struct record_header *record);
	void *context;
	uint32_t ring_bytes;	  /* a power of two of at least a page; 0: CAPTURE_RING_BYTES */
	bool is_without_children; /* processes that traced ones start are not followed */
	struct hooks hooks;
	const struct native_probe_spec *native_probes; /* live as long as the capture */
	size_t native_probe_count;
	bool is_discovering; /* runtimes and emulators that start are found and traced */
};

/*
 * Whether this machine and this user can record with these @hooks; chooses those that are left to AUTO.
 * Where not, @diag names what is missing.
 */
int capture_check(struct hooks *hooks, struct diag *diag);

/* Attaches; nothing is traced yet. Where the machine cannot, @diag names what is missing. */
int capture_open(struct capture **ret_capture, const struct capture_options *options,
		 struct diag *diag);

/*
 * Traces the process @tgid with its threads and the children it has. Emits RECORD_TASK_SEEN for each
 * thread and a RECORD_EXEC from /proc for each process that already runs its program. -ESRCH: none such.
 */
int capture_trace(struct capture *capture, pid_t tgid, struct diag *diag);

/*
 * Traces the runtimes and emulators that run already, as capture_trace does. Those that start later are found
 * with capture_options.is_discovering.
 */
int capture_discover(struct capture *capture, struct diag *diag);

/* Whether capture_trace would take it: it exists, is no mere thread, not the kernel's, not this one. */
int capture_check_process(pid_t tgid, struct diag *diag);

/* Hands over what has come, or comes within @timeout_ms. 0 or the handler's error. */
int capture_poll(struct capture *capture, int timeout_ms);

/* Reads the memory of a process now and hands it over as RECORD_MEMORY. -ESRCH where it has ended. */
int capture_sample_memory(struct capture *capture, pid_t tgid);

/* How many processes are traced and alive. */
unsigned int capture_count_processes(const struct capture *capture);

/* Ends open slices, detaches, hands over what is left and what was lost. Nothing comes after it. */
int capture_stop(struct capture *capture);

void capture_close(struct capture *capture); /* NULL is fine */

#endif
