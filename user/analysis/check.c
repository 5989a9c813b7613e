/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * check.c - see check.h. Every value is a fraction, whole numbers over 1.
 */
#include "analysis/check.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/nearest_name.h"

#define MILLION 1000000u

struct fraction {
	bool is_known;
	__int128 above; /* between -2^64 and 2^84 */
	uint64_t below; /* 0: it is infinite */
};

struct checking {
	const struct results *results;
	const struct check_input *input;
	struct check_outcome *outcome;
	struct diag *diag;
};

static const struct fraction not_known;

static struct fraction whole(__int128 value)
{
	return (struct fraction){ true, value, 1 };
}

static struct fraction ratio(uint64_t above, uint64_t below)
{
	return above || below ? (struct fraction){ true, above, below } : not_known;
}

/* ---- findings ---- */

static void release_findings(struct check_findings *findings)
{
	for (size_t i = 0; i < findings->count; i++)
		free(findings->rows[i].where);
	free(findings->rows);
}

void check_outcome_release(struct check_outcome *outcome)
{
	release_findings(&outcome->breaches);
	release_findings(&outcome->unknown);
	memset(outcome, 0, sizeof(*outcome));
}

static int add_finding(struct check_findings *findings, const struct check_rule *rule,
		       const char *where, int64_t value)
{
	struct check_finding *row;

	if (array_make_room(&findings->rows, findings->count, &findings->capacity,
			    sizeof(*findings->rows)))
		return -ENOMEM;
	row = &findings->rows[findings->count];
	*row = (struct check_finding){ .rule = rule, .where = strdup(where), .value = value };
	if (!row->where)
		return -ENOMEM;
	findings->count++;
	return 0;
}

static int add_infinite(struct check_findings *findings, const struct check_rule *rule,
			const char *where)
{
	int error = add_finding(findings, rule, where, INT64_MAX);

	if (!error)
		findings->rows[findings->count - 1].is_infinite = true;
	return error;
}

/* ---- one value against one limit ---- */

static int compare(struct checking *checking, const struct check_rule *rule, const char *where,
		   struct fraction value)
{
	const struct check_metric_info *info = &check_metrics[rule->metric];
	__int128 one = info->unit == QUANTITY_RATIO ? QUANTITY_RATIO_ONE : 1;
	__int128 above = value.above * one, limit, rounded;

	if (!value.is_known)
		return add_finding(&checking->outcome->unknown, rule, where, 0);
	checking->outcome->checked++;
	if (!value.below)
		return add_infinite(&checking->outcome->breaches, rule, where);
	limit = (__int128)rule->limit * value.below;
	if (info->is_minimum ? above >= limit : above <= limit)
		return 0;
	rounded = (above + value.below / 2) / value.below;
	return add_finding(&checking->outcome->breaches, rule, where,
			   rounded > INT64_MAX ? INT64_MAX : (int64_t)rounded);
}

static struct fraction measure_sums(enum check_metric metric, const struct sums *sums)
{
	switch (metric) {
	case CHECK_MAX_OVERHEAD:
		return ratio(sums->double_billed_ns, sums->billed_ns - sums->double_billed_ns);
	case CHECK_MAX_SHARE:
		return ratio(sums->double_billed_ns, sums->billed_ns);
	case CHECK_MAX_AMPLIFICATION:
		return ratio(sums->billed_ns, sums_own_ns(sums));
	case CHECK_MAX_RETRY_WASTE:
		return ratio(sums->retry_waste_ns, sums->billed_ns);
	case CHECK_MAX_ORPHANED:
		return ratio(sums->orphaned_ns, sums->billed_ns);
	default:
		return not_known;
	}
}

/* What a million of @count cost. */
static struct fraction measure_cost(const struct sums *sums, uint64_t count)
{
	__int128 pico = (__int128)sums->cost_pico + sums->init_cost_pico;

	if (sums->unpriced || !count)
		return not_known;
	return (struct fraction){ true, pico * MILLION, count };
}

static struct fraction measure_total(const struct checking *checking, enum check_metric metric)
{
	const struct results *results = checking->results;

	switch (metric) {
	case CHECK_MAX_CHAIN_DEPTH:
		return whole(results->chain_depth);
	case CHECK_MAX_COST_PER_MILLION:
		return measure_cost(&results->totals, results->requests);
	default:
		return measure_sums(metric, &results->totals);
	}
}

static struct fraction measure_function(enum check_metric metric, const struct function_row *row)
{
	switch (metric) {
	case CHECK_MAX_BILLED_P99:
		return whole(row->p99_ns);
	case CHECK_MAX_COST_PER_MILLION:
		return measure_cost(&row->sums, row->sums.invocations);
	default:
		return measure_sums(metric, &row->sums);
	}
}

/* ---- what a rule is about ---- */

static bool is_meant(const char *subject, const char *name)
{
	return !subject || !strcmp(subject, name) || !fnmatch(subject, name, 0);
}

static int check_functions(struct checking *checking, const struct check_rule *rule,
			   size_t *ret_found)
{
	int error = 0;

	for (size_t i = 0; i < checking->results->function_count && !error; i++) {
		const struct function_row *row = &checking->results->functions[i];

		if (!is_meant(rule->subject, row->name))
			continue;
		++*ret_found;
		error = compare(checking, rule, row->name, measure_function(rule->metric, row));
	}
	return error;
}

static uint64_t find_billed_ns(const struct results *results, const char *function)
{
	for (size_t i = 0; i < results->function_count; i++)
		if (!strcmp(results->functions[i].name, function))
			return results->functions[i].sums.billed_ns;
	return 0;
}

static struct fraction measure_edge(const struct checking *checking, enum check_metric metric,
				    const struct edge_row *row)
{
	const struct edge_budget *budget = &row->budget;

	if (metric == CHECK_MAX_SHARE)
		return ratio(row->double_billed_ns, find_billed_ns(checking->results, row->caller));
	if (metric == CHECK_MIN_BUDGET && budget->has_end)
		return whole(budget->end_min_ns);
	if (metric == CHECK_MIN_BUDGET && budget->has_start) /* no reply ever came */
		return whole(budget->start_min_ns);
	return not_known;
}

/* "CALLER/CALLEE", for the caller to free; or NULL. */
static char *edge_name(const char *caller, const char *callee)
{
	char *name;

	return asprintf(&name, "%s/%s", caller, callee) < 0 ? NULL : name;
}

static int check_edges(struct checking *checking, const struct check_rule *rule, size_t *ret_found)
{
	int error = 0;

	for (size_t i = 0; i < checking->results->edge_count && !error; i++) {
		const struct edge_row *row = &checking->results->edges[i];
		char *name = edge_name(row->caller, row->callee);

		if (!name)
			return -ENOMEM;
		if (is_meant(rule->subject, name)) {
			++*ret_found;
			error = compare(checking, rule, name,
					measure_edge(checking, rule->metric, row));
		}
		free(name);
	}
	return error;
}

static int compare_verdict(struct checking *checking, const struct check_rule *rule,
			   const struct edge_advice *row, const char *where)
{
	if (row->verdict == VERDICT_UNKNOWN && rule->limit != VERDICT_UNKNOWN)
		return add_finding(&checking->outcome->unknown, rule, where, 0);
	checking->outcome->checked++;
	if ((int64_t)row->verdict != rule->limit)
		return 0;
	return add_finding(&checking->outcome->breaches, rule, where, rule->limit);
}

static int check_verdicts(struct checking *checking, const struct check_rule *rule,
			  size_t *ret_found)
{
	int error = 0;

	for (size_t i = 0; i < checking->input->advice_count && !error; i++) {
		const struct edge_advice *row = &checking->input->advice[i];
		char *name = edge_name(row->caller, row->callee);

		if (!name)
			return -ENOMEM;
		if (is_meant(rule->subject, name)) {
			++*ret_found;
			error = compare_verdict(checking, rule, row, name);
		}
		free(name);
	}
	return error;
}

static void hint_function(const struct checking *checking, const char *subject)
{
	const struct results *results = checking->results;
	struct nearest_name nearest;

	nearest_name_init(&nearest, subject);
	for (size_t i = 0; i < results->function_count; i++)
		nearest_name_offer(&nearest, results->functions[i].name);
	if (nearest.nearest)
		diag_hint(checking->diag, "did you mean %s?", nearest.nearest);
}

static void hint_edge(const struct checking *checking, const char *subject)
{
	const struct results *results = checking->results;
	struct nearest_name nearest;
	char *name, *kept = NULL;

	nearest_name_init(&nearest, subject);
	for (size_t i = 0; i < results->edge_count; i++) {
		name = edge_name(results->edges[i].caller, results->edges[i].callee);
		if (name)
			nearest_name_offer(&nearest, name);
		if (!name || nearest.nearest != name) {
			free(name);
			continue;
		}
		free(kept);
		kept = name;
	}
	if (kept)
		diag_hint(checking->diag, "did you mean %s?", kept);
	free(kept);
}

static int fail_not_there(const struct checking *checking, const struct check_rule *rule)
{
	const struct check_metric_info *info = &check_metrics[rule->metric];
	bool is_edge = info->scopes & CHECK_EDGES && strchr(rule->subject, '/');

	diag_set(checking->diag, -ENOENT, "%s %s=...: no such %s in the trace", info->name,
		 rule->subject, is_edge ? "CALLER/CALLEE" : "function");
	if (is_edge)
		hint_edge(checking, rule->subject);
	else
		hint_function(checking, rule->subject);
	return -ENOENT;
}

static int check_rule(struct checking *checking, const struct check_rule *rule)
{
	const struct check_metric_info *info = &check_metrics[rule->metric];
	unsigned int scopes = rule->subject ? info->scopes : (unsigned int)info->unnamed;
	size_t found = 0;
	int error = 0;

	if (!rule->subject && info->unnamed == CHECK_TOTAL)
		return compare(checking, rule, "total", measure_total(checking, rule->metric));
	if (info->is_verdict)
		error = check_verdicts(checking, rule, &found);
	else if (scopes & CHECK_FUNCTIONS)
		error = check_functions(checking, rule, &found);
	if (!error && !found && scopes & CHECK_EDGES && !info->is_verdict)
		error = check_edges(checking, rule, &found);
	if (!error && !found && rule->subject)
		return fail_not_there(checking, rule);
	return error;
}

int check_run(struct check_outcome *ret_outcome, const struct check_rules *rules,
	      const struct check_input *input, struct diag *diag)
{
	struct check_outcome outcome = { 0 };
	struct checking checking = {
		.results = input->results, .input = input, .outcome = &outcome, .diag = diag
	};
	int error = 0;

	if (!input->results->totals.invocations) {
		diag_set(diag, -ENODATA, "no invocation was seen: there is nothing to check");
		diag_hint(
			diag,
			"record while functions are called; `idletax report` tells what was seen");
		return -ENODATA;
	}
	if (!rules->allows_incomplete)
		outcome.checked++;
	if (!rules->allows_incomplete && !input->results->is_complete)
		error = add_finding(&outcome.breaches, NULL, "total", 0);
	for (size_t i = 0; i < rules->count && !error; i++)
		error = check_rule(&checking, &rules->rules[i]);
	if (error == -ENOMEM)
		diag_set(diag, error, "%s", strerror(ENOMEM));
	if (error)
		check_outcome_release(&outcome);
	else
		*ret_outcome = outcome;
	return error;
}
