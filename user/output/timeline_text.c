/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * timeline_text.c - draws what timeline_rows.h laid out. A row is: name (indented by depth), billed
 * time, bar. Equal neighbouring cells make a run; a run that is long enough says what it is.
 */
#include "output/timeline_text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "output/attempt_text.h"
#include "output/summary.h"
#include "output/timeline_rows.h"

#define NAME_COLUMNS_MAX 28
#define NAME_COLUMNS_MIN 8    /* below that a shortened name says nothing */
#define INDENT_COLUMNS_MAX 16 /* deeper ones stand below each other */
#define TIME_COLUMNS 9
#define BAR_COLUMNS_MIN 20
#define BAR_COLUMNS_MAX 400
#define LABEL_BYTES 160
#define CELL_KINDS (CELL_EMPTY + 1)

struct cell_look {
	const char *utf8;
	char ascii;
	const char *color;  /* SGR */
	const char *word;   /* inside a bar */
	const char *legend; /* in the legend */
};

static const struct cell_look looks[CELL_KINDS] = {
	[STATE_ACTIVE] = { "█", '#', "32", "work", "work" },
	[STATE_RUNNABLE] = { "▓", '=', "33", "runnable", "ready, waiting for a CPU" },
	[STATE_WAIT_LAMBDA] = { "░", '.', "31", "idle, waiting on", "idle, waiting on a function" },
	[STATE_WAIT_SERVICE] = { "▒", ':', "35", "waiting on", "waiting on a service" },
	[STATE_WAIT_TIMER] = { "·", '-', "36", "timer", "timer" },
	[STATE_WAIT_IO] = { "~", '~', "34", "disk", "disk" },
	[STATE_WAIT_LOCK] = { "×", '!', "34", "lock", "lock" },
	[STATE_UNKNOWN] = { "?", '?', "90", "unknown", "unknown" },
	[CELL_INIT] = { "+", '+', "33", "INIT", "INIT" },
	[CELL_EMPTY] = { " ", ' ', "0", "", "" },
};

struct frame { /* one chain's picture */
	FILE *file;
	const struct text_style *style;
	uint64_t from_ns, to_ns;
	unsigned int name_columns, bar_columns;
};

static uint64_t cell_start(const struct frame *frame, size_t cell)
{
	unsigned __int128 span = frame->to_ns - frame->from_ns;

	return frame->from_ns + (uint64_t)(span * cell / frame->bar_columns);
}

/* Whom a run waits for longest, and how many others. */
struct awaited {
	const char *callee; /* NULL: for no attempt */
	uint32_t attempt;   /* its number; 0 unknown */
	unsigned int others;
};

/*
 * The time in @state of the segments whose middle lies in [@from_ns, @to_ns): what a reader takes the
 * run for, where clipping at cells would show 48 instead of 50.
 */
static uint64_t measure_run(const struct invocation *invocation, uint8_t state, uint64_t from_ns,
			    uint64_t to_ns, struct awaited *ret_awaited)
{
	uint64_t sum_ns = 0, longest_ns = 0;
	const char *last = NULL;

	memset(ret_awaited, 0, sizeof(*ret_awaited));
	for (size_t i = 0; i < invocation->segment_count; i++) {
		const struct segment *segment = &invocation->segments[i];
		uint64_t length_ns = segment->end_ns - segment->start_ns;
		uint64_t middle_ns = segment->start_ns + length_ns / 2;
		const char *callee = segment_callee(invocation, segment);

		if (segment->state != state || middle_ns < from_ns || middle_ns >= to_ns)
			continue;
		sum_ns += length_ns;
		if (callee && last && strcmp(callee, last) != 0)
			ret_awaited->others++;
		last = callee;
		if (callee && length_ns > longest_ns) {
			const struct exchange *attempt = segment_attempt(invocation, segment);

			longest_ns = length_ns;
			ret_awaited->callee = callee;
			ret_awaited->attempt = attempt ? attempt->attempt : 0;
		}
	}
	return sum_ns;
}

/*
 * "500 idle, waiting on b, attempt 2" in at most @room characters, the name shortened where that helps; returns
 * how many, 0 where they are too few.
 */
static size_t format_wait(char label[LABEL_BYTES], const struct frame *frame, const char *start,
			  const struct awaited *awaited, size_t room)
{
	char name[NAME_COLUMNS_MAX * 4 + 1], more[48] = "";
	size_t columns, fixed;

	if (awaited->others)
		snprintf(more, sizeof(more), " and %u more", awaited->others);
	else if (awaited->attempt > 1)
		snprintf(more, sizeof(more), ", attempt %u", awaited->attempt);
	fixed = strlen(start) + strlen(more);
	if (room < fixed)
		return 0;
	columns = text_safe(name, sizeof(name), awaited->callee,
			    room - fixed < NAME_COLUMNS_MAX ? room - fixed : NAME_COLUMNS_MAX,
			    frame->style->is_utf8);
	if (columns < NAME_COLUMNS_MIN && columns < strlen(awaited->callee))
		return 0;
	snprintf(label, LABEL_BYTES, "%s%s%s", start, name, more);
	return fixed + columns;
}

/* "50 work", or only "50" where @room is too small; returns how many characters, 0: none fit. */
static size_t format_plain(char label[LABEL_BYTES], const char *number, const char *word,
			   size_t room)
{
	size_t length = (size_t)snprintf(label, LABEL_BYTES, "%s %s", number, word);

	if (length <= room)
		return length;
	length = (size_t)snprintf(label, LABEL_BYTES, "%s", number);
	return length <= room ? length : 0;
}

/* Adjacent cells of one kind. */
struct cell_run {
	uint8_t kind;
	size_t from, to;
};

/* What to write into @run; returns its characters, 0: nothing. */
static size_t format_label(char label[LABEL_BYTES], const struct frame *frame,
			   const struct invocation *invocation, const struct cell_run *run)
{
	size_t cells = run->to - run->from;
	size_t room = cells < 3 ? 0 : cells - 3; /* a space on both sides and one cell */
	char number[UNITS_TEXT_MAX], start[UNITS_TEXT_MAX + 32];
	struct awaited awaited = { 0 };
	uint64_t time_ns;
	size_t length;

	if (run->kind == CELL_INIT)
		time_ns = invocation_init_ns(invocation);
	else
		time_ns = measure_run(invocation, run->kind, cell_start(frame, run->from),
				      cell_start(frame, run->to), &awaited);
	if (!time_ns)
		return 0;
	format_read_ms(number, time_ns);
	*strchr(number, ' ') = 0;
	if (!awaited.callee)
		return format_plain(label, number, looks[run->kind].word, room);
	snprintf(start, sizeof(start), "%s %s ", number, looks[run->kind].word);
	length = format_wait(label, frame, start, &awaited, room);
	if (!length && awaited.attempt > 1) {
		awaited.attempt = 0;
		length = format_wait(label, frame, start, &awaited, room);
	}
	if (length)
		return length;
	return format_plain(label, number, run->kind == STATE_WAIT_LAMBDA ? "idle" : "waiting",
			    room);
}

static void draw_cells(const struct frame *frame, uint8_t kind, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (frame->style->is_utf8)
			fputs(looks[kind].utf8, frame->file);
		else
			putc(looks[kind].ascii, frame->file);
	}
}

static void draw_run(const struct frame *frame, const struct invocation *invocation,
		     const struct cell_run *run)
{
	bool has_color = frame->style->has_color && run->kind != CELL_EMPTY;
	size_t length = 0, cells = run->to - run->from, before;
	char label[LABEL_BYTES];

	if (run->kind != CELL_EMPTY)
		length = format_label(label, frame, invocation, run);
	if (has_color)
		fprintf(frame->file, "\033[%sm", looks[run->kind].color);
	if (length) {
		before = (cells - length - 2 + 1) / 2;
		draw_cells(frame, run->kind, before);
		fprintf(frame->file, " %s ", label);
		draw_cells(frame, run->kind, cells - before - length - 2);
	} else {
		draw_cells(frame, run->kind, cells);
	}
	if (has_color)
		fputs("\033[0m", frame->file);
}

static unsigned int indent_columns(const struct timeline_row *row)
{
	return row->depth < INDENT_COLUMNS_MAX / 2 ? 2 * row->depth : INDENT_COLUMNS_MAX;
}

static void draw_row(const struct frame *frame, const struct timeline_row *row, uint32_t *seen)
{
	const struct invocation *invocation = row->invocation;
	const char *border = frame->style->is_utf8 ? "│" : "|";
	unsigned int indent = indent_columns(row);
	uint8_t cells[BAR_COLUMNS_MAX];
	char name[NAME_COLUMNS_MAX * 4 + 1], billed[UNITS_TEXT_MAX];
	size_t width, from = 0;

	width = text_safe(name, sizeof(name), invocation->function, frame->name_columns - indent,
			  frame->style->is_utf8);
	fprintf(frame->file, "%*s%s%*s %*s %s", (int)indent, "", name,
		(int)(frame->name_columns - indent - width), "", TIME_COLUMNS,
		format_read_ms(billed, invocation_billed_ns(invocation)), border);
	timeline_cells(cells, frame->bar_columns, invocation, frame->from_ns, frame->to_ns);
	for (size_t i = 1; i <= frame->bar_columns; i++) {
		*seen |= 1u << cells[i - 1];
		if (i < frame->bar_columns && cells[i] == cells[from])
			continue;
		draw_run(frame, invocation, &(struct cell_run){ cells[from], from, i });
		from = i;
	}
	fputs(border, frame->file);
	if (invocation->status != STATUS_OK)
		fprintf(frame->file, " %s", status_name(invocation->status));
	putc('\n', frame->file);
}

/* What stands behind the bar, with the blank before it. */
static unsigned int status_columns(const struct invocation *invocation)
{
	if (invocation->status == STATUS_OK)
		return 0;
	return 1 + (unsigned int)strlen(status_name(invocation->status));
}

static void set_columns(struct frame *frame, const struct timeline_row *rows, size_t count)
{
	unsigned int widest = 4, behind = 0, others;
	char name[NAME_COLUMNS_MAX * 4 + 1];

	for (size_t i = 0; i < count; i++) {
		size_t width = indent_columns(&rows[i]) +
			       text_safe(name, sizeof(name), rows[i].invocation->function,
					 NAME_COLUMNS_MAX, frame->style->is_utf8);

		if (width > widest)
			widest = width < NAME_COLUMNS_MAX ? (unsigned int)width : NAME_COLUMNS_MAX;
		if (status_columns(rows[i].invocation) > behind)
			behind = status_columns(rows[i].invocation);
	}
	frame->name_columns = widest;
	others = widest + TIME_COLUMNS + 4 + behind;
	if (frame->style->columns < others + BAR_COLUMNS_MIN)
		frame->bar_columns = BAR_COLUMNS_MIN;
	else
		frame->bar_columns = frame->style->columns - others;
	if (frame->bar_columns > BAR_COLUMNS_MAX)
		frame->bar_columns = BAR_COLUMNS_MAX;
}

static void draw_heading(const struct frame *frame, const struct chain *chain)
{
	char latency[UNITS_TEXT_MAX], name[256];

	text_safe(name, sizeof(name), chain->root->function, 60, frame->style->is_utf8);
	fprintf(frame->file, "chain %llu: %s, %zu invocation%s, latency %s",
		(unsigned long long)chain->id, name, chain->invocation_count,
		chain->invocation_count == 1 ? "" : "s",
		format_read_ms(latency, chain->latency_ns));
	if (chain->caused_by) {
		text_safe(name, sizeof(name), chain->caused_by->function, 60,
			  frame->style->is_utf8);
		fprintf(frame->file, ", caused by %s", name);
	}
	putc('\n', frame->file);
}

int timeline_text_chain(FILE *file, const struct chain *chain, const struct text_style *style,
			uint32_t *seen)
{
	struct frame frame = { .file = file, .style = style };
	struct timeline_row *rows;
	char sentence[SUMMARY_TEXT_MAX];
	size_t count;
	int error = timeline_rows(&rows, &count, chain);

	if (error)
		return error;
	timeline_window(chain, &frame.from_ns, &frame.to_ns);
	set_columns(&frame, rows, count);
	draw_heading(&frame, chain);
	for (size_t i = 0; i < count; i++)
		draw_row(&frame, &rows[i], seen);
	fprintf(file, "%s\n", summary_format(sentence, &chain->sums));
	if (chain->sums.incomplete)
		fprintf(file, "%llu of its invocations are incomplete: these figures are bounds\n",
			(unsigned long long)chain->sums.incomplete);
	free(rows);
	return 0;
}

void timeline_text_legend(FILE *file, const struct text_style *style, uint32_t seen)
{
	unsigned int column = 0;

	for (uint8_t kind = 0; kind < CELL_EMPTY; kind++) {
		unsigned int width = (unsigned int)strlen(looks[kind].legend) + 5;

		if (!(seen & 1u << kind))
			continue;
		if (column && column + width > style->columns) {
			putc('\n', file);
			column = 0;
		}
		if (column)
			fputs("   ", file);
		if (style->is_utf8)
			fputs(looks[kind].utf8, file);
		else
			putc(looks[kind].ascii, file);
		fprintf(file, " %s", looks[kind].legend);
		column += width;
	}
	if (column)
		putc('\n', file);
}
