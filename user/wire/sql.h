/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * sql.h - what kind of statement a text of SQL begins with. Nothing else of it is kept anywhere.
 */
#ifndef IDLETAX_WIRE_SQL_H
#define IDLETAX_WIRE_SQL_H

#include <stddef.h>
#include <stdint.h>

/* The first keyword, in capitals, of a fixed list; NULL where it is none. @text may be cut anywhere. */
const char *sql_keyword(const uint8_t *text, size_t bytes);

#endif
