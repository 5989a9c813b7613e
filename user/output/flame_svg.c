/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * flame_svg.c - the flame graph as one static SVG: no script, no font or style from elsewhere. Callers
 * stand above their callees; colours are states; hovering shows a frame's name and figures.
 */
#include "output/exporter.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "output/flame_tree.h"
#include "output/summary.h"
#include "output/text_style.h"

#define WIDTH 1200
#define MARGIN 10
#define FRAME_HEIGHT 18
#define HEAD_HEIGHT 64
#define MIN_FRAME_WIDTH 0.1 /* pixels; narrower ones, and what is below them, are left out */
#define CHARACTER_WIDTH 6.7 /* of 11 px monospace */
#define MIN_TEXT_CHARACTERS 3

struct frame_look {
	const char *class_name;
	const char *fill;
	const char *legend; /* NULL: not in the legend */
};

static const struct frame_look looks[] = {
	[STATE_ACTIVE] = { "active", "#57a65b", "work" },
	[STATE_RUNNABLE] = { "runnable", "#c7cf55", "ready, waiting for a CPU" },
	[STATE_WAIT_LAMBDA] = { "lambda", "#e0705f", "waiting on a function" },
	[STATE_WAIT_SERVICE] = { "service", "#b583c9", "waiting on a service" },
	[STATE_WAIT_TIMER] = { "timer", "#6fb7c9", "timer" },
	[STATE_WAIT_IO] = { "disk", "#6f8fd6", "disk" },
	[STATE_WAIT_LOCK] = { "lock", "#5f6fb0", "lock" },
	[STATE_UNKNOWN] = { "unknown", "#a8a8a8", "unknown" },
	[FRAME_FUNCTION] = { "function", "#f2cf9b", "function" },
	[FRAME_INIT] = { "init", "#e8a33d", NULL },
	[FRAME_ALL] = { "all", "#dddddd", NULL },
};

#define LOOK_COUNT (sizeof(looks) / sizeof(looks[0]))

/* XML text; what XML cannot hold, and bytes that are not UTF-8, become '?'. At most @max characters. */
static void write_text(FILE *file, const char *text, size_t max)
{
	char safe[1024];

	text_safe(safe, sizeof(safe), text, max, true);
	for (const char *next = safe; *next; next++) {
		switch (*next) {
		case '<':
			fputs("&lt;", file);
			break;
		case '>':
			fputs("&gt;", file);
			break;
		case '&':
			fputs("&amp;", file);
			break;
		case '"':
			fputs("&quot;", file);
			break;
		default:
			putc(*next, file);
		}
	}
}

static const char *weight_title(enum flame_weight weight)
{
	switch (weight) {
	case FLAME_COST:
		return "cost of all invocations";
	case FLAME_IDLE:
		return "time in which invocations waited";
	case FLAME_TIME:
		break;
	}
	return "billed time of the chains' roots";
}

static char *format_weight(char *text, enum flame_weight weight, uint64_t value)
{
	if (weight == FLAME_COST)
		return format_dollars(text, (int64_t)value);
	return format_read_ms(text, value);
}

static void write_head(const struct export *export, const struct flame_tree *tree,
		       unsigned int depth)
{
	unsigned int height = HEAD_HEIGHT + (depth + 1) * FRAME_HEIGHT + MARGIN;
	FILE *file = export->file;
	char text[UNITS_TEXT_MAX], sentence[SUMMARY_TEXT_MAX];

	fprintf(file,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<svg xmlns=\"http://www.w3.org/2000/svg\" version=\"1.1\" width=\"%u\" "
		"height=\"%u\" viewBox=\"0 0 %u %u\">\n",
		WIDTH, height, WIDTH, height);
	fputs("<style>text{font:11px monospace;fill:#222}.title{font-size:14px}"
	      "rect{stroke:#fff;stroke-width:.5}g:hover>rect{stroke:#000;stroke-width:1}",
	      file);
	for (size_t i = 0; i < LOOK_COUNT; i++)
		fprintf(file, ".%s{fill:%s}", looks[i].class_name, looks[i].fill);
	fprintf(file, "</style>\n<rect width=\"%u\" height=\"%u\" style=\"fill:#fff\"/>\n", WIDTH,
		height);
	fprintf(file, "<text class=\"title\" x=\"%u\" y=\"20\">idletax: %s, %s</text>\n", MARGIN,
		weight_title(tree->weight), format_weight(text, tree->weight, tree->all->total));
	fprintf(file, "<text x=\"%u\" y=\"36\" xml:space=\"preserve\">", MARGIN);
	write_text(file, summary_format(sentence, &export->results->totals), SUMMARY_TEXT_MAX);
	if (!export->results->is_complete)
		fputs(" - something was lost: these figures are bounds", file);
	fputs("</text>\n", file);
}

static void write_legend(FILE *file)
{
	double x = MARGIN;

	for (size_t i = 0; i < LOOK_COUNT; i++) {
		if (!looks[i].legend)
			continue;
		fprintf(file,
			"<rect class=\"%s\" x=\"%.1f\" y=\"44\" width=\"11\" height=\"11\"/>"
			"<text x=\"%.1f\" y=\"53\">%s</text>\n",
			looks[i].class_name, x, x + 14, looks[i].legend);
		x += 14 + CHARACTER_WIDTH * (double)strlen(looks[i].legend) + 14;
	}
}

static void write_frame(FILE *file, const struct flame_tree *tree, const struct flame_frame *frame,
			double x, unsigned int depth)
{
	double scale = (double)(WIDTH - 2 * MARGIN) / (double)tree->all->total;
	double width = (double)frame->total * scale;
	double room = (width - 4) / CHARACTER_WIDTH;
	unsigned int y = HEAD_HEIGHT + depth * FRAME_HEIGHT;
	char total[UNITS_TEXT_MAX], self[UNITS_TEXT_MAX], percent[24];

	fputs("<g><title>", file);
	write_text(file, frame->name, 300);
	fprintf(file, ": %s, %s", format_weight(total, tree->weight, frame->total),
		format_percent(percent, sizeof(percent),
			       (double)frame->total / (double)tree->all->total));
	if (frame->self != frame->total)
		fprintf(file, "; by itself %s", format_weight(self, tree->weight, frame->self));
	fprintf(file,
		"</title><rect class=\"%s\" x=\"%.2f\" y=\"%u\" width=\"%.2f\" height=\"%u\"/>",
		looks[frame->kind].class_name, x, y, width, FRAME_HEIGHT - 1);
	if (room >= MIN_TEXT_CHARACTERS) {
		fprintf(file, "<text x=\"%.2f\" y=\"%u\">", x + 3, y + 13);
		write_text(file, frame->name, (size_t)room);
		fputs("</text>", file);
	}
	fputs("</g>\n", file);
}

/*
 * Frames in order, callers before callees. `left` of a frame is the sum of what is left of it: the
 * frames before it under the same parent, and so on upwards. Children begin where their parent does,
 * its own part is to the right of them.
 */
static void write_frames(FILE *file, const struct flame_tree *tree)
{
	double scale = (double)(WIDTH - 2 * MARGIN) / (double)tree->all->total;
	const struct flame_frame *frame = tree->all;
	uint64_t left = 0;
	unsigned int depth = 0;

	while (frame) {
		bool is_visible = (double)frame->total * scale >= MIN_FRAME_WIDTH;

		if (is_visible)
			write_frame(file, tree, frame, MARGIN + (double)left * scale, depth);
		if (is_visible && frame->children) {
			frame = frame->children;
			depth++;
			continue;
		}
		left += frame->total;
		while (frame && !frame->next) {
			frame = frame->parent;
			if (frame)
				left += frame->self;
			depth--;
		}
		if (frame)
			frame = frame->next;
	}
}

static unsigned int find_deepest(const struct flame_tree *tree)
{
	unsigned int deepest = 0;

	for (const struct flame_frame *frame = tree->all; frame; frame = flame_frame_next(frame)) {
		if (frame->depth > deepest)
			deepest = frame->depth;
	}
	return deepest;
}

static int end(struct export *export)
{
	struct flame_tree *tree = export->state;
	int error = flame_tree_finish(tree);

	if (error)
		return error;
	write_head(export, tree, find_deepest(tree));
	write_legend(export->file);
	if (tree->all->total)
		write_frames(export->file, tree);
	else
		fprintf(export->file, "<text x=\"%u\" y=\"%u\">nothing to show</text>\n", MARGIN,
			HEAD_HEIGHT + 13);
	fputs("</svg>\n", export->file);
	return 0;
}

const struct exporter svg_exporter = {
	.name = "svg",
	.begin = flame_export_begin,
	.chain = flame_export_chain,
	.end = end,
	.release = flame_export_release,
};
