// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_capture_follow.c - which processes are told of: each once. Includes the module; the map of traced
 * processes is a list, and so are processes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "capture/follow.c"

#define PROCESSES (FOLLOW_MAX + 64)
#define EMULATOR 5000001 /* above all that the kernel gives: none is the test itself */
#define RUNTIME 5000002	 /* its child */
#define HELPER 5000003	 /* the runtime's child */

static bool is_in_map[PROCESSES], is_ended[PROCESSES];
static pid_t parents[PROCESSES];
static unsigned int told[PROCESSES];

static size_t index_of(pid_t pid)
{
	assert_in_range(pid, EMULATOR, EMULATOR + PROCESSES - 1);
	return pid - EMULATOR;
}

/* ---- replaced ---- */

int bpf_map__fd(const struct bpf_map *map)
{
	return 0;
}

int bpf_map_update_elem(int fd, const void *key, const void *value, __u64 flags)
{
	size_t i = index_of(*(const uint32_t *)key);

	assert_int_equal(flags, BPF_NOEXIST);
	if (is_in_map[i]) {
		errno = EEXIST;
		return -EEXIST;
	}
	is_in_map[i] = true;
	return 0;
}

int bpf_map_lookup_elem(int fd, const void *key, void *value)
{
	return is_in_map[index_of(*(const uint32_t *)key)] ? 0 : -ENOENT;
}

int bpf_map_delete_elem(int fd, const void *key)
{
	is_in_map[index_of(*(const uint32_t *)key)] = false;
	return 0;
}

int bpf_map_get_next_key(int fd, const void *key, void *next)
{
	return -ENOENT;
}

int proc_visit_children(pid_t pid, int (*visit)(void *context, pid_t child), void *context)
{
	int error = 0;

	for (size_t i = 0; !error && i < PROCESSES; i++) {
		if (parents[i] == pid)
			error = visit(context, EMULATOR + i);
	}
	return error;
}

int proc_read_status(pid_t pid, struct proc_status *status)
{
	*status = (struct proc_status){ .tgid = pid, .is_ended = is_ended[index_of(pid)] };
	return 0;
}

ssize_t proc_read_file(pid_t pid, const char *file, void *data, size_t max)
{
	return 0;
}

bool proc_is_own_program(pid_t pid)
{
	return false;
}

int iterator_run(const struct bpf_program *program, pid_t pid, struct iterator_output *ret_output)
{
	return 0;
}

/* ---- tests ---- */

static struct idletax programs;

static int note(void *context, const struct record_header *record)
{
	assert_int_equal(record->kind, RECORD_EXEC);
	told[index_of(record->tgid)]++;
	return 0;
}

static struct follow follow = { .programs = &programs, .hand_over = note };

static int begin(void **state)
{
	memset(is_in_map, 0, sizeof(is_in_map));
	memset(is_ended, 0, sizeof(is_ended));
	memset(parents, 0, sizeof(parents));
	memset(told, 0, sizeof(told));
	parents[index_of(RUNTIME)] = EMULATOR;
	parents[index_of(HELPER)] = RUNTIME;
	*state = follow_list_new(&follow);
	return *state ? 0 : -1;
}

static int end(void **state)
{
	free(*state);
	return 0;
}

static void expect_told(unsigned int emulator, unsigned int runtime, unsigned int helper)
{
	assert_int_equal(told[0], emulator);
	assert_int_equal(told[1], runtime);
	assert_int_equal(told[2], helper);
}

static void with_children(void **state)
{
	struct follow_list *list = *state;

	assert_int_equal(follow_begin(list, EMULATOR), 0);
	assert_int_equal(follow_begin(list, RUNTIME), 0); /* found again */
	assert_int_equal(follow_tell(list, 1), 0);
	expect_told(1, 1, 1);
	assert_true(follow_is_traced(&follow, HELPER));
}

/* The runtime was found at its exec; what it forks is traced since then. */
static void runtime_first(void **state)
{
	struct follow_list *list = *state;

	is_in_map[index_of(EMULATOR)] = is_in_map[index_of(RUNTIME)] = true;
	is_in_map[index_of(HELPER)] = true;
	assert_int_equal(follow_begin_discovered(list, EMULATOR), 0);
	assert_int_equal(follow_tell(list, 1), 0);
	expect_told(1, 0, 0);
}

static void traced_already(void **state)
{
	struct follow_list *list = *state;

	is_in_map[index_of(EMULATOR)] = true;
	assert_int_equal(follow_begin(list, EMULATOR), 0);
	assert_int_equal(list->count, 0);
}

/* A process whose first thread has ended looks ended in /proc. */
static void ended(void **state)
{
	struct follow_list *list = *state;

	is_in_map[index_of(EMULATOR)] = true; /* the kernel sees that one end */
	is_ended[index_of(EMULATOR)] = is_ended[index_of(RUNTIME)] = true;
	assert_int_equal(follow_begin_discovered(list, EMULATOR), 0);
	assert_int_equal(list->count, 3);
	assert_int_equal(follow_tell(list, 1), 0);
	expect_told(0, 0, 1);
	assert_true(follow_is_traced(&follow, EMULATOR));
	assert_false(follow_is_traced(&follow, RUNTIME));
}

static void discovered_and_gone(void **state)
{
	struct follow_list *list = *state;

	assert_int_equal(follow_begin_discovered(list, EMULATOR), 0);
	assert_int_equal(list->count, 0);
	assert_false(follow_is_traced(&follow, EMULATOR));
}

static void too_many(void **state)
{
	struct follow_list *list = *state;

	for (size_t i = 1; i < PROCESSES; i++)
		parents[i] = EMULATOR;
	is_in_map[PROCESSES - 1] = true; /* not dropped */
	assert_int_equal(follow_begin(list, EMULATOR), 0);
	assert_int_equal(list->count, FOLLOW_MAX);
	assert_int_equal(list->dropped, PROCESSES - 1 - FOLLOW_MAX);
	assert_false(is_in_map[PROCESSES - 2]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(with_children, begin, end),
		cmocka_unit_test_setup_teardown(runtime_first, begin, end),
		cmocka_unit_test_setup_teardown(traced_already, begin, end),
		cmocka_unit_test_setup_teardown(ended, begin, end),
		cmocka_unit_test_setup_teardown(discovered_and_gone, begin, end),
		cmocka_unit_test_setup_teardown(too_many, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
