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

static bool is_file_name(const char *text)
{
	size_t length = strlen(text);

	return strchr(text, '/') || (length > 5 && !strcmp(text + length - 5, ".json"));
}

static int load_file(struct price_plan *ret_plan, const char *path, struct diag *diag)
{
	char *text = malloc(PRICE_PLAN_BYTES_MAX + 1);
	FILE *file = text ? fopen(path, "re") : NULL;
	size_t bytes;
	int error;

	if (!file) {
		error = text ? errno : ENOMEM;
		free(text);
		return diag_set(diag, -error, "%s", strerror(error));
	}
	bytes = fread(text, 1, PRICE_PLAN_BYTES_MAX + 1, file); /* one more: it is too large */
	if (ferror(file))
		error = diag_set(diag, -EIO, "%s", strerror(EIO));
	else
		error = price_plan_parse(ret_plan, text, bytes, diag);
	fclose(file);
	free(text);
	return error;
}

int plan_file_load(struct price_plan *ret_plan, const char *name, struct diag *diag)
{
	const struct shipped_plan *shipped = price_plans_find(name);
	struct nearest_name nearest;

	if (shipped)
		return price_plan_parse(ret_plan, shipped->json, strlen(shipped->json), diag);
	if (is_file_name(name))
		return load_file(ret_plan, name, diag);
	nearest_name_init(&nearest, name);
	for (size_t i = 0; price_plans_get(i); i++)
		nearest_name_offer(&nearest, price_plans_get(i)->name);
	if (!nearest.nearest)
		nearest.nearest = price_plans_get(0)->name;
	diag_set(diag, -ENOENT, "there is no such plan");
	diag_hint(diag, "did you mean %s? A file's name ends with .json, or has a slash",
		  nearest.nearest);
	return -ENOENT;
}
