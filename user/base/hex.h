/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * hex.h - hexadecimal digits.
 */
#ifndef IDLETAX_BASE_HEX_H
#define IDLETAX_BASE_HEX_H

/* 0 to 15, or -1 where @character is no digit. Either case. */
static inline int hex_digit(char character)
{
	if (character >= '0' && character <= '9')
		return character - '0';
	if (character >= 'a' && character <= 'f')
		return character - 'a' + 10;
	if (character >= 'A' && character <= 'F')
		return character - 'A' + 10;
	return -1;
}

#endif
