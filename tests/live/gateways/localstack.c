// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * localstack.c - stands in for LocalStack's gateway, which needs Docker.
 *
 *   localstack PORT NAME=INIT-PORT,INIT-PORT...
 *
 * Each Invoke gets an id and is sent as POST /invoke, with its payload as a JSON string, to the init process
 * of a container (init.c), which posts the logs and the result back here on connections of its own. The
 * reply carries the id as x-amzn-RequestId. An Event is answered 202 at once, with its id.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "functions.h"
#include "http.h"

#define ID_BYTES 37 /* with NUL */
#define HEAD_MAX 512

struct call { /* under way */
	char id[ID_BYTES];
	char trace[TOKEN_MAX]; /* X-Amzn-Trace-Id */
	struct function *function;
	char *event;
	size_t event_bytes;
	char *result;
	size_t result_bytes;
	bool is_over, is_error;
	struct call *next;
};

static struct call *calls;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t answered = PTHREAD_COND_INITIALIZER;

static void *allocate(size_t bytes)
{
	void *memory = calloc(1, bytes);

	if (!memory)
		exit(1);
	return memory;
}

static void make_id(char id[ID_BYTES])
{
	unsigned char random[16];

	if (getrandom(random, sizeof(random), 0) != sizeof(random))
		exit(1);
	random[6] = (random[6] & 0x0f) | 0x40;
	random[8] = (random[8] & 0x3f) | 0x80;
	for (int i = 0, at = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			id[at++] = '-';
		at += sprintf(id + at, "%02x", random[i]);
	}
}

/* ---- to the container ---- */

static char *escape(char *to, const char *text, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c == '"' || c == '\\')
			*to++ = '\\';
		if (c < 0x20)
			to += sprintf(to, "\\u%04x", c);
		else
			*to++ = (char)c;
	}
	return to;
}

static void send_event(const struct call *call, int port)
{
	static const char head[] = "POST /invoke HTTP/1.1\r\nHost: 127.0.0.1\r\n"
				   "Content-Type: application/json\r\n";
	char *body = allocate(6 * call->event_bytes + HEAD_MAX), *end = body;
	struct message reply = { 0 };
	int connection = http_connect(port);

	end += sprintf(end,
		       "{\"invoke-id\": \"%s\", \"invoked-function-arn\": "
		       "\"arn:aws:lambda:us-east-1:000000000000:function:%s\", \"payload\": \"",
		       call->id, function_name(call->function));
	end = escape(end, call->event, call->event_bytes);
	end += sprintf(end, "\", \"trace-id\": \"%s\"}", call->trace);
	if (connection >= 0) {
		http_write(connection, head, body, (size_t)(end - body));
		http_read(connection, &reply);
		close(connection);
	}
	http_release(&reply);
	free(body);
}

/* The header that came with the request, or one that is made. */
static void set_trace(struct call *call, const struct message *request)
{
	if (http_header(request, "X-Amzn-Trace-Id", call->trace) && !strpbrk(call->trace, "\"\\"))
		return;
	snprintf(call->trace, sizeof(call->trace), "Root=1-6a000000-%.8s%.4s%.12s;Sampled=1",
		 call->id, call->id + 9, call->id + 24);
}

static struct call *add_call(struct function *function, const struct message *request)
{
	struct call *call = allocate(sizeof(*call));

	make_id(call->id);
	set_trace(call, request);
	call->function = function;
	call->event = allocate(request->body_bytes + 1);
	call->event_bytes = request->body_bytes;
	memcpy(call->event, request->body, request->body_bytes);
	pthread_mutex_lock(&lock);
	call->next = calls;
	calls = call;
	pthread_mutex_unlock(&lock);
	return call;
}

static void remove_call(struct call *call)
{
	struct call **at = &calls;

	pthread_mutex_lock(&lock);
	while (*at != call)
		at = &(*at)->next;
	*at = call->next;
	pthread_mutex_unlock(&lock);
	free(call->event);
	free(call->result);
	free(call);
}

static void run_call(struct call *call)
{
	int port = function_take(call->function);

	send_event(call, port);
	pthread_mutex_lock(&lock);
	while (!call->is_over)
		pthread_cond_wait(&answered, &lock);
	pthread_mutex_unlock(&lock);
	function_give_back(call->function, port);
}

static void *run_event(void *argument)
{
	run_call(argument);
	remove_call(argument);
	return NULL;
}

/* ---- from the container: /_localstack_lambda/0/invocations/ID/(logs|response|error) ---- */

static void take_result(const struct message *request)
{
	char id[ID_BYTES], what[16];

	if (sscanf(request->path, "/_localstack_lambda/0/invocations/%36[^/]/%15s", id, what) !=
		    2 ||
	    !strcmp(what, "logs"))
		return;
	pthread_mutex_lock(&lock);
	for (struct call *call = calls; call; call = call->next) {
		if (strcmp(call->id, id) || call->is_over)
			continue;
		call->result = allocate(request->body_bytes + 1);
		call->result_bytes = request->body_bytes;
		memcpy(call->result, request->body, request->body_bytes);
		call->is_error = !strcmp(what, "error");
		call->is_over = true;
	}
	pthread_cond_broadcast(&answered);
	pthread_mutex_unlock(&lock);
}

/* ---- requests ---- */

static void serve_invoke(int connection, const struct message *request, struct function *function)
{
	struct call *call = add_call(function, request);
	char head[HEAD_MAX], type[TOKEN_MAX] = "";
	pthread_t thread;

	http_header(request, "X-Amz-Invocation-Type", type);
	if (!strcmp(type, "Event")) {
		snprintf(head, sizeof(head), "HTTP/1.1 202 \r\nx-amzn-RequestId: %s\r\n", call->id);
		if (pthread_create(&thread, NULL, run_event, call))
			exit(1);
		pthread_detach(thread);
		http_write(connection, head, "", 0);
		return;
	}
	run_call(call);
	snprintf(head, sizeof(head),
		 "HTTP/1.1 200 \r\nContent-Type: application/json\r\nx-amzn-RequestId: %s\r\n%s",
		 call->id, call->is_error ? "X-Amz-Function-Error: Unhandled\r\n" : "");
	http_write(connection, head, call->result, call->result_bytes);
	remove_call(call);
}

static void serve(int connection, struct message *request)
{
	struct function *function = functions_find(request->path);

	if (function) {
		serve_invoke(connection, request, function);
	} else if (!strncmp(request->path, "/_localstack_lambda/", 20)) {
		take_result(request);
		http_write(connection, "HTTP/1.1 202 \r\n", "", 0);
	} else {
		http_write(connection, "HTTP/1.1 404 \r\n", "{}", 2);
	}
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	functions_load(argc - 2, argv + 2);
	http_serve(http_listen(atoi(argv[1])), serve);
}
