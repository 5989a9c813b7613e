/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * exporter.h - one output format: a table of operations that are called in this order: begin, lost
 * (where something was), chain for each chain in order of id, end. A format is one file and one line
 * in exporter.c's table, or in that of cmd/export.c. Formats compute nothing but ratios and layouts.
 *
 * A streamed format gets its chains while the trace is read: of the results only the recording's clock pair
 * is known before end, and lost is called before end.
 */
#ifndef IDLETAX_OUTPUT_EXPORTER_H
#define IDLETAX_OUTPUT_EXPORTER_H

#include <stdbool.h>
#include <stdio.h>

#include "analysis/results.h"

struct log_report;
struct projection;
struct report_spool;

enum flame_weight { /* what a frame's width means: user/output/flame_tree.h */
	FLAME_TIME = 0,
	FLAME_COST = 1,
	FLAME_IDLE = 2,
};

enum export_rows { /* CSV: one row for each of these; names in csv.c */
	EXPORT_INVOCATIONS = 0,
	EXPORT_CALLS = 1,
	EXPORT_CHAINS = 2,
	EXPORT_FUNCTIONS = 3,
	EXPORT_EDGES = 4,
};

struct export_options {
	bool has_invocations;  /* report: list every invocation */
	bool has_environments; /* report: list every environment, which the results keep */
	const struct projection *months; /* report: of each plan; NULL: not asked for */
	const struct log_report *log;	 /* report: what logs say; or NULL */
	struct report_spool *spool; /* report: its chains, where the results keep none; or NULL */
	enum flame_weight weight;   /* flame graphs */
	enum export_rows rows;	    /* CSV */
};

struct export
{
	FILE *file;
	const struct results *results;
	const struct export_options *options;
	void *state; /* the format's own, from begin to release */
};

struct exporter {
	const char *name;
	bool is_streamed;
	/* Each returns 0 or negative errno; lost, chain and release may be NULL. */
	int (*begin)(struct export *export);
	int (*lost)(struct export *export, uint64_t records, uint64_t bytes);
	int (*chain)(struct export *export, const struct chain *chain);
	int (*end)(struct export *export);
	void (*release)(struct export *export); /* frees state; also called after a failure */
};

extern const struct exporter report_json_exporter;
extern const struct exporter folded_exporter;
extern const struct exporter svg_exporter;
extern const struct exporter flame_json_exporter; /* flame --json: not found by name */

extern const struct exporter xray_exporter;
extern const struct exporter ndjson_exporter;
extern const struct exporter csv_exporter;

#define EXPORT_ROWS "invocations, calls, chains, functions, edges"
/* One of these. 0 or -EINVAL. */
int export_rows_parse(enum export_rows *ret_rows, const char *text);

/* "json", "folded", "svg"; NULL where there is no such format. */
const struct exporter *exporter_find(const char *name);

/* Writes @results (with chains kept) to @file and flushes it. 0 or negative errno. */
int exporter_run(const struct exporter *exporter, FILE *file, const struct results *results,
		 const struct export_options *options);

/* The same for a streamed format, by what a results_sink is told. All return 0 or negative errno. */
struct exporter_stream {
	const struct exporter *exporter; /* NULL: not begun */
	struct export export;
};

/* @export: file, results and options. */
int exporter_stream_begin(struct exporter_stream *stream, const struct exporter *exporter,
			  const struct export *export);
int exporter_stream_chain(struct exporter_stream *stream, const struct chain *chain);
int exporter_stream_end(struct exporter_stream *stream); /* and flushes the file */
void exporter_stream_release(struct exporter_stream *stream);

#endif
