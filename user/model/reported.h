/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * reported.h - what a log says of one invocation: a REPORT line of AWS Lambda or of an emulator, as text or as
 * JSON. Plain data; user/import reads it, user/analysis compares it with what was measured.
 */
#ifndef IDLETAX_MODEL_REPORTED_H
#define IDLETAX_MODEL_REPORTED_H

#include <stdint.h>

enum reported_member {
	REPORTED_DURATION = 0, /* in ns, as the next two */
	REPORTED_BILLED = 1,
	REPORTED_INIT = 2,
	REPORTED_MEMORY = 3, /* in MB, as the next */
	REPORTED_MAX_MEMORY = 4,
	REPORTED_COUNT = 5,
};

struct reported_figures {
	uint32_t known; /* a bit for each enum reported_member */
	uint64_t values[REPORTED_COUNT];
};

#define REPORTED_ID_MAX 128 /* bytes of a request id, with the NUL */

struct reported {
	char request_id[REPORTED_ID_MAX];
	uint64_t line; /* where it stood, from 1 */
	struct reported_figures figures;
};

#endif
