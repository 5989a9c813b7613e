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
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "capture/elf_symbols.h"

#define SEND_SYMBOL "_ZN4node6worker15MessagePortData18AddToIncomingQueueE"
#define RECEIVE_SYMBOL "_ZN4node6worker7Message11DeserializeE"
#define VERSION_MARK "node.js/v" /* then digits: in the text of Node's warnings and reports */
#define CHUNK_BYTES (256u << 10)

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

static bool search_chunk(const char *chunk, size_t bytes, struct node_binary *binary)
{
	const size_t mark_bytes = sizeof(VERSION_MARK) - 1;
	const char *next = chunk, *end = chunk + bytes;

	while ((next = memmem(next, end - next, VERSION_MARK, mark_bytes))) {
		next += mark_bytes;
		if (read_version(binary->version, next - 1, end - next + 1))
			return true;
	}
	return false;
}

/* Node's constants are tens of megabytes: @chunk, of CHUNK_BYTES, takes one piece at a time. */
static bool search_version(int fd, const GElf_Shdr *header, char *chunk, struct node_binary *binary)
{
	const size_t overlap = sizeof(VERSION_MARK) + NODE_VERSION_MAX;

	for (uint64_t at = 0; at < header->sh_size; at += CHUNK_BYTES - overlap) {
		uint64_t left = header->sh_size - at;
		ssize_t bytes = pread(fd, chunk, left < CHUNK_BYTES ? left : CHUNK_BYTES,
				      (off_t)(header->sh_offset + at));

		if (bytes <= 0)
			return false;
		if (search_chunk(chunk, (size_t)bytes, binary))
			return true;
	}
	return false;
}

/* Constants are in sections that are neither code nor writable. */
static void search_constants(Elf *elf, int fd, struct node_binary *binary)
{
	char *chunk = malloc(CHUNK_BYTES);
	Elf_Scn *section = NULL;
	GElf_Shdr header;

	while (chunk && (section = elf_nextscn(elf, section))) {
		if (gelf_getshdr(section, &header) && header.sh_type == SHT_PROGBITS &&
		    header.sh_flags & SHF_ALLOC &&
		    !(header.sh_flags & (SHF_WRITE | SHF_EXECINSTR)) &&
		    search_version(fd, &header, chunk, binary))
			break;
	}
	free(chunk);
}

/* ---- the file ---- */

static void read_elf(Elf *elf, int fd, bool is_thorough, struct node_binary *binary)
{
	elf_visit_functions(elf, SHT_DYNSYM, note_function, binary);
	if (is_thorough && !has_functions(binary))
		elf_visit_functions(elf, SHT_SYMTAB, note_function, binary);
	if (is_thorough || has_functions(binary))
		search_constants(elf, fd, binary);
}

void node_binary_read(struct node_binary *ret_binary, int fd, bool is_thorough)
{
	Elf *elf;

	memset(ret_binary, 0, sizeof(*ret_binary));
	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ,
			NULL); /* mapped, a file that is cut would end this process */
	if (elf && elf_kind(elf) == ELF_K_ELF)
		read_elf(elf, fd, is_thorough, ret_binary);
	elf_end(elf);
	if (ret_binary->send)
		ret_binary->send = elf_cheap_offset(fd, ret_binary->send);
	if (ret_binary->receive)
		ret_binary->receive = elf_cheap_offset(fd, ret_binary->receive);
}
