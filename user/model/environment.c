// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * environment.c - the life of struct environment.
 */
#include "model/environment.h"

#include <stdlib.h>

struct environment *environment_new(void)
{
	struct environment *environment = calloc(1, sizeof(*environment));

	if (environment)
		environment->references = 1;
	return environment;
}

struct environment *environment_ref(struct environment *environment)
{
	if (environment)
		environment->references++;
	return environment;
}

void environment_unref(struct environment *environment)
{
	if (environment && --environment->references == 0)
		free(environment);
}
