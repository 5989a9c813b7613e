// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_capture_discover.c - which command lines are emulators, which processes runtimes, and who serves them.
 * Includes the module; the iterator over sockets, which needs the kernel, is replaced by a list.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include <signal.h>
#include <sys/wait.h>

#include "capture/discover.c"
#include "capture/proc.c"

#define SERVER 0x7ffffff0
#define PORT 47011

static struct record_socket_open listed[8];
static size_t listed_count;

int iterator_run(const struct bpf_program *program, pid_t pid, struct iterator_output *ret_output)
{
	assert_int_equal(pid, 0);
	ret_output->bytes = listed_count * sizeof(listed[0]);
	ret_output->data = malloc(sizeof(listed));
	memcpy(ret_output->data, listed, sizeof(listed));
	return 0;
}

/* ---- command lines ---- */

static bool is_emulator(const char *line) /* words separated by single spaces */
{
	char arguments[256];
	size_t bytes = strlen(line) + 1;

	memcpy(arguments, line, bytes);
	for (size_t i = 0; i < bytes; i++) {
		if (arguments[i] == ' ')
			arguments[i] = '\0';
	}
	for (size_t i = 0; i < sizeof(emulators) / sizeof(emulators[0]); i++) {
		if (matches(&emulators[i], arguments, arguments + bytes))
			return true;
	}
	return false;
}

static void command_lines(void **state)
{
	assert_true(is_emulator("node /srv/node_modules/.bin/serverless offline start"));
	assert_true(is_emulator("/usr/bin/node20 --inspect osls.js offline"));
	assert_true(is_emulator("/usr/bin/osls offline start"));
	assert_true(is_emulator("npx_is_not_known node") == false);
	assert_true(is_emulator("node /srv/node_modules/.bin/sandbox --port 3333"));
	assert_true(is_emulator("node arc sandbox"));
	assert_true(is_emulator("python3.11 -m functions_framework --target hello"));
	assert_true(is_emulator("/usr/bin/python /venv/bin/functions-framework"));
	assert_true(is_emulator("node node_modules/.bin/functions-framework --target=hello"));
	assert_true(is_emulator("/venv/bin/cargo-lambda lambda watch"));
	assert_true(is_emulator("./aws-lambda-rie --runtime-api-address 127.0.0.1:9001 app"));
}

static void other_command_lines(void **state)
{
	assert_false(is_emulator(""));
	assert_false(is_emulator("node server.js"));
	assert_false(is_emulator("node serverless deploy"));
	assert_false(is_emulator("node offline serverless")); /* the wrong order */
	assert_false(is_emulator("grep serverless offline"));
	assert_false(is_emulator("vim functions-framework.py"));
	assert_false(is_emulator("cargo-lambda build"));
	assert_false(is_emulator("tail -f aws-lambda-rie"));
	assert_false(is_emulator("nodejs_like sandbox"));
}

/* What is named behind the script is another program's business. */
static void names_elsewhere(void **state)
{
	assert_false(is_emulator("node node_modules/.bin/jest packages/sandbox"));
	assert_false(is_emulator("node /usr/lib/npm-cli.js install functions-framework"));
	assert_false(is_emulator("node npx osls offline")); /* its child is */
	assert_false(is_emulator("python3 -m pip install functions-framework"));
	assert_false(is_emulator("python3 app.py functions_framework"));
	assert_false(is_emulator("ruby -e code functions-framework"));
	assert_false(is_emulator("npm sandbox"));
	assert_false(is_emulator("node"));
	assert_false(is_emulator("node --inspect"));
}

static void runner_options(void **state)
{
	assert_true(is_emulator("node --max-old-space-size=512 --enable-source-maps sandbox"));
	assert_true(is_emulator("node -r dotenv/config --import=x.mjs arc.js sandbox"));
	assert_true(is_emulator("node --require x --import y sls --stage dev offline"));
	assert_true(is_emulator("python3 -X dev -W ignore -I -m functions_framework --debug"));
	assert_true(is_emulator("python3 -u -- /venv/bin/functions-framework"));
	assert_true(is_emulator("ruby3.1 -I lib -W /gems/bin/functions-framework"));
	assert_false(is_emulator("node -r sandbox server.js"));
	assert_false(is_emulator("node --import ./sandbox.mjs server.js"));
	assert_false(is_emulator("node --require=sandbox server.js"));
	assert_false(is_emulator("node --run sandbox"));
	assert_false(is_emulator("node -r sandbox"));
	assert_false(is_emulator("node -r"));
	assert_false(is_emulator("ruby -r functions_framework app.rb"));
	assert_false(is_emulator("node --unknown-option value sandbox")); /* may be its value */
}

/* ---- addresses ---- */

static void expect_api(const char *value, uint16_t port, const char *address)
{
	struct api api = { 0 };
	char text[INET_ADDRSTRLEN] = "";

	parse_api(&api, value);
	assert_int_equal(api.port, port);
	assert_int_equal(api.has_address, address != NULL);
	if (!address)
		return;
	inet_ntop(AF_INET, &api.address, text, sizeof(text));
	assert_string_equal(text, address);
}

static void addresses(void **state)
{
	expect_api("127.0.0.1:9001", 9001, "127.0.0.1");
	expect_api("localhost:80/prefix", 80, "127.0.0.1");
	expect_api("127.0.0.1:2222/1234-5678", 2222, "127.0.0.1");
	expect_api("runtime.internal:9001", 9001, NULL);
	expect_api("169.254.100.1", 80, "169.254.100.1");
	expect_api("", 80, NULL);
}

/* ---- processes ---- */

struct seen {
	pid_t runtime, server;
	bool has_runtime, has_server;
};

static int note(void *context, pid_t pid)
{
	struct seen *seen = context;

	seen->has_runtime |= pid == seen->runtime;
	seen->has_server |= pid == seen->server;
	return 0;
}

static pid_t start_runtime(void)
{
	const char *const arguments[] = { "sleep", "60", NULL };
	const char *const environment[] = { "A=1", RUNTIME_API "127.0.0.1:47011", NULL };
	pid_t child = fork();

	if (!child) {
		execve("/bin/sleep", (char **)arguments, (char **)environment);
		_exit(127);
	}
	for (int i = 0; i < 200; i++) { /* until it has called exec */
		char text[256] = "";

		proc_read_file(child, "environ", text, sizeof(text) - 1);
		if (!strcmp(text, "A=1"))
			break;
		usleep(10000);
	}
	return child;
}

static void expect_server(bool is_expected, pid_t runtime)
{
	struct seen seen = { .runtime = runtime, .server = SERVER };

	listed_count = 1;
	assert_int_equal(discover_running(NULL, note, &seen), 0);
	assert_true(seen.has_runtime);
	assert_int_equal(seen.has_server, is_expected);
}

static void runtime_and_server(void **state)
{
	pid_t runtime = start_runtime();

	listed[0] = (struct record_socket_open){
		.header.tgid = SERVER,
		.family = RECORD_FAMILY_INET,
		.state = STATE_LISTEN,
		.local_port = PORT,
		.netns = read_netns(getpid()),
		.local_address = { 127, 0, 0, 1 },
	};
	expect_server(true, runtime);
	listed[0].netns++; /* the same address elsewhere */
	expect_server(false, runtime);
	listed[0].netns--;
	listed[0].local_address[3] = 2;
	expect_server(false, runtime);
	listed[0].local_address[0] = listed[0].local_address[3] = 0; /* any */
	expect_server(true, runtime);
	listed[0].state = 1; /* connected */
	expect_server(false, runtime);
	listed[0].state = STATE_LISTEN;
	listed[0].local_port = PORT + 1;
	expect_server(false, runtime);
	kill(runtime, SIGKILL);
	waitpid(runtime, NULL, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(command_lines),   cmocka_unit_test(other_command_lines),
		cmocka_unit_test(names_elsewhere), cmocka_unit_test(runner_options),
		cmocka_unit_test(addresses),	   cmocka_unit_test(runtime_and_server),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
