/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * text_defaults.h - what a line of the text form may leave out. Parser and printer use the same
 * rules, so that what the printer omits the parser restores. The table of defaults is in
 * include/README.md.
 */
#ifndef IDLETAX_TRACE_TEXT_DEFAULTS_H
#define IDLETAX_TRACE_TEXT_DEFAULTS_H

#include <stdint.h>

#include "trace/fact.h"
#include "trace/fact_schema.h"

/* In a mask of given members: bit i is row i of the kind's table. No kind has 64 rows. */
#define GIVEN_TID (1ull << 63)
_Static_assert(FACT_FIELDS_MAX == 64, "GIVEN_TID needs a bit of its own");

/*
 * Gives the members that are not in @given their defaults, which follow from those that are (and
 * from the time). NULL, or which member may not be left out.
 */
const char *text_defaults_apply(struct fact *fact, uint64_t given);

#endif
