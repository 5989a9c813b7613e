/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * assembly_load.c - the facts of an emulator under steady load, as long as one likes: half of the environments
 * (of eight, where nothing else is said) call the other half and a web host; into a trace file, or straight into assembler and
 * analysis. What is in flight stays the same, so memory must not grow with the number of invocations.
 *
 *   assembly_load write FILE INVOCATIONS VARIANT
 *   assembly_load run INVOCATIONS VARIANT
 *   assembly_load measure INVOCATIONS COMMAND ARG...              runs it, output thrown away
 *
 * The last two print one JSON object.
 *
 * persistent    one process and connection per environment, which dies and starts anew after 500 invocations
 * processes     the same with a process and a connection for each request to the Runtime API (shell, curl)
 * environments  a new environment for every invocation
 * distinct      128 environments, 64 of one function which call 64 of another one at the same time through the
 *               one emulator: what the linker has to tell apart. Each event and result has another digest
 * identical     the same, but all events and results have one digest
 *
 * Ids of processes come back after 400, of environments after 800, ports after 20,000. Request ids never
 * come back, and every call to the web host has another path.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "analysis/analysis.h"
#include "assemble/assembler.h"
#include "base/hash_map.h"
#include "base/json_writer.h"
#include "base/units.h"
#include "trace/writer.h"

#define START_NS 1000000000ull
#define REALTIME_NS 1700000000000000000ull
#define PAIRS 4
#define PAIRS_MAX 64
#define ROUND_NS 12000000ull /* one invocation of each environment */
#define ROUND_FACTS_MAX 16384
#define PAYLOAD_BYTES 120
#define EMULATOR 100
#define DRIVER 90
#define PORT_INVOKE 3002
#define PORT_RUNTIME 9001
#define PROCESS_FIRST 2000
#define PROCESS_COUNT 400
#define PORT_FIRST 20000
#define PORT_COUNT 20000
#define TEXT_MAX 96

struct end { /* of one connection: the client's id, the server's is the next */
	uint64_t id;
	uint64_t sequence;
	uint32_t client, server;
};

struct environment_load {
	uint32_t root;
	struct end runtime; /* to the Runtime API: has asked for the next event */
	struct end invoke;  /* to the Invoke API, of callers */
	bool is_started;
};

struct load {
	struct fact_sink sink;
	bool has_processes;
	bool is_identical; /* with one function for all callers, one for all callees */
	uint64_t pairs;
	uint64_t restart_after; /* rounds */
	uint64_t facts;
	uint64_t round;
	uint64_t round_ns;
	uint64_t next_connection;
	uint32_t next_process, next_port;
	struct environment_load environments[2 * PAIRS_MAX];
	struct end driver[PAIRS_MAX];
	struct fact queue[ROUND_FACTS_MAX];
	size_t count;
	char texts[ROUND_FACTS_MAX][TEXT_MAX];
	size_t text_count;
};

static char *text_new(struct load *load)
{
	if (load->text_count == ROUND_FACTS_MAX)
		abort();
	return load->texts[load->text_count++];
}

static struct fact *add(struct load *load, enum fact_kind kind, uint64_t time_ns, uint32_t tgid)
{
	struct fact *fact = &load->queue[load->count];

	if (load->count++ == ROUND_FACTS_MAX)
		abort();
	memset(fact, 0, sizeof(*fact));
	fact->kind = kind;
	fact->time_ns = load->round_ns + time_ns;
	fact->tgid = fact->tid = tgid;
	return fact;
}

/* ---- processes and their time on a CPU ---- */

static void start_process(struct load *load, uint64_t time_ns, uint32_t parent, uint32_t child)
{
	struct fact *fact = add(load, FACT_FORK, time_ns, parent);

	fact->fork.child_tgid = fact->fork.child_tid = child;
}

static void end_process(struct load *load, uint64_t time_ns, uint32_t process)
{
	add(load, FACT_TASK_EXIT, time_ns, process)->task_exit.is_process = true;
}

static void run(struct load *load, uint64_t from_ns, uint64_t to_ns, uint32_t process)
{
	struct fact *fact = add(load, FACT_SLICE, to_ns, process);

	fact->slice.on_ns = load->round_ns + from_ns;
	fact->slice.woken_ns = fact->slice.on_ns - 10000;
	fact->slice.waker = WAKER_INTERRUPT;
	fact->slice.off_reason = OFF_SLEEP;
	fact->slice.blocked_in = BLOCKED_POLL;
}

/* ---- connections ---- */

static void connect_ends(struct load *load, struct end *end, uint64_t time_ns, uint16_t port)
{
	uint16_t client_port = (uint16_t)(PORT_FIRST + load->next_port++ % PORT_COUNT);

	end->id = load->next_connection;
	end->sequence = 0;
	load->next_connection += 2;
	for (unsigned int side = 0; side < 2; side++) {
		struct fact *fact = add(load, FACT_CONNECTION, time_ns + side,
					side ? end->server : end->client);

		fact->connection = (struct fact_connection){
			.id = end->id + side,
			.opened_ns = fact->time_ns,
			.local_port = side ? port : client_port,
			.remote_port = side ? client_port : port,
			.family = CONNECTION_INET,
			.is_client = !side,
			.is_from_start = true,
			.local_address = { 127, 0, 0, 1 },
			.remote_address = { 127, 0, 0, 1 },
		};
	}
}

static void close_ends(struct load *load, struct end *end, uint64_t time_ns)
{
	for (unsigned int side = 0; side < 2; side++) {
		struct fact *fact = add(load, FACT_CONNECTION_STATE, time_ns + side,
					side ? end->server : end->client);

		fact->connection_state.id = end->id + side;
		fact->connection_state.state = CONNECTION_CLOSED;
	}
}

/* Both sides' view of a request or its response. */
static void move(struct load *load, struct end *end, uint64_t time_ns,
		 const struct fact_message *message)
{
	bool is_response = message->flags & MESSAGE_IS_RESPONSE;

	if (!is_response)
		end->sequence++;
	for (unsigned int side = 0; side < 2; side++) {
		bool is_client = is_response == (side == 1);
		struct fact *fact = add(load, FACT_MESSAGE, time_ns + 20000 * side,
					is_client ? end->client : end->server);

		fact->message = *message;
		fact->message.connection = is_client ? end->id : end->id + 1;
		fact->message.sequence = end->sequence;
		fact->message.first_ns = fact->time_ns - 5000;
		fact->message.last_ns = fact->time_ns;
		fact->message.last_tid = fact->tid;
		fact->message.direction = side ? MESSAGE_RECEIVED : MESSAGE_SENT;
	}
}

/* ---- one round ---- */

/* A request to the Runtime API: by a process of its own, or by the root over the one connection. */
static void open_request(struct load *load, const struct environment_load *environment,
			 struct end *end, uint64_t time_ns)
{
	if (!load->has_processes && end->id)
		return;
	end->server = EMULATOR;
	end->client = environment->root;
	if (load->has_processes) {
		end->client = PROCESS_FIRST + load->next_process++ % PROCESS_COUNT;
		start_process(load, time_ns, environment->root, end->client);
		run(load, time_ns + 10000, time_ns + 20000, end->client);
	}
	connect_ends(load, end, time_ns + 20000, PORT_RUNTIME);
}

static void close_request(struct load *load, struct end *end, uint64_t time_ns)
{
	if (!load->has_processes)
		return;
	close_ends(load, end, time_ns);
	end_process(load, time_ns + 10, end->client);
}

static void ask_next(struct load *load, struct environment_load *environment, uint64_t time_ns)
{
	struct fact_message next = { .kind = MESSAGE_RUNTIME_NEXT, .method = HTTP_METHOD_GET };

	open_request(load, environment, &environment->runtime, time_ns);
	move(load, &environment->runtime, time_ns + 30000, &next);
}

static const char *name_of(const struct load *load, size_t index)
{
	static const char *const names[] = { "a0", "a1", "a2", "a3", "b0", "b1", "b2", "b3" };

	if (load->pairs > PAIRS)
		return index < load->pairs ? "a" : "b";
	return names[index];
}

static struct digest payload_of(const struct load *load, uint64_t number)
{
	return (struct digest){ .value = load->is_identical ? 1 : hash_mix(number + 1),
				.bytes = PAYLOAD_BYTES };
}

static void start_environment(struct load *load, size_t index)
{
	struct environment_load *environment = &load->environments[index];
	struct fact *fact;

	if (environment->is_started) {
		close_ends(load, &environment->runtime, 0);
		if (environment->invoke.id)
			close_ends(load, &environment->invoke, 0);
		if (load->has_processes)
			end_process(load, 10, environment->runtime.client);
		end_process(load, 20, environment->root);
	}
	environment->root =
		1000 +
		(uint32_t)(index + 2 * load->pairs * (load->round / load->restart_after % 100));
	environment->is_started = true;
	environment->runtime.id = environment->invoke.id = 0;
	start_process(load, 10000, EMULATOR, environment->root);
	fact = add(load, FACT_EXEC, 20000, environment->root);
	fact->exec.program = "bootstrap";
	fact->exec.function = name_of(load, index);
	fact->exec.runtime_api = "127.0.0.1:9001";
	fact->exec.memory_mb = 256;
	fact->exec.is_environment_known = true;
	run(load, 30000, 90000, environment->root);
	ask_next(load, environment, 100000);
}

/* From the event (at @event_ns) to the response (at @result_ns) and the next question. */
static void answer_event(struct load *load, size_t index, uint64_t event_ns, uint64_t result_ns,
			 const char *request_id, const struct digest *payload)
{
	struct environment_load *environment = &load->environments[index];
	struct fact_message event = { .kind = MESSAGE_RUNTIME_NEXT,
				      .flags = MESSAGE_IS_RESPONSE,
				      .status = 200,
				      .json = *payload,
				      .request_id = request_id };
	struct fact_message result = { .kind = MESSAGE_RUNTIME_RESPONSE,
				       .method = HTTP_METHOD_POST,
				       .json = *payload,
				       .request_id = request_id };
	struct fact_message done = { .kind = MESSAGE_RUNTIME_RESPONSE,
				     .flags = MESSAGE_IS_RESPONSE,
				     .status = 202 };
	struct end own = { 0 }, *end = load->has_processes ? &own : &environment->runtime;
	char *path = text_new(load);

	snprintf(path, TEXT_MAX, "/2018-06-01/runtime/invocation/%s/response", request_id);
	result.path = path;
	event.deadline_ms = (REALTIME_NS + load->round_ns - START_NS) / NS_PER_MS + 3000;
	move(load, &environment->runtime, event_ns, &event);
	close_request(load, &environment->runtime, event_ns + 100000);
	run(load, event_ns + 120000, event_ns + 600000, environment->root);
	open_request(load, environment, end, result_ns - 200000);
	move(load, end, result_ns, &result);
	move(load, end, result_ns + 50000, &done);
	close_request(load, end, result_ns + 90000);
	ask_next(load, environment, result_ns + 100000);
}

static void call_web(struct load *load, const struct environment_load *environment,
		     uint64_t time_ns)
{
	struct end web = { .client = environment->root, .server = 0, .id = load->next_connection };
	struct fact_message request = { .kind = MESSAGE_HTTP,
					.method = HTTP_METHOD_GET,
					.host = "web.example" };
	struct fact_message reply = { .kind = MESSAGE_HTTP,
				      .flags = MESSAGE_IS_RESPONSE,
				      .status = 200 };
	char *path = text_new(load);
	struct fact *fact;

	snprintf(path, TEXT_MAX, "/item/%llu", (unsigned long long)load->next_connection);
	request.path = path;
	load->next_connection += 2;
	fact = add(load, FACT_CONNECTION, time_ns, web.client);
	fact->connection.id = web.id;
	fact->connection.opened_ns = fact->time_ns;
	fact->connection.local_port = (uint16_t)(PORT_FIRST + load->next_port++ % PORT_COUNT);
	fact->connection.remote_port = 80;
	fact->connection.family = CONNECTION_INET;
	fact->connection.is_client = true;
	fact->connection.is_from_start = true;
	fact->connection.local_address[0] = 127;
	fact->connection.remote_address[0] = 192;
	for (unsigned int i = 0; i < 2; i++) {
		fact = add(load, FACT_MESSAGE, time_ns + 100000 + 900000 * i, web.client);
		fact->message = i ? reply : request;
		fact->message.connection = web.id;
		fact->message.sequence = 1;
		fact->message.first_ns = fact->message.last_ns = fact->time_ns;
		fact->message.last_tid = fact->tid;
		fact->message.direction = i ? MESSAGE_RECEIVED : MESSAGE_SENT;
	}
	fact = add(load, FACT_CONNECTION_STATE, time_ns + 1100000, web.client);
	fact->connection_state.id = web.id;
	fact->connection_state.state = CONNECTION_CLOSED;
}

/* The driver invokes a, a invokes b and a web host; each answers. */
static void play_pair(struct load *load, size_t pair)
{
	struct environment_load *caller = &load->environments[pair];
	uint64_t base_ns = 1000000 + (load->pairs > PAIRS ? 20000 : 70000) * pair;
	unsigned long long number = load->round * load->pairs + pair;
	struct digest asked = payload_of(load, 2 * number),
		      passed_on = payload_of(load, 2 * number + 1);
	struct fact_message request = { .kind = MESSAGE_INVOKE,
					.method = HTTP_METHOD_POST,
					.invocation_type = INVOCATION_REQUEST_RESPONSE,
					.json = asked,
					.function = name_of(load, pair) };
	struct fact_message reply = { .kind = MESSAGE_INVOKE,
				      .flags = MESSAGE_IS_RESPONSE,
				      .json = passed_on,
				      .status = 200 };
	char *outer = text_new(load), *inner = text_new(load);

	snprintf(outer, TEXT_MAX, "%08llx-aaaa-4000-8000-000000000000", number);
	snprintf(inner, TEXT_MAX, "%08llx-bbbb-4000-8000-000000000000", number);
	if (!load->driver[pair].id) {
		load->driver[pair].client = DRIVER;
		load->driver[pair].server = EMULATOR;
		connect_ends(load, &load->driver[pair], base_ns - 100000, PORT_INVOKE);
	}
	move(load, &load->driver[pair], base_ns, &request);
	answer_event(load, pair, base_ns + 300000, base_ns + 7000000, outer, &asked);
	if (!caller->invoke.id) {
		caller->invoke.client = caller->root;
		caller->invoke.server = EMULATOR;
		connect_ends(load, &caller->invoke, base_ns + 1000000, PORT_INVOKE);
	}
	request.function = name_of(load, load->pairs + pair);
	request.json = passed_on;
	move(load, &caller->invoke, base_ns + 1200000, &request);
	answer_event(load, load->pairs + pair, base_ns + 1500000, base_ns + 4000000, inner,
		     &passed_on);
	move(load, &caller->invoke, base_ns + 4200000, &reply);
	call_web(load, caller, base_ns + 5000000);
	reply.json = asked;
	move(load, &load->driver[pair], base_ns + 7200000, &reply);
}

static int compare_facts(const void *left, const void *right)
{
	const struct fact *const *a = left, *const *b = right;

	if ((*a)->time_ns != (*b)->time_ns)
		return (*a)->time_ns < (*b)->time_ns ? -1 : 1;
	return (*a > *b) - (*a < *b);
}

static int play_round(struct load *load)
{
	const struct fact *order[ROUND_FACTS_MAX];
	int error = 0;

	load->count = load->text_count = 0;
	load->round_ns = START_NS + ROUND_NS * (load->round + 1);
	if (load->round % load->restart_after == 0)
		for (size_t i = 0; i < 2 * load->pairs; i++)
			start_environment(load, i);
	for (size_t pair = 0; pair < load->pairs; pair++)
		play_pair(load, pair);
	for (size_t i = 0; i < load->count; i++)
		order[i] = &load->queue[i];
	qsort(order, load->count, sizeof(*order), compare_facts);
	for (size_t i = 0; i < load->count && !error; i++)
		error = fact_sink_push(&load->sink, order[i]);
	load->facts += load->count;
	load->round++;
	return error;
}

static int play(struct load *load, uint64_t invocations)
{
	int error = 0;

	load->next_connection = 1;
	for (uint64_t i = 0; i < invocations && !error; i += 2 * load->pairs)
		error = play_round(load);
	return error;
}

/* ---- where the facts go ---- */

static int write_file(struct load *load, const char *path, uint64_t invocations)
{
	struct trace_start start = { .monotonic_ns = START_NS, .realtime_ns = REALTIME_NS };
	struct trace_writer *writer;
	int error = trace_writer_open(&writer, path, &start, NULL);

	if (error)
		return error;
	load->sink = (struct fact_sink){ trace_writer_push, writer };
	error = play(load, invocations);
	if (!error)
		error = trace_writer_finish(writer, load->round_ns + ROUND_NS);
	if (!error && trace_writer_stats(writer).lost_facts)
		error = -1;
	trace_writer_free(writer);
	return error;
}

static void print(const struct load *load, const struct results *results, uint64_t spent_ns)
{
	struct rusage usage = { 0 };
	struct json_writer json;
	double seconds = (double)spent_ns / 1e9;

	getrusage(RUSAGE_SELF, &usage);
	json_writer_init(&json, stdout, false);
	json_object_begin(&json, NULL);
	json_uint(&json, "invocations", results->totals.invocations);
	json_uint(&json, "chains", results->chain_count);
	json_uint(&json, "edges", results->edge_count);
	json_uint(&json, "facts", load->facts);
	json_uint(&json, "peak_kb", (uint64_t)usage.ru_maxrss);
	json_ratio(&json, "facts_per_s", (double)load->facts / seconds);
	json_ratio(&json, "invocations_per_s", (double)results->totals.invocations / seconds);
	json_object_end(&json);
	json_writer_finish(&json);
}

static int run_analysis(struct load *load, uint64_t invocations)
{
	struct analysis_options analysis_options = { .start_monotonic_ns = START_NS,
						     .start_realtime_ns = REALTIME_NS };
	struct assembler_options options = { .start_monotonic_ns = START_NS,
					     .start_realtime_ns = REALTIME_NS };
	struct analysis *analysis = NULL;
	struct assembler *assembler = NULL;
	const struct results *results;
	uint64_t begun_ns = clock_monotonic_ns();
	int error = analysis_new(&analysis, &analysis_options);

	if (!error)
		error = assembler_new(&assembler, &options, analysis_model_sink(analysis));
	load->sink = (struct fact_sink){ assembler_push, assembler };
	if (!error)
		error = play(load, invocations);
	if (!error)
		error = assembler_finish(assembler, load->round_ns + ROUND_NS);
	if (!error)
		error = analysis_finish(analysis, &results);
	if (!error)
		print(load, results, clock_monotonic_ns() - begun_ns);
	analysis_free(analysis);
	assembler_free(assembler);
	return error;
}

/* Its peak memory; this program is small, so what the child had before its exec does not matter. */
static int measure(uint64_t invocations, char **command)
{
	uint64_t begun_ns = clock_monotonic_ns();
	struct rusage usage = { 0 };
	struct json_writer json;
	int status;
	pid_t child = fork();

	if (child == 0) {
		int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

		dup2(null, STDOUT_FILENO);
		execv(command[0], command);
		_exit(127);
	}
	if (child < 0 || wait4(child, &status, 0, &usage) != child || status)
		return -1;
	json_writer_init(&json, stdout, false);
	json_object_begin(&json, NULL);
	json_uint(&json, "invocations", invocations);
	json_array_begin(&json, "command");
	for (size_t i = 1; command[i]; i++)
		json_string(&json, NULL, command[i]);
	json_array_end(&json);
	json_uint(&json, "peak_kb", (uint64_t)usage.ru_maxrss);
	json_ratio(&json, "invocations_per_s",
		   (double)invocations * 1e9 / (double)(clock_monotonic_ns() - begun_ns));
	json_object_end(&json);
	return json_writer_finish(&json);
}

int main(int argc, char **argv)
{
	bool is_writing = argc == 5 && !strcmp(argv[1], "write");
	struct load *load = calloc(1, sizeof(*load));
	uint64_t invocations;
	int error;

	if (!load || (!is_writing && argc < 4))
		return 2;
	if (!strcmp(argv[1], "measure"))
		return measure(strtoull(argv[2], NULL, 10), argv + 3) ? 1 : 0;
	load->has_processes = !strcmp(argv[argc - 1], "processes");
	load->is_identical = !strcmp(argv[argc - 1], "identical");
	load->pairs = load->is_identical || !strcmp(argv[argc - 1], "distinct") ? PAIRS_MAX : PAIRS;
	load->restart_after = strcmp(argv[argc - 1], "environments") ? 500 : 1;
	invocations = strtoull(argv[argc - 2], NULL, 10);
	if (is_writing)
		error = write_file(load, argv[2], invocations);
	else
		error = run_analysis(load, invocations);
	free(load);
	return error ? 1 : 0;
}
