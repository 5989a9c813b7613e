// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * native.bpf.c - functions of user programs that are handlers of invocations (record --invoke-probe).
 *
 * Goes in: their entry and return, with the probe's number and PROBE_* flags as the attachment's cookie.
 * Comes out: RECORD_NATIVE_CALL.
 */
#include "thread.bpf.h"

/*
 * Go moves stacks, but not what is on them against their upper end. In its internal calling convention r14
 * is the current g, which begins with the stack's bounds: lo, hi.
 */
static __always_inline __u64 go_stack(const struct pt_regs *regs)
{
	__u64 top = 0, sp = regs->sp;

	if (bpf_probe_read_user(&top, sizeof(top), (void *)(regs->r14 + sizeof(top))) ||
	    top <= sp || top - sp >= RECORD_GO_STACK_TOP)
		return 0;
	return RECORD_GO_STACK_TOP - (top - sp);
}

static __always_inline void emit_call(struct pt_regs *regs, __u8 operation)
{
	struct record_native_call record = {};
	__u64 cookie = bpf_get_attach_cookie(regs);

	if (!is_traced(current_tgid()))
		return;
	fill_current(&record.header, RECORD_NATIVE_CALL, sizeof(record));
	if (cookie & NATIVE_COOKIE_IS_GO) {
		record.goroutine = regs->r14;
		record.stack = go_stack(regs);
	} else {
		record.stack = regs->sp;
	}
	record.probe = (__u32)cookie;
	record.operation = operation;
	emit(&record, sizeof(record), RECORD_LOSS_SOCKET);
}

SEC("uprobe")
int on_native_entry(struct pt_regs *regs)
{
	emit_call(regs, RECORD_NATIVE_ENTRY);
	return 0;
}

SEC("uprobe")
int on_native_return(struct pt_regs *regs)
{
	emit_call(regs, RECORD_NATIVE_RETURN);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
