/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * analysis.h - the whole analysis behind one door: facts in, results out. A pure function of the facts;
 * one by one (top) or from a file (report) goes through the same core.
 */
#ifndef IDLETAX_ANALYSIS_ANALYSIS_H
#define IDLETAX_ANALYSIS_ANALYSIS_H

#include "analysis/memory_override.h"
#include "analysis/price_plan.h"
#include "analysis/results.h"
#include "base/diag.h"
#include "model/model_sink.h"

struct analysis;

/* Which chains are kept; asked of each once, in order of id. keeps NULL: all. */
struct chain_filter {
	void *context;
	bool (*keeps)(void *context, const struct chain *chain);
};

struct analysis_options {
	uint64_t start_monotonic_ns, start_realtime_ns; /* the recording's clock pair */
	const struct price_plan *plan; /* borrowed; NULL: the built-in one for x86 */
	const struct price_plan
		*more_plans; /* borrowed: totals under these, too (results->plans) */
	size_t more_plan_count;
	const struct memory_overrides *memory; /* borrowed; NULL: as the environments say */
	bool keeps_chains;	    /* results->chains is filled (report, timeline, flame) */
	struct chain_filter filter; /* with those that pass it */
	bool keeps_environments;    /* results->environments is filled, one row for each */
	bool explains;		    /* invocations have explanations */
	struct results_sink sink;   /* told of every chain as it closes; chain may be NULL */
};

int analysis_new(struct analysis **ret_analysis, const struct analysis_options *options);
void analysis_free(struct analysis *analysis);

/* The model side: give this to assemble (assemble/assembler.h). */
const struct model_sink *analysis_model_sink(struct analysis *analysis);

/* Ends every open chain and computes the rows. The results live as long as @analysis. */
int analysis_finish(struct analysis *analysis, const struct results **ret_results);

#endif
