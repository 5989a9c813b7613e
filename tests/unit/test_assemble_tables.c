/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * test_assemble_tables.c - the assembler's tables: runs of a thread, processes and threads, connections.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "assemble/connection_table.h"
#include "assemble/environments.h"
#include "assemble/process_table.h"
#include "assemble/run_list.h"
#include "base/hash_map.h"

/* ---- runs ---- */

static int push_run(struct run_list *list, uint64_t ready_ns, uint64_t on_ns, uint64_t off_ns)
{
	struct run run = { .ready_ns = ready_ns, .on_ns = on_ns, .off_ns = off_ns };

	return run_list_push(list, &run);
}

static void test_run_order(void **state)
{
	struct run_list list;

	run_list_init(&list);
	assert_null(run_list_last(&list));
	assert_int_equal(push_run(&list, 5, 10, 20), 0);
	assert_int_equal(push_run(&list, 5, 10, 20), -EALREADY);
	assert_int_equal(push_run(&list, 1, 2, 15), -EALREADY);
	/* made to fit behind the last */
	assert_int_equal(push_run(&list, 12, 15, 30), 0);
	assert_int_equal(run_list_last(&list)->ready_ns, 20);
	assert_int_equal(run_list_last(&list)->on_ns, 20);
	/* ends before it begins */
	assert_int_equal(push_run(&list, 60, 50, 40), 0);
	assert_int_equal(run_list_last(&list)->on_ns, 40);
	assert_int_equal(run_list_last(&list)->ready_ns, 40);
	run_list_release(&list);
}

static void test_run_window(void **state)
{
	struct run_list list;
	struct run_window window;

	run_list_init(&list);
	window = run_list_window(&list, 0, 100);
	assert_int_equal(window.first, window.end);
	for (uint64_t i = 0; i < 100; i++)
		assert_int_equal(push_run(&list, 10 * i, 10 * i + 2, 10 * i + 5), 0);
	/* the last that began at or before 500, to the first that began after 600 */
	window = run_list_window(&list, 500, 600);
	assert_int_equal(list.runs[window.first].on_ns, 492);
	assert_int_equal(list.runs[window.end - 1].on_ns, 602);
	window = run_list_window(&list, 502, 502);
	assert_int_equal(list.runs[window.first].on_ns, 502);
	/* trimming keeps what a window from there on needs */
	run_list_trim(&list, 500);
	window = run_list_window(&list, 500, 2000);
	assert_int_equal(list.runs[window.first].on_ns, 492);
	assert_int_equal(window.end - window.first, 51);
	run_list_trim(&list, 100000);
	assert_int_equal(run_list_last(&list)->on_ns, 992);
	assert_int_equal(list.end - list.first, 1);
	run_list_release(&list);
}

/* Instant by instant: @ns of [@start_ns, @end_ns) that no run of @list is ready or on a CPU in. */
static uint64_t count_blocked(const struct run_list *list, uint64_t start_ns, uint64_t end_ns)
{
	const struct run *last = run_list_last(list);
	uint64_t blocked_ns = 0;

	for (uint64_t time_ns = start_ns; time_ns < end_ns; time_ns++) {
		bool is_blocked = !last || time_ns < last->off_ns || !run_is_interrupted(last);

		for (size_t i = list->first; i < list->end; i++)
			is_blocked &= time_ns < list->runs[i].ready_ns ||
				      time_ns >= list->runs[i].off_ns;
		blocked_ns += is_blocked;
	}
	return blocked_ns;
}

static void test_run_blocked(void **state)
{
	struct run_list list;

	for (uint64_t number = 0; number < 2000; number++) {
		uint64_t start_ns = hash_mix(number) % 40, end_ns = start_ns + number % 60;
		uint64_t time_ns = 0, blocked_ns;

		run_list_init(&list);
		for (uint64_t i = hash_mix(number + 3) % 9; i > 0; i--) {
			uint64_t random = hash_mix(number * 16 + i);
			struct run run = { .ready_ns = time_ns += random % 8,
					   .on_ns = time_ns += random / 8 % 4,
					   .off_ns = time_ns += random / 32 % 8,
					   .off_reason = random / 256 % 2 ? OFF_SLEEP
									  : OFF_PREEMPTED };

			run_list_push(&list, &run);
		}
		run_list_trim(&list, number % 2 ? start_ns : 0);
		blocked_ns = count_blocked(&list, start_ns, end_ns);
		assert_false(run_list_blocks_longer(&list, start_ns, end_ns, blocked_ns));
		if (blocked_ns)
			assert_true(
				run_list_blocks_longer(&list, start_ns, end_ns, blocked_ns - 1));
		run_list_release(&list);
	}
}

static void test_run_memory(void **state)
{
	struct run_list list;

	run_list_init(&list);
	for (uint64_t i = 0; i < 100000; i++) {
		if (run_list_is_full(&list))
			run_list_trim(&list, i > 10 ? 10 * (i - 10) : 0);
		assert_int_equal(push_run(&list, 10 * i, 10 * i, 10 * i + 5), 0);
	}
	assert_true(list.capacity <= 64);
	run_list_release(&list);
}

/* ---- processes ---- */

struct tables {
	struct string_pool strings;
	struct process_table processes;
};

static void tables_init(struct tables *tables)
{
	string_pool_init(&tables->strings);
	process_table_init(&tables->processes, &tables->strings);
}

static void tables_release(struct tables *tables)
{
	process_table_release(&tables->processes);
	string_pool_release(&tables->strings);
}

static struct process *fork_process(struct tables *tables, uint64_t time_ns, uint32_t parent,
				    uint32_t child)
{
	struct fact fact = { .kind = FACT_FORK,
			     .time_ns = time_ns,
			     .tgid = parent,
			     .tid = parent,
			     .fork = { .child_tgid = child, .child_tid = child } };
	struct process *process;

	assert_int_equal(process_table_fork(&tables->processes, &fact, &process), 0);
	return process;
}

static struct process *exec_process(struct tables *tables, uint64_t time_ns, uint32_t tgid,
				    const char *api, const char *function)
{
	struct fact fact = {
		.kind = FACT_EXEC,
		.time_ns = time_ns,
		.tgid = tgid,
		.tid = tgid,
		.exec = { .runtime_api = api, .function = function, .is_environment_known = true }
	};

	assert_int_equal(process_table_exec(&tables->processes, &fact), 0);
	return process_find(&tables->processes, tgid);
}

static void test_process_life(void **state)
{
	struct tables tables;
	struct process *parent, *child, *grandchild, *reused;

	tables_init(&tables);
	parent = exec_process(&tables, 5, 10, "h:1", "f");
	assert_int_equal(parent->identity_ns, 5);
	child = fork_process(&tables, 6, 10, 11);
	assert_ptr_equal(child->parent, parent);
	assert_int_equal(child->identity.runtime_api, parent->identity.runtime_api);
	assert_int_equal(child->identity_ns, 6);
	exec_process(&tables, 7, 11, "h:1", "f");
	assert_int_equal(child->identity_ns, 7);
	exec_process(&tables, 8, 11, "h:1", "f"); /* exec node "$@" in a wrapper */
	assert_int_equal(child->identity_ns, 7);
	grandchild = fork_process(&tables, 9, 11, 12);
	assert_true(process_is_ancestor(parent, grandchild));
	assert_false(process_is_ancestor(grandchild, parent));
	/* when the one between ends, the grandparent takes its place */
	process_end(child, 20, 0);
	assert_ptr_equal(grandchild->parent, parent);
	/* the id comes back */
	reused = fork_process(&tables, 30, 10, 11);
	assert_ptr_not_equal(reused, child);
	assert_ptr_equal(process_find(&tables.processes, 11), reused);
	assert_true(process_trim(&tables.processes, child, 100));
	process_free(&tables.processes, child);
	assert_ptr_equal(process_find(&tables.processes, 11), reused);
	assert_non_null(thread_find(&tables.processes, 11));
	assert_null(process_get(&tables.processes, 0));
	tables_release(&tables);
}

/* Wrong facts could say that two processes are each other's parents. */
static void test_no_circles(void **state)
{
	struct tables tables;

	tables_init(&tables);
	for (uint32_t i = 0; i < 3; i++) {
		struct fact fact = { .kind = FACT_TASK_SEEN,
				     .tgid = 1 + i,
				     .tid = 1 + i,
				     .task_seen = { .parent_tgid = 1 + (i + 1) % 3 } };

		assert_int_equal(process_table_seen(&tables.processes, &fact), 0);
	}
	assert_false(process_is_ancestor(process_find(&tables.processes, 1),
					 process_find(&tables.processes, 1)));
	tables_release(&tables);
}

/* ---- roots (SEMANTICS 1) ---- */

static void test_roots(void **state)
{
	struct tables tables;
	struct process *shell, *emulator, *wrapper, *runtime, *helper;

	tables_init(&tables);
	/* a shell that exports what the runtime needs, and starts the emulator, too */
	shell = exec_process(&tables, 1, 1, "h:1", "f");
	emulator = fork_process(&tables, 2, 1, 2);
	wrapper = fork_process(&tables, 3, 2, 3);
	runtime = fork_process(&tables, 4, 3, 4);
	helper = fork_process(&tables, 5, 4, 5);
	assert_ptr_equal(environment_find_root(runtime, emulator), wrapper);
	assert_ptr_equal(environment_find_root(helper, emulator), wrapper);
	/* the server is not traced: nothing says where to stop */
	assert_ptr_equal(environment_find_root(runtime, NULL), shell);
	/* another function between: topmost with the same */
	exec_process(&tables, 6, 3, "h:1", "other");
	assert_ptr_equal(environment_find_root(runtime, emulator), runtime);
	assert_ptr_equal(environment_find_root(helper, emulator), runtime);
	/* an environment that could not be read is neither match nor mismatch */
	helper->identity = (struct process_identity){ .has_exec = true };
	assert_ptr_equal(environment_find_root(helper, emulator), runtime);
	/* none holds an API: below the server */
	exec_process(&tables, 7, 5, NULL, NULL);
	assert_ptr_equal(environment_find_root(helper, emulator), wrapper);
	assert_ptr_equal(environment_find_root(helper, NULL), helper);
	tables_release(&tables);
}

/* ---- connections ---- */

static struct connection *open_connection(struct connection_table *table, uint64_t time_ns,
					  uint64_t id, uint16_t local_port, uint16_t remote_port)
{
	struct fact fact = { .kind = FACT_CONNECTION,
			     .time_ns = time_ns,
			     .connection = { .id = id,
					     .opened_ns = time_ns,
					     .family = CONNECTION_INET,
					     .local_port = local_port,
					     .remote_port = remote_port } };

	assert_int_equal(connection_table_open(table, &fact), 0);
	return connection_find(table, id);
}

static void test_connections(void **state)
{
	struct connection_table table;
	struct connection *client, *server, *next;

	connection_table_init(&table);
	client = open_connection(&table, 1, 1, 4000, 80);
	server = open_connection(&table, 2, 2, 80, 4000);
	assert_ptr_equal(client->peer, server);
	assert_ptr_equal(server->peer, client);
	/* the ports are used again: the new client is not the old server's */
	connection_close(&table, client, 10);
	connection_close(&table, server, 11);
	next = open_connection(&table, 20, 3, 4000, 80);
	assert_null(next->peer);
	assert_ptr_equal(server->peer, client);
	assert_ptr_equal(open_connection(&table, 21, 4, 80, 4000)->peer, next);
	assert_ptr_equal(connection_next_closed(&table, 100), client);
	assert_null(connection_next_closed(&table, 10));
	connection_free(&table, client);
	assert_null(server->peer);
	assert_int_equal(server->peer_id, 1);
	assert_ptr_equal(next->peer->peer, next);
	connection_table_release(&table);
}

static struct connection *open_between(struct connection_table *table, uint64_t id, uint32_t netns,
				       const uint8_t local[4], const uint8_t remote[4])
{
	bool is_client = id % 2;
	struct fact fact = { .kind = FACT_CONNECTION,
			     .time_ns = id,
			     .connection = { .id = id,
					     .opened_ns = id,
					     .netns = netns,
					     .family = CONNECTION_INET,
					     .local_port = is_client ? 4000 : 80,
					     .remote_port = is_client ? 80 : 4000 } };

	memcpy(fact.connection.local_address, local, 4);
	memcpy(fact.connection.remote_address, remote, 4);
	assert_int_equal(connection_table_open(table, &fact), 0);
	return connection_find(table, id);
}

/* Two containers on one network, and three that use the same loopback addresses and ports. */
static void test_network_namespaces(void **state)
{
	static const uint8_t here[4] = { 10, 0, 0, 1 }, there[4] = { 10, 0, 0, 2 };
	static const uint8_t loopback[4] = { 127, 0, 0, 1 };
	struct connection_table table;
	struct connection *client, *server, *own;

	connection_table_init(&table);
	client = open_between(&table, 1, 7, here, there);
	server = open_between(&table, 2, 8, there, here);
	assert_ptr_equal(client->peer, server);
	connection_free(&table, client);
	connection_free(&table, server);

	/* one network namespace is preferred to another */
	client = open_between(&table, 3, 7, here, there);
	own = open_between(&table, 4, 7, there, here);
	server = open_between(&table, 6, 8, there, here);
	assert_ptr_equal(client->peer, own);
	assert_null(server->peer);

	client = open_between(&table, 11, 7, loopback, loopback);
	server = open_between(&table, 12, 8, loopback, loopback);
	assert_null(server->peer);
	own = open_between(&table, 14, 7, loopback, loopback);
	assert_ptr_equal(client->peer, own);
	assert_ptr_equal(open_between(&table, 13, 8, loopback, loopback)->peer, server);
	connection_table_release(&table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_run_order),    cmocka_unit_test(test_run_window),
		cmocka_unit_test(test_run_blocked),  cmocka_unit_test(test_run_memory),
		cmocka_unit_test(test_process_life), cmocka_unit_test(test_no_circles),
		cmocka_unit_test(test_roots),	     cmocka_unit_test(test_network_namespaces),
		cmocka_unit_test(test_connections),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
