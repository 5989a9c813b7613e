// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * uprobe.c - see uprobe.h. The uprobe_multi link is made by hand: libbpf knows it from 1.3 on, and the kernel
 * headers of Debian 12 do not have it.
 */
#include "capture/uprobe.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

/* include/uapi/linux/bpf.h of Linux 6.6 */
#define ATTACH_TYPE_UPROBE_MULTI 48
#define UPROBE_MULTI_RETURN 1

struct uprobe_multi_attr { /* of union bpf_attr: link_create with its member uprobe_multi */
	uint32_t program_fd;
	uint32_t target_fd;
	uint32_t attach_type;
	uint32_t flags;
	uint64_t path;
	uint64_t offsets;
	uint64_t reference_counters;
	uint64_t cookies;
	uint32_t count;
	uint32_t multi_flags;
	uint32_t pid;
	uint32_t padding;
};

struct uprobe_link {
	struct bpf_link *single; /* or */
	int multi_fd;		 /* valid where single is NULL */
};

struct uprobes {
	enum uprobe_way way;
	struct uprobe_link *links;
	size_t link_count;
};

int uprobes_new(struct uprobes **ret_uprobes, enum uprobe_way way)
{
	struct uprobes *uprobes = calloc(1, sizeof(*uprobes));

	if (!uprobes)
		return -ENOMEM;
	uprobes->way = way;
	*ret_uprobes = uprobes;
	return 0;
}

/* Detaches the latest links until @count are left. */
static void detach_down_to(struct uprobes *uprobes, size_t count)
{
	while (uprobes->link_count > count) {
		struct uprobe_link *link = &uprobes->links[--uprobes->link_count];

		if (link->single)
			bpf_link__destroy(link->single);
		else
			close(link->multi_fd);
	}
}

void uprobes_free(struct uprobes *uprobes)
{
	if (!uprobes)
		return;
	detach_down_to(uprobes, 0);
	free(uprobes->links);
	free(uprobes);
}

int uprobe_prepare(struct bpf_program *program, enum uprobe_way way)
{
	if (way != UPROBE_WAY_MULTI)
		return 0;
	return bpf_program__set_expected_attach_type(program, ATTACH_TYPE_UPROBE_MULTI);
}

/* The link's descriptor or a negative errno. */
static int create_multi_link(int program_fd, const struct uprobe_target *target)
{
	struct uprobe_multi_attr attr = {
		.program_fd = program_fd,
		.attach_type = ATTACH_TYPE_UPROBE_MULTI,
		.path = (uintptr_t)target->path,
		.offsets = (uintptr_t)target->offsets,
		.cookies = (uintptr_t)target->cookies,
		.count = target->count,
		.multi_flags = target->is_return ? UPROBE_MULTI_RETURN : 0,
	};
	int fd = syscall(SYS_bpf, BPF_LINK_CREATE, &attr, sizeof(attr));

	return fd < 0 ? -errno : fd;
}

bool uprobe_multi_works(void)
{
	static const struct bpf_insn nothing[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, options,
		    .expected_attach_type = (enum bpf_attach_type)ATTACH_TYPE_UPROBE_MULTI);
	const uint64_t offset = 0;
	const struct uprobe_target folder = { .path = "/", .offsets = &offset, .count = 1 };
	int program_fd, error;

	program_fd = bpf_prog_load(BPF_PROG_TYPE_KPROBE, NULL, "GPL", nothing,
				   sizeof(nothing) / sizeof(nothing[0]), &options);
	if (program_fd < 0)
		return false;
	error = create_multi_link(program_fd, &folder);
	close(program_fd);
	if (error >= 0)
		close(error);
	return error == -EBADF; /* its way to say that a folder has no functions */
}

static int attach_multi(struct uprobes *uprobes, const struct bpf_program *program,
			const struct uprobe_target *target)
{
	int fd = create_multi_link(bpf_program__fd(program), target);

	if (fd < 0)
		return fd;
	uprobes->links[uprobes->link_count].single = NULL;
	uprobes->links[uprobes->link_count++].multi_fd = fd;
	return 0;
}

static int attach_single(struct uprobes *uprobes, const struct bpf_program *program,
			 const struct uprobe_target *target)
{
	size_t count_before = uprobes->link_count;
	struct bpf_link *link;
	int error;

	for (size_t i = 0; i < target->count; i++) {
		LIBBPF_OPTS(bpf_uprobe_opts, options, .retprobe = target->is_return,
			    .bpf_cookie = target->cookies ? target->cookies[i] : 0);

		link = bpf_program__attach_uprobe_opts(program, -1, target->path,
						       target->offsets[i], &options);
		if (!link) {
			error = -errno;
			detach_down_to(uprobes, count_before);
			return error;
		}
		uprobes->links[uprobes->link_count++].single = link;
	}
	return 0;
}

int uprobes_attach(struct uprobes *uprobes, const struct bpf_program *program,
		   const struct uprobe_target *target)
{
	struct uprobe_link *links;

	if (!target->count || target->count > UPROBE_OFFSETS_MAX)
		return -EINVAL;
	links = realloc(uprobes->links, (uprobes->link_count + target->count) * sizeof(*links));
	if (!links)
		return -ENOMEM;
	uprobes->links = links;
	if (uprobes->way == UPROBE_WAY_MULTI)
		return attach_multi(uprobes, program, target);
	return attach_single(uprobes, program, target);
}
