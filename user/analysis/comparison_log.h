/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * comparison_log.h - what two traces are compared by (comparison.h): of every function, of every edge and of all
 * chains together the sum of each figure and how its values spread. Fed with every closed chain; memory
 * grows with functions and edges, not with invocations.
 */
#ifndef IDLETAX_ANALYSIS_COMPARISON_LOG_H
#define IDLETAX_ANALYSIS_COMPARISON_LOG_H

#include <stdint.h>

#include "analysis/results.h"
#include "analysis/spread.h"
#include "base/row_table.h"
#include "base/string_pool.h"

enum compared_figure { /* names and units in comparison_log.c */
	/* of an invocation; latency: until its response; of all: of a chain */
	COMPARED_BILLED = 0,
	COMPARED_OWN,
	COMPARED_ACTIVE,
	COMPARED_WAIT_LAMBDA,
	COMPARED_WAIT_SERVICE,
	COMPARED_DOUBLE_BILLED,
	COMPARED_LATENCY,
	COMPARED_COST,
	COMPARED_INIT_COST,
	/* of a call, all its attempts together; wait, double billing and transit */
	COMPARED_CALL_WAIT,
	COMPARED_CALL_DOUBLE_BILLED,
	COMPARED_CALL_TRANSIT,
	COMPARED_CALL_COST,
	COMPARED_COUNT,
};

#define COMPARED_FUNCTION_END COMPARED_CALL_WAIT /* the figures of functions are those before */

/* "billed_ns", ..., as in the report. */
const char *compared_figure_name(enum compared_figure figure);
bool compared_figure_is_money(enum compared_figure figure);

struct figure_log {
	unsigned __int128 sum; /* of 64-bit values: it cannot overflow */
	struct spread spread;
};

struct comparison_entry {
	const char *name;		       /* function; NULL: all chains, or an edge */
	const char *caller, *callee, *service; /* of an edge, else NULL */
	enum edge_mode mode;
	uint64_t count;	    /* chains, invocations, or calls */
	uint64_t attempts;  /* of calls */
	uint64_t errors;    /* invocations that failed or timed out; attempts */
	uint32_t memory_mb; /* of a function; 0 unknown */
	struct figure_log figures[COMPARED_COUNT];
	/* of an edge: the call whose attempts are being added up */
	uint64_t open_serial;
	uint32_t open_call;
	bool is_open_priced; /* the caller's memory is known */
	unsigned __int128 open[COMPARED_COUNT];
};

struct comparison_log {
	struct string_pool names;
	struct row_table entries; /* functions and edges, by their names and mode */
	size_t edge_count;
	struct comparison_entry all;
	uint64_t serial; /* of the invocation that is being added, from 1 */
};

void comparison_log_init(struct comparison_log *log);
void comparison_log_release(struct comparison_log *log);

int comparison_log_add_chain(void *log, const struct chain *chain); /* a results_sink.chain */
/* After the last chain: closes what is open. */
void comparison_log_finish(struct comparison_log *log);

/* The entry that is called as @other is, or NULL. */
const struct comparison_entry *comparison_log_find(const struct comparison_log *log,
						   const struct comparison_entry *other);

#endif
