// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * sam.c - stands in for SAM's `start-lambda`, which needs Docker: a front end that passes Invokes on.
 *
 *   sam PORT NAME=EMULATOR-PORT,EMULATOR-PORT...
 *
 * A thread for each request sends it from there to a container's emulator, which calls any function
 * "function", waits and answers. No ids in either direction. An Event is answered 202 at once and sent by
 * a thread of its own. A function that is not there: 404.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "functions.h"
#include "http.h"

#define JSON "Content-Type: application/json\r\n"

/* What the emulator answered is in @reply; false: nothing. */
static bool invoke(struct function *function, const char *event, size_t bytes,
		   struct message *reply)
{
	static const char head[] = "POST /2015-03-31/functions/function/invocations HTTP/1.1\r\n"
				   "Host: 127.0.0.1\r\n" JSON;
	int port = function_take(function);
	int connection = http_connect(port);
	bool is_answered = false;

	if (connection >= 0) {
		http_write(connection, head, event, bytes);
		is_answered = http_read(connection, reply);
		close(connection);
	}
	function_give_back(function, port);
	return is_answered;
}

struct event {
	struct function *function;
	size_t bytes;
	char text[];
};

static void *run_event(void *argument)
{
	struct event *event = argument;
	struct message reply = { 0 };

	invoke(event->function, event->text, event->bytes, &reply);
	http_release(&reply);
	free(event);
	return NULL;
}

static void start_event(struct function *function, const struct message *request)
{
	struct event *event = malloc(sizeof(*event) + request->body_bytes);
	pthread_t thread;

	if (!event)
		exit(1);
	event->function = function;
	event->bytes = request->body_bytes;
	memcpy(event->text, request->body, request->body_bytes);
	if (pthread_create(&thread, NULL, run_event, event))
		exit(1);
	pthread_detach(thread);
}

static void serve(int connection, struct message *request)
{
	static const char missing[] = "{\"Message\":\"Function not found\",\"Type\":\"User\"}";
	struct function *function = functions_find(request->path);
	struct message reply = { 0 };
	char type[TOKEN_MAX] = "";

	http_header(request, "X-Amz-Invocation-Type", type);
	if (!function) {
		http_write(connection, "HTTP/1.1 404 NOT FOUND\r\n" JSON, missing,
			   sizeof(missing) - 1);
	} else if (!strcmp(type, "Event")) {
		http_write(connection, "HTTP/1.1 202 ACCEPTED\r\n" JSON, "", 0);
		start_event(function, request);
	} else if (invoke(function, request->body, request->body_bytes, &reply)) {
		http_write(connection, "HTTP/1.1 200 OK\r\n" JSON, reply.body, reply.body_bytes);
	} else {
		http_write(connection, "HTTP/1.1 502 BAD GATEWAY\r\n" JSON, "", 0);
	}
	http_release(&reply);
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	functions_load(argc - 2, argv + 2);
	http_serve(http_listen(atoi(argv[1])), serve);
}
