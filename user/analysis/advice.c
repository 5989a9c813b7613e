// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * advice.c - see advice.h. Counts what was seen of functions and of the calls between them; advice_rules.c
 * says what follows from the counts. Names are interned: equal ones have equal pointers.
 */
#include "analysis/advice.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/advice_calls.h"
#include "analysis/advice_loops.h"
#include "analysis/advice_rules.h"
#include "analysis/advice_saving.h"
#include "analysis/edge.h"
#include "analysis/same_service.h"
#include "base/array.h"
#include "base/row_table.h"
#include "base/string_pool.h"

#define SERVERS_MAX 64 /* that are remembered of one function */

/* How much of an invocation was seen. */
enum sight {
	SIGHT_WHOLE,
	SIGHT_PARTLY, /* something was lost, or some calls may be its own or another one's */
	SIGHT_CUT,    /* it ran when the recording began or ended */
};

/* What was asked in no web's language: a database, or what may be one. */
struct server {
	uint64_t address;     /* 0: reached without one, by a Unix socket */
	const char *database; /* that it was seen to be, of database_of; or NULL */
	uint64_t invocations; /* that were answered by it as that */
	uint64_t serial;      /* of the last of these */
};

struct function {
	const char *name;
	uint64_t invocations, unseen, calling, connecting, preparing;
	struct server servers[SERVERS_MAX];
	size_t server_count;
	bool has_more_servers;
};

struct edge {
	struct edge_advice row;
	struct digest reply_body, reply_json; /* of the first reply that was read */
	bool has_reply;
	uint64_t requests[ADVICE_REQUESTS_MAX];
	struct savings savings;
	uint64_t chain; /* the last one with a call of it: its number */
};

/* Calls of one function from outside. */
struct outside {
	struct edge_advice row;
	struct loops loops;
};

struct advice {
	struct advice_options options;
	const struct price_plan *plan; /* NULL: savings are not asked for */
	struct string_pool names;
	struct row_table functions; /* by name */
	struct row_table edges;
	struct row_table outsides; /* edges from nobody */
	struct edge_advice *rows;
	size_t row_count;
	uint64_t serial;	/* invocations so far */
	uint64_t chains;	/* likewise */
	struct edge **in_chain; /* edges of the chain that is told */
	size_t in_chain_count, in_chain_capacity;
};

int advice_new(struct advice **ret_advice, const struct advice_options *options)
{
	struct advice *advice = calloc(1, sizeof(*advice));

	if (!advice)
		return -ENOMEM;
	advice->options = *options;
	string_pool_init(&advice->names);
	row_table_init(&advice->functions, 1, sizeof(struct function));
	edge_table_init(&advice->edges, sizeof(struct edge));
	edge_table_init(&advice->outsides, sizeof(struct outside));
	*ret_advice = advice;
	return 0;
}

void advice_free(struct advice *advice)
{
	if (!advice)
		return;
	row_table_release(&advice->functions);
	row_table_release(&advice->edges);
	row_table_release(&advice->outsides);
	string_pool_release(&advice->names);
	free(advice->in_chain);
	free(advice->rows);
	free(advice);
}

/* ---- tables ---- */

static struct function *load_function(struct advice *advice, const char *name)
{
	struct function *function;

	name = string_pool_intern(&advice->names, name ? name : "?");
	if (!name)
		return NULL;
	function = row_table_load(&advice->functions, (uintptr_t[]){ (uintptr_t)name });
	if (function)
		function->name = name;
	return function;
}

/* @name is interned. */
static const struct function *find_function(const struct advice *advice, const char *name)
{
	return row_table_find(&advice->functions, (uintptr_t[]){ (uintptr_t)name });
}

/* What the row of an edge begins with. */
static void name_row(struct edge_advice *row, const struct edge_key *key)
{
	row->caller = key->caller;
	row->callee = key->callee;
	row->service = key->service;
	row->mode = key->mode;
}

static struct edge *load_edge(struct advice *advice, const struct invocation *caller,
			      const struct exchange *attempt)
{
	const struct function *function = load_function(advice, caller->function);
	struct edge_key key;
	struct edge *edge;

	if (!function ||
	    edge_key_init(&key, function->name, attempt, &advice->names, &advice->edges))
		return NULL;
	edge = edge_table_load(&advice->edges, &key);
	if (edge)
		name_row(&edge->row, &key);
	return edge;
}

static struct outside *load_outside(struct advice *advice, const struct invocation *root)
{
	struct edge_key key = {
		.callee = string_pool_intern(&advice->names, root->function ? root->function : "?"),
		.service = string_pool_intern(&advice->names, attempt_service_name(root->outside)),
		.mode = attempt_edge_mode(root->outside),
	};
	struct outside *outside =
		key.callee && key.service ? edge_table_load(&advice->outsides, &key) : NULL;

	if (outside) {
		name_row(&outside->row, &key);
		outside->row.facts.is_outside = true;
	}
	return outside;
}

/* ---- functions ---- */

static enum sight look(const struct invocation *invocation)
{
	if (invocation->status == STATUS_CUT || invocation->start_border == START_RECORDING)
		return SIGHT_CUT;
	if (invocation->flags & INVOCATION_INCOMPLETE || invocation->doubtful_count ||
	    invocation->start_border != START_EVENT) /* else it was not seen from inside */
		return SIGHT_PARTLY;
	return SIGHT_WHOLE;
}

/* What is asked in a database's own protocol is not asked of the world. */
static const char *database_of(const struct exchange *attempt)
{
	switch (attempt->kind) {
	case MESSAGE_POSTGRES:
		return "postgres";
	case MESSAGE_MYSQL:
		return "mysql";
	case MESSAGE_REDIS:
		return "redis";
	default:
		return NULL;
	}
}

static bool is_same_server(const struct server *left, const struct server *right)
{
	return left->address == right->address &&
	       (left->address || left->database == right->database);
}

/* Inside TLS, or without an answer, it is not known to be a database: but it was reached. */
static void note_server(struct function *function, const struct exchange *attempt, uint64_t serial)
{
	const struct server key = { .address = attempt->server_address,
				    .database = database_of(attempt) };
	struct server *server = function->servers, *end = server + function->server_count;

	if (attempt->service_class != SERVICE_OTHER)
		return;
	while (server < end && !is_same_server(server, &key))
		server++;
	if (server == end && function->server_count == SERVERS_MAX) {
		function->has_more_servers = true;
		return;
	}
	if (server == end) {
		*server = key;
		function->server_count++;
	}
	if (!key.database || !attempt->has_response)
		return;
	server->database = key.database;
	server->invocations += server->serial != serial;
	server->serial = serial;
}

static int note_function(struct advice *advice, const struct invocation *invocation)
{
	struct function *function = load_function(advice, invocation->function);
	enum sight sight = look(invocation);

	if (!function)
		return -ENOMEM;
	advice->serial++;
	for (size_t i = 0; i < invocation->attempt_count; i++)
		note_server(function, invocation->attempts[i], advice->serial);
	if (sight == SIGHT_CUT && !invocation->attempt_count && !invocation->connections_unused)
		return 0;
	function->invocations++;
	function->unseen += sight == SIGHT_PARTLY;
	function->calling += invocation->attempt_count != 0;
	function->connecting += invocation->connections_unused != 0;
	function->preparing += invocation->environment &&
			       invocation->environment->outside_wait_ns != 0;
	return 0;
}

/* ---- calls between functions ---- */

static bool is_success(const struct exchange *attempt)
{
	return attempt->has_response && !attempt->is_cut && !attempt->function_error &&
	       attempt->status < 300 && !(attempt->flags & MESSAGE_HAS_GAP);
}

static bool is_whole(const struct digest *digest)
{
	return !(digest->flags & DIGEST_IS_PREFIX);
}

static bool is_first_reply(const struct edge *edge, const struct exchange *attempt)
{
	const struct digest *json = &attempt->response_json, *body = &attempt->response_body;

	if (json->bytes && edge->reply_json.bytes)
		return is_whole(json) && digest_is_same(json, &edge->reply_json);
	return is_whole(body) && digest_is_same(body, &edge->reply_body);
}

/* The caller answered before the reply began, and was content. */
static bool is_unread(const struct invocation *caller, const struct exchange *attempt)
{
	return caller->response_ns && caller->status == STATUS_OK &&
	       (!attempt->response_start_ns || attempt->response_start_ns > caller->response_ns) &&
	       attempt->end_ns >= caller->response_ns;
}

static void note_reply(struct edge *edge, const struct invocation *caller,
		       const struct function_call *call)
{
	struct edge_facts *facts = &edge->row.facts;
	const struct exchange *attempt = call->attempt;

	if (is_unread(caller, attempt)) {
		facts->unread_replies++;
		return;
	}
	facts->last_calls += call->is_last;
	if (!is_success(attempt))
		return;
	if (!edge->has_reply) {
		edge->has_reply = true;
		edge->reply_body = attempt->response_body;
		edge->reply_json = attempt->response_json;
		facts->reply_bytes = attempt->response_body.bytes;
	}
	facts->same_replies += is_first_reply(edge, attempt);
}

static void note_request(struct edge *edge, const struct exchange *attempt)
{
	struct edge_facts *facts = &edge->row.facts;
	uint64_t value = attempt->request_json.bytes ? attempt->request_json.value
						     : attempt->request_body.value;

	for (uint64_t i = 0; i < facts->requests; i++)
		if (edge->requests[i] == value)
			return;
	if (facts->requests < ADVICE_REQUESTS_MAX)
		edge->requests[facts->requests++] = value;
}

static void raise(uint64_t *most, uint64_t value)
{
	if (value > *most)
		*most = value;
}

static void observe(struct edge *edge, const struct invocation *caller,
		    const struct function_call *call)
{
	const struct exchange *attempt = call->attempt;
	struct edge_facts *facts = &edge->row.facts;

	facts->observations++;
	facts->inferred += attempt->link == LINK_INFERRED;
	facts->estimated += !!(caller->flags & INVOCATION_ESTIMATED);
	facts->retried += attempt->attempt > 1;
	facts->recursive += edge->row.caller == edge->row.callee;
	facts->request_bytes += attempt->request_body.bytes;
	facts->sequences += call->is_step;
	facts->retried_sequences += call->is_tried_again;
	raise(&facts->steps_max, call->steps);
	facts->fan_outs += call->consumers > 1;
	raise(&facts->consumers_max, call->consumers);
	note_request(edge, attempt);
	if (edge->row.mode != EDGE_EVENT)
		note_reply(edge, caller, call);
}

/* Nobody waits for what an Event call leads to: it is seen whole by its acceptance. */
static void note_call(struct edge *edge, const struct invocation *caller,
		      const struct function_call *call)
{
	const struct exchange *attempt = call->attempt;
	const struct invocation *callee = edge->row.mode == EDGE_EVENT ? NULL : attempt->callee;
	struct edge_facts *facts = &edge->row.facts;

	facts->calls++;
	if (look(caller) == SIGHT_CUT || (callee && look(callee) == SIGHT_CUT))
		facts->cut++;
	else if (edge->row.mode != EDGE_EVENT && attempt->link == LINK_AMBIGUOUS)
		facts->ambiguous++;
	else if (edge->row.mode == EDGE_EVENT ? !is_success(attempt) : !callee)
		facts->unlinked++;
	else if (look(caller) != SIGHT_WHOLE || (callee && look(callee) != SIGHT_WHOLE))
		facts->incomplete++;
	else
		observe(edge, caller, call);
}

static int note_in_chain(struct advice *advice, struct edge *edge)
{
	if (edge->chain == advice->chains)
		return 0;
	edge->chain = advice->chains;
	if (array_make_room(&advice->in_chain, advice->in_chain_count, &advice->in_chain_capacity,
			    sizeof(struct edge *)))
		return -ENOMEM;
	advice->in_chain[advice->in_chain_count++] = edge;
	return 0;
}

static int note_attempts(struct advice *advice, const struct invocation *caller,
			 struct function_call *calls, struct edge **edges)
{
	size_t count = 0;

	for (size_t i = 0; i < caller->attempt_count; i++) {
		const struct exchange *attempt = caller->attempts[i];
		struct edge *edge;

		if (!attempt_is_function_call(attempt))
			continue;
		edge = load_edge(advice, caller, attempt);
		if (!edge || note_in_chain(advice, edge))
			return -ENOMEM;
		edge->row.facts.attempts++;
		if (attempt->is_repeated)
			continue;
		calls[count] =
			(struct function_call){ .attempt = attempt, .callee = edge->row.callee };
		edges[count++] = edge;
	}
	function_calls_relate(caller, calls, count);
	for (size_t i = 0; i < count; i++)
		note_call(edges[i], caller, &calls[i]);
	return 0;
}

static int note_calls(struct advice *advice, const struct invocation *caller)
{
	struct function_call *calls;
	struct edge **edges;
	int error = -ENOMEM;

	if (!caller->attempt_count)
		return 0;
	calls = calloc(caller->attempt_count, sizeof(*calls));
	edges = calloc(caller->attempt_count, sizeof(struct edge *));
	if (calls && edges)
		error = note_attempts(advice, caller, calls, edges);
	free(calls);
	free(edges);
	return error;
}

/* ---- calls from outside ---- */

static int note_outside(struct advice *advice, const struct invocation *root)
{
	const struct exchange *call = root->outside;
	const char *program, *parent_program;
	struct edge_facts *facts;
	struct outside *outside;

	if (!call || !attempt_is_function_call(call) || advice->outsides.count >= EDGES_MAX)
		return 0;
	outside = load_outside(advice, root);
	program = string_pool_intern(&advice->names, call->program ? call->program : "?");
	parent_program = string_pool_intern(&advice->names,
					    call->parent_program ? call->parent_program : "?");
	if (!outside || !program || !parent_program)
		return -ENOMEM;
	facts = &outside->row.facts;
	facts->calls++;
	facts->attempts++;
	if (look(root) == SIGHT_CUT)
		facts->cut++;
	else if (look(root) == SIGHT_PARTLY)
		facts->incomplete++;
	else
		loops_add(&outside->loops, call, program, parent_program);
	return 0;
}

int advice_begin(void *context, const struct results *results)
{
	struct advice *advice = context;

	advice->plan = results->plan;
	return 0;
}

static int add_savings(struct advice *advice, const struct chain *chain)
{
	size_t edges = advice->in_chain_count, first = 0;
	size_t count = edges < ADVICE_EDGES_MAX ? edges : ADVICE_EDGES_MAX;
	int error = 0;

	if (count < edges)
		first = advice->chains * ADVICE_EDGES_MAX % edges;
	for (size_t i = 0; i < count && !error; i++) {
		struct edge *edge = advice->in_chain[(first + i) % edges];

		error = savings_add(&edge->savings, &edge->row, chain, advice->plan);
	}
	return error;
}

int advice_add_chain(void *context, const struct chain *chain)
{
	struct advice *advice = context;
	int error = note_outside(advice, chain->root);

	advice->chains++;
	advice->in_chain_count = 0;
	for (size_t i = 0; i < chain->invocation_count && !error; i++) {
		error = note_function(advice, chain->invocations[i]);
		if (!error)
			error = note_calls(advice, chain->invocations[i]);
	}
	return advice->plan && !error ? add_savings(advice, chain) : error;
}

/* ---- rows ---- */

static bool reaches(const struct function *function, const struct server *server)
{
	for (size_t i = 0; function && i < function->server_count; i++)
		if (is_same_server(&function->servers[i], server))
			return true;
	return false;
}

static void fill_functions(struct edge_facts *facts, const struct function *caller,
			   const struct function *callee)
{
	if (caller) {
		facts->caller_invocations = caller->invocations;
		facts->caller_unseen = caller->unseen;
		facts->is_caller_unbounded = caller->has_more_servers;
	}
	if (!callee)
		return;
	facts->callee_invocations = callee->invocations;
	facts->callee_unseen = callee->unseen;
	facts->callee_calling = callee->calling;
	facts->callee_connecting = callee->connecting;
	facts->callee_preparing = callee->preparing;
	for (size_t i = 0; i < callee->server_count; i++) {
		const struct server *server = &callee->servers[i];

		if (server->invocations <= facts->callee_databases || reaches(caller, server))
			continue;
		facts->callee_databases = server->invocations;
		facts->database = server->database;
	}
}

static int finish_row(struct advice *advice, struct edge_advice *row)
{
	char name[SERVICE_NAME_MAX];
	const struct function *caller = row->facts.is_outside ? NULL
							      : find_function(advice, row->caller);

	fill_functions(&row->facts, caller, find_function(advice, row->callee));
	row->facts.is_same_service = same_service(name, &advice->options, row->caller, row->callee);
	if (row->facts.is_same_service) {
		row->facts.service = string_pool_intern(&advice->names, name);
		if (!row->facts.service)
			return -ENOMEM;
	}
	advice_judge(row);
	return 0;
}

static int finish_outside(struct advice *advice, const struct outside *outside,
			  struct edge_advice *row)
{
	const struct loop *loop = loops_find(&outside->loops);
	int error;

	*row = outside->row;
	row->caller = loop ? loop->program : string_pool_intern(&advice->names, "?");
	if (!row->caller)
		return -ENOMEM;
	if (loop) {
		row->facts.observations = loop->calls;
		row->facts.overlaps = loop->overlaps;
		row->facts.is_server = loop->is_server;
	}
	error = finish_row(advice, row);
	row->saving.is_known = row->verdict != VERDICT_UNKNOWN; /* nobody is billed for its wait */
	return error;
}

static int compare_rows(const void *left, const void *right)
{
	const struct edge_advice *a = left, *b = right;
	int order = strcmp(a->caller, b->caller);

	if (!order)
		order = strcmp(a->callee, b->callee);
	if (!order)
		order = strcmp(a->service, b->service);
	if (!order)
		order = (int)a->facts.is_outside - (int)b->facts.is_outside;
	return order ? order : (int)a->mode - (int)b->mode;
}

int advice_finish(struct advice *advice, const struct edge_advice **ret_rows, size_t *ret_count)
{
	const struct outside *outside;
	const struct edge *edge;
	int error = 0;

	free(advice->rows);
	advice->row_count = 0;
	advice->rows =
		calloc(advice->edges.count + advice->outsides.count + 1, sizeof(*advice->rows));
	if (!advice->rows)
		return -ENOMEM;
	for (edge = row_table_first(&advice->edges); edge && !error; edge = row_table_next(edge)) {
		struct edge_advice *row = &advice->rows[advice->row_count++];

		*row = edge->row;
		error = finish_row(advice, row);
		row->saving = savings_find(&edge->savings, row->verdict);
	}
	for (outside = row_table_first(&advice->outsides); outside && !error;
	     outside = row_table_next(outside))
		error = finish_outside(advice, outside, &advice->rows[advice->row_count++]);
	if (error)
		return error;
	qsort(advice->rows, advice->row_count, sizeof(*advice->rows), compare_rows);
	*ret_rows = advice->rows;
	*ret_count = advice->row_count;
	return 0;
}
