/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * syscall_class.c - the table. Numbers, not the names of sys/syscall.h: a raw trace of x86-64 is replayed
 * on any machine.
 */
#include "facts/syscall_class.h"

static const uint8_t classes[512] = {
	[0] = BLOCKED_READ,	/* read */
	[17] = BLOCKED_READ,	/* pread64 */
	[19] = BLOCKED_READ,	/* readv */
	[45] = BLOCKED_READ,	/* recvfrom */
	[47] = BLOCKED_READ,	/* recvmsg */
	[295] = BLOCKED_READ,	/* preadv */
	[299] = BLOCKED_READ,	/* recvmmsg */
	[327] = BLOCKED_READ,	/* preadv2 */
	[1] = BLOCKED_WRITE,	/* write */
	[18] = BLOCKED_WRITE,	/* pwrite64 */
	[20] = BLOCKED_WRITE,	/* writev */
	[40] = BLOCKED_WRITE,	/* sendfile */
	[44] = BLOCKED_WRITE,	/* sendto */
	[46] = BLOCKED_WRITE,	/* sendmsg */
	[296] = BLOCKED_WRITE,	/* pwritev */
	[307] = BLOCKED_WRITE,	/* sendmmsg */
	[328] = BLOCKED_WRITE,	/* pwritev2 */
	[7] = BLOCKED_POLL,	/* poll */
	[23] = BLOCKED_POLL,	/* select */
	[232] = BLOCKED_POLL,	/* epoll_wait */
	[270] = BLOCKED_POLL,	/* pselect6 */
	[271] = BLOCKED_POLL,	/* ppoll */
	[281] = BLOCKED_POLL,	/* epoll_pwait */
	[441] = BLOCKED_POLL,	/* epoll_pwait2 */
	[202] = BLOCKED_FUTEX,	/* futex */
	[449] = BLOCKED_FUTEX,	/* futex_waitv */
	[455] = BLOCKED_FUTEX,	/* futex_wait */
	[35] = BLOCKED_SLEEP,	/* nanosleep */
	[230] = BLOCKED_SLEEP,	/* clock_nanosleep */
	[61] = BLOCKED_WAIT,	/* wait4 */
	[247] = BLOCKED_WAIT,	/* waitid */
	[43] = BLOCKED_ACCEPT,	/* accept */
	[288] = BLOCKED_ACCEPT, /* accept4 */
	[42] = BLOCKED_CONNECT, /* connect */
	[74] = BLOCKED_FSYNC,	/* fsync */
	[75] = BLOCKED_FSYNC,	/* fdatasync */
	[277] = BLOCKED_FSYNC,	/* sync_file_range */
};

enum blocked_in syscall_class(int32_t syscall)
{
	if (syscall < 0)
		return BLOCKED_NONE;
	if (syscall >= (int32_t)sizeof(classes) || !classes[syscall])
		return BLOCKED_OTHER;
	return (enum blocked_in)classes[syscall];
}
