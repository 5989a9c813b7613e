/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * cbor.h - finds a text among the members of a CBOR map (RFC 8949): bodies of the AWS protocols
 * rpc-v2-cbor and CBOR 1.1. Reads a truncated map as far as it goes, builds nothing, does not recurse.
 */
#ifndef IDLETAX_WIRE_CBOR_H
#define IDLETAX_WIRE_CBOR_H

#include <stddef.h>

/*
 * The text that is the value of the map's member @key; NULL where there is none, where it is no text of
 * definite length, or where it is not all there.
 */
const char *cbor_find_text(const char *data, size_t bytes, const char *key, size_t *ret_bytes);

#endif
