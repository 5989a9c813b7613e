/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * many_runtime.c - the smallest runtime: asks for events, answers them at once, and ends after so many or
 * when its emulator hangs up. A new connection after every PER_CONNECTION requests.
 *
 *   many_runtime EVENTS PER_CONNECTION
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define REPLY_MAX 4096

static struct sockaddr_in address = { .sin_family = AF_INET };
static unsigned long per_connection, requests;
static int connection = -1;

static void set_address(const char *text)
{
	char host[64];
	unsigned int port;

	if (!text || sscanf(text, "%63[^:]:%u", host, &port) != 2 ||
	    inet_pton(AF_INET, host, &address.sin_addr) != 1)
		exit(2);
	address.sin_port = htons((unsigned short)port);
}

static void connect_again(void)
{
	int on = 1;

	if (connection >= 0)
		close(connection);
	connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connection < 0 || connect(connection, (struct sockaddr *)&address, sizeof(address)))
		exit(0); /* the emulator is gone */
	setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

/* Sends @request and reads a whole reply with Content-Length into @reply. Ends where there is none. */
static void ask(const char *request, char reply[REPLY_MAX])
{
	size_t bytes = 0, wanted = REPLY_MAX;

	if (requests++ % per_connection == 0 || connection < 0)
		connect_again();
	if (write(connection, request, strlen(request)) != (ssize_t)strlen(request))
		exit(0);
	while (bytes < wanted && bytes < REPLY_MAX - 1) {
		ssize_t got = read(connection, reply + bytes, REPLY_MAX - 1 - bytes);
		const char *body, *length;

		if (got <= 0)
			exit(0);
		bytes += (size_t)got;
		reply[bytes] = 0;
		body = strstr(reply, "\r\n\r\n");
		length = strcasestr(reply, "content-length:");
		if (body && length)
			wanted = (size_t)(body + 4 - reply) + strtoul(length + 15, NULL, 10);
	}
}

static void answer(const char *api, const char *id, const char *how)
{
	char request[512], reply[REPLY_MAX];
	bool hangs_up = !strcmp(how, "hang-up");

	snprintf(request, sizeof(request),
		 "POST /2018-06-01/runtime/invocation/%s/response HTTP/1.1\r\nHost: %s\r\n"
		 "Content-Length: 4\r\n\r\n%s",
		 id, api, hangs_up ? "\"o" : "\"ok\"");
	if (!hangs_up) {
		ask(request, reply);
	} else {
		if (write(connection, request, strlen(request)) < 0)
			exit(0);
		close(connection);
		connection = -1;
	}
}

int main(int argc, char **argv)
{
	const char *rudeness = argc > 3 ? argv[3] : "";
	const char *api = getenv("AWS_LAMBDA_RUNTIME_API");
	unsigned long events = argc > 1 ? strtoul(argv[1], NULL, 10) : 1;
	char request[512], reply[REPLY_MAX], id[64];
	const char *header;

	per_connection = argc > 2 ? strtoul(argv[2], NULL, 10) : 1;
	set_address(api);
	for (unsigned long i = 0; per_connection && i < events; i++) {
		const char *how = i % 3 == 1 ? rudeness : "";

		snprintf(request, sizeof(request),
			 "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: %s\r\n"
			 "X-Runtime-Pid: %d\r\n\r\n",
			 api, getpid());
		ask(request, reply);
		header = strcasestr(reply, "lambda-runtime-aws-request-id:");
		if (!header || sscanf(header + 30, " %63[^\r]", id) != 1)
			return 1;
		if (strcmp(how, "give-up") != 0)
			answer(api, id, how);
	}
	return 0;
}
