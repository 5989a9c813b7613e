// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * discover.c - see discover.h. A runtime is known by AWS_LAMBDA_RUNTIME_API in its environment. Who listens
 * at that address, in the same network namespace, is its emulator. Emulators that get events in other ways,
 * or have no runtime yet, are known by their command line: the table below.
 */
#include "capture/discover.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture/iterator.h"
#include "capture/proc.h"
#include "record.h"

#define ARGUMENTS_MAX 4096 /* bytes of a command line that are looked at */
#define ENVIRONMENT_MAX (1u << 20)
#define RUNTIMES_MAX 4096
#define STATE_LISTEN 10
#define RUNTIME_API "AWS_LAMBDA_RUNTIME_API="

/* ---- command lines ---- */

/*
 * A program (its base name, without an extension of scripts) or a script that one of `runners` runs, or its
 * module, and a word that must follow. Alternatives are separated and enclosed by spaces. Documented in
 * idletax-record(1), "WHAT -a FINDS".
 */
static const struct emulator {
	const char *names;
	const char *runners;
	const char *words; /* NULL: any */
} emulators[] = {
	{ " serverless sls osls ", " node ", " offline " },
	{ " sandbox ", " node ", NULL }, /* Architect */
	{ " arc ", " node ", " sandbox " },
	{ " functions-framework functions_framework ", " node python python3 ruby ", NULL },
	{ " cargo-lambda ", "", " watch " },
	{ " aws-lambda-rie ", "", NULL },
};

/* The options of runners whose values are arguments of their own: what follows those is no script. */
static const struct runner {
	const char *names;
	const char *options;
} valued_options[] = {
	{ " node ", " -r --require --import --loader --experimental-loader -C --conditions "
		    "--env-file --env-file-if-exists --title --input-type --run " },
	{ " python python3 ", " -W -X --check-hash-based-pycs " },
	{ " ruby ", " -r -I -C -E --encoding --external-encoding --internal-encoding " },
};

static bool has_word(const char *list, const char *word, size_t bytes)
{
	for (const char *at = list; bytes && (at = strchr(at, ' ')); at++) {
		if (!strncmp(at + 1, word, bytes) && at[1 + bytes] == ' ')
			return true;
	}
	return false;
}

/* Base name and length without ".js", ".py" and the like. */
static const char *name_of(const char *argument, size_t *ret_bytes)
{
	const char *slash = strrchr(argument, '/');
	const char *name = slash ? slash + 1 : argument;
	const char *dot = strrchr(name, '.');
	static const char *const extensions[] = { ".js", ".mjs", ".cjs", ".py" };

	*ret_bytes = strlen(name);
	for (size_t i = 0; dot && i < sizeof(extensions) / sizeof(extensions[0]); i++) {
		if (!strcmp(dot, extensions[i]))
			*ret_bytes = dot - name;
	}
	return name;
}

/* Of "python3.11" the runner is "python3", of "node20" it is "node". */
static bool is_runner(const char *runners, const char *name)
{
	return has_word(runners, name, strlen(name)) ||
	       has_word(runners, name, strcspn(name, ".")) ||
	       has_word(runners, name, strcspn(name, "0123456789."));
}

/*
 * The script, or after -m the module, of the runner at @at: its first argument that is no option, and no
 * value of one. @end where there is none.
 */
static const char *find_script(const char *at, const char *end)
{
	const char *options = "";
	size_t bytes;

	for (size_t i = 0; i < sizeof(valued_options) / sizeof(valued_options[0]); i++) {
		if (is_runner(valued_options[i].names, name_of(at, &bytes)))
			options = valued_options[i].options;
	}
	for (at += strlen(at) + 1; at < end && *at == '-'; at += strlen(at) + 1) {
		if (has_word(options, at, strlen(at)))
			at += strlen(at) + 1;
		if (at >= end)
			return end;
	}
	return at < end ? at : end;
}

static bool matches(const struct emulator *emulator, const char *arguments, const char *end)
{
	const char *at = arguments, *name;
	size_t bytes;

	name = name_of(at, &bytes);
	if (!has_word(emulator->names, name, bytes)) {
		if (!is_runner(emulator->runners, name))
			return false;
		at = find_script(at, end);
		if (at == end)
			return false;
		name = name_of(at, &bytes);
		if (!has_word(emulator->names, name, bytes))
			return false;
	}
	if (!emulator->words)
		return true;
	while ((at += strlen(at) + 1) < end) {
		if (has_word(emulator->words, at, strlen(at)))
			return true;
	}
	return false;
}

bool discover_is_emulator(pid_t pid)
{
	char arguments[ARGUMENTS_MAX + 1];
	ssize_t bytes = proc_read_file(pid, "cmdline", arguments, ARGUMENTS_MAX);

	if (bytes <= 0)
		return false;
	arguments[bytes] = '\0';
	for (size_t i = 0; i < sizeof(emulators) / sizeof(emulators[0]); i++) {
		if (matches(&emulators[i], arguments, arguments + bytes))
			return true;
	}
	return false;
}

/* ---- runtimes ---- */

struct api { /* where a runtime asks for events */
	uint64_t netns;
	uint16_t port;
	bool has_address;
	struct in_addr address;
};

struct search {
	int (*found)(void *context, pid_t pid);
	void *context;
	char *environment;
	size_t api_count;
	struct api apis[RUNTIMES_MAX];
};

static const char *find_variable(const char *environment, size_t bytes, const char *name)
{
	for (const char *at = environment; at < environment + bytes; at += strlen(at) + 1) {
		if (!strncmp(at, name, strlen(name)))
			return at + strlen(name);
	}
	return NULL;
}

/* HOST:PORT, some with a path behind it. Without a port it is that of HTTP. */
static void parse_api(struct api *api, const char *value)
{
	char host[256];
	size_t bytes = strcspn(value, ":/");

	snprintf(host, sizeof(host), "%.*s", bytes < sizeof(host) ? (int)bytes : 0, value);
	if (!strcmp(host, "localhost"))
		snprintf(host, sizeof(host), "127.0.0.1");
	api->has_address = inet_pton(AF_INET, host, &api->address) == 1;
	api->port = value[bytes] == ':' ? atoi(value + bytes + 1) : 80;
}

static uint64_t read_netns(pid_t pid)
{
	char path[64];
	struct stat status;

	snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)pid);
	return stat(path, &status) ? 0 : status.st_ino;
}

static bool is_runtime(struct search *search, pid_t pid)
{
	ssize_t bytes = proc_read_file(pid, "environ", search->environment, ENVIRONMENT_MAX);
	const char *value;

	if (bytes <= 0)
		return false;
	search->environment[bytes] = '\0';
	value = find_variable(search->environment, bytes, RUNTIME_API);
	if (!value)
		return false;
	if (search->api_count < RUNTIMES_MAX) {
		struct api *api = &search->apis[search->api_count++];

		parse_api(api, value);
		api->netns = read_netns(pid);
	}
	return true;
}

static int look_at(struct search *search, pid_t pid)
{
	if (pid == getpid() || (!is_runtime(search, pid) && !discover_is_emulator(pid)))
		return 0;
	return search->found(search->context, pid);
}

static int look_at_all(struct search *search)
{
	struct dirent *entry;
	int error = 0;
	DIR *folder;

	folder = opendir("/proc");
	if (!folder)
		return -errno;
	while (!error && (entry = readdir(folder))) {
		if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9')
			error = look_at(search, atoi(entry->d_name));
	}
	closedir(folder);
	return error;
}

/* ---- who serves them ---- */

/* Also an IPv6 socket takes IPv4 connections, at any address or at ::ffff:a.b.c.d. */
static bool is_address_served(const struct record_socket_open *socket, const struct api *api)
{
	static const uint8_t any[16], mapped[12] = { [10] = 0xff, [11] = 0xff };
	const uint8_t *local = socket->local_address;

	if (!api->has_address || !memcmp(local, any, sizeof(any)))
		return true;
	if (socket->family == RECORD_FAMILY_INET)
		return !memcmp(local, &api->address, sizeof(api->address));
	return !memcmp(local, mapped, sizeof(mapped)) &&
	       !memcmp(local + sizeof(mapped), &api->address, sizeof(api->address));
}

static bool serves(const struct search *search, const struct record_socket_open *socket)
{
	if (socket->state != STATE_LISTEN || socket->family == RECORD_FAMILY_UNIX)
		return false;
	for (size_t i = 0; i < search->api_count; i++) {
		if (search->apis[i].netns == socket->netns &&
		    search->apis[i].port == socket->local_port &&
		    is_address_served(socket, &search->apis[i]))
			return true;
	}
	return false;
}

static int find_servers(struct search *search, const struct bpf_program *see_socket)
{
	struct iterator_output output = { 0 };
	const struct record_socket_open *sockets;
	int error;

	error = iterator_run(see_socket, 0, &output);
	sockets = output.data;
	for (size_t i = 0; !error && i < output.bytes / sizeof(*sockets); i++) {
		if (serves(search, &sockets[i]))
			error = search->found(search->context, sockets[i].header.tgid);
	}
	free(output.data);
	return error;
}

int discover_running(const struct bpf_program *see_socket, int (*found)(void *context, pid_t pid),
		     void *context)
{
	struct search *search = calloc(1, sizeof(*search));
	int error = -ENOMEM;

	if (!search)
		return error;
	search->found = found;
	search->context = context;
	search->environment = malloc(ENVIRONMENT_MAX + 1);
	if (search->environment)
		error = look_at_all(search);
	if (!error && search->api_count)
		error = find_servers(search, see_socket);
	free(search->environment);
	free(search);
	return error;
}
