/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * http.h - as much of HTTP/1.1 as the stand-ins in this folder need: blocking sockets, whole messages, on
 * 127.0.0.1 only. What goes wrong ends the program, but for a peer that hangs up.
 */
#ifndef IDLETAX_TESTS_GATEWAYS_HTTP_H
#define IDLETAX_TESTS_GATEWAYS_HTTP_H

#include <stdbool.h>
#include <stddef.h>

#define TOKEN_MAX 256

struct message {
	char *head; /* start line and headers, NUL-terminated */
	char *body; /* of body_bytes, NUL behind it */
	size_t body_bytes;
	char method[TOKEN_MAX]; /* a request's */
	char path[TOKEN_MAX];
	int status; /* a response's */
	/* --- private --- */
	char *data;
	size_t bytes, capacity;
};

int http_listen(int port);
int http_connect(int port); /* -1: nobody listens there */
/* Serves @listener for ever: a thread for each connection, @serve for each request on it. */
void http_serve(int listener, void (*serve)(int connection, struct message *request));

/* The next message; false: the peer hung up. @message is zero at first and reused. */
bool http_read(int connection, struct message *message);
void http_release(struct message *message);
bool http_header(const struct message *message, const char *name, char value[TOKEN_MAX]);

/* @head: start line and headers, without Content-Length and the empty line. */
void http_write(int connection, const char *head, const char *body, size_t body_bytes);

#endif
