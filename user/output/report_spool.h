/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * report_spool.h - the chains of `report --json`, written as they are told. What stands before them in
 * the document is known only at the end, so their JSON waits in a temporary file, not in memory.
 */
#ifndef IDLETAX_OUTPUT_REPORT_SPOOL_H
#define IDLETAX_OUTPUT_REPORT_SPOOL_H

#include "analysis/results.h"
#include "base/json_writer.h"

struct report_spool;

int report_spool_new(struct report_spool **ret); /* 0 or negative errno */
void report_spool_free(struct report_spool *spool);

/* A results_sink.chain. 0 or negative errno. */
int report_spool_chain(void *spool, const struct chain *chain);
/* All is told: 0, or why something could not be kept, as negative errno. */
int report_spool_finish(struct report_spool *spool);
/* Writes what was spooled as elements of the array that is open in @writer. 0 or negative errno. */
int report_spool_copy(struct report_spool *spool, struct json_writer *writer);

#endif
