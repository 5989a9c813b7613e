/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * explain_text.c - see explain_text.h. Times are counted from the invocation's start.
 */
#include "output/terminal/explain_text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/edge.h"
#include "base/trace_context.h"
#include "output/attempt_text.h"
#include "output/cause_words.h"
#include "output/end_text.h"
#include "output/invocation_words.h"
#include "output/link_text.h"
#include "output/terminal/table.h"

#define LABEL "%-14s "
#define LABEL_BYTES 32
#define SINGLE_CAUSES_MAX 24 /* more than these are told together */
#define GROUPS_MAX 512	     /* that are told apart ... */
#define ROWS_MAX 24	     /* ... of which those with the most time have a row */
#define CALLS_MAX 20
#define CARRIERS_MAX 8
#define CAUSES_FIXED 40 /* characters of the columns before the words, with what is between them */

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

struct telling {
	FILE *file;
	const struct results *results;
	const struct invocation *invocation;
	const struct text_style *style;
	bool has_all;
};

static void begin_words(const struct telling *telling, struct words *words)
{
	words_begin(words, telling->style->is_utf8);
}

static void print_line(const struct telling *telling, const char *label, const struct words *words)
{
	char start[2 * LABEL_BYTES];

	snprintf(start, sizeof(start), LABEL, label);
	words_print(telling->file, words, start, telling->style->columns);
}

static void print_heading(const struct telling *telling, const char *text)
{
	fprintf(telling->file, telling->style->has_color ? "\n\033[1m%s\033[0m\n" : "\n%s\n", text);
}

/* ---- what it is ---- */

/* "#0 a: ok, billed 600 ms, own 100 ms, double-billed 500 ms" */
static void print_title(const struct telling *telling)
{
	const struct invocation *invocation = telling->invocation;
	uint64_t billed_ns = invocation_billed_ns(invocation);
	char end[END_TEXT_MAX];
	struct words words;

	begin_words(telling, &words);
	words_add(&words, "#%llu ", (unsigned long long)invocation->id);
	words_name(&words, invocation->function);
	words_add(&words, ": %s, billed ", end_text_invocation(end, invocation));
	words_ms(&words, billed_ns);
	words_add(&words, ", own ");
	words_ms(&words, billed_ns - invocation->state_ns[STATE_WAIT_LAMBDA]);
	words_add(&words, ", double-billed ");
	words_ms(&words, invocation->double_billed_ns);
	fprintf(telling->file, telling->style->has_color ? "\033[1m%s\033[0m\n\n" : "%s\n\n",
		words.text);
}

static const char *boundary_words(enum boundary boundary)
{
	switch (boundary) {
	case BOUNDARY_NODE_WORKER:
		return "a worker thread that gets events as messages";
	case BOUNDARY_CHILD_PROCESS:
		return "a child process that reads events as lines";
	case BOUNDARY_HTTP_FUNCTION:
		return "an HTTP server whose requests are the events";
	case BOUNDARY_NATIVE_PROBE:
		return "a native handler that is watched by a probe";
	case BOUNDARY_RUNTIME_API:
		break;
	}
	return "a runtime that asks for events (Runtime API)";
}

static void print_environment(const struct telling *telling)
{
	const struct invocation *invocation = telling->invocation;
	const struct environment *environment = invocation->environment;
	struct words words;

	begin_words(telling, &words);
	words_add(&words, "env-%u, ", environment->id);
	if (environment->worker_tid)
		words_add(&words, "thread %u of ", environment->worker_tid);
	words_add(&words, "process %u: %s", environment->tgid,
		  boundary_words(environment->boundary));
	print_line(telling, "environment", &words);
	if (invocation->request_id) {
		begin_words(telling, &words);
		words_name(&words, invocation->request_id);
		if (invocation->occurrence)
			words_add(&words, " (this id came before in its environment)");
		print_line(telling, "request", &words);
	}
	if (!invocation->carrier_count)
		return;
	begin_words(telling, &words);
	words_add(&words, invocation->carrier_count == 1 ? "thread " : "threads ");
	for (size_t i = 0; i < invocation->carrier_count && i < CARRIERS_MAX; i++)
		words_add(&words, "%s%u", i ? ", " : "", invocation->carriers[i]);
	if (invocation->carrier_count > CARRIERS_MAX)
		words_add(&words, " and %zu more", invocation->carrier_count - CARRIERS_MAX);
	words_add(&words, ": moved bytes of its event, its calls or its response");
	print_line(telling, "carriers", &words);
}

/* "after 12 ms, with the error Unhandled" */
static void print_answer(const struct telling *telling)
{
	const struct invocation *invocation = telling->invocation;
	struct words words;

	begin_words(telling, &words);
	words_add(&words, "after ");
	words_ms(&words, invocation->response_ns - invocation->start_ns);
	if (invocation->function_error) {
		words_add(&words, ", with the error ");
		words_name(&words, invocation->function_error);
	} else if (invocation->status == STATUS_ERROR) {
		words_add(&words, ", with an error");
	}
	print_line(telling, "answered", &words);
}

static void print_deadline(const struct telling *telling)
{
	struct words words;

	begin_words(telling, &words);
	words_add(&words, "after ");
	words_ms(&words, telling->invocation->deadline_ns - telling->invocation->start_ns);
	words_add(&words, ", by the clock of the recording's host");
	print_line(telling, "deadline", &words);
}

static void print_borders(const struct telling *telling)
{
	const struct invocation *invocation = telling->invocation;
	uint64_t recording_ns = telling->results->start_monotonic_ns;
	struct words words;

	begin_words(telling, &words);
	if (invocation->start_ns > recording_ns) {
		words_ms(&words, invocation->start_ns - recording_ns);
		words_add(&words, " into the recording, ");
	}
	start_border_words(&words, invocation);
	print_line(telling, "began", &words);
	if (invocation->response_ns >= invocation->start_ns)
		print_answer(telling);
	begin_words(telling, &words);
	words_add(&words, "after ");
	words_ms(&words, invocation_billed_ns(invocation));
	words_add(&words, ", ");
	end_border_words(&words, invocation);
	print_line(telling, "ended", &words);
	if (invocation->deadline_ns >= invocation->start_ns)
		print_deadline(telling);
	begin_words(telling, &words);
	init_words(&words, invocation);
	print_line(telling, "INIT", &words);
}

static const char *trace_source_words(enum trace_source source)
{
	switch (source) {
	case TRACE_FROM_XRAY:
		return "an X-Ray header has it";
	case TRACE_FROM_W3C:
		return "a traceparent header has it";
	case TRACE_FROM_CAUSE:
		return "that of the chain that caused it";
	case TRACE_DERIVED:
		break;
	}
	return "derived: no header had one";
}

/* "#0 a, call 0. exact: ..." */
static void print_caller(const struct telling *telling)
{
	const struct invocation *invocation = telling->invocation;
	const struct invocation *caller = invocation->parent ? invocation->parent
							     : invocation->caused_by;
	char trace_id[TRACE_ID_TEXT_MAX];
	struct words words;

	begin_words(telling, &words);
	if (caller) {
		words_add(&words, "#%llu ", (unsigned long long)caller->id);
		words_name(&words, caller->function);
		words_add(&words, ", call %u",
			  invocation->caller ? invocation->caller->call
					     : invocation->chain->caused_by_call);
		words_add(&words, "%s: ", invocation->parent ? "" : " (it did not wait)");
	}
	link_words(&words, invocation->link, invocation->alternatives, &invocation->basis,
		   invocation);
	print_line(telling, caller ? "called by" : "caller", &words);
	trace_id_format_xray(trace_id, invocation->chain->trace_id);
	begin_words(telling, &words);
	words_add(&words, "%llu, trace id %s (%s)", (unsigned long long)invocation->chain->id,
		  trace_id, trace_source_words(invocation->chain->trace_source));
	print_line(telling, "chain", &words);
}

/* ---- where its time went ---- */

struct group {
	struct wait_cause first;
	uint64_t sum_ns;
	uint64_t count;
};

static struct group *find_group(struct group *groups, size_t count, const struct wait_cause *cause)
{
	for (size_t i = 0; i < count; i++)
		if (cause_is_alike(&groups[i].first, cause))
			return &groups[i];
	return NULL;
}

static void add_to_group(struct group *group, uint64_t length_ns, uint64_t count)
{
	group->sum_ns += length_ns;
	group->count += count;
}

/* Stretches that are told alike, in order of their first one; *ret_rest: what has no group of its own. */
static size_t group_causes(struct group groups[GROUPS_MAX], const struct explanation *explanation,
			   struct group *ret_rest)
{
	size_t count = 0;

	for (size_t i = 0; i < explanation->cause_count; i++) {
		const struct wait_cause *cause = &explanation->causes[i];
		struct group *group = find_group(groups, count, cause);

		if (!group && count < GROUPS_MAX) {
			group = &groups[count++];
			group->first = *cause;
		}
		add_to_group(group ? group : ret_rest, cause->end_ns - cause->start_ns, 1);
	}
	return count;
}

static int compare_sums(const void *left, const void *right)
{
	const struct group *a = left, *b = right;

	if (a->sum_ns != b->sum_ns)
		return a->sum_ns > b->sum_ns ? -1 : 1;
	return (a->first.start_ns > b->first.start_ns) - (a->first.start_ns < b->first.start_ns);
}

static int compare_starts(const void *left, const void *right)
{
	const struct group *a = left, *b = right;

	return (a->first.start_ns > b->first.start_ns) - (a->first.start_ns < b->first.start_ns);
}

/* Leaves those with the most time, in order of their first stretch, and adds the others to @rest. */
static size_t select_groups(struct group *groups, size_t count, struct group *rest)
{
	if (count > ROWS_MAX) {
		qsort(groups, count, sizeof(*groups), compare_sums);
		for (size_t i = ROWS_MAX; i < count; i++)
			add_to_group(rest, groups[i].sum_ns, groups[i].count);
		count = ROWS_MAX;
	}
	qsort(groups, count, sizeof(*groups), compare_starts);
	return count;
}

static void add_row(const struct telling *telling, struct table *table, const struct group *group)
{
	const struct wait_cause *cause = &group->first;
	bool is_one = group->count == 1;
	struct words words;

	begin_words(telling, &words);
	cause_words(&words, telling->invocation, cause, is_one);
	table_row(table);
	table_ms(table, cause->start_ns - telling->invocation->start_ns);
	table_ms(table, group->sum_ns);
	table_count(table, group->count);
	table_word(table, state_name(cause->state));
	if (cause->state == STATE_WAIT_LAMBDA)
		table_color(table, "red");
	table_text(table, words.text);
}

static void add_rest(struct table *table, const struct group *rest)
{
	if (!rest->count)
		return;
	table_row(table);
	table_word(table, "-");
	table_ms(table, rest->sum_ns);
	table_count(table, rest->count);
	table_word(table, "-");
	table_text(table, "for other reasons; --all tells each");
}

static int add_grouped(const struct telling *telling, struct table *table)
{
	struct group *groups = calloc(GROUPS_MAX, sizeof(*groups)), rest = { .count = 0 };
	size_t count;

	if (!groups)
		return -ENOMEM;
	count = group_causes(groups, telling->invocation->explanation, &rest);
	count = select_groups(groups, count, &rest);
	for (size_t i = 0; i < count; i++)
		add_row(telling, table, &groups[i]);
	add_rest(table, &rest);
	free(groups);
	return 0;
}

static void add_each(const struct telling *telling, struct table *table)
{
	const struct explanation *explanation = telling->invocation->explanation;

	for (size_t i = 0; i < explanation->cause_count; i++) {
		const struct wait_cause *cause = &explanation->causes[i];
		struct group one = { *cause, cause->end_ns - cause->start_ns, 1 };

		add_row(telling, table, &one);
	}
}

static int print_causes(const struct telling *telling)
{
	static const struct table_column columns[] = {
		{ "FROM", COLUMN_RIGHT }, { "TIME", COLUMN_RIGHT }, { "TIMES", COLUMN_RIGHT },
		{ "STATE", COLUMN_WORD }, { "WHY", COLUMN_TEXT },
	};
	const struct explanation *explanation = telling->invocation->explanation;
	struct table table;
	int error = 0, failed;

	if (!explanation || !explanation->cause_count)
		return 0;
	print_heading(telling, "Where its time went, times in ms");
	table_init(&table, telling->style, columns, COUNT_OF(columns), CAUSES_FIXED);
	if (telling->has_all || explanation->cause_count <= SINGLE_CAUSES_MAX)
		add_each(telling, &table);
	else
		error = add_grouped(telling, &table);
	failed = table_print(&table, telling->file);
	return error ? error : failed;
}

/* ---- calls, flags, price ---- */

static const char *retry_words(enum link_kind retry)
{
	switch (retry) {
	case LINK_EXACT:
		return "its SDK marks and counts them";
	case LINK_INFERRED:
		return "the same was asked after a failure";
	default:
		return "the same was asked after several that had failed alike";
	}
}

static const char *close_words(enum exchange_close closed_by)
{
	switch (closed_by) {
	case CLOSED_BY_CALLER:
		return ", not answered: the caller closed the connection";
	case CLOSED_BY_CALLEE:
		return ", not answered: the callee closed the connection";
	case CLOSED_BY_RESET:
		return ", not answered: the connection was reset";
	case CLOSED_BY_UNKNOWN:
		break;
	}
	return ", not answered";
}

/* What it was and how it ended. */
static void add_attempt(const struct telling *telling, struct words *words,
			const struct exchange *attempt)
{
	words_add(words, "to ");
	words_name(words, attempt_callee_name(attempt));
	words_add(words, " (%s, %s)", attempt_service_name(attempt), attempt_mode(attempt));
	if (attempt->retry)
		words_add(words, ", attempt %u (%s)", attempt->attempt,
			  retry_words(attempt->retry));
	if (attempt->backoff_ns) {
		words_add(words, ", after ");
		words_ms(words, attempt->backoff_ns);
		words_add(words, " on a timer");
	}
	if (attempt->start_ns >= telling->invocation->start_ns) {
		words_add(words, ", at ");
		words_ms(words, attempt->start_ns - telling->invocation->start_ns);
	}
	words_add(words, ", for ");
	words_ms(words, attempt->end_ns - attempt->start_ns);
	if (attempt->status)
		words_add(words, ", answered %u", attempt->status);
	else if (attempt->is_cut)
		words_add(words, "%s", close_words(attempt->closed_by));
	if (attempt->flags & MESSAGE_HAS_GAP)
		words_add(words, ", not read whole");
	words_add(words, "; waited for ");
	words_ms(words, attempt->wait_ns);
	if (attempt->double_billed_ns) {
		words_add(words, ", double-billed ");
		words_ms(words, attempt->double_billed_ns);
	}
}

static void add_call(const struct telling *telling, struct words *words,
		     const struct exchange *attempt)
{
	add_attempt(telling, words, attempt);
	if (attempt->basis.reason == CALLEE_NO_FUNCTION) {
		words_add(words, "; %s", link_reason_text(CALLEE_NO_FUNCTION));
		return;
	}
	if (attempt->callee)
		words_add(words, "; it is #%llu, ", (unsigned long long)attempt->callee->id);
	else
		words_add(words, "; not linked, ");
	link_words(words, attempt->link, attempt->alternatives, &attempt->basis, attempt->callee);
}

static void print_calls(const struct telling *telling)
{
	const struct invocation *invocation = telling->invocation;
	char label[LABEL_BYTES];
	struct words words;
	size_t count = invocation->attempt_count;

	if (!count && !invocation->doubtful_count)
		return;
	print_heading(telling, "Calls");
	if (count > CALLS_MAX && !telling->has_all)
		count = CALLS_MAX;
	for (size_t i = 0; i < count; i++) {
		snprintf(label, sizeof(label), "call %u", invocation->attempts[i]->call);
		begin_words(telling, &words);
		add_call(telling, &words, invocation->attempts[i]);
		print_line(telling, label, &words);
	}
	if (count < invocation->attempt_count)
		fprintf(telling->file, "... and %zu more; --all tells each\n",
			invocation->attempt_count - count);
	if (!invocation->doubtful_count)
		return;
	begin_words(telling, &words);
	words_count(&words, invocation->doubtful_count, "call can be its or that of another",
		    "calls can be its or those of another");
	words_add(&words, " that was open: given to none");
	print_line(telling, "shared", &words);
}

static void print_flags(const struct telling *telling)
{
	const struct invocation *invocation = telling->invocation;
	struct words words;
	const char *name;

	if (!invocation->flags)
		return;
	print_heading(telling, "Flags");
	for (unsigned int bit = 0; (name = invocation_flag_name(bit)); bit++) {
		if (!(invocation->flags & 1u << bit))
			continue;
		begin_words(telling, &words);
		flag_words(&words, invocation, bit);
		print_line(telling, name, &words);
	}
}

int explain_text(FILE *file, const struct results *results, const struct invocation *invocation,
		 const struct text_style *style, bool has_all)
{
	struct telling telling = { file, results, invocation, style, has_all };
	struct words words;
	int error;

	print_title(&telling);
	print_environment(&telling);
	print_borders(&telling);
	print_caller(&telling);
	error = print_causes(&telling);
	if (error)
		return error;
	print_calls(&telling);
	print_flags(&telling);
	print_heading(&telling, "Price");
	begin_words(&telling, &words);
	bill_words(&words, invocation, results->plan);
	print_line(&telling, "bill", &words);
	return 0;
}
