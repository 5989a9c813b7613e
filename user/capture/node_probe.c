// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * node_probe.c - see node_probe.h. Goes in: a process id. Its executable, or libnode.so where Node is a
 * shared library, is Node where it has the two functions, or is called node and tells Node's version.
 * Other programs are nobody's error and are remembered.
 */
#include "capture/node_probe.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/units.h"
#include "capture/held_file.h"
#include "capture/node_binary.h"
#include "capture/proc.h"
#include "capture/uprobe.h"

#define PROGRAMS_MAX 1024 /* distinct executables that are remembered */
#define LOADING_MAX 256	  /* processes whose libraries are awaited */
#define LOADING_NS (2 * NS_PER_S)

/* How many messages without one that fits say that the form is another, and not that reading failed. */
#define MISFITS_MIN 4
#define EMPTY_MIN 64

struct program {
	dev_t device;
	ino_t inode;
	uint8_t blind; /* enum record_blind_reason; 0: its messages are seen, or it is no Node */
	bool is_form_unknown;
	bool is_library_unknown; /* called node, without the functions: they may be in libnode.so */
	char name[64];
	char version[NODE_VERSION_MAX];
};

struct loading {
	pid_t pid;
	struct program *program; /* its executable */
	uint64_t until_ns;
};

struct node_probes {
	struct node_probes_options options;
	struct program programs[PROGRAMS_MAX]; /* their number is the probes' cookie */
	size_t program_count;
	struct loading loading[LOADING_MAX];
	size_t loading_count;
};

/* bpf/node.bpf.c */
struct worker_form {
	uint64_t fits;
	uint64_t misfits;
	uint64_t empty;
	uint64_t program;
};

int node_probes_new(struct node_probes **ret_probes, const struct node_probes_options *options)
{
	struct node_probes *probes = calloc(1, sizeof(*probes));

	if (!probes)
		return -ENOMEM;
	probes->options = *options;
	*ret_probes = probes;
	return 0;
}

void node_probes_free(struct node_probes *probes)
{
	free(probes);
}

/* ---- telling ---- */

static void report(struct node_probes *probes, const struct program *program, pid_t pid,
		   enum record_blind_reason reason)
{
	struct record_blind_spot record = {
		.subject = RECORD_BLIND_WORKER_MESSAGES,
		.reason = reason,
	};

	snprintf(record.program, sizeof(record.program), "%s", program->name);
	snprintf(record.version, sizeof(record.version), "%s", program->version);
	probes->options.blind(probes->options.context, pid, &record);
}

/* @why follows the program's name. */
static void warn(const struct program *program, const char *why)
{
	log_message(LOG_WARNING, "%s %s: %s; invocations in its worker threads are not recorded",
		    program->name, program->version, why);
}

/* ---- programs ---- */

/* NULL where there is no room. New ones have no name yet. */
static struct program *find_program(struct node_probes *probes, const struct held_file *file)
{
	dev_t device = file->status.st_dev;
	ino_t inode = file->status.st_ino;
	struct program *program;

	for (size_t i = 0; i < probes->program_count; i++) {
		program = &probes->programs[i];
		if (program->device == device && program->inode == inode)
			return program;
	}
	if (probes->program_count == PROGRAMS_MAX)
		return NULL;
	program = &probes->programs[probes->program_count++];
	program->device = device;
	program->inode = inode;
	return program;
}

static void set_name(struct program *program, const struct held_file *file)
{
	char target[PATH_MAX];
	ssize_t bytes = readlink(file->path, target, sizeof(target) - 1);
	const char *slash;

	target[bytes > 0 ? bytes : 0] = '\0';
	slash = strrchr(target, '/');
	snprintf(program->name, sizeof(program->name), "%.*s", (int)sizeof(program->name) - 1,
		 slash ? slash + 1 : "?");
}

static int attach(struct node_probes *probes, const struct bpf_program *probe,
		  const struct program *program, const char *path, uint64_t offset)
{
	const uint64_t cookie = program - probes->programs;
	const struct uprobe_target target = {
		.path = path, .offsets = &offset, .cookies = &cookie, .count = 1
	};

	return uprobes_attach(probes->options.uprobes, probe, &target);
}

static const char *name_missing(const struct node_binary *binary)
{
	if (binary->send)
		return "it has no Message::Deserialize";
	return binary->receive ? "it has no MessagePortData::AddToIncomingQueue"
			       : "it has no symbols";
}

/* @pid runs @program, whose file is @file. False where that is no Node. */
static bool probe_file(struct node_probes *probes, struct program *program, pid_t pid,
		       const struct held_file *file, bool is_thorough)
{
	struct node_binary binary;
	int error;

	node_binary_read(&binary, file->fd, is_thorough);
	snprintf(program->version, sizeof(program->version), "%s", binary.version);
	if (!binary.send || !binary.receive) {
		if (!binary.version[0])
			return false;
		program->blind = RECORD_BLIND_NO_SYMBOLS;
		warn(program, name_missing(&binary));
		report(probes, program, pid, program->blind);
		return true;
	}
	error = attach(probes, probes->options.on_send, program, file->path, binary.send);
	if (!error)
		error = attach(probes, probes->options.on_receive, program, file->path,
			       binary.receive);
	if (error) {
		program->blind = RECORD_BLIND_NOT_ATTACHED;
		warn(program, strerror(-error));
		report(probes, program, pid, program->blind);
	} else {
		log_message(LOG_DEBUG, "%s %s: recording worker messages", program->name,
			    program->version);
	}
	return true;
}

/* Of a process that runs another program by now the latest counts. */
static void await_library(struct node_probes *probes, pid_t pid, struct program *program)
{
	size_t i = 0;

	while (i < probes->loading_count && probes->loading[i].pid != pid)
		i++;
	if (i == LOADING_MAX)
		return;
	probes->loading_count += i == probes->loading_count;
	probes->loading[i] = (struct loading){
		.pid = pid,
		.program = program,
		.until_ns = clock_monotonic_ns() + LOADING_NS,
	};
}

static void consider_file(struct node_probes *probes, pid_t pid, const struct held_file *file)
{
	struct program *program = find_program(probes, file);

	if (!program)
		return;
	if (!program->name[0]) {
		bool is_called_node;

		set_name(program, file);
		is_called_node = !strncmp(program->name, "node", 4);
		program->is_library_unknown =
			!probe_file(probes, program, pid, file, is_called_node) && is_called_node;
	} else if (program->blind) {
		report(probes, program, pid, program->blind);
	}
	if (program->is_library_unknown)
		await_library(probes, pid, program);
}

void node_probes_consider(struct node_probes *probes, pid_t pid)
{
	struct held_file file;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	if (held_file_open(&file, path))
		return;
	consider_file(probes, pid, &file);
	held_file_close(&file);
}

static void consider_library(struct node_probes *probes, const struct loading *loading,
			     const struct held_file *file)
{
	struct program *library = find_program(probes, file);

	if (!library)
		return;
	if (!library->name[0]) {
		memcpy(library->name, loading->program->name, sizeof(library->name));
		probe_file(probes, library, loading->pid, file, true);
	} else if (library->blind) {
		report(probes, library, loading->pid, library->blind);
	}
	/* The next process with this executable is as blind, and its library is not looked for again. */
	loading->program->blind = library->blind;
	memcpy(loading->program->version, library->version, sizeof(library->version));
}

static void tell_unopened(struct node_probes *probes, const struct loading *loading, int error)
{
	struct program *program = loading->program;

	if (!program->blind)
		warn(program, strerror(-error));
	program->blind = RECORD_BLIND_NOT_ATTACHED;
	report(probes, program, loading->pid, program->blind);
}

/*
 * True when there is nothing more to wait for. Of a process that ended too early the library stays unknown,
 * and the next one's is awaited.
 */
static bool retry_loading(struct node_probes *probes, const struct loading *loading)
{
	struct program *program = loading->program;
	char path[PROC_MAPPING_MAX];
	struct held_file file;
	int error, opened;

	error = proc_find_mapping(loading->pid, "libnode.so", path);
	if (error == -ENOENT && clock_monotonic_ns() < loading->until_ns)
		return false;
	opened = error ? error : held_file_open(&file, path);
	if (!opened) {
		consider_library(probes, loading, &file);
		held_file_close(&file);
		program->is_library_unknown = false;
	} else if (!error && opened != -ENOENT && opened != -ESRCH) {
		tell_unopened(probes, loading, opened);
		program->is_library_unknown = false;
	} else if (error == -ENOENT) {
		program->is_library_unknown = false; /* none in all the time */
	}
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

/* ---- the form of messages ---- */

static bool is_of_unknown_form(const struct worker_form *form)
{
	return !form->fits && (form->misfits >= MISFITS_MIN || form->empty >= EMPTY_MIN);
}

static void tell_unknown_form(struct node_probes *probes, pid_t pid, struct worker_form *form)
{
	struct program *program = &probes->programs[form->program];
	uint32_t key = pid;

	if (!program->is_form_unknown)
		warn(program, "its worker messages have an unknown form");
	program->is_form_unknown = true;
	report(probes, program, pid, RECORD_BLIND_UNKNOWN_FORM);
	form->program = UINT64_MAX; /* told */
	bpf_map_update_elem(bpf_map__fd(probes->options.forms), &key, form, BPF_EXIST);
}

uint64_t node_probes_check_forms(struct node_probes *probes)
{
	int map = bpf_map__fd(probes->options.forms);
	uint32_t pid = 0, next = 0;
	struct worker_form form;
	uint64_t lost = 0;
	int error;

	for (error = bpf_map_get_next_key(map, NULL, &next); !error;
	     error = bpf_map_get_next_key(map, &pid, &next)) {
		pid = next;
		if (bpf_map_lookup_elem(map, &pid, &form) || form.program >= probes->program_count)
			continue;
		if (is_of_unknown_form(&form))
			tell_unknown_form(probes, (pid_t)pid, &form);
		else
			lost += form.misfits;
	}
	return lost;
}
