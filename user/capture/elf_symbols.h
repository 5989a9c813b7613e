/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * elf_symbols.h - the functions that a program's symbol tables name, and where they are in its file.
 */
#ifndef IDLETAX_CAPTURE_ELF_SYMBOLS_H
#define IDLETAX_CAPTURE_ELF_SYMBOLS_H

#include <libelf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct elf_function {
	const char *name; /* lives as long as the Elf */
	uint64_t address;
	uint64_t offset; /* in the file; 0: it has no place there */
	uint64_t bytes;	 /* 0: unknown */
};

/* True ends the visit. */
typedef bool (*elf_visit)(void *context, const struct elf_function *function);

/* Visits the functions of all tables of @type: SHT_DYNSYM (what others may call) or SHT_SYMTAB (all). */
void elf_visit_functions(Elf *elf, uint32_t type, elf_visit visit, void *context);

/*
 * A probe on `push` is emulated, one on `endbr64` is single-stepped at ten times the cost: where a function
 * begins with that, the offset behind it, where the arguments are still intact.
 */
uint64_t elf_cheap_offset(int fd, uint64_t offset);

#endif
