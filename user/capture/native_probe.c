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
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "capture/native_binary.h"
#include "capture/uprobe.h"
#include "probe_config.h"

#define FILES_MAX 16 /* distinct files of one name */

struct probed_file {
	dev_t device;
	ino_t inode;
};

struct native_probe {
	struct probed_file files[FILES_MAX]; /* that were looked at */
	size_t file_count;
	bool is_attached;
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

int native_probes_check(const struct native_probe_spec *specs, size_t count, struct diag *diag)
{
	struct native_function function;
	char found[PATH_MAX];
	int error = 0;

	for (size_t i = 0; i < count && !error; i++) {
		const char *path = find_file(&specs[i], found);

		if (path)
			error = native_binary_find(&function, path, specs[i].symbol, diag);
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

/* The returns first: an entry without its return would never end. */
static int attach(struct native_probes *probes, size_t number, const char *path, struct diag *diag)
{
	const struct native_probe_spec *spec = &probes->options.specs[number];
	struct native_function function;
	uint64_t cookie;
	struct uprobe_target entry = { .path = path, .cookies = &cookie, .count = 1 };
	int error = native_binary_find(&function, path, spec->symbol, diag);

	if (error)
		return error;
	cookie = number | (function.is_go ? NATIVE_COOKIE_IS_GO : 0);
	entry.offsets = &function.entry;
	error = attach_returns(probes, &function, path, cookie);
	if (!error)
		error = uprobes_attach(probes->options.uprobes, probes->options.on_entry, &entry);
	if (error)
		return diag_set(diag, error, "cannot probe %s in %s: %s", spec->symbol, path,
				strerror(-error));
	probes->probes[number].is_attached = true;
	log_message(LOG_DEBUG, "%s: probing %s, %zu returns", path, spec->symbol,
		    function.is_by_return_probe ? 0 : function.return_count);
	return 0;
}

/* True the first time. Also where there are too many to know: probes would fire twice. */
static bool is_new(struct native_probe *probe, const struct stat *status)
{
	for (size_t i = 0; i < probe->file_count; i++)
		if (probe->files[i].device == status->st_dev &&
		    probe->files[i].inode == status->st_ino)
			return false;
	if (probe->file_count == FILES_MAX)
		return false;
	probe->files[probe->file_count++] = (struct probed_file){ status->st_dev, status->st_ino };
	return true;
}

int native_probes_new(struct native_probes **ret_probes,
		      const struct native_probes_options *options, struct diag *diag)
{
	struct native_probes *probes = calloc(1, sizeof(*probes));
	char found[PATH_MAX];
	int error = 0;

	if (probes)
		probes->probes = calloc(options->spec_count + 1, sizeof(*probes->probes));
	if (!probes || !probes->probes) {
		free(probes);
		return diag_set(diag, -ENOMEM, "out of memory");
	}
	probes->options = *options;
	for (size_t i = 0; i < options->spec_count && !error; i++) {
		const char *path = find_file(&options->specs[i], found);
		struct stat status;

		if (path && !stat(path, &status) && is_new(&probes->probes[i], &status))
			error = attach(probes, i, path, diag);
	}
	if (error) {
		free(probes->probes);
		free(probes);
		return error;
	}
	*ret_probes = probes;
	return 0;
}

static bool is_name_of(const char *binary, const char *program)
{
	const char *slash = strrchr(program, '/');

	return !strcmp(slash ? slash + 1 : program, binary);
}

void native_probes_consider(struct native_probes *probes, pid_t pid)
{
	char path[64], program[PATH_MAX];
	struct diag diag = { 0 };
	struct stat status;
	ssize_t bytes = -1;

	for (size_t i = 0; i < probes->options.spec_count; i++) {
		const struct native_probe_spec *spec = &probes->options.specs[i];

		if (is_path(spec->binary))
			continue;
		if (bytes < 0) {
			snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
			bytes = readlink(path, program, sizeof(program) - 1);
			if (bytes < 0 || stat(path, &status))
				return;
			program[bytes] = '\0';
		}
		if (is_name_of(spec->binary, program) && is_new(&probes->probes[i], &status) &&
		    attach(probes, i, path, &diag))
			log_message(LOG_WARNING, "%s: calls of %s are not recorded: %s", program,
				    spec->symbol, diag.text);
	}
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
	free(probes->probes);
	free(probes);
}
