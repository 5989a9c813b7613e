/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * comparison.h - what got better or worse from one trace to another: per function and edge, and over all
 * chains, figure by figure. Compared are means, since two recordings need not hold as many requests; what a
 * difference is worth is told by the spread of the values (spread.h). A pure function of both traces.
 */
#ifndef IDLETAX_ANALYSIS_COMPARISON_H
#define IDLETAX_ANALYSIS_COMPARISON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analysis/comparison_log.h"
#include "analysis/results.h"

/* One side. */
struct compared_trace {
	const struct results *results;
	const struct comparison_log *log; /* finished */
	const char
		*host; /* what it was recorded on: kernel, machine, CPUs; "": not told; borrowed */
};

enum comparison_caveat { /* bits */
	CAVEAT_OLD_INCOMPLETE = 1 << 0,
	CAVEAT_NEW_INCOMPLETE = 1 << 1,
	CAVEAT_PLANS = 1 << 2, /* priced by different plans */
	CAVEAT_HOSTS = 1 << 3, /* recorded on different machines: times are of different clocks */
	/* one side has invocations without scheduler facts, the other has not */
	CAVEAT_ESTIMATED = 1 << 4,
	CAVEAT_MEMORY = 1 << 5, /* a function has another memory size */
};

/* "old_incomplete", ...; NULL past the last bit. */
const char *comparison_caveat_name(unsigned int bit);

struct compared_row {
	/* NULL: it is not in that trace; of all chains: both are there */
	const struct comparison_entry *old, *new;
};

struct comparison {
	unsigned int caveats;
	struct compared_row all;
	struct compared_row *functions; /* by name */
	size_t function_count;
	struct compared_row *edges; /* by caller, callee, service, mode */
	size_t edge_count;
	unsigned int tested;	  /* differences that were held against their spread */
	unsigned int significant; /* of these */
};

/* 0 or -ENOMEM. Rows are of the logs, which must live as long. */
int comparison_make(struct comparison *ret_comparison, const struct compared_trace *old,
		    const struct compared_trace *new);
void comparison_release(struct comparison *comparison);

/* Which is there, the new one first. */
const struct comparison_entry *compared_row_entry(const struct compared_row *row);

struct compared_value {
	bool is_known; /* both sides have values */
	unsigned __int128 old_sum, new_sum;
	int64_t old_mean,
		new_mean; /* rounded half up, INT64_MAX at most; 0 where there is no value */
	double change;	  /* of the mean, as a ratio of the old one; NaN: that is 0 or not known */
	enum significance significance;
};

struct compared_value compared_row_value(const struct compared_row *row,
					 enum compared_figure figure);

/* Double billed / (billed - double billed), of sums; NaN where it is not known. */
double comparison_entry_overhead(const struct comparison_entry *entry);

#endif
