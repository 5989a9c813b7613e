/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * syscall_class.h - x86-64 syscall numbers (arch/x86/entry/syscalls/syscall_64.tbl) -> what a thread that
 * blocked in one waits for.
 */
#ifndef IDLETAX_FACTS_SYSCALL_CLASS_H
#define IDLETAX_FACTS_SYSCALL_CLASS_H

#include <stdint.h>

#include "trace_format.h"

/* @syscall -1: none. */
enum blocked_in syscall_class(int32_t syscall);

#endif
