// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * node_probe.c - see node_probe.h. Goes in: a process id. Looks for two C++ symbols of Node in its
 * executable, or in libnode.so where Node is a shared library. Programs without them are nobody's error
 * and are remembered; a program that is called node and lacks them is told in the log.
 */
#include "capture/node_probe.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/units.h"
#include "capture/proc.h"
#include "capture/uprobe.h"

#define PROGRAMS_MAX 1024 /* distinct executables that are remembered */
#define LOADING_MAX 16	  /* processes whose libraries are awaited */
#define LOADING_NS (2 * NS_PER_S)

#define SEND_SYMBOL "_ZN4node6worker15MessagePortData18AddToIncomingQueueE"
#define RECEIVE_SYMBOL "_ZN4node6worker7Message11DeserializeE"

struct program {
	dev_t device;
	ino_t inode;
};

struct loading {
	pid_t pid;
	uint64_t until_ns;
};

struct node_probes {
	struct uprobes *uprobes;
	const struct bpf_program *on_send;
	const struct bpf_program *on_receive;
	struct program programs[PROGRAMS_MAX];
	size_t program_count;
	struct loading loading[LOADING_MAX];
	size_t loading_count;
};

struct symbols {
	uint64_t send; /* file offsets; 0: not found */
	uint64_t receive;
};

int node_probes_new(struct node_probes **ret_probes, struct uprobes *uprobes,
		    const struct bpf_program *on_send, const struct bpf_program *on_receive)
{
	struct node_probes *probes = calloc(1, sizeof(*probes));

	if (!probes)
		return -ENOMEM;
	elf_version(EV_CURRENT);
	probes->uprobes = uprobes;
	probes->on_send = on_send;
	probes->on_receive = on_receive;
	*ret_probes = probes;
	return 0;
}

void node_probes_free(struct node_probes *probes)
{
	free(probes);
}

/* ---- symbols ---- */

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

/* "...(arguments) [clone .cold]" and the like are no entry points: their names have a dot. */
static bool is_symbol(const char *name, const char *prefix)
{
	return !strncmp(name, prefix, strlen(prefix)) && !strchr(name, '.');
}

static void search_section(Elf *elf, Elf_Scn *section, const GElf_Shdr *header,
			   struct symbols *symbols)
{
	size_t count = header->sh_entsize ? header->sh_size / header->sh_entsize : 0;
	Elf_Data *data = elf_getdata(section, NULL);
	GElf_Sym symbol;
	const char *name;

	for (size_t i = 0; data && i < count; i++) {
		if (!gelf_getsym(data, i, &symbol) || GELF_ST_TYPE(symbol.st_info) != STT_FUNC ||
		    !symbol.st_value)
			continue;
		name = elf_strptr(elf, header->sh_link, symbol.st_name);
		if (!name)
			continue;
		if (is_symbol(name, SEND_SYMBOL))
			symbols->send = file_offset(elf, symbol.st_value);
		else if (is_symbol(name, RECEIVE_SYMBOL))
			symbols->receive = file_offset(elf, symbol.st_value);
		if (symbols->send && symbols->receive)
			return;
	}
}

static void search_sections(Elf *elf, uint32_t type, struct symbols *symbols)
{
	Elf_Scn *section = NULL;
	GElf_Shdr header;

	while ((section = elf_nextscn(elf, section))) {
		if (gelf_getshdr(section, &header) && header.sh_type == type)
			search_section(elf, section, &header, symbols);
	}
}

/*
 * A probe on `push` is emulated, one on `endbr64` is single-stepped at ten times the cost: go past it,
 * where the arguments are still intact.
 */
static uint64_t cheap_offset(int fd, uint64_t offset)
{
	static const uint8_t endbr64[] = { 0xf3, 0x0f, 0x1e, 0xfa };
	uint8_t code[sizeof(endbr64)];

	if (pread(fd, code, sizeof(code), offset) == sizeof(code) &&
	    !memcmp(code, endbr64, sizeof(code)))
		return offset + sizeof(endbr64);
	return offset;
}

/* @is_thorough: looks at the full symbol table too, which is large. 0 or negative errno. */
static int find_symbols(const char *path, bool is_thorough, struct symbols *ret_symbols)
{
	struct symbols symbols = { 0 };
	Elf *elf;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
	if (elf && elf_kind(elf) == ELF_K_ELF) {
		search_sections(elf, SHT_DYNSYM, &symbols);
		if (is_thorough && !(symbols.send && symbols.receive))
			search_sections(elf, SHT_SYMTAB, &symbols);
	}
	elf_end(elf);
	if (symbols.send)
		symbols.send = cheap_offset(fd, symbols.send);
	if (symbols.receive)
		symbols.receive = cheap_offset(fd, symbols.receive);
	close(fd);
	*ret_symbols = symbols;
	return 0;
}

/* ---- attaching ---- */

static int attach(struct node_probes *probes, const struct bpf_program *program, const char *path,
		  uint64_t offset)
{
	const struct uprobe_target target = { .path = path, .offsets = &offset, .count = 1 };

	return uprobes_attach(probes->uprobes, program, &target);
}

static bool is_seen(struct node_probes *probes, const struct stat *file)
{
	for (size_t i = 0; i < probes->program_count; i++) {
		if (probes->programs[i].device == file->st_dev &&
		    probes->programs[i].inode == file->st_ino)
			return true;
	}
	if (probes->program_count < PROGRAMS_MAX) {
		probes->programs[probes->program_count].device = file->st_dev;
		probes->programs[probes->program_count++].inode = file->st_ino;
	}
	return false;
}

/* True where @path has both symbols. @name is what the log calls it. */
static bool probe_file(struct node_probes *probes, const char *path, const char *name,
		       bool is_thorough)
{
	struct symbols symbols = { 0 };
	int error;

	error = find_symbols(path, is_thorough, &symbols);
	if (error || !symbols.send || !symbols.receive)
		return false;
	error = attach(probes, probes->on_send, path, symbols.send);
	if (!error)
		error = attach(probes, probes->on_receive, path, symbols.receive);
	if (error)
		log_message(LOG_WARNING, "%s: worker messages are not recorded: %s", name,
			    strerror(-error));
	else
		log_message(LOG_DEBUG, "%s: recording worker messages", name);
	return true;
}

static void await_library(struct node_probes *probes, pid_t pid)
{
	if (probes->loading_count == LOADING_MAX)
		return;
	probes->loading[probes->loading_count].pid = pid;
	probes->loading[probes->loading_count++].until_ns = clock_monotonic_ns() + LOADING_NS;
}

void node_probes_consider(struct node_probes *probes, pid_t pid)
{
	char path[64], target[PATH_MAX];
	const char *name;
	struct stat file;
	ssize_t bytes;
	bool is_node;

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	if (stat(path, &file) || is_seen(probes, &file))
		return;
	bytes = readlink(path, target, sizeof(target) - 1);
	target[bytes > 0 ? bytes : 0] = '\0';
	name = strrchr(target, '/') ? strrchr(target, '/') + 1 : target;
	is_node = !strncmp(name, "node", 4);
	if (!probe_file(probes, path, target, is_node) && is_node)
		await_library(probes, pid);
}

/* True when there is nothing more to wait for. */
static bool retry_loading(struct node_probes *probes, const struct loading *loading)
{
	char library[PATH_MAX], path[PATH_MAX + 32];
	struct stat file;
	int error;

	error = proc_find_mapping(loading->pid, "libnode.so", library, sizeof(library));
	if (error == -ENOENT && clock_monotonic_ns() < loading->until_ns)
		return false;
	if (error == -ENOENT)
		log_message(LOG_WARNING,
			    "process %d: this node has no symbols: its worker messages are not "
			    "recorded",
			    (int)loading->pid);
	if (error)
		return true;
	snprintf(path, sizeof(path), "/proc/%d/root%s", (int)loading->pid, library);
	if (stat(path, &file) || is_seen(probes, &file))
		return true;
	if (!probe_file(probes, path, library, true))
		log_message(LOG_WARNING, "%s has no symbols: worker messages are not recorded",
			    library);
	return true;
}

void node_probes_retry(struct node_probes *probes)
{
	size_t kept = 0;

	for (size_t i = 0; i < probes->loading_count; i++) {
		if (!retry_loading(probes, &probes->loading[i]))
			probes->loading[kept++] = probes->loading[i];
	}
	probes->loading_count = kept;
}
