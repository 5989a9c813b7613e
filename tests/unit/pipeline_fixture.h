/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * pipeline_fixture.h - facts of a text through assembler and analysis into results.
 */
#ifndef IDLETAX_TESTS_PIPELINE_FIXTURE_H
#define IDLETAX_TESTS_PIPELINE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "analysis/analysis.h"
#include "assemble/assembler.h"
#include "trace/text.h"

struct pipeline {
	struct assembler *assembler; /* whose names the results point to */
	struct analysis *analysis;
	const struct results *results; /* once it is finished */
};

/* Of @options all but the start, which is the trace's. */
static inline void pipeline_start(struct pipeline *pipeline, const struct trace_text *trace,
				  const struct analysis_options *options)
{
	struct analysis_options analysis_options = *options;
	struct assembler_options assembler_options = {
		.start_monotonic_ns = trace->start.monotonic_ns,
		.start_realtime_ns = trace->start.realtime_ns,
	};

	analysis_options.start_monotonic_ns = trace->start.monotonic_ns;
	analysis_options.start_realtime_ns = trace->start.realtime_ns;
	assert_int_equal(analysis_new(&pipeline->analysis, &analysis_options), 0);
	assert_int_equal(assembler_new(&pipeline->assembler, &assembler_options,
				       analysis_model_sink(pipeline->analysis)),
			 0);
}

static inline void pipeline_push(struct pipeline *pipeline, const struct fact *fact)
{
	assert_int_equal(assembler_push(pipeline->assembler, fact), 0);
}

static inline void pipeline_push_all(struct pipeline *pipeline, const struct trace_text *trace)
{
	for (size_t i = 0; i < trace->fact_count; i++)
		pipeline_push(pipeline, &trace->facts[i]);
}

static inline void pipeline_finish(struct pipeline *pipeline, const struct trace_text *trace)
{
	assert_int_equal(assembler_finish(pipeline->assembler, trace->end_ns), 0);
	assert_int_equal(analysis_finish(pipeline->analysis, &pipeline->results), 0);
}

static inline void pipeline_release(struct pipeline *pipeline)
{
	analysis_free(pipeline->analysis);
	assembler_free(pipeline->assembler);
}

#endif
