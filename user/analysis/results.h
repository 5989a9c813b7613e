/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * results.h - what the analysis tells: rows of functions, edges and chains, totals, and every
 * invocation. The output side (user/output) prints these and computes nothing but ratios.
 */
#ifndef IDLETAX_ANALYSIS_RESULTS_H
#define IDLETAX_ANALYSIS_RESULTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analysis/sums.h"
#include "base/trace_context.h"
#include "model/invocation.h"
#include "trace_format.h"

/*
 * How much of an environment's life was used. lifetime_ns counts from its start (where that was not seen
 * from the first sign of it, or the recording's start) to its death or the recording's end, without the
 * time as a snapshot; it is the sum of init_ns, restore_ns, busy_ns and idle_ns.
 */
struct life {
	uint64_t lifetime_ns;
	uint64_t init_ns;    /* until it asked for its first event, or for its restore */
	uint64_t restore_ns; /* from its restore until it asked for its first event */
	uint64_t busy_ns;    /* union of its invocations' billed intervals */
	uint64_t idle_ns;    /* warm, and nothing to do */
};

/* busy / (lifetime - INIT - restore); NaN where nothing is below the line. */
double life_utilization(const struct life *life);

/* Over environments: of a function, or all. */
struct life_sums {
	uint64_t environments;
	uint64_t alive, killed; /* when the recording ended; by a signal */
	uint64_t init_errors;	/* told an error in INIT, or died before they asked for an event */
	struct life life;
	uint64_t outside_active_ns; /* CPU time outside every invocation */
	uint64_t outside_wait_ns;   /* calls that no invocation made were open */
	uint64_t peak_environments; /* that lived at once, INIT included */
	uint64_t peak_concurrency;  /* invocations that were open at once */
	int64_t standby_pico;	    /* what their lives cost, whether they work or not */
};

/* All of the trace under one price plan. */
struct plan_row {
	const struct price_plan *plan; /* borrowed */
	uint64_t billed_ms;	       /* as the plan rounds, and of what it charges */
	uint64_t requests;	       /* as the plan counts them */
	uint64_t unpriced; /* invocations whose memory it needs, and that is not known */
	/* Sums of what each invocation (standby: environment) costs; duration is without INIT. */
	int64_t duration_pico, init_cost_pico, request_pico, standby_pico;
	int64_t double_billed_pico; /* of duration_pico */
	/* What is charged, for a month's tiers: memory as the plan rounds it, INIT included. */
	unsigned __int128 charged_mb_ms;
	uint64_t charged_cpu_ms;
	unsigned __int128 wait_mb_ns, double_billed_mb_ns;
};

struct environment_row {
	struct environment *environment; /* counted */
	struct life life;
};

struct function_row {
	const char *name;
	uint32_t memory_mb; /* 0 unknown */
	/* the highest of its invocations', of how many processes, and invocations without such a figure */
	uint64_t peak_rss_bytes;
	uint32_t peak_processes;
	uint64_t peak_process_bytes; /* the highest of its invocations', too */
	uint64_t peak_unknown;
	struct sums sums;
	struct life_sums life;
	uint64_t p50_ns, p99_ns; /* of billed_ns, within 1 % */
};

enum edge_mode {
	EDGE_SYNC = 1,
	EDGE_EVENT = 2,
	EDGE_STREAM = 3,
};

const char *edge_mode_name(enum edge_mode mode); /* "sync", "event", "stream" */

enum budget_source {		/* how it is known what one attempt may take */
	BUDGET_BY_NOTHING = 0,	/* it is not */
	BUDGET_BY_DEADLINE = 1, /* the callee's time-out, seen as deadline - start */
	BUDGET_BY_P99 = 2,	/* no deadline of the callee was seen: p99 of what it was billed */
	BUDGET_BY_CLIENT = 3,	/* the client gives up before the callee would be ended */
};

/*
 * Time that callers had left, against what their calls may take (timeout_budget.h). All of it is about the
 * tightest attempts that were seen.
 */
struct edge_budget {
	bool has_start, has_end; /* an attempt with a known limit began; had its reply */
	int64_t start_min_ns;	 /* least time left when one began; negative: past the limit */
	int64_t end_min_ns;	 /* least time left when a reply had come */
	uint64_t start_invocation, end_invocation; /* ids of whose that were */
	/* the attempt with the least margin, where it is known what an attempt may take */
	bool has_need;
	bool is_gateway; /* its limit (without has_need: that of start_min) is the assumed 29 s */
	enum budget_source source;
	uint32_t attempts;   /* that it had left, itself included */
	uint64_t attempt_ns; /* what each of these may take */
	uint64_t backoff_ns; /* before each further one: the longest that was seen */
	int64_t left_ns;     /* when it began */
	int64_t need_ns;     /* attempts * attempt + (attempts - 1) * backoff */
	int64_t margin_ns;   /* left - need; negative: it may be ended before it has an answer */
	uint64_t invocation; /* whose it is */
};

#define EDGE_OPERATIONS_MAX 8

/* What was asked of a service, by its attempts. */
struct edge_operation {
	const char *name;
	uint64_t attempts;
};

struct edge_row {
	const char *caller;  /* function */
	const char *callee;  /* function, or what the request names: host, service */
	const char *service; /* "lambda", "dynamodb", "http", "tcp" ... */
	enum edge_mode mode;
	uint64_t calls, attempts, errors;
	uint64_t wait_ns, double_billed_ns, transit_ns;
	int64_t cost_pico; /* double_billed_ns at the caller's memory */
	/* of attempts that others followed: waits for them, bills of their callees; before retries */
	uint64_t retry_wait_ns, retry_billed_ns, backoff_ns;
	/* the client gave up after it (client_timeout.h); 0 not known */
	uint64_t client_timeout_ns;
	uint64_t client_timeouts; /* attempts that ended so */
	enum link_kind link;	  /* the weakest of its attempts' */
	/* of a service that is no function, in the order in which they were first asked for */
	struct edge_operation operations[EDGE_OPERATIONS_MAX];
	size_t operation_count;
	bool has_more_operations; /* than are kept */
	/* retry_* and backoff in money: waits and back-off at the caller's memory, callees' whole bills */
	int64_t retry_wait_pico, retry_billed_pico, backoff_pico;
	uint64_t orphans, orphaned_ns; /* of its callees */
	int64_t orphaned_pico;
	uint64_t duplicates, duplicate_ns;
	int64_t duplicate_pico;
	struct edge_budget budget;
};

/* What retries of its calls cost, all parts together. */
static inline uint64_t edge_retry_waste_ns(const struct edge_row *row)
{
	return row->retry_wait_ns + row->retry_billed_ns + row->backoff_ns;
}

int64_t edge_retry_waste_pico(const struct edge_row *row);

/* An invocation whose result nobody read. */
struct orphan_row {
	const char *function, *caller; /* functions */
	uint64_t invocation;	       /* id */
	uint64_t orphaned_ns;
	int64_t orphaned_pico;
	enum orphan_cause cause;
	enum link_kind link; /* how surely it was that caller's callee */
};

/* What could not be linked, by enum link_reason. */
struct unlinked {
	uint64_t calls[LINK_REASON_COUNT];	 /* attempts of calls to functions */
	uint64_t invocations[LINK_REASON_COUNT]; /* with LINK_NONE: there was a caller */
};

/* What the recorder could not see, in how many processes. */
struct blind_spot_row {
	enum blind_subject subject;
	enum blind_reason reason;
	const char *program; /* NULL unknown, as the version */
	const char *version;
	uint64_t processes;
	uint32_t first_pid;
};

struct path_segment {
	const struct invocation *invocation; /* NULL: transit */
	const struct exchange *attempt;	     /* in transit, or waited for there; else NULL */
	uint64_t from_ns, to_ns;
	uint8_t state; /* enum state; meaningless for transit */
	bool is_transit;
};

/* A part of the critical paths of a kind of chain. */
struct path_part {
	const char *root;     /* the kind: its root's function */
	const char *function; /* whose time it is; in transit: who called */
	const char *callee;   /* who is waited for; NULL: nobody */
	uint8_t state;	      /* enum state; meaningless for transit */
	bool is_transit;
	uint64_t path_ns;
};

/* All chains with the same function as their root. */
struct path_kind {
	const char *root;
	uint64_t chains;
	uint64_t latency_ns;	       /* the sum of its parts */
	size_t first_part, part_count; /* in results->path_parts, the longest first */
};

enum trace_source {	   /* where a chain's trace id comes from; names in chain_json.c */
	TRACE_DERIVED = 0, /* from the facts: no header had one */
	TRACE_FROM_XRAY = 1,
	TRACE_FROM_W3C = 2,
	TRACE_FROM_CAUSE = 3, /* the chain whose Event call caused it has the same */
};

struct chain {
	uint64_t id; /* counts in order of the roots' start (sequence.h) */
	struct invocation *root;
	struct invocation **invocations; /* in order of start; each counted by the chain */
	size_t invocation_count;
	uint8_t trace_id[TRACE_ID_BYTES];
	enum trace_source trace_source;
	bool has_trace_conflict;      /* some header in it has another trace id */
	uint32_t depth;		      /* calls in a row that are waited for, the root counts 1 */
	struct invocation *caused_by; /* invocation of another chain, counted; or NULL */
	uint32_t caused_by_call;
	struct sums sums;
	uint64_t latency_ns;		    /* root response - root start */
	struct path_segment *critical_path; /* segments sum to latency_ns */
	size_t critical_path_count;
};

/*
 * Chains in order of id, each once it is closed; it and its invocations are settled, have their ids and
 * figures. Borrowed for the call unless kept by refs.
 */
struct price_plan;
struct results;

struct results_sink {
	void *context;
	int (*chain)(void *context, const struct chain *chain);
	/* Once, before the first chain (or the end): the recording's clock pair is known. May be NULL. */
	int (*begin)(void *context, const struct results *results);
};

/* What remains when the trace is over. Rows are sorted by name; the caller may sort again. */
struct results {
	bool is_complete; /* nothing was lost */
	const struct price_plan *plan;
	uint64_t lost_records, lost_bytes;
	uint64_t gaps; /* messages of which bytes are missing where they matter */
	const struct blind_spot_row *blind_spots;
	size_t blind_spot_count;
	uint64_t start_monotonic_ns, start_realtime_ns;
	uint64_t end_monotonic_ns; /* of the recording */
	struct sums totals;
	struct life_sums life; /* of all functions together */
	uint64_t chain_count;
	/* chains whose root nothing in the trace called: they came from outside */
	uint64_t requests;
	const struct plan_row *plans; /* the first is that of all other figures */
	size_t plan_count;
	/* that can be those of several invocations, and were given to none */
	uint64_t shared_calls;
	uint64_t trace_conflicts; /* chains in which headers have different trace ids */
	uint64_t trace_malformed; /* invocations that met a malformed trace header */
	uint64_t recursive;	  /* invocations below one of the same function */
	uint32_t chain_depth;	  /* the deepest chain's */
	uint32_t lineage_loops;	  /* the largest that a Lineage told */
	struct unlinked unlinked;
	struct function_row *functions;
	size_t function_count;
	struct edge_row *edges;
	size_t edge_count;
	struct orphan_row *orphans; /* those with the longest orphaned_ns, longest first */
	size_t orphan_count;
	struct path_kind *path_kinds; /* by root */
	size_t path_kind_count;
	struct path_part *path_parts; /* by root, then the longest first */
	size_t path_part_count;
	/* kept only when asked for */
	struct environment_row *environments; /* in order of start */
	size_t environment_count;
	struct chain **chains; /* in order of id; owned */
	size_t chain_kept_count;
};

/* Time-weighted means over the recording; NaN where it has no length. */
double results_mean(const struct results *results, uint64_t sum_ns);

/* The kept invocation with that id; NULL where there is none, or chains were not kept. */
struct invocation *results_find_invocation(const struct results *results, uint64_t id);

#endif
