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

/* The x86-64 numbers of the syscalls whose registers say where the bytes of a send or receive are. */
enum socket_syscall {
	SYSCALL_READ = 0,
	SYSCALL_WRITE = 1,
	SYSCALL_READV = 19,
	SYSCALL_WRITEV = 20,
	SYSCALL_SENDTO = 44,
	SYSCALL_RECVFROM = 45,
	SYSCALL_SENDMSG = 46,
	SYSCALL_RECVMSG = 47,
	SYSCALL_PREADV2 = 327,
	SYSCALL_PWRITEV2 = 328,
};

/*
 * One run [start, start + wanted) of an operation, copied to `piece` as its segments are walked. It lives
 * in a map, not on the stack: what the verifier reads from a map is any number to it, so that its search
 * through the loops below ends.
 */
struct payload_run {
	__u64 position;	     /* where the segment at hand starts within the operation */
	__u32 segment_count; /* where the caller's bytes are; 0: not readable */
	__u32 start;
	__u32 wanted; /* at most RECORD_PIECE_MAX */
	__u32 filled;
	struct user_iovec segments[SEGMENTS_MAX];
	__u8 header[sizeof(
		struct record_socket_data)]; /* room for what is emitted before the piece */
	__u8 piece[2 * RECORD_PIECE_MAX]; /* twice: the verifier bounds offset and length apart */
};

struct payload_walk { /* a bpf_loop context must be on the stack */
	struct payload_run *run;
};

static __always_inline void read_segments(struct payload_run *run, __u64 address, __u64 count)
{
	__u64 bytes;

	if (count > SEGMENTS_MAX)
		count = SEGMENTS_MAX;
	bytes = count * sizeof(struct user_iovec);
	asm volatile("" : "+r"(bytes));
	if (bytes > sizeof(run->segments))
		return;
	if (!bpf_probe_read_user(run->segments, bytes, (void *)address))
		run->segment_count = count;
}

/*
 * Whether the thread executes the syscall that its saved registers name. io_uring moves bytes in threads
 * that have the registers of another's syscall, and on a thread's way out of any syscall: `ax` is -ENOSYS
 * in a syscall only, until it has a result (arch/x86/entry: PUSH_AND_CLEAR_REGS rax=$-ENOSYS).
 */
static __always_inline bool is_in_syscall(void)
{
	struct task_struct *current = bpf_get_current_task_btf();
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(current);

	return regs->ax == (unsigned long)-ERROR_NO_SYSCALL;
}

/* False where the syscall's registers do not say where its bytes are. */
static __always_inline bool find_payload(struct payload_run *run)
{
	struct task_struct *current = bpf_get_current_task_btf();
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(current);
	struct user_message_header message = {};
	unsigned long number = regs->orig_ax;
	unsigned long address = regs->si;
	unsigned long count = regs->dx;

	/* All three are read here: clang 14 would merge the branches' reads into one that the verifier
	 * does not follow. */
	asm volatile("" : "+r"(number), "+r"(address), "+r"(count));
	run->segment_count = 0;
	switch (number) {
	case SYSCALL_READ:
	case SYSCALL_WRITE:
	case SYSCALL_SENDTO:
	case SYSCALL_RECVFROM:
		run->segments[0].base = address;
		run->segments[0].bytes = count;
		run->segment_count = 1;
		break;
	case SYSCALL_SENDMSG:
	case SYSCALL_RECVMSG:
		bpf_probe_read_user(&message, sizeof(message), (void *)address);
		read_segments(run, message.iovec, message.iovec_count);
		break;
	case SYSCALL_READV:
	case SYSCALL_WRITEV:
	case SYSCALL_PREADV2:
	case SYSCALL_PWRITEV2:
		read_segments(run, address, count);
		break;
	}
	return run->segment_count;
}

static __always_inline bool asks_for_nothing(const struct payload_run *run)
{
	return run->segment_count == 1 && !run->segments[0].bytes;
}

/* bpf_loop callback: copies the part of segment @index that lies in the run. 1 ends the walk. */
static long gather_segment(__u64 index, struct payload_walk *walk)
{
	struct payload_run *run = walk->run;
	__u64 next = (__u64)run->start + run->filled;
	struct user_iovec *segment;
	__u64 at, skipped, bytes;

	asm volatile("" : "+r"(index));
	if (index >= SEGMENTS_MAX)
		return 1;
	segment = &run->segments[index];
	skipped = next - run->position;
	run->position += segment->bytes;
	if (run->position <= next)
		return 0;
	bytes = segment->bytes - skipped;
	if (bytes > run->wanted - run->filled)
		bytes = run->wanted - run->filled;
	at = run->filled & (RECORD_PIECE_MAX - 1);
	asm volatile("" : "+r"(bytes));
	if (!bytes || bytes > RECORD_PIECE_MAX)
		return 1;
	if (bpf_probe_read_user(&run->piece[at], bytes, (void *)(segment->base + skipped)))
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
	if (!wanted)
		return;
	if (run->segment_count == 1)
		gather_segment(0, &walk);
	else
		bpf_loop(run->segment_count, gather_segment, &walk, 0);
}

#endif
