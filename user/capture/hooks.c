// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* hooks.c - see hooks.h. */
#include "capture/hooks.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static const char *const socket_names[] = {
	[SOCKET_HOOKS_AUTO] = "auto",
	[SOCKET_HOOKS_SOCKET] = "socket",
	[SOCKET_HOOKS_SYSCALL] = "syscall",
};
static const char *const uprobe_names[] = {
	[UPROBE_WAY_AUTO] = "auto",
	[UPROBE_WAY_MULTI] = "multi",
	[UPROBE_WAY_SINGLE] = "single",
};

/* The index of @name, or -1. */
static int find_name(const char *const *names, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++) {
		if (!strcmp(names[i], name))
			return i;
	}
	return -1;
}

bool hooks_parse_socket(const char *name, enum socket_hooks *ret_hooks)
{
	int index = find_name(socket_names, COUNT_OF(socket_names), name);

	if (index >= 0)
		*ret_hooks = index;
	return index >= 0;
}

bool hooks_parse_uprobe(const char *name, enum uprobe_way *ret_way)
{
	int index = find_name(uprobe_names, COUNT_OF(uprobe_names), name);

	if (index >= 0)
		*ret_way = index;
	return index >= 0;
}

const char *hooks_socket_name(enum socket_hooks hooks)
{
	return socket_names[hooks];
}

const char *hooks_uprobe_name(enum uprobe_way way)
{
	return uprobe_names[way];
}

static bool tracepoint_works(const struct btf *btf, const char *name)
{
	static const struct bpf_insn nothing[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = BPF_TRACE_RAW_TP);
	int program_fd, link_fd, type;
	char type_name[64];

	snprintf(type_name, sizeof(type_name), "btf_trace_%s", name);
	type = btf__find_by_name_kind(btf, type_name, BTF_KIND_TYPEDEF);
	if (type <= 0)
		return false;
	options.attach_btf_id = type;
	program_fd = bpf_prog_load(BPF_PROG_TYPE_TRACING, NULL, "GPL", nothing, COUNT_OF(nothing),
				   &options);
	if (program_fd < 0)
		return false;
	link_fd = bpf_raw_tracepoint_open(NULL, program_fd);
	close(program_fd);
	if (link_fd < 0)
		return false;
	close(link_fd);
	return true;
}

/* The first of the two tracepoints of @hooks that does not work, or NULL. */
static const char *missing_tracepoint(enum socket_hooks hooks, const struct btf *btf)
{
	static const char *const names[][2] = {
		[SOCKET_HOOKS_SOCKET] = { "sock_send_length", "sock_recv_length" },
		[SOCKET_HOOKS_SYSCALL] = { "sys_enter", "sys_exit" },
	};

	for (size_t i = 0; i < COUNT_OF(names[hooks]); i++) {
		if (!tracepoint_works(btf, names[hooks][i]))
			return names[hooks][i];
	}
	return NULL;
}

static int choose_socket(enum socket_hooks *hooks, const struct btf *btf, struct diag *diag)
{
	bool is_free = *hooks == SOCKET_HOOKS_AUTO;
	const char *missing;

	if (is_free)
		*hooks = SOCKET_HOOKS_SOCKET;
	missing = missing_tracepoint(*hooks, btf);
	if (missing && is_free) {
		*hooks = SOCKET_HOOKS_SYSCALL;
		missing = missing_tracepoint(*hooks, btf);
	}
	if (!missing)
		return 0;
	diag_set(diag, -EOPNOTSUPP, "the kernel takes no program at its tracepoint %s", missing);
	if (!is_free)
		diag_hint(diag, "--socket-hooks=auto takes what works");
	return -EOPNOTSUPP;
}

static int choose_uprobe(enum uprobe_way *way, struct diag *diag)
{
	bool is_multi_there;

	if (*way == UPROBE_WAY_SINGLE)
		return 0;
	is_multi_there = uprobe_multi_works();
	if (*way == UPROBE_WAY_MULTI && !is_multi_there) {
		diag_set(diag, -EOPNOTSUPP, "the kernel has no uprobe_multi links");
		diag_hint(diag, "--uprobe-hooks=auto takes what works");
		return -EOPNOTSUPP;
	}
	*way = is_multi_there ? UPROBE_WAY_MULTI : UPROBE_WAY_SINGLE;
	return 0;
}

int hooks_choose(struct hooks *hooks, const struct btf *btf, struct diag *diag)
{
	int error;

	if (hooks->is_chosen)
		return 0;
	error = choose_socket(&hooks->socket, btf, diag);
	if (!error)
		error = choose_uprobe(&hooks->uprobe, diag);
	if (error)
		return error;
	hooks->is_chosen = true;
	log_message(LOG_DEBUG, "hooks: sockets by %s, uprobes by %s",
		    hooks_socket_name(hooks->socket), hooks_uprobe_name(hooks->uprobe));
	return 0;
}
