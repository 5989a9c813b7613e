// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_capture_proc.c - reading /proc: about this process, a child, a thread, and processes that are not.
 * Includes the module: capture is linked into no library, since the rest of it needs libbpf.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include <signal.h>
#include <sys/wait.h>

#include "capture/proc.c"

#define NO_PROCESS 0x7ffffffe

static void own_status(void **state)
{
	struct proc_status status;

	assert_int_equal(proc_read_status(getpid(), &status), 0);
	assert_int_equal(status.tgid, getpid());
	assert_int_equal(status.parent, getppid());
	assert_false(status.is_ended);
	assert_false(status.is_kernel_thread);
	assert_true(status.rss_bytes > 4096 && status.peak_rss_bytes >= status.rss_bytes);
	assert_string_equal(status.name, "test_capture_pr"); /* TASK_COMM_LEN */
}

static void missing_process(void **state)
{
	struct proc_status status = { .tgid = 7 };
	char text[PROC_MAPPING_MAX];

	assert_int_equal(proc_read_status(NO_PROCESS, &status), -ESRCH);
	assert_int_equal(status.tgid, 7);
	assert_int_equal(proc_read_file(NO_PROCESS, "cmdline", text, sizeof(text)), -ESRCH);
	assert_int_equal(proc_visit_children(NO_PROCESS, NULL, NULL), -ESRCH);
	assert_int_equal(proc_find_mapping(NO_PROCESS, "libc", text), -ESRCH);
	assert_false(proc_is_own_program(NO_PROCESS));
}

static int find_child(void *context, pid_t child)
{
	return child == *(pid_t *)context;
}

static void zombie_child(void **state)
{
	struct proc_status status;
	pid_t child = fork();

	if (!child)
		_exit(0);
	waitid(P_PID, child, &(siginfo_t){ 0 }, WEXITED | WNOWAIT);
	assert_int_equal(proc_visit_children(getpid(), find_child, &child), 1);
	assert_int_equal(proc_read_status(child, &status), 0);
	assert_true(status.is_ended);
	waitpid(child, NULL, 0);
	assert_int_equal(proc_visit_children(getpid(), find_child, &child), 0);
}

static void reads_are_cut_at_the_maximum(void **state)
{
	char whole[4096], part[8];
	ssize_t bytes = proc_read_file(getpid(), "cmdline", whole, sizeof(whole));

	assert_true(bytes > (ssize_t)sizeof(part));
	assert_int_equal(proc_read_file(getpid(), "cmdline", part, sizeof(part)), sizeof(part));
	assert_memory_equal(whole, part, sizeof(part));
}

static void mappings(void **state)
{
	char path[PROC_MAPPING_MAX], target[4096] = "";

	assert_int_equal(proc_find_mapping(getpid(), "libcmocka", path), 0);
	if (geteuid() == 0) { /* others may not follow it */
		assert_true(readlink(path, target, sizeof(target) - 1) > 0);
		assert_non_null(strstr(target, "/libcmocka"));
	}
	assert_int_equal(proc_find_mapping(getpid(), "no-such-library", path), -ENOENT);
	assert_true(proc_is_own_program(getpid()));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(own_status),	cmocka_unit_test(missing_process),
		cmocka_unit_test(zombie_child), cmocka_unit_test(reads_are_cut_at_the_maximum),
		cmocka_unit_test(mappings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
