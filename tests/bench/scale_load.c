/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * scale_load.c - how fast facts go through each stage on one core: a load of mktrace, in blocks that lie
 * decoded in memory, through the ordering, the assembler alone, and assembler and analysis; or a trace
 * file through the reader alone. Only the stage's own CPU time counts.
 *
 *   scale_load order|assemble|analyse FACTS IN_FLIGHT
 *   scale_load read FILE
 *
 * Prints one JSON object.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "analysis/analysis.h"
#include "assemble/assembler.h"
#include "base/arena.h"
#include "base/json_writer.h"
#include "base/units.h"
#include "trace/fact_schema.h"
#include "trace/order.h"
#include "trace/reader.h"
#include "../../tools/mktrace/load.h"

#define BLOCK_FACTS 2000 /* half a megabyte: they are in the cache, as what was just decoded is */

/* Of this program: others use this machine, too. */
static uint64_t cpu_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return (uint64_t)time.tv_sec * NS_PER_S + (uint64_t)time.tv_nsec;
}

struct block {
	struct fact facts[BLOCK_FACTS];
	size_t count;
	struct arena strings;
	struct fact_sink stage;
	uint64_t spent_ns;
	uint64_t facts_total;
};

static int push_block(struct block *block)
{
	uint64_t begun_ns = cpu_ns();
	int error = 0;

	for (size_t i = 0; i < block->count && !error; i++)
		error = fact_sink_push(&block->stage, &block->facts[i]);
	block->spent_ns += cpu_ns() - begun_ns;
	block->facts_total += block->count;
	block->count = 0;
	arena_release(&block->strings);
	return error;
}

/* A fact_sink push: keeps @fact with its strings, and passes whole blocks on. */
static int collect(void *context, const struct fact *fact)
{
	const struct fact_schema *schema = fact_schema_find(fact->kind);
	struct block *block = context;
	struct fact *copy = &block->facts[block->count++];

	*copy = *fact;
	for (unsigned int i = 0; i < schema->field_count; i++) {
		const struct fact_field *field = &schema->fields[i];

		if (field->type == FIELD_STRING)
			field_set_string(field, copy,
					 arena_strdup(&block->strings,
						      field_get_string(field, fact)));
	}
	return block->count == BLOCK_FACTS ? push_block(block) : 0;
}

static int ignore_fact(void *context, const struct fact *fact)
{
	(*(uint64_t *)context) += fact->time_ns;
	return 0;
}

/* ---- the stages ---- */

struct stages {
	struct fact_order *order;
	struct assembler *assembler;
	struct analysis *analysis;
	const struct results *results;
	uint64_t sum; /* so that nothing is optimised away */
};

static int open_stage(struct stages *stages, const char *name, struct fact_sink *ret_sink)
{
	static const struct model_sink nobody;
	struct analysis_options analysis_options = { .start_monotonic_ns = LOAD_START_NS,
						     .start_realtime_ns = LOAD_REALTIME_NS };
	struct assembler_options options = { .start_monotonic_ns = LOAD_START_NS,
					     .start_realtime_ns = LOAD_REALTIME_NS };
	struct fact_sink end = { ignore_fact, &stages->sum };
	int error = 0;

	if (!strcmp(name, "order")) {
		error = fact_order_new(&stages->order, &end, FACT_ORDER_WINDOW_NS,
				       FACT_ORDER_FACTS_MAX);
		*ret_sink = (struct fact_sink){ fact_order_push, stages->order };
		return error;
	}
	if (!strcmp(name, "analyse"))
		error = analysis_new(&stages->analysis, &analysis_options);
	if (!error)
		error = assembler_new(&stages->assembler, &options,
				      stages->analysis ? analysis_model_sink(stages->analysis)
						       : &nobody);
	*ret_sink = (struct fact_sink){ assembler_push, stages->assembler };
	return error;
}

static int finish_stage(struct stages *stages, uint64_t end_ns)
{
	int error = stages->order ? fact_order_flush(stages->order) : 0;

	if (!error && stages->assembler)
		error = assembler_finish(stages->assembler, end_ns);
	if (!error && stages->analysis)
		error = analysis_finish(stages->analysis, &stages->results);
	return error;
}

static void release_stage(struct stages *stages)
{
	analysis_free(stages->analysis);
	assembler_free(stages->assembler);
	fact_order_free(stages->order);
}

/* ---- what is printed ---- */

static void print(const char *stage, uint64_t facts, uint64_t spent_ns,
		  const struct results *results)
{
	struct rusage usage = { 0 };
	struct json_writer json;

	getrusage(RUSAGE_SELF, &usage);
	json_writer_init(&json, stdout, false);
	json_object_begin(&json, NULL);
	json_string(&json, "stage", stage);
	json_uint(&json, "facts", facts);
	if (results)
		json_uint(&json, "invocations", results->totals.invocations);
	json_ratio(&json, "cpu_seconds", (double)spent_ns / 1e9);
	json_ratio(&json, "facts_per_s", (double)facts * 1e9 / (double)spent_ns);
	json_uint(&json, "peak_kb", (uint64_t)usage.ru_maxrss);
	json_object_end(&json);
	json_writer_finish(&json);
}

static int run_stage(const char *stage, const struct load_plan *plan)
{
	struct block *block = calloc(1, sizeof(*block));
	struct fact_sink sink = { collect, block };
	struct stages stages = { 0 };
	struct load_result load;
	uint64_t begun_ns;
	int error = block ? open_stage(&stages, stage, &block->stage) : -ENOMEM;

	if (!error)
		error = load_generate(plan, &sink, &load);
	if (!error)
		error = push_block(block);
	begun_ns = cpu_ns();
	if (!error)
		error = finish_stage(&stages, load.end_ns);
	if (!error)
		print(stage, block->facts_total, block->spent_ns + cpu_ns() - begun_ns,
		      stages.results);
	release_stage(&stages);
	free(block);
	return error;
}

static int run_reader(const char *path)
{
	uint64_t sum = 0, begun_ns = cpu_ns();
	struct fact_sink sink = { ignore_fact, &sum };
	struct trace_reader *reader;
	int error = trace_reader_open(&reader, path, NULL);

	if (error)
		return error;
	error = trace_reader_run(reader, &sink, NULL);
	if (!error)
		print("read", trace_reader_info(reader)->facts, cpu_ns() - begun_ns, NULL);
	trace_reader_free(reader);
	return error;
}

int main(int argc, char **argv)
{
	struct load_plan plan = load_default();
	int error;

	if (argc == 3 && !strcmp(argv[1], "read")) {
		error = run_reader(argv[2]);
	} else if (argc == 4) {
		plan.facts = strtoull(argv[2], NULL, 10);
		plan.in_flight = (uint32_t)strtoul(argv[3], NULL, 10);
		error = run_stage(argv[1], &plan);
	} else {
		return 2;
	}
	if (error)
		fprintf(stderr, "scale_load: %s\n", strerror(-error));
	return error ? 1 : 0;
}
