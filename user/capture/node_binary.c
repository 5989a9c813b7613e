// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * node_binary.c - see node_binary.h. The functions are found by their mangled names in the symbol tables
 * (Node exports them for its add-ons), the version by the text that all of them carry.
 */
#include "capture/node_binary.h"

#include <ctype.h>
#include <gelf.h>
#include <libelf.h>
#include <stddef.h>
#include <string.h>

#include "capture/elf_symbols.h"

#define SEND_SYMBOL "_ZN4node6worker15MessagePortData18AddToIncomingQueueE"
#define RECEIVE_SYMBOL "_ZN4node6worker7Message11DeserializeE"
#define VERSION_MARK "node.js/v" /* then digits: in the text of Node's warnings and reports */

/* ---- symbols ---- */

/* "...(arguments) [clone .cold]" and the like are no entry points: their names have a dot. */
static bool is_symbol(const char *name, const char *prefix)
{
	return !strncmp(name, prefix, strlen(prefix)) && !strchr(name, '.');
}

static bool has_functions(const struct node_binary *binary)
{
	return binary->send && binary->receive;
}

static bool note_function(void *context, const struct elf_function *function)
{
	struct node_binary *binary = context;

	if (is_symbol(function->name, SEND_SYMBOL))
		binary->send = function->offset;
	else if (is_symbol(function->name, RECEIVE_SYMBOL))
		binary->receive = function->offset;
	return has_functions(binary);
}

/* ---- version ---- */

static bool is_version_byte(char byte)
{
	return isalnum((unsigned char)byte) || byte == '.' || byte == '-';
}

/* "v" and what follows it up to the first byte that is in no version, where that is one. */
static bool read_version(char ret_version[NODE_VERSION_MAX], const char *text, size_t bytes)
{
	size_t length = 1;

	if (bytes < 2 || !isdigit((unsigned char)text[1]))
		return false;
	while (length < bytes && is_version_byte(text[length]))
		length++;
	if (length == bytes || length >= NODE_VERSION_MAX)
		return false;
	memcpy(ret_version, text, length);
	ret_version[length] = '\0';
	return true;
}

static bool search_version(Elf_Scn *section, struct node_binary *binary)
{
	const size_t mark_bytes = sizeof(VERSION_MARK) - 1;
	Elf_Data *data = elf_rawdata(section, NULL);
	const char *next = data ? data->d_buf : NULL;
	const char *end = next ? next + data->d_size : NULL;

	while (next && (next = memmem(next, end - next, VERSION_MARK, mark_bytes))) {
		next += mark_bytes;
		if (read_version(binary->version, next - 1, end - next + 1))
			return true;
	}
	return false;
}

/* Constants are in sections that are neither code nor writable. */
static void search_constants(Elf *elf, struct node_binary *binary)
{
	Elf_Scn *section = NULL;
	GElf_Shdr header;

	while ((section = elf_nextscn(elf, section))) {
		if (gelf_getshdr(section, &header) && header.sh_type == SHT_PROGBITS &&
		    header.sh_flags & SHF_ALLOC &&
		    !(header.sh_flags & (SHF_WRITE | SHF_EXECINSTR)) &&
		    search_version(section, binary))
			return;
	}
}

/* ---- the file ---- */

static void read_elf(Elf *elf, bool is_thorough, struct node_binary *binary)
{
	elf_visit_functions(elf, SHT_DYNSYM, note_function, binary);
	if (is_thorough && !has_functions(binary))
		elf_visit_functions(elf, SHT_SYMTAB, note_function, binary);
	if (is_thorough || has_functions(binary))
		search_constants(elf, binary);
}

void node_binary_read(struct node_binary *ret_binary, int fd, bool is_thorough)
{
	Elf *elf;

	memset(ret_binary, 0, sizeof(*ret_binary));
	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
	if (elf && elf_kind(elf) == ELF_K_ELF)
		read_elf(elf, is_thorough, ret_binary);
	elf_end(elf);
	if (ret_binary->send)
		ret_binary->send = elf_cheap_offset(fd, ret_binary->send);
	if (ret_binary->receive)
		ret_binary->receive = elf_cheap_offset(fd, ret_binary->receive);
}
