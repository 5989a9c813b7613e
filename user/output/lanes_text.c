/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * lanes_text.c - draws what lanes.h laid out. A row is: environment, process, how much of its warm time it
 * was busy, bar, and how it ended; below it how its INIT failed.
 */
#include "output/lanes_text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "output/end_text.h"
#include "output/summary.h"
#include "output/words.h"

#define HEAD_COLUMNS 25 /* "env-123  pid 1234567  100 %" without the last space */
#define BELOW_ID "        "
#define END_COLUMNS 16 /* behind the bar */
#define BAR_COLUMNS_MIN 20
#define BAR_COLUMNS_MAX 400

struct lane_look {
	const char *utf8;
	char ascii;
	const char *color; /* SGR */
	const char *legend;
};

static const struct lane_look looks[LANE_KINDS] = {
	[LANE_NONE] = { " ", ' ', NULL, NULL },
	[LANE_INIT] = { "+", '+', "33", "INIT" },
	[LANE_SNAPSHOT] = { ":", ':', "90", "a snapshot, until its restore" },
	[LANE_BUSY] = { "█", '#', "32", "busy" },
	[LANE_IDLE] = { "─", '-', "36", "idle, warm" },
};

struct frame {
	FILE *file;
	const struct text_style *style;
	uint64_t from_ns, to_ns;
	unsigned int columns;
};

static void draw_cells(const struct frame *frame, const uint8_t *cells, uint32_t *seen)
{
	uint8_t previous = LANE_NONE;

	for (size_t i = 0; i < frame->columns; i++) {
		const struct lane_look *look = &looks[cells[i]];

		*seen |= 1u << cells[i];
		if (frame->style->has_color && cells[i] != previous)
			fprintf(frame->file, "\033[%sm", look->color ? look->color : "0");
		previous = cells[i];
		if (frame->style->is_utf8)
			fputs(look->utf8, frame->file);
		else
			putc(look->ascii, frame->file);
	}
	if (frame->style->has_color && previous != LANE_NONE)
		fputs("\033[0m", frame->file);
}

/* Behind the bar is no room for it. */
static void draw_failed_init(const struct frame *frame, const struct environment *environment)
{
	enum init_status init = environment_init_status(environment);
	struct words words;

	if (init != INIT_ERROR && init != INIT_EXITED)
		return;
	words_begin(&words, frame->style->is_utf8);
	words_add(&words, "INIT failed");
	if (environment->init_error) {
		words_add(&words, ": ");
		words_name(&words, environment->init_error);
	}
	words_print(frame->file, &words, BELOW_ID, frame->style->columns);
}

static void draw_lane(const struct frame *frame, const struct lane *lane, uint32_t *seen)
{
	const struct environment *environment = lane->row->environment;
	const char *border = frame->style->is_utf8 ? "│" : "|";
	uint8_t cells[BAR_COLUMNS_MAX];
	char id[24], process[24] = "", used[24], end[END_TEXT_MAX];

	snprintf(id, sizeof(id), "env-%u", environment->id);
	if (environment->tgid)
		snprintf(process, sizeof(process), "%s %u", environment->worker_tid ? "tid" : "pid",
			 environment->worker_tid ? environment->worker_tid : environment->tgid);
	fprintf(frame->file, "%-7s %-11s %5s %s", id, process,
		format_percent(used, sizeof(used), life_utilization(&lane->row->life)), border);
	lane_cells(cells, frame->columns, lane, frame->from_ns, frame->to_ns);
	draw_cells(frame, cells, seen);
	fputs(border, frame->file);
	if (environment->end_ns) /* else there is nothing to say */
		fprintf(frame->file, " %s", end_text_environment(end, environment));
	putc('\n', frame->file);
	draw_failed_init(frame, environment);
}

/* Digits; '*' stands for more than nine. */
static int draw_counts(const struct frame *frame, const struct lane_group *group)
{
	const char *border = frame->style->is_utf8 ? "│" : "|";
	uint32_t counts[BAR_COLUMNS_MAX];
	int error = lane_counts(counts, frame->columns, group, frame->from_ns, frame->to_ns);

	if (error)
		return error;
	fprintf(frame->file, "%-*s %s", HEAD_COLUMNS, "open at once", border);
	for (size_t i = 0; i < frame->columns; i++) {
		if (!counts[i])
			putc(' ', frame->file);
		else
			putc(counts[i] > 9 ? '*' : (char)('0' + counts[i]), frame->file);
	}
	fprintf(frame->file, "%s\n", border);
	return 0;
}

static void draw_heading(const struct frame *frame, const struct results *results,
			 const struct lane_group *group)
{
	const struct function_row *row = group->function;
	const struct life_sums *life = &row->life;
	struct words words;
	char used[24];

	words_begin(&words, frame->style->is_utf8);
	words_name(&words, row->name);
	words_add(&words, ": %llu environment%s (peak %llu, mean %.2g), ",
		  (unsigned long long)life->environments, life->environments == 1 ? "" : "s",
		  (unsigned long long)life->peak_environments,
		  results_mean(results, life->life.lifetime_ns));
	words_add(&words, "%llu invocation%s (peak %llu, mean %.2g), %s of the warm time used",
		  (unsigned long long)row->sums.invocations, row->sums.invocations == 1 ? "" : "s",
		  (unsigned long long)life->peak_concurrency,
		  results_mean(results, row->sums.billed_ns),
		  format_percent(used, sizeof(used), life_utilization(&life->life)));
	words_print(frame->file, &words, "", frame->style->columns);
}

static int compare_busy(const void *left, const void *right)
{
	const struct lane *a = *(const struct lane *const *)left;
	const struct lane *b = *(const struct lane *const *)right;

	if (a->row->life.busy_ns != b->row->life.busy_ns)
		return a->row->life.busy_ns > b->row->life.busy_ns ? -1 : 1;
	return (a > b) - (a < b);
}

static int compare_places(const void *left, const void *right)
{
	const struct lane *a = *(const struct lane *const *)left;
	const struct lane *b = *(const struct lane *const *)right;

	return (a > b) - (a < b);
}

static int draw_lanes(const struct frame *frame, const struct lane_group *group, size_t rows,
		      uint32_t *seen)
{
	const struct lane **shown = calloc(group->lane_count + 1, sizeof(*shown));
	size_t count = group->lane_count;

	if (!shown)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		shown[i] = &group->lanes[i];
	if (rows && rows < count) {
		qsort(shown, count, sizeof(*shown), compare_busy);
		count = rows;
		qsort(shown, count, sizeof(*shown), compare_places);
	}
	for (size_t i = 0; i < count; i++)
		draw_lane(frame, shown[i], seen);
	if (count < group->lane_count)
		fprintf(frame->file, "... and %zu more; -n N draws more of them\n",
			group->lane_count - count);
	free(shown);
	return 0;
}

static int draw_group(const struct frame *frame, const struct results *results,
		      const struct lane_group *group, size_t rows, uint32_t *seen)
{
	int error;

	draw_heading(frame, results, group);
	error = draw_lanes(frame, group, rows, seen);
	if (!error && group->function->sums.invocations)
		error = draw_counts(frame, group);
	putc('\n', frame->file);
	return error;
}

/* What the cells in @seen mean: one bit per enum lane_cell. */
static void draw_legend(FILE *file, const struct text_style *style, uint32_t seen)
{
	const char *between = "";

	for (unsigned int kind = LANE_INIT; kind < LANE_KINDS; kind++) {
		if (!(seen & 1u << kind))
			continue;
		fputs(between, file);
		between = "   ";
		if (style->is_utf8)
			fputs(looks[kind].utf8, file);
		else
			putc(looks[kind].ascii, file);
		fprintf(file, " %s", looks[kind].legend);
	}
	if (between[0])
		putc('\n', file);
}

int lanes_text(FILE *file, const struct results *results, const struct lanes *lanes, size_t rows,
	       const struct text_style *style)
{
	struct frame frame = {
		.file = file,
		.style = style,
		.from_ns = results->start_monotonic_ns,
		.to_ns = results->end_monotonic_ns,
		.columns = BAR_COLUMNS_MIN,
	};
	uint32_t seen = 0;
	int error = 0;

	if (style->columns > HEAD_COLUMNS + END_COLUMNS + BAR_COLUMNS_MIN + 3)
		frame.columns = style->columns - HEAD_COLUMNS - END_COLUMNS - 3;
	if (frame.columns > BAR_COLUMNS_MAX)
		frame.columns = BAR_COLUMNS_MAX;
	for (size_t i = 0; !error && i < lanes->group_count; i++)
		error = draw_group(&frame, results, &lanes->groups[i], rows, &seen);
	draw_legend(file, style, seen);
	return error;
}
