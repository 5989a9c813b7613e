/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * open_requests.h - the requests that are open at one moment of a sweep over time, and which of them one that was
 * handed over or sent on then may be for. Those that name a function are together, all others beside them. Where
 * very many are together, not each can be compared with each: the oldest, the newest, whose turn it is, and those
 * with the same body or id. Used by assignment.c only.
 */
#ifndef IDLETAX_ANALYSIS_OPEN_REQUESTS_H
#define IDLETAX_ANALYSIS_OPEN_REQUESTS_H

#include "analysis/dispatcher.h"
#include "base/hash_map.h"

struct open_list;
struct open_link;

struct open_requests {
	/* --- what open_requests_find found --- */
	uint32_t *found; /* columns */
	uint32_t found_count;
	bool is_cut; /* there are more */
	/* --- private --- */
	uint32_t most; /* of one list */
	uint32_t room; /* of `found`, by now */
	const struct dispatcher *dispatcher;
	struct arena *memory;
	struct hash_map by_name, by_content; /* open_list */
	struct open_list **names;	     /* all by name; the first one is that of no name */
	uint32_t name_count;
	struct open_link *links; /* per column and kind of list */
	uint64_t *answered_ns;	 /* per column */
	bool *is_noted;		 /* likewise: it was cut off, and is in the lists by content */
	uint32_t *found_by;	 /* per column: the number of the last search that found it */
	uint32_t searches;
};

/* Of the columns of @dispatcher, none so far. Memory is @memory's. 0 or -ENOMEM; release in any case. */
int open_requests_init(struct open_requests *open, const struct dispatcher *dispatcher,
		       struct arena *memory);
void open_requests_release(struct open_requests *open);

/* A column begins. 0 or -ENOMEM. */
int open_requests_add(struct open_requests *open, uint32_t column);

/*
 * The columns which are not answered at @time_ns, which does not fall from one search to the next, and which
 * @handover may be for as far as names tell. What is cut off stays wanted (request.is_wanted). 0 or -ENOMEM.
 */
int open_requests_find(struct open_requests *open, const struct handover *handover,
		       uint64_t time_ns);

#endif
