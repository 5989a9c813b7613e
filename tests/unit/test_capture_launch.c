// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_capture_launch.c - commands are held back until they are released, and their end is told as a
 * shell would. Includes the module: capture is linked into no library, since the rest of it needs libbpf.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "capture/launch.c"

static int run(char *const argv[])
{
	struct launch launch;
	int status;

	assert_int_equal(launch_prepare(&launch, argv, false, NULL), 0);
	assert_int_equal(launch_release(&launch, NULL), 0);
	launch_wait(&launch);
	assert_true(launch_has_ended(&launch));
	status = launch_exit_status(&launch);
	launch_finish(&launch);
	return status;
}

#define COMMAND(...) ((char *const[]){ __VA_ARGS__, NULL })
#define TEXT(text) ((char[]){ text })

static void exit_statuses(void **state)
{
	assert_int_equal(run(COMMAND(TEXT("true"))), 0);
	assert_int_equal(run(COMMAND(TEXT("sh"), TEXT("-c"), TEXT("exit 7"))), 7);
	assert_int_equal(run(COMMAND(TEXT("sh"), TEXT("-c"), TEXT("kill -9 $$"))), 128 + 9);
}

static void held_until_released(void **state)
{
	char path[] = "/tmp/idletax-launch-XXXXXX", script[64];
	struct launch launch;
	int file = mkstemp(path);

	assert_true(file >= 0);
	close(file);
	snprintf(script, sizeof(script), "rm %s", path);
	assert_int_equal(
		launch_prepare(&launch, COMMAND(TEXT("sh"), TEXT("-c"), script), false, NULL), 0);
	usleep(50000);
	assert_false(launch_has_ended(&launch));
	assert_int_equal(access(path, F_OK), 0);
	assert_int_equal(launch_release(&launch, NULL), 0);
	launch_wait(&launch);
	launch_finish(&launch);
	assert_int_equal(access(path, F_OK), -1);
}

static void never_released(void **state)
{
	struct launch launch;

	assert_int_equal(launch_prepare(&launch, COMMAND(TEXT("sleep"), TEXT("100")), false, NULL),
			 0);
	launch_finish(&launch);
	launch_wait(&launch);
	assert_int_equal(launch_exit_status(&launch), EXIT_NOT_FOUND);
}

static void commands_that_cannot_run(void **state)
{
	struct launch launch;
	struct diag diag = { 0 };

	assert_int_equal(launch_check("true", &diag), 0);
	assert_int_equal(launch_check("/bin/sh", &diag), 0);
	assert_int_equal(launch_check("no-such-command", &diag), -ENOENT);
	assert_string_equal(diag.text, "command not found");
	assert_int_equal(launch_check("/no/such/command", &diag), -ENOENT);
	assert_int_equal(launch_prepare(&launch, COMMAND(TEXT("/etc/passwd")), false, &diag), 0);
	assert_int_equal(launch_release(&launch, &diag), -EACCES);
	launch_wait(&launch);
	launch_finish(&launch);
	assert_int_equal(launch_prepare(&launch, COMMAND(TEXT("/no/such")), false, &diag), 0);
	assert_int_equal(launch_release(&launch, &diag), -ENOENT);
	launch_wait(&launch);
	launch_finish(&launch);
}

static void invoking_user(void **state)
{
	setenv("SUDO_UID", "1234", 1);
	setenv("SUDO_GID", "4321", 1);
	if (geteuid()) {
		assert_false(launch_find_user().is_other);
	} else {
		assert_true(launch_find_user().is_other);
		assert_int_equal(launch_find_user().uid, 1234);
		assert_int_equal(launch_find_user().gid, 4321);
	}
	setenv("SUDO_UID", "12x", 1);
	assert_false(launch_find_user().is_other);
	setenv("SUDO_UID", "0", 1);
	assert_false(launch_find_user().is_other);
	unsetenv("SUDO_UID");
	unsetenv("SUDO_GID");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exit_statuses),  cmocka_unit_test(held_until_released),
		cmocka_unit_test(never_released), cmocka_unit_test(commands_that_cannot_run),
		cmocka_unit_test(invoking_user),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
