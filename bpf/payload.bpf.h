/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * payload.bpf.h - the bytes that a send or receive has just moved, read from the caller's memory.
 *
 * The socket tracepoints fire after the copy and inside the syscall, so the thread's saved registers
 * still name the syscall and its buffer, iovec or msghdr. What comes out is one contiguous run of the
 * operation's bytes, gathered over its segments. Does not look at what the bytes mean.
 */
#ifndef IDLETAX_PAYLOAD_BPF_H
#define IDLETAX_PAYLOAD_BPF_H

#include "compat.bpf.h"

#define SEGMENTS_MAX 128 /* of one iovec array; what lies beyond is not read */

/* The x86-64 numbers of the syscalls that move bytes over a socket. */
enum socket_syscall {
	SYSCALL_READ = 0,
	SYSCALL_WRITE = 1,
	SYSCALL_READV = 19,
	SYSCALL_WRITEV = 20,
	SYSCALL_SENDTO = 44,
	SYSCALL_RECVFROM = 45,
	SYSCALL_SENDMSG = 46,
	SYSCALL_RECVMSG = 47,
};

/* Where the caller's bytes are: one buffer (@iovec 0) or an array of segments. */
struct payload_source {
	__u64 iovec;
	__u64 base;
	__u64 bytes;
	__u32 segments;
	__u32 is_readable;
};

/*
 * One run [start, start + wanted) of an operation, copied to `piece` as its segments are walked. It lives
 * in a map, not on the stack: what the verifier reads from a map is any number to it, so that its search
 * through the loops below ends.
 */
struct payload_run {
	struct payload_source source;
	__u64 position; /* where the segment at hand starts within the operation */
	__u32 start;
	__u32 wanted; /* at most RECORD_PIECE_MAX */
	__u32 filled;
	__u32 reserved;
	__u8 header[sizeof(struct record_socket_data)]; /* room for what is emitted before the piece */
	__u8 piece[2 * RECORD_PIECE_MAX]; /* twice: the verifier bounds offset and length apart */
};

struct payload_walk { /* a bpf_loop context must be on the stack */
	struct payload_run *run;
};

static __always_inline void find_payload(struct payload_source *source)
{
	struct task_struct *current = bpf_get_current_task_btf();
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(current);
	struct user_message_header message = {};
	unsigned long number = BPF_CORE_READ(regs, orig_ax);
	unsigned long address = BPF_CORE_READ(regs, si);
	unsigned long count = BPF_CORE_READ(regs, dx);

	source->iovec = 0;
	source->is_readable = 1;
	switch (number) {
	case SYSCALL_READ:
	case SYSCALL_WRITE:
	case SYSCALL_SENDTO:
	case SYSCALL_RECVFROM:
		source->base = address;
		source->bytes = count;
		source->segments = 1;
		return;
	case SYSCALL_SENDMSG:
	case SYSCALL_RECVMSG:
		bpf_probe_read_user(&message, sizeof(message), (void *)address);
		address = message.iovec;
		count = message.iovec_count;
		break;
	case SYSCALL_READV:
	case SYSCALL_WRITEV:
		break;
	default:
		source->is_readable = 0;
		return;
	}
	source->iovec = address;
	source->segments = count > SEGMENTS_MAX ? SEGMENTS_MAX : count;
	source->is_readable = address != 0;
}

/* bpf_loop callback: copies the part of segment @index that lies in the run. 1 ends the walk. */
static long gather_segment(__u64 index, struct payload_walk *walk)
{
	struct payload_run *run = walk->run;
	struct user_iovec segment = { run->source.base, run->source.bytes };
	__u64 next = (__u64)run->start + run->filled;
	__u64 at, skipped, bytes;

	if (run->source.iovec &&
	    bpf_probe_read_user(&segment, sizeof(segment),
				(void *)(run->source.iovec + index * sizeof(segment))))
		return 1;
	skipped = next - run->position;
	run->position += segment.bytes;
	if (run->position <= next)
		return 0;
	bytes = segment.bytes - skipped;
	if (bytes > run->wanted - run->filled)
		bytes = run->wanted - run->filled;
	at = run->filled & (RECORD_PIECE_MAX - 1);
	asm volatile("" : "+r"(bytes));
	if (!bytes || bytes > RECORD_PIECE_MAX)
		return 1;
	if (bpf_probe_read_user(&run->piece[at], bytes, (void *)(segment.base + skipped)))
		return 1;
	run->filled += bytes;
	return run->filled >= run->wanted;
}

static __always_inline void gather(struct payload_run *run, __u32 start, __u32 wanted)
{
	struct payload_walk walk = { run };

	run->start = start;
	run->wanted = wanted;
	run->filled = 0;
	run->position = 0;
	if (!run->source.is_readable || !wanted)
		return;
	bpf_loop(run->source.segments, gather_segment, &walk, 0);
}

#endif
