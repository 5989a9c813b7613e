// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * native_probe.c - see native_probe.h.
 */
#include "capture/native_probe.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "capture/held_file.h"
#include "capture/native_binary.h"
#include "capture/uprobe.h"
#include "probe_config.h"

#define FILES_MAX 16 /* distinct files of one name */

struct probed_file {
	dev_t device;
	ino_t inode;
	time_t written_s;
};

struct native_probe {
	char *real_path; /* of a BINARY that is a path: what its processes are known by */
	struct probed_file files[FILES_MAX]; /* that were looked at */
	size_t file_count;
	bool is_attached;
	bool is_risk_told;
	bool is_limit_told;
};

struct native_probes {
	struct native_probes_options options;
	struct native_probe *probes; /* by number */
};

static bool is_path(const char *binary)
{
	return strchr(binary, '/');
}

/* The path of @binary in PATH into @path. */
static bool find_in_path(const char *binary, char path[PATH_MAX])
{
	const char *next = getenv("PATH");

	while (next && *next) {
		size_t length = strcspn(next, ":");

		if (snprintf(path, PATH_MAX, "%.*s/%s", (int)length, next, binary) < PATH_MAX &&
		    length && !access(path, X_OK))
			return true;
		next += length + (next[length] == ':');
	}
	return false;
}

/* The file that can be looked at before anything runs; NULL: none. */
static const char *find_file(const struct native_probe_spec *spec, char path[PATH_MAX])
{
	if (is_path(spec->binary))
		return spec->binary;
	return find_in_path(spec->binary, path) ? path : NULL;
}

static int open_binary(struct held_file *ret_file, const char *path, struct diag *diag)
{
	int error = held_file_open(ret_file, path);

	return error ? diag_set(diag, error, "%s: %s", path, strerror(-error)) : 0;
}

static int check_function(const char *path, const char *symbol, struct diag *diag)
{
	struct native_function function;
	struct held_file file;
	int error = open_binary(&file, path, diag);

	if (error)
		return error;
	error = native_binary_find(&function, file.fd, path, symbol, diag);
	held_file_close(&file);
	return error;
}

int native_probes_check(const struct native_probe_spec *specs, size_t count, struct diag *diag)
{
	char found[PATH_MAX];
	int error = 0;

	for (size_t i = 0; i < count && !error; i++) {
		const char *path = find_file(&specs[i], found);

		if (path)
			error = check_function(path, specs[i].symbol, diag);
	}
	return error;
}

/* ---- attaching ---- */

static int attach_returns(const struct native_probes *probes,
			  const struct native_function *function, const char *path, uint64_t cookie)
{
	uint64_t cookies[NATIVE_RETURNS_MAX];
	const struct uprobe_target target = {
		.path = path,
		.offsets = function->returns,
		.cookies = cookies,
		.count = function->return_count,
		.is_return = function->is_by_return_probe,
	};

	for (size_t i = 0; i < function->return_count; i++)
		cookies[i] = cookie;
	return uprobes_attach(probes->options.uprobes, probes->options.on_return, &target);
}

/* What the user should know of how calls of this function are seen. */
static void tell_limits(struct native_probe *probe, const struct native_probe_spec *spec,
			const struct native_function *function)
{
	if (probe->is_risk_told)
		return;
	probe->is_risk_told = true;
	if (function->is_by_return_probe)
		log_message(LOG_NOTE,
			    "%s is probed as a function of C: a C++ exception or a Rust panic that "
			    "passes through it would end the program",
			    spec->symbol);
	else if (function->has_other_exits && !function->is_go)
		log_message(LOG_NOTE,
			    "%s may leave by a jump: calls that do so are recorded as incomplete",
			    spec->symbol);
}

/* The returns first: an entry without its return would never end. @name: what the file is called. */
static int attach(struct native_probes *probes, size_t number, const struct held_file *file,
		  const char *name, struct diag *diag)
{
	const struct native_probe_spec *spec = &probes->options.specs[number];
	struct native_function function;
	uint64_t cookie;
	struct uprobe_target entry = { .path = file->path, .cookies = &cookie, .count = 1 };
	int error = native_binary_find(&function, file->fd, name, spec->symbol, diag);

	if (error)
		return error;
	cookie = number | (function.is_go ? NATIVE_COOKIE_IS_GO : 0);
	entry.offsets = &function.entry;
	error = attach_returns(probes, &function, file->path, cookie);
	if (!error)
		error = uprobes_attach(probes->options.uprobes, probes->options.on_entry, &entry);
	if (error)
		return diag_set(diag, error, "cannot probe %s in %s: %s", spec->symbol, name,
				strerror(-error));
	probes->probes[number].is_attached = true;
	tell_limits(&probes->probes[number], spec, &function);
	log_message(LOG_DEBUG, "%s: probing %s, %zu returns", name, spec->symbol,
		    function.is_by_return_probe ? 0 : function.return_count);
	return 0;
}

/* NULL: it was not looked at yet. */
static struct probed_file *find_probed(struct native_probe *probe, const struct held_file *file)
{
	for (size_t i = 0; i < probe->file_count; i++)
		if (probe->files[i].device == file->status.st_dev &&
		    probe->files[i].inode == file->status.st_ino)
			return &probe->files[i];
	return NULL;
}

/* Its probes stay where the functions were: more of them in the same file could not be told apart. */
static void tell_rewritten(struct probed_file *probed, const struct native_probe_spec *spec,
			   const struct held_file *file)
{
	if (probed->written_s == file->status.st_mtim.tv_sec)
		return;
	probed->written_s = file->status.st_mtim.tv_sec;
	log_message(LOG_WARNING,
		    "%s was written to after it was probed: calls of %s may not be recorded until "
		    "recording starts anew",
		    spec->binary, spec->symbol);
}

/* False where there are too many to know: probes would fire twice. */
static bool note_file(struct native_probe *probe, const struct native_probe_spec *spec,
		      const struct held_file *file)
{
	if (probe->file_count < FILES_MAX) {
		probe->files[probe->file_count++] = (struct probed_file){
			.device = file->status.st_dev,
			.inode = file->status.st_ino,
			.written_s = file->status.st_mtim.tv_sec,
		};
		return true;
	}
	if (!probe->is_limit_told)
		log_message(LOG_WARNING,
			    "more than %d files were %s: calls of %s in further ones are not "
			    "recorded",
			    FILES_MAX, spec->binary, spec->symbol);
	probe->is_limit_told = true;
	return false;
}

static void free_probes(struct native_probes *probes)
{
	for (size_t i = 0; i < probes->options.spec_count && probes->probes; i++)
		free(probes->probes[i].real_path);
	free(probes->probes);
	free(probes);
}

static int attach_first(struct native_probes *probes, size_t number, struct diag *diag)
{
	const struct native_probe_spec *spec = &probes->options.specs[number];
	char found[PATH_MAX];
	const char *path = find_file(spec, found);
	struct held_file file;
	int error;

	if (!path)
		return 0;
	error = open_binary(&file, path, diag);
	if (error)
		return error;
	if (is_path(spec->binary))
		probes->probes[number].real_path = realpath(path, NULL);
	note_file(&probes->probes[number], spec, &file);
	error = attach(probes, number, &file, path, diag);
	held_file_close(&file);
	return error;
}

int native_probes_new(struct native_probes **ret_probes,
		      const struct native_probes_options *options, struct diag *diag)
{
	struct native_probes *probes = calloc(1, sizeof(*probes));
	int error = 0;

	if (!probes)
		return diag_set(diag, -ENOMEM, "out of memory");
	probes->options = *options;
	probes->probes = calloc(options->spec_count + 1, sizeof(*probes->probes));
	if (!probes->probes)
		error = diag_set(diag, -ENOMEM, "out of memory");
	for (size_t i = 0; i < options->spec_count && !error; i++)
		error = attach_first(probes, i, diag);
	if (error) {
		free_probes(probes);
		return error;
	}
	*ret_probes = probes;
	return 0;
}

/* ---- what is run ---- */

/* Where @file is or, where another has taken its place, was. */
static bool read_program(char ret_program[PATH_MAX], const struct held_file *file)
{
	static const char suffix[] = " (deleted)";
	ssize_t bytes = readlink(file->path, ret_program, PATH_MAX - 1);
	size_t kept;

	if (bytes < 0)
		return false;
	ret_program[bytes] = '\0';
	kept = (size_t)bytes - (sizeof(suffix) - 1);
	if (!file->status.st_nlink && (size_t)bytes >= sizeof(suffix) &&
	    !strcmp(ret_program + kept, suffix))
		ret_program[kept] = '\0';
	return true;
}

/* A link may lead elsewhere by now, and a program that is being rebuilt may not be there at this moment. */
static bool is_at(struct native_probe *probe, const char *binary, const char *program)
{
	char *real_path = realpath(binary, NULL);

	if (real_path) {
		free(probe->real_path);
		probe->real_path = real_path;
	}
	return probe->real_path && !strcmp(probe->real_path, program);
}

static bool is_named(const char *binary, const char *program)
{
	const char *slash = strrchr(program, '/');

	return !strcmp(slash ? slash + 1 : program, binary);
}

/* @file, called @program, runs and is the binary of probe @number. */
static void probe_file(struct native_probes *probes, size_t number, const struct held_file *file,
		       const char *program)
{
	const struct native_probe_spec *spec = &probes->options.specs[number];
	struct native_probe *probe = &probes->probes[number];
	struct probed_file *probed = find_probed(probe, file);
	struct diag diag = { 0 };

	if (probed)
		tell_rewritten(probed, spec, file);
	else if (note_file(probe, spec, file) && attach(probes, number, file, program, &diag))
		log_message(LOG_WARNING, "%s: calls of %s are not recorded: %s", program,
			    spec->symbol, diag.text);
}

static void consider_file(struct native_probes *probes, const struct held_file *file)
{
	char program[PATH_MAX];

	if (!read_program(program, file))
		return;
	for (size_t i = 0; i < probes->options.spec_count; i++) {
		const char *binary = probes->options.specs[i].binary;

		if (is_path(binary) ? is_at(&probes->probes[i], binary, program)
				    : is_named(binary, program))
			probe_file(probes, i, file, program);
	}
}

void native_probes_consider(struct native_probes *probes, pid_t pid)
{
	struct held_file file;
	char path[64];

	if (!probes->options.spec_count)
		return;
	snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	if (held_file_open(&file, path))
		return;
	consider_file(probes, &file);
	held_file_close(&file);
}

void native_probes_free(struct native_probes *probes)
{
	if (!probes)
		return;
	for (size_t i = 0; i < probes->options.spec_count; i++)
		if (!probes->probes[i].is_attached && !probes->probes[i].file_count)
			log_message(LOG_WARNING, "no program %s was started: %s was not probed",
				    probes->options.specs[i].binary,
				    probes->options.specs[i].symbol);
	free_probes(probes);
}
