// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * functions.c - see functions.h.
 */
#include "functions.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FUNCTIONS_MAX 16
#define CONTAINERS_MAX 64
#define NAME_MAX_BYTES 64

struct function {
	char name[NAME_MAX_BYTES];
	int free[CONTAINERS_MAX]; /* ports */
	int free_count;
};

static struct function functions[FUNCTIONS_MAX];
static int function_count;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t given_back = PTHREAD_COND_INITIALIZER;

void functions_load(int count, char **arguments)
{
	for (int i = 0; i < count && i < FUNCTIONS_MAX; i++) {
		struct function *function = &functions[function_count++];
		char *ports = strchr(arguments[i], '=');

		if (!ports || ports - arguments[i] >= NAME_MAX_BYTES) {
			fprintf(stderr, "%s: not NAME=PORT,PORT...\n", arguments[i]);
			exit(2);
		}
		snprintf(function->name, sizeof(function->name), "%.*s",
			 (int)(ports - arguments[i]), arguments[i]);
		for (char *port = strtok(ports + 1, ","); port; port = strtok(NULL, ","))
			if (function->free_count < CONTAINERS_MAX)
				function->free[function->free_count++] = atoi(port);
	}
}

struct function *functions_find(const char *path)
{
	char name[NAME_MAX_BYTES], end = 0;

	if (sscanf(path, "/2015-03-31/functions/%63[^/]/invocation%c", name, &end) != 2 ||
	    end != 's')
		return NULL;
	for (int i = 0; i < function_count; i++)
		if (!strcmp(functions[i].name, name))
			return &functions[i];
	return NULL;
}

const char *function_name(const struct function *function)
{
	return function->name;
}

int function_take(struct function *function)
{
	int port;

	pthread_mutex_lock(&lock);
	while (!function->free_count)
		pthread_cond_wait(&given_back, &lock);
	port = function->free[--function->free_count];
	pthread_mutex_unlock(&lock);
	return port;
}

void function_give_back(struct function *function, int port)
{
	pthread_mutex_lock(&lock);
	function->free[function->free_count++] = port;
	pthread_cond_broadcast(&given_back);
	pthread_mutex_unlock(&lock);
}
