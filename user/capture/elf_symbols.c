// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * elf_symbols.c - see elf_symbols.h.
 */
#include "capture/elf_symbols.h"

#include <gelf.h>
#include <string.h>
#include <unistd.h>

static uint64_t file_offset(Elf *elf, uint64_t address)
{
	GElf_Phdr segment;
	size_t count = 0;

	elf_getphdrnum(elf, &count);
	for (size_t i = 0; i < count; i++) {
		if (gelf_getphdr(elf, i, &segment) && segment.p_type == PT_LOAD &&
		    address >= segment.p_vaddr && address < segment.p_vaddr + segment.p_filesz)
			return address - segment.p_vaddr + segment.p_offset;
	}
	return 0;
}

static bool visit_section(Elf *elf, Elf_Scn *section, const GElf_Shdr *header, elf_visit visit,
			  void *context)
{
	size_t count = header->sh_entsize ? header->sh_size / header->sh_entsize : 0;
	Elf_Data *data = elf_getdata(section, NULL);
	struct elf_function function;
	GElf_Sym symbol;

	for (size_t i = 0; data && i < count; i++) {
		if (!gelf_getsym(data, i, &symbol) || GELF_ST_TYPE(symbol.st_info) != STT_FUNC ||
		    !symbol.st_value)
			continue;
		function.name = elf_strptr(elf, header->sh_link, symbol.st_name);
		if (!function.name)
			continue;
		function.address = symbol.st_value;
		function.offset = file_offset(elf, symbol.st_value);
		function.bytes = symbol.st_size;
		if (visit(context, &function))
			return true;
	}
	return false;
}

void elf_visit_functions(Elf *elf, uint32_t type, elf_visit visit, void *context)
{
	Elf_Scn *section = NULL;
	GElf_Shdr header;

	while ((section = elf_nextscn(elf, section))) {
		if (gelf_getshdr(section, &header) && header.sh_type == type &&
		    visit_section(elf, section, &header, visit, context))
			return;
	}
}

uint64_t elf_cheap_offset(int fd, uint64_t offset)
{
	static const uint8_t endbr64[] = { 0xf3, 0x0f, 0x1e, 0xfa };
	uint8_t code[sizeof(endbr64)];

	if (pread(fd, code, sizeof(code), offset) == sizeof(code) &&
	    !memcmp(code, endbr64, sizeof(code)))
		return offset + sizeof(endbr64);
	return offset;
}
