/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * load.h - a trace file through reader, assembler and analysis into results: the one path of report,
 * timeline and flame.
 */
#ifndef IDLETAX_CMD_LOAD_H
#define IDLETAX_CMD_LOAD_H

#include "analysis/analysis.h"

struct assembler;
struct price_options;
struct trace_reader;

struct loaded {
	struct trace_reader *reader;
	struct assembler *assembler;
	struct analysis *analysis;
	const struct results *results; /* live until load_release */
	uint64_t duration_ns;	       /* of the recording */
};

struct load_options {
	bool keeps_environments;	    /* one row for each */
	bool keeps_chains;		    /* else memory does not grow with the trace */
	struct chain_filter filter;	    /* which; all */
	bool explains;			    /* with explanations of all invocations */
	const struct price_options *prices; /* NULL: nothing was said */
	bool is_first_pass; /* it is read once more: what is worth knowing of the file is told then */
	bool is_one_of_several; /* traces: the caller does price_options_check, when all are read */
	struct results_sink sink; /* told of every chain, in order of id; chain may be NULL */
};

/*
 * 0, or an exit status after telling what failed. Losses and a file that was cut are told too; then
 * results->is_complete is false and load_status gives EXIT_STATUS_INCOMPLETE.
 */
int load_streamed(struct loaded *ret_loaded, const char *path, const struct load_options *options);
int load_status(const struct loaded *loaded);
void load_release(struct loaded *loaded);

#endif
