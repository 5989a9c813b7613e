/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * replay.h - the kernel records of a raw trace (record --raw) through the same conversion, without BPF.
 */
#ifndef IDLETAX_FACTS_REPLAY_H
#define IDLETAX_FACTS_REPLAY_H

#include "base/diag.h"
#include "facts/facts.h"
#include "trace/reader.h"

/*
 * Pushes all records that @reader has left, then finishes at the recording's end (where that is not
 * known, at its last record). 0; negative errno of the file (with @diag) or of the sink.
 */
int facts_replay_raw(struct facts *facts, struct trace_reader *reader, struct diag *diag);

#endif
