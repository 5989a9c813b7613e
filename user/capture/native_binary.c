// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * native_binary.c - see native_binary.h.
 *
 * A return probe replaces the return address on the stack. Go moves stacks, and an exception of C++ or a panic
 * of Rust that meets a replaced address ends the program: of these only return instructions are probed, and a
 * call that leaves by a jump goes without a return. C has neither, and a return probe sees all ways out.
 */
#include "capture/native_binary.h"

#include <errno.h>
#include <gelf.h>
#include <libelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture/elf_symbols.h"

#define SYMBOL_MAX 1024
#define CODE_MAX (1u << 20) /* bytes of one function */
#define NEAR_MAX 3
#define NEAR_BYTES_MAX 64

struct match {
	struct elf_function function;
	size_t count; /* of different functions that fit */
};

struct near {
	unsigned int rank;
	char name[NEAR_BYTES_MAX];
};

struct search {
	int fd;		  /* of the file, ... */
	const char *path; /* ... and where it is, for errors */
	const char *symbol;
	const char *word;	  /* its last part: what near matches have in them */
	char mangled[SYMBOL_MAX]; /* how a C++ function of that name begins; empty: none */
	struct match exact, plain;
	struct elf_function cold;   /* what was set apart of a function that fits; or no name */
	struct near near[NEAR_MAX]; /* the nearest first */
	size_t near_count;
	size_t function_count;
};

/* ---- names ---- */

/* "a::b(int)" -> "_ZN1a1bE", "b" -> "_Z1b": Itanium C++ ABI, 5.1.2. Nothing where it is no such name. */
static void mangle(char mangled[SYMBOL_MAX], const char *symbol)
{
	size_t length = strcspn(symbol, "("), used = 0;
	const char *end = symbol + length;
	bool is_nested = memmem(symbol, length, "::", 2);

	mangled[0] = 0;
	if (length > SYMBOL_MAX / 4 || memchr(symbol, '<', length))
		return;
	used = (size_t)sprintf(mangled, is_nested ? "_ZN" : "_Z");
	while (symbol < end) {
		const char *colons = memmem(symbol, (size_t)(end - symbol), "::", 2);
		size_t part = (size_t)((colons ? colons : end) - symbol);

		if (!part || used + part + 8 > SYMBOL_MAX) {
			mangled[0] = 0;
			return;
		}
		used += (size_t)sprintf(mangled + used, "%zu%.*s", part, (int)part, symbol);
		symbol += part + (colons ? 2 : 0);
	}
	if (is_nested)
		strcpy(mangled + used, "E");
}

static const char *last_word(const char *symbol)
{
	const char *word = symbol;

	for (const char *at = symbol; *at && *at != '('; at++)
		if ((*at == ':' || *at == '.') && at[1] && at[1] != '(')
			word = at + 1;
	return word;
}

static void note_match(struct match *match, const struct elf_function *function)
{
	if (match->count && match->function.address == function->address)
		return; /* in both tables */
	match->function = *function;
	match->count++;
}

static size_t common_prefix(const char *left, const char *right)
{
	size_t length = 0;

	while (left[length] && left[length] == right[length])
		length++;
	return length;
}

/* How near @name is to what is looked for; 0: not at all. */
static unsigned int nearness(const struct search *search, const char *name)
{
	size_t half = (strlen(search->word) + 1) / 2;

	if (strcasestr(name, search->symbol))
		return 4;
	if (half > 2 && common_prefix(last_word(name), search->word) >= half)
		return 3;
	return strcasestr(name, search->word) ? 2 : 0;
}

/* Keeps the nearest, and of equally near ones the first. */
static void note_near(struct search *search, const char *name)
{
	unsigned int rank = strlen(name) < NEAR_BYTES_MAX ? nearness(search, name) : 0;
	size_t place = search->near_count;

	for (size_t i = 0; i < search->near_count; i++)
		if (!strcmp(search->near[i].name, name))
			return;
	while (place && search->near[place - 1].rank < rank)
		place--;
	if (!rank || place == NEAR_MAX)
		return;
	search->near_count += search->near_count < NEAR_MAX;
	for (size_t i = search->near_count - 1; i > place; i--)
		search->near[i] = search->near[i - 1];
	search->near[place].rank = rank;
	strcpy(search->near[place].name, name);
}

/* "... [clone .cold]" and the like are no functions of their own: their names have a dot behind. */
static bool is_plain_match(const struct search *search, const char *name)
{
	return search->mangled[0] && !strchr(name, '.') &&
	       !strncmp(name, search->mangled, strlen(search->mangled));
}

static const char *kept_name(const struct search *search)
{
	const struct match *match = search->exact.count ? &search->exact : &search->plain;

	return match->function.name;
}

/* GCC calls what it sets apart NAME.cold. */
static bool visit_cold(void *context, const struct elf_function *function)
{
	struct search *search = context;
	const char *name = kept_name(search);
	size_t length = strlen(name);

	if (strncmp(function->name, name, length) || strcmp(function->name + length, ".cold"))
		return false;
	search->cold = *function;
	return true;
}

static bool visit(void *context, const struct elf_function *function)
{
	struct search *search = context;

	if (!function->offset)
		return false;
	search->function_count++;
	if (!strcmp(function->name, search->symbol))
		note_match(&search->exact, function);
	else if (is_plain_match(search, function->name))
		note_match(&search->plain, function);
	else
		note_near(search, function->name);
	return false;
}

/* ---- errors ---- */

static int tell_missing(const struct search *search, struct diag *diag)
{
	const struct near *near = search->near;

	diag_set(diag, -ENOENT, "%s has no function %s", search->path, search->symbol);
	if (!search->function_count)
		diag_hint(diag, "it has no symbols at all: it may have been stripped");
	else if (search->near_count == 1)
		diag_hint(diag, "it has %s", near[0].name);
	else if (search->near_count == 2)
		diag_hint(diag, "it has %s and %s", near[0].name, near[1].name);
	else if (search->near_count)
		diag_hint(diag, "it has %s, %s, %s ...", near[0].name, near[1].name, near[2].name);
	else
		diag_hint(diag, "nm %s lists its functions", search->path);
	return -ENOENT;
}

static int tell_ambiguous(const struct search *search, struct diag *diag)
{
	diag_set(diag, -ENOTUNIQ, "%s has several functions %s", search->path, search->symbol);
	diag_hint(diag, "give one by its name in the symbol table, which nm %s lists",
		  search->path);
	return -ENOTUNIQ;
}

static int tell_no_returns(const struct search *search, int error, struct diag *diag)
{
	diag_set(diag, error, "%s: where %s returns cannot be told from its code", search->path,
		 search->symbol);
	if (error == -ENODATA)
		diag_hint(diag, "it may leave by jumps alone: probe the function that calls it, or "
				"that it ends with");
	else
		diag_hint(diag, "probe the function that calls it, or one that it calls");
	return error;
}

/* ---- the function ---- */

static bool is_go(Elf *elf)
{
	Elf_Scn *section = NULL;
	size_t names;
	GElf_Shdr header;

	if (elf_getshdrstrndx(elf, &names))
		return false;
	while ((section = elf_nextscn(elf, section))) {
		const char *name = gelf_getshdr(section, &header)
					   ? elf_strptr(elf, names, header.sh_name)
					   : NULL;

		if (name && (!strcmp(name, ".gopclntab") || !strcmp(name, ".go.buildinfo")))
			return true;
	}
	return false;
}

/* @part has the code of @function afterwards: to be freed. */
static int load_part(struct native_part *part, int fd, const struct elf_function *function)
{
	uint8_t *bytes;

	if (!function->offset || !function->bytes || function->bytes > CODE_MAX)
		return -ENODATA;
	bytes = malloc(function->bytes);
	if (!bytes)
		return -ENOMEM;
	if (pread(fd, bytes, function->bytes, (off_t)function->offset) !=
	    (ssize_t)function->bytes) {
		free(bytes);
		return -ENODATA;
	}
	*part = (struct native_part){ bytes, function->bytes, function->address };
	return 0;
}

static uint64_t offset_of(const struct elf_function *pieces, uint64_t address)
{
	bool is_first = address - pieces[0].address < pieces[0].bytes;
	const struct elf_function *piece = is_first ? &pieces[0] : &pieces[1];

	return address - piece->address + piece->offset;
}

/* By the instructions with which it returns; negative where that cannot be. */
static int place_by_code(struct native_function *ret_function, int fd,
			 const struct elf_function *pieces, bool is_go_code)
{
	struct native_part parts[NATIVE_PARTS_MAX] = { 0 };
	size_t count = pieces[1].name ? 2 : 1;
	struct native_code code = { 0 };
	int error = 0;

	for (size_t i = 0; i < count && !error; i++)
		error = load_part(&parts[i], fd, &pieces[i]);
	if (!error)
		error = native_code_read(&code, parts, count, is_go_code);
	for (size_t i = 0; i < count; i++)
		free((void *)parts[i].bytes);
	if (error || !code.return_count)
		return error ? error : -ENODATA;
	for (size_t i = 0; i < code.return_count; i++)
		ret_function->returns[i] = offset_of(pieces, code.returns[i]);
	ret_function->return_count = code.return_count;
	ret_function->has_other_exits = code.has_other_exits;
	ret_function->entry = offset_of(pieces, code.entry);
	return 0;
}

/* Mangled by C++ and by older Rust (_Z), or by Rust (_R). */
static bool can_unwind(const char *name)
{
	return !strncmp(name, "_Z", 2) || !strncmp(name, "_R", 2);
}

/* @pieces: the function, and what was set apart of it. */
static int place_probes(struct native_function *ret_function, int fd,
			const struct elf_function *pieces, bool is_go_code)
{
	int error = 0;

	ret_function->is_go = is_go_code;
	if (is_go_code || can_unwind(pieces[0].name)) {
		error = place_by_code(ret_function, fd, pieces, is_go_code);
	} else {
		ret_function->is_by_return_probe = true;
		ret_function->returns[0] = pieces[0].offset;
		ret_function->return_count = 1;
	}
	if (!error && !is_go_code)
		ret_function->entry = elf_cheap_offset(fd, pieces[0].offset);
	return error;
}

static int find_in(struct native_function *ret_function, Elf *elf, struct search *search,
		   struct diag *diag)
{
	const struct match *match;
	GElf_Ehdr header;
	int error;

	if (!gelf_getehdr(elf, &header) || header.e_machine != EM_X86_64)
		return diag_set(diag, -ENOEXEC, "%s is no program for x86-64", search->path);
	elf_visit_functions(elf, SHT_DYNSYM, visit, search);
	elf_visit_functions(elf, SHT_SYMTAB, visit, search);
	match = search->exact.count ? &search->exact : &search->plain;
	if (!match->count)
		return tell_missing(search, diag);
	if (match->count > 1)
		return tell_ambiguous(search, diag);
	elf_visit_functions(elf, SHT_SYMTAB, visit_cold, search);
	/* What C code a Go program has is called without a package. */
	error = place_probes(ret_function, search->fd,
			     (struct elf_function[]){ match->function, search->cold },
			     is_go(elf) && strchr(match->function.name, '.'));
	return error ? tell_no_returns(search, error, diag) : 0;
}

int native_binary_find(struct native_function *ret_function, int fd, const char *path,
		       const char *symbol, struct diag *diag)
{
	struct search search = {
		.fd = fd, .path = path, .symbol = symbol, .word = last_word(symbol)
	};
	Elf *elf;
	int error;

	memset(ret_function, 0, sizeof(*ret_function));
	mangle(search.mangled, symbol);
	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ,
			NULL); /* mapped, a file that is cut would end this process */
	if (elf && elf_kind(elf) == ELF_K_ELF)
		error = find_in(ret_function, elf, &search, diag);
	else
		error = diag_set(diag, -ENOEXEC, "%s is no program", path);
	elf_end(elf);
	return error;
}
