// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * http.c - see http.h.
 */
#include "http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define MESSAGE_MAX (8u << 20)

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static struct sockaddr_in address_of(int port)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_port = htons((unsigned short)port) };

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return address;
}

static void send_at_once(int connection)
{
	int on = 1;

	setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

int http_listen(int port)
{
	struct sockaddr_in address = address_of(port);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int on = 1;

	if (listener < 0)
		die("socket");
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) || listen(listener, 512))
		die("listen");
	return listener;
}

int http_connect(int port)
{
	struct sockaddr_in address = address_of(port);
	int connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (connection < 0)
		die("socket");
	if (connect(connection, (struct sockaddr *)&address, sizeof(address))) {
		close(connection);
		return -1;
	}
	send_at_once(connection);
	return connection;
}

/* ---- messages ---- */

/* False: the peer hung up. */
static bool read_more(int connection, struct message *message)
{
	ssize_t got;

	if (message->bytes + 1 >= message->capacity) {
		message->capacity = message->capacity ? 2 * message->capacity : 4096;
		message->data = realloc(message->data, message->capacity);
		if (!message->data || message->capacity > MESSAGE_MAX)
			die("message");
	}
	do
		got = recv(connection, message->data + message->bytes,
			   message->capacity - 1 - message->bytes, 0);
	while (got < 0 && errno == EINTR);
	if (got <= 0)
		return false;
	message->bytes += (size_t)got;
	message->data[message->bytes] = 0;
	return true;
}

bool http_header(const struct message *message, const char *name, char value[TOKEN_MAX])
{
	size_t bytes = strlen(name);

	for (const char *line = strstr(message->head, "\r\n"); line; line = strstr(line, "\r\n")) {
		line += 2;
		if (strncasecmp(line, name, bytes) || line[bytes] != ':')
			continue;
		line += bytes + 1;
		line += strspn(line, " ");
		snprintf(value, TOKEN_MAX, "%.*s", (int)strcspn(line, "\r"), line);
		return true;
	}
	return false;
}

/* The chunks at @offset, joined in place. */
static bool read_chunks(int connection, struct message *message, size_t offset)
{
	size_t joined = 0;

	for (;;) {
		char *line = message->data + offset + joined, *end = strstr(line, "\r\n");
		size_t size, skipped;

		if (!end) {
			if (!read_more(connection, message))
				return false;
			continue;
		}
		size = strtoul(line, NULL, 16);
		skipped = (size_t)(end - line) + 2;
		while (message->bytes < offset + joined + skipped + size + 2)
			if (!read_more(connection, message))
				return false;
		line = message->data + offset + joined;
		memmove(line, line + skipped, size);
		joined += size;
		memmove(line + size, line + size + skipped + 2,
			message->bytes - offset - joined - skipped - 2);
		message->bytes -= skipped + 2;
		message->data[message->bytes] = 0;
		if (!size)
			break;
	}
	message->body_bytes = joined;
	return true;
}

static bool read_body(int connection, struct message *message, size_t offset)
{
	char value[TOKEN_MAX];

	if (http_header(message, "Expect", value))
		(void)!write(connection, "HTTP/1.1 100 Continue\r\n\r\n", 25);
	if (http_header(message, "Transfer-Encoding", value))
		return read_chunks(connection, message, offset);
	message->body_bytes =
		http_header(message, "Content-Length", value) ? strtoul(value, NULL, 10) : 0;
	while (message->bytes < offset + message->body_bytes)
		if (!read_more(connection, message))
			return false;
	return true;
}

bool http_read(int connection, struct message *message)
{
	char *end, *head;
	size_t offset;

	message->bytes = 0; /* nobody here sends the next request before it has its answer */
	message->body_bytes = 0;
	do
		if (!read_more(connection, message))
			return false;
	while (!(end = strstr(message->data, "\r\n\r\n")));
	offset = (size_t)(end - message->data) + 4;
	head = strndup(message->data, offset - 2);
	if (!head)
		die("message");
	free(message->head);
	message->head = head;
	if (sscanf(head, "HTTP/1.%*c %d", &message->status) != 1 &&
	    sscanf(head, "%255s %255s", message->method, message->path) != 2)
		return false;
	if (!read_body(connection, message, offset))
		return false;
	message->body = message->data + offset;
	message->body[message->body_bytes] = 0;
	return true;
}

void http_release(struct message *message)
{
	free(message->head);
	free(message->data);
	memset(message, 0, sizeof(*message));
}

void http_write(int connection, const char *head, const char *body, size_t body_bytes)
{
	char length[64];
	int length_bytes =
		snprintf(length, sizeof(length), "Content-Length: %zu\r\n\r\n", body_bytes);
	struct iovec parts[] = { { (void *)head, strlen(head) },
				 { length, (size_t)length_bytes },
				 { (void *)body, body_bytes } };
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = 3 };

	while (message.msg_iovlen) {
		ssize_t sent = sendmsg(connection, &message, MSG_NOSIGNAL);

		if (sent < 0)
			return; /* it hung up */
		while (message.msg_iovlen && (size_t)sent >= message.msg_iov->iov_len) {
			sent -= (ssize_t)message.msg_iov->iov_len;
			message.msg_iov++;
			message.msg_iovlen--;
		}
		if (message.msg_iovlen) {
			message.msg_iov->iov_base = (char *)message.msg_iov->iov_base + sent;
			message.msg_iov->iov_len -= (size_t)sent;
		}
	}
}

/* ---- servers ---- */

struct served {
	int connection;
	void (*serve)(int connection, struct message *request);
};

static void *serve_connection(void *argument)
{
	struct served served = *(struct served *)argument;
	struct message request = { 0 };

	free(argument);
	while (http_read(served.connection, &request))
		served.serve(served.connection, &request);
	http_release(&request);
	close(served.connection);
	return NULL;
}

void http_serve(int listener, void (*serve)(int connection, struct message *request))
{
	for (;;) {
		struct served *served = malloc(sizeof(*served));
		pthread_t thread;

		if (!served)
			die("malloc");
		served->serve = serve;
		served->connection = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		if (served->connection < 0)
			die("accept");
		send_at_once(served->connection);
		if (pthread_create(&thread, NULL, serve_connection, served))
			die("thread");
		pthread_detach(thread);
	}
}
