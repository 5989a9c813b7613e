/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * assembler.h - facts -> model: environments, invocations with their borders, exchanges and attempts,
 * timelines. One file per kind of boundary beside this one.
 */
#ifndef IDLETAX_ASSEMBLE_ASSEMBLER_H
#define IDLETAX_ASSEMBLE_ASSEMBLER_H

#include "model/model_sink.h"
#include "trace/fact.h"

struct assembler;

struct assembler_options {
	uint64_t start_monotonic_ns; /* the recording's clock pair, for deadlines */
	uint64_t start_realtime_ns;
	uint64_t settle_ns; /* how long after an invocation's end its runs can come; 0: default */
};

/* @options and @sink are copied. 0 or -ENOMEM. */
int assembler_new(struct assembler **ret_assembler, const struct assembler_options *options,
		  const struct model_sink *sink);
/* Names in the model (functions, hosts, services ...) live as long as the assembler. */
void assembler_free(struct assembler *assembler);

/*
 * Facts in order of time_ns. Usable as fact_sink.push with the assembler as context. 0, -ENOMEM, or the sink's
 * error; after an error it returns that.
 */
int assembler_push(void *assembler, const struct fact *fact);

/* @count of them, one behind the other: the same as each by itself. Stops at the first error. */
int assembler_push_block(struct assembler *assembler, const struct fact *facts, size_t count);

/*
 * The recording ended at @end_ns (0: with its last fact): open invocations become cut (or keep their death),
 * all is settled. Errors as of assembler_push.
 */
int assembler_finish(struct assembler *assembler, uint64_t end_ns);

#endif
