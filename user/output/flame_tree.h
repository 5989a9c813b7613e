/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * flame_tree.h - chains as stacks of frames, equal stacks joined:
 *
 *   all > function > state
 *                  > "waiting on X" > X > state ...    where the wait's callee is known
 *
 * Three weights, each of which adds up without counting anything twice:
 *
 * FLAME_TIME (ns)  the roots' billed time. Every instant of it is in one place: in the root's state,
 *                  or, while it waits for a callee that is on the bill, in the callee's state at that
 *                  instant, and so on downwards. "waiting on X" by itself (without the frames below it)
 *                  is the part of a wait in which X was not on the bill: transit. What a callee does
 *                  while nobody waits for it does not appear. The sum is the sum of the roots' billed_ns.
 * FLAME_COST (pico-dollars)  all money. An invocation's cost is spread over its states by their time,
 *                  its INIT's cost is a frame "init"; "waiting on X" by itself is what the caller paid
 *                  for that wait, below it is what X cost. The sum is cost_pico + init_cost_pico.
 * FLAME_IDLE (ns)  all time in which an invocation was blocked for a known reason: on functions,
 *                  services, timers, disk, locks. "waiting on X" by itself is the caller's wait, below
 *                  it are X's own waits, which are billed once more. The sum is the sum of these states.
 */
#ifndef IDLETAX_OUTPUT_FLAME_TREE_H
#define IDLETAX_OUTPUT_FLAME_TREE_H

#include <stddef.h>
#include <stdint.h>

#include "analysis/results.h"
#include "base/arena.h"
#include "base/hash_map.h"
#include "output/exporter.h"

enum frame_kind { /* values below STATE_COUNT are states; the waits name whom */
	FRAME_FUNCTION = STATE_COUNT,
	FRAME_INIT,
	FRAME_ALL,
};

struct flame_frame {
	const char *name;
	uint8_t kind;
	uint16_t depth; /* 0 for "all" */
	uint64_t self;	/* weight of the frame without those below */
	uint64_t total; /* with them; filled by flame_tree_finish */
	struct flame_frame *parent;
	struct flame_frame *children; /* after flame_tree_finish: by kind, then name */
	struct flame_frame *next;
	struct flame_frame *older; /* made before it: callers are older than callees */
};

/* Frames below so many others are one, FLAME_DEEPER: nobody can look at more, nor print all their stacks. */
#define FLAME_DEPTH_MAX 512
#define FLAME_DEEPER "(deeper calls)"

struct flame_tree {
	struct arena arena;
	enum flame_weight weight;
	struct flame_frame *all, *newest;
	struct hash_map by_name; /* of a frame's children: by hash of parent, kind and name */
};

int flame_tree_init(struct flame_tree *tree, enum flame_weight weight); /* 0 or -ENOMEM */
void flame_tree_release(struct flame_tree *tree);
int flame_tree_add_chain(struct flame_tree *tree, const struct chain *chain); /* 0 or -ENOMEM */
int flame_tree_finish(struct flame_tree *tree); /* totals and order; 0 or -ENOMEM */

/* What the formats of a flame graph share: begin, chain and release of struct exporter; state is the tree. */
int flame_export_begin(struct export *export);
int flame_export_chain(struct export *export, const struct chain *chain);
void flame_export_release(struct export *export);

/* The frame after @frame, callers before callees; NULL after the last. */
const struct flame_frame *flame_frame_next(const struct flame_frame *frame);

#endif
