// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * init.c - stands in for LocalStack's init process, the first one of a function's container.
 *
 *   init PORT API-PORT GATEWAY-PORT COMMAND...
 *
 * Starts COMMAND, a runtime, and hands over to it on the Runtime API what POST /invoke on PORT brings, one
 * event at a time and under the id that came with it; /invoke is answered before that. When the runtime asks
 * for the next event it posts the logs and the result to the gateway, each on a new connection.
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "http.h"

#define HEAD_MAX 1024

struct event {
	char id[TOKEN_MAX], arn[TOKEN_MAX], trace[TOKEN_MAX];
	char *payload;
	char *result; /* once there is one */
	size_t result_bytes;
	bool is_error;
};

static int gateway_port, api_port;
static struct event *pending, *current;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t came = PTHREAD_COND_INITIALIZER;

/* ---- the event that came ---- */

/* Copies the string member @key, unescaped, to @to, which has room for all of @text. */
static void read_member(char *to, const char *text, const char *key)
{
	const char *from = strstr(text, key);

	from = from ? strchr(from + strlen(key) + 1, '"') : NULL;
	for (from = from ? from + 1 : ""; *from && *from != '"'; from++) {
		unsigned int code;

		if (*from != '\\') {
			*to++ = *from;
		} else if (*++from == 'u' && sscanf(from, "u%4x", &code) == 1) {
			*to++ = (char)code;
			from += 4;
		} else {
			*to++ = *from;
		}
	}
	*to = 0;
}

static void read_token(char token[TOKEN_MAX], const char *text, const char *key)
{
	char *whole = malloc(strlen(text) + 1);

	if (!whole)
		exit(1);
	read_member(whole, text, key);
	snprintf(token, TOKEN_MAX, "%s", whole);
	free(whole);
}

static void serve_invoke(int connection, struct message *request)
{
	struct event *event = calloc(1, sizeof(*event));

	if (!event || !(event->payload = malloc(request->body_bytes + 1)))
		exit(1);
	read_token(event->id, request->body, "\"invoke-id\":");
	read_token(event->arn, request->body, "\"invoked-function-arn\":");
	read_token(event->trace, request->body, "\"trace-id\":");
	read_member(event->payload, request->body, "\"payload\":");
	http_write(connection, "HTTP/1.1 200 OK\r\n", "OK", 2);
	pthread_mutex_lock(&lock);
	pending = event;
	pthread_cond_signal(&came);
	pthread_mutex_unlock(&lock);
}

/* ---- the Runtime API ---- */

static void post(const char *id, const char *what, const char *body, size_t bytes)
{
	struct message reply = { 0 };
	int connection = http_connect(gateway_port);
	char head[HEAD_MAX];

	snprintf(head, sizeof(head),
		 "POST /_localstack_lambda/0/invocations/%s/%s HTTP/1.1\r\nHost: 127.0.0.1\r\n", id,
		 what);
	if (connection >= 0) {
		http_write(connection, head, body, bytes);
		http_read(connection, &reply);
		close(connection);
	}
	http_release(&reply);
}

/* The runtime is done with it. */
static void finish(struct event *event)
{
	static const char logs[] = "{\"logs\": \"\"}";

	post(event->id, "logs", logs, sizeof(logs) - 1);
	post(event->id, event->is_error ? "error" : "response", event->result, event->result_bytes);
	free(event->payload);
	free(event->result);
	free(event);
}

static struct event *wait_for_event(void)
{
	struct event *event;

	pthread_mutex_lock(&lock);
	while (!pending)
		pthread_cond_wait(&came, &lock);
	event = pending;
	pending = NULL;
	pthread_mutex_unlock(&lock);
	return event;
}

static void serve_next(int connection)
{
	struct timespec now;
	char head[HEAD_MAX];

	if (current && current->result)
		finish(current);
	current = wait_for_event();
	clock_gettime(CLOCK_REALTIME, &now);
	snprintf(head, sizeof(head),
		 "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
		 "Lambda-Runtime-Aws-Request-Id: %s\r\nLambda-Runtime-Deadline-Ms: %lld\r\n"
		 "Lambda-Runtime-Invoked-Function-Arn: %s\r\nLambda-Runtime-Trace-Id: %s\r\n",
		 current->id, (long long)now.tv_sec * 1000 + 60000, current->arn, current->trace);
	http_write(connection, head, current->payload, strlen(current->payload));
}

static void take_result(const struct message *request, bool is_error)
{
	if (!current || current->result || !strstr(request->path, current->id))
		return;
	current->result = malloc(request->body_bytes + 1);
	if (!current->result)
		exit(1);
	memcpy(current->result, request->body, request->body_bytes);
	current->result_bytes = request->body_bytes;
	current->is_error = is_error;
}

/* The runtime does one thing at a time, so nothing here needs the lock. */
static void serve_api(int connection, struct message *request)
{
	const char *last = strrchr(request->path, '/');

	if (!strcmp(last, "/next")) {
		serve_next(connection);
		return;
	}
	if (!strcmp(last, "/response") || !strcmp(last, "/error"))
		take_result(request, !strcmp(last, "/error"));
	http_write(connection, "HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\n",
		   "{\"status\":\"OK\"}", 15);
}

static void *serve_apis(void *listener)
{
	http_serve(*(int *)listener, serve_api);
	return NULL;
}

static void start_runtime(char **command)
{
	char address[64];

	snprintf(address, sizeof(address), "127.0.0.1:%d", api_port);
	if (fork())
		return;
	setenv("AWS_LAMBDA_RUNTIME_API", address, 1);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	execvp(command[0], command);
	_exit(127);
}

int main(int argc, char **argv)
{
	static int api_listener;
	pthread_t thread;

	if (argc < 5)
		return 2;
	api_port = atoi(argv[2]);
	gateway_port = atoi(argv[3]);
	api_listener = http_listen(api_port);
	start_runtime(argv + 4);
	if (pthread_create(&thread, NULL, serve_apis, &api_listener))
		return 1;
	http_serve(http_listen(atoi(argv[1])), serve_invoke);
}
