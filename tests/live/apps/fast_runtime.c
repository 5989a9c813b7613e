// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * fast_runtime.c - a runtime that asks for its first event as soon as it runs, static so that nothing comes
 * before that. Handles COUNT events, one request per connection, then ends.
 *
 * Usage: fast_runtime COUNT PORT   (of the Runtime API on 127.0.0.1)
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define API "/2018-06-01/runtime/invocation/"

/* Sends @request and reads the whole reply: the server closes. */
static void ask(const char *request, int port, char *reply, size_t size)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };
	size_t bytes = 0;
	ssize_t got = 1;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) ||
	    write(fd, request, strlen(request)) < 0)
		exit(1);
	while (got > 0 && bytes + 1 < size) {
		got = read(fd, reply + bytes, size - bytes - 1);
		bytes += got > 0 ? got : 0;
	}
	reply[bytes] = '\0';
	close(fd);
}

int main(int argc, char **argv)
{
	static const char header[] = "\r\nLambda-Runtime-Aws-Request-Id: ";
	int count = argc > 2 ? atoi(argv[1]) : 0;
	int port = argc > 2 ? atoi(argv[2]) : 0;
	char request[512], reply[4096], *id;

	while (count--) {
		ask("GET " API "next HTTP/1.1\r\nHost: x\r\n\r\n", port, reply, sizeof(reply));
		id = strstr(reply, header);
		if (!id)
			return 1;
		id += strlen(header);
		id[strcspn(id, "\r")] = '\0';
		snprintf(request, sizeof(request),
			 "POST " API
			 "%s/response HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}",
			 id);
		ask(request, port, reply, sizeof(reply));
	}
	return 0;
}
