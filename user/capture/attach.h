/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * attach.h - the links that hold the kernel programs to their hooks. They live as long as this process:
 * a recorder that is killed leaves nothing attached.
 */
#ifndef IDLETAX_CAPTURE_ATTACH_H
#define IDLETAX_CAPTURE_ATTACH_H

#include <stdint.h>

#include "base/diag.h"

struct attachment;
struct idletax; /* the skeleton */

/* Attaches the tracepoints, and on every CPU a timer of @cut_period_ns that cuts running slices. */
int attachment_new(struct attachment **ret_attachment, struct idletax *programs,
		   uint64_t cut_period_ns, struct diag *diag);
void attachment_free(struct attachment *attachment); /* detaches; NULL is fine */

/* Ends the slices that are open now, by running the flush program on every CPU. */
void attachment_flush(const struct attachment *attachment, const struct idletax *programs);

#endif
