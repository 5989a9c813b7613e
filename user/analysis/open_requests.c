// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * open_requests.c - see open_requests.h. A request is in the list of its name. Once such a list is a crowd, its
 * members are in lists by what they say, too: those are looked through where the list of the name is cut.
 */
#include "analysis/open_requests.h"

#include <errno.h>
#include <string.h>

#define NOBODY UINT32_MAX
/* As many are found for all rows together, about: that many pairs fit into memory. But so many for each. */
#define ALL_FOUND_MAX (1u << 21)
#define FOUND_MIN 128
/* Times that, for one row: of all names together, and with what says the same. */
#define NAMES_ROOM 2
#define ROOM 3

enum list_kind {
	BY_NAME,
	BY_BODY,
	BY_JSON,
	BY_ID,
	LIST_KINDS
};

struct open_list {
	enum list_kind kind;
	uint32_t oldest, newest; /* columns, or NOBODY */
	uint32_t turn;		 /* likewise: whose turn it is if the oldest come first */
	uint32_t count;
	uint32_t count_pruned; /* when all that was answered was dropped last */
};

struct open_link {
	uint32_t older, newer;
};

/* ---- lists ---- */

static struct open_link *link_of(const struct open_requests *open, const struct open_list *list,
				 uint32_t column)
{
	return &open->links[(size_t)column * LIST_KINDS + list->kind];
}

static struct open_list *list_new(struct open_requests *open, enum list_kind kind)
{
	struct open_list *list = arena_alloc(open->memory, sizeof(*list));

	if (list)
		*list = (struct open_list){ kind, NOBODY, NOBODY, NOBODY, 0, 0 };
	return list;
}

static void list_add(const struct open_requests *open, struct open_list *list, uint32_t column)
{
	*link_of(open, list, column) = (struct open_link){ list->newest, NOBODY };
	if (list->newest == NOBODY)
		list->oldest = column;
	else
		link_of(open, list, list->newest)->newer = column;
	list->newest = column;
	list->count++;
}

static void list_drop(const struct open_requests *open, struct open_list *list, uint32_t column)
{
	struct open_link link = *link_of(open, list, column);

	if (link.older == NOBODY)
		list->oldest = link.newer;
	else
		link_of(open, list, link.older)->newer = link.newer;
	if (link.newer == NOBODY)
		list->newest = link.older;
	else
		link_of(open, list, link.newer)->older = link.older;
	if (list->turn == column)
		list->turn = link.newer;
	list->count--;
}

/* Drops what was answered, once the list has grown to twice its size after the last time. */
static void prune(const struct open_requests *open, struct open_list *list, uint64_t time_ns)
{
	uint32_t column = list->oldest;

	if (list->count <= 2 * list->count_pruned)
		return;
	while (column != NOBODY) {
		uint32_t newer = link_of(open, list, column)->newer;

		if (open->answered_ns[column] < time_ns)
			list_drop(open, list, column);
		column = newer;
	}
	list->count_pruned = list->count;
}

/* ---- what requests say ---- */

static uint64_t content_key(enum list_kind kind, uint64_t value)
{
	return hash_mix(value) + kind;
}

static uint64_t id_key(const char *id)
{
	return content_key(BY_ID, hash_bytes(id, strlen(id)));
}

static int add_content(struct open_requests *open, enum list_kind kind, uint64_t key,
		       uint32_t column)
{
	struct open_list *list = hash_map_find(&open->by_content, key);

	if (!list) {
		list = list_new(open, kind);
		if (!list || hash_map_put(&open->by_content, key, list))
			return -ENOMEM;
	}
	if (list->kind == kind) /* two keys are never the same but by chance */
		list_add(open, list, column);
	return 0;
}

static int note_content(struct open_requests *open, uint32_t column)
{
	const struct exchange *server = open->dispatcher->columns[column]->server;
	const char *id = evidence_is_named(server) ? server->request_id
						   : server->response_request_id;
	int error = 0;

	if (server->request_body.bytes)
		error = add_content(open, BY_BODY, content_key(BY_BODY, server->request_body.value),
				    column);
	if (!error && server->request_json.bytes)
		error = add_content(open, BY_JSON, content_key(BY_JSON, server->request_json.value),
				    column);
	if (!error && id)
		error = add_content(open, BY_ID, id_key(id), column);
	return error;
}

/* What is cut off of @list can still be wanted, and be found by what it says. */
static int note_cut(struct open_requests *open, const struct open_list *list, uint64_t time_ns)
{
	uint32_t first = NOBODY;
	int error = 0;

	/* those that are older than a noted one are noted */
	for (uint32_t column = list->newest; column != NOBODY && !open->is_noted[column];
	     column = link_of(open, list, column)->older)
		first = column;
	for (uint32_t column = first; column != NOBODY && !error;
	     column = link_of(open, list, column)->newer) {
		struct request *request = open->dispatcher->columns[column];

		open->is_noted[column] = true;
		if (open->answered_ns[column] < time_ns)
			continue;
		request->is_wanted = request->was_wanted = true;
		error = note_content(open, column);
	}
	return error;
}

/* ---- finding ---- */

static bool find_one(struct open_requests *open, struct open_list *list, uint32_t column,
		     uint64_t time_ns)
{
	if (open->answered_ns[column] < time_ns) {
		list_drop(open, list, column);
		return false;
	}
	if (open->found_by[column] == open->searches || open->found_count == open->room)
		return true;
	open->found_by[column] = open->searches;
	open->found[open->found_count++] = column;
	return true;
}

/* Up to @most members from the newest one on. */
static void find_newest(struct open_requests *open, struct open_list *list, uint64_t time_ns,
			uint32_t most)
{
	for (uint32_t column = list->newest, older; column != NOBODY && most; column = older) {
		older = link_of(open, list, column)->older;
		most -= find_one(open, list, column, time_ns);
	}
}

/* From @column on. */
static void find_newer(struct open_requests *open, struct open_list *list, uint32_t column,
		       uint64_t time_ns, uint32_t most)
{
	for (uint32_t newer; column != NOBODY && most; column = newer) {
		newer = link_of(open, list, column)->newer;
		most -= find_one(open, list, column, time_ns);
	}
}

/* Each row that looks for some is one turn: all would have but the same few oldest ones to choose from. */
static void find_turn(struct open_requests *open, struct open_list *list, uint64_t time_ns,
		      uint32_t most)
{
	if (list->turn == NOBODY)
		list->turn = list->oldest;
	find_newer(open, list, list->turn, time_ns, most);
	if (list->turn != NOBODY)
		list->turn = link_of(open, list, list->turn)->newer;
}

/* All of @list, or its newest and its oldest ones and those whose turn it is, as far as there is room; whether all. */
static bool find_in(struct open_requests *open, struct open_list *list, uint64_t time_ns)
{
	prune(open, list, time_ns);
	if (list->count <= open->most) {
		find_newest(open, list, time_ns, list->count);
		return open->found_count < open->room;
	}
	find_newest(open, list, time_ns, open->most / 2);
	find_newer(open, list, list->oldest, time_ns, open->most / 4);
	find_turn(open, list, time_ns, open->most / 4);
	return false;
}

static void find_content(struct open_requests *open, uint64_t key, uint64_t time_ns)
{
	struct open_list *list = hash_map_find(&open->by_content, key);

	if (list)
		find_in(open, list, time_ns);
}

static void find_same(struct open_requests *open, const struct handover *handover, uint64_t time_ns)
{
	const struct invocation *event = handover->invocation;
	const struct exchange *forward = handover->forward;
	const struct digest *body = event ? &event->event_body : &forward->request_body;
	const struct digest *json = event ? &event->event_json : &forward->request_json;
	const char *id = event ? event->request_id : forward->request_id;

	if (id)
		find_content(open, id_key(id), time_ns);
	if (body->bytes)
		find_content(open, content_key(BY_BODY, body->value), time_ns);
	if (json->bytes)
		find_content(open, content_key(BY_JSON, json->value), time_ns);
}

static struct open_list *find_own(const struct open_requests *open, const char *function)
{
	return hash_map_find(&open->by_name, hash_bytes(function, strlen(function)));
}

int open_requests_find(struct open_requests *open, const struct handover *handover,
		       uint64_t time_ns)
{
	const struct invocation *event = handover->invocation;
	bool is_told = event && evidence_names_tell(event, &open->dispatcher->evidence);
	struct open_list *own = is_told ? find_own(open, event->function) : NULL;
	uint32_t lists = is_told ? 1 + !!own : open->name_count;
	int error = 0;

	open->searches++;
	open->found_count = 0;
	open->room = NAMES_ROOM * open->most;
	open->is_cut = false;
	for (uint32_t i = 0; i < lists && !error; i++) {
		struct open_list *list = is_told && i ? own : open->names[i];

		if (find_in(open, list, time_ns))
			continue;
		open->is_cut = true;
		error = note_cut(open, list, time_ns);
	}
	open->room = ROOM * open->most;
	if (open->is_cut)
		find_same(open, handover, time_ns);
	return error;
}

/* ---- all requests ---- */

static struct open_list *add_name(struct open_requests *open)
{
	struct open_list *list = list_new(open, BY_NAME);

	if (list)
		open->names[open->name_count++] = list;
	return list;
}

/* There is at most one list for each column, beside that of no name. */
int open_requests_init(struct open_requests *open, const struct dispatcher *dispatcher,
		       struct arena *memory)
{
	size_t columns = dispatcher->column_count + 1;
	size_t most = ALL_FOUND_MAX / (dispatcher->row_count + 1);

	if (most < FOUND_MIN)
		most = FOUND_MIN;
	if (most > columns)
		most = columns;
	*open = (struct open_requests){
		.most = (uint32_t)most,
		.dispatcher = dispatcher,
		.memory = memory,
		.names = arena_alloc(memory, columns * sizeof(*open->names)),
		.links = arena_alloc(memory, columns * LIST_KINDS * sizeof(*open->links)),
		.answered_ns = arena_alloc(memory, columns * sizeof(*open->answered_ns)),
		.is_noted = arena_alloc(memory, columns * sizeof(*open->is_noted)),
		.found_by = arena_alloc(memory, columns * sizeof(*open->found_by)),
		.found = arena_alloc(memory, ROOM * most * sizeof(*open->found)),
	};
	hash_map_init(&open->by_name);
	hash_map_init(&open->by_content);
	if (!open->names || !open->links || !open->answered_ns || !open->is_noted ||
	    !open->found_by || !open->found)
		return -ENOMEM;
	return add_name(open) ? 0 : -ENOMEM;
}

void open_requests_release(struct open_requests *open)
{
	hash_map_release(&open->by_name);
	hash_map_release(&open->by_content);
}

int open_requests_add(struct open_requests *open, uint32_t column)
{
	const struct exchange *server = open->dispatcher->columns[column]->server;
	const char *name = evidence_named_function(server);
	struct open_list *list = name ? find_own(open, name) : open->names[0];

	if (!list) {
		list = add_name(open);
		if (!list || hash_map_put(&open->by_name, hash_bytes(name, strlen(name)), list))
			return -ENOMEM;
	}
	open->answered_ns[column] = evidence_answered_ns(server);
	list_add(open, list, column);
	return 0;
}
