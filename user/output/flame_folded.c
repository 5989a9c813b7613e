/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * flame_folded.c - folded stacks, the input of flamegraph.pl and its relatives: one line per stack,
 * "a;waiting on b;b;active 500000000". The number is the weight of the stack's last frame by itself.
 */
#include "output/exporter.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "output/flame_tree.h"

/* A name must not look like the form's own separators. */
static void write_name(FILE *file, const char *name)
{
	while (*name) {
		size_t length = utf8_printable_length(name, strnlen(name, UTF8_BYTES_MAX));

		if (*name == ';')
			putc(':', file);
		else
			fwrite(length ? name : " ", 1, length ? length : 1, file);
		name += length ? length : 1;
	}
}

static int write_stack(FILE *file, const struct flame_frame *frame)
{
	unsigned int depth = frame->depth;
	const struct flame_frame **stack = calloc(depth + 1, sizeof(*stack));

	if (!stack)
		return -ENOMEM;
	for (unsigned int i = depth; i > 0; i--, frame = frame->parent)
		stack[i] = frame;
	for (unsigned int i = 1; i <= depth; i++) {
		if (i > 1)
			putc(';', file);
		write_name(file, stack[i]->name);
	}
	fprintf(file, " %llu\n", (unsigned long long)stack[depth]->self);
	free(stack);
	return 0;
}

static int end(struct export *export)
{
	struct flame_tree *tree = export->state;
	int error = flame_tree_finish(tree);
	const struct flame_frame *frame = flame_frame_next(tree->all);

	for (; !error && frame; frame = flame_frame_next(frame))
		if (frame->self)
			error = write_stack(export->file, frame);
	return error;
}

const struct exporter folded_exporter = {
	.name = "folded",
	.begin = flame_export_begin,
	.chain = flame_export_chain,
	.end = end,
	.release = flame_export_release,
};
