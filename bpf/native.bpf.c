// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * native.bpf.c - functions of user programs that are handlers of invocations (record --invoke-probe).
 *
 * Goes in: their entry and return, with the probe's number and PROBE_* flags as the attachment's cookie.
 * Comes out: RECORD_NATIVE_CALL.
 */
#include "thread.bpf.h"

static __always_inline void emit_call(struct pt_regs *regs, __u8 operation)
{
	struct record_native_call record = {};
	__u64 cookie = bpf_get_attach_cookie(regs);

	if (!is_traced(current_tgid()))
		return;
	fill_current(&record.header, RECORD_NATIVE_CALL, sizeof(record));
	record.stack = regs->sp;
	if (cookie & NATIVE_COOKIE_IS_GO)
		record.goroutine = regs->r14; /* Go's internal calling convention: the current g */
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
