/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * pipeline.h - facts -> assembler -> analysis -> report for fuzz targets, with what must hold of any
 * result. What does not ends the program.
 */
#ifndef IDLETAX_FUZZ_PIPELINE_H
#define IDLETAX_FUZZ_PIPELINE_H

#include <stdlib.h>
#include <string.h>

#include "analysis/analysis.h"
#include "analysis/edge.h"
#include "analysis/replay.h"
#include "analysis/wait.h"
#include "assemble/assembler.h"
#include "base/json_read.h"
#include "output/explain_json.h"
#include "output/exporter.h"
#include "output/xray_document.h"

struct pipeline {
	struct analysis *analysis;
	struct assembler *assembler;
};

static inline void pipeline_require(bool holds)
{
	if (!holds)
		abort();
}

static inline void pipeline_start(struct pipeline *pipeline, uint64_t monotonic_ns,
				  uint64_t realtime_ns)
{
	struct analysis_options analysis_options = {
		.start_monotonic_ns = monotonic_ns,
		.start_realtime_ns = realtime_ns,
		.keeps_chains = true,
		.explains = true,
	};
	struct assembler_options options = { monotonic_ns, realtime_ns, 0 };

	pipeline_require(!analysis_new(&pipeline->analysis, &analysis_options));
	pipeline_require(!assembler_new(&pipeline->assembler, &options,
					analysis_model_sink(pipeline->analysis)));
}

static inline int pipeline_push(void *context, const struct fact *fact)
{
	struct pipeline *pipeline = context;

	pipeline_require(!assembler_push(pipeline->assembler, fact));
	return 0;
}

/* Every nanosecond of the billed interval has one state, every waiting one its attempt. */
static inline void pipeline_check_invocation(const struct invocation *invocation)
{
	uint64_t states_ns = 0, waits_ns = 0, doubled_ns = 0, time_ns = invocation->start_ns;

	pipeline_require(invocation->start_ns <= invocation->end_ns);
	for (size_t i = 0; i < STATE_COUNT; i++)
		states_ns += invocation->state_ns[i];
	pipeline_require(states_ns == invocation_billed_ns(invocation));
	for (size_t i = 0; i < invocation->segment_count; i++) {
		pipeline_require(invocation->segments[i].start_ns == time_ns);
		time_ns = invocation->segments[i].end_ns;
	}
	pipeline_require(time_ns == invocation->end_ns);
	for (size_t i = 0; i < invocation->attempt_count; i++) {
		const struct exchange *attempt = invocation->attempts[i];

		pipeline_require(attempt->double_billed_ns + attempt->double_init_ns <=
				 attempt->wait_ns);
		waits_ns += attempt->wait_ns;
		doubled_ns += attempt->double_billed_ns;
	}
	pipeline_require(waits_ns == invocation->state_ns[STATE_WAIT_LAMBDA] +
					     invocation->state_ns[STATE_WAIT_SERVICE]);
	pipeline_require(doubled_ns == invocation->double_billed_ns);
	pipeline_require(invocation->explanation && wait_is_exact(invocation));
}

/* One trace id in a chain, and for all that it caused; a span each, below the call that is answered. */
static inline void pipeline_check_spans(const struct invocation *invocation)
{
	const struct chain *chain = invocation->chain;

	pipeline_require(!trace_id_is_none(invocation->trace_id));
	pipeline_require(!memcmp(invocation->trace_id, chain->trace_id, TRACE_ID_BYTES));
	pipeline_require(!chain->caused_by ||
			 !memcmp(chain->caused_by->trace_id, chain->trace_id, TRACE_ID_BYTES));
	pipeline_require(!span_id_is_none(invocation->span_id));
	pipeline_require(invocation->depth > 0 && invocation->depth <= chain->depth);
	for (size_t i = 0; i < invocation->attempt_count; i++)
		pipeline_require(!span_id_is_none(invocation->attempts[i]->span_id));
	pipeline_require(!invocation->caller || !memcmp(invocation->caller->span_id,
							invocation->parent_span_id, SPAN_ID_BYTES));
}

/* Played again it is what it was; and whatever is changed, every nanosecond has one state. */
static inline void pipeline_check_replay(const struct chain *chain, const struct price_plan *plan)
{
	const char *root = chain->root->function ? chain->root->function : "?";
	struct replay_change changes[] = {
		{ .kind = REPLAY_INLINE, .caller = root, .callee = root },
		{ .kind = REPLAY_ASYNC, .caller = root, .callee = root },
		{ .kind = REPLAY_PARALLEL, .caller = root },
		{ .kind = REPLAY_MEMORY, .caller = root, .memory_mb = 700 },
	};
	struct replay_figures figures;
	uint64_t states_ns = 0;

	pipeline_require(!replay_chain(chain, NULL, 0, plan, &figures));
	pipeline_require(!memcmp(&figures.sums, &chain->sums, sizeof(chain->sums)));
	pipeline_require(figures.latency_ns == chain->latency_ns);
	for (size_t i = 0; i < chain->root->attempt_count; i++)
		changes[i % 2].callee = attempt_callee_name(chain->root->attempts[i]);
	pipeline_require(!replay_chain(chain, changes, 4, plan, &figures));
	for (size_t i = 0; i < STATE_COUNT; i++)
		states_ns += figures.sums.state_ns[i];
	pipeline_require(states_ns == figures.sums.billed_ns);
}

/* In order of start, but for a root that was told of when those after it had their ids (sequence.h). */
static inline bool pipeline_is_in_order(const struct invocation *root,
					const struct invocation *next_root)
{
	return next_root->start_ns > root->start_ns || next_root->id > root->id;
}

static inline void pipeline_check(const struct results *results)
{
	uint64_t billed_ns = 0, invocations = 0, rows_ns = 0;

	for (size_t i = 0; i < results->chain_kept_count; i++) {
		const struct chain *chain = results->chains[i];
		uint64_t path_ns = 0;

		pipeline_require(chain->id == i);
		pipeline_require(!i ||
				 pipeline_is_in_order(results->chains[i - 1]->root, chain->root));
		for (size_t j = 0; j < chain->invocation_count; j++) {
			pipeline_check_invocation(chain->invocations[j]);
			pipeline_check_spans(chain->invocations[j]);
		}
		for (size_t j = 0; j < chain->critical_path_count; j++)
			path_ns += chain->critical_path[j].to_ns - chain->critical_path[j].from_ns;
		pipeline_require(path_ns == chain->latency_ns);
		pipeline_check_replay(chain, results->plan);
		billed_ns += chain->sums.billed_ns;
		invocations += chain->invocation_count;
	}
	for (size_t i = 0; i < results->function_count; i++)
		rows_ns += results->functions[i].sums.billed_ns;
	pipeline_require(billed_ns == results->totals.billed_ns);
	pipeline_require(rows_ns == results->totals.billed_ns);
	pipeline_require(invocations == results->totals.invocations);
}

static inline void pipeline_require_json(FILE *file, char **text, size_t *bytes)
{
	struct json_document *document;

	fclose(file);
	pipeline_require(!json_parse(&document, *text, *bytes, NULL));
	json_document_free(document);
	free(*text);
}

/* The report is one JSON document, and so is what explains each chain. */
static inline void pipeline_report(const struct results *results)
{
	struct export_options options = { .has_invocations = true };
	char *text = NULL;
	size_t bytes = 0;
	FILE *file = open_memstream(&text, &bytes);

	pipeline_require(file && !exporter_run(&report_json_exporter, file, results, &options));
	pipeline_require_json(file, &text, &bytes);
	for (size_t i = 0; i < results->chain_kept_count; i++) {
		const struct chain *chain = results->chains[i];

		file = open_memstream(&text, &bytes);
		pipeline_require(file && !explain_json(file, results, chain->invocations,
						       chain->invocation_count));
		pipeline_require_json(file, &text, &bytes);
	}
}

/* X-Ray's documents and NDJSON are JSON, one a line. */
static inline void pipeline_lines(const struct results *results, const struct exporter *exporter,
				  size_t bytes_max)
{
	struct json_document *document;
	char *text = NULL, *line, *end;
	size_t bytes = 0;
	FILE *file = open_memstream(&text, &bytes);

	pipeline_require(file && !exporter_run(exporter, file, results, NULL));
	fclose(file);
	for (line = text; (end = strchr(line, '\n')); line = end + 1) {
		pipeline_require((size_t)(end - line) <= bytes_max);
		pipeline_require(!json_parse(&document, line, (size_t)(end - line), NULL));
		json_document_free(document);
	}
	free(text);
}

static inline void pipeline_finish(struct pipeline *pipeline, uint64_t end_ns)
{
	const struct results *results;

	pipeline_require(!assembler_finish(pipeline->assembler, end_ns));
	pipeline_require(!analysis_finish(pipeline->analysis, &results));
	pipeline_check(results);
	pipeline_report(results);
	pipeline_lines(results, &xray_exporter, XRAY_DOCUMENT_MAX);
	pipeline_lines(results, &ndjson_exporter, SIZE_MAX);
	analysis_free(pipeline->analysis);
	assembler_free(pipeline->assembler);
}

#endif
