/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * check_rule.c - see check_rule.h. A rule's subject ends with the last '=' of its argument: no limit has one.
 */
#include "analysis/check_rule.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/verdict.h"
#include "base/array.h"
#include "base/nearest_name.h"

#define LINE_BYTES_MAX 1024
#define ALLOW_INCOMPLETE "allow-incomplete"
#define BLANKS " \t\r"

const struct check_metric_info check_metrics[CHECK_METRIC_COUNT] = {
	[CHECK_MAX_OVERHEAD] = { "max-overhead", .unit = QUANTITY_RATIO,
				 .scopes = CHECK_TOTAL | CHECK_FUNCTIONS, .unnamed = CHECK_TOTAL },
	[CHECK_MAX_SHARE] = { "max-share", .unit = QUANTITY_RATIO,
			      .scopes = CHECK_TOTAL | CHECK_FUNCTIONS | CHECK_EDGES,
			      .unnamed = CHECK_TOTAL },
	[CHECK_MAX_AMPLIFICATION] = { "max-amplification", .unit = QUANTITY_RATIO,
				      .scopes = CHECK_TOTAL | CHECK_FUNCTIONS,
				      .unnamed = CHECK_TOTAL },
	[CHECK_MAX_CHAIN_DEPTH] = { "max-chain-depth", .unit = QUANTITY_COUNT,
				    .scopes = CHECK_TOTAL, .unnamed = CHECK_TOTAL },
	[CHECK_MAX_COST_PER_MILLION] = { "max-cost-per-million", .unit = QUANTITY_PICO,
					 .scopes = CHECK_TOTAL | CHECK_FUNCTIONS,
					 .unnamed = CHECK_TOTAL },
	[CHECK_MAX_BILLED_P99] = { "max-billed-p99", .unit = QUANTITY_NS, .scopes = CHECK_FUNCTIONS,
				   .unnamed = CHECK_FUNCTIONS },
	[CHECK_MAX_RETRY_WASTE] = { "max-retry-waste", .unit = QUANTITY_RATIO,
				    .scopes = CHECK_TOTAL | CHECK_FUNCTIONS,
				    .unnamed = CHECK_TOTAL },
	[CHECK_MAX_ORPHANED] = { "max-orphaned", .unit = QUANTITY_RATIO,
				 .scopes = CHECK_TOTAL | CHECK_FUNCTIONS, .unnamed = CHECK_TOTAL },
	[CHECK_MIN_BUDGET] = { "min-budget", .unit = QUANTITY_NS, .is_minimum = true,
			       .scopes = CHECK_EDGES, .unnamed = CHECK_EDGES },
	[CHECK_NO_VERDICT] = { "no-verdict", .is_verdict = true, .scopes = CHECK_EDGES,
			       .unnamed = CHECK_EDGES },
};

void check_rules_init(struct check_rules *rules)
{
	memset(rules, 0, sizeof(*rules));
}

void check_rules_release(struct check_rules *rules)
{
	for (size_t i = 0; i < rules->count; i++)
		free(rules->rules[i].subject);
	free(rules->rules);
	check_rules_init(rules);
}

static int reserve(struct check_rules *rules, struct diag *diag)
{
	if (rules->count == CHECK_RULES_MAX)
		return diag_set(diag, -E2BIG, "more than %d limits", CHECK_RULES_MAX);
	if (array_make_room(&rules->rules, rules->count, &rules->capacity, sizeof(*rules->rules)))
		return diag_set(diag, -ENOMEM, "%s", strerror(ENOMEM));
	return 0;
}

/* ---- one rule ---- */

static int parse_verdict(int64_t *ret_limit, const char *text, struct diag *diag)
{
	struct nearest_name nearest;
	enum verdict verdict;

	if (!verdict_parse(&verdict, text)) {
		*ret_limit = verdict;
		return 0;
	}
	nearest_name_init(&nearest, text);
	for (int i = 0; i < VERDICT_COUNT; i++)
		nearest_name_offer(&nearest, verdict_name((enum verdict)i));
	if (nearest.nearest)
		return diag_set(diag, -EINVAL, "there is no verdict '%s': is %s meant?", text,
				nearest.nearest);
	return diag_set(diag, -EINVAL, "there is no verdict '%s'", text);
}

static int parse_limit(int64_t *ret_limit, const struct check_metric_info *info, const char *text,
		       struct diag *diag)
{
	int error;

	if (info->is_verdict)
		return parse_verdict(ret_limit, text, diag);
	error = quantity_parse(ret_limit, info->unit, text);

	if (error == -ERANGE)
		return diag_set(diag, error, "'%s' is too large", text);
	if (error == -EDOM)
		return diag_set(diag, error, "'%s' is too fine", text);
	if (error)
		return diag_set(diag, error, "'%s' is not %s", text, quantity_form(info->unit));
	return 0;
}

static int check_subject(const struct check_metric_info *info, const char *subject,
			 struct diag *diag)
{
	if (!*subject)
		return diag_set(diag, -EINVAL, "nothing is named before the '='");
	if (!(info->scopes & (CHECK_FUNCTIONS | CHECK_EDGES)))
		return diag_set(diag, -EINVAL, "'%s' is named, but it is about all chains together",
				subject);
	if (!(info->scopes & CHECK_FUNCTIONS) && !strchr(subject, '/'))
		return diag_set(diag, -EINVAL, "'%s' is no CALLER/CALLEE", subject);
	return 0;
}

/* Bytes from @text to @end, without the blanks before that. */
static size_t count_without_blanks(const char *text, const char *end)
{
	while (end > text && strchr(BLANKS, end[-1]))
		end--;
	return (size_t)(end - text);
}

int check_rules_add(struct check_rules *rules, enum check_metric metric, const char *argument,
		    struct diag *diag)
{
	const struct check_metric_info *info = &check_metrics[metric];
	const char *sign = strrchr(argument, '='), *limit = sign ? sign + 1 : argument;
	struct check_rule rule = { .metric = metric };
	int error = parse_limit(&rule.limit, info, limit + strspn(limit, BLANKS), diag);

	if (!error)
		error = reserve(rules, diag);
	if (error)
		return error;
	if (sign) {
		rule.subject = strndup(argument, count_without_blanks(argument, sign));
		if (!rule.subject)
			return diag_set(diag, -ENOMEM, "%s", strerror(ENOMEM));
		error = check_subject(info, rule.subject, diag);
	}
	if (error)
		free(rule.subject);
	else
		rules->rules[rules->count++] = rule;
	return error;
}

/* ---- a file ---- */

static int fail_unknown(const char *name, struct diag *diag)
{
	struct nearest_name nearest;

	nearest_name_init(&nearest, name);
	for (size_t i = 0; i < CHECK_METRIC_COUNT; i++)
		nearest_name_offer(&nearest, check_metrics[i].name);
	nearest_name_offer(&nearest, ALLOW_INCOMPLETE);
	diag_set(diag, -EINVAL, "there is no limit '%s'", name);
	if (nearest.nearest)
		diag_hint(diag, "did you mean %s?", nearest.nearest);
	return -EINVAL;
}

/* Without the blanks around it. */
static char *trim(char *text)
{
	text += strspn(text, BLANKS);
	text[count_without_blanks(text, text + strlen(text))] = 0;
	return text;
}

static int add_line(struct check_rules *rules, char *line, struct diag *diag)
{
	char *comment = strchr(line, '#'), *sign, *name;

	if (comment)
		*comment = 0;
	line = trim(line);
	if (!*line)
		return 0;
	if (!strcmp(line, ALLOW_INCOMPLETE)) {
		rules->allows_incomplete = true;
		return 0;
	}
	sign = strchr(line, '=');
	if (!sign)
		return diag_set(diag, -EINVAL, "'%s' is no line NAME = LIMIT", line);
	*sign = 0;
	name = trim(line);
	for (size_t i = 0; i < CHECK_METRIC_COUNT; i++)
		if (!strcmp(check_metrics[i].name, name))
			return check_rules_add(rules, (enum check_metric)i, trim(sign + 1), diag);
	if (!strcmp(name, ALLOW_INCOMPLETE))
		return diag_set(diag, -EINVAL, ALLOW_INCOMPLETE " has no value");
	return fail_unknown(name, diag);
}

int check_rules_add_text(struct check_rules *rules, const char *text, size_t bytes,
			 struct diag *diag)
{
	const char *end = text + bytes;
	uint64_t number = 0;

	while (text < end) {
		const char *stop = memchr(text, '\n', (size_t)(end - text));
		size_t length = (size_t)((stop ? stop : end) - text);
		char line[LINE_BYTES_MAX];
		int error;

		number++;
		if (length >= sizeof(line) || memchr(text, 0, length)) {
			diag_set(diag, -EINVAL, "is no line of text");
			error = -EINVAL;
		} else {
			memcpy(line, text, length);
			line[length] = 0;
			error = add_line(rules, line, diag);
		}
		if (error) {
			diag->has_offset = true;
			diag->offset = number;
			return error;
		}
		text += length + !!stop;
	}
	return 0;
}
