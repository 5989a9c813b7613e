// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * discover.bpf.c - finds processes to trace (record -a): loaded only then.
 *
 * A process that is not traced becomes so at its exec, where its environment names a Runtime API, when it
 * sends or receives a request for the next event, or when it receives an Invoke. These programs are attached
 * before those that record the same hooks, so the very exec or message that gave a process away is recorded,
 * too. What they cannot know (other threads, children, how it was started) is the recorder's part: it is told
 * by RECORD_DISCOVERED. Who only calls functions from outside is not followed.
 */
#include "socket_call.bpf.h"
#include "thread.bpf.h"

#include <bpf/bpf_tracing.h>

#define TEXT8(a, b, c, d, e, f, g, h)                                                            \
	((__u64)(a) | (__u64)(b) << 8 | (__u64)(c) << 16 | (__u64)(d) << 24 | (__u64)(e) << 32 | \
	 (__u64)(f) << 40 | (__u64)(g) << 48 | (__u64)(h) << 56)
#define ZERO_BYTE(word) (((word)-0x0101010101010101ull) & ~(word)&0x8080808080808080ull)

/* ---- beginning ---- */

static __always_inline bool may_begin(__u32 tgid)
{
	return tgid && tgid != config.recorder_tgid && !is_traced(tgid);
}

/* From here on the process @id is traced, by its present thread first. False: it was just before. */
static __always_inline bool begin(__u64 id, __u32 flags)
{
	struct traced_process process = { .flags = flags };
	struct thread thread = { .id = id };
	__u32 tgid = id >> 32;

	thread.on_ns = bpf_ktime_get_ns();
	thread.off_ns = thread.on_ns;
	if (bpf_map_update_elem(&traced, &tgid, &process, BPF_NOEXIST)) {
		if (!is_traced(tgid))
			count_loss(RECORD_LOSS_PROCESS, sizeof(struct record_discovered));
		return false;
	}
	begin_tracing(bpf_get_current_task_btf(), &thread);
	return true;
}

static __always_inline void tell_thread(__u64 id)
{
	struct record_task_seen record = {};

	fill_task_seen(&record, bpf_get_current_task_btf(), id, bpf_ktime_get_ns());
	record.off_reason = RECORD_OFF_CUT;
	emit(&record, sizeof(record), RECORD_LOSS_PROCESS);
}

static __always_inline void tell_process(__u32 reason)
{
	struct record_discovered record = { .reason = reason };

	fill_current(&record.header, RECORD_DISCOVERED, sizeof(record));
	emit(&record, sizeof(record), RECORD_LOSS_PROCESS);
}

/* ---- at exec ---- */

#define SCAN_PIECE 4096
#define SCAN_PIECES 8
#define SCAN_OVERLAP 32 /* the variable's name, its NULs and =, can lie across the end of a piece */

struct scan {
	__u64 from, to; /* user addresses of what is still to be searched */
	__u32 is_found;
	__u32 reserved;
	__u8 bytes[SCAN_PIECE + 4 * SCAN_OVERLAP];
};

/* Tracepoints run with preemption off and these never in an interrupt: one user per CPU. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct scan);
} scans SEC(".maps");

struct scan_walk { /* a bpf_loop context must be on the stack */
	struct scan *scan;
};

static __always_inline bool is_runtime_api(const __u8 *text)
{
	const __u64 *words = (const __u64 *)text;

	return words[0] == TEXT8('A', 'W', 'S', '_', 'L', 'A', 'M', 'B') &&
	       words[1] == TEXT8('D', 'A', '_', 'R', 'U', 'N', 'T', 'I') &&
	       words[2] << 8 == TEXT8(0, 'M', 'E', '_', 'A', 'P', 'I', '=');
}

/* bpf_loop callback: the variables that begin in eight bytes, each after the NUL of the one before. */
static long search_variables(__u64 index, struct scan_walk *walk)
{
	struct scan *scan = walk->scan;
	__u8 *text;
	__u32 k;

	asm volatile("" : "+r"(index));
	if (index >= (SCAN_PIECE + SCAN_OVERLAP) / 8)
		return 1;
	text = &scan->bytes[index * 8];
	if (!ZERO_BYTE(*(__u64 *)text))
		return 0;
#pragma unroll
	for (k = 0; k < 8; k++) {
		if (!text[k] && is_runtime_api(&text[k + 1])) {
			scan->is_found = 1;
			return 1;
		}
	}
	return 0;
}

/* bpf_loop callback: 1 ends the search. */
static long search_piece(__u64 index, struct scan_walk *walk)
{
	struct scan *scan = walk->scan;
	__u64 bytes = scan->to - scan->from;

	if (scan->from >= scan->to)
		return 1;
	if (bytes > SCAN_PIECE + SCAN_OVERLAP)
		bytes = SCAN_PIECE + SCAN_OVERLAP;
	asm volatile("" : "+r"(bytes));
	if (bytes > SCAN_PIECE + SCAN_OVERLAP ||
	    bpf_probe_read_user(scan->bytes, bytes, (void *)scan->from))
		return 1;
	/* what follows is of an earlier search */
	__builtin_memset(&scan->bytes[bytes], 1, SCAN_OVERLAP);
	scan->from += SCAN_PIECE;
	bpf_loop((bytes + 7) / 8, search_variables, walk, 0);
	return scan->is_found != 0;
}

static __always_inline bool has_runtime_api(struct task_struct *task)
{
	struct scan_walk walk;
	struct mm_struct *mm;
	__u32 zero = 0;

	mm = BPF_CORE_READ(task, mm);
	walk.scan = bpf_map_lookup_elem(&scans, &zero);
	if (!walk.scan || !mm)
		return false;
	walk.scan->from = BPF_CORE_READ(mm, env_start) - 1; /* the NUL after the arguments */
	walk.scan->to = BPF_CORE_READ(mm, env_end);
	walk.scan->is_found = 0;
	bpf_loop(SCAN_PIECES, search_piece, &walk, 0);
	return walk.scan->is_found;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(discover_exec, struct task_struct *task)
{
	__u64 id = current_id();

	if (!may_begin(id >> 32))
		return 0;
	if (has_runtime_api(task))
		begin(id, TRACED_DISCOVERED | TRACED_UNTOLD);
	else
		tell_process(RECORD_DISCOVERED_PROGRAM);
	return 0;
}

/* After its exec has been recorded: then who its parent is does not make it one that was there before. */
SEC("tp_btf/sched_process_exec")
int BPF_PROG(tell_discovered, struct task_struct *task)
{
	__u64 id = current_id();
	__u32 tgid = id >> 32;
	struct traced_process *process = bpf_map_lookup_elem(&traced, &tgid);

	if (!process || !(process->flags & TRACED_UNTOLD))
		return 0;
	process->flags &= ~TRACED_UNTOLD;
	tell_thread(id);
	tell_process(RECORD_DISCOVERED_RUNTIME);
	return 0;
}

/* ---- at a message ---- */

#define REQUEST_MIN 24	 /* shorter ones cannot be one that is looked for */
#define REQUEST_LINE 128 /* of a start line */

struct request_line {
	__u8 bytes[REQUEST_LINE + 32];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct request_line);
} request_lines SEC(".maps");

/* Where the operation's first segment is, in which a start line lies; 0: not known. */
static __always_inline __u64 first_segment(void)
{
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(bpf_get_current_task_btf());
	struct user_message_header message = {};
	unsigned long number = regs->orig_ax;
	unsigned long address = regs->si;
	__u64 segment = 0;

	asm volatile("" : "+r"(number), "+r"(address));
	switch (number) {
	case SYSCALL_READ:
	case SYSCALL_WRITE:
	case SYSCALL_SENDTO:
	case SYSCALL_RECVFROM:
		return address;
	case SYSCALL_SENDMSG:
	case SYSCALL_RECVMSG:
		bpf_probe_read_user(&message, sizeof(message), (void *)address);
		address = message.iovec;
		break;
	case SYSCALL_READV:
	case SYSCALL_WRITEV:
		break;
	default:
		return 0;
	}
	bpf_probe_read_user(&segment, sizeof(segment), (void *)address);
	return segment;
}

/* "/runtime/invocation/next" somewhere in the path: emulators put it behind paths of their own. */
static __always_inline bool is_next(const struct request_line *line, __u32 from)
{
	__u32 i;

#pragma clang loop unroll(disable)
	for (i = 0; i < REQUEST_LINE - 24; i++) {
		const __u64 *words = (const __u64 *)&line->bytes[i];
		__u8 byte = line->bytes[i];

		if (byte == '/' && words[0] == TEXT8('/', 'r', 'u', 'n', 't', 'i', 'm', 'e') &&
		    words[1] == TEXT8('/', 'i', 'n', 'v', 'o', 'c', 'a', 't') &&
		    words[2] == TEXT8('i', 'o', 'n', '/', 'n', 'e', 'x', 't'))
			return true;
		if (i >= from && byte <= ' ')
			return false;
	}
	return false;
}

/* "/20xx-xx-xx/functions/": all versions of the Invoke APIs. */
static __always_inline bool is_invoke(const __u8 *path)
{
	return *(__u16 *)path == ('/' | '2' << 8) &&
	       *(__u64 *)(path + 11) == TEXT8('/', 'f', 'u', 'n', 'c', 't', 'i', 'o') &&
	       *(__u32 *)(path + 18) == ('o' | 'n' << 8 | 's' << 16 | '/' << 24);
}

/*
 * A quick look: most messages end here. A server may have read the first byte alone before, to see whether
 * its client goes away (Go does): the rest is looked at, too.
 */
static __always_inline bool may_be_request(__u64 address)
{
	__u32 method = 0;

	bpf_probe_read_user(&method, sizeof(method), (void *)address);
	switch (method) {
	case 'G' | 'E' << 8 | 'T' << 16 | ' ' << 24:
	case 'E' | 'T' << 8 | ' ' << 16 | '/' << 24:
	case 'P' | 'O' << 8 | 'S' << 16 | 'T' << 24:
	case 'O' | 'S' << 8 | 'T' << 16 | ' ' << 24:
		return true;
	}
	return false;
}

/* Which of the requests that are looked for begins at @address; 0: none. */
static __always_inline __u32 find_request(__u64 address, __u64 bytes)
{
	struct request_line *line;
	__u32 zero = 0;

	line = bpf_map_lookup_elem(&request_lines, &zero);
	if (!line)
		return 0;
	if (bytes > REQUEST_LINE)
		bytes = REQUEST_LINE;
	asm volatile("" : "+r"(bytes));
	if (bytes > REQUEST_LINE || bpf_probe_read_user(line->bytes, bytes, (void *)address))
		return 0;
	line->bytes[bytes] = '\0'; /* what follows is of an earlier one */
	switch (line->bytes[0]) {
	case 'G':
		return is_next(line, 4) ? RECORD_DISCOVERED_NEXT : 0;
	case 'E':
		return is_next(line, 3) ? RECORD_DISCOVERED_NEXT : 0;
	case 'P':
		return is_invoke(&line->bytes[5]) ? RECORD_DISCOVERED_INVOKE : 0;
	default:
		return is_invoke(&line->bytes[4]) ? RECORD_DISCOVERED_INVOKE : 0;
	}
}

/* The calling thread moved @moved bytes at @address over a TCP socket. */
static __always_inline void discover_request(__u64 address, __u64 moved, bool is_sent)
{
	__u32 reason = find_request(address, moved);
	__u64 id;

	if (!reason || (is_sent && reason == RECORD_DISCOVERED_INVOKE))
		return;
	id = current_id();
	if (!begin(id, TRACED_DISCOVERED))
		return;
	tell_thread(id);
	tell_process(reason);
}

static __always_inline void discover_message(struct sock *sk, int moved, bool is_sent)
{
	__u64 address;

	if (moved < REQUEST_MIN || sk->sk_type != SOCKET_STREAM ||
	    sk->__sk_common.skc_family == FAMILY_UNIX || !is_in_syscall())
		return;
	address = first_segment();
	if (may_be_request(address) && may_begin(current_tgid()))
		discover_request(address, moved, is_sent);
}

SEC("tp_btf/sock_send_length")
int BPF_PROG(discover_send, struct sock *sk, int moved)
{
	discover_message(sk, moved, true);
	return 0;
}

SEC("tp_btf/sock_recv_length")
int BPF_PROG(discover_receive, struct sock *sk, int moved, int flags)
{
	if (!(flags & (MESSAGE_OUTSIDE_STREAM | MESSAGE_DISCARD)))
		discover_message(sk, moved, false);
	return 0;
}

/* The same where sockets are watched by syscalls: the bytes are looked at before the descriptor is. */
SEC("tp_btf/sys_exit")
int BPF_PROG(discover_call, struct pt_regs *regs, long result)
{
	unsigned long number = regs->orig_ax;
	struct socket_call call = {};
	struct sock *sk;
	__u64 address;

	if (result < REQUEST_MIN || !moves_bytes(number) || is_compatible_call() ||
	    (receive_flags(number, regs) & (MESSAGE_OUTSIDE_STREAM | MESSAGE_DISCARD)))
		return 0;
	address = first_segment();
	if (!address || !may_be_request(address) || !may_begin(current_tgid()))
		return 0;
	find_call(&call, number, regs);
	sk = (struct sock *)call.sock;
	if (sk && BPF_CORE_READ(sk, __sk_common.skc_family) != FAMILY_UNIX)
		discover_request(address, result, call.direction == RECORD_SEND);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
