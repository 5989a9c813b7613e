// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * plan_file.c - see plan_file.h.
 */
#include "cmd/plan_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/price_plan_read.h"
#include "analysis/price_plans.h"
#include "base/nearest_name.h"
#include "cmd/text_file.h"

static bool is_file_name(const char *text)
{
	size_t length = strlen(text);

	return strchr(text, '/') || (length > 5 && !strcmp(text + length - 5, ".json"));
}

static int load_file(struct price_plan *ret_plan, const char *path, struct diag *diag)
{
	char *text;
	size_t bytes;
	/* one more byte: it is too large */
	int error = text_file_read(&text, &bytes, path, PRICE_PLAN_BYTES_MAX + 1, diag);

	if (error)
		return error;
	error = price_plan_parse(ret_plan, text, bytes, diag);
	free(text);
	return error;
}

/* The nearest name, else all. */
static void hint_names(struct diag *diag, const char *wanted)
{
	struct nearest_name nearest;
	char list[DIAG_TEXT_MAX] = "";
	size_t used = 0;

	nearest_name_init(&nearest, wanted);
	for (size_t i = 0; price_plans_get(i); i++) {
		const char *name = price_plans_get(i)->name;

		nearest_name_offer(&nearest, name);
		if (used < sizeof(list))
			used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s",
						 i ? ", " : "", name);
	}
	if (nearest.nearest)
		diag_hint(diag, "did you mean %s? A file's name ends with .json, or has a slash",
			  nearest.nearest);
	else
		diag_hint(diag, "there are: %s; a file's name ends with .json, or has a slash",
			  list);
}

int plan_file_load(struct price_plan *ret_plan, const char *name, struct diag *diag)
{
	const struct shipped_plan *shipped = price_plans_find(name);

	if (shipped)
		return price_plan_parse(ret_plan, shipped->json, strlen(shipped->json), diag);
	if (is_file_name(name))
		return load_file(ret_plan, name, diag);
	diag_set(diag, -ENOENT, "there is no such plan");
	hint_names(diag, name);
	return -ENOENT;
}
