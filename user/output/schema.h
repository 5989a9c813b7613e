/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * schema.h - the JSON Schemas (draft 2020-12) of what --json prints and --price-plan reads. They are the files
 * NAME.schema.json beside this one, put into the program as they are.
 */
#ifndef IDLETAX_OUTPUT_SCHEMA_H
#define IDLETAX_OUTPUT_SCHEMA_H

/* The schema's text for "report", "price-plan", ...; NULL where there is none. */
const char *schema_find(const char *name);

#endif
