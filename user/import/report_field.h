/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * report_field.h - the figures of a REPORT: which keys there are, and their numbers. Private to user/import.
 */
#ifndef IDLETAX_IMPORT_REPORT_FIELD_H
#define IDLETAX_IMPORT_REPORT_FIELD_H

#include <stddef.h>

#include "base/diag.h"
#include "model/reported.h"

/* A key of the text form, or of "metrics" in JSON. */
struct report_key {
	const char *text, *json;
	enum reported_member member;
};

/* By the text's key; NULL: it is no figure that is wanted. */
const struct report_key *report_key_find(const char *key, size_t bytes);
extern const struct report_key report_keys[REPORTED_COUNT];

/* The unit of the text form. */
const char *report_key_unit(const struct report_key *key);

/* Takes a decimal number for @key. 0, or -EINVAL with the reason. */
int report_field_set(struct reported_figures *figures, const struct report_key *key,
		     const char *number, size_t bytes, struct diag *diag);
/* 0, or -EINVAL: it is no id. */
int report_id_set(struct reported *reported, const char *id, size_t bytes, struct diag *diag);

#endif
